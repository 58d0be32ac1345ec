/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "num.h"
#include "str.h"
#include "syscalls.h"

enum {
        MAGIC_CGROUP = 0x27e0eb,
        MAGIC_CGROUP2 = 0x63677270,
        MAGIC_RESCTRL = 0x7655821,
        MAGIC_SELINUX = 0xf97cff8c & 0x7fffffff, /* compared without the sign bit */
};

static const char cgroup_root[] = "/sys/fs/cgroup";

/* What a small file of procfs or sysfs holds, NUL-terminated; they answer all of it in one read.  Returns the length or
 * -errno; a longer file is cut. */
static ssize_t read_small(const char *path, char *buf, size_t size)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = read(fd, buf, size - 1);
        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return n;
}

static bool has_magic(const char *path, unsigned long magic)
{
        struct statfs fs;

        return statfs(path, &fs) == 0 && ((unsigned long) fs.f_type & 0x7fffffff) == magic;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Who we are */

/* The first user namespace has a fixed inode number: PROC_USER_INIT_INO, since 6.18 in <linux/nsfs.h>. */
static const ino_t init_user_ns_ino = 0xEFFFFFFDU;

/* Is /proc that of our own pid namespace?  In another's the numbers are other processes: their id maps, limits and OOM
 * scores would be set in place of init's. */
static int check_procfs(struct err *e)
{
        char text[32];
        ssize_t n = readlink("/proc/self", text, sizeof text - 1);
        int64_t pid = 0;

        if (n < 0) {
                err_sys(e, errno, "readlink", "cannot read '/proc/self'");
                err_hint(e, "berth needs a proc file system on /proc");
                return -e->num;
        }
        text[n] = '\0';
        if (num_parse_range(text, 1, INT32_MAX, &pid) == 0 && pid == getpid())
                return 0;
        err_set(e, ERR_HOST, EXDEV, "the proc file system on '/proc' belongs to another pid namespace");
        err_hint(e, "mount one of this pid namespace over it, as 'unshare --mount-proc' does");
        return -EXDEV;
}

/* In a user namespace CAP_SYS_ADMIN may be held over that one, while the mount namespace still belongs to its parent. */
static bool owns_mount_ns(ino_t user_ns)
{
        _cleanup_close_ int mnt_fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int owner_fd = -EBADF;
        struct stat st;

        if (mnt_fd < 0)
                return false;
        owner_fd = ioctl(mnt_fd, _IO(0xb7, 0x1) /* NS_GET_USERNS, Linux 4.9 */);
        return owner_fd >= 0 && fstat(owner_fd, &st) == 0 && st.st_ino == user_ns;
}

static int probe_identity(struct host *host, struct err *e)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
        struct stat st;
        int r;

        host->euid = geteuid();
        host->egid = getegid();
        if (stat("/proc/self/ns/user", &st) == 0)
                host->in_user_ns = st.st_ino != init_user_ns_ino;
        else if (errno != ENOENT || access("/proc/self", F_OK) < 0)
                return err_sys(e, errno, "stat", "cannot look at '/proc/self/ns/user'");
        else
                st.st_ino = init_user_ns_ino; /* a kernel without user namespaces */
        r = sys_capget(&header, data);
        if (r < 0)
                return err_sys(e, -r, "capget", "cannot read our capabilities");
        host->privileged = (data[0].effective >> CAP_SYS_ADMIN & 1) && (!host->in_user_ns || owns_mount_ns(st.st_ino));
        return 0;
}

/* One read instead of a prctl(PR_CAPBSET_READ) per capability. */
static int probe_bounding_set(struct host *host, struct err *e)
{
        char buf[4096];
        ssize_t n = read_small("/proc/self/status", buf, sizeof buf);
        const char *line;

        if (n < 0)
                return err_sys(e, (int) -n, "read", "cannot read '/proc/self/status'");
        line = strstr(buf, "\nCapBnd:\t");
        if (!line || num_parse_u64(line + 9, strcspn(line + 9, "\n"), 16, &host->bounding_caps) < 0)
                return err_set(e, ERR_HOST, EPROTO, "'/proc/self/status' has no readable CapBnd line");
        return 0;
}

/* The kernel knows a capability when it can say whether it is in the bounding set; ask upwards from what we know. */
static void probe_last_cap(struct host *host)
{
        unsigned cap = CAP_LAST_CAP;

        while (cap > 0 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
                cap--;
        while (cap < 63 && prctl(PR_CAPBSET_READ, cap + 1, 0, 0, 0) >= 0)
                cap++;
        host->last_cap = cap;
}

/* ------------------------------------------------------------------------------------------------------------------
 * cgroups */

static char *unescape_mount(char *text)
{
        char *to = text;

        for (const char *from = text; *from; to++) {
                uint64_t byte;

                if (from[0] == '\\' && strlen(from) >= 4 && num_parse_u64(from + 1, 3, 8, &byte) == 0) {
                        *to = (char) byte;
                        from += 4;
                } else {
                        *to = *from++;
                }
        }
        *to = '\0';
        return text;
}

/* Is WORD one of the comma-separated LIST? */
static bool list_has(const char *list, const char *word, size_t len)
{
        for (const char *at = list; *at;) {
                size_t n = strcspn(at, ",");

                if (n == len && strncmp(at, word, len) == 0)
                        return true;
                at += n + (at[n] == ',');
        }
        return false;
}

struct mount_line {
        char *where, *type, *options; /* in the line itself; .options are the super block's */
};

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw,errors=continue": false when it is nothing like that. */
static bool split_mount_line(char *line, struct mount_line *ret)
{
        enum { BEFORE_WHERE = 4 };
        char *tail = strstr(line, " - "), *save = NULL;

        if (!tail)
                return false;
        *tail = '\0';
        strtok_r(line, " ", &save);
        for (int i = 1; i < BEFORE_WHERE; i++)
                strtok_r(NULL, " ", &save);
        ret->where = strtok_r(NULL, " ", &save);
        ret->type = strtok_r(tail + strlen(" - "), " ", &save);
        strtok_r(NULL, " ", &save); /* source */
        ret->options = strtok_r(NULL, " \n", &save);
        return ret->where && ret->type && ret->options;
}

/* Where a file system of TYPE is mounted, one with super option OPTION if that is not NULL.  The slow way: proportional to
 * the mounts of the host.  0 with *RET NULL when there is none. */
static int find_mount(struct arena *arena, const char *type, const char *option, const char **ret, struct err *e)
{
        _cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        *ret = NULL;
        if (!f)
                return err_sys(e, errno, "open", "cannot read '/proc/self/mountinfo'");
        while (!*ret && getline(&line, &size, f) > 0) {
                struct mount_line mount;

                if (!split_mount_line(line, &mount) || !streq(mount.type, type))
                        continue;
                if (option && !list_has(mount.options, option, strcspn(option, ",")))
                        continue;
                *ret = arena_strdup(arena, unescape_mount(mount.where));
                if (!*ret)
                        return err_nomem(e);
        }
        return 0;
}

/* By name where everybody mounts it, each try confirmed by the file system's type: "cpu,cpuacct" as it is listed, then by
 * its first controller (a symlink there); "name=systemd" without the prefix. */
static const char *usual_v1_mount(struct arena *arena, const char *controllers)
{
        const char *name = str_after(controllers, "name=");
        char path[PATH_MAX];
        size_t first;

        name = name ? name : controllers;
        snprintf(path, sizeof path, "%s/%s", cgroup_root, name);
        if (has_magic(path, MAGIC_CGROUP))
                return arena_strdup(arena, path);
        first = strcspn(name, ",");
        snprintf(path, sizeof path, "%s/%.*s", cgroup_root, (int) first, name);
        if (name[first] && has_magic(path, MAGIC_CGROUP))
                return arena_strdup(arena, path);
        return NULL;
}

static int add_v1(struct arena *arena, struct host *host, const char *controllers, const char *own, struct err *e)
{
        struct host_cgroup_v1 *v1 = &host->v1[host->n_v1];
        const char *mount = usual_v1_mount(arena, controllers);
        int r;

        if (host->n_v1 == HOST_CGROUP_V1_MAX)
                return err_set(e, ERR_HOST, E2BIG, "more than %d cgroup v1 hierarchies", HOST_CGROUP_V1_MAX);
        if (!mount) {
                r = find_mount(arena, "cgroup", controllers, &mount, e);
                if (r < 0 || !mount)
                        return r; /* a hierarchy without a mount cannot be used, nor can it confine us */
        }
        *v1 = (struct host_cgroup_v1) { arena_strdup(arena, controllers), mount, arena_strdup(arena, own) };
        if (!v1->controllers || !v1->own)
                return err_nomem(e);
        host->n_v1++;
        return 0;
}

/* Each line of /proc/self/cgroup is id:controllers:path; id 0 with no controllers is cgroup2. */
static int add_own_line(struct arena *arena, struct host *host, char *line, struct err *e)
{
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;

        if (!path)
                return err_set(e, ERR_HOST, EPROTO, "'/proc/self/cgroup' has an odd line '%s'", line);
        *controllers++ = '\0';
        *path++ = '\0';
        if (controllers[0])
                return host->cgroup == HOST_CGROUP_V2 ? 0 : add_v1(arena, host, controllers, path, e);
        host->v2_own = arena_strdup(arena, path);
        return host->v2_own ? 0 : err_nomem(e);
}

static int probe_own_cgroups(struct arena *arena, struct host *host, struct err *e)
{
        char buf[16384], *save = NULL;
        ssize_t n = read_small("/proc/self/cgroup", buf, sizeof buf);

        if (n == -ENOENT)
                return 0; /* a kernel without cgroups */
        if (n < 0)
                return err_sys(e, (int) -n, "read", "cannot read '/proc/self/cgroup'");
        for (char *line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                int r = add_own_line(arena, host, line, e);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* Beside v1 hierarchies: where systemd mounts it; a few distributions use another name. */
static int find_hybrid_v2(struct arena *arena, struct host *host, struct err *e)
{
        if (has_magic("/sys/fs/cgroup/unified", MAGIC_CGROUP2))
                host->v2_mount = "/sys/fs/cgroup/unified";
        else if (host->n_v1 == 0 && host->v2_own)
                return find_mount(arena, "cgroup2", NULL, &host->v2_mount, e);
        return 0;
}

static int read_v2_controllers(struct arena *arena, struct host *host, struct err *e)
{
        char path[PATH_MAX], buf[512];
        ssize_t n;

        snprintf(path, sizeof path, "%s/cgroup.controllers", host->v2_mount);
        n = read_small(path, buf, sizeof buf);
        buf[n < 0 ? 0 : strcspn(buf, "\n")] = '\0';
        host->v2_controllers = arena_strdup(arena, buf);
        return host->v2_controllers ? 0 : err_nomem(e);
}

static int probe_cgroups(struct arena *arena, struct host *host, struct err *e)
{
        int r;

        if (has_magic(cgroup_root, MAGIC_CGROUP2)) {
                host->cgroup = HOST_CGROUP_V2;
                host->v2_mount = cgroup_root;
        }
        r = probe_own_cgroups(arena, host, e);
        if (r == 0 && !host->v2_mount)
                r = find_hybrid_v2(arena, host, e);
        if (r < 0)
                return r;
        if (host->n_v1 > 0)
                host->cgroup = host->v2_mount ? HOST_CGROUP_HYBRID : HOST_CGROUP_V1;
        else if (host->v2_mount)
                host->cgroup = HOST_CGROUP_V2;
        return host->v2_mount ? read_v2_controllers(arena, host, e) : 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

int sys_probe_cgroup(struct arena *arena, struct host *host, struct err *e)
{
        int r;

        *host = (struct host) { 0 };
        r = probe_identity(host, e);
        return r < 0 ? r : probe_cgroups(arena, host, e);
}

int sys_probe(struct arena *arena, struct host *host, struct err *e)
{
        int r = check_procfs(e);

        if (r == 0)
                r = sys_probe_cgroup(arena, host, e);
        if (r < 0)
                return r;
        probe_last_cap(host);
        host->page_size = (uint32_t) sysconf(_SC_PAGESIZE);
        return probe_bounding_set(host, e);
}

void sys_probe_lsm(struct host *host)
{
        char buf[16];

        host->apparmor = read_small("/sys/module/apparmor/parameters/enabled", buf, sizeof buf) > 0 && buf[0] == 'Y';
        /* Before a policy is loaded every process has the label "kernel", and labels mean nothing. */
        host->selinux = has_magic("/sys/fs/selinux", MAGIC_SELINUX) &&
                        read_small("/proc/self/attr/current", buf, sizeof buf) > 0 && !streq(buf, "kernel");
}

int sys_probe_resctrl(struct arena *arena, struct host *host, struct err *e)
{
        if (has_magic("/sys/fs/resctrl", MAGIC_RESCTRL)) {
                host->resctrl = "/sys/fs/resctrl";
                return 0;
        }
        return find_mount(arena, "resctrl", NULL, &host->resctrl, e);
}

void sys_probe_nr_open(struct host *host)
{
        char buf[32];
        ssize_t n = read_small("/proc/sys/fs/nr_open", buf, sizeof buf);
        uint64_t value;

        if (n > 0 && num_parse_u64(buf, strcspn(buf, "\n"), 10, &value) == 0)
                host->nr_open = value;
}
