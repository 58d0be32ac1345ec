/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <fcntl.h>

#include "sys/seccomp-notify.h"

static char dir[] = "/tmp/berth-agent-XXXXXX";

static int make_dir(void **state _unused_)
{
        memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
        return !mkdtemp(dir);
}

static int remove_dir(void **state _unused_)
{
        char command[64];

        snprintf(command, sizeof command, "rm -rf %s", dir);
        return system(command);
}

/* An agent at PATH, relative to the directory that we are in: addresses are short, paths need not be. */
static int listen_at(const char *name, int type)
{
        struct sockaddr_un addr = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

        snprintf(addr.sun_path, sizeof addr.sun_path, "%s", name);
        assert_int_equal(bind(fd, (struct sockaddr *) &addr, sizeof addr), 0);
        if (type == SOCK_STREAM)
                assert_int_equal(listen(fd, 1), 0);
        return fd;
}

/* All that one connection brings: its bytes up to end of file, and exactly one fd with the first of them. */
static size_t receive_all(int listen_fd, char *buf, size_t size, int *ret_fd)
{
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(4 * sizeof(int))];
        } control = { 0 };
        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
        struct iovec part = { buf, size };
        struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
        ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC), more;
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
        size_t len;

        assert_true(n > 0);
        assert_non_null(cmsg);
        assert_int_equal(cmsg->cmsg_type, SCM_RIGHTS);
        assert_int_equal(cmsg->cmsg_len, CMSG_LEN(sizeof(int)));
        memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(int));
        for (len = (size_t) n; (more = read(fd, buf + len, size - len)) > 0; len += (size_t) more)
                ;
        assert_int_equal(more, 0);
        close(fd);
        return len;
}

static void send_from_child(const char *path, const char *text, size_t len, int fd, pid_t *ret_pid)
{
        *ret_pid = fork();
        if (*ret_pid == 0) {
                struct err e = ERR_INIT;
                _exit(sys_seccomp_notify_send(path, text, len, fd, &e) == 0 ? 0 : 1);
        }
}

static void deliver(const char *path, int listen_fd, size_t len)
{
        _cleanup_free_ char *sent = malloc(len), *got = malloc(len + 1);
        _cleanup_close_ int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC), passed_fd = -EBADF;
        struct stat a, b;
        int status;
        pid_t pid;

        for (size_t i = 0; i < len; i++)
                sent[i] = (char) ('a' + i % 26);
        send_from_child(path, sent, len, null_fd, &pid);
        assert_int_equal(receive_all(listen_fd, got, len + 1, &passed_fd), len);
        assert_memory_equal(sent, got, len);
        assert_int_equal(fstat(null_fd, &a), 0);
        assert_int_equal(fstat(passed_fd, &b), 0);
        assert_int_equal(a.st_ino, b.st_ino);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

static void test_delivered(void **state _unused_)
{
        _cleanup_close_ int listen_fd = -EBADF;
        char path[128];

        snprintf(path, sizeof path, "%s/agent", dir);
        listen_fd = listen_at(path, SOCK_STREAM);
        deliver(path, listen_fd, 300);
        deliver(path, listen_fd, 2 << 20); /* more than the socket's buffer holds */
}

static void test_long_path(void **state _unused_)
{
        _cleanup_close_ int listen_fd = -EBADF;
        char path[512], name[151];

        memset(name, 'd', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        snprintf(path, sizeof path, "%s/%s", dir, name);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(chdir(path), 0);
        listen_fd = listen_at("agent", SOCK_STREAM);
        assert_int_equal(chdir("/"), 0);
        snprintf(path, sizeof path, "%s/%s/agent", dir, name);
        deliver(path, listen_fd, 10);
}

static void test_nobody_there(void **state _unused_)
{
        struct err e = ERR_INIT;
        char path[128], want[256];

        snprintf(path, sizeof path, "%s/none", dir);
        assert_int_equal(sys_seccomp_notify_send(path, "{}", 2, 0, &e), -ENOENT);
        snprintf(want, sizeof want, "cannot reach the seccomp agent at '%s': No such file or directory (ENOENT)", path);
        assert_string_equal(e.text, want);
        assert_non_null(strstr(e.hint, "/linux/seccomp/listenerPath"));
        close(listen_at(path, SOCK_STREAM));
        assert_int_equal(sys_seccomp_notify_send(path, "{}", 2, 0, &e), -ECONNREFUSED);
}

static void test_wrong_type(void **state _unused_)
{
        _cleanup_close_ int fd = -EBADF;
        struct err e = ERR_INIT;
        char path[128];

        snprintf(path, sizeof path, "%s/dgram", dir);
        fd = listen_at(path, SOCK_DGRAM);
        assert_int_equal(sys_seccomp_notify_send(path, "{}", 2, 0, &e), -EPROTOTYPE);
}

static void test_hangs_up(void **state _unused_)
{
        _cleanup_free_ char *text = calloc(1, 4 << 20);
        _cleanup_close_ int listen_fd = -EBADF;
        char path[128];
        int status;
        pid_t pid;

        snprintf(path, sizeof path, "%s/rude", dir);
        listen_fd = listen_at(path, SOCK_STREAM);
        send_from_child(path, text, 4 << 20, 0, &pid);
        close(accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 1 << 8); /* an error, not SIGPIPE */
}

static void test_fetch(void **state _unused_)
{
        int wait_fds[2], status;
        struct err e = ERR_INIT;
        struct stat a, b;
        int fd;
        pid_t pid;

        assert_int_equal(pipe2(wait_fds, O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0) {
                char c;
                close(wait_fds[1]);
                dup3(open("/dev/zero", O_RDONLY | O_CLOEXEC), 77, O_CLOEXEC);
                _exit(read(wait_fds[0], &c, 1) == 0 ? 0 : 1);
        }
        close(wait_fds[0]);
        while ((fd = sys_seccomp_notify_fetch(pid, 77, &e)) == -EBADF)
                sched_yield();
        if (fd == -ENOSYS)
                skip();
        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &a), 0);
        assert_int_equal(stat("/dev/zero", &b), 0);
        assert_int_equal(a.st_rdev, b.st_rdev);
        close(fd);
        assert_int_equal(sys_seccomp_notify_fetch(pid, 78, &e), -EBADF);
        close(wait_fds[1]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_delivered, make_dir, remove_dir),
                cmocka_unit_test_setup_teardown(test_long_path, make_dir, remove_dir),
                cmocka_unit_test_setup_teardown(test_nobody_there, make_dir, remove_dir),
                cmocka_unit_test_setup_teardown(test_wrong_type, make_dir, remove_dir),
                cmocka_unit_test_setup_teardown(test_hangs_up, make_dir, remove_dir),
                cmocka_unit_test(test_fetch),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
