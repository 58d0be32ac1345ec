/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts, in LXC's order: /dev, the automatic ones, the fstab file, the entries, those with mapped ids, cgroups. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fstab.h"
#include "lex.h"
#include "look.h"
#include "mount-options.h"
#include "to-oci.h"

size_t lxc_add_mount(struct lxc_translation *t, const char *type, const char *source, const char *destination,
                     const char *options)
{
        struct oci_mount *mount = lxc_append(t, &t->spec->mounts);
        const char *at, *word;
        size_t len;

        if (!mount)
                return 0;
        *mount = (struct oci_mount) { .type = type, .source = source, .destination = destination };
        for (at = options; lxc_word_next(&at, ",", &word, &len);)
                lxc_add_string(t, &mount->options, lxc_text(t->report, "%.*s", (int) len, word));
        return t->spec->mounts.n - 1;
}

const char *lxc_mount_json(struct lxc_translation *t, size_t index)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };
        const struct oci_mount *mount;

        if (index >= t->spec->mounts.n)
                return "";
        mount = &t->spec->mounts.items[index];
        strbuf_adds(&b, "{\"destination\":");
        strbuf_add_json(&b, mount->destination);
        strbuf_adds(&b, ",\"type\":");
        strbuf_add_json(&b, mount->type ?: "");
        strbuf_adds(&b, ",\"source\":");
        strbuf_add_json(&b, mount->source ?: "");
        strbuf_adds(&b, ",\"options\":[");
        for (size_t i = 0; i < mount->options.n; i++) {
                strbuf_adds(&b, i > 0 ? "," : "");
                strbuf_add_json(&b, mount->options.items[i]);
        }
        strbuf_adds(&b, "]}");
        return lxc_text(t->report, "%s", b.text ?: "");
}

/* ---- a line of fstab ----------------------------------------------------------------------------------------------- */

struct mount_line {
        struct lxc_fstab fstab;
        const char *destination, *source;
        bool optional, relative, bind, recursive, idmap, create;
        oci_strings options;
};

/* Read when the container is created, which only berth does. */
static void idmap_by_path(struct lxc_translation *t, struct lxc_entry *entry, struct mount_line *line, const char *word)
{
        lxc_add_string(t, &line->options, word);
        lxc_became(t->report, entry, LXC_BERTH, NULL, "%s", "");
        lxc_elsewhere(t->report, entry, "the option '%s' is not known, or an error", word);
}

/* A word that LXC keeps for itself; it looks for them anywhere in the text. */
static bool take_own_word(struct lxc_translation *t, struct lxc_entry *entry, struct mount_line *line, const char *word)
{
        if (strstr(word, "create=dir") || strstr(word, "create=file"))
                return line->create = true; /* OCI runtimes make what is missing */
        if (strstr(word, "optional")) {
                line->optional = true;
                return true;
        }
        if (streq(word, "relative") && t->config->era >= LXC_ERA_BOTH) {
                line->relative = true;
                return true;
        }
        if (!str_after(word, "idmap="))
                return false;
        if (streq(word, "idmap=container") && t->has_ns & 1u << OCI_NS_USER)
                line->idmap = true;
        else if (str_after(word, "idmap=/") && !t->options->portable)
                idmap_by_path(t, entry, line, word);
        else if (streq(word, "idmap=container"))
                lxc_say(t->report, entry, LXC_ERROR,
                        "there is no user namespace whose ids '%s' could take: lxc.idmap makes one", word);
        else
                lxc_say(t->report, entry, LXC_ERROR,
                        "ids as of '%s' can be read only at start: write the mapping into config.json", word);
        return true;
}

static void take_option(struct lxc_translation *t, struct lxc_entry *entry, struct mount_line *line, const char *word)
{
        const char *flag = lxc_mount_flag(word);
        int propagation;

        if (take_own_word(t, entry, line, word))
                return;
        if (flag && !streq(flag, word)) {
                lxc_say(t->report, entry, LXC_NOTE, "LXC takes '%s' for '%s': it compares the beginning only", word, flag);
                word = flag;
        }
        if (name_lookup(&names_propagation, word, &propagation) && t->config->era < 30)
                lxc_say(t->report, entry, LXC_NOTE, "LXC %s hands '%s' to the file system", t->report->era, word);
        if (t->options->portable && streq(word, "defaults"))
                return; /* it means nothing, and runc 1.1 hands it to the file system */
        line->bind |= streq(word, "bind") || streq(word, "rbind");
        line->recursive |= streq(word, "rbind");
        lxc_add_string(t, &line->options, word);
}

/* For LXC such a word is data of the file system, which the kernel does not look at when it binds. */
static void drop_bind_data(struct lxc_translation *t, struct lxc_entry *entry, struct mount_line *line)
{
        size_t kept = 0;

        for (size_t i = 0; line->bind && i < line->options.n; i++) {
                if (mount_option_find(line->options.items[i]))
                        line->options.items[kept++] = line->options.items[i];
                else
                        lxc_say(t->report, entry, LXC_INFO, "left out: '%s' has no effect on a bind mount, for LXC neither",
                                line->options.items[i]);
        }
        line->options.n = line->bind ? kept : line->options.n;
}

static bool is_source_missing(struct lxc_translation *t, const struct mount_line *line)
{
        return line->bind && line->source[0] == '/' && t->host->exists && !t->host->exists(t->host->arg, line->source);
}

/* "optional": berth knows mount(8)'s "nofail"; for others it is settled now.  False: leave the mount out. */
static bool settle_optional(struct lxc_translation *t, struct lxc_entry *entry, struct mount_line *line)
{
        if (!line->optional)
                return true;
        if (!t->options->portable) {
                lxc_add_string(t, &line->options, "nofail");
                lxc_became(t->report, entry, LXC_BERTH, NULL, "%s", "");
                lxc_say(t->report, entry, LXC_INFO, "optional is 'nofail': no error when the source is missing");
                lxc_elsewhere(t->report, entry, "create fails where the source is missing, or the option is not known");
                return true;
        }
        if (is_source_missing(t, line)) {
                lxc_dropped(t->report, entry, "optional, and '%s' does not exist on this host", line->source);
                return false;
        }
        lxc_became(t->report, entry, LXC_NEARLY, NULL, "%s", "");
        lxc_say(t->report, entry, LXC_NOTE, "optional: create now fails where it cannot be mounted");
        return true;
}

/* runc refuses mounts below /proc, but for these. */
static bool is_refused_elsewhere(const struct lxc_translation *t, const struct mount_line *line)
{
        static const char *const taken[] = { "cpuinfo", "diskstats", "loadavg", "meminfo", "net/dev", "slabinfo", "stat", "swaps",
                                             "sys/kernel/ns_last_pid", "uptime" };
        const char *file = str_after(line->destination, "/proc/");

        for (size_t i = 0; file && i < ARRAY_SIZE(taken); i++)
                if (streq(file, taken[i]))
                        return false;
        return t->options->portable && file;
}

/* It is in something that an earlier line mounts, which nobody can look into. */
static bool is_below_mount(const struct lxc_translation *t, const char *destination)
{
        for (size_t i = 0; i < t->spec->mounts.n; i++) {
                const char *rest = str_after(destination, t->spec->mounts.items[i].destination);

                if (rest && (*rest == '\0' || *rest == '/'))
                        return true;
        }
        return false;
}

/* What LXC does without create= where there is nothing to mount on. */
static void missing_target(struct lxc_translation *t, struct lxc_entry *entry, const struct mount_line *line)
{
        if (line->create || !lxc_has_rootfs(t) || is_below_mount(t, line->destination) || lxc_is_in_rootfs(t, line->destination))
                return;
        lxc_say(t->report, entry, LXC_NOTE,
                line->optional ? "'%s' is missing in the root file system: LXC leaves the mount out without create=; berth, runc and "
                                 "crun make the directory or file, and mount" :
                                 "'%s' is missing in the root file system: LXC does not start without create=; berth, runc and crun make "
                                 "the directory or file",
                line->destination);
}

static void add_line(struct lxc_translation *t, struct lxc_entry *entry, const struct mount_line *line)
{
        struct oci_mount *mount = lxc_append(t, &t->spec->mounts);
        size_t index = t->spec->mounts.n - 1;

        if (!mount)
                return;
        *mount = (struct oci_mount) { .type = line->fstab.type[0] ? line->fstab.type : "none", .source = line->source,
                                      .destination = line->destination, .options = line->options };
        if (line->idmap) {
                lxc_add_string(t, &mount->options, line->recursive ? "ridmap" : "idmap");
                mount->uid_mappings = t->spec->linux_->uid_mappings;
                mount->gid_mappings = t->spec->linux_->gid_mappings;
        }
        lxc_became(t->report, entry, LXC_EXACT, lxc_mount_json(t, index), "/mounts/%zu", index);
        if (line->bind && streq(line->source, "/dev") && streq(line->destination, "/dev"))
                t->host_dev = "/dev";
}

/* The destination in the container, normalised as far as slashes go. */
static const char *clean_path(struct lxc_translation *t, const char *path)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_addc(&b, '/');
        for (const char *p = path; *p; p++)
                if (*p != '/' || (b.text && b.text[b.len - 1] != '/'))
                        strbuf_addc(&b, *p);
        if (b.len > 1 && b.text[b.len - 1] == '/')
                b.text[--b.len] = '\0';
        return lxc_text(t->report, "%s", b.text ?: "/");
}

static bool resolve_target(struct lxc_translation *t, struct lxc_entry *entry, struct mount_line *line)
{
        const char *paths[2], *rest;
        size_t n = 0;

        if (!t->rootfs) {
                line->destination = clean_path(t, line->fstab.target);
                return true;
        }
        if (t->config->era >= 8)
                paths[n++] = lxc_text(t->report, "%s/%s/rootfs", t->options->lxcpath ?: "/var/lib/lxc", t->name);
        paths[n++] = t->rootfs;
        switch (lxc_target_resolve(line->fstab.target, paths, n, &rest)) {
        case LXC_TARGET_OUTSIDE:
                lxc_became(t->report, entry, LXC_DROPPED, NULL, "%s", "");
                lxc_say(t->report, entry, LXC_NOTE, "LXC passes over it: the target '%s' is not below the root file system",
                        line->fstab.target);
                return false;
        case LXC_TARGET_ODD:
                lxc_say(t->report, entry, LXC_WARN, "LXC finds the root file system's path inside of '%s' and mounts on '/%s'",
                        line->fstab.target, rest);
                break;
        case LXC_TARGET_INSIDE: break;
        }
        line->destination = clean_path(t, rest);
        return true;
}

static void resolve_source(struct lxc_translation *t, struct lxc_entry *entry, struct mount_line *line)
{
        line->source = line->fstab.source;
        if (line->relative)
                line->source = lxc_text(t->report, "%s%s%s", t->rootfs ?: "", line->source[0] == '/' ? "" : "/", line->source);
        else if (line->bind && line->source[0] != '/')
                lxc_say(t->report, entry, LXC_WARN,
                        "the relative source '%s' is taken from the bundle, by LXC from its working directory", line->source);
}

static bool is_utf8(const struct lxc_fstab *f)
{
        return lxc_value_is_utf8(f->source) && lxc_value_is_utf8(f->target) && lxc_value_is_utf8(f->type) && lxc_value_is_utf8(f->options);
}

void lxc_add_fstab_line(struct lxc_translation *t, struct lxc_entry *entry)
{
        struct mount_line line = { 0 };
        const char *at, *word;
        size_t len;
        int r = lxc_fstab_parse(t->arena, entry->value, &line.fstab);

        if (r == -EINVAL) {
                lxc_say(t->report, entry, LXC_ERROR, "'%s' is not a mount: a source and a target at least", entry->value);
                return;
        }
        t->report->nomem |= r < 0;
        if (r == 0 && !is_utf8(&line.fstab)) {
                lxc_say(t->report, entry, LXC_ERROR, "bytes that are no UTF-8, which config.json cannot hold");
                return;
        }
        if (r < 0 || !resolve_target(t, entry, &line))
                return;
        for (at = line.fstab.options; lxc_word_next(&at, ",", &word, &len);)
                take_option(t, entry, &line, lxc_text(t->report, "%.*s", (int) len, word));
        drop_bind_data(t, entry, &line);
        resolve_source(t, entry, &line);
        if (is_refused_elsewhere(t, &line)) {
                lxc_lost(t->report, entry, LXC_WARN, "left out: runc refuses a mount on '%s'", line.destination);
                return;
        }
        if (entry->cls == LXC_IMPOSSIBLE || !settle_optional(t, entry, &line))
                return;
        missing_target(t, entry, &line);
        add_line(t, entry, &line);
}

static void fstab_file(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_FSTAB);
        struct lxc_lexer lexer = { 0 };
        struct lxc_line line;
        int r;

        if (!entry)
                return;
        r = t->host->read ? t->host->read(t->host->arg, t->arena, entry->value, &lexer.text, &lexer.len) : -ENOENT;
        if (r < 0) {
                lxc_say(t->report, entry, LXC_ERROR, "cannot read '%s': %s", entry->value, lxc_unreadable(t->report, r));
                return;
        }
        lxc_became(t->report, entry, LXC_EXACT, NULL, "%s", "");
        while (lxc_lex_next(t->arena, &lexer, &line)) {
                struct lxc_entry *mount;

                if (line.kind == LXC_LINE_BLANK || line.kind == LXC_LINE_COMMENT)
                        continue;
                mount = lxc_report_add(t->report, entry->value, line.line, line.column);
                mount->key = "fstab";
                /* The lexer parts at '=': a line of this file is whole. */
                mount->value = line.kind == LXC_LINE_FOREIGN ? line.key : lxc_text(t->report, "%s=%s", line.key, line.value);
                lxc_add_fstab_line(t, mount);
        }
        t->report->nomem |= lexer.nomem;
}

static bool is_idmapped(const struct lxc_entry *entry) { return strstr(entry->value, "idmap=") != NULL; }

/* LXC mounts entries with mapped ids after all others. */
static void entries(struct lxc_translation *t, bool idmapped)
{
        struct lxc_entry *entry;

        lxc_each(t, LXC_KEY_MOUNT_ENTRY, entry)
                if (is_idmapped(entry) == idmapped)
                        lxc_add_fstab_line(t, entry);
}

/* ---- /dev ---------------------------------------------------------------------------------------------------------- */

/* LXC 0.9 and 1.0 look whether init is systemd, which wants a /dev of its own. */
static bool init_is_systemd(struct lxc_translation *t, const char **ret_init)
{
        const char *init = t->spec->process->args.n > 0 ? t->spec->process->args.items[0] : "/sbin/init", *real, *base;

        *ret_init = init;
        if (t->app || init[0] != '/' || !lxc_has_rootfs(t))
                return false;
        real = lxc_look(t, init);
        base = real ? strrchr(real, '/') : NULL;
        return base && streq(base, "/systemd");
}

static bool guess_autodev(struct lxc_translation *t, const char **ret_why)
{
        const char *init;

        *ret_why = "";
        if (t->config->era >= 11 || t->config->era < 9)
                return t->config->era >= 11;
        if (init_is_systemd(t, &init)) {
                *ret_why = lxc_text(t->report, ": '%s' is systemd", init);
                return true;
        }
        *ret_why = t->app ? "" : lxc_has_rootfs(t) ? lxc_text(t->report, ": '%s' is not systemd", init) :
                                 " unless init is systemd, and the root file system is not here to be looked at";
        return false;
}

static void dev(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_AUTODEV), *size = lxc_get(t, LXC_KEY_AUTODEV_SIZE);
        uint64_t bytes = lxc_get_uint(t, LXC_KEY_AUTODEV_SIZE, 500000);
        const char *why;
        size_t index;

        t->autodev = lxc_get_bool(t, LXC_KEY_AUTODEV, guess_autodev(t, &why));
        if (size && !t->autodev)
                lxc_dropped(t->report, size, "there is no tmpfs on /dev");
        if (!t->autodev) {
                lxc_annotate(t, "berth.devices.default", "none");
                if (entry) {
                        lxc_became(t->report, entry, LXC_BERTH, "\"none\"", "/annotations/berth.devices.default");
                        lxc_elsewhere(t->report, entry, "the runtime makes its default devices in whatever is on /dev");
                } else {
                        lxc_default(t->report, "/annotations/berth.devices.default", "\"none\"", "LXC %s leaves /dev alone%s",
                                    t->report->era, why);
                }
                return;
        }
        index = lxc_add_mount(t, "tmpfs", "none", "/dev", lxc_text(t->report, "size=%" PRIu64 ",mode=755", bytes));
        if (entry)
                lxc_became(t->report, entry, LXC_EXACT, lxc_mount_json(t, index), "/mounts/%zu", index);
        else
                lxc_default(t->report, lxc_text(t->report, "/mounts/%zu", index), lxc_mount_json(t, index), "LXC makes /dev%s", why);
        if (size)
                lxc_became(t->report, size, LXC_EXACT, lxc_text(t->report, "\"size=%" PRIu64 "\"", bytes),
                           "/mounts/%zu/options/0", index);
}

/* ---- lxc.mount.auto ------------------------------------------------------------------------------------------------ */

struct automount { struct lxc_entry *entry; const char *word; };

static bool has_net_admin(const struct lxc_translation *t)
{
        const struct oci_capabilities *caps = t->spec->process->capabilities;

        for (size_t i = 0; caps && i < caps->bounding.n; i++)
                if (streq(caps->bounding.items[i], "CAP_NET_ADMIN"))
                        return true;
        return false;
}

/* LXC mounts PATH again, writable; OCI has no word for that. */
static void left_writable(struct lxc_translation *t, struct lxc_entry *entry, const char *path)
{
        if (t->options->portable) {
                lxc_became(t->report, entry, LXC_NEARLY, NULL, "%s", "");
                lxc_say(t->report, entry, LXC_NOTE, "LXC leaves %s writable; here it is read-only", path);
                return;
        }
        t->writable_paths = t->writable_paths ? lxc_text(t->report, "%s:%s", t->writable_paths, path) : path;
        lxc_became(t->report, entry, LXC_BERTH, lxc_json(t->report, path), "/annotations/berth.paths.writable");
        lxc_elsewhere(t->report, entry, "what is to be writable is read-only");
}

static void auto_proc(struct lxc_translation *t, struct automount *a)
{
        size_t index = lxc_add_mount(t, "proc", "proc", "/proc", "nosuid,nodev,noexec");

        lxc_became(t->report, a->entry, LXC_EXACT, lxc_mount_json(t, index), "/mounts/%zu", index);
        if (streq(a->word, "proc:rw"))
                return;
        lxc_add_string(t, &t->spec->linux_->readonly_paths, "/proc/sys");
        lxc_add_string(t, &t->spec->linux_->readonly_paths, "/proc/sysrq-trigger");
        lxc_became(t->report, a->entry, LXC_EXACT, "[\"/proc/sys\",\"/proc/sysrq-trigger\"]", "/linux/readonlyPaths");
        if (t->config->era >= 11 && has_net_admin(t))
                left_writable(t, a->entry, "/proc/sys/net");
}

static void auto_sys(struct lxc_translation *t, struct automount *a)
{
        bool mixed = streq(a->word, "sys:mixed") || (streq(a->word, "sys") && t->config->era >= 11);
        const char *options = streq(a->word, "sys:rw") ? "rw" : mixed ? "ro,nosuid,nodev,noexec" : "ro";
        size_t index = lxc_add_mount(t, "sysfs", "sysfs", "/sys", options);

        lxc_became(t->report, a->entry, LXC_EXACT, lxc_mount_json(t, index), "/mounts/%zu", index);
        /* A user namespace gets the host's sysfs bound, if the network is the host's: that stays as it is. */
        if (mixed && t->host_net && t->has_ns & 1u << OCI_NS_USER)
                lxc_say(t->report, a->entry, LXC_NOTE, "/sys/devices/virtual/net is read-only: it is the host's");
        else if (mixed)
                left_writable(t, a->entry, "/sys/devices/virtual/net");
}

static void auto_cgroup(struct lxc_translation *t, struct automount *a)
{
        bool has_ns = t->has_ns & 1u << OCI_NS_CGROUP, read_only = strstr(a->word, ":ro"), full = strstr(a->word, "-full");
        size_t index;

        if (full && has_ns)
                lxc_say(t->report, a->entry, LXC_WARN,
                        "the whole hierarchy cannot be shown in a cgroup namespace: the container sees its own part");
        if (has_ns && t->config->era >= 20 && t->config->era < 40 && !strstr(a->word, ":force"))
                lxc_say(t->report, a->entry, LXC_NOTE,
                        "LXC %s leaves this to the container's init where there is a cgroup namespace", t->report->era);
        index = lxc_add_mount(t, "cgroup", "cgroup", "/sys/fs/cgroup",
                              lxc_text(t->report, "nosuid,nodev,noexec,relatime,%s", read_only ? "ro" : "rw"));
        lxc_became(t->report, a->entry, full ? LXC_NEARLY : LXC_EXACT, lxc_mount_json(t, index), "/mounts/%zu", index);
}

/* shmounts:HOST[:CONTAINER] */
static void auto_shmounts(struct lxc_translation *t, struct automount *a)
{
        const char *host = a->word + strlen("shmounts:"), *colon = strchr(host, ':');
        size_t index;

        index = lxc_add_mount(t, "none", colon ? lxc_text(t->report, "%.*s", (int) (colon - host), host) : host,
                              clean_path(t, colon ? colon + 1 : "/dev/.lxc-mounts"), "rbind,rslave");
        lxc_became(t->report, a->entry, LXC_NEARLY, lxc_mount_json(t, index), "/mounts/%zu", index);
        lxc_say(t->report, a->entry, LXC_INFO, "LXC makes it a slave of the host's directory when the root has changed, OCI runtimes when they mount it");
}

enum auto_class { AUTO_PROC, AUTO_SYS, AUTO_CGROUP, AUTO_SHMOUNTS, AUTO_CLASSES };

static int auto_class_of(const char *word)
{
        static const struct { const char *word; enum auto_class cls; } known[] = {
                { "proc", AUTO_PROC }, { "proc:mixed", AUTO_PROC }, { "proc:rw", AUTO_PROC },
                { "sys", AUTO_SYS }, { "sys:mixed", AUTO_SYS }, { "sys:ro", AUTO_SYS }, { "sys:rw", AUTO_SYS },
        };
        static const char *const cgroup[] = { "cgroup", "cgroup-full", "cgroup2" };
        static const char *const suffixes[] = { "", ":mixed", ":ro", ":rw", ":force", ":mixed:force", ":ro:force", ":rw:force" };

        if (str_after(word, "shmounts:") && word[strlen("shmounts:")] == '/')
                return AUTO_SHMOUNTS;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (streq(known[i].word, word))
                        return (int) known[i].cls;
        for (size_t i = 0; i < ARRAY_SIZE(cgroup); i++) {
                const char *rest = str_after(word, cgroup[i]);

                for (size_t s = 0; rest && s < ARRAY_SIZE(suffixes); s++)
                        if (streq(rest, suffixes[s]))
                                return AUTO_CGROUP;
        }
        return -1;
}

static void collect_automounts(struct lxc_translation *t, struct automount found[static AUTO_CLASSES])
{
        struct lxc_entry *entry;

        lxc_each(t, LXC_KEY_MOUNT_AUTO, entry) {
                const char *at, *word;
                size_t len;

                lxc_became(t->report, entry, LXC_EXACT, NULL, "%s", "");
                for (at = entry->value; lxc_word_next(&at, " \t", &word, &len);) {
                        const char *text = lxc_text(t->report, "%.*s", (int) len, word);
                        int cls = auto_class_of(text);

                        if (cls < 0) {
                                lxc_say(t->report, entry, LXC_ERROR, "'%s' is no automatic mount", text);
                                continue;
                        }
                        if (found[cls].word)
                                lxc_say(t->report, found[cls].entry, LXC_INFO, "'%s' is replaced by '%s' at %s:%u",
                                        found[cls].word, text, entry->file, entry->line);
                        found[cls] = (struct automount) { .entry = entry, .word = text };
                }
        }
}

/* ---- what lxc-init mounted ----------------------------------------------------------------------------------------- */

/* Up to 2.x the init of lxc-execute mounted these itself, in the container, whatever the configuration said. */
static void init_mounts(struct lxc_translation *t)
{
        if (!t->app || t->config->era >= 30)
                return;
        lxc_add_mount(t, "proc", "proc", "/proc", "");
        lxc_add_mount(t, "tmpfs", "shmfs", "/dev/shm", "");
        lxc_default(t->report, "/mounts", NULL, "the init of lxc-execute mounts /proc and /dev/shm%s",
                    t->host_dev ? "" : " and /dev/mqueue");
        /* On the host's /dev the mount point would be made on the host. */
        if (!t->host_dev)
                lxc_add_mount(t, "mqueue", "mqueue", "/dev/mqueue", "");
}

static void nesting_mounts(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_APPARMOR_NESTING);
        size_t index;

        if (!entry)
                return;
        if (!lxc_get_bool(t, LXC_KEY_APPARMOR_NESTING, false)) {
                lxc_dropped(t->report, entry, "the default");
                return;
        }
        lxc_say(t->report, entry, LXC_INFO, "the mounts are made; what it adds to a profile that LXC generates is not");
        index = lxc_add_mount(t, "proc", "proc", "/dev/.lxc/proc", "");
        lxc_became(t->report, entry, LXC_NEARLY, lxc_mount_json(t, index), "/mounts/%zu", index);
        index = lxc_add_mount(t, "sysfs", "sys", "/dev/.lxc/sys", "");
        lxc_became(t->report, entry, LXC_NEARLY, lxc_mount_json(t, index), "/mounts/%zu", index);
}

/* runc looks at /proc before it executes the program. */
static void portable_proc(struct lxc_translation *t)
{
        size_t index;

        if (!t->options->portable || (t->spec->root && streq(t->spec->root->path, "/")))
                return;
        for (size_t i = 0; i < t->spec->mounts.n; i++)
                if (streq(t->spec->mounts.items[i].destination, "/proc"))
                        return;
        index = lxc_add_mount(t, "proc", "proc", "/proc", "nosuid,nodev,noexec");
        lxc_default(t->report, lxc_text(t->report, "/mounts/%zu", index), lxc_mount_json(t, index),
                    "LXC mounts none here, and runc starts no container without it");
}

void lxc_to_mounts(struct lxc_translation *t)
{
        struct automount found[AUTO_CLASSES] = { 0 };

        dev(t);
        collect_automounts(t, found);
        if (found[AUTO_PROC].word)
                auto_proc(t, &found[AUTO_PROC]);
        if (found[AUTO_SYS].word)
                auto_sys(t, &found[AUTO_SYS]);
        fstab_file(t);
        entries(t, false);
        nesting_mounts(t);
        entries(t, true);
        if (found[AUTO_CGROUP].word)
                auto_cgroup(t, &found[AUTO_CGROUP]);
        if (found[AUTO_SHMOUNTS].word)
                auto_shmounts(t, &found[AUTO_SHMOUNTS]);
        if (t->writable_paths)
                lxc_annotate(t, "berth.paths.writable", t->writable_paths);
        init_mounts(t);
        portable_proc(t);
        if (t->spec->process->args.n > 0 && streq(t->spec->process->args.items[0], LXC_REAPER_IN_CONTAINER))
                lxc_add_mount(t, "none", t->options->reaper, LXC_REAPER_IN_CONTAINER, "bind,ro");
}
