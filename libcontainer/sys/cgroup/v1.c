/* SPDX-License-Identifier: Apache-2.0 */
/* What only v1 hierarchies need.  kernel: Documentation/admin-guide/cgroup-v1/{cpusets,devices,freezer-subsystem}.rst. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "cgroup/private.h"
#include "str.h"

int cgroup_v1_find(const struct host *host, const char *controller)
{
        for (unsigned h = 0; h < host->n_v1; h++)
                if (cgroup_list_has(host->v1[h].controllers, controller, strlen(controller)))
                        return (int) h;
        return -1;
}

/* A new cpuset has no CPUs and no memory nodes, and refuses processes until it has both. */
static int copy_down(int parent_fd, int fd, const char *file)
{
        char has[64], value[4096];
        ssize_t n = cgroup_read(fd, file, has, sizeof has);

        if (n > 0 || n == -E2BIG)
                return 0; /* it has some */
        if (n < 0)
                return (int) n;
        n = cgroup_read(parent_fd, file, value, sizeof value);
        return n < 0 ? (int) n : cgroup_write(fd, file, value);
}

int cgroup_v1_fill_cpuset(const char *mount, const char *path, struct err *e)
{
        char dir[PATH_MAX];
        _cleanup_close_ int parent_fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        snprintf(dir, sizeof dir, "%s%s/", mount, path);
        for (char *slash = strchr(dir + strlen(mount) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                int fd, r;

                *slash = '\0';
                fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                r = fd < 0 ? -errno : copy_down(parent_fd, fd, "cpuset.cpus");
                if (r == 0)
                        r = copy_down(parent_fd, fd, "cpuset.mems");
                safe_close(parent_fd);
                parent_fd = fd;
                if (r < 0)
                        return err_sys(e, -r, "write", "cannot give '%s' the CPUs and memory nodes of its parent", dir);
                *slash = '/';
        }
        return 0;
}

static int write_device(const char *dir, bool allow, const char *text, struct err *e)
{
        const char *file = allow ? "devices.allow" : "devices.deny";
        char path[PATH_MAX];
        int r;

        snprintf(path, sizeof path, "%s/%s", dir, file);
        r = cgroup_write(AT_FDCWD, path, text);
        if (r == 0)
                return 0;
        err_sys(e, -r, "write", "cannot write the device rule '%s' to %s of the cgroup '%s'", text, file, dir);
        if (r == -EPERM)
                err_hint(e, "a cgroup cannot allow a device that its parent denies");
        else if (r == -EINVAL && text[0] == 'a')
                err_hint(e, "a cgroup that has children cannot be reset");
        return r;
}

static int write_rule(const char *dir, const struct cgroup_device_rule *rule, struct err *e)
{
        char major[16] = "*", minor[16] = "*", text[64];

        if (rule->major != CGROUP_DEV_ANY)
                snprintf(major, sizeof major, "%d", rule->major);
        if (rule->minor != CGROUP_DEV_ANY)
                snprintf(minor, sizeof minor, "%d", rule->minor);
        snprintf(text, sizeof text, "%c %s:%s %s%s%s", rule->type, major, minor, rule->access & CGROUP_DEV_READ ? "r" : "",
                 rule->access & CGROUP_DEV_WRITE ? "w" : "", rule->access & CGROUP_DEV_MKNOD ? "m" : "");
        return write_device(dir, rule->allow, text, e);
}

int cgroup_v1_devices(struct cgroup *cg, int h, const struct cgroup_device_policy *policy, struct err *e)
{
        char dir[PATH_MAX];
        int r;

        sys_cgroup_dir(cg, h, dir, sizeof dir);
        r = write_device(dir, policy->allow_others, "a", e);
        for (size_t i = 0; r == 0 && i < policy->n; i++)
                r = write_rule(dir, &policy->rules[i], e);
        return r;
}

/* The v1 freezer has no event to wait for, and must be asked again to make progress: the kernel's own documentation says
 * so.  Short waits that grow, until the deadline. */
int cgroup_v1_freeze(int dir_fd, bool freeze, uint64_t deadline_msec)
{
        const char *goal = freeze ? "FROZEN" : "THAWED";

        for (int wait_msec = 1;; wait_msec = MIN(2 * wait_msec, 16)) {
                char state[32];
                int r = cgroup_write(dir_fd, "freezer.state", goal), left = cgroup_left_msec(deadline_msec);

                if (r == 0)
                        r = (int) cgroup_read(dir_fd, "freezer.state", state, sizeof state);
                if (r < 0 || streq(state, goal))
                        return MIN(r, 0);
                if (left == 0)
                        return -ETIMEDOUT;
                poll(NULL, 0, MIN(wait_msec, left));
        }
}
