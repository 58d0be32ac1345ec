/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include "cgroup-job.h"
#include "str.h"
#include "text.h"

/* ------------------------------------------------------------------------------------------------------------------
 * Notes */

const char *lxc_cgroup_text(struct cgroup_job *job, const char *fmt, ...)
{
        const char *text;
        va_list ap;

        va_start(ap, fmt);
        text = arena_vprintf(job->arena, fmt, ap);
        va_end(ap);
        job->nomem = job->nomem || !text;
        return text;
}

const char *lxc_cgroup_place(struct cgroup_job *job, const struct cgroup_item *item, const struct lxc_cgroup_line *line)
{
        if (streq_ptr(item->line->file, line->file))
                return lxc_cgroup_text(job, "line %u", line->line);
        return lxc_cgroup_text(job, "%s:%u", line->file ?: "", line->line);
}

static void set_note(struct cgroup_job *job, struct cgroup_item *item, struct lxc_note note)
{
        if (item->noted)
                return;
        note.file = item->line->file;
        note.line = item->line->line;
        note.column = item->line->column;
        note.subject = item->line->key;
        note.tag = item->line->tag;
        item->note = note;
        item->noted = true;
        job->n_errors += note.severity == LXC_ERROR;
}

void lxc_cgroup_say(struct cgroup_job *job, struct cgroup_item *item, enum lxc_class cls, enum lxc_severity severity,
                const char *pointer, const char *value, const char *fmt, ...)
{
        const char *text = NULL;
        va_list ap;

        if (fmt) {
                va_start(ap, fmt);
                text = arena_vprintf(job->arena, fmt, ap);
                va_end(ap);
                job->nomem = job->nomem || !text;
        }
        set_note(job, item, (struct lxc_note) { .cls = cls, .severity = severity, .pointer = pointer, .value = value, .text = text });
}

void lxc_cgroup_fault(struct cgroup_job *job, struct cgroup_item *item, const char *hint, const char *fmt, ...)
{
        const char *text;
        va_list ap;

        va_start(ap, fmt);
        text = arena_vprintf(job->arena, fmt, ap);
        va_end(ap);
        job->nomem = job->nomem || !text;
        set_note(job, item, (struct lxc_note) { .cls = LXC_IMPOSSIBLE, .severity = LXC_ERROR, .text = text, .hint = hint });
}

/* ------------------------------------------------------------------------------------------------------------------
 * Looking lines up */

static int compare_items(const void *a, const void *b)
{
        const struct cgroup_item *x = *(struct cgroup_item *const *) a, *y = *(struct cgroup_item *const *) b;
        int r = x->v2 != y->v2 ? (x->v2 ? 1 : -1) : strcmp(x->file, y->file);

        return r ? r : (x->index > y->index) - (x->index < y->index);
}

/* The first sorted line that is not before KEY. */
static size_t lower_bound(const struct cgroup_job *job, const struct cgroup_item *key)
{
        size_t low = 0, high = job->n;

        while (low < high) {
                size_t mid = low + (high - low) / 2;

                if (compare_items(&job->sorted[mid], &key) < 0)
                        low = mid + 1;
                else
                        high = mid;
        }
        return low;
}

size_t lxc_cgroup_lines_of(const struct cgroup_job *job, bool v2, const char *file, size_t *ret_from)
{
        struct cgroup_item first = { .v2 = v2, .file = file, .index = 0 }, behind = { .v2 = v2, .file = file, .index = SIZE_MAX };

        *ret_from = lower_bound(job, &first);
        return lower_bound(job, &behind) - *ret_from;
}

struct cgroup_item *lxc_cgroup_find(const struct cgroup_job *job, bool v2, const char *file)
{
        size_t from, n = lxc_cgroup_lines_of(job, v2, file, &from);

        while (n > 0)
                if (job->sorted[from + --n]->line->value[0] != '\0' && job->sorted[from + n]->note.cls != LXC_DROPPED)
                        return job->sorted[from + n];
        return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The result's parts, made when first needed */

void *lxc_cgroup_append(struct cgroup_job *job, void *list, size_t size)
{
        struct oci_list *l = list;
        char *grown = arena_grow_array(job->arena, l->items, l->n, size);

        if (!grown) {
                job->nomem = true;
                return NULL;
        }
        l->items = grown;
        return grown + size * l->n++;
}

#define PART(name, type, member)                                                                                       \
        struct type *name(struct cgroup_job *job)                                                                      \
        {                                                                                                              \
                if (!job->res->member)                                                                                 \
                        job->res->member = arena_alloc(job->arena, sizeof *job->res->member);                          \
                job->nomem = job->nomem || !job->res->member;                                                          \
                return job->res->member;                                                                               \
        }
PART(lxc_cgroup_memory, oci_memory, memory)
PART(lxc_cgroup_cpu, oci_cpu, cpu)
PART(lxc_cgroup_block_io, oci_block_io, block_io)

/* ------------------------------------------------------------------------------------------------------------------
 * Which lines count */

bool lxc_cgroup_key_is_placement(const char *key)
{
        static const char *const keys[] = { "lxc.cgroup.dir", "lxc.cgroup.relative", "lxc.cgroup.use", "lxc.cgroup.pattern" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const char *rest = str_after(key, keys[i]);

                if (rest && (rest[0] == '\0' || rest[0] == '.'))
                        return true;
        }
        return false;
}

static void set_item(struct cgroup_item *item, const struct lxc_cgroup_line *line, size_t index)
{
        const char *rest = str_after(line->key, "lxc.cgroup2");

        *item = (struct cgroup_item) { .line = line, .v2 = rest, .index = index };
        if (!rest)
                rest = str_after(line->key, "lxc.cgroup") ?: "";
        item->file = rest[0] == '.' ? rest + 1 : "";
}

/* An empty value takes back the lines of its file before it; that of a whole family, all of the family. */
static void apply_clears(struct cgroup_job *job)
{
        const struct cgroup_item *family[2] = { NULL, NULL };

        for (size_t i = 0; i < job->n; i++)
                if (job->items[i].file[0] == '\0' && job->items[i].line->value[0] == '\0')
                        family[job->items[i].v2] = &job->items[i];
        for (size_t i = job->n; i-- > 0;) {
                struct cgroup_item *item = job->sorted[i], *next = i + 1 < job->n ? job->sorted[i + 1] : NULL;
                const struct cgroup_item *by = family[item->v2];

                if (by && by->index > item->index)
                        item->cleared_by = by->line;
                else if (next && next->v2 == item->v2 && streq(next->file, item->file))
                        item->cleared_by = next->line->value[0] == '\0' ? next->line : next->cleared_by;
                if (item->line->value[0] == '\0')
                        lxc_cgroup_say(job, item, LXC_DROPPED, LXC_INFO, NULL, NULL, "takes back the lines before it");
                else if (item->cleared_by)
                        lxc_cgroup_say(job, item, LXC_DROPPED, LXC_INFO, NULL, NULL, "taken back by %s",
                                       lxc_cgroup_place(job, item, item->cleared_by));
        }
}

/* Files that hold one line a device or name: there only a line for the same one is replaced.  What follows the name is the
 * value. */
static bool is_keyed(const struct cgroup_item *item)
{
        static const char *const files[] = {
                "blkio.weight_device", "blkio.bfq.weight_device", "blkio.leaf_weight_device", "blkio.throttle.read_bps_device",
                "blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device",
                "net_prio.ifpriomap", "io.max", "io.weight", "io.bfq.weight", "io.latency", "io.cost.qos", "io.cost.model", "rdma.max",
                "misc.max",
        };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                if (streq(item->file, files[i]))
                        return true;
        return false;
}

static bool same_name(const char *a, const char *b)
{
        size_t n = strcspn(a, " \t");

        return n == strcspn(b, " \t") && strncmp(a, b, n) == 0;
}

/* Each line is written, so the last one stands.  An io.max line changes only the limits that it names: those are left to
 * cgroup-v2.c. */
static void apply_repeats(struct cgroup_job *job)
{
        enum { NEAR = 64 }; /* lines of a keyed file that are looked back over */

        for (size_t i = 0; i < job->n; i++) {
                struct cgroup_item *item = job->sorted[i];

                if (item->noted || lxc_cgroup_is_device_rule(item) || streq(item->file, "io.max"))
                        continue;
                for (size_t j = i; j-- > 0 && i - j <= NEAR;) {
                        struct cgroup_item *before = job->sorted[j];

                        if (before->v2 != item->v2 || !streq(before->file, item->file))
                                break;
                        if (!before->noted && (!is_keyed(item) || same_name(before->line->value, item->line->value)))
                                lxc_cgroup_say(job, before, LXC_DROPPED, LXC_INFO, NULL, NULL, "%s sets it again",
                                               lxc_cgroup_place(job, before, item->line));
                }
        }
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int prepare(struct cgroup_job *job)
{
        job->n = job->source->n;
        job->res = arena_alloc(job->arena, sizeof *job->res);
        job->items = arena_alloc_array(job->arena, job->n + 1, sizeof *job->items);
        job->sorted = arena_alloc_array(job->arena, job->n + 1, sizeof(struct cgroup_item *));
        if (!job->res || !job->items || !job->sorted)
                return -ENOMEM;
        for (size_t i = 0; i < job->n; i++) {
                set_item(&job->items[i], &job->source->lines[i], i);
                job->sorted[i] = &job->items[i];
        }
        qsort(job->sorted, job->n, sizeof(struct cgroup_item *), compare_items);
        for (size_t i = 0; i < job->n; i++)
                job->sorted[i]->place = i;
        apply_clears(job);
        apply_repeats(job);
        return 0;
}

static void convert_item(struct cgroup_job *job, struct cgroup_item *item)
{
        if (item->noted || lxc_cgroup_is_device_rule(item))
                return;
        if (item->file[0] == '\0' || strpbrk(item->file, "/\n") || (item->v2 && !strchr(item->file, '.')))
                lxc_cgroup_fault(job, item, "write 'controller.file', as in 'memory.max'", "'%s' is no name of a cgroup file",
                             lxc_shown(job->arena, item->file));
        else if (item->v2)
                lxc_cgroup_convert_v2(job, item);
        else
                lxc_cgroup_convert_v1(job, item);
}

int lxc_cgroup_convert(struct arena *arena, const struct lxc_cgroup_source *source, struct lxc_cgroup_result *ret,
                       struct err *e)
{
        struct cgroup_job job = { .arena = arena, .source = source };
        struct lxc_cgroup_result result = { 0 };

        if (prepare(&job) < 0)
                return err_nomem(e);
        for (size_t i = 0; i < job.n; i++)
                convert_item(&job, &job.items[i]);
        lxc_cgroup_finish_swap(&job);
        lxc_cgroup_convert_devices(&job, &result);
        if (job.nomem)
                return err_nomem(e);
        for (size_t i = 0; i < job.n; i++)
                lxc_note_add(&source->notes, &job.items[i].note);
        result.resources = job.res;
        result.n_errors = job.n_errors;
        *ret = result;
        return 0;
}
