/* SPDX-License-Identifier: Apache-2.0 */
#include "devices.h"

#include "ns.h"

enum { DEFAULT_MODE = 0666, PERMISSION_BITS = 07777 };

static const struct step_device defaults[] = {
        { .path = "/dev/null", .major = 1, .minor = 3 },   { .path = "/dev/zero", .major = 1, .minor = 5 },
        { .path = "/dev/full", .major = 1, .minor = 7 },   { .path = "/dev/random", .major = 1, .minor = 8 },
        { .path = "/dev/urandom", .major = 1, .minor = 9 }, { .path = "/dev/tty", .major = 5, .minor = 0 },
};

static const struct step_device links[] = {
        { .path = "/dev/fd", .target = "/proc/self/fd" },
        { .path = "/dev/stdin", .target = "/proc/self/fd/0" },
        { .path = "/dev/stdout", .target = "/proc/self/fd/1" },
        { .path = "/dev/stderr", .target = "/proc/self/fd/2" },
        { .path = "/dev/core", .target = "/proc/kcore", .if_exists = "/proc/kcore" },
        { .path = "/dev/ptmx", .target = "pts/ptmx", .replace = true },
};

static bool is_bind(const struct oci_mount *m)
{
        if (m->type && (streq(m->type, "bind") || streq(m->type, "rbind")))
                return true;
        for (size_t i = 0; i < m->options.n; i++)
                if (streq(m->options.items[i], "bind") || streq(m->options.items[i], "rbind"))
                        return true;
        return false;
}

/* PATH without doubled slashes, "." and a slash at its end, always absolute.  ".." is left to who resolves it. */
static char *clean_path(struct arena *arena, const char *path)
{
        char *out = arena_alloc(arena, strlen(path) + 2), *to = out;

        if (!out)
                return NULL;
        while (*path) {
                size_t len;

                path += strspn(path, "/");
                len = strcspn(path, "/");
                if (len > 0 && !(len == 1 && path[0] == '.')) {
                        *to++ = '/';
                        memcpy(to, path, len);
                        to += len;
                }
                path += len;
        }
        if (to == out)
                *to++ = '/';
        *to = '\0';
        return out;
}

static bool is_below_dev(const char *path) { return str_after(path, "/dev/") != NULL; }

/* Does the config bind something over /dev itself?  RET is set; -ENOMEM. */
static int find_foreign_dev(struct planner *p, bool *ret)
{
        const struct oci_spec *spec = p->plan->spec;

        *ret = false;
        for (size_t i = 0; i < spec->mounts.n; i++) {
                const char *at = clean_path(p->arena, spec->mounts.items[i].destination);

                if (!at)
                        return -ENOMEM;
                *ret |= streq(at, "/dev") && is_bind(&spec->mounts.items[i]);
        }
        return 0;
}

static enum plan_node node_of(const struct oci_device *d)
{
        switch (d->type.value) {
        case 'b': return PLAN_NODE_BLOCK;
        case 'p': return PLAN_NODE_FIFO;
        default: return PLAN_NODE_CHAR; /* 'c'; 'u' is its unbuffered kind, which Linux does not tell apart */
        }
}

static void from_config(const struct oci_device *d, const char *path, struct step_device *to)
{
        *to = (struct step_device) {
                .path = path,
                .node = node_of(d),
                .major = (uint32_t) d->major.value,
                .minor = (uint32_t) d->minor.value,
                .mode = d->file_mode.set ? d->file_mode.value & PERMISSION_BITS : DEFAULT_MODE,
                .uid = d->uid.set ? d->uid.value : 0,
                .gid = d->gid.set ? d->gid.value : 0,
                .origin = d->at.node,
        };
}

static bool is_listed(const struct step_device *list, size_t n, const char *path)
{
        for (size_t i = 0; i < n; i++)
                if (streq(list[i].path, path))
                        return true;
        return false;
}

/* Annotation berth.devices.default=none: LXC's autodev = 0, where the root file system brings its own /dev. */
static bool makes_defaults(const struct planner *p, bool foreign_dev)
{
        return !foreign_dev && !p->plan->spec->extensions.no_default_devices;
}

/* The config's devices; a default one gives way to a configured one of the same path. */
static int collect(struct planner *p, struct step_device *list, size_t *n, bool foreign_dev)
{
        const struct oci_linux *l = p->plan->spec->linux_;
        size_t configured = 0;

        for (size_t i = 0; i < l->devices.n; i++) {
                const char *path = clean_path(p->arena, l->devices.items[i].path);

                if (!path)
                        return -ENOMEM;
                if (!(foreign_dev && is_below_dev(path)))
                        from_config(&l->devices.items[i], path, &list[configured++]);
        }
        *n = configured;
        for (size_t i = 0; i < ARRAY_SIZE(defaults) && makes_defaults(p, foreign_dev); i++)
                if (!is_listed(list, configured, defaults[i].path)) {
                        list[*n] = defaults[i];
                        list[(*n)++].mode = DEFAULT_MODE;
                }
        return 0;
}

/* mknod(2) of a device is denied in all user namespaces but the first.  There the runtime can make what the config asks
 * for, with its mode and owner; the defaults are on every host. */
static void decide_bind(const struct plan *plan, struct step_device *d)
{
        const struct oci_linux *l = plan->spec->linux_;

        d->source_row = -1;
        d->bind = (plan->user_ns || plan->host->in_user_ns) && d->node <= PLAN_NODE_BLOCK;
        d->made_aside = d->bind && d->origin && plan->host->privileged && !plan->host->in_user_ns &&
                        plan_host_id(&l->uid_mappings, d->uid, 1, &d->host_uid) &&
                        plan_host_id(&l->gid_mappings, d->gid, 1, &d->host_gid);
}

static int make_devices(struct planner *p, bool *ret_foreign_dev)
{
        size_t max = p->plan->spec->linux_->devices.n + ARRAY_SIZE(defaults);
        int r = find_foreign_dev(p, ret_foreign_dev);

        if (r < 0 || p->devices)
                return r;
        p->devices = arena_alloc_array(p->arena, max, sizeof *p->devices);
        if (!p->devices)
                return -ENOMEM;
        r = collect(p, p->devices, &p->n_devices, *ret_foreign_dev);
        for (size_t i = 0; i < p->n_devices; i++)
                decide_bind(p->plan, &p->devices[i]);
        return r;
}

int plan_add_device_sources(struct planner *p, struct err *e)
{
        bool foreign_dev;

        if (make_devices(p, &foreign_dev) < 0)
                return err_nomem(e);
        if (!p->plan->user_ns || !p->plan->host->privileged)
                return 0;
        for (size_t i = 0; i < p->n_devices; i++) {
                struct step *s;

                if (!p->devices[i].bind)
                        continue;
                s = planner_add(p, PLAN_PARENT, PLAN_PHASE_SPAWN, PLAN_SOURCE_OPEN, p->devices[i].origin);
                if (!s)
                        return err_nomem(e);
                s->kind = "device";
                s->u.device = &p->devices[i];
                p->devices[i].source_row = (int) p->n_steps - 1;
        }
        return 0;
}

static int add_row(struct planner *p, enum plan_op op, const struct step_device *device)
{
        struct step *s = planner_add(p, PLAN_INIT, PLAN_PHASE_DEVICES, op, device->origin);

        if (!s)
                return -ENOMEM;
        s->u.device = device;
        return 0;
}

/* The file that the terminal will be mounted over: made here, while its directory can still be written to. */
static int add_console(struct planner *p)
{
        static const struct step_device console = { .path = "/dev/console", .node = PLAN_NODE_MOUNT_POINT, .source_row = -1 };
        const struct oci_process *process = p->plan->spec->process;

        if (!process || !process->terminal.set || !process->terminal.value)
                return 0;
        return add_row(p, PLAN_DEVICE_CREATE, &console);
}

int plan_add_devices(struct planner *p, struct err *e)
{
        bool foreign_dev;
        int r = make_devices(p, &foreign_dev);

        for (size_t i = 0; i < p->n_devices && r == 0; i++)
                r = add_row(p, PLAN_DEVICE_CREATE, &p->devices[i]);
        for (size_t i = 0; i < ARRAY_SIZE(links) && makes_defaults(p, foreign_dev) && r == 0; i++)
                r = add_row(p, PLAN_DEVICE_LINK, &links[i]);
        if (r == 0 && !foreign_dev)
                r = add_console(p);
        return r < 0 ? err_nomem(e) : 0;
}

static void describe_node(const struct step_device *d, struct strbuf *out)
{
        switch (d->node) {
        case PLAN_NODE_CHAR:
        case PLAN_NODE_BLOCK:
                strbuf_printf(out, "'%s' %s %u:%u", d->path, d->node == PLAN_NODE_CHAR ? "char" : "block", d->major, d->minor);
                break;
        case PLAN_NODE_FIFO:
                strbuf_printf(out, "'%s' fifo", d->path);
                break;
        case PLAN_NODE_MOUNT_POINT:
                strbuf_printf(out, "'%s' mount point", d->path);
                return;
        }
        if (d->bind && !d->made_aside)
                strbuf_adds(out, " bound from the host");
        else
                strbuf_printf(out, " mode=%04o", d->mode);
        if (d->source_row >= 0)
                strbuf_printf(out, " from #%d", d->source_row);
        if ((!d->bind || d->made_aside) && (d->uid || d->gid))
                strbuf_printf(out, " owner=%u:%u", d->uid, d->gid);
}

void plan_devices_describe(const struct step *step, struct strbuf *out)
{
        const struct step_device *d = step->u.device;

        if (step->op == PLAN_SOURCE_OPEN)
                strbuf_printf(out, "'%s' %s %u:%u%s", d->path, d->node == PLAN_NODE_CHAR ? "char" : "block", d->major, d->minor,
                              d->made_aside ? " made on a tmpfs" : "");
        else if (step->op == PLAN_DEVICE_LINK)
                strbuf_printf(out, "'%s' -> %s", d->path, d->target);
        else
                describe_node(d, out);
}
