/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <string.h>

enum { MAX_LINKS = 40 }; /* as the kernel */

bool lxc_has_rootfs(const struct lxc_translation *t)
{
        return t->rootfs && t->root_hooks.n == 0 && t->host->exists && t->host->exists(t->host->arg, t->rootfs);
}

/* One name further from AT, which begins with the root file system. */
static void step(struct lxc_translation *t, struct strbuf *at, const char *name, size_t len)
{
        size_t root_len = strlen(t->rootfs);

        if (len == 0 || (len == 1 && name[0] == '.'))
                return;
        if (len == 2 && strncmp(name, "..", 2) == 0) {
                while (at->len > root_len && at->text[--at->len] != '/')
                        ;
                at->text[at->len] = '\0';
                return;
        }
        strbuf_printf(at, "/%.*s", (int) len, name);
}

const char *lxc_look(struct lxc_translation *t, const char *path)
{
        _cleanup_(strbuf_done) struct strbuf at = { 0 };
        unsigned n_links = 0;

        strbuf_adds(&at, t->rootfs);
        while (!at.failed && *path) {
                size_t len = strcspn(path, "/"), before = at.len;
                const char *rest = path + len + strspn(path + len, "/"), *link;

                step(t, &at, path, len);
                link = at.len > before && t->host->read_link ? t->host->read_link(t->host->arg, t->arena, at.text) : NULL;
                path = rest;
                if (!link)
                        continue;
                if (n_links++ == MAX_LINKS)
                        return NULL;
                at.len = link[0] == '/' ? strlen(t->rootfs) : before;
                at.text[at.len] = '\0';
                path = lxc_text(t->report, "%s/%s", link, rest);
        }
        return at.failed ? NULL : lxc_text(t->report, "%s", at.text);
}

bool lxc_is_in_rootfs(struct lxc_translation *t, const char *path)
{
        const char *real = lxc_look(t, path);

        return real && t->host->exists && t->host->exists(t->host->arg, real);
}
