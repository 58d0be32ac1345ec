/* SPDX-License-Identifier: Apache-2.0 */
/* Where messages for the caller go beside standard error: the values of --log, --log-format and --log-level.
 * Owns: struct log owns its fd and its texts.  Layer: base.  Context: only src/ calls it; one thread; not after clone.
 *
 *      _cleanup_(log_done) struct log log = LOG_INIT;
 *      r = log_open(&log, "file:/run/c1/log.json", LOG_FORMAT_JSON, LOG_LEVEL_WARNING, e);
 *      log_message(&log, LOG_LEVEL_ERROR, "container 'c1' does not exist");
 *
 * The JSON format is what the engines read: one object a line with "level", "msg" and "time" (RFC 3339, UTC).  Podman
 * takes the whole file as one object, containerd's shim takes the last one of level "error": so a failed command writes
 * exactly one record at the default level.  The text format has the same three fields as key=value.
 */
#ifndef BERTH_BASE_LOG_H
#define BERTH_BASE_LOG_H

#include <stdbool.h>
#include <time.h>

#include "err.h"
#include "str.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum log_sink { LOG_SINK_NONE, LOG_SINK_FILE, LOG_SINK_JOURNALD, LOG_SINK_SYSLOG };

struct log {
        enum log_sink sink;
        enum log_format format; /* of the file sink; the others have their own */
        enum log_level level;   /* the least urgent that is written */
        int fd;                 /* owned */
        char *ident;            /* owned: the identifier for journald and syslog */
};
#define LOG_INIT ((struct log) { .fd = -EBADF, .level = LOG_LEVEL_WARNING })

/* Open the sink that TARGET names: "PATH" or "file:PATH" (appended to, made with mode 0600), "journald:ID", "syslog:ID".
 * Files are opened now, so that a wrong path is an error of the command line and not a lost message.
 * Returns 0, or: -EINVAL TARGET has no path or identifier; -errno of open(2) or connect(2). */
int log_open(struct log *log, const char *target, enum log_format format, enum log_level level, struct err *e);
void log_done(struct log *log);

/* Write TEXT (one message, of any length, without newline at its end) unless LEVEL is below the log's own.
 * Returns 0, or -errno: a message could not be written.  Never blocks on a full socket. */
int log_message(struct log *log, enum log_level level, const char *text);

/* "error", "warning", "info" or "debug", as --log-level takes them; -EINVAL.  The other way round. */
int log_level_parse(const char *word, enum log_level *ret);
const char *log_level_name(enum log_level level);

/* Pure: a record of the file sink, newline included; a datagram for journald, one for syslog.  WHEN is the real time. */
void log_format_record(struct strbuf *out, enum log_format format, enum log_level level, const struct timespec *when,
                       const char *text);
void log_format_journald(struct strbuf *out, const char *ident, enum log_level level, const char *text);
void log_format_syslog(struct strbuf *out, const char *ident, pid_t pid, enum log_level level, const struct timespec *when,
                       const char *text);

#endif
