/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a filter and the evaluator, for every architecture: nothing here runs in the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/audit.h>

#include "cleanup.h"
#include "sys/seccomp-eval.h"
#include "sys/seccomp-stub.h"

enum { ENOSYS_RET = SECCOMP_RET_ERRNO | ENOSYS };

/* The stub, followed by a filter that answers with a verdict of its own: "asked". */
static uint32_t ask(const struct sys_seccomp_horizon *horizons, size_t n, uint32_t arch, uint32_t nr)
{
        struct sock_filter program[SYS_SECCOMP_STUB_MAX_INSNS + 1];
        struct seccomp_data data = { .nr = (int) nr, .arch = arch };
        size_t len = sys_seccomp_stub(horizons, n, program);
        uint32_t verdict = 0;

        program[len] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 1);
        assert_int_equal(sys_seccomp_eval(program, len + 1, &data, &verdict), 0);
        return verdict;
}

static void test_horizons(void **state _unused_)
{
        const uint32_t asked = SECCOMP_RET_TRACE | 1;
        struct sys_seccomp_horizon h[] = {
                sys_seccomp_horizon(AUDIT_ARCH_X86_64), sys_seccomp_horizon(AUDIT_ARCH_I386), sys_seccomp_horizon(AUDIT_ARCH_ARM),
                sys_seccomp_horizon(AUDIT_ARCH_S390X),  sys_seccomp_horizon(AUDIT_ARCH_AARCH64),
        };
        static const int known[] = { 0, 435, 0x40000000 + 547, 0x40000000 + 435, -10001, -1 };
        static const struct {
                uint32_t arch, nr, want;
        } rows[] = {
                { AUDIT_ARCH_X86_64, 0, 0 },
                { AUDIT_ARCH_X86_64, 435, 0 },
                { AUDIT_ARCH_X86_64, 436, ENOSYS_RET },
                { AUDIT_ARCH_X86_64, 0x3fffffff, ENOSYS_RET },
                { AUDIT_ARCH_X86_64, 0x40000000, 0 }, /* x32 */
                { AUDIT_ARCH_X86_64, 0x40000000 + 547, 0 },
                { AUDIT_ARCH_X86_64, 0x40000000 + 548, ENOSYS_RET },
                { AUDIT_ARCH_X86_64, 0xffffffff, ENOSYS_RET }, /* as the kernel says for it */
                { AUDIT_ARCH_I386, 400, 0 },
                { AUDIT_ARCH_I386, 401, ENOSYS_RET },
                { AUDIT_ARCH_ARM, 400, 0 },
                { AUDIT_ARCH_ARM, 401, ENOSYS_RET },
                { AUDIT_ARCH_ARM, 0x0effff, ENOSYS_RET },
                { AUDIT_ARCH_ARM, 0x0f0005, 0 }, /* set_tls */
                { AUDIT_ARCH_ARM, 0x0f0006, 0 },
                { AUDIT_ARCH_S390X, 0, ENOSYS_RET },
                { AUDIT_ARCH_S390X, 1, 0 },
                { AUDIT_ARCH_S390X, 401, ENOSYS_RET },
                { AUDIT_ARCH_AARCH64, 100000, 0 }, /* nothing is known of it */
                { AUDIT_ARCH_RISCV64, 100000, 0 }, /* not among them */
        };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                sys_seccomp_horizon_add(&h[0], known[i]);
        sys_seccomp_horizon_add(&h[1], 400);
        sys_seccomp_horizon_add(&h[2], 400);
        sys_seccomp_horizon_add(&h[2], 0x0f0005);
        sys_seccomp_horizon_add(&h[3], 400);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                uint32_t want = rows[i].want ? rows[i].want : asked;

                if (ask(h, ARRAY_SIZE(h), rows[i].arch, rows[i].nr) != want)
                        fail_msg("row %zu", i);
        }
}

/* x32 that the profile does not know goes to the filter, which has its own opinion of foreign calls. */
static void test_x32_unknown(void **state _unused_)
{
        struct sys_seccomp_horizon h = sys_seccomp_horizon(AUDIT_ARCH_X86_64);

        sys_seccomp_horizon_add(&h, 300);
        assert_int_equal(ask(&h, 1, AUDIT_ARCH_X86_64, 301), ENOSYS_RET);
        assert_int_equal(ask(&h, 1, AUDIT_ARCH_X86_64, 0x40000000 + 1), SECCOMP_RET_TRACE | 1);
}

static void test_nothing_known(void **state _unused_)
{
        struct sys_seccomp_horizon h = sys_seccomp_horizon(AUDIT_ARCH_I386);
        struct sock_filter out[SYS_SECCOMP_STUB_MAX_INSNS];

        assert_int_equal(sys_seccomp_stub(&h, 1, out), 0);
        assert_int_equal(sys_seccomp_stub(NULL, 0, out), 0);
}

static void test_bound(void **state _unused_)
{
        struct sys_seccomp_horizon h[SYS_SECCOMP_STUB_MAX_ARCHS];
        struct sock_filter out[SYS_SECCOMP_STUB_MAX_INSNS];

        for (size_t i = 0; i < ARRAY_SIZE(h); i++) {
                h[i] = sys_seccomp_horizon(AUDIT_ARCH_X86_64);
                h[i].audit_arch = (uint32_t) i;
                h[i].zero_is_unknown = true;
                sys_seccomp_horizon_add(&h[i], 10);
                sys_seccomp_horizon_add(&h[i], 0x40000010);
        }
        assert_in_range(sys_seccomp_stub(h, ARRAY_SIZE(h), out), 1, SYS_SECCOMP_STUB_MAX_INSNS);
        assert_int_equal(ask(h, ARRAY_SIZE(h), SYS_SECCOMP_STUB_MAX_ARCHS - 1, 11), ENOSYS_RET);
}

/* Each kind of instruction, with what the kernel's interpreter makes of it. */
static void test_eval(void **state _unused_)
{
#define S BPF_STMT
#define J BPF_JUMP
        static const struct {
                const char *name;
                struct sock_filter insns[8];
                size_t n;
                int r;
                uint32_t want;
        } rows[] = {
                { "ret a", { S(BPF_LD | BPF_IMM, 5), S(BPF_RET | BPF_A, 0) }, 2, 0, 5 },
                { "arg low", { S(BPF_LD | BPF_W | BPF_ABS, 16), S(BPF_RET | BPF_A, 0) }, 2, 0, 0x55667788 },
                { "tax txa", { S(BPF_LD | BPF_IMM, 5), S(BPF_MISC | BPF_TAX, 0), S(BPF_LD | BPF_IMM, 1), S(BPF_MISC | BPF_TXA, 0),
                               S(BPF_RET | BPF_A, 0) }, 5, 0, 5 },
                { "memory", { S(BPF_LD | BPF_IMM, 9), S(BPF_ST, 3), S(BPF_LDX | BPF_W | BPF_MEM, 3), S(BPF_STX, 15),
                              S(BPF_LD | BPF_MEM, 15), S(BPF_RET | BPF_A, 0) }, 6, 0, 9 },
                { "len", { S(BPF_LD | BPF_W | BPF_LEN, 0), S(BPF_RET | BPF_A, 0) }, 2, 0, sizeof(struct seccomp_data) },
                { "add", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_ADD | BPF_K, 2), S(BPF_RET | BPF_A, 0) }, 3, 0, 9 },
                { "sub", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_SUB | BPF_K, 2), S(BPF_RET | BPF_A, 0) }, 3, 0, 5 },
                { "mul", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_MUL | BPF_K, 2), S(BPF_RET | BPF_A, 0) }, 3, 0, 14 },
                { "div", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_DIV | BPF_K, 2), S(BPF_RET | BPF_A, 0) }, 3, 0, 3 },
                { "and", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_AND | BPF_K, 10), S(BPF_RET | BPF_A, 0) }, 3, 0, 2 },
                { "or", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_OR | BPF_K, 8), S(BPF_RET | BPF_A, 0) }, 3, 0, 15 },
                { "xor", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_XOR | BPF_K, 1), S(BPF_RET | BPF_A, 0) }, 3, 0, 6 },
                { "lsh", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_LSH | BPF_K, 1), S(BPF_RET | BPF_A, 0) }, 3, 0, 14 },
                { "rsh", { S(BPF_LD | BPF_IMM, 7), S(BPF_ALU | BPF_RSH | BPF_K, 1), S(BPF_RET | BPF_A, 0) }, 3, 0, 3 },
                { "neg", { S(BPF_LD | BPF_IMM, 1), S(BPF_ALU | BPF_NEG, 0), S(BPF_RET | BPF_A, 0) }, 3, 0, 0xffffffff },
                { "add x", { S(BPF_LDX | BPF_IMM, 4), S(BPF_LD | BPF_IMM, 1), S(BPF_ALU | BPF_ADD | BPF_X, 0), S(BPF_RET | BPF_A, 0) },
                  4, 0, 5 },
                { "jeq", { S(BPF_LD | BPF_IMM, 1), J(BPF_JMP | BPF_JEQ | BPF_K, 1, 1, 0), S(BPF_RET, 1), S(BPF_RET, 2) }, 4, 0, 2 },
                { "jgt", { S(BPF_LD | BPF_IMM, 1), J(BPF_JMP | BPF_JGT | BPF_K, 1, 1, 0), S(BPF_RET, 1), S(BPF_RET, 2) }, 4, 0, 1 },
                { "jge", { S(BPF_LD | BPF_IMM, 1), J(BPF_JMP | BPF_JGE | BPF_K, 1, 1, 0), S(BPF_RET, 1), S(BPF_RET, 2) }, 4, 0, 2 },
                { "jset x", { S(BPF_LDX | BPF_IMM, 6), S(BPF_LD | BPF_IMM, 1), J(BPF_JMP | BPF_JSET | BPF_X, 0, 1, 0), S(BPF_RET, 1),
                              S(BPF_RET, 2) }, 5, 0, 1 },
                { "ja", { J(BPF_JMP | BPF_JA, 1, 0, 0), S(BPF_RET, 1), S(BPF_RET, 2) }, 3, 0, 2 },
                { "empty", { S(BPF_RET, 1) }, 0, -EINVAL, 0 },
                { "runs off", { S(BPF_LD | BPF_IMM, 1) }, 1, -EINVAL, 0 },
                { "jumps off", { J(BPF_JMP | BPF_JA, 7, 0, 0), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "unaligned", { S(BPF_LD | BPF_W | BPF_ABS, 2), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "past the data", { S(BPF_LD | BPF_W | BPF_ABS, 64), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "packet load", { S(BPF_LD | BPF_W | BPF_IND, 0), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "no such memory", { S(BPF_LD | BPF_MEM, 16), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "no such store", { S(BPF_ST, 16), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "division by zero", { S(BPF_ALU | BPF_DIV | BPF_K, 0), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "wide shift", { S(BPF_ALU | BPF_LSH | BPF_K, 32), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "no such sum", { S(BPF_ALU | 0xf0, 1), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
                { "no such jump", { S(BPF_JMP | 0xf0, 0), S(BPF_RET, 1) }, 2, -EINVAL, 0 },
        };
        const struct seccomp_data data = { .nr = 1, .arch = 2, .args = { 0x1122334455667788 } };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                uint32_t got = 0;
                int r = sys_seccomp_eval(rows[i].insns, rows[i].n, &data, &got);

                if (r != rows[i].r || got != rows[i].want)
                        fail_msg("%s: %d, %#x", rows[i].name, r, got);
        }
}

static void test_verdict(void **state _unused_)
{
        const struct sock_filter by_number[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 3, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 7),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };

        assert_int_equal(sys_seccomp_verdict(by_number, ARRAY_SIZE(by_number), 3), SECCOMP_RET_ERRNO);
        assert_int_equal(sys_seccomp_verdict(by_number, ARRAY_SIZE(by_number), 4), SECCOMP_RET_ALLOW);
        assert_int_equal(sys_seccomp_verdict(by_number, 0, 4), SECCOMP_RET_KILL_PROCESS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_horizons), cmocka_unit_test(test_x32_unknown), cmocka_unit_test(test_nothing_known),
                cmocka_unit_test(test_bound),    cmocka_unit_test(test_eval),        cmocka_unit_test(test_verdict),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
