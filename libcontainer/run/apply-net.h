/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of plan/net.h.  Layer: run.  Context: parent, but for loopback.up (init). */
#ifndef BERTH_RUN_APPLY_NET_H
#define BERTH_RUN_APPLY_NET_H

#include "run.h"

int apply_loopback_up(struct run *run, const struct step *step, struct err *e);
/* Needs init's network namespace: after init.clone (a new one), or a joined one, which is opened by its path. */
int apply_netdev_move(struct run *run, const struct step *step, struct err *e);
/* Directories that it makes stand in run->record.rdt_dirs, and in the record on disk, before they are made. */
int apply_rdt_assign(struct run *run, const struct step *step, struct err *e);

/* Take back all that was moved and remove the directories that were made.  Best effort: goes on after a failure.
 * Returns 0, or the first -errno with E set.  Context: parent, of a create that failed. */
int run_net_undo(struct run *run, struct err *e);
/* Release what the moves keep.  Context: parent. */
void run_net_done(struct run *run);

#endif
