/* SPDX-License-Identifier: Apache-2.0 */
/* Host facts: the plan's only impure input, as plain data.  sys/probe.c fills one; golden tests write theirs by hand.
 * Owns: nothing; texts live in the arena that was handed to the probe.  Layer: host, pure: it has a folder of its own so that sys and plan see it and not each other.
 */
#ifndef BERTH_PLAN_HOST_H
#define BERTH_PLAN_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum host_cgroup_layout {
        HOST_CGROUP_NONE,   /* nothing mounted, or not for us to use */
        HOST_CGROUP_V1,     /* only v1 hierarchies */
        HOST_CGROUP_HYBRID, /* v1 hierarchies, and a cgroup2 beside them */
        HOST_CGROUP_V2,     /* cgroup2 at the root */
};

enum { HOST_CGROUP_V1_MAX = 16 };

/* One mounted v1 hierarchy.  Decided by file system type and /proc/self/cgroup, never by a path's name alone. */
struct host_cgroup_v1 {
        const char *controllers; /* "cpu,cpuacct", "memory", "name=systemd" */
        const char *mount;       /* "/sys/fs/cgroup/memory" */
        const char *own;         /* our own path in it, from /proc/self/cgroup */
};

struct host {
        uid_t euid;
        gid_t egid;
        bool in_user_ns;        /* the runtime itself is in a user namespace other than the first */
        bool privileged;        /* CAP_SYS_ADMIN is effective over the runtime's mount namespace */
        uint64_t bounding_caps; /* bit n: capability n is in the bounding set */
        unsigned last_cap;      /* highest capability that the kernel knows */
        bool apparmor;          /* enabled in the kernel */
        bool selinux;           /* enabled and a policy is loaded */
        uint64_t nr_open;       /* fs.nr_open */
        const char *resctrl;    /* where resctrl is mounted; NULL: it is not */

        enum host_cgroup_layout cgroup;
        struct host_cgroup_v1 v1[HOST_CGROUP_V1_MAX];
        unsigned n_v1;
        const char *v2_mount;       /* NULL when there is no cgroup2 */
        const char *v2_own;         /* our own path in it */
        const char *v2_controllers; /* the root's cgroup.controllers, "cpu io memory" */

        uint32_t page_size; /* bytes */
};

#endif
