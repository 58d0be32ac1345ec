/* SPDX-License-Identifier: Apache-2.0 */
#include "sysctl.h"

#include <fcntl.h>
#include <string.h>

#include "procfs.h"

int sys_sysctl_set(int proc_fd, const char *path, const char *name, const char *value, struct err *e)
{
        size_t len = strlen(value);
        int r;

        _cleanup_close_ int fd = sys_procfs_open_at(proc_fd, path, O_WRONLY, e);
        if (fd == -ENOENT) {
                err_sys(e, ENOENT, "openat", "unknown sysctl '%s': there is no '/proc/%s'", name, path);
                err_hint(e, "the kernel lacks it, its module is not loaded, or it does not exist in the container's namespaces");
                return fd;
        }
        if (fd < 0)
                return err_sys(e, -fd, "openat", "cannot open sysctl '%s'", name);
        ssize_t n = write(fd, value, len);
        if (n == (ssize_t) len)
                return 0;
        r = n < 0 ? errno : EINVAL; /* a short write: the kernel took the first number and left the rest */
        err_sys(e, r, "write", "cannot set sysctl '%s' to '%s'", name, value);
        if (r == EINVAL)
                err_hint(e, "the kernel does not take this value");
        return -r;
}
