/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the way back: what its files share.  Others see from-oci.h.
 * Owns: struct lxc_from owns its texts until lxc_from_oci hands them over.  Layer: src/lxc, pure.
 *
 * Each lxc_from_X takes its fields from the spec, writes lines, and notes what became of each field; they run in the order of
 * this list, which is that of the lines.
 */
#ifndef BERTH_LXC_FROM_JOB_H
#define BERTH_LXC_FROM_JOB_H

#include <string.h>

#include "cleanup.h"
#include "from-oci.h"
#include "json/tree.h"
#include "names.h"

typedef OCI_LIST(const struct json_node *) lxc_from_nodes;

struct lxc_from {
        struct arena *arena;
        const struct lxc_from_options *options;
        const struct oci_spec *spec;
        const struct json_node *root, *net; /* the documents; net may be NULL */
        struct lxc_from_result *result;
        struct strbuf config, policy;
        OCI_LIST(struct lxc_note) notes;
        lxc_from_nodes told; /* nodes of which a note is about all */
        const char *name;
        oci_strings hook_env; /* the lines lxc.environment.hooks so far */
        bool from_lxc; /* `berth convert` made the bundle: what LXC does by itself is meant */
        bool app, autodev;
        bool has_policy, said_version;
        bool nomem;
};

/* ---- lines and notes ------------------------------------------------------------------------------------------- */

/* "KEY = VALUE", made of the field at POINTER; FMT is what differs, NULL: nothing.  A value that no line can hold is an error
 * instead. */
void lxc_from_line(struct lxc_from *f, enum lxc_class cls, enum lxc_severity severity, const char *pointer, const char *key,
                   const char *value, const char *fmt, ...) _printf_(7, 8);
/* One more line of the field that the last note is about. */
void lxc_from_more(struct lxc_from *f, const char *key, const char *value);
/* A note without a line.  FMT may be NULL. */
void lxc_from_say(struct lxc_from *f, enum lxc_class cls, enum lxc_severity severity, const char *pointer, const char *fmt, ...)
        _printf_(5, 6);
/* The field at POINTER is part of what another note says. */
void lxc_from_told(struct lxc_from *f, const char *pointer);
const char *lxc_from_text(struct lxc_from *f, const char *fmt, ...) _printf_(2, 3);
/* All of WORDS, parted by blanks (or SEPARATOR). */
const char *lxc_from_join(struct lxc_from *f, const oci_strings *words, const char *separator);
/* POINTER/KEY, with '~' and '/' of KEY escaped. */
const char *lxc_from_member(struct lxc_from *f, const char *pointer, const char *key);
const char *lxc_from_annotation(const struct lxc_from *f, const char *key);

#define lxc_from_exact(f, pointer, key, value) lxc_from_line(f, LXC_EXACT, LXC_INFO, pointer, key, value, NULL)

/* ---- the parts ------------------------------------------------------------------------------------------------- */

void lxc_from_process(struct lxc_from *f);
void lxc_from_namespaces(struct lxc_from *f);
void lxc_from_mounts(struct lxc_from *f);
void lxc_from_confinement(struct lxc_from *f);
void lxc_from_seccomp(struct lxc_from *f);
void lxc_from_limits(struct lxc_from *f);
void lxc_from_cgroups(struct lxc_from *f);
void lxc_from_devices(struct lxc_from *f); /* called by lxc_from_cgroups */
void lxc_from_net(struct lxc_from *f);
void lxc_from_hooks(struct lxc_from *f);
void lxc_from_annotations(struct lxc_from *f);

#endif
