/* SPDX-License-Identifier: Apache-2.0 */
#include "stdfds.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "safepath.h"

enum { NULL_MAJOR = 1, NULL_MINOR = 3 };

/* A character device of that number: a regular file or a pipe has an rdev of 0, which says nothing. */
static bool is_null(const struct stat *st)
{
        return S_ISCHR(st->st_mode) && st->st_rdev == makedev(NULL_MAJOR, NULL_MINOR);
}

int sys_stdfds_chown(uid_t uid, struct err *e)
{
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                struct stat st;
                if (fstat(fd, &st) < 0 || is_null(&st) || st.st_uid == uid)
                        continue;
                if (fchown(fd, uid, (gid_t) -1) == 0 || errno == EINVAL || errno == EPERM || errno == EROFS)
                        continue;
                return err_sys(e, errno, "fchown", "cannot give file descriptor %d to user %u", fd, uid);
        }
        return 0;
}

int sys_stdfds_reopen_null(int root_fd, int proc_fd, struct err *e)
{
        _cleanup_close_ int path_fd = -EBADF;
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
                struct stat st;
                if (fstat(fd, &st) < 0 || !is_null(&st))
                        continue;
                if (path_fd < 0)
                        path_fd = sys_path_open(root_fd, "/dev/null", O_PATH, NULL);
                if (path_fd < 0 || fstat(path_fd, &st) < 0 || !is_null(&st))
                        return 0;
                char link[48];
                snprintf(link, sizeof link, "%sself/fd/%d", proc_fd >= 0 ? "" : "/proc/", path_fd);
                int flags = fcntl(fd, F_GETFL);
                _cleanup_close_ int own = openat(proc_fd >= 0 ? proc_fd : AT_FDCWD, link,
                                                 (flags < 0 ? O_RDWR : flags & O_ACCMODE) | O_NOCTTY | O_CLOEXEC);
                if (own < 0) /* denied to us, by a module or the device filter: it will not be missed */
                        return 0;
                if (dup2(own, fd) < 0)
                        return err_sys(e, errno, "dup2", "cannot reopen '/dev/null' as file descriptor %d", fd);
        }
        return 0;
}
