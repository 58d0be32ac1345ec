/* SPDX-License-Identifier: Apache-2.0 */
/* The acting half of `berth lxc-net`: what up and down share, and who does what.
 * Owns: struct lxcnet_work owns its arena, its place, its sockets and its fd.  Layer: lxcnet.  Context: the command's own
 * process, in the host's network namespace, with CAP_NET_ADMIN over both.
 *
 *      up:    document ─▶ devices.c decides ─▶ record written ─▶ host.c, veth.c make, script.up ─▶ inside.c: names, addresses
 *      down:  record ─▶ teardown.c: phys back, script.down, what is left on the host
 *
 * When up fails, teardown.c runs on the record that it had written.
 */
#ifndef BERTH_LXCNET_WORK_H
#define BERTH_LXCNET_WORK_H

#include "devices.h"
#include "ipnet.h"
#include "link.h"
#include "place.h"
#include "record.h"
#include "rtnl.h"

struct lxcnet_work {
        struct arena *arena;        /* owned */
        struct lxcnet_place place;  /* owned */
        struct lxcnet_state state;  /* from standard input */
        struct lxcnet_record *record;
        struct lxcnet_document *document; /* the record's */
        int own_fd;                 /* owned: the host's network namespace */
        int netns_fd;               /* owned: the container's; -EBADF: gone */
        struct sys_rtnl here, there; /* owned: sockets in the one and in the other */
        int proc_fd;                /* owned */
        bool lo_was_up;
        void (*warn)(void *arg, const char *text);
        void *warn_arg;
};
#define LXCNET_WORK_INIT                                                                                               \
        ((struct lxcnet_work) { .place = LXCNET_PLACE_INIT, .own_fd = -EBADF, .netns_fd = -EBADF, .here = SYS_RTNL_INIT, \
                                .there = SYS_RTNL_INIT, .proc_fd = -EBADF })
void lxcnet_work_done(struct lxcnet_work *work);

/* Open the place of document PATH, and read the state from STATE_FD (-EBADF or a terminal: nothing is known). */
int lxcnet_work_open(struct lxcnet_work *work, const char *path, int state_fd, struct err *e);
/* work->netns_fd becomes FD (taken), with a socket in it. */
int lxcnet_work_enter(struct lxcnet_work *work, int fd, struct err *e);

/* The two commands. */
int lxcnet_up(struct lxcnet_work *work, struct err *e);
int lxcnet_down(struct lxcnet_work *work, struct err *e);

/* Is the process that RECORD is about alive? */
bool lxcnet_record_is_alive(const struct lxcnet_record *record);
const struct lxcnet_nic *lxcnet_nic_of(const struct lxcnet_work *work, const struct lxcnet_device *device);
struct sys_ip lxcnet_sys_ip(const struct lxcnet_ip *ip);

/* err_sys with the kernel's words on SOCKET. */
int lxcnet_fail(const struct sys_rtnl *socket, int r, const char *call, struct err *e, const char *fmt, ...) _printf_(5, 6);

/* host.c, veth.c: make DEVICE as far as the host is concerned; its end in the container has its transient name there. */
int lxcnet_host_up(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e);
int lxcnet_veth_up(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e);
int lxcnet_phys_move(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e);
/* Facts about the host's devices that go into the record; and that links are there and names are free. */
int lxcnet_host_look(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e);
int lxcnet_host_link(struct lxcnet_work *work, const struct lxcnet_device *device, struct sys_link *ret, struct err *e);

/* l2proxy.c: the link answers for the addresses, or no longer. */
int lxcnet_l2proxy_up(struct lxcnet_work *work, const struct lxcnet_device *device, struct err *e);
void lxcnet_l2proxy_down(struct lxcnet_work *work, const struct lxcnet_device *device);
/* Write VALUE to net/ipv4|ipv6/conf/DEVICE/NAME, or require that it is "1". */
int lxcnet_sysctl_set(struct lxcnet_work *work, enum lxcnet_family family, const char *device, const char *name, const char *value,
                      struct err *e);
int lxcnet_sysctl_require(struct lxcnet_work *work, enum lxcnet_family family, const char *device, const char *name, struct err *e);

/* tools.c: programs and scripts of others. */
int lxcnet_scripts_run(struct lxcnet_work *work, const struct lxcnet_device *device, bool up, struct err *e);
/* Run NAME, looked for as the shell does; WORDS end in NULL.  PURPOSE begins the sentence: "cannot put …". */
int lxcnet_tool_run(const char *name, const char *package, const char *const *words, const char *purpose, struct err *e);

/* inside.c: name, hardware address, addresses, state and gateways of DEVICE in the container. */
int lxcnet_inside_up(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e);

/* teardown.c: take away what the record speaks of, as far as it is there; goes on after a failure.  Returns the first. */
int lxcnet_teardown(struct lxcnet_work *work, struct err *e);

#endif
