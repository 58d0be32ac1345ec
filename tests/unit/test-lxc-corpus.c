/* SPDX-License-Identifier: Apache-2.0 */
/* A collection of real configurations, where there is one ($LXC_CORPUS, or ../shared/lxc-corpus beside the source): each is
 * converted into a valid config.json or fails with a place for each error, and each line with a key is in the report once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../helpers/lxc-host.h"
#include "lex.h"
#include "parse.h"

static int read_file(void *arg, struct arena *arena, const char *path, const char **ret_text, size_t *ret_len)
{
        (void) arg;
        return lxc_host_slurp(arena, path, ret_text, ret_len);
}

static size_t count_entries(const struct lxc_report *report, const char *file, const struct lxc_line *line)
{
        size_t n = 0;

        for (size_t i = 0; i < report->n; i++)
                n += streq(report->entries[i]->file, file) && report->entries[i]->line == line->line &&
                     report->entries[i]->column == line->column;
        return n;
}

static void check_report(struct arena *arena, const struct lxc_report *report, const char *path, const char *text, size_t len)
{
        struct lxc_lexer lexer = { .text = text, .len = len };
        struct lxc_line line;

        while (lxc_lex_next(arena, &lexer, &line))
                if (line.kind != LXC_LINE_BLANK && line.kind != LXC_LINE_COMMENT)
                        assert_int_equal(count_entries(report, path, &line), 1);
        for (size_t i = 0; i < report->n; i++) {
                assert_true(report->entries[i]->classified);
                assert_true(report->entries[i]->line > 0);
                if (report->entries[i]->severity == LXC_ERROR)
                        assert_true(report->entries[i]->n_remarks > 0);
        }
}

/* With the lines in error left out, every file gives a config that the runtime takes. */
static void check_file(const char *path, bool force, size_t *converted)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct lxc_host host = lxc_host_fixtures();
        struct lxc_options options = { .config_path = path, .bundle = "/b", .helper = "/usr/bin/berth", .force = force };
        struct faults faults = { .arena = arena, .file = path };
        _cleanup_(strbuf_done) struct strbuf spec = { 0 };
        struct oci_spec *again;
        struct lxc_result result;
        static struct err e;
        const char *text;
        size_t len;

        host.read = read_file;
        assert_int_equal(lxc_host_slurp(arena, path, &text, &len), 0);
        assert_int_equal(lxc_convert(arena, &options, &host, &result, &e), 0);
        check_report(arena, result.report, path, text, len);
        if (force)
                assert_int_equal(result.n_errors, 0);
        if (result.n_errors > 0)
                return;
        ++*converted;
        oci_spec_write(result.spec, OCI_WRITE_PRETTY, &spec);
        assert_int_equal(oci_spec_parse(arena, spec.text, spec.len, &faults, &again, &e), 0);
        oci_spec_validate(again, &faults);
        assert_int_equal(faults.n_errors, 0);
}

/* ---- lxc-update-config(1): the old spelling rewritten line by line must come to the same ---------------------------- */

static const char *const renames[][2] = {
        { "lxc.aa_allow_incomplete", "lxc.apparmor.allow_incomplete" },
        { "lxc.aa_profile", "lxc.apparmor.profile" },
        { "lxc.se_context", "lxc.selinux.context" },
        { "lxc.console", "lxc.console.path" },
        { "lxc.devttydir", "lxc.tty.dir" },
        { "lxc.tty", "lxc.tty.max" },
        { "lxc.pts", "lxc.pty.max" },
        { "lxc.utsname", "lxc.uts.name" },
        { "lxc.mount", "lxc.mount.fstab" },
        { "lxc.rootfs", "lxc.rootfs.path" },
        { "lxc.id_map", "lxc.idmap" },
        { "lxc.haltsignal", "lxc.signal.halt" },
        { "lxc.rebootsignal", "lxc.signal.reboot" },
        { "lxc.stopsignal", "lxc.signal.stop" },
        { "lxc.logfile", "lxc.log.file" },
        { "lxc.loglevel", "lxc.log.level" },
        { "lxc.syslog", "lxc.log.syslog" },
        { "lxc.init_cmd", "lxc.init.cmd" },
        { "lxc.init_uid", "lxc.init.uid" },
        { "lxc.init_gid", "lxc.init.gid" },
        { "lxc.seccomp", "lxc.seccomp.profile" },
        { "lxc.network.ipv4", "lxc.net.#.ipv4.address" },
        { "lxc.network.ipv6", "lxc.net.#.ipv6.address" },
};
static const char *const deleted[] = { "lxc.pivotdir", "lxc.kmsg", "lxc.rootfs.backend" };

static void update_line(const struct lxc_line *line, int *nic, struct strbuf *out)
{
        const char *rest = str_after(line->key, "lxc.network."), *limit = str_after(line->key, "lxc.limit."), *name = line->key;

        for (size_t i = 0; i < ARRAY_SIZE(deleted); i++)
                if (streq(deleted[i], line->key))
                        return;
        *nic += rest && streq(rest, "type");
        for (size_t i = 0; i < ARRAY_SIZE(renames); i++)
                if (streq(renames[i][0], line->key))
                        name = renames[i][1];
        if (str_after(name, "lxc.net.#"))
                strbuf_printf(out, "lxc.net.%d%s = %s\n", *nic, str_after(name, "lxc.net.#"), line->value);
        else if (rest)
                strbuf_printf(out, "lxc.net.%s%d.%s = %s\n", "", rest[0] >= '0' && rest[0] <= '9' ? rest[0] - '0' : *nic,
                              rest[0] >= '0' && rest[0] <= '9' ? rest + 2 : rest, line->value);
        else if (limit)
                strbuf_printf(out, "lxc.prlimit.%s = %s\n", limit, line->value);
        else
                strbuf_printf(out, "%s = %s\n", name, line->value);
}

static void update(struct arena *arena, const char *text, size_t len, struct strbuf *out)
{
        struct lxc_lexer lexer = { .text = text, .len = len };
        struct lxc_line line;
        int nic = -1;

        while (lxc_lex_next(arena, &lexer, &line))
                if (line.kind == LXC_LINE_KEY)
                        update_line(&line, &nic, out);
}

/* config.json and lxc-net.json of TEXT as LXC 2.1, which takes both spellings, would have it. */
static void convert_text(struct arena *arena, const char *text, size_t len, struct strbuf *out)
{
        struct lxc_host fixtures = lxc_host_fixtures(), host = fixtures;
        struct lxc_host_text one = { .host = &fixtures, .name = "/c/config", .text = text, .len = len };
        struct lxc_options options = {
                .config_path = "/c/config", .bundle = "/b", .helper = "/usr/bin/berth", .force = true, .era = LXC_ERA_BOTH
        };
        struct lxc_result result;
        static struct err e;

        host.read = lxc_host_read_text;
        host.arg = &one;
        assert_int_equal(lxc_convert(arena, &options, &host, &result, &e), 0);
        oci_spec_write(result.spec, OCI_WRITE_PRETTY, out);
        strbuf_adds(out, result.net ?: "");
}

static void check_update(const char *path)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_(strbuf_done) struct strbuf updated = { 0 }, before = { 0 }, after = { 0 };
        const char *text;
        size_t len;

        assert_int_equal(lxc_host_slurp(arena, path, &text, &len), 0);
        /* The script counts interfaces by lines: one that mixes spellings, or clears them all, it makes another of. */
        if (strstr(text, "lxc.net.") && strstr(text, "lxc.network."))
                return;
        update(arena, text, len, &updated);
        convert_text(arena, text, len, &before);
        convert_text(arena, updated.text ?: "", updated.len, &after);
        if (!streq(before.text, after.text))
                fail_msg("%s: the updated file is converted differently", path);
}

static int is_conf(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && streq(dot, ".conf");
}

static void test_corpus(void **state _unused_)
{
        const char *directory = getenv("LXC_CORPUS") ?: TESTS_DIR "/../../../shared/lxc-corpus";
        struct dirent **entries;
        int n = scandir(directory, &entries, is_conf, alphasort);
        size_t converted = 0, forced = 0;
        char path[4096];

        if (n < 0)
                skip();
        for (int i = 0; i < n; i++) {
                snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
                check_file(path, false, &converted);
                check_file(path, true, &forced);
                check_update(path);
                free(entries[i]);
        }
        free(entries);
        print_message("%d configurations: %zu without an error, %zu with the lines in error left out\n", n, converted, forced);
        assert_int_equal(forced, n);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_corpus) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
