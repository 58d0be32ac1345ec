/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the specification and their constants: one table an enumeration, used by parse, write, features and errors.
 * Layer: oci-spec, pure.  Owns: static tables. */
#ifndef BERTH_OCI_NAMES_H
#define BERTH_OCI_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"

struct name_value { const char *name; int value; };
struct name_table {
        const char *what; /* "seccomp action", for sentences */
        const struct name_value *rows;
        size_t n;
};

extern const struct name_table names_namespace;   /* enum oci_ns */
extern const struct name_table names_rlimit;      /* RLIMIT_* */
extern const struct name_table names_capability;  /* CAP_* of <linux/capability.h>, newest known */
extern const struct name_table names_propagation; /* MS_* */
extern const struct name_table names_sched_policy, names_sched_flag;
extern const struct name_table names_ioprio_class;
extern const struct name_table names_mempolicy_mode, names_mempolicy_flag;
extern const struct name_table names_personality;
extern const struct name_table names_device_type, names_device_rule_type;
extern const struct name_table names_seccomp_action, names_seccomp_op, names_seccomp_arch, names_seccomp_flag;
extern const struct name_table names_hook_kind;   /* "createRuntime": enum oci_hook_kind */
extern const struct name_table names_lxc_hook;    /* "pre-start": the same, for annotations berth.lxc.hook.* */

/* Our own numbers for libseccomp's words; sys/seccomp.c turns them into its constants. */
enum oci_seccomp_action {
        OCI_SECCOMP_KILL_THREAD, /* SCMP_ACT_KILL too */
        OCI_SECCOMP_KILL_PROCESS,
        OCI_SECCOMP_TRAP,
        OCI_SECCOMP_ERRNO,
        OCI_SECCOMP_TRACE,
        OCI_SECCOMP_ALLOW,
        OCI_SECCOMP_LOG,
        OCI_SECCOMP_NOTIFY,
};
enum oci_seccomp_op {
        OCI_SECCOMP_NE,
        OCI_SECCOMP_LT,
        OCI_SECCOMP_LE,
        OCI_SECCOMP_EQ,
        OCI_SECCOMP_GE,
        OCI_SECCOMP_GT,
        OCI_SECCOMP_MASKED_EQ,
};
/* The order of names_seccomp_arch. */
enum oci_seccomp_arch {
        OCI_SECCOMP_ARCH_X86,
        OCI_SECCOMP_ARCH_X86_64,
        OCI_SECCOMP_ARCH_X32,
        OCI_SECCOMP_ARCH_ARM,
        OCI_SECCOMP_ARCH_AARCH64,
        OCI_SECCOMP_ARCH_MIPS,
        OCI_SECCOMP_ARCH_MIPS64,
        OCI_SECCOMP_ARCH_MIPS64N32,
        OCI_SECCOMP_ARCH_MIPSEL,
        OCI_SECCOMP_ARCH_MIPSEL64,
        OCI_SECCOMP_ARCH_MIPSEL64N32,
        OCI_SECCOMP_ARCH_PPC,
        OCI_SECCOMP_ARCH_PPC64,
        OCI_SECCOMP_ARCH_PPC64LE,
        OCI_SECCOMP_ARCH_S390,
        OCI_SECCOMP_ARCH_S390X,
        OCI_SECCOMP_ARCH_PARISC,
        OCI_SECCOMP_ARCH_PARISC64,
        OCI_SECCOMP_ARCH_RISCV64,
        OCI_SECCOMP_ARCH_LOONGARCH64,
        OCI_SECCOMP_ARCH_M68K,
        OCI_SECCOMP_ARCH_SH,
        OCI_SECCOMP_ARCH_SHEB,
};

/* CLONE_NEW* of each namespace kind. */
extern const uint64_t names_namespace_clone_flag[OCI_NS_KINDS];

/* The value of WORD, or false.  The name of VALUE (the first row that has it), or NULL. */
bool name_lookup(const struct name_table *table, const char *word, int *ret);
const char *name_of(const struct name_table *table, int value);
/* The same of the two tables of hooks. */
const char *name_of_hook(enum oci_hook_kind kind);
/* The known name nearest to WORD, or NULL. */
const char *name_nearest(const struct name_table *table, const char *word);

#endif
