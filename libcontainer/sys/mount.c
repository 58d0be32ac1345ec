/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

#include <limits.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "fdbind.h"
#include "mountinfo.h"
#include "safepath.h"
#include "str.h"
#include "syscalls.h"

enum { FSCONFIG_MAX_VALUE = 255 }; /* fs/fsopen.c copies at most 256 bytes */

/* "mount 'devpts' on '/dev/pts'": how every sentence here begins. */
static const char *subject(const struct mount_args *args, char *buf, size_t size)
{
        const char *what = args->type ? args->type : args->source ? args->source : "";
        snprintf(buf, size, "mount '%s' on '%s'", what, args->target);
        return buf;
}
#define SUBJECT_SIZE 512
#define SUBJECT(args) subject(args, (char[SUBJECT_SIZE]) { 0 }, SUBJECT_SIZE)

/* ------------------------------------------------------------------------------------------------------------------
 * A new file system */

/* What the kernel has to say about FS_FD: one message a read, "e text" for an error, "w" and "i" for less. */
static void add_kernel_log(int fs_fd, struct err *e)
{
        char line[256], errors[512] = "", others[512] = "";
        ssize_t len;
        if (!e)
                return;
        while ((len = read(fs_fd, line, sizeof line - 1)) > 0) {
                line[len] = '\0';
                while (len > 0 && line[len - 1] == '\n')
                        line[--len] = '\0';
                const char *text = len > 2 && line[1] == ' ' ? line + 2 : line;
                char *into = line[0] == 'e' ? errors : others;
                size_t used = strlen(into);
                if (used + (size_t) len + 3 < sizeof errors)
                        snprintf(into + used, sizeof errors - used, "%s%s", used ? "; " : "", text);
        }
        if (errors[0] || others[0])
                err_kernel(e, errors[0] ? errors : others);
}

static int refused_option(const struct mount_args *args, const struct mount_fs_arg *o, int fs_fd, int r, struct err *e)
{
        err_sys(e, -r, "fsconfig", "%s: option '%s%s%s' rejected", SUBJECT(args), o->key, o->value ? "=" : "",
                o->value ? o->value : "");
        add_kernel_log(fs_fd, e);
        return r;
}

static int set_arg(int fs_fd, const struct mount_fs_arg *o)
{
        return o->value ? sys_fsconfig(fs_fd, FSCONFIG_SET_STRING, o->key, o->value, 0)
                        : sys_fsconfig(fs_fd, FSCONFIG_SET_FLAG, o->key, NULL, 0);
}

/* Super block flags are options to fsconfig(2).  MS_SILENT and MS_I_VERSION are not: nobody is to be silenced here, and
 * file systems that know the other take it as an option of their own. */
static const struct {
        unsigned long flag;
        const char *word;
} sb_words[] = {
        { MS_RDONLY, "ro" },           { MS_SYNCHRONOUS, "sync" },      { MS_DIRSYNC, "dirsync" },
        { MS_LAZYTIME, "lazytime" },   { MS_MANDLOCK, "mand" },         { MS_I_VERSION, "iversion" },
};

static int set_args(const struct mount_args *args, int fs_fd, int *ret_option, struct err *e)
{
        for (size_t i = 0; i < args->n_options; i++) {
                int r = set_arg(fs_fd, &args->options[i]);
                if (r == -ENOSYS)
                        return r;
                if (r < 0) {
                        *ret_option = (int) i;
                        return refused_option(args, &args->options[i], fs_fd, r, e);
                }
        }
        if (args->more.key) {
                int r = set_arg(fs_fd, &args->more);
                if (r < 0)
                        return r == -ENOSYS ? r : refused_option(args, &args->more, fs_fd, r, e);
        }
        for (size_t i = 0; i < ARRAY_SIZE(sb_words); i++) {
                if (!(args->sb_flags & sb_words[i].flag))
                        continue;
                struct mount_fs_arg o = { .key = sb_words[i].word };
                int r = set_arg(fs_fd, &o);
                if (r == -EINVAL && sb_words[i].flag == MS_I_VERSION)
                        continue; /* mount(2) takes the flag for every file system, and most do not care */
                if (r < 0)
                        return r == -ENOSYS ? r : refused_option(args, &o, fs_fd, r, e);
        }
        return 0;
}

static int set_source(const struct mount_args *args, int fs_fd, struct err *e)
{
        /* "fuse.sshfs" is fuse with a subtype, which mount(2) cuts off itself. */
        const char *dot = strchr(args->type, '.');
        struct mount_fs_arg source = { "source", args->source }, subtype = { "subtype", dot ? dot + 1 : NULL };
        int r = args->source ? set_arg(fs_fd, &source) : 0;
        if (r == 0 && dot)
                r = set_arg(fs_fd, &subtype);
        return r < 0 && r != -ENOSYS ? refused_option(args, args->source ? &source : &subtype, fs_fd, r, e) : r;
}

static bool fits_fsconfig(const struct mount_args *args)
{
        for (size_t i = 0; i < args->n_options; i++)
                if (args->options[i].value && strlen(args->options[i].value) > FSCONFIG_MAX_VALUE)
                        return false;
        return !args->source || strlen(args->source) <= FSCONFIG_MAX_VALUE;
}

static void hint_new(const struct mount_args *args, int r, struct err *e)
{
        if (r == -ENODEV)
                err_hint(e, "'%s' is not in /proc/filesystems, and no module of that name could be loaded", args->type);
        else if (r == -EPERM)
                err_hint(e, "in a user namespace only some file systems can be mounted, and those of a namespace "
                            "(proc, sysfs, mqueue, cgroup) only by the owner of that namespace, while none of the host's "
                            "own is partly hidden");
}

/* MOUNT_ATTR_* that the new mount is born with. */
static unsigned birth_attrs(const struct mount_args *args)
{
        uint64_t attrs = ((args->rec_set & ~args->attr_clear) | args->attr_set) & ~(uint64_t) MOUNT_ATTR_IDMAP;
        return (unsigned) (args->fill ? attrs & ~(uint64_t) MOUNT_ATTR_RDONLY : attrs);
}

static int create_and_mount(const struct mount_args *args, int fs_fd, struct err *e)
{
        const char *call = "fsconfig";
        int r = sys_fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
        if (r == 0) {
                call = "fsmount";
                r = sys_fsmount(fs_fd, FSMOUNT_CLOEXEC, birth_attrs(args));
        }
        if (r >= 0 || r == -ENOSYS)
                return r;
        err_sys(e, -r, call, "%s", SUBJECT(args));
        add_kernel_log(fs_fd, e);
        hint_new(args, r, e);
        return r;
}

int sys_mount_make(const struct mount_args *args, int *ret_option, struct err *e)
{
        *ret_option = -1;
        if (!fits_fsconfig(args))
                return -ENOSYS;
        _cleanup_close_ int fs_fd = sys_fsopen(args->type, FSOPEN_CLOEXEC);
        if (fs_fd == -ENOSYS)
                return fs_fd;
        if (fs_fd == -ENODEV) {
                err_set(e, ERR_CONFIG, ENODEV, "%s: unknown file system type '%s'", SUBJECT(args), args->type);
                hint_new(args, -ENODEV, e);
                return -ENODEV;
        }
        if (fs_fd < 0)
                return err_sys(e, -fs_fd, "fsopen", "%s", SUBJECT(args));
        int r = set_source(args, fs_fd, e);
        if (r == 0)
                r = set_args(args, fs_fd, ret_option, e);
        return r < 0 ? r : create_and_mount(args, fs_fd, e);
}

int sys_mount_reconfigure(const struct mount_args *args, int fd, int *ret_option, struct err *e)
{
        *ret_option = -1;
        _cleanup_close_ int fs_fd = sys_fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH | FSPICK_NO_AUTOMOUNT);
        if (fs_fd < 0)
                return fs_fd == -ENOSYS ? fs_fd : err_sys(e, -fs_fd, "fspick", "remount of '%s'", args->target);
        int r = set_args(args, fs_fd, ret_option, e);
        if (r < 0)
                return r;
        r = sys_fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
        if (r < 0 && r != -ENOSYS) {
                err_sys(e, -r, "fsconfig", "remount of '%s'", args->target);
                add_kernel_log(fs_fd, e);
        }
        return r;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Binds */

bool sys_mount_can_clone(void)
{
        return sys_open_tree(-EBADF, "", 0) != -ENOSYS && sys_move_mount(-EBADF, "", -EBADF, "", 0) != -ENOSYS;
}

int sys_mount_clone(const struct mount_args *args, int dir_fd, const char *source, struct err *e)
{
        unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT;
        if (args->recursive)
                flags |= AT_RECURSIVE;
        if (args->source_nofollow)
                flags |= AT_SYMLINK_NOFOLLOW;
        if (source[0] == '\0')
                flags |= AT_EMPTY_PATH;
        int fd = sys_open_tree(dir_fd, source, flags);
        if (fd >= 0 || fd == -ENOSYS)
                return fd;
        err_sys(e, -fd, "open_tree", "%s: cannot clone the source", SUBJECT(args));
        if (fd == -EINVAL)
                err_hint(e, args->recursive ? "the source is on an unbindable mount, or on one of another mount namespace"
                                            : "the source hides something below a locked mount: use 'rbind'; or it is on "
                                              "an unbindable mount, or on one of another mount namespace");
        return fd;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Attributes and propagation */

static const struct {
        uint64_t attr;
        unsigned long ms;
        const char *word;
} attr_words[] = {
        { MOUNT_ATTR_RDONLY, MS_RDONLY, "ro" },       { MOUNT_ATTR_NOSUID, MS_NOSUID, "nosuid" },
        { MOUNT_ATTR_NODEV, MS_NODEV, "nodev" },      { MOUNT_ATTR_NOEXEC, MS_NOEXEC, "noexec" },
        { MOUNT_ATTR_NOATIME, MS_NOATIME, "noatime" }, { MOUNT_ATTR_STRICTATIME, MS_STRICTATIME, "strictatime" },
        { MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, "nodiratime" },
        { MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW, "nosymfollow" },
};

static unsigned long attrs_to_ms(uint64_t attrs)
{
        unsigned long ms = 0;
        for (size_t i = 0; i < ARRAY_SIZE(attr_words); i++)
                if (attrs & attr_words[i].attr)
                        ms |= attr_words[i].ms;
        return ms;
}

/* The attributes of the mount under FD, as MOUNT_ATTR_*; statfs(2) tells them since Linux 2.6.36. */
static int get_attrs(int fd, uint64_t *ret)
{
        static const struct { unsigned long st; uint64_t attr; } flags[] = {
                { ST_RDONLY, MOUNT_ATTR_RDONLY },         { ST_NOSUID, MOUNT_ATTR_NOSUID },
                { ST_NODEV, MOUNT_ATTR_NODEV },           { ST_NOEXEC, MOUNT_ATTR_NOEXEC },
                { ST_NOATIME, MOUNT_ATTR_NOATIME },       { ST_NODIRATIME, MOUNT_ATTR_NODIRATIME },
                { ST_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
        };
        struct statfs fs;
        if (fstatfs(fd, &fs) < 0)
                return -errno;
        *ret = 0;
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if ((unsigned long) fs.f_flags & flags[i].st)
                        *ret |= flags[i].attr;
        if (!((unsigned long) fs.f_flags & (ST_NOATIME | ST_RELATIME)))
                *ret |= MOUNT_ATTR_STRICTATIME;
        return 0;
}

/* EPERM: of the attributes that the mount has, those that we would take away are locked, for it came from a more
 * privileged mount namespace. */
static int refused_attrs(const struct mount_args *args, int fd, uint64_t set, uint64_t clear, const char *call, int r,
                         struct err *e)
{
        uint64_t now, taken = 0;
        if (r == -EPERM && get_attrs(fd, &now) == 0)
                taken = now & clear & ~set;
        if (!taken) {
                err_sys(e, -r, call, "%s: cannot change the mount's attributes", SUBJECT(args));
                if (r == -EINVAL && (set & MOUNT_ATTR_NOSYMFOLLOW))
                        err_hint(e, "'nosymfollow' needs Linux 5.14");
                return r;
        }
        char list[128] = "";
        for (size_t i = 0, used = 0; i < ARRAY_SIZE(attr_words); i++)
                if (taken & attr_words[i].attr)
                        used += (size_t) snprintf(list + used, sizeof list - used, "%s'%s'", used ? ", " : "",
                                                  attr_words[i].word);
        err_sys(e, -r, call, "%s: cannot clear %s, locked on the source's mount", SUBJECT(args), list);
        err_hint(e, "a user namespace cannot take these away: leave them in the options, or change the host's mount");
        return r;
}

struct change {
        unsigned flags; /* 0 or AT_RECURSIVE */
        struct sys_mount_attr attr;
};

static bool change_is_empty(const struct change *c)
{
        return !c->attr.attr_set && !c->attr.attr_clr && !c->attr.propagation;
}

/* As few calls as possible: one for the tree, one for the mount itself, and the first propagation rides on that of its
 * kind.  A mount without others below it needs one only. */
static void plan_changes(const struct mount_args *args, struct change *tree, struct change *top, size_t *propagated)
{
        *tree = (struct change) { AT_RECURSIVE, { .attr_set = args->rec_set, .attr_clr = args->rec_clear } };
        *top = (struct change) { 0, { .attr_set = args->attr_set, .attr_clr = args->attr_clear } };
        *propagated = 0;
        if (!args->recursive) {
                top->attr.attr_set = (args->rec_set & ~args->attr_clear) | args->attr_set;
                top->attr.attr_clr = args->rec_clear | args->attr_clear;
                tree->attr = (struct sys_mount_attr) { 0 };
        }
        if (args->n_propagation > 0) {
                bool rec = args->recursive && (args->propagation[0] & MS_REC);
                (rec ? tree : top)->attr.propagation = args->propagation[0] & ~(unsigned long) MS_REC;
                *propagated = 1;
        }
        if (args->type) { /* born with its attributes */
                bool late_ro = args->fill && (top->attr.attr_set & MOUNT_ATTR_RDONLY);
                top->attr.attr_set = late_ro ? MOUNT_ATTR_RDONLY : 0;
                top->attr.attr_clr = 0;
        }
}

static int apply_change(const struct mount_args *args, int fd, const struct change *c, struct err *e)
{
        if (change_is_empty(c))
                return 0;
        int r = sys_mount_setattr(fd, "", AT_EMPTY_PATH | c->flags, &c->attr);
        if (r >= 0 || r == -ENOSYS)
                return r;
        return refused_attrs(args, fd, c->attr.attr_set, c->attr.attr_clr, "mount_setattr", r, e);
}

int sys_mount_change(const struct mount_args *args, int fd, struct err *e)
{
        struct change tree, top;
        size_t done;
        plan_changes(args, &tree, &top, &done);
        int r = apply_change(args, fd, &tree, e);
        if (r == 0)
                r = apply_change(args, fd, &top, e);
        for (size_t i = done; r == 0 && i < args->n_propagation; i++) {
                struct change more = {
                        .flags = args->recursive && (args->propagation[i] & MS_REC) ? AT_RECURSIVE : 0,
                        .attr = { .propagation = args->propagation[i] & ~(unsigned long) MS_REC },
                };
                r = apply_change(args, fd, &more, e);
        }
        return r;
}

int sys_mount_attach(const struct mount_args *args, int fd, int target_fd, struct err *e)
{
        int r = sys_move_mount(fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        if (r >= 0 || r == -ENOSYS)
                return r;
        struct stat from, to;
        if (fstat(fd, &from) == 0 && fstat(target_fd, &to) == 0 && S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode))
                return err_set(e, ERR_CONFIG, ENOTDIR, "%s: a %s cannot be mounted on a %s", SUBJECT(args),
                               S_ISDIR(from.st_mode) ? "directory" : "file", S_ISDIR(to.st_mode) ? "directory" : "file");
        err_sys(e, -r, "move_mount", "%s: cannot attach the mount", SUBJECT(args));
        if (r == -ENOSPC)
                err_hint(e, "the mount namespace is full: see /proc/sys/fs/mount-max");
        return r;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The old way: mount(2), on the magic links of the runtime's own procfs, so that no path of the container is looked up. */

/* Append "KEY=VALUE" to the list in BUF; a comma within a value needs quotes, which only the labels' parser knows. */
static int join_option(const struct mount_fs_arg *o, char *buf, size_t size)
{
        size_t used = strlen(buf);
        const char *quote = o->value && strchr(o->value, ',') && strstr(o->key, "context") ? "\"" : "";
        int n = snprintf(buf + used, size - used, "%s%s%s%s%s%s", used ? "," : "", o->key, o->value ? "=" : "", quote,
                         o->value ? o->value : "", quote);
        return n < 0 || (size_t) n >= size - used ? -E2BIG : 0;
}

static int join_options(const struct mount_args *args, char *buf, size_t size)
{
        int r = 0;
        buf[0] = '\0';
        for (size_t i = 0; r == 0 && i < args->n_options; i++)
                r = join_option(&args->options[i], buf, size);
        return r == 0 && args->more.key ? join_option(&args->more, buf, size) : r;
}

static int old_make(const struct mount_args *args, int target_fd, int proc_fd, struct err *e)
{
        char data[4096]; /* a page is all that mount(2) takes */
        int r = join_options(args, data, sizeof data);
        if (r < 0)
                return err_set(e, ERR_CONFIG, E2BIG, "%s: the options are longer than a page", SUBJECT(args));
        unsigned long flags = args->sb_flags | attrs_to_ms(birth_attrs(args));
        if (args->fill)
                flags &= ~(unsigned long) MS_RDONLY;
        r = sys_fd_mount_legacy(proc_fd, -EBADF, args->source ? args->source : "none", target_fd, args->type, flags,
                        data[0] ? data : NULL);
        if (r == 0)
                return 0;
        if (r == -ENODEV)
                err_set(e, ERR_CONFIG, ENODEV, "%s: unknown file system type '%s'", SUBJECT(args), args->type);
        else
                err_sys(e, -r, "mount", "%s%s%s%s", SUBJECT(args), data[0] ? " with options '" : "", data, data[0] ? "'" : "");
        hint_new(args, r, e);
        return r;
}

static int old_bind(const struct mount_args *args, int source_fd, int target_fd, int proc_fd, struct err *e)
{
        int r = sys_fd_mount_legacy(proc_fd, source_fd, NULL, target_fd, NULL, MS_BIND | (args->recursive ? MS_REC : 0), NULL);
        return r < 0 ? err_sys(e, -r, "mount", "%s", SUBJECT(args)) : 0;
}

/* What is mounted over the root itself is found from above: the root is a mount on top of a host directory, in whose
 * parent its name leads to whatever is uppermost. */
static int reopen_root(int root_fd, int proc_fd)
{
        char link[64], path[PATH_MAX];
        snprintf(link, sizeof link, "self/fd/%d", root_fd);
        ssize_t len = readlinkat(proc_fd, link, path, sizeof path - 1);
        if (len < 0)
                return -errno;
        path[len] = '\0';
        const char *slash = strrchr(path, '/');
        _cleanup_close_ int parent_fd = openat(root_fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (parent_fd < 0 || !slash || !slash[1])
                return parent_fd < 0 ? -errno : -ENOTSUP;
        int fd = openat(parent_fd, slash + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* The new mount covers what TARGET_FD is; its own root is found by the path alone.  Whoever exchanges directories
 * meanwhile can make us find something else: so a bind must be its source, and a new file system not what it covers. */
static int reopen_target(const struct mount_args *args, int source_fd, int root_fd, int target_fd, int proc_fd, struct err *e)
{
        int flags = O_PATH | (args->source_nofollow ? O_NOFOLLOW : 0);
        _cleanup_close_ int fd = target_fd == root_fd ? reopen_root(root_fd, proc_fd)
                                                      : sys_path_open(root_fd, args->target, flags, NULL);
        if (fd < 0)
                return err_sys(e, -fd, "openat", "%s: cannot find the new mount", SUBJECT(args));
        struct stat found, known;
        if (fstat(fd, &found) < 0 || fstat(args->type ? target_fd : source_fd, &known) < 0)
                return err_sys(e, errno, "fstat", "%s: cannot examine the new mount", SUBJECT(args));
        bool same = found.st_dev == known.st_dev && found.st_ino == known.st_ino;
        if (args->type ? same : !same)
                return err_set(e, ERR_HOST, EXDEV, "%s: the target was exchanged meanwhile", SUBJECT(args));
        return TAKE_FD(fd);
}

int sys_mount_old(const struct mount_args *args, int source_fd, int root_fd, int target_fd, int proc_fd, struct err *e)
{
        int r = args->type ? old_make(args, target_fd, proc_fd, e) : old_bind(args, source_fd, target_fd, proc_fd, e);
        return r < 0 ? r : reopen_target(args, source_fd, root_fd, target_fd, proc_fd, e);
}

static int old_attrs(const struct mount_args *args, int fd, int proc_fd, const struct sys_mount_attr *attr, struct err *e)
{
        if (!attr->attr_set && !attr->attr_clr)
                return 0;
        uint64_t now;
        int r = get_attrs(fd, &now);
        if (r < 0)
                return err_sys(e, -r, "fstatfs", "%s: cannot read the mount's attributes", SUBJECT(args));
        unsigned long ms = attrs_to_ms((now & ~attr->attr_clr) | attr->attr_set);
        /* A remount that names no kind of atime keeps the old one: relatime has to be asked for. */
        if (!(ms & (MS_NOATIME | MS_STRICTATIME)))
                ms |= MS_RELATIME;
        r = sys_fd_mount_legacy(proc_fd, -EBADF, NULL, fd, NULL, MS_REMOUNT | MS_BIND | ms, NULL);
        return r < 0 ? refused_attrs(args, fd, attr->attr_set, attr->attr_clr, "mount", r, e) : 0;
}

struct old_tree {
        const struct mount_args *args;
        int fd, proc_fd; /* the tree's root; both borrowed */
        const struct sys_mount_attr *attr;
        char path[PATH_MAX]; /* of the root, as the mount table writes it */
        struct err *e;
};

/* A mount of the table.  If it lies below the root it is opened from there without following a link, and mount(2) refuses
 * (EINVAL) what is not a mount's root: whoever renames directories meanwhile makes us fail, not change something else. */
static int old_tree_mount(void *arg, const char *path, const char *type _unused_)
{
        const struct old_tree *t = arg;
        const char *below = str_after(path, t->path);
        if (!below || below[0] != '/')
                return 0;
        _cleanup_close_ int fd = sys_path_open_plain(t->fd, below, O_PATH | O_NOFOLLOW, NULL);
        if (fd < 0)
                return err_sys(t->e, -fd, "openat", "%s: cannot reach the mount '%s' below it", SUBJECT(t->args), path);
        return old_attrs(t->args, fd, t->proc_fd, t->attr, t->e);
}

/* mount(2) changes one mount at a time: those of the tree are found in the mount table. */
static int old_tree_attrs(const struct mount_args *args, int fd, int proc_fd, const struct sys_mount_attr *attr, struct err *e)
{
        struct old_tree t = { .args = args, .fd = fd, .proc_fd = proc_fd, .attr = attr, .e = e };
        char link[64];
        if (!attr->attr_set && !attr->attr_clr)
                return 0;
        snprintf(link, sizeof link, "%sself/fd/%d", proc_fd >= 0 ? "" : "/proc/", fd);
        ssize_t len = readlinkat(proc_fd >= 0 ? proc_fd : AT_FDCWD, link, t.path, sizeof t.path - 1);
        if (len < 0)
                return err_sys(e, errno, "readlinkat", "%s: cannot find the mount's path", SUBJECT(args));
        t.path[len] = '\0';
        int r = old_attrs(args, fd, proc_fd, attr, e);
        return r < 0 ? r : sys_mountinfo_each(proc_fd, old_tree_mount, &t, e);
}

int sys_mount_change_old(const struct mount_args *args, int fd, int proc_fd, struct err *e)
{
        struct change tree, top;
        size_t done;
        plan_changes(args, &tree, &top, &done);
        int r = old_tree_attrs(args, fd, proc_fd, &tree.attr, e);
        if (r == 0)
                r = old_attrs(args, fd, proc_fd, &top.attr, e);
        for (size_t i = 0; r == 0 && i < args->n_propagation; i++) {
                r = sys_fd_mount_legacy(proc_fd, -EBADF, NULL, fd, NULL, args->propagation[i], NULL);
                if (r < 0)
                        err_sys(e, -r, "mount", "%s: cannot set the propagation", SUBJECT(args));
        }
        return r;
}
