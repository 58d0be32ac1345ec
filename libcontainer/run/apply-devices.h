/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of plan/devices.c, taken from their rows to sys/devices.c.
 * Layer: run.  Context: init, before the pivot; apply_source_open_device: parent. */
#ifndef BERTH_RUN_APPLY_DEVICES_H
#define BERTH_RUN_APPLY_DEVICES_H

#include "run.h"

/* source.open of the kind "device": the host's node, detached, goes to step_fds of this row. */
int apply_source_open_device(struct run *run, const struct step *step, struct err *e);
int apply_device_create(struct run *run, const struct step *step, struct err *e);
int apply_device_link(struct run *run, const struct step *step, struct err *e);

#endif
