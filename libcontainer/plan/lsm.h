/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of AppArmor and SELinux.
 * Owns: nothing.  Layer: plan, pure.  spec: config.md "Linux Process" apparmorProfile, selinuxLabel; config-linux.md
 * "Mount Label".
 *
 * A label that this kernel cannot enforce is an error here, never a container that runs without it.  The rows take effect
 * at execve; they stand after all mounts and before nnp.set, because no_new_privs restricts what AppArmor permits. */
#ifndef BERTH_PLAN_LSM_H
#define BERTH_PLAN_LSM_H

#include "plan.h"
#include "str.h"

struct step_label {
        enum plan_lsm lsm;
        const char *label;
};

/* label.set: init.  -ENOTSUP: the config names a label of an LSM that is not enabled. */
int plan_add_lsm(struct planner *p, struct err *e);

void plan_lsm_describe(const struct step *step, struct strbuf *out);

#endif
