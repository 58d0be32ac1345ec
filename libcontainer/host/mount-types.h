/* SPDX-License-Identifier: Apache-2.0 */
/* One mount as plain values: the plan fills it, sys/mount.c makes it, and neither sees the other.
 * Owns: nothing; texts and arrays live as long as the plan.  Layer: host, pure.
 */
#ifndef BERTH_HOST_MOUNT_TYPES_H
#define BERTH_HOST_MOUNT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An option of the file system itself: "gid=5", or with VALUE NULL a flag, "newinstance". */
struct mount_fs_arg {
        const char *key, *value;
};

struct mount_args {
        const char *type;   /* file system type; NULL: a bind of the source */
        const char *source; /* device, label or path; NULL: none */
        const char *target; /* in the container, for sentences */

        const struct mount_fs_arg *options;
        size_t n_options;
        struct mount_fs_arg more; /* one more, known only when the target is seen; .key NULL: none */
        unsigned long sb_flags; /* MS_RDONLY, MS_SYNCHRONOUS, … of the super block, not of the mount */

        /* MOUNT_ATTR_* of the mount itself; of the whole tree below it (binds with RECURSIVE).  What is cleared is
         * cleared before what is set; attributes in neither stay as they are. */
        uint64_t attr_set, attr_clear;
        uint64_t rec_set, rec_clear;
        const unsigned long *propagation; /* MS_SHARED and the like, with MS_REC, in order */
        size_t n_propagation;

        bool recursive;       /* bind: with what is mounted below the source */
        bool source_nofollow; /* bind: a source that is a symbolic link is bound itself */
        bool fill;            /* something is written into the new mount before it is shown: read-only comes last */
};

#endif
