/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"

#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "num.h"
#include "str.h"

int cmd_usage(struct berth_error *error, const char *hint, const char *fmt, ...)
{
        va_list ap;

        *error = (struct berth_error) { .num = EINVAL, .cls = BERTH_ERROR_USAGE, .step = -1 };
        va_start(ap, fmt);
        vsnprintf(error->text, sizeof error->text, fmt, ap);
        va_end(ap);
        if (hint)
                snprintf(error->hint, sizeof error->hint, "%s", hint);
        return -EINVAL;
}

const char *cmd_subject(const char *verb, const char *id, char *buf, size_t size)
{
        snprintf(buf, size, "%s '%s'", verb, id);
        return buf;
}

static int errno_by_name(const char *name)
{
        enum { LAST_ERRNO = 133 };

        for (int num = 1; num <= LAST_ERRNO; num++)
                if (streq(errno_name(num), name))
                        return num;
        return 0;
}

/* "ROW" dies before that row, "ROW:EPERM" fails there; with "+ROW" once it is done. */
static int parse_fault(const char *text, struct berth_fault *ret, struct berth_error *error)
{
        struct berth_fault fault = { .kind = BERTH_FAULT_KILL, .after = text[0] == '+' };
        size_t row_len;
        uint64_t row;

        text += fault.after;
        row_len = strcspn(text, ":");
        if (num_parse_u64(text, row_len, 10, &row) < 0 || row > INT_MAX)
                return cmd_usage(error, NULL, "option '--fault-at' needs the number of a row, not '%s'", text);
        fault.row = (int) row;
        if (text[row_len]) {
                fault.kind = BERTH_FAULT_ERROR;
                fault.num = errno_by_name(text + row_len + 1);
                if (!fault.num)
                        return cmd_usage(error, NULL, "option '--fault-at' needs the name of an errno, not '%s'", text + row_len + 1);
        }
        *ret = fault;
        return 0;
}

/* On standard error, since standard output may be the container's. */
static void print_timing(void *arg _unused_, const struct berth_timing *timing)
{
        fprintf(stderr, "berth: timing: %4u  %-6s  at %9.3f  took %8.3f ms  %-8s  %s\n", timing->row, timing->context,
                (double) timing->begin_nsec / 1e6, (double) (timing->end_nsec - timing->begin_nsec) / 1e6, timing->phase, timing->step);
}

int cmd_create_options(const struct cmd_env *env, struct berth_create_options *ret, struct berth_error *error)
{
        const struct cmd_args *args = env->args;
        struct berth_create_options options = BERTH_CREATE_OPTIONS_INIT;

        options.bundle = args->bundle;
        options.config = args->config;
        options.console_socket = args->console_socket;
        options.pid_file = args->pid_file;
        options.pidfd_socket = args->pidfd_socket;
        options.preserve_fds = args->preserve_fds;
        options.no_pivot = args->no_pivot;
        options.no_new_keyring = args->no_new_keyring;
        options.no_subreaper = args->no_subreaper;
        options.strict = args->strict;
        options.detach = args->detach;
        options.keep = args->keep;
        if (args->timing)
                options.timing = print_timing;
        *ret = options;
        return args->fault_at ? parse_fault(args->fault_at, &ret->fault, error) : 0;
}

int cmd_print(const struct cmd_env *env, const char *text)
{
        struct berth_error error;

        if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
                return EXIT_SUCCESS;
        cmd_usage(&error, NULL, "cannot write to standard output: %s (%s)", errno_text(errno), errno_name(errno));
        return report_error(env->report, &error, NULL);
}

int cmd_print_buffer(const struct cmd_env *env, const struct strbuf *text)
{
        struct berth_error error;

        if (!text->failed)
                return cmd_print(env, text->text ? text->text : "");
        cmd_usage(&error, NULL, "out of memory");
        return report_error(env->report, &error, NULL);
}

struct matching {
        const struct cmd_env *env;
        const regex_t *regex;
        int (*each)(const struct cmd_env *env, const char *id);
        int status;
};

static int each_match(void *arg, const struct berth_state *state)
{
        struct matching *m = arg;

        if (regexec(m->regex, state->id, 0, NULL, 0) == 0 && m->each(m->env, state->id) != EXIT_SUCCESS)
                m->status = EXIT_FAILURE;
        return 0;
}

int cmd_for_each_match(const struct cmd_env *env, const char *pattern, int (*each)(const struct cmd_env *env, const char *id))
{
        struct berth_error error;
        char why[128];
        regex_t regex;
        struct matching m = { .env = env, .regex = &regex, .each = each, .status = EXIT_SUCCESS };
        int r = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);

        if (r != 0) {
                regerror(r, &regex, why, sizeof why);
                cmd_usage(&error, NULL, "'%s' is no regular expression: %s", pattern, why);
                return report_error(env->report, &error, NULL);
        }
        r = berth_list(env->ctx, each_match, &m, &error);
        regfree(&regex);
        return r < 0 ? report_error(env->report, &error, NULL) : m.status;
}
