/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-record.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "ns.h"
#include "parse.h"
#include "sys/process.h"
#include "record.h"
#include "str.h"

void run_cgroup_owner(const char *id, uint64_t created_usec, char *buf, size_t size)
{
        snprintf(buf, size, "%s %" PRIu64, id, created_usec);
}

static const char *absolute_rootfs(const struct plan *plan, char *buf, size_t size)
{
        const char *path = plan->spec->root && plan->spec->root->path ? plan->spec->root->path : "";

        if (path[0] == '/')
                return path;
        snprintf(buf, size, "%s/%s", plan->request->bundle, path);
        return buf;
}

/* Devices that are moved in, as pairs of host name and name inside. */
static int list_net_devices(const struct oci_linux *l, struct state_record *record)
{
        struct oci_pair *pairs = calloc(l->net_devices.n + 1, sizeof *pairs);

        if (!pairs)
                return -ENOMEM;
        for (size_t i = 0; i < l->net_devices.n; i++)
                pairs[i] = (struct oci_pair) { l->net_devices.items[i].host_name, l->net_devices.items[i].name ?: l->net_devices.items[i].host_name };
        record->net_devices.items = pairs;
        record->net_devices.n = l->net_devices.n;
        return 0;
}

static int identify_self(struct state_record *record, char boot_id[37], struct err *e)
{
        int r = state_boot_id(boot_id, e);

        if (r < 0)
                return r;
        record->boot_id = boot_id;
        record->creator.pid = getpid();
        r = sys_process_start_time(record->creator.pid, &record->creator.start_ticks, NULL);
        return r < 0 ? err_sys(e, -r, "read", "cannot read the start time of process %d", (int) record->creator.pid) : 0;
}

/* Everything but init, which is not there yet. */
static int fill(struct run *run, struct state_record *record, struct err *e)
{
        const struct plan *plan = run->plan;
        const struct oci_spec *spec = plan->spec;

        record->phase = STATE_CREATING;
        record->id = plan->request->id;
        record->bundle = plan->request->bundle;
        record->rootfs = absolute_rootfs(plan, run->rootfs_path, sizeof run->rootfs_path);
        record->oci_version = spec->oci_version;
        record->created_usec = run->created_usec;
        record->owner_uid = getuid();
        record->cgroup_manager = plan->cgroup_path ? STATE_CGROUP_CGROUPFS : STATE_CGROUP_DISABLED;
        record->cgroup_path = plan->cgroup_path;
        record->annotations = spec->annotations;
        record->start_host = *oci_spec_hooks(spec, OCI_HOOK_LXC_START_HOST);
        record->poststart = *oci_spec_hooks(spec, OCI_HOOK_POSTSTART);
        record->stop = *oci_spec_hooks(spec, OCI_HOOK_LXC_STOP);
        record->poststop = *oci_spec_hooks(spec, OCI_HOOK_POSTSTOP);
        record->private_pid_ns = plan_ns_is_new(plan, OCI_NS_PID);
        if (list_net_devices(spec->linux_, record) < 0)
                return err_nomem(e);
        return identify_self(record, run->boot_id, e);
}

int apply_record_intent(struct run *run, const struct step *step _unused_, struct err *e)
{
        int r = fill(run, &run->record, e);

        return r < 0 ? r : state_record_write(run->state_fd, &run->record, e);
}

int apply_record_complete(struct run *run, const struct step *step _unused_, struct err *e)
{
        int r;

        run->record.init.pid = run->init_pid;
        r = sys_process_start_time(run->init_pid, &run->record.init.start_ticks, NULL);
        if (r < 0)
                return err_sys(e, -r, "read", "cannot read the start time of the container's init");
        run->record.phase = STATE_CREATED;
        return state_record_write(run->state_fd, &run->record, e);
}
