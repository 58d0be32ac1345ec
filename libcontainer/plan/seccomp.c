/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

#include "json/tree.h"
#include "names.h"

enum { MAX_INSNS = 4096 }; /* the kernel's BPF_MAXINSNS */

static const char *annotation(const struct oci_spec *spec, const char *key)
{
        for (size_t i = 0; i < spec->annotations.n; i++)
                if (streq_ptr(spec->annotations.items[i].key, key))
                        return spec->annotations.items[i].value;
        return NULL;
}

static int refuse_annotation(const char *key, int num, struct err *e, const char *text)
{
        char pointer[128];
        int r = err_set(e, ERR_CONFIG, num, "annotation '%s' %s", key, text);

        snprintf(pointer, sizeof pointer, "/annotations/%s", key);
        err_pointer(e, pointer);
        return r;
}

static int base64_value(char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int plan_base64_decode(const char *text, void *out, size_t *ret_bytes)
{
        size_t len = strlen(text), n = 0, pad = 0;
        unsigned char *to = out;

        while (pad < 2 && pad < len && text[len - pad - 1] == '=')
                pad++;
        if (len % 4 != 0)
                return -EINVAL;
        for (size_t i = 0; i < len; i += 4) {
                uint32_t group = 0;
                size_t chars = i + 4 == len ? 4 - pad : 4;

                for (size_t j = 0; j < 4; j++) {
                        int v = j < chars ? base64_value(text[i + j]) : 0;

                        if (v < 0)
                                return -EINVAL;
                        group = group << 6 | (uint32_t) v;
                }
                /* Bits that stand for no byte must be zero: one text for one program. */
                if ((chars == 3 && group & 0xff) || (chars == 2 && group & 0xffff))
                        return -EINVAL;
                for (size_t j = 0; j + 1 < chars; j++)
                        to[n++] = (unsigned char) (group >> (16 - 8 * j));
        }
        *ret_bytes = n;
        return 0;
}

static bool profile_notifies(const struct oci_seccomp *profile)
{
        if (profile->default_action.value == OCI_SECCOMP_NOTIFY)
                return true;
        for (size_t i = 0; i < profile->syscalls.n; i++)
                if (profile->syscalls.items[i].action.value == OCI_SECCOMP_NOTIFY)
                        return true;
        return false;
}

/* A program may return what it computed, but no compiler of profiles does that for NOTIFY. */
static bool program_notifies(const struct sock_filter *insns, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (insns[i].code == (BPF_RET | BPF_K) && (insns[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
                        return true;
        return false;
}

static int take_program(struct planner *p, struct step_seccomp *s, struct err *e)
{
        static const char key[] = "run.oci.seccomp_bpf_data";
        const char *text = annotation(p->plan->spec, key);
        size_t bytes;
        void *program;

        if (!text)
                return 0;
        program = arena_alloc(p->arena, strlen(text) / 4 * 3 + 1);
        if (!program)
                return err_nomem(e);
        if (plan_base64_decode(text, program, &bytes) < 0)
                return refuse_annotation(key, EINVAL, e, "is not valid base64");
        if (bytes == 0 || bytes % sizeof(struct sock_filter) != 0 || bytes / sizeof(struct sock_filter) > MAX_INSNS)
                return refuse_annotation(key, EINVAL, e, "must hold 1 to 4096 instructions of 8 bytes");
        s->program = program;
        s->n_insns = bytes / sizeof(struct sock_filter);
        return 0;
}

/* The specification's field first, then crun's annotation, then crun's variable. */
static const char *find_receiver(const struct plan *plan, const struct oci_seccomp *profile)
{
        const char *path = profile ? profile->listener_path : NULL;

        if (str_empty(path))
                path = annotation(plan->spec, "run.oci.seccomp.receiver");
        if (str_empty(path))
                path = plan->request->seccomp_receiver;
        return str_empty(path) ? NULL : path;
}

static int take_receiver(struct planner *p, struct step_seccomp *s, struct err *e)
{
        s->notify = s->program ? program_notifies(s->program, s->n_insns) : profile_notifies(s->profile);
        if (!s->notify)
                return 0;
        s->receiver = find_receiver(p->plan, s->profile);
        s->metadata = s->profile ? s->profile->listener_metadata : NULL;
        if (!s->receiver) {
                err_set(e, ERR_CONFIG, EINVAL, "seccomp action 'SCMP_ACT_NOTIFY' is used, but no agent is named");
                err_hint(e, "set /linux/seccomp/listenerPath to the path of the agent's socket");
                err_pointer(e, "/linux/seccomp");
                return -EINVAL;
        }
        return 0;
}

/* An absent list and an empty one differ: only for the first there is a default. */
static void take_flags(struct step_seccomp *s)
{
        const struct oci_seccomp *profile = s->profile;

        for (size_t i = 0; profile && i < profile->flags.n; i++)
                s->flags |= (unsigned) profile->flags.items[i];
        s->default_flags = !profile || (profile->flags.n == 0 && !(profile->at.node && json_member(profile->at.node, "flags")));
}

static const struct json_node *origin_of(const struct oci_spec *spec)
{
        return spec->linux_->seccomp ? spec->linux_->seccomp->at.node : NULL;
}

/* All rows of a plan share one object. */
static int get_seccomp(struct planner *p, const struct step_seccomp **ret, struct err *e)
{
        const struct oci_spec *spec = p->plan->spec;
        const char *fail_unknown = annotation(spec, "run.oci.seccomp_fail_unknown_syscall");
        struct step_seccomp *s;
        int r;

        for (size_t i = 0; i < p->n_steps; i++)
                if (p->steps[i].op >= PLAN_SECCOMP_COMPILE && p->steps[i].op <= PLAN_SECCOMP_NOTIFY) {
                        *ret = p->steps[i].u.seccomp;
                        return 0;
                }
        if (annotation(spec, "run.oci.seccomp.plugins"))
                return refuse_annotation("run.oci.seccomp.plugins", ENOTSUP, e, "is not supported: berth loads no plugins");
        s = arena_alloc(p->arena, sizeof *s);
        if (!s)
                return err_nomem(e);
        s->profile = spec->linux_->seccomp;
        s->fail_unknown = fail_unknown && !streq(fail_unknown, "0") && !streq(fail_unknown, "false");
        take_flags(s);
        r = take_program(p, s, e);
        if (r == 0)
                r = take_receiver(p, s, e);
        *ret = s;
        return r;
}

static int add_row(struct planner *p, enum plan_ctx ctx, enum plan_op op, const struct step_seccomp *s, struct err *e)
{
        struct step *step = planner_add(p, ctx, PLAN_PHASE_CONFINE, op, origin_of(p->plan->spec));

        if (!step)
                return err_nomem(e);
        step->u.seccomp = s;
        return 0;
}

enum plan_seccomp_slot plan_seccomp_slot(const struct oci_spec *spec)
{
        const struct oci_seccomp *profile = spec->linux_->seccomp;
        const char *program = annotation(spec, "run.oci.seccomp_bpf_data");

        if (!spec->process || (!profile && !program))
                return PLAN_SECCOMP_NONE;
        if (!spec->process->no_new_privileges.set || !spec->process->no_new_privileges.value)
                return PLAN_SECCOMP_EARLY;
        /* What a ready program does is seen only later: where it may notify, it is loaded in time for that. */
        return program || profile_notifies(profile) ? PLAN_SECCOMP_PARKED : PLAN_SECCOMP_LAST;
}

int plan_add_seccomp_compile(struct planner *p, struct err *e)
{
        const struct step_seccomp *s;
        int r;

        if (plan_seccomp_slot(p->plan->spec) == PLAN_SECCOMP_NONE)
                return 0;
        r = get_seccomp(p, &s, e);
        return r < 0 ? r : add_row(p, PLAN_PARENT, PLAN_SECCOMP_COMPILE, s, e);
}

int plan_add_seccomp_load(struct planner *p, enum plan_seccomp_slot slot, struct err *e)
{
        const struct step_seccomp *s;
        int r;

        if (slot == PLAN_SECCOMP_NONE || plan_seccomp_slot(p->plan->spec) != slot)
                return 0;
        r = get_seccomp(p, &s, e);
        return r < 0 ? r : add_row(p, PLAN_INIT, PLAN_SECCOMP_LOAD, s, e);
}

int plan_add_seccomp_notify(struct planner *p, struct err *e)
{
        const struct step_seccomp *s;
        int r;

        if (plan_seccomp_slot(p->plan->spec) == PLAN_SECCOMP_NONE)
                return 0;
        r = get_seccomp(p, &s, e);
        return r < 0 || !s->notify ? r : add_row(p, PLAN_PARENT, PLAN_SECCOMP_NOTIFY, s, e);
}

static void describe_profile(const struct oci_seccomp *profile, struct strbuf *out)
{
        size_t calls = 0;

        for (size_t i = 0; i < profile->syscalls.n; i++)
                calls += profile->syscalls.items[i].names.n;
        strbuf_printf(out, "%s, %zu system calls in %zu rules", name_of(&names_seccomp_action, profile->default_action.value),
                      calls, profile->syscalls.n);
        for (size_t i = 0; i < profile->architectures.n; i++)
                strbuf_printf(out, "%s%s", i ? " " : ", ", name_of(&names_seccomp_arch, profile->architectures.items[i]));
}

static void describe_flags(const struct step_seccomp *s, struct strbuf *out)
{
        const char *separator = "";

        if (s->default_flags)
                strbuf_adds(out, "default flags");
        for (size_t i = 0; i < names_seccomp_flag.n; i++)
                if (s->flags & (unsigned) names_seccomp_flag.rows[i].value) {
                        strbuf_printf(out, "%s%s", separator, names_seccomp_flag.rows[i].name);
                        separator = " ";
                }
        if (!s->default_flags && !s->flags)
                strbuf_adds(out, "no flags");
        if (s->notify)
                strbuf_adds(out, ", with a listener");
}

void plan_seccomp_describe(const struct step *step, struct strbuf *out)
{
        const struct step_seccomp *s = step->u.seccomp;

        if (step->op == PLAN_SECCOMP_NOTIFY)
                strbuf_printf(out, "'%s'", s->receiver);
        else if (step->op == PLAN_SECCOMP_LOAD)
                describe_flags(s, out);
        else if (s->program)
                strbuf_printf(out, "ready program, %zu instructions", s->n_insns);
        else
                describe_profile(s->profile, out);
}
