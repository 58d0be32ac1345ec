/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink: requests to the kernel's network configuration, in any network namespace.
 * Owns: a struct sys_rtnl owns its socket.  Layer: sys; libmnl by dlopen.  Context: parent; never init (dlopen allocates).
 *
 *      _cleanup_(sys_rtnl_done) struct sys_rtnl there = SYS_RTNL_INIT;
 *      struct sys_rtnl_request req;
 *      r = sys_rtnl_open(&there, netns_fd, "/linux/netDevices", e);
 *      sys_rtnl_begin_link(&req, RTM_NEWLINK, 0, index);
 *      sys_rtnl_put_text(&req, IFLA_IFNAME, "eth0");
 *      r = sys_rtnl_talk(&there, &req, NULL, NULL);
 *      if (r < 0) { err_sys(e, -r, "RTM_NEWLINK", …); err_kernel(e, there.words); }
 *
 * man: rtnetlink(7), netlink(7).
 */
#ifndef BERTH_SYS_RTNL_H
#define BERTH_SYS_RTNL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "err.h"

struct sys_rtnl {
        int fd;          /* owned */
        uint32_t seq;
        char words[256]; /* what the kernel said about the last failed request (NETLINK_EXT_ACK, 4.12); "" nothing */
};
#define SYS_RTNL_INIT ((struct sys_rtnl) { .fd = -EBADF })

struct sys_rtnl_request {
        _Alignas(8) char buf[4096];
        struct nlmsghdr *header; /* in buf */
};

/* A socket in the namespace of NETNS_FD; -EBADF: our own.  This thread visits the other namespace for the moment of
 * socket(2).  WANTED_BY is the config field, for the error when libmnl is missing.
 * Returns 0, or: -ENOENT no libmnl; -ENOTSUP built without; -EPERM, -EINVAL no such namespace. */
int sys_rtnl_open(struct sys_rtnl *rtnl, int netns_fd, const char *wanted_by, struct err *e);
void sys_rtnl_done(struct sys_rtnl *rtnl);
/* Load libmnl alone, for those who build requests and send none: tests. */
int sys_rtnl_load(const char *wanted_by, struct err *e);

/* Begin a request of TYPE (RTM_*) with NLM_F_* FLAGS about link INDEX (0: none), or about an address of it. */
void sys_rtnl_begin_link(struct sys_rtnl_request *req, uint16_t type, uint16_t flags, int index);
void sys_rtnl_begin_address(struct sys_rtnl_request *req, uint16_t type, uint16_t flags, const struct ifaddrmsg *address);
/* The same for any family: BODY is the fixed part, LEN bytes.  sys_rtnl_put_body adds another one, inside of an attribute. */
void sys_rtnl_begin(struct sys_rtnl_request *req, uint16_t type, uint16_t flags, const void *body, size_t len);
void sys_rtnl_put_body(struct sys_rtnl_request *req, const void *body, size_t len);
/* What is put between the two lies inside of ATTR. */
struct nlattr *sys_rtnl_nest(struct sys_rtnl_request *req, uint16_t attr);
void sys_rtnl_nest_end(struct sys_rtnl_request *req, struct nlattr *nest);
/* Add attributes; they must fit (4 KiB are plenty for what is asked here). */
void sys_rtnl_put(struct sys_rtnl_request *req, uint16_t attr, const void *data, size_t len);
void sys_rtnl_put_u32(struct sys_rtnl_request *req, uint16_t attr, uint32_t value);
void sys_rtnl_put_text(struct sys_rtnl_request *req, uint16_t attr, const char *text);

/* Send the request and wait for its end.  EACH, if not NULL, is called for every message of the answer; what it returns
 * below 0 ends the listening.  Returns 0 or -errno, and the kernel's words in rtnl->words. */
int sys_rtnl_talk(struct sys_rtnl *rtnl, struct sys_rtnl_request *req, int (*each)(void *arg, const struct nlmsghdr *msg),
                  void *arg);

/* The attributes of MSG behind a fixed part of SKIP bytes: TABLE[i] gets a pointer to attribute i, MAX the highest. */
void sys_rtnl_parse(const struct nlmsghdr *msg, size_t skip, const struct nlattr **table, unsigned max);
/* The same for the attributes inside of NEST. */
void sys_rtnl_parse_nested(const struct nlattr *nest, const struct nlattr **table, unsigned max);
const void *sys_rtnl_data(const struct nlattr *attr);
size_t sys_rtnl_data_len(const struct nlattr *attr);
void *sys_rtnl_payload(const struct nlmsghdr *msg);

#endif
