/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-net.h"

#include <fcntl.h>
#include <string.h>

#include "plan/net.h"
#include "plan/ns.h"
#include "str.h"
#include "sys/netdev.h"
#include "sys/rdt.h"

int apply_loopback_up(struct run *run _unused_, const struct step *step _unused_, struct err *e) { return sys_loopback_up(e); }

static int open_netns(const struct run *run, struct err *e)
{
        const char *joined = plan_ns_is_joined(run->plan, OCI_NS_NETWORK) ? run->plan->ns_path[OCI_NS_NETWORK] : NULL;
        char path[48];
        int fd;

        snprintf(path, sizeof path, "/proc/%d/ns/net", (int) run->init_pid);
        fd = open(joined ? joined : path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open the container's network namespace '%s'", joined ? joined : path);
        return fd;
}

int apply_netdev_move(struct run *run, const struct step *step, struct err *e)
{
        const struct oci_net_device *d = step->u.net_device;
        _cleanup_close_ int netns_fd = open_netns(run, e);
        struct sys_netdev *dev;
        int r;

        if (netns_fd < 0)
                return netns_fd;
        r = sys_netdev_move(netns_fd, d->host_name, str_empty(d->name) ? d->host_name : d->name, &dev, e);
        if (r < 0)
                return r;
        dev->next = run->netdevs;
        run->netdevs = dev;
        return 0;
}

/* First on disk, then in resctrl: whoever finds the record of a killed create removes at most what was not there before. */
static int make_recorded(struct run *run, const char *path, struct err *e)
{
        oci_strings *dirs = &run->record.rdt_dirs;
        int r;

        dirs->items = run->rdt_dirs;
        dirs->items[dirs->n++] = path;
        r = state_record_write(run->state_fd, &run->record, e);
        if (r == 0)
                r = sys_rdt_make(path, e);
        if (r == -EEXIST)
                dirs->n--; /* somebody else's, made this very moment */
        return r;
}

/* A class that the config names outlives the container. */
static int make_class(struct run *run, const char *path, struct err *e)
{
        int r = sys_rdt_make(path, e);

        if (r == 0)
                run->rdt_class = path;
        return r;
}

static int set_schemas(const struct step_rdt *rdt, const char *path, bool existed, struct err *e)
{
        const char *const lines[] = { rdt->l3, rdt->mb };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(lines) && r == 0; i++)
                if (lines[i])
                        r = existed && !rdt->own ? sys_rdt_check_schema(path, lines[i], e) :
                                                   sys_rdt_set_schema(rdt->root, path, lines[i], e);
        for (size_t i = 0; i < rdt->schemata.n && r == 0; i++)
                r = sys_rdt_set_schema(rdt->root, path, rdt->schemata.items[i], e);
        return r;
}

static int enter_group(struct run *run, const struct step_rdt *rdt, struct err *e)
{
        const char *path = rdt->group_path;
        bool existed = sys_rdt_exists(path);
        int r = 0;

        if (!existed && !rdt->own && !rdt->l3 && !rdt->mb && rdt->schemata.n == 0) {
                err_set(e, ERR_HOST, ENOENT, "there is no resctrl group '%s', and the config has no schema to make it with", path);
                err_hint(e, "make the group before, or give intelRdt a schema");
                return -ENOENT;
        }
        if (!existed)
                r = rdt->own ? make_recorded(run, path, e) : make_class(run, path, e);
        if (r == 0)
                r = set_schemas(rdt, path, existed, e);
        return r < 0 ? r : sys_rdt_add_task(rdt->root, path, run->init_pid, e);
}

int apply_rdt_assign(struct run *run, const struct step *step, struct err *e)
{
        const struct step_rdt *rdt = step->u.rdt;
        int r = enter_group(run, rdt, e);

        if (r < 0 || !rdt->monitor_path)
                return r;
        if (!sys_rdt_exists(rdt->monitor_path))
                r = make_recorded(run, rdt->monitor_path, e);
        return r < 0 ? r : sys_rdt_add_task(rdt->root, rdt->monitor_path, run->init_pid, e);
}

int run_net_undo(struct run *run, struct err *e)
{
        const char *dirs[] = { run->record.rdt_dirs.n > 1 ? run->rdt_dirs[1] : NULL,
                               run->record.rdt_dirs.n > 0 ? run->rdt_dirs[0] : NULL, run->rdt_class };
        struct err later = ERR_INIT;
        int r = 0;

        for (const struct sys_netdev *dev = run->netdevs; dev; dev = dev->next) {
                int s = sys_netdev_move_back(dev, r < 0 ? &later : e);

                r = r < 0 ? r : s;
        }
        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
                int s = dirs[i] ? sys_rdt_remove(dirs[i], r < 0 ? &later : e) : 0;

                r = r < 0 ? r : s;
        }
        return r;
}

void run_net_done(struct run *run)
{
        while (run->netdevs) {
                struct sys_netdev *dev = run->netdevs;

                run->netdevs = dev->next;
                sys_netdev_free(dev);
        }
}
