/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a text that is no JSON, in one sentence and at the exact byte.
 * Owns: nothing.  Layer: oci-spec, pure; private to json/.
 *
 * yajl only says that it stopped and roughly why.  These functions read the text once more from the end of the last
 * token that was understood, knowing what the grammar (RFC 8259) allows there.
 */
#ifndef BERTH_OCI_JSON_SYNTAX_H
#define BERTH_OCI_JSON_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/tree.h"

/* Offsets turned into lines and columns.  Moves forward only; a whole document costs one pass over its bytes. */
struct json_cursor {
        const char *text;
        size_t at;         /* all before this offset is counted */
        size_t line_start; /* offset of the current line's first byte */
        uint32_t line;     /* from 1 */
};

/* Move to OFFSET, which is not before the place of the last call. */
void json_cursor_move(struct json_cursor *c, size_t offset, uint32_t *ret_line, uint32_t *ret_column);

/* What the grammar allows next. */
enum json_expect {
        JSON_EXPECT_VALUE,          /* the document's value, or after ':' or ',' */
        JSON_EXPECT_VALUE_OR_CLOSE, /* after '[' */
        JSON_EXPECT_KEY,            /* after ',' in an object */
        JSON_EXPECT_KEY_OR_CLOSE,   /* after '{' */
        JSON_EXPECT_COLON,
        JSON_EXPECT_COMMA_OR_CLOSE, /* after an element or member */
        JSON_EXPECT_END,            /* after the document's value */
};

struct json_syntax {
        const char *text, *name;
        size_t len;
        size_t at;                    /* the end of the last token that was understood */
        enum json_expect expect;      /* what may follow it */
        const struct json_node *open; /* the innermost object or array that is open; NULL: none */
        struct json_cursor cursor;    /* at or before .at */
};

/* Find the fault and set E, with file, line, column and the pointer of the open object or array.  Returns
 * -EINVAL. */
int json_syntax_error(struct json_syntax *s, struct err *e);
/* Set E to a sentence about the byte at OFFSET, which is not before s->at.  Returns -NUM. */
int json_error_at(struct json_syntax *s, size_t offset, int num, struct err *e, const char *fmt, ...) _printf_(5, 6);

enum json_string_fault {
        JSON_STRING_OK,
        JSON_STRING_OPEN,      /* the text or the line ends before the closing quote */
        JSON_STRING_CONTROL,   /* a control character as it is */
        JSON_STRING_ESCAPE,    /* an unknown escape sequence */
        JSON_STRING_HEX,       /* \u without four hexadecimal digits */
        JSON_STRING_SURROGATE, /* half a surrogate pair */
        JSON_STRING_NUL,       /* \u0000: legal JSON, but no C string can hold it */
};
/* Read the string whose opening quote is at START.  *ret_end is the offset after its closing quote, or the fault's. */
enum json_string_fault json_string_check(const char *text, size_t len, size_t start, size_t *ret_end);

enum {
        JSON_EXCERPT_BYTES = 40,
        JSON_EXCERPT_SIZE = JSON_EXCERPT_BYTES * 4 + 4,
};
/* LEN bytes at P in a form that is fit for a sentence: one line, cut when long, what cannot be printed as \xNN. */
const char *json_excerpt(char buf[static JSON_EXCERPT_SIZE], const char *p, size_t len);

/* Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or LEN. */
size_t json_utf8_check(const char *text, size_t len);

/* Space, tab, line feed, carriage return: yajl takes vertical tabs and form feeds too, RFC 8259 does not. */
static inline bool json_is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

#endif
