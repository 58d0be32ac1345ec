/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include "names.h"
#include "str.h"
#include "sysctl-name.h"

enum {
        MAX_EXTENTS = 340,           /* UID_GID_MAP_MAX_EXTENTS */
        MAX_HOST_NAME = 64,          /* __NEW_UTS_LEN */
        MAX_NANOSECS = 999999999,
        MAX_SYSCTL_NAME = 512,
};
/* KTIME_SEC_MAX: no clock goes further */
#define MAX_OFFSET_SECS INT64_C(9223372036)

static const char *add_ns_hint(struct validator *v, enum oci_ns kind)
{
        return hint_printf(v, "add { \"type\": \"%s\" } to /linux/namespaces", name_of(&names_namespace, (int) kind));
}

static void validate_namespace(struct validator *v, const struct oci_namespace *ns)
{
        const char *name = ns->type.set ? name_of(&names_namespace, ns->type.value) : NULL;

        validate_required(v, ns->at, name, "namespace", "type");
        if (name && v->ns[ns->type.value] != ns)
                fault_error(v->faults, place_member(ns->at, "type"), "keep one of them", "namespace '%s' is listed twice", name);
        if (!ns->path || (name && v->spec->extensions.shared_ns[ns->type.value]))
                return;
        if (ns->path[0] == '\0')
                fault_warning(v->faults, place_member(ns->at, "path"), "leave 'path' out for a new namespace",
                              "path of the %s namespace is empty: a new one is made", name ?: "unnamed");
        else if (ns->path[0] != '/')
                fault_error(v->faults, place_member(ns->at, "path"), "name the namespace's file, as in '/proc/1234/ns/net'",
                            "path '%s' of the %s namespace is not absolute", ns->path, name ?: "unnamed");
}

static bool extent_is_whole(const struct oci_id_mapping *m) { return m->container_id.set && m->host_id.set && m->size.set; }

bool validate_id_is_mapped(const oci_id_mappings *mappings, uint32_t id)
{
        for (size_t i = 0; i < mappings->n; i++) {
                const struct oci_id_mapping *m = &mappings->items[i];

                if (m->container_id.set && m->size.set && id >= m->container_id.value &&
                    id - m->container_id.value < m->size.value)
                        return true;
        }
        return false;
}

static bool ranges_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
        return a < (uint64_t) b + b_size && b < (uint64_t) a + a_size;
}

/* The end must be a 32-bit number too: the kernel refuses a map whose end wraps. */
static void validate_extent_end(struct validator *v, const struct oci_id_mapping *m, const char *key, uint32_t first)
{
        if ((uint64_t) first + m->size.value > UINT32_MAX)
                fault_error(v->faults, place_member(m->at, "size"), "make 'size' smaller",
                            "mapping of %u ids from %s %u goes beyond 32 bits", m->size.value, key, first);
}

static void validate_extent_overlap(struct validator *v, const oci_id_mappings *mappings, size_t i)
{
        const struct oci_id_mapping *m = &mappings->items[i];

        for (size_t j = 0; j < i; j++) {
                const struct oci_id_mapping *other = &mappings->items[j];

                if (!extent_is_whole(other))
                        continue;
                if (ranges_overlap(m->container_id.value, m->size.value, other->container_id.value, other->size.value))
                        fault_error(v->faults, place_member(m->at, "containerID"), "map each id once",
                                    "container ids %u x%u overlap those of mapping %zu (%u x%u)", m->container_id.value,
                                    m->size.value, j, other->container_id.value, other->size.value);
                if (ranges_overlap(m->host_id.value, m->size.value, other->host_id.value, other->size.value))
                        fault_error(v->faults, place_member(m->at, "hostID"), "map each id once",
                                    "host ids %u x%u overlap those of mapping %zu (%u x%u)", m->host_id.value, m->size.value, j,
                                    other->host_id.value, other->size.value);
        }
}

/* user_namespaces(7) "Defining user and group ID mappings" */
void validate_id_mappings(struct validator *v, struct oci_place at, const char *key, const oci_id_mappings *mappings)
{
        if (mappings->n > MAX_EXTENTS) {
                fault_error(v->faults, place_member(at, key), "join adjacent ranges", "%s has %zu ranges, the kernel takes %d",
                            key, mappings->n, MAX_EXTENTS);
                return;
        }
        for (size_t i = 0; i < mappings->n; i++) {
                const struct oci_id_mapping *m = &mappings->items[i];

                validate_required(v, m->at, extent_is_whole(m), "id mapping", "containerID, hostID, size");
                if (!extent_is_whole(m))
                        continue;
                if (m->size.value == 0)
                        fault_error(v->faults, place_member(m->at, "size"), "drop the mapping or give it a size",
                                    "id mapping has size 0");
                validate_extent_end(v, m, "container id", m->container_id.value);
                validate_extent_end(v, m, "host id", m->host_id.value);
                validate_extent_overlap(v, mappings, i);
        }
}

/* Mappings beside a joined user namespace are let through: containerd, CRI-O and Podman write them, of Podman a dummy;
 * those of the namespace count. */
static void validate_user_ns(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;
        const struct { const char *key; const oci_id_mappings *mappings; } both[] = {
                { "uidMappings", &lin->uid_mappings },
                { "gidMappings", &lin->gid_mappings },
        };

        for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
                validate_id_mappings(v, lin->at, both[i].key, both[i].mappings);
                if (both[i].mappings->n > 0 && !validate_has_ns(v, OCI_NS_USER))
                        fault_error(v->faults, place_member(lin->at, both[i].key), add_ns_hint(v, OCI_NS_USER),
                                    "%s need a user namespace", both[i].key);
                if (both[i].mappings->n == 0 && validate_has_new_ns(v, OCI_NS_USER))
                        fault_error(v->faults, v->ns[OCI_NS_USER]->at.node,
                                    hint_printf(v, "add /linux/%s, as in { \"containerID\": 0, \"hostID\": 100000, \"size\": 65536 }",
                                                both[i].key),
                                    "new user namespace has no %s", both[i].key);
        }
}

static void validate_time_offset(struct validator *v, const struct oci_time_offset *o)
{
        size_t n_before = v->faults->n;

        if (o->clock && !streq(o->clock, "monotonic") && !streq(o->clock, "boottime"))
                fault_error(v->faults, o->at.node, "the clocks are 'monotonic' and 'boottime'",
                            "clock '%s' has no offset in a time namespace", o->clock);
        validate_mark_keys(v, n_before);
        if (o->nanosecs.set && o->nanosecs.value > MAX_NANOSECS)
                fault_error(v->faults, place_member(o->at, "nanosecs"), "move whole seconds to 'secs'",
                            "nanosecs %u is not below one second", o->nanosecs.value);
        if (o->secs.set && (o->secs.value > MAX_OFFSET_SECS || o->secs.value < -MAX_OFFSET_SECS))
                fault_error(v->faults, place_member(o->at, "secs"), NULL, "offset of %lld seconds is beyond what clocks hold",
                            (long long) o->secs.value);
}

/* time_namespaces(7) */
static void validate_time_offsets(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;

        for (size_t i = 0; i < lin->time_offsets.n; i++)
                validate_time_offset(v, &lin->time_offsets.items[i]);
        if (lin->time_offsets.n == 0 || validate_has_new_ns(v, OCI_NS_TIME))
                return;
        if (validate_has_ns(v, OCI_NS_TIME))
                fault_error(v->faults, place_member(lin->at, "timeOffsets"), "drop 'timeOffsets', or the time namespace's 'path'",
                            "timeOffsets need a new time namespace: those of '%s' are set", v->ns[OCI_NS_TIME]->path);
        else
                fault_error(v->faults, place_member(lin->at, "timeOffsets"), add_ns_hint(v, OCI_NS_TIME),
                            "timeOffsets need a new time namespace");
}

static void validate_host_name(struct validator *v, const char *key, const char *name)
{
        if (str_empty(name))
                return;
        if (strlen(name) > MAX_HOST_NAME)
                fault_error(v->faults, place_member(v->spec->at, key), NULL, "%s '%s' is longer than %d bytes", key, name,
                            MAX_HOST_NAME);
        if (!validate_has_ns(v, OCI_NS_UTS))
                fault_error(v->faults, place_member(v->spec->at, key), add_ns_hint(v, OCI_NS_UTS),
                            "%s '%s' needs a uts namespace: without it the host would be renamed", key, name);
}

void validate_namespaces(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;

        for (size_t i = 0; i < lin->namespaces.n; i++)
                validate_namespace(v, &lin->namespaces.items[i]);
        validate_user_ns(v);
        validate_time_offsets(v);
        validate_host_name(v, "hostname", v->spec->hostname);
        validate_host_name(v, "domainname", v->spec->domainname);
}

static void validate_sysctl(struct validator *v, const struct json_node *node, const char *name)
{
        char path[MAX_SYSCTL_NAME];
        int kind;

        if (sysctl_path(name, path, sizeof path) < 0) {
                fault_error(v->faults, node, "write it as in 'net.ipv4.ip_forward'", "sysctl '%s' is no name of a kernel parameter",
                            name);
                return;
        }
        kind = sysctl_namespace(path);
        if (kind < 0)
                fault_error(v->faults, node, "set it on the host, or drop it",
                            "sysctl '%s' belongs to no namespace: it would change the host", name);
        else if (!validate_has_ns(v, (enum oci_ns) kind))
                fault_error(v->faults, node, add_ns_hint(v, (enum oci_ns) kind),
                            "sysctl '%s' needs a namespace of type '%s': without it, it would change the host", name,
                            name_of(&names_namespace, kind));
        if (streq(path, "kernel/hostname")) /* as runc and crun: the field is its place */
                fault_error(v->faults, node, "write it as /hostname", "sysctl '%s' is not allowed as it conflicts with /hostname", name);
        if (streq(path, "kernel/domainname") && !str_empty(v->spec->domainname))
                fault_error(v->faults, node, "keep /domainname", "sysctl '%s' contradicts /domainname '%s'", name,
                            v->spec->domainname);
}

void validate_sysctls(struct validator *v)
{
        const struct oci_linux *lin = v->spec->linux_;
        const struct json_node *cursor = place_children(lin->at, "sysctl");
        size_t n_before = v->faults->n;

        for (size_t i = 0; i < lin->sysctl.n; i++)
                if (lin->sysctl.items[i].key)
                        validate_sysctl(v, place_next_member(&cursor, lin->sysctl.items[i].key), lin->sysctl.items[i].key);
        validate_mark_keys(v, n_before);
}
