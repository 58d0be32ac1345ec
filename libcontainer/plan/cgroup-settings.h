/* SPDX-License-Identifier: Apache-2.0 */
/* What cgroup-settings.c, cgroup-v1.c and cgroup-v2.c share: a list of settings in the making.
 * Layer: plan, pure. */
#ifndef BERTH_PLAN_CGROUP_SETTINGS_H
#define BERTH_PLAN_CGROUP_SETTINGS_H

#include "cgroup.h"
#include "json/tree.h"

struct cgroup_writer {
        struct planner *p;
        struct step_cgroup_set *items;
        size_t n;
        int failed; /* the first failure, -errno; later calls do nothing */

        /* of what is written now */
        struct oci_place at;    /* the object in the config, for origins */
        const char *controller;
        int hierarchy;
        struct cgroup_setting scratch; /* where a setting goes after a failure */
};

/* The member KEY of the object in the config, or NULL. */
const struct json_node *cgroup_origin(struct oci_place at, const char *key);

/* Append: FILE gets the text; it came from ORIGIN.  Never NULL; the caller may refine what it returns. */
struct cgroup_setting *cgroup_put(struct cgroup_writer *w, const struct json_node *origin, const char *file, const char *fmt, ...)
        _printf_(4, 5);
/* The same for the member KEY of w->at. */
struct cgroup_setting *cgroup_put_member(struct cgroup_writer *w, const char *key, const char *file, const char *fmt, ...)
        _printf_(4, 5);
/* The setting KEY of w->at has no meaning here. */
void cgroup_ignore(struct cgroup_writer *w, const char *key, const char *why);
/* A fault of the config, or of the host for it, at NODE.  Returns -NUM. */
int cgroup_fault(struct planner *p, const struct json_node *node, enum err_class cls, int num, struct err *e, const char *fmt, ...)
        _printf_(6, 7);

/* A number that is absent, or 0, which stands for absent since Docker's first days, in all fields but a few. */
#define CGROUP_GIVEN(field) ((field).set && (field).value != 0)

/* How the settings of one controller are written on v1 and on cgroup2. */
void cgroup_v1_memory(struct cgroup_writer *w, const struct oci_memory *m);
void cgroup_v2_memory(struct cgroup_writer *w, const struct oci_memory *m);
void cgroup_v1_cpu(struct cgroup_writer *w, const struct oci_cpu *c);
void cgroup_v2_cpu(struct cgroup_writer *w, const struct oci_cpu *c);
void cgroup_v1_block_io(struct cgroup_writer *w, const struct oci_block_io *b);
void cgroup_v2_block_io(struct cgroup_writer *w, const struct oci_block_io *b);

#endif
