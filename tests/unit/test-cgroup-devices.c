/* SPDX-License-Identifier: Apache-2.0 */
/* The device rules against a model that reads them one by one: the plan's shorter list, the program that is made of it,
 * run by an interpreter, and the exceptions that a v1 hierarchy gets, read as the kernel reads them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/cgroup.h"
#include "sys/cgroup/ebpf.h"

struct access { char type; uint32_t major, minor; unsigned bits; };

/* ------------------------------------------------------------------------------------------------------------------
 * The model: each bit is decided by the last rule for device and bit */

static bool matches(const struct cgroup_device_rule *r, const struct access *a)
{
        return (r->type == 'a' || r->type == a->type) && (r->major == CGROUP_DEV_ANY || (uint32_t) r->major == a->major) &&
               (r->minor == CGROUP_DEV_ANY || (uint32_t) r->minor == a->minor);
}

static bool model(const struct cgroup_device_policy *p, const struct access *a)
{
        for (unsigned bit = 1; bit <= CGROUP_DEV_WRITE; bit <<= 1) {
                bool allowed = p->allow_others;

                for (size_t i = 0; i < p->n; i++)
                        if (matches(&p->rules[i], a) && (p->rules[i].access & bit))
                                allowed = p->rules[i].allow;
                if ((a->bits & bit) && !allowed)
                        return false;
        }
        return true;
}

/* ------------------------------------------------------------------------------------------------------------------
 * An interpreter for the few instructions that our programs have.  Anything else fails the test. */

static bool run_program(const struct bpf_insn *insns, size_t n, const struct access *a)
{
        struct bpf_cgroup_dev_ctx ctx = { (a->bits << 16) | (a->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR), a->major, a->minor };
        uint64_t reg[11] = { [1] = (uintptr_t) &ctx };
        bool written[11] = { [1] = true };

        for (size_t pc = 0;; pc++) {
                const struct bpf_insn *i = &insns[pc];

                assert_true(pc < n);
                if (i->code == (BPF_JMP | BPF_EXIT)) {
                        assert_true(written[0]);
                        assert_true(reg[0] <= 1);
                        return reg[0];
                }
                if (i->code != (BPF_ALU64 | BPF_MOV | BPF_K) && i->code != (BPF_ALU64 | BPF_MOV | BPF_X) && BPF_CLASS(i->code) != BPF_LDX)
                        assert_true(written[i->dst_reg]);
                switch (i->code) {
                case BPF_LDX | BPF_MEM | BPF_W: {
                        uint32_t word;

                        assert_int_equal(i->src_reg, 1);
                        assert_true(i->off >= 0 && (size_t) i->off + 4 <= sizeof ctx);
                        memcpy(&word, (const char *) &ctx + i->off, sizeof word);
                        reg[i->dst_reg] = word;
                        break;
                }
                case BPF_ALU64 | BPF_MOV | BPF_K:
                        reg[i->dst_reg] = (uint64_t) (int64_t) i->imm;
                        break;
                case BPF_ALU64 | BPF_MOV | BPF_X:
                        assert_true(written[i->src_reg]);
                        reg[i->dst_reg] = reg[i->src_reg];
                        break;
                case BPF_ALU64 | BPF_AND | BPF_K:
                        reg[i->dst_reg] &= (uint64_t) (int64_t) i->imm;
                        break;
                case BPF_ALU64 | BPF_RSH | BPF_K:
                        reg[i->dst_reg] >>= i->imm;
                        break;
                case BPF_JMP | BPF_JNE | BPF_K:
                        pc += reg[i->dst_reg] != (uint64_t) (int64_t) i->imm ? (size_t) i->off : 0;
                        break;
                case BPF_JMP | BPF_JEQ | BPF_K:
                        pc += reg[i->dst_reg] == (uint64_t) (int64_t) i->imm ? (size_t) i->off : 0;
                        break;
                default:
                        fail_msg("instruction %zu has code %#x", pc, i->code);
                }
                written[i->dst_reg] = true;
        }
}

/* Every instruction can be reached: the kernel's verifier takes no other programs. */
static void assert_reachable(const struct bpf_insn *insns, size_t n)
{
        bool *seen = calloc(n + 1, sizeof *seen);

        seen[0] = true;
        for (size_t pc = 0; pc < n; pc++) {
                bool jump = BPF_CLASS(insns[pc].code) == BPF_JMP;

                assert_true(seen[pc]);
                if (insns[pc].code != (BPF_JMP | BPF_EXIT))
                        seen[pc + 1] = true;
                if (jump && insns[pc].code != (BPF_JMP | BPF_EXIT)) {
                        assert_true(insns[pc].off >= 0 && pc + 1 + (size_t) insns[pc].off < n);
                        seen[pc + 1 + (size_t) insns[pc].off] = true;
                }
        }
        assert_false(seen[n]);
        free(seen);
}

/* ------------------------------------------------------------------------------------------------------------------
 * The v1 controller, after security/device_cgroup.c: a default and exceptions */

struct devcg {
        bool allow;
        struct cgroup_device_rule x[512];
        size_t n;
};

static void devcg_add(struct devcg *d, const struct cgroup_device_rule *r)
{
        for (size_t i = 0; i < d->n; i++)
                if (d->x[i].type == r->type && d->x[i].major == r->major && d->x[i].minor == r->minor) {
                        d->x[i].access |= r->access;
                        return;
                }
        assert_true(d->n < ARRAY_SIZE(d->x));
        d->x[d->n++] = *r;
}

static void devcg_write(struct devcg *d, const struct cgroup_device_rule *r)
{
        assert_true(r->type == 'b' || r->type == 'c');
        assert_int_not_equal(r->access, 0);
        assert_int_not_equal(r->allow, d->allow); /* it would only take exceptions away: ours are complete */
        devcg_add(d, r);
}

static bool devcg_may(const struct devcg *d, const struct access *a)
{
        for (size_t i = 0; i < d->n; i++) {
                if (!matches(&d->x[i], a))
                        continue;
                if (d->allow && (a->bits & d->x[i].access))
                        return false;
                if (!d->allow && (a->bits & ~d->x[i].access) == 0)
                        return true;
        }
        return d->allow;
}

/* ------------------------------------------------------------------------------------------------------------------ */

enum { MAX_RULES = 24 };

struct lists {
        struct arena *arena;
        struct host host;
        struct oci_spec spec;
        struct plan plan;
        struct planner p;
        struct oci_device_rule items[MAX_RULES];
        struct oci_resources res;
        struct cgroup_device_rule plain[MAX_RULES + 16];
        struct cgroup_device_policy wanted; /* the config's rules and the defaults, unshortened */
};

/* As the planner appends them: written down once more, so that a change there is noticed here. */
static const struct cgroup_device_rule appended[] = {
        { true, 'c', -1, -1, 1 },  { true, 'b', -1, -1, 1 }, { true, 'c', 1, 3, 7 },    { true, 'c', 1, 5, 7 },
        { true, 'c', 1, 7, 7 },    { true, 'c', 1, 8, 7 },   { true, 'c', 1, 9, 7 },    { true, 'c', 5, 0, 7 },
        { true, 'c', 5, 2, 7 },    { true, 'c', 136, -1, 7 }, { true, 'c', 10, 200, 7 },
};

static void lists_add(struct lists *l, bool allow, char type, int64_t major, int64_t minor, const char *access)
{
        struct oci_device_rule *r = &l->items[l->res.devices.n++];

        *r = (struct oci_device_rule) { .allow = { true, allow }, .type = { type != 0, type }, .access = access };
        r->major = (struct opt_i64) { major != -2, major };
        r->minor = (struct opt_i64) { minor != -2, minor };
}

static unsigned bits_of(const char *access)
{
        return !access ? 7 : (strchr(access, 'r') ? 2 : 0) | (strchr(access, 'w') ? 4 : 0) | (strchr(access, 'm') ? 1 : 0);
}

static void lists_begin(struct lists *l)
{
        *l = (struct lists) { .arena = arena_new() };
        l->plan.host = &l->host;
        l->plan.spec = &l->spec;
        l->plan.config_name = "config.json";
        l->p = (struct planner) { .arena = l->arena, .plan = &l->plan };
        l->res.devices.items = l->items;
}

static void lists_end(struct lists *l)
{
        size_t n = 0;

        for (size_t i = 0; i < l->res.devices.n; i++) {
                const struct oci_device_rule *r = &l->items[i];

                l->plain[n++] = (struct cgroup_device_rule) {
                        r->allow.value, r->type.set ? (char) r->type.value : 'a', r->major.set ? (int32_t) r->major.value : -1,
                        r->minor.set ? (int32_t) r->minor.value : -1, bits_of(r->access),
                };
        }
        for (size_t i = 0; i < ARRAY_SIZE(appended); i++)
                l->plain[n++] = appended[i];
        l->wanted = (struct cgroup_device_policy) { .rules = l->plain, .n = n };
}

static void lists_done(struct lists *l) { arena_free(l->arena); }

static const uint32_t numbers[] = { 0, 1, 3, 5, 7, 8, 9, 10, 42, 136, 200, 4095 };

/* Call CHECK for every kind of access there is. */
static void for_each_access(void (*check)(const struct access *, void *), void *arg)
{
        for (int t = 0; t < 2; t++)
                for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
                        for (size_t j = 0; j < ARRAY_SIZE(numbers); j++)
                                for (unsigned bits = 1; bits <= 7; bits++)
                                        check(&(struct access) { t ? 'b' : 'c', numbers[i], numbers[j], bits }, arg);
}

struct checked {
        const struct lists *l;
        const struct cgroup_device_policy *v2;
        struct bpf_insn *insns;
        size_t n_insns;
        const struct devcg *devcg; /* or NULL */
};

static void check_access(const struct access *a, void *arg)
{
        const struct checked *c = arg;
        bool expected = model(&c->l->wanted, a);

        if (model(c->v2, a) != expected)
                fail_msg("shortened list: %c %u:%u %u", a->type, a->major, a->minor, a->bits);
        if (run_program(c->insns, c->n_insns, a) != expected)
                fail_msg("program: %c %u:%u %u", a->type, a->major, a->minor, a->bits);
        /* mknod and open ask for different bits, never together: the v1 controller is not exact there, nor need it be. */
        bool possible = a->bits == CGROUP_DEV_MKNOD || !(a->bits & CGROUP_DEV_MKNOD);
        if (c->devcg && possible && devcg_may(c->devcg, a) != expected)
                fail_msg("v1: %c %u:%u %u expected %d", a->type, a->major, a->minor, a->bits, expected);
}

/* Returns whether v1 can express the list. */
static bool check_lists(struct lists *l)
{
        const struct cgroup_device_policy *v2, *v1 = NULL;
        struct checked c = { .l = l };
        struct devcg devcg = { 0 };
        struct err e = ERR_INIT;
        int r;

        lists_end(l);
        assert_int_equal(plan_cgroup_devices(&l->p, &l->res, false, &v2, &e), 0);
        assert_true(v2->n <= l->wanted.n);
        c.v2 = v2;
        c.insns = calloc(sys_cgroup_bpf_max_insns(v2->n), sizeof *c.insns);
        c.n_insns = sys_cgroup_bpf_build(v2, c.insns);
        assert_true(c.n_insns <= sys_cgroup_bpf_max_insns(v2->n));
        assert_reachable(c.insns, c.n_insns);
        r = plan_cgroup_devices(&l->p, &l->res, true, &v1, &e);
        if (r == 0) {
                devcg.allow = v1->allow_others;
                for (size_t i = 0; i < v1->n; i++)
                        devcg_write(&devcg, &v1->rules[i]);
                c.devcg = &devcg;
        } else {
                assert_int_equal(r, -EINVAL);
                assert_string_equal(e.text, "the v1 devices controller cannot express this rule after the ones before it");
        }
        for_each_access(check_access, &c);
        free(c.insns);
        return r == 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* What engines write. */
static void test_engines(void **state)
{
        _cleanup_(lists_done) struct lists none, docker, privileged;

        (void) state;
        lists_begin(&none);
        assert_true(check_lists(&none));
        lists_begin(&docker);
        lists_add(&docker, false, 0, -2, -2, "rwm");
        lists_add(&docker, true, 'c', 1, 5, "rwm");
        lists_add(&docker, true, 'c', 1, 3, "rwm");
        lists_add(&docker, true, 'c', -1, -1, "m");
        lists_add(&docker, false, 'c', 10, 229, "rwm");
        lists_add(&docker, true, 'b', 8, 0, "r");
        assert_true(check_lists(&docker));
        lists_begin(&privileged);
        lists_add(&privileged, false, 'a', -1, -1, "rwm");
        lists_add(&privileged, true, 'a', -2, -2, NULL);
        assert_true(check_lists(&privileged));
}

/* A program for a privileged container is nothing at all; one rule for everything ends it. */
static void test_shapes(void **state)
{
        const struct cgroup_device_rule rules[] = { { false, 'c', 1, 3, 7 }, { true, 'a', -1, -1, 7 }, { true, 'a', -1, -1, 2 }, { true, 'c', 1, 3, 0 } };
        struct cgroup_device_policy policy = { .rules = rules, .n = 4 };
        const struct cgroup_device_policy *made;
        _cleanup_(lists_done) struct lists l;
        struct bpf_insn insns[64];
        struct err e = ERR_INIT;
        size_t n;

        (void) state;
        n = sys_cgroup_bpf_build(&policy, insns);
        assert_reachable(insns, n);
        assert_true(run_program(insns, n, &(struct access) { 'c', 1, 3, 7 }));
        lists_begin(&l);
        lists_add(&l, true, 'a', -1, -1, "rwm");
        assert_int_equal(plan_cgroup_devices(&l.p, &l.res, false, &made, &e), 0);
        assert_true(made->allow_others);
        assert_int_equal(made->n, 0);
        assert_int_equal(plan_cgroup_devices(&l.p, NULL, false, &made, &e), 0);
        assert_false(made->allow_others);
        assert_int_equal(made->n, ARRAY_SIZE(appended));
}

/* Rules that v1 would lose in silence. */
static void test_inexpressible(void **state)
{
        _cleanup_(lists_done) struct lists narrow, cross, allow_part;

        (void) state;
        lists_begin(&narrow);
        lists_add(&narrow, true, 'c', 42, -1, "rw");
        lists_add(&narrow, false, 'c', 42, 7, "w");
        assert_false(check_lists(&narrow));
        lists_begin(&cross);
        lists_add(&cross, true, 'b', 42, -1, "r");
        lists_add(&cross, false, 'b', -1, 7, "r");
        assert_false(check_lists(&cross));
        lists_begin(&allow_part);
        lists_add(&allow_part, true, 'a', -2, -2, NULL);
        lists_add(&allow_part, false, 'c', 1, -1, NULL); /* and the defaults allow 1:3 */
        assert_false(check_lists(&allow_part));
}

/* One open for reading and writing, allowed by two rules. */
static void test_split_access(void **state)
{
        _cleanup_(lists_done) struct lists l;

        (void) state;
        lists_begin(&l);
        lists_add(&l, true, 'b', 8, -1, "r");
        lists_add(&l, true, 'b', -1, 0, "w");
        lists_add(&l, true, 'b', 8, 3, "m");
        assert_true(check_lists(&l));
}

/* Numbers that no device can have. */
static void test_impossible(void **state)
{
        const struct cgroup_device_policy *made;
        _cleanup_(lists_done) struct lists l;
        struct err e = ERR_INIT;

        (void) state;
        lists_begin(&l);
        lists_add(&l, true, 'c', 4294967295, 0, NULL);
        lists_add(&l, true, 'c', 0, 4294967295, NULL);
        lists_add(&l, true, 'c', 0, 0, "");
        assert_int_equal(plan_cgroup_devices(&l.p, &l.res, false, &made, &e), 0);
        assert_int_equal(made->n, ARRAY_SIZE(appended));
}

/* Annotation berth.devices.strict: the list as it is, from everything allowed on. */
static void test_strict(void **state)
{
        const struct cgroup_device_policy *made;

        (void) state;
        for (int v1 = 0; v1 < 2; v1++) {
                _cleanup_(lists_done) struct lists l;
                struct err e = ERR_INIT;

                lists_begin(&l);
                l.spec.extensions.strict_device_rules = true;
                lists_add(&l, false, 'c', 1, 11, "rw");
                assert_int_equal(plan_cgroup_devices(&l.p, &l.res, v1, &made, &e), 0);
                assert_true(model(made, &(struct access) { 'b', 8, 0, 7 }));
                assert_false(model(made, &(struct access) { 'c', 1, 11, 2 }));
                l.res.devices.n = 0;
                lists_add(&l, false, 'a', -1, -1, "rwm");
                lists_add(&l, true, 'c', 1, 3, "rwm");
                assert_int_equal(plan_cgroup_devices(&l.p, &l.res, v1, &made, &e), 0);
                assert_false(made->allow_others);
                assert_int_equal(made->n, 1);
                /* not the defaults: /dev/full, /dev/net/tun, making nodes */
                assert_true(model(made, &(struct access) { 'c', 1, 3, 7 }));
                assert_false(model(made, &(struct access) { 'c', 1, 7, 2 }));
                assert_false(model(made, &(struct access) { 'c', 10, 200, 2 }));
                assert_false(model(made, &(struct access) { 'b', 8, 0, 1 }));
        }
}

static void test_optional(void **state)
{
        static const struct { uid_t euid; bool user_ns, deny, part, expected; } table[] = {
                { 0, false, false, false, false }, { 0, false, true, false, false }, { 0, true, true, true, true },
                { 1000, false, false, false, true }, { 1000, false, true, false, false }, { 1000, false, false, true, false },
        };

        (void) state;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                const struct cgroup_device_policy *made;
                _cleanup_(lists_done) struct lists l;
                struct err e = ERR_INIT;

                lists_begin(&l);
                l.host = (struct host) { .euid = table[i].euid, .in_user_ns = table[i].user_ns };
                lists_add(&l, !table[i].deny, 'c', 42, 42, table[i].part ? "r" : NULL);
                assert_int_equal(plan_cgroup_devices(&l.p, &l.res, false, &made, &e), 0);
                assert_int_equal(made->optional, table[i].expected);
        }
}

/* Random lists from few numbers, so that they often touch each other.  The seed is fixed: a failure can be repeated. */
static void test_random(void **state)
{
        static const char *const accesses[] = { NULL, "r", "w", "m", "rw", "rwm", "wm" };
        static const char types[] = { 'c', 'b', 'c', 'b', 'a', 0 };
        static const int64_t few[] = { -1, -1, -2, 1, 3, 5, 8, 42 };
        unsigned seed = 20231, expressed = 0;

        (void) state;
        for (int round = 0; round < 400; round++) {
                _cleanup_(lists_done) struct lists l;
                int n = rand_r(&seed) % 10;

                lists_begin(&l);
                for (int i = 0; i < n; i++) {
                        char type = types[(unsigned) rand_r(&seed) % ARRAY_SIZE(types)];
                        int64_t major = few[(unsigned) rand_r(&seed) % ARRAY_SIZE(few)], minor = few[(unsigned) rand_r(&seed) % ARRAY_SIZE(few)];
                        bool all = type == 'a' || type == 0;

                        lists_add(&l, rand_r(&seed) % 3 > 0, type, all ? -1 : major, all ? -1 : minor,
                                  accesses[(unsigned) rand_r(&seed) % ARRAY_SIZE(accesses)]);
                }
                expressed += check_lists(&l);
        }
        assert_true(expressed > 100);
        assert_true(expressed < 400);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_engines),      cmocka_unit_test(test_shapes),     cmocka_unit_test(test_inexpressible),
                cmocka_unit_test(test_split_access), cmocka_unit_test(test_impossible), cmocka_unit_test(test_optional),
                cmocka_unit_test(test_random),       cmocka_unit_test(test_strict),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
