/* SPDX-License-Identifier: Apache-2.0 */
/* Capability sets of the calling thread.
 * Owns: nothing.  Layer: sys.  Context: init (and a process that joins a container), after clone: no allocation.
 *
 *      sys_caps_bound(keep, present, last_cap, e);     while CAP_SETPCAP is there
 *      sys_user_set(&user, e);                         permitted survives, effective does not
 *      sys_caps_set(&sets, e);
 *
 * A set is a mask: bit n is capability n of <linux/capability.h>.
 * man: capabilities(7), capset(2), prctl(2).  kernel: security/commoncap.c.
 */
#ifndef BERTH_SYS_CAPS_H
#define BERTH_SYS_CAPS_H

#include <stdint.h>

#include "err.h"

struct sys_caps {
        uint64_t effective, permitted, inheritable, ambient;
};

/* Drop every capability from the bounding set but KEEP.  PRESENT are those that may be in it: the others cost no call.
 * Returns 0, or -EPERM: CAP_SETPCAP is missing. */
int sys_caps_bound(uint64_t keep, uint64_t present, unsigned last_cap, struct err *e);

/* Make the thread's sets exactly these.  The caller has cut them to what the kernel grants (plan/caps.h).
 * Returns 0, or -EPERM: one of them asks for more than the thread has. */
int sys_caps_set(const struct sys_caps *sets, struct err *e);

/* Make the process unreadable for its neighbours (ptrace, /proc/PID/fd, /proc/PID/mem) until execve, so that a process of
 * the same user in a joined pid namespace cannot take its fds (CVE-2016-9962).
 * Its own /proc/self then belongs to root. */
void sys_caps_hide(void);

#endif
