/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of making a container; run/mid.h and run/init.h are the others.
 * Layer: run.  Context: parent. */
#ifndef BERTH_RUN_PARENT_H
#define BERTH_RUN_PARENT_H

#include "run.h"

/* Run the parent's rows, the clone of init among them.  On failure everything that was made is undone, and E says so.
 * Returns 0 or -errno. */
int parent_run(struct run *run, struct err *e);
/* Send START over the sync socket (`run`) and wait until execve has happened or failed. */
int parent_start(struct run *run, struct err *e);

int parent_apply_mid_clone(struct run *run, const struct step *step, struct err *e);
int parent_apply_idmap(struct run *run, const struct step *step, struct err *e);
int parent_apply_pidfile(struct run *run, const struct step *step, struct err *e);

#endif
