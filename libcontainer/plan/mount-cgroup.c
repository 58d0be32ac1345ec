/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of type cgroup and cgroup2: what the container sees of the control groups, by the host's layout.
 *
 *   cgroup namespace, v2         a cgroup2 mount, whose root is the container's own cgroup
 *   no cgroup namespace, v2      a bind of the container's own cgroup directory: never the host's root
 *   v1, hybrid                   a tmpfs with a directory per hierarchy, each a mount or a bind as above, and a symbolic link
 *                                for every controller that shares one
 *
 * Without a cgroup namespace, what an unprivileged runtime shows is read-only, and so is what turns out to be a
 * hierarchy's root, whatever the config says (CVE-2023-25809).
 */
#include "mounts.h"

#include <linux/mount.h>

#include "ns.h"

static bool is_unprivileged(const struct plan *plan)
{
        return plan->user_ns || plan->host->in_user_ns || plan->host->euid != 0;
}

/* The container's cgroup below the hierarchy mounted at MOUNT, or without one the runtime's own. */
static const char *cgroup_dir(const struct mount_draft *d, const char *mount, const char *own, bool *ret_is_root)
{
        const char *path = d->p->plan->cgroup_path ?: own ?: "/";
        path += strspn(path, "/");
        *ret_is_root = *path == '\0';
        return *path ? arena_printf(d->p->arena, "%s/%s", mount, path) : mount;
}

static int keep_bind(struct mount_draft *d, const char *mount, const char *own, struct err *e)
{
        struct step_mount *s = &d->step;
        bool is_root;
        s->kind = STEP_MOUNT_BIND;
        s->args.type = NULL;
        s->args.source = cgroup_dir(d, mount, own, &is_root);
        s->args.n_options = 0;
        s->args.sb_flags = 0;
        if (!s->args.source)
                return err_nomem(e);
        if (is_root || is_unprivileged(d->p->plan)) {
                s->args.attr_set |= MOUNT_ATTR_RDONLY;
                s->args.attr_clear &= ~(uint64_t) MOUNT_ATTR_RDONLY;
        }
        return mount_draft_keep(d, "bind", e);
}

static int keep_v2(struct mount_draft *d, struct err *e)
{
        const struct plan *plan = d->p->plan;
        if (!plan_ns_is_own(plan, OCI_NS_CGROUP)) {
                if (!plan->host->v2_mount)
                        return mount_draft_fault(d, ENOTSUP, e, "this host has no cgroup file system mounted, and the container "
                                                                "no cgroup namespace");
                return keep_bind(d, plan->host->v2_mount, plan->host->v2_own, e);
        }
        d->step.args.type = "cgroup2";
        return mount_draft_keep(d, "cgroup2", e);
}

/* ------------------------------------------------------------------------------------------------------------------
 * v1 */

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');
        return slash && slash[1] ? slash + 1 : path;
}

/* The controllers of a hierarchy as options of a mount: "cpu,cpuacct", or "none,name=systemd". */
static int add_controllers(struct mount_draft *d, const char *controllers)
{
        const char *name = str_after(controllers, "name=");
        if (name) {
                int r = mount_draft_add_option(d, "none", NULL);
                return r < 0 ? r : mount_draft_add_option(d, "name", name);
        }
        while (*controllers) {
                size_t len = strcspn(controllers, ",");
                int r = mount_draft_add_option(d, arena_strndup(d->p->arena, controllers, len), NULL);
                if (r < 0)
                        return r;
                controllers += len + (controllers[len] == ',');
        }
        return 0;
}

static int keep_hierarchy(const struct mount_draft *parent, const struct host_cgroup_v1 *v1, struct err *e)
{
        struct mount_draft d = *parent;
        struct mount_args *args = &d.step.args;
        const char *target = arena_printf(d.p->arena, "%s/%s", parent->target, base_name(v1->mount));
        if (!target)
                return err_nomem(e);
        d.target = args->target = target;
        d.step.is_root = false;
        args->options = NULL;
        d.step.option_nodes = NULL;
        args->n_options = 0;
        if (!plan_ns_is_own(d.p->plan, OCI_NS_CGROUP))
                return keep_bind(&d, v1->mount, v1->own, e);
        args->type = args->source = "cgroup";
        if (add_controllers(&d, v1->controllers) < 0)
                return err_nomem(e);
        return mount_draft_keep(&d, "cgroup", e);
}

/* "cpu" and "cpuacct" beside a directory "cpu,cpuacct". */
static int add_links(struct mount_draft *d, const struct host_cgroup_v1 *v1)
{
        const char *dir = base_name(v1->mount), *rest = v1->controllers;
        if (str_after(rest, "name="))
                return 0;
        while (*rest) {
                size_t len = strcspn(rest, ",");
                const char *controller = arena_strndup(d->p->arena, rest, len);
                if (!controller)
                        return -ENOMEM;
                if (!streq(controller, dir)) {
                        struct step_mount_link *links = arena_grow_array(d->p->arena, (void *) d->step.links, d->step.n_links,
                                                                         sizeof *links);
                        if (!links)
                                return -ENOMEM;
                        links[d->step.n_links++] = (struct step_mount_link) { controller, dir };
                        d->step.links = links;
                }
                rest += len + (rest[len] == ',');
        }
        return 0;
}

static int keep_tmpfs(const struct mount_draft *parent, struct err *e)
{
        const struct host *host = parent->p->plan->host;
        struct mount_draft d = *parent;
        const char **dirs = arena_alloc_array(d.p->arena, host->n_v1 + 1, sizeof *dirs);
        if (!dirs)
                return err_nomem(e);
        d.step.dirs = dirs;
        d.step.args.type = d.step.args.source = "tmpfs";
        d.step.args.fill = true;
        for (unsigned i = 0; i < host->n_v1; i++) {
                dirs[i] = base_name(host->v1[i].mount);
                if (add_links(&d, &host->v1[i]) < 0)
                        return err_nomem(e);
        }
        if (mount_draft_add_option(&d, "mode", "755") < 0)
                return err_nomem(e);
        int r = mount_draft_label(&d, e);
        if (r < 0)
                return r;
        /* What the words say about propagation is for the hierarchies. */
        d.step.args.n_propagation = 0;
        return mount_draft_keep(&d, "tmpfs", e);
}

static int keep_v1(struct mount_draft *d, struct err *e)
{
        const struct host *host = d->p->plan->host;
        int r;
        if (d->step.args.n_options > 0) {
                /* The config names controllers: one hierarchy, as it stands. */
                if (!plan_ns_is_own(d->p->plan, OCI_NS_CGROUP))
                        return mount_draft_fault(d, EINVAL, e, "a single hierarchy ('%s') needs a cgroup namespace",
                                                 d->step.args.options[0].key);
                return mount_draft_keep(d, "cgroup", e);
        }
        r = keep_tmpfs(d, e);
        for (unsigned i = 0; r == 0 && i < host->n_v1; i++)
                r = keep_hierarchy(d, &host->v1[i], e);
        return r;
}

int mount_draft_cgroup(struct mount_draft *d, struct err *e)
{
        const struct host *host = d->p->plan->host;
        bool v1 = host->cgroup == HOST_CGROUP_V1 || host->cgroup == HOST_CGROUP_HYBRID;
        return v1 && streq(d->mount->type, "cgroup") ? keep_v1(d, e) : keep_v2(d, e);
}
