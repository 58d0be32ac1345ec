/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "berth.h"
#include "cleanup.h"

static void test_good(void **state _unused_)
{
        static const struct { const char *text; int number; } rows[] = {
                { "TERM", SIGTERM }, { "SIGTERM", SIGTERM }, { "sigterm", SIGTERM }, { "Kill", SIGKILL }, { "9", 9 },     { "0", 0 },
                { "64", 64 },        { "HUP", SIGHUP },      { "SIGSYS", SIGSYS },   { "IOT", SIGABRT },  { "CLD", SIGCHLD },
                { "RTMIN", 34 },     { "SIGRTMIN+3", 37 },   { "rtmin+30", 64 },     { "RTMAX", 64 },     { "SIGRTMAX-14", 50 },
                { "WINCH", SIGWINCH }, { "USR1", SIGUSR1 },  { "STKFLT", 16 },       { "PWR", SIGPWR },
        };
        struct berth_error error;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int number = -1;

                if (berth_signal_parse(rows[i].text, &number, &error) < 0 || number != rows[i].number)
                        fail_msg("%s: %d", rows[i].text, number);
        }
}

static void test_bad(void **state _unused_)
{
        static const char *const rows[] = { "",      "SIG",      "TERMX",    "SIGSIGTERM", "65",        "-1",      "9 ",
                                            " 9",    "+9",       "0x9",      "RTMIN+31",   "RTMIN+",    "RTMAX-x", "RTMAX-31",
                                            "RTMIN-1", "RTMAX+1", "99999999999999999999" };
        struct berth_error error;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int number = -1;

                assert_int_equal(berth_signal_parse(rows[i], &number, &error), -EINVAL);
                assert_int_equal(number, -1);
                assert_non_null(strstr(error.text, "unknown signal '"));
                assert_int_equal(error.cls, BERTH_ERROR_USAGE);
        }
        assert_int_equal(berth_signal_parse("x", &(int) { 0 }, NULL), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_good), cmocka_unit_test(test_bad) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
