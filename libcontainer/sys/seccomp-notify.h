/* SPDX-License-Identifier: Apache-2.0 */
/* Handing a seccomp listener to its agent.
 * Owns: nothing.  Layer: sys.  Context: parent; blocks at most SYS_SECCOMP_NOTIFY_SEC on an agent that does not read.
 * spec: config-linux.md "Seccomp", listenerPath, and "The Container Process State". */
#ifndef BERTH_SYS_SECCOMP_NOTIFY_H
#define BERTH_SYS_SECCOMP_NOTIFY_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

enum { SYS_SECCOMP_NOTIFY_SEC = 10 };

/* Connect to the AF_UNIX SOCK_STREAM socket at PATH (of any length), send TEXT with LISTENER_FD attached to its first
 * bytes, and close the connection.  Ownership: LISTENER_FD stays with the caller.
 * Returns 0, or: -ENOENT, -ECONNREFUSED nobody listens; -EAGAIN the agent did not read in time; -errno.
 * man: unix(7). */
int sys_seccomp_notify_send(const char *path, const char *text, size_t len, int listener_fd, struct err *e);

/* Fetch fd NUMBER of process PID: for an init whose filter does not let it send the fd itself.
 * Returns the fd, the caller's, or: -ENOSYS kernel before 5.6; -EPERM; -EBADF.  man: pidfd_getfd(2). */
int sys_seccomp_notify_fetch(pid_t pid, int number, struct err *e);

#endif
