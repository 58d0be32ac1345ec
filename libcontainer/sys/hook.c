/* SPDX-License-Identifier: Apache-2.0 */
#include "hook.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "interrupt.h"
#include "process.h"
#include "syscalls.h"

enum {
        EXIT_NOT_EXECUTED = 127,
        AFTER_KILL_SEC = 5,   /* a process that SIGKILL does not end hangs in the kernel: do not hang with it */
        DRAIN_MAX_READS = 256, /* of output that is there when the hook has ended; more than any pipe holds */
        NSEC_PER_SEC = 1000000000,
        NSEC_PER_MSEC = 1000000,
};

struct running {
        const struct sys_hook *hook;
        pid_t pid;
        int end_fd;    /* owned: readable when the hook ended (pidfd), or when some child did (signalfd, before 5.3) */
        int input_fd;  /* owned: our end of its standard input; empty when all is written */
        int output_fd; /* owned: our end of its standard output and error */
        int exec_fd;   /* owned: end of file when execve has happened, else its errno */
        int gate_fd;   /* owned: the hook goes on when it gets a byte, and gives up at end of file */
        unsigned part; /* of the input, and how much of it is written */
        size_t part_bytes;
        uint64_t begin_nsec, deadline_nsec; /* CLOCK_MONOTONIC; deadline 0: none */
        int exec_errno, status;
        bool ended, killed, timed_out, status_lost;
        int interrupted; /* the signal that told the runtime to end; 0: none */
        size_t n_output;
        char output[SYS_HOOK_OUTPUT_BYTES];
};

static uint64_t now_nsec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * NSEC_PER_SEC + (uint64_t) t.tv_nsec;
}

static void running_done(struct running *h)
{
        safe_close(h->end_fd);
        safe_close(h->input_fd);
        safe_close(h->output_fd);
        safe_close(h->exec_fd);
        safe_close(h->gate_fd);
}

/* ---- the child, until execve ------------------------------------------------------------------------------------ */

/* Ends of pipes that the child takes; all above 2. */
struct child_fds {
        int input, out, err, exec, gate;
};

static void forget_signals(void)
{
        struct sigaction by_default = { .sa_handler = SIG_DFL };
        sigset_t none;

        for (int sig = 1; sig < NSIG; sig++)
                sigaction(sig, &by_default, NULL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Fds that the container is to inherit (--preserve-fds, LISTEN_FDS) are none of the hook's business. */
static void close_others_on_exec(void)
{
        struct rlimit limit;
        int last = 65535;

        if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) >= 0)
                return;
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t) last)
                last = (int) limit.rlim_cur;
        for (int fd = 3; fd <= last; fd++)
                fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Until the runtime knows where to find us again.  GATE's other end is the runtime's alone: ours was closed before. */
static bool wait_at_gate(int gate_fd)
{
        char go;
        ssize_t n;

        do
                n = read(gate_fd, &go, sizeof go);
        while (n < 0 && errno == EINTR);
        return n == 1;
}

_noreturn_ static void become_hook(const struct sys_hook *hook, const struct child_fds *fds, int runtime_gate_fd)
{
        int num = 0;

        setsid();
        if (hook->dies_with_caller)
                prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        close(runtime_gate_fd);
        /* It is open no more when the runtime has died before that. */
        if (!wait_at_gate(fds->gate))
                _exit(EXIT_NOT_EXECUTED);
        forget_signals();
        if (dup2(fds->input, 0) >= 0 && dup2(fds->out, 1) >= 0 && dup2(fds->err, 2) >= 0) {
                close_others_on_exec();
                num = hook->confine ? hook->confine(hook->arg) : 0;
                if (num == 0)
                        execve(hook->path, hook->argv, hook->envp ? hook->envp : environ);
        }
        num = num < 0 ? -num : errno;
        while (write(fds->exec, &num, sizeof num) < 0 && errno == EINTR)
                ;
        _exit(EXIT_NOT_EXECUTED);
}

/* ---- the runtime ------------------------------------------------------------------------------------------------ */

/* A pipe with no end below 3, which the child's dup2 could hit when the runtime was started without standard fds. */
static int make_pipe(int *ret_read_fd, int *ret_write_fd)
{
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        for (int i = 0; i < 2; i++)
                if (ends[i] < 3) {
                        int high = fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
                        int num = errno;

                        if (high < 0) {
                                close(ends[0]);
                                close(ends[1]);
                                return -num;
                        }
                        close(ends[i]);
                        ends[i] = high;
                }
        *ret_read_fd = ends[0];
        *ret_write_fd = ends[1];
        return 0;
}

static int set_nonblocking(int fd) { return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0; }

static int make_pipes(struct running *h, int *ret_input, int *ret_output, int *ret_exec, int *ret_gate)
{
        int r = make_pipe(ret_input, &h->input_fd);

        if (r == 0)
                r = make_pipe(&h->output_fd, ret_output);
        if (r == 0)
                r = make_pipe(&h->exec_fd, ret_exec);
        if (r == 0)
                r = make_pipe(ret_gate, &h->gate_fd);
        if (r == 0)
                r = set_nonblocking(h->input_fd);
        if (r == 0)
                r = set_nonblocking(h->output_fd);
        return r;
}

static int watch_children(void)
{
        sigset_t set;
        int fd;

        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

/* Let the new process go on, once its pid is where it has to be. */
static int open_gate(struct running *h, struct err *e)
{
        const struct sys_hook *hook = h->hook;
        int r = hook->started ? hook->started(hook->arg, h->pid, e) : 0;

        if (r >= 0 && write(h->gate_fd, "", 1) < 0 && errno != EPIPE)
                r = err_sys(e, errno, "write", "cannot start %s hook #%u '%s'", hook->phase, hook->index, hook->path);
        h->gate_fd = safe_close(h->gate_fd);
        if (r < 0)
                sys_process_reap(h->pid, NULL);
        return r < 0 ? r : 0;
}

static int spawn(struct running *h, struct err *e)
{
        _cleanup_close_ int input_fd = -EBADF, output_fd = -EBADF, exec_fd = -EBADF, gate_fd = -EBADF,
                            signal_fd = watch_children();
        const struct sys_hook *hook = h->hook;
        struct child_fds fds;
        bool in_cgroup;
        int r = signal_fd < 0 ? signal_fd : make_pipes(h, &input_fd, &output_fd, &exec_fd, &gate_fd);

        if (r < 0)
                return err_sys(e, -r, "pipe2", "cannot make pipes for %s hook #%u '%s'", hook->phase, hook->index, hook->path);
        fds = (struct child_fds) {
                .input = input_fd,
                .out = hook->stdout_fd >= 0 ? hook->stdout_fd : output_fd,
                .err = hook->stderr_fd >= 0 ? hook->stderr_fd : output_fd,
                .exec = exec_fd,
                .gate = gate_fd,
        };
        h->begin_nsec = now_nsec();
        h->pid = sys_clone(&(struct sys_clone) { .cgroup_fd = -EBADF }, &h->end_fd, &in_cgroup);
        if (h->pid == 0)
                become_hook(hook, &fds, h->gate_fd);
        if (h->pid < 0)
                return err_sys(e, -h->pid, "clone3", "cannot start %s hook #%u '%s'", hook->phase, hook->index, hook->path);
        if (h->end_fd < 0)
                h->end_fd = TAKE_FD(signal_fd);
        if (hook->timeout_sec > 0 && hook->timeout_sec < INT32_MAX)
                h->deadline_nsec = h->begin_nsec + (uint64_t) hook->timeout_sec * NSEC_PER_SEC;
        return open_gate(h, e);
}

static void feed(struct running *h)
{
        while (h->part < SYS_HOOK_INPUT_PARTS) {
                const struct iovec *part = &h->hook->input[h->part];
                ssize_t n;

                if (h->part_bytes == part->iov_len) {
                        h->part++;
                        h->part_bytes = 0;
                        continue;
                }
                n = write(h->input_fd, (const char *) part->iov_base + h->part_bytes, part->iov_len - h->part_bytes);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN)
                        return;
                /* EPIPE: a hook need not read its input, nor all of it. */
                if (n < 0)
                        break;
                h->part_bytes += (size_t) n;
        }
        h->input_fd = safe_close(h->input_fd);
}

static void keep_tail(struct running *h, const char *text, size_t n)
{
        size_t keep = MIN(h->n_output, sizeof h->output - n);

        memmove(h->output, h->output + h->n_output - keep, keep);
        memcpy(h->output + keep, text, n);
        h->n_output = keep + n;
}

/* One read.  False: nothing is there now, or nothing will come any more. */
static bool drain(struct running *h)
{
        char chunk[SYS_HOOK_OUTPUT_BYTES];
        ssize_t n;

        if (h->output_fd < 0)
                return false;
        n = read(h->output_fd, chunk, sizeof chunk);
        if (n > 0) {
                keep_tail(h, chunk, (size_t) n);
                if (h->hook->output)
                        h->hook->output(h->hook->arg, chunk, (size_t) n);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR))
                h->output_fd = safe_close(h->output_fd);
        return n > 0;
}

static void learn_exec(struct running *h)
{
        int num;
        ssize_t n;

        if (h->exec_fd < 0)
                return;
        do
                n = read(h->exec_fd, &num, sizeof num);
        while (n < 0 && errno == EINTR);
        if (n == (ssize_t) sizeof num)
                h->exec_errno = num;
        h->exec_fd = safe_close(h->exec_fd);
}

static void learn_end(struct running *h)
{
        struct signalfd_siginfo ignored;
        pid_t r;

        /* A pidfd refuses the read; a signalfd must be emptied. */
        if (read(h->end_fd, &ignored, sizeof ignored) < 0)
                ignored.ssi_signo = 0;
        do
                r = waitpid(h->pid, &h->status, WNOHANG);
        while (r < 0 && errno == EINTR);
        h->status_lost = r < 0;
        h->ended = r != 0;
        if (r > 0 && h->hook->ret_wait_status)
                *h->hook->ret_wait_status = h->status;
}

/* The whole group, and the leader in case it has not come to setsid yet.  It is not reaped: the pid is its. */
static void kill_all(const struct running *h)
{
        kill(-h->pid, SIGKILL);
        kill(h->pid, SIGKILL);
}

static void cut_short(struct running *h)
{
        h->killed = true;
        kill_all(h);
        h->deadline_nsec = now_nsec() + (uint64_t) AFTER_KILL_SEC * NSEC_PER_SEC;
}

/* Returns false when waiting has no sense any more. */
static bool expire(struct running *h)
{
        if (h->killed)
                return false;
        h->timed_out = true;
        cut_short(h);
        return true;
}

static void be_interrupted(struct running *h)
{
        h->interrupted = sys_interrupt_take(h->hook->interrupt);
        if (h->interrupted && !h->killed)
                cut_short(h);
}

static int patience_msec(const struct running *h)
{
        uint64_t now = now_nsec();

        if (h->deadline_nsec == 0)
                return -1;
        if (now >= h->deadline_nsec)
                return 0;
        return (int) MIN((h->deadline_nsec - now) / NSEC_PER_MSEC + 1, (uint64_t) INT32_MAX);
}

static void attend(struct running *h)
{
        while (!h->ended) {
                struct pollfd fds[] = {
                        { .fd = h->end_fd, .events = POLLIN },
                        { .fd = h->input_fd, .events = POLLOUT },
                        { .fd = h->output_fd, .events = POLLIN },
                        { .fd = h->exec_fd, .events = POLLIN },
                        { .fd = sys_interrupt_fd(h->hook->interrupt), .events = POLLIN },
                };
                int r = poll(fds, ARRAY_SIZE(fds), patience_msec(h));

                if (r < 0 && errno != EINTR)
                        return;
                if (r > 0 && fds[1].revents)
                        feed(h);
                if (r > 0 && fds[2].revents)
                        drain(h);
                if (r > 0 && fds[3].revents)
                        learn_exec(h);
                if (r > 0 && fds[0].revents)
                        learn_end(h);
                else if (r > 0 && fds[4].revents)
                        be_interrupted(h);
                if (!h->ended && patience_msec(h) == 0 && !expire(h))
                        return;
        }
        learn_exec(h);
        for (unsigned i = 0; i < DRAIN_MAX_READS && drain(h); i++)
                ;
}

/* While a hook runs: SIGPIPE must not end us, SIGCHLD must not be lost, and children must stay to be waited for. */
struct signals {
        sigset_t mask, pending;
        struct sigaction child;
};

static void guard_signals(struct signals *saved)
{
        struct sigaction by_default = { .sa_handler = SIG_DFL };
        sigset_t block;

        sigemptyset(&block);
        sigaddset(&block, SIGPIPE);
        sigaddset(&block, SIGCHLD);
        sigprocmask(SIG_BLOCK, &block, &saved->mask);
        sigpending(&saved->pending);
        sigaction(SIGCHLD, NULL, &saved->child);
        if (saved->child.sa_handler == SIG_IGN)
                sigaction(SIGCHLD, &by_default, NULL);
}

static void restore_signals(const struct signals *saved)
{
        const struct timespec at_once = { 0 };
        sigset_t pipe_set;

        sigemptyset(&pipe_set);
        sigaddset(&pipe_set, SIGPIPE);
        /* Also where it was blocked before: it would end the program that init becomes. */
        if (!sigismember(&saved->pending, SIGPIPE))
                while (sigtimedwait(&pipe_set, NULL, &at_once) < 0 && errno == EINTR)
                        ;
        if (saved->child.sa_handler == SIG_IGN)
                sigaction(SIGCHLD, &saved->child, NULL);
        sigprocmask(SIG_SETMASK, &saved->mask, NULL);
}

/* "'sh' '-c' 'exit 3'", as much as fits. */
static const char *quote_args(char *const *argv, char *buf, size_t size)
{
        size_t len = 0;

        buf[0] = '\0';
        for (size_t i = 0; argv[i]; i++) {
                int n = snprintf(buf + len, size - len, "%s'%s'", i ? " " : "", argv[i]);

                if (n < 0 || (size_t) n >= size - len) {
                        memcpy(buf + size - sizeof "...", "...", sizeof "...");
                        return buf;
                }
                len += (size_t) n;
        }
        return buf;
}

static int tell_not_executed(const struct running *h, struct err *e)
{
        const struct sys_hook *hook = h->hook;
        int r = err_set(e, ERR_HOOK, h->exec_errno, "error running %s hook #%u: '%s' could not be executed: %s (%s)", hook->phase,
                        hook->index, hook->path, errno_text(h->exec_errno), errno_name(h->exec_errno));

        if (h->exec_errno == ENOENT && access(hook->path, F_OK) == 0)
                err_hint(e, "the file is there: the interpreter of its '#!' line, or its program loader, is not");
        else if (h->exec_errno == ENOEXEC)
                err_hint(e, "it is neither a program for this machine nor a script with a '#!' line");
        else if (h->exec_errno == EACCES)
                err_hint(e, "it must be an executable file on a file system without noexec, in directories that its user may search");
        return r;
}

static int tell(const struct running *h, struct err *e)
{
        const struct sys_hook *hook = h->hook;
        unsigned long long msec = (now_nsec() - h->begin_nsec) / NSEC_PER_MSEC;
        char how[64], sig[16], args[384];
        int r;

        if (h->exec_errno)
                return tell_not_executed(h, e);
        if (h->ended && !h->status_lost && !h->killed && WIFEXITED(h->status) && WEXITSTATUS(h->status) == 0)
                return 0;
        quote_args(hook->argv, args, sizeof args);
        if (h->timed_out)
                r = err_set(e, ERR_HOOK, ETIMEDOUT, "error running %s hook #%u: '%s' did not end within its timeout of %lld s and was killed "
                            "(arguments: %s)", hook->phase, hook->index, hook->path, (long long) hook->timeout_sec, args);
        else if (h->interrupted)
                r = err_set(e, ERR_HOOK, EINTR, "error running %s hook #%u: '%s' was killed after %llu ms, when %s ended the runtime (arguments: %s)",
                            hook->phase, hook->index, hook->path, msec, sys_signal_text(h->interrupted, sig), args);
        else if (!h->ended || h->status_lost)
                r = err_set(e, ERR_HOOK, ECHILD, "error running %s hook #%u: '%s' ended unobserved after %llu ms (arguments: %s)",
                            hook->phase, hook->index, hook->path, msec, args);
        else
                r = err_set(e, ERR_HOOK, ECANCELED, "error running %s hook #%u: '%s' %s after %llu ms (arguments: %s)", hook->phase,
                            hook->index, hook->path, sys_wait_status_text(h->status, how, sizeof how), msec, args);
        err_output(e, h->output, h->n_output);
        return r;
}

int sys_hook_run(const struct sys_hook *hook, struct err *e)
{
        _cleanup_(running_done) struct running h = {
                .hook = hook, .end_fd = -EBADF, .input_fd = -EBADF, .output_fd = -EBADF, .exec_fd = -EBADF,
                .gate_fd = -EBADF,
        };
        struct signals saved;
        int r;

        guard_signals(&saved);
        r = spawn(&h, e);
        if (r >= 0) {
                attend(&h);
                if (!h.ended)
                        kill_all(&h);
                r = tell(&h, e);
        }
        restore_signals(&saved);
        return r;
}
