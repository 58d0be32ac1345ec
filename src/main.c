/* SPDX-License-Identifier: Apache-2.0 */
/* berth: the command.  Parses the command line, opens the log, runs one command of the table, and exits. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

/* A caller may have closed some of 0, 1 and 2: what we open next must not take their place. */
static void fill_standard_fds(void)
{
        for (int fd = 0; fd <= 2; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void) !open("/dev/null", O_RDWR); /* the lowest free number: this one */
}

static int manager_of(const struct cmd_args *args, enum berth_cgroup_manager *ret, struct berth_error *error)
{
        const char *name = args->cgroup_manager;

        if (!name)
                *ret = args->systemd_cgroup ? BERTH_CGROUP_SYSTEMD : BERTH_CGROUP_CGROUPFS;
        else if (streq(name, "cgroupfs"))
                *ret = BERTH_CGROUP_CGROUPFS;
        else if (streq(name, "systemd"))
                *ret = BERTH_CGROUP_SYSTEMD;
        else if (streq(name, "disabled"))
                *ret = BERTH_CGROUP_DISABLED;
        else
                return cmd_usage(error, "it is 'cgroupfs', 'systemd' or 'disabled'", "option '--cgroup-manager' has the wrong value '%s'",
                                 name);
        return 0;
}

static enum berth_log_level public_level(enum log_level level)
{
        static const enum berth_log_level levels[] = {
                [LOG_LEVEL_ERROR] = BERTH_LOG_ERROR,
                [LOG_LEVEL_WARNING] = BERTH_LOG_WARNING,
                [LOG_LEVEL_INFO] = BERTH_LOG_INFO,
                [LOG_LEVEL_DEBUG] = BERTH_LOG_DEBUG,
        };
        return levels[level];
}

static int print_help(const struct cmd_env *env, const struct cli_command *command)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        cli_help(command, &text);
        return cmd_print_buffer(env, &text);
}

static int run_command(const struct cli_line *line, char *const argv[], struct report *report)
{
        _cleanup_(berth_context_freep) struct berth_context *ctx = berth_context_new();
        struct cmd_env env = { .ctx = ctx, .report = report, .args = &line->args, .argv = argv };
        enum berth_cgroup_manager manager = BERTH_CGROUP_CGROUPFS;
        struct berth_error error;

        if (line->args.help)
                return print_help(&env, line->command);
        if (line->args.version && !line->command)
                return cmd_version(&env);
        if (!ctx) {
                cmd_usage(&error, NULL, "out of memory");
                return report_error(report, &error, NULL);
        }
        if (manager_of(&line->args, &manager, &error) < 0 || berth_context_set_root(ctx, line->args.root, &error) < 0)
                return report_error(report, &error, NULL);
        berth_context_set_cgroup_manager(ctx, manager);
        berth_context_set_log(ctx, report_log, report, public_level(report->level));
        return line->command->run(&env);
}

int main(int argc, char *argv[])
{
        _cleanup_free_ const char **words = calloc((size_t) argc + 1, sizeof *words);
        _cleanup_(report_done) struct report report = REPORT_INIT;
        struct cli_line line = { .words = words };
        struct berth_error error, log_error;
        int parsed, opened;

        fill_standard_fds();
        signal(SIGCHLD, SIG_DFL); /* ignored, it would take the children's exit codes away */
        if (!words) {
                fputs("berth: out of memory: Cannot allocate memory (ENOMEM)\n", stderr);
                return EXIT_FAILURE;
        }
        parsed = cli_parse(argc, argv, &line, &error);
        opened = report_open(&report, &line.args, &log_error);
        if (parsed < 0)
                return report_error(&report, &error, NULL);
        if (opened < 0)
                return report_error(&report, &log_error, NULL);
        return run_command(&line, argv, &report);
}
