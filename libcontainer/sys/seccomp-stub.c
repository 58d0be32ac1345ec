/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-stub.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "cleanup.h"

enum { X32_BIT = 0x40000000, ARM_PRIVATE = 0x0f0000 };

struct sys_seccomp_horizon sys_seccomp_horizon(uint32_t audit_arch)
{
        struct sys_seccomp_horizon h = { .audit_arch = audit_arch, .last = -1, .high_last = -1 };

        if (audit_arch == AUDIT_ARCH_X86_64)
                h.high_from = X32_BIT;
        else if (audit_arch == AUDIT_ARCH_ARM || audit_arch == AUDIT_ARCH_ARMEB)
                h.high_from = ARM_PRIVATE;
        else if (audit_arch == AUDIT_ARCH_S390 || audit_arch == AUDIT_ARCH_S390X)
                h.zero_is_unknown = true;
        return h;
}

void sys_seccomp_horizon_add(struct sys_seccomp_horizon *h, int number)
{
        bool high = h->high_from && number >= (int64_t) h->high_from;
        int64_t *last = high ? &h->high_last : &h->last;

        /* ARM's private calls are no sequence that grows with time. */
        if (high && h->high_from == ARM_PRIVATE)
                return;
        if (number > *last)
                *last = number;
}

struct program {
        struct sock_filter *insns;
        size_t n;
};

static void emit(struct program *p, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
        p->insns[p->n++] = (struct sock_filter) { code, jt, jf, k };
}

static void emit_load(struct program *p, size_t offset)
{
        emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t) offset);
}

static void emit_enosys(struct program *p) { emit(p, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS); }

/* ENOSYS above LAST, else on to the filter; the distance of that jump is filled in at the end. */
static void emit_limit(struct program *p, int64_t last)
{
        if (last >= 0) {
                emit(p, BPF_JMP | BPF_JGT | BPF_K, 0, 1, (uint32_t) last);
                emit_enosys(p);
        }
        emit(p, BPF_JMP | BPF_JA, 0, 0, 0);
}

static void emit_horizon(struct program *p, const struct sys_seccomp_horizon *h)
{
        size_t arch_test = p->n, high_test;

        emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, h->audit_arch);
        emit_load(p, offsetof(struct seccomp_data, nr));
        if (h->zero_is_unknown) {
                emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
                emit_enosys(p);
        }
        if (h->high_from) {
                high_test = p->n;
                emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 0, h->high_from);
                emit_limit(p, h->high_last);
                p->insns[high_test].jf = (uint8_t) (p->n - high_test - 1);
        }
        emit_limit(p, h->last);
        /* Another architecture: its number is still in the accumulator. */
        p->insns[arch_test].jf = (uint8_t) (p->n - arch_test - 1);
}

size_t sys_seccomp_stub(const struct sys_seccomp_horizon *horizons, size_t n, struct sock_filter *out)
{
        struct program p = { .insns = out };

        emit_load(&p, offsetof(struct seccomp_data, arch));
        for (size_t i = 0; i < n && i < SYS_SECCOMP_STUB_MAX_ARCHS; i++)
                if (horizons[i].last >= 0 || horizons[i].high_last >= 0)
                        emit_horizon(&p, &horizons[i]);
        if (p.n == 1)
                return 0;
        for (size_t i = 0; i < p.n; i++)
                if (out[i].code == (BPF_JMP | BPF_JA))
                        out[i].k = (uint32_t) (p.n - i - 1);
        return p.n;
}
