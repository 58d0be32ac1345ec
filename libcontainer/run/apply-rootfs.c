/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-rootfs.h"

#include <fcntl.h>

#include "apply-mounts.h"
#include "exec.h"
#include "mask.h"
#include "ns.h"
#include "plan/rootfs.h"
#include "sealexe.h"
#include "step.h"
#include "sys/rootfs.h"

int apply_source_open_rootfs(struct run *run, const struct step *step, struct err *e)
{
        const struct step_rootfs *rootfs = step->u.rootfs;
        _cleanup_close_ int fd = sys_rootfs_clone(rootfs->path, e);
        int r;

        if (fd == -ENOSYS && rootfs->idmap)
                return err_set(e, ERR_HOST, ENOTSUP, "the root file system '%s': idmapped mounts need Linux 5.12", rootfs->path);
        if (fd == -ENOSYS) /* init opens it, if it may */
                return 0;
        if (fd < 0)
                return fd;
        r = rootfs->idmap ? run_map_ids(run, &rootfs->args, rootfs->idmap, fd, e) : 0;
        if (r < 0)
                return r;
        run->step_fds[run_row(run, step)] = TAKE_FD(fd);
        return 0;
}

int apply_rootfs_options(struct run *run, const struct step *step, struct err *e)
{
        return run_change_mount(run, &step->u.rootfs->args, run->rootfs_fd, e);
}

int apply_rootfs_propagation(struct run *run _unused_, const struct step *step, struct err *e)
{
        return sys_rootfs_propagation((unsigned long) step->u.number, e);
}

int apply_rootfs_bind(struct run *run, const struct step *step, struct err *e)
{
        const struct step_rootfs *rootfs = step->u.rootfs;
        _cleanup_close_ int clone_fd = -EBADF;
        int fd;

        if (rootfs->source_row >= 0)
                clone_fd = TAKE_FD(run->step_fds[rootfs->source_row]);
        if (rootfs->bind)
                fd = sys_rootfs_attach(&(struct sys_rootfs) { .path = rootfs->path, .clone_fd = clone_fd,
                                                              .propagation = rootfs->propagation,
                                                              .unshare_parent = rootfs->unshare_parent }, e);
        else
                fd = sys_rootfs_open(rootfs->path, e);
        if (fd < 0)
                return fd;
        run->rootfs_fd = fd;
        return 0;
}

static bool is_among(int fd, const int *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (list[i] == fd)
                        return true;
        return false;
}

/* From here on init is the container's, and may be parked for long.  What it still holds of the host (directories of state
 * and cgroups, whatever the caller leaked) could be stolen through /proc/PID/fd, and keeps the caller's pipes open. */
static int let_go_of_host(struct run *run, struct err *e)
{
        const struct plan_request *request = run->plan->request;
        int keep[] = {
                run->sync_fd,    run->start_fd,       run->report_fd,      run->rootfs_fd, run->proc_fd,
                run->console_fd, run->hook_stdout_fd, run->hook_stderr_fd, run->null_fd,   run->empty_dir_fd,
        };

        unsigned first = 3 + request->listen_fds + request->preserve_fds;

        /* In a gap of those that are passed on, ours are known by what all of ours have: */
        for (unsigned fd = 3; fd < first; fd++)
                if (fcntl((int) fd, F_GETFD) > 0 && !is_among((int) fd, keep, ARRAY_SIZE(keep)))
                        close((int) fd);
        run->cgroup_fd = run->root_fd = run->dev_fd = -EBADF;
        return sys_exec_close_others(first, keep, ARRAY_SIZE(keep), run->proc_fd, e);
}

int apply_rootfs_pivot(struct run *run, const struct step *step, struct err *e)
{
        /* In a namespace that others live in nothing is mounted for our convenience. */
        int proc_fd = plan_ns_is_new(run->plan, OCI_NS_MOUNT) ? run->proc_fd : -EBADF;
        int r = let_go_of_host(run, e);

        if (r < 0)
                return r;
        switch ((enum plan_pivot) step->u.number) {
        case PLAN_PIVOT_ROOT: return sys_rootfs_pivot(run->rootfs_fd, proc_fd, false, e);
        case PLAN_PIVOT_OLD_SHARED: return sys_rootfs_pivot(run->rootfs_fd, proc_fd, true, e);
        case PLAN_PIVOT_MOVE: return sys_rootfs_move(run->rootfs_fd, run->proc_fd, e);
        case PLAN_PIVOT_CHROOT: return sys_rootfs_chroot(run->rootfs_fd, e);
        }
        return err_set(e, ERR_INTERNAL, EINVAL, "unknown way to change the root");
}

int apply_rootfs_readonly(struct run *run, const struct step *step _unused_, struct err *e)
{
        return sys_rootfs_readonly(run->rootfs_fd, run->proc_fd, e);
}

int apply_path_readonly(struct run *run, const struct step *step, struct err *e)
{
        return sys_mask_readonly(run->rootfs_fd, run->proc_fd, step->u.text, e);
}

int apply_path_writable(struct run *run, const struct step *step, struct err *e)
{
        return sys_mask_writable(run->rootfs_fd, run->proc_fd, step->u.text, e);
}

int apply_path_mask(struct run *run, const struct step *step, struct err *e)
{
        struct sys_mask mask = {
                .empty_dir_fd = run->empty_dir_fd,
                .null_fd = run->null_fd,
                .context = run->plan->host->selinux ? run->plan->spec->linux_->mount_label : NULL,
        };
        int r = sys_mask_path(&mask, run->rootfs_fd, run->proc_fd, step->u.text, e);

        run->empty_dir_fd = mask.empty_dir_fd;
        run->null_fd = mask.null_fd;
        return r;
}

/* A reaper, which never becomes another program, will wipe them. */
static void keep_arguments(struct run *run, const struct sealexe *seal)
{
        run->arg_start = seal->arg_start;
        run->arg_end = seal->arg_end;
        run->env_start = seal->env_start;
        run->env_end = seal->env_end;
}

/* The caller's command line, with the host's paths, and its environment are nobody's business in a shared pid namespace. */
static void entitle(struct run *run, struct sealexe *seal)
{
        seal->title = run->title;
        seal->title_bytes = (size_t) snprintf(run->title, sizeof run->title, "berth:[init]%c%s", 0, run->plan->request->id) + 1;
}

static int seal_exe(struct run *run, struct sealexe *seal, struct err *e)
{
        int r;

        if (!sys_sealexe_is_possible() && sys_sealexe_is_sealed()) /* berth_protect_executable has seen to it */
                return run->plan->spec->extensions.reaper ? sys_sealexe_layout(seal, e) : 0;
        r = sys_sealexe_prepare(seal, e);
        if (r < 0)
                return r;
        seal->copy_all = run->plan->spec->extensions.reaper || !plan_ns_is_new(run->plan, OCI_NS_MOUNT);
        if (!run->plan->spec->extensions.reaper) /* which gives itself one */
                entitle(run, seal);
        return sys_sealexe_enter(seal, e);
}

int apply_exe_seal(struct run *run, const struct step *step _unused_, struct err *e)
{
        _cleanup_(sys_sealexe_done) struct sealexe seal = SEALEXE_INIT;
        int r = seal_exe(run, &seal, e);

        if (r == 0)
                keep_arguments(run, &seal);
        return r;
}
