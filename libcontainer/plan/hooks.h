/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks: programs of the caller at fixed points of a container's life.
 * Owns: nothing; what the rows point to lives in the plan's arena.  Layer: plan, pure.
 * spec: config.md "POSIX-platform Hooks"; runtime.md "Lifecycle", "State".
 *
 *      kind             run by   where its rows stand                                       status in the state
 *      pre-start        parent   after record.intent: it may make the root file system      creating, no pid yet
 *      pre-mount        init     before rootfs.bind                                         creating
 *      prestart         parent   between sync MOUNTED and HOOKED                            creating
 *      createRuntime    parent   after prestart                                             creating
 *      createContainer  init     after sync HOOKED, before the pivot                        creating
 *      startContainer   init     after start.wait                                           created
 *      start-host       `start`  from the record (run/apply-hooks.h), between sync PREPARED created
 *                                and RELEASE, with init ready to execute
 *      poststart        `start`  from the record                                            running
 *      stop             `delete` from the record, before the cgroup is removed              stopped
 *      poststop         `delete` from the record, after it                                  stopped
 *
 * Those with a dash are LXC's, from annotations (docs/annotations.md).
 *
 * Everything that a hook is given is prepared here, because init cannot allocate; only the pid is filled in later.
 */
#ifndef BERTH_PLAN_HOOKS_H
#define BERTH_PLAN_HOOKS_H

#include "plan.h"
#include "state.h"
#include "str.h"

struct step_hook {
        enum oci_hook_kind kind;
        unsigned index; /* in its list, from 0 */
        const char *path;
        char *const *argv, *const *envp; /* ending in NULL; envp NULL: that of the runtime */
        int64_t timeout_sec;             /* 0: none */
        const char *state_head, *state_tail; /* the state document before and after the pid's digits */
};

/* hook.output */
struct step_hook_output {
        const char *stdout_path, *stderr_path; /* or NULL */
};

/* Is there a hook of KIND? */
bool plan_has_hooks(const struct oci_spec *spec, enum oci_hook_kind kind);
/* hook.output: parent, before any hook and before init.clone, so that init's hooks inherit it.  Only where annotations
 * run.oci.hooks.stdout or run.oci.hooks.stderr name a file and there are hooks. */
int plan_add_hooks_output(struct planner *p, struct err *e);
/* hook.KIND rows; none for the kinds that `start` and `delete` run. */
int plan_add_hooks(struct planner *p, enum oci_hook_kind kind, struct err *e);

void plan_hooks_describe(const struct step *step, struct strbuf *out);

/* What STEP of HOOK looks like, for those who have no plan: `start` and `delete`.  STATE's pid is not used. */
int plan_hook_make(struct arena *arena, const struct oci_hook *hook, enum oci_hook_kind kind, unsigned index,
                   const struct oci_state *state, struct step_hook *ret, struct err *e);
/* The status that hooks of KIND are told. */
enum oci_status plan_hook_status(enum oci_hook_kind kind);

#endif
