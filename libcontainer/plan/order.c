/* SPDX-License-Identifier: Apache-2.0 */
/* The order of everything, on one page.
 *
 * Rows of different contexts run at the same time and meet only at the sync.* rows, which add_meeting() makes in pairs.
 * What the parent does before init.clone is inherited by init; what it does after runs beside it. */
#include "cgroup.h"
#include "devices.h"
#include "hooks.h"
#include "lsm.h"
#include "mounts.h"
#include "net.h"
#include "ns.h"
#include "plan.h"
#include "process.h"
#include "rootfs.h"
#include "seccomp.h"
#include "str.h"
#include "terminal.h"

typedef int (*add_rows)(struct planner *p, struct err *e);

static int add_plain(struct planner *p, enum plan_ctx ctx, enum plan_phase phase, enum plan_op op, struct err *e)
{
        return planner_add(p, ctx, phase, op, NULL) ? 0 : err_nomem(e);
}

static int add_sync(struct planner *p, enum plan_ctx ctx, enum plan_op op, enum plan_phase phase, enum plan_sync sync, struct err *e)
{
        struct step *s = planner_add(p, ctx, phase, op, NULL);

        if (!s)
                return err_nomem(e);
        s->u.sync = sync;
        return 0;
}

static int add_meeting(struct planner *p, enum plan_ctx from, enum plan_ctx to, enum plan_phase phase, enum plan_sync sync,
                       struct err *e)
{
        int r = add_sync(p, from, PLAN_SYNC_SEND, phase, sync, e);

        return r < 0 ? r : add_sync(p, to, PLAN_SYNC_WAIT, phase, sync, e);
}

static int add_intent(struct planner *p, struct err *e)
{
        return add_plain(p, PLAN_PARENT, PLAN_PHASE_RECORD, PLAN_RECORD_INTENT, e);
}

static int add_early_filter(struct planner *p, struct err *e) { return plan_add_cgroup_filter(p, PLAN_FILTER_BEFORE_INIT, e); }

/* Init must wait before it looks at its ids, its cgroup namespace or its devices; otherwise it need not. */
static bool init_waits_to_proceed(const struct plan *plan)
{
        return plan->mid || plan->new_user_ns || (plan->cgroup_path && plan_ns_is_new(plan, OCI_NS_CGROUP)) ||
               plan->spec->linux_->net_devices.n > 0;
}

static int add_proceed(struct planner *p, struct err *e)
{
        if (!init_waits_to_proceed(p->plan))
                return 0;
        return add_meeting(p, PLAN_PARENT, PLAN_INIT, PLAN_PHASE_SPAWN, PLAN_SYNC_PROCEED, e);
}

static int add_seal(struct planner *p, struct err *e) { return add_plain(p, PLAN_INIT, PLAN_PHASE_SPAWN, PLAN_EXE_SEAL, e); }

static int add_procfs(struct planner *p, struct err *e)
{
        return add_plain(p, PLAN_INIT, PLAN_PHASE_SPAWN, PLAN_PROCFS_OPEN, e);
}

static int add_runtime_hooks(struct planner *p, struct err *e)
{
        int r;

        if (!plan_has_hooks(p->plan->spec, OCI_HOOK_PRESTART) && !plan_has_hooks(p->plan->spec, OCI_HOOK_CREATE_RUNTIME))
                return 0;
        r = add_meeting(p, PLAN_INIT, PLAN_PARENT, PLAN_PHASE_HOOKS, PLAN_SYNC_MOUNTED, e);
        if (r == 0)
                r = plan_add_hooks(p, OCI_HOOK_PRESTART, e);
        if (r == 0)
                r = plan_add_hooks(p, OCI_HOOK_CREATE_RUNTIME, e);
        return r < 0 ? r : add_meeting(p, PLAN_PARENT, PLAN_INIT, PLAN_PHASE_HOOKS, PLAN_SYNC_HOOKED, e);
}

static int add_container_hooks(struct planner *p, struct err *e) { return plan_add_hooks(p, OCI_HOOK_CREATE_CONTAINER, e); }
static int add_pre_start_hooks(struct planner *p, struct err *e) { return plan_add_hooks(p, OCI_HOOK_LXC_PRE_START, e); }

/* Without hooks init says EXECUTING as soon as it is started. */
static int add_start_hooks(struct planner *p, struct err *e)
{
        int r = plan_add_hooks(p, OCI_HOOK_START_CONTAINER, e);

        if (r < 0 || !plan_has_hooks(p->plan->spec, OCI_HOOK_START_CONTAINER))
                return r;
        return add_sync(p, PLAN_INIT, PLAN_SYNC_SEND, PLAN_PHASE_START, PLAN_SYNC_EXECUTING, e);
}

/* A filter that is loaded before start must be ready before it is loaded; one that is loaded after it is so by HANDOVER.
 * Messages arrive in the order in which they are sent: HOOKED, which init waits for first, must go first. */
static int add_confined_send(struct planner *p, struct err *e)
{
        if (!plan_seccomp_is_before_start(p->plan->spec))
                return 0;
        return add_sync(p, PLAN_PARENT, PLAN_SYNC_SEND, PLAN_PHASE_CONFINE, PLAN_SYNC_CONFINED, e);
}

static int add_confined_wait(struct planner *p, struct err *e)
{
        if (!plan_seccomp_is_before_start(p->plan->spec))
                return 0;
        return add_sync(p, PLAN_INIT, PLAN_SYNC_WAIT, PLAN_PHASE_CONFINE, PLAN_SYNC_CONFINED, e);
}

static int add_seccomp_early(struct planner *p, struct err *e) { return plan_add_seccomp_load(p, PLAN_SECCOMP_EARLY, e); }
static int add_seccomp_parked(struct planner *p, struct err *e) { return plan_add_seccomp_load(p, PLAN_SECCOMP_PARKED, e); }
static int add_seccomp_last(struct planner *p, struct err *e) { return plan_add_seccomp_load(p, PLAN_SECCOMP_LAST, e); }

/* The option, or crun's annotation. */
static const char *pidfd_receiver(const struct plan *plan)
{
        const oci_pairs *annotations = &plan->spec->annotations;

        for (size_t i = 0; !plan->request->pidfd_socket && i < annotations->n; i++)
                if (streq(annotations->items[i].key, "run.oci.pidfd_receiver"))
                        return annotations->items[i].value;
        return plan->request->pidfd_socket;
}

/* Who is told about init, at PATH; NULL: nobody. */
static int add_told(struct planner *p, enum plan_op op, const char *path, struct err *e)
{
        struct step *s = str_empty(path) ? NULL : planner_add(p, PLAN_PARENT, PLAN_PHASE_RECORD, op, NULL);

        if (str_empty(path))
                return 0;
        if (!s)
                return err_nomem(e);
        s->u.text = path;
        return 0;
}

static int add_handover(struct planner *p, struct err *e)
{
        int r = add_meeting(p, PLAN_INIT, PLAN_PARENT, PLAN_PHASE_RECORD, PLAN_SYNC_READY, e);

        if (r == 0)
                r = plan_add_process_limits_parent(p, e);
        if (r == 0)
                r = plan_add_cgroup_filter(p, PLAN_FILTER_LAST, e);
        if (r == 0)
                r = add_plain(p, PLAN_PARENT, PLAN_PHASE_RECORD, PLAN_RECORD_COMPLETE, e);
        if (r == 0)
                r = add_told(p, PLAN_PIDFILE_WRITE, p->plan->request->pid_file, e);
        if (r == 0)
                r = add_told(p, PLAN_PIDFD_SEND, pidfd_receiver(p->plan), e);
        return r < 0 ? r : add_meeting(p, PLAN_PARENT, PLAN_INIT, PLAN_PHASE_RECORD, PLAN_SYNC_HANDOVER, e);
}

static int add_start_wait(struct planner *p, struct err *e)
{
        return add_plain(p, PLAN_INIT, PLAN_PHASE_START, PLAN_START_WAIT, e);
}

/* The other half of these meetings is `start`, which has no plan. */
static int add_release(struct planner *p, struct err *e)
{
        int r;

        if (!plan_has_hooks(p->plan->spec, OCI_HOOK_LXC_START_HOST))
                return 0;
        r = add_sync(p, PLAN_INIT, PLAN_SYNC_SEND, PLAN_PHASE_START, PLAN_SYNC_PREPARED, e);
        return r < 0 ? r : add_sync(p, PLAN_INIT, PLAN_SYNC_WAIT, PLAN_PHASE_START, PLAN_SYNC_RELEASE, e);
}

static const add_rows order[] = {
        /* parent, before anybody else exists */
        add_intent,
        plan_add_hooks_output,
        add_pre_start_hooks,
        plan_add_cgroup_create,
        add_early_filter,
        plan_add_rootfs_source,
        plan_add_mounts_source,
        plan_add_device_sources,
        plan_add_terminal_connect,
        /* the container's processes and namespaces */
        plan_add_ns_spawn,
        plan_add_cgroup_attach,
        plan_add_process_score,
        plan_add_net_parent,
        add_proceed,
        /* parent, beside init */
        plan_add_cgroup_limits,
        plan_add_seccomp_compile,
        /* init: the environment */
        plan_add_ns_root,
        add_seal,
        plan_add_ns_init,
        plan_add_ns_cgroup,
        add_procfs,
        plan_add_net_init,
        plan_add_process_early,
        plan_add_rootfs_bind,
        plan_add_mounts,
        plan_add_devices,
        plan_add_process_cwd,
        add_runtime_hooks,
        add_confined_send,
        add_container_hooks,
        plan_add_rootfs_pivot,
        plan_add_terminal,
        plan_add_mounts_late,
        plan_add_rootfs_confine,
        /* init: the process */
        plan_add_process_limits,
        plan_add_lsm,
        add_confined_wait,
        add_seccomp_early,
        plan_add_process_user,
        add_seccomp_parked,
        plan_add_seccomp_notify,
        add_handover,
        /* after start */
        add_start_wait,
        add_start_hooks,
        add_release,
        add_seccomp_last,
        plan_add_process_exec,
};

int plan_make(struct arena *arena, const struct oci_spec *spec, const struct host *host, const struct plan_request *request,
              const char *config_name, struct plan **ret, struct err *e)
{
        struct plan *plan = arena_alloc(arena, sizeof *plan);
        struct planner p = { .arena = arena, .plan = plan };

        if (!plan)
                return err_nomem(e);
        *plan = (struct plan) { .spec = spec, .host = host, .request = request, .config_name = config_name };
        plan_decide_ns(plan);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
                int r = order[i](&p, e);

                if (r < 0)
                        return r;
        }
        plan->steps = p.steps;
        plan->n_steps = p.n_steps;
        *ret = plan;
        return 0;
}
