/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "rtnl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "syscalls.h"

#ifdef HAVE_MNL
#include <libmnl/libmnl.h>

#include "dl.h"

#define MNL_FUNCTIONS(X)                                                                                               \
        X(mnl_nlmsg_put_header) X(mnl_nlmsg_put_extra_header) X(mnl_nlmsg_ok) X(mnl_nlmsg_next) X(mnl_nlmsg_get_payload) \
        X(mnl_nlmsg_get_payload_offset) X(mnl_nlmsg_get_payload_tail) X(mnl_attr_put) X(mnl_attr_put_u32)              \
        X(mnl_attr_put_strz) X(mnl_attr_ok) X(mnl_attr_next) X(mnl_attr_get_type) X(mnl_attr_get_payload)              \
        X(mnl_attr_get_payload_len) X(mnl_attr_nest_start) X(mnl_attr_nest_end)

#define X(name) static __typeof__(name) *p_##name;
MNL_FUNCTIONS(X)
#undef X

static const struct sys_dl_symbol symbols[] = {
#define X(name) { #name, (void **) &p_##name },
        MNL_FUNCTIONS(X)
#undef X
};
static struct sys_dl libmnl = SYS_DL("libmnl.so.0", "libmnl0", symbols);
SYS_DL_NOTE("netdev", "Moves network devices into containers", "suggested", "libmnl.so.0");

static int load(const char *wanted_by, struct err *e) { return sys_dl_open(&libmnl, wanted_by, e); }

void sys_rtnl_begin_link(struct sys_rtnl_request *req, uint16_t type, uint16_t flags, int index)
{
        struct ifinfomsg *link;

        req->header = p_mnl_nlmsg_put_header(req->buf);
        req->header->nlmsg_type = type;
        req->header->nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags);
        link = p_mnl_nlmsg_put_extra_header(req->header, sizeof *link);
        link->ifi_family = AF_UNSPEC;
        link->ifi_index = index;
}

void sys_rtnl_begin_address(struct sys_rtnl_request *req, uint16_t type, uint16_t flags, const struct ifaddrmsg *address)
{
        struct ifaddrmsg *body;

        req->header = p_mnl_nlmsg_put_header(req->buf);
        req->header->nlmsg_type = type;
        req->header->nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags);
        body = p_mnl_nlmsg_put_extra_header(req->header, sizeof *body);
        *body = *address;
}

void sys_rtnl_begin(struct sys_rtnl_request *req, uint16_t type, uint16_t flags, const void *body, size_t len)
{
        req->header = p_mnl_nlmsg_put_header(req->buf);
        req->header->nlmsg_type = type;
        req->header->nlmsg_flags = (uint16_t) (NLM_F_REQUEST | flags);
        sys_rtnl_put_body(req, body, len);
}

void sys_rtnl_put_body(struct sys_rtnl_request *req, const void *body, size_t len)
{
        memcpy(p_mnl_nlmsg_put_extra_header(req->header, len), body, len);
}

struct nlattr *sys_rtnl_nest(struct sys_rtnl_request *req, uint16_t attr) { return p_mnl_attr_nest_start(req->header, attr); }
void sys_rtnl_nest_end(struct sys_rtnl_request *req, struct nlattr *nest) { p_mnl_attr_nest_end(req->header, nest); }

void sys_rtnl_put(struct sys_rtnl_request *req, uint16_t attr, const void *data, size_t len)
{
        p_mnl_attr_put(req->header, attr, len, data);
}

void sys_rtnl_put_u32(struct sys_rtnl_request *req, uint16_t attr, uint32_t value)
{
        p_mnl_attr_put_u32(req->header, attr, value);
}

void sys_rtnl_put_text(struct sys_rtnl_request *req, uint16_t attr, const char *text)
{
        p_mnl_attr_put_strz(req->header, attr, text);
}

void sys_rtnl_parse(const struct nlmsghdr *msg, size_t skip, const struct nlattr **table, unsigned max)
{
        const char *end = p_mnl_nlmsg_get_payload_tail(msg);

        for (unsigned i = 0; i <= max; i++)
                table[i] = NULL;
        for (const struct nlattr *a = p_mnl_nlmsg_get_payload_offset(msg, skip); p_mnl_attr_ok(a, (int) (end - (const char *) a));
             a = p_mnl_attr_next(a))
                if (p_mnl_attr_get_type(a) <= max)
                        table[p_mnl_attr_get_type(a)] = a;
}

void sys_rtnl_parse_nested(const struct nlattr *nest, const struct nlattr **table, unsigned max)
{
        const char *end = (const char *) p_mnl_attr_get_payload(nest) + p_mnl_attr_get_payload_len(nest);

        for (unsigned i = 0; i <= max; i++)
                table[i] = NULL;
        for (const struct nlattr *a = p_mnl_attr_get_payload(nest); p_mnl_attr_ok(a, (int) (end - (const char *) a));
             a = p_mnl_attr_next(a))
                if (p_mnl_attr_get_type(a) <= max)
                        table[p_mnl_attr_get_type(a)] = a;
}

const void *sys_rtnl_data(const struct nlattr *attr) { return p_mnl_attr_get_payload(attr); }
size_t sys_rtnl_data_len(const struct nlattr *attr) { return p_mnl_attr_get_payload_len(attr); }
void *sys_rtnl_payload(const struct nlmsghdr *msg) { return p_mnl_nlmsg_get_payload(msg); }

/* The answer to a request: 0 or -errno, with the kernel's sentence where it has one.  The original message is left out of
 * it (NETLINK_CAP_ACK), unless the kernel is too old for that. */
static int take_error(struct sys_rtnl *rtnl, const struct nlmsghdr *msg)
{
        const struct nlmsgerr *error = sys_rtnl_payload(msg);
        const struct nlattr *attrs[NLMSGERR_ATTR_MSG + 1];
        size_t skip = sizeof *error;

        if (msg->nlmsg_len < NLMSG_LENGTH(sizeof *error))
                return -EBADMSG;
        if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
                return error->error;
        if (!(msg->nlmsg_flags & NLM_F_CAPPED))
                skip += error->msg.nlmsg_len - sizeof(struct nlmsghdr);
        if (msg->nlmsg_len < NLMSG_LENGTH(skip))
                return error->error;
        sys_rtnl_parse(msg, skip, attrs, NLMSGERR_ATTR_MSG);
        if (attrs[NLMSGERR_ATTR_MSG])
                snprintf(rtnl->words, sizeof rtnl->words, "%.*s", (int) sys_rtnl_data_len(attrs[NLMSGERR_ATTR_MSG]),
                         (const char *) sys_rtnl_data(attrs[NLMSGERR_ATTR_MSG]));
        return error->error;
}

/* One datagram, which may hold many messages.  1: more to come; 0: done. */
static int take_datagram(struct sys_rtnl *rtnl, const char *buf, int len, int (*each)(void *, const struct nlmsghdr *), void *arg)
{
        for (const struct nlmsghdr *msg = (const void *) buf; p_mnl_nlmsg_ok(msg, len); msg = p_mnl_nlmsg_next(msg, &len)) {
                int r = 0;

                if (msg->nlmsg_seq != rtnl->seq)
                        continue;
                if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
                        return -EAGAIN;
                if (msg->nlmsg_type == NLMSG_ERROR)
                        return take_error(rtnl, msg);
                if (msg->nlmsg_type == NLMSG_DONE)
                        return 0;
                if (each)
                        r = each(arg, msg);
                if (r < 0)
                        return r;
        }
        return 1;
}

int sys_rtnl_talk(struct sys_rtnl *rtnl, struct sys_rtnl_request *req, int (*each)(void *, const struct nlmsghdr *), void *arg)
{
        _Alignas(8) char buf[32768];
        ssize_t n;
        int r;

        rtnl->words[0] = '\0';
        req->header->nlmsg_seq = ++rtnl->seq;
        if ((req->header->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
                req->header->nlmsg_flags |= NLM_F_ACK;
        if (send(rtnl->fd, req->header, req->header->nlmsg_len, MSG_NOSIGNAL) < 0)
                return -errno;
        do {
                n = recv(rtnl->fd, buf, sizeof buf, MSG_TRUNC);
                if (n < 0 && errno == EINTR) {
                        r = 1;
                        continue;
                }
                if (n < 0)
                        return -errno;
                r = n > (ssize_t) sizeof buf ? -EMSGSIZE : take_datagram(rtnl, buf, (int) n, each, arg);
        } while (r == 1);
        return r;
}

#else

static int load(const char *wanted_by, struct err *e)
{
        return err_set(e, ERR_HOST, ENOTSUP, "%s needs libmnl, and this berth was built without it", wanted_by);
}

/* Without load() nobody comes here. */
void sys_rtnl_begin_link(struct sys_rtnl_request *req _unused_, uint16_t type _unused_, uint16_t flags _unused_, int i _unused_) { }
void sys_rtnl_begin_address(struct sys_rtnl_request *req _unused_, uint16_t type _unused_, uint16_t flags _unused_,
                            const struct ifaddrmsg *address _unused_) { }
void sys_rtnl_begin(struct sys_rtnl_request *req _unused_, uint16_t type _unused_, uint16_t flags _unused_,
                    const void *body _unused_, size_t len _unused_) { }
void sys_rtnl_put_body(struct sys_rtnl_request *req _unused_, const void *body _unused_, size_t len _unused_) { }
struct nlattr *sys_rtnl_nest(struct sys_rtnl_request *req _unused_, uint16_t attr _unused_) { return NULL; }
void sys_rtnl_nest_end(struct sys_rtnl_request *req _unused_, struct nlattr *nest _unused_) { }
void sys_rtnl_parse_nested(const struct nlattr *nest _unused_, const struct nlattr **t _unused_, unsigned m _unused_) { }
void sys_rtnl_put(struct sys_rtnl_request *req _unused_, uint16_t attr _unused_, const void *d _unused_, size_t len _unused_) { }
void sys_rtnl_put_u32(struct sys_rtnl_request *req _unused_, uint16_t attr _unused_, uint32_t value _unused_) { }
void sys_rtnl_put_text(struct sys_rtnl_request *req _unused_, uint16_t attr _unused_, const char *text _unused_) { }
void sys_rtnl_parse(const struct nlmsghdr *msg _unused_, size_t skip _unused_, const struct nlattr **t _unused_, unsigned m _unused_) { }
const void *sys_rtnl_data(const struct nlattr *attr _unused_) { return NULL; }
size_t sys_rtnl_data_len(const struct nlattr *attr _unused_) { return 0; }
void *sys_rtnl_payload(const struct nlmsghdr *msg _unused_) { return NULL; }
int sys_rtnl_talk(struct sys_rtnl *rtnl _unused_, struct sys_rtnl_request *req _unused_,
                  int (*each)(void *, const struct nlmsghdr *) _unused_, void *arg _unused_)
{
        return -ENOTSUP;
}

#endif

/* A socket belongs to the namespace that its maker was in.  Coming back must not fail: the thread would be in the wrong
 * namespace for all that follows. */
static int socket_in(int netns_fd, struct err *e)
{
        _cleanup_close_ int own_fd = -EBADF, fd = -EBADF;
        int r;

        if (netns_fd < 0) {
                fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
                return fd < 0 ? err_sys(e, errno, "socket", "cannot open a netlink socket") : TAKE_FD(fd);
        }
        own_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (own_fd < 0)
                return err_sys(e, errno, "open", "cannot open the runtime's own network namespace");
        r = sys_setns(netns_fd, CLONE_NEWNET);
        if (r < 0)
                return err_sys(e, -r, "setns", "cannot enter the container's network namespace");
        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        r = fd < 0 ? err_sys(e, errno, "socket", "cannot open a netlink socket in the container's network namespace") : 0;
        if (sys_setns(own_fd, CLONE_NEWNET) < 0)
                abort();
        return r < 0 ? r : TAKE_FD(fd);
}

int sys_rtnl_open(struct sys_rtnl *rtnl, int netns_fd, const char *wanted_by, struct err *e)
{
        const int one = 1;
        int r = load(wanted_by, e);

        if (r < 0)
                return r;
        r = socket_in(netns_fd, e);
        if (r < 0)
                return r;
        *rtnl = (struct sys_rtnl) { .fd = r };
        setsockopt(rtnl->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
        setsockopt(rtnl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one);
        return 0;
}

int sys_rtnl_load(const char *wanted_by, struct err *e) { return load(wanted_by, e); }

void sys_rtnl_done(struct sys_rtnl *rtnl) { rtnl->fd = safe_close(rtnl->fd); }
