/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches the facts that explain.c turns into words. */
#include "explain.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "ns.h"
#include "str.h"
#include "sys/cgroup/cgroup.h"
#include "sys/process.h"

enum { MAX_INTERPRETERS = 5 };

int explain_exec_failure(const char *path, int num, struct err *e)
{
        char file[SYS_PROGRAM_INTERP_MAX];
        struct sys_program p;
        const char *now = path;
        int r;

        sys_inspect_program(path, &p);
        for (int i = 0; i < MAX_INTERPRETERS && explain_exec_leads_on(&p, num); i++) {
                snprintf(file, sizeof file, "%s", p.interp);
                now = file;
                sys_inspect_program(file, &p);
        }
        r = explain_exec(&p, path, now, num, e);
        if ((num == EACCES || num == EPERM) && p.kind == SYS_PROGRAM_MISSING)
                explain_path(now, e);
        else if (num == EACCES || num == EPERM)
                err_hint(e, "an LSM (SELinux, AppArmor) may deny it: see the kernel's audit log");
        return r;
}

void explain_path(const char *path, struct err *e)
{
        struct sys_walk walk;

        sys_inspect_path(path, &walk);
        explain_denied(&walk, path, geteuid(), getegid(), e);
}

void explain_look_at_cgroup(const struct cgroup *cgroup, struct sys_cgroup_deaths *ret)
{
        _cleanup_close_ int memory_fd = cgroup ? sys_cgroup_open(cgroup, "memory") : -EBADF;
        _cleanup_close_ int pids_fd = cgroup ? sys_cgroup_open(cgroup, "pids") : -EBADF;

        sys_inspect_cgroup(memory_fd, pids_fd, ret);
}

static int64_t known_or_minus(int r, uint64_t value)
{
        return r < 0 ? -1 : value > INT64_MAX ? INT64_MAX : (int64_t) value;
}

static int64_t sysctl_number(const char *name)
{
        uint64_t value = 0;
        char path[96];
        int r;

        snprintf(path, sizeof path, "/proc/sys/%s", name);
        r = sys_inspect_number(AT_FDCWD, path, &value);
        return known_or_minus(r, value);
}

static void find_limits(const struct run *run, struct explain_limits *l)
{
        static const char *const ns[OCI_NS_KINDS] = {
                [OCI_NS_USER] = "user/max_user_namespaces", [OCI_NS_PID] = "user/max_pid_namespaces",
                [OCI_NS_NETWORK] = "user/max_net_namespaces", [OCI_NS_MOUNT] = "user/max_mnt_namespaces",
                [OCI_NS_IPC] = "user/max_ipc_namespaces", [OCI_NS_UTS] = "user/max_uts_namespaces",
                [OCI_NS_CGROUP] = "user/max_cgroup_namespaces", [OCI_NS_TIME] = "user/max_time_namespaces",
        };
        struct sys_cgroup_deaths deaths;
        struct rlimit nproc;

        for (unsigned i = 0; i < OCI_NS_KINDS; i++)
                l->ns_max[i] = sysctl_number(ns[i]);
        l->userns_clone = sysctl_number("kernel/unprivileged_userns_clone");
        l->apparmor_userns = sysctl_number("kernel/apparmor_restrict_unprivileged_userns");
        l->threads_max = sysctl_number("kernel/threads-max");
        l->pid_max = sysctl_number("kernel/pid_max");
        l->nproc = getrlimit(RLIMIT_NPROC, &nproc) == 0 ? known_or_minus(0, nproc.rlim_cur) : -1;
        explain_look_at_cgroup(run->cgroup, &deaths);
        l->pids_max = deaths.pids_max;
        l->pids_current = deaths.pids_current;
        l->privileged = run->plan->host->privileged;
        l->joins_pid_ns = plan_ns_is_joined(run->plan, OCI_NS_PID);
}

static void advise_clone(const struct run *run, uint64_t flags, struct err *e)
{
        struct explain_limits limits;

        find_limits(run, &limits);
        explain_clone(e->num, flags, &limits, e);
}

static bool advise_map(const oci_id_mappings *from, const char *noun, struct err *e)
{
        _cleanup_free_ struct sys_idmap_entry *maps = calloc(from->n + 1, sizeof *maps);
        char path[32], parent[16384];
        ssize_t n;

        if (!maps)
                return false;
        for (size_t i = 0; i < from->n; i++)
                maps[i] = (struct sys_idmap_entry) { from->items[i].container_id.value, from->items[i].host_id.value,
                                                     from->items[i].size.value };
        snprintf(path, sizeof path, "/proc/self/%s_map", noun);

        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, parent, sizeof parent - 1);
        if (n >= 0)
                parent[n] = '\0';
        return explain_idmap(maps, from->n, noun, n >= 0 ? parent : NULL, e);
}

static void advise_idmap(const struct plan *plan, struct err *e)
{
        const struct oci_linux *l = plan->spec->linux_;
        bool about_uid = strstr(e->text, "uid map") != NULL;

        if (!advise_map(about_uid ? &l->uid_mappings : &l->gid_mappings, about_uid ? "uid" : "gid", e))
                advise_map(about_uid ? &l->gid_mappings : &l->uid_mappings, about_uid ? "gid" : "uid", e);
}

/* The host's id of the container's root: who init is, as the host's file systems see it. */
static uint32_t host_root_id(const oci_id_mappings *maps, uint32_t otherwise)
{
        for (size_t i = 0; i < maps->n; i++)
                if (maps->items[i].container_id.value == 0 && maps->items[i].size.value > 0)
                        return maps->items[i].host_id.value;
        return otherwise;
}

static void advise_rootfs(const struct plan *plan, struct err *e)
{
        const struct oci_linux *l = plan->spec->linux_;
        const char *root = plan->spec->root ? plan->spec->root->path : NULL;
        struct sys_walk walk;
        char path[PATH_MAX];
        int n;

        if (!root)
                return;
        n = root[0] == '/' ? snprintf(path, sizeof path, "%s", root) :
                             snprintf(path, sizeof path, "%s/%s", plan->request->bundle, root);
        if (n < 0 || (size_t) n >= sizeof path)
                return;
        sys_inspect_path(path, &walk);
        if (plan->new_user_ns)
                explain_denied(&walk, path, host_root_id(&l->uid_mappings, geteuid()), host_root_id(&l->gid_mappings, getegid()), e);
        else if (geteuid() != 0)
                explain_denied(&walk, path, geteuid(), getegid(), e);
}

void explain_failure(struct run *run, struct err *e)
{
        const struct plan *plan = run->plan;
        struct rlimit files;
        const struct step *step = e->step >= 0 && (size_t) e->step < plan->n_steps ? &plan->steps[e->step] : NULL;

        if (e->num == EMFILE && !e->hint[0] && getrlimit(RLIMIT_NOFILE, &files) == 0)
                err_hint(e, "the runtime may have %llu files open (RLIMIT_NOFILE): 64, and two for each mount, are enough",
                         (unsigned long long) files.rlim_cur);
        if (!step)
                return;
        switch (step->op) {
        case PLAN_INIT_CLONE:
        case PLAN_MID_CLONE:
        case PLAN_NS_UNSHARE:
                advise_clone(run, step->u.number, e);
                break;
        case PLAN_IDMAP_WRITE:
                advise_idmap(plan, e);
                break;
        case PLAN_ROOTFS_BIND:
        case PLAN_ROOTFS_PROPAGATION:
        case PLAN_ROOTFS_PIVOT:
        case PLAN_MOUNT_ATTACH:
                if (e->num == EACCES || e->num == EPERM)
                        advise_rootfs(plan, e);
                break;
        default:
                break;
        }
}

void explain_init_death(struct run *run, int status, const char *how, struct err *e)
{
        struct sys_cgroup_deaths deaths;

        explain_look_at_cgroup(run->cgroup, &deaths);
        explain_death(how, "it could report", WIFSIGNALED(status) ? WTERMSIG(status) : 0, &deaths, e);
}

/* By execve the process gets a new name, and its new program shows in /proc/PID/exe before the sockets close; dying, it loses
 * its memory, and with it the exe, before they do. */
enum run_started run_how_it_ended(pid_t pid, uint64_t start_ticks)
{
        char path[48], name[32] = "", exe[8];
        _cleanup_close_ int fd = -EBADF;
        uint64_t ticks;

        if (sys_process_start_time(pid, &ticks, NULL) < 0 || ticks != start_ticks)
                return RUN_GONE;
        snprintf(path, sizeof path, "/proc/%d/comm", (int) pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, name, sizeof name - 1) <= 0)
                return RUN_GONE;
        if (!streq(name, "berth:[init]\n"))
                return RUN_EXECUTED;
        snprintf(path, sizeof path, "/proc/%d/exe", (int) pid);
        return readlink(path, exe, sizeof exe) < 0 && errno == ENOENT ? RUN_DIED : RUN_EXECUTED;
}

int explain_started(enum run_started how, const struct cgroup *cgroup, struct err *e)
{
        struct sys_cgroup_deaths deaths;

        explain_look_at_cgroup(cgroup, &deaths);
        if (how == RUN_EXECUTED || (how == RUN_GONE && deaths.oom_kills <= 0))
                return 0;
        explain_death("was killed", how == RUN_GONE ? "or as it executed the program" : "it could execute the program", SIGKILL,
                      &deaths, e);
        return -e->num;
}
