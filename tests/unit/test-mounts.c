/* SPDX-License-Identifier: Apache-2.0 */
/* plan/mounts.c and its neighbours: mount JSON and host in, rows in words out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "json/tree.h"
#include "parse.h"
#include "plan/mounts.h"
#include "plan/ns.h"

static const struct host host_v2 = {
        .privileged = true, .cgroup = HOST_CGROUP_V2, .v2_mount = "/sys/fs/cgroup", .v2_own = "/user/7",
};
static const struct host host_hybrid = {
        .privileged = true,
        .cgroup = HOST_CGROUP_HYBRID,
        .n_v1 = 3,
        .v1 = {
                { "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/" },
                { "memory", "/sys/fs/cgroup/memory", "/own" },
                { "name=systemd", "/sys/fs/cgroup/systemd", "/own" },
        },
        .v2_mount = "/sys/fs/cgroup/unified", .v2_own = "/own",
};
static const struct host host_selinux = { .privileged = true, .selinux = true };
static const struct host host_rootless = { .euid = 1000, .cgroup = HOST_CGROUP_V2, .v2_mount = "/sys/fs/cgroup", .v2_own = "/u" };
static const struct host host_nested = { .in_user_ns = true, .privileged = true, .cgroup = HOST_CGROUP_NONE };

struct outcome {
        struct arena *arena;
        struct strbuf text;
        struct err e;
        const struct step *steps;
        size_t n_steps;
};

static void outcome_done(struct outcome *o)
{
        strbuf_done(&o->text);
        arena_free(o->arena);
}

static void print_rows(struct outcome *o, const struct planner *p)
{
        char name[64];
        o->steps = p->steps;
        o->n_steps = p->n_steps;
        for (size_t i = 0; i < p->n_steps; i++) {
                const struct step *s = &p->steps[i];
                strbuf_printf(&o->text, "%s%s %s ", i ? "\n" : "", plan_ctx_name(s->ctx), plan_step_name(s, name, sizeof name));
                plan_mounts_describe(s, &o->text);
        }
}

/* LINUX and MOUNTS are the JSON of these members; CGROUP is the container's path or NULL. */
static int decide(struct outcome *o, const struct host *host, const char *cgroup, const char *lin, const char *mounts,
                  const char *annotations)
{
        static const struct plan_request request = { .id = "c", .bundle = "/bundle" };
        struct oci_spec *spec;
        o->arena = arena_new();
        o->e = ERR_INIT;
        assert_non_null(o->arena);
        char *text = arena_printf(o->arena, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"mounts\":[%s],\"linux\":{%s},"
                                            "\"annotations\":{%s}}", mounts, lin, annotations ?: "");
        struct faults faults = { .arena = o->arena, .file = "config.json" };
        if (oci_spec_parse(o->arena, text, strlen(text), &faults, &spec, &o->e) < 0)
                fail_msg("%s: %s", text, o->e.text);
        struct plan plan = { .spec = spec, .host = host, .request = &request, .config_name = "config.json",
                             .cgroup_path = cgroup };
        plan_decide_ns(&plan);
        struct planner p = { .arena = o->arena, .plan = &plan };
        int r = plan_add_mounts_source(&p, &o->e);
        if (r == 0)
                r = plan_add_mounts(&p, &o->e);
        if (r == 0)
                print_rows(o, &p);
        return r;
}

#define NS(list) "\"namespaces\":[" list "]"
#define MNT "{\"type\":\"mount\"}"
#define ALL MNT ",{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"cgroup\"}"
#define USER ",{\"type\":\"user\"}"
#define MAPS ",\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,\"size\":65536}],"                                       \
             "\"gidMappings\":[{\"containerID\":0,\"hostID\":200000,\"size\":65536}]"
#define M(dest, type, source, options)                                                                                 \
        "{\"destination\":\"" dest "\",\"type\":\"" type "\",\"source\":\"" source "\",\"options\":[" options "]}"

struct row {
        const char *name;
        const struct host *host;
        const char *cgroup, *lin, *mounts, *expected;
};

static const struct row rows[] = {
        { "default file systems", &host_v2, "/berth/c", NS(ALL),
          M("/proc", "proc", "proc", "") ","
          M("/dev", "tmpfs", "tmpfs", "\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"") ","
          M("/dev/pts", "devpts", "devpts", "\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"") ","
          M("/sys", "sysfs", "sysfs", "\"nosuid\",\"noexec\",\"nodev\",\"ro\""),
          "init mount.proc '/proc'\n"
          "init mount.tmpfs '/dev' nosuid,strictatime,mode=755,size=65536k\n"
          "init mount.devpts '/dev/pts' nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5\n"
          "init mount.sysfs '/sys' ro,nosuid,nodev,noexec" },
        { "relative destination", &host_v2, NULL, NS(ALL), M("data", "tmpfs", "tmpfs", ""), "init mount.tmpfs '/data'" },
        { "several options in one word", &host_v2, NULL, NS(ALL),
          M("/t", "tmpfs", "tmpfs", "\"mode=700,size=1m,,noswap\",\"mpol=bind:0,2\""),
          "init mount.tmpfs '/t' mode=700,size=1m,noswap,mpol=bind:0,2" },
        { "quotes and backslashes", &host_v2, NULL, NS(ALL),
          M("/o", "overlay", "overlay", "\"lowerdir=/a\\\\,b:/c,upperdir=/u\",\"context=\\\"u:r:t:s0:c1,c2\\\",userxattr\""),
          "init mount.overlay '/o' lowerdir=/a\\,b:/c,upperdir=/u,context=u:r:t:s0:c1,c2,userxattr" },
        { "empty value is a value", &host_v2, NULL, NS(ALL), M("/t", "tmpfs", "tmpfs", "\"mode=\""), "init mount.tmpfs '/t' mode=" },
        { "last word wins", &host_v2, NULL, NS(ALL), M("/t", "tmpfs", "tmpfs", "\"ro\",\"nosuid\",\"rw\",\"suid\",\"ro\""),
          "init mount.tmpfs '/t' ro,suid" },
        { "bind", &host_v2, NULL, NS(ALL), M("/d", "bind", "/s", "\"bind\",\"ro\",\"rprivate\""),
          "init mount.bind '/d' from '/s' ro,rprivate" },
        { "bind by its type alone", &host_v2, NULL, NS(ALL), M("/d", "bind", "/s", ""), "init mount.bind '/d' from '/s'" },
        { "recursive bind", &host_v2, NULL, NS(ALL), M("/d", "none", "/s", "\"rbind\",\"rro\",\"nosuid\",\"rslave\",\"shared\""),
          "init mount.rbind '/d' from '/s' nosuid,rro,rslave,shared" },
        { "bind of a path in the bundle", &host_v2, NULL, NS(ALL), M("/d", "", "files/x", "\"rbind\""),
          "init mount.rbind '/d' from '/bundle/files/x'" },
        { "all recursive words", &host_v2, NULL, NS(ALL),
          M("/d", "", "/s", "\"rbind\",\"rro\",\"rnosuid\",\"rnodev\",\"rnoexec\",\"rnoatime\",\"rnosymfollow\",\"exec\",\"relatime\""),
          "init mount.rbind '/d' from '/s' exec,relatime,rro,rnosuid,rnodev,rnoexec,rnosymfollow,rnoatime" },
        { "super block words", &host_v2, NULL, NS(ALL), M("/d", "ext4", "/dev/sda", "\"sync\",\"dirsync\",\"lazytime\",\"noatime\""),
          "init mount.ext4 '/d' noatime,sync,dirsync,lazytime" },
        { "crun's words", &host_v2, NULL, NS(ALL), M("/d", "bind", "/s", "\"bind\",\"copy-symlink\",\"dest-nofollow\",\"nofail\""),
          "init mount.bind '/d' from '/s' dest-nofollow,copy-symlink,nofail" },
        { "src-nofollow", &host_v2, NULL, NS(ALL), M("/d", "bind", "/s", "\"bind\",\"src-nofollow\""),
          "init mount.bind '/d' from '/s' src-nofollow" },
        { "tmpcopyup", &host_v2, NULL, NS(ALL), M("/d", "tmpfs", "t", "\"tmpcopyup\",\"ro\""), "init mount.tmpfs '/d' ro,tmpcopyup" },
        { "words of fstab", &host_v2, NULL, NS(ALL), M("/d", "tmpfs", "t", "\"defaults\",\"x-foo\",\"noauto\",\"user\""),
          "init mount.tmpfs '/d' nosuid,nodev,noexec" },
        { "remount", &host_v2, NULL, NS(ALL), M("/d", "tmpfs", "t", "\"remount\",\"ro\",\"size=1m\""),
          "init mount.remount '/d' ro,size=1m" },
        { "propagation alone", &host_v2, NULL, NS(ALL), M("/d", "none", "", "\"rshared\""), "init mount.propagation '/d' rshared" },

        { "user namespace: the parent opens what is bound", &host_v2, NULL, NS(ALL USER) MAPS,
          M("/d", "bind", "/s", "\"bind\",\"ro\"") "," M("/e", "bind", "/s", "\"rbind\",\"rprivate\""),
          "parent source.open '/s'\n"
          "parent source.open '/s' recursive\n"
          "init mount.bind '/d' from '/s' ro,rslave\n"
          "init mount.rbind '/e' from '/s' rprivate" },
        { "the copy gets the root's propagation", &host_v2, NULL, NS(ALL USER) MAPS ",\"rootfsPropagation\":\"rprivate\"",
          M("/d", "bind", "/s", "\"bind\",\"rshared\""),
          "parent source.open '/s'\ninit mount.bind '/d' from '/s' rprivate,rshared" },
        { "a shared root leaves it shared", &host_v2, NULL, NS(ALL USER) MAPS ",\"rootfsPropagation\":\"shared\"",
          M("/d", "bind", "/s", "\"bind\""), "parent source.open '/s'\ninit mount.bind '/d' from '/s'" },
        { "an unbindable root makes it private", &host_v2, NULL, NS(ALL USER) MAPS ",\"rootfsPropagation\":\"unbindable\"",
          M("/d", "bind", "/s", "\"bind\""), "parent source.open '/s'\ninit mount.bind '/d' from '/s' rprivate" },
        { "rootless: nobody to help", &host_rootless, NULL, NS(ALL USER) MAPS, M("/d", "bind", "/s", "\"rbind\""),
          "init mount.rbind '/d' from '/s'" },
        { "joined mount namespace", &host_v2, NULL, NS("{\"type\":\"mount\",\"path\":\"/ns/m\"}"), M("/d", "bind", "/s", "\"bind\""),
          "parent source.open '/s'\ninit mount.bind '/d' from '/s' rslave" },

        { "sysfs, proc and mqueue of others", &host_v2, NULL, NS(MNT USER) MAPS,
          M("/sys", "sysfs", "sysfs", "\"nosuid\"") "," M("/proc", "proc", "proc", "\"noexec\"") ","
          M("/dev/mqueue", "mqueue", "mqueue", ""),
          "parent source.open '/sys' recursive\n"
          "parent source.open '/proc' recursive\n"
          "parent source.open '/dev/mqueue' recursive\n"
          "init mount.rbind '/sys' from '/sys' rro,rnosuid,rslave\n"
          "init mount.rbind '/proc' from '/proc' rnoexec,rslave\n"
          "init mount.rbind '/dev/mqueue' from '/dev/mqueue' rslave" },
        { "sysfs of a joined network namespace", &host_v2, NULL,
          NS(MNT USER ",{\"type\":\"network\",\"path\":\"/ns/n\"}") MAPS, M("/sys", "sysfs", "sysfs", "\"ro\""),
          "init mount.sysfs '/sys' ro or bind '/sys'" },
        { "sysfs in the runtime's own user namespace", &host_nested, NULL, NS(MNT), M("/sys", "sysfs", "sysfs", ""),
          "init mount.sysfs '/sys' or bind '/sys'" },
        { "sysfs of the host without user namespace", &host_v2, NULL, NS(MNT), M("/sys", "sysfs", "sysfs", ""),
          "init mount.sysfs '/sys'" },

        { "cgroup on v2", &host_v2, "/berth/c", NS(ALL), M("/sys/fs/cgroup", "cgroup", "cgroup", "\"nosuid\",\"relatime\",\"ro\""),
          "init mount.cgroup2 '/sys/fs/cgroup' ro,nosuid,relatime" },
        { "cgroup on v2 without namespace", &host_v2, "/berth/c", NS(MNT), M("/sys/fs/cgroup", "cgroup", "cgroup", "\"rw\""),
          "init mount.bind '/sys/fs/cgroup' from '/sys/fs/cgroup/berth/c' rw" },
        { "without a cgroup it is the runtime's", &host_v2, NULL, NS(MNT), M("/sys/fs/cgroup", "cgroup2", "cgroup", ""),
          "init mount.bind '/sys/fs/cgroup' from '/sys/fs/cgroup/user/7'" },
        { "never the root, writable", &host_v2, "/", NS(MNT), M("/sys/fs/cgroup", "cgroup", "cgroup", "\"rw\""),
          "init mount.bind '/sys/fs/cgroup' from '/sys/fs/cgroup' ro" },
        { "rootless: read-only", &host_rootless, "/berth/c", NS(MNT USER) MAPS, M("/sys/fs/cgroup", "cgroup", "cgroup", ""),
          "init mount.bind '/sys/fs/cgroup' from '/sys/fs/cgroup/berth/c' ro" },
        { "cgroup on hybrid", &host_hybrid, "/berth/c", NS(ALL), M("/sys/fs/cgroup", "cgroup", "cgroup", "\"nosuid\",\"ro\",\"rprivate\""),
          "init mount.tmpfs '/sys/fs/cgroup' ro,nosuid,mode=755 with cpu,cpuacct/ memory/ systemd/ cpu->cpu,cpuacct cpuacct->cpu,cpuacct\n"
          "init mount.cgroup '/sys/fs/cgroup/cpu,cpuacct' ro,nosuid,cpu,cpuacct,rprivate\n"
          "init mount.cgroup '/sys/fs/cgroup/memory' ro,nosuid,memory,rprivate\n"
          "init mount.cgroup '/sys/fs/cgroup/systemd' ro,nosuid,none,name=systemd,rprivate" },
        { "cgroup on hybrid without namespace", &host_hybrid, "/berth/c", NS(MNT), M("/sys/fs/cgroup", "cgroup", "cgroup", ""),
          "init mount.tmpfs '/sys/fs/cgroup' mode=755 with cpu,cpuacct/ memory/ systemd/ cpu->cpu,cpuacct cpuacct->cpu,cpuacct\n"
          "init mount.bind '/sys/fs/cgroup/cpu,cpuacct' from '/sys/fs/cgroup/cpu,cpuacct/berth/c'\n"
          "init mount.bind '/sys/fs/cgroup/memory' from '/sys/fs/cgroup/memory/berth/c'\n"
          "init mount.bind '/sys/fs/cgroup/systemd' from '/sys/fs/cgroup/systemd/berth/c'" },
        { "hybrid, no cgroup: roots are read-only", &host_hybrid, NULL, NS(MNT), M("/c", "cgroup", "cgroup", "\"rw\""),
          "init mount.tmpfs '/c' rw,mode=755 with cpu,cpuacct/ memory/ systemd/ cpu->cpu,cpuacct cpuacct->cpu,cpuacct\n"
          "init mount.bind '/c/cpu,cpuacct' from '/sys/fs/cgroup/cpu,cpuacct' ro\n"
          "init mount.bind '/c/memory' from '/sys/fs/cgroup/memory/own' rw\n"
          "init mount.bind '/c/systemd' from '/sys/fs/cgroup/systemd/own' rw" },
        { "one hierarchy by name", &host_hybrid, "/berth/c", NS(ALL), M("/m", "cgroup", "cgroup", "\"memory\""),
          "init mount.cgroup '/m' memory" },
        { "cgroup2 on hybrid", &host_hybrid, "/berth/c", NS(ALL), M("/u", "cgroup2", "cgroup", ""), "init mount.cgroup2 '/u'" },

        { "label", &host_selinux, NULL, NS(ALL) ",\"mountLabel\":\"u:r:t:s0:c1,c2\"",
          M("/t", "tmpfs", "t", "") "," M("/proc", "proc", "proc", "") "," M("/s", "sysfs", "s", "") ","
          M("/dev/mqueue", "mqueue", "m", "") "," M("/d", "bind", "/s", "\"bind\"") "," M("/x", "tmpfs", "t", "\"context=mine\""),
          "init mount.tmpfs '/t' context=u:r:t:s0:c1,c2\n"
          "init mount.proc '/proc'\n"
          "init mount.sysfs '/s'\n"
          "init mount.mqueue '/dev/mqueue'\n"
          "init mount.bind '/d' from '/s'\n"
          "init mount.tmpfs '/x' context=mine" },

        { "idmap by the mount's own mappings", &host_v2, NULL, NS(ALL),
          "{\"destination\":\"/d\",\"source\":\"/s\",\"options\":[\"rbind\",\"ridmap\"],"
          "\"uidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":2},{\"containerID\":9,\"hostID\":8,\"size\":1}],"
          "\"gidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":3}]}",
          "parent source.open '/s' recursive,ridmap: uid 0->5 x2,uid 9->8 x1, gid 0->7 x3\n"
          "init mount.rbind '/d' from '/s' rslave,ridmap" },
        { "mappings without the word", &host_v2, NULL, NS(ALL),
          "{\"destination\":\"/d\",\"source\":\"/s\",\"options\":[\"bind\",\"rprivate\"],"
          "\"uidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":2}],\"gidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":3}]}",
          "parent source.open '/s' idmap: uid 0->5 x2, gid 0->7 x3\n"
          "init mount.bind '/d' from '/s' rprivate,idmap" },
        { "idmap by the container's mappings", &host_v2, NULL, NS(ALL USER) MAPS, M("/d", "bind", "/s", "\"bind\",\"idmap\",\"rslave\""),
          "parent source.open '/s' idmap: uid 0->100000 x65536, gid 0->200000 x65536\n"
          "init mount.bind '/d' from '/s' rslave,idmap" },
        { "idmap of a joined user namespace", &host_v2, NULL, NS(MNT ",{\"type\":\"user\",\"path\":\"/ns/u\"}"),
          M("/d", "bind", "/s", "\"bind\",\"idmap\",\"rslave\""),
          "parent source.open '/s' idmap of '/ns/u'\n"
          "init mount.bind '/d' from '/s' rslave,idmap" },
        { "idmap ranges", &host_v2, NULL, NS(ALL USER) MAPS,
          M("/d", "bind", "/s", "\"bind\",\"idmap=uids=0-7-2#@5-10-3;gids=@0-1-4\",\"rslave\""),
          "parent source.open '/s' idmap: uid 0->7 x2,uid 5->100010 x3, gid 0->200001 x4\n"
          "init mount.bind '/d' from '/s' rslave,idmap" },
        { "idmap of uids alone", &host_v2, NULL, NS(ALL), M("/d", "bind", "/s", "\"bind\",\"idmap=gids=0-7-2\",\"rslave\""),
          "parent source.open '/s' idmap: gid 0->7 x2\n"
          "init mount.bind '/d' from '/s' rslave,idmap" },
};

static void test_rows(void **state _unused_)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(outcome_done) struct outcome o = { 0 };
                int r = decide(&o, rows[i].host, rows[i].cgroup, rows[i].lin, rows[i].mounts, NULL);
                if (r < 0)
                        fail_msg("%s: %s", rows[i].name, o.e.text);
                if (!streq(o.text.text, rows[i].expected))
                        fail_msg("%s:\n%s\nexpected:\n%s", rows[i].name, o.text.text, rows[i].expected);
        }
}

static const struct {
        const char *name;
        const struct host *host;
        const char *lin, *mounts, *annotations;
        int num;
        const char *text;
} errors[] = {
        { "no type", &host_v2, NS(ALL), M("/d", "", "x", ""), NULL, EINVAL,
          "mount '' on '/d': it has no file system type and is no bind mount" },
        { "no source", &host_v2, NS(ALL), M("/d", "bind", "", ""), NULL, EINVAL, "mount 'bind' on '/d': a bind mount needs a source" },
        { "idmap of a file system", &host_v2, NS(ALL USER) MAPS, M("/d", "tmpfs", "t", "\"idmap\""), NULL, EINVAL,
          "mount 'tmpfs' on '/d': id mapping works for bind mounts only" },
        { "idmap of nothing", &host_v2, NS(ALL), M("/d", "bind", "/s", "\"bind\",\"idmap\""), NULL, EINVAL,
          "mount 'bind' on '/d': 'idmap' has no ids to map: neither the mount nor the container has any" },
        { "idmap of unmapped ids", &host_v2, NS(ALL USER) MAPS, M("/d", "bind", "/s", "\"bind\",\"idmap=uids=@0-65535-2\""), NULL,
          EINVAL, "mount 'bind' on '/d': option 'idmap=uids=@0-65535-2': id 65535 is not mapped in the container's user namespace" },
        { "idmap of rubbish", &host_v2, NS(ALL USER) MAPS, M("/d", "bind", "/s", "\"bind\",\"idmap=uids=1\""), NULL, EINVAL,
          "mount 'bind' on '/d': option 'idmap=uids=1' holds no valid id ranges" },
        { "label without SELinux", &host_v2, NS(ALL) ",\"mountLabel\":\"l\"", M("/t", "tmpfs", "t", ""), NULL, ENOTSUP,
          "mount 'tmpfs' on '/t': the config has a mountLabel, but SELinux is not enabled here" },
        { "label of an unknown kind", &host_selinux, NS(ALL) ",\"mountLabel\":\"l\"", M("/t", "tmpfs", "t", ""),
          "\"run.oci.mount_context_type\":\"foo\"", EINVAL,
          "mount 'tmpfs' on '/t': annotation 'run.oci.mount_context_type' is 'foo', not one of context, fscontext, defcontext, "
          "rootcontext" },
        { "no cgroup anywhere", &host_nested, NS(MNT), M("/c", "cgroup", "cgroup", ""), NULL, ENOTSUP,
          "mount 'cgroup' on '/c': this host has no cgroup file system mounted, and the container no cgroup namespace" },
        { "one hierarchy without a namespace", &host_hybrid, NS(MNT), M("/c", "cgroup", "cgroup", "\"memory\""), NULL, EINVAL,
          "mount 'cgroup' on '/c': a single hierarchy ('memory') needs a cgroup namespace" },
};

static void test_errors(void **state _unused_)
{
        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                _cleanup_(outcome_done) struct outcome o = { 0 };
                int r = decide(&o, errors[i].host, NULL, errors[i].lin, errors[i].mounts, errors[i].annotations);
                if (r != -errors[i].num || !streq(o.e.text, errors[i].text))
                        fail_msg("%s: %d '%s'", errors[i].name, r, o.e.text);
                assert_string_equal(o.e.pointer, "/mounts/0");
                assert_string_equal(o.e.file, "config.json");
                assert_int_equal(o.e.line, 1);
        }
}

static void test_label_kinds(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };
        assert_int_equal(decide(&o, &host_selinux, NULL, NS(ALL) ",\"mountLabel\":\"l\"", M("/t", "tmpfs", "t", ""),
                                "\"run.oci.mount_context_type\":\"rootcontext\""), 0);
        assert_string_equal(o.text.text, "init mount.tmpfs '/t' rootcontext=l");
}

/* What the words do not show. */
static void test_details(void **state _unused_)
{
        _cleanup_(outcome_done) struct outcome o = { 0 };
        assert_int_equal(decide(&o, &host_v2, NULL, NS(ALL USER) MAPS,
                                M("/t", "tmpfs", "t", "\"nosuid\",\"size=1m,mode=700\"") "," M("/u", "tmpfs", "", "") ","
                                M("/a/./..", "bind", "/s", "\"bind\",\"idmap\"") "," M("/proc", "proc", "proc", "") ","
                                M("/x", "erofs", "/dev/x", "\"ro\"") "," M("/y", "tmpfs", "t", "\"ro\"") ","
                                M("/b", "bind", "/s", "\"bind\",\"idmap\"") "," M("/d/..a", "bind", "/s", "\"bind\",\"ridmap\""),
                                NULL), 0);
        const struct step_mount *m[8];
        for (size_t i = 0; i < 8; i++)
                m[i] = o.steps[o.n_steps - 8 + i].u.mount;

        char pointer[64];
        assert_int_equal(m[0]->args.n_options, 2);
        for (size_t i = 0; i < 2; i++) {
                json_pointer(m[0]->option_nodes[i], pointer, sizeof pointer);
                assert_string_equal(pointer, "/mounts/0/options/1");
        }
        assert_false(m[0]->inherit_mode);
        assert_true(m[1]->inherit_mode);
        assert_null(m[1]->args.source);
        assert_true(m[2]->is_root);
        assert_false(m[7]->is_root);
        assert_true(m[3]->target_plain);
        assert_false(m[0]->target_plain);
        assert_int_equal(m[4]->args.sb_flags, 1); /* MS_RDONLY: the device may be write-protected */
        assert_int_equal(m[5]->args.sb_flags, 0);
        assert_int_equal(m[0]->source_row, -1);
        assert_int_equal(m[2]->source_row, 0);
        assert_int_equal(m[6]->source_row, 1);
        /* Equal maps are one. */
        assert_ptr_equal(m[2]->idmap, m[6]->idmap);
        assert_ptr_not_equal(m[2]->idmap, m[7]->idmap);
        json_pointer(o.steps[0].origin, pointer, sizeof pointer);
        assert_string_equal(pointer, "/mounts/2");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_errors),
                cmocka_unit_test(test_label_kinds),
                cmocka_unit_test(test_details),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
