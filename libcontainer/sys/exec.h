/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps before execve: working directory, finding the program, leaving nothing of ours behind.
 * Owns: nothing.  Layer: sys.  Context: init (and a process that joins a container), after clone: no allocation.
 *
 *      sys_cwd_create(rootfs_fd, cwd, e);                while the root can be written
 *      sys_exec_fds(3 + preserved, proc_fd, e);          after the pivot, before seccomp
 *      sys_cwd_set(rootfs_fd, cwd, e);
 *      sys_exec_find("sh", path, cwd, buf, size, e);     as the user
 *      sys_exec_signals();
 *      return sys_exec(buf, argv, envp);                 -errno; sys/inspect.h says why
 */
#ifndef BERTH_SYS_EXEC_H
#define BERTH_SYS_EXEC_H

#include <stddef.h>

#include "err.h"

/* Make directory PATH below ROOTFS_FD with its parents, where it is missing.
 * Returns 0, or: -ENOTDIR it is something else; -EROFS, -EACCES, … */
int sys_cwd_create(int rootfs_fd, const char *path, struct err *e);

/* Make PATH the working directory, and see that it lies in the container: neither a magic link of /proc nor an inherited
 * fd leads out of it (CVE-2024-21626).
 * Returns 0, or: -EACCES this user may not enter it (another may); -ENOENT; -ENOTDIR; -ELOOP a magic link; -EXDEV outside.
 * kernel: fs/d_path.c: getcwd(2) answers "(unreachable)" outside of the root. */
int sys_cwd_set(int rootfs_fd, const char *path, struct err *e);

/* Find NAME as execvp(3) does: with a '/' it is the path; else each directory of SEARCH, where an empty one is the working
 * directory.  It must be a regular file that this user may execute.  The result stands in BUF, SIZE bytes.
 * Uses no fds, so that it works under any RLIMIT_NOFILE.
 * Returns 0, or: -ENOENT; -EACCES found, but not executable, -EISDIR (BUF names it); -ENAMETOOLONG.  E is ERR_EXEC. */
int sys_exec_find(const char *name, const char *search, char *buf, size_t size, struct err *e);

/* Mark every fd from FIRST on as close-on-exec: what our callers leaked into us must not reach the container.  Fds are not
 * closed, so that a failing execve can still be reported.  PROC_FD serves kernels before 5.11. */
int sys_exec_fds(unsigned first, int proc_fd, struct err *e);

/* Close every fd from FIRST on but the N of KEEP (which is sorted by the way; empty ones may be among them).  PROC_FD
 * serves kernels before 5.9. */
int sys_exec_close_others(unsigned first, int *keep, size_t n, int proc_fd, struct err *e);

/* Default action for every signal that we or our callers ignored, and an empty mask. */
void sys_exec_signals(void);

/* execve(2).  Returns only to say -errno. */
int sys_exec(const char *path, const char *const *argv, const char *const *envp);

#endif
