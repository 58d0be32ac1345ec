/* SPDX-License-Identifier: Apache-2.0 */
/* ROOT/ID/start.sock: where `start` finds the parked init.  An AF_UNIX SOCK_SEQPACKET listener that create makes before
 * the clone and init inherits.
 * Owns: nothing; fds are the caller's.  Layer: state.
 *
 * It also is the truth about created and running, which no crash can falsify:
 *      start.sock is there      created: nobody has begun to start it
 *      start.used is there      a start has begun; a connect that is refused says that the program was executed
 *      neither                  running
 * `start` renames the one to the other before it connects, and removes it when the program was executed.  The listener is
 * O_CLOEXEC, so execve closes it in the very moment that makes the container running; a dead init refuses at once.
 *
 * Init must keep the listener open until execve, and must go on waiting when a connection ends without START: `state` may
 * probe by connecting.
 */
#ifndef BERTH_STATE_START_H
#define BERTH_STATE_START_H

#include <stdbool.h>

#include "err.h"

/* Make DIR_FD/start.sock and listen.  Context: parent, before the clone.  Returns the listener (O_CLOEXEC, blocking).
 * man: unix(7). */
int state_start_listen(int dir_fd, struct err *e);

/* Claim start.sock and connect to init.  The caller holds the lock.
 * Returns a connected socket; -ECONNREFUSED nobody listens any more: init executed its program or is dead (E untouched);
 * -ENOENT there is no socket: started before (E untouched); -EBUSY another start is under way; -errno. */
int state_start_connect(int dir_fd, struct err *e);
/* The program was executed: remove the socket's name. */
void state_start_done(int dir_fd);

/* Is init, known to live, still waiting for (or before the execve of) a start?  Returns 1, 0 (it runs), or -errno. */
int state_start_is_pending(int dir_fd, struct err *e);

#endif
