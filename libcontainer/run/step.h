/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that runs the plan: one for all processes, each with the rows of its own context.
 * Owns: the table of operations.  Layer: run.  Context: parent, mid, init.
 *
 * For each row: the fault point, the clock, the operation; on failure the row's number, name, context and origin are
 * added to the error, once and here only.
 */
#ifndef BERTH_RUN_STEP_H
#define BERTH_RUN_STEP_H

#include "run.h"

/* Run all rows of CTX in order.  Returns 0, or the failed operation's -errno with E complete. */
int run_steps(struct run *run, enum plan_ctx ctx, struct err *e);
/* The plan's last step, exec, succeeded: it cannot say when itself. */
void run_executed(struct run *run);

/* The function of OP: the one place where plan and sys meet (run/operations.c). */
run_apply run_operation(enum plan_op op);

/* Note a warning: to the command's log from the parent, over the socket from the others. */
void run_warn(struct run *run, const char *fmt, ...) _printf_(2, 3);

/* The row of STEP in the plan. */
static inline size_t run_row(const struct run *run, const struct step *step) { return (size_t) (step - run->plan->steps); }

/* "init (new user and mount namespace)": who CTX is, in BUF. */
const char *run_context_text(const struct plan *plan, enum plan_ctx ctx, char *buf, size_t size);

#endif
