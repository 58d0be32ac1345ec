/* SPDX-License-Identifier: Apache-2.0 */
#include "start.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SOCK_NAME "start.sock"
#define USED_NAME "start.used"

/* An address of at most 107 bytes for a directory of any length: by way of its fd. */
static void address_of(int dir_fd, const char *name, struct sockaddr_un *ret)
{
        *ret = (struct sockaddr_un) { .sun_family = AF_UNIX };
        snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/%s", dir_fd, name);
}

int state_start_listen(int dir_fd, struct err *e)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        struct sockaddr_un address;

        if (fd < 0)
                return err_sys(e, errno, "socket", "cannot create the socket that start connects to");
        address_of(dir_fd, SOCK_NAME, &address);
        if (bind(fd, (const struct sockaddr *) &address, sizeof address) < 0)
                return err_sys(e, errno, "bind", "cannot create '%s' in the state directory", SOCK_NAME);
        if (listen(fd, 8) < 0)
                return err_sys(e, errno, "listen", "cannot listen on '%s' in the state directory", SOCK_NAME);
        return TAKE_FD(fd);
}

/* A socket connected to NAME, not blocking; -EAGAIN: somebody listens, but its queue is full. */
static int connect_to(int dir_fd, const char *name)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address;

        if (fd < 0)
                return -errno;
        address_of(dir_fd, name, &address);
        while (connect(fd, (const struct sockaddr *) &address, sizeof address) < 0)
                if (errno != EINTR)
                        return -errno;
        return TAKE_FD(fd);
}

int state_start_connect(int dir_fd, struct err *e)
{
        int r;

        /* ENOENT: a start that died after its rename left the other name, or there is none at all. */
        if (renameat(dir_fd, SOCK_NAME, dir_fd, USED_NAME) < 0 && errno != ENOENT)
                return err_sys(e, errno, "renameat", "cannot claim '%s' in the state directory", SOCK_NAME);
        r = connect_to(dir_fd, USED_NAME);
        if (r == -ECONNREFUSED || r == -ENOENT)
                return r;
        if (r == -EAGAIN)
                return err_set(e, ERR_STATE, EBUSY, "a start of this container is under way");
        if (r >= 0 && fcntl(r, F_SETFL, 0) >= 0)
                return r;
        return err_sys(e, r < 0 ? -r : errno, "connect", "cannot connect to the container's init");
}

void state_start_done(int dir_fd) { unlinkat(dir_fd, USED_NAME, 0); }

int state_start_is_pending(int dir_fd, struct err *e)
{
        _cleanup_close_ int fd = -EBADF;

        if (faccessat(dir_fd, SOCK_NAME, F_OK, 0) == 0)
                return 1;
        if (errno != ENOENT)
                return err_sys(e, errno, "faccessat", "cannot look for '%s' in the state directory", SOCK_NAME);
        fd = connect_to(dir_fd, USED_NAME);
        if (fd >= 0 || fd == -EAGAIN)
                return 1;
        if (fd == -ECONNREFUSED || fd == -ENOENT)
                return 0;
        return err_sys(e, -fd, "connect", "cannot connect to the container's init");
}
