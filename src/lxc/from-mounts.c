/* SPDX-License-Identifier: Apache-2.0 */
/* The root file system, mounts, /dev, hidden and read-only paths. */
#include <inttypes.h>

#include "fstab.h"
#include "from-job.h"
#include "num.h"

/* ------------------------------------------------------------------------------------------------------------------
 * The root */

static const char *absolute(struct lxc_from *f, const char *path)
{
        while (path[0] == '.' && path[1] == '/')
                path += 2;
        if (path[0] == '/')
                return path;
        return lxc_from_text(f, "%s%s%s", f->options->bundle, path[0] && !streq(path, ".") ? "/" : "", streq(path, ".") ? "" : path);
}

/* Words of berth.rootfs.options as LXC writes them. */
static const char *root_attributes(struct lxc_from *f)
{
        const char *text = lxc_from_annotation(f, "berth.rootfs.options") ?: "", *all = "";

        for (const char *at = text; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
                const char *word = lxc_from_text(f, "%.*s", (int) strcspn(at, ","), at);

                if (streq(word, "idmap") || streq(word, "ridmap"))
                        word = "idmap=container";
                all = lxc_from_text(f, "%s%s%s", all, all[0] && word[0] ? "," : "", word);
        }
        return all;
}

static void root(struct lxc_from *f)
{
        const struct oci_root *r = f->spec->root;
        const struct opt_enum *propagation = &f->spec->linux_->rootfs_propagation;
        const char *word = propagation->set ? name_of(&names_propagation, propagation->value) : NULL, *options = "";
        const char *attributes = root_attributes(f), *mounted = lxc_from_annotation(f, "berth.lxc.rootfs.path");
        bool usual = word && streq(word, "rslave"), read_only = r && r->readonly.set && r->readonly.value;

        if (r && r->path && streq(r->path, "/"))
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/root/path", "without lxc.rootfs.path LXC takes the host's own");
        else if (mounted)
                lxc_from_exact(f, "/root/path", "lxc.rootfs.path", mounted);
        else if (r && r->path)
                lxc_from_exact(f, "/root/path", "lxc.rootfs.path", lxc_from_text(f, "dir:%s", absolute(f, r->path)));
        if (usual)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/linux/rootfsPropagation", "LXC's default");
        if (mounted && lxc_from_annotation(f, "berth.lxc.rootfs.options"))
                lxc_from_exact(f, "/annotations/berth.lxc.rootfs.options", "lxc.rootfs.options", lxc_from_annotation(f, "berth.lxc.rootfs.options"));
        if (read_only)
                options = "ro";
        if (word && !usual)
                options = lxc_from_text(f, "%s%s%s", options, options[0] ? "," : "", word);
        if (attributes[0])
                options = lxc_from_text(f, "%s%s%s", options, options[0] ? "," : "", attributes);
        if (options[0])
                lxc_from_exact(f, read_only ? "/root/readonly" : word && !usual ? "/linux/rootfsPropagation" : "/annotations/berth.rootfs.options",
                               "lxc.rootfs.options", options);
        lxc_from_told(f, "/root/readonly");
        lxc_from_told(f, "/linux/rootfsPropagation");
}

/* ------------------------------------------------------------------------------------------------------------------
 * What a mount looks like */

static bool has_option(const struct oci_mount *m, const char *option)
{
        for (size_t i = 0; i < m->options.n; i++)
                if (streq(m->options.items[i], option))
                        return true;
        return false;
}

/* What follows PREFIX in the option that begins with it, or NULL. */
static const char *option_after(const struct oci_mount *m, const char *prefix)
{
        for (size_t i = 0; i < m->options.n; i++) {
                const char *rest = str_after(m->options.items[i], prefix);

                if (rest)
                        return rest;
        }
        return NULL;
}

static bool is_at(const struct oci_mount *m, const char *type, const char *destination)
{
        return m->type && streq(m->type, type) && streq(m->destination, destination);
}

static bool is_bind(const struct oci_mount *m) { return has_option(m, "bind") || has_option(m, "rbind") || (m->type && streq(m->type, "bind")); }

/* The options are these, in this order. */
static bool options_are(struct lxc_from *f, const struct oci_mount *m, const char *options)
{
        return streq(lxc_from_join(f, &m->options, ","), options);
}

static bool has_path(const oci_strings *paths, const char *path)
{
        for (size_t i = 0; i < paths->n; i++)
                if (streq(paths->items[i], path))
                        return true;
        return false;
}

/* ------------------------------------------------------------------------------------------------------------------
 * lxc.autodev, lxc.pty.max, lxc.mount.auto: mounts that LXC makes by a word */

enum { LXC_DEV_BYTES = 500000, MANY_PTYS = 1024 };

/* "65536k", "500000" */
static bool parse_size(const char *text, uint64_t *ret)
{
        size_t n = strspn(text, "0123456789");
        unsigned shift = text[n] == '\0' ? 0 : strchr("kK", text[n]) ? 10 : strchr("mM", text[n]) ? 20 : strchr("gG", text[n]) ? 30 : 64;

        if (shift == 64 || (text[n] && text[n + 1]) || num_parse_u64(text, n, 10, ret) < 0 || *ret > UINT64_MAX >> 30)
                return false;
        *ret <<= shift;
        return true;
}

static bool makes_no_devices(struct lxc_from *f) { return streq_ptr(lxc_from_annotation(f, "berth.devices.default"), "none"); }

/* With lxc.autodev LXC makes devices in it; where none are to be made it is a mount like another. */
static bool is_autodev(struct lxc_from *f, const struct oci_mount *m) { return is_at(m, "tmpfs", "/dev") && !makes_no_devices(f); }

static bool take_dev(struct lxc_from *f, const struct oci_mount *m, const char *pointer)
{
        const char *text = option_after(m, "size=");
        uint64_t size = LXC_DEV_BYTES;
        bool exact;

        if (!is_autodev(f, m) || (text && !parse_size(text, &size)))
                return false;
        exact = options_are(f, m, lxc_from_text(f, "size=%" PRIu64 ",mode=755", size));
        f->autodev = true;
        lxc_from_line(f, exact ? LXC_EXACT : LXC_NEARLY, exact ? LXC_INFO : LXC_NOTE, pointer, "lxc.autodev", "1", exact ? NULL : "LXC chooses the options of /dev itself");
        if (size != LXC_DEV_BYTES)
                lxc_from_more(f, "lxc.autodev.tmpfs.size", lxc_from_text(f, "%" PRIu64, size));
        return true;
}

static uint64_t tty_max(const struct lxc_from *f)
{
        const char *text = lxc_from_annotation(f, "berth.lxc.tty.max");
        uint64_t n = 0;

        if (text)
                num_parse_u64(text, strlen(text), 10, &n);
        return n;
}

/* What berth convert adds for a console, in a bundle of its making. */
static bool is_for_console(struct lxc_from *f, const struct oci_mount *m)
{
        return lxc_from_annotation(f, "berth.lxc.name") &&
               (options_are(f, m, "newinstance,ptmxmode=0666,mode=0620,gid=5,nosuid,noexec") ||
                options_are(f, m, "newinstance,ptmxmode=0666,mode=0620,nosuid,noexec"));
}

static bool take_devpts(struct lxc_from *f, const struct oci_mount *m, const char *pointer)
{
        const char *max = option_after(m, "max=");
        uint64_t n;

        if (!is_at(m, "devpts", "/dev/pts") || !has_option(m, "newinstance"))
                return false;
        if (is_for_console(f, m)) {
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "for the console");
                return true;
        }
        if (max && num_parse_u64(max, strlen(max), 10, &n) == 0 && n >= tty_max(f) &&
            options_are(f, m, lxc_from_text(f, "newinstance,ptmxmode=0666,mode=0620,gid=5,max=%" PRIu64 ",nosuid,noexec", n))) {
                n -= tty_max(f);
                if (n > 0)
                        lxc_from_exact(f, pointer, "lxc.pty.max", lxc_from_text(f, "%" PRIu64, n));
                else
                        lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "for lxc.tty.max");
                return true;
        }
        if (!f->autodev)
                return false;
        n = max && num_parse_u64(max, strlen(max), 10, &n) == 0 ? n : MANY_PTYS;
        lxc_from_line(f, LXC_NEARLY, LXC_NOTE, pointer, "lxc.pty.max", lxc_from_text(f, "%" PRIu64, n), "LXC chooses the options of /dev/pts itself");
        return true;
}

/* The word of lxc.mount.auto that makes M, or NULL; *EXACT: to the letter. */
static const char *auto_word(struct lxc_from *f, const struct oci_mount *m, bool *exact)
{
        const oci_strings *read_only = &f->spec->linux_->readonly_paths;
        bool mixed = has_path(read_only, "/proc/sys") && has_path(read_only, "/proc/sysrq-trigger");

        *exact = true;
        if (is_at(m, "proc", "/proc") && options_are(f, m, "nosuid,nodev,noexec"))
                return mixed && f->from_lxc ? "proc:mixed" : "proc:rw";
        if (is_at(m, "sysfs", "/sys") && f->from_lxc && options_are(f, m, "ro,nosuid,nodev,noexec"))
                return "sys:mixed";
        if (is_at(m, "sysfs", "/sys") && (options_are(f, m, "ro") || options_are(f, m, "rw")))
                return has_option(m, "ro") ? "sys:ro" : "sys:rw";
        if ((is_at(m, "cgroup", "/sys/fs/cgroup") || is_at(m, "cgroup2", "/sys/fs/cgroup")) && (has_option(m, "ro") || has_option(m, "rw") || !f->from_lxc)) {
                bool ro = has_option(m, "ro");

                *exact = options_are(f, m, lxc_from_text(f, "nosuid,nodev,noexec,relatime,%s", ro ? "ro" : "rw"));
                return ro ? "cgroup:ro" : "cgroup:rw";
        }
        return NULL;
}

static bool take_auto(struct lxc_from *f, const struct oci_mount *m, const char *pointer)
{
        bool exact;
        const char *word = auto_word(f, m, &exact);

        if (!word)
                return false;
        lxc_from_line(f, exact ? LXC_EXACT : LXC_NEARLY, exact ? LXC_INFO : LXC_NOTE, pointer, "lxc.mount.auto", word,
                      exact ? NULL : "LXC chooses the options of the cgroup mount itself");
        if (streq(word, "proc:mixed"))
                for (size_t i = 0; i < f->spec->linux_->readonly_paths.n; i++)
                        if (streq(f->spec->linux_->readonly_paths.items[i], "/proc/sys") || streq(f->spec->linux_->readonly_paths.items[i], "/proc/sysrq-trigger"))
                                lxc_from_told(f, lxc_from_text(f, "/linux/readonlyPaths/%zu", i));
        return true;
}

/* ------------------------------------------------------------------------------------------------------------------
 * lxc.mount.entry */

/* A field of fstab(5): blanks as octal escapes. */
static void add_field(struct strbuf *out, const char *text)
{
        for (const char *c = text; *c; c++)
                if (*c == ' ' || *c == '\t' || *c == '\n' || *c == '\\')
                        strbuf_printf(out, "\\%03o", (unsigned) (unsigned char) *c);
                else
                        strbuf_addc(out, *c);
}

struct entry {
        struct strbuf options;
        enum lxc_class cls;
        enum lxc_severity severity;
        const char *text;
};

static void remark(struct entry *e, enum lxc_class cls, enum lxc_severity severity, const char *text)
{
        if (severity < e->severity || (severity == e->severity && e->text))
                return;
        e->cls = MAX(e->cls, cls);
        e->severity = severity;
        e->text = text;
}

/* Attributes for whole trees, which LXC has no words for. */
static bool is_recursive_attribute(const char *option)
{
        static const char *const words[] = { "rro", "rrw", "rnosuid", "rsuid", "rnodev", "rdev", "rnoexec", "rexec", "rnodiratime", "rdiratime",
                                             "rrelatime", "rnorelatime", "rnoatime", "ratime", "rstrictatime", "rnostrictatime", "rnosymfollow", "rsymfollow" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (streq(words[i], option))
                        return true;
        return false;
}

static bool same_mappings(const oci_id_mappings *a, const oci_id_mappings *b)
{
        if (a->n != b->n)
                return false;
        for (size_t i = 0; i < a->n; i++)
                if (a->items[i].container_id.value != b->items[i].container_id.value || a->items[i].host_id.value != b->items[i].host_id.value ||
                    a->items[i].size.value != b->items[i].size.value)
                        return false;
        return true;
}

static void add_idmap(struct lxc_from *f, const struct oci_mount *m, struct entry *e)
{
        const struct oci_linux *l = f->spec->linux_;
        bool none = m->uid_mappings.n == 0 && m->gid_mappings.n == 0;

        strbuf_adds(&e->options, "idmap=container");
        if (!none && (!same_mappings(&m->uid_mappings, &l->uid_mappings) || !same_mappings(&m->gid_mappings, &l->gid_mappings)))
                remark(e, LXC_IMPOSSIBLE, LXC_ERROR, "LXC maps the ids of a mount only as those of the container");
}

/* LXC compares the beginning of an option with the words of mount(8). */
static void add_option(struct lxc_from *f, const struct oci_mount *m, const char *option, struct entry *e)
{
        const char *flag = lxc_mount_flag(option);

        if (streq(option, "tmpcopyup")) {
                remark(e, LXC_IMPOSSIBLE, LXC_WARN, "LXC does not copy what the mount hides into it");
                return;
        }
        if (is_recursive_attribute(option)) {
                remark(e, LXC_IMPOSSIBLE, LXC_ERROR, "LXC sets no attributes on whole trees of mounts");
                return;
        }
        strbuf_adds(&e->options, e->options.len > 0 ? "," : "");
        if (streq(option, "nofail"))
                strbuf_adds(&e->options, "optional");
        else if (streq(option, "idmap") || streq(option, "ridmap"))
                add_idmap(f, m, e);
        else
                strbuf_adds(&e->options, option);
        if (flag && !streq(flag, option))
                remark(e, LXC_NEARLY, LXC_WARN, lxc_from_text(f, "LXC takes '%s' for '%s': it compares the beginning only", option, flag));
        if (flag && (streq(option, "sync") || streq(option, "dirsync") || streq(option, "lazytime") || streq(option, "mand") || streq(option, "remount")))
                remark(e, LXC_NEARLY, LXC_NOTE, lxc_from_text(f, "LXC 7 passes over '%s'", option));
}

/* OCI runtimes make a mount point that is missing; LXC is told to. */
static void add_create(struct lxc_from *f, const struct oci_mount *m, const char *source, struct entry *e)
{
        int kind = is_bind(m) && f->options->look ? f->options->look(f->options->arg, source) : is_bind(m) ? -1 : 1;

        if (f->from_lxc)
                return;
        strbuf_printf(&e->options, "%screate=%s", e->options.len > 0 ? "," : "", kind == 0 ? "file" : "dir");
        if (kind < 0)
                remark(e, LXC_EXACT, LXC_NOTE, "the source is not here to be looked at: taken for a directory; for a file, write create=file");
}

static const char *source_of(struct lxc_from *f, const struct oci_mount *m)
{
        const char *source = m->source && m->source[0] ? m->source : m->type && m->type[0] ? m->type : "none";

        return is_bind(m) && source[0] != '/' ? absolute(f, source) : source;
}

static void take_entry(struct lxc_from *f, const struct oci_mount *m, const char *pointer)
{
        _cleanup_(strbuf_done) struct strbuf line = { 0 };
        const char *source = source_of(f, m), *target = m->destination;
        struct entry e = { 0 };

        for (size_t i = 0; i < m->options.n; i++)
                add_option(f, m, m->options.items[i], &e);
        if (is_bind(m) && !has_option(m, "bind") && !has_option(m, "rbind"))
                strbuf_adds(&e.options, e.options.len > 0 ? ",bind" : "bind");
        add_create(f, m, source, &e);
        while (*target == '/')
                target++;
        add_field(&line, source);
        strbuf_addc(&line, ' ');
        add_field(&line, target[0] ? target : ".");
        strbuf_addc(&line, ' ');
        add_field(&line, m->type && m->type[0] ? m->type : "none");
        if (e.options.len > 0) { /* without options the line ends here */
                strbuf_addc(&line, ' ');
                add_field(&line, e.options.text);
                strbuf_adds(&line, " 0 0");
        }
        f->nomem |= line.failed || e.options.failed;
        if (line.text)
                lxc_from_line(f, e.cls, e.severity, pointer, "lxc.mount.entry", line.text, e.text ? "%s" : NULL, e.text);
        strbuf_done(&e.options);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void no_dev(struct lxc_from *f)
{
        if (f->autodev)
                return;
        if (makes_no_devices(f) || f->from_lxc)
                lxc_from_line(f, LXC_EXACT, LXC_INFO, "/annotations/berth.devices.default", "lxc.autodev", "0", NULL);
        else
                lxc_from_line(f, LXC_NEARLY, LXC_WARN, "/mounts", "lxc.autodev", "0",
                              "an OCI runtime makes the standard devices in the root file system's own /dev; LXC leaves it as it is");
}

/* LXC makes /dev first, then proc and sys, the entries in their order, those with mapped ids after all others. */
static void mounts(struct lxc_from *f)
{
        enum { BY_WORD, ENTRIES, MAPPED, PASSES };

        for (int pass = BY_WORD; pass < PASSES; pass++)
                for (size_t i = 0; i < f->spec->mounts.n; i++) {
                        const struct oci_mount *m = &f->spec->mounts.items[i];
                        const char *pointer = lxc_from_text(f, "/mounts/%zu", i);
                        bool exact, by_word = m->destination && (is_autodev(f, m) || auto_word(f, m, &exact));
                        int when = by_word ? BY_WORD : has_option(m, "idmap") || has_option(m, "ridmap") || option_after(m, "idmap=") ? MAPPED : ENTRIES;

                        if (!m->destination || when != pass)
                                continue;
                        if (by_word && (take_dev(f, m, pointer) || take_auto(f, m, pointer)))
                                continue;
                        if (by_word || !take_devpts(f, m, pointer))
                                take_entry(f, m, pointer);
                }
        no_dev(f);
}

/* /dev/null over a file, an empty tmpfs over a directory: of the two lines the one that does not fit fails and is optional. */
static void masked(struct lxc_from *f)
{
        for (size_t i = 0; i < f->spec->linux_->masked_paths.n; i++) {
                _cleanup_(strbuf_done) struct strbuf target = { 0 };
                const char *path = f->spec->linux_->masked_paths.items[i];

                add_field(&target, path + strspn(path, "/"));
                lxc_from_line(f, LXC_NEARLY, LXC_INFO, lxc_from_text(f, "/linux/maskedPaths/%zu", i), "lxc.mount.entry",
                              lxc_from_text(f, "/dev/null %s none bind,optional 0 0", target.text ?: "."), "the one that fits is mounted");
                lxc_from_more(f, "lxc.mount.entry", lxc_from_text(f, "tmpfs %s tmpfs ro,nosuid,nodev,noexec,optional,size=4k 0 0", target.text ?: "."));
        }
}

static void read_only(struct lxc_from *f)
{
        const oci_strings *paths = &f->spec->linux_->readonly_paths;
        bool mixed = f->from_lxc && has_path(paths, "/proc/sys") && has_path(paths, "/proc/sysrq-trigger");

        for (size_t i = 0; i < paths->n; i++) {
                _cleanup_(strbuf_done) struct strbuf path = { 0 };

                if (mixed && (streq(paths->items[i], "/proc/sys") || streq(paths->items[i], "/proc/sysrq-trigger")))
                        continue;
                add_field(&path, paths->items[i] + strspn(paths->items[i], "/"));
                lxc_from_line(f, LXC_NEARLY, LXC_INFO, lxc_from_text(f, "/linux/readonlyPaths/%zu", i), "lxc.mount.entry",
                              lxc_from_text(f, "%s %s none rbind,ro,relative,optional 0 0", path.text ?: ".", path.text ?: "."), "a read-only mount of itself");
        }
}

/* The standard devices are LXC's too. */
static bool is_standard(const char *path)
{
        static const char *const paths[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/console", "/dev/ptmx" };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
                if (streq(paths[i], path))
                        return true;
        return false;
}

static void device_nodes(struct lxc_from *f)
{
        for (size_t i = 0; i < f->spec->linux_->devices.n; i++) {
                const struct oci_device *d = &f->spec->linux_->devices.items[i];
                const char *pointer = lxc_from_text(f, "/linux/devices/%zu", i);
                _cleanup_(strbuf_done) struct strbuf field = { 0 };

                if (!d->path || is_standard(d->path)) {
                        lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "LXC makes it by itself");
                        continue;
                }
                add_field(&field, d->path);
                lxc_from_line(f, LXC_NEARLY, LXC_NOTE, pointer, "lxc.mount.entry",
                              lxc_from_text(f, "%s %s none bind,optional,create=file 0 0", field.text ?: "", field.text ? field.text + 1 : ""),
                              "the host's device of that name, with its owner and mode");
        }
}

void lxc_from_mounts(struct lxc_from *f)
{
        root(f);
        mounts(f);
        read_only(f);
        masked(f);
        device_nodes(f);
}
