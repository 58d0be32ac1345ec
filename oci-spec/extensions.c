/* SPDX-License-Identifier: Apache-2.0 */
/* berth's own annotations, which change what the runtime does; docs/annotations.md describes them. */
#include <string.h>

#include "mount-options.h"
#include "names.h"
#include "parse.h"
#include "validate.h"

#define HOOK_PREFIX "berth.lxc.hook."
#define SHARE_PREFIX "berth.namespace.share."

const struct json_node *oci_annotation_node(const struct oci_spec *spec, const char *key)
{
        const struct json_node *all = spec->at.node ? json_member(spec->at.node, "annotations") : NULL;

        return all ? json_member(all, key) : NULL;
}

const oci_hook_list *oci_spec_hooks(const struct oci_spec *spec, enum oci_hook_kind kind)
{
        static const oci_hook_list none;

        if (kind >= OCI_HOOK_KINDS)
                return &spec->extensions.lxc_hooks[kind - OCI_HOOK_KINDS];
        return spec->hooks ? &spec->hooks->list[kind] : &none;
}

const struct json_node *oci_hook_origin(const struct oci_spec *spec, enum oci_hook_kind kind, const struct oci_hook *hook)
{
        char key[64];

        if (kind < OCI_HOOK_KINDS)
                return hook->at.node;
        snprintf(key, sizeof key, HOOK_PREFIX "%s", name_of_hook(kind));
        return oci_annotation_node(spec, key);
}

/* What was found within the text of an annotation, as findings about the annotation: its lines are not the document's. */
static void adopt_faults(const struct faults *inner, const struct oci_pair *pair, const struct json_node *node, struct faults *outer)
{
        for (size_t i = 0; i < inner->n; i++) {
                const struct fault *f = &inner->items[i];
                char where[192] = "/";

                if (f->node && f->node->parent)
                        json_pointer(f->node, where, sizeof where);
                if (f->warning)
                        fault_warning(outer, node, f->hint, "in annotation '%s', its %s: %s", pair->key, where, f->text);
                else
                        fault_error(outer, node, f->hint, "in annotation '%s', its %s: %s", pair->key, where, f->text);
        }
        outer->nomem = outer->nomem || inner->nomem;
}

static void read_hooks(struct faults *faults, const struct oci_pair *pair, const struct json_node *node, enum oci_hook_kind kind,
                       oci_hook_list *ret)
{
        struct faults inner = { .arena = faults->arena, .file = pair->key, .strict = faults->strict };
        struct validator v = { .faults = &inner };
        struct err e = ERR_INIT;
        int r = oci_hook_list_parse(faults->arena, pair->value, strlen(pair->value), &inner, ret, &e);

        if (r == -ENOMEM) {
                faults->nomem = true;
        } else if (r < 0) {
                fault_error(faults, node, "it is an array of objects as under 'hooks', written as one string",
                            "annotation '%s' is no JSON: %s (its character %u)", pair->key, e.text, e.column);
        } else {
                validate_hook_list(&v, name_of_hook(kind), ret);
                adopt_faults(&inner, pair, node, faults);
        }
}

static void unknown_kind(struct faults *faults, const struct oci_pair *pair, const struct json_node *node, const char *kind)
{
        const char *near = name_nearest(&names_lxc_hook, kind);

        fault_error(faults, node,
                    near ? arena_printf(faults->arena, "did you mean '" HOOK_PREFIX "%s'?", near) :
                           "they are pre-start, pre-mount, start-host and stop; LXC's others are hooks of the specification",
                    "annotation '%s' names no hook that berth runs", pair->key);
}

static bool read_word(struct faults *faults, const struct oci_pair *pair, const struct json_node *node, const char *on, const char *off)
{
        if (streq(pair->value, on))
                return true;
        if (!streq(pair->value, off))
                fault_error(faults, node, arena_printf(faults->arena, "it is '%s' or '%s'", on, off),
                            "annotation '%s' has the wrong value '%s'", pair->key, pair->value);
        return false;
}

/* "a,b,c" into LIST; empty words are passed over. */
static void split_commas(struct faults *faults, const char *text, oci_strings *list)
{
        while (*text) {
                size_t len = strcspn(text, ",");
                const char **grown = len > 0 ? arena_grow_array(faults->arena, (void *) list->items, list->n, sizeof *grown) : NULL;

                if (grown) {
                        list->items = grown;
                        grown[list->n] = arena_strndup(faults->arena, text, len);
                        faults->nomem = faults->nomem || !grown[list->n];
                        list->n += grown[list->n] != NULL;
                }
                faults->nomem = faults->nomem || (len > 0 && !grown);
                text += len + (text[len] == ',');
        }
}

/* Why the root's mount cannot have the option WORD, as a hint; "": it can. */
static const char *root_option_hint(struct arena *arena, const char *word)
{
        const struct mount_option *o = mount_option_find(word);
        const char *near;

        if (str_after(word, "idmap=/"))
                return "";
        if (streq(word, "ro") || streq(word, "rro"))
                return "mount points are still to be made in it: set 'root.readonly'";
        if (o && (o->kind == MOUNT_OPTION_ATTR || o->kind == MOUNT_OPTION_ATTR_REC || o->kind == MOUNT_OPTION_NOTHING ||
                  o->kind == MOUNT_OPTION_IDMAP))
                return "";
        if (o && o->kind == MOUNT_OPTION_PROPAGATION)
                return "that is for 'linux.rootfsPropagation'";
        near = o ? NULL : mount_option_nearest(word, NULL);
        return near ? arena_printf(arena, "did you mean '%s'?", near) :
                      "they are attributes of a mount, as nosuid, nodev, noexec and noatime, and idmap, ridmap and idmap=/PATH";
}

static void read_root_options(struct faults *faults, const struct oci_pair *pair, const struct json_node *node, oci_strings *ret)
{
        split_commas(faults, pair->value, ret);
        for (size_t i = 0; i < ret->n; i++) {
                const char *hint = root_option_hint(faults->arena, ret->items[i]);

                if (str_empty(hint))
                        continue;
                fault_error(faults, node, hint, "annotation '%s': the root file system cannot be mounted with '%s'", pair->key,
                            ret->items[i]);
        }
}

/* Absolute paths, parted by colons. */
static void read_paths(struct faults *faults, const struct oci_pair *pair, const struct json_node *node, oci_strings *ret)
{
        const char *at = pair->value;

        for (;;) {
                size_t len = strcspn(at, ":");
                const char **grown = arena_grow_array(faults->arena, ret->items, ret->n, sizeof *grown);
                const char *path = arena_strndup(faults->arena, at, len);

                if (!grown || !path) {
                        faults->nomem = true;
                        return;
                }
                ret->items = grown;
                ret->items[ret->n++] = path;
                if (path[0] != '/' || path[strspn(path, "/")] == '\0')
                        fault_error(faults, node, "absolute paths below '/', parted by colons", "annotation '%s' has the wrong value '%s'", pair->key, path);
                if (!at[len])
                        return;
                at += len + 1;
        }
}

/* The namespace stands in the list without a path, so that other runtimes make a new one. */
static void read_share(struct oci_spec *spec, struct faults *faults, const struct oci_pair *pair, const struct json_node *node)
{
        const char *word = str_after(pair->key, SHARE_PREFIX), *near;
        struct oci_namespace *found = NULL;
        int kind;

        if (!name_lookup(&names_namespace, word, &kind)) {
                near = name_nearest(&names_namespace, word);
                fault_error(faults, node, near ? arena_printf(faults->arena, "did you mean '" SHARE_PREFIX "%s'?", near) : NULL,
                            "annotation '%s' names no namespace", pair->key);
                return;
        }
        for (size_t i = 0; i < spec->linux_->namespaces.n; i++)
                if (spec->linux_->namespaces.items[i].type.set && spec->linux_->namespaces.items[i].type.value == kind)
                        found = &spec->linux_->namespaces.items[i];
        if (!found || found->path) {
                fault_error(faults, node, found ? "leave out one of them" : "the list '/linux/namespaces' needs it, without a path",
                            found ? "annotation '%s' is about a namespace that has a path" :
                                    "annotation '%s' is about a namespace that is not listed", pair->key);
                return;
        }
        spec->extensions.shared_ns[kind] = pair->value;
        found->path = arena_printf(faults->arena, "container:%s", pair->value);
        faults->nomem = faults->nomem || !found->path;
}

static void read_one(struct oci_spec *spec, const struct oci_pair *pair, struct faults *faults)
{
        struct oci_extensions *x = &spec->extensions;
        const struct json_node *node = oci_annotation_node(spec, pair->key);
        const char *kind = str_after(pair->key, HOOK_PREFIX);
        int value;

        if (kind && name_lookup(&names_lxc_hook, kind, &value))
                read_hooks(faults, pair, node, (enum oci_hook_kind) value, &x->lxc_hooks[value - OCI_HOOK_KINDS]);
        else if (kind)
                unknown_kind(faults, pair, node, kind);
        else if (streq(pair->key, "berth.devices.default"))
                x->no_default_devices = read_word(faults, pair, node, "none", "all");
        else if (streq(pair->key, "berth.devices.strict"))
                x->strict_device_rules = read_word(faults, pair, node, "true", "false");
        else if (streq(pair->key, "berth.init"))
                x->reaper = read_word(faults, pair, node, "reaper", "none");
        else if (streq(pair->key, "berth.sched.core"))
                x->sched_core = read_word(faults, pair, node, "true", "false");
        else if (streq(pair->key, "berth.rootfs.propagation"))
                x->slave_root = read_word(faults, pair, node, "rslave", "default");
        else if (str_after(pair->key, SHARE_PREFIX))
                read_share(spec, faults, pair, node);
        else if (streq(pair->key, "berth.rootfs.options"))
                read_root_options(faults, pair, node, &x->root_options);
        else if (streq(pair->key, "berth.paths.writable"))
                read_paths(faults, pair, node, &x->writable_paths);
}

void oci_extensions_read(struct oci_spec *spec, struct faults *faults)
{
        for (size_t i = 0; i < spec->annotations.n; i++)
                if (spec->annotations.items[i].key && spec->annotations.items[i].value)
                        read_one(spec, &spec->annotations.items[i], faults);
}

bool oci_annotation_needs_trust(const char *key)
{
        static const char *const prefixes[] = { HOOK_PREFIX, SHARE_PREFIX, "berth.devices.strict", "berth.paths.writable", "berth.rootfs." };

        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
                if (str_after(key, prefixes[i]))
                        return true;
        return false;
}

/* An error and no warning: without what it asks for, the container is not the one that its author meant. */
static void validate_trust(struct validator *v)
{
        if (v->spec->trust_annotations.set && v->spec->trust_annotations.value)
                return;
        for (size_t i = 0; i < v->spec->annotations.n; i++) {
                const char *key = v->spec->annotations.items[i].key;

                if (key && oci_annotation_needs_trust(key))
                        fault_error(v->faults, oci_annotation_node(v->spec, key),
                                    "add it beside 'annotations' if nobody else could write them: engines pass on those of images and pods",
                                    "annotation '%s' needs '\"" OCI_TRUST_KEY "\": true'", key);
        }
}

void validate_extensions(struct validator *v)
{
        const struct oci_extensions *x = &v->spec->extensions;

        validate_trust(v);
        /* It signals everything that it can see: beside the container's processes that must be nothing. */
        if (x->reaper && !validate_has_new_ns(v, OCI_NS_PID))
                fault_error(v->faults, oci_annotation_node(v->spec, "berth.init"),
                            "add { \"type\": \"pid\" } to '/linux/namespaces'",
                            "annotation 'berth.init' needs a new pid namespace");
        if (x->lxc_hooks[OCI_HOOK_LXC_PRE_MOUNT - OCI_HOOK_KINDS].n > 0 && !validate_has_new_ns(v, OCI_NS_MOUNT))
                fault_error(v->faults, oci_annotation_node(v->spec, HOOK_PREFIX "pre-mount"),
                            "add { \"type\": \"mount\" } to '/linux/namespaces'",
                            "annotation '" HOOK_PREFIX "pre-mount' needs a new mount namespace: its mounts would stay on the host");
        if (x->writable_paths.n > 0 && !validate_has_new_ns(v, OCI_NS_MOUNT))
                fault_error(v->faults, oci_annotation_node(v->spec, "berth.paths.writable"),
                            "add { \"type\": \"mount\" } to '/linux/namespaces'",
                            "annotation 'berth.paths.writable' needs a new mount namespace: its mounts would stay on the host");
}
