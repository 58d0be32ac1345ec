/* SPDX-License-Identifier: Apache-2.0 */
/* Scheduling of a process: CPU, I/O, NUMA memory, execution domain.
 * Owns: nothing.  Layer: sys.  Context: as each says; no allocation.
 * man: sched_setattr(2), ioprio_set(2), set_mempolicy(2), personality(2).
 */
#ifndef BERTH_SYS_SCHED_H
#define BERTH_SYS_SCHED_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_scheduler {
        int policy;         /* SCHED_* */
        const char *name;   /* "SCHED_FIFO", for sentences */
        uint64_t flags;     /* SCHED_FLAG_* */
        int32_t nice;       /* -20 to 19, for SCHED_OTHER and SCHED_BATCH */
        uint32_t priority;  /* 1 to 99, for SCHED_FIFO and SCHED_RR */
        uint64_t runtime, deadline, period; /* nanoseconds, for SCHED_DEADLINE */
};

/* Context: init for itself (PID 0), parent for an init in another user namespace: real-time policies and a lower nice
 * value need CAP_SYS_NICE in the first one.
 * Returns 0, or: -EPERM; -EBUSY no room for the deadline task; -EINVAL values that do not fit the policy; -ENOSYS. */
int sys_scheduler_set(pid_t pid, const struct sys_scheduler *s, struct err *e);

/* Let the caller run on every CPU that its cpuset has, whatever its parent was bound to.  A caller for whom the kernel
 * will not do that stays where it is.  man: sched_setaffinity(2): CPUs beyond the machine's or the cpuset's are dropped. */
void sys_affinity_reset(void);

/* IO_CLASS is IOPRIO_CLASS_*, PRIORITY 0 (highest) to 7.  NAME is the class in words.  PID 0: the caller.
 * Returns 0, or: -EPERM (the real-time class needs CAP_SYS_ADMIN or CAP_SYS_NICE); -EINVAL. */
int sys_io_priority_set(pid_t pid, int io_class, int priority, const char *name, struct err *e);

/* MODE is MPOL_* with MPOL_F_* flags; NODES holds MAX_NODE bits; TEXT is both in words.  Context: init, for itself.
 * Returns 0, or: -EINVAL nodes that do not exist or are not in the cpuset, or do not fit the mode; -ENOSYS no NUMA. */
int sys_memory_policy_set(int mode, const unsigned long *nodes, unsigned long max_node, const char *text, struct err *e);

/* Put the caller, and with it all that it will fork, into a core scheduling group of its own: no two threads of one CPU core run
 * for it and for others at the same time.  It is kept by execve(2).  Context: init.
 * Returns 0, or: -ENOTSUP the kernel has no core scheduling (Linux 5.14, CONFIG_SCHED_CORE); -ENODEV the CPUs have no SMT.
 * man: PR_SCHED_CORE(2const).  kernel: Documentation/admin-guide/hw-vuln/core-scheduling.rst. */
int sys_sched_core_set(struct err *e);

/* PERSONA is PER_*.  Context: init. */
int sys_personality_set(unsigned long persona, struct err *e);

/* Write ADJ, -1000 to 1000, to /proc/PID/oom_score_adj of PROC_FD (an fd of a verified procfs).
 * Context: parent, right after the clone: later the file may belong to somebody else.
 * Returns 0, or -EACCES: below what the runtime itself may have, without CAP_SYS_RESOURCE. */
int sys_oom_score_set(int proc_fd, pid_t pid, int adj, struct err *e);

#endif
