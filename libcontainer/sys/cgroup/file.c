/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cgroup/private.h"

ssize_t cgroup_read(int dir_fd, const char *file, char *buf, size_t size)
{
        _cleanup_close_ int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = read(fd, buf, size);
        if (n < 0)
                return -errno;
        if ((size_t) n == size)
                return -E2BIG;
        if (n > 0 && buf[n - 1] == '\n')
                n--;
        buf[n] = '\0';
        return n;
}

int cgroup_write(int dir_fd, const char *file, const char *value)
{
        _cleanup_close_ int fd = openat(dir_fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        size_t len = strlen(value);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = write(fd, value, len);
        if (n < 0)
                return -errno;
        return (size_t) n == len ? 0 : -EIO;
}

const char *cgroup_next_word(const char **list, size_t *ret_len)
{
        const char *word = *list + strspn(*list, " ,\n");

        *ret_len = strcspn(word, " ,\n");
        *list = word + *ret_len;
        return *ret_len > 0 ? word : NULL;
}

bool cgroup_list_has(const char *list, const char *word, size_t len)
{
        const char *item;
        size_t n;

        while ((item = cgroup_next_word(&list, &n)))
                if (n == len && strncmp(item, word, len) == 0)
                        return true;
        return false;
}

int cgroup_mkdir(const char *dir)
{
        char path[PATH_MAX];

        if (mkdir(dir, 0755) == 0)
                return 1;
        if (errno == EEXIST)
                return 0;
        if (errno != ENOENT || (size_t) snprintf(path, sizeof path, "%s", dir) >= sizeof path)
                return -errno;
        for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                int num = 0;

                *slash = '\0';
                if (mkdir(path, 0755) < 0)
                        num = errno;
                /* What is above the mount point exists, and says so in its own way (EROFS, EACCES). */
                if (num && num != EEXIST && access(path, F_OK) < 0)
                        return -num;
                *slash = '/';
        }
        if (mkdir(dir, 0755) == 0)
                return 1;
        return errno == EEXIST ? 0 : -errno;
}

const char *sys_cgroup_dir(const struct cgroup *cg, int h, char *buf, size_t size)
{
        const char *mount = h == CGROUP_V2 ? cg->host->v2_mount : cg->host->v1[h].mount;

        snprintf(buf, size, "%s%s", mount, cg->path);
        return buf;
}

int cgroup_open_dir(const struct cgroup *cg, int h)
{
        char dir[PATH_MAX];
        int fd = open(sys_cgroup_dir(cg, h, dir, sizeof dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

        return fd < 0 ? -errno : fd;
}

int cgroup_v2_fd(struct cgroup *cg)
{
        if (cg->v2_fd < 0)
                cg->v2_fd = cgroup_open_dir(cg, CGROUP_V2);
        return cg->v2_fd;
}

uint64_t cgroup_now_msec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

int cgroup_left_msec(uint64_t deadline_msec)
{
        uint64_t now = cgroup_now_msec();

        return now >= deadline_msec ? 0 : (int) MIN(deadline_msec - now, (uint64_t) INT_MAX);
}
