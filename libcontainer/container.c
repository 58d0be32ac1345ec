/* SPDX-License-Identifier: Apache-2.0 */
#include "container.h"

#include <poll.h>
#include <time.h>

#include "run/apply-hooks.h"
#include "run/apply-record.h"
#include "sys/cgroup/cgroup.h"
#include "state/dir.h"
#include "state/lock.h"
#include "sys/probe.h"
#include "sys/process.h"
#include "state/start.h"

void container_done(struct container *c)
{
        safe_close(c->dir_fd);
        safe_close(c->root_fd);
        arena_free(c->arena);
        *c = CONTAINER_INIT;
}

static int read_record(struct container *c, struct err *e)
{
        int r = state_record_read(c->arena, c->dir_fd, c->id, &c->record, e);

        c->has_record = r >= 0;
        return r == -ENOENT ? 0 : r;
}

int container_open_at(int root_fd, const char *id, struct container *c, struct err *e)
{
        c->id = id;
        c->arena = arena_new();
        if (!c->arena)
                return err_nomem(e);
        c->dir_fd = state_dir_open(root_fd, id, e);
        return c->dir_fd < 0 ? c->dir_fd : read_record(c, e);
}

int container_open(struct berth_context *ctx, const char *id, struct container *c, struct err *e)
{
        int r = state_id_check(id, e);

        if (r < 0)
                return r;
        *e = ERR_INIT;
        c->root_fd = facade_open_root(ctx, false, e);
        if (c->root_fd == -ENOENT && e->num == 0)
                return err_set(e, ERR_NOT_FOUND, ENOENT, "container does not exist");
        return c->root_fd < 0 ? c->root_fd : container_open_at(c->root_fd, id, c, e);
}

int container_lock(struct container *c, int timeout_msec, struct err *e)
{
        int r = state_lock(c->dir_fd, c->id, timeout_msec, e);

        if (r < 0)
                return r;
        c->locked = true;
        return read_record(c, e);
}

/* A process whose first thread has ended is shown as a zombie while its other threads go on: its pidfd knows better. */
static bool is_really_dead(const struct state_process *process)
{
        _cleanup_close_ int fd = sys_process_open(process->pid, process->start_ticks);

        return fd < 0 || sys_pidfd_wait(fd, 0) == 0;
}

int container_is_alive(const struct container *c, const struct state_process *process, struct err *e)
{
        char boot_id[37];
        uint64_t ticks;
        bool zombie;
        int r;

        if (process->pid <= 0)
                return 0;
        r = sys_process_start_time(process->pid, &ticks, &zombie);
        if (r == -ESRCH)
                return 0;
        if (r < 0)
                return err_sys(e, -r, "read", "cannot read the state of process %d", (int) process->pid);
        if (ticks != process->start_ticks || (zombie && is_really_dead(process)))
                return 0;
        r = state_boot_id(boot_id, e);
        return r < 0 ? r : streq(boot_id, c->record.boot_id);
}

/* No record: whoever holds the lock is making it; if nobody does, its creator died in the first moment. */
static int status_without_record(struct container *c, enum berth_status *ret, struct err *e)
{
        int r = c->locked ? 0 : state_lock(c->dir_fd, c->id, 0, e);

        if (r == 0 && !c->locked)
                state_unlock(c->dir_fd);
        if (r < 0 && r != -EBUSY)
                return r;
        *ret = r < 0 ? BERTH_CREATING : BERTH_STOPPED;
        return 0;
}

int container_status(struct container *c, enum berth_status *ret, struct err *e)
{
        int alive, pending;

        if (!c->has_record)
                return status_without_record(c, ret, e);
        if (c->record.phase == STATE_CREATING) {
                /* Who has the lock of a half-made container knows that its creator is gone. */
                alive = c->locked ? 0 : container_is_alive(c, &c->record.creator, e);
                if (alive >= 0)
                        *ret = alive ? BERTH_CREATING : BERTH_STOPPED;
                return MIN(alive, 0);
        }
        alive = container_is_alive(c, &c->record.init, e);
        pending = alive > 0 ? state_start_is_pending(c->dir_fd, e) : 0;
        if (alive < 0 || pending < 0)
                return MIN(alive, pending);
        *ret = !alive ? BERTH_STOPPED : pending ? BERTH_CREATED : BERTH_RUNNING;
        return 0;
}

/* Kernels before 5.3 have no pidfd, and nothing else tells of the end of a process that is no child: look again and again,
 * less and less often. */
static int wait_without_pidfd(const struct state_process *process, int timeout_msec)
{
        for (int step_msec = 1, waited_msec = 0; waited_msec <= timeout_msec; waited_msec += step_msec) {
                uint64_t ticks;
                bool zombie;
                int r = sys_process_start_time(process->pid, &ticks, &zombie);

                if (r == -ESRCH || (r >= 0 && (zombie || ticks != process->start_ticks)))
                        return 0;
                if (r < 0)
                        return r;
                step_msec = MIN(step_msec * 2, 100);
                poll(NULL, 0, step_msec);
        }
        return -ETIMEDOUT;
}

int container_wait_end(const struct state_process *process, const char *what, int timeout_msec, struct err *e)
{
        _cleanup_close_ int fd = process->pid > 0 ? sys_process_open(process->pid, process->start_ticks) : -ESRCH;
        char stuck[128];
        int r = fd;

        if (fd == -ESRCH)
                return 0;
        if (fd >= 0)
                r = sys_pidfd_wait(fd, timeout_msec);
        else if (fd == -ENOSYS)
                r = wait_without_pidfd(process, timeout_msec);
        if (r != -ETIMEDOUT)
                return r >= 0 ? 0 : err_sys(e, -r, "poll", "cannot wait for the end of %s", what);
        r = err_set(e, ERR_HOST, ETIMEDOUT, "%s did not end within %d ms of SIGKILL: %s", what, timeout_msec,
                    sys_process_text(process->pid, stuck, sizeof stuck));
        err_hint(e, SYS_PROCESS_STUCK_HINT);
        return r;
}

int container_cgroup(struct container *c, struct cgroup **ret, struct err *e)
{
        const struct state_record *record = &c->record;
        bool none = !c->has_record || !record->cgroup_path || record->cgroup_manager == STATE_CGROUP_DISABLED;
        char owner[STATE_ID_MAX + 32];
        int r = 0;

        if (none)
                return sys_cgroup_new(SYS_CGROUP_DISABLED, NULL, NULL, NULL, ret, e);
        if (!c->host) {
                c->host = arena_alloc(c->arena, sizeof *c->host);
                r = c->host ? sys_probe_cgroup(c->arena, c->host, e) : err_nomem(e);
        }
        if (r < 0)
                return r;
        run_cgroup_owner(c->id, record->created_usec, owner, sizeof owner);
        return sys_cgroup_new(record->cgroup_manager == STATE_CGROUP_SYSTEMD ? SYS_CGROUP_SYSTEMD : SYS_CGROUP_FS, c->host,
                              record->cgroup_path, owner, ret, e);
}

static const oci_hook_list *hooks_of(const struct state_record *record, enum oci_hook_kind kind)
{
        switch (kind) {
        case OCI_HOOK_LXC_START_HOST: return &record->start_host;
        case OCI_HOOK_POSTSTART: return &record->poststart;
        case OCI_HOOK_LXC_STOP: return &record->stop;
        default: return &record->poststop;
        }
}

int container_run_hooks(struct berth_context *ctx, int dir_fd, const struct state_record *record, enum oci_hook_kind kind,
                        struct sys_interrupt *interrupt, struct err *e)
{
        const struct oci_state state = {
                .oci_version = record->oci_version,
                .id = record->id,
                .pid = record->init.pid,
                .bundle = record->bundle,
                .annotations = record->annotations,
        };
        const struct run_hooks job = {
                .hooks = hooks_of(record, kind), .kind = kind, .dir_fd = dir_fd, .state = &state, .debug = facade_debug,
                .interrupt = interrupt,
        };
        bool ended = kind == OCI_HOOK_POSTSTOP || kind == OCI_HOOK_LXC_STOP;

        return run_hooks_run(&job, ended ? facade_warn : NULL, ctx, e);
}

const char *container_created_text(const struct state_record *record, char *buf, size_t size)
{
        time_t seconds = (time_t) (record->created_usec / 1000000);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
                snprintf(buf, size, "1970-01-01T00:00:00");
        snprintf(buf + strlen(buf), size - strlen(buf), ".%06uZ", (unsigned) (record->created_usec % 1000000));
        return buf;
}
