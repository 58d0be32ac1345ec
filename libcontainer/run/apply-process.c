/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-process.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "explain.h"
#include "names.h"
#include "plan/lsm.h"
#include "plan/process.h"
#include "step.h"
#include "str.h"
#include "sys/caps.h"
#include "sys/exec.h"
#include "sys/keyring.h"
#include "sys/lsm.h"
#include "sys/procfs.h"
#include "sys/reaper.h"
#include "sys/rlimit.h"
#include "sys/sched.h"
#include "sys/sysctl.h"
#include "sys/syscalls.h"
#include "sys/user.h"

/* Whom a row is about: init itself, or the parent's init. */
static pid_t target_of(const struct run *run) { return run->ctx == PLAN_PARENT ? run->init_pid : 0; }

int apply_oom_score_set(struct run *run, const struct step *step, struct err *e)
{
        _cleanup_close_ int proc_fd = sys_procfs_open_mounted(e);

        return proc_fd < 0 ? proc_fd : sys_oom_score_set(proc_fd, run->init_pid, (int) (int64_t) step->u.number, e);
}

int apply_keyring_join(struct run *run, const struct step *step, struct err *e)
{
        struct err why = ERR_INIT;
        int r = sys_keyring_join(step->u.text, run->plan->user_ns ? SYS_KEYRING_OTHER_SEARCH : SYS_KEYRING_USER_SEARCH, &why);

        /* A container that shares the caller's keyring is less private, but one that fails to start once its user has 200
         * of them helps nobody: other runtimes' users learn to turn the keyring off altogether. */
        if (r == -EDQUOT) {
                run_warn(run, "%s; going on in the caller's session keyring (%s)", why.text, why.hint);
                return 0;
        }
        if (r < 0)
                *e = why;
        return r < 0 ? r : 0;
}

int apply_hostname_set(struct run *run _unused_, const struct step *step, struct err *e)
{
        if (sethostname(step->u.text, strlen(step->u.text)) < 0)
                return err_sys(e, errno, "sethostname", "cannot set the host name to '%s'", step->u.text);
        return 0;
}

int apply_domainname_set(struct run *run _unused_, const struct step *step, struct err *e)
{
        if (setdomainname(step->u.text, strlen(step->u.text)) < 0)
                return err_sys(e, errno, "setdomainname", "cannot set the domain name to '%s'", step->u.text);
        return 0;
}

int apply_sysctl_set(struct run *run, const struct step *step, struct err *e)
{
        const struct step_sysctl *s = step->u.sysctl;

        return sys_sysctl_set(run->proc_fd, s->path, s->name, s->value, e);
}

int apply_cwd_create(struct run *run, const struct step *step, struct err *e)
{
        return sys_cwd_create(run->rootfs_fd, step->u.text, e);
}

int apply_rlimit_set(struct run *run, const struct step *step, struct err *e)
{
        const struct oci_rlimit *l = step->u.rlimit;
        const struct sys_rlimit limit = {
                .resource = l->type.value,
                .name = name_of(&names_rlimit, l->type.value),
                .soft = l->soft.value,
                .hard = l->hard.value,
                .nr_open = run->plan->host->nr_open,
        };

        return sys_rlimit_set(target_of(run), &limit, e);
}

int apply_scheduler_set(struct run *run, const struct step *step, struct err *e)
{
        const struct oci_scheduler *s = step->u.scheduler;
        struct sys_scheduler scheduler = {
                .policy = s->policy.value,
                .name = name_of(&names_sched_policy, s->policy.value),
                .nice = s->nice.set ? s->nice.value : 0,
                .priority = s->priority.set ? (uint32_t) s->priority.value : 0,
                .runtime = s->runtime.set ? s->runtime.value : 0,
                .deadline = s->deadline.set ? s->deadline.value : 0,
                .period = s->period.set ? s->period.value : 0,
        };

        for (size_t i = 0; i < s->flags.n; i++)
                scheduler.flags |= (uint64_t) s->flags.items[i];
        return sys_scheduler_set(target_of(run), &scheduler, e);
}

int apply_affinity_reset(struct run *run _unused_, const struct step *step _unused_, struct err *e _unused_)
{
        sys_affinity_reset();
        return 0;
}

int apply_ioprio_set(struct run *run, const struct step *step, struct err *e)
{
        const struct oci_io_priority *io = step->u.io_priority;

        return sys_io_priority_set(target_of(run), io->io_class.value, (int) io->priority.value,
                                   name_of(&names_ioprio_class, io->io_class.value), e);
}

int apply_mempolicy_set(struct run *run _unused_, const struct step *step, struct err *e)
{
        const struct step_mempolicy *m = step->u.mempolicy;

        return sys_memory_policy_set(m->mode, m->nodes, m->max_node, m->text, e);
}

int apply_sched_core_set(struct run *run _unused_, const struct step *step _unused_, struct err *e) { return sys_sched_core_set(e); }

int apply_personality_set(struct run *run _unused_, const struct step *step, struct err *e)
{
        return sys_personality_set((unsigned long) step->u.number, e);
}

int apply_home_lookup(struct run *run, const struct step *step _unused_, struct err *e _unused_)
{
        static const char prefix[] = "HOME=";

        memcpy(run->home, prefix, sizeof prefix);
        sys_user_home(run->rootfs_fd, (uid_t) run->plan->spec->process->user.uid.value, run->home + sizeof prefix - 1,
                      sizeof run->home - (sizeof prefix - 1));
        return 0;
}

/* First as root, who may enter where the user may not (/root, as other runtimes allow); where root may not (a volume over a
 * user's own directory, with root squashed or unmapped), the second row tries as the user. */
int apply_cwd_set(struct run *run, const struct step *step, struct err *e)
{
        const struct step_cwd *cwd = step->u.cwd;
        bool again = !cwd->as_user && run->plan->spec->process->user.uid.value != 0;
        int r;

        if (cwd->as_user && !run->cwd_pending)
                return 0;
        r = sys_cwd_set(run->rootfs_fd, cwd->path, e);
        run->cwd_pending = again && (r == -EACCES || r == -EPERM);
        if (run->cwd_pending)
                return 0;
        if (r == -EACCES || r == -EPERM)
                explain_path(cwd->path, e);
        return r;
}

int apply_caps_bound(struct run *run, const struct step *step, struct err *e)
{
        const struct host *host = run->plan->host;

        return sys_caps_bound(step->u.number, run->plan->user_ns ? UINT64_MAX : host->bounding_caps, host->last_cap, e);
}

int apply_user_set(struct run *run, const struct step *step, struct err *e)
{
        const struct step_user *u = step->u.user;
        const struct sys_user user = {
                .uid = u->uid,
                .gid = u->gid,
                .groups = u->groups,
                .n_groups = u->n_groups,
                .keep_groups = u->keep_groups,
                .set_umask = true,
                .umask = u->set_umask ? u->umask : run->caller_umask,
        };

        return sys_user_set(&user, e);
}

int apply_caps_set(struct run *run _unused_, const struct step *step, struct err *e)
{
        const struct step_caps *c = step->u.caps;
        const struct sys_caps sets = {
                .effective = c->effective,
                .permitted = c->permitted,
                .inheritable = c->inheritable,
                .ambient = c->ambient,
        };

        if (c->hide)
                sys_caps_hide();
        return sys_caps_set(&sets, e);
}

int apply_nnp_set(struct run *run _unused_, const struct step *step _unused_, struct err *e)
{
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return err_sys(e, errno, "prctl", "cannot set no_new_privs");
        return 0;
}

int apply_fds_cloexec(struct run *run, const struct step *step, struct err *e)
{
        /* All masks are in place: a parked init has no use for what they were made of. */
        run->null_fd = safe_close(run->null_fd);
        run->empty_dir_fd = safe_close(run->empty_dir_fd);
        return sys_exec_fds((unsigned) step->u.number, run->proc_fd, e);
}

int apply_exec_resolve(struct run *run, const struct step *step, struct err *e)
{
        const struct step_exec *x = step->u.exec;
        int r = sys_exec_find(x->argv[0] ? x->argv[0] : "", x->search, run->exec_path, sizeof run->exec_path, e);

        /* execve would say the same; the word is EACCES for a directory, too. */
        return r == -EACCES || r == -EISDIR ? explain_exec_failure(run->exec_path, EACCES, e) : r;
}

enum { SMALL_ENV = 256, EXTRA_ENV = 2 };

/* The plan's environment is sealed: what only init knows is added to a copy of its pointers. */
static const char *const *complete_env(const struct run *run, const struct step_exec *x, const char **small, char *listen_pid)
{
        const char **env = small;
        size_t n = 0;

        if (!x->needs_home && !x->needs_listen_pid)
                return x->env;
        if (x->n_env + EXTRA_ENV + 1 > SMALL_ENV) {
                env = mmap(NULL, (x->n_env + EXTRA_ENV + 1) * sizeof *env, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (env == MAP_FAILED)
                        return NULL;
        }
        for (size_t i = 0; i < x->n_env; i++) {
                bool ours = (x->needs_home && str_after(x->env[i], "HOME=")) ||
                            (x->needs_listen_pid && str_after(x->env[i], "LISTEN_PID="));

                if (!ours)
                        env[n++] = x->env[i];
        }
        if (x->needs_home)
                env[n++] = run->home;
        if (x->needs_listen_pid)
                env[n++] = listen_pid;
        env[n] = NULL;
        return env;
}

/* What execve leaves of the capabilities to a program whose user is not root. */
static int lose_caps(const struct run *run)
{
        const struct step_caps *caps = NULL;
        struct err e = ERR_INIT;

        for (size_t i = 0; i < run->plan->n_steps; i++)
                if (run->plan->steps[i].op == PLAN_CAPS_SET)
                        caps = run->plan->steps[i].u.caps;
        if (!caps || geteuid() == 0)
                return 0;
        return sys_caps_set(&(struct sys_caps) { caps->ambient, caps->ambient, caps->inheritable, caps->ambient }, &e);
}

static const struct step_label *apparmor_label(const struct plan *plan)
{
        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].op == PLAN_LABEL_SET && plan->steps[i].u.label->lsm == PLAN_LSM_APPARMOR)
                        return plan->steps[i].u.label;
        return NULL;
}

/* In the reaper: the program gets the profile by its execve, the reaper has none. */
static int take_profile(void *arg, struct err *e)
{
        const struct run *run = arg;

        return sys_lsm_take_apparmor(run->proc_fd, apparmor_label(run->plan)->label, e);
}

/* In the reaper: it becomes no more than the program, and frees its copy of all that was planned. */
static int settle(void *arg)
{
        struct run *run = arg;
        int r = lose_caps(run);

        munmap(run->shared, sizeof *run->shared);
        free(run->step_fds);
        arena_free(run->arena);
        return r;
}

static int split_reaper(struct run *run, struct err *e)
{
        return sys_reaper_split(&(struct sys_reaper) { .arg_start = run->arg_start, .arg_end = run->arg_end,
                                                       .env_start = run->env_start, .env_end = run->env_end,
                                                       .confine = apparmor_label(run->plan) ? take_profile : NULL,
                                                       .settle = settle, .arg = run }, e);
}

int apply_exec(struct run *run, const struct step *step, struct err *e)
{
        const struct step_exec *x = step->u.exec;
        const char *small[SMALL_ENV];
        char listen_pid[32];
        const char *const *env;
        int r = x->reaper ? split_reaper(run, e) : 0;

        if (r < 0)
                return r;
        snprintf(listen_pid, sizeof listen_pid, "LISTEN_PID=%d", (int) sys_getpid());
        env = complete_env(run, x, small, listen_pid);
        if (!env)
                return err_nomem(e);
        sys_exec_signals();
        return explain_exec_failure(run->exec_path, -sys_exec(run->exec_path, x->argv, env), e);
}
