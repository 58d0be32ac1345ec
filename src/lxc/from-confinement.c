/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities, security modules, system calls. */
#include <inttypes.h>
#include <sys/mount.h>

#include "from-job.h"
#include "seccomp-rule.h"

enum { MAX_CAPS = 64 };

/* ------------------------------------------------------------------------------------------------------------------
 * Capabilities.  LXC takes them away from the bounding set; a program of root's gets all that is left in it, another none. */

static uint64_t set_of(struct lxc_from *f, const oci_strings *names, const char *pointer)
{
        uint64_t set = 0;

        for (size_t i = 0; i < names->n; i++) {
                int cap;

                if (name_lookup(&names_capability, names->items[i], &cap) && cap < MAX_CAPS)
                        set |= UINT64_C(1) << cap;
                else
                        lxc_from_say(f, LXC_DROPPED, LXC_NOTE, lxc_from_text(f, "%s/%zu", pointer, i), "no capability of Linux that is known here");
        }
        return set;
}

static uint64_t all_caps(void)
{
        uint64_t set = 0;

        for (size_t i = 0; i < names_capability.n; i++)
                set |= UINT64_C(1) << names_capability.rows[i].value;
        return set;
}

/* "net_admin sys_time" */
static const char *words_of(struct lxc_from *f, uint64_t set)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        for (int cap = 0; cap < MAX_CAPS; cap++) {
                const char *name = set & (UINT64_C(1) << cap) ? name_of(&names_capability, cap) : NULL;

                if (!name)
                        continue;
                strbuf_adds(&b, b.len > 0 ? " " : "");
                for (const char *c = name + strlen("CAP_"); *c; c++)
                        strbuf_addc(&b, (char) (*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c));
        }
        f->nomem |= b.failed;
        return lxc_from_text(f, "%s", b.text ?: "");
}

static unsigned count(uint64_t set)
{
        unsigned n = 0;

        for (; set; set &= set - 1)
                n++;
        return n;
}

static void bounding(struct lxc_from *f, uint64_t kept, const char *pointer)
{
        uint64_t dropped = all_caps() & ~kept;

        if (dropped == 0)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "all of them, as LXC has it without a line");
        else if (kept == 0)
                lxc_from_exact(f, pointer, "lxc.cap.keep", "none");
        else if (count(kept) < count(dropped))
                lxc_from_exact(f, pointer, "lxc.cap.keep", words_of(f, kept));
        else
                lxc_from_exact(f, pointer, "lxc.cap.drop", words_of(f, dropped));
}

/* What the sets become when the program is executed: for root all of the bounding set, without new privileges less. */
static void other_sets(struct lxc_from *f, const struct oci_capabilities *c, uint64_t kept, bool root)
{
        const struct { const oci_strings *names; const char *pointer; bool usual; } sets[] = {
                { &c->effective, "/process/capabilities/effective", root },
                { &c->permitted, "/process/capabilities/permitted", root },
                { &c->inheritable, "/process/capabilities/inheritable", false },
                { &c->ambient, "/process/capabilities/ambient", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
                uint64_t set = set_of(f, sets[i].names, sets[i].pointer), usual = sets[i].usual ? kept : 0;

                if (set == usual)
                        lxc_from_say(f, LXC_EXACT, LXC_INFO, sets[i].pointer, "as LXC has it");
                else if (sets[i].usual && (usual & set) == set)
                        lxc_from_say(f, LXC_NEARLY, LXC_NOTE, sets[i].pointer, "LXC gives a program of root's all of the bounding set");
                else if (root)
                        lxc_from_say(f, LXC_NEARLY, LXC_NOTE, sets[i].pointer, "LXC leaves it empty; root's programs have the bounding set without it");
                else
                        lxc_from_say(f, LXC_IMPOSSIBLE, LXC_WARN, sets[i].pointer, "LXC gives a program of another user than root no capabilities");
        }
}

static void capabilities(struct lxc_from *f)
{
        const struct oci_process *p = f->spec->process;
        const struct oci_capabilities *c = p->capabilities;
        uint64_t kept;

        if (!c) {
                lxc_from_exact(f, "/process/capabilities", "lxc.cap.keep", "none");
                return;
        }
        kept = set_of(f, &c->bounding, "/process/capabilities/bounding");
        bounding(f, kept, "/process/capabilities/bounding");
        other_sets(f, c, kept, p->user.uid.value == 0);
}

static void security_modules(struct lxc_from *f)
{
        const struct oci_process *p = f->spec->process;

        if (p->no_new_privileges.set && p->no_new_privileges.value)
                lxc_from_exact(f, "/process/noNewPrivileges", "lxc.no_new_privs", "1");
        else if (p->no_new_privileges.set)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/process/noNewPrivileges", "LXC's default");
        if (!str_empty(p->apparmor_profile))
                lxc_from_exact(f, "/process/apparmorProfile", "lxc.apparmor.profile", p->apparmor_profile);
        else if (!f->from_lxc)
                lxc_from_line(f, LXC_EXACT, LXC_INFO, "/process/apparmorProfile", "lxc.apparmor.profile", "unchanged", "without the line LXC takes a profile of its own");
        if (!str_empty(p->selinux_label))
                lxc_from_exact(f, "/process/selinuxLabel", "lxc.selinux.context", p->selinux_label);
}

void lxc_from_confinement(struct lxc_from *f)
{
        if (!f->spec->process)
                return;
        capabilities(f);
        security_modules(f);
}

/* ------------------------------------------------------------------------------------------------------------------
 * The seccomp policy, version 2 */

/* "kill", "errno 1"; NULL: LXC has no such action. */
static const char *action_text(struct lxc_from *f, int action, const struct opt_u32 *errno_ret)
{
        switch (action) {
        case OCI_SECCOMP_KILL_THREAD:
        case OCI_SECCOMP_KILL_PROCESS:
                return "kill";
        case OCI_SECCOMP_TRAP:
                return "trap";
        case OCI_SECCOMP_ERRNO:
                return lxc_from_text(f, "errno %" PRIu32, errno_ret->set ? errno_ret->value : 1);
        case OCI_SECCOMP_ALLOW:
        case OCI_SECCOMP_LOG: /* is allowed, but not without a trace */
                return "allow";
        case OCI_SECCOMP_NOTIFY:
                return "notify";
        default:
                return NULL;
        }
}

static void default_action(struct lxc_from *f, const struct oci_seccomp *s)
{
        const char *action = action_text(f, s->default_action.value, &s->default_errno_ret), *line;
        bool deny_list = s->default_action.value == OCI_SECCOMP_ALLOW || s->default_action.value == OCI_SECCOMP_LOG;

        if (deny_list)
                line = "denylist";
        else if (action && streq(action, "kill"))
                line = "allowlist";
        else
                line = lxc_from_text(f, "allowlist %s", action ?: "kill");
        strbuf_printf(&f->policy, "2\n%s\n", line);
        if (s->default_action.value == OCI_SECCOMP_LOG)
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_WARN, "/linux/seccomp/defaultAction", "LXC does not log system calls: they are allowed");
        else if (!action)
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, "/linux/seccomp/defaultAction", "LXC has no such action: the thread is killed");
        else if (s->default_action.value == OCI_SECCOMP_KILL_PROCESS)
                lxc_from_say(f, LXC_NEARLY, LXC_WARN, "/linux/seccomp/defaultAction", "LXC kills the thread, not the process");
        else
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/linux/seccomp/defaultAction", "'%s' in the policy", line);
        lxc_from_told(f, "/linux/seccomp/defaultErrnoRet");
}

static void architectures(struct lxc_from *f, const struct oci_seccomp *s)
{
        size_t n, same = 0;
        const int *family = policy_archs_of(f->options->arch, &n);

        if (s->architectures.n == 0)
                return;
        for (size_t i = 0; i < s->architectures.n; i++)
                for (size_t k = 0; k < n; k++)
                        same += s->architectures.items[i] == family[k];
        strbuf_adds(&f->policy, "[all]\n");
        if (same == n && s->architectures.n == n)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/linux/seccomp/architectures", "'[all]' in the policy");
        else
                lxc_from_say(f, LXC_NEARLY, LXC_NOTE, "/linux/seccomp/architectures", "LXC filters the calls of all architectures that this host runs");
}

static void add_filter(struct strbuf *out, const struct oci_seccomp_arg *a)
{
        const char *op = policy_operator_name((enum oci_seccomp_op) a->op.value);

        if (a->op.value == OCI_SECCOMP_MASKED_EQ)
                strbuf_printf(out, "[%u,%" PRIu64 ",%s,%" PRIu64 "]", a->index.value, a->value_two.value, op, a->value.value);
        else
                strbuf_printf(out, "[%u,%" PRIu64 ",%s]", a->index.value, a->value.value, op);
}

/* umount2(…, MNT_FORCE) with EACCES, for which LXC has a word. */
static bool is_force_umount(const struct oci_seccomp_rule *r, const char *action)
{
        const struct oci_seccomp_arg *a = r->args.items;

        return r->names.n == 1 && streq(r->names.items[0], "umount2") && streq(action, "errno 13") && r->args.n == 1 &&
               a->op.value == OCI_SECCOMP_MASKED_EQ && a->index.value == 1 && a->value.value == MNT_FORCE && a->value_two.value == MNT_FORCE;
}

/* Two filters on one argument: other runtimes take them as alternatives, LXC refuses them in one line. */
static bool has_alternatives(const struct oci_seccomp_rule *r)
{
        for (size_t i = 0; i < r->args.n; i++)
                for (size_t j = 0; j < i; j++)
                        if (r->args.items[i].index.value == r->args.items[j].index.value)
                                return true;
        return false;
}

static void put_rule(struct lxc_from *f, const struct oci_seccomp_rule *r, const char *action, const char *usual)
{
        bool alternatives = has_alternatives(r);

        for (size_t i = 0; i < r->names.n; i++) {
                const char *name = r->names.items[i];

                for (size_t k = 0; k < (alternatives ? r->args.n : 1); k++) {
                        strbuf_adds(&f->policy, name);
                        if (!streq(action, usual) || r->args.n > 0)
                                strbuf_printf(&f->policy, " %s", action);
                        strbuf_adds(&f->policy, r->args.n > 0 ? " " : "");
                        for (size_t a = alternatives ? k : 0; a < (alternatives ? k + 1 : r->args.n); a++)
                                add_filter(&f->policy, &r->args.items[a]);
                        strbuf_addc(&f->policy, '\n');
                }
        }
}

static bool has_plain_names(const struct oci_seccomp_rule *r)
{
        for (size_t i = 0; i < r->names.n; i++)
                if (!policy_name_is_plain(r->names.items[i]))
                        return false;
        return true;
}

static bool is_default(const struct oci_seccomp *s, const struct oci_seccomp_rule *r)
{
        uint32_t mine = r->errno_ret.set ? r->errno_ret.value : 1, its = s->default_errno_ret.set ? s->default_errno_ret.value : 1;

        return r->action.value == s->default_action.value && (r->action.value != OCI_SECCOMP_ERRNO || mine == its);
}

static void rule(struct lxc_from *f, const struct oci_seccomp *s, size_t index, const char *usual)
{
        const struct oci_seccomp_rule *r = &s->syscalls.items[index];
        const char *pointer = lxc_from_text(f, "/linux/seccomp/syscalls/%zu", index), *action = action_text(f, r->action.value, &r->errno_ret);

        if (is_default(s, r)) {
                lxc_from_say(f, LXC_DROPPED, LXC_INFO, pointer, "what the default action does anyway");
        } else if (r->action.value == OCI_SECCOMP_LOG && s->default_action.value == OCI_SECCOMP_ALLOW) {
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_WARN, pointer, "LXC does not log system calls: they are allowed");
        } else if (!action) {
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "LXC has no action '%s'", name_of(&names_seccomp_action, r->action.value) ?: "");
        } else if (!has_plain_names(r)) {
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "a name in this rule is none of a system call");
        } else if (is_force_umount(r, action)) {
                strbuf_adds(&f->policy, "reject_force_umount\n");
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "'reject_force_umount' in the policy");
        } else {
                put_rule(f, r, action, usual);
                if (r->action.value == OCI_SECCOMP_KILL_PROCESS)
                        lxc_from_say(f, LXC_NEARLY, LXC_WARN, pointer, "LXC kills the thread, not the process");
                else if (r->action.value == OCI_SECCOMP_LOG)
                        lxc_from_say(f, LXC_NEARLY, LXC_WARN, pointer, "LXC does not log system calls: they are allowed");
                else if (r->action.value == OCI_SECCOMP_NOTIFY)
                        lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "LXC asks its own kind of agent: name it in lxc.seccomp.notify.proxy");
                else if (has_alternatives(r))
                        lxc_from_say(f, LXC_NEARLY, LXC_NOTE, pointer, "filters on one argument as alternatives, as other runtimes take them");
                else
                        lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "in the policy");
        }
}

void lxc_from_seccomp(struct lxc_from *f)
{
        const struct oci_seccomp *s = f->spec->linux_->seccomp;
        bool deny_list;

        if (!s)
                return;
        if (!f->options->policy_path) {
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, "/linux/seccomp", "the policy is a file of its own, and there is no place for it: give --output");
                return;
        }
        f->has_policy = true;
        lxc_from_line(f, LXC_EXACT, LXC_INFO, "/linux/seccomp", "lxc.seccomp.profile", f->options->policy_path, NULL);
        default_action(f, s);
        architectures(f, s);
        deny_list = s->default_action.value == OCI_SECCOMP_ALLOW || s->default_action.value == OCI_SECCOMP_LOG;
        for (size_t i = 0; i < s->syscalls.n; i++)
                rule(f, s, i, deny_list ? "kill" : "allow");
        if (s->flags.n > 0)
                lxc_from_say(f, LXC_DROPPED, LXC_NOTE, "/linux/seccomp/flags", "LXC chooses the flags itself");
        if (s->listener_path)
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, "/linux/seccomp/listenerPath", "LXC speaks another protocol with its agent: name one in lxc.seccomp.notify.proxy");
        lxc_from_told(f, "/linux/seccomp/listenerMetadata");
}
