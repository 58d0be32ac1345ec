/* SPDX-License-Identifier: Apache-2.0 */
/* The report of the way back, in the manner of report-text.c. */
#include <string.h>

#include "from-oci.h"
#include "json/write.h"
#include "keys.h"
#include "report.h"
#include "text.h"

enum { POINTER_WIDTH = 36 };

static const char *const severity_colour[] = { [LXC_INFO] = "\033[2m", [LXC_NOTE] = "", [LXC_WARN] = "\033[33m", [LXC_ERROR] = "\033[31m" };

static void add_lines(const struct lxc_note *note, struct strbuf *out)
{
        const char *at = note->value;

        for (size_t i = 0; at && *at; i++) {
                size_t n = strcspn(at, "\n");

                if (i > 0)
                        strbuf_printf(out, "\n%*s", POINTER_WIDTH + 20, "");
                strbuf_adds(out, " -> ");
                lxc_add_plain(out, at, n);
                at += n + (at[n] == '\n');
        }
}

static void add_note(const struct lxc_note *note, const struct lxc_report_style *style, struct strbuf *out)
{
        bool paint = style->colour && severity_colour[note->severity][0];
        _cleanup_(strbuf_done) struct strbuf pointer = { 0 };

        if (style->problems_only && note->severity < LXC_WARN)
                return;
        lxc_add_plain(&pointer, note->pointer ?: "", strlen(note->pointer ?: ""));
        strbuf_printf(out, "%s:%u:%u: %s:%*s%-*s", note->file ?: "", note->line, note->column, lxc_class_name(note->cls),
                      (int) (strlen("impossible") - strlen(lxc_class_name(note->cls)) + 1), "", note->value ? POINTER_WIDTH : 0,
                      pointer.text ?: "");
        add_lines(note, out);
        strbuf_addc(out, '\n');
        if (!note->text)
                return;
        strbuf_printf(out, "    %s%s%s: ", paint ? severity_colour[note->severity] : "", lxc_severity_name(note->severity),
                      paint ? "\033[0m" : "");
        lxc_add_plain(out, note->text, strlen(note->text));
        strbuf_addc(out, '\n');
}

static void count(const struct lxc_from_result *result, size_t classes[LXC_IMPOSSIBLE + 1], size_t severities[LXC_ERROR + 1])
{
        memset(classes, 0, sizeof *classes * (LXC_IMPOSSIBLE + 1));
        memset(severities, 0, sizeof *severities * (LXC_ERROR + 1));
        for (size_t i = 0; i < result->n_notes; i++) {
                classes[result->notes[i].cls]++;
                severities[result->notes[i].severity]++;
        }
}

void lxc_from_report_text(const struct lxc_from_result *result, const struct lxc_report_style *style, struct strbuf *out)
{
        size_t classes[LXC_IMPOSSIBLE + 1], severities[LXC_ERROR + 1];

        count(result, classes, severities);
        for (size_t i = 0; i < result->n_notes; i++)
                add_note(&result->notes[i], style, out);
        strbuf_printf(out, "container '%s', to LXC 3.0 and later: %zu field%s:", result->name, result->n_notes, result->n_notes == 1 ? "" : "s");
        for (size_t i = 0; i <= LXC_IMPOSSIBLE; i++)
                if (classes[i] > 0)
                        strbuf_printf(out, " %zu %s", classes[i], lxc_class_name((enum lxc_class) i));
        strbuf_printf(out, "; %zu error%s, %zu warning%s\n", severities[LXC_ERROR], severities[LXC_ERROR] == 1 ? "" : "s", severities[LXC_WARN],
                      severities[LXC_WARN] == 1 ? "" : "s");
}

static void json_lines(struct json_writer *w, const char *lines)
{
        _cleanup_(strbuf_done) struct strbuf line = { 0 };

        json_open(w, "became", '[');
        for (const char *at = lines; at && *at;) {
                size_t n = strcspn(at, "\n");

                line.len = 0;
                strbuf_add(&line, at, n);
                json_put_string(w, NULL, line.text ?: "");
                at += n + (at[n] == '\n');
        }
        json_close(w, ']');
}

void lxc_from_report_json(const struct lxc_from_result *result, struct strbuf *out)
{
        size_t classes[LXC_IMPOSSIBLE + 1], severities[LXC_ERROR + 1];
        struct json_writer w = { .out = out, .pretty = true };

        count(result, classes, severities);
        json_open(&w, NULL, '{');
        json_put_u64(&w, "version", 1);
        json_put_string(&w, "name", result->name);
        json_put_string(&w, "direction", "to-lxc");
        json_open(&w, "fields", '[');
        for (size_t i = 0; i < result->n_notes; i++) {
                const struct lxc_note *note = &result->notes[i];

                json_open(&w, NULL, '{');
                json_put_string(&w, "file", note->file ?: "");
                json_put_u64(&w, "line", note->line);
                json_put_u64(&w, "column", note->column);
                json_put_string(&w, "pointer", note->pointer ?: "");
                json_put_string(&w, "class", lxc_class_name(note->cls));
                json_put_string(&w, "severity", lxc_severity_name(note->severity));
                json_lines(&w, note->value);
                if (note->text)
                        json_put_string(&w, "text", note->text);
                json_close(&w, '}');
        }
        json_close(&w, ']');
        json_open(&w, "summary", '{');
        json_put_u64(&w, "errors", severities[LXC_ERROR]);
        json_put_u64(&w, "warnings", severities[LXC_WARN]);
        json_put_bool(&w, "loss", result->loss);
        json_close(&w, '}');
        json_close(&w, '}');
}
