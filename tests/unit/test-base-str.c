/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "str.h"

static void test_buffer(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_adds(&b, "");
        assert_string_equal(b.text, "");
        strbuf_addc(&b, 'a');
        strbuf_add(&b, "bcd", 2);
        strbuf_printf(&b, "-%d-%s", 7, "x");
        assert_string_equal(b.text, "abc-7-x");
        assert_int_equal(b.len, 7);
        for (int i = 0; i < 10000; i++)
                strbuf_adds(&b, "0123456789");
        assert_int_equal(b.len, 100007);
        assert_int_equal(strlen(b.text), b.len);
        assert_string_equal(b.text + b.len - 3, "789");
        assert_false(b.failed);
        strbuf_done(&b);
        assert_null(b.text);
}

/* What does not fit in memory is noted once and stays noted. */
static void test_failed(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_adds(&b, "kept");
        strbuf_add(&b, "x", SIZE_MAX);
        assert_true(b.failed);
        strbuf_adds(&b, "more");
        strbuf_printf(&b, "%d", 1);
        assert_string_equal(b.text, "kept");
}

static void test_json(void **state _unused_)
{
        static const struct {
                const char *text, *json;
        } rows[] = {
                { "", "\"\"" },
                { "plain /path", "\"plain /path\"" },
                { "\"\\\b\f\n\r\t", "\"\\\"\\\\\\b\\f\\n\\r\\t\"" },
                { "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
                { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
                { "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"" },
                /* no UTF-8: stray, cut, overlong, surrogate, beyond the last plane */
                { "a\xff" "b", "\"a\xef\xbf\xbd" "b\"" },
                { "\x80", "\"\xef\xbf\xbd\"" },
                { "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
                { "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
                { "\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
                { "\xf0\x80\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
                { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
                { "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
                { "\xf5\x80\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(strbuf_done) struct strbuf b = { 0 };

                strbuf_add_json(&b, rows[i].text);
                assert_string_equal(b.text, rows[i].json);
        }
}

static void test_sh(void **state _unused_)
{
        static const struct { const char *text, *word; } rows[] = {
                { "", "''" }, { "a b", "'a b'" }, { "it's", "'it'\\''s'" }, { "$(x) `y` \\\"\n", "'$(x) `y` \\\"\n'" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(strbuf_done) struct strbuf b = { 0 };

                strbuf_add_sh(&b, rows[i].text);
                assert_string_equal(b.text, rows[i].word);
        }
}

static void test_predicates(void **state _unused_)
{
        assert_true(streq("a", "a") && !streq("a", "b"));
        assert_true(streq_ptr(NULL, NULL) && streq_ptr("a", "a"));
        assert_false(streq_ptr(NULL, "a") || streq_ptr("a", NULL) || streq_ptr("a", "b"));
        assert_true(str_empty(NULL) && str_empty("") && !str_empty("a"));
        assert_string_equal(str_after("CAP_CHOWN", "CAP_"), "CHOWN");
        assert_string_equal(str_after("CAP_", "CAP_"), "");
        assert_null(str_after("CAP", "CAP_"));
        assert_null(str_after("cap_x", "CAP_"));
}

static void test_distance(void **state _unused_)
{
        static const struct {
                const char *a, *b;
                unsigned distance;
        } rows[] = {
                { "", "", 0 },        { "a", "", 1 },         { "", "abc", 3 },       { "nosuid", "nosuid", 0 },
                { "NOSUID", "nosuid", 0 }, { "nosiud", "nosuid", 1 }, { "nosud", "nosuid", 1 }, { "nosuuid", "nosuid", 1 },
                { "mosuid", "nosuid", 1 }, { "kitten", "sitting", 3 }, { "ab", "ba", 1 },   { "abc", "cab", 2 },
        };
        static const char seventy[] = "0123456789012345678901234567890123456789012345678901234567890123456789";

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                assert_int_equal(str_distance(rows[i].a, rows[i].b), rows[i].distance);
                assert_int_equal(str_distance(rows[i].b, rows[i].a), rows[i].distance);
        }
        assert_int_equal(str_distance(seventy, seventy), 255);
        assert_int_equal(str_distance("a", seventy), 255);
        assert_int_equal(str_distance(seventy + 6, seventy + 6), 0);
}

static void test_nearest(void **state _unused_)
{
        static const char *const names[] = { "ro", "rw", "nosuid", "noexec" };

        assert_string_equal(str_nearest("nosiud", names, ARRAY_SIZE(names)), "nosuid");
        assert_string_equal(str_nearest("RO", names, ARRAY_SIZE(names)), "ro");
        assert_null(str_nearest("xx", names, ARRAY_SIZE(names)));
        assert_null(str_nearest("", names, ARRAY_SIZE(names)));
        assert_null(str_nearest("relatime", names, ARRAY_SIZE(names)));
        assert_null(str_nearest("ro", NULL, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_buffer),     cmocka_unit_test(test_failed),   cmocka_unit_test(test_json),
                cmocka_unit_test(test_sh), cmocka_unit_test(test_predicates), cmocka_unit_test(test_distance), cmocka_unit_test(test_nearest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
