/* SPDX-License-Identifier: Apache-2.0 */
/* The files of cgroup v1, one row each: the field of linux.resources that means the same, and what becomes of it on a host
 * with cgroup v2.  kernel: Documentation/admin-guide/cgroup-v1/. */
#include <inttypes.h>
#include <string.h>

#include "cgroup-job.h"
#include "cgroup-weight.h"
#include "num.h"
#include "str.h"
#include "text.h"

enum kind {
        NOTHING, /* no field */
        BYTES, SIGNED, UNSIGNED, FLAG, LIST, WEIGHT, /* a member of the row's part */
        SWAP,    /* checked against the limit, at the end */
        WEIGHTS, THROTTLE, /* a list, one entry a device */
        HUGEPAGES, CLASS_ID, PRIORITY, PIDS,
};

enum part { NO_PART, MEMORY, CPU, BLOCK_IO };

enum fate {
        SAME,
        ALMOST,      /* .remark says how it differs */
        LOST,        /* cgroup v2 has nothing like it; .remark says what helps */
        MEANINGLESS, /* nothing is lost */
};

struct row {
        const char *file;
        enum kind kind;
        enum part part;
        size_t offset;       /* of the member in its part */
        const char *pointer; /* below /linux/resources/ */
        const char *v2;      /* the file of cgroup v2 that sets the same */
        enum fate fate;      /* on a host with cgroup v2 */
        const char *usual;   /* the kernel's own value: nothing is lost with it */
        const char *remark;
};

#define OF_MEMORY(member) MEMORY, offsetof(struct oci_memory, member)
#define OF_CPU(member) CPU, offsetof(struct oci_cpu, member)
#define OF_BLOCK_IO(member) BLOCK_IO, offsetof(struct oci_block_io, member)
#define OF_NOTHING NO_PART, 0

static const struct row rows[] = {
        { "cpu.shares", UNSIGNED, OF_CPU(shares), "cpu/shares", "cpu.weight", SAME, NULL, NULL },
        { "cpu.cfs_quota_us", SIGNED, OF_CPU(quota), "cpu/quota", "cpu.max", SAME, NULL, NULL },
        { "cpu.cfs_period_us", UNSIGNED, OF_CPU(period), "cpu/period", "cpu.max", SAME, NULL, NULL },
        { "cpu.cfs_burst_us", UNSIGNED, OF_CPU(burst), "cpu/burst", "cpu.max.burst", SAME, NULL, NULL },
        { "cpu.idle", SIGNED, OF_CPU(idle), "cpu/idle", "cpu.idle", SAME, NULL, NULL },
        { "cpu.rt_runtime_us", SIGNED, OF_CPU(realtime_runtime), "cpu/realtimeRuntime", NULL, LOST, "0",
          "cgroup v2 does not control realtime scheduling" },
        { "cpu.rt_period_us", UNSIGNED, OF_CPU(realtime_period), "cpu/realtimePeriod", NULL, LOST, "1000000",
          "cgroup v2 does not control realtime scheduling" },
        { "cpuset.cpus", LIST, OF_CPU(cpus), "cpu/cpus", "cpuset.cpus", SAME, NULL, NULL },
        { "cpuset.mems", LIST, OF_CPU(mems), "cpu/mems", "cpuset.mems", SAME, NULL, NULL },
        { "cpuset.cpu_exclusive", NOTHING, OF_NOTHING, NULL, NULL, LOST, "0", "cgroup v2 has partitions instead: lxc.cgroup2.cpuset.cpus.partition" },
        { "cpuset.mem_exclusive", NOTHING, OF_NOTHING, NULL, NULL, LOST, "0", NULL },
        { "cpuset.mem_hardwall", NOTHING, OF_NOTHING, NULL, NULL, LOST, "0", NULL },
        { "cpuset.memory_migrate", NOTHING, OF_NOTHING, NULL, NULL, MEANINGLESS, NULL, "cgroup v2 always migrates memory" },
        { "cpuset.memory_spread_page", NOTHING, OF_NOTHING, NULL, NULL, LOST, "0", NULL },
        { "cpuset.memory_spread_slab", NOTHING, OF_NOTHING, NULL, NULL, LOST, "0", NULL },
        { "cpuset.sched_load_balance", NOTHING, OF_NOTHING, NULL, NULL, LOST, "1", "cgroup v2 has partitions instead: lxc.cgroup2.cpuset.cpus.partition" },
        { "cpuset.sched_relax_domain_level", NOTHING, OF_NOTHING, NULL, NULL, LOST, "-1", NULL },
        { "memory.limit_in_bytes", BYTES, OF_MEMORY(limit), "memory/limit", "memory.max", SAME, NULL, NULL },
        { "memory.memsw.limit_in_bytes", SWAP, OF_MEMORY(swap), "memory/swap", "memory.swap.max", SAME, NULL, NULL },
        { "memory.soft_limit_in_bytes", BYTES, OF_MEMORY(reservation), "memory/reservation", "memory.low", ALMOST, NULL,
          "becomes memory.low, which protects that much memory; the soft limit takes back what is above it (memory.high is closer)" },
        { "memory.swappiness", UNSIGNED, OF_MEMORY(swappiness), "memory/swappiness", NULL, LOST, NULL, "cgroup v2 has no swappiness of a cgroup" },
        { "memory.oom_control", FLAG, OF_MEMORY(disable_oom_killer), "memory/disableOOMKiller", NULL, LOST, "0",
          "cgroup v2 cannot turn the OOM killer off" },
        { "memory.use_hierarchy", FLAG, OF_MEMORY(use_hierarchy), "memory/useHierarchy", NULL, MEANINGLESS, "1",
          "cgroup v2 accounts memory hierarchically, always" },
        { "memory.kmem.limit_in_bytes", BYTES, OF_MEMORY(kernel), "memory/kernel", NULL, LOST, "-1",
          "cgroup v2 counts kernel memory into memory.max" },
        { "memory.kmem.tcp.limit_in_bytes", BYTES, OF_MEMORY(kernel_tcp), "memory/kernelTCP", NULL, LOST, "-1",
          "cgroup v2 counts socket buffers into memory.max" },
        { "memory.move_charge_at_immigrate", NOTHING, OF_NOTHING, NULL, NULL, MEANINGLESS, NULL, "a container's processes do not move between cgroups" },
        { "memory.force_empty", NOTHING, OF_NOTHING, NULL, NULL, MEANINGLESS, NULL, "there is nothing to empty in a new cgroup" },
        { "blkio.weight", WEIGHT, OF_BLOCK_IO(weight), "blockIO/weight", "io.weight", SAME, "0", NULL },
        { "blkio.bfq.weight", WEIGHT, OF_BLOCK_IO(weight), "blockIO/weight", "io.bfq.weight", SAME, "0", NULL },
        { "blkio.leaf_weight", WEIGHT, OF_BLOCK_IO(leaf_weight), "blockIO/leafWeight", NULL, LOST, "0", "cgroup v2 has no processes beside child cgroups" },
        { "blkio.weight_device", WEIGHTS, OF_BLOCK_IO(weight_device), "blockIO/weightDevice", "io.weight", SAME, NULL, NULL },
        { "blkio.bfq.weight_device", WEIGHTS, OF_BLOCK_IO(weight_device), "blockIO/weightDevice", "io.bfq.weight", SAME, NULL, NULL },
        { "blkio.leaf_weight_device", WEIGHTS, OF_BLOCK_IO(weight_device), "blockIO/weightDevice", NULL, LOST, NULL,
          "cgroup v2 has no processes beside child cgroups" },
        { "blkio.throttle.read_bps_device", THROTTLE, OF_BLOCK_IO(throttle_read_bps), "blockIO/throttleReadBpsDevice", "io.max", SAME, NULL, NULL },
        { "blkio.throttle.write_bps_device", THROTTLE, OF_BLOCK_IO(throttle_write_bps), "blockIO/throttleWriteBpsDevice", "io.max", SAME, NULL, NULL },
        { "blkio.throttle.read_iops_device", THROTTLE, OF_BLOCK_IO(throttle_read_iops), "blockIO/throttleReadIOPSDevice", "io.max", SAME, NULL, NULL },
        { "blkio.throttle.write_iops_device", THROTTLE, OF_BLOCK_IO(throttle_write_iops), "blockIO/throttleWriteIOPSDevice", "io.max", SAME, NULL, NULL },
        { "net_cls.classid", CLASS_ID, OF_NOTHING, "network/classID", NULL, LOST, "0",
          "cgroup v2 marks no packets: match the cgroup in nftables or tc instead" },
        { "net_prio.ifpriomap", PRIORITY, OF_NOTHING, "network/priorities", NULL, LOST, NULL,
          "cgroup v2 marks no packets: match the cgroup in nftables or tc instead" },
        { "pids.max", PIDS, OF_NOTHING, "pids/limit", "pids.max", SAME, NULL, NULL },
        { "freezer.state", NOTHING, OF_NOTHING, NULL, NULL, LOST, "THAWED", "a container starts thawed: freeze it once it runs" },
        { "notify_on_release", NOTHING, OF_NOTHING, NULL, NULL, MEANINGLESS, NULL, "berth removes the cgroup itself" },
        { "cgroup.clone_children", NOTHING, OF_NOTHING, NULL, NULL, MEANINGLESS, NULL, "of the hierarchy, not of the container" },
};

/* What is not in the table, but is known by its beginning. */
static const struct row families[] = {
        { "hugetlb.", HUGEPAGES, OF_NOTHING, "hugepageLimits", NULL, SAME, NULL, NULL },
        { "cpuacct.", NOTHING, OF_NOTHING, NULL, NULL, MEANINGLESS, NULL, "it only counts" },
        { "perf_event.", NOTHING, OF_NOTHING, NULL, NULL, MEANINGLESS, NULL, "it only counts" },
};

static const struct row *find_row(const char *file)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (streq(rows[i].file, file))
                        return &rows[i];
        for (size_t i = 0; i < ARRAY_SIZE(families); i++)
                if (str_after(file, families[i].file))
                        return &families[i];
        return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Values */

bool lxc_cgroup_parse_u64(const char *text, uint64_t max, uint64_t *ret)
{
        unsigned base = 10;
        uint64_t n;

        if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
                text += 2, base = 16;
        else if (text[0] == '0' && text[1])
                text++, base = 8;
        if (num_parse_u64(text, strlen(text), base, &n) < 0 || n > max)
                return false;
        *ret = n;
        return true;
}

bool lxc_cgroup_parse_bytes(const char *text, const char *maximum, int64_t *ret)
{
        static const char suffixes[] = "KMGTPE";
        size_t len = strlen(text);
        const char *at = len > 1 ? strchr(suffixes, text[len - 1] & ~0x20) : NULL;
        unsigned shift = at && *at ? 10 * (unsigned) (at - suffixes + 1) : 0;
        char digits[32];
        uint64_t n;

        if (streq(text, maximum)) {
                *ret = -1;
                return true;
        }
        if (len >= sizeof digits || (shift == 60 && (text[1] == 'x' || text[1] == 'X'))) /* an 'e' is a digit there */
                shift = 0;
        if (len >= sizeof digits)
                return false;
        memcpy(digits, text, len + 1);
        if (shift)
                digits[len - 1] = '\0';
        if (!lxc_cgroup_parse_u64(digits, (uint64_t) INT64_MAX >> shift, &n))
                return false;
        *ret = (int64_t) (n << shift);
        return true;
}

static bool parse_digits(const char **at, int64_t *ret)
{
        size_t n = strspn(*at, "0123456789");
        uint64_t value;

        if (num_parse_u64(*at, n, 10, &value) < 0 || value > UINT32_MAX)
                return false;
        *ret = (int64_t) value;
        *at += n;
        return true;
}

bool lxc_cgroup_parse_device(const char *text, int64_t *ret_major, int64_t *ret_minor, const char **ret_rest)
{
        const char *at = text;

        if (!parse_digits(&at, ret_major) || *at++ != ':' || !parse_digits(&at, ret_minor) || (*at != ' ' && *at != '\t'))
                return false;
        *ret_rest = at + strspn(at, " \t");
        return true;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Setters, one a kind: false when the value is none of its kind.  *NUMBER is what was set, for the note. */

static void *part_of(struct cgroup_job *job, enum part part)
{
        return part == MEMORY ? (void *) lxc_cgroup_memory(job) : part == CPU ? (void *) lxc_cgroup_cpu(job) : (void *) lxc_cgroup_block_io(job);
}

static bool set_member(struct cgroup_job *job, const struct row *row, const char *value, const char **shown)
{
        char *part = part_of(job, row->part), *member = part ? part + row->offset : NULL;
        int64_t n = 0;
        uint64_t u = 0;
        bool ok;

        if (!part)
                return true;
        if (row->kind == BYTES || row->kind == SWAP)
                ok = lxc_cgroup_parse_bytes(value, "-1", &n);
        else if (row->kind == SIGNED)
                ok = num_parse_i64(value, strlen(value), &n) == 0;
        else
                ok = lxc_cgroup_parse_u64(value, row->kind == FLAG ? 1 : row->kind == WEIGHT ? 1000 : UINT64_MAX, &u);
        ok = ok && (row->kind != WEIGHT || u == 0 || u >= 10);
        if (!ok)
                return false;
        if (row->kind == FLAG)
                *(struct opt_bool *) member = (struct opt_bool) { true, u };
        else if (row->kind == WEIGHT)
                *(struct opt_u16 *) member = (struct opt_u16) { true, (uint16_t) u };
        else if (row->kind == UNSIGNED)
                *(struct opt_u64 *) member = (struct opt_u64) { true, u };
        else
                *(struct opt_i64 *) member = (struct opt_i64) { true, n };
        *shown = row->kind == FLAG                               ? (u ? "true" : "false")
                 : row->kind == WEIGHT || row->kind == UNSIGNED ? lxc_cgroup_text(job, "%" PRIu64, u)
                                                                 : lxc_cgroup_text(job, "%" PRId64, n);
        return true;
}

static bool set_list(struct cgroup_job *job, const struct row *row, const char *value, const char **shown)
{
        char *part = part_of(job, row->part);

        if (value[strspn(value, "0123456789,-")] != '\0')
                return false;
        if (part)
                *(const char **) (part + row->offset) = value;
        *shown = lxc_json_string(job->arena, value);
        return true;
}

static bool set_weights(struct cgroup_job *job, const struct row *row, const char *value, const char **shown)
{
        struct oci_weight_device *d;
        struct oci_block_io *b = lxc_cgroup_block_io(job);
        int64_t major, minor;
        const char *rest;
        uint64_t weight;

        if (!lxc_cgroup_parse_device(value, &major, &minor, &rest) || !lxc_cgroup_parse_u64(rest, 1000, &weight) || (weight && weight < 10))
                return false;
        d = b ? lxc_cgroup_append(job, &b->weight_device, sizeof *d) : NULL;
        if (!d)
                return true;
        *d = (struct oci_weight_device) { .major = { true, major }, .minor = { true, minor } };
        if (streq(row->file, "blkio.leaf_weight_device"))
                d->leaf_weight = (struct opt_u16) { true, (uint16_t) weight };
        else
                d->weight = (struct opt_u16) { true, (uint16_t) weight };
        *shown = lxc_cgroup_text(job, "{\"major\":%" PRId64 ",\"minor\":%" PRId64 ",\"%s\":%" PRIu64 "}", major, minor,
                             d->weight.set ? "weight" : "leafWeight", weight);
        return true;
}

static bool set_throttle(struct cgroup_job *job, const struct row *row, const char *value, const char **shown)
{
        struct oci_throttle_device *d;
        char *b = (char *) lxc_cgroup_block_io(job);
        int64_t major, minor;
        const char *rest;
        uint64_t rate;

        if (!lxc_cgroup_parse_device(value, &major, &minor, &rest) || num_parse_u64(rest, strlen(rest), 10, &rate) < 0)
                return false;
        d = b ? lxc_cgroup_append(job, b + row->offset, sizeof *d) : NULL;
        if (d)
                *d = (struct oci_throttle_device) { .major = { true, major }, .minor = { true, minor }, .rate = { true, rate } };
        *shown = lxc_cgroup_text(job, "{\"major\":%" PRId64 ",\"minor\":%" PRId64 ",\"rate\":%" PRIu64 "}", major, minor, rate);
        return true;
}

/* "2MB.limit_in_bytes", after "hugetlb." */
static bool set_hugepages(struct cgroup_job *job, const char *file, const char *value, const char **shown)
{
        static const char suffix[] = ".limit_in_bytes";
        size_t len = strlen(file), digits = strspn(file, "0123456789");
        struct oci_hugepage_limit *h;
        int64_t limit;

        if (digits == 0 || file[0] == '0' || len != digits + 2 + strlen(suffix) || !strchr("KMG", file[digits]) || file[digits + 1] != 'B' ||
            !streq(file + digits + 2, suffix) || !lxc_cgroup_parse_bytes(value, "-1", &limit))
                return false;
        h = lxc_cgroup_append(job, &job->res->hugepage_limits, sizeof *h);
        if (!h)
                return true;
        *h = (struct oci_hugepage_limit) { .page_size = arena_strndup(job->arena, file, digits + 2),
                                           .limit = { true, limit < 0 ? UINT64_MAX : (uint64_t) limit } };
        *shown = lxc_cgroup_text(job, "{\"pageSize\":\"%s\",\"limit\":%" PRIu64 "}", h->page_size ?: "", h->limit.value);
        return true;
}

static struct oci_network *network_of(struct cgroup_job *job)
{
        if (!job->res->network)
                job->res->network = arena_alloc(job->arena, sizeof *job->res->network);
        job->nomem = job->nomem || !job->res->network;
        return job->res->network;
}

static bool set_class_id(struct cgroup_job *job, const char *value, const char **shown)
{
        struct oci_network *network = network_of(job);
        uint64_t id;

        if (!lxc_cgroup_parse_u64(value, UINT32_MAX, &id))
                return false;
        if (network)
                network->class_id = (struct opt_u32) { true, (uint32_t) id };
        *shown = lxc_cgroup_text(job, "%" PRIu64, id);
        return true;
}

/* "eth0 5" */
static bool set_priority(struct cgroup_job *job, const char *value, const char **shown)
{
        size_t n = strcspn(value, " \t");
        const char *rest = value + n + strspn(value + n, " \t"), *name = arena_strndup(job->arena, value, n);
        struct oci_interface_priority *p;
        struct oci_network *network;
        uint64_t priority;

        if (n == 0 || memchr(value, '/', n) || !lxc_cgroup_parse_u64(rest, UINT32_MAX, &priority))
                return false;
        network = network_of(job);
        p = network && name ? lxc_cgroup_append(job, &network->priorities, sizeof *p) : NULL;
        if (!p)
                return true;
        *p = (struct oci_interface_priority) { .name = name, .priority = { true, (uint32_t) priority } };
        *shown = lxc_cgroup_text(job, "{\"name\":%s,\"priority\":%" PRIu64 "}", lxc_json_string(job->arena, name), priority);
        return true;
}

static bool set_pids(struct cgroup_job *job, const char *value, const char **shown)
{
        int64_t limit = -1;

        if (!streq(value, "max") && num_parse_range(value, 0, INT64_MAX, &limit) < 0)
                return false;
        if (!job->res->pids)
                job->res->pids = arena_alloc(job->arena, sizeof *job->res->pids);
        if (job->res->pids)
                job->res->pids->limit = (struct opt_i64) { true, limit };
        job->nomem = job->nomem || !job->res->pids;
        *shown = lxc_cgroup_text(job, "%" PRId64, limit);
        return true;
}

static bool set_value(struct cgroup_job *job, const struct row *row, const struct cgroup_item *item, const char **shown)
{
        const char *value = item->line->value;

        switch (row->kind) {
        case LIST:
                return set_list(job, row, value, shown);
        case WEIGHTS:
                return set_weights(job, row, value, shown);
        case THROTTLE:
                return set_throttle(job, row, value, shown);
        case HUGEPAGES:
                return set_hugepages(job, item->file + strlen("hugetlb."), value, shown);
        case CLASS_ID:
                return set_class_id(job, value, shown);
        case PRIORITY:
                return set_priority(job, value, shown);
        case PIDS:
                return set_pids(job, value, shown);
        default:
                return set_member(job, row, value, shown);
        }
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* The place of what was just set: the last entry, where it is a list. */
static const char *pointer_of(struct cgroup_job *job, const struct row *row)
{
        const struct oci_list *list = NULL;

        if (row->kind == WEIGHTS || row->kind == THROTTLE)
                list = (const struct oci_list *) (const void *) ((const char *) lxc_cgroup_block_io(job) + row->offset);
        else if (row->kind == HUGEPAGES)
                list = (const struct oci_list *) (const void *) &job->res->hugepage_limits;
        else if (row->kind == PRIORITY)
                list = (const struct oci_list *) (const void *) &job->res->network->priorities;
        if (!list)
                return lxc_cgroup_text(job, "/linux/resources/%s", row->pointer);
        return lxc_cgroup_text(job, "/linux/resources/%s/%zu", row->pointer, list->n - 1);
}

/* The word of io.max that sets what a throttle's file does. */
static const char *io_max_word(const char *file)
{
        static const char *const words[][2] = { { "read_bps", "rbps=" }, { "write_bps", "wbps=" }, { "read_iops", "riops=" }, { "write_iops", "wiops=" } };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strstr(file, words[i][0]))
                        return words[i][1];
        return "";
}

/* The last line of FILE that counts for the same device, and says something of the same limit. */
static const struct cgroup_item *rival_for_device(const struct cgroup_job *job, const char *file, const struct cgroup_item *item)
{
        enum { NEAR = 256 }; /* lines that are looked back over */
        int64_t mine[2], its[2];
        const char *rest;
        size_t from, n = lxc_cgroup_lines_of(job, true, file, &from), most = n > NEAR ? n - NEAR : 0;

        if (!lxc_cgroup_parse_device(item->line->value, &mine[0], &mine[1], &rest))
                return NULL;
        for (; n > most; n--) {
                const struct cgroup_item *other = job->sorted[from + n - 1];

                if (other->note.cls != LXC_DROPPED && lxc_cgroup_parse_device(other->line->value, &its[0], &its[1], &rest) && mine[0] == its[0] &&
                    mine[1] == its[1] && strstr(rest, io_max_word(item->file)))
                        return other;
        }
        return NULL;
}

/* The lxc.cgroup2 line that sets the same on a host with cgroup v2. */
static const struct cgroup_item *rival_of(struct cgroup_job *job, const struct row *row, const struct cgroup_item *item)
{
        const struct cgroup_item *rival;
        const char *file = row->v2;

        if (row->kind == HUGEPAGES)
                file = lxc_cgroup_text(job, "hugetlb.%.*s.max", (int) strcspn(item->file + strlen("hugetlb."), "."), item->file + strlen("hugetlb."));
        if (!file)
                return NULL;
        if (row->kind == THROTTLE || row->kind == WEIGHTS)
                return rival_for_device(job, file, item);
        rival = lxc_cgroup_find(job, true, file);
        if (!rival && streq(file, "io.weight"))
                rival = lxc_cgroup_find(job, true, "io.bfq.weight");
        return rival;
}

/* Nothing in linux.resources, or nothing that a host with cgroup v2 could do with it. */
static void lose(struct cgroup_job *job, struct cgroup_item *item, const struct row *row)
{
        if (row->fate == MEANINGLESS || (row->usual && streq(row->usual, item->line->value)))
                lxc_cgroup_say(job, item, LXC_DROPPED, LXC_INFO, NULL, NULL, "%s", row->fate == MEANINGLESS && row->remark ? row->remark : "this is the kernel's own value");
        else
                lxc_cgroup_say(job, item, LXC_IMPOSSIBLE, LXC_WARN, NULL, NULL, "%s", row->remark ?: "cgroup v2 has no such setting");
}

/* Runtimes have changed their minds on how shares and weights compare. */
static const char *shares_remark(struct cgroup_job *job, uint64_t shares)
{
        uint64_t least = MIN(MAX(shares, 2), 262144);

        return lxc_cgroup_text(job, "becomes cpu.weight = %" PRIu64 " under berth, crun 1.23 and runc 1.3.2, %" PRIu64 " under those before",
                               oci_cgroup_weight_of_shares(shares), 1 + (least - 2) * 9999 / 262142);
}

static void carry(struct cgroup_job *job, struct cgroup_item *item, const struct row *row)
{
        bool v2 = job->source->target == LXC_CGROUP_V2, almost = v2 && row->fate == ALMOST;
        const char *shown = NULL, *remark = v2 ? row->remark : NULL, *pointer;

        if (!set_value(job, row, item, &shown)) {
                lxc_cgroup_fault(job, item, NULL, "'%s' is no value for '%s': the kernel refuses it",
                             lxc_shown(job->arena, item->line->value), lxc_shown(job->arena, item->file));
                return;
        }
        if (job->nomem || row->kind == SWAP) /* lxc_cgroup_finish_swap has its note */
                return;
        pointer = pointer_of(job, row);
        if (v2 && streq(row->file, "cpu.shares"))
                remark = shares_remark(job, lxc_cgroup_cpu(job)->shares.value);
        lxc_cgroup_say(job, item, almost ? LXC_NEARLY : LXC_EXACT, almost ? LXC_NOTE : LXC_INFO, pointer, shown, remark ? "%s" : NULL, remark);
}

void lxc_cgroup_convert_v1(struct cgroup_job *job, struct cgroup_item *item)
{
        bool v2 = job->source->target == LXC_CGROUP_V2;
        const struct row *row = find_row(item->file);
        const struct cgroup_item *rival = row && v2 ? rival_of(job, row, item) : NULL;

        if (!row && v2 && (lxc_cgroup_is_v2_file(item->file) || str_after(item->file, "rdma.") || str_after(item->file, "misc.")))
                lxc_cgroup_put_unified(job, item, LXC_NEARLY, LXC_NOTE, item->file, item->line->value,
                                   "a file of cgroup v2 under a v1 key: LXC writes it on a host that has both");
        else if (!row)
                lxc_cgroup_say(job, item, LXC_IMPOSSIBLE, LXC_WARN, NULL, NULL, "OCI has no field for '%s'", lxc_shown(job->arena, item->file));
        else if (rival)
                lxc_cgroup_say(job, item, LXC_DROPPED, LXC_NOTE, NULL, NULL, "on cgroup v2 %s = %s of %s counts instead", rival->line->key,
                           lxc_shown(job->arena, rival->line->value), lxc_cgroup_place(job, item, rival->line));
        else if (row->kind == NOTHING || (v2 && (row->fate == LOST || row->fate == MEANINGLESS)))
                lose(job, item, row);
        else
                carry(job, item, row);
}

/* ------------------------------------------------------------------------------------------------------------------
 * v1 counts memory and swap together: OCI as well, cgroup v2 swap alone. */

static void swap_alone(struct cgroup_job *job, struct cgroup_item *item, int64_t both)
{
        struct cgroup_item *max = lxc_cgroup_find(job, true, "memory.max"), *limit_v1;
        size_t from, n = lxc_cgroup_lines_of(job, false, "memory.limit_in_bytes", &from);
        int64_t limit = 0;

        limit_v1 = n > 0 ? job->sorted[from + n - 1] : NULL;
        if (!(limit_v1 && lxc_cgroup_parse_bytes(limit_v1->line->value, "-1", &limit)) && !lxc_cgroup_parse_bytes(max->line->value, "max", &limit))
                limit = 0;
        if (limit <= 0 || both < limit)
                lxc_cgroup_fault(job, item, "set memory.swap.max itself", "memory and swap together are limited, but memory is not limited below that");
        else
                lxc_cgroup_put_unified(job, item, LXC_NEARLY, LXC_NOTE, "memory.swap.max", lxc_cgroup_text(job, "%" PRId64, both - limit),
                                   "swap alone, since the memory limit is set by its cgroup v2 key");
}

void lxc_cgroup_finish_swap(struct cgroup_job *job)
{
        struct oci_memory *m = job->res->memory;
        struct cgroup_item *item = m && m->swap.set ? lxc_cgroup_find(job, false, "memory.memsw.limit_in_bytes") : NULL;
        bool v2 = job->source->target == LXC_CGROUP_V2;
        int64_t limit;

        if (!item || job->nomem)
                return;
        limit = m->limit.set ? m->limit.value : 0;
        if (v2 && !m->limit.set && m->swap.value > 0 && lxc_cgroup_find(job, true, "memory.max")) {
                swap_alone(job, item, m->swap.value);
        } else if (m->swap.value > 0 && limit <= 0) {
                lxc_cgroup_fault(job, item, "set memory.limit_in_bytes too", "memory and swap together are limited, but memory is not: the kernel refuses it");
        } else if (m->swap.value >= 0 && m->swap.value < limit) {
                lxc_cgroup_fault(job, item, NULL, "memory and swap together are limited to less than memory alone: the kernel refuses it");
        } else {
                lxc_cgroup_say(job, item, LXC_EXACT, LXC_INFO, "/linux/resources/memory/swap", lxc_cgroup_text(job, "%" PRId64, m->swap.value),
                           v2 && m->swap.value > 0 ? "becomes memory.swap.max = %" PRId64 : NULL, m->swap.value - limit);
                return;
        }
        m->swap = (struct opt_i64) { 0 };
}
