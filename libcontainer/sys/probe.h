/* SPDX-License-Identifier: Apache-2.0 */
/* The host's facts, asked from the kernel in few system calls.
 * Owns: nothing; texts go to the caller's arena.  Layer: sys.  Context: parent, first of all.
 *
 *      struct host host;
 *      r = sys_probe(arena, &host, e);                        every command that plans
 *      if (spec names a label)  sys_probe_lsm(&host);         the rest is paid for by those who need it
 *      if (spec->linux_->intel_rdt)  sys_probe_resctrl(arena, &host, e);
 *
 * mountinfo, which grows with the mounts of the host, is read only when a hierarchy is not where everybody mounts it.
 */
#ifndef BERTH_SYS_PROBE_H
#define BERTH_SYS_PROBE_H

#include "arena.h"
#include "err.h"
#include "host.h"

/* Fill *HOST but for what the functions below add: ids, user namespace, capabilities, cgroups.
 * Returns 0, -ENOMEM, or -errno when /proc cannot be read.
 * man: statfs(2), proc(5), capget(2), cgroups(7), ioctl_ns(2). */
int sys_probe(struct arena *arena, struct host *host, struct err *e);

/* Only ids, user namespace and privilege, and the cgroup part: what commands on an existing container need. */
int sys_probe_cgroup(struct arena *arena, struct host *host, struct err *e);

/* host->apparmor, host->selinux.  Cannot fail: what cannot be read is not there. */
void sys_probe_lsm(struct host *host);

/* host->resctrl: /sys/fs/resctrl by its file system type, else looked for in mountinfo.  0, -ENOMEM or -errno. */
int sys_probe_resctrl(struct arena *arena, struct host *host, struct err *e);

/* host->nr_open; stays 0 when it cannot be read. */
void sys_probe_nr_open(struct host *host);

#endif
