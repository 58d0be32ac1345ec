/* SPDX-License-Identifier: Apache-2.0 */
#include "mount-options.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>

#include "cleanup.h"
#include "num.h"
#include "str.h"

/* The kernel's header alone: <sys/mount.h> beside it is a redefinition on older libcs. */
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MOUNT_ATTR__ATIME
#define MOUNT_ATTR__ATIME 0x00000070
#endif

/* The kinds of atime exclude each other in MOUNT_ATTR__ATIME: a word that picks one clears the others, a word that
 * takes one back ("atime", "nostrictatime") clears only its own bit and so leads back to relatime, the kernel's
 * default.  In mount(2) they are flags of their own. */
#define MS_ATIME_KINDS (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

/* word, kind, attr_set, attr_clear, ms_set, ms_clear */
#define ATTR_ON(X, prefix, kind, word, attr, ms) X(prefix word, kind, attr, 0, ms, 0)
#define ATTR_OFF(X, prefix, kind, word, attr, ms) X(prefix word, kind, 0, attr, 0, ms)
#define ATTR_ATIME(X, prefix, kind, word, attr, ms)                                                                    \
        X(prefix word, kind, attr, MOUNT_ATTR__ATIME, ms, MS_ATIME_KINDS)

/* Sorted; a search by halves relies on it. */
#define MOUNT_OPTION_ROWS(X)                                                                                           \
        X("async", SB, 0, 0, 0, MS_SYNCHRONOUS)                                                                        \
        ATTR_OFF(X, "", ATTR, "atime", MOUNT_ATTR_NOATIME, MS_NOATIME)                                                 \
        X("bind", BIND, 0, 0, MS_BIND, 0)                                                                              \
        X("copy-symlink", COPY_SYMLINK, 0, 0, 0, 0)                                                                    \
        X("defaults", NOTHING, 0, 0, 0, 0)                                                                             \
        X("dest-nofollow", DEST_NOFOLLOW, 0, 0, 0, 0)                                                                  \
        ATTR_OFF(X, "", ATTR, "dev", MOUNT_ATTR_NODEV, MS_NODEV)                                                       \
        ATTR_OFF(X, "", ATTR, "diratime", MOUNT_ATTR_NODIRATIME, MS_NODIRATIME)                                        \
        X("dirsync", SB, 0, 0, MS_DIRSYNC, 0)                                                                          \
        ATTR_OFF(X, "", ATTR, "exec", MOUNT_ATTR_NOEXEC, MS_NOEXEC)                                                    \
        X("idmap", IDMAP, 0, 0, 0, 0)                                                                                  \
        X("iversion", SB, 0, 0, MS_I_VERSION, 0)                                                                       \
        X("lazytime", SB, 0, 0, MS_LAZYTIME, 0)                                                                        \
        X("loud", SB, 0, 0, 0, MS_SILENT)                                                                              \
        X("mand", SB, 0, 0, MS_MANDLOCK, 0)                                                                            \
        ATTR_ATIME(X, "", ATTR, "noatime", MOUNT_ATTR_NOATIME, MS_NOATIME)                                             \
        ATTR_ON(X, "", ATTR, "nodev", MOUNT_ATTR_NODEV, MS_NODEV)                                                      \
        ATTR_ON(X, "", ATTR, "nodiratime", MOUNT_ATTR_NODIRATIME, MS_NODIRATIME)                                       \
        ATTR_ON(X, "", ATTR, "noexec", MOUNT_ATTR_NOEXEC, MS_NOEXEC)                                                   \
        X("nofail", NOFAIL, 0, 0, 0, 0)                                                                                \
        X("noiversion", SB, 0, 0, 0, MS_I_VERSION)                                                                     \
        X("nolazytime", SB, 0, 0, 0, MS_LAZYTIME)                                                                      \
        X("nomand", SB, 0, 0, 0, MS_MANDLOCK)                                                                          \
        ATTR_OFF(X, "", ATTR, "norelatime", MOUNT_ATTR_RELATIME, MS_RELATIME)                                          \
        ATTR_OFF(X, "", ATTR, "nostrictatime", MOUNT_ATTR_STRICTATIME, MS_STRICTATIME)                                 \
        ATTR_ON(X, "", ATTR, "nosuid", MOUNT_ATTR_NOSUID, MS_NOSUID)                                                   \
        ATTR_ON(X, "", ATTR, "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW)                                    \
        X("private", PROPAGATION, 0, 0, MS_PRIVATE, 0)                                                                 \
        ATTR_OFF(X, "r", ATTR_REC, "atime", MOUNT_ATTR_NOATIME, 0)                                                     \
        X("rbind", BIND, 0, 0, MS_BIND | MS_REC, 0)                                                                    \
        ATTR_OFF(X, "r", ATTR_REC, "dev", MOUNT_ATTR_NODEV, 0)                                                         \
        ATTR_OFF(X, "r", ATTR_REC, "diratime", MOUNT_ATTR_NODIRATIME, 0)                                               \
        ATTR_ATIME(X, "", ATTR, "relatime", MOUNT_ATTR_RELATIME, MS_RELATIME)                                          \
        X("remount", REMOUNT, 0, 0, MS_REMOUNT, 0)                                                                     \
        ATTR_OFF(X, "r", ATTR_REC, "exec", MOUNT_ATTR_NOEXEC, 0)                                                       \
        X("ridmap", IDMAP, 0, 0, MS_REC, 0)                                                                            \
        X("rnoatime", ATTR_REC, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, 0, 0)                                           \
        ATTR_ON(X, "r", ATTR_REC, "nodev", MOUNT_ATTR_NODEV, 0)                                                        \
        ATTR_ON(X, "r", ATTR_REC, "nodiratime", MOUNT_ATTR_NODIRATIME, 0)                                              \
        ATTR_ON(X, "r", ATTR_REC, "noexec", MOUNT_ATTR_NOEXEC, 0)                                                      \
        ATTR_OFF(X, "r", ATTR_REC, "norelatime", MOUNT_ATTR_RELATIME, 0)                                               \
        ATTR_OFF(X, "r", ATTR_REC, "nostrictatime", MOUNT_ATTR_STRICTATIME, 0)                                         \
        ATTR_ON(X, "r", ATTR_REC, "nosuid", MOUNT_ATTR_NOSUID, 0)                                                      \
        ATTR_ON(X, "r", ATTR_REC, "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0)                                            \
        X("ro", ATTR, MOUNT_ATTR_RDONLY, 0, MS_RDONLY, 0)                                                              \
        X("rprivate", PROPAGATION, 0, 0, MS_PRIVATE | MS_REC, 0)                                                       \
        X("rrelatime", ATTR_REC, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, 0, 0)                                         \
        ATTR_ON(X, "r", ATTR_REC, "ro", MOUNT_ATTR_RDONLY, 0)                                                          \
        ATTR_OFF(X, "r", ATTR_REC, "rw", MOUNT_ATTR_RDONLY, 0)                                                         \
        X("rshared", PROPAGATION, 0, 0, MS_SHARED | MS_REC, 0)                                                         \
        X("rslave", PROPAGATION, 0, 0, MS_SLAVE | MS_REC, 0)                                                           \
        X("rstrictatime", ATTR_REC, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, 0, 0)                                   \
        ATTR_OFF(X, "r", ATTR_REC, "suid", MOUNT_ATTR_NOSUID, 0)                                                       \
        ATTR_OFF(X, "r", ATTR_REC, "symfollow", MOUNT_ATTR_NOSYMFOLLOW, 0)                                             \
        X("runbindable", PROPAGATION, 0, 0, MS_UNBINDABLE | MS_REC, 0)                                                 \
        X("rw", ATTR, 0, MOUNT_ATTR_RDONLY, 0, MS_RDONLY)                                                              \
        X("shared", PROPAGATION, 0, 0, MS_SHARED, 0)                                                                   \
        X("silent", SB, 0, 0, MS_SILENT, 0)                                                                            \
        X("slave", PROPAGATION, 0, 0, MS_SLAVE, 0)                                                                     \
        X("src-nofollow", SRC_NOFOLLOW, 0, 0, 0, 0)                                                                    \
        ATTR_ATIME(X, "", ATTR, "strictatime", MOUNT_ATTR_STRICTATIME, MS_STRICTATIME)                                 \
        ATTR_OFF(X, "", ATTR, "suid", MOUNT_ATTR_NOSUID, MS_NOSUID)                                                    \
        ATTR_OFF(X, "", ATTR, "symfollow", MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW)                                     \
        X("sync", SB, 0, 0, MS_SYNCHRONOUS, 0)                                                                         \
        X("tmpcopyup", COPY_UP, 0, 0, 0, 0)                                                                            \
        X("unbindable", PROPAGATION, 0, 0, MS_UNBINDABLE, 0)

#define OWNED_ATTRS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define OWNED_MS (MS_NOSUID | MS_NODEV)

/* Words of mount(8) and fstab(5).  Those that let a user mount imply attributes, as mount(8) says; these are not in the
 * features list, which is of what a runtime is asked for. */
static const struct mount_option comfort_options[] = {
        { "_netdev", MOUNT_OPTION_IGNORED },
        { "auto", MOUNT_OPTION_IGNORED },
        { "group", MOUNT_OPTION_ATTR, .attr_set = OWNED_ATTRS, .ms_set = OWNED_MS },
        { "noauto", MOUNT_OPTION_IGNORED },
        { "nogroup", MOUNT_OPTION_IGNORED },
        { "noowner", MOUNT_OPTION_IGNORED },
        { "nouser", MOUNT_OPTION_IGNORED },
        { "nousers", MOUNT_OPTION_IGNORED },
        { "owner", MOUNT_OPTION_ATTR, .attr_set = OWNED_ATTRS, .ms_set = OWNED_MS },
        { "user", MOUNT_OPTION_ATTR, .attr_set = OWNED_ATTRS | MOUNT_ATTR_NOEXEC, .ms_set = OWNED_MS | MS_NOEXEC },
        { "users", MOUNT_OPTION_ATTR, .attr_set = OWNED_ATTRS | MOUNT_ATTR_NOEXEC, .ms_set = OWNED_MS | MS_NOEXEC },
};
static const struct mount_option option_ignored = { "x-", MOUNT_OPTION_IGNORED };
static const struct mount_option option_idmap_ranges = { "idmap=", MOUNT_OPTION_IDMAP_RANGES };

static const struct mount_option options[] = {
#define X(word, kind, attr_set, attr_clear, ms_set, ms_clear)                                                          \
        { word, MOUNT_OPTION_##kind, attr_set, attr_clear, ms_set, ms_clear },
        MOUNT_OPTION_ROWS(X)
#undef X
};
static const char *const option_words[] = {
#define X(word, ...) word,
        MOUNT_OPTION_ROWS(X)
#undef X
};

static const struct mount_option *find_sorted(const struct mount_option *rows, size_t n, const char *word)
{
        size_t low = 0, high = n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int order = strcmp(word, rows[middle].word);

                if (order == 0)
                        return &rows[middle];
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

const struct mount_option *mount_option_find(const char *option)
{
        const struct mount_option *found = find_sorted(options, ARRAY_SIZE(options), option);

        if (!found)
                found = find_sorted(comfort_options, ARRAY_SIZE(comfort_options), option);
        if (found)
                return found;
        if (str_after(option, "x-") || str_after(option, "X-") || str_after(option, "comment="))
                return &option_ignored;
        if (str_after(option, "idmap="))
                return &option_idmap_ranges;
        return NULL;
}

const char *const *mount_option_words(size_t *ret_n)
{
        *ret_n = ARRAY_SIZE(option_words);
        return option_words;
}

/* A kind of atime is chosen as a whole: mount_setattr(2) refuses to set one without clearing all. */
static void apply_attr(const struct mount_option *o, uint64_t *set, uint64_t *clear)
{
        bool atime = (o->attr_set | o->attr_clear) & MOUNT_ATTR__ATIME;

        *set = (*set & ~o->attr_clear) | o->attr_set;
        *clear |= o->attr_clear | (atime ? MOUNT_ATTR__ATIME : 0);
}

static void apply_ms(const struct mount_option *o, struct mount_flags *flags)
{
        flags->ms = (flags->ms & ~o->ms_clear) | o->ms_set;
        flags->ms_cleared = (flags->ms_cleared | o->ms_clear) & ~o->ms_set;
}

void mount_option_apply(const struct mount_option *option, struct mount_flags *flags)
{
        switch (option->kind) {
        case MOUNT_OPTION_ATTR:
                apply_attr(option, &flags->attr_set, &flags->attr_clear);
                apply_ms(option, flags);
                break;
        case MOUNT_OPTION_ATTR_REC:
                apply_attr(option, &flags->rec_attr_set, &flags->rec_attr_clear);
                break;
        case MOUNT_OPTION_SB:
        case MOUNT_OPTION_BIND:
        case MOUNT_OPTION_REMOUNT:
                apply_ms(option, flags);
                break;
        case MOUNT_OPTION_PROPAGATION:
                flags->propagation = option->ms_set;
                break;
        case MOUNT_OPTION_IDMAP:
                flags->idmap_recursive = option->ms_set & MS_REC;
                flags->idmap = true;
                break;
        case MOUNT_OPTION_IDMAP_RANGES:
                flags->idmap = true;
                break;
        case MOUNT_OPTION_COPY_UP:
                flags->copy_up = true;
                break;
        case MOUNT_OPTION_COPY_SYMLINK:
                flags->copy_symlink = true;
                break;
        case MOUNT_OPTION_SRC_NOFOLLOW:
                flags->src_nofollow = true;
                break;
        case MOUNT_OPTION_DEST_NOFOLLOW:
                flags->dest_nofollow = true;
                break;
        case MOUNT_OPTION_NOFAIL:
                flags->nofail = true;
                break;
        case MOUNT_OPTION_NOTHING:
        case MOUNT_OPTION_IGNORED:
                break;
        }
}

/* One number of a range, up to STOP or the end of the range. */
static int parse_u32(const char **text, const char *end, char stop, uint32_t *ret)
{
        const char *to = stop ? memchr(*text, stop, (size_t) (end - *text)) : end;
        uint64_t v;
        int r;

        if (!to)
                return -EINVAL;
        r = num_parse_u64(*text, (size_t) (to - *text), 10, &v);
        if (r < 0)
                return r;
        if (v > UINT32_MAX)
                return -ERANGE;
        *ret = (uint32_t) v;
        *text = to + 1;
        return 0;
}

static int parse_range(const char *text, const char *end, bool gid, struct mount_idmap_range *ret)
{
        struct mount_idmap_range range = { .gid = gid, .relative = *text == '@' };
        int r;

        if (range.relative)
                text++;
        r = parse_u32(&text, end, '-', &range.fs);
        if (r >= 0)
                r = parse_u32(&text, end, '-', &range.host);
        if (r >= 0)
                r = parse_u32(&text, end, '\0', &range.count);
        if (r < 0)
                return r;
        if (range.count == 0)
                return -EINVAL;
        *ret = range;
        return 0;
}

int mount_idmap_parse(const char *option, void (*range)(void *arg, const struct mount_idmap_range *range), void *arg)
{
        const char *text = str_after(option, "idmap=");
        int n = 0;

        while (text) {
                const char *list = str_after(text, "uids=") ?: str_after(text, "gids=");
                bool gid = *text == 'g';

                if (!list)
                        return -EINVAL;
                for (const char *end;; list = end + 1) {
                        struct mount_idmap_range found;
                        int r;

                        end = list + strcspn(list, "#;");
                        r = parse_range(list, end, gid, &found);
                        if (r < 0)
                                return r;
                        if (range)
                                range(arg, &found);
                        n++;
                        if (*end != '#') {
                                text = *end ? end + 1 : NULL;
                                break;
                        }
                }
        }
        return n > 0 ? n : -EINVAL;
}

static const struct mount_fs_option lsm_options[] = {
        { "context", MOUNT_VALUE_TEXT },       { "defcontext", MOUNT_VALUE_TEXT },
        { "fscontext", MOUNT_VALUE_TEXT },     { "rootcontext", MOUNT_VALUE_TEXT },
        { "seclabel", MOUNT_VALUE_NONE },      { "smackfsdef", MOUNT_VALUE_TEXT },
        { "smackfsfloor", MOUNT_VALUE_TEXT },  { "smackfshat", MOUNT_VALUE_TEXT },
        { "smackfsroot", MOUNT_VALUE_TEXT },   { "smackfstransmute", MOUNT_VALUE_TEXT },
};
/* fs/proc/root.c */
static const struct mount_fs_option proc_options[] = {
        { "gid", MOUNT_VALUE_GID },
        { "hidepid", MOUNT_VALUE_TEXT },
        { "pidns", MOUNT_VALUE_TEXT },
        { "subset", MOUNT_VALUE_TEXT },
};
/* fs/devpts/inode.c */
static const struct mount_fs_option devpts_options[] = {
        { "gid", MOUNT_VALUE_GID },          { "max", MOUNT_VALUE_NUMBER },
        { "mode", MOUNT_VALUE_OCTAL },       { "newinstance", MOUNT_VALUE_NONE },
        { "ptmxmode", MOUNT_VALUE_OCTAL },   { "uid", MOUNT_VALUE_UID },
};
/* mm/shmem.c */
static const struct mount_fs_option tmpfs_options[] = {
        { "casefold", MOUNT_VALUE_OPTIONAL },
        { "gid", MOUNT_VALUE_GID },
        { "grpquota", MOUNT_VALUE_NONE },
        { "grpquota_block_hardlimit", MOUNT_VALUE_SIZE },
        { "grpquota_inode_hardlimit", MOUNT_VALUE_SIZE },
        { "huge", MOUNT_VALUE_TEXT },
        { "inode32", MOUNT_VALUE_NONE },
        { "inode64", MOUNT_VALUE_NONE },
        { "mode", MOUNT_VALUE_OCTAL },
        { "mpol", MOUNT_VALUE_TEXT },
        { "noswap", MOUNT_VALUE_NONE },
        { "nr_blocks", MOUNT_VALUE_SIZE },
        { "nr_inodes", MOUNT_VALUE_SIZE },
        { "quota", MOUNT_VALUE_NONE },
        { "size", MOUNT_VALUE_SIZE },
        { "strict_encoding", MOUNT_VALUE_NONE },
        { "uid", MOUNT_VALUE_UID },
        { "usrquota", MOUNT_VALUE_NONE },
        { "usrquota_block_hardlimit", MOUNT_VALUE_SIZE },
        { "usrquota_inode_hardlimit", MOUNT_VALUE_SIZE },
};
/* kernel/cgroup/cgroup-v1.c, and the controllers' names */
static const struct mount_fs_option cgroup_options[] = {
        { "all", MOUNT_VALUE_NONE },          { "blkio", MOUNT_VALUE_NONE },
        { "clone_children", MOUNT_VALUE_NONE }, { "cpu", MOUNT_VALUE_NONE },
        { "cpuacct", MOUNT_VALUE_NONE },      { "cpuset", MOUNT_VALUE_NONE },
        { "cpuset_v2_mode", MOUNT_VALUE_NONE }, { "debug", MOUNT_VALUE_NONE },
        { "devices", MOUNT_VALUE_NONE },      { "favordynmods", MOUNT_VALUE_NONE },
        { "freezer", MOUNT_VALUE_NONE },      { "hugetlb", MOUNT_VALUE_NONE },
        { "memory", MOUNT_VALUE_NONE },       { "misc", MOUNT_VALUE_NONE },
        { "name", MOUNT_VALUE_TEXT },         { "net_cls", MOUNT_VALUE_NONE },
        { "net_prio", MOUNT_VALUE_NONE },     { "nofavordynmods", MOUNT_VALUE_NONE },
        { "none", MOUNT_VALUE_NONE },         { "noprefix", MOUNT_VALUE_NONE },
        { "perf_event", MOUNT_VALUE_NONE },   { "pids", MOUNT_VALUE_NONE },
        { "rdma", MOUNT_VALUE_NONE },         { "release_agent", MOUNT_VALUE_TEXT },
        { "xattr", MOUNT_VALUE_NONE },
        /* the type "cgroup" of config.json becomes a cgroup2 mount where the host has only that */
        { "memory_hugetlb_accounting", MOUNT_VALUE_NONE }, { "memory_localevents", MOUNT_VALUE_NONE },
        { "memory_recursiveprot", MOUNT_VALUE_NONE },      { "nsdelegate", MOUNT_VALUE_NONE },
        { "pids_localevents", MOUNT_VALUE_NONE },
};
/* kernel/cgroup/cgroup.c */
static const struct mount_fs_option cgroup2_options[] = {
        { "favordynmods", MOUNT_VALUE_NONE },         { "memory_hugetlb_accounting", MOUNT_VALUE_NONE },
        { "memory_localevents", MOUNT_VALUE_NONE },   { "memory_recursiveprot", MOUNT_VALUE_NONE },
        { "nofavordynmods", MOUNT_VALUE_NONE },       { "nsdelegate", MOUNT_VALUE_NONE },
        { "pids_localevents", MOUNT_VALUE_NONE },
};

static const struct mount_fs_type fs_types[] = {
        { "cgroup", cgroup_options, ARRAY_SIZE(cgroup_options) },
        { "cgroup2", cgroup2_options, ARRAY_SIZE(cgroup2_options) },
        { "devpts", devpts_options, ARRAY_SIZE(devpts_options) },
        { "mqueue", NULL, 0 },
        { "proc", proc_options, ARRAY_SIZE(proc_options) },
        { "sysfs", NULL, 0 },
        { "tmpfs", tmpfs_options, ARRAY_SIZE(tmpfs_options) },
};

const struct mount_fs_type *mount_fs_type_find(const char *type)
{
        for (size_t i = 0; type && i < ARRAY_SIZE(fs_types); i++)
                if (streq(fs_types[i].type, type))
                        return &fs_types[i];
        return NULL;
}

static const struct mount_fs_option *find_fs_option(const struct mount_fs_option *rows, size_t n, const char *option)
{
        size_t len = strcspn(option, "=");

        for (size_t i = 0; i < n; i++)
                if (strlen(rows[i].word) == len && memcmp(rows[i].word, option, len) == 0)
                        return &rows[i];
        return NULL;
}

const struct mount_fs_option *mount_fs_option_find(const struct mount_fs_type *type, const char *option)
{
        const struct mount_fs_option *found = find_fs_option(type->options, type->n, option);

        return found ?: find_fs_option(lsm_options, ARRAY_SIZE(lsm_options), option);
}

static bool takes_value(const struct mount_fs_option *o)
{
        return o->value != MOUNT_VALUE_NONE && o->value != MOUNT_VALUE_OPTIONAL;
}

const char *mount_option_nearest(const char *option, const struct mount_fs_type *type)
{
        enum { MAX_WORD = 64 };
        const char *names[ARRAY_SIZE(option_words) + ARRAY_SIZE(cgroup_options)];
        char word[MAX_WORD + 1];
        size_t len = strcspn(option, "="), n = 0;
        bool has_value = option[len] == '=';

        if (len > MAX_WORD)
                return NULL;
        memcpy(word, option, len);
        word[len] = '\0';
        for (size_t i = 0; !has_value && i < ARRAY_SIZE(option_words); i++)
                names[n++] = option_words[i];
        for (size_t i = 0; type && i < type->n && n < ARRAY_SIZE(names); i++)
                if (has_value == takes_value(&type->options[i]))
                        names[n++] = type->options[i].word;
        return str_nearest(word, names, n);
}
