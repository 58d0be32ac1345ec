/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "str.h"

/* Newer than the oldest kernel headers that this builds with; the numbers are the kernel's ABI. */
enum {
        KERNEL_SCHED_ISO = 4, /* reserved by the kernel, never implemented */
        KERNEL_SCHED_FLAG_KEEP_POLICY = 0x08,
        KERNEL_SCHED_FLAG_KEEP_PARAMS = 0x10,
        KERNEL_SCHED_FLAG_UTIL_CLAMP_MIN = 0x20,
        KERNEL_SCHED_FLAG_UTIL_CLAMP_MAX = 0x40,
        KERNEL_CAP_PERFMON = 38,
        KERNEL_CAP_BPF = 39,
        KERNEL_CAP_CHECKPOINT_RESTORE = 40,
        KERNEL_SECCOMP_WAIT_KILLABLE_RECV = 1 << 5,
        KERNEL_CLONE_NEWTIME = 0x80,
};

/* ioprio_set(2) */
enum { KERNEL_IOPRIO_CLASS_RT = 1, KERNEL_IOPRIO_CLASS_BE = 2, KERNEL_IOPRIO_CLASS_IDLE = 3 };

/* set_mempolicy(2), linux/mempolicy.h */
enum {
        KERNEL_MPOL_DEFAULT,
        KERNEL_MPOL_PREFERRED,
        KERNEL_MPOL_BIND,
        KERNEL_MPOL_INTERLEAVE,
        KERNEL_MPOL_LOCAL,
        KERNEL_MPOL_PREFERRED_MANY,
        KERNEL_MPOL_WEIGHTED_INTERLEAVE,
        KERNEL_MPOL_F_NUMA_BALANCING = 1 << 13,
        KERNEL_MPOL_F_RELATIVE_NODES = 1 << 14,
        KERNEL_MPOL_F_STATIC_NODES = 1 << 15,
};

#define TABLE(table, words, ...)                                                                                       \
        static const struct name_value table##_rows[] = { __VA_ARGS__ };                                               \
        const struct name_table names_##table = { .what = words, .rows = table##_rows, .n = ARRAY_SIZE(table##_rows) }
/* A word that is its constant's own name. */
#define ROW(constant) { #constant, constant }
#define KERNEL(constant) { #constant, KERNEL_##constant }

/* config-linux.md "Namespaces" */
TABLE(namespace, "namespace type",
      { "user", OCI_NS_USER }, { "pid", OCI_NS_PID }, { "network", OCI_NS_NETWORK }, { "mount", OCI_NS_MOUNT },
      { "ipc", OCI_NS_IPC }, { "uts", OCI_NS_UTS }, { "cgroup", OCI_NS_CGROUP }, { "time", OCI_NS_TIME });

const uint64_t names_namespace_clone_flag[OCI_NS_KINDS] = {
        [OCI_NS_USER] = CLONE_NEWUSER, [OCI_NS_PID] = CLONE_NEWPID,       [OCI_NS_NETWORK] = CLONE_NEWNET,
        [OCI_NS_MOUNT] = CLONE_NEWNS,  [OCI_NS_IPC] = CLONE_NEWIPC,       [OCI_NS_UTS] = CLONE_NEWUTS,
        [OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = KERNEL_CLONE_NEWTIME,
};

/* getrlimit(2) */
TABLE(rlimit, "resource limit",
      ROW(RLIMIT_AS), ROW(RLIMIT_CORE), ROW(RLIMIT_CPU), ROW(RLIMIT_DATA), ROW(RLIMIT_FSIZE), ROW(RLIMIT_LOCKS),
      ROW(RLIMIT_MEMLOCK), ROW(RLIMIT_MSGQUEUE), ROW(RLIMIT_NICE), ROW(RLIMIT_NOFILE), ROW(RLIMIT_NPROC),
      ROW(RLIMIT_RSS), ROW(RLIMIT_RTPRIO), ROW(RLIMIT_RTTIME), ROW(RLIMIT_SIGPENDING), ROW(RLIMIT_STACK));

/* capabilities(7); row n is capability n. */
TABLE(capability, "capability",
      ROW(CAP_CHOWN), ROW(CAP_DAC_OVERRIDE), ROW(CAP_DAC_READ_SEARCH), ROW(CAP_FOWNER), ROW(CAP_FSETID), ROW(CAP_KILL),
      ROW(CAP_SETGID), ROW(CAP_SETUID), ROW(CAP_SETPCAP), ROW(CAP_LINUX_IMMUTABLE), ROW(CAP_NET_BIND_SERVICE),
      ROW(CAP_NET_BROADCAST), ROW(CAP_NET_ADMIN), ROW(CAP_NET_RAW), ROW(CAP_IPC_LOCK), ROW(CAP_IPC_OWNER),
      ROW(CAP_SYS_MODULE), ROW(CAP_SYS_RAWIO), ROW(CAP_SYS_CHROOT), ROW(CAP_SYS_PTRACE), ROW(CAP_SYS_PACCT),
      ROW(CAP_SYS_ADMIN), ROW(CAP_SYS_BOOT), ROW(CAP_SYS_NICE), ROW(CAP_SYS_RESOURCE), ROW(CAP_SYS_TIME),
      ROW(CAP_SYS_TTY_CONFIG), ROW(CAP_MKNOD), ROW(CAP_LEASE), ROW(CAP_AUDIT_WRITE), ROW(CAP_AUDIT_CONTROL),
      ROW(CAP_SETFCAP), ROW(CAP_MAC_OVERRIDE), ROW(CAP_MAC_ADMIN), ROW(CAP_SYSLOG), ROW(CAP_WAKE_ALARM),
      ROW(CAP_BLOCK_SUSPEND), ROW(CAP_AUDIT_READ), KERNEL(CAP_PERFMON), KERNEL(CAP_BPF),
      KERNEL(CAP_CHECKPOINT_RESTORE));

/* mount_namespaces(7).  The specification lists the first four; engines write the recursive ones too. */
TABLE(propagation, "mount propagation",
      { "shared", MS_SHARED }, { "slave", MS_SLAVE }, { "private", MS_PRIVATE }, { "unbindable", MS_UNBINDABLE },
      { "rshared", MS_SHARED | MS_REC }, { "rslave", MS_SLAVE | MS_REC }, { "rprivate", MS_PRIVATE | MS_REC },
      { "runbindable", MS_UNBINDABLE | MS_REC });

/* sched_setattr(2); SCHED_OTHER is the kernel's SCHED_NORMAL */
TABLE(sched_policy, "scheduling policy",
      { "SCHED_OTHER", SCHED_NORMAL }, ROW(SCHED_FIFO), ROW(SCHED_RR), ROW(SCHED_BATCH), KERNEL(SCHED_ISO),
      ROW(SCHED_IDLE), ROW(SCHED_DEADLINE));
TABLE(sched_flag, "scheduling flag",
      ROW(SCHED_FLAG_RESET_ON_FORK), ROW(SCHED_FLAG_RECLAIM), ROW(SCHED_FLAG_DL_OVERRUN),
      KERNEL(SCHED_FLAG_KEEP_POLICY), KERNEL(SCHED_FLAG_KEEP_PARAMS), KERNEL(SCHED_FLAG_UTIL_CLAMP_MIN),
      KERNEL(SCHED_FLAG_UTIL_CLAMP_MAX));

TABLE(ioprio_class, "I/O priority class",
      KERNEL(IOPRIO_CLASS_RT), KERNEL(IOPRIO_CLASS_BE), KERNEL(IOPRIO_CLASS_IDLE));

TABLE(mempolicy_mode, "memory policy mode",
      KERNEL(MPOL_DEFAULT), KERNEL(MPOL_BIND), KERNEL(MPOL_INTERLEAVE), KERNEL(MPOL_WEIGHTED_INTERLEAVE),
      KERNEL(MPOL_PREFERRED), KERNEL(MPOL_PREFERRED_MANY), KERNEL(MPOL_LOCAL));
TABLE(mempolicy_flag, "memory policy flag",
      KERNEL(MPOL_F_NUMA_BALANCING), KERNEL(MPOL_F_RELATIVE_NODES), KERNEL(MPOL_F_STATIC_NODES));

/* personality(2) */
TABLE(personality, "execution domain", { "LINUX", PER_LINUX }, { "LINUX32", PER_LINUX32 });

/* mknod(1) */
TABLE(device_type, "device type", { "c", 'c' }, { "b", 'b' }, { "u", 'u' }, { "p", 'p' });
TABLE(device_rule_type, "device type", { "a", 'a' }, { "c", 'c' }, { "b", 'b' });

/* config-linux.md "Seccomp", libseccomp 2.6.0.  The kernel's word for SCMP_ACT_KILL is "kill the thread"; that name
 * stands first, because it says what happens. */
TABLE(seccomp_action, "seccomp action",
      { "SCMP_ACT_KILL_THREAD", OCI_SECCOMP_KILL_THREAD }, { "SCMP_ACT_KILL", OCI_SECCOMP_KILL_THREAD },
      { "SCMP_ACT_KILL_PROCESS", OCI_SECCOMP_KILL_PROCESS }, { "SCMP_ACT_TRAP", OCI_SECCOMP_TRAP },
      { "SCMP_ACT_ERRNO", OCI_SECCOMP_ERRNO }, { "SCMP_ACT_TRACE", OCI_SECCOMP_TRACE },
      { "SCMP_ACT_ALLOW", OCI_SECCOMP_ALLOW }, { "SCMP_ACT_LOG", OCI_SECCOMP_LOG },
      { "SCMP_ACT_NOTIFY", OCI_SECCOMP_NOTIFY });
TABLE(seccomp_op, "seccomp operator",
      { "SCMP_CMP_NE", OCI_SECCOMP_NE }, { "SCMP_CMP_LT", OCI_SECCOMP_LT }, { "SCMP_CMP_LE", OCI_SECCOMP_LE },
      { "SCMP_CMP_EQ", OCI_SECCOMP_EQ }, { "SCMP_CMP_GE", OCI_SECCOMP_GE }, { "SCMP_CMP_GT", OCI_SECCOMP_GT },
      { "SCMP_CMP_MASKED_EQ", OCI_SECCOMP_MASKED_EQ });
#define ARCH(name) { "SCMP_ARCH_" #name, OCI_SECCOMP_ARCH_##name }
TABLE(seccomp_arch, "seccomp architecture",
      ARCH(X86), ARCH(X86_64), ARCH(X32), ARCH(ARM), ARCH(AARCH64), ARCH(MIPS), ARCH(MIPS64), ARCH(MIPS64N32),
      ARCH(MIPSEL), ARCH(MIPSEL64), ARCH(MIPSEL64N32), ARCH(PPC), ARCH(PPC64), ARCH(PPC64LE), ARCH(S390), ARCH(S390X),
      ARCH(PARISC), ARCH(PARISC64), ARCH(RISCV64), ARCH(LOONGARCH64), ARCH(M68K), ARCH(SH), ARCH(SHEB));
/* seccomp(2) */
TABLE(seccomp_flag, "seccomp flag",
      ROW(SECCOMP_FILTER_FLAG_TSYNC), ROW(SECCOMP_FILTER_FLAG_LOG), ROW(SECCOMP_FILTER_FLAG_SPEC_ALLOW),
      { "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", KERNEL_SECCOMP_WAIT_KILLABLE_RECV });

/* config.md "POSIX-platform Hooks" */
TABLE(hook_kind, "hook kind",
      { "prestart", OCI_HOOK_PRESTART }, { "createRuntime", OCI_HOOK_CREATE_RUNTIME },
      { "createContainer", OCI_HOOK_CREATE_CONTAINER }, { "startContainer", OCI_HOOK_START_CONTAINER },
      { "poststart", OCI_HOOK_POSTSTART }, { "poststop", OCI_HOOK_POSTSTOP });
/* lxc.container.conf(5) "lxc.hook.*", those that no hook of the specification stands for */
TABLE(lxc_hook, "LXC hook",
      { "pre-start", OCI_HOOK_LXC_PRE_START }, { "pre-mount", OCI_HOOK_LXC_PRE_MOUNT },
      { "start-host", OCI_HOOK_LXC_START_HOST }, { "stop", OCI_HOOK_LXC_STOP });

bool name_lookup(const struct name_table *table, const char *word, int *ret)
{
        for (size_t i = 0; i < table->n; i++)
                if (streq(table->rows[i].name, word)) {
                        *ret = table->rows[i].value;
                        return true;
                }
        return false;
}

const char *name_of(const struct name_table *table, int value)
{
        for (size_t i = 0; i < table->n; i++)
                if (table->rows[i].value == value)
                        return table->rows[i].name;
        return NULL;
}

const char *name_of_hook(enum oci_hook_kind kind)
{
        return name_of(kind < OCI_HOOK_KINDS ? &names_hook_kind : &names_lxc_hook, (int) kind);
}

const char *name_nearest(const struct name_table *table, const char *word)
{
        const char *best = NULL;
        unsigned best_distance = (unsigned) (strlen(word) / 3) + 1;

        for (size_t i = 0; i < table->n; i++) {
                unsigned d = str_distance(word, table->rows[i].name);

                if (d < best_distance) {
                        best = table->rows[i].name;
                        best_distance = d;
                }
        }
        return best;
}
