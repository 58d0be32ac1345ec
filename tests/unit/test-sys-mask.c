/* SPDX-License-Identifier: Apache-2.0 */
/* Masked and read-only paths below a root in which everything may be a trap. */
#include "sandbox.h"

#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>

#include "err.h"
#include "mask.h"
#include "procfs.h"

static struct err e = { .step = -1 };
static int root_fd, proc_fd;
static struct sys_mask mask;

static void write_file(const char *path, const char *text)
{
        int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
        CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text));
        close(fd);
}

/* What PATH holds; -1 when it cannot be read. */
static ssize_t size_read(const char *path)
{
        char buf[64];
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf);
        if (fd >= 0)
                close(fd);
        return n;
}

static void setup(void)
{
        CHECK(mkdir("root", 0755) == 0 && mkdir("root/dev", 0755) == 0 && mkdir("root/dir", 0755) == 0);
        CHECK(mount("root", "root", NULL, MS_BIND, NULL) == 0);
        CHECK(mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
        write_file("root/secret", "secret");
        write_file("root/dir/secret", "secret");
        root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        proc_fd = sys_procfs_open(&e);
        CHECK_OK(proc_fd, &e);
        mask = SYS_MASK_INIT;
}

static void body_file(void)
{
        struct stat st;
        setup();
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/secret", &e), &e);
        CHECK(size_read("root/secret") == 0);
        CHECK(stat("root/secret", &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

static void body_dirs(void)
{
        struct stat first = { 0 }, st;
        struct statfs fs;
        char path[32], inside[64];
        setup();
        for (int i = 0; i < 20; i++) {
                snprintf(path, sizeof path, "root/d%d", i);
                CHECK(mkdir(path, 0755) == 0);
                snprintf(inside, sizeof inside, "%s/secret", path);
                write_file(inside, "secret");
                CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, path + 4, &e), &e);
                CHECK(access(inside, F_OK) < 0 && errno == ENOENT);
                CHECK(mknod(inside, S_IFREG | 0644, 0) < 0 && errno == EROFS);
                CHECK(stat(path, &st) == 0 && statfs(path, &fs) == 0 && fs.f_type == 0x01021994);
                if (i == 0)
                        first = st;
                CHECK(st.st_dev == first.st_dev && st.st_ino == first.st_ino); /* one super block for all */
        }
}

static void body_missing(void)
{
        setup();
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/none", &e), &e);
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/none/below", &e), &e);
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/secret/below", &e), &e);
        CHECK_OK(sys_mask_readonly(root_fd, proc_fd, "/none", &e), &e);
        CHECK(mask.null_fd < 0 && mask.empty_dir_fd < 0);
}

/* CVE-2025-31133: a /dev/null that is a link, a file or another device masks nothing, and is refused. */
static void body_false_null(void)
{
        setup();
        write_file("outside", "host");
        CHECK(unlink("root/dev/null") == 0 && symlink("/mnt/outside", "root/dev/null") == 0);
        CHECK(sys_mask_path(&mask, root_fd, proc_fd, "/secret", &e) == -ENOENT);
        CHECK(strstr(e.text, "cannot mask '/secret': cannot open the container's '/dev/null'"));

        CHECK(unlink("root/dev/null") == 0 && symlink("/dir/secret", "root/dev/null") == 0);
        e = ERR_INIT;
        CHECK(sys_mask_path(&mask, root_fd, proc_fd, "/secret", &e) == -ENODEV);
        CHECK(strstr(e.text, "'/dev/null'"));

        CHECK(unlink("root/dev/null") == 0 && mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 5)) == 0);
        CHECK(sys_mask_path(&mask, root_fd, proc_fd, "/secret", NULL) == -ENODEV);
        CHECK(size_read("root/secret") == 6);
}

/* A masked path that is a link to the host: taken from the root, there is nothing. */
static void body_link_out(void)
{
        setup();
        write_file("outside", "host");
        CHECK(mkdir("outdir", 0755) == 0);
        write_file("outdir/file", "host");
        CHECK(symlink("/mnt/outside", "root/link") == 0 && symlink("../../../mnt/outdir", "root/dirlink") == 0);
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/link", &e), &e);
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/dirlink", &e), &e);
        CHECK_OK(sys_mask_readonly(root_fd, proc_fd, "/dirlink", &e), &e);
        CHECK(size_read("outside") == 4 && size_read("outdir/file") == 4);
        write_file("outdir/file", "still mine");
        /* One that stays inside is followed. */
        CHECK(symlink("dir/../dir", "root/inlink") == 0);
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/inlink", &e), &e);
        CHECK(access("root/dir/secret", F_OK) < 0);
}

static void body_readonly(void)
{
        setup();
        CHECK(mkdir("root/dir/sub", 0755) == 0 && mount("sub", "root/dir/sub", "tmpfs", 0, NULL) == 0);
        CHECK_OK(sys_mask_readonly(root_fd, proc_fd, "/dir", &e), &e);
        CHECK(open("root/dir/secret", O_WRONLY) < 0 && errno == EROFS);
        CHECK(mknod("root/dir/x", S_IFREG | 0644, 0) < 0 && errno == EROFS);
        CHECK(size_read("root/dir/secret") == 6);
        CHECK(mknod("root/dir/sub/x", S_IFREG | 0644, 0) == 0); /* a mount of its own, with its own flags */
        CHECK_OK(sys_mask_readonly(root_fd, proc_fd, "/secret", &e), &e);
        CHECK(open("root/secret", O_WRONLY) < 0 && errno == EROFS);
        CHECK(mknod("root/x", S_IFREG | 0644, 0) == 0);
        /* an exception, which does not reach the host's through a link */
        CHECK(mkdir("root/tree", 0755) == 0 && mkdir("root/tree/in", 0755) == 0 && mkdir("outdir", 0755) == 0);
        CHECK_OK(sys_mask_readonly(root_fd, proc_fd, "/tree", &e), &e);
        CHECK(mknod("root/tree/in/x", S_IFREG | 0644, 0) < 0 && errno == EROFS);
        CHECK_OK(sys_mask_writable(root_fd, proc_fd, "/tree/in", &e), &e);
        CHECK(mknod("root/tree/in/x", S_IFREG | 0644, 0) == 0);
        CHECK(mknod("root/tree/x", S_IFREG | 0644, 0) < 0 && errno == EROFS);
        CHECK_OK(sys_mask_writable(root_fd, proc_fd, "/none", &e), &e);
        CHECK(mount("outdir", "outdir", NULL, MS_BIND, NULL) == 0 && mount(NULL, "outdir", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
        CHECK(symlink("/mnt/outdir", "root/outlink") == 0);
        CHECK_OK(sys_mask_writable(root_fd, proc_fd, "/outlink", &e), &e);
        CHECK(mknod("outdir/x", S_IFREG | 0644, 0) < 0 && errno == EROFS);
        char cwd[64];
        CHECK(getcwd(cwd, sizeof cwd) && strcmp(cwd, "/mnt") == 0); /* the old way left it where it was */
}

/* In a user namespace flags of the host's mounts are locked: they must be kept. */
static void body_user_ns(void)
{
        setup();
        CHECK(mount(NULL, "root", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, NULL) == 0);
        CHECK(chmod("root/dir", 0777) == 0);
        CHECK(setgid(65534) == 0 && setuid(65534) == 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
        close(root_fd);
        root_fd = open("/mnt/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(proc_fd);
        proc_fd = sys_procfs_open(&e);
        CHECK_OK(proc_fd, &e);
        CHECK_OK(sys_mask_readonly(root_fd, proc_fd, "/dir", &e), &e);
        CHECK(mknod("/mnt/root/dir/x", S_IFREG | 0644, 0) < 0 && errno == EROFS);
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/dir", &e), &e);
        CHECK(access("/mnt/root/dir/secret", F_OK) < 0);
        CHECK_OK(sys_mask_path(&mask, root_fd, proc_fd, "/secret", &e), &e);
}

/* The unit of account: hundreds of masked directories, as Kubernetes nodes with many cores ask for. */
static void body_many(void)
{
        enum { MANY = 512 };
        char path[64];
        struct timespec a, b;
        setup();
        for (int i = 0; i < MANY; i++) {
                snprintf(path, sizeof path, "root/m%d", i);
                CHECK(mkdir(path, 0755) == 0);
        }
        clock_gettime(CLOCK_MONOTONIC, &a);
        for (int i = 0; i < MANY; i++) {
                snprintf(path, sizeof path, "/m%d", i);
                CHECK(sys_mask_path(&mask, root_fd, proc_fd, path, &e) == 0);
        }
        clock_gettime(CLOCK_MONOTONIC, &b);
        dprintf(2, "mask: %d directories in %ld us\n", MANY, (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000);
        CHECK(access("root/m511", F_OK) == 0);
}

#define BODY(name)                                                                                                     \
        static void test_##name(void **state _unused_) { assert_int_equal(in_sandbox(body_##name), 0); }
BODY(file)
BODY(dirs)
BODY(missing)
BODY(false_null)
BODY(link_out)
BODY(readonly)
BODY(user_ns)
BODY(many)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_file),     cmocka_unit_test(test_dirs),     cmocka_unit_test(test_missing),
                cmocka_unit_test(test_false_null), cmocka_unit_test(test_link_out), cmocka_unit_test(test_readonly),
                cmocka_unit_test(test_user_ns),  cmocka_unit_test(test_many),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
