/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals and the console. */
#include <inttypes.h>
#include <string.h>

#include "to-oci.h"

/* LXC, too, does without the group of terminals where the container has none. */
static bool maps_terminal_group(const struct lxc_translation *t)
{
        enum { TTY_GID = 5 };
        const oci_id_mappings *gids = &t->spec->linux_->gid_mappings;

        for (size_t i = 0; i < gids->n; i++)
                if (TTY_GID >= gids->items[i].container_id.value &&
                    TTY_GID - gids->items[i].container_id.value < gids->items[i].size.value)
                        return true;
        return gids->n == 0;
}

static size_t add_devpts(struct lxc_translation *t, const char *max)
{
        return lxc_add_mount(t, "devpts", "devpts", "/dev/pts",
                             lxc_text(t->report, "newinstance,ptmxmode=0666,mode=0620%s%s,nosuid,noexec",
                                      maps_terminal_group(t) ? ",gid=5" : "", max));
}

/* A devpts of the container's own, as soon as some line wants a pseudo terminal. */
static void devpts(struct lxc_translation *t)
{
        struct lxc_entry *pty = lxc_get(t, LXC_KEY_PTY_MAX);
        uint64_t ptys = lxc_get_uint(t, LXC_KEY_PTY_MAX, 0), ttys = lxc_get_uint(t, LXC_KEY_TTY_MAX, 0);
        const char *max = t->config->era >= LXC_ERA_BOTH ? lxc_text(t->report, ",max=%" PRIu64, ptys + ttys) : "", *json;
        size_t index;

        if (ptys + ttys == 0) {
                if (pty)
                        lxc_became(t->report, pty, LXC_EXACT, NULL, "%s", "");
                return;
        }
        index = add_devpts(t, max);
        json = lxc_mount_json(t, index);
        if (!pty) {
                lxc_default(t->report, lxc_text(t->report, "/mounts/%zu", index), json, "for lxc.tty LXC mounts a devpts");
                return;
        }
        lxc_became(t->report, pty, LXC_EXACT, json, "/mounts/%zu", index);
        if (!t->autodev)
                lxc_say(t->report, pty, LXC_NOTE,
                        "LXC also puts pts/ptmx on /dev/ptmx; without lxc.autodev, what the root file system has there stays");
}

static void ttys(struct lxc_translation *t)
{
        struct lxc_entry *max = lxc_get(t, LXC_KEY_TTY_MAX), *dir = lxc_get(t, LXC_KEY_TTY_DIR);

        if (dir && lxc_get_uint(t, LXC_KEY_TTY_MAX, 0) == 0)
                lxc_dropped(t->report, dir, "there are no ttys");
        else if (dir)
                lxc_kept(t, dir, "berth.lxc.tty.dir", NULL);
        if (!max)
                return;
        if (lxc_get_uint(t, LXC_KEY_TTY_MAX, 0) == 0) {
                lxc_dropped(t->report, max, "no ttys is the default");
                return;
        }
        lxc_kept(t, max, "berth.lxc.tty.max",
                 lxc_text(t->report, "nothing serves /dev/tty1 to %" PRIu64 ": a getty on one of them fails",
                          lxc_get_uint(t, LXC_KEY_TTY_MAX, 0)));
}

static void console(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_CONSOLE);
        bool none = entry && streq(entry->value, "none");

        t->spec->process->terminal = (struct opt_bool) { true, !t->app && !none };
        if (!entry) {
                lxc_default(t->report, "/process/terminal", t->app ? "false" : "true", "%s",
                            t->app ? "lxc-execute passes on what it has" : "lxc-start gives init a console");
                return;
        }
        if (none || t->app) {
                lxc_became(t->report, entry, LXC_EXACT, "false", "/process/terminal");
                return;
        }
        lxc_annotate(t, "berth.lxc.console.path", entry->value);
        lxc_became(t->report, entry, LXC_NEARLY, "true", "/process/terminal");
        lxc_say(t->report, entry, LXC_WARN,
                "the console is a terminal of the runtime's caller, not this device; the path is kept as an annotation");
}

/* Some mount, or the host's root as the container's, has terminals. */
static bool has_terminals(const struct lxc_translation *t)
{
        for (size_t i = 0; i < t->spec->mounts.n; i++) {
                const struct oci_mount *mount = &t->spec->mounts.items[i];

                if (streq(mount->destination, "/dev/pts"))
                        return true;
                for (size_t o = 0; streq(mount->destination, "/dev") && o < mount->options.n; o++)
                        if (streq(mount->options.items[o], "rbind"))
                                return true;
        }
        return t->spec->root && streq(t->spec->root->path, "/");
}

/* LXC takes the console from the host's devpts; an OCI runtime can only take it from the container's. */
static void console_devpts(struct lxc_translation *t)
{
        size_t index;

        if (!t->spec->process->terminal.value || has_terminals(t))
                return;
        index = add_devpts(t, "");
        lxc_default(t->report, lxc_text(t->report, "/mounts/%zu", index), lxc_mount_json(t, index),
                    "for the console, which LXC takes from the host's devpts and OCI runtimes from the container's");
}

void lxc_to_terminal(struct lxc_translation *t)
{
        devpts(t);
        ttys(t);
        console(t);
        console_devpts(t);
}
