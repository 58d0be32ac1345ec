/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/capability.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "names.h"
#include "str.h"

static const struct name_table *const tables[] = {
        &names_namespace,     &names_rlimit,          &names_capability,     &names_propagation,    &names_sched_policy,
        &names_sched_flag,    &names_ioprio_class,    &names_mempolicy_mode, &names_mempolicy_flag, &names_personality,
        &names_device_type,   &names_device_rule_type, &names_seccomp_action, &names_seccomp_op,     &names_seccomp_arch,
        &names_seccomp_flag,  &names_hook_kind, &names_lxc_hook,
};

/* Each word is found, has its value and stands once; each value has a word that leads back to it. */
static void test_tables(void **state _unused_)
{
        for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
                assert_true(tables[t]->n > 0);
                assert_non_null(tables[t]->what);
                for (size_t i = 0; i < tables[t]->n; i++) {
                        const struct name_value *row = &tables[t]->rows[i];
                        int value = -1;

                        assert_true(name_lookup(tables[t], row->name, &value));
                        assert_int_equal(value, row->value);
                        assert_true(name_lookup(tables[t], name_of(tables[t], row->value), &value));
                        assert_int_equal(value, row->value);
                        assert_string_equal(name_nearest(tables[t], row->name), row->name);
                        for (size_t j = 0; j < i; j++) {
                                assert_string_not_equal(tables[t]->rows[j].name, row->name);
                                /* Only SCMP_ACT_KILL is a second word for something. */
                                if (tables[t]->rows[j].value == row->value)
                                        assert_string_equal(row->name, "SCMP_ACT_KILL");
                        }
                }
        }
}

static void test_values(void **state _unused_)
{
        static const struct {
                const struct name_table *table;
                const char *word;
                int value;
        } rows[] = {
                { &names_rlimit, "RLIMIT_STACK", RLIMIT_STACK },
                { &names_rlimit, "RLIMIT_RTTIME", RLIMIT_RTTIME },
                { &names_propagation, "unbindable", MS_UNBINDABLE },
                { &names_propagation, "rshared", MS_SHARED | MS_REC },
                { &names_sched_policy, "SCHED_OTHER", 0 },
                { &names_sched_policy, "SCHED_DEADLINE", SCHED_DEADLINE },
                { &names_sched_flag, "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
                { &names_sched_flag, "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
                { &names_ioprio_class, "IOPRIO_CLASS_IDLE", 3 },
                { &names_mempolicy_mode, "MPOL_DEFAULT", MPOL_DEFAULT },
                { &names_mempolicy_mode, "MPOL_LOCAL", MPOL_LOCAL },
                { &names_mempolicy_mode, "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY },
                { &names_mempolicy_mode, "MPOL_WEIGHTED_INTERLEAVE", 6 },
                { &names_mempolicy_flag, "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
                { &names_mempolicy_flag, "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
                { &names_mempolicy_flag, "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
                { &names_personality, "LINUX32", 8 },
                { &names_device_type, "p", 'p' },
                { &names_seccomp_action, "SCMP_ACT_KILL", OCI_SECCOMP_KILL_THREAD },
                { &names_seccomp_flag, "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
                { &names_seccomp_flag, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1 << 5 },
                { &names_hook_kind, "poststop", OCI_HOOK_POSTSTOP },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int value = -1;

                assert_true(name_lookup(rows[i].table, rows[i].word, &value));
                assert_int_equal(value, rows[i].value);
        }
}

/* Tables that others index: row n is value n. */
static void test_indexed(void **state _unused_)
{
        const struct name_table *const indexed[] = { &names_namespace, &names_capability, &names_seccomp_arch, &names_hook_kind };

        for (size_t t = 0; t < ARRAY_SIZE(indexed); t++)
                for (size_t i = 0; i < indexed[t]->n; i++)
                        assert_int_equal(indexed[t]->rows[i].value, i);
        assert_int_equal(names_namespace.n, OCI_NS_KINDS);
        assert_int_equal(names_hook_kind.n, OCI_HOOK_KINDS);
        assert_int_equal(names_capability.n, 41);
        assert_int_equal(names_seccomp_arch.n, OCI_SECCOMP_ARCH_SHEB + 1);
        assert_string_equal(name_of(&names_capability, CAP_SYS_ADMIN), "CAP_SYS_ADMIN");
        assert_string_equal(name_of(&names_capability, 40), "CAP_CHECKPOINT_RESTORE");
        assert_int_equal(names_rlimit.n, RLIM_NLIMITS);
}

static void test_clone_flags(void **state _unused_)
{
        uint64_t all = 0;

        for (int i = 0; i < OCI_NS_KINDS; i++) {
                assert_int_equal(all & names_namespace_clone_flag[i], 0);
                all |= names_namespace_clone_flag[i];
        }
        assert_int_equal(names_namespace_clone_flag[OCI_NS_USER], CLONE_NEWUSER);
        assert_int_equal(names_namespace_clone_flag[OCI_NS_MOUNT], CLONE_NEWNS);
        assert_int_equal(names_namespace_clone_flag[OCI_NS_TIME], CLONE_NEWTIME);
        assert_int_equal(all, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |
                                      CLONE_NEWTIME);
}

static void test_unknown(void **state _unused_)
{
        int value = 42;

        assert_false(name_lookup(&names_namespace, "net", &value));
        assert_false(name_lookup(&names_namespace, "", &value));
        assert_false(name_lookup(&names_namespace, "PID", &value));
        assert_int_equal(value, 42);
        assert_null(name_of(&names_namespace, OCI_NS_KINDS));
        assert_string_equal(name_of(&names_seccomp_action, OCI_SECCOMP_KILL_THREAD), "SCMP_ACT_KILL_THREAD");
        assert_string_equal(name_nearest(&names_namespace, "mnount"), "mount");
        assert_string_equal(name_nearest(&names_capability, "CAP_SYS_ADMN"), "CAP_SYS_ADMIN");
        assert_null(name_nearest(&names_namespace, "filesystem"));
        assert_null(name_nearest(&names_namespace, ""));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tables),      cmocka_unit_test(test_values),  cmocka_unit_test(test_indexed),
                cmocka_unit_test(test_clone_flags), cmocka_unit_test(test_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
