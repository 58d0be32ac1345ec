/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp filters: compiled by libseccomp, loaded by the kernel.
 * Owns: nothing; instruction buffers are the caller's.  Layer: sys.
 * Context: parent for everything but sys_seccomp_load, which is init's and allocates nothing.
 *
 *      r = sys_seccomp_prepare(&filter, cache_fd, insns, SYS_SECCOMP_MAX_INSNS, &n, &warnings, e);     parent
 *      r = sys_seccomp_load(insns, n, flags, e);                                                       init
 *
 * What libseccomp leaves open is decided here:
 *  - The native architecture is always part of a filter.
 *  - A rule whose action is the default action is left out: it changes nothing, and libseccomp refuses it.
 *  - The conditions of one rule must all hold, except where two of them look at the same argument: then each condition
 *    of that rule is a rule of its own, any of which is enough.  The specification is silent; runc and crun do so.
 *  - A system call that is newer than all that the profile names, on its architecture, fails with ENOSYS when the default
 *    action would deny it (ERRNO, KILL, TRAP): the C library then takes an older one, where EPERM would end the program.
 *  - A name that libseccomp does not know is skipped, and one warning lists all of them.
 *  - More than a handful of rules become a binary tree rather than a list.
 */
#ifndef BERTH_SYS_SECCOMP_H
#define BERTH_SYS_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "str.h"

enum sys_seccomp_action {
        SYS_SECCOMP_KILL_THREAD,
        SYS_SECCOMP_KILL_PROCESS,
        SYS_SECCOMP_TRAP,
        SYS_SECCOMP_ERRNO,
        SYS_SECCOMP_TRACE,
        SYS_SECCOMP_ALLOW,
        SYS_SECCOMP_LOG,
        SYS_SECCOMP_NOTIFY,
        SYS_SECCOMP_ACTIONS,
};

enum sys_seccomp_op {
        SYS_SECCOMP_NE,
        SYS_SECCOMP_LT,
        SYS_SECCOMP_LE,
        SYS_SECCOMP_EQ,
        SYS_SECCOMP_GE,
        SYS_SECCOMP_GT,
        SYS_SECCOMP_MASKED_EQ, /* (argument & value) == value_two */
        SYS_SECCOMP_OPS,
};

struct sys_seccomp_arg {
        unsigned index; /* 0 to 5 */
        enum sys_seccomp_op op;
        uint64_t value, value_two;
};

struct sys_seccomp_rule {
        const char *const *names;
        size_t n_names;
        enum sys_seccomp_action action;
        bool errno_set; /* else EPERM for ERRNO and TRACE */
        uint32_t errno_ret;
        const struct sys_seccomp_arg *args;
        size_t n_args;
};

/* A whole filter as plain data; every text and array is the caller's. */
struct sys_seccomp_filter {
        enum sys_seccomp_action default_action;
        bool default_errno_set;
        uint32_t default_errno;
        const char *const *archs; /* "SCMP_ARCH_X86_64", …; the native one need not be among them */
        size_t n_archs;
        const struct sys_seccomp_rule *rules;
        size_t n_rules;
        bool fail_unknown; /* an unknown system call is an error rather than a warning */
};

enum { SYS_SECCOMP_MAX_INSNS = 4096 }; /* BPF_MAXINSNS: the kernel takes no longer program */

/* Compile FILTER into INSNS, which has room for MAX.  WARNINGS gets at most one sentence.
 * Returns 0, or: -ENOENT libseccomp is not there; -EINVAL libseccomp refuses (the sentence names rule and reason);
 * -E2BIG more than MAX instructions; -ENOTSUP berth was built without libseccomp.  man: seccomp_rule_add(3). */
int sys_seccomp_compile(const struct sys_seccomp_filter *filter, struct sock_filter *insns, size_t max, size_t *ret_n,
                        struct strbuf *warnings, struct err *e);

/* As sys_seccomp_compile, by way of the cache in CACHE_FD (sys/seccomp-cache.h; -EBADF: none).  On a hit libseccomp is not
 * even loaded.  What goes wrong with the cache is no error: then the filter is compiled. */
int sys_seccomp_prepare(const struct sys_seccomp_filter *filter, int cache_fd, struct sock_filter *insns, size_t max,
                        size_t *ret_n, struct strbuf *warnings, struct err *e);

/* Install the program on the calling thread.  FLAGS: SECCOMP_FILTER_FLAG_*; with NEW_LISTENER the listener's fd (owned by
 * the caller, O_CLOEXEC) is returned, else 0.
 * Returns, or: -EACCES neither no_new_privs nor CAP_SYS_ADMIN; -EINVAL the program or a flag is not to the kernel's
 * taste; -EBUSY there is a listener already; -ENOSYS a kernel without seccomp(2) and flags that need it.
 * Context: init; afterwards every system call is filtered.  man: seccomp(2). */
int sys_seccomp_load(const struct sock_filter *insns, size_t n, unsigned flags, struct err *e);

/* Those of the SECCOMP_FILTER_FLAG_* in CANDIDATES that this kernel knows.  Never fails; 0 without seccomp(2). */
unsigned sys_seccomp_flags_supported(unsigned candidates);

#endif
