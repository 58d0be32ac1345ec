/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-notify.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "syscalls.h"

/* A path that is too long for an address is opened, and the fd named instead. */
static int connect_agent(int sock_fd, const char *path, struct err *e)
{
        struct sockaddr_un addr = { .sun_family = AF_UNIX };
        _cleanup_close_ int path_fd = -EBADF;

        if (strlen(path) < sizeof addr.sun_path) {
                memcpy(addr.sun_path, path, strlen(path));
        } else {
                path_fd = open(path, O_PATH | O_CLOEXEC);
                if (path_fd < 0)
                        return err_sys(e, errno, "open", "cannot open the seccomp agent's socket '%s'", path);
                snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d", path_fd);
        }
        if (connect(sock_fd, (struct sockaddr *) &addr, sizeof addr) < 0) {
                err_sys(e, errno, "connect", "cannot reach the seccomp agent at '%s'", path);
                err_hint(e, "the agent must listen on a stream socket at /linux/seccomp/listenerPath before the create");
                return -e->num;
        }
        return 0;
}

static ssize_t send_first(int sock_fd, const char *text, size_t len, int fd)
{
        struct iovec part = { (void *) text, len };
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct msghdr msg = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof control.bytes,
        };
        ssize_t n;

        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
        do
                n = sendmsg(sock_fd, &msg, MSG_NOSIGNAL);
        while (n < 0 && errno == EINTR);
        return n;
}

static int send_all(int sock_fd, const char *text, size_t len, int fd)
{
        ssize_t n = send_first(sock_fd, text, len, fd);

        while (n >= 0 && (size_t) n < len) {
                text += n;
                len -= (size_t) n;
                do
                        n = send(sock_fd, text, len, MSG_NOSIGNAL);
                while (n < 0 && errno == EINTR);
        }
        return n < 0 ? -errno : 0;
}

int sys_seccomp_notify_send(const char *path, const char *text, size_t len, int listener_fd, struct err *e)
{
        _cleanup_close_ int sock_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct timeval patience = { .tv_sec = SYS_SECCOMP_NOTIFY_SEC };
        int r;

        if (sock_fd < 0)
                return err_sys(e, errno, "socket", "cannot make a socket for the seccomp agent");
        if (setsockopt(sock_fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
                return err_sys(e, errno, "setsockopt", "cannot set the patience with the seccomp agent");
        r = connect_agent(sock_fd, path, e);
        if (r < 0)
                return r;
        r = send_all(sock_fd, text, len, listener_fd);
        if (r < 0)
                return err_sys(e, -r, "sendmsg", "cannot send the container process state to the seccomp agent at '%s'", path);
        return 0;
}

int sys_seccomp_notify_fetch(pid_t pid, int number, struct err *e)
{
        _cleanup_close_ int pid_fd = sys_pidfd_open(pid, 0);
        int fd = pid_fd < 0 ? pid_fd : sys_pidfd_getfd(pid_fd, number, 0);

        if (fd < 0)
                return err_sys(e, -fd, "pidfd_getfd", "cannot fetch the seccomp listener from the container's init");
        return fd;
}
