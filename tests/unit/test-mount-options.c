/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>

#include "mount-options.h"
#include "str.h"

/* config.md "Linux mount options", all of the table */
static const char *const spec_words[] = {
        "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud", "mand",
        "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime",
        "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec", "rnoatime",
        "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime",
        "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow", "runbindable", "rw", "shared", "silent",
        "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup", "unbindable", "idmap", "ridmap", "rnodev",
};

static void test_words_of_the_spec(void **state _unused_)
{
        for (size_t i = 0; i < ARRAY_SIZE(spec_words); i++) {
                const struct mount_option *o = mount_option_find(spec_words[i]);

                if (!o)
                        fail_msg("'%s' is not found", spec_words[i]);
                assert_string_equal(o->word, spec_words[i]);
        }
}

static void test_words_are_sorted_and_found(void **state _unused_)
{
        size_t n;
        const char *const *words = mount_option_words(&n);

        assert_true(n >= ARRAY_SIZE(spec_words));
        for (size_t i = 0; i < n; i++) {
                const struct mount_option *o = mount_option_find(words[i]);

                if (i > 0 && strcmp(words[i - 1], words[i]) >= 0)
                        fail_msg("'%s' stands before '%s'", words[i - 1], words[i]);
                assert_non_null(o);
                assert_true(o->kind != MOUNT_OPTION_IGNORED);
        }
}

static void test_find(void **state _unused_)
{
        static const struct { const char *option; int kind; } rows[] = {
                { "x-systemd.automount", MOUNT_OPTION_IGNORED },
                { "X-mount.mkdir=0755", MOUNT_OPTION_IGNORED },
                { "comment=hello", MOUNT_OPTION_IGNORED },
                { "_netdev", MOUNT_OPTION_IGNORED },
                { "noauto", MOUNT_OPTION_IGNORED },
                { "nousers", MOUNT_OPTION_IGNORED },
                { "users", MOUNT_OPTION_ATTR },
                { "nofail", MOUNT_OPTION_NOFAIL },
                { "idmap=uids=0-1-1", MOUNT_OPTION_IDMAP_RANGES },
                { "ridmap", MOUNT_OPTION_IDMAP },
                { "dest-nofollow", MOUNT_OPTION_DEST_NOFOLLOW },
                { "src-nofollow", MOUNT_OPTION_SRC_NOFOLLOW },
                { "copy-symlink", MOUNT_OPTION_COPY_SYMLINK },
                { "size=64k", -1 },
                { "RO", -1 },
                { "ro=1", -1 },
                { "x", -1 },
                { "", -1 },
                { "zzz", -1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const struct mount_option *o = mount_option_find(rows[i].option);

                if ((o ? (int) o->kind : -1) != rows[i].kind)
                        fail_msg("'%s': kind %d", rows[i].option, o ? (int) o->kind : -1);
        }
}

static struct mount_flags apply(const char *list)
{
        struct mount_flags flags = { 0 };
        char word[64];

        while (*list) {
                size_t len = strcspn(list, ",");
                const struct mount_option *o;

                snprintf(word, sizeof word, "%.*s", (int) len, list);
                o = mount_option_find(word);
                assert_non_null(o);
                mount_option_apply(o, &flags);
                list += len + (list[len] == ',');
        }
        return flags;
}

static void test_apply(void **state _unused_)
{
        enum { ATIME = 0x70 }; /* MOUNT_ATTR__ATIME */
        static const struct {
                const char *list;
                uint64_t set, clear, rec_set, rec_clear;
                unsigned long ms, ms_cleared, propagation;
        } rows[] = {
                { "ro", .set = MOUNT_ATTR_RDONLY, .ms = MS_RDONLY },
                { "ro,rw", .clear = MOUNT_ATTR_RDONLY, .ms_cleared = MS_RDONLY },
                { "rw,ro", .set = MOUNT_ATTR_RDONLY, .clear = MOUNT_ATTR_RDONLY, .ms = MS_RDONLY },
                { "nosuid,nodev,noexec", .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                  .ms = MS_NOSUID | MS_NODEV | MS_NOEXEC },
                { "defaults", 0 },
                { "noatime", .set = MOUNT_ATTR_NOATIME, .clear = ATIME, .ms = MS_NOATIME, .ms_cleared = MS_RELATIME | MS_STRICTATIME },
                { "noatime,strictatime", .set = MOUNT_ATTR_STRICTATIME, .clear = ATIME, .ms = MS_STRICTATIME,
                  .ms_cleared = MS_RELATIME | MS_NOATIME },
                { "noatime,norelatime", .set = MOUNT_ATTR_NOATIME, .clear = ATIME, .ms = MS_NOATIME,
                  .ms_cleared = MS_RELATIME | MS_STRICTATIME },
                { "noatime,atime", .clear = ATIME, .ms_cleared = MS_NOATIME | MS_RELATIME | MS_STRICTATIME },
                { "relatime", .clear = ATIME, .ms = MS_RELATIME, .ms_cleared = MS_NOATIME | MS_STRICTATIME },
                { "nodiratime", .set = MOUNT_ATTR_NODIRATIME, .ms = MS_NODIRATIME },
                { "rbind", .ms = MS_BIND | MS_REC },
                { "bind", .ms = MS_BIND },
                { "remount,bind,ro", .set = MOUNT_ATTR_RDONLY, .ms = MS_REMOUNT | MS_BIND | MS_RDONLY },
                { "rslave", .propagation = MS_SLAVE | MS_REC },
                { "rslave,private", .propagation = MS_PRIVATE },
                { "sync,async", .ms_cleared = MS_SYNCHRONOUS },
                { "lazytime,dirsync,silent,mand,iversion", .ms = MS_LAZYTIME | MS_DIRSYNC | MS_SILENT | MS_MANDLOCK | MS_I_VERSION },
                { "rro", .rec_set = MOUNT_ATTR_RDONLY },
                { "rro,rrw", .rec_clear = MOUNT_ATTR_RDONLY },
                { "rnosuid,rnodev,rsuid", .rec_set = MOUNT_ATTR_NODEV, .rec_clear = MOUNT_ATTR_NOSUID },
                { "rnoatime", .rec_set = MOUNT_ATTR_NOATIME, .rec_clear = ATIME },
                { "rstrictatime,rnostrictatime", .rec_clear = ATIME },
                { "rsymfollow", .rec_clear = 0x00200000 },
                { "user", .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, .ms = MS_NOSUID | MS_NODEV | MS_NOEXEC },
                { "user,exec,suid", .set = MOUNT_ATTR_NODEV, .clear = MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID, .ms = MS_NODEV,
                  .ms_cleared = MS_NOEXEC | MS_NOSUID },
                { "auto,_netdev,nogroup", 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct mount_flags f = apply(rows[i].list);

                if (f.attr_set != rows[i].set || f.attr_clear != rows[i].clear || f.rec_attr_set != rows[i].rec_set ||
                    f.rec_attr_clear != rows[i].rec_clear || f.ms != rows[i].ms || f.ms_cleared != rows[i].ms_cleared ||
                    f.propagation != rows[i].propagation)
                        fail_msg("%s: attr +%#llx -%#llx rec +%#llx -%#llx ms +%#lx -%#lx propagation %#lx", rows[i].list,
                                 (unsigned long long) f.attr_set, (unsigned long long) f.attr_clear,
                                 (unsigned long long) f.rec_attr_set, (unsigned long long) f.rec_attr_clear, f.ms, f.ms_cleared,
                                 f.propagation);
        }
}

static void test_apply_switches(void **state _unused_)
{
        struct mount_flags f = apply("tmpcopyup,copy-symlink,src-nofollow,dest-nofollow,nofail,ridmap");

        assert_true(f.copy_up && f.copy_symlink && f.src_nofollow && f.dest_nofollow && f.nofail);
        assert_true(f.idmap && f.idmap_recursive);
        f = apply("ridmap,idmap");
        assert_true(f.idmap && !f.idmap_recursive);
        f = apply("idmap=uids=0-1-1");
        assert_true(f.idmap && !f.idmap_recursive && !f.nofail);
}

static void print_range(void *arg, const struct mount_idmap_range *r)
{
        strbuf_printf(arg, "%c%s%u-%u-%u ", r->gid ? 'g' : 'u', r->relative ? "@" : "", r->fs, r->host, r->count);
}

static void test_idmap_parse(void **state _unused_)
{
        static const struct { const char *option; int r; const char *ranges; } rows[] = {
                { "idmap=uids=0-1-10#10-11-10;gids=0-100-10", 3, "u0-1-10 u10-11-10 g0-100-10 " },
                { "idmap=uids=@1-3-10", 1, "u@1-3-10 " },
                { "idmap=gids=0-4294967295-1", 1, "g0-4294967295-1 " },
                { "idmap=gids=0-4294967296-1", -ERANGE, NULL },
                { "idmap=gids=99999999999999999999999-1-1", -ERANGE, NULL },
                { "idmap=", -EINVAL, NULL },
                { "idmap", -EINVAL, NULL },
                { "idmap=uids=", -EINVAL, NULL },
                { "idmap=uids=0-1", -EINVAL, NULL },
                { "idmap=uids=0-1-0", -EINVAL, NULL },
                { "idmap=uids=0-1-1#", -EINVAL, NULL },
                { "idmap=uids=0-1-1-1", -EINVAL, NULL },
                { "idmap=uids=0--1", -EINVAL, NULL },
                { "idmap=uids=-1-1-1", -EINVAL, NULL },
                { "idmap=pids=0-1-1", -EINVAL, NULL },
                { "idmap=uids=0-1-1;", -EINVAL, NULL },
                { "idmap=uids=0-1-1;x", -EINVAL, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(strbuf_done) struct strbuf ranges = { 0 };
                int r = mount_idmap_parse(rows[i].option, print_range, &ranges);

                if (r != rows[i].r || (r > 0 && !streq(ranges.text, rows[i].ranges)))
                        fail_msg("%s: %d %s", rows[i].option, r, ranges.text ?: "");
                assert_int_equal(mount_idmap_parse(rows[i].option, NULL, NULL), rows[i].r);
        }
}

static void test_fs_options(void **state _unused_)
{
        static const struct { const char *type, *option; int value; } rows[] = {
                { "devpts", "gid=5", MOUNT_VALUE_GID },      { "devpts", "newinstance", MOUNT_VALUE_NONE },
                { "tmpfs", "size=1m", MOUNT_VALUE_SIZE },    { "tmpfs", "mode=755", MOUNT_VALUE_OCTAL },
                { "proc", "hidepid=2", MOUNT_VALUE_TEXT },   { "proc", "size=1", -1 },
                { "sysfs", "context=\"a,b\"", MOUNT_VALUE_TEXT }, { "sysfs", "ro", -1 },
                { "mqueue", "seclabel", MOUNT_VALUE_NONE },  { "cgroup", "name=systemd", MOUNT_VALUE_TEXT },
                { "cgroup2", "nsdelegate", MOUNT_VALUE_NONE }, { "tmpfs", "siz", -1 }, { "tmpfs", "sizes=1", -1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const struct mount_fs_type *type = mount_fs_type_find(rows[i].type);
                const struct mount_fs_option *o;

                assert_non_null(type);
                o = mount_fs_option_find(type, rows[i].option);
                if ((o ? (int) o->value : -1) != rows[i].value)
                        fail_msg("%s %s: %d", rows[i].type, rows[i].option, o ? (int) o->value : -1);
        }
        assert_null(mount_fs_type_find("ext4"));
        assert_null(mount_fs_type_find(""));
        assert_null(mount_fs_type_find(NULL));
}

static void test_nearest(void **state _unused_)
{
        static const struct { const char *option, *type, *near; } rows[] = {
                { "nosiud", "proc", "nosuid" }, { "nosiud", NULL, "nosuid" },  { "siez=1m", "tmpfs", "size" },
                { "siez=1m", "proc", NULL },    { "hidepd=1", "proc", "hidepid" }, { "uid=5", "sysfs", NULL },
                { "quxquxqux", NULL, NULL },    { "newinstanc", "devpts", "newinstance" },
                { "a-word-that-is-longer-than-sixty-four-bytes-and-so-surely-no-mount-option-at-all", NULL, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const char *near = mount_option_nearest(rows[i].option, mount_fs_type_find(rows[i].type));

                if (!streq_ptr(near, rows[i].near))
                        fail_msg("%s (%s): %s", rows[i].option, rows[i].type ?: "-", near ?: "none");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words_of_the_spec), cmocka_unit_test(test_words_are_sorted_and_found),
                cmocka_unit_test(test_find),              cmocka_unit_test(test_apply),
                cmocka_unit_test(test_apply_switches),    cmocka_unit_test(test_idmap_parse),
                cmocka_unit_test(test_fs_options),        cmocka_unit_test(test_nearest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
