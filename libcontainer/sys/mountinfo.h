/* SPDX-License-Identifier: Apache-2.0 */
/* The mount table.  Never read on the normal path: its cost grows with the mounts of the whole host.
 * Owns: nothing.  Layer: sys.  Context: any, also after clone: its memory is a mapping of its own, not the heap. */
#ifndef BERTH_SYS_MOUNTINFO_H
#define BERTH_SYS_MOUNTINFO_H

#include "err.h"

/* Call EACH for every mount of our namespace: its mount point (unescaped) and file system type, in the table's order.
 * The table is read to its end first, so that EACH may mount and unmount.  PROC_FD: the runtime's procfs, or -EBADF for
 * the mounted /proc.  Stops at the first -errno of EACH and returns it.  man: proc_pid_mountinfo(5). */
int sys_mountinfo_each(int proc_fd, int (*each)(void *arg, const char *path, const char *type), void *arg, struct err *e);

#endif
