/* SPDX-License-Identifier: Apache-2.0 */
#include "to-oci.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "parse.h"

bool lxc_get_bool(const struct lxc_translation *t, enum lxc_key_id id, bool otherwise)
{
        const struct lxc_entry *entry = lxc_get(t, id);
        bool value, junk;

        return entry && lxc_value_bool(t->config->era, entry->value, &value, &junk) == 0 ? value : otherwise;
}

uint64_t lxc_get_uint(const struct lxc_translation *t, enum lxc_key_id id, uint64_t otherwise)
{
        const struct lxc_entry *entry = lxc_get(t, id);
        uint64_t value;
        bool junk;

        return entry && lxc_value_uint(t->config->era, entry->value, &value, &junk) == 0 ? value : otherwise;
}

void lxc_annotate(struct lxc_translation *t, const char *key, const char *value)
{
        struct oci_pair *pair = lxc_append(t, &t->spec->annotations);

        if (pair)
                *pair = (struct oci_pair) { .key = key, .value = value };
        if (oci_annotation_needs_trust(key))
                t->spec->trust_annotations = (struct opt_bool) { .set = true, .value = true };
}

void lxc_add_string(struct lxc_translation *t, oci_strings *list, const char *text)
{
        t->report->nomem |= !lxc_strings_add(t->arena, list, text);
}

void lxc_kept(struct lxc_translation *t, struct lxc_entry *entry, const char *key, const char *loss)
{
        enum lxc_class cls = entry->match.row->cls;
        const char *value = entry->value;
        uint64_t number;
        bool junk;

        /* Of what old versions take for a number, the number. */
        if (entry->match.row->kind == LXC_UINT && lxc_value_uint(t->config->era, value, &number, &junk) == 0)
                value = lxc_text(t->report, "%" PRIu64, number);
        lxc_annotate(t, key, value);
        lxc_became(t->report, entry, cls, lxc_json(t->report, value), "/annotations/%s", key);
        lxc_say(t->report, entry, entry->match.row->confines ? LXC_ERROR : cls == LXC_BERTH ? LXC_WARN : LXC_INFO, "%s",
                loss ?: "kept as an annotation; nothing acts on it");
}

/* ---- the name ------------------------------------------------------------------------------------------------------ */

static bool name_is_valid(const char *name)
{
        static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";

        return name[0] && name[0] != '.' && strspn(name, allowed) == strlen(name);
}

/* LXC's name is that of the directory which holds the file "config"; else the host name or the file's own name has to do. */
static const char *derive_name(struct lxc_translation *t)
{
        const char *path = t->options->config_path, *base = strrchr(path, '/'), *start;
        const struct lxc_entry *uts = lxc_get(t, LXC_KEY_UTS_NAME);
        const char *dot;

        base = base ? base + 1 : path;
        if (streq(base, "config") && base > path + 1) {
                for (start = base - 1; start > path && start[-1] != '/'; start--)
                        ;
                return lxc_text(t->report, "%.*s", (int) (base - 1 - start), start);
        }
        if (uts && name_is_valid(uts->value))
                return uts->value;
        dot = strrchr(base, '.');
        return dot > base ? lxc_text(t->report, "%.*s", (int) (dot - base), base) : base;
}

static int choose_name(struct lxc_translation *t, struct err *e)
{
        t->name = t->options->name ?: derive_name(t);
        if (name_is_valid(t->name))
                return 0;
        err_set(e, ERR_CONFIG, EINVAL, "'%s' cannot be the name of a container", t->name);
        err_hint(e, "give one with --name: letters, digits, '.', '_', '+' and '-'");
        return -EINVAL;
}

static void choose_kind(struct lxc_translation *t)
{
        bool only_execute = lxc_get(t, LXC_KEY_EXECUTE_CMD) && !lxc_get(t, LXC_KEY_INIT_CMD);

        t->app = t->options->kind == LXC_KIND_APP || (t->options->kind == LXC_KIND_AUTO && only_execute);
        if (t->options->kind == LXC_KIND_AUTO && t->app)
                lxc_default(t->report, NULL, NULL,
                            "only lxc.execute.cmd says what to run: an application container, as lxc-execute makes it");
}

/* ---- the whole ----------------------------------------------------------------------------------------------------- */

static int prepare(struct lxc_translation *t)
{
        t->spec = arena_alloc(t->arena, sizeof *t->spec);
        if (!t->spec)
                return -ENOMEM;
        t->spec->process = arena_alloc(t->arena, sizeof *t->spec->process);
        t->spec->root = arena_alloc(t->arena, sizeof *t->spec->root);
        t->spec->linux_ = arena_alloc(t->arena, sizeof *t->spec->linux_);
        t->spec->hooks = arena_alloc(t->arena, sizeof *t->spec->hooks);
        if (!t->spec->process || !t->spec->root || !t->spec->linux_ || !t->spec->hooks)
                return -ENOMEM;
        return 0;
}

static void translate(struct lxc_translation *t)
{
        lxc_to_root(t);
        lxc_to_process(t);
        lxc_to_confinement(t);
        lxc_to_net(t);
        lxc_to_namespaces(t);
        lxc_to_sysctls(t);
        lxc_to_reaper(t);
        lxc_to_mounts(t);
        lxc_to_terminal(t);
        lxc_to_cgroups(t);
        lxc_to_hooks(t);
        lxc_to_rest(t);
        lxc_to_security(t);
}

/* No newer than what is used, since runtimes refuse versions that they do not know (crun 1.8: 1.2.0).  1.1.0 has all that is
 * written but for mounts with mapped ids. */
static void set_version(struct oci_spec *spec)
{
        spec->oci_version = "1.1.0";
        for (size_t i = 0; i < spec->mounts.n; i++)
                if (spec->mounts.items[i].uid_mappings.n > 0)
                        spec->oci_version = "1.2.0";
}

static void drop_empty_hooks(struct oci_spec *spec)
{
        for (size_t i = 0; i < OCI_HOOK_KINDS; i++)
                if (spec->hooks->list[i].n > 0)
                        return;
        spec->hooks = NULL;
}

/* A line that nobody took is a hole in the translation: it must not vanish. */
static void find_forgotten(struct lxc_report *report)
{
        for (size_t i = 0; i < report->n; i++)
                if (!report->entries[i]->classified)
                        lxc_say(report, report->entries[i], LXC_ERROR, "berth has no translation for this line");
}

/* The line that became what is at POINTER or around it; NULL: no line did. */
static struct lxc_entry *line_of(const struct lxc_report *report, const char *pointer)
{
        struct lxc_entry *found = NULL;
        size_t longest = 0;

        for (size_t i = 0; i < report->n; i++)
                for (size_t k = 0; k < report->entries[i]->n_became; k++) {
                        const char *part = report->entries[i]->became[k].pointer, *rest = str_after(pointer, part);

                        if (rest && (*rest == '\0' || *rest == '/') && strlen(part) > longest) {
                                longest = strlen(part);
                                found = report->entries[i];
                        }
                }
        return found;
}

/* What the runtime would say of the config: a fault is one of the translation, or of a value that nothing else judged. */
static int check_spec(struct lxc_translation *t, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        struct faults faults = { .arena = t->arena, .file = "config.json" };
        struct oci_spec *again;
        int r;

        oci_spec_write(t->spec, OCI_WRITE_PRETTY, &text);
        if (text.failed)
                return err_nomem(e);
        r = oci_spec_parse(t->arena, text.text, text.len, &faults, &again, e);
        if (r < 0)
                return r;
        oci_spec_validate(again, &faults);
        for (size_t i = 0; i < faults.n; i++) {
                struct lxc_entry *entry;
                char pointer[192];

                if (faults.items[i].warning)
                        continue;
                json_pointer(faults.items[i].node, pointer, sizeof pointer);
                entry = line_of(t->report, pointer);
                if (!entry) {
                        entry = lxc_report_add(t->report, t->report->config, 0, 0);
                        entry->key = "config.json";
                }
                t->report->force = false; /* no runtime would take it */
                lxc_lost(t->report, entry, LXC_ERROR, "%s at %s", faults.items[i].text, pointer);
                t->result->n_errors++;
        }
        return 0;
}

int lxc_convert(struct arena *arena, const struct lxc_options *options, const struct lxc_host *host, struct lxc_result *ret,
                struct err *e)
{
        struct lxc_report *report = arena_alloc(arena, sizeof *report);
        struct lxc_config *config = arena_alloc(arena, sizeof *config);
        struct lxc_translation t = {
                .arena = arena, .options = options, .host = host, .config = config, .report = report, .result = ret
        };
        struct lxc_summary summary;
        int r;

        if (!report || !config)
                return err_nomem(e);
        *report = (struct lxc_report) { .arena = arena,
                                       .config = options->shown_path ?: options->config_path,
                                       .force = options->force };
        *config = (struct lxc_config) { .report = report, .host = host, .era = options->era };
        *ret = (struct lxc_result) { .report = report };
        if (prepare(&t) < 0)
                return err_nomem(e);
        r = lxc_config_read(config, report->config, e);
        if (r == 0)
                r = choose_name(&t, e);
        if (r < 0)
                return r;
        choose_kind(&t);
        ret->bundle = options->bundle ?: lxc_text(report, "%s/%s", options->bundle_parent, t.name);
        report->name = t.name;
        report->kind = t.app ? "application" : "system";
        report->target = options->portable ? "portable" : "berth";
        translate(&t);
        find_forgotten(report);
        drop_empty_hooks(t.spec);
        set_version(t.spec);
        lxc_report_summary(report, &summary);
        ret->n_errors = summary.n_severity[LXC_ERROR];
        ret->spec = t.spec;
        if (ret->n_errors == 0 && (r = check_spec(&t, e)) < 0)
                return r;
        return report->nomem ? err_nomem(e) : 0;
}
