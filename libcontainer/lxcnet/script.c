/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

/* Room for the terminating NULL included. */
enum { WORDS_MAX = 4, VARIABLES_MAX = 5, ERA_LINK_WORD = 30 };

/* LXC does not quote these, so that an empty link is no word at all. */
static const char **device_words(struct arena *arena, const struct lxcnet_script *s)
{
        const char **words = arena_alloc_array(arena, WORDS_MAX, sizeof *words);
        size_t n = 0;

        if (!words)
                return NULL;
        words[n++] = lxcnet_type_name(s->nic->type);
        if (!s->device)
                return words;
        if (s->device->link[0] && (s->nic->type != LXCNET_VETH || s->document->era >= ERA_LINK_WORD))
                words[n++] = s->device->link;
        if (s->nic->type == LXCNET_VETH)
                words[n++] = s->device->host;
        return words;
}

struct variables {
        struct arena *arena;
        char **vars;
        size_t n;
        bool failed;
};

static void set(struct variables *v, const char *name, const char *value)
{
        char *var = value ? arena_printf(v->arena, "%s=%s", name, value) : NULL;

        v->failed |= value && !var;
        if (var)
                v->vars[v->n++] = var;
}

static char **device_variables(struct arena *arena, const struct lxcnet_script *s)
{
        const enum lxcnet_type type = s->nic->type;
        struct variables v = { .arena = arena, .vars = arena_alloc_array(arena, VARIABLES_MAX, sizeof *v.vars) };

        if (!v.vars)
                return NULL;
        if (s->document->era >= ERA_LINK_WORD)
                set(&v, "LXC_NET_NS", s->net_path);
        if (s->document->hook_version == 1) {
                set(&v, "LXC_NET_TYPE", lxcnet_type_name(type));
                if (type == LXCNET_VETH || type == LXCNET_MACVLAN || type == LXCNET_PHYS)
                        set(&v, "LXC_NET_PARENT", s->device->link);
                if (type == LXCNET_VETH)
                        set(&v, "LXC_NET_PEER", s->device->host);
        }
        return v.failed ? NULL : v.vars;
}

int lxcnet_script_fill(struct arena *arena, const struct lxcnet_script *s, const char *command, struct lxc_script *ret,
                       struct err *e)
{
        const struct lxcnet_document *d = s->document;

        *ret = (struct lxc_script) {
                .type = s->up ? "up" : "down",
                .section = "net",
                .name = d->name,
                .command = command,
                .words = device_words(arena, s),
                .hook_version = d->hook_version,
                .era = d->era,
                .config = d->config,
                .rootfs_path = d->rootfs_path,
                .rootfs_mount = d->rootfs_mount,
                .cgroup_ns = s->cgroup_ns,
                .pid = s->pid,
                .more = device_variables(arena, s),
        };
        return ret->words && ret->more ? 0 : err_nomem(e);
}
