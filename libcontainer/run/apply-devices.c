/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-devices.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan/devices.h"
#include "plan/mounts.h"
#include "safepath.h"
#include "step.h"
#include "sys/devices.h"

static struct sys_node to_node(const struct step_device *d)
{
        static const mode_t types[] = {
                [PLAN_NODE_CHAR] = S_IFCHR, [PLAN_NODE_BLOCK] = S_IFBLK, [PLAN_NODE_FIFO] = S_IFIFO,
        };

        return (struct sys_node) {
                .path = d->path, .type = types[d->node], .major = d->major, .minor = d->minor,
                .mode = d->mode, .uid = d->uid, .gid = d->gid,
        };
}

int apply_source_open_device(struct run *run, const struct step *step, struct err *e)
{
        const struct step_device *d = step->u.device;
        struct sys_node node = to_node(d), aside = to_node(d);
        int fd = -ENOSYS;

        aside.uid = d->host_uid;
        aside.gid = d->host_gid;
        if (d->made_aside)
                fd = sys_device_make_aside(&aside, e);
        if (fd == -ENOSYS || fd == -EPERM) /* an old kernel, no CAP_MKNOD or a device that the runtime itself may not have */
                fd = sys_device_source(&node, e);
        if (fd == -ENOSYS) /* init opens it, if it may */
                return 0;
        if (fd < 0)
                return fd;
        run->step_fds[run_row(run, step)] = fd;
        return 0;
}

/* The directory of PATH: nearly always /dev itself, which is kept open for the next.  *RET_OWNED is what the caller has
 * to close. */
static int open_dir_of(struct run *run, const char *path, char name[static NAME_MAX + 1], int *ret_owned, struct err *e)
{
        const char *in_dev = str_after(path, "/dev/");
        int fd;

        if (!in_dev || strchr(in_dev, '/') || strlen(in_dev) > NAME_MAX || streq(in_dev, "..")) {
                fd = sys_path_open_parent(run->rootfs_fd, path, true, name, e);
                if (fd >= 0)
                        *ret_owned = fd;
                return fd;
        }
        if (run->dev_fd < 0) {
                fd = sys_path_make_dir(run->rootfs_fd, "/dev", e);
                if (fd < 0)
                        return fd;
                run->dev_fd = fd;
        }
        memcpy(name, in_dev, strlen(in_dev) + 1);
        return run->dev_fd;
}

static int make_mount_point(struct run *run, const char *path, struct err *e)
{
        int fd = sys_path_make_file(run->rootfs_fd, path, e);

        if (fd < 0)
                return fd;
        close(fd);
        return 0;
}

/* Where the last of the config's mounts that PATH lies on is; NULL: it lies on the root file system. */
static const char *mount_below(const struct run *run, const char *path)
{
        const char *found = NULL;

        for (size_t i = 0; i < run->plan->n_steps; i++) {
                const struct step *step = &run->plan->steps[i];
                const char *target = step->op == PLAN_MOUNT_ATTACH ? step->u.mount->args.target : NULL;
                const char *rest = target ? str_after(path, target) : NULL;

                if (rest && rest[0] == '/')
                        found = target;
        }
        return found;
}

/* Programs get EACCES from it, which looks like anything but this. */
static void tell_barred(struct run *run, const char *path, int dir_fd)
{
        const char *mount;

        if (run->nodev_told || !sys_device_is_barred(dir_fd))
                return;
        run->nodev_told = true;
        mount = mount_below(run, path);
        if (mount)
                run_warn(run, "'%s' and other device nodes cannot be opened: the mount on '%s' has the option 'nodev'; remove it from "
                              "the config", path, mount);
        else
                run_warn(run, "'%s' and other device nodes cannot be opened: the root file system '%s' is mounted with 'nodev'; mount "
                              "a tmpfs on '/dev', or remount it with 'dev'", path, run->rootfs_path);
}

int apply_device_create(struct run *run, const struct step *step, struct err *e)
{
        const struct step_device *d = step->u.device;
        _cleanup_close_ int owned = -EBADF, source_fd = -EBADF;
        char name[NAME_MAX + 1];
        struct sys_node node;
        int dir_fd;

        if (d->node == PLAN_NODE_MOUNT_POINT)
                return make_mount_point(run, d->path, e);
        dir_fd = open_dir_of(run, d->path, name, &owned, e);
        if (dir_fd < 0)
                return dir_fd;
        node = to_node(d);
        if (!d->bind) {
                if (d->node != PLAN_NODE_FIFO)
                        tell_barred(run, d->path, dir_fd);
                return sys_device_make(&node, dir_fd, name, run->proc_fd, e);
        }
        if (d->source_row >= 0)
                source_fd = TAKE_FD(run->step_fds[d->source_row]);
        return sys_device_bind(&node, dir_fd, name, source_fd, run->proc_fd, run->rootfs_fd, e);
}

int apply_device_link(struct run *run, const struct step *step, struct err *e)
{
        const struct step_device *d = step->u.device;
        _cleanup_close_ int owned = -EBADF;
        char name[NAME_MAX + 1];
        int dir_fd;

        if (d->if_exists && access(d->if_exists, F_OK) < 0)
                return 0;
        dir_fd = open_dir_of(run, d->path, name, &owned, e);
        return dir_fd < 0 ? dir_fd : sys_device_link(dir_fd, name, d->target, d->replace, d->path, e);
}
