/* SPDX-License-Identifier: Apache-2.0 */
/* The root file system: a directory is a path; what has to be mounted first is mounted by a hook before create. */
#include <string.h>
#include <sys/mount.h>

#include "fstab.h"
#include "mount-options.h"
#include "to-oci.h"

static const char *const types[] = { "dir", "zfs", "lvm", "rbd", "btrfs", "overlay", "overlayfs", "aufs", "loop", "nbd" };

/* "TYPE:PATH".  A path may hold a ':' itself, which LXC then takes apart there. */
static const char *split_type(struct lxc_translation *t, struct lxc_entry *entry, const char **ret_path)
{
        const char *value = entry->value, *colon = strchr(value, ':');

        *ret_path = value;
        for (size_t i = 0; colon && i < ARRAY_SIZE(types); i++)
                if (strlen(types[i]) == (size_t) (colon - value) && strncmp(types[i], value, strlen(types[i])) == 0) {
                        *ret_path = colon + 1;
                        return types[i];
                }
        if (colon)
                lxc_say(t->report, entry, LXC_WARN, "LXC takes what stands before ':' for a type; here it is part of the path");
        return NULL;
}

static void fill_shell_hook(struct lxc_translation *t, struct oci_hook *hook, const char *script)
{
        if (!hook)
                return;
        hook->path = "/bin/sh";
        lxc_add_string(t, &hook->args, "sh");
        lxc_add_string(t, &hook->args, "-c");
        lxc_add_string(t, &hook->args, script);
}

/* The root is MOUNT(8)ed on a directory of the bundle.  Where a pre-start hook failed before that, nothing is to be unmounted. */
static void mounted_root(struct lxc_translation *t, struct lxc_entry *entry, const char *arguments)
{
        const char *where = lxc_text(t->report, "%s/rootfs", t->result->bundle), *quoted = lxc_shell_quote(t->arena, where) ?: "";
        const char *make = lxc_text(t->report, "mkdir -p %s && mount %s %s", quoted, arguments, quoted);

        fill_shell_hook(t, lxc_append(t, &t->root_hooks), make);
        fill_shell_hook(t, lxc_append(t, &t->unroot_hooks), lxc_text(t->report, "! mountpoint -q %s || umount %s", quoted, quoted));
        t->spec->root->path = where;
        t->rootfs = where;
        lxc_became(t->report, entry, LXC_BERTH, lxc_json(t->report, where), "/root/path");
        lxc_became(t->report, entry, LXC_BERTH, lxc_json(t->report, make), "/annotations/berth.lxc.hook.pre-start");
        lxc_elsewhere(t->report, entry, "nothing mounts the root file system: do it by hand, with this command");
}

static const char *root_options(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_ROOTFS_OPTIONS);

        return entry ? lxc_text(t->report, ",%s", entry->value) : "";
}

/* LOWER[:LOWER...]:UPPER; LXC keeps the work directory beside the upper one. */
static void overlay_root(struct lxc_translation *t, struct lxc_entry *entry, const char *path)
{
        const char *last = strrchr(path, ':'), *lower, *upper, *slash, *options;

        if (!last || last == path || last[1] != '/') {
                lxc_say(t->report, entry, LXC_ERROR, "'%s' is not LOWER:UPPER with absolute paths", path);
                return;
        }
        upper = last + 1;
        lower = lxc_text(t->report, "%.*s", (int) (last - path), path);
        if (str_after(lower, "overlay:") || str_after(lower, "overlayfs:"))
                lower = strchr(lower, ':') + 1;
        slash = strrchr(upper, '/');
        options = lxc_text(t->report, "lowerdir=%s,upperdir=%s,workdir=%.*s/olwork%s", lower, upper, (int) (slash - upper), upper,
                           root_options(t));
        mounted_root(t, entry, lxc_text(t->report, "-t overlay -o %s overlay", lxc_shell_quote(t->arena, options) ?: ""));
        lxc_say(t->report, entry, LXC_NOTE, "the work directory '%.*s/olwork' has to exist", (int) (slash - upper), upper);
}

/* LOWER:UPPER, which LXC knew up to 2.x. */
static void aufs_root(struct lxc_translation *t, struct lxc_entry *entry, const char *path)
{
        const char *colon = strchr(path, ':'), *options;

        if (!colon || path[0] != '/' || colon[1] != '/') {
                lxc_say(t->report, entry, LXC_ERROR, "'%s' is not LOWER:UPPER with absolute paths", path);
                return;
        }
        options = lxc_text(t->report, "br=%s=rw:%.*s=ro%s", colon + 1, (int) (colon - path), path, root_options(t));
        mounted_root(t, entry, lxc_text(t->report, "-t aufs -o %s aufs", lxc_shell_quote(t->arena, options) ?: ""));
        lxc_say(t->report, entry, LXC_NOTE, "the kernel has to know aufs, which few do: with 'overlay:' it would be overlay's");
}

/* A data set, whatever its property "mountpoint" says: as LXC with the system call alone, without ZFS's helper. */
static void zfs_root(struct lxc_translation *t, struct lxc_entry *entry, const char *data_set)
{
        const char *options = root_options(t);

        mounted_root(t, entry,
                     lxc_text(t->report, "-i -t zfs%s%s %s", options[0] ? " -o " : "",
                              options[0] ? lxc_shell_quote(t->arena, options + 1) ?: "" : "", lxc_shell_quote(t->arena, data_set) ?: ""));
}

static void directory_root(struct lxc_translation *t, struct lxc_entry *entry, const char *path)
{
        if (path[0] != '/') {
                lxc_say(t->report, entry, LXC_ERROR, "the path '%s' is not absolute", path);
                return;
        }
        t->spec->root->path = path;
        t->rootfs = path;
        lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, path), "/root/path");
}

/* LXC looks, and mounts a block device; where it is not on this host, its name has to tell. */
static bool is_block_device(struct lxc_translation *t, const char *path)
{
        int64_t major, minor;
        char type;

        if (t->host->find_device && t->host->find_device(t->host->arg, path, &type, &major, &minor))
                return type == 'b';
        return str_after(path, "/dev/") && !str_after(path, "/dev/shm/");
}

static void root_of(struct lxc_translation *t, struct lxc_entry *entry, const char *type, const char *path)
{
        const char *quoted = lxc_shell_quote(t->arena, path) ?: "";

        if (!type && is_block_device(t, path))
                type = "lvm";
        else if (!type && t->host->is_file && t->host->is_file(t->host->arg, path))
                type = "loop"; /* LXC looks, too */
        if (type && streq(type, "zfs") && path[0] != '/')
                zfs_root(t, entry, path);
        else if (type && streq(type, "aufs"))
                aufs_root(t, entry, path);
        else if (!type || streq(type, "dir") || streq(type, "btrfs") || streq(type, "zfs"))
                directory_root(t, entry, path);
        else if (str_after(type, "overlay"))
                overlay_root(t, entry, path);
        else if (streq(type, "loop"))
                mounted_root(t, entry,
                             lxc_text(t->report, "-o %s %s",
                                      lxc_shell_quote(t->arena, lxc_text(t->report, "loop%s", root_options(t))) ?: "", quoted));
        else if (streq(type, "lvm") || streq(type, "rbd"))
                mounted_root(t, entry,
                             root_options(t)[0]
                                     ? lxc_text(t->report, "-o %s %s", lxc_shell_quote(t->arena, root_options(t) + 1) ?: "", quoted)
                                     : quoted);
        else
                lxc_say(t->report, entry, LXC_ERROR,
                        "a root file system of type '%s' cannot be mounted here: mount it, and give its directory", type);
}

static void no_root(struct lxc_translation *t)
{
        t->spec->root->path = "/";
        lxc_default(t->report, "/root/path", "\"/\"", "without lxc.rootfs the container has the host's root file system");
        lxc_security(t->report, "/root/path", "the container works in the host's own root file system: no line gives it another");
}

/* What LXC does anyway is no word of the specification: see propagation(). */
static void root_propagation(struct lxc_translation *t, struct lxc_entry *entry, const char *word, int propagation)
{
        if (propagation == (MS_SLAVE | MS_REC)) {
                lxc_became(t->report, entry, LXC_EXACT, NULL, "%s", "");
                return;
        }
        t->spec->linux_->rootfs_propagation = (struct opt_enum) { true, propagation };
        lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, word), "/linux/rootfsPropagation");
        if (propagation & MS_REC)
                lxc_say(t->report, entry, LXC_NOTE, "runtimes know the word '%s', the specification does not", word);
}

/* LXC maps nothing where there is no lxc.idmap. */
static void root_idmap(struct lxc_translation *t, struct lxc_entry *entry, const char *word, oci_strings *attributes)
{
        if (t->config->live[LXC_KEY_IDMAP].n == 0)
                lxc_say(t->report, entry, LXC_NOTE, "'%s' has no effect, here as in LXC: there is no lxc.idmap", word);
        else if (streq(word, "idmap=container"))
                lxc_add_string(t, attributes, "ridmap");
        else if (str_after(word, "idmap=/"))
                lxc_add_string(t, attributes, word);
        else
                lxc_say(t->report, entry, LXC_ERROR, "'%s' is neither idmap=container nor the path of a user namespace", word);
}

static void root_option(struct lxc_translation *t, struct lxc_entry *entry, const char *word, oci_strings *attributes)
{
        const char *flag = lxc_mount_flag(word);
        const struct mount_option *o;
        int propagation;

        if (flag && !streq(flag, word)) {
                lxc_say(t->report, entry, LXC_NOTE, "LXC takes '%s' for '%s': it compares the beginning only", word, flag);
                word = flag;
        }
        o = mount_option_find(word);
        if (streq(word, "ro")) {
                t->spec->root->readonly = (struct opt_bool) { true, true };
                lxc_became(t->report, entry, LXC_EXACT, "true", "/root/readonly");
        } else if (streq(word, "rw") || streq(word, "defaults")) {
                lxc_became(t->report, entry, LXC_EXACT, NULL, "%s", "");
        } else if (name_lookup(&names_propagation, word, &propagation)) {
                root_propagation(t, entry, word, propagation);
        } else if (str_after(word, "idmap=")) {
                root_idmap(t, entry, word, attributes);
        } else if (o && o->kind == MOUNT_OPTION_ATTR) {
                lxc_add_string(t, attributes, word);
        } else {
                lxc_became(t->report, entry, LXC_EXACT, NULL, "%s", "");
                lxc_say(t->report, entry, LXC_NOTE, "'%s' has no effect on a directory, for LXC neither", word);
        }
}

/* A word that only takes an earlier one back says nothing of its own: what the host's mount has stays, in LXC as well. */
static bool is_attribute_set(const oci_strings *words, size_t i)
{
        const struct mount_option *o = mount_option_find(words->items[i]);

        if (!o || o->kind != MOUNT_OPTION_ATTR)
                return true;
        if (!o->attr_set && !strstr(words->items[i], "atime"))
                return false;
        for (size_t later = i + 1; later < words->n; later++) {
                const struct mount_option *taken = mount_option_find(words->items[later]);

                if (taken && taken->kind == MOUNT_OPTION_ATTR && taken->attr_clear & o->attr_set)
                        return false;
        }
        return true;
}

/* What has no field of the specification. */
static void root_attributes(struct lxc_translation *t, struct lxc_entry *entry, const oci_strings *words)
{
        static const char key[] = "berth.rootfs.options";
        const char *text = "";

        for (size_t i = 0; i < words->n; i++)
                if (is_attribute_set(words, i))
                        text = lxc_text(t->report, "%s%s%s", text, text[0] ? "," : "", words->items[i]);
        if (!text[0])
                return;
        lxc_annotate(t, key, text);
        lxc_became(t->report, entry, LXC_BERTH, lxc_json(t->report, text), "/annotations/%s", key);
        lxc_elsewhere(t->report, entry, "the root file system is mounted without '%s'", text);
        if (t->options->portable)
                lxc_say(t->report, entry, LXC_WARN, "runc and crun mount the root file system without '%s': mount it so before", text);
}

/* Options of a root that a hook mounts are in its command. */
static void root_options_to_spec(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_ROOTFS_OPTIONS);
        oci_strings attributes = { 0 };
        const char *at, *word;
        size_t len;

        if (!entry)
                return;
        if (!lxc_get(t, LXC_KEY_ROOTFS)) {
                lxc_dropped(t->report, entry, "there is no lxc.rootfs that it could be about");
                return;
        }
        if (t->root_hooks.n > 0) {
                lxc_annotate(t, "berth.lxc.rootfs.options", entry->value);
                lxc_became(t->report, entry, LXC_BERTH, NULL, "/annotations/berth.lxc.hook.pre-start");
                if (strstr(entry->value, "idmap="))
                        lxc_say(t->report, entry, LXC_ERROR, "ids can be mapped of a directory only, by LXC as by berth");
                return;
        }
        for (at = entry->value; lxc_word_next(&at, ", \t", &word, &len);)
                root_option(t, entry, lxc_text(t->report, "%.*s", (int) len, word), &attributes);
        if (attributes.n > 0)
                root_attributes(t, entry, &attributes);
}

/* LXC makes the tree a slave of the host's, and since 6.0 the container's root shared within itself. */
static void propagation(struct lxc_translation *t)
{
        if (t->spec->linux_->rootfs_propagation.set)
                return;
        /* The specification has no word for "rslave", and runc does it where the field is absent. */
        if (!t->options->portable)
                lxc_annotate(t, "berth.rootfs.propagation", "rslave");
        lxc_default(t->report, t->options->portable ? NULL : "/annotations/berth.rootfs.propagation",
                    t->options->portable ? NULL : "\"rslave\"", "mounts of the host reach the container, not the other way round%s%s",
                    t->options->portable ? ": what runc does without a word; with crun they do not reach it" : "",
                    t->config->era >= 60 ? "; LXC 6.0 and later also make the container's own tree shared" : "");
}

void lxc_to_root(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_ROOTFS), *backend = lxc_get(t, LXC_KEY_ROOTFS_BACKEND);
        struct lxc_entry *mount = lxc_get(t, LXC_KEY_ROOTFS_MOUNT);
        const char *path = NULL, *type;

        if (entry) {
                type = split_type(t, entry, &path);
                if (!type && backend)
                        type = backend->value;
                if (backend)
                        lxc_became(t->report, backend, LXC_EXACT, NULL, "/root/path");
                t->rootfs_value = path;
                root_of(t, entry, type, path);
                /* for the way back; LXC 3.0 and later have no aufs */
                if (t->root_hooks.n > 0 && !streq_ptr(type, "aufs"))
                        lxc_annotate(t, "berth.lxc.rootfs.path", type ? lxc_text(t->report, "%s:%s", type, path) : path);
        } else if (backend) {
                lxc_dropped(t->report, backend, "there is no lxc.rootfs that it could be about");
        }
        if (!entry)
                no_root(t);
        if (!t->spec->root->path)
                t->spec->root->path = "/nonexistent"; /* the line is in error */
        root_options_to_spec(t);
        propagation(t);
        if (mount)
                lxc_kept(t, mount, "berth.lxc.rootfs.mount", "hooks are told it; nothing is mounted there");
}
