/* SPDX-License-Identifier: Apache-2.0 */
#include "lsm.h"

#include "json/tree.h"

static const char *const lsm_names[] = { [PLAN_LSM_APPARMOR] = "AppArmor", [PLAN_LSM_SELINUX] = "SELinux" };

static const struct json_node *member(struct oci_place at, const char *key)
{
        return at.node ? json_member(at.node, key) : NULL;
}

static int not_enabled(struct planner *p, enum plan_lsm lsm, const char *what, const char *label, const char *pointer,
                       const struct json_node *node, struct err *e)
{
        const char *name = lsm_names[lsm];

        err_set(e, ERR_CONFIG, ENOTSUP, "%s is not enabled in this kernel, but the config asks for %s '%s'", name, what, label);
        err_pointer(e, pointer);
        err_hint(e, "remove %s from the config, or boot with '%s' in the kernel's 'lsm=' list", pointer,
                 lsm == PLAN_LSM_APPARMOR ? "apparmor" : "selinux");
        return planner_place(p, node, e);
}

static int add_label(struct planner *p, enum plan_lsm lsm, const char *label, const struct json_node *origin, struct err *e)
{
        struct step_label *l = arena_alloc(p->arena, sizeof *l);
        struct step *step = planner_add(p, PLAN_INIT, PLAN_PHASE_CONFINE, PLAN_LABEL_SET, origin);

        if (!l || !step)
                return err_nomem(e);
        l->lsm = lsm;
        l->label = label;
        step->u.label = l;
        return 0;
}

static int add_apparmor(struct planner *p, const struct oci_process *process, struct err *e)
{
        const char *profile = process->apparmor_profile;

        if (str_empty(profile))
                return 0;
        if (!p->plan->host->apparmor) {
                /* What is asked for is how things are. */
                if (streq(profile, "unconfined"))
                        return 0;
                return not_enabled(p, PLAN_LSM_APPARMOR, "profile", profile, "/process/apparmorProfile",
                                   member(process->at, "apparmorProfile"), e);
        }
        return add_label(p, PLAN_LSM_APPARMOR, profile, member(process->at, "apparmorProfile"), e);
}

static int add_selinux(struct planner *p, const struct oci_process *process, struct err *e)
{
        const char *label = process->selinux_label;

        if (str_empty(label))
                return 0;
        if (!p->plan->host->selinux)
                return not_enabled(p, PLAN_LSM_SELINUX, "label", label, "/process/selinuxLabel",
                                   member(process->at, "selinuxLabel"), e);
        return add_label(p, PLAN_LSM_SELINUX, label, member(process->at, "selinuxLabel"), e);
}

int plan_add_lsm(struct planner *p, struct err *e)
{
        const struct oci_spec *spec = p->plan->spec;
        const char *mount_label = spec->linux_->mount_label;
        int r = 0;

        if (!str_empty(mount_label) && !p->plan->host->selinux)
                return not_enabled(p, PLAN_LSM_SELINUX, "mount label", mount_label, "/linux/mountLabel",
                                   member(spec->linux_->at, "mountLabel"), e);
        if (spec->process)
                r = add_apparmor(p, spec->process, e);
        if (r == 0 && spec->process)
                r = add_selinux(p, spec->process, e);
        return r;
}

void plan_lsm_describe(const struct step *step, struct strbuf *out)
{
        strbuf_printf(out, "%s '%s'", lsm_names[step->u.label->lsm], step->u.label->label);
}
