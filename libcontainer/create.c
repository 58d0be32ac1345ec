/* SPDX-License-Identifier: Apache-2.0 */
/* create and run: a sealed plan becomes a container.  The steps are the plan's; here is only what stands around them: the
 * state directory, what both sides share, and the undoing. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "apply-record.h"
#include "config.h"
#include "container.h"
#include "dir.h"
#include "facade.h"
#include "foreground.h"
#include "notify.h"
#include "parent.h"
#include "plan/process.h"
#include "start.h"
#include "step.h"
#include "sys/interrupt.h"

enum { SPARE_FDS = 8 };

/* One container in the making. */
struct creation {
        struct making making;
        struct run run;
        struct sys_interrupt interrupt; /* what ends a `run` before it passes signals on */
        int root_fd; /* owned: the state root */
        /* Owned, given back for the undoing: what made the create fail with EMFILE must not keep it from cleaning up. */
        int spare_fds[SPARE_FDS];
};

static void release_spare_fds(struct creation *c)
{
        for (size_t i = 0; i < SPARE_FDS; i++)
                if (c->spare_fds[i] > 0)
                        c->spare_fds[i] = (close(c->spare_fds[i]), 0);
}

static int reserve_spare_fds(struct creation *c, struct err *e)
{
        for (size_t i = 0; i < SPARE_FDS; i++) {
                int fd = fcntl(c->root_fd, F_DUPFD_CLOEXEC, 3);

                if (fd < 0) {
                        err_sys(e, errno, "fcntl", "cannot reserve file descriptors");
                        err_hint(e, "RLIMIT_NOFILE is %llu for the runtime", (unsigned long long) c->run.caller_nofile.rlim_cur);
                        return -e->num;
                }
                c->spare_fds[i] = fd;
        }
        return 0;
}

static void creation_done(struct creation *c)
{
        release_spare_fds(c);
        sys_interrupt_done(&c->interrupt);
        run_done(&c->run);
        c->root_fd = safe_close(c->root_fd);
        making_done(&c->making);
}
#define CREATION_INIT ((struct creation) { .making = MAKING_INIT, .run = RUN_INIT, .interrupt = SYS_INTERRUPT_INIT, .root_fd = -EBADF })

/* A bundle of two thousand mounts needs as many fds for a moment; the payload's own limit is set later from its config,
 * or given back by it. */
static void raise_fd_limit(struct run *run)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &run->caller_nofile) < 0)
                return;
        limit = run->caller_nofile;
        limit.rlim_cur = limit.rlim_max;
        if (run->plan->n_steps * 2 + 64 > run->caller_nofile.rlim_cur)
                run->nofile_raised = setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int share_memory(struct run *run, struct err *e)
{
        void *p = mmap(NULL, sizeof *run->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
                return err_nomem(e);
        run->shared = p;
        run->step_fds = malloc(run->plan->n_steps * sizeof *run->step_fds);
        if (!run->step_fds)
                return err_nomem(e);
        for (size_t i = 0; i < run->plan->n_steps; i++)
                run->step_fds[i] = -EBADF;
        return 0;
}

static int open_channels(struct creation *c, bool foreground_start, struct err *e)
{
        int pair[2], r;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return err_sys(e, errno, "socketpair", "cannot make the socket between runtime and init");
        c->run.sync_fd = pair[0];
        c->run.peer_fd = pair[1];
        if (foreground_start)
                return 0;
        r = state_start_listen(c->run.state_fd, e);
        if (r < 0)
                return r;
        c->run.start_fd = r;
        return 0;
}

static uint64_t realtime_usec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_REALTIME, &t);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static void arm_fault(struct run *run, const struct berth_fault *fault)
{
        if (fault->kind == BERTH_FAULT_NONE)
                return;
        run->fault = (struct run_fault) { .step = fault->row, .num = fault->kind == BERTH_FAULT_KILL ? 0 : fault->num,
                                          .after = fault->after };
}

/* Tear down what the rows before the failed one made.  The steps themselves leave only what is listed here.  Once a hook was
 * run, the end is as long as that of a whole container (runtime.md, lifecycle): what hooks have made, hooks undo. */
static void undo(struct berth_context *ctx, struct creation *c, struct err *e)
{
        struct err why = ERR_INIT;
        bool hooked = c->run.shared && c->run.shared->hooks_began;
        int r = 0;

        release_spare_fds(c);
        if (hooked)
                r = container_run_hooks(ctx, c->run.state_fd, &c->run.record, OCI_HOOK_LXC_STOP, NULL, &why);
        if (r == 0)
                r = run_undo(&c->run, &why);
        if (r == 0 && hooked)
                r = container_run_hooks(ctx, c->run.state_fd, &c->run.record, OCI_HOOK_POSTSTOP, NULL, &why);
        if (r == 0)
                r = state_dir_remove(c->root_fd, c->run.state_fd, c->run.plan->request->id, &why);
        if (r < 0)
                snprintf(e->undone, sizeof e->undone, "not fully undone, run delete --force: %.80s", why.text);
        else
                snprintf(e->undone, sizeof e->undone, "undone; nothing was left behind");
}

/* What is asked for becomes a plan.  Nothing is made yet. */
static int decide(struct berth_context *ctx, const char *id, const struct berth_create_options *options, bool start,
                  struct making *making, struct err *e)
{
        int r = state_id_check(id, e);

        if (r == 0)
                r = making_load(ctx, id, options, making, e);
        if (r == 0 && start && !making->spec->process)
                r = err_set(e, ERR_CONFIG, EINVAL, "config.json has no process, so there is nothing to start");
        if (r < 0)
                return r;
        making->request.run = start;
        r = making_plan(ctx, making, e);
        if (r < 0)
                return r;
        for (size_t i = 0; i < making->plan->warnings.n; i++)
                facade_log(ctx, BERTH_LOG_WARNING, "%s", making->plan->warnings.items[i]);
        return 0;
}

static void equip(struct berth_context *ctx, const struct berth_create_options *options, struct creation *c)
{
        c->run.plan = c->making.plan;
        c->run.arena = c->making.arena;
        c->run.created_usec = realtime_usec();
        c->run.listener.warn = facade_warn;
        c->run.debug = facade_debug;
        c->run.listener.arg = ctx;
        arm_fault(&c->run, &options->fault);
        raise_fd_limit(&c->run);
}

/* From the state directory on there is something to undo. */
static int make_state_dir(struct berth_context *ctx, const char *id, struct creation *c, struct err *e)
{
        int r;

        c->root_fd = facade_open_root(ctx, true, e);
        if (c->root_fd < 0)
                return c->root_fd;
        c->run.root_fd = c->root_fd;
        r = reserve_spare_fds(c, e);
        if (r == 0)
                r = state_dir_make(c->root_fd, id, e);
        if (r < 0)
                return r;
        c->run.state_fd = r;
        return 0;
}

static int act(struct creation *c, bool start, struct err *e)
{
        int r = share_memory(&c->run, e);

        if (r == 0)
                r = open_channels(c, start, e);
        if (r == 0 && plan_wants_notify(c->run.plan))
                r = notify_make_dir(c->run.state_fd, e);
        return r < 0 ? r : parent_run(&c->run, e);
}

static int make_container(struct berth_context *ctx, const char *id, const struct berth_create_options *options, bool start,
                          struct creation *c, struct err *e)
{
        int r = decide(ctx, id, options, start, &c->making, e);

        if (r < 0)
                return r;
        facade_log(ctx, BERTH_LOG_DEBUG, "create '%s': planned, %zu steps", id, c->making.plan->n_steps);
        equip(ctx, options, c);
        r = make_state_dir(ctx, id, c, e);
        if (r < 0)
                return r;
        r = act(c, start, e);
        if (r < 0)
                undo(ctx, c, e);
        else
                facade_log(ctx, BERTH_LOG_DEBUG, "create '%s': process %d is ready to start", id, (int) c->run.init_pid);
        return r;
}

static void report_timing(const struct creation *c, const struct berth_create_options *options)
{
        const struct plan *plan = c->run.plan;
        const uint64_t first = c->run.shared->timing[0].begin_nsec;

        for (size_t row = 0; options->timing && row < plan->n_steps && row < RUN_MAX_STEPS_TIMED; row++) {
                char name[64];
                struct berth_timing t = {
                        .row = (unsigned) row,
                        .context = plan_ctx_name(plan->steps[row].ctx),
                        .step = plan_step_name(&plan->steps[row], name, sizeof name),
                        .phase = plan_phase_name(plan->steps[row].phase),
                        .begin_nsec = c->run.shared->timing[row].begin_nsec - first,
                        .end_nsec = c->run.shared->timing[row].end_nsec - first,
                };

                if (c->run.shared->timing[row].end_nsec != 0)
                        options->timing(options->timing_arg, &t);
        }
}

int berth_create(struct berth_context *ctx, const char *id, const struct berth_create_options *options, struct berth_error *error)
{
        _cleanup_(creation_done) struct creation c = CREATION_INIT;
        struct err e = ERR_INIT;
        int r = make_container(ctx, id, options, false, &c, &e);

        if (r == 0)
                report_timing(&c, options);
        return facade_return(r, &e, error);
}

int berth_run(struct berth_context *ctx, const char *id, const struct berth_create_options *options, int *ret_status,
              struct berth_error *error)
{
        _cleanup_(creation_done) struct creation c = CREATION_INIT;
        struct err e = ERR_INIT;
        int status = 0;
        int r = foreground_prepare(options, &c.interrupt, &e);

        c.run.listener.interrupt = &c.interrupt;
        if (r == 0)
                r = make_container(ctx, id, options, true, &c, &e);
        if (r == 0) {
                r = foreground_run(ctx, &c.run, options, &status, &e);
                report_timing(&c, options);
        }
        if (r == 0)
                *ret_status = status;
        else if (r == -EINTR && c.interrupt.sig)
                *ret_status = 128 + c.interrupt.sig;
        return facade_return(r, &e, error);
}
