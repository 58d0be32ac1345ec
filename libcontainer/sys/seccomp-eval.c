/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-eval.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define NATIVE_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define NATIVE_ARCH AUDIT_ARCH_ARM
#elif defined(__s390x__)
#define NATIVE_ARCH AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__powerpc64__)
#define NATIVE_ARCH AUDIT_ARCH_PPC64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__loongarch64)
#define NATIVE_ARCH AUDIT_ARCH_LOONGARCH64
#elif defined(__mips64) && defined(__MIPSEL__)
#define NATIVE_ARCH AUDIT_ARCH_MIPSEL64
#else
#error "name this machine's AUDIT_ARCH_* here"
#endif

struct machine {
        uint32_t a, x, mem[BPF_MEMWORDS];
};

static bool load(struct machine *m, const struct sock_filter *i, const struct seccomp_data *data, uint32_t *to)
{
        switch (BPF_MODE(i->code)) {
        case BPF_ABS:
                if (i->k > sizeof *data - 4 || i->k % 4)
                        return false;
                memcpy(to, (const char *) data + i->k, 4);
                return true;
        case BPF_IMM:
                *to = i->k;
                return true;
        case BPF_MEM:
                if (i->k >= BPF_MEMWORDS)
                        return false;
                *to = m->mem[i->k];
                return true;
        case BPF_LEN:
                *to = sizeof *data;
                return true;
        default:
                return false;
        }
}

static bool store(struct machine *m, const struct sock_filter *i)
{
        if (i->k >= BPF_MEMWORDS)
                return false;
        m->mem[i->k] = BPF_CLASS(i->code) == BPF_ST ? m->a : m->x;
        return true;
}

static bool compute(struct machine *m, const struct sock_filter *i)
{
        uint32_t by = BPF_SRC(i->code) == BPF_X ? m->x : i->k;
        uint16_t op = BPF_OP(i->code);

        if ((op == BPF_DIV && by == 0) || ((op == BPF_LSH || op == BPF_RSH) && by > 31))
                return false;
        switch (op) {
        case BPF_ADD: m->a += by; return true;
        case BPF_SUB: m->a -= by; return true;
        case BPF_MUL: m->a *= by; return true;
        case BPF_DIV: m->a /= by; return true;
        case BPF_AND: m->a &= by; return true;
        case BPF_OR: m->a |= by; return true;
        case BPF_XOR: m->a ^= by; return true;
        case BPF_LSH: m->a <<= by; return true;
        case BPF_RSH: m->a >>= by; return true;
        case BPF_NEG: m->a = 0 - m->a; return true;
        default: return false;
        }
}

/* How many instructions a jump skips, or -1. */
static int64_t jump(const struct machine *m, const struct sock_filter *i)
{
        uint32_t with = BPF_SRC(i->code) == BPF_X ? m->x : i->k;

        switch (BPF_OP(i->code)) {
        case BPF_JA: return i->k;
        case BPF_JEQ: return m->a == with ? i->jt : i->jf;
        case BPF_JGT: return m->a > with ? i->jt : i->jf;
        case BPF_JGE: return m->a >= with ? i->jt : i->jf;
        case BPF_JSET: return m->a & with ? i->jt : i->jf;
        default: return -1;
        }
}

static bool step(struct machine *m, const struct sock_filter *i, const struct seccomp_data *data, int64_t *ret_skip)
{
        *ret_skip = 0;
        switch (BPF_CLASS(i->code)) {
        case BPF_LD: return load(m, i, data, &m->a);
        case BPF_LDX: return load(m, i, data, &m->x);
        case BPF_ST:
        case BPF_STX: return store(m, i);
        case BPF_ALU: return compute(m, i);
        case BPF_JMP: return (*ret_skip = jump(m, i)) >= 0;
        case BPF_MISC:
                if (BPF_MISCOP(i->code) == BPF_TAX)
                        m->x = m->a;
                else
                        m->a = m->x;
                return true;
        default: return false;
        }
}

int sys_seccomp_eval(const struct sock_filter *insns, size_t n, const struct seccomp_data *data, uint32_t *ret)
{
        struct machine m = { 0 };

        /* Jumps go forward only: this ends. */
        for (size_t pc = 0; pc < n; pc++) {
                const struct sock_filter *i = &insns[pc];
                int64_t skip;

                if (BPF_CLASS(i->code) == BPF_RET) {
                        *ret = BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
                        return 0;
                }
                if (!step(&m, i, data, &skip))
                        return -EINVAL;
                pc += (size_t) skip;
        }
        return -EINVAL;
}

uint32_t sys_seccomp_verdict(const struct sock_filter *insns, size_t n, int number)
{
        const struct seccomp_data data = { .nr = number, .arch = NATIVE_ARCH };
        uint32_t verdict;

        if (sys_seccomp_eval(insns, n, &data, &verdict) < 0)
                return SECCOMP_RET_KILL_PROCESS;
        return verdict & SECCOMP_RET_ACTION_FULL;
}
