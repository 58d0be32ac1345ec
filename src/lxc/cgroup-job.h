/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the cgroup translation share: the lines of one conversion, each with the note that it will get.
 * Owns: nothing; all lives in the job's arena.  Layer: src/lxc, pure; private to cgroup-*.c. */
#ifndef BERTH_LXC_CGROUP_JOB_H
#define BERTH_LXC_CGROUP_JOB_H

#include <string.h>

#include "cgroup-keys.h"
#include "cleanup.h"

struct cgroup_item {
        const struct lxc_cgroup_line *line;
        bool v2;          /* lxc.cgroup2.* */
        const char *file; /* "memory.max"; "" for the whole family */
        size_t index;     /* of the line */
        size_t place;     /* among the sorted */
        const struct lxc_cgroup_line *cleared_by; /* the line whose empty value takes this one back; NULL: none */
        bool noted;
        struct lxc_note note;
};

struct cgroup_job {
        struct arena *arena;
        const struct lxc_cgroup_source *source;
        struct oci_resources *res;
        struct cgroup_item *items;   /* in the order of the lines */
        struct cgroup_item **sorted; /* by family, file and line */
        size_t n;
        bool nomem;
        unsigned n_errors;
};

/* The note of ITEM, once and for all.  POINTER and VALUE may be NULL, FMT too. */
void lxc_cgroup_say(struct cgroup_job *job, struct cgroup_item *item, enum lxc_class cls, enum lxc_severity severity,
                const char *pointer, const char *value, const char *fmt, ...) _printf_(7, 8);
/* LXC or the kernel would refuse the line. */
void lxc_cgroup_fault(struct cgroup_job *job, struct cgroup_item *item, const char *hint, const char *fmt, ...) _printf_(4, 5);
const char *lxc_cgroup_text(struct cgroup_job *job, const char *fmt, ...) _printf_(2, 3);
/* Where LINE is, for a note of ITEM: "line 5", or "FILE:5" in another file. */
const char *lxc_cgroup_place(struct cgroup_job *job, const struct cgroup_item *item, const struct lxc_cgroup_line *line);

/* The line of FILE that counts (not noted yet, of several the last), or NULL. */
struct cgroup_item *lxc_cgroup_find(const struct cgroup_job *job, bool v2, const char *file);
/* All lines of FILE, of which some may be noted: sorted[*ret_from] and the following; returns how many. */
size_t lxc_cgroup_lines_of(const struct cgroup_job *job, bool v2, const char *file, size_t *ret_from);

/* One more element, of SIZE bytes, for the list at LIST; NULL: no memory. */
void *lxc_cgroup_append(struct cgroup_job *job, void *list, size_t size);
struct oci_memory *lxc_cgroup_memory(struct cgroup_job *job);
struct oci_cpu *lxc_cgroup_cpu(struct cgroup_job *job);
struct oci_block_io *lxc_cgroup_block_io(struct cgroup_job *job);

/* A number as the kernel's memparse(): 0x and 0 prefixes, K M G T P E; -1 for MAXIMUM ("-1", "max").  False: none. */
bool lxc_cgroup_parse_bytes(const char *text, const char *maximum, int64_t *ret);
/* Prefixes 0x and 0, no suffix. */
bool lxc_cgroup_parse_u64(const char *text, uint64_t max, uint64_t *ret);
/* "MAJOR:MINOR " at the beginning of TEXT; *RET_REST is what follows.  False: there is none. */
bool lxc_cgroup_parse_device(const char *text, int64_t *ret_major, int64_t *ret_minor, const char **ret_rest);

/* cgroup-v1.c: each live v1 line.  cgroup-v2.c: each live v2 line.  cgroup-device-rules.c: devices.allow and devices.deny. */
void lxc_cgroup_convert_v1(struct cgroup_job *job, struct cgroup_item *item);
void lxc_cgroup_convert_v2(struct cgroup_job *job, struct cgroup_item *item);
/* After all of these, memsw with what it counts from. */
void lxc_cgroup_finish_swap(struct cgroup_job *job);
/* The file of cgroup v2 is one of those that LXC's users set. */
bool lxc_cgroup_is_v2_file(const char *file);
/* "FILE": "VALUE" in unified. */
void lxc_cgroup_put_unified(struct cgroup_job *job, struct cgroup_item *item, enum lxc_class cls, enum lxc_severity severity,
                        const char *file, const char *value, const char *text);

static inline bool lxc_cgroup_is_device_rule(const struct cgroup_item *item)
{
        return strcmp(item->file, "devices.allow") == 0 || strcmp(item->file, "devices.deny") == 0;
}
void lxc_cgroup_convert_devices(struct cgroup_job *job, struct lxc_cgroup_result *ret);

#endif
