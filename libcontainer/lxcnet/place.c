/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

static int name_files(struct lxcnet_place *place, const char *name, struct err *e)
{
        const size_t len = strlen(name);
        const int stem = (int) (len > 5 && streq(name + len - 5, ".json") ? len - 5 : len);

        if (len == 0 || len > sizeof place->document - sizeof ".state.json.new")
                return err_set(e, ERR_USAGE, EINVAL, "'%s' is no name of a file", place->path);
        snprintf(place->document, sizeof place->document, "%s", name);
        snprintf(place->record, sizeof place->record, "%.*s.state.json", stem, name);
        snprintf(place->record_new, sizeof place->record_new, "%.*s.state.json.new", stem, name);
        snprintf(place->hold, sizeof place->hold, "%.*s.netns", stem, name);
        return 0;
}

static int open_directory(struct lxcnet_place *place, const char *dir, struct err *e)
{
        char absolute[PATH_MAX];

        place->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (place->dir_fd < 0)
                return err_sys(e, errno, "open", "cannot open '%s', the directory of '%s'", dir, place->path);
        if (!realpath(dir, absolute))
                return err_sys(e, errno, "realpath", "cannot tell the path of '%s'", dir);
        strbuf_printf(&place->hold_path, "%s/%s", absolute, place->hold);
        if (place->hold_path.failed)
                return err_nomem(e);
        while (flock(place->dir_fd, LOCK_EX) < 0)
                if (errno != EINTR)
                        return err_sys(e, errno, "flock", "cannot lock '%s'", dir);
        return 0;
}

int lxcnet_place_open(struct lxcnet_place *place, const char *path, struct err *e)
{
        const char *slash = strrchr(path, '/');
        char dir[PATH_MAX];
        int r;

        place->path = path;
        if (snprintf(dir, sizeof dir, "%.*s", slash ? (int) (slash - path + (slash == path)) : 1,
                     slash ? path : ".") >= (int) sizeof dir)
                return err_set(e, ERR_USAGE, ENAMETOOLONG, "the path of the configuration is too long");
        r = name_files(place, slash ? slash + 1 : path, e);
        return r < 0 ? r : open_directory(place, dir, e);
}

void lxcnet_place_done(struct lxcnet_place *place)
{
        place->dir_fd = safe_close(place->dir_fd);
        strbuf_done(&place->hold_path);
}

int lxcnet_read_all(int fd, const char *name, struct arena *arena, char **ret, size_t *ret_len, struct err *e)
{
        enum { LIMIT_BYTES = 16 << 20 };
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        char buf[4096];
        ssize_t n;

        do {
                n = read(fd, buf, sizeof buf);
                if (n < 0 && errno != EINTR)
                        return err_sys(e, errno, "read", "cannot read '%s'", name);
                if (n > 0)
                        strbuf_add(&text, buf, (size_t) n);
                if (text.len > LIMIT_BYTES)
                        return err_set(e, ERR_CONFIG, E2BIG, "'%s' is longer than %d bytes", name, LIMIT_BYTES);
        } while (n != 0);
        *ret = text.failed ? NULL : arena_strndup(arena, text.text ? text.text : "", text.len);
        *ret_len = text.len;
        return *ret ? 0 : err_nomem(e);
}

static int read_file(const struct lxcnet_place *place, const char *name, struct arena *arena, char **ret, size_t *ret_len,
                     struct err *e)
{
        _cleanup_close_ int fd = openat(place->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        return fd < 0 ? -errno : lxcnet_read_all(fd, name, arena, ret, ret_len, e);
}

int lxcnet_place_read_document(const struct lxcnet_place *place, struct arena *arena, char **ret, size_t *ret_len, struct err *e)
{
        int fd = openat(place->dir_fd, place->document, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        int r;

        if (fd < 0) {
                err_sys(e, errno, "openat", "cannot open '%s'", place->path);
                return -e->num;
        }
        r = lxcnet_read_all(fd, place->path, arena, ret, ret_len, e);
        safe_close(fd);
        return r;
}

int lxcnet_place_read_record(const struct lxcnet_place *place, struct arena *arena, char **ret, size_t *ret_len, struct err *e)
{
        int r = read_file(place, place->record, arena, ret, ret_len, e);

        if (r < 0 && r != -ENOENT && e->num == 0)
                err_sys(e, -r, "openat", "cannot open '%s'", place->record);
        return r;
}

int lxcnet_place_write_record(const struct lxcnet_place *place, const struct lxcnet_record *record, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        int fd, r = 0;

        lxcnet_record_write(record, &text);
        if (text.failed)
                return err_nomem(e);
        fd = openat(place->dir_fd, place->record_new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return err_sys(e, errno, "openat", "cannot make '%s' beside '%s'", place->record_new, place->path);
        for (size_t at = 0; at < text.len && r == 0;) {
                ssize_t n = write(fd, text.text + at, text.len - at);

                if (n >= 0)
                        at += (size_t) n;
                else if (errno != EINTR)
                        r = err_sys(e, errno, "write", "cannot write '%s'", place->record_new);
        }
        if (close(fd) < 0 && r == 0)
                r = err_sys(e, errno, "close", "cannot write '%s'", place->record_new);
        if (r == 0 && renameat(place->dir_fd, place->record_new, place->dir_fd, place->record) < 0)
                r = err_sys(e, errno, "renameat", "cannot replace '%s'", place->record);
        if (r < 0)
                unlinkat(place->dir_fd, place->record_new, 0);
        return r;
}

int lxcnet_place_remove_record(const struct lxcnet_place *place, struct err *e)
{
        if (unlinkat(place->dir_fd, place->record, 0) < 0 && errno != ENOENT)
                return err_sys(e, errno, "unlinkat", "cannot remove '%s'", place->record);
        return 0;
}

/* ---- the network namespace -------------------------------------------------------------------------------------- */

bool lxcnet_is_netns(int fd)
{
        struct statfs fs;

        return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC && ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

int lxcnet_place_hold(const struct lxcnet_place *place, int netns_fd, struct err *e)
{
        char from[64];
        int fd;

        lxcnet_place_let_go(place); /* of a container whose record was removed by hand */
        fd = openat(place->dir_fd, place->hold, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return err_sys(e, errno, "openat", "cannot make '%s' beside '%s'", place->hold, place->path);
        close(fd);
        snprintf(from, sizeof from, "/proc/self/fd/%d", netns_fd);
        if (mount(from, place->hold_path.text, NULL, MS_BIND, NULL) == 0)
                return 0;
        err_sys(e, errno, "mount", "cannot keep the container's network namespace at '%s'", place->hold_path.text);
        unlinkat(place->dir_fd, place->hold, 0);
        return -e->num;
}

int lxcnet_place_held(const struct lxcnet_place *place)
{
        _cleanup_close_ int fd = openat(place->dir_fd, place->hold, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

        return fd >= 0 && lxcnet_is_netns(fd) ? TAKE_FD(fd) : -ENOENT;
}

void lxcnet_place_let_go(const struct lxcnet_place *place)
{
        umount2(place->hold_path.text, UMOUNT_NOFOLLOW | MNT_DETACH);
        unlinkat(place->dir_fd, place->hold, 0);
}
