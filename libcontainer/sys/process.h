/* SPDX-License-Identifier: Apache-2.0 */
/* Processes: cloned, identified beyond pid reuse, waited for without sleeping.
 * Owns: nothing.  Layer: sys.
 *
 * A process is identified by its pid and its start time (field 22 of /proc/PID/stat, clock ticks since boot): a pid alone
 * may be another process tomorrow.
 */
#ifndef BERTH_SYS_PROCESS_H
#define BERTH_SYS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_clone {
        uint64_t flags;   /* CLONE_NEW*, CLONE_PARENT */
        int cgroup_fd;    /* a cgroup2 directory that the child is born in; -EBADF: none */
};

/* As fork(2), with namespaces and a cgroup: 0 in the child, which shares nothing with us but what FLAGS say, and runs on
 * a copy of our stack.  *RET_PIDFD (parent only) is owned by the caller; -EBADF with CLONE_PARENT, whose child it cannot
 * wait for anyway.  *RET_IN_CGROUP tells whether the child is in the cgroup already: kernels before 5.7 (or without clone3)
 * cannot do that, then the caller writes cgroup.procs.
 * The child must not use stdio or malloc, and ends by _exit or execve.
 * Returns the pid, 0, or: -EPERM, -ENOSPC (a namespace limit), -EAGAIN (pids.max, RLIMIT_NPROC), -EINVAL.
 * man: clone(2).  kernel: CLONE_INTO_CGROUP since 5.7. */
pid_t sys_clone(const struct sys_clone *how, int *ret_pidfd, bool *ret_in_cgroup);

/* Start time of PID in clock ticks, and whether it is a zombie.  -ESRCH: no such process. */
int sys_process_start_time(pid_t pid, uint64_t *ret_ticks, bool *ret_zombie);

/* A pidfd for the process that was PID with START_TIME.  -ESRCH: it is gone (the pid may be somebody else).
 * -ENOSYS: kernel before 5.3.  The fd is the caller's. */
int sys_process_open(pid_t pid, uint64_t start_time);

/* Send SIG to the process identified by PID and START_TIME, by pidfd where the kernel has them, so that no other process
 * can be hit.  -ESRCH: it is gone. */
int sys_process_signal(pid_t pid, uint64_t start_time, int sig);

/* Wait until the process behind PIDFD has ended, at most TIMEOUT_MSEC (-1: for ever).  -ETIMEDOUT. */
int sys_pidfd_wait(int pidfd, int timeout_msec);

/* Send PIDFD by SCM_RIGHTS to the stream socket at PATH.  0, -ECONNREFUSED, -ENOENT, … */
int sys_pidfd_send(int pidfd, const char *path, struct err *e);

/* Reap child PID.  *RET_STATUS as waitpid(2) gives it.  -ECHILD. */
int sys_process_reap(pid_t pid, int *ret_status);

/* "pid 12 (state D, in nfs_wait_bit_killable)": a process that should have ended, and what the kernel has it wait for, in BUF.
 * Returns BUF. */
const char *sys_process_text(pid_t pid, char *buf, size_t size);
/* The hint beside it. */
#define SYS_PROCESS_STUCK_HINT \
        "a process in state D does not die before what it waits for in the kernel is done; repeat this command then"

/* "exited with status 3", "was killed by SIGKILL": a wait status in words, in BUF.  Returns BUF. */
const char *sys_wait_status_text(int status, char *buf, size_t size);

#endif
