/* SPDX-License-Identifier: Apache-2.0 */
/* The first process of a container that runs a program which is no init: it reaps what is orphaned, passes signals on and
 * ends when all has ended, with the program's exit status.  What LXC's lxc-init does, without a file in the container.
 * Owns: nothing.  Layer: sys.  Context: init, in the place of execve, with everything that confines the program in effect;
 * no allocation.
 *
 *      r = sys_reaper_split(&reaper, e);       from here on there are two processes
 *      if (r < 0) return r;                    … and this is the one that becomes the program
 *      execve(…);
 *
 * The reaper has the user, capabilities, limits, AppArmor profile and filter of the program.  It keeps no fd, nothing of the
 * caller's arguments and environment in its memory, and of ours what it cannot give back.
 *
 * Signals: SIGTERM and SIGPWR go to all processes, and one second after the last of them has ended those that are left
 * are killed; any other goes to the program.  It ends when it has no child any more, not when the program ends: a server
 * that puts itself into the background goes on.
 *
 * A filter must allow what this needs beside what the program does: clone, wait4, kill, rt_sigtimedwait, close_range,
 * capset, prctl, munmap, exit_group; with an AppArmor profile pipe2, read, write, openat2 (or openat) as well. */
#ifndef BERTH_SYS_REAPER_H
#define BERTH_SYS_REAPER_H

#include <stdint.h>

#include "err.h"

struct sys_reaper {
        uint64_t arg_start, arg_end, env_start, env_end; /* of this process, as in proc_pid_stat(5) */
        int (*confine)(void *arg, struct err *e); /* NULL, or called in the reaper first of all, while the program waits: what
                                                   * cannot be done before the fork.  Below 0: there will be no program */
        int (*settle)(void *arg); /* called in the reaper when it needs nothing of the caller any more: give up the rights that
                                   * execve takes from the program, unmap what is big.  Below 0: the program is killed */
        void *arg; /* of both */
};

/* Returns 0 in the new process, which leads a session of its own and has the controlling terminal if there was one; its
 * signals are blocked.  The calling one, which must be pid 1, does not return but to say: -EINVAL it is not; -EPERM,
 * -EAGAIN, … of fork(2); that of .confine. */
int sys_reaper_split(const struct sys_reaper *reaper, struct err *e);

#endif
