/* SPDX-License-Identifier: Apache-2.0 */
/* The hook.* operations, and the hooks of `start` and `delete`, which have no plan.  Layer: run. */
#ifndef BERTH_RUN_APPLY_HOOKS_H
#define BERTH_RUN_APPLY_HOOKS_H

#include "run.h"
#include "state.h"

/* hook.output: open the files of run.oci.hooks.stdout and .stderr.  Context: parent, before the clone of init. */
int parent_apply_hook_output(struct run *run, const struct step *step, struct err *e);
/* hook.KIND.  Context: parent, init; no allocation.  The parent's are on record while they run (state/running-hook.h); what
 * init runs lives in the container's pid namespace or cgroup and ends with it. */
int apply_hook(struct run *run, const struct step *step, struct err *e);

/* Hooks that come from a state record.  Context: the commands start and delete. */
struct run_hooks {
        const oci_hook_list *hooks;
        enum oci_hook_kind kind;
        int dir_fd;                     /* borrowed: the container's directory, for state/running-hook.h */
        const struct oci_state *state;  /* its status is replaced by the one that belongs to KIND; its annotations also say
                                         * where output goes */
        void (*debug)(void *arg, const char *text); /* gets each line of output that goes nowhere else; NULL: nobody */
        struct sys_interrupt *interrupt; /* NULL, or what ends a hook (sys/interrupt.h) */
};
/* Run them in order; ARG is WARN's and .debug's.  With WARN a failed hook is a warning and the next one runs (poststop); without, it is the error that
 * ends the walk (poststart).  Returns 0 or the failed hook's -errno. */
int run_hooks_run(const struct run_hooks *job, void (*warn)(void *arg, const char *text), void *arg, struct err *e);

#endif
