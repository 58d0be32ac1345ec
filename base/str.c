/* SPDX-License-Identifier: Apache-2.0 */
#include "str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

static bool strbuf_reserve(struct strbuf *b, size_t more)
{
        size_t need, cap;
        char *text;

        if (b->failed || __builtin_add_overflow(b->len, more, &need) || __builtin_add_overflow(need, 1, &need)) {
                b->failed = true;
                return false;
        }
        if (need <= b->cap)
                return true;
        cap = MAX(MAX(need, b->cap * 2), (size_t) 128);
        text = realloc(b->text, cap);
        if (!text) {
                b->failed = true;
                return false;
        }
        b->text = text;
        b->cap = cap;
        return true;
}

void strbuf_add(struct strbuf *b, const char *text, size_t len)
{
        if (!strbuf_reserve(b, len))
                return;
        memcpy(b->text + b->len, text, len);
        b->len += len;
        b->text[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *text) { strbuf_add(b, text, strlen(text)); }
void strbuf_addc(struct strbuf *b, char c) { strbuf_add(b, &c, 1); }

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
        va_list ap;
        int len;

        va_start(ap, fmt);
        len = vsnprintf(NULL, 0, fmt, ap);
        va_end(ap);
        if (len < 0 || !strbuf_reserve(b, (size_t) len))
                return;
        va_start(ap, fmt);
        vsnprintf(b->text + b->len, (size_t) len + 1, fmt, ap);
        va_end(ap);
        b->len += (size_t) len;
}

/* Length of the valid UTF-8 sequence at S, 0 when there is none (RFC 3629: no overlongs, no surrogates). */
static size_t utf8_len(const unsigned char *s)
{
        size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

        for (size_t i = 1; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
            (s[0] == 0xf4 && s[1] > 0x8f))
                return 0;
        return n;
}

static void strbuf_add_json_char(struct strbuf *b, unsigned char c)
{
        static const char escapes[] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
                                        ['\t'] = 't', ['"'] = '"',  ['\\'] = '\\' };

        if (c < sizeof escapes && escapes[c]) {
                strbuf_addc(b, '\\');
                strbuf_addc(b, escapes[c]);
        } else if (c < 0x20 || c == 0x7f) {
                strbuf_printf(b, "\\u%04x", c);
        } else {
                strbuf_addc(b, (char) c);
        }
}

void strbuf_add_json(struct strbuf *b, const char *text)
{
        const unsigned char *s = (const unsigned char *) text;

        strbuf_addc(b, '"');
        while (*s) {
                size_t n = utf8_len(s);

                if (n == 1)
                        strbuf_add_json_char(b, *s);
                else if (n == 0)
                        strbuf_adds(b, "\xef\xbf\xbd");
                else
                        strbuf_add(b, (const char *) s, n);
                s += MAX(n, (size_t) 1);
        }
        strbuf_addc(b, '"');
}

void strbuf_add_sh(struct strbuf *b, const char *text)
{
        strbuf_addc(b, '\'');
        for (; *text; text++)
                if (*text == '\'')
                        strbuf_adds(b, "'\\''");
                else
                        strbuf_addc(b, *text);
        strbuf_addc(b, '\'');
}

void strbuf_done(struct strbuf *b)
{
        free(b->text);
        *b = (struct strbuf) { 0 };
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c; }

unsigned str_distance(const char *a, const char *b)
{
        enum { LIMIT = 64 };
        unsigned rows[3][LIMIT + 1];
        size_t la = strlen(a), lb = strlen(b);

        if (la > LIMIT || lb > LIMIT)
                return 255;
        for (size_t j = 0; j <= lb; j++)
                rows[0][j] = (unsigned) j;
        for (size_t i = 1; i <= la; i++) {
                unsigned *cur = rows[i % 3], *prev = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

                cur[0] = (unsigned) i;
                for (size_t j = 1; j <= lb; j++) {
                        bool same = lower(a[i - 1]) == lower(b[j - 1]);

                        cur[j] = MIN(MIN(prev[j] + 1, cur[j - 1] + 1), prev[j - 1] + (same ? 0 : 1));
                        if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                                cur[j] = MIN(cur[j], before[j - 2] + 1);
                }
        }
        return rows[la % 3][lb];
}

const char *str_nearest(const char *word, const char *const *names, size_t n)
{
        const char *best = NULL;
        unsigned best_distance = (unsigned) (strlen(word) / 3) + 1;

        for (size_t i = 0; i < n; i++) {
                unsigned d = str_distance(word, names[i]);

                if (d < best_distance) {
                        best = names[i];
                        best_distance = d;
                }
        }
        return best;
}
