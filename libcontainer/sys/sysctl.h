/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel parameters of the namespaces that the caller is in.
 * Owns: nothing.  Layer: sys.  Context: init, in its new namespaces: the network ones are those of the caller's network
 * namespace, whichever procfs they are written through.  No allocation.
 * man: sysctl(8), proc(5).
 */
#ifndef BERTH_SYS_SYSCTL_H
#define BERTH_SYS_SYSCTL_H

#include "err.h"

/* Write VALUE, in one write(2), to PATH ("sys/net/ipv4/ip_forward") below PROC_FD, an fd of the runtime's own procfs.  NAME
 * is the parameter as the config writes it.
 * Returns 0, or: -ENOENT unknown here; -EINVAL the kernel refuses the value, or would take only a part of it; -EACCES,
 * -EPERM, -EROFS. */
int sys_sysctl_set(int proc_fd, const char *path, const char *name, const char *value, struct err *e);

#endif
