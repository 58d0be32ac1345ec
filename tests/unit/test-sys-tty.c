/* SPDX-License-Identifier: Apache-2.0 */
/* The container's terminal, and the standard fds. */
#include "sandbox.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <termios.h>

#include "err.h"
#include "procfs.h"
#include "stdfds.h"
#include "tty.h"

static struct err e = { .step = -1 };
static int root_fd, proc_fd;

static void setup(void)
{
        CHECK(mkdir("root", 0755) == 0 && mkdir("root/dev", 0755) == 0 && mkdir("root/dev/pts", 0755) == 0);
        CHECK(mount("devpts", "root/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620") == 0);
        root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        proc_fd = sys_procfs_open(&e);
        CHECK(root_fd >= 0);
        CHECK_OK(proc_fd, &e);
}

static void body_open(void)
{
        struct sys_tty tty = SYS_TTY_INIT;
        struct winsize size;
        struct stat st;
        int status, fds[2];
        char c;
        setup();
        CHECK_OK(sys_tty_open(root_fd, proc_fd, &tty, &e), &e);
        CHECK(tty.number == 0);
        CHECK_OK(sys_tty_set_size(tty.slave_fd, 25, 80, &e), &e);
        CHECK(ioctl(tty.master_fd, TIOCGWINSZ, &size) == 0 && size.ws_row == 25 && size.ws_col == 80);
        sys_tty_give(tty.slave_fd, 1234);
        CHECK(fstat(tty.slave_fd, &st) == 0 && st.st_uid == 1234);
        CHECK_OK(sys_tty_cover_console(root_fd, proc_fd, tty.slave_fd, &e), &e);
        CHECK(stat("root/dev/console", &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) == 136 && minor(st.st_rdev) == 0);

        CHECK_OK(sys_tty_pair(fds, &e), &e);
        CHECK_OK(sys_tty_send(fds[1], &tty, &e), &e);
        pid_t pid = fork();
        if (pid == 0) {
                CHECK_OK(sys_tty_take(tty.slave_fd, &e), &e);
                CHECK(isatty(0) && isatty(1) && isatty(2) && getsid(0) == getpid());
                CHECK(tcgetpgrp(0) == getpid() && (fcntl(1, F_GETFD) & FD_CLOEXEC) == 0);
                int tty_fd = open("/dev/tty", O_RDWR);
                CHECK(tty_fd >= 0 && write(tty_fd, "!", 1) == 1);
                _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        sys_tty_done(&tty);
        close(fds[1]);
        int master_fd = sys_tty_receive(fds[0], &e);
        CHECK_OK(master_fd, &e);
        CHECK(fcntl(master_fd, F_GETFD) == FD_CLOEXEC && read(master_fd, &c, 1) == 1 && c == '!');
        CHECK(sys_tty_receive(fds[0], &e) == -EPIPE);
}

/* CVE-2025-52565 and its kin: what lies at the names is not what it should be. */
static void body_traps(void)
{
        struct sys_tty tty = SYS_TTY_INIT;
        setup();
        CHECK(umount("root/dev/pts") == 0);
        CHECK(sys_tty_open(root_fd, proc_fd, &tty, &e) == -ENOENT);
        CHECK(strstr(e.text, "'/dev/pts/ptmx'") && strstr(e.hint, "devpts"));

        e = ERR_INIT;
        CHECK(mknod("root/dev/pts/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
        CHECK(sys_tty_open(root_fd, proc_fd, &tty, &e) == -EXDEV);
        CHECK(strstr(e.text, "devpts"));

        CHECK(unlink("root/dev/pts/ptmx") == 0 && rmdir("root/dev/pts") == 0 && symlink("/dev/pts", "root/dev/pts") == 0);
        CHECK(sys_tty_open(root_fd, proc_fd, &tty, NULL) < 0);
        CHECK(tty.master_fd == -EBADF && tty.slave_fd == -EBADF);

        /* Something mounted over ptmx itself. */
        CHECK(unlink("root/dev/pts") == 0 && mkdir("root/dev/pts", 0755) == 0);
        CHECK(mount("devpts", "root/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666") == 0);
        CHECK(mknod("fake", S_IFREG | 0666, 0) == 0 && mount("fake", "root/dev/pts/ptmx", NULL, MS_BIND, NULL) == 0);
        CHECK(sys_tty_open(root_fd, proc_fd, &tty, NULL) == -EXDEV);
}

/* /dev/console is a link out of the root: nothing outside is covered. */
static void body_console_link(void)
{
        struct sys_tty tty = SYS_TTY_INIT;
        struct stat st;
        setup();
        CHECK(mknod("host-file", S_IFREG | 0644, 0) == 0 && symlink("/mnt/host-file", "root/dev/console") == 0);
        CHECK_OK(sys_tty_open(root_fd, proc_fd, &tty, &e), &e);
        (void) sys_tty_cover_console(root_fd, proc_fd, tty.slave_fd, NULL);
        CHECK(stat("host-file", &st) == 0 && S_ISREG(st.st_mode));
}

static void serve_once(const char *dir, const char *name)
{
        struct sockaddr_un addr = { .sun_family = AF_UNIX };
        char path[600];
        int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CHECK(chdir(dir) == 0);
        memcpy(addr.sun_path, name, strlen(name) + 1);
        CHECK(bind(server, (struct sockaddr *) &addr, sizeof addr) == 0 && listen(server, 1) == 0);
        snprintf(path, sizeof path, "%s/%s", dir, name);
        int fd = sys_tty_connect(path, &e);
        CHECK_OK(fd, &e);
        int peer = accept(server, NULL, NULL);
        CHECK(peer >= 0 && write(fd, "x", 1) == 1);
        close(fd), close(peer), close(server);
        CHECK(chdir("/mnt") == 0);
}

static void body_connect(void)
{
        char dir[400] = "/mnt/";
        memset(dir + 5, 'd', 200);
        CHECK(mkdir(dir, 0755) == 0);
        serve_once("/mnt", "short.sock");
        serve_once(dir, "long.sock");
        CHECK(sys_tty_connect("/mnt/none.sock", &e) == -ENOENT);
        CHECK(strcmp(e.text, "cannot connect to the console socket '/mnt/none.sock': No such file or directory (ENOENT)") == 0);
        CHECK(sys_tty_connect("/mnt/short.sock", &e) == -ECONNREFUSED);
}

static uid_t owner(int fd)
{
        struct stat st;
        CHECK(fstat(fd, &st) == 0);
        return st.st_uid;
}

static void body_stdfds(void)
{
        struct stat before, after;
        setup();
        CHECK(mknod("file", S_IFREG | 0644, 0) == 0 && chown("file", 7, 9) == 0);
        int file = open("file", O_RDWR), null = open("/dev/null", O_RDWR), fds[2];
        CHECK(pipe(fds) == 0 && dup2(null, 0) == 0 && dup2(file, 1) == 1);
        CHECK(stat("/dev/null", &before) == 0);
        CHECK_OK(sys_stdfds_chown(1234, &e), &e);
        CHECK(owner(1) == 1234 && fstat(1, &after) == 0 && after.st_gid == 9);
        CHECK(stat("/dev/null", &after) == 0 && after.st_uid == before.st_uid); /* the host's stays the host's */
        CHECK(dup2(fds[1], 1) == 1);
        CHECK_OK(sys_stdfds_chown(1234, &e), &e);
        CHECK(owner(1) == 1234);
        close(1);
        CHECK_OK(sys_stdfds_chown(4321, &e), &e); /* a closed one is none */
}

static void body_reopen_null(void)
{
        struct stat host, own, st;
        setup();
        int null = open("/dev/null", O_RDONLY), file;
        CHECK(dup2(null, 0) == 0);
        CHECK(fstat(0, &host) == 0);
        CHECK_OK(sys_stdfds_reopen_null(root_fd, proc_fd, &e), &e); /* none in the container: it stays */
        CHECK(fstat(0, &st) == 0 && st.st_dev == host.st_dev && st.st_ino == host.st_ino);

        /* A regular file has an rdev of 0, as a pipe: neither may be replaced by it. */
        CHECK(mknod("root/dev/null", S_IFREG | 0644, 0) == 0 && mknod("file", S_IFREG | 0644, 0) == 0);
        file = open("file", O_RDWR);
        int saved = dup(1);
        CHECK(dup2(file, 1) == 1);
        CHECK_OK(sys_stdfds_reopen_null(root_fd, proc_fd, &e), &e);
        CHECK(fstat(0, &st) == 0 && S_ISCHR(st.st_mode) && fstat(1, &st) == 0 && S_ISREG(st.st_mode) && stat("file", &own) == 0 && st.st_ino == own.st_ino);

        CHECK(unlink("root/dev/null") == 0 && mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
        CHECK_OK(sys_stdfds_reopen_null(root_fd, proc_fd, &e), &e);
        CHECK(stat("root/dev/null", &own) == 0 && fstat(0, &st) == 0 && st.st_dev == own.st_dev && st.st_ino == own.st_ino);
        CHECK((fcntl(0, F_GETFL) & O_ACCMODE) == O_RDONLY && fcntl(0, F_GETFD) == 0);
        CHECK(dup2(saved, 1) == 1);
}

#define BODY(name)                                                                                                     \
        static void test_##name(void **state _unused_) { assert_int_equal(in_sandbox(body_##name), 0); }
BODY(open)
BODY(traps)
BODY(console_link)
BODY(connect)
BODY(stdfds)
BODY(reopen_null)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open),    cmocka_unit_test(test_traps),  cmocka_unit_test(test_console_link),
                cmocka_unit_test(test_connect), cmocka_unit_test(test_stdfds), cmocka_unit_test(test_reopen_null),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
