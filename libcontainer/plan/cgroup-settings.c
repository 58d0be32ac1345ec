/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources but for the devices, as files and values: finds the hierarchy of each controller and lets cgroup-v1.c or
 * cgroup-v2.c write; what both have in common is here. */
#include "cgroup-settings.h"

#include <inttypes.h>

const struct json_node *cgroup_origin(struct oci_place at, const char *key) { return at.node ? json_member(at.node, key) : NULL; }

int cgroup_fault(struct planner *p, const struct json_node *node, enum err_class cls, int num, struct err *e, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        err_setv(e, cls, num, fmt, ap);
        va_end(ap);
        return planner_place(p, node, e);
}

static _printf_(4, 0) struct cgroup_setting *put(struct cgroup_writer *w, const struct json_node *origin, const char *file,
                                                 const char *fmt, va_list ap)
{
        struct step_cgroup_set *grown = NULL;
        const char *value = NULL;

        w->scratch = (struct cgroup_setting) { .file = file, .value = "" };
        if (w->failed < 0)
                return &w->scratch;
        value = arena_vprintf(w->p->arena, fmt, ap);
        if (value)
                grown = arena_grow_array(w->p->arena, w->items, w->n, sizeof *grown);
        if (!grown) {
                w->failed = -ENOMEM;
                return &w->scratch;
        }
        w->items = grown;
        w->items[w->n] = (struct step_cgroup_set) { { w->controller, w->hierarchy, file, value }, origin };
        return &w->items[w->n++].setting;
}

struct cgroup_setting *cgroup_put(struct cgroup_writer *w, const struct json_node *origin, const char *file, const char *fmt, ...)
{
        struct cgroup_setting *s;
        va_list ap;

        va_start(ap, fmt);
        s = put(w, origin, file, fmt, ap);
        va_end(ap);
        return s;
}

struct cgroup_setting *cgroup_put_member(struct cgroup_writer *w, const char *key, const char *file, const char *fmt, ...)
{
        struct cgroup_setting *s;
        va_list ap;

        va_start(ap, fmt);
        s = put(w, cgroup_origin(w->at, key), file, fmt, ap);
        va_end(ap);
        return s;
}

void cgroup_ignore(struct cgroup_writer *w, const char *key, const char *why)
{
        const struct json_node *node = cgroup_origin(w->at, key);
        char pointer[192] = "";

        if (node)
                json_pointer(node, pointer, sizeof pointer);
        if (w->failed == 0)
                w->failed = planner_warn(w->p, "'%s' is ignored: %s", node ? pointer : key, why);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Where a controller is */

static bool list_has(const char *list, const char *word, char separator)
{
        size_t len = strlen(word);

        for (const char *at = list; at; at = strchr(at, separator)) {
                at += at[0] == separator;
                if (strncmp(at, word, len) == 0 && (at[len] == separator || at[len] == '\0'))
                        return true;
        }
        return false;
}

enum { NOWHERE = -2 };

static int find_controller(const struct host *host, const char *v1, const char *v2)
{
        for (unsigned h = 0; v1 && h < host->n_v1; h++)
                if (list_has(host->v1[h].controllers, v1, ','))
                        return (int) h;
        return v2 && host->v2_controllers && list_has(host->v2_controllers, v2, ' ') ? CGROUP_V2 : NOWHERE;
}

/* Turn W to the controller that is called V1 on v1 and V2 on cgroup2 (NULL: unknown there).  WHAT is to be set, for the
 * sentence.  1: it is there; 0: it is not, and NEEDED is false: what would be written is what holds anyway. */
static int turn_to(struct cgroup_writer *w, struct oci_place at, const char *v1, const char *v2, bool needed, const char *what,
                   struct err *e)
{
        const struct host *host = w->p->plan->host;

        w->at = at;
        w->hierarchy = find_controller(host, v1, v2);
        w->controller = w->hierarchy == CGROUP_V2 ? v2 : v1;
        if (w->hierarchy != NOWHERE || !needed)
                return w->hierarchy != NOWHERE;
        cgroup_fault(w->p, at.node, ERR_HOST, ENOTSUP, e, "%s cannot be set: the host has no '%s' controller", what,
                     host->cgroup == HOST_CGROUP_V2 ? v2 : v1);
        if (host->cgroup == HOST_CGROUP_NONE)
                err_hint(e, "no cgroup file system is mounted");
        else
                err_hint(e, "enable it on the kernel's command line or mount its hierarchy, or leave the setting out of the config");
        return -ENOTSUP;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Engines leave zeros, false and -1 behind, also for controllers that the host lacks: these ask for nothing. */

#define LIMITS(field) ((field).set && (field).value > 0)

static bool needs_memory(const struct oci_memory *m)
{
        return LIMITS(m->limit) || LIMITS(m->reservation) || LIMITS(m->swap) || m->swappiness.set ||
               (m->disable_oom_killer.set && m->disable_oom_killer.value);
}

static int check_swap(struct cgroup_writer *w, const struct oci_memory *m, struct err *e)
{
        const struct json_node *node = cgroup_origin(m->at, "swap");
        int64_t limit = m->limit.set ? m->limit.value : 0;

        if (!LIMITS(m->swap))
                return 0;
        if (limit <= 0)
                return cgroup_fault(w->p, node, ERR_CONFIG, EINVAL, e, "memory swap %" PRId64 " needs a memory limit",
                                    m->swap.value);
        if (m->swap.value < limit)
                return cgroup_fault(w->p, node, ERR_CONFIG, EINVAL, e, "memory swap %" PRId64 " is below the memory limit %" PRId64,
                                    m->swap.value, limit);
        return 0;
}

static int add_memory(struct cgroup_writer *w, const struct oci_memory *m, struct err *e)
{
        int r = turn_to(w, m->at, "memory", "memory", needs_memory(m), "a memory limit", e);

        if (r <= 0)
                return r;
        r = check_swap(w, m, e);
        if (r == 0)
                (w->hierarchy == CGROUP_V2 ? cgroup_v2_memory : cgroup_v1_memory)(w, m);
        return r;
}

static bool needs_cpu(const struct oci_cpu *c)
{
        return LIMITS(c->shares) || LIMITS(c->quota) || LIMITS(c->period) || LIMITS(c->burst) || LIMITS(c->idle) ||
               LIMITS(c->realtime_period) || LIMITS(c->realtime_runtime);
}

static int add_cpu(struct cgroup_writer *w, const struct oci_cpu *c, struct err *e)
{
        int r = turn_to(w, c->at, "cpu", "cpu", needs_cpu(c), "a CPU limit", e);

        if (r > 0)
                (w->hierarchy == CGROUP_V2 ? cgroup_v2_cpu : cgroup_v1_cpu)(w, c);
        return MIN(r, 0);
}

static int add_cpuset(struct cgroup_writer *w, const struct oci_cpu *c, struct err *e)
{
        bool needed = !str_empty(c->cpus) || !str_empty(c->mems);
        int r = turn_to(w, c->at, "cpuset", "cpuset", needed, "a set of CPUs", e);

        if (r > 0 && !str_empty(c->cpus))
                cgroup_put_member(w, "cpus", "cpuset.cpus", "%s", c->cpus);
        if (r > 0 && !str_empty(c->mems))
                cgroup_put_member(w, "mems", "cpuset.mems", "%s", c->mems);
        return MIN(r, 0);
}

static int add_block_io(struct cgroup_writer *w, const struct oci_block_io *b, struct err *e)
{
        bool needed = LIMITS(b->weight) || LIMITS(b->leaf_weight) || b->weight_device.n || b->throttle_read_bps.n ||
                      b->throttle_write_bps.n || b->throttle_read_iops.n || b->throttle_write_iops.n;
        int r = turn_to(w, b->at, "blkio", "io", needed, "a block I/O limit", e);

        if (r > 0)
                (w->hierarchy == CGROUP_V2 ? cgroup_v2_block_io : cgroup_v1_block_io)(w, b);
        return MIN(r, 0);
}

/* 0 is a limit here: no new process. */
static int add_pids(struct cgroup_writer *w, const struct oci_pids *p, struct err *e)
{
        bool given = p->limit.set;
        int r = turn_to(w, p->at, "pids", "pids", given && p->limit.value >= 0, "a limit of processes", e);

        if (r > 0 && given && p->limit.value < 0)
                cgroup_put_member(w, "limit", "pids.max", "max");
        else if (r > 0 && given)
                cgroup_put_member(w, "limit", "pids.max", "%" PRId64, p->limit.value);
        return MIN(r, 0);
}

/* Where the kernel counts reservations too (5.7), they are limited as well: then the container learns at mmap(2) rather
 * than by SIGBUS. */
static int add_hugepages(struct cgroup_writer *w, const struct oci_resources *res, struct err *e)
{
        for (size_t i = 0; i < res->hugepage_limits.n; i++) {
                const struct oci_hugepage_limit *h = &res->hugepage_limits.items[i];
                int r = turn_to(w, h->at, "hugetlb", "hugetlb", true, "a limit of huge pages", e);
                const char *suffix = w->hierarchy == CGROUP_V2 ? "max" : "limit_in_bytes";
                char *file, *reserved;

                if (r < 0)
                        return r;
                file = arena_printf(w->p->arena, "hugetlb.%s.%s", h->page_size, suffix);
                reserved = arena_printf(w->p->arena, "hugetlb.%s.rsvd.%s", h->page_size, suffix);
                if (!file || !reserved)
                        return err_nomem(e);
                cgroup_put(w, h->at.node, file, "%" PRIu64, h->limit.value);
                cgroup_put(w, h->at.node, reserved, "%" PRIu64, h->limit.value)->if_exists = true;
        }
        return 0;
}

static int add_rdma(struct cgroup_writer *w, const struct oci_resources *res, struct err *e)
{
        for (size_t i = 0; i < res->rdma.n; i++) {
                const struct oci_rdma *d = &res->rdma.items[i];
                char handles[32] = "", objects[32] = "";
                int r = turn_to(w, d->at, "rdma", "rdma", true, "an RDMA limit", e);

                if (r < 0)
                        return r;
                if (d->hca_handles.set)
                        snprintf(handles, sizeof handles, " hca_handle=%u", d->hca_handles.value);
                if (d->hca_objects.set)
                        snprintf(objects, sizeof objects, " hca_object=%u", d->hca_objects.value);
                cgroup_put(w, d->at.node, "rdma.max", "%s%s%s", d->device, handles, objects);
        }
        return 0;
}

/* cgroup2 has no such controllers: marking packets is left to network filters there. */
static int add_network(struct cgroup_writer *w, const struct oci_network *n, struct err *e)
{
        bool v2 = w->p->plan->host->cgroup == HOST_CGROUP_V2;
        int r = 0;

        w->at = n->at;
        if (v2 && CGROUP_GIVEN(n->class_id))
                cgroup_ignore(w, "classID", "cgroup v2 has no such setting");
        if (v2 && n->priorities.n > 0)
                cgroup_ignore(w, "priorities", "cgroup v2 has no such setting");
        if (v2)
                return 0;
        if (CGROUP_GIVEN(n->class_id)) {
                r = turn_to(w, n->at, "net_cls", NULL, true, "a network class", e);
                if (r > 0)
                        cgroup_put_member(w, "classID", "net_cls.classid", "%u", n->class_id.value);
        }
        if (r >= 0 && n->priorities.n > 0)
                r = turn_to(w, n->at, "net_prio", NULL, true, "a network priority", e);
        for (size_t i = 0; r > 0 && i < n->priorities.n; i++)
                cgroup_put(w, n->priorities.items[i].at.node, "net_prio.ifpriomap", "%s %u", n->priorities.items[i].name,
                           n->priorities.items[i].priority.value);
        return MIN(r, 0);
}

/* Files of cgroup2 by name, written as they are and last, so that they have the last word. */
static int add_unified(struct cgroup_writer *w, const struct oci_resources *res, struct err *e)
{
        const struct host *host = w->p->plan->host;
        struct oci_place map = { cgroup_origin(res->at, "unified") };

        w->at = map;
        for (size_t i = 0; i < res->unified.n; i++) {
                const char *key = res->unified.items[i].key, *dot = strchr(key, '.');
                const struct json_node *origin = cgroup_origin(map, key);
                char controller[64];

                if (!dot || strchr(key, '/') || dot - key >= (int) sizeof controller)
                        return cgroup_fault(w->p, origin, ERR_CONFIG, EINVAL, e, "'%s' is no name of a cgroup file", key);
                snprintf(controller, sizeof controller, "%.*s", (int) (dot - key), key);
                if (!host->v2_mount)
                        return cgroup_fault(w->p, origin, ERR_HOST, ENOTSUP, e, "'%s' cannot be set: the host has no cgroup v2", key);
                if (!streq(controller, "cgroup") && !list_has(host->v2_controllers, controller, ' '))
                        return cgroup_fault(w->p, origin, ERR_HOST, ENOTSUP, e, "'%s' cannot be set: the host has no '%s' controller in cgroup v2",
                                            key, controller);
                w->hierarchy = CGROUP_V2;
                w->controller = arena_strdup(w->p->arena, controller);
                if (!w->controller)
                        return err_nomem(e);
                cgroup_put(w, origin, key, "%s", res->unified.items[i].value);
        }
        return 0;
}

int plan_cgroup_settings(struct planner *p, const struct oci_resources *res, struct step_cgroup_set **ret, size_t *ret_n, struct err *e)
{
        struct cgroup_writer w = { .p = p };
        int r = 0;

        if (res->memory)
                r = add_memory(&w, res->memory, e);
        if (r == 0 && res->cpu)
                r = add_cpu(&w, res->cpu, e);
        if (r == 0 && res->cpu)
                r = add_cpuset(&w, res->cpu, e);
        if (r == 0 && res->pids)
                r = add_pids(&w, res->pids, e);
        if (r == 0 && res->block_io)
                r = add_block_io(&w, res->block_io, e);
        if (r == 0)
                r = add_hugepages(&w, res, e);
        if (r == 0)
                r = add_rdma(&w, res, e);
        if (r == 0 && res->network)
                r = add_network(&w, res->network, e);
        if (r == 0)
                r = add_unified(&w, res, e);
        if (r < 0)
                return r;
        if (w.failed < 0)
                return err_nomem(e);
        *ret = w.items;
        *ret_n = w.n;
        return 0;
}
