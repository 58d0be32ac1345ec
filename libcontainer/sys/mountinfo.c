/* SPDX-License-Identifier: Apache-2.0 */
#include "mountinfo.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>

struct text {
        char *begin;
        size_t len, size;
};

static void text_done(struct text *t)
{
        if (t->begin)
                munmap(t->begin, t->size);
}

static int text_grow(struct text *t)
{
        size_t size = t->size ? t->size * 2 : 65536;
        char *p = t->begin ? mremap(t->begin, t->size, size, MREMAP_MAYMOVE) :
                             mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
                return -errno;
        t->begin = p;
        t->size = size;
        return 0;
}

static int text_read(struct text *t, int fd)
{
        for (;;) {
                if (t->len + 1 >= t->size) {
                        int r = text_grow(t);
                        if (r < 0)
                                return r;
                }
                ssize_t n = read(fd, t->begin + t->len, t->size - t->len - 1);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        t->begin[t->len] = '\0';
                        return n < 0 ? -errno : 0;
                }
                t->len += (size_t) n;
        }
}

static bool is_octal(char c) { return c >= '0' && c <= '7'; }

/* Blank, tab, newline and backslash stand as \ooo. */
static void unescape(char *s)
{
        char *to = s;
        while (*s)
                if (s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
                        *to++ = (char) ((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        s += 4;
                } else {
                        *to++ = *s++;
                }
        *to = '\0';
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": the fifth field, and the first after " - ". */
static bool split_line(char *line, char **ret_path, char **ret_type)
{
        char *p = line, *type = strstr(line, " - ");
        if (!type)
                return false;
        for (int field = 0; field < 4; field++) {
                p = strchr(p, ' ');
                if (!p || p >= type)
                        return false;
                p++;
        }
        type += strlen(" - ");
        type[strcspn(type, " ")] = '\0';
        p[strcspn(p, " ")] = '\0';
        unescape(p);
        *ret_path = p;
        *ret_type = type;
        return true;
}

int sys_mountinfo_each(int proc_fd, int (*each)(void *arg, const char *path, const char *type), void *arg, struct err *e)
{
        _cleanup_close_ int fd = proc_fd >= 0 ? openat(proc_fd, "self/mountinfo", O_RDONLY | O_CLOEXEC) :
                                                open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open '/proc/self/mountinfo'");
        _cleanup_(text_done) struct text t = { 0 };
        int r = text_read(&t, fd);
        if (r < 0)
                return err_sys(e, -r, "read", "cannot read '/proc/self/mountinfo'");
        for (char *line = t.begin, *end; *line; line = end + 1) {
                char *path, *type;
                end = line + strcspn(line, "\n");
                bool last = *end == '\0';
                *end = '\0';
                if (split_line(line, &path, &type)) {
                        r = each(arg, path, type);
                        if (r < 0)
                                return r;
                }
                if (last)
                        break;
        }
        return 0;
}
