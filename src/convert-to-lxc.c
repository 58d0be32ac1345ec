/* SPDX-License-Identifier: Apache-2.0 */
#include "convert-to-lxc.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "convert-bundle.h"
#include "convert-host.h"
#include "from-oci.h"
#include "parse.h"
#include "report.h"

enum { CONVERTED = EXIT_SUCCESS, FAILED = EXIT_FAILURE, LOST_SOMETHING = 2 };

#define POLICY_NAME "seccomp"

struct back {
        const struct cmd_env *env;
        struct arena *arena;
        struct convert_input input;
        struct lxc_host host;
        const char *config, *bundle, *output; /* absolute; output NULL: standard output */
        struct lxc_from_options options;
        struct lxc_from_result result;
};

static int fail(const struct back *b, const struct err *e)
{
        struct berth_error error;

        cmd_usage(&error, e->hint[0] ? e->hint : NULL, "%s", e->text);
        error.num = e->num;
        error.cls = BERTH_ERROR_CONFIG;
        error.line = e->line;
        error.column = e->column;
        snprintf(error.file, sizeof error.file, "%s", e->file);
        snprintf(error.pointer, sizeof error.pointer, "%s", e->pointer);
        return report_error(b->env->report, &error, "convert");
}

static int look(void *arg _unused_, const char *path)
{
        struct stat st;

        return stat(path, &st) < 0 ? -1 : S_ISDIR(st.st_mode) != 0;
}

static const char *absolute(struct back *b, const char *path)
{
        char cwd[PATH_MAX];
        const char *full = path;
        size_t n;

        if (path[0] != '/')
                full = getcwd(cwd, sizeof cwd) ? arena_printf(b->arena, "%s/%s", cwd, path) : NULL;
        for (n = full ? strlen(full) : 0; n > 1 && full[n - 1] == '/'; n--)
                ;
        if (n > 2 && full[n - 1] == '.' && full[n - 2] == '/')
                n -= 2;
        return full ? arena_strndup(b->arena, full, MAX(n, 1)) : NULL;
}

/* The word is a bundle, or its config.json itself. */
static int find_paths(struct back *b, struct err *e)
{
        const struct cmd_args *args = b->env->args;
        const char *word = absolute(b, args->words[0]), *slash;

        if (!word)
                return err_nomem(e);
        b->bundle = word;
        if (look(NULL, word) != 0) {
                b->config = arena_printf(b->arena, "%s/config.json", word);
        } else {
                slash = strrchr(word, '/');
                b->bundle = arena_strndup(b->arena, word, MAX((size_t) (slash - word), 1));
                b->config = word;
        }
        b->input.path = b->config ?: "";
        b->output = args->output ? absolute(b, args->output) : NULL;
        return !b->config || !b->bundle || (args->output && !b->output) ? err_nomem(e) : 0;
}

static int read_spec(struct back *b, struct oci_spec **ret, struct err *e)
{
        struct faults faults = { .arena = b->arena, .file = b->config };
        const char *text;
        size_t len;
        int r = b->host.read(b->host.arg, b->arena, b->config, &text, &len);

        if (r < 0)
                return err_set(e, ERR_CONFIG, -r, "cannot read '%s': %s (%s)", b->config, errno_text(-r), errno_name(-r));
        r = oci_spec_parse(b->arena, text, len, &faults, ret, e);
        if (r < 0)
                return r;
        oci_spec_validate(*ret, &faults);
        faults_sort(&faults);
        return faults_to_err(&faults, e);
}

/* A bundle without interfaces has no such file. */
static int read_net(struct back *b, struct err *e)
{
        const char *path = arena_printf(b->arena, "%s/lxc-net.json", b->bundle);
        int r = path ? b->host.read(b->host.arg, b->arena, path, &b->options.net, &b->options.net_len) : -ENOMEM;

        if (r == 0)
                return 0;
        b->options.net = NULL;
        return r == -ENOENT ? 0 : err_set(e, ERR_CONFIG, -r, "cannot read '%s': %s (%s)", path, errno_text(-r), errno_name(-r));
}

static int translate(struct back *b, struct err *e)
{
        struct oci_spec *spec = NULL;
        int r = read_spec(b, &spec, e);

        if (r < 0)
                return r;
        b->options = (struct lxc_from_options) {
                .file = b->env->args->words[0], .bundle = b->bundle, .name = b->env->args->name, .force = b->env->args->force, .look = look,
                .arch = convert_host_arch() < 0 ? OCI_SECCOMP_ARCH_X86_64 : (enum oci_seccomp_arch) convert_host_arch(),
                .policy_path = b->output ? arena_printf(b->arena, "%s/" POLICY_NAME, b->output) : NULL,
        };
        b->options.file = b->config;
        r = read_net(b, e);
        return r < 0 ? r : lxc_from_oci(b->arena, spec, &b->options, &b->result, e);
}

static bool wants_json(const struct back *b) { return b->env->args->report_format && streq(b->env->args->report_format, "json"); }

/* STYLE NULL: as JSON. */
static void make_report(const struct back *b, const struct lxc_report_style *style, struct strbuf *out)
{
        if (style) {
                lxc_from_report_text(&b->result, style, out);
        } else {
                lxc_from_report_json(&b->result, out);
                strbuf_addc(out, '\n');
        }
}

static int write_report(const struct back *b, struct berth_error *error)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        if (!b->env->args->report_file)
                return CONVERTED;
        make_report(b, wants_json(b) ? NULL : &(struct lxc_report_style) { 0 }, &text);
        return convert_file_write(b->env->args->report_file, text.text ?: "", error) < 0 ? report_error(b->env->report, error, "convert") : CONVERTED;
}

/* On the screen: the whole, or what matters when the whole is in a file. */
static int show_report(const struct back *b)
{
        const struct cmd_args *args = b->env->args;
        struct lxc_report_style style = { .colour = isatty(fileno(b->output ? stdout : stderr)) && !getenv("NO_COLOR"),
                                          .problems_only = args->quiet || args->report_file };
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        make_report(b, wants_json(b) && !args->report_file ? NULL : &style, &text);
        if (b->output)
                return cmd_print_buffer(b->env, &text);
        fwrite(text.text ?: "", 1, text.len, stderr);
        return CONVERTED;
}

static int write_files(const struct back *b, struct berth_error *error)
{
        _cleanup_(strbuf_done) struct strbuf report = { 0 };
        struct convert_file files[] = { { POLICY_NAME, b->result.policy }, { "lxc-report.json", NULL }, { "config", b->result.config } };

        make_report(b, NULL, &report);
        if (report.failed)
                return cmd_usage(error, NULL, "out of memory");
        files[1].text = report.text;
        return convert_bundle_write(b->output, files, ARRAY_SIZE(files), b->env->args->overwrite, error);
}

static int finish(const struct back *b)
{
        const struct cmd_args *args = b->env->args;
        int status = b->result.loss ? LOST_SOMETHING : CONVERTED;
        struct berth_error error;

        if (write_report(b, &error) != CONVERTED || show_report(b) != CONVERTED || b->result.n_errors > 0)
                return FAILED;
        if (b->result.loss && args->strict) {
                cmd_usage(&error, "without --strict the file is made all the same", "something of '%s' would be lost", b->config);
                error.cls = BERTH_ERROR_CONFIG;
                return report_error(b->env->report, &error, "convert");
        }
        if (!b->output)
                return cmd_print(b->env, b->result.config) == EXIT_SUCCESS ? status : FAILED;
        return write_files(b, &error) < 0 ? report_error(b->env->report, &error, "convert") : status;
}

/* What says how an lxc.conf is to be read, or what the bundle is for. */
static const char *foreign_option(const struct cmd_args *args)
{
        return args->era ? "--era" : args->system ? "--system" : args->app ? "--app" : args->portable ? "--portable" :
               args->lxcpath ? "--lxcpath" : args->helper ? "--helper" : args->cgroup_v1 ? "--legacy-cgroups" : NULL;
}

static int check_words(const struct cmd_args *args, struct berth_error *error)
{
        const char *foreign = foreign_option(args);

        if (args->n_words != 1)
                return cmd_usage(error, NULL, "'convert --to-lxc' needs one bundle, or its config.json");
        if (foreign)
                return cmd_usage(error, NULL, "options '--to-lxc' and '%s' exclude each other", foreign);
        return 0;
}

int convert_to_lxc(const struct cmd_env *env)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct back b = { .env = env, .arena = arena, .host = convert_host(&b.input) };
        struct berth_error error;
        static struct err e;
        int r;

        e = ERR_INIT;
        if (check_words(env->args, &error) < 0)
                return report_error(env->report, &error, "convert");
        r = arena ? find_paths(&b, &e) : err_nomem(&e);
        if (r == 0)
                r = translate(&b, &e);
        return r < 0 ? fail(&b, &e) : finish(&b);
}
