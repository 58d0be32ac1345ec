/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule at its edge: what just passes, and what just does not.  How findings look as a whole is in
 * tests/golden/errors; here a row has one snippet and the findings as "sentence at pointer | hint". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "golden.h"
#include "parse.h"

struct row {
        const char *snippet;  /* members */
        const char *findings; /* NULL: none; warnings begin with "warning: " */
};

#define MINIMAL(top, process, linux_members)                                                                           \
        "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},%s\"process\":{\"user\":{\"uid\":0,\"gid\":0},"               \
        "\"cwd\":\"/\",\"args\":[\"sh\"]%s},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"},"                  \
        "{\"type\":\"ipc\"},{\"type\":\"network\"},{\"type\":\"time\"}]%s}}",                                             \
                top, process, linux_members

static void add_findings(const struct faults *faults, struct strbuf *out)
{
        for (size_t i = 0; i < faults->n; i++) {
                const struct fault *f = &faults->items[i];
                char pointer[200] = "";

                if (f->node)
                        json_pointer(f->node, pointer, sizeof pointer);
                strbuf_printf(out, "%s%s%s at %s", out->len ? "\n" : "", f->warning ? "warning: " : "", f->text, pointer);
                if (f->hint)
                        strbuf_printf(out, " | %s", f->hint);
        }
}

static bool check_text(const char *text, const char *expected)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_(strbuf_done) struct strbuf found = { 0 };
        struct faults faults = { .arena = arena, .file = "config.json" };
        struct oci_spec *spec;
        struct err e;

        if (oci_spec_parse(arena, text, strlen(text), &faults, &spec, &e) < 0) {
                fprintf(stderr, "%s\n%s\n", text, e.text);
                return false;
        }
        oci_spec_validate(spec, &faults);
        assert_false(faults.nomem);
        add_findings(&faults, &found);
        if (streq(found.text ?: "", expected ?: ""))
                return true;
        fprintf(stderr, "%s\n  found:    %s\n  expected: %s\n", text, found.text ?: "", expected ?: "");
        return false;
}

enum place { TOP, PROCESS, LINUX };

static void check_rows(const struct row *rows, size_t n, enum place place)
{
        int bad = 0;

        for (size_t i = 0; i < n; i++) {
                _cleanup_(strbuf_done) struct strbuf text = { 0 }, members = { 0 };

                strbuf_printf(&members, "%s%s%s", place == TOP ? "" : ",", rows[i].snippet, place == TOP ? "," : "");
                strbuf_printf(&text, MINIMAL(place == TOP ? members.text : "", place == PROCESS ? members.text : "",
                                             place == LINUX ? members.text : ""));
                bad += !check_text(text.text, rows[i].findings);
        }
        assert_int_equal(bad, 0);
}

static void test_process(void **state _unused_)
{
        static const struct row rows[] = {
                { "\"terminal\":true,\"consoleSize\":{\"height\":65535,\"width\":65535}", NULL },
                { "\"terminal\":false,\"consoleSize\":{\"height\":70000,\"width\":70000}", NULL },
                { "\"terminal\":true,\"consoleSize\":{\"height\":1,\"width\":65536}",
                  "console width 65536 is above 65535 at /process/consoleSize/width" },
                { "\"env\":[\"A=\",\"B==\",\"C=a\\nb\"]", NULL },
                { "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":5,\"hard\":5},{\"type\":\"RLIMIT_CORE\",\"soft\":0,"
                  "\"hard\":18446744073709551615}]", NULL },
                { "\"oomScoreAdj\":-1000", NULL },
                { "\"oomScoreAdj\":1000", NULL },
                { "\"oomScoreAdj\":1001", "oomScoreAdj 1001 is outside -1000 to 1000 at /process/oomScoreAdj" },
                { "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":7}", NULL },
                { "\"ioPriority\":{\"class\":\"IOPRIO_CLASS_RT\",\"priority\":-1}",
                  "I/O priority -1 is outside 0 to 7 at /process/ioPriority/priority | 0 is the highest, 7 the lowest" },
                { "\"execCPUAffinity\":{\"initial\":\"0-3,8191\",\"final\":\"\"}", NULL },
                { "\"execCPUAffinity\":{\"initial\":\"8192\"}",
                  "CPU list '8192' goes beyond 8191, the most that Linux knows at /process/execCPUAffinity/initial" },
                { "\"capabilities\":{}", NULL },
                { "\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"],\"effective\":[\"CAP_KILL\"],"
                  "\"inheritable\":[\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]}", NULL },
                { "\"capabilities\":{\"permitted\":[\"CAP_KILL\",\"CAP_CHOWN\"],\"ambient\":[\"CAP_KILL\",\"CAP_CHOWN\"]}",
                  "warning: ambient capabilities 'CAP_CHOWN', 'CAP_KILL' cannot be granted: not in both 'permitted' and 'inheritable' "
                  "at /process/capabilities/ambient | list them in both 'permitted' and 'inheritable' too, or drop them from 'ambient'" },
                { "\"apparmorProfile\":\"\",\"selinuxLabel\":\"\"", NULL },
        };

        check_rows(rows, ARRAY_SIZE(rows), PROCESS);
}

static void test_scheduler(void **state _unused_)
{
        static const struct row rows[] = {
                { "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":-20}", NULL },
                { "\"scheduler\":{\"policy\":\"SCHED_BATCH\",\"nice\":19,\"priority\":0}", NULL },
                { "\"scheduler\":{\"policy\":\"SCHED_IDLE\"}", NULL },
                { "\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":99}", NULL },
                { "\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":1,\"flags\":[\"SCHED_FLAG_RESET_ON_FORK\"]}", NULL },
                { "\"scheduler\":{\"policy\":\"SCHED_RR\",\"priority\":100}",
                  "priority 100 is outside 1 to 99 that policy 'SCHED_RR' needs at /process/scheduler/priority | "
                  "set 'priority' to 1 (lowest) to 99" },
                { "\"scheduler\":{\"policy\":\"SCHED_FIFO\"}",
                  "priority 0 is outside 1 to 99 that policy 'SCHED_FIFO' needs at /process/scheduler | "
                  "set 'priority' to 1 (lowest) to 99" },
                { "\"scheduler\":{\"policy\":\"SCHED_ISO\"}",
                  "policy 'SCHED_ISO' was never implemented by Linux at /process/scheduler/policy | use 'SCHED_RR' or 'SCHED_FIFO'" },
                { "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1024,\"deadline\":1024}", NULL },
                { "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":1024,\"deadline\":1024,\"period\":1024}", NULL },
                { "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":2000,\"deadline\":1999,\"period\":3000}",
                  "runtime 2000 ns is longer than the deadline 1999 ns at /process/scheduler/deadline | "
                  "keep runtime <= deadline <= period" },
                { "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":2000,\"deadline\":9223372036854775808}",
                  "deadline 9223372036854775808 ns does not fit 63 bits at /process/scheduler/deadline" },
                { "\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":2000,\"deadline\":3000,\"period\":9223372036854775808}",
                  "period 9223372036854775808 ns does not fit 63 bits at /process/scheduler/period" },
                { "\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"runtime\":0,\"deadline\":0,\"period\":0}", NULL },
        };

        check_rows(rows, ARRAY_SIZE(rows), PROCESS);
}

#define MOUNT(rest) "\"mounts\":[{\"destination\":\"/m\"," rest "}]"
#define MAP "[{\"containerID\":0,\"hostID\":0,\"size\":1}]"

static void test_mounts(void **state _unused_)
{
        static const struct row rows[] = {
                { "\"mounts\":[]", NULL },
                { MOUNT("\"type\":\"proc\",\"options\":[\"hidepid=invisible\",\"subset=pid\",\"gid=0\",\"pidns=/proc/1/ns/pid\"]"), NULL },
                { MOUNT("\"type\":\"tmpfs\",\"options\":[\"size=50%\",\"mode=01777\",\"nr_inodes=1k\",\"huge=within_size\","
                        "\"noswap\",\"casefold\",\"mpol=bind:0,1\",\"tmpcopyup\",\"uid=4294967294\"]"), NULL },
                { MOUNT("\"type\":\"tmpfs\",\"options\":[\"uid=4294967295\"]"),
                  "mount option 'uid=4294967295' holds no id (tmpfs on '/m') at /mounts/0/options/0 | write it as a number, as in 'uid=5'" },
                { MOUNT("\"type\":\"tmpfs\",\"options\":[\"mode=10000\"]"),
                  "mount option 'mode=10000' is no file mode (tmpfs on '/m') at /mounts/0/options/0 | write the mode in octal, as in '0755'" },
                { MOUNT("\"type\":\"tmpfs\",\"options\":[\"mode=755,size=64m,nosuid\"]"),
                  "unknown mount option 'nosuid' (tmpfs on '/m') at /mounts/0/options/0 | did you mean 'nosuid'?" },
                { MOUNT("\"type\":\"devpts\",\"options\":[\"max=1024\",\"uid=0\",\"gid=5\"]"), NULL },
                { MOUNT("\"type\":\"cgroup\",\"options\":[\"ro\",\"nsdelegate\",\"name=systemd\",\"cpu\"]"), NULL },
                { MOUNT("\"type\":\"cgroup2\",\"options\":[\"memory_recursiveprot\"]"), NULL },
                { MOUNT("\"type\":\"ext4\",\"source\":\"/dev/sda\",\"options\":[\"nosiud\",\"data=ordered\"]"), NULL },
                { MOUNT("\"type\":\"none\",\"source\":\"/s\",\"options\":[\"bind\",\"rro\",\"x-y\",\"nofail\"]"), NULL },
                { MOUNT("\"source\":\"/s\",\"options\":[\"rbind\",\"src-nofollow\",\"dest-nofollow\",\"copy-symlink\"]"), NULL },
                { MOUNT("\"options\":[\"remount\",\"bind\",\"ro\"]"), NULL },
                { MOUNT("\"type\":\"tmpfs\",\"options\":[\"remount\",\"size=1m\"]"), NULL },
                { MOUNT("\"options\":[\"rshared\"]"), NULL },
                { MOUNT("\"type\":\"none\",\"source\":\"/s\",\"options\":[\"ro\"]"),
                  "mount has no file system type and is no bind mount (none on '/m') at /mounts/0/type | "
                  "name the file system in 'type', or add 'bind' or 'rbind' to the options" },
                { MOUNT("\"source\":\"/s\",\"options\":[\"rbind\",\"idmap\"],\"uidMappings\":" MAP ",\"gidMappings\":" MAP), NULL },
                { MOUNT("\"source\":\"/s\",\"options\":[\"bind\",\"idmap=uids=0-1-1;gids=0-1-1\"]"), NULL },
                { MOUNT("\"source\":\"/s\",\"options\":[\"bind\"],\"uidMappings\":[],\"gidMappings\":[]"), NULL },
                { MOUNT("\"source\":\"/s\",\"options\":[\"bind\",\"ridmap\"],\"gidMappings\":" MAP),
                  "mount has gidMappings but no uidMappings (bind on '/m') at /mounts/0/gidMappings | add 'uidMappings'" },
                { MOUNT("\"type\":\"tmpfs\",\"uidMappings\":" MAP ",\"gidMappings\":" MAP),
                  "warning: mount has id mappings without option 'idmap' or 'ridmap' (tmpfs on '/m') at /mounts/0/uidMappings | "
                  "add 'idmap' or 'ridmap' to the options, so that no runtime ignores the mappings\n"
                  "id mapping works for bind mounts only (tmpfs on '/m') at /mounts/0/uidMappings | bind a mounted file system instead" },
        };

        check_rows(rows, ARRAY_SIZE(rows), TOP);
}

#define HOOK(rest) "\"hooks\":{\"startContainer\":[{\"path\":\"/bin/true\"" rest "}]}"

static void test_top(void **state _unused_)
{
        static const struct row rows[] = {
                { "\"hostname\":\"0123456789012345678901234567890123456789012345678901234567890123\"", NULL },
                { "\"hostname\":\"\",\"domainname\":\"example.org\"", NULL },
                { "\"annotations\":{\"a\":\"\"}", NULL },
                { HOOK(",\"timeout\":1,\"args\":[],\"env\":[\"A=1\"]"), NULL },
                { HOOK(",\"timeout\":0"),
                  "startContainer hook timeout 0 is not above 0 seconds at /hooks/startContainer/0/timeout | "
                  "leave 'timeout' out to wait without limit" },
        };

        check_rows(rows, ARRAY_SIZE(rows), TOP);
}

static void test_linux(void **state _unused_)
{
        static const struct row rows[] = {
                { "\"timeOffsets\":{\"monotonic\":{\"secs\":-9223372036,\"nanosecs\":999999999},\"boottime\":{}}", NULL },
                { "\"timeOffsets\":{\"monotonic\":{\"secs\":-9223372037}}",
                  "offset of -9223372037 seconds is beyond what clocks hold at /linux/timeOffsets/monotonic/secs" },
                { "\"devices\":[{\"path\":\"/dev/a\",\"type\":\"c\",\"major\":4095,\"minor\":1048575,\"fileMode\":4095},"
                  "{\"path\":\"/dev/b\",\"type\":\"b\",\"major\":4095,\"minor\":0,\"fileMode\":24576},"
                  "{\"path\":\"/dev/p\",\"type\":\"p\",\"fileMode\":4480},{\"path\":\"/dev/u\",\"type\":\"u\",\"major\":1,\"minor\":3,"
                  "\"fileMode\":8630}]", NULL },
                { "\"devices\":[{\"path\":\"x\",\"type\":\"p\"}]",
                  "device path 'x' is not absolute at /linux/devices/0/path | write '/dev/x'" },
                { "\"devices\":[{\"path\":\"dev/x\",\"type\":\"p\"}]",
                  "device path 'dev/x' is not absolute at /linux/devices/0/path | write '/dev/x'" },
                { "\"cgroupsPath\":\"/a..b/c\"", NULL },
                { "\"cgroupsPath\":\"user.slice:berth:x\"", NULL },
                { "\"cgroupsPath\":\"a/..\"", "cgroupsPath 'a/..' leads upwards at /linux/cgroupsPath | write the path without '..'" },
                { "\"cgroupsPath\":\"a\\nb\"", "cgroupsPath holds a newline at /linux/cgroupsPath | drop the newline" },
                { "\"netDevices\":{\"eth0\":{\"name\":\"0123456789abcde\"},\"eth1\":{\"name\":\"eth%d\"},\"eth2\":{\"name\":\"\"}}", NULL },
                { "\"netDevices\":{\"eth0\":{\"name\":\"0123456789abcdef\"}}",
                  "'0123456789abcdef' is no name for a network device at /linux/netDevices/eth0/name | names have 1 to 15 bytes, "
                  "without '/', ':' and white space; '%d' may stand at the end" },
                { "\"maskedPaths\":[\"/proc/kcore\"],\"readonlyPaths\":[],\"rootfsPropagation\":\"rslave\"", NULL },
                { "\"intelRdt\":{\"closID\":\"/\",\"l3CacheSchema\":\"L3DATA:0=f\",\"memBwSchema\":\"MB:0=20\",\"schemata\":[\"L2:0=1\"]}",
                  NULL },
                { "\"intelRdt\":{\"closID\":\"\"}", NULL },
                { "\"memoryPolicy\":{\"mode\":\"MPOL_DEFAULT\"}", NULL },
                { "\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"\"}", NULL },
                { "\"memoryPolicy\":{\"mode\":\"MPOL_PREFERRED\"}", NULL },
                { "\"memoryPolicy\":{\"mode\":\"MPOL_PREFERRED\",\"flags\":[\"MPOL_F_STATIC_NODES\"]}",
                  "flags of nodes do not go with mode 'MPOL_PREFERRED' without nodes at /linux/memoryPolicy/flags | drop the flag" },
                { "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0-1,1023\",\"flags\":[\"MPOL_F_NUMA_BALANCING\","
                  "\"MPOL_F_RELATIVE_NODES\"]}", NULL },
                { "\"personality\":{\"domain\":\"LINUX32\",\"flags\":[]}", NULL },
                { "\"uidMappings\":[]", NULL },
        };

        check_rows(rows, ARRAY_SIZE(rows), LINUX);
}

#define RESOURCES(rest) "\"resources\":{" rest "}"

static void test_resources(void **state _unused_)
{
        static const struct row rows[] = {
                { RESOURCES(""), NULL },
                { RESOURCES("\"memory\":{\"limit\":-1,\"swap\":-1,\"reservation\":-1,\"kernel\":-1,\"kernelTCP\":-1,\"swappiness\":100}"), NULL },
                { RESOURCES("\"memory\":{\"limit\":100,\"swap\":100}"), NULL },
                { RESOURCES("\"memory\":{\"limit\":0,\"swap\":0}"), NULL },
                { RESOURCES("\"memory\":{\"limit\":-1,\"swap\":5}"),
                  "memory swap 5 needs a memory limit at /linux/resources/memory/swap | "
                  "set 'limit' too: 'swap' counts memory and swap together" },
                { RESOURCES("\"memory\":{\"limit\":-2}"),
                  "memory limit -2 is below -1 at /linux/resources/memory/limit | -1 stands for no limit" },
                { RESOURCES("\"cpu\":{\"shares\":262144,\"quota\":1000,\"period\":1000,\"burst\":1000,\"idle\":1,\"cpus\":\"\",\"mems\":\"0\"}"),
                  NULL },
                { RESOURCES("\"cpu\":{\"shares\":0,\"quota\":-1,\"period\":1000000,\"burst\":1000}"), NULL },
                { RESOURCES("\"cpu\":{\"quota\":0,\"period\":0}"), NULL },
                { RESOURCES("\"cpu\":{\"period\":999}"),
                  "CPU period 999 is outside 1000 to 1000000 us at /linux/resources/cpu/period | period is in microseconds" },
                { RESOURCES("\"cpu\":{\"realtimeRuntime\":-1,\"realtimePeriod\":5}"), NULL },
                { RESOURCES("\"cpu\":{\"realtimeRuntime\":5,\"realtimePeriod\":5}"), NULL },
                { RESOURCES("\"cpu\":{\"idle\":-1}"), "CPU idle -1 is neither 0 nor 1 at /linux/resources/cpu/idle" },
                { RESOURCES("\"pids\":{\"limit\":0}"), NULL },
                { RESOURCES("\"pids\":{\"limit\":-1}"), NULL },
                { RESOURCES("\"blockIO\":{\"weight\":0,\"leafWeight\":10,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":1000}]}"), NULL },
                { RESOURCES("\"blockIO\":{\"weight\":9}"),
                  "block I/O weight 9 is outside 10 to 1000 at /linux/resources/blockIO/weight" },
                { RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"64KB\",\"limit\":0},{\"pageSize\":\"16GB\",\"limit\":1}]"), NULL },
                { RESOURCES("\"hugepageLimits\":[{\"pageSize\":\"02MB\",\"limit\":0}]"),
                  "'02MB' is no size of a huge page at /linux/resources/hugepageLimits/0/pageSize | write it as in '64KB', '2MB', '1GB'" },
                { RESOURCES("\"rdma\":{\"mlx5_1\":{\"hcaObjects\":0}}"), NULL },
                { RESOURCES("\"unified\":{\"memory.high\":\"1\",\"cgroup.max.depth\":\"1\",\"hugetlb.1GB.max\":\"0\"}"), NULL },
                { RESOURCES("\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"eth0\",\"priority\":1}]}"), NULL },
                { RESOURCES("\"devices\":[{\"allow\":false,\"type\":\"a\",\"major\":-1,\"minor\":-1,\"access\":\"mrw\"},{\"allow\":true,"
                            "\"type\":\"c\",\"major\":4294967295}]"), NULL },
                { RESOURCES("\"devices\":[{\"allow\":true,\"type\":\"a\",\"minor\":0}]"),
                  "minor number 0 is for all types of device: the kernel would take the rule for every device at "
                  "/linux/resources/devices/0/minor | set 'type' to 'c' or 'b'" },
        };

        check_rows(rows, ARRAY_SIZE(rows), LINUX);
}

#define SECCOMP(rest) "\"seccomp\":{" rest "}"
#define RULE(rest) SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"x\"]," rest "}]")

static void test_seccomp(void **state _unused_)
{
        static const struct row rows[] = {
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\""), NULL },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_LOG\",\"listenerPath\":\"/run/agent\",\"listenerMetadata\":\"m\""), NULL },
                { RULE("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":4095"), NULL },
                { RULE("\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0"), NULL },
                { RULE("\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":65535"), NULL },
                { RULE("\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1"),
                  "errnoRet 1 does not go with action 'SCMP_ACT_KILL_THREAD' at /linux/seccomp/syscalls/0/errnoRet | "
                  "drop 'errnoRet', or use 'SCMP_ACT_ERRNO' or 'SCMP_ACT_TRACE'" },
                { RULE("\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":5,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]"), NULL },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/a\",\"syscalls\":[{\"names\":[\"mkdir\"],"
                          "\"action\":\"SCMP_ACT_NOTIFY\"}]"), NULL },
                { RULE("\"action\":\"SCMP_ACT_NOTIFY\""),
                  "action 'SCMP_ACT_NOTIFY' has no agent to notify at /linux/seccomp | "
                  "name the agent's socket in 'listenerPath', in the annotation 'run.oci.seccomp.receiver' or in "
                  "the environment variable RUN_OCI_SECCOMP_RECEIVER" },
                { SECCOMP("\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\""),
                  "warning: default action 'SCMP_ACT_KILL_PROCESS' without rules stops every system call: the program cannot start "
                  "at /linux/seccomp/defaultAction | allow the calls that the program needs in 'syscalls'" },
        };

        check_rows(rows, ARRAY_SIZE(rows), LINUX);
}

/* Rules between distant parts of the config. */
static void test_whole(void **state _unused_)
{
#define HEAD "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},"
#define SH "\"cwd\":\"/\",\"args\":[\"sh\"]"
#define USERNS(path, ids)                                                                                              \
        "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"" path "}],\"uidMappings\":" ids ",\"gidMappings\":" ids "}}"
#define ONE_ID "[{\"containerID\":0,\"hostID\":1000,\"size\":1}]"
        static const struct row rows[] = {
                { HEAD "\"linux\":{}}", NULL },
                { HEAD "\"hooks\":{}}", NULL },
                { HEAD "\"process\":{" SH "}}",
                  "warning: process has no user: it runs as uid 0, gid 0 at /process | add 'user' with 'uid' and 'gid'" },
                { HEAD "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}}}",
                  "process has no args at /process | name the program and its arguments in 'args'" },
                { HEAD "\"process\":{\"cwd\":\"/\",\"args\":[],\"user\":{\"uid\":0,\"gid\":0}}}",
                  "process has no args at /process/args | name the program and its arguments in 'args'" },
                { HEAD "\"process\":{\"user\":{\"uid\":0,\"gid\":0,\"umask\":511}," SH "}," USERNS("", ONE_ID), NULL },
                { HEAD "\"process\":{\"user\":{\"uid\":1,\"gid\":0}," SH "}," USERNS("", ONE_ID),
                  "user uid 1 is not in /linux/uidMappings at /process/user/uid | map 1 in /linux/uidMappings or choose a mapped id" },
                { HEAD "\"process\":{\"user\":{\"uid\":1,\"gid\":1}," SH "}," USERNS(",\"path\":\"/proc/1/ns/user\"", ONE_ID), NULL },
                { HEAD "\"annotations\":{\"run.oci.keep_original_groups\":\"1\"},\"process\":{\"user\":{\"uid\":0,\"gid\":0,"
                       "\"additionalGids\":[7]}," SH "}," USERNS("", ONE_ID), NULL },
                { HEAD "\"mounts\":[{\"destination\":\"/s\",\"source\":\"/s\",\"options\":[\"bind\",\"idmap\"]}],"
                  USERNS("", ONE_ID), NULL },
                { HEAD USERNS("", "[{\"containerID\":0,\"hostID\":0,\"size\":4294967295}]"), NULL },
                { HEAD USERNS("", "[{\"containerID\":0,\"hostID\":0,\"size\":5},{\"containerID\":5,\"hostID\":5,\"size\":1}]"), NULL },
                { HEAD "\"annotations\":{\"run.oci.seccomp.receiver\":\"/run/a\"},\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
                       "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}}}", NULL },
                { HEAD "\"linux\":{\"sysctl\":{\"kernel.domainname\":\"x\"},\"namespaces\":[{\"type\":\"uts\",\"path\":\"/proc/1/ns/uts\"}]}}",
                  NULL },
        };
        int bad = 0;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                bad += !check_text(rows[i].snippet, rows[i].findings);
        assert_int_equal(bad, 0);
}

static void test_many_extents(void **state _unused_)
{
        for (unsigned n = 340; n <= 341; n++) {
                _cleanup_(strbuf_done) struct strbuf maps = { 0 }, text = { 0 };

                for (unsigned i = 0; i < n; i++)
                        strbuf_printf(&maps, "%s{\"containerID\":%u,\"hostID\":%u,\"size\":1}", i ? "," : "", i, i * 2);
                strbuf_printf(&text, HEAD "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[%s],\"gidMappings\":" ONE_ID "}}",
                              maps.text);
                assert_true(check_text(text.text, n == 340 ? NULL : "uidMappings has 341 ranges, the kernel takes 340 at /linux/uidMappings "
                                                                    "| join adjacent ranges"));
        }
}

/* A spec that no parse has seen has no places; what is missing is then found here. */
static void test_built_by_hand(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_(strbuf_done) struct strbuf found = { 0 };
        struct faults faults = { .arena = arena };
        const char *names[] = { NULL, "", "read" }, *words[] = { NULL, "x", "gid=1", "idmap=" };
        struct oci_namespace ns[] = { { .type = { true, OCI_NS_USER } }, { .path = "x" }, { .type = { true, OCI_NS_USER } } };
        struct oci_id_mapping maps[] = { { .size = { true, 5 } } };
        struct oci_mount mounts[] = { { }, { .destination = "/t", .type = "tmpfs", .options = { words, 4 } } };
        struct oci_device devices[] = { { }, { .type = { true, 'c' } } };
        struct oci_net_device net_devices[] = { { }, { .host_name = "lo" } };
        struct oci_time_offset offsets[] = { { } };
        struct oci_pair pairs[] = { { NULL, NULL }, { "a", NULL }, { "", "" } };
        struct oci_seccomp_rule rules[] = { { }, { .names = { names, 3 }, .action = { true, 7 } } };
        struct oci_seccomp seccomp = { .syscalls = { rules, 2 } };
        struct oci_weight_device weights[] = { { } };
        struct oci_throttle_device throttles[] = { { } };
        struct oci_block_io block_io = { .weight_device = { weights, 1 }, .throttle_read_bps = { throttles, 1 } };
        struct oci_memory memory = { 0 };
        struct oci_cpu cpu = { 0 };
        struct oci_device_rule device_rules[] = { { } };
        struct oci_hugepage_limit pages[] = { { } };
        struct oci_interface_priority priorities[] = { { } };
        struct oci_network network = { .priorities = { priorities, 1 } };
        struct oci_rdma rdma[] = { { } };
        struct oci_pids pids = { 0 };
        struct oci_resources resources = { .devices = { device_rules, 1 }, .memory = &memory, .cpu = &cpu, .block_io = &block_io,
                                           .hugepage_limits = { pages, 1 }, .network = &network, .pids = &pids,
                                           .rdma = { rdma, 1 }, .unified = { pairs, 3 } };
        struct oci_intel_rdt rdt = { .schemata = { names, 3 } };
        struct oci_memory_policy policy = { 0 };
        struct oci_personality personality = { .flags = { names, 1 } };
        struct oci_linux lin = { .namespaces = { ns, 3 }, .uid_mappings = { maps, 1 }, .time_offsets = { offsets, 1 },
                                 .devices = { devices, 2 }, .net_devices = { net_devices, 2 }, .resources = &resources,
                                 .intel_rdt = &rdt, .memory_policy = &policy, .sysctl = { pairs, 3 }, .seccomp = &seccomp,
                                 .masked_paths = { names, 3 }, .personality = &personality };
        struct oci_scheduler scheduler = { 0 };
        struct oci_io_priority io_priority = { 0 };
        struct oci_cpu_affinity affinity = { 0 };
        struct oci_capabilities capabilities = { .bounding = { names, 3 } };
        struct oci_rlimit rlimits[] = { { } };
        struct oci_console_size console = { 0 };
        struct oci_process process = { .args = { names, 1 }, .env = { names, 3 }, .scheduler = &scheduler, .console_size = &console,
                                       .io_priority = &io_priority, .exec_cpu_affinity = &affinity, .rlimits = { rlimits, 1 },
                                       .capabilities = &capabilities };
        struct oci_hook hook[] = { { } };
        struct oci_hooks hooks = { .list[OCI_HOOK_POSTSTOP] = { hook, 1 } };
        struct oci_root root = { 0 };
        struct oci_spec spec = { .process = &process, .root = &root, .mounts = { mounts, 2 }, .hooks = &hooks,
                                 .annotations = { pairs, 3 }, .linux_ = &lin };
        static const char *const expected[] = {
                "root has no 'path' at ", "process has no 'cwd' at ", "scheduler has no 'policy' at ", "mount has no 'destination' at ",
                "namespace has no 'type' at ", "id mapping has no 'containerID, hostID, size' at ", "device has no 'path' at ",
                "device has no 'type' at ", "hook has no 'path' at ", "seccomp has no 'defaultAction' at ",
                "seccomp rule has no 'action' at ", "hugepage limit has no 'pageSize' at ", "memoryPolicy has no 'mode' at ",
                "personality has no 'domain' at ", "device rule has no 'allow' at ", "annotation has an empty key at ",
                "namespace 'user' is listed twice at ", "network device 'lo' cannot be moved at ",
                "unknown mount option 'x' (tmpfs on '/t') at ", "user has no 'uid' at ",
        };

        oci_spec_validate(&spec, &faults);
        add_findings(&faults, &found);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
                if (!strstr(found.text, expected[i]))
                        fail_msg("'%s' is not in:\n%s", expected[i], found.text);

        /* and the least: nothing at all */
        faults = (struct faults) { .arena = arena };
        spec = (struct oci_spec) { 0 };
        oci_spec_validate(&spec, &faults);
        assert_int_equal(faults.n_errors, 1);
        assert_string_equal(faults.items[0].text, "config has no 'root'");
}

/* exec and update hand over a part alone. */
static void test_parts(void **state _unused_)
{
        static const char process_text[] = "{\"cwd\":\"x\",\"args\":[\"sh\"],\"user\":{\"uid\":70000,\"gid\":1}}";
        static const char resources_text[] = "{\"memory\":{\"swap\":5},\"pids\":{\"limit\":-2}}";
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct faults faults = { .arena = arena };
        struct oci_resources *resources;
        struct oci_process *process;
        struct err e;

        assert_int_equal(oci_process_parse(arena, process_text, strlen(process_text), &faults, &process, &e), 0);
        oci_process_validate(process, &faults);
        assert_int_equal(faults.n, 1);
        assert_string_equal(faults.items[0].text, "working directory 'x' is not an absolute path");

        faults = (struct faults) { .arena = arena };
        assert_int_equal(oci_resources_parse(arena, resources_text, strlen(resources_text), &faults, &resources, &e), 0);
        oci_resources_validate(resources, &faults);
        assert_int_equal(faults.n, 1);
        assert_string_equal(faults.items[0].text, "pids limit -2 is below -1");
}

/* Write the tree below NODE with the value number *COUNTDOWN replaced. */
static void write_mutated(const struct json_node *node, long *countdown, const char *replacement, struct strbuf *out)
{
        bool object = node->type == JSON_OBJECT;

        if (node->key) {
                strbuf_add_json(out, node->key);
                strbuf_addc(out, ':');
        }
        if ((*countdown)-- == 0) {
                strbuf_adds(out, replacement);
        } else if (object || node->type == JSON_ARRAY) {
                strbuf_addc(out, object ? '{' : '[');
                for (const struct json_node *n = node->first; n; n = n->next) {
                        write_mutated(n, countdown, replacement, out);
                        strbuf_adds(out, n->next ? "," : "");
                }
                strbuf_addc(out, object ? '}' : ']');
        } else if (node->type == JSON_STRING) {
                strbuf_add_json(out, node->text);
        } else {
                strbuf_adds(out, node->type == JSON_NUMBER ? node->text : node->type == JSON_NULL ? "null" : node->boolean ? "true" : "false");
        }
}

/* Half-filled objects: every value of a config in turn is of every wrong type, and nothing breaks. */
static bool check_mutations(const char *directory, const char *name)
{
        static const char *const replacements[] = { "null", "-1", "\"\"", "[null,{},[],\"\",1]", "{\"\":{}}" };
        _cleanup_(strbuf_done) struct strbuf path = { 0 };
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_free_ char *text = NULL;
        struct json_node *root;
        struct err e;
        size_t len = 0;

        strbuf_printf(&path, "%s/%s", directory, name);
        text = golden_read(path.text, &len);
        if (json_parse(arena, text, len, name, NULL, &root, &e) < 0)
                return true;
        for (long i = 0;; i++) {
                for (size_t j = 0; j < ARRAY_SIZE(replacements); j++) {
                        _cleanup_(strbuf_done) struct strbuf mutated = { 0 };
                        _cleanup_(arena_freep) struct arena *a = arena_new();
                        struct faults faults = { .arena = a };
                        struct oci_spec *spec;
                        long countdown = i;

                        write_mutated(root, &countdown, replacements[j], &mutated);
                        if (countdown >= 0)
                                return true;
                        assert_int_equal(oci_spec_parse(a, mutated.text, mutated.len, &faults, &spec, &e), 0);
                        oci_spec_validate(spec, &faults);
                        assert_false(faults.nomem);
                }
        }
}

static void test_mutations(void **state _unused_)
{
        int n;

        assert_int_equal(golden_each(TESTS_DIR "/golden/errors", check_mutations, &n), 0);
        assert_true(n >= 10);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_process),   cmocka_unit_test(test_scheduler),    cmocka_unit_test(test_mounts),
                cmocka_unit_test(test_top),       cmocka_unit_test(test_linux),        cmocka_unit_test(test_resources),
                cmocka_unit_test(test_seccomp),   cmocka_unit_test(test_whole),        cmocka_unit_test(test_many_extents),
                cmocka_unit_test(test_parts),     cmocka_unit_test(test_built_by_hand), cmocka_unit_test(test_mutations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
