/* SPDX-License-Identifier: Apache-2.0 */
/* lxc.cgroup.* and lxc.cgroup2.*: each kind of line with its note and what it becomes (tests/golden/lxc-cgroup), and the device
 * rules against a plain model of what the kernel and LXC do with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cgroup-keys.h"
#include "golden.h"
#include "lxc-notes.h"
#include "parse.h"

enum { MAX_LINES = 256 };

struct outcome {
        struct arena *arena;
        struct lxc_cgroup_line lines[MAX_LINES];
        size_t n;
        struct lxc_cgroup_result result;
        struct strbuf notes;
};

static void outcome_done(struct outcome *o)
{
        strbuf_done(&o->notes);
        arena_free(o->arena);
}

static bool find_device(void *arg _unused_, const char *path, char *ret_type, int64_t *ret_major, int64_t *ret_minor)
{
        *ret_type = 'c';
        *ret_major = 10;
        *ret_minor = 229;
        return streq(path, "/dev/fuse");
}

/* TEXT is lines "key = value"; "cgroup." and "cgroup2." stand for the whole beginning. */
static void read_lines(struct outcome *o, const char *text)
{
        char *copy = arena_strdup(o->arena, text);
        unsigned line = 0;

        for (char *at = copy, *next; at && *at; at = next) {
                char *end = strchr(at, '\n'), *equals;

                next = end ? end + 1 : NULL;
                if (end)
                        *end = '\0';
                line++;
                equals = strchr(at, '=');
                if (at[0] == '#' || !equals)
                        continue;
                assert_true(o->n < MAX_LINES);
                *equals = '\0';
                for (char *c = equals; c > at && c[-1] == ' '; c--)
                        c[-1] = '\0';
                o->lines[o->n++] = (struct lxc_cgroup_line) {
                        .key = arena_printf(o->arena, "lxc.%s", at), .value = equals + 1 + strspn(equals + 1, " "), .file = "config", .line = line, .column = 1,
                };
        }
}

static void convert(struct outcome *o, const char *text, enum lxc_cgroup_target target)
{
        struct lxc_cgroup_source source = { .target = target, .find_device = find_device, .notes = { notes_print, &o->notes } };
        struct err e = ERR_INIT;

        o->arena = arena_new();
        read_lines(o, text);
        source.lines = o->lines;
        source.n = o->n;
        assert_int_equal(lxc_cgroup_convert(o->arena, &source, &o->result, &e), 0);
        assert_non_null(o->result.resources);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void print_resources(const struct outcome *o, struct strbuf *out)
{
        struct oci_linux linux_ = { .resources = o->result.resources };
        struct oci_spec spec = { .oci_version = "1.3.0", .linux_ = &linux_ };

        strbuf_adds(out, o->notes.text ?: "");
        strbuf_printf(out, "errors: %u%s\n", o->result.n_errors, o->result.default_devices ? ", devices by default" : "");
        oci_spec_write(&spec, OCI_WRITE_PRETTY, out);
        strbuf_addc(out, '\n');
}

/* What comes out keeps the rules of the specification, unless a line was refused. */
static void check_valid(const struct outcome *o)
{
        struct faults faults = { .arena = o->arena };
        struct oci_linux linux_ = { .resources = o->result.resources };
        struct oci_root root = { .path = "/" };
        struct oci_spec spec = { .oci_version = "1.3.0", .linux_ = &linux_, .root = &root };

        oci_spec_validate(&spec, &faults);
        for (size_t i = 0; i < faults.n; i++)
                if (!faults.items[i].warning)
                        fail_msg("%s", faults.items[i].text);
}

static int is_conf(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && streq(dot, ".conf");
}

static bool check_file(const char *directory, const char *name, enum lxc_cgroup_target target, const char *suffix)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };
        _cleanup_(strbuf_done) struct strbuf path = { 0 }, made = { 0 };
        _cleanup_free_ char *text = NULL;

        strbuf_printf(&path, "%s/%s", directory, name);
        text = golden_read(path.text, NULL);
        convert(&o, text, target);
        print_resources(&o, &made);
        check_valid(&o);
        path.len -= strlen(".conf");
        path.text[path.len] = '\0';
        strbuf_adds(&path, suffix);
        return golden_compare(path.text, made.text);
}

static void test_golden(void **state _unused_)
{
        static const char directory[] = TESTS_DIR "/golden/lxc-cgroup";
        struct dirent **entries;
        int n = scandir(directory, &entries, is_conf, alphasort), bad = 0;

        assert_true(n >= 5);
        for (int i = 0; i < n; i++) {
                bad += !check_file(directory, entries[i]->d_name, LXC_CGROUP_V2, ".v2.expected");
                bad += !check_file(directory, entries[i]->d_name, LXC_CGROUP_V1, ".v1.expected");
                free(entries[i]);
        }
        free(entries);
        assert_int_equal(bad, 0);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Device rules: the model */

enum { R = 1, W = 2, M = 4, MAJORS = 3, MINORS = 3 };

struct model_rule { bool global, allow; char type; int major, minor; unsigned access; bool there; };

/* security/device_cgroup.c */
static bool v1_allows(const struct model_rule *rules, size_t n, char type, int major, int minor, unsigned access)
{
        struct model_rule kept[64];
        size_t n_kept = 0;
        bool allow_others = true;

        for (size_t i = 0; i < n; i++) {
                const struct model_rule *r = &rules[i];
                bool found = false;

                if (r->global) {
                        allow_others = r->allow;
                        n_kept = 0;
                        continue;
                }
                for (size_t j = 0; j < n_kept; j++)
                        if (kept[j].type == r->type && kept[j].major == r->major && kept[j].minor == r->minor) {
                                kept[j].access = r->allow == allow_others ? kept[j].access & ~r->access : kept[j].access | r->access;
                                found = true;
                        }
                if (!found && r->allow != allow_others)
                        kept[n_kept++] = *r;
        }
        for (size_t j = 0; j < n_kept; j++) {
                bool match = kept[j].type == type && (kept[j].major < 0 || kept[j].major == major) && (kept[j].minor < 0 || kept[j].minor == minor);

                if (match && allow_others && (access & kept[j].access))
                        return false;
                if (match && !allow_others && !(access & ~kept[j].access))
                        return true;
        }
        return allow_others;
}

/* LXC's list and the program made of it.  For an empty one LXC makes no program; that case is named in its note. */
static bool v2_allows(const struct model_rule *rules, size_t n, char type, int major, int minor, unsigned access)
{
        struct model_rule kept[64];
        size_t n_kept = 0;
        bool allow_others = false;

        for (size_t i = 0; i < n; i++) {
                const struct model_rule *r = &rules[i];
                bool found = false;

                if (r->global) {
                        allow_others = r->allow;
                        n_kept = 0;
                        continue;
                }
                for (size_t j = 0; j < n_kept && !found; j++)
                        if (kept[j].type == r->type && kept[j].major == r->major && kept[j].minor == r->minor && kept[j].access == r->access) {
                                kept[j].allow = r->allow;
                                found = true;
                        }
                if (!found)
                        kept[n_kept++] = *r;
        }
        for (size_t j = 0; j < n_kept; j++)
                if (kept[j].allow != allow_others && (kept[j].type == 'a' || kept[j].type == type) && (kept[j].major < 0 || kept[j].major == major) &&
                    (kept[j].minor < 0 || kept[j].minor == minor) && !(access & ~kept[j].access))
                        return kept[j].allow;
        return allow_others;
}

static unsigned bits_of(const char *access)
{
        return (strchr(access, 'r') ? R : 0) | (strchr(access, 'w') ? W : 0) | (strchr(access, 'm') ? M : 0);
}

/* A program as crun makes it: the last rule that has all the bits. */
static bool list_allows(const struct oci_resources *res, char type, int major, int minor, unsigned access)
{
        for (size_t i = res->devices.n; i-- > 0;) {
                const struct oci_device_rule *r = &res->devices.items[i];

                if ((!r->type.set || r->type.value == type) && (!r->major.set || r->major.value == major) && (!r->minor.set || r->minor.value == minor) &&
                    !(access & ~bits_of(r->access)))
                        return r->allow.value;
        }
        return true;
}

/* As berth's: each bit by itself, decided by the last rule that has it. */
static bool bits_allowed(const struct oci_resources *res, char type, int major, int minor, unsigned access)
{
        for (unsigned bit = R; bit <= M; bit <<= 1)
                if ((access & bit) && !list_allows(res, type, major, minor, bit))
                        return false;
        return true;
}

static uint32_t random_state = 20240229;
static unsigned pick(unsigned n)
{
        random_state = random_state * 1664525u + 1013904223u;
        return (random_state >> 16) % n;
}

static struct model_rule pick_rule(bool v2, bool may_cross)
{
        static const char types[] = "cba";
        struct model_rule r = { .allow = pick(2), .type = types[pick(v2 ? 3 : 2)], .access = 1 + pick(7) };

        r.global = pick(6) == 0;
        r.major = (int) pick(MAJORS + 1) - 1;
        r.minor = (int) pick(MINORS + 1) - 1;
        if (r.major < 0 && !may_cross)
                r.minor = -1;
        return r;
}

static void add_rule_text(struct strbuf *text, const struct model_rule *r, bool v2)
{
        char major[16] = "*", minor[16] = "*";

        if (r->major >= 0)
                snprintf(major, sizeof major, "%d", r->major);
        if (r->minor >= 0)
                snprintf(minor, sizeof minor, "%d", r->minor);
        strbuf_printf(text, "cgroup%s.devices.%s = ", v2 ? "2" : "", r->allow ? "allow" : "deny");
        if (r->global)
                strbuf_adds(text, v2 || pick(2) ? "a" : "a *:* rwm");
        else
                strbuf_printf(text, "%c %s:%s %s%s%s", r->type, major, minor, r->access & R ? "r" : "", r->access & W ? "w" : "", r->access & M ? "m" : "");
        strbuf_addc(text, '\n');
}

/* Every access to every device, once by each reading of the list. */
static void compare(const struct model_rule *rules, size_t n, bool v2, const struct outcome *o, const char *text)
{
        for (int device = 0; device < 2 * MAJORS * MINORS; device++)
                for (unsigned access = 1; access < 8; access++) {
                        char type = device % 2 ? 'b' : 'c';
                        int major = device / 2 / MINORS, minor = device / 2 % MINORS;
                        bool expected = (v2 ? v2_allows : v1_allows)(rules, n, type, major, minor, access);
                        bool list = list_allows(o->result.resources, type, major, minor, access);
                        bool bits = bits_allowed(o->result.resources, type, major, minor, access);
                        bool single = access == R || access == W || access == M;

                        if (list != expected)
                                fail_msg("as a list: %c %d:%d access %u: %d, not %d\n%s%s", type, major, minor, access, list, expected, text, o->notes.text);
                        if (single && bits != expected)
                                fail_msg("by bits: %c %d:%d access %u: %d, not %d\n%s", type, major, minor, access, bits, expected, text);
                }
}

static void check_random(bool v2, bool may_cross)
{
        for (int round = 0; round < 2000; round++) {
                _cleanup_(outcome_done) struct outcome o = { 0 };
                _cleanup_(strbuf_done) struct strbuf text = { 0 };
                struct model_rule rules[12];
                size_t n = 1 + pick(ARRAY_SIZE(rules));

                for (size_t i = 0; i < n; i++) {
                        rules[i] = pick_rule(v2, may_cross);
                        add_rule_text(&text, &rules[i], v2);
                }
                convert(&o, text.text, LXC_CGROUP_V2);
                assert_int_equal(o.result.n_errors, 0);
                compare(rules, n, v2, &o, text.text);
        }
}

static void test_devices_v1(void **state _unused_) { check_random(false, false); }
static void test_devices_v2(void **state _unused_) { check_random(true, true); }

/* ------------------------------------------------------------------------------------------------------------------ */

static void test_device_lines(void **state _unused_)
{
        static const struct { const char *text, *note; } rows[] = {
                { "cgroup.devices.deny = a\ncgroup.devices.allow = c 1:5 rwm\t# zero",
                  "2:1 exact info 'lxc.cgroup.devices.allow' -> /linux/resources/devices/1 = "
                  "{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":5,\"access\":\"rwm\"}" },
                { "cgroup.devices.deny = a\ncgroup.devices.allow = c 1:5 rw # zero", "2:1 impossible ERROR" },
                { "cgroup.devices.allow = c 1:5 rwm",
                  "1:1 dropped note 'lxc.cgroup.devices.allow': everything is allowed already: no 'devices.deny = a' stands before it" },
                { "cgroup.devices.deny = a\ncgroup.devices.deny = c 1:5 w", "2:1 dropped note 'lxc.cgroup.devices.deny': denied already" },
                { "cgroup.devices.deny = a\ncgroup.devices.allow = c 1:5 rwm\ncgroup.devices.deny = c 1:5 rwm",
                  "2:1 dropped info 'lxc.cgroup.devices.allow': line 3 takes it back" },
                { "cgroup.devices.deny = a\ncgroup.devices.allow = c 1:5 rwm\ncgroup.devices.deny = a",
                  "2:1 dropped info 'lxc.cgroup.devices.allow': line 3 begins the list anew" },
                { "cgroup2.devices.deny = a", "1:1 nearly warn 'lxc.cgroup2.devices.deny' -> /linux/resources/devices/0 = "
                                              "{\"allow\":false,\"access\":\"rwm\"}: every device is denied, as the line says" },
                { "cgroup2.devices.deny = a\ncgroup2.devices.deny = c 1:5 w", "2:1 dropped note 'lxc.cgroup2.devices.deny': LXC passes over it: all "
                                                                              "devices are denied anyway" },
                { "cgroup2.devices.deny = a\ncgroup2.devices.allow = a *:* rwm",
                  "2:1 exact info 'lxc.cgroup2.devices.allow' -> /linux/resources/devices/1 = {\"allow\":true,\"access\":\"rwm\"}" },
                { "cgroup2.devices.allow = /dev/fuse rw",
                  "1:1 berth warn 'lxc.cgroup2.devices.allow' -> /linux/resources/devices/1 = "
                  "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"}: another runtime allows making device nodes, /dev/null," },
                { "cgroup2.devices.allow = /dev/none rw", "1:1 impossible ERROR 'lxc.cgroup2.devices.allow': there is no device '/dev/none' here" },
                { "cgroup2.devices.allow = c 1:3", "1:1 impossible ERROR" },
                { "cgroup2.devices.allow = c 1 rwm", "1:1 impossible ERROR" },
                { "cgroup2.devices.allow = x 1:3 rwm", "1:1 impossible ERROR" },
                { "cgroup2.devices.allow = c 1:99999999999 rwm", "1:1 impossible ERROR" },
                { "cgroup.devices.deny = c 1:11 w\ncgroup2.devices.deny = a\ncgroup2.devices.allow = c 1:3 rwm",
                  "1:1 dropped note 'lxc.cgroup.devices.deny': the rules of lxc.cgroup2.devices count on cgroup v2" },
                { "cgroup.devices.deny = c 1:* w\ncgroup.devices.deny = c *:3 r", "2:1 berth warn 'lxc.cgroup.devices.deny' -> /linux/resources/devices/2" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(outcome_done) struct outcome o = { 0 };

                convert(&o, rows[i].text, LXC_CGROUP_V2);
                if (!strstr(o.notes.text, rows[i].note))
                        fail_msg("'%s' is not in:\n%s", rows[i].note, o.notes.text);
                assert_true(o.result.strict_devices);
        }
}

static void test_no_lines(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };

        convert(&o, "", LXC_CGROUP_V2);
        assert_true(o.result.default_devices);
        assert_int_equal(o.result.resources->devices.n, 1);
        assert_true(o.result.resources->devices.items[0].allow.value);
}

static void test_placement(void **state _unused_)
{
        static const char *const yes[] = { "lxc.cgroup.dir", "lxc.cgroup.dir.container", "lxc.cgroup.dir.container.inner", "lxc.cgroup.relative",
                                           "lxc.cgroup.use" };
        static const char *const no[] = { "lxc.cgroup.dirt", "lxc.cgroup.devices.deny", "lxc.cgroup2.dir", "lxc.cgroup", "lxc.cgroup.cpu.shares" };

        for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
                assert_true(lxc_cgroup_key_is_placement(yes[i]));
        for (size_t i = 0; i < ARRAY_SIZE(no); i++)
                assert_false(lxc_cgroup_key_is_placement(no[i]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden),       cmocka_unit_test(test_devices_v1), cmocka_unit_test(test_devices_v2),
                cmocka_unit_test(test_device_lines), cmocka_unit_test(test_no_lines),   cmocka_unit_test(test_placement),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
