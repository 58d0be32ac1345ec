/* SPDX-License-Identifier: Apache-2.0 */
/* Who the process is: uid, gids, umask; and where that user's home is.
 * Owns: nothing.  Layer: sys.  Context: init (and a process that joins a container), after clone: no allocation.
 * man: credentials(7), user_namespaces(7), passwd(5).
 */
#ifndef BERTH_SYS_USER_H
#define BERTH_SYS_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

struct sys_user {
        uid_t uid;
        gid_t gid;
        const gid_t *groups; /* all supplementary groups that the process is to have */
        size_t n_groups;
        bool keep_groups;    /* leave the supplementary groups as they are */
        bool set_umask;
        mode_t umask;
};

/* Become USER: umask, groups, gid, uid, in this order.  Permitted capabilities survive (PR_SET_KEEPCAPS, which execve
 * clears), effective ones do not: sys_caps_set follows.
 * Where setgroups(2) is denied (a user namespace with one mapped gid), the groups can only stay; that is no fault as long
 * as the ones that were asked for are held already.
 * Returns 0, or: -EINVAL an id is not mapped in the user namespace; -EPERM; -EAGAIN RLIMIT_NPROC. */
int sys_user_set(const struct sys_user *user, struct err *e);

/* The home directory of UID in the container's /etc/passwd, in BUF; "/" when there is no such file, line or field.
 * The file is hostile: it must be regular, is read with bounds, and only below ROOT_FD. */
void sys_user_home(int root_fd, uid_t uid, char *buf, size_t size);

/* The line-wise reader behind it, for tests and fuzzing.  Feed the file in pieces of any length.  Pure. */
struct sys_passwd {
        uid_t uid;
        char *home;         /* the caller's buffer, "" until found */
        size_t size;
        bool found;
        bool skip;          /* the line was too long: wait for its end */
        size_t len;
        char line[4096];
};
/* Returns true when the line was found: no more need be fed.  At the end of the file feed "\n". */
bool sys_passwd_feed(struct sys_passwd *p, const char *text, size_t len);

#endif
