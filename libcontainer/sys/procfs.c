/* SPDX-License-Identifier: Apache-2.0 */
#include "procfs.h"

#include <sys/statfs.h>

#include <linux/magic.h>

#include "safepath.h"
#include "syscalls.h"

enum { PROC_ROOT_INO = 1, MAX_RETRIES = 64 }; /* the inode: include/linux/proc_fs.h, part of the kernel's interface */

static int open_detached(void)
{
        _cleanup_close_ int fs_fd = sys_fsopen("proc", FSOPEN_CLOEXEC);
        if (fs_fd < 0)
                return fs_fd;
        int r = sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
        if (r < 0)
                return r;
        return sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int sys_procfs_open_mounted(struct err *e)
{
        _cleanup_close_ int fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open '/proc'");
        int r = sys_fd_verify_fs(fd, PROC_SUPER_MAGIC, "proc", "/proc", e);
        if (r < 0)
                return r;
        struct stat st;
        if (fstat(fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot examine '/proc'");
        if (st.st_ino != PROC_ROOT_INO)
                return err_set(e, ERR_HOST, EXDEV, "'/proc' is not the root of a proc file system");
        return TAKE_FD(fd);
}

int sys_procfs_open(struct err *e)
{
        int fd = open_detached();
        return fd >= 0 ? fd : sys_procfs_open_mounted(e);
}

/* Without openat2: open, then compare the mount with that of PROC_FD.  O_PATH first, so that nothing happens in a file
 * that turns out to be a foreign one; the second open goes through the link of the first, and can lead nowhere else. */
static int open_verified(int proc_fd, const char *path, int flags)
{
        _cleanup_close_ int fd = openat(proc_fd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        uint64_t mount, proc_mount;
        long magic;
        int r = sys_fd_fs_magic(fd, &magic);
        if (r < 0)
                return r;
        if (magic != PROC_SUPER_MAGIC)
                return -EXDEV;
        r = sys_fd_mount_id(proc_fd, proc_fd, &proc_mount);
        if (r == 0)
                r = sys_fd_mount_id(fd, proc_fd, &mount);
        if (r < 0)
                return r;
        if (mount != proc_mount)
                return -EXDEV;
        if (flags & O_PATH)
                return TAKE_FD(fd);
        char link[64];
        snprintf(link, sizeof link, "self/fd/%d", fd);
        int opened = openat(proc_fd, link, flags | O_CLOEXEC);
        return opened < 0 ? -errno : opened;
}

int sys_procfs_open_at(int proc_fd, const char *path, int flags, struct err *e)
{
        struct sys_open_how how = {
                .flags = (uint64_t) (flags | O_CLOEXEC),
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
        };
        int fd = -EAGAIN;
        for (unsigned i = 0; fd == -EAGAIN && i < MAX_RETRIES; i++)
                fd = sys_openat2(proc_fd, path, &how);
        if (fd == -ENOSYS || fd == -EPERM || fd == -EAGAIN)
                fd = open_verified(proc_fd, path, flags);
        if (fd == -EXDEV)
                return err_set(e, ERR_HOST, EXDEV, "'/proc/%s' is hidden by another mount", path);
        if (fd < 0)
                return err_sys(e, -fd, "openat2", "cannot open '/proc/%s'", path);
        return fd;
}
