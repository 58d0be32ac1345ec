/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources → files and values, for the three kinds of host; the path; the conversions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cgroup-weight.h"
#include "parse.h"
#include "plan/cgroup.h"

static const struct host host_v1 = {
        .cgroup = HOST_CGROUP_V1,
        .v1 = { { "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/" }, { "cpuset", "/sys/fs/cgroup/cpuset", "/" },
                { "memory", "/sys/fs/cgroup/memory", "/" }, { "blkio", "/sys/fs/cgroup/blkio", "/" },
                { "pids", "/sys/fs/cgroup/pids", "/" }, { "hugetlb", "/sys/fs/cgroup/hugetlb", "/" },
                { "rdma", "/sys/fs/cgroup/rdma", "/" }, { "net_cls,net_prio", "/sys/fs/cgroup/net_cls,net_prio", "/" },
                { "devices", "/sys/fs/cgroup/devices", "/" }, { "freezer", "/sys/fs/cgroup/freezer", "/" } },
        .n_v1 = 10,
        .privileged = true,
};
static const struct host host_v2 = {
        .cgroup = HOST_CGROUP_V2,
        .v2_mount = "/sys/fs/cgroup",
        .v2_own = "/user.slice/session-1.scope",
        .v2_controllers = "cpuset cpu io memory hugetlb pids rdma misc",
        .privileged = true,
};
static const struct host host_hybrid = {
        .cgroup = HOST_CGROUP_HYBRID,
        .v1 = { { "cpu", "/sys/fs/cgroup/cpu", "/" }, { "memory", "/sys/fs/cgroup/memory", "/" },
                { "devices", "/sys/fs/cgroup/devices", "/" } },
        .n_v1 = 3,
        .v2_mount = "/sys/fs/cgroup/unified",
        .v2_own = "/",
        .v2_controllers = "hugetlb pids",
        .privileged = true,
};
static const struct host host_none = { .privileged = true };
static const struct host host_rootless = {
        .euid = 1000,
        .cgroup = HOST_CGROUP_V2,
        .v2_mount = "/sys/fs/cgroup",
        .v2_own = "/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope",
        .v2_controllers = "cpuset cpu io memory pids",
};

struct made {
        struct arena *arena;
        struct oci_spec spec;
        struct plan_request request;
        struct plan plan;
        struct planner p;
        struct strbuf out;
        struct err e;
        int r;
};

static void made_done(struct made *m)
{
        strbuf_done(&m->out);
        arena_free(m->arena);
}

static void make_begin(struct made *m, const struct host *host)
{
        struct oci_linux *lin;

        m->arena = arena_new();
        m->e = ERR_INIT;
        lin = arena_alloc(m->arena, sizeof *lin);
        m->spec = (struct oci_spec) { .linux_ = lin };
        m->request = (struct plan_request) { .id = "web1" };
        m->plan = (struct plan) { .spec = &m->spec, .host = host, .request = &m->request, .config_name = "config.json" };
        m->p = (struct planner) { .arena = m->arena, .plan = &m->plan };
}

static void parse_resources(struct made *m, const char *json)
{
        struct faults faults = { .arena = m->arena, .file = "config.json" };
        struct oci_resources *res;

        assert_int_equal(oci_resources_parse(m->arena, json, strlen(json), &faults, &res, &m->e), 0);
        assert_int_equal(faults.n_errors, 0);
        m->spec.linux_->resources = res;
}

static const char *where(const struct host *host, int h)
{
        return h == CGROUP_V2 ? "v2" : host->v1[h].controllers;
}

/* The settings as text: "hierarchy: file = value [origin]", a line each, then the warnings; or the error. */
static void make_settings(struct made *m, const struct host *host, const char *json)
{
        struct step_cgroup_set *settings = NULL;
        size_t n = 0;

        make_begin(m, host);
        parse_resources(m, json);
        m->r = plan_cgroup_settings(&m->p, m->spec.linux_->resources, &settings, &n, &m->e);
        for (size_t i = 0; i < n; i++) {
                struct step step = { .op = PLAN_CGROUP_SET, .u.cgroup_set = &settings[i] };
                char pointer[128] = "-";

                strbuf_printf(&m->out, "%s: ", where(host, settings[i].setting.hierarchy));
                plan_cgroup_describe(&step, &m->out);
                if (settings[i].origin)
                        json_pointer(settings[i].origin, pointer, sizeof pointer);
                strbuf_printf(&m->out, " %s\n", pointer);
        }
        for (size_t i = 0; i < m->plan.warnings.n; i++)
                strbuf_printf(&m->out, "warning: %s\n", m->plan.warnings.items[i]);
        if (m->r < 0)
                strbuf_printf(&m->out, "error: %s at %s\n", m->e.text, m->e.pointer);
}

struct row {
        const struct host *host;
        const char *json, *expected;
};

static const struct row rows[] = {
        /* memory */
        { &host_v2, "{\"memory\":{\"limit\":536870912,\"reservation\":268435456,\"swap\":805306368}}",
          "v2: memory.swap.max = 268435456 /memory/swap\n"
          "v2: memory.max = 536870912 /memory/limit\n"
          "v2: memory.low = 268435456 /memory/reservation\n" },
        { &host_v1, "{\"memory\":{\"limit\":536870912,\"reservation\":268435456,\"swap\":805306368}}",
          "memory: memory.limit_in_bytes = 536870912 /memory/limit\n"
          "memory: memory.memsw.limit_in_bytes = 805306368 /memory/swap\n"
          "memory: memory.soft_limit_in_bytes = 268435456 /memory/reservation\n" },
        { &host_v2, "{\"memory\":{\"limit\":1048576,\"swap\":1048576}}",
          "v2: memory.swap.max = 0 (if there) /memory/swap\n"
          "v2: memory.max = 1048576 /memory/limit\n" },
        { &host_v2, "{\"memory\":{\"limit\":-1}}",
          "v2: memory.swap.max = max (if there) /memory/limit\n"
          "v2: memory.max = max /memory/limit\n" },
        { &host_v1, "{\"memory\":{\"limit\":-1}}",
          "memory: memory.limit_in_bytes = -1 /memory/limit\n"
          "memory: memory.memsw.limit_in_bytes = -1 (if there) /memory/limit\n" },
        { &host_v2, "{\"memory\":{\"limit\":1048576,\"swap\":-1,\"reservation\":-1}}",
          "v2: memory.swap.max = max (if there) /memory/swap\n"
          "v2: memory.max = 1048576 /memory/limit\n"
          "v2: memory.low = max /memory/reservation\n" },
        { &host_v2, "{\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0}}", "" },
        { &host_v2, "{\"memory\":{\"limit\":1048576,\"checkBeforeUpdate\":true}}",
          "v2: memory.max = 1048576 (if above usage) /memory/limit\n" },
        { &host_v2, "{\"memory\":{\"limit\":2,\"swap\":1}}",
          "error: memory swap 1 is below the memory limit 2 at /memory/swap\n" },
        { &host_v1, "{\"memory\":{\"swap\":1}}", "error: memory swap 1 needs a memory limit at /memory/swap\n" },
        { &host_v2, "{\"memory\":{\"limit\":4096,\"swappiness\":10,\"disableOOMKiller\":true,\"kernel\":1,\"kernelTCP\":1,\"useHierarchy\":false}}",
          "v2: memory.max = 4096 /memory/limit\n"
          "warning: '/memory/kernel' is ignored: cgroup v2 has no such setting\n"
          "warning: '/memory/kernelTCP' is ignored: cgroup v2 has no such setting\n"
          "warning: '/memory/swappiness' is ignored: cgroup v2 has no such setting\n"
          "warning: '/memory/disableOOMKiller' is ignored: cgroup v2 has no such setting\n"
          "warning: '/memory/useHierarchy' is ignored: cgroup v2 accounts memory hierarchically, always\n" },
        { &host_v2, "{\"memory\":{\"disableOOMKiller\":false,\"kernel\":-1,\"kernelTCP\":-1,\"useHierarchy\":true}}", "" },
        { &host_v1, "{\"memory\":{\"swappiness\":0,\"disableOOMKiller\":true,\"kernel\":1,\"kernelTCP\":1,\"useHierarchy\":true}}",
          "memory: memory.swappiness = 0 /memory/swappiness\n"
          "memory: memory.oom_control = 1 /memory/disableOOMKiller\n"
          "memory: memory.use_hierarchy = 1 (if there) /memory/useHierarchy\n"
          "memory: memory.kmem.tcp.limit_in_bytes = 1 /memory/kernelTCP\n"
          "warning: '/memory/kernel' is ignored: the kernel has no separate limit for kernel memory any more\n" },
        { &host_v1, "{\"memory\":{\"useHierarchy\":false}}",
          "warning: '/memory/useHierarchy' is ignored: the kernel accounts memory hierarchically, always\n" },

        /* cpu */
        { &host_v2, "{\"cpu\":{\"shares\":1024,\"quota\":50000,\"period\":200000,\"burst\":1000,\"idle\":1}}",
          "v2: cpu.weight = 100 /cpu/shares\n"
          "v2: cpu.max = 50000 200000 /cpu/quota\n"
          "v2: cpu.max.burst = 1000 /cpu/burst\n"
          "v2: cpu.idle = 1 /cpu/idle\n" },
        { &host_v1, "{\"cpu\":{\"shares\":1024,\"quota\":50000,\"period\":200000,\"burst\":1000,\"idle\":1}}",
          "cpu,cpuacct: cpu.shares = 1024 /cpu/shares\n"
          "cpu,cpuacct: cpu.cfs_period_us = 200000 /cpu/period\n"
          "cpu,cpuacct: cpu.cfs_quota_us = 50000 /cpu/quota\n"
          "cpu,cpuacct: cpu.cfs_burst_us = 1000 /cpu/burst\n"
          "cpu,cpuacct: cpu.idle = 1 /cpu/idle\n" },
        { &host_v2, "{\"cpu\":{\"quota\":-1}}", "v2: cpu.max = max 100000 /cpu/quota\n" },
        { &host_v2, "{\"cpu\":{\"quota\":20000}}", "v2: cpu.max = 20000 100000 /cpu/quota\n" },
        { &host_v2, "{\"cpu\":{\"period\":50000}}", "v2: cpu.max = max 50000 /cpu/period\n" },
        { &host_v1, "{\"cpu\":{\"quota\":-1}}", "cpu,cpuacct: cpu.cfs_quota_us = -1 /cpu/quota\n" },
        { &host_v2, "{\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0}}", "" },
        { &host_v2, "{\"cpu\":{\"burst\":0,\"idle\":0}}",
          "v2: cpu.max.burst = 0 (if there) /cpu/burst\n"
          "v2: cpu.idle = 0 (if there) /cpu/idle\n" },
        { &host_v1, "{\"cpu\":{\"realtimePeriod\":1000000,\"realtimeRuntime\":950000}}",
          "cpu,cpuacct: cpu.rt_period_us = 1000000 /cpu/realtimePeriod\n"
          "cpu,cpuacct: cpu.rt_runtime_us = 950000 /cpu/realtimeRuntime\n" },
        { &host_v2, "{\"cpu\":{\"realtimePeriod\":1000000,\"realtimeRuntime\":950000}}",
          "warning: '/cpu/realtimePeriod' is ignored: cgroup v2 does not control realtime scheduling\n"
          "warning: '/cpu/realtimeRuntime' is ignored: cgroup v2 does not control realtime scheduling\n" },
        { &host_v2, "{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\"}}",
          "v2: cpuset.cpus = 0-1 /cpu/cpus\n"
          "v2: cpuset.mems = 0 /cpu/mems\n" },
        { &host_v1, "{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"\"}}", "cpuset: cpuset.cpus = 0-1 /cpu/cpus\n" },
        { &host_hybrid, "{\"cpu\":{\"cpus\":\"0\"}}",
          "error: a set of CPUs cannot be set: the host has no 'cpuset' controller at /cpu\n" },

        /* pids: 0 is a limit, -1 asks for nothing where there is nothing */
        { &host_v2, "{\"pids\":{\"limit\":0}}", "v2: pids.max = 0 /pids/limit\n" },
        { &host_v1, "{\"pids\":{\"limit\":-1}}", "pids: pids.max = max /pids/limit\n" },
        { &host_hybrid, "{\"pids\":{\"limit\":100}}", "v2: pids.max = 100 /pids/limit\n" },
        { &host_none, "{\"pids\":{\"limit\":-1},\"memory\":{\"limit\":-1},\"cpu\":{\"quota\":-1,\"burst\":0}}", "" },
        { &host_none, "{\"pids\":{\"limit\":1}}",
          "error: a limit of processes cannot be set: the host has no 'pids' controller at /pids\n" },
        { &host_none, "{\"memory\":{\"limit\":1}}",
          "error: a memory limit cannot be set: the host has no 'memory' controller at /memory\n" },

        /* block I/O */
        { &host_v2, "{\"blockIO\":{\"weight\":500,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10}]}}",
          "v2: io.bfq.weight = 500, or io.weight = 4950 /blockIO/weight\n"
          "v2: io.bfq.weight = 8:0 10, or io.weight = 8:0 1 /blockIO/weightDevice/0\n" },
        { &host_v1, "{\"blockIO\":{\"weight\":500,\"leafWeight\":20,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":10,\"leafWeight\":11}]}}",
          "blkio: blkio.weight = 500, or blkio.bfq.weight = 500 /blockIO/weight\n"
          "blkio: blkio.leaf_weight = 20 /blockIO/leafWeight\n"
          "blkio: blkio.weight_device = 8:0 10, or blkio.bfq.weight_device = 8:0 10 /blockIO/weightDevice/0\n"
          "blkio: blkio.leaf_weight_device = 8:0 11 /blockIO/weightDevice/0\n" },
        { &host_v2, "{\"blockIO\":{\"leafWeight\":20,\"weightDevice\":[{\"major\":8,\"minor\":0,\"leafWeight\":11}]}}",
          "warning: '/blockIO/leafWeight' is ignored: cgroup v2 has no such setting\n" },
        { &host_v2,
          "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":600}],\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}],"
          "\"throttleReadIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":1}],\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":2}]}}",
          "v2: io.max = 8:0 rbps=600 /blockIO/throttleReadBpsDevice/0\n"
          "v2: io.max = 8:0 wbps=max /blockIO/throttleWriteBpsDevice/0\n"
          "v2: io.max = 8:16 riops=1 /blockIO/throttleReadIOPSDevice/0\n"
          "v2: io.max = 8:16 wiops=2 /blockIO/throttleWriteIOPSDevice/0\n" },
        { &host_v1, "{\"blockIO\":{\"throttleWriteBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":0}]}}",
          "blkio: blkio.throttle.write_bps_device = 8:0 0 /blockIO/throttleWriteBpsDevice/0\n" },
        { &host_hybrid, "{\"blockIO\":{\"weight\":0}}", "" },
        { &host_hybrid, "{\"blockIO\":{\"weight\":10}}",
          "error: a block I/O limit cannot be set: the host has no 'blkio' controller at /blockIO\n" },

        /* huge pages, RDMA, network */
        { &host_v2, "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
          "v2: hugetlb.2MB.max = 4194304 /hugepageLimits/0\n"
          "v2: hugetlb.2MB.rsvd.max = 4194304 (if there) /hugepageLimits/0\n" },
        { &host_hybrid, "{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":0}]}",
          "v2: hugetlb.1GB.max = 0 /hugepageLimits/0\n"
          "v2: hugetlb.1GB.rsvd.max = 0 (if there) /hugepageLimits/0\n" },
        { &host_v1, "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
          "hugetlb: hugetlb.2MB.limit_in_bytes = 4194304 /hugepageLimits/0\n"
          "hugetlb: hugetlb.2MB.rsvd.limit_in_bytes = 4194304 (if there) /hugepageLimits/0\n" },
        { &host_v2, "{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3,\"hcaObjects\":10000},\"rxe3\":{\"hcaObjects\":7}}}",
          "v2: rdma.max = mlx5_1 hca_handle=3 hca_object=10000 /rdma/mlx5_1\n"
          "v2: rdma.max = rxe3 hca_object=7 /rdma/rxe3\n" },
        { &host_hybrid, "{\"rdma\":{\"rxe3\":{\"hcaObjects\":7}}}",
          "error: an RDMA limit cannot be set: the host has no 'rdma' controller at /rdma/rxe3\n" },
        { &host_v1, "{\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"eth0\",\"priority\":500},{\"name\":\"eth1\",\"priority\":1}]}}",
          "net_cls,net_prio: net_cls.classid = 1048577 /network/classID\n"
          "net_cls,net_prio: net_prio.ifpriomap = eth0 500 /network/priorities/0\n"
          "net_cls,net_prio: net_prio.ifpriomap = eth1 1 /network/priorities/1\n" },
        { &host_v2, "{\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"eth0\",\"priority\":500}]}}",
          "warning: '/network/classID' is ignored: cgroup v2 has no such setting\n"
          "warning: '/network/priorities' is ignored: cgroup v2 has no such setting\n" },
        { &host_hybrid, "{\"network\":{\"classID\":1}}",
          "error: a network class cannot be set: the host has no 'net_cls' controller at /network\n" },
        { &host_hybrid, "{\"network\":{\"classID\":0}}", "" },

        /* unified: as it is, last */
        { &host_v2, "{\"unified\":{\"memory.high\":\"1G\",\"io.max\":\"8:0 rbps=1\\n8:16 rbps=2\",\"cgroup.max.depth\":\"5\"},\"pids\":{\"limit\":1}}",
          "v2: pids.max = 1 /pids/limit\n"
          "v2: memory.high = 1G /unified/memory.high\n"
          "v2: io.max = 8:0 rbps=1\\n8:16 rbps=2 /unified/io.max\n"
          "v2: cgroup.max.depth = 5 /unified/cgroup.max.depth\n" },
        { &host_hybrid, "{\"unified\":{\"hugetlb.2MB.max\":\"0\"}}", "v2: hugetlb.2MB.max = 0 /unified/hugetlb.2MB.max\n" },
        { &host_hybrid, "{\"unified\":{\"memory.high\":\"1G\"}}",
          "error: 'memory.high' cannot be set: the host has no 'memory' controller in cgroup v2 at /unified/memory.high\n" },
        { &host_v1, "{\"unified\":{\"memory.high\":\"1G\"}}",
          "error: 'memory.high' cannot be set: the host has no cgroup v2 at /unified/memory.high\n" },
        { &host_v2, "{\"unified\":{\"../x.y\":\"1\"}}", "error: '../x.y' is no name of a cgroup file at /unified/..~1x.y\n" },
        { &host_v2, "{\"unified\":{\"memory\":\"1\"}}", "error: 'memory' is no name of a cgroup file at /unified/memory\n" },
        { &host_v2, "{}", "" },
};

static void test_settings(void **state)
{
        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(made_done) struct made m = { 0 };

                make_settings(&m, rows[i].host, rows[i].json);
                if (!streq(m.out.text ? m.out.text : "", rows[i].expected))
                        fail_msg("%s\nexpected:\n%sgot:\n%s", rows[i].json, rows[i].expected, m.out.text ? m.out.text : "");
        }
}

/* Specs built by hand, without a document, have no origins. */
static void test_without_document(void **state)
{
        _cleanup_(made_done) struct made m = { 0 };
        struct oci_memory memory = { .limit = { true, 4096 }, .swappiness = { true, 1 } };
        struct oci_resources res = { .memory = &memory };
        struct step_cgroup_set *settings;
        size_t n;

        (void) state;
        make_begin(&m, &host_v2);
        assert_int_equal(plan_cgroup_settings(&m.p, &res, &settings, &n, &m.e), 0);
        assert_int_equal(n, 1);
        assert_null(settings[0].origin);
        assert_string_equal(m.plan.warnings.items[0], "'swappiness' is ignored: cgroup v2 has no such setting");
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void test_shares(void **state)
{
        static const struct { uint64_t shares, weight; } table[] = {
                { 0, 1 }, { 1, 1 }, { 2, 1 }, { 102, 17 }, { 1024, 100 }, { 2048, 174 }, { 262144, 10000 }, { 1000000, 10000 },
        };
        uint64_t last = 0;

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                assert_int_equal(oci_cgroup_weight_of_shares(table[i].shares), table[i].weight);
        /* Our own logarithm against the C library's, for every value that there is. */
        for (uint64_t s = 3; s < 262144; s++) {
                double l = log2((double) s), exact = ceil(pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
                uint64_t weight = oci_cgroup_weight_of_shares(s);

                if (weight != (uint64_t) exact)
                        fail_msg("shares %llu: weight %llu, not %.0f", (unsigned long long) s, (unsigned long long) weight, exact);
                assert_true(weight >= last);
                last = weight;
        }
}

static void test_blkio(void **state)
{
        static const struct { uint64_t blkio, io; } table[] = { { 0, 1 }, { 10, 1 }, { 11, 11 }, { 500, 4950 }, { 1000, 10000 }, { 2000, 10000 } };

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                assert_int_equal(oci_cgroup_weight_of_blkio(table[i].blkio), table[i].io);
}

/* ------------------------------------------------------------------------------------------------------------------
 * The rows of a whole plan */

static void describe_rows(struct made *m)
{
        for (size_t i = 0; i < m->p.n_steps; i++) {
                char name[64];

                strbuf_printf(&m->out, "%s ", plan_step_name(&m->p.steps[i], name, sizeof name));
                plan_cgroup_describe(&m->p.steps[i], &m->out);
                strbuf_addc(&m->out, '\n');
        }
        if (m->r < 0)
                strbuf_printf(&m->out, "error: %s\n", m->e.text);
}

static void make_rows(struct made *m, const char *path, const char *resources)
{
        m->spec.linux_->cgroups_path = path;
        if (resources)
                parse_resources(m, resources);
        m->r = plan_add_cgroup_create(&m->p, &m->e);
        if (m->r == 0)
                m->r = plan_add_cgroup_filter(&m->p, PLAN_FILTER_BEFORE_INIT, &m->e);
        if (m->r == 0)
                m->r = plan_add_cgroup_attach(&m->p, &m->e);
        if (m->r == 0)
                m->r = plan_add_cgroup_limits(&m->p, &m->e);
        if (m->r == 0)
                m->r = plan_add_cgroup_filter(&m->p, PLAN_FILTER_LAST, &m->e);
        describe_rows(m);
}

#define DEFAULTS                                                                                                       \
        "cgroup.devices deny all; allow c *:* m; allow b *:* m; allow c 1:3 rwm; allow c 1:5 rwm; allow c 1:7 rwm; "   \
        "allow c 1:8 rwm; allow c 1:9 rwm; allow c 5:0 rwm; allow c 5:2 rwm; allow c 136:* rwm; allow c 10:200 rwm"

static void test_paths(void **state)
{
        static const struct { const struct host *host; const char *path, *expected; } table[] = {
                { &host_v2, NULL, "/berth/web1" },
                { &host_v2, "", "/berth/web1" },
                { &host_v2, "/a//b/./c/", "/a/b/c" },
                { &host_v2, "pod/c1", "/berth/pod/c1" },
                { &host_v1, "/machine.slice/x:y:z", "/machine.slice/x:y:z" },
                { &host_v1, "a:b", "/berth/a:b" },
                { &host_v1, "a..b", "/berth/a..b" },
                { &host_rootless, NULL, "/user.slice/user-1000.slice/user@1000.service/app.slice/berth/web1" },
                { &host_rootless, "/given", "/given" },
                { &host_v2, "/", "error: cgroupsPath '/' is the root of all cgroups" },
                { &host_v2, "/a/../b", "error: cgroupsPath '/a/../b' leads upwards" },
                { &host_v2, "..", "error: cgroupsPath '..' leads upwards" },
                { &host_v2, "system.slice:docker:abc", "error: cgroupsPath 'system.slice:docker:abc' is meant for the systemd cgroup driver" },
        };

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_(made_done) struct made m = { 0 };

                make_begin(&m, table[i].host);
                make_rows(&m, table[i].path, NULL);
                if (m.r < 0)
                        assert_string_equal((m.out.text[strcspn(m.out.text, "\n")] = 0, m.out.text), table[i].expected);
                else
                        assert_string_equal(m.plan.cgroup_path, table[i].expected);
        }
}

/* Our own cgroup may be the root of a cgroup namespace, or outside of it. */
static void test_own_parent(void **state)
{
        static const struct { const char *own, *expected; } table[] = {
                { "/", "/berth/web1" }, { "/x", "/berth/web1" }, { "/x/y", "/x/berth/web1" }, { "/../../z", "/berth/web1" }, { NULL, "/berth/web1" },
        };

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_(made_done) struct made m = { 0 };
                struct host host = host_rootless;

                host.v2_own = table[i].own;
                make_begin(&m, &host);
                make_rows(&m, NULL, NULL);
                assert_string_equal(m.plan.cgroup_path, table[i].expected);
        }
}

static void test_rows(void **state)
{
        static const struct { const struct host *host; const char *path, *resources, *expected; bool strict; } table[] = {
                { &host_v2, NULL, NULL, "cgroup.create '/berth/web1'\ncgroup.attach '/berth/web1'\n" DEFAULTS "\n" },
                { &host_hybrid, "/x", "{\"memory\":{\"limit\":4096},\"pids\":{\"limit\":5},\"unified\":{\"pids.max\":\"6\",\"cgroup.freeze\":\"0\"}}",
                  "cgroup.create '/x' with memory pids\n" DEFAULTS "\ncgroup.attach '/x'\ncgroup.set memory.limit_in_bytes = 4096\n"
                  "cgroup.set pids.max = 5\ncgroup.set pids.max = 6\ncgroup.set cgroup.freeze = 0\n" },
                { &host_rootless, NULL, NULL,
                  "cgroup.create '/user.slice/user-1000.slice/user@1000.service/app.slice/berth/web1' (if permitted)\n"
                  "cgroup.attach '/user.slice/user-1000.slice/user@1000.service/app.slice/berth/web1'\n" DEFAULTS " (if permitted)\n" },
                { &host_rootless, "/x", "{\"pids\":{\"limit\":5}}",
                  "cgroup.create '/x' with pids\ncgroup.attach '/x'\ncgroup.set pids.max = 5\n" DEFAULTS " (if permitted)\n" },
                { &host_rootless, "/x", "{\"devices\":[{\"allow\":false}]}", "cgroup.create '/x'\ncgroup.attach '/x'\n" DEFAULTS "\n" },
                { &host_v2, "/x", "{\"devices\":[{\"allow\":true}]}", "cgroup.create '/x'\ncgroup.attach '/x'\ncgroup.devices allow all\n" },
                { &host_v2, "/x", "{\"pids\":{\"limit\":5},\"devices\":[{\"allow\":false}]}",
                  "cgroup.create '/x' with pids\ncgroup.attach '/x'\ncgroup.set pids.max = 5\ncgroup.devices deny all\n", true },
                { &host_none, NULL, NULL, "" },
                { &host_none, "/x", "{\"devices\":[{\"allow\":true}]}", "" },
                { &host_none, "/x", "{\"devices\":[{\"allow\":true},{\"allow\":false}]}", "error: devices cannot be denied: the host has no cgroups\n" },
                { &host_none, "/x", "{\"pids\":{\"limit\":5}}", "error: a limit of processes cannot be set: the host has no 'pids' controller\n" },
        };

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_(made_done) struct made m = { 0 };

                make_begin(&m, table[i].host);
                m.spec.extensions.strict_device_rules = table[i].strict;
                make_rows(&m, table[i].path, table[i].resources);
                if (!streq(m.out.text ? m.out.text : "", table[i].expected))
                        fail_msg("row %zu expected:\n%sgot:\n%s", i, table[i].expected, m.out.text ? m.out.text : "");
        }
}

static void test_managers(void **state)
{
        _cleanup_(made_done) struct made off = { 0 }, systemd = { 0 };

        (void) state;
        make_begin(&off, &host_v2);
        off.request.no_cgroups = true;
        make_rows(&off, "/x", "{\"memory\":{\"limit\":4096}}");
        assert_int_equal(off.r, 0);
        assert_int_equal(off.p.n_steps, 0);
        assert_null(off.plan.cgroup_path);
        make_begin(&systemd, &host_v2);
        systemd.request.systemd_cgroup = true;
        make_rows(&systemd, "a.slice:b:c", NULL);
        assert_string_equal(systemd.out.text, "error: the systemd cgroup driver is not built into this version\n");
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void test_delegate(void **state)
{
        static struct oci_id_mapping map = { .container_id = { true, 0 }, .host_id = { true, 100000 }, .size = { true, 65536 } };
        static const char *const rw[] = { "nosuid" }, *const ro[] = { "nosuid", "ro" };
        static const struct {
                const struct host *host;
                bool user_ns, cgroup_ns, read_only;
                const char *destination;
                uint32_t uid;
                const char *expected; /* NULL: no row */
        } table[] = {
                { &host_v2, true, true, false, "/sys/fs/cgroup", 5, "'/x' to uid 100005" },
                { &host_v2, false, true, false, "/sys/fs/cgroup", 5, "'/x' to uid 5" },
                { &host_v2, false, true, false, "/sys/fs/cgroup", 0, NULL }, /* is ours already */
                { &host_v2, true, true, true, "/sys/fs/cgroup", 5, NULL },
                { &host_v2, true, false, false, "/sys/fs/cgroup", 5, NULL },
                { &host_v2, true, true, false, "/cg", 5, NULL },
                { &host_v2, true, true, false, "/sys/fs/cgroup", 70000, NULL }, /* not mapped: validation's business */
                { &host_hybrid, true, true, false, "/sys/fs/cgroup", 5, NULL },
        };

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_(made_done) struct made m = { 0 };
                struct oci_process process = { .user = { .uid = { true, table[i].uid } } };
                struct oci_mount mount = { .source = "cgroup", .destination = table[i].destination };
                const struct step *last;

                make_begin(&m, table[i].host);
                mount.options.items = (const char **) (table[i].read_only ? ro : rw);
                mount.options.n = table[i].read_only ? 2 : 1;
                m.spec.process = &process;
                m.spec.mounts.items = &mount;
                m.spec.mounts.n = 1;
                m.spec.linux_->uid_mappings.items = &map;
                m.spec.linux_->uid_mappings.n = 1;
                m.plan.user_ns = table[i].user_ns;
                m.plan.ns_path[OCI_NS_CGROUP] = table[i].cgroup_ns ? "" : NULL;
                make_rows(&m, "/x", NULL);
                assert_int_equal(m.r, 0);
                last = &m.p.steps[m.p.n_steps - 1];
                assert_int_equal(last->op == PLAN_CGROUP_DELEGATE, table[i].expected != NULL);
                if (table[i].expected) {
                        strbuf_done(&m.out);
                        plan_cgroup_describe(last, &m.out);
                        assert_string_equal(m.out.text, table[i].expected);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_settings), cmocka_unit_test(test_without_document), cmocka_unit_test(test_shares),
                cmocka_unit_test(test_blkio),    cmocka_unit_test(test_paths),            cmocka_unit_test(test_own_parent),
                cmocka_unit_test(test_rows),     cmocka_unit_test(test_managers),         cmocka_unit_test(test_delegate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
