/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime's own procfs: what we write to /proc must reach the kernel, whatever the container mounted on /proc.
 * Owns: nothing; fds returned are the caller's, O_CLOEXEC.  Layer: sys.  Context: any, also after clone; the instance
 * shows the pid namespace of its opener, so init opens its own.
 *
 *      _cleanup_close_ int proc_fd = sys_procfs_open(e);
 *      _cleanup_close_ int fd = sys_procfs_open_at(proc_fd, "self/attr/exec", O_WRONLY, e);
 */
#ifndef BERTH_SYS_PROCFS_H
#define BERTH_SYS_PROCFS_H

#include "err.h"

/* A procfs that nobody else can reach, as an O_PATH directory fd: a detached mount (Linux 5.2).  Where that cannot be
 * had (an older kernel; a user namespace in which the host's /proc is partly hidden), the mounted /proc, after a check
 * that it is the root of a procfs.
 * Returns the fd, or -EXDEV when /proc is something else, or -errno.
 * man: fsopen(2), proc(5).  kernel: fs/proc/root.c. */
int sys_procfs_open(struct err *e);

/* The mounted /proc of our own mount namespace, verified.  For those who must not pay for an instance of their own. */
int sys_procfs_open_mounted(struct err *e);

/* Open PATH ("self/attr/exec", "sys/net/ipv4/ip_forward") below PROC_FD with the open(2) flags FLAGS.  It must lie on
 * the procfs of PROC_FD itself: nothing mounted over it, no magic link on the way; "self" and "thread-self" work.
 * Returns the fd; -EXDEV something was mounted over the path; -ENOENT, -EACCES, … */
int sys_procfs_open_at(int proc_fd, const char *path, int flags, struct err *e);

#endif
