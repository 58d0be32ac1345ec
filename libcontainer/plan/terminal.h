/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal, and who gets the other end of it; the owner of the standard fds.
 * Layer: plan, pure.  spec: config.md "Process" terminal and consoleSize; config-linux.md "Default Devices" /dev/console.
 *
 * The other end goes to the console socket of the command line.  `run`, which stays, serves it itself where there is
 * none.  Either way the parent connects before the clone, and init sends. */
#ifndef BERTH_PLAN_TERMINAL_H
#define BERTH_PLAN_TERMINAL_H

#include "plan.h"
#include "str.h"

/* terminal.connect, terminal.open */
struct step_terminal {
        const char *socket;     /* console socket; NULL: the parent serves the terminal */
        uint16_t rows, columns; /* 0: unknown */
        uint32_t uid;           /* owner, in the container */
};

/* Parent, before the clone. */
int plan_add_terminal_connect(struct planner *p, struct err *e);
/* Init, after the pivot, while files can still be made: terminal.open, stdio.chown. */
int plan_add_terminal(struct planner *p, struct err *e);

/* Arguments of the rows above. */
void plan_terminal_describe(const struct step *step, struct strbuf *out);

#endif
