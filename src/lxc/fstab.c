/* SPDX-License-Identifier: Apache-2.0 */
#include "fstab.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "str.h"

static bool is_octal(char c) { return c >= '0' && c <= '7'; }

/* One field with its escapes (\040) resolved, at *AT, which moves behind it. */
static const char *next_field(struct arena *arena, const char **at)
{
        const char *p = *at + strspn(*at, " \t");
        char *out = arena_alloc(arena, strcspn(p, " \t") + 1);
        size_t n = 0;

        if (!out)
                return NULL;
        while (*p && *p != ' ' && *p != '\t')
                if (p[0] == '\\' && is_octal(p[1]) && is_octal(p[2]) && is_octal(p[3]) && p[1] <= '3') {
                        out[n++] = (char) ((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
                        p += 4;
                } else if (p[0] == '\\' && p[1] == '\\') {
                        out[n++] = '\\';
                        p += 2;
                } else {
                        out[n++] = *p++;
                }
        *at = p;
        return out;
}

int lxc_fstab_parse(struct arena *arena, const char *line, struct lxc_fstab *ret)
{
        const char **fields[] = { &ret->source, &ret->target, &ret->type, &ret->options };

        for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
                *fields[i] = next_field(arena, &line);
                if (!*fields[i])
                        return -ENOMEM;
        }
        return ret->target[0] ? 0 : -EINVAL;
}

static bool ends_component(const char *text, size_t len)
{
        return text[len] == '\0' || text[len] == '/' || (len > 0 && text[len - 1] == '/');
}

enum lxc_target lxc_target_resolve(const char *target, const char *const *paths, size_t n, const char **ret)
{
        *ret = target;
        if (target[0] != '/')
                return LXC_TARGET_INSIDE;
        for (size_t i = 0; i < n; i++) {
                size_t len = strlen(paths[i]);
                const char *found = len > 0 ? strstr(target, paths[i]) : NULL;

                if (!found)
                        continue;
                *ret = found + len;
                return found == target && ends_component(target, len) ? LXC_TARGET_INSIDE : LXC_TARGET_ODD;
        }
        return LXC_TARGET_OUTSIDE;
}

const char *lxc_mount_flag(const char *option)
{
        /* Longer words stand before those that they begin with. */
        static const char *const words[] = {
                "async",  "atime",      "bind",          "defaults", "dev",   "diratime",   "dirsync",
                "exec",   "lazytime",   "mand",          "noatime",  "nodev", "nodiratime", "noexec",
                "nomand", "norelatime", "nostrictatime", "nosuid",   "rbind", "relatime",   "remount",
                "ro",     "rw",         "strictatime",   "suid",     "sync",
        };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (str_after(option, words[i]))
                        return words[i];
        return NULL;
}
