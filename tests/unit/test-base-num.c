/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "num.h"

static void test_u64(void **state _unused_)
{
        static const struct {
                const char *text;
                unsigned base;
                int result;
                uint64_t value;
        } rows[] = {
                { "0", 10, 0, 0 },
                { "007", 10, 0, 7 },
                { "18446744073709551615", 10, 0, UINT64_MAX },
                { "18446744073709551616", 10, -ERANGE, 0 },
                { "99999999999999999999999", 10, -ERANGE, 0 },
                { "ffFF", 16, 0, 0xffff },
                { "ffffffffffffffff", 16, 0, UINT64_MAX },
                { "10000000000000000", 16, -ERANGE, 0 },
                { "755", 8, 0, 0755 },
                { "8", 8, -EINVAL, 0 },
                { "a", 10, -EINVAL, 0 },
                { "", 10, -EINVAL, 0 },
                { " 1", 10, -EINVAL, 0 },
                { "1 ", 10, -EINVAL, 0 },
                { "+1", 10, -EINVAL, 0 },
                { "-1", 10, -EINVAL, 0 },
                { "0x1", 16, -EINVAL, 0 },
                { "1.0", 10, -EINVAL, 0 },
                /* Not a number, however long: the digits are looked at before the size. */
                { "99999999999999999999999x", 10, -EINVAL, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                uint64_t v = 77;
                int r = num_parse_u64(rows[i].text, strlen(rows[i].text), rows[i].base, &v);

                if (r != rows[i].result || v != (r < 0 ? 77 : rows[i].value))
                        fail_msg("'%s': %d", rows[i].text, r);
        }
}

static void test_i64(void **state _unused_)
{
        static const struct {
                const char *text;
                int result;
                int64_t value;
        } rows[] = {
                { "0", 0, 0 },
                { "-0", 0, 0 },
                { "-1", 0, -1 },
                { "9223372036854775807", 0, INT64_MAX },
                { "9223372036854775808", -ERANGE, 0 },
                { "-9223372036854775808", 0, INT64_MIN },
                { "-9223372036854775809", -ERANGE, 0 },
                { "-", -EINVAL, 0 },
                { "--1", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "+1", -EINVAL, 0 },
                { "1e3", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int64_t v = 77;
                int r = num_parse_i64(rows[i].text, strlen(rows[i].text), &v);

                if (r != rows[i].result || v != (r < 0 ? 77 : rows[i].value))
                        fail_msg("'%s': %d", rows[i].text, r);
        }
}

static void test_range(void **state _unused_)
{
        int64_t v = 77;

        assert_int_equal(num_parse_range("-1000", -1000, 1000, &v), 0);
        assert_int_equal(v, -1000);
        assert_int_equal(num_parse_range("1001", -1000, 1000, &v), -ERANGE);
        assert_int_equal(num_parse_range("-1001", -1000, 1000, &v), -ERANGE);
        assert_int_equal(num_parse_range("x", -1000, 1000, &v), -EINVAL);
        assert_int_equal(v, -1000);
}

static void mark(void *arg, unsigned n) { *(uint64_t *) arg |= UINT64_C(1) << n; }

static void test_list(void **state _unused_)
{
        static const struct {
                const char *text;
                int result;
                uint64_t set;
        } rows[] = {
                { "0", 0, 1 },
                { "0-3,7", 0, 0x8f },
                { "63", 0, UINT64_C(1) << 63 },
                { "2,2,1-2", 0, 6 },
                { "64", -ERANGE, 0 },
                { "0-64", -ERANGE, 0 },
                { "18446744073709551616", -ERANGE, 0 },
                { "3-1", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "1,", -EINVAL, 2 },
                { ",1", -EINVAL, 0 },
                { "1-", -EINVAL, 0 },
                { "-1", -EINVAL, 0 },
                { "1--2", -EINVAL, 0 },
                { "1 ", -EINVAL, 0 },
                { "0-3:1/2", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                uint64_t set = 0;
                int r = num_parse_list(rows[i].text, 64, mark, &set);

                if (r != rows[i].result || set != rows[i].set)
                        fail_msg("'%s': %d", rows[i].text, r);
                assert_int_equal(num_parse_list(rows[i].text, 64, NULL, NULL), r);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_u64),
                cmocka_unit_test(test_i64),
                cmocka_unit_test(test_range),
                cmocka_unit_test(test_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
