/* SPDX-License-Identifier: Apache-2.0 */
/* The session keyring, so that a container does not share the caller's keys.
 * Owns: nothing.  Layer: sys.  Context: init; no allocation.
 * man: keyctl(2), session-keyring(7), keyrings(7).
 */
#ifndef BERTH_SYS_KEYRING_H
#define BERTH_SYS_KEYRING_H

#include <stdint.h>

#include "err.h"

/* What a process that joins the container later needs, to find the keyring by its name. */
enum {
        SYS_KEYRING_USER_SEARCH = 0x00080000, /* for the owner: no user namespace in between */
        SYS_KEYRING_OTHER_SEARCH = 0x00000008, /* for others: a joining process has another user namespace's key owner */
};

/* Join the session keyring NAME, made if there is none, and add PERMISSIONS to it.
 * Returns 0; 1 when the kernel has no keyrings or a sandbox denies them (ENOSYS, EPERM): the process stays in the keyring
 * that it is in, as other runtimes do; or: -EDQUOT the user's quota of keys is used up (*e says with which numbers),
 * -EACCES another user's keyring has that name. */
int sys_keyring_join(const char *name, uint32_t permissions, struct err *e);

#endif
