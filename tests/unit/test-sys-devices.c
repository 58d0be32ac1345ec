/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes below a root in which everything may be a trap. */
#include "sandbox.h"

#include <limits.h>
#include <sys/sysmacros.h>

#include "err.h"
#include "safepath.h"
#include "sys/devices.h"

static struct err e = { .step = -1 };
static int root_fd;

static const struct sys_node null_node = { .path = "/dev/null", .type = S_IFCHR, .major = 1, .minor = 3, .mode = 0666 };

static void setup(void)
{
        CHECK(mkdir("root", 0755) == 0);
        root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        CHECK(root_fd >= 0);
}

static int make(const struct sys_node *node)
{
        char name[NAME_MAX + 1];
        _cleanup_close_ int dir_fd = sys_path_open_parent(root_fd, node->path, true, name, &e);
        return dir_fd < 0 ? dir_fd : sys_device_make(node, dir_fd, name, -EBADF, &e);
}

static int bind_host(const struct sys_node *node, int source_fd)
{
        char name[NAME_MAX + 1];
        _cleanup_close_ int dir_fd = sys_path_open_parent(root_fd, node->path, true, name, &e);
        return dir_fd < 0 ? dir_fd : sys_device_bind(node, dir_fd, name, source_fd, -EBADF, root_fd, &e);
}

static void body_make(void)
{
        struct stat st;
        setup();
        CHECK_OK(make(&null_node), &e);
        CHECK(stat("root/dev/null", &st) == 0 && st.st_mode == (S_IFCHR | 0666) && st.st_rdev == makedev(1, 3));
        CHECK(stat("root/dev", &st) == 0 && st.st_mode == (S_IFDIR | 0755));

        struct sys_node node = { .path = "/opt/a/b/disk", .type = S_IFBLK, .major = 7, .minor = 300, .mode = 0640, .uid = 12, .gid = 34 };
        CHECK_OK(make(&node), &e);
        CHECK(stat("root/opt/a/b/disk", &st) == 0 && st.st_mode == (S_IFBLK | 0640) && st.st_rdev == makedev(7, 300));
        CHECK(st.st_uid == 12 && st.st_gid == 34);

        struct sys_node fifo = { .path = "/run/queue", .type = S_IFIFO, .mode = 02644, .uid = 5 };
        CHECK_OK(make(&fifo), &e);
        CHECK(stat("root/run/queue", &st) == 0 && st.st_mode == (S_IFIFO | 02644) && st.st_uid == 5);
}

/* One that is there already gets mode and owner; anything else is in the way. */
static void body_existing(void)
{
        struct stat st;
        setup();
        CHECK(mkdir("root/dev", 0755) == 0 && mknod("root/dev/null", S_IFCHR | 0600, makedev(1, 3)) == 0);
        CHECK_OK(make(&null_node), &e);
        CHECK(stat("root/dev/null", &st) == 0 && st.st_mode == (S_IFCHR | 0666));

        CHECK(unlink("root/dev/null") == 0 && mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 5)) == 0);
        CHECK(make(&null_node) == -EEXIST);
        CHECK(strcmp(e.text, "'/dev/null' is there already and is not the character device 1:3") == 0);
        CHECK(unlink("root/dev/null") == 0 && mknod("root/dev/null", S_IFBLK | 0666, makedev(1, 3)) == 0);
        CHECK(make(&null_node) == -EEXIST);
        CHECK(unlink("root/dev/null") == 0 && mknod("root/dev/null", S_IFREG | 0666, 0) == 0);
        CHECK(make(&null_node) == -EEXIST);
        CHECK(unlink("root/dev/null") == 0 && symlink("/dev/zero", "root/dev/null") == 0);
        CHECK(make(&null_node) == -EEXIST);
}

/* CVE-2026-41579: /dev leads out of the root.  Nothing may be made on the host. */
static void body_dev_is_link(void)
{
        static const char *const targets[] = { "../outside", "/mnt/outside", "/../../mnt/outside" };
        setup();
        CHECK(mkdir("outside", 0755) == 0);
        for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
                CHECK(symlink(targets[i], "root/dev") == 0);
                (void) make(&null_node);
                (void) bind_host(&null_node, -EBADF);
                CHECK(rmdir("outside") == 0 && mkdir("outside", 0755) == 0); /* still empty */
                CHECK(unlink("root/dev") == 0);
        }
        /* The last component, too: a link is not followed. */
        CHECK(mkdir("root/dev", 0755) == 0 && symlink("/mnt/outside/null", "root/dev/null") == 0);
        CHECK(make(&null_node) == -EEXIST);
        CHECK(bind_host(&null_node, -EBADF) == -EEXIST);
        CHECK(rmdir("outside") == 0);
}

static void body_bind(void)
{
        struct stat st;
        setup();
        int source_fd = sys_device_source(&null_node, &e);
        CHECK(source_fd >= 0 || source_fd == -ENOSYS);
        CHECK_OK(bind_host(&null_node, source_fd), &e);
        CHECK(stat("root/dev/null", &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
        CHECK_OK(bind_host(&null_node, -EBADF), &e); /* there already: nothing to do */
        close(source_fd);
        CHECK(umount("root/dev/null") == 0 && stat("root/dev/null", &st) == 0 && S_ISREG(st.st_mode));

        /* The empty file of an earlier container is used again; content is in the way. */
        CHECK_OK(bind_host(&null_node, -EBADF), &e);
        CHECK(umount("root/dev/null") == 0 && truncate("root/dev/null", 1) == 0);
        CHECK(bind_host(&null_node, -EBADF) == -EEXIST);

        struct sys_node other = null_node;
        other.minor = 5;
        CHECK(sys_device_source(&other, &e) == -ENODEV);
        CHECK(strcmp(e.text, "the host's '/dev/null' is not the character device 1:5") == 0);
        CHECK(unlink("root/dev/null") == 0 && bind_host(&other, -EBADF) == -ENODEV);
        other.path = "/dev/does-not-exist";
        CHECK(bind_host(&other, -EBADF) == -ENOENT && strstr(e.hint, "user namespace"));
}

/* As a container's root in a user namespace finds it. */
static void body_user_ns(void)
{
        struct stat st;
        setup();
        CHECK(chmod("root", 0777) == 0);
        int source_fd = sys_device_source(&null_node, &e);
        CHECK(setgid(65534) == 0 && setuid(65534) == 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
        close(root_fd);
        root_fd = open("/mnt/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct sys_node zero = { .path = "/dev/zero", .type = S_IFCHR, .major = 1, .minor = 5, .mode = 0666 };
        CHECK(make(&zero) == -EPERM && strstr(e.hint, "CAP_MKNOD"));
        CHECK_OK(bind_host(&null_node, source_fd), &e);
        CHECK_OK(bind_host(&zero, -EBADF), &e);
        CHECK(stat("/mnt/root/dev/null", &st) == 0 && st.st_rdev == makedev(1, 3));
        CHECK(stat("/mnt/root/dev/zero", &st) == 0 && st.st_rdev == makedev(1, 5));
}

static void body_links(void)
{
        char text[64] = "";
        setup();
        CHECK(mkdir("root/dev", 0755) == 0);
        int dir_fd = open("root/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
        CHECK_OK(sys_device_link(dir_fd, "fd", "/proc/self/fd", false, "/dev/fd", &e), &e);
        CHECK_OK(sys_device_link(dir_fd, "fd", "/other", false, "/dev/fd", &e), &e);
        CHECK(readlink("root/dev/fd", text, sizeof text) == 13 && memcmp(text, "/proc/self/fd", 13) == 0);

        CHECK(mknod("root/dev/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
        CHECK_OK(sys_device_link(dir_fd, "ptmx", "pts/ptmx", true, "/dev/ptmx", &e), &e);
        CHECK_OK(sys_device_link(dir_fd, "ptmx", "pts/ptmx", true, "/dev/ptmx", &e), &e);
        CHECK(readlink("root/dev/ptmx", text, sizeof text) == 8 && memcmp(text, "pts/ptmx", 8) == 0);
        /* A link that is replaced is not followed. */
        CHECK(mknod("host-file", S_IFREG | 0644, 0) == 0 && unlink("root/dev/ptmx") == 0);
        CHECK(symlink("/mnt/host-file", "root/dev/ptmx") == 0);
        CHECK_OK(sys_device_link(dir_fd, "ptmx", "pts/ptmx", true, "/dev/ptmx", &e), &e);
        CHECK(access("host-file", F_OK) == 0);

        CHECK(unlink("root/dev/ptmx") == 0 && mkdir("root/dev/ptmx", 0755) == 0);
        CHECK(sys_device_link(dir_fd, "ptmx", "pts/ptmx", true, "/dev/ptmx", &e) == -EISDIR);
        CHECK(strcmp(e.text, "cannot replace '/dev/ptmx': Is a directory (EISDIR)") == 0);
        /* What the config has mounted there stays. */
        CHECK(mknod("root/dev/mounted", S_IFREG | 0644, 0) == 0);
        CHECK(mount("host-file", "root/dev/mounted", NULL, MS_BIND, NULL) == 0);
        CHECK_OK(sys_device_link(dir_fd, "mounted", "pts/ptmx", true, "/dev/mounted", &e), &e);
}

#define BODY(name)                                                                                                     \
        static void test_##name(void **state _unused_) { assert_int_equal(in_sandbox(body_##name), 0); }
BODY(make)
BODY(existing)
BODY(dev_is_link)
BODY(bind)
BODY(user_ns)
BODY(links)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_make), cmocka_unit_test(test_existing), cmocka_unit_test(test_dev_is_link),
                cmocka_unit_test(test_bind), cmocka_unit_test(test_user_ns),  cmocka_unit_test(test_links),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
