/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include "str.h"

enum {
        MIN_WEIGHT = 10, MAX_WEIGHT = 1000,           /* block/bfq-iosched.h, blk-cgroup of v1; 0 means unset */
        MIN_QUOTA_USEC = 1000,                        /* kernel/sched/core.c: min_cfs_quota_period */
        MIN_PERIOD_USEC = 1000, MAX_PERIOD_USEC = 1000000,
        MAX_SHARES = 262144,                          /* kernel/sched/core.c: MAX_SHARES */
        MAX_SWAPPINESS = 100,
};

static void validate_device_rule(struct validator *v, const struct oci_device_rule *rule)
{
        bool all = !rule->type.set || rule->type.value == 'a';
        const struct { const char *key; const struct opt_i64 *number; } numbers[] = { { "major", &rule->major },
                                                                                      { "minor", &rule->minor } };

        validate_required(v, rule->at, rule->allow.set, "device rule", "allow");
        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
                const struct opt_i64 *number = numbers[i].number;

                if (number->set && (number->value < -1 || number->value > UINT32_MAX))
                        fault_error(v->faults, place_member(rule->at, numbers[i].key), "-1 stands for all",
                                    "%s number %lld of a device rule is outside -1 to %u", numbers[i].key,
                                    (long long) number->value, UINT32_MAX);
                else if (all && number->set && number->value >= 0)
                        fault_error(v->faults, place_member(rule->at, numbers[i].key), "set 'type' to 'c' or 'b'",
                                    "%s number %lld is for all types of device: the kernel would take the rule for every device",
                                    numbers[i].key, (long long) number->value);
        }
        if (rule->access && (rule->access[0] == '\0' || rule->access[strspn(rule->access, "rwm")] != '\0'))
                fault_error(v->faults, place_member(rule->at, "access"), "compose it of 'r', 'w' and 'm', or leave it out for all",
                            "access '%s' of a device rule is none of 'rwm'", rule->access);
}

static void validate_bytes(struct validator *v, struct oci_place at, const char *key, const struct opt_i64 *bytes)
{
        if (bytes->set && bytes->value < -1)
                fault_error(v->faults, place_member(at, key), "-1 stands for no limit", "memory %s %lld is below -1", key,
                            (long long) bytes->value);
}

/* swap counts memory and swap together; 0 is as absent.  Alone (`update`) the limit may be the one in force. */
static void validate_swap(struct validator *v, const struct oci_memory *m)
{
        int64_t limit = m->limit.set ? m->limit.value : 0;

        if (!m->swap.set || m->swap.value <= 0)
                return;
        if (limit > 0 && m->swap.value < limit)
                fault_error(v->faults, place_member(m->at, "swap"), "'swap' counts memory and swap together: raise it",
                            "memory swap %lld is below the memory limit %lld", (long long) m->swap.value, (long long) limit);
        else if (limit <= 0 && v->spec)
                fault_error(v->faults, place_member(m->at, "swap"), "set 'limit' too: 'swap' counts memory and swap together",
                            "memory swap %lld needs a memory limit", (long long) m->swap.value);
}

static void validate_memory(struct validator *v, const struct oci_memory *m)
{
        validate_bytes(v, m->at, "limit", &m->limit);
        validate_bytes(v, m->at, "reservation", &m->reservation);
        validate_bytes(v, m->at, "swap", &m->swap);
        validate_bytes(v, m->at, "kernel", &m->kernel);
        validate_bytes(v, m->at, "kernelTCP", &m->kernel_tcp);
        validate_swap(v, m);
        if (m->swappiness.set && m->swappiness.value > MAX_SWAPPINESS)
                fault_error(v->faults, place_member(m->at, "swappiness"), NULL, "swappiness %llu is above %d",
                            (unsigned long long) m->swappiness.value, MAX_SWAPPINESS);
}

static void validate_bandwidth(struct validator *v, const struct oci_cpu *c)
{
        if (c->quota.set && c->quota.value < -1)
                fault_error(v->faults, place_member(c->at, "quota"), "-1 stands for no limit", "CPU quota %lld is below -1",
                            (long long) c->quota.value);
        if (c->quota.set && c->quota.value > 0 && c->quota.value < MIN_QUOTA_USEC)
                fault_error(v->faults, place_member(c->at, "quota"), "quota is in microseconds",
                            "CPU quota %lld is below %d us, the kernel's least", (long long) c->quota.value, MIN_QUOTA_USEC);
        if (c->period.set && c->period.value != 0 && (c->period.value < MIN_PERIOD_USEC || c->period.value > MAX_PERIOD_USEC))
                fault_error(v->faults, place_member(c->at, "period"), "period is in microseconds",
                            "CPU period %llu is outside %d to %d us", (unsigned long long) c->period.value, MIN_PERIOD_USEC,
                            MAX_PERIOD_USEC);
        if (c->burst.set && c->quota.set && c->quota.value > 0 && c->burst.value > (uint64_t) c->quota.value)
                fault_error(v->faults, place_member(c->at, "burst"), "lower 'burst' or raise 'quota'",
                            "CPU burst %llu us is above the quota %lld us", (unsigned long long) c->burst.value,
                            (long long) c->quota.value);
}

static void validate_cpu(struct validator *v, const struct oci_cpu *c)
{
        if (c->shares.set && c->shares.value > MAX_SHARES)
                fault_warning(v->faults, place_member(c->at, "shares"), NULL, "CPU shares %llu count as %d, the kernel's most",
                              (unsigned long long) c->shares.value, MAX_SHARES);
        validate_bandwidth(v, c);
        if (c->realtime_runtime.set && c->realtime_runtime.value < -1)
                fault_error(v->faults, place_member(c->at, "realtimeRuntime"), "-1 stands for no limit",
                            "realtimeRuntime %lld is below -1", (long long) c->realtime_runtime.value);
        if (c->realtime_runtime.set && c->realtime_period.set && c->realtime_period.value != 0 && c->realtime_runtime.value > 0 &&
            (uint64_t) c->realtime_runtime.value > c->realtime_period.value)
                fault_error(v->faults, place_member(c->at, "realtimeRuntime"), "lower it or raise 'realtimePeriod'",
                            "realtimeRuntime %lld us is longer than realtimePeriod %llu us",
                            (long long) c->realtime_runtime.value, (unsigned long long) c->realtime_period.value);
        validate_list(v, c->at, "cpus", "CPU list", c->cpus, VALIDATE_MAX_CPUS);
        validate_list(v, c->at, "mems", "node list", c->mems, VALIDATE_MAX_NODES);
        if (c->idle.set && c->idle.value != 0 && c->idle.value != 1)
                fault_error(v->faults, place_member(c->at, "idle"), NULL, "CPU idle %lld is neither 0 nor 1",
                            (long long) c->idle.value);
}

static void validate_weight(struct validator *v, struct oci_place at, const char *key, const struct opt_u16 *weight)
{
        if (weight->set && weight->value != 0 && (weight->value < MIN_WEIGHT || weight->value > MAX_WEIGHT))
                fault_error(v->faults, place_member(at, key), NULL, "block I/O %s %u is outside %d to %d", key, weight->value,
                            MIN_WEIGHT, MAX_WEIGHT);
}

static void validate_block_number(struct validator *v, struct oci_place at, const char *key, const struct opt_i64 *number)
{
        validate_required(v, at, number->set, "block I/O device", key);
        if (number->set && (number->value < 0 || number->value > UINT32_MAX))
                fault_error(v->faults, place_member(at, key), NULL, "%s number %lld of a block device is outside 0 to %u", key,
                            (long long) number->value, UINT32_MAX);
}

static void validate_throttles(struct validator *v, const oci_throttle_list *list)
{
        for (size_t i = 0; i < list->n; i++) {
                const struct oci_throttle_device *d = &list->items[i];

                validate_block_number(v, d->at, "major", &d->major);
                validate_block_number(v, d->at, "minor", &d->minor);
                validate_required(v, d->at, d->rate.set, "throttled device", "rate");
        }
}

static void validate_block_io(struct validator *v, const struct oci_block_io *b)
{
        validate_weight(v, b->at, "weight", &b->weight);
        validate_weight(v, b->at, "leafWeight", &b->leaf_weight);
        for (size_t i = 0; i < b->weight_device.n; i++) {
                const struct oci_weight_device *d = &b->weight_device.items[i];

                validate_block_number(v, d->at, "major", &d->major);
                validate_block_number(v, d->at, "minor", &d->minor);
                validate_weight(v, d->at, "weight", &d->weight);
                validate_weight(v, d->at, "leafWeight", &d->leaf_weight);
                if (!d->weight.set && !d->leaf_weight.set)
                        fault_error(v->faults, d->at.node, "add 'weight' or 'leafWeight'", "weightDevice entry has no weight");
        }
        validate_throttles(v, &b->throttle_read_bps);
        validate_throttles(v, &b->throttle_write_bps);
        validate_throttles(v, &b->throttle_read_iops);
        validate_throttles(v, &b->throttle_write_iops);
}

/* "2MB": part of a file's name in the hugetlb controller */
static bool is_page_size(const char *text)
{
        size_t digits = strspn(text, "0123456789");

        return digits > 0 && text[0] != '0' && text[digits] && strchr("KMG", text[digits]) && streq(text + digits + 1, "B");
}

static void validate_hugepages(struct validator *v, const struct oci_resources *r)
{
        for (size_t i = 0; i < r->hugepage_limits.n; i++) {
                const struct oci_hugepage_limit *h = &r->hugepage_limits.items[i];

                validate_required(v, h->at, h->page_size, "hugepage limit", "pageSize");
                validate_required(v, h->at, h->limit.set, "hugepage limit", "limit");
                if (h->page_size && !is_page_size(h->page_size))
                        fault_error(v->faults, place_member(h->at, "pageSize"), "write it as in '64KB', '2MB', '1GB'",
                                    "'%s' is no size of a huge page", h->page_size);
        }
}

static void validate_rdma(struct validator *v, const struct oci_resources *r)
{
        for (size_t i = 0; i < r->rdma.n; i++) {
                const struct oci_rdma *d = &r->rdma.items[i];
                size_t n_before = v->faults->n;

                if (d->device && (d->device[0] == '\0' || strpbrk(d->device, " \t\n")))
                        fault_error(v->faults, d->at.node, NULL, "'%s' is no name of an RDMA device", d->device);
                validate_mark_keys(v, n_before);
                if (!d->hca_handles.set && !d->hca_objects.set)
                        fault_error(v->faults, d->at.node, "add 'hcaHandles' or 'hcaObjects'", "limit of RDMA device '%s' is empty",
                                    d->device ?: "");
        }
}

/* A key is a file's name in the cgroup directory. */
static void validate_unified(struct validator *v, const struct oci_resources *r)
{
        const struct json_node *cursor = place_children(r->at, "unified");
        size_t n_before = v->faults->n;

        for (size_t i = 0; i < r->unified.n; i++) {
                const char *key = r->unified.items[i].key, *dot = key ? strchr(key, '.') : NULL;

                if (key && (strpbrk(key, "/\n") || !dot || dot == key || dot[1] == '\0'))
                        fault_error(v->faults, place_next_member(&cursor, key), "write 'controller.file', as in 'memory.high'",
                                    "'%s' is no name of a cgroup file", key);
        }
        validate_mark_keys(v, n_before);
}

static void validate_priorities(struct validator *v, const struct oci_network *n)
{
        for (size_t i = 0; i < n->priorities.n; i++) {
                const struct oci_interface_priority *p = &n->priorities.items[i];

                validate_required(v, p->at, p->name, "network priority", "name");
                if (p->name && (p->name[0] == '\0' || strpbrk(p->name, "/ \t\n")))
                        fault_error(v->faults, place_member(p->at, "name"), NULL, "'%s' is no name of a network device", p->name);
        }
}

void validate_resources(struct validator *v, const struct oci_resources *r)
{
        for (size_t i = 0; i < r->devices.n; i++)
                validate_device_rule(v, &r->devices.items[i]);
        if (r->memory)
                validate_memory(v, r->memory);
        if (r->cpu)
                validate_cpu(v, r->cpu);
        if (r->block_io)
                validate_block_io(v, r->block_io);
        validate_hugepages(v, r);
        if (r->network)
                validate_priorities(v, r->network);
        if (r->pids && r->pids->limit.set && r->pids->limit.value < -1)
                fault_error(v->faults, place_member(r->pids->at, "limit"), "-1 stands for no limit", "pids limit %lld is below -1",
                            (long long) r->pids->limit.value);
        validate_rdma(v, r);
        validate_unified(v, r);
}
