/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: one row of the table in main.c and one file cmd-NAME.c each.
 * Owns: nothing.  Layer: src.
 *
 * A command turns its arguments into one call of the library and the answer into output.  It returns the exit status;
 * what fails goes through report_error.
 */
#ifndef BERTH_CMD_H
#define BERTH_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "berth.h"
#include "report.h"
#include "str.h"

/* What the command line said, for all commands: an option's row names the member that it sets. */
struct cmd_args {
        /* global */
        const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless, *ignored_text;
        bool debug, systemd_cgroup, help, version, ignored;
        /* of commands */
        const char *bundle, *config, *console_socket, *pid_file, *pidfd_socket, *format, *file, *fault_at;
        const char *output, *name, *era, *report_file, *report_format, *helper, *lxcpath;
        const char *hook_type, *section, *rootfs_path, *rootfs_mount; /* lxc-hook */
        unsigned preserve_fds, hook_version;
        bool no_pivot, no_new_keyring, no_subreaper, detach, keep, timing, strict, all, regex, force, quiet, spec_rootless;
        bool app, system, portable, overwrite, cgroup_v1, to_lxc, list_keys, roff;

        const char *const *words; /* what is no option, in order: the id and so on */
        size_t n_words;
        size_t n_before; /* how many of them stand before "--" */
};

struct cmd_env {
        struct berth_context *ctx;
        struct report *report;
        const struct cmd_args *args;
        char *const *argv; /* as main got it */
};

#define CMD_COMMANDS(X) \
        X(convert) X(create) X(delete) X(features) X(kill) X(list) X(lxc_hook) X(lxc_net) X(plan) X(run) \
        X(spec) X(start) X(state) X(validate) X(version)
#define X(name) int cmd_##name(const struct cmd_env *env);
CMD_COMMANDS(X)
#undef X

/* ---- shared by several commands ------------------------------------------------------------------------------- */

/* The options of create, run, plan and validate as the library takes them.  0, or -EINVAL with ERROR set. */
int cmd_create_options(const struct cmd_env *env, struct berth_create_options *ret, struct berth_error *error);

/* "create 'web1'", for error reports; in BUF. */
const char *cmd_subject(const char *verb, const char *id, char *buf, size_t size);

/* A usage error: fills ERROR and returns -EINVAL. */
int cmd_usage(struct berth_error *error, const char *hint, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* TEXT on standard output; a full disk or closed pipe is an error like any other.  Returns the exit status. */
int cmd_print(const struct cmd_env *env, const char *text);
int cmd_print_buffer(const struct cmd_env *env, const struct strbuf *text);

/* Call EACH with every id that the extended regular expression PATTERN matches.  Goes on after failures; returns the exit
 * status: 0 when all succeeded. */
int cmd_for_each_match(const struct cmd_env *env, const char *pattern, int (*each)(const struct cmd_env *env, const char *id));

#endif
