/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "str.h"

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void take_text(const struct nlattr *attr, char *buf, size_t size)
{
        if (attr)
                snprintf(buf, size, "%.*s", (int) sys_rtnl_data_len(attr), (const char *) sys_rtnl_data(attr));
}

static void take_number(const struct nlattr *attr, void *number, size_t size)
{
        if (attr && sys_rtnl_data_len(attr) == size)
                memcpy(number, sys_rtnl_data(attr), size);
}

static void take_info(struct sys_link *link, const struct nlattr *info)
{
        const struct nlattr *attrs[IFLA_INFO_DATA + 1], *bridge[IFLA_BR_VLAN_DEFAULT_PVID + 1];
        uint8_t filtering = 0;

        sys_rtnl_parse_nested(info, attrs, IFLA_INFO_DATA);
        take_text(attrs[IFLA_INFO_KIND], link->kind, sizeof link->kind);
        if (!attrs[IFLA_INFO_DATA] || !streq(link->kind, "bridge"))
                return;
        sys_rtnl_parse_nested(attrs[IFLA_INFO_DATA], bridge, IFLA_BR_VLAN_DEFAULT_PVID);
        take_number(bridge[IFLA_BR_VLAN_FILTERING], &filtering, sizeof filtering);
        take_number(bridge[IFLA_BR_VLAN_DEFAULT_PVID], &link->default_pvid, sizeof link->default_pvid);
        link->vlan_filtering = filtering;
}

static int take_link(void *arg, const struct nlmsghdr *msg)
{
        const struct ifinfomsg *info = sys_rtnl_payload(msg);
        const struct nlattr *attrs[IFLA_LINKINFO + 1];
        struct sys_link *link = arg;

        if (msg->nlmsg_type != RTM_NEWLINK || msg->nlmsg_len < NLMSG_LENGTH(sizeof *info))
                return 0;
        sys_rtnl_parse(msg, sizeof *info, attrs, IFLA_LINKINFO);
        *link = (struct sys_link) { .index = info->ifi_index, .flags = info->ifi_flags };
        take_text(attrs[IFLA_IFNAME], link->name, sizeof link->name);
        take_number(attrs[IFLA_MTU], &link->mtu, sizeof link->mtu);
        link->has_address = attrs[IFLA_ADDRESS] && sys_rtnl_data_len(attrs[IFLA_ADDRESS]) == sizeof link->address;
        take_number(attrs[IFLA_ADDRESS], link->address, sizeof link->address);
        if (attrs[IFLA_LINKINFO])
                take_info(link, attrs[IFLA_LINKINFO]);
        return 0;
}

static int find(struct sys_rtnl *rtnl, struct sys_rtnl_request *req, struct sys_link *ret)
{
        struct sys_link link = { 0 };
        int r = sys_rtnl_talk(rtnl, req, take_link, &link);

        if (r == 0 && link.index <= 0)
                r = -ENODEV;
        if (r == 0)
                *ret = link;
        return r;
}

int sys_link_find(struct sys_rtnl *rtnl, const char *name, struct sys_link *ret)
{
        struct sys_rtnl_request req;

        sys_rtnl_begin_link(&req, RTM_GETLINK, 0, 0);
        sys_rtnl_put_text(&req, IFLA_IFNAME, name);
        return find(rtnl, &req, ret);
}

int sys_link_at(struct sys_rtnl *rtnl, int index, struct sys_link *ret)
{
        struct sys_rtnl_request req;

        sys_rtnl_begin_link(&req, RTM_GETLINK, 0, index);
        return find(rtnl, &req, ret);
}

static int append_link(void *arg, const struct nlmsghdr *msg)
{
        struct sys_link_list *list = arg;
        struct sys_link *grown = reallocarray(list->items, list->n + 1, sizeof *grown);

        if (!grown)
                return -ENOMEM;
        list->items = grown;
        grown[list->n].index = 0;
        take_link(&grown[list->n], msg);
        list->n += grown[list->n].index > 0;
        return 0;
}

int sys_link_list_read(struct sys_rtnl *rtnl, struct sys_link_list *list)
{
        struct sys_rtnl_request req;
        int r;

        do {
                list->n = 0;
                sys_rtnl_begin_link(&req, RTM_GETLINK, NLM_F_DUMP, 0);
                r = sys_rtnl_talk(rtnl, &req, append_link, list);
        } while (r == -EAGAIN); /* the kernel's list changed while it was read */
        return r;
}

void sys_link_list_done(struct sys_link_list *list) { free(list->items); }

/* ---- making ----------------------------------------------------------------------------------------------------- */

/* What both ends of a veth have, and every other device. */
static void put_common(struct sys_rtnl_request *req, const struct sys_link_make *make, const char *name, int netns_fd)
{
        sys_rtnl_put_text(req, IFLA_IFNAME, name);
        if (netns_fd >= 0)
                sys_rtnl_put_u32(req, IFLA_NET_NS_FD, (uint32_t) netns_fd);
        if (make->mtu)
                sys_rtnl_put_u32(req, IFLA_MTU, make->mtu);
        if (make->rx_queues)
                sys_rtnl_put_u32(req, IFLA_NUM_RX_QUEUES, make->rx_queues);
        if (make->tx_queues)
                sys_rtnl_put_u32(req, IFLA_NUM_TX_QUEUES, make->tx_queues);
}

static void put_peer(struct sys_rtnl_request *req, const struct sys_link_make *make)
{
        struct nlattr *peer = sys_rtnl_nest(req, VETH_INFO_PEER);

        sys_rtnl_put_body(req, &(struct ifinfomsg) { .ifi_family = AF_UNSPEC }, sizeof(struct ifinfomsg));
        put_common(req, make, make->peer_name, make->peer_netns_fd);
        sys_rtnl_nest_end(req, peer);
}

static void put_info(struct sys_rtnl_request *req, const struct sys_link_make *make)
{
        struct nlattr *info = sys_rtnl_nest(req, IFLA_LINKINFO), *data;

        sys_rtnl_put_text(req, IFLA_INFO_KIND, make->kind);
        data = sys_rtnl_nest(req, IFLA_INFO_DATA);
        if (streq(make->kind, "veth"))
                put_peer(req, make);
        else if (streq(make->kind, "macvlan"))
                sys_rtnl_put_u32(req, IFLA_MACVLAN_MODE, make->macvlan_mode);
        else if (streq(make->kind, "vlan"))
                sys_rtnl_put(req, IFLA_VLAN_ID, &make->vlan_id, sizeof make->vlan_id);
        else if (streq(make->kind, "ipvlan")) {
                sys_rtnl_put(req, IFLA_IPVLAN_MODE, &make->ipvlan_mode, sizeof make->ipvlan_mode);
                /* Linux 4.15; the default is left out, so that older kernels do what they can. */
                if (make->ipvlan_flags)
                        sys_rtnl_put(req, IFLA_IPVLAN_FLAGS, &make->ipvlan_flags, sizeof make->ipvlan_flags);
        }
        sys_rtnl_nest_end(req, data);
        sys_rtnl_nest_end(req, info);
}

void sys_link_build(struct sys_rtnl_request *req, const struct sys_link_make *make)
{
        sys_rtnl_begin_link(req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
        put_common(req, make, make->name, make->netns_fd);
        if (make->address)
                sys_rtnl_put(req, IFLA_ADDRESS, make->address, SYS_LINK_ADDRESS_BYTES);
        if (make->lower > 0)
                sys_rtnl_put_u32(req, IFLA_LINK, (uint32_t) make->lower);
        put_info(req, make);
}

int sys_link_make(struct sys_rtnl *rtnl, const struct sys_link_make *make)
{
        struct sys_rtnl_request req;

        sys_link_build(&req, make);
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}

/* ---- changing --------------------------------------------------------------------------------------------------- */

int sys_link_change(struct sys_rtnl *rtnl, int index, const struct sys_link_change *change)
{
        struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
        struct sys_rtnl_request req;

        if (change->up || change->down) {
                info.ifi_change = IFF_UP;
                info.ifi_flags = change->up ? IFF_UP : 0;
        }
        sys_rtnl_begin(&req, RTM_NEWLINK, 0, &info, sizeof info);
        if (change->netns_fd >= 0)
                sys_rtnl_put_u32(&req, IFLA_NET_NS_FD, (uint32_t) change->netns_fd);
        if (change->name)
                sys_rtnl_put_text(&req, IFLA_IFNAME, change->name);
        if (change->mtu)
                sys_rtnl_put_u32(&req, IFLA_MTU, change->mtu);
        if (change->address)
                sys_rtnl_put(&req, IFLA_ADDRESS, change->address, SYS_LINK_ADDRESS_BYTES);
        if (change->master > 0)
                sys_rtnl_put_u32(&req, IFLA_MASTER, (uint32_t) change->master);
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}

int sys_link_delete(struct sys_rtnl *rtnl, int index)
{
        struct sys_rtnl_request req;

        sys_rtnl_begin_link(&req, RTM_DELLINK, 0, index);
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}

int sys_link_vlan(struct sys_rtnl *rtnl, int index, bool add, uint16_t id, bool pvid)
{
        const struct ifinfomsg info = { .ifi_family = AF_BRIDGE, .ifi_index = index };
        const struct bridge_vlan_info vlan = { .vid = id, .flags = pvid ? BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED : 0 };
        struct sys_rtnl_request req;
        struct nlattr *spec;

        sys_rtnl_begin(&req, add ? RTM_SETLINK : RTM_DELLINK, 0, &info, sizeof info);
        spec = sys_rtnl_nest(&req, IFLA_AF_SPEC);
        sys_rtnl_put(&req, IFLA_BRIDGE_VLAN_INFO, &vlan, sizeof vlan);
        sys_rtnl_nest_end(&req, spec);
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}
