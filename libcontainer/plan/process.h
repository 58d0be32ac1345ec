/* SPDX-License-Identifier: Apache-2.0 */
/* The process: names, kernel parameters, limits, scheduling, user, capabilities, working directory, program.
 * Owns: nothing; what the rows point to lives in the plan's arena.  Layer: plan, pure.
 * spec: config.md "Process", "Linux Process", "User", "Hostname", "Domainname"; config-linux.md "Sysctl", "Memory policy",
 * "Personality".
 *
 * The functions append rows to stand at different places of the table.  plan.c calls them in this order:
 *
 *      plan_add_process_score     parent   after init.clone, before sync PROCEED: while init is still ours to write to
 *      plan_add_process_early     init     in all new namespaces, before the user's files are touched
 *      plan_add_process_cwd       init     with the mounts attached, before the root becomes read-only
 *      plan_add_process_limits    init     after its mounts, which need more fds than a payload may have
 *      plan_add_process_user      init     after the pivot; without no_new_privs seccomp.load stands before it
 *      plan_add_process_limits_parent
 *                                 parent   limits that init may not set for itself in its user namespace: between sync READY
 *                                          and HANDOVER, when init stands still
 *      plan_add_process_exec      init     after start.wait, the last row
 *
 * A config without process makes no rows here: such a container can be created, but not started.
 */
#ifndef BERTH_PLAN_PROCESS_H
#define BERTH_PLAN_PROCESS_H

#include <sys/types.h>

#include "plan.h"
#include "str.h"

/* sysctl.set */
struct step_sysctl {
        const char *name, *value; /* as the config has them */
        const char *path;         /* below /proc: "sys/net/ipv4/ip_forward" */
};

/* caps.set.  Bit n is capability n; cut to what the kernel will grant. */
struct step_caps {
        uint64_t effective, permitted, inheritable, ambient;
        bool hide; /* others may be in init's pid namespace: not readable for them until execve */
};

/* user.set */
struct step_user {
        uid_t uid;
        gid_t gid;
        const gid_t *groups;
        size_t n_groups;
        bool keep_groups; /* annotation run.oci.keep_original_groups */
        bool set_umask;
        mode_t umask;
};

/* cwd.set: tried as root, and once more as the user where root may not (a volume of the user's own). */
struct step_cwd {
        const char *path;
        bool as_user;
};

/* mempolicy.set */
struct step_mempolicy {
        int mode; /* MPOL_* with flags */
        const unsigned long *nodes;
        unsigned long max_node; /* bits in nodes, plus one, as set_mempolicy(2) counts; 0: no nodes */
        const char *text;       /* "MPOL_BIND 0-1" */
};

/* home.lookup, exec.resolve and exec */
struct step_exec {
        const char *const *argv; /* NULL at the end */
        const char *const *env;  /* no key twice; NULL at the end */
        size_t n_env;
        const char *search;      /* PATH of env, or the C library's default */
        bool needs_home;         /* env has no HOME, or an empty one */
        bool needs_listen_pid;   /* LISTEN_PID is the payload's pid, known only to init */
        bool reaper;             /* annotation berth.init=reaper: init stays and forks the program */
};

/* Does the payload get a NOTIFY_SOCKET of the runtime's making, in this directory? */
#define PLAN_NOTIFY_DIR "/run/notify"
bool plan_wants_notify(const struct plan *plan);

int plan_add_process_score(struct planner *p, struct err *e);
int plan_add_process_early(struct planner *p, struct err *e);
int plan_add_process_cwd(struct planner *p, struct err *e);
int plan_add_process_limits(struct planner *p, struct err *e);
int plan_add_process_limits_parent(struct planner *p, struct err *e);
int plan_add_process_user(struct planner *p, struct err *e);
int plan_add_process_exec(struct planner *p, struct err *e);

/* The arguments column of `berth plan`. */
void plan_process_describe(const struct step *step, struct strbuf *out);

#endif
