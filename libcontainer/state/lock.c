/* SPDX-License-Identifier: Apache-2.0 */
#include "lock.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int busy(const char *id, struct err *e)
{
        int r = err_set(e, ERR_STATE, EBUSY, "another command is changing container '%s'", id);

        err_hint(e, "wait for it, or end it; 'berth delete --force' ends a creation that hangs");
        return r;
}

/* flock(2) has no deadline, and a signal to break it would be the caller's business.  A short-lived clone waits instead:
 * the lock belongs to the open file, which it shares with us, so what it gets is ours.  It has no exit signal, so that a
 * caller's SIGCHLD handler does not notice.  Its end closes the pipe. */
static int lock_in_clone(int dir_fd, int timeout_msec)
{
        int pipe_fds[2], r;
        struct pollfd poll_fd;
        pid_t pid;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return -errno;
        pid = (pid_t) syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
        if (pid == 0) {
                while (flock(dir_fd, LOCK_EX) < 0 && errno == EINTR)
                        ;
                _exit(0);
        }
        r = pid < 0 ? -errno : 0;
        safe_close(pipe_fds[1]);
        poll_fd = (struct pollfd) { .fd = pipe_fds[0], .events = POLLIN };
        if (r >= 0 && poll(&poll_fd, 1, timeout_msec) <= 0)
                kill(pid, SIGKILL);
        safe_close(pipe_fds[0]);
        while (pid > 0 && waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR)
                ;
        return r;
}

int state_lock(int dir_fd, const char *id, int timeout_msec, struct err *e)
{
        struct stat st;

        if (flock(dir_fd, LOCK_EX | LOCK_NB) < 0) {
                int r = errno == EWOULDBLOCK ? 0 : -errno;

                if (r >= 0 && timeout_msec == 0)
                        return busy(id, e);
                if (r >= 0)
                        r = lock_in_clone(dir_fd, timeout_msec);
                if (r < 0)
                        return err_sys(e, -r, "flock", "cannot lock container '%s'", id);
                /* Ours if the clone got it: asking again for what one has is granted. */
                if (flock(dir_fd, LOCK_EX | LOCK_NB) < 0)
                        return busy(id, e);
        }
        /* Whoever held it before may have removed the directory, which then has no name any more. */
        if (fstat(dir_fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot lock container '%s'", id);
        if (st.st_nlink == 0)
                return err_set(e, ERR_NOT_FOUND, ENOENT, "container '%s' was deleted meanwhile: container does not exist", id);
        return 0;
}

void state_unlock(int dir_fd)
{
        if (dir_fd >= 0)
                flock(dir_fd, LOCK_UN);
}

void state_lock_forget(int *dir_fd) { *dir_fd = safe_close(*dir_fd); }
