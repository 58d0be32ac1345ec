/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "json/tree.h"
#include "json/write.h"

static int parse(struct arena *a, const char *text, const struct json_limits *limits, struct json_node **ret, struct err *e)
{
        *e = ERR_INIT;
        return json_parse(a, text, strlen(text), "t.json", limits, ret, e);
}

static struct json_node *parse_good(struct arena *a, const char *text)
{
        struct json_node *root = NULL;
        struct err e;
        int r = parse(a, text, NULL, &root, &e);

        if (r < 0)
                fail_msg("%s: %s", text, e.text);
        return root;
}

/* Each value's place, found by its pointer. */
static void test_places(void **state _unused_)
{
        static const struct {
                const char *text, *pointer;
                enum json_type type;
                const char *value;
                uint32_t line, column, key_line, key_column;
        } rows[] = {
                { "null", "", JSON_NULL, NULL, 1, 1, 0, 0 },
                { "\n\n  true", "", JSON_BOOL, NULL, 3, 3, 0, 0 },
                { "17", "", JSON_NUMBER, "17", 1, 1, 0, 0 },
                { " -0.5e+10\n", "", JSON_NUMBER, "-0.5e+10", 1, 2, 0, 0 },
                { "\"\"", "", JSON_STRING, "", 1, 1, 0, 0 },
                { "[]", "", JSON_ARRAY, NULL, 1, 1, 0, 0 },
                { "[1,22 ,\t333]", "/1", JSON_NUMBER, "22", 1, 4, 0, 0 },
                { "[1,22 ,\t333]", "/2", JSON_NUMBER, "333", 1, 9, 0, 0 },
                { "[1,22 ,\r\n333\r\n]", "/2", JSON_NUMBER, "333", 2, 1, 0, 0 },
                { "{\"a\":{\"b\" : [ {\"c\":\"x\"}]}}", "/a/b/0/c", JSON_STRING, "x", 1, 20, 1, 16 },
                { "{\"a\" \n:\n \"b\"}", "/a", JSON_STRING, "b", 3, 2, 1, 2 },
                /* Escapes, and bytes that look like structure, before the value in question. */
                { "[\"\\\"\\\\\", \"]\\n[\", 3]", "/1", JSON_STRING, "]\n[", 1, 10, 0, 0 },
                { "[\"\\\"\\\\\", \"]\\n[\", 3]", "/2", JSON_NUMBER, "3", 1, 18, 0, 0 },
                { "{\"\\u0061,:\": 5}", "/a,:", JSON_NUMBER, "5", 1, 14, 1, 2 },
                { "[\"\\ud83d\\ude00\\u20ac\",false]", "/0", JSON_STRING, "\xf0\x9f\x98\x80\xe2\x82\xac", 1, 2, 0, 0 },
                { "[\"\\ud83d\\ude00\\u20ac\",false]", "/1", JSON_BOOL, NULL, 1, 23, 0, 0 },
                { "[\"\xe2\x82\xac\",1]", "/1", JSON_NUMBER, "1", 1, 8, 0, 0 },
                { "{\"a/b\":{\"c~d\":[7]}}", "/a~1b/c~0d/0", JSON_NUMBER, "7", 1, 16, 0, 0 },
                { "{\"\":1}", "/", JSON_NUMBER, "1", 1, 5, 1, 2 },
                { "[0,1,2,3,4,5,6,7,8,9,10]", "/10", JSON_NUMBER, "10", 1, 22, 0, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(arena_freep) struct arena *a = arena_new();
                struct json_node *root = parse_good(a, rows[i].text);
                struct json_node *n = json_at(root, rows[i].pointer);
                char pointer[64];

                if (!n)
                        fail_msg("%s: nothing at '%s'", rows[i].text, rows[i].pointer);
                if (n->line != rows[i].line || n->column != rows[i].column || n->key_line != rows[i].key_line ||
                    n->key_column != rows[i].key_column)
                        fail_msg("%s: '%s' is at %u:%u, key %u:%u", rows[i].text, rows[i].pointer, n->line, n->column,
                                 n->key_line, n->key_column);
                assert_int_equal(n->type, rows[i].type);
                if (rows[i].value) {
                        assert_string_equal(n->text, rows[i].value);
                        assert_int_equal(n->len, strlen(rows[i].value));
                }
                assert_int_equal(json_pointer(n, pointer, sizeof pointer), strlen(rows[i].pointer));
                assert_string_equal(pointer, rows[i].pointer);
        }
}

static void test_faults(void **state _unused_)
{
        static const struct {
                const char *text;
                uint32_t line, column;
                const char *sentence, *hint, *pointer;
        } rows[] = {
                { "", 1, 1, "the document is empty", "", "" },
                { " \n\t", 2, 2, "the document is empty", "", "" },
                { "{\n  \"a\": [1,\n", 3, 1, "unexpected end of the document: array opened at 2:8 is not closed", "", "/a" },
                { "{", 1, 2, "unexpected end of the document: object opened at 1:1 is not closed", "", "" },
                { "{\"a\"", 1, 5, "unexpected end of the document: object opened at 1:1 is not closed", "", "" },
                { "{\"a\":", 1, 6, "unexpected end of the document: object opened at 1:1 is not closed", "", "" },
                { "[{\"a\":1},", 1, 10, "unexpected end of the document: array opened at 1:1 is not closed", "", "" },
                { "[1 2]", 1, 4, "expected ',' or ']', got '2'", "a comma is missing before it", "" },
                { "{\"a\":1\n\"b\":2}", 2, 1, "expected ',' or '}', got '\"b\"'", "a comma is missing before it", "" },
                { "{\"a\":1,\"b\":[2,{}],\n}", 1, 18, "comma after the last member of an object", "", "" },
                { "[1, 2 , ]", 1, 7, "comma after the last element of an array", "", "" },
                { "[,1]", 1, 2, "expected a value or ']', got ','", "", "" },
                { "[1,,2]", 1, 4, "expected a value, got ','", "", "" },
                { "{,}", 1, 2, "expected a key in double quotes or '}', got ','", "", "" },
                { "{\"a\":1,,}", 1, 8, "expected a key in double quotes, got ','", "", "" },
                { "{\"a\" 1}", 1, 6, "expected ':' after the key, got '1'", "", "" },
                { "{\"a\" \"b\"}", 1, 6, "expected ':' after the key, got '\"b\"'", "", "" },
                { "{\"a\":}", 1, 6, "expected a value, got '}'", "", "" },
                { "{1:2}", 1, 2, "expected a key in double quotes or '}', got '1'", "", "" },
                { "{a:2}", 1, 2, "expected a key in double quotes or '}', got 'a'", "", "" },
                { "{null:2}", 1, 2, "expected a key in double quotes or '}', got 'null'", "", "" },
                { "{'a':2}", 1, 2, "unexpected character '''", "strings need double quotes", "" },
                { "{\"a\":{\"b\":[1}}}", 1, 13, "'}' does not close the array opened at 1:11", "", "/a/b" },
                { "[{]", 1, 3, "']' does not close the object opened at 1:2", "", "/0" },
                { "{\"a\":1]", 1, 7, "']' does not close the object opened at 1:1", "", "" },
                { "{} x", 1, 4, "expected the end of the document, got 'x'", "", "" },
                { "{}{}", 1, 3, "expected the end of the document, got '{'", "", "" },
                { "1 2", 1, 3, "expected the end of the document, got '2'", "", "" },
                { "]", 1, 1, "expected a value, got ']'", "", "" },
                { "[True]", 1, 2, "unknown word 'True'", "did you mean 'true'?", "" },
                { "[nil]", 1, 2, "unknown word 'nil'", "only true, false, null and numbers stand without quotes", "" },
                { "[undefined]", 1, 2, "unknown word 'undefined'", "only true, false, null and numbers stand without quotes", "" },
                { "[truefalse]", 1, 2, "unknown word 'truefalse'", "only true, false, null and numbers stand without quotes", "" },
                { "[01]", 1, 2, "malformed number '01'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[1,-]", 1, 4, "malformed number '-'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[1.]", 1, 2, "malformed number '1.'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[.5]", 1, 2, "malformed number '.5'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[+5]", 1, 2, "malformed number '+5'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[1e]", 1, 2, "malformed number '1e'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[0x1f]", 1, 2, "malformed number '0x1f'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[-1e5x]", 1, 2, "malformed number '-1e5x'", "numbers are decimal, without leading zeros or '+'", "" },
                { "-", 1, 1, "malformed number '-'", "numbers are decimal, without leading zeros or '+'", "" },
                { "[1] // end", 1, 5, "unexpected character '/'", "JSON has no comments", "" },
                { "# x\n[1]", 1, 1, "unexpected character '#'", "JSON has no comments", "" },
                { "[\x01]", 1, 2, "unexpected character '\\x01'", "", "" },
                { "[1,\v2]", 1, 4, "unexpected character '\\x0b'", "", "" },
                { "[1]\f", 1, 4, "unexpected character '\\x0c'", "", "" },
                { "\f[1]", 1, 1, "unexpected character '\\x0c'", "", "" },
                { "[\xe2\x82\xac]", 1, 2, "unexpected character '\xe2\x82\xac'", "", "" },
                { "[\"abc]\n, \"d\"]", 1, 2, "the string that begins here is not closed", "", "" },
                { "{\"a\":\"b", 1, 6, "the string that begins here is not closed", "", "" },
                { "\"\\", 1, 1, "the string that begins here is not closed", "", "" },
                { "{\"a\": \"x\ty\"}", 1, 9, "control character in a string: write it as '\\u0009'", "", "" },
                { "[\"a\\qb\"]", 1, 4, "unknown escape sequence '\\q' in a string", "", "" },
                { "[\"\\u12g4\"]", 1, 3, "'\\u12g4' is not '\\u' and four hexadecimal digits", "", "" },
                { "[\"\\u12", 1, 3, "'\\u12' is not '\\u' and four hexadecimal digits", "", "" },
                { "[\"\\ud800x\"]", 1, 3, "'\\ud800' is only half of a surrogate pair", "", "" },
                { "[\"\\udc00\\ud800\"]", 1, 3, "'\\udc00' is only half of a surrogate pair", "", "" },
                { "[\"\\ud800\\u0041\"]", 1, 3, "'\\ud800' is only half of a surrogate pair", "", "" },
                { "{\"\\ud800\":1}", 1, 3, "'\\ud800' is only half of a surrogate pair", "", "" },
                { "[\"a\\u0000b\"]", 1, 4, "a string cannot hold the NUL character '\\u0000'", "", "" },
                { "{\"x\":{\"\\u0000\":1}}", 1, 8, "a string cannot hold the NUL character '\\u0000'", "", "/x" },
                { "[\n\"a\xff\"]", 2, 3, "byte 0xff is not UTF-8", "", "" },
                { "[\"\xc0\x80\"]", 1, 3, "byte 0xc0 is not UTF-8", "", "" },
                { "[\"\xed\xa0\x80\"]", 1, 3, "byte 0xed is not UTF-8", "", "" },
                { "[\"\xe2\x82", 1, 3, "byte 0xe2 is not UTF-8", "", "" },
                { "[\"\xf4\x90\x80\x80 and more\"]", 1, 3, "byte 0xf4 is not UTF-8", "", "" },
                { "\xef\xbb\xbf{}", 1, 1, "the document begins with a byte order mark; save it without", "", "" },
                { "\xff\xfe{", 1, 1, "the document is UTF-16; JSON documents are UTF-8", "", "" },
                { "{\"a\":1,\n\"b\":2,\n \"a\":3}", 3, 2, "key 'a' stands here and at 1:2 in the same object", "", "/a" },
                { "{\"x\":{\"\\u0061\":1,\"a\":2}}", 1, 18, "key 'a' stands here and at 1:7 in the same object", "", "/x/a" },
                { "[12345678901234567890123456789012345678901234567890x]", 1, 2,
                  "malformed number '1234567890123456789012345678901234567890...'", "numbers are decimal, without leading zeros or '+'", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(arena_freep) struct arena *a = arena_new();
                struct json_node *root = NULL;
                struct err e;
                int r = parse(a, rows[i].text, NULL, &root, &e);

                if (r != -EINVAL || e.num != EINVAL || strcmp(e.text, rows[i].sentence) != 0 || e.line != rows[i].line ||
                    e.column != rows[i].column || strcmp(e.hint, rows[i].hint) != 0 || strcmp(e.pointer, rows[i].pointer) != 0)
                        fail_msg("%s: %d, %u:%u: %s (%s) at '%s'", rows[i].text, r, e.line, e.column, e.text, e.hint, e.pointer);
                assert_null(root);
                assert_string_equal(e.file, "t.json");
                assert_int_equal(e.cls, ERR_CONFIG);
        }
}

/* A text that ends early, anywhere, is an error, and never a crash; without an error object too. */
static void test_cut(void **state _unused_)
{
        static const char text[] = "{\"a\":[1,-2.5e3,\"\\u20ac\\ud83d\\ude00\\n\"],\"b\":{\"c\":null,\"d\":[true,false]}}";

        for (size_t len = 0; len < sizeof text - 1; len++) {
                _cleanup_(arena_freep) struct arena *a = arena_new();
                struct json_node *root = NULL;
                struct err e = ERR_INIT;
                char *cut = malloc(len + 1);

                memcpy(cut, text, len);
                assert_int_equal(json_parse(a, cut, len, "cut", NULL, &root, &e), -EINVAL);
                assert_true(e.line == 1 && e.column >= 1 && e.column <= len + 1);
                assert_int_equal(json_parse(a, cut, len, "cut", NULL, &root, NULL), -EINVAL);
                assert_null(root);
                free(cut);
        }
}

static void test_limits(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct json_node *root = NULL;
        size_t big = 100 * 1024 * 1024;
        char *text = malloc(big);
        struct err e;

        memset(text, '[', big);
        assert_int_equal(json_parse(a, text, big, "big", NULL, &root, &e), -E2BIG);
        assert_string_equal(e.text, "'big' has 104857600 bytes; at most 16777216 are read");
        assert_int_equal(json_parse(a, text, big, "big", &(struct json_limits) { .max_bytes = big }, &root, &e), -E2BIG);
        assert_string_equal(e.text, "the document has more than 64 levels of objects and arrays");
        assert_int_equal(e.column, 65);
        assert_true(arena_size_bytes(a) < 1024 * 1024);
        free(text);

        assert_int_equal(parse(a, "[[1]]", &(struct json_limits) { .max_depth = 2 }, &root, &e), 0);
        assert_int_equal(parse(a, "[[[1]]]", &(struct json_limits) { .max_depth = 2 }, &root, &e), -E2BIG);
        assert_string_equal(e.pointer, "/0");
        assert_int_equal(parse(a, "[1,2]", &(struct json_limits) { .max_nodes = 3 }, &root, &e), 0);
        assert_int_equal(parse(a, "[1,2,\n3]", &(struct json_limits) { .max_nodes = 3 }, &root, &e), -E2BIG);
        assert_string_equal(e.text, "the document has more than 3 values");
        assert_int_equal(e.line, 2);
}

/* The key of member I of N members in a form that sorts unlike it stands. */
static void add_member(struct strbuf *b, size_t i) { strbuf_printf(b, "%s\n\"key-%zu\":%zu", i ? "," : "{", i * 7919 % 100003, i); }

static void test_many_keys(void **state _unused_)
{
        static const size_t counts[] = { 1, 12, 13, 14, 1000, 100000 };

        for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
                _cleanup_(arena_freep) struct arena *a = arena_new();
                _cleanup_(strbuf_done) struct strbuf b = { 0 };
                struct json_node *root = NULL;
                struct err e;
                size_t keep;

                for (size_t i = 0; i < counts[c]; i++)
                        add_member(&b, i);
                keep = b.len;
                strbuf_adds(&b, "}");
                assert_int_equal(parse(a, b.text, NULL, &root, &e), 0);
                assert_int_equal(root->n, counts[c]);
                /* The first of several duplicates is the one that is named. */
                b.len = keep;
                strbuf_printf(&b, ",\n\"key-0\":1,\n\"x\":2,\"key-0\":3,\"x\":4}");
                assert_int_equal(parse(a, b.text, NULL, &root, &e), -EINVAL);
                assert_string_equal(e.text, "key 'key-0' stands here and at 2:1 in the same object");
                assert_int_equal(e.line, counts[c] + 2);
                assert_string_equal(e.pointer, "/key-0");
        }
}

static void test_lookup(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct json_node *root = parse_good(a, "{\"list\":[10,[20]],\"a~/b\":1,\"x\":{\"y\":null}}");
        char small[6] = "?", one[1] = "?";

        assert_null(json_at(root, "/list/2"));
        assert_null(json_at(root, "/list/00"));
        assert_null(json_at(root, "/list/-"));
        assert_null(json_at(root, "/list/"));
        assert_null(json_at(root, "/list/0/0"));
        assert_null(json_at(root, "/lis"));
        assert_null(json_at(root, "/listx"));
        assert_null(json_at(root, "list"));
        assert_null(json_at(NULL, "/list"));
        assert_ptr_equal(json_at(root, ""), root);
        assert_int_equal(json_at(root, "/a~0~1b")->line, 1);
        assert_ptr_equal(json_at(root, "/x/y"), json_member(json_member(root, "x"), "y"));
        assert_null(json_member(root, "nothing"));
        assert_null(json_member(NULL, "x"));
        assert_null(json_member(json_at(root, "/list"), "x"));
        /* What does not fit is cut at the end; the length is told all the same. */
        assert_int_equal(json_pointer(json_at(root, "/list/1/0"), small, sizeof small), 9);
        assert_string_equal(small, "/list");
        assert_int_equal(json_pointer(json_at(root, "/list/1/0"), one, sizeof one), 9);
        assert_string_equal(one, "");
        assert_int_equal(json_pointer(root, small, sizeof small), 0);
        assert_string_equal(small, "");
}

static void test_type_names(void **state _unused_)
{
        assert_string_equal(json_type_name(JSON_NULL), "null");
        assert_string_equal(json_type_name(JSON_BOOL), "true or false");
        assert_string_equal(json_type_name(JSON_OBJECT), "object");
}

/* Written and read again, a tree is the same text. */
static void test_write(void **state _unused_)
{
        static const char compact[] = "{\"a\":[1,-2.50e3,\"\xe2\x82\xac\\n\\\"/\",[],{},[{\"b\":null}]],\"c\":{\"d\":true,\"e\":false},\"\":\"\"}";
        static const char pretty[] = "{\n  \"a\": [\n    1,\n    []\n  ],\n  \"b\": {},\n  \"c\": {\n    \"d\": \"x\"\n  }\n}";
        static const char *const words[] = { "one", "two" };
        _cleanup_(arena_freep) struct arena *a = arena_new();
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        struct json_writer w = { .out = &out }, p = { .out = &out, .pretty = true }, v = { .out = &out };

        json_put_node(&w, NULL, parse_good(a, compact));
        assert_string_equal(out.text, compact);
        out.len = 0;
        json_put_node(&p, NULL, parse_good(a, pretty));
        assert_string_equal(out.text, pretty);
        out.len = 0;
        json_open(&v, NULL, '{');
        json_put_i64(&v, "i", INT64_MIN);
        json_put_u64(&v, "u", UINT64_MAX);
        json_put_bool(&v, "b", false);
        json_put_strings(&v, "s", words, 2);
        json_put_strings(&v, "e", NULL, 0);
        json_put_node(&v, "n", json_at(parse_good(a, compact), "/a/5"));
        json_close(&v, '}');
        assert_string_equal(out.text, "{\"i\":-9223372036854775808,\"u\":18446744073709551615,\"b\":false,\"s\":[\"one\",\"two\"],"
                                      "\"e\":[],\"n\":[{\"b\":null}]}");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_places),     cmocka_unit_test(test_faults), cmocka_unit_test(test_cut),
                cmocka_unit_test(test_limits),     cmocka_unit_test(test_many_keys), cmocka_unit_test(test_lookup),
                cmocka_unit_test(test_type_names), cmocka_unit_test(test_write),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
