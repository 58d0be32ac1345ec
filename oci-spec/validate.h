/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the validator: what its files share.  Others see oci_spec_validate and its like in parse.h.
 * Owns: nothing; sentences and hints live in the faults' arena.  Layer: oci-spec, pure.
 *
 * Each validate_X takes a part of the spec, which may be half-filled: parse reports what is missing or of the wrong type
 * and goes on, so a rule is tested only where its fields are set.  A missing field is reported here just for specs built
 * by hand (their places are NULL), which no parse has seen.
 */
#ifndef BERTH_OCI_VALIDATE_H
#define BERTH_OCI_VALIDATE_H

#include "faults.h"
#include "parse.h"
#include "spec.h"

struct validator {
        struct faults *faults;
        const struct oci_spec *spec; /* NULL: a part is validated alone, without the container around it */
        const struct oci_namespace *ns[OCI_NS_KINDS]; /* the first entry of each kind, or NULL */
};

void validate_process(struct validator *v, const struct oci_process *process);
void validate_mounts(struct validator *v);
void validate_namespaces(struct validator *v); /* with id mappings, clock offsets, host name */
void validate_sysctls(struct validator *v);
void validate_net_devices(struct validator *v);
void validate_linux(struct validator *v);      /* what else /linux holds */
void validate_resources(struct validator *v, const struct oci_resources *resources);
void validate_seccomp(struct validator *v, const struct oci_seccomp *seccomp);
void validate_hooks(struct validator *v, const struct oci_hooks *hooks);
void validate_hook_list(struct validator *v, const char *kind, const oci_hook_list *hooks);

/* extensions.c: spec->extensions from its annotations, part of the parse; what they need of the rest of the spec. */
void oci_extensions_read(struct oci_spec *spec, struct faults *faults);
void validate_extensions(struct validator *v);

/* The namespace is listed; it is to be made (an empty path counts as none, as engines written in Go have it). */
bool validate_has_ns(const struct validator *v, enum oci_ns kind);
bool validate_has_new_ns(const struct validator *v, enum oci_ns kind);

/* Extents of one kind of id.  KEY is their member of the object at AT. */
void validate_id_mappings(struct validator *v, struct oci_place at, const char *key, const oci_id_mappings *mappings);
bool validate_id_is_mapped(const oci_id_mappings *mappings, uint32_t id);

/* "NAME=value" entries.  A broken one is a warning: execve(2) passes any text on. */
void validate_env(struct validator *v, struct oci_place at, const oci_strings *env);
/* A list of CPUs or memory nodes below MAX, "0-3,7"; NULL and "" are as absent. */
void validate_list(struct validator *v, struct oci_place at, const char *key, const char *what, const char *list,
                   unsigned max);
/* TEXT holds no newline: it is written to a file of which each line is a command.  NULL is none. */
void validate_one_line(struct validator *v, struct oci_place at, const char *key, const char *what, const char *text);
/* Report the missing member KEY of an object that no parse has seen. */
void validate_required(struct validator *v, struct oci_place at, bool present, const char *what, const char *key);

enum {
        VALIDATE_MAX_CPUS = 8192,  /* NR_CPUS' upper bound */
        VALIDATE_MAX_NODES = 1024, /* MAX_NUMNODES' upper bound */
};

/* The member KEY of the object at AT; the object itself where there is no such member; NULL in a spec built by hand. */
const struct json_node *place_member(struct oci_place at, const char *key);
/* The first child of the member KEY, to walk with place_next_*; NULL when there is none. */
const struct json_node *place_children(struct oci_place at, const char *key);
/* From *CURSOR on, the string element TEXT (the member KEY); moves the cursor behind it.  NULL: not there. */
const struct json_node *place_next_string(const struct json_node **cursor, const char *text);
const struct json_node *place_next_member(const struct json_node **cursor, const char *key);

/* The member KEY of the object at AT is not there; there as an empty array.  Neither is true of one that is null or of
 * the wrong type, which parse has reported. */
bool place_lacks(struct oci_place at, const char *key);
bool place_is_empty(struct oci_place at, const char *key);

/* The findings since there were N are about the keys of their members. */
void validate_mark_keys(struct validator *v, size_t n);

/* A hint made of parts.  NULL when memory is short: the finding stays. */
const char *hint_printf(struct validator *v, const char *fmt, ...) _printf_(2, 3);

#endif
