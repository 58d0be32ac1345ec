/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts in words, for `berth plan`. */
#include "mounts.h"

#include <linux/mount.h>

#include "names.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MOUNT_ATTR__ATIME
#define MOUNT_ATTR__ATIME 0x00000070
#endif

/* A list in the making: commas between its words. */
struct words {
        struct strbuf *out;
        const char *separator;
};

static void word(struct words *w, const char *prefix, const char *text)
{
        strbuf_printf(w->out, "%s%s%s", w->separator, prefix, text);
        w->separator = ",";
}

static void attr_words(struct words *w, const char *prefix, uint64_t set, uint64_t clear)
{
        static const struct { uint64_t attr; const char *on, *off; } table[] = {
                { MOUNT_ATTR_RDONLY, "ro", "rw" },         { MOUNT_ATTR_NOSUID, "nosuid", "suid" },
                { MOUNT_ATTR_NODEV, "nodev", "dev" },      { MOUNT_ATTR_NOEXEC, "noexec", "exec" },
                { MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime" },
                { MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow", "symfollow" },
        };
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if ((set | clear) & table[i].attr)
                        word(w, prefix, set & table[i].attr ? table[i].on : table[i].off);
        if (set & MOUNT_ATTR_NOATIME)
                word(w, prefix, "noatime");
        else if (set & MOUNT_ATTR_STRICTATIME)
                word(w, prefix, "strictatime");
        else if (clear & MOUNT_ATTR__ATIME)
                word(w, prefix, "relatime");
}

static void sb_words(struct words *w, unsigned long flags)
{
        static const struct { unsigned long flag; const char *text; } table[] = {
                { MS_SYNCHRONOUS, "sync" }, { MS_DIRSYNC, "dirsync" },      { MS_LAZYTIME, "lazytime" },
                { MS_MANDLOCK, "mand" },    { MS_I_VERSION, "iversion" },   { MS_SILENT, "silent" },
        };
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (flags & table[i].flag)
                        word(w, "", table[i].text);
}

static void option_words(struct words *w, const struct mount_args *args)
{
        for (size_t i = 0; i < args->n_options; i++) {
                const struct mount_fs_arg *o = &args->options[i];
                word(w, "", o->key);
                if (o->value)
                        strbuf_printf(w->out, "=%s", o->value);
        }
        for (size_t i = 0; i < args->n_propagation; i++)
                word(w, "", name_of(&names_propagation, (int) args->propagation[i]) ?: "?");
}

static void range_words(struct words *w, const char *what, const struct plan_id_range *ranges, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                word(w, what, "");
                strbuf_printf(w->out, " %u->%u x%u", ranges[i].inside, ranges[i].outside, ranges[i].count);
        }
}

static void describe_idmap(struct words *w, const struct step_idmap *idmap)
{
        word(w, idmap->recursive ? "r" : "", "idmap");
        if (idmap->userns_path)
                strbuf_printf(w->out, " of '%s'", idmap->userns_path);
        w->separator = ": ";
        range_words(w, "uid", idmap->uids, idmap->n_uids);
        w->separator = idmap->n_uids > 0 ? ", " : ": ";
        range_words(w, "gid", idmap->gids, idmap->n_gids);
}

void plan_idmap_describe(const struct step_idmap *idmap, struct strbuf *out) { describe_idmap(&(struct words) { out, " " }, idmap); }

void plan_attrs_describe(const struct mount_args *args, struct strbuf *out)
{
        struct words w = { out, " " };
        attr_words(&w, "", args->attr_set, args->attr_clear);
        attr_words(&w, "r", args->rec_set, args->rec_clear);
}

static void describe_source(const struct step_mount *s, struct strbuf *out)
{
        struct words w = { out, " " };
        strbuf_printf(out, "'%s'", s->args.source);
        if (s->args.recursive)
                word(&w, "", "recursive");
        if (s->args.source_nofollow)
                word(&w, "", "src-nofollow");
        if (s->idmap)
                describe_idmap(&w, s->idmap);
}

static void describe_contents(const struct step_mount *s, struct strbuf *out)
{
        const char *before = " with ";
        for (size_t i = 0; s->dirs && s->dirs[i]; i++, before = " ")
                strbuf_printf(out, "%s%s/", before, s->dirs[i]);
        for (size_t i = 0; i < s->n_links; i++, before = " ")
                strbuf_printf(out, "%s%s->%s", before, s->links[i].name, s->links[i].target);
}

static void describe_mount(const struct step_mount *s, struct strbuf *out)
{
        const struct { bool on; const char *text; } flags[] = {
                { s->args.source_nofollow && !s->copy_symlink, "src-nofollow" },
                { s->target_nofollow, "dest-nofollow" },
                { s->copy_symlink, "copy-symlink" },
                { s->copy_up, "tmpcopyup" },
                { s->nofail, "nofail" },
        };
        struct words w = { out, " " };
        strbuf_printf(out, "'%s'", s->args.target);
        if (s->kind == STEP_MOUNT_BIND)
                strbuf_printf(out, " from '%s'", s->args.source);
        attr_words(&w, "", s->args.attr_set, s->args.attr_clear);
        attr_words(&w, "r", s->args.rec_set, s->args.rec_clear);
        sb_words(&w, s->args.sb_flags);
        option_words(&w, &s->args);
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if (flags[i].on)
                        word(&w, "", flags[i].text);
        if (s->idmap)
                word(&w, s->idmap->recursive ? "r" : "", "idmap");
        describe_contents(s, out);
        if (s->otherwise)
                strbuf_printf(out, " or bind '%s'", s->otherwise->args.source);
}

void plan_mounts_describe(const struct step *step, struct strbuf *out)
{
        if (step->op == PLAN_SOURCE_OPEN)
                describe_source(step->u.mount, out);
        else
                describe_mount(step->u.mount, out);
}
