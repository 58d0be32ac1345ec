/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: text to model, model to text, and the rules that the model must keep.
 * Layer: oci-spec, pure.  Ownership: everything lives in the arena.
 *
 *      struct faults faults = { .arena = arena, .file = path };
 *      r = oci_spec_parse(arena, text, len, &faults, &spec, e);
 *      if (r >= 0) oci_spec_validate(spec, &faults);
 *
 * Wrong types, numbers out of range, unknown words of enumerations and missing required fields are errors, unknown keys
 * are warnings (errors when faults->strict); the parse goes on after each, so that all are found in one run.
 */
#ifndef BERTH_OCI_PARSE_H
#define BERTH_OCI_PARSE_H

#include "faults.h"
#include "spec.h"
#include "str.h"

/* Parse a whole config.json.  Returns 0 with *ret set even when FAULTS holds errors (the caller decides), or
 * -EINVAL/-E2BIG (no JSON at all: E is set), -ENOMEM. */
int oci_spec_parse(struct arena *arena, const char *text, size_t len, struct faults *faults, struct oci_spec **ret,
                   struct err *e);
/* Parse a process object alone, as `exec --process` hands it over; likewise a resources object (`update`). */
int oci_process_parse(struct arena *arena, const char *text, size_t len, struct faults *faults, struct oci_process **ret,
                      struct err *e);
int oci_resources_parse(struct arena *arena, const char *text, size_t len, struct faults *faults,
                        struct oci_resources **ret, struct err *e);

/* Parse a JSON array of hooks, as an annotation holds it. */
int oci_hook_list_parse(struct arena *arena, const char *text, size_t len, struct faults *faults, oci_hook_list *ret,
                        struct err *e);

/* The hooks of KIND, empty where there are none; never NULL. */
const oci_hook_list *oci_spec_hooks(const struct oci_spec *spec, enum oci_hook_kind kind);
/* The member of the config that says that nobody but its author has written its annotations.  Engines write no such member, and
 * who can set annotations only (of an image, of a pod) cannot either. */
#define OCI_TRUST_KEY "trustBerthAnnotations"
/* Is annotation KEY obeyed only with that? */
bool oci_annotation_needs_trust(const char *key);
/* Where annotation KEY stands in the config; NULL: nowhere. */
const struct json_node *oci_annotation_node(const struct oci_spec *spec, const char *key);
/* Where in the config HOOK of KIND stands: itself, or the annotation that holds it. */
const struct json_node *oci_hook_origin(const struct oci_spec *spec, enum oci_hook_kind kind, const struct oci_hook *hook);

/* All semantic rules of config.md and config-linux.md that need no host.  Adds to FAULTS. */
void oci_spec_validate(const struct oci_spec *spec, struct faults *faults);
void oci_process_validate(const struct oci_process *process, struct faults *faults);
void oci_resources_validate(const struct oci_resources *resources, struct faults *faults);

enum { OCI_WRITE_COMPACT = 0, OCI_WRITE_PRETTY = 1 };
/* SPEC as JSON, members in the spec's order; parse(write(spec)) equals spec.  OUT->failed tells ENOMEM. */
void oci_spec_write(const struct oci_spec *spec, int style, struct strbuf *out);

#endif
