/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup2: passing controllers down, and its events.  kernel: Documentation/admin-guide/cgroup-v2.rst. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "cgroup/private.h"
#include "num.h"
#include "str.h"

enum { CONTROLLERS_BYTES = 512 };

static int enable_error(struct err *e, int num, const char *dir, const char *controller, size_t len)
{
        err_sys(e, num, "write", "cannot enable the '%.*s' controller for the children of '%s'", (int) len, controller, dir);
        if (num == EBUSY)
                err_hint(e, "that cgroup has processes of its own, and a cgroup with processes cannot pass controllers down; "
                            "choose a cgroupsPath whose parents are empty");
        else if (num == EOPNOTSUPP)
                err_hint(e, "that cgroup is threaded (see cgroup.type), and its children cannot have this controller");
        else if (num == EACCES || num == EPERM || num == EROFS)
                err_hint(e, "that cgroup is not delegated to this user; ask the administrator, or use the systemd user session");
        else if (num == ENOENT)
                err_hint(e, "no ancestor offers it: the kernel lacks it, or a v1 hierarchy uses it");
        return -num;
}

/* Pass the controllers of WANT from DIR to its children.  Those of NEEDED must succeed. */
static int enable_in(const char *dir, const char *want, const char *needed, struct err *e)
{
        _cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char has[CONTROLLERS_BYTES], passes[CONTROLLERS_BYTES], all[CONTROLLERS_BYTES] = "", one[64];
        ssize_t r = fd < 0 ? -errno : cgroup_read(fd, "cgroup.controllers", has, sizeof has);
        size_t len, at = 0;
        const char *word;

        if (r >= 0)
                r = cgroup_read(fd, "cgroup.subtree_control", passes, sizeof passes);
        if (r < 0)
                return err_sys(e, (int) -r, "read", "cannot read the controllers of the cgroup '%s'", dir);
        for (const char *list = want; (word = cgroup_next_word(&list, &len));)
                if (cgroup_list_has(has, word, len) && !cgroup_list_has(passes, word, len) && at + len + 3 < sizeof all)
                        at += (size_t) snprintf(all + at, sizeof all - at, "+%.*s ", (int) len, word);
        if (at == 0 || cgroup_write(fd, "cgroup.subtree_control", all) == 0)
                return 0;
        /* All or nothing in one write: find out which one is refused, and whether it matters. */
        for (const char *list = all; (word = cgroup_next_word(&list, &len));) {
                snprintf(one, sizeof one, "%.*s", (int) len, word);
                r = cgroup_write(fd, "cgroup.subtree_control", one);
                if (r < 0 && cgroup_list_has(needed, word + 1, len - 1))
                        return enable_error(e, (int) -r, dir, word + 1, len - 1);
        }
        return 0;
}

static bool has_all(const char *has, const char *words, const char **ret_missing, size_t *ret_len)
{
        while ((*ret_missing = cgroup_next_word(&words, ret_len)))
                if (!cgroup_list_has(has, *ret_missing, *ret_len))
                        return false;
        return true;
}

int cgroup_v2_enable(struct cgroup *cg, const char *needed, struct err *e)
{
        const char *want = cg->host->v2_controllers, *missing = NULL;
        char has[CONTROLLERS_BYTES], dir[PATH_MAX];
        size_t len = 0;
        int fd = cgroup_v2_fd(cg), r;

        sys_cgroup_dir(cg, CGROUP_V2, dir, sizeof dir);
        if (fd < 0)
                return err_sys(e, -fd, "open", "cannot open the cgroup '%s'", dir);
        r = (int) cgroup_read(fd, "cgroup.controllers", has, sizeof has);
        if (r >= 0 && has_all(has, want, &missing, &len) && has_all(has, needed, &missing, &len))
                return 0; /* the usual case: an earlier container of the same parent has paid for it */
        for (char *slash = dir + strlen(cg->host->v2_mount); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                r = enable_in(dir, want, needed, e);
                if (r < 0)
                        return r;
                *slash = '/';
        }
        if (cgroup_read(fd, "cgroup.controllers", has, sizeof has) >= 0 && has_all(has, needed, &missing, &len))
                return 0;
        if (!missing)
                return err_sys(e, EIO, "read", "cannot read the controllers of the cgroup '%s'", dir);
        return enable_error(e, ENOENT, dir, missing, len);
}

static int parse_flag(const char *text, const char *key)
{
        for (const char *line = text; line; line = strchr(line, '\n')) {
                const char *value = str_after(line += line[0] == '\n', key);

                if (value && value[0] == ' ')
                        return value[1] == '1';
        }
        return -ENODATA;
}

int cgroup_v2_flag(int dir_fd, const char *file, const char *key)
{
        char buf[512];
        ssize_t n = cgroup_read(dir_fd, file, buf, sizeof buf);

        return n < 0 ? (int) n : parse_flag(buf, key);
}

int cgroup_v2_wait(int dir_fd, const char *key, int value, uint64_t deadline_msec)
{
        _cleanup_close_ int fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
        char buf[512];

        if (fd < 0)
                return -errno;
        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLPRI };
                ssize_t n = pread(fd, buf, sizeof buf - 1, 0);
                int r, left = cgroup_left_msec(deadline_msec);

                if (n < 0)
                        return -errno;
                buf[n] = '\0';
                r = parse_flag(buf, key);
                if (r < 0 || r == value)
                        return MIN(r, 0);
                /* The kernel remembers what we have read: a change since then ends the poll at once. */
                if (left == 0)
                        return -ETIMEDOUT;
                if (poll(&p, 1, left) < 0 && errno != EINTR)
                        return -errno;
        }
}
