/* SPDX-License-Identifier: Apache-2.0 */
/* What script.up and script.down are told of their interface, beside what any hook of LXC is told (lxc-script.h).
 * Owns: nothing.  Layer: lxcnet, pure.
 *
 * As words: the type, the link (of a veth since 3.0), the host's end of a veth.  As variables: LXC_NET_NS to script.down since
 * 3.0, and for scripts of version 1 LXC_NET_TYPE, LXC_NET_PARENT and LXC_NET_PEER.
 */
#ifndef BERTH_LXCNET_SCRIPT_H
#define BERTH_LXCNET_SCRIPT_H

#include "lxc-script.h"
#include "record.h"

struct lxcnet_script {
        const struct lxcnet_document *document;
        const struct lxcnet_nic *nic;
        const struct lxcnet_device *device; /* NULL: an empty interface has none */
        bool up;              /* script.up, else script.down */
        pid_t pid;            /* of the container; 0: not known */
        bool cgroup_ns;       /* the kernel has cgroup namespaces */
        const char *net_path; /* down: where the network namespace is kept; NULL: nowhere */
};

/* SCRIPT with the value COMMAND as a hook of LXC; what it points to is the arena's or SCRIPT's.  -ENOMEM. */
int lxcnet_script_fill(struct arena *arena, const struct lxcnet_script *script, const char *command, struct lxc_script *ret,
                       struct err *e);

#endif
