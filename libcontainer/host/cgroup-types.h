/* SPDX-License-Identifier: Apache-2.0 */
/* What plan decides about cgroups and sys carries out, as plain values: plan/cgroup.c fills them, sys/cgroup/ takes them.
 * Owns: nothing; texts live in the plan's arena.  Layer: host, pure.
 */
#ifndef BERTH_HOST_CGROUP_TYPES_H
#define BERTH_HOST_CGROUP_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A hierarchy is an index of host->v1, or this. */
enum { CGROUP_V2 = -1 };

/* One control file and what goes into it.  A VALUE of several lines is written line by line, as the kernel takes one item
 * at a time. */
struct cgroup_setting {
        const char *controller; /* "memory": for errors */
        int hierarchy;
        const char *file, *value;
        const char *other_file, *other_value; /* taken where FILE is not there (blkio.weight, blkio.bfq.weight); or NULL */
        bool if_exists;       /* a missing file is fine: VALUE is what the kernel does without it */
        bool not_below_usage; /* refuse a VALUE below memory.current: the kernel would start killing */
};

/* The kernel's bits, BPF_DEVCG_ACC_*. */
enum { CGROUP_DEV_MKNOD = 1, CGROUP_DEV_READ = 2, CGROUP_DEV_WRITE = 4, CGROUP_DEV_ALL = 7 };
enum { CGROUP_DEV_ANY = -1 };

struct cgroup_device_rule {
        bool allow;
        char type;            /* 'a', 'b' or 'c' */
        int32_t major, minor; /* CGROUP_DEV_ANY: all */
        unsigned access;      /* CGROUP_DEV_* */
};

/* Each access bit is decided by the last rule that matches device and bit; by .allow_others when there is none. */
struct cgroup_device_policy {
        bool allow_others;
        bool optional; /* the kernel may refuse us: it guards devices from an unprivileged runtime by other means */
        const struct cgroup_device_rule *rules;
        size_t n;
};

#endif
