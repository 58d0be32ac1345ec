/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cmd.h"
#include "str.h"

enum { COLUMNS = 6 };

struct listing {
        struct strbuf out;
        struct strbuf cells; /* of the table, row by row, each with its NUL */
        size_t rows;
        size_t width[COLUMNS];
        struct berth_error error;
};

/* A bundle's path may hold anything: a line stays a line, and terminals get no orders. */
static void add_cell(struct listing *l, size_t column, const char *text)
{
        l->width[column] = MAX(l->width[column], strlen(text));
        for (const char *c = text; *c; c++)
                strbuf_addc(&l->cells, (unsigned char) *c < ' ' || *c == 0x7f ? '?' : *c);
        strbuf_addc(&l->cells, '\0');
}

static void add_row(struct listing *l, const char *const cells[COLUMNS])
{
        for (size_t i = 0; i < COLUMNS; i++)
                add_cell(l, i, cells[i]);
        l->rows++;
}

static int each_table(void *arg, const struct berth_state *state)
{
        char pid[16], uid[16];

        snprintf(pid, sizeof pid, "%d", (int) state->pid);
        snprintf(uid, sizeof uid, "#%u", state->owner_uid);
        add_row(arg, (const char *[]) { state->id, pid, berth_status_name(state->status), state->bundle, state->created,
                                        state->owner[0] ? state->owner : uid });
        return 0;
}

static int each_quiet(void *arg, const struct berth_state *state)
{
        struct listing *l = arg;

        strbuf_printf(&l->out, "%s\n", state->id);
        return 0;
}

static int each_json(void *arg, const struct berth_state *state)
{
        struct listing *l = arg;
        _cleanup_free_ char *text = NULL;
        int r = berth_state_to_json(state, false, &text, &l->error);

        if (r < 0)
                return r;
        strbuf_adds(&l->out, l->rows++ ? "," : "[");
        strbuf_add(&l->out, text, strcspn(text, "\n"));
        return 0;
}

/* The last column is not padded: no line ends in spaces. */
static void format_table(struct listing *l)
{
        const char *cell = l->cells.text;

        for (size_t row = 0; row < l->rows; row++)
                for (size_t i = 0; i < COLUMNS; i++, cell += strlen(cell) + 1) {
                        if (i + 1 < COLUMNS)
                                strbuf_printf(&l->out, "%-*s  ", (int) l->width[i], cell);
                        else
                                strbuf_printf(&l->out, "%s\n", cell);
                }
}

static int list_table(const struct cmd_env *env, struct listing *l)
{
        int r;

        add_row(l, (const char *[]) { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" });
        r = berth_list(env->ctx, each_table, l, &l->error);
        if (l->cells.failed)
                l->out.failed = true;
        else if (r >= 0)
                format_table(l);
        strbuf_done(&l->cells);
        return r;
}

static int list_json(const struct cmd_env *env, struct listing *l)
{
        int r = berth_list(env->ctx, each_json, l, &l->error);

        strbuf_adds(&l->out, l->rows ? "]\n" : "[]\n");
        return r;
}

int cmd_list(const struct cmd_env *env)
{
        const char *format = env->args->format ? env->args->format : "table";
        struct listing l = { 0 };
        int r, status;

        if (!streq(format, "json") && !streq(format, "table"))
                r = cmd_usage(&l.error, "it is 'table' or 'json'", "option '--format' has the wrong value '%s'", format);
        else if (env->args->quiet)
                r = berth_list(env->ctx, each_quiet, &l, &l.error);
        else if (streq(format, "json"))
                r = list_json(env, &l);
        else
                r = list_table(env, &l);
        status = r < 0 ? report_error(env->report, &l.error, "list") : cmd_print_buffer(env, &l.out);
        strbuf_done(&l.out);
        return status;
}
