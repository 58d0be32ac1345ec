/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include "json/tree.h"

static bool wants_terminal(const struct plan *plan)
{
        const struct oci_process *process = plan->spec->process;

        return process && process->terminal.set && process->terminal.value;
}

static const struct json_node *process_member(const struct plan *plan, const char *key)
{
        const struct json_node *node = plan->spec->process->at.node;

        return node ? json_member(node, key) : NULL;
}

/* The kernel keeps 16 bits. */
static uint16_t characters(const struct opt_u32 *n)
{
        return !n->set ? 0 : n->value > UINT16_MAX ? UINT16_MAX : (uint16_t) n->value;
}

static struct step_terminal *make_terminal(struct planner *p)
{
        const struct oci_process *process = p->plan->spec->process;
        struct step_terminal *t = arena_alloc(p->arena, sizeof *t);

        if (!t)
                return NULL;
        t->socket = p->plan->request->console_socket;
        t->uid = process->user.uid.value;
        if (process->console_size) {
                t->rows = characters(&process->console_size->height);
                t->columns = characters(&process->console_size->width);
        }
        return t;
}

/* Someone waits at the socket, or nobody would: both would be noticed only by a hang. */
static int check_socket(const struct plan *plan, struct err *e)
{
        const struct plan_request *request = plan->request;
        const struct json_node *node;

        if (request->console_socket && !wants_terminal(plan)) {
                err_set(e, ERR_USAGE, EINVAL, "a console socket was given, but the config asks for no terminal");
                err_hint(e, "set process.terminal to true, or leave out --console-socket");
                return -EINVAL;
        }
        if (request->console_socket || request->run || !wants_terminal(plan))
                return 0;
        err_set(e, ERR_CONFIG, EINVAL, "the config asks for a terminal, but nobody is there to serve it");
        err_hint(e, "give --console-socket, or use 'run' without --detach, or set process.terminal to false");
        node = process_member(plan, "terminal");
        if (node)
                err_at(e, plan->config_name, node->line, node->column, "/process/terminal");
        return -EINVAL;
}

static int add_row(struct planner *p, enum plan_ctx ctx, enum plan_phase phase, enum plan_op op)
{
        struct step *s = planner_add(p, ctx, phase, op, process_member(p->plan, "terminal"));

        if (!s)
                return -ENOMEM;
        s->u.terminal = make_terminal(p);
        return s->u.terminal ? 0 : -ENOMEM;
}

int plan_add_terminal_connect(struct planner *p, struct err *e)
{
        int r = check_socket(p->plan, e);

        if (r < 0 || !wants_terminal(p->plan))
                return r;
        return add_row(p, PLAN_PARENT, PLAN_PHASE_SPAWN, PLAN_TERMINAL_CONNECT) < 0 ? err_nomem(e) : 0;
}

int plan_add_terminal(struct planner *p, struct err *e)
{
        struct step *s;

        if (!p->plan->spec->process)
                return 0;
        if (wants_terminal(p->plan) && add_row(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_TERMINAL_OPEN) < 0)
                return err_nomem(e);
        s = planner_add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_STDIO_CHOWN, process_member(p->plan, "user"));
        if (!s)
                return err_nomem(e);
        s->u.number = p->plan->spec->process->user.uid.value;
        return 0;
}

void plan_terminal_describe(const struct step *step, struct strbuf *out)
{
        const struct step_terminal *t = step->u.terminal;

        switch (step->op) {
        case PLAN_TERMINAL_CONNECT:
                if (t->socket)
                        strbuf_printf(out, "'%s'", t->socket);
                else
                        strbuf_adds(out, "served here");
                break;
        case PLAN_TERMINAL_OPEN:
                strbuf_printf(out, "'/dev/console' uid=%u", t->uid);
                if (t->rows || t->columns)
                        strbuf_printf(out, " %ux%u", t->columns, t->rows);
                break;
        case PLAN_STDIO_CHOWN:
                strbuf_printf(out, "uid=%u", (unsigned) step->u.number);
                break;
        default:
                break;
        }
}
