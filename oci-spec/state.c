/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include "json/write.h"
#include "parse.h"

const char *oci_status_name(enum oci_status status)
{
        static const char *const names[] = {
                [OCI_CREATING] = "creating", [OCI_CREATED] = "created", [OCI_RUNNING] = "running",
                [OCI_STOPPED] = "stopped",   [OCI_PAUSED] = "paused",
        };

        return names[status];
}

/* runtime.md "State": the pid is required of a container that has a process. */
static bool pid_is_required(enum oci_status status)
{
        return status == OCI_CREATED || status == OCI_RUNNING || status == OCI_PAUSED;
}

static void put_annotations(struct json_writer *w, const oci_pairs *annotations)
{
        if (annotations->n == 0)
                return;
        json_open(w, "annotations", '{');
        for (size_t i = 0; i < annotations->n; i++)
                json_put_string(w, annotations->items[i].key, annotations->items[i].value);
        json_close(w, '}');
}

static void put_optional(struct json_writer *w, const char *key, const char *text)
{
        if (!str_empty(text))
                json_put_string(w, key, text);
}

void oci_state_write(const struct oci_state *state, int style, struct strbuf *out)
{
        struct json_writer w = { .out = out, .pretty = style == OCI_WRITE_PRETTY };

        json_open(&w, NULL, '{');
        json_put_string(&w, "ociVersion", state->oci_version);
        json_put_string(&w, "id", state->id);
        json_put_string(&w, "status", oci_status_name(state->status));
        /* The document of the commands, which has a time of creation, says 0 where hooks read nothing: callers of other
         * runtimes are used to that. */
        if (state->pid > 0 || pid_is_required(state->status) || !str_empty(state->created))
                json_put_i64(&w, "pid", state->pid);
        json_put_string(&w, "bundle", state->bundle);
        put_optional(&w, "rootfs", state->rootfs);
        put_optional(&w, "created", state->created);
        put_optional(&w, "owner", state->owner);
        put_annotations(&w, &state->annotations);
        json_close(&w, '}');
}
