/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: everything that making a container will do, as an ordered table of steps, decided before anything is done.
 * Owns: nothing; a plan lives in the arena of the spec that it was made from, and is sealed with it.
 * Layer: plan, pure: makes no system call.  Context: parent, before the first clone.
 *
 *      struct plan *plan;
 *      r = plan_make(arena, spec, &host, &request, &plan, e);
 *      arena_seal(arena);
 *      for (size_t i = 0; i < plan->n_steps; i++) ...        run/step.c runs exactly this table
 *
 * A step is data: an operation, who runs it, its arguments and the config field that it came from.  The table is in the
 * order of time; parent and init each run the rows of their own context from top to bottom, at the same time, and meet
 * only at the sync.* rows.
 */
#ifndef BERTH_PLAN_PLAN_H
#define BERTH_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "host.h"
#include "spec.h"

enum plan_ctx { PLAN_PARENT, PLAN_MID, PLAN_INIT, PLAN_CONTEXTS };

#define PLAN_PHASES(X)                                                                                                 \
        X(RECORD, "record")       /* the state directory */                                                           \
        X(CGROUP, "cgroup")                                                                                            \
        X(SPAWN, "spawn")         /* clone, id maps, namespaces */                                                     \
        X(NETWORK, "network")                                                                                          \
        X(MOUNTS, "mounts")       /* root file system and mounts */                                                   \
        X(DEVICES, "devices")                                                                                          \
        X(HOOKS, "hooks")                                                                                              \
        X(ROOT, "root")           /* pivot, masks, read-only */                                                       \
        X(PROCESS, "process")     /* limits, terminal, user */                                                        \
        X(CONFINE, "confine")     /* labels, capabilities, seccomp */                                                 \
        X(START, "start")
enum plan_phase {
#define X(id, name) PLAN_PHASE_##id,
        PLAN_PHASES(X)
#undef X
                PLAN_PHASE_COUNT
};

/* Every operation there is: constant, name (noun.verb).  run/step.c has one function for each. */
#define PLAN_OPS(X)                                                                                                    \
        X(RECORD_INTENT, "record.intent")          /* what is about to be made, on disk before it is made */          \
        X(RECORD_COMPLETE, "record.complete")      /* pid, start time, status created */                              \
        X(PIDFILE_WRITE, "pidfile.write")                                                                              \
        X(PIDFD_SEND, "pidfd.send")                                                                                    \
        X(CGROUP_CREATE, "cgroup.create")                                                                              \
        X(CGROUP_ATTACH, "cgroup.attach")          /* write init's pid; absent where clone3 puts it there */          \
        X(CGROUP_SET, "cgroup.set")                /* one control file */                                             \
        X(CGROUP_DEVICES, "cgroup.devices")        /* the device filter */                                            \
        X(CGROUP_DELEGATE, "cgroup.delegate")      /* chown to the container's user */                                \
        X(SOURCE_OPEN, "source.open")              /* a mount's source, opened by the parent for init */              \
        X(MID_CLONE, "mid.clone")                                                                                      \
        X(INIT_CLONE, "init.clone")                                                                                    \
        X(EXE_SEAL, "exe.seal")                    /* init stops being a mapping of the host's berth binary */        \
        X(PROCFS_OPEN, "procfs.open")              /* the runtime's own procfs, which no root file system can fake */ \
        X(IDMAP_WRITE, "idmap.write")                                                                                  \
        X(NS_JOIN, "ns.join")                                                                                          \
        X(NS_UNSHARE, "ns.unshare")                                                                                    \
        X(NS_ROOT, "ns.root")                      /* take root's ids of the new user namespace */                     \
        X(TIME_OFFSET, "time.offset")                                                                                  \
        X(LOOPBACK_UP, "loopback.up")                                                                                  \
        X(NETDEV_MOVE, "netdev.move")                                                                                  \
        X(RDT_ASSIGN, "rdt.assign")                                                                                    \
        X(SYNC_SEND, "sync.send")                                                                                      \
        X(SYNC_WAIT, "sync.wait")                                                                                      \
        X(ROOTFS_PROPAGATION, "rootfs.propagation")                                                                    \
        X(ROOTFS_BIND, "rootfs.bind")                                                                                  \
        X(ROOTFS_OPTIONS, "rootfs.options")        /* attributes of the root's mount */                               \
        X(MOUNT_ATTACH, "mount")                   /* its .kind completes the name: mount.proc, mount.bind */         \
        X(DEVICE_CREATE, "device.create")                                                                              \
        X(DEVICE_LINK, "device.link")              /* /dev/fd, /dev/ptmx and the like */                              \
        X(HOOK_OUTPUT, "hook.output")              /* files that the hooks write to */                                \
        X(HOOK_RUN, "hook")                        /* .kind completes the name: hook.createRuntime */                 \
        X(ROOTFS_PIVOT, "rootfs.pivot")            /* pivot_root, or move and chroot with --no-pivot */               \
        X(ROOTFS_READONLY, "rootfs.readonly")                                                                          \
        X(PATH_READONLY, "path.readonly")                                                                              \
        X(PATH_WRITABLE, "path.writable")          /* of what is read-only around it */                               \
        X(PATH_MASK, "path.mask")                                                                                      \
        X(SYSCTL_SET, "sysctl.set")                                                                                    \
        X(HOSTNAME_SET, "hostname.set")                                                                                \
        X(DOMAINNAME_SET, "domainname.set")                                                                            \
        X(KEYRING_JOIN, "keyring.join")                                                                                \
        X(TERMINAL_CONNECT, "terminal.connect")    /* to whom the terminal's master will be sent */                   \
        X(TERMINAL_OPEN, "terminal.open")                                                                              \
        X(STDIO_CHOWN, "stdio.chown")                                                                                  \
        X(OOM_SCORE_SET, "oom-score.set")                                                                              \
        X(RLIMIT_SET, "rlimit.set")                                                                                    \
        X(SCHED_CORE_SET, "sched-core.set")        /* no CPU core is shared with others at one time */                \
        X(AFFINITY_RESET, "affinity.reset")        /* the CPUs of its cgroup, not those that our caller was bound to */    \
        X(SCHEDULER_SET, "scheduler.set")                                                                              \
        X(IOPRIO_SET, "ioprio.set")                                                                                    \
        X(MEMPOLICY_SET, "mempolicy.set")                                                                              \
        X(PERSONALITY_SET, "personality.set")                                                                          \
        X(LABEL_SET, "label.set")                  /* AppArmor or SELinux, taking effect at execve */                 \
        X(CAPS_BOUND, "caps.bound")                                                                                    \
        X(USER_SET, "user.set")                    /* gids, uid, umask */                                             \
        X(CAPS_SET, "caps.set")                                                                                        \
        X(CWD_CREATE, "cwd.create")                /* before the root becomes read-only */                            \
        X(HOME_LOOKUP, "home.lookup")              /* HOME from the container's /etc/passwd */                        \
        X(CWD_SET, "cwd.set")                                                                                          \
        X(FDS_CLOEXEC, "fds.cloexec")              /* what our callers leaked ends at execve */                       \
        X(EXEC_RESOLVE, "exec.resolve")            /* find args[0], so that create can say that it is missing */      \
        X(NNP_SET, "nnp.set")                                                                                          \
        X(SECCOMP_COMPILE, "seccomp.compile")                                                                          \
        X(SECCOMP_LOAD, "seccomp.load")                                                                                \
        X(SECCOMP_NOTIFY, "seccomp.notify")        /* pass the listener to its agent */                               \
        X(START_WAIT, "start.wait")                /* parked: status created */                                       \
        X(EXEC, "exec")
enum plan_op {
#define X(id, name) PLAN_##id,
        PLAN_OPS(X)
#undef X
                PLAN_OP_COUNT
};

/* The points where the processes meet; names of the messages of run/proto.h. */
enum plan_sync {
        PLAN_SYNC_USERNS,   /* mid to parent: my user namespace is made, write its maps */
        PLAN_SYNC_INIT_PID, /* mid to parent: this is init */
        PLAN_SYNC_PROCEED,  /* parent to init or mid: id maps are written, you are in your cgroups, devices are in your netns */
        PLAN_SYNC_MOUNTED,  /* init to parent: the container's environment stands, runtime hooks may look at it */
        PLAN_SYNC_HOOKED,   /* parent to init: runtime hooks are done */
        PLAN_SYNC_CONFINED, /* parent to init: limits, device filter and seccomp program are ready for you */
        PLAN_SYNC_READY,    /* init to parent: all is done but waiting for start */
        PLAN_SYNC_HANDOVER, /* parent to init: you are on record, live on without me */
        PLAN_SYNC_EXECUTING, /* init to whom started it: startContainer hooks are done, what follows is execve */
        PLAN_SYNC_PREPARED, /* init to `start`: nothing but execve is left to do */
        PLAN_SYNC_RELEASE,  /* `start` to init: the start-host hooks are done */
        PLAN_SYNC_COUNT
};

/* Typed arguments; each is declared and described by the file of its concern. */
struct step_mount;      /* plan/mounts.h */
struct step_device;     /* plan/devices.h */
struct step_rootfs;     /* plan/rootfs.h */
struct step_terminal;   /* plan/terminal.h */
struct step_cgroup_set; /* plan/cgroup.h */
struct step_cgroup;     /* plan/cgroup.h */
struct cgroup_device_policy; /* host/cgroup-types.h */
struct step_hook;       /* plan/hooks.h */
struct step_hook_output;
struct step_seccomp;    /* plan/seccomp.h */
struct step_label;      /* plan/lsm.h */
struct step_caps;       /* plan/process.h, and so the next five */
struct step_sysctl;
struct step_user;
struct step_cwd;
struct step_mempolicy;
struct step_exec;
struct step_rdt;        /* plan/net.h */

struct step {
        enum plan_op op;
        enum plan_ctx ctx;
        enum plan_phase phase;
        const char *kind;               /* second half of the name where the op has many; else NULL */
        const struct json_node *origin; /* the config field that asked for it; NULL: nobody, it is a default */
        union {
                const struct step_mount *mount;
                const struct step_device *device;
                const struct step_rootfs *rootfs;
                const struct step_terminal *terminal;
                const struct step_cgroup *cgroup;
                const struct step_cgroup_set *cgroup_set;
                const struct cgroup_device_policy *device_policy; /* cgroup.devices */
                const struct step_hook *hook;
                const struct step_hook_output *hook_output;
                const struct step_seccomp *seccomp;
                const struct step_label *label;
                const struct oci_rlimit *rlimit;
                const struct step_sysctl *sysctl;
                const struct step_caps *caps;
                const struct step_user *user;
                const struct step_cwd *cwd;
                const struct step_mempolicy *mempolicy;
                const struct step_exec *exec;
                const struct step_rdt *rdt;
                const struct oci_scheduler *scheduler;
                const struct oci_io_priority *io_priority;
                const struct oci_time_offset *time_offset;
                const struct oci_net_device *net_device;
                const struct oci_namespace *ns;      /* ns.join */
                const char *text;                    /* a path, a name, a label */
                uint64_t number;                     /* flags, a mask */
                enum plan_sync sync;
        } u;
};

enum plan_lsm { PLAN_LSM_APPARMOR, PLAN_LSM_SELINUX };

/* What the caller asked for beside the config: command line and environment. */
struct plan_request {
        const char *id;
        const char *bundle;         /* absolute */
        const char *pid_file;       /* NULL: none */
        const char *console_socket; /* NULL: none */
        const char *pidfd_socket;   /* NULL: none */
        const char *notify_dir;     /* on the host: a socket will be in it for sd_notify(3) of the payload; NULL: none */
        const char *seccomp_receiver; /* RUN_OCI_SECCOMP_RECEIVER of the environment; NULL: none */
        unsigned preserve_fds;      /* fds 3 .. 3+n-1 are kept for the payload */
        unsigned listen_fds;        /* LISTEN_FDS of the environment, when LISTEN_PID names us; counted from 3 */
        bool no_pivot;
        bool no_new_keyring;
        bool no_cgroups;            /* --cgroup-manager=disabled */
        bool systemd_cgroup;        /* --cgroup-manager=systemd, --systemd-cgroup */
        bool run;                   /* create and start in one: no start.sock */
};

struct plan {
        const struct oci_spec *spec;
        const struct host *host;
        const struct plan_request *request;
        const char *config_name; /* the config's file name, for origins in errors */
        const struct step *steps;
        size_t n_steps;
        oci_strings warnings; /* sentences for the caller's log */

        /* Facts that several files need, decided once. */
        uint64_t clone_flags; /* CLONE_NEW* of the namespaces that the clone of init makes */
        bool mid;             /* a mid process is needed */
        bool user_ns;         /* init lives in another user namespace than the runtime */
        bool new_user_ns;
        const char *ns_path[OCI_NS_KINDS]; /* joined: the path; "" a new one; NULL the runtime's own */
        const char *cgroup_path; /* below the cgroup mount points, "/berth/ID"; NULL: none */
};

/* Decide everything.  Faults that only the combination of spec and host shows are errors here (a label on a kernel
 * without that LSM, a namespace that cannot be made).  Warnings (capabilities cut to the bounding set) stand in
 * plan->warnings.
 * Returns 0; -EINVAL the config cannot be realised; -ENOTSUP the host lacks what it asks for; -ENOMEM. */
int plan_make(struct arena *arena, const struct oci_spec *spec, const struct host *host, const struct plan_request *request,
              const char *config_name, struct plan **ret, struct err *e);

/* ------------------------------------------------------------------------------------------------------------------
 * For the concern files (ns.c, ids.c, mounts.c, devices.c, process.c, cgroup.c, seccomp.c, lsm.c, hooks.c, net.c):
 * each has one function plan_add_X(struct planner *, struct err *) that appends its rows, called in order by plan.c. */

struct planner {
        struct arena *arena;
        struct plan *plan;
        struct step *steps;
        size_t n_steps;

        /* What is decided with a row of the parent and finished with one of init. */
        struct step_rootfs *rootfs;  /* plan/rootfs.c */
        struct step_device *devices; /* plan/devices.c */
        size_t n_devices;
        struct step_mounts *mounts; /* plan/mounts.c */
};

/* Append a zeroed row and return it, or NULL (ENOMEM). */
struct step *planner_add(struct planner *p, enum plan_ctx ctx, enum plan_phase phase, enum plan_op op,
                         const struct json_node *origin);

/* Complete E, which is set, with NODE's place in the config; a NULL NODE adds nothing.  Returns -E->num. */
int planner_place(const struct planner *p, const struct json_node *node, struct err *e);

/* Note a warning, printed once by the command.  -ENOMEM or 0. */
int planner_warn(struct planner *p, const char *fmt, ...) _printf_(2, 3);

const char *plan_op_name(enum plan_op op);
const char *plan_phase_name(enum plan_phase phase);
const char *plan_ctx_name(enum plan_ctx ctx);
const char *plan_sync_name(enum plan_sync sync);
/* The full name, "mount.proc", in BUF. */
const char *plan_step_name(const struct step *step, char *buf, size_t size);

#endif
