/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include <sched.h>

#include "names.h"
#include "str.h"

enum {
        MAX_CONSOLE = UINT16_MAX, /* struct winsize */
        MAX_UMASK = 0777,
        MIN_RUNTIME_NS = 1024, /* kernel/sched/deadline.c: less is lost in its fixed-point numbers */
};
/* A uid or gid of -1 means "leave as it is" to setresuid(2): asking for it would keep root. */
#define NO_ID UINT32_MAX

static void validate_args(struct validator *v, const struct oci_process *p)
{
        const struct json_node *node = place_member(p->at, "args");

        if (p->args.n == 0 && (place_lacks(p->at, "args") || place_is_empty(p->at, "args")))
                fault_error(v->faults, node, "name the program and its arguments in 'args'", "process has no args");
        else if (p->args.n > 0 && p->args.items[0] && p->args.items[0][0] == '\0')
                fault_error(v->faults, node && node->first ? node->first : node,
                            "the first of 'args' is the program's path or its name in PATH",
                            "process args begin with an empty program name");
}

static void validate_cwd(struct validator *v, const struct oci_process *p)
{
        validate_required(v, p->at, p->cwd, "process", "cwd");
        if (p->cwd && p->cwd[0] != '/')
                fault_error(v->faults, place_member(p->at, "cwd"), hint_printf(v, "write '/%s'", p->cwd),
                            "working directory '%s' is not an absolute path", p->cwd);
}

static void validate_console(struct validator *v, const struct oci_process *p)
{
        const struct oci_console_size *size = p->console_size;

        if (!size || !(p->terminal.set && p->terminal.value))
                return;
        if (size->height.set && size->height.value > MAX_CONSOLE)
                fault_error(v->faults, place_member(size->at, "height"), NULL, "console height %u is above %d",
                            size->height.value, MAX_CONSOLE);
        if (size->width.set && size->width.value > MAX_CONSOLE)
                fault_error(v->faults, place_member(size->at, "width"), NULL, "console width %u is above %d",
                            size->width.value, MAX_CONSOLE);
}

/* In a new user namespace the mappings are known here; of a joined one only the host knows them. */
static void validate_id(struct validator *v, const struct json_node *node, const char *what, uint32_t id,
                        const oci_id_mappings *mappings, const char *mappings_name)
{
        if (id == NO_ID)
                fault_error(v->faults, node, NULL, "%s %u is not an id: the kernel takes it for 'unchanged'", what, id);
        else if (mappings && mappings->n > 0 && validate_has_new_ns(v, OCI_NS_USER) && !validate_id_is_mapped(mappings, id))
                fault_error(v->faults, node, hint_printf(v, "map %u in /linux/%s or choose a mapped id", id, mappings_name),
                            "%s %u is not in /linux/%s", what, id, mappings_name);
}

/* With this annotation (crun's, which Podman and Buildah write) the runtime's own groups are kept. */
static bool keeps_groups(const struct validator *v)
{
        for (size_t i = 0; v->spec && i < v->spec->annotations.n; i++)
                if (streq_ptr(v->spec->annotations.items[i].key, "run.oci.keep_original_groups"))
                        return true;
        return false;
}

static void validate_user(struct validator *v, const struct oci_process *p)
{
        const struct oci_linux *lin = v->spec ? v->spec->linux_ : NULL;
        const oci_id_mappings *uids = lin ? &lin->uid_mappings : NULL, *gids = lin ? &lin->gid_mappings : NULL;
        const struct oci_user *user = &p->user;
        const struct json_node *node = place_children(user->at, "additionalGids");

        if (p->at.node && place_lacks(p->at, "user"))
                fault_warning(v->faults, p->at.node, "add 'user' with 'uid' and 'gid'",
                              "process has no user: it runs as uid 0, gid 0");
        validate_required(v, p->at, user->uid.set, "user", "uid");
        validate_required(v, p->at, user->gid.set, "user", "gid");
        if (user->uid.set)
                validate_id(v, place_member(user->at, "uid"), "user uid", user->uid.value, uids, "uidMappings");
        if (user->gid.set)
                validate_id(v, place_member(user->at, "gid"), "user gid", user->gid.value, gids, "gidMappings");
        for (size_t i = 0, n = keeps_groups(v) ? 0 : user->additional_gids.n; i < n; i++) {
                validate_id(v, node ?: user->at.node, "additional gid", user->additional_gids.items[i], gids, "gidMappings");
                node = node ? node->next : NULL;
        }
        if (user->umask.set && user->umask.value > MAX_UMASK)
                fault_error(v->faults, place_member(user->at, "umask"),
                            "JSON numbers are decimal: octal 022 is written 18", "umask %u (octal %o) is above octal 777",
                            user->umask.value, user->umask.value);
}

static void validate_rlimits(struct validator *v, const struct oci_process *p)
{
        uint64_t seen = 0;

        for (size_t i = 0; i < p->rlimits.n; i++) {
                const struct oci_rlimit *limit = &p->rlimits.items[i];
                const char *name = limit->type.set ? name_of(&names_rlimit, limit->type.value) : NULL;
                uint64_t bit = name && limit->type.value >= 0 && limit->type.value < 64 ? UINT64_C(1) << limit->type.value : 0;

                if (!name)
                        continue;
                if (seen & bit)
                        fault_error(v->faults, place_member(limit->at, "type"), "keep one of them",
                                    "rlimit '%s' is listed twice", name);
                seen |= bit;
                if (limit->soft.set && limit->hard.set && limit->soft.value > limit->hard.value)
                        fault_error(v->faults, place_member(limit->at, "soft"), "lower 'soft' or raise 'hard'",
                                    "soft limit %llu of '%s' is above its hard limit %llu",
                                    (unsigned long long) limit->soft.value, name, (unsigned long long) limit->hard.value);
        }
}

/* config.md: what cannot be granted is a warning, so nothing about capabilities is an error. */
static uint64_t validate_capability_names(struct validator *v, const struct oci_capabilities *caps, const char *key,
                                          const oci_strings *names)
{
        const struct json_node *cursor = place_children(caps->at, key);
        uint64_t set = 0;

        for (size_t i = 0; i < names->n; i++) {
                const char *name = names->items[i], *near;
                int value;

                if (!name)
                        continue;
                if (name_lookup(&names_capability, name, &value)) {
                        set |= UINT64_C(1) << value;
                        continue;
                }
                near = name_nearest(&names_capability, name);
                fault_warning(v->faults, place_next_string(&cursor, name),
                              near ? hint_printf(v, "did you mean '%s'?", near) : NULL,
                              "capability '%s' is not known and cannot be granted", name);
        }
        return set;
}

static void warn_lost_capabilities(struct validator *v, const struct oci_capabilities *caps, const char *key, uint64_t lost,
                                   const char *needed)
{
        struct strbuf names = { 0 };

        if (!lost)
                return;
        for (int i = 0; i < 64; i++)
                if (lost & UINT64_C(1) << i)
                        strbuf_printf(&names, "%s'%s'", names.len ? ", " : "", name_of(&names_capability, i));
        if (names.failed)
                v->faults->nomem = true;
        else
                fault_warning(v->faults, place_member(caps->at, key),
                              hint_printf(v, "list them in %s too, or drop them from '%s'", needed, key),
                              "%s capabilities %s cannot be granted: not in %s", key, names.text, needed);
        strbuf_done(&names);
}

/* capabilities(7): what capset(2) and PR_CAP_AMBIENT_RAISE refuse. */
static void validate_capabilities(struct validator *v, const struct oci_capabilities *caps)
{
        uint64_t bounding = validate_capability_names(v, caps, "bounding", &caps->bounding);
        uint64_t permitted = validate_capability_names(v, caps, "permitted", &caps->permitted);
        uint64_t inheritable = validate_capability_names(v, caps, "inheritable", &caps->inheritable);
        uint64_t effective = validate_capability_names(v, caps, "effective", &caps->effective);
        uint64_t ambient = validate_capability_names(v, caps, "ambient", &caps->ambient);

        warn_lost_capabilities(v, caps, "effective", effective & ~permitted, "'permitted'");
        warn_lost_capabilities(v, caps, "inheritable", inheritable & ~bounding, "'bounding'");
        warn_lost_capabilities(v, caps, "ambient", ambient & ~(permitted & inheritable), "both 'permitted' and 'inheritable'");
}

static bool is_realtime(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }

static void validate_static_priority(struct validator *v, const struct oci_scheduler *s, const char *policy)
{
        int priority = s->priority.set ? s->priority.value : 0;
        const struct json_node *node = place_member(s->at, "priority");

        if (is_realtime(s->policy.value)) {
                if (priority < 1 || priority > 99)
                        fault_error(v->faults, node, "set 'priority' to 1 (lowest) to 99",
                                    "priority %d is outside 1 to 99 that policy '%s' needs", priority, policy);
        } else if (priority != 0) {
                fault_error(v->faults, node, "drop 'priority', or use 'SCHED_FIFO' or 'SCHED_RR'",
                            "priority %d does not go with policy '%s'", priority, policy);
        }
}

/* sched(7): runtime <= deadline <= period, where a period of 0 stands for the deadline. */
static void validate_deadline(struct validator *v, const struct oci_scheduler *s)
{
        uint64_t runtime = s->runtime.set ? s->runtime.value : 0, deadline = s->deadline.set ? s->deadline.value : 0;
        uint64_t period = s->period.set ? s->period.value : 0;

        if (runtime < MIN_RUNTIME_NS)
                fault_error(v->faults, place_member(s->at, "runtime"), "give 'runtime' in nanoseconds",
                            "runtime %llu ns is below %d ns, the least for policy 'SCHED_DEADLINE'",
                            (unsigned long long) runtime, MIN_RUNTIME_NS);
        if (deadline > INT64_MAX || period > INT64_MAX)
                fault_error(v->faults, place_member(s->at, deadline > INT64_MAX ? "deadline" : "period"), NULL,
                            "%s %llu ns does not fit 63 bits", deadline > INT64_MAX ? "deadline" : "period",
                            (unsigned long long) (deadline > INT64_MAX ? deadline : period));
        if (runtime > deadline)
                fault_error(v->faults, place_member(s->at, "deadline"), "keep runtime <= deadline <= period",
                            "runtime %llu ns is longer than the deadline %llu ns", (unsigned long long) runtime,
                            (unsigned long long) deadline);
        if (period != 0 && deadline > period)
                fault_error(v->faults, place_member(s->at, "period"), "keep runtime <= deadline <= period",
                            "deadline %llu ns is longer than the period %llu ns", (unsigned long long) deadline,
                            (unsigned long long) period);
}

static void refuse_deadline(struct validator *v, const struct oci_scheduler *s, const struct opt_u64 *value, const char *key,
                            const char *policy)
{
        if (value->set && value->value != 0)
                fault_error(v->faults, place_member(s->at, key), hint_printf(v, "drop '%s', or use 'SCHED_DEADLINE'", key),
                            "%s %llu does not go with policy '%s'", key, (unsigned long long) value->value, policy);
}

/* sched_setattr(2), sched(7) */
static void validate_scheduler(struct validator *v, const struct oci_scheduler *s)
{
        const char *policy;

        validate_required(v, s->at, s->policy.set, "scheduler", "policy");
        if (s->nice.set && (s->nice.value < -20 || s->nice.value > 19))
                fault_error(v->faults, place_member(s->at, "nice"), NULL, "nice value %d is outside -20 to 19", s->nice.value);
        if (!s->policy.set)
                return;
        policy = name_of(&names_sched_policy, s->policy.value);
        if (s->policy.value == SCHED_ISO)
                fault_error(v->faults, place_member(s->at, "policy"), "use 'SCHED_RR' or 'SCHED_FIFO'",
                            "policy '%s' was never implemented by Linux", policy);
        validate_static_priority(v, s, policy);
        if (s->policy.value == SCHED_DEADLINE) {
                validate_deadline(v, s);
                return;
        }
        refuse_deadline(v, s, &s->runtime, "runtime", policy);
        refuse_deadline(v, s, &s->deadline, "deadline", policy);
        refuse_deadline(v, s, &s->period, "period", policy);
}

static void validate_io_priority(struct validator *v, const struct oci_io_priority *io)
{
        validate_required(v, io->at, io->io_class.set, "ioPriority", "class");
        validate_required(v, io->at, io->priority.set, "ioPriority", "priority");
        if (io->priority.set && (io->priority.value < 0 || io->priority.value > 7))
                fault_error(v->faults, place_member(io->at, "priority"),
                            "0 is the highest, 7 the lowest", "I/O priority %lld is outside 0 to 7", (long long) io->priority.value);
}

void validate_process(struct validator *v, const struct oci_process *p)
{
        validate_args(v, p);
        validate_cwd(v, p);
        validate_env(v, p->at, &p->env);
        validate_console(v, p);
        validate_user(v, p);
        validate_rlimits(v, p);
        if (p->capabilities)
                validate_capabilities(v, p->capabilities);
        validate_one_line(v, p->at, "apparmorProfile", "AppArmor profile", p->apparmor_profile);
        validate_one_line(v, p->at, "selinuxLabel", "SELinux label", p->selinux_label);
        if (p->oom_score_adj.set && (p->oom_score_adj.value < -1000 || p->oom_score_adj.value > 1000))
                fault_error(v->faults, place_member(p->at, "oomScoreAdj"), NULL, "oomScoreAdj %d is outside -1000 to 1000",
                            p->oom_score_adj.value);
        if (p->scheduler)
                validate_scheduler(v, p->scheduler);
        if (p->io_priority)
                validate_io_priority(v, p->io_priority);
        if (p->exec_cpu_affinity) {
                validate_list(v, p->exec_cpu_affinity->at, "initial", "CPU list", p->exec_cpu_affinity->initial,
                              VALIDATE_MAX_CPUS);
                validate_list(v, p->exec_cpu_affinity->at, "final", "CPU list", p->exec_cpu_affinity->final,
                              VALIDATE_MAX_CPUS);
        }
}
