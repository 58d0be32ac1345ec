/* SPDX-License-Identifier: Apache-2.0 */
#include "dir.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "lock.h"
#include "str.h"

static bool is_id_byte(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_+-.@", c));
}

/* What is wrong with the id goes into the sentence as it was given, and ids come from anywhere: show it, but bounded and
 * without control bytes. */
static int bad_id(const char *id, struct err *e, const char *why)
{
        char shown[64];
        size_t n = 0;

        for (; id[n] && n < sizeof shown - 4; n++)
                shown[n] = (unsigned char) id[n] < 0x20 || id[n] == 0x7f ? '?' : id[n];
        snprintf(shown + n, sizeof shown - n, "%s", id[n] ? "..." : "");
        return err_set(e, ERR_USAGE, EINVAL, "invalid container id '%s': %s", shown, why);
}

int state_id_check(const char *id, struct err *e)
{
        size_t len = strlen(id);

        if (len == 0)
                return bad_id(id, e, "it is empty");
        if (len > STATE_ID_MAX)
                return bad_id(id, e, "it is longer than 255 bytes");
        if (id[0] == '.' || id[0] == '-')
                return bad_id(id, e, "it may not begin with '.' or '-'");
        for (size_t i = 0; i < len; i++)
                if (!is_id_byte(id[i]))
                        return bad_id(id, e, "only letters, digits and '_', '+', '-', '.', '@' are allowed");
        return 0;
}

int state_root_default(char *buf, size_t size, struct err *e)
{
        const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
        int n;

        /* Root of a user namespace made for one user cannot write in the host's /run, root of a machine or of a system
         * container can: that, and not the environment, tells the two apart. */
        if (geteuid() == 0 && (access("/run", W_OK) == 0 || str_empty(runtime_dir)))
                n = snprintf(buf, size, "/run/berth");
        else if (!str_empty(runtime_dir))
                n = snprintf(buf, size, "%s/berth", runtime_dir);
        else
                n = 0;
        if (n == 0) {
                int r = err_set(e, ERR_USAGE, ENOENT, "no place for container state: XDG_RUNTIME_DIR is not set");

                err_hint(e, "set it (pam_systemd does at login), or give --root");
                return r;
        }
        if ((size_t) n >= size)
                return err_set(e, ERR_USAGE, ENAMETOOLONG, "XDG_RUNTIME_DIR is longer than a path may be");
        return 0;
}

static int make_root(const char *root, struct err *e)
{
        const char *runtime_dir = getenv("XDG_RUNTIME_DIR");
        char path[PATH_MAX];
        const char *below;

        if (snprintf(path, sizeof path, "%s", root) >= (int) sizeof path)
                return err_sys(e, ENAMETOOLONG, "mkdir", "cannot create state directory '%s'", root);
        for (char *slash = path + 1;; slash++) {
                char kept;

                slash += strcspn(slash, "/");
                kept = *slash;
                *slash = '\0';
                if (mkdir(path, 0700) < 0 && errno != EEXIST)
                        return err_sys(e, errno, "mkdir", "cannot create state directory '%s'", path);
                *slash = kept;
                if (!kept)
                        break;
        }
        below = str_empty(runtime_dir) ? NULL : str_after(root, runtime_dir);
        if (below && below[0] == '/' && chmod(root, S_ISVTX | 0700) < 0)
                return err_sys(e, errno, "chmod", "cannot set the sticky bit of state directory '%s'", root);
        return 0;
}

int state_root_open(const char *root, bool make, struct err *e)
{
        int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (fd >= 0)
                return fd;
        if (errno == ENOENT && !make)
                return -ENOENT;
        if (errno != ENOENT)
                return err_sys(e, errno, "open", "cannot open state directory '%s'", root);
        r = make_root(root, e);
        if (r < 0)
                return r;
        fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd >= 0 ? fd : err_sys(e, errno, "open", "cannot open state directory '%s'", root);
}

static int open_dir(int root_fd, const char *id)
{
        int fd = openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd >= 0 ? fd : -errno;
}

int state_dir_make(int root_fd, const char *id, struct err *e)
{
        int r = state_id_check(id, e);

        if (r < 0)
                return r;
        /* Between mkdir and lock a delete may take the still empty directory for a crashed creation and remove it: then
         * make it again.  Each round needs another delete at the very same moment. */
        for (int round = 0; round < 8; round++) {
                _cleanup_close_ int fd = -EBADF;

                if (mkdirat(root_fd, id, 0700) < 0) {
                        if (errno == EEXIST)
                                return err_set(e, ERR_EXISTS, EEXIST, "container with given ID already exists");
                        return err_sys(e, errno, "mkdirat", "cannot create the state directory of '%s'", id);
                }
                fd = open_dir(root_fd, id);
                if (fd == -ENOENT)
                        continue;
                if (fd < 0) {
                        r = err_sys(e, -fd, "openat", "cannot open the state directory of '%s'", id);
                        unlinkat(root_fd, id, AT_REMOVEDIR);
                        return r;
                }
                r = state_lock(fd, id, 1000, e);
                if (r >= 0)
                        return TAKE_FD(fd);
                if (r != -ENOENT)
                        return r;
        }
        return err_set(e, ERR_STATE, EBUSY, "container '%s' is deleted again and again while it is being created", id);
}

int state_dir_open(int root_fd, const char *id, struct err *e)
{
        int r = state_id_check(id, e);

        if (r < 0)
                return r;
        r = open_dir(root_fd, id);
        if (r == -ENOENT)
                return err_set(e, ERR_NOT_FOUND, ENOENT, "container does not exist");
        return r >= 0 ? r : err_sys(e, -r, "openat", "cannot open the state directory of '%s'", id);
}

/* Directories of ours have no directories below them. */
static int remove_subdir(int dir_fd, const char *name)
{
        _cleanup_close_ int fd = open_dir(dir_fd, name);
        _cleanup_close_ int list_fd = fd < 0 ? -EBADF : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_closedir_ DIR *dir = list_fd < 0 ? NULL : fdopendir(list_fd);
        const struct dirent *entry;

        if (!dir)
                return -errno;
        (void) TAKE_FD(list_fd);
        while ((entry = readdir(dir)))
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
                        unlinkat(fd, entry->d_name, 0);
        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int remove_entry(int dir_fd, const char *name)
{
        if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
                return 0;
        return errno == EISDIR ? remove_subdir(dir_fd, name) : -errno;
}

/* Removes everything but the record. */
static int empty_dir(int dir_fd, const char *id, struct err *e)
{
        _cleanup_close_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;
        int r;

        if (!dir)
                return err_sys(e, errno, "openat", "cannot read the state directory of '%s'", id);
        (void) TAKE_FD(fd);
        while ((entry = readdir(dir))) {
                if (streq(entry->d_name, ".") || streq(entry->d_name, "..") || streq(entry->d_name, "state"))
                        continue;
                r = remove_entry(dir_fd, entry->d_name);
                if (r < 0)
                        return err_sys(e, -r, "unlinkat", "cannot remove '%s/%s'", id, entry->d_name);
        }
        return 0;
}

int state_dir_remove(int root_fd, int dir_fd, const char *id, struct err *e)
{
        int r = empty_dir(dir_fd, id, e);

        if (r < 0)
                return r;
        if (unlinkat(dir_fd, "state", 0) < 0 && errno != ENOENT)
                return err_sys(e, errno, "unlinkat", "cannot remove the record of '%s'", id);
        if (unlinkat(root_fd, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
                return err_sys(e, errno, "unlinkat", "cannot remove the state directory of '%s'", id);
        return 0;
}
