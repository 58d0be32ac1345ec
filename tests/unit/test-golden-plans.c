/* SPDX-License-Identifier: Apache-2.0 */
/* Whole plans as `berth plan` shows them, for one host that is always the same (tests/golden/plans): what a change does to a
 * container, as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "golden.h"
#include "parse.h"
#include "plan/dump.h"
#include "plan/plan.h"

/* A host with cgroup2 only, run by root. */
static const struct host host = {
        .privileged = true, .bounding_caps = (UINT64_C(1) << 41) - 1, .last_cap = 40, .nr_open = 1048576, .page_size = 4096,
        .cgroup = HOST_CGROUP_V2, .v2_mount = "/sys/fs/cgroup", .v2_own = "/", .v2_controllers = "cpu io memory pids",
};

static bool check_config(const char *directory, const char *name)
{
        static const struct plan_request request = { .id = "c1", .bundle = "/bundle" };
        _cleanup_(strbuf_done) struct strbuf config = { 0 }, expected = { 0 }, text = { 0 };
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct faults faults = { .arena = arena, .file = name };
        _cleanup_free_ char *json = NULL;
        struct err e = ERR_INIT;
        struct oci_spec *spec;
        struct plan *plan;
        size_t len = 0;

        strbuf_printf(&config, "%s/%s", directory, name);
        strbuf_printf(&expected, "%s/%.*s.expected", directory, (int) (strlen(name) - strlen(".json")), name);
        json = golden_read(config.text, &len);
        assert_non_null(json);
        assert_int_equal(oci_spec_parse(arena, json, len, &faults, &spec, &e), 0);
        oci_spec_validate(spec, &faults);
        assert_int_equal(faults.n_errors, 0);
        if (plan_make(arena, spec, &host, &request, name, &plan, &e) < 0)
                fail_msg("%s: %s", name, e.text);
        plan_dump_text(plan, &text);
        return golden_compare(expected.text, text.text ?: "");
}

static void test_plans(void **state _unused_)
{
        int n;

        assert_int_equal(golden_each(TESTS_DIR "/golden/plans", check_config, &n), 0);
        assert_true(n >= 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_plans) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
