/* SPDX-License-Identifier: Apache-2.0 */
#include "lsm.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "procfs.h"
#include "str.h"

#define ATTR "thread-self/attr/"
enum { LABEL_MAX_BYTES = 4096 };

bool sys_lsm_is_profile(const char *text, size_t len, const char *profile)
{
        size_t want = strlen(profile);

        while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\0'))
                len--;
        if (profile[0] == ':' || profile[0] == '&' || strstr(profile, "//&"))
                return len > 0;
        if (len < want || memcmp(text, profile, want) != 0)
                return false;
        /* What follows the name is the profile's mode: " (enforce)". */
        return len == want || (len > want + 3 && text[want] == ' ' && text[want + 1] == '(' && text[len - 1] == ')' &&
                               !memchr(text + want + 2, ' ', len - want - 2));
}

/* What FILE below attr/ says now; the count of bytes or -errno. */
static ssize_t read_attr(int proc_fd, const char *file, char buf[static LABEL_MAX_BYTES])
{
        _cleanup_close_ int fd = sys_procfs_open_at(proc_fd, file, O_RDONLY, NULL);
        ssize_t n;

        if (fd < 0)
                return fd;
        n = read(fd, buf, LABEL_MAX_BYTES);
        return n < 0 ? -errno : n;
}

/* One write is one command: the kernel takes no partial label. */
static int write_attr(int proc_fd, const char *file, const char *text, size_t len)
{
        _cleanup_close_ int fd = sys_procfs_open_at(proc_fd, file, O_WRONLY, NULL);
        struct statfs fs;
        ssize_t n;

        if (fd < 0)
                return fd;
        /* A plain file would take the label and even show it again. */
        if (fstatfs(fd, &fs) < 0)
                return -errno;
        if (fs.f_type != PROC_SUPER_MAGIC)
                return -EXDEV;
        n = write(fd, text, len);
        return n < 0 ? -errno : (size_t) n == len ? 0 : -EIO;
}

static int not_in_effect(const char *what, const char *label, const char *file, const char *got, ssize_t n, struct err *e)
{
        if (n < 0)
                return err_sys(e, (int) -n, "read", "cannot read the %s '%s' back from `/proc/%s`", what, label, file);
        while (n > 0 && (got[n - 1] == '\n' || got[n - 1] == '\0'))
                n--;
        return err_set(e, ERR_HOST, EIO, "the %s '%s' did not take effect: `/proc/%s` says '%.*s'", what, label, file,
                       (int) n, got);
}

static void hint_apparmor(int num, const char *profile, struct err *e)
{
        if (num == ENOENT)
                err_hint(e, "profile '%s' is not loaded: see 'aa-status', and load it with 'apparmor_parser -r FILE'", profile);
        else if (num == EACCES || num == EPERM)
                err_hint(e, "the runtime's own AppArmor profile, or no_new_privs, does not permit the change to '%s'", profile);
        else if (num == EINVAL)
                err_hint(e, "is AppArmor enabled in this kernel?");
}

/* Since Linux 5.8 each LSM has attributes of its own; before, one of them owned attr/exec. */
static const char *apparmor_dir(int proc_fd)
{
        _cleanup_close_ int fd = sys_procfs_open_at(proc_fd, ATTR "apparmor", O_PATH | O_DIRECTORY, NULL);

        return fd >= 0 ? ATTR "apparmor/" : ATTR;
}

/* WHAT the kernel is told, to which of the process's attributes. */
static int change_apparmor(int proc_fd, const char *what, const char *attr, const char *profile, struct err *e)
{
        const char *dir = apparmor_dir(proc_fd);
        char file[64], buf[LABEL_MAX_BYTES], command[LABEL_MAX_BYTES];
        int len = snprintf(command, sizeof command, "%s %s", what, profile);
        ssize_t n;
        int r;

        if (len >= (int) sizeof command)
                return err_set(e, ERR_CONFIG, ENAMETOOLONG, "the AppArmor profile's name is too long");
        snprintf(file, sizeof file, "%scurrent", dir);
        n = read_attr(proc_fd, file, buf);
        if (streq(profile, "unconfined") && n > 0 && sys_lsm_is_profile(buf, (size_t) n, profile))
                return 0;
        snprintf(file, sizeof file, "%s%s", dir, attr);
        r = write_attr(proc_fd, file, command, (size_t) len);
        if (r < 0) {
                err_sys(e, -r, "write", "cannot set AppArmor profile '%s' by `/proc/%s`", profile, file);
                hint_apparmor(-r, profile, e);
                return r;
        }
        n = read_attr(proc_fd, file, buf);
        if (n <= 0 || !sys_lsm_is_profile(buf, (size_t) n, profile))
                return not_in_effect("AppArmor profile", profile, file, buf, n, e);
        return 0;
}

int sys_lsm_set_apparmor(int proc_fd, const char *profile, struct err *e)
{
        return change_apparmor(proc_fd, "exec", "exec", profile, e);
}

int sys_lsm_take_apparmor(int proc_fd, const char *profile, struct err *e)
{
        return change_apparmor(proc_fd, "changeprofile", "current", profile, e);
}

static void hint_selinux(int num, const char *label, struct err *e)
{
        if (num == EINVAL)
                err_hint(e, "'%s' is no context of the loaded policy: see 'ls -Z' and 'seinfo -t'", label);
        else if (num == EACCES || num == EPERM)
                err_hint(e, "the policy does not let the runtime set it: see 'ausearch -m avc -ts recent'");
}

int sys_lsm_set_selinux(int proc_fd, const char *label, struct err *e)
{
        static const char file[] = ATTR "exec";
        size_t len = strlen(label);
        char buf[LABEL_MAX_BYTES];
        ssize_t n;
        int r;

        if (len >= sizeof buf)
                return err_set(e, ERR_CONFIG, ENAMETOOLONG, "the SELinux label is too long");
        r = write_attr(proc_fd, file, label, len);
        if (r < 0) {
                err_sys(e, -r, "write", "cannot set SELinux label '%s' by `/proc/%s`", label, file);
                hint_selinux(-r, label, e);
                return r;
        }
        n = read_attr(proc_fd, file, buf);
        if (n < (ssize_t) len || memcmp(buf, label, len) != 0 || (n > (ssize_t) len && buf[len] != '\0' && buf[len] != '\n'))
                return not_in_effect("SELinux label", label, file, buf, n, e);
        return 0;
}
