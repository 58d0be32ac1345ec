/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that prints errors, warnings and debug lines.
 * Owns: struct report owns its log.  Layer: src.
 *
 * Errors go to standard error, where a person reads them on several lines, and to --log, where engines want exactly one
 * record.  Warnings go to standard error; where there is a --log, they go there, and only when --log-level or --debug asks
 * for them: podman takes the whole log for one object.
 */
#ifndef BERTH_REPORT_H
#define BERTH_REPORT_H

#include <stdbool.h>

#include "berth.h"
#include "log.h"

struct report {
        struct log log;
        bool json_stderr;     /* --log-format json without --log: standard error is the log */
        enum log_level level; /* the least urgent that is shown */
};
#define REPORT_INIT ((struct report) { .log = LOG_INIT, .level = LOG_LEVEL_ERROR })

struct cmd_args;
/* Obey --log, --log-format, --log-level and --debug.  0, or -errno with ERROR set; the report is usable either way. */
int report_open(struct report *report, const struct cmd_args *args, struct berth_error *error);
void report_done(struct report *report);

/* Print ERROR; SUBJECT is what was being done ("create 'web1'") or NULL.  Returns EXIT_FAILURE. */
int report_error(struct report *report, const struct berth_error *error, const char *subject);

/* A berth_log_fn; ARG is the report. */
void report_log(void *arg, enum berth_log_level level, const char *text);

#endif
