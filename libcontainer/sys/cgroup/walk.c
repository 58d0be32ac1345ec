/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup/private.h"
#include "num.h"
#include "syscalls.h"

/* The kernel's struct linux_dirent64. */
struct entry {
        uint64_t ino;
        int64_t off;
        uint16_t reclen;
        uint8_t type;
        char name[];
};

enum { OPEN_DIR = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW };

static bool is_child(const struct entry *entry)
{
        return entry->type == DT_DIR && strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0;
}

/* Call EACH for the name of every directory in DIR_FD, until it returns other than 0. */
static int for_each_child(int dir_fd, int (*each)(int dir_fd, const char *name, void *arg), void *arg)
{
        _Alignas(struct entry) char buf[8192];

        if (lseek(dir_fd, 0, SEEK_SET) < 0)
                return -errno;
        for (;;) {
                int n = sys_getdents64(dir_fd, buf, sizeof buf);

                if (n <= 0)
                        return n == -ENOENT ? 0 : n; /* removed while we look: nothing in it */
                for (int at = 0; at < n;) {
                        const struct entry *entry = (const struct entry *) (buf + at);
                        int r = is_child(entry) ? each(dir_fd, entry->name, arg) : 0;

                        if (r != 0)
                                return r;
                        at += entry->reclen;
                }
        }
}

/* FD := PATH below FD. */
static int step_to(int *fd, const char *path)
{
        int next = openat(*fd, path, OPEN_DIR);

        if (next < 0)
                return -errno;
        close(*fd);
        *fd = next;
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Depth first with one fd: what is still to visit is a stack of names with their depths, the way back is "..", which in a
 * cgroup file system leads where it should: directories are never moved to another parent. */

struct pending {
        char *name; /* owned */
        size_t depth;
};

struct stack {
        struct pending *items; /* owned */
        size_t n, cap;
        size_t depth; /* of what is pushed now */
};

static void stack_done(struct stack *s)
{
        for (size_t i = 0; i < s->n; i++)
                free(s->items[i].name);
        free(s->items);
}

static int push(int dir_fd _unused_, const char *name, void *arg)
{
        struct stack *s = arg;

        if (s->n == s->cap) {
                size_t cap = s->cap ? 2 * s->cap : 16;
                struct pending *grown = reallocarray(s->items, cap, sizeof *grown);

                if (!grown)
                        return -ENOMEM;
                s->items = grown;
                s->cap = cap;
        }
        s->items[s->n] = (struct pending) { strdup(name), s->depth };
        return s->items[s->n].name ? (s->n++, 0) : -ENOMEM;
}

int cgroup_walk(int dir_fd, int (*visit)(int dir_fd, void *arg), void *arg)
{
        _cleanup_(stack_done) struct stack s = { .depth = 1 };
        _cleanup_close_ int fd = openat(dir_fd, ".", OPEN_DIR);
        size_t depth = 0;
        int r = fd < 0 ? -errno : visit(fd, arg);

        if (r == 0)
                r = for_each_child(fd, push, &s);
        while (r == 0 && s.n > 0) {
                _cleanup_free_ char *name = s.items[s.n - 1].name;

                s.depth = s.items[--s.n].depth;
                for (; r == 0 && depth >= s.depth; depth--)
                        r = step_to(&fd, "..");
                if (r == 0)
                        r = step_to(&fd, name);
                if (r == -ENOENT) {
                        r = 0; /* gone since */
                        continue;
                }
                depth = s.depth++;
                if (r == 0)
                        r = visit(fd, arg);
                if (r == 0)
                        r = for_each_child(fd, push, &s);
        }
        return r;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int remove_child(int dir_fd, const char *name, void *arg)
{
        char *busy = arg;

        if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENODEV)
                return 0;
        if (errno != EBUSY && errno != ENOTEMPTY)
                return -errno;
        snprintf(busy, NAME_MAX + 1, "%s", name);
        return 1;
}

int cgroup_remove_below(int dir_fd)
{
        _cleanup_close_ int fd = openat(dir_fd, ".", OPEN_DIR);
        char busy[NAME_MAX + 1];
        struct stat st;
        ino_t emptied = 0; /* the directory that we come back from: it has no children any more */
        size_t depth = 0;

        if (fd < 0)
                return -errno;
        for (;;) {
                int r = for_each_child(fd, remove_child, busy);

                if (r < 0 || (r == 0 && depth == 0))
                        return r;
                if (r == 0) {
                        if (fstat(fd, &st) < 0)
                                return -errno;
                        emptied = st.st_ino;
                        depth--;
                        r = step_to(&fd, "..");
                } else {
                        if (fstatat(fd, busy, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == emptied)
                                return -EBUSY; /* not for its children: it has processes */
                        depth++;
                        r = step_to(&fd, busy);
                }
                if (r < 0)
                        return r;
        }
}

/* ------------------------------------------------------------------------------------------------------------------ */

void sys_pids_done(struct sys_pids *pids)
{
        free(pids->items);
        *pids = (struct sys_pids) { 0 };
}

static int add_pid(struct sys_pids *pids, const char *text, size_t len)
{
        uint64_t pid;

        if (num_parse_u64(text, len, 10, &pid) < 0)
                return -EPROTO;
        if (pid == 0)
                return 0; /* in a pid namespace that we do not see */
        if ((pids->n & (pids->n - 1)) == 0) {
                pid_t *grown = reallocarray(pids->items, pids->n ? 2 * pids->n : 1, sizeof *grown);

                if (!grown)
                        return -ENOMEM;
                pids->items = grown;
        }
        pids->items[pids->n++] = (pid_t) pid;
        return 0;
}

/* Lines may be cut between two reads. */
static int add_pids(int fd, struct sys_pids *pids)
{
        char buf[4096];
        size_t kept = 0;

        for (;;) {
                ssize_t n = read(fd, buf + kept, sizeof buf - kept);
                char *line = buf, *end;

                if (n <= 0)
                        return n < 0 ? -errno : 0;
                for (size_t left = kept + (size_t) n; (end = memchr(line, '\n', left)); line = end + 1) {
                        int r = add_pid(pids, line, (size_t) (end - line));

                        if (r < 0)
                                return r;
                        left -= (size_t) (end - line) + 1;
                }
                kept = (size_t) (buf + kept + n - line);
                if (kept == sizeof buf)
                        return -EPROTO;
                memmove(buf, line, kept);
        }
}

static int visit_pids(int dir_fd, void *arg)
{
        _cleanup_close_ int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        int r = fd < 0 ? -errno : add_pids(fd, arg);

        if (r == -EOPNOTSUPP) {
                /* A threaded cgroup lists threads only; a signal to one reaches its process. */
                fd = safe_close(fd);
                fd = openat(dir_fd, "cgroup.threads", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
                r = fd < 0 ? -errno : add_pids(fd, arg);
        }
        return r == -ENOENT || r == -ENODEV ? 0 : r;
}

int cgroup_pids_below(int dir_fd, struct sys_pids *pids)
{
        return cgroup_walk(dir_fd, visit_pids, pids);
}
