/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root: a mount of its own, made private from the host, that takes the place of "/".
 * Owns: nothing; fds returned are the caller's, O_CLOEXEC.  Layer: sys.
 * Context: init in its mount namespace (sys_rootfs_clone: the parent, too); allocates nothing.
 *
 *      r = sys_rootfs_propagation(MS_SLAVE | MS_REC, e);       what we mount stays with us
 *      root_fd = sys_rootfs_attach(&how, e);                   the bundle's root, a mount now
 *      ...                                                     mounts and devices below root_fd
 *      r = sys_rootfs_pivot(root_fd, proc_fd, false, e);
 *
 * What pivot_root(2) wants (EINVAL otherwise): the new root is a mount, and neither it, nor its parent mount, nor that of
 * the present root propagates mounts to others.  The recursive slave of the first line gives all of it without looking
 * at the mount table; where another propagation was asked for, sys_rootfs_attach makes the one parent mount a slave. */
#ifndef BERTH_SYS_ROOTFS_H
#define BERTH_SYS_ROOTFS_H

#include <stdbool.h>

#include "err.h"

/* Set the propagation of "/" to FLAGS: MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC for all below it.
 * Before the pivot that is the host's tree as this namespace sees it, afterwards the container's.
 * man: mount_namespaces(7).  spec: config-linux.md "Rootfs Mount Propagation". */
int sys_rootfs_propagation(unsigned long flags, struct err *e);

/* A detached copy of the tree at PATH (a host path, trusted): for an init that could not open PATH itself, because it is
 * in another user namespace.  Context: parent.  Returns the fd, or -ENOSYS (Linux before 5.2: let init try); -ENOENT,
 * -ENOTDIR, …  man: open_tree(2). */
int sys_rootfs_clone(const char *path, struct err *e);

struct sys_rootfs {
        const char *path;          /* absolute, the host's */
        int clone_fd;              /* borrowed: from sys_rootfs_clone; -EBADF: attach makes its own */
        unsigned long propagation; /* of the new root mount until the pivot: MS_PRIVATE, or MS_SLAVE to go on receiving */
        bool unshare_parent;       /* the mount that PATH lies on may still be shared */
};

/* Make PATH a mount of its own, on top of itself, with all that is mounted below it.  Where the caller may not even look
 * at PATH, the clone is put on "/" instead: it is the root soon.
 * Returns an O_PATH fd of the new mount's root, or -ENOENT, -ENOTDIR, -EACCES, -EINVAL, …
 * man: open_tree(2), move_mount(2), mount(2) where they are missing. */
int sys_rootfs_attach(const struct sys_rootfs *how, struct err *e);

/* Open PATH as the root without any mount: for a container in the runtime's own mount namespace. */
int sys_rootfs_open(const char *path, struct err *e);

/* Make ROOT_FD "/" and let go of the old root; the working directory is the new "/".  PROC_FD: a procfs that is attached
 * nowhere, which is unmounted with the old root, so that closing it later takes no time; it stays usable and the caller's;
 * -EBADF: none.  OLD_SHARED: mounts of the old root may still propagate to the host: they are cut off before, or the host
 * would lose its mounts with us.
 * Returns 0, or -EINVAL (see above; also when "/" is an initramfs, which cannot be pivoted).  man: pivot_root(2). */
int sys_rootfs_pivot(int root_fd, int proc_fd, bool old_shared, struct err *e);

/* The same without pivot_root(2), for an initramfs: the root is moved over "/" and chroot(2) goes into it.  The old root
 * remains below, out of reach but for who may unmount; so every proc and sysfs of the host is unmounted, or covered where
 * that is denied.  PROC_FD is the runtime's procfs, or -EBADF.  Reads the mount table. */
int sys_rootfs_move(int root_fd, int proc_fd, struct err *e);

/* Only chroot(2) into ROOT_FD. */
int sys_rootfs_chroot(int root_fd, struct err *e);

/* Make the root mount read-only: that mount only, not those below it.  spec: config.md "Root" readonly. */
int sys_rootfs_readonly(int root_fd, int proc_fd, struct err *e);

#endif
