/* SPDX-License-Identifier: Apache-2.0 */
/* What hooks of LXC are given, version by version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lxcnet/lxc-script.h"
#include "str.h"

/* What the converter hands over for the container p1 of LXC 1.0's documentation. */
static const struct lxc_script p1 = {
        .type = "pre-start",
        .section = "lxc",
        .name = "p1",
        .command = "/var/lib/lxc/p1/pre-start.sh",
        .era = 10,
        .config = "/var/lib/lxc/p1/config",
        .rootfs_path = "/var/lib/lxc/p1/rootfs",
        .rootfs_mount = "/usr/lib/x86_64-linux-gnu/lxc",
        .cgroup_ns = true,
        .pid = 77,
};
#define FOUR                                                                                                           \
        "LXC_CONFIG_FILE=/var/lib/lxc/p1/config LXC_NAME=p1 LXC_ROOTFS_MOUNT=/usr/lib/x86_64-linux-gnu/lxc "          \
        "LXC_ROOTFS_PATH=/var/lib/lxc/p1/rootfs"

static int compare(const void *a, const void *b) { return strcmp(*(char *const *) a, *(char *const *) b); }

/* The environment in one line, sorted. */
static void assert_environment(const struct lxc_script *script, char *const *given, const char *want)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        char **env = (char **) lxc_script_environment(arena, script, given);
        size_t n = 0;

        assert_non_null(env);
        while (env[n])
                n++;
        qsort(env, n, sizeof *env, compare);
        for (size_t i = 0; i < n; i++)
                strbuf_printf(&text, "%s%s", i ? " " : "", env[i]);
        assert_string_equal(text.text, want);
}

static void test_environment(void **state _unused_)
{
        static char *const nothing[] = { NULL };
        static const struct {
                int era;
                const char *type;
                unsigned version;
                const char *want;
        } rows[] = {
                { 10, "pre-start", 0, FOUR },
                { 7, "post-stop", 0, FOUR },
                { 10, "post-stop", 0, FOUR },
                { 20, "pre-start", 0, "LXC_CGNS_AWARE=1 " FOUR },
                { 20, "stop", 0, "LXC_CGNS_AWARE=1 " FOUR " LXC_TARGET=stop" },
                { 21, "post-stop", 0, "LXC_CGNS_AWARE=1 " FOUR " LXC_TARGET=stop" },
                { 30, "mount", 0, "LXC_CGNS_AWARE=1 LXC_CONFIG_FILE=/var/lib/lxc/p1/config LXC_HOOK_VERSION=0 LXC_LOG_LEVEL=ERROR "
                                  "LXC_NAME=p1 LXC_ROOTFS_MOUNT=/usr/lib/x86_64-linux-gnu/lxc LXC_ROOTFS_PATH=/var/lib/lxc/p1/rootfs" },
                { 70, "start-host", 1, "LXC_CGNS_AWARE=1 LXC_CONFIG_FILE=/var/lib/lxc/p1/config LXC_HOOK_SECTION=lxc "
                                       "LXC_HOOK_TYPE=start-host LXC_HOOK_VERSION=1 LXC_LOG_LEVEL=ERROR LXC_NAME=p1 LXC_PID=77 "
                                       "LXC_ROOTFS_MOUNT=/usr/lib/x86_64-linux-gnu/lxc LXC_ROOTFS_PATH=/var/lib/lxc/p1/rootfs" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct lxc_script s = p1;

                s.era = rows[i].era;
                s.type = rows[i].type;
                s.hook_version = rows[i].version;
                assert_environment(&s, nothing, rows[i].want);
        }
}

/* What is not known is left out; what was there stays, but for what is set. */
static void test_environment_kept(void **state _unused_)
{
        char *const given[] = { (char *) "PATH=/bin", (char *) "LXC_NAME=other", (char *) "LXC_NAMES=x", (char *) "LXC_CONSOLE=/c",
                                (char *) "odd", NULL };
        const struct lxc_script s = { .type = "start", .section = "lxc", .name = "n", .command = "x", .era = 20 };

        assert_environment(&s, given, "LXC_CONSOLE=/c LXC_NAME=n LXC_NAMES=x PATH=/bin odd");
}

static void test_command(void **state _unused_)
{
        static const char *const words[] = { "veth", "a b", "it's", NULL };
        static const struct {
                int era;
                unsigned version;
                const char *section, *type, *command;
                const char *const *words;
                const char *want;
        } rows[] = {
                { 10, 0, "lxc", "pre-start", "/x", NULL, "/x 'p1' 'lxc' 'pre-start'" },
                { 11, 0, "lxc", "pre-start", "/x", NULL, "exec /x 'p1' 'lxc' 'pre-start'" },
                { 30, 0, "lxc", "mount", "/x \"a  b\" 'c' >>/tmp/log", NULL, "exec /x \"a  b\" 'c' >>/tmp/log 'p1' 'lxc' 'mount'" },
                { 30, 1, "lxc", "mount", "/x y", NULL, "exec /x y" },
                { 30, 0, "net", "up", "/x", words, "exec /x 'p1' 'net' 'up' 'veth' 'a b' 'it'\\''s'" },
                { 30, 1, "net", "up", "/x", words, "exec /x 'veth' 'a b' 'it'\\''s'" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(arena_freep) struct arena *arena = arena_new();
                struct lxc_script s = p1;

                s.era = rows[i].era;
                s.hook_version = rows[i].version;
                s.section = rows[i].section;
                s.type = rows[i].type;
                s.command = rows[i].command;
                s.words = rows[i].words;
                assert_string_equal(lxc_script_command(arena, &s), rows[i].want);
        }
}

static void test_check(void **state _unused_)
{
        static const struct {
                const char *type, *section, *name;
                unsigned version;
                const char *want; /* NULL: fine */
        } rows[] = {
                { "pre-start", "lxc", "p1", 0, NULL },
                { "autodev", "lxc", "A.b_c-9", 1, NULL },
                { "down", "net", "001", 1, NULL },
                { "stop", "lxc", "a+b", 0, NULL },
                { "poststop", "lxc", "p1", 0, "'poststop' is no type of LXC hook" },
                { "stop", "", "p1", 0, "the section of an LXC hook is 'lxc' or 'net', not ''" },
                { "stop", "lxc", "p1", 2, "the version of LXC hooks is 0 or 1, not 2" },
                { "stop", "lxc", "", 0, "'' cannot be the name that an LXC hook is given" },
                { "stop", "lxc", "a'; reboot; '", 0, "'a'; reboot; '' cannot be the name that an LXC hook is given" },
                { "stop", "lxc", "a b", 0, "'a b' cannot be the name that an LXC hook is given" },
                { "stop", "lxc", "a\nb", 0, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct lxc_script s = p1;
                struct err e = ERR_INIT;
                bool newline = strchr(rows[i].name, '\n');

                s.type = rows[i].type;
                s.section = rows[i].section;
                s.name = rows[i].name;
                s.hook_version = rows[i].version;
                assert_int_equal(lxc_script_check(&s, &e), rows[i].want || newline ? -EINVAL : 0);
                if (rows[i].want)
                        assert_string_equal(e.text, rows[i].want);
        }
}

static void test_era(void **state _unused_)
{
        static const struct { const char *text; int want; } rows[] = {
                { "1.0", 10 }, { "0.7", 7 }, { "6", 60 }, { "2.0.11", 20 }, { "5.0", 50 }, { "10.1", 101 },
                { "", -1 }, { "1.", -1 }, { ".1", -1 }, { "x", -1 }, { "1.10", -1 }, { "-1.0", -1 }, { "1000.0", -1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int era = -1;

                assert_int_equal(lxc_script_parse_era(rows[i].text, &era), rows[i].want < 0 ? -EINVAL : 0);
                assert_int_equal(era, rows[i].want);
        }
}

static void test_sees_root(void **state _unused_)
{
        assert_true(lxc_script_sees_root("mount"));
        assert_true(lxc_script_sees_root("autodev"));
        assert_false(lxc_script_sees_root("pre-mount"));
        assert_false(lxc_script_sees_root("start"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_environment), cmocka_unit_test(test_environment_kept), cmocka_unit_test(test_command),
                cmocka_unit_test(test_check),       cmocka_unit_test(test_era),              cmocka_unit_test(test_sees_root),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
