/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-seccomp.h"

#include <linux/seccomp.h>
#include <string.h>

#include "names.h"
#include "parse.h"
#include "plan/seccomp.h"
#include "proto.h"
#include "step.h"
#include "sys/seccomp.h"
#include "sys/seccomp-cache.h"
#include "sys/seccomp-eval.h"
#include "sys/seccomp-notify.h"
#include "sys/syscalls.h"

#ifndef SECCOMP_FILTER_FLAG_TSYNC_ESRCH
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH (1UL << 4)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* The two layers count alike, and the shared memory holds what the kernel takes. */
_Static_assert((int) OCI_SECCOMP_KILL_THREAD == (int) SYS_SECCOMP_KILL_THREAD, "actions");
_Static_assert((int) OCI_SECCOMP_ERRNO == (int) SYS_SECCOMP_ERRNO, "actions");
_Static_assert((int) OCI_SECCOMP_NOTIFY == (int) SYS_SECCOMP_NOTIFY, "actions");
_Static_assert((int) OCI_SECCOMP_NE == (int) SYS_SECCOMP_NE, "operators");
_Static_assert((int) OCI_SECCOMP_MASKED_EQ == (int) SYS_SECCOMP_MASKED_EQ, "operators");
_Static_assert(sizeof(((struct run_shared *) 0)->seccomp[0]) == sizeof(struct sock_filter), "instructions");
_Static_assert((int) RUN_SECCOMP_MAX_INSNS == (int) SYS_SECCOMP_MAX_INSNS, "instructions");

static struct sock_filter *program_of(struct run *run) { return (struct sock_filter *) run->shared->seccomp; }

/* ---- from the model to plain data ------------------------------------------------------------------------------- */

static int convert_rule(struct arena *arena, const struct oci_seccomp_rule *from, struct sys_seccomp_rule *to)
{
        struct sys_seccomp_arg *args = arena_alloc_array(arena, from->args.n, sizeof *args);

        if (!args)
                return -ENOMEM;
        for (size_t i = 0; i < from->args.n; i++)
                args[i] = (struct sys_seccomp_arg) {
                        .index = from->args.items[i].index.value,
                        .op = (enum sys_seccomp_op) from->args.items[i].op.value,
                        .value = from->args.items[i].value.value,
                        .value_two = from->args.items[i].value_two.value,
                };
        *to = (struct sys_seccomp_rule) {
                .names = (const char *const *) from->names.items,
                .n_names = from->names.n,
                .action = (enum sys_seccomp_action) from->action.value,
                .errno_set = from->errno_ret.set,
                .errno_ret = from->errno_ret.value,
                .args = args,
                .n_args = from->args.n,
        };
        return 0;
}

static int convert(struct arena *arena, const struct step_seccomp *s, struct sys_seccomp_filter *to)
{
        const struct oci_seccomp *from = s->profile;
        struct sys_seccomp_rule *rules = arena_alloc_array(arena, from->syscalls.n, sizeof *rules);
        const char **archs = arena_alloc_array(arena, from->architectures.n, sizeof *archs);
        int r = rules && archs ? 0 : -ENOMEM;

        for (size_t i = 0; r == 0 && i < from->architectures.n; i++)
                archs[i] = name_of(&names_seccomp_arch, from->architectures.items[i]);
        for (size_t i = 0; r == 0 && i < from->syscalls.n; i++)
                r = convert_rule(arena, &from->syscalls.items[i], &rules[i]);
        *to = (struct sys_seccomp_filter) {
                .default_action = (enum sys_seccomp_action) from->default_action.value,
                .default_errno_set = from->default_errno_ret.set,
                .default_errno = from->default_errno_ret.value,
                .archs = archs,
                .n_archs = from->architectures.n,
                .rules = rules,
                .n_rules = from->syscalls.n,
                .fail_unknown = s->fail_unknown,
        };
        return r;
}

/* ---- parent: seccomp.compile ------------------------------------------------------------------------------------ */

static int decide_flags(struct run *run, const struct step_seccomp *s, struct err *e)
{
        unsigned asked = s->default_flags ? (unsigned) SECCOMP_FILTER_FLAG_SPEC_ALLOW : s->flags;
        unsigned supported = sys_seccomp_flags_supported(asked), missing = asked & ~supported;

        if (missing && !s->default_flags)
                for (size_t i = 0; i < names_seccomp_flag.n; i++)
                        if (missing & (unsigned) names_seccomp_flag.rows[i].value) {
                                err_set(e, ERR_HOST, ENOTSUP, "this kernel does not support seccomp flag '%s'",
                                        names_seccomp_flag.rows[i].name);
                                err_pointer(e, "/linux/seccomp/flags");
                                return -ENOTSUP;
                        }
        /* How to wait for a listener means nothing, to the kernel even less, where there is none. */
        if (!s->notify)
                supported &= ~(unsigned) SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        else
                supported |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
        /* Only so can a failed TSYNC be told from a listener's fd. */
        if ((supported & SECCOMP_FILTER_FLAG_TSYNC) && s->notify)
                supported |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
        run->shared->seccomp_flags = supported;
        return 0;
}

static int compile(struct run *run, const struct step_seccomp *s, struct strbuf *warnings, size_t *ret_n, struct err *e)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_close_ int cache_fd = run->root_fd >= 0 ? sys_seccomp_cache_open(run->root_fd) : -EBADF;
        struct sys_seccomp_filter filter;

        if (!arena || convert(arena, s, &filter) < 0)
                return err_nomem(e);
        return sys_seccomp_prepare(&filter, cache_fd, program_of(run), SYS_SECCOMP_MAX_INSNS, ret_n, warnings, e);
}

static bool lets_through(const struct sock_filter *program, size_t n, int number)
{
        uint32_t verdict = sys_seccomp_verdict(program, n, number);

        return verdict == SECCOMP_RET_ALLOW || verdict == SECCOMP_RET_LOG;
}

/* The call that hands the listener over is made when no agent can answer yet. */
static int decide_handover(struct run *run, size_t n, struct err *e)
{
        const struct sock_filter *program = program_of(run);

        run->shared->seccomp_by_number = !lets_through(program, n, SYS_sendmsg);
        if (!run->shared->seccomp_by_number || lets_through(program, n, SYS_write))
                return 0;
        err_set(e, ERR_CONFIG, EINVAL, "the seccomp profile lets neither 'sendmsg' nor 'write' through, one of which must "
                "hand the listener over before an agent can answer");
        err_pointer(e, "/linux/seccomp/syscalls");
        err_hint(e, "allow 'write', or leave 'sendmsg' out of the rules with SCMP_ACT_NOTIFY");
        return -EINVAL;
}

/* Not an error: a filter may look at arguments, and a container that only ever is created needs no execve. */
static void check_execve(struct run *run, size_t n)
{
        uint32_t verdict = sys_seccomp_verdict(program_of(run), n, SYS_execve);

        if (verdict == SECCOMP_RET_ERRNO || verdict == SECCOMP_RET_TRAP || verdict == SECCOMP_RET_KILL_THREAD ||
            verdict == SECCOMP_RET_KILL_PROCESS)
                run_warn(run, "the seccomp profile denies 'execve': the container's program cannot be started");
}

int parent_apply_seccomp_compile(struct run *run, const struct step *step, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf warnings = { 0 };
        const struct step_seccomp *s = step->u.seccomp;
        size_t n = s->n_insns;
        int r = decide_flags(run, s, e);

        if (r < 0)
                return r;
        if (s->program)
                memcpy(program_of(run), s->program, n * sizeof(struct sock_filter));
        else
                r = compile(run, s, &warnings, &n, e);
        if (r < 0)
                return r;
        if (warnings.failed)
                return err_nomem(e);
        /* Not run_warn: the list of unknown system calls may be longer than its messages. */
        if (warnings.len > 0 && run->listener.warn)
                run->listener.warn(run->listener.arg, warnings.text);
        check_execve(run, n);
        if (s->notify)
                r = decide_handover(run, n, e);
        run->shared->seccomp_insns = (uint32_t) n;
        return r;
}

/* ---- init: seccomp.load ----------------------------------------------------------------------------------------- */

int init_apply_seccomp_load(struct run *run, const struct step *step _unused_, struct err *e)
{
        struct run_shared *shared = run->shared;
        uint32_t told = MSG_SECCOMP_FD;
        int fd = sys_seccomp_load(program_of(run), shared->seccomp_insns, shared->seccomp_flags, e), r;

        if (fd < 0 || !(shared->seccomp_flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
                return fd;
        /* From here to the agent's first answer: one system call.  In the second case the fd stays open until execve
         * closes it, because only the parent knows when it has fetched it. */
        if (!shared->seccomp_by_number) {
                r = proto_send(run->sync_fd, PROTO_INIT, MSG_SECCOMP_FD, NULL, fd);
                close(fd);
        } else {
                shared->seccomp_listener = fd;
                r = write(run->sync_fd, &told, sizeof told) == (ssize_t) sizeof told ? 0 : -errno;
        }
        return r < 0 ? err_sys(e, -r, "sendmsg", "cannot hand the seccomp listener to the runtime") : 0;
}

int init_apply_seccomp_to_hook(struct run *run)
{
        int r = sys_seccomp_load(program_of(run), run->shared->seccomp_insns, run->shared->seccomp_flags, NULL);

        return MIN(r, 0);
}

/* ---- parent: seccomp.notify ------------------------------------------------------------------------------------- */

void seccomp_process_state_write(const struct oci_state *state, pid_t pid, const char *metadata, struct strbuf *out)
{
        strbuf_adds(out, "{\"ociVersion\":");
        strbuf_add_json(out, state->oci_version);
        strbuf_printf(out, ",\"fds\":[\"seccompFd\"],\"pid\":%d", (int) pid);
        if (metadata) {
                strbuf_adds(out, ",\"metadata\":");
                strbuf_add_json(out, metadata);
        }
        strbuf_adds(out, ",\"state\":");
        oci_state_write(state, OCI_WRITE_COMPACT, out);
        strbuf_addc(out, '}');
}

static int receive_listener(struct run *run, struct err *e)
{
        struct proto_packet packet;
        int fd = -EBADF;
        int r = proto_expect(run->sync_fd, PROTO_PARENT, MSG_SECCOMP_FD, &packet, &fd, &run->listener, e);

        if (r == -EPIPE)
                return err_set(e, ERR_INTERNAL, EPIPE, "the container's init ended while berth waited for the seccomp listener");
        if (r < 0)
                return r;
        return fd >= 0 ? fd : sys_seccomp_notify_fetch(run->init_pid, run->shared->seccomp_listener, e);
}

int parent_apply_seccomp_notify(struct run *run, const struct step *step, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        const struct step_seccomp *s = step->u.seccomp;
        const struct plan *plan = run->plan;
        const struct oci_state state = {
                .oci_version = plan->spec->oci_version,
                .id = plan->request->id,
                .status = OCI_CREATING,
                .pid = run->init_pid,
                .bundle = plan->request->bundle,
                .annotations = plan->spec->annotations,
        };
        _cleanup_close_ int fd = receive_listener(run, e);

        if (fd < 0)
                return fd;
        seccomp_process_state_write(&state, run->init_pid, s->metadata, &text);
        if (text.failed)
                return err_nomem(e);
        return sys_seccomp_notify_send(s->receiver, text.text, text.len, fd, e);
}
