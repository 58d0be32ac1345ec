/* SPDX-License-Identifier: Apache-2.0 */
/* Values: numbers by era, signals, times, limits, commands, lines of fstab, eras. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fstab.h"
#include "str.h"
#include "value.h"

static void test_numbers(void **state _unused_)
{
        uint64_t number = 7;
        int64_t below = 7;
        bool junk, flag;

        assert_int_equal(lxc_value_uint(21, "0x10", &number, &junk), 0);
        assert_int_equal(number, 16);
        assert_int_equal(lxc_value_uint(21, "010", &number, &junk), 0);
        assert_int_equal(number, 8);
        assert_int_equal(lxc_value_uint(21, "4 # x", &number, &junk), -EINVAL);
        assert_int_equal(lxc_value_uint(21, "-1", &number, &junk), -EINVAL);
        assert_int_equal(lxc_value_uint(21, "", &number, &junk), -EINVAL);
        assert_int_equal(lxc_value_uint(21, "99999999999", &number, &junk), -ERANGE);
        assert_int_equal(number, 8);
        assert_int_equal(lxc_value_uint(20, "4 # x", &number, &junk), 0);
        assert_int_equal(number, 4);
        assert_true(junk);
        assert_int_equal(lxc_value_uint(20, "x", &number, &junk), 0);
        assert_int_equal(number, 0);
        assert_int_equal(lxc_value_int(60, "-10", &below, &junk), 0);
        assert_int_equal(below, -10);
        assert_int_equal(lxc_value_bool(60, "2", &flag, &junk), -EINVAL);
        assert_int_equal(lxc_value_bool(10, "2", &flag, &junk), 0);
        assert_true(flag);
}

static void test_signals(void **state _unused_)
{
        static const struct { const char *text; int r, number;
        } rows[] = {
                { "9", 0, 9 },           { "SIGKILL", 0, 9 },   { "sigpwr", 0, 30 },           { "SIGRTMIN+3", 0, 37 },
                { "SIGRTMAX-1", 0, 63 }, { "SIGRTMIN", 0, 34 }, { "TERM", -EINVAL, 0 },        { "SIGNONE", -EINVAL, 0 },
                { "0", -ERANGE, 0 },     { "65", -ERANGE, 0 },  { "SIGRTMIN+99", -ERANGE, 0 }, { "SIGRTMIN-1", -EINVAL, 0 },
                { "", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int number = 0;

                assert_int_equal(lxc_value_signal(rows[i].text, &number), rows[i].r);
                assert_int_equal(number, rows[i].number);
        }
}

static void test_durations(void **state _unused_)
{
        static const struct { const char *text; int r; int64_t secs; uint32_t nsec;
        } rows[] = {
                { "2h", 0, 7200, 0 },          { "3 m", 0, 180, 0 },    { "-250 ms", 0, -1, 750000000 },
                { "1500ms", 0, 1, 500000000 }, { "-2000ms", 0, -2, 0 }, { "7ns", 0, 0, 7 },
                { "5us", 0, 0, 5000 },         { "5", -EINVAL, 0, 0 },  { "2 days", -EINVAL, 0, 0 },
                { "s", -EINVAL, 0, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int64_t secs = 0;
                uint32_t nsec = 0;

                assert_int_equal(lxc_value_duration(rows[i].text, &secs, &nsec), rows[i].r);
                assert_int_equal(secs, rows[i].secs);
                assert_int_equal(nsec, rows[i].nsec);
        }
}

static void test_limits(void **state _unused_)
{
        uint64_t soft = 0, hard = 0;

        assert_int_equal(lxc_value_limit("100 : unlimited", &soft, &hard), 0);
        assert_int_equal(soft, 100);
        assert_true(hard == UINT64_MAX);
        assert_int_equal(lxc_value_limit("5", &soft, &hard), 0);
        assert_int_equal(hard, 5);
        assert_int_equal(lxc_value_limit("5:", &soft, &hard), -EINVAL);
        assert_int_equal(lxc_value_limit("5k", &soft, &hard), -EINVAL);
}

static void test_argv(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        oci_strings args;

        assert_int_equal(lxc_value_argv(arena, " /sbin/init  \"two words\" it's '' ", &args), 0);
        assert_int_equal(args.n, 4);
        assert_string_equal(args.items[0], "/sbin/init");
        assert_string_equal(args.items[1], "two words");
        assert_string_equal(args.items[2], "it's");
        assert_string_equal(args.items[3], "");
        assert_int_equal(lxc_value_argv(arena, "a \"b", &args), -EINVAL);
        assert_int_equal(args.n, 1);
        assert_int_equal(lxc_value_unquoted_argv(arena, " /sbin/init  'two\twords it's' ", &args), 0);
        assert_int_equal(args.n, 3);
        assert_string_equal(args.items[1], "'two\twords");
        assert_string_equal(args.items[2], "it's'");
        assert_string_equal(lxc_shell_quote(arena, "it's"), "'it'\\''s'");
}

static void test_fstab(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct lxc_fstab f;

        assert_int_equal(lxc_fstab_parse(arena, "/srv/my\\040data  srv\\134x\ttmpfs ro,a 0 0", &f), 0);
        assert_string_equal(f.source, "/srv/my data");
        assert_string_equal(f.target, "srv\\x");
        assert_string_equal(f.type, "tmpfs");
        assert_string_equal(f.options, "ro,a");
        assert_int_equal(lxc_fstab_parse(arena, "proc proc proc", &f), 0);
        assert_string_equal(f.options, "");
        assert_int_equal(lxc_fstab_parse(arena, "lonely", &f), -EINVAL);
}

static void test_targets(void **state _unused_)
{
        static const struct { const char *target; enum lxc_target kind; const char *rest; } rows[] = {
                { "dev/pts", LXC_TARGET_INSIDE, "dev/pts" },    { "/srv/c1/dev/", LXC_TARGET_INSIDE, "/dev/" },
                { "/srv/c1", LXC_TARGET_INSIDE, "" },           { "/srv/c10/x", LXC_TARGET_ODD, "0/x" },
                { "/mnt/srv/c1/x", LXC_TARGET_ODD, "/x" },      { "/dev/shm", LXC_TARGET_OUTSIDE, "/dev/shm" },
                { "/var/lib/lxc/n/rootfs/x", LXC_TARGET_INSIDE, "/x" },
        };
        const char *const paths[] = { "/var/lib/lxc/n/rootfs", "/srv/c1" };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const char *rest;

                assert_int_equal(lxc_target_resolve(rows[i].target, paths, ARRAY_SIZE(paths), &rest), rows[i].kind);
                assert_string_equal(rest, rows[i].rest);
        }
}

/* LXC compares the beginnings of words only. */
static void test_mount_flags(void **state _unused_)
{
        assert_string_equal(lxc_mount_flag("ro"), "ro");
        assert_string_equal(lxc_mount_flag("rootmode=40000"), "ro");
        assert_string_equal(lxc_mount_flag("devgid=5"), "dev");
        assert_null(lxc_mount_flag("mode=755"));
        assert_null(lxc_mount_flag("rslave"));
}

static void test_eras(void **state _unused_)
{
        char text[8];
        int era = 0;

        assert_int_equal(lxc_era_parse("2.0.11", &era), 0);
        assert_int_equal(era, 20);
        assert_int_equal(lxc_era_parse("6", &era), 0);
        assert_string_equal(lxc_era_format(era, text), "6.0");
        assert_int_equal(lxc_era_parse("0.5", &era), -EINVAL);
        assert_int_equal(lxc_era_parse("8.0", &era), -EINVAL);
        assert_int_equal(lxc_era_parse("new", &era), -EINVAL);
        assert_int_equal(lxc_era_detect(&(struct lxc_era_evidence) { .n_legacy = 1 }), 10);
        assert_int_equal(lxc_era_detect(&(struct lxc_era_evidence) { .n_legacy = 1, .oldest = 20 }), 20);
        assert_int_equal(lxc_era_detect(&(struct lxc_era_evidence) { .n_new = 1 }), 60);
        assert_int_equal(lxc_era_detect(&(struct lxc_era_evidence) { .n_new = 1, .oldest = 70 }), 70);
        assert_int_equal(lxc_era_detect(&(struct lxc_era_evidence) { .n_new = 1, .n_legacy = 1 }), 21);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers), cmocka_unit_test(test_signals),     cmocka_unit_test(test_durations),
                cmocka_unit_test(test_limits),  cmocka_unit_test(test_argv),        cmocka_unit_test(test_fstab),
                cmocka_unit_test(test_targets), cmocka_unit_test(test_mount_flags), cmocka_unit_test(test_eras),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
