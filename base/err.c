/* SPDX-License-Identifier: Apache-2.0 */
#include "err.h"

#include <stdint.h>
#include <string.h>

const char *errno_name(int num)
{
        const char *name = num > 0 ? strerrorname_np(num) : NULL;

        return name ? name : "unknown errno";
}

const char *errno_text(int num)
{
        const char *text = num > 0 ? strerrordesc_np(num) : NULL;

        return text ? text : "Unknown error";
}

const char *errno_exec_text(int num)
{
        switch (num) {
        case EACCES:
                return "permission denied";
        case ENOENT:
                return "no such file or directory";
        case EISDIR:
                return "is a directory";
        default:
                return errno_text(num);
        }
}

int err_setv(struct err *e, enum err_class cls, int num, const char *fmt, va_list ap)
{
        if (num <= 0)
                num = EINVAL;
        if (!e)
                return -num;
        *e = ERR_INIT;
        e->num = num;
        e->cls = cls;
        vsnprintf(e->text, sizeof e->text, fmt, ap);
        return -num;
}

int err_set(struct err *e, enum err_class cls, int num, const char *fmt, ...)
{
        va_list ap;
        int r;

        va_start(ap, fmt);
        r = err_setv(e, cls, num, fmt, ap);
        va_end(ap);
        return r;
}

/* However long the names in the sentence are, what callers and people look for is at its end. */
static void add_errno(struct err *e, int num)
{
        char suffix[96];
        size_t len = strlen(e->text), n, most;

        snprintf(suffix, sizeof suffix, ": %s (%s)", errno_text(num), errno_name(num));
        n = strlen(suffix);
        most = sizeof e->text - 1 - n;
        if (len > most) {
                len = most;
                memcpy(e->text + len - strlen("..."), "...", strlen("..."));
        }
        memcpy(e->text + len, suffix, n + 1);
}

int err_sys(struct err *e, int num, const char *call, const char *fmt, ...)
{
        va_list ap;
        int r;

        va_start(ap, fmt);
        r = err_setv(e, ERR_HOST, num, fmt, ap);
        va_end(ap);
        if (!e)
                return r;
        add_errno(e, -r);
        snprintf(e->call, sizeof e->call, "%s", call);
        return r;
}

int err_nomem(struct err *e)
{
        return err_set(e, ERR_HOST, ENOMEM, "out of memory: %s (%s)", errno_text(ENOMEM), errno_name(ENOMEM));
}

void err_hint(struct err *e, const char *fmt, ...)
{
        va_list ap;

        if (!e || e->hint[0])
                return;
        va_start(ap, fmt);
        vsnprintf(e->hint, sizeof e->hint, fmt, ap);
        va_end(ap);
}

void err_kernel(struct err *e, const char *text)
{
        if (e && text)
                snprintf(e->kernel, sizeof e->kernel, "%s", text);
}

void err_output(struct err *e, const char *text, size_t len)
{
        size_t room = sizeof ((struct err *) 0)->output - 1, n = MIN(len, room);

        if (!e)
                return;
        text += len - n;
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' ' || text[n - 1] == '\r'))
                n--;
        for (size_t i = 0; i < n; i++) {
                unsigned char c = (unsigned char) text[i];

                e->output[i] = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? '?' : (char) c;
        }
        e->output[n] = '\0';
}

void err_pointer(struct err *e, const char *pointer)
{
        if (!e || !pointer)
                return;
        snprintf(e->pointer, sizeof e->pointer, "%s", pointer);
        /* Keys come from the document: a line break in one must not make a line of its own in a log. */
        for (char *c = e->pointer; *c; c++)
                if ((unsigned char) *c < 0x20 || *c == 0x7f)
                        *c = '?';
}

void err_at(struct err *e, const char *file, unsigned line, unsigned column, const char *pointer)
{
        if (!e)
                return;
        if (file)
                snprintf(e->file, sizeof e->file, "%s", file);
        e->line = line;
        e->column = column;
        err_pointer(e, pointer);
}

/* snprintf into what is left of a buffer, counting what would have been needed. */
struct sink {
        char *buf;
        size_t size, len;
};

static void sink_add(struct sink *s, const char *fmt, ...) _printf_(2, 3);
static void sink_add(struct sink *s, const char *fmt, ...)
{
        size_t room = s->len < s->size ? s->size - s->len : 0;
        va_list ap;
        int n;

        va_start(ap, fmt);
        n = vsnprintf(room ? s->buf + s->len : NULL, room, fmt, ap);
        va_end(ap);
        if (n > 0)
                s->len += (size_t) n;
}

/* The remark in parentheses that ends TEXT, with the space before it; else TEXT's end. */
static const char *remark_of(const char *text)
{
        const char *end = text + strlen(text), *open = strrchr(text, '(');

        return end > text && end[-1] == ')' && open && open > text && open[-1] == ' ' ? open - 1 : end;
}

/* A fault of a document begins with its place, as compilers print it, and ends with the pointer; only a remark in
 * parentheses comes behind: "unknown mount option 'nosiud' at /mounts/0/options/1 (proc on '/proc')". */
static void sink_add_first_line(struct sink *s, const struct err *e, const char *subject)
{
        if (e->cls == ERR_CONFIG && e->file[0]) {
                sink_add(s, "%s", e->file);
                if (e->line)
                        sink_add(s, ":%u:%u", e->line, e->column);
                sink_add(s, ": ");
        } else if (subject) {
                sink_add(s, "%s: ", subject);
        }
        if (e->cls == ERR_CONFIG && e->pointer[0] && e->step < 0)
                sink_add(s, "%.*s at %s%s", (int) (remark_of(e->text) - e->text), e->text, e->pointer, remark_of(e->text));
        else
                sink_add(s, "%s", e->text);
}

/* Each line of the output stands behind a bar, so that it cannot be taken for a line of ours. */
static void sink_add_output(struct sink *s, const struct err *e)
{
        if (!e->output[0])
                return;
        sink_add(s, "\n  output:");
        for (const char *line = e->output; line;) {
                const char *end = strchr(line, '\n');

                sink_add(s, "\n    | %.*s", (int) (end ? (size_t) (end - line) : strlen(line)), line);
                line = end ? end + 1 : NULL;
        }
}

/* What planning finds about the host has no step, but the field that asked for it. */
static void sink_add_where(struct sink *s, const struct err *e)
{
        if (e->step < 0 && (e->cls == ERR_CONFIG || !e->pointer[0]))
                return;
        if (e->step >= 0)
                sink_add(s, "\n  where: step %s #%d, in %s", e->step_name, e->step, e->context);
        if (e->pointer[0])
                sink_add(s, e->step >= 0 ? ", from %s" : "\n  where: %s", e->pointer);
        if (e->pointer[0] && e->file[0] && e->line)
                sink_add(s, " (%s:%u:%u)", e->file, e->line, e->column);
}

size_t err_format_line(const struct err *e, const char *subject, char *buf, size_t size)
{
        struct sink s = { .buf = buf, .size = size };

        sink_add_first_line(&s, e, subject);
        return s.len;
}

size_t err_format(const struct err *e, const char *subject, char *buf, size_t size)
{
        struct sink s = { .buf = buf, .size = size };

        sink_add_first_line(&s, e, subject);
        if (e->kernel[0])
                sink_add(&s, "\n  kernel: %s", e->kernel);
        sink_add_output(&s, e);
        sink_add_where(&s, e);
        if (e->hint[0])
                sink_add(&s, "\n  hint: %s", e->hint);
        if (e->undone[0])
                sink_add(&s, "\n  state: %s", e->undone);
        return s.len;
}
