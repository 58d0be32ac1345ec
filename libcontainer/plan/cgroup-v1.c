/* SPDX-License-Identifier: Apache-2.0 */
/* The files of v1 controllers.  kernel: Documentation/admin-guide/cgroup-v1/. */
#include <inttypes.h>

#include "cgroup-settings.h"

static void put_bytes(struct cgroup_writer *w, const char *key, const char *file, struct opt_i64 bytes)
{
        if (CGROUP_GIVEN(bytes))
                cgroup_put_member(w, key, file, "%" PRId64, bytes.value);
}

/* The kernel demands limit <= memsw at every moment: in a new cgroup memsw is unlimited, so the limit goes first. */
void cgroup_v1_memory(struct cgroup_writer *w, const struct oci_memory *m)
{
        put_bytes(w, "limit", "memory.limit_in_bytes", m->limit);
        put_bytes(w, "swap", "memory.memsw.limit_in_bytes", m->swap);
        if (!CGROUP_GIVEN(m->swap) && m->limit.set && m->limit.value == -1)
                cgroup_put_member(w, "limit", "memory.memsw.limit_in_bytes", "-1")->if_exists = true;
        put_bytes(w, "reservation", "memory.soft_limit_in_bytes", m->reservation);
        if (m->swappiness.set)
                cgroup_put_member(w, "swappiness", "memory.swappiness", "%" PRIu64, m->swappiness.value);
        if (m->disable_oom_killer.set)
                cgroup_put_member(w, "disableOOMKiller", "memory.oom_control", "%d", m->disable_oom_killer.value);
        if (m->use_hierarchy.set && m->use_hierarchy.value)
                cgroup_put_member(w, "useHierarchy", "memory.use_hierarchy", "1")->if_exists = true;
        else if (m->use_hierarchy.set)
                cgroup_ignore(w, "useHierarchy", "the kernel accounts memory hierarchically, always");
        if (CGROUP_GIVEN(m->kernel) && m->kernel.value != -1)
                cgroup_ignore(w, "kernel", "the kernel has no separate limit for kernel memory any more");
        if (m->kernel_tcp.value != -1)
                put_bytes(w, "kernelTCP", "memory.kmem.tcp.limit_in_bytes", m->kernel_tcp);
}

/* The period before the quota, the quota before the burst, which may not exceed it; idle last, it refuses shares. */
void cgroup_v1_cpu(struct cgroup_writer *w, const struct oci_cpu *c)
{
        if (CGROUP_GIVEN(c->shares))
                cgroup_put_member(w, "shares", "cpu.shares", "%" PRIu64, c->shares.value);
        if (CGROUP_GIVEN(c->period))
                cgroup_put_member(w, "period", "cpu.cfs_period_us", "%" PRIu64, c->period.value);
        if (CGROUP_GIVEN(c->quota))
                cgroup_put_member(w, "quota", "cpu.cfs_quota_us", "%" PRId64, c->quota.value);
        if (c->burst.set)
                cgroup_put_member(w, "burst", "cpu.cfs_burst_us", "%" PRIu64, c->burst.value)->if_exists = c->burst.value == 0;
        if (CGROUP_GIVEN(c->realtime_period))
                cgroup_put_member(w, "realtimePeriod", "cpu.rt_period_us", "%" PRIu64, c->realtime_period.value);
        if (CGROUP_GIVEN(c->realtime_runtime))
                cgroup_put_member(w, "realtimeRuntime", "cpu.rt_runtime_us", "%" PRId64, c->realtime_runtime.value);
        if (c->idle.set)
                cgroup_put_member(w, "idle", "cpu.idle", "%" PRId64, c->idle.value)->if_exists = c->idle.value == 0;
}

/* CFQ's files are gone since Linux 5.0, BFQ's are there while a device uses it: take what the kernel has. */
static void put_weight_device(struct cgroup_writer *w, const struct oci_weight_device *d)
{
        const struct json_node *origin = d->at.node;
        struct cgroup_setting *s;

        if (CGROUP_GIVEN(d->weight)) {
                s = cgroup_put(w, origin, "blkio.weight_device", "%" PRId64 ":%" PRId64 " %u", d->major.value, d->minor.value,
                               d->weight.value);
                s->other_file = "blkio.bfq.weight_device";
                s->other_value = s->value;
        }
        if (CGROUP_GIVEN(d->leaf_weight))
                cgroup_put(w, origin, "blkio.leaf_weight_device", "%" PRId64 ":%" PRId64 " %u", d->major.value, d->minor.value,
                           d->leaf_weight.value);
}

static void put_throttles(struct cgroup_writer *w, const oci_throttle_list *list, const char *file)
{
        for (size_t i = 0; i < list->n; i++)
                cgroup_put(w, list->items[i].at.node, file, "%" PRId64 ":%" PRId64 " %" PRIu64, list->items[i].major.value,
                           list->items[i].minor.value, list->items[i].rate.value);
}

void cgroup_v1_block_io(struct cgroup_writer *w, const struct oci_block_io *b)
{
        if (CGROUP_GIVEN(b->weight)) {
                struct cgroup_setting *s = cgroup_put_member(w, "weight", "blkio.weight", "%u", b->weight.value);

                s->other_file = "blkio.bfq.weight";
                s->other_value = s->value;
        }
        if (CGROUP_GIVEN(b->leaf_weight))
                cgroup_put_member(w, "leafWeight", "blkio.leaf_weight", "%u", b->leaf_weight.value);
        for (size_t i = 0; i < b->weight_device.n; i++)
                put_weight_device(w, &b->weight_device.items[i]);
        put_throttles(w, &b->throttle_read_bps, "blkio.throttle.read_bps_device");
        put_throttles(w, &b->throttle_write_bps, "blkio.throttle.write_bps_device");
        put_throttles(w, &b->throttle_read_iops, "blkio.throttle.read_iops_device");
        put_throttles(w, &b->throttle_write_iops, "blkio.throttle.write_iops_device");
}
