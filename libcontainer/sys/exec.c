/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "num.h"
#include "procfs.h"
#include "safepath.h"
#include "str.h"
#include "syscalls.h"

static int say_loop(int r, struct err *e)
{
        err_hint(e, "links lead in a circle, or lead out of /proc: /proc/self/fd/N and the like cannot be the working directory");
        return r;
}

int sys_cwd_create(int rootfs_fd, const char *path, struct err *e)
{
        _cleanup_close_ int fd = sys_path_make_dir(rootfs_fd, path, NULL);

        if (fd >= 0)
                return 0;
        if (fd == -ELOOP)
                return say_loop(err_sys(e, ELOOP, "openat2", "cannot create working directory '%s'", path), e);
        if (fd == -ENOTDIR)
                return err_sys(e, ENOTDIR, "mkdirat", "working directory '%s' is not a directory", path);
        return err_sys(e, -fd, "mkdirat", "cannot create working directory '%s'", path);
}

/* A second look: the path was resolved beneath the root.  A filter of the config's, loaded before, may refuse the question,
 * with any errno that it likes. */
static int check_inside(const char *path, struct err *e)
{
        char cwd[PATH_MAX];
        long r = sys_ret(syscall(SYS_getcwd, cwd, sizeof cwd));

        if (r > 0 && cwd[0] == '/')
                return 0;
        if (r == -ENOENT)
                return err_sys(e, ENOENT, "getcwd", "working directory '%s' was removed", path);
        if (r < 0 && r != -ERANGE && r != -ENAMETOOLONG)
                return 0;
        return err_set(e, ERR_HOST, EXDEV, "working directory '%s' lies outside of the container", path);
}

int sys_cwd_set(int rootfs_fd, const char *path, struct err *e)
{
        _cleanup_close_ int fd = sys_path_open(rootfs_fd, path, O_PATH | O_DIRECTORY, NULL);
        int r = fd;

        if (fd >= 0)
                r = fchdir(fd) < 0 ? -errno : 0;
        if (r == 0)
                return check_inside(path, e);
        err_sys(e, -r, "fchdir", "cannot change to working directory '%s'", path);
        return r == -ELOOP ? say_loop(r, e) : r;
}

/* May this process execute PATH?  The question is put as execve would; kernels before 5.8 know it only without the
 * capabilities of a user that is not root. */
static int may_execute(const char *path)
{
        struct stat st;

        if (stat(path, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
                return -EACCES;
        int r = sys_faccessat2(AT_FDCWD, path, X_OK, AT_EACCESS);
        if (r == -ENOSYS || r == -EPERM)
                r = access(path, X_OK) < 0 ? -errno : 0;
        return r;
}

static int say_path(int r, const char *path, struct err *e)
{
        if (r == -ENOENT || r == -ENOTDIR)
                err_set(e, ERR_EXEC, -r, "executable '%s' not found: %s (%s)", path, errno_exec_text(-r), errno_name(-r));
        else
                err_set(e, ERR_EXEC, -r, "cannot execute '%s': %s (%s)", path, errno_exec_text(-r), errno_name(-r));
        return r;
}

/* What is passed over silently in a search, as execvp does it. */
static bool search_goes_on(int r)
{
        return r == -ENOENT || r == -ENOTDIR || r == -EACCES || r == -EISDIR || r == -ENAMETOOLONG || r == -ELOOP;
}

/* On -EACCES the first that was found, but could not be executed, stands in BUF. */
static int find_in(const char *name, const char *search, char *buf, size_t size)
{
        char denied[PATH_MAX] = "";

        for (const char *at = search;; at++) {
                size_t len = strcspn(at, ":");
                int n = len > 0 ? snprintf(buf, size, "%.*s/%s", (int) len, at, name) : snprintf(buf, size, "./%s", name);
                int r = n < 0 || (size_t) n >= size ? -ENAMETOOLONG : may_execute(buf);

                if (r == 0 || !search_goes_on(r))
                        return r;
                if (r == -EACCES && !denied[0])
                        snprintf(denied, sizeof denied, "%s", buf);
                at += len;
                if (*at == '\0')
                        break;
        }
        if (!denied[0])
                return -ENOENT;
        snprintf(buf, size, "%s", denied);
        return -EACCES;
}

int sys_exec_find(const char *name, const char *search, char *buf, size_t size, struct err *e)
{
        int r;

        if (strchr(name, '/')) {
                r = snprintf(buf, size, "%s", name) < (int) size ? may_execute(name) : -ENAMETOOLONG;
                return r < 0 ? say_path(r, name, e) : 0;
        }
        r = name[0] ? find_in(name, search, buf, size) : -ENOENT;
        if (r == -ENOENT) {
                err_set(e, ERR_EXEC, ENOENT, "'%s': executable file not found in $PATH: %s (%s)", name, errno_exec_text(ENOENT),
                        errno_name(ENOENT));
                err_hint(e, "searched %s", search[0] ? search : "the working directory: PATH is empty");
                return r;
        }
        return r < 0 ? say_path(r, buf, e) : 0;
}

struct fd_list {
        const int *items;
        size_t n;
};

static bool has_fd(const struct fd_list *list, int fd)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i] == fd)
                        return true;
        return false;
}

/* Close every fd from FIRST on but those of KEEP, or mark them close-on-exec where KEEP is NULL.  /proc/self/fd lists them
 * all; the directory's own is close-on-exec, and closed at the end. */
static int treat_one_by_one(unsigned first, const struct fd_list *keep, int proc_fd, struct err *e)
{
        _cleanup_close_ int dir_fd = sys_procfs_open_at(proc_fd, "self/fd", O_RDONLY | O_DIRECTORY, e);
        _Alignas(8) char buf[4096];
        int n;

        if (dir_fd < 0)
                return dir_fd;
        while ((n = sys_getdents64(dir_fd, buf, sizeof buf)) > 0) {
                for (int at = 0; at < n;) {
                        const struct { uint64_t ino; int64_t off; uint16_t len; uint8_t type; char name[]; } *d = (void *) (buf + at);
                        uint64_t fd;

                        at += d->len;
                        if (num_parse_u64(d->name, strlen(d->name), 10, &fd) < 0 || fd < first || fd > INT_MAX)
                                continue;
                        if (!keep)
                                fcntl((int) fd, F_SETFD, FD_CLOEXEC);
                        else if ((int) fd != dir_fd && !has_fd(keep, (int) fd))
                                close((int) fd);
                }
        }
        return n < 0 ? err_sys(e, -n, "getdents64", "cannot list the open files") : 0;
}

int sys_exec_fds(unsigned first, int proc_fd, struct err *e)
{
        int r = sys_close_range(first, ~0U, CLOSE_RANGE_CLOEXEC);

        /* EINVAL: close_range is there (5.9), the flag is not (5.11).  EPERM: an old sandbox. */
        if (r == -ENOSYS || r == -EINVAL || r == -EPERM)
                return treat_one_by_one(first, NULL, proc_fd, e);
        return r < 0 ? err_sys(e, -r, "close_range", "cannot mark the open files close-on-exec") : 0;
}

static void sort_fds(int *fds, size_t n)
{
        for (size_t i = 1; i < n; i++)
                for (size_t j = i; j > 0 && fds[j - 1] > fds[j]; j--) {
                        int fd = fds[j];

                        fds[j] = fds[j - 1];
                        fds[j - 1] = fd;
                }
}

int sys_exec_close_others(unsigned first, int *keep, size_t n, int proc_fd, struct err *e)
{
        const struct fd_list kept = { keep, n };
        unsigned from = first;
        int r = 0;

        sort_fds(keep, n);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                if (keep[i] < 0 || (unsigned) keep[i] < from)
                        continue;
                if ((unsigned) keep[i] > from)
                        r = sys_close_range(from, (unsigned) keep[i] - 1, 0);
                from = (unsigned) keep[i] + 1;
        }
        if (r >= 0)
                r = sys_close_range(from, ~0U, 0);
        return r < 0 ? treat_one_by_one(first, &kept, proc_fd, e) : 0;
}

void sys_exec_signals(void)
{
        const struct sigaction dfl = { .sa_handler = SIG_DFL };
        sigset_t none;

        for (int sig = 1; sig < NSIG; sig++)
                if (sig != SIGKILL && sig != SIGSTOP)
                        sigaction(sig, &dfl, NULL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

int sys_exec(const char *path, const char *const *argv, const char *const *envp)
{
        execve(path, (char *const *) (uintptr_t) argv, (char *const *) (uintptr_t) envp);
        return -errno;
}
