/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, routes and proxied neighbours of network devices, over rtnetlink, in the namespace of the socket.
 * Owns: nothing.  Layer: sys.  Context: parent.
 *
 *      struct sys_ip gateway = { AF_INET, { 192, 168, 122, 1 } };
 *      r = sys_route_change(&there, true, &(struct sys_route) { .via = &gateway, .family = AF_INET, .device = index });
 *
 * As in link.h, the caller writes the sentence.  man: rtnetlink(7), ip-address(8), ip-route(8), ip-neighbour(8).
 */
#ifndef BERTH_SYS_IPNET_H
#define BERTH_SYS_IPNET_H

#include <stdbool.h>

#include "rtnl.h"

struct sys_ip {
        int family;              /* AF_INET, AF_INET6 */
        unsigned char bytes[16]; /* network order; 4 of them for AF_INET */
};
static inline size_t sys_ip_len(int family) { return family == 2 /* AF_INET */ ? 4 : 16; }

/* Give device INDEX the address IP with PREFIX bits of network; BROADCAST may be NULL.  -EEXIST it has it. */
int sys_address_add(struct sys_rtnl *rtnl, int index, const struct sys_ip *ip, unsigned prefix, const struct sys_ip *broadcast);

/* The first address of FAMILY that the kernel lists for device INDEX.  -EADDRNOTAVAIL it has none. */
int sys_address_first(struct sys_rtnl *rtnl, int index, int family, struct sys_ip *ret);

struct sys_route {
        int family;
        const struct sys_ip *to; /* NULL: the default route */
        unsigned prefix;         /* of .to */
        const struct sys_ip *via; /* NULL: what is reached is on the link itself */
        int device;
};
/* ADD or remove a route of the main table.  -EEXIST, -ESRCH; -ENETUNREACH the way to .via is unknown. */
int sys_route_change(struct sys_rtnl *rtnl, bool add, const struct sys_route *route);

/* ADD or remove: device INDEX answers for neighbour IP.  -ENOENT. */
int sys_proxy_change(struct sys_rtnl *rtnl, bool add, int index, const struct sys_ip *ip);

#endif
