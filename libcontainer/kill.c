/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "sys/cgroup/cgroup.h"
#include "container.h"
#include "sys/process.h"

static int not_running(struct err *e) { return err_set(e, ERR_STATE, ESRCH, "container not running"); }

/* Everything in its cgroup, also what outlived its first process; when that is nothing, there is nothing to do, as in runc. */
static int kill_all(struct container *c, int signal, bool alive, struct err *e)
{
        _cleanup_(sys_cgroup_freep) struct cgroup *cgroup = NULL;
        int r = container_cgroup(c, &cgroup, e);

        if (r < 0)
                return r;
        r = sys_cgroup_populated(cgroup, e);
        if (r < 0)
                return r;
        if (r > 0)
                return sys_cgroup_kill(cgroup, signal, e);
        if (!alive)
                return 0;
        /* Alive and in no cgroup of ours: it was made without one. */
        r = sys_process_signal(c->record.init.pid, c->record.init.start_ticks, signal);
        return r == -ESRCH ? not_running(e) : r < 0 ? err_sys(e, -r, "kill", "cannot send signal %d", signal) : 0;
}

static int kill_init(const struct container *c, int signal, struct err *e)
{
        int r = sys_process_signal(c->record.init.pid, c->record.init.start_ticks, signal);

        if (r == -ESRCH)
                return not_running(e);
        return r < 0 ? err_sys(e, -r, "pidfd_send_signal", "cannot send signal %d to process %d", signal, (int) c->record.init.pid) : 0;
}

static int kill_container(struct berth_context *ctx, const char *id, int signal, unsigned flags, struct err *e)
{
        _cleanup_(container_done) struct container c = CONTAINER_INIT;
        int r = container_open(ctx, id, &c, e), alive;

        if (r < 0)
                return r;
        if (!c.has_record || c.record.phase != STATE_CREATED)
                return not_running(e);
        alive = container_is_alive(&c, &c.record.init, e);
        if (alive < 0)
                return alive;
        /* In a pid namespace of its own the end of init ends all; elsewhere SIGKILL has to reach each. */
        if ((flags & BERTH_KILL_ALL) || (signal == SIGKILL && !c.record.private_pid_ns))
                return kill_all(&c, signal, alive, e);
        return alive ? kill_init(&c, signal, e) : not_running(e);
}

int berth_kill(struct berth_context *ctx, const char *id, int signal, unsigned flags, struct berth_error *error)
{
        struct err e = ERR_INIT;

        return facade_return(kill_container(ctx, id, signal, flags, &e), &e, error);
}
