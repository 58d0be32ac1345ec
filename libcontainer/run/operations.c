/* SPDX-License-Identifier: Apache-2.0 */
/* Which function carries out which operation: the one place where the plan's words and the kernel's facilities meet. */
#include <sys/stat.h>

#include "apply-cgroup.h"
#include "apply-devices.h"
#include "apply-hooks.h"
#include "apply-lsm.h"
#include "apply-mounts.h"
#include "apply-net.h"
#include "apply-process.h"
#include "apply-record.h"
#include "apply-rootfs.h"
#include "apply-seccomp.h"
#include "apply-terminal.h"
#include "init.h"
#include "parent.h"
#include "step.h"
#include "str.h"

/* The source of a mount, a device's node or the root: what is opened is told by the row's kind. */
static int apply_source_open(struct run *run, const struct step *step, struct err *e)
{
        if (streq(step->kind, "rootfs"))
                return apply_source_open_rootfs(run, step, e);
        if (streq(step->kind, "device"))
                return apply_source_open_device(run, step, e);
        return apply_source_open_mount(run, step, e);
}

/* Hooks are the caller's programs and have its umask, not the one that init makes things with. */
static int apply_hook_run(struct run *run, const struct step *step, struct err *e)
{
        mode_t own = run->ctx == PLAN_INIT ? umask(run->caller_umask) : 0;
        int r = apply_hook(run, step, e);

        if (run->ctx == PLAN_INIT)
                umask(own);
        return r;
}

static const run_apply operations[PLAN_OP_COUNT] = {
        [PLAN_RECORD_INTENT] = apply_record_intent,
        [PLAN_RECORD_COMPLETE] = apply_record_complete,
        [PLAN_PIDFILE_WRITE] = parent_apply_pidfile,
        [PLAN_PIDFD_SEND] = parent_apply_pidfd_send,
        [PLAN_CGROUP_CREATE] = apply_cgroup_create,
        [PLAN_CGROUP_ATTACH] = apply_cgroup_attach,
        [PLAN_CGROUP_SET] = apply_cgroup_set,
        [PLAN_CGROUP_DEVICES] = apply_cgroup_devices,
        [PLAN_CGROUP_DELEGATE] = apply_cgroup_delegate,
        [PLAN_SOURCE_OPEN] = apply_source_open,
        [PLAN_MID_CLONE] = parent_apply_mid_clone,
        [PLAN_INIT_CLONE] = apply_init_clone,
        [PLAN_EXE_SEAL] = apply_exe_seal,
        [PLAN_PROCFS_OPEN] = init_apply_procfs_open,
        [PLAN_IDMAP_WRITE] = parent_apply_idmap,
        [PLAN_NS_JOIN] = init_apply_ns_join,
        [PLAN_NS_UNSHARE] = init_apply_ns_unshare,
        [PLAN_NS_ROOT] = init_apply_ns_root,
        [PLAN_TIME_OFFSET] = mid_apply_time_offset,
        [PLAN_LOOPBACK_UP] = apply_loopback_up,
        [PLAN_NETDEV_MOVE] = apply_netdev_move,
        [PLAN_RDT_ASSIGN] = apply_rdt_assign,
        [PLAN_SYNC_SEND] = apply_sync_send,
        [PLAN_SYNC_WAIT] = apply_sync_wait,
        [PLAN_ROOTFS_PROPAGATION] = apply_rootfs_propagation,
        [PLAN_ROOTFS_BIND] = apply_rootfs_bind,
        [PLAN_ROOTFS_OPTIONS] = apply_rootfs_options,
        [PLAN_MOUNT_ATTACH] = apply_mount_attach,
        [PLAN_DEVICE_CREATE] = apply_device_create,
        [PLAN_DEVICE_LINK] = apply_device_link,
        [PLAN_HOOK_OUTPUT] = parent_apply_hook_output,
        [PLAN_HOOK_RUN] = apply_hook_run,
        [PLAN_ROOTFS_PIVOT] = apply_rootfs_pivot,
        [PLAN_ROOTFS_READONLY] = apply_rootfs_readonly,
        [PLAN_PATH_READONLY] = apply_path_readonly,
        [PLAN_PATH_WRITABLE] = apply_path_writable,
        [PLAN_PATH_MASK] = apply_path_mask,
        [PLAN_SYSCTL_SET] = apply_sysctl_set,
        [PLAN_HOSTNAME_SET] = apply_hostname_set,
        [PLAN_DOMAINNAME_SET] = apply_domainname_set,
        [PLAN_KEYRING_JOIN] = apply_keyring_join,
        [PLAN_TERMINAL_CONNECT] = apply_terminal_connect,
        [PLAN_TERMINAL_OPEN] = apply_terminal_open,
        [PLAN_STDIO_CHOWN] = apply_stdio_chown,
        [PLAN_OOM_SCORE_SET] = apply_oom_score_set,
        [PLAN_RLIMIT_SET] = apply_rlimit_set,
        [PLAN_SCHED_CORE_SET] = apply_sched_core_set,
        [PLAN_AFFINITY_RESET] = apply_affinity_reset,
        [PLAN_SCHEDULER_SET] = apply_scheduler_set,
        [PLAN_IOPRIO_SET] = apply_ioprio_set,
        [PLAN_MEMPOLICY_SET] = apply_mempolicy_set,
        [PLAN_PERSONALITY_SET] = apply_personality_set,
        [PLAN_LABEL_SET] = init_apply_label,
        [PLAN_CAPS_BOUND] = apply_caps_bound,
        [PLAN_USER_SET] = apply_user_set,
        [PLAN_CAPS_SET] = apply_caps_set,
        [PLAN_CWD_CREATE] = apply_cwd_create,
        [PLAN_CWD_SET] = apply_cwd_set,
        [PLAN_HOME_LOOKUP] = apply_home_lookup,
        [PLAN_EXEC_RESOLVE] = apply_exec_resolve,
        [PLAN_NNP_SET] = apply_nnp_set,
        [PLAN_SECCOMP_COMPILE] = parent_apply_seccomp_compile,
        [PLAN_SECCOMP_LOAD] = init_apply_seccomp_load,
        [PLAN_SECCOMP_NOTIFY] = parent_apply_seccomp_notify,
        [PLAN_START_WAIT] = init_apply_start_wait,
        [PLAN_FDS_CLOEXEC] = apply_fds_cloexec,
        [PLAN_EXEC] = apply_exec,
};

run_apply run_operation(enum plan_op op) { return operations[op]; }
