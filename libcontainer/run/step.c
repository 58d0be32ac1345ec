/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "init.h"
#include "json/tree.h"
#include "parent.h"
#include "proto.h"
#include "syscalls.h"

const char *run_context_text(const struct plan *plan, enum plan_ctx ctx, char *buf, size_t size)
{
        const char *what = plan->new_user_ns ? "new user and mount namespace" :
                           plan->user_ns     ? "joined user namespace" :
                                               "new mount namespace";

        if (ctx == PLAN_PARENT)
                snprintf(buf, size, "parent (host namespaces)");
        else
                snprintf(buf, size, "%s (%s)", plan_ctx_name(ctx), what);
        return buf;
}

void run_warn(struct run *run, const char *fmt, ...)
{
        char text[PROTO_TEXT_BYTES] = "";
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        if (run->ctx != PLAN_PARENT)
                proto_send(run->report_fd, run->ctx == PLAN_MID ? PROTO_MID : PROTO_INIT, MSG_WARNING, text, -EBADF);
        else if (run->listener.warn)
                run->listener.warn(run->listener.arg, text);
}

static uint64_t now_nsec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000000 + (uint64_t) t.tv_nsec;
}

static int raise_fault(const struct run *run, size_t row, bool after, struct err *e)
{
        if (run->fault.step < 0 || (size_t) run->fault.step != row || run->fault.after != after)
                return 0;
        if (run->fault.num == 0)
                kill(sys_getpid(), SIGKILL);
        return err_sys(e, run->fault.num, "fault", "injected fault");
}

/* Row, name, who and where from: added to an error exactly once, by the process that ran the step. */
static void complete_error(const struct run *run, size_t row, const struct step *step, struct err *e)
{
        if (e->step >= 0)
                return;
        e->step = (int) row;
        plan_step_name(step, e->step_name, sizeof e->step_name);
        run_context_text(run->plan, run->ctx, e->context, sizeof e->context);
        if (!step->origin)
                return;
        if (!e->pointer[0])
                json_pointer(step->origin, e->pointer, sizeof e->pointer);
        if (!e->line)
                err_at(e, run->plan->config_name, step->origin->line, step->origin->column, NULL);
}

static int run_step(struct run *run, size_t row, struct err *e)
{
        const struct step *step = &run->plan->steps[row];
        int r = raise_fault(run, row, false, e);

        if (row < RUN_MAX_STEPS_TIMED)
                run->shared->timing[row].begin_nsec = now_nsec();
        if (r == 0)
                r = run_operation(step->op)(run, step, e);
        if (row < RUN_MAX_STEPS_TIMED)
                run->shared->timing[row].end_nsec = now_nsec();
        if (r >= 0)
                r = raise_fault(run, row, true, e);
        if (r < 0)
                complete_error(run, row, step, e);
        return r < 0 ? r : 0;
}

void run_executed(struct run *run)
{
        size_t last = run->plan->n_steps - 1;

        if (last < RUN_MAX_STEPS_TIMED && run->shared->timing[last].begin_nsec != 0)
                run->shared->timing[last].end_nsec = now_nsec();
}

int run_steps(struct run *run, enum plan_ctx ctx, struct err *e)
{
        for (size_t row = 0; row < run->plan->n_steps; row++) {
                int r = run->plan->steps[row].ctx == ctx ? run_step(run, row, e) : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}
