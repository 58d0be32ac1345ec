/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors 0, 1 and 2 as the payload gets them from the caller.
 * Owns: nothing.  Layer: sys.  Context: init, after the pivot; allocates nothing. */
#ifndef BERTH_SYS_STDFDS_H
#define BERTH_SYS_STDFDS_H

#include <sys/types.h>

#include "err.h"

/* Give what they are to UID, so that a payload with another user can open /dev/stdout anew.  The null device stays as it
 * is: it is everybody's.  What cannot be given (an id that is not mapped, a read-only or foreign file system) stays, too:
 * the open fds work in any case. */
int sys_stdfds_chown(uid_t uid, struct err *e);

/* Replace those that are the host's null device by the container's own, so that no open file leads to the host's /dev.
 * Only when /dev/null below ROOT_FD is the null device, too; otherwise they stay. */
int sys_stdfds_reopen_null(int root_fd, int proc_fd, struct err *e);

#endif
