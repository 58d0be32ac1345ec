/* SPDX-License-Identifier: Apache-2.0 */
#include "usermap.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "str.h"

enum { KERNEL_MAX_EXTENTS = 340 };

struct map_kind {
        const char *file, *helper, *subids, *noun;
};
static const struct map_kind uid_kind = { "uid_map", "newuidmap", "/etc/subuid", "uid" };
static const struct map_kind gid_kind = { "gid_map", "newgidmap", "/etc/subgid", "gid" };

static void add_lines(struct strbuf *text, const struct sys_idmap_entry *maps, size_t n)
{
        for (size_t i = 0; i < n; i++)
                strbuf_printf(text, "%u %u %u\n", maps[i].inside, maps[i].outside, maps[i].size);
}

static int write_proc_file(pid_t pid, const char *file, const char *text, size_t len)
{
        _cleanup_close_ int fd = -EBADF;
        char path[64];
        ssize_t n;

        snprintf(path, sizeof path, "/proc/%d/%s", (int) pid, file);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        do
                n = write(fd, text, len);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : 0;
}

static int write_direct(pid_t pid, const struct map_kind *kind, const struct sys_idmap_entry *maps, size_t n, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        int r;

        add_lines(&text, maps, n);
        if (text.failed)
                return err_nomem(e);
        r = write_proc_file(pid, kind->file, text.text, text.len);
        if (r < 0)
                /* Which rule was broken, run/explain.c finds out. */
                return err_sys(e, -r, "write", "cannot write the %s map '%.*s'", kind->noun, (int) strcspn(text.text, "\n"),
                               text.text);
        return 0;
}

static int spawn_helper(const struct map_kind *kind, char **argv, struct err *e)
{
        extern char **environ;
        pid_t pid;
        int r, status;

        r = posix_spawnp(&pid, kind->helper, NULL, NULL, argv, environ);
        if (r != 0) {
                err_sys(e, r, "posix_spawn", "cannot run '%s' to write the %s map", kind->helper, kind->noun);
                if (r == ENOENT)
                        err_hint(e, "install the package uidmap, or map only your own id");
                return -r;
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return err_sys(e, errno, "waitpid", "cannot wait for '%s'", kind->helper);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                return 0;
        err_set(e, ERR_HOST, EPERM, "'%s' refused the %s map with exit status %d", kind->helper, kind->noun,
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        err_hint(e, "the ranges must be yours in '%s'", kind->subids);
        return -EPERM;
}

static int write_with_helper(pid_t pid, const struct map_kind *kind, const struct sys_idmap_entry *maps, size_t n, struct err *e)
{
        /* helper, pid, three numbers a line, NULL; each number of at most 10 digits */
        _cleanup_free_ char **argv = calloc(3 * n + 3, sizeof *argv);
        _cleanup_free_ char *digits = malloc((3 * n + 1) * 12);
        char *at = digits;
        size_t argc = 0;

        if (!argv || !digits)
                return err_nomem(e);
        argv[argc++] = (char *) kind->helper;
        snprintf(at, 12, "%d", (int) pid);
        argv[argc++] = at;
        for (size_t i = 0; i < n; i++) {
                const uint32_t numbers[] = { maps[i].inside, maps[i].outside, maps[i].size };

                for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
                        at += 12;
                        snprintf(at, 12, "%u", numbers[j]);
                        argv[argc++] = at;
                }
        }
        return spawn_helper(kind, argv, e);
}

/* One line that maps one's own id needs no helper (but, for gids, setgroups denied first). */
static bool is_own_id_only(const struct sys_idmap_entry *maps, size_t n, uint32_t own)
{
        return n == 1 && maps[0].size == 1 && maps[0].outside == own;
}

static int write_map(const struct sys_usermap *map, const struct map_kind *kind, const struct sys_idmap_entry *maps, size_t n,
                     uint32_t own, struct err *e)
{
        if (n > KERNEL_MAX_EXTENTS)
                return err_set(e, ERR_CONFIG, E2BIG, "the %s map has %zu lines, the kernel takes at most %d", kind->noun, n,
                               KERNEL_MAX_EXTENTS);
        if (map->privileged)
                return write_direct(map->pid, kind, maps, n, e);
        if (!is_own_id_only(maps, n, own))
                return write_with_helper(map->pid, kind, maps, n, e);
        if (kind == &gid_kind) {
                int r = write_proc_file(map->pid, "setgroups", "deny", 4);

                if (r < 0 && r != -ENOENT)
                        return err_sys(e, -r, "write", "cannot deny setgroups in the new user namespace");
        }
        return write_direct(map->pid, kind, maps, n, e);
}

int sys_usermap_write(const struct sys_usermap *map, struct err *e)
{
        /* gids first: once the uid map is there, an unprivileged writer could no longer be told from the container */
        int r = write_map(map, &gid_kind, map->gids, map->n_gids, getegid(), e);

        return r < 0 ? r : write_map(map, &uid_kind, map->uids, map->n_uids, geteuid(), e);
}
