/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: which are made by the clone of init, which are joined, who does it, and whether a mid process is needed.
 * Layer: plan, pure.  spec: config-linux.md "Namespaces".  man: namespaces(7), user_namespaces(7), time_namespaces(7).
 *
 * A mid process is needed where something must happen in a process that init is forked from:
 *   - joining a pid namespace (setns affects only children);
 *   - joining a user namespace (what init makes new must be owned by it);
 *   - a new user namespace together with joined ones (they are joined with the runtime's privilege, before it is lost);
 *   - clock offsets (they can be written only before the first process is in the time namespace).
 * Everything else init does for itself, in the one fork.
 */
#ifndef BERTH_PLAN_NS_H
#define BERTH_PLAN_NS_H

#include "plan.h"
#include "str.h"

/* Fill plan->ns_path, clone_flags, mid, user_ns, new_user_ns.  First of all: the other concerns read them. */
void plan_decide_ns(struct plan *plan);
/* The rows that make init: mid.clone, its joins, init.clone, idmap.write.  Ends before sync PROCEED. */
int plan_add_ns_spawn(struct planner *p, struct err *e);
/* The rows of init itself: joins without a mid; the cgroup namespace, which must be made inside the cgroup. */
int plan_add_ns_init(struct planner *p, struct err *e);
/* Once the maps are written: root of the new user namespace, or whatever is mapped first, must be who makes files. */
int plan_add_ns_root(struct planner *p, struct err *e);
int plan_add_ns_cgroup(struct planner *p, struct err *e);

/* Does the container live in a new KIND, or one joined by path, rather than the runtime's? */
static inline bool plan_ns_is_own(const struct plan *plan, enum oci_ns kind) { return plan->ns_path[kind] != NULL; }
static inline bool plan_ns_is_new(const struct plan *plan, enum oci_ns kind)
{
        return plan->ns_path[kind] && plan->ns_path[kind][0] == '\0';
}
static inline bool plan_ns_is_joined(const struct plan *plan, enum oci_ns kind)
{
        return plan->ns_path[kind] && plan->ns_path[kind][0] != '\0';
}
/* The host's id of the container's ID, where MAPS has the COUNT ids from it in one piece. */
bool plan_host_id(const oci_id_mappings *maps, uint32_t id, uint32_t count, uint32_t *ret);

/* CLONE_NEW* of a kind. */
uint64_t plan_ns_flag(enum oci_ns kind);

void plan_ns_describe(const struct step *step, const struct plan *plan, struct strbuf *out);

#endif
