/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of one create share while they run.
 * Owns: a struct run owns its fds and the shared mapping; run_done releases them.  Layer: run.
 * After the clone parent and init each have their own copy of it, but for *shared.
 */
#ifndef BERTH_RUN_RUN_H
#define BERTH_RUN_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "err.h"
#include "plan.h"
#include "proto.h"
#include "record.h"

enum { RUN_SECCOMP_MAX_INSNS = 4096, RUN_MAX_STEPS_TIMED = 4096 };

/* A MAP_SHARED mapping made before the clone: what one side writes and the other reads without a message. */
struct run_shared {
        struct {
                uint64_t begin_nsec, end_nsec; /* CLOCK_MONOTONIC; 0: the step did not run, or has not ended */
        } timing[RUN_MAX_STEPS_TIMED];
        uint32_t seccomp_insns; /* instructions of the program below, ready when PLAN_SYNC_CONFINED was sent */
        uint32_t seccomp_flags; /* SECCOMP_FILTER_FLAG_* to load it with */
        uint32_t seccomp_by_number; /* the filter does not let init send its listener: the parent fetches .seccomp_listener */
        int32_t seccomp_listener;   /* init's fd number */
        uint32_t hooks_began;       /* a hook was run: those that undo what it did have to */
        struct { uint16_t code; uint8_t jt, jf; uint32_t k; } seccomp[RUN_SECCOMP_MAX_INSNS]; /* struct sock_filter */
};

struct cgroup;     /* sys/cgroup/cgroup.h */
struct sys_netdev; /* sys/netdev.h */

/* A fault to raise just before row STEP runs: die by SIGKILL, or fail with an errno. */
struct run_fault {
        int step; /* -1: none */
        int num;  /* errno; 0: SIGKILL */
        bool after; /* once the row is done, rather than before it */
};

struct run {
        const struct plan *plan;
        enum plan_ctx ctx;
        struct run_shared *shared; /* owned */
        int *step_fds; /* by row: an fd that the parent opened for init's row (a detached mount, an O_PATH source), or
                        * -EBADF.  Owned; init closes each when it has used it. */
        int sync_fd;   /* owned; this side's end */
        int peer_fd;   /* owned; the other end, until the clone has given it away */
        struct run_fault fault; /* armed by tests: see run/step.h */
        struct proto_listener listener; /* parent: the command's log, to which mid and init send their warnings, and the
                                         * signals that end `run` */
        void (*debug)(void *arg, const char *text); /* parent: what hooks write, with .listener.arg; NULL: nobody */

        /* parent */
        int root_fd;         /* borrowed: the state root, for caches */
        int state_fd;        /* owned: ROOT/ID, and with it the container's lock */
        struct state_record record; /* its lists but for net_devices are the plan's */
        uint64_t created_usec; /* CLOCK_REALTIME */
        char boot_id[37], rootfs_path[PATH_MAX];
        struct rlimit caller_nofile; /* as the caller had it */
        bool nofile_raised;  /* for the making; the payload gets the caller's back, or its config's */
        pid_t init_pid;      /* in the runtime's pid namespace */
        int init_pidfd;      /* owned */
        bool in_cgroup;        /* clone3 has put init there, no attach is needed */
        pid_t mid_pid;         /* until it is reaped */
        const char *pid_file;  /* written by pidfile.write; removed again if the create fails later */
        struct cgroup *cgroup; /* owned */
        struct sys_netdev *netdevs; /* owned: moved in, for an undo */
        const char *rdt_dirs[2];    /* storage of record.rdt_dirs */
        const char *rdt_class;      /* a named class that we made: only an undo removes it */
        int idmap_fd;          /* owned: the user namespace of the last idmapped mount, ... */
        const struct step_idmap *idmap_of; /* ... and the map it was made for: the next one is often the same */
        int hook_stdout_fd, hook_stderr_fd; /* owned, inherited by init: where hooks write; -EBADF: captured */
        int cgroup_fd;         /* owned: the cgroup2 directory that init is born in; -EBADF: none */

        /* init */
        bool sources_held; /* .step_fds of binds are O_PATH fds in our mount namespace, not mounts: init_hold_sources */
        int rootfs_fd;  /* owned: the container's root mount, O_PATH; still valid after the pivot */
        int proc_fd;    /* owned: the runtime's own procfs of the container's pid namespace, never the container's */
        int empty_dir_fd; /* owned: the one shared empty read-only directory that masks directories; -EBADF until used */
        int null_fd;     /* owned: the container's /dev/null, verified, that masks files; -EBADF until used */
        int dev_fd;      /* owned: the container's /dev, O_PATH, while devices are made; -EBADF until used */
        bool nodev_told; /* that device nodes are on a mount with nodev was warned of */
        int console_fd;  /* owned: connected socket that the pty's master is sent over: to the console socket, or to the
                          * parent's console_peer_fd; opened by terminal.connect before the clone */
        int console_peer_fd; /* owned, parent: where the master arrives when the parent itself serves the terminal */
        int terminal_fd; /* owned: the pty's master until it is sent */
        int start_fd;    /* owned: listens for `start`; -EBADF in `run`, where START comes over sync_fd */
        int report_fd;   /* where errors go: sync_fd, after START the connection of `start`; never owned twice */
        mode_t caller_umask;       /* while init makes things its own is 0 */
        bool cwd_pending;          /* root could not enter the working directory: the user will try */
        char title[300];           /* what ps(1) shows of the parked init */
        char home[PATH_MAX];       /* "HOME=/root", where the config's env has none */
        char exec_path[PATH_MAX];  /* the payload's resolved path */
        uint64_t arg_start, arg_end, env_start, env_end; /* where the kernel has our arguments and environment, for a reaper */
        struct arena *arena;       /* borrowed: the plan's; a reaper, which needs it no more, frees its copy */
};

/* The function of one operation.  Called with the row; on failure fills E and returns -errno; the loop adds the rest. */
typedef int (*run_apply)(struct run *run, const struct step *step, struct err *e);

#define RUN_INIT                                                                                                       \
        ((struct run) {                                                                                                \
                .fault = { .step = -1 }, .sync_fd = -EBADF, .peer_fd = -EBADF, .root_fd = -EBADF, .state_fd = -EBADF,  \
                .init_pidfd = -EBADF, .idmap_fd = -EBADF, .hook_stdout_fd = -EBADF, .hook_stderr_fd = -EBADF, \
                .cgroup_fd = -EBADF, .rootfs_fd = -EBADF, .proc_fd = -EBADF,                     \
                .empty_dir_fd = -EBADF, .null_fd = -EBADF, .dev_fd = -EBADF, .console_fd = -EBADF,                     \
                .console_peer_fd = -EBADF, .terminal_fd = -EBADF, .start_fd = -EBADF, .report_fd = -EBADF,             \
        })
/* Release what the struct owns; kills nothing, removes nothing. */
void run_done(struct run *run);
/* Close its fds, all but the state directory, which is the container's lock: what follows needs some itself. */
void run_close_fds(struct run *run);
/* Remove what a failed create has made on the host: the cgroup, resctrl groups.  init is dead and reaped by then. */
int run_undo(struct run *run, struct err *e);

#endif
