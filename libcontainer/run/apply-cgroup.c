/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-cgroup.h"

#include <fcntl.h>

#include "apply-record.h"
#include "dir.h"
#include "plan/cgroup.h"
#include "sys/cgroup/cgroup.h"

int apply_cgroup_create(struct run *run, const struct step *step, struct err *e)
{
        const struct step_cgroup *c = step->u.cgroup;
        struct sys_cgroup_needs needs = { c->needs_v1, c->needs_v2, c->optional };
        char owner[STATE_ID_MAX + 32];
        int fd, r;

        run_cgroup_owner(run->plan->request->id, run->created_usec, owner, sizeof owner);
        r = sys_cgroup_new(SYS_CGROUP_FS, run->plan->host, c->path, owner, &run->cgroup, e);
        if (r == 0)
                r = sys_cgroup_create(run->cgroup, &needs, e);
        if (r < 0)
                return r;
        fd = sys_cgroup_dir_fd(run->cgroup);
        if (fd < 0)
                return 0;
        run->cgroup_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return run->cgroup_fd < 0 ? err_sys(e, errno, "fcntl", "cannot duplicate the cgroup's descriptor") : 0;
}

int apply_cgroup_attach(struct run *run, const struct step *step _unused_, struct err *e)
{
        return sys_cgroup_attach(run->cgroup, run->init_pid, run->in_cgroup, e);
}

int apply_cgroup_set(struct run *run, const struct step *step, struct err *e)
{
        return sys_cgroup_set(run->cgroup, &step->u.cgroup_set->setting, e);
}

int apply_cgroup_devices(struct run *run, const struct step *step, struct err *e)
{
        return sys_cgroup_devices(run->cgroup, step->u.device_policy, e);
}

int apply_cgroup_delegate(struct run *run, const struct step *step, struct err *e)
{
        return sys_cgroup_delegate(run->cgroup, step->u.cgroup->owner, e);
}
