/* SPDX-License-Identifier: Apache-2.0 */
/* convert: LXC configurations into OCI bundles.  Reading and writing files is done here, all thinking in src/lxc. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arena.h"
#include "cleanup.h"
#include "convert-bundle.h"
#include "convert-host.h"
#include "convert-to-lxc.h"
#include "json/write.h"
#include "parse.h"
#include "value.h"

/* Exit statuses; the worst one of all configurations counts. */
enum { CONVERTED = EXIT_SUCCESS, FAILED = EXIT_FAILURE, LOST_SOMETHING = 2 };

struct conversion {
        const struct cmd_env *env;
        struct convert_input input;
        struct lxc_host host;
        struct lxc_options options; /* those that are the same for all */
        struct strbuf reports;      /* for --report */
        struct arena *arena;        /* for what is known of all */
        oci_strings names;          /* of the containers so far */
        bool many, json, show_all;
        size_t n_done;
        char cwd[PATH_MAX], helper[PATH_MAX];
};

/* PATH without "." and with the working directory in front; in the arena. */
static const char *absolute(const struct conversion *c, struct arena *arena, const char *path)
{
        while (path[0] == '.' && path[1] == '/')
                path += 2 + strspn(path + 2, "/");
        if (path[0] == '/')
                return path;
        return streq(path, ".") ? c->cwd : arena_printf(arena, "%s/%s", streq(c->cwd, "/") ? "" : c->cwd, path);
}

static int option_error(struct berth_error *error, const char *option, const char *value, const char *hint)
{
        return cmd_usage(error, hint, "option '%s' has the wrong value '%s'", option, value);
}

/* Those of both directions. */
static int check_options(const struct cmd_args *args, struct berth_error *error)
{
        if (args->report_format && !streq(args->report_format, "text") && !streq(args->report_format, "json"))
                return option_error(error, "--report-format", args->report_format, "it is 'text' or 'json'");
        if (args->output && !args->output[0])
                return option_error(error, "--output", args->output, "the directory of the bundle, which is made");
        if (args->report_file)
                for (size_t i = 0; i < args->n_before; i++)
                        if (convert_same_file(args->report_file, args->words[i]))
                                return option_error(error, "--report", args->report_file, "it would go over what is converted");
        return 0;
}

static int fill_options(struct conversion *c, struct berth_error *error)
{
        const struct cmd_args *args = c->env->args;
        struct lxc_options *o = &c->options;
        ssize_t len = readlink("/proc/self/exe", c->helper, sizeof c->helper - 1);

        if (args->era && lxc_era_parse(args->era, &o->era) < 0)
                return option_error(error, "--era", args->era, "a version of LXC from 0.6 to 7.0, as '1.0'");
        if (args->app && args->system)
                return cmd_usage(error, NULL, "options '--app' and '--system' exclude each other");
        if (args->helper && args->helper[0] != '/')
                return option_error(error, "--helper", args->helper, "an absolute path");
        if (!getcwd(c->cwd, sizeof c->cwd))
                return cmd_usage(error, NULL, "the working directory does not exist any more");
        o->helper = args->helper ?: len > 0 ? c->helper : "/usr/bin/berth";
        o->name = args->name;
        o->lxcpath = args->lxcpath;
        o->rootfs_mount = convert_host_rootfs_mount();
        o->reaper = convert_host_reaper();
        o->command = args->words + args->n_before;
        o->n_command = args->n_words - args->n_before;
        o->kind = args->app ? LXC_KIND_APP : args->system ? LXC_KIND_SYSTEM : LXC_KIND_AUTO;
        o->portable = args->portable;
        o->force = args->force;
        o->cgroup_v1 = args->cgroup_v1;
        o->apparmor = convert_host_has_apparmor();
        o->arch = convert_host_arch() < 0 ? OCI_SECCOMP_ARCH_X86_64 : (enum oci_seccomp_arch) convert_host_arch();
        c->json = args->report_format && streq(args->report_format, "json");
        c->many = args->n_before > 1;
        c->show_all = !args->quiet && !args->report_file && !c->many;
        return 0;
}

static int check_words(const struct conversion *c, struct berth_error *error)
{
        const struct cmd_args *args = c->env->args;
        size_t n_stdin = 0;

        for (size_t i = 0; i < args->n_before; i++)
                n_stdin += streq(args->words[i], CONVERT_STDIN);
        if (n_stdin > 1)
                return cmd_usage(error, NULL, "standard input, '-', can be read once only");

        if (args->n_before == 0)
                return cmd_usage(error, "'berth convert --help' shows how it is used", "'convert' needs an LXC configuration");
        if (c->many && !args->output)
                return cmd_usage(error, "with several configurations it is the directory that the bundles go into",
                                 "option '--output' is missing");
        if (c->many && args->name)
                return cmd_usage(error, NULL, "option '--name' fits only one configuration");
        return 0;
}

/* ---- progress ------------------------------------------------------------------------------------------------------- */

static bool shows_progress(const struct conversion *c) { return c->many && isatty(STDERR_FILENO); }

static void clear_progress(const struct conversion *c)
{
        if (shows_progress(c))
                fputs("\r\033[K", stderr);
}

/* A line that stays in its place, on a terminal only. */
static void show_progress(const struct conversion *c, const char *path)
{
        enum { WIDTH = 30 };
        size_t n = c->env->args->n_before, filled = WIDTH * c->n_done / n;

        if (!shows_progress(c))
                return;
        fprintf(stderr, "\r[%.*s%*s] %zu/%zu %.30s\033[K", (int) filled, "##############################",
                (int) (WIDTH - filled), "", c->n_done, n, path);
        if (c->n_done == n)
                clear_progress(c);
}

/* ---- reports -------------------------------------------------------------------------------------------------------- */

/* On the screen: standard output is config.json's when no bundle is made. */
static int show_report(const struct conversion *c, const struct lxc_report *report)
{
        FILE *to = c->env->args->output ? stdout : stderr;
        bool terminal = isatty(fileno(to));
        struct lxc_report_style style = { .colour = terminal && !getenv("NO_COLOR"), .problems_only = !c->show_all };
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        struct winsize size;

        if (terminal && ioctl(fileno(to), TIOCGWINSZ, &size) == 0)
                style.width = size.ws_col;
        clear_progress(c);
        if (c->json && !c->env->args->report_file) {
                lxc_report_json(report, &text);
                strbuf_addc(&text, '\n');
        } else {
                lxc_report_text(report, &style, &text);
        }
        if (c->env->args->output)
                return cmd_print_buffer(c->env, &text);
        fwrite(text.text ?: "", 1, text.len, to);
        return CONVERTED;
}

static void begin_kept(struct conversion *c)
{
        if (c->json)
                strbuf_adds(&c->reports, c->many ? c->n_done > 0 ? ",\n" : "[\n" : "");
        else
                strbuf_adds(&c->reports, c->n_done > 0 ? "\n" : "");
}

static void keep_report(struct conversion *c, const struct lxc_report *report)
{
        if (!c->env->args->report_file)
                return;
        begin_kept(c);
        if (c->json)
                lxc_report_json(report, &c->reports);
        else
                lxc_report_text(report, &(struct lxc_report_style) { 0 }, &c->reports);
}

/* In the place of the report that there is not. */
static void keep_failure(struct conversion *c, const char *config, const char *sentence)
{
        struct json_writer w = { .out = &c->reports, .pretty = true };

        if (!c->env->args->report_file)
                return;
        begin_kept(c);
        if (!c->json) {
                strbuf_printf(&c->reports, "%s: %s\n", config, sentence);
                return;
        }
        json_open(&w, NULL, '{');
        json_put_u64(&w, "version", 1);
        json_put_string(&w, "config", config);
        json_put_string(&w, "error", sentence);
        json_close(&w, '}');
}

static int write_reports(struct conversion *c)
{
        struct berth_error error;

        if (!c->env->args->report_file)
                return CONVERTED;
        if (c->json)
                strbuf_adds(&c->reports, c->many ? "\n]\n" : "\n");
        if (convert_file_write(c->env->args->report_file, c->reports.text ?: "", &error) < 0)
                return report_error(c->env->report, &error, "convert");
        return CONVERTED;
}

/* ---- one configuration ---------------------------------------------------------------------------------------------- */

static int write_bundle(const struct conversion *c, const char *dir, const struct lxc_result *result, struct berth_error *error)
{
        _cleanup_(strbuf_done) struct strbuf spec = { 0 }, report = { 0 };
        struct convert_file files[] = { { "lxc-net.json", result->net }, { "lxc-report.json", NULL }, { "config.json", NULL } };

        oci_spec_write(result->spec, OCI_WRITE_PRETTY, &spec);
        strbuf_addc(&spec, '\n');
        lxc_report_json(result->report, &report);
        strbuf_addc(&report, '\n');
        if (spec.failed || report.failed)
                return cmd_usage(error, NULL, "out of memory");
        files[1].text = report.text;
        files[2].text = spec.text;
        return convert_bundle_write(dir, files, ARRAY_SIZE(files), c->env->args->overwrite, error);
}

static int print_spec(const struct conversion *c, const struct lxc_result *result)
{
        _cleanup_(strbuf_done) struct strbuf spec = { 0 };

        oci_spec_write(result->spec, OCI_WRITE_PRETTY, &spec);
        strbuf_addc(&spec, '\n');
        return cmd_print_buffer(c->env, &spec);
}

/* Two configurations of one call for the same container: the second bundle would go over the first. */
static int claim_name(struct conversion *c, const struct lxc_report *report, struct berth_error *error)
{
        for (size_t i = 0; i < c->names.n; i++)
                if (streq(c->names.items[i], report->name)) {
                        cmd_usage(error, "convert it alone, with --name", "'%s' is for container '%s', as another one before it is",
                                  report->config, report->name);
                        error->cls = BERTH_ERROR_CONFIG;
                        return -EINVAL;
                }
        if (lxc_strings_add(c->arena, &c->names, arena_strdup(c->arena, report->name)))
                return 0;
        return cmd_usage(error, NULL, "out of memory");
}

/* Write what was made, unless it must not be. */
static int finish(struct conversion *c, const char *bundle, const struct lxc_result *result)
{
        bool lacks_net = !c->env->args->output && result->net && result->n_errors == 0;
        struct lxc_summary summary;
        struct berth_error error;
        int status;

        lxc_report_summary(result->report, &summary);
        summary.loss |= lacks_net;
        keep_report(c, result->report);
        if (show_report(c, result->report) != CONVERTED || result->n_errors > 0)
                return FAILED;
        if (lacks_net)
                report_log(c->env->report, BERTH_LOG_WARNING, "lxc-net.json, which the hooks read, is made with --output only");
        if (claim_name(c, result->report, &error) < 0)
                return report_error(c->env->report, &error, "convert");
        if (summary.loss && c->env->args->strict) {
                cmd_usage(&error, "without --strict the bundle is made all the same", "something of '%s' would be lost",
                          result->report->config);
                error.cls = BERTH_ERROR_CONFIG;
                return report_error(c->env->report, &error, "convert");
        }
        status = summary.loss ? LOST_SOMETHING : CONVERTED;
        if (!c->env->args->output)
                return print_spec(c, result) == EXIT_SUCCESS ? status : FAILED;
        if (write_bundle(c, bundle, result, &error) < 0)
                return report_error(c->env->report, &error, "convert");
        return status;
}

static int report_failure(struct conversion *c, const char *config, const struct err *e)
{
        struct berth_error error;

        keep_failure(c, config, e->text);
        cmd_usage(&error, e->hint[0] ? e->hint : NULL, "%s", e->text);
        error.num = e->num;
        error.cls = BERTH_ERROR_CONFIG;
        return report_error(c->env->report, &error, "convert");
}

/* Where the bundle of container NAME goes; the working directory when none is made. */
static const char *bundle_of(const struct conversion *c, struct arena *arena, const char *name)
{
        _cleanup_(strbuf_done) struct strbuf dir = { 0 };

        if (!c->env->args->output)
                return c->cwd;
        strbuf_adds(&dir, absolute(c, arena, c->env->args->output) ?: "");
        while (dir.len > 1 && dir.text[dir.len - 1] == '/')
                dir.text[--dir.len] = '\0';
        return arena_printf(arena, "%s%s%s", dir.text ?: "", name ? "/" : "", name ?: "");
}

static int convert_one(struct conversion *c, const char *path)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct lxc_options options = c->options;
        struct lxc_result result;
        static struct err e;
        int r;

        e = ERR_INIT;
        if (!arena) {
                err_nomem(&e);
                return report_failure(c, path, &e);
        }
        options.config_path = streq(path, CONVERT_STDIN) ? "/dev/stdin" : absolute(c, arena, path);
        options.shown_path = path;
        c->input.path = path;
        if (c->many)
                options.bundle_parent = bundle_of(c, arena, NULL);
        else
                options.bundle = bundle_of(c, arena, NULL);
        r = lxc_convert(arena, &options, &c->host, &result, &e);
        if (r < 0)
                return report_failure(c, path, &e);
        return finish(c, result.bundle, &result);
}

static int worse(int a, int b) { return a == FAILED || b == FAILED ? FAILED : MAX(a, b); }

static int list_keys(const struct cmd_env *env)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        if (env->args->roff)
                lxc_list_keys_roff(&text);
        else
                lxc_list_keys(&text);
        return cmd_print_buffer(env, &text);
}

int cmd_convert(const struct cmd_env *env)
{
        static struct conversion c;
        struct berth_error error;
        int status = CONVERTED;

        if (env->args->list_keys)
                return list_keys(env);
        if (check_options(env->args, &error) < 0)
                return report_error(env->report, &error, "convert");
        if (env->args->to_lxc)
                return convert_to_lxc(env);
        c = (struct conversion) { .env = env, .host = convert_host(&c.input), .arena = arena_new() };
        if ((!c.arena && cmd_usage(&error, NULL, "out of memory") < 0) || fill_options(&c, &error) < 0 || check_words(&c, &error) < 0)
                return report_error(env->report, &error, "convert");
        for (; c.n_done < env->args->n_before; c.n_done++) {
                show_progress(&c, env->args->words[c.n_done]);
                status = worse(status, convert_one(&c, env->args->words[c.n_done]));
        }
        show_progress(&c, "");
        status = worse(status, write_reports(&c));
        strbuf_done(&c.reports);
        arena_free(c.arena);
        return status;
}
