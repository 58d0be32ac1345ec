/* SPDX-License-Identifier: Apache-2.0 */
#include "netdev.h"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "link.h"
#include "rtnl.h"
#include "str.h"

static const char wanted_by[] = "/linux/netDevices";

int sys_loopback_up(struct err *e)
{
        struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK };
        /* Any family will do for the ioctl; this one is in every kernel that runs containers. */
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return err_sys(e, errno, "socket", "cannot open a socket to bring up the loopback device");
        if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
                return err_sys(e, errno, "ioctl", "cannot bring up the loopback device");
        return 0;
}

/* What of an address is given back to the kernel as it came. */
struct sys_netdev_address {
        struct ifaddrmsg head;
        uint32_t flags;
        char label[IFNAMSIZ];
        struct kept_attr { uint16_t type, len; unsigned char data[20]; } attrs[6];
        unsigned n_attrs;
};

/* Who was not there before is the one that was moved. */
static const struct sys_link *find_new(const struct sys_link_list *now, const struct sys_link_list *before)
{
        for (size_t i = 0; i < now->n; i++) {
                bool old = false;

                for (size_t j = 0; j < before->n; j++)
                        old |= now->items[i].index == before->items[j].index;
                if (!old)
                        return &now->items[i];
        }
        return NULL;
}

/* ---- addresses -------------------------------------------------------------------------------------------------- */

struct address_dump {
        struct sys_netdev *dev;
        int index;
};

static void keep_attr(struct sys_netdev_address *a, const struct nlattr *attr, uint16_t type)
{
        struct kept_attr *kept = &a->attrs[a->n_attrs];
        size_t len;

        if (!attr || a->n_attrs == ARRAY_SIZE(a->attrs))
                return;
        len = sys_rtnl_data_len(attr);
        if (len > sizeof kept->data)
                return;
        kept->type = type;
        kept->len = (uint16_t) len;
        memcpy(kept->data, sys_rtnl_data(attr), len);
        a->n_attrs++;
}

enum { ATTR_PROTO = 11 }; /* IFA_PROTO, Linux 5.18 */

static void read_address(struct sys_netdev_address *a, const struct nlattr *const *attrs)
{
        keep_attr(a, attrs[IFA_LOCAL], IFA_LOCAL);
        keep_attr(a, attrs[IFA_ADDRESS], IFA_ADDRESS);
        keep_attr(a, attrs[IFA_BROADCAST], IFA_BROADCAST);
        keep_attr(a, attrs[IFA_CACHEINFO], IFA_CACHEINFO);
        keep_attr(a, attrs[IFA_RT_PRIORITY], IFA_RT_PRIORITY);
        keep_attr(a, attrs[ATTR_PROTO], ATTR_PROTO);
        if (attrs[IFA_LABEL])
                snprintf(a->label, sizeof a->label, "%.*s", (int) sys_rtnl_data_len(attrs[IFA_LABEL]),
                         (const char *) sys_rtnl_data(attrs[IFA_LABEL]));
}

static int take_address(void *arg, const struct nlmsghdr *msg)
{
        const struct ifaddrmsg *head = sys_rtnl_payload(msg);
        const struct nlattr *attrs[ATTR_PROTO + 1];
        struct address_dump *dump = arg;
        struct sys_netdev_address *grown;
        uint32_t flags;

        if (msg->nlmsg_type != RTM_NEWADDR || msg->nlmsg_len < NLMSG_LENGTH(sizeof *head) ||
            (int) head->ifa_index != dump->index)
                return 0;
        sys_rtnl_parse(msg, sizeof *head, attrs, ATTR_PROTO);
        flags = head->ifa_flags;
        if (attrs[IFA_FLAGS] && sys_rtnl_data_len(attrs[IFA_FLAGS]) >= sizeof flags)
                memcpy(&flags, sys_rtnl_data(attrs[IFA_FLAGS]), sizeof flags);
        if (!(flags & IFA_F_PERMANENT) || head->ifa_scope != RT_SCOPE_UNIVERSE)
                return 0;
        grown = reallocarray(dump->dev->addresses, dump->dev->n_addresses + 1, sizeof *grown);
        if (!grown)
                return -ENOMEM;
        dump->dev->addresses = grown;
        grown += dump->dev->n_addresses++;
        *grown = (struct sys_netdev_address) { .head = *head, .flags = flags };
        read_address(grown, attrs);
        return 0;
}

static int read_addresses(struct sys_rtnl *rtnl, int index, struct sys_netdev *dev)
{
        struct address_dump dump = { dev, index };
        struct sys_rtnl_request req;
        int r;

        do {
                dev->n_addresses = 0;
                sys_rtnl_begin_address(&req, RTM_GETADDR, NLM_F_DUMP, &(struct ifaddrmsg) { .ifa_index = (uint32_t) index });
                r = sys_rtnl_talk(rtnl, &req, take_address, &dump);
        } while (r == -EAGAIN);
        return r;
}

/* A label is the device's name, or begins with it (FROM, on the host) and a colon: it follows when the name changes. */
static void put_label(struct sys_rtnl_request *req, const struct sys_netdev_address *a, const char *from, const char *to)
{
        const char *rest = str_after(a->label, from);
        char label[IFNAMSIZ];

        if (rest && *rest == ':' && snprintf(label, sizeof label, "%s%s", to, rest) < (int) sizeof label)
                sys_rtnl_put_text(req, IFA_LABEL, label);
}

static int add_address(struct sys_rtnl *rtnl, int index, const struct sys_netdev_address *a, const char *from, const char *to)
{
        /* What the kernel works out anew is left to it. */
        const uint32_t flags = a->flags & ~(uint32_t) (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_SECONDARY | IFA_F_DEPRECATED);
        struct sys_rtnl_request req;
        struct ifaddrmsg head = a->head;

        head.ifa_index = (uint32_t) index;
        head.ifa_flags = (uint8_t) flags;
        sys_rtnl_begin_address(&req, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &head);
        sys_rtnl_put_u32(&req, IFA_FLAGS, flags);
        for (unsigned i = 0; i < a->n_attrs; i++)
                sys_rtnl_put(&req, a->attrs[i].type, a->attrs[i].data, a->attrs[i].len);
        put_label(&req, a, from, to);
        return sys_rtnl_talk(rtnl, &req, NULL, NULL);
}

/* ---- moving ----------------------------------------------------------------------------------------------------- */

static int set_up(struct sys_rtnl *rtnl, int index)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;

        change.up = true;
        return sys_link_change(rtnl, index, &change);
}

static int change_namespace(struct sys_rtnl *rtnl, int index, int netns_fd, const char *name)
{
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;

        change.netns_fd = netns_fd;
        change.name = name;
        return sys_link_change(rtnl, index, &change);
}

/* Addresses and state in the new place. */
static int settle(struct sys_rtnl *rtnl, const struct sys_link *link, const struct sys_netdev *dev, bool up, const char *from,
                  struct err *e)
{
        int r = 0;

        for (size_t i = 0; i < dev->n_addresses && r == 0; i++) {
                r = add_address(rtnl, link->index, &dev->addresses[i], from, link->name);
                if (r < 0)
                        err_sys(e, -r, "RTM_NEWADDR", "cannot give network device '%s' its address %zu of %zu again", link->name,
                                i + 1, dev->n_addresses);
        }
        if (r == 0 && up) {
                r = set_up(rtnl, link->index);
                if (r < 0)
                        err_sys(e, -r, "RTM_NEWLINK", "cannot bring up network device '%s'", link->name);
        }
        if (r < 0)
                err_kernel(e, rtnl->words[0] ? rtnl->words : NULL);
        return r;
}

static int say_move(struct sys_rtnl *rtnl, int r, const char *host_name, const char *name, struct err *e)
{
        err_sys(e, -r, "RTM_NEWLINK", "cannot move network device '%s' to the container as '%s'", host_name, name);
        err_kernel(e, rtnl->words[0] ? rtnl->words : NULL);
        if (r == -EINVAL)
                err_hint(e, "devices such as bridges and tunnels may be bound to the namespace in which they were made");
        else if (r == -EPERM)
                err_hint(e, "this needs CAP_NET_ADMIN over both network namespaces");
        return r;
}

static int check_name_is_free(struct sys_rtnl *there, const char *host_name, const char *name, struct err *e)
{
        struct sys_link link;
        int r;

        if (strchr(name, '%'))
                return 0;
        r = sys_link_find(there, name, &link);
        if (r == -ENODEV)
                return 0;
        if (r < 0)
                return err_sys(e, -r, "RTM_GETLINK", "cannot look for network device '%s' in the container", name);
        err_sys(e, EEXIST, "RTM_GETLINK", "cannot move network device '%s' to the container: it has a device '%s'", host_name, name);
        err_hint(e, "choose another 'name', or a template such as 'eth%%d'");
        return -EEXIST;
}

static int find_moved(struct sys_rtnl *there, const char *name, const struct sys_link_list *before, struct sys_link *ret)
{
        _cleanup_(sys_link_list_done) struct sys_link_list now = { 0 };
        const struct sys_link *found;
        int r;

        if (!strchr(name, '%'))
                return sys_link_find(there, name, ret);
        r = sys_link_list_read(there, &now);
        if (r < 0)
                return r;
        found = find_new(&now, before);
        if (!found)
                return -ENODEV;
        *ret = *found;
        return 0;
}

/* change_namespace, undone where it was done by half. */
static int send_over(struct sys_rtnl *here, const struct sys_link *link, const char *name, struct sys_netdev *dev, struct err *e)
{
        struct sys_link still;
        int r = change_namespace(here, link->index, dev->netns_fd, name);

        if (r >= 0)
                return 0;
        say_move(here, r, dev->host_name, name, e);
        /* The kernel moves first and renames then: between the two it may have stopped. */
        snprintf(dev->name, sizeof dev->name, "%s", dev->host_name);
        if (sys_link_find(here, dev->host_name, &still) == -ENODEV)
                sys_netdev_move_back(dev, NULL);
        return r;
}

static int move(struct sys_rtnl *here, struct sys_rtnl *there, const struct sys_link *link, const char *name, struct sys_netdev *dev,
                struct err *e)
{
        _cleanup_(sys_link_list_done) struct sys_link_list before = { 0 };
        struct sys_link moved;
        int r = check_name_is_free(there, dev->host_name, name, e);

        if (r < 0)
                return r;
        r = sys_link_list_read(there, &before);
        if (r < 0)
                return err_sys(e, -r, "RTM_GETLINK", "cannot list the network devices of the container");
        r = send_over(here, link, name, dev, e);
        if (r < 0)
                return r;
        r = find_moved(there, name, &before, &moved);
        if (r < 0)
                return err_sys(e, -r, "RTM_GETLINK", "network device '%s' was moved to the container, but is not there as '%s'",
                               dev->host_name, name);
        snprintf(dev->name, sizeof dev->name, "%s", moved.name);
        r = settle(there, &moved, dev, true, dev->host_name, e);
        if (r < 0)
                sys_netdev_move_back(dev, NULL);
        return r;
}

static int read_device(struct sys_rtnl *here, const char *host_name, struct sys_link *link, struct sys_netdev *dev, struct err *e)
{
        int r = sys_link_find(here, host_name, link);

        if (r == -ENODEV) {
                err_sys(e, ENODEV, "RTM_GETLINK", "there is no network device '%s' to move", host_name);
                err_hint(e, "it must be in the network namespace of the runtime; see 'ip link'");
                return r;
        }
        if (r == 0)
                r = read_addresses(here, link->index, dev);
        if (r < 0)
                return err_sys(e, -r, "RTM_GETADDR", "cannot read the addresses of network device '%s'", host_name);
        snprintf(dev->host_name, sizeof dev->host_name, "%s", link->name);
        dev->was_up = link->flags & IFF_UP;
        return 0;
}

int sys_netdev_move(int netns_fd, const char *host_name, const char *name, struct sys_netdev **ret, struct err *e)
{
        _cleanup_(sys_rtnl_done) struct sys_rtnl here = SYS_RTNL_INIT, there = SYS_RTNL_INIT;
        struct sys_netdev *dev = calloc(1, sizeof *dev);
        struct sys_link link;
        int r;

        if (!dev)
                return err_nomem(e);
        dev->netns_fd = fcntl(netns_fd, F_DUPFD_CLOEXEC, 3);
        r = dev->netns_fd < 0 ? err_sys(e, errno, "fcntl", "cannot keep the container's network namespace") : 0;
        if (r == 0)
                r = sys_rtnl_open(&here, -EBADF, wanted_by, e);
        if (r == 0)
                r = sys_rtnl_open(&there, dev->netns_fd, wanted_by, e);
        if (r == 0)
                r = read_device(&here, host_name, &link, dev, e);
        if (r == 0)
                r = move(&here, &there, &link, name, dev, e);
        if (r < 0) {
                sys_netdev_free(dev);
                return r;
        }
        *ret = dev;
        return 0;
}

int sys_netdev_move_back(const struct sys_netdev *dev, struct err *e)
{
        _cleanup_(sys_rtnl_done) struct sys_rtnl here = SYS_RTNL_INIT, there = SYS_RTNL_INIT;
        _cleanup_close_ int own_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        struct sys_link link;
        int r;

        if (own_fd < 0)
                return err_sys(e, errno, "open", "cannot open the runtime's own network namespace");
        r = sys_rtnl_open(&here, -EBADF, wanted_by, e);
        if (r == 0)
                r = sys_rtnl_open(&there, dev->netns_fd, wanted_by, e);
        if (r < 0)
                return r;
        r = sys_link_find(&there, dev->name, &link);
        if (r == 0)
                r = change_namespace(&there, link.index, own_fd, dev->host_name);
        if (r == 0)
                r = sys_link_find(&here, dev->host_name, &link);
        if (r < 0)
                return err_sys(e, -r, "RTM_NEWLINK", "cannot take network device '%s' back from the container", dev->host_name);
        return settle(&here, &link, dev, dev->was_up, dev->host_name, e);
}

int sys_netdev_keep(struct sys_rtnl *rtnl, const struct sys_link *link, struct sys_netdev **ret, struct err *e)
{
        struct sys_netdev *dev = calloc(1, sizeof *dev);
        int r;

        if (!dev)
                return err_nomem(e);
        dev->netns_fd = -EBADF;
        dev->was_up = link->flags & IFF_UP;
        snprintf(dev->host_name, sizeof dev->host_name, "%s", link->name);
        r = read_addresses(rtnl, link->index, dev);
        if (r < 0) {
                sys_netdev_free(dev);
                return err_sys(e, -r, "RTM_GETADDR", "cannot read the addresses of network device '%s'", link->name);
        }
        *ret = dev;
        return 0;
}

int sys_netdev_give_back(struct sys_rtnl *rtnl, const struct sys_link *link, const struct sys_netdev *dev, struct err *e)
{
        return settle(rtnl, link, dev, dev->was_up, dev->host_name, e);
}

void sys_netdev_free(struct sys_netdev *dev)
{
        if (!dev)
                return;
        safe_close(dev->netns_fd);
        free(dev->addresses);
        free(dev);
}
