/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include <linux/mempolicy.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "names.h"
#include "str.h"

enum {
        MAX_MAJOR = 0xfff,   /* MAJOR has 12 bits in the kernel, MINOR 20: mknod(2) drops the rest without a word */
        MAX_MINOR = 0xfffff,
        MAX_MODE = 07777,
};

static void validate_device_number(struct validator *v, const struct oci_device *d, const char *key, const struct opt_i64 *number,
                                   int64_t max)
{
        if (!number->set && place_lacks(d->at, key))
                fault_error(v->faults, d->at.node, hint_printf(v, "add '%s'", key), "device '%s' has no %s number", d->path ?: "",
                            key);
        else if (number->set && (number->value < 0 || number->value > max))
                fault_error(v->faults, place_member(d->at, key), NULL, "%s number %lld of device '%s' is outside 0 to %lld", key,
                            (long long) number->value, d->path ?: "", (long long) max);
}

/* Engines hand on st_mode as a whole: its type bits may stand there if they are the right ones. */
static void validate_device_mode(struct validator *v, const struct oci_device *d)
{
        uint32_t bits = d->type.value == 'b' ? S_IFBLK : d->type.value == 'p' ? S_IFIFO : S_IFCHR;
        uint32_t mode = d->file_mode.value;

        if (!d->file_mode.set)
                return;
        if ((mode & ~(uint32_t) MAX_MODE) != 0 && (mode & ~(uint32_t) MAX_MODE) != bits)
                fault_error(v->faults, place_member(d->at, "fileMode"), "JSON numbers are decimal: octal 0666 is written 438",
                            "file mode %u (octal %o) of device '%s' is more than permission bits", mode, mode, d->path ?: "");
}

static void validate_device(struct validator *v, const struct oci_device *d)
{
        validate_required(v, d->at, d->path, "device", "path");
        validate_required(v, d->at, d->type.set, "device", "type");
        if (d->path && d->path[0] != '/')
                fault_error(v->faults, place_member(d->at, "path"),
                            hint_printf(v, "write '%s%s'", str_after(d->path, "dev/") ? "/" : "/dev/", d->path),
                            "device path '%s' is not absolute", d->path);
        if (!d->type.set)
                return;
        if (d->type.value != 'p') {
                validate_device_number(v, d, "major", &d->major, MAX_MAJOR);
                validate_device_number(v, d, "minor", &d->minor, MAX_MINOR);
        }
        validate_device_mode(v, d);
}

static int compare_device_paths(const void *a, const void *b)
{
        const struct oci_device *x = *(const struct oci_device *const *) a, *y = *(const struct oci_device *const *) b;
        int order = strcmp(x->path, y->path);

        return order ?: x < y ? -1 : x > y;
}

/* Sorted, so that a long list costs no square of its length. */
static void validate_device_paths(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;
        const struct oci_device **sorted = arena_alloc_array(v->faults->arena, lin->devices.n, sizeof *sorted);
        size_t n = 0;

        if (!sorted) {
                v->faults->nomem = true;
                return;
        }
        for (size_t i = 0; i < lin->devices.n; i++)
                if (lin->devices.items[i].path)
                        sorted[n++] = &lin->devices.items[i];
        qsort(sorted, n, sizeof *sorted, compare_device_paths);
        for (size_t i = 1; i < n; i++)
                if (streq(sorted[i]->path, sorted[i - 1]->path))
                        fault_error(v->faults, place_member(sorted[i]->at, "path"), "keep one of them",
                                    "device '%s' is listed twice", sorted[i]->path);
}

/* dev_valid_name() of the kernel */
static bool is_device_name(const char *name)
{
        size_t len = strlen(name);

        return len > 0 && len < IFNAMSIZ && !streq(name, ".") && !streq(name, "..") && !strpbrk(name, "/: \t\n\v\f\r");
}

/* "%d" at the end is a template that the kernel fills; no other '%' is allowed. */
static bool is_device_template(const char *name)
{
        const char *percent = strchr(name, '%');

        return is_device_name(name) && (!percent || streq(percent, "%d"));
}

static void validate_net_device(struct validator *v, const struct oci_net_device *d)
{
        size_t n_before = v->faults->n;

        if (d->host_name && !is_device_name(d->host_name))
                fault_error(v->faults, d->at.node, "names have 1 to 15 bytes, without '/', ':' and white space",
                            "'%s' is no name of a network device", d->host_name);
        if (streq_ptr(d->host_name, "lo"))
                fault_error(v->faults, d->at.node, "drop it: each network namespace has its own 'lo'",
                            "network device 'lo' cannot be moved");
        validate_mark_keys(v, n_before);
        if (!str_empty(d->name) && !is_device_template(d->name))
                fault_error(v->faults, place_member(d->at, "name"),
                            "names have 1 to 15 bytes, without '/', ':' and white space; '%d' may stand at the end",
                            "'%s' is no name for a network device", d->name);
}

static const char *name_inside(const struct oci_net_device *d) { return str_empty(d->name) ? d->host_name : d->name; }

static int compare_names_inside(const void *a, const void *b)
{
        const struct oci_net_device *x = *(const struct oci_net_device *const *) a, *y = *(const struct oci_net_device *const *) b;
        int order = strcmp(name_inside(x), name_inside(y));

        return order ?: x < y ? -1 : x > y;
}

static void validate_names_inside(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;
        const struct oci_net_device **sorted = arena_alloc_array(v->faults->arena, lin->net_devices.n, sizeof *sorted);
        size_t n = 0;

        if (!sorted) {
                v->faults->nomem = true;
                return;
        }
        for (size_t i = 0; i < lin->net_devices.n; i++)
                if (lin->net_devices.items[i].host_name && !strchr(name_inside(&lin->net_devices.items[i]), '%'))
                        sorted[n++] = &lin->net_devices.items[i];
        qsort(sorted, n, sizeof *sorted, compare_names_inside);
        for (size_t i = 1; i < n; i++)
                if (streq(name_inside(sorted[i]), name_inside(sorted[i - 1])))
                        fault_error(v->faults, place_member(sorted[i]->at, "name"), "give each another 'name'",
                                    "network devices '%s' and '%s' would both be '%s' in the container", sorted[i - 1]->host_name,
                                    sorted[i]->host_name, name_inside(sorted[i]));
}

void validate_net_devices(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;

        if (lin->net_devices.n == 0)
                return;
        if (!validate_has_ns(v, OCI_NS_NETWORK))
                fault_error(v->faults, place_member(lin->at, "netDevices"), "add { \"type\": \"network\" } to /linux/namespaces",
                            "netDevices need a network namespace to move to");
        for (size_t i = 0; i < lin->net_devices.n; i++)
                validate_net_device(v, &lin->net_devices.items[i]);
        validate_names_inside(v);
}

static bool has_dot_dot(const char *path)
{
        while (*path) {
                size_t len = strcspn(path, "/");

                if (len == 2 && path[0] == '.' && path[1] == '.')
                        return true;
                path += len + (path[len] == '/');
        }
        return false;
}

static void validate_cgroups_path(struct validator *v, const struct oci_linux *lin)
{
        if (lin->cgroups_path && has_dot_dot(lin->cgroups_path))
                fault_error(v->faults, place_member(lin->at, "cgroupsPath"), "write the path without '..'",
                            "cgroupsPath '%s' leads upwards", lin->cgroups_path);
        validate_one_line(v, lin->at, "cgroupsPath", "cgroupsPath", lin->cgroups_path);
}

static void validate_paths(struct validator *v, const char *key, const oci_strings *paths)
{
        const struct oci_linux *lin = v->spec->linux_;
        const struct json_node *cursor = place_children(lin->at, key);

        for (size_t i = 0; i < paths->n; i++)
                if (paths->items[i] && paths->items[i][0] != '/')
                        fault_error(v->faults, place_next_string(&cursor, paths->items[i]),
                                    "write the whole path in the container", "path '%s' in %s is not absolute", paths->items[i],
                                    key);
        if (paths->n > 0 && !validate_has_ns(v, OCI_NS_MOUNT))
                fault_error(v->faults, place_member(lin->at, key), "add { \"type\": \"mount\" } to /linux/namespaces",
                            "%s need a mount namespace: without it the host's paths would change", key);
}

static bool is_reserved_clos(const char *id)
{
        static const char *const reserved[] = { ".", "..", "info", "mon_data", "mon_groups" };

        for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
                if (streq(id, reserved[i]))
                        return true;
        return false;
}

static void validate_intel_rdt(struct validator *v, const struct oci_intel_rdt *rdt)
{
        const struct json_node *cursor = place_children(rdt->at, "schemata");

        if (!str_empty(rdt->clos_id) && !streq(rdt->clos_id, "/") &&
            (is_reserved_clos(rdt->clos_id) || strpbrk(rdt->clos_id, "/\n")))
                fault_error(v->faults, place_member(rdt->at, "closID"), "write one directory name, or '/' for the default class",
                            "closID '%s' is no name of a class of service", rdt->clos_id);
        validate_one_line(v, rdt->at, "l3CacheSchema", "l3CacheSchema", rdt->l3_cache_schema);
        validate_one_line(v, rdt->at, "memBwSchema", "memBwSchema", rdt->mem_bw_schema);
        if (!str_empty(rdt->l3_cache_schema) && !str_after(rdt->l3_cache_schema, "L3"))
                fault_warning(v->faults, place_member(rdt->at, "l3CacheSchema"), "write it as in 'L3:0=ff;1=f'",
                              "l3CacheSchema '%s' does not begin with 'L3:'", rdt->l3_cache_schema);
        if (!str_empty(rdt->mem_bw_schema) && !str_after(rdt->mem_bw_schema, "MB:"))
                fault_error(v->faults, place_member(rdt->at, "memBwSchema"), "write it as in 'MB:0=20;1=70'",
                            "memBwSchema '%s' does not begin with 'MB:'", rdt->mem_bw_schema);
        for (size_t i = 0; i < rdt->schemata.n; i++)
                if (rdt->schemata.items[i] && strchr(rdt->schemata.items[i], '\n'))
                        fault_error(v->faults, place_next_string(&cursor, rdt->schemata.items[i]),
                                    "write each line as an element of its own", "entry of schemata holds a newline");
}

static int memory_policy_flags(const struct oci_memory_policy *p)
{
        int flags = 0;

        for (size_t i = 0; i < p->flags.n; i++)
                flags |= p->flags.items[i];
        return flags;
}

/* mm/mempolicy.c: sanitize_mpol_flags(), mpol_new() */
static void validate_memory_policy_flags(struct validator *v, const struct oci_memory_policy *p, const char *mode)
{
        const struct json_node *node = place_member(p->at, "flags");
        int flags = memory_policy_flags(p);

        if ((flags & MPOL_F_STATIC_NODES) && (flags & MPOL_F_RELATIVE_NODES))
                fault_error(v->faults, node, "keep one of them",
                            "flags 'MPOL_F_STATIC_NODES' and 'MPOL_F_RELATIVE_NODES' exclude each other");
        if ((flags & MPOL_F_NUMA_BALANCING) && p->mode.value != MPOL_BIND && p->mode.value != MPOL_PREFERRED_MANY)
                fault_error(v->faults, node, "use 'MPOL_BIND' or 'MPOL_PREFERRED_MANY'",
                            "flag 'MPOL_F_NUMA_BALANCING' does not go with mode '%s'", mode);
        if ((flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES)) && str_empty(p->nodes) &&
            (p->mode.value == MPOL_LOCAL || p->mode.value == MPOL_PREFERRED))
                fault_error(v->faults, node, "drop the flag", "flags of nodes do not go with mode '%s' without nodes", mode);
}

/* set_mempolicy(2) */
static void validate_memory_policy(struct validator *v, const struct oci_memory_policy *p)
{
        bool nodes = !str_empty(p->nodes);
        const char *mode;

        validate_required(v, p->at, p->mode.set, "memoryPolicy", "mode");
        validate_list(v, p->at, "nodes", "node list", p->nodes, VALIDATE_MAX_NODES);
        if (!p->mode.set)
                return;
        mode = name_of(&names_mempolicy_mode, p->mode.value);
        if (nodes && (p->mode.value == MPOL_DEFAULT || p->mode.value == MPOL_LOCAL))
                fault_error(v->faults, place_member(p->at, "nodes"), "drop 'nodes'", "mode '%s' takes no nodes, here '%s'", mode,
                            p->nodes);
        if (!nodes && p->mode.value != MPOL_DEFAULT && p->mode.value != MPOL_LOCAL && p->mode.value != MPOL_PREFERRED)
                fault_error(v->faults, place_member(p->at, "nodes"), "list them in 'nodes', as in '0-1'",
                            "mode '%s' needs at least one node", mode);
        validate_memory_policy_flags(v, p, mode);
}

static void validate_personality(struct validator *v, const struct oci_personality *p)
{
        validate_required(v, p->at, p->domain.set, "personality", "domain");
        if (p->flags.n > 0)
                fault_error(v->faults, place_member(p->at, "flags"), "drop 'flags': the specification defines none",
                            "personality flag '%s' is not supported", p->flags.items[0] ?: "");
}

void validate_linux(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;

        for (size_t i = 0; i < lin->devices.n; i++)
                validate_device(v, &lin->devices.items[i]);
        if (lin->devices.n > 1)
                validate_device_paths(v);
        validate_cgroups_path(v, lin);
        validate_paths(v, "maskedPaths", &lin->masked_paths);
        validate_paths(v, "readonlyPaths", &lin->readonly_paths);
        if (lin->rootfs_propagation.set && !validate_has_ns(v, OCI_NS_MOUNT))
                fault_error(v->faults, place_member(lin->at, "rootfsPropagation"),
                            "add { \"type\": \"mount\" } to /linux/namespaces",
                            "rootfsPropagation needs a mount namespace: without it the host's mounts would change");
        validate_one_line(v, lin->at, "mountLabel", "mountLabel", lin->mount_label);
        if (lin->intel_rdt)
                validate_intel_rdt(v, lin->intel_rdt);
        if (lin->memory_policy)
                validate_memory_policy(v, lin->memory_policy);
        if (lin->personality)
                validate_personality(v, lin->personality);
}
