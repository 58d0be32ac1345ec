/* SPDX-License-Identifier: Apache-2.0 */
/* Masked and read-only paths.
 * Owns: nothing; the two fds of a struct sys_mask, made when they are first needed, are the caller's to close.  Layer: sys.
 * Context: init, after the pivot: from there no name leads to the host any more, whatever the container's file system
 * does meanwhile; every path is resolved once, to an fd, and the mount is made on that fd.  Allocates nothing.
 *
 *      struct sys_mask mask = SYS_MASK_INIT;
 *      r = sys_mask_path(&mask, root_fd, proc_fd, "/proc/kcore", e);
 *      r = sys_mask_readonly(root_fd, proc_fd, "/proc/sys", e);
 *
 * Cost: all masked directories show one and the same empty, read-only tmpfs; a path costs six short system calls, and a
 * container with hundreds of them has one more super block, not hundreds. */
#ifndef BERTH_SYS_MASK_H
#define BERTH_SYS_MASK_H

#include <errno.h>

#include "err.h"

struct sys_mask {
        int empty_dir_fd;    /* the empty directory, mounted on the first masked one; -EBADF until then */
        int null_fd;         /* the container's /dev/null, verified; -EBADF until a file is masked */
        const char *context; /* SELinux mount label of the empty directory; NULL: none */
};

#define SYS_MASK_INIT ((struct sys_mask) { .empty_dir_fd = -EBADF, .null_fd = -EBADF })

/* Hide PATH: a directory behind an empty one, anything else behind the container's /dev/null, which must be the null
 * device itself (CVE-2025-31133: a link in its place would expose what it points to).  A missing path is no fault.
 * Symbolic links are followed below ROOT_FD.
 * Returns 0, or: -ENODEV /dev/null is something else; -ENOENT there is no /dev/null; -EACCES PATH cannot be reached, so
 * that nobody could say that it is hidden; -errno of the mounts.
 * spec: config-linux.md "Masked Paths". */
int sys_mask_path(struct sys_mask *mask, int root_fd, int proc_fd, const char *path, struct err *e);

/* Make PATH read-only by binding it onto itself, with what is mounted below it; those mounts keep their own flags, as in
 * other runtimes, whose users put writable mounts below read-only ones.  A missing path is no fault.
 * spec: config-linux.md "Readonly Paths". */
int sys_mask_readonly(int root_fd, int proc_fd, const char *path, struct err *e);

/* Make PATH, which lies on or below a read-only mount, writable by binding it onto itself, with what is mounted below it as it
 * is.  A missing path is no fault.
 * Returns 0, or: -EPERM the mount is read-only for this user namespace, by the one that owns it. */
int sys_mask_writable(int root_fd, int proc_fd, const char *path, struct err *e);

#endif
