/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices over rtnetlink: found, listed, made, changed, moved, deleted; in the namespace of the socket.
 * Owns: struct sys_link_list owns its items.  Layer: sys.  Context: parent.
 *
 *      struct sys_link_make make = SYS_LINK_MAKE_INIT;
 *      make.kind = "veth"; make.name = "v001"; make.peer_name = "eth0"; make.peer_netns_fd = netns_fd;
 *      r = sys_link_make(&here, &make);
 *      if (r < 0) { err_sys(e, -r, "RTM_NEWLINK", "cannot make …"); err_kernel(e, here.words); }
 *
 * These return 0 or -errno and write no sentence: only the caller knows what the device is for.  The kernel's words about the
 * last failure are in rtnl->words.
 * man: rtnetlink(7), ip-link(8), bridge(8).
 */
#ifndef BERTH_SYS_LINK_H
#define BERTH_SYS_LINK_H

#include <net/if.h>
#include <stdbool.h>

#include "rtnl.h"

enum { SYS_LINK_ADDRESS_BYTES = 6, SYS_LINK_KIND_SIZE = 16 };

struct sys_link {
        int index;
        unsigned flags; /* IFF_* */
        uint32_t mtu;
        char name[IFNAMSIZ];
        char kind[SYS_LINK_KIND_SIZE]; /* "veth", "bridge"; "" hardware */
        unsigned char address[SYS_LINK_ADDRESS_BYTES];
        bool has_address;      /* of that length */
        bool vlan_filtering;   /* bridges: are ports told apart by VLAN? */
        uint16_t default_pvid; /* bridges: the VLAN that a new port is in; 0: none */
};

/* The device called NAME, or with index INDEX.  -ENODEV. */
int sys_link_find(struct sys_rtnl *rtnl, const char *name, struct sys_link *ret);
int sys_link_at(struct sys_rtnl *rtnl, int index, struct sys_link *ret);

struct sys_link_list {
        struct sys_link *items; /* owned */
        size_t n;
};
int sys_link_list_read(struct sys_rtnl *rtnl, struct sys_link_list *list);
void sys_link_list_done(struct sys_link_list *list);

/* A device to be made. */
struct sys_link_make {
        const char *kind; /* "veth", "macvlan", "ipvlan", "vlan" */
        const char *name;
        int netns_fd;     /* borrowed: where it shall be; -EBADF: in the socket's namespace */
        int lower;        /* macvlan, ipvlan, vlan: index of the device below, in the socket's namespace */
        uint32_t mtu;     /* 0: the kernel's choice; both ends of a veth */
        const unsigned char *address; /* NULL: the kernel's choice */
        unsigned rx_queues, tx_queues; /* veth, both ends; 0: the kernel's choice */
        const char *peer_name; /* veth */
        int peer_netns_fd;     /* veth; borrowed; -EBADF: as above */
        uint32_t macvlan_mode; /* MACVLAN_MODE_* */
        uint16_t ipvlan_mode, ipvlan_flags; /* IPVLAN_MODE_*, IPVLAN_F_* */
        uint16_t vlan_id;
};
#define SYS_LINK_MAKE_INIT ((struct sys_link_make) { .netns_fd = -EBADF, .peer_netns_fd = -EBADF })
int sys_link_make(struct sys_rtnl *rtnl, const struct sys_link_make *make);
/* The message alone, for its test. */
void sys_link_build(struct sys_rtnl_request *req, const struct sys_link_make *make);

/* What shall become different; NULL, 0 and -EBADF leave a thing as it is.  With NETNS_FD it moves there, and gets its name
 * on the way. */
struct sys_link_change {
        const char *name; /* may be a template, "eth%d" */
        int netns_fd;     /* borrowed */
        uint32_t mtu;
        const unsigned char *address;
        int master;       /* index of the bridge */
        bool up, down;
};
#define SYS_LINK_CHANGE_INIT ((struct sys_link_change) { .netns_fd = -EBADF })
int sys_link_change(struct sys_rtnl *rtnl, int index, const struct sys_link_change *change);

int sys_link_delete(struct sys_rtnl *rtnl, int index);

/* Put bridge port INDEX into VLAN ID, or take it out.  PVID: what comes in without a tag belongs to this VLAN, and leaves
 * without one. */
int sys_link_vlan(struct sys_rtnl *rtnl, int index, bool add, uint16_t id, bool pvid);

#endif
