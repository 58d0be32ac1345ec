/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes: the default ones, those of linux.devices, and the symbolic links that programs expect in /dev.
 * Layer: plan, pure.  spec: config-linux.md "Devices", "Default Devices"; runtime-linux.md "Dev symbolic links".
 *
 * With annotation berth.devices.default=none only those of linux.devices are made, and no link.
 * Where the config binds something over /dev, that directory is not ours: nothing below it is made, as in other runtimes;
 * it may well be the host's.
 * In a user namespace no device node can be made: the host's node of the same path is bound instead, and must be the
 * device that is asked for; its mode and owner are then the host's. */
#ifndef BERTH_PLAN_DEVICES_H
#define BERTH_PLAN_DEVICES_H

#include "plan.h"
#include "str.h"

enum plan_node {
        PLAN_NODE_CHAR,
        PLAN_NODE_BLOCK,
        PLAN_NODE_FIFO,
        PLAN_NODE_MOUNT_POINT, /* an empty file, to be mounted over */
};

/* device.create */
struct step_device {
        const char *path; /* in the container, absolute, without a slash at its end */
        enum plan_node node;
        uint32_t major, minor;
        uint32_t mode;    /* permission bits */
        uint32_t uid, gid; /* in the container */
        bool bind;        /* mounted over a file: in a user namespace a new node is none */
        bool made_aside;  /* bind: of a node that the parent makes, with these ids; else of the host's of the same path */
        uint32_t host_uid, host_gid;
        int source_row;   /* bind: row of source.open; -1: init opens the host's path itself */
        const struct json_node *origin; /* NULL: a default */
        /* device.link */
        const char *target; /* text of the link; NULL: a node */
        bool replace;       /* what is there is removed first; else it is left alone */
        const char *if_exists; /* made only when this path exists on the host; NULL: always */
};

/* Parent, before the clone: the host's nodes, where they are bound and init might not be able to open them. */
int plan_add_device_sources(struct planner *p, struct err *e);
/* Init, after the mounts: nodes, then links. */
int plan_add_devices(struct planner *p, struct err *e);

/* Arguments of the rows above, and of source.open with the kind "device". */
void plan_devices_describe(const struct step *step, struct strbuf *out);

#endif
