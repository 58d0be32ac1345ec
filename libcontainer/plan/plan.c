/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <string.h>

#include "json/tree.h"
#include "str.h"

static const char *const op_names[] = {
#define X(id, name) [PLAN_##id] = name,
        PLAN_OPS(X)
#undef X
};

static const char *const phase_names[] = {
#define X(id, name) [PLAN_PHASE_##id] = name,
        PLAN_PHASES(X)
#undef X
};

const char *plan_op_name(enum plan_op op) { return op_names[op]; }
const char *plan_phase_name(enum plan_phase phase) { return phase_names[phase]; }

const char *plan_ctx_name(enum plan_ctx ctx)
{
        static const char *const names[] = { [PLAN_PARENT] = "parent", [PLAN_MID] = "mid", [PLAN_INIT] = "init" };
        return names[ctx];
}

const char *plan_sync_name(enum plan_sync sync)
{
        static const char *const names[] = {
                [PLAN_SYNC_USERNS] = "userns",   [PLAN_SYNC_INIT_PID] = "init-pid", [PLAN_SYNC_PROCEED] = "proceed",
                [PLAN_SYNC_MOUNTED] = "mounted", [PLAN_SYNC_HOOKED] = "hooked",     [PLAN_SYNC_CONFINED] = "confined",
                [PLAN_SYNC_READY] = "ready",     [PLAN_SYNC_HANDOVER] = "handover", [PLAN_SYNC_PREPARED] = "prepared",
                [PLAN_SYNC_RELEASE] = "release", [PLAN_SYNC_EXECUTING] = "executing",
        };
        return names[sync];
}

const char *plan_step_name(const struct step *step, char *buf, size_t size)
{
        bool varies = step->op == PLAN_MOUNT_ATTACH || step->op == PLAN_HOOK_RUN;

        if (varies && step->kind)
                snprintf(buf, size, "%s.%s", plan_op_name(step->op), step->kind);
        else
                snprintf(buf, size, "%s", plan_op_name(step->op));
        return buf;
}

struct step *planner_add(struct planner *p, enum plan_ctx ctx, enum plan_phase phase, enum plan_op op,
                         const struct json_node *origin)
{
        struct step *grown = arena_grow_array(p->arena, p->steps, p->n_steps, sizeof *grown);
        struct step *s;

        if (!grown)
                return NULL;
        p->steps = grown;
        s = &p->steps[p->n_steps++];
        *s = (struct step) { .op = op, .ctx = ctx, .phase = phase, .origin = origin };
        return s;
}

int planner_place(const struct planner *p, const struct json_node *node, struct err *e)
{
        char pointer[sizeof e->pointer];

        if (node) {
                json_pointer(node, pointer, sizeof pointer);
                err_at(e, p->plan->config_name, node->line, node->column, pointer);
        }
        return -e->num;
}

int planner_warn(struct planner *p, const char *fmt, ...)
{
        oci_strings *list = &p->plan->warnings;
        const char **grown = arena_grow_array(p->arena, list->items, list->n, sizeof *grown);
        va_list ap;

        if (!grown)
                return -ENOMEM;
        list->items = grown;
        va_start(ap, fmt);
        grown[list->n] = arena_vprintf(p->arena, fmt, ap);
        va_end(ap);
        return grown[list->n++] ? 0 : -ENOMEM;
}
