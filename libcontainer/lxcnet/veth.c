/* SPDX-License-Identifier: Apache-2.0 */
/* The host's side of a veth: the pair, its bridge and VLANs, or its routes. */
#include <stdio.h>

#include "address.h"
#include "work.h"

struct veth {
        struct lxcnet_work *work;
        const struct lxcnet_nic *nic;
        const struct lxcnet_device *device;
        struct sys_link link; /* .index 0: none */
        int index;            /* of the host's end */
};

static int make_pair(struct veth *v, struct err *e)
{
        struct sys_link_make make = SYS_LINK_MAKE_INIT;
        struct sys_link made;
        int r;

        make.kind = "veth";
        make.name = v->device->host;
        make.address = v->device->mac.bytes;
        make.peer_name = v->device->transient;
        make.peer_netns_fd = v->work->netns_fd;
        make.mtu = v->nic->mtu ? v->nic->mtu : v->link.mtu;
        make.rx_queues = v->nic->rx_queues;
        make.tx_queues = v->nic->tx_queues;
        r = sys_link_make(&v->work->here, &make);
        if (r == 0)
                r = sys_link_find(&v->work->here, v->device->host, &made);
        if (r < 0)
                return lxcnet_fail(&v->work->here, r, "RTM_NEWLINK", e, "cannot make the veth '%s' for interface %u",
                                   v->device->host, (unsigned) v->nic->index);
        v->index = made.index;
        return 0;
}

/* ---- bridge ----------------------------------------------------------------------------------------------------- */

static int attach_kernel_bridge(struct veth *v, struct err *e)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        int r;

        change.master = v->link.index;
        r = sys_link_change(&v->work->here, v->index, &change);
        return r == 0 ? 0 : lxcnet_fail(&v->work->here, r, "RTM_NEWLINK", e, "cannot make '%s' a port of bridge '%s'",
                                        v->device->host, v->device->link);
}

static int change_vlan(struct veth *v, bool add, uint16_t id, bool pvid, struct err *e)
{
        int r = sys_link_vlan(&v->work->here, v->index, add, id, pvid);

        return r == 0 ? 0 : lxcnet_fail(&v->work->here, r, "RTM_SETLINK", e, "cannot %s '%s' %s VLAN %u of bridge '%s'",
                                        add ? "put" : "take", v->device->host, add ? "into" : "out of", (unsigned) id, v->device->link);
}

static int set_kernel_vlans(struct veth *v, struct err *e)
{
        const uint16_t by_default = v->link.default_pvid;
        int r = 0;

        if (v->nic->vlan == LXCNET_VLAN_DEFAULT && v->nic->n_tagged == 0)
                return 0;
        if (!v->link.vlan_filtering) {
                err_set(e, ERR_HOST, EINVAL, "interface %u asks for VLANs, and bridge '%s' does not tell them apart",
                        (unsigned) v->nic->index, v->device->link);
                err_hint(e, "ip link set %s type bridge vlan_filtering 1", v->device->link);
                return -EINVAL;
        }
        if (v->nic->vlan != LXCNET_VLAN_DEFAULT && by_default && !(v->nic->vlan == LXCNET_VLAN_ID && v->nic->vlan_id == by_default))
                r = change_vlan(v, false, by_default, false, e);
        if (r == 0 && v->nic->vlan == LXCNET_VLAN_ID)
                r = change_vlan(v, true, v->nic->vlan_id, true, e);
        for (size_t i = 0; i < v->nic->n_tagged && r == 0; i++)
                r = change_vlan(v, true, v->nic->tagged[i], false, e);
        return r;
}

static int attach_openvswitch(struct veth *v, struct err *e)
{
        const bool untagged = v->nic->vlan == LXCNET_VLAN_ID, tagged = v->nic->n_tagged > 0;
        _cleanup_(strbuf_done) struct strbuf trunks = { 0 };
        char purpose[128], tag[16];
        const char *words[12] = { "ovs-vsctl", "add-port", v->device->link, v->device->host };
        size_t n = 4;

        if (untagged || tagged || v->nic->vlan == LXCNET_VLAN_NO_TAG)
                words[n++] = untagged && tagged ? "vlan_mode=native-untagged" : untagged ? "vlan_mode=access" : "vlan_mode=trunk";
        if (untagged) {
                snprintf(tag, sizeof tag, "tag=%u", (unsigned) v->nic->vlan_id);
                words[n++] = tag;
        }
        if (tagged) {
                for (size_t i = 0; i < v->nic->n_tagged; i++)
                        strbuf_printf(&trunks, "%s%u", i == 0 ? "trunks=" : ",", (unsigned) v->nic->tagged[i]);
                words[n++] = trunks.text;
        }
        if (trunks.failed)
                return err_nomem(e);
        snprintf(purpose, sizeof purpose, "cannot make '%s' a port of '%s', which is no bridge of the kernel", v->device->host,
                 v->device->link);
        return lxcnet_tool_run("ovs-vsctl", "openvswitch-switch", words, purpose, e);
}

static int attach(struct veth *v, struct err *e)
{
        int r;

        /* The host itself shall not be seen on the bridge at an address of this port. */
        r = lxcnet_sysctl_set(v->work, LXCNET_IPV6, v->device->host, "disable_ipv6", "1", e);
        if (r == -ENOENT)
                r = 0; /* the kernel has no IPv6 */
        if (r < 0)
                return r;
        if (v->device->external)
                return attach_openvswitch(v, e);
        r = attach_kernel_bridge(v, e);
        return r < 0 ? r : set_kernel_vlans(v, e);
}

/* ---- routes ----------------------------------------------------------------------------------------------------- */

static int add_route(struct veth *v, const struct lxcnet_ip *to, unsigned prefix, struct err *e)
{
        const struct sys_ip ip = lxcnet_sys_ip(to);
        char text[LXCNET_IP_TEXT_SIZE];
        int r = sys_route_change(&v->work->here, true,
                                 &(struct sys_route) { .family = ip.family, .to = &ip, .prefix = prefix, .device = v->index });

        return r == 0 ? 0 : lxcnet_fail(&v->work->here, r, "RTM_NEWROUTE", e, "cannot add the route to %s/%u over '%s'",
                                        lxcnet_ip_text(to, text), prefix, v->device->host);
}

/* The host answers for the container's gateway on the veth, and forwards. */
static int answer_for_gateway(struct veth *v, enum lxcnet_family family, struct err *e)
{
        const struct lxcnet_gateway *gateway = &v->nic->gateway[family];
        struct sys_ip ip;
        char text[LXCNET_IP_TEXT_SIZE];
        int r = 0;

        if (gateway->kind != LXCNET_GATEWAY_ADDRESS)
                return 0;
        if (family == LXCNET_IPV6)
                r = lxcnet_sysctl_require(v->work, family, "all", "forwarding", e);
        if (r == 0)
                r = lxcnet_sysctl_set(v->work, family, v->device->host, "forwarding", "1", e);
        if (r == 0 && family == LXCNET_IPV6)
                r = lxcnet_sysctl_set(v->work, family, v->device->host, "proxy_ndp", "1", e);
        if (r < 0)
                return r;
        ip = lxcnet_sys_ip(&gateway->ip);
        r = sys_proxy_change(&v->work->here, true, v->index, &ip);
        return r == 0 ? 0 : lxcnet_fail(&v->work->here, r, "RTM_NEWNEIGH", e, "cannot answer for the gateway %s on '%s'",
                                        lxcnet_ip_text(&gateway->ip, text), v->device->host);
}

static int route_to_container(struct veth *v, struct err *e)
{
        int r = answer_for_gateway(v, LXCNET_IPV4, e);

        if (r == 0)
                r = answer_for_gateway(v, LXCNET_IPV6, e);
        for (size_t i = 0; i < v->nic->n_addresses && r == 0; i++) {
                const struct lxcnet_ip *ip = &v->nic->addresses[i].ip;

                r = add_route(v, ip, (unsigned) lxcnet_ip_len(ip->family) * 8, e);
        }
        return r;
}

int lxcnet_veth_up(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e)
{
        struct veth v = { .work = work, .nic = lxcnet_nic_of(work, device), .device = device };
        struct sys_link_change up = SYS_LINK_CHANGE_INIT;
        int r = device->link[0] ? lxcnet_host_link(work, device, &v.link, e) : 0;

        up.up = true;
        if (r == 0)
                r = make_pair(&v, e);
        if (r == 0 && device->link[0] && !v.nic->router)
                r = attach(&v, e);
        if (r < 0)
                return r;
        r = sys_link_change(&work->here, v.index, &up);
        if (r < 0)
                return lxcnet_fail(&work->here, r, "RTM_NEWLINK", e, "cannot bring up '%s'", device->host);
        for (size_t i = 0; i < v.nic->n_routes && r == 0; i++)
                r = add_route(&v, &v.nic->routes[i].to, v.nic->routes[i].prefix, e);
        return r == 0 && v.nic->router ? route_to_container(&v, e) : r;
}
