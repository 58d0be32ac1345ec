/* SPDX-License-Identifier: Apache-2.0 */
/* LXC's seccomp policy files (lxc.seccomp, lxc.seccomp.profile), both versions and all spellings, as linux.seccomp.
 * Owns: nothing; the result and the notes' texts live in the arena.  Layer: src/lxc, pure.
 *
 *      struct lxc_seccomp_source source = { .file = path, .text = text, .len = len, .arch = OCI_SECCOMP_ARCH_X86_64,
 *                                           .syscalls = { .name_of = resolve }, .notes = { .add = add, .arg = report } };
 *      r = lxc_seccomp_policy_parse(arena, &source, &seccomp, &n_errors, e);
 *
 * The two grammars:
 *      1                                 2
 *      allowlist | whitelist             allowlist | whitelist | denylist | blacklist [DEFAULT ACTION]
 *      NUMBER                            [ARCHITECTURE]
 *                                        SYSCALL [ACTION] [INDEX,VALUE,OPERATOR[,MASK]]...
 *
 * Every line that is neither blank nor a comment gets exactly one note, a faulty one with LXC_ERROR; reading goes on after it.
 * man: lxc.container.conf(5) "SECCOMP CONFIGURATION".  spec: config-linux.md "Seccomp".
 */
#ifndef BERTH_LXC_SECCOMP_POLICY_H
#define BERTH_LXC_SECCOMP_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "names.h"
#include "note.h"
#include "spec.h"

/* The kernel's table of system calls, which src/lxc cannot ask itself (libseccomp has it). */
struct lxc_syscall_table {
        /* The name of NUMBER on the architecture that the policy is for, or NULL; the text outlives the call.  A NULL
         * function makes each number of a version 1 file an error. */
        const char *(*name_of)(void *arg, int number);
        /* Whether any architecture has a call of that name.  A NULL function: each name is taken as it is. */
        bool (*knows)(void *arg, const char *name);
        void *arg;
};

struct lxc_seccomp_source {
        const char *file; /* for the notes */
        const char *text; /* any bytes; need not end in NUL */
        size_t len;
        enum oci_seccomp_arch arch; /* of the host that the container runs on */
        struct lxc_syscall_table syscalls;
        struct lxc_notes notes;
};

/* Read a policy.  Returns 0 with *ret set and the number of faulty lines in *ret_errors (the caller decides: LXC itself would
 * refuse the file), or, with *ret unchanged: -EINVAL no version or no style, so that no line means anything; -ENOMEM. */
int lxc_seccomp_policy_parse(struct arena *arena, const struct lxc_seccomp_source *source, struct oci_seccomp **ret,
                             unsigned *ret_errors, struct err *e);

#endif
