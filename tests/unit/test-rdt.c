/* SPDX-License-Identifier: Apache-2.0 */
/* sys/rdt.c: the comparison is pure; the files are played by a directory, since few machines have the hardware. */
#include "sandbox.h"

#include "rdt.h"
#include "str.h"

static void test_schema_matches(void **state _unused_)
{
        static const char schemata[] = "    L3:0=7ff;1=001f\n    MB:0= 20;1= 70\nL3CODE:0=3\n";
        static const struct { const char *line; int r; bool matches; } rows[] = {
                { "L3:0=7ff;1=1f", 0, true },     { "L3:1=0x1F", 0, true },      { "L3: 1 = 1f ; 0 = 7FF ;", 0, true },
                { "L3:0=7fe", 0, false },         { "L3:2=7ff", 0, false },      { "MB:0=20;1=70", 0, true },
                { "MB:0=14", 0, false },          { "L3CODE:0=3", 0, true },     { "L3DATA:0=3", 0, false },
                { "L:0=7ff", 0, false },          { "L3:", 0, true },            { "L3", -EINVAL, false },
                { "L3:x=1", -EINVAL, false },     { "L3:0", -EINVAL, false },    { "L3:0=zz", -EINVAL, false },
                { "", -EINVAL, false },           { "MB:0=7f", -EINVAL, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                bool matches = false;
                int r = sys_rdt_schema_matches(schemata, rows[i].line, &matches);

                if (r != rows[i].r || (r == 0 && matches != rows[i].matches))
                        fail_msg("'%s': %d %d", rows[i].line, r, matches);
        }
}

static void put(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text));
        close(fd);
}

static bool holds(const char *path, const char *text)
{
        char buf[256] = "";
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        CHECK(fd >= 0 && read(fd, buf, sizeof buf - 1) >= 0);
        close(fd);
        return streq(buf, text);
}

static void groups_are_files(void)
{
        struct err e = ERR_INIT;

        CHECK(!sys_rdt_exists("/mnt/g"));
        CHECK_OK(sys_rdt_make("/mnt/g", &e), &e);
        CHECK(sys_rdt_exists("/mnt/g"));
        CHECK(sys_rdt_make("/mnt/g", &e) == -EEXIST);
        put("/mnt/g/schemata", "");
        put("/mnt/g/tasks", "");
        CHECK_OK(sys_rdt_set_schema("/mnt", "/mnt/g", "L3:0=f", &e), &e);
        CHECK(holds("/mnt/g/schemata", "L3:0=f\n"));
        CHECK_OK(sys_rdt_check_schema("/mnt/g", "L3:0=0f", &e), &e);
        CHECK(sys_rdt_check_schema("/mnt/g", "L3:0=1f", &e) == -EEXIST);
        CHECK(streq(e.text, "resctrl group '/mnt/g' exists and has other values than 'L3:0=1f'"));
        CHECK_OK(sys_rdt_add_task("/mnt", "/mnt/g", 4711, &e), &e);
        CHECK(holds("/mnt/g/tasks", "4711"));
        CHECK(sys_rdt_remove("/mnt/g", &e) == -ENOTEMPTY); /* resctrl itself would let it go */
        CHECK(unlink("/mnt/g/schemata") == 0 && unlink("/mnt/g/tasks") == 0);
        CHECK_OK(sys_rdt_remove("/mnt/g", &e), &e);
        CHECK_OK(sys_rdt_remove("/mnt/g", &e), &e);
}

static void the_kernel_gives_the_reason(void)
{
        struct err e = ERR_INIT;

        CHECK(mkdir("info", 0755) == 0 && mkdir("g", 0755) == 0);
        put("info/last_cmd_status", "Mask out of range\n");
        CHECK(sys_rdt_set_schema("/mnt", "/mnt/g", "L3:0=f", &e) == -ENOENT);
        CHECK(streq(e.text, "cannot write 'L3:0=f' to the schemata of resctrl group '/mnt/g': No such file or directory (ENOENT)"));
        CHECK(streq(e.kernel, "Mask out of range"));
        put("info/last_cmd_status", "ok\n");
        CHECK(sys_rdt_add_task("/mnt", "/mnt/g", 1, &e) == -ENOENT);
        CHECK(streq(e.kernel, ""));
}

static void test_groups(void **state _unused_)
{
        assert_int_equal(in_sandbox(groups_are_files), 0);
        assert_int_equal(in_sandbox(the_kernel_gives_the_reason), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_schema_matches),
                cmocka_unit_test(test_groups),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
