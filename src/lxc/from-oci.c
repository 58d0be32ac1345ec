/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>

#include "from-job.h"

/* How a pointer into that document begins; all others are into config.json, whose pointers begin with '/'. */
#define NET_PREFIX "lxc-net.json#"

/* ------------------------------------------------------------------------------------------------------------------
 * Lines and notes */

const char *lxc_from_text(struct lxc_from *f, const char *fmt, ...)
{
        const char *text;
        va_list ap;

        va_start(ap, fmt);
        text = arena_vprintf(f->arena, fmt, ap);
        va_end(ap);
        f->nomem |= !text;
        return text ?: "";
}

static void *append(struct lxc_from *f, void *list, size_t size)
{
        struct oci_list *l = list;
        char *grown = arena_grow_array(f->arena, l->items, l->n, size);

        f->nomem |= !grown;
        if (!grown)
                return NULL;
        l->items = grown;
        return grown + size * l->n++;
}

/* The node at POINTER; what is absent stands where its nearest parent does. */
static const struct json_node *node_at(const struct lxc_from *f, const char *pointer, bool *ret_exact)
{
        const char *in_net = str_after(pointer, NET_PREFIX);
        const struct json_node *root = in_net ? f->net : f->root, *node = NULL;
        char part[256];
        char *slash;

        if ((size_t) snprintf(part, sizeof part, "%s", in_net ?: pointer) >= sizeof part)
                return root;
        *ret_exact = true;
        while (root && !(node = json_at(root, part)) && (slash = strrchr(part, '/'))) {
                *slash = '\0';
                *ret_exact = false;
        }
        return node ?: root;
}

static void tell_node(struct lxc_from *f, const struct json_node *node)
{
        const struct json_node **slot = append(f, &f->told, sizeof(const struct json_node *));

        if (slot)
                *slot = node;
}

void lxc_from_told(struct lxc_from *f, const char *pointer)
{
        bool exact = false;
        const struct json_node *node = node_at(f, pointer, &exact);

        if (exact)
                tell_node(f, node);
}

static void add_note(struct lxc_from *f, const char *pointer, struct lxc_note note)
{
        struct lxc_note *slot = append(f, &f->notes, sizeof *slot);
        bool exact = false;
        const struct json_node *node = node_at(f, pointer, &exact);

        if (!slot)
                return;
        if (note.severity == LXC_ERROR && f->options->force)
                note.severity = LXC_WARN;
        note.file = str_after(pointer, NET_PREFIX) ? "lxc-net.json" : f->options->file;
        note.line = node ? node->line : 0;
        note.column = node ? node->column : 0;
        note.pointer = arena_strdup(f->arena, pointer);
        note.tag = node;
        *slot = note;
        if (exact)
                tell_node(f, node);
}

void lxc_from_say(struct lxc_from *f, enum lxc_class cls, enum lxc_severity severity, const char *pointer, const char *fmt, ...)
{
        const char *text = NULL;
        va_list ap;

        if (fmt) {
                va_start(ap, fmt);
                text = arena_vprintf(f->arena, fmt, ap);
                va_end(ap);
                f->nomem |= !text;
        }
        add_note(f, pointer, (struct lxc_note) { .cls = cls, .severity = severity, .text = text });
}

/* LXC trims values and takes off an outer pair of quotes; it has no escapes. */
static const char *shielded(struct lxc_from *f, const char *value)
{
        size_t len = strlen(value);
        bool trimmed = len > 0 && (strchr(" \t", value[0]) || strchr(" \t", value[len - 1]));
        bool quoted = len > 1 && strchr("'\"", value[0]) && value[len - 1] == value[0];

        return trimmed || quoted ? lxc_from_text(f, "\"%s\"", value) : value;
}

/* The line as it goes into the file; NULL: no line can hold the value. */
static const char *put_line(struct lxc_from *f, const char *key, const char *value)
{
        const char *line;

        if (strpbrk(value, "\r\n") || strpbrk(key, "\r\n= \t"))
                return NULL;
        line = lxc_from_text(f, "%s = %s", key, shielded(f, value));
        strbuf_printf(&f->config, "%s\n", line);
        return line;
}

void lxc_from_line(struct lxc_from *f, enum lxc_class cls, enum lxc_severity severity, const char *pointer, const char *key,
                   const char *value, const char *fmt, ...)
{
        const char *text = NULL, *line = put_line(f, key, value);
        va_list ap;

        if (!line) {
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "no line can hold it: a value has no newline, a key no blank and no '='");
                return;
        }
        if (fmt) {
                va_start(ap, fmt);
                text = arena_vprintf(f->arena, fmt, ap);
                va_end(ap);
                f->nomem |= !text;
        }
        add_note(f, pointer, (struct lxc_note) { .cls = cls, .severity = severity, .subject = key, .value = line, .text = text });
}

void lxc_from_more(struct lxc_from *f, const char *key, const char *value)
{
        const char *line = put_line(f, key, value);
        struct lxc_note *last = f->notes.n > 0 ? &f->notes.items[f->notes.n - 1] : NULL;

        if (line && last)
                last->value = last->value ? lxc_from_text(f, "%s\n%s", last->value, line) : line;
}

const char *lxc_from_join(struct lxc_from *f, const oci_strings *words, const char *separator)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        for (size_t i = 0; i < words->n; i++)
                strbuf_printf(&b, "%s%s", i > 0 ? separator : "", words->items[i]);
        f->nomem |= b.failed;
        return lxc_from_text(f, "%s", b.text ?: "");
}

const char *lxc_from_member(struct lxc_from *f, const char *pointer, const char *key)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_printf(&b, "%s/", pointer);
        for (; *key; key++)
                if (*key == '~' || *key == '/')
                        strbuf_adds(&b, *key == '~' ? "~0" : "~1");
                else
                        strbuf_addc(&b, *key);
        f->nomem |= b.failed;
        return lxc_from_text(f, "%s", b.text ?: "");
}

const char *lxc_from_annotation(const struct lxc_from *f, const char *key)
{
        for (size_t i = 0; i < f->spec->annotations.n; i++)
                if (streq(f->spec->annotations.items[i].key, key))
                        return f->spec->annotations.items[i].value;
        return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------
 * What nobody has spoken of is lost */

static int compare_nodes(const void *a, const void *b)
{
        const struct json_node *x = *(const struct json_node *const *) a, *y = *(const struct json_node *const *) b;

        return (x > y) - (x < y);
}

static bool contains(const lxc_from_nodes *set, const struct json_node *node)
{
        return set->n > 0 && bsearch(&node, set->items, set->n, sizeof(const struct json_node *), compare_nodes);
}

/* Fields whose loss is more, or less, than that of any other. */
static const struct { const char *pointer; enum lxc_class cls; enum lxc_severity severity; const char *text; } fates[] = {
        { "/ociVersion", LXC_DROPPED, LXC_INFO, "the version of the document" },
        { "/process/consoleSize", LXC_DROPPED, LXC_INFO, "the console has the size of the terminal that it is on" },
        { "/process/scheduler", LXC_IMPOSSIBLE, LXC_WARN, "LXC sets no scheduling policy" },
        { "/process/ioPriority", LXC_IMPOSSIBLE, LXC_WARN, "LXC sets no priority of input and output" },
        { "/process/execCPUAffinity", LXC_DROPPED, LXC_NOTE, "for programs that join the container later" },
        { "/process/user/umask", LXC_IMPOSSIBLE, LXC_WARN, "LXC sets no umask" },
        { "/process/user/username", LXC_DROPPED, LXC_INFO, "for Windows" },
        { "/process/commandLine", LXC_DROPPED, LXC_INFO, "for Windows" },
        { "/linux/mountLabel", LXC_IMPOSSIBLE, LXC_WARN, "LXC gives mounts no SELinux label: write context= into their options" },
        { "/linux/intelRdt", LXC_IMPOSSIBLE, LXC_WARN, "LXC knows nothing of resctrl" },
        { "/linux/memoryPolicy", LXC_IMPOSSIBLE, LXC_WARN, "LXC sets no memory policy" },
        { "/trustBerthAnnotations", LXC_DROPPED, LXC_INFO, "for berth's annotations" },
        { "/windows", LXC_DROPPED, LXC_INFO, "for another system" },
        { "/solaris", LXC_DROPPED, LXC_INFO, "for another system" },
        { "/vm", LXC_DROPPED, LXC_INFO, "for another kind of container" },
        { "/zos", LXC_DROPPED, LXC_INFO, "for another system" },
        { "/freebsd", LXC_DROPPED, LXC_INFO, "for another system" },
};

static void lose(struct lxc_from *f, const struct json_node *node)
{
        char pointer[256];

        json_pointer(node, pointer, sizeof pointer);
        for (size_t i = 0; i < ARRAY_SIZE(fates); i++)
                if (streq(fates[i].pointer, pointer)) {
                        lxc_from_say(f, fates[i].cls, fates[i].severity, pointer, "%s", fates[i].text);
                        return;
                }
        lxc_from_say(f, LXC_IMPOSSIBLE, LXC_WARN, pointer, "LXC has no key for it");
}

/* A part of the document whose members are named each for itself. */
static bool is_section(const struct json_node *node)
{
        static const char *const keys[] = { "process", "linux", "hooks", "annotations" };

        for (size_t i = 0; node->type == JSON_OBJECT && !node->parent->parent && i < ARRAY_SIZE(keys); i++)
                if (streq(node->key, keys[i]))
                        return true;
        return false;
}

/* PARTLY are the parents of what is told. */
static void lose_untold(struct lxc_from *f, const struct json_node *node, const lxc_from_nodes *told, const lxc_from_nodes *partly)
{
        if (contains(told, node))
                return;
        if (!contains(partly, node) && !is_section(node)) {
                if (node->n > 0 || (node->type != JSON_OBJECT && node->type != JSON_ARRAY))
                        lose(f, node);
                return;
        }
        for (const struct json_node *child = node->first; child; child = child->next)
                lose_untold(f, child, told, partly);
}

static void find_untold(struct lxc_from *f)
{
        lxc_from_nodes told, partly = { 0 };

        for (size_t i = 0; i < f->told.n; i++)
                for (const struct json_node *up = f->told.items[i]->parent; up; up = up->parent) {
                        const struct json_node **slot = append(f, &partly, sizeof(const struct json_node *));

                        if (!slot)
                                return;
                        *slot = up;
                }
        told.n = f->told.n;
        told.items = arena_alloc_array(f->arena, told.n + 1, sizeof(const struct json_node *));
        if (!told.items) {
                f->nomem = true;
                return;
        }
        if (told.n > 0)
                memcpy(told.items, f->told.items, told.n * sizeof(const struct json_node *));
        if (told.n > 0)
                qsort(told.items, told.n, sizeof(const struct json_node *), compare_nodes);
        if (partly.n > 0)
                qsort(partly.items, partly.n, sizeof(const struct json_node *), compare_nodes);
        for (const struct json_node *top = f->root->first; top; top = top->next)
                lose_untold(f, top, &told, &partly);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const char *name_of_bundle(struct lxc_from *f)
{
        const char *bundle = f->options->bundle, *slash = strrchr(bundle, '/');

        return slash && slash[1] ? slash + 1 : f->spec->hostname ?: "container";
}

static int compare_notes(const void *a, const void *b)
{
        const struct lxc_note *x = a, *y = b;
        int r = strcmp(x->file ?: "", y->file ?: "");

        if (r == 0)
                r = (x->line > y->line) - (x->line < y->line);
        if (r == 0)
                r = (x->column > y->column) - (x->column < y->column);
        return r ? r : strcmp(x->pointer ?: "", y->pointer ?: "");
}

static void finish(struct lxc_from *f)
{
        struct lxc_from_result *result = f->result;

        result->config = lxc_from_text(f, "%s", f->config.text ?: "");
        result->policy = f->has_policy ? lxc_from_text(f, "%s", f->policy.text ?: "") : NULL;
        result->name = f->name;
        if (f->notes.n > 0)
                qsort(f->notes.items, f->notes.n, sizeof *f->notes.items, compare_notes);
        result->notes = f->notes.items;
        result->n_notes = f->notes.n;
        for (size_t i = 0; i < f->notes.n; i++) {
                result->n_errors += f->notes.items[i].severity == LXC_ERROR;
                result->loss |= f->notes.items[i].severity >= LXC_WARN;
        }
}

static void translate(struct lxc_from *f)
{
        lxc_from_process(f);
        lxc_from_namespaces(f);
        lxc_from_mounts(f);
        lxc_from_confinement(f);
        lxc_from_seccomp(f);
        lxc_from_limits(f);
        lxc_from_cgroups(f);
        lxc_from_net(f);
        lxc_from_hooks(f);
        lxc_from_annotations(f);
        find_untold(f);
}

int lxc_from_oci(struct arena *arena, const struct oci_spec *spec, const struct lxc_from_options *options,
                 struct lxc_from_result *ret, struct err *e)
{
        struct lxc_from f = { .arena = arena, .options = options, .spec = spec, .root = spec->at.node, .result = ret };
        struct json_node *net = NULL;
        int r;

        *ret = (struct lxc_from_result) { 0 };
        if (options->net) {
                r = json_parse(arena, options->net, options->net_len, "lxc-net.json", NULL, &net, e);
                if (r < 0)
                        return r;
                f.net = net;
        }
        f.from_lxc = lxc_from_annotation(&f, "berth.lxc.name");
        f.name = options->name ?: lxc_from_annotation(&f, "berth.lxc.name") ?: name_of_bundle(&f);
        f.app = lxc_from_annotation(&f, "berth.init");
        translate(&f);
        f.nomem |= f.config.failed || f.policy.failed;
        finish(&f);
        strbuf_done(&f.config);
        strbuf_done(&f.policy);
        return f.nomem ? err_nomem(e) : 0;
}
