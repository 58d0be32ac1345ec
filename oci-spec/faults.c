/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <stdarg.h>

static void fault_add(struct faults *f, const struct json_node *node, bool warning, const char *hint, const char *fmt,
                      va_list ap) _printf_(5, 0);

/* The error is counted before memory is asked for: a caller that looks only at n_errors fails closed. */
static void fault_add(struct faults *f, const struct json_node *node, bool warning, const char *hint, const char *fmt,
                      va_list ap)
{
        struct fault *items;
        const char *text;

        if (!warning)
                f->n_errors++;
        text = arena_vprintf(f->arena, fmt, ap);
        items = arena_grow_array(f->arena, f->items, f->n, sizeof *items);
        if (!text || !items) {
                f->nomem = true;
                return;
        }
        f->items = items;
        items[f->n++] = (struct fault) { .warning = warning, .text = text, .hint = hint, .node = node };
}

void fault_error(struct faults *f, const struct json_node *node, const char *hint, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        fault_add(f, node, false, hint, fmt, ap);
        va_end(ap);
}

void fault_warning(struct faults *f, const struct json_node *node, const char *hint, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        fault_add(f, node, true, hint, fmt, ap);
        va_end(ap);
}

int fault_to_err(const struct faults *f, const struct fault *fault, struct err *e)
{
        const struct json_node *node = fault->node;
        char pointer[sizeof e->pointer] = "";
        bool at_key = fault->at_key && node && node->key_line;
        int r = err_set(e, ERR_CONFIG, EINVAL, "%s", fault->text);

        if (node)
                json_pointer(node, pointer, sizeof pointer);
        err_at(e, f->file, !node ? 0 : at_key ? node->key_line : node->line,
               !node ? 0 : at_key ? node->key_column : node->column, pointer);
        if (fault->hint)
                err_hint(e, "%s", fault->hint);
        return r;
}

int faults_to_err(const struct faults *f, struct err *e)
{
        const struct fault *first = NULL;
        int r;

        if (f->nomem)
                return err_nomem(e);
        for (size_t i = 0; i < f->n && !first; i++)
                if (!f->items[i].warning)
                        first = &f->items[i];
        if (!first)
                return 0;
        r = fault_to_err(f, first, e);
        if (e && f->n_errors > 1) {
                char more[64];
                size_t len;

                snprintf(more, sizeof more, "%s(and %zu more)", e->hint[0] ? " " : "", f->n_errors - 1);
                len = strlen(e->hint);
                if (len + strlen(more) < sizeof e->hint)
                        memcpy(e->hint + len, more, strlen(more) + 1);
        }
        return r;
}
