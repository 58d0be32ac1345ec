/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the translation, each by a few lines of configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "../helpers/lxc-host.h"
#include "parse.h"

#define CONFIG "/var/lib/lxc/c1/config"

struct run {
        struct arena *arena;
        struct lxc_options options;
        struct lxc_result result;
        struct json_node *spec;
        int r;
};

static void run_done(struct run *run) { arena_free(run->arena); }

static struct run convert_len(struct lxc_options options, const char *text, size_t len)
{
        struct run run = { .arena = arena_new(), .options = options };
        struct lxc_host fixtures = lxc_host_fixtures(), host = fixtures;
        struct lxc_host_text one = { .host = &fixtures, .name = CONFIG, .text = text, .len = len };
        _cleanup_(strbuf_done) struct strbuf spec = { 0 };
        static struct err e;

        host.read = lxc_host_read_text;
        host.arg = &one;
        run.options.config_path = CONFIG;
        run.options.bundle = "/b";
        run.options.helper = "/usr/bin/berth";
        run.r = lxc_convert(run.arena, &run.options, &host, &run.result, &e);
        if (run.r == 0) {
                oci_spec_write(run.result.spec, OCI_WRITE_COMPACT, &spec);
                assert_int_equal(json_parse(run.arena, spec.text, spec.len, "spec", NULL, &run.spec, &e), 0);
        }
        return run;
}
static struct run convert(struct lxc_options options, const char *text) { return convert_len(options, text, strlen(text)); }
#define WITH(...) ((struct lxc_options) { __VA_ARGS__ })
#define RUN _cleanup_(run_done) struct run

static const char *at(const struct run *run, const char *pointer)
{
        struct json_node *node = json_at(run->spec, pointer);

        return !node ? "" : node->type == JSON_BOOL ? (node->boolean ? "true" : "false") : node->text ?: "";
}
static unsigned count(const struct run *run, const char *pointer)
{
        struct json_node *node = json_at(run->spec, pointer);

        return node ? node->n : 0;
}
static const struct lxc_entry *entry(const struct run *run, unsigned line)
{
        for (size_t i = 0; i < run->result.report->n; i++)
                if (run->result.report->entries[i]->line == line)
                        return run->result.report->entries[i];
        fail_msg("no entry of line %u", line);
        return NULL;
}
static bool says(const struct lxc_entry *e, const char *text)
{
        for (size_t i = 0; i < e->n_remarks; i++)
                if (strstr(e->remarks[i].text, text))
                        return true;
        return false;
}

#define ROOT "lxc.rootfs.path = /r\n"

static void test_names(void **state _unused_)
{
        RUN run = convert(WITH(), ROOT);

        assert_int_equal(run.r, 0);
        assert_string_equal(run.result.report->name, "c1");
        assert_string_equal(at(&run, "/linux/cgroupsPath"), "/lxc.payload.c1");
        {
                RUN bad = convert(WITH(.name = "a/b"), ROOT);

                assert_int_equal(bad.r, -EINVAL);
        }
}

/* Both spellings mean the same where one version of LXC takes both. */
static void test_spellings(void **state _unused_)
{
        static const char old[] =
                "lxc.utsname = x\nlxc.rootfs = /r\nlxc.tty = 2\nlxc.pts = 8\nlxc.network.type = veth\nlxc.network.ipv4 = 10.0.0.1/8\n"
                "lxc.network.type = phys\nlxc.network.link = e0\nlxc.id_map = u 0 1 2\nlxc.id_map = g 0 1 2\nlxc.aa_profile = p\n"
                "lxc.init_cmd = /i\nlxc.limit.core = 0\nlxc.mount = /fixtures/fstab\nlxc.haltsignal = SIGTERM\nlxc.se_context = c\n";
        static const char new[] =
                "lxc.uts.name = x\nlxc.rootfs.path = /r\nlxc.tty.max = 2\nlxc.pty.max = 8\nlxc.net.0.type = veth\n"
                "lxc.net.0.ipv4.address = 10.0.0.1/8\nlxc.net.1.type = phys\nlxc.net.1.link = e0\nlxc.idmap = u 0 1 2\n"
                "lxc.idmap = g 0 1 2\nlxc.apparmor.profile = p\nlxc.init.cmd = /i\nlxc.prlimit.core = 0\n"
                "lxc.mount.fstab = /fixtures/fstab\nlxc.signal.halt = SIGTERM\nlxc.selinux.context = c\n";
        RUN a = convert(WITH(.era = LXC_ERA_BOTH), old);
        RUN b = convert(WITH(.era = LXC_ERA_BOTH), new);
        _cleanup_(strbuf_done) struct strbuf text_a = { 0 }, text_b = { 0 };

        assert_int_equal(a.result.n_errors, 0);
        oci_spec_write(a.result.spec, OCI_WRITE_PRETTY, &text_a);
        oci_spec_write(b.result.spec, OCI_WRITE_PRETTY, &text_b);
        assert_string_equal(text_a.text, text_b.text);
        assert_string_equal(a.result.net, b.result.net);
}

static void test_overrides(void **state _unused_)
{
        RUN run = convert(WITH(), ROOT
                          "lxc.uts.name = a\nlxc.cap.drop = chown\nlxc.uts.name = b\nlxc.cap.drop =\nlxc.cap.drop = kill\n");

        assert_string_equal(at(&run, "/hostname"), "b");
        assert_int_equal(entry(&run, 2)->cls, LXC_DROPPED);
        assert_true(says(entry(&run, 2), "overridden at " CONFIG ":4"));
        assert_true(says(entry(&run, 3), "cleared at " CONFIG ":5"));
        assert_string_equal(at(&run, "/process/capabilities/bounding/0"), "CAP_CHOWN");
}

static void test_capabilities(void **state _unused_)
{
        RUN all = convert(WITH(), ROOT);
        RUN none = convert(WITH(), ROOT "lxc.cap.keep = none\n");
        RUN user = convert(WITH(), ROOT "lxc.init.uid = 5\n");
        RUN both = convert(WITH(), ROOT "lxc.cap.keep = chown\nlxc.cap.drop = kill\n");

        assert_true(count(&all, "/process/capabilities/bounding") >= 41);
        assert_int_equal(count(&all, "/process/capabilities/effective"), count(&all, "/process/capabilities/bounding"));
        assert_int_equal(count(&all, "/process/capabilities/inheritable"), 0);
        assert_int_equal(count(&none, "/process/capabilities/bounding"), 0);
        assert_int_equal(count(&user, "/process/capabilities/effective"), 0);
        assert_true(count(&user, "/process/capabilities/bounding") >= 41);
        assert_int_equal(both.result.n_errors, 1);
}

static unsigned namespaces(const struct run *run)
{
        unsigned set = 0;

        for (size_t i = 0; i < run->result.spec->linux_->namespaces.n; i++)
                set |= 1u << run->result.spec->linux_->namespaces.items[i].type.value;
        return set;
}

static void test_namespaces(void **state _unused_)
{
        const unsigned usual = 1u << OCI_NS_PID | 1u << OCI_NS_MOUNT | 1u << OCI_NS_IPC | 1u << OCI_NS_UTS |
                               1u << OCI_NS_CGROUP,
                       net = 1u << OCI_NS_NETWORK;
        static const struct { const char *text; int era; unsigned set; } rows[] = {
                { "", 60, 1 },   /* 1: with a network */
                { "", 8, 0 },
                { "lxc.net.0.type = none\n", 60, 0 },
                { "lxc.net.0.type = none\nlxc.net.1.type = empty\n", 60, 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                RUN run = convert(WITH(.era = rows[i].era), rows[i].text);

                assert_int_equal(namespaces(&run), usual | (rows[i].set ? net : 0));
        }
        {
                RUN clone = convert(WITH(), ROOT "lxc.namespace.clone = MNT pid\n");
                RUN keep = convert(WITH(), ROOT "lxc.namespace.keep = net user\n");
                RUN lacks = convert(WITH(), ROOT "lxc.namespace.keep = net\n");
                RUN share = convert(WITH(), ROOT "lxc.namespace.share.net = web\n");

                assert_int_equal(namespaces(&clone), 1u << OCI_NS_MOUNT | 1u << OCI_NS_PID);
                assert_int_equal(namespaces(&keep), usual);
                assert_int_equal(lacks.result.n_errors, 1);
                assert_int_equal(namespaces(&share), usual | net);
                assert_int_equal(entry(&share, 2)->cls, LXC_BERTH);
                assert_string_equal(at(&share, "/annotations/berth.namespace.share.network"), "web");
        }
}

/* A line that confines and has no translation is an error; with --force it is a warning, and the line is gone. */
static void test_force(void **state _unused_)
{
        static const char *const lines[] = {
                "lxc.net.0.foo = x", "lxc.apparmor.raw = deny x,", "lxc.seccomp.profile = /missing",
                "lxc.unknown.key = 1",        "lxc.net.0.type = bond"
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                char text[256];

                snprintf(text, sizeof text, ROOT "%s\n", lines[i]);
                RUN run = convert(WITH(), text);
                RUN forced = convert(WITH(.force = true), text);

                assert_int_equal(run.result.n_errors, 1);
                assert_int_equal(entry(&run, 2)->severity, LXC_ERROR);
                assert_int_equal(entry(&run, 2)->cls, LXC_IMPOSSIBLE);
                assert_int_equal(forced.result.n_errors, 0);
                assert_int_equal(entry(&forced, 2)->severity, LXC_WARN);
        }
}

static void test_roots(void **state _unused_)
{
        RUN dir = convert(WITH(), "lxc.rootfs.path = btrfs:/srv/r\n");
        RUN overlay = convert(WITH(), "lxc.rootfs.path = overlay:/l:/u/d\n");
        RUN loop = convert(WITH(), "lxc.rootfs.path = loop:/i.img\n");
        RUN nbd = convert(WITH(), "lxc.rootfs.path = nbd:/i.img\n");
        RUN backend = convert(WITH(), "lxc.rootfs = /i.img\nlxc.rootfs.backend = loop\n");
        RUN hooks = convert(WITH(), "lxc.rootfs.path = loop:/i.img\nlxc.hook.pre-start = /pre\nlxc.hook.post-stop = /post\n");
        const char *pre_start;

        assert_string_equal(at(&dir, "/root/path"), "/srv/r");
        assert_string_equal(at(&overlay, "/root/path"), "/b/rootfs");
        assert_non_null(
                strstr(at(&overlay, "/annotations/berth.lxc.hook.pre-start"), "lowerdir=/l,upperdir=/u/d,workdir=/u/olwork"));
        assert_non_null(strstr(at(&overlay, "/hooks/poststop/0/args/2"), "umount '/b/rootfs'"));
        /* a pre-start hook may make what is mounted, and is told its path; post-stop finds it unmounted */
        pre_start = at(&hooks, "/annotations/berth.lxc.hook.pre-start");
        assert_non_null(strstr(pre_start, "\"--rootfs-path\",\"/i.img\""));
        assert_true(strstr(pre_start, "\"/pre\"") < strstr(pre_start, "mount -o"));
        assert_non_null(strstr(at(&hooks, "/hooks/poststop/0/args/2"), "umount '/b/rootfs'"));
        assert_string_equal(at(&hooks, "/hooks/poststop/1/path"), "/usr/bin/berth");
        assert_non_null(strstr(at(&loop, "/annotations/berth.lxc.hook.pre-start"), "mount -o 'loop' '/i.img' '/b/rootfs'"));
        assert_int_equal(nbd.result.n_errors, 1);
        assert_string_equal(at(&backend, "/root/path"), "/b/rootfs");
}

static bool is_told(const struct lxc_fact *facts, size_t n, const char *what)
{
        for (size_t i = 0; i < n; i++)
                if (strstr(facts[i].text, what))
                        return true;
        return false;
}

/* What root of a user namespace can do is not told of it, and what LXC mounts a second time is. */
static void test_security(void **state _unused_)
{
        RUN nested = convert(WITH(), ROOT "lxc.mount.auto = proc sys:ro\nlxc.apparmor.allow_nesting = 1\n");
        RUN mapped = convert(WITH(), ROOT "lxc.mount.auto = proc:rw sys:rw\nlxc.apparmor.allow_nesting = 1\n"
                                          "lxc.idmap = u 0 1000 10\nlxc.idmap = g 0 1000 10\n");
        RUN shared = convert(WITH(), ROOT "lxc.namespace.share.net = /proc/1/ns/net\nlxc.namespace.share.ipc = web\n");
        const struct lxc_report *r = nested.result.report;

        assert_true(is_told(r->security, r->n_security, "/dev/.lxc/proc is writable"));
        assert_true(is_told(r->security, r->n_security, "/dev/.lxc/sys is writable"));
        assert_true(is_told(r->security, r->n_security, "it only needs a node for it"));
        assert_false(is_told(r->security, r->n_security, "make itself"));
        r = mapped.result.report;
        assert_false(is_told(r->security, r->n_security, "is writable"));
        assert_true(is_told(r->security, r->n_security, "a node for it, which it cannot make itself"));
        r = shared.result.report;
        assert_true(is_told(r->security, r->n_security, "the network namespace is that of '/proc/1/ns/net'"));
        assert_true(is_told(r->defaults, r->n_defaults, "LXC makes these namespaces: pid mnt uts cgroup"));
}

static const struct lxc_entry *line_at(const struct run *run, unsigned line)
{
        for (size_t i = 0; i < run->result.report->n; i++)
                if (run->result.report->entries[i]->line == line)
                        return run->result.report->entries[i];
        fail_msg("nothing is said of line %u", line);
        return NULL;
}

/* What only the whole config shows is an error of the line that it comes from. */
static void test_faults_of_lines(void **state _unused_)
{
        RUN run = convert(WITH(), ROOT "lxc.mount.entry = x tmp tmpfs foo=bar 0 0\nlxc.idmap = u 0 4294967295 10\n"
                                       "lxc.idmap = g 0 1000 10\n");
        RUN none = convert(WITH(), ROOT "lxc.idmap = u 0 1 0\nlxc.idmap = g 0 1 1\n");
        RUN forced = convert(WITH(.force = true), ROOT "lxc.init.cwd = home\nlxc.net.0.type = none\nlxc.sysctl.net.ipv4.ip_forward = 1\n"
                                                      "lxc.namespace.keep = uts user net\nlxc.sysctl.kernel.hostname = x\n");
        RUN bind = convert(WITH(), ROOT "lxc.mount.entry = /x x none bind,ro,uid=1,foo 0 0\n");

        assert_true(run.result.n_errors >= 2);
        assert_non_null(strstr(line_at(&run, 2)->remarks[line_at(&run, 2)->n_remarks - 1].text, "unknown mount option 'foo=bar'"));
        assert_non_null(strstr(line_at(&run, 3)->remarks[0].text, "goes beyond 32 bits"));
        assert_string_equal(line_at(&none, 2)->remarks[0].text, "'u 0 1 0' maps no id: the kernel refuses it");
        /* what is in error is left out */
        assert_int_equal(forced.result.n_errors, 0);
        assert_string_equal(at(&forced, "/process/cwd"), "/");
        assert_string_equal(line_at(&forced, 4)->remarks[0].text,
                            "'net.ipv4.ip_forward' would be set for the host, whose network namespace the container is in");
        assert_string_equal(line_at(&forced, 6)->remarks[0].text,
                            "'kernel.hostname' would be set for the host, whose uts namespace the container is in");
        /* the kernel ignores them where LXC hands them over */
        assert_int_equal(bind.result.n_errors, 0);
        assert_string_equal(at(&bind, "/mounts/1/options/1"), "ro");
        assert_string_equal(at(&bind, "/mounts/1/options/2"), "");
        assert_int_equal(line_at(&bind, 2)->cls, LXC_EXACT);
}

static void test_commands(void **state _unused_)
{
        static const char *const words[] = { "/bin/true", "x" };
        RUN system = convert(WITH(), ROOT);
        RUN execute = convert(WITH(), ROOT "lxc.execute.cmd = /bin/sleep 1\n");
        RUN given = convert(WITH(.command = words, .n_command = 2), ROOT "lxc.init.cmd = /i\n");
        RUN lacking = convert(WITH(.kind = LXC_KIND_APP), ROOT);
        RUN reaper = convert(
                WITH(.kind = LXC_KIND_APP, .command = words, .n_command = 2, .portable = true, .reaper = "/usr/bin/catatonit"),
                ROOT);

        assert_string_equal(at(&system, "/process/args/0"), "/sbin/init");
        assert_string_equal(at(&system, "/process/terminal"), "true");
        assert_string_equal(at(&execute, "/process/args/1"), "1");
        assert_string_equal(at(&execute, "/annotations/berth.init"), "reaper");
        assert_string_equal(at(&execute, "/process/terminal"), "false");
        assert_string_equal(at(&given, "/process/args/1"), "x");
        assert_true(says(entry(&given, 2), "overridden by the command line"));
        assert_int_equal(lacking.result.n_errors, 1);
        assert_string_equal(at(&reaper, "/process/args/0"), "/.berth-init");
        assert_string_equal(at(&reaper, "/process/args/2"), "/bin/true");
}

static void test_quotes(void **state _unused_)
{
        RUN since = convert(WITH(), ROOT "lxc.uts.name = \"q\"\n");
        RUN before = convert(WITH(.era = 11), "lxc.rootfs = /r\nlxc.hook.start = \"/x y\"\n");

        assert_string_equal(at(&since, "/hostname"), "q");
        assert_non_null(strstr(at(&before, "/hooks/startContainer/0/args/2"), "\"/x y\""));
}

/* LXC runs it in / and as root, whatever the program will be. */
static void test_start_hook(void **state _unused_)
{
        RUN plain = convert(WITH(), ROOT "lxc.hook.start = /h\n");
        RUN moved = convert(WITH(), ROOT "lxc.init.cwd = /srv\nlxc.init.uid = 1\nlxc.hook.start = /h\n");

        assert_non_null(strstr(at(&plain, "/hooks/startContainer/0/args/2"), "exec /h '"));
        assert_ptr_equal(strstr(at(&plain, "/hooks/startContainer/0/args/2"), "exec"), at(&plain, "/hooks/startContainer/0/args/2"));
        assert_string_equal(at(&plain, "/hooks/startContainer/0/env/4"), "LXC_CGNS_AWARE=1");
        assert_false(says(entry(&plain, 2), "LXC runs it as root"));
        assert_non_null(strstr(at(&moved, "/hooks/startContainer/0/args/2"), "cd / && exec /h '"));
        assert_true(says(entry(&moved, 4), "LXC runs it as root"));
}

static void test_apparmor(void **state _unused_)
{
        RUN named = convert(WITH(), ROOT "lxc.apparmor.profile = mine\n");
        RUN none = convert(WITH(), ROOT);
        RUN standard = convert(WITH(.apparmor = true), ROOT);
        RUN old = convert(WITH(.apparmor = true), "lxc.rootfs = /r\n");
        RUN raw = convert(WITH(.apparmor = true), ROOT "lxc.apparmor.profile = generated\nlxc.apparmor.raw = deny mount,\n");
        RUN unused = convert(WITH(.apparmor = true), ROOT "lxc.apparmor.profile = unconfined\nlxc.apparmor.raw = deny mount,\n");
        RUN nesting = convert(WITH(.apparmor = true), ROOT "lxc.apparmor.profile = generated\nlxc.apparmor.allow_nesting = 1\n");
        RUN unchanged = convert(WITH(.apparmor = true), ROOT "lxc.apparmor.profile = unchanged\n");
        RUN generated = convert(WITH(), ROOT "lxc.apparmor.profile = generated\n");

        assert_string_equal(at(&named, "/process/apparmorProfile"), "mine");
        assert_string_equal(at(&none, "/process/apparmorProfile"), "");
        assert_string_equal(at(&standard, "/process/apparmorProfile"), "lxc-container-default-cgns");
        assert_string_equal(at(&old, "/process/apparmorProfile"), "lxc-container-default");
        assert_string_equal(at(&nesting, "/process/apparmorProfile"), "lxc-container-default-with-nesting");
        assert_int_equal(raw.result.n_errors, 1);
        assert_int_equal(unused.result.n_errors, 0);
        assert_string_equal(at(&unchanged, "/process/apparmorProfile"), "");
        assert_string_equal(at(&generated, "/process/apparmorProfile"), "");
        assert_int_equal(entry(&generated, 2)->severity, LXC_WARN);
}

/* runc refuses any profile where there is no AppArmor. */
static void test_unconfined(void **state _unused_)
{
        RUN exact = convert(WITH(), ROOT "lxc.apparmor.profile = unconfined\n");
        RUN portable = convert(WITH(.portable = true), ROOT "lxc.apparmor.profile = unconfined\n");
        RUN there = convert(WITH(.portable = true, .apparmor = true), ROOT "lxc.apparmor.profile = unconfined\n");

        assert_string_equal(at(&exact, "/process/apparmorProfile"), "unconfined");
        assert_string_equal(at(&portable, "/process/apparmorProfile"), "");
        assert_string_equal(at(&there, "/process/apparmorProfile"), "unconfined");
        assert_true(says(entry(&portable, 2), "this host has no AppArmor"));
}

/* runc refuses mounts below /proc but for a few that LXC's users need. */
static void test_portable_proc(void **state _unused_)
{
        static const char text[] = ROOT "lxc.mount.entry = proc proc proc\nlxc.mount.entry = none proc/sys/fs/binfmt_misc binfmt_misc\n"
                                        "lxc.mount.entry = /x proc/uptime none bind\n";
        RUN exact = convert(WITH(), text);
        RUN portable = convert(WITH(.portable = true), text);

        assert_string_equal(at(&exact, "/mounts/2/destination"), "/proc/sys/fs/binfmt_misc");
        assert_string_equal(at(&portable, "/mounts/2/destination"), "/proc/uptime");
        assert_int_equal(entry(&portable, 3)->severity, LXC_WARN);
        assert_true(says(entry(&portable, 3), "runc refuses a mount on '/proc/sys/fs/binfmt_misc'"));
}

/* runc needs a /proc, and takes "defaults" for an option of the file system. */
static void test_portable_mounts(void **state _unused_)
{
        RUN exact = convert(WITH(), ROOT "lxc.mount.entry = sysfs sys sysfs defaults\n");
        RUN portable = convert(WITH(.portable = true), ROOT "lxc.mount.entry = sysfs sys sysfs defaults\n");
        RUN proc = convert(WITH(.portable = true), ROOT "lxc.mount.entry = proc proc proc ro\n");

        assert_string_equal(at(&exact, "/mounts/1/options/0"), "defaults");
        assert_string_equal(at(&exact, "/mounts/2/destination"), "/dev/pts");
        assert_string_equal(at(&portable, "/mounts/1/options/0"), "");
        assert_string_equal(at(&portable, "/mounts/2/destination"), "/proc");
        assert_string_equal(at(&proc, "/mounts/1/options/0"), "ro");
        assert_string_equal(at(&proc, "/mounts/2/destination"), "/dev/pts");
}

/* A terminal needs a devpts in the container, where none of its lines gives it one. */
static void test_console_devpts(void **state _unused_)
{
        static const struct { const char *text; bool made; } rows[] = {
                { "lxc.rootfs.path = /r\n", true },
                { "lxc.rootfs.path = /r\nlxc.console.path = none\n", false },
                { "lxc.rootfs.path = /r\nlxc.mount.entry = devpts dev/pts devpts newinstance\n", false },
                { "lxc.rootfs.path = /r\nlxc.mount.entry = /dev dev none rbind\n", false },
                { "lxc.rootfs.path = /r\nlxc.mount.entry = /dev dev none bind\n", true },
                { "lxc.rootfs.path = /\n", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                RUN run = convert(WITH(), rows[i].text);
                bool made = false;

                for (size_t m = 0; m < run.result.spec->mounts.n; m++) {
                        const struct oci_mount *mount = &run.result.spec->mounts.items[m];

                        made |= streq(mount->destination, "/dev/pts") && mount->options.n > 1;
                }
                assert_int_equal(made, rows[i].made);
        }
}

/* Interfaces are made only in a network namespace of the container's own. */
static void test_no_network(void **state _unused_)
{
        static const char *const lines[] = { "lxc.namespace.clone = pid mnt", "lxc.namespace.keep = net user",
                                             "lxc.namespace.share.net = /run/netns/x" };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                char text[256];

                snprintf(text, sizeof text, ROOT "lxc.net.0.type = veth\n%s\n", lines[i]);
                RUN run = convert(WITH(), text);

                assert_int_equal(run.result.n_errors, 0);
                assert_null(run.result.net);
                assert_int_equal(count(&run, "/hooks/createRuntime"), 0);
                assert_true(says(entry(&run, 2), "no network namespace of its own"));
        }
}

static void test_too_many_lines(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        for (int i = 0; i < LXC_MAX_LINES + 5; i++)
                strbuf_adds(&text, "lxc.mount.entry = a b c\n");
        RUN run = convert(WITH(), text.text);

        assert_int_equal(run.result.n_errors, 1);
        assert_int_equal(run.result.report->n, LXC_MAX_LINES + 1);
        assert_true(says(entry(&run, LXC_MAX_LINES + 1), "more than 20000 lines"));
}

static void test_empty_values(void **state _unused_)
{
        RUN autodev = convert(WITH(), ROOT "lxc.autodev =\n");
        RUN arch = convert(WITH(), ROOT "lxc.arch =\n");
        RUN fstab = convert(WITH(), ROOT "lxc.mount.fstab =\n");
        RUN hooks = convert(WITH(), ROOT "lxc.hook.mount = /a\nlxc.hook.post-stop = /b\nlxc.hook =\n");
        RUN nics = convert(WITH(), ROOT "lxc.net.0.type = veth\nlxc.net.1.type = veth\nlxc.net.0 =\n");

        assert_string_equal(at(&autodev, "/annotations/berth.devices.default"), "none");
        assert_int_equal(arch.result.n_errors, 1);
        assert_int_equal(fstab.result.n_errors, 1);
        assert_int_equal(count(&hooks, "/hooks"), 0);
        assert_non_null(strstr(nics.result.net, "\"index\": 1"));
        assert_null(strstr(nics.result.net, "\"index\": 0"));
}

/* Nothing that is no key of LXC's, and no broken text, leaves the report with a hole. */
static void test_broken(void **state _unused_)
{
        static const char text[] =
                "lxc.utsname\0lxc.\xff = \x80\nlxc.=\n=\nlxc.net.99999999999.type = veth\nlxc.network.1.type = veth\nlxc.cgroup. = 1\n"
                "lxc.cgroup2.devices.allow = \nlxc.hook.start = \"\n";
        RUN run = convert_len(WITH(), text, sizeof text - 1);

        assert_int_equal(run.r, 0);
        assert_true(run.result.n_errors >= 5);
        for (size_t i = 0; i < run.result.report->n; i++)
                assert_true(run.result.report->entries[i]->classified);
}

/* Without a type, a device is mounted as with one. */
static void test_device_roots(void **state _unused_)
{
        static const struct { const char *line, *root; } rows[] = {
                { "lxc.rootfs = /dev/vg0/c1\n", "/b/rootfs" },
                { "lxc.rootfs = lvm:/dev/vg0/c1\n", "/b/rootfs" },
                { "lxc.rootfs = /dev/shm/c1\n", "/dev/shm/c1" },
                { "lxc.rootfs = dir:/dev/c1\n", "/dev/c1" },
                { "lxc.rootfs = dir:/fixtures/disk.img\n", "/fixtures/disk.img" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                RUN run = convert(WITH(), rows[i].line);

                assert_string_equal(at(&run, "/root/path"), rows[i].root);
                assert_true((strstr(at(&run, "/annotations/berth.lxc.hook.pre-start"), "mount '/dev/vg0/c1' '/b/rootfs'") != NULL) ==
                            (streq(rows[i].root, "/b/rootfs")));
        }
}

/* What is mounted, by which words; ids can be mapped of none of these. */
static void test_mounted_roots(void **state _unused_)
{
        static const struct { const char *line, *command; } rows[] = {
                { "lxc.rootfs = /fixtures/disk.img\nlxc.rootfs.options = ro\n", "mount -o 'loop,ro' '/fixtures/disk.img' '/b/rootfs'" },
                { "lxc.rootfs.path = zfs:tank/c1\n", "mount -i -t zfs 'tank/c1' '/b/rootfs'" },
                { "lxc.rootfs.path = zfs:tank/c1\nlxc.rootfs.options = noatime\n", "mount -i -t zfs -o 'noatime' 'tank/c1' '/b/rootfs'" },
                { "lxc.rootfs = aufs:/l:/u\n", "mount -t aufs -o 'br=/u=rw:/l=ro' aufs '/b/rootfs'" },
                { "lxc.rootfs = aufs:/l\n", NULL },
                { "lxc.rootfs = /fixtures/disk.img\nlxc.rootfs.options = idmap=container\n", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                RUN run = convert(WITH(), rows[i].line);

                assert_int_equal(run.result.n_errors, rows[i].command == NULL);
                assert_true(!rows[i].command || strstr(at(&run, "/annotations/berth.lxc.hook.pre-start"), rows[i].command));
        }
}

static bool tells(const struct run *run, const char *text)
{
        for (size_t i = 0; i < run->result.report->n_defaults; i++)
                if (strstr(run->result.report->defaults[i].text, text))
                        return true;
        return false;
}

/* LXC 0.9 and 1.0 make /dev for systemd; links are followed within the root file system. */
static void test_guess_autodev(void **state _unused_)
{
#define SEEN "lxc.rootfs = /fixtures/rootfs\n"
        static const struct { const char *text; int era; enum lxc_container_kind kind; bool autodev; const char *told; } rows[] = {
                { SEEN, 10, LXC_KIND_SYSTEM, true, "LXC makes /dev: '/sbin/init' is systemd" },
                { SEEN, 9, LXC_KIND_SYSTEM, true, "LXC makes /dev: '/sbin/init' is systemd" },
                { SEEN, 8, LXC_KIND_SYSTEM, false, "LXC 0.8 leaves /dev alone" },
                { SEEN, 11, LXC_KIND_SYSTEM, true, "LXC makes /dev" },
                { ROOT, 10, LXC_KIND_SYSTEM, false, "the root file system is not here to be looked at" },
                { SEEN "lxc.autodev = 0\n", 10, LXC_KIND_SYSTEM, false, NULL },
                { SEEN "lxc.init_cmd = /srv\n", 10, LXC_KIND_SYSTEM, false, "LXC 1.0 leaves /dev alone: '/srv' is not systemd" },
                { SEEN "lxc.init_cmd = /loop\n", 10, LXC_KIND_SYSTEM, false, "LXC 1.0 leaves /dev alone: '/loop' is not systemd" },
                { SEEN "lxc.init_cmd = /../../sbin/../sbin/init\n", 10, LXC_KIND_SYSTEM, true, "is systemd" },
                { SEEN "lxc.execute.cmd = /sbin/init\n", 10, LXC_KIND_APP, false, NULL },
        };
#undef SEEN

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                RUN run = convert(WITH(.era = rows[i].era, .kind = rows[i].kind), rows[i].text);

                assert_int_equal(streq(at(&run, "/annotations/berth.devices.default"), "none"), !rows[i].autodev);
                if (rows[i].told && !tells(&run, rows[i].told))
                        fail_msg("row %zu: not told: %s", i, rows[i].told);
        }
}

/* Where there is nothing to mount on LXC wants create=, and OCI runtimes do not. */
static void test_missing_targets(void **state _unused_)
{
#define SEEN "lxc.rootfs.path = /fixtures/rootfs\nlxc.mount.entry = "
        static const struct { const char *text, *said; } rows[] = {
                { SEEN "/a srv none bind 0 0\n", NULL },
                { SEEN "/a data none bind 0 0\n", "'/data' is missing in the root file system: LXC does not start without create=" },
                { SEEN "/a data none bind,create=dir 0 0\n", NULL },
                { SEEN "/a data none bind,optional 0 0\n", "LXC leaves the mount out without create=" },
                { SEEN "/a dev/shm none bind 0 0\n", NULL },
                { "lxc.rootfs.path = /r\nlxc.mount.entry = /a data none bind 0 0\n", NULL },
        };
#undef SEEN

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                RUN run = convert(WITH(), rows[i].text);

                assert_int_equal(says(entry(&run, 2), "is missing in the root file system"), rows[i].said != NULL);
                assert_true(!rows[i].said || says(entry(&run, 2), rows[i].said));
        }
}

/* What stays writable is the container's own, or LXC has it so. */
static void test_writable_paths(void **state _unused_)
{
#define AUTO "lxc.mount.auto = proc:mixed sys:mixed\n"
#define IDS "lxc.idmap = u 0 1 2\nlxc.idmap = g 0 1 2\n"
        static const struct { const char *text, *paths; bool told; } rows[] = {
                { AUTO, "/proc/sys/net:/sys/devices/virtual/net", false },
                { AUTO "lxc.cap.drop = net_admin\n", "/sys/devices/virtual/net", false },
                { AUTO "lxc.cap.keep = chown\n", "/sys/devices/virtual/net", false },
                { AUTO "lxc.net.0.type = none\n", "/proc/sys/net:/sys/devices/virtual/net", true },
                { AUTO "lxc.net.0.type = none\n" IDS, "/proc/sys/net", true },
                { "lxc.mount.auto = proc:rw sys:ro\n", "", false },
        };
#undef AUTO
#undef IDS

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char text[256];
                bool told = false;

                snprintf(text, sizeof text, ROOT "%s", rows[i].text);
                RUN run = convert(WITH(), text);

                assert_string_equal(at(&run, "/annotations/berth.paths.writable"), rows[i].paths);
                for (size_t k = 0; k < run.result.report->n_security; k++)
                        told |= strstr(run.result.report->security[k].text, "and its settings are writable") != NULL;
                assert_int_equal(told, rows[i].told);
        }
}

/* LXC brings lo up with the first interface that is to be up. */
static void test_loopback(void **state _unused_)
{
        static const struct { const char *text; bool down; } rows[] = {
                { ROOT, true },
                { ROOT "lxc.net.0.type = empty\n", true },
                { ROOT "lxc.net.0.type = empty\nlxc.net.0.flags = up\n", false },
                { ROOT "lxc.net.0.type = none\n", false },
                { ROOT "lxc.namespace.share.net = /run/netns/x\n", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                RUN run = convert(WITH(), rows[i].text);

                assert_int_equal(tells(&run, "LXC leaves lo down"), rows[i].down);
        }
}

/* Of each name alone the value is looked up once, for program and hooks. */
static void test_hook_environment(void **state _unused_)
{
        RUN run = convert(WITH(), ROOT "lxc.environment = PATH\nlxc.environment.hooks = HOME\nlxc.environment.runtime = A=1\n"
                                       "lxc.hook.mount = /x\nlxc.hook.post-stop = /y\n");
        RUN missing = convert(WITH(), ROOT "lxc.environment.hooks = NOT_SET\n");

        assert_string_equal(at(&run, "/process/env/0"), "PATH=/usr/bin:/bin");
        assert_string_equal(at(&run, "/process/env/1"), "A=1");
        assert_int_equal(count(&run, "/hooks/createContainer/0/env"), 3);
        assert_string_equal(at(&run, "/hooks/createContainer/0/env/1"), "PATH=/usr/bin:/bin");
        assert_string_equal(at(&run, "/hooks/createContainer/0/env/2"), "HOME=/root");
        assert_int_equal(count(&run, "/hooks/poststop/0/env"), 1);
        assert_int_equal(missing.result.n_errors, 1);
}

static bool report_says(const struct run *run, const char *sentence)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        lxc_report_text(run->result.report, &(struct lxc_report_style) { 0 }, &text);
        return strstr(text.text, sentence);
}

/* A configuration cannot steer the terminal that its report is read on. */
static void test_controls(void **state _unused_)
{
        static const char esc[] = ROOT "lxc.autodev = \x1b]0;x\x07\nlxc.sysctl.net.\x1b[2J = 1\nlxc.start.order = \xc2\x9b\x32J\nlxc.\x1b = 1\n";
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        RUN run = convert(WITH(), esc);

        lxc_report_text(run.result.report, &(struct lxc_report_style) { 0 }, &text);
        assert_int_equal(strcspn(text.text, "\x1b\x07\x7f\r"), strlen(text.text));
        assert_null(strstr(text.text, "\xc2\x9b"));
        assert_non_null(strstr(text.text, "error: '?]0;x?' is not 0 or 1"));
}

static void test_width(void **state _unused_)
{
        static const struct { unsigned width; const char *want; } rows[] = {
                { 0, "    warning: nothing serves /dev/tty1 to 4: a getty on one of them fails\n" },
                { 51, "    warning: nothing serves /dev/tty1 to 4: a getty\n      on one of them fails\n" },
                { 50, "    warning: nothing serves /dev/tty1 to 4: a\n      getty on one of them fails\n" },
                { 60, "lxc.tty.max = 4\n    -> /annotations/berth.lxc.tty.max = \"4\"\n" },
                { 30, "  lxc-start runs /sbin/init\n    (/process/args =\n    [\"/sbin/init\"])\n" },
        };
        RUN run = convert(WITH(), ROOT "lxc.tty.max = 4\n");

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(strbuf_done) struct strbuf text = { 0 };

                lxc_report_text(run.result.report, &(struct lxc_report_style) { .width = rows[i].width }, &text);
                assert_non_null(strstr(text.text, rows[i].want));
        }
}

/* Older runtimes refuse a version that they do not know. */
static void test_version(void **state _unused_)
{
#define IDMAP "lxc.idmap = u 0 100000 65536\nlxc.idmap = g 0 100000 65536\n"
        RUN usual = convert(WITH(), ROOT IDMAP), mapped = convert(WITH(), ROOT IDMAP "lxc.mount.entry = /srv srv none bind,idmap=container\n");

        assert_string_equal(at(&usual, "/ociVersion"), "1.1.0");
        assert_string_equal(at(&mapped, "/ociVersion"), "1.2.0");
}

/* The four words of the specification; LXC's own "rslave" is what no field means. */
static void test_propagation(void **state _unused_)
{
        RUN none = convert(WITH(), ROOT), rslave = convert(WITH(), ROOT "lxc.rootfs.options = rslave\n");
        RUN shared = convert(WITH(), ROOT "lxc.rootfs.options = shared\n"), rprivate = convert(WITH(), ROOT "lxc.rootfs.options = rprivate\n");

        assert_string_equal(at(&none, "/linux/rootfsPropagation"), "");
        assert_string_equal(at(&rslave, "/linux/rootfsPropagation"), "");
        assert_string_equal(at(&shared, "/linux/rootfsPropagation"), "shared");
        assert_string_equal(at(&rprivate, "/linux/rootfsPropagation"), "rprivate");
        assert_true(report_says(&rprivate, "note: runtimes know the word 'rprivate', the specification does not"));
}

/* A namespace that is joined is said to be somebody's, however the key is written. */
static void test_joined_namespaces(void **state _unused_)
{
        RUN run = convert(WITH(), ROOT "lxc.namespace.share.NET = 1\nlxc.namespace.share.user = /run/u\nlxc.net.0.type = veth\n");

        assert_null(run.result.net);
        assert_true(report_says(&run, "the network namespace is that of '/proc/1/ns/net' (/linux/namespaces/"));
        assert_true(report_says(&run, "the user namespace is that of '/run/u' (/linux/namespaces/"));
        assert_false(report_says(&run, "no user namespace"));
}

/* LXC passes over such lines; that they confine nothing is not to go unnoticed. */
static void test_nearly_keys(void **state _unused_)
{
        RUN bom = convert(WITH(), "\xef\xbb\xbflxc.cap.drop = mknod\n" ROOT), upper = convert(WITH(), ROOT "LXC.cap.drop = mknod\n");
        RUN other = convert(WITH(), ROOT "arch = x\n; lxc.cap.drop = mknod\n");

        assert_true(report_says(&bom, "warning: it looks like a key") && report_says(&upper, "warning: it looks like a key"));
        assert_false(report_says(&other, "warning:"));
        {
                RUN drop = convert(WITH(), ROOT "lxc.cap.drop = CAP_SYS_ADMIN\n"), keep = convert(WITH(), ROOT "lxc.cap.keep = CAP_SYS_ADMIN chown\n");

                assert_true(report_says(&drop, "warning: 'CAP_SYS_ADMIN' is no capability"));
                assert_true(report_says(&keep, "note: 'CAP_SYS_ADMIN' is no capability"));
        }
}

/* JSON is UTF-8: other bytes would become other ones. */
static void test_other_bytes(void **state _unused_)
{
        static const char *const lines[] = {
                "lxc.environment = A=\xe9\n", "lxc.hook.mount = /x \xff\n", "lxc.apparmor.profile = \xc3(\n",
                "lxc.mount.entry = /\xe9t\xe9 mnt none bind\n", "lxc.mount.entry = /\\351 mnt none bind\n", "lxc.sysctl.net.\xe9 = 1\n",
        };
        static const char *const word[] = { "/x", "\xe9" };
        RUN given = convert(WITH(.command = word, .n_command = ARRAY_SIZE(word)), ROOT), good = convert(WITH(), ROOT "lxc.environment = A=\xc3\xa9\n");

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                char text[256];

                snprintf(text, sizeof text, ROOT "%s", lines[i]);
                RUN run = convert(WITH(), text), forced = convert(WITH(.force = true), text);

                assert_int_equal(run.result.n_errors, 1);
                assert_int_equal(forced.result.n_errors, 0);
                assert_null(strstr(at(&forced, "/process/env/0"), "A="));
                assert_int_equal(count(&forced, "/hooks") + count(&forced, "/linux/sysctl"), 0);
        }
        assert_int_equal(given.result.n_errors, 1);
        assert_int_equal(good.result.n_errors, 0);
        assert_string_equal(at(&good, "/process/env/0"), "A=\xc3\xa9");
}

/* The usual configuration takes less than 2 ms; asserted with a wide margin, since the machine may be busy. */
static void test_speed(void **state _unused_)
{
        struct timespec begin, end;
        double best = 1e9;

        for (int i = 0; i < 20; i++) {
                double ms;

                clock_gettime(CLOCK_MONOTONIC, &begin);
                {
                        RUN run = convert(WITH(), "lxc.include = /fixtures/common.conf\n" ROOT
                                                  "lxc.net.0.type = veth\nlxc.net.0.link = br0\n");

                        assert_int_equal(run.r, 0);
                }
                clock_gettime(CLOCK_MONOTONIC, &end);
                ms = (double) (end.tv_sec - begin.tv_sec) * 1e3 + (double) (end.tv_nsec - begin.tv_nsec) / 1e6;
                best = ms < best ? ms : best;
        }
        print_message("best of 20: %.3f ms\n", best);
        assert_true(best < 20);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),          cmocka_unit_test(test_spellings),  cmocka_unit_test(test_overrides),
                cmocka_unit_test(test_capabilities),   cmocka_unit_test(test_namespaces), cmocka_unit_test(test_force),
                cmocka_unit_test(test_roots), cmocka_unit_test(test_security), cmocka_unit_test(test_faults_of_lines),          cmocka_unit_test(test_commands),   cmocka_unit_test(test_quotes),
                cmocka_unit_test(test_start_hook),
                cmocka_unit_test(test_apparmor),       cmocka_unit_test(test_no_network), cmocka_unit_test(test_empty_values),
                cmocka_unit_test(test_too_many_lines), cmocka_unit_test(test_broken),     cmocka_unit_test(test_other_bytes),
                cmocka_unit_test(test_device_roots),   cmocka_unit_test(test_mounted_roots),
                cmocka_unit_test(test_guess_autodev),  cmocka_unit_test(test_missing_targets),
                cmocka_unit_test(test_writable_paths),
                cmocka_unit_test(test_loopback),       cmocka_unit_test(test_hook_environment),
                cmocka_unit_test(test_version),        cmocka_unit_test(test_width),      cmocka_unit_test(test_controls),
                cmocka_unit_test(test_propagation),    cmocka_unit_test(test_joined_namespaces),
                cmocka_unit_test(test_nearly_keys),    cmocka_unit_test(test_unconfined), cmocka_unit_test(test_console_devpts),
                cmocka_unit_test(test_portable_mounts), cmocka_unit_test(test_portable_proc), cmocka_unit_test(test_speed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
