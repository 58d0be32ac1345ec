/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about a document: all of them at once, each with its place.
 * Owns: nothing; findings live in the arena.  Layer: oci-spec, pure.
 *
 *      struct faults faults = { .arena = arena, .file = "config.json" };
 *      fault_error(&faults, node, "did you mean 'nosuid'?", "unknown mount option '%s'", word);
 *      if (faults.n_errors > 0) ...
 */
#ifndef BERTH_OCI_FAULTS_H
#define BERTH_OCI_FAULTS_H

#include <stdbool.h>

#include "arena.h"
#include "err.h"
#include "json/tree.h"

struct fault {
        bool warning;
        const char *text; /* the sentence, without place */
        const char *hint; /* or NULL */
        const struct json_node *node; /* whose line, column and pointer are printed; NULL: the whole document */
        bool at_key;      /* the place is the member's key rather than its value */
};

struct faults {
        struct arena *arena;
        const char *file;
        struct fault *items;
        size_t n, n_errors;
        bool strict;  /* unknown keys are errors */
        bool has_seccomp_receiver; /* the environment names who gets seccomp's notifications */
        bool nomem;   /* a finding was lost for want of memory: treat as -ENOMEM */
};

/* Note a finding.  HINT may be NULL and must live as long as the arena. */
void fault_error(struct faults *f, const struct json_node *node, const char *hint, const char *fmt, ...) _printf_(4, 5);
void fault_warning(struct faults *f, const struct json_node *node, const char *hint, const char *fmt, ...) _printf_(4, 5);

/* Put the findings into the order of the document; those of one place stay in the order they were made in. */
void faults_sort(struct faults *f);

/* One finding as an error object: what a caller sees that can take only one.  Always returns -EINVAL. */
int fault_to_err(const struct faults *f, const struct fault *fault, struct err *e);
/* The first error of the list, with "(and N more)" in its hint when there are more; -ENOMEM when .nomem; 0 when there is
 * no error. */
int faults_to_err(const struct faults *f, struct err *e);

#endif
