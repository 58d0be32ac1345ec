/* SPDX-License-Identifier: Apache-2.0 */
/* The root: made a mount, pivoted into, cut off from the host, on this kernel and (run below tests/helpers/enosys) on older
 * ones. */
#include "sandbox.h"

#include <sys/statvfs.h>

#include "err.h"
#include "fdbind.h"
#include "mountinfo.h"
#include "procfs.h"
#include "sys/rootfs.h"

static struct err e = { .step = -1 };

static const char root_path[] = "/mnt/root";

static int attach(unsigned long propagation, bool unshare_parent)
{
        struct sys_rootfs how = { .path = root_path, .clone_fd = -EBADF, .propagation = propagation,
                                  .unshare_parent = unshare_parent };
        int fd = sys_rootfs_attach(&how, &e);
        CHECK_OK(fd, &e);
        return fd;
}

struct search { const char *path; int found; };
static int compare(void *arg, const char *path, const char *type _unused_)
{
        struct search *s = arg;
        s->found += strcmp(path, s->path) == 0;
        return 0;
}

static int count_mounts_by(int proc_fd, const char *path)
{
        struct search s = { .path = path };
        CHECK_OK(sys_mountinfo_each(proc_fd, compare, &s, &e), &e);
        return s.found;
}

static int count_mounts(const char *path) { return count_mounts_by(-EBADF, path); }

static int procs_before;

static void make_tree(void)
{
        CHECK(mkdir("root", 0755) == 0 && mkdir("root/sub", 0755) == 0 && mkdir("root/proc", 0755) == 0);
        procs_before = count_mounts("/proc");
        CHECK(mknod("root/marker", S_IFREG | 0644, 0) == 0);
}

static void body_pivot(void)
{
        make_tree();
        CHECK(mount("below", "root/sub", "tmpfs", 0, NULL) == 0);
        CHECK(mknod("root/sub/deep", S_IFREG | 0644, 0) == 0);
        CHECK_OK(sys_rootfs_propagation(MS_SLAVE | MS_REC, &e), &e);
        int fd = attach(MS_PRIVATE, false);
        CHECK(count_mounts(root_path) == 1);
        CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
        CHECK_OK(sys_rootfs_pivot(fd, -EBADF, false, &e), &e);
        char cwd[16];
        CHECK(getcwd(cwd, sizeof cwd) && strcmp(cwd, "/") == 0);
        CHECK(access("/marker", F_OK) == 0 && access("/sub/deep", F_OK) == 0);
        CHECK(access("/mnt", F_OK) < 0 && errno == ENOENT);
        CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
        CHECK(count_mounts("/") == 1 && count_mounts("/sub") == 1);
        CHECK(faccessat(fd, "marker", F_OK, 0) == 0); /* the fd is still the root */
}

/* The runtime's procfs goes away with the old root, and neither stays in the new one; its fd works on. */
static void body_pivot_procfs(void)
{
        make_tree();
        CHECK_OK(sys_rootfs_propagation(MS_SLAVE | MS_REC, &e), &e);
        int fd = attach(MS_PRIVATE, false), proc_fd = sys_procfs_open(&e);
        CHECK_OK(proc_fd, &e);
        CHECK_OK(sys_rootfs_pivot(fd, proc_fd, false, &e), &e);
        CHECK(count_mounts_by(proc_fd, "/") == 1 && count_mounts_by(proc_fd, "/proc") == 0);
        CHECK(faccessat(proc_fd, "self/status", R_OK, 0) == 0 && access("/proc/self", F_OK) < 0);
}

/* Run CHECK_HOST in the sandbox after BODY ran in a mount namespace made from it, in which everything is shared. */
static void shared_with_host(void (*body)(void), void (*check_host)(void))
{
        int status;
        make_tree();
        CHECK(mount(NULL, "/mnt", NULL, MS_SHARED, NULL) == 0 && mount(NULL, "/proc", NULL, MS_SHARED, NULL) == 0);
        pid_t pid = fork();
        if (pid == 0) {
                CHECK(unshare(CLONE_NEWNS) == 0);
                body();
                _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        check_host();
}

static void shared_container(void)
{
        CHECK_OK(sys_rootfs_propagation(MS_SHARED, &e), &e);
        int fd = attach(MS_SLAVE, true);
        CHECK(mount("inside", "/mnt/root/sub", "tmpfs", 0, NULL) == 0);
        int proc_fd = sys_procfs_open(&e); /* must not be mounted where the host would get it, too */
        CHECK_OK(proc_fd, &e);
        CHECK_OK(sys_rootfs_pivot(fd, proc_fd, true, &e), &e);
        CHECK_OK(sys_rootfs_propagation(MS_SHARED, &e), &e);
        CHECK(mount("inside", "/proc", "tmpfs", 0, NULL) == 0);
}

static void host_has_one_mount(void)
{
        CHECK(count_mounts("/mnt") == 1 && count_mounts("/proc") == procs_before);
        CHECK(count_mounts(root_path) == 0 && count_mounts("/mnt/root/sub") == 0 && count_mounts("/mnt/root/proc") == 0);
}

/* rootfsPropagation "shared" gives the container a group of its own: the host neither gets its mounts nor loses any. */
static void body_shared(void) { shared_with_host(shared_container, host_has_one_mount); }

static int go_pipe[2], done_pipe[2];

/* rootfsPropagation "slave": what the host mounts below the root later appears in the container. */
static void body_slave(void)
{
        int status;
        char c;
        make_tree();
        CHECK(mount(NULL, "/mnt", NULL, MS_SHARED, NULL) == 0);
        CHECK(pipe(go_pipe) == 0 && pipe(done_pipe) == 0);
        pid_t pid = fork();
        if (pid == 0) {
                CHECK(unshare(CLONE_NEWNS) == 0);
                CHECK_OK(sys_rootfs_propagation(MS_SLAVE | MS_REC, &e), &e);
                int fd = attach(MS_SLAVE, false);
                CHECK_OK(sys_rootfs_pivot(fd, -EBADF, false, &e), &e);
                CHECK(write(done_pipe[1], "x", 1) == 1 && read(go_pipe[0], &c, 1) == 1);
                CHECK(access("/sub/late", F_OK) == 0);
                _exit(0);
        }
        CHECK(read(done_pipe[0], &c, 1) == 1);
        CHECK(mount("late", "/mnt/root/sub", "tmpfs", 0, NULL) == 0 && mknod("/mnt/root/sub/late", S_IFREG | 0644, 0) == 0);
        CHECK(write(go_pipe[1], "x", 1) == 1);
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* The clone of the parent: attached by init, cut off from the host's group. */
static void body_clone(void)
{
        int status;
        make_tree();
        CHECK(mount(NULL, "/mnt", NULL, MS_SHARED, NULL) == 0);
        int clone_fd = sys_rootfs_clone(root_path, &e);
        if (clone_fd == -ENOSYS)
                return;
        CHECK_OK(clone_fd, &e);
        pid_t pid = fork();
        if (pid == 0) {
                CHECK(unshare(CLONE_NEWNS) == 0);
                CHECK_OK(sys_rootfs_propagation(MS_SLAVE | MS_REC, &e), &e);
                struct sys_rootfs how = { .path = root_path, .clone_fd = clone_fd, .propagation = MS_PRIVATE };
                int fd = sys_rootfs_attach(&how, &e);
                CHECK_OK(fd, &e);
                CHECK(mount("inside", "/mnt/root/sub", "tmpfs", 0, NULL) == 0);
                CHECK_OK(sys_rootfs_pivot(fd, -EBADF, false, &e), &e);
                _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
        close(clone_fd);
        host_has_one_mount();
}

/* Init in a user namespace, below a directory that it may not search: the clone goes over "/". */
static void body_out_of_reach(void)
{
        int status;
        make_tree();
        int clone_fd = sys_rootfs_clone(root_path, &e);
        if (clone_fd == -ENOSYS)
                return;
        CHECK_OK(clone_fd, &e);
        CHECK(chmod("/mnt", 0700) == 0);
        pid_t pid = fork();
        if (pid == 0) {
                CHECK(setgid(65534) == 0 && setuid(65534) == 0);
                CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
                CHECK_OK(sys_rootfs_propagation(MS_SLAVE | MS_REC, &e), &e);
                struct sys_rootfs how = { .path = root_path, .clone_fd = clone_fd, .propagation = MS_PRIVATE };
                int fd = sys_rootfs_attach(&how, &e);
                if (fd == -EACCES) /* no move_mount(2): then it cannot be done */
                        _exit(0);
                CHECK_OK(fd, &e);
                CHECK_OK(sys_rootfs_pivot(fd, -EBADF, false, &e), &e);
                CHECK(access("/marker", F_OK) == 0 && access("/mnt", F_OK) < 0);
                _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* --no-pivot: the root is moved, and no procfs of the host is left anywhere. */
static void body_move(void)
{
        make_tree();
        CHECK(mkdir("extra proc", 0755) == 0 && mount("proc", "extra proc", "proc", 0, NULL) == 0);
        CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
        int fd = attach(MS_PRIVATE, true);
        CHECK_OK(sys_rootfs_move(fd, -EBADF, &e), &e);
        CHECK(access("/marker", F_OK) == 0 && access("/mnt", F_OK) < 0);
        CHECK(access("/proc/self", F_OK) == 0);
        /* Back out of the chroot, as its root can: nothing of the host's /proc may be there. */
        CHECK(mkdir("/jail", 0755) == 0 && chroot("/jail") == 0);
        for (int i = 0; i < 32; i++)
                CHECK(chdir("..") == 0);
        CHECK(chroot(".") == 0);
        CHECK(access("/mnt/extra proc/self", F_OK) < 0);
}

static void body_chroot(void)
{
        make_tree();
        int fd = sys_rootfs_open(root_path, &e);
        CHECK_OK(fd, &e);
        CHECK_OK(sys_rootfs_chroot(fd, &e), &e);
        CHECK(access("/marker", F_OK) == 0 && access("/mnt", F_OK) < 0);
}

static void body_readonly(void)
{
        struct statvfs st;
        make_tree();
        CHECK(mount("below", "root/sub", "tmpfs", 0, NULL) == 0);
        CHECK(mount("/mnt/root", "/mnt/root", NULL, MS_BIND | MS_REC, NULL) == 0);
        CHECK(mount(NULL, "/mnt/root", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOATIME, NULL) == 0);
        int fd = attach(MS_PRIVATE, true);
        CHECK_OK(sys_rootfs_readonly(fd, -EBADF, &e), &e);
        CHECK(fstatvfs(fd, &st) == 0);
        CHECK((st.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOATIME)) == (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOATIME));
        CHECK(mknod("/mnt/root/x", S_IFREG | 0644, 0) < 0 && errno == EROFS);
        CHECK(mknod("/mnt/root/sub/x", S_IFREG | 0644, 0) == 0);
}

static void body_faults(void)
{
        make_tree();
        CHECK(sys_rootfs_open("/mnt/none", &e) == -ENOENT);
        CHECK(strcmp(e.text, "the root file system '/mnt/none' does not exist: No such file or directory (ENOENT)") == 0);
        CHECK(strstr(e.hint, "root.path"));
        e = ERR_INIT;
        CHECK(sys_rootfs_open("/mnt/root/marker", &e) == -ENOTDIR);
        CHECK(strcmp(e.text, "the root file system '/mnt/root/marker' is not a directory: Not a directory (ENOTDIR)") == 0);
        e = ERR_INIT;
        int fd = sys_rootfs_open(root_path, &e); /* not a mount */
        CHECK(fd >= 0 && sys_rootfs_pivot(fd, -EBADF, false, &e) == -EINVAL);
        CHECK(strstr(e.text, "cannot make the container's root '/'") && strstr(e.hint, "--no-pivot"));
        e = ERR_INIT;
        CHECK(chroot("/mnt/root") == 0 && chdir("/") == 0);
        CHECK(sys_rootfs_propagation(MS_SLAVE | MS_REC, &e) == -EINVAL && strstr(e.hint, "chroot"));
}

#define BODY(name)                                                                                                     \
        static void test_##name(void **state _unused_) { assert_int_equal(in_sandbox(body_##name), 0); }
BODY(pivot)
BODY(pivot_procfs)
BODY(shared)
BODY(slave)
BODY(clone)
BODY(out_of_reach)
BODY(move)
BODY(chroot)
BODY(readonly)
BODY(faults)

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pivot),        cmocka_unit_test(test_pivot_procfs),
                cmocka_unit_test(test_shared),       cmocka_unit_test(test_slave),
                cmocka_unit_test(test_clone),        cmocka_unit_test(test_out_of_reach), cmocka_unit_test(test_move),
                cmocka_unit_test(test_chroot),       cmocka_unit_test(test_readonly), cmocka_unit_test(test_faults),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
