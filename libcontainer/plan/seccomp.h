/* SPDX-License-Identifier: Apache-2.0 */
/* Seccomp: who compiles the filter, and when it is loaded.
 * Owns: nothing; what the rows point to lives in the plan's arena.  Layer: plan, pure.
 * spec: config-linux.md "Seccomp".  man: seccomp(2).
 *
 * The parent compiles while init mounts, into the memory that both share.  Init loads, as late as it can, because each of
 * its own later system calls must pass the filter:
 *
 *      config                          slot                 where init's row stands
 *      noNewPrivileges, no NOTIFY      PLAN_SECCOMP_LAST    after start.wait: the last row before exec
 *      noNewPrivileges, NOTIFY         PLAN_SECCOMP_PARKED  after nnp.set, before sync READY
 *      no noNewPrivileges              PLAN_SECCOMP_EARLY   before user.set: a filter needs CAP_SYS_ADMIN then
 *
 * With NOTIFY the filter must be loaded by the create, because its listener goes to the agent by way of the parent, which
 * is gone at start.  Between load and the agent's first answer init makes one system call: it sends the listener with
 * sendmsg(2), or, where the profile notifies of that one too, tells with write(2) that the parent may fetch it
 * (pidfd_getfd(2), Linux 5.6).  A profile that lets neither through is an error of seccomp.compile.
 *
 * Annotations: run.oci.seccomp.receiver, run.oci.seccomp_fail_unknown_syscall, run.oci.seccomp_bpf_data (a program ready
 * for the kernel, in base64, in this machine's byte order; it takes the place of the profile).
 */
#ifndef BERTH_PLAN_SECCOMP_H
#define BERTH_PLAN_SECCOMP_H

#include "plan.h"
#include "str.h"

struct step_seccomp {
        const struct oci_seccomp *profile; /* NULL: only .program */
        const void *program;               /* struct sock_filter, from the annotation; NULL: compile .profile */
        size_t n_insns;                    /* of .program */
        unsigned flags;                    /* SECCOMP_FILTER_FLAG_*, as asked for */
        bool default_flags;                /* none were: the kernel's SPEC_ALLOW if it has it, as runc and crun do */
        bool fail_unknown;
        bool notify;                       /* the listener goes to .receiver */
        const char *receiver;              /* path of the agent's socket */
        const char *metadata;              /* or NULL */
};

enum plan_seccomp_slot { PLAN_SECCOMP_NONE, PLAN_SECCOMP_EARLY, PLAN_SECCOMP_PARKED, PLAN_SECCOMP_LAST };

/* Where the load of this spec stands; NONE: no seccomp, or no process to confine. */
enum plan_seccomp_slot plan_seccomp_slot(const struct oci_spec *spec);
/* Must the program be ready before init is parked (sync CONFINED), rather than before HANDOVER? */
static inline bool plan_seccomp_is_before_start(const struct oci_spec *spec)
{
        enum plan_seccomp_slot slot = plan_seccomp_slot(spec);
        return slot == PLAN_SECCOMP_EARLY || slot == PLAN_SECCOMP_PARKED;
}

/* seccomp.compile: parent, after init.clone, before sync CONFINED or HANDOVER. */
int plan_add_seccomp_compile(struct planner *p, struct err *e);
/* seccomp.load: init.  Called at each slot; adds the row at one of them. */
int plan_add_seccomp_load(struct planner *p, enum plan_seccomp_slot slot, struct err *e);
/* seccomp.notify: parent, after sync CONFINED was sent and before it waits for READY. */
int plan_add_seccomp_notify(struct planner *p, struct err *e);

void plan_seccomp_describe(const struct step *step, struct strbuf *out);

/* Strict base64 (RFC 4648 section 4, padded, nothing else) of TEXT into OUT, which holds at least 3/4 of its length.
 * Returns 0 or -EINVAL. */
int plan_base64_decode(const char *text, void *out, size_t *ret_bytes);

#endif
