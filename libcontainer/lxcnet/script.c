/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include <string.h>

enum { VARIABLES_MAX = 16 };

static bool is_since(const struct lxcnet_document *d, unsigned major, unsigned minor)
{
        return d->era_major > major || (d->era_major == major && d->era_minor >= minor);
}

/* LXC puts its words between quotes and does not look at them; these hold for any word. */
static void add_word(struct strbuf *out, const char *word)
{
        strbuf_adds(out, " '");
        for (; *word; word++)
                if (*word == '\'')
                        strbuf_adds(out, "'\\''");
                else
                        strbuf_addc(out, *word);
        strbuf_addc(out, '\'');
}

/* LXC does not quote these: an empty one is none. */
static void add_device_words(const struct lxcnet_script *s, struct strbuf *out)
{
        add_word(out, lxcnet_type_name(s->nic->type));
        if (!s->device)
                return;
        if (s->device->link[0] && (s->nic->type != LXCNET_VETH || is_since(s->document, 3, 0)))
                add_word(out, s->device->link);
        if (s->nic->type == LXCNET_VETH)
                add_word(out, s->device->host);
}

void lxcnet_script_command(const struct lxcnet_script *s, const char *command, struct strbuf *out)
{
        if (is_since(s->document, 1, 1))
                strbuf_adds(out, "exec ");
        strbuf_adds(out, command);
        if (s->document->hook_version == 0) {
                add_word(out, s->document->name);
                add_word(out, "net");
                add_word(out, s->up ? "up" : "down");
        }
        add_device_words(s, out);
}

struct environment {
        struct arena *arena;
        char **vars;
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

static void set_version_1(struct environment *env, const struct lxcnet_script *s)
{
        const enum lxcnet_type type = s->nic->type;

        set(env, "LXC_HOOK_TYPE", s->up ? "up" : "down");
        set(env, "LXC_HOOK_SECTION", "net");
        set(env, "LXC_NET_TYPE", lxcnet_type_name(type));
        if (type == LXCNET_VETH || type == LXCNET_MACVLAN || type == LXCNET_PHYS)
                set(env, "LXC_NET_PARENT", s->device->link);
        if (type == LXCNET_VETH)
                set(env, "LXC_NET_PEER", s->device->host);
}

static void set_all(struct environment *env, const struct lxcnet_script *s)
{
        const struct lxcnet_document *d = s->document;

        set(env, "LXC_NAME", d->name);
        set(env, "LXC_CONFIG_FILE", d->config);
        set(env, "LXC_ROOTFS_MOUNT", d->rootfs_mount);
        set(env, "LXC_ROOTFS_PATH", d->rootfs_path);
        if (is_since(d, 2, 0) && s->cgroup_ns)
                set(env, "LXC_CGNS_AWARE", "1");
        if (is_since(d, 3, 0)) {
                set(env, "LXC_HOOK_VERSION", d->hook_version == 1 ? "1" : "0");
                if (s->pid > 0)
                        set(env, "LXC_PID", arena_printf(env->arena, "%d", (int) s->pid));
                set(env, "LXC_NET_NS", s->net_path);
        }
        if (d->hook_version == 1)
                set_version_1(env, s);
}

/* Is VAR ("NAME=…") one of those that are set? */
static bool is_set(const struct environment *env, const char *var)
{
        const size_t len = strcspn(var, "=");

        for (size_t i = 0; i < env->n; i++)
                if (strncmp(env->vars[i], var, len) == 0 && env->vars[i][len] == '=')
                        return true;
        return false;
}

char **lxcnet_script_environment(struct arena *arena, const struct lxcnet_script *s, char *const *environment)
{
        struct environment env = { .arena = arena };
        size_t n = 0, n_set;

        while (environment[n])
                n++;
        env.vars = arena_alloc_array(arena, n + VARIABLES_MAX + 1, sizeof *env.vars);
        if (!env.vars)
                return NULL;
        set_all(&env, s);
        n_set = env.n;
        for (size_t i = 0; i < n; i++) {
                const struct environment ours = { .vars = env.vars, .n = n_set };

                if (!is_set(&ours, environment[i]))
                        env.vars[env.n++] = environment[i];
        }
        return env.failed ? NULL : env.vars;
}
