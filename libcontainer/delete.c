/* SPDX-License-Identifier: Apache-2.0 */
/* delete: the undoing of create, whatever became of it.  The order makes it safe to repeat after a crash at any point: what
 * is undone is looked up in the record, and the record goes last. */
#include <signal.h>

#include "sys/cgroup/cgroup.h"
#include "container.h"
#include "state/dir.h"
#include "state/running-hook.h"
#include "sys/process.h"

static int not_stopped(const struct container *c, enum berth_status status, struct err *e)
{
        int r = err_set(e, ERR_STATE, EBUSY, "cannot delete container %s that is not stopped: %s", c->id, berth_status_name(status));

        err_hint(e, "'berth delete --force' kills it first");
        return r;
}

static int kill_process(const struct state_process *process, const char *what, struct err *e)
{
        int r = process->pid > 0 ? sys_process_signal(process->pid, process->start_ticks, SIGKILL) : -ESRCH;

        if (r < 0 && r != -ESRCH)
                return err_sys(e, -r, "pidfd_send_signal", "cannot kill %s (process %d)", what, (int) process->pid);
        return 0;
}

/* Before the lock is asked for: who holds it may be waiting for these very processes. */
static int kill_holders(struct container *c, struct err *e)
{
        int r, alive;

        if (!c->has_record)
                return 0;
        if (c->record.phase == STATE_CREATING) {
                alive = container_is_alive(c, &c->record.creator, e);
                r = alive > 0 ? kill_process(&c->record.creator, "the command that creates the container", e) : MIN(alive, 0);
                if (r < 0 || alive == 0)
                        return r;
                return container_wait_end(&c->record.creator, "the command that creates the container", CONTAINER_DEATH_MSEC, e);
        }
        alive = container_is_alive(c, &c->record.init, e);
        return alive > 0 ? kill_process(&c->record.init, "the container's init", e) : MIN(alive, 0);
}

/* Everything that runs in the container, and its cgroup unless that is still needed. */
static int end_processes(struct container *c, bool keep_cgroup, struct err *e)
{
        const struct state_process *init = &c->record.init;
        _cleanup_(sys_cgroup_freep) struct cgroup *cgroup = NULL;
        int alive = container_is_alive(c, init, e);
        int r = alive > 0 ? kill_process(init, "the container's init", e) : MIN(alive, 0);

        if (r >= 0)
                r = container_cgroup(c, &cgroup, e);
        if (r >= 0)
                r = keep_cgroup ? sys_cgroup_kill(cgroup, SIGKILL, e) : sys_cgroup_destroy(cgroup, CONTAINER_DEATH_MSEC, e);
        if (r == -ESTALE) /* another container's by now: nothing of ours is in it */
                r = 0;
        if (r >= 0 && alive > 0)
                r = container_wait_end(init, "the container's init", CONTAINER_DEATH_MSEC, e);
        return r;
}

/* Groups of resctrl that create made, which are empty now. */
static int remove_rdt(const struct state_record *record, struct err *e)
{
        for (size_t i = 0; i < record->rdt_dirs.n; i++)
                if (rmdir(record->rdt_dirs.items[i]) < 0 && errno != ENOENT)
                        return err_sys(e, errno, "rmdir", "cannot remove the resctrl group '%s'", record->rdt_dirs.items[i]);
        return 0;
}

/* A runtime that was killed has left its hook running.  One whose runtime lives is attended to by that, and may be who called
 * us.  The leader lives, so the number of its group can be nobody else's. */
static int end_orphaned_hook(struct container *c, struct err *e)
{
        struct state_hook running;
        int r = state_hook_read(c->dir_fd, &running, e);

        if (r <= 0)
                return r;
        r = container_is_alive(c, &running.runtime, e);
        if (r != 0)
                return MIN(r, 0);
        r = container_is_alive(c, &running.hook, e);
        if (r <= 0)
                return r;
        if (kill(-running.hook.pid, SIGKILL) < 0 && errno != ESRCH)
                return err_sys(e, errno, "kill", "cannot kill the hook that an interrupted command has left running (process %d)",
                               (int) running.hook.pid);
        return container_wait_end(&running.hook, "the hook that an interrupted command has left running", CONTAINER_DEATH_MSEC, e);
}

/* LXC's moment for them: the container has stopped, and all else of it is still there. */
static int run_stop_hooks(struct berth_context *ctx, struct container *c, struct err *e)
{
        int r;

        if (c->record.stop.n == 0)
                return 0;
        r = end_processes(c, true, e);
        return r < 0 ? r : container_run_hooks(ctx, c->dir_fd, &c->record, OCI_HOOK_LXC_STOP, NULL, e);
}

/* The lock is held, and the container may be destroyed. */
static int destroy(struct berth_context *ctx, struct container *c, struct err *e)
{
        int r = c->has_record ? end_orphaned_hook(c, e) : 0;

        if (r >= 0 && c->has_record)
                r = run_stop_hooks(ctx, c, e);
        if (r >= 0 && c->has_record)
                r = end_processes(c, false, e);

        if (r >= 0)
                r = remove_rdt(&c->record, e);
        if (r >= 0 && c->has_record)
                r = container_run_hooks(ctx, c->dir_fd, &c->record, OCI_HOOK_POSTSTOP, NULL, e);
        return r < 0 ? r : state_dir_remove(c->root_fd, c->dir_fd, c->id, e);
}

/* Nobody can tell any more what belonged to it. */
static int destroy_damaged(struct berth_context *ctx, struct container *c, struct err *e)
{
        facade_log(ctx, BERTH_LOG_WARNING, "the record of '%s' is damaged: its state is removed; if processes or cgroups of it are left, they stay",
                   c->id);
        return state_dir_remove(c->root_fd, c->dir_fd, c->id, e);
}

static int delete_opened(struct berth_context *ctx, struct container *c, bool force, struct err *e)
{
        enum berth_status status;
        int r = force ? kill_holders(c, e) : container_status(c, &status, e);

        if (r < 0)
                return r;
        if (!force && (status == BERTH_CREATING || status == BERTH_RUNNING))
                return not_stopped(c, status, e);
        r = container_lock(c, CONTAINER_LOCK_MSEC, e);
        if (r >= 0)
                r = container_status(c, &status, e);
        if (r < 0)
                return r;
        /* It may have been started while we waited. */
        if (!force && status == BERTH_RUNNING)
                return not_stopped(c, status, e);
        return destroy(ctx, c, e);
}

static int delete_container(struct berth_context *ctx, const char *id, bool force, struct err *e)
{
        _cleanup_(container_done) struct container c = CONTAINER_INIT;
        int r = container_open(ctx, id, &c, e);

        if (r >= 0)
                r = delete_opened(ctx, &c, force, e);
        else if (force && c.dir_fd >= 0 && r == -EINVAL) {
                r = container_lock(&c, CONTAINER_LOCK_MSEC, e);
                r = r >= 0 ? destroy(ctx, &c, e) : r == -EINVAL ? destroy_damaged(ctx, &c, e) : r;
        }
        facade_log(ctx, BERTH_LOG_DEBUG, "delete '%s': %s", id, r == 0 ? "done" : "not done");
        return force && r == -ENOENT ? 0 : r;
}

int berth_delete(struct berth_context *ctx, const char *id, unsigned flags, struct berth_error *error)
{
        struct err e = ERR_INIT;

        return facade_return(delete_container(ctx, id, flags & BERTH_DELETE_FORCE, &e), &e, error);
}
