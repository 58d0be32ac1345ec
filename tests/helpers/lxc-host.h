/* SPDX-License-Identifier: Apache-2.0 */
/* A host for the converter that is the same everywhere: files below "/fixtures" are those of tests/golden/lxc/files, there is
 * nothing else. */
#ifndef BERTH_TESTS_LXC_HOST_H
#define BERTH_TESTS_LXC_HOST_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "convert.h"

static inline int lxc_host_slurp(struct arena *arena, const char *path, const char **ret_text, size_t *ret_len)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        struct stat st;
        char chunk[4096];
        size_t n;

        if (!f)
                return -errno;
        if (fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode))
                return -EISDIR;
        while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
                strbuf_add(&b, chunk, n);
        *ret_text = arena_strndup(arena, b.text ?: "", b.len);
        *ret_len = b.len;
        return *ret_text ? 0 : -ENOMEM;
}

/* Where PATH really is; NULL: nowhere. */
static inline const char *lxc_host_path(struct arena *arena, const char *path)
{
        const char *rest = str_after(path, "/fixtures/");

        return rest ? arena_printf(arena, "%s/golden/lxc/files/%s", TESTS_DIR, rest) : NULL;
}

static inline int lxc_host_read(void *arg, struct arena *arena, const char *path, const char **ret_text, size_t *ret_len)
{
        const char *real = lxc_host_path(arena, path);

        (void) arg;
        return real ? lxc_host_slurp(arena, real, ret_text, ret_len) : -ENOENT;
}

static inline int lxc_host_list(void *arg, struct arena *arena, const char *path, oci_strings *ret)
{
        const char *real = lxc_host_path(arena, path);
        struct dirent **found;
        int n = real ? scandir(real, &found, NULL, alphasort) : -1;

        (void) arg;
        *ret = (oci_strings) { 0 };
        if (n < 0)
                return -ENOENT;
        ret->items = arena_alloc_array(arena, (size_t) n + 1, sizeof *ret->items);
        for (int i = 0; i < n; i++) {
                if (strstr(found[i]->d_name, ".conf"))
                        ret->items[ret->n++] = arena_strdup(arena, found[i]->d_name);
                free(found[i]);
        }
        free(found);
        return 0;
}

/* "/fixtures/rootfs": one that is here, with systemd, /srv and nothing else; "/fixtures/disk.img": a file. */
static inline bool lxc_host_is_file(void *arg, const char *path)
{
        (void) arg;
        return streq(path, "/fixtures/disk.img");
}

static inline const char *lxc_host_read_link(void *arg, struct arena *arena, const char *path)
{
        (void) arg;
        if (streq(path, "/fixtures/rootfs/sbin"))
                return arena_strdup(arena, "usr/sbin");
        if (streq(path, "/fixtures/rootfs/usr/sbin/init"))
                return arena_strdup(arena, "../../lib/systemd/systemd");
        return streq(path, "/fixtures/rootfs/loop") ? arena_strdup(arena, "/loop") : NULL;
}

static inline bool lxc_host_exists(void *arg, const char *path)
{
        const char *inside = str_after(path, "/fixtures/rootfs/");

        (void) arg;
        if (inside)
                return streq(inside, "srv");
        return strncmp(path, "/fixtures/", strlen("/fixtures/")) == 0;
}

static inline const char *lxc_host_getenv(void *arg, const char *name)
{
        (void) arg;
        return streq(name, "HOME") ? "/root" : streq(name, "PATH") ? "/usr/bin:/bin" : NULL;
}

static inline bool lxc_host_find_device(void *arg, const char *path, char *ret_type, int64_t *ret_major, int64_t *ret_minor)
{
        (void) arg;
        *ret_type = 'c';
        *ret_major = 10;
        *ret_minor = 229;
        return streq(path, "/dev/fuse");
}

static inline struct lxc_host lxc_host_fixtures(void)
{
        return (struct lxc_host){ .read = lxc_host_read,
                                  .list = lxc_host_list,
                                  .exists = lxc_host_exists,
                                  .is_file = lxc_host_is_file,
                                  .read_link = lxc_host_read_link,
                                  .getenv = lxc_host_getenv,
                                  .find_device = lxc_host_find_device };
}

/* One text as the configuration, under the name CONFIG; all else is HOST's. */
struct lxc_host_text { const struct lxc_host *host; const char *name, *text; size_t len; };

static inline int lxc_host_read_text(void *arg, struct arena *arena, const char *path, const char **ret_text, size_t *ret_len)
{
        const struct lxc_host_text *t = arg;

        if (!streq(path, t->name))
                return t->host->read ? t->host->read(t->host->arg, arena, path, ret_text, ret_len) : -ENOENT;
        *ret_text = arena_strndup(arena, t->text, t->len);
        *ret_len = t->len;
        return *ret_text ? 0 : -ENOMEM;
}

#endif
