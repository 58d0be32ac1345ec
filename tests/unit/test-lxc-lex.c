/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an lxc.conf: kinds, places, what ends a line, quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lex.h"
#include "str.h"

struct expected { enum lxc_line_kind kind; unsigned line, column, value_column; const char *key, *value; };

static void check_lines(const char *text, size_t len, const struct expected *expected, size_t n)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct lxc_lexer lexer = { .text = text, .len = len };
        struct lxc_line line;

        for (size_t i = 0; i < n; i++) {
                assert_true(lxc_lex_next(arena, &lexer, &line));
                assert_int_equal(line.kind, expected[i].kind);
                assert_int_equal(line.line, expected[i].line);
                assert_int_equal(line.column, expected[i].column);
                if (!expected[i].key)
                        continue;
                assert_string_equal(line.key, expected[i].key);
                assert_string_equal(line.value, expected[i].value);
                assert_int_equal(line.value_column, expected[i].value_column);
        }
        assert_false(lxc_lex_next(arena, &lexer, &line));
}
#define CHECK(text, ...)                                                                                               \
        do {                                                                                                           \
                const struct expected _e[] = { __VA_ARGS__ };                                                          \
                check_lines(text, sizeof(text) - 1, _e, ARRAY_SIZE(_e));                                               \
        } while (0)

static void test_kinds(void **state _unused_)
{
        CHECK("", );
        CHECK("lxc.a=b", { LXC_LINE_KEY, 1, 1, 7, "lxc.a", "b" });
        CHECK("  lxc.a \t=  b c \t\n", { LXC_LINE_KEY, 1, 3, 13, "lxc.a", "b c" });
        CHECK("\t# x\n\n  \nlxc.a=\n", { LXC_LINE_COMMENT, 1, 2, 0, NULL, NULL }, { LXC_LINE_BLANK, 2, 1, 0, NULL, NULL },
              { LXC_LINE_BLANK, 3, 3, 0, NULL, NULL }, { LXC_LINE_KEY, 4, 1, 7, "lxc.a", "" });
        CHECK("foo = bar\nlxc.x y\nlxc", { LXC_LINE_FOREIGN, 1, 1, 0, "foo = bar", "" },
              { LXC_LINE_NO_EQUALS, 2, 1, 0, "lxc.x y", "" }, { LXC_LINE_FOREIGN, 3, 1, 0, "lxc", "" });
        CHECK("lxc.a = b = c # d\\\n", { LXC_LINE_KEY, 1, 1, 9, "lxc.a", "b = c # d\\" });
}

/* A carriage return and a NUL byte end lines, but only a newline counts them. */
static void test_line_ends(void **state _unused_)
{
        CHECK("lxc.a = b\r\nlxc.c = d\r\n", { LXC_LINE_KEY, 1, 1, 9, "lxc.a", "b" }, { LXC_LINE_KEY, 2, 1, 9, "lxc.c", "d" });
        CHECK("lxc.a=b\0lxc.c=d\nlxc.e=f", { LXC_LINE_KEY, 1, 1, 7, "lxc.a", "b" }, { LXC_LINE_KEY, 1, 9, 15, "lxc.c", "d" },
              { LXC_LINE_KEY, 2, 1, 7, "lxc.e", "f" });
        CHECK("lxc.a=b\rlxc.c=d", { LXC_LINE_KEY, 1, 1, 7, "lxc.a", "b" }, { LXC_LINE_KEY, 1, 9, 15, "lxc.c", "d" });
}

static void test_long_line(void **state _unused_)
{
        enum { BYTES = 10 << 20 };
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        char *text = malloc(BYTES);
        struct lxc_lexer lexer = { .text = text, .len = BYTES };
        struct lxc_line line;

        assert_non_null(text);
        memset(text, 'x', BYTES);
        memcpy(text, "lxc.a=", 6);
        assert_true(lxc_lex_next(arena, &lexer, &line));
        assert_int_equal(strlen(line.value), BYTES - 6);
        assert_false(lxc_lex_next(arena, &lexer, &line));
        free(text);
}

static void test_quotes(void **state _unused_)
{
        static const struct { const char *value; enum lxc_quotes quotes; const char *without; } rows[] = {
                { "", LXC_QUOTES_NONE, "" },          { "a", LXC_QUOTES_NONE, "a" },       { "\"a b\"", LXC_QUOTES_PAIR, "a b" },
                { "''", LXC_QUOTES_PAIR, "" },        { "\"", LXC_QUOTES_OPEN, "\"" },     { "'a\"", LXC_QUOTES_OPEN, "'a\"" },
                { "\"a\" b", LXC_QUOTES_NONE, "\"a\" b" }, { "\"a\" \"b\"", LXC_QUOTES_PAIR, "a\" \"b" },
        };
        _cleanup_(arena_freep) struct arena *arena = arena_new();

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                assert_int_equal(lxc_quotes_of(rows[i].value), rows[i].quotes);
                assert_string_equal(lxc_unquote(arena, rows[i].value), rows[i].without);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_line_ends),
                cmocka_unit_test(test_long_line),
                cmocka_unit_test(test_quotes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
