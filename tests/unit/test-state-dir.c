/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, directories, locks and the start socket, on a root of our own in /tmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "state/dir.h"
#include "state/list.h"
#include "state/lock.h"
#include "state/start.h"
#include "str.h"

static char root[64];
static int root_fd;

static int setup(void **state _unused_)
{
        struct err e;

        snprintf(root, sizeof root, "/tmp/test-state.XXXXXX");
        if (!mkdtemp(root))
                return -1;
        root_fd = state_root_open(root, false, &e);
        return root_fd < 0;
}

static int teardown(void **state _unused_)
{
        close(root_fd);
        return rmdir(root); /* fails when a test left something behind */
}

static void test_ids(void **state _unused_)
{
        static const char *const good[] = { "a", "web1", "A-b_c+d.e@f", "_x", "+x", "0", "a..b" };
        static const struct { const char *id, *words; } bad[] = {
                { "", "empty" },       { ".", "begin" },     { "..", "begin" },   { ".cache", "begin" }, { "-f", "begin" },
                { "a/b", "allowed" },  { "a b", "allowed" }, { "a\n", "allowed" }, { "\xc3\xa4", "allowed" }, { "a\\b", "allowed" },
        };
        char longest[257];
        struct err e;

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                assert_int_equal(state_id_check(good[i], &e), 0);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                assert_int_equal(state_id_check(bad[i].id, &e), -EINVAL);
                if (!strstr(e.text, bad[i].words) || strchr(e.text, '\n'))
                        fail_msg("'%s': %s", bad[i].id, e.text);
        }
        memset(longest, 'x', 256);
        longest[256] = '\0';
        assert_int_equal(state_id_check(longest, &e), -EINVAL);
        assert_non_null(strstr(e.text, "..."));
        longest[255] = '\0';
        assert_int_equal(state_id_check(longest, &e), 0);
}

static void test_default_root(void **state _unused_)
{
        bool privileged = geteuid() == 0 && access("/run", W_OK) == 0;
        char buf[256], tiny[8];
        struct err e;
        int r;

        setenv("XDG_RUNTIME_DIR", "/run/user/77", 1);
        assert_int_equal(state_root_default(buf, sizeof buf, &e), 0);
        assert_string_equal(buf, privileged ? "/run/berth" : "/run/user/77/berth");
        assert_int_equal(state_root_default(tiny, sizeof tiny, &e), -ENAMETOOLONG);
        setenv("XDG_RUNTIME_DIR", "", 1);
        r = state_root_default(buf, sizeof buf, &e);
        if (geteuid() == 0)
                assert_string_equal(buf, "/run/berth");
        else
                assert_int_equal(r, -ENOENT);
        unsetenv("XDG_RUNTIME_DIR");
        assert_int_equal(state_root_default(buf, sizeof buf, &e), r);
}

static void test_make_root(void **state _unused_)
{
        char deep[128], parent[128];
        struct stat st;
        struct err e = ERR_INIT;
        int fd;

        snprintf(parent, sizeof parent, "%s/x", root);
        snprintf(deep, sizeof deep, "%s/x/y", root);
        assert_int_equal(state_root_open(deep, false, &e), -ENOENT);
        assert_int_equal(e.num, 0);
        setenv("XDG_RUNTIME_DIR", root, 1);
        fd = state_root_open(deep, true, &e);
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 01700);
        close(fd);
        rmdir(deep);
        unsetenv("XDG_RUNTIME_DIR");
        fd = state_root_open(deep, true, &e);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        close(fd);
        rmdir(deep);
        rmdir(parent);
        assert_int_equal(state_root_open("/proc/none/such", true, &e), -ENOENT);
        assert_non_null(strstr(e.text, "'/proc/none'"));
}

static void test_make_open_remove(void **state _unused_)
{
        struct err e;
        int fd = state_dir_make(root_fd, "c1", &e), again, other;
        struct stat st;

        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        assert_int_equal(state_dir_make(root_fd, "c1", &e), -EEXIST);
        assert_non_null(strstr(e.text, "container with given ID already exists"));
        again = state_dir_open(root_fd, "c1", &e);
        assert_true(again >= 0);
        assert_int_equal(state_lock(again, "c1", 0, &e), -EBUSY);
        assert_int_equal(state_dir_open(root_fd, "c2", &e), -ENOENT);
        assert_string_equal(e.text, "container does not exist");
        assert_int_equal(state_dir_open(root_fd, "..", &e), -EINVAL);

        other = openat(fd, "extra", O_CREAT | O_WRONLY, 0600);
        close(other);
        assert_int_equal(state_dir_remove(root_fd, fd, "c1", &e), 0);
        assert_int_equal(state_dir_remove(root_fd, fd, "c1", &e), 0);
        close(fd);
        /* Who waited for the lock learns that there is nothing left to change. */
        assert_int_equal(state_lock(again, "c1", 0, &e), -ENOENT);
        assert_non_null(strstr(e.text, "container does not exist"));
        close(again);
}

/* A file or a symbolic link where a container's directory should be is no container. */
static void test_foreign_names(void **state _unused_)
{
        struct arena *a = arena_new();
        oci_strings names;
        struct err e;

        close(openat(root_fd, "file", O_CREAT | O_WRONLY, 0600));
        assert_int_equal(symlinkat("/tmp", root_fd, "link"), 0);
        assert_int_equal(mkdirat(root_fd, ".cache", 0700), 0);
        assert_int_equal(mkdirat(root_fd, "c2", 0700), 0);
        assert_int_equal(mkdirat(root_fd, "c10", 0700), 0);
        assert_true(state_dir_open(root_fd, "link", &e) < 0);
        assert_true(state_dir_open(root_fd, "file", &e) < 0);
        assert_int_equal(state_list(a, root_fd, &names, &e), 0);
        assert_int_equal(names.n, 2);
        assert_string_equal(names.items[0], "c10");
        assert_string_equal(names.items[1], "c2");
        unlinkat(root_fd, "file", 0);
        unlinkat(root_fd, "link", 0);
        unlinkat(root_fd, ".cache", AT_REMOVEDIR);
        unlinkat(root_fd, "c2", AT_REMOVEDIR);
        unlinkat(root_fd, "c10", AT_REMOVEDIR);
        arena_free(a);
}

static int64_t now_msec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Another process holds the lock of c1 until FD_GO is closed. */
static pid_t hold_lock(int pipe_fds[2])
{
        pid_t pid;
        char c;

        assert_int_equal(pipe(pipe_fds), 0);
        pid = fork();
        if (pid == 0) {
                struct err e;
                int fd = state_dir_open(root_fd, "c1", &e);

                close(pipe_fds[1]);
                if (fd < 0 || state_lock(fd, "c1", 0, &e) < 0)
                        _exit(1);
                kill(getpid(), SIGSTOP);
                (void) !read(pipe_fds[0], &c, 1);
                _exit(0);
        }
        close(pipe_fds[0]);
        assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
        kill(pid, SIGCONT);
        return pid;
}

static void test_lock_waits(void **state _unused_)
{
        int pipe_fds[2], fd;
        struct err e;
        int64_t begin;
        pid_t pid;

        mkdirat(root_fd, "c1", 0700);
        pid = hold_lock(pipe_fds);
        fd = state_dir_open(root_fd, "c1", &e);
        assert_int_equal(state_lock(fd, "c1", 0, &e), -EBUSY);
        begin = now_msec();
        assert_int_equal(state_lock(fd, "c1", 100, &e), -EBUSY);
        assert_in_range(now_msec() - begin, 90, 5000);
        assert_non_null(strstr(e.text, "another command is changing container 'c1'"));

        /* Its death frees the lock while we wait, and no child of ours is left to be reaped. */
        kill(pid, SIGKILL);
        assert_int_equal(state_lock(fd, "c1", 10000, &e), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(waitpid(-1, NULL, __WALL | WNOHANG), -1);
        close(pipe_fds[1]);

        /* It is ours now, until we give it up. */
        pid = fork();
        if (pid == 0) {
                int mine = state_dir_open(root_fd, "c1", &e);

                _exit(state_lock(mine, "c1", 0, &e) == -EBUSY ? 0 : 1);
        }
        waitpid(pid, &pipe_fds[0], 0);
        assert_int_equal(pipe_fds[0], 0);
        state_unlock(fd);
        pid = hold_lock(pipe_fds);
        close(pipe_fds[1]);
        waitpid(pid, &pipe_fds[0], 0);
        assert_int_equal(pipe_fds[0], 0);
        close(fd);
        unlinkat(root_fd, "c1", AT_REMOVEDIR);
}

/* Of many creates of one id one wins; none sees a half-made directory as its own. */
static void test_concurrent_make(void **state _unused_)
{
        enum { N = 16 };
        int wins = 0, status, ready[2];
        pid_t pids[N];
        char c;

        assert_int_equal(pipe(ready), 0);
        for (int i = 0; i < N; i++) {
                pids[i] = fork();
                if (pids[i] == 0) {
                        struct err e;

                        close(ready[1]);
                        (void) !read(ready[0], &c, 1);
                        status = state_dir_make(root_fd, "c1", &e);
                        _exit(status >= 0 ? 0 : status == -EEXIST ? 1 : 2);
                }
        }
        close(ready[0]);
        close(ready[1]);
        for (int i = 0; i < N; i++) {
                waitpid(pids[i], &status, 0);
                assert_in_range(WEXITSTATUS(status), 0, 1);
                wins += WEXITSTATUS(status) == 0;
        }
        assert_int_equal(wins, 1);
        unlinkat(root_fd, "c1", AT_REMOVEDIR);
}

static void test_start_socket(void **state _unused_)
{
        struct err e = ERR_INIT;
        int dir = state_dir_make(root_fd, "c1", &e), listener, sock, accepted;

        /* Never made: `run`. */
        assert_int_equal(state_start_is_pending(dir, &e), 0);
        assert_int_equal(state_start_connect(dir, &e), -ENOENT);

        listener = state_start_listen(dir, &e);
        assert_true(listener >= 0);
        assert_int_equal(fcntl(listener, F_GETFD), FD_CLOEXEC);
        assert_int_equal(state_start_is_pending(dir, &e), 1);

        /* A start that died after connecting: still pending, and another may come. */
        sock = state_start_connect(dir, &e);
        assert_true(sock >= 0);
        accepted = accept(listener, NULL, NULL);
        close(sock);
        assert_int_equal(recv(accepted, &e, 1, 0), 0);
        close(accepted);
        assert_int_equal(state_start_is_pending(dir, &e), 1);
        sock = state_start_connect(dir, &e);
        assert_true(sock >= 0);
        assert_int_equal(fcntl(sock, F_GETFL) & O_NONBLOCK, 0);
        assert_int_equal(state_start_is_pending(dir, &e), 1);

        /* execve closes the listener: running, whether the start could say so or not. */
        close(listener);
        close(sock);
        e = ERR_INIT;
        assert_int_equal(state_start_is_pending(dir, &e), 0);
        assert_int_equal(state_start_connect(dir, &e), -ECONNREFUSED);
        assert_int_equal(e.num, 0);
        state_start_done(dir);
        assert_int_equal(state_start_is_pending(dir, &e), 0);
        assert_int_equal(state_start_connect(dir, &e), -ENOENT);
        assert_int_equal(state_dir_remove(root_fd, dir, "c1", &e), 0);
        close(dir);
}

/* Probes of a container whose startContainer hooks take long fill the queue; that blocks nobody. */
static void test_full_queue(void **state _unused_)
{
        struct err e = ERR_INIT;
        int dir = state_dir_make(root_fd, "c1", &e), listener = state_start_listen(dir, &e), first;

        first = state_start_connect(dir, &e);
        assert_true(first >= 0);
        for (int i = 0; i < 64; i++)
                assert_int_equal(state_start_is_pending(dir, &e), 1);
        assert_int_equal(state_start_connect(dir, &e), -EBUSY);
        assert_non_null(strstr(e.text, "under way"));
        close(first);
        close(listener);
        assert_int_equal(state_dir_remove(root_fd, dir, "c1", &e), 0);
        close(dir);
}

/* The socket works below a root whose path is longer than an address may be. */
static void test_long_path(void **state _unused_)
{
        char name[201], path[300];
        struct err e = ERR_INIT;
        int sub, dir, listener, sock;

        memset(name, 'l', 200);
        name[200] = '\0';
        snprintf(path, sizeof path, "%s/%s", root, name);
        sub = state_root_open(path, true, &e);
        dir = state_dir_make(sub, "c1", &e);
        listener = state_start_listen(dir, &e);
        assert_true(listener >= 0);
        sock = state_start_connect(dir, &e);
        assert_true(sock >= 0);
        close(sock);
        close(listener);
        assert_int_equal(state_dir_remove(sub, dir, "c1", &e), 0);
        close(dir);
        close(sub);
        rmdir(path);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ids),
                cmocka_unit_test(test_default_root),
                cmocka_unit_test_setup_teardown(test_make_root, setup, teardown),
                cmocka_unit_test_setup_teardown(test_make_open_remove, setup, teardown),
                cmocka_unit_test_setup_teardown(test_foreign_names, setup, teardown),
                cmocka_unit_test_setup_teardown(test_lock_waits, setup, teardown),
                cmocka_unit_test_setup_teardown(test_concurrent_make, setup, teardown),
                cmocka_unit_test_setup_teardown(test_start_socket, setup, teardown),
                cmocka_unit_test_setup_teardown(test_full_queue, setup, teardown),
                cmocka_unit_test_setup_teardown(test_long_path, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
