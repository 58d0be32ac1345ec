/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of messages between the processes of a create, and between `start` and the parked init.
 * Owns: nothing; the socket is the caller's.  Layer: run.  Context: parent, mid, init; no allocation.
 *
 *          parent                      mid (only where needed)                 init
 *            |---- clone3 ---------------->|                                     |
 *            |<--- USERNS (made) ----------|                                     |
 *            |---- PROCEED (maps are set)->|---- clone3(CLONE_PARENT) ---------->|
 *            |<--- INIT_PID ---------------|  _exit                              |
 *            |---- PROCEED ----------------------------------------------------->|
 *            |<--- MOUNTED ------------------------------------------------------|   where runtime hooks exist
 *            |---- HOOKED ------------------------------------------------------>|
 *            |---- CONFINED ---------------------------------------------------->|   where seccomp loads before start
 *            |<--- SECCOMP_FD ---------------------------------------------------|   where a listener exists
 *            |<--- READY --------------------------------------------------------|
 *            |---- HANDOVER (recorded; live on without me) --------------------->|   parked
 *          start ---- START (a connection of its own) -------------------------->|
 *            |<--- EXECUTING (no hook is left) ----------------------------------|
 *            |<--- PREPARED -----------------------------------------------------|   where start-host hooks exist
 *            |---- RELEASE (they are done) ------------------------------------->|
 *            |<--- ERROR, or end of file: execve happened -----------------------|
 *
 * Any side may send ERROR at any time instead of what the other waits for; WARNING may precede any message.  What is not
 * in the table, comes twice or has another size is a protocol error.  A peer's death is end of file, never a hang.
 */
#ifndef BERTH_RUN_PROTO_H
#define BERTH_RUN_PROTO_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_interrupt;

#define PROTO_MESSAGES(X)                                                                                              \
        /*id         name          from               to                 payload                            */        \
        X(USERNS, "userns", PROTO_MID, PROTO_PARENT, 0)                                                                \
        X(INIT_PID, "init-pid", PROTO_MID, PROTO_PARENT, sizeof(int32_t))                                              \
        X(PROCEED, "proceed", PROTO_PARENT, PROTO_MID | PROTO_INIT, 0)                                                 \
        X(MOUNTED, "mounted", PROTO_INIT, PROTO_PARENT, 0)                                                             \
        X(HOOKED, "hooked", PROTO_PARENT, PROTO_INIT, 0)                                                               \
        X(CONFINED, "confined", PROTO_PARENT, PROTO_INIT, 0)                                                           \
        X(SECCOMP_FD, "seccomp-fd", PROTO_INIT, PROTO_PARENT, 0) /* with one fd by SCM_RIGHTS */                       \
        X(READY, "ready", PROTO_INIT, PROTO_PARENT, 0)                                                                 \
        X(HANDOVER, "handover", PROTO_PARENT, PROTO_INIT, 0)                                                           \
        X(START, "start", PROTO_START, PROTO_INIT, 0)                                                                  \
        X(EXECUTING, "executing", PROTO_INIT, PROTO_START, 0)                                                          \
        X(PREPARED, "prepared", PROTO_INIT, PROTO_START, 0)                                                            \
        X(RELEASE, "release", PROTO_START, PROTO_INIT, 0)                                                              \
        X(WARNING, "warning", PROTO_MID | PROTO_INIT, PROTO_PARENT | PROTO_START, PROTO_TEXT_BYTES)                    \
        X(ERROR, "error", PROTO_MID | PROTO_INIT, PROTO_PARENT | PROTO_START, sizeof(struct err))

/* Who talks; a bit each. */
enum proto_side { PROTO_PARENT = 1, PROTO_MID = 2, PROTO_INIT = 4, PROTO_START = 8 };
enum { PROTO_TEXT_BYTES = 512 };

enum proto_message {
#define X(id, name, from, to, size) MSG_##id,
        PROTO_MESSAGES(X)
#undef X
                MSG_COUNT
};

/* A received message; the payload's meaning follows from the name. */
struct proto_packet {
        uint32_t message; /* enum proto_message */
        union {
                int32_t pid;
                char text[PROTO_TEXT_BYTES];
                struct err err;
        } u;
};

/* What else happens to who waits for a message. */
struct proto_listener {
        void (*warn)(void *arg, const char *text); /* NULL: warnings go unheard */
        void *arg;
        struct sys_interrupt *interrupt; /* sys/interrupt.h; NULL: nothing ends the wait */
};

const char *proto_name(enum proto_message message);

/* Send MESSAGE with its payload (NULL where the table says 0) and FD, or -EBADF for none.
 * Returns 0, or: -EPIPE the peer is gone.  man: sendmsg(2), unix(7). */
int proto_send(int sock_fd, enum proto_side self, enum proto_message message, const void *payload, int fd);

/* Receive one packet into *PACKET.  *RET_FD gets the passed fd or -EBADF (owned by the caller); NULL: none may come.
 * Returns 1; 0 at end of file; -EPROTO what came is not in the table for SELF; -errno. */
int proto_receive(int sock_fd, enum proto_side self, struct proto_packet *packet, int *ret_fd);

/* Wait for EXPECTED, passing warnings to LISTENER (or NULL) on the way.  An ERROR packet becomes *e (as it was sent) and its -errno;
 * end of file becomes -EPIPE with e untouched: the caller knows better why a peer died.  -EINTR: a signal came before. */
int proto_expect(int sock_fd, enum proto_side self, enum proto_message expected, struct proto_packet *packet, int *ret_fd,
                 const struct proto_listener *listener, struct err *e);

#endif
