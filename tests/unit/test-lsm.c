/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <fcntl.h>

#include "sys/lsm.h"

static void test_is_profile(void **state _unused_)
{
        static const struct {
                const char *text, *profile;
                bool want;
        } rows[] = {
                { "docker-default (enforce)\n", "docker-default", true },
                { "docker-default (complain)", "docker-default", true },
                { "docker-default", "docker-default", true },
                { "unconfined\n", "unconfined", true },
                { "unconfined_foo (enforce)\n", "unconfined", false },
                { "docker-default (enforce)\n", "docker", false },
                { "docker (enforce)\n", "docker-default", false },
                { "docker //&other (enforce)\n", "docker", false },
                { "a (b) c (enforce)\n", "a", false },
                { "a (b) c (enforce)\n", "a (b) c", true },
                { "", "docker-default", false },
                { "\n", "docker-default", false },
                { "docker ", "docker", false },
                { "docker (", "docker", false },
                { "something (enforce)\n", ":ns:profile", true },
                { "something (enforce)\n", "a//&b", true },
                { "", "&stacked", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (sys_lsm_is_profile(rows[i].text, strlen(rows[i].text), rows[i].profile) != rows[i].want)
                        fail_msg("'%s' and '%s'", rows[i].text, rows[i].profile);
}

/* Podman's parser looks for a path in back-ticks that ends in /exec. */
static void assert_names_attr(const char *text)
{
        const char *tick = strstr(text, "`/proc/thread-self/attr/");

        assert_non_null(tick);
        assert_non_null(strstr(tick, "exec`"));
}

/* Whether or not an LSM is there, this profile and label are not. */
static void test_refused(void **state _unused_)
{
        _cleanup_close_ int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct err e = ERR_INIT;
        char big[5000];

        assert_true(sys_lsm_set_apparmor(proc_fd, "berth-no-such-profile", &e) < 0);
        assert_non_null(strstr(e.text, "cannot set AppArmor profile 'berth-no-such-profile' by `/proc/"));
        assert_names_attr(e.text);
        assert_true(sys_lsm_set_selinux(proc_fd, "berth:no:such:label", &e) < 0);
        assert_non_null(strstr(e.text, "SELinux label 'berth:no:such:label'"));
        assert_names_attr(e.text);
        memset(big, 'x', sizeof big);
        big[sizeof big - 1] = '\0';
        assert_int_equal(sys_lsm_set_apparmor(proc_fd, big, &e), -ENAMETOOLONG);
        assert_int_equal(sys_lsm_set_selinux(proc_fd, big, &e), -ENAMETOOLONG);
}

/* A directory that plays /proc has the files, and would swallow the label. */
static void test_fake_proc(void **state _unused_)
{
        static const char *const dirs[] = { "", "/thread-self", "/thread-self/attr", "/thread-self/attr/apparmor" };
        static const char *const files[] = { "/thread-self/attr/exec", "/thread-self/attr/apparmor/exec" };
        char root[] = "/tmp/berth-proc-XXXXXX", path[128];
        _cleanup_close_ int fake_fd = -EBADF;
        struct err e = ERR_INIT;

        assert_non_null(mkdtemp(root));
        for (size_t i = 1; i < ARRAY_SIZE(dirs); i++) {
                snprintf(path, sizeof path, "%s%s", root, dirs[i]);
                assert_int_equal(mkdir(path, 0700), 0);
        }
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                snprintf(path, sizeof path, "%s%s", root, files[i]);
                close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        }
        fake_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(sys_lsm_set_apparmor(fake_fd, "docker-default", &e), -EXDEV);
        assert_int_equal(sys_lsm_set_selinux(fake_fd, "a:b:c", &e), -EXDEV);
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                struct stat st;

                snprintf(path, sizeof path, "%s%s", root, files[i]);
                assert_int_equal(stat(path, &st), 0);
                assert_int_equal(st.st_size, 0);
                unlink(path);
        }
        for (size_t i = ARRAY_SIZE(dirs); i-- > 0;) {
                snprintf(path, sizeof path, "%s%s", root, dirs[i]);
                rmdir(path);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_is_profile),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_fake_proc),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
