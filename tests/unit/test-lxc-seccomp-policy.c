/* SPDX-License-Identifier: Apache-2.0 */
/* LXC's seccomp policies: whole files with their notes and the linux.seccomp they become (tests/golden/lxc-seccomp), and the
 * parts that need another machine or another table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "golden.h"
#include "lxc-notes.h"
#include "parse.h"
#include "seccomp-policy.h"

static const char *name_of_number(void *arg _unused_, int number)
{
        static const char *const names[] = { "read", "write", "open", "close" };

        return number >= 0 && number < (int) ARRAY_SIZE(names) ? names[number] : NULL;
}

static bool knows_name(void *arg _unused_, const char *name) { return !str_after(name, "no_such_"); }

struct outcome {
        struct arena *arena;
        struct oci_seccomp *seccomp;
        struct strbuf notes;
        unsigned n_errors;
        int r;
        struct err e;
};

static void outcome_done(struct outcome *o)
{
        strbuf_done(&o->notes);
        arena_free(o->arena);
}

static void read_policy(struct outcome *o, struct lxc_seccomp_source source)
{
        o->arena = arena_new();
        o->e = ERR_INIT;
        source.file = "policy";
        source.notes = (struct lxc_notes) { notes_print, &o->notes };
        o->r = lxc_seccomp_policy_parse(o->arena, &source, &o->seccomp, &o->n_errors, &o->e);
}

static void read_text(struct outcome *o, const char *text)
{
        read_policy(o, (struct lxc_seccomp_source) { .text = text, .len = strlen(text), .arch = OCI_SECCOMP_ARCH_X86_64,
                                                     .syscalls = { name_of_number, knows_name, NULL } });
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void print_outcome(const struct outcome *o, struct strbuf *out)
{
        struct oci_linux linux_ = { .seccomp = o->seccomp };
        struct oci_spec spec = { .oci_version = "1.3.0", .linux_ = &linux_ };
        char text[2048];

        strbuf_adds(out, o->notes.text ?: "");
        if (o->r < 0) {
                err_format(&o->e, NULL, text, sizeof text);
                strbuf_printf(out, "%s\n", text);
                return;
        }
        strbuf_printf(out, "errors: %u\n", o->n_errors);
        oci_spec_write(&spec, OCI_WRITE_PRETTY, out);
        strbuf_addc(out, '\n');
}

static int is_policy(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && streq(dot, ".seccomp");
}

static void test_golden(void **state _unused_)
{
        static const char directory[] = TESTS_DIR "/golden/lxc-seccomp";
        struct dirent **entries;
        int n = scandir(directory, &entries, is_policy, alphasort), bad = 0;

        assert_true(n >= 8);
        for (int i = 0; i < n; i++) {
                _cleanup_(outcome_done) struct outcome o = { 0 };
                _cleanup_(strbuf_done) struct strbuf path = { 0 }, made = { 0 };
                _cleanup_free_ char *text = NULL;
                size_t len = 0;

                strbuf_printf(&path, "%s/%s", directory, entries[i]->d_name);
                text = golden_read(path.text, &len);
                read_policy(&o, (struct lxc_seccomp_source) { .text = text, .len = len, .arch = OCI_SECCOMP_ARCH_X86_64,
                                                              .syscalls = { name_of_number, knows_name, NULL } });
                print_outcome(&o, &made);
                path.len -= strlen(".seccomp");
                path.text[path.len] = '\0';
                strbuf_adds(&path, ".expected");
                bad += !golden_compare(path.text, made.text);
                free(entries[i]);
        }
        free(entries);
        assert_int_equal(bad, 0);
}

/* What is made of a policy keeps the rules of the specification. */
static void test_valid(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };
        struct faults faults = { 0 };
        struct oci_linux linux_ = { 0 };
        struct oci_root root = { .path = "/" };
        struct oci_spec spec = { .oci_version = "1.3.0", .linux_ = &linux_, .root = &root };

        read_text(&o, "2\nwhitelist errno 38\n[all]\nread\nioctl allow [1,0x5413,==]\nkcmp trap\n");
        assert_int_equal(o.r, 0);
        assert_int_equal(o.n_errors, 0);
        linux_.seccomp = o.seccomp;
        faults.arena = o.arena;
        oci_spec_validate(&spec, &faults);
        for (size_t i = 0; i < faults.n; i++)
                assert_true(faults.items[i].warning);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* The head of a file, and what is wrong with it. */
static void test_heads(void **state _unused_)
{
        static const struct { const char *text, *error; unsigned line, column; } rows[] = {
                { "2\ndenylist\n", NULL, 0, 0 },
                { "2 denylist\n", NULL, 0, 0 },
                { " \n\n 2 \n\n\nblacklist", NULL, 0, 0 },
                { "2\nallowlistfoo", NULL, 0, 0 },
                { "1\nx whitelist y\n", NULL, 0, 0 },
                { "2\r\ndenylist\r\n", NULL, 0, 0 },
                { "", "the first line is not '1' or '2', the version of the policy's grammar", 1, 1 },
                { "denylist\n", "the first line is not '1' or '2', the version of the policy's grammar", 1, 1 },
                { "\n  3\ndenylist\n", "the first line is not '1' or '2', the version of the policy's grammar", 2, 3 },
                { "# comment\n2\ndenylist\n", "the first line is not '1' or '2', the version of the policy's grammar", 1, 1 },
                { "2", "the file ends before the line that names the style", 1, 2 },
                { "2\n \n", "the file ends before the line that names the style", 3, 1 },
                { "2\n# list\n", "'# list' is neither 'allowlist' nor 'denylist'", 2, 1 },
                { "2\nx denylist\n", "'x denylist' is neither 'allowlist' nor 'denylist'", 2, 1 },
                { "1\ndenylist\n", "a policy of version 1 can only be an 'allowlist'", 2, 1 },
                { "2\ndenylist errno\n", "'errno' needs a number, not ''", 2, 1 },
                { "2\ndenylist bad\n", "unknown action 'bad'", 2, 1 },
                { "2\nallowlist debug\n", "LXC refuses a policy with 'debug' in its style", 2, 1 },
                { "2\nallowlist notify\n", "the default action cannot be 'notify' under an OCI runtime: it would stop the runtime's own calls", 2, 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(outcome_done) struct outcome o = { 0 };
                char expected[256];

                read_text(&o, rows[i].text);
                assert_int_equal(o.r, rows[i].error ? -EINVAL : 0);
                if (!rows[i].error)
                        continue;
                assert_null(o.seccomp);
                snprintf(expected, sizeof expected, "seccomp policy: %s", rows[i].error);
                assert_string_equal(o.e.text, expected);
                assert_string_equal(o.e.file, "policy");
                assert_int_equal(o.e.line, rows[i].line);
                assert_int_equal(o.e.column, rows[i].column);
        }
}

/* One rule after "2, denylist": what is said of it. */
static void test_rules(void **state _unused_)
{
        static const struct { const char *line, *note; } rows[] = {
                { "reboot", "3:1 exact info 'reboot' -> /linux/seccomp/syscalls/0/names/0 = \"reboot\"\n" },
                { "  reboot  # why", "3:3 exact info 'reboot' -> /linux/seccomp/syscalls/0/names/0 = \"reboot\"\n" },
                { "reboot kill_process",
                  "3:1 nearly note 'reboot' -> /linux/seccomp/syscalls/0/names/0 = \"reboot\": LXC reads 'kill_process' as 'kill'\n" },
                { "ioctl [1,5,==]", "3:1 nearly note 'ioctl' -> /linux/seccomp/syscalls/0/names/0 = \"ioctl\": LXC wants an action before the argument "
                                    "filters: here it is the style's own\n" },
                { "reboot errno 5000",
                  "3:1 nearly note 'reboot' -> /linux/seccomp/syscalls/0/names/0 = \"reboot\": errno 5000 does not fit: the kernel returns 4095\n" },
                { "reboot errno EPERM", "3:1 impossible ERROR 'reboot errno EPERM': 'errno' needs a number, not 'EPERM' "
                                        "(write the number, as in 'errno 1' for EPERM)\n" },
                { "reboot ALLOW", "3:1 impossible ERROR 'reboot ALLOW': unknown action 'ALLOW' "
                                  "(the actions are kill, errno NUMBER, allow, trap and notify)\n" },
                { "reboot allow", "3:1 dropped note 'reboot': this is what the default action does; LXC refuses such a rule\n" },
                { "no_such_call", "3:1 exact note 'no_such_call' -> /linux/seccomp/syscalls/0/names/0 = \"no_such_call\": system call "
                                  "'no_such_call' is unknown here: LXC and OCI runtimes skip it with a warning\n" },
                { "reboot\tkill", "3:1 dropped warn 'reboot\tkill': no system call is called 'reboot\\x09kill': LXC skips the line with a "
                                  "warning (write the name and a blank)\n" },
                { "reboot kill # [0,1,==]", "3:1 nearly note 'reboot' -> /linux/seccomp/syscalls/0/names/0 = \"reboot\": LXC takes a '[' in a "
                                            "comment for an argument filter; here it is a comment\n" },
                { "ioctl [0,1,==", "3:1 impossible ERROR 'ioctl [0,1,==': an argument filter lacks its ']'\n" },
                { "ioctl [6,1,==]", "3:1 impossible ERROR 'ioctl [6,1,==]': '6' is no argument's index: system calls have six, from 0 (a filter is "
                                    "[INDEX,VALUE,OPERATOR] or [INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK])\n" },
                { "ioctl [1,1,=]", "3:1 impossible ERROR 'ioctl [1,1,=]': unknown operator '=' in an argument filter (a filter is "
                                   "[INDEX,VALUE,OPERATOR] or [INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK])\n" },
                { "ioctl [1,2]", "3:1 impossible ERROR 'ioctl [1,2]': '[1,2]' is no argument filter (a filter is "
                                 "[INDEX,VALUE,OPERATOR] or [INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK])\n" },
                { "ioctl [1,1,==][1,2,!=]", "3:1 impossible ERROR 'ioctl [1,1,==][1,2,!=]': two filters on argument 1 in one rule (a filter is "
                                            "[INDEX,VALUE,OPERATOR] or [INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK])\n" },
                { "[vax]", "3:1 impossible ERROR '[vax]': unknown architecture '[vax]': its rules are left out\n" },
                { "[x86_65]", "3:1 impossible ERROR '[x86_65]': unknown architecture '[x86_65]': its rules are left out "
                              "(did you mean '[x86_64]'?)\n" },
                { "[X86]", "3:1 exact info '[X86]' -> /linux/seccomp/architectures\n" },
                { "[Arm]", "3:1 impossible ERROR '[Arm]': unknown architecture '[Arm]': its rules are left out (did you mean '[arm]'?)\n" },
                { "[s390x]", "3:1 dropped info '[s390x]': this section is for other machines\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(outcome_done) struct outcome o = { 0 };
                char text[128];
                const char *third;

                snprintf(text, sizeof text, "2\ndenylist\n%s\n", rows[i].line);
                read_text(&o, text);
                assert_int_equal(o.r, 0);
                third = strstr(o.notes.text, "\n3:");
                assert_non_null(third);
                assert_string_equal(third + 1, rows[i].note);
        }
}

static void test_filters(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };
        const struct oci_seccomp_arg *a;

        read_text(&o, "2\ndenylist\nclone errno 1 [0, 0x7e020000 ,SCMP_CMP_MASKED_EQ,077][2,10,>]\n");
        assert_int_equal(o.n_errors, 0);
        assert_int_equal(o.seccomp->syscalls.n, 1);
        a = o.seccomp->syscalls.items[0].args.items;
        assert_int_equal(o.seccomp->syscalls.items[0].args.n, 2);
        assert_int_equal(a[0].op.value, OCI_SECCOMP_MASKED_EQ);
        assert_int_equal(a[0].value.value, 077);           /* the mask */
        assert_int_equal(a[0].value_two.value, 0x7e020000); /* what must be left */
        assert_int_equal(a[1].index.value, 2);
        assert_int_equal(a[1].op.value, OCI_SECCOMP_GT);
        assert_int_equal(a[1].value.value, 10);
        assert_false(a[1].value_two.set);
}

static void test_bytes(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };
        static const char text[] = "2\ndenylist\nrebo\0ot\nkcmp";

        read_policy(&o, (struct lxc_seccomp_source) { .text = text, .len = sizeof text - 1, .arch = OCI_SECCOMP_ARCH_X86_64 });
        assert_int_equal(o.r, 0);
        assert_int_equal(o.n_errors, 1);
        assert_non_null(strstr(o.notes.text, "3:1 impossible ERROR 'rebo': the line has a NUL byte\n"));
        assert_non_null(strstr(o.notes.text, "4:1 exact info 'kcmp'"));
}

/* On a machine with one architecture a section is exact. */
static void test_other_machine(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome one = { 0 }, two = { 0 };
        static const char text[] = "2\ndenylist\n[arm64]\nreboot errno 1\n[ppc64le]\nkcmp errno 1\n";

        read_policy(&one, (struct lxc_seccomp_source) { .text = text, .len = strlen(text), .arch = OCI_SECCOMP_ARCH_PPC64LE });
        assert_int_equal(one.seccomp->architectures.n, 1);
        assert_non_null(strstr(one.notes.text, "4:1 dropped info 'reboot errno 1': in a section for other machines\n"));
        assert_non_null(strstr(one.notes.text, "6:1 exact info 'kcmp' -> /linux/seccomp/syscalls/0/names/0"));
        read_policy(&two, (struct lxc_seccomp_source) { .text = text, .len = strlen(text), .arch = OCI_SECCOMP_ARCH_AARCH64 });
        assert_int_equal(two.seccomp->architectures.n, 2);
        assert_int_equal(two.seccomp->architectures.items[1], OCI_SECCOMP_ARCH_ARM);
        assert_non_null(strstr(two.notes.text, "4:1 nearly note 'reboot' -> /linux/seccomp/syscalls/0/names/0"));
}

static void test_no_table(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };

        read_policy(&o, (struct lxc_seccomp_source) { .text = "1\nallowlist\n0\n", .len = 14, .arch = OCI_SECCOMP_ARCH_X86_64 });
        assert_int_equal(o.n_errors, 1);
        assert_non_null(strstr(o.notes.text, "3:1 impossible ERROR '0': numbers of system calls cannot be translated here"));
}

/* Many rules, each found again. */
static void test_many(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        strbuf_adds(&text, "2\nallowlist\n");
        for (int round = 0; round < 2; round++)
                for (int i = 0; i < 5000; i++)
                        strbuf_printf(&text, "call_%d\n", i);
        read_text(&o, text.text);
        assert_int_equal(o.n_errors, 0);
        assert_int_equal(o.seccomp->syscalls.n, 1);
        assert_int_equal(o.seccomp->syscalls.items[0].names.n, 5000);
        assert_string_equal(o.seccomp->syscalls.items[0].names.items[4999], "call_4999");
        assert_non_null(strstr(o.notes.text, "10002:1 dropped info 'call_4999': line 5002 says the same\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_golden),        cmocka_unit_test(test_valid), cmocka_unit_test(test_heads),
                cmocka_unit_test(test_rules),         cmocka_unit_test(test_filters), cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_other_machine), cmocka_unit_test(test_no_table), cmocka_unit_test(test_many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
