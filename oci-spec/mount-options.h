/* SPDX-License-Identifier: Apache-2.0 */
/* Mount option words: one table, from which the validator, the plan's mounts and the Features document take theirs.
 * Owns: static tables.  Layer: oci-spec, pure.
 *
 *      struct mount_flags flags = { 0 };
 *      const struct mount_option *o = mount_option_find(word);
 *      if (o)
 *              mount_option_apply(o, &flags);         in the listed order: the last word wins
 *      else
 *              the word belongs to the file system: fsconfig(2), or mount(2)'s data
 *
 * Words are those of config.md "Linux mount options", of crun and runc beyond it, and the words of mount(8) that mean
 * something only to fstab tools.  MS_* are those of mount(2), MOUNT_ATTR_* those of mount_setattr(2).
 */
#ifndef BERTH_OCI_MOUNT_OPTIONS_H
#define BERTH_OCI_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mount_option_kind {
        MOUNT_OPTION_NOTHING,      /* "defaults", "loud": recognised, changes nothing by itself */
        MOUNT_OPTION_ATTR,         /* an attribute of this mount: attr_*, and ms_* for the old system call */
        MOUNT_OPTION_ATTR_REC,     /* the same for the whole tree (AT_RECURSIVE; Linux 5.12) */
        MOUNT_OPTION_SB,           /* of the super block: ms_*.  fsconfig(2) takes the word as a flag, but for
                                    * "silent" (ms_set MS_SILENT) and "iversion", which a file system may ignore */
        MOUNT_OPTION_PROPAGATION,  /* ms_set is MS_SHARED and the like, with MS_REC for the r-forms */
        MOUNT_OPTION_BIND,         /* ms_set is MS_BIND, with MS_REC for "rbind" */
        MOUNT_OPTION_REMOUNT,
        MOUNT_OPTION_IDMAP,        /* ms_set has MS_REC for "ridmap" */
        MOUNT_OPTION_IDMAP_RANGES, /* "idmap=uids=0-1000-10#10-2000-5;gids=…": see mount_idmap_parse; or "idmap=/PATH" of a
                                    * user namespace, with "rbind" for the whole tree (LXC) */
        MOUNT_OPTION_COPY_UP,      /* "tmpcopyup": fill the tmpfs with what it hides */
        MOUNT_OPTION_COPY_SYMLINK, /* a source that is a symbolic link is made anew at the destination (crun) */
        MOUNT_OPTION_SRC_NOFOLLOW, /* the source may be a symbolic link and is bound as such (crun) */
        MOUNT_OPTION_DEST_NOFOLLOW, /* the last component of the destination is not followed (crun) */
        MOUNT_OPTION_NOFAIL,       /* mount(8): no error when the source does not exist; the mount is left out */
        MOUNT_OPTION_IGNORED,      /* for fstab tools: "x-…", "X-…", "comment=…", "auto", "noauto", "_netdev" */
};

struct mount_option {
        const char *word;
        enum mount_option_kind kind;
        uint64_t attr_set, attr_clear;   /* MOUNT_ATTR_*; what is cleared is cleared before what is set */
        unsigned long ms_set, ms_clear;  /* MS_* */
};

/* The row of OPTION, which may carry a value ("x-foo=bar", "idmap=…"); NULL: a word of the file system. */
const struct mount_option *mount_option_find(const char *option);
/* All recognised words, sorted; without those that are ignored.  For features. */
const char *const *mount_option_words(size_t *ret_n);

/* What a list of options comes to. */
struct mount_flags {
        uint64_t attr_set, attr_clear;         /* for mount_setattr(2) of this mount.  attr_clear has all of */
        uint64_t rec_attr_set, rec_attr_clear; /* MOUNT_ATTR__ATIME as soon as a word chose a kind of atime */
        unsigned long ms;          /* MS_* for mount(2): attributes, super block, MS_BIND, MS_REC, MS_REMOUNT */
        unsigned long ms_cleared;  /* MS_* that a word took back and none set again: "rw", "suid" */
        unsigned long propagation; /* MS_SHARED and the like with MS_REC; 0: none asked for */
        bool idmap, idmap_recursive;
        bool copy_up, copy_symlink, src_nofollow, dest_nofollow, nofail;
};
void mount_option_apply(const struct mount_option *option, struct mount_flags *flags);

/* One range of "idmap=…": ids FS.. of the file system are seen as HOST.. . */
struct mount_idmap_range {
        bool gid;      /* of "gids=", else of "uids=" */
        bool relative; /* written with '@': HOST is an id in the container's user namespace */
        uint32_t fs, host, count;
};
/* Parse the whole option "idmap=uids=…;gids=…", calling RANGE (may be NULL) for each.  Returns the number of ranges, or
 * -EINVAL, -ERANGE (a number does not fit 32 bits). */
int mount_idmap_parse(const char *option, void (*range)(void *arg, const struct mount_idmap_range *range), void *arg);

/* How a file system takes the value of an option of its own. */
enum mount_value {
        MOUNT_VALUE_NONE,     /* a flag */
        MOUNT_VALUE_TEXT,
        MOUNT_VALUE_UID, MOUNT_VALUE_GID, /* decimal, of the mounter's user namespace */
        MOUNT_VALUE_OCTAL,
        MOUNT_VALUE_NUMBER,   /* decimal */
        MOUNT_VALUE_SIZE,     /* decimal with k, m, g, t, p, e, or % */
        MOUNT_VALUE_OPTIONAL, /* a flag that may carry a text */
};
struct mount_fs_option {
        const char *word;
        enum mount_value value;
};
/* Options of the file systems whose whole list is known here: proc, sysfs, cgroup, cgroup2, mqueue, devpts, tmpfs. */
struct mount_fs_type {
        const char *type;
        const struct mount_fs_option *options;
        size_t n;
};
/* NULL: its options are not known here, the kernel has to judge them. */
const struct mount_fs_type *mount_fs_type_find(const char *type);
/* The option of TYPE that OPTION ("gid=5") names, or NULL; options of the security modules ("context=") are of each. */
const struct mount_fs_option *mount_fs_option_find(const struct mount_fs_type *type, const char *option);
/* The recognised word, or option of TYPE (may be NULL), nearest to OPTION's word; among those with a value when OPTION has
 * one.  NULL when none is near. */
const char *mount_option_nearest(const char *option, const struct mount_fs_type *type);

#endif
