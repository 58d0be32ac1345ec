/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "netdev.h"
#include "work.h"

/* Keep the first failure. */
static void note(int r, struct err *error, int *result, struct err *e)
{
        if (r >= 0 || *result < 0)
                return;
        *result = r;
        if (e)
                *e = *error;
}

/* ---- phys ------------------------------------------------------------------------------------------------------- */

static bool has_mac(const struct sys_link *link, const struct lxcnet_device *device)
{
        return device->mac.known && link->has_address && memcmp(link->address, device->mac.bytes, sizeof device->mac.bytes) == 0;
}

static bool has_hwaddr(const struct sys_link *link, const struct lxcnet_device *device)
{
        return device->hwaddr.known && link->has_address && memcmp(link->address, device->hwaddr.bytes,
                                                                   sizeof device->hwaddr.bytes) == 0;
}

/* Its own mtu, hardware address and state again, and under its own name. */
static int make_as_before(struct lxcnet_work *work, const struct lxcnet_device *device, const struct sys_link *link, struct err *e)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT, down = SYS_LINK_CHANGE_INIT, up = SYS_LINK_CHANGE_INIT;
        int r = 0;

        down.down = up.up = true;
        change.name = streq(link->name, device->link) ? NULL : device->link;
        change.mtu = link->mtu == device->mtu ? 0 : device->mtu;
        change.address = device->mac.known && !has_mac(link, device) ? device->mac.bytes : NULL;
        if ((change.name || change.address) && (link->flags & IFF_UP))
                r = sys_link_change(&work->here, link->index, &down); /* neither can change while it is up */
        if (r == 0 && (change.name || change.mtu || change.address))
                r = sys_link_change(&work->here, link->index, &change);
        if (r == 0 && device->kept)
                return sys_netdev_give_back(&work->here, link, device->kept, e);
        if (r == 0 && device->was_up)
                r = sys_link_change(&work->here, link->index, &up);
        return r == 0 ? 0 : lxcnet_fail(&work->here, r, "RTM_NEWLINK", e, "cannot make network device '%s' what it was before",
                                        device->link);
}

/* In the container it is the one with its transient or its own name there. */
static int find_inside(struct lxcnet_work *work, const struct lxcnet_device *device, struct sys_link *ret)
{
        int r = -ENODEV;

        if (work->netns_fd < 0)
                return -ENODEV;
        if (device->index > 0)
                r = sys_link_at(&work->there, device->index, ret);
        if (r == -ENODEV)
                r = sys_link_find(&work->there, device->transient, ret);
        return r;
}

static int move_back(struct lxcnet_work *work, const struct lxcnet_device *device, const struct sys_link *there, struct err *e)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        struct sys_link link;
        int r;

        change.name = device->link;
        change.netns_fd = work->own_fd;
        r = sys_link_change(&work->there, there->index, &change);
        if (r == 0)
                r = sys_link_find(&work->here, device->link, &link);
        if (r < 0)
                return lxcnet_fail(&work->there, r, "RTM_NEWLINK", e, "cannot take network device '%s' back from the container",
                                   device->link);
        return make_as_before(work, device, &link, e);
}

/* The namespace has ended: the kernel has brought hardware back, under the name that it had in the container, or 'dev' and a
 * number if that was taken. */
static int find_returned(struct lxcnet_work *work, const struct lxcnet_device *device, struct sys_link *ret)
{
        _cleanup_(sys_link_list_done) struct sys_link_list list = { 0 };
        int r = sys_link_list_read(&work->here, &list);

        for (size_t i = 0; i < list.n && r == 0; i++) {
                const struct sys_link *link = &list.items[i];

                if ((streq(link->name, device->link) || streq(link->name, device->name) || streq(link->name, device->transient) ||
                     (device->mac.known && strncmp(link->name, "dev", 3) == 0)) &&
                    (!device->mac.known || has_mac(link, device) || has_hwaddr(link, device))) {
                        *ret = *link;
                        return 0;
                }
        }
        return r < 0 ? r : -ENODEV;
}

static int restore_phys(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        struct sys_link link;
        char warning[256];
        int r = device->external ? -ENODEV : find_inside(work, device, &link);

        if (r == 0)
                return move_back(work, device, &link, e);
        if (r == -ENODEV)
                r = find_returned(work, device, &link);
        if (r == 0)
                return make_as_before(work, device, &link, e);
        if (r != -ENODEV)
                return lxcnet_fail(&work->here, r, "RTM_GETLINK", e, "cannot look for network device '%s'", device->link);
        if (device->external)
                return 0; /* the kernel brings the radio back when the namespace ends */
        snprintf(warning, sizeof warning,
                 "network device '%s' is gone: virtual ones end with the container's network namespace", device->link);
        if (work->warn)
                work->warn(work->warn_arg, warning);
        return 0;
}

/* ---- the others ------------------------------------------------------------------------------------------------- */

static int leave_openvswitch(const struct lxcnet_device *device, struct err *e)
{
        const char *const words[] = { "ovs-vsctl", "--if-exists", "del-port", device->link, device->host, NULL };
        char purpose[128];
        int r;

        snprintf(purpose, sizeof purpose, "cannot take '%s' from '%s'", device->host, device->link);
        r = lxcnet_tool_run("ovs-vsctl", "openvswitch-switch", words, purpose, e);

        return r == -ENOENT ? 0 : r; /* without the program the port was never added */
}

/* The other end goes with it.  A device of this name with another address is somebody else's. */
static int delete_veth(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        struct sys_link link;
        int r = sys_link_find(&work->here, device->host, &link);

        if (r == -ENODEV || (r == 0 && !has_mac(&link, device)))
                return 0;
        if (r == 0)
                r = sys_link_delete(&work->here, link.index);
        if (r == 0 || r == -ENODEV)
                return 0;
        return lxcnet_fail(&work->here, r, "RTM_DELLINK", e, "cannot delete the veth '%s'", device->host);
}

static int delete_inside(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        struct sys_link link;
        int r = find_inside(work, device, &link);

        if (r == 0)
                r = sys_link_delete(&work->there, link.index);
        if (r == 0 || r == -ENODEV)
                return 0;
        return lxcnet_fail(&work->there, r, "RTM_DELLINK", e, "cannot delete '%s' in the container", link.name);
}

static int remove_device(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        const enum lxcnet_type type = lxcnet_nic_of(work, device)->type;
        int r = 0;

        lxcnet_l2proxy_down(work, device);
        if (type == LXCNET_VETH && device->external)
                r = leave_openvswitch(device, e);
        if (type == LXCNET_VETH) {
                int deleted = delete_veth(work, device, r == 0 ? e : NULL);

                return r < 0 ? r : deleted;
        }
        return type == LXCNET_MACVLAN || type == LXCNET_IPVLAN || type == LXCNET_VLAN ? delete_inside(work, device, e) : 0;
}

static void lower_lo(struct lxcnet_work *work)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        struct sys_link lo;

        change.down = true;
        if (work->netns_fd >= 0 && !work->lo_was_up && sys_link_find(&work->there, "lo", &lo) == 0)
                sys_link_change(&work->there, lo.index, &change);
}

/* LXC's order: hardware first, then each interface, its script before it. */
int lxcnet_teardown(struct lxcnet_work *work, struct err *e)
{
        struct lxcnet_record *record = work->record;
        int result = 0;

        for (size_t i = 0; i < record->n_devices; i++) {
                struct lxcnet_device *device = &record->devices[i];
                struct err error = ERR_INIT;
                int r = lxcnet_nic_of(work, device)->type == LXCNET_PHYS ? restore_phys(work, device, &error) : 0;

                device->done = r == 0;
                note(r, &error, &result, e);
        }
        for (size_t i = 0; i < record->n_devices; i++) {
                struct lxcnet_device *device = &record->devices[i];
                struct err error = ERR_INIT;
                int r = 0;

                if (device->scripts)
                        note(lxcnet_scripts_run(work, device, false, &error), &error, &result, e);
                device->scripts = false;
                error = ERR_INIT;
                r = remove_device(work, device, &error);
                device->done &= r == 0;
                note(r, &error, &result, e);
        }
        lower_lo(work);
        return result;
}
