/* SPDX-License-Identifier: Apache-2.0 */
/* The typed model of config.json: runtime-spec 1.3.0, the Linux part, every field.
 * Owns: nothing; a spec and all it points to live in the arena that it was parsed into.
 * Layer: oci-spec, pure.
 *
 * Conventions.  A pointer is NULL when the field is absent.  A number or bool that may be absent is an opt_*: its value
 * means something only when .set.  A list has .items and .n; an absent list is { NULL, 0 } (where absent and empty
 * differ, a field says so).  Enumerations hold the kernel's value where there is one, names.h has the words.
 * Each object begins with its place in the document, for errors and for the plan's origins.
 *
 * The field tables of fields.c describe these structs and drive both parse.c and write.c: a new field is a line here
 * and a row there.
 */
#ifndef BERTH_OCI_SPEC_H
#define BERTH_OCI_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_node;

struct opt_bool { bool set; bool value; };
struct opt_i32 { bool set; int32_t value; };
struct opt_u16 { bool set; uint16_t value; };
struct opt_u32 { bool set; uint32_t value; };
struct opt_i64 { bool set; int64_t value; };
struct opt_u64 { bool set; uint64_t value; };
/* An enumerated word; value is the constant of names.h. */
struct opt_enum { bool set; int value; };

/* Every list has this layout; the macro gives the elements their type.  The field tables' loops see them all as this. */
struct oci_list { void *items; size_t n; } __attribute__((may_alias));
#define OCI_LIST(type)                                                                                                 \
        struct {                                                                                                       \
                type *items;                                                                                           \
                size_t n;                                                                                              \
        }
typedef OCI_LIST(const char *) oci_strings;

/* An entry of a JSON object used as a map of strings (annotations, sysctl, unified). */
struct oci_pair { const char *key; const char *value; };
typedef OCI_LIST(struct oci_pair) oci_pairs;

/* Where an object stands: its node in the positioned tree (line, column, pointer).  NULL in a spec built by hand. */
struct oci_place { const struct json_node *node; };

/* config.md "Root" */
struct oci_root {
        struct oci_place at;
        const char *path;          /* absolute, or relative to the bundle; required */
        struct opt_bool readonly;  /* absent: false */
};

/* config-linux.md "User namespace mappings".  All three are required. */
struct oci_id_mapping {
        struct oci_place at;
        struct opt_u32 container_id;
        struct opt_u32 host_id;
        struct opt_u32 size; /* count of ids */
};
typedef OCI_LIST(struct oci_id_mapping) oci_id_mappings;

/* config.md "Mounts" */
struct oci_mount {
        struct oci_place at;
        const char *destination; /* in the container; a relative one is taken from "/" (deprecated) */
        const char *type;        /* file system type; a dummy for binds */
        const char *source;      /* a device, a host path (relative: to the bundle), or a label */
        oci_strings options;
        oci_id_mappings uid_mappings, gid_mappings;
};

/* config.md "User" */
struct oci_user {
        struct oci_place at;
        struct opt_u32 uid, gid; /* in the container's user namespace; required */
        struct opt_u32 umask;    /* absent: unchanged */
        OCI_LIST(uint32_t) additional_gids;
        const char *username;    /* Windows only */
};

struct oci_console_size {
        struct oci_place at;
        struct opt_u32 height, width; /* characters; the kernel keeps 16 bits */
};

struct oci_rlimit {
        struct oci_place at;
        struct opt_enum type; /* RLIMIT_* */
        struct opt_u64 soft, hard; /* UINT64_MAX: unlimited */
};

/* Names as written ("CAP_CHOWN").  A name that this kernel does not know is a warning, not an error (config.md). */
struct oci_capabilities {
        struct oci_place at;
        oci_strings effective, bounding, inheritable, permitted, ambient;
};

/* config.md "Linux Process": scheduler; sched_setattr(2) */
struct oci_scheduler {
        struct oci_place at;
        struct opt_enum policy; /* SCHED_*; required */
        struct opt_i32 nice, priority;
        OCI_LIST(int) flags;    /* SCHED_FLAG_* */
        struct opt_u64 runtime, deadline, period; /* nanoseconds */
};

struct oci_io_priority {
        struct oci_place at;
        struct opt_enum io_class; /* IOPRIO_CLASS_*; required */
        struct opt_i64 priority;  /* 0 (highest) to 7; required */
};

struct oci_cpu_affinity {
        struct oci_place at;
        const char *initial, *final; /* CPU lists: "0-3,7" */
};

/* config.md "Process" */
struct oci_process {
        struct oci_place at;
        struct opt_bool terminal;
        struct oci_console_size *console_size;
        struct oci_user user;
        oci_strings args, env;
        const char *command_line; /* Windows only */
        const char *cwd;          /* absolute; required */
        struct oci_capabilities *capabilities; /* NULL: no capability at all is kept, as runc and crun do */
        OCI_LIST(struct oci_rlimit) rlimits;
        struct opt_bool no_new_privileges;
        const char *apparmor_profile;
        const char *selinux_label;
        struct opt_i32 oom_score_adj; /* -1000 to 1000; absent: unchanged */
        struct oci_scheduler *scheduler;
        struct oci_io_priority *io_priority;
        struct oci_cpu_affinity *exec_cpu_affinity; /* for exec only */
};

/* config.md "POSIX-platform Hooks" */
struct oci_hook {
        struct oci_place at;
        const char *path; /* absolute; required */
        oci_strings args; /* argv, argv[0] included; absent: { path } */
        oci_strings env;
        struct opt_i64 timeout; /* seconds, above 0; absent: none */
};
typedef OCI_LIST(struct oci_hook) oci_hook_list;

enum oci_hook_kind {
        OCI_HOOK_PRESTART,
        OCI_HOOK_CREATE_RUNTIME,
        OCI_HOOK_CREATE_CONTAINER,
        OCI_HOOK_START_CONTAINER,
        OCI_HOOK_POSTSTART,
        OCI_HOOK_POSTSTOP,
        OCI_HOOK_KINDS, /* of the specification */

        /* LXC's own moments: from annotations berth.lxc.hook.NAME */
        OCI_HOOK_LXC_PRE_START = OCI_HOOK_KINDS,
        OCI_HOOK_LXC_PRE_MOUNT,
        OCI_HOOK_LXC_START_HOST,
        OCI_HOOK_LXC_STOP,
        OCI_HOOK_ALL_KINDS,
};

struct oci_hooks {
        struct oci_place at;
        oci_hook_list list[OCI_HOOK_KINDS];
};

/* config-linux.md "Namespaces".  The values index arrays; names.h has word and CLONE_NEW* flag. */
enum oci_ns {
        OCI_NS_USER,
        OCI_NS_PID,
        OCI_NS_NETWORK,
        OCI_NS_MOUNT,
        OCI_NS_IPC,
        OCI_NS_UTS,
        OCI_NS_CGROUP,
        OCI_NS_TIME,
        OCI_NS_KINDS,
};

struct oci_namespace {
        struct oci_place at;
        struct opt_enum type; /* enum oci_ns; required */
        const char *path;     /* NULL: a new one */
};

/* config-linux.md "Offset for Time Namespace"; the key is the clock */
struct oci_time_offset {
        struct oci_place at;
        const char *clock; /* "monotonic" or "boottime" */
        struct opt_i64 secs;
        struct opt_u32 nanosecs;
};

/* config-linux.md "Devices" */
struct oci_device {
        struct oci_place at;
        struct opt_enum type; /* 'c', 'b', 'u' (= c) or 'p' */
        const char *path;     /* in the container; required */
        struct opt_i64 major, minor;
        struct opt_u32 file_mode; /* permission bits; absent: 0666 */
        struct opt_u32 uid, gid;  /* in the container; absent: 0 */
};

/* config-linux.md "Network Devices"; the key is the host's name */
struct oci_net_device {
        struct oci_place at;
        const char *host_name;
        const char *name; /* in the container; absent: the same; may hold "%d" */
};

/* config-linux.md "Allowed Device list" */
struct oci_device_rule {
        struct oci_place at;
        struct opt_bool allow;
        struct opt_enum type;        /* 'a', 'c', 'b'; absent: all */
        struct opt_i64 major, minor; /* absent or -1: all */
        const char *access;          /* of "rwm"; absent: all */
};

struct oci_memory {
        struct oci_place at;
        struct opt_i64 limit, reservation, swap, kernel, kernel_tcp; /* bytes; -1: unlimited */
        struct opt_u64 swappiness; /* 0 to 100 */
        struct opt_bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct oci_cpu {
        struct oci_place at;
        struct opt_u64 shares;
        struct opt_i64 quota;   /* microseconds; -1: none */
        struct opt_u64 burst, period; /* microseconds */
        struct opt_i64 realtime_runtime;
        struct opt_u64 realtime_period;
        const char *cpus, *mems; /* lists */
        struct opt_i64 idle;     /* 0 or 1 */
};

struct oci_weight_device {
        struct oci_place at;
        struct opt_i64 major, minor;
        struct opt_u16 weight, leaf_weight;
};

struct oci_throttle_device {
        struct oci_place at;
        struct opt_i64 major, minor;
        struct opt_u64 rate; /* bytes or operations per second */
};
typedef OCI_LIST(struct oci_throttle_device) oci_throttle_list;

struct oci_block_io {
        struct oci_place at;
        struct opt_u16 weight, leaf_weight; /* 10 to 1000 */
        OCI_LIST(struct oci_weight_device) weight_device;
        oci_throttle_list throttle_read_bps, throttle_write_bps, throttle_read_iops, throttle_write_iops;
};

struct oci_hugepage_limit {
        struct oci_place at;
        const char *page_size;  /* "64KB", "2MB", "1GB" */
        struct opt_u64 limit;   /* bytes */
};

struct oci_interface_priority {
        struct oci_place at;
        const char *name;
        struct opt_u32 priority;
};

struct oci_network {
        struct oci_place at;
        struct opt_u32 class_id;
        OCI_LIST(struct oci_interface_priority) priorities;
};

struct oci_pids {
        struct oci_place at;
        struct opt_i64 limit; /* -1: max; 0 is a limit */
};

struct oci_rdma {
        struct oci_place at;
        const char *device; /* the key */
        struct opt_u32 hca_handles, hca_objects;
};

/* config-linux.md "Control groups" */
struct oci_resources {
        struct oci_place at;
        OCI_LIST(struct oci_device_rule) devices;
        struct oci_memory *memory;
        struct oci_cpu *cpu;
        struct oci_block_io *block_io;
        OCI_LIST(struct oci_hugepage_limit) hugepage_limits;
        struct oci_network *network;
        struct oci_pids *pids;
        OCI_LIST(struct oci_rdma) rdma;
        oci_pairs unified;
};

/* config-linux.md "IntelRdt" */
struct oci_intel_rdt {
        struct oci_place at;
        const char *clos_id;
        const char *l3_cache_schema, *mem_bw_schema;
        oci_strings schemata;
        struct opt_bool enable_monitoring;
        struct opt_bool enable_cmt, enable_mbm; /* 1.1.0 to 1.2.1, replaced by enableMonitoring */
};

struct oci_memory_policy {
        struct oci_place at;
        struct opt_enum mode; /* MPOL_*; required */
        const char *nodes;
        OCI_LIST(int) flags;  /* MPOL_F_* */
};

/* config-linux.md "Seccomp".  The action and operator values are our own (names.h); sys/seccomp maps them. */
struct oci_seccomp_arg {
        struct oci_place at;
        struct opt_u32 index; /* 0 to 5 */
        struct opt_u64 value, value_two;
        struct opt_enum op;
};

struct oci_seccomp_rule {
        struct oci_place at;
        oci_strings names;
        struct opt_enum action;
        struct opt_u32 errno_ret;
        OCI_LIST(struct oci_seccomp_arg) args;
};

struct oci_seccomp {
        struct oci_place at;
        struct opt_enum default_action;
        struct opt_u32 default_errno_ret;
        OCI_LIST(int) architectures; /* enum oci_seccomp_arch */
        OCI_LIST(int) flags;         /* SECCOMP_FILTER_FLAG_* */
        const char *listener_path, *listener_metadata;
        OCI_LIST(struct oci_seccomp_rule) syscalls;
};

struct oci_personality {
        struct oci_place at;
        struct opt_enum domain; /* PER_LINUX, PER_LINUX32 */
        oci_strings flags;      /* none is supported: an error unless empty */
};

/* config-linux.md */
struct oci_linux {
        struct oci_place at;
        OCI_LIST(struct oci_namespace) namespaces;
        oci_id_mappings uid_mappings, gid_mappings;
        OCI_LIST(struct oci_time_offset) time_offsets;
        OCI_LIST(struct oci_device) devices;
        OCI_LIST(struct oci_net_device) net_devices;
        const char *cgroups_path;
        struct oci_resources *resources;
        struct oci_intel_rdt *intel_rdt;
        struct oci_memory_policy *memory_policy;
        oci_pairs sysctl;
        struct oci_seccomp *seccomp;
        struct opt_enum rootfs_propagation; /* MS_* of mount(2), MS_REC included for the r-forms */
        oci_strings masked_paths, readonly_paths;
        const char *mount_label;
        struct oci_personality *personality;
};

/* What berth's own annotations ask for; oci-spec/extensions.c fills it from .annotations, which stay as they are. */
struct oci_extensions {
        oci_hook_list lxc_hooks[OCI_HOOK_ALL_KINDS - OCI_HOOK_KINDS]; /* by kind; their places are in the annotation's text */
        bool no_default_devices;  /* berth.devices.default=none */
        bool strict_device_rules; /* berth.devices.strict=true */
        bool reaper;              /* berth.init=reaper */
        bool sched_core;          /* berth.sched.core=true */
        bool slave_root;          /* berth.rootfs.propagation=rslave: counts where rootfsPropagation is absent */
        const char *shared_ns[OCI_NS_KINDS]; /* berth.namespace.share.TYPE: whose; the path in the list only says so until it is found */
        oci_strings root_options; /* berth.rootfs.options: attributes of the root's mount, "idmap" and "idmap=/PATH" */
        oci_strings writable_paths; /* berth.paths.writable: exceptions from read-only mounts and paths */
};

struct oci_spec {
        struct oci_place at;
        const char *oci_version; /* SemVer 2.0.0; required */
        struct oci_process *process; /* NULL: create works, start does not */
        struct oci_root *root;
        const char *hostname, *domainname;
        OCI_LIST(struct oci_mount) mounts;
        struct oci_hooks *hooks;
        oci_pairs annotations;
        struct opt_bool trust_annotations; /* berth's own: obey also those annotations that lessen confinement or reach the host */
        struct oci_extensions extensions;
        struct oci_linux *linux_; /* never NULL after oci_spec_parse ("linux" is a predefined macro in GNU C) */
        /* Other platforms: accepted, named as ignored in a warning, kept for writing. */
        const struct json_node *windows, *solaris, *vm, *zos, *freebsd;
};

#endif
