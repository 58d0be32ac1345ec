/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups: where the container's is, what is written to it, which devices it may touch, and who owns it.
 * Layer: plan, pure.  spec: config-linux.md "Control groups".  The policy in words: docs/cgroups.md.
 *
 *      plan_add_cgroup_create    before the clone: init is born in a cgroup2 directory that exists
 *      plan_add_cgroup_attach    after it: v1 hierarchies, and kernels whose clone3 cannot do that
 *      plan_add_cgroup_limits    beside init: settings, ownership
 *      plan_add_cgroup_filter    the device filter, at the moment that suits the hierarchy and the list
 *
 * linux.resources speaks the language of v1; each setting goes to where the host has its controller, a v1 hierarchy or
 * cgroup2, and is converted for the latter.  What cannot be set is an error, never left out; the few settings that have no
 * counterpart in cgroup2 are a warning.
 */
#ifndef BERTH_PLAN_CGROUP_H
#define BERTH_PLAN_CGROUP_H

#include "cgroup-types.h"
#include "plan.h"
#include "str.h"

/* cgroup.set */
struct step_cgroup_set {
        struct cgroup_setting setting;
        const struct json_node *origin;
};

/* cgroup.create, cgroup.attach, cgroup.delegate */
struct step_cgroup {
        const char *path;                /* below the mount points, "/berth/web1" */
        const char *needs_v1, *needs_v2; /* controllers of .settings: "memory pids"; "" none */
        bool optional;                   /* without the rights for it, go on without a cgroup */
        struct step_cgroup_set *settings; /* become the cgroup.set rows */
        size_t n_settings;
        uid_t owner;                     /* cgroup.delegate, on the host */
};

/* Decides plan->cgroup_path; NULL where there is no cgroup to be made. */
int plan_add_cgroup_create(struct planner *p, struct err *e);
int plan_add_cgroup_attach(struct planner *p, struct err *e);
int plan_add_cgroup_limits(struct planner *p, struct err *e);
enum plan_filter_moment { PLAN_FILTER_BEFORE_INIT, PLAN_FILTER_BESIDE_INIT, PLAN_FILTER_LAST };
/* Called at each MOMENT; adds the row at one of them. */
int plan_add_cgroup_filter(struct planner *p, enum plan_filter_moment moment, struct err *e);

void plan_cgroup_describe(const struct step *step, struct strbuf *out);

/* ------------------------------------------------------------------------------------------------------------------
 * Parts, for `update` and for tests */

/* The settings of RESOURCES on HOST, in the order in which they must be written, to *RET (arena).  Warnings go to the
 * planner's plan.  0; -EINVAL; -ENOTSUP the host has no such controller; -ENOMEM. */
int plan_cgroup_settings(struct planner *p, const struct oci_resources *resources, struct step_cgroup_set **ret, size_t *ret_n,
                         struct err *e);

/* The device rules of RESOURCES (may be NULL), denied by default and followed by the devices that every container has.
 * For a v1 hierarchy they become a form in which the kernel's own reading of them, which knows exceptions rather than an
 * order, comes to the same; -EINVAL where there is none. */
int plan_cgroup_devices(struct planner *p, const struct oci_resources *resources, bool v1, const struct cgroup_device_policy **ret,
                        struct err *e);

#endif
