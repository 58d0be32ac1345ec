/* SPDX-License-Identifier: Apache-2.0 */
/* The half of sys/seccomp.h that needs libseccomp. */
#include <config.h>

#include "seccomp.h"

#ifndef HAVE_SECCOMP

int sys_seccomp_compile(const struct sys_seccomp_filter *filter _unused_, struct sock_filter *insns _unused_,
                        size_t max _unused_, size_t *ret_n _unused_, struct strbuf *warnings _unused_, struct err *e)
{
        return err_set(e, ERR_HOST, ENOTSUP, "berth was built without libseccomp, which /linux/seccomp needs");
}

#else

#include <ctype.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <string.h>
#include <sys/stat.h>

#include "seccomp-lib.h"
#include "seccomp-stub.h"
#include "syscalls.h"

/* libseccomp sorts the rules into a tree from this many on; below, a list is as fast and shorter. */
enum { TREE_FROM_RULES = 8, ARGS_MAX = 6 };

static const struct seccomp_lib *lib;

static void release(scmp_filter_ctx *ctx)
{
        if (*ctx)
                lib->release(*ctx);
}

struct compiler {
        const struct sys_seccomp_filter *filter;
        scmp_filter_ctx ctx;
        uint32_t default_action;
        uint32_t archs[SYS_SECCOMP_STUB_MAX_ARCHS]; /* libseccomp's tokens */
        size_t n_archs;
        const char **unknown; /* owned; each name once */
        size_t n_unknown;
};

static void compiler_done(struct compiler *c)
{
        release(&c->ctx);
        free(c->unknown);
}

/* SCMP_ACT_* are the kernel's SECCOMP_RET_*, with the datum in the low half. */
static uint32_t action_of(enum sys_seccomp_action action, bool errno_set, uint32_t errno_ret)
{
        static const uint32_t actions[SYS_SECCOMP_ACTIONS] = {
                [SYS_SECCOMP_KILL_THREAD] = SCMP_ACT_KILL_THREAD,
                [SYS_SECCOMP_KILL_PROCESS] = SCMP_ACT_KILL_PROCESS,
                [SYS_SECCOMP_TRAP] = SCMP_ACT_TRAP,
                [SYS_SECCOMP_ERRNO] = SCMP_ACT_ERRNO(0),
                [SYS_SECCOMP_TRACE] = SCMP_ACT_TRACE(0),
                [SYS_SECCOMP_ALLOW] = SCMP_ACT_ALLOW,
                [SYS_SECCOMP_LOG] = SCMP_ACT_LOG,
                [SYS_SECCOMP_NOTIFY] = SCMP_ACT_NOTIFY,
        };
        bool has_datum = action == SYS_SECCOMP_ERRNO || action == SYS_SECCOMP_TRACE;

        return actions[action] | (has_datum ? (errno_set ? errno_ret & 0xffff : EPERM) : 0);
}

static int refuse(int num, const char *call, struct err *e, const char *fmt, ...) _printf_(4, 5);
static int refuse(int num, const char *call, struct err *e, const char *fmt, ...)
{
        const struct scmp_version *v = lib->version();
        char what[256];
        va_list ap;
        int r;

        va_start(ap, fmt);
        vsnprintf(what, sizeof what, fmt, ap);
        va_end(ap);
        r = err_sys(e, num, call, "libseccomp %u.%u.%u refuses %s", v->major, v->minor, v->micro, what);
        err_pointer(e, "/linux/seccomp");
        return r;
}

/* "SCMP_ARCH_X86_64" is "x86_64" to the library: so that what it knows counts, and not what its header knew. */
static uint32_t arch_token(const char *name)
{
        const char *suffix = str_after(name, "SCMP_ARCH_");
        char word[32];
        size_t i = 0;

        for (; suffix && suffix[i] && i < sizeof word - 1; i++)
                word[i] = (char) tolower((unsigned char) suffix[i]);
        word[i] = '\0';
        return lib->arch_resolve_name(word);
}

static int add_archs(struct compiler *c, struct err *e)
{
        c->archs[c->n_archs++] = lib->arch_native();
        for (size_t i = 0; i < c->filter->n_archs; i++) {
                uint32_t token = arch_token(c->filter->archs[i]);
                int r = token ? lib->arch_add(c->ctx, token) : -EINVAL;

                if (r == -EEXIST)
                        continue;
                if (r < 0)
                        return refuse(-r, "seccomp_arch_add", e, "architecture '%s'", c->filter->archs[i]);
                if (c->n_archs == ARRAY_SIZE(c->archs))
                        return err_set(e, ERR_CONFIG, E2BIG, "too many seccomp architectures");
                c->archs[c->n_archs++] = token;
        }
        return 0;
}

static int note_unknown(struct compiler *c, const char *name, struct err *e)
{
        const char **grown;

        for (size_t i = 0; i < c->n_unknown; i++)
                if (streq(c->unknown[i], name))
                        return 0;
        grown = reallocarray(c->unknown, c->n_unknown + 1, sizeof *grown);
        if (!grown)
                return err_nomem(e);
        c->unknown = grown;
        c->unknown[c->n_unknown++] = name;
        return 0;
}

static bool looks_twice(const struct sys_seccomp_rule *rule)
{
        unsigned seen = 0;

        for (size_t i = 0; i < rule->n_args; i++) {
                if (seen & 1U << rule->args[i].index)
                        return true;
                seen |= 1U << rule->args[i].index;
        }
        return false;
}

static struct scmp_arg_cmp condition(const struct sys_seccomp_arg *arg)
{
        static const enum scmp_compare ops[SYS_SECCOMP_OPS] = {
                [SYS_SECCOMP_NE] = SCMP_CMP_NE, [SYS_SECCOMP_LT] = SCMP_CMP_LT, [SYS_SECCOMP_LE] = SCMP_CMP_LE,
                [SYS_SECCOMP_EQ] = SCMP_CMP_EQ, [SYS_SECCOMP_GE] = SCMP_CMP_GE, [SYS_SECCOMP_GT] = SCMP_CMP_GT,
                [SYS_SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
        };

        return (struct scmp_arg_cmp) {
                .arg = arg->index,
                .op = ops[arg->op],
                .datum_a = arg->value,
                .datum_b = arg->op == SYS_SECCOMP_MASKED_EQ ? arg->value_two : 0,
        };
}

/* One rule for one system call; where two conditions look at the same argument, one rule a condition. */
static int add_call(struct compiler *c, const struct sys_seccomp_rule *rule, uint32_t action, int number)
{
        bool apart = looks_twice(rule);
        struct scmp_arg_cmp conditions[ARGS_MAX];
        int r = 0;

        for (size_t i = 0; i < rule->n_args; i++) {
                if (!apart) {
                        conditions[i] = condition(&rule->args[i]);
                        continue;
                }
                conditions[0] = condition(&rule->args[i]);
                r = lib->rule_add_array(c->ctx, action, number, 1, conditions);
                if (r < 0 && r != -EEXIST)
                        return r;
        }
        if (!apart)
                r = lib->rule_add_array(c->ctx, action, number, (unsigned) rule->n_args, conditions);
        return r == -EEXIST ? 0 : r;
}

static int add_rule(struct compiler *c, size_t index, struct err *e)
{
        const struct sys_seccomp_rule *rule = &c->filter->rules[index];
        uint32_t action = action_of(rule->action, rule->errno_set, rule->errno_ret);

        for (size_t i = 0; i < rule->n_args; i++)
                if (rule->args[i].index >= ARGS_MAX)
                        return err_set(e, ERR_CONFIG, EINVAL, "a system call has no argument %u", rule->args[i].index);
        for (size_t i = 0; i < rule->n_names; i++) {
                int number = lib->syscall_resolve_name(rule->names[i]);
                int r;

                if (number == __NR_SCMP_ERROR)
                        r = note_unknown(c, rule->names[i], e);
                else if (action == c->default_action)
                        continue;
                else if ((r = add_call(c, rule, action, number)) < 0)
                        r = refuse(-r, "seccomp_rule_add_array", e, "the rule for '%s' at /linux/seccomp/syscalls/%zu",
                                   rule->names[i], index);
                if (r < 0)
                        return r;
        }
        return 0;
}

static size_t count_calls(const struct sys_seccomp_filter *filter)
{
        size_t n = 0;

        for (size_t i = 0; i < filter->n_rules; i++)
                n += filter->rules[i].n_names;
        return n;
}

static int tell_unknown(const struct compiler *c, struct strbuf *warnings, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf list = { 0 };
        const struct scmp_version *v = lib->version();

        if (c->n_unknown == 0)
                return 0;
        for (size_t i = 0; i < c->n_unknown; i++)
                strbuf_printf(&list, "%s'%s'", i ? ", " : "", c->unknown[i]);
        if (list.failed)
                return err_nomem(e);
        if (c->filter->fail_unknown)
                return err_set(e, ERR_CONFIG, EINVAL, "the seccomp profile names system calls that libseccomp %u.%u.%u does "
                               "not know: %s", v->major, v->minor, v->micro, list.text);
        strbuf_printf(warnings, "the seccomp profile names system calls that libseccomp %u.%u.%u does not know, their rules "
                      "have no effect: %s", v->major, v->minor, v->micro, list.text);
        return 0;
}

/* Would the default action keep a program from falling back to an older system call? */
static bool default_denies(const struct compiler *c)
{
        switch (c->filter->default_action) {
        case SYS_SECCOMP_ERRNO:
                return c->default_action != SCMP_ACT_ERRNO(ENOSYS);
        case SYS_SECCOMP_KILL_THREAD:
        case SYS_SECCOMP_KILL_PROCESS:
        case SYS_SECCOMP_TRAP:
                return true;
        default:
                return false;
        }
}

static void learn_horizon(const struct compiler *c, uint32_t arch, struct sys_seccomp_horizon *horizon)
{
        for (size_t i = 0; i < c->filter->n_rules; i++)
                for (size_t j = 0; j < c->filter->rules[i].n_names; j++)
                        sys_seccomp_horizon_add(horizon, lib->syscall_resolve_name_arch(arch, c->filter->rules[i].names[j]));
}

static size_t make_stub(const struct compiler *c, struct sock_filter *out)
{
        struct sys_seccomp_horizon horizons[SYS_SECCOMP_STUB_MAX_ARCHS];
        size_t n = 0;

        if (!default_denies(c))
                return 0;
        for (size_t i = 0; i < c->n_archs; i++) {
                /* The kernel has one name for both. */
                uint32_t audit_arch = c->archs[i] == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : c->archs[i];
                size_t at = 0;

                while (at < n && horizons[at].audit_arch != audit_arch)
                        at++;
                if (at == n)
                        horizons[n++] = sys_seccomp_horizon(audit_arch);
                learn_horizon(c, c->archs[i], &horizons[at]);
        }
        return sys_seccomp_stub(horizons, n, out);
}

/* libseccomp writes to a file only. */
static int export(const struct compiler *c, struct sock_filter *insns, size_t max, size_t *ret_n, struct err *e)
{
        _cleanup_close_ int fd = sys_memfd_create("berth-seccomp", MFD_CLOEXEC);
        struct stat st;
        int r;

        if (fd < 0)
                return err_sys(e, -fd, "memfd_create", "cannot make a file for the seccomp filter");
        r = lib->export_bpf(c->ctx, fd);
        if (r < 0)
                return refuse(-r, "seccomp_export_bpf", e, "to export the filter");
        if (fstat(fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot read the seccomp filter");
        *ret_n = (size_t) st.st_size / sizeof *insns;
        if (*ret_n > max)
                return err_set(e, ERR_CONFIG, E2BIG, "the seccomp profile compiles to %zu instructions, %zu too many for "
                               "the kernel", *ret_n, *ret_n - max);
        if (pread(fd, insns, *ret_n * sizeof *insns, 0) != (ssize_t) (*ret_n * sizeof *insns))
                return err_set(e, ERR_HOST, EIO, "cannot read the seccomp filter back");
        return 0;
}

static int compile(struct compiler *c, struct err *e)
{
        int r;

        c->default_action = action_of(c->filter->default_action, c->filter->default_errno_set, c->filter->default_errno);
        c->ctx = lib->init(c->default_action);
        if (!c->ctx)
                return refuse(EINVAL, "seccomp_init", e, "the default action");
        r = add_archs(c, e);
        if (r < 0)
                return r;
        /* A library before 2.5 has no such attribute, and only loses speed. */
        if (count_calls(c->filter) > TREE_FROM_RULES)
                lib->attr_set(c->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        for (size_t i = 0; i < c->filter->n_rules; i++) {
                r = add_rule(c, i, e);
                if (r < 0)
                        return r;
        }
        return 0;
}

int sys_seccomp_compile(const struct sys_seccomp_filter *filter, struct sock_filter *insns, size_t max, size_t *ret_n,
                        struct strbuf *warnings, struct err *e)
{
        _cleanup_(compiler_done) struct compiler c = { .filter = filter };
        struct sock_filter stub[SYS_SECCOMP_STUB_MAX_INSNS];
        size_t n_stub, n = 0;
        int r;

        r = seccomp_lib_open(&lib, e);
        if (r < 0)
                return r;
        r = compile(&c, e);
        if (r < 0)
                return r;
        r = tell_unknown(&c, warnings, e);
        if (r < 0)
                return r;
        n_stub = make_stub(&c, stub);
        if (n_stub > max)
                return err_set(e, ERR_INTERNAL, E2BIG, "no room for a seccomp filter");
        memcpy(insns, stub, n_stub * sizeof *stub);
        r = export(&c, insns + n_stub, max - n_stub, &n, e);
        if (r < 0)
                return r;
        *ret_n = n_stub + n;
        return 0;
}

#endif
