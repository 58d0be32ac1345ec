/* SPDX-License-Identifier: Apache-2.0 */
/* sys/safepath.c against a tree full of traps, and against somebody who changes it meanwhile; all of it twice: with
 * openat2(2), and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/magic.h>

#include "lacking.h"
#include "str.h"
#include "sys/safepath.h"
#include "sys/syscalls.h"

enum { RACE_MSEC = 400 };

static struct {
        char dir[64]; /* holds root/ and outside/ */
        int dir_fd, root_fd;
} t;

static int remove_one(const char *path, const struct stat *st _unused_, int type _unused_, struct FTW *ftw _unused_)
{
        return remove(path);
}

static void make_dir(const char *path) { assert_return_code(mkdirat(t.dir_fd, path, 0755), errno); }
static void make_link(const char *text, const char *path) { assert_return_code(symlinkat(text, t.dir_fd, path), errno); }
static void make_file(const char *path)
{
        int fd = openat(t.dir_fd, path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
        assert_return_code(fd, errno);
        close(fd);
}

static int setup(void **state _unused_)
{
        snprintf(t.dir, sizeof t.dir, "/tmp/berth-safepath-XXXXXX");
        assert_non_null(mkdtemp(t.dir));
        t.dir_fd = open(t.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        make_dir("root");
        make_dir("outside");
        make_file("outside/secret");
        make_file("secret");
        t.root_fd = openat(t.dir_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(t.root_fd >= 0);
        make_dir("root/a");
        make_dir("root/a/b");
        make_file("root/a/b/file");
        make_file("root/top");
        make_link("/a/b", "root/abs");
        make_link("a/b", "root/rel");
        make_link("../b/../b", "root/a/up");
        make_link("../../../../outside", "root/out-rel");
        make_link("../../../../a", "root/many-up");
        make_link("loop", "root/loop");
        make_link("pong", "root/ping");
        make_link("ping", "root/pong");
        make_link("/new/dir", "root/dangling");
        make_link("dangling/deeper", "root/dangling2");
        make_link("/top", "root/to-file");
        make_link("top/", "root/to-file-slash");
        make_link("a/", "root/to-dir-slash");
        char out[96];
        snprintf(out, sizeof out, "%s/outside", t.dir);
        make_link(out, "root/out-abs");
        char name[16], text[16];
        for (int i = 0; i < 50; i++) {
                snprintf(name, sizeof name, "root/chain%d", i);
                snprintf(text, sizeof text, "chain%d", i + 1);
                make_link(i == 49 ? "a" : text, name);
        }
        return 0;
}

static int teardown(void **state _unused_)
{
        close(t.root_fd);
        close(t.dir_fd);
        return nftw(t.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool same_file(int fd, const char *path)
{
        struct stat a, b;
        assert_return_code(fstat(fd, &a), errno);
        return fstatat(t.dir_fd, path, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void check(const char *what, const char *path, int fd, int num, const char *leads_to, const struct err *e)
{
        if (num > 0 ? fd != -num : fd < 0)
                fail_msg("%s('%s'): %d '%s'", what, path, fd, e->text);
        if (num > 0) {
                assert_int_equal(e->num, num);
                assert_true(e->text[0]);
                return;
        }
        if (!same_file(fd, leads_to))
                fail_msg("%s('%s') does not lead to '%s'", what, path, leads_to);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
}

static void test_open(void **state _unused_)
{
        static const struct { const char *path; int flags, num; const char *leads_to; } rows[] = {
                { "", O_PATH, 0, "root" },
                { "/", O_PATH, 0, "root" },
                { "//./", O_PATH, 0, "root" },
                { "..", O_PATH, 0, "root" },
                { "/../../..", O_PATH, 0, "root" },
                { "/a/b/file", O_PATH, 0, "root/a/b/file" },
                { "a//b/./file", O_PATH, 0, "root/a/b/file" },
                { "a/b/../../a/b/file", O_PATH, 0, "root/a/b/file" },
                { "../../a/b", O_PATH, 0, "root/a/b" },
                { "abs/file", O_PATH, 0, "root/a/b/file" },
                { "rel/file", O_PATH, 0, "root/a/b/file" },
                { "a/up/file", O_PATH, ENOENT, NULL }, /* a/../b */
                { "abs/..", O_PATH, 0, "root/a" },
                { "many-up/b", O_PATH, 0, "root/a/b" },
                { "out-rel", O_PATH, ENOENT, NULL },
                { "out-rel/secret", O_PATH, ENOENT, NULL },
                { "out-abs", O_PATH, ENOENT, NULL },
                { "../secret", O_PATH, ENOENT, NULL },
                { "a/../../secret", O_PATH, ENOENT, NULL },
                { "missing", O_PATH, ENOENT, NULL },
                { "missing/x", O_PATH, ENOENT, NULL },
                { "dangling", O_PATH, ENOENT, NULL },
                { "dangling", O_PATH | O_NOFOLLOW, 0, "root/dangling" },
                { "abs", O_PATH | O_NOFOLLOW, 0, "root/abs" },
                { "abs/", O_PATH | O_NOFOLLOW, 0, "root/a/b" },
                { "abs", O_PATH | O_NOFOLLOW | O_DIRECTORY, ENOTDIR, NULL },
                { "abs", O_RDONLY | O_NOFOLLOW, ELOOP, NULL },
                { "abs", O_RDONLY | O_DIRECTORY, 0, "root/a/b" },
                { "top/x", O_PATH, ENOTDIR, NULL },
                { "top/", O_PATH, ENOTDIR, NULL },
                { "top", O_PATH | O_DIRECTORY, ENOTDIR, NULL },
                { "top/..", O_PATH, ENOTDIR, NULL },
                { "top", O_RDONLY, 0, "root/top" },
                { "to-file", O_RDWR, 0, "root/top" },
                { "to-file-slash", O_PATH, ENOTDIR, NULL },
                { "to-dir-slash", O_PATH, 0, "root/a" },
                { "a", O_RDONLY | O_DIRECTORY, 0, "root/a" },
                { "loop", O_PATH, ELOOP, NULL },
                { "ping/x", O_PATH, ELOOP, NULL },
                { "chain10", O_PATH, 0, "root/a" },
                { "chain9", O_PATH, ELOOP, NULL }, /* 41 links */
                { "a/b", O_PATH | O_CREAT, EINVAL, NULL },
        };
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;
                int fd = sys_path_open(t.root_fd, rows[i].path, rows[i].flags, &e);
                check("open", rows[i].path, fd, rows[i].num, rows[i].leads_to, &e);
        }
        assert_int_equal(sys_path_open(t.root_fd, "missing", O_PATH, NULL), -ENOENT);
}

static void test_open_plain(void **state _unused_)
{
        static const struct { const char *path; int flags, num; const char *leads_to; } rows[] = {
                { "/a/b/file", O_PATH, 0, "root/a/b/file" },
                { "a/../a", O_PATH | O_DIRECTORY, 0, "root/a" },
                { "abs", O_PATH, ELOOP, NULL },
                { "abs/file", O_PATH, ELOOP, NULL },
                { "to-file", O_RDONLY, ELOOP, NULL },
                { "abs", O_PATH | O_NOFOLLOW, 0, "root/abs" },
                { "top", O_PATH | O_DIRECTORY | O_NOFOLLOW, ENOTDIR, NULL },
        };
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;
                int fd = sys_path_open_plain(t.root_fd, rows[i].path, rows[i].flags, &e);
                check("open_plain", rows[i].path, fd, rows[i].num, rows[i].leads_to, &e);
        }
}

static void test_sentences(void **state _unused_)
{
        struct err e = ERR_INIT;
        sys_path_open(t.root_fd, "missing/x", O_PATH, &e);
        assert_string_equal(e.text, "cannot open 'missing/x' in the root file system: No such file or directory (ENOENT)");
        sys_path_open(t.root_fd, "loop", O_PATH, &e);
        assert_string_equal(e.text, "cannot open 'loop' in the root file system: Too many levels of symbolic links (ELOOP)");
        assert_string_equal(e.hint, "a symbolic link stands where none may be, or links lead in a circle");
        assert_int_equal(sys_path_make_dir(t.root_fd, "top/x", &e), -ENOTDIR);
        assert_string_equal(e.text, "cannot create directory 'top/x' in the root file system: Not a directory (ENOTDIR)");
}

static void test_parent(void **state _unused_)
{
        static const struct { const char *path; bool make; int num; const char *leads_to, *name; } rows[] = {
                { "/a/b/file", false, 0, "root/a/b", "file" },
                { "abs/new", false, 0, "root/a/b", "new" },
                { "abs", false, 0, "root", "abs" },
                { "a/b/", false, 0, "root/a", "b" },
                { "a/../x", false, 0, "root", "x" },
                { "/", false, EINVAL, NULL, NULL },
                { "a/..", false, EINVAL, NULL, NULL },
                { "out-rel/x", false, ENOENT, NULL, NULL },
                { "no/x", false, ENOENT, NULL, NULL },
                { "p1/p2/x", true, 0, "root/p1/p2", "x" },
                { "top/x", true, ENOTDIR, NULL, NULL },
        };
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;
                char name[NAME_MAX + 1];
                int fd = sys_path_open_parent(t.root_fd, rows[i].path, rows[i].make, name, &e);
                check("open_parent", rows[i].path, fd, rows[i].num, rows[i].leads_to, &e);
                if (rows[i].num == 0)
                        assert_string_equal(name, rows[i].name);
        }
}

static void test_make(void **state _unused_)
{
        static const struct { const char *path; bool file; int num; const char *leads_to; } rows[] = {
                { "/a/b", false, 0, "root/a/b" },
                { "/", false, 0, "root" },
                { "d1/d2/d3/", false, 0, "root/d1/d2/d3" },
                { "abs/d4/d5", false, 0, "root/a/b/d4/d5" },
                { "a/../d6/../d7", false, 0, "root/d7" },
                { "dangling2/x", false, 0, "root/new/dir/deeper/x" },
                { "out-rel/y", false, 0, "root/outside/y" },
                { "../../z", false, 0, "root/z" },
                { "top", false, ENOTDIR, NULL },
                { "top/x", false, ENOTDIR, NULL },
                { "loop", false, ELOOP, NULL },
                { "f1/f2/file", true, 0, "root/f1/f2/file" },
                { "a/b/file", true, 0, "root/a/b/file" },
                { "to-file", true, 0, "root/top" },
                { "out-rel/secret2", true, 0, "root/outside/secret2" },
                { "a", true, EISDIR, NULL },
                { "newfile/", true, ENOENT, NULL },
        };
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;
                int fd = rows[i].file ? sys_path_make_file(t.root_fd, rows[i].path, &e)
                                      : sys_path_make_dir(t.root_fd, rows[i].path, &e);
                check("make", rows[i].path, fd, rows[i].num, rows[i].leads_to, &e);
        }
        struct stat st;
        assert_return_code(fstatat(t.dir_fd, "root/d1/d2", &st, 0), errno);
        assert_int_equal(st.st_mode, S_IFDIR | 0755);
        assert_return_code(fstatat(t.dir_fd, "root/f1/f2/file", &st, 0), errno);
        assert_int_equal(st.st_mode, S_IFREG | 0644);
        assert_int_equal(faccessat(t.dir_fd, "outside/y", F_OK, 0), -1);
        assert_int_equal(faccessat(t.dir_fd, "root/d6", F_OK, 0), 0);
}

static void test_long_names(void **state _unused_)
{
        char path[2 * PATH_MAX];
        struct err e = ERR_INIT;
        memset(path, 'x', sizeof path);
        path[NAME_MAX + 1] = '\0';
        assert_int_equal(sys_path_make_dir(t.root_fd, path, &e), -ENAMETOOLONG);
        path[NAME_MAX] = '\0';
        int fd = sys_path_make_dir(t.root_fd, path, &e);
        assert_true(fd >= 0);
        close(fd);
        memset(path, '/', sizeof path);
        path[sizeof path - 1] = '\0';
        assert_int_equal(sys_path_make_dir(t.root_fd, path, &e), -ENAMETOOLONG);
}

static void test_verify(void **state _unused_)
{
        struct err e = ERR_INIT;
        _cleanup_close_ int null_fd = open("/dev/null", O_PATH | O_CLOEXEC), dir_fd = open("/", O_PATH | O_CLOEXEC);
        _cleanup_close_ int file_fd = openat(t.dir_fd, "secret", O_PATH | O_CLOEXEC), proc_fd = open("/proc", O_PATH | O_CLOEXEC);
        assert_int_equal(sys_fd_verify_device(null_fd, false, 1, 3, "/dev/null", &e), 0);
        assert_int_equal(sys_fd_verify_device(null_fd, false, 1, 5, "/dev/null", &e), -ENODEV);
        assert_string_equal(e.text, "'/dev/null' is not the character device 1:5");
        assert_int_equal(sys_fd_verify_device(null_fd, true, 1, 3, "/dev/null", &e), -ENODEV);
        assert_int_equal(sys_fd_verify_device(file_fd, false, 1, 3, "x", &e), -ENODEV);
        assert_int_equal(sys_fd_verify_fs(proc_fd, PROC_SUPER_MAGIC, "proc", "/proc", &e), 0);
        assert_int_equal(sys_fd_verify_fs(file_fd, PROC_SUPER_MAGIC, "proc", "secret", &e), -EXDEV);
        assert_string_equal(e.text, "'secret' is not on a proc file system");
        uint64_t a, b, c;
        assert_int_equal(sys_fd_mount_id(proc_fd, -EBADF, &a), 0);
        assert_int_equal(sys_fd_mount_id(dir_fd, -EBADF, &b), 0);
        assert_int_equal(sys_fd_mount_id(dir_fd, proc_fd, &c), 0);
        assert_true(a != b);
        assert_true(b == c);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Races: a child exchanges names as fast as it can. */

static void exchange(const char *a, const char *b) { syscall(SYS_renameat2, t.dir_fd, a, t.dir_fd, b, 2 /* RENAME_EXCHANGE */); }

static pid_t start_exchanging(const char *a, const char *b)
{
        pid_t pid = fork();
        if (pid == 0)
                for (;;)
                        exchange(a, b);
        assert_true(pid > 0);
        return pid;
}

static void stop(pid_t pid)
{
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
}

static bool time_is_up(const struct timespec *begin)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000 > RACE_MSEC;
}

/* Two names below "outside" are there from the setup: "." and "secret". */
static unsigned count_outside(void)
{
        _cleanup_closedir_ DIR *d = fdopendir(openat(t.dir_fd, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        unsigned n = 0;
        assert_non_null(d);
        for (struct dirent *entry; (entry = readdir(d));)
                n += !streq(entry->d_name, ".") && !streq(entry->d_name, "..");
        return n;
}

/* A directory that is a link to the outside every other moment: what is made through it never lands there. */
static void test_race_make(void **state _unused_)
{
        char out[96];
        struct timespec begin;
        unsigned good = 0;
        make_dir("root/swap");
        snprintf(out, sizeof out, "%s/outside", t.dir);
        make_link(out, "root/swap-link");
        pid_t pid = start_exchanging("root/swap", "root/swap-link");
        clock_gettime(CLOCK_MONOTONIC, &begin);
        for (unsigned i = 0; !time_is_up(&begin); i++) {
                char path[64];
                snprintf(path, sizeof path, "swap/n%u/%s", i % 500, i % 2 ? "dir" : "file");
                int fd = i % 2 ? sys_path_make_dir(t.root_fd, path, NULL) : sys_path_make_file(t.root_fd, path, NULL);
                if (fd >= 0) {
                        good++;
                        close(fd);
                }
                char name[NAME_MAX + 1];
                fd = sys_path_open_parent(t.root_fd, "swap/secret2", true, name, NULL);
                if (fd >= 0) {
                        assert_false(same_file(fd, "outside"));
                        close(fd);
                }
                fd = sys_path_open(t.root_fd, "swap/secret", O_PATH, NULL);
                assert_true(fd < 0);
        }
        stop(pid);
        assert_int_equal(count_outside(), 1);
        assert_true(good > 0);
}

/* A directory that is moved out of the root while we are in it: ".." must not follow it. */
static void test_race_dotdot(void **state _unused_)
{
        struct timespec begin;
        unsigned good = 0;
        make_dir("root/m1");
        make_dir("root/m1/m2");
        make_dir("root/m1/m2/m3");
        make_dir("outside/hole");
        pid_t pid = start_exchanging("root/m1/m2", "outside/hole");
        clock_gettime(CLOCK_MONOTONIC, &begin);
        while (!time_is_up(&begin)) {
                int fd = sys_path_open(t.root_fd, "m1/m2/m3/../../../secret", O_PATH, NULL);
                assert_true(fd < 0);
                fd = sys_path_open(t.root_fd, "m1/m2/m3/../../secret", O_PATH, NULL);
                assert_true(fd < 0);
                fd = sys_path_make_dir(t.root_fd, "m1/m2/m3/../../made", NULL);
                good += fd >= 0;
                safe_close(fd);
        }
        stop(pid);
        assert_int_equal(faccessat(t.dir_fd, "outside/made", F_OK, 0), -1);
        assert_int_equal(faccessat(t.dir_fd, "made", F_OK, 0), -1);
        assert_true(good > 0);
}

/* A plain path with a link in it every other moment: either it is refused or it is the directory. */
static void test_race_plain(void **state _unused_)
{
        struct timespec begin;
        unsigned good = 0, refused = 0;
        make_dir("root/proc");
        make_link("/a", "root/proc-link");
        pid_t pid = start_exchanging("root/proc", "root/proc-link");
        clock_gettime(CLOCK_MONOTONIC, &begin);
        while (!time_is_up(&begin)) {
                int fd = sys_path_open_plain(t.root_fd, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW, NULL);
                good += fd >= 0;
                refused += fd == -ENOTDIR || fd == -ELOOP;
                if (fd >= 0)
                        assert_false(same_file(fd, "root/a"));
                safe_close(fd);
        }
        stop(pid);
        /* How often the swapper wins is the scheduler's: that it never leads elsewhere is asserted above, each time. */
        assert_true(good + refused > 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_open, setup, teardown),
                cmocka_unit_test_setup_teardown(test_open_plain, setup, teardown),
                cmocka_unit_test_setup_teardown(test_sentences, setup, teardown),
                cmocka_unit_test_setup_teardown(test_parent, setup, teardown),
                cmocka_unit_test_setup_teardown(test_make, setup, teardown),
                cmocka_unit_test_setup_teardown(test_long_names, setup, teardown),
                cmocka_unit_test_setup_teardown(test_verify, setup, teardown),
                cmocka_unit_test_setup_teardown(test_race_make, setup, teardown),
                cmocka_unit_test_setup_teardown(test_race_dotdot, setup, teardown),
                cmocka_unit_test_setup_teardown(test_race_plain, setup, teardown),
        };
        static const int openat2_only[] = { SYS_openat2 };
        umask(022);
        int failed = cmocka_run_group_tests_name("with openat2", tests, NULL, NULL);
        lack_calls(openat2_only, ARRAY_SIZE(openat2_only));
        return failed + cmocka_run_group_tests_name("without openat2", tests, NULL, NULL);
}
