/* SPDX-License-Identifier: Apache-2.0 */
/* init: forked by the parent (or by the mid, as its sibling); lives in all new namespaces; holds the root's and the mounts'
 * fds and the sync socket; mounts, pivots, runs container-namespace hooks, drops privileges; ends by execve.
 * No function here allocates. */
#include "init.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "apply-mounts.h"
#include "hooks.h"
#include "lock.h"
#include "names.h"
#include "ns.h"
#include "sys/interrupt.h"
#include "sys/process.h"
#include "procfs.h"
#include "proto.h"
#include "step.h"
#include "syscalls.h"

/* Die with the runtime until it has put us on record: a killed create leaves no init. */
static void die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

static _noreturn_ void finish(struct run *run, enum proto_side self, int r, const struct err *e)
{
        if (r < 0)
                proto_send(run->report_fd, self, MSG_ERROR, e, -EBADF);
        _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void take_my_end(struct run *run, enum plan_ctx ctx, const char *name)
{
        run->ctx = ctx;
        run->sync_fd = safe_close(run->sync_fd);
        run->sync_fd = TAKE_FD(run->peer_fd);
        run->report_fd = run->sync_fd;
        if (run->listener.interrupt)
                sys_interrupt_done(run->listener.interrupt);
        run->listener = (struct proto_listener) { 0 };
        /* or the container would stay locked as long as we are parked */
        state_lock_forget(&run->state_fd);
        die_with_parent();
        prctl(PR_SET_NAME, name, 0, 0, 0);
}

void init_main(struct run *run)
{
        struct err e = ERR_INIT;

        if (run->ctx == PLAN_PARENT)
                take_my_end(run, PLAN_INIT, "berth:[init]");
        else
                prctl(PR_SET_NAME, "berth:[init]", 0, 0, 0);
        run->ctx = PLAN_INIT;
        /* Or the caller's terminal would be the container's /dev/tty, to be typed into. */
        setsid();
        /* Modes are the config's or berth's, whoever the caller is; hooks and the program get the caller's back. */
        run->caller_umask = umask(0);
        die_with_parent();
        finish(run, PROTO_INIT, run_steps(run, PLAN_INIT, &e), &e);
}

void mid_main(struct run *run)
{
        struct err e = ERR_INIT;

        take_my_end(run, PLAN_MID, "berth:[mid]");
        finish(run, PROTO_MID, run_steps(run, PLAN_MID, &e), &e);
}

int apply_init_clone(struct run *run, const struct step *step, struct err *e)
{
        struct sys_clone how = {
                .flags = step->u.number | (run->ctx == PLAN_MID ? CLONE_PARENT : 0),
                .cgroup_fd = run->cgroup_fd,
        };
        pid_t pid = sys_clone(&how, &run->init_pidfd, &run->in_cgroup);

        if (pid == 0)
                init_main(run);
        if (pid < 0)
                return err_sys(e, -pid, "clone3", "cannot clone the container's init");
        run->init_pid = pid;
        if (run->ctx == PLAN_PARENT)
                run->peer_fd = safe_close(run->peer_fd);
        return 0;
}

int init_apply_ns_join(struct run *run, const struct step *step, struct err *e)
{
        const struct oci_namespace *ns = step->u.ns;
        const char *word = name_of(&names_namespace, ns->type.value);
        _cleanup_close_ int fd = -EBADF;
        int r;

        /* The parent has opened it: paths may mean something else here, or be denied to us. */
        fd = TAKE_FD(run->step_fds[run_row(run, step)]);
        if (fd < 0)
                fd = open(ns->path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open the %s namespace '%s'", word, ns->path);
        r = sys_setns(fd, (int) plan_ns_flag(ns->type.value));
        if (r < 0) {
                err_sys(e, -r, "setns", "cannot join the %s namespace '%s'", word, ns->path);
                if (r == -EINVAL)
                        err_hint(e, "the file is not a %s namespace", word);
                return r;
        }
        if (ns->type.value == OCI_NS_USER && (sys_setresgid(0, 0, 0) < 0 || sys_setresuid(0, 0, 0) < 0) && errno != EINVAL)
                return err_sys(e, errno, "setresuid", "cannot become root of the user namespace '%s'", ns->path);
        return 0;
}

int init_apply_ns_unshare(struct run *run _unused_, const struct step *step, struct err *e)
{
        if (unshare((int) step->u.number) < 0)
                return err_sys(e, errno, "unshare", "cannot make a new %s namespace", step->kind);
        return 0;
}

/* The first id of a map that has one, when 0 is not in it: a container may map no root. */
static uint32_t some_id(const oci_id_mappings *maps)
{
        for (size_t i = 0; i < maps->n; i++)
                if (maps->items[i].container_id.value == 0)
                        return 0;
        return maps->n > 0 ? maps->items[0].container_id.value : 0;
}

/* An id that is not mapped owns nothing and makes nothing (EOVERFLOW): until now ours were the runtime's. */
int init_apply_ns_root(struct run *run, const struct step *step _unused_, struct err *e)
{
        uint32_t uid = some_id(&run->plan->spec->linux_->uid_mappings), gid = some_id(&run->plan->spec->linux_->gid_mappings);
        int r;

        if (run->ctx == PLAN_INIT)
                init_hold_sources(run);
        r = sys_setresgid(gid, gid, gid);
        if (r == 0)
                r = sys_setresuid(uid, uid, uid);
        if (r < 0)
                return err_sys(e, -r, "setresuid", "cannot become %u:%u of the new user namespace", uid, gid);
        die_with_parent(); /* a change of ids has cleared it */
        return 0;
}

int mid_apply_time_offset(struct run *run _unused_, const struct step *step, struct err *e)
{
        const struct oci_time_offset *t = step->u.time_offset;
        _cleanup_close_ int fd = -EBADF;
        char line[96];
        int len;

        /* A change of ids made us undumpable, and /proc/self root's.  Nothing of the container exists yet that could look. */
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open '/proc/self/timens_offsets'");
        len = snprintf(line, sizeof line, "%s %lld %u\n", t->clock, (long long) t->secs.value, t->nanosecs.value);
        if (write(fd, line, (size_t) len) < 0) {
                err_sys(e, errno, "write", "cannot set the offset of clock '%s' to %lld.%09u s", t->clock,
                        (long long) t->secs.value, t->nanosecs.value);
                err_hint(e, "the clock must stay at or above 0 and below about 146 years");
                return -e->num;
        }
        return 0;
}

int init_apply_procfs_open(struct run *run, const struct step *step _unused_, struct err *e)
{
        int fd = sys_procfs_open(e);

        if (fd < 0)
                return fd;
        run->proc_fd = fd;
        return 0;
}

/* A start that was killed meanwhile hears nothing, and changes nothing. */
void init_tell_executing(struct run *run) { proto_send(run->report_fd, PROTO_INIT, MSG_EXECUTING, NULL, -EBADF); }

/* runtime.md "Start": an error, and no other effect. */
static void refuse_start(int fd)
{
        struct err e = ERR_INIT;

        err_set(&e, ERR_CONFIG, EINVAL, "config.json has no process, so there is nothing to start");
        proto_send(fd, PROTO_INIT, MSG_ERROR, &e, -EBADF);
}

/* A connection that ends without START was a probe of `state`: wait for the next. */
static int wait_for_connection(struct run *run, struct err *e)
{
        struct proto_packet packet;
        int r;

        for (;;) {
                _cleanup_close_ int fd = accept4(run->start_fd, NULL, NULL, SOCK_CLOEXEC);

                if (fd < 0 && errno == EINTR)
                        continue;
                if (fd < 0)
                        return err_sys(e, errno, "accept4", "cannot wait for 'start'");
                r = proto_receive(fd, PROTO_INIT, &packet, NULL);
                if (r <= 0 || packet.message != MSG_START)
                        continue;
                if (!run->plan->spec->process) {
                        refuse_start(fd);
                        continue;
                }
                run->report_fd = TAKE_FD(fd);
                /* start_fd stays open: that nobody listens any more is how `state` knows that execve happened. */
                run->sync_fd = safe_close(run->sync_fd);
                return 0;
        }
}

static bool sets_nofile(const struct oci_process *p)
{
        for (size_t i = 0; i < p->rlimits.n; i++)
                if (p->rlimits.items[i].type.value == RLIMIT_NOFILE)
                        return true;
        return false;
}

int init_apply_start_wait(struct run *run, const struct step *step _unused_, struct err *e)
{
        struct proto_packet packet;
        int r;

        if (run->nofile_raised && !sets_nofile(run->plan->spec->process))
                setrlimit(RLIMIT_NOFILE, &run->caller_nofile);
        if (run->start_fd >= 0)
                r = wait_for_connection(run, e);
        else
                r = proto_expect(run->sync_fd, PROTO_INIT, MSG_START, &packet, NULL, NULL, e);
        if (r == -EPIPE)
                _exit(EXIT_FAILURE);
        if (r == 0 && !plan_has_hooks(run->plan->spec, OCI_HOOK_START_CONTAINER))
                init_tell_executing(run);
        return r;
}
