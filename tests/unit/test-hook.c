/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that misbehave in every way we know of, each a line of shell. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>
#include <fcntl.h>

#include "hook.h"

static uint64_t now_msec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

struct setup {
        const char *script;
        const char *path;  /* NULL: /bin/sh */
        const char *input; /* NULL: "{}" */
        size_t repeat_input_bytes;
        int64_t timeout_sec;
        char *const *envp;
        int stdout_fd, stderr_fd; /* 0: captured */
};

static int run(const struct setup *s, struct err *e)
{
        char *argv[] = { (char *) "sh", (char *) "-c", (char *) s->script, NULL }, *no_env[] = { NULL };
        _cleanup_free_ char *big = s->repeat_input_bytes ? malloc(s->repeat_input_bytes) : NULL;
        const char *input = s->input ? s->input : "{}";
        struct sys_hook hook = SYS_HOOK_INIT;

        *e = ERR_INIT;
        hook.phase = "createRuntime";
        hook.index = 2;
        hook.path = s->path ? s->path : "/bin/sh";
        hook.argv = argv;
        hook.envp = s->envp ? s->envp : no_env;
        hook.timeout_sec = s->timeout_sec;
        hook.input[0] = (struct iovec) { (void *) input, strlen(input) };
        if (big) {
                memset(big, 'x', s->repeat_input_bytes);
                hook.input[1] = (struct iovec) { big, s->repeat_input_bytes };
        }
        if (s->stdout_fd > 0)
                hook.stdout_fd = s->stdout_fd;
        if (s->stderr_fd > 0)
                hook.stderr_fd = s->stderr_fd;
        return sys_hook_run(&hook, e);
}

static void assert_begins(const char *text, const char *prefix) { assert_memory_equal(text, prefix, strlen(prefix)); }

static void assert_no_child_left(void)
{
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
}

static void test_success(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "exit 0" }, &e), 0);
        assert_int_equal(run(&(struct setup) { .script = "read x; test \"$x\" = '{\"pid\":7}'", .input = "{\"pid\":7}\n" }, &e), 0);
        assert_int_equal(e.num, 0);
        assert_no_child_left();
}

static void test_exit_code(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "echo OUT; echo WHY >&2; exit 3" }, &e), -ECANCELED);
        assert_int_equal(e.cls, ERR_HOOK);
        assert_begins(e.text, "error running createRuntime hook #2: '/bin/sh' exited with status 3 after ");
        assert_non_null(strstr(e.text, " ms (arguments: 'sh' '-c' 'echo OUT; echo WHY >&2; exit 3')"));
        assert_string_equal(e.output, "OUT\nWHY");
}

static void test_signal(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "ulimit -c 0; kill -ILL $$" }, &e), -ECANCELED);
        assert_begins(e.text, "error running createRuntime hook #2: '/bin/sh' was killed by SIGILL after ");
        assert_string_equal(e.output, "");
}

static void test_not_executable(void **state _unused_)
{
        static const char script[] = "#!/nonexistent/interpreter\n";
        char path[] = "/tmp/berth-hook-XXXXXX";
        struct err e;
        int fd;

        assert_int_equal(run(&(struct setup) { .path = "/nonexistent/hook" }, &e), -ENOENT);
        assert_string_equal(e.text, "error running createRuntime hook #2: '/nonexistent/hook' could not be executed: "
                                    "No such file or directory (ENOENT)");
        assert_string_equal(e.hint, "");
        assert_int_equal(run(&(struct setup) { .path = "/etc" }, &e), -EACCES);
        assert_int_equal(e.cls, ERR_HOOK);
        assert_non_null(strstr(e.hint, "noexec"));

        fd = mkstemp(path);
        assert_int_equal(write(fd, script, strlen(script)), strlen(script));
        fchmod(fd, 0700);
        close(fd);
        assert_int_equal(run(&(struct setup) { .path = path }, &e), -ENOENT);
        assert_non_null(strstr(e.hint, "interpreter"));
        unlink(path);
        assert_no_child_left();
}

static void test_timeout(void **state _unused_)
{
        uint64_t begin = now_msec();
        struct err e;

        /* The child in the background is killed with the group. */
        assert_int_equal(run(&(struct setup) { .script = "echo waiting; sleep 60 & sleep 60", .timeout_sec = 1 }, &e), -ETIMEDOUT);
        assert_in_range(now_msec() - begin, 1000, 30000);
        assert_begins(e.text, "error running createRuntime hook #2: '/bin/sh' did not end within its timeout of 1 s and was killed (arguments: ");
        assert_string_equal(e.output, "waiting");
        assert_no_child_left();
}

static void test_ignored_sigterm_and_closed_fds(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "trap '' TERM; exec <&- >&- 2>&-; while :; do sleep 1; done",
                                               .timeout_sec = 1 }, &e), -ETIMEDOUT);
        assert_no_child_left();
}

/* The input is larger than any pipe. */
static void test_never_reads(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "exit 0", .repeat_input_bytes = 3 << 20 }, &e), 0);
        assert_int_equal(run(&(struct setup) { .script = "sleep 60", .repeat_input_bytes = 3 << 20, .timeout_sec = 1 }, &e), -ETIMEDOUT);
}

/* In init of `run` all signals are blocked, and come in the end to the program. */
static void test_leaves_no_sigpipe(void **state _unused_)
{
        struct err e = ERR_INIT;
        sigset_t pipe_set, pending, mask;

        sigemptyset(&pipe_set);
        sigaddset(&pipe_set, SIGPIPE);
        sigprocmask(SIG_BLOCK, &pipe_set, &mask);
        assert_int_equal(run(&(struct setup) { .script = "exit 0", .repeat_input_bytes = 3 << 20 }, &e), 0);
        sigpending(&pending);
        assert_false(sigismember(&pending, SIGPIPE));
        sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void test_closes_input_early(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "exec <&-; sleep 0.1", .repeat_input_bytes = 3 << 20 }, &e), 0);
        assert_int_equal(run(&(struct setup) { .script = "head -c 10 >/dev/null", .repeat_input_bytes = 3 << 20 }, &e), 0);
}

/* Both ways at once: it echoes the whole input while we still write it. */
static void test_reads_and_writes_all(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "cat; echo; echo END; exit 1", .repeat_input_bytes = 3 << 20 }, &e), -ECANCELED);
        assert_int_equal(strlen(e.output), SYS_HOOK_OUTPUT_BYTES - 1 - strlen("\n"));
        assert_string_equal(e.output + strlen(e.output) - strlen("xx\nEND"), "xx\nEND");
}

static void test_writes_without_end(void **state _unused_)
{
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "while :; do echo yyyyyyy; done", .timeout_sec = 1 }, &e), -ETIMEDOUT);
        assert_non_null(strstr(e.output, "yyyyyyy\nyyyyyyy\n"));
}

/* TEXT is a pid: 0 or nothing, which kill(2) takes for our own process group, is a failure of the test. */
static void kill_named(const char *text)
{
        long pid = strtol(text, NULL, 10);

        assert_true(pid > 1);
        kill((pid_t) pid, SIGKILL);
}

/* Daemons that keep our pipe, one silent and one that wrote a lot; their pid is the last line of the output. */
static void test_daemon_holds_output(void **state _unused_)
{
        static const char *const daemons[] = {
                "trap '' HUP; sleep 60 & echo $!; exit 4",
                "yes & sleep 0.1; kill -STOP $!; until grep -q '^State:.T' /proc/$!/status; do :; done; echo; echo $!; exit 4",
        };

        for (size_t i = 0; i < ARRAY_SIZE(daemons); i++) {
                uint64_t begin = now_msec();
                const char *last;
                struct err e;

                assert_int_equal(run(&(struct setup) { .script = daemons[i] }, &e), -ECANCELED);
                assert_in_range(now_msec() - begin, 0, 30000);
                last = strrchr(e.output, '\n');
                kill_named(last ? last + 1 : e.output);
        }
}

/* Output that never ends, from a daemon that lives on: what was written before the hook's end is enough. */
static void test_daemon_floods_output(void **state _unused_)
{
        char path[] = "/tmp/berth-hook-XXXXXX", script[128];
        int fd = mkstemp(path);
        uint64_t begin = now_msec();
        char pid[16] = "";
        struct err e;

        snprintf(script, sizeof script, "yes & echo $! >%s; sleep 0.1; exit 4", path);
        assert_int_equal(run(&(struct setup) { .script = script }, &e), -ECANCELED);
        assert_in_range(now_msec() - begin, 0, 30000);
        assert_true(read(fd, pid, sizeof pid - 1) > 0);
        kill_named(pid);
        close(fd);
        unlink(path);
}

static void test_environment(void **state _unused_)
{
        char *env[] = { (char *) "A=1", (char *) "B=two words", NULL };
        struct err e;

        setenv("BERTH_TEST_LEAK", "1", 1);
        assert_int_equal(run(&(struct setup) { .script = "tr '\\0' '\\n' </proc/self/environ | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=; exit 1" }, &e), -ECANCELED);
        assert_string_equal(e.output, "");
        assert_int_equal(run(&(struct setup) { .script = "echo \"$A/$B/$BERTH_TEST_LEAK\"; exit 1", .envp = env }, &e), -ECANCELED);
        assert_string_equal(e.output, "1/two words/");
}

static void test_fds_signals_session(void **state _unused_)
{
        int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, as --preserve-fds has them */
        struct sigaction ignore = { .sa_handler = SIG_IGN }, saved_pipe, saved_hup;
        sigset_t block, saved;
        struct err e;

        sigaction(SIGPIPE, &ignore, &saved_pipe);
        sigaction(SIGHUP, &ignore, &saved_hup);
        sigemptyset(&block);
        sigaddset(&block, SIGTERM);
        sigprocmask(SIG_BLOCK, &block, &saved);
        assert_int_equal(run(&(struct setup) { .script = "for f in /proc/$$/fd/*; do [ ! -e $f ] || echo ${f##*/}; done;"
                                                         "grep -E '^Sig(Blk|Ign)' /proc/self/status;" /* the shell blocks signals while it forks */
                                                         "set -- $(sed 's/.*) //' /proc/$$/stat);"
                                                         "test $3 = $$ && test $4 = $$ && echo leader; exit 1" }, &e), -ECANCELED);
        sigaction(SIGPIPE, &saved_pipe, NULL);
        sigaction(SIGHUP, &saved_hup, NULL);
        sigprocmask(SIG_SETMASK, &saved, NULL);
        close(leak);
        /* 32 and 33 are the C library's own: it lets nobody reset them, and some callers leave them ignored. */
        char *internal = strstr(e.output, "SigIgn:\t0000000180000000");
        if (internal)
                memcpy(internal, "SigIgn:\t0000000000000000", strlen("SigIgn:\t0000000000000000"));
        assert_string_equal(e.output, "0\n1\n2\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nleader");
}

/* What the caller had stays as it was, and no SIGPIPE is left to strike later. */
static void test_callers_signals(void **state _unused_)
{
        struct sigaction ignore = { .sa_handler = SIG_IGN }, by_default = { .sa_handler = SIG_DFL }, now;
        sigset_t before, after, pending;
        struct err e;

        sigaction(SIGCHLD, &ignore, NULL);
        sigprocmask(SIG_SETMASK, NULL, &before);
        assert_int_equal(run(&(struct setup) { .script = "exec <&-; sleep 0.1; exit 5", .repeat_input_bytes = 1 << 20 }, &e), -ECANCELED);
        assert_begins(e.text, "error running createRuntime hook #2: '/bin/sh' exited with status 5");
        sigprocmask(SIG_SETMASK, NULL, &after);
        sigpending(&pending);
        sigaction(SIGCHLD, NULL, &now);
        sigaction(SIGCHLD, &by_default, NULL);
        for (int sig = 1; sig < NSIG; sig++)
                assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
        assert_false(sigismember(&pending, SIGPIPE));
        assert_ptr_equal(now.sa_handler, SIG_IGN);
}

static void test_redirected(void **state _unused_)
{
        char path[] = "/tmp/berth-hook-XXXXXX", text[32] = "";
        int fd = mkostemp(path, O_CLOEXEC);
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "echo out; echo err >&2; exit 1", .stdout_fd = fd }, &e), -ECANCELED);
        assert_string_equal(e.output, "err");
        assert_int_equal(pread(fd, text, sizeof text - 1, 0), 4);
        assert_string_equal(text, "out\n");
        close(fd);
        unlink(path);
}

/* Escape sequences of a hook must not reach the terminal of whoever reads the error. */
static void test_output_is_harmless(void **state _unused_)
{
        char report[1024];
        struct err e;

        assert_int_equal(run(&(struct setup) { .script = "printf 'a\\033[31mb\\nhint: no\\n'; exit 1" }, &e), -ECANCELED);
        assert_string_equal(e.output, "a?[31mb\nhint: no");
        err_format(&e, "create 'c'", report, sizeof report);
        assert_non_null(strstr(report, "\n  output:\n    | a?[31mb\n    | hint: no"));
}

static void test_long_arguments(void **state _unused_)
{
        char script[600];
        struct err e;

        memset(script, 'a', sizeof script);
        memcpy(script, "exit 1; ", 8);
        script[sizeof script - 1] = '\0';
        assert_int_equal(run(&(struct setup) { .script = script }, &e), -ECANCELED);
        assert_non_null(strstr(e.text, "aaa...)"));
}

/* ---- told beforehand, told meanwhile --------------------------------------------------------------------------- */

struct told {
        const char *marker; /* must not be there before .started has returned */
        pid_t pid;
        int answer;
        size_t n_output;
        char begin[8];
};

static int note_start(void *arg, pid_t pid, struct err *e)
{
        struct told *t = arg;

        t->pid = pid;
        assert_int_equal(access(t->marker, F_OK), -1);
        return t->answer < 0 ? err_set(e, ERR_HOST, -t->answer, "not this one") : 0;
}

static void note_output(void *arg, const char *bytes, size_t n)
{
        struct told *t = arg;

        for (size_t i = 0; i < n; i++, t->n_output++)
                if (t->n_output < sizeof t->begin - 1)
                        t->begin[t->n_output] = bytes[i];
}

static int run_told(struct told *t, const char *script, int *ret_status, struct err *e)
{
        char *argv[] = { (char *) "sh", (char *) "-c", (char *) script, (char *) t->marker, NULL }, *no_env[] = { NULL };
        struct sys_hook hook = SYS_HOOK_INIT;

        *e = ERR_INIT;
        hook.phase = "stop";
        hook.path = "/bin/sh";
        hook.argv = argv;
        hook.envp = no_env;
        hook.started = note_start;
        hook.output = note_output;
        hook.arg = t;
        hook.ret_wait_status = ret_status;
        return sys_hook_run(&hook, e);
}

static void test_told(void **state _unused_)
{
        char directory[] = "/tmp/berth-told-XXXXXX", marker[64];
        struct told t = { .marker = marker };
        int status = -1;
        struct err e;

        assert_non_null(mkdtemp(directory));
        snprintf(marker, sizeof marker, "%s/m", directory);
        /* It may not even begin when it must not; nobody is left. */
        t.answer = -EPERM;
        assert_int_equal(run_told(&t, "touch $0", &status, &e), -EPERM);
        assert_string_equal(e.text, "not this one");
        assert_int_equal(access(marker, F_OK), -1);
        assert_int_equal(status, -1);
        assert_no_child_left();
        /* All of its output is passed on, though only the end is kept; it leads its own session. */
        t.answer = 0;
        assert_int_equal(run_told(&t, "touch $0; printf 'BEGIN'; head -c 1000000 /dev/zero; exit 7", &status, &e), -ECANCELED);
        assert_string_equal(t.begin, "BEGIN");
        assert_int_equal(t.n_output, 1000005);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        assert_int_equal(access(marker, F_OK), 0);
        unlink(marker);
        assert_int_equal(run_told(&t, "test \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$", &status, &e), 0);
        rmdir(directory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_success),
                cmocka_unit_test(test_exit_code),
                cmocka_unit_test(test_signal),
                cmocka_unit_test(test_not_executable),
                cmocka_unit_test(test_timeout),
                cmocka_unit_test(test_ignored_sigterm_and_closed_fds),
                cmocka_unit_test(test_never_reads),
                cmocka_unit_test(test_leaves_no_sigpipe),
                cmocka_unit_test(test_closes_input_early),
                cmocka_unit_test(test_reads_and_writes_all),
                cmocka_unit_test(test_writes_without_end),
                cmocka_unit_test(test_daemon_holds_output),
                cmocka_unit_test(test_daemon_floods_output),
                cmocka_unit_test(test_environment),
                cmocka_unit_test(test_fds_signals_session),
                cmocka_unit_test(test_callers_signals),
                cmocka_unit_test(test_redirected),
                cmocka_unit_test(test_output_is_harmless),
                cmocka_unit_test(test_long_arguments),
                cmocka_unit_test(test_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
