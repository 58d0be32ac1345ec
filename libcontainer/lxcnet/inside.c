/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "work.h"

struct inside {
        struct lxcnet_work *work;
        const struct lxcnet_nic *nic;
        struct lxcnet_device *device;
        int index;
};

static int fail(const struct inside *in, int r, const char *call, struct err *e, const char *what)
{
        return lxcnet_fail(&in->work->there, r, call, e, "cannot %s '%s' in the container", what, in->device->name);
}

/* Its own name and hardware address. */
static int identify(struct inside *in, struct err *e)
{
        const char *name = lxcnet_device_name(in->work->document, in->device);
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        struct sys_link link;
        int r = sys_link_find(&in->work->there, in->device->transient, &link);

        if (r < 0)
                return lxcnet_fail(&in->work->there, r, "RTM_GETLINK", e, "interface %u was made, but is not in the container",
                                   (unsigned) in->nic->index);
        in->index = in->device->index = link.index;
        change.name = name;
        r = streq(link.name, name) ? 0 : sys_link_change(&in->work->there, link.index, &change);
        if (r == 0)
                r = sys_link_at(&in->work->there, link.index, &link);
        if (r < 0)
                return lxcnet_fail(&in->work->there, r, "RTM_NEWLINK", e, "cannot call interface %u '%s' in the container",
                                   (unsigned) in->nic->index, name);
        memcpy(in->device->name, link.name, sizeof in->device->name);
        if (!in->device->hwaddr.known)
                return 0;
        change = SYS_LINK_CHANGE_INIT;
        change.address = in->device->hwaddr.bytes;
        r = sys_link_change(&in->work->there, in->index, &change);
        return r == 0 ? 0 : fail(in, r, "RTM_NEWLINK", e, "set the hardware address of");
}

static int add_addresses(struct inside *in, struct err *e)
{
        for (size_t i = 0; i < in->nic->n_addresses; i++) {
                const struct lxcnet_address *a = &in->nic->addresses[i];
                const struct sys_ip ip = lxcnet_sys_ip(&a->ip), broadcast = lxcnet_sys_ip(&a->broadcast);
                char text[LXCNET_IP_TEXT_SIZE];
                int r = sys_address_add(&in->work->there, in->index, &ip, a->prefix, a->has_broadcast ? &broadcast : NULL);

                if (r < 0)
                        return lxcnet_fail(&in->work->there, r, "RTM_NEWADDR", e,
                                           "cannot give '%s' in the container the address %s/%u",
                                           in->device->name, lxcnet_ip_text(&a->ip, text), a->prefix);
        }
        return 0;
}

static int bring_up(struct inside *in, struct err *e)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        struct sys_link lo;
        int r = 0;

        if (!in->nic->up)
                return 0;
        change.up = true;
        if (in->index > 0)
                r = sys_link_change(&in->work->there, in->index, &change);
        if (r < 0)
                return fail(in, r, "RTM_NEWLINK", e, "bring up");
        r = sys_link_find(&in->work->there, "lo", &lo);
        if (r == 0 && !(lo.flags & IFF_UP))
                r = sys_link_change(&in->work->there, lo.index, &change);
        return r == 0 ? 0 : lxcnet_fail(&in->work->there, r, "RTM_NEWLINK", e, "cannot bring up 'lo' in the container");
}

/* A gateway that no address of the container reaches is on the link all the same: LXC tells the kernel so, and tries again. */
static int route_via(struct inside *in, const struct sys_ip *gateway)
{
        const struct sys_route by_default = { .family = gateway->family, .via = gateway, .device = in->index };
        const struct sys_route on_link = {
                .family = gateway->family, .to = gateway, .prefix = (unsigned) sys_ip_len(gateway->family) * 8, .device = in->index,
        };
        int r = sys_route_change(&in->work->there, true, &by_default);

        if (r < 0 && r != -EEXIST && sys_route_change(&in->work->there, true, &on_link) == 0)
                r = sys_route_change(&in->work->there, true, &by_default);
        return r;
}

static int add_gateway(struct inside *in, enum lxcnet_family family, struct err *e)
{
        const struct lxcnet_gateway *gateway = &in->nic->gateway[family];
        const struct sys_ip ip = lxcnet_sys_ip(&gateway->ip);
        char text[LXCNET_IP_TEXT_SIZE];
        int r;

        if (gateway->kind == LXCNET_GATEWAY_NONE)
                return 0;
        if (gateway->kind == LXCNET_GATEWAY_DEV) {
                r = sys_route_change(&in->work->there, true,
                                     &(struct sys_route) { .family = family == LXCNET_IPV4 ? AF_INET : AF_INET6,
                                                           .device = in->index });
                return r == 0 ? 0 : fail(in, r, "RTM_NEWROUTE", e, "make the default route over");
        }
        r = route_via(in, &ip);
        if (r < 0)
                lxcnet_fail(&in->work->there, r, "RTM_NEWROUTE", e, "cannot make %s the gateway over '%s' in the container",
                            lxcnet_ip_text(&gateway->ip, text), in->device->name);
        if (r == -EEXIST)
                err_hint(e, "it has a default route already: only one interface may have a gateway");
        return r;
}

int lxcnet_inside_up(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e)
{
        struct inside in = { .work = work, .nic = lxcnet_nic_of(work, device), .device = device };
        int r = 0;

        if (in.nic->type == LXCNET_NONE)
                return 0;
        if (lxcnet_nic_is_device(in.nic))
                r = identify(&in, e);
        /* What can be only once belongs to the first of the devices that a '+' link stands for. */
        if (r == 0 && lxcnet_nic_is_device(in.nic) && device->first)
                r = add_addresses(&in, e);
        if (r == 0)
                r = bring_up(&in, e);
        for (int family = 0; family < 2 && r == 0 && in.index > 0 && device->first; family++)
                r = add_gateway(&in, (enum lxcnet_family) family, e);
        return r;
}
