/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a filter: ENOSYS for system calls that are newer than the profile, before the profile itself is asked.
 * Owns: nothing.  Layer: sys, pure.
 *
 * Numbers grow with time on every architecture, so that "newer" is "greater than the greatest that the profile names".
 * The exceptions stand in the table of seccomp-stub.c: x32 lives in the upper half of x86_64's numbers, ARM has private
 * calls high up, and s390 shows an unknown number above 255 as number 0 (setup(2), which nobody calls). */
#ifndef BERTH_SYS_SECCOMP_STUB_H
#define BERTH_SYS_SECCOMP_STUB_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYS_SECCOMP_STUB_MAX_ARCHS = 32, SYS_SECCOMP_STUB_MAX_INSNS = 12 * SYS_SECCOMP_STUB_MAX_ARCHS + 1 };

/* What the profile knows of one architecture (AUDIT_ARCH_*).  Below .high_from (0: none) numbers above .last are new; from
 * it on, those above .high_last.  A last of -1: the profile names nothing there, its default action decides. */
struct sys_seccomp_horizon {
        uint32_t audit_arch;
        uint32_t high_from;
        int64_t last, high_last;
        bool zero_is_unknown;
};

/* An empty horizon for AUDIT_ARCH, with what is special about it. */
struct sys_seccomp_horizon sys_seccomp_horizon(uint32_t audit_arch);
/* The profile names NUMBER; a negative one (libseccomp's word for "not here") is ignored. */
void sys_seccomp_horizon_add(struct sys_seccomp_horizon *horizon, int number);

/* Write the head for N architectures to OUT, which has room for SYS_SECCOMP_STUB_MAX_INSNS.  The program that follows it
 * directly is reached whenever the head does not answer.  Returns the count of instructions, 0 when there is nothing to
 * say. */
size_t sys_seccomp_stub(const struct sys_seccomp_horizon *horizons, size_t n, struct sock_filter *out);

#endif
