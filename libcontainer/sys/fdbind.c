/* SPDX-License-Identifier: Apache-2.0 */
#include "fdbind.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cleanup.h"
#include "safepath.h"
#include "syscalls.h"

/* mount(2) takes no fds, and after the pivot no absolute path leads to a procfs that can be believed: go there. */
int sys_fd_mount_legacy(int proc_fd, int source_fd, const char *source, int target_fd, const char *type,
                        unsigned long flags, const char *data)
{
        char from[48], to[48];
        const char *base = proc_fd >= 0 ? "" : "/proc/";
        snprintf(from, sizeof from, "%sself/fd/%d", base, source_fd);
        snprintf(to, sizeof to, "%sself/fd/%d", base, target_fd);

        _cleanup_close_ int cwd_fd = -EBADF;
        if (proc_fd >= 0) {
                cwd_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (cwd_fd < 0 || fchdir(proc_fd) < 0)
                        return -errno;
        }
        int r = mount(source_fd >= 0 ? from : source, to, type, flags, data) < 0 ? -errno : 0;
        if (cwd_fd >= 0 && fchdir(cwd_fd) < 0 && r == 0)
                r = -errno;
        return r;
}

/* The mount's flags as mount(2) wants them.  Where neither form of atime is set the mount is strict, which mount(2) must
 * be told, or it makes it relative. */
static unsigned long kept_flags(const struct statvfs *st)
{
        static const struct { unsigned long st, ms; } map[] = {
                { ST_RDONLY, MS_RDONLY }, { ST_NOSUID, MS_NOSUID },         { ST_NODEV, MS_NODEV },
                { ST_NOEXEC, MS_NOEXEC }, { ST_NOATIME, MS_NOATIME },       { ST_NODIRATIME, MS_NODIRATIME },
                { ST_RELATIME, MS_RELATIME }, { ST_NOSYMFOLLOW, MS_NOSYMFOLLOW },
        };
        unsigned long flags = 0;
        for (size_t i = 0; i < ARRAY_SIZE(map); i++)
                if (st->f_flag & map[i].st)
                        flags |= map[i].ms;
        return flags & (MS_NOATIME | MS_RELATIME) ? flags : flags | MS_STRICTATIME;
}

static int set_readonly_legacy(int proc_fd, int fd, bool readonly)
{
        struct statvfs st;
        if (fstatvfs(fd, &st) < 0)
                return -errno;
        unsigned long flags = (kept_flags(&st) & ~(unsigned long) MS_RDONLY) | (readonly ? MS_RDONLY : 0);
        return sys_fd_mount_legacy(proc_fd, -EBADF, NULL, fd, NULL, flags | MS_REMOUNT | MS_BIND, NULL);
}

int sys_fd_make_readonly(int proc_fd, int fd)
{
        const struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
        int r = sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr);
        return r == -ENOSYS ? set_readonly_legacy(proc_fd, fd, true) : r;
}

int sys_fd_set_propagation(int proc_fd, int fd, unsigned long flags)
{
        const struct sys_mount_attr attr = { .propagation = flags & ~(unsigned long) MS_REC };
        int r = sys_mount_setattr(fd, "", AT_EMPTY_PATH | (flags & MS_REC ? AT_RECURSIVE : 0), &attr);
        return r == -ENOSYS ? sys_fd_mount_legacy(proc_fd, -EBADF, NULL, fd, NULL, flags, NULL) : r;
}

static bool is_same_file(int a_fd, int b_fd)
{
        struct stat a, b;

        return fstat(a_fd, &a) == 0 && fstat(b_fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* mount(2) gives no fd to what it mounted: find it by its name again, from the same root, and see that it became what it
 * was to be. */
static int bind_legacy(const struct sys_fd_bind *b)
{
        int r = sys_fd_mount_legacy(b->proc_fd, b->source_fd, NULL, b->target_fd, NULL,
                                    MS_BIND | (b->recursive ? MS_REC : 0), NULL);
        if (r < 0 || !(b->readonly || b->writable))
                return r;
        _cleanup_close_ int fd = sys_path_open(b->root_fd, b->path, O_PATH, NULL);
        if (fd < 0)
                return fd;
        if (!is_same_file(fd, b->source_fd))
                return -EAGAIN;
        r = set_readonly_legacy(b->proc_fd, fd, b->readonly);
        if (r < 0)
                return r;
        struct statvfs st;
        if (fstatvfs(fd, &st) < 0)
                return -errno;
        return b->writable || st.f_flag & ST_RDONLY ? 0 : -EAGAIN;
}

int sys_fd_bind(const struct sys_fd_bind *b)
{
        _cleanup_close_ int tree_fd = sys_open_tree(b->source_fd, "",
                                                    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
                                                            (b->recursive ? AT_RECURSIVE : 0));
        if (tree_fd == -ENOSYS)
                return bind_legacy(b);
        if (tree_fd < 0)
                return tree_fd;

        bool later = false;
        if (b->readonly || b->writable) {
                const struct sys_mount_attr attr = { .attr_set = b->readonly ? MOUNT_ATTR_RDONLY : 0,
                                                     .attr_clr = b->writable ? MOUNT_ATTR_RDONLY : 0 };
                int r = sys_mount_setattr(tree_fd, "", AT_EMPTY_PATH, &attr);
                later = r == -ENOSYS;
                if (r < 0 && !later)
                        return r;
        }
        int r = sys_move_mount(tree_fd, "", b->target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        if (r == -ENOSYS)
                return bind_legacy(b);
        if (r < 0)
                return r;
        return later ? set_readonly_legacy(b->proc_fd, tree_fd, b->readonly) : 0;
}
