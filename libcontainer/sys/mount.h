/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: made detached, finished while nobody sees them, and attached by fd.
 * Owns: nothing; fds returned are the caller's, O_CLOEXEC.  Layer: sys.
 * Context: parent (clones of sources, id maps) and init; nothing here allocates.
 *
 *      _cleanup_close_ int fd = sys_mount_make(&args, &bad_option, e);         or sys_mount_clone, for a bind
 *      r = sys_mount_change(&args, fd, e);                                     attributes, propagation
 *      r = sys_mount_attach(&args, fd, target_fd, e);
 *
 * Each returns -ENOSYS, without a word in E, where the kernel is too old for it; then the caller goes the old way:
 *
 *      fd = sys_mount_old(&args, source_fd, root_fd, target_fd, proc_fd, e);   mount(2) on /proc/self/fd/N
 *      r = sys_mount_change_old(&args, fd, proc_fd, e);                        also between Linux 5.2 and 5.12
 *
 * The kernel's own words, from the fsopen fd, stand in E.kernel; a refused option is named, alone.
 * man: fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2), mount(2).
 * kernel: Documentation/filesystems/mount_api.rst, fs/namespace.c.
 */
#ifndef BERTH_SYS_MOUNT_H
#define BERTH_SYS_MOUNT_H

#include <stdbool.h>

#include "err.h"
#include "mount-types.h"

/* A new, detached mount of a file system, with its attributes (but for MOUNT_ATTR_RDONLY where ARGS->fill: that comes
 * with sys_mount_change).  *RET_OPTION is the index of the option that was refused, or -1.
 * Returns the mount's fd; -ENOSYS: Linux before 5.2, or an option longer than fsconfig(2) takes (255 bytes);
 * -ENODEV unknown file system; -EINVAL, -EPERM, -EBUSY, … as the file system says. */
int sys_mount_make(const struct mount_args *args, int *ret_option, struct err *e);

/* Has the kernel what sys_mount_clone and sys_mount_attach need (Linux 5.2)? */
bool sys_mount_can_clone(void);

/* A detached copy of the mount at SOURCE, seen from DIR_FD (SOURCE "": of DIR_FD itself), with what is mounted below it
 * if ARGS->recursive.  Source and copy share one propagation group until sys_mount_change.
 * Returns the copy's fd; -ENOSYS before Linux 5.2; -EINVAL the source is unbindable, is not in our mount namespace, or
 * (without recursion) hides something by a locked mount. */
int sys_mount_clone(const struct mount_args *args, int dir_fd, const char *source, struct err *e);

/* Set attributes and propagation of the mount FD.  For a mount from sys_mount_make only what that could not do.
 * Returns 0; -ENOSYS before Linux 5.12; -EPERM: an attribute that is to be cleared is locked (the sentence lists them). */
int sys_mount_change(const struct mount_args *args, int fd, struct err *e);

/* Attach the detached mount FD at TARGET_FD, an O_PATH fd below a root that is trusted no further.
 * Returns 0; -ENOSYS before Linux 5.2; -ENOTDIR file on directory or the reverse. */
int sys_mount_attach(const struct mount_args *args, int fd, int target_fd, struct err *e);

/* The same with mount(2): a new file system, or a bind of SOURCE_FD, straight onto TARGET_FD, both through the magic links
 * of PROC_FD.  A bind has its source's attributes, to be changed by sys_mount_change or, without that call, _old.
 * TARGET_FD may be ROOT_FD, to cover the root itself.  PROC_FD -EBADF: the mounted /proc is to be trusted.
 * Returns an O_PATH fd of the new mount's root, found again by ARGS->target below ROOT_FD and verified. */
int sys_mount_old(const struct mount_args *args, int source_fd, int root_fd, int target_fd, int proc_fd, struct err *e);

/* sys_mount_change for old kernels: FD's mount must be attached.  Attributes that nobody names are kept.
 * Attributes of a whole tree are set on each of its mounts that the mount table names; mounts that another one hides cannot
 * be reached so: -ENOENT. */
int sys_mount_change_old(const struct mount_args *args, int fd, int proc_fd, struct err *e);

/* Give the options of ARGS to the super block of the mounted FD ("remount").
 * Returns 0, -ENOSYS before Linux 5.2, or what the file system says. */
int sys_mount_reconfigure(const struct mount_args *args, int fd, int *ret_option, struct err *e);

#endif
