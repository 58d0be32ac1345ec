/* SPDX-License-Identifier: Apache-2.0 */
/* The security label of the payload: set for the coming execve, and read back.
 * Owns: nothing.  Layer: sys.  Context: init, after all mounts and before no_new_privs; no allocation, no library.
 *
 * Labels are written to the runtime's own procfs (PROC_FD): a container that mounts something on /proc cannot make the
 * write go nowhere (CVE-2019-16884, CVE-2025-52881).  Error texts name the file in back-ticks, as Podman's parser wants.
 * man: proc(5) "/proc/[pid]/attr".  kernel: security/apparmor/lsm.c, security/selinux/hooks.c. */
#ifndef BERTH_SYS_LSM_H
#define BERTH_SYS_LSM_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* The AppArmor PROFILE at the next execve.  "unconfined" writes nothing when the process is unconfined already.
 * Returns 0, or: -ENOENT the profile is not loaded (or the kernel has no AppArmor); -EACCES, -EPERM the change is not
 * permitted; -EIO what was read back is another profile. */
int sys_lsm_set_apparmor(int proc_fd, const char *profile, struct err *e);

/* The AppArmor PROFILE now, for a process that executes nothing any more.  Errors as above. */
int sys_lsm_take_apparmor(int proc_fd, const char *profile, struct err *e);

/* The SELinux LABEL at the next execve.
 * Returns 0, or: -EINVAL no such context in the policy, or SELinux is off; -EACCES, -EPERM; -EIO as above. */
int sys_lsm_set_selinux(int proc_fd, const char *label, struct err *e);

/* Pure: is TEXT, as the kernel shows it ("docker-default (enforce)\n"), about PROFILE?  Names of other AppArmor
 * namespaces and stacks are shown in a form that depends on who looks: there any profile at all counts. */
bool sys_lsm_is_profile(const char *text, size_t len, const char *profile);

#endif
