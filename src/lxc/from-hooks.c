/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks and annotations.  The hooks that `berth convert` writes carry LXC's own command lines; any other OCI hook reads the
 * container's state from its standard input, which LXC's hooks do not get. */
#include <inttypes.h>

#include "from-job.h"
#include "keys.h"
#include "value.h"

/* A hook, from the model or from an annotation's text. */
struct hook { const char *path; oci_strings args, env; };

static const char *argument(const struct hook *h, size_t i) { return i < h->args.n && h->args.items[i] ? h->args.items[i] : ""; }

/* The argument behind OPTION, or NULL. */
static const char *option(const struct hook *h, const char *name)
{
        for (size_t i = 0; i + 1 < h->args.n && !streq(h->args.items[i], "--"); i++)
                if (streq(h->args.items[i], name))
                        return h->args.items[i + 1];
        return NULL;
}

static bool is_bridge(const struct hook *h) { return streq(argument(h, 0), "berth") && streq(argument(h, 1), "lxc-hook"); }
static bool is_net(const struct hook *h) { return streq(argument(h, 0), "berth") && streq(argument(h, 1), "lxc-net"); }
static bool is_script(const struct hook *h) { return streq(argument(h, 0), "sh") && streq(argument(h, 1), "-c") && h->args.n == 3; }

static const char *bridged_command(const struct hook *h)
{
        for (size_t i = 2; i + 1 < h->args.n; i++)
                if (streq(h->args.items[i], "--"))
                        return h->args.items[i + 1];
        return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Scripts */

/* TEXT without PREFIX and SUFFIX, or NULL when it has not got both. */
static const char *between(struct lxc_from *f, const char *text, const char *prefix, const char *suffix)
{
        const char *rest = str_after(text, prefix);
        size_t n = rest ? strlen(rest) : 0, tail = strlen(suffix);

        if (!rest || n < tail || !streq(rest + n - tail, suffix))
                return NULL;
        return lxc_from_text(f, "%.*s", (int) (n - tail), rest);
}

/* The command of a start hook; LXC appends the name, the section and the type by itself. */
static const char *start_command(struct lxc_from *f, const char *script)
{
        const char *command;

        script = str_after(script, LXC_CD_ROOT) ?: script;
        command = between(f, script, "exec ", lxc_from_text(f, " '%s' 'lxc' 'start'", f->name));
        if (!command)
                command = between(f, script, "", lxc_from_text(f, " %s lxc start", f->name));
        return command ?: str_after(script, "exec ");
}

/* One word of sh(1) in single quotes, at *AT, which moves behind it; NULL: there is none. */
static const char *unquote(struct lxc_from *f, const char **at)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };
        const char *p = *at;

        if (*p != '\'')
                return NULL;
        while (*p == '\'') {
                const char *end = strchr(p + 1, '\'');

                if (!end)
                        return NULL;
                strbuf_add(&b, p + 1, (size_t) (end - p - 1));
                p = end + 1;
                if (str_after(p, "\\''")) {
                        strbuf_addc(&b, '\'');
                        p += 2;
                }
        }
        *at = p;
        return lxc_from_text(f, "%s", b.text ?: "");
}

/* The hook that stands for lxc.proc.FILE. */
static bool proc_file(struct lxc_from *f, const struct hook *h, const char *pointer)
{
        const char *at = is_script(h) && str_after(h->args.items[2], "pid=$(sed ") ? strstr(h->args.items[2], "&& printf %s ") : NULL, *value, *file;
        char *key;

        at = at ? at + strlen("&& printf %s ") : NULL;
        value = at ? unquote(f, &at) : NULL;
        at = value ? str_after(at, " >/proc/$pid/") : NULL;
        file = at ? unquote(f, &at) : NULL;
        if (!file)
                return false;
        key = (char *) (uintptr_t) lxc_from_text(f, "lxc.proc.%s", file);
        for (char *c = key; *c; c++)
                *c = *c == '/' ? '.' : *c;
        lxc_from_exact(f, pointer, key, value);
        return true;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void lose(struct lxc_from *f, const char *pointer)
{
        lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "an OCI hook reads the container's state from its standard input; LXC's hooks get none");
}

/* Version 1 tells a script by variables instead of arguments. */
static bool is_version_1(const struct hook *h)
{
        const char *version = is_bridge(h) ? option(h, "--hook-version") : NULL;

        for (size_t i = 0; !version && i < h->env.n; i++)
                version = str_after(h->env.items[i], "LXC_HOOK_VERSION=");
        return version && streq(version, "1");
}

static bool has_string(const oci_strings *list, const char *text)
{
        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i], text))
                        return true;
        return false;
}

/* The variables that the converter gives no hook and the program has not got either. */
static void own_variables(struct lxc_from *f, const struct hook *h, oci_strings *ret)
{
        for (size_t i = 0; i < h->env.n; i++) {
                const char *variable = h->env.items[i];

                if (str_after(variable, "LXC_") || streq(variable, LXC_DEFAULT_PATH) || (f->spec->process && has_string(&f->spec->process->env, variable)))
                        continue;
                f->nomem |= !lxc_strings_add(f->arena, ret, variable);
        }
}

/* "lxc.hook.TYPE = COMMAND", and once the version of all of them and each variable. */
static void put_hook(struct lxc_from *f, const struct hook *h, const char *type, const char *command, const char *pointer, const char *text)
{
        oci_strings variables = { 0 };

        own_variables(f, h, &variables);
        if (variables.n > 0 && !text)
                text = "LXC has variables of hooks since 7.0, and gives them to those that it runs in the container's process";
        lxc_from_line(f, text ? LXC_NEARLY : LXC_EXACT, text ? LXC_NOTE : LXC_INFO, pointer, lxc_from_text(f, "lxc.hook.%s", type), command, text ? "%s" : NULL, text);
        if (is_version_1(h) && !f->said_version) {
                f->said_version = true;
                lxc_from_more(f, "lxc.hook.version", "1");
        }
        for (size_t i = 0; i < variables.n; i++)
                if (!has_string(&f->hook_env, variables.items[i])) {
                        lxc_from_more(f, "lxc.environment.hooks", variables.items[i]);
                        f->nomem |= !lxc_strings_add(f->arena, &f->hook_env, variables.items[i]);
                }
}

/* A script of the converter's own, that makes or undoes the root file system. */
static void put_script(struct lxc_from *f, const struct hook *h, const char *type, const char *pointer)
{
        if (lxc_from_annotation(f, "berth.lxc.rootfs.path"))
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "mounts or unmounts what lxc.rootfs.path says");
        else
                put_hook(f, h, type, lxc_from_text(f, "sh -c %s", lxc_shell_quote(f->arena, argument(h, 2)) ?: ""), pointer, "what makes the root file system, as a hook");
}

static void hook(struct lxc_from *f, const struct hook *h, enum oci_hook_kind kind, const char *pointer)
{
        const char *type = option(h, "--type"), *command = is_bridge(h) ? bridged_command(h) : NULL;

        if (command && type)
                put_hook(f, h, type, command, pointer, NULL);
        else if (is_net(h) && f->net)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "makes the interfaces of lxc-net.json");
        else if (is_net(h))
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "the bundle has no lxc-net.json to tell the interfaces");
        else if (kind == OCI_HOOK_START_CONTAINER && is_script(h) && f->from_lxc && (command = start_command(f, h->args.items[2])))
                put_hook(f, h, "start", command, pointer, NULL);
        else if (kind == OCI_HOOK_POSTSTOP && is_script(h) && f->from_lxc)
                put_script(f, h, "post-stop", pointer);
        else if (!proc_file(f, h, pointer))
                lose(f, pointer);
}

static void oci_hooks(struct lxc_from *f)
{
        for (int kind = 0; f->spec->hooks && kind < OCI_HOOK_KINDS; kind++)
                for (size_t i = 0; i < f->spec->hooks->list[kind].n; i++) {
                        const struct oci_hook *o = &f->spec->hooks->list[kind].items[i];
                        struct hook h = { .path = o->path, .args = o->args, .env = o->env };

                        hook(f, &h, (enum oci_hook_kind) kind, lxc_from_text(f, "/hooks/%s/%zu", name_of(&names_hook_kind, kind), i));
                }
}

/* ------------------------------------------------------------------------------------------------------------------
 * Hooks that are annotations: an array of OCI hook objects as text */

static void read_strings(struct lxc_from *f, const struct json_node *list, oci_strings *ret)
{
        for (const struct json_node *n = list ? list->first : NULL; n; n = n->next)
                f->nomem |= !lxc_strings_add(f->arena, ret, n->text ?: "");
}

static void annotated_hook(struct lxc_from *f, const struct json_node *node, const char *type, const char *pointer)
{
        const char *command;
        struct hook h = { 0 };

        read_strings(f, json_member(node, "args"), &h.args);
        read_strings(f, json_member(node, "env"), &h.env);
        command = is_bridge(&h) ? bridged_command(&h) : NULL;
        if (command)
                put_hook(f, &h, type, command, pointer, NULL);
        else if (is_script(&h))
                put_script(f, &h, type, pointer);
        else
                lose(f, pointer);
}

static void annotated_hooks(struct lxc_from *f)
{
        for (size_t i = 0; i < f->spec->annotations.n; i++) {
                const struct oci_pair *pair = &f->spec->annotations.items[i];
                const char *type = str_after(pair->key, "berth.lxc.hook."), *pointer = lxc_from_member(f, "/annotations", pair->key);
                struct json_node *list = NULL;
                struct err e = ERR_INIT;

                if (!type)
                        continue;
                if (json_parse(f->arena, pair->value, strlen(pair->value), pair->key, NULL, &list, &e) < 0 || list->type != JSON_ARRAY) {
                        lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "this is no array of hooks");
                        continue;
                }
                for (const struct json_node *n = list->first; n; n = n->next)
                        annotated_hook(f, n, type, pointer);
        }
}

void lxc_from_hooks(struct lxc_from *f)
{
        annotated_hooks(f);
        oci_hooks(f);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Annotations */

/* Those that other parts have read, or that say nothing of the container. */
static bool is_taken(const char *key)
{
        static const char *const keys[] = { "berth.init", "berth.devices.strict", "berth.devices.default", "berth.rootfs.propagation",
                                            "berth.rootfs.options", "berth.sched.core", "berth.lxc.rootfs.path",
                                            "berth.lxc.rootfs.options" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (streq(keys[i], key))
                        return true;
        return str_after(key, "berth.lxc.hook.") || str_after(key, "berth.namespace.share.");
}

/* Numbers without what LXC 2.0 and before let stand behind them. */
static const char *value_of(struct lxc_from *f, const struct lxc_key *row, const char *value)
{
        int64_t number;
        bool junk;

        if ((row->kind == LXC_UINT || row->kind == LXC_INT || row->kind == LXC_BOOL) && lxc_value_int(LXC_ERA_LEGACY, value, &number, &junk) == 0 && junk)
                return lxc_from_text(f, "%" PRId64, number);
        return value;
}

static void annotation(struct lxc_from *f, const struct oci_pair *pair)
{
        static const char stop_signal[] = "org.opencontainers.image.stopSignal";
        const char *pointer = lxc_from_member(f, "/annotations", pair->key), *rest = str_after(pair->key, "berth.lxc.");
        const char *key = rest ? lxc_from_text(f, "lxc.%s", rest) : "";
        struct lxc_key_match match;

        if (is_taken(pair->key) || (streq(pair->key, "berth.paths.writable") && f->from_lxc))
                lxc_from_told(f, pointer);
        else if (streq(pair->key, "berth.paths.writable"))
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_WARN, pointer, "LXC makes exceptions for proc:mixed and sys:mixed only");
        else if (streq(pair->key, "berth.lxc.config") || streq(pair->key, "berth.lxc.name"))
                lxc_from_say(f, LXC_DROPPED, LXC_INFO, pointer, "where the bundle came from");
        else if (rest && lxc_key_find(key, &match) == 0)
                lxc_from_exact(f, pointer, key, value_of(f, match.row, pair->value));
        else if (streq(pair->key, stop_signal) && lxc_from_annotation(f, "berth.lxc.signal.halt"))
                lxc_from_told(f, pointer);
        else if (streq(pair->key, stop_signal))
                lxc_from_exact(f, pointer, "lxc.signal.halt", pair->value);
        else
                lxc_from_say(f, LXC_DROPPED, LXC_INFO, pointer, "LXC has no annotations");
}

void lxc_from_annotations(struct lxc_from *f)
{
        for (size_t i = 0; i < f->spec->annotations.n; i++)
                annotation(f, &f->spec->annotations.items[i]);
}
