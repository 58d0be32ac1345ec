/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of the config: what each comes to, in the config's order.
 * Layer: plan, pure.  spec: config.md "Mounts"; config-linux.md "Default Filesystems".
 *
 * A row mount.KIND of init makes one mount.  Where init could not open a bind's source with its own means (another user
 * or mount namespace, an idmapped mount), a row source.open of the parent precedes the clone and leaves a detached copy.
 *
 * What the host does not allow is decided here, not tried:
 *   - sysfs, proc and mqueue belong to the network, pid and ipc namespace.  A user namespace without one of its own cannot
 *     mount them anew and gets the host's, bound; sysfs then read-only.
 *   - cgroup: see mount-cgroup.c.
 */
#ifndef BERTH_PLAN_MOUNTS_H
#define BERTH_PLAN_MOUNTS_H

#include "mount-options.h"
#include "mount-types.h"
#include "plan.h"
#include "str.h"

struct plan_id_range {
        uint32_t inside, outside, count; /* as a line of /proc/PID/uid_map */
};

/* The ids of an idmapped mount: a map, or the user namespace at a path. */
struct step_idmap {
        const char *userns_path; /* NULL: the ranges below */
        const struct plan_id_range *uids, *gids;
        size_t n_uids, n_gids;
        bool recursive;
};

struct step_mount_link {
        const char *name, *target;
};

enum step_mount_kind {
        STEP_MOUNT_NEW,    /* a file system */
        STEP_MOUNT_BIND,
        STEP_MOUNT_CHANGE, /* of what is mounted there already: "remount", or propagation alone */
};

/* mount.*, source.open with the kind "mount" */
struct step_mount {
        enum step_mount_kind kind;
        struct mount_args args; /* .target: absolute */
        const struct json_node *const *option_nodes; /* of args.options: where each stands; NULL: of our own making */

        bool is_root;       /* the target is the container's "/" itself */
        bool target_plain;  /* no component of the target may be a symbolic link: proc, sysfs */
        bool target_nofollow;
        bool inherit_mode;  /* tmpfs without "mode=": the mode of the directory that it covers */
        bool copy_up;
        bool copy_symlink;
        bool nofail;        /* a source that does not exist is no error */
        const char *const *dirs; /* made in the new mount, NULL-terminated; NULL: none */
        const struct step_mount_link *links; /* made in the new mount */
        size_t n_links;

        const struct step_idmap *idmap; /* NULL: none */
        int source_row;                 /* row of source.open; -1: init opens args.source itself */
        const struct step_mount *otherwise; /* instead, where the kernel answers EPERM; NULL: nothing */
};

/* Parent, before the clone and with the cgroup made: decides all mounts. */
int plan_add_mounts_source(struct planner *p, struct err *e);
/* Init, in the new root. */
int plan_add_mounts(struct planner *p, struct err *e);
/* Init, after the pivot: read-only what was kept writable for the runtime itself. */
int plan_add_mounts_late(struct planner *p, struct err *e);

/* Arguments of the rows above. */
void plan_mounts_describe(const struct step *step, struct strbuf *out);
/* The same of an id mapping and of attributes alone, with a blank before; also for the root file system. */
void plan_idmap_describe(const struct step_idmap *idmap, struct strbuf *out);
void plan_attrs_describe(const struct mount_args *args, struct strbuf *out);

/* ------------------------------------------------------------------------------------------------------------------
 * Between mounts.c, mount-cgroup.c and mount-idmap.c */

/* A mount that is being decided. */
struct mount_draft {
        struct planner *p;
        const struct oci_mount *mount;
        const struct json_node *node; /* of the mount in the config; NULL in a spec built by hand */
        const char *target;
        struct step_mount step;
        unsigned long ms; /* flags of mount(2) that its words came to */
        bool remount;
};

/* Keep DRAFT->step as the next mount, under the name of KIND. */
int mount_draft_keep(const struct mount_draft *draft, const char *kind, struct err *e);
/* Append an option of our own making. */
int mount_draft_add_option(struct mount_draft *draft, const char *key, const char *value);
/* An error about the mount, with its place in the config. */
int mount_draft_fault(const struct mount_draft *draft, int num, struct err *e, const char *fmt, ...) _printf_(4, 5);
/* The config's mountLabel becomes an option, but for file systems that label their files themselves. */
int mount_draft_label(struct mount_draft *draft, struct err *e);
/* The ids that the mount maps, if it does; RANGES is its word "idmap=…" or NULL.  *RET is NULL where it is not idmapped. */
int mount_draft_idmap(struct mount_draft *draft, const struct mount_flags *flags, const char *ranges, struct step_idmap **ret,
                      struct err *e);
bool mount_idmap_same(const struct step_idmap *a, const struct step_idmap *b);
/* Mounts of type cgroup and cgroup2. */
int mount_draft_cgroup(struct mount_draft *draft, struct err *e);

#endif
