/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "json/write.h"

struct lxc_entry *lxc_report_add(struct lxc_report *report, const char *file, unsigned line, unsigned column)
{
        static struct lxc_entry spare; /* what is said about a line that no memory is left for */
        struct lxc_entry **grown = arena_grow_array(report->arena, report->entries, report->n, sizeof *grown);
        struct lxc_entry *entry = arena_alloc(report->arena, sizeof *entry);

        if (!grown || !entry) {
                report->nomem = true;
                spare = (struct lxc_entry) { .key = "", .value = "" };
                return &spare;
        }
        *entry = (struct lxc_entry) {
                .file = file, .line = line, .column = column, .value_column = column, .key = "", .value = ""
        };
        report->entries = grown;
        report->entries[report->n++] = entry;
        return entry;
}

static _printf_(2, 0) const char *vtext(struct lxc_report *report, const char *fmt, va_list ap)
{
        const char *text = arena_vprintf(report->arena, fmt, ap);

        report->nomem |= !text;
        return text ?: "";
}

const char *lxc_text(struct lxc_report *report, const char *fmt, ...)
{
        const char *text;
        va_list ap;

        va_start(ap, fmt);
        text = vtext(report, fmt, ap);
        va_end(ap);
        return text;
}

const char *lxc_json(struct lxc_report *report, const char *text)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_add_json(&b, text);
        report->nomem |= b.failed;
        return lxc_text(report, "%s", b.text ?: "");
}

static void raise_class(struct lxc_entry *entry, enum lxc_class cls)
{
        if (!entry->classified || cls > entry->cls)
                entry->cls = cls;
        entry->classified = true;
}

void lxc_became(struct lxc_report *report, struct lxc_entry *entry, enum lxc_class cls, const char *value, const char *fmt, ...)
{
        struct lxc_became *grown;
        const char *pointer;
        va_list ap;

        raise_class(entry, cls);
        va_start(ap, fmt);
        pointer = vtext(report, fmt, ap);
        va_end(ap);
        if (!pointer[0])
                return;
        grown = arena_grow_array(report->arena, entry->became, entry->n_became, sizeof *grown);
        if (!grown) {
                report->nomem = true;
                return;
        }
        entry->became = grown;
        entry->became[entry->n_became++] = (struct lxc_became) { .pointer = pointer, .value = value };
}

static void say(struct lxc_report *report, struct lxc_entry *entry, enum lxc_severity severity, const char *text)
{
        struct lxc_remark *grown = arena_grow_array(report->arena, entry->remarks, entry->n_remarks, sizeof *grown);

        if (severity == LXC_ERROR) {
                raise_class(entry, LXC_IMPOSSIBLE);
                if (report->force)
                        severity = LXC_WARN;
        }
        entry->severity = MAX(entry->severity, severity);
        if (!grown) {
                report->nomem = true;
                return;
        }
        entry->remarks = grown;
        entry->remarks[entry->n_remarks++] = (struct lxc_remark) { .severity = severity, .text = text };
}

void lxc_say(struct lxc_report *report, struct lxc_entry *entry, enum lxc_severity severity, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        say(report, entry, severity, vtext(report, fmt, ap));
        va_end(ap);
}

void lxc_dropped(struct lxc_report *report, struct lxc_entry *entry, const char *fmt, ...)
{
        va_list ap;

        raise_class(entry, LXC_DROPPED);
        va_start(ap, fmt);
        say(report, entry, LXC_INFO, vtext(report, fmt, ap));
        va_end(ap);
}

void lxc_lost(struct lxc_report *report, struct lxc_entry *entry, enum lxc_severity severity, const char *fmt, ...)
{
        va_list ap;

        raise_class(entry, LXC_IMPOSSIBLE);
        va_start(ap, fmt);
        say(report, entry, severity, vtext(report, fmt, ap));
        va_end(ap);
}

void lxc_elsewhere(struct lxc_report *report, struct lxc_entry *entry, const char *fmt, ...)
{
        va_list ap;

        if (entry->elsewhere)
                return;
        va_start(ap, fmt);
        entry->elsewhere = vtext(report, fmt, ap);
        va_end(ap);
}

static void add_fact(struct lxc_report *report, struct lxc_fact **list, size_t *n, struct lxc_fact fact)
{
        struct lxc_fact *grown = arena_grow_array(report->arena, *list, *n, sizeof *grown);

        if (!grown) {
                report->nomem = true;
                return;
        }
        *list = grown;
        grown[(*n)++] = fact;
}

void lxc_default(struct lxc_report *report, const char *pointer, const char *value, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        add_fact(report, &report->defaults, &report->n_defaults,
                 (struct lxc_fact) { .pointer = pointer, .value = value, .text = vtext(report, fmt, ap) });
        va_end(ap);
}

void lxc_security(struct lxc_report *report, const char *pointer, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        add_fact(report, &report->security, &report->n_security,
                 (struct lxc_fact) { .pointer = pointer, .text = vtext(report, fmt, ap) });
        va_end(ap);
}

void lxc_report_summary(const struct lxc_report *report, struct lxc_summary *ret)
{
        bool portable = streq(report->target, "portable");

        *ret = (struct lxc_summary) { 0 };
        for (size_t i = 0; i < report->n; i++) {
                const struct lxc_entry *entry = report->entries[i];

                ret->n_class[entry->cls]++;
                ret->n_severity[entry->severity]++;
                ret->loss |= entry->cls == LXC_IMPOSSIBLE || entry->severity >= LXC_WARN || (portable && entry->cls == LXC_BERTH);
        }
}
