/* SPDX-License-Identifier: Apache-2.0 */
/* The notes of src/lxc as text, one a line, for comparing. */
#ifndef BERTH_TESTS_LXC_NOTES_H
#define BERTH_TESTS_LXC_NOTES_H

#include "note.h"
#include "str.h"

static inline void notes_print(void *arg, const struct lxc_note *n)
{
        static const char *const classes[] = { "exact", "nearly", "hook", "berth", "dropped", "impossible" };
        static const char *const severities[] = { "info", "note", "warn", "ERROR" };
        struct strbuf *out = arg;

        strbuf_printf(out, "%u:%u %s %s", n->line, n->column, classes[n->cls], severities[n->severity]);
        if (n->subject)
                strbuf_printf(out, " '%s'", n->subject);
        if (n->pointer)
                strbuf_printf(out, " -> %s", n->pointer);
        if (n->value)
                strbuf_printf(out, " = %s", n->value);
        if (n->text)
                strbuf_printf(out, ": %s", n->text);
        if (n->hint)
                strbuf_printf(out, " (%s)", n->hint);
        strbuf_addc(out, '\n');
}

#endif
