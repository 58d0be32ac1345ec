/* SPDX-License-Identifier: Apache-2.0 */
/* The State document (runtime.md "State"): what `state` prints, hooks read on stdin and seccomp agents receive.
 * Layer: oci-spec, pure. */
#ifndef BERTH_OCI_STATE_H
#define BERTH_OCI_STATE_H

#include <sys/types.h>

#include "spec.h"
#include "str.h"

enum oci_status { OCI_CREATING, OCI_CREATED, OCI_RUNNING, OCI_STOPPED, OCI_PAUSED };

struct oci_state {
        const char *oci_version; /* the bundle's own */
        const char *id;
        enum oci_status status;
        pid_t pid;               /* 0: left out where the spec allows it */
        const char *bundle;
        oci_pairs annotations;
        /* What engines read beyond the spec; NULL or empty: left out. */
        const char *rootfs;
        const char *created;     /* RFC 3339, UTC */
        const char *owner;
};

const char *oci_status_name(enum oci_status status);
/* STYLE as in parse.h; hooks and agents get OCI_WRITE_COMPACT. */
void oci_state_write(const struct oci_state *state, int style, struct strbuf *out);

#endif
