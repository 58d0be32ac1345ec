/* SPDX-License-Identifier: Apache-2.0 */
/* The record.* rows: what later commands and crashes need to know, on disk before the first side effect.
 * Layer: run.  Context: parent. */
#ifndef BERTH_RUN_APPLY_RECORD_H
#define BERTH_RUN_APPLY_RECORD_H

#include "run.h"

int apply_record_intent(struct run *run, const struct step *step, struct err *e);
int apply_record_complete(struct run *run, const struct step *step, struct err *e);

/* The name by which a container's cgroup knows its owner: id and time of creation, as the record has them. */
void run_cgroup_owner(const char *id, uint64_t created_usec, char *buf, size_t size);

#endif
