/* SPDX-License-Identifier: Apache-2.0 */
#include "reaper.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "syscalls.h"

#define REAPER_NAME "berth-init"

enum {
        GRACE_SEC = 1, /* as LXC has it */
        SIGNALLED = 128, /* exit status of who was killed by signal N: 128 + N */
        FD_FALLBACK_MAX = 65536,
};

/* ---- what must not stay ----------------------------------------------------------------------------------------- */

static void wipe(uint64_t start, uint64_t end, const char *name)
{
        char *text = (char *) (uintptr_t) start;
        size_t size = end > start ? (size_t) (end - start) : 0;

        if (size == 0)
                return;
        memset(text, 0, size);
        memcpy(text, name, MIN(size - 1, strlen(name)));
}

/* The container may read /proc/1/cmdline: what stands there is the host's, paths and all. */
static void forget_arguments(const struct sys_reaper *reaper)
{
        wipe(reaper->arg_start, reaper->arg_end, REAPER_NAME);
        wipe(reaper->env_start, reaper->env_end, "");
}

static void close_all(void)
{
        struct rlimit limit = { .rlim_cur = FD_FALLBACK_MAX };

        if (sys_close_range(0, ~0U, 0) >= 0)
                return;
        getrlimit(RLIMIT_NOFILE, &limit);
        for (int fd = 0; fd < (int) MIN(limit.rlim_cur, (rlim_t) FD_FALLBACK_MAX); fd++)
                close(fd);
}

/* ---- the terminal ----------------------------------------------------------------------------------------------- */

/* It belongs to the session of the program, so that its keys signal the program's group and not us as well.  Letting go of
 * it sends us SIGHUP and SIGCONT, which nobody has meant. */
static bool give_up_terminal(void)
{
        const struct timespec at_once = { 0 };
        sigset_t sent;
        pid_t session;

        if (ioctl(STDIN_FILENO, TIOCGSID, &session) < 0 || session != getsid(0) || ioctl(STDIN_FILENO, TIOCNOTTY) < 0)
                return false;
        sigemptyset(&sent);
        sigaddset(&sent, SIGHUP);
        sigaddset(&sent, SIGCONT);
        while (sigtimedwait(&sent, NULL, &at_once) > 0)
                ;
        return true;
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

struct reaping {
        pid_t program;
        int status;    /* the program's, as exit status */
        bool ended;    /* the program has */
        bool stopping; /* everybody was told to end */
        bool alone;    /* nobody is left */
};

/* Returns whether a process has ended. */
static bool reap(struct reaping *r, int flags)
{
        bool any = false;
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, flags | __WALL)) != 0) {
                if (pid < 0 && errno == EINTR)
                        continue;
                if (pid < 0)
                        r->alone = true;
                if (pid < 0)
                        break;
                any = true;
                flags |= WNOHANG;
                if (pid != r->program)
                        continue;
                r->ended = true;
                r->status = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
        }
        return any;
}

/* "All" is all of this pid namespace but us: we are its pid 1. */
static void pass_on(struct reaping *r, int sig)
{
        if (sig == SIGTERM || sig == SIGPWR) {
                r->stopping = true;
                kill(-1, SIGTERM);
        } else if (!r->ended) {
                kill(r->program, sig);
        }
}

static void serve(struct reaping *r, const sigset_t *all)
{
        const struct timespec grace = { .tv_sec = GRACE_SEC };

        while (!r->alone) {
                int sig = sigtimedwait(all, NULL, r->stopping ? &grace : NULL);

                if (sig == SIGCHLD)
                        reap(r, WNOHANG);
                else if (sig > 0)
                        pass_on(r, sig);
                else if (errno == EAGAIN)
                        kill(-1, SIGKILL);
                else if (errno != EINTR)
                        reap(r, 0); /* a filter denies it: at least reap */
        }
}

static _noreturn_ void be_reaper(const struct sys_reaper *reaper, pid_t program, const sigset_t *all)
{
        struct reaping r = { .program = program, .status = EXIT_FAILURE };

        prctl(PR_SET_NAME, REAPER_NAME, 0, 0, 0);
        forget_arguments(reaper);
        close_all();
        (void) !chdir("/");
        if (reaper->settle && reaper->settle(reaper->arg) < 0)
                _exit(EXIT_FAILURE); /* and with pid 1 the kernel ends all */
        serve(&r, all);
        _exit(r.status);
}

/* Where the program waits until the reaper is confined: it goes on when it gets a byte, and gives up at end of file. */
struct gate {
        int in_fd, out_fd; /* owned; -EBADF: nothing is to be waited for */
};

static void gate_done(struct gate *gate)
{
        safe_close(gate->in_fd);
        safe_close(gate->out_fd);
}

static int gate_make(struct gate *gate, struct err *e)
{
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return err_sys(e, errno, "pipe2", "cannot make a pipe between the reaper and its program");
        *gate = (struct gate) { ends[0], ends[1] };
        return 0;
}

static void program_waits(struct gate *gate)
{
        char go;
        ssize_t n;

        gate->out_fd = safe_close(gate->out_fd);
        if (gate->in_fd < 0)
                return;
        do
                n = read(gate->in_fd, &go, sizeof go);
        while (n < 0 && errno == EINTR);
        if (n != 1)
                _exit(EXIT_FAILURE);
}

/* The program that waits is nothing yet, and may be killed. */
static int confine(const struct sys_reaper *reaper, pid_t program, const struct gate *gate, struct err *e)
{
        int r = reaper->confine ? reaper->confine(reaper->arg, e) : 0;

        if (r >= 0 && (gate->out_fd < 0 || write(gate->out_fd, "", 1) == 1))
                return 0;
        if (r >= 0)
                r = err_sys(e, errno, "write", "cannot let the reaper's program go on");
        kill(program, SIGKILL);
        while (waitpid(program, NULL, __WALL) < 0 && errno == EINTR)
                ;
        return r;
}

static int become_program(struct gate *gate, bool terminal, struct err *e)
{
        program_waits(gate);
        setsid();
        if (terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
                return err_sys(e, errno, "ioctl", "cannot make the terminal the controlling one");
        return 0;
}

int sys_reaper_split(const struct sys_reaper *reaper, struct err *e)
{
        _cleanup_(gate_done) struct gate gate = { -EBADF, -EBADF };
        sigset_t all;
        bool terminal;
        pid_t pid;
        int r = sys_getpid() == 1 ? 0 : err_set(e, ERR_INTERNAL, EINVAL, "the reaper must be the first process of a pid namespace");

        if (r == 0 && reaper->confine)
                r = gate_make(&gate, e);
        if (r < 0)
                return r;
        /* Blocked, they wait for us; unblocked and without a handler, the kernel drops them before pid 1 sees them. */
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        terminal = give_up_terminal();
        pid = fork();
        if (pid < 0)
                return err_sys(e, errno, "fork", "cannot fork the program from its reaper");
        if (pid == 0)
                return become_program(&gate, terminal, e);
        r = confine(reaper, pid, &gate, e);
        if (r == 0)
                be_reaper(reaper, pid, &all);
        return r;
}
