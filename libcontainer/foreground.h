/* SPDX-License-Identifier: Apache-2.0 */
/* `run`: start what was created, and with a terminal or without stay with it to its end.
 * Owns: nothing.  Layer: facade, not installed.  Context: parent. */
#ifndef BERTH_FOREGROUND_H
#define BERTH_FOREGROUND_H

#include "facade.h"
#include "run.h"

struct sys_interrupt; /* sys/interrupt.h */

/* Before anything is made: become the subreaper, unless detached, and block all signals.  Until the container runs and
 * its poststart hooks are done, INTERRUPT has those that end the command instead.  0 or -errno. */
int foreground_prepare(const struct berth_create_options *options, struct sys_interrupt *interrupt, struct err *e);

/* Start the container and, unless detached, pass signals on until it ends, then delete it unless it is to be kept.
 * *RET_STATUS: its exit code, or 128 + signal; 0 when detached. */
int foreground_run(struct berth_context *ctx, struct run *run, const struct berth_create_options *options, int *ret_status,
                   struct err *e);

#endif
