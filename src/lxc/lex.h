/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of an lxc.conf, as LXC's own reader cuts them, each with its place.
 * Owns: nothing; keys and values live in the arena.  Layer: src/lxc, pure.
 *
 *      struct lxc_lexer lexer = { .text = text, .len = len };
 *      while (lxc_lex_next(arena, &lexer, &line))
 *              ...
 *
 * A line ends at a newline, a carriage return or a NUL byte (LXC 3.0 and later; earlier ones keep the carriage return in the
 * value).  Lines are counted by newlines only and columns in bytes, as editors do.  There are no continuation lines, no comments
 * after a value, no escapes and no variables.  Outer quotes are left in place: whether they belong to the value depends on the
 * era (lxc_unquote).
 */
#ifndef BERTH_LXC_LEX_H
#define BERTH_LXC_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

enum lxc_line_kind {
        LXC_LINE_BLANK,
        LXC_LINE_COMMENT,
        LXC_LINE_FOREIGN,   /* does not begin with "lxc.": LXC 0.7.5 and later pass over it */
        LXC_LINE_NO_EQUALS, /* begins with "lxc.", but holds no '=' */
        LXC_LINE_KEY,
};

struct lxc_line {
        enum lxc_line_kind kind;
        unsigned line, column, value_column; /* from 1 */
        const char *key;   /* of a foreign line, and one without '=', all of it */
        const char *value; /* trimmed; "" when empty */
};

struct lxc_lexer {
        const char *text;
        size_t len, at;
        size_t line_start; /* offset of the current line's first byte */
        unsigned line;     /* newlines passed */
        bool saw_return, saw_nul, nomem;
};

/* The next line, or false at the end of the text (or with .nomem set). */
bool lxc_lex_next(struct arena *arena, struct lxc_lexer *lexer, struct lxc_line *ret);

enum lxc_quotes { LXC_QUOTES_NONE, LXC_QUOTES_PAIR, LXC_QUOTES_OPEN };
/* How VALUE is quoted: in a pair, or with an opening quote that nothing closes. */
enum lxc_quotes lxc_quotes_of(const char *value);
/* VALUE without its outer pair of quotes; VALUE itself when it has none.  NULL: no memory. */
const char *lxc_unquote(struct arena *arena, const char *value);

#endif
