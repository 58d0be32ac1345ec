/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *const level_names[] = { "error", "warning", "info", "debug" };
/* syslog(3) severities, which journald uses too */
static const int severities[] = { 3, 4, 6, 7 };
enum { FACILITY_DAEMON = 3 << 3 };

const char *log_level_name(enum log_level level) { return level_names[level]; }

int log_level_parse(const char *word, enum log_level *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(level_names); i++)
                if (streq(word, level_names[i])) {
                        *ret = (enum log_level) i;
                        return 0;
                }
        return -EINVAL;
}

static void add_time(struct strbuf *out, const struct timespec *when)
{
        struct tm tm = { 0 };

        gmtime_r(&when->tv_sec, &tm);
        strbuf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                      tm.tm_hour, tm.tm_min, tm.tm_sec, when->tv_nsec / 1000);
}

void log_format_record(struct strbuf *out, enum log_format format, enum log_level level, const struct timespec *when,
                       const char *text)
{
        if (format == LOG_FORMAT_JSON) {
                strbuf_printf(out, "{\"level\":\"%s\",\"msg\":", level_names[level]);
                strbuf_add_json(out, text);
                strbuf_adds(out, ",\"time\":\"");
                add_time(out, when);
                strbuf_adds(out, "\"}\n");
                return;
        }
        strbuf_adds(out, "time=\"");
        add_time(out, when);
        strbuf_printf(out, "\" level=%s msg=", level_names[level]);
        strbuf_add_json(out, text);
        strbuf_addc(out, '\n');
}

/* A field of the native protocol: KEY=VALUE, or, when the value holds a newline, KEY, its length in 64 bits (least
 * significant byte first) and the value.  https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ */
static void add_field(struct strbuf *out, const char *key, const char *value)
{
        size_t len = strlen(value);

        strbuf_adds(out, key);
        if (!strchr(value, '\n')) {
                strbuf_printf(out, "=%s\n", value);
                return;
        }
        strbuf_addc(out, '\n');
        for (unsigned i = 0; i < 8; i++)
                strbuf_addc(out, (char) ((uint64_t) len >> (8 * i) & 0xff));
        strbuf_add(out, value, len);
        strbuf_addc(out, '\n');
}

void log_format_journald(struct strbuf *out, const char *ident, enum log_level level, const char *text)
{
        add_field(out, "MESSAGE", text);
        strbuf_printf(out, "PRIORITY=%d\n", severities[level]);
        add_field(out, "SYSLOG_IDENTIFIER", ident);
}

/* RFC 3164 as /dev/log expects it: no host name; the message on one line. */
void log_format_syslog(struct strbuf *out, const char *ident, pid_t pid, enum log_level level, const struct timespec *when,
                       const char *text)
{
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        struct tm tm = { 0 };

        localtime_r(&when->tv_sec, &tm);
        strbuf_printf(out, "<%d>%.3s %2d %02d:%02d:%02d %s[%d]: ", FACILITY_DAEMON | severities[level],
                      months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ident, (int) pid);
        for (const char *c = text; *c; c++)
                strbuf_addc(out, *c == '\n' ? ' ' : *c);
}

static int open_socket(struct log *log, const char *path, struct err *e)
{
        struct sockaddr_un addr = { .sun_family = AF_UNIX };

        snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
        log->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (log->fd < 0)
                return err_sys(e, errno, "socket", "cannot make a socket for the log");
        if (connect(log->fd, (struct sockaddr *) &addr, sizeof addr) < 0)
                return err_sys(e, errno, "connect", "cannot reach the log daemon at '%s'", path);
        return 0;
}

static int open_daemon(struct log *log, enum log_sink sink, const char *ident, struct err *e)
{
        const char *scheme = sink == LOG_SINK_SYSLOG ? "syslog" : "journald";

        if (!ident[0] || strpbrk(ident, "\n\r"))
                return err_set(e, ERR_USAGE, EINVAL, "log target '%s:%s' needs an identifier after the colon", scheme, ident);
        log->ident = strdup(ident);
        if (!log->ident)
                return err_nomem(e);
        log->sink = sink;
        return open_socket(log, sink == LOG_SINK_SYSLOG ? "/dev/log" : "/run/systemd/journal/socket", e);
}

static int open_file(struct log *log, const char *path, struct err *e)
{
        if (!path[0])
                return err_set(e, ERR_USAGE, EINVAL, "log target has no path");
        log->sink = LOG_SINK_FILE;
        log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
        if (log->fd < 0)
                return err_sys(e, errno, "open", "cannot open log file '%s'", path);
        return 0;
}

static int open_target(struct log *log, const char *target, struct err *e)
{
        const char *rest;

        if ((rest = str_after(target, "journald:")))
                return open_daemon(log, LOG_SINK_JOURNALD, rest, e);
        if ((rest = str_after(target, "syslog:")))
                return open_daemon(log, LOG_SINK_SYSLOG, rest, e);
        rest = str_after(target, "file:");
        return open_file(log, rest ? rest : target, e);
}

int log_open(struct log *log, const char *target, enum log_format format, enum log_level level, struct err *e)
{
        int r;

        log_done(log);
        log->format = format;
        log->level = level;
        r = open_target(log, target, e);
        if (r < 0)
                log_done(log);
        return r;
}

void log_done(struct log *log)
{
        safe_close(log->fd);
        free(log->ident);
        *log = LOG_INIT;
}

/* One write a record: with O_APPEND records of several processes do not mix. */
static int write_all(int fd, const char *text, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, text, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                text += n;
                len -= (size_t) n;
        }
        return 0;
}

/* What is too large for a datagram goes to journald as a sealed memfd. */
static int send_memfd(int sock_fd, const char *text, size_t len)
{
        _cleanup_close_ int fd = memfd_create("berth-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct msghdr msg = { .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, text, len);
        if (r < 0)
                return r;
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
                return -errno;
        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
        return sendmsg(sock_fd, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send_datagram(const struct log *log, const char *text, size_t len)
{
        if (send(log->fd, text, len, MSG_NOSIGNAL) >= 0)
                return 0;
        if ((errno == EMSGSIZE || errno == ENOBUFS) && log->sink == LOG_SINK_JOURNALD)
                return send_memfd(log->fd, text, len);
        return -errno;
}

int log_message(struct log *log, enum log_level level, const char *text)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        struct timespec now;

        if (log->sink == LOG_SINK_NONE || level > log->level)
                return 0;
        clock_gettime(CLOCK_REALTIME, &now);
        switch (log->sink) {
        case LOG_SINK_JOURNALD:
                log_format_journald(&out, log->ident, level, text);
                break;
        case LOG_SINK_SYSLOG:
                log_format_syslog(&out, log->ident, getpid(), level, &now, text);
                break;
        default:
                log_format_record(&out, log->format, level, &now, text);
        }
        if (out.failed)
                return -ENOMEM;
        return log->sink == LOG_SINK_FILE ? write_all(log->fd, out.text, out.len) : send_datagram(log, out.text, out.len);
}
