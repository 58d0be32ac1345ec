/* SPDX-License-Identifier: Apache-2.0 */
/* sys/rlimit.c, sys/sched.c, sys/caps.c, sys/keyring.c, sys/sysctl.c: what the kernel does, and what it says no to. */
#include "sandbox.h"

#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/mempolicy.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "sys/caps.h"
#include "keyring.h"
#include "procfs.h"
#include "rlimit.h"
#include "sched.h"
#include "str.h"
#include "sysctl.h"
#include "syscalls.h"

enum { CAP_BIT_RESOURCE = 24 };

static bool has_cap(unsigned cap)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        CHECK(sys_capget(&header, data) == 0);
        return data[cap / 32].effective & (1u << (cap % 32));
}

/* The effective set without CAP_SYS_RESOURCE, so that all machines say the same. */
static void drop_resource(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[2];

        CHECK(sys_capget(&header, data) == 0);
        data[0].effective &= ~(1u << CAP_BIT_RESOURCE);
        CHECK(sys_capset(&header, data) == 0);
}

/* ---- rlimits ---------------------------------------------------------------------------------------------------- */

static void limits_take_effect(void)
{
        const struct sys_rlimit l = { .resource = RLIMIT_CORE, .name = "RLIMIT_CORE", .soft = 0, .hard = 4096 };
        struct rlimit now;
        struct err e = ERR_INIT;

        CHECK_OK(sys_rlimit_set(0, &l, &e), &e);
        CHECK(getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_cur == 0 && now.rlim_max == 4096);
}

static void raising_is_explained(void)
{
        struct sys_rlimit l = { .resource = RLIMIT_CORE, .name = "RLIMIT_CORE", .soft = 1, .hard = 1 };
        struct err e = ERR_INIT;

        CHECK_OK(sys_rlimit_set(0, &l, &e), &e);
        drop_resource();
        l.hard = UINT64_MAX;
        CHECK(sys_rlimit_set(0, &l, &e) == -EPERM);
        CHECK(streq(e.text, "cannot set RLIMIT_CORE to 1:unlimited: raising the hard limit from 1 to unlimited needs "
                            "CAP_SYS_RESOURCE: Operation not permitted (EPERM)"));
        CHECK(streq(e.hint, "ask for a hard limit of at most 1, or give the runtime CAP_SYS_RESOURCE"));
}

static void limit_faults_are_named(void)
{
        struct sys_rlimit l = { .resource = RLIMIT_NOFILE, .name = "RLIMIT_NOFILE", .soft = 1, .hard = UINT64_C(1) << 40,
                                .nr_open = 1048576 };
        struct err e = ERR_INIT;

        CHECK(sys_rlimit_set(0, &l, &e) == -EPERM);
        CHECK(streq(e.text, "cannot set RLIMIT_NOFILE to 1:1099511627776: it exceeds fs.nr_open=1048576: "
                            "Operation not permitted (EPERM)"));
        l = (struct sys_rlimit) { .resource = RLIMIT_CPU, .name = "RLIMIT_CPU", .soft = 9, .hard = 8 };
        CHECK(sys_rlimit_set(0, &l, &e) == -EINVAL);
        CHECK(streq(e.hint, "the soft limit is above the hard limit"));
        l = (struct sys_rlimit) { .resource = 99, .name = "RLIMIT_X", .soft = 9, .hard = 9 };
        CHECK(sys_rlimit_set(0, &l, &e) == -EINVAL);
        CHECK(streq(e.hint, "this kernel does not know RLIMIT_X"));
}

static void test_rlimit(void **state _unused_)
{
        assert_int_equal(in_child(limits_take_effect), 0);
        assert_int_equal(in_child(raising_is_explained), 0);
        assert_int_equal(in_child(limit_faults_are_named), 0);
}

/* ---- scheduling ------------------------------------------------------------------------------------------------- */

static void scheduler_takes_effect(void)
{
        const struct sys_scheduler batch = { .policy = SCHED_BATCH, .name = "SCHED_BATCH", .nice = 7 };
        const struct sys_scheduler wrong = { .policy = SCHED_BATCH, .name = "SCHED_BATCH", .priority = 7 };
        struct sys_sched_attr now;
        struct err e = ERR_INIT;

        CHECK_OK(sys_scheduler_set(0, &batch, &e), &e);
        CHECK(sys_sched_getattr(0, &now, 0) == 0 && now.sched_policy == SCHED_BATCH && now.sched_nice == 7);
        CHECK(sys_scheduler_set(0, &wrong, &e) == -EINVAL);
        CHECK(streq(e.text, "cannot set the scheduler to SCHED_BATCH: Invalid argument (EINVAL)"));
        CHECK(streq(e.hint, "SCHED_BATCH takes no priority, and this kernel may not know one of the flags"));
}

static void io_priority_takes_effect(void)
{
        struct err e = ERR_INIT;

        CHECK_OK(sys_io_priority_set(0, 2, 5, "IOPRIO_CLASS_BE", &e), &e);
        CHECK(sys_ioprio_get(IOPRIO_WHO_PROCESS, 0) == (2 << 13 | 5));
        CHECK(sys_io_priority_set(0, 2, 9, "IOPRIO_CLASS_BE", &e) < 0 || sys_ioprio_get(IOPRIO_WHO_PROCESS, 0) != (2 << 13 | 5));
}

static void memory_policy_takes_effect(void)
{
        static const unsigned long first[2] = { 1 }, absent[3] = { 0, 0, 1 };
        struct err e = ERR_INIT;
        int mode = -1, r = sys_memory_policy_set(MPOL_BIND, first, 2, "MPOL_BIND 0", &e);

        if (r == -ENOSYS)
                return; /* a kernel without NUMA: the text is asserted below on others */
        CHECK_OK(r, &e);
        CHECK(syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) == 0 && mode == MPOL_BIND);
        CHECK_OK(sys_memory_policy_set(MPOL_DEFAULT, NULL, 0, "MPOL_DEFAULT", &e), &e);
        CHECK(sys_memory_policy_set(MPOL_BIND, absent, 130, "MPOL_BIND 128", &e) == -EINVAL);
        CHECK(streq(e.text, "cannot set the memory policy to MPOL_BIND 128: Invalid argument (EINVAL)"));
}

static void personality_takes_effect(void)
{
        struct err e = ERR_INIT;

        CHECK_OK(sys_personality_set(PER_LINUX32, &e), &e);
        CHECK(personality(0xffffffff) == PER_LINUX32);
}

static void oom_score_takes_effect(void)
{
        struct err e = ERR_INIT;
        int proc_fd = sys_procfs_open_mounted(&e);
        char text[16] = "";

        CHECK_OK(sys_oom_score_set(proc_fd, getpid(), 500, &e), &e);
        int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
        CHECK(read(fd, text, sizeof text - 1) > 0 && streq(text, "500\n"));
        drop_resource();
        CHECK(sys_oom_score_set(proc_fd, getpid(), -900, &e) == -EACCES);
        CHECK(streq(e.text, "cannot set oom_score_adj to -900: Permission denied (EACCES)"));
        CHECK(streq(e.hint, "going below the value that the runtime was started with needs CAP_SYS_RESOURCE"));
}

static void test_sched(void **state _unused_)
{
        assert_int_equal(in_child(scheduler_takes_effect), 0);
        assert_int_equal(in_child(io_priority_takes_effect), 0);
        assert_int_equal(in_child(memory_policy_takes_effect), 0);
        assert_int_equal(in_child(personality_takes_effect), 0);
        assert_int_equal(in_child(oom_score_takes_effect), 0);
}

/* ---- capabilities ----------------------------------------------------------------------------------------------- */

static void caps_take_effect(void)
{
        const uint64_t kill_cap = 1u << 5, chown_cap = 1u << 0, setpcap = 1u << 8;
        const struct sys_caps sets = { .effective = kill_cap, .permitted = kill_cap | chown_cap, .inheritable = kill_cap, .ambient = kill_cap };
        const struct sys_caps more = { .permitted = kill_cap | chown_cap | setpcap };
        struct err e = ERR_INIT;

        CHECK_OK(sys_caps_bound(kill_cap, UINT64_MAX, 40, &e), &e);
        for (unsigned cap = 0; cap <= 40; cap++)
                CHECK(prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == (cap == 5));
        CHECK_OK(sys_caps_set(&sets, &e), &e);
        CHECK(has_cap(5) && !has_cap(0));
        CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0) == 1);
        CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0) == 0);
        CHECK(sys_caps_set(&more, &e) == -EPERM);
        CHECK(sys_caps_bound(0, UINT64_MAX, 40, &e) == -EPERM);
        CHECK(streq(e.hint, "this needs CAP_SETPCAP, which the runtime does not have"));
}

/* A capability that is not PRESENT costs no call, and fails none. */
static void absent_caps_are_left_alone(void)
{
        const struct sys_caps none = { 0 };
        struct err e = ERR_INIT;

        CHECK_OK(sys_caps_set(&none, &e), &e);
        CHECK_OK(sys_caps_bound(0, 0, 40, &e), &e);
}

static void hidden_until_execve(void)
{
        sys_caps_hide();
        CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

static void test_caps(void **state _unused_)
{
        sandbox_need_root();
        assert_int_equal(in_child(caps_take_effect), 0);
        assert_int_equal(in_child(absent_caps_are_left_alone), 0);
        assert_int_equal(in_child(hidden_until_execve), 0);
}

/* ---- keyring ---------------------------------------------------------------------------------------------------- */

static void keyring_is_joined(void)
{
        struct err e = ERR_INIT;
        char name[64], text[256];
        int r;

        snprintf(name, sizeof name, "_ses.berth-test-%d", (int) getpid());
        r = sys_keyring_join(name, SYS_KEYRING_USER_SEARCH, &e);
        if (r == 1)
                return; /* a sandbox without keyrings: that it is tolerated is all that can be seen */
        CHECK_OK(r, &e);
        CHECK(syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text, 0) > 0);
        CHECK(strstr(text, name));
        CHECK(strtoul(strchr(strchr(strchr(text, ';') + 1, ';') + 1, ';') + 1, NULL, 16) & SYS_KEYRING_USER_SEARCH);
        /* once more, as a process that joins the container does */
        CHECK_OK(sys_keyring_join(name, SYS_KEYRING_USER_SEARCH, &e), &e);
}

static void test_keyring(void **state _unused_) { assert_int_equal(in_child(keyring_is_joined), 0); }

/* ---- sysctl ----------------------------------------------------------------------------------------------------- */

static void sysctls_take_effect(void)
{
        struct err e = ERR_INIT;
        int proc_fd = sys_procfs_open_mounted(&e);
        char text[64] = "";

        CHECK(unshare(CLONE_NEWIPC) == 0);
        CHECK_OK(sys_sysctl_set(proc_fd, "sys/kernel/msgmax", "kernel.msgmax", "4097", &e), &e);
        int fd = open("/proc/sys/kernel/msgmax", O_RDONLY | O_CLOEXEC);
        CHECK(read(fd, text, sizeof text - 1) > 0 && streq(text, "4097\n"));
        CHECK(sys_sysctl_set(proc_fd, "sys/kernel/nosuch", "kernel.nosuch", "1", &e) == -ENOENT);
        CHECK(streq(e.text, "unknown sysctl 'kernel.nosuch': there is no '/proc/sys/kernel/nosuch': No such file or directory (ENOENT)"));
        CHECK(sys_sysctl_set(proc_fd, "sys/kernel/msgmax", "kernel.msgmax", "x", &e) == -EINVAL);
        CHECK(streq(e.text, "cannot set sysctl 'kernel.msgmax' to 'x': Invalid argument (EINVAL)"));
        /* the kernel would take the first number and leave the second */
        CHECK(sys_sysctl_set(proc_fd, "sys/kernel/msgmax", "kernel.msgmax", "1 2", &e) == -EINVAL);
}

static void test_sysctl(void **state _unused_) { assert_int_equal(in_sandbox(sysctls_take_effect), 0); }

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rlimit),
                cmocka_unit_test(test_sched),
                cmocka_unit_test(test_caps),
                cmocka_unit_test(test_keyring),
                cmocka_unit_test(test_sysctl),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
