/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "str.h"
#include "sys/process.h"

#define DIR_NAME "notify"
#define SOCK_NAME DIR_NAME "/notify.sock"

void notify_done(struct notify *n) { n->fd = safe_close(n->fd); }

const char *notify_host(void)
{
        const char *host = getenv("NOTIFY_SOCKET");

        return str_empty(host) ? NULL : host;
}

int notify_make_dir(int dir_fd, struct err *e)
{
        /* Searchable for every user of the container; the state directory above it is not. */
        if ((mkdirat(dir_fd, DIR_NAME, 0755) < 0 && errno != EEXIST) || fchmodat(dir_fd, DIR_NAME, 0755, 0) < 0)
                return err_sys(e, errno, "mkdirat", "cannot create '%s' in the state directory", DIR_NAME);
        return 0;
}

static int take_host(const char *host, struct notify *n, struct err *e)
{
        size_t len = strlen(host);

        if ((host[0] != '/' && host[0] != '@') || len >= sizeof n->host.sun_path) {
                err_set(e, ERR_USAGE, EINVAL, "NOTIFY_SOCKET '%.120s' is no address of a Unix socket", host);
                err_hint(e, "it must be an absolute path or begin with '@', and have less than %zu bytes", sizeof n->host.sun_path);
                return -EINVAL;
        }
        n->host = (struct sockaddr_un) { .sun_family = AF_UNIX };
        memcpy(n->host.sun_path, host, len);
        if (host[0] == '@')
                n->host.sun_path[0] = '\0';
        n->host_len = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len + (host[0] == '/'));
        return 0;
}

int notify_open(int dir_fd, struct notify *n, struct err *e)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        const char *host = notify_host();
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!host || faccessat(dir_fd, DIR_NAME, F_OK, 0) < 0)
                return 0;
        r = take_host(host, n, e);
        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return err_sys(e, errno, "socket", "cannot create the container's notify socket");
        /* By way of the fd: the state root may be deeper than an address is long. */
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir_fd, SOCK_NAME);
        unlinkat(dir_fd, SOCK_NAME, 0);
        if (bind(fd, (const struct sockaddr *) &address, sizeof address) < 0 || fchmodat(dir_fd, SOCK_NAME, 0777, 0) < 0)
                return err_sys(e, errno, "bind", "cannot create '%s' in the state directory", SOCK_NAME);
        n->fd = TAKE_FD(fd);
        return 0;
}

static bool says_ready(const char *text)
{
        for (const char *line = text; *line;) {
                size_t len = strcspn(line, "\n");

                if (len == strlen("READY=1") && str_after(line, "READY=1"))
                        return true;
                line += len + (line[len] == '\n');
        }
        return false;
}

/* 1: a message said READY=1; 0: nothing more is there. */
static int read_messages(int fd)
{
        char text[4096];
        ssize_t n;

        while ((n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT)) >= 0 || errno == EINTR) {
                if (n < 0)
                        continue;
                text[n] = '\0';
                if (says_ready(text))
                        return 1;
        }
        return 0;
}

static int tell_host(const struct notify *n, pid_t main_pid, struct err *e)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        char text[64] = "READY=1";

        if (fd < 0)
                return err_sys(e, errno, "socket", "cannot reach the host's notify socket");
        if (main_pid > 0)
                snprintf(text, sizeof text, "MAINPID=%d\nREADY=1", (int) main_pid);
        if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *) &n->host, n->host_len) < 0)
                return err_sys(e, errno, "sendto", "cannot tell NOTIFY_SOCKET '%s' that the container is ready", notify_host());
        return 0;
}

/* Kernels before 5.3 have no pidfds to wait on. */
static bool has_ended(int pidfd, const struct state_process *init)
{
        struct pollfd fd = { .fd = pidfd, .events = POLLIN };
        uint64_t ticks;
        bool zombie;

        if (pidfd >= 0)
                return poll(&fd, 1, 0) > 0;
        return sys_process_start_time(init->pid, &ticks, &zombie) < 0 || zombie || ticks != init->start_ticks;
}

int notify_serve(const struct notify *n, const struct state_process *init, bool main, struct err *e)
{
        enum { LOOK_MSEC = 250 };
        _cleanup_close_ int pidfd = n->fd < 0 ? -EBADF : sys_process_open(init->pid, init->start_ticks);
        struct pollfd fds[] = { { .fd = n->fd, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };

        if (n->fd < 0)
                return 0;
        for (;;) {
                /* Asked before the messages are read: what a dead init has sent is there by then. */
                bool ended = has_ended(pidfd, init);

                if (read_messages(n->fd))
                        return tell_host(n, main ? init->pid : 0, e);
                if (ended)
                        return 0;
                if (poll(fds, ARRAY_SIZE(fds), pidfd < 0 ? LOOK_MSEC : -1) < 0 && errno != EINTR)
                        return err_sys(e, errno, "poll", "cannot wait for the container to be ready");
        }
}

pid_t notify_serve_aside(const struct notify *n, const struct state_process *init, struct err *e)
{
        pid_t pid, parent = getpid();

        if (n->fd < 0)
                return 0;
        pid = fork();
        if (pid < 0)
                return err_sys(e, errno, "fork", "cannot fork the process that waits for the container to be ready");
        if (pid > 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        prctl(PR_SET_NAME, "berth:[notify]", 0, 0, 0);
        _exit(getppid() != parent || notify_serve(n, init, false, NULL) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
