/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys: each name finds its own row, families, interfaces, what is no key. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "convert.h"

static void check_name(const struct lxc_key *row, const char *name, bool legacy)
{
        struct lxc_key_match match;
        char key[128];

        /* "lxc.net.[i].mtu" is met as "lxc.net.3.mtu", a family with a name below it */
        if (strstr(name, "[i]"))
                snprintf(key, sizeof key, "lxc.net.3.%s", strstr(name, "[i].") + strlen("[i]."));
        else
                snprintf(key, sizeof key, "%s%s", name, name[strlen(name) - 1] == '.' ? "thing" : "");
        assert_int_equal(lxc_key_find(key, &match), 0);
        assert_ptr_equal(match.row, row);
        assert_int_equal(match.legacy, legacy);
}

static void test_each(void **state _unused_)
{
        for (size_t i = 0; i < LXC_N_KEYS; i++) {
                const struct lxc_key *row = &lxc_keys[i];

                assert_non_null(row->name);
                assert_non_null(row->becomes);
                assert_true(row->since >= LXC_ERA_OLDEST && row->since <= LXC_ERA_NEWEST);
                check_name(row, row->name, false);
                if (row->legacy && lxc_key_id(row) != LXC_KEY_NET_ALL)
                        check_name(row, row->legacy, true);
        }
}

static void test_interfaces(void **state _unused_)
{
        struct lxc_key_match m;

        assert_int_equal(lxc_key_find("lxc.net.12.ipv4.address", &m), 0);
        assert_int_equal(m.nic, 12);
        assert_int_equal(lxc_key_find("lxc.net.12", &m), 0);
        assert_true(m.whole_nic);
        assert_int_equal(lxc_key_find("lxc.network.ipv4", &m), 0);
        assert_int_equal(lxc_key_id(m.row), LXC_KEY_NET_IPV4);
        assert_int_equal(m.nic, -1);
        assert_int_equal(lxc_key_find("lxc.network.2.mtu", &m), 0);
        assert_int_equal(m.nic, 2);
        assert_int_equal(lxc_key_find("lxc.network", &m), 0);
        assert_int_equal(lxc_key_find("lxc.net", &m), 0);
        assert_int_equal(lxc_key_find("lxc.net.x.type", &m), -ENOENT);
        assert_int_equal(lxc_key_find("lxc.net.1.ipv4", &m), -ENOENT);
        assert_int_equal(lxc_key_find("lxc.network.ipv4.address", &m), -ENOENT);
}

static void test_families(void **state _unused_)
{
        struct lxc_key_match m;

        assert_int_equal(lxc_key_find("lxc.cgroup.memory.limit_in_bytes", &m), 0);
        assert_string_equal(m.suffix, "memory.limit_in_bytes");
        assert_int_equal(lxc_key_find("lxc.cgroup2", &m), 0);
        assert_int_equal(lxc_key_id(m.row), LXC_KEY_CGROUP2);
        assert_string_equal(m.suffix, "");
        assert_int_equal(lxc_key_find("lxc.cgroup.dir", &m), 0);
        assert_int_equal(lxc_key_id(m.row), LXC_KEY_CGROUP_DIR);
        assert_int_equal(lxc_key_find("lxc.utsnamex", &m), -ENOENT);
        assert_int_equal(lxc_key_find("lxc.", &m), -ENOENT);
        assert_string_equal(lxc_key_nearest("lxc.uts.nme"), "lxc.uts.name");
}

/* The table for people has each key once, on a line of its own with seven columns. */
static void test_list(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        size_t lines = 0, tabs = 0;

        lxc_list_keys(&text);
        for (const char *p = text.text; *p; p++) {
                lines += *p == '\n';
                tabs += *p == '\t';
        }
        assert_int_equal(lines, LXC_N_KEYS);
        assert_int_equal(tabs, 6 * LXC_N_KEYS);
        assert_non_null(strstr(text.text, "lxc.uts.name\t2.1-\tlxc.utsname 0.6-2.1\ttext\texact\t/hostname\t-\n"));
}

/* lxc-to-oci(7): a paragraph each; nothing that roff takes for something else. */
static void test_roff(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        size_t paragraphs = 0;

        lxc_list_keys_roff(&text);
        for (const char *p = text.text; (p = strstr(p, ".TP\n.B ")); p++)
                paragraphs++;
        assert_int_equal(paragraphs, LXC_N_KEYS);
        assert_non_null(strstr(
                text.text,
                ".TP\n.B lxc.prlimit.*\nSOFT[:HARD]; since LXC 2.1; as \\fBlxc.limit.*\\fR since 2.0.\n.br\nexact: /process/rlimits.\n"));
        assert_non_null(strstr(text.text, "lxc.hook.pre\\-start\n"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each),
                cmocka_unit_test(test_interfaces),
                cmocka_unit_test(test_families),
                cmocka_unit_test(test_list),
                cmocka_unit_test(test_roff),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
