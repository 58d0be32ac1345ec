/* SPDX-License-Identifier: Apache-2.0 */
/* init's side, and the mid's.  Layer: run.  Context: as the names say; no allocation. */
#ifndef BERTH_RUN_INIT_H
#define BERTH_RUN_INIT_H

#include "run.h"

/* The first thing a clone does: become init, or mid.  Never return. */
_noreturn_ void init_main(struct run *run);
_noreturn_ void mid_main(struct run *run);

/* Clone init: from the parent, or from the mid, whose sibling it becomes. */
int apply_init_clone(struct run *run, const struct step *step, struct err *e);

int init_apply_ns_join(struct run *run, const struct step *step, struct err *e);
int init_apply_ns_unshare(struct run *run, const struct step *step, struct err *e);
int init_apply_ns_root(struct run *run, const struct step *step, struct err *e);
int init_apply_procfs_open(struct run *run, const struct step *step, struct err *e);
int init_apply_start_wait(struct run *run, const struct step *step, struct err *e);
/* Tell who started us that no hook can fail any more. */
void init_tell_executing(struct run *run);
int mid_apply_time_offset(struct run *run, const struct step *step, struct err *e);

/* The meeting points, for all contexts. */
int apply_sync_send(struct run *run, const struct step *step, struct err *e);
int apply_sync_wait(struct run *run, const struct step *step, struct err *e);

#endif
