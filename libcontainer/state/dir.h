/* SPDX-License-Identifier: Apache-2.0 */
/* The state directory: ROOT (0700) and ROOT/ID (0700), one directory a container, found by its name alone.
 * Owns: nothing; fds are the caller's.  Layer: state.  Context: parent (never init).
 *
 *      root_fd = state_root_open(root, true, e);
 *      dir_fd = state_dir_make(root_fd, id, e);        locked; the lock lasts as long as this open file
 *      ...
 *      state_dir_remove(root_fd, dir_fd, id, e);       the very last act of delete, and of a create that is undone
 *
 * What lies in ROOT/ID:
 *      state       the record (record.h); written before the first side effect, replaced by rename
 *      start.sock  init listens here until it executes the program (start.h); absent after start and for `run`
 * Names in ROOT that begin with a dot are no containers (ROOT/.cache).
 */
#ifndef BERTH_STATE_DIR_H
#define BERTH_STATE_DIR_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum { STATE_ID_MAX = 255 }; /* bytes: NAME_MAX */

/* Is ID one?  Letters, digits and "_+-.@", at most STATE_ID_MAX bytes, not beginning with "." or "-".
 * 0, or -EINVAL with the reason. */
int state_id_check(const char *id, struct err *e);

/* The default root in BUF: /run/berth for euid 0 with write access to /run; else $XDG_RUNTIME_DIR/berth, where an empty
 * variable counts as unset.  The environment plays no part for the host's own root: its shell, its services and its
 * engines must all see the same containers.  0; -ENOENT there is none to be had; -ENAMETOOLONG. */
int state_root_default(char *buf, size_t size, struct err *e);

/* Open ROOT; with MAKE, make it (and its parents) when it is missing.  Below XDG_RUNTIME_DIR it gets the sticky bit, which
 * tells the cleaner of that directory to let it be.
 * Returns an O_DIRECTORY fd, or: -ENOENT (E untouched unless MAKE), -errno. */
int state_root_open(const char *root, bool make, struct err *e);

/* Make ROOT/ID and lock it.  Of two at once exactly one succeeds.
 * Returns the locked directory's fd; -EEXIST "container with given ID already exists". */
int state_dir_make(int root_fd, const char *id, struct err *e);

/* Open ROOT/ID, without lock.  Returns its fd; -ENOENT "container does not exist"; -EINVAL a bad id. */
int state_dir_open(int root_fd, const char *id, struct err *e);

/* Remove what is in DIR_FD and then ROOT/ID itself.  The caller holds the lock.  Repeatable after a crash: the record goes
 * last.  0, or -errno. */
int state_dir_remove(int root_fd, int dir_fd, const char *id, struct err *e);

#endif
