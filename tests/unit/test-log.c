/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "log.h"

static const struct timespec when = { .tv_sec = 1790000000, .tv_nsec = 123456789 };

static void test_records(void **state _unused_)
{
        static const struct {
                enum log_format format;
                enum log_level level;
                const char *text, *want;
        } rows[] = {
                { LOG_FORMAT_JSON, LOG_LEVEL_ERROR, "container 'c1' does not exist",
                  "{\"level\":\"error\",\"msg\":\"container 'c1' does not exist\",\"time\":\"2026-09-21T14:13:20.123456Z\"}\n" },
                { LOG_FORMAT_JSON, LOG_LEVEL_WARNING, "a \"b\"\n/c\xff",
                  "{\"level\":\"warning\",\"msg\":\"a \\\"b\\\"\\n/c\xef\xbf\xbd\",\"time\":\"2026-09-21T14:13:20.123456Z\"}\n" },
                { LOG_FORMAT_TEXT, LOG_LEVEL_DEBUG, "x\ny",
                  "time=\"2026-09-21T14:13:20.123456Z\" level=debug msg=\"x\\ny\"\n" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(strbuf_done) struct strbuf out = { 0 };

                log_format_record(&out, rows[i].format, rows[i].level, &when, rows[i].text);
                assert_string_equal(out.text, rows[i].want);
        }
}

static void test_journald(void **state _unused_)
{
        static const char two_lines[] = "MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=4\nSYSLOG_IDENTIFIER=web\n";
        _cleanup_(strbuf_done) struct strbuf one = { 0 }, two = { 0 };

        log_format_journald(&one, "web", LOG_LEVEL_ERROR, "a=b");
        assert_string_equal(one.text, "MESSAGE=a=b\nPRIORITY=3\nSYSLOG_IDENTIFIER=web\n");
        log_format_journald(&two, "web", LOG_LEVEL_WARNING, "a\nb");
        assert_int_equal(two.len, sizeof two_lines - 1);
        assert_memory_equal(two.text, two_lines, two.len);
}

static void test_syslog(void **state _unused_)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };

        setenv("TZ", "UTC", 1);
        tzset();
        log_format_syslog(&out, "web", 7, LOG_LEVEL_ERROR, &when, "first\nsecond");
        assert_string_equal(out.text, "<27>Sep 21 14:13:20 web[7]: first second");
}

static void test_levels(void **state _unused_)
{
        enum log_level level;

        assert_int_equal(log_level_parse("debug", &level), 0);
        assert_int_equal(level, LOG_LEVEL_DEBUG);
        assert_int_equal(log_level_parse("error", &level), 0);
        assert_string_equal(log_level_name(level), "error");
        assert_int_equal(log_level_parse("Debug", &level), -EINVAL);
        assert_int_equal(log_level_parse("", &level), -EINVAL);
}

static void test_file(void **state _unused_)
{
        static const char *const prefixes[] = { "", "file:" };

        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
                char dir[] = "/tmp/berth-log-XXXXXX", path[64], target[80], text[512];
                _cleanup_(log_done) struct log log = LOG_INIT;
                struct err e = ERR_INIT;
                struct stat st;
                FILE *f;
                size_t n;

                assert_non_null(mkdtemp(dir));
                snprintf(path, sizeof path, "%s/log", dir);
                snprintf(target, sizeof target, "%s%s", prefixes[i], path);
                assert_int_equal(log_open(&log, target, LOG_FORMAT_JSON, LOG_LEVEL_WARNING, &e), 0);
                assert_int_equal(log_message(&log, LOG_LEVEL_DEBUG, "not written"), 0);
                assert_int_equal(log_message(&log, LOG_LEVEL_ERROR, "one"), 0);
                assert_int_equal(log_message(&log, LOG_LEVEL_WARNING, "two"), 0);
                assert_int_equal(stat(path, &st), 0);
                assert_int_equal(st.st_mode & 07777, 0600);
                f = fopen(path, "re");
                n = fread(text, 1, sizeof text - 1, f);
                text[n] = '\0';
                fclose(f);
                assert_null(strstr(text, "not written"));
                assert_non_null(strstr(text, "{\"level\":\"error\",\"msg\":\"one\","));
                assert_non_null(strstr(text, "\"}\n{\"level\":\"warning\",\"msg\":\"two\","));
                unlink(path);
                rmdir(dir);
        }
}

static void test_bad_targets(void **state _unused_)
{
        static const struct {
                const char *target, *want;
                int num;
        } rows[] = {
                { "", "log target has no path", EINVAL },
                { "file:", "log target has no path", EINVAL },
                { "journald:", "log target 'journald:' needs an identifier after the colon", EINVAL },
                { "syslog:a\nb", "log target 'syslog:a\nb' needs an identifier after the colon", EINVAL },
                { "/nonexistent/log", "cannot open log file '/nonexistent/log': No such file or directory (ENOENT)", ENOENT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct log log = LOG_INIT;
                struct err e = ERR_INIT;

                assert_int_equal(log_open(&log, rows[i].target, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, &e), -rows[i].num);
                assert_string_equal(e.text, rows[i].want);
                assert_int_equal(log.sink, LOG_SINK_NONE);
                assert_int_equal(log_message(&log, LOG_LEVEL_ERROR, "goes nowhere"), 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_records), cmocka_unit_test(test_journald), cmocka_unit_test(test_syslog),
                cmocka_unit_test(test_levels),  cmocka_unit_test(test_file),     cmocka_unit_test(test_bad_targets),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
