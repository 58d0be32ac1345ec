/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroupfs manager on this machine's own cgroups, in whatever layout it has, and again with cgroup2 alone in a private
 * mount namespace.  Needs root; makes everything below /berth-test-PID and removes it again. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <cmocka.h>

#include "probe.h"
#include "cgroup/private.h"
#include "str.h"
#include "syscalls.h"

static struct arena *arena;
static struct host host;
static char top[64], path[96];

/* ------------------------------------------------------------------------------------------------------------------ */

static struct cgroup *open_cgroup(const char *owner)
{
        struct cgroup *cg = NULL;
        struct err e = ERR_INIT;

        assert_int_equal(sys_cgroup_new(SYS_CGROUP_FS, &host, path, owner, &cg, &e), 0);
        return cg;
}

static void expect_ok(int r, const struct err *e)
{
        if (r < 0)
                fail_msg("%d: %s (hint: %s)", r, e->text, e->hint);
}

static struct cgroup *make_cgroup(const char *owner)
{
        struct cgroup *cg = open_cgroup(owner);
        struct sys_cgroup_needs needs = { 0 };
        struct err e = ERR_INIT;

        expect_ok(sys_cgroup_create(cg, &needs, &e), &e);
        return cg;
}

static bool dir_exists(int h, const char *below)
{
        char dir[PATH_MAX];
        int n = snprintf(dir, sizeof dir, "%s%s%s", h == CGROUP_V2 ? host.v2_mount : host.v1[h].mount, path, below);

        assert_true(n > 0 && n < (int) sizeof dir);
        return access(dir, F_OK) == 0;
}

static int first_hierarchy(void) { return host.v2_mount ? CGROUP_V2 : 0; }

static void assert_everywhere(bool there)
{
        for (int h = first_hierarchy(); h < (int) host.n_v1; h++)
                if (dir_exists(h, "") != there)
                        fail_msg("hierarchy %d: cgroup is %s", h, there ? "missing" : "left");
}

static void read_setting(int h, const char *file, char *buf, size_t size)
{
        char name[PATH_MAX];

        snprintf(name, sizeof name, "%s%s/%s", h == CGROUP_V2 ? host.v2_mount : host.v1[h].mount, path, file);
        assert_true(cgroup_read(AT_FDCWD, name, buf, size) >= 0);
}

/* A child that waits to be killed, after it has forked N more; with STUBBORN it ignores what can be ignored. */
static pid_t spawn(int n, bool stubborn)
{
        pid_t pid = fork();

        if (pid == 0) {
                if (stubborn)
                        signal(SIGTERM, SIG_IGN);
                /* Its children begin in its cgroup, once it has been told to go on by a signal. */
                raise(SIGSTOP);
                for (int i = 0; i < n; i++)
                        if (fork() == 0)
                                for (;;)
                                        pause();
                for (;;)
                        pause();
        }
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
        return pid;
}

static void let_go(pid_t pid, struct cgroup *cg, size_t expected)
{
        assert_int_equal(kill(pid, SIGCONT), 0);
        for (int i = 0; i < 500; i++) {
                struct sys_pids pids = { 0 };
                struct err e = ERR_INIT;
                size_t n;

                expect_ok(sys_cgroup_pids(cg, &pids, &e), &e);
                n = pids.n;
                sys_pids_done(&pids);
                if (n == expected)
                        return;
                poll(NULL, 0, 10);
        }
        fail_msg("the cgroup never had %zu processes", expected);
}

static void reap(pid_t pid)
{
        int status;

        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void test_probe(void **state)
{
        (void) state;
        assert_int_not_equal(host.cgroup, HOST_CGROUP_NONE);
        assert_true(host.last_cap >= 37 && host.last_cap < 64);
        assert_int_equal(host.page_size, sysconf(_SC_PAGESIZE));
        assert_int_equal(host.euid, geteuid());
        assert_int_equal(host.bounding_caps >> (host.last_cap + 1), 0);
        assert_false(host.in_user_ns);
        if (host.v2_mount) {
                assert_non_null(host.v2_own);
                assert_int_equal(host.v2_own[0], '/');
        }
}

static void test_life(void **state)
{
        struct cgroup *cg = make_cgroup("me 1"), *later;
        struct err e = ERR_INIT;
        pid_t pid = spawn(3, true);

        (void) state;
        assert_everywhere(true);
        assert_int_equal(sys_cgroup_populated(cg, &e), 0);
        expect_ok(sys_cgroup_attach(cg, pid, false, &e), &e);
        let_go(pid, cg, 4);
        assert_int_equal(sys_cgroup_populated(cg, &e), 1);
        for (int h = 0; h < (int) host.n_v1; h++) {
                char procs[256], want[16];

                read_setting(h, "cgroup.procs", procs, sizeof procs);
                snprintf(want, sizeof want, "%d", (int) pid);
                assert_true(cgroup_list_has(procs, want, strlen(want)));
        }
        /* A later command knows only the path and the owner. */
        later = open_cgroup("me 1");
        expect_ok(sys_cgroup_kill(later, SIGTERM, &e), &e); /* they ignore it */
        assert_int_equal(sys_cgroup_populated(later, &e), 1);
        expect_ok(sys_cgroup_destroy(later, 10000, &e), &e);
        assert_everywhere(false);
        reap(pid);
        /* All of it is repeatable. */
        expect_ok(sys_cgroup_destroy(cg, 1000, &e), &e);
        expect_ok(sys_cgroup_kill(cg, SIGKILL, &e), &e);
        expect_ok(sys_cgroup_wait_empty(cg, 1000, &e), &e);
        assert_int_equal(sys_cgroup_populated(cg, &e), 0);
        assert_int_equal(sys_cgroup_frozen(cg, &e), 0);
        sys_cgroup_free(later);
        sys_cgroup_free(cg);
}

static void test_ownership(void **state)
{
        struct cgroup *mine = make_cgroup("me 1"), *other = open_cgroup("you 2");
        struct sys_cgroup_needs needs = { 0 };
        struct err e = ERR_INIT;
        pid_t pid = spawn(0, false);

        (void) state;
        expect_ok(sys_cgroup_attach(mine, pid, false, &e), &e);
        /* It is used: nobody else gets it, and undoing that attempt harms nobody. */
        assert_int_equal(sys_cgroup_create(other, &needs, &e), -EEXIST);
        assert_non_null(strstr(e.text, "exists and has processes"));
        assert_int_equal(sys_cgroup_destroy(other, 1000, &e), 0);
        assert_everywhere(true);
        sys_cgroup_free(other);
        /* Nor does a later command of somebody whose record names the same path. */
        other = open_cgroup("you 2");
        assert_int_equal(sys_cgroup_kill(other, SIGKILL, &e), -ESTALE);
        assert_non_null(strstr(e.text, "does not belong to this container"));
        assert_int_equal(sys_cgroup_freeze(other, true, 1000, &e), -ESTALE);
        assert_int_equal(sys_cgroup_destroy(other, 1000, &e), 0);
        assert_int_equal(kill(pid, 0), 0);
        assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
        assert_int_equal(sys_cgroup_populated(mine, &e), 1);
        /* Emptied, it can be taken over; then it is no longer the first one's. */
        expect_ok(sys_cgroup_kill(mine, SIGKILL, &e), &e);
        expect_ok(sys_cgroup_wait_empty(mine, 10000, &e), &e);
        reap(pid);
        expect_ok(sys_cgroup_create(other, &needs, &e), &e);
        pid = spawn(0, false);
        assert_int_equal(sys_cgroup_attach(mine, pid, false, &e), -ESTALE);
        kill(pid, SIGKILL);
        reap(pid);
        assert_int_equal(sys_cgroup_destroy(mine, 1000, &e), 0);
        assert_everywhere(true);
        expect_ok(sys_cgroup_destroy(other, 1000, &e), &e);
        assert_everywhere(false);
        sys_cgroup_free(mine);
        sys_cgroup_free(other);
}

/* A create that died between mkdir and mark leaves an empty directory; a stranger's is not killed for it. */
static void test_unmarked(void **state)
{
        struct cgroup *cg = open_cgroup("me 1");
        struct err e = ERR_INIT;
        char dir[PATH_MAX];

        (void) state;
        assert_int_equal(cgroup_mkdir(sys_cgroup_dir(cg, cg->primary, dir, sizeof dir)), 1);
        assert_int_equal(sys_cgroup_destroy(cg, 1000, &e), 0);
        assert_everywhere(false);
        assert_int_equal(cgroup_mkdir(dir), 1);
        assert_int_equal(sys_cgroup_kill(cg, SIGKILL, &e), -ESTALE);
        assert_int_equal(rmdir(dir), 0);
        sys_cgroup_free(cg);
}

static void test_frozen(void **state)
{
        struct cgroup *cg = make_cgroup("me 1"), *other = open_cgroup("you 2");
        struct sys_cgroup_needs needs = { 0 };
        struct err e = ERR_INIT;
        pid_t pid = spawn(2, false);

        (void) state;
        expect_ok(sys_cgroup_attach(cg, pid, false, &e), &e);
        let_go(pid, cg, 3);
        assert_int_equal(sys_cgroup_frozen(cg, &e), 0);
        expect_ok(sys_cgroup_freeze(cg, true, 10000, &e), &e);
        assert_int_equal(sys_cgroup_frozen(cg, &e), 1);
        expect_ok(sys_cgroup_freeze(cg, false, 10000, &e), &e);
        assert_int_equal(sys_cgroup_frozen(cg, &e), 0);
        /* Frozen processes die as well. */
        expect_ok(sys_cgroup_freeze(cg, true, 10000, &e), &e);
        expect_ok(sys_cgroup_kill(cg, SIGKILL, &e), &e);
        expect_ok(sys_cgroup_wait_empty(cg, 10000, &e), &e);
        reap(pid);
        /* An empty frozen one is not fit for a container, and survives the attempt. */
        expect_ok(sys_cgroup_freeze(cg, true, 10000, &e), &e);
        assert_int_equal(sys_cgroup_create(other, &needs, &e), -EBUSY);
        assert_non_null(strstr(e.text, "exists and is frozen"));
        assert_int_equal(sys_cgroup_destroy(other, 1000, &e), 0);
        assert_everywhere(true);
        expect_ok(sys_cgroup_destroy(cg, 1000, &e), &e);
        assert_everywhere(false);
        sys_cgroup_free(cg);
        sys_cgroup_free(other);
}

/* What SIGKILL of a v1 freezer's prisoner needs, where both freezers are there. */
static void test_frozen_on_v1(void **state)
{
        int freezer = cgroup_v1_find(&host, "freezer");
        struct cgroup *cg;
        struct err e = ERR_INIT;
        pid_t pid;
        int fd;

        (void) state;
        if (freezer < 0)
                skip();
        cg = make_cgroup("me 1");
        pid = spawn(0, false);
        expect_ok(sys_cgroup_attach(cg, pid, false, &e), &e);
        let_go(pid, cg, 1);
        fd = cgroup_open_dir(cg, freezer);
        assert_int_equal(cgroup_v1_freeze(fd, true, cgroup_now_msec() + 5000), 0);
        close(fd);
        assert_int_equal(sys_cgroup_frozen(cg, &e), 1);
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        reap(pid);
        assert_everywhere(false);
        sys_cgroup_free(cg);
}

/* Cgroups that the container made below its own, deeper than a path can say. */
static void test_nested(void **state)
{
        enum { DEPTH = 40 };
        struct cgroup *cg = make_cgroup("me 1");
        struct sys_pids pids = { 0 };
        struct err e = ERR_INIT;
        char name[201], text[16];
        pid_t pid = spawn(0, false);

        (void) state;
        memset(name, 'd', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        for (int h = first_hierarchy(); h < (int) host.n_v1; h++) {
                int fd = cgroup_open_dir(cg, h);

                for (int i = 0; i < DEPTH; i++) {
                        int next;

                        if (mkdirat(fd, name, 0755) < 0 || mkdirat(fd, "side", 0755) < 0)
                                break; /* some controllers have a limit of their own */
                        next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                        assert_true(next >= 0);
                        close(fd);
                        fd = next;
                }
                if (h == first_hierarchy()) {
                        snprintf(text, sizeof text, "%d", (int) pid);
                        if (h == CGROUP_V2)
                                assert_int_equal(cgroup_write(fd, "cgroup.procs", text), 0);
                }
                close(fd);
        }
        if (host.v2_mount) {
                expect_ok(sys_cgroup_pids(cg, &pids, &e), &e);
                assert_int_equal(pids.n, 1);
                assert_int_equal(pids.items[0], pid);
                sys_pids_done(&pids);
                assert_int_equal(sys_cgroup_populated(cg, &e), 1);
        }
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        if (!host.v2_mount)
                kill(pid, SIGKILL);
        reap(pid);
        assert_everywhere(false);
        sys_cgroup_free(cg);
}

/* A process that was moved into one v1 hierarchy only does not keep the cgroup from being removed. */
static void test_stray(void **state)
{
        int h = cgroup_v1_find(&host, "pids"), fd;
        struct err e = ERR_INIT;
        struct cgroup *cg;
        char text[16];
        pid_t pid;

        (void) state;
        if (h < 0)
                skip();
        cg = make_cgroup("me 1");
        pid = spawn(0, false);
        fd = cgroup_open_dir(cg, h);
        snprintf(text, sizeof text, "%d", (int) pid);
        assert_int_equal(cgroup_write(fd, "cgroup.procs", text), 0);
        close(fd);
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        reap(pid);
        assert_everywhere(false);
        sys_cgroup_free(cg);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void set(struct cgroup *cg, const char *controller, const char *file, const char *value, const char *expected)
{
        int h = cgroup_v1_find(&host, controller);
        struct cgroup_setting s = { controller, h < 0 ? CGROUP_V2 : h, file, value };
        struct err e = ERR_INIT;
        char got[256];

        expect_ok(sys_cgroup_set(cg, &s, &e), &e);
        read_setting(s.hierarchy, file, got, sizeof got);
        assert_string_equal(got, expected);
}

static void test_set(void **state)
{
        struct cgroup *cg = make_cgroup("me 1");
        struct cgroup_setting s = { "none", first_hierarchy(), "no.such_file", "1" };
        struct err e = ERR_INIT;

        (void) state;
        if (cgroup_v1_find(&host, "memory") >= 0)
                set(cg, "memory", "memory.limit_in_bytes", "16777216", "16777216");
        if (cgroup_v1_find(&host, "pids") >= 0)
                set(cg, "pids", "pids.max", "77", "77");
        if (cgroup_v1_find(&host, "cpuset") >= 0)
                set(cg, "cpuset", "cpuset.cpus", "0", "0");
        if (cgroup_v1_find(&host, "cpu") >= 0)
                set(cg, "cpu", "cpu.cfs_quota_us", "50000", "50000");
        if (host.v2_mount)
                set(cg, "cgroup", "cgroup.max.depth", "7\n\n9", "9"); /* line by line: the last one stays */
        assert_int_equal(sys_cgroup_set(cg, &s, &e), -ENOENT);
        assert_non_null(strstr(e.text, "cannot set no.such_file to '1' in the cgroup '"));
        assert_non_null(strstr(e.text, "No such file or directory (ENOENT)"));
        assert_non_null(strstr(e.hint, "'none' controller"));
        s.if_exists = true;
        assert_int_equal(sys_cgroup_set(cg, &s, &e), 0);
        s.other_file = "cgroup.procs";
        s.other_value = "x";
        assert_int_equal(sys_cgroup_set(cg, &s, &e), -EINVAL);
        assert_non_null(strstr(e.text, "cannot set cgroup.procs to 'x'"));
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        sys_cgroup_free(cg);
}

/* memory.current exists where the kernel has the controller on cgroup2; elsewhere a stand-in cannot be made in a cgroup
 * file system, so only that a missing one is an error. */
static void test_usage_check(void **state)
{
        struct cgroup *cg = make_cgroup("me 1");
        struct cgroup_setting s = { "memory", first_hierarchy(), "memory.max", "4096", .not_below_usage = true };
        struct err e = ERR_INIT;

        (void) state;
        assert_int_equal(sys_cgroup_set(cg, &s, &e), -ENOENT);
        assert_non_null(strstr(e.text, "memory.current"));
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        sys_cgroup_free(cg);
}

/* A controller that nobody needs may be missing; one that is needed may not. */
static void test_needs(void **state)
{
        struct sys_cgroup_needs needs = { .v2 = "nosuch" };
        struct cgroup *cg = open_cgroup("me 1");
        struct err e = ERR_INIT;

        (void) state;
        if (!host.v2_mount) {
                sys_cgroup_free(cg);
                skip();
        }
        assert_int_equal(sys_cgroup_create(cg, &needs, &e), -ENOENT);
        assert_non_null(strstr(e.text, "cannot enable the 'nosuch' controller"));
        expect_ok(sys_cgroup_destroy(cg, 1000, &e), &e);
        sys_cgroup_free(cg);
        if (!cgroup_list_has(host.v2_controllers, "hugetlb", 7))
                skip();
        needs.v2 = "hugetlb";
        cg = open_cgroup("me 1");
        expect_ok(sys_cgroup_create(cg, &needs, &e), &e);
        set(cg, "hugetlb", "hugetlb.2MB.max", "2097152", "2097152");
        expect_ok(sys_cgroup_destroy(cg, 1000, &e), &e);
        sys_cgroup_free(cg);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* In the cgroup, what does opening DEVICE say? */
static int try_open(struct cgroup *cg, const char *device)
{
        int report[2], go[2], result;
        struct err e = ERR_INIT;
        pid_t pid;
        char c;

        assert_int_equal(pipe2(report, O_CLOEXEC) | pipe2(go, O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0) {
                int fd, answer;

                if (read(go[0], &c, 1) != 1)
                        _exit(1);
                fd = open(device, O_RDWR | O_CLOEXEC);
                answer = fd < 0 ? errno : 0;
                _exit(write(report[1], &answer, sizeof answer) == sizeof answer ? 0 : 1);
        }
        expect_ok(sys_cgroup_attach(cg, pid, false, &e), &e);
        assert_int_equal(write(go[1], "", 1), 1);
        assert_int_equal(read(report[0], &result, sizeof result), sizeof result);
        waitpid(pid, NULL, 0);
        close(report[0]);
        close(report[1]);
        close(go[0]);
        close(go[1]);
        return result;
}

static void test_devices(void **state)
{
        static const struct cgroup_device_rule zero[] = { { true, 'c', 1, 5, CGROUP_DEV_ALL }, { true, 'c', CGROUP_DEV_ANY, CGROUP_DEV_ANY, CGROUP_DEV_MKNOD } };
        static const struct cgroup_device_rule no_zero[] = { { false, 'c', 1, 5, CGROUP_DEV_WRITE } };
        static const struct cgroup_device_policy only_zero = { .rules = zero, .n = 2 }, not_zero = { true, false, no_zero, 1 },
                                                 all = { .allow_others = true };
        struct cgroup *cg = make_cgroup("me 1");
        struct err e = ERR_INIT;

        (void) state;
        assert_int_equal(try_open(cg, "/dev/null"), 0);
        expect_ok(sys_cgroup_devices(cg, &only_zero, &e), &e);
        assert_int_equal(try_open(cg, "/dev/zero"), 0);
        assert_int_equal(try_open(cg, "/dev/null"), EPERM);
        /* Another policy takes its place, also by a handle that did not make the cgroup. */
        cg->fresh = false;
        expect_ok(sys_cgroup_devices(cg, &not_zero, &e), &e);
        assert_int_equal(try_open(cg, "/dev/zero"), EPERM);
        assert_int_equal(try_open(cg, "/dev/null"), 0);
        expect_ok(sys_cgroup_devices(cg, &all, &e), &e);
        assert_int_equal(try_open(cg, "/dev/zero"), 0);
        expect_ok(sys_cgroup_devices(cg, &only_zero, &e), &e);
        assert_int_equal(try_open(cg, "/dev/null"), EPERM);
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        sys_cgroup_free(cg);
}

static void test_delegate(void **state)
{
        struct err e = ERR_INIT;
        struct cgroup *cg;
        struct stat st;

        (void) state;
        if (host.cgroup != HOST_CGROUP_V2)
                skip();
        cg = make_cgroup("me 1");
        expect_ok(sys_cgroup_delegate(cg, 12345, &e), &e);
        assert_int_equal(fstat(sys_cgroup_dir_fd(cg), &st), 0);
        assert_int_equal(st.st_uid, 12345);
        assert_int_equal(fstatat(sys_cgroup_dir_fd(cg), "cgroup.procs", &st, 0), 0);
        assert_int_equal(st.st_uid, 12345);
        assert_int_equal(st.st_gid, 0);
        assert_int_equal(fstatat(sys_cgroup_dir_fd(cg), "cgroup.freeze", &st, 0), 0);
        assert_int_equal(st.st_uid, 0);
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        sys_cgroup_free(cg);
}

/* Born in it: no attach on cgroup2. */
static void test_clone_into(void **state)
{
        struct sys_clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
        struct sys_pids pids = { 0 };
        struct err e = ERR_INIT;
        struct cgroup *cg;
        pid_t pid;

        (void) state;
        if (!host.v2_mount)
                skip();
        cg = make_cgroup("me 1");
        assert_true(sys_cgroup_dir_fd(cg) >= 0);
        args.cgroup = (uint64_t) sys_cgroup_dir_fd(cg);
        pid = sys_clone3(&args);
        if (pid == 0)
                for (;;)
                        pause();
        if (pid == -ENOSYS) { /* before Linux 5.7 */
                expect_ok(sys_cgroup_destroy(cg, 1000, &e), &e);
                sys_cgroup_free(cg);
                skip();
        }
        assert_true(pid > 0);
        expect_ok(sys_cgroup_attach(cg, pid, true, &e), &e);
        expect_ok(sys_cgroup_pids(cg, &pids, &e), &e);
        assert_int_equal(pids.n, 1);
        sys_pids_done(&pids);
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        reap(pid);
        assert_everywhere(false);
        sys_cgroup_free(cg);
}

/* Who does not die is named. */
static void test_busy(void **state)
{
        struct cgroup *cg = make_cgroup("me 1");
        struct err e = ERR_INIT;
        char want[32];
        pid_t pid = spawn(0, false);

        (void) state;
        expect_ok(sys_cgroup_attach(cg, pid, false, &e), &e);
        assert_int_equal(sys_cgroup_wait_empty(cg, 20, &e), -EBUSY);
        snprintf(want, sizeof want, "pid %d (state T", (int) pid);
        assert_non_null(strstr(e.text, "still has 1 process: "));
        assert_non_null(strstr(e.text, want));
        expect_ok(sys_cgroup_destroy(cg, 10000, &e), &e);
        reap(pid);
        sys_cgroup_free(cg);
}

static void test_nothing(void **state)
{
        struct cgroup *cg = NULL;
        struct sys_cgroup_needs needs = { 0 };
        struct cgroup_setting s = { "x", CGROUP_V2, "x.y", "1" };
        struct sys_pids pids = { 0 };
        struct err e = ERR_INIT;

        (void) state;
        assert_int_equal(sys_cgroup_new(SYS_CGROUP_DISABLED, NULL, NULL, NULL, &cg, &e), 0);
        assert_true(sys_cgroup_is_absent(cg));
        assert_int_equal(sys_cgroup_create(cg, &needs, &e), 0);
        assert_int_equal(sys_cgroup_attach(cg, 1, false, &e), 0);
        assert_int_equal(sys_cgroup_set(cg, &s, &e), -ENOTSUP);
        assert_int_equal(sys_cgroup_pids(cg, &pids, &e), 0);
        assert_int_equal(pids.n, 0);
        assert_int_equal(sys_cgroup_kill(cg, SIGKILL, &e), 0);
        assert_int_equal(sys_cgroup_freeze(cg, true, 1, &e), -ENOTSUP);
        assert_int_equal(sys_cgroup_destroy(cg, 1, &e), 0);
        assert_int_equal(sys_cgroup_dir_fd(cg), -EBADF);
        sys_cgroup_free(cg);
        cg = NULL;
        assert_int_equal(sys_cgroup_new(SYS_CGROUP_SYSTEMD, &host, "/x", NULL, &cg, &e), -ENOTSUP);
        assert_string_equal(e.text, "the systemd cgroup driver is not built into this version");
        assert_null(cg);
        sys_cgroup_free(NULL);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* What a user may not make is refused at the first directory that is missing: that one's errno, not that of looking for it. */
static void test_mkdir_refused(void **state _unused_)
{
        char made[] = "/tmp/berth-mkdir-XXXXXX", dir[64];
        int status;
        pid_t pid;

        assert_non_null(mkdtemp(made));
        assert_int_equal(chmod(made, 0755), 0);
        snprintf(dir, sizeof dir, "%s/a/b", made);
        pid = fork();
        if (pid == 0)
                _exit(setuid(65534) == 0 && cgroup_mkdir(dir) == -EACCES ? 0 : 1);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(rmdir(made), 0);
}

static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mkdir_refused),
        cmocka_unit_test(test_probe),        cmocka_unit_test(test_life),     cmocka_unit_test(test_ownership),
        cmocka_unit_test(test_unmarked),     cmocka_unit_test(test_frozen),   cmocka_unit_test(test_frozen_on_v1),
        cmocka_unit_test(test_nested),       cmocka_unit_test(test_stray),    cmocka_unit_test(test_set),
        cmocka_unit_test(test_usage_check),  cmocka_unit_test(test_needs),    cmocka_unit_test(test_devices),
        cmocka_unit_test(test_delegate),     cmocka_unit_test(test_clone_into), cmocka_unit_test(test_busy),
        cmocka_unit_test(test_nothing),
};

static int run_here(const char *name)
{
        struct err e = ERR_INIT;
        char dir[PATH_MAX];
        int failed;

        arena = arena_new();
        if (sys_probe(arena, &host, &e) < 0 || host.cgroup == HOST_CGROUP_NONE || access(host.v2_mount ? host.v2_mount : host.v1[0].mount, W_OK) < 0)
                return 77;
        snprintf(top, sizeof top, "/berth-test-%d", (int) getpid());
        snprintf(path, sizeof path, "%s/c1", top);
        failed = _cmocka_run_group_tests(name, tests, ARRAY_SIZE(tests), NULL, NULL);
        for (int h = first_hierarchy(); h < (int) host.n_v1; h++) {
                snprintf(dir, sizeof dir, "%s%s", h == CGROUP_V2 ? host.v2_mount : host.v1[h].mount, top);
                if (rmdir(dir) < 0 && errno != ENOENT)
                        failed++;
        }
        arena_free(arena);
        return failed;
}

/* cgroup2 alone, as most hosts have it.  Only umount and mount, and only in a mount namespace of our own. */
static int run_with_v2_alone(void)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return 77;
        if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0 || mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
                return 77;
        return run_here("cgroup2 alone");
}

int main(void)
{
        int failed, status;
        pid_t pid;

        if (geteuid() != 0)
                return 77;
        failed = run_here("as it is");
        if (failed == 77 || host.cgroup == HOST_CGROUP_V2)
                return failed;
        fflush(NULL);
        pid = fork();
        if (pid == 0)
                exit(run_with_v2_alone());
        if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
                return 1;
        return failed ? failed : WEXITSTATUS(status);
}
