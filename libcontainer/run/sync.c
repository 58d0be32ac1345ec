/* SPDX-License-Identifier: Apache-2.0 */
/* The sync.* rows: where the processes meet.  Layer: run.  Context: all. */
#include <sys/prctl.h>

#include "init.h"
#include "proto.h"
#include "step.h"
#include "syscalls.h"

static const enum proto_message messages[PLAN_SYNC_COUNT] = {
        [PLAN_SYNC_USERNS] = MSG_USERNS,     [PLAN_SYNC_INIT_PID] = MSG_INIT_PID, [PLAN_SYNC_PROCEED] = MSG_PROCEED,
        [PLAN_SYNC_MOUNTED] = MSG_MOUNTED,   [PLAN_SYNC_HOOKED] = MSG_HOOKED,     [PLAN_SYNC_CONFINED] = MSG_CONFINED,
        [PLAN_SYNC_READY] = MSG_READY,       [PLAN_SYNC_HANDOVER] = MSG_HANDOVER, [PLAN_SYNC_PREPARED] = MSG_PREPARED,
        [PLAN_SYNC_RELEASE] = MSG_RELEASE, [PLAN_SYNC_EXECUTING] = MSG_EXECUTING,
};

static enum proto_side side_of(enum plan_ctx ctx)
{
        static const enum proto_side sides[] = { [PLAN_PARENT] = PROTO_PARENT, [PLAN_MID] = PROTO_MID, [PLAN_INIT] = PROTO_INIT };
        return sides[ctx];
}

/* Once started, init talks with `start`. */
static int socket_of(const struct run *run, enum plan_sync sync)
{
        return sync == PLAN_SYNC_PREPARED || sync == PLAN_SYNC_RELEASE ? run->report_fd : run->sync_fd;
}

int apply_sync_send(struct run *run, const struct step *step, struct err *e)
{
        int32_t pid = run->init_pid;
        const void *payload = step->u.sync == PLAN_SYNC_INIT_PID ? &pid : NULL;
        int r;

        if (step->u.sync == PLAN_SYNC_EXECUTING) {
                init_tell_executing(run);
                return 0;
        }
        /* From READY on the parent may end at any moment, once it has handed over; until then its end is end of file in
         * the wait for that, so init still goes with it. */
        if (run->ctx == PLAN_INIT && step->u.sync == PLAN_SYNC_READY)
                prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
        r = proto_send(socket_of(run, step->u.sync), side_of(run->ctx), messages[step->u.sync], payload, -EBADF);

        if (r < 0)
                return err_sys(e, -r, "sendmsg", "cannot tell the other side '%s'", plan_sync_name(step->u.sync));
        return 0;
}

/* The mid has told who init is.  It is our child too, so that its pid cannot be another's before we reap it. */
static void adopt_init(struct run *run, pid_t pid)
{
        run->init_pid = pid;
        run->init_pidfd = sys_pidfd_open(pid, 0);
}

int apply_sync_wait(struct run *run, const struct step *step, struct err *e)
{
        struct proto_packet packet;
        int r = proto_expect(socket_of(run, step->u.sync), side_of(run->ctx), messages[step->u.sync], &packet, NULL,
                             &run->listener, e);

        if (r == 0 && step->u.sync == PLAN_SYNC_INIT_PID)
                adopt_init(run, packet.u.pid);
        if (r == -EPIPE && run->ctx == PLAN_PARENT)
                /* The parent's undo, which reaps the dead, writes the better sentence. */
                return err_set(e, ERR_INTERNAL, EPIPE, "the container's init ended while berth waited for '%s'",
                               plan_sync_name(step->u.sync));
        if (r == -EPIPE)
                _exit(EXIT_FAILURE); /* the runtime was killed: nobody is left to be told */
        return r;
}
