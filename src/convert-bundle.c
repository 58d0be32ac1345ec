/* SPDX-License-Identifier: Apache-2.0 */
#include "convert-bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "err.h"

static int fail(struct berth_error *error, int num, const char *what, const char *path)
{
        cmd_usage(error, NULL, "cannot %s '%s': %s (%s)", what, path, errno_text(num), errno_name(num));
        error->cls = BERTH_ERROR_HOST;
        error->num = num;
        return -num;
}

static int write_at(int dir_fd, const char *name, const char *text)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        size_t len = strlen(text), done = 0;

        if (fd < 0)
                return -errno;
        while (done < len) {
                ssize_t n = write(fd, text + done, len - done);

                if (n < 0 && errno != EINTR)
                        return -errno;
                done += n > 0 ? (size_t) n : 0;
        }
        return 0;
}

/* The name of the file beside NAME that no other process writes. */
static const char *aside_name(const char *name, char buf[300])
{
        snprintf(buf, 300, ".%.200s.%d", name, (int) getpid());
        return buf;
}

/* TEXT beside NAME; NULL: nothing. */
static int write_aside(int dir_fd, const char *name, const char *text)
{
        char aside[300];
        int r = text ? write_at(dir_fd, aside_name(name, aside), text) : 0;

        if (r < 0 && r != -EEXIST)
                unlinkat(dir_fd, aside, 0);
        return r;
}

/* What write_aside has made becomes NAME; TEXT NULL: NAME goes away. */
static int take_aside(int dir_fd, const char *name, const char *text)
{
        char aside[300];

        if (!text)
                return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
        return renameat(dir_fd, aside_name(name, aside), dir_fd, name) < 0 ? -errno : 0;
}

static void drop_aside(int dir_fd, const char *name)
{
        char aside[300];

        unlinkat(dir_fd, aside_name(name, aside), 0);
}

/* Replace NAME. */
static int replace_at(int dir_fd, const char *name, const char *text)
{
        int r = write_aside(dir_fd, name, text);

        if (r == 0 && (r = take_aside(dir_fd, name, text)) < 0)
                drop_aside(dir_fd, name);
        return r;
}

bool convert_same_file(const char *a, const char *b)
{
        struct stat x, y;

        return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino && S_ISREG(x.st_mode);
}

int convert_file_write(const char *path, const char *text, struct berth_error *error)
{
        const char *slash = strrchr(path, '/');
        _cleanup_(strbuf_done) struct strbuf dir = { 0 };
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        int r;

        /* A device or pipe is written to, not replaced. */
        if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
                _cleanup_fclose_ FILE *f = fopen(path, "we");

                return f && fputs(text, f) >= 0 && fflush(f) == 0 ? 0 : fail(error, errno, "write", path);
        }
        strbuf_add(&dir, slash ? path : ".", slash ? (size_t) (slash - path) + 1 : 1);
        fd = dir.text ? open(dir.text, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        r = fd < 0 ? -errno : replace_at(fd, slash ? slash + 1 : path, text);
        return r < 0 ? fail(error, -r, "write", path) : 0;
}

static bool is_among(const char *name, const struct convert_file *files, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (streq(name, files[i].name))
                        return true;
        return streq(name, ".") || streq(name, "..");
}

/* Something stands in DIR besides the N files.  -ENOENT: there is no DIR. */
static int holds_other(const char *dir, const struct convert_file *files, size_t n)
{
        _cleanup_closedir_ DIR *d = opendir(dir);
        const struct dirent *entry;

        if (!d)
                return -errno;
        while ((entry = readdir(d)))
                if (!is_among(entry->d_name, files, n))
                        return 1;
        return 0;
}

static void remove_aside(int fd, const char *aside, const struct convert_file *files, size_t n)
{
        for (size_t i = 0; fd >= 0 && i < n; i++)
                unlinkat(fd, files[i].name, 0);
        rmdir(aside);
}

static int make_parents(const char *dir)
{
        _cleanup_(strbuf_done) struct strbuf path = { 0 };

        for (const char *p = strchr(dir + 1, '/'); p; p = strchr(p + 1, '/')) {
                path.len = 0;
                strbuf_add(&path, dir, (size_t) (p - dir));
                if (path.failed || (mkdir(path.text, 0777) < 0 && errno != EEXIST))
                        return path.failed ? -ENOMEM : -errno;
        }
        return 0;
}

/* A directory beside DIR with all of the files.  *RET is its fd. */
static int write_beside(const char *aside, const struct convert_file *files, size_t n, int *ret)
{
        int fd, r = 0;

        if (mkdir(aside, 0777) < 0)
                return -errno;
        fd = open(aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                r = -errno;
        for (size_t i = 0; r == 0 && i < n; i++)
                if (files[i].text)
                        r = write_at(fd, files[i].name, files[i].text);
        if (r < 0) {
                remove_aside(fd, aside, files, n);
                safe_close(fd);
        } else {
                *ret = fd;
        }
        return r;
}

static int write_new(const char *dir, const struct convert_file *files, size_t n, struct berth_error *error)
{
        _cleanup_(strbuf_done) struct strbuf aside = { 0 };
        _cleanup_close_ int fd = -EBADF;
        int r = make_parents(dir);

        strbuf_printf(&aside, "%s.%d.new", dir, (int) getpid());
        if (r == 0)
                r = aside.failed ? -ENOMEM : write_beside(aside.text, files, n, &fd);
        if (r < 0)
                return fail(error, -r, "make", dir);
        if (rename(aside.text, dir) == 0)
                return 0;
        r = -errno;
        remove_aside(fd, aside.text, files, n);
        return fail(error, -r, "make", dir);
}

/* Put a whole new directory in DIR's place, at once.  1: done; 0: that is not possible here, and nothing has happened. */
static int exchange(const char *dir, int dir_fd, const struct convert_file *files, size_t n)
{
        _cleanup_(strbuf_done) struct strbuf aside = { 0 };
        _cleanup_close_ int fd = -EBADF;
        struct stat st, link;
        int r;

        /* Of a link the target would have to be exchanged, which may be anywhere. */
        if (fstat(dir_fd, &st) < 0 || lstat(dir, &link) < 0 || !S_ISDIR(link.st_mode))
                return 0;
        strbuf_printf(&aside, "%s.%d.new", dir, (int) getpid());
        r = aside.failed ? -ENOMEM : write_beside(aside.text, files, n, &fd);
        if (r < 0)
                return r == -EACCES || r == -EPERM || r == -EROFS ? 0 : r; /* the directory above is not ours to write in */
        if (fchown(fd, st.st_uid, st.st_gid) == 0 && fchmod(fd, st.st_mode & 07777) == 0 &&
            renameat2(AT_FDCWD, aside.text, AT_FDCWD, dir, RENAME_EXCHANGE) == 0) {
                remove_aside(dir_fd, aside.text, files, n);
                return 1;
        }
        remove_aside(fd, aside.text, files, n);
        return 0;
}

/* All is written before anything is replaced; the last file is away while the others change. */
static int replace_each(int fd, const struct convert_file *files, size_t n)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++)
                r = write_aside(fd, files[i].name, files[i].text);
        if (r == 0 && unlinkat(fd, files[n - 1].name, 0) < 0 && errno != ENOENT)
                r = -errno;
        for (size_t i = 0; r == 0 && i < n; i++)
                r = take_aside(fd, files[i].name, files[i].text);
        for (size_t i = 0; r < 0 && i < n; i++)
                drop_aside(fd, files[i].name);
        return r;
}

static int overwrite_bundle(const char *dir, const struct convert_file *files, size_t n, bool holds_other_files, struct berth_error *error)
{
        _cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = fd < 0 ? -errno : 0;

        if (r == 0 && !holds_other_files)
                r = exchange(dir, fd, files, n);
        if (r == 0)
                r = replace_each(fd, files, n);
        return r < 0 ? fail(error, -r, "write into", dir) : 0;
}

int convert_bundle_write(const char *dir, const struct convert_file *files, size_t n, bool overwrite, struct berth_error *error)
{
        int anything = holds_other(dir, NULL, 0);

        if (anything == -ENOENT || anything == 0)
                return write_new(dir, files, n, error);
        if (anything < 0)
                return fail(error, -anything, "open", dir);
        if (!overwrite) {
                cmd_usage(error, "--overwrite replaces the files of the bundle, and nothing else in it", "'%s' exists", dir);
                error->num = EEXIST;
                error->cls = BERTH_ERROR_EXISTS;
                return -EEXIST;
        }
        return overwrite_bundle(dir, files, n, holds_other(dir, files, n) != 0, error);
}
