/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources and cgroupsPath.  The typed fields speak of cgroup v1; the lines are those of cgroup v2, with the values that
 * a runtime would write there, but for what only v1 has. */
#include <inttypes.h>

#include "cgroup-weight.h"
#include "from-job.h"

/* "lxc.cgroup2.FILE" */
static void v2_line(struct lxc_from *f, const char *pointer, const char *file, const char *value, const char *text)
{
        lxc_from_line(f, text ? LXC_NEARLY : LXC_EXACT, text ? LXC_NOTE : LXC_INFO, pointer, lxc_from_text(f, "lxc.cgroup2.%s", file), value, text ? "%s" : NULL, text);
}

/* "lxc.cgroup.FILE": hosts with cgroup v2 have nothing like it. */
static void v1_line(struct lxc_from *f, const char *pointer, const char *file, const char *value)
{
        lxc_from_line(f, LXC_NEARLY, LXC_WARN, pointer, lxc_from_text(f, "lxc.cgroup.%s", file), value,
                      "only hosts with cgroup v1 have it, and LXC before 7.0: elsewhere it is lost");
}

static const char *i64_text(struct lxc_from *f, int64_t n) { return lxc_from_text(f, "%" PRId64, n); }
static const char *u64_text(struct lxc_from *f, uint64_t n) { return lxc_from_text(f, "%" PRIu64, n); }
static const char *bytes_text(struct lxc_from *f, int64_t n) { return n < 0 ? "max" : i64_text(f, n); }

static void swap(struct lxc_from *f, const struct oci_memory *m)
{
        static const char pointer[] = "/linux/resources/memory/swap";

        if (m->swap.value < 0)
                v2_line(f, pointer, "memory.swap.max", "max", NULL);
        else if (m->swap.value == 0)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "as if it were not there");
        else if (m->limit.set && m->limit.value > 0 && m->swap.value >= m->limit.value)
                v2_line(f, pointer, "memory.swap.max", i64_text(f, m->swap.value - m->limit.value), NULL);
        else
                lxc_from_say(f, LXC_IMPOSSIBLE, LXC_ERROR, pointer, "memory and swap together are limited, but memory is not limited below that");
}

static void memory(struct lxc_from *f, const struct oci_memory *m)
{
        if (m->limit.set)
                v2_line(f, "/linux/resources/memory/limit", "memory.max", bytes_text(f, m->limit.value), NULL);
        if (m->swap.set)
                swap(f, m);
        if (m->reservation.set)
                v2_line(f, "/linux/resources/memory/reservation", "memory.low", bytes_text(f, m->reservation.value), NULL);
        if (m->kernel.set)
                v1_line(f, "/linux/resources/memory/kernel", "memory.kmem.limit_in_bytes", i64_text(f, m->kernel.value));
        if (m->kernel_tcp.set)
                v1_line(f, "/linux/resources/memory/kernelTCP", "memory.kmem.tcp.limit_in_bytes", i64_text(f, m->kernel_tcp.value));
        if (m->swappiness.set)
                v1_line(f, "/linux/resources/memory/swappiness", "memory.swappiness", u64_text(f, m->swappiness.value));
        if (m->disable_oom_killer.set && m->disable_oom_killer.value)
                v1_line(f, "/linux/resources/memory/disableOOMKiller", "memory.oom_control", "1");
        else if (m->disable_oom_killer.set)
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/linux/resources/memory/disableOOMKiller", "the kernel's default");
        if (m->use_hierarchy.set)
                lxc_from_say(f, LXC_DROPPED, LXC_INFO, "/linux/resources/memory/useHierarchy", "memory is accounted hierarchically, always");
        if (m->check_before_update.set)
                lxc_from_say(f, LXC_DROPPED, LXC_INFO, "/linux/resources/memory/checkBeforeUpdate", "for changes of a running container");
}

static void bandwidth(struct lxc_from *f, const struct oci_cpu *c)
{
        enum { KERNEL_PERIOD_USEC = 100000 };
        bool quota = c->quota.set && c->quota.value != 0, period = c->period.set && c->period.value != 0;

        if (!quota && !period)
                return;
        v2_line(f, quota ? "/linux/resources/cpu/quota" : "/linux/resources/cpu/period", "cpu.max",
                lxc_from_text(f, "%s %" PRIu64, quota && c->quota.value > 0 ? i64_text(f, c->quota.value) : "max", period ? c->period.value : KERNEL_PERIOD_USEC), NULL);
        lxc_from_told(f, "/linux/resources/cpu/period");
        lxc_from_told(f, "/linux/resources/cpu/quota");
}

static void cpu(struct lxc_from *f, const struct oci_cpu *c)
{
        if (c->shares.set && c->shares.value > 0)
                v2_line(f, "/linux/resources/cpu/shares", "cpu.weight", u64_text(f, oci_cgroup_weight_of_shares(c->shares.value)), NULL);
        else
                lxc_from_told(f, "/linux/resources/cpu/shares"); /* 0 is as absent */
        bandwidth(f, c);
        if (c->burst.set)
                v2_line(f, "/linux/resources/cpu/burst", "cpu.max.burst", u64_text(f, c->burst.value), NULL);
        if (c->realtime_runtime.set)
                v1_line(f, "/linux/resources/cpu/realtimeRuntime", "cpu.rt_runtime_us", i64_text(f, c->realtime_runtime.value));
        if (c->realtime_period.set)
                v1_line(f, "/linux/resources/cpu/realtimePeriod", "cpu.rt_period_us", u64_text(f, c->realtime_period.value));
        if (!str_empty(c->cpus))
                v2_line(f, "/linux/resources/cpu/cpus", "cpuset.cpus", c->cpus, NULL);
        if (!str_empty(c->mems))
                v2_line(f, "/linux/resources/cpu/mems", "cpuset.mems", c->mems, NULL);
        if (c->idle.set)
                v2_line(f, "/linux/resources/cpu/idle", "cpu.idle", i64_text(f, c->idle.value), NULL);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static void throttles(struct lxc_from *f, const oci_throttle_list *list, const char *field, const char *word)
{
        for (size_t i = 0; i < list->n; i++) {
                const struct oci_throttle_device *d = &list->items[i];
                const char *rate = d->rate.value ? u64_text(f, d->rate.value) : "max";

                v2_line(f, lxc_from_text(f, "/linux/resources/blockIO/%s/%zu", field, i), "io.max",
                        lxc_from_text(f, "%" PRId64 ":%" PRId64 " %s=%s", d->major.value, d->minor.value, word, rate), NULL);
        }
}

static void block_io(struct lxc_from *f, const struct oci_block_io *b)
{
        static const char with_bfq[] = "where a device's scheduler is BFQ, io.bfq.weight counts instead, with the value of the document";

        if (b->weight.set && b->weight.value > 0)
                v2_line(f, "/linux/resources/blockIO/weight", "io.weight", lxc_from_text(f, "default %" PRIu64, oci_cgroup_weight_of_blkio(b->weight.value)), with_bfq);
        if (b->leaf_weight.set && b->leaf_weight.value > 0)
                v1_line(f, "/linux/resources/blockIO/leafWeight", "blkio.leaf_weight", u64_text(f, b->leaf_weight.value));
        for (size_t i = 0; i < b->weight_device.n; i++) {
                const struct oci_weight_device *d = &b->weight_device.items[i];
                const char *pointer = lxc_from_text(f, "/linux/resources/blockIO/weightDevice/%zu", i);
                const char *device = lxc_from_text(f, "%" PRId64 ":%" PRId64, d->major.value, d->minor.value);

                if (d->weight.set)
                        v2_line(f, pointer, "io.weight", lxc_from_text(f, "%s %" PRIu64, device, oci_cgroup_weight_of_blkio(d->weight.value)), with_bfq);
                if (d->leaf_weight.set)
                        v1_line(f, lxc_from_text(f, "%s/leafWeight", pointer), "blkio.leaf_weight_device", lxc_from_text(f, "%s %u", device, d->leaf_weight.value));
        }
        throttles(f, &b->throttle_read_bps, "throttleReadBpsDevice", "rbps");
        throttles(f, &b->throttle_write_bps, "throttleWriteBpsDevice", "wbps");
        throttles(f, &b->throttle_read_iops, "throttleReadIOPSDevice", "riops");
        throttles(f, &b->throttle_write_iops, "throttleWriteIOPSDevice", "wiops");
}

static void hugepages(struct lxc_from *f, const struct oci_resources *r)
{
        for (size_t i = 0; i < r->hugepage_limits.n; i++) {
                const struct oci_hugepage_limit *h = &r->hugepage_limits.items[i];

                v2_line(f, lxc_from_text(f, "/linux/resources/hugepageLimits/%zu", i), lxc_from_text(f, "hugetlb.%s.max", h->page_size ?: ""),
                        h->limit.value == UINT64_MAX ? "max" : u64_text(f, h->limit.value), NULL);
        }
}

static void rdma(struct lxc_from *f, const struct oci_resources *r)
{
        for (size_t i = 0; i < r->rdma.n; i++) {
                const struct oci_rdma *d = &r->rdma.items[i];
                const char *value = d->device ?: "";

                if (d->hca_handles.set)
                        value = lxc_from_text(f, "%s hca_handle=%" PRIu32, value, d->hca_handles.value);
                if (d->hca_objects.set)
                        value = lxc_from_text(f, "%s hca_object=%" PRIu32, value, d->hca_objects.value);
                v2_line(f, lxc_from_member(f, "/linux/resources/rdma", d->device ?: ""), "rdma.max", value, NULL);
        }
}

static void network(struct lxc_from *f, const struct oci_network *n)
{
        if (n->class_id.set && n->class_id.value > 0)
                v1_line(f, "/linux/resources/network/classID", "net_cls.classid", u64_text(f, n->class_id.value));
        for (size_t i = 0; i < n->priorities.n; i++)
                v1_line(f, lxc_from_text(f, "/linux/resources/network/priorities/%zu", i), "net_prio.ifpriomap",
                        lxc_from_text(f, "%s %" PRIu32, n->priorities.items[i].name ?: "", n->priorities.items[i].priority.value));
}

/* Of a file, all lines. */
static void unified(struct lxc_from *f, const struct oci_resources *r)
{
        for (size_t i = 0; i < r->unified.n; i++) {
                const struct oci_pair *pair = &r->unified.items[i];
                const char *at = pair->value, *pointer = lxc_from_member(f, "/linux/resources/unified", pair->key);

                for (bool first = true; at && *at; first = false) {
                        const char *line = lxc_from_text(f, "%.*s", (int) strcspn(at, "\n"), at);

                        if (first)
                                v2_line(f, pointer, pair->key, line, NULL);
                        else
                                lxc_from_more(f, lxc_from_text(f, "lxc.cgroup2.%s", pair->key), line);
                        at += strlen(line) + (at[strlen(line)] == '\n');
                }
        }
}

/* ------------------------------------------------------------------------------------------------------------------
 * Where the cgroup is */

static void placement(struct lxc_from *f)
{
        static const char pointer[] = "/linux/cgroupsPath";
        const char *path = f->spec->linux_->cgroups_path, *own, *at;
        size_t len;

        if (str_empty(path))
                return;
        own = lxc_from_text(f, "lxc.payload.%s", f->name);
        at = path + strspn(path, "/");
        len = strlen(at);
        if (streq(at, own)) {
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "where LXC places it by itself");
        } else if (strchr(at, ':') && !strchr(at, '/')) {
                lxc_from_say(f, LXC_DROPPED, LXC_NOTE, pointer, "a scope of systemd's: LXC places the container in /%s", own);
        } else if (len > strlen(own) && streq(at + len - strlen(own), own) && at[len - strlen(own) - 1] == '/') {
                lxc_from_exact(f, pointer, "lxc.cgroup.dir", lxc_from_text(f, "%.*s", (int) (len - strlen(own) - 1), at));
        } else {
                lxc_from_exact(f, pointer, "lxc.cgroup.dir.container", at);
                lxc_from_more(f, "lxc.cgroup.dir.monitor", lxc_from_text(f, "%s.monitor", at));
        }
        if (path[0] != '/' && !strchr(path, ':'))
                lxc_from_more(f, "lxc.cgroup.relative", "1");
}

void lxc_from_cgroups(struct lxc_from *f)
{
        const struct oci_resources *r = f->spec->linux_->resources;

        placement(f);
        lxc_from_devices(f);
        if (!r)
                return;
        if (r->memory)
                memory(f, r->memory);
        if (r->cpu)
                cpu(f, r->cpu);
        if (r->pids && r->pids->limit.set)
                v2_line(f, "/linux/resources/pids/limit", "pids.max", bytes_text(f, r->pids->limit.value), NULL);
        if (r->block_io)
                block_io(f, r->block_io);
        hugepages(f, r);
        rdma(f, r);
        if (r->network)
                network(f, r->network);
        unified(f, r);
}
