/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "apply-net.h"
#include "sys/cgroup/cgroup.h"

void run_done(struct run *run)
{
        for (size_t i = 0; run->step_fds && i < run->plan->n_steps; i++)
                safe_close(run->step_fds[i]);
        free(run->step_fds);
        free((void *) run->record.net_devices.items);
        if (run->shared)
                munmap(run->shared, sizeof *run->shared);
        run_net_done(run);
        sys_cgroup_free(run->cgroup);
        safe_close(run->sync_fd);
        safe_close(run->peer_fd);
        safe_close(run->state_fd);
        safe_close(run->init_pidfd);
        safe_close(run->idmap_fd);
        safe_close(run->cgroup_fd);
        safe_close(run->start_fd);
        safe_close(run->terminal_fd);
        safe_close(run->console_fd);
        safe_close(run->console_peer_fd);
        safe_close(run->hook_stdout_fd);
        safe_close(run->hook_stderr_fd);
        *run = RUN_INIT;
}

int run_undo(struct run *run, struct err *e)
{
        enum { DEADLINE_MSEC = 10000 };

        int r = run_net_undo(run, e), s = run->cgroup ? sys_cgroup_destroy(run->cgroup, DEADLINE_MSEC, r < 0 ? NULL : e) : 0;

        return r < 0 ? r : s;
}
