/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces and id mappings. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "num.h"
#include "to-oci.h"

/* LXC's words; the order is that of enum oci_ns. */
static const char *const words[OCI_NS_KINDS] = {
        [OCI_NS_USER] = "user", [OCI_NS_PID] = "pid", [OCI_NS_NETWORK] = "net", [OCI_NS_MOUNT] = "mnt",
        [OCI_NS_IPC] = "ipc",   [OCI_NS_UTS] = "uts", [OCI_NS_CGROUP] = "cgroup", [OCI_NS_TIME] = "time",
};

static int find_word(const char *word, size_t len)
{
        for (int i = 0; i < OCI_NS_KINDS; i++)
                if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
                        return i;
        return -1;
}

bool lxc_names_namespace(const char *list, enum oci_ns kind)
{
        const char *word;
        size_t len;

        while (lxc_word_next(&list, " \t", &word, &len))
                if (find_word(word, len) == (int) kind)
                        return true;
        return false;
}

static unsigned set_of(struct lxc_translation *t, struct lxc_entry *entry)
{
        const char *at, *word;
        unsigned set = 0;
        size_t len;

        for (at = entry->value; lxc_word_next(&at, " \t", &word, &len);) {
                int kind = find_word(word, len);

                if (kind < 0)
                        lxc_say(t->report, entry, LXC_ERROR, "'%.*s' is no namespace", (int) len, word);
                else
                        set |= 1u << kind;
        }
        lxc_became(t->report, entry, LXC_EXACT, NULL, "/linux/namespaces");
        return set;
}

static unsigned usual_set(struct lxc_translation *t)
{
        unsigned set = 1u << OCI_NS_PID | 1u << OCI_NS_MOUNT | 1u << OCI_NS_IPC | 1u << OCI_NS_UTS | 1u << OCI_NS_CGROUP;

        if (!t->host_net)
                set |= 1u << OCI_NS_NETWORK;
        if (t->config->live[LXC_KEY_IDMAP].n > 0)
                set |= 1u << OCI_NS_USER;
        if (t->spec->linux_->time_offsets.n > 0)
                set |= 1u << OCI_NS_TIME;
        if (t->config->era < 20)
                lxc_default(t->report, "/linux/namespaces", "{\"type\":\"cgroup\"}",
                            "LXC %s knows no cgroup namespaces; one is made", t->report->era);
        return set;
}

static unsigned choose_set(struct lxc_translation *t)
{
        struct lxc_entry *clone = lxc_get(t, LXC_KEY_NS_CLONE), *keep = lxc_get(t, LXC_KEY_NS_KEEP);
        unsigned set;

        if (clone && keep)
                lxc_say(t->report, keep, LXC_ERROR, "LXC refuses lxc.namespace.keep together with lxc.namespace.clone");
        if (clone)
                return set_of(t, clone);
        if (!keep)
                return usual_set(t);
        set = ((1u << OCI_NS_KINDS) - 1) & ~set_of(t, keep);
        if (set & 1u << OCI_NS_USER && t->config->live[LXC_KEY_IDMAP].n == 0)
                lxc_say(t->report, keep, LXC_ERROR,
                        "all namespaces but these are made, a user namespace too, for which no lxc.idmap gives ids: add 'user'");
        if (t->spec->linux_->time_offsets.n == 0)
                set &= ~(1u << OCI_NS_TIME); /* a time namespace without offsets shows the host's clocks */
        return set;
}

/* Who has the name is known when the container is created, and only to berth: others make a new namespace. */
static void share_by_name(struct lxc_translation *t, struct lxc_entry *entry, int kind)
{
        const char *type = name_of(&names_namespace, kind), *key = lxc_text(t->report, "berth.namespace.share.%s", type);

        lxc_annotate(t, key, entry->value);
        lxc_became(t->report, entry, LXC_BERTH, lxc_json(t->report, entry->value), "/annotations/%s", key);
        lxc_elsewhere(t->report, entry, "a new %s namespace is made", type);
        lxc_say(t->report, entry, t->options->portable ? LXC_WARN : LXC_NOTE,
                t->options->portable ? "under runc and crun the container gets a new %s namespace; '%s' would have to be given as a path" :
                                       "the %s namespace is that of the container which berth runs as '%s', and create fails without it",
                type, entry->value);
        lxc_security(t->report, lxc_text(t->report, "/annotations/%s", key), "the %s namespace is that of container '%s'", type,
                     entry->value);
}

/* A path, a process or a container's name. */
static const char *shared_path(struct lxc_translation *t, struct lxc_entry *entry, int kind)
{
        int64_t pid;

        if (entry->value[0] == '/') {
                lxc_became(t->report, entry, LXC_EXACT, lxc_json(t->report, entry->value), "/linux/namespaces");
                return entry->value;
        }
        if (num_parse_range(entry->value, 1, INT32_MAX, &pid) == 0) {
                const char *path = lxc_text(t->report, "/proc/%" PRId64 "/ns/%s", pid, words[kind]);

                lxc_became(t->report, entry, LXC_NEARLY, lxc_json(t->report, path), "/linux/namespaces");
                lxc_say(t->report, entry, LXC_NOTE, "the process has to live at each start");
                return path;
        }
        share_by_name(t, entry, kind);
        return NULL;
}

static const char *find_shared(struct lxc_translation *t, int kind, bool *ret_named)
{
        struct lxc_entry *entry;

        *ret_named = false;
        lxc_each(t, LXC_KEY_NS_SHARE, entry)
                if (find_word(entry->match.suffix, strlen(entry->match.suffix)) == kind) {
                        *ret_named = true;
                        return shared_path(t, entry, kind);
                }
        return NULL;
}

static void unknown_shares(struct lxc_translation *t)
{
        struct lxc_entry *entry;

        lxc_each(t, LXC_KEY_NS_SHARE, entry)
                if (find_word(entry->match.suffix, strlen(entry->match.suffix)) < 0)
                        lxc_say(t->report, entry, LXC_ERROR, "'%s' is no namespace", entry->match.suffix);
}

static void list_namespaces(struct lxc_translation *t, unsigned set)
{
        _cleanup_(strbuf_done) struct strbuf listed = { 0 };

        for (int kind = 0; kind < OCI_NS_KINDS; kind++) {
                bool named;
                const char *path = find_shared(t, kind, &named);
                struct oci_namespace *ns;

                if (!named && !(set & 1u << kind))
                        continue;
                ns = lxc_append(t, &t->spec->linux_->namespaces);
                if (!ns)
                        return;
                *ns = (struct oci_namespace) { .type = { true, kind }, .path = path };
                if (!named)
                        strbuf_printf(&listed, "%s%s", listed.len > 0 ? " " : "", words[kind]);
        }
        if (!lxc_get(t, LXC_KEY_NS_CLONE) && !lxc_get(t, LXC_KEY_NS_KEEP))
                lxc_default(t->report, "/linux/namespaces", NULL, "LXC makes these namespaces: %s", listed.text ?: "none");
}

/* "u 0 100000 65536" */
static void id_mapping(struct lxc_translation *t, struct lxc_entry *entry)
{
        oci_id_mappings *list;
        struct oci_id_mapping *mapping;
        const char *at = entry->value, *word;
        uint64_t numbers[3];
        size_t len;
        char kind = '\0';

        if (lxc_word_next(&at, " \t", &word, &len) && len == 1 && (*word == 'u' || *word == 'g'))
                kind = *word;
        for (size_t i = 0; kind && i < ARRAY_SIZE(numbers); i++)
                if (!lxc_word_next(&at, " \t", &word, &len) || num_parse_u64(word, len, 10, &numbers[i]) < 0 ||
                    numbers[i] > UINT32_MAX)
                        kind = '\0';
        if (!kind || lxc_word_next(&at, " \t", &word, &len)) {
                lxc_say(t->report, entry, LXC_ERROR,
                        "'%s' is not an id mapping: u or g, the first id inside, the first outside, how many", entry->value);
                return;
        }
        if (numbers[2] == 0) {
                lxc_say(t->report, entry, LXC_ERROR, "'%s' maps no id: the kernel refuses it", entry->value);
                return;
        }
        list = kind == 'u' ? &t->spec->linux_->uid_mappings : &t->spec->linux_->gid_mappings;
        mapping = lxc_append(t, list);
        if (!mapping)
                return;
        *mapping = (struct oci_id_mapping) { .container_id = { true, (uint32_t) numbers[0] },
                                            .host_id = { true, (uint32_t) numbers[1] },
                                            .size = { true, (uint32_t) numbers[2] } };
        lxc_became(t->report, entry, LXC_EXACT,
                   lxc_text(t->report, "{\"containerID\":%" PRIu64 ",\"hostID\":%" PRIu64 ",\"size\":%" PRIu64 "}", numbers[0],
                            numbers[1], numbers[2]),
                   "/linux/%cidMappings/%zu", kind, list->n - 1);
}

void lxc_to_namespaces(struct lxc_translation *t)
{
        unsigned set = choose_set(t);
        struct lxc_entry *entry;

        unknown_shares(t);
        list_namespaces(t, set);
        lxc_each(t, LXC_KEY_IDMAP, entry) {
                if (set & 1u << OCI_NS_USER)
                        id_mapping(t, entry);
                else
                        lxc_say(t->report, entry, LXC_ERROR,
                                "ids are mapped in a user namespace, which lxc.namespace.clone or keep leaves out");
        }
        entry = lxc_get(t, LXC_KEY_IDMAP);
        if (entry && (t->spec->linux_->uid_mappings.n == 0) != (t->spec->linux_->gid_mappings.n == 0))
                lxc_say(t->report, entry, LXC_ERROR, "ids of %s are mapped, but those of %s are not",
                        t->spec->linux_->uid_mappings.n > 0 ? "users" : "groups",
                        t->spec->linux_->uid_mappings.n > 0 ? "groups" : "users");
        entry = lxc_get(t, LXC_KEY_UTS_NAME);
        if (entry && !(set & 1u << OCI_NS_UTS)) {
                t->spec->hostname = NULL;
                entry->n_became = 0;
                lxc_lost(t->report, entry, LXC_WARN, "not set: the container has no UTS namespace of its own");
        }
        t->has_ns = set;
}
