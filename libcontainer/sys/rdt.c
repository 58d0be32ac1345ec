/* SPDX-License-Identifier: Apache-2.0 */
#include "rdt.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "num.h"
#include "str.h"

bool sys_rdt_exists(const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int sys_rdt_make(const char *path, struct err *e)
{
        int r;

        if (mkdir(path, 0755) == 0)
                return 0;
        r = err_sys(e, errno, "mkdir", "cannot make the resctrl group '%s'", path);
        if (r == -ENOSPC)
                err_hint(e, "the hardware has no further class of service (see info/*/num_closids) or monitor (num_rmids)");
        return r;
}

int sys_rdt_remove(const char *path, struct err *e)
{
        if (rmdir(path) == 0 || errno == ENOENT)
                return 0;
        return err_sys(e, errno, "rmdir", "cannot remove the resctrl group '%s'", path);
}

static int read_text(const char *dir, const char *name, char *buf, size_t size)
{
        char path[PATH_MAX];
        ssize_t n;

        if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int) sizeof path)
                return -ENAMETOOLONG;

        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, buf, size - 1);
        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return 0;
}

static void add_kernel_words(const char *root, struct err *e)
{
        char text[256];

        if (read_text(root, "info/last_cmd_status", text, sizeof text) < 0)
                return;
        text[strcspn(text, "\n")] = '\0';
        if (text[0] && !streq(text, "ok"))
                err_kernel(e, text);
}

static int write_text(const char *dir, const char *name, const char *text, size_t len)
{
        char path[PATH_MAX];

        if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int) sizeof path)
                return -ENAMETOOLONG;

        _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return write(fd, text, len) < 0 ? -errno : 0;
}

int sys_rdt_set_schema(const char *root, const char *path, const char *line, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        int r;

        strbuf_printf(&text, "%s\n", line);
        if (text.failed)
                return err_nomem(e);
        r = write_text(path, "schemata", text.text, text.len);
        if (r < 0) {
                err_sys(e, -r, "write", "cannot write '%s' to the schemata of resctrl group '%s'", line, path);
                add_kernel_words(root, e);
        }
        return r;
}

int sys_rdt_add_task(const char *root, const char *path, pid_t pid, struct err *e)
{
        char text[16];
        int len = snprintf(text, sizeof text, "%d", (int) pid);
        int r = write_text(path, "tasks", text, (size_t) len);

        if (r < 0) {
                err_sys(e, -r, "write", "cannot put process %d into the resctrl group '%s'", (int) pid, path);
                add_kernel_words(root, e);
        }
        return r;
}

/* "L3" of "  L3:0=7ff;1=7ff", and what follows the colon. */
static const char *resource_of(const char *line, size_t *ret_len)
{
        line += strspn(line, " \t");
        *ret_len = strcspn(line, ":\n");
        return line;
}

static bool same_resource(const char *a, size_t a_len, const char *b, size_t b_len)
{
        while (a_len > 0 && (a[a_len - 1] == ' ' || a[a_len - 1] == '\t'))
                a_len--;
        while (b_len > 0 && (b[b_len - 1] == ' ' || b[b_len - 1] == '\t'))
                b_len--;
        return a_len == b_len && memcmp(a, b, a_len) == 0;
}

struct domain {
        uint64_t id, value;
};

/* The next "domain=value" of a line; *AT moves behind it.  1, 0 at the end of the line, -EINVAL. */
static int next_domain(const char **at, unsigned base, struct domain *ret)
{
        size_t len;

        *at += strspn(*at, " \t;");
        if (**at == '\0' || **at == '\n')
                return 0;
        len = strspn(*at, "0123456789");
        if (num_parse_u64(*at, len, 10, &ret->id) < 0)
                return -EINVAL;
        *at += len;
        *at += strspn(*at, " \t");
        if (**at != '=')
                return -EINVAL;
        ++*at;
        *at += strspn(*at, " \t");
        if (base == 16 && (str_after(*at, "0x") || str_after(*at, "0X")))
                *at += 2;
        len = strcspn(*at, "; \t\n");
        if (num_parse_u64(*at, len, base, &ret->value) < 0)
                return -EINVAL;
        *at += len;
        return 1;
}

static bool has_domain(const char *line, unsigned base, const struct domain *wanted)
{
        struct domain d;

        while (next_domain(&line, base, &d) > 0)
                if (d.id == wanted->id)
                        return d.value == wanted->value;
        return false;
}

int sys_rdt_schema_matches(const char *schemata, const char *line, bool *ret)
{
        const char *found = NULL, *name, *at;
        size_t name_len, len;
        struct domain wanted;
        unsigned base;
        int r;

        name = resource_of(line, &name_len);
        if (name[name_len] != ':' || name_len == 0)
                return -EINVAL;
        base = strncmp(name, "MB", 2) == 0 || strncmp(name, "SMBA", 4) == 0 ? 10 : 16;
        for (const char *l = schemata; *l && !found; l += strcspn(l, "\n"), l += *l == '\n') {
                const char *other = resource_of(l, &len);

                if (other[len] == ':' && same_resource(name, name_len, other, len))
                        found = other + len + 1;
        }
        *ret = found != NULL;
        at = name + name_len + 1;
        while ((r = next_domain(&at, base, &wanted)) > 0)
                *ret = *ret && has_domain(found, base, &wanted);
        return r;
}

int sys_rdt_check_schema(const char *path, const char *line, struct err *e)
{
        char text[16384];
        bool matches;
        int r = read_text(path, "schemata", text, sizeof text);

        if (r < 0)
                return err_sys(e, -r, "read", "cannot read the schemata of resctrl group '%s'", path);
        r = sys_rdt_schema_matches(text, line, &matches);
        if (r < 0)
                return err_set(e, ERR_CONFIG, EINVAL, "'%s' is no line of a schemata file", line);
        if (matches)
                return 0;
        for (char *c = text; *c; c++)
                if (*c == '\n')
                        *c = ' ';
        err_set(e, ERR_CONFIG, EEXIST, "resctrl group '%s' exists and has other values than '%s'", path, line);
        err_hint(e, "its schemata: %s", text);
        return -EEXIST;
}
