/* SPDX-License-Identifier: Apache-2.0 */
/* sys_clone of sys/process.c: every kind of namespace, also where clone3(2) is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lacking.h"
#include "sys/process.h"
#include "sys/syscalls.h"

enum { SKIPPED = 77 };

static ino_t ns_inode(const char *name)
{
        char path[64];
        struct stat st;

        snprintf(path, sizeof path, "/proc/self/ns/%s", name);
        return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void check_kind(const char *name, uint64_t flag)
{
        struct sys_clone how = { .flags = flag, .cgroup_fd = -EBADF };
        ino_t outer = ns_inode(name);
        int pidfd = -EBADF, status;
        bool in_cgroup;
        pid_t pid = sys_clone(&how, &pidfd, &in_cgroup);

        if (pid == 0)
                _exit(ns_inode(name) == outer);
        if (pid < 0)
                fail_msg("%s: %s", name, strerror(-pid));
        assert_int_equal(sys_process_reap(pid, &status), 0);
        if (status != 0)
                fail_msg("the %s namespace is the caller's", name);
        assert_int_equal(ns_inode(name), outer);
        if (pidfd >= 0)
                close(pidfd);
}

static void test_kinds(void **state _unused_)
{
        check_kind("net", CLONE_NEWNET);
        check_kind("ipc", CLONE_NEWIPC);
        check_kind("uts", CLONE_NEWUTS);
        check_kind("mnt", CLONE_NEWNS);
        check_kind("user", CLONE_NEWUSER);
        if (ns_inode("time"))
                check_kind("time", CLONE_NEWTIME);
}

/* Later children are the caller's own again. */
/* A child that sleeps in the kernel, one that is gone. */
static void test_text_of_a_process(void **state _unused_)
{
        char text[128], expected[32];
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                raise(SIGSTOP);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
        sys_process_text(pid, text, sizeof text);
        snprintf(expected, sizeof expected, "pid %d (state T", (int) pid);
        assert_memory_equal(text, expected, strlen(expected));
        assert_true(text[strlen(text) - 1] == ')');
        kill(pid, SIGKILL);
        assert_int_equal(sys_process_reap(pid, NULL), 0);
        snprintf(expected, sizeof expected, "pid %d (state ?)", (int) pid);
        assert_string_equal(sys_process_text(pid, text, sizeof text), expected);
}

static void test_time_ends_with_the_clone(void **state _unused_)
{
        if (ns_inode("time"))
                check_kind("time", CLONE_NEWTIME);
        assert_int_equal(ns_inode("time_for_children"), ns_inode("time"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_time_ends_with_the_clone),
                cmocka_unit_test(test_text_of_a_process),
        };
        const int calls[] = { SYS_clone3, SYS_pidfd_open };
        int failed;

        if (geteuid() != 0) {
                puts("needs root");
                return SKIPPED;
        }
        failed = cmocka_run_group_tests_name("this kernel", tests, NULL, NULL);
        lack_calls(calls, 2);
        failed += cmocka_run_group_tests_name("without clone3 and pidfd_open", tests, NULL, NULL);
        return failed;
}
