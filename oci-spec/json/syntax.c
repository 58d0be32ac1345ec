/* SPDX-License-Identifier: Apache-2.0 */
#include "json/syntax.h"

#include <string.h>

#include "str.h"

void json_cursor_move(struct json_cursor *c, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
        const char *newline;

        while (c->at < offset && (newline = memchr(c->text + c->at, '\n', offset - c->at))) {
                c->at = (size_t) (newline - c->text) + 1;
                c->line_start = c->at;
                c->line++;
        }
        c->at = MAX(c->at, offset);
        *ret_line = c->line;
        *ret_column = (uint32_t) (offset - c->line_start) + 1;
}

/* Length of the well-formed sequence at S, of which LEFT bytes are there; 0: none. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
        /* The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF. */
        unsigned low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
        unsigned high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
        size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

        if (n > left || (n > 1 && (s[1] < low || s[1] > high)))
                return 0;
        for (size_t i = 2; i < n; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        return n;
}

size_t json_utf8_check(const char *text, size_t len)
{
        const unsigned char *s = (const unsigned char *) text;
        size_t i = 0;

        while (i < len) {
                uint64_t eight;
                size_t n;

                if (len - i >= sizeof eight) {
                        memcpy(&eight, s + i, sizeof eight);
                        if (!(eight & 0x8080808080808080u)) {
                                i += sizeof eight;
                                continue;
                        }
                }
                n = utf8_sequence(s + i, len - i);
                if (n == 0)
                        return i;
                i += n;
        }
        return len;
}

const char *json_excerpt(char buf[static JSON_EXCERPT_SIZE], const char *p, size_t len)
{
        const unsigned char *s = (const unsigned char *) p;
        size_t out = 0, i = 0;

        while (i < MIN(len, (size_t) JSON_EXCERPT_BYTES)) {
                size_t n = utf8_sequence(s + i, len - i);

                if (n == 0 || s[i] < 0x20 || s[i] == 0x7f) {
                        out += (size_t) snprintf(buf + out, 5, "\\x%02x", s[i]);
                        i++;
                        continue;
                }
                memcpy(buf + out, s + i, n);
                out += n;
                i += n;
        }
        snprintf(buf + out, 4, "%s", i < len ? "..." : "");
        return buf;
}

int json_error_at(struct json_syntax *s, size_t offset, int num, struct err *e, const char *fmt, ...)
{
        char pointer[sizeof e->pointer] = "";
        uint32_t line, column;
        va_list ap;
        int r;

        va_start(ap, fmt);
        r = err_setv(e, ERR_CONFIG, num, fmt, ap);
        va_end(ap);
        json_cursor_move(&s->cursor, offset, &line, &column);
        if (s->open)
                json_pointer(s->open, pointer, sizeof pointer);
        err_at(e, s->name, line, column, pointer);
        return r;
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The number that the four characters of \uNNNN spell, or -1. */
static int hex4(const char *p, size_t left)
{
        int value = 0;

        if (left < 4)
                return -1;
        for (size_t i = 0; i < 4; i++) {
                int digit = hex_digit(p[i]);

                if (digit < 0)
                        return -1;
                value = value * 16 + digit;
        }
        return value;
}

/* The escape sequence whose backslash is at AT; *ret_len is its length. */
static enum json_string_fault escape_check(const char *text, size_t len, size_t at, size_t *ret_len)
{
        char c = at + 1 < len ? text[at + 1] : '\0';
        int code, low;

        *ret_len = 2;
        if (c != 'u')
                return c != '\0' && strchr("\"\\/bfnrt", c) ? JSON_STRING_OK : JSON_STRING_ESCAPE;
        code = hex4(text + at + 2, len - at - 2);
        if (code < 0)
                return JSON_STRING_HEX;
        if (code == 0)
                return JSON_STRING_NUL;
        *ret_len = 6;
        if ((code & 0xf800) != 0xd800)
                return JSON_STRING_OK;
        low = len - at > 8 && text[at + 6] == '\\' && text[at + 7] == 'u' ? hex4(text + at + 8, len - at - 8) : -1;
        if (code >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
                return JSON_STRING_SURROGATE;
        *ret_len = 12;
        return JSON_STRING_OK;
}

enum json_string_fault json_string_check(const char *text, size_t len, size_t start, size_t *ret_end)
{
        for (size_t i = start + 1; i < len;) {
                enum json_string_fault fault = JSON_STRING_OK;
                unsigned char c = (unsigned char) text[i];
                size_t n = 1;

                if (c == '"') {
                        *ret_end = i + 1;
                        return JSON_STRING_OK;
                }
                if (c == '\n' || c == '\r')
                        break;
                if (c < 0x20)
                        fault = JSON_STRING_CONTROL;
                else if (c == '\\' && i + 1 == len)
                        break;
                else if (c == '\\')
                        fault = escape_check(text, len, i, &n);
                if (fault != JSON_STRING_OK) {
                        *ret_end = i;
                        return fault;
                }
                i += n;
        }
        *ret_end = start;
        return JSON_STRING_OPEN;
}

static int string_error(struct json_syntax *s, enum json_string_fault fault, size_t at, struct err *e)
{
        char buf[JSON_EXCERPT_SIZE];
        size_t left = s->len - at;
        unsigned char c = (unsigned char) s->text[at];

        switch (fault) {
        case JSON_STRING_CONTROL:
                return json_error_at(s, at, EINVAL, e, "control character in a string: write it as '\\u%04x'", c);
        case JSON_STRING_ESCAPE:
                return json_error_at(s, at, EINVAL, e, "unknown escape sequence '%s' in a string",
                                     json_excerpt(buf, s->text + at, MIN(left, (size_t) 2)));
        case JSON_STRING_HEX:
                return json_error_at(s, at, EINVAL, e, "'%s' is not '\\u' and four hexadecimal digits",
                                     json_excerpt(buf, s->text + at, MIN(left, (size_t) 6)));
        case JSON_STRING_SURROGATE:
                return json_error_at(s, at, EINVAL, e, "'%.6s' is only half of a surrogate pair", s->text + at);
        case JSON_STRING_NUL:
                return json_error_at(s, at, EINVAL, e, "a string cannot hold the NUL character '\\u0000'");
        default:
                return json_error_at(s, at, EINVAL, e, "the string that begins here is not closed");
        }
}

static bool is_word(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '+' || c == '.';
}

/* RFC 8259 "Numbers". */
static bool number_is_valid(const char *p, size_t len)
{
        const char *end = p + len;
        const char *digits;

        p += p < end && *p == '-';
        for (digits = p; p < end && *p >= '0' && *p <= '9';)
                p++;
        if (p == digits || (*digits == '0' && p > digits + 1))
                return false;
        if (p < end && *p == '.') {
                for (digits = ++p; p < end && *p >= '0' && *p <= '9';)
                        p++;
                if (p == digits)
                        return false;
        }
        if (p < end && (*p == 'e' || *p == 'E')) {
                p++;
                p += p < end && (*p == '+' || *p == '-');
                for (digits = p; p < end && *p >= '0' && *p <= '9';)
                        p++;
                if (p == digits)
                        return false;
        }
        return p == end;
}

/* The bare word at AT: a literal, a number, or neither. */
static int word_error(struct json_syntax *s, size_t at, size_t len, struct err *e)
{
        static const char *const literals[] = { "true", "false", "null" };
        char buf[JSON_EXCERPT_SIZE];
        const char *word = json_excerpt(buf, s->text + at, len);
        const char *near = str_nearest(word, literals, ARRAY_SIZE(literals));
        bool number = s->text[at] < 'A'; /* of the characters of a word: digits, signs and the point */
        int r = json_error_at(s, at, EINVAL, e, number ? "malformed number '%s'" : "unknown word '%s'", word);

        if (number)
                err_hint(e, "numbers are decimal, without leading zeros or '+'");
        else if (near)
                err_hint(e, "did you mean '%s'?", near);
        else
                err_hint(e, "only true, false, null and numbers stand without quotes");
        return r;
}

static int character_error(struct json_syntax *s, size_t at, struct err *e)
{
        char buf[JSON_EXCERPT_SIZE];
        char c = s->text[at];
        size_t len = utf8_sequence((const unsigned char *) s->text + at, s->len - at);
        int r = json_error_at(s, at, EINVAL, e, "unexpected character '%s'", json_excerpt(buf, s->text + at, len));

        if (c == '/' || c == '#')
                err_hint(e, "JSON has no comments");
        else if (c == '\'' || c == '`')
                err_hint(e, "strings need double quotes");
        return r;
}

static const char *expected(const struct json_syntax *s, enum json_expect expect)
{
        bool object = s->open && s->open->type == JSON_OBJECT;

        switch (expect) {
        case JSON_EXPECT_VALUE:
                return "a value";
        case JSON_EXPECT_VALUE_OR_CLOSE:
                return "a value or ']'";
        case JSON_EXPECT_KEY:
                return "a key in double quotes";
        case JSON_EXPECT_KEY_OR_CLOSE:
                return "a key in double quotes or '}'";
        case JSON_EXPECT_COLON:
                return "':' after the key";
        case JSON_EXPECT_COMMA_OR_CLOSE:
                return object ? "',' or '}'" : "',' or ']'";
        default:
                return "the end of the document";
        }
}

/* Well-formed, but not here. */
static int unexpected_error(struct json_syntax *s, enum json_expect expect, size_t at, size_t len, struct err *e)
{
        char buf[JSON_EXCERPT_SIZE];
        char c = s->text[at];
        int r;

        if (s->open && ((c == '}' && s->open->type == JSON_ARRAY) || (c == ']' && s->open->type == JSON_OBJECT)))
                return json_error_at(s, at, EINVAL, e, "'%c' does not close the %s opened at %u:%u", c,
                                     json_type_name(s->open->type), s->open->line, s->open->column);
        r = json_error_at(s, at, EINVAL, e, "expected %s, got '%s'", expected(s, expect),
                          json_excerpt(buf, s->text + at, len));
        if (expect == JSON_EXPECT_COMMA_OR_CLOSE && c != ':')
                err_hint(e, "a comma is missing before it");
        return r;
}

static int end_error(struct json_syntax *s, struct err *e)
{
        if (!s->open)
                return json_error_at(s, s->len, EINVAL, e, "the document is empty");
        return json_error_at(s, s->len, EINVAL, e, "unexpected end of the document: %s opened at %u:%u is not closed",
                             json_type_name(s->open->type), s->open->line, s->open->column);
}

static bool value_fits(enum json_expect expect)
{
        return expect == JSON_EXPECT_VALUE || expect == JSON_EXPECT_VALUE_OR_CLOSE;
}

static bool is_literal(const char *word, size_t len)
{
        return (len == 4 && (memcmp(word, "true", 4) == 0 || memcmp(word, "null", 4) == 0)) ||
               (len == 5 && memcmp(word, "false", 5) == 0);
}

/* The token at AT, which is no separator that fits. */
static int token_error(struct json_syntax *s, enum json_expect expect, size_t at, struct err *e)
{
        bool key_fits = expect == JSON_EXPECT_KEY || expect == JSON_EXPECT_KEY_OR_CLOSE;
        const char *token = s->text + at;
        enum json_string_fault fault;
        size_t end, word = 0;

        if (*token == '"') {
                fault = json_string_check(s->text, s->len, at, &end);
                if (fault != JSON_STRING_OK)
                        return string_error(s, fault, end, e);
                if (!value_fits(expect) && !key_fits)
                        return unexpected_error(s, expect, at, end - at, e);
                return json_error_at(s, at, EINVAL, e, JSON_FALLBACK_SENTENCE);
        }
        if (memchr("{}[]:,", *token, 6))
                return unexpected_error(s, expect, at, 1, e);
        while (at + word < s->len && is_word(token[word]))
                word++;
        if (word == 0)
                return character_error(s, at, e);
        if (!key_fits && expect != JSON_EXPECT_COLON && expect != JSON_EXPECT_END && !is_literal(token, word) &&
            !number_is_valid(token, word))
                return word_error(s, at, word, e);
        if (!value_fits(expect))
                return unexpected_error(s, expect, at, word, e);
        return json_error_at(s, at, EINVAL, e, JSON_FALLBACK_SENTENCE);
}

int json_syntax_error(struct json_syntax *s, struct err *e)
{
        enum json_expect expect = s->expect;
        size_t at = s->at, comma = 0;
        char c;

        /* yajl took the front of a word for a token, as in "01" or "truely": look at the whole word. */
        while (at > 0 && at < s->len && is_word(s->text[at]) && is_word(s->text[at - 1]))
                at--;
        for (;; at++) {
                if (at >= s->len)
                        return end_error(s, e);
                c = s->text[at];
                if (json_is_space(c))
                        continue;
                if (c == ':' && expect == JSON_EXPECT_COLON) {
                        expect = JSON_EXPECT_VALUE;
                } else if (c == ',' && expect == JSON_EXPECT_COMMA_OR_CLOSE) {
                        expect = s->open->type == JSON_OBJECT ? JSON_EXPECT_KEY : JSON_EXPECT_VALUE;
                        comma = at;
                } else {
                        break;
                }
        }
        if (comma && ((c == '}' && s->open->type == JSON_OBJECT) || (c == ']' && s->open->type == JSON_ARRAY)))
                return json_error_at(s, comma, EINVAL, e, "comma after the last %s",
                                     c == '}' ? "member of an object" : "element of an array");
        return token_error(s, expect, at, e);
}
