/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of one container: flock(2) on its directory.  It excludes commands that change the container from each other;
 * readers (state, list, kill) take none.
 * Owns: nothing: the lock is a property of the open directory, and ends with its last copy.  Layer: state.
 *
 * A process that dies gives its lock back, whatever killed it.  But a clone inherits the open directory, and with it the
 * lock: init and mid must close their copy (state_lock_forget) before they do anything else, or a container whose creator
 * was killed would stay locked for as long as its init is parked.
 */
#ifndef BERTH_STATE_LOCK_H
#define BERTH_STATE_LOCK_H

#include "err.h"

/* Lock DIR_FD, which was opened by state_dir_open; ID is for sentences.  TIMEOUT_MSEC 0: do not wait.
 * 0; -EBUSY another command held it all the time; -ENOENT the container was deleted meanwhile; -errno. */
int state_lock(int dir_fd, const char *id, int timeout_msec, struct err *e);
/* Give it up early; closing DIR_FD does too. */
void state_unlock(int dir_fd);
/* Context: mid, init, right after the clone.  Closes the inherited copy and leaves the parent's lock alone. */
void state_lock_forget(int *dir_fd);

#endif
