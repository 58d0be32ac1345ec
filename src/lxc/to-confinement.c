/* SPDX-License-Identifier: Apache-2.0 */
/* What confines the container: capabilities, security modules, system calls, no new privileges. */
#include <errno.h>
#include <string.h>

#include "num.h"
#include "seccomp-policy.h"
#include "to-oci.h"

enum { MAX_CAPS = 64 };

/* "net_admin" or "12"; LXC knows lower-case names without CAP_ only.  -1: unknown. */
static int capability_number(const char *word, size_t len)
{
        char name[40] = "CAP_";
        uint64_t number;
        int value;

        if (num_parse_u64(word, len, 10, &number) == 0)
                return number < MAX_CAPS && name_of(&names_capability, (int) number) ? (int) number : -1;
        if (len + strlen(name) >= sizeof name)
                return -1;
        for (size_t i = 0; i < len; i++) {
                if (word[i] >= 'A' && word[i] <= 'Z')
                        return -1;
                name[strlen("CAP_") + i] = (char) (word[i] >= 'a' && word[i] <= 'z' ? word[i] - 'a' + 'A' : word[i]);
        }
        return name_lookup(&names_capability, name, &value) ? value : -1;
}

/* The set that the lines of key ID name. */
static uint64_t capability_words(struct lxc_translation *t, enum lxc_key_id id)
{
        struct lxc_entry *entry;
        uint64_t set = 0;

        lxc_each(t, id, entry) {
                const char *at, *word;
                size_t len;

                for (at = entry->value; lxc_word_next(&at, " \t", &word, &len);) {
                        int cap = capability_number(word, len);

                        if (cap >= 0)
                                set |= UINT64_C(1) << cap;
                        else if (len == strlen("none") && memcmp(word, "none", len) == 0 && id == LXC_KEY_CAP_KEEP)
                                set = 0;
                        else
                                lxc_say(t->report, entry, id == LXC_KEY_CAP_DROP ? LXC_WARN : LXC_NOTE,
                                        "'%.*s' is no capability that LXC knows, and it ignores the word", (int) len, word);
                }
                lxc_became(t->report, entry, LXC_EXACT, NULL, "/process/capabilities/bounding");
        }
        return set;
}

static void capabilities(struct lxc_translation *t)
{
        bool drops = t->config->live[LXC_KEY_CAP_DROP].n > 0, keeps = t->config->live[LXC_KEY_CAP_KEEP].n > 0;
        struct oci_capabilities *caps = arena_alloc(t->arena, sizeof *caps);
        bool root = t->spec->process->user.uid.value == 0;
        uint64_t set = UINT64_MAX;

        if (!caps) {
                t->report->nomem = true;
                return;
        }
        if (keeps)
                set = capability_words(t, LXC_KEY_CAP_KEEP);
        if (drops)
                set = ~capability_words(t, LXC_KEY_CAP_DROP);
        if (drops && keeps)
                lxc_say(t->report, lxc_get(t, LXC_KEY_CAP_KEEP), LXC_ERROR,
                        "LXC refuses lxc.cap.keep together with lxc.cap.drop");
        for (int cap = 0; cap < MAX_CAPS; cap++) {
                const char *name = name_of(&names_capability, cap);

                if (!name || !(set & (UINT64_C(1) << cap)))
                        continue;
                lxc_add_string(t, &caps->bounding, name);
                if (root) {
                        lxc_add_string(t, &caps->effective, name);
                        lxc_add_string(t, &caps->permitted, name);
                }
        }
        t->spec->process->capabilities = caps;
        if (!drops && !keeps)
                lxc_default(t->report, "/process/capabilities", NULL, "LXC keeps all capabilities");
        else if (drops)
                lxc_default(t->report, "/process/capabilities", NULL,
                            "LXC keeps all capabilities but those dropped: %zu of them", caps->bounding.n);
        if (t->config->era < 9 && set & (UINT64_C(1) << 22))
                lxc_default(t->report, "/process/capabilities/bounding", "\"CAP_SYS_BOOT\"",
                            "LXC %s drops it, which kernels since 3.4 make needless; kept, so that poweroff works inside",
                            t->report->era);
}

static void set_apparmor(struct lxc_translation *t, struct lxc_entry *entry, enum lxc_class cls, const char *profile)
{
        t->spec->process->apparmor_profile = profile;
        lxc_became(t->report, entry, cls, lxc_json(t->report, profile), "/process/apparmorProfile");
}

/* LXC would compile a profile of the container's own; the nearest is the one that its package loads. */
static void generated_profile(struct lxc_translation *t, struct lxc_entry *entry)
{
        bool nesting = lxc_get_bool(t, LXC_KEY_APPARMOR_NESTING, false);

        if (t->options->apparmor) {
                set_apparmor(t, entry, LXC_NEARLY, nesting ? "lxc-container-default-with-nesting" : "lxc-container-default-cgns");
                lxc_say(t->report, entry, LXC_WARN,
                        "LXC would generate a profile of the container's own; the one of its package is named instead");
                return;
        }
        lxc_became(t->report, entry, LXC_NEARLY, NULL, "%s", "");
        lxc_say(t->report, entry, LXC_WARN,
                "this host has no AppArmor, and LXC would generate no profile here; on one that has it, convert again");
}

static void default_profile(struct lxc_translation *t)
{
        const char *standard = t->config->era >= 20 ? "lxc-container-default-cgns" : "lxc-container-default";

        if (!t->options->apparmor) {
                lxc_default(t->report, "/process/apparmorProfile", NULL,
                            "this host has no AppArmor; on one that has, LXC would use '%s'", standard);
                return;
        }
        t->spec->process->apparmor_profile = standard;
        lxc_default(t->report, "/process/apparmorProfile", lxc_json(t->report, standard),
                    "LXC's own profile, which its package loads");
}

static void apparmor(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_APPARMOR), *raw;

        lxc_each(t, LXC_KEY_APPARMOR_RAW, raw)
                if (entry && !streq(entry->value, "generated"))
                        lxc_dropped(t->report, raw, "LXC looks at it only where it generates the profile");
                else
                        lxc_lost(t->report, raw, LXC_ERROR,
                                 "rules for a profile that LXC would generate: put them into a profile and name it in lxc.apparmor.profile");
        if (!entry) {
                default_profile(t);
        } else if (streq(entry->value, "unchanged")) {
                lxc_became(t->report, entry, LXC_EXACT, NULL, "%s", "");
                lxc_say(t->report, entry, LXC_INFO, "no profile: the runtime's own is kept");
        } else if (streq(entry->value, "generated")) {
                generated_profile(t, entry);
        } else if (streq(entry->value, "unconfined") && t->options->portable && !t->options->apparmor) {
                /* runc would fail to set it */
                lxc_became(t->report, entry, LXC_EXACT, NULL, "%s", "");
                lxc_say(t->report, entry, LXC_INFO, "no profile: this host has no AppArmor, and there runc refuses any, this one too");
        } else {
                set_apparmor(t, entry, LXC_EXACT, entry->value);
        }
}

static void selinux(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_SELINUX);

        if (!entry)
                return;
        t->spec->process->selinux_label = entry->value;
        lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, entry->value), "/process/selinuxLabel");
}

/* ---- seccomp ------------------------------------------------------------------------------------------------------- */

/* A line of the policy file joins the report as an entry of its own. */
static void add_policy_note(void *arg, const struct lxc_note *note)
{
        struct lxc_translation *t = arg;
        struct lxc_entry *entry = lxc_report_add(t->report, note->file, note->line, note->column);

        entry->key = note->subject ?: "";
        if (note->pointer)
                lxc_became(t->report, entry, note->cls, note->value, "%s", note->pointer);
        else
                lxc_became(t->report, entry, note->cls, NULL, "%s", "");
        if (note->text)
                lxc_say(t->report, entry, note->severity, "%s%s%s", note->text, note->hint ? "; " : "", note->hint ?: "");
        else if (note->severity > LXC_INFO)
                lxc_say(t->report, entry, note->severity, "%s", lxc_severity_name(note->severity));
}

static void seccomp(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_SECCOMP);
        struct lxc_seccomp_source source = {
                .arch = t->options->arch,
                .syscalls = { .name_of = t->host->syscall_name, .knows = t->host->syscall_known, .arg = t->host->arg },
                .notes = { .add = add_policy_note, .arg = t },
        };
        static struct err e;
        unsigned n_errors = 0;
        int r;

        if (!entry)
                return;
        source.file = entry->value;
        r = t->host->read ? t->host->read(t->host->arg, t->arena, entry->value, &source.text, &source.len) : -ENOENT;
        if (r < 0) {
                lxc_say(t->report, entry, LXC_ERROR, "cannot read the policy '%s': %s", entry->value, lxc_unreadable(t->report, r));
                return;
        }
        e = ERR_INIT;
        r = lxc_seccomp_policy_parse(t->arena, &source, &t->spec->linux_->seccomp, &n_errors, &e);
        if (r < 0)
                lxc_say(t->report, entry, LXC_ERROR, "the policy '%s' cannot be read%s%s", entry->value, e.text[0] ? ": " : "",
                        e.text);
        else
                lxc_became(t->report, entry, LXC_EXACT, NULL, "/linux/seccomp");
}

static void seccomp_notify(struct lxc_translation *t, enum lxc_key_id id)
{
        struct lxc_entry *entry = lxc_get(t, id);

        if (entry)
                lxc_lost(
                        t->report, entry, LXC_WARN,
                        "LXC asks the program behind this socket about each call, in a protocol of its own; OCI's listenerPath "
                        "hands the listener over once");
}

void lxc_to_confinement(struct lxc_translation *t)
{
        struct lxc_entry *nnp = lxc_get(t, LXC_KEY_NNP);

        capabilities(t);
        apparmor(t);
        selinux(t);
        seccomp(t);
        seccomp_notify(t, LXC_KEY_SECCOMP_PROXY);
        seccomp_notify(t, LXC_KEY_SECCOMP_COOKIE);
        t->spec->process->no_new_privileges = (struct opt_bool) { true, lxc_get_bool(t, LXC_KEY_NNP, false) };
        if (nnp)
                lxc_became(t->report, nnp, LXC_EXACT, t->spec->process->no_new_privileges.value ? "true" : "false",
                           "/process/noNewPrivileges");
        else
                lxc_default(t->report, "/process/noNewPrivileges", "false", "LXC lets set-uid programs work");
}
