/* SPDX-License-Identifier: Apache-2.0 */
/* The id maps of a user namespace.
 * Owns: nothing.  Layer: sys.  Context: parent.
 * man: user_namespaces(7), newuidmap(1).  kernel: kernel/user_namespace.c map_write.
 */
#ifndef BERTH_SYS_USERMAP_H
#define BERTH_SYS_USERMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_idmap_entry { uint32_t inside, outside, size; };

struct sys_usermap {
        pid_t pid; /* a process in the new namespace, in our pid namespace */
        const struct sys_idmap_entry *uids, *gids;
        size_t n_uids, n_gids;
        bool privileged; /* CAP_SETUID and CAP_SETGID in the parent namespace: write the files, else newuidmap and
                          * newgidmap do, or, for the one own id, the kernel lets us with setgroups denied */
};

/* Write both maps, all lines in one write(2) each, as the kernel demands.
 * Returns 0, or: -EPERM, -EINVAL (overlap, not in the parent's map), -E2BIG over 340 lines, -ENOENT newuidmap is missing. */
int sys_usermap_write(const struct sys_usermap *map, struct err *e);

#endif
