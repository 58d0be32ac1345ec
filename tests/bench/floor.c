/* SPDX-License-Identifier: Apache-2.0 */
/* The floor: the kernel calls that the default bundle's container needs, made by a static program that does nothing else.
 * No parsing, no plan, no state, no errors explained, no cgroup unless told: what no runtime can be faster than.
 *      floor ROOTFS [CGROUP2_DIR]          runs /bin/true in ROOTFS
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MNT_DETACH 2

static void must(long r, const char *what)
{
        if (r < 0) {
                perror(what);
                _exit(125);
        }
}

static void mount_new(int root, const char *where, const char *type, const char *const *options, unsigned attrs)
{
        int fs = (int) syscall(SYS_fsopen, type, 1), mnt, at;

        must(fs, type);
        for (; *options; options += 2)
                must(syscall(SYS_fsconfig, fs, options[1] ? 1 : 0, options[0], options[1], 0), options[0]);
        must(syscall(SYS_fsconfig, fs, 6, NULL, NULL, 0), "create");
        mnt = (int) syscall(SYS_fsmount, fs, 1, attrs);
        must(mnt, "fsmount");
        mkdirat(root, where, 0755);
        at = openat(root, where, O_PATH | O_CLOEXEC);
        must(at, where);
        must(syscall(SYS_move_mount, mnt, "", at, "", 4 | 0x40), "move_mount");
        close(at), close(mnt), close(fs);
}

static void device(int dev, const char *name, unsigned major, unsigned minor)
{
        must(mknodat(dev, name, S_IFCHR | 0666, makedev(major, minor)), name);
        must(fchmodat(dev, name, 0666, 0), name);
}

static void mask_dir(int empty, int root, const char *path)
{
        int at = openat(root, path, O_PATH | O_CLOEXEC), tree;

        if (at < 0)
                return;
        tree = (int) syscall(SYS_open_tree, empty, "", 0x1000 | 1 | O_CLOEXEC);
        must(tree, "open_tree");
        must(syscall(SYS_move_mount, tree, "", at, "", 4 | 0x40), "mask");
        close(tree), close(at);
}

static void mask_file(int null, int root, const char *path)
{
        mask_dir(null, root, path);
}

static void readonly_path(int root, const char *path)
{
        struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
        int tree = (int) syscall(SYS_open_tree, root, path, 1 | O_CLOEXEC | 0x8000), at;

        if (tree < 0)
                return;
        must(syscall(SYS_mount_setattr, tree, "", 0x1000 | 0x8000, &ro, sizeof ro), "ro");
        at = openat(root, path, O_PATH | O_CLOEXEC);
        must(syscall(SYS_move_mount, tree, "", at, "", 4 | 0x40), "readonly");
        close(tree), close(at);
}

static int open_empty(void)
{
        int fs = (int) syscall(SYS_fsopen, "tmpfs", 1), mnt;

        must(syscall(SYS_fsconfig, fs, 6, NULL, NULL, 0), "tmpfs");
        mnt = (int) syscall(SYS_fsmount, fs, 1, MOUNT_ATTR_RDONLY);
        close(fs);
        return mnt;
}

static void make_root(const char *rootfs)
{
        static const char *const none[] = { NULL }, *const dev_options[] = { "mode", "755", "size", "65536k", NULL },
                          *const pts_options[] = { "newinstance", NULL, "ptmxmode", "0666", "mode", "0620", "gid", "5", NULL },
                          *const shm_options[] = { "mode", "1777", "size", "65536k", NULL };
        int root, dev, empty, null;

        must(syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "slave");
        root = (int) syscall(SYS_open_tree, AT_FDCWD, rootfs, 1 | O_CLOEXEC | 0x8000);
        must(root, "open_tree");
        must(syscall(SYS_move_mount, root, "", AT_FDCWD, rootfs, 4), "move_mount");
        mount_new(root, "proc", "proc", none, 0);
        mount_new(root, "dev", "tmpfs", dev_options, MOUNT_ATTR_NOSUID);
        mount_new(root, "dev/pts", "devpts", pts_options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
        mount_new(root, "dev/shm", "tmpfs", shm_options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV);
        mount_new(root, "dev/mqueue", "mqueue", none, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV);
        mount_new(root, "sys", "sysfs", none, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
        dev = openat(root, "dev", O_RDONLY | O_CLOEXEC);
        device(dev, "null", 1, 3), device(dev, "zero", 1, 5), device(dev, "full", 1, 7);
        device(dev, "random", 1, 8), device(dev, "urandom", 1, 9), device(dev, "tty", 5, 0);
        must(symlinkat("/proc/self/fd", dev, "fd"), "fd");
        must(symlinkat("/proc/self/fd/0", dev, "stdin"), "stdin");
        must(symlinkat("/proc/self/fd/1", dev, "stdout"), "stdout");
        must(symlinkat("/proc/self/fd/2", dev, "stderr"), "stderr");
        must(symlinkat("pts/ptmx", dev, "ptmx"), "ptmx");
        must(fchdir(root), "fchdir");
        must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
        must(syscall(SYS_umount2, ".", MNT_DETACH), "umount2");
        must(chdir("/"), "chdir");
        readonly_path(root, "proc/bus"), readonly_path(root, "proc/fs"), readonly_path(root, "proc/irq");
        readonly_path(root, "proc/sys"), readonly_path(root, "proc/sysrq-trigger");
        empty = open_empty();
        null = (int) syscall(SYS_open_tree, dev, "null", 1 | O_CLOEXEC);
        mask_dir(empty, root, "proc/acpi"), mask_dir(empty, root, "proc/asound"), mask_file(null, root, "proc/kcore");
        mask_file(null, root, "proc/keys"), mask_file(null, root, "proc/latency_stats"), mask_file(null, root, "proc/timer_list");
        mask_file(null, root, "proc/sched_debug"), mask_dir(empty, root, "sys/firmware"), mask_dir(empty, root, "proc/scsi");
}

static void become_user(void)
{
        struct { uint32_t version; int pid; } head = { 0x20080522, 0 };
        struct { uint32_t effective, permitted, inheritable; } caps[2] = { { 0x20000420, 0x20000420, 0 }, { 0, 0, 0 } };
        struct rlimit files = { 1024, 1024 };

        must(sethostname("floor", 5), "hostname");
        must(setrlimit(RLIMIT_NOFILE, &files), "rlimit");
        for (int cap = 0; cap <= 40; cap++)
                if (!((0x20000420ull >> cap) & 1))
                        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
        must(syscall(SYS_setgroups, 0, NULL), "setgroups");
        must(syscall(SYS_setresgid, 0, 0, 0), "setresgid");
        must(syscall(SYS_setresuid, 0, 0, 0), "setresuid");
        must(syscall(SYS_capset, &head, caps), "capset");
        must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "nnp");
        must(syscall(SYS_close_range, 3, ~0u, 4), "close_range");
}

int main(int argc, char **argv)
{
        struct { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, n, cgroup; } args = {
                .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
                .exit_signal = SIGCHLD,
        };
        int status;
        long pid;

        if (argc < 2)
                return 2;
        if (argc > 2) {
                args.flags |= 0x200000000ull; /* CLONE_INTO_CGROUP */
                must(mkdir(argv[2], 0755), "mkdir");
                args.cgroup = (uint64_t) open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        pid = syscall(SYS_clone3, &args, sizeof args);
        must(pid, "clone3");
        if (pid == 0) {
                char *const payload[] = { "true", NULL };

                make_root(argv[1]);
                become_user();
                execve("/bin/true", payload, payload + 1);
                _exit(127);
        }
        must(waitpid((pid_t) pid, &status, 0), "waitpid");
        if (argc > 2)
                must(rmdir(argv[2]), "rmdir");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
