/* SPDX-License-Identifier: Apache-2.0 */
#include "mask.h"

#include <stdio.h>

#include <linux/magic.h>

#include "cleanup.h"
#include "fdbind.h"
#include "safepath.h"
#include "syscalls.h"

#define NULL_PATH "/dev/null"
enum { NULL_MAJOR = 1, NULL_MINOR = 3 };

/* The empty directory needs one inode, its root; the second is for kernels that count one more. */
#define EMPTY_INODES "2"
enum { EMPTY_ATTRS = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

/* What PATH names, as an O_PATH fd; -ENOENT when there is nothing to hide, with E untouched. */
static int open_subject(int root_fd, const char *path, struct err *e)
{
        int fd = sys_path_open(root_fd, path, O_PATH, NULL);
        if (fd >= 0 || fd == -ENOENT)
                return fd;
        if (fd == -ENOTDIR)
                return -ENOENT;
        return err_sys(e, -fd, "openat2", "cannot open '%s' in the container", path);
}

static int make_empty_tmpfs(const char *context)
{
        const struct { const char *key, *value; } options[] = {
                { "source", "tmpfs" }, { "nr_inodes", EMPTY_INODES }, { "size", "4k" }, { "mode", "0555" }, { "context", context },
        };
        _cleanup_close_ int fs_fd = sys_fsopen("tmpfs", FSOPEN_CLOEXEC);
        if (fs_fd < 0)
                return fs_fd;
        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                int r = options[i].value ? sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, options[i].key, options[i].value, 0) : 0;
                if (r < 0)
                        return r;
        }
        int r = sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, "ro", NULL, 0);
        if (r == 0)
                r = sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
        return r < 0 ? r : sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, EMPTY_ATTRS);
}

static int mount_empty_legacy(const char *context, int root_fd, int proc_fd, int target_fd, const char *path)
{
        char data[512] = "mode=0555,size=4k,nr_inodes=" EMPTY_INODES;
        if (context && (size_t) snprintf(data, sizeof data, "mode=0555,size=4k,nr_inodes=%s,context=\"%s\"", EMPTY_INODES,
                                         context) >= sizeof data)
                return -ENAMETOOLONG;
        int r = sys_fd_mount_legacy(proc_fd, -EBADF, "tmpfs", target_fd, "tmpfs",
                                    MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, data);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = sys_path_open(root_fd, path, O_PATH | O_DIRECTORY, NULL);
        if (fd < 0)
                return fd;
        long magic;
        r = sys_fd_fs_magic(fd, &magic);
        if (r < 0)
                return r;
        return magic == TMPFS_MAGIC ? TAKE_FD(fd) : -EAGAIN;
}

/* The first masked directory: the tmpfs is attached right there, because a mount can be cloned only while it is part of
 * our mount namespace (before Linux 6.15).  Returns the fd of its root. */
static int mask_first_dir(const struct sys_mask *mask, int root_fd, int proc_fd, int target_fd, const char *path)
{
        _cleanup_close_ int fd = make_empty_tmpfs(mask->context);
        if (fd < 0 && fd != -ENOSYS)
                return fd;
        int r = fd < 0 ? fd :
                         sys_move_mount(fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        if (r == -ENOSYS)
                return mount_empty_legacy(mask->context, root_fd, proc_fd, target_fd, path);
        return r < 0 ? r : TAKE_FD(fd);
}

static int mask_dir(struct sys_mask *mask, int root_fd, int proc_fd, int target_fd, const char *path, struct err *e)
{
        int r;
        if (mask->empty_dir_fd < 0) {
                r = mask_first_dir(mask, root_fd, proc_fd, target_fd, path);
                if (r >= 0)
                        mask->empty_dir_fd = r;
        } else {
                r = sys_fd_bind(&(struct sys_fd_bind) { .proc_fd = proc_fd, .source_fd = mask->empty_dir_fd,
                                                        .target_fd = target_fd, .root_fd = root_fd, .path = path });
        }
        return r < 0 ? err_sys(e, -r, "mount", "cannot mask directory '%s'", path) : 0;
}

static int mask_file(struct sys_mask *mask, int root_fd, int proc_fd, int target_fd, const char *path, struct err *e)
{
        if (mask->null_fd < 0) {
                _cleanup_close_ int fd = sys_path_open(root_fd, NULL_PATH, O_PATH, NULL);
                if (fd < 0) {
                        err_sys(e, -fd, "openat2", "cannot mask '%s': cannot open the container's '" NULL_PATH "'", path);
                        err_hint(e, "files are masked by " NULL_PATH ", which the runtime makes unless /dev is a bind mount "
                                    "or annotation 'berth.devices.default' is 'none'");
                        return fd;
                }
                int r = sys_fd_verify_device(fd, false, NULL_MAJOR, NULL_MINOR, NULL_PATH, e);
                if (r < 0)
                        return r;
                mask->null_fd = TAKE_FD(fd);
        }
        int r = sys_fd_bind(&(struct sys_fd_bind) { .proc_fd = proc_fd, .source_fd = mask->null_fd, .target_fd = target_fd,
                                                    .root_fd = root_fd, .path = path });
        return r < 0 ? err_sys(e, -r, "mount", "cannot mask '%s'", path) : 0;
}

int sys_mask_path(struct sys_mask *mask, int root_fd, int proc_fd, const char *path, struct err *e)
{
        _cleanup_close_ int fd = open_subject(root_fd, path, e);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        struct stat st;
        if (fstat(fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot examine '%s' in the container", path);
        return S_ISDIR(st.st_mode) ? mask_dir(mask, root_fd, proc_fd, fd, path, e) :
                                     mask_file(mask, root_fd, proc_fd, fd, path, e);
}

/* Bind PATH over itself with the other right. */
static int set_right(int root_fd, int proc_fd, const char *path, bool writable, struct err *e)
{
        _cleanup_close_ int fd = open_subject(root_fd, path, e);
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        int r = sys_fd_bind(&(struct sys_fd_bind) { .proc_fd = proc_fd, .source_fd = fd, .target_fd = fd, .root_fd = root_fd,
                                                    .path = path, .recursive = true, .readonly = !writable, .writable = writable });
        return r < 0 ? err_sys(e, -r, "mount", "cannot make '%s' %s", path, writable ? "writable" : "read-only") : 0;
}

int sys_mask_readonly(int root_fd, int proc_fd, const char *path, struct err *e)
{
        return set_right(root_fd, proc_fd, path, false, e);
}

int sys_mask_writable(int root_fd, int proc_fd, const char *path, struct err *e)
{
        return set_right(root_fd, proc_fd, path, true, e);
}
