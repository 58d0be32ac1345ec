/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of seccomp, labels and hooks, from JSON to the arguments column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"
#include "plan/hooks.h"
#include "plan/lsm.h"
#include "plan/seccomp.h"

/* A planner over a config: what plan_make has when it calls the concern files. */
struct world {
        struct arena *arena;
        struct plan plan;
        struct host host;
        struct plan_request request;
        struct planner p;
        struct err e;
        struct strbuf text;
};

static void world_init(struct world *w, const char *members)
{
        struct faults faults = { .file = "config.json" };
        struct oci_spec *spec;
        char *json;

        *w = (struct world) { .arena = arena_new(), .e = ERR_INIT };
        faults.arena = w->arena;
        json = arena_printf(w->arena, "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"r\"},%s}", members);
        if (oci_spec_parse(w->arena, json, strlen(json), &faults, &spec, &w->e) < 0)
                fail_msg("%s", w->e.text);
        if (faults.n_errors > 0)
                fail_msg("%s", faults.items[0].text);
        w->request = (struct plan_request) { .id = "web1", .bundle = "/run/b" };
        w->plan = (struct plan) { .spec = spec, .host = &w->host, .request = &w->request, .config_name = "config.json" };
        w->p = (struct planner) { .arena = w->arena, .plan = &w->plan };
}

static void world_done(struct world *w)
{
        strbuf_done(&w->text);
        arena_free(w->arena);
}

/* Every row as "context name: arguments\n". */
static const char *describe(struct world *w, void (*column)(const struct step *, struct strbuf *))
{
        strbuf_done(&w->text);
        strbuf_adds(&w->text, "");
        for (size_t i = 0; i < w->p.n_steps; i++) {
                char name[64];

                strbuf_printf(&w->text, "%s %s: ", plan_ctx_name(w->p.steps[i].ctx),
                              plan_step_name(&w->p.steps[i], name, sizeof name));
                column(&w->p.steps[i], &w->text);
                strbuf_addc(&w->text, '\n');
        }
        return w->text.text ? w->text.text : "";
}

/* ---- base64 ----------------------------------------------------------------------------------------------------- */

static void test_base64(void **state _unused_)
{
        static const struct {
                const char *text, *want; /* NULL: refused */
        } rows[] = {
                { "", "" },           { "Zg==", "f" },     { "Zm8=", "fo" },    { "Zm9v", "foo" },   { "Zm9vYg==", "foob" },
                { "Zm9vYmE=", "fooba" }, { "+/+/", "\xfb\xff\xbf" }, { "Zg", NULL }, { "Zg=", NULL }, { "Zh==", NULL },
                { "Zm9=", NULL },     { "====", NULL },    { "Z===", NULL },    { "Zg==Zg==", NULL }, { "Zm 9v", NULL },
                { "Zm9v\n", NULL },   { "Zm9-", NULL },    { "=Zm9", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                unsigned char out[32];
                size_t n = 99;
                int r = plan_base64_decode(rows[i].text, out, &n);

                if (r != (rows[i].want ? 0 : -EINVAL))
                        fail_msg("'%s': %d", rows[i].text, r);
                if (rows[i].want) {
                        assert_int_equal(n, strlen(rows[i].want));
                        assert_memory_equal(out, rows[i].want, n);
                }
        }
}

/* ---- seccomp ---------------------------------------------------------------------------------------------------- */

#define PROCESS(nnp) "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0},\"noNewPrivileges\":" nnp "}"
#define DENY "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X32\"]," \
             "\"syscalls\":[{\"names\":[\"read\",\"write\"],\"action\":\"SCMP_ACT_ALLOW\"}]}}"
#define NOTIFY(more) "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"," more \
                     "\"syscalls\":[{\"names\":[\"mknod\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}}"

static int add_all_seccomp(struct world *w)
{
        int r = plan_add_seccomp_compile(&w->p, &w->e);

        for (enum plan_seccomp_slot slot = PLAN_SECCOMP_EARLY; r == 0 && slot <= PLAN_SECCOMP_LAST; slot++) {
                size_t before = w->p.n_steps;

                r = plan_add_seccomp_load(&w->p, slot, &w->e);
                assert_true(w->p.n_steps == before || plan_seccomp_slot(w->plan.spec) == slot);
        }
        return r < 0 ? r : plan_add_seccomp_notify(&w->p, &w->e);
}

static void test_seccomp_rows(void **state _unused_)
{
        static const struct {
                const char *config;
                enum plan_seccomp_slot slot;
                const char *want;
        } rows[] = {
                { PROCESS("true"), PLAN_SECCOMP_NONE, "" },
                { DENY, PLAN_SECCOMP_NONE, "" }, /* no process to confine */
                { PROCESS("true") "," DENY, PLAN_SECCOMP_LAST,
                  "parent seccomp.compile: SCMP_ACT_ERRNO, 2 system calls in 1 rules, SCMP_ARCH_X86_64 SCMP_ARCH_X32\n"
                  "init seccomp.load: default flags\n" },
                { PROCESS("false") "," DENY, PLAN_SECCOMP_EARLY,
                  "parent seccomp.compile: SCMP_ACT_ERRNO, 2 system calls in 1 rules, SCMP_ARCH_X86_64 SCMP_ARCH_X32\n"
                  "init seccomp.load: default flags\n" },
                { PROCESS("true") "," NOTIFY("\"flags\":[],\"listenerPath\":\"/run/agent\","), PLAN_SECCOMP_PARKED,
                  "parent seccomp.compile: SCMP_ACT_ALLOW, 1 system calls in 1 rules\n"
                  "init seccomp.load: no flags, with a listener\n"
                  "parent seccomp.notify: '/run/agent'\n" },
                { PROCESS("false") "," NOTIFY("\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\"],"
                                              "\"listenerPath\":\"/run/agent\","), PLAN_SECCOMP_EARLY,
                  "parent seccomp.compile: SCMP_ACT_ALLOW, 1 system calls in 1 rules\n"
                  "init seccomp.load: SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG, with a listener\n"
                  "parent seccomp.notify: '/run/agent'\n" },
                { PROCESS("true") ",\"annotations\":{\"run.oci.seccomp_bpf_data\":\"BgAAAAAA/38=\"}", PLAN_SECCOMP_PARKED,
                  "parent seccomp.compile: ready program, 1 instructions\n"
                  "init seccomp.load: default flags\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct world w;

                world_init(&w, rows[i].config);
                assert_int_equal(plan_seccomp_slot(w.plan.spec), rows[i].slot);
                assert_int_equal(add_all_seccomp(&w), 0);
                assert_string_equal(describe(&w, plan_seccomp_describe), rows[i].want);
                world_done(&w);
        }
}

/* The specification's own field wins, then the annotation, then the environment. */
static void test_seccomp_receiver(void **state _unused_)
{
        static const struct {
                const char *config, *environment, *want;
        } rows[] = {
                { NOTIFY("\"listenerPath\":\"/spec\",") ",\"annotations\":{\"run.oci.seccomp.receiver\":\"/annotation\"}", "/env", "/spec" },
                { NOTIFY("") ",\"annotations\":{\"run.oci.seccomp.receiver\":\"/annotation\"}", "/env", "/annotation" },
                { NOTIFY(""), "/env", "/env" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char config[600];
                struct world w;

                snprintf(config, sizeof config, "%s,%s", PROCESS("true"), rows[i].config);
                world_init(&w, config);
                w.request.seccomp_receiver = rows[i].environment;
                assert_int_equal(add_all_seccomp(&w), 0);
                assert_string_equal(w.p.steps[w.p.n_steps - 1].u.seccomp->receiver, rows[i].want);
                /* All rows share one object. */
                assert_ptr_equal(w.p.steps[0].u.seccomp, w.p.steps[w.p.n_steps - 1].u.seccomp);
                world_done(&w);
        }
}

static void test_seccomp_metadata_and_unknown(void **state _unused_)
{
        struct world w;

        world_init(&w, PROCESS("true") "," NOTIFY("\"listenerPath\":\"/spec\",\"listenerMetadata\":\"m=1\",")
                       ",\"annotations\":{\"run.oci.seccomp_fail_unknown_syscall\":\"1\"}");
        assert_int_equal(add_all_seccomp(&w), 0);
        assert_string_equal(w.p.steps[0].u.seccomp->metadata, "m=1");
        assert_true(w.p.steps[0].u.seccomp->fail_unknown);
        world_done(&w);
        world_init(&w, PROCESS("true") "," DENY ",\"annotations\":{\"run.oci.seccomp_fail_unknown_syscall\":\"false\"}");
        assert_int_equal(add_all_seccomp(&w), 0);
        assert_false(w.p.steps[0].u.seccomp->fail_unknown);
        world_done(&w);
}

static void test_seccomp_errors(void **state _unused_)
{
        static const struct {
                const char *config;
                int num;
                const char *text, *pointer;
        } rows[] = {
                { NOTIFY(""), EINVAL, "seccomp action 'SCMP_ACT_NOTIFY' is used, but no agent is named", "/linux/seccomp" },
                { DENY ",\"annotations\":{\"run.oci.seccomp.plugins\":\"x.so\"}", ENOTSUP,
                  "annotation 'run.oci.seccomp.plugins' is not supported: berth loads no plugins", "/annotations/run.oci.seccomp.plugins" },
                { "\"annotations\":{\"run.oci.seccomp_bpf_data\":\"a b\"}", EINVAL,
                  "annotation 'run.oci.seccomp_bpf_data' is not valid base64", "/annotations/run.oci.seccomp_bpf_data" },
                { "\"annotations\":{\"run.oci.seccomp_bpf_data\":\"\"}", EINVAL,
                  "annotation 'run.oci.seccomp_bpf_data' must hold 1 to 4096 instructions of 8 bytes",
                  "/annotations/run.oci.seccomp_bpf_data" },
                { "\"annotations\":{\"run.oci.seccomp_bpf_data\":\"BgAAAAAA\"}", EINVAL,
                  "annotation 'run.oci.seccomp_bpf_data' must hold 1 to 4096 instructions of 8 bytes",
                  "/annotations/run.oci.seccomp_bpf_data" },
                /* RET USER_NOTIF, and nobody to notify */
                { "\"annotations\":{\"run.oci.seccomp_bpf_data\":\"BgAAAAAAwH8=\"}", EINVAL,
                  "seccomp action 'SCMP_ACT_NOTIFY' is used, but no agent is named", "/linux/seccomp" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char config[600];
                struct world w;

                snprintf(config, sizeof config, "%s,%s", PROCESS("true"), rows[i].config);
                world_init(&w, config);
                assert_int_equal(plan_add_seccomp_compile(&w.p, &w.e), -rows[i].num);
                assert_string_equal(w.e.text, rows[i].text);
                assert_string_equal(w.e.pointer, rows[i].pointer);
                assert_int_equal(w.e.cls, ERR_CONFIG);
                world_done(&w);
        }
}

/* ---- labels ----------------------------------------------------------------------------------------------------- */

#define LABELS(members) "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}," members "}"

static void test_labels(void **state _unused_)
{
        static const struct {
                const char *config;
                bool apparmor, selinux;
                const char *want; /* rows; NULL: an error */
                const char *text, *pointer;
        } rows[] = {
                { LABELS("\"args\":[]"), true, true, "", NULL, NULL },
                { LABELS("\"apparmorProfile\":\"docker-default\""), true, false, "init label.set: AppArmor 'docker-default'\n", NULL, NULL },
                { LABELS("\"apparmorProfile\":\"unconfined\""), true, false, "init label.set: AppArmor 'unconfined'\n", NULL, NULL },
                { LABELS("\"apparmorProfile\":\"unconfined\""), false, false, "", NULL, NULL },
                { LABELS("\"apparmorProfile\":\"\""), false, false, "", NULL, NULL },
                { LABELS("\"apparmorProfile\":\"unconfined_foo\""), false, false, NULL,
                  "AppArmor is not enabled in this kernel, but the config asks for profile 'unconfined_foo'", "/process/apparmorProfile" },
                { LABELS("\"selinuxLabel\":\"u:r:t:s0\",\"apparmorProfile\":\"p\""), true, true,
                  "init label.set: AppArmor 'p'\ninit label.set: SELinux 'u:r:t:s0'\n", NULL, NULL },
                { LABELS("\"selinuxLabel\":\"u:r:t:s0\""), true, false, NULL,
                  "SELinux is not enabled in this kernel, but the config asks for label 'u:r:t:s0'", "/process/selinuxLabel" },
                { "\"linux\":{\"mountLabel\":\"u:o:t:s0\"}", true, false, NULL,
                  "SELinux is not enabled in this kernel, but the config asks for mount label 'u:o:t:s0'", "/linux/mountLabel" },
                { "\"linux\":{\"mountLabel\":\"u:o:t:s0\"}", false, true, "", NULL, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct world w;
                int r;

                world_init(&w, rows[i].config);
                w.host.apparmor = rows[i].apparmor;
                w.host.selinux = rows[i].selinux;
                r = plan_add_lsm(&w.p, &w.e);
                if (r != (rows[i].want ? 0 : -ENOTSUP))
                        fail_msg("row %zu: %d", i, r);
                if (rows[i].want) {
                        assert_string_equal(describe(&w, plan_lsm_describe), rows[i].want);
                } else {
                        assert_string_equal(w.e.text, rows[i].text);
                        assert_string_equal(w.e.pointer, rows[i].pointer);
                        assert_true(w.e.hint[0]);
                }
                world_done(&w);
        }
}

/* ---- hooks ------------------------------------------------------------------------------------------------------ */

#define HOOKS "\"hooks\":{\"prestart\":[{\"path\":\"/bin/p\"}]," \
              "\"createRuntime\":[{\"path\":\"/bin/a\",\"args\":[\"a\",\"-x\"],\"env\":[\"K=V\"],\"timeout\":5},{\"path\":\"/bin/b\"}]," \
              "\"createContainer\":[{\"path\":\"/bin/c\",\"args\":[\"c\"]}],\"startContainer\":[{\"path\":\"/bin/s\"}]," \
              "\"poststart\":[{\"path\":\"/bin/ps\"}],\"poststop\":[{\"path\":\"/bin/pp\"}]}"

static void test_hook_rows(void **state _unused_)
{
        struct world w;

        world_init(&w, HOOKS);
        for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_KINDS; kind++) {
                assert_true(plan_has_hooks(w.plan.spec, kind));
                assert_int_equal(plan_add_hooks(&w.p, kind, &w.e), 0);
        }
        assert_string_equal(describe(&w, plan_hooks_describe), "parent hook.prestart: #0 '/bin/p'\n"
                                                               "parent hook.createRuntime: #0 '/bin/a' '-x'  timeout 5 s\n"
                                                               "parent hook.createRuntime: #1 '/bin/b'\n"
                                                               "init hook.createContainer: #0 '/bin/c'\n"
                                                               "init hook.startContainer: #0 '/bin/s'\n");
        assert_int_equal(plan_add_hooks_output(&w.p, &w.e), 0);
        assert_int_equal(w.p.n_steps, 5);
        world_done(&w);
        world_init(&w, "\"annotations\":{\"berth.lxc.hook.pre-start\":\"[{\\\"path\\\":\\\"/bin/a\\\"},{\\\"path\\\":\\\"/bin/b\\\"}]\","
                       "\"berth.lxc.hook.pre-mount\":\"[{\\\"path\\\":\\\"/bin/m\\\"}]\","
                       "\"berth.lxc.hook.start-host\":\"[{\\\"path\\\":\\\"/bin/h\\\"}]\","
                       "\"berth.lxc.hook.stop\":\"[{\\\"path\\\":\\\"/bin/t\\\"}]\"}");
        for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_ALL_KINDS; kind++)
                assert_int_equal(plan_add_hooks(&w.p, kind, &w.e), 0);
        assert_true(plan_has_hooks(w.plan.spec, OCI_HOOK_LXC_STOP));
        assert_string_equal(describe(&w, plan_hooks_describe), "parent hook.pre-start: #0 '/bin/a'\n"
                                                               "parent hook.pre-start: #1 '/bin/b'\n"
                                                               "init hook.pre-mount: #0 '/bin/m'\n");
        /* their place is the annotation's, not one within its text */
        assert_string_equal(w.p.steps[0].origin->key, "berth.lxc.hook.pre-start");
        world_done(&w);
        world_init(&w, "\"hostname\":\"h\"");
        assert_false(plan_has_hooks(w.plan.spec, OCI_HOOK_PRESTART));
        assert_int_equal(plan_add_hooks(&w.p, OCI_HOOK_PRESTART, &w.e), 0);
        assert_int_equal(w.p.n_steps, 0);
        world_done(&w);
}

static void test_hook_vectors(void **state _unused_)
{
        const struct step_hook *hook;
        struct world w;

        world_init(&w, HOOKS);
        assert_int_equal(plan_add_hooks(&w.p, OCI_HOOK_CREATE_RUNTIME, &w.e), 0);
        hook = w.p.steps[0].u.hook;
        assert_string_equal(hook->argv[0], "a");
        assert_string_equal(hook->argv[1], "-x");
        assert_null(hook->argv[2]);
        assert_string_equal(hook->envp[0], "K=V");
        assert_null(hook->envp[1]);
        assert_int_equal(hook->timeout_sec, 5);
        /* Without args it is called by its path; without env it has that of the runtime. */
        hook = w.p.steps[1].u.hook;
        assert_string_equal(hook->argv[0], "/bin/b");
        assert_null(hook->argv[1]);
        assert_null(hook->envp);
        assert_int_equal(hook->timeout_sec, 0);
        world_done(&w);
}

/* The document around the pid, byte for byte: hooks have broken over less than a blank. */
static void test_hook_state(void **state _unused_)
{
        static const struct {
                enum oci_hook_kind kind;
                const char *head, *tail;
        } rows[] = {
                { OCI_HOOK_PRESTART, "{\"ociVersion\":\"1.2.0\",\"id\":\"web1\",\"status\":\"creating\",\"pid\":",
                  ",\"bundle\":\"/run/b\",\"annotations\":{\"a/b\":\"\\\"pid\\\":1\"}}" },
                { OCI_HOOK_START_CONTAINER, "{\"ociVersion\":\"1.2.0\",\"id\":\"web1\",\"status\":\"created\",\"pid\":",
                  ",\"bundle\":\"/run/b\",\"annotations\":{\"a/b\":\"\\\"pid\\\":1\"}}" },
                { OCI_HOOK_POSTSTART, "{\"ociVersion\":\"1.2.0\",\"id\":\"web1\",\"status\":\"running\",\"pid\":",
                  ",\"bundle\":\"/run/b\",\"annotations\":{\"a/b\":\"\\\"pid\\\":1\"}}" },
                { OCI_HOOK_LXC_PRE_START, "{\"ociVersion\":\"1.2.0\",\"id\":\"web1\",\"status\":\"creating\","
                                          "\"bundle\":\"/run/b\",\"annotations\":{\"a/b\":\"\\\"pid\\\":1\"}}", NULL },
                { OCI_HOOK_LXC_START_HOST, "{\"ociVersion\":\"1.2.0\",\"id\":\"web1\",\"status\":\"created\",\"pid\":",
                  ",\"bundle\":\"/run/b\",\"annotations\":{\"a/b\":\"\\\"pid\\\":1\"}}" },
                { OCI_HOOK_LXC_STOP, "{\"ociVersion\":\"1.2.0\",\"id\":\"web1\",\"status\":\"stopped\","
                                     "\"bundle\":\"/run/b\",\"annotations\":{\"a/b\":\"\\\"pid\\\":1\"}}", NULL },
                { OCI_HOOK_POSTSTOP, "{\"ociVersion\":\"1.2.0\",\"id\":\"web1\",\"status\":\"stopped\","
                                     "\"bundle\":\"/run/b\",\"annotations\":{\"a/b\":\"\\\"pid\\\":1\"}}", NULL },
        };
        struct oci_pair annotation = { "a/b", "\"pid\":1" };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct oci_state s = { .oci_version = "1.2.0", .id = "web1", .status = plan_hook_status(rows[i].kind), .pid = 77,
                                       .bundle = "/run/b", .annotations = { &annotation, 1 } };
                _cleanup_(arena_freep) struct arena *arena = arena_new();
                const struct oci_hook hook = { .path = "/bin/x" };
                struct step_hook made;
                struct err e = ERR_INIT;

                assert_int_equal(plan_hook_make(arena, &hook, rows[i].kind, 3, &s, &made, &e), 0);
                assert_string_equal(made.state_head, rows[i].head);
                if (rows[i].tail)
                        assert_string_equal(made.state_tail, rows[i].tail);
                else
                        assert_null(made.state_tail);
                assert_int_equal(made.index, 3);
        }
}

static void test_hook_output(void **state _unused_)
{
        static const struct {
                const char *annotations, *want;
        } rows[] = {
                { "\"run.oci.hooks.stdout\":\"/tmp/o\"", "parent hook.output: stdout '/tmp/o'\n" },
                { "\"run.oci.hooks.stderr\":\"/tmp/e\"", "parent hook.output: stderr '/tmp/e'\n" },
                { "\"run.oci.hooks.stderr\":\"/tmp/e\",\"run.oci.hooks.stdout\":\"/tmp/o\"",
                  "parent hook.output: stdout '/tmp/o'  stderr '/tmp/e'\n" },
                { "\"x\":\"y\"", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char config[1000];
                struct world w;

                snprintf(config, sizeof config, "%s,\"annotations\":{%s}", HOOKS, rows[i].annotations);
                world_init(&w, config);
                assert_int_equal(plan_add_hooks_output(&w.p, &w.e), 0);
                assert_string_equal(describe(&w, plan_hooks_describe), rows[i].want);
                world_done(&w);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_base64),
                cmocka_unit_test(test_seccomp_rows),
                cmocka_unit_test(test_seccomp_receiver),
                cmocka_unit_test(test_seccomp_metadata_and_unknown),
                cmocka_unit_test(test_seccomp_errors),
                cmocka_unit_test(test_labels),
                cmocka_unit_test(test_hook_rows),
                cmocka_unit_test(test_hook_vectors),
                cmocka_unit_test(test_hook_state),
                cmocka_unit_test(test_hook_output),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
