/* SPDX-License-Identifier: Apache-2.0 */
/* Name, architecture, command, user, environment, limits, kernel parameters, clocks. */
#include <inttypes.h>
#include <sys/personality.h>

#include "from-job.h"

static void host_name(struct lxc_from *f)
{
        if (f->spec->hostname)
                lxc_from_exact(f, "/hostname", "lxc.uts.name", f->spec->hostname);
        if (f->spec->domainname)
                lxc_from_line(f, LXC_NEARLY, LXC_NOTE, "/domainname", "lxc.sysctl.kernel.domainname", f->spec->domainname,
                              "LXC writes it into the container's /proc/sys: that has to be writable");
}

static void sched_core(struct lxc_from *f)
{
        const char *value = lxc_from_annotation(f, "berth.sched.core");

        if (value)
                lxc_from_exact(f, "/annotations/berth.sched.core", "lxc.sched.core", streq(value, "true") ? "1" : "0");
}

static void architecture(struct lxc_from *f)
{
        const struct oci_personality *p = f->spec->linux_->personality;

        if (!p || !p->domain.set)
                return;
        lxc_from_exact(f, "/linux/personality/domain", "lxc.arch", p->domain.value == PER_LINUX32 ? "linux32" : "linux64");
}

/* ------------------------------------------------------------------------------------------------------------------
 * The command: blanks part words, a word that begins with a quote ends with the next one, and nothing can be escaped. */

/* False: it cannot be written. */
static bool add_word(struct strbuf *out, const char *word, bool *ret_quoted)
{
        bool plain = word[0] && !strpbrk(word, " \t") && word[0] != '\'' && word[0] != '"';
        const char *quote = strchr(word, '\'') ? "\"" : "'";

        if (plain) {
                strbuf_adds(out, word);
                return true;
        }
        *ret_quoted = true;
        strbuf_printf(out, "%s%s%s", quote, word, quote);
        return !strstr(word, quote);
}

static void command(struct lxc_from *f, const oci_strings *args)
{
        const char *key = f->app ? "lxc.execute.cmd" : "lxc.init.cmd";
        _cleanup_(strbuf_done) struct strbuf value = { 0 };
        bool good = true, quoted = false;

        if (args->n == 0)
                return;
        for (size_t i = 0; i < args->n; i++) {
                strbuf_adds(&value, i > 0 ? " " : "");
                good &= add_word(&value, args->items[i], &quoted);
        }
        if (value.failed || !good)
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, "/process/args",
                             "%s cannot quote a word that holds both kinds of quotes: put the command into a script", key);
        else if (quoted && !f->app)
                lxc_from_line(f, LXC_NEARLY, LXC_NOTE, "/process/args", key, value.text,
                              "LXC before 6.0 parts this line at each space: there quotes hold nothing together");
        else
                lxc_from_exact(f, "/process/args", key, value.text);
        if (f->app)
                lxc_from_told(f, "/annotations/berth.init");
}

/* LXC's environment is empty but for "container=lxc" and what the lines say. */
static void environment(struct lxc_from *f, const oci_strings *env)
{
        bool has_container = false;

        for (size_t i = 0; i < env->n; i++) {
                const char *pointer = lxc_from_text(f, "/process/env/%zu", i), *variable = env->items[i];

                if (str_after(variable, "container=")) {
                        has_container = true;
                        lxc_from_say(f, streq(variable, "container=lxc") ? LXC_EXACT : LXC_NEARLY, streq(variable, "container=lxc") ? LXC_INFO : LXC_NOTE,
                                     pointer, "LXC itself sets container=lxc");
                } else if (!strchr(variable, '=')) {
                        lxc_from_say(f, LXC_DROPPED, LXC_NOTE, pointer, "'%s' is no variable with a value, and LXC would copy its own", variable);
                } else {
                        lxc_from_exact(f, pointer, "lxc.environment", variable);
                }
        }
        if (!has_container && env->n > 0)
                lxc_from_say(f, LXC_NEARLY, LXC_INFO, "/process/env", "LXC adds container=lxc");
}

static void number_line(struct lxc_from *f, const struct opt_u32 *number, const char *pointer, const char *key)
{
        if (number->set && number->value != 0)
                lxc_from_exact(f, pointer, key, lxc_from_text(f, "%" PRIu32, number->value));
        else if (number->set)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "LXC's default");
}

static void user(struct lxc_from *f, const struct oci_user *u)
{
        const char *groups = "";

        number_line(f, &u->uid, "/process/user/uid", "lxc.init.uid");
        number_line(f, &u->gid, "/process/user/gid", "lxc.init.gid");
        for (size_t i = 0; i < u->additional_gids.n; i++)
                groups = lxc_from_text(f, "%s%s%" PRIu32, groups, i > 0 ? "," : "", u->additional_gids.items[i]);
        if (groups[0])
                lxc_from_exact(f, "/process/user/additionalGids", "lxc.init.groups", groups);
}

/* lxc-start gives init a console, lxc-execute passes on what it has. */
static void terminal(struct lxc_from *f, bool wanted)
{
        static const char pointer[] = "/process/terminal";

        if (f->app && wanted)
                lxc_from_say(f, LXC_NEARLY, LXC_NOTE, pointer, "lxc-execute passes on the terminal that it has, if any");
        else if (wanted || f->app)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "LXC's default");
        else
                lxc_from_exact(f, pointer, "lxc.console.path", "none");
}

void lxc_from_process(struct lxc_from *f)
{
        const struct oci_process *p = f->spec->process;

        host_name(f);
        architecture(f);
        sched_core(f);
        if (!p)
                return;
        command(f, &p->args);
        user(f, &p->user);
        if (p->cwd && !streq(p->cwd, "/"))
                lxc_from_exact(f, "/process/cwd", "lxc.init.cwd", p->cwd);
        else if (p->cwd)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/process/cwd", "LXC's default");
        environment(f, &p->env);
        terminal(f, p->terminal.set && p->terminal.value);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Limits and parameters */

static const char *limit_text(struct lxc_from *f, uint64_t limit)
{
        return limit == UINT64_MAX ? "unlimited" : lxc_from_text(f, "%" PRIu64, limit);
}

static void rlimits(struct lxc_from *f)
{
        for (size_t i = 0; f->spec->process && i < f->spec->process->rlimits.n; i++) {
                const struct oci_rlimit *l = &f->spec->process->rlimits.items[i];
                const char *name = name_of(&names_rlimit, l->type.value);
                char key[64] = "lxc.prlimit.";
                size_t n = strlen(key);

                for (const char *c = name ? name + strlen("RLIMIT_") : ""; *c && n < sizeof key - 1; c++)
                        key[n++] = (char) (*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
                key[n] = '\0';
                lxc_from_exact(f, lxc_from_text(f, "/process/rlimits/%zu", i), lxc_from_text(f, "%s", key),
                               lxc_from_text(f, "%s:%s", limit_text(f, l->soft.value), limit_text(f, l->hard.value)));
        }
}

static void sysctls(struct lxc_from *f)
{
        for (size_t i = 0; i < f->spec->linux_->sysctl.n; i++) {
                const struct oci_pair *pair = &f->spec->linux_->sysctl.items[i];

                if (strchr(pair->key, '/'))
                        lxc_from_say(f, LXC_IMPOSSIBLE, LXC_WARN, lxc_from_member(f, "/linux/sysctl", pair->key), "LXC's keys part names by dots alone");
                else
                        lxc_from_exact(f, lxc_from_member(f, "/linux/sysctl", pair->key), lxc_from_text(f, "lxc.sysctl.%s", pair->key), pair->value);
        }
}

/* LXC takes one number with a unit. */
static void time_offsets(struct lxc_from *f)
{
        enum { NSEC_PER_SEC = 1000000000 };

        for (size_t i = 0; i < f->spec->linux_->time_offsets.n; i++) {
                const struct oci_time_offset *o = &f->spec->linux_->time_offsets.items[i];
                const char *key = streq(o->clock, "boottime") ? "lxc.time.offset.boot" : "lxc.time.offset.monotonic";
                const char *pointer = lxc_from_member(f, "/linux/timeOffsets", o->clock);
                int64_t secs = o->secs.set ? o->secs.value : 0, nsec = 0;

                if (!o->nanosecs.set || o->nanosecs.value == 0)
                        lxc_from_exact(f, pointer, key, lxc_from_text(f, "%" PRId64 "s", secs));
                else if (__builtin_mul_overflow(secs, (int64_t) NSEC_PER_SEC, &nsec) || __builtin_add_overflow(nsec, (int64_t) o->nanosecs.value, &nsec))
                        lxc_from_line(f, LXC_NEARLY, LXC_WARN, pointer, key, lxc_from_text(f, "%" PRId64 "s", secs), "without its nanoseconds: LXC takes one number");
                else
                        lxc_from_exact(f, pointer, key, lxc_from_text(f, "%" PRId64 "ns", nsec));
        }
}

void lxc_from_limits(struct lxc_from *f)
{
        const struct oci_process *p = f->spec->process;

        rlimits(f);
        sysctls(f);
        if (p && p->oom_score_adj.set)
                lxc_from_exact(f, "/process/oomScoreAdj", "lxc.proc.oom_score_adj", lxc_from_text(f, "%" PRId32, p->oom_score_adj.value));
        time_offsets(f);
}
