/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp.* operations.  Layer: run.  Context: as the names say. */
#ifndef BERTH_RUN_APPLY_SECCOMP_H
#define BERTH_RUN_APPLY_SECCOMP_H

#include "run.h"
#include "state.h"

/* seccomp.compile: the program into run->shared, by way of the cache in the state root. */
int parent_apply_seccomp_compile(struct run *run, const struct step *step, struct err *e);
/* seccomp.load: from run->shared.  With a listener: hands it to the parent before anything else. */
int init_apply_seccomp_load(struct run *run, const struct step *step, struct err *e);
/* The program from run->shared for the calling process, a child of init that has no listener to hand on. */
int init_apply_seccomp_to_hook(struct run *run);
/* seccomp.notify: the listener from init, with the container process state, to the agent. */
int parent_apply_seccomp_notify(struct run *run, const struct step *step, struct err *e);

/* Pure: the container process state (config-linux.md) for a process PID of the container STATE.  METADATA may be NULL. */
void seccomp_process_state_write(const struct oci_state *state, pid_t pid, const char *metadata, struct strbuf *out);

#endif
