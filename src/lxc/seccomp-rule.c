/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-rule.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>

#include "num.h"
#include "str.h"
#include "text.h"

enum { MAX_ERRNO = 4095 }; /* the kernel's; it cuts what is larger */

static const char *skip_blanks(const char *text) { return text + strspn(text, " \t"); }

size_t policy_scan_int(const char *text, int *ret)
{
        const char *at = skip_blanks(text);
        int64_t value = 0;
        bool minus = *at == '-';

        at += *at == '-' || *at == '+';
        if (*at < '0' || *at > '9')
                return 0;
        for (; *at >= '0' && *at <= '9'; at++)
                value = value <= INT_MAX ? value * 10 + (*at - '0') : value;
        value = MIN(value, INT_MAX);
        *ret = (int) (minus ? -value : value);
        return (size_t) (at - text);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Actions */

static const char *errno_parse(struct arena *arena, const char *text, struct policy_action *action, const char **quirk,
                               const char **hint)
{
        int number;

        if (policy_scan_int(text, &number) == 0) {
                *hint = "write the number, as in 'errno 1' for EPERM";
                return arena_printf(arena, "'errno' needs a number, not '%s'", lxc_shown(arena, skip_blanks(text)));
        }
        /* 16 bits fit into a filter's verdict, and the kernel returns no errno above its greatest. */
        action->errno_ret = MIN((uint32_t) number & 0xffff, MAX_ERRNO);
        if (number < 0 || number > MAX_ERRNO)
                *quirk = arena_printf(arena, "errno %d does not fit: the kernel returns %u", number, action->errno_ret);
        return NULL;
}

const char *policy_action_parse(struct arena *arena, const char *text, struct policy_action *action, const char **quirk,
                                const char **hint)
{
        static const struct { const char *word; enum oci_seccomp_action action; } actions[] = {
                { "kill", OCI_SECCOMP_KILL_THREAD }, { "errno", OCI_SECCOMP_ERRNO },   { "allow", OCI_SECCOMP_ALLOW },
                { "trap", OCI_SECCOMP_TRAP },        { "notify", OCI_SECCOMP_NOTIFY },
        };
        size_t len;

        text = skip_blanks(text);
        if (text[0] == '\0' || text[0] == '#' || text[0] == '[')
                return NULL;
        len = strcspn(text, " \t[");
        for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
                const char *rest = str_after(text, actions[i].word);

                if (!rest)
                        continue;
                *action = (struct policy_action) { actions[i].action, 0 };
                if (actions[i].action == OCI_SECCOMP_ERRNO)
                        return errno_parse(arena, rest, action, quirk, hint);
                if ((size_t) (rest - text) < len)
                        *quirk = arena_printf(arena, "LXC reads '%s' as '%s'", lxc_shown(arena, arena_strndup(arena, text, len) ?: ""),
                                              actions[i].word);
                return NULL;
        }
        *hint = "the actions are kill, errno NUMBER, allow, trap and notify";
        return arena_printf(arena, "unknown action '%s'", lxc_shown(arena, arena_strndup(arena, text, len) ?: ""));
}

/* ------------------------------------------------------------------------------------------------------------------
 * Argument filters */

static const struct { const char *name, *sign; enum oci_seccomp_op op; } operators[] = {
        { "SCMP_CMP_NE", "!=", OCI_SECCOMP_NE }, { "SCMP_CMP_LE", "<=", OCI_SECCOMP_LE },
        { "SCMP_CMP_EQ", "==", OCI_SECCOMP_EQ }, { "SCMP_CMP_GE", ">=", OCI_SECCOMP_GE },
        { "SCMP_CMP_GT", ">", OCI_SECCOMP_GT },  { "SCMP_CMP_LT", "<", OCI_SECCOMP_LT },
        { "SCMP_CMP_MASKED_EQ", "&=", OCI_SECCOMP_MASKED_EQ },
};

const char *policy_operator_name(enum oci_seccomp_op op)
{
        for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
                if (operators[i].op == op)
                        return operators[i].name;
        return NULL;
}

/* C's integer constants: 0x10, 010, 16. */
static bool parse_value(const char *text, uint64_t *ret)
{
        unsigned base = 10;

        if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
                text += 2, base = 16;
        else if (text[0] == '0' && text[1])
                text++, base = 8;
        return num_parse_u64(text, strlen(text), base, ret) == 0;
}

/* The field of TEXT up to the next comma, without blanks around; TEXT moves behind it.  NULL: there is none. */
static char *next_field(struct arena *arena, const char **text)
{
        const char *from, *stop, *end;

        if (!*text)
                return NULL;
        from = skip_blanks(*text);
        end = strchr(from, ',');
        stop = end ?: from + strlen(from);
        while (stop > from && (stop[-1] == ' ' || stop[-1] == '\t'))
                stop--;
        *text = end ? end + 1 : NULL;
        return arena_strndup(arena, from, (size_t) (stop - from));
}

static const char *arg_values(struct arena *arena, struct oci_seccomp_arg *arg, const char *value, const char *mask)
{
        uint64_t v, m = 0;

        if (!value || !parse_value(value, &v))
                return arena_printf(arena, "value '%s' of an argument filter is no number", lxc_shown(arena, value ?: ""));
        if (mask && !parse_value(mask, &m))
                return arena_printf(arena, "mask '%s' of an argument filter is no number", lxc_shown(arena, mask));
        if (arg->op.value == OCI_SECCOMP_MASKED_EQ) {
                arg->value = (struct opt_u64) { true, m };
                arg->value_two = (struct opt_u64) { true, v };
        } else {
                arg->value = (struct opt_u64) { true, v };
        }
        return NULL;
}

/* "INDEX,VALUE,OPERATOR[,MASK]" */
static const char *arg_parse(struct arena *arena, const char *text, struct oci_seccomp_arg *arg, const char **hint)
{
        const char *rest = text, *index = next_field(arena, &rest), *value = next_field(arena, &rest);
        const char *op = next_field(arena, &rest), *mask = next_field(arena, &rest);
        uint64_t number;

        *hint = "a filter is [INDEX,VALUE,OPERATOR] or [INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK]";
        if (!op)
                return arena_printf(arena, "'[%s]' is no argument filter", lxc_shown(arena, text));
        if (!parse_value(index, &number) || number >= POLICY_MAX_ARGS)
                return arena_printf(arena, "'%s' is no argument's index: system calls have six, from 0", lxc_shown(arena, index));
        arg->index = (struct opt_u32) { true, (uint32_t) number };
        for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
                if (streq(op, operators[i].name) || streq(op, operators[i].sign))
                        arg->op = (struct opt_enum) { true, (int) operators[i].op };
        if (!arg->op.set)
                return arena_printf(arena, "unknown operator '%s' in an argument filter", lxc_shown(arena, op));
        return arg_values(arena, arg, value, mask);
}

/* All filters of a line must hold.  libseccomp refuses two on one argument, and other runtimes would take such a pair as
 * alternatives. */
static const char *args_parse(struct arena *arena, const char *line, struct policy_rule *rule, const char **hint)
{
        for (const char *open = strchr(line, '['), *close; open; open = strchr(close, '[')) {
                const char *text, *fault;

                close = strchr(open, ']');
                text = arena_strndup(arena, open + 1, close ? (size_t) (close - open - 1) : strlen(open + 1));
                if (!text || rule->n_args >= POLICY_MAX_ARGS)
                        return "more argument filters than a system call has arguments";
                rule->args[rule->n_args] = (struct oci_seccomp_arg) { 0 };
                fault = close ? arg_parse(arena, text, &rule->args[rule->n_args], hint) : "an argument filter lacks its ']'";
                if (fault)
                        return fault;
                for (size_t i = 0; i < rule->n_args; i++)
                        if (rule->args[i].index.value == rule->args[rule->n_args].index.value)
                                return arena_printf(arena, "two filters on argument %u in one rule", rule->args[i].index.value);
                rule->n_args++;
        }
        *hint = NULL;
        return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Rules */

static void force_umount(struct policy_rule *rule)
{
        rule->name = "umount2";
        rule->action = (struct policy_action) { OCI_SECCOMP_ERRNO, EACCES };
        rule->args[0] = (struct oci_seccomp_arg) { .index = { true, 1 }, .op = { true, OCI_SECCOMP_MASKED_EQ },
                                                   .value = { true, MNT_FORCE }, .value_two = { true, MNT_FORCE } };
        rule->n_args = 1;
}

const char *policy_rule_parse(struct arena *arena, const char *line, struct policy_action otherwise, struct policy_rule *rule,
                              const char **hint)
{
        const char *rest = line + strcspn(line, " "), *comment = strstr(rest, " #"), *fault;

        *rule = (struct policy_rule) { .action = otherwise };
        rule->subject = rule->name = arena_strndup(arena, line, (size_t) (rest - line));
        if (comment)
                rest = arena_strndup(arena, rest, (size_t) (comment - rest));
        if (!rule->name || !rest)
                return "memory is exhausted";
        if (str_after(line, "reject_force_umount")) {
                force_umount(rule);
                return NULL;
        }
        fault = policy_action_parse(arena, rest, &rule->action, &rule->quirk, hint);
        if (!fault)
                fault = args_parse(arena, rest, rule, hint);
        if (!fault && rule->n_args > 0 && rest[strspn(rest, " \t")] == '[')
                rule->quirk = "LXC wants an action before the argument filters: here it is the style's own";
        if (!fault && comment && strchr(comment, '['))
                rule->quirk = "LXC takes a '[' in a comment for an argument filter; here it is a comment";
        return fault;
}

const char *policy_rule_key(struct arena *arena, const struct policy_rule *rule)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_adds(&b, rule->name);
        for (uint32_t index = 0; index < POLICY_MAX_ARGS; index++)
                for (size_t i = 0; i < rule->n_args; i++) {
                        const struct oci_seccomp_arg *a = &rule->args[i];

                        if (a->index.value == index)
                                strbuf_printf(&b, " %u,%d,%" PRIx64 ",%" PRIx64, index, a->op.value, a->value.value, a->value_two.value);
                }
        return b.failed ? NULL : arena_strdup(arena, b.text);
}

bool policy_name_is_plain(const char *name)
{
        return name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

/* ------------------------------------------------------------------------------------------------------------------
 * Architectures */

static const struct policy_section sections[] = {
        { "all", .all = true },
        { "x86", .arch = OCI_SECCOMP_ARCH_X86 },
        { "x32", .arch = OCI_SECCOMP_ARCH_X32 },
        { "x86_64", .arch = OCI_SECCOMP_ARCH_X86_64 },
        { "arm", .arch = OCI_SECCOMP_ARCH_ARM },
        { "arm64", .arch = OCI_SECCOMP_ARCH_AARCH64 },
        { "loongarch64", .arch = OCI_SECCOMP_ARCH_LOONGARCH64 },
        { "mips", .arch = OCI_SECCOMP_ARCH_MIPS },
        { "mips64", .arch = OCI_SECCOMP_ARCH_MIPS64 },
        { "mips64n32", .arch = OCI_SECCOMP_ARCH_MIPS64N32 },
        { "mipsel", .arch = OCI_SECCOMP_ARCH_MIPSEL },
        { "mipsel64", .arch = OCI_SECCOMP_ARCH_MIPSEL64 },
        { "mipsel64n32", .arch = OCI_SECCOMP_ARCH_MIPSEL64N32 },
        { "ppc", .arch = OCI_SECCOMP_ARCH_PPC },
        { "ppc64", .arch = OCI_SECCOMP_ARCH_PPC64 },
        { "ppc64le", .arch = OCI_SECCOMP_ARCH_PPC64LE },
        { "s390", .arch = OCI_SECCOMP_ARCH_S390 },
        { "s390x", .arch = OCI_SECCOMP_ARCH_S390X },
};

static bool is_upper(const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (text[i] >= 'a' && text[i] <= 'z')
                        return false;
        return true;
}

/* Lower case or upper case, nothing between. */
const struct policy_section *policy_section_find(const char *line)
{
        size_t len = strlen(line);

        for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
                const char *word = sections[i].word;

                if (len == strlen(word) + 2 && line[0] == '[' && line[len - 1] == ']' && strncasecmp(line + 1, word, len - 2) == 0 &&
                    (strncmp(line + 1, word, len - 2) == 0 || is_upper(line + 1, len - 2)))
                        return &sections[i];
        }
        return NULL;
}

const char *policy_section_hint(struct arena *arena, const char *line)
{
        const char *names[ARRAY_SIZE(sections)], *word = arena_strndup(arena, line + 1, strcspn(line + 1, "] \t")), *near = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
                names[i] = sections[i].word;
        if (word && strlen(word) < 32)
                near = str_nearest(word, names, ARRAY_SIZE(names));
        return near ? arena_printf(arena, "did you mean '[%s]'?", near) : NULL;
}

const int *policy_archs_of(enum oci_seccomp_arch arch, size_t *ret_n)
{
        static const int families[][3] = {
                { OCI_SECCOMP_ARCH_X86_64, OCI_SECCOMP_ARCH_X86, OCI_SECCOMP_ARCH_X32 },
                { OCI_SECCOMP_ARCH_AARCH64, OCI_SECCOMP_ARCH_ARM, -1 },
                { OCI_SECCOMP_ARCH_PPC64, OCI_SECCOMP_ARCH_PPC, -1 },
                { OCI_SECCOMP_ARCH_MIPS64, OCI_SECCOMP_ARCH_MIPS, OCI_SECCOMP_ARCH_MIPS64N32 },
                { OCI_SECCOMP_ARCH_MIPSEL64, OCI_SECCOMP_ARCH_MIPSEL, OCI_SECCOMP_ARCH_MIPSEL64N32 },
        };
        /* The value of each architecture is its own index: a list of one is a view into this. */
        static const int alone[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 };

        for (size_t i = 0; i < ARRAY_SIZE(families); i++)
                if (families[i][0] == (int) arch) {
                        *ret_n = families[i][2] < 0 ? 2 : 3;
                        return families[i];
                }
        *ret_n = 1;
        return &alone[arch];
}
