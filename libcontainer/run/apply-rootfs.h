/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of plan/rootfs.c, taken from their rows to sys/rootfs.c and sys/mask.c.
 * Layer: run.  Context: init; apply_source_open_rootfs: parent. */
#ifndef BERTH_RUN_APPLY_ROOTFS_H
#define BERTH_RUN_APPLY_ROOTFS_H

#include "run.h"

/* source.open of the kind "rootfs": the detached clone goes to step_fds of this row. */
int apply_source_open_rootfs(struct run *run, const struct step *step, struct err *e);
int apply_rootfs_propagation(struct run *run, const struct step *step, struct err *e);
int apply_rootfs_bind(struct run *run, const struct step *step, struct err *e);
int apply_rootfs_options(struct run *run, const struct step *step, struct err *e);
int apply_rootfs_pivot(struct run *run, const struct step *step, struct err *e);
int apply_rootfs_readonly(struct run *run, const struct step *step, struct err *e);
int apply_path_writable(struct run *run, const struct step *step, struct err *e);
int apply_path_readonly(struct run *run, const struct step *step, struct err *e);
int apply_path_mask(struct run *run, const struct step *step, struct err *e);
/* exe.seal, in the parent before the clone or in init; nothing where the program runs from a sealed copy already. */
int apply_exe_seal(struct run *run, const struct step *step, struct err *e);

#endif
