/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "faults.h"
#include "str.h"

struct fixture {
        struct arena *arena;
        struct faults faults;
        struct json_node *root;
        struct err e;
};

static int setup(void **state)
{
        static struct fixture f;
        static const char text[] = "{\n  \"b\": [1, 22],\n  \"a\": true\n}";

        f = (struct fixture) { .arena = arena_new() };
        f.faults = (struct faults) { .arena = f.arena, .file = "c.json" };
        *state = &f;
        return json_parse(f.arena, text, strlen(text), "c.json", NULL, &f.root, &f.e);
}

static int teardown(void **state)
{
        arena_free(((struct fixture *) *state)->arena);
        return 0;
}

static void assert_line(const struct err *e, const char *expected)
{
        char line[2048];

        err_format(e, NULL, line, sizeof line);
        assert_string_equal(line, expected);
}

static void test_places(void **state)
{
        struct fixture *f = *state;

        fault_error(&f->faults, json_at(f->root, "/b/1"), "write less", "number '%d' is large", 22);
        assert_int_equal(fault_to_err(&f->faults, &f->faults.items[0], &f->e), -EINVAL);
        assert_int_equal(f->e.cls, ERR_CONFIG);
        assert_line(&f->e, "c.json:2:12: number '22' is large at /b/1\n  hint: write less");

        fault_warning(&f->faults, json_at(f->root, "/a"), NULL, "odd (a remark)");
        f->faults.items[1].at_key = true;
        fault_to_err(&f->faults, &f->faults.items[1], &f->e);
        assert_line(&f->e, "c.json:3:3: odd at /a (a remark)");
        f->faults.items[1].at_key = false;
        fault_to_err(&f->faults, &f->faults.items[1], &f->e);
        assert_line(&f->e, "c.json:3:8: odd at /a (a remark)");

        fault_error(&f->faults, NULL, NULL, "no place");
        fault_to_err(&f->faults, &f->faults.items[2], &f->e);
        assert_line(&f->e, "c.json: no place");
        assert_int_equal(f->faults.n, 3);
        assert_int_equal(f->faults.n_errors, 2);
}

static void test_first_error(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(faults_to_err(&f->faults, &f->e), 0);
        fault_warning(&f->faults, f->root, NULL, "only a warning");
        assert_int_equal(faults_to_err(&f->faults, &f->e), 0);
        fault_error(&f->faults, f->root, NULL, "first");
        assert_int_equal(faults_to_err(&f->faults, &f->e), -EINVAL);
        assert_line(&f->e, "c.json:1:1: first");
        fault_error(&f->faults, f->root, "h", "second");
        faults_to_err(&f->faults, &f->e);
        assert_line(&f->e, "c.json:1:1: first\n  hint: (and 1 more)");
        f->faults.items[1].hint = "do it";
        faults_to_err(&f->faults, &f->e);
        assert_line(&f->e, "c.json:1:1: first\n  hint: do it (and 1 more)");
        assert_int_equal(faults_to_err(&f->faults, NULL), -EINVAL);
        f->faults.nomem = true;
        assert_int_equal(faults_to_err(&f->faults, &f->e), -ENOMEM);
}

static void test_sort(void **state)
{
        struct fixture *f = *state;
        static const char *const order[] = { "no place", "one", "two", "three", "key", "value" };

        faults_sort(&f->faults); /* of none */
        fault_error(&f->faults, json_at(f->root, "/a"), NULL, "value");
        fault_error(&f->faults, json_at(f->root, "/b/1"), NULL, "two");
        fault_error(&f->faults, json_at(f->root, "/a"), NULL, "key");
        f->faults.items[2].at_key = true;
        fault_error(&f->faults, json_at(f->root, "/b/1"), NULL, "three");
        fault_warning(&f->faults, json_at(f->root, "/b/0"), NULL, "one");
        fault_error(&f->faults, NULL, NULL, "no place");
        faults_sort(&f->faults);
        for (size_t i = 0; i < ARRAY_SIZE(order); i++)
                assert_string_equal(f->faults.items[i].text, order[i]);
}

/* What a config holds reaches terminals and logs. */
static void test_presentable(void **state)
{
        struct fixture *f = *state;
        static char big[100000];

        fault_error(&f->faults, NULL, "say '\x1b'", "value '\x1b[31m\n\t\x7f' is bad");
        assert_string_equal(f->faults.items[0].text, "value '\\x1b[31m\\n\\t\\x7f' is bad");
        assert_string_equal(f->faults.items[0].hint, "say '\\x1b'");
        for (size_t i = 0; i + 2 < sizeof big; i += 2)
                memcpy(big + i, "\xc3\xa4", 2); /* "ä": the cut may not halve it */
        fault_error(&f->faults, NULL, big, "'%s' is long", big);
        assert_true(strlen(f->faults.items[1].text) < 620);
        assert_non_null(strstr(f->faults.items[1].text, "ä…ä"));
        assert_non_null(strstr(f->faults.items[1].text, "ä' is long"));
        assert_true(strlen(f->faults.items[1].hint) < 620);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_places, setup, teardown),
                cmocka_unit_test_setup_teardown(test_first_error, setup, teardown),
                cmocka_unit_test_setup_teardown(test_sort, setup, teardown),
                cmocka_unit_test_setup_teardown(test_presentable, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
