/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup of one container: made, filled, limited, watched, emptied and removed.
 * Owns: a struct cgroup owns its directory fd and texts.  Layer: sys.  Context: parent, and every later command; never init.
 *
 *      _cleanup_(sys_cgroup_freep) struct cgroup *cg = NULL;
 *      sys_cgroup_new(SYS_CGROUP_FS, &host, "/berth/web1", owner, &cg, e);
 *      sys_cgroup_create(cg, &needs, e);                       directories, controllers
 *      clone3(CLONE_INTO_CGROUP, sys_cgroup_dir_fd(cg))        cgroup2: init is born in it
 *      sys_cgroup_attach(cg, init_pid, true, e);               the v1 hierarchies need a write each
 *      sys_cgroup_set(cg, &setting, e); …
 *      sys_cgroup_destroy(cg, 10000, e);                       kill, wait, rmdir bottom-up
 *
 * A container has the same path in all hierarchies.  One of them, the primary, knows all its processes and carries our
 * mark: cgroup2 where there is one, beside v1 too; else the freezer, else the first.
 *
 * Whose is it.  The mark is an extended attribute of the primary directory ("trusted.berth", where we may not write that
 * "user.berth") whose value is OWNER, a name for this container and no other.  Whatever kills, freezes or removes checks it
 * first, so a container that failed to get a cgroup, or lost it, never touches its new owner's processes.
 * kernel: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/.  man: cgroups(7).
 */
#ifndef BERTH_SYS_CGROUP_H
#define BERTH_SYS_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "cgroup-types.h"
#include "err.h"
#include "host.h"

enum sys_cgroup_kind { SYS_CGROUP_FS, SYS_CGROUP_SYSTEMD, SYS_CGROUP_DISABLED };

/* Bytes of a path below the mount point, so that mount point and file name still fit into PATH_MAX. */
enum { SYS_CGROUP_PATH_MAX = 3500 };

struct cgroup;

/* A handle for PATH ("/berth/web1", below the mount points of HOST).  Makes and opens nothing.  HOST is borrowed and must
 * outlive it; OWNER may be NULL: then nothing is marked and nothing checked.  PATH NULL, and the disabled manager: a handle
 * on nothing, with which every call succeeds without doing anything.
 * 0; -ENOTSUP the systemd driver; -ENAMETOOLONG; -ENOMEM. */
int sys_cgroup_new(enum sys_cgroup_kind kind, const struct host *host, const char *path, const char *owner,
                   struct cgroup **ret, struct err *e);
void sys_cgroup_free(struct cgroup *cg);
static inline void sys_cgroup_freep(struct cgroup **cg) { sys_cgroup_free(*cg); }

/* ------------------------------------------------------------------------------------------------------------------
 * create */

/* The controllers that settings will be made for, "memory pids"; NULL: none. */
struct sys_cgroup_needs {
        const char *v1, *v2; /* in v1 hierarchies; on cgroup2 */
        bool optional;       /* where we lack the rights, go on without a cgroup: sys_cgroup_is_absent tells */
};

/* Make the directories, and on cgroup2 pass down the controllers: all that the host has where that is possible, those of
 * NEEDS in any case.  An existing cgroup is taken over when it has no processes and is not frozen.
 * 0; -EEXIST it has processes; -EBUSY it is frozen, or an ancestor's processes are in the way; -ENOENT nothing is mounted;
 * -ENOTSUP a needed controller is not to be had; -EACCES, -EROFS, … */
int sys_cgroup_create(struct cgroup *cg, const struct sys_cgroup_needs *needs, struct err *e);
bool sys_cgroup_is_absent(const struct cgroup *cg);

/* The cgroup2 directory for CLONE_INTO_CGROUP, borrowed; -EBADF when there is none. */
int sys_cgroup_dir_fd(const struct cgroup *cg);

/* Write PID into every hierarchy; into cgroup2 only if not IN_V2: clone3 has put it there.
 * 0; -ESTALE the cgroup was taken over by another container; -ESRCH PID is gone; -EOPNOTSUPP an ancestor is threaded. */
int sys_cgroup_attach(struct cgroup *cg, pid_t pid, bool in_v2, struct err *e);

/* Write one control file.  The error names file, value and controller.  0 or -errno. */
int sys_cgroup_set(struct cgroup *cg, const struct cgroup_setting *setting, struct err *e);

/* Install the device filter: devices.deny and devices.allow on v1, else a program on the cgroup2 directory, which takes
 * the place of the one program that may be there.
 * 0; -EPERM unless POLICY->optional; -ENOTSUP the kernel has neither; -errno. */
int sys_cgroup_devices(struct cgroup *cg, const struct cgroup_device_policy *policy, struct err *e);

/* cgroup2 only: give the directory and the files of /sys/kernel/cgroup/delegate to UID, so that the container can make
 * cgroups of its own.  spec: config-linux.md "Cgroup ownership".  0 or -errno. */
int sys_cgroup_delegate(struct cgroup *cg, uid_t uid, struct err *e);

/* ------------------------------------------------------------------------------------------------------------------
 * later */

struct sys_pids {
        pid_t *items; /* owned */
        size_t n;
};
void sys_pids_done(struct sys_pids *pids);

/* All processes in the cgroup and below, in our pid namespace.  A cgroup that is gone has none.  0, -ENOMEM, -errno. */
int sys_cgroup_pids(struct cgroup *cg, struct sys_pids *ret, struct err *e);

/* Are there processes in it or below?  1, 0 (also when it is gone), or -errno. */
int sys_cgroup_populated(struct cgroup *cg, struct err *e);

/* 1 frozen, 0 not (also when it is gone), or -errno. */
int sys_cgroup_frozen(struct cgroup *cg, struct err *e);
/* Freeze or thaw, and wait until that is done.  0; -ETIMEDOUT; -ENOTSUP no freezer; -ESTALE not ours; -ENOENT. */
int sys_cgroup_freeze(struct cgroup *cg, bool freeze, unsigned timeout_msec, struct err *e);

/* Send SIG to all processes in it and below.  SIGKILL misses none, also of those that fork meanwhile, and thaws where a
 * frozen process would not die.  0 (also when it is gone); -ESTALE not ours; -errno. */
int sys_cgroup_kill(struct cgroup *cg, int sig, struct err *e);

/* Wait until it has no processes.  0; -EBUSY after TIMEOUT_MSEC, naming the processes, their state and what they wait
 * for. */
int sys_cgroup_wait_empty(struct cgroup *cg, unsigned timeout_msec, struct err *e);

/* Kill, wait, remove with all cgroups below.  Ancestors are left, they are shared.  Repeatable; a cgroup that is gone is
 * success, and so is one that is not ours: it is left alone.  0; -EBUSY as above, or what cannot be removed; -errno. */
int sys_cgroup_destroy(struct cgroup *cg, unsigned timeout_msec, struct err *e);

/* An O_DIRECTORY fd of its directory in the hierarchy that has CONTROLLER, the caller's.  -ENOENT: none, or it is gone. */
int sys_cgroup_open(const struct cgroup *cg, const char *controller);

/* The directory in hierarchy H (an index of host->v1 or CGROUP_V2) in BUF: for records and reports. */
const char *sys_cgroup_dir(const struct cgroup *cg, int h, char *buf, size_t size);

#endif
