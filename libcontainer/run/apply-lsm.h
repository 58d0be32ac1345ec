/* SPDX-License-Identifier: Apache-2.0 */
/* The label.set operation.  Layer: run.  Context: init. */
#ifndef BERTH_RUN_APPLY_LSM_H
#define BERTH_RUN_APPLY_LSM_H

#include "run.h"

int init_apply_label(struct run *run, const struct step *step, struct err *e);

#endif
