/* SPDX-License-Identifier: Apache-2.0 */
#include "tty.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

#include <linux/magic.h>

#include "cleanup.h"
#include "fdbind.h"
#include "safepath.h"
#include "syscalls.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#define PTS_PATH "/dev/pts"
#define PTMX_PATH "/dev/pts/ptmx"
#define CONSOLE_PATH "/dev/console"
enum { PTMX_MAJOR = 5, PTMX_MINOR = 2 };

void sys_tty_done(struct sys_tty *tty)
{
        tty->master_fd = safe_close(tty->master_fd);
        tty->slave_fd = safe_close(tty->slave_fd);
}

/* sockaddr_un has room for 107 bytes: what is longer is reached through an fd of its directory. */
static int set_address(const char *path, struct sockaddr_un *addr, int *ret_dir_fd)
{
        addr->sun_family = AF_UNIX;
        if (strlen(path) < sizeof addr->sun_path) {
                memcpy(addr->sun_path, path, strlen(path) + 1);
                return 0;
        }
        char dir[4096];
        const char *slash = strrchr(path, '/');
        if (!slash || (size_t) (slash - path) >= sizeof dir)
                return -ENAMETOOLONG;
        memcpy(dir, path, (size_t) (slash - path));
        dir[slash - path] = '\0';
        *ret_dir_fd = open(dir[0] ? dir : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (*ret_dir_fd < 0)
                return -errno;
        int n = snprintf(addr->sun_path, sizeof addr->sun_path, "/proc/self/fd/%d%s", *ret_dir_fd, slash);
        return n < 0 || (size_t) n >= sizeof addr->sun_path ? -ENAMETOOLONG : 0;
}

int sys_tty_connect(const char *path, struct err *e)
{
        _cleanup_close_ int dir_fd = -EBADF;
        struct sockaddr_un addr = { 0 };
        int r = set_address(path, &addr, &dir_fd);
        if (r < 0)
                return err_sys(e, -r, "open", "cannot reach the console socket '%s'", path);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return err_sys(e, errno, "socket", "cannot make a socket");
        if (connect(fd, (const struct sockaddr *) &addr, sizeof addr) < 0)
                return err_sys(e, errno, "connect", "cannot connect to the console socket '%s'", path);
        return TAKE_FD(fd);
}

int sys_tty_pair(int ret_fds[static 2], struct err *e)
{
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds) < 0)
                return err_sys(e, errno, "socketpair", "cannot make a socket pair for the terminal");
        return 0;
}

static int reopen(int proc_fd, int fd, int flags)
{
        char link[48];
        snprintf(link, sizeof link, "%sself/fd/%d", proc_fd >= 0 ? "" : "/proc/", fd);
        int opened = openat(proc_fd >= 0 ? proc_fd : AT_FDCWD, link, flags | O_CLOEXEC);
        return opened < 0 ? -errno : opened;
}

static int explain_no_devpts(int r, struct err *e)
{
        err_hint(e, "a terminal needs a mount of type devpts on " PTS_PATH);
        return r;
}

/* The master device of the devpts itself, looked at before it is opened. */
static int open_ptmx(int root_fd, int proc_fd, struct err *e)
{
        _cleanup_close_ int dir_fd = sys_path_open(root_fd, PTS_PATH, O_PATH | O_DIRECTORY, e);
        if (dir_fd < 0)
                return explain_no_devpts(dir_fd, e);
        _cleanup_close_ int fd = openat(dir_fd, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return explain_no_devpts(err_sys(e, errno, "openat", "cannot open the container's '" PTMX_PATH "'"), e);
        int r = sys_fd_verify_fs(fd, DEVPTS_SUPER_MAGIC, "devpts", PTMX_PATH, e);
        if (r == 0)
                r = sys_fd_verify_device(fd, false, PTMX_MAJOR, PTMX_MINOR, PTMX_PATH, e);
        if (r < 0)
                return explain_no_devpts(r, e);
        int master_fd = reopen(proc_fd, fd, O_RDWR | O_NOCTTY);
        return master_fd < 0 ? err_sys(e, -master_fd, "openat", "cannot open the container's '" PTMX_PATH "'") : master_fd;
}

int sys_tty_open(int root_fd, int proc_fd, struct sys_tty *tty, struct err *e)
{
        int unlocked = 0;
        _cleanup_close_ int master_fd = open_ptmx(root_fd, proc_fd, e);
        if (master_fd < 0)
                return master_fd;
        if (ioctl(master_fd, TIOCSPTLCK, &unlocked) < 0 || ioctl(master_fd, TIOCGPTN, &tty->number) < 0)
                return err_sys(e, errno, "ioctl", "cannot unlock the new terminal");
        _cleanup_close_ int slave_fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave_fd < 0)
                return err_sys(e, errno, "ioctl", "cannot open the new terminal");
        int r = sys_fd_verify_fs(slave_fd, DEVPTS_SUPER_MAGIC, "devpts", "the new terminal", e);
        if (r < 0)
                return r;
        tty->master_fd = TAKE_FD(master_fd);
        tty->slave_fd = TAKE_FD(slave_fd);
        return 0;
}

int sys_tty_cover_console(int root_fd, int proc_fd, int slave_fd, struct err *e)
{
        _cleanup_close_ int target_fd = sys_path_make_file(root_fd, CONSOLE_PATH, e);
        if (target_fd < 0)
                return target_fd;
        int r = sys_fd_bind(&(struct sys_fd_bind) { .proc_fd = proc_fd, .source_fd = slave_fd, .target_fd = target_fd,
                                                    .root_fd = root_fd, .path = CONSOLE_PATH });
        return r < 0 ? err_sys(e, -r, "mount", "cannot bind the terminal over '" CONSOLE_PATH "'") : 0;
}

int sys_tty_send(int sock_fd, const struct sys_tty *tty, struct err *e)
{
        char name[32];
        int len = snprintf(name, sizeof name, "/dev/pts/%u", tty->number);
        union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = { 0 };
        struct iovec iov = { .iov_base = name, .iov_len = (size_t) len };
        struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space };
        control.header = (struct cmsghdr) { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
                                            .cmsg_type = SCM_RIGHTS };
        memcpy(CMSG_DATA(&control.header), &tty->master_fd, sizeof(int));

        ssize_t n;
        do
                n = sendmsg(sock_fd, &msg, MSG_NOSIGNAL);
        while (n < 0 && errno == EINTR);
        return n < 0 ? err_sys(e, errno, "sendmsg", "cannot send the terminal to the console socket") : 0;
}

int sys_tty_receive(int sock_fd, struct err *e)
{
        char name[64];
        union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = { 0 };
        struct iovec iov = { .iov_base = name, .iov_len = sizeof name };
        struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space };
        ssize_t n;
        do
                n = recvmsg(sock_fd, &msg, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return err_sys(e, errno, "recvmsg", "cannot receive the container's terminal");
        const struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
                return err_set(e, ERR_INTERNAL, EPIPE, "the container's init sent no terminal");
        int fd;
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
        return fd;
}

int sys_tty_set_size(int fd, uint16_t rows, uint16_t columns, struct err *e)
{
        const struct winsize size = { .ws_row = rows, .ws_col = columns };
        if (ioctl(fd, TIOCSWINSZ, &size) < 0)
                return err_sys(e, errno, "ioctl", "cannot set the terminal's size to %u rows, %u columns", rows, columns);
        return 0;
}

void sys_tty_plain_newlines(int fd)
{
        struct termios mode;

        if (tcgetattr(fd, &mode) < 0)
                return;
        mode.c_oflag &= ~(tcflag_t) ONLCR;
        tcsetattr(fd, TCSANOW, &mode);
}

void sys_tty_give(int slave_fd, uid_t uid)
{
        /* EINVAL: not mapped in this user namespace; then it belongs to whom devpts gave it. */
        (void) !fchown(slave_fd, uid, (gid_t) -1);
}

int sys_tty_take(int slave_fd, struct err *e)
{
        if (setsid() < 0 && getsid(0) != sys_getpid())
                return err_sys(e, errno, "setsid", "cannot lead a session of its own");
        if (ioctl(slave_fd, TIOCSCTTY, 0) < 0)
                return err_sys(e, errno, "ioctl", "cannot make the terminal the controlling one");
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (dup2(slave_fd, fd) < 0)
                        return err_sys(e, errno, "dup2", "cannot make the terminal file descriptor %d", fd);
        return 0;
}
