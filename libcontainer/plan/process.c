/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"


#include "caps.h"
#include "env.h"
#include "json/tree.h"
#include "names.h"
#include "parse.h"
#include "ns.h"
#include "num.h"
#include "sysctl-name.h"

enum { MAX_NODES = 1024, SYSCTL_PATH_MAX = 512 };

/* What execvp(3) searches when there is no PATH. */
static const char default_search[] = "/bin:/usr/bin";

static const struct oci_process *process_of(const struct planner *p) { return p->plan->spec->process; }

static const struct json_node *process_member(const struct planner *p, const char *key)
{
        return json_member(process_of(p)->at.node, key);
}

static struct step *add(struct planner *p, enum plan_ctx ctx, enum plan_phase phase, enum plan_op op,
                        const struct json_node *origin, struct err *e)
{
        struct step *s = planner_add(p, ctx, phase, op, origin);

        if (!s)
                err_nomem(e);
        return s;
}

int plan_add_process_score(struct planner *p, struct err *e)
{
        struct step *s;

        if (!process_of(p) || !process_of(p)->oom_score_adj.set)
                return 0;
        s = add(p, PLAN_PARENT, PLAN_PHASE_PROCESS, PLAN_OOM_SCORE_SET, process_member(p, "oomScoreAdj"), e);
        if (!s)
                return -ENOMEM;
        s->u.number = (uint64_t) (int64_t) process_of(p)->oom_score_adj.value;
        return 0;
}

static int add_text(struct planner *p, enum plan_op op, const char *text, const struct json_node *origin, struct err *e)
{
        struct step *s = add(p, PLAN_INIT, PLAN_PHASE_PROCESS, op, origin, e);

        if (!s)
                return -ENOMEM;
        s->u.text = text;
        return 0;
}

static int add_keyring(struct planner *p, struct err *e)
{
        const char *name;

        if (p->plan->request->no_new_keyring)
                return 0;
        /* The name under which a process that joins the container later finds it; others use it as well. */
        name = arena_printf(p->arena, "_ses.%s", p->plan->request->id);
        return name ? add_text(p, PLAN_KEYRING_JOIN, name, NULL, e) : err_nomem(e);
}

static int add_names(struct planner *p, struct err *e)
{
        const struct oci_spec *spec = p->plan->spec;
        int r = 0;

        if (!str_empty(spec->hostname))
                r = add_text(p, PLAN_HOSTNAME_SET, spec->hostname, json_member(spec->at.node, "hostname"), e);
        if (r == 0 && !str_empty(spec->domainname))
                r = add_text(p, PLAN_DOMAINNAME_SET, spec->domainname, json_member(spec->at.node, "domainname"), e);
        return r;
}

static int add_sysctl(struct planner *p, const struct oci_pair *pair, const struct json_node *origin, struct err *e)
{
        struct step_sysctl *sysctl = arena_alloc(p->arena, sizeof *sysctl);
        char path[SYSCTL_PATH_MAX];
        struct step *s;

        if (!sysctl)
                return err_nomem(e);
        if (sysctl_path(pair->key, path, sizeof path) < 0) {
                err_set(e, ERR_CONFIG, EINVAL, "'%s' cannot be the name of a sysctl", pair->key);
                return planner_place(p, origin, e);
        }
        s = add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_SYSCTL_SET, origin, e);
        *sysctl = (struct step_sysctl) { .name = pair->key, .value = pair->value,
                                         .path = arena_printf(p->arena, "sys/%s", path) };
        if (!s || !sysctl->path)
                return err_nomem(e);
        s->u.sysctl = sysctl;
        return 0;
}

static int add_sysctls(struct planner *p, struct err *e)
{
        const struct oci_linux *l = p->plan->spec->linux_;
        const struct json_node *object = json_member(l->at.node, "sysctl");
        int r = 0;

        for (size_t i = 0; i < l->sysctl.n && r == 0; i++)
                r = add_sysctl(p, &l->sysctl.items[i], json_member(object, l->sysctl.items[i].key), e);
        return r;
}

/* What the process is, all that it forks are. */
static int add_sched_core(struct planner *p, struct err *e)
{
        if (!p->plan->spec->extensions.sched_core)
                return 0;
        return add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_SCHED_CORE_SET, oci_annotation_node(p->plan->spec, "berth.sched.core"), e)
                       ? 0 : err_nomem(e);
}

int plan_add_process_early(struct planner *p, struct err *e)
{
        int r = add_keyring(p, e);

        if (r == 0)
                r = add_sched_core(p, e);
        if (r == 0)
                r = add_names(p, e);
        return r < 0 ? r : add_sysctls(p, e);
}

int plan_add_process_cwd(struct planner *p, struct err *e)
{
        /* Go's runtimes count an empty one as "/", and "/" is always there. */
        if (!process_of(p) || str_empty(process_of(p)->cwd) || streq(process_of(p)->cwd, "/"))
                return 0;
        return add_text(p, PLAN_CWD_CREATE, process_of(p)->cwd, process_member(p, "cwd"), e);
}

static int add_rlimits(struct planner *p, enum plan_ctx ctx, struct err *e)
{
        const struct oci_process *process = process_of(p);

        for (size_t i = 0; i < process->rlimits.n; i++) {
                struct step *s = add(p, ctx, PLAN_PHASE_PROCESS, PLAN_RLIMIT_SET, process->rlimits.items[i].at.node, e);

                if (!s)
                        return -ENOMEM;
                s->u.rlimit = &process->rlimits.items[i];
        }
        return 0;
}

static int add_scheduling(struct planner *p, enum plan_ctx ctx, struct err *e)
{
        const struct oci_process *process = process_of(p);
        struct step *s;

        if (process->scheduler) {
                s = add(p, ctx, PLAN_PHASE_PROCESS, PLAN_SCHEDULER_SET, process->scheduler->at.node, e);
                if (!s)
                        return -ENOMEM;
                s->u.scheduler = process->scheduler;
        }
        if (process->io_priority) {
                s = add(p, ctx, PLAN_PHASE_PROCESS, PLAN_IOPRIO_SET, process->io_priority->at.node, e);
                if (!s)
                        return -ENOMEM;
                s->u.io_priority = process->io_priority;
        }
        return 0;
}

struct node_mask {
        unsigned long *words;
        unsigned max_node;
};

static void mark_node(void *arg, unsigned n)
{
        enum { BITS = 8 * sizeof(unsigned long) };
        struct node_mask *mask = arg;

        mask->words[n / BITS] |= 1UL << (n % BITS);
        /* set_mempolicy counts one more than there are bits, and looks at whole words */
        mask->max_node = MAX(mask->max_node, n + 2);
}

static int parse_nodes(struct planner *p, const char *nodes, struct step_mempolicy *m, struct err *e)
{
        struct node_mask mask = { .words = arena_alloc(p->arena, MAX_NODES / 8 + sizeof(unsigned long)) };

        if (!mask.words)
                return err_nomem(e);
        if (num_parse_list(nodes, MAX_NODES - 1, mark_node, &mask) < 0)
                return err_set(e, ERR_CONFIG, EINVAL, "'%s' is no list of memory nodes", nodes);
        m->nodes = mask.words;
        m->max_node = mask.max_node;
        return 0;
}

static const char *mempolicy_text(struct planner *p, const struct oci_memory_policy *policy)
{
        const char *text = name_of(&names_mempolicy_mode, policy->mode.value);

        text = arena_printf(p->arena, "%s%s%s", text ? text : "?", str_empty(policy->nodes) ? "" : " ",
                            policy->nodes ? policy->nodes : "");
        for (size_t i = 0; text && i < policy->flags.n; i++) {
                const char *flag = name_of(&names_mempolicy_flag, policy->flags.items[i]);

                text = arena_printf(p->arena, "%s %s", text, flag ? flag : "?");
        }
        return text;
}

static int add_mempolicy(struct planner *p, struct err *e)
{
        const struct oci_memory_policy *policy = p->plan->spec->linux_->memory_policy;
        struct step_mempolicy *m;
        struct step *s;
        int r;

        if (!policy)
                return 0;
        m = arena_alloc(p->arena, sizeof *m);
        s = m ? add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_MEMPOLICY_SET, policy->at.node, e) : NULL;
        if (!s)
                return err_nomem(e);
        m->mode = policy->mode.value;
        for (size_t i = 0; i < policy->flags.n; i++)
                m->mode |= policy->flags.items[i];
        m->text = mempolicy_text(p, policy);
        if (!m->text)
                return err_nomem(e);
        s->u.mempolicy = m;
        if (str_empty(policy->nodes))
                return 0;
        r = parse_nodes(p, policy->nodes, m, e);
        return r;
}

static int add_personality(struct planner *p, struct err *e)
{
        const struct oci_personality *personality = p->plan->spec->linux_->personality;
        struct step *s;

        if (!personality || !personality->domain.set)
                return 0;
        s = add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_PERSONALITY_SET, personality->at.node, e);
        if (!s)
                return -ENOMEM;
        s->u.number = (uint64_t) personality->domain.value;
        return 0;
}

/* What the kernel grants only to capabilities in the first user namespace: init does it to itself, unless it lives in
 * another one; then the runtime does it to init. */
static int add_granted(struct planner *p, enum plan_ctx ctx, struct err *e)
{
        int r;

        if (!process_of(p) || ctx != (p->plan->user_ns ? PLAN_PARENT : PLAN_INIT))
                return 0;
        r = add_rlimits(p, ctx, e);
        return r < 0 ? r : add_scheduling(p, ctx, e);
}

/* Before seccomp: a filter need not allow what marks the fds, which on old kernels is a walk through /proc. */
static int add_fds(struct planner *p, struct err *e)
{
        const struct plan_request *request = p->plan->request;
        struct step *s;

        if (!process_of(p))
                return 0;
        s = add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_FDS_CLOEXEC, NULL, e);
        if (!s)
                return -ENOMEM;
        s->u.number = 3 + request->listen_fds + request->preserve_fds;
        return 0;
}

int plan_add_process_limits(struct planner *p, struct err *e)
{
        int r = add_fds(p, e);

        if (r == 0 && process_of(p))
                r = add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_AFFINITY_RESET, NULL, e) ? 0 : -ENOMEM;
        if (r == 0)
                r = add_granted(p, PLAN_INIT, e);

        if (r == 0)
                r = add_mempolicy(p, e);
        return r < 0 ? r : add_personality(p, e);
}

int plan_add_process_limits_parent(struct planner *p, struct err *e) { return add_granted(p, PLAN_PARENT, e); }

/* crun's annotation, which Podman and Buildah write: any value but an explicit no counts. */
static bool keeps_groups(const struct oci_spec *spec)
{
        for (size_t i = 0; i < spec->annotations.n; i++) {
                const struct oci_pair *a = &spec->annotations.items[i];

                if (streq(a->key, "run.oci.keep_original_groups"))
                        return !streq(a->value, "0") && !streq(a->value, "false");
        }
        return false;
}

static int add_user(struct planner *p, struct err *e)
{
        const struct oci_user *user = &process_of(p)->user;
        struct step_user *u = arena_alloc(p->arena, sizeof *u);
        struct step *s = u ? add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_USER_SET, process_member(p, "user"), e) : NULL;

        if (!s)
                return err_nomem(e);
        _Static_assert(sizeof(gid_t) == sizeof *user->additional_gids.items, "gid_t has 32 bits");
        *u = (struct step_user) {
                .uid = user->uid.value,
                .gid = user->gid.value,
                .groups = user->additional_gids.items,
                .n_groups = user->additional_gids.n,
                .keep_groups = keeps_groups(p->plan->spec),
                .set_umask = user->umask.set,
                .umask = user->umask.value,
        };
        s->u.user = u;
        return 0;
}

static int add_cwd(struct planner *p, bool as_user, struct err *e)
{
        struct step_cwd *c = arena_alloc(p->arena, sizeof *c);
        struct step *s = c ? add(p, PLAN_INIT, PLAN_PHASE_PROCESS, PLAN_CWD_SET, process_member(p, "cwd"), e) : NULL;

        if (!s)
                return err_nomem(e);
        c->path = str_empty(process_of(p)->cwd) ? "/" : process_of(p)->cwd;
        c->as_user = as_user;
        s->u.cwd = c;
        return 0;
}

/* A config with a socket of its own brings its mount as well. */
bool plan_wants_notify(const struct plan *plan)
{
        const struct oci_process *process = plan->spec->process;

        if (!process || !plan->request->notify_dir)
                return false;
        for (size_t i = 0; i < process->env.n; i++)
                if (str_after(process->env.items[i], "NOTIFY_SOCKET="))
                        return false;
        return true;
}

static int decide_env(struct planner *p, struct step_exec *x)
{
        const struct plan_request *request = p->plan->request;
        const char *extra[2], *home;
        oci_strings added = { extra, 0 };
        int r;

        if (request->listen_fds > 0) {
                extra[added.n] = arena_printf(p->arena, "LISTEN_FDS=%u", request->listen_fds);
                if (!extra[added.n++])
                        return -ENOMEM;
        }
        if (plan_wants_notify(p->plan))
                extra[added.n++] = "NOTIFY_SOCKET=" PLAN_NOTIFY_DIR "/notify.sock";
        r = plan_env_merge(p->arena, &process_of(p)->env, &added, &x->env, &x->n_env);
        if (r < 0)
                return r;
        home = plan_env_get(x->env, "HOME");
        x->needs_home = str_empty(home);
        x->needs_listen_pid = request->listen_fds > 0;
        x->search = plan_env_get(x->env, "PATH");
        if (!x->search)
                x->search = default_search;
        return 0;
}

/* What to execute.  home.lookup, exec.resolve and exec share one, which the first of them decides. */
static const struct step_exec *exec_of(struct planner *p)
{
        const struct oci_process *process = process_of(p);
        struct step_exec *x;
        const char **argv;

        for (size_t i = 0; i < p->n_steps; i++)
                if (p->steps[i].op == PLAN_HOME_LOOKUP || p->steps[i].op == PLAN_EXEC_RESOLVE)
                        return p->steps[i].u.exec;
        x = arena_alloc(p->arena, sizeof *x);
        argv = arena_alloc_array(p->arena, process->args.n + 1, sizeof *argv);
        if (!x || !argv)
                return NULL;
        for (size_t i = 0; i < process->args.n; i++)
                argv[i] = process->args.items[i];
        x->argv = argv;
        x->reaper = p->plan->spec->extensions.reaper;
        return decide_env(p, x) < 0 ? NULL : x;
}

static int add_exec(struct planner *p, enum plan_phase phase, enum plan_op op, const struct json_node *origin,
                    const struct step_exec *x, struct err *e)
{
        struct step *s = x ? add(p, PLAN_INIT, phase, op, origin, e) : NULL;

        if (!s)
                return err_nomem(e);
        s->u.exec = x;
        return 0;
}

static int add_caps(struct planner *p, struct step_caps *caps, struct err *e)
{
        struct step *s = add(p, PLAN_INIT, PLAN_PHASE_CONFINE, PLAN_CAPS_SET, process_member(p, "capabilities"), e);

        if (!s)
                return -ENOMEM;
        /* In a new pid namespace of a user namespace nobody else can be there, and hidden, init could no longer open its own
         * files in /proc: they would belong to the host's root. */
        caps->hide = !(p->plan->user_ns && plan_ns_is_new(p->plan, OCI_NS_PID));
        s->u.caps = caps;
        return 0;
}

static int add_bound(struct planner *p, uint64_t keep, struct err *e)
{
        struct step *s = add(p, PLAN_INIT, PLAN_PHASE_CONFINE, PLAN_CAPS_BOUND, process_member(p, "capabilities"), e);

        if (!s)
                return -ENOMEM;
        s->u.number = keep;
        return 0;
}

static int add_nnp(struct planner *p, struct err *e)
{
        const struct opt_bool *nnp = &process_of(p)->no_new_privileges;

        if (!nnp->set || !nnp->value)
                return 0;
        return add(p, PLAN_INIT, PLAN_PHASE_CONFINE, PLAN_NNP_SET, process_member(p, "noNewPrivileges"), e) ? 0 : -ENOMEM;
}

/* The user takes effect in two halves: uid 0 first drops what only it may, then the ids change, then the sets shrink. */
static int add_identity(struct planner *p, struct err *e)
{
        struct step_caps *caps = arena_alloc(p->arena, sizeof *caps);
        uint64_t keep, present;
        int r;

        if (!caps || plan_caps_decide(p, process_of(p)->capabilities, caps, &keep, &present) < 0)
                return err_nomem(e);
        r = keep == present ? 0 : add_bound(p, keep, e);
        if (r == 0)
                r = add_user(p, e);
        if (r == 0 && process_of(p)->user.uid.value != 0)
                r = add_cwd(p, true, e);
        return r < 0 ? r : add_caps(p, caps, e);
}

int plan_add_process_user(struct planner *p, struct err *e)
{
        const struct step_exec *x;
        int r = 0;

        if (!process_of(p))
                return 0;
        x = exec_of(p);
        if (!x)
                return err_nomem(e);
        if (x->needs_home)
                r = add_exec(p, PLAN_PHASE_PROCESS, PLAN_HOME_LOOKUP, NULL, x, e);
        if (r == 0)
                r = add_cwd(p, false, e);
        if (r == 0)
                r = add_identity(p, e);
        if (r == 0)
                r = add_nnp(p, e);
        return r < 0 ? r : add_exec(p, PLAN_PHASE_PROCESS, PLAN_EXEC_RESOLVE, process_member(p, "args"), x, e);
}

int plan_add_process_exec(struct planner *p, struct err *e)
{
        if (!process_of(p))
                return 0;
        return add_exec(p, PLAN_PHASE_START, PLAN_EXEC, process_member(p, "args"), exec_of(p), e);
}
