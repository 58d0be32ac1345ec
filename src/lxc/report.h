/* SPDX-License-Identifier: Apache-2.0 */
/* The report: what became of each line, what was written out that no line says, and what is open.
 * Owns: nothing; all lives in the arena.  Layer: src/lxc, pure.
 *
 *      struct lxc_entry *entry = lxc_report_add(report);
 *      lxc_became(report, entry, LXC_EXACT, "\"p1\"", "/hostname");
 *      lxc_say(report, entry, LXC_NOTE, "the host name is taken as it is");
 *
 * An entry is a line with a key, of whatever file.  Its class is the worst, and its severity the highest, of all that is said
 * about it.  A report that ran out of memory is .nomem and otherwise usable.
 */
#ifndef BERTH_LXC_REPORT_H
#define BERTH_LXC_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "keys.h"
#include "note.h"
#include "str.h"

struct lxc_became {
        const char *pointer; /* into config.json; "lxc-net.json#/…" into that file */
        const char *value;   /* as JSON; NULL: not shown */
};

struct lxc_remark {
        enum lxc_severity severity;
        const char *text;
};

struct lxc_entry {
        const char *file;
        unsigned line, column, value_column; /* from 1 */
        const char *key;
        const char *value;                   /* without outer quotes, where the era takes them off */
        struct lxc_key_match match;          /* .row NULL: no key of LXC's */
        enum lxc_class cls;
        enum lxc_severity severity;
        bool classified;                     /* something was said about what it became */
        struct lxc_became *became;
        size_t n_became;
        struct lxc_remark *remarks;
        size_t n_remarks;
        const char *elsewhere;               /* what another runtime loses; NULL: nothing */
};

/* What LXC does without being told, written out; or a fact on how open the container is. */
struct lxc_fact {
        const char *pointer, *value; /* as in lxc_became; NULL */
        const char *text;
};

struct lxc_report {
        struct arena *arena;
        const char *config, *name, *era, *kind, *target; /* "system" or "application"; "berth" or "portable" */
        struct lxc_entry **entries;
        size_t n;
        struct lxc_fact *defaults;
        size_t n_defaults;
        struct lxc_fact *security;
        size_t n_security;
        bool force; /* errors are warnings */
        bool nomem;
};

struct lxc_entry *lxc_report_add(struct lxc_report *report, const char *file, unsigned line, unsigned column);

/* Formatted text in the arena; "" when memory ran out.  TEXT as a JSON string. */
const char *lxc_text(struct lxc_report *report, const char *fmt, ...) _printf_(2, 3);
const char *lxc_json(struct lxc_report *report, const char *text);

/* ENTRY became VALUE (JSON; NULL: not shown) at the pointer.  An empty pointer only classifies. */
void lxc_became(struct lxc_report *report, struct lxc_entry *entry, enum lxc_class cls, const char *value, const char *fmt, ...)
        _printf_(5, 6);
/* A sentence about ENTRY.  LXC_ERROR makes it impossible. */
void lxc_say(struct lxc_report *report, struct lxc_entry *entry, enum lxc_severity severity, const char *fmt, ...) _printf_(4, 5);
/* Dropped, and why. */
void lxc_dropped(struct lxc_report *report, struct lxc_entry *entry, const char *fmt, ...) _printf_(3, 4);
/* Lost, and it matters only as much as SEVERITY says. */
void lxc_lost(struct lxc_report *report, struct lxc_entry *entry, enum lxc_severity severity, const char *fmt, ...) _printf_(4, 5);
/* What another runtime loses; the first one stays. */
void lxc_elsewhere(struct lxc_report *report, struct lxc_entry *entry, const char *fmt, ...) _printf_(3, 4);

void lxc_default(struct lxc_report *report, const char *pointer, const char *value, const char *fmt, ...) _printf_(4, 5);
void lxc_security(struct lxc_report *report, const char *pointer, const char *fmt, ...) _printf_(3, 4);

struct lxc_summary {
        size_t n_class[LXC_IMPOSSIBLE + 1], n_severity[LXC_ERROR + 1];
        bool loss; /* something is lost for the report's target */
};
void lxc_report_summary(const struct lxc_report *report, struct lxc_summary *ret);

struct lxc_report_style {
        bool colour;
        bool problems_only; /* only warnings and errors, and no lists at the end */
        unsigned width;     /* columns, for lines to be broken at; 0: they are not */
};
void lxc_report_text(const struct lxc_report *report, const struct lxc_report_style *style, struct strbuf *out);
void lxc_report_json(const struct lxc_report *report, struct strbuf *out);

#endif
