/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the container's root file system, where that is on this host.
 * Owns: nothing; paths live in the arena.  Layer: src/lxc, pure: looks through struct lxc_host.
 *
 *      if (lxc_has_rootfs(t) && !lxc_is_in_rootfs(t, "/srv/data"))
 *              lxc_say(t->report, entry, LXC_NOTE, "…");
 */
#ifndef BERTH_LXC_LOOK_H
#define BERTH_LXC_LOOK_H

#include "to-oci.h"

/* The root file system can be looked at: it is a directory that is there now. */
bool lxc_has_rootfs(const struct lxc_translation *t);
/* Where PATH, as the container sees it, is on the host: links are followed below the root file system and never out of it.  The
 * path need not exist.  NULL: more than 40 links, or no memory. */
const char *lxc_look(struct lxc_translation *t, const char *path);
bool lxc_is_in_rootfs(struct lxc_translation *t, const char *path);

#endif
