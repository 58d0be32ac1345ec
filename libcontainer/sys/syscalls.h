/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that the C library has no function for, or has one in some versions only: one thin wrapper each.
 * Owns: the kernel's numbers, constants and structures where the headers of an older C library lack them.
 * Layer: sys.  Context: any, also after clone: nothing here allocates or touches the C library's state but errno.
 *
 *      _cleanup_close_ int fs_fd = sys_fsopen("proc", FSOPEN_CLOEXEC);
 *      if (fs_fd == -ENOSYS) ...                 kernel before 5.2
 *
 * Every wrapper returns what the kernel returned, 0 or more, or -errno; it never retries.  What the kernel answers is
 * the caller's business, with one promise: a kernel or a sandbox that lacks the call answers -ENOSYS.
 *
 * Structures have names of our own (sys_clone_args, …), so that this header stands beside any version of <sys/mount.h>,
 * <linux/mount.h>, <linux/sched.h> and <sched.h>; the kernel knows them by their size.  (glibc 2.36 cannot have both
 * <sys/mount.h> and <linux/mount.h>, which <linux/fs.h> pulls in: use this header, not those.)
 */
#ifndef BERTH_SYS_SYSCALLS_H
#define BERTH_SYS_SYSCALLS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Numbers since Linux 5.0 are the same on every architecture that we build for. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#define SYS_fspick 433
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif

/* openat2(2), Linux 5.6 */
#ifndef RESOLVE_NO_XDEV
#define RESOLVE_NO_XDEV 0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08
#define RESOLVE_IN_ROOT 0x10
#endif
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif
struct sys_open_how {
        uint64_t flags, mode, resolve;
};

/* clone3(2), Linux 5.3; set_tid 5.5, cgroup 5.7.  The kernel knows the version by the size. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
struct sys_clone_args {
        uint64_t flags;
        uint64_t pidfd;      /* int * */
        uint64_t child_tid, parent_tid;
        uint64_t exit_signal;
        uint64_t stack, stack_size, tls;
        uint64_t set_tid, set_tid_size;
        uint64_t cgroup;     /* fd, with CLONE_INTO_CGROUP */
};

/* The mount API, Linux 5.2; mount_setattr 5.12. */
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC 0x00000001
#endif
#ifndef FSMOUNT_CLOEXEC
#define FSMOUNT_CLOEXEC 0x00000001
#endif
#ifndef FSPICK_CLOEXEC
#define FSPICK_CLOEXEC 0x00000001
#define FSPICK_SYMLINK_NOFOLLOW 0x00000002
#define FSPICK_NO_AUTOMOUNT 0x00000004
#define FSPICK_EMPTY_PATH 0x00000008
#endif
#ifndef FSCONFIG_SET_FLAG
#define FSCONFIG_SET_FLAG 0
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_SET_BINARY 2
#define FSCONFIG_SET_PATH 3
#define FSCONFIG_SET_PATH_EMPTY 4
#define FSCONFIG_SET_FD 5
#define FSCONFIG_CMD_CREATE 6
#define FSCONFIG_CMD_RECONFIGURE 7
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_SYMLINKS
#define MOVE_MOUNT_F_SYMLINKS 0x00000001
#define MOVE_MOUNT_F_AUTOMOUNTS 0x00000002
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#define MOVE_MOUNT_T_SYMLINKS 0x00000010
#define MOVE_MOUNT_T_AUTOMOUNTS 0x00000020
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x00000001
#define MOUNT_ATTR_NOSUID 0x00000002
#define MOUNT_ATTR_NODEV 0x00000004
#define MOUNT_ATTR_NOEXEC 0x00000008
#define MOUNT_ATTR__ATIME 0x00000070
#define MOUNT_ATTR_RELATIME 0x00000000
#define MOUNT_ATTR_NOATIME 0x00000010
#define MOUNT_ATTR_STRICTATIME 0x00000020
#define MOUNT_ATTR_NODIRATIME 0x00000080
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif
struct sys_mount_attr {
        uint64_t attr_set, attr_clr;
        uint64_t propagation; /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0 */
        uint64_t userns_fd;   /* with MOUNT_ATTR_IDMAP */
};

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif

/* close_range(2), Linux 5.9; CLOEXEC 5.11 */
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* memfd_create(2), Linux 3.17 */
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 0x0001U
#define MFD_ALLOW_SEALING 0x0002U
#endif
#ifndef MFD_EXEC
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC 0x0010U
#endif

/* sched_setattr(2), Linux 3.14; the clamps 5.3 */
struct sys_sched_attr {
        uint32_t size;
        uint32_t sched_policy;
        uint64_t sched_flags;
        int32_t sched_nice;
        uint32_t sched_priority;
        uint64_t sched_runtime, sched_deadline, sched_period; /* nanoseconds */
        uint32_t sched_util_min, sched_util_max;
};

/* ioprio_set(2) has no header in the C library. */
#ifndef IOPRIO_WHO_PROCESS
#define IOPRIO_WHO_PROCESS 1
#endif

static inline long sys_ret(long r) { return r < 0 ? -errno : r; }

static inline int sys_openat2(int dir_fd, const char *path, const struct sys_open_how *how)
{
        return (int) sys_ret(syscall(SYS_openat2, dir_fd, path, how, sizeof *how));
}

/* As fork(2): 0 in the child, its pid in the caller. */
static inline pid_t sys_clone3(struct sys_clone_args *args)
{
        return (pid_t) sys_ret(syscall(SYS_clone3, args, sizeof *args));
}

static inline int sys_fsopen(const char *type, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_fsopen, type, flags));
}

static inline int sys_fsconfig(int fs_fd, unsigned cmd, const char *key, const void *value, int aux)
{
        return (int) sys_ret(syscall(SYS_fsconfig, fs_fd, cmd, key, value, aux));
}

static inline int sys_fsmount(int fs_fd, unsigned flags, unsigned attrs)
{
        return (int) sys_ret(syscall(SYS_fsmount, fs_fd, flags, attrs));
}

static inline int sys_fspick(int dir_fd, const char *path, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_fspick, dir_fd, path, flags));
}

static inline int sys_open_tree(int dir_fd, const char *path, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_open_tree, dir_fd, path, flags));
}

static inline int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_move_mount, from_fd, from, to_fd, to, flags));
}

static inline int sys_mount_setattr(int dir_fd, const char *path, unsigned flags, const struct sys_mount_attr *attr)
{
        return (int) sys_ret(syscall(SYS_mount_setattr, dir_fd, path, flags, attr, sizeof *attr));
}

static inline int sys_pidfd_open(pid_t pid, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_pidfd_open, pid, flags));
}

static inline int sys_pidfd_send_signal(int pid_fd, int sig, siginfo_t *info, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_pidfd_send_signal, pid_fd, sig, info, flags));
}

static inline int sys_pidfd_getfd(int pid_fd, int target_fd, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_pidfd_getfd, pid_fd, target_fd, flags));
}

/* access(2) with the ids and capabilities that open and execve look at (AT_EACCESS), Linux 5.8. */
static inline int sys_faccessat2(int dir_fd, const char *path, int mode, int flags)
{
        return (int) sys_ret(syscall(SYS_faccessat2, dir_fd, path, mode, flags));
}

static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_close_range, first, last, flags));
}

static inline int sys_setns(int fd, int type)
{
        return (int) sys_ret(syscall(SYS_setns, fd, type));
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
        return (int) sys_ret(syscall(SYS_pivot_root, new_root, put_old));
}

static inline long sys_keyctl(int op, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
        return sys_ret(syscall(SYS_keyctl, op, a, b, c, d));
}

static inline int sys_memfd_create(const char *name, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_memfd_create, name, flags));
}

static inline int sys_execveat(int dir_fd, const char *path, char *const argv[], char *const envp[], int flags)
{
        return (int) sys_ret(syscall(SYS_execveat, dir_fd, path, argv, envp, flags));
}

static inline int sys_sched_setattr(pid_t pid, const struct sys_sched_attr *attr, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_sched_setattr, pid, attr, flags));
}

static inline int sys_sched_getattr(pid_t pid, struct sys_sched_attr *attr, unsigned flags)
{
        return (int) sys_ret(syscall(SYS_sched_getattr, pid, attr, sizeof *attr, flags));
}

static inline int sys_ioprio_set(int which, int who, int prio)
{
        return (int) sys_ret(syscall(SYS_ioprio_set, which, who, prio));
}

static inline int sys_ioprio_get(int which, int who)
{
        return (int) sys_ret(syscall(SYS_ioprio_get, which, who));
}

/* MAX_NODE counts the bits of NODES, plus one: the kernel takes one off. */
static inline int sys_set_mempolicy(int mode, const unsigned long *nodes, unsigned long max_node)
{
        return (int) sys_ret(syscall(SYS_set_mempolicy, mode, nodes, max_node));
}

static inline int sys_seccomp(unsigned op, unsigned flags, void *args)
{
        return (int) sys_ret(syscall(SYS_seccomp, op, flags, args));
}

/* struct __user_cap_header_struct and __user_cap_data_struct[2] of <linux/capability.h>. */
static inline int sys_capget(void *header, void *data)
{
        return (int) sys_ret(syscall(SYS_capget, header, data));
}

static inline int sys_capset(void *header, const void *data)
{
        return (int) sys_ret(syscall(SYS_capset, header, data));
}

static inline int sys_statx(int dir_fd, const char *path, int flags, unsigned mask, struct statx *st)
{
        return (int) sys_ret(syscall(SYS_statx, dir_fd, path, flags, mask, st));
}

/* union bpf_attr of <linux/bpf.h>, of SIZE bytes. */
static inline int sys_bpf(int cmd, void *attr, unsigned size)
{
        return (int) sys_ret(syscall(SYS_bpf, cmd, attr, size));
}

static inline int sys_getdents64(int dir_fd, void *buf, size_t size)
{
        return (int) sys_ret(syscall(SYS_getdents64, dir_fd, buf, size));
}

/* The kernel's own process and thread number, whatever the C library remembers across a raw clone. */
static inline pid_t sys_getpid(void) { return (pid_t) syscall(SYS_getpid); }
static inline pid_t sys_gettid(void) { return (pid_t) syscall(SYS_gettid); }

/* For this thread only and without the C library's signal to its other threads.  32-bit machines have the first, 16-bit
 * kind of these calls under the plain number. */
#ifdef SYS_setresuid32
#define SYS_RAW_ID(call) SYS_##call##32
#else
#define SYS_RAW_ID(call) SYS_##call
#endif
static inline int sys_setresuid(uid_t r, uid_t e, uid_t s)
{
        return (int) sys_ret(syscall(SYS_RAW_ID(setresuid), r, e, s));
}

static inline int sys_setresgid(gid_t r, gid_t e, gid_t s)
{
        return (int) sys_ret(syscall(SYS_RAW_ID(setresgid), r, e, s));
}

static inline int sys_setgroups(size_t n, const gid_t *list)
{
        return (int) sys_ret(syscall(SYS_RAW_ID(setgroups), n, list));
}

#endif
