/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks.h"

#include <string.h>

#include "json/tree.h"
#include "names.h"
#include "parse.h"

bool plan_has_hooks(const struct oci_spec *spec, enum oci_hook_kind kind)
{
        return oci_spec_hooks(spec, kind)->n > 0;
}

enum oci_status plan_hook_status(enum oci_hook_kind kind)
{
        static const enum oci_status status[OCI_HOOK_ALL_KINDS] = {
                [OCI_HOOK_PRESTART] = OCI_CREATING,         [OCI_HOOK_CREATE_RUNTIME] = OCI_CREATING,
                [OCI_HOOK_CREATE_CONTAINER] = OCI_CREATING, [OCI_HOOK_START_CONTAINER] = OCI_CREATED,
                [OCI_HOOK_POSTSTART] = OCI_RUNNING,         [OCI_HOOK_POSTSTOP] = OCI_STOPPED,
                [OCI_HOOK_LXC_PRE_START] = OCI_CREATING,    [OCI_HOOK_LXC_PRE_MOUNT] = OCI_CREATING,
                [OCI_HOOK_LXC_START_HOST] = OCI_CREATED,    [OCI_HOOK_LXC_STOP] = OCI_STOPPED,
        };
        return status[kind];
}

/* Before its clone and after its end there is no process. */
static bool has_pid(enum oci_hook_kind kind)
{
        return kind != OCI_HOOK_LXC_PRE_START && plan_hook_status(kind) != OCI_STOPPED;
}

/* LIST as execve wants it; FIRST when it is empty. */
static char *const *make_vector(struct arena *arena, const oci_strings *list, const char *first)
{
        const char **vector = arena_alloc_array(arena, list->n + 2, sizeof *vector);

        if (!vector)
                return NULL;
        if (list->n == 0)
                vector[0] = first;
        for (size_t i = 0; i < list->n; i++)
                vector[i] = list->items[i];
        return (char *const *) vector;
}

/* Cut the document where the pid's digits stand.  A quote inside a string is escaped, so that the first `"pid":` is the
 * member; where there is no process all is head. */
static int split_state(struct arena *arena, const struct oci_state *state, bool pid_known, struct step_hook *ret, struct err *e)
{
        static const char member[] = "\"pid\":";
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        struct oci_state with_pid = *state;
        const char *pid;

        with_pid.pid = pid_known ? 1 : 0;
        oci_state_write(&with_pid, OCI_WRITE_COMPACT, &text);
        if (text.failed)
                return err_nomem(e);
        pid = with_pid.pid ? strstr(text.text, member) : NULL;
        ret->state_head = arena_strndup(arena, text.text, pid ? (size_t) (pid - text.text) + strlen(member) : text.len);
        ret->state_tail = pid ? arena_strdup(arena, pid + strlen(member) + strlen("1")) : NULL;
        return ret->state_head && (ret->state_tail || !pid) ? 0 : err_nomem(e);
}

int plan_hook_make(struct arena *arena, const struct oci_hook *hook, enum oci_hook_kind kind, unsigned index,
                   const struct oci_state *state, struct step_hook *ret, struct err *e)
{
        *ret = (struct step_hook) {
                .kind = kind,
                .index = index,
                .path = hook->path,
                .argv = make_vector(arena, &hook->args, hook->path),
                .envp = hook->env.n > 0 ? make_vector(arena, &hook->env, NULL) : NULL,
                .timeout_sec = hook->timeout.set ? hook->timeout.value : 0,
        };
        if (!ret->argv || (hook->env.n > 0 && !ret->envp))
                return err_nomem(e);
        return split_state(arena, state, has_pid(kind), ret, e);
}

static bool is_run_by_init(enum oci_hook_kind kind)
{
        return kind == OCI_HOOK_CREATE_CONTAINER || kind == OCI_HOOK_START_CONTAINER || kind == OCI_HOOK_LXC_PRE_MOUNT;
}

/* A hook without an environment has the runtime's.  A startContainer hook is a program of the container itself, whom that does not
 * concern: it has that of the container's program, be it empty.  No other has: a host's program would obey the LD_PRELOAD of an
 * image (CVE-2025-23266). */
static int give_environment(struct planner *p, struct step_hook *hook, struct err *e)
{
        static const oci_strings none;
        const struct oci_process *process = p->plan->spec->process;

        if (!hook->envp)
                hook->envp = make_vector(p->arena, process ? &process->env : &none, NULL);
        return hook->envp ? 0 : err_nomem(e);
}

static int add_hook(struct planner *p, enum oci_hook_kind kind, unsigned index, struct err *e)
{
        const struct oci_spec *spec = p->plan->spec;
        const struct oci_hook *hook = &oci_spec_hooks(spec, kind)->items[index];
        const struct oci_state state = {
                .oci_version = spec->oci_version,
                .id = p->plan->request->id,
                .status = plan_hook_status(kind),
                .bundle = p->plan->request->bundle,
                .annotations = spec->annotations,
        };
        struct step_hook *made = arena_alloc(p->arena, sizeof *made);
        struct step *step = planner_add(p, is_run_by_init(kind) ? PLAN_INIT : PLAN_PARENT,
                                        kind == OCI_HOOK_START_CONTAINER ? PLAN_PHASE_START : PLAN_PHASE_HOOKS, PLAN_HOOK_RUN,
                                        oci_hook_origin(spec, kind, hook));

        if (!made || !step)
                return err_nomem(e);
        step->kind = name_of_hook(kind);
        step->u.hook = made;
        int r = plan_hook_make(p->arena, hook, kind, index, &state, made, e);

        return r == 0 && kind == OCI_HOOK_START_CONTAINER ? give_environment(p, made, e) : r;
}

int plan_add_hooks(struct planner *p, enum oci_hook_kind kind, struct err *e)
{
        bool later = kind == OCI_HOOK_POSTSTART || kind == OCI_HOOK_POSTSTOP || kind == OCI_HOOK_LXC_START_HOST ||
                     kind == OCI_HOOK_LXC_STOP;
        int r = 0;

        for (unsigned i = 0; r == 0 && !later && i < oci_spec_hooks(p->plan->spec, kind)->n; i++)
                r = add_hook(p, kind, i, e);
        return r;
}

static bool has_any_hooks(const struct oci_spec *spec)
{
        for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_ALL_KINDS; kind++)
                if (plan_has_hooks(spec, kind))
                        return true;
        return false;
}

static const struct oci_pair *find_annotation(const struct oci_spec *spec, const char *key)
{
        for (size_t i = 0; i < spec->annotations.n; i++)
                if (streq_ptr(spec->annotations.items[i].key, key))
                        return &spec->annotations.items[i];
        return NULL;
}

int plan_add_hooks_output(struct planner *p, struct err *e)
{
        const struct oci_spec *spec = p->plan->spec;
        const struct oci_pair *out = find_annotation(spec, "run.oci.hooks.stdout");
        const struct oci_pair *err = find_annotation(spec, "run.oci.hooks.stderr");
        struct step_hook_output *made;
        struct step *step;

        if ((!out && !err) || !has_any_hooks(spec))
                return 0;
        made = arena_alloc(p->arena, sizeof *made);
        step = planner_add(p, PLAN_PARENT, PLAN_PHASE_RECORD, PLAN_HOOK_OUTPUT,
                           oci_annotation_node(spec, out ? out->key : err->key));
        if (!made || !step)
                return err_nomem(e);
        made->stdout_path = out ? out->value : NULL;
        made->stderr_path = err ? err->value : NULL;
        step->u.hook_output = made;
        return 0;
}

static void describe_output(const struct step_hook_output *output, struct strbuf *out)
{
        if (output->stdout_path)
                strbuf_printf(out, "stdout '%s'", output->stdout_path);
        if (output->stderr_path)
                strbuf_printf(out, "%sstderr '%s'", output->stdout_path ? "  " : "", output->stderr_path);
}

void plan_hooks_describe(const struct step *step, struct strbuf *out)
{
        const struct step_hook *hook = step->u.hook;

        if (step->op == PLAN_HOOK_OUTPUT) {
                describe_output(step->u.hook_output, out);
                return;
        }
        strbuf_printf(out, "#%u '%s'", hook->index, hook->path);
        for (size_t i = 0; hook->argv[0] && hook->argv[i + 1]; i++)
                strbuf_printf(out, " '%s'", hook->argv[i + 1]);
        if (hook->timeout_sec)
                strbuf_printf(out, "  timeout %lld s", (long long) hook->timeout_sec);
}
