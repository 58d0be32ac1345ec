/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "features.h"
#include "json/tree.h"

static struct json_node *features(struct arena *a, const struct oci_features_facts *facts)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        struct json_node *root = NULL;

        oci_features_write(facts, &out);
        assert_false(out.failed);
        assert_int_equal(json_parse(a, out.text, out.len, "features", NULL, &root, NULL), 0);
        return root;
}

static bool has(const struct json_node *root, const char *pointer, const char *word)
{
        const struct json_node *list = json_at(root, pointer);

        assert_non_null(list);
        assert_int_equal(list->type, JSON_ARRAY);
        for (const struct json_node *n = list->first; n; n = n->next)
                if (streq(n->text, word))
                        return true;
        return false;
}

static bool flag(const struct json_node *root, const char *pointer)
{
        const struct json_node *n = json_at(root, pointer);

        if (!n || n->type != JSON_BOOL)
                fail_msg("no bool at %s", pointer);
        return n->boolean;
}

static void test_full(void **state _unused_)
{
        static const char *const options[] = { "bind", "rro" };
        static const char *const unsafe[] = { "run.oci." };
        _cleanup_(arena_freep) struct arena *a = arena_new();
        const struct oci_features_facts facts = {
                .seccomp = true, .apparmor = true, .systemd_cgroup = true, .idmap = true, .seccomp_supported_flags = 1 << 1,
                .version = "0.1.0", .commit = "abc", .mount_options = options, .n_mount_options = 2,
                .unsafe_annotations = unsafe, .n_unsafe_annotations = 1,
        };
        const struct json_node *root = features(a, &facts);

        assert_string_equal(json_at(root, "/ociVersionMin")->text, "1.0.0");
        assert_string_equal(json_at(root, "/ociVersionMax")->text, "1.3.0");
        assert_true(has(root, "/hooks", "startContainer"));
        assert_true(has(root, "/mountOptions", "rro"));
        assert_true(has(root, "/linux/namespaces", "user"));
        assert_true(has(root, "/linux/namespaces", "time"));
        assert_true(has(root, "/linux/capabilities", "CAP_CHECKPOINT_RESTORE"));
        assert_true(flag(root, "/linux/cgroup/v1") && flag(root, "/linux/cgroup/v2") && flag(root, "/linux/cgroup/rdma"));
        assert_true(flag(root, "/linux/cgroup/systemd"));
        assert_false(flag(root, "/linux/cgroup/systemdUser"));
        assert_true(flag(root, "/linux/seccomp/enabled"));
        assert_true(has(root, "/linux/seccomp/actions", "SCMP_ACT_KILL"));
        assert_true(has(root, "/linux/seccomp/actions", "SCMP_ACT_KILL_THREAD"));
        assert_true(has(root, "/linux/seccomp/operators", "SCMP_CMP_MASKED_EQ"));
        assert_true(has(root, "/linux/seccomp/archs", "SCMP_ARCH_RISCV64"));
        assert_true(has(root, "/linux/seccomp/knownFlags", "SECCOMP_FILTER_FLAG_TSYNC"));
        assert_true(has(root, "/linux/seccomp/supportedFlags", "SECCOMP_FILTER_FLAG_LOG"));
        assert_false(has(root, "/linux/seccomp/supportedFlags", "SECCOMP_FILTER_FLAG_TSYNC"));
        assert_true(flag(root, "/linux/apparmor/enabled"));
        assert_false(flag(root, "/linux/selinux/enabled"));
        assert_true(has(root, "/linux/memoryPolicy/modes", "MPOL_WEIGHTED_INTERLEAVE"));
        assert_true(has(root, "/linux/memoryPolicy/flags", "MPOL_F_STATIC_NODES"));
        assert_true(flag(root, "/linux/intelRdt/enabled") && flag(root, "/linux/intelRdt/schemata") && flag(root, "/linux/intelRdt/monitoring"));
        assert_true(flag(root, "/linux/mountExtensions/idmap/enabled"));
        assert_true(flag(root, "/linux/netDevices/enabled"));
        assert_string_equal(json_at(root, "/annotations/berth.commit")->text, "abc");
        assert_true(has(root, "/potentiallyUnsafeConfigAnnotations", "run.oci."));
}

/* Without a facility its words are not promised. */
static void test_bare(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        const struct json_node *root = features(a, &(struct oci_features_facts) { 0 });

        assert_false(flag(root, "/linux/seccomp/enabled"));
        assert_null(json_at(root, "/linux/seccomp/actions"));
        assert_null(json_at(root, "/annotations"));
        assert_false(flag(root, "/linux/mountExtensions/idmap/enabled"));
        assert_int_equal(json_at(root, "/mountOptions")->n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_full), cmocka_unit_test(test_bare) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
