/* SPDX-License-Identifier: Apache-2.0 */
/* Run a command on a kernel that seems to lack some system calls: a seccomp filter answers ENOSYS to the named ones.
 *
 *      enosys openat2,clone3 -- berth run web1
 *      enosys all -- bats tests/bats            all of the table below: roughly a Linux 4.18
 *      enosys fsconfig=EPERM -- CMD             another errno: what a sandbox answers
 *      enosys set_mm=EINVAL -- CMD              prctl(PR_SET_MM, ...): a kernel without CONFIG_CHECKPOINT_RESTORE
 *      enosys --list                            the names that 'all' stands for
 *
 * The filter is inherited by everything that CMD starts.  As root, no_new_privs stays off, so that set-user-id programs
 * work below it.  Exits with 125 when the filter cannot be made, 127 when CMD cannot be executed.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#elif defined(__i386__)
#define NATIVE_ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define NATIVE_ARCH AUDIT_ARCH_ARM
#else
#error "this architecture has no AUDIT_ARCH here yet"
#endif

enum { FAILED = 125, NO_COMMAND = 127, MAX_RULES = 64 };

struct call {
        const char *name;
        unsigned number;
        bool newer; /* than Linux 4.18: part of "all" */
        unsigned first_argument; /* only with it; 0: any */
};

static const struct call calls[] = {
        { "pidfd_send_signal", 424, true },
        { "io_uring_setup", 425, true },
        { "open_tree", 428, true },
        { "move_mount", 429, true },
        { "fsopen", 430, true },
        { "fsconfig", 431, true },
        { "fsmount", 432, true },
        { "fspick", 433, true },
        { "pidfd_open", 434, true },
        { "clone3", 435, true },
        { "close_range", 436, true },
        { "openat2", 437, true },
        { "pidfd_getfd", 438, true },
        { "faccessat2", 439, true },
        { "epoll_pwait2", 441, true },
        { "mount_setattr", 442, true },
        { "landlock_create_ruleset", 444, true },
        { "memfd_secret", 447, true },
        { "set_mempolicy_home_node", 450, true },
        { "fchmodat2", 452, true },
        { "statmount", 457, true },
        { "listmount", 458, true },
        { "open_tree_attr", 467, true },
        { "bpf", SYS_bpf, false },
        { "copy_file_range", SYS_copy_file_range, false },
        { "execveat", SYS_execveat, false },
        { "ioprio_set", SYS_ioprio_set, false },
        { "keyctl", SYS_keyctl, false },
        { "memfd_create", SYS_memfd_create, false },
        { "mount", SYS_mount, false },
        { "pivot_root", SYS_pivot_root, false },
        { "sched_setattr", SYS_sched_setattr, false },
        { "seccomp", SYS_seccomp, false },
        { "set_mempolicy", SYS_set_mempolicy, false },
        { "set_mm", SYS_prctl, false, PR_SET_MM },
        { "setns", SYS_setns, false },
        { "setxattr", SYS_setxattr, false },
        { "statx", SYS_statx, false },
        { "unshare", SYS_unshare, false },
};
enum { N_CALLS = sizeof calls / sizeof calls[0] };

struct rule {
        const struct call *call;
        int error;
};

static const struct { const char *name; int number; } errors[] = {
        { "ENOSYS", ENOSYS }, { "EPERM", EPERM },   { "EACCES", EACCES },   { "EINVAL", EINVAL }, { "EAGAIN", EAGAIN },
        { "ENOMEM", ENOMEM }, { "EBUSY", EBUSY },   { "ENOSPC", ENOSPC },   { "EIO", EIO },       { "EMFILE", EMFILE },
        { "ENODEV", ENODEV }, { "ENOENT", ENOENT }, { "EOPNOTSUPP", EOPNOTSUPP },
};

static int parse_error(const char *word)
{
        for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
                if (strcmp(errors[i].name, word) == 0)
                        return errors[i].number;
        fprintf(stderr, "enosys: unknown error '%s'\n", word);
        exit(FAILED);
}

static void add_rule(struct rule *rules, size_t *n, const struct call *call, int error)
{
        if (*n == MAX_RULES) {
                fprintf(stderr, "enosys: more than %d calls\n", MAX_RULES);
                exit(FAILED);
        }
        rules[(*n)++] = (struct rule) { call, error };
}

/* "name" or "name=EPERM" or "all". */
static void add_word(struct rule *rules, size_t *n, char *word)
{
        int error = ENOSYS;
        bool found = false;
        char *equals = strchr(word, '=');
        if (equals) {
                *equals = '\0';
                error = parse_error(equals + 1);
        }
        bool all = strcmp(word, "all") == 0;
        for (size_t i = 0; i < N_CALLS; i++) {
                if (all ? !calls[i].newer : strcmp(calls[i].name, word) != 0)
                        continue;
                add_rule(rules, n, &calls[i], error);
                found = true;
        }
        if (!found) {
                fprintf(stderr, "enosys: unknown system call '%s'\n", word);
                exit(FAILED);
        }
}

enum { RULE_LENGTH = 5 };

/* Always RULE_LENGTH instructions.  The number is in the accumulator, before and after. */
static void write_rule(const struct rule *rule, struct sock_filter code[static RULE_LENGTH])
{
        enum { LOW_HALF = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0 };
        unsigned argument = rule->call->first_argument;
        unsigned at = offsetof(struct seccomp_data, args[0]) + LOW_HALF;

        code[0] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, rule->call->number, 0, 4);
        code[1] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at);
        code[2] = argument ? (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1) :
                             (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at);
        code[3] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned) rule->error);
        code[4] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
}

static void load_filter(const struct rule *rules, size_t n)
{
        struct sock_filter code[5 + RULE_LENGTH * MAX_RULES];
        unsigned short len = 0;
        code[len++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
        code[len++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
        code[len++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        code[len++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        for (size_t i = 0; i < n; i++, len += RULE_LENGTH)
                write_rule(&rules[i], &code[len]);
        code[len++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

        struct sock_fprog prog = { .len = len, .filter = code };
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0)
                return;
        if (errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0)
                return;
        fprintf(stderr, "enosys: cannot load the filter: %m\n");
        exit(FAILED);
}

int main(int argc, char **argv)
{
        if (argc == 2 && strcmp(argv[1], "--list") == 0) {
                for (size_t i = 0; i < N_CALLS; i++)
                        if (calls[i].newer)
                                puts(calls[i].name);
                return 0;
        }
        if (argc < 4 || strcmp(argv[2], "--") != 0) {
                fprintf(stderr, "usage: enosys NAME[=ERRNO],... -- COMMAND [ARG...]\n       enosys --list\n");
                return FAILED;
        }
        struct rule rules[MAX_RULES];
        size_t n = 0;
        char *rest = argv[1], *word;
        while ((word = strsep(&rest, ",")))
                add_word(rules, &n, word);
        load_filter(rules, n);
        execvp(argv[3], argv + 3);
        fprintf(stderr, "enosys: cannot execute '%s': %m\n", argv[3]);
        return NO_COMMAND;
}
