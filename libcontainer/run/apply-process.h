/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of plan/process.h: unpack the row, call sys.  Layer: run.
 * Context: init, but for oom-score.set (parent) and what the plan gives to the parent where init is in another user
 * namespace (rlimit.set, scheduler.set, ioprio.set). */
#ifndef BERTH_RUN_APPLY_PROCESS_H
#define BERTH_RUN_APPLY_PROCESS_H

#include "run.h"

int apply_oom_score_set(struct run *run, const struct step *step, struct err *e);
int apply_keyring_join(struct run *run, const struct step *step, struct err *e);
int apply_hostname_set(struct run *run, const struct step *step, struct err *e);
int apply_domainname_set(struct run *run, const struct step *step, struct err *e);
int apply_sysctl_set(struct run *run, const struct step *step, struct err *e);
int apply_cwd_create(struct run *run, const struct step *step, struct err *e);
int apply_rlimit_set(struct run *run, const struct step *step, struct err *e);
int apply_scheduler_set(struct run *run, const struct step *step, struct err *e);
int apply_affinity_reset(struct run *run, const struct step *step, struct err *e);
int apply_ioprio_set(struct run *run, const struct step *step, struct err *e);
int apply_mempolicy_set(struct run *run, const struct step *step, struct err *e);
int apply_sched_core_set(struct run *run, const struct step *step, struct err *e);
int apply_personality_set(struct run *run, const struct step *step, struct err *e);
int apply_home_lookup(struct run *run, const struct step *step, struct err *e);
int apply_cwd_set(struct run *run, const struct step *step, struct err *e);
int apply_caps_bound(struct run *run, const struct step *step, struct err *e);
int apply_user_set(struct run *run, const struct step *step, struct err *e);
int apply_caps_set(struct run *run, const struct step *step, struct err *e);
int apply_nnp_set(struct run *run, const struct step *step, struct err *e);
int apply_fds_cloexec(struct run *run, const struct step *step, struct err *e);
int apply_exec_resolve(struct run *run, const struct step *step, struct err *e);
/* Ends in the payload; returns only an error. */
int apply_exec(struct run *run, const struct step *step, struct err *e);

#endif
