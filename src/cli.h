/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: a table of commands and options, the parser that obeys it, and the help that is printed from it.
 * Owns: nothing; texts point into argv.  Layer: src, pure (help writes into a buffer).
 *
 * Understood: --name VALUE, --name=VALUE, -nVALUE, -n VALUE, clusters of short flags, long names after a single dash as Go
 * programs pass them (-no-subreaper), flags with a value (--tty=false), options before and after other words, and "--".
 * Names are not abbreviated: an abbreviation that is unique today breaks with tomorrow's option.
 */
#ifndef BERTH_CLI_H
#define BERTH_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd.h"
#include "str.h"

enum cli_type {
        CLI_FLAG,   /* bool */
        CLI_TEXT,   /* const char * */
        CLI_NUMBER, /* unsigned */
};

struct cli_option {
        const char *name; /* without dashes */
        char letter;      /* 0: none */
        enum cli_type type;
        size_t offset;    /* in struct cmd_args */
        const char *value; /* what help calls the value; NULL for flags */
        const char *help;  /* NULL: accepted, but not shown */
};

struct cli_command {
        const char *name;
        const char *words;   /* "ID [SIGNAL]" */
        size_t min_words, max_words;
        const char *summary; /* one line of the command list */
        const char *text;    /* a paragraph for --help; NULL: the summary is enough */
        const struct cli_option *options;
        size_t n_options;
        int (*run)(const struct cmd_env *env);
};

/* The table (table.c). */
extern const struct cli_command cli_commands[];
extern const size_t cli_n_commands;
extern const struct cli_option cli_global_options[];
extern const size_t cli_n_global_options;

/* The parts of a command line. */
struct cli_line {
        const struct cli_command *command; /* NULL: none was named */
        struct cmd_args args;
        const char **words; /* storage for args.words: room for argc pointers, the caller's */
};

/* Parse ARGV.  What was understood before a failure is in *LINE, so that --log is known when the failure is reported.
 * 0, or -EINVAL with ERROR set. */
int cli_parse(int argc, char *const argv[], struct cli_line *line, struct berth_error *error);

/* Help for COMMAND, or for all with NULL; at most 80 columns. */
void cli_help(const struct cli_command *command, struct strbuf *out);

const struct cli_command *cli_find_command(const char *name);

#endif
