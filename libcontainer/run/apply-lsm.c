/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-lsm.h"

#include "plan/lsm.h"
#include "sys/lsm.h"

int init_apply_label(struct run *run, const struct step *step, struct err *e)
{
        const struct step_label *l = step->u.label;

        switch (l->lsm) {
        case PLAN_LSM_APPARMOR:
                return sys_lsm_set_apparmor(run->proc_fd, l->label, e);
        case PLAN_LSM_SELINUX:
                return sys_lsm_set_selinux(run->proc_fd, l->label, e);
        }
        return err_set(e, ERR_INTERNAL, EINVAL, "a label of no LSM");
}
