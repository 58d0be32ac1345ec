/* SPDX-License-Identifier: Apache-2.0 */
/* Strings: a growing buffer, and the few predicates that everybody needs.
 * Owns: struct strbuf owns its heap text.  Layer: base.  Context: any single thread; the buffer not after clone.
 *
 *      _cleanup_(strbuf_done) struct strbuf b = { 0 };
 *      strbuf_printf(&b, "%s=%d\n", key, value);
 *      if (b.failed) return err_nomem(e);       one check at the end, not one a call
 */
#ifndef BERTH_BASE_STR_H
#define BERTH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "cleanup.h"

struct strbuf {
        char *text; /* owned, NUL-terminated; NULL while empty */
        size_t len, cap;
        bool failed; /* memory ran out: the text is incomplete */
};

void strbuf_add(struct strbuf *b, const char *text, size_t len);
void strbuf_adds(struct strbuf *b, const char *text);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) _printf_(2, 3);
/* TEXT as one word for sh(1), in single quotes. */
void strbuf_add_sh(struct strbuf *b, const char *text);
/* TEXT as a JSON string with its quotes, RFC 8259; bytes that are no UTF-8 become U+FFFD; '/' is not escaped. */
void strbuf_add_json(struct strbuf *b, const char *text);
void strbuf_done(struct strbuf *b);

static inline bool streq(const char *a, const char *b) { return strcmp(a, b) == 0; }
/* Equal, where NULL equals only NULL. */
static inline bool streq_ptr(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }
static inline bool str_empty(const char *s) { return !s || s[0] == '\0'; }
/* What follows PREFIX in TEXT, or NULL when TEXT does not begin with it. */
static inline const char *str_after(const char *text, const char *prefix)
{
        size_t n = strlen(prefix);
        return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

/* Edits (insert, delete, substitute, swap neighbours) between A and B, case ignored; capped at 255. */
unsigned str_distance(const char *a, const char *b);
/* The name among N that WORD was probably meant to be, or NULL when none is near (a third of its length). */
const char *str_nearest(const char *word, const char *const *names, size_t n);

#endif
