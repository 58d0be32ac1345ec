/* SPDX-License-Identifier: Apache-2.0 */
/* ROOT/ID/hook: the hook of a container that runs at this moment, and the runtime that waits for it.  A runtime that is
 * killed leaves its hook running; `delete` finds it here and ends it.
 * Owns: nothing.  Layer: state.  Context: parent, and every command that runs hooks.
 *
 *      state_hook_note(dir_fd, &hook, &self, e);       when its process is there, before it executes anything
 *      …
 *      state_hook_forget(dir_fd);                      when it has ended
 *
 * A file of its own rather than a key of the record: the record may be long, and it is the lock holder's, while poststart
 * hooks run without the lock.  Format: two lines "PID START_TICKS", the hook's and the runtime's.
 */
#ifndef BERTH_STATE_RUNNING_HOOK_H
#define BERTH_STATE_RUNNING_HOOK_H

#include "record.h"

struct state_hook {
        struct state_process hook;    /* leader of a session and process group of its own */
        struct state_process runtime; /* who waits for it */
};

/* 0, also when the container's directory was removed meanwhile: then nobody will look; or -errno. */
int state_hook_note(int dir_fd, const struct state_hook *hook, struct err *e);
void state_hook_forget(int dir_fd);
/* 1 with *RET; 0 there is none, or half of one: its writer died before the hook could run; or -errno. */
int state_hook_read(int dir_fd, struct state_hook *ret, struct err *e);

#endif
