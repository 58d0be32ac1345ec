/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "state/record.h"
#include "state/running-hook.h"

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"
#define REQUIRED                                                                                                       \
        "phase=created\nid=c1\nbundle=/b\noci-version=1.2.0\ncreated-usec=17\nowner-uid=0\nboot-id=" BOOT              \
        "\ncreator=12 34\ncgroup.manager=cgroupfs\n"

static int parse(struct arena *a, const char *text, size_t len, struct state_record *record, struct err *e)
{
        *e = ERR_INIT;
        return state_record_parse(a, text, len, "c1/state", record, e);
}

/* Everything that a record can hold, with text that needs every escape. */
static const char *odd_args[] = { "/bin/x", "", "a=b", "tab\tline\nback\\slash\rbell\a", "\xff\xc3\xa4" };
static const char *env[] = { "A=1" };
static const char *dirs[] = { "/sys/fs/cgroup/berth/c1", "/sys/fs/cgroup/memory/berth/c1" };
static struct oci_pair pairs[] = { { "key", "value" }, { "k\t1", "" }, { "", "v\n2" } };
static struct oci_hook poststart[] = {
        { .path = "/bin/one", .args = { odd_args, 5 }, .env = { env, 1 }, .timeout = { true, 30 } },
        { .path = "/bin/two" },
};
static struct oci_hook poststop[] = { { .path = "/bin/three", .timeout = { true, INT64_MAX } } };

static struct state_record full_record(void)
{
        struct state_record r = STATE_RECORD_INIT;

        r.phase = STATE_CREATED;
        r.id = "c1";
        r.bundle = "/b/with \"quotes\" and\nlines";
        r.rootfs = "/b/rootfs";
        r.oci_version = "1.3.0";
        r.created_usec = UINT64_MAX;
        r.owner_uid = 4294967294;
        r.boot_id = BOOT;
        r.creator = (struct state_process) { 1, 0 };
        r.init = (struct state_process) { 2147483647, UINT64_MAX };
        r.cgroup_manager = STATE_CGROUP_SYSTEMD;
        r.cgroup_path = "/berth/c1";
        r.rdt_dirs = (oci_strings) { dirs, 2 };
        r.net_devices = (oci_pairs) { pairs, 1 };
        r.annotations.items = pairs;
        r.annotations.n = 3;
        r.poststart.items = poststart;
        r.poststart.n = 2;
        r.poststop.items = poststop;
        r.poststop.n = 1;
        r.start_host.items = poststop;
        r.start_host.n = 1;
        r.stop.items = poststart;
        r.stop.n = 2;
        r.private_pid_ns = true;
        return r;
}

static void assert_strings(const oci_strings *a, const oci_strings *b)
{
        assert_int_equal(a->n, b->n);
        for (size_t i = 0; i < a->n; i++)
                assert_string_equal(a->items[i], b->items[i]);
}

static void assert_pairs(const oci_pairs *a, const oci_pairs *b)
{
        assert_int_equal(a->n, b->n);
        for (size_t i = 0; i < a->n; i++) {
                assert_string_equal(a->items[i].key, b->items[i].key);
                assert_string_equal(a->items[i].value, b->items[i].value);
        }
}

static void assert_hooks(const oci_hook_list *a, const oci_hook_list *b)
{
        assert_int_equal(a->n, b->n);
        for (size_t i = 0; i < a->n; i++) {
                assert_string_equal(a->items[i].path, b->items[i].path);
                assert_strings(&a->items[i].args, &b->items[i].args);
                assert_strings(&a->items[i].env, &b->items[i].env);
                assert_int_equal(a->items[i].timeout.set, b->items[i].timeout.set);
                assert_true(a->items[i].timeout.value == b->items[i].timeout.value);
        }
}

static void assert_records(const struct state_record *a, const struct state_record *b)
{
        assert_int_equal(a->phase, b->phase);
        assert_string_equal(a->id, b->id);
        assert_string_equal(a->bundle, b->bundle);
        assert_true(streq_ptr(a->rootfs, b->rootfs));
        assert_string_equal(a->oci_version, b->oci_version);
        assert_true(a->created_usec == b->created_usec);
        assert_int_equal(a->owner_uid, b->owner_uid);
        assert_string_equal(a->boot_id, b->boot_id);
        assert_int_equal(a->creator.pid, b->creator.pid);
        assert_true(a->creator.start_ticks == b->creator.start_ticks);
        assert_int_equal(a->init.pid, b->init.pid);
        assert_true(a->init.start_ticks == b->init.start_ticks);
        assert_int_equal(a->cgroup_manager, b->cgroup_manager);
        assert_true(streq_ptr(a->cgroup_path, b->cgroup_path));
        assert_strings(&a->rdt_dirs, &b->rdt_dirs);
        assert_pairs(&a->net_devices, &b->net_devices);
        assert_pairs(&a->annotations, &b->annotations);
        assert_hooks(&a->poststart, &b->poststart);
        assert_hooks(&a->poststop, &b->poststop);
        assert_hooks(&a->start_host, &b->start_host);
        assert_hooks(&a->stop, &b->stop);
        assert_int_equal(a->private_pid_ns, b->private_pid_ns);
}

static void assert_round_trip(const struct state_record *record)
{
        struct arena *a = arena_new();
        struct strbuf text = { 0 };
        struct state_record back;
        struct err e;

        state_record_format(record, &text);
        assert_false(text.failed);
        if (parse(a, text.text, text.len, &back, &e) < 0)
                fail_msg("%u: %s", e.line, e.text);
        assert_records(record, &back);
        strbuf_done(&text);
        arena_free(a);
}

static void test_round_trip(void **state _unused_)
{
        struct state_record full = full_record(), little = { .phase = STATE_CREATING, .id = "c1", .bundle = "", .oci_version = "1.0.0",
                                                             .boot_id = BOOT, .creator = { 5, 6 } };

        assert_round_trip(&full);
        assert_round_trip(&little);
}

/* The text is a contract with the other versions of berth: it changes on purpose only. */
static void test_text(void **state _unused_)
{
        struct state_record little = { .phase = STATE_CREATING, .id = "c1", .bundle = "/b", .oci_version = "1.2.0", .created_usec = 17,
                                       .boot_id = BOOT, .creator = { 12, 34 }, .private_pid_ns = true };
        struct strbuf text = { 0 };

        little.annotations.items = pairs;
        little.annotations.n = 2;
        little.poststop.items = poststop;
        little.poststop.n = 1;
        state_record_format(&little, &text);
        assert_string_equal(text.text, "berth-record 1\n"
                                       "phase=creating\nid=c1\nbundle=/b\noci-version=1.2.0\ncreated-usec=17\nowner-uid=0\n"
                                       "boot-id=" BOOT "\ncreator=12 34\ncgroup.manager=cgroupfs\n"
                                       "annotation=key\tvalue\nannotation=k\\t1\t\nprivate-pid-ns=yes\n"
                                       "hook=poststop\nhook.path=/bin/three\nhook.timeout=9223372036854775807\nend\n");
        strbuf_done(&text);
}

static void test_unknown_keys_are_skipped(void **state _unused_)
{
        static const char text[] = "berth-record 1\n" REQUIRED "from.the.future=\\q\nhook=poststop\nhook.path=/x\nhook.new=1\nend\n";
        struct arena *a = arena_new();
        struct state_record r;
        struct err e;

        assert_int_equal(parse(a, text, sizeof text - 1, &r, &e), 0);
        assert_int_equal(r.poststop.n, 1);
        arena_free(a);
}

static void test_damage(void **state _unused_)
{
#define ROW(body, line, words) { body, sizeof body - 1, line, words }
        static const struct {
                const char *text;
                size_t len;
                unsigned line;
                const char *words;
        } rows[] = {
                ROW("", 1, "no 'end'"),
                ROW("berth-record 1\n", 2, "no 'end'"),
                ROW("berth-record 1\n" REQUIRED, 11, "no 'end'"),
                ROW("berth-record 1\n" REQUIRED "end", 11, "no end"),
                ROW("berth-record 1\nend\n", 2, "'phase' is missing"),
                ROW("berth-record 1\nphase=created\nid=c1\nend\n", 4, "'bundle' is missing"),
                ROW("berth-record 1\n" REQUIRED "end\nx=y\n", 11, "follows"),
                ROW("berth-record\n" REQUIRED "end\n", 1, "no record"),
                ROW("berth-record x\n" REQUIRED "end\n", 1, "no record"),
                ROW("end\n", 1, "no record"),
                ROW("{\"id\":\"c1\"}\n", 1, "no record"),
                ROW("berth-record 1\n" REQUIRED "x\0y=1\nend\n", 11, "NUL"),
                ROW("berth-record 1\n" REQUIRED "novalue\nend\n", 11, "key=value"),
                ROW("berth-record 1\n" REQUIRED "=value\nend\n", 11, "key=value"),
                ROW("berth-record 1\n" REQUIRED "\nend\n", 11, "key=value"),
                ROW("berth-record 1\n" REQUIRED "0123456789012345678901234567890123456789012345678901234567890123=x\nend\n", 11, "key=value"),
                ROW("berth-record 1\n" REQUIRED "id=c2\nend\n", 11, "'id' comes twice"),
                ROW("berth-record 1\nphase=paused\nend\n", 2, "'phase' has an unknown value"),
                ROW("berth-record 1\nphase=create\nend\n", 2, "'phase' has an unknown value"),
                ROW("berth-record 1\nid=a\\\nend\n", 2, "escape"),
                ROW("berth-record 1\nid=a\\q\nend\n", 2, "escape"),
                ROW("berth-record 1\nid=a\\x0\nend\n", 2, "escape"),
                ROW("berth-record 1\nid=a\\x00\nend\n", 2, "escape"),
                ROW("berth-record 1\nid=a\\xFF\nend\n", 2, "escape"),
                ROW("berth-record 1\ncreated-usec=-1\nend\n", 2, "'created-usec' is no number"),
                ROW("berth-record 1\ncreated-usec=18446744073709551616\nend\n", 2, "'created-usec' is no number"),
                ROW("berth-record 1\nowner-uid=4294967296\nend\n", 2, "'owner-uid' is no number"),
                ROW("berth-record 1\nowner-uid=\nend\n", 2, "'owner-uid' is no number"),
                ROW("berth-record 1\ninit=12\nend\n", 2, "'init' is no pid"),
                ROW("berth-record 1\ninit=0 5\nend\n", 2, "'init' is no pid"),
                ROW("berth-record 1\ninit=2147483648 5\nend\n", 2, "'init' is no pid"),
                ROW("berth-record 1\ninit=-1 5\nend\n", 2, "'init' is no pid"),
                ROW("berth-record 1\ninit=1 \nend\n", 2, "'init' is no pid"),
                ROW("berth-record 1\ninit= 1\nend\n", 2, "'init' is no pid"),
                ROW("berth-record 1\nprivate-pid-ns=no\nend\n", 2, "'private-pid-ns' is not 'yes'"),
                ROW("berth-record 1\nprivate-pid-ns=\nend\n", 2, "'private-pid-ns' is not 'yes'"),
                ROW("berth-record 1\nannotation=a\nend\n", 2, "two halves"),
                ROW("berth-record 1\nannotation=a\tb\tc\nend\n", 2, "two halves"),
                ROW("berth-record 1\nannotation=a\\\tb\nend\n", 2, "escape"),
                ROW("berth-record 1\nannotation=a\tb\\\nend\n", 2, "escape"),
                ROW("berth-record 1\nhook=prestart\nend\n", 2, "'hook' has an unknown value"),
                ROW("berth-record 1\nhook.path=/x\nend\n", 2, "before any 'hook'"),
                ROW("berth-record 1\nhook=poststop\nhook.path=/x\nhook.path=/y\nend\n", 4, "'hook.path' comes twice"),
                ROW("berth-record 1\nhook=poststop\nhook.timeout=x\nend\n", 3, "'hook.timeout' is no number"),
                ROW("berth-record 1\n" REQUIRED "hook=poststop\nhook.arg=x\nhook=poststop\nend\n", 11, "without 'hook.path'"),
                ROW("berth-record 1\n" REQUIRED "hook=poststop\nhook.arg=x\nend\n", 11, "without 'hook.path'"),
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct arena *a = arena_new();
                struct state_record r = { .id = "untouched" };
                struct err e;

                if (parse(a, rows[i].text, rows[i].len, &r, &e) != -EINVAL)
                        fail_msg("row %zu was accepted", i);
                if (!strstr(e.text, rows[i].words) || e.line != rows[i].line)
                        fail_msg("row %zu: line %u: %s", i, e.line, e.text);
                assert_string_equal(e.file, "c1/state");
                assert_string_equal(r.id, "untouched");
                arena_free(a);
        }
}

static void test_newer_format(void **state _unused_)
{
        static const char text[] = "berth-record 2\nid=x\nend\n";
        struct arena *a = arena_new();
        struct state_record r;
        struct err e;

        assert_int_equal(parse(a, text, sizeof text - 1, &r, &e), -ENOTSUP);
        assert_non_null(strstr(e.text, "record format 2"));
        arena_free(a);
}

/* Every prefix of a good record is refused: a torn write cannot pass for a record. */
static void test_every_prefix(void **state _unused_)
{
        struct state_record full = full_record(), r;
        struct strbuf text = { 0 };
        struct err e;

        state_record_format(&full, &text);
        for (size_t len = 0; len < text.len; len++) {
                struct arena *a = arena_new();

                if (parse(a, text.text, len, &r, &e) != -EINVAL)
                        fail_msg("%zu of %zu bytes were accepted", len, text.len);
                arena_free(a);
        }
        strbuf_done(&text);
}

static void test_file(void **state _unused_)
{
        char dir[] = "/tmp/test-record.XXXXXX";
        struct state_record full = full_record(), r;
        struct arena *a = arena_new();
        struct err e = ERR_INIT;
        int fd;

        assert_non_null(mkdtemp(dir));
        fd = open(dir, O_RDONLY | O_DIRECTORY);
        assert_int_equal(state_record_read(a, fd, "c1", &r, &e), -ENOENT);
        assert_int_equal(e.num, 0);
        assert_int_equal(state_record_write(fd, &full, &e), 0);
        assert_int_equal(state_record_read(a, fd, "c1", &r, &e), 0);
        assert_records(&full, &r);
        assert_int_equal(state_record_read(a, fd, "other", &r, &e), -EINVAL);
        assert_non_null(strstr(e.text, "'c1'"));
        full.private_pid_ns = false;
        assert_int_equal(state_record_write(fd, &full, &e), 0);
        assert_int_equal(state_record_read(a, fd, "c1", &r, &e), 0);
        assert_false(r.private_pid_ns);
        /* Nothing but the record is left behind. */
        assert_int_equal(unlinkat(fd, "state", 0), 0);
        assert_int_equal(rmdir(dir), 0);
        close(fd);
        arena_free(a);
}

static void test_boot_id(void **state _unused_)
{
        char one[37], two[37];
        struct err e;

        assert_int_equal(state_boot_id(one, &e), 0);
        assert_int_equal(state_boot_id(two, &e), 0);
        assert_int_equal(strlen(one), 36);
        assert_string_equal(one, two);
}

/* The hook that is running, beside the record. */
static void test_running_hook(void **state _unused_)
{
        static const char *const halves[] = { "", "1 2\n", "1 2\n3 4", "0 2\n3 4\n", "1 2\n3 x\n", "1 2\n3 4\n5 6\n", "1\n2\n" };
        const struct state_hook note = { { 2147483647, UINT64_MAX }, { 1, 0 } };
        char dir[] = "/tmp/test-hook.XXXXXX";
        struct err e = ERR_INIT;
        struct state_hook r;
        int fd;

        assert_non_null(mkdtemp(dir));
        fd = open(dir, O_RDONLY | O_DIRECTORY);
        assert_int_equal(state_hook_read(fd, &r, &e), 0);
        assert_int_equal(state_hook_note(fd, &note, &e), 0);
        assert_int_equal(state_hook_read(fd, &r, &e), 1);
        assert_int_equal(r.hook.pid, 2147483647);
        assert_true(r.hook.start_ticks == UINT64_MAX);
        assert_int_equal(r.runtime.pid, 1);
        /* Half of one is none: the hook has not begun. */
        for (size_t i = 0; i < ARRAY_SIZE(halves); i++) {
                int file = openat(fd, "hook", O_WRONLY | O_TRUNC);

                assert_int_equal(write(file, halves[i], strlen(halves[i])), strlen(halves[i]));
                close(file);
                assert_int_equal(state_hook_read(fd, &r, &e), 0);
        }
        state_hook_forget(fd);
        state_hook_forget(fd);
        assert_int_equal(rmdir(dir), 0);
        /* The container was deleted meanwhile. */
        assert_int_equal(state_hook_note(fd, &note, &e), 0);
        assert_int_equal(e.num, 0);
        close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_text),        cmocka_unit_test(test_unknown_keys_are_skipped),
                cmocka_unit_test(test_damage),       cmocka_unit_test(test_newer_format), cmocka_unit_test(test_every_prefix),
                cmocka_unit_test(test_file),         cmocka_unit_test(test_boot_id),     cmocka_unit_test(test_running_hook),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
