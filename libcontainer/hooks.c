/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks that run outside of create: poststart and poststop, from the record. */
#include "container.h"
#include "sys/hook.h"
#include "names.h"
#include "parse.h"

/* LIST with the NULL that execve wants; FIRST stands for an absent list. */
static char **null_terminated(struct arena *arena, const oci_strings *list, const char *first)
{
        size_t n = list->n > 0 ? list->n : first ? 1 : 0;
        char **vector = arena_alloc_array(arena, n + 1, sizeof *vector);

        for (size_t i = 0; vector && i < n; i++)
                vector[i] = (char *) (list->n > 0 ? list->items[i] : first);
        return vector;
}

static void write_state(const struct state_record *record, enum oci_status status, struct strbuf *out)
{
        struct oci_state state = {
                .oci_version = record->oci_version,
                .id = record->id,
                .status = status,
                .pid = status == OCI_STOPPED ? 0 : record->init.pid,
                .bundle = record->bundle,
                .annotations = record->annotations,
        };

        oci_state_write(&state, OCI_WRITE_COMPACT, out);
}

static int run_hook(struct arena *arena, const struct oci_hook *hook, const char *kind, size_t index, const struct strbuf *state,
                    struct err *e)
{
        struct sys_hook how = SYS_HOOK_INIT;

        how.phase = kind;
        how.index = (unsigned) index;
        how.path = hook->path;
        how.argv = null_terminated(arena, &hook->args, hook->path);
        how.envp = null_terminated(arena, &hook->env, NULL);
        how.timeout_sec = hook->timeout.set ? hook->timeout.value : 0;
        how.input[0] = (struct iovec) { state->text, state->len };
        if (!how.argv || !how.envp)
                return err_nomem(e);
        return sys_hook_run(&how, e);
}

int container_run_hooks(struct berth_context *ctx, const struct state_record *record, enum oci_hook_kind kind,
                        enum oci_status status, struct err *e)
{
        const oci_hook_list *hooks = kind == OCI_HOOK_POSTSTART ? &record->poststart : &record->poststop;
        _cleanup_(arena_freep) struct arena *arena = hooks->n > 0 ? arena_new() : NULL;
        _cleanup_(strbuf_done) struct strbuf state = { 0 };

        if (hooks->n == 0)
                return 0;
        write_state(record, status, &state);
        if (!arena || state.failed)
                return err_nomem(e);
        for (size_t i = 0; i < hooks->n; i++) {
                struct err why = ERR_INIT;
                int r = run_hook(arena, &hooks->items[i], name_of(&names_hook_kind, kind), i, &state, &why);
                char text[2048];

                if (r >= 0)
                        continue;
                if (kind != OCI_HOOK_POSTSTOP) {
                        *e = why;
                        return r;
                }
                err_format(&why, NULL, text, sizeof text);
                facade_log(ctx, BERTH_LOG_WARNING, "%s", text);
        }
        return 0;
}
