/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits of a process.
 * Owns: nothing.  Layer: sys.  Context: init for itself, parent for init; no allocation.
 * man: prlimit(2).  kernel: kernel/sys.c do_prlimit.
 */
#ifndef BERTH_SYS_RLIMIT_H
#define BERTH_SYS_RLIMIT_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_rlimit {
        int resource;     /* RLIMIT_* */
        const char *name; /* "RLIMIT_NOFILE", for sentences */
        uint64_t soft, hard; /* UINT64_MAX: unlimited */
        uint64_t nr_open; /* fs.nr_open, the kernel's bound for RLIMIT_NOFILE; 0: not known */
};

/* Set LIMIT for PID (0: the caller).
 * Returns 0, or: -EPERM the hard limit would rise and CAP_SYS_RESOURCE is missing, or NOFILE is above fs.nr_open;
 * -EINVAL soft is above hard, or the kernel does not know the resource. */
int sys_rlimit_set(pid_t pid, const struct sys_rlimit *limit, struct err *e);

/* "unlimited" or the number, in BUF.  Returns BUF. */
const char *sys_rlimit_text(uint64_t value, char *buf, size_t size);

#endif
