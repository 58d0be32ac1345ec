/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "netdev.h"
#include "work.h"

int lxcnet_host_link(struct lxcnet_work *work, const struct lxcnet_device *device, struct sys_link *ret, struct err *e)
{
        int r = sys_link_find(&work->here, device->link, ret);

        if (r == -ENODEV) {
                err_sys(e, ENODEV, "RTM_GETLINK", "there is no network device '%s', the link of interface %u", device->link,
                        (unsigned) lxcnet_nic_of(work, device)->index);
                err_hint(e, "it must be in the network namespace that the container is made from; see 'ip link'");
        } else if (r < 0) {
                lxcnet_fail(&work->here, r, "RTM_GETLINK", e, "cannot look for network device '%s'", device->link);
        }
        return r;
}

/* ---- before anything is made ------------------------------------------------------------------------------------ */

static int resolve_gateway(struct lxcnet_work *work, const struct sys_link *link, struct lxcnet_gateway *gateway,
                           enum lxcnet_family family, struct err *e)
{
        struct sys_ip ip;
        int r;

        if (gateway->kind != LXCNET_GATEWAY_AUTO)
                return 0;
        r = sys_address_first(&work->here, link->index, lxcnet_sys_ip(&(struct lxcnet_ip) { .family = family }).family, &ip);
        if (r == -EADDRNOTAVAIL) {
                err_set(e, ERR_HOST, EADDRNOTAVAIL, "the gateway 'auto' is the address of '%s', and that has no %s address",
                        link->name,
                        family == LXCNET_IPV4 ? "IPv4" : "IPv6");
                err_hint(e, "give it one, or write the gateway's address");
        } else if (r < 0) {
                lxcnet_fail(&work->here, r, "RTM_GETADDR", e, "cannot read the addresses of '%s'", link->name);
        }
        if (r < 0)
                return r;
        gateway->kind = LXCNET_GATEWAY_ADDRESS;
        gateway->ip.family = family;
        memcpy(gateway->ip.bytes, ip.bytes, sizeof gateway->ip.bytes);
        return 0;
}

static int name_is_free(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        struct sys_link link;
        int r = sys_link_find(&work->here, device->host, &link);

        if (r == -ENODEV)
                return 0;
        if (r < 0)
                return lxcnet_fail(&work->here, r, "RTM_GETLINK", e, "cannot look for network device '%s'", device->host);
        err_sys(e, EEXIST, "RTM_GETLINK", "cannot make the veth '%s' for interface %u: there is a network device of that name",
                device->host,
                (unsigned) lxcnet_nic_of(work, device)->index);
        err_hint(e, "another container may have it; see 'ip -d link show %s'", device->host);
        return -EEXIST;
}

/* The name of the radio, or false: it is a device with a wire. */
static bool read_radio(const char *device, char *phy, size_t size)
{
        char path[96];
        ssize_t n = -1;

        snprintf(path, sizeof path, "/sys/class/net/%s/phy80211", device);
        if (access(path, F_OK) < 0)
                return false;
        snprintf(path, sizeof path, "/sys/class/net/%s/phy80211/name", device);
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        if (f && fgets(phy, (int) size, f))
                n = (ssize_t) strcspn(phy, "\n");
        if (n > 0)
                phy[n] = '\0';
        return n > 0;
}

int lxcnet_host_look(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e)
{
        struct lxcnet_nic *nic = &work->document->nics[device->nic];
        struct sys_link link = { 0 };
        char phy[64];
        int r = 0;

        if (device->link[0] && lxcnet_nic_is_device(nic))
                r = lxcnet_host_link(work, device, &link, e);
        for (int family = 0; family < 2 && r == 0; family++)
                r = resolve_gateway(work, &link, &nic->gateway[family], (enum lxcnet_family) family, e);
        if (r == 0 && nic->type == LXCNET_VETH) {
                device->external = device->link[0] && !nic->router && !streq(link.kind, "bridge");
                r = name_is_free(work, device, e);
        }
        if (r == 0 && nic->type == LXCNET_PHYS) {
                device->mtu = link.mtu;
                device->was_up = link.flags & IFF_UP;
                device->mac.known = link.has_address;
                memcpy(device->mac.bytes, link.address, sizeof device->mac.bytes);
                device->external = read_radio(device->link, phy, sizeof phy);
                r = sys_netdev_keep(&work->here, &link, (struct sys_netdev **) &device->kept, e);
                if (device->external) /* it keeps its name on the way */
                        memcpy(device->transient, device->link, sizeof device->transient);
        }
        return r;
}

/* ---- macvlan, ipvlan, vlan -------------------------------------------------------------------------------------- */

static void fill_kind(const struct lxcnet_nic *nic, struct sys_link_make *make)
{
        static const uint32_t macvlan_modes[] = {
                [LXCNET_MACVLAN_PRIVATE] = MACVLAN_MODE_PRIVATE, [LXCNET_MACVLAN_VEPA] = MACVLAN_MODE_VEPA,
                [LXCNET_MACVLAN_BRIDGE] = MACVLAN_MODE_BRIDGE, [LXCNET_MACVLAN_PASSTHRU] = MACVLAN_MODE_PASSTHRU,
        };
        static const uint16_t ipvlan_modes[] = {
                [LXCNET_IPVLAN_L2] = IPVLAN_MODE_L2, [LXCNET_IPVLAN_L3] = IPVLAN_MODE_L3, [LXCNET_IPVLAN_L3S] = IPVLAN_MODE_L3S,
        };
        static const uint16_t isolations[] = {
                [LXCNET_ISOLATION_BRIDGE] = 0,
                [LXCNET_ISOLATION_PRIVATE] = IPVLAN_F_PRIVATE,
                [LXCNET_ISOLATION_VEPA] = IPVLAN_F_VEPA,
        };

        make->kind = lxcnet_type_name(nic->type);
        make->macvlan_mode = macvlan_modes[nic->macvlan_mode];
        make->ipvlan_mode = ipvlan_modes[nic->ipvlan_mode];
        make->ipvlan_flags = isolations[nic->isolation];
        make->vlan_id = nic->vlan_id;
        make->mtu = nic->mtu;
}

/* Made where it belongs at once: the host never has a device that could be left over. */
static int make_upper(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e)
{
        const struct lxcnet_nic *nic = lxcnet_nic_of(work, device);
        struct sys_link_make make = SYS_LINK_MAKE_INIT;
        struct sys_link link;
        int r = lxcnet_host_link(work, device, &link, e);

        if (r < 0)
                return r;
        fill_kind(nic, &make);
        make.name = device->transient;
        make.netns_fd = work->netns_fd;
        make.lower = link.index;
        r = sys_link_make(&work->here, &make);
        if (r < 0)
                lxcnet_fail(&work->here, r, "RTM_NEWLINK", e, "cannot make a %s on '%s' for interface %u", make.kind, device->link,
                            (unsigned) nic->index);
        if (r == -EOPNOTSUPP)
                err_hint(e, "the kernel has no '%s': its module may be missing", make.kind);
        return r;
}

/* ---- phys ------------------------------------------------------------------------------------------------------- */

static int set_phys_mtu(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        const uint32_t mtu = lxcnet_nic_of(work, device)->mtu;
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        struct sys_link link;
        int r;

        if (!mtu)
                return 0;
        r = lxcnet_host_link(work, device, &link, e);
        change.mtu = mtu;
        if (r == 0 && (r = sys_link_change(&work->here, link.index, &change)) < 0)
                lxcnet_fail(&work->here, r, "RTM_NEWLINK", e, "cannot set the mtu of '%s' to %u", device->link, (unsigned) mtu);
        return r;
}

/* The kernel moves the radio of a wireless device with all that is on it, and only through nl80211. */
static int move_wireless(struct lxcnet_work *work, struct lxcnet_device *device, const char *phy, struct err *e)
{
        char pid[16], purpose[128];
        const char *const words[] = { "iw", "phy", phy, "set", "netns", pid, NULL };

        snprintf(pid, sizeof pid, "%d", (int) work->state.pid);
        snprintf(purpose, sizeof purpose, "cannot move wireless device '%s' to the container", device->link);
        return lxcnet_tool_run("iw", "iw", words, purpose, e);
}

int lxcnet_phys_move(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        struct sys_link link;
        char phy[64];
        int r;

        if (read_radio(device->link, phy, sizeof phy))
                return move_wireless(work, device, phy, e);
        r = lxcnet_host_link(work, device, &link, e);
        if (r < 0)
                return r;
        change.name = device->transient;
        change.netns_fd = work->netns_fd;
        r = sys_link_change(&work->here, link.index, &change);
        if (r < 0)
                lxcnet_fail(&work->here, r, "RTM_NEWLINK", e, "cannot move network device '%s' to the container", device->link);
        if (r == -EINVAL)
                err_hint(e, "devices such as bridges and tunnels may be bound to the namespace in which they were made");
        return r;
}

int lxcnet_host_up(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e)
{
        switch (lxcnet_nic_of(work, device)->type) {
        case LXCNET_VETH: return lxcnet_veth_up(work, device, e);
        case LXCNET_MACVLAN:
        case LXCNET_IPVLAN:
        case LXCNET_VLAN: return make_upper(work, device, e);
        case LXCNET_PHYS: return set_phys_mtu(work, device, e);
        case LXCNET_NONE:
        case LXCNET_EMPTY: break;
        }
        return 0;
}
