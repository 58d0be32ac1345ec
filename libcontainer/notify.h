/* SPDX-License-Identifier: Apache-2.0 */
/* NOTIFY_SOCKET: the payload's "I am ready" on its way to systemd, sd_notify(3).
 * Owns: struct notify owns its fd.  Layer: facade, not installed.  Context: parent.
 *
 * The host's socket is not for the container: it may be abstract, and systemd takes messages only from processes of the
 * unit's cgroup, which the payload has left.  So the create binds the directory ROOT/ID/notify to /run/notify in the
 * container (plan/mounts.c), and who starts the container puts a socket there, waits for READY=1 on it, and says READY=1 to
 * the host for the payload.  Nothing else is passed on: the payload is hostile.
 *
 *      _cleanup_(notify_done) struct notify n = NOTIFY_INIT;
 *      r = notify_open(dir_fd, &n, e);                  before init is told to start
 *      notify_serve(&n, init.pid, init.start_ticks, true, e);
 */
#ifndef BERTH_NOTIFY_H
#define BERTH_NOTIFY_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "err.h"
#include "state/record.h"

struct notify {
        int fd; /* bound where the payload sends to; -EBADF: nobody has asked for it */
        struct sockaddr_un host;
        socklen_t host_len;
};
#define NOTIFY_INIT ((struct notify) { .fd = -EBADF })
void notify_done(struct notify *n);

/* The environment's NOTIFY_SOCKET, or NULL. */
const char *notify_host(void);

/* Make the directory below DIR_FD (ROOT/ID) that the container will see.  0 or -errno. */
int notify_make_dir(int dir_fd, struct err *e);

/* Put the socket there, when the environment names one of the host's and the create has made the directory; else N stays
 * as it is.  0; -EINVAL NOTIFY_SOCKET is no address; -errno. */
int notify_open(int dir_fd, struct notify *n, struct err *e);

/* Until the payload is ready or INIT has ended: READY=1 goes to the host, with MAINPID=INIT where MAIN.  Returns at once
 * when N is not open.  0 also when init ended without a word; -errno the host's socket does not take it. */
int notify_serve(const struct notify *n, const struct state_process *init, bool main, struct err *e);

/* The same in a child of ours, for a runtime that is busy with the container's streams.  Its pid, 0 when N is not open. */
pid_t notify_serve_aside(const struct notify *n, const struct state_process *init, struct err *e);

#endif
