/* SPDX-License-Identifier: Apache-2.0 */
/* The report as a person reads it, and as a program does. */
#include <string.h>

#include "json/write.h"
#include "report.h"
#include "text.h"

enum { PLACE_WIDTH = 6, KEY_WIDTH = 44, VALUE_BYTES = 96, WORD_BYTES = 4096, INDENT = 4 };

static const char *const class_colour[] = {
        [LXC_EXACT] = "\033[32m", [LXC_NEARLY] = "\033[36m", [LXC_HOOK] = "\033[36m",
        [LXC_BERTH] = "\033[35m", [LXC_DROPPED] = "\033[2m", [LXC_IMPOSSIBLE] = "\033[33m",
};
static const char *const severity_colour[] = {
        [LXC_INFO] = "\033[2m", [LXC_NOTE] = "", [LXC_WARN] = "\033[33m", [LXC_ERROR] = "\033[31m"
};

static void paint(struct strbuf *out, bool colour, const char *code, const char *text)
{
        bool on = colour && code[0];

        strbuf_printf(out, "%s%s%s", on ? code : "", text, on ? "\033[0m" : "");
}

/* TEXT, cut when long, without what could disturb a terminal; a cut does not split a character. */
static void add_shown(struct strbuf *out, const char *text)
{
        size_t len = strnlen(text, VALUE_BYTES + 1);
        bool cut = len > VALUE_BYTES;

        len = cut ? VALUE_BYTES : len;
        while (cut && len > 0 && ((unsigned char) text[len] & 0xc0) == 0x80)
                len--;
        lxc_add_plain(out, text, len);
        if (cut)
                strbuf_adds(out, "...");
}

/* The columns of LEN bytes of TEXT: characters, as far as bytes can tell. */
static size_t columns(const char *text, size_t len)
{
        size_t n = 0;

        for (size_t i = 0; i < len; i++)
                n += ((unsigned char) text[i] & 0xc0) != 0x80;
        return n;
}

/* TEXT from column AT on; a word that does not fit begins a line of its own, below the first by INDENT. */
static void add_wrapped(struct strbuf *out, const char *text, size_t at, size_t indent, size_t width)
{
        bool first = true;

        while (*text) {
                size_t len = strcspn(text, " "), n = columns(text, len);

                if (width > 0 && !first && at + 1 + n > width) {
                        strbuf_printf(out, "\n%*s", (int) indent, "");
                        at = indent;
                } else if (!first) {
                        strbuf_addc(out, ' ');
                        at++;
                }
                lxc_add_plain(out, text, MIN(len, (size_t) WORD_BYTES));
                strbuf_adds(out, len > WORD_BYTES ? "..." : "");
                at += n;
                first = false;
                text += len;
                text += *text == ' ';
        }
}

/* AFTER columns of the line are filled: what does not fit behind them goes below. */
static void add_became(const struct lxc_entry *entry, const struct lxc_report_style *style, size_t after, struct strbuf *out)
{
        for (size_t i = 0; i < entry->n_became; i++) {
                size_t len = strlen(" -> ") + strlen(entry->became[i].pointer) + strlen(entry->became[i].value ?: "") + strlen(" = ");

                strbuf_adds(out, i > 0 || (style->width > 0 && after + len > style->width) ? "\n    -> " : " -> ");
                lxc_add_plain(out, entry->became[i].pointer, strlen(entry->became[i].pointer));
                if (entry->became[i].value) {
                        strbuf_adds(out, " = ");
                        add_shown(out, entry->became[i].value);
                }
        }
}

static void add_remarks(const struct lxc_entry *entry, const struct lxc_report_style *style, struct strbuf *out)
{
        for (size_t i = 0; i < entry->n_remarks; i++) {
                if (style->problems_only && entry->remarks[i].severity < LXC_WARN)
                        continue;
                strbuf_adds(out, "    ");
                paint(out, style->colour, severity_colour[entry->remarks[i].severity],
                      lxc_severity_name(entry->remarks[i].severity));
                strbuf_adds(out, ": ");
                add_wrapped(out, entry->remarks[i].text, INDENT + strlen(lxc_severity_name(entry->remarks[i].severity)) + strlen(": "),
                            INDENT + 2, style->width);
                strbuf_addc(out, '\n');
        }
        if (entry->elsewhere && !style->problems_only) {
                strbuf_adds(out, "    elsewhere: ");
                add_wrapped(out, entry->elsewhere, INDENT + strlen("elsewhere: "), INDENT + 2, style->width);
                strbuf_addc(out, '\n');
        }
}

static void add_entry(const struct lxc_entry *entry, const struct lxc_report_style *style, struct strbuf *out)
{
        _cleanup_(strbuf_done) struct strbuf line = { 0 }, place = { 0 };
        size_t before = strlen(entry->file) + strlen(": ") + strlen("impossible: ");

        if (style->problems_only && entry->severity < LXC_WARN)
                return;
        if (entry->line > 0)
                strbuf_printf(&place, "%u:%u:", entry->line, entry->column);
        lxc_add_plain(out, entry->file, strlen(entry->file));
        strbuf_printf(out, ":%-*s ", PLACE_WIDTH, place.text ?: "");
        paint(out, style->colour, class_colour[entry->cls], lxc_class_name(entry->cls));
        strbuf_printf(out, ":%*s", (int) (strlen("impossible") - strlen(lxc_class_name(entry->cls)) + 1), "");
        add_shown(&line, entry->key);
        if (entry->value_column > entry->column || entry->value[0]) {
                strbuf_adds(&line, entry->match.row || entry->value_column > entry->column ? " = " : " ");
                add_shown(&line, entry->value);
        }
        strbuf_adds(out, line.text ?: "");
        before += MAX(place.len, (size_t) PLACE_WIDTH);
        if (entry->n_became > 0 && line.len < KEY_WIDTH && (style->width == 0 || before + KEY_WIDTH < style->width))
                strbuf_printf(out, "%*s", (int) (KEY_WIDTH - line.len), "");
        add_became(entry, style, before + MAX(line.len, (size_t) KEY_WIDTH), out);
        strbuf_addc(out, '\n');
        add_remarks(entry, style, out);
}

static void add_facts(const char *title, const struct lxc_fact *facts, size_t n, size_t width, struct strbuf *out)
{
        if (n == 0)
                return;
        strbuf_printf(out, "\n%s\n", title);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(strbuf_done) struct strbuf line = { 0 };

                strbuf_adds(&line, facts[i].text);
                if (facts[i].pointer)
                        strbuf_printf(&line, " (%s%s%s)", facts[i].pointer, facts[i].value ? " = " : "", facts[i].value ?: "");
                strbuf_adds(out, "  ");
                add_wrapped(out, line.text ?: "", INDENT / 2, INDENT, width);
                strbuf_addc(out, '\n');
        }
}

static void add_summary(const struct lxc_report *report, struct strbuf *out)
{
        struct lxc_summary s;

        lxc_report_summary(report, &s);
        strbuf_printf(out, "%s: container '%s', %s, read as LXC %s: %zu line%s:", report->config, report->name, report->kind,
                      report->era, report->n, report->n == 1 ? "" : "s");
        for (size_t i = 0; i <= LXC_IMPOSSIBLE; i++)
                if (s.n_class[i] > 0)
                        strbuf_printf(out, " %zu %s", s.n_class[i], lxc_class_name((enum lxc_class) i));
        strbuf_printf(out, "; %zu error%s, %zu warning%s\n", s.n_severity[LXC_ERROR], s.n_severity[LXC_ERROR] == 1 ? "" : "s",
                      s.n_severity[LXC_WARN], s.n_severity[LXC_WARN] == 1 ? "" : "s");
}

void lxc_report_text(const struct lxc_report *report, const struct lxc_report_style *style, struct strbuf *out)
{
        for (size_t i = 0; i < report->n; i++)
                add_entry(report->entries[i], style, out);
        if (!style->problems_only) {
                add_facts("LXC does without being told, and is written out:", report->defaults, report->n_defaults, style->width, out);
                add_facts("For security, know that:", report->security, report->n_security, style->width, out);
                strbuf_addc(out, '\n');
        }
        add_summary(report, out);
}

static void json_entry(struct json_writer *w, const struct lxc_entry *entry)
{
        json_open(w, NULL, '{');
        json_put_string(w, "file", entry->file);
        json_put_u64(w, "line", entry->line);
        json_put_u64(w, "column", entry->column);
        json_put_string(w, "key", entry->key);
        json_put_string(w, "value", entry->value);
        json_put_string(w, "class", lxc_class_name(entry->cls));
        json_put_string(w, "severity", lxc_severity_name(entry->severity));
        json_open(w, "became", '[');
        for (size_t i = 0; i < entry->n_became; i++) {
                json_open(w, NULL, '{');
                json_put_string(w, "pointer", entry->became[i].pointer);
                if (entry->became[i].value)
                        json_put_string(w, "value", entry->became[i].value);
                json_close(w, '}');
        }
        json_close(w, ']');
        json_open(w, "remarks", '[');
        for (size_t i = 0; i < entry->n_remarks; i++) {
                json_open(w, NULL, '{');
                json_put_string(w, "severity", lxc_severity_name(entry->remarks[i].severity));
                json_put_string(w, "text", entry->remarks[i].text);
                json_close(w, '}');
        }
        json_close(w, ']');
        if (entry->elsewhere)
                json_put_string(w, "elsewhere", entry->elsewhere);
        json_close(w, '}');
}

static void json_facts(struct json_writer *w, const char *key, const struct lxc_fact *facts, size_t n)
{
        json_open(w, key, '[');
        for (size_t i = 0; i < n; i++) {
                json_open(w, NULL, '{');
                if (facts[i].pointer)
                        json_put_string(w, "pointer", facts[i].pointer);
                if (facts[i].value)
                        json_put_string(w, "value", facts[i].value);
                json_put_string(w, "text", facts[i].text);
                json_close(w, '}');
        }
        json_close(w, ']');
}

void lxc_report_json(const struct lxc_report *report, struct strbuf *out)
{
        struct json_writer w = { .out = out, .pretty = true };
        struct lxc_summary s;

        lxc_report_summary(report, &s);
        json_open(&w, NULL, '{');
        json_put_u64(&w, "version", 1);
        json_put_string(&w, "config", report->config);
        json_put_string(&w, "name", report->name);
        json_put_string(&w, "kind", report->kind);
        json_put_string(&w, "era", report->era);
        json_put_string(&w, "target", report->target);
        json_open(&w, "lines", '[');
        for (size_t i = 0; i < report->n; i++)
                json_entry(&w, report->entries[i]);
        json_close(&w, ']');
        json_facts(&w, "defaults", report->defaults, report->n_defaults);
        json_facts(&w, "security", report->security, report->n_security);
        json_open(&w, "summary", '{');
        json_put_u64(&w, "errors", s.n_severity[LXC_ERROR]);
        json_put_u64(&w, "warnings", s.n_severity[LXC_WARN]);
        json_put_bool(&w, "loss", s.loss);
        json_close(&w, '}');
        json_close(&w, '}');
}
