/* SPDX-License-Identifier: Apache-2.0 */
/* An OCI configuration back as an lxc.conf in the spelling of LXC 3.0 and later, with what became of each field.
 * Owns: nothing; the result lives in the arena.  Layer: src/lxc, pure.
 *
 *      struct lxc_from_options options = { .file = "config.json", .bundle = "/srv/web1", .policy_path = "/srv/web1/lxc.seccomp" };
 *      r = lxc_from_oci(arena, spec, &options, &result, e);
 *      if (r == 0 && result.n_errors == 0)
 *              write(result.config), and result.policy to options.policy_path
 *
 * Every member of config.json is named in exactly one note or belongs to one that is: what no part of the translation knows is
 * lost, and says so.  A bundle that `berth convert` made comes back as the lines that it was made from, as far as LXC 3.0 and
 * later write them so; the lines have an order of their own.
 */
#ifndef BERTH_LXC_FROM_OCI_H
#define BERTH_LXC_FROM_OCI_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"
#include "names.h"
#include "note.h"
#include "spec.h"
#include "str.h"

struct lxc_from_options {
        const char *file;        /* config.json, for the report */
        const char *bundle;      /* absolute: what relative paths begin at */
        const char *name;        /* of the container; NULL: what the bundle says, or its directory's name */
        const char *policy_path; /* absolute: where the seccomp policy will be; NULL: it cannot be written */
        const char *net;         /* the text of lxc-net.json; NULL: there is none */
        size_t net_len;
        enum oci_seccomp_arch arch; /* of the host that LXC will run on */
        bool force;                 /* errors are warnings */
        /* Whether PATH is a directory of this host (1), something else (0) or nothing (-1).  NULL: not known. */
        int (*look)(void *arg, const char *path);
        void *arg;
};

/* The note's place is that of the field, .pointer its JSON pointer ("lxc-net.json#/…" in that file), .value the line or lines
 * that it became, NULL: none. */
struct lxc_from_result {
        const char *config; /* the lines */
        const char *policy; /* the seccomp policy; NULL: none is needed */
        const char *name;
        struct lxc_note *notes; /* in the order of the document */
        size_t n_notes;
        unsigned n_errors; /* the lines are not to be used */
        bool loss;         /* something is lost */
};

/* SPEC as oci_spec_parse made it, with its places.  Returns 0 with *ret set; -EINVAL lxc-net.json is none; -ENOMEM. */
int lxc_from_oci(struct arena *arena, const struct oci_spec *spec, const struct lxc_from_options *options,
                 struct lxc_from_result *ret, struct err *e);

struct lxc_report_style;
void lxc_from_report_text(const struct lxc_from_result *result, const struct lxc_report_style *style, struct strbuf *out);
void lxc_from_report_json(const struct lxc_from_result *result, struct strbuf *out);

#endif
