/* SPDX-License-Identifier: Apache-2.0 */
/* devices.allow and devices.deny: what the kernel's v1 controller, or LXC's own program on cgroup v2, makes of the lines one
 * after the other, and then that result as a list that says the same to every OCI runtime.
 *
 * Both keep a default (allow or deny) and exceptions to it, but differ in what a line does to them.
 * v1, kernel security/device_cgroup.c: a value that begins with 'a' sets the default and forgets the exceptions.  A line that
 * agrees with the default takes its bits from an exception for the very same devices; any other line adds to the exceptions.
 * Where all is allowed, an access is denied when it touches one exception; where all is denied, it must fit into one.
 * v2, LXC: only the value 'a' alone sets the default and forgets.  The same devices and bits a second time turn the line's
 * verdict.  In the end lines that agree with the default count for nothing.  An access always must fit into one exception. */
#include <inttypes.h>
#include <string.h>

#include "cgroup-job.h"
#include "num.h"
#include "str.h"
#include "text.h"

enum { READ = 1, WRITE = 2, MKNOD = 4, ALL = READ | WRITE | MKNOD, ANY = -1 };
enum { MOST_RULES = 4096 }; /* the work grows with the square */

struct rule {
        bool allow;
        char type;            /* 'a': both */
        int64_t major, minor; /* ANY */
        unsigned access;      /* 0: no longer there */
        const struct lxc_cgroup_line *gone_by; /* the line that took it away; NULL: none */
        size_t place;         /* in the list made of it */
};

struct device_line {
        struct cgroup_item *item;
        struct rule parsed;
        bool global;       /* the default, not an exception */
        struct rule *rule; /* the exception it went into; NULL: none */
        const char *idle;  /* why it does nothing */
        const struct lxc_cgroup_line *gone_by; /* a later line has forgotten it; NULL: none */
};

struct device_set {
        struct cgroup_job *job;
        bool v2, allow_others;
        OCI_LIST(struct rule *) rules;
        OCI_LIST(struct device_line) lines;
        struct device_line *default_line; /* that set the default; NULL: it was that from the start */
};

/* ------------------------------------------------------------------------------------------------------------------
 * Lines */

static bool parse_number(const char **at, int64_t *ret)
{
        size_t n = strspn(*at, "0123456789");
        uint64_t value;

        if (**at == '*') {
                *ret = ANY;
                ++*at;
                return true;
        }
        if (num_parse_u64(*at, n, 10, &value) < 0 || value > INT32_MAX)
                return false;
        *ret = (int64_t) value;
        *at += n;
        return true;
}

/* At most three letters; what follows three of them is not looked at. */
static bool parse_access(const char *at, unsigned *ret)
{
        unsigned access = 0;

        for (int i = 0; i < 3 && at[i]; i++) {
                if (!strchr("rwm", at[i]))
                        return false;
                access |= at[i] == 'r' ? READ : at[i] == 'w' ? WRITE : MKNOD;
        }
        *ret = access;
        return access != 0;
}

/* "c 1:3 rwm" */
static bool parse_numbers(const char *value, struct rule *rule)
{
        const char *at = value + 1;

        rule->type = value[0];
        if (*at != ' ' && *at != '\t')
                return false;
        at++;
        if (!parse_number(&at, &rule->major) || *at++ != ':' || !parse_number(&at, &rule->minor))
                return false;
        return (*at == ' ' || *at == '\t') && parse_access(at + 1, &rule->access);
}

/* "/dev/fuse rwm": the file is looked at now, LXC does at start. */
static bool parse_path(struct device_set *set, struct device_line *line, const char *value)
{
        const struct lxc_cgroup_source *source = set->job->source;
        size_t n = strcspn(value, " ");
        const char *path = arena_strndup(set->job->arena, value, n), *shown = lxc_shown(set->job->arena, path);

        if (!path || !parse_access(value + n + strspn(value + n, " "), &line->parsed.access))
                return false;
        if (source->find_device && source->find_device(source->arg, path, &line->parsed.type, &line->parsed.major, &line->parsed.minor))
                return true;
        lxc_cgroup_fault(set->job, line->item, "write its numbers, as in 'c 10:229 rwm'", "there is no device '%s' here", shown);
        return true;
}

/* False: the line is no rule; it has its note. */
static bool parse_line(struct device_set *set, struct device_line *line)
{
        const char *value = line->item->line->value;
        bool ok;

        line->parsed = (struct rule) { .allow = streq(line->item->file, "devices.allow"), .type = 'a', .major = ANY, .minor = ANY };
        line->global = set->v2 ? streq(value, "a") : value[0] == 'a';
        if (line->global)
                ok = true;
        else if (value[0] == '/')
                ok = parse_path(set, line, value);
        else
                ok = strchr(set->v2 ? "abc" : "bc", value[0]) && parse_numbers(value, &line->parsed);
        if (!ok)
                lxc_cgroup_fault(set->job, line->item, "write 'TYPE MAJOR:MINOR ACCESS', as in 'c 1:3 rwm', or 'a'", "'%s' is no rule for devices",
                             lxc_shown(set->job->arena, value));
        return !line->item->noted;
}

/* ------------------------------------------------------------------------------------------------------------------
 * One line after the other */

static bool same_devices(const struct rule *a, const struct rule *b)
{
        return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static struct rule *find_rule(const struct device_set *set, const struct rule *like, bool with_access)
{
        for (size_t i = 0; i < set->rules.n; i++) {
                struct rule *r = set->rules.items[i];

                if (r->access && same_devices(r, like) && (!with_access || r->access == like->access))
                        return r;
        }
        return NULL;
}

static struct rule *add_rule(struct device_set *set, const struct rule *rule)
{
        struct rule **slot, *copy = arena_alloc(set->job->arena, sizeof *copy);

        slot = copy ? lxc_cgroup_append(set->job, &set->rules, sizeof(struct rule *)) : NULL;
        if (!slot) {
                set->job->nomem = true;
                return NULL;
        }
        *copy = *rule;
        *slot = copy;
        return copy;
}

static void set_default(struct device_set *set, struct device_line *line)
{
        for (struct device_line *before = set->lines.items; before < line; before++)
                if (!before->gone_by)
                        before->gone_by = line->item->line;
        set->rules.n = 0;
        set->allow_others = line->parsed.allow;
        set->default_line = line;
}

static void apply_v1(struct device_set *set, struct device_line *line)
{
        const struct rule *new = &line->parsed;
        struct rule *known = find_rule(set, new, false);

        if (new->allow != set->allow_others) {
                line->rule = known ?: add_rule(set, new);
                if (known)
                        known->access |= new->access;
        } else if (known && (known->access & new->access)) {
                known->access &= ~new->access;
                known->gone_by = line->item->line;
                line->rule = known;
                line->idle = "takes back what a line before it said";
        } else {
                line->idle = set->allow_others ? "everything is allowed already: no 'devices.deny = a' stands before it"
                                               : "denied already: the kernel takes an exception back only by a rule for the very same devices";
        }
}

static void apply_v2(struct device_set *set, struct device_line *line)
{
        struct rule *known = find_rule(set, &line->parsed, true);

        line->rule = known ?: add_rule(set, &line->parsed);
        if (known)
                known->allow = line->parsed.allow;
}

/* LXC 7 and before: lines that agree with the default are left out of the program. */
static void drop_agreeing(struct device_set *set)
{
        size_t kept = 0;

        for (size_t i = 0; i < set->rules.n; i++)
                if (set->rules.items[i]->access && (!set->v2 || set->rules.items[i]->allow != set->allow_others))
                        set->rules.items[kept++] = set->rules.items[i];
                else
                        set->rules.items[i]->access = 0;
        set->rules.n = kept;
}

static void apply_lines(struct device_set *set)
{
        for (size_t i = 0; i < set->lines.n; i++) {
                struct device_line *line = &set->lines.items[i];

                if (!parse_line(set, line) || set->job->nomem)
                        continue;
                if (line->global)
                        set_default(set, line);
                else if (set->rules.n >= MOST_RULES)
                        lxc_cgroup_fault(set->job, line->item, NULL, "more than %d rules for devices", (int) MOST_RULES);
                else
                        (set->v2 ? apply_v2 : apply_v1)(set, line);
        }
        drop_agreeing(set);
}

/* ------------------------------------------------------------------------------------------------------------------
 * The list */

static bool covers(const struct rule *outer, const struct rule *inner)
{
        return (outer->type == 'a' || outer->type == inner->type) && (outer->major == ANY || outer->major == inner->major) &&
               (outer->minor == ANY || outer->minor == inner->minor);
}

static bool overlaps(const struct rule *a, const struct rule *b)
{
        return (a->type == 'a' || b->type == 'a' || a->type == b->type) && (a->major == ANY || b->major == ANY || a->major == b->major) &&
               (a->minor == ANY || b->minor == ANY || a->minor == b->minor);
}

static void put(struct device_set *set, const struct rule *rule)
{
        static const char *const accesses[] = { NULL, "r", "w", "rw", "m", "rm", "wm", "rwm" };
        struct oci_device_rule *to = lxc_cgroup_append(set->job, &set->job->res->devices, sizeof *to);

        if (!to)
                return;
        *to = (struct oci_device_rule) { .allow = { true, rule->allow }, .access = accesses[rule->access] };
        if (rule->type != 'a')
                to->type = (struct opt_enum) { true, rule->type };
        if (rule->major != ANY)
                to->major = (struct opt_i64) { true, rule->major };
        if (rule->minor != ANY)
                to->minor = (struct opt_i64) { true, rule->minor };
}

static unsigned wildcards(const struct rule *rule) { return (rule->major == ANY) + (rule->minor == ANY); }

static int wider_first(const void *a, const void *b)
{
        const struct rule *x = *(struct rule *const *) a, *y = *(struct rule *const *) b;
        int r = (int) wildcards(y) - (int) wildcards(x);

        return r ? r : (x->place > y->place) - (x->place < y->place);
}

/* On v1 an exception to "all is allowed" denies each access that touches it: opening for reading and writing where only writing
 * is denied.  In a program an access must fit into a rule, so all is denied there and the rest allowed again; the narrow
 * exceptions come last and have the bits of those around them. */
static void put_denials(struct device_set *set)
{
        for (size_t i = 0; i < set->rules.n; i++) {
                set->rules.items[i]->place = i;
                for (size_t j = 0; j < set->rules.n; j++)
                        if (covers(set->rules.items[j], set->rules.items[i]))
                                set->rules.items[i]->access |= set->rules.items[j]->access;
        }
        if (set->rules.n > 0)
                qsort(set->rules.items, set->rules.n, sizeof(struct rule *), wider_first);
        for (size_t i = 0; i < set->rules.n; i++) {
                struct rule all = *set->rules.items[i], rest = all;

                set->rules.items[i]->place = set->job->res->devices.n;
                all.access = ALL;
                put(set, &all);
                rest.allow = true;
                rest.access = ALL & ~rest.access;
                if (rest.access)
                        put(set, &rest);
        }
}

/* Two denials that cross ("c 1:* w" and "c *:3 r") would need a third for the place where they do. */
static bool denials_cross(const struct device_set *set)
{
        for (size_t i = 0; i < set->rules.n; i++)
                for (size_t j = 0; j < i; j++) {
                        const struct rule *a = set->rules.items[i], *b = set->rules.items[j];

                        if (overlaps(a, b) && !covers(a, b) && !covers(b, a) && a->access != b->access)
                                return true;
                }
        return false;
}

static void put_list(struct device_set *set)
{
        struct rule all = { .allow = set->allow_others, .type = 'a', .major = ANY, .minor = ANY, .access = ALL };

        put(set, &all);
        if (!set->v2 && set->allow_others && !denials_cross(set)) {
                put_denials(set);
                return;
        }
        for (size_t i = 0; i < set->rules.n; i++) {
                set->rules.items[i]->place = set->job->res->devices.n;
                put(set, set->rules.items[i]);
        }
}

/* ------------------------------------------------------------------------------------------------------------------
 * What other runtimes do with it: each allows some devices whatever the list says */

static const struct { struct rule rule; const char *name; } always[] = {
        { { true, 'c', ANY, ANY, MKNOD, 0, 0 }, "making device nodes" }, { { true, 'b', ANY, ANY, MKNOD, 0, 0 }, "making device nodes" },
        { { true, 'c', 1, 3, ALL, 0, 0 }, "/dev/null" },                 { { true, 'c', 1, 5, ALL, 0, 0 }, "/dev/zero" },
        { { true, 'c', 1, 7, ALL, 0, 0 }, "/dev/full" },                 { { true, 'c', 1, 8, ALL, 0, 0 }, "/dev/random" },
        { { true, 'c', 1, 9, ALL, 0, 0 }, "/dev/urandom" },              { { true, 'c', 5, 0, ALL, 0, 0 }, "/dev/tty" },
        { { true, 'c', 5, 2, ALL, 0, 0 }, "/dev/ptmx" },                 { { true, 'c', 136, ANY, ALL, 0, 0 }, "/dev/pts" },
        { { true, 'c', 10, 200, ALL, 0, 0 }, "/dev/net/tun" },
};

static bool is_allowed(const struct device_set *set, const struct rule *rule)
{
        for (size_t i = 0; i < set->rules.n; i++) {
                const struct rule *x = set->rules.items[i];

                if (set->allow_others && overlaps(x, rule) && (x->access & rule->access))
                        return false;
                if (!set->allow_others && covers(x, rule) && (rule->access & ~x->access) == 0)
                        return true;
        }
        return set->allow_others;
}

/* "making device nodes, /dev/full, /dev/net/tun", or NULL: nothing is denied that another runtime allows. */
static const char *allowed_elsewhere(struct device_set *set)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };
        const char *last = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(always); i++)
                if (!is_allowed(set, &always[i].rule) && always[i].name != last) {
                        strbuf_printf(&b, "%s%s", last ? ", " : "", always[i].name);
                        last = always[i].name;
                }
        return last && !b.failed ? arena_strdup(set->job->arena, b.text) : NULL;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Notes */

static const char *value_of(struct cgroup_job *job, const struct oci_device_rule *r)
{
        char type[16] = "", major[32] = "", minor[32] = "";

        if (r->type.set)
                snprintf(type, sizeof type, "\"type\":\"%c\",", r->type.value);
        if (r->major.set)
                snprintf(major, sizeof major, "\"major\":%" PRId64 ",", r->major.value);
        if (r->minor.set)
                snprintf(minor, sizeof minor, "\"minor\":%" PRId64 ",", r->minor.value);
        return lxc_cgroup_text(job, "{\"allow\":%s,%s%s%s\"access\":\"%s\"}", r->allow.value ? "true" : "false", type, major, minor, r->access);
}

static void say_became(struct device_set *set, struct cgroup_item *item, size_t place, enum lxc_class cls, enum lxc_severity severity,
                       const char *text)
{
        lxc_cgroup_say(set->job, item, cls, severity, lxc_cgroup_text(set->job, "/linux/resources/devices/%zu", place),
                   value_of(set->job, &set->job->res->devices.items[place]), text ? "%s" : NULL, text);
}

static void note_line(struct device_set *set, const struct device_line *line, const char *elsewhere)
{
        const char *text = elsewhere ? lxc_cgroup_text(set->job, "another runtime allows %s all the same", elsewhere) : NULL;

        if (line->gone_by)
                lxc_cgroup_say(set->job, line->item, LXC_DROPPED, LXC_INFO, NULL, NULL, "%s begins the list anew",
                               lxc_cgroup_place(set->job, line->item, line->gone_by));
        else if (line->global && set->v2 && !set->allow_others && set->rules.n == 0)
                say_became(set, line->item, 0, LXC_NEARLY, LXC_WARN, "every device is denied, as the line says; LXC sets no filter without a rule after "
                                                                     "it, and so allows them all");
        else if (line->global)
                say_became(set, line->item, 0, elsewhere ? LXC_BERTH : LXC_EXACT, elsewhere ? LXC_WARN : LXC_INFO, text);
        else if (line->idle)
                lxc_cgroup_say(set->job, line->item, LXC_DROPPED, line->rule ? LXC_INFO : LXC_NOTE, NULL, NULL, "%s", line->idle);
        else if (line->rule && line->rule->access == 0 && line->rule->gone_by)
                lxc_cgroup_say(set->job, line->item, LXC_DROPPED, LXC_INFO, NULL, NULL, "%s takes it back",
                               lxc_cgroup_place(set->job, line->item, line->rule->gone_by));
        else if (line->rule && line->rule->access == 0)
                lxc_cgroup_say(set->job, line->item, LXC_DROPPED, LXC_NOTE, NULL, NULL, "LXC passes over it: all devices are %s anyway",
                           set->allow_others ? "allowed" : "denied");
        else if (line->rule && !set->v2 && set->allow_others && line->rule->access != ALL && denials_cross(set))
                say_became(set, line->item, line->rule->place, LXC_BERTH, LXC_WARN, "another runtime lets an access through that asks for more at once");
        else if (line->rule && set->v2 && set->allow_others && line->rule->access != ALL)
                say_became(set, line->item, line->rule->place, LXC_NEARLY, LXC_NOTE, "denied also to an access that asks for more at once, which LXC lets through");
        else if (line->rule)
                say_became(set, line->item, line->rule->place, elsewhere ? LXC_BERTH : LXC_EXACT, elsewhere ? LXC_WARN : LXC_INFO, text);
}

/* What other runtimes let through is said once: where all is denied, or at the first line that denies something. */
static bool is_place_for_elsewhere(const struct device_set *set, const struct device_line *line)
{
        if (set->default_line && !set->allow_others)
                return line == set->default_line;
        return line->rule && line->rule->access != 0 && !line->gone_by && !line->idle;
}

static void note_lines(struct device_set *set)
{
        const char *elsewhere = allowed_elsewhere(set);

        for (size_t i = 0; i < set->lines.n; i++) {
                struct device_line *line = &set->lines.items[i];
                bool here = !line->item->noted && is_place_for_elsewhere(set, line);

                note_line(set, line, here ? elsewhere : NULL);
                if (here)
                        elsewhere = NULL;
        }
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void collect(struct device_set *set)
{
        for (size_t i = 0; i < set->job->n; i++) {
                struct cgroup_item *item = &set->job->items[i];
                struct device_line *line;

                if (item->noted || !lxc_cgroup_is_device_rule(item) || item->v2 != set->v2)
                        continue;
                line = lxc_cgroup_append(set->job, &set->lines, sizeof *line);
                if (line)
                        *line = (struct device_line) { .item = item };
        }
}

static void note_others(struct device_set *set)
{
        const char *text = set->v2 ? "the rules of lxc.cgroup2.devices count on cgroup v2" : "for hosts with cgroup v2: LXC passes over it on one with cgroup v1";

        for (size_t i = 0; i < set->job->n; i++)
                if (lxc_cgroup_is_device_rule(&set->job->items[i]) && set->job->items[i].v2 != set->v2)
                        lxc_cgroup_say(set->job, &set->job->items[i], LXC_DROPPED, LXC_NOTE, NULL, NULL, "%s", text);
}

void lxc_cgroup_convert_devices(struct cgroup_job *job, struct lxc_cgroup_result *ret)
{
        struct device_set set = { .job = job, .v2 = job->source->target == LXC_CGROUP_V2 };

        collect(&set);
        if (set.v2 && set.lines.n == 0) {
                set.v2 = false;
                collect(&set);
        }
        set.allow_others = !set.v2 || set.lines.n == 0;
        apply_lines(&set);
        put_list(&set);
        if (job->nomem)
                return;
        note_lines(&set);
        note_others(&set);
        ret->strict_devices = true;
        ret->default_devices = set.lines.n == 0;
}
