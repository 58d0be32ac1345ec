/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks.  LXC's values are shell command lines with arguments and variables of LXC's own, so that an OCI hook is berth itself
 * (berth lxc-hook), which sets the stage and runs the shell.  The start hook runs inside, where there is no berth: sh(1) does. */
#include <string.h>

#include "json/write.h"
#include "to-oci.h"

struct oci_hook *lxc_add_hook(struct lxc_translation *t, enum oci_hook_kind kind, const char *path)
{
        struct oci_hook *hook = lxc_append(t, &t->spec->hooks->list[kind]);

        if (hook)
                hook->path = path;
        return hook;
}

static void put_hook(struct json_writer *w, const struct oci_hook *hook)
{
        json_open(w, NULL, '{');
        json_put_string(w, "path", hook->path);
        json_put_strings(w, "args", hook->args.items, hook->args.n);
        if (hook->env.n > 0)
                json_put_strings(w, "env", hook->env.items, hook->env.n);
        json_close(w, '}');
}

void lxc_annotate_hooks(struct lxc_translation *t, const char *key, const oci_hook_list *hooks)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };
        struct json_writer w = { .out = &b };

        if (hooks->n == 0)
                return;
        json_open(&w, NULL, '[');
        for (size_t i = 0; i < hooks->n; i++)
                put_hook(&w, &hooks->items[i]);
        json_close(&w, ']');
        t->report->nomem |= b.failed;
        lxc_annotate(t, key, lxc_text(t->report, "%s", b.text ?: "[]"));
}

static const char *hook_version(struct lxc_translation *t) { return lxc_get_bool(t, LXC_KEY_HOOK_VERSION, false) ? "1" : "0"; }

/* What LXC_ROOTFS_MOUNT says; NULL: not known. */
static const char *rootfs_mount(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_ROOTFS_MOUNT);

        return entry ? entry->value : t->options->rootfs_mount;
}

static void add_option(struct lxc_translation *t, oci_strings *args, const char *option, const char *value)
{
        if (!value)
                return;
        lxc_add_string(t, args, option);
        lxc_add_string(t, args, value);
}

static void add_environment(struct lxc_translation *t, oci_strings *env)
{
        for (size_t i = 0; i < t->hook_env.n; i++)
                lxc_add_string(t, env, t->hook_env.items[i]);
}

/* `berth lxc-hook`, told all that LXC would tell the script. */
static void fill_bridge(struct lxc_translation *t, struct oci_hook *hook, const char *type, const char *value, bool in_child)
{
        oci_strings *args = &hook->args;

        hook->path = t->options->helper;
        lxc_add_string(t, args, "berth");
        lxc_add_string(t, args, "lxc-hook");
        add_option(t, args, "--type", type);
        add_option(t, args, "--section", "lxc");
        add_option(t, args, "--hook-version", hook_version(t));
        add_option(t, args, "--era", t->report->era);
        add_option(t, args, "--name", t->name);
        add_option(t, args, "--config", t->options->config_path);
        add_option(t, args, "--rootfs-path", t->rootfs_value);
        add_option(t, args, "--rootfs-mount", rootfs_mount(t));
        lxc_add_string(t, args, "--");
        lxc_add_string(t, args, value);
        lxc_add_string(t, &hook->env, LXC_DEFAULT_PATH);
        if (in_child)
                add_environment(t, &hook->env);
}

/* The lines of ID as OCI hooks of KIND. */
static void oci_hooks(struct lxc_translation *t, enum lxc_key_id id, enum oci_hook_kind kind, const char *type,
                      enum lxc_class cls, bool in_child)
{
        struct lxc_entry *entry;

        lxc_each(t, id, entry) {
                struct oci_hook *hook = lxc_append(t, &t->spec->hooks->list[kind]);

                if (!hook)
                        return;
                fill_bridge(t, hook, type, entry->value, in_child);
                lxc_became(t->report, entry, cls, NULL, "/hooks/%s/%zu", name_of(&names_hook_kind, (int) kind),
                           t->spec->hooks->list[kind].n - 1);
        }
}

static void append_hooks(struct lxc_translation *t, oci_hook_list *list, const oci_hook_list *more)
{
        for (size_t i = 0; i < more->n; i++) {
                struct oci_hook *hook = lxc_append(t, list);

                if (hook)
                        *hook = more->items[i];
        }
}

/* The lines of ID as an annotation that berth obeys; for other runtimes as hooks of INSTEAD, where there is one (-1: none). */
static void annotated_hooks(struct lxc_translation *t, enum lxc_key_id id, const char *type, bool in_child, int instead,
                            const char *difference)
{
        const char *key = lxc_text(t->report, "berth.lxc.hook.%s", type);
        oci_hook_list list = { 0 };
        struct lxc_entry *entry;

        if (t->options->portable && instead >= 0) {
                if (id == LXC_KEY_HOOK_PRE_START)
                        lxc_annotate_hooks(t, key, &t->root_hooks);
                oci_hooks(t, id, (enum oci_hook_kind) instead, type, LXC_NEARLY, in_child);
                lxc_each(t, id, entry)
                        lxc_say(t->report, entry, LXC_WARN, "%s", difference);
                return;
        }
        lxc_each(t, id, entry) {
                struct oci_hook *hook = lxc_append(t, &list);

                if (!hook)
                        return;
                fill_bridge(t, hook, type, entry->value, in_child);
                lxc_became(t->report, entry, LXC_BERTH, NULL, "/annotations/%s", key);
                lxc_elsewhere(t->report, entry, "the hook does not run");
        }
        if (id == LXC_KEY_HOOK_PRE_START)
                append_hooks(t, &list, &t->root_hooks);
        lxc_annotate_hooks(t, key, &list);
}

/* The command line of a start hook, as LXC itself would hand it to sh(1), in LXC's working directory. */
static const char *start_command(struct lxc_translation *t, const char *value)
{
        const char *cd = str_empty(t->spec->process->cwd) || streq(t->spec->process->cwd, "/") ? "" : LXC_CD_ROOT;

        if (streq(hook_version(t), "1"))
                return lxc_text(t->report, "%sexec %s", cd, value);
        if (t->config->era <= 10)
                return lxc_text(t->report, "%s%s %s lxc start", cd, value, t->name);
        return lxc_text(t->report, "%sexec %s '%s' 'lxc' 'start'", cd, value, t->name);
}

static void add_variable(struct lxc_translation *t, oci_strings *env, const char *name, const char *value)
{
        if (value)
                lxc_add_string(t, env, lxc_text(t->report, "%s=%s", name, value));
}

static void start_hooks(struct lxc_translation *t)
{
        struct lxc_entry *entry;

        lxc_each(t, LXC_KEY_HOOK_START, entry) {
                struct oci_hook *hook = lxc_add_hook(t, OCI_HOOK_START_CONTAINER, "/bin/sh");

                if (!hook)
                        return;
                lxc_add_string(t, &hook->args, "sh");
                lxc_add_string(t, &hook->args, "-c");
                lxc_add_string(t, &hook->args, start_command(t, entry->value));
                lxc_add_string(t, &hook->env, LXC_DEFAULT_PATH);
                add_variable(t, &hook->env, "LXC_NAME", t->name);
                add_variable(t, &hook->env, "LXC_CONFIG_FILE", t->options->config_path);
                add_variable(t, &hook->env, "LXC_ROOTFS_PATH", t->rootfs_value);
                add_variable(t, &hook->env, "LXC_ROOTFS_MOUNT", rootfs_mount(t));
                if (t->config->era >= 20)
                        lxc_add_string(t, &hook->env, "LXC_CGNS_AWARE=1");
                if (t->config->era >= 30)
                        add_variable(t, &hook->env, "LXC_HOOK_VERSION", hook_version(t));
                if (streq(hook_version(t), "1")) {
                        lxc_add_string(t, &hook->env, "LXC_HOOK_TYPE=start");
                        lxc_add_string(t, &hook->env, "LXC_HOOK_SECTION=lxc");
                }
                add_environment(t, &hook->env);
                lxc_became(t->report, entry, LXC_HOOK, lxc_json(t->report, start_command(t, entry->value)),
                           "/hooks/startContainer/%zu", t->spec->hooks->list[OCI_HOOK_START_CONTAINER].n - 1);
                lxc_say(t->report, entry, LXC_INFO, "the container needs a /bin/sh");
                if (t->spec->process->user.uid.value != 0)
                        lxc_say(t->report, entry, LXC_WARN, "runs as the user of lxc.init.uid; LXC runs it as root");
        }
}

static void dropped_hooks(struct lxc_translation *t, enum lxc_key_id id, const char *why)
{
        struct lxc_entry *entry;

        lxc_each(t, id, entry)
                lxc_dropped(t->report, entry, "%s", why);
}

void lxc_to_hooks(struct lxc_translation *t)
{
        struct lxc_entry *version = lxc_get(t, LXC_KEY_HOOK_VERSION), *entry;

        annotated_hooks(t, LXC_KEY_HOOK_PRE_START, "pre-start", false, OCI_HOOK_CREATE_RUNTIME,
                        "runs when the mounts are made already: too late to make the root file system");
        annotated_hooks(t, LXC_KEY_HOOK_PRE_MOUNT, "pre-mount", true, -1, "");
        oci_hooks(t, LXC_KEY_HOOK_MOUNT, OCI_HOOK_CREATE_CONTAINER, "mount", LXC_HOOK, true);
        if (t->autodev)
                oci_hooks(t, LXC_KEY_HOOK_AUTODEV, OCI_HOOK_CREATE_CONTAINER, "autodev", LXC_HOOK, true);
        else
                dropped_hooks(t, LXC_KEY_HOOK_AUTODEV, "LXC runs it only with lxc.autodev");
        lxc_each(t, LXC_KEY_HOOK_AUTODEV, entry)
                lxc_say(t->report, entry, LXC_NOTE, "the standard devices are there already when it runs");
        start_hooks(t);
        annotated_hooks(t, LXC_KEY_HOOK_START_HOST, "start-host", false, OCI_HOOK_POSTSTART,
                        "runs when the program runs already");
        annotated_hooks(t, LXC_KEY_HOOK_STOP, "stop", false, OCI_HOOK_POSTSTOP, "runs when the namespaces are gone");
        append_hooks(t, &t->spec->hooks->list[OCI_HOOK_POSTSTOP], &t->unroot_hooks);
        oci_hooks(t, LXC_KEY_HOOK_POST_STOP, OCI_HOOK_POSTSTOP, "post-stop", LXC_HOOK, false);
        lxc_each(t, LXC_KEY_HOOK_POST_STOP, entry)
                lxc_say(t->report, entry, LXC_INFO, "runs at delete; LXC runs it when the container stops");
        dropped_hooks(t, LXC_KEY_HOOK_CLONE, "no OCI runtime clones containers");
        dropped_hooks(t, LXC_KEY_HOOK_DESTROY, "deleting a container leaves its bundle alone");
        if (version)
                lxc_became(t->report, version, LXC_EXACT, hook_version(t), "%s", "");
}
