/* SPDX-License-Identifier: Apache-2.0 */
/* plan/process.c, plan/caps.c, plan/env.c, plan/net.c: from a config to rows, shown as `berth plan` shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"
#include "json/tree.h"
#include "parse.h"
#include "plan/caps.h"
#include "plan/env.h"
#include "plan/net.h"
#include "plan/ns.h"
#include "plan/process.h"
#include "str.h"

#define ALL_BUT_SYS_RESOURCE (UINT64_C(0x1ffffffffff) & ~(UINT64_C(1) << 24))

static const struct host host_default = { .bounding_caps = ALL_BUT_SYS_RESOURCE, .last_cap = 40, .nr_open = 1048576 };

struct bench {
        struct arena *arena;
        struct plan plan;
        struct planner planner;
        struct err e;
};

static void bench_open(struct bench *b, const char *config, const struct host *host, const struct plan_request *request)
{
        struct oci_spec *spec;
        struct faults faults;

        b->e = ERR_INIT;
        b->arena = arena_new();
        assert_non_null(b->arena);
        faults = (struct faults) { .arena = b->arena, .file = "config.json" };
        if (oci_spec_parse(b->arena, config, strlen(config), &faults, &spec, &b->e) < 0)
                fail_msg("%s", b->e.text);
        if (faults.n_errors > 0)
                fail_msg("%s", faults.items[0].text);
        b->plan = (struct plan) { .spec = spec, .host = host, .request = request, .config_name = "config.json" };
        plan_decide_ns(&b->plan);
        b->planner = (struct planner) { .arena = b->arena, .plan = &b->plan };
}

static void bench_close(struct bench *b) { arena_free(b->arena); }

/* "context step arguments @origin" a line. */
static void show(const struct bench *b, struct strbuf *out)
{
        char text[128];

        for (size_t i = 0; i < b->planner.n_steps; i++) {
                const struct step *s = &b->planner.steps[i];

                strbuf_printf(out, "%s %s ", plan_ctx_name(s->ctx), plan_step_name(s, text, sizeof text));
                if (s->op == PLAN_LOOPBACK_UP || s->op == PLAN_NETDEV_MOVE || s->op == PLAN_RDT_ASSIGN)
                        plan_net_describe(s, out);
                else
                        plan_process_describe(s, out);
                if (s->origin) {
                        json_pointer(s->origin, text, sizeof text);
                        strbuf_printf(out, " @%s", text);
                }
                strbuf_addc(out, '\n');
        }
        for (size_t i = 0; i < b->plan.warnings.n; i++)
                strbuf_printf(out, "warning: %s\n", b->plan.warnings.items[i]);
        strbuf_adds(out, "");
        assert_false(out->failed);
}

static int add_all(struct bench *b)
{
        int (*const add[])(struct planner *, struct err *) = {
                plan_add_process_score,  plan_add_net_parent,   plan_add_net_init,     plan_add_process_early, plan_add_process_cwd,
                plan_add_process_limits, plan_add_process_user, plan_add_process_limits_parent,
                plan_add_process_exec,
        };

        for (size_t i = 0; i < ARRAY_SIZE(add); i++) {
                int r = add[i](&b->planner, &b->e);

                if (r < 0)
                        return r;
        }
        return 0;
}

#define HEAD "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
#define NO_USER "\"uid\":0,\"gid\":0"
#define ENV "\"env\":[\"PATH=/bin\",\"HOME=/h\"],"
#define NS(list) "\"linux\":{\"namespaces\":[" list "]}}"

static const struct plan_request plain = { .id = "web1", .bundle = "/b", .no_new_keyring = true };
static const struct plan_request rich = { .id = "web1", .bundle = "/b", .listen_fds = 2, .preserve_fds = 1, .notify_dir = "/run/n" };

static const struct {
        const char *name, *config, *rows;
        const struct plan_request *request;
} cases[] = {
        { "the least process",
          HEAD "\"process\":{\"user\":{" NO_USER "},\"cwd\":\"/\"," ENV "\"args\":[\"sh\",\"-c\",\"x\"]}," NS(""),
          "init fds.cloexec from 3 on\n"
          "init affinity.reset all CPUs of the cgroup\n"
          "init cwd.set '/' @/process/cwd\n"
          "init caps.bound keep none\n"
          "init user.set 0:0 @/process/user\n"
          "init caps.set effective,permitted=none\n"
          "init exec.resolve 'sh' @/process/args\n"
          "init exec 'sh' '-c' 'x' (2 env) @/process/args\n",
          &plain },
        { "no process: nothing but what is the container's", HEAD "\"hostname\":\"h\"," NS("{\"type\":\"uts\"},{\"type\":\"network\"}"),
          "init loopback.up lo\n"
          "init hostname.set 'h' @/hostname\n",
          &plain },
        { "another user: keyring, home, cwd in two tries, inherited fds",
          HEAD "\"process\":{\"user\":{\"uid\":1000,\"gid\":100,\"umask\":63,\"additionalGids\":[5,6]},\"cwd\":\"/srv\","
               "\"env\":[\"A=1\",\"HOME=\",\"A=2\"],\"args\":[\"/x\"],\"noNewPrivileges\":true,\"oomScoreAdj\":-5}," NS("{\"type\":\"pid\"}"),
          "parent oom-score.set -5 @/process/oomScoreAdj\n"
          "init keyring.join '_ses.web1'\n"
          "init cwd.create '/srv' @/process/cwd\n"
          "init fds.cloexec from 6 on\n"
          "init affinity.reset all CPUs of the cgroup\n"
          "init home.lookup \n"
          "init cwd.set '/srv' @/process/cwd\n"
          "init caps.bound keep none\n"
          "init user.set 1000:100 groups 5,6 umask 0077 @/process/user\n"
          "init cwd.set '/srv' as the user, if not yet @/process/cwd\n"
          "init caps.set effective,permitted=none\n"
          "init nnp.set  @/process/noNewPrivileges\n"
          "init exec.resolve '/x' @/process/args\n"
          "init exec '/x' (4 env) @/process/args\n",
          &rich },
        { "limits and scheduling, in init",
          HEAD "\"process\":{\"user\":{" NO_USER "},\"cwd\":\"/\"," ENV "\"args\":[\"a\"],"
               "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":10,\"hard\":20},{\"type\":\"RLIMIT_CORE\",\"soft\":18446744073709551615,"
               "\"hard\":18446744073709551615}],\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":3,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]},"
               "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":4}},"
               "\"linux\":{\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-1\",\"flags\":[\"MPOL_F_STATIC_NODES\"]},"
               "\"personality\":{\"domain\":\"LINUX32\"}}}",
          "init fds.cloexec from 3 on\n"
          "init affinity.reset all CPUs of the cgroup\n"
          "init rlimit.set RLIMIT_NOFILE 10:20 @/process/rlimits/0\n"
          "init rlimit.set RLIMIT_CORE unlimited:unlimited @/process/rlimits/1\n"
          "init scheduler.set SCHED_FIFO priority 3 SCHED_FLAG_RESET_ON_FORK @/process/scheduler\n"
          "init ioprio.set IOPRIO_CLASS_BE 4 @/process/ioPriority\n"
          "init mempolicy.set MPOL_BIND 0-1 MPOL_F_STATIC_NODES @/linux/memoryPolicy\n"
          "init personality.set LINUX32 @/linux/personality\n"
          "init cwd.set '/' @/process/cwd\n"
          "init caps.bound keep none\n"
          "init user.set 0:0 @/process/user\n"
          "init caps.set effective,permitted=none\n"
          "init exec.resolve 'a' @/process/args\n"
          "init exec 'a' (2 env) @/process/args\n",
          &plain },
        { "in a user namespace the runtime sets what only it may",
          HEAD "\"process\":{\"user\":{" NO_USER "},\"cwd\":\"/\"," ENV "\"args\":[\"a\"],"
               "\"rlimits\":[{\"type\":\"RLIMIT_NPROC\",\"soft\":1,\"hard\":2}],\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1,"
               "\"deadline\":2,\"period\":3},\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":0},"
               "\"capabilities\":{\"bounding\":[\"CAP_SYS_RESOURCE\"],\"permitted\":[\"CAP_SYS_RESOURCE\"]}},"
               "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":9}],"
               "\"gidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":9}]}}",
          "init fds.cloexec from 3 on\n"
          "init affinity.reset all CPUs of the cgroup\n"
          "init cwd.set '/' @/process/cwd\n"
          "init caps.bound keep sys_resource @/process/capabilities\n"
          "init user.set 0:0 @/process/user\n"
          "init caps.set effective=none permitted=sys_resource @/process/capabilities\n"
          "init exec.resolve 'a' @/process/args\n"
          "parent rlimit.set RLIMIT_NPROC 1:2 @/process/rlimits/0\n"
          "parent scheduler.set SCHED_DEADLINE 1/2/3 ns @/process/scheduler\n"
          "parent ioprio.set IOPRIO_CLASS_RT 0 @/process/ioPriority\n"
          "init exec 'a' (2 env) @/process/args\n",
          &plain },
        { "capabilities are cut to what can be granted, with one warning",
          HEAD "\"annotations\":{\"run.oci.keep_original_groups\":\"1\"},\"process\":{\"user\":{" NO_USER ",\"additionalGids\":[7]},\"cwd\":\"/\"," ENV
               "\"args\":[\"a\"],\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_SYS_RESOURCE\"],\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"],"
               "\"effective\":[\"CAP_KILL\",\"CAP_SYS_RESOURCE\",\"CAP_NO_SUCH\"],\"inheritable\":[\"CAP_KILL\",\"CAP_CHOWN\"],"
               "\"ambient\":[\"CAP_KILL\",\"CAP_CHOWN\",\"CAP_FOWNER\"]}}," NS(""),
          "init fds.cloexec from 3 on\n"
          "init affinity.reset all CPUs of the cgroup\n"
          "init cwd.set '/' @/process/cwd\n"
          "init caps.bound keep kill @/process/capabilities\n"
          "init user.set 0:0 groups kept @/process/user\n"
          "init caps.set effective=kill permitted=chown,kill inheritable=kill ambient=kill @/process/capabilities\n"
          "init exec.resolve 'a' @/process/args\n"
          "init exec 'a' (2 env) @/process/args\n"
          "warning: capabilities that cannot be granted were left out: CAP_SYS_RESOURCE (not in the runtime's bounding set)\n",
          &plain },
        { "sysctls in both styles, names, devices",
          HEAD "\"hostname\":\"h\",\"domainname\":\"d\",\"linux\":{\"namespaces\":[{\"type\":\"uts\"},{\"type\":\"network\",\"path\":\"/n\"}],"
               "\"sysctl\":{\"net.ipv4.conf.eth0/1.mtu\":\"9\",\"net/core/somaxconn\":\"1 2\"},"
               "\"netDevices\":{\"veth0\":{\"name\":\"eth%d\"},\"veth1\":{}}}}",
          "parent netdev.move 'veth0' -> 'eth%d' @/linux/netDevices/veth0\n"
          "parent netdev.move 'veth1' -> 'veth1' @/linux/netDevices/veth1\n"
          "init hostname.set 'h' @/hostname\n"
          "init domainname.set 'd' @/domainname\n"
          "init sysctl.set net.ipv4.conf.eth0/1.mtu=9 @/linux/sysctl/net.ipv4.conf.eth0~11.mtu\n"
          "init sysctl.set net/core/somaxconn=1 2 @/linux/sysctl/net~1core~1somaxconn\n",
          &plain },
};

static void test_rows(void **state _unused_)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(strbuf_done) struct strbuf text = { 0 };
                struct bench b;

                bench_open(&b, cases[i].config, &host_default, cases[i].request);
                if (add_all(&b) < 0)
                        fail_msg("%s: %s", cases[i].name, b.e.text);
                show(&b, &text);
                if (!streq(text.text ? text.text : "", cases[i].rows))
                        fail_msg("%s: expected\n%sgot\n%s", cases[i].name, cases[i].rows, text.text);
                bench_close(&b);
        }
}

static void test_exec_arguments(void **state _unused_)
{
        static const char config[] = HEAD "\"process\":{\"user\":{" NO_USER "},\"cwd\":\"/\",\"env\":[\"A=1\",\"B=2\",\"A=3\",\"odd\","
                                          "\"NOTIFY_SOCKET=/mine\"],\"args\":[\"a\",\"b\"]}," NS("");
        const struct step_exec *x;
        struct bench b;

        bench_open(&b, config, &host_default, &rich);
        assert_int_equal(add_all(&b), 0);
        x = b.planner.steps[b.planner.n_steps - 1].u.exec;
        assert_string_equal(x->argv[1], "b");
        assert_null(x->argv[2]);
        assert_int_equal(x->n_env, 5); /* the config's own NOTIFY_SOCKET stays */
        assert_string_equal(x->env[0], "B=2");
        assert_string_equal(x->env[1], "A=3");
        assert_string_equal(x->env[2], "odd");
        assert_string_equal(x->env[3], "NOTIFY_SOCKET=/mine");
        assert_string_equal(x->env[4], "LISTEN_FDS=2");
        assert_null(x->env[5]);
        assert_true(x->needs_home);
        assert_true(x->needs_listen_pid);
        assert_string_equal(x->search, "/bin:/usr/bin");
        bench_close(&b);
}

/* Where others may share the pid namespace, init hides; alone in a user namespace's own it must not. */
static void test_hiding(void **state _unused_)
{
        static const struct { const char *ns; bool hide; } rows[] = {
                { "{\"type\":\"pid\"}", true },
                { "{\"type\":\"user\"},{\"type\":\"pid\"}", false },
                { "{\"type\":\"user\"},{\"type\":\"pid\",\"path\":\"/p\"}", true },
                { "{\"type\":\"user\"}", true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char config[512];
                struct bench b;
                bool seen = false;

                snprintf(config, sizeof config, HEAD "\"process\":{\"user\":{" NO_USER "},\"cwd\":\"/\",\"args\":[\"a\"]}," NS("%s"),
                         rows[i].ns);
                bench_open(&b, config, &host_default, &plain);
                assert_int_equal(add_all(&b), 0);
                for (size_t j = 0; j < b.planner.n_steps; j++)
                        if (b.planner.steps[j].op == PLAN_CAPS_SET) {
                                assert_int_equal(b.planner.steps[j].u.caps->hide, rows[i].hide);
                                seen = true;
                        }
                assert_true(seen);
                bench_close(&b);
        }
}

static void test_old_kernel_capabilities(void **state _unused_)
{
        static const char config[] = HEAD "\"process\":{\"user\":{" NO_USER "},\"cwd\":\"/\",\"args\":[\"a\"],\"capabilities\":{"
                                          "\"bounding\":[\"CAP_BPF\",\"CAP_KILL\"]}}," NS("");
        static const struct host old = { .bounding_caps = UINT64_MAX, .last_cap = 37 };
        struct bench b;

        bench_open(&b, config, &old, &plain);
        assert_int_equal(add_all(&b), 0);
        assert_int_equal(b.plan.warnings.n, 1);
        assert_string_equal(b.plan.warnings.items[0], "capabilities that cannot be granted were left out: CAP_BPF (unknown to this kernel)");
        bench_close(&b);
}

static void test_mempolicy_mask(void **state _unused_)
{
        static const char config[] = HEAD "\"linux\":{\"memoryPolicy\":{\"mode\":\"MPOL_INTERLEAVE\",\"nodes\":\"0,3,64\"}}}";
        const struct step_mempolicy *m;
        struct bench b;

        bench_open(&b, config, &host_default, &plain);
        assert_int_equal(add_all(&b), 0);
        assert_int_equal(b.planner.n_steps, 1);
        m = b.planner.steps[0].u.mempolicy;
        assert_int_equal(m->max_node, 66);
        assert_int_equal(m->nodes[0], 0x9);
        if (sizeof(unsigned long) == 8)
                assert_int_equal(m->nodes[1], 1);
        bench_close(&b);
}

static const char rdt_config[] = HEAD "\"linux\":{\"intelRdt\":{%s}}}";

static void test_rdt(void **state _unused_)
{
        static const struct host with = { .resctrl = "/r" };
        static const struct { const char *rdt, *row; } rows[] = {
                { "\"l3CacheSchema\":\"L3:0=f\"", "parent rdt.assign '/r/web1' L3:0=f @/linux/intelRdt\n" },
                { "\"closID\":\"/\",\"enableMonitoring\":true", "parent rdt.assign '/r' monitor '/r/mon_groups/web1' @/linux/intelRdt\n" },
                { "\"closID\":\"gold\",\"memBwSchema\":\"MB:0=20\",\"schemata\":[\"L2:0=1\",\"L2:1=1\"],\"enableMonitoring\":true",
                  "parent rdt.assign '/r/gold' MB:0=20 L2:0=1 L2:1=1 monitor '/r/gold/mon_groups/web1' @/linux/intelRdt\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(strbuf_done) struct strbuf text = { 0 };
                char config[512];
                struct bench b;

                snprintf(config, sizeof config, rdt_config, rows[i].rdt);
                bench_open(&b, config, &with, &plain);
                assert_int_equal(add_all(&b), 0);
                show(&b, &text);
                assert_string_equal(text.text, rows[i].row);
                assert_int_equal(b.planner.steps[0].u.rdt->own, i == 0);
                bench_close(&b);
        }
}

static void test_rdt_is_not_mounted(void **state _unused_)
{
        char config[256];
        struct bench b;

        snprintf(config, sizeof config, rdt_config, "");
        bench_open(&b, config, &host_default, &plain);
        assert_int_equal(add_all(&b), -ENOTSUP);
        assert_string_equal(b.e.text, "intelRdt needs a resctrl file system, and none is mounted");
        bench_close(&b);
}

/* Against the obvious quadratic way to do it. */
static void test_env_merge_large(void **state _unused_)
{
        enum { N = 3000, KEYS = 700 };
        struct arena *arena = arena_new();
        const char **items = arena_alloc_array(arena, N, sizeof *items);
        const oci_strings base = { items, N }, none = { NULL, 0 };
        const char *const *env;
        size_t n, at = 0;

        for (unsigned i = 0; i < N; i++)
                items[i] = arena_printf(arena, "K%u=%u", (i * 7919u) % KEYS, i);
        assert_int_equal(plan_env_merge(arena, &base, &none, &env, &n), 0);
        for (size_t i = 0; i < N; i++) {
                size_t len = strcspn(items[i], "=") + 1;
                bool later = false;

                for (size_t j = i + 1; j < N && !later; j++)
                        later = strncmp(items[i], items[j], len) == 0;
                if (!later)
                        assert_ptr_equal(env[at++], items[i]);
        }
        assert_int_equal(at, n);
        assert_int_equal(n, KEYS);
        assert_null(env[n]);
        arena_free(arena);
}

static void test_env_get(void **state _unused_)
{
        static const char *const env[] = { "PATHX=1", "PATH", "PATH=/a=b", NULL };

        assert_string_equal(plan_env_get(env, "PATH"), "/a=b");
        assert_null(plan_env_get(env, "HOME"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_exec_arguments),
                cmocka_unit_test(test_hiding),
                cmocka_unit_test(test_old_kernel_capabilities),
                cmocka_unit_test(test_mempolicy_mask),
                cmocka_unit_test(test_rdt),
                cmocka_unit_test(test_rdt_is_not_mounted),
                cmocka_unit_test(test_env_merge_large),
                cmocka_unit_test(test_env_get),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
