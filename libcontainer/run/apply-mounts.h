/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of plan/mounts.c, taken from their rows to sys/mount.c, sys/idmap.c and sys/copytree.c.
 * Layer: run.  Context: init, between rootfs.bind and rootfs.pivot; apply_source_open_mount: parent. */
#ifndef BERTH_RUN_APPLY_MOUNTS_H
#define BERTH_RUN_APPLY_MOUNTS_H

#include "run.h"

/* source.open of the kind "mount": the detached, idmapped copy goes to step_fds of this row. */
int apply_source_open_mount(struct run *run, const struct step *step, struct err *e);
/* Old kernels bind by path, and what the runtime's root may reach need not be open to the container's: the sources are opened
 * before init becomes that.  Context: init, in ns.root.  Where the mount API is there, nothing. */
void init_hold_sources(struct run *run);
int apply_mount_attach(struct run *run, const struct step *step, struct err *e);

/* For the root file system, too: map the owners of the detached TREE_FD (parent); give the attached mount FD the attributes of
 * ARGS, on kernels of any age (init). */
struct mount_args;
struct step_idmap;
int run_map_ids(struct run *run, const struct mount_args *args, const struct step_idmap *idmap, int tree_fd, struct err *e);
int run_change_mount(const struct run *run, const struct mount_args *args, int fd, struct err *e);

#endif
