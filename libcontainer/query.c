/* SPDX-License-Identifier: Apache-2.0 */
/* state and list: what can be asked about containers. */
#include <fcntl.h>
#include <stdlib.h>

#include "container.h"
#include "features.h"
#include "state/list.h"
#include "num.h"
#include "parse.h"

/* The public part comes first, so that both have one address. */
struct state_object {
        struct berth_state state;
        struct arena *arena; /* owned; the object itself lives in it */
};

void berth_state_free(struct berth_state *state)
{
        if (state)
                arena_free(((struct state_object *) state)->arena);
}

const char *berth_status_name(enum berth_status status)
{
        static const enum oci_status same[] = {
                [BERTH_CREATING] = OCI_CREATING, [BERTH_CREATED] = OCI_CREATED, [BERTH_RUNNING] = OCI_RUNNING,
                [BERTH_STOPPED] = OCI_STOPPED,   [BERTH_PAUSED] = OCI_PAUSED,
        };

        return oci_status_name(same[status]);
}

/* One line of passwd(5), "name:password:uid:…". */
static bool line_has_uid(const char *line, size_t len, uid_t uid, size_t *ret_name_len)
{
        const char *colon = memchr(line, ':', len);
        const char *second = colon ? memchr(colon + 1, ':', len - (size_t) (colon + 1 - line)) : NULL;
        const char *third = second ? memchr(second + 1, ':', len - (size_t) (second + 1 - line)) : NULL;
        uint64_t number;

        if (!third || num_parse_u64(second + 1, (size_t) (third - second - 1), 10, &number) < 0 || number != uid)
                return false;
        *ret_name_len = (size_t) (colon - line);
        return true;
}

/* The name of UID, "" when it is not in the first part of /etc/passwd.  Not by getpwuid(3), which loads libraries and asks
 * servers: `state` must be fast and must not hang. */
static const char *owner_name(struct arena *arena, uid_t uid)
{
        enum { PASSWD_BYTES = 64 << 10 };
        _cleanup_close_ int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        _cleanup_free_ char *text = malloc(PASSWD_BYTES);
        ssize_t n = fd < 0 || !text ? 0 : read(fd, text, PASSWD_BYTES);
        const char *stop = n > 0 ? text + n : text;

        for (const char *line = text; line < stop;) {
                const char *newline = memchr(line, '\n', (size_t) (stop - line));
                size_t len = (size_t) ((newline ? newline : stop) - line), name_len;

                if (line_has_uid(line, len, uid, &name_len)) {
                        char *name = arena_strndup(arena, line, name_len);

                        return name ? name : "";
                }
                line += len + 1;
        }
        return "";
}

static int fill_annotations(struct state_object *object, const oci_pairs *pairs)
{
        struct berth_annotation *copy = arena_alloc_array(object->arena, pairs->n, sizeof *copy);

        if (!copy && pairs->n > 0)
                return -ENOMEM;
        for (size_t i = 0; i < pairs->n; i++)
                copy[i] = (struct berth_annotation) { pairs->items[i].key, pairs->items[i].value };
        object->state.annotations = copy;
        object->state.n_annotations = pairs->n;
        return 0;
}

/* A container that has no record yet, or never got one, has little to say. */
static int fill_state(struct container *c, struct state_object *object, struct err *e)
{
        const struct state_record *record = &c->record;
        struct berth_state *state = &object->state;
        char created[64];
        int r = container_status(c, &state->status, e);

        if (r < 0)
                return r;
        state->id = arena_strdup(c->arena, c->id);
        state->oci_version = c->has_record ? record->oci_version : OCI_VERSION_MIN;
        state->bundle = c->has_record ? record->bundle : "";
        state->rootfs = c->has_record && record->rootfs ? record->rootfs : "";
        state->cgroup_path = c->has_record && record->cgroup_path ? record->cgroup_path : "";
        state->pid = state->status == BERTH_STOPPED ? 0 : record->init.pid;
        state->created = arena_strdup(c->arena, container_created_text(record, created, sizeof created));
        state->owner_uid = record->owner_uid;
        state->owner = c->has_record ? owner_name(c->arena, record->owner_uid) : "";
        if (!state->id || !state->created || fill_annotations(object, &record->annotations) < 0)
                return err_nomem(e);
        return 0;
}

/* Moves the container's arena into the object. */
static int make_state(struct container *c, struct berth_state **ret, struct err *e)
{
        struct state_object *object = arena_alloc(c->arena, sizeof *object);
        int r;

        if (!object)
                return err_nomem(e);
        object->arena = c->arena;
        r = fill_state(c, object, e);
        if (r < 0)
                return r;
        c->arena = NULL;
        *ret = &object->state;
        return 0;
}

int berth_state(struct berth_context *ctx, const char *id, struct berth_state **ret, struct berth_error *error)
{
        _cleanup_(container_done) struct container c = CONTAINER_INIT;
        struct err e = ERR_INIT;
        int r = container_open(ctx, id, &c, &e);

        if (r >= 0)
                r = make_state(&c, ret, &e);
        return facade_return(r, &e, error);
}

int berth_state_to_json(const struct berth_state *state, bool pretty, char **ret_text, struct berth_error *error)
{
        struct oci_state document = {
                .oci_version = state->oci_version,
                .id = state->id,
                .status = (enum oci_status) state->status,
                .pid = state->pid,
                .bundle = state->bundle,
                .annotations = { (struct oci_pair *) state->annotations, state->n_annotations },
                .rootfs = state->rootfs,
                .created = state->created,
                .owner = state->owner,
        };
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        struct err e = ERR_INIT;

        oci_state_write(&document, pretty ? OCI_WRITE_PRETTY : OCI_WRITE_COMPACT, &text);
        if (text.len > 0 && text.text[text.len - 1] != '\n')
                strbuf_addc(&text, '\n');
        if (text.failed)
                return facade_return(err_nomem(&e), &e, error);
        *ret_text = TAKE_PTR(text.text);
        return 0;
}

/* One container of the list.  Those that vanish meanwhile were never there. */
static int list_one(struct berth_context *ctx, int root_fd, const char *id, berth_list_fn each, void *arg)
{
        _cleanup_(container_done) struct container c = CONTAINER_INIT;
        _cleanup_(berth_state_freep) struct berth_state *state = NULL;
        struct err e = ERR_INIT;
        char text[1536];
        int r = container_open_at(root_fd, id, &c, &e);

        if (r >= 0)
                r = make_state(&c, &state, &e);
        if (r >= 0)
                return each(arg, state);
        if (r != -ENOENT) {
                err_format_line(&e, id, text, sizeof text);
                facade_log(ctx, BERTH_LOG_WARNING, "%s", text);
        }
        return 0;
}

int berth_list(struct berth_context *ctx, berth_list_fn each, void *arg, struct berth_error *error)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_close_ int root_fd = -EBADF;
        struct err e = ERR_INIT;
        oci_strings names = { 0 };
        int r;

        if (!arena)
                return facade_return(err_nomem(&e), &e, error);
        root_fd = facade_open_root(ctx, false, &e);
        if (root_fd == -ENOENT && e.num == 0)
                return 0;
        r = root_fd < 0 ? root_fd : state_list(arena, root_fd, &names, &e);
        if (r < 0)
                return facade_return(r, &e, error);
        for (size_t i = 0; i < names.n; i++) {
                r = list_one(ctx, root_fd, names.items[i], each, arg);
                if (r != 0)
                        return r;
        }
        return 0;
}
