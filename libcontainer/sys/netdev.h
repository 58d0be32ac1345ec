/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices: the loopback of a new namespace, and devices that are moved into a container's.
 * Owns: a struct sys_netdev owns its list of addresses and its fds.  Layer: sys.
 * spec: config-linux.md "Network Devices".  man: netdevice(7), network_namespaces(7), rtnetlink(7).
 *
 *      struct sys_netdev *moved;
 *      r = sys_netdev_move(netns_fd, "veth7", "eth%d", &moved, e);
 *      …
 *      sys_netdev_move_back(moved, e);      the create failed: as it was
 *      sys_netdev_free(moved);
 *
 * After the container's end nothing is to be done: the kernel returns physical devices to the first namespace, and destroys
 * virtual ones.
 */
#ifndef BERTH_SYS_NETDEV_H
#define BERTH_SYS_NETDEV_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* Bring up "lo" of the caller's network namespace.  Context: init; no allocation.  Costs a socket and an ioctl.
 * Returns 0 or -errno. */
int sys_loopback_up(struct err *e);

struct sys_netdev_address;

/* A device that was moved. */
struct sys_netdev {
        char host_name[IFNAMSIZ];
        char name[IFNAMSIZ]; /* in the container; a template is filled in */
        bool was_up;         /* on the host */
        int netns_fd;        /* owned: the container's network namespace, which lives on with it */
        struct sys_netdev_address *addresses; /* owned: permanent ones of global scope */
        size_t n_addresses;
        struct sys_netdev *next; /* for the caller's list */
};

/* Move device HOST_NAME of our namespace to NETNS_FD, where it is called NAME (may end in "%d": the kernel finds a free
 * number), has its permanent global addresses again, and is up.  On failure it is back where it was, as far as possible.
 * Context: parent, with CAP_NET_ADMIN over both namespaces.  NETNS_FD stays with the caller.
 * Returns 0, or: -ENODEV no such device; -EEXIST NAME is taken there; -EINVAL bound to its namespace; -EPERM;
 * -ENOENT libmnl is missing.  *RET is the caller's; end it with sys_netdev_free. */
int sys_netdev_move(int netns_fd, const char *host_name, const char *name, struct sys_netdev **ret, struct err *e);

/* Take it back: name, addresses and state as before the move. */
int sys_netdev_move_back(const struct sys_netdev *dev, struct err *e);

void sys_netdev_free(struct sys_netdev *dev);

struct sys_rtnl;
struct sys_link;
/* For those who move a device by themselves: keep what LINK has that a move takes away, and give it back. */
int sys_netdev_keep(struct sys_rtnl *rtnl, const struct sys_link *link, struct sys_netdev **ret, struct err *e);
int sys_netdev_give_back(struct sys_rtnl *rtnl, const struct sys_link *link, const struct sys_netdev *dev, struct err *e);

#endif
