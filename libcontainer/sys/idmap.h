/* SPDX-License-Identifier: Apache-2.0 */
/* Idmapped mounts, and the user namespaces that exist only as an fd to hold their maps.
 * Owns: nothing; the fd is the caller's.  Layer: sys.  Context: parent.
 *
 *      struct sys_usermap map = { .uids = u, .n_uids = 1, .gids = g, .n_gids = 1, .privileged = true };
 *      _cleanup_close_ int userns_fd = sys_userns_fd(&map, e);
 *      r = sys_mount_idmap(&args, tree_fd, false, userns_fd, e);
 */
#ifndef BERTH_SYS_IDMAP_H
#define BERTH_SYS_IDMAP_H

#include <stdbool.h>

#include "err.h"
#include "mount-types.h"
#include "usermap.h"

/* A new user namespace with these maps (MAP->pid is not looked at), kept alive by the fd returned and nothing else.  A
 * child is made that lives in it for as long as its maps are written, and is gone when this returns.
 * Returns the fd, or -ENOSPC too many namespaces, -EPERM, -EINVAL as sys_usermap_write. */
int sys_userns_fd(const struct sys_usermap *map, struct err *e);

/* The user namespace at PATH.  Returns the fd, or: -EINVAL it is something else; -errno of open(2). */
int sys_userns_open(const char *path, struct err *e);

/* Map the owners of the detached mount FD (of the whole tree if RECURSIVE) as the user namespace USERNS_FD says.
 * Returns 0; -ENOTSUP Linux before 5.12; -EINVAL the file system cannot be mapped; -EPERM we do not own its super block, or
 * the mount is mapped already.  The hint names the file system and since when it can be mapped.
 * man: mount_setattr(2) "ID-mapped mounts". */
int sys_mount_idmap(const struct mount_args *args, int fd, bool recursive, int userns_fd, struct err *e);

#endif
