/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroupfs manager: directories and files, on v1, v2 and both beside each other. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup/private.h"
#include "num.h"
#include "str.h"

/* ------------------------------------------------------------------------------------------------------------------
 * create */

static bool is_refusal(int r) { return r == -EACCES || r == -EPERM || r == -EROFS; }

static int make_error(struct err *e, int num, const char *dir)
{
        err_sys(e, num, "mkdir", "cannot make the cgroup '%s'", dir);
        if (is_refusal(-num))
                err_hint(e, "this cgroup hierarchy is not delegated to us; let linux.cgroupsPath name a place that is, or use "
                            "--cgroup-manager=disabled");
        else if (num == EAGAIN)
                err_hint(e, "the host's limit of cgroups is reached (cgroup.max.descendants, cgroup.max.depth)");
        else if (num == ENOSPC)
                err_hint(e, "the host's limit of cgroups is reached; left-over cgroups of dead containers count as well");
        return -num;
}

static int in_use_error(const struct cgroup *cg, const char *dir, struct err *e)
{
        err_set(e, ERR_EXISTS, EEXIST, "the cgroup '%s' exists and has processes", dir);
        err_hint(e, "containers cannot share a cgroup; choose another linux.cgroupsPath than '%s'", cg->path);
        return -EEXIST;
}

/* An existing cgroup must be fit for a container: unused, and not one in which init would freeze. */
static int check_unused(struct cgroup *cg, const char *dir, struct err *e)
{
        int r = sys_cgroup_populated(cg, e);

        if (r > 0)
                return in_use_error(cg, dir, e);
        if (r == 0)
                r = sys_cgroup_frozen(cg, e);
        if (r <= 0)
                return r;
        err_set(e, ERR_STATE, EBUSY, "the cgroup '%s' exists and is frozen", dir);
        err_hint(e, "thaw it, or choose another linux.cgroupsPath");
        return -EBUSY;
}

static int make_primary(struct cgroup *cg, struct err *e)
{
        struct cgroup_mark old;
        char dir[PATH_MAX];
        int made = cgroup_mkdir(sys_cgroup_dir(cg, cg->primary, dir, sizeof dir)), r = 0;

        if (made < 0)
                return make_error(e, -made, dir);
        cg->fresh = made;
        if (!made)
                r = check_unused(cg, dir, e);
        cg->refused = r < 0;
        if (r < 0)
                return r;
        r = cgroup_claim_set(cg, &old);
        if (r < 0)
                return err_sys(e, -r, "setxattr", "cannot mark the cgroup '%s' as ours", dir);
        if (made)
                return 0;
        /* Two at once: each marks before it looks again and attach looks at the mark, so that they cannot miss each other. */
        r = check_unused(cg, dir, e);
        cg->refused = r < 0;
        if (r < 0)
                cgroup_claim_restore(cg, &old);
        return r;
}

/* 1 when the cgroup in the v1 hierarchy H has processes; 0 also when it is not there. */
static int v1_is_used(const struct cgroup *cg, int h, struct err *e)
{
        _cleanup_(sys_pids_done) struct sys_pids pids = { 0 };
        _cleanup_close_ int fd = cgroup_open_dir(cg, h);
        char dir[PATH_MAX];
        int r = fd < 0 ? fd : cgroup_pids_below(fd, &pids);

        if (r < 0 && r != -ENOENT)
                return err_sys(e, -r, "read", "cannot list the processes of the cgroup '%s'", sys_cgroup_dir(cg, h, dir, sizeof dir));
        return pids.n > 0;
}

/* Before anything is made or marked: the mark stands on the primary and covers all hierarchies, so one of them that is
 * somebody else's would be emptied with ours. */
static int check_v1_unused(struct cgroup *cg, struct err *e)
{
        char dir[PATH_MAX];

        for (unsigned h = 0; h < cg->host->n_v1; h++) {
                int r = (int) h == cg->primary ? 0 : v1_is_used(cg, (int) h, e);

                if (r == 0)
                        continue;
                cg->refused = true;
                return r < 0 ? r : in_use_error(cg, sys_cgroup_dir(cg, (int) h, dir, sizeof dir), e);
        }
        return 0;
}

/* A v1 hierarchy other than the primary. */
static int make_v1(struct cgroup *cg, unsigned h, struct err *e)
{
        const char *cpuset = "cpuset";
        char dir[PATH_MAX];
        int made = cgroup_mkdir(sys_cgroup_dir(cg, (int) h, dir, sizeof dir)), r = 0;

        if (made < 0)
                return make_error(e, -made, dir);
        if (!made)
                r = v1_is_used(cg, (int) h, e);
        if (r != 0) {
                cg->v1_missing |= 1U << h; /* taken by somebody since we looked: not ours to empty */
                return r < 0 ? r : in_use_error(cg, dir, e);
        }
        if (cgroup_list_has(cg->host->v1[h].controllers, cpuset, strlen(cpuset)))
                r = cgroup_v1_fill_cpuset(cg->host->v1[h].mount, cg->path, e);
        return r;
}

static bool hierarchy_is_needed(const char *controllers, const char *needed)
{
        const char *word;
        size_t len;

        while ((word = cgroup_next_word(&controllers, &len)))
                if (cgroup_list_has(needed, word, len))
                        return true;
        return false;
}

static int fs_create(struct cgroup *cg, const struct sys_cgroup_needs *needs, struct err *e)
{
        int r = check_v1_unused(cg, e);

        if (r == 0)
                r = make_primary(cg, e);
        if (needs->optional && is_refusal(r)) {
                cg->absent = true;
                return 0;
        }
        if (r == 0 && cg->host->v2_mount)
                r = cgroup_v2_enable(cg, needs->v2 ? needs->v2 : "", e);
        for (unsigned h = 0; r == 0 && h < cg->host->n_v1; h++) {
                const char *controllers = cg->host->v1[h].controllers;

                if ((int) h == cg->primary && !hierarchy_is_needed(controllers, "cpuset"))
                        continue;
                r = make_v1(cg, h, e);
                if (is_refusal(r) && !hierarchy_is_needed(controllers, needs->v1 ? needs->v1 : "")) {
                        cg->v1_missing |= 1U << h;
                        r = 0;
                }
        }
        return r;
}

/* ------------------------------------------------------------------------------------------------------------------
 * attach */

static int write_pid(const struct cgroup *cg, int h, const char *pid, struct err *e)
{
        char path[PATH_MAX];
        size_t len = strlen(sys_cgroup_dir(cg, h, path, sizeof path));
        int r;

        snprintf(path + len, sizeof path - len, "/cgroup.procs");
        r = cgroup_write(AT_FDCWD, path, pid);
        if (r == 0)
                return 0;
        path[len] = '\0';
        err_sys(e, -r, "write", "cannot move process %s to the cgroup '%s'", pid, path);
        if (r == -EOPNOTSUPP)
                err_hint(e, "an ancestor of it is threaded (see cgroup.type), which a container's cgroup cannot be below");
        else if (r == -EBUSY)
                err_hint(e, "it passes controllers to its children and can have no processes of its own");
        else if (r == -ENOSPC)
                err_hint(e, "its cpuset has no CPUs or no memory nodes");
        else if (r == -EACCES || r == -EPERM)
                err_hint(e, "moving a process needs write access to cgroup.procs of the common ancestor of both cgroups");
        return r;
}

static int fs_attach(struct cgroup *cg, pid_t pid, bool in_v2, struct err *e)
{
        char text[16];
        int r = cgroup_claim_check(cg, e);

        if (r == -ENOENT)
                return err_set(e, ERR_STATE, ENOENT, "the cgroup '%s' was removed", cg->path);
        snprintf(text, sizeof text, "%d", (int) pid);
        if (r == 0 && cg->host->v2_mount && !in_v2)
                r = write_pid(cg, CGROUP_V2, text, e);
        for (unsigned h = 0; r == 0 && h < cg->host->n_v1; h++)
                if (!(cg->v1_missing >> h & 1))
                        r = write_pid(cg, (int) h, text, e);
        return r;
}

/* ------------------------------------------------------------------------------------------------------------------
 * set */

static int set_error(struct err *e, int num, const struct cgroup_setting *s, const char *dir, const char *file,
                     const char *value)
{
        err_sys(e, num, "write", "cannot set %s to '%s' in the cgroup '%s'", file, value, dir);
        switch (num) {
        case ENOENT:
                err_hint(e, "the '%s' controller is not enabled for this cgroup, or this kernel's lacks the file", s->controller);
                break;
        case EINVAL:
        case ERANGE:
        case ENOSPC:
                err_hint(e, "the '%s' controller does not take this value: out of range, more than the parent cgroup has, or in "
                            "conflict with another setting", s->controller);
                break;
        case EBUSY:
                err_hint(e, "the cgroup already uses more than that, or its children or siblings are in the way");
                break;
        case ENODEV:
        case ENXIO:
                err_hint(e, "there is no such device on this host");
                break;
        case EACCES:
        case EPERM:
                err_hint(e, "the '%s' controller is not delegated to us", s->controller);
                break;
        }
        return -num;
}

/* One write a line: the kernel takes one item at a time, of io.max for example one device. */
static int write_lines(const char *path, const char *value)
{
        char line[4096];

        if (!strchr(value, '\n'))
                return cgroup_write(AT_FDCWD, path, value);
        while (*value) {
                size_t len = strcspn(value, "\n");
                int r;

                if (len >= sizeof line)
                        return -E2BIG;
                memcpy(line, value, len);
                line[len] = '\0';
                r = len > 0 ? cgroup_write(AT_FDCWD, path, line) : 0;
                if (r < 0)
                        return r;
                value += len + (value[len] == '\n');
        }
        return 0;
}

static int check_usage(const char *dir, const char *value, struct err *e)
{
        char path[PATH_MAX + 16], usage_text[32];
        uint64_t limit, usage;
        ssize_t n;

        if (num_parse_u64(value, strlen(value), 10, &limit) < 0)
                return 0; /* "max" is above any usage */
        snprintf(path, sizeof path, "%s/memory.current", dir);
        n = cgroup_read(AT_FDCWD, path, usage_text, sizeof usage_text);
        if (n < 0 || num_parse_u64(usage_text, (size_t) n, 10, &usage) < 0)
                return err_sys(e, n < 0 ? (int) -n : EPROTO, "read", "cannot read '%s'", path);
        if (usage <= limit)
                return 0;
        err_set(e, ERR_HOST, EBUSY, "the memory limit %s is below the current usage of %s bytes", value, usage_text);
        err_hint(e, "checkBeforeUpdate is set: without it the kernel would free or kill until the limit is met");
        return -EBUSY;
}

static int fs_set(struct cgroup *cg, const struct cgroup_setting *s, struct err *e)
{
        const char *file = s->file, *value = s->value;
        char dir[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
        int r = 0;

        sys_cgroup_dir(cg, s->hierarchy, dir, sizeof dir);
        snprintf(path, sizeof path, "%s/%s", dir, file);
        if (s->not_below_usage)
                r = check_usage(dir, value, e);
        if (r < 0)
                return r;
        r = write_lines(path, value);
        if (r == -ENOENT && s->other_file) {
                file = s->other_file;
                value = s->other_value;
                snprintf(path, sizeof path, "%s/%s", dir, file);
                r = write_lines(path, value);
        }
        if (r == -ENOENT && s->if_exists)
                return 0;
        return r < 0 ? set_error(e, -r, s, dir, file, value) : 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int fs_devices(struct cgroup *cg, const struct cgroup_device_policy *policy, struct err *e)
{
        int h = cgroup_v1_find(cg->host, "devices"), r;

        if (h < 0 && !cg->host->v2_mount && policy->optional)
                return 0;
        if (h < 0 && !cg->host->v2_mount)
                return err_set(e, ERR_HOST, ENOTSUP, "there is no devices controller to confine the container with");
        r = h >= 0 ? cgroup_v1_devices(cg, h, policy, e) : cgroup_v2_devices(cg, policy, e);
        return is_refusal(r) && policy->optional ? 0 : r;
}

static int chown_one(int fd, const char *file, uid_t uid)
{
        return fchownat(fd, file, uid, (gid_t) -1, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0 && errno != ENOENT ? -errno : 0;
}

int sys_cgroup_delegate(struct cgroup *cg, uid_t uid, struct err *e)
{
        char files[4096] = "", name[NAME_MAX + 1];
        const char *list = files, *word;
        size_t len;
        int fd, r;

        if (sys_cgroup_is_absent(cg))
                return 0;
        fd = cgroup_v2_fd(cg);
        if (cgroup_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", files, sizeof files) < 0) /* before Linux 4.15 */
                list = "cgroup.procs cgroup.subtree_control cgroup.threads";
        r = fd < 0 ? fd : chown_one(fd, "", uid);
        while (r == 0 && (word = cgroup_next_word(&list, &len))) {
                snprintf(name, sizeof name, "%.*s", (int) len, word);
                r = chown_one(fd, name, uid);
        }
        return r < 0 ? err_sys(e, -r, "fchownat", "cannot give the cgroup '%s' to uid %u", cg->path, uid) : 0;
}

const struct cgroup_manager cgroup_manager_fs = {
        .create = fs_create,
        .attach = fs_attach,
        .set = fs_set,
        .devices = fs_devices,
        .destroy = cgroup_fs_destroy,
};
