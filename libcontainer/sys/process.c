/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "num.h"
#include "str.h"
#include "syscalls.h"

/* clone(2) takes CLONE_NEWTIME for a part of the signal's number: the namespace is made first, for children only, and left
 * again, or the hooks would be born into it.  It belongs to the caller's user namespace, even if the child gets its own. */
static pid_t clone_new_time(unsigned long flags)
{
        _cleanup_close_ int own_fd = open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC);
        pid_t pid;

        if (own_fd < 0)
                return errno == ENOENT ? -EINVAL : -errno; /* as clone3 says that it knows no such namespace */
        if (unshare(CLONE_NEWTIME) < 0)
                return -errno;
        pid = (pid_t) sys_ret(syscall(SYS_clone, flags & ~(unsigned long) CLONE_NEWTIME, NULL, NULL, NULL, 0));
        if (pid != 0)
                sys_setns(own_fd, CLONE_NEWTIME);
        return pid;
}

/* Before clone3 (5.3), or where a sandbox forbids it: the same flags, with no way to name a cgroup. */
static pid_t clone_legacy(const struct sys_clone *how, int *ret_pidfd)
{
        bool sibling = how->flags & CLONE_PARENT;
        unsigned long flags = (unsigned long) how->flags | SIGCHLD;
        pid_t pid = flags & CLONE_NEWTIME ? clone_new_time(flags) :
                                            (pid_t) sys_ret(syscall(SYS_clone, flags, NULL, NULL, NULL, 0));

        if (pid < 0)
                return pid;
        if (pid > 0 && !sibling)
                *ret_pidfd = sys_pidfd_open(pid, 0); /* still our unreaped child: no other process can have its pid */
        return pid;
}

static pid_t clone_modern(const struct sys_clone *how, int cgroup_fd, int *ret_pidfd)
{
        bool sibling = how->flags & CLONE_PARENT;
        int pidfd = -EBADF;
        struct sys_clone_args args = {
                .flags = how->flags | (sibling ? 0 : CLONE_PIDFD) | (cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0),
                .pidfd = (uint64_t) (uintptr_t) &pidfd,
                .exit_signal = sibling ? 0 : SIGCHLD,
                .cgroup = cgroup_fd >= 0 ? (uint64_t) cgroup_fd : 0,
        };
        pid_t pid = sys_clone3(&args);

        if (pid > 0)
                *ret_pidfd = pidfd;
        return pid;
}

pid_t sys_clone(const struct sys_clone *how, int *ret_pidfd, bool *ret_in_cgroup)
{
        int pidfd = -EBADF;
        pid_t pid = clone_modern(how, how->cgroup_fd, &pidfd);
        bool in_cgroup = how->cgroup_fd >= 0;

        if (in_cgroup && pid < 0 && pid != -ENOSYS && pid != -EAGAIN && pid != -ENOMEM) {
                pid = clone_modern(how, -EBADF, &pidfd);
                in_cgroup = false;
        }
        if (pid == -ENOSYS) {
                pid = clone_legacy(how, &pidfd);
                in_cgroup = false;
        }
        if (pid > 0) {
                *ret_pidfd = pidfd;
                *ret_in_cgroup = in_cgroup;
        }
        return pid;
}

/* The fields of /proc/PID/stat after the command name, which may itself hold anything, ")" too. */
static int read_stat(pid_t pid, char *buf, size_t size, char **ret_fields)
{
        _cleanup_close_ int fd = -EBADF;
        char path[32];
        ssize_t n;
        char *end;

        snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESRCH : -errno;
        n = read(fd, buf, size - 1);
        if (n < 0)
                return -errno;
        buf[n] = '\0';
        end = strrchr(buf, ')');
        if (!end || end[1] != ' ')
                return -ESRCH;
        *ret_fields = end + 2;
        return 0;
}

int sys_process_start_time(pid_t pid, uint64_t *ret_ticks, bool *ret_zombie)
{
        enum { STATE_FIELD = 3, START_FIELD = 22 };
        char buf[1024], *field = buf;
        char state;
        int r = read_stat(pid, buf, sizeof buf, &field);

        if (r < 0)
                return r;
        state = field[0];
        for (int i = STATE_FIELD; i < START_FIELD; i++) {
                field = strchr(field, ' ');
                if (!field)
                        return -ESRCH;
                field++;
        }
        if (num_parse_u64(field, strcspn(field, " "), 10, ret_ticks) < 0)
                return -ESRCH;
        if (ret_zombie)
                *ret_zombie = state == 'Z' || state == 'X';
        return 0;
}

static int check_identity(pid_t pid, uint64_t start_time)
{
        uint64_t now;
        int r = sys_process_start_time(pid, &now, NULL);

        return r < 0 ? r : now == start_time ? 0 : -ESRCH;
}

int sys_process_open(pid_t pid, uint64_t start_time)
{
        _cleanup_close_ int fd = sys_pidfd_open(pid, 0);
        int r;

        if (fd < 0)
                return fd;
        /* The check comes after the fd: if it holds now, the fd is of that process. */
        r = check_identity(pid, start_time);
        return r < 0 ? r : TAKE_FD(fd);
}

int sys_process_signal(pid_t pid, uint64_t start_time, int sig)
{
        _cleanup_close_ int fd = sys_process_open(pid, start_time);
        int r = fd;

        if (fd >= 0) {
                r = sys_pidfd_send_signal(fd, sig, NULL, 0);
                if (r != -ENOSYS)
                        return r;
        }
        if (r != -ENOSYS)
                return r;
        r = check_identity(pid, start_time);
        if (r < 0)
                return r;
        return kill(pid, sig) < 0 ? -errno : 0;
}

int sys_pidfd_wait(int pidfd, int timeout_msec)
{
        struct pollfd p = { .fd = pidfd, .events = POLLIN };
        int r;

        do
                r = poll(&p, 1, timeout_msec);
        while (r < 0 && errno == EINTR);
        return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
}

int sys_process_reap(pid_t pid, int *ret_status)
{
        int status;

        while (waitpid(pid, &status, __WALL) < 0)
                if (errno != EINTR)
                        return -errno;
        if (ret_status)
                *ret_status = status;
        return 0;
}

/* The function in which it sleeps; "" when it does not, or the kernel does not say. */
static void read_wchan(pid_t pid, char *buf, size_t size)
{
        char path[48];
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        snprintf(path, sizeof path, "/proc/%d/wchan", (int) pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? 0 : read(fd, buf, size - 1);
        buf[MAX(n, 0)] = '\0';
        if (streq(buf, "0"))
                buf[0] = '\0';
}

const char *sys_process_text(pid_t pid, char *buf, size_t size)
{
        char stat[1024], wchan[64], *fields = stat;
        char state = read_stat(pid, stat, sizeof stat, &fields) < 0 ? '?' : fields[0];

        read_wchan(pid, wchan, sizeof wchan);
        snprintf(buf, size, "pid %d (state %c%s%s)", (int) pid, state, wchan[0] ? ", in " : "", wchan);
        return buf;
}

const char *sys_wait_status_text(int status, char *buf, size_t size)
{
        const char *name;

        if (WIFEXITED(status)) {
                snprintf(buf, size, "exited with status %d", WEXITSTATUS(status));
                return buf;
        }
        name = sigabbrev_np(WTERMSIG(status));
        snprintf(buf, size, "was killed by SIG%s%s", name ? name : "?", WCOREDUMP(status) ? " (core dumped)" : "");
        return buf;
}

int sys_pidfd_send(int pidfd, const char *path, struct err *e)
{
        static const char text[] = "pidfd";
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = { 0 };
        struct iovec part = { (void *) text, sizeof text - 1 };
        struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return err_sys(e, errno, "socket", "cannot make a socket");
        if (strlen(path) >= sizeof to.sun_path)
                return err_sys(e, ENAMETOOLONG, "connect", "cannot connect to the pidfd socket '%s'", path);
        memcpy(to.sun_path, path, strlen(path));
        control.header = (struct cmsghdr) { .cmsg_len = CMSG_LEN(sizeof pidfd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.header), &pidfd, sizeof pidfd);
        if (connect(fd, (const struct sockaddr *) &to, sizeof to) < 0)
                return err_sys(e, errno, "connect", "cannot connect to the pidfd socket '%s'", path);
        if (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
                return err_sys(e, errno, "sendmsg", "cannot send the pidfd to '%s'", path);
        return 0;
}
