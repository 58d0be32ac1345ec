/* SPDX-License-Identifier: Apache-2.0 */
/* The names of all containers below a root.
 * Owns: nothing; names live in the caller's arena.  Layer: state.  Context: any command; takes no lock. */
#ifndef BERTH_STATE_LIST_H
#define BERTH_STATE_LIST_H

#include "arena.h"
#include "err.h"
#include "spec.h"

/* Every name in ROOT_FD that could be a container's, sorted bytewise.  Each may vanish before it is opened. */
int state_list(struct arena *arena, int root_fd, oci_strings *ret, struct err *e);

#endif
