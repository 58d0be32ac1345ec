/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <stdarg.h>

#include "str.h"

enum { SENTENCE_MAX = 600, CUT_HEAD = 400, CUT_TAIL = 150 }; /* bytes */

/* The first byte at or after TEXT that does not continue a UTF-8 sequence. */
static const char *next_start(const char *text)
{
        while (((unsigned char) *text & 0xc0) == 0x80)
                text++;
        return text;
}

static void add_escaped(struct strbuf *b, const char *from, const char *to)
{
        for (; from < to; from++)
                if ((unsigned char) *from >= 0x20 && *from != 0x7f)
                        strbuf_addc(b, *from);
                else if (*from == '\n' || *from == '\t')
                        strbuf_adds(b, *from == '\n' ? "\\n" : "\\t");
                else
                        strbuf_printf(b, "\\x%02x", (unsigned char) *from);
}

/* Sentences and hints quote the document: a value's control characters must not reach a terminal, nor its megabytes a
 * log.  Returns TEXT itself when it is harmless, else a copy in the arena; NULL when memory is short. */
static const char *presentable(struct faults *f, const char *text)
{
        struct strbuf b = { 0 };
        const char *end, *copy;
        bool clean = true;

        if (!text)
                return NULL;
        end = text + strlen(text);
        for (const char *c = text; *c && clean; c++)
                clean = (unsigned char) *c >= 0x20 && *c != 0x7f;
        if (clean && end - text <= SENTENCE_MAX)
                return text;
        if (end - text <= SENTENCE_MAX) {
                add_escaped(&b, text, end);
        } else {
                add_escaped(&b, text, next_start(text + CUT_HEAD));
                strbuf_adds(&b, "…");
                add_escaped(&b, next_start(end - CUT_TAIL), end);
        }
        copy = b.failed ? NULL : arena_strdup(f->arena, b.text);
        strbuf_done(&b);
        return copy;
}

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
        text = presentable(f, arena_vprintf(f->arena, fmt, ap));
        items = arena_grow_array(f->arena, f->items, f->n, sizeof *items);
        if (!text || !items) {
                f->nomem = true;
                return;
        }
        f->items = items;
        items[f->n++] = (struct fault) { .warning = warning, .text = text, .hint = presentable(f, hint), .node = node };
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

static uint32_t fault_line(const struct fault *f)
{
        return !f->node ? 0 : f->at_key && f->node->key_line ? f->node->key_line : f->node->line;
}

static uint32_t fault_column(const struct fault *f)
{
        return !f->node ? 0 : f->at_key && f->node->key_line ? f->node->key_column : f->node->column;
}

static int compare_places(const void *a, const void *b)
{
        const struct fault *x = *(const struct fault *const *) a, *y = *(const struct fault *const *) b;

        if (fault_line(x) != fault_line(y))
                return fault_line(x) < fault_line(y) ? -1 : 1;
        if (fault_column(x) != fault_column(y))
                return fault_column(x) < fault_column(y) ? -1 : 1;
        return x < y ? -1 : x > y;
}

void faults_sort(struct faults *f)
{
        const struct fault **order = arena_alloc_array(f->arena, f->n, sizeof *order);
        struct fault *sorted = arena_alloc_array(f->arena, f->n, sizeof *sorted);

        if (f->n == 0 || !order || !sorted)
                return;
        for (size_t i = 0; i < f->n; i++)
                order[i] = &f->items[i];
        qsort(order, f->n, sizeof *order, compare_places);
        for (size_t i = 0; i < f->n; i++)
                sorted[i] = *order[i];
        memcpy(f->items, sorted, f->n * sizeof *sorted);
}

int fault_to_err(const struct faults *f, const struct fault *fault, struct err *e)
{
        const struct json_node *node = fault->node;
        char pointer[sizeof e->pointer] = "";
        int r = err_set(e, ERR_CONFIG, EINVAL, "%s", fault->text);

        if (node)
                json_pointer(node, pointer, sizeof pointer);
        err_at(e, f->file, fault_line(fault), fault_column(fault), pointer);
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
