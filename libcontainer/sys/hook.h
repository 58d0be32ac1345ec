/* SPDX-License-Identifier: Apache-2.0 */
/* One hook: a foreign program that is given the container's state on its standard input, and may do anything.
 * Owns: nothing beyond the call.  Layer: sys.  Context: parent and init; nothing here allocates.
 *
 *      struct sys_hook hook = SYS_HOOK_INIT;
 *      hook.phase = "createRuntime"; hook.path = …; hook.argv = …; hook.envp = …;
 *      hook.input[0] = (struct iovec) { text, len };
 *      r = sys_hook_run(&hook, e);
 *
 * The runtime waits for the end of the hook itself, for nothing else and never longer than the timeout: the state is fed
 * while output is drained (a hook that reads nothing blocks nobody); output without end is read on, its last 4 KiB are
 * kept; a daemon that the hook leaves behind with our pipe open is not waited for.  The hook is the leader of a session
 * and process group of its own; at the timeout, or when a signal interrupts the wait, the whole group is killed.
 *
 * It starts with the environment that was configured (or the caller's, see .envp), all signals unblocked and at their defaults, and
 * no fd but 0, 1 and 2.
 *
 * A runtime that is killed leaves its hook running.  So that somebody can still end it, .started is told its pid, which is
 * that of its session and process group too, before it executes anything; should the runtime die before .started has
 * returned, the hook never runs. */
#ifndef BERTH_SYS_HOOK_H
#define BERTH_SYS_HOOK_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <stdbool.h>

#include "err.h"

struct sys_interrupt;

enum { SYS_HOOK_INPUT_PARTS = 3, SYS_HOOK_OUTPUT_BYTES = 4096 };

struct sys_hook {
        const char *phase; /* "createRuntime", for the sentence */
        unsigned index;    /* in its list, from 0 */
        const char *path;
        char *const *argv, *const *envp; /* ending in NULL; envp NULL: the caller's own */
        int64_t timeout_sec;             /* 0: none */
        struct iovec input[SYS_HOOK_INPUT_PARTS]; /* the state, in pieces */
        int stdout_fd, stderr_fd; /* borrowed; -EBADF: captured for the error */
        struct sys_interrupt *interrupt; /* NULL, or what ends the hook before its time (sys/interrupt.h) */
        bool dies_with_caller; /* for one that nobody else would end when the caller is killed */
        int (*started)(void *arg, pid_t pid, struct err *e);          /* NULL, or below 0: it must not run */
        void (*output)(void *arg, const char *bytes, size_t n);       /* NULL, or gets all that is captured */
        int (*confine)(void *arg); /* NULL, or what the child does last before its execve, without allocating; 0 or -errno */
        void *arg;                                                    /* of all three */
        int *ret_wait_status; /* NULL, or gets what waitpid(2) told; left alone when it did not end by itself */
};
#define SYS_HOOK_INIT ((struct sys_hook) { .stdout_fd = -EBADF, .stderr_fd = -EBADF })

/* Run HOOK to its end.  A failure is of class ERR_HOOK, with phase, index, path, arguments, exit code or signal and duration
 * in the sentence, and the output beside it.
 * Returns 0 when it exited with 0, or: -ETIMEDOUT; -EINTR a signal came; -ECANCELED it exited otherwise or was killed; the errno of execve. */
int sys_hook_run(const struct sys_hook *hook, struct err *e);

#endif
