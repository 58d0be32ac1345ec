/* SPDX-License-Identifier: Apache-2.0 */
/* Where the cgroup is, and its limits (cgroup-keys.h reads those). */
#include <string.h>

#include "cgroup-keys.h"
#include "to-oci.h"

static void add_note(void *arg, const struct lxc_note *note)
{
        struct lxc_translation *t = arg;
        struct lxc_entry *entry = (struct lxc_entry *) (uintptr_t) note->tag;

        if (note->pointer)
                lxc_became(t->report, entry, note->cls, note->value, "%s", note->pointer);
        else
                lxc_became(t->report, entry, note->cls, NULL, "%s", "");
        if (note->text && note->cls == LXC_BERTH && note->severity == LXC_WARN && !t->options->portable)
                lxc_elsewhere(t->report, entry, "%s%s%s", note->text, note->hint ? "; " : "", note->hint ?: "");
        else if (note->text)
                lxc_say(t->report, entry, note->severity, "%s%s%s", note->text, note->hint ? "; " : "", note->hint ?: "");
}

/* All lines of both versions, in the order of the file. */
static size_t collect(struct lxc_translation *t, struct lxc_cgroup_line *lines)
{
        size_t n = 0;

        for (size_t i = 0; i < t->report->n; i++) {
                struct lxc_entry *entry = t->report->entries[i];

                if (!entry->match.row || entry->classified || !entry->value[0] ||
                    (lxc_key_id(entry->match.row) != LXC_KEY_CGROUP1 && lxc_key_id(entry->match.row) != LXC_KEY_CGROUP2))
                        continue;
                lines[n++] = (struct lxc_cgroup_line) { .key = entry->key,
                                                       .value = entry->value,
                                                       .file = entry->file,
                                                       .line = entry->line,
                                                       .column = entry->column,
                                                       .tag = entry };
        }
        return n;
}

static void limits(struct lxc_translation *t)
{
        struct lxc_cgroup_source source = { .target = t->options->cgroup_v1 ? LXC_CGROUP_V1 : LXC_CGROUP_V2,
                                            .find_device = t->host->find_device,
                                            .arg = t->host->arg,
                                            .notes = { .add = add_note, .arg = t } };
        struct lxc_cgroup_line *lines = arena_alloc_array(t->arena, t->report->n + 1, sizeof *lines);
        struct lxc_cgroup_result result = { 0 };
        static struct err e;

        if (!lines) {
                t->report->nomem = true;
                return;
        }
        source.lines = lines;
        source.n = collect(t, lines);
        if (lxc_cgroup_convert(t->arena, &source, &result, &e) < 0) {
                t->report->nomem = true;
                return;
        }
        t->spec->linux_->resources = result.resources;
        if (result.default_devices)
                lxc_default(t->report, "/linux/resources/devices", "[{\"allow\":true,\"access\":\"rwm\"}]",
                            "LXC restricts no device without a rule; without this list OCI runtimes do");
        if (result.strict_devices) {
                lxc_annotate(t, "berth.devices.strict", "true");
                lxc_default(t->report, "/annotations/berth.devices.strict", "\"true\"",
                            "the device list is complete, as LXC's is; other runtimes also allow devices of their own choice");
        }
}

/* ---- placement ----------------------------------------------------------------------------------------------------- */

static const char *default_path(struct lxc_translation *t)
{
        int era = t->config->era;

        if (era < 10)
                return lxc_text(t->report, "/%s", t->name);
        if (era < 30)
                return lxc_text(t->report, "/lxc/%s", t->name);
        return lxc_text(t->report, era < 40 ? "/lxc.payload/%s" : "/lxc.payload.%s", t->name);
}

static bool is_relative_path(struct lxc_translation *t, struct lxc_entry *entry)
{
        if (entry->value[0] != '/' && !strstr(entry->value, ".."))
                return true;
        lxc_say(t->report, entry, LXC_ERROR, "the cgroup '%s' is not a path below the root of the cgroups", entry->value);
        return false;
}

static void placement(struct lxc_translation *t)
{
        struct lxc_entry *dir = lxc_get(t, LXC_KEY_CGROUP_DIR), *container = lxc_get(t, LXC_KEY_CGROUP_DIR_CONTAINER);
        struct lxc_entry *used = container ?: dir, *relative = lxc_get(t, LXC_KEY_CGROUP_RELATIVE);
        const char *path = default_path(t);

        if (used && is_relative_path(t, used)) {
                path = used == dir && t->config->era >= 40 ? lxc_text(t->report, "/%s/lxc.payload.%s", dir->value, t->name)
                                                          : lxc_text(t->report, "/%s", used->value);
                lxc_became(t->report, used, LXC_NEARLY, lxc_json(t->report, path), "/linux/cgroupsPath");
                lxc_say(t->report, used, LXC_INFO, "it is the container's alone: there is no monitor process to place");
        }
        if (!used)
                lxc_default(t->report, "/linux/cgroupsPath", lxc_json(t->report, path), "LXC %s places the container there",
                            t->report->era);
        if (dir && used != dir)
                lxc_dropped(t->report, dir, "lxc.cgroup.dir.container goes before it");
        t->spec->linux_->cgroups_path = path;
        if (lxc_get_bool(t, LXC_KEY_CGROUP_RELATIVE, false)) {
                t->spec->linux_->cgroups_path = path + 1;
                lxc_became(t->report, relative, LXC_NEARLY, lxc_json(t->report, path + 1), "/linux/cgroupsPath");
                lxc_say(t->report, relative, LXC_NOTE, "what a relative path is relative to is the runtime's choice");
        } else if (relative) {
                lxc_dropped(t->report, relative, "the default");
        }
}

void lxc_to_cgroups(struct lxc_translation *t)
{
        placement(t);
        limits(t);
}
