/* SPDX-License-Identifier: Apache-2.0 */
/* Annotation berth.namespace.share.TYPE: the namespace of another container of the same root, found when it is needed.
 * Owns: nothing; the fds are the making's.  Layer: facade, not installed.  Context: parent, before the plan.
 *
 *      r = share_namespaces(ctx, m, e);
 */
#ifndef BERTH_SHARE_H
#define BERTH_SHARE_H

#include "config.h"

/* Open what the annotations of M->spec name, and write the way to each fd into the list of namespaces.
 * 0; -ENOENT, -ESRCH such a container is not there, or does not run; -EINVAL it has no user namespace of its own; -errno. */
int share_namespaces(struct berth_context *ctx, struct making *m, struct err *e);

#endif
