/* SPDX-License-Identifier: Apache-2.0 */
/* The network namespace's contents, and Intel RDT.
 * Owns: nothing.  Layer: plan, pure.
 * spec: config-linux.md "Network Devices", "IntelRdt".
 *
 *      plan_add_net_parent    parent, after cgroup.attach and before sync PROCEED: netdev.move, rdt.assign
 *      plan_add_net_init      init: loopback.up, in a new network namespace
 */
#ifndef BERTH_PLAN_NET_H
#define BERTH_PLAN_NET_H

#include "plan.h"
#include "str.h"

/* rdt.assign */
struct step_rdt {
        const char *root;         /* where resctrl is mounted */
        const char *group_path;   /* the class of service's directory; ROOT itself is the default class */
        const char *monitor_path; /* the monitoring group's, or NULL */
        bool own;                 /* no closID: the group is the container's own, made with it and removed with it */
        const char *l3, *mb;      /* lines for schemata, or NULL */
        oci_strings schemata;     /* further lines */
};

int plan_add_net_parent(struct planner *p, struct err *e);
int plan_add_net_init(struct planner *p, struct err *e);

void plan_net_describe(const struct step *step, struct strbuf *out);

#endif
