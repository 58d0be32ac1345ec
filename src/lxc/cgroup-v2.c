/* SPDX-License-Identifier: Apache-2.0 */
/* The files of cgroup v2: unified, a map of one text a file; where a file takes several lines, the typed fields.
 * kernel: Documentation/admin-guide/cgroup-v2.rst. */
#include <inttypes.h>
#include <string.h>

#include "cgroup-job.h"
#include "num.h"
#include "str.h"
#include "text.h"

bool lxc_cgroup_is_v2_file(const char *file)
{
        static const char *const files[] = {
                "cpu.weight", "cpu.weight.nice", "cpu.max", "cpu.max.burst", "cpu.idle", "cpu.uclamp.min", "cpu.uclamp.max",
                "cpuset.cpus.partition", "cpuset.cpus.exclusive", "io.max", "io.weight", "io.bfq.weight", "io.latency", "io.prio.class",
                "memory.min", "memory.low", "memory.high", "memory.max", "memory.oom.group", "memory.swap.max", "memory.swap.high",
                "memory.zswap.max", "memory.zswap.writeback",
        };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                if (streq(files[i], file))
                        return true;
        return false;
}

void lxc_cgroup_put_unified(struct cgroup_job *job, struct cgroup_item *item, enum lxc_class cls, enum lxc_severity severity,
                        const char *file, const char *value, const char *text)
{
        struct oci_pair *pair = lxc_cgroup_append(job, &job->res->unified, sizeof *pair);

        if (!pair)
                return;
        *pair = (struct oci_pair) { file, value };
        lxc_cgroup_say(job, item, cls, severity, lxc_cgroup_text(job, "/linux/resources/unified/%s", file), lxc_json_string(job->arena, value),
                   text ? "%s" : NULL, text);
}

/* ------------------------------------------------------------------------------------------------------------------
 * io.max with several devices: the kernel takes one device a write, and unified has one text a file */

enum { N_LIMITS = 4 };
struct io_max { int64_t major, minor; uint64_t limits[N_LIMITS]; bool set[N_LIMITS]; };

static const char *const limit_names[N_LIMITS] = { "rbps=", "wbps=", "riops=", "wiops=" };

static bool parse_limit(const char *word, size_t len, struct io_max *io)
{
        for (size_t i = 0; i < N_LIMITS; i++) {
                size_t n = strlen(limit_names[i]);

                if (len <= n || strncmp(word, limit_names[i], n) != 0)
                        continue;
                io->set[i] = true;
                if (len - n == 3 && strncmp(word + n, "max", 3) == 0)
                        io->limits[i] = 0;
                else if (num_parse_u64(word + n, len - n, 10, &io->limits[i]) < 0 || io->limits[i] == 0)
                        return false;
                return true;
        }
        return false;
}

static bool parse_io_max(const char *value, struct io_max *io)
{
        const char *at;

        *io = (struct io_max) { 0 };
        if (!lxc_cgroup_parse_device(value, &io->major, &io->minor, &at))
                return false;
        while (*at) {
                size_t n = strcspn(at, " \t");

                if (!parse_limit(at, n, io))
                        return false;
                at += n + strspn(at + n, " \t");
        }
        return true;
}

static oci_throttle_list *throttle_list(struct oci_block_io *b, size_t limit)
{
        oci_throttle_list *const lists[N_LIMITS] = { &b->throttle_read_bps, &b->throttle_write_bps, &b->throttle_read_iops,
                                                     &b->throttle_write_iops };

        return lists[limit];
}

/* A later line for the same device changes only the limits that it names. */
static struct oci_throttle_device *throttle_of(struct cgroup_job *job, oci_throttle_list *list, const struct io_max *io)
{
        enum { NEAR = 64 };
        struct oci_throttle_device *d;

        for (size_t i = list->n; i-- > 0 && list->n - i <= NEAR;)
                if (list->items[i].major.value == io->major && list->items[i].minor.value == io->minor)
                        return &list->items[i];
        d = lxc_cgroup_append(job, list, sizeof *d);
        if (d)
                *d = (struct oci_throttle_device) { .major = { true, io->major }, .minor = { true, io->minor } };
        return d;
}

static void put_io_max(struct cgroup_job *job, struct cgroup_item *item)
{
        static const char *const fields[N_LIMITS] = { "throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice",
                                                      "throttleWriteIOPSDevice" };
        struct oci_block_io *b = lxc_cgroup_block_io(job);
        const char *pointer = NULL;
        struct io_max io;

        if (!b)
                return;
        if (!parse_io_max(item->line->value, &io)) {
                lxc_cgroup_fault(job, item, "write 'MAJOR:MINOR rbps=N wbps=N riops=N wiops=N'", "'%s' is no value for 'io.max': the kernel refuses it",
                             lxc_shown(job->arena, item->line->value));
                return;
        }
        for (size_t i = 0; i < N_LIMITS; i++) {
                struct oci_throttle_device *d = io.set[i] ? throttle_of(job, throttle_list(b, i), &io) : NULL;

                if (!d)
                        continue;
                d->rate = (struct opt_u64) { true, io.limits[i] };
                pointer = pointer ?: lxc_cgroup_text(job, "/linux/resources/blockIO/%s/%zu", fields[i], (size_t) (d - throttle_list(b, i)->items));
        }
        lxc_cgroup_say(job, item, LXC_EXACT, LXC_INFO, pointer, NULL, "as throttles: unified has room for one device");
}

/* ------------------------------------------------------------------------------------------------------------------
 * rdma.max: "mlx5_0 hca_handle=2 hca_object=2000", one line a device */

static bool parse_rdma(struct cgroup_job *job, const char *value, struct oci_rdma *ret)
{
        size_t n = strcspn(value, " \t");
        const char *at = value + n + strspn(value + n, " \t");

        *ret = (struct oci_rdma) { .device = arena_strndup(job->arena, value, n) };
        while (*at) {
                const char *handles = str_after(at, "hca_handle="), *objects = str_after(at, "hca_object="), *number = handles ?: objects;
                struct opt_u32 *to = handles ? &ret->hca_handles : &ret->hca_objects;
                uint64_t limit;

                n = number ? strspn(number, "0123456789") : 0;
                if (n == 0 || (number[n] && number[n] != ' ' && number[n] != '\t') || num_parse_u64(number, n, 10, &limit) < 0 || limit > INT32_MAX)
                        return false;
                *to = (struct opt_u32) { true, (uint32_t) limit };
                at = number + n + strspn(number + n, " \t");
        }
        return ret->device && (ret->hca_handles.set || ret->hca_objects.set);
}

static bool put_rdma(struct cgroup_job *job, struct cgroup_item *item)
{
        struct oci_rdma parsed, *r;

        if (!parse_rdma(job, item->line->value, &parsed))
                return false;
        r = lxc_cgroup_append(job, &job->res->rdma, sizeof *r);
        if (r)
                *r = parsed;
        lxc_cgroup_say(job, item, LXC_EXACT, LXC_INFO, lxc_cgroup_text(job, "/linux/resources/rdma/%s", parsed.device), NULL, NULL);
        return true;
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* The nearest line of ITEM's file that counts, before it (STEP -1) or after it (1). */
static bool has_neighbour(const struct cgroup_job *job, const struct cgroup_item *item, int step)
{
        for (size_t at = item->place + (size_t) step; at < job->n; at += (size_t) step) {
                const struct cgroup_item *other = job->sorted[at];

                if (other->v2 != item->v2 || !streq(other->file, item->file))
                        return false;
                if (!other->noted || other->note.cls != LXC_DROPPED)
                        return true;
        }
        return false;
}

/* LXC on a host with v1 controllers passes over these keys. */
static void on_v1(struct cgroup_job *job, struct cgroup_item *item)
{
        lxc_cgroup_say(job, item, LXC_DROPPED, LXC_NOTE, NULL, NULL, "for hosts with cgroup v2: LXC passes over it on one with cgroup v1");
}

void lxc_cgroup_convert_v2(struct cgroup_job *job, struct cgroup_item *item)
{
        bool last = !has_neighbour(job, item, 1);

        if (job->source->target == LXC_CGROUP_V1)
                on_v1(job, item);
        else if (streq(item->file, "rdma.max") && put_rdma(job, item))
                return;
        else if (streq(item->file, "io.max") && (!last || has_neighbour(job, item, -1)))
                put_io_max(job, item);
        else if (last)
                lxc_cgroup_put_unified(job, item, LXC_EXACT, LXC_INFO, item->file, item->line->value, NULL);
        else
                lxc_cgroup_say(job, item, LXC_IMPOSSIBLE, LXC_WARN, NULL, NULL, "unified has room for one line of '%s', and a later one takes it",
                           lxc_shown(job->arena, item->file));
}
