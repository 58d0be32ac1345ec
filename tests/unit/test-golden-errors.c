/* SPDX-License-Identifier: Apache-2.0 */
/* Whole configs: all findings as a person reads them (tests/golden/errors), and none about what engines write
 * (tests/golden/engines). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "golden.h"
#include "parse.h"

static void print_findings(const struct faults *faults, struct strbuf *out)
{
        static struct err e;
        static char text[4096];

        for (size_t i = 0; i < faults->n; i++) {
                e = ERR_INIT;
                assert_int_equal(fault_to_err(faults, &faults->items[i], &e), -EINVAL);
                err_format(&e, NULL, text, sizeof text);
                strbuf_printf(out, "%s%s\n", faults->items[i].warning ? "warning: " : "", text);
        }
}

/* The findings of the config NAME; what json_parse says when it is no JSON at all. */
static void find_all(const char *path, const char *name, struct strbuf *out)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct faults faults = { .arena = arena, .file = name };
        struct oci_spec *spec;
        _cleanup_free_ char *text = NULL;
        static struct err e;
        size_t len;

        text = golden_read(path, &len);
        assert_non_null(text);
        if (oci_spec_parse(arena, text, len, &faults, &spec, &e) < 0) {
                static char report[4096];

                err_format(&e, NULL, report, sizeof report);
                strbuf_printf(out, "%s\n", report);
                return;
        }
        oci_spec_validate(spec, &faults);
        assert_false(faults.nomem);
        faults_sort(&faults);
        print_findings(&faults, out);
}

/* "x.json" has "x.expected" beside it; without one there is nothing to find. */
static bool check_config(const char *directory, const char *name)
{
        _cleanup_(strbuf_done) struct strbuf config = { 0 }, expected = { 0 }, found = { 0 };

        strbuf_printf(&config, "%s/%s", directory, name);
        strbuf_printf(&expected, "%s/%.*s.expected", directory, (int) (strlen(name) - strlen(".json")), name);
        find_all(config.text, name, &found);
        return golden_compare(expected.text, found.text ?: "");
}

static void test_errors(void **state _unused_)
{
        int n;

        assert_int_equal(golden_each(TESTS_DIR "/golden/errors", check_config, &n), 0);
        assert_true(n >= 10);
}

static void test_engines(void **state _unused_)
{
        int n;

        assert_int_equal(golden_each(TESTS_DIR "/golden/engines", check_config, &n), 0);
        assert_true(n >= 10);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_engines),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
