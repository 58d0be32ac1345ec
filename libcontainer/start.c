/* SPDX-License-Identifier: Apache-2.0 */
/* start: tell the parked init to go on, and wait until it executed its program or said why it could not. */
#include <fcntl.h>
#include <signal.h>

#include "container.h"
#include "notify.h"
#include "state/lock.h"
#include "parent.h"
#include "run/explain.h"
#include "sys/cgroup/cgroup.h"
#include "sys/process.h"
#include "state/start.h"

static int wrong_status(enum berth_status status, struct err *e)
{
        static const char *const sentences[] = {
                [BERTH_CREATING] = "cannot start a container that is still being created",
                [BERTH_CREATED] = "cannot start a container whose init does not answer",
                [BERTH_RUNNING] = "cannot start an already running container",
                [BERTH_STOPPED] = "cannot start a container that has stopped",
                [BERTH_PAUSED] = "cannot start a paused container",
        };

        return err_set(e, ERR_STATE, EINVAL, "%s", sentences[status]);
}

/* Callers match the sentence; who died of its memory limit is told so beside it. */
static int has_stopped(struct container *c, struct err *e)
{
        _cleanup_(sys_cgroup_freep) struct cgroup *cgroup = NULL;
        struct sys_cgroup_deaths deaths;
        struct err ignored;
        int r = wrong_status(BERTH_STOPPED, e);

        if (container_cgroup(c, &cgroup, &ignored) < 0)
                return r;
        explain_look_at_cgroup(cgroup, &deaths);
        if (deaths.oom_kills > 0)
                err_hint(e, "the kernel's OOM killer ended it: its memory limit is %lld bytes", (long long) deaths.memory_max);
        return r;
}

static int refuse(struct container *c, enum berth_status status, struct err *e)
{
        return status == BERTH_STOPPED ? has_stopped(c, e) : wrong_status(status, e);
}

/* What a failing hook of LXC's or of the specification means for a container that is about to run, or does. */
static int give_up(const struct container *c, int r, struct err *e)
{
        const struct state_process *init = &c->record.init;

        if (sys_process_signal(init->pid, init->start_ticks, SIGKILL) >= 0)
                snprintf(e->undone, sizeof e->undone, "the container was killed; it can be deleted");
        return r;
}

struct start_host {
        struct berth_context *ctx;
        const struct container *c;
};

static int run_start_host(void *arg, struct err *e)
{
        const struct start_host *s = arg;
        int r = container_run_hooks(s->ctx, s->c->dir_fd, &s->c->record, OCI_HOOK_LXC_START_HOST, NULL, e);

        return r < 0 ? give_up(s->c, r, e) : 0;
}

static int talk(struct berth_context *ctx, struct container *c, int sock_fd, struct err *e)
{
        struct start_host hooks = { ctx, c };
        int r = run_start_init(&(struct run_starter) {
                                       .sock_fd = sock_fd,
                                       .pid = c->record.init.pid,
                                       .start_ticks = c->record.init.start_ticks,
                                       .release = c->record.start_host.n > 0 ? run_start_host : NULL,
                                       .arg = &hooks,
                                       .listener = { .warn = facade_warn, .arg = ctx },
                               },
                               e);
        _cleanup_(sys_cgroup_freep) struct cgroup *cgroup = NULL;
        struct err ignored;

        if (r < 0 || r == RUN_EXECUTED)
                return r;
        container_cgroup(c, &cgroup, &ignored);
        return explain_started((enum run_started) r, cgroup, e);
}

static int start_locked(struct berth_context *ctx, struct container *c, struct notify *notify, struct err *e)
{
        _cleanup_close_ int sock_fd = -EBADF;
        enum berth_status status;
        int r = container_status(c, &status, e);

        if (r < 0)
                return r;
        if (status != BERTH_CREATED)
                return refuse(c, status, e);
        sock_fd = state_start_connect(c->dir_fd, e);
        if (sock_fd == -ECONNREFUSED || sock_fd == -ENOENT) {
                r = container_status(c, &status, e);
                return r < 0 ? r : refuse(c, status, e);
        }
        if (sock_fd < 0)
                return sock_fd;
        r = notify_open(c->dir_fd, notify, e);
        if (r < 0)
                return r;
        r = talk(ctx, c, sock_fd, e);
        if (r >= 0)
                state_start_done(c->dir_fd);
        return r;
}

/* runtime.md, lifecycle: a poststart hook that fails stops the container. */
static int run_poststart(struct berth_context *ctx, const struct container *c, struct err *e)
{
        int r = container_run_hooks(ctx, c->dir_fd, &c->record, OCI_HOOK_POSTSTART, NULL, e);

        return r < 0 ? give_up(c, r, e) : 0;
}

static int start_container(struct berth_context *ctx, const char *id, struct err *e)
{
        _cleanup_(container_done) struct container c = CONTAINER_INIT;
        _cleanup_(notify_done) struct notify notify = NOTIFY_INIT;
        enum berth_status status;
        int r = container_open(ctx, id, &c, e);

        if (r >= 0)
                r = container_status(&c, &status, e);
        if (r < 0)
                return r;
        /* A creator holds the lock until it is done: who has seen the container by state may start it. */
        r = container_lock(&c, CONTAINER_LOCK_MSEC, e);
        if (r == -EBUSY && status == BERTH_CREATING)
                return wrong_status(status, e);
        if (r >= 0)
                r = start_locked(ctx, &c, &notify, e);
        if (r < 0)
                return r;
        facade_log(ctx, BERTH_LOG_DEBUG, "start '%s': process %d has been released", id, (int) c.record.init.pid);
        /* A hook may ask for state, or kill and delete the container. */
        state_unlock(c.dir_fd);
        r = run_poststart(ctx, &c, e);
        return r < 0 ? r : notify_serve(&notify, &c.record.init, true, e);
}

int berth_start(struct berth_context *ctx, const char *id, struct berth_error *error)
{
        struct err e = ERR_INIT;

        return facade_return(start_container(ctx, id, &e), &e, error);
}
