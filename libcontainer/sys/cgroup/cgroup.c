/* SPDX-License-Identifier: Apache-2.0 */
/* The handle, and the way to the manager that is in charge. */
#include <fcntl.h>
#include <string.h>

#include "cgroup/private.h"
#include "str.h"

/* Of a host without cgroup2: the freezer, since killing needs it, or whatever there is. */
static int choose_primary(const struct host *host)
{
        int freezer = cgroup_v1_find(host, "freezer");

        return host->v2_mount ? CGROUP_V2 : MAX(freezer, 0);
}

static bool has_cgroups(const struct host *host) { return host->v2_mount || host->n_v1 > 0; }

int sys_cgroup_new(enum sys_cgroup_kind kind, const struct host *host, const char *path, const char *owner,
                   struct cgroup **ret, struct err *e)
{
        _cleanup_(sys_cgroup_freep) struct cgroup *cg = calloc(1, sizeof *cg);

        if (!cg)
                return err_nomem(e);
        cg->v2_fd = -EBADF;
        cg->host = host;
        if (kind == SYS_CGROUP_SYSTEMD) {
                err_set(e, ERR_HOST, ENOTSUP, "the systemd cgroup driver is not built into this version");
                err_hint(e, "use --cgroup-manager=cgroupfs");
                return -ENOTSUP;
        }
        if (path && strlen(path) > SYS_CGROUP_PATH_MAX)
                return err_set(e, ERR_CONFIG, ENAMETOOLONG, "the cgroup path '%.40s…' is too long", path);
        if (kind == SYS_CGROUP_FS && path && has_cgroups(host)) {
                cg->manager = &cgroup_manager_fs;
                cg->primary = choose_primary(host);
                cg->path = strdup(path);
                cg->owner = owner ? strdup(owner) : NULL;
                if (!cg->path || (owner && !cg->owner))
                        return err_nomem(e);
        }
        *ret = TAKE_PTR(cg);
        return 0;
}

void sys_cgroup_free(struct cgroup *cg)
{
        if (!cg)
                return;
        safe_close(cg->v2_fd);
        free(cg->path);
        free(cg->owner);
        free(cg);
}

static bool is_nothing(const struct cgroup *cg) { return !cg->manager || cg->absent; }

bool sys_cgroup_is_absent(const struct cgroup *cg) { return is_nothing(cg); }

int sys_cgroup_dir_fd(const struct cgroup *cg) { return is_nothing(cg) ? -EBADF : cg->v2_fd; }

int sys_cgroup_create(struct cgroup *cg, const struct sys_cgroup_needs *needs, struct err *e)
{
        return is_nothing(cg) ? 0 : cg->manager->create(cg, needs, e);
}

int sys_cgroup_attach(struct cgroup *cg, pid_t pid, bool in_v2, struct err *e)
{
        return is_nothing(cg) ? 0 : cg->manager->attach(cg, pid, in_v2, e);
}

int sys_cgroup_set(struct cgroup *cg, const struct cgroup_setting *setting, struct err *e)
{
        if (is_nothing(cg))
                return err_set(e, ERR_HOST, ENOTSUP, "cannot set %s: the container has no cgroup", setting->file);
        return cg->manager->set(cg, setting, e);
}

int sys_cgroup_devices(struct cgroup *cg, const struct cgroup_device_policy *policy, struct err *e)
{
        return is_nothing(cg) ? 0 : cg->manager->devices(cg, policy, e);
}

int sys_cgroup_destroy(struct cgroup *cg, unsigned timeout_msec, struct err *e)
{
        return is_nothing(cg) ? 0 : cg->manager->destroy(cg, timeout_msec, e);
}

/* ------------------------------------------------------------------------------------------------------------------
 * What is asked of the directories themselves, the same under every manager */

int sys_cgroup_pids(struct cgroup *cg, struct sys_pids *ret, struct err *e)
{
        _cleanup_(sys_pids_done) struct sys_pids pids = { 0 };
        _cleanup_close_ int fd = is_nothing(cg) ? -ENOENT : cgroup_open_dir(cg, cg->primary);
        int r = fd < 0 ? fd : cgroup_pids_below(fd, &pids);

        if (r < 0 && r != -ENOENT && r != -ENODEV)
                return err_sys(e, -r, "read", "cannot list the processes of the cgroup '%s'", cg->path);
        *ret = pids;
        pids = (struct sys_pids) { 0 };
        return 0;
}

int sys_cgroup_populated(struct cgroup *cg, struct err *e)
{
        _cleanup_(sys_pids_done) struct sys_pids pids = { 0 };
        int r;

        if (is_nothing(cg))
                return 0;
        if (cg->primary == CGROUP_V2) {
                r = cgroup_v2_fd(cg);
                r = r < 0 ? r : cgroup_v2_flag(r, "cgroup.events", "populated");
                if (r == -ENOENT || r == -ENODEV)
                        return 0;
                return r < 0 ? err_sys(e, -r, "read", "cannot read cgroup.events of the cgroup '%s'", cg->path) : r;
        }
        r = sys_cgroup_pids(cg, &pids, e);
        return r < 0 ? r : pids.n > 0;
}

static int v1_frozen(const struct cgroup *cg, int h)
{
        char path[PATH_MAX], state[32];
        size_t len;
        ssize_t n;

        sys_cgroup_dir(cg, h, path, sizeof path);
        len = strlen(path);
        snprintf(path + len, sizeof path - len, "/freezer.state");
        n = cgroup_read(AT_FDCWD, path, state, sizeof state);
        return n < 0 ? (int) n : !streq(state, "THAWED");
}

/* Beside v1 either freezer may have been used: ask both. */
int sys_cgroup_frozen(struct cgroup *cg, struct err *e)
{
        int freezer, fd, r = 0;

        if (is_nothing(cg))
                return 0;
        freezer = cgroup_v1_find(cg->host, "freezer");
        if (cg->host->v2_mount) {
                fd = cgroup_v2_fd(cg);
                r = fd < 0 ? fd : cgroup_v2_flag(fd, "cgroup.events", "frozen");
        }
        if (freezer >= 0 && r <= 0)
                r = v1_frozen(cg, freezer);
        /* Gone, removed meanwhile, or a kernel whose cgroup2 does not freeze (before 5.2). */
        if (r == -ENOENT || r == -ENODEV || r == -ENODATA)
                return 0;
        return r < 0 ? err_sys(e, -r, "read", "cannot read the freezer's state of the cgroup '%s'", cg->path) : r;
}

/* A stopped wait leaves nothing half done: what could not be frozen in time is thawed again. */
static int v2_freeze(int fd, bool freeze, uint64_t deadline)
{
        int r = cgroup_write(fd, "cgroup.freeze", freeze ? "1" : "0");

        if (r == 0)
                r = cgroup_v2_wait(fd, "frozen", freeze, deadline);
        if (r == -ETIMEDOUT && freeze)
                cgroup_write(fd, "cgroup.freeze", "0");
        return r;
}

static int v1_freeze(struct cgroup *cg, bool freeze, uint64_t deadline)
{
        int h = cgroup_v1_find(cg->host, "freezer"), r;
        _cleanup_close_ int fd = h < 0 ? -ENOTSUP : cgroup_open_dir(cg, h);

        if (fd < 0)
                return fd;
        r = cgroup_v1_freeze(fd, freeze, deadline);
        if (r == -ETIMEDOUT && freeze)
                cgroup_write(fd, "freezer.state", "THAWED");
        return r;
}

int sys_cgroup_freeze(struct cgroup *cg, bool freeze, unsigned timeout_msec, struct err *e)
{
        uint64_t deadline = cgroup_now_msec() + timeout_msec;
        const char *verb = freeze ? "freeze" : "thaw";
        int r, fd = -ENOENT;

        if (is_nothing(cg))
                return err_set(e, ERR_HOST, ENOTSUP, "cannot %s: the container has no cgroup", verb);
        r = cgroup_claim_check(cg, e);
        if (r == -ENOENT)
                return err_set(e, ERR_STATE, ENOENT, "cannot %s: the cgroup '%s' is gone", verb, cg->path);
        if (r < 0)
                return r;
        if (cg->host->v2_mount)
                fd = cgroup_v2_fd(cg);
        r = fd < 0 ? fd : v2_freeze(fd, freeze, deadline);
        if ((r == -ENOENT || !freeze) && cgroup_v1_find(cg->host, "freezer") >= 0)
                r = v1_freeze(cg, freeze, deadline);
        if (r == -ETIMEDOUT)
                return err_set(e, ERR_HOST, ETIMEDOUT, "cannot %s the cgroup '%s' within %u ms", verb, cg->path, timeout_msec);
        return r < 0 ? err_sys(e, -r, "write", "cannot %s the cgroup '%s'", verb, cg->path) : 0;
}

int sys_cgroup_open(const struct cgroup *cg, const char *controller)
{
        int h = is_nothing(cg) ? -1 : cgroup_v1_find(cg->host, controller);

        if (is_nothing(cg))
                return -ENOENT;
        if (h < 0 && !cg->host->v2_mount)
                return -ENOENT;
        return cgroup_open_dir(cg, h < 0 ? CGROUP_V2 : h);
}
