/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/ebpf.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/resource.h>

#include "cgroup/private.h"
#include "syscalls.h"

/* ------------------------------------------------------------------------------------------------------------------
 * The program.  It walks the rules from last to first with the access bits that no rule has decided yet: a deny rule for
 * one of them ends it with "no", an allow rule takes its bits away, and when none is left the answer is "yes". */

enum { R_ANSWER = BPF_REG_0, R_CTX = BPF_REG_1, R_ACCESS = BPF_REG_2, R_TYPE = BPF_REG_3, R_MAJOR = BPF_REG_4, R_MINOR = BPF_REG_5 };

struct code {
        struct bpf_insn *insns;
        size_t n;
};

static void emit(struct code *c, unsigned op, unsigned dst, unsigned src, int off, int32_t imm)
{
        c->insns[c->n++] = (struct bpf_insn) { .code = (uint8_t) op, .dst_reg = dst & 15, .src_reg = src & 15, .off = (int16_t) off, .imm = imm };
}

static void emit_load(struct code *c, unsigned dst, size_t offset)
{
        emit(c, BPF_LDX | BPF_MEM | BPF_W, dst, R_CTX, (int) offset, 0);
}

static void emit_answer(struct code *c, bool allow)
{
        emit(c, BPF_ALU64 | BPF_MOV | BPF_K, R_ANSWER, 0, 0, allow);
        emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Jump past the rule if REG is not IMM; where to is filled in when the rule's end is known. */
static void emit_unless(struct code *c, unsigned reg, int32_t imm)
{
        emit(c, BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, imm);
}

static bool is_jump(const struct bpf_insn *insn)
{
        unsigned op = BPF_OP(insn->code);

        return BPF_CLASS(insn->code) == BPF_JMP && (op == BPF_JNE || op == BPF_JEQ);
}

static void emit_rule(struct code *c, const struct cgroup_device_rule *rule)
{
        size_t begin = c->n;

        if (rule->type != 'a')
                emit_unless(c, R_TYPE, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
        if (rule->major != CGROUP_DEV_ANY)
                emit_unless(c, R_MAJOR, rule->major);
        if (rule->minor != CGROUP_DEV_ANY)
                emit_unless(c, R_MINOR, rule->minor);
        if (rule->access != CGROUP_DEV_ALL && rule->allow) {
                emit(c, BPF_ALU64 | BPF_AND | BPF_K, R_ACCESS, 0, 0, (int32_t) (CGROUP_DEV_ALL & ~rule->access));
                emit_unless(c, R_ACCESS, 0);
        } else if (rule->access != CGROUP_DEV_ALL) {
                emit(c, BPF_ALU64 | BPF_MOV | BPF_X, R_ANSWER, R_ACCESS, 0, 0);
                emit(c, BPF_ALU64 | BPF_AND | BPF_K, R_ANSWER, 0, 0, (int32_t) rule->access);
                emit(c, BPF_JMP | BPF_JEQ | BPF_K, R_ANSWER, 0, 0, 0);
        }
        emit_answer(c, rule->allow);
        for (size_t i = begin; i < c->n; i++)
                if (is_jump(&c->insns[i]))
                        c->insns[i].off = (int16_t) (c->n - i - 1);
}

size_t sys_cgroup_bpf_build(const struct cgroup_device_policy *policy, struct bpf_insn *insns)
{
        struct code c = { .insns = insns };

        emit_load(&c, R_ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type));
        emit_load(&c, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
        emit_load(&c, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
        emit(&c, BPF_ALU64 | BPF_MOV | BPF_X, R_TYPE, R_ACCESS, 0, 0);
        emit(&c, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0, 0xffff);
        emit(&c, BPF_ALU64 | BPF_RSH | BPF_K, R_ACCESS, 0, 0, 16);
        for (size_t i = policy->n; i-- > 0;) {
                const struct cgroup_device_rule *rule = &policy->rules[i];

                if (rule->access != 0)
                        emit_rule(&c, rule);
                /* A rule for everything: what follows could not be reached, which the kernel's verifier does not take. */
                if (rule->type == 'a' && rule->major == CGROUP_DEV_ANY && rule->minor == CGROUP_DEV_ANY &&
                    rule->access == CGROUP_DEV_ALL)
                        return c.n;
        }
        emit_answer(&c, policy->allow_others);
        return c.n;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Loading and attaching */

static int bpf(int cmd, union bpf_attr *attr) { return sys_bpf(cmd, attr, sizeof *attr); }

static int load_once(const struct bpf_insn *insns, size_t n)
{
        union bpf_attr attr = {
                .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                .insn_cnt = (uint32_t) n,
                .insns = (uintptr_t) insns,
                .license = (uintptr_t) "Apache-2.0",
        };

        return bpf(BPF_PROG_LOAD, &attr);
}

/* Before Linux 5.11 programs count as locked memory. */
static int load_program(const struct bpf_insn *insns, size_t n)
{
        struct rlimit saved, raised;
        int fd = load_once(insns, n);

        if (fd != -EPERM || getrlimit(RLIMIT_MEMLOCK, &saved) < 0)
                return fd;
        raised = (struct rlimit) { saved.rlim_max, saved.rlim_max };
        if (saved.rlim_cur == saved.rlim_max || setrlimit(RLIMIT_MEMLOCK, &raised) < 0)
                return fd;
        fd = load_once(insns, n);
        setrlimit(RLIMIT_MEMLOCK, &saved);
        return fd;
}

enum { MAX_ATTACHED = 64 };

static int query_attached(int cgroup_fd, uint32_t ids[MAX_ATTACHED], uint32_t *ret_n)
{
        union bpf_attr attr = { 0 };
        int r;

        attr.query.target_fd = (uint32_t) cgroup_fd;
        attr.query.attach_type = BPF_CGROUP_DEVICE;
        attr.query.prog_ids = (uintptr_t) ids;
        attr.query.prog_cnt = MAX_ATTACHED;
        r = bpf(BPF_PROG_QUERY, &attr);
        *ret_n = r < 0 ? 0 : attr.query.prog_cnt;
        return r;
}

static int program_by_id(uint32_t id)
{
        union bpf_attr attr = { .prog_id = id };

        return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static int attach(int cgroup_fd, int prog_fd, int replaced_fd)
{
        union bpf_attr attr = {
                .target_fd = (uint32_t) cgroup_fd,
                .attach_bpf_fd = (uint32_t) prog_fd,
                .attach_type = BPF_CGROUP_DEVICE,
                .attach_flags = BPF_F_ALLOW_MULTI,
        };

        if (replaced_fd >= 0) {
                attr.attach_flags |= BPF_F_REPLACE;
                attr.replace_bpf_fd = (uint32_t) replaced_fd;
        }
        return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach_by_id(int cgroup_fd, uint32_t id)
{
        _cleanup_close_ int fd = program_by_id(id);
        union bpf_attr attr = { 0 };

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        attr.target_fd = (uint32_t) cgroup_fd;
        attr.attach_bpf_fd = (uint32_t) fd;
        attr.attach_type = BPF_CGROUP_DEVICE;
        return bpf(BPF_PROG_DETACH, &attr);
}

/* Put PROG_FD (-EBADF: nothing) in the place of whatever is attached.  All attached programs must allow, so at no moment is
 * more allowed than by the old or by the new one. */
static int replace_attached(int cgroup_fd, int prog_fd)
{
        uint32_t ids[MAX_ATTACHED], n;
        int r = query_attached(cgroup_fd, ids, &n);

        if (r == 0 && n == 1 && prog_fd >= 0) {
                _cleanup_close_ int old_fd = program_by_id(ids[0]);

                if (old_fd >= 0 && attach(cgroup_fd, prog_fd, old_fd) == 0)
                        return 0; /* Linux 5.6 */
        }
        if (r == 0 && prog_fd >= 0)
                r = attach(cgroup_fd, prog_fd, -EBADF);
        for (uint32_t i = 0; r == 0 && i < n; i++)
                r = detach_by_id(cgroup_fd, ids[i]);
        return r;
}

int cgroup_v2_devices(struct cgroup *cg, const struct cgroup_device_policy *policy, struct err *e)
{
        _cleanup_free_ struct bpf_insn *insns = NULL;
        _cleanup_close_ int prog_fd = -EBADF;
        bool nothing = policy->allow_others && policy->n == 0;
        int fd = cgroup_v2_fd(cg), r;

        if (nothing && cg->fresh)
                return 0;
        if (fd < 0)
                return err_sys(e, -fd, "open", "cannot open the cgroup '%s'", cg->path);
        if (!nothing) {
                insns = calloc(sys_cgroup_bpf_max_insns(policy->n), sizeof *insns);
                if (!insns)
                        return err_nomem(e);
                prog_fd = load_program(insns, sys_cgroup_bpf_build(policy, insns));
        }
        if (prog_fd < 0 && !nothing) {
                err_sys(e, -prog_fd, "bpf", "cannot load the device filter");
                if (prog_fd == -EPERM)
                        err_hint(e, "this needs CAP_BPF or CAP_SYS_ADMIN outside user namespaces");
                else if (prog_fd == -EINVAL || prog_fd == -ENOSYS)
                        err_hint(e, "the kernel was built without CONFIG_CGROUP_BPF or CONFIG_BPF_SYSCALL");
                else if (prog_fd == -E2BIG)
                        err_hint(e, "the list of devices is longer than this kernel's programs can be");
                return prog_fd;
        }
        r = cg->fresh ? attach(fd, prog_fd, -EBADF) : replace_attached(fd, prog_fd);
        return r < 0 ? err_sys(e, -r, "bpf", "cannot attach the device filter to the cgroup '%s'", cg->path) : 0;
}
