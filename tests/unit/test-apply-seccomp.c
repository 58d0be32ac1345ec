/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp.compile, load and notify over a real socket pair and a real listener, without the rest of a create. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "names.h"
#include "plan/seccomp.h"
#include "run/apply-seccomp.h"

/* A run with one seccomp row, its two ends in one process until somebody forks. */
struct world {
        struct oci_spec spec;
        struct oci_linux linux_;
        struct oci_seccomp profile;
        struct oci_seccomp_rule rules[2];
        struct plan_request request;
        struct plan plan;
        struct step_seccomp s;
        struct step step;
        struct run run;
        char warning[512];
};

static void keep_warning(void *arg, const char *text) { snprintf(arg, sizeof((struct world *) 0)->warning, "%s", text); }

static void world_init(struct world *w)
{
        int ends[2];

        memset(w, 0, sizeof *w);
        w->profile.default_action = (struct opt_enum) { true, OCI_SECCOMP_ALLOW };
        w->profile.syscalls.items = w->rules;
        w->linux_.seccomp = &w->profile;
        w->spec = (struct oci_spec) { .oci_version = "1.2.0", .linux_ = &w->linux_ };
        w->request = (struct plan_request) { .id = "c1", .bundle = "/b" };
        w->plan = (struct plan) { .spec = &w->spec, .request = &w->request };
        w->s = (struct step_seccomp) { .profile = &w->profile };
        w->step.u.seccomp = &w->s;
        w->run = RUN_INIT;
        w->run.plan = &w->plan;
        w->run.ctx = PLAN_PARENT;
        w->run.shared = mmap(NULL, sizeof *w->run.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        w->run.listener.warn = keep_warning;
        w->run.listener.arg = w->warning;
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        w->run.sync_fd = ends[0];
        w->run.peer_fd = ends[1];
}

static void world_done(struct world *w) { run_done(&w->run); }

static void add_rule(struct world *w, const char **names, size_t n, int action)
{
        struct oci_seccomp_rule *rule = &w->rules[w->profile.syscalls.n++];

        rule->names.items = names;
        rule->names.n = n;
        rule->action = (struct opt_enum) { true, action };
}

static void test_process_state(void **state _unused_)
{
        struct oci_pair annotation = { "k", "v" };
        const struct oci_state s = { .oci_version = "1.0.2", .id = "oci-container1", .status = OCI_CREATING, .pid = 4422,
                                     .bundle = "/containers/redis", .annotations = { &annotation, 1 } };
        _cleanup_(strbuf_done) struct strbuf with = { 0 }, without = { 0 };

        seccomp_process_state_write(&s, 4422, "MKNOD=/dev/null;\"x\"", &with);
        assert_string_equal(with.text, "{\"ociVersion\":\"1.0.2\",\"fds\":[\"seccompFd\"],\"pid\":4422,"
                                       "\"metadata\":\"MKNOD=/dev/null;\\\"x\\\"\",\"state\":{\"ociVersion\":\"1.0.2\","
                                       "\"id\":\"oci-container1\",\"status\":\"creating\",\"pid\":4422,"
                                       "\"bundle\":\"/containers/redis\",\"annotations\":{\"k\":\"v\"}}}");
        seccomp_process_state_write(&s, 1, NULL, &without);
        assert_null(strstr(without.text, "metadata"));
}

static void test_compile(void **state _unused_)
{
        const char *names[] = { "chdir", "frobnicate" };
        struct err e = ERR_INIT;
        struct world w;

        world_init(&w);
        add_rule(&w, names, 2, OCI_SECCOMP_ERRNO);
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), 0);
        assert_true(w.run.shared->seccomp_insns > 0);
        assert_int_equal(w.run.shared->seccomp_flags, 0);
        assert_non_null(strstr(w.warning, "'frobnicate'"));
        world_done(&w);
}

static void test_execve_denied(void **state _unused_)
{
        const char *names[] = { "execve" };
        struct err e = ERR_INIT;
        struct world w;

        world_init(&w);
        add_rule(&w, names, 1, OCI_SECCOMP_ERRNO);
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), 0);
        assert_string_equal(w.warning, "the seccomp profile denies 'execve': the container's program cannot be started");
        world_done(&w);
}

static void test_flags(void **state _unused_)
{
        enum { UNKNOWN = 1U << 30 };
        struct err e = ERR_INIT;
        struct world w;

        world_init(&w);
        w.s.flags = 1U << 1 | 1U << 5; /* LOG, WAIT_KILLABLE_RECV: the second means nothing without a listener */
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), 0);
        assert_int_equal(w.run.shared->seccomp_flags, 1U << 1);
        w.s.notify = true;
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), 0);
        assert_int_equal(w.run.shared->seccomp_flags, 1U << 1 | 1U << 5 | 1U << 3);
        w.s.flags = 1U << 0; /* TSYNC, with a listener: TSYNC_ESRCH too */
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), 0);
        assert_int_equal(w.run.shared->seccomp_flags, 1U << 0 | 1U << 3 | 1U << 4);
        w.s.notify = false;
        w.s.flags = 0;
        w.s.default_flags = true;
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), 0);
        assert_int_equal(w.run.shared->seccomp_flags & ~(1U << 2), 0);
        world_done(&w);
}

static void test_no_way_to_hand_over(void **state _unused_)
{
        const char *names[] = { "sendmsg", "write" };
        struct err e = ERR_INIT;
        struct world w;

        world_init(&w);
        w.s.notify = true;
        add_rule(&w, names, 2, OCI_SECCOMP_NOTIFY);
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), -EINVAL);
        assert_non_null(strstr(e.text, "lets neither 'sendmsg' nor 'write' through"));
        world_done(&w);
}

/* init: loads, hands over, and then makes a call that only the agent can answer. */
static int init_side(struct world *w)
{
        struct err e = ERR_INIT;

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        safe_close(w->run.sync_fd);
        w->run.sync_fd = w->run.peer_fd;
        w->run.ctx = PLAN_INIT;
        if (init_apply_seccomp_load(&w->run, &w->step, &e) < 0)
                return 1;
        return syscall(SYS_chdir, "/") == 0 ? 2 : errno;
}

/* The agent: takes the fd and answers one chdir with ENOLINK. */
static int agent_side(int listen_fd)
{
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        int conn = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC), fd;
        char text[1024] = "";
        struct iovec part = { text, sizeof text - 1 };
        struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
        struct seccomp_notif request = { 0 };
        struct seccomp_notif_resp answer = { .error = -ENOLINK };

        if (recvmsg(conn, &msg, MSG_CMSG_CLOEXEC) <= 0 || !CMSG_FIRSTHDR(&msg) || !strstr(text, "\"id\":\"c1\""))
                return 1;
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof fd);
        do {
                memset(&request, 0, sizeof request);
                if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
                        return 2;
                answer.id = request.id;
                answer.flags = request.data.nr == SYS_chdir ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
                answer.error = request.data.nr == SYS_chdir ? -ENOLINK : 0;
                if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0)
                        return 3;
        } while (request.data.nr != SYS_chdir);
        return 0;
}

static void hand_over(const char **names, size_t n, bool by_number)
{
        struct sockaddr_un addr = { .sun_family = AF_UNIX };
        _cleanup_close_ int listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        char dir[] = "/tmp/berth-notify-XXXXXX";
        struct err e = ERR_INIT;
        int status, r;
        struct world w;
        pid_t agent;

        assert_non_null(mkdtemp(dir));
        snprintf(addr.sun_path, sizeof addr.sun_path, "%s/agent", dir);
        assert_int_equal(bind(listen_fd, (struct sockaddr *) &addr, sizeof addr), 0);
        assert_int_equal(listen(listen_fd, 1), 0);
        world_init(&w);
        w.s.notify = true;
        w.s.receiver = addr.sun_path;
        add_rule(&w, names, n, OCI_SECCOMP_NOTIFY);
        assert_int_equal(parent_apply_seccomp_compile(&w.run, &w.step, &e), 0);
        assert_int_equal(w.run.shared->seccomp_by_number, by_number);
        agent = fork();
        if (agent == 0)
                _exit(agent_side(listen_fd));
        w.run.init_pid = fork();
        if (w.run.init_pid == 0)
                _exit(init_side(&w));
        w.run.peer_fd = safe_close(w.run.peer_fd);
        r = parent_apply_seccomp_notify(&w.run, &w.step, &e);
        if (r < 0)
                fail_msg("%s", e.text);
        assert_int_equal(waitpid(w.run.init_pid, &status, 0), w.run.init_pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), ENOLINK);
        assert_int_equal(waitpid(agent, &status, 0), agent);
        assert_int_equal(status, 0);
        unlink(addr.sun_path);
        rmdir(dir);
        world_done(&w);
}

static void test_hand_over(void **state _unused_)
{
        const char *names[] = { "chdir", "close", "write" };

        hand_over(names, ARRAY_SIZE(names), false);
}

/* A profile that notifies of sendmsg, as those for rootless networking do. */
static void test_hand_over_by_number(void **state _unused_)
{
        const char *names[] = { "chdir", "sendmsg", "close" };

        hand_over(names, ARRAY_SIZE(names), true);
}

static void test_init_dies(void **state _unused_)
{
        struct err e = ERR_INIT;
        struct world w;

        world_init(&w);
        w.run.peer_fd = safe_close(w.run.peer_fd);
        assert_int_equal(parent_apply_seccomp_notify(&w.run, &w.step, &e), -EPIPE);
        assert_int_equal(e.cls, ERR_INTERNAL);
        world_done(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_process_state),
                cmocka_unit_test(test_compile),
                cmocka_unit_test(test_execve_denied),
                cmocka_unit_test(test_flags),
                cmocka_unit_test(test_no_way_to_hand_over),
                cmocka_unit_test(test_hand_over),
                cmocka_unit_test(test_hand_over_by_number),
                cmocka_unit_test(test_init_dies),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
