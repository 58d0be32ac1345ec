/* SPDX-License-Identifier: Apache-2.0 */
/* What the converter (src/lxc, which makes no system call) asks about this host.
 * Owns: struct convert_host owns nothing that has to be released.  Layer: src. */
#ifndef BERTH_CONVERT_HOST_H
#define BERTH_CONVERT_HOST_H

#include "convert.h"

/* As the path of a configuration: standard input. */
#define CONVERT_STDIN "-"

/* What the user named, and what may therefore be a pipe. */
struct convert_input {
        const char *path;
};
/* Files, directories, devices, environment and system calls of the host that we run on.  INPUT stays the caller's. */
struct lxc_host convert_host(struct convert_input *input);
/* AppArmor is on. */
bool convert_host_has_apparmor(void);
/* An init that reaps and passes signals on, as a path that needs no library of the host; NULL: none is installed. */
const char *convert_host_reaper(void);
/* The architecture that we were built for; -1: one that OCI has no word for. */
int convert_host_arch(void);
/* Where Debian's LXC mounts root file systems before it enters them. */
const char *convert_host_rootfs_mount(void);

#endif
