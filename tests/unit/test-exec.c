/* SPDX-License-Identifier: Apache-2.0 */
/* sys/exec.c and sys/user.c: the working directory, finding the program, the fds that go with it, the user. */
#include "sandbox.h"

#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "exec.h"
#include "lacking.h"
#include "procfs.h"
#include "str.h"
#include "user.h"

static void write_file(const char *path, const char *text, mode_t mode)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        CHECK(fd >= 0);
        CHECK(write(fd, text, strlen(text)) == (ssize_t) strlen(text));
        CHECK(fchmod(fd, mode) == 0);
        close(fd);
}

/* ---- working directory ------------------------------------------------------------------------------------------ */

static void cwd_is_made_below_the_root(void)
{
        struct err e = ERR_INIT;
        struct stat st;

        CHECK(mkdir("root", 0755) == 0 && mkdir("outside", 0755) == 0);
        CHECK(symlink("/../../outside", "root/link") == 0);
        write_file("root/file", "", 0644);
        int root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        CHECK_OK(sys_cwd_create(root_fd, "/a/b/c", &e), &e);
        CHECK(stat("root/a/b/c", &st) == 0 && (st.st_mode & 07777) == 0755);
        CHECK_OK(sys_cwd_create(root_fd, "/a/b/c", &e), &e);
        /* the link is taken from the root: nothing appears outside (CVE-2024-45310) */
        CHECK_OK(sys_cwd_create(root_fd, "/link/x", &e), &e);
        CHECK(access("outside/x", F_OK) < 0 && access("root/outside/x", F_OK) == 0);
        CHECK(sys_cwd_create(root_fd, "/file", &e) == -ENOTDIR);
        CHECK(streq(e.text, "working directory '/file' is not a directory: Not a directory (ENOTDIR)"));
}

static void cwd_lies_inside(void)
{
        struct err e = ERR_INIT;
        char path[64], cwd[256];

        CHECK(mkdir("root", 0755) == 0 && mkdir("root/in", 0755) == 0 && mkdir("root/proc", 0755) == 0 && mkdir("outside", 0755) == 0);
        CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
        int leak_fd = open("outside", O_RDONLY | O_DIRECTORY);
        int root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        CHECK(leak_fd >= 0 && root_fd >= 0);
        CHECK(chroot("root") == 0 && chdir("/") == 0);
        CHECK_OK(sys_cwd_set(root_fd, "/in", &e), &e);
        CHECK(getcwd(cwd, sizeof cwd) && streq(cwd, "/in"));
        /* CVE-2024-21626: an fd that leads out */
        snprintf(path, sizeof path, "/proc/self/fd/%d", leak_fd);
        CHECK(sys_cwd_set(root_fd, path, &e) == -ELOOP);
        /* and, should a path ever lead there, the second lock */
        CHECK(sys_cwd_set(leak_fd, "/", &e) == -EXDEV);
        CHECK(streq(e.text, "working directory '/' lies outside of the container"));
        CHECK(sys_cwd_set(root_fd, "/nosuch", &e) == -ENOENT);
        CHECK(streq(e.text, "cannot change to working directory '/nosuch': No such file or directory (ENOENT)"));
}

static void test_cwd(void **state _unused_)
{
        assert_int_equal(in_sandbox(cwd_is_made_below_the_root), 0);
        assert_int_equal(in_sandbox(cwd_lies_inside), 0);
}

/* ---- finding the program ---------------------------------------------------------------------------------------- */

static void programs_are_found_as_execvp_does(void)
{
        static const struct { const char *name, *search; int r; const char *found; } rows[] = {
                { "p", "/mnt/one:/mnt/two", 0, "/mnt/two/p" },
                { "p", "/mnt/nosuch:/mnt/file/x:/mnt/two", 0, "/mnt/two/p" },
                { "q", "/mnt/one:/mnt/two", 0, "/mnt/two/q" },  /* one/q has no x bit, two/q has */
                { "q", "/mnt/one", -EACCES, "/mnt/one/q" },
                { "d", "/mnt/one:/mnt/two", -ENOENT, NULL },     /* a directory is passed over */
                { "here", ":/mnt/two", 0, "./here" },
                { "here", "", 0, "./here" },
                { "nosuch", "/mnt/one", -ENOENT, NULL },
                { "", "/mnt/two", -ENOENT, NULL },
                { "/mnt/two/p", "", 0, "/mnt/two/p" },
                { "two/p", "/", 0, "two/p" },
                { "/mnt/one/q", "", -EACCES, "/mnt/one/q" },
                { "/mnt/one", "", -EISDIR, NULL },
                { "/mnt/nosuch", "", -ENOENT, NULL },
                { "/mnt/file/x", "", -ENOTDIR, NULL },
                { "/mnt/fifo", "", -EACCES, NULL },
        };

        CHECK(mkdir("one", 0755) == 0 && mkdir("two", 0755) == 0 && mkdir("one/d", 0755) == 0 && mkfifo("fifo", 0755) == 0);
        write_file("file", "", 0644);
        write_file("here", "", 0755);
        write_file("one/q", "", 0644);
        write_file("two/q", "", 0755);
        write_file("two/p", "", 0711);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;
                char buf[4096] = "";
                int r = sys_exec_find(rows[i].name, rows[i].search, buf, sizeof buf, &e);

                if (r != rows[i].r || (rows[i].found && !streq(buf, rows[i].found))) {
                        dprintf(2, "row %zu: %d '%s' %s\n", i, r, buf, e.text);
                        _exit(1);
                }
                CHECK(r == 0 || e.cls == ERR_EXEC);
        }
}

static void sentences_are_what_engines_look_for(void)
{
        struct err e = ERR_INIT;
        char buf[4096];

        CHECK(sys_exec_find("nosuch", "/bin:/sbin", buf, sizeof buf, &e) == -ENOENT);
        CHECK(streq(e.text, "'nosuch': executable file not found in $PATH: no such file or directory (ENOENT)"));
        CHECK(streq(e.hint, "searched /bin:/sbin"));
        CHECK(sys_exec_find("/nosuch", "/bin", buf, sizeof buf, &e) == -ENOENT);
        CHECK(streq(e.text, "executable '/nosuch' not found: no such file or directory (ENOENT)"));
        CHECK(sys_exec_find("/etc/passwd", "/bin", buf, sizeof buf, &e) == -EACCES);
        CHECK(streq(e.text, "cannot execute '/etc/passwd': permission denied (EACCES)"));
}

static void the_user_counts(void)
{
        const struct sys_user nobody = { .uid = 65534, .gid = 65534 };
        struct err e = ERR_INIT;
        char buf[4096];

        write_file("mine", "", 0700);
        CHECK_OK(sys_exec_find("/mnt/mine", "", buf, sizeof buf, &e), &e);
        CHECK_OK(sys_user_set(&nobody, &e), &e);
        CHECK(sys_exec_find("/mnt/mine", "", buf, sizeof buf, &e) == -EACCES);
}

static void test_find(void **state _unused_)
{
        assert_int_equal(in_sandbox(programs_are_found_as_execvp_does), 0);
        assert_int_equal(in_sandbox(sentences_are_what_engines_look_for), 0);
        assert_int_equal(in_sandbox(the_user_counts), 0);
}

/* ---- fds and signals -------------------------------------------------------------------------------------------- */

static bool is_cloexec(int fd) { return fcntl(fd, F_GETFD) & FD_CLOEXEC; }

static void leaked_fds_do_not_survive(void)
{
        struct err e = ERR_INIT;
        int proc_fd = sys_procfs_open_mounted(&e);
        int low = fcntl(0, F_DUPFD, 40), high = fcntl(0, F_DUPFD, 900);

        CHECK(proc_fd >= 0 && low >= 40 && high >= 900);
        CHECK_OK(sys_exec_fds((unsigned) low + 1, proc_fd, &e), &e);
        CHECK(!is_cloexec(low));
        CHECK(is_cloexec(high));
        CHECK(!is_cloexec(0));
}

static void all_but_some_are_closed(void)
{
        struct err e = ERR_INIT;
        int proc_fd = sys_procfs_open_mounted(&e);
        int below = fcntl(0, F_DUPFD, 40), first = fcntl(0, F_DUPFD, 50), high = fcntl(0, F_DUPFD, 900);
        int keep[] = { high, -EBADF, fcntl(0, F_DUPFD, 60), proc_fd };

        CHECK(proc_fd >= 0 && first >= 50 && keep[2] == 60);
        CHECK(fcntl(0, F_DUPFD, 59) == 59 && fcntl(0, F_DUPFD, 901) == 901);
        CHECK_OK(sys_exec_close_others((unsigned) first, keep, ARRAY_SIZE(keep), proc_fd, &e), &e);
        CHECK(fcntl(below, F_GETFD) >= 0 && fcntl(60, F_GETFD) >= 0 && fcntl(high, F_GETFD) >= 0);
        CHECK(fcntl(first, F_GETFD) < 0 && fcntl(59, F_GETFD) < 0 && fcntl(901, F_GETFD) < 0);
}

static void all_but_some_are_closed_on_old_kernels(void)
{
        lack_calls((const int[]) { SYS_close_range }, 1);
        all_but_some_are_closed();
}

static void signals_are_as_new(void)
{
        struct sigaction now;
        sigset_t mask;

        signal(SIGPIPE, SIG_IGN);
        signal(SIGRTMIN + 3, SIG_IGN);
        sigfillset(&mask);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        sys_exec_signals();
        CHECK(sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
        CHECK(sigaction(SIGRTMIN + 3, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
        CHECK(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
        for (int sig = 1; sig < NSIG; sig++)
                CHECK(sigismember(&mask, sig) <= 0);
}

static void test_nothing_is_left_behind(void **state _unused_)
{
        assert_int_equal(in_child(leaked_fds_do_not_survive), 0);
        assert_int_equal(in_child(all_but_some_are_closed), 0);
        assert_int_equal(in_child(all_but_some_are_closed_on_old_kernels), 0);
        assert_int_equal(in_child(signals_are_as_new), 0);
}

/* ---- user ------------------------------------------------------------------------------------------------------- */

static void user_takes_effect(void)
{
        static const gid_t groups[] = { 5, 7 };
        const struct sys_user user = { .uid = 1000, .gid = 100, .groups = groups, .n_groups = 2, .set_umask = true, .umask = 027 };
        uid_t r, eff, s;
        gid_t list[8];
        struct err e = ERR_INIT;

        CHECK_OK(sys_user_set(&user, &e), &e);
        CHECK(getresuid(&r, &eff, &s) == 0 && r == 1000 && eff == 1000 && s == 1000);
        CHECK(getresgid(&r, &eff, &s) == 0 && r == 100 && eff == 100 && s == 100);
        CHECK(getgroups(8, list) == 2 && list[0] == 5 && list[1] == 7);
        CHECK(umask(0) == 027);
        CHECK(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 1);
}

static void groups_can_stay(void)
{
        static const gid_t before[] = { 42 };
        const struct sys_user user = { .uid = 1, .gid = 1, .keep_groups = true };
        struct err e = ERR_INIT;
        gid_t list[8];

        CHECK(setgroups(1, before) == 0);
        CHECK_OK(sys_user_set(&user, &e), &e);
        CHECK(getgroups(8, list) == 1 && list[0] == 42);
}

static void write_proc(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        CHECK(fd >= 0);
        CHECK(write(fd, text, strlen(text)) == (ssize_t) strlen(text));
        close(fd);
}

/* A user namespace of an unprivileged maker, where setgroups is denied. */
static void enter_denied_namespace(void)
{
        CHECK(setgroups(0, NULL) == 0);
        CHECK(syscall(SYS_setresgid, 1000, 1000, 1000) == 0 && syscall(SYS_setresuid, 1000, 1000, 1000) == 0);
        CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0); /* or /proc/self would not be ours */
        CHECK(unshare(CLONE_NEWUSER) == 0);
        write_proc("/proc/self/setgroups", "deny");
        write_proc("/proc/self/uid_map", "0 1000 1\n");
        write_proc("/proc/self/gid_map", "0 1000 1\n");
}

static void denied_setgroups_is_no_fault_when_nothing_is_missing(void)
{
        static const gid_t held[] = { 0 }, other[] = { 0, 5 };
        struct sys_user user = { .groups = held, .n_groups = 1 };
        struct err e = ERR_INIT;

        enter_denied_namespace();
        CHECK_OK(sys_user_set(&user, &e), &e);
        user.n_groups = 0;
        CHECK_OK(sys_user_set(&user, &e), &e);
        user.groups = other;
        user.n_groups = 2;
        CHECK(sys_user_set(&user, &e) == -EPERM);
        CHECK(streq(e.text, "cannot add group 5: Operation not permitted (EPERM)"));
        user.n_groups = 0;
        user.uid = 7;
        CHECK(sys_user_set(&user, &e) == -EINVAL);
        CHECK(streq(e.hint, "uid 7 is not mapped in the container's user namespace"));
}

static void test_user(void **state _unused_)
{
        assert_int_equal(in_sandbox(user_takes_effect), 0);
        assert_int_equal(in_sandbox(groups_can_stay), 0);
        assert_int_equal(in_sandbox(denied_setgroups_is_no_fault_when_nothing_is_missing), 0);
}

/* ---- home ------------------------------------------------------------------------------------------------------- */

static void test_passwd_lines(void **state _unused_)
{
        static const struct { const char *text; uid_t uid; const char *home; } rows[] = {
                { "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1:,,,:/home/u:/bin/sh\n", 1000, "/home/u" },
                { "root:x:0:0:root:/root:/bin/sh\n", 0, "/root" },
                { "no:newline:5:5::/end", 5, "/end" },
                { "root:x:0:0:root:/root:/bin/sh\n", 1, "" },
                { "a:x:07x:0:c:/bad:\nb:x:7:0:c:/good:\n", 7, "/good" },
                { "short:x:3:0\nx::3:::/three\n", 3, "/three" },
                { "\n\n::::::\n#c\nx:::::/nouid\nx:x: 9:::/blank\nx:x:9:::/nine:", 9, "/nine" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                /* pieces of every length must give the same */
                for (size_t piece = 1; piece < 70; piece++) {
                        char home[64] = "";
                        struct sys_passwd p = { .uid = rows[i].uid, .home = home, .size = sizeof home };
                        size_t len = strlen(rows[i].text);

                        for (size_t at = 0; at < len; at += piece)
                                sys_passwd_feed(&p, rows[i].text + at, MIN(piece, len - at));
                        sys_passwd_feed(&p, "\n", 1);
                        assert_string_equal(home, rows[i].home);
                }
}

static void test_passwd_long_lines(void **state _unused_)
{
        static char line[20000];
        char home[8] = "";
        struct sys_passwd p = { .uid = 1, .home = home, .size = sizeof home };

        memset(line, 'a', sizeof line);
        memcpy(line, "x:x:1:1::/", 10);
        assert_false(sys_passwd_feed(&p, line, sizeof line));
        assert_false(sys_passwd_feed(&p, "\ny:x:1:1::/too-long-for-the-buffer:\n", 36) && home[0]);
}

static void home_of_a_hostile_root(void)
{
        char home[64];

        CHECK(mkdir("root", 0755) == 0 && mkdir("root/etc", 0755) == 0);
        int root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        sys_user_home(root_fd, 0, home, sizeof home);
        CHECK(streq(home, "/"));
        write_file("root/etc/passwd", "r:x:0:0::/r:\n", 0644);
        sys_user_home(root_fd, 0, home, sizeof home);
        CHECK(streq(home, "/r"));
        CHECK(unlink("root/etc/passwd") == 0 && mkfifo("root/etc/passwd", 0666) == 0);
        alarm(5); /* a FIFO without writer would block for ever */
        sys_user_home(root_fd, 0, home, sizeof home);
        CHECK(streq(home, "/"));
        write_file("secret", "r:x:0:0::/leaked:\n", 0644);
        CHECK(unlink("root/etc/passwd") == 0 && symlink("/../secret", "root/etc/passwd") == 0);
        sys_user_home(root_fd, 0, home, sizeof home);
        CHECK(streq(home, "/"));
        CHECK(unlink("root/etc/passwd") == 0 && symlink("/dev/zero", "root/etc/passwd") == 0);
        CHECK(mkdir("root/dev", 0755) == 0 && mknod("root/dev/zero", S_IFCHR | 0666, 1 << 8 | 5) == 0);
        sys_user_home(root_fd, 0, home, sizeof home);
        CHECK(streq(home, "/"));
}

static void test_home(void **state _unused_) { assert_int_equal(in_sandbox(home_of_a_hostile_root), 0); }

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cwd),
                cmocka_unit_test(test_find),
                cmocka_unit_test(test_nothing_is_left_behind),
                cmocka_unit_test(test_user),
                cmocka_unit_test(test_passwd_lines),
                cmocka_unit_test(test_passwd_long_lines),
                cmocka_unit_test(test_home),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
