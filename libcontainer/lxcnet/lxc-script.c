/* SPDX-License-Identifier: Apache-2.0 */
#include "lxc-script.h"

#include <string.h>

#include "num.h"
#include "str.h"

enum { ERA_EXEC = 11, ERA_TARGET = 20, ERA_VERSION = 30, ERA_MAX = 999, NAME_BYTES_MAX = 255, VARIABLES_MAX = 16 };

static const char *const types[] = { "pre-start", "pre-mount", "mount",     "autodev", "start-host", "start",
                                     "stop",      "post-stop", "clone",     "destroy", "up",         "down" };

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (streq(list[i], word))
                        return true;
        return false;
}

int lxc_script_parse_era(const char *text, int *ret)
{
        size_t major_len = strcspn(text, "."), minor_len = text[major_len] ? strcspn(text + major_len + 1, ".") : 0;
        uint64_t major, minor = 0;

        if (num_parse_u64(text, major_len, 10, &major) < 0 || major > ERA_MAX)
                return -EINVAL;
        if (text[major_len] && (num_parse_u64(text + major_len + 1, minor_len, 10, &minor) < 0 || minor > 9))
                return -EINVAL;
        *ret = (int) (major * 10 + minor);
        return 0;
}

/* LXC pastes the name between quotes, unseen.  These are the letters of container ids. */
static bool is_plain_name(const char *name)
{
        static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
        size_t n = strspn(name, plain);

        return n > 0 && n <= NAME_BYTES_MAX && name[n] == '\0';
}

int lxc_script_check(const struct lxc_script *script, struct err *e)
{
        if (!is_one_of(script->type, types, ARRAY_SIZE(types))) {
                const char *near = str_nearest(script->type, types, ARRAY_SIZE(types));

                err_set(e, ERR_USAGE, EINVAL, "'%s' is no type of LXC hook", script->type);
                if (near)
                        err_hint(e, "did you mean '%s'?", near);
                return -EINVAL;
        }
        if (!streq(script->section, "lxc") && !streq(script->section, "net"))
                return err_set(e, ERR_USAGE, EINVAL, "the section of an LXC hook is 'lxc' or 'net', not '%s'", script->section);
        if (script->hook_version > 1)
                return err_set(e, ERR_USAGE, EINVAL, "the version of LXC hooks is 0 or 1, not %u", script->hook_version);
        if (is_plain_name(script->name))
                return 0;
        err_set(e, ERR_USAGE, EINVAL, "'%s' cannot be the name that an LXC hook is given", script->name);
        err_hint(e, "it is a word of the shell: letters, digits, '.', '_', '+' and '-'");
        return -EINVAL;
}

/* One more word, whatever it holds. */
static void add_word(struct strbuf *out, const char *word)
{
        strbuf_addc(out, ' ');
        strbuf_add_sh(out, word);
}

const char *lxc_script_command(struct arena *arena, const struct lxc_script *script)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };

        /* Without exec a value of several commands, "true && x", is all of them. */
        if (script->era >= ERA_EXEC)
                strbuf_adds(&out, "exec ");
        strbuf_adds(&out, script->command);
        if (script->hook_version == 0) {
                add_word(&out, script->name);
                add_word(&out, script->section);
                add_word(&out, script->type);
        }
        for (size_t i = 0; script->words && script->words[i]; i++)
                add_word(&out, script->words[i]);
        return out.failed ? NULL : arena_strdup(arena, out.text);
}

struct environment {
        struct arena *arena;
        char **vars; /* what is set comes first */
        size_t n;
        bool failed;
};

static void set(struct environment *env, const char *name, const char *value)
{
        char *var = value ? arena_printf(env->arena, "%s=%s", name, value) : NULL;

        env->failed |= value && !var;
        if (var)
                env->vars[env->n++] = var;
}

/* LXC sets LXC_PID right after the clone, for the hooks that it runs itself from then on. */
static bool is_told_pid(const struct lxc_script *script)
{
        static const char *const told[] = { "start-host", "stop", "post-stop", "up", "down" };

        return script->pid > 0 && is_one_of(script->type, told, ARRAY_SIZE(told));
}

static void set_newer(struct environment *env, const struct lxc_script *script)
{
        char pid[16];

        set(env, "LXC_LOG_LEVEL", "ERROR"); /* LXC's default */
        set(env, "LXC_HOOK_VERSION", script->hook_version ? "1" : "0");
        if (script->hook_version) {
                set(env, "LXC_HOOK_TYPE", script->type);
                set(env, "LXC_HOOK_SECTION", script->section);
        }
        snprintf(pid, sizeof pid, "%d", (int) script->pid);
        if (is_told_pid(script))
                set(env, "LXC_PID", pid);
}

static void set_all(struct environment *env, const struct lxc_script *script)
{
        bool end = streq(script->type, "stop") || streq(script->type, "post-stop");

        set(env, "LXC_NAME", script->name);
        set(env, "LXC_CONFIG_FILE", script->config);
        set(env, "LXC_ROOTFS_PATH", script->rootfs_path);
        set(env, "LXC_ROOTFS_MOUNT", script->rootfs_mount);
        if (script->era >= ERA_TARGET && script->cgroup_ns)
                set(env, "LXC_CGNS_AWARE", "1");
        if (script->era >= ERA_TARGET && end)
                set(env, "LXC_TARGET", "stop");
        if (script->era >= ERA_VERSION)
                set_newer(env, script);
        for (size_t i = 0; script->more && script->more[i]; i++)
                env->vars[env->n++] = script->more[i];
}

/* Is VAR's name among the first N? */
static bool is_set(const struct environment *env, size_t n, const char *var)
{
        size_t len = strcspn(var, "=");

        for (size_t i = 0; i < n; i++)
                if (strncmp(env->vars[i], var, len) == 0 && env->vars[i][len] == '=')
                        return true;
        return false;
}

char *const *lxc_script_environment(struct arena *arena, const struct lxc_script *script, char *const *environment)
{
        struct environment env = { .arena = arena };
        size_t n = 0, n_more = 0, n_set;

        while (environment[n])
                n++;
        while (script->more && script->more[n_more])
                n_more++;
        env.vars = arena_alloc_array(arena, n + n_more + VARIABLES_MAX + 1, sizeof *env.vars);
        if (!env.vars)
                return NULL;
        set_all(&env, script);
        n_set = env.n;
        for (size_t i = 0; i < n; i++)
                if (!is_set(&env, n_set, environment[i]))
                        env.vars[env.n++] = environment[i];
        return env.failed ? NULL : env.vars;
}

bool lxc_script_sees_root(const char *type) { return streq(type, "mount") || streq(type, "autodev"); }
