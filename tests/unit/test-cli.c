/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: the parser with the real table, and what is said about mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli.h"

/* The table names the commands; here none of them runs. */
#define COMMAND(name) int cmd_##name(const struct cmd_env *env _unused_) { return 0; }
COMMAND(convert) COMMAND(create) COMMAND(delete) COMMAND(features) COMMAND(kill) COMMAND(list) COMMAND(lxc_hook) COMMAND(lxc_net)
COMMAND(plan) COMMAND(run) COMMAND(spec) COMMAND(start) COMMAND(state) COMMAND(validate) COMMAND(version)

static const char *words[32];

static int parse(const char *const *argv, struct cli_line *line, struct berth_error *error)
{
        int argc = 0;

        while (argv[argc])
                argc++;
        *line = (struct cli_line) { .words = words };
        *error = (struct berth_error) { 0 };
        return cli_parse(argc, (char *const *) argv, line, error);
}

#define PARSE(...) parse((const char *const[]) { "berth", __VA_ARGS__, NULL }, &line, &error)
#define PARSE_GOOD(...)                                                                                                \
        do {                                                                                                           \
                if (PARSE(__VA_ARGS__) < 0)                                                                            \
                        fail_msg("%s", error.text);                                                                    \
        } while (0)

/* The lines of compat.md's callers, as they write them. */
/* Words before and after "--" can be told apart. */
static void test_words_before_dashes(void **state _unused_)
{
        struct berth_error error;
        struct cli_line line;

        PARSE_GOOD("convert", "a", "-o", "d", "b", "--", "sh", "-c");
        assert_int_equal(line.args.n_words, 4);
        assert_int_equal(line.args.n_before, 2);
        assert_string_equal(line.args.words[3], "-c");
        PARSE_GOOD("convert", "a");
        assert_int_equal(line.args.n_before, 1);
}

static void test_callers(void **state _unused_)
{
        struct berth_error error;
        struct cli_line line;

        PARSE_GOOD("--root", "/r", "--debug", "--log", "/l", "--log-format", "json", "--systemd-cgroup", "--rootless=true", "create",
                   "--bundle", "/b", "--pid-file", "/p", "--console-socket", "/c", "--pidfd-socket", "/f", "--no-pivot",
                   "--no-new-keyring", "--preserve-fds", "3", "ctr1");
        assert_string_equal(line.command->name, "create");
        assert_string_equal(line.args.root, "/r");
        assert_string_equal(line.args.log, "/l");
        assert_string_equal(line.args.log_format, "json");
        assert_true(line.args.debug && line.args.systemd_cgroup && line.args.no_pivot && line.args.no_new_keyring);
        assert_string_equal(line.args.bundle, "/b");
        assert_string_equal(line.args.pid_file, "/p");
        assert_string_equal(line.args.console_socket, "/c");
        assert_string_equal(line.args.pidfd_socket, "/f");
        assert_int_equal(line.args.preserve_fds, 3);
        assert_int_equal(line.args.n_words, 1);
        assert_string_equal(line.args.words[0], "ctr1");

        PARSE_GOOD("create", "--detach", "--no-subreaper", "-b", "/b", "-f", "/x.json", "c");
        assert_string_equal(line.args.config, "/x.json");
        PARSE_GOOD("run", "-no-subreaper", "-bundle=/b", "-d", "--keep", "c");
        assert_true(line.args.no_subreaper && line.args.detach && line.args.keep);
        assert_string_equal(line.args.bundle, "/b");
        PARSE_GOOD("kill", "--all", "c", "9");
        assert_true(line.args.all);
        assert_string_equal(line.args.words[1], "9");
        PARSE_GOOD("kill", "c", "SIGTERM", "-a");
        assert_true(line.args.all);
        PARSE_GOOD("delete", "c", "--force");
        assert_true(line.args.force);
        PARSE_GOOD("list", "--format=json");
        assert_string_equal(line.args.format, "json");
        PARSE_GOOD("list", "-f", "json", "-q");
        assert_true(line.args.quiet);
        PARSE_GOOD("--cgroup-manager=disabled", "--log-level", "debug", "state", "c");
        assert_string_equal(line.args.cgroup_manager, "disabled");
        PARSE_GOOD("--criu", "/usr/bin/criu", "start", "c");
}

static void test_spellings(void **state _unused_)
{
        struct berth_error error;
        struct cli_line line;

        PARSE_GOOD("delete", "-fr", "x.*");
        assert_true(line.args.force && line.args.regex);
        PARSE_GOOD("create", "-b/bundle", "c");
        assert_string_equal(line.args.bundle, "/bundle");
        PARSE_GOOD("create", "-b=/bundle", "c");
        assert_string_equal(line.args.bundle, "/bundle");
        PARSE_GOOD("create", "--bundle=", "c");
        assert_string_equal(line.args.bundle, "");
        PARSE_GOOD("create", "--bundle", "/one", "c", "--bundle", "/two");
        assert_string_equal(line.args.bundle, "/two");
        PARSE_GOOD("create", "--no-pivot", "--no-pivot=false", "c");
        assert_false(line.args.no_pivot);
        PARSE_GOOD("delete", "-f=true", "c");
        assert_true(line.args.force);
        PARSE_GOOD("create", "--bundle", "--no-pivot", "c");
        assert_string_equal(line.args.bundle, "--no-pivot");
        assert_false(line.args.no_pivot);
        PARSE_GOOD("delete", "--", "--force");
        assert_false(line.args.force);
        assert_string_equal(line.args.words[0], "--force");
        PARSE_GOOD("delete", "-");
        assert_string_equal(line.args.words[0], "-");
}

static void test_help_and_version(void **state _unused_)
{
        struct berth_error error;
        struct cli_line line;

        PARSE_GOOD("--help");
        assert_true(line.args.help && !line.command);
        PARSE_GOOD("help");
        assert_true(line.args.help && !line.command);
        PARSE_GOOD("help", "create");
        assert_true(line.args.help);
        assert_string_equal(line.command->name, "create");
        PARSE_GOOD("create", "-h");
        assert_true(line.args.help && line.command);
        PARSE_GOOD("-?");
        assert_true(line.args.help);
        PARSE_GOOD("--version");
        assert_true(line.args.version);
        PARSE_GOOD("-v");
        assert_true(line.args.version);
        PARSE_GOOD("-V");
        assert_true(line.args.version);
}

static void test_mistakes(void **state _unused_)
{
        static const struct {
                const char *argv[8];
                const char *text, *hint;
        } rows[] = {
                { { "berth" }, "no command was given", "--help" },
                { { "berth", "creat", "c" }, "unknown command 'creat'", "did you mean 'create'?" },
                { { "berth", "exec", "c" }, "unknown command 'exec'", "" },
                { { "berth", "xyzzy" }, "unknown command 'xyzzy'", "lists the commands" },
                { { "berth", "help", "xyzzy" }, "unknown command 'xyzzy'", "lists the commands" },
                { { "berth", "--rot", "/r", "list" }, "unknown option '--rot' of 'berth'", "did you mean '--root'?" },
                { { "berth", "create", "--bundel", "/b", "c" }, "unknown option '--bundel' of 'create'", "did you mean '--bundle'?" },
                { { "berth", "create", "-x", "c" }, "unknown option '-x' of 'create'", "berth create --help" },
                { { "berth", "delete", "-fx", "c" }, "unknown option '-x' of 'delete'", "berth delete --help" },
                { { "berth", "state", "--root", "/r", "c" }, "unknown option '--root' of 'state'", "before 'state'" },
                { { "berth", "start", "--zzzzzz", "c" }, "unknown option '--zzzzzz' of 'start'", "berth start --help" },
                { { "berth", "create", "c", "--bundle" }, "option '--bundle' requires an argument", "" },
                { { "berth", "create", "c", "-b" }, "option '--bundle' requires an argument", "" },
                { { "berth", "--root" }, "option '--root' requires an argument", "" },
                { { "berth", "create", "--preserve-fds", "x", "c" }, "option '--preserve-fds' needs a number", "" },
                { { "berth", "create", "--preserve-fds=-1", "c" }, "option '--preserve-fds' needs a number", "" },
                { { "berth", "create", "--preserve-fds=", "c" }, "option '--preserve-fds' needs a number", "" },
                { { "berth", "create", "--no-pivot=maybe", "c" }, "option '--no-pivot' has the wrong value 'maybe'", "true" },
                { { "berth", "create" }, "'create' requires an argument: ID", "usage: berth create [OPTIONS] ID" },
                { { "berth", "kill" }, "'kill' requires an argument: ID [SIGNAL]", "usage: berth kill [OPTIONS] ID [SIGNAL]" },
                { { "berth", "state", "a", "b" }, "'state' takes no word 'b'", "usage: berth state [OPTIONS] ID" },
                { { "berth", "list", "a" }, "'list' takes no word 'a'", "usage: berth list [OPTIONS]" },
        };
        struct berth_error error;
        struct cli_line line;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                assert_int_equal(parse(rows[i].argv, &line, &error), -EINVAL);
                assert_int_equal(error.cls, BERTH_ERROR_USAGE);
                if (!strstr(error.text, rows[i].text) || !strstr(error.hint, rows[i].hint))
                        fail_msg("row %zu: %s (%s)", i, error.text, error.hint);
        }
}

/* --log must be known when a later mistake is reported. */
static void test_log_before_mistake(void **state _unused_)
{
        struct berth_error error;
        struct cli_line line;

        assert_int_equal(PARSE("--log", "/l", "--log-format=json", "nonsense"), -EINVAL);
        assert_string_equal(line.args.log, "/l");
        assert_string_equal(line.args.log_format, "json");
}

static void assert_help(const struct cli_command *command)
{
        struct strbuf text = { 0 };

        cli_help(command, &text);
        assert_false(text.failed);
        for (const char *s = text.text; *s; s += strcspn(s, "\n") + 1) {
                size_t len = strcspn(s, "\n");

                if (len > 80 || (len > 0 && s[len - 1] == ' '))
                        fail_msg("'%.*s' is %zu columns wide or ends in a blank", (int) len, s, len);
        }
        strbuf_done(&text);
}

static void test_help_text(void **state _unused_)
{
        struct strbuf text = { 0 };

        assert_help(NULL);
        for (size_t i = 0; i < cli_n_commands; i++)
                assert_help(&cli_commands[i]);
        cli_help(cli_find_command("delete"), &text);
        assert_non_null(strstr(text.text, "  -f, --force"));
        assert_non_null(strstr(text.text, "Usage: berth [GLOBAL OPTIONS] delete [OPTIONS] ID\n"));
        strbuf_done(&text);
        cli_help(cli_find_command("create"), &text);
        assert_null(strstr(text.text, "fault-at"));
        assert_non_null(strstr(text.text, "  -b, --bundle DIR"));
        strbuf_done(&text);
}

/* No name or letter stands for two options of one command. */
static void test_table(void **state _unused_)
{
        for (size_t c = 0; c < cli_n_commands; c++)
                for (size_t i = 0; i < cli_commands[c].n_options; i++)
                        for (size_t j = 0; j < i; j++) {
                                const struct cli_option *a = &cli_commands[c].options[i], *b = &cli_commands[c].options[j];

                                if (streq(a->name, b->name) || (a->letter && a->letter == b->letter))
                                        fail_msg("%s: --%s and --%s", cli_commands[c].name, a->name, b->name);
                        }
        for (size_t c = 1; c < cli_n_commands; c++)
                assert_true(strcmp(cli_commands[c - 1].name, cli_commands[c].name) < 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words_before_dashes),
                cmocka_unit_test(test_callers),
                cmocka_unit_test(test_spellings),
                cmocka_unit_test(test_help_and_version),
                cmocka_unit_test(test_mistakes),
                cmocka_unit_test(test_log_before_mistake),
                cmocka_unit_test(test_help_text),
                cmocka_unit_test(test_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
