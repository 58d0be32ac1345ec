/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "apply-net.h"
#include "sys/cgroup/cgroup.h"

void run_close_fds(struct run *run)
{
        int *const fds[] = {
                &run->sync_fd,    &run->peer_fd,         &run->init_pidfd,     &run->idmap_fd,       &run->start_fd, &run->terminal_fd,
                &run->console_fd, &run->console_peer_fd, &run->hook_stdout_fd, &run->hook_stderr_fd, &run->cgroup_fd,
        };

        for (size_t i = 0; run->step_fds && i < run->plan->n_steps; i++)
                run->step_fds[i] = safe_close(run->step_fds[i]);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                *fds[i] = safe_close(*fds[i]);
}

void run_done(struct run *run)
{
        run_close_fds(run);
        free(run->step_fds);
        free((void *) run->record.net_devices.items);
        if (run->shared)
                munmap(run->shared, sizeof *run->shared);
        run_net_done(run);
        sys_cgroup_free(run->cgroup);
        safe_close(run->state_fd);
        *run = RUN_INIT;
}

int run_undo(struct run *run, struct err *e)
{
        enum { DEADLINE_MSEC = 10000 };
        int r, s;

        run_close_fds(run); /* that there were too few may be why the create failed */
        r = run_net_undo(run, e);
        s = run->cgroup ? sys_cgroup_destroy(run->cgroup, DEADLINE_MSEC, r < 0 ? NULL : e) : 0;
        return r < 0 ? r : s;
}
