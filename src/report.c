/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd.h"
#include "str.h"

static int report_fill(struct report *report, const struct cmd_args *args, enum log_format *ret_format, struct berth_error *error)
{
        *ret_format = LOG_FORMAT_TEXT;
        if (args->log_format && streq(args->log_format, "json"))
                *ret_format = LOG_FORMAT_JSON;
        else if (args->log_format && !streq(args->log_format, "text"))
                return cmd_usage(error, "it is 'text' or 'json'", "option '--log-format' has the wrong value '%s'", args->log_format);
        if (args->debug)
                report->level = LOG_LEVEL_DEBUG;
        else if (args->log_level && log_level_parse(args->log_level, &report->level) < 0)
                return cmd_usage(error, "it is 'error', 'warning', 'info' or 'debug'", "option '--log-level' has the wrong value '%s'",
                                 args->log_level);
        else if (!args->log_level && str_empty(args->log))
                /* A person is looking.  Engines read the log as one record, the error's: they get warnings only on demand. */
                report->level = LOG_LEVEL_WARNING;
        return 0;
}

int report_open(struct report *report, const struct cmd_args *args, struct berth_error *error)
{
        enum log_format format;
        struct err e = ERR_INIT;
        int fill = report_fill(report, args, &format, error), r;

        report->json_stderr = str_empty(args->log) && format == LOG_FORMAT_JSON;
        if (str_empty(args->log))
                return fill;
        r = log_open(&report->log, args->log, format, report->level, &e);
        if (r < 0 && fill >= 0)
                cmd_usage(error, e.hint[0] ? e.hint : NULL, "%s", e.text);
        return fill < 0 ? fill : r;
}

void report_done(struct report *report) { log_done(&report->log); }

static bool has_log(const struct report *report) { return report->log.sink != LOG_SINK_NONE; }

static void print_stderr(const struct report *report, enum log_level level, const char *text)
{
        _cleanup_(strbuf_done) struct strbuf record = { 0 };
        struct timespec now;

        if (!report->json_stderr) {
                fprintf(stderr, "berth: %s%s%s\n", level == LOG_LEVEL_ERROR ? "" : log_level_name(level),
                        level == LOG_LEVEL_ERROR ? "" : ": ", text);
                return;
        }
        clock_gettime(CLOCK_REALTIME, &now);
        log_format_record(&record, LOG_FORMAT_JSON, level, &now, text);
        if (!record.failed)
                fputs(record.text, stderr);
}

/* One line for machines: what a person reads on indented lines follows after semicolons.  In place: a line end and its
 * indentation are longer than what replaces them. */
static void join_lines(char *text)
{
        char *out = text;

        for (const char *in = text; *in; in++) {
                if (*in != '\n') {
                        *out++ = *in;
                        continue;
                }
                *out++ = ';';
                *out++ = ' ';
                while (in[1] == ' ')
                        in++;
        }
        *out = '\0';
}

int report_error(struct report *report, const struct berth_error *error, const char *subject)
{
        char text[4096];

        berth_error_format(error, subject, text, sizeof text);
        if (!report->json_stderr)
                print_stderr(report, LOG_LEVEL_ERROR, text);
        join_lines(text);
        if (report->json_stderr)
                print_stderr(report, LOG_LEVEL_ERROR, text);
        if (has_log(report) && log_message(&report->log, LOG_LEVEL_ERROR, text) < 0)
                fprintf(stderr, "berth: the error above could not be logged\n");
        return EXIT_FAILURE;
}

void report_log(void *arg, enum berth_log_level level, const char *text)
{
        static const enum log_level levels[] = {
                [BERTH_LOG_ERROR] = LOG_LEVEL_ERROR,
                [BERTH_LOG_WARNING] = LOG_LEVEL_WARNING,
                [BERTH_LOG_INFO] = LOG_LEVEL_INFO,
                [BERTH_LOG_DEBUG] = LOG_LEVEL_DEBUG,
        };
        struct report *report = arg;

        if (levels[level] > report->level)
                return;
        /* Of several errors of a config the log gets the one that report_error writes. */
        if (has_log(report) && level != BERTH_LOG_ERROR)
                log_message(&report->log, levels[level], text);
        else
                print_stderr(report, levels[level], text);
}
