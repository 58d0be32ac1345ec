/* SPDX-License-Identifier: Apache-2.0 */
/* The root file system: its propagation, the mount that it becomes, the pivot, and what is read-only or masked in it.
 * Layer: plan, pure.  spec: config.md "Root"; config-linux.md "Rootfs Mount Propagation", "Masked Paths",
 * "Readonly Paths".
 *
 * Order of the rows, each group added by the function of its name:
 *      source    parent  before the clone: the root's tree, when init may not be able to open it
 *      bind      init    rootfs.propagation of the old "/", LXC's pre-mount hooks, rootfs.bind, rootfs.options; before
 *                        any mount
 *      pivot     init    rootfs.pivot, rootfs.propagation of the new "/"; after mounts, devices and container hooks
 *      confine   init    path.readonly, path.writable, path.mask, rootfs.readonly; after whatever still makes files
 * The paths come after the pivot: from then on no name leads to the host. */
#ifndef BERTH_PLAN_ROOTFS_H
#define BERTH_PLAN_ROOTFS_H

#include "mount-types.h"
#include "plan.h"
#include "str.h"

struct step_idmap; /* plan/mounts.h */

struct step_rootfs {
        const char *path;         /* absolute, the host's */
        int source_row;           /* row of source.open, whose fd is a detached clone; -1: none */
        bool bind;                /* false: no mount namespace of its own, nothing is mounted */
        bool unshare_parent;      /* the tree is no recursive slave: the mount below the root may be shared */
        unsigned long propagation; /* MS_PRIVATE or MS_SLAVE: of the root's mount until the pivot */

        /* Annotation berth.rootfs.options. */
        struct mount_args args;         /* attributes; .source is .path, .target "/" */
        const struct step_idmap *idmap; /* NULL: none */
};

/* rootfs.pivot: u.number, one way and its flag */
enum plan_pivot {
        PLAN_PIVOT_ROOT,       /* pivot_root(2) */
        PLAN_PIVOT_OLD_SHARED, /* the same, and the old root may still propagate to the host */
        PLAN_PIVOT_MOVE,       /* --no-pivot: move the mount and chroot */
        PLAN_PIVOT_CHROOT,     /* in the runtime's own mount namespace */
};

int plan_add_rootfs_source(struct planner *p, struct err *e);
int plan_add_rootfs_bind(struct planner *p, struct err *e);
int plan_add_rootfs_pivot(struct planner *p, struct err *e);
int plan_add_rootfs_confine(struct planner *p, struct err *e);

/* Arguments of the rows above, and of source.open with the kind "rootfs". */
void plan_rootfs_describe(const struct step *step, struct strbuf *out);

#endif
