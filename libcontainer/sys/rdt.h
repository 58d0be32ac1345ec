/* SPDX-License-Identifier: Apache-2.0 */
/* Intel RDT and AMD QoS: groups of the resctrl file system.
 * Owns: nothing; the directories are the caller's to record before they are made, and to remove.  Layer: sys.
 * Context: parent.
 * spec: config-linux.md "IntelRdt".  kernel: Documentation/filesystems/resctrl.rst.
 */
#ifndef BERTH_SYS_RDT_H
#define BERTH_SYS_RDT_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

/* Is there a group at PATH (an absolute path below resctrl's mount point)? */
bool sys_rdt_exists(const char *path);

/* Make the group PATH.  Returns 0, or: -ENOSPC the hardware has no class or monitor left; -EEXIST. */
int sys_rdt_make(const char *path, struct err *e);

/* Remove the group; its tasks go to the one above.  A missing one is no fault.  Returns 0 or -errno. */
int sys_rdt_remove(const char *path, struct err *e);

/* Write LINE ("L3:0=7f0;1=1f") to the schemata of group PATH.  The kernel's own words are taken from
 * ROOT/info/last_cmd_status.  Returns 0, or -EINVAL, … */
int sys_rdt_set_schema(const char *root, const char *path, const char *line, struct err *e);

/* Are all values of LINE those that group PATH has?  Returns 0, or -EEXIST: another value (the sentence shows both). */
int sys_rdt_check_schema(const char *path, const char *line, struct err *e);

/* Put process PID into group PATH.  Returns 0 or -errno. */
int sys_rdt_add_task(const char *root, const char *path, pid_t pid, struct err *e);

/* Pure: does SCHEMATA, the text of such a file, hold every value of LINE?  Values are compared as numbers (hexadecimal for
 * caches, decimal for MB), domains in any order.  -EINVAL: LINE is not of the form "RESOURCE:domain=value;…". */
int sys_rdt_schema_matches(const char *schemata, const char *line, bool *ret);

#endif
