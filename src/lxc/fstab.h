/* SPDX-License-Identifier: Apache-2.0 */
/* A line of fstab(5), read as getmntent(3) reads it, and LXC's own meaning of its options.
 * Owns: nothing; texts live in the arena.  Layer: src/lxc, pure.
 */
#ifndef BERTH_LXC_FSTAB_H
#define BERTH_LXC_FSTAB_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

struct lxc_fstab {
        const char *source, *target, *type, *options; /* "" when missing; octal escapes are resolved */
};
/* 0; -EINVAL: not even two fields; -ENOMEM. */
int lxc_fstab_parse(struct arena *arena, const char *line, struct lxc_fstab *ret);

/* Where a mount goes.  RET is what follows the root file system's path in an absolute TARGET ("" is "/"). */
enum lxc_target {
        LXC_TARGET_INSIDE,  /* relative, or below the root file system */
        LXC_TARGET_ODD,     /* the path occurs, but not as a whole one: LXC takes it all the same */
        LXC_TARGET_OUTSIDE, /* LXC passes over the mount */
};
/* PATHS are the N texts that LXC looks for, in its order. */
enum lxc_target lxc_target_resolve(const char *target, const char *const *paths, size_t n, const char **ret);

/* The word of mount(8) that LXC makes of OPTION: it compares beginnings only, so that "rootmode=4" is "ro".  NULL: none, the
 * file system gets it as it is. */
const char *lxc_mount_flag(const char *option);

#endif
