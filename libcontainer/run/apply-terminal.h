/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of plan/terminal.c, taken from their rows to sys/tty.c and sys/stdfds.c.
 * Layer: run.  Context: as each says. */
#ifndef BERTH_RUN_APPLY_TERMINAL_H
#define BERTH_RUN_APPLY_TERMINAL_H

#include "run.h"

/* Parent, before the clone: run->console_fd is what init will send to; run->console_peer_fd the other end, where the
 * parent serves the terminal (sys_tty_receive takes the master from it). */
int apply_terminal_connect(struct run *run, const struct step *step, struct err *e);
/* Init. */
int apply_terminal_open(struct run *run, const struct step *step, struct err *e);
int apply_stdio_chown(struct run *run, const struct step *step, struct err *e);

#endif
