/* SPDX-License-Identifier: Apache-2.0 */
/* From an errno to what a person can do about it.
 * Owns: nothing.  Layer: run.
 *
 * explain.c is pure: what was asked for and what sys/inspect.h found go in, a sentence or a hint comes out.  Fixed buffers
 * only: it also runs in init, after clone.  advise.c is the hand that fetches the facts, in the process that has them:
 * explain_exec_failure in init, the others in the parent.  None of this runs on the good path.
 */
#ifndef BERTH_RUN_EXPLAIN_H
#define BERTH_RUN_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "inspect.h"
#include "run.h"
#include "usermap.h"

/* ---- pure ------------------------------------------------------------------------------------------------------- */

/* Write the sentence for an execve of PROGRAM that failed with NUM; P describes FILE, which is PROGRAM itself or an
 * interpreter that it leads to (then with its path).  Returns -NUM. */
int explain_exec(const struct sys_program *p, const char *program, const char *file, int num, struct err *e);

/* True when P's trouble is none of its own but may lie in its interpreter, which is there: look at that next. */
bool explain_exec_leads_on(const struct sys_program *p, int num);

/* Hint at the first component of PATH whose directory UID and GID may not search.  True when there is one. */
bool explain_denied(const struct sys_walk *walk, const char *path, uid_t uid, gid_t gid, struct err *e);

/* Hint at the rule that MAPS break.  NOUN is "uid" or "gid"; PARENT is the text of the runtime's own /proc/self/uid_map or
 * gid_map, NULL when it is not known.  True when one was found. */
bool explain_idmap(const struct sys_idmap_entry *maps, size_t n, const char *noun, const char *parent, struct err *e);

/* What limits the making of processes and namespaces on this host.  -1: not known. */
struct explain_limits {
        int64_t ns_max[OCI_NS_KINDS];  /* sysctl user.max_*_namespaces of the runtime's user namespace */
        int64_t userns_clone;          /* kernel.unprivileged_userns_clone (Debian) */
        int64_t apparmor_userns;       /* kernel.apparmor_restrict_unprivileged_userns (Ubuntu) */
        int64_t pids_max, pids_current;  /* of the cgroup that init is born in */
        int64_t nproc;                 /* soft RLIMIT_NPROC */
        int64_t threads_max, pid_max;  /* kernel.threads-max, kernel.pid_max */
        bool privileged;
        bool joins_pid_ns;
};

/* Hint at why clone(2) or unshare(2) with FLAGS failed with NUM. */
void explain_clone(int num, uint64_t flags, const struct explain_limits *limits, struct err *e);

/* Write the sentence for an init that died without a word: HOW is its wait status in words, SIGNAL what killed it (0:
 * none), BEFORE what it had still to do ("it could report"). */
void explain_death(const char *how, const char *before, int signal, const struct sys_cgroup_deaths *deaths, struct err *e);

/* ---- with probes (advise.c) ------------------------------------------------------------------------------------- */

/* execve of PATH failed with NUM: look, follow interpreters, and write the sentence.  Context: init.  Returns -NUM. */
int explain_exec_failure(const char *path, int num, struct err *e);

/* PATH was denied to this very process: hint at the component that did it.  Context: any. */
void explain_path(const char *path, struct err *e);

/* What became of an init whose socket has ended, as it does by execve and by dying alike. */
enum run_started {
        RUN_EXECUTED,
        RUN_DIED, /* before it was that far */
        RUN_GONE, /* it ended, and its parent has reaped it: it may have executed the program, or not */
};
enum run_started run_how_it_ended(pid_t pid, uint64_t start_ticks);

/* For what is not RUN_EXECUTED: write the sentence, with what CGROUP (NULL: none) knows of the death, and return its -errno.
 * 0: nothing speaks against the program having been executed. */
int explain_started(enum run_started how, const struct cgroup *cgroup, struct err *e);

/* What CGROUP's controllers say about deaths in it. */
void explain_look_at_cgroup(const struct cgroup *cgroup, struct sys_cgroup_deaths *ret);

/* init died with STATUS before it could report.  Context: parent. */
void explain_init_death(struct run *run, int status, const char *how, struct err *e);

/* A create failed with E, complete with its step: add what the host knows about it.  Context: parent, once, before the
 * undoing takes the evidence away. */
void explain_failure(struct run *run, struct err *e);

#endif
