/* SPDX-License-Identifier: Apache-2.0 */
/* The link answers for the container's addresses (l2proxy), and the settings of the kernel that this needs. */
#include <fcntl.h>
#include <stdio.h>

#include "address.h"
#include "procfs.h"
#include "sysctl.h"
#include "work.h"

enum { SYSCTL_PATH_SIZE = 96 };

static void name_sysctl(enum lxcnet_family family, const char *device, const char *name, char path[static SYSCTL_PATH_SIZE])
{
        snprintf(path, SYSCTL_PATH_SIZE, "sys/net/%s/conf/%s/%s", family == LXCNET_IPV4 ? "ipv4" : "ipv6", device, name);
}

int lxcnet_sysctl_set(struct lxcnet_work *work, enum lxcnet_family family, const char *device, const char *name, const char *value,
                      struct err *e)
{
        char path[SYSCTL_PATH_SIZE];

        name_sysctl(family, device, name, path);
        return sys_sysctl_set(work->proc_fd, path, path + sizeof "sys/" - 1, value, e);
}

int lxcnet_sysctl_require(struct lxcnet_work *work, enum lxcnet_family family, const char *device, const char *name, struct err *e)
{
        char path[SYSCTL_PATH_SIZE], value = '\0';

        name_sysctl(family, device, name, path);
        _cleanup_close_ int fd = sys_procfs_open_at(work->proc_fd, path, O_RDONLY, e);
        if (fd < 0)
                return err_sys(e, -fd, "openat", "cannot open sysctl '%s'", path + sizeof "sys/" - 1);
        if (read(fd, &value, 1) == 1 && value != '0')
                return 0;
        err_set(e, ERR_HOST, EINVAL, "the sysctl '%s' must be 1", path + sizeof "sys/" - 1);
        err_hint(e, "echo 1 >/proc/%s", path);
        return -EINVAL;
}

static bool has_family(const struct lxcnet_nic *nic, enum lxcnet_family family)
{
        for (size_t i = 0; i < nic->n_addresses; i++)
                if (nic->addresses[i].ip.family == family)
                        return true;
        return false;
}

static int check_settings(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        const struct lxcnet_nic *nic = lxcnet_nic_of(work, device);
        int r = 0;

        if (has_family(nic, LXCNET_IPV4))
                r = lxcnet_sysctl_require(work, LXCNET_IPV4, device->link, "forwarding", e);
        if (r == 0 && has_family(nic, LXCNET_IPV6))
                r = lxcnet_sysctl_require(work, LXCNET_IPV6, device->link, "proxy_ndp", e);
        if (r == 0 && has_family(nic, LXCNET_IPV6))
                r = lxcnet_sysctl_require(work, LXCNET_IPV6, device->link, "forwarding", e);
        return r;
}

/* An ipvlan is no neighbour of the host on its link.  Without a route that leads elsewhere the kernel would not answer. */
static int change_lo_route(struct lxcnet_work *work, bool add, const struct sys_ip *ip)
{
        struct sys_link lo;
        int r = sys_link_find(&work->here, "lo", &lo);

        return r < 0 ? r : sys_route_change(&work->here, add, &(struct sys_route) {
                .family = ip->family, .to = ip, .prefix = (unsigned) sys_ip_len(ip->family) * 8, .device = lo.index });
}

static int answer_for(struct lxcnet_work *work, const struct lxcnet_device *device, const struct sys_link *link,
                      const struct lxcnet_ip *address, struct err *e)
{
        const struct sys_ip ip = lxcnet_sys_ip(address);
        char text[LXCNET_IP_TEXT_SIZE];
        int r = sys_proxy_change(&work->here, true, link->index, &ip);

        if (r < 0)
                return lxcnet_fail(&work->here, r, "RTM_NEWNEIGH", e, "cannot answer for %s on '%s'",
                                   lxcnet_ip_text(address, text), link->name);
        if (lxcnet_nic_of(work, device)->type != LXCNET_IPVLAN)
                return 0;
        r = change_lo_route(work, true, &ip);
        return r == 0 ? 0 : lxcnet_fail(&work->here, r, "RTM_NEWROUTE", e, "cannot add the route to %s over 'lo'",
                                        lxcnet_ip_text(address, text));
}

int lxcnet_l2proxy_up(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e)
{
        const struct lxcnet_nic *nic = lxcnet_nic_of(work, device);
        struct sys_link link;
        int r;

        if (!nic->l2proxy)
                return 0;
        r = lxcnet_host_link(work, device, &link, e);
        if (r == 0)
                r = check_settings(work, device, e);
        for (size_t i = 0; i < nic->n_addresses && r == 0; i++)
                r = answer_for(work, device, &link, &nic->addresses[i].ip, e);
        return r;
}

void lxcnet_l2proxy_down(struct lxcnet_work *work, const struct lxcnet_device *device)
{
        const struct lxcnet_nic *nic = lxcnet_nic_of(work, device);
        struct sys_link link;

        if (!nic->l2proxy || sys_link_find(&work->here, device->link, &link) < 0)
                return;
        for (size_t i = 0; i < nic->n_addresses; i++) {
                const struct sys_ip ip = lxcnet_sys_ip(&nic->addresses[i].ip);

                sys_proxy_change(&work->here, false, link.index, &ip);
                if (nic->type == LXCNET_IPVLAN)
                        change_lo_route(work, false, &ip);
        }
}
