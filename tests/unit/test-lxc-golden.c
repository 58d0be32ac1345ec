/* SPDX-License-Identifier: Apache-2.0 */
/* Whole configurations: config.json, lxc-net.json and the report of each tests/golden/lxc/X.conf are kept beside it.  The first
 * line of a configuration says how it is converted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../helpers/lxc-host.h"
#include "golden.h"
#include "parse.h"
#include "value.h"

#define DIRECTORY TESTS_DIR "/golden/lxc"

static void take_word(struct arena *arena, struct lxc_options *options, const char *word)
{
        const char *value;

        if ((value = str_after(word, "name="))) {
                options->name = value;
                options->config_path = arena_printf(arena, "/var/lib/lxc/%s/config", value);
                options->bundle = arena_printf(arena, "/srv/bundles/%s", value);
        } else if ((value = str_after(word, "era="))) {
                assert_int_equal(lxc_era_parse(value, &options->era), 0);
        } else if (streq(word, "app")) {
                options->kind = LXC_KIND_APP;
        } else if (streq(word, "portable")) {
                options->portable = true;
        } else {
                fail_msg("unknown word '%s'", word);
        }
}

/* "# test: name=p1 portable -- command arguments" */
static struct lxc_options options_of(struct arena *arena, const char *text)
{
        struct lxc_options options = { .helper = "/usr/bin/berth",
                                       .rootfs_mount = "/usr/lib/x86_64-linux-gnu/lxc",
                                       .reaper = "/usr/bin/catatonit",
                                       .arch = OCI_SECCOMP_ARCH_X86_64 };
        const char *at = arena_strndup(arena, text, strcspn(text, "\r\n")), *word;
        oci_strings command = { 0 };
        bool options_end = false;
        size_t len;

        at = str_after(at, "# test:");
        assert_non_null(at);
        while (lxc_word_next(&at, " ", &word, &len)) {
                word = arena_strndup(arena, word, len);
                if (streq(word, "--"))
                        options_end = true;
                else if (options_end)
                        lxc_strings_add(arena, &command, word);
                else
                        take_word(arena, &options, word);
        }
        options.command = command.items;
        options.n_command = command.n;
        return options;
}

static bool compare(const char *stem, const char *suffix, const char *made)
{
        _cleanup_(strbuf_done) struct strbuf path = { 0 };

        strbuf_printf(&path, "%s%s", stem, suffix);
        return golden_compare(path.text, made);
}

static bool check(const char *name)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        const char *stem = arena_printf(arena, "%s/%.*s", DIRECTORY, (int) (strlen(name) - strlen(".conf")), name), *text = NULL;
        _cleanup_(strbuf_done) struct strbuf spec = { 0 }, report = { 0 }, json = { 0 };
        struct lxc_host fixtures = lxc_host_fixtures(), host = fixtures;
        struct lxc_host_text one = { .host = &fixtures, .name = name };
        struct lxc_options options;
        struct lxc_result result;
        static struct err e;
        bool same;

        assert_int_equal(lxc_host_slurp(arena, arena_printf(arena, "%s.conf", stem), &text, &one.len), 0);
        one.text = text;
        host.read = lxc_host_read_text;
        host.arg = &one;
        options = options_of(arena, text);
        options.shown_path = name;
        assert_int_equal(lxc_convert(arena, &options, &host, &result, &e), 0);
        if (result.n_errors == 0) {
                oci_spec_write(result.spec, OCI_WRITE_PRETTY, &spec);
                strbuf_addc(&spec, '\n');
        }
        lxc_report_text(result.report, &(struct lxc_report_style) { 0 }, &report);
        lxc_report_json(result.report, &json);
        strbuf_addc(&json, '\n');
        same = compare(stem, ".json", spec.text ?: "");
        same = compare(stem, ".net.json", result.n_errors == 0 && result.net ? result.net : "") && same;
        /* one is enough to know the form */
        same = (!streq(name, "p1.conf") || compare(stem, ".report.json", json.text)) && same;
        return compare(stem, ".report", report.text) && same;
}

static int is_conf(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && streq(dot, ".conf");
}

static void test_all(void **state _unused_)
{
        struct dirent **entries;
        int n = scandir(DIRECTORY, &entries, is_conf, alphasort), bad = 0;

        assert_true(n >= 15);
        for (int i = 0; i < n; i++) {
                bad += !check(entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
        assert_int_equal(bad, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_all) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
