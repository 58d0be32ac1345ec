/* SPDX-License-Identifier: Apache-2.0 */
/* The foreground pump: bytes are compared, and its wake-ups are counted, because spinning is the classic fault. */
#include "sandbox.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "err.h"
#include "ttypump.h"

/* A terminal with a program on it: BODY has the slave as fds 0, 1, 2 and as its controlling terminal. */
struct program {
        int master_fd, pidfd;
        pid_t pid;
};

static int open_slave(int master_fd)
{
        int unlocked = 0;
        if (ioctl(master_fd, TIOCSPTLCK, &unlocked) < 0)
                return -1;
        return ioctl(master_fd, _IO('T', 0x41), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static struct program start(void (*body)(void))
{
        struct program p = { .master_fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) };
        CHECK(p.master_fd >= 0);
        int slave = open_slave(p.master_fd);
        CHECK(slave >= 0);
        p.pid = fork();
        if (p.pid == 0) {
                CHECK(setsid() > 0 && ioctl(slave, TIOCSCTTY, 0) == 0);
                for (int fd = 0; fd < 3; fd++)
                        CHECK(dup2(slave, fd) == fd);
                close(p.master_fd);
                body();
                _exit(0);
        }
        close(slave);
        p.pidfd = (int) syscall(SYS_pidfd_open, p.pid, 0);
        return p;
}

/* In the place of the C library's: how often the pump has gone to sleep. */
static unsigned long sleeps;
int poll(struct pollfd *fds, nfds_t n, int timeout_msec)
{
        struct timespec t = { .tv_sec = timeout_msec / 1000, .tv_nsec = timeout_msec % 1000 * 1000000L };
        sleeps++;
        return (int) syscall(SYS_ppoll, fds, n, timeout_msec < 0 ? NULL : &t, NULL, 0);
}

static double now_msec(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

static void no_processing(void)
{
        struct termios t;
        CHECK(tcgetattr(0, &t) == 0);
        cfmakeraw(&t);
        CHECK(tcsetattr(0, TCSANOW, &t) == 0);
}

enum { MANY = 700000 };
static char pattern(size_t i) { return (char) ('a' + i % 23); }

static void write_many(void)
{
        static char buf[MANY];
        no_processing();
        for (size_t i = 0; i < MANY; i++)
                buf[i] = pattern(i);
        for (size_t done = 0; done < MANY;) {
                ssize_t n = write(1, buf + done, MANY - done);
                CHECK(n > 0);
                done += (size_t) n;
        }
}

/* Pump P from an empty input into a pipe; a child reads it, after PAUSE_USEC, and says whether all bytes came. */
static int pump_into_reader(struct program *p, useconds_t pause_usec)
{
        int in[2], out[2], status;
        CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
        pid_t reader = fork();
        if (reader == 0) {
                close(out[1]);
                usleep(pause_usec);
                char buf[4096];
                size_t total = 0;
                ssize_t n;
                while ((n = read(out[0], buf, sizeof buf)) > 0)
                        for (ssize_t i = 0; i < n; i++)
                                CHECK(buf[i] == pattern(total++));
                CHECK(total == MANY);
                _exit(0);
        }
        struct err e = ERR_INIT;
        struct sys_ttypump pump = { .in_fd = in[0], .out_fd = out[1], .master_fd = p->master_fd, .exit_fd = p->pidfd,
                                    .signal_fd = -EBADF, .drain_msec = 2000 };
        CHECK_OK(sys_ttypump_run(&pump, &e), &e);
        close(out[1]);
        CHECK(waitpid(p->pid, &status, 0) == p->pid && status == 0);
        CHECK(waitpid(reader, &status, 0) == reader);
        return status;
}

static void body_all_bytes(void)
{
        struct program p = start(write_many);
        CHECK(pump_into_reader(&p, 0) == 0);
}

/* A reader that pauses holds the program up; the pump sleeps meanwhile, and no byte is lost. */
static void body_slow_reader(void)
{
        struct program p = start(write_many);
        sleeps = 0;
        CHECK(pump_into_reader(&p, 700000) == 0);
        CHECK(sleeps > 10 && sleeps < MANY / 100);
}

static void write_little_and_die(void)
{
        no_processing();
        CHECK(write(1, "bye", 3) == 3);
        raise(SIGKILL);
}

/* The last words of a killed program, many times over: the exit is seen together with the output or before it. */
static void body_last_words(void)
{
        for (int i = 0; i < 200; i++) {
                int out[2], status;
                char buf[8] = "";
                struct program p = start(write_little_and_die);
                CHECK(pipe2(out, O_CLOEXEC) == 0);
                int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
                struct sys_ttypump pump = { .in_fd = null, .out_fd = out[1], .master_fd = p.master_fd, .exit_fd = p.pidfd,
                                            .signal_fd = -EBADF, .drain_msec = 2000 };
                CHECK(sys_ttypump_run(&pump, NULL) == 0);
                CHECK(read(out[0], buf, sizeof buf) == 3 && memcmp(buf, "bye", 3) == 0);
                CHECK(waitpid(p.pid, &status, 0) == p.pid && WTERMSIG(status) == SIGKILL);
                close(p.master_fd), close(p.pidfd), close(null), close(out[0]), close(out[1]);
        }
}

static void body_reader_gone(void)
{
        int out[2], status;
        struct program p = start(write_many);
        CHECK(pipe2(out, O_CLOEXEC) == 0);
        close(out[0]);
        struct sys_ttypump pump = { .in_fd = open("/dev/null", O_RDONLY), .out_fd = out[1], .master_fd = p.master_fd,
                                    .exit_fd = p.pidfd, .signal_fd = -EBADF, .drain_msec = 2000 };
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(waitpid(p.pid, &status, 0) == p.pid && status == 0);
}

static void copy_lines(void)
{
        char buf[256];
        ssize_t n;
        struct termios t;
        CHECK(tcgetattr(0, &t) == 0);
        t.c_lflag &= ~(tcflag_t) ECHO;
        t.c_oflag &= ~(tcflag_t) OPOST;
        CHECK(tcsetattr(0, TCSANOW, &t) == 0);
        CHECK(write(1, "?", 1) == 1);
        while ((n = read(0, buf, sizeof buf)) > 0)
                CHECK(write(1, buf, (size_t) n) == n);
        CHECK(write(1, "!", 1) == 1);
}

/* What comes after the first byte of PROMPT is sent, then the end of it: the program must see both. */
static void copy_input(const char *input, const char *expected)
{
        int in[2], out[2], status;
        char buf[64] = "";
        struct program p = start(copy_lines);
        CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
        pid_t feeder = fork();
        if (feeder == 0) {
                struct pollfd ready = { out[0], POLLIN, 0 };
                close(in[0]);
                CHECK(poll(&ready, 1, 5000) == 1);
                CHECK(write(in[1], input, strlen(input)) == (ssize_t) strlen(input));
                _exit(0);
        }
        close(in[1]);
        struct sys_ttypump pump = { .in_fd = in[0], .out_fd = out[1], .master_fd = p.master_fd, .exit_fd = p.pidfd,
                                    .signal_fd = -EBADF, .drain_msec = 2000 };
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(read(out[0], buf, sizeof buf - 1) > 0);
        CHECK(strcmp(buf, expected) == 0);
        CHECK(waitpid(feeder, &status, 0) == feeder && status == 0);
        CHECK(waitpid(p.pid, &status, 0) == p.pid && status == 0);
}

static void body_end_of_input(void)
{
        copy_input("one\ntwo\n", "?one\ntwo\n!");
        copy_input("no line end", "?no line end!");
        copy_input("", "?!");
}

static void sleep_a_while(void) { usleep(400000); }

/* Nothing to do for 400 ms, with every fd in a state that could wake a careless loop. */
static void body_idle(void)
{
        int out[2], status;
        struct program p = start(sleep_a_while);
        CHECK(pipe2(out, O_CLOEXEC) == 0);
        close(out[0]);
        struct sys_ttypump pump = { .in_fd = open("/dev/null", O_RDONLY), .out_fd = out[1], .master_fd = p.master_fd,
                                    .exit_fd = p.pidfd, .signal_fd = -EBADF, .drain_msec = 2000 };
        double wall = now_msec();
        sleeps = 0;
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(now_msec() - wall >= 390 && sleeps > 0 && sleeps < 12);
        CHECK(waitpid(p.pid, &status, 0) == p.pid);
}

/* The program closes its terminal and opens it again later, as a getty does. */
static void close_and_reopen(void)
{
        int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
        char name[64];
        CHECK(tty >= 0 && ttyname_r(0, name, sizeof name) == 0);
        close(0), close(1), close(2), close(tty);
        usleep(150000);
        int fd = open(name, O_RDWR | O_NOCTTY);
        if (fd < 0 || write(fd, "back", 4) != 4)
                _exit(1);
        tcdrain(fd);
}

static void body_reopened(void)
{
        int out[2], status;
        char buf[16] = "";
        struct program p = start(close_and_reopen);
        CHECK(pipe2(out, O_CLOEXEC) == 0);
        struct sys_ttypump pump = { .in_fd = open("/dev/null", O_RDONLY), .out_fd = out[1], .master_fd = p.master_fd,
                                    .exit_fd = p.pidfd, .signal_fd = -EBADF, .drain_msec = 2000 };
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(waitpid(p.pid, &status, 0) == p.pid && status == 0);
        ssize_t n = read(out[0], buf, sizeof buf - 1);
        CHECK(n >= 4 && strcmp(buf + n - 4, "back") == 0);
}

static void leave_a_child(void)
{
        if (fork() == 0) {
                signal(SIGHUP, SIG_IGN);
                sleep(5);
                _exit(0);
        }
        CHECK(write(1, "x", 1) == 1);
}

/* A process that outlives the container's keeps the terminal: the pump does not wait for it longer than it was told. */
static void body_straggler(void)
{
        int out[2], status;
        char buf[8] = "";
        struct program p = start(leave_a_child);
        CHECK(pipe2(out, O_CLOEXEC) == 0);
        struct sys_ttypump pump = { .in_fd = open("/dev/null", O_RDONLY), .out_fd = out[1], .master_fd = p.master_fd,
                                    .exit_fd = p.pidfd, .signal_fd = -EBADF, .drain_msec = 200 };
        double wall = now_msec();
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(now_msec() - wall < 3000);
        CHECK(read(out[0], buf, sizeof buf) >= 1 && buf[0] == 'x');
        CHECK(waitpid(p.pid, &status, 0) == p.pid && status == 0);
}

static void report_size(void)
{
        struct winsize size = { 0 };
        sigset_t set;
        siginfo_t info;
        char buf[32];
        sigemptyset(&set);
        sigaddset(&set, SIGWINCH);
        CHECK(write(1, "?", 1) == 1);
        CHECK(sigwaitinfo(&set, &info) == SIGWINCH);
        CHECK(ioctl(0, TIOCGWINSZ, &size) == 0);
        int n = snprintf(buf, sizeof buf, "%dx%d", size.ws_col, size.ws_row);
        CHECK(write(1, buf, (size_t) n) == n);
}

static int signals_seen;
static int note_signal(void *arg, const struct signalfd_siginfo *info)
{
        CHECK(arg == &signals_seen && info->ssi_signo == SIGUSR1);
        signals_seen++;
        return 0;
}

/* Our own terminal changes its size: the program's does, too; other signals go to the caller. */
static void body_resize(void)
{
        sigset_t set;
        int status, out[2];
        char buf[64] = "";
        sigemptyset(&set);
        sigaddset(&set, SIGWINCH);
        sigaddset(&set, SIGUSR1);
        CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
        int ours = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
        int our_slave = open_slave(ours);
        struct winsize first = { .ws_row = 24, .ws_col = 80 }, second = { .ws_row = 50, .ws_col = 132 };
        CHECK(our_slave >= 0 && ioctl(ours, TIOCSWINSZ, &first) == 0);
        CHECK(pipe2(out, O_CLOEXEC) == 0);

        struct program p = start(report_size);
        CHECK(ioctl(p.master_fd, TIOCSWINSZ, &first) == 0);
        pid_t self = getpid(), user = fork();
        if (user == 0) {
                struct pollfd ready = { out[0], POLLIN, 0 };
                CHECK(poll(&ready, 1, 5000) == 1);
                CHECK(ioctl(ours, TIOCSWINSZ, &second) == 0);
                for (int i = 0; i < 1000; i++)
                        kill(self, SIGWINCH);
                kill(self, SIGUSR1);
                _exit(0);
        }
        struct sys_ttypump pump = { .in_fd = our_slave, .out_fd = out[1], .master_fd = p.master_fd, .exit_fd = p.pidfd,
                                    .signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), .on_signal = note_signal,
                                    .arg = &signals_seen, .drain_msec = 2000 };
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(waitpid(user, &status, 0) == user && status == 0);
        CHECK(waitpid(p.pid, &status, 0) == p.pid && status == 0);
        CHECK(read(out[0], buf, sizeof buf - 1) > 0 && strcmp(buf, "?132x50") == 0);
}

static int say_ended(void *arg _unused_, const struct signalfd_siginfo *info) { return info->ssi_signo == SIGCHLD; }

/* Without a pidfd the caller tells the end, and a socket serves as well as a pipe. */
static void body_sigchld(void)
{
        sigset_t set;
        int out[2], status;
        char buf[8] = "";
        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, out) == 0);
        struct program p = start(write_little_and_die);
        struct sys_ttypump pump = { .in_fd = out[1], .out_fd = out[1], .master_fd = p.master_fd, .exit_fd = -EBADF,
                                    .signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), .on_signal = say_ended,
                                    .drain_msec = 2000 };
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(read(out[0], buf, sizeof buf) == 3 && memcmp(buf, "bye", 3) == 0);
        CHECK(waitpid(p.pid, &status, 0) == p.pid);
}

static void body_raw(void)
{
        struct err e = ERR_INIT;
        struct sys_tty_mode mode;
        struct termios before, raw, after;
        int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), slave = open_slave(master);
        CHECK(tcgetattr(slave, &before) == 0);
        CHECK_OK(sys_tty_mode_raw(slave, &mode, &e), &e);
        CHECK(tcgetattr(slave, &raw) == 0 && !(raw.c_lflag & (ICANON | ECHO | ISIG)) && !(raw.c_oflag & OPOST));
        sys_tty_mode_restore(&mode);
        CHECK(tcgetattr(slave, &after) == 0 && after.c_lflag == before.c_lflag && after.c_oflag == before.c_oflag);
        int fds[2];
        CHECK(pipe(fds) == 0);
        CHECK_OK(sys_tty_mode_raw(fds[0], &mode, &e), &e);
        CHECK(mode.fd == -EBADF);
        sys_tty_mode_restore(&mode);
}

/* The flags of the caller's own fds are as they were. */
static void body_flags_restored(void)
{
        int out[2], status;
        struct program p = start(write_little_and_die);
        CHECK(pipe(out) == 0);
        int before = fcntl(out[1], F_GETFL);
        struct sys_ttypump pump = { .in_fd = open("/dev/null", O_RDONLY), .out_fd = out[1], .master_fd = p.master_fd,
                                    .exit_fd = p.pidfd, .signal_fd = -EBADF, .drain_msec = 2000 };
        CHECK(sys_ttypump_run(&pump, NULL) == 0);
        CHECK(fcntl(out[1], F_GETFL) == before);
        CHECK(waitpid(p.pid, &status, 0) == p.pid);
}

#define BODY(name)                                                                                                     \
        static void test_##name(void **state _unused_) { assert_int_equal(in_child(body_##name), 0); }
BODY(all_bytes)
BODY(slow_reader)
BODY(last_words)
BODY(reader_gone)
BODY(end_of_input)
BODY(idle)
BODY(reopened)
BODY(straggler)
BODY(resize)
BODY(sigchld)
BODY(raw)
BODY(flags_restored)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_bytes), cmocka_unit_test(test_slow_reader),  cmocka_unit_test(test_last_words),
                cmocka_unit_test(test_reader_gone), cmocka_unit_test(test_end_of_input), cmocka_unit_test(test_idle),
                cmocka_unit_test(test_reopened),  cmocka_unit_test(test_straggler),    cmocka_unit_test(test_resize),
                cmocka_unit_test(test_sigchld),   cmocka_unit_test(test_raw),          cmocka_unit_test(test_flags_restored),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
