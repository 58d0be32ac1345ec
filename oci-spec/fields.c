/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include "json/tree.h"
#include "parse.h"
#include "str.h"

#undef linux /* GNU C predefines it as 1 */

/* The offset of MEMBER in struct T; does not compile unless the member's type is TYPE. */
#define MEMBER(T, member, type)                                                                                        \
        (offsetof(T, member) +                                                                                         \
         0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((T *) 0)->member), type) ? 1 : -1]))
/* The same for a list, by its elements' type. */
#define LIST(T, member, type)                                                                                          \
        (offsetof(T, member) +                                                                                         \
         0 * sizeof(char[__builtin_types_compatible_p(__typeof__(*((T *) 0)->member.items), type) ? 1 : -1]))

#define BOOL(T, json, member, ...) { json, FIELD_BOOL, .offset = MEMBER(T, member, struct opt_bool), __VA_ARGS__ }
#define I32(T, json, member, ...) { json, FIELD_I32, .offset = MEMBER(T, member, struct opt_i32), __VA_ARGS__ }
#define U16(T, json, member, ...) { json, FIELD_U16, .offset = MEMBER(T, member, struct opt_u16), __VA_ARGS__ }
#define U32(T, json, member, ...) { json, FIELD_U32, .offset = MEMBER(T, member, struct opt_u32), __VA_ARGS__ }
#define I64(T, json, member, ...) { json, FIELD_I64, .offset = MEMBER(T, member, struct opt_i64), __VA_ARGS__ }
#define U64(T, json, member, ...) { json, FIELD_U64, .offset = MEMBER(T, member, struct opt_u64), __VA_ARGS__ }
#define STRING(T, json, member, ...) { json, FIELD_STRING, .offset = MEMBER(T, member, const char *), __VA_ARGS__ }
#define STRINGS(T, json, member, ...) { json, FIELD_STRINGS, .offset = LIST(T, member, const char *), __VA_ARGS__ }
#define U32S(T, json, member, ...) { json, FIELD_U32S, .offset = LIST(T, member, uint32_t), __VA_ARGS__ }
#define ENUM(T, json, member, table, ...)                                                                              \
        { json, FIELD_ENUM, .offset = MEMBER(T, member, struct opt_enum), .u.names = &names_##table, __VA_ARGS__ }
#define ENUMS(T, json, member, table, ...)                                                                             \
        { json, FIELD_ENUMS, .offset = LIST(T, member, int), .u.names = &names_##table, __VA_ARGS__ }
#define OBJECT(T, json, member, type, ...)                                                                             \
        { json, FIELD_OBJECT, .offset = MEMBER(T, member, struct oci_##type *), .u.object = &type_##type, __VA_ARGS__ }
#define EMBEDDED(T, json, member, type, ...)                                                                           \
        { json, FIELD_EMBEDDED, .offset = MEMBER(T, member, struct oci_##type), .u.object = &type_##type, __VA_ARGS__ }
#define OBJECTS(T, json, member, type, ...)                                                                            \
        { json, FIELD_OBJECTS, .offset = LIST(T, member, struct oci_##type), .u.object = &type_##type, __VA_ARGS__ }
#define PAIRS(T, json, member, ...) { json, FIELD_PAIRS, .offset = LIST(T, member, struct oci_pair), __VA_ARGS__ }
#define KEYED(T, json, member, type, ...)                                                                              \
        { json, FIELD_KEYED, .offset = LIST(T, member, struct oci_##type), .u.object = &type_##type, __VA_ARGS__ }
#define NODE(T, json, member, ...)                                                                                     \
        { json, FIELD_NODE, .offset = MEMBER(T, member, const struct json_node *), __VA_ARGS__ }
#define REQUIRED .flags = FIELD_REQUIRED
#define DEPRECATED(text) .flags = FIELD_DEPRECATED, .u.instead = text

/* Each object's place is its first member: parse.c sets it without knowing the struct. */
#define TYPE_BODY(type, words, key, ...)                                                                               \
        _Static_assert(offsetof(struct oci_##type, at) == 0, #type);                                                   \
        static const struct field type##_fields[] = { __VA_ARGS__ };                                                   \
        TYPE_STORAGE const struct object_type type_##type = {                                                          \
                .what = words,                                                                                         \
                .fields = type##_fields,                                                                               \
                .n = ARRAY_SIZE(type##_fields),                                                                        \
                .size = sizeof(struct oci_##type),                                                                     \
                .key_offset = key,                                                                                     \
        }
#define TYPE(type, words, ...) TYPE_BODY(type, words, 0, __VA_ARGS__)
/* KEY is the member that keeps the key under which the object stood. */
#define TYPE_KEYED(type, words, key, ...)                                                                              \
        TYPE_BODY(type, words, MEMBER(struct oci_##type, key, const char *), __VA_ARGS__)

#define TYPE_STORAGE static

#define T struct oci_root
TYPE(root, "root",
     STRING(T, "path", path, REQUIRED),
     BOOL(T, "readonly", readonly));
#undef T

#define T struct oci_id_mapping
TYPE(id_mapping, "id mapping",
     U32(T, "containerID", container_id, REQUIRED),
     U32(T, "hostID", host_id, REQUIRED),
     U32(T, "size", size, REQUIRED));
#undef T

#define T struct oci_mount
TYPE(mount, "mount",
     STRING(T, "destination", destination, REQUIRED),
     STRING(T, "type", type),
     STRING(T, "source", source),
     STRINGS(T, "options", options),
     OBJECTS(T, "uidMappings", uid_mappings, id_mapping),
     OBJECTS(T, "gidMappings", gid_mappings, id_mapping));
#undef T

#define T struct oci_user
TYPE(user, "user",
     U32(T, "uid", uid, REQUIRED),
     U32(T, "gid", gid, REQUIRED),
     U32(T, "umask", umask),
     U32S(T, "additionalGids", additional_gids),
     STRING(T, "username", username));
#undef T

#define T struct oci_console_size
TYPE(console_size, "consoleSize",
     U32(T, "height", height, REQUIRED),
     U32(T, "width", width, REQUIRED));
#undef T

#define T struct oci_rlimit
TYPE(rlimit, "resource limit",
     ENUM(T, "type", type, rlimit, REQUIRED),
     U64(T, "soft", soft, REQUIRED),
     U64(T, "hard", hard, REQUIRED));
#undef T

#define T struct oci_capabilities
TYPE(capabilities, "capabilities",
     STRINGS(T, "effective", effective),
     STRINGS(T, "bounding", bounding),
     STRINGS(T, "inheritable", inheritable),
     STRINGS(T, "permitted", permitted),
     STRINGS(T, "ambient", ambient));
#undef T

#define T struct oci_scheduler
TYPE(scheduler, "scheduler",
     ENUM(T, "policy", policy, sched_policy, REQUIRED),
     I32(T, "nice", nice),
     I32(T, "priority", priority),
     ENUMS(T, "flags", flags, sched_flag),
     U64(T, "runtime", runtime),
     U64(T, "deadline", deadline),
     U64(T, "period", period));
#undef T

#define T struct oci_io_priority
TYPE(io_priority, "ioPriority",
     ENUM(T, "class", io_class, ioprio_class, REQUIRED),
     I64(T, "priority", priority, REQUIRED));
#undef T

#define T struct oci_cpu_affinity
TYPE(cpu_affinity, "execCPUAffinity",
     STRING(T, "initial", initial),
     STRING(T, "final", final));
#undef T

#undef TYPE_STORAGE
#define TYPE_STORAGE
#define T struct oci_process
TYPE(process, "process",
     BOOL(T, "terminal", terminal),
     OBJECT(T, "consoleSize", console_size, console_size),
     EMBEDDED(T, "user", user, user),
     STRINGS(T, "args", args),
     STRINGS(T, "env", env),
     STRING(T, "commandLine", command_line),
     STRING(T, "cwd", cwd, REQUIRED),
     OBJECT(T, "capabilities", capabilities, capabilities),
     OBJECTS(T, "rlimits", rlimits, rlimit),
     BOOL(T, "noNewPrivileges", no_new_privileges),
     STRING(T, "apparmorProfile", apparmor_profile),
     STRING(T, "selinuxLabel", selinux_label),
     I32(T, "oomScoreAdj", oom_score_adj),
     OBJECT(T, "scheduler", scheduler, scheduler),
     OBJECT(T, "ioPriority", io_priority, io_priority),
     OBJECT(T, "execCPUAffinity", exec_cpu_affinity, cpu_affinity));
#undef T
#undef TYPE_STORAGE
#define TYPE_STORAGE static

#define T struct oci_hook
TYPE(hook, "hook",
     STRING(T, "path", path, REQUIRED),
     STRINGS(T, "args", args),
     STRINGS(T, "env", env),
     I64(T, "timeout", timeout));
#undef T

#define T struct oci_hooks
TYPE(hooks, "hooks",
     OBJECTS(T, "prestart", list[OCI_HOOK_PRESTART], hook),
     OBJECTS(T, "createRuntime", list[OCI_HOOK_CREATE_RUNTIME], hook),
     OBJECTS(T, "createContainer", list[OCI_HOOK_CREATE_CONTAINER], hook),
     OBJECTS(T, "startContainer", list[OCI_HOOK_START_CONTAINER], hook),
     OBJECTS(T, "poststart", list[OCI_HOOK_POSTSTART], hook),
     OBJECTS(T, "poststop", list[OCI_HOOK_POSTSTOP], hook));
#undef T

#define T struct oci_namespace
TYPE(namespace, "namespace",
     ENUM(T, "type", type, namespace, REQUIRED),
     STRING(T, "path", path));
#undef T

#define T struct oci_time_offset
TYPE_KEYED(time_offset, "time offset", clock,
     I64(T, "secs", secs),
     U32(T, "nanosecs", nanosecs));
#undef T

/* Major and minor are required unless the type is 'p': validate-linux.c sees to it. */
#define T struct oci_device
TYPE(device, "device",
     ENUM(T, "type", type, device_type, REQUIRED),
     STRING(T, "path", path, REQUIRED),
     I64(T, "major", major),
     I64(T, "minor", minor),
     U32(T, "fileMode", file_mode),
     U32(T, "uid", uid),
     U32(T, "gid", gid));
#undef T

#define T struct oci_net_device
TYPE_KEYED(net_device, "network device", host_name,
     STRING(T, "name", name));
#undef T

#define T struct oci_device_rule
TYPE(device_rule, "device rule",
     BOOL(T, "allow", allow, REQUIRED),
     ENUM(T, "type", type, device_rule_type),
     I64(T, "major", major),
     I64(T, "minor", minor),
     STRING(T, "access", access));
#undef T

#define T struct oci_memory
TYPE(memory, "memory",
     I64(T, "limit", limit),
     I64(T, "reservation", reservation),
     I64(T, "swap", swap),
     I64(T, "kernel", kernel),
     I64(T, "kernelTCP", kernel_tcp),
     U64(T, "swappiness", swappiness),
     BOOL(T, "disableOOMKiller", disable_oom_killer),
     BOOL(T, "useHierarchy", use_hierarchy),
     BOOL(T, "checkBeforeUpdate", check_before_update));
#undef T

#define T struct oci_cpu
TYPE(cpu, "cpu",
     U64(T, "shares", shares),
     I64(T, "quota", quota),
     U64(T, "burst", burst),
     U64(T, "period", period),
     I64(T, "realtimeRuntime", realtime_runtime),
     U64(T, "realtimePeriod", realtime_period),
     STRING(T, "cpus", cpus),
     STRING(T, "mems", mems),
     I64(T, "idle", idle));
#undef T

#define T struct oci_weight_device
TYPE(weight_device, "block I/O weight",
     I64(T, "major", major, REQUIRED),
     I64(T, "minor", minor, REQUIRED),
     U16(T, "weight", weight),
     U16(T, "leafWeight", leaf_weight));
#undef T

#define T struct oci_throttle_device
TYPE(throttle_device, "block I/O limit",
     I64(T, "major", major, REQUIRED),
     I64(T, "minor", minor, REQUIRED),
     U64(T, "rate", rate, REQUIRED));
#undef T

#define T struct oci_block_io
TYPE(block_io, "blockIO",
     U16(T, "weight", weight),
     U16(T, "leafWeight", leaf_weight),
     OBJECTS(T, "weightDevice", weight_device, weight_device),
     OBJECTS(T, "throttleReadBpsDevice", throttle_read_bps, throttle_device),
     OBJECTS(T, "throttleWriteBpsDevice", throttle_write_bps, throttle_device),
     OBJECTS(T, "throttleReadIOPSDevice", throttle_read_iops, throttle_device),
     OBJECTS(T, "throttleWriteIOPSDevice", throttle_write_iops, throttle_device));
#undef T

#define T struct oci_hugepage_limit
TYPE(hugepage_limit, "huge page limit",
     STRING(T, "pageSize", page_size, REQUIRED),
     U64(T, "limit", limit, REQUIRED));
#undef T

#define T struct oci_interface_priority
TYPE(interface_priority, "network priority",
     STRING(T, "name", name, REQUIRED),
     U32(T, "priority", priority, REQUIRED));
#undef T

#define T struct oci_network
TYPE(network, "network",
     U32(T, "classID", class_id),
     OBJECTS(T, "priorities", priorities, interface_priority));
#undef T

#define T struct oci_pids
TYPE(pids, "pids",
     I64(T, "limit", limit));
#undef T

#define T struct oci_rdma
TYPE_KEYED(rdma, "rdma device", device,
     U32(T, "hcaHandles", hca_handles),
     U32(T, "hcaObjects", hca_objects));
#undef T

#undef TYPE_STORAGE
#define TYPE_STORAGE
#define T struct oci_resources
TYPE(resources, "resources",
     OBJECTS(T, "devices", devices, device_rule),
     OBJECT(T, "memory", memory, memory),
     OBJECT(T, "cpu", cpu, cpu),
     OBJECT(T, "blockIO", block_io, block_io),
     OBJECTS(T, "hugepageLimits", hugepage_limits, hugepage_limit),
     OBJECT(T, "network", network, network),
     OBJECT(T, "pids", pids, pids),
     KEYED(T, "rdma", rdma, rdma),
     PAIRS(T, "unified", unified));
#undef T
#undef TYPE_STORAGE
#define TYPE_STORAGE static

#define T struct oci_intel_rdt
TYPE(intel_rdt, "intelRdt",
     STRING(T, "closID", clos_id),
     STRING(T, "l3CacheSchema", l3_cache_schema),
     STRING(T, "memBwSchema", mem_bw_schema),
     STRINGS(T, "schemata", schemata),
     BOOL(T, "enableMonitoring", enable_monitoring),
     BOOL(T, "enableCMT", enable_cmt, DEPRECATED("enableMonitoring")),
     BOOL(T, "enableMBM", enable_mbm, DEPRECATED("enableMonitoring")));
#undef T

#define T struct oci_memory_policy
TYPE(memory_policy, "memoryPolicy",
     ENUM(T, "mode", mode, mempolicy_mode, REQUIRED),
     STRING(T, "nodes", nodes),
     ENUMS(T, "flags", flags, mempolicy_flag));
#undef T

#define T struct oci_seccomp_arg
TYPE(seccomp_arg, "seccomp argument",
     U32(T, "index", index, REQUIRED),
     U64(T, "value", value, REQUIRED),
     U64(T, "valueTwo", value_two),
     ENUM(T, "op", op, seccomp_op, REQUIRED));
#undef T

#define T struct oci_seccomp_rule
TYPE(seccomp_rule, "seccomp rule",
     STRINGS(T, "names", names, REQUIRED),
     ENUM(T, "action", action, seccomp_action, REQUIRED),
     U32(T, "errnoRet", errno_ret),
     OBJECTS(T, "args", args, seccomp_arg));
#undef T

#define T struct oci_seccomp
TYPE(seccomp, "seccomp",
     ENUM(T, "defaultAction", default_action, seccomp_action, REQUIRED),
     U32(T, "defaultErrnoRet", default_errno_ret),
     ENUMS(T, "architectures", architectures, seccomp_arch),
     ENUMS(T, "flags", flags, seccomp_flag),
     STRING(T, "listenerPath", listener_path),
     STRING(T, "listenerMetadata", listener_metadata),
     OBJECTS(T, "syscalls", syscalls, seccomp_rule));
#undef T

#define T struct oci_personality
TYPE(personality, "personality",
     ENUM(T, "domain", domain, personality, REQUIRED),
     STRINGS(T, "flags", flags));
#undef T

#define T struct oci_linux
TYPE(linux, "linux",
     OBJECTS(T, "namespaces", namespaces, namespace),
     OBJECTS(T, "uidMappings", uid_mappings, id_mapping),
     OBJECTS(T, "gidMappings", gid_mappings, id_mapping),
     KEYED(T, "timeOffsets", time_offsets, time_offset),
     OBJECTS(T, "devices", devices, device),
     KEYED(T, "netDevices", net_devices, net_device),
     STRING(T, "cgroupsPath", cgroups_path),
     OBJECT(T, "resources", resources, resources),
     OBJECT(T, "intelRdt", intel_rdt, intel_rdt),
     OBJECT(T, "memoryPolicy", memory_policy, memory_policy),
     PAIRS(T, "sysctl", sysctl),
     OBJECT(T, "seccomp", seccomp, seccomp),
     ENUM(T, "rootfsPropagation", rootfs_propagation, propagation),
     STRINGS(T, "maskedPaths", masked_paths),
     STRINGS(T, "readonlyPaths", readonly_paths),
     STRING(T, "mountLabel", mount_label),
     OBJECT(T, "personality", personality, personality));
#undef T

#undef TYPE_STORAGE
#define TYPE_STORAGE
#define T struct oci_spec
TYPE(spec, "config",
     STRING(T, "ociVersion", oci_version, REQUIRED),
     OBJECT(T, "process", process, process),
     OBJECT(T, "root", root, root, REQUIRED),
     STRING(T, "hostname", hostname),
     STRING(T, "domainname", domainname),
     OBJECTS(T, "mounts", mounts, mount),
     OBJECT(T, "hooks", hooks, hooks),
     PAIRS(T, "annotations", annotations),
     BOOL(T, OCI_TRUST_KEY, trust_annotations),
     OBJECT(T, "linux", linux_, linux),
     NODE(T, "windows", windows),
     NODE(T, "solaris", solaris),
     NODE(T, "vm", vm),
     NODE(T, "zos", zos),
     NODE(T, "freebsd", freebsd));
#undef T

const struct field *field_find(const struct object_type *type, const char *name)
{
        for (size_t i = 0; i < type->n; i++)
                if (streq(type->fields[i].name, name))
                        return &type->fields[i];
        return NULL;
}
