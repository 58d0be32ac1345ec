/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "hash.h"

/* As `b2sum -l 256` prints them. */
static const struct vector {
        char fill;
        size_t n;
        const char *hex;
} vectors[] = {
        { 'a', 0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8" },
        { 'a', 128, "ae2aa48507885c4c950fb809b2076f959cde9f8ea6da260d9a3587df33dac450" },
        { 'a', 129, "2f64744a6de0d2c0b56e64cf6e29a5aaa255010d415d51c75ccc82f73dccd865" },
        { 'a', 1000, "e00b0ddbf1e2cdaf5c898e1a5e8826ea3a2c339bcf2a478da2e5fca9ff126672" },
};

static void assert_hex(struct hash *h, const char *want)
{
        uint8_t digest[HASH_BYTES];
        char hex[HASH_HEX_SIZE];

        hash_done(h, digest);
        hash_to_hex(digest, hex);
        assert_string_equal(hex, want);
}

static void test_vectors(void **state _unused_)
{
        char text[1000];
        struct hash h;

        for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
                memset(text, vectors[i].fill, sizeof text);
                hash_init(&h);
                hash_add(&h, text, vectors[i].n);
                assert_hex(&h, vectors[i].hex);
        }
        hash_init(&h);
        hash_add(&h, "abc", 3);
        assert_hex(&h, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

/* However the bytes are cut, the digest is the same. */
static void test_pieces(void **state _unused_)
{
        for (size_t piece = 1; piece < 300; piece++) {
                char text[1000];
                struct hash h;

                memset(text, 'a', sizeof text);
                hash_init(&h);
                for (size_t at = 0; at < sizeof text; at += piece)
                        hash_add(&h, text + at, MIN(piece, sizeof text - at));
                assert_hex(&h, vectors[3].hex);
        }
}

static void digest_of_texts(const char *a, const char *b, uint8_t digest[static HASH_BYTES])
{
        struct hash h;

        hash_init(&h);
        hash_add_text(&h, a);
        hash_add_text(&h, b);
        hash_done(&h, digest);
}

static void test_texts_are_separated(void **state _unused_)
{
        static const char *const pairs[][2] = {
                { "ab", "c" }, { "a", "bc" }, { "abc", "" }, { "", "abc" }, { "abc", NULL }, { NULL, "abc" }, { "", "" }, { NULL, "" },
        };
        uint8_t digests[ARRAY_SIZE(pairs)][HASH_BYTES];

        for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
                digest_of_texts(pairs[i][0], pairs[i][1], digests[i]);
                for (size_t j = 0; j < i; j++)
                        assert_memory_not_equal(digests[i], digests[j], HASH_BYTES);
        }
}

static void test_numbers_are_little_endian(void **state _unused_)
{
        static const uint8_t bytes[] = { 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01 };
        uint8_t a[HASH_BYTES], b[HASH_BYTES];
        struct hash h;

        hash_init(&h);
        hash_add_u64(&h, 0x0102030405060708);
        hash_done(&h, a);
        hash_init(&h);
        hash_add(&h, bytes, sizeof bytes);
        hash_done(&h, b);
        assert_memory_equal(a, b, HASH_BYTES);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_vectors),
                cmocka_unit_test(test_pieces),
                cmocka_unit_test(test_texts_are_separated),
                cmocka_unit_test(test_numbers_are_little_endian),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
