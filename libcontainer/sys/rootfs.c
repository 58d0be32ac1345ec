/* SPDX-License-Identifier: Apache-2.0 */
#include "rootfs.h"

#include <stdint.h>
#include <string.h>

#include "fdbind.h"
#include "mountinfo.h"
#include "safepath.h"
#include "syscalls.h"

int sys_rootfs_propagation(unsigned long flags, struct err *e)
{
        if (mount(NULL, "/", NULL, flags, NULL) < 0) {
                err_sys(e, errno, "mount", "cannot change the mount propagation of '/'");
                if (errno == EINVAL)
                        err_hint(e, "'/' is not a mount point here: the runtime was started in a chroot");
                return -e->num;
        }
        return 0;
}

int sys_rootfs_open(const char *path, struct err *e)
{
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                return fd;
        switch (errno) {
        case ENOENT:
                err_sys(e, ENOENT, "open", "the root file system '%s' does not exist", path);
                err_hint(e, "root.path is taken from the bundle's directory; unpack or mount the root file system there first");
                return -ENOENT;
        case ENOTDIR:
                return err_sys(e, ENOTDIR, "open", "the root file system '%s' is not a directory", path);
        default:
                return err_sys(e, errno, "open", "cannot open the root file system '%s'", path);
        }
}

static int clone_tree(int fd)
{
        return sys_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
}

static int explain_clone(const char *path, int num, struct err *e)
{
        err_sys(e, num, "open_tree", "cannot make the root file system '%s' a mount", path);
        if (num == EINVAL)
                err_hint(e, "the mount that it lies on may be unbindable");
        return -num;
}

int sys_rootfs_clone(const char *path, struct err *e)
{
        _cleanup_close_ int fd = sys_rootfs_open(path, e);
        if (fd < 0)
                return fd;
        int tree_fd = clone_tree(fd);
        return tree_fd < 0 ? explain_clone(path, -tree_fd, e) : tree_fd;
}

/* Make the mount that FD lies on a slave.  Which one that is the kernel says by refusing all that are not the root of a
 * mount; ".." from the root of a mount leads to the mount below, so the first that is accepted is the right one. */
static int unshare_mount_of(int fd, const char *path, struct err *e)
{
        struct stat here, above;
        _cleanup_close_ int at = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (at < 0 || fstat(at, &here) < 0)
                return err_sys(e, errno, "fstat", "cannot examine the root file system '%s'", path);
        for (;;) {
                int r = sys_fd_set_propagation(-EBADF, at, MS_SLAVE);
                if (r == 0)
                        return 0;
                if (r != -EINVAL)
                        return err_sys(e, -r, "mount_setattr", "cannot unshare the mount that holds '%s'", path);
                int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (up < 0 || fstat(up, &above) < 0) {
                        int num = errno;
                        safe_close(up);
                        return err_sys(e, num, "open", "cannot find the mount that holds '%s'", path);
                }
                safe_close(at);
                at = up;
                if (above.st_dev == here.st_dev && above.st_ino == here.st_ino)
                        return err_sys(e, EINVAL, "mount_setattr", "cannot unshare the mount that holds '%s'", path);
                here = above;
        }
}

/* The propagation of the new root.  A clone from the parent comes from the host's namespace, where all of it may be
 * shared: then everything below is cut off first. */
static int set_propagation(const struct sys_rootfs *how, int root_fd, struct err *e)
{
        int r = 0;
        if (how->clone_fd >= 0)
                r = sys_fd_set_propagation(-EBADF, root_fd, MS_SLAVE | MS_REC);
        if (r == 0 && !(how->clone_fd >= 0 && how->propagation == MS_SLAVE))
                r = sys_fd_set_propagation(-EBADF, root_fd, how->propagation);
        if (r < 0)
                return err_sys(e, -r, "mount_setattr", "cannot change the mount propagation of the root file system '%s'",
                               how->path);
        return 0;
}

/* The fd of the old API: mount, then open what is on top. */
static int attach_legacy(const struct sys_rootfs *how, struct err *e)
{
        if (mount(how->path, how->path, NULL, MS_BIND | MS_REC, NULL) < 0)
                return err_sys(e, errno, "mount", "cannot make the root file system '%s' a mount", how->path);
        return sys_rootfs_open(how->path, e);
}

/* Where the root goes: over itself, or over "/" when a clone was given because it is out of our reach. */
static int open_target(const struct sys_rootfs *how, struct err *e)
{
        int fd = how->clone_fd >= 0 ? open(how->path, O_PATH | O_DIRECTORY | O_CLOEXEC) : sys_rootfs_open(how->path, e);
        if (fd >= 0 || how->clone_fd < 0)
                return fd;
        fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? err_sys(e, errno, "open", "cannot open '/'") : fd;
}

int sys_rootfs_attach(const struct sys_rootfs *how, struct err *e)
{
        _cleanup_close_ int target_fd = open_target(how, e);
        if (target_fd < 0)
                return target_fd;
        int r = how->unshare_parent ? unshare_mount_of(target_fd, how->path, e) : 0;
        if (r < 0)
                return r;

        _cleanup_close_ int root_fd = how->clone_fd >= 0 ? fcntl(how->clone_fd, F_DUPFD_CLOEXEC, 0) : clone_tree(target_fd);
        if (root_fd < 0 && root_fd != -ENOSYS)
                return explain_clone(how->path, how->clone_fd >= 0 ? errno : -root_fd, e);
        r = root_fd < 0 ? root_fd :
                          sys_move_mount(root_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        if (r == -ENOSYS) {
                safe_close(root_fd);
                root_fd = attach_legacy(how, e);
                if (root_fd < 0)
                        return root_fd;
        } else if (r < 0) {
                return err_sys(e, -r, "move_mount", "cannot make the root file system '%s' a mount", how->path);
        }
        r = set_propagation(how, root_fd, e);
        return r < 0 ? r : TAKE_FD(root_fd);
}

static int enter(int root_fd, struct err *e)
{
        return fchdir(root_fd) < 0 ? err_sys(e, errno, "fchdir", "cannot change to the container's root") : 0;
}

/* The last close of a mount that is attached nowhere waits for all CPUs, and for the procfs that would be in execve.  Below
 * the old root it goes away in the same wait as that; the fd works on.  Where it cannot be put there, only time is lost. */
static void leave_with_old_root(int proc_fd)
{
        if (proc_fd >= 0)
                sys_move_mount(proc_fd, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH);
}

/* With both arguments "." the old root ends up on top of the new one, at the same place, and needs no directory of its
 * own to be put in; "." then leads umount2(2) to it. */
int sys_rootfs_pivot(int root_fd, int proc_fd, bool old_shared, struct err *e)
{
        _cleanup_close_ int old_fd = old_shared ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -EBADF;
        int r = enter(root_fd, e);
        if (r < 0)
                return r;
        if (!old_shared) /* the host would get it, too */
                leave_with_old_root(proc_fd);
        r = sys_pivot_root(".", ".");
        if (r < 0) {
                err_sys(e, -r, "pivot_root", "cannot make the container's root '/'");
                if (r == -EINVAL)
                        err_hint(e, "an initramfs cannot be pivoted: there use --no-pivot");
                return r;
        }
        /* No procfs of ours is at hand for a mount(2) by fd: from inside the old root "." is it. */
        if (old_shared && (fchdir(old_fd) < 0 || mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0))
                return err_sys(e, errno, "mount", "cannot cut the old root off from the host");
        if (umount2(".", MNT_DETACH) < 0)
                return err_sys(e, errno, "umount2", "cannot let go of the old root");
        return chdir("/") < 0 ? err_sys(e, errno, "chdir", "cannot change to '/'") : 0;
}

int sys_rootfs_chroot(int root_fd, struct err *e)
{
        int r = enter(root_fd, e);
        if (r < 0)
                return r;
        if (chroot(".") < 0)
                return err_sys(e, errno, "chroot", "cannot make the container's root '/'");
        return chdir("/") < 0 ? err_sys(e, errno, "chdir", "cannot change to '/'") : 0;
}

struct hide {
        const char *root; /* the container's root, as a path of the old one */
        size_t root_len;
        struct err *e;
};

/* Take one proc or sysfs of the host away; where unmounting is denied, because the mount is locked in a user namespace or
 * hides another, cover it. */
static int hide_mount(void *arg, const char *path, const char *type)
{
        struct hide *h = arg;
        bool below_root = strncmp(path, h->root, h->root_len) == 0 && (path[h->root_len] == '/' || path[h->root_len] == '\0');
        if ((strcmp(type, "proc") != 0 && strcmp(type, "sysfs") != 0) || below_root)
                return 0;
        if (mount(NULL, path, NULL, MS_SLAVE | MS_REC, NULL) < 0 && errno != EINVAL && errno != ENOENT)
                return err_sys(h->e, errno, "mount", "cannot cut '%s' off from the host", path);
        if (umount2(path, MNT_DETACH) == 0 || errno == ENOENT)
                return 0;
        if (errno != EINVAL && errno != EPERM)
                return err_sys(h->e, errno, "umount2", "cannot unmount the host's '%s'", path);
        if (mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "nr_inodes=2,mode=0000") < 0 &&
            errno != ENOENT && errno != ENOTDIR)
                return err_sys(h->e, errno, "mount", "cannot cover the host's '%s'", path);
        return 0;
}

static int hide_host_proc(int root_fd, int proc_fd, struct err *e)
{
        char link[48], root[4096];
        snprintf(link, sizeof link, "/proc/self/fd/%d", root_fd);
        ssize_t n = proc_fd >= 0 ? readlinkat(proc_fd, link + sizeof "/proc/" - 1, root, sizeof root - 1) :
                                   readlink(link, root, sizeof root - 1);
        if (n < 0)
                return err_sys(e, errno, "readlink", "cannot tell where the container's root is mounted");
        root[n] = '\0';
        struct hide h = { .root = root, .root_len = (size_t) n, .e = e };
        return sys_mountinfo_each(proc_fd, hide_mount, &h, e);
}

int sys_rootfs_move(int root_fd, int proc_fd, struct err *e)
{
        int r = hide_host_proc(root_fd, proc_fd, e);
        if (r == 0)
                r = enter(root_fd, e);
        if (r < 0)
                return r;
        if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
                return err_sys(e, errno, "mount", "cannot move the container's root over '/'");
        if (chroot(".") < 0)
                return err_sys(e, errno, "chroot", "cannot make the container's root '/'");
        return chdir("/") < 0 ? err_sys(e, errno, "chdir", "cannot change to '/'") : 0;
}

int sys_rootfs_readonly(int root_fd, int proc_fd, struct err *e)
{
        int r = sys_fd_make_readonly(proc_fd, root_fd);
        return r < 0 ? err_sys(e, -r, "mount_setattr", "cannot make the root file system read-only") : 0;
}
