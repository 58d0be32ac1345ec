/* SPDX-License-Identifier: Apache-2.0 */
#include "ipnet.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <string.h>
#include <sys/socket.h>

int sys_address_add(struct sys_rtnl *rtnl, int index, const struct sys_ip *ip, unsigned prefix, const struct sys_ip *broadcast)
{
        const struct ifaddrmsg head = {
                .ifa_family = (uint8_t) ip->family, .ifa_prefixlen = (uint8_t) prefix, .ifa_index = (uint32_t) index,
        };
        struct sys_rtnl_request req;

        sys_rtnl_begin_address(&req, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &head);
        sys_rtnl_put(&req, IFA_LOCAL, ip->bytes, sys_ip_len(ip->family));
        sys_rtnl_put(&req, IFA_ADDRESS, ip->bytes, sys_ip_len(ip->family));
        if (broadcast)
                sys_rtnl_put(&req, IFA_BROADCAST, broadcast->bytes, sys_ip_len(broadcast->family));
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}

struct first_address {
        int index, family;
        bool found;
        struct sys_ip ip;
};

static int take_address(void *arg, const struct nlmsghdr *msg)
{
        const struct ifaddrmsg *head = sys_rtnl_payload(msg);
        const struct nlattr *attrs[IFA_LOCAL + 1], *attr;
        struct first_address *first = arg;

        if (msg->nlmsg_type != RTM_NEWADDR || msg->nlmsg_len < NLMSG_LENGTH(sizeof *head) || first->found ||
            (int) head->ifa_index != first->index || head->ifa_family != first->family)
                return 0;
        sys_rtnl_parse(msg, sizeof *head, attrs, IFA_LOCAL);
        /* On a point-to-point link IFA_ADDRESS is the other side. */
        attr = attrs[IFA_LOCAL] ? attrs[IFA_LOCAL] : attrs[IFA_ADDRESS];
        if (!attr || sys_rtnl_data_len(attr) != sys_ip_len(first->family))
                return 0;
        first->ip.family = first->family;
        memcpy(first->ip.bytes, sys_rtnl_data(attr), sys_ip_len(first->family));
        first->found = true;
        return 0;
}

int sys_address_first(struct sys_rtnl *rtnl, int index, int family, struct sys_ip *ret)
{
        struct first_address first = { .index = index, .family = family };
        struct sys_rtnl_request req;
        int r;

        do {
                first.found = false;
                sys_rtnl_begin_address(&req, RTM_GETADDR, NLM_F_DUMP,
                                       &(struct ifaddrmsg) { .ifa_family = (uint8_t) family, .ifa_index = (uint32_t) index });
                r = sys_rtnl_talk(rtnl, &req, take_address, &first);
        } while (r == -EAGAIN);
        if (r == 0 && !first.found)
                r = -EADDRNOTAVAIL;
        if (r == 0)
                *ret = first.ip;
        return r;
}

int sys_route_change(struct sys_rtnl *rtnl, bool add, const struct sys_route *route)
{
        const struct rtmsg head = {
                .rtm_family = (uint8_t) route->family,
                .rtm_dst_len = (uint8_t) route->prefix,
                .rtm_table = RT_TABLE_MAIN,
                .rtm_protocol = RTPROT_BOOT,
                .rtm_type = RTN_UNICAST,
                .rtm_scope = route->via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
        };
        struct sys_rtnl_request req;

        sys_rtnl_begin(&req, add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE | NLM_F_EXCL : 0, &head, sizeof head);
        if (route->to)
                sys_rtnl_put(&req, RTA_DST, route->to->bytes, sys_ip_len(route->family));
        if (route->via)
                sys_rtnl_put(&req, RTA_GATEWAY, route->via->bytes, sys_ip_len(route->family));
        sys_rtnl_put_u32(&req, RTA_OIF, (uint32_t) route->device);
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}

int sys_proxy_change(struct sys_rtnl *rtnl, bool add, int index, const struct sys_ip *ip)
{
        const struct ndmsg head = {
                .ndm_family = (uint8_t) ip->family, .ndm_ifindex = index, .ndm_flags = NTF_PROXY, .ndm_type = NDA_DST,
        };
        struct sys_rtnl_request req;

        sys_rtnl_begin(&req, add ? RTM_NEWNEIGH : RTM_DELNEIGH, add ? NLM_F_CREATE : 0, &head, sizeof head);
        sys_rtnl_put(&req, NDA_DST, ip->bytes, sys_ip_len(ip->family));
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}
