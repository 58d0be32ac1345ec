/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the translation: what its files share.  Others see convert.h.
 * Owns: nothing.  Layer: src/lxc, pure.
 *
 * Each lxc_to_X takes the lines of its concern from the configuration, writes its part of the spec, and says in the report what
 * became of each line.  They run in the order of this list; a later one may look at what an earlier one wrote.
 */
#ifndef BERTH_LXC_TO_OCI_H
#define BERTH_LXC_TO_OCI_H

#include "convert.h"
#include "value.h"

/* Where the host's init for application containers is bound. */
#define LXC_REAPER_IN_CONTAINER "/.berth-init"

struct lxc_translation {
        struct arena *arena;
        const struct lxc_options *options;
        const struct lxc_host *host;
        struct lxc_config *config;
        struct lxc_report *report;
        struct oci_spec *spec;
        struct lxc_result *result;
        const char *name;
        const char *rootfs;   /* the host's path of the root file system, without type; NULL: the host's own root */
        const char *rootfs_value; /* lxc.rootfs without its type, which hooks are told; NULL: as above */
        bool app;             /* as lxc-execute */
        bool autodev;
        bool host_net;        /* no network namespace */
        unsigned has_ns;      /* 1 << OCI_NS_* of each namespace that is made */
        const char *host_dev; /* where the configuration mounts the host's /dev: "/dev"; NULL: nowhere */
        const char *writable_paths; /* what lxc.mount.auto mounts writable in what is read-only; NULL: nothing */
        oci_strings hook_env; /* of the hooks that LXC runs in the container's process */
        /* What mounts the root file system, after all pre-start hooks, which may make it, as LXC does; and what unmounts it,
         * before all post-stop hooks: in LXC the mount has ended with the container. */
        oci_hook_list root_hooks, unroot_hooks;
};

void lxc_to_root(struct lxc_translation *t);
void lxc_to_process(struct lxc_translation *t);
void lxc_to_confinement(struct lxc_translation *t);
void lxc_to_net(struct lxc_translation *t);
void lxc_to_namespaces(struct lxc_translation *t);
void lxc_to_sysctls(struct lxc_translation *t);
void lxc_to_reaper(struct lxc_translation *t);
void lxc_to_mounts(struct lxc_translation *t);
void lxc_to_terminal(struct lxc_translation *t);
void lxc_to_cgroups(struct lxc_translation *t);
void lxc_to_hooks(struct lxc_translation *t);
void lxc_to_rest(struct lxc_translation *t); /* keys that become an annotation, or nothing */
void lxc_to_security(struct lxc_translation *t);

/* A zeroed element at the end of LIST; NULL when memory ran out, which the report then knows. */
#define lxc_append(t, list)                                                                                            \
        ({                                                                                                             \
                __typeof__((list)->items) _grown = arena_grow_array((t)->arena, (list)->items, (list)->n, sizeof *_grown); \
                (t)->report->nomem |= !_grown;                                                                         \
                if (_grown) {                                                                                          \
                        (list)->items = _grown;                                                                        \
                        memset(&_grown[(list)->n], 0, sizeof *_grown);                                                 \
                        (list)->n++;                                                                                   \
                }                                                                                                      \
                _grown ? &_grown[(list)->n - 1] : NULL;                                                                \
        })
/* Each line that counts for a key. */
#define lxc_each(t, id, entry)                                                                                         \
        for (size_t _i = 0; _i < (t)->config->live[id].n && ((entry) = (t)->config->live[id].items[_i], true); _i++)

static inline struct lxc_entry *lxc_get(const struct lxc_translation *t, enum lxc_key_id id) { return lxc_config_get(t->config, id); }
/* The value of a scalar that check_kind has let pass; OTHERWISE when no line says. */
bool lxc_get_bool(const struct lxc_translation *t, enum lxc_key_id id, bool otherwise);
uint64_t lxc_get_uint(const struct lxc_translation *t, enum lxc_key_id id, uint64_t otherwise);

void lxc_annotate(struct lxc_translation *t, const char *key, const char *value);
void lxc_add_string(struct lxc_translation *t, oci_strings *list, const char *text);
/* The line became the annotation KEY, and nothing acts on it: LOSS says what that means (NULL: just that). */
void lxc_kept(struct lxc_translation *t, struct lxc_entry *entry, const char *key, const char *loss);

/* The words of LXC's in LIST name the namespace KIND. */
bool lxc_names_namespace(const char *list, enum oci_ns kind);

/* Append a mount with OPTIONS, parted by commas; returns its index. */
size_t lxc_add_mount(struct lxc_translation *t, const char *type, const char *source, const char *destination, const char *options);
/* The mount as JSON, for the report. */
const char *lxc_mount_json(struct lxc_translation *t, size_t index);
/* A line of fstab(5) that stands in ENTRY's value. */
void lxc_add_fstab_line(struct lxc_translation *t, struct lxc_entry *entry);

/* Append a hook of KIND that runs the program PATH; NULL: no memory. */
struct oci_hook *lxc_add_hook(struct lxc_translation *t, enum oci_hook_kind kind, const char *path);
/* Hook objects that are to become an annotation. */
void lxc_annotate_hooks(struct lxc_translation *t, const char *key, const oci_hook_list *hooks);
#endif
