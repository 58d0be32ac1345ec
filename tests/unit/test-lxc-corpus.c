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
                n += streq(report->entries[i]->file, file) && report->entries[i]->line == line->line && report->entries[i]->column == line->column;
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
