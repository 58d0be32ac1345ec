/* SPDX-License-Identifier: Apache-2.0 */
/* lxc.cgroup.* (cgroup v1) and lxc.cgroup2.* as linux.resources: typed fields, unified, and the device list.
 * Owns: nothing; the result and the notes' texts live in the arena.  Layer: src/lxc, pure.
 *
 *      struct lxc_cgroup_line lines[] = { { .key = "lxc.cgroup.cpu.shares", .value = "512", .file = f, .line = 7, .column = 1 } };
 *      struct lxc_cgroup_source source = { .lines = lines, .n = 1, .notes = { .add = add, .arg = report } };
 *      r = lxc_cgroup_convert(arena, &source, &result, e);
 *
 * LXC writes the v1 keys on a host with v1 controllers and the v2 keys on a host with cgroup v2, and ignores the others; files
 * that hold both are common.  The result serves the host that .target names: for v2 a lxc.cgroup2 key wins over the v1 key
 * that sets the same limit, and the loser's note says so.  Keys of the older version that still have a meaning are carried over.
 *
 * Every line gets exactly one note, in the order of the lines.  Not for the keys on where the cgroup is
 * (lxc.cgroup.dir and its kin): lxc_cgroup_key_is_placement tells them.
 * spec: config-linux.md "Control groups".  kernel: admin-guide/cgroup-v1, cgroup-v2.rst.
 */
#ifndef BERTH_LXC_CGROUP_KEYS_H
#define BERTH_LXC_CGROUP_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "note.h"
#include "spec.h"

/* One line of the configuration, includes already expanded, in order; the key whole, the value trimmed ("" clears). */
struct lxc_cgroup_line {
        const char *key, *value;
        const char *file;
        unsigned line, column;
        const void *tag; /* handed back in the note */
};

enum lxc_cgroup_target {
        LXC_CGROUP_V2, /* today's hosts */
        LXC_CGROUP_V1,
};

struct lxc_cgroup_source {
        const struct lxc_cgroup_line *lines;
        size_t n;
        enum lxc_cgroup_target target;
        /* What device PATH of the host is ("devices.allow = /dev/fuse rw", LXC 2.0 and later): type 'b' or 'c' and numbers.
         * False: no such device.  NULL: rules of that form are errors. */
        bool (*find_device)(void *arg, const char *path, char *ret_type, int64_t *ret_major, int64_t *ret_minor);
        void *arg;
        struct lxc_notes notes;
};

/* Without any device rule LXC restricts nothing, where OCI runtimes allow a few devices only: the list then says so itself. */
struct lxc_cgroup_result {
        struct oci_resources *resources; /* never NULL: at least the device list */
        bool strict_devices;  /* the device list is the whole truth: annotate berth.devices.strict=true */
        bool default_devices; /* no line asked for the device list: it is a default, written out at /linux/resources/devices */
        unsigned n_errors;    /* notes with LXC_ERROR */
};

/* lxc.cgroup.dir, lxc.cgroup.relative, …: keys below the same prefix that are no cgroup files. */
bool lxc_cgroup_key_is_placement(const char *key);

/* Convert all lines.  Returns 0, or -ENOMEM. */
int lxc_cgroup_convert(struct arena *arena, const struct lxc_cgroup_source *source, struct lxc_cgroup_result *ret,
                       struct err *e);

#endif
