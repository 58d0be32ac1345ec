/* SPDX-License-Identifier: Apache-2.0 */
#include "ns.h"

#include <sched.h>

#include "json/tree.h"
#include "names.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

bool plan_host_id(const oci_id_mappings *maps, uint32_t id, uint32_t count, uint32_t *ret)
{
        for (size_t i = 0; i < maps->n; i++) {
                uint64_t first = maps->items[i].container_id.value, size = maps->items[i].size.value;

                if (id < first || id + (uint64_t) count > first + size)
                        continue;
                *ret = maps->items[i].host_id.value + (id - (uint32_t) first);
                return true;
        }
        return false;
}

uint64_t plan_ns_flag(enum oci_ns kind)
{
        static const uint64_t flags[OCI_NS_KINDS] = {
                [OCI_NS_USER] = CLONE_NEWUSER, [OCI_NS_PID] = CLONE_NEWPID,       [OCI_NS_NETWORK] = CLONE_NEWNET,
                [OCI_NS_MOUNT] = CLONE_NEWNS,  [OCI_NS_IPC] = CLONE_NEWIPC,       [OCI_NS_UTS] = CLONE_NEWUTS,
                [OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = CLONE_NEWTIME,
        };
        return flags[kind];
}

static const struct oci_namespace *find_ns(const struct plan *plan, enum oci_ns kind)
{
        const struct oci_linux *l = plan->spec->linux_;

        for (size_t i = 0; i < l->namespaces.n; i++)
                if (l->namespaces.items[i].type.set && l->namespaces.items[i].type.value == (int) kind)
                        return &l->namespaces.items[i];
        return NULL;
}

static bool needs_mid(const struct plan *plan)
{
        bool joins = false;

        for (int k = 0; k < OCI_NS_KINDS; k++)
                joins |= plan_ns_is_joined(plan, k);
        return plan_ns_is_joined(plan, OCI_NS_PID) || plan_ns_is_joined(plan, OCI_NS_USER) ||
               (plan_ns_is_new(plan, OCI_NS_USER) && joins) ||
               (plan_ns_is_new(plan, OCI_NS_TIME) && plan->spec->linux_->time_offsets.n > 0);
}

void plan_decide_ns(struct plan *plan)
{
        for (int k = 0; k < OCI_NS_KINDS; k++) {
                const struct oci_namespace *ns = find_ns(plan, k);

                plan->ns_path[k] = !ns ? NULL : ns->path ? ns->path : "";
        }
        plan->user_ns = plan_ns_is_own(plan, OCI_NS_USER);
        plan->new_user_ns = plan_ns_is_new(plan, OCI_NS_USER);
        plan->mid = needs_mid(plan);
        plan->clone_flags = 0;
        for (int k = 0; k < OCI_NS_KINDS; k++)
                /* The cgroup namespace takes its root from where its maker is: init makes it once it is in its cgroup.
                 * Where there is a mid, that one makes the user and time namespaces, before init exists. */
                if (plan_ns_is_new(plan, k) && k != OCI_NS_CGROUP &&
                    !(plan->mid && (k == OCI_NS_USER || (k == OCI_NS_TIME && plan->spec->linux_->time_offsets.n > 0))))
                        plan->clone_flags |= plan_ns_flag(k);
}

static const struct json_node *ns_origin(const struct plan *plan, enum oci_ns kind)
{
        const struct oci_namespace *ns = find_ns(plan, kind);

        return ns ? ns->at.node : NULL;
}

static int add_join(struct planner *p, enum plan_ctx ctx, enum oci_ns kind)
{
        struct step *s;

        if (!plan_ns_is_joined(p->plan, kind))
                return 0;
        s = planner_add(p, ctx, PLAN_PHASE_SPAWN, PLAN_NS_JOIN, ns_origin(p->plan, kind));
        if (!s)
                return -ENOMEM;
        s->u.ns = find_ns(p->plan, kind);
        return 0;
}

static int add_unshare(struct planner *p, enum plan_ctx ctx, enum oci_ns kind)
{
        struct step *s = planner_add(p, ctx, PLAN_PHASE_SPAWN, PLAN_NS_UNSHARE, ns_origin(p->plan, kind));

        if (!s)
                return -ENOMEM;
        s->kind = name_of(&names_namespace, (int) kind);
        s->u.number = plan_ns_flag(kind);
        return 0;
}

static int add_sync(struct planner *p, enum plan_ctx from, enum plan_ctx to, enum plan_sync sync)
{
        struct step *send = planner_add(p, from, PLAN_PHASE_SPAWN, PLAN_SYNC_SEND, NULL);
        struct step *wait;

        if (!send)
                return -ENOMEM;
        send->u.sync = sync;
        wait = planner_add(p, to, PLAN_PHASE_SPAWN, PLAN_SYNC_WAIT, NULL);
        if (!wait)
                return -ENOMEM;
        wait->u.sync = sync;
        return 0;
}

/* The order of joins: while the runtime's privilege lasts, mounts last, because paths mean something else after it. */
static const enum oci_ns join_order[] = { OCI_NS_IPC,    OCI_NS_UTS, OCI_NS_NETWORK, OCI_NS_PID,
                                          OCI_NS_CGROUP, OCI_NS_TIME };

static int add_joins(struct planner *p, enum plan_ctx ctx)
{
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(join_order) && r == 0; i++)
                r = add_join(p, ctx, join_order[i]);
        return r;
}

static int add_idmap(struct planner *p)
{
        const struct json_node *origin = json_member(p->plan->spec->linux_->at.node, "uidMappings");

        return planner_add(p, PLAN_PARENT, PLAN_PHASE_SPAWN, PLAN_IDMAP_WRITE, origin) ? 0 : -ENOMEM;
}

static int add_root(struct planner *p, enum plan_ctx ctx)
{
        const struct json_node *origin = json_member(p->plan->spec->linux_->at.node, "uidMappings");

        return planner_add(p, ctx, PLAN_PHASE_SPAWN, PLAN_NS_ROOT, origin) ? 0 : -ENOMEM;
}

/* A user namespace that init is to be born into: joined, or made and mapped while the mid waits. */
static int add_mid_user_ns(struct planner *p)
{
        int r;

        if (!p->plan->new_user_ns)
                return add_join(p, PLAN_MID, OCI_NS_USER);
        r = add_unshare(p, PLAN_MID, OCI_NS_USER);
        if (r == 0)
                r = add_sync(p, PLAN_MID, PLAN_PARENT, PLAN_SYNC_USERNS);
        if (r == 0)
                r = add_idmap(p);
        if (r == 0)
                r = add_sync(p, PLAN_PARENT, PLAN_MID, PLAN_SYNC_PROCEED);
        if (r == 0)
                r = add_root(p, PLAN_MID);
        return r;
}

static int add_time_offsets(struct planner *p)
{
        const struct oci_linux *l = p->plan->spec->linux_;
        int r;

        if (!plan_ns_is_new(p->plan, OCI_NS_TIME) || l->time_offsets.n == 0)
                return 0;
        r = add_unshare(p, PLAN_MID, OCI_NS_TIME);
        for (size_t i = 0; i < l->time_offsets.n && r == 0; i++) {
                struct step *s = planner_add(p, PLAN_MID, PLAN_PHASE_SPAWN, PLAN_TIME_OFFSET, l->time_offsets.items[i].at.node);

                if (!s)
                        return -ENOMEM;
                s->u.time_offset = &l->time_offsets.items[i];
        }
        return r;
}

static int add_clone(struct planner *p, enum plan_ctx ctx, enum plan_op op, uint64_t flags)
{
        struct step *s = planner_add(p, ctx, PLAN_PHASE_SPAWN, op, json_member(p->plan->spec->linux_->at.node, "namespaces"));

        if (!s)
                return -ENOMEM;
        s->u.number = flags;
        return 0;
}

static int add_mid(struct planner *p)
{
        int r = add_clone(p, PLAN_PARENT, PLAN_MID_CLONE, 0);

        if (r == 0)
                r = add_joins(p, PLAN_MID);
        if (r == 0 && plan_ns_is_own(p->plan, OCI_NS_USER))
                r = add_mid_user_ns(p);
        if (r == 0)
                r = add_time_offsets(p);
        if (r == 0)
                r = add_clone(p, PLAN_MID, PLAN_INIT_CLONE, p->plan->clone_flags);
        if (r == 0)
                r = add_sync(p, PLAN_MID, PLAN_PARENT, PLAN_SYNC_INIT_PID);
        return r;
}

int plan_add_ns_spawn(struct planner *p, struct err *e)
{
        int r;

        if (p->plan->mid) {
                r = add_mid(p);
        } else {
                r = add_clone(p, PLAN_PARENT, PLAN_INIT_CLONE, p->plan->clone_flags);
                if (r == 0 && p->plan->new_user_ns)
                        r = add_idmap(p);
        }
        return r < 0 ? err_nomem(e) : 0;
}

int plan_add_ns_root(struct planner *p, struct err *e)
{
        if (p->plan->new_user_ns && !p->plan->mid && add_root(p, PLAN_INIT) < 0)
                return err_nomem(e);
        return 0;
}

int plan_add_ns_init(struct planner *p, struct err *e)
{
        int r = p->plan->mid ? 0 : add_joins(p, PLAN_INIT);

        if (r == 0)
                r = add_join(p, PLAN_INIT, OCI_NS_MOUNT);
        return r < 0 ? err_nomem(e) : 0;
}

int plan_add_ns_cgroup(struct planner *p, struct err *e)
{
        if (plan_ns_is_new(p->plan, OCI_NS_CGROUP) && add_unshare(p, PLAN_INIT, OCI_NS_CGROUP) < 0)
                return err_nomem(e);
        return 0;
}

static void describe_flags(uint64_t flags, struct strbuf *out)
{
        const char *separator = "";

        for (int k = 0; k < OCI_NS_KINDS; k++)
                if (flags & plan_ns_flag(k)) {
                        strbuf_printf(out, "%s%s", separator, name_of(&names_namespace, k));
                        separator = ",";
                }
}

static void describe_mappings(const char *what, const oci_id_mappings *maps, struct strbuf *out)
{
        strbuf_adds(out, what);
        for (size_t i = 0; i < maps->n; i++)
                strbuf_printf(out, " %u->%u x%u", maps->items[i].container_id.value, maps->items[i].host_id.value,
                              maps->items[i].size.value);
}

static void describe_join(const struct oci_namespace *ns, const struct plan *plan, struct strbuf *out)
{
        const char *container = plan->spec->extensions.shared_ns[ns->type.value];

        strbuf_printf(out, "%s %s'%s'", name_of(&names_namespace, ns->type.value), container ? "of container " : "", container ?: ns->path);
}

void plan_ns_describe(const struct step *step, const struct plan *plan, struct strbuf *out)
{
        switch (step->op) {
        case PLAN_INIT_CLONE:
                describe_flags(step->u.number, out);
                break;
        case PLAN_NS_JOIN:
                describe_join(step->u.ns, plan, out);
                break;
        case PLAN_NS_UNSHARE:
                strbuf_adds(out, step->kind);
                break;
        case PLAN_TIME_OFFSET:
                strbuf_printf(out, "%s %lld.%09u", step->u.time_offset->clock, (long long) step->u.time_offset->secs.value,
                              step->u.time_offset->nanosecs.value);
                break;
        case PLAN_IDMAP_WRITE:
                describe_mappings("uid", &plan->spec->linux_->uid_mappings, out);
                describe_mappings("  gid", &plan->spec->linux_->gid_mappings, out);
                break;
        default:
                break;
        }
}
