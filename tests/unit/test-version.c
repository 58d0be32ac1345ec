/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "features.h"
#include "version.h"

static void test_parse(void **state _unused_)
{
        static const struct {
                const char *text;
                struct oci_version version;
        } rows[] = {
                { "0.0.0", { 0, 0, 0, false } },
                { "1.2.3", { 1, 2, 3, false } },
                { "10.20.30", { 10, 20, 30, false } },
                { "1.0.0-rc5-dev", { 1, 0, 0, true } },
                { "1.1.0-rc.2", { 1, 1, 0, true } },
                { "1.0.0-0.x-y-z.--", { 1, 0, 0, true } },
                { "1.0.0-0a", { 1, 0, 0, true } },
                { "1.3.0+dev", { 1, 3, 0, false } },
                { "1.3.0-alpha+001.sha-5114f85", { 1, 3, 0, true } },
                { "18446744073709551615.0.0", { UINT64_MAX, 0, 0, false } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct oci_version v = { 9, 9, 9, false };

                if (oci_version_parse(rows[i].text, &v) < 0)
                        fail_msg("%s", rows[i].text);
                assert_true(v.major == rows[i].version.major && v.minor == rows[i].version.minor && v.patch == rows[i].version.patch &&
                            v.prerelease == rows[i].version.prerelease);
        }
}

static void test_no_version(void **state _unused_)
{
        static const char *const rows[] = {
                "", "1", "1.0", "1.0.", "1.0.0.", "1.0.0.0", "v1.0.0", " 1.0.0", "1.0.0 ", "01.0.0", "1.00.0", "1.0.00", "-1.0.0", "+1.0.0",
                "1.0.0-", "1.0.0+", "1.0.0-a..b", "1.0.0-01", "1.0.0-a.01", "1.0.0-a_b", "1.0.0+a+b", "1.0.0-\xc3\xa9", "1..0", "a.b.c",
                "18446744073709551616.0.0", "1.0.0-rc.1+", "1,0,0",
        };
        struct oci_version v = { 9, 9, 9, true };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (oci_version_parse(rows[i], &v) != -EINVAL || v.major != 9)
                        fail_msg("'%s'", rows[i]);
}

static void test_policy(void **state _unused_)
{
        static const struct {
                const char *text;
                int errors, warnings;
                const char *sentence;
        } rows[] = {
                { OCI_VERSION_MIN, 0, 0, NULL },
                { OCI_VERSION_MAX, 0, 0, NULL },
                { "1.0.0-rc1", 0, 0, NULL },
                { "1.2.99", 0, 0, NULL },
                { "1.3.9-dev", 0, 0, NULL },
                { "1.4.0-rc.1", 0, 1, "version '1.4.0-rc.1' is newer than 1.3.0: what it added is not known here" },
                { "1.99.0", 0, 1, "version '1.99.0' is newer than 1.3.0: what it added is not known here" },
                { "0.6.0-dev", 0, 1, "version '0.6.0-dev' is older than 1.0.0: the config is read as 1.0.0" },
                { "2.0.0-alpha", 1, 0, "version '2.0.0-alpha' is beyond 1.3.0, the newest that is understood" },
                { "1.3", 1, 0, "version '1.3' is not in SemVer 2.0.0 format" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(arena_freep) struct arena *a = arena_new();
                struct faults faults = { .arena = a };

                oci_version_check(rows[i].text, NULL, &faults);
                assert_int_equal(faults.n_errors, rows[i].errors);
                assert_int_equal(faults.n, rows[i].errors + rows[i].warnings);
                if (rows[i].sentence)
                        assert_string_equal(faults.items[0].text, rows[i].sentence);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_no_version),
                cmocka_unit_test(test_policy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
