/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <limits.h>
#include <string.h>

#include "num.h"

struct parser {
        char *const *argv;
        int argc, next; /* the word after the current one */
        struct cli_line *line;
        struct berth_error *error;
};

static const struct cli_option *options_of(const struct cli_command *command, size_t *ret_n)
{
        *ret_n = command ? command->n_options : cli_n_global_options;
        return command ? command->options : cli_global_options;
}

/* Every command knows --help beside the options of its row. */
static const struct cli_option help_option = { "help", 'h', CLI_FLAG, offsetof(struct cmd_args, help), NULL, "show this help" };

static const struct cli_option *find_long(const struct cli_command *command, const char *name, size_t len)
{
        size_t n;
        const struct cli_option *options = options_of(command, &n);

        for (size_t i = 0; i < n; i++)
                if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
                        return &options[i];
        return len == 4 && memcmp(name, "help", 4) == 0 ? &help_option : NULL;
}

static const struct cli_option *find_letter(const struct cli_command *command, char letter)
{
        size_t n;
        const struct cli_option *options = options_of(command, &n);

        for (size_t i = 0; i < n; i++)
                if (options[i].letter && options[i].letter == letter)
                        return &options[i];
        return letter == 'h' || letter == '?' ? &help_option : NULL;
}

const struct cli_command *cli_find_command(const char *name)
{
        for (size_t i = 0; i < cli_n_commands; i++)
                if (streq(cli_commands[i].name, name))
                        return &cli_commands[i];
        return NULL;
}

/* ---- what is wrong --------------------------------------------------------------------------------------------- */

enum { MAX_NAMES = 64 };

static int unknown_command(struct parser *p, const char *name)
{
        const char *names[MAX_NAMES], *near;
        char hint[128];

        for (size_t i = 0; i < cli_n_commands; i++)
                names[i] = cli_commands[i].name;
        near = str_nearest(name, names, cli_n_commands);
        if (near)
                snprintf(hint, sizeof hint, "did you mean '%s'?", near);
        return cmd_usage(p->error, near ? hint : "'berth --help' lists the commands", "unknown command '%s'", name);
}

static const char *nearest_option(const struct cli_command *command, const char *name)
{
        size_t n, shown = 0;
        const struct cli_option *options = options_of(command, &n);
        const char *names[MAX_NAMES];

        for (size_t i = 0; i < n && shown < MAX_NAMES; i++)
                if (options[i].help)
                        names[shown++] = options[i].name;
        return str_nearest(name, names, shown);
}

static int unknown_option(struct parser *p, const char *dashes, const char *name, size_t len)
{
        const struct cli_command *command = p->line->command;
        const char *owner = command ? command->name : "berth", *near;
        char word[64], hint[160];

        snprintf(word, sizeof word, "%.*s", (int) MIN(len, sizeof word - 1), name);
        near = nearest_option(command, word);
        if (command && find_long(NULL, name, len))
                snprintf(hint, sizeof hint, "'%s%s' is for all commands: give it before '%s'", dashes, word, command->name);
        else if (near && dashes[1])
                snprintf(hint, sizeof hint, "did you mean '--%s'?", near);
        else
                snprintf(hint, sizeof hint, "'berth %s%s--help' lists the options", command ? command->name : "", command ? " " : "");
        return cmd_usage(p->error, hint, "unknown option '%s%s' of '%s'", dashes, word, owner);
}

static int wrong_words(struct parser *p)
{
        const struct cli_command *command = p->line->command;
        const struct cmd_args *args = &p->line->args;
        char hint[160];

        snprintf(hint, sizeof hint, "usage: berth %s [OPTIONS]%s%s", command->name, command->words[0] ? " " : "", command->words);
        if (args->n_words > command->max_words)
                return cmd_usage(p->error, hint, "'%s' takes no word '%s'", command->name, args->words[command->max_words]);
        return cmd_usage(p->error, hint, "'%s' requires an argument: %s", command->name, command->words);
}

/* ---- parsing --------------------------------------------------------------------------------------------------- */

static int set_flag(struct parser *p, const struct cli_option *option, const char *value)
{
        bool *flag = (bool *) ((char *) &p->line->args + option->offset);

        if (!value || streq(value, "true") || streq(value, "1"))
                *flag = true;
        else if (streq(value, "false") || streq(value, "0"))
                *flag = false;
        else
                return cmd_usage(p->error, "it is 'true' or 'false', or nothing at all", "option '--%s' has the wrong value '%s'",
                                 option->name, value);
        return 0;
}

static int set_number(struct parser *p, const struct cli_option *option, const char *value)
{
        int64_t number;

        if (num_parse_range(value, 0, INT_MAX, &number) < 0)
                return cmd_usage(p->error, NULL, "option '--%s' needs a number from 0 to %d, not '%s'", option->name, INT_MAX, value);
        *(unsigned *) ((char *) &p->line->args + option->offset) = (unsigned) number;
        return 0;
}

/* VALUE is what was written behind '=', or NULL. */
static int set_option(struct parser *p, const struct cli_option *option, const char *value)
{
        if (option->type == CLI_FLAG)
                return set_flag(p, option, value);
        if (!value && p->next < p->argc)
                value = p->argv[p->next++];
        if (!value)
                return cmd_usage(p->error, NULL, "option '--%s' requires an argument", option->name);
        if (option->type == CLI_NUMBER)
                return set_number(p, option, value);
        *(const char **) ((char *) &p->line->args + option->offset) = value;
        return 0;
}

static int parse_long(struct parser *p, const char *dashes, const char *text)
{
        size_t len = strcspn(text, "=");
        const struct cli_option *option = find_long(p->line->command, text, len);

        if (!option)
                return unknown_option(p, dashes, text, len);
        return set_option(p, option, text[len] ? text + len + 1 : NULL);
}

static int parse_letters(struct parser *p, const char *text)
{
        for (; *text; text++) {
                const struct cli_option *option = find_letter(p->line->command, *text);
                const char *rest = text + 1;
                int r;

                if (!option)
                        return unknown_option(p, "-", text, 1);
                if (option->type == CLI_FLAG && *rest != '=') {
                        r = set_option(p, option, NULL);
                        if (r < 0)
                                return r;
                        continue;
                }
                return set_option(p, option, *rest == '=' ? rest + 1 : *rest ? rest : NULL);
        }
        return 0;
}

/* A word that begins with a dash.  Go programs write long names behind one dash as well. */
static int parse_option(struct parser *p, const char *word)
{
        if (word[1] == '-')
                return parse_long(p, "--", word + 2);
        if (word[2] && find_long(p->line->command, word + 1, strcspn(word + 1, "=")))
                return parse_long(p, "-", word + 1);
        return parse_letters(p, word + 1);
}

static int parse_word(struct parser *p, const char *word)
{
        struct cli_line *line = p->line;

        if (line->command) {
                line->words[line->args.n_words++] = word;
                return 0;
        }
        /* "berth help create" is "berth create --help". */
        if (streq(word, "help") && !cli_find_command("help")) {
                line->args.help = true;
                if (p->next >= p->argc)
                        return 0;
                word = p->argv[p->next++];
        }
        line->command = cli_find_command(word);
        return line->command ? 0 : unknown_command(p, word);
}

int cli_parse(int argc, char *const argv[], struct cli_line *line, struct berth_error *error)
{
        struct parser p = { .argv = argv, .argc = argc, .next = 1, .line = line, .error = error };
        bool options = true;

        line->args.words = line->words;
        line->args.n_before = SIZE_MAX;
        while (p.next < argc) {
                const char *word = argv[p.next++];
                int r = 0;

                if (options && streq(word, "--")) {
                        options = false;
                        line->args.n_before = line->args.n_words;
                } else if (options && word[0] == '-' && word[1]) {
                        r = parse_option(&p, word);
                } else {
                        r = parse_word(&p, word);
                }
                if (r < 0)
                        return r;
        }
        line->args.n_before = MIN(line->args.n_before, line->args.n_words);
        if (line->args.help || line->args.version)
                return 0;
        if (!line->command)
                return cmd_usage(error, "'berth --help' lists the commands", "no command was given");
        if (line->args.n_words < line->command->min_words || line->args.n_words > line->command->max_words)
                return wrong_words(&p);
        return 0;
}

/* ---- help ------------------------------------------------------------------------------------------------------ */

enum { HELP_COLUMNS = 80, HELP_INDENT = 28 };

/* TEXT in lines of at most HELP_COLUMNS, each after INDENT spaces; the first stands at COLUMN already. */
static void add_wrapped(struct strbuf *out, const char *text, size_t indent, size_t column)
{
        while (*text) {
                size_t len = strcspn(text, " ");

                if (column > indent && column + 1 + len > HELP_COLUMNS) {
                        strbuf_addc(out, '\n');
                        column = 0;
                } else if (column > indent) {
                        strbuf_addc(out, ' ');
                        column++;
                }
                for (; column < indent; column++)
                        strbuf_addc(out, ' ');
                strbuf_add(out, text, len);
                column += len;
                text += len;
                text += strspn(text, " ");
        }
        strbuf_addc(out, '\n');
}

static void add_option(struct strbuf *out, const struct cli_option *option)
{
        size_t start = out->len, column;

        if (!option->help)
                return;
        if (option->letter)
                strbuf_printf(out, "  -%c, --%s", option->letter, option->name);
        else
                strbuf_printf(out, "      --%s", option->name);
        if (option->value)
                strbuf_printf(out, " %s", option->value);
        column = out->len - start;
        if (column + 2 > HELP_INDENT) {
                strbuf_addc(out, '\n');
                column = 0;
        }
        add_wrapped(out, option->help, HELP_INDENT, column);
}

static void add_options(struct strbuf *out, const struct cli_option *options, size_t n)
{
        for (size_t i = 0; i < n; i++)
                add_option(out, &options[i]);
}

static void help_all(struct strbuf *out)
{
        strbuf_adds(out, "Usage: berth [GLOBAL OPTIONS] COMMAND [OPTIONS] [WORDS]\n\n"
                         "Makes and runs OCI containers.\n\nCommands:\n");
        for (size_t i = 0; i < cli_n_commands; i++)
                strbuf_printf(out, "  %-10s %s\n", cli_commands[i].name, cli_commands[i].summary);
        strbuf_adds(out, "\nGlobal options:\n");
        add_options(out, cli_global_options, cli_n_global_options);
        strbuf_adds(out, "\n'berth COMMAND --help' tells more about one; the manual is berth(1).\n");
}

void cli_help(const struct cli_command *command, struct strbuf *out)
{
        if (!command) {
                help_all(out);
                return;
        }
        strbuf_printf(out, "Usage: berth [GLOBAL OPTIONS] %s [OPTIONS]%s%s\n\n", command->name, command->words[0] ? " " : "",
                      command->words);
        add_wrapped(out, command->text ? command->text : command->summary, 0, 0);
        strbuf_adds(out, "\nOptions:\n");
        add_options(out, command->options, command->n_options);
        add_option(out, &help_option);
}
