/* SPDX-License-Identifier: Apache-2.0 */
#include "lex.h"

#include <string.h>

#include "str.h"

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The end of the line that begins at START: the first byte that ends lines, or the text's end. */
static size_t line_end(const struct lxc_lexer *l, size_t start)
{
        size_t at = start;

        while (at < l->len && l->text[at] != '\n' && l->text[at] != '\r' && l->text[at] != '\0')
                at++;
        return at;
}

/* Step over what ended the line. */
static void pass_end(struct lxc_lexer *l, size_t end)
{
        l->at = end;
        if (end == l->len)
                return;
        l->saw_return |= l->text[end] == '\r';
        l->saw_nul |= l->text[end] == '\0';
        l->at = end + 1;
        if (l->text[end] == '\r' && l->at < l->len && l->text[l->at] == '\n')
                l->at++;
        if (l->text[l->at - 1] == '\n') {
                l->line++;
                l->line_start = l->at;
        }
}

static const char *cut(struct arena *arena, struct lxc_lexer *l, size_t start, size_t end)
{
        const char *text;

        while (start < end && is_blank(l->text[end - 1]))
                end--;
        text = arena_strndup(arena, l->text + start, end - start);
        l->nomem |= !text;
        return text;
}

/* Key and value of the line from START (not a blank) to END. */
static void split(struct arena *arena, struct lxc_lexer *l, size_t start, size_t end, struct lxc_line *ret)
{
        static const char prefix[] = "lxc.";
        const char *equals = memchr(l->text + start, '=', end - start);
        size_t key_end = equals ? (size_t) (equals - l->text) : end, value = key_end + 1;

        if (end - start < strlen(prefix) || memcmp(l->text + start, prefix, strlen(prefix)) != 0) {
                ret->kind = LXC_LINE_FOREIGN;
                ret->key = cut(arena, l, start, end);
                return;
        }
        ret->key = cut(arena, l, start, key_end);
        ret->kind = equals ? LXC_LINE_KEY : LXC_LINE_NO_EQUALS;
        if (!equals)
                return;
        while (value < end && is_blank(l->text[value]))
                value++;
        ret->value_column = (unsigned) (value - l->line_start) + 1;
        ret->value = cut(arena, l, value, end);
}

bool lxc_lex_next(struct arena *arena, struct lxc_lexer *l, struct lxc_line *ret)
{
        size_t start = l->at, end;

        if (l->at >= l->len || l->nomem)
                return false;
        end = line_end(l, start);
        while (start < end && is_blank(l->text[start]))
                start++;
        *ret = (struct lxc_line) { .line = l->line + 1, .column = (unsigned) (start - l->line_start) + 1, .value = "" };
        if (start == end)
                ret->kind = LXC_LINE_BLANK;
        else if (l->text[start] == '#')
                ret->kind = LXC_LINE_COMMENT;
        else
                split(arena, l, start, end, ret);
        pass_end(l, end);
        return !l->nomem;
}

enum lxc_quotes lxc_quotes_of(const char *value)
{
        size_t len = strlen(value);

        if (value[0] != '"' && value[0] != '\'')
                return LXC_QUOTES_NONE;
        if (len > 1 && value[len - 1] == value[0])
                return LXC_QUOTES_PAIR;
        return strchr(value + 1, value[0]) ? LXC_QUOTES_NONE : LXC_QUOTES_OPEN;
}

const char *lxc_unquote(struct arena *arena, const char *value)
{
        if (lxc_quotes_of(value) != LXC_QUOTES_PAIR)
                return value;
        return arena_strndup(arena, value + 1, strlen(value) - 2);
}
