/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "sys/dl.h"

static __typeof__(cos) *p_cos;

static void test_open(void **state _unused_)
{
        const struct sys_dl_symbol symbols[] = { { "cos", (void **) &p_cos } };
        struct sys_dl lib = SYS_DL("libm.so.6", "libc6", symbols);
        struct sys_dl_file a, b;
        struct err e = ERR_INIT;

        assert_int_equal(sys_dl_identify(&lib, &a), -ENOENT);
        assert_int_equal(sys_dl_open(&lib, "/linux/trigonometry", &e), 0);
        assert_true(p_cos(0) == 1);
        assert_int_equal(sys_dl_open(&lib, "/linux/trigonometry", &e), 0);
        assert_int_equal(sys_dl_identify(&lib, &a), 0);
        assert_non_null(strstr(a.path, "libm.so.6"));
        assert_int_equal(sys_dl_stat(a.path, &b), 0);
        assert_memory_equal(&a, &b, sizeof a);
}

static void test_missing(void **state _unused_)
{
        const struct sys_dl_symbol symbols[] = { { "cos", (void **) &p_cos } };
        struct sys_dl lib = SYS_DL("libberth-none.so.9", "libberth-none9", symbols);
        struct err e = ERR_INIT;

        assert_int_equal(sys_dl_open(&lib, "/linux/seccomp", &e), -ENOENT);
        assert_int_equal(e.cls, ERR_HOST);
        assert_string_equal(e.text, "cannot load 'libberth-none.so.9', which /linux/seccomp needs: libberth-none.so.9: "
                                    "cannot open shared object file: No such file or directory");
        assert_string_equal(e.hint, "install the library (Debian package 'libberth-none9') or remove /linux/seccomp from the config");
}

static void test_too_old(void **state _unused_)
{
        void *newest = NULL;
        const struct sys_dl_symbol symbols[] = { { "cos", (void **) &p_cos }, { "berth_new_function", &newest } };
        struct sys_dl lib = SYS_DL("libm.so.6", "libc6", symbols);
        struct err e = ERR_INIT;

        assert_int_equal(sys_dl_open(&lib, "/linux/seccomp", &e), -ENOENT);
        assert_string_equal(e.text, "'libm.so.6', which /linux/seccomp needs, is too old: it has no 'berth_new_function'");
        assert_null(lib.handle);
}

static void test_stat(void **state _unused_)
{
        struct sys_dl_file file;
        char long_path[400];

        memset(long_path, 'a', sizeof long_path);
        long_path[sizeof long_path - 1] = '\0';
        assert_int_equal(sys_dl_stat("/nonexistent/lib.so", &file), -ENOENT);
        assert_int_equal(sys_dl_stat(long_path, &file), -ENAMETOOLONG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_open),
                cmocka_unit_test(test_missing),
                cmocka_unit_test(test_too_old),
                cmocka_unit_test(test_stat),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
