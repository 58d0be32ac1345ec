/* SPDX-License-Identifier: Apache-2.0 */
#include "idmap.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <linux/magic.h>
#include <linux/nsfs.h>

#include "safepath.h"
#include "syscalls.h"

/* The child holds the namespace until the pipe says that its fd has been opened, or that the parent is dead.  It shares
 * nothing but the pipe, and runs no library code. */
static _noreturn_ void hold_namespace(int pipe_fd, int other_fd)
{
        char byte;
        close(other_fd);
        while (read(pipe_fd, &byte, 1) < 0 && errno == EINTR)
                ;
        _exit(0);
}

static int open_namespace(pid_t pid)
{
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/user", (int) pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int map_and_open(pid_t pid, const struct sys_usermap *map, struct err *e)
{
        struct sys_usermap child_map = *map;
        child_map.pid = pid;
        int r = sys_usermap_write(&child_map, e);
        if (r < 0)
                return r;
        int fd = open_namespace(pid);
        return fd < 0 ? err_sys(e, -fd, "open", "cannot open the user namespace of an idmapped mount") : fd;
}

int sys_userns_fd(const struct sys_usermap *map, struct err *e)
{
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0)
                return err_sys(e, errno, "pipe2", "cannot make a pipe");
        _cleanup_close_ int child_end = ends[0], own_end = ends[1];

        /* The plain fork of the kernel: no handlers of the C library run in a child that does nothing. */
        pid_t pid = (pid_t) syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
        if (pid == 0)
                hold_namespace(child_end, own_end);
        if (pid < 0) {
                int num = errno;
                err_sys(e, num, "clone", "cannot make a user namespace for an idmapped mount");
                if (num == ENOSPC)
                        err_hint(e, "see /proc/sys/user/max_user_namespaces, and at most 32 may be nested");
                return -num;
        }
        int r = map_and_open(pid, map, e);
        own_end = safe_close(own_end);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
        return r;
}

/* Since when the file system's own code allows it (FS_ALLOW_IDMAP in fs/ of the kernel). */
static const struct {
        long magic;
        const char *name, *since; /* NULL: not yet */
} idmap_support[] = {
        { EXT4_SUPER_MAGIC, "ext4", "5.12" },
        { 0x58465342, "xfs", "5.12" },
        { MSDOS_SUPER_MAGIC, "vfat", "5.12" },
        { BTRFS_SUPER_MAGIC, "btrfs", "5.15" },
        { 0x7366746e, "ntfs3", "5.15" },
        { F2FS_SUPER_MAGIC, "f2fs", "5.18" },
        { 0xE0F5E1E2, "erofs", "5.19" },
        { OVERLAYFS_SUPER_MAGIC, "overlay", "5.19" },
        { SQUASHFS_MAGIC, "squashfs", "6.2" },
        { TMPFS_MAGIC, "tmpfs", "6.3" },
        { HUGETLBFS_MAGIC, "hugetlbfs", "6.9" },
        { 0x00c36400, "ceph", "6.7" },
        { 0x65735546, "fuse", "6.12, where its server allows it" },
        { NFS_SUPER_MAGIC, "nfs", NULL },
        { 0x01021997, "9p", NULL },
        { PROC_SUPER_MAGIC, "proc", NULL },
        { SYSFS_MAGIC, "sysfs", NULL },
        { CGROUP2_SUPER_MAGIC, "cgroup2", NULL },
        { CGROUP_SUPER_MAGIC, "cgroup", NULL },
};

static void hint_unsupported(int fd, struct err *e)
{
        struct utsname kernel;
        long magic;
        if (uname(&kernel) < 0 || sys_fd_fs_magic(fd, &magic) < 0)
                return;
        for (size_t i = 0; i < ARRAY_SIZE(idmap_support); i++) {
                if (idmap_support[i].magic != magic)
                        continue;
                if (idmap_support[i].since)
                        err_hint(e, "the source is on '%s', which can be idmapped since Linux %s; this is %s",
                                 idmap_support[i].name, idmap_support[i].since, kernel.release);
                else
                        err_hint(e, "the source is on '%s', which cannot be idmapped", idmap_support[i].name);
                return;
        }
        err_hint(e, "the source's file system (type 0x%lx) cannot be idmapped by Linux %s", (unsigned long) magic,
                 kernel.release);
}

int sys_userns_open(const char *path, struct err *e)
{
        /* Not to wait for the writer of a FIFO. */
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        long magic;

        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open the user namespace '%s'", path);
        if (sys_fd_fs_magic(fd, &magic) < 0 || magic != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWUSER)
                return err_set(e, ERR_CONFIG, EINVAL, "'%s' is not a user namespace", path);
        return TAKE_FD(fd);
}

int sys_mount_idmap(const struct mount_args *args, int fd, bool recursive, int userns_fd, struct err *e)
{
        struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) userns_fd };
        int r = sys_mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr);
        if (r == 0)
                return 0;
        const char *source = args->source ? args->source : "";
        if (r == -ENOSYS)
                return err_set(e, ERR_HOST, ENOTSUP, "mount '%s' on '%s': idmapped mounts need Linux 5.12", source,
                               args->target);
        err_sys(e, -r, "mount_setattr", "mount '%s' on '%s': cannot map its ids", source, args->target);
        if (r == -EINVAL)
                hint_unsupported(fd, e);
        else if (r == -EPERM)
                err_hint(e, "the mount is idmapped already, or its file system belongs to a user namespace in which the "
                            "runtime lacks CAP_SYS_ADMIN");
        return r;
}
