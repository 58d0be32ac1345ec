/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts from JSON to the kernel: plan/mounts.c, run/apply-mounts.c and sys/mount.c together, as root in a mount namespace
 * of its own.  The same tests run on ever older kernels: without mount_setattr(2), without move_mount(2), with mount(2) and
 * open(2) alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <linux/magic.h>

#include "lacking.h"
#include "parse.h"
#include "plan/mounts.h"
#include "plan/ns.h"
#include "run/apply-mounts.h"
#include "str.h"
#include "sys/procfs.h"
#include "sys/syscalls.h"

enum { SKIPPED = 77 };

/* What this kernel still has. */
static struct { bool setattr, move, api; } kernel = { true, true, true };

static struct {
        char dir[64]; /* a tmpfs; root/ below it is a mount of its own, src/ holds what is bound */
        int dir_fd;
        struct host host;
        struct run run;
        struct err e;
} t;

static void path_in_dir(char *buf, size_t size, const char *path) { snprintf(buf, size, "%s/%s", t.dir, path); }
static void make_dir(const char *path, mode_t mode)
{
        assert_return_code(mkdirat(t.dir_fd, path, 0700), errno);
        assert_return_code(fchmodat(t.dir_fd, path, mode, 0), errno);
}
static void make_link(const char *text, const char *path) { assert_return_code(symlinkat(text, t.dir_fd, path), errno); }
static void make_file(const char *path, const char *text)
{
        _cleanup_close_ int fd = openat(t.dir_fd, path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);
        assert_return_code(fd, errno);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int setup(void **state _unused_)
{
        char path[96];
        snprintf(t.dir, sizeof t.dir, "/tmp/berth-mounts-XXXXXX");
        assert_non_null(mkdtemp(t.dir));
        assert_return_code(mount("t", t.dir, "tmpfs", 0, "mode=755"), errno);
        t.dir_fd = open(t.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        make_dir("root", 0755);
        make_dir("src", 0755);
        make_dir("src/sub", 0755);
        make_file("src/file", "content");
        path_in_dir(path, sizeof path, "src/sub");
        assert_return_code(mount("t", path, "tmpfs", 0, NULL), errno);
        path_in_dir(path, sizeof path, "root");
        assert_return_code(mount(path, path, NULL, MS_BIND, NULL), errno);
        assert_return_code(mount(NULL, path, NULL, MS_PRIVATE, NULL), errno);
        t.run = RUN_INIT;
        t.run.rootfs_fd = openat(t.dir_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        t.run.proc_fd = sys_procfs_open(&t.e);
        t.host = (struct host) { .privileged = true };
        assert_true(t.run.proc_fd >= 0);
        return 0;
}

static int teardown(void **state _unused_)
{
        safe_close(t.run.rootfs_fd);
        safe_close(t.run.proc_fd);
        safe_close(t.run.idmap_fd);
        close(t.dir_fd);
        umount2(t.dir, MNT_DETACH);
        return rmdir(t.dir);
}

static int run_rows(struct planner *p)
{
        int fds[64], r = 0;
        p->plan->steps = p->steps;
        p->plan->n_steps = p->n_steps;
        assert_in_range(p->n_steps, 1, ARRAY_SIZE(fds));
        for (size_t i = 0; i < p->n_steps; i++)
                fds[i] = -EBADF;
        t.run.plan = p->plan;
        t.run.step_fds = fds;
        for (size_t i = 0; r == 0 && i < p->n_steps; i++)
                r = p->steps[i].op == PLAN_SOURCE_OPEN ? apply_source_open_mount(&t.run, &p->steps[i], &t.e)
                                                       : apply_mount_attach(&t.run, &p->steps[i], &t.e);
        for (size_t i = 0; i < p->n_steps; i++)
                safe_close(fds[i]);
        t.run.step_fds = NULL;
        t.run.idmap_of = NULL; /* it lived in the plan */
        return r;
}

/* Plan and make MOUNTS.  '@' in it stands for the test's directory. */
static int make_mounts(const char *lin, const char *mounts)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        struct plan_request request = { .id = "c", .bundle = t.dir };
        struct faults faults = { .arena = arena, .file = "config.json" };
        struct oci_spec *spec;
        strbuf_printf(&text, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"root\"},\"linux\":{%s},\"mounts\":[", lin);
        for (; *mounts; mounts++)
                if (*mounts == '@')
                        strbuf_adds(&text, t.dir);
                else
                        strbuf_addc(&text, *mounts);
        strbuf_adds(&text, "]}");
        t.e = ERR_INIT;
        if (oci_spec_parse(arena, text.text, text.len, &faults, &spec, &t.e) < 0)
                fail_msg("%s: %s", text.text, t.e.text);
        struct plan plan = { .spec = spec, .host = &t.host, .request = &request, .config_name = "config.json", .cgroup_path = "/c" };
        plan_decide_ns(&plan);
        struct planner p = { .arena = arena, .plan = &plan };
        int r = plan_add_mounts_source(&p, &t.e);
        if (r == 0)
                r = plan_add_mounts(&p, &t.e);
        return r < 0 ? r : run_rows(&p);
}

#define NS "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"}]"
#define M(dest, type, source, options)                                                                                 \
        "{\"destination\":\"" dest "\",\"type\":\"" type "\",\"source\":\"" source "\",\"options\":[" options "]}"

static void must_mount(const char *mounts)
{
        int r = make_mounts(NS, mounts);
        if (r < 0)
                fail_msg("%s: %s (kernel: %s)", mounts, t.e.text, t.e.kernel);
}

static void must_fail(const char *mounts, int num, const char *text)
{
        int r = make_mounts(NS, mounts);
        if (r != -num || !streq(t.e.text, text))
                fail_msg("%s: %d '%s'", mounts, r, t.e.text);
}

static struct statfs fs_of(const char *path)
{
        char full[128];
        struct statfs fs;
        path_in_dir(full, sizeof full, path);
        assert_return_code(statfs(full, &fs), errno);
        return fs;
}
static long magic_of(const char *path) { return fs_of(path).f_type; }
static unsigned long flags_of(const char *path) { return (unsigned long) fs_of(path).f_flags & ~0x20UL & ~(unsigned long) ST_RELATIME; }

static struct stat stat_of(const char *path)
{
        struct stat st;
        if (fstatat(t.dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                fail_msg("'%s': %s", path, errno_text(errno));
        return st;
}
static bool exists(const char *path) { return faccessat(t.dir_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

/* The line of mountinfo whose mount point is PATH, the last one; "" without. */
static const char *mountinfo_of(const char *path)
{
        static char line[1024], found[1024];
        char point[96];
        _cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
        snprintf(point, sizeof point, " %s/%s ", t.dir, path);
        found[0] = '\0';
        while (fgets(line, sizeof line, f))
                if (strstr(line, point))
                        memcpy(found, line, sizeof found);
        return found;
}

static void test_file_systems(void **state _unused_)
{
        char here[128], after[128];
        assert_non_null(getcwd(here, sizeof here));
        must_mount(M("/proc", "proc", "proc", "\"nosuid\",\"noexec\",\"nodev\"") ","
                   M("/dev", "tmpfs", "tmpfs", "\"nosuid\",\"strictatime\",\"mode=0751\",\"size=64k\"") ","
                   M("/dev/pts", "devpts", "devpts", "\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"") ","
                   M("/dev/mqueue", "mqueue", "mqueue", "\"nosuid\"") "," M("/sys", "sysfs", "sysfs", "\"ro\""));
        assert_int_equal(magic_of("root/proc"), PROC_SUPER_MAGIC);
        assert_int_equal(magic_of("root/dev"), TMPFS_MAGIC);
        assert_int_equal(magic_of("root/dev/pts"), DEVPTS_SUPER_MAGIC);
        assert_int_equal(magic_of("root/dev/mqueue"), 0x19800202);
        assert_int_equal(magic_of("root/sys"), SYSFS_MAGIC);
        assert_int_equal(flags_of("root/proc"), ST_NOSUID | ST_NOEXEC | ST_NODEV);
        assert_int_equal(flags_of("root/dev"), ST_NOSUID);
        assert_int_equal(fs_of("root/dev").f_flags & ST_RELATIME, 0);
        assert_int_equal(flags_of("root/sys"), ST_RDONLY);
        assert_int_equal(stat_of("root/dev").st_mode, S_IFDIR | 0751);
        assert_int_equal(stat_of("root/dev/pts/ptmx").st_mode, S_IFCHR | 0666);
        assert_non_null(strstr(mountinfo_of("root/dev/pts"), "gid=5"));
        assert_non_null(strstr(mountinfo_of("root/dev"), " - tmpfs tmpfs "));
        assert_string_equal(getcwd(after, sizeof after), here);
}

static void test_refused(void **state _unused_)
{
        if (kernel.api) {
                must_fail(M("/t", "tmpfs", "tmpfs", "\"nosuid\",\"size=1m,bogus=1\""), EINVAL,
                          "mount 'tmpfs' on '/t': option 'bogus=1' rejected: Invalid argument (EINVAL)");
                assert_string_equal(t.e.kernel, "tmpfs: Unknown parameter 'bogus'");
                assert_string_equal(t.e.pointer, "/mounts/0/options/1");
                assert_string_equal(t.e.call, "fsconfig");
        } else {
                must_fail(M("/t", "tmpfs", "tmpfs", "\"nosuid\",\"size=1m,bogus=1\""), EINVAL,
                          "mount 'tmpfs' on '/t' with options 'size=1m,bogus=1': Invalid argument (EINVAL)");
        }
        must_fail(M("/t", "nosuchfs", "x", ""), ENODEV, "mount 'nosuchfs' on '/t': unknown file system type 'nosuchfs'");
        assert_non_null(strstr(t.e.hint, "/proc/filesystems"));
        assert_string_equal(mountinfo_of("root/t"), "");
}

static void test_binds(void **state _unused_)
{
        must_mount(M("/d", "bind", "@/src", "\"bind\",\"ro\",\"nosuid\"") "," M("/new/file", "bind", "src/file", "\"bind\"") ","
                   M("/all", "bind", "@/src", "\"rbind\""));
        assert_int_equal(flags_of("root/d"), ST_RDONLY | ST_NOSUID);
        assert_int_equal(flags_of("src"), 0);
        assert_int_equal(stat_of("root/new/file").st_ino, stat_of("src/file").st_ino);
        assert_int_equal(stat_of("root/all/sub").st_dev, stat_of("src/sub").st_dev);
        assert_int_not_equal(stat_of("root/d/sub").st_dev, stat_of("src/sub").st_dev);
}

static void test_bind_keeps_attributes(void **state _unused_)
{
        must_mount(M("/one", "tmpfs", "t", "\"nodev\",\"nosuid\",\"noatime\""));
        must_mount(M("/two", "bind", "@/root/one", "\"bind\",\"noexec\",\"suid\""));
        assert_int_equal(flags_of("root/two"), ST_NODEV | ST_NOEXEC | ST_NOATIME);
        must_mount(M("/three", "bind", "@/root/one", "\"bind\",\"relatime\""));
        assert_int_equal(fs_of("root/three").f_flags & (ST_RELATIME | ST_NOATIME | ST_NODEV), ST_RELATIME | ST_NODEV);
}

static void test_recursive_attributes(void **state _unused_)
{
        const char *mounts = M("/all", "bind", "@/src", "\"rbind\",\"rro\",\"rnoexec\",\"exec\"");
        must_mount(mounts);
        assert_int_equal(flags_of("root/all"), ST_RDONLY);
        assert_int_equal(flags_of("root/all/sub"), ST_RDONLY | ST_NOEXEC);
        assert_int_equal(flags_of("src/sub"), 0);
}

static void test_kinds_must_match(void **state _unused_)
{
        char expected[256];
        make_dir("root/dir", 0755);
        snprintf(expected, sizeof expected, "mount '%s/src/file' on '/dir': a file cannot be mounted on a directory", t.dir);
        int r = make_mounts(NS, M("/dir", "bind", "@/src/file", "\"bind\""));
        assert_int_equal(r, -ENOTDIR);
        if (kernel.move)
                assert_string_equal(t.e.text, expected);
        r = make_mounts(NS, M("/d", "bind", "@/missing", "\"bind\""));
        assert_int_equal(r, -ENOENT);
        snprintf(expected, sizeof expected, "mount '%s/missing' on '/d': cannot ", t.dir);
        assert_non_null(str_after(t.e.text, expected));
        assert_false(exists("root/d"));
        must_mount(M("/d", "bind", "@/missing", "\"bind\",\"nofail\""));
        assert_false(exists("root/d"));
}

/* Links lead within the root, proc and sysfs not through any. */
static void test_links(void **state _unused_)
{
        char out[96];
        make_dir("root/real", 0755);
        make_dir("outside", 0755);
        path_in_dir(out, sizeof out, "outside");
        make_link("/real", "root/link");
        make_link(out, "root/escape");
        make_link("../../outside", "root/escape2");
        make_link("real", "root/proc");
        make_link("/outside", "root/sys");
        must_mount(M("/link", "tmpfs", "t", "") "," M("/escape/x", "tmpfs", "t", "") "," M("/escape2", "bind", "@/src", "\"bind\""));
        assert_int_equal(stat_of("root/real").st_ino, 1);
        assert_false(exists("outside/x"));
        assert_true(exists("root/outside/file"));
        assert_false(exists("outside/file"));
        must_fail(M("/proc", "proc", "proc", ""), ENOTDIR, "mount 'proc' on '/proc': it must be mounted on ordinary directory");
        must_fail(M("/sys", "sysfs", "sys", ""), ENOTDIR, "mount 'sysfs' on '/sys': it must be mounted on ordinary directory");
        must_fail(M("/link/proc", "proc", "proc", ""), ELOOP,
                  "mount 'proc' on '/link/proc': it must be mounted on ordinary directory");
        must_mount(M("/deep/er/proc", "proc", "proc", ""));
        assert_int_equal(magic_of("root/deep/er/proc"), PROC_SUPER_MAGIC);
}

static void test_dest_nofollow(void **state _unused_)
{
        make_file("root/real", "");
        make_link("/real", "root/link");
        must_mount(M("/link", "bind", "@/src/file", "\"bind\",\"dest-nofollow\""));
        assert_int_equal(stat_of("root/link").st_mode, S_IFREG | 0640);
        assert_int_equal(stat_of("root/real").st_size, 0);
}

static void test_copy_symlink(void **state _unused_)
{
        char text[64] = "";
        make_link("../zone", "src/localtime");
        const char *mounts = M("/etc/localtime", "bind", "@/src/localtime", "\"bind\",\"copy-symlink\"") ","
                             M("/etc/file", "bind", "@/src/file", "\"bind\",\"copy-symlink\"");
        must_mount(mounts);
        must_mount(mounts);
        assert_int_equal(readlinkat(t.dir_fd, "root/etc/localtime", text, sizeof text), 7);
        assert_string_equal(text, "../zone");
        assert_int_equal(stat_of("root/etc/file").st_size, 7);
        make_link("other", "src/localtime2");
        int r = make_mounts(NS, M("/etc/localtime", "bind", "@/src/localtime2", "\"bind\",\"copy-symlink\""));
        assert_int_equal(r, -EEXIST);
        assert_string_equal(t.e.text, "cannot create link '/etc/localtime' to 'other': File exists (EEXIST)");
}

static void test_src_nofollow(void **state _unused_)
{
        make_link("file", "src/link");
        must_mount(M("/l", "bind", "@/src/link", "\"bind\",\"src-nofollow\",\"dest-nofollow\""));
        assert_int_equal(stat_of("root/l").st_mode & S_IFMT, S_IFLNK);
}

static void test_mode(void **state _unused_)
{
        make_dir("root/tmp", 01771);
        must_mount(M("/tmp", "tmpfs", "t", "") "," M("/fresh", "tmpfs", "t", "") "," M("/shm", "tmpfs", "shm", "\"mode=1777\""));
        assert_int_equal(stat_of("root/tmp").st_mode, S_IFDIR | 01771);
        assert_int_equal(stat_of("root/fresh").st_mode, S_IFDIR | 01777);
        assert_int_equal(stat_of("root/shm").st_mode, S_IFDIR | 01777);
}

static void test_tmpcopyup(void **state _unused_)
{
        char value[16] = "", text[64] = "", path[96];
        struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };
        make_dir("root/var", 0711);
        make_dir("root/var/sub", 02750);
        make_file("root/var/sub/file", "some text");
        make_link("sub/file", "root/var/link");
        make_dir("root/var/mounted", 0755);
        assert_return_code(mknodat(t.dir_fd, "root/var/fifo", S_IFIFO | 0600, 0), errno);
        assert_return_code(mknodat(t.dir_fd, "root/var/null", S_IFCHR | 0622, makedev(1, 3)), errno);
        assert_return_code(fchownat(t.dir_fd, "root/var", 7, 8, 0), errno);
        assert_return_code(fchownat(t.dir_fd, "root/var/sub/file", 12, 34, 0), errno);
        assert_return_code(fchmodat(t.dir_fd, "root/var/sub/file", 04751, 0), errno);
        path_in_dir(path, sizeof path, "root/var/sub/file");
        bool xattrs = setxattr(path, "user.x", "y", 1, 0) == 0;
        assert_return_code(utimensat(t.dir_fd, "root/var/sub/file", times, 0), errno);
        path_in_dir(path, sizeof path, "root/var/mounted");
        assert_return_code(mount("t", path, "tmpfs", 0, NULL), errno);
        make_file("root/var/mounted/not-copied", "");

        must_mount(M("/var", "tmpfs", "t", "\"tmpcopyup\",\"ro\",\"nosuid\"") "," M("/new", "tmpfs", "t", "\"tmpcopyup\""));
        assert_int_equal(flags_of("root/var"), ST_RDONLY | ST_NOSUID);
        assert_int_equal(stat_of("root/var").st_mode, S_IFDIR | 0711);
        assert_int_equal(stat_of("root/var").st_uid, 7);
        assert_int_equal(stat_of("root/var").st_gid, 8);
        struct stat st = stat_of("root/var/sub/file");
        assert_int_equal(st.st_size, 9);
        assert_int_equal(st.st_uid, 12);
        assert_int_equal(st.st_gid, 34);
        assert_int_equal(st.st_mode, S_IFREG | 04751);
        assert_int_equal(st.st_mtim.tv_sec, 2000);
        assert_int_not_equal(st.st_dev, stat_of("root").st_dev);
        assert_int_equal(stat_of("root/var/sub").st_mode, S_IFDIR | 02750);
        assert_int_equal(stat_of("root/var/fifo").st_mode, S_IFIFO | 0600);
        assert_int_equal(stat_of("root/var/null").st_rdev, makedev(1, 3));
        assert_int_equal(stat_of("root/var/null").st_mode, S_IFCHR | 0622);
        assert_int_equal(readlinkat(t.dir_fd, "root/var/link", text, sizeof text), 8);
        assert_true(exists("root/var/mounted"));
        assert_false(exists("root/var/mounted/not-copied"));
        path_in_dir(path, sizeof path, "root/var/sub/file");
        if (xattrs) {
                assert_int_equal(getxattr(path, "user.x", value, sizeof value), 1);
                assert_string_equal(value, "y");
        }
}

static void test_mount_on_root(void **state _unused_)
{
        make_dir("root/below", 0755);
        make_dir("src/inner", 0755);
        must_mount(M("/", "bind", "@/src", "\"bind\",\"nosuid\"") "," M("/inner", "tmpfs", "t", "") "," M("/made", "tmpfs", "t", ""));
        assert_true(exists("root/file"));
        assert_false(exists("root/below"));
        assert_int_equal(magic_of("root/inner"), TMPFS_MAGIC);
        assert_int_not_equal(stat_of("root/inner").st_dev, stat_of("src/inner").st_dev);
        assert_true(exists("src/made"));
        assert_int_equal(flags_of("root"), ST_NOSUID);
        /* The run's root is the new one. */
        assert_int_equal(faccessat(t.run.rootfs_fd, "file", F_OK, 0), 0);
}

static void test_propagation(void **state _unused_)
{
        must_mount(M("/s", "bind", "@/src", "\"rbind\",\"rshared\"") "," M("/t", "tmpfs", "t", "\"shared\"") ","
                   M("/u", "bind", "@/src", "\"bind\",\"unbindable\",\"ro\"") "," M("/v", "bind", "@/root/t", "\"bind\",\"slave\",\"shared\""));
        assert_non_null(strstr(mountinfo_of("root/s"), "shared:"));
        assert_non_null(strstr(mountinfo_of("root/s/sub"), "shared:"));
        assert_non_null(strstr(mountinfo_of("root/t"), "shared:"));
        assert_non_null(strstr(mountinfo_of("root/u"), "unbindable"));
        assert_non_null(strstr(mountinfo_of("root/v"), "master:"));
        assert_non_null(strstr(mountinfo_of("root/v"), "shared:"));
        assert_null(strstr(mountinfo_of("src"), "shared:"));
        must_mount(M("/t", "none", "", "\"private\""));
        assert_null(strstr(mountinfo_of("root/t"), "shared:"));
}

static void test_remount(void **state _unused_)
{
        must_mount(M("/t", "tmpfs", "t", "\"nosuid\",\"size=1m\"") "," M("/t", "tmpfs", "t", "\"remount\",\"ro\""));
        assert_int_equal(flags_of("root/t"), ST_NOSUID | ST_RDONLY);
        int r = make_mounts(NS, M("/t", "tmpfs", "t", "\"remount\",\"size=2m\""));
        if (kernel.api) {
                assert_int_equal(r, 0);
                assert_int_equal(fs_of("root/t").f_blocks * (unsigned long) fs_of("root/t").f_bsize, 2 << 20);
        } else {
                assert_int_equal(r, -ENOTSUP);
        }
        r = make_mounts(NS, M("/nothing", "tmpfs", "t", "\"remount\",\"ro\""));
        assert_int_equal(r, -ENOENT);
}

static void test_idmap(void **state _unused_)
{
        const char *mounts = "{\"destination\":\"/m\",\"source\":\"@/src\",\"options\":[\"bind\",\"idmap\"],"
                             "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],"
                             "\"gidMappings\":[{\"containerID\":0,\"hostID\":2000,\"size\":10}]},"
                             "{\"destination\":\"/n\",\"source\":\"@/src\",\"options\":[\"rbind\",\"ridmap\",\"rprivate\"],"
                             "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],"
                             "\"gidMappings\":[{\"containerID\":0,\"hostID\":2000,\"size\":10}]}";
        int r = make_mounts(NS, mounts);
        if (!kernel.setattr || !kernel.move) {
                assert_int_equal(r, -ENOTSUP);
                assert_non_null(strstr(t.e.text, "idmapped mounts need Linux 5.12"));
                return;
        }
        if (r == -EINVAL)
                skip(); /* tmpfs before 6.3 */
        if (r < 0)
                fail_msg("%s", t.e.text);
        assert_int_equal(stat_of("root/m/file").st_uid, 1000);
        assert_int_equal(stat_of("root/m/file").st_gid, 2000);
        assert_int_equal(stat_of("root/n/sub").st_uid, 1000);
        assert_int_equal(stat_of("src/file").st_uid, 0);

        must_mount(M("/proc", "proc", "proc", ""));
        r = make_mounts(NS, "{\"destination\":\"/p\",\"source\":\"@/root/proc\",\"options\":[\"bind\"],"
                            "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":10}],"
                            "\"gidMappings\":[{\"containerID\":0,\"hostID\":2000,\"size\":10}]}");
        assert_int_equal(r, -EINVAL);
        assert_non_null(strstr(t.e.text, "cannot map its ids: Invalid argument (EINVAL)"));
        assert_string_equal(t.e.hint, "the source is on 'proc', which cannot be idmapped");
}

/* The layout of v1, with plain directories in the place of hierarchies. */
static void test_cgroup_v1(void **state _unused_)
{
        char cpu[96], systemd[96], text[32] = "";
        path_in_dir(cpu, sizeof cpu, "src/cpu,cpuacct");
        path_in_dir(systemd, sizeof systemd, "src/systemd");
        make_dir("src/cpu,cpuacct", 0755);
        make_dir("src/cpu,cpuacct/c", 0755);
        make_file("src/cpu,cpuacct/c/tasks", "");
        make_dir("src/systemd", 0755);
        make_dir("src/systemd/c", 0755);
        t.host.cgroup = HOST_CGROUP_V1;
        t.host.n_v1 = 2;
        t.host.v1[0] = (struct host_cgroup_v1) { "cpu,cpuacct", cpu, "/" };
        t.host.v1[1] = (struct host_cgroup_v1) { "name=systemd", systemd, "/" };
        must_mount(M("/cg", "cgroup", "cgroup", "\"nosuid\",\"ro\""));
        assert_int_equal(magic_of("root/cg"), TMPFS_MAGIC);
        assert_int_equal(stat_of("root/cg").st_mode, S_IFDIR | 0755);
        assert_int_equal(flags_of("root/cg"), ST_NOSUID | ST_RDONLY);
        assert_int_equal(flags_of("root/cg/systemd"), ST_NOSUID | ST_RDONLY);
        assert_true(exists("root/cg/cpu/tasks"));
        assert_int_equal(readlinkat(t.dir_fd, "root/cg/cpuacct", text, sizeof text), 11);
        assert_string_equal(text, "cpu,cpuacct");
}

/* A value that fsconfig(2) does not take. */
static void test_long_option(void **state _unused_)
{
        char lower[8][96], mounts[2048];
        size_t used = 0;
        for (int i = 0; i < 8; i++) {
                snprintf(lower[i], sizeof lower[i], "src/a-rather-long-name-of-a-layer-number-%d", i);
                make_dir(lower[i], 0755);
        }
        used = (size_t) snprintf(mounts, sizeof mounts, "{\"destination\":\"/o\",\"type\":\"overlay\",\"source\":\"o\",\"options\":[\"lowerdir=");
        for (int i = 0; i < 8; i++)
                used += (size_t) snprintf(mounts + used, sizeof mounts - used, "%s@/%s", i ? ":" : "", lower[i]);
        snprintf(mounts + used, sizeof mounts - used, "\",\"ro\"]}");
        must_mount(mounts);
        assert_int_equal(magic_of("root/o"), OVERLAYFS_SUPER_MAGIC);
        assert_int_equal(flags_of("root/o"), ST_RDONLY);
}

static int run_all(const char *name)
{
        const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
                TEST(test_file_systems), TEST(test_refused),  TEST(test_binds),         TEST(test_bind_keeps_attributes),
                TEST(test_recursive_attributes),              TEST(test_kinds_must_match), TEST(test_links),
                TEST(test_dest_nofollow), TEST(test_copy_symlink), TEST(test_src_nofollow), TEST(test_mode),
                TEST(test_tmpcopyup),     TEST(test_mount_on_root), TEST(test_propagation), TEST(test_remount),
                TEST(test_idmap),         TEST(test_cgroup_v1), TEST(test_long_option),
#undef TEST
        };
        return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
        static const int setattr[] = { SYS_mount_setattr }, move[] = { SYS_move_mount };
        static const int api[] = { SYS_open_tree, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_openat2 };
        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0) {
                fprintf(stderr, "skipped: needs root and a mount namespace of its own\n");
                return SKIPPED;
        }
        umask(0);
        int failed = run_all("the kernel as it is");
        lack_calls(setattr, ARRAY_SIZE(setattr));
        kernel.setattr = false;
        failed += run_all("without mount_setattr");
        lack_calls(move, ARRAY_SIZE(move));
        kernel.move = false;
        failed += run_all("without move_mount");
        lack_calls(api, ARRAY_SIZE(api));
        kernel.api = false;
        return failed + run_all("without the mount API and openat2");
}
