/* SPDX-License-Identifier: Apache-2.0 */
/* What runs: arguments, environment, user, limits, parameters of the kernel, clocks. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "num.h"
#include "sysctl-name.h"
#include "to-oci.h"

enum { HOST_NAME_MAX_BYTES = 64 };

static const char *strings_json(struct lxc_translation *t, const oci_strings *list)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_addc(&b, '[');
        for (size_t i = 0; i < list->n; i++) {
                strbuf_adds(&b, i > 0 ? "," : "");
                strbuf_add_json(&b, list->items[i]);
        }
        strbuf_addc(&b, ']');
        return lxc_text(t->report, "%s", b.text ?: "");
}

static void host_name(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_UTS_NAME);

        if (!entry)
                return;
        if (strlen(entry->value) > HOST_NAME_MAX_BYTES) {
                lxc_say(t->report, entry, LXC_ERROR, "a host name has at most %d bytes", HOST_NAME_MAX_BYTES);
                return;
        }
        t->spec->hostname = entry->value;
        lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, entry->value), "/hostname");
}

/* Names that lxc.arch knows; .since is the first version that does. */
static const struct { const char *name; bool is_32; int since; bool foreign;
} archs[] = {
        { "x86", true, 7, false },       { "i686", true, 7, false },       { "x86_64", false, 7, false },
        { "amd64", false, 7, false },    { "i386", true, 11, false },      { "i486", true, 11, false },
        { "i586", true, 11, false },     { "athlon", true, 11, false },    { "linux32", true, 11, false },
        { "linux64", false, 11, false }, { "arm", true, 21, true },        { "armel", true, 21, true },
        { "armhf", true, 21, true },     { "armv7l", true, 21, true },     { "mips", true, 21, true },
        { "mipsel", true, 21, true },    { "ppc", true, 21, true },        { "powerpc", true, 21, true },
        { "aarch64", false, 21, true },  { "arm64", false, 21, true },     { "mips64", false, 21, true },
        { "mips64el", false, 21, true }, { "ppc64", false, 21, true },     { "ppc64el", false, 21, true },
        { "ppc64le", false, 21, true },  { "powerpc64", false, 21, true }, { "s390x", false, 21, true },
        { "x32", true, 60, false },      { "riscv64", false, 60, true },   { "loongarch64", false, 60, true },
        { "loong64", false, 60, true },
};

static void architecture(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_ARCH);
        size_t i = 0;

        if (!entry)
                return;
        while (i < ARRAY_SIZE(archs) && !streq(archs[i].name, entry->value))
                i++;
        if (i == ARRAY_SIZE(archs)) {
                lxc_say(t->report, entry, LXC_ERROR, "unknown architecture '%s'", entry->value);
                return;
        }
        if (archs[i].since > t->config->era) {
                lxc_dropped(t->report, entry, "LXC %s does not know this architecture and ignores the line", t->report->era);
        } else {
                t->spec->linux_->personality = arena_alloc(t->arena, sizeof *t->spec->linux_->personality);
                if (!t->spec->linux_->personality) {
                        t->report->nomem = true;
                        return;
                }
                t->spec->linux_->personality->domain = (struct opt_enum) { true, archs[i].is_32 ? PER_LINUX32 : PER_LINUX };
                lxc_became(t->report, entry, LXC_EXACT, archs[i].is_32 ? "\"LINUX32\"" : "\"LINUX\"",
                           "/linux/personality/domain");
        }
        if (archs[i].foreign)
                lxc_say(t->report, entry, LXC_NOTE,
                        "on a host of another architecture, programs of '%s' need qemu-user and binfmt_misc", entry->value);
}

/* ---- the command --------------------------------------------------------------------------------------------------- */

static void command_of_line(struct lxc_translation *t, struct lxc_entry *entry)
{
        oci_strings args;
        bool quoted = t->app || lxc_era_quotes_init(t->config->era);
        int r = quoted ? lxc_value_argv(t->arena, entry->value, &args) : lxc_value_unquoted_argv(t->arena, entry->value, &args);

        t->report->nomem |= r == -ENOMEM;
        if (r == -EINVAL)
                lxc_say(t->report, entry, LXC_ERROR, "a quote is not closed, and LXC leaves out what follows it");
        if (args.n == 0) {
                lxc_say(t->report, entry, LXC_ERROR, "there is no program in '%s'", entry->value);
                return;
        }
        t->spec->process->args = args;
        lxc_became(t->report, entry, LXC_EXACT, strings_json(t, &args), "/process/args");
        if (!t->app && strpbrk(entry->value, "'\""))
                lxc_say(t->report, entry, LXC_NOTE,
                        quoted ? "LXC before 6.0 parts this line at each space: there quotes hold nothing together (--era 5.0)"
                               : "LXC before 6.0 parts this line at each space: quotes in it hold nothing together");
}

static bool makes_pid_namespace(const struct lxc_translation *t)
{
        for (size_t i = 0; i < t->spec->linux_->namespaces.n; i++)
                if (t->spec->linux_->namespaces.items[i].type.value == OCI_NS_PID)
                        return !t->spec->linux_->namespaces.items[i].path;
        return false;
}

/* An init that reaps and passes signals on is process 1, the program its child. */
void lxc_to_reaper(struct lxc_translation *t)
{
        oci_strings program = t->spec->process->args;
        const char *reaper = t->options->reaper;

        if (!t->app || program.n == 0)
                return;
        if (!makes_pid_namespace(t)) {
                lxc_default(t->report, "/process/args", NULL,
                            "the init of lxc-execute is left out: without a pid namespace of its own there is nothing to reap");
                return;
        }
        if (!t->options->portable) {
                lxc_annotate(t, "berth.init", "reaper");
                lxc_default(t->report, "/annotations/berth.init", "\"reaper\"",
                            "lxc-execute puts an init over the program, which reaps and passes signals on");
                return;
        }
        if (!reaper) {
                lxc_security(t->report, "/process/args",
                             "no init that reaps (catatonit, tini) was found on this host: the program itself is process 1");
                return;
        }
        t->spec->process->args = (oci_strings) { 0 };
        lxc_add_string(t, &t->spec->process->args, LXC_REAPER_IN_CONTAINER);
        lxc_add_string(t, &t->spec->process->args, "--");
        for (size_t i = 0; i < program.n; i++)
                lxc_add_string(t, &t->spec->process->args, program.items[i]);
        lxc_default(
                t->report, "/process/args/0", "\"" LXC_REAPER_IN_CONTAINER "\"",
                "lxc-execute puts an init over the program: here %s, which ends with the program and does not wait for its orphans",
                reaper);
}

/* The words of the command line. */
static void given_command(struct lxc_translation *t)
{
        bool broken = false;

        for (size_t i = 0; i < t->options->n_command; i++) {
                broken |= !lxc_value_is_utf8(t->options->command[i]);
                lxc_add_string(t, &t->spec->process->args, t->options->command[i]);
        }
        if (broken) {
                struct lxc_entry *entry = lxc_report_add(t->report, t->report->config, 0, 0);

                entry->key = "--";
                lxc_lost(t->report, entry, LXC_ERROR, "the command has bytes that are no UTF-8, which config.json cannot hold");
        }
}

static void command(struct lxc_translation *t)
{
        struct lxc_entry *execute = lxc_get(t, LXC_KEY_EXECUTE_CMD), *init = lxc_get(t, LXC_KEY_INIT_CMD);
        struct lxc_entry *mine = t->app ? execute : init, *other = t->app ? init : execute;

        if (other)
                lxc_dropped(t->report, other, "used only by lxc-%s", t->app ? "start" : "execute");
        given_command(t);
        if (t->options->n_command > 0 && mine)
                lxc_dropped(t->report, mine, "overridden by the command line");
        else if (mine)
                command_of_line(t, mine);
        if (t->spec->process->args.n == 0 && !t->app) {
                lxc_add_string(t, &t->spec->process->args, "/sbin/init");
                lxc_default(t->report, "/process/args", "[\"/sbin/init\"]", "lxc-start runs /sbin/init");
        }
        if (t->spec->process->args.n == 0) {
                struct lxc_entry *entry = lxc_report_add(t->report, t->report->config, 0, 0);

                entry->key = "lxc.execute.cmd";
                lxc_lost(t->report, entry, LXC_ERROR, "an application container needs a command: give it after '--'");
                return;
        }
}

/* ---- environment --------------------------------------------------------------------------------------------------- */

/* "NAME=value" as it is; "NAME" alone with the value it has where we run. */
static const char *environment_of(struct lxc_translation *t, struct lxc_entry *entry)
{
        const char *value;

        if (strchr(entry->value, '='))
                return entry->value;
        value = t->host->getenv ? t->host->getenv(t->host->arg, entry->value) : NULL;
        if (!value) {
                lxc_say(t->report, entry, LXC_ERROR,
                        "'%s' is not set in the environment of the conversion, from which LXC would copy it", entry->value);
                return NULL;
        }
        if (!lxc_value_is_utf8(value)) {
                lxc_say(t->report, entry, LXC_ERROR, "its value has bytes that are no UTF-8, which config.json cannot hold");
                return NULL;
        }
        lxc_say(t->report, entry, LXC_NOTE, "copied from the environment of the conversion; LXC copies it at each start");
        return lxc_text(t->report, "%s=%s", entry->value, value);
}

/* lxc.environment is for both, the program and the hooks in the container's process. */
static void environment_of_key(struct lxc_translation *t, enum lxc_key_id id)
{
        oci_strings *env = id != LXC_KEY_ENVIRONMENT_HOOKS ? &t->spec->process->env : NULL;
        struct lxc_entry *entry;

        lxc_each(t, id, entry) {
                const char *text = environment_of(t, entry);

                if (!text)
                        continue;
                if (id != LXC_KEY_ENVIRONMENT_RUNTIME)
                        lxc_add_string(t, &t->hook_env, text);
                if (env) {
                        lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, text), "/process/env/%zu", env->n);
                        lxc_add_string(t, env, text);
                } else {
                        lxc_became(t->report, entry, LXC_HOOK, lxc_json(t->report, text), "/hooks/*/env");
                }
        }
}

static bool has_variable(const oci_strings *env, const char *name)
{
        for (size_t i = 0; i < env->n; i++)
                if (strncmp(env->items[i], name, strlen(name)) == 0 && env->items[i][strlen(name)] == '=')
                        return true;
        return false;
}

/* LXC before 0.9 left the caller's environment to the container. */
static void inherited_environment(struct lxc_translation *t)
{
        static const char *const names[] = { "PATH", "TERM" };

        for (size_t i = 0; i < ARRAY_SIZE(names) && t->config->era < 9; i++) {
                const char *value = t->host->getenv ? t->host->getenv(t->host->arg, names[i]) : NULL;

                if (!value || has_variable(&t->spec->process->env, names[i]))
                        continue;
                lxc_add_string(t, &t->spec->process->env, lxc_text(t->report, "%s=%s", names[i], value));
                lxc_default(t->report, "/process/env", NULL, "LXC %s passes the caller's environment on; of it, %s",
                            t->report->era, names[i]);
        }
}

static void environment(struct lxc_translation *t)
{
        environment_of_key(t, LXC_KEY_ENVIRONMENT);
        environment_of_key(t, LXC_KEY_ENVIRONMENT_RUNTIME);
        environment_of_key(t, LXC_KEY_ENVIRONMENT_HOOKS);
        inherited_environment(t);
        lxc_add_string(t, &t->spec->process->env, "container=lxc");
        lxc_default(t->report, "/process/env", "\"container=lxc\"", "LXC sets it for the container's init");
        if (!has_variable(&t->spec->process->env, "PATH") &&
            !strchr(t->spec->process->args.n > 0 ? t->spec->process->args.items[0] : "/", '/')) {
                lxc_add_string(t, &t->spec->process->env, LXC_DEFAULT_PATH);
                lxc_default(t->report, "/process/env", "\"" LXC_DEFAULT_PATH "\"",
                            "without PATH, LXC looks for the program where execvp(3) does");
        }
}

/* ---- user, limits -------------------------------------------------------------------------------------------------- */

static struct opt_u32 user_id(struct lxc_translation *t, enum lxc_key_id id, const char *word)
{
        struct lxc_entry *entry = lxc_get(t, id);
        uint32_t value = (uint32_t) lxc_get_uint(t, id, 0);

        if (entry)
                lxc_became(t->report, entry, LXC_EXACT, lxc_text(t->report, "%" PRIu32, value), "/process/user/%s", word);
        return (struct opt_u32) { true, value };
}

static void groups(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_INIT_GROUPS);
        const char *at, *word;
        size_t len;

        if (!entry)
                return;
        for (at = entry->value; lxc_word_next(&at, ", \t", &word, &len);) {
                uint32_t *gid = lxc_append(t, &t->spec->process->user.additional_gids);
                uint64_t value;

                if (num_parse_u64(word, len, 10, &value) < 0 || value > UINT32_MAX) {
                        lxc_say(t->report, entry, LXC_ERROR, "'%.*s' is not a group id", (int) len, word);
                        return;
                }
                if (gid)
                        *gid = (uint32_t) value;
        }
        lxc_became(t->report, entry, LXC_EXACT, lxc_text(t->report, "[%s]", entry->value), "/process/user/additionalGids");
}

static void user(struct lxc_translation *t)
{
        struct lxc_entry *cwd = lxc_get(t, LXC_KEY_INIT_CWD);

        t->spec->process->user.uid = user_id(t, LXC_KEY_INIT_UID, "uid");
        t->spec->process->user.gid = user_id(t, LXC_KEY_INIT_GID, "gid");
        groups(t);
        t->spec->process->cwd = "/";
        if (!cwd)
                return;
        if (cwd->value[0] != '/') {
                lxc_say(t->report, cwd, LXC_ERROR, "the working directory '%s' is not absolute", cwd->value);
                return;
        }
        t->spec->process->cwd = cwd->value;
        lxc_became(t->report, cwd, LXC_EXACT, lxc_json(t->report, cwd->value), "/process/cwd");
}

static void limits(struct lxc_translation *t)
{
        struct lxc_entry *entry;

        lxc_each(t, LXC_KEY_PRLIMIT, entry) {
                struct oci_rlimit *limit;
                char name[32];
                uint64_t soft, hard;
                int type;

                snprintf(name, sizeof name, "RLIMIT_%s", entry->match.suffix);
                for (char *p = name; *p; p++)
                        *p = (char) (*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
                if (!name_lookup(&names_rlimit, name, &type)) {
                        lxc_say(t->report, entry, LXC_ERROR, "unknown resource '%s'", entry->match.suffix);
                        continue;
                }
                if (lxc_value_limit(entry->value, &soft, &hard) < 0 || soft > hard) {
                        lxc_say(t->report, entry, LXC_ERROR,
                                "'%s' is not a limit: SOFT:HARD with SOFT at most HARD, numbers or 'unlimited'", entry->value);
                        continue;
                }
                limit = lxc_append(t, &t->spec->process->rlimits);
                if (!limit)
                        return;
                *limit = (struct oci_rlimit) { .type = { true, type }, .soft = { true, soft }, .hard = { true, hard } };
                lxc_became(t->report, entry, LXC_EXACT,
                           lxc_text(t->report, "{\"type\":\"%s\",\"soft\":%" PRIu64 ",\"hard\":%" PRIu64 "}", name, soft, hard),
                           "/process/rlimits/%zu", t->spec->process->rlimits.n - 1);
        }
}

static bool lists_namespace(const struct lxc_translation *t, int kind)
{
        for (size_t i = 0; i < t->spec->linux_->namespaces.n; i++)
                if (t->spec->linux_->namespaces.items[i].type.value == kind)
                        return true;
        return false;
}

/* OCI runtimes refuse it beside their own field. */
static void hostname_by_sysctl(struct lxc_translation *t, struct lxc_entry *entry)
{
        struct lxc_entry *name = lxc_get(t, LXC_KEY_UTS_NAME);

        t->spec->hostname = entry->value;
        lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, entry->value), "/hostname");
        if (name)
                lxc_say(t->report, name, LXC_INFO, "lxc.sysctl.kernel.hostname counts, which LXC writes later");
}

void lxc_to_sysctls(struct lxc_translation *t)
{
        struct lxc_entry *entry;
        char path[256];

        lxc_each(t, LXC_KEY_SYSCTL, entry) {
                struct oci_pair *pair;
                int kind;

                if (sysctl_path(entry->match.suffix, path, sizeof path) < 0) {
                        lxc_say(t->report, entry, LXC_ERROR, "'%s' is not the name of a kernel parameter", entry->match.suffix);
                        continue;
                }
                kind = sysctl_namespace(path);
                if (kind < 0) {
                        lxc_lost(t->report, entry, LXC_WARN,
                                 "'%s' is a parameter of the whole host, which OCI runtimes refuse to set: set it on the host",
                                 entry->match.suffix);
                        continue;
                }
                if (!lists_namespace(t, kind)) {
                        lxc_say(t->report, entry, LXC_ERROR, "'%s' would be set for the host, whose %s namespace the container is in", entry->match.suffix,
                                name_of(&names_namespace, kind));
                        continue;
                }
                if (streq(path, "kernel/hostname")) {
                        hostname_by_sysctl(t, entry);
                        continue;
                }
                pair = lxc_append(t, &t->spec->linux_->sysctl);
                if (pair)
                        *pair = (struct oci_pair) { .key = entry->match.suffix, .value = entry->value };
                lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, entry->value), "/linux/sysctl/%s",
                           entry->match.suffix);
        }
}

/* Files of /proc/PID are written by a hook: it takes the pid from the state on its standard input. */
static void proc_by_hook(struct lxc_translation *t, struct lxc_entry *entry)
{
        struct oci_hook *hook;
        const char *file = lxc_text(t->report, "%s", entry->match.suffix), *script;

        for (const char *p = file; *p; p++)
                if (*p == '.')
                        *(char *) (uintptr_t) p = '/';
        script = lxc_text(t->report, "pid=$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p') && printf %%s %s >/proc/$pid/%s",
                          lxc_shell_quote(t->arena, entry->value) ?: "", lxc_shell_quote(t->arena, file) ?: "");
        hook = lxc_add_hook(t, OCI_HOOK_CREATE_RUNTIME, "/bin/sh");
        if (!hook)
                return;
        lxc_add_string(t, &hook->args, "sh");
        lxc_add_string(t, &hook->args, "-c");
        lxc_add_string(t, &hook->args, script);
        lxc_became(t->report, entry, LXC_HOOK, lxc_json(t->report, script), "/hooks/createRuntime/%zu",
                   t->spec->hooks->list[OCI_HOOK_CREATE_RUNTIME].n - 1);
}

static void proc_files(struct lxc_translation *t)
{
        struct lxc_entry *entry, *last = NULL;
        int64_t score;

        lxc_each(t, LXC_KEY_PROC, entry) {
                if (!streq(entry->match.suffix, "oom_score_adj")) {
                        proc_by_hook(t, entry);
                        continue;
                }
                if (last)
                        lxc_dropped(t->report, last, "overridden at %s:%u", entry->file, entry->line);
                last = entry;
        }
        if (!last)
                return;
        if (num_parse_range(last->value, -1000, 1000, &score) < 0) {
                lxc_say(t->report, last, LXC_ERROR, "'%s' is not a number from -1000 to 1000", last->value);
                return;
        }
        t->spec->process->oom_score_adj = (struct opt_i32) { true, (int32_t) score };
        lxc_became(t->report, last, LXC_EXACT, last->value, "/process/oomScoreAdj");
}

static void time_offset(struct lxc_translation *t, enum lxc_key_id id, const char *clock)
{
        struct lxc_entry *entry = lxc_get(t, id);
        struct oci_time_offset *offset;
        int64_t secs;
        uint32_t nsec;

        if (!entry)
                return;
        if (lxc_value_duration(entry->value, &secs, &nsec) < 0) {
                lxc_say(t->report, entry, LXC_ERROR, "'%s' is not a time: a number with h, m, s, ms, us or ns", entry->value);
                return;
        }
        offset = lxc_append(t, &t->spec->linux_->time_offsets);
        if (!offset)
                return;
        *offset = (struct oci_time_offset) { .clock = clock, .secs = { true, secs }, .nanosecs = { true, nsec } };
        lxc_became(t->report, entry, LXC_EXACT,
                   lxc_text(t->report, "{\"secs\":%" PRId64 ",\"nanosecs\":%" PRIu32 "}", secs, nsec), "/linux/timeOffsets/%s",
                   clock);
}

void lxc_to_process(struct lxc_translation *t)
{
        host_name(t);
        architecture(t);
        command(t);
        environment(t);
        user(t);
        limits(t);
        proc_files(t);
        time_offset(t, LXC_KEY_TIME_MONOTONIC, "monotonic");
        time_offset(t, LXC_KEY_TIME_BOOT, "boottime");
}
