/* SPDX-License-Identifier: Apache-2.0 */
#include "caps.h"
#include "names.h"
#include "process.h"

static void describe_limit(uint64_t value, struct strbuf *out)
{
        if (value == UINT64_MAX)
                strbuf_adds(out, "unlimited");
        else
                strbuf_printf(out, "%llu", (unsigned long long) value);
}

static void describe_rlimit(const struct oci_rlimit *limit, struct strbuf *out)
{
        const char *name = name_of(&names_rlimit, limit->type.value);

        strbuf_printf(out, "%s ", name ? name : "?");
        describe_limit(limit->soft.value, out);
        strbuf_addc(out, ':');
        describe_limit(limit->hard.value, out);
}

static void describe_scheduler(const struct oci_scheduler *s, struct strbuf *out)
{
        const char *policy = name_of(&names_sched_policy, s->policy.value);

        strbuf_adds(out, policy ? policy : "?");
        if (s->nice.set)
                strbuf_printf(out, " nice %d", s->nice.value);
        if (s->priority.set)
                strbuf_printf(out, " priority %d", s->priority.value);
        if (s->deadline.set)
                strbuf_printf(out, " %llu/%llu/%llu ns", (unsigned long long) s->runtime.value,
                              (unsigned long long) s->deadline.value, (unsigned long long) s->period.value);
        for (size_t i = 0; i < s->flags.n; i++) {
                const char *flag = name_of(&names_sched_flag, s->flags.items[i]);

                strbuf_printf(out, " %s", flag ? flag : "?");
        }
}

static void describe_user(const struct step_user *u, struct strbuf *out)
{
        strbuf_printf(out, "%u:%u", (unsigned) u->uid, (unsigned) u->gid);
        if (u->keep_groups)
                strbuf_adds(out, " groups kept");
        for (size_t i = 0; !u->keep_groups && i < u->n_groups; i++)
                strbuf_printf(out, "%s%u", i > 0 ? "," : " groups ", (unsigned) u->groups[i]);
        if (u->set_umask)
                strbuf_printf(out, " umask %04o", (unsigned) u->umask);
}

static void describe_set(const char *name, uint64_t mask, struct strbuf *out)
{
        strbuf_printf(out, "%s=", name);
        plan_caps_text(mask, out);
}

static void describe_caps(const struct step_caps *c, struct strbuf *out)
{
        if (c->effective == c->permitted) {
                describe_set("effective,permitted", c->permitted, out);
        } else {
                describe_set("effective", c->effective, out);
                describe_set(" permitted", c->permitted, out);
        }
        if (c->inheritable)
                describe_set(" inheritable", c->inheritable, out);
        if (c->ambient)
                describe_set(" ambient", c->ambient, out);
}

static void describe_exec(const struct step_exec *x, struct strbuf *out)
{
        for (size_t i = 0; x->argv[i]; i++)
                strbuf_printf(out, "%s'%s'", i > 0 ? " " : "", x->argv[i]);
        strbuf_printf(out, " (%zu env)", x->n_env);
        if (x->reaper)
                strbuf_adds(out, " below a reaper");
}

void plan_process_describe(const struct step *step, struct strbuf *out)
{
        switch (step->op) {
        case PLAN_SYSCTL_SET:
                strbuf_printf(out, "%s=%s", step->u.sysctl->name, step->u.sysctl->value);
                break;
        case PLAN_HOSTNAME_SET:
        case PLAN_DOMAINNAME_SET:
        case PLAN_KEYRING_JOIN:
        case PLAN_CWD_CREATE:
                strbuf_printf(out, "'%s'", step->u.text);
                break;
        case PLAN_OOM_SCORE_SET:
                strbuf_printf(out, "%d", (int) (int64_t) step->u.number);
                break;
        case PLAN_RLIMIT_SET:
                describe_rlimit(step->u.rlimit, out);
                break;
        case PLAN_SCHEDULER_SET:
                describe_scheduler(step->u.scheduler, out);
                break;
        case PLAN_IOPRIO_SET:
                strbuf_printf(out, "%s %lld", name_of(&names_ioprio_class, step->u.io_priority->io_class.value),
                              (long long) step->u.io_priority->priority.value);
                break;
        case PLAN_MEMPOLICY_SET:
                strbuf_adds(out, step->u.mempolicy->text);
                break;
        case PLAN_PERSONALITY_SET:
                strbuf_adds(out, name_of(&names_personality, (int) step->u.number));
                break;
        case PLAN_CAPS_BOUND:
                strbuf_adds(out, "keep ");
                plan_caps_text(step->u.number, out);
                break;
        case PLAN_USER_SET:
                describe_user(step->u.user, out);
                break;
        case PLAN_CAPS_SET:
                describe_caps(step->u.caps, out);
                break;
        case PLAN_CWD_SET:
                strbuf_printf(out, "'%s'%s", step->u.cwd->path, step->u.cwd->as_user ? " as the user, if not yet" : "");
                break;
        case PLAN_AFFINITY_RESET:
                strbuf_adds(out, "all CPUs of the cgroup");
                break;
        case PLAN_FDS_CLOEXEC:
                strbuf_printf(out, "from %u on", (unsigned) step->u.number);
                break;
        case PLAN_EXEC_RESOLVE:
                strbuf_printf(out, "'%s'", step->u.exec->argv[0] ? step->u.exec->argv[0] : "");
                break;
        case PLAN_EXEC:
                describe_exec(step->u.exec, out);
                break;
        default:
                break;
        }
}
