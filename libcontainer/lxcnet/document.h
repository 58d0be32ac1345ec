/* SPDX-License-Identifier: Apache-2.0 */
/* lxc-net.json: what LXC's network keys ask for, as `berth convert` writes it and `berth lxc-net` reads it.
 * Owns: nothing; a document lives in the caller's arena.  Layer: lxcnet, pure.
 *
 *      struct faults faults = { .arena = arena, .file = path };
 *      r = lxcnet_document_parse(arena, text, len, &faults, &document, e);
 *      if (r == 0 && faults.n_errors > 0) return faults_to_err(&faults, e);
 *
 * All that can be told without a host is told here, with line and column, before anything is made: unknown members and
 * words, names that no device can have, a gateway without an address, options that another type of interface has.
 * The members and their rules: berth-lxc-net(5).
 */
#ifndef BERTH_LXCNET_DOCUMENT_H
#define BERTH_LXCNET_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "faults.h"
#include "json/tree.h"

enum { LXCNET_NAME_SIZE = 16 /* IFNAMSIZ */, LXCNET_MAC_BYTES = 6 };

enum lxcnet_type { LXCNET_NONE, LXCNET_EMPTY, LXCNET_VETH, LXCNET_MACVLAN, LXCNET_IPVLAN, LXCNET_VLAN, LXCNET_PHYS };
enum lxcnet_family { LXCNET_IPV4, LXCNET_IPV6 };

struct lxcnet_ip {
        enum lxcnet_family family;
        unsigned char bytes[16]; /* network order; 4 of them for IPv4 */
};
static inline size_t lxcnet_ip_len(enum lxcnet_family family) { return family == LXCNET_IPV4 ? 4 : 16; }

struct lxcnet_address {
        struct lxcnet_ip ip;
        unsigned prefix;
        bool has_broadcast;         /* IPv4: as given, or the last address of a network of up to 30 bits */
        struct lxcnet_ip broadcast;
};
/* A network, or a host. */
struct lxcnet_route {
        struct lxcnet_ip to;
        unsigned prefix;
};

enum lxcnet_gateway_kind {
        LXCNET_GATEWAY_NONE,
        LXCNET_GATEWAY_ADDRESS,
        LXCNET_GATEWAY_AUTO, /* the first address of the link */
        LXCNET_GATEWAY_DEV,  /* the device itself: all is reached on the link */
};
struct lxcnet_gateway {
        enum lxcnet_gateway_kind kind;
        struct lxcnet_ip ip;
};

enum lxcnet_vlan_kind {
        LXCNET_VLAN_DEFAULT, /* as the bridge has it */
        LXCNET_VLAN_NO_TAG,  /* "none": what comes without a tag belongs to no VLAN */
        LXCNET_VLAN_ID,
};

enum lxcnet_macvlan_mode { LXCNET_MACVLAN_PRIVATE, LXCNET_MACVLAN_VEPA, LXCNET_MACVLAN_BRIDGE, LXCNET_MACVLAN_PASSTHRU };
enum lxcnet_ipvlan_mode { LXCNET_IPVLAN_L2, LXCNET_IPVLAN_L3, LXCNET_IPVLAN_L3S };
enum lxcnet_isolation { LXCNET_ISOLATION_BRIDGE, LXCNET_ISOLATION_PRIVATE, LXCNET_ISOLATION_VEPA };

struct lxcnet_nic {
        const struct json_node *node;
        uint32_t index; /* N of lxc.net.N */
        enum lxcnet_type type;
        const char *link;   /* NULL: none */
        bool link_is_prefix; /* phys: .link was written with a '+', which is cut off */
        const char *name;   /* in the container, may hold one "%d"; NULL: LXC's default for the type */
        bool up;
        const char *hwaddr; /* "00:16:3e:xx:xx:xx"; NULL: the kernel's choice */
        uint32_t mtu;       /* 0: the default of the type */
        struct lxcnet_address *addresses; /* IPv4 before IPv6 */
        size_t n_addresses;
        struct lxcnet_gateway gateway[2]; /* by enum lxcnet_family */
        bool l2proxy;
        const char **script_up, **script_down; /* shell command lines */
        size_t n_script_up, n_script_down;

        const char *pair; /* veth: the host's end; NULL: a random name */
        bool router;      /* veth */
        struct lxcnet_route *routes; /* veth */
        size_t n_routes;
        uint32_t rx_queues, tx_queues; /* veth; 0: the kernel's choice */
        enum lxcnet_vlan_kind vlan;    /* veth */
        uint16_t vlan_id;              /* veth with LXCNET_VLAN_ID; vlan */
        uint16_t *tagged;              /* veth */
        size_t n_tagged;
        enum lxcnet_macvlan_mode macvlan_mode;
        enum lxcnet_ipvlan_mode ipvlan_mode;
        enum lxcnet_isolation isolation;
};

struct lxcnet_document {
        const struct json_node *node;
        const char *name;           /* of the container, for scripts */
        uint32_t hook_version;      /* 0 or 1 */
        int era;                    /* of the LXC whose scripts are run: 10 times its version */
        const char *config, *rootfs_path, *rootfs_mount; /* NULL: not given */
        struct lxcnet_nic *nics;
        size_t n_nics;
};

/* Read TEXT; all faults are in FAULTS.  Returns 0 with *RET set even when there are errors among them (the caller looks), or
 * -EINVAL, -E2BIG it is no JSON; -ENOMEM. */
int lxcnet_document_parse(struct arena *arena, const char *text, size_t len, struct faults *faults, struct lxcnet_document **ret,
                          struct err *e);
/* The same for a document that is part of another one. */
int lxcnet_document_read(struct arena *arena, const struct json_node *node, struct faults *faults, struct lxcnet_document **ret,
                         struct err *e);

/* "veth" */
const char *lxcnet_type_name(enum lxcnet_type type);

/* Is TEXT a name that a device can have, of at most 15 bytes? */
bool lxcnet_is_device_name(const char *text);

/* Whether the interface is one that something is made or moved for. */
static inline bool lxcnet_nic_is_device(const struct lxcnet_nic *nic) { return nic->type >= LXCNET_VETH; }

#endif
