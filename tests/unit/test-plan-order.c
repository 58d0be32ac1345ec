/* SPDX-License-Identifier: Apache-2.0 */
/* Messages arrive in the order in which they are sent: for each direction, one side must wait in the order in which the
 * other sends, whatever a config combines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"
#include "plan/plan.h"

enum { MEETINGS_MAX = 16 };

struct side {
        enum plan_sync syncs[MEETINGS_MAX];
        size_t n;
};

static bool has_row(const struct plan *plan, enum plan_op op, enum plan_ctx ctx, enum plan_sync sync)
{
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].op == op && plan->steps[i].ctx == ctx && plan->steps[i].u.sync == sync)
                        return true;
        return false;
}

static void note(struct side *side, enum plan_sync sync)
{
        assert_true(side->n < MEETINGS_MAX);
        side->syncs[side->n++] = sync;
}

/* Messages between the parent and init that both sides have a row for: what `start` waits for is not of the plan. */
static void check_direction(const struct plan *plan, enum plan_ctx from, enum plan_ctx to)
{
        struct side sent = { .n = 0 }, awaited = { .n = 0 };

        for (size_t i = 0; i < plan->n_steps; i++) {
                const struct step *s = &plan->steps[i];

                if (s->op == PLAN_SYNC_SEND && s->ctx == from && has_row(plan, PLAN_SYNC_WAIT, to, s->u.sync))
                        note(&sent, s->u.sync);
                if (s->op == PLAN_SYNC_WAIT && s->ctx == to && has_row(plan, PLAN_SYNC_SEND, from, s->u.sync))
                        note(&awaited, s->u.sync);
        }
        assert_true(sent.n > 0);
        assert_int_equal(sent.n, awaited.n);
        for (size_t i = 0; i < sent.n; i++)
                assert_string_equal(plan_sync_name(sent.syncs[i]), plan_sync_name(awaited.syncs[i]));
}

static void check_config(const char *json)
{
        struct arena *arena = arena_new();
        struct faults faults = { .file = "config.json", .arena = arena };
        static const struct host host = { .privileged = true };
        const struct plan_request request = { .id = "web1", .bundle = "/run/b" };
        struct oci_spec *spec;
        struct plan *plan;
        struct err e = ERR_INIT;

        if (oci_spec_parse(arena, json, strlen(json), &faults, &spec, &e) < 0 || faults.n_errors > 0)
                fail_msg("%s: %s", faults.n_errors ? faults.items[0].text : e.text, json);
        if (plan_make(arena, spec, &host, &request, "config.json", &plan, &e) < 0)
                fail_msg("%s: %s", e.text, json);
        check_direction(plan, PLAN_PARENT, PLAN_INIT);
        check_direction(plan, PLAN_INIT, PLAN_PARENT);
        arena_free(arena);
}

static void test_each_side_waits_as_the_other_sends(void **state _unused_)
{
        static const char *const hooks[] = { "", ",\"hooks\":{\"prestart\":[{\"path\":\"/bin/true\"}]}",
                                             (",\"hooks\":{\"createRuntime\":[{\"path\":\"/bin/true\"}],"
                                              "\"createContainer\":[{\"path\":\"/bin/true\"}]}") };
        static const char *const seccomp[] = { "", (",\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
                                                    "[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\"}]}") };
        static const char *const namespaces[] = { "", ",{\"type\":\"cgroup\"}" };

        for (size_t h = 0; h < ARRAY_SIZE(hooks); h++)
                for (size_t s = 0; s < ARRAY_SIZE(seccomp); s++)
                        for (size_t n = 0; n < ARRAY_SIZE(namespaces); n++)
                                for (int no_new_privs = 0; no_new_privs <= 1; no_new_privs++) {
                                        struct strbuf b = { 0 };

                                        strbuf_printf(&b,
                                                      "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\","
                                                      "\"args\":[\"true\"],\"noNewPrivileges\":%s},\"linux\":{\"namespaces\":"
                                                      "[{\"type\":\"mount\"},{\"type\":\"pid\"}%s]%s}%s}",
                                                      no_new_privs ? "true" : "false", namespaces[n], seccomp[s], hooks[h]);
                                        check_config(b.text);
                                        strbuf_done(&b);
                                }
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_side_waits_as_the_other_sends) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
