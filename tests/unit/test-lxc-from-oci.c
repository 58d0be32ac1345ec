/* SPDX-License-Identifier: Apache-2.0 */
/* The way back: whole documents with the lines, the policy and the report that they become (tests/golden/lxc-from), and there and
 * back: on what both can say, lxc.conf -> config.json -> lxc.conf is the identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../helpers/lxc-host.h"
#include "from-oci.h"
#include "golden.h"
#include "parse.h"
#include "report.h"

#define DIRECTORY TESTS_DIR "/golden/lxc-from"

/* Directories end in a slash here, and nothing is below /missing. */
static int look(void *arg _unused_, const char *path)
{
        if (str_after(path, "/missing"))
                return -1;
        return strstr(path, "resolv.conf") || strstr(path, "hostname") || strstr(path, "hosts") ? 0 : 1;
}

static int back(struct arena *arena, const char *json, size_t len, struct lxc_from_options options, struct lxc_from_result *ret, struct err *e)
{
        struct faults faults = { .arena = arena, .file = "config.json" };
        struct oci_spec *spec;

        assert_int_equal(oci_spec_parse(arena, json, len, &faults, &spec, e), 0);
        options.file = "config.json";
        options.bundle = "/srv/web1";
        options.arch = OCI_SECCOMP_ARCH_X86_64;
        options.look = look;
        return lxc_from_oci(arena, spec, &options, ret, e);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Whole documents */

static bool check_document(const char *path, const char *name)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_(strbuf_done) struct strbuf made = { 0 };
        _cleanup_free_ char *text = NULL;
        struct lxc_from_result result;
        static struct err e;
        size_t len = 0;

        text = golden_read(path, &len);
        assert_non_null(text);
        assert_int_equal(back(arena, text, len, (struct lxc_from_options) { .policy_path = "/srv/web1/seccomp" }, &result, &e), 0);
        strbuf_printf(&made, "%s---- policy\n%s---- report\n", result.config, result.policy ?: "");
        lxc_from_report_text(&result, &(struct lxc_report_style) { 0 }, &made);
        return golden_compare(arena_printf(arena, "%s/%.*s.expected", DIRECTORY, (int) (strlen(name) - strlen(".json")), name), made.text);
}

static bool check_own(const char *directory, const char *name)
{
        _cleanup_(strbuf_done) struct strbuf path = { 0 };

        strbuf_printf(&path, "%s/%s", directory, name);
        return check_document(path.text, name);
}

static void test_documents(void **state _unused_)
{
        static const char *const engines[] = { "runc.json", "crun-rootless.json", "podman-limits.json", "containerd-cri.json" };
        int n;

        assert_int_equal(golden_each(DIRECTORY, check_own, &n), 0);
        assert_true(n >= 2);
        for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
                _cleanup_(strbuf_done) struct strbuf path = { 0 };

                strbuf_printf(&path, TESTS_DIR "/golden/engines/%s", engines[i]);
                assert_true(check_document(path.text, engines[i]));
        }
        assert_true(check_document(TESTS_DIR "/golden/spec/full.json", "full.json"));
}

/* Whatever an engine writes comes to lines, and a JSON report. */
static bool check_engine(const char *directory, const char *name)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_(strbuf_done) struct strbuf path = { 0 }, report = { 0 };
        _cleanup_free_ char *text = NULL;
        struct lxc_from_result result;
        struct json_node *root;
        static struct err e;
        size_t len = 0;

        strbuf_printf(&path, "%s/%s", directory, name);
        text = golden_read(path.text, &len);
        assert_int_equal(back(arena, text, len, (struct lxc_from_options) { .policy_path = "/srv/web1/seccomp" }, &result, &e), 0);
        lxc_from_report_json(&result, &report);
        assert_int_equal(json_parse(arena, report.text, report.len, "report", NULL, &root, &e), 0);
        assert_true(result.config[0] != '\0');
        for (size_t i = 0; i < result.n_notes; i++)
                assert_true(result.notes[i].line > 0 && result.notes[i].pointer);
        return true;
}

static void test_engines(void **state _unused_)
{
        int n;

        golden_each(TESTS_DIR "/golden/engines", check_engine, &n);
        assert_true(n >= 10);
}

/* ------------------------------------------------------------------------------------------------------------------
 * There and back */

struct texts { const char *config, *policy; unsigned n_errors; };

#define POLICY "/fixtures/common.seccomp"

/* The configuration, its policy where there is one, and the fixtures. */
struct both { struct lxc_host_text config; const char *policy; };

static int read_both(void *arg, struct arena *arena, const char *path, const char **ret_text, size_t *ret_len)
{
        struct both *both = arg;

        if (!both->policy || !streq(path, POLICY))
                return lxc_host_read_text(&both->config, arena, path, ret_text, ret_len);
        *ret_text = both->policy;
        *ret_len = strlen(both->policy);
        return 0;
}

/* CONF and its policy, by way of a bundle.  False: it does not convert. */
static bool round_trip(struct arena *arena, struct texts in, const char *name, struct texts *ret)
{
        struct lxc_host fixtures = lxc_host_fixtures(), host = fixtures;
        struct both both = { { .host = &fixtures, .name = name, .text = in.config, .len = strlen(in.config) }, in.policy };
        struct lxc_options options = { .helper = "/usr/bin/berth", .config_path = "/var/lib/lxc/c1/config", .shown_path = name, .bundle = "/srv/c1",
                                       .name = "c1", .arch = OCI_SECCOMP_ARCH_X86_64 };
        _cleanup_(strbuf_done) struct strbuf spec = { 0 };
        struct lxc_from_result from;
        struct lxc_result result;
        static struct err e;
        int r;

        host.read = read_both;
        host.arg = &both;
        r = lxc_convert(arena, &options, &host, &result, &e);
        if (r < 0 || result.n_errors > 0)
                return false;
        oci_spec_write(result.spec, OCI_WRITE_PRETTY, &spec);
        r = back(arena, spec.text, spec.len,
                 (struct lxc_from_options) { .policy_path = POLICY, .net = result.net, .net_len = result.net ? strlen(result.net) : 0 }, &from, &e);
        assert_int_equal(r, 0);
        *ret = (struct texts) { from.config, from.policy, from.n_errors };
        return true;
}

/* The lines without comments and blank ones. */
static const char *bare(struct arena *arena, const char *text)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        for (const char *at = text; *at;) {
                size_t n = strcspn(at, "\n");

                if (n > 0 && *at != '#')
                        strbuf_printf(&b, "%.*s\n", (int) n, at);
                at += n + (at[n] == '\n');
        }
        return arena_strdup(arena, b.text ?: "");
}

static int is_conf(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && streq(dot, ".conf");
}

static int for_each_conf(const char *directory, void (*each)(struct arena *arena, const char *name, const char *text))
{
        struct dirent **entries;
        int n = scandir(directory, &entries, is_conf, alphasort);

        for (int i = 0; i < n; i++) {
                _cleanup_(arena_freep) struct arena *arena = arena_new();
                _cleanup_free_ char *text = golden_read(arena_printf(arena, "%s/%s", directory, entries[i]->d_name), NULL);

                assert_non_null(text);
                each(arena, entries[i]->d_name, text);
                free(entries[i]);
        }
        free(entries);
        return n;
}

static void check_identity(struct arena *arena, const char *name, const char *text)
{
        struct texts made;

        if (!round_trip(arena, (struct texts) { .config = text }, name, &made))
                fail_msg("%s does not convert", name);
        if (made.n_errors > 0)
                fail_msg("%s: the way back has errors", name);
        if (!streq(bare(arena, text), made.config))
                fail_msg("%s came back as:\n%s", name, made.config);
}

static void test_identity(void **state _unused_) { assert_true(for_each_conf(DIRECTORY, check_identity) >= 4); }

/* What came back once comes back the same. */
static int n_stable;
static void check_stable(struct arena *arena, const char *name, const char *text)
{
        struct texts first, second;

        if (!round_trip(arena, (struct texts) { .config = text }, name, &first) || first.n_errors > 0)
                return;
        if (!round_trip(arena, first, name, &second))
                fail_msg("%s: what came back does not convert:\n%s", name, first.config);
        if (!streq(first.config, second.config))
                fail_msg("%s: first\n%s\nthen\n%s", name, first.config, second.config);
        assert_true(streq_ptr(first.policy, second.policy));
        n_stable++;
}

static void test_stable(void **state _unused_)
{
        for_each_conf(TESTS_DIR "/golden/lxc", check_stable);
        assert_true(n_stable >= 10);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* One field: the line, or what is said. */
static void test_fields(void **state _unused_)
{
        static const struct { const char *json, *line, *text; } rows[] = {
                { "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\",\"-c\",\"it's\"]}", "lxc.init.cmd = sh -c it's\n", NULL },
                { "\"process\":{\"cwd\":\"/\",\"args\":[\"sh\",\"-c\",\"echo it's\"]}", "lxc.init.cmd = sh -c \"echo it's\"\n",
                  "LXC before 6.0 parts this line at each space" },
                { "\"process\":{\"cwd\":\"/\",\"args\":[\"'a\",\"c'\"]}", "lxc.init.cmd = \"'a\" c'\n", NULL },
                { "\"process\":{\"cwd\":\"/\",\"args\":[\"'\\\" \"]}", NULL, "lxc.init.cmd cannot quote a word that holds both kinds of quotes" },
                { "\"annotations\":{\"berth.init\":\"true\"},\"process\":{\"cwd\":\"/\",\"args\":[\"sh\",\"-c\",\"echo it's\"]}", "lxc.execute.cmd = sh -c \"echo it's\"\n", NULL },
                { "\"annotations\":{\"berth.init\":\"true\"},\"process\":{\"cwd\":\"/\",\"args\":[\"a b\",\"\",\"c'\"]}", "lxc.execute.cmd = \"'a b' '' c'\"\n", NULL },
                { "\"annotations\":{\"berth.init\":\"true\"},\"process\":{\"cwd\":\"/\",\"args\":[\"'\\\" \"]}", NULL, "lxc.execute.cmd cannot quote a word that holds both kinds of quotes" },
                { "\"process\":{\"cwd\":\"/\",\"env\":[\"A=b\\nc\"]}", NULL, "no line can hold it" },
                { "\"process\":{\"cwd\":\"/\",\"env\":[\"A= x \"]}", "lxc.environment = \"A= x \"\n", NULL },
                { "\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1,\"gid\":2,\"umask\":18,\"additionalGids\":[3,4]}}", "lxc.init.groups = 3,4\n", "LXC sets no umask" },
                { "\"process\":{\"cwd\":\"/\"}", "lxc.cap.keep = none\n", NULL },
                { "\"linux\":{\"sysctl\":{\"net.a=b\":\"1\"}}", NULL, "no line can hold it" },
                { "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a b\"],\"action\":\"SCMP_ACT_KILL\"}]}}", NULL,
                  "a name in this rule is none of a system call" },
                { "\"root\":{\"path\":\"/r\",\"readonly\":true},\"annotations\":{\"berth.rootfs.options\":\"nosuid,ridmap\"}",
                  "lxc.rootfs.options = ro,nosuid,idmap=container\n", NULL },
                { "\"annotations\":{\"berth.rootfs.options\":\"noatime,idmap=/p\"}", "lxc.rootfs.options = noatime,idmap=/p\n", NULL },
                { "\"annotations\":{\"berth.sched.core\":\"true\"}", "lxc.sched.core = 1\n", NULL },
                { "\"domainname\":\"d\"", "lxc.sysctl.kernel.domainname = d\n", NULL },
                { "\"linux\":{\"intelRdt\":{\"closID\":\"x\"}}", NULL, "LXC knows nothing of resctrl" },
                { "\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":-1,\"nanosecs\":5}}}", "lxc.time.offset.boot = -999999995ns\n", NULL },
                { "\"linux\":{\"cgroupsPath\":\"/a/b\"}", "lxc.cgroup.dir.container = a/b\nlxc.cgroup.dir.monitor = a/b.monitor\n", NULL },
                { "\"linux\":{\"cgroupsPath\":\"/a/lxc.payload.web1\"}", "lxc.cgroup.dir = a\n", NULL },
                { "\"linux\":{\"cgroupsPath\":\"system.slice:x:y\"}", NULL, "a scope of systemd's" },
                { "\"linux\":{\"resources\":{\"unified\":{\"io.max\":\"8:0 rbps=1\\n8:16 rbps=2\"}}}",
                  "lxc.cgroup2.io.max = 8:0 rbps=1\nlxc.cgroup2.io.max = 8:16 rbps=2\n", NULL },
                { "\"linux\":{\"resources\":{\"memory\":{\"swap\":5}}}", NULL, "memory and swap together are limited" },
                { "\"linux\":{\"resources\":{\"memory\":{\"swappiness\":5}}}", "lxc.cgroup.memory.swappiness = 5\n", "only hosts with cgroup v1 have it" },
                { "\"linux\":{\"resources\":{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}}", NULL, "LXC restricts no device without a rule" },
                { "\"annotations\":{\"berth.devices.strict\":\"true\"},\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}}",
                  "lxc.cgroup2.devices.deny = a\nlxc.cgroup2.devices.allow = c 0:0 m\n", NULL },
                { "\"linux\":{\"resources\":{\"devices\":[{\"allow\":true,\"type\":\"c\",\"access\":\"rwm\"},"
                  "{\"allow\":false,\"type\":\"c\",\"major\":1,\"minor\":1,\"access\":\"rwm\"}]}}", NULL, "LXC cannot make an exception to an exception" },
                { "\"linux\":{\"netDevices\":{\"eth1\":{\"name\":\"eth0\"}}}",
                  "lxc.net.0.type = phys\nlxc.net.0.link = eth1\nlxc.net.0.flags = up\nlxc.net.0.name = eth0\n", NULL },
                { "\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"/run/netns/x\"}]}", "lxc.namespace.share.net = /run/netns/x\n", NULL },
                { "\"annotations\":{\"berth.namespace.share.network\":\"web\"},\"linux\":{\"namespaces\":[{\"type\":\"network\"}]}",
                  "lxc.namespace.share.net = web\n", NULL },
                { "\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]}", "lxc.namespace.keep = user uts ipc net cgroup\n", NULL },
                { "\"mounts\":[{\"destination\":\"/my data\",\"type\":\"bind\",\"source\":\"rel\",\"options\":[\"bind\",\"ro\"]}]",
                  "lxc.mount.entry = /srv/web1/rel my\\040data bind bind,ro,create=dir 0 0\n", NULL },
                { "\"mounts\":[{\"destination\":\"/x\",\"source\":\"/missing\",\"options\":[\"rbind\",\"rro\"]}]", NULL, "LXC sets no attributes on whole trees of mounts" },
                { "\"mounts\":[{\"destination\":\"/x\",\"type\":\"tmpfs\",\"options\":[\"rootcontext=a\"]}]", NULL, "LXC takes 'rootcontext=a' for 'ro'" },
                { "\"hooks\":{\"poststart\":[{\"path\":\"/bin/true\"}]}", NULL, "an OCI hook reads the container's state from its standard input" },
                { "\"linux\":{\"maskedPaths\":[\"/proc/kcore\"]}", "lxc.mount.entry = /dev/null proc/kcore none bind,optional 0 0\n", NULL },
                { "\"annotations\":{\"berth.paths.writable\":\"/proc/sys/net\"}", NULL, "LXC makes exceptions for proc:mixed and sys:mixed only" },
                { "\"x-unknown\":{\"a\":1}", NULL, "LXC has no key for it" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(arena_freep) struct arena *arena = arena_new();
                _cleanup_(strbuf_done) struct strbuf report = { 0 };
                const char *json = arena_printf(arena, "{\"ociVersion\":\"1.3.0\",%s}", rows[i].json);
                struct lxc_from_result result;
                static struct err e;

                assert_int_equal(back(arena, json, strlen(json), (struct lxc_from_options) { .policy_path = "/p" }, &result, &e), 0);
                lxc_from_report_text(&result, &(struct lxc_report_style) { 0 }, &report);
                if (rows[i].line && !strstr(result.config, rows[i].line))
                        fail_msg("'%s' is not in:\n%s", rows[i].line, result.config);
                if (rows[i].text && !strstr(report.text, rows[i].text))
                        fail_msg("'%s' is not in:\n%s", rows[i].text, report.text);
        }
}

/* Without a place for the policy, or with force. */
static void test_options(void **state _unused_)
{
        static const char json[] = "{\"ociVersion\":\"1.3.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"}}}";
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct lxc_from_result result;
        static struct err e;

        assert_int_equal(back(arena, json, strlen(json), (struct lxc_from_options) { 0 }, &result, &e), 0);
        assert_int_equal(result.n_errors, 1);
        assert_null(result.policy);
        assert_int_equal(back(arena, json, strlen(json), (struct lxc_from_options) { .force = true }, &result, &e), 0);
        assert_int_equal(result.n_errors, 0);
        assert_true(result.loss);
        assert_int_equal(back(arena, json, strlen(json), (struct lxc_from_options) { .net = "{", .net_len = 1 }, &result, &e), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_documents), cmocka_unit_test(test_engines), cmocka_unit_test(test_identity),
                cmocka_unit_test(test_stable),    cmocka_unit_test(test_fields),  cmocka_unit_test(test_options),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
