/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lex.h"
#include "value.h"

/* ---- reading: lines of the file, includes in their place ---------------------------------------------------------- */

static void read_lines(struct lxc_config *c, const char *path, const char *text, size_t len);

const char *lxc_unreadable(struct lxc_report *report, int r)
{
        if (r == -EISDIR)
                return "it is a directory";
        return r == -EINVAL ? "it is no ordinary file" : lxc_text(report, "%s (%s)", errno_text(-r), errno_name(-r));
}

/* An included path may not be open already: LXC would go on until memory or descriptors run out. */
static bool may_include(struct lxc_config *c, struct lxc_entry *entry, const char *path)
{
        for (unsigned i = 0; i < c->depth; i++)
                if (streq(c->stack[i], path)) {
                        lxc_say(c->report, entry, LXC_ERROR, "'%s' includes itself", path);
                        return false;
                }
        if (c->depth == LXC_INCLUDE_DEPTH || c->n_files >= LXC_INCLUDE_FILES) {
                lxc_say(c->report, entry, LXC_ERROR, "'%s' is not read: includes are more than %d deep or %d files", path,
                        LXC_INCLUDE_DEPTH, LXC_INCLUDE_FILES);
                return false;
        }
        return true;
}

static void include_file(struct lxc_config *c, struct lxc_entry *entry, const char *path)
{
        const char *text;
        size_t len;
        int r;

        if (!may_include(c, entry, path))
                return;
        r = c->host->read ? c->host->read(c->host->arg, c->report->arena, path, &text, &len) : -ENOENT;
        if (r < 0)
                lxc_say(c->report, entry, LXC_ERROR, "cannot read '%s': %s", path, lxc_unreadable(c->report, r));
        else
                read_lines(c, path, text, len);
}

static void include_directory(struct lxc_config *c, struct lxc_entry *entry, const char *path)
{
        struct lxc_report *report = c->report;
        oci_strings names = { 0 };
        int r = c->host->list ? c->host->list(c->host->arg, report->arena, path, &names) : -ENOENT;

        if (r == -ENOENT) {
                lxc_became(report, entry, LXC_EXACT, NULL, "%s", "");
                lxc_say(report, entry, LXC_INFO, "the directory does not exist, which LXC takes for an empty one");
                return;
        }
        if (r < 0) {
                lxc_say(report, entry, LXC_ERROR, "cannot read directory '%s': %s (%s)", path, errno_text(-r), errno_name(-r));
                return;
        }
        lxc_became(report, entry, LXC_EXACT, NULL, "%s", "");
        lxc_say(report, entry, names.n > 1 ? LXC_NOTE : LXC_INFO, "%zu file%s read%s", names.n, names.n == 1 ? "" : "s",
                names.n > 1 ? ", by name; LXC takes them as the directory lists them" : "");
        for (size_t i = 0; i < names.n; i++)
                include_file(c, entry,
                             lxc_text(report, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", names.items[i]));
}

static void include(struct lxc_config *c, struct lxc_entry *entry)
{
        const char *path = lxc_unquote(c->report->arena, entry->value), *text;
        size_t len;
        int r;

        if (str_empty(path)) {
                lxc_dropped(c->report, entry, "nothing is included");
                return;
        }
        if (!may_include(c, entry, path))
                return;
        if (path[strlen(path) - 1] == '/') {
                include_directory(c, entry, path);
                return;
        }
        r = c->host->read ? c->host->read(c->host->arg, c->report->arena, path, &text, &len) : -ENOENT;
        if (r == -EISDIR) {
                include_directory(c, entry, path);
                return;
        }
        if (r < 0) {
                lxc_say(c->report, entry, LXC_ERROR, "cannot read '%s': %s", path, lxc_unreadable(c->report, r));
                return;
        }
        lxc_became(c->report, entry, LXC_EXACT, NULL, "%s", "");
        read_lines(c, path, text, len);
}

/* Something that a template was to fill in: @NAME@ or {{ name }} or {% if %}. */
static bool has_placeholder(const char *text)
{
        if (strstr(text, "{{") || strstr(text, "{%"))
                return true;
        for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@')) {
                size_t n = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

                if (n > 1 && at[n + 1] == '@')
                        return true;
        }
        return false;
}

/* "LXC.cap.drop", or a key behind a byte order mark or another blank that LXC does not know. */
static bool looks_like_key(const char *text)
{
        while ((unsigned char) *text >= 0x80 || *text == '\v' || *text == '\f')
                text++;
        return strncasecmp(text, "lxc.", strlen("lxc.")) == 0;
}

static void take_foreign(struct lxc_config *c, struct lxc_entry *entry)
{
        lxc_dropped(c->report, entry, "not a key of LXC's: LXC 0.7.5 and later pass over the line");
        if (looks_like_key(entry->key))
                lxc_say(c->report, entry, LXC_WARN, "it looks like a key, but the line does not begin with 'lxc.', as LXC wants it");
}

static void take_line(struct lxc_config *c, const char *path, const struct lxc_line *line)
{
        struct lxc_report *report = c->report;
        struct lxc_entry *entry;

        if (line->kind == LXC_LINE_BLANK || line->kind == LXC_LINE_COMMENT)
                return;
        entry = lxc_report_add(report, path, line->line, line->column);
        entry->key = line->key;
        entry->value = line->value;
        if (report->n > LXC_MAX_LINES) {
                c->full = true;
                lxc_say(report, entry, LXC_ERROR, "more than %d lines with keys: nothing is read from here on", LXC_MAX_LINES);
                return;
        }
        if (line->value_column)
                entry->value_column = line->value_column;
        if (has_placeholder(line->key) || has_placeholder(line->value))
                lxc_say(report, entry, LXC_ERROR, "a template's placeholder was not filled in");
        else if (line->kind == LXC_LINE_FOREIGN)
                take_foreign(c, entry);
        else if (line->kind == LXC_LINE_NO_EQUALS)
                lxc_say(report, entry, LXC_ERROR, "'=' is missing");
        else if (!lxc_value_is_utf8(line->key) || !lxc_value_is_utf8(line->value))
                lxc_say(report, entry, LXC_ERROR, "bytes that are no UTF-8, which config.json cannot hold");
        if (line->kind != LXC_LINE_KEY)
                return;
        lxc_key_find(line->key, &entry->match);
        if (entry->match.row == &lxc_keys[LXC_KEY_INCLUDE] && !entry->classified)
                include(c, entry);
}

static void read_lines(struct lxc_config *c, const char *path, const char *text, size_t len)
{
        struct lxc_lexer lexer = { .text = text, .len = len };
        struct lxc_line line;

        c->stack[c->depth++] = path;
        c->n_files++;
        while (!c->full && lxc_lex_next(c->report->arena, &lexer, &line))
                take_line(c, path, &line);
        c->depth--;
        c->report->nomem |= lexer.nomem;
        c->saw_return |= lexer.saw_return;
        c->saw_nul |= lexer.saw_nul;
}

/* ---- the era, and what it makes of values ------------------------------------------------------------------------- */

static void detect_era(struct lxc_config *c)
{
        struct lxc_era_evidence evidence = { 0 };
        bool given = c->era != 0;
        char text[8];

        for (size_t i = 0; i < c->report->n; i++) {
                const struct lxc_key_match *m = &c->report->entries[i]->match;

                if (!m->row || m->row->shape == LXC_SYSTEM)
                        continue;
                /* A key that went away with 2.1 is as good as an old spelling. */
                if (m->legacy || m->row->until == LXC_ERA_BOTH)
                        evidence.n_legacy++;
                else if (m->row->since >= LXC_ERA_BOTH)
                        evidence.n_new++;
                evidence.oldest = MAX(evidence.oldest, m->legacy ? m->row->legacy_since : m->row->since);
        }
        if (!given)
                c->era = lxc_era_detect(&evidence);
        c->mixed = evidence.n_legacy > 0 && evidence.n_new > 0;
        c->report->era = lxc_text(c->report, "%s", lxc_era_format(c->era, text));
}

/* Whether the file's era knows the key; when not, LXC of that era would refuse the file. */
static void check_era(struct lxc_config *c, struct lxc_entry *entry)
{
        const struct lxc_key *row = entry->match.row;
        int since = entry->match.legacy ? row->legacy_since : row->since;
        int until = entry->match.legacy ? LXC_ERA_BOTH : row->until;
        char text[8];

        if (c->era < since)
                lxc_say(c->report, entry, LXC_NOTE, "known since LXC %s only", lxc_era_format(since, text));
        else if (until && c->era > until && !(c->mixed && !c->era_given))
                lxc_say(c->report, entry, LXC_NOTE, "known up to LXC %s only", lxc_era_format(until, text));
}

static void take_quotes_off(struct lxc_config *c, struct lxc_entry *entry)
{
        enum lxc_quotes quotes = lxc_quotes_of(entry->value);

        if (quotes == LXC_QUOTES_OPEN && entry->match.row->kind != LXC_SHELL)
                lxc_say(c->report, entry, LXC_WARN, "the quote is not closed, so that LXC takes it as part of the value");
        if (quotes != LXC_QUOTES_PAIR)
                return;
        if (!lxc_era_unquotes(c->era)) {
                lxc_say(c->report, entry, LXC_NOTE, "LXC %s takes the quotes as part of the value", c->report->era);
                return;
        }
        if (c->era == 10)
                lxc_say(c->report, entry, LXC_NOTE, "LXC takes the quotes off since 1.0.9; before, they were part of the value");
        entry->value = lxc_unquote(c->report->arena, entry->value);
        if (!entry->value) {
                c->report->nomem = true;
                entry->value = "";
        }
}

/* The value is of its key's kind; what has a grammar of its own is read where it is translated. */
static void check_kind(struct lxc_config *c, struct lxc_entry *entry)
{
        const struct lxc_key *row = entry->match.row;
        bool junk = false, flag;
        uint64_t number;
        int64_t signed_number;
        int r = 0, sig;

        if (!entry->value[0])
                return;
        if (row->kind == LXC_BOOL)
                r = lxc_value_bool(c->era, entry->value, &flag, &junk);
        else if (row->kind == LXC_UINT)
                r = lxc_value_uint(c->era, entry->value, &number, &junk);
        else if (row->kind == LXC_INT)
                r = lxc_value_int(c->era, entry->value, &signed_number, &junk);
        else if (row->kind == LXC_SIGNAL)
                r = lxc_value_signal(entry->value, &sig);
        if (r < 0)
                lxc_say(c->report, entry, LXC_ERROR, "'%s' is not %s%s", entry->value,
                        row->kind == LXC_BOOL ? "0 or 1" : lxc_kind_name(row), r == -ERANGE ? " in range" : "");
        else if (junk)
                lxc_say(c->report, entry, LXC_WARN,
                        "'%s' is not %s; LXC before 2.1 reads the digits at its start, LXC 2.1 refuses it", entry->value,
                        lxc_kind_name(row));
}

/* ---- applying ------------------------------------------------------------------------------------------------------ */

static void add(struct lxc_config *c, lxc_entries *list, struct lxc_entry *entry)
{
        struct lxc_entry **grown = arena_grow_array(c->report->arena, list->items, list->n, sizeof *grown);

        if (!grown) {
                c->report->nomem = true;
                return;
        }
        list->items = grown;
        list->items[list->n++] = entry;
}

static void supersede(struct lxc_config *c, struct lxc_entry *old, const struct lxc_entry *by)
{
        lxc_dropped(c->report, old, "%s at %s:%u", by->value[0] ? "overridden" : "cleared", by->file, by->line);
}

/* Take out of LIST what NAME selects (NULL: all). */
static void clear(struct lxc_config *c, lxc_entries *list, const char *name, const struct lxc_entry *by)
{
        size_t kept = 0;

        for (size_t i = 0; i < list->n; i++)
                if (name && !streq(list->items[i]->match.suffix, name))
                        list->items[kept++] = list->items[i];
                else
                        supersede(c, list->items[i], by);
        list->n = kept;
}

static void cleared(struct lxc_config *c, struct lxc_entry *entry)
{
        lxc_dropped(c->report, entry, "an empty value clears what stood before");
}

static struct lxc_nic *nic_find(struct lxc_config *c, int index)
{
        for (size_t i = 0; i < c->nics.n; i++)
                if (c->nics.items[i].index == index)
                        return &c->nics.items[i];
        return NULL;
}

/* A new interface, in its place by index. */
static struct lxc_nic *nic_add(struct lxc_config *c, int index)
{
        struct lxc_nic *grown = arena_grow_array(c->report->arena, c->nics.items, c->nics.n, sizeof *grown);
        size_t at = c->nics.n;

        if (!grown) {
                c->report->nomem = true;
                return NULL;
        }
        c->nics.items = grown;
        while (at > 0 && grown[at - 1].index > index)
                at--;
        memmove(&grown[at + 1], &grown[at], (c->nics.n - at) * sizeof *grown);
        grown[at] = (struct lxc_nic) { .index = index };
        c->nics.n++;
        return &grown[at];
}

static void nics_clear(struct lxc_config *c, const struct lxc_key_match *match, struct lxc_entry *by)
{
        size_t kept = 0;

        for (size_t i = 0; i < c->nics.n; i++) {
                if (match->whole_nic && c->nics.items[i].index != match->nic) {
                        c->nics.items[kept++] = c->nics.items[i];
                        continue;
                }
                clear(c, &c->nics.items[i].entries, NULL, by);
        }
        c->nics.n = kept;
        cleared(c, by);
}

/* The interface that a line is about: in the old spelling the last one, or the Nth that exists. */
static struct lxc_nic *nic_of(struct lxc_config *c, struct lxc_entry *entry)
{
        const struct lxc_key_match *m = &entry->match;
        size_t n = c->nics.n;
        struct lxc_nic *nic;

        if (!m->legacy) {
                nic = nic_find(c, m->nic);
                return nic ? nic : nic_add(c, m->nic);
        }
        if (m->nic >= 0 && (size_t) m->nic < n)
                return &c->nics.items[m->nic];
        if (m->nic < 0 && lxc_key_id(m->row) == LXC_KEY_NET_TYPE)
                return nic_add(c, n > 0 ? c->nics.items[n - 1].index + 1 : 0);
        if (m->nic < 0 && n > 0)
                return &c->nics.items[n - 1];
        lxc_say(c->report, entry, LXC_ERROR, "there is no network interface for this line: 'lxc.network.type' opens one");
        return NULL;
}

static void apply_net(struct lxc_config *c, struct lxc_entry *entry)
{
        struct lxc_nic *nic;
        size_t kept = 0;

        if (entry->match.legacy && lxc_key_id(entry->match.row) == LXC_KEY_NET_TYPE && !entry->value[0]) {
                nics_clear(c, &(struct lxc_key_match) { 0 }, entry);
                return;
        }
        nic = nic_of(c, entry);
        if (!nic)
                return;
        for (size_t i = 0; i < nic->entries.n; i++) {
                struct lxc_entry *old = nic->entries.items[i];

                if (old->match.row == entry->match.row && (entry->match.row->shape == LXC_NET || !entry->value[0]))
                        supersede(c, old, entry);
                else
                        nic->entries.items[kept++] = old;
        }
        nic->entries.n = kept;
        if (entry->value[0])
                add(c, &nic->entries, entry);
        else
                cleared(c, entry);
}

static void apply_list(struct lxc_config *c, struct lxc_entry *entry)
{
        enum lxc_key_id id = lxc_key_id(entry->match.row);

        if (entry->value[0]) {
                add(c, &c->live[id], entry);
                return;
        }
        clear(c, &c->live[id], NULL, entry);
        /* The two keys fill one list. */
        if (id == LXC_KEY_CAP_DROP || id == LXC_KEY_CAP_KEEP)
                clear(c, &c->live[id == LXC_KEY_CAP_DROP ? LXC_KEY_CAP_KEEP : LXC_KEY_CAP_DROP], NULL, entry);
        cleared(c, entry);
}

static void apply_scalar(struct lxc_config *c, struct lxc_entry *entry)
{
        enum lxc_key_id id = lxc_key_id(entry->match.row);

        clear(c, &c->live[id], NULL, entry);
        /* An empty value is 0, and the default of this one is not. */
        if (!entry->value[0] && id == LXC_KEY_AUTODEV)
                entry->value = "0";
        if (entry->value[0])
                add(c, &c->live[id], entry);
        else if (id == LXC_KEY_FSTAB || (id == LXC_KEY_ARCH && c->era >= LXC_ERA_BOTH))
                lxc_say(c->report, entry, LXC_ERROR, "LXC refuses an empty value here");
        else
                lxc_dropped(c->report, entry, "an empty value is the default");
}

static void apply_map(struct lxc_config *c, struct lxc_entry *entry)
{
        const struct lxc_key *row = entry->match.row;
        lxc_entries *list = &c->live[lxc_key_id(row)];

        if (!entry->match.suffix[0] && entry->value[0]) {
                lxc_say(c->report, entry, LXC_ERROR, "a name is missing after '%s'", row->name);
                return;
        }
        if (!entry->value[0])
                clear(c, list, entry->match.suffix[0] ? entry->match.suffix : NULL, entry);
        else if (row->shape == LXC_MAP)
                clear(c, list, entry->match.suffix, entry);
        if (entry->value[0])
                add(c, list, entry);
        else
                cleared(c, entry);
}

static void apply_clear(struct lxc_config *c, struct lxc_entry *entry)
{
        if (entry->value[0]) {
                lxc_say(c->report, entry, LXC_ERROR, "'%s' takes only an empty value, which clears what lies below it",
                        entry->key);
                return;
        }
        if (lxc_key_id(entry->match.row) == LXC_KEY_NET_ALL) {
                nics_clear(c, &entry->match, entry);
                return;
        }
        for (size_t i = 0; i < LXC_N_KEYS; i++)
                if (str_after(lxc_keys[i].name, "lxc.hook.") && lxc_keys[i].shape == LXC_LIST)
                        clear(c, &c->live[i], NULL, entry);
        cleared(c, entry);
}

static void unknown(struct lxc_config *c, struct lxc_entry *entry)
{
        const char *nearest = c->n_guesses++ < LXC_MAX_GUESSES ? lxc_key_nearest(entry->key) : NULL;

        lxc_say(c->report, entry, LXC_ERROR, "unknown key '%s'%s%s%s", entry->key,
                nearest ? ": did you mean '" : ", for which LXC refuses the file", nearest ?: "", nearest ? "'?" : "");
}

static void apply(struct lxc_config *c, struct lxc_entry *entry)
{
        if (!entry->match.row) {
                unknown(c, entry);
                return;
        }
        check_era(c, entry);
        take_quotes_off(c, entry);
        check_kind(c, entry);
        if (entry->severity == LXC_ERROR || entry->cls == LXC_IMPOSSIBLE)
                return; /* a line in error counts for nothing */
        switch (entry->match.row->shape) {
        case LXC_SCALAR: apply_scalar(c, entry); break;
        case LXC_LIST: apply_list(c, entry); break;
        case LXC_MAP:
        case LXC_MAPLIST: apply_map(c, entry); break;
        case LXC_NET:
        case LXC_NETLIST: apply_net(c, entry); break;
        case LXC_CLEAR: apply_clear(c, entry); break;
        case LXC_SYSTEM:
                lxc_say(c->report, entry, LXC_ERROR, "a key of LXC's system file (lxc.system.conf), not of a container");
                break;
        case LXC_INCLUDE: break;
        }
}

static void note_bytes(struct lxc_config *c)
{
        if (c->saw_return && c->era < 30)
                lxc_default(
                        c->report, NULL, NULL,
                        "lines end in carriage returns, which LXC before 3.0 takes as part of the values; they are left out");
        if (c->saw_nul)
                lxc_default(c->report, NULL, NULL, "the file holds NUL bytes, which end a line");
}

/* A program, a picture, another tool's file: LXC would start the host's own root with it, without a word. */
static void note_strange_file(struct lxc_config *c)
{
        struct lxc_report *report = c->report;

        for (size_t i = 0; i < report->n; i++)
                if (report->entries[i]->cls != LXC_DROPPED || report->entries[i]->match.row)
                        return;
        if (report->n > 0)
                lxc_say(report, report->entries[0], LXC_WARN, "no line here is a key of LXC's: is this the configuration of a container?");
}

void lxc_config_read_text(struct lxc_config *c, const char *path, const char *text, size_t len)
{
        read_lines(c, path, text, len);
        c->era_given = c->era != 0;
        detect_era(c);
        for (size_t i = 0; i < c->report->n; i++)
                if (!c->report->entries[i]->classified || c->report->entries[i]->match.row == &lxc_keys[LXC_KEY_INCLUDE])
                        apply(c, c->report->entries[i]);
        note_bytes(c);
        note_strange_file(c);
}

int lxc_config_read(struct lxc_config *c, const char *path, struct err *e)
{
        const char *text;
        size_t len;
        int r = c->host->read(c->host->arg, c->report->arena, path, &text, &len);

        if (r < 0) {
                err_set(e, ERR_CONFIG, -r, "cannot read '%s': %s", path, lxc_unreadable(c->report, r));
                if (r == -EISDIR)
                        err_hint(e, "name the file in it, as '%s/config'", path);
                else if (r == -EINVAL)
                        err_hint(e, "a configuration is a file, a pipe, or '-' for standard input");
                return r;
        }
        lxc_config_read_text(c, path, text, len);
        return 0;
}

struct lxc_entry *lxc_config_get(const struct lxc_config *c, enum lxc_key_id id)
{
        return c->live[id].n > 0 ? c->live[id].items[c->live[id].n - 1] : NULL;
}

struct lxc_entry *lxc_nic_get(const struct lxc_nic *nic, enum lxc_key_id id)
{
        for (size_t i = 0; i < nic->entries.n; i++)
                if (lxc_key_id(nic->entries.items[i]->match.row) == id)
                        return nic->entries.items[i];
        return NULL;
}
