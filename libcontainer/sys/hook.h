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
 * and process group of its own; at the timeout the whole group is killed.
 *
 * It starts with the environment that was configured and nothing else, all signals unblocked and at their defaults, and
 * no fd but 0, 1 and 2. */
#ifndef BERTH_SYS_HOOK_H
#define BERTH_SYS_HOOK_H

#include <stdint.h>
#include <sys/uio.h>

#include "err.h"

enum { SYS_HOOK_INPUT_PARTS = 3, SYS_HOOK_OUTPUT_BYTES = 4096 };

struct sys_hook {
        const char *phase; /* "createRuntime", for the sentence */
        unsigned index;    /* in its list, from 0 */
        const char *path;
        char *const *argv, *const *envp; /* ending in NULL */
        int64_t timeout_sec;             /* 0: none */
        struct iovec input[SYS_HOOK_INPUT_PARTS]; /* the state, in pieces */
        int stdout_fd, stderr_fd; /* borrowed; -EBADF: captured for the error */
};
#define SYS_HOOK_INIT ((struct sys_hook) { .stdout_fd = -EBADF, .stderr_fd = -EBADF })

/* Run HOOK to its end.  A failure is of class ERR_HOOK, with phase, index, path, arguments, exit code or signal and duration
 * in the sentence, and the output beside it.
 * Returns 0 when it exited with 0, or: -ETIMEDOUT; -ECANCELED it exited otherwise or was killed; the errno of execve. */
int sys_hook_run(const struct sys_hook *hook, struct err *e);

#endif
