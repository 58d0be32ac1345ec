/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sys/cgroup/ share.  Layer: sys. */
#ifndef BERTH_SYS_CGROUP_PRIVATE_H
#define BERTH_SYS_CGROUP_PRIVATE_H

#include <limits.h>
#include <stdint.h>

#include "cgroup/cgroup.h"

/* The systemd driver, when it is built in, is one more of these over the same directories. */
struct cgroup_manager {
        int (*create)(struct cgroup *cg, const struct sys_cgroup_needs *needs, struct err *e);
        int (*attach)(struct cgroup *cg, pid_t pid, bool in_v2, struct err *e);
        int (*set)(struct cgroup *cg, const struct cgroup_setting *setting, struct err *e);
        int (*devices)(struct cgroup *cg, const struct cgroup_device_policy *policy, struct err *e);
        int (*destroy)(struct cgroup *cg, unsigned timeout_msec, struct err *e);
};
extern const struct cgroup_manager cgroup_manager_fs;

struct cgroup {
        const struct cgroup_manager *manager; /* NULL: a handle on nothing */
        const struct host *host;              /* borrowed */
        char *path, *owner;                   /* owned */
        int primary;                          /* the hierarchy that knows all processes */
        int v2_fd;                            /* owned: the cgroup2 directory; -EBADF until it is opened */
        bool fresh;                           /* made by this handle: nobody else has put anything in */
        bool refused;                         /* it is somebody else's: create has failed on it */
        bool absent;                          /* could not be made, need not be */
        uint32_t v1_missing;                  /* bit h: host->v1[h] has none of ours: nobody needs it, or it is another's */
};

/* ---- file.c: small files and directories ---- */

/* What FILE below DIR_FD holds, NUL-terminated, without its last newline.  The length or -errno; -E2BIG when it does not
 * fit. */
ssize_t cgroup_read(int dir_fd, const char *file, char *buf, size_t size);
/* One write(2).  0 or -errno. */
int cgroup_write(int dir_fd, const char *file, const char *value);
/* Is WORD in LIST, separated by blanks or commas? */
bool cgroup_list_has(const char *list, const char *word, size_t len);
/* The next word of *LIST, its length in *RET_LEN; NULL at the end. */
const char *cgroup_next_word(const char **list, size_t *ret_len);
/* mkdir with all parents.  1 made, 0 was there, or -errno. */
int cgroup_mkdir(const char *dir);
/* Open the directory in hierarchy H, O_RDONLY.  An fd or -errno. */
int cgroup_open_dir(const struct cgroup *cg, int h);
/* The kept fd of the cgroup2 directory, opened when needed; borrowed.  -errno. */
int cgroup_v2_fd(struct cgroup *cg);

/* CLOCK_MONOTONIC in milliseconds, and what is left until DEADLINE, at least 0. */
uint64_t cgroup_now_msec(void);
int cgroup_left_msec(uint64_t deadline_msec);

/* ---- claim.c: whose cgroup is it ---- */

enum cgroup_claim {
        CLAIM_OURS,
        CLAIM_NONE,    /* not marked */
        CLAIM_FOREIGN, /* marked by another container */
        CLAIM_GONE,    /* no such cgroup */
        CLAIM_UNKNOWN, /* no marks on this kernel */
};
enum cgroup_claim cgroup_claim(const struct cgroup *cg);
/* Put our mark on it; what was there before to *RET_OLD.  0 or -errno; a kernel without marks is fine. */
struct cgroup_mark { char text[512]; };
int cgroup_claim_set(const struct cgroup *cg, struct cgroup_mark *ret_old);
void cgroup_claim_restore(const struct cgroup *cg, const struct cgroup_mark *old);
/* Error for a call on a cgroup that must be ours.  0, -ENOENT (gone, E untouched), -ESTALE. */
int cgroup_claim_check(const struct cgroup *cg, struct err *e);

/* ---- walk.c: the tree below ---- */

/* Call VISIT with a directory fd for DIR_FD and every directory below it, until it returns other than 0.  Needs no more fds
 * for deeper trees, and no path, so a container cannot hide by depth.  0, VISIT's answer, or -errno. */
int cgroup_walk(int dir_fd, int (*visit)(int dir_fd, void *arg), void *arg);
/* Remove every directory below DIR_FD, bottom-up.  0; -EBUSY one has processes; -errno. */
int cgroup_remove_below(int dir_fd);
/* Add the processes of DIR_FD and below to PIDS.  0 or -errno. */
int cgroup_pids_below(int dir_fd, struct sys_pids *pids);

/* ---- v2.c ---- */
int cgroup_v2_enable(struct cgroup *cg, const char *needed, struct err *e);
/* A value of a "key value" file: 0, 1, or -errno. */
int cgroup_v2_flag(int dir_fd, const char *file, const char *key);
/* Wait on cgroup.events until KEY is VALUE.  0, -ETIMEDOUT, -ENODEV (removed), -errno. */
int cgroup_v2_wait(int dir_fd, const char *key, int value, uint64_t deadline_msec);

/* ---- v1.c ---- */
int cgroup_v1_fill_cpuset(const char *mount, const char *path, struct err *e);
/* The hierarchy that has CONTROLLER, or -1. */
int cgroup_v1_find(const struct host *host, const char *controller);
int cgroup_v1_devices(struct cgroup *cg, int h, const struct cgroup_device_policy *policy, struct err *e);
/* Write freezer.state and wait for it.  0, -ETIMEDOUT, -errno. */
int cgroup_v1_freeze(int dir_fd, bool freeze, uint64_t deadline_msec);

/* ---- kill.c ---- */
int cgroup_fs_destroy(struct cgroup *cg, unsigned timeout_msec, struct err *e);

/* ---- ebpf.c ---- */
int cgroup_v2_devices(struct cgroup *cg, const struct cgroup_device_policy *policy, struct err *e);

#endif
