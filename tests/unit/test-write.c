/* SPDX-License-Identifier: Apache-2.0 */
/* parse(write(spec)) equals spec, for every config that the tests keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../helpers/spec-equal.h"
#include "golden.h"
#include "parse.h"

static struct oci_spec *parse_good(struct arena *a, const char *text, size_t len, const char *name)
{
        struct faults faults = { .arena = a, .file = name };
        struct oci_spec *spec = NULL;
        struct err e = ERR_INIT;
        int r = oci_spec_parse(a, text, len, &faults, &spec, &e);

        if (r < 0)
                fail_msg("%s:%u:%u: %s", name, e.line, e.column, e.text);
        if (faults.n_errors > 0) {
                faults_to_err(&faults, &e);
                fail_msg("%s:%u:%u: %s at %s", name, e.line, e.column, e.text, e.pointer);
        }
        assert_false(faults.nomem);
        return spec;
}

static bool round_trip(const char *directory, const char *name)
{
        static const int styles[] = { OCI_WRITE_COMPACT, OCI_WRITE_PRETTY };
        _cleanup_(arena_freep) struct arena *a = arena_new();
        _cleanup_(strbuf_done) struct strbuf path = { 0 };
        _cleanup_free_ char *text = NULL;
        struct oci_spec *spec;
        const char *field = NULL;
        size_t len = 0;

        strbuf_printf(&path, "%s/%s", directory, name);
        text = golden_read(path.text, &len);
        assert_non_null(text);
        spec = parse_good(a, text, len, name);
        for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
                _cleanup_(strbuf_done) struct strbuf out = { 0 }, again = { 0 };
                struct oci_spec *back;

                oci_spec_write(spec, styles[i], &out);
                assert_false(out.failed);
                back = parse_good(a, out.text, out.len, name);
                if (!objects_equal(&type_spec, spec, back, &field)) {
                        print_error("%s: '%s' is not what was written:\n%s\n", name, field, out.text);
                        return false;
                }
                oci_spec_write(back, styles[i], &again);
                assert_string_equal(again.text, out.text);
        }
        return true;
}

static void test_round_trips(void **state _unused_)
{
        static const char *const directories[] = { TESTS_DIR "/golden/spec", TESTS_DIR "/golden/engines" };

        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                int n, bad = golden_each(directories[i], round_trip, &n);

                assert_true(n >= 5);
                assert_int_equal(bad, 0);
        }
}

/* The full config is kept as it is written: order of members, spelling, indentation. */
static void test_full_is_canonical(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        size_t len = 0;
        _cleanup_free_ char *text = golden_read(TESTS_DIR "/golden/spec/full.json", &len);

        assert_non_null(text);
        oci_spec_write(parse_good(a, text, len, "full.json"), OCI_WRITE_PRETTY, &out);
        strbuf_addc(&out, '\n');
        assert_string_equal(out.text, text);
}

/* A spec built by hand: only what is set, and a value without a word in a form that no reader takes. */
static void test_by_hand(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        struct oci_namespace ns[] = { { .type = { true, OCI_NS_PID } }, { .type = { true, 77 } } };
        struct oci_linux lin = { .namespaces = { ns, 2 }, .rootfs_propagation = { true, 1 << 18 } };
        struct oci_process process = { .cwd = "/", .oom_score_adj = { true, -5 } };
        struct oci_spec spec = { .oci_version = "1.3.0", .process = &process, .linux_ = &lin };

        oci_spec_write(&spec, OCI_WRITE_COMPACT, &out);
        assert_string_equal(out.text, "{\"ociVersion\":\"1.3.0\",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":-5},"
                                      "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"#77\"}],"
                                      "\"rootfsPropagation\":\"private\"}}");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trips),
                cmocka_unit_test(test_full_is_canonical),
                cmocka_unit_test(test_by_hand),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
