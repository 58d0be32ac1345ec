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

/* Replace NAME, by way of a file beside it that no other process writes. */
static int replace_at(int dir_fd, const char *name, const char *text)
{
        char aside[300];
        int r;

        if (!text)
                return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
        snprintf(aside, sizeof aside, ".%.200s.%d", name, (int) getpid());
        r = write_at(dir_fd, aside, text);
        if (r == 0 && renameat(dir_fd, aside, dir_fd, name) < 0)
                r = -errno;
        if (r < 0 && r != -EEXIST)
                unlinkat(dir_fd, aside, 0);
        return r;
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

/* Something stands in DIR.  -ENOENT: there is no DIR. */
static int holds_something(const char *dir)
{
        _cleanup_closedir_ DIR *d = opendir(dir);
        const struct dirent *entry;

        if (!d)
                return -errno;
        while ((entry = readdir(d)))
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
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

static int write_new(const char *dir, const struct convert_file *files, size_t n, struct berth_error *error)
{
        _cleanup_(strbuf_done) struct strbuf aside = { 0 };
        _cleanup_close_ int fd = -EBADF;
        int r = make_parents(dir);

        strbuf_printf(&aside, "%s.%d.new", dir, (int) getpid());
        if (r == 0 && (aside.failed || mkdir(aside.text, 0777) < 0))
                r = aside.failed ? -ENOMEM : -errno;
        if (r < 0)
                return fail(error, -r, "make", dir);
        fd = open(aside.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = fd < 0 ? -errno : 0;
        for (size_t i = 0; r == 0 && i < n; i++)
                if (files[i].text)
                        r = write_at(fd, files[i].name, files[i].text);
        if (r == 0 && rename(aside.text, dir) < 0)
                r = -errno;
        if (r == 0)
                return 0;
        remove_aside(fd, aside.text, files, n);
        return fail(error, -r, "make", dir);
}

int convert_bundle_write(const char *dir, const struct convert_file *files, size_t n, bool overwrite, struct berth_error *error)
{
        _cleanup_close_ int fd = -EBADF;
        int r = holds_something(dir);

        if (r == -ENOENT || r == 0)
                return write_new(dir, files, n, error);
        if (r < 0)
                return fail(error, -r, "open", dir);
        if (!overwrite) {
                cmd_usage(error, "--overwrite replaces the files of the bundle, and nothing else in it", "'%s' exists", dir);
                error->num = EEXIST;
                error->cls = BERTH_ERROR_EXISTS;
                return -EEXIST;
        }
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = fd < 0 ? -errno : 0;
        for (size_t i = 0; r == 0 && i < n; i++)
                r = replace_at(fd, files[i].name, files[i].text);
        return r < 0 ? fail(error, -r, "write into", dir) : 0;
}
