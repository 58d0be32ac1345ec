/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup.* rows.  Later commands need no adapter: they open the recorded path with sys_cgroup_new themselves.
 * Layer: run.  Context: parent. */
#ifndef BERTH_RUN_APPLY_CGROUP_H
#define BERTH_RUN_APPLY_CGROUP_H

#include "run.h"

/* Makes run->cgroup and run->cgroup_fd, which the clone of init needs. */
int apply_cgroup_create(struct run *run, const struct step *step, struct err *e);
int apply_cgroup_attach(struct run *run, const struct step *step, struct err *e);
int apply_cgroup_set(struct run *run, const struct step *step, struct err *e);
int apply_cgroup_devices(struct run *run, const struct step *step, struct err *e);
int apply_cgroup_delegate(struct run *run, const struct step *step, struct err *e);

#endif
