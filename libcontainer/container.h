/* SPDX-License-Identifier: Apache-2.0 */
/* A container that exists, as the later commands see it: its directory, its record, and what can be observed of it.
 * Owns: struct container owns its fds and its arena.  Layer: facade, not installed.
 *
 *      _cleanup_(container_done) struct container c = CONTAINER_INIT;
 *      r = container_open(ctx, id, &c, e);
 *      r = container_lock(&c, CONTAINER_LOCK_MSEC, e);      only to change it; reads the record again
 *      r = container_status(&c, &status, e);
 */
#ifndef BERTH_CONTAINER_H
#define BERTH_CONTAINER_H

#include "facade.h"
#include "state/record.h"
#include "state.h"

struct cgroup; /* sys/cgroup/cgroup.h */
struct host;
struct sys_interrupt; /* sys/interrupt.h */

enum { CONTAINER_LOCK_MSEC = 10000, CONTAINER_DEATH_MSEC = 10000 };

struct container {
        struct arena *arena; /* owned: record, host */
        const char *id;      /* the caller's */
        int root_fd, dir_fd; /* owned */
        bool has_record;     /* false: the creator has not written one, or died before it could */
        bool locked;
        struct state_record record;
        struct host *host;   /* probed for its cgroups; NULL until it is needed */
};
#define CONTAINER_INIT ((struct container) { .root_fd = -EBADF, .dir_fd = -EBADF })
void container_done(struct container *c);

/* Open ID and read its record.  -ENOENT "container does not exist"; -EINVAL a bad id, or the record is damaged (dir_fd is
 * open then). */
int container_open(struct berth_context *ctx, const char *id, struct container *c, struct err *e);
/* The same below ROOT_FD, which stays the caller's. */
int container_open_at(int root_fd, const char *id, struct container *c, struct err *e);

/* Lock it and read its record again.  -EBUSY, -ENOENT it was deleted while we waited. */
int container_lock(struct container *c, int timeout_msec, struct err *e);

/* Observe.  Takes no lock, but where a creation left no record. */
int container_status(struct container *c, enum berth_status *ret, struct err *e);
/* Is the process that it is lives on by this boot?  1 or 0 (a zombie is dead), or -errno. */
int container_is_alive(const struct container *c, const struct state_process *process, struct err *e);

/* Wait until PROCESS has ended.  0; -ETIMEDOUT naming it by WHAT ("the container's init"), its state and what it waits for. */
int container_wait_end(const struct state_process *process, const char *what, int timeout_msec, struct err *e);

/* A handle on its cgroup in *RET, owned by the caller; on nothing where it has none. */
int container_cgroup(struct container *c, struct cgroup **ret, struct err *e);

/* Run RECORD's hooks of KIND: start-host, poststart, stop or poststop.  Those of a container's end go on after a failure and
 * only warn; the first failure of others is returned.  DIR_FD is the container's directory (run/apply-hooks.h);
 * a signal that INTERRUPT takes (NULL: none) ends a hook.
 * Context: parent. */
int container_run_hooks(struct berth_context *ctx, int dir_fd, const struct state_record *record, enum oci_hook_kind kind,
                        struct sys_interrupt *interrupt, struct err *e);

/* RECORD's time of creation, RFC 3339 with microseconds, in BUF. */
const char *container_created_text(const struct state_record *record, char *buf, size_t size);

#endif
