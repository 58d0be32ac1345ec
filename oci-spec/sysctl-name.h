/* SPDX-License-Identifier: Apache-2.0 */
/* Names of kernel parameters: the two ways to write them, and the namespace each belongs to.
 * Owns: a static table.  Layer: oci-spec, pure.  Context: any. */
#ifndef BERTH_OCI_SYSCTL_NAME_H
#define BERTH_OCI_SYSCTL_NAME_H

#include <stddef.h>

#include "spec.h"

/* The path of NAME below /proc/sys, in BUF.  As sysctl(8) has it, the first separator tells the style: after a dot,
 * dots and slashes change places ("net.ipv4.conf.eth0/1.forwarding" is net/ipv4/conf/eth0.1/forwarding).
 * Returns 0; -EINVAL an empty name or component, "." or ".."; -ENAMETOOLONG. */
int sysctl_path(const char *name, char *buf, size_t size);

/* The kind of namespace that PATH (of sysctl_path) is a parameter of; -ENOENT: of none, it is the host's.
 * man: namespaces(7) and the pages it names.  kernel: ipc/ipc_sysctl.c, ipc/mq_sysctl.c, kernel/utsname_sysctl.c,
 * kernel/ucount.c, net/sysctl_net.c. */
int sysctl_namespace(const char *path);

#endif
