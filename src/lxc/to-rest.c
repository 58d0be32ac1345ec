/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that become an annotation or nothing, and what is to be known of how open the container is. */
#include <string.h>

#include "to-oci.h"

static bool is_scalar_or_list(const struct lxc_key *row) { return row->shape == LXC_SCALAR || row->shape == LXC_LIST; }

/* The words of all lines under one key. */
static void kept_list(struct lxc_translation *t, enum lxc_key_id id)
{
        const char *all = "";
        struct lxc_entry *entry;

        lxc_each(t, id, entry) {
                all = lxc_text(t->report, "%s%s%s", all, all[0] ? " " : "", entry->value);
                lxc_became(t->report, entry, entry->match.row->cls, lxc_json(t->report, entry->value), "/annotations/%s",
                           lxc_keys[id].annotation);
                lxc_say(t->report, entry, LXC_INFO, "kept as an annotation; nothing acts on it");
        }
        if (all[0])
                lxc_annotate(t, lxc_keys[id].annotation, all);
}

static bool is_default(const struct lxc_entry *entry)
{
        return (entry->match.row->kind == LXC_BOOL || entry->match.row->kind == LXC_UINT) && streq(entry->value, "0");
}

/* What the table says, for all that no other part has taken. */
static void by_table(struct lxc_translation *t, enum lxc_key_id id)
{
        struct lxc_entry *entry = lxc_get(t, id);

        if (!entry || entry->classified)
                return;
        if (lxc_keys[id].shape == LXC_LIST && lxc_keys[id].annotation)
                kept_list(t, id);
        else if (lxc_keys[id].annotation && is_default(entry))
                lxc_dropped(t->report, entry, "the default");
        else if (lxc_keys[id].annotation)
                lxc_kept(t, entry, lxc_keys[id].annotation, NULL);
        else if (lxc_keys[id].cls == LXC_DROPPED)
                lxc_dropped(t->report, entry, "%s", lxc_keys[id].remark ?: "nothing to carry over");
}

static void halt_signal(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_SIGNAL_HALT);

        if (!entry)
                return;
        lxc_annotate(t, "org.opencontainers.image.stopSignal", entry->value);
        lxc_annotate(t, "berth.lxc.signal.halt", entry->value);
        lxc_became(t->report, entry, LXC_BERTH, lxc_json(t->report, entry->value),
                   "/annotations/org.opencontainers.image.stopSignal");
        lxc_say(t->report, entry, LXC_NOTE, "for those who stop the container to read: 'berth kill' needs it as its argument");
}

static void sched_core(struct lxc_translation *t)
{
        struct lxc_entry *entry = lxc_get(t, LXC_KEY_SCHED_CORE);

        if (!entry || !lxc_get_bool(t, LXC_KEY_SCHED_CORE, false))
                return;
        lxc_annotate(t, "berth.sched.core", "true");
        lxc_became(t->report, entry, LXC_BERTH, "\"true\"", "/annotations/berth.sched.core");
        lxc_elsewhere(t->report, entry, "it shares CPU cores with others");
        if (t->options->portable)
                lxc_say(t->report, entry, LXC_WARN, "under runc and crun the container shares CPU cores with others");
}

static void special(struct lxc_translation *t)
{
        struct lxc_entry *keyring = lxc_get(t, LXC_KEY_KEYRING), *ephemeral = lxc_get(t, LXC_KEY_EPHEMERAL),
                         *kmsg = lxc_get(t, LXC_KEY_KMSG);

        if (keyring && !lxc_get_bool(t, LXC_KEY_KEYRING, true)) {
                lxc_became(t->report, keyring, LXC_NEARLY, NULL, "%s", "");
                lxc_say(t->report, keyring, LXC_NOTE, "give --no-new-keyring to the runtime's create");
        } else if (keyring) {
                lxc_became(t->report, keyring, LXC_EXACT, NULL, "%s", "");
        }
        if (ephemeral && lxc_get_bool(t, LXC_KEY_EPHEMERAL, false))
                lxc_lost(t->report, ephemeral, LXC_WARN, "no runtime deletes the root file system when the container stops");
        else if (ephemeral)
                lxc_dropped(t->report, ephemeral, "the default");
        if (kmsg && lxc_get_bool(t, LXC_KEY_KMSG, false))
                lxc_lost(t->report, kmsg, LXC_WARN, "/dev/kmsg is not linked to the console");
        halt_signal(t);
        sched_core(t);
}

void lxc_to_rest(struct lxc_translation *t)
{
        lxc_annotate(t, "berth.lxc.config", t->options->config_path);
        lxc_annotate(t, "berth.lxc.name", t->name);
        special(t);
        for (size_t id = 0; id < LXC_N_KEYS; id++)
                if (is_scalar_or_list(&lxc_keys[id]))
                        by_table(t, (enum lxc_key_id) id);
}

/* ---- security ------------------------------------------------------------------------------------------------------ */

static const char *find_mount(const struct lxc_translation *t, const char *destination, size_t *ret_index)
{
        for (size_t i = 0; i < t->spec->mounts.n; i++)
                if (streq(t->spec->mounts.items[i].destination, destination)) {
                        *ret_index = i;
                        return t->spec->mounts.items[i].type;
                }
        return NULL;
}

/* Some rule denies something. */
static bool has_device_rules(const struct lxc_translation *t)
{
        const struct oci_resources *resources = t->spec->linux_->resources;

        for (size_t i = 0; resources && i < resources->devices.n; i++)
                if (!resources->devices.items[i].allow.value)
                        return true;
        return false;
}

static bool lists_namespace(const struct lxc_translation *t, enum oci_ns kind)
{
        for (size_t i = 0; i < t->spec->linux_->namespaces.n; i++)
                if (t->spec->linux_->namespaces.items[i].type.value == (int) kind)
                        return true;
        return false;
}

static void devices(struct lxc_translation *t)
{
        size_t index = 0;

        if (t->host_dev) {
                find_mount(t, "/dev", &index);
                lxc_security(t->report, lxc_text(t->report, "/mounts/%zu", index),
                             "the container works in the host's own /dev%s%s",
                             has_device_rules(t) ? "" : ", and no rule keeps it from any device of the host",
                             t->options->portable ? "; runc and crun make devices and links there" : "");
        } else if (!has_device_rules(t)) {
                lxc_security(t->report, "/linux/resources/devices", "no rule keeps the container from any device of the host: it only needs a node for it%s",
                             lists_namespace(t, OCI_NS_USER) ? ", which it cannot make itself" : "");
        }
}

static bool has_option(const struct oci_mount *mount, const char *word)
{
        for (size_t i = 0; i < mount->options.n; i++)
                if (streq(mount->options.items[i], word))
                        return true;
        return false;
}

/* What belongs to the host's root is not writable from a user namespace of the container's own.  Below /dev/.lxc LXC's nesting has them a second time. */
static void writable(struct lxc_translation *t)
{
        static const char *const paths[] = { "/proc", "/sys", "/dev/.lxc/proc", "/dev/.lxc/sys" };

        for (size_t i = 0; i < t->spec->linux_->namespaces.n; i++)
                if (t->spec->linux_->namespaces.items[i].type.value == OCI_NS_USER && !t->spec->linux_->namespaces.items[i].path)
                        return;

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                bool read_only = streq(paths[i], "/proc") && t->spec->linux_->readonly_paths.n > 0;
                size_t index;

                if (!read_only && find_mount(t, paths[i], &index) && !has_option(&t->spec->mounts.items[index], "ro"))
                        lxc_security(t->report, lxc_text(t->report, "/mounts/%zu", index),
                                     "%s is writable, the host's settings in it included", paths[i]);
        }
}

/* Namespaces that are neither made nor joined are the host's. */
static void host_namespaces(struct lxc_translation *t)
{
        static const struct { enum oci_ns kind; const char *what; } rows[] = {
                { OCI_NS_PID, "the container sees and signals all processes of the host" },
                { OCI_NS_MOUNT, "mounts in the container are mounts of the host" },
                { OCI_NS_IPC, "the container shares the host's message queues and shared memory" },
                { OCI_NS_UTS, "the container can change the host's name" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (!lists_namespace(t, rows[i].kind))
                        lxc_security(t->report, "/linux/namespaces", "%s", rows[i].what);
}

/* Whose they are, the path only tells at start: the host's own, with /proc/1. */
static void joined_namespaces(struct lxc_translation *t)
{
        for (size_t i = 0; i < t->spec->linux_->namespaces.n; i++) {
                const struct oci_namespace *ns = &t->spec->linux_->namespaces.items[i];

                if (ns->path)
                        lxc_security(t->report, lxc_text(t->report, "/linux/namespaces/%zu", i), "the %s namespace is that of '%s'",
                                     name_of(&names_namespace, ns->type.value), ns->path);
        }
}

void lxc_to_security(struct lxc_translation *t)
{
        const struct oci_process *p = t->spec->process;
        bool user_ns = lists_namespace(t, OCI_NS_USER);
        size_t n_caps = p->capabilities ? p->capabilities->bounding.n : 0;

        if (!user_ns)
                lxc_security(t->report, "/linux/namespaces",
                             "no user namespace: root in the container is root of the host, with %zu capabilities%s", n_caps,
                             t->config->live[LXC_KEY_CAP_DROP].n + t->config->live[LXC_KEY_CAP_KEEP].n == 0 ? ", which are all"
                                                                                                            : "");
        if (t->host_net)
                lxc_security(t->report, "/linux/namespaces", "the network is the host's%s",
                             t->writable_paths ? lxc_text(t->report, ", and its settings are writable: %s", t->writable_paths) : "");
        host_namespaces(t);
        joined_namespaces(t);
        devices(t);
        writable(t);
        if (!p->apparmor_profile && !p->selinux_label)
                lxc_security(t->report, "/process", "no AppArmor profile and no SELinux label");
        else if (p->apparmor_profile && streq(p->apparmor_profile, "unconfined"))
                lxc_security(t->report, "/process/apparmorProfile", "AppArmor does not confine it");
        if (!t->spec->linux_->seccomp)
                lxc_security(t->report, "/linux/seccomp", "no system call is filtered");
}
