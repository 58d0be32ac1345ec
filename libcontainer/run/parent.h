/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of making a container; run/mid.h and run/init.h are the others.
 * Layer: run.  Context: parent. */
#ifndef BERTH_RUN_PARENT_H
#define BERTH_RUN_PARENT_H

#include "run.h"

/* Run the parent's rows, the clone of init among them.  On failure everything that was made is undone, and E says so.
 * Returns 0 or -errno. */
int parent_run(struct run *run, struct err *e);

/* The talk with a parked init: of `start`, over a connection of its own, and of `run`, over the sync socket. */
struct run_starter {
        int sock_fd; /* borrowed */
        pid_t pid;   /* init, in the runtime's pid namespace, ... */
        uint64_t start_ticks; /* ... and when it started */
        int (*release)(void *arg, struct err *e); /* runs the start-host hooks; NULL: there are none, and init does not wait */
        void *arg;
        struct proto_listener listener;
};
/* Send START and wait until execve has happened or failed.
 * Returns a value of enum run_started (explain.h), which explain_started turns into an error; or the error that init sent;
 * or that of .release, and then init must be killed. */
int run_start_init(const struct run_starter *starter, struct err *e);

int parent_apply_mid_clone(struct run *run, const struct step *step, struct err *e);
int parent_apply_idmap(struct run *run, const struct step *step, struct err *e);
int parent_apply_pidfd_send(struct run *run, const struct step *step, struct err *e);
int parent_apply_pidfile(struct run *run, const struct step *step, struct err *e);

#endif
