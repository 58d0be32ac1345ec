/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-policy.h"

#include <string.h>

#include "seccomp-rule.h"
#include "str.h"
#include "text.h"

struct seen { const char *key; struct policy_action action; unsigned line; bool in_section; };

struct policy {
        struct arena *arena;
        const struct lxc_seccomp_source *source;
        struct oci_seccomp *seccomp;
        const char *at, *end; /* what is not read yet */
        unsigned line;        /* of the line in hand */
        struct policy_action default_action, rule_action;
        bool skipped;         /* the section is for other machines */
        const char *section;  /* "[x86]", or NULL: all architectures */
        bool mergeable;       /* the last rule takes further names */
        struct seen *seen;    /* open addressing; n_seen of 1 << seen_bits */
        size_t n_seen;
        unsigned seen_bits;
        unsigned n_errors;
        bool nomem;
};

/* ------------------------------------------------------------------------------------------------------------------
 * Notes */

static void note(struct policy *p, unsigned column, enum lxc_class cls, enum lxc_severity severity, const char *subject,
                 const char *pointer, const char *value, const char *text, const char *hint)
{
        struct lxc_note n = { .cls = cls, .severity = severity, .file = p->source->file, .line = p->line, .column = column,
                              .subject = subject, .pointer = pointer, .value = value, .text = text, .hint = hint };

        p->n_errors += severity == LXC_ERROR;
        lxc_note_add(&p->source->notes, &n);
}

static void note_fault(struct policy *p, unsigned column, const char *subject, const char *text, const char *hint)
{
        p->nomem = p->nomem || !text;
        note(p, column, LXC_IMPOSSIBLE, LXC_ERROR, subject, NULL, NULL, text, hint);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Rules already made: what the same rule twice means, libseccomp decides, and it refuses a contradiction */

static size_t slot_of(const struct policy *p, const char *key)
{
        size_t mask = ((size_t) 1 << p->seen_bits) - 1, i;
        uint64_t h = 14695981039346656037u; /* FNV-1a */

        for (const char *c = key; *c; c++)
                h = (h ^ (unsigned char) *c) * 1099511628211u;
        for (i = (size_t) h & mask; p->seen[i].key && !streq(p->seen[i].key, key); i = (i + 1) & mask)
                ;
        return i;
}

static bool seen_grow(struct policy *p)
{
        struct seen *old = p->seen;
        size_t n_old = old ? (size_t) 1 << p->seen_bits : 0;

        if (p->n_seen * 2 < n_old)
                return true;
        p->seen_bits = old ? p->seen_bits + 1 : 6;
        p->seen = arena_alloc_array(p->arena, (size_t) 1 << p->seen_bits, sizeof *p->seen);
        for (size_t i = 0; p->seen && i < n_old; i++)
                if (old[i].key)
                        p->seen[slot_of(p, old[i].key)] = old[i];
        return p->seen;
}

/* The earlier rule for the same call and the same arguments, or NULL: then this one is on record. */
static const struct seen *seen_before(struct policy *p, const struct policy_rule *rule)
{
        const char *key = policy_rule_key(p->arena, rule);
        struct seen *seen;

        if (!key || !seen_grow(p)) {
                p->nomem = true;
                return NULL;
        }
        seen = &p->seen[slot_of(p, key)];
        if (seen->key)
                return seen;
        *seen = (struct seen) { key, rule->action, p->line, p->section };
        p->n_seen++;
        return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The result */

static struct oci_seccomp_rule *add_rule(struct policy *p, const struct policy_rule *rule)
{
        struct oci_seccomp *s = p->seccomp;
        struct oci_seccomp_rule *grown = arena_grow_array(p->arena, s->syscalls.items, s->syscalls.n, sizeof *grown), *to;

        if (!grown)
                return NULL;
        s->syscalls.items = grown;
        to = &grown[s->syscalls.n];
        *to = (struct oci_seccomp_rule) { .action = { true, rule->action.action } };
        if (rule->action.action == OCI_SECCOMP_ERRNO)
                to->errno_ret = (struct opt_u32) { true, rule->action.errno_ret };
        if (rule->n_args > 0) {
                to->args.items = arena_alloc_array(p->arena, rule->n_args, sizeof *to->args.items);
                if (!to->args.items)
                        return NULL;
                memcpy(to->args.items, rule->args, rule->n_args * sizeof *rule->args);
                to->args.n = rule->n_args;
        }
        s->syscalls.n++;
        return to;
}

/* RULE as one more name of the last rule, where that says the same, or as a new one.  Returns the pointer to the name. */
static const char *put_rule(struct policy *p, const struct policy_rule *rule)
{
        struct oci_seccomp *s = p->seccomp;
        struct oci_seccomp_rule *to = s->syscalls.n > 0 ? &s->syscalls.items[s->syscalls.n - 1] : NULL;
        const char **names = NULL;

        if (!to || !p->mergeable || rule->n_args > 0 || to->args.n > 0 || to->action.value != (int) rule->action.action ||
            (to->errno_ret.set && to->errno_ret.value != rule->action.errno_ret))
                to = add_rule(p, rule);
        if (to)
                names = arena_grow_array(p->arena, to->names.items, to->names.n, sizeof *names);
        if (!names)
                return NULL;
        to->names.items = names;
        names[to->names.n++] = rule->name;
        p->mergeable = true;
        return arena_printf(p->arena, "/linux/seccomp/syscalls/%zu/names/%zu", s->syscalls.n - 1, to->names.n - 1);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Lines */

/* The next line without its end and the blanks around, in the arena; NULL: no more, or no memory. */
static char *next_line(struct policy *p, unsigned *ret_column, bool *ret_nul)
{
        const char *start = p->at, *from = start, *stop;
        char *line;

        if (p->at >= p->end || p->nomem)
                return NULL;
        stop = memchr(from, '\n', (size_t) (p->end - from)) ?: p->end;
        p->at = stop < p->end ? stop + 1 : stop;
        p->line++;
        *ret_nul = memchr(from, '\0', (size_t) (stop - from));
        while (from < stop && (*from == ' ' || *from == '\t'))
                from++;
        *ret_column = (unsigned) (from - start) + 1;
        while (stop > from && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
                stop--;
        line = arena_strndup(p->arena, from, (size_t) (stop - from));
        p->nomem = !line;
        return line;
}

/* The notes that hold for any rule that is carried over; the first that applies is said. */
static void note_rule(struct policy *p, unsigned column, const struct policy_rule *rule, const char *pointer)
{
        const struct lxc_syscall_table *table = &p->source->syscalls;
        enum lxc_class cls = LXC_EXACT;
        enum lxc_severity severity = LXC_INFO;
        const char *text = NULL, *hint = NULL;

        if (rule->action.action == OCI_SECCOMP_NOTIFY) {
                cls = LXC_NEARLY, severity = LXC_WARN;
                text = "the agent gets the listener's descriptor once from an OCI runtime, where LXC sends it each call";
                hint = "the agent must speak the OCI protocol: linux.seccomp.listenerPath";
        } else if (p->section && p->seccomp->architectures.n > 1) {
                cls = LXC_NEARLY, severity = rule->action.action == OCI_SECCOMP_ALLOW ? LXC_WARN : LXC_NOTE;
                text = arena_printf(p->arena, "holds for every architecture, not for '%s' alone: as in LXC 7, and OCI has one list for all",
                                    p->section);
        } else if (rule->quirk) {
                cls = LXC_NEARLY, severity = LXC_NOTE;
                text = rule->quirk;
        } else if (table->knows && !table->knows(table->arg, rule->name)) {
                severity = LXC_NOTE;
                text = arena_printf(p->arena, "system call '%s' is unknown here: LXC and OCI runtimes skip it with a warning", rule->name);
        }
        note(p, column, cls, severity, rule->subject, pointer, lxc_json_string(p->arena, rule->name), text, hint);
}

/* What the default does anyway; libseccomp refuses it, so LXC does. */
static bool is_default(const struct policy *p, const struct policy_rule *rule)
{
        return rule->action.action == p->default_action.action &&
               (rule->action.action != OCI_SECCOMP_ERRNO || rule->action.errno_ret == p->default_action.errno_ret);
}

static void note_repeated(struct policy *p, unsigned column, const struct policy_rule *rule, const struct seen *before)
{
        bool same = before->action.action == rule->action.action && before->action.errno_ret == rule->action.errno_ret;

        if (same)
                note(p, column, LXC_DROPPED, LXC_INFO, rule->subject, NULL, NULL,
                     arena_printf(p->arena, "line %u says the same", before->line), NULL);
        else if (p->section || before->in_section)
                note_fault(p, column, rule->subject,
                           arena_printf(p->arena, "line %u has another action for '%s': OCI has one list for all architectures",
                                        before->line, rule->name), "decide for one of the two");
        else
                note_fault(p, column, rule->subject,
                           arena_printf(p->arena, "contradicts line %u: LXC refuses such a policy", before->line), "drop one of the two");
}

static void take_rule(struct policy *p, unsigned column, const struct policy_rule *rule)
{
        const struct seen *before = is_default(p, rule) ? NULL : seen_before(p, rule);
        const char *pointer;

        if (is_default(p, rule)) {
                note(p, column, LXC_DROPPED, LXC_NOTE, rule->subject, NULL, NULL,
                     "this is what the default action does; LXC refuses such a rule", NULL);
        } else if (before) {
                note_repeated(p, column, rule, before);
        } else {
                pointer = put_rule(p, rule);
                p->nomem = p->nomem || !pointer;
                note_rule(p, column, rule, pointer);
        }
}

/* ------------------------------------------------------------------------------------------------------------------
 * Version 1 */

static void read_number(struct policy *p, const char *line, unsigned column)
{
        const struct lxc_syscall_table *table = &p->source->syscalls;
        struct policy_rule rule = { .subject = line, .action = p->rule_action };
        int number;

        if (policy_scan_int(line, &number) == 0) {
                note_fault(p, column, line, arena_printf(p->arena, "'%s' is no number of a system call", lxc_shown(p->arena, line)),
                           "names need a policy of version 2: write '2' in the first line");
                return;
        }
        rule.name = table->name_of ? table->name_of(table->arg, number) : NULL;
        if (!table->name_of)
                note_fault(p, column, line, "numbers of system calls cannot be translated here", "write the policy in version 2, with names");
        else if (!rule.name)
                note(p, column, LXC_DROPPED, LXC_WARN, line, NULL, NULL,
                     arena_printf(p->arena, "this machine has no system call %d: it stays forbidden", number), NULL);
        else
                take_rule(p, column, &rule);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Version 2 */

static void read_section(struct policy *p, char *line, unsigned column)
{
        const struct policy_section *section = policy_section_find(line);
        const struct oci_seccomp *s = p->seccomp;
        bool ours = false;

        p->mergeable = false;
        p->skipped = !section;
        p->section = section && !section->all ? line : NULL;
        if (!section) {
                note_fault(p, column, line, arena_printf(p->arena, "unknown architecture '%s': its rules are left out",
                                                         lxc_shown(p->arena, line)), policy_section_hint(p->arena, line));
                return;
        }
        for (size_t i = 0; i < s->architectures.n; i++)
                ours = ours || section->all || s->architectures.items[i] == (int) section->arch;
        p->skipped = !ours;
        if (ours)
                note(p, column, LXC_EXACT, LXC_INFO, line, "/linux/seccomp/architectures", NULL, NULL, NULL);
        else
                note(p, column, LXC_DROPPED, LXC_INFO, line, NULL, NULL, "this section is for other machines", NULL);
}

static void read_rule(struct policy *p, char *line, unsigned column)
{
        struct policy_rule rule;
        const char *hint = NULL, *fault;

        if (p->skipped) {
                note(p, column, LXC_DROPPED, LXC_INFO, line, NULL, NULL, "in a section for other machines", NULL);
                return;
        }
        fault = policy_rule_parse(p->arena, line, p->rule_action, &rule, &hint);
        if (fault)
                note_fault(p, column, line, fault, hint);
        else if (!policy_name_is_plain(rule.name))
                note(p, column, LXC_DROPPED, LXC_WARN, line, NULL, NULL,
                     arena_printf(p->arena, "no system call is called '%s': LXC skips the line with a warning", lxc_shown(p->arena, rule.name)),
                     "write the name and a blank");
        else
                take_rule(p, column, &rule);
}

static void read_lines(struct policy *p, int version)
{
        unsigned column;
        bool nul;
        char *line;

        while ((line = next_line(p, &column, &nul))) {
                if (nul)
                        note_fault(p, column, line, "the line has a NUL byte", NULL);
                else if (line[0] == '\0' || line[0] == '#')
                        continue;
                else if (version == 1)
                        read_number(p, line, column);
                else if (line[0] == '[')
                        read_section(p, line, column);
                else
                        read_rule(p, line, column);
        }
}

/* ------------------------------------------------------------------------------------------------------------------
 * The head: version and style.  LXC reads the number, skips all white space and takes the rest of that line as the style, so
 * that "2 denylist" on one line is a head as well. */

static int head_fault(struct policy *p, unsigned column, const char *text, const char *hint, struct err *e)
{
        int r = err_set(e, ERR_CONFIG, EINVAL, "seccomp policy: %s", text ?: "unreadable");

        if (hint)
                err_hint(e, "%s", hint);
        err_at(e, p->source->file ?: "", p->line, column, NULL);
        note_fault(p, column, NULL, text, hint);
        return r;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void skip_space(struct policy *p, unsigned *column)
{
        for (; p->at < p->end && is_space(*p->at); p->at++) {
                p->line += *p->at == '\n';
                *column = *p->at == '\n' ? 1 : *column + 1;
        }
}

static int read_version(struct policy *p, unsigned *column, int *ret, struct err *e)
{
        char digits[16] = "";
        size_t n = 0;
        unsigned from;

        skip_space(p, column);
        from = *column;
        for (; p->at < p->end && n < sizeof digits - 1 && strchr("+-0123456789", *p->at) && *p->at; p->at++, (*column)++)
                digits[n++] = *p->at;
        if (!policy_scan_int(digits, ret) || (*ret != 1 && *ret != 2))
                return head_fault(p, from, "the first line is not '1' or '2', the version of the policy's grammar",
                                  "a policy begins with '2' and, on the next line, 'allowlist' or 'denylist'", e);
        return 0;
}

/* The words of both times; version 1 has them anywhere in the line, version 2 at its beginning. */
static bool find_style(const char *line, int version, bool *ret_allow)
{
        static const struct { const char *word; bool allow; } styles[] = {
                { "allowlist", true }, { "whitelist", true }, { "denylist", false }, { "blacklist", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
                if (version == 1 ? strstr(line, styles[i].word) != NULL : str_after(line, styles[i].word) != NULL) {
                        *ret_allow = styles[i].allow;
                        return true;
                }
        return false;
}

static int read_style(struct policy *p, const char *line, unsigned column, int version, struct err *e)
{
        struct policy_action kill = { OCI_SECCOMP_KILL_THREAD, 0 }, allow = { OCI_SECCOMP_ALLOW, 0 };
        const char *blank = version == 2 ? strchr(line, ' ') : NULL, *hint = NULL, *fault = NULL, *quirk = NULL;
        bool allow_list;

        if (!find_style(line, version, &allow_list))
                return head_fault(p, column, arena_printf(p->arena, "'%s' is neither 'allowlist' nor 'denylist'", lxc_shown(p->arena, line)),
                                  "the line after the version names the style", e);
        if (version == 1 && !allow_list)
                return head_fault(p, column, "a policy of version 1 can only be an 'allowlist'", "write '2' in the first line, and names", e);
        if (strstr(line, "debug"))
                return head_fault(p, column, "LXC refuses a policy with 'debug' in its style", "drop the word", e);
        p->default_action = allow_list ? kill : allow;
        p->rule_action = allow_list ? allow : kill;
        if (blank)
                fault = policy_action_parse(p->arena, blank, &p->default_action, &quirk, &hint);
        if (!fault && p->default_action.action == OCI_SECCOMP_NOTIFY)
                fault = "the default action cannot be 'notify' under an OCI runtime: it would stop the runtime's own calls";
        if (fault)
                return head_fault(p, column, fault, hint, e);
        note(p, column, quirk ? LXC_NEARLY : LXC_EXACT, quirk ? LXC_NOTE : LXC_INFO, line, "/linux/seccomp/defaultAction",
             lxc_json_string(p->arena, name_of(&names_seccomp_action, (int) p->default_action.action)), quirk, NULL);
        return 0;
}

static int read_head(struct policy *p, int *ret_version, struct err *e)
{
        unsigned column = 1, version_line, rest;
        bool nul = false;
        char *line;
        int r = read_version(p, &column, ret_version, e);

        if (r < 0)
                return r;
        version_line = p->line;
        skip_space(p, &column);
        if (p->at >= p->end)
                return head_fault(p, column, "the file ends before the line that names the style", NULL, e);
        if (p->line != version_line) {
                unsigned style_line = p->line;

                p->line = version_line;
                note(p, 1, LXC_DROPPED, LXC_INFO, *ret_version == 1 ? "1" : "2", NULL, NULL, "the version of the policy's grammar", NULL);
                p->line = style_line;
        }
        p->line--; /* next_line counts it again */
        line = next_line(p, &rest, &nul);
        if (!line)
                return err_nomem(e);
        if (nul)
                return head_fault(p, column, "the line has a NUL byte", NULL, e);
        return read_style(p, line, column, *ret_version, e);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* Version 1 is for the native architecture alone, which OCI means when it lists none. */
static bool set_defaults(struct policy *p, int version)
{
        size_t n;
        const int *archs = policy_archs_of(p->source->arch, &n);
        struct oci_seccomp *s = p->seccomp;

        s->default_action = (struct opt_enum) { true, (int) p->default_action.action };
        if (p->default_action.action == OCI_SECCOMP_ERRNO)
                s->default_errno_ret = (struct opt_u32) { true, p->default_action.errno_ret };
        if (version == 1)
                return true;
        s->architectures.items = arena_alloc_array(p->arena, n, sizeof *archs);
        if (!s->architectures.items)
                return false;
        memcpy(s->architectures.items, archs, n * sizeof *archs);
        s->architectures.n = n;
        return true;
}

int lxc_seccomp_policy_parse(struct arena *arena, const struct lxc_seccomp_source *source, struct oci_seccomp **ret,
                             unsigned *ret_errors, struct err *e)
{
        struct policy p = { .arena = arena, .source = source, .at = source->text, .line = 1 };
        int version, r;

        p.end = p.at + source->len;
        p.seccomp = arena_alloc(arena, sizeof *p.seccomp);
        if (!p.seccomp)
                return err_nomem(e);
        r = read_head(&p, &version, e);
        if (r < 0)
                return p.nomem ? err_nomem(e) : r;
        if (set_defaults(&p, version))
                read_lines(&p, version);
        else
                p.nomem = true;
        if (p.nomem)
                return err_nomem(e);
        *ret = p.seccomp;
        *ret_errors = p.n_errors;
        return 0;
}
