/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "err.h"

static char text[8192];

static void test_long_names_keep_the_errno(void **state _unused_)
{
        static const char end[] = "...: File name too long (ENAMETOOLONG)";
        struct err e = ERR_INIT;
        char name[5000];

        memset(name, 'x', sizeof name);
        name[sizeof name - 1] = '\0';
        assert_int_equal(err_sys(&e, ENAMETOOLONG, "open", "cannot open '%s'", name), -ENAMETOOLONG);
        assert_int_equal(strlen(e.text), sizeof e.text - 1);
        assert_string_equal(e.text + strlen(e.text) - strlen(end), end);
}

static void test_set(void **state _unused_)
{
        static struct err e;

        memset(&e, 0xff, sizeof e);
        assert_int_equal(err_set(&e, ERR_STATE, EBUSY, "container '%s' runs", "web1"), -EBUSY);
        assert_string_equal(e.text, "container 'web1' runs");
        assert_int_equal(e.num, EBUSY);
        assert_int_equal(e.cls, ERR_STATE);
        assert_int_equal(e.step, -1);
        assert_true(!e.hint[0] && !e.file[0] && !e.pointer[0] && !e.kernel[0] && !e.output[0] && !e.undone[0]);
        /* An errno that is none must not turn into success. */
        assert_int_equal(err_set(&e, ERR_INTERNAL, 0, "x"), -EINVAL);
        assert_int_equal(err_set(&e, ERR_INTERNAL, -5, "x"), -EINVAL);
        assert_int_equal(e.num, EINVAL);

        assert_int_equal(err_sys(&e, ENOENT, "openat", "cannot open '%s'", "/x"), -ENOENT);
        assert_string_equal(e.text, "cannot open '/x': No such file or directory (ENOENT)");
        assert_string_equal(e.call, "openat");
        assert_int_equal(e.cls, ERR_HOST);
        assert_int_equal(err_nomem(&e), -ENOMEM);
        assert_string_equal(e.text, "out of memory: Cannot allocate memory (ENOMEM)");
}

static void test_null(void **state _unused_)
{
        assert_int_equal(err_set(NULL, ERR_HOST, EIO, "%d", 1), -EIO);
        assert_int_equal(err_sys(NULL, EIO, "read", "%d", 1), -EIO);
        assert_int_equal(err_nomem(NULL), -ENOMEM);
        err_hint(NULL, "x");
        err_kernel(NULL, "x");
        err_at(NULL, "f", 1, 2, "/p");
        err_pointer(NULL, "/p");
        err_output(NULL, "x", 1);
}

/* Texts that are too long are cut, and end. */
static void test_long(void **state _unused_)
{
        static char big[10000];
        static struct err e;

        memset(big, 'x', sizeof big - 1);
        err_sys(&e, EIO, big, "%s", big);
        assert_int_equal(strlen(e.text), sizeof e.text - 1);
        assert_int_equal(strlen(e.call), sizeof e.call - 1);
        err_hint(&e, "%s", big);
        err_kernel(&e, big);
        err_at(&e, big, 1, 1, big);
        assert_int_equal(strlen(e.hint), sizeof e.hint - 1);
        assert_int_equal(strlen(e.kernel), sizeof e.kernel - 1);
        assert_int_equal(strlen(e.file), sizeof e.file - 1);
        assert_int_equal(strlen(e.pointer), sizeof e.pointer - 1);
}

static void test_parts(void **state _unused_)
{
        static struct err e;

        err_set(&e, ERR_CONFIG, EINVAL, "x");
        err_hint(&e, "%s", "first");
        err_hint(&e, "second");
        assert_string_equal(e.hint, "first");
        err_at(&e, "config.json", 3, 7, "/a\nb\x7f");
        assert_string_equal(e.pointer, "/a?b?");
        err_at(&e, NULL, 4, 8, NULL);
        assert_string_equal(e.file, "config.json");
        assert_int_equal(e.line, 4);
        err_kernel(&e, NULL);
        assert_string_equal(e.kernel, "");
}

static void test_names(void **state _unused_)
{
        assert_string_equal(errno_name(EINVAL), "EINVAL");
        assert_string_equal(errno_text(EINVAL), "Invalid argument");
        assert_string_equal(errno_name(0), "unknown errno");
        assert_string_equal(errno_name(123456), "unknown errno");
        assert_string_equal(errno_text(-1), "Unknown error");
}

static void test_format(void **state _unused_)
{
        static struct err e;
        size_t len;

        /* A fault of a document: its place as compilers print it. */
        err_set(&e, ERR_CONFIG, EINVAL, "unknown mount option 'nosiud'");
        err_at(&e, "config.json", 41, 23, "/mounts/0/options/1");
        err_hint(&e, "did you mean 'nosuid'?");
        len = err_format(&e, "create 'web1'", text, sizeof text);
        assert_string_equal(text, "config.json:41:23: unknown mount option 'nosiud' at /mounts/0/options/1\n  hint: did you mean 'nosuid'?");
        assert_int_equal(len, strlen(text));
        err_format_line(&e, "create 'web1'", text, sizeof text);
        assert_string_equal(text, "config.json:41:23: unknown mount option 'nosiud' at /mounts/0/options/1");
        err_set(&e, ERR_CONFIG, EINVAL, "document is empty");
        err_at(&e, "config.json", 0, 0, NULL);
        err_format(&e, NULL, text, sizeof text);
        assert_string_equal(text, "config.json: document is empty");

        /* A failed step: what, the kernel's words, where, the hint, what became of it. */
        err_sys(&e, EINVAL, "fsconfig", "mount 'devpts' on '/dev/pts': option 'gid=5' rejected");
        e.step = 9;
        snprintf(e.step_name, sizeof e.step_name, "mount.devpts");
        snprintf(e.context, sizeof e.context, "init (new user and mount namespace)");
        snprintf(e.undone, sizeof e.undone, "undone; nothing was left behind");
        err_kernel(&e, "devpts: Invalid gid '5'");
        err_at(&e, "config.json", 57, 9, "/mounts/2/options/4");
        err_hint(&e, "map it");
        err_format(&e, "create 'web1'", text, sizeof text);
        assert_string_equal(text, "create 'web1': mount 'devpts' on '/dev/pts': option 'gid=5' rejected: Invalid argument (EINVAL)\n"
                                  "  kernel: devpts: Invalid gid '5'\n"
                                  "  where: step mount.devpts #9, in init (new user and mount namespace), from /mounts/2/options/4 (config.json:57:9)\n"
                                  "  hint: map it\n"
                                  "  state: undone; nothing was left behind");

        /* The buffer may be too small: the length is told all the same. */
        memset(text, 'x', sizeof text);
        assert_true(err_format(&e, NULL, text, 10) > 200);
        assert_int_equal(strlen(text), 9);
        assert_true(err_format(&e, NULL, NULL, 0) > 200);
}

static void test_output(void **state _unused_)
{
        static char big[6000];
        static struct err e;

        err_set(&e, ERR_HOOK, EIO, "hook failed");
        err_output(&e, "one\r\n\x1b[31mtwo\t3\n \n", 18);
        assert_string_equal(e.output, "one?\n?[31mtwo\t3");
        err_format(&e, NULL, text, sizeof text);
        assert_string_equal(text, "hook failed\n  output:\n    | one?\n    | ?[31mtwo\t3");
        /* The last of a long output is kept. */
        memset(big, 'a', sizeof big);
        big[sizeof big - 1] = 'z';
        err_output(&e, big, sizeof big);
        assert_int_equal(strlen(e.output), sizeof e.output - 1);
        assert_int_equal(e.output[sizeof e.output - 2], 'z');
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_long_names_keep_the_errno),
                cmocka_unit_test(test_set),    cmocka_unit_test(test_null),  cmocka_unit_test(test_long), cmocka_unit_test(test_parts),
                cmocka_unit_test(test_names),  cmocka_unit_test(test_format), cmocka_unit_test(test_output),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
