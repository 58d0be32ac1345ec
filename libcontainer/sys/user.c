/* SPDX-License-Identifier: Apache-2.0 */
#include "user.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "num.h"
#include "safepath.h"
#include "str.h"
#include "syscalls.h"

enum { PASSWD_MAX_BYTES = 4 << 20, MAX_OWN_GROUPS = 256 };

static bool holds_group(const gid_t *own, int n_own, gid_t gid)
{
        for (int i = 0; i < n_own; i++)
                if (own[i] == gid)
                        return true;
        return false;
}

/* setgroups was refused.  Is everything that was asked for there all the same?  The first that is not goes to *ret_gid. */
static bool groups_are_held(const struct sys_user *user, gid_t *ret_gid)
{
        gid_t own[MAX_OWN_GROUPS];
        int n_own = getgroups(ARRAY_SIZE(own), own);

        for (size_t i = 0; i < user->n_groups; i++)
                if (user->groups[i] != user->gid && !holds_group(own, n_own, user->groups[i])) {
                        *ret_gid = user->groups[i];
                        return false;
                }
        return true;
}

static int set_groups(const struct sys_user *user, struct err *e)
{
        gid_t missing;
        int r;

        if (user->keep_groups)
                return 0;
        r = sys_setgroups(user->n_groups, user->groups);
        if (r == -EPERM) {
                if (groups_are_held(user, &missing))
                        return 0;
                err_sys(e, EPERM, "setgroups", "cannot add group %u", (unsigned) missing);
                err_hint(e, "setgroups(2) is denied in a user namespace that was made without privilege; leave out "
                            "additionalGids, or map the gids with newgidmap");
                return r;
        }
        if (r < 0) {
                err_sys(e, -r, "setgroups", "cannot set %zu additional groups", user->n_groups);
                if (r == -EINVAL)
                        err_hint(e, "one of them is not mapped in the container's user namespace");
        }
        return r;
}

int sys_user_set(const struct sys_user *user, struct err *e)
{
        int r;

        if (user->set_umask)
                umask(user->umask);
        r = set_groups(user, e);
        if (r < 0)
                return r;
        r = sys_setresgid(user->gid, user->gid, user->gid);
        if (r < 0) {
                err_sys(e, -r, "setresgid", "cannot become gid %u", (unsigned) user->gid);
                if (r == -EINVAL)
                        err_hint(e, "gid %u is not mapped in the container's user namespace", (unsigned) user->gid);
                return r;
        }
        if (user->uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
                return err_sys(e, errno, "prctl", "cannot keep the capabilities for uid %u", (unsigned) user->uid);
        r = sys_setresuid(user->uid, user->uid, user->uid);
        if (r < 0) {
                err_sys(e, -r, "setresuid", "cannot become uid %u", (unsigned) user->uid);
                if (r == -EINVAL)
                        err_hint(e, "uid %u is not mapped in the container's user namespace", (unsigned) user->uid);
        }
        return r;
}

/* The field after the next colon of *AT, NUL-terminated; *AT moves behind it.  NULL: there is none. */
static char *next_field(char **at)
{
        return *at ? strsep(at, ":") : NULL;
}

/* "name:password:uid:gid:comment:home:shell" */
static bool line_matches(struct sys_passwd *p)
{
        char *at = p->line, *field[6];
        uint64_t uid;

        for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
                field[i] = next_field(&at);
                if (!field[i])
                        return false;
        }
        if (num_parse_u64(field[2], strlen(field[2]), 10, &uid) < 0 || uid != p->uid)
                return false;
        if (strlen(field[5]) < p->size)
                snprintf(p->home, p->size, "%s", field[5]);
        return true;
}

bool sys_passwd_feed(struct sys_passwd *p, const char *text, size_t len)
{
        for (size_t i = 0; i < len && !p->found; i++) {
                if (text[i] != '\n') {
                        if (p->len + 1 < sizeof p->line && text[i] != '\0')
                                p->line[p->len++] = text[i];
                        else
                                p->skip = true;
                        continue;
                }
                p->line[p->len] = '\0';
                p->found = !p->skip && line_matches(p);
                p->skip = false;
                p->len = 0;
        }
        return p->found;
}

/* A device or FIFO in the file's place must not even be opened; O_NONBLOCK is for what is swapped in between. */
static int open_passwd(int root_fd)
{
        _cleanup_close_ int path_fd = sys_path_open(root_fd, "/etc/passwd", O_PATH, NULL);
        struct stat st;

        if (path_fd < 0)
                return path_fd;
        if (fstat(path_fd, &st) < 0 || !S_ISREG(st.st_mode))
                return -EINVAL;

        _cleanup_close_ int fd = sys_path_open(root_fd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, NULL);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return -EINVAL;
        return TAKE_FD(fd);
}

void sys_user_home(int root_fd, uid_t uid, char *buf, size_t size)
{
        struct sys_passwd p = { .uid = uid, .home = buf, .size = size };
        char chunk[4096];

        buf[0] = '\0';

        _cleanup_close_ int fd = open_passwd(root_fd);
        for (size_t total = 0; fd >= 0 && total < PASSWD_MAX_BYTES;) {
                ssize_t n = read(fd, chunk, sizeof chunk);

                if (n <= 0) {
                        sys_passwd_feed(&p, "\n", 1);
                        break;
                }
                if (sys_passwd_feed(&p, chunk, (size_t) n))
                        break;
                total += (size_t) n;
        }
        if (buf[0] == '\0')
                snprintf(buf, size, "/");
}
