/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "arena.h"

static void test_alloc(void **state _unused_)
{
        static const size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 65536, 65537, 1000000 };
        _cleanup_(arena_freep) struct arena *a = arena_new();
        unsigned char *last = NULL;

        for (size_t round = 0; round < 3; round++)
                for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                        unsigned char *p = arena_alloc(a, sizes[i]);

                        assert_non_null(p);
                        assert_ptr_not_equal(p, last);
                        assert_int_equal((uintptr_t) p % _Alignof(max_align_t), 0);
                        for (size_t b = 0; b < sizes[i]; b++)
                                assert_int_equal(p[b], 0);
                        memset(p, 0xa5, sizes[i]);
                        last = p;
                }
        assert_true(arena_size_bytes(a) >= 3 * 1000000);
        arena_free(NULL);
}

static void test_overflow(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();

        assert_null(arena_alloc(a, SIZE_MAX));
        assert_null(arena_alloc(a, SIZE_MAX / 2));
        assert_null(arena_alloc_array(a, SIZE_MAX / 2, 3));
        assert_null(arena_alloc_array(a, 3, SIZE_MAX / 2));
        assert_null(arena_strndup(a, "", SIZE_MAX));
        assert_non_null(arena_alloc_array(a, 0, 8));
}

static void test_grow(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        unsigned *items = NULL;

        for (unsigned i = 0; i < 10000; i++) {
                items = arena_grow_array(a, items, i, sizeof *items);
                assert_non_null(items);
                items[i] = i;
        }
        for (unsigned i = 0; i < 10000; i++)
                assert_int_equal(items[i], i);
        /* Doubling: all generations together are a few times the last one. */
        assert_true(arena_size_bytes(a) < 6 * 16384 * sizeof *items);
}

static void test_strings(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();

        assert_string_equal(arena_strdup(a, ""), "");
        assert_string_equal(arena_strdup(a, "text"), "text");
        assert_string_equal(arena_strndup(a, "text", 2), "te");
        assert_string_equal(arena_printf(a, "%s-%d", "x", -1), "x--1");
        assert_string_equal(arena_printf(a, "%s", ""), "");
}

static void test_seal(void **state _unused_)
{
        struct arena *a = arena_new();
        char *small = arena_strdup(a, "kept"), *large = arena_alloc(a, 200000);
        int status;
        pid_t pid;

        assert_int_equal(arena_seal(a), 0);
        assert_string_equal(small, "kept");
        for (int i = 0; i < 2; i++) {
                pid = fork();
                if (pid == 0) {
                        signal(SIGSEGV, SIG_DFL);
                        *(volatile char *) (i ? large : small) = 'x';
                        _exit(0);
                }
                assert_int_equal(waitpid(pid, &status, 0), pid);
                assert_true(status != 0); /* SIGSEGV; a sanitizer turns it into an exit status */
        }
        arena_free(a);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_alloc),   cmocka_unit_test(test_overflow), cmocka_unit_test(test_grow),
                cmocka_unit_test(test_strings), cmocka_unit_test(test_seal),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
