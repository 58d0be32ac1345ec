/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "golden.h"
#include "names.h"
#include "parse.h"

static struct oci_spec *parse(struct arena *a, const char *text, struct faults *faults)
{
        struct oci_spec *spec = NULL;
        struct err e = ERR_INIT;

        faults->arena = a;
        faults->file = "t.json";
        if (oci_spec_parse(a, text, strlen(text), faults, &spec, &e) < 0)
                fail_msg("%s: %s", text, e.text);
        assert_non_null(spec);
        assert_non_null(spec->linux_);
        return spec;
}

#define CONFIG(members) "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}," members "}"
#define PROCESS(members) CONFIG("\"process\":{\"cwd\":\"/\"," members "}")
#define LINUX(members) CONFIG("\"linux\":{" members "}")
#define RESOURCES(members) LINUX("\"resources\":{" members "}")

enum place { ERROR, ERROR_AT_KEY, WARNING, WARNING_AT_KEY };

/* One fault each: its sentence, hint, pointer and kind. */
static void test_faults(void **state _unused_)
{
        static const struct {
                const char *text, *sentence, *hint, *pointer;
                enum place place;
        } rows[] = {
                /* wrong types */
                { "[]", "expected object, got array", NULL, "", ERROR },
                { "null", "expected object, got null", NULL, "", ERROR },
                { "{\"ociVersion\":1,\"root\":{\"path\":\"r\"}}", "expected string, got number", "write it in double quotes", "/ociVersion", ERROR },
                { "{\"ociVersion\":\"1.0.0\",\"root\":[]}", "expected object, got array", NULL, "/root", ERROR },
                { PROCESS("\"args\":\"sh\""), "expected array of strings, got string", "write [\"sh\"]", "/process/args", ERROR },
                { PROCESS("\"args\":[\"sh\",1]"), "expected string, got number", "write it in double quotes", "/process/args/1", ERROR },
                { PROCESS("\"args\":[null]"), "expected string, got null", NULL, "/process/args/0", ERROR },
                { PROCESS("\"terminal\":\"true\""), "expected true or false, got string", "write it without quotes", "/process/terminal", ERROR },
                { PROCESS("\"terminal\":1"), "expected true or false, got number", NULL, "/process/terminal", ERROR },
                { PROCESS("\"user\":\"root\""), "expected object, got string", NULL, "/process/user", ERROR },
                { PROCESS("\"user\":{\"uid\":0,\"gid\":\"0\"}"), "expected integer, got string", "write it without quotes", "/process/user/gid", ERROR },
                { PROCESS("\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":{}}"), "expected array of integers, got object", NULL, "/process/user/additionalGids", ERROR },
                { PROCESS("\"rlimits\":{}"), "expected array of objects, got object", NULL, "/process/rlimits", ERROR },
                { PROCESS("\"rlimits\":[[]]"), "expected object, got array", NULL, "/process/rlimits/0", ERROR },
                { PROCESS("\"capabilities\":[]"), "expected object, got array", NULL, "/process/capabilities", ERROR },
                { CONFIG("\"annotations\":[]"), "expected object of strings, got array", NULL, "/annotations", ERROR },
                { CONFIG("\"annotations\":{\"a\":\"b\",\"c/d\":1}"), "expected string, got number", "write it in double quotes", "/annotations/c~1d", ERROR },
                { LINUX("\"sysctl\":{\"net.x\":1}"), "expected string, got number", "write it in double quotes", "/linux/sysctl/net.x", ERROR },
                { LINUX("\"sysctl\":{\"net.x\":null}"), "expected string, got null", NULL, "/linux/sysctl/net.x", ERROR },
                { LINUX("\"netDevices\":[]"), "expected object of objects, got array", NULL, "/linux/netDevices", ERROR },
                { LINUX("\"netDevices\":{\"eth0\":\"x\"}"), "expected object, got string", NULL, "/linux/netDevices/eth0", ERROR },
                { LINUX("\"namespaces\":[{\"type\":7}]"), "expected string, got number", "write it in double quotes", "/linux/namespaces/0/type", ERROR },
                { LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":\"x\"}"), "expected array of strings, got string", "write [\"x\"]", "/linux/seccomp/flags", ERROR },
                { CONFIG("\"windows\":1"), "expected object, got number", NULL, "/windows", ERROR },
                /* numbers */
                { RESOURCES("\"blockIO\":{\"weight\":70000}"), "70000 does not fit in 16 bits: 0 to 65535", NULL, "/linux/resources/blockIO/weight", ERROR },
                { RESOURCES("\"network\":{\"classID\":-1}"), "-1 does not fit in 32 bits: 0 to 4294967295", NULL, "/linux/resources/network/classID", ERROR },
                { RESOURCES("\"network\":{\"classID\":4294967296}"), "4294967296 does not fit in 32 bits: 0 to 4294967295", NULL, "/linux/resources/network/classID", ERROR },
                { RESOURCES("\"cpu\":{\"shares\":18446744073709551616}"), "18446744073709551616 does not fit in 64 bits: 0 to 18446744073709551615", NULL, "/linux/resources/cpu/shares", ERROR },
                { RESOURCES("\"cpu\":{\"quota\":9223372036854775808}"), "9223372036854775808 does not fit in 64 bits: -9223372036854775808 to 9223372036854775807", NULL, "/linux/resources/cpu/quota", ERROR },
                { PROCESS("\"oomScoreAdj\":2147483648"), "2147483648 does not fit in 32 bits: -2147483648 to 2147483647", NULL, "/process/oomScoreAdj", ERROR },
                { PROCESS("\"oomScoreAdj\":1.5"), "expected integer, got '1.5'", "write it without fraction and exponent", "/process/oomScoreAdj", ERROR },
                { PROCESS("\"oomScoreAdj\":1e2"), "expected integer, got '1e2'", "write it without fraction and exponent", "/process/oomScoreAdj", ERROR },
                { PROCESS("\"oomScoreAdj\":true"), "expected integer, got true or false", NULL, "/process/oomScoreAdj", ERROR },
                { PROCESS("\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[1,-1,2]}"), "-1 does not fit in 32 bits: 0 to 4294967295", NULL, "/process/user/additionalGids/1", ERROR },
                /* words */
                { LINUX("\"namespaces\":[{\"type\":\"net\"}]"), "unknown namespace type 'net'",
                  "known: 'user', 'pid', 'network', 'mount', 'ipc', 'uts', 'cgroup', 'time'", "/linux/namespaces/0/type", ERROR },
                { LINUX("\"namespaces\":[{\"type\":\"netwrok\"}]"), "unknown namespace type 'netwrok'", "did you mean 'network'?", "/linux/namespaces/0/type", ERROR },
                { LINUX("\"namespaces\":[{\"type\":\"\"}]"), "unknown namespace type ''",
                  "known: 'user', 'pid', 'network', 'mount', 'ipc', 'uts', 'cgroup', 'time'", "/linux/namespaces/0/type", ERROR },
                { LINUX("\"rootfsPropagation\":\"Private\""), "unknown mount propagation 'Private'", "did you mean 'private'?", "/linux/rootfsPropagation", ERROR },
                { PROCESS("\"rlimits\":[{\"type\":\"RLIMIT_NOFILES\",\"soft\":1,\"hard\":1}]"), "unknown resource limit 'RLIMIT_NOFILES'", "did you mean 'RLIMIT_NOFILE'?", "/process/rlimits/0/type", ERROR },
                { PROCESS("\"rlimits\":[{\"type\":\"x\",\"soft\":1,\"hard\":1}]"), "unknown resource limit 'x'", NULL, "/process/rlimits/0/type", ERROR },
                { LINUX("\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_x86_64\"]}"),
                  "unknown seccomp architecture 'SCMP_ARCH_x86_64'", "did you mean 'SCMP_ARCH_X86_64'?", "/linux/seccomp/architectures/1", ERROR },
                { LINUX("\"devices\":[{\"type\":\"d\",\"path\":\"/d\"}]"), "unknown device type 'd'", "known: 'c', 'b', 'u', 'p'", "/linux/devices/0/type", ERROR },
                { RESOURCES("\"devices\":[{\"allow\":true,\"type\":\"p\"}]"), "unknown device type 'p'", "known: 'a', 'c', 'b'", "/linux/resources/devices/0/type", ERROR },
                /* what is missing */
                { "{\"root\":{\"path\":\"r\"}}", "config has no 'ociVersion', which is required", NULL, "", ERROR },
                { "{\"ociVersion\":\"1.0.0\"}", "config has no 'root', which is required", NULL, "", ERROR },
                { "{\"ociVersion\":\"1.0.0\",\"root\":null}", "config has no 'root', which is required", NULL, "", ERROR },
                { "{\"ociVersion\":\"1.0.0\",\"root\":{}}", "root has no 'path', which is required", NULL, "/root", ERROR },
                { CONFIG("\"process\":{}"), "process has no 'cwd', which is required", NULL, "/process", ERROR },
                { CONFIG("\"mounts\":[{\"type\":\"proc\"}]"), "mount has no 'destination', which is required", NULL, "/mounts/0", ERROR },
                { CONFIG("\"hooks\":{\"poststop\":[{\"args\":[\"x\"]}]}"), "hook has no 'path', which is required", NULL, "/hooks/poststop/0", ERROR },
                { PROCESS("\"user\":{\"uid\":0}"), "user has no 'gid', which is required", NULL, "/process/user", ERROR },
                { LINUX("\"seccomp\":{}"), "seccomp has no 'defaultAction', which is required", NULL, "/linux/seccomp", ERROR },
                { RESOURCES("\"devices\":[{}]"), "device rule has no 'allow', which is required", NULL, "/linux/resources/devices/0", ERROR },
                /* keys */
                { CONFIG("\"proces\":{}"), "unknown key 'proces' is ignored", "did you mean 'process'?", "/proces", WARNING_AT_KEY },
                { PROCESS("\"CWD\":\"/x\""), "unknown key 'CWD' is ignored", "did you mean 'cwd'? Case matters", "/process/CWD", WARNING_AT_KEY },
                { CONFIG("\"x-vendor\":{\"any\":[1]}"), "unknown key 'x-vendor' is ignored", NULL, "/x-vendor", WARNING_AT_KEY },
                { CONFIG("\"windows\":{\"layerFolders\":[]}"), "'windows' is for another platform and ignored", NULL, "/windows", WARNING_AT_KEY },
                { LINUX("\"intelRdt\":{\"enableCMT\":true}"), "'enableCMT' is deprecated", "use 'enableMonitoring'", "/linux/intelRdt/enableCMT", WARNING_AT_KEY },
                /* versions; the rest in test-version.c */
                { "{\"ociVersion\":\"2.0.0\",\"root\":{\"path\":\"r\"}}", "version '2.0.0' is beyond 1.3.0, the newest that is understood", NULL, "/ociVersion", ERROR },
                { "{\"ociVersion\":\"\",\"root\":{\"path\":\"r\"}}", "version '' is not in SemVer 2.0.0 format", "write MAJOR.MINOR.PATCH, as in '1.3.0'", "/ociVersion", ERROR },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(arena_freep) struct arena *a = arena_new();
                struct faults faults = { 0 };
                const struct fault *f = NULL;
                char pointer[128];

                parse(a, rows[i].text, &faults);
                /* "[]" lacks ociVersion and root as well, but the wrong type says it all. */
                if (faults.n != 1)
                        fail_msg("%s: %zu faults, the last: %s", rows[i].text, faults.n, faults.n ? faults.items[faults.n - 1].text : "");
                f = &faults.items[0];
                json_pointer(f->node, pointer, sizeof pointer);
                if (!streq(f->text, rows[i].sentence) || !streq_ptr(f->hint, rows[i].hint) || !streq(pointer, rows[i].pointer))
                        fail_msg("%s: %s (%s) at '%s'", rows[i].text, f->text, f->hint, pointer);
                assert_int_equal(f->warning, rows[i].place == WARNING || rows[i].place == WARNING_AT_KEY);
                assert_int_equal(f->at_key, rows[i].place == ERROR_AT_KEY || rows[i].place == WARNING_AT_KEY);
                assert_int_equal(faults.n_errors, f->warning ? 0 : 1);
        }
}

static void test_strict(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct faults faults = { .strict = true };
        static struct err e;

        parse(a, "{\"ociVersion\":\"1.3.0\",\n \"root\":{\"path\":\"r\"},\n   \"hostnam\": \"h\"}", &faults);
        assert_int_equal(faults.n_errors, 1);
        assert_string_equal(faults.items[0].text, "unknown key 'hostnam'");
        assert_int_equal(fault_to_err(&faults, &faults.items[0], &e), -EINVAL);
        assert_int_equal(e.line, 3);
        assert_int_equal(e.column, 4);
        assert_string_equal(e.hint, "did you mean 'hostname'?");
        /* Strict is about keys, not about other platforms. */
        faults = (struct faults) { .strict = true };
        parse(a, CONFIG("\"vm\":{}"), &faults);
        assert_int_equal(faults.n_errors, 0);
        assert_int_equal(faults.n, 1);
}

/* All of them in one run, in the order of the document. */
static void test_many_faults(void **state _unused_)
{
        static const char *const expected[] = {
                "expected string, got number", "process has no 'cwd', which is required", "expected string, got true or false",
                "unknown mount propagation 'x'", "config has no 'ociVersion', which is required",
        };
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct faults faults = { 0 };
        struct oci_spec *spec;

        spec = parse(a, "{\"process\":{\"args\":[\"a\",1,\"b\"]},\"root\":{\"path\":\"r\"},\"hostname\":true,"
                        "\"linux\":{\"rootfsPropagation\":\"x\",\"maskedPaths\":[\"/a\"]}}", &faults);
        assert_int_equal(faults.n, ARRAY_SIZE(expected));
        for (size_t i = 0; i < faults.n; i++)
                assert_string_equal(faults.items[i].text, expected[i]);
        /* What is right is there all the same; what is wrong is left out. */
        assert_int_equal(spec->process->args.n, 2);
        assert_string_equal(spec->process->args.items[1], "b");
        assert_null(spec->hostname);
        assert_false(spec->linux_->rootfs_propagation.set);
        assert_int_equal(spec->linux_->masked_paths.n, 1);
}

static void test_no_json(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct faults faults = { .arena = a, .file = "config.json" };
        struct oci_resources *resources = NULL;
        struct oci_process *process = NULL;
        struct oci_spec *spec = NULL;
        struct err e = ERR_INIT;

        assert_int_equal(oci_spec_parse(a, "{", 1, &faults, &spec, &e), -EINVAL);
        assert_string_equal(e.file, "config.json");
        assert_int_equal(oci_process_parse(a, "{", 1, &faults, &process, &e), -EINVAL);
        assert_int_equal(oci_resources_parse(a, "{", 1, &faults, &resources, &e), -EINVAL);
        assert_true(!spec && !process && !resources && faults.n == 0);
}

/* null is absent, as is "" where Go would have left the word out. */
static void test_absent(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct faults faults = { 0 };
        struct oci_spec *spec;

        spec = parse(a, CONFIG("\"process\":null,\"hostname\":null,\"mounts\":null,\"linux\":{\"rootfsPropagation\":\"\","
                               "\"resources\":{\"devices\":[{\"allow\":false,\"type\":\"\"}],\"memory\":{\"limit\":null}},"
                               "\"sysctl\":null,\"windows\":null}"), &faults);
        assert_int_equal(faults.n, 1); /* 'windows' is no key of linux */
        assert_null(spec->process);
        assert_null(spec->hostname);
        assert_null(spec->mounts.items);
        assert_false(spec->linux_->rootfs_propagation.set);
        assert_false(spec->linux_->resources->devices.items[0].type.set);
        assert_false(spec->linux_->resources->memory->limit.set);
        assert_null(spec->linux_->sysctl.items);

        faults = (struct faults) { 0 };
        spec = parse(a, CONFIG("\"mounts\":[],\"linux\":null"), &faults);
        assert_int_equal(faults.n, 0);
        assert_non_null(spec->mounts.items); /* empty is not absent */
        assert_int_equal(spec->mounts.n, 0);
        assert_null(spec->linux_->at.node);
}

/* Values of the config that has every field, picked by hand: that each row reads into its own member. */
static void test_values(void **state _unused_)
{
        size_t len = 0;
        _cleanup_free_ char *text = golden_read(TESTS_DIR "/golden/spec/full.json", &len);
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct faults faults = { 0 };
        const struct oci_process *p;
        const struct oci_linux *l;
        const struct oci_spec *s;

        assert_non_null(text);
        s = parse(a, text, &faults);
        assert_int_equal(faults.n_errors, 0);
        assert_int_equal(faults.n, 7); /* two deprecated keys, five other platforms */
        p = s->process;
        l = s->linux_;
        assert_true(p->terminal.set && p->terminal.value);
        assert_int_equal(p->console_size->width.value, 80);
        assert_int_equal(p->user.gid.value, 4294967294);
        assert_int_equal(p->user.additional_gids.items[2], 4294967295);
        assert_int_equal(p->args.n, 4);
        assert_string_equal(p->args.items[2], "echo \"a\tb\" > '/tmp/\xc3\xbc'");
        assert_int_equal(p->rlimits.items[0].type.value, RLIMIT_NOFILE);
        assert_true(p->rlimits.items[0].hard.value == UINT64_MAX);
        assert_int_equal(p->oom_score_adj.value, -1000);
        assert_int_equal(p->scheduler->policy.value, 6 /* SCHED_DEADLINE */);
        assert_int_equal(p->scheduler->nice.value, -20);
        assert_int_equal(p->scheduler->flags.items[1], 0x40);
        assert_int_equal(p->io_priority->io_class.value, 2);
        assert_true(s->root->readonly.set && !s->root->readonly.value);
        assert_string_equal(s->mounts.items[1].gid_mappings.items[0].at.node->parent->key, "gidMappings");
        assert_int_equal(s->mounts.items[1].uid_mappings.items[0].size.value, 65536);
        assert_string_equal(s->hooks->list[OCI_HOOK_CREATE_RUNTIME].items[0].env.items[0], "A=1");
        assert_int_equal(s->hooks->list[OCI_HOOK_CREATE_RUNTIME].items[0].timeout.value, 30);
        assert_int_equal(s->hooks->list[OCI_HOOK_POSTSTART].n, 2);
        assert_string_equal(s->annotations.items[1].key, "org.example/slash~tilde");
        assert_int_equal(l->namespaces.items[7].type.value, OCI_NS_NETWORK);
        assert_string_equal(l->namespaces.items[7].path, "/run/netns/a");
        assert_string_equal(l->time_offsets.items[0].clock, "monotonic");
        assert_int_equal(l->time_offsets.items[0].secs.value, -5);
        assert_false(l->time_offsets.items[1].nanosecs.set);
        assert_int_equal(l->devices.items[0].file_mode.value, 0666);
        assert_int_equal(l->devices.items[2].type.value, 'u');
        assert_string_equal(l->net_devices.items[0].host_name, "eth1");
        assert_null(l->net_devices.items[1].name);
        assert_int_equal(l->resources->devices.items[1].minor.value, -1);
        assert_false(l->resources->devices.items[0].major.set);
        assert_true(l->resources->memory->kernel_tcp.value == INT64_MIN);
        assert_true(l->resources->memory->disable_oom_killer.set && !l->resources->memory->disable_oom_killer.value);
        assert_int_equal(l->resources->block_io->weight_device.items[1].weight.value, 65535);
        assert_int_equal(l->resources->block_io->throttle_read_iops.items[0].rate.value, 3);
        assert_true(l->resources->pids->limit.set && l->resources->pids->limit.value == 0);
        assert_string_equal(l->resources->rdma.items[1].device, "rxe3");
        assert_string_equal(l->resources->unified.items[0].value, "259:0 rbps=2097152\n253:0 wiops=120");
        assert_int_equal(l->seccomp->architectures.items[1], OCI_SECCOMP_ARCH_SHEB);
        assert_int_equal(l->seccomp->flags.items[1], 1 << 5);
        assert_int_equal(l->seccomp->syscalls.items[1].args.items[0].op.value, OCI_SECCOMP_MASKED_EQ);
        assert_int_equal(l->seccomp->syscalls.items[1].action.value, OCI_SECCOMP_KILL_THREAD);
        assert_int_equal(l->rootfs_propagation.value, MS_SLAVE | MS_REC);
        assert_int_equal(l->memory_policy->flags.n, 2);
        assert_int_equal(l->personality->domain.value, 8);
        assert_non_null(s->vm);
        assert_string_equal(json_member(s->windows, "n")->text, "1.50e3");
}

static void test_parts(void **state _unused_)
{
        static const char process_text[] = "{\"args\":[\"id\"],\"cwd\":\"/\",\"user\":{\"uid\":3,\"gid\":4}}";
        static const char resources_text[] = "{\"memory\":{\"limit\":5},\"pids\":{\"limit\":-1}}";
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct faults faults = { .arena = a, .file = "-" };
        struct oci_process *process;
        struct oci_resources *resources;

        assert_int_equal(oci_process_parse(a, process_text, strlen(process_text), &faults, &process, NULL), 0);
        assert_int_equal(process->user.gid.value, 4);
        assert_int_equal(oci_resources_parse(a, resources_text, strlen(resources_text), &faults, &resources, NULL), 0);
        assert_int_equal(resources->memory->limit.value, 5);
        assert_int_equal(resources->pids->limit.value, -1);
        assert_int_equal(faults.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_faults), cmocka_unit_test(test_strict), cmocka_unit_test(test_many_faults),
                cmocka_unit_test(test_no_json), cmocka_unit_test(test_absent), cmocka_unit_test(test_values),
                cmocka_unit_test(test_parts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
