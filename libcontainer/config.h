/* SPDX-License-Identifier: Apache-2.0 */
/* From a bundle on disk to a sealed plan: read, parse, validate, probe, plan.  Makes nothing.
 * Owns: struct making owns its arena and with it all that was made of the bundle.  Layer: facade, not installed.
 *
 *      _cleanup_(making_done) struct making m = MAKING_INIT;
 *      r = making_load(ctx, id, options, &m, e);      text to spec, faults reported
 *      r = making_plan(ctx, &m, e);                   spec and host to plan, sealed
 */
#ifndef BERTH_CONFIG_H
#define BERTH_CONFIG_H

#include "facade.h"
#include "faults.h"
#include "host.h"
#include "plan.h"

struct making {
        struct arena *arena; /* owned */
        const char *config_path;
        struct faults faults;
        struct oci_spec *spec;
        struct host host;
        struct plan_request request;
        struct plan *plan;
        int shared_fds[OCI_NS_KINDS]; /* owned: the first .n_shared are namespaces of other containers */
        size_t n_shared;
};
#define MAKING_INIT ((struct making) { 0 })

void making_done(struct making *m);

/* Read the bundle's config into m->spec; all faults are in m->faults.  Returns 0 even when there are errors among them;
 * -ENOENT, -EACCES the file cannot be read; -EINVAL, -E2BIG it is no JSON. */
int making_parse(const struct berth_create_options *options, struct making *m, struct err *e);
/* making_parse, warnings to the context's log, and every error there too when there are several; E is the first.
 * Then the request of ID. */
int making_load(struct berth_context *ctx, const char *id, const struct berth_create_options *options, struct making *m,
                struct err *e);
/* Probe the host, plan, seal. */
int making_plan(struct berth_context *ctx, struct making *m, struct err *e);

#endif
