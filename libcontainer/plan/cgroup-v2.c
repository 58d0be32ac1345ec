/* SPDX-License-Identifier: Apache-2.0 */
/* The files of cgroup2, from settings in the language of v1.
 * kernel: Documentation/admin-guide/cgroup-v2.rst. */
#include <inttypes.h>

#include "cgroup-settings.h"
#include "cgroup-weight.h"

static struct cgroup_setting *put_bytes(struct cgroup_writer *w, const char *key, const char *file, int64_t bytes)
{
        if (bytes == -1)
                return cgroup_put_member(w, key, file, "max");
        return cgroup_put_member(w, key, file, "%" PRId64, bytes);
}

/* v1 counts memory and swap together, cgroup2 swap alone.  Unlimited memory without a word about swap means both. */
static void put_swap(struct cgroup_writer *w, const struct oci_memory *m)
{
        bool given = CGROUP_GIVEN(m->swap), unlimited = m->limit.set && m->limit.value == -1;
        int64_t swap = given && m->swap.value > 0 ? m->swap.value - m->limit.value : -1;

        /* Without swap in the kernel there is no file, and none that could be used: neither "none" nor "any" needs it. */
        if (given || unlimited)
                put_bytes(w, given ? "swap" : "limit", "memory.swap.max", swap)->if_exists = swap <= 0;
}

void cgroup_v2_memory(struct cgroup_writer *w, const struct oci_memory *m)
{
        static const char none[] = "cgroup v2 has no such setting";

        put_swap(w, m);
        if (CGROUP_GIVEN(m->limit))
                put_bytes(w, "limit", "memory.max", m->limit.value)->not_below_usage =
                        m->check_before_update.set && m->check_before_update.value;
        if (CGROUP_GIVEN(m->reservation))
                put_bytes(w, "reservation", "memory.low", m->reservation.value);
        if (CGROUP_GIVEN(m->kernel) && m->kernel.value != -1)
                cgroup_ignore(w, "kernel", none);
        if (CGROUP_GIVEN(m->kernel_tcp) && m->kernel_tcp.value != -1)
                cgroup_ignore(w, "kernelTCP", none);
        if (m->swappiness.set)
                cgroup_ignore(w, "swappiness", none);
        if (m->disable_oom_killer.set && m->disable_oom_killer.value)
                cgroup_ignore(w, "disableOOMKiller", none);
        if (m->use_hierarchy.set && !m->use_hierarchy.value)
                cgroup_ignore(w, "useHierarchy", "cgroup v2 accounts memory hierarchically, always");
}

static void put_bandwidth(struct cgroup_writer *w, const struct oci_cpu *c)
{
        enum { KERNEL_PERIOD_USEC = 100000 };
        uint64_t period = CGROUP_GIVEN(c->period) ? c->period.value : KERNEL_PERIOD_USEC;

        if (CGROUP_GIVEN(c->quota) && c->quota.value > 0)
                cgroup_put_member(w, "quota", "cpu.max", "%" PRId64 " %" PRIu64, c->quota.value, period);
        else if (CGROUP_GIVEN(c->quota))
                cgroup_put_member(w, "quota", "cpu.max", "max %" PRIu64, period);
        else if (CGROUP_GIVEN(c->period))
                cgroup_put_member(w, "period", "cpu.max", "max %" PRIu64, period);
}

/* The burst after the quota, which it may not exceed; idle last, it refuses weights. */
void cgroup_v2_cpu(struct cgroup_writer *w, const struct oci_cpu *c)
{
        static const char realtime[] = "cgroup v2 does not control realtime scheduling";

        if (CGROUP_GIVEN(c->shares))
                cgroup_put_member(w, "shares", "cpu.weight", "%" PRIu64, oci_cgroup_weight_of_shares(c->shares.value));
        put_bandwidth(w, c);
        if (c->burst.set)
                cgroup_put_member(w, "burst", "cpu.max.burst", "%" PRIu64, c->burst.value)->if_exists = c->burst.value == 0;
        if (c->idle.set)
                cgroup_put_member(w, "idle", "cpu.idle", "%" PRId64, c->idle.value)->if_exists = c->idle.value == 0;
        if (CGROUP_GIVEN(c->realtime_period))
                cgroup_ignore(w, "realtimePeriod", realtime);
        if (CGROUP_GIVEN(c->realtime_runtime))
                cgroup_ignore(w, "realtimeRuntime", realtime);
}

/* BFQ's weight has v1's range; io.weight, of the cost model, has its own. */
static void set_other_weight(struct cgroup_writer *w, struct cgroup_setting *s, const char *device, uint64_t weight)
{
        s->other_file = "io.weight";
        s->other_value = arena_printf(w->p->arena, "%s%" PRIu64, device, oci_cgroup_weight_of_blkio(weight));
        if (!s->other_value && w->failed == 0)
                w->failed = -ENOMEM;
}

static void put_weight_device(struct cgroup_writer *w, const struct oci_weight_device *d)
{
        char device[64];

        snprintf(device, sizeof device, "%" PRId64 ":%" PRId64 " ", d->major.value, d->minor.value);
        if (CGROUP_GIVEN(d->weight))
                set_other_weight(w, cgroup_put(w, d->at.node, "io.bfq.weight", "%s%u", device, d->weight.value), device,
                                 d->weight.value);
}

/* A rate of 0 lifts the limit on v1; cgroup2 says "max". */
static void put_throttles(struct cgroup_writer *w, const oci_throttle_list *list, const char *key)
{
        for (size_t i = 0; i < list->n; i++) {
                const struct oci_throttle_device *d = &list->items[i];

                if (d->rate.value == 0)
                        cgroup_put(w, d->at.node, "io.max", "%" PRId64 ":%" PRId64 " %s=max", d->major.value, d->minor.value, key);
                else
                        cgroup_put(w, d->at.node, "io.max", "%" PRId64 ":%" PRId64 " %s=%" PRIu64, d->major.value,
                                   d->minor.value, key, d->rate.value);
        }
}

void cgroup_v2_block_io(struct cgroup_writer *w, const struct oci_block_io *b)
{
        bool leaf = CGROUP_GIVEN(b->leaf_weight);

        if (CGROUP_GIVEN(b->weight))
                set_other_weight(w, cgroup_put_member(w, "weight", "io.bfq.weight", "%u", b->weight.value), "", b->weight.value);
        for (size_t i = 0; i < b->weight_device.n; i++) {
                put_weight_device(w, &b->weight_device.items[i]);
                leaf = leaf || CGROUP_GIVEN(b->weight_device.items[i].leaf_weight);
        }
        if (leaf)
                cgroup_ignore(w, "leafWeight", "cgroup v2 has no such setting");
        put_throttles(w, &b->throttle_read_bps, "rbps");
        put_throttles(w, &b->throttle_write_bps, "wbps");
        put_throttles(w, &b->throttle_read_iops, "riops");
        put_throttles(w, &b->throttle_write_iops, "wiops");
}
