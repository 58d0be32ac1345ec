/* SPDX-License-Identifier: Apache-2.0 */
#include "copytree.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

#include "str.h"
#include "syscalls.h"

enum { MAX_DEPTH = 200, DIRENTS_SIZE = 4096, CHUNK = 1 << 30, XATTR_BYTES = 1 << 16 /* XATTR_LIST_MAX, XATTR_SIZE_MAX */ };


struct copy {
        const char *path;
        struct err *e;
        dev_t dev; /* of the tree: what lies on another one is mounted there */
        bool slow; /* copy_file_range(2) does not work between these two file systems */
        int from_fd, to_fd; /* borrowed: the tops of both trees */
        /* A directory in the new tmpfs while it is filled, for one more name of each file that has several: "DEV-INO".  So
         * the kernel finds the copy of a file that was met before, however many there are. */
        char stash[32];
        int stash_fd; /* owned; -EBADF until such a file is met */
        char *names, *value; /* owned, one mapping: of extended attributes, XATTR_BYTES each */
};

/* The kernel's struct linux_dirent64; the C library's readdir(3) would allocate. */
struct entry {
        uint64_t ino;
        int64_t off;
        unsigned short reclen;
        unsigned char type;
        char name[];
};

static int copy_dir(struct copy *c, int from_fd, int to_fd, unsigned depth);

static void copy_done(struct copy *c)
{
        safe_close(c->stash_fd);
        if (c->names != MAP_FAILED)
                munmap(c->names, 2 * XATTR_BYTES);
}

static int failed(const struct copy *c, int num, const char *call, const char *name)
{
        return err_sys(c->e, num, call, "cannot copy '%s/%s' into the new tmpfs", c->path, name);
}

/* Labels come with the mount; overlayfs keeps its own notes as attributes of its files. */
static bool is_foreign_xattr(const char *name)
{
        return streq(name, "security.selinux") || str_after(name, "security.SMACK64") || str_after(name, "trusted.");
}

static int copy_xattrs(const struct copy *c, int from_fd, int to_fd)
{
        ssize_t len = flistxattr(from_fd, c->names, XATTR_BYTES);
        if (len < 0)
                return errno == ENOTSUP ? 0 : -errno;
        for (const char *name = c->names; name < c->names + len; name += strlen(name) + 1) {
                if (is_foreign_xattr(name))
                        continue;
                ssize_t size = fgetxattr(from_fd, name, c->value, XATTR_BYTES);
                if (size < 0)
                        return -errno;
                if (fsetxattr(to_fd, name, c->value, (size_t) size, 0) < 0 && errno != ENOTSUP)
                        return -errno;
        }
        return 0;
}

/* Owner first: chown(2) takes set-id bits and capabilities away. */
static int copy_metadata(const struct copy *c, int from_fd, int to_fd, const struct stat *st)
{
        if (fchown(to_fd, st->st_uid, st->st_gid) < 0 || fchmod(to_fd, st->st_mode & 07777) < 0)
                return -errno;
        int r = copy_xattrs(c, from_fd, to_fd);
        if (r < 0)
                return r;
        struct timespec times[] = { st->st_atim, st->st_mtim };
        return futimens(to_fd, times) < 0 ? -errno : 0;
}

static ssize_t copy_chunk(struct copy *c, int from_fd, int to_fd, size_t size)
{
        if (!c->slow) {
                ssize_t n = copy_file_range(from_fd, NULL, to_fd, NULL, size, 0);
                if (n >= 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP))
                        return n;
                c->slow = true;
        }
        return sendfile(to_fd, from_fd, NULL, size);
}

/* The bytes of both files from AT to END. */
static int copy_range(struct copy *c, int from_fd, int to_fd, off_t at, off_t end)
{
        if (lseek(from_fd, at, SEEK_SET) < 0 || lseek(to_fd, at, SEEK_SET) < 0)
                return -errno;
        while (at < end) {
                ssize_t n = copy_chunk(c, from_fd, to_fd, (size_t) MIN(end - at, (off_t) CHUNK));
                if (n < 0)
                        return -errno;
                if (n == 0) /* it shrinks under us */
                        return 0;
                at += n;
        }
        return 0;
}

/* Holes stay holes: what they would fill is memory. */
static int copy_data(struct copy *c, int from_fd, int to_fd, off_t size)
{
        for (off_t at = 0, hole; at < size; at = hole) {
                off_t data = lseek(from_fd, at, SEEK_DATA);
                if (data < 0 && errno == ENXIO)
                        break;
                hole = data < 0 ? -1 : lseek(from_fd, data, SEEK_HOLE);
                if (hole < 0) { /* this file system does not tell */
                        data = at;
                        hole = size;
                }
                int r = copy_range(c, from_fd, to_fd, data, MIN(hole, size));
                if (r < 0)
                        return r;
        }
        return ftruncate(to_fd, size) < 0 ? -errno : 0;
}

static int copy_file(struct copy *c, int from_dir, int to_dir, const char *name)
{
        /* O_NONBLOCK: a fifo may have taken the file's place since. */
        _cleanup_close_ int from_fd = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;
        if (from_fd < 0 || fstat(from_fd, &st) < 0)
                return failed(c, errno, "openat", name);
        if (!S_ISREG(st.st_mode))
                return failed(c, EAGAIN, "openat", name);
        _cleanup_close_ int to_fd = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (to_fd < 0)
                return failed(c, errno, "openat", name);
        int r = copy_data(c, from_fd, to_fd, st.st_size);
        if (r < 0)
                return failed(c, -r, "sendfile", name);
        r = copy_metadata(c, from_fd, to_fd, &st);
        return r < 0 ? failed(c, -r, "fchown", name) : 0;
}

static int copy_link(struct copy *c, int from_dir, int to_dir, const char *name, const struct stat *st)
{
        char text[PATH_MAX];
        ssize_t len = readlinkat(from_dir, name, text, sizeof text);
        if (len < 0)
                return failed(c, errno, "readlinkat", name);
        if ((size_t) len >= sizeof text)
                return failed(c, ENAMETOOLONG, "readlinkat", name);
        text[len] = '\0';
        if (symlinkat(text, to_dir, name) < 0)
                return failed(c, errno, "symlinkat", name);
        return fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ? failed(c, errno, "fchownat", name) : 0;
}

static int copy_special(struct copy *c, int to_dir, const char *name, const struct stat *st)
{
        if (mknodat(to_dir, name, st->st_mode, st->st_rdev) < 0)
                return failed(c, errno, "mknodat", name);
        if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(c, errno, "fchownat", name);
        /* Nobody else can reach the new mount yet, so the name is still what we made. */
        return fchmodat(to_dir, name, st->st_mode & 07777, 0) < 0 ? failed(c, errno, "fchmodat", name) : 0;
}

static int copy_subdir(struct copy *c, int from_dir, int to_dir, const char *name, unsigned depth)
{
        if (depth >= MAX_DEPTH)
                return failed(c, ELOOP, "openat", name);
        _cleanup_close_ int from_fd = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (from_fd < 0 || fstat(from_fd, &st) < 0)
                return failed(c, errno, "openat", name);
        if (mkdirat(to_dir, name, 0700) < 0)
                return failed(c, errno, "mkdirat", name);
        _cleanup_close_ int to_fd = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (to_fd < 0)
                return failed(c, errno, "openat", name);
        int r = st.st_dev == c->dev ? copy_dir(c, from_fd, to_fd, depth + 1) : 0;
        if (r < 0)
                return r;
        r = copy_metadata(c, from_fd, to_fd, &st);
        return r < 0 ? failed(c, -r, "fchown", name) : 0;
}

static int copy_one(struct copy *c, int from_dir, int to_dir, const char *name, const struct stat *st)
{
        if (S_ISREG(st->st_mode))
                return copy_file(c, from_dir, to_dir, name);
        return S_ISLNK(st->st_mode) ? copy_link(c, from_dir, to_dir, name, st) : copy_special(c, to_dir, name, st);
}

static int open_stash(struct copy *c)
{
        if (c->stash_fd >= 0)
                return 0;
        /* A name that the tree does not have. */
        for (unsigned i = 0; i == 0 || faccessat(c->from_fd, c->stash, F_OK, AT_SYMLINK_NOFOLLOW) == 0; i++)
                snprintf(c->stash, sizeof c->stash, ".berth-links-%u", i);
        if (mkdirat(c->to_fd, c->stash, 0700) < 0)
                return failed(c, errno, "mkdirat", c->stash);
        c->stash_fd = openat(c->to_fd, c->stash, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return c->stash_fd < 0 ? failed(c, errno, "openat", c->stash) : 0;
}

/* A file of several names, of which this is the first or another. */
static int copy_named_again(struct copy *c, int from_dir, int to_dir, const char *name, const struct stat *st)
{
        char key[48];
        int r = open_stash(c);
        if (r < 0)
                return r;
        snprintf(key, sizeof key, "%llx-%llx", (unsigned long long) st->st_dev, (unsigned long long) st->st_ino);
        if (linkat(c->stash_fd, key, to_dir, name, 0) == 0)
                return 0;
        if (errno != ENOENT)
                return failed(c, errno, "linkat", name);
        r = copy_one(c, from_dir, to_dir, name, st);
        if (r == 0 && linkat(to_dir, name, c->stash_fd, key, 0) < 0)
                r = failed(c, errno, "linkat", name);
        return r;
}

static int copy_entry(struct copy *c, int from_dir, int to_dir, const char *name, unsigned depth)
{
        struct stat st;
        if (streq(name, ".") || streq(name, ".."))
                return 0;
        if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return failed(c, errno, "fstatat", name);
        if (S_ISDIR(st.st_mode))
                return copy_subdir(c, from_dir, to_dir, name, depth);
        return st.st_nlink > 1 ? copy_named_again(c, from_dir, to_dir, name, &st) : copy_one(c, from_dir, to_dir, name, &st);
}

static int copy_dir(struct copy *c, int from_fd, int to_fd, unsigned depth)
{
        _Alignas(struct entry) char buf[DIRENTS_SIZE];
        int len;
        while ((len = sys_getdents64(from_fd, buf, sizeof buf)) > 0) {
                for (int at = 0; at < len;) {
                        const struct entry *entry = (const struct entry *) (buf + at);
                        int r = copy_entry(c, from_fd, to_fd, entry->name, depth);
                        if (r < 0)
                                return r;
                        at += entry->reclen;
                }
        }
        return len < 0 ? failed(c, -len, "getdents64", "") : 0;
}

static int remove_stash(struct copy *c)
{
        _Alignas(struct entry) char buf[DIRENTS_SIZE];
        bool removed = c->stash_fd >= 0;
        while (removed) {
                removed = false;
                lseek(c->stash_fd, 0, SEEK_SET); /* what was removed may have moved the rest */
                int len = sys_getdents64(c->stash_fd, buf, sizeof buf);
                for (int at = 0; at < len; at += ((const struct entry *) (buf + at))->reclen)
                        if (unlinkat(c->stash_fd, ((const struct entry *) (buf + at))->name, 0) == 0)
                                removed = true;
        }
        return c->stash_fd >= 0 && unlinkat(c->to_fd, c->stash, AT_REMOVEDIR) < 0 ? failed(c, errno, "unlinkat", c->stash) : 0;
}

int sys_copy_tree(int from_fd, int to_fd, const char *path, struct err *e)
{
        _cleanup_(copy_done) struct copy c = {
                .path = streq(path, "/") ? "" : path, .e = e, .to_fd = to_fd, .stash_fd = -EBADF, .names = MAP_FAILED,
        };
        _cleanup_close_ int dir_fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct stat st;
        if (dir_fd < 0 || fstat(dir_fd, &st) < 0)
                return failed(&c, errno, "openat", "");
        c.dev = st.st_dev;
        c.from_fd = dir_fd;
        c.names = mmap(NULL, 2 * XATTR_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (c.names == MAP_FAILED)
                return err_nomem(e);
        c.value = c.names + XATTR_BYTES;
        int r = copy_dir(&c, dir_fd, to_fd, 0);
        return r == 0 ? remove_stash(&c) : r;
}
