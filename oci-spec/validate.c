/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include <stdarg.h>

#include "num.h"
#include "str.h"

const struct json_node *place_member(struct oci_place at, const char *key)
{
        const struct json_node *member = at.node ? json_member(at.node, key) : NULL;

        return member ?: at.node;
}

const struct json_node *place_children(struct oci_place at, const char *key)
{
        const struct json_node *member = at.node ? json_member(at.node, key) : NULL;

        return member ? member->first : NULL;
}

/* By content, not by index: parse leaves elements of the wrong type out. */
const struct json_node *place_next_string(const struct json_node **cursor, const char *text)
{
        for (const struct json_node *node = *cursor; node; node = node->next)
                if (node->type == JSON_STRING && streq_ptr(node->text, text)) {
                        *cursor = node->next;
                        return node;
                }
        return NULL;
}

const struct json_node *place_next_member(const struct json_node **cursor, const char *key)
{
        for (const struct json_node *node = *cursor; node; node = node->next)
                if (streq_ptr(node->key, key)) {
                        *cursor = node->next;
                        return node;
                }
        return NULL;
}

bool place_lacks(struct oci_place at, const char *key) { return !at.node || !json_member(at.node, key); }

bool place_is_empty(struct oci_place at, const char *key)
{
        const struct json_node *member = at.node ? json_member(at.node, key) : NULL;

        return !at.node || (member && member->type == JSON_ARRAY && member->n == 0);
}

void validate_mark_keys(struct validator *v, size_t n)
{
        for (; n < v->faults->n; n++)
                v->faults->items[n].at_key = true;
}

const char *hint_printf(struct validator *v, const char *fmt, ...)
{
        const char *hint;
        va_list ap;

        va_start(ap, fmt);
        hint = arena_vprintf(v->faults->arena, fmt, ap);
        va_end(ap);
        return hint;
}

bool validate_has_ns(const struct validator *v, enum oci_ns kind) { return v->ns[kind]; }

bool validate_has_new_ns(const struct validator *v, enum oci_ns kind)
{
        return v->ns[kind] && str_empty(v->ns[kind]->path);
}

void validate_required(struct validator *v, struct oci_place at, bool present, const char *what, const char *key)
{
        if (!present && !at.node)
                fault_error(v->faults, NULL, NULL, "%s has no '%s'", what, key);
}

void validate_env(struct validator *v, struct oci_place at, const oci_strings *env)
{
        const struct json_node *cursor = place_children(at, "env");

        for (size_t i = 0; i < env->n; i++) {
                const char *entry = env->items[i];
                const struct json_node *node;

                if (!entry)
                        continue;
                node = place_next_string(&cursor, entry);
                if (!strchr(entry, '='))
                        fault_warning(v->faults, node, "write 'NAME=value'",
                                      "environment entry '%s' has no '=': most programs will not see it", entry);
                else if (entry[0] == '=')
                        fault_warning(v->faults, node, "write 'NAME=value'", "environment entry '%s' has no name", entry);
        }
}

void validate_list(struct validator *v, struct oci_place at, const char *key, const char *what, const char *list,
                   unsigned max)
{
        int r = str_empty(list) ? 0 : num_parse_list(list, max, NULL, NULL);

        if (r == -ERANGE)
                fault_error(v->faults, place_member(at, key), NULL, "%s '%s' goes beyond %u, the most that Linux knows",
                            what, list, max - 1);
        else if (r < 0)
                fault_error(v->faults, place_member(at, key),
                            "list numbers and ascending ranges with commas and no spaces, as in '0-3,7'",
                            "%s '%s' is not a list of numbers", what, list);
}

void validate_one_line(struct validator *v, struct oci_place at, const char *key, const char *what, const char *text)
{
        if (text && strchr(text, '\n'))
                fault_error(v->faults, place_member(at, key), "drop the newline", "%s holds a newline", what);
}

static void validate_root(struct validator *v)
{
        const struct oci_root *root = v->spec->root;

        validate_required(v, v->spec->at, root, "config", "root");
        if (!root)
                return;
        validate_required(v, root->at, root->path, "root", "path");
        if (root->path && root->path[0] == '\0')
                fault_error(v->faults, place_member(root->at, "path"), "the conventional value is 'rootfs'",
                            "root path is empty");
}

static void validate_annotations(struct validator *v)
{
        const struct json_node *cursor = place_children(v->spec->at, "annotations");
        size_t n_before = v->faults->n;

        for (size_t i = 0; i < v->spec->annotations.n; i++) {
                const struct oci_pair *pair = &v->spec->annotations.items[i];

                if (pair->key && pair->key[0] == '\0')
                        fault_error(v->faults, place_next_member(&cursor, pair->key),
                                    "name it in reverse domain notation, as in 'com.example.key'",
                                    "annotation has an empty key");
        }
        validate_mark_keys(v, n_before);
}

/* The first of each kind counts; validate_namespaces reports the others. */
static void collect_namespaces(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;

        for (size_t i = 0; lin && i < lin->namespaces.n; i++) {
                const struct oci_namespace *ns = &lin->namespaces.items[i];

                if (ns->type.set && ns->type.value >= 0 && ns->type.value < OCI_NS_KINDS && !v->ns[ns->type.value])
                        v->ns[ns->type.value] = ns;
        }
}

void oci_spec_validate(const struct oci_spec *spec, struct faults *faults)
{
        struct validator v = { .faults = faults, .spec = spec };

        /* the document is no object: parse has said so, and nothing else is true of it */
        if (!spec->at.node && faults->n_errors > 0)
                return;
        collect_namespaces(&v);
        validate_root(&v);
        if (spec->process)
                validate_process(&v, spec->process);
        validate_mounts(&v);
        if (spec->hooks)
                validate_hooks(&v, spec->hooks);
        validate_annotations(&v);
        validate_extensions(&v);
        if (!spec->linux_)
                return;
        validate_namespaces(&v);
        validate_net_devices(&v);
        validate_sysctls(&v);
        validate_linux(&v);
        if (spec->linux_->resources)
                validate_resources(&v, spec->linux_->resources);
        if (spec->linux_->seccomp)
                validate_seccomp(&v, spec->linux_->seccomp);
}

void oci_process_validate(const struct oci_process *process, struct faults *faults)
{
        struct validator v = { .faults = faults };

        validate_process(&v, process);
}

void oci_resources_validate(const struct oci_resources *resources, struct faults *faults)
{
        struct validator v = { .faults = faults };

        validate_resources(&v, resources);
}
