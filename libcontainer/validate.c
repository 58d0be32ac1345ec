/* SPDX-License-Identifier: Apache-2.0 */
/* validate: every finding about a config.json, in the order of the document. */
#include <stdlib.h>

#include "config.h"

static unsigned line_of(const struct fault *f) { return !f->node ? 0 : f->at_key ? f->node->key_line : f->node->line; }
static unsigned column_of(const struct fault *f) { return !f->node ? 0 : f->at_key ? f->node->key_column : f->node->column; }

static int by_place(const void *a, const void *b)
{
        const struct fault *x = a, *y = b;

        if (line_of(x) != line_of(y))
                return line_of(x) < line_of(y) ? -1 : 1;
        return column_of(x) < column_of(y) ? -1 : column_of(x) > column_of(y);
}

static void report(const struct faults *faults, const struct fault *fault, berth_fault_fn each, void *arg)
{
        char pointer[1024] = "";
        struct berth_fault_report public = {
                .warning = fault->warning,
                .file = faults->file,
                .line = line_of(fault),
                .column = column_of(fault),
                .pointer = pointer,
                .text = fault->text,
                .hint = fault->hint,
        };

        if (fault->node)
                json_pointer(fault->node, pointer, sizeof pointer);
        each(arg, &public);
}

int berth_validate(struct berth_context *ctx _unused_, const struct berth_create_options *options, berth_fault_fn each, void *arg,
                   struct berth_error *error)
{
        _cleanup_(making_done) struct making m = MAKING_INIT;
        struct err e = ERR_INIT;
        int r = making_parse(options, &m, &e);

        if (r < 0)
                return facade_return(r, &e, error);
        if (m.faults.n > 1)
                qsort(m.faults.items, m.faults.n, sizeof *m.faults.items, by_place);
        for (size_t i = 0; i < m.faults.n; i++)
                report(&m.faults, &m.faults.items[i], each, arg);
        return (int) m.faults.n_errors;
}
