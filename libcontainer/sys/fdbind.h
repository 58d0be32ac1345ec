/* SPDX-License-Identifier: Apache-2.0 */
/* Bind mounts from fd to fd: what was resolved and verified once is what gets mounted, and where.
 * Owns: nothing.  Layer: sys.  Context: any, also after clone; before or after the pivot; allocates nothing.
 *
 *      r = sys_fd_bind(&(struct sys_fd_bind) {
 *              .proc_fd = proc_fd, .source_fd = null_fd, .target_fd = target_fd, .root_fd = rootfs_fd, .path = path });
 *
 * Kernel: open_tree(2), move_mount(2) since 5.2, mount_setattr(2) since 5.12.  Each is replaced, where it is missing, by
 * mount(2) on "self/fd/N" below a procfs that the container cannot fake: the working directory is there for the time of
 * the call, and restored.
 * The sentences are the callers', who know the nouns: these functions return -errno only. */
#ifndef BERTH_SYS_FDBIND_H
#define BERTH_SYS_FDBIND_H

#include <stdbool.h>

struct sys_fd_bind {
        int proc_fd;      /* borrowed: the runtime's own procfs (sys/procfs.h); -EBADF: the mounted /proc is trusted */
        int source_fd;    /* borrowed: what to bind, O_PATH or open */
        int target_fd;    /* borrowed: O_PATH, what it is to cover; may equal source_fd */
        int root_fd;      /* borrowed: where PATH begins */
        const char *path; /* TARGET_FD's name below ROOT_FD: only to find the new mount on old kernels */
        bool recursive;   /* with what is mounted below the source */
        bool readonly;    /* the new mount; not those below it */
        bool writable;    /* likewise, where the source's mount is read-only */
};

/* Returns 0, or: -ENOTDIR or -EINVAL one is a directory and the other is not; -EINVAL also when the source's mount is
 * unbindable or belongs to another mount namespace; -EPERM, -ENOENT (the target was removed), -ENOSPC (too many mounts). */
int sys_fd_bind(const struct sys_fd_bind *bind);

/* Make the mount that FD lies on read-only, keeping its other flags (in a user namespace they are locked: a remount that
 * drops one is -EPERM).  FD must be the root of that mount. */
int sys_fd_make_readonly(int proc_fd, int fd);

/* mount_setattr(2) of the propagation FLAGS (MS_SLAVE, …, with MS_REC for all mounts below) of the mount whose root FD
 * is.  -EINVAL: FD is no mount's root. */
int sys_fd_set_propagation(int proc_fd, int fd, unsigned long flags);

/* mount(2) where source and target may be fds: "self/fd/N" of the runtime's procfs.  SOURCE_FD, if not -EBADF, replaces
 * SOURCE.  For what has no newer call, or on kernels that lack it. */
int sys_fd_mount_legacy(int proc_fd, int source_fd, const char *source, int target_fd, const char *type,
                        unsigned long flags, const char *data);

#endif
