/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include "json/tree.h"
#include "ns.h"

static int add_net_devices(struct planner *p, struct err *e)
{
        const struct oci_linux *l = p->plan->spec->linux_;

        for (size_t i = 0; i < l->net_devices.n; i++) {
                struct step *s = planner_add(p, PLAN_PARENT, PLAN_PHASE_NETWORK, PLAN_NETDEV_MOVE, l->net_devices.items[i].at.node);

                if (!s)
                        return err_nomem(e);
                s->u.net_device = &l->net_devices.items[i];
        }
        return 0;
}

static const char *non_empty(const char *text) { return str_empty(text) ? NULL : text; }

static int name_groups(struct planner *p, const struct oci_intel_rdt *want, struct step_rdt *rdt)
{
        const char *id = p->plan->request->id;

        rdt->group_path = !rdt->own && streq(want->clos_id, "/") ?
                                  rdt->root :
                                  arena_printf(p->arena, "%s/%s", rdt->root, rdt->own ? id : want->clos_id);
        if (!rdt->group_path)
                return -ENOMEM;
        if (!want->enable_monitoring.set || !want->enable_monitoring.value)
                return 0;
        rdt->monitor_path = arena_printf(p->arena, "%s/mon_groups/%s", rdt->group_path, id);
        return rdt->monitor_path ? 0 : -ENOMEM;
}

static int add_rdt(struct planner *p, struct err *e)
{
        const struct oci_intel_rdt *want = p->plan->spec->linux_->intel_rdt;
        const char *root = p->plan->host->resctrl;
        struct step_rdt *rdt;
        struct step *s;

        if (!want)
                return 0;
        if (!root) {
                err_set(e, ERR_HOST, ENOTSUP, "intelRdt needs a resctrl file system, and none is mounted");
                err_hint(e, "mount -t resctrl resctrl /sys/fs/resctrl; the CPU must have Intel RDT or AMD QoS");
                return planner_place(p, want->at.node, e);
        }
        rdt = arena_alloc(p->arena, sizeof *rdt);
        s = rdt ? planner_add(p, PLAN_PARENT, PLAN_PHASE_NETWORK, PLAN_RDT_ASSIGN, want->at.node) : NULL;
        if (!s)
                return err_nomem(e);
        *rdt = (struct step_rdt) {
                .root = root,
                .own = str_empty(want->clos_id),
                .l3 = non_empty(want->l3_cache_schema),
                .mb = non_empty(want->mem_bw_schema),
                .schemata = want->schemata,
        };
        s->u.rdt = rdt;
        return name_groups(p, want, rdt) < 0 ? err_nomem(e) : 0;
}

int plan_add_net_parent(struct planner *p, struct err *e)
{
        int r = add_net_devices(p, e);

        return r < 0 ? r : add_rdt(p, e);
}

int plan_add_net_init(struct planner *p, struct err *e)
{
        /* A joined namespace's loopback is its owner's. */
        if (!plan_ns_is_new(p->plan, OCI_NS_NETWORK))
                return 0;
        return planner_add(p, PLAN_INIT, PLAN_PHASE_NETWORK, PLAN_LOOPBACK_UP, NULL) ? 0 : err_nomem(e);
}

static void describe_rdt(const struct step_rdt *rdt, struct strbuf *out)
{
        strbuf_printf(out, "'%s'", rdt->group_path);
        if (rdt->l3)
                strbuf_printf(out, " %s", rdt->l3);
        if (rdt->mb)
                strbuf_printf(out, " %s", rdt->mb);
        for (size_t i = 0; i < rdt->schemata.n; i++)
                strbuf_printf(out, " %s", rdt->schemata.items[i]);
        if (rdt->monitor_path)
                strbuf_printf(out, " monitor '%s'", rdt->monitor_path);
}

void plan_net_describe(const struct step *step, struct strbuf *out)
{
        const struct oci_net_device *d;

        if (step->op == PLAN_LOOPBACK_UP) {
                strbuf_adds(out, "lo");
        } else if (step->op == PLAN_RDT_ASSIGN) {
                describe_rdt(step->u.rdt, out);
        } else if (step->op == PLAN_NETDEV_MOVE) {
                d = step->u.net_device;
                strbuf_printf(out, "'%s' -> '%s'", d->host_name, str_empty(d->name) ? d->host_name : d->name);
        }
}
