/* SPDX-License-Identifier: Apache-2.0 */
#include "devices.h"

#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "fdbind.h"
#include "syscalls.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452 /* Linux 6.6 */
#endif

enum { PERMISSION_BITS = 07777 };

/* "character device 1:3", for sentences. */
static const char *node_text(const struct sys_node *node, char *buf, size_t size)
{
        if (S_ISFIFO(node->type))
                snprintf(buf, size, "fifo");
        else
                snprintf(buf, size, "%s device %u:%u", S_ISCHR(node->type) ? "character" : "block", node->major, node->minor);
        return buf;
}

static bool is_same(const struct sys_node *node, const struct stat *st)
{
        return (st->st_mode & S_IFMT) == node->type &&
               (S_ISFIFO(node->type) || st->st_rdev == makedev(node->major, node->minor));
}

static int in_the_way(const struct sys_node *node, struct err *e)
{
        char text[64];
        err_set(e, ERR_HOST, EEXIST, "'%s' is there already and is not the %s", node->path, node_text(node, text, sizeof text));
        err_hint(e, "remove it from the root file system, or mount a tmpfs over its directory");
        return -EEXIST;
}

/* chmod(2) of an O_PATH fd: its own call is new, before that the way is the fd's link in a procfs. */
static int chmod_fd(int fd, mode_t mode, int proc_fd)
{
        long r = syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) < 0 ? -errno : 0;
        if (r != -ENOSYS)
                return (int) r;
        char link[48];
        snprintf(link, sizeof link, "%sself/fd/%d", proc_fd >= 0 ? "" : "/proc/", fd);
        return fchmodat(proc_fd >= 0 ? proc_fd : AT_FDCWD, link, mode, 0) < 0 ? -errno : 0;
}

/* Mode and owner as asked for.  A new node has them already, unless it is for another user or its directory has a default
 * ACL; chown(2) may drop bits of the mode, so it comes first. */
static int adjust(const struct sys_node *node, int fd, const struct stat *st, int proc_fd, struct err *e)
{
        bool owner = st->st_uid != node->uid || st->st_gid != node->gid;
        if (owner && fchownat(fd, "", node->uid, node->gid, AT_EMPTY_PATH) < 0)
                return err_sys(e, errno, "fchownat", "cannot give '%s' to user %u, group %u", node->path, node->uid, node->gid);
        if (!owner && (st->st_mode & PERMISSION_BITS) == node->mode)
                return 0;
        int r = chmod_fd(fd, node->mode, proc_fd);
        return r < 0 ? err_sys(e, -r, "fchmodat2", "cannot set the mode of '%s' to %04o", node->path, node->mode) : 0;
}

int sys_device_make(const struct sys_node *node, int dir_fd, const char *name, int proc_fd, struct err *e)
{
        char text[64];
        dev_t number = S_ISFIFO(node->type) ? 0 : makedev(node->major, node->minor);
        if (mknodat(dir_fd, name, node->type | node->mode, number) < 0 && errno != EEXIST) {
                err_sys(e, errno, "mknodat", "cannot make '%s', %s", node->path, node_text(node, text, sizeof text));
                if (e && e->num == EPERM)
                        err_hint(e, "device nodes need CAP_MKNOD in the first user namespace");
                return e ? -e->num : -errno;
        }
        _cleanup_close_ int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_sys(e, errno, "openat", "cannot examine '%s'", node->path);
        return is_same(node, &st) ? adjust(node, fd, &st, proc_fd, e) : in_the_way(node, e);
}

bool sys_device_is_barred(int dir_fd)
{
        struct statfs fs;
        return fstatfs(dir_fd, &fs) == 0 && (fs.f_flags & ST_NODEV);
}

int sys_device_make_aside(const struct sys_node *node, struct err *e)
{
        static const char name[] = "node";
        _cleanup_close_ int fs_fd = sys_fsopen("tmpfs", FSOPEN_CLOEXEC);
        int r = fs_fd < 0 ? fs_fd : sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
        _cleanup_close_ int dir_fd = r < 0 ? r : sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
        struct err why = ERR_INIT;
        if (dir_fd == -ENOSYS || dir_fd == -EPERM)
                return dir_fd;
        if (dir_fd < 0)
                return err_sys(e, -dir_fd, "fsmount", "cannot make a tmpfs for the device '%s'", node->path);
        r = sys_device_make(node, dir_fd, name, -EBADF, &why);
        if (r < 0 && r != -EPERM && e)
                *e = why;
        if (r < 0)
                return r;
        int tree_fd = sys_open_tree(dir_fd, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        if (tree_fd < 0 && tree_fd != -ENOSYS)
                return err_sys(e, -tree_fd, "open_tree", "cannot take hold of the device '%s'", node->path);
        return tree_fd;
}

/* The host's node, verified, as an O_PATH fd. */
static int open_host_node(const struct sys_node *node, struct err *e)
{
        char text[64];
        _cleanup_close_ int fd = open(node->path, O_PATH | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0) {
                int num = errno;
                err_sys(e, num, "open", "cannot open the host's '%s'", node->path);
                err_hint(e, "in a user namespace a device node cannot be made, the host's own of the same path is bound");
                return -num;
        }
        if (!is_same(node, &st)) {
                err_set(e, ERR_HOST, ENODEV, "the host's '%s' is not the %s", node->path, node_text(node, text, sizeof text));
                err_hint(e, "in a user namespace a device node cannot be made, the host's own of the same path is bound");
                return -ENODEV;
        }
        return TAKE_FD(fd);
}

int sys_device_source(const struct sys_node *node, struct err *e)
{
        _cleanup_close_ int fd = open_host_node(node, e);
        if (fd < 0)
                return fd;
        int tree_fd = sys_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
        return tree_fd < 0 ? err_sys(e, -tree_fd, "open_tree", "cannot bind the host's '%s'", node->path) : tree_fd;
}

/* An empty file to mount over.  One that is there may be left from an earlier container; anything with content, and any
 * other kind of file, is in the way.  Returns its fd, or -EALREADY when the device itself is there. */
static int open_mount_point(const struct sys_node *node, int dir_fd, const char *name, struct err *e)
{
        int made = openat(dir_fd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (made < 0 && errno != EEXIST)
                return err_sys(e, errno, "openat", "cannot make '%s', the file that the host's device is mounted over",
                               node->path);
        safe_close(made);
        _cleanup_close_ int fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_sys(e, errno, "openat", "cannot examine '%s'", node->path);
        if (is_same(node, &st))
                return -EALREADY;
        return S_ISREG(st.st_mode) && st.st_size == 0 ? TAKE_FD(fd) : in_the_way(node, e);
}

int sys_device_bind(const struct sys_node *node, int dir_fd, const char *name, int source_fd, int proc_fd, int root_fd,
                    struct err *e)
{
        _cleanup_close_ int target_fd = open_mount_point(node, dir_fd, name, e);
        if (target_fd < 0)
                return target_fd == -EALREADY ? 0 : target_fd;

        int r = -ENOSYS;
        if (source_fd >= 0)
                r = sys_move_mount(source_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        if (r == -ENOSYS) {
                _cleanup_close_ int host_fd = open_host_node(node, e);
                if (host_fd < 0)
                        return host_fd;
                r = sys_fd_bind(&(struct sys_fd_bind) { .proc_fd = proc_fd, .source_fd = host_fd, .target_fd = target_fd,
                                                        .root_fd = root_fd, .path = node->path });
        }
        return r < 0 ? err_sys(e, -r, "move_mount", "cannot bind the host's '%s'", node->path) : 0;
}

int sys_device_link(int dir_fd, const char *name, const char *target, bool replace, const char *path, struct err *e)
{
        if (symlinkat(target, dir_fd, name) == 0)
                return 0;
        if (errno == EEXIST && !replace)
                return 0;
        if (errno == EEXIST) {
                if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
                        return errno == EBUSY ? 0 : err_sys(e, errno, "unlinkat", "cannot replace '%s'", path);
                if (symlinkat(target, dir_fd, name) == 0)
                        return 0;
        }
        return err_sys(e, errno, "symlinkat", "cannot make the link '%s' to '%s'", path, target);
}
