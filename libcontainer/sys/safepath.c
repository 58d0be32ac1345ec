/* SPDX-License-Identifier: Apache-2.0 */
#include "safepath.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "num.h"
#include "str.h"
#include "syscalls.h"

enum {
        MAX_LINKS = 40,   /* what the kernel allows, too */
        MAX_RETRIES = 64, /* openat2 says EAGAIN when anything on the machine was renamed while it looked at ".." */
};

enum last { LAST_OPEN, LAST_PARENT, LAST_MAKE_DIR, LAST_MAKE_FILE };

struct walk {
        int root_fd;          /* borrowed */
        int dir_fd;           /* owned: the directory that DONE names; -EBADF: the root */
        int flags;            /* for the last component */
        enum last last;
        bool make;            /* missing directories on the way */
        bool plain;           /* no links */
        unsigned links;
        char done[PATH_MAX];  /* components that were opened, none of them a link: "var/lib" */
        char todo[PATH_MAX];  /* what remains */
        char name[NAME_MAX + 1];
};

static void walk_done(struct walk *w) { safe_close(w->dir_fd); }

static int walk_dir(const struct walk *w) { return w->dir_fd >= 0 ? w->dir_fd : w->root_fd; }

static int open_component(int dir_fd, const char *name, int flags)
{
        int fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Cut the next component off TODO into NAME.  Returns 1, 0 when nothing remains, -ENAMETOOLONG. */
static int walk_next(struct walk *w)
{
        char *begin = w->todo + strspn(w->todo, "/");
        size_t len = strcspn(begin, "/");
        if (len == 0)
                return 0;
        if (len > NAME_MAX)
                return -ENAMETOOLONG;
        memcpy(w->name, begin, len);
        w->name[len] = '\0';
        memmove(w->todo, begin + len, strlen(begin + len) + 1);
        return 1;
}

static bool walk_is_last(const struct walk *w) { return w->todo[strspn(w->todo, "/")] == '\0'; }

/* A trailing slash says that the last component is to be a directory, and that a link there is to be followed. */
static bool walk_wants_dir(const struct walk *w) { return w->todo[0] == '/'; }

/* ".." without asking the kernel: forget the last component and come down again from the root.  What was a directory on
 * the way here and is no longer was changed meanwhile. */
static int walk_up(struct walk *w)
{
        char *slash = strrchr(w->done, '/');
        *(slash ? slash : w->done) = '\0';
        w->dir_fd = safe_close(w->dir_fd);
        for (const char *at = w->done; *at;) {
                char name[NAME_MAX + 1];
                size_t len = strcspn(at, "/");
                memcpy(name, at, len);
                name[len] = '\0';
                int fd = open_component(walk_dir(w), name, O_PATH | O_DIRECTORY);
                if (fd < 0)
                        return fd == -ENOTDIR || fd == -ELOOP || fd == -ENOENT ? -EAGAIN : fd;
                safe_close(w->dir_fd);
                w->dir_fd = fd;
                at += len + (at[len] == '/');
        }
        return 0;
}

static int walk_down(struct walk *w, int fd)
{
        size_t used = strlen(w->done), len = strlen(w->name);
        if (used + 1 + len >= sizeof w->done) {
                close(fd);
                return -ENAMETOOLONG;
        }
        if (used > 0)
                w->done[used++] = '/';
        memcpy(w->done + used, w->name, len + 1);
        safe_close(w->dir_fd);
        w->dir_fd = fd;
        return 0;
}

/* The links of procfs that jump to what a process has open: their text is an absolute path or "pipe:[4711]", and no way to
 * get there.  Its ordinary links, "self" and the like, are short and relative. */
static bool is_magic_link(int link_fd, const char *text, size_t len)
{
        long magic = 0;
        return (text[0] == '/' || text[0] == '(' || memchr(text, ':', len)) && sys_fd_fs_magic(link_fd, &magic) == 0 &&
               magic == PROC_SUPER_MAGIC;
}

/* Put the text of the link LINK_FD in front of what remains. */
static int walk_link(struct walk *w, int link_fd)
{
        if (w->plain || ++w->links > MAX_LINKS)
                return -ELOOP;
        char text[PATH_MAX];
        ssize_t len = readlinkat(link_fd, "", text, sizeof text);
        if (len < 0)
                return -errno;
        if (len == 0)
                return -ENOENT;
        if (is_magic_link(link_fd, text, (size_t) len))
                return -ELOOP;
        size_t rest = strlen(w->todo);
        if ((size_t) len + rest >= sizeof w->todo)
                return -ENAMETOOLONG;
        memmove(w->todo + len, w->todo, rest + 1);
        memcpy(w->todo, text, (size_t) len);
        if (text[0] == '/') {
                w->done[0] = '\0';
                w->dir_fd = safe_close(w->dir_fd);
        }
        return 0;
}

/* Make the missing component NAME; that somebody else was faster is no fault: whatever is there now is looked at. */
static int walk_make(struct walk *w, bool last)
{
        if (last && w->last == LAST_MAKE_FILE && !walk_wants_dir(w)) {
                int fd = openat(walk_dir(w), w->name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0644);
                if (fd >= 0)
                        close(fd);
                else if (errno != EEXIST)
                        return -errno;
                return 0;
        }
        if (!last ? !w->make : w->last != LAST_MAKE_DIR)
                return -ENOENT;
        return mkdirat(walk_dir(w), w->name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* The last component, which ST describes, as an fd with the caller's flags.  What is not O_PATH is opened anew by its
 * name and might be a link by now: then O_NOFOLLOW refuses, and the walk begins again. */
static int walk_finish(const struct walk *w, int fd, const struct stat *st)
{
        _cleanup_close_ int component_fd = fd;
        int flags = w->flags | (walk_wants_dir(w) ? O_DIRECTORY : 0);
        if ((flags & O_DIRECTORY) && !S_ISDIR(st->st_mode))
                return -ENOTDIR;
        if (flags & O_PATH)
                return TAKE_FD(component_fd);
        if (S_ISLNK(st->st_mode))
                return -ELOOP;
        int opened = open_component(walk_dir(w), w->name, flags);
        return opened == -ELOOP ? -EAGAIN : opened;
}

/* Open NAME.  Returns 0 to go on, 1 when *ret_fd is the result, -errno. */
static int walk_step(struct walk *w, int *ret_fd)
{
        bool last = walk_is_last(w);
        int fd = open_component(walk_dir(w), w->name, O_PATH);
        if (fd == -ENOENT) {
                int r = walk_make(w, last);
                if (r < 0)
                        return r;
                fd = open_component(walk_dir(w), w->name, O_PATH);
                if (fd == -ENOENT)
                        return -EAGAIN;
        }
        if (fd < 0)
                return fd;
        _cleanup_close_ int component_fd = fd;
        struct stat st;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISLNK(st.st_mode) && !(last && (w->flags & O_NOFOLLOW) && !walk_wants_dir(w)))
                return walk_link(w, fd);
        if (last) {
                int r = walk_finish(w, TAKE_FD(component_fd), &st);
                if (r < 0)
                        return r;
                *ret_fd = r;
                return 1;
        }
        if (!S_ISDIR(st.st_mode))
                return -ENOTDIR;
        return walk_down(w, TAKE_FD(component_fd));
}

/* The directory that the walk stands in is the result: the path was the root, or ended in "." or "..". */
static int walk_here(const struct walk *w)
{
        return w->last == LAST_PARENT ? -EINVAL : open_component(walk_dir(w), ".", w->flags & ~O_NOFOLLOW);
}

static int walk_once(struct walk *w, const char *path)
{
        size_t len = strlen(path);
        if (len >= sizeof w->todo)
                return -ENAMETOOLONG;
        memcpy(w->todo, path, len + 1);
        w->done[0] = '\0';
        w->links = 0;
        w->dir_fd = safe_close(w->dir_fd);
        for (;;) {
                int fd = -EBADF, r = walk_next(w);
                if (r < 0)
                        return r;
                if (r == 0)
                        return walk_here(w);
                if (streq(w->name, "."))
                        continue;
                if (streq(w->name, ".."))
                        r = walk_up(w);
                else if (w->last == LAST_PARENT && walk_is_last(w))
                        return open_component(walk_dir(w), ".", O_PATH | O_DIRECTORY);
                else
                        r = walk_step(w, &fd);
                if (r < 0)
                        return r;
                if (r == 1)
                        return fd;
        }
}

static int walk(struct walk *w, const char *path)
{
        int r = -EAGAIN;
        for (unsigned i = 0; r == -EAGAIN && i < MAX_RETRIES; i++)
                r = walk_once(w, path);
        return r;
}

static int open_in_root(int root_fd, const char *path, int flags, uint64_t resolve)
{
        struct sys_open_how how = {
                .flags = (uint64_t) (flags | O_CLOEXEC),
                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
        };
        int fd = -EAGAIN;
        for (unsigned i = 0; fd == -EAGAIN && i < MAX_RETRIES; i++)
                fd = sys_openat2(root_fd, *path ? path : "/", &how);
        return fd;
}

/* EPERM: seccomp profiles older than the call answer so, and open(2) of a path has no other use for it that the walker
 * would not meet again.  EAGAIN: the machine is full of renames; the walker does not care. */
static bool needs_walker(int fd) { return fd == -ENOSYS || fd == -EPERM || fd == -EAGAIN; }

static int resolve(int root_fd, const char *path, int flags, bool plain)
{
        if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
                return -EINVAL;
        int fd = open_in_root(root_fd, path, flags, plain ? RESOLVE_NO_SYMLINKS : 0);
        if (!needs_walker(fd))
                return fd;
        _cleanup_(walk_done) struct walk w = { .root_fd = root_fd, .dir_fd = -EBADF, .flags = flags, .plain = plain };
        return walk(&w, path);
}

static int say(int r, const char *verb, const char *path, struct err *e)
{
        if (r >= 0)
                return r;
        err_sys(e, -r, "openat2", "cannot %s '%s' in the root file system", verb, path);
        if (r == -ELOOP)
                err_hint(e, "a symbolic link stands where none may be, or links lead in a circle");
        else if (r == -EAGAIN)
                err_hint(e, "somebody keeps renaming directories of this path");
        return r;
}

int sys_path_open(int root_fd, const char *path, int flags, struct err *e)
{
        return say(resolve(root_fd, path, flags, false), "open", path, e);
}

int sys_path_open_plain(int root_fd, const char *path, int flags, struct err *e)
{
        return say(resolve(root_fd, path, flags, true), "open", path, e);
}

int sys_path_open_parent(int root_fd, const char *path, bool make, char name[static NAME_MAX + 1], struct err *e)
{
        _cleanup_(walk_done) struct walk w = {
                .root_fd = root_fd, .dir_fd = -EBADF, .flags = O_PATH, .last = LAST_PARENT, .make = make,
        };
        int fd = walk(&w, path);
        if (fd >= 0)
                memcpy(name, w.name, sizeof w.name);
        return say(fd, "open the directory of", path, e);
}

int sys_path_make_dir(int root_fd, const char *path, struct err *e)
{
        int flags = O_PATH | O_DIRECTORY;
        int fd = open_in_root(root_fd, path, flags, 0);
        if (fd == -ENOENT || needs_walker(fd)) {
                _cleanup_(walk_done) struct walk w = {
                        .root_fd = root_fd, .dir_fd = -EBADF, .flags = flags, .last = LAST_MAKE_DIR, .make = true,
                };
                fd = walk(&w, path);
        }
        return say(fd, "create directory", path, e);
}

int sys_path_make_file(int root_fd, const char *path, struct err *e)
{
        _cleanup_close_ int fd = open_in_root(root_fd, path, O_PATH, 0);
        if (fd == -ENOENT || needs_walker(fd)) {
                _cleanup_(walk_done) struct walk w = {
                        .root_fd = root_fd, .dir_fd = -EBADF, .flags = O_PATH, .last = LAST_MAKE_FILE, .make = true,
                };
                fd = walk(&w, path);
        }
        if (fd < 0)
                return say(fd, "create file", path, e);
        struct stat st;
        if (fstat(fd, &st) < 0)
                return say(-errno, "examine", path, e);
        if (S_ISDIR(st.st_mode))
                return err_set(e, ERR_CONFIG, EISDIR, "'%s' is a directory, not a file", path);
        return TAKE_FD(fd);
}

int sys_fd_verify_device(int fd, bool block, unsigned major, unsigned minor, const char *path, struct err *e)
{
        struct stat st;
        if (fstat(fd, &st) < 0)
                return say(-errno, "examine", path, e);
        if ((block ? S_ISBLK(st.st_mode) : S_ISCHR(st.st_mode)) && st.st_rdev == makedev(major, minor))
                return 0;
        return err_set(e, ERR_HOST, ENODEV, "'%s' is not the %s device %u:%u", path, block ? "block" : "character",
                       major, minor);
}

int sys_fd_fs_magic(int fd, long *ret)
{
        struct statfs fs;
        if (fstatfs(fd, &fs) < 0)
                return -errno;
        *ret = (long) fs.f_type;
        return 0;
}

int sys_fd_verify_fs(int fd, long magic, const char *name, const char *path, struct err *e)
{
        long found = 0;
        int r = sys_fd_fs_magic(fd, &found);
        if (r < 0)
                return say(r, "examine the file system of", path, e);
        return found == magic ? 0 : err_set(e, ERR_HOST, EXDEV, "'%s' is not on a %s file system", path, name);
}

/* "mnt_id:\t123\n" of fdinfo. */
static int parse_mount_id(const char *text, uint64_t *ret)
{
        const char *line = strstr(text, "mnt_id:");
        if (!line)
                return -ENOTSUP;
        line += strlen("mnt_id:");
        line += strspn(line, " \t");
        return num_parse_u64(line, strspn(line, "0123456789"), 10, ret);
}

int sys_fd_mount_id(int fd, int proc_fd, uint64_t *ret)
{
        struct statx st;
        int r = sys_statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st);
        if (r == 0 && (st.stx_mask & STATX_MNT_ID)) {
                *ret = st.stx_mnt_id;
                return 0;
        }
        if (proc_fd < 0)
                return -ENOTSUP;
        char path[64], text[512];
        snprintf(path, sizeof path, "self/fdinfo/%d", fd);
        _cleanup_close_ int info_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
        if (info_fd < 0)
                return -errno;
        ssize_t len = read(info_fd, text, sizeof text - 1);
        if (len < 0)
                return -errno;
        text[len] = '\0';
        return parse_mount_id(text, ret);
}
