/* SPDX-License-Identifier: Apache-2.0 */
#include "foreground.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "container.h"
#include "notify.h"
#include "run/explain.h"
#include "sys/process.h"
#include "parent.h"
#include "sys/interrupt.h"
#include "step.h"
#include "state/lock.h"
#include "sys/tty.h"
#include "sys/ttypump.h"

/* Signals that are about berth itself and not about the container. */
static bool is_own_signal(int sig) { return sig == SIGCHLD || sig == SIGTTIN || sig == SIGTTOU || sig == SIGPIPE; }

int foreground_prepare(const struct berth_create_options *options, struct sys_interrupt *interrupt, struct err *e)
{
        sigset_t all;

        if (!options->detach && !options->no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                return err_sys(e, errno, "prctl", "cannot become the subreaper of the container's orphans");
        /* From here on a signal waits until there is somebody to pass it to, or somebody waits whom it interrupts.  Init
         * unblocks its own. */
        sigfillset(&all);
        if (sigprocmask(SIG_BLOCK, &all, &interrupt->mask) < 0)
                return err_sys(e, errno, "sigprocmask", "cannot block signals");
        return sys_interrupt_open(interrupt, e);
}

struct foreground {
        struct berth_context *ctx;
        struct run *run;
        pid_t notify_pid; /* our child that waits for the payload's READY=1; 0: none */
        bool executed; /* the program has run */
        int status; /* of init, once run->init_pid is 0 */
};

/* Reap every child that has ended.  1 with *ret_status when init is among them. */
static int reap(struct foreground *f, int *ret_status)
{
        struct run *run = f->run;
        int status, found = 0;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
                if (pid == run->init_pid) {
                        *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                        run->init_pid = 0;
                        found = 1;
                } else if (pid == f->notify_pid) {
                        f->notify_pid = 0;
                }
        return found;
}

/* What to do with a signal: 1 when it told that init has ended. */
static int on_signal(void *arg, const struct signalfd_siginfo *info)
{
        struct foreground *f = arg;
        int sig = (int) info->ssi_signo;

        if (sig == SIGCHLD)
                return reap(f, &f->status);
        /* Our own unreaped child: the pid cannot be another's. */
        if (!is_own_signal(sig) && f->run->init_pid > 0)
                kill(f->run->init_pid, sig);
        return 0;
}

static int open_signals(int flags, struct err *e)
{
        sigset_t all;
        int fd;

        sigfillset(&all);
        fd = signalfd(-1, &all, SFD_CLOEXEC | flags);
        return fd < 0 ? err_sys(e, errno, "signalfd", "cannot receive signals") : fd;
}

static int wait_for_end(struct foreground *f, struct err *e)
{
        _cleanup_close_ int signals = open_signals(0, e);

        if (signals < 0)
                return signals;
        /* It may have ended before the signalfd was there to tell. */
        while (f->run->init_pid > 0 && !reap(f, &f->status)) {
                struct signalfd_siginfo info;
                ssize_t n = read(signals, &info, sizeof info);

                if (n < 0 && errno != EINTR)
                        return err_sys(e, errno, "read", "cannot receive signals");
                if (n == sizeof info && on_signal(f, &info))
                        break;
        }
        return 0;
}

/* Serve the terminal until its last byte; then init has ended, or all that held the terminal has let go of it. */
static int serve_terminal(struct foreground *f, struct err *e)
{
        enum { DRAIN_MSEC = 2000 };
        _cleanup_close_ int master = sys_tty_receive(f->run->console_peer_fd, e);
        _cleanup_close_ int signals = -EBADF;
        struct sys_tty_mode mode;
        int r;

        if (master < 0)
                return master;
        signals = open_signals(SFD_NONBLOCK, e);
        if (signals < 0)
                return signals;
        r = sys_tty_mode_raw(STDIN_FILENO, &mode, e);
        if (r < 0)
                return r;
        r = sys_ttypump_run(&(struct sys_ttypump) {
                                    .in_fd = STDIN_FILENO,
                                    .out_fd = STDOUT_FILENO,
                                    .master_fd = master,
                                    .exit_fd = f->run->init_pidfd,
                                    .signal_fd = signals,
                                    .on_signal = on_signal,
                                    .arg = f,
                                    .drain_msec = DRAIN_MSEC,
                            },
                            e);
        sys_tty_mode_restore(&mode);
        return r;
}

static int run_start_host(void *arg, struct err *e)
{
        const struct foreground *f = arg;

        return container_run_hooks(f->ctx, f->run->state_fd, &f->run->record, OCI_HOOK_LXC_START_HOST, f->run->listener.interrupt, e);
}

static int start(struct foreground *f, struct notify *notify, struct err *e)
{
        struct run *run = f->run;
        int r = notify_open(run->state_fd, notify, e);

        if (r == 0)
                r = run_start_init(&(struct run_starter) {
                                           .sock_fd = run->sync_fd,
                                           .pid = run->init_pid,
                                           .start_ticks = run->record.init.start_ticks,
                                           .release = run->record.start_host.n > 0 ? run_start_host : NULL,
                                           .arg = f,
                                           .listener = run->listener,
                                   },
                                   e);
        if (r > RUN_EXECUTED)
                r = explain_started((enum run_started) r, run->cgroup, e);
        if (r >= 0)
                run_executed(run);
        f->executed = r >= 0;
        /* The container's lock must be free while it runs: others want to kill and delete it. */
        state_unlock(run->state_fd);
        if (r >= 0)
                r = container_run_hooks(f->ctx, run->state_fd, &run->record, OCI_HOOK_POSTSTART, run->listener.interrupt, e);
        sys_interrupt_done(run->listener.interrupt);
        run->state_fd = safe_close(run->state_fd);
        return r;
}

static int delete_container(struct berth_context *ctx, const char *id, struct err *e)
{
        struct berth_error error;
        int r = berth_delete(ctx, id, BERTH_DELETE_FORCE, &error);

        return r < 0 ? err_set(e, ERR_HOST, -r, "%s", error.text) : 0;
}

/* An exit status of 137 alone does not tell who killed it. */
static void warn_of_oom(struct berth_context *ctx, const struct run *run, int status)
{
        struct sys_cgroup_deaths deaths;

        if (status != 128 + SIGKILL)
                return;
        explain_look_at_cgroup(run->cgroup, &deaths);
        if (deaths.oom_kills > 0)
                facade_log(ctx, BERTH_LOG_WARNING, "the container was killed by the kernel's OOM killer: its memory limit is %lld bytes",
                           (long long) deaths.memory_max);
}

/* The program could not be executed, a poststart hook has failed, or nobody can look after the container any more.  What was
 * never executed never was: its network devices go back as well, which a container that has run keeps to its end. */
static void give_up(struct foreground *f, struct err *e)
{
        struct run *run = f->run;
        struct err why = ERR_INIT;
        int r;

        run_close_fds(run);
        if (run->init_pid > 0) {
                kill(run->init_pid, SIGKILL); /* our own unreaped child: the pid is its */
                sys_process_reap(run->init_pid, NULL);
                run->init_pid = 0;
        }
        r = f->executed ? 0 : run_undo(run, &why);
        if (r == 0)
                r = delete_container(f->ctx, run->plan->request->id, &why);
        if (r < 0)
                snprintf(e->undone, sizeof e->undone, "not fully undone, run delete --force: %.80s", why.text);
        else
                snprintf(e->undone, sizeof e->undone, "undone; nothing was left behind");
}

/* Pass on what the container and the world have to say to each other, until its init has ended. */
static int attend(struct foreground *f, const struct notify *notify, struct err *e)
{
        int r = 0;

        f->notify_pid = notify_serve_aside(notify, &f->run->record.init, e);
        if (f->notify_pid < 0)
                return f->notify_pid;
        if (f->run->console_peer_fd >= 0)
                r = serve_terminal(f, e);
        return r < 0 ? r : wait_for_end(f, e);
}

int foreground_run(struct berth_context *ctx, struct run *run, const struct berth_create_options *options, int *ret_status,
                   struct err *e)
{
        _cleanup_(notify_done) struct notify notify = NOTIFY_INIT;
        struct foreground f = { .run = run, .ctx = ctx };
        int r = start(&f, &notify, e);

        if (r == 0 && options->detach) {
                sigprocmask(SIG_SETMASK, &run->listener.interrupt->mask, NULL);
                return notify_serve(&notify, &run->record.init, true, e);
        }
        if (r == 0)
                r = attend(&f, &notify, e);
        if (r < 0)
                give_up(&f, e);
        if (f.notify_pid > 0)
                sys_process_reap(f.notify_pid, NULL);
        run_close_fds(run);
        if (r < 0)
                return r;
        *ret_status = f.status;
        warn_of_oom(ctx, run, f.status);
        return options->keep ? 0 : delete_container(ctx, run->plan->request->id, e);
}
