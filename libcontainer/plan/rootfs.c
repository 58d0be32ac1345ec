/* SPDX-License-Identifier: Apache-2.0 */
#include "rootfs.h"

#include <sys/mount.h>

#include "hooks.h"
#include "json/tree.h"
#include "mounts.h"
#include "names.h"
#include "ns.h"
#include "parse.h"

enum { KIND_FLAGS = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE };

static const struct json_node *linux_member(const struct plan *plan, const char *key)
{
        const struct json_node *node = plan->spec->linux_->at.node;

        return node ? json_member(node, key) : NULL;
}

static const struct json_node *root_member(const struct plan *plan, const char *key)
{
        const struct json_node *node = plan->spec->root->at.node;

        return node ? json_member(node, key) : NULL;
}

/* A fault of the config that shows only here, with the place of NODE. */
static int fault(const struct plan *plan, const struct json_node *node, struct err *e, const char *sentence)
{
        char pointer[192];

        err_set(e, ERR_CONFIG, EINVAL, "%s", sentence);
        if (node) {
                json_pointer(node, pointer, sizeof pointer);
                err_at(e, plan->config_name, node->line, node->column, pointer);
        }
        return -EINVAL;
}

static const struct json_node *options_node(const struct plan *plan) { return oci_annotation_node(plan->spec, "berth.rootfs.options"); }

static bool has_mount_ns(const struct plan *plan) { return plan_ns_is_own(plan, OCI_NS_MOUNT); }

/* The propagation that is asked for, or 0. */
static unsigned long asked_propagation(const struct plan *plan)
{
        const struct opt_enum *value = &plan->spec->linux_->rootfs_propagation;

        if (value->set)
                return (unsigned long) value->value;
        return plan->spec->extensions.slave_root && has_mount_ns(plan) ? MS_SLAVE | MS_REC : 0;
}

/* What "/" gets before anything is mounted.  Unbindable would forbid the binds that are still to come: as long as they do,
 * it is private, which is the same towards others. */
static unsigned long old_root_propagation(const struct plan *plan)
{
        unsigned long value = asked_propagation(plan);

        if (value == 0)
                return MS_SLAVE | MS_REC;
        if (value & MS_UNBINDABLE)
                return (value & MS_REC) | MS_PRIVATE;
        return value;
}

/* Nothing of the tree propagates to the host. */
static bool old_root_is_cut_off(const struct plan *plan)
{
        unsigned long value = old_root_propagation(plan);

        return (value & MS_REC) && !(value & MS_SHARED);
}

static const char *root_path(struct planner *p)
{
        const char *path = p->plan->spec->root->path;

        return path[0] == '/' ? path : arena_printf(p->arena, "%s/%s", p->plan->request->bundle, path);
}

static int make_rootfs(struct planner *p, struct err *e)
{
        struct step_rootfs *r;

        if (p->rootfs)
                return 0;
        if (!p->plan->spec->root || !p->plan->spec->root->path)
                return fault(p->plan, p->plan->spec->at.node, e, "the config names no root file system: 'root.path' is missing");
        r = arena_alloc(p->arena, sizeof *r);
        if (!r)
                return err_nomem(e);
        r->path = root_path(p);
        if (!r->path)
                return err_nomem(e);
        r->source_row = -1;
        r->bind = has_mount_ns(p->plan);
        r->unshare_parent = r->bind && !old_root_is_cut_off(p->plan);
        r->propagation = asked_propagation(p->plan) & (MS_SHARED | MS_SLAVE) ? MS_SLAVE : MS_PRIVATE;
        p->rootfs = r;
        return 0;
}

/* The ids of "idmap" and "ridmap", or of the user namespace at PATH. */
static int decide_root_idmap(struct planner *p, const struct mount_flags *flags, const char *path, struct err *e)
{
        const struct json_node *node = options_node(p->plan);
        struct oci_mount like = { .source = p->rootfs->path };
        struct mount_draft draft = { .p = p, .mount = &like, .node = node, .target = "/", .step = { .kind = STEP_MOUNT_BIND } };
        struct step_idmap *idmap = NULL;
        int r = 0;

        if (!flags->idmap && !path)
                return 0;
        if (plan_has_hooks(p->plan->spec, OCI_HOOK_LXC_PRE_MOUNT))
                return fault(p->plan, node, e, "a root file system that a pre-mount hook may mount cannot have its ids mapped before");
        if (!path)
                r = mount_draft_idmap(&draft, flags, NULL, &idmap, e);
        else if (!(idmap = arena_alloc(p->arena, sizeof *idmap)))
                r = err_nomem(e);
        else
                *idmap = (struct step_idmap) { .userns_path = path, .recursive = true };
        p->rootfs->idmap = idmap;
        return r;
}

/* The words are those that the validator let pass. */
static int decide_root_options(struct planner *p, struct err *e)
{
        const oci_strings *words = &p->plan->spec->extensions.root_options;
        struct mount_flags flags = { 0 };
        const char *userns = NULL;

        if (words->n > 0 && !p->rootfs->bind)
                return fault(p->plan, options_node(p->plan), e,
                             "options of the root file system need a mount namespace of the container's own");
        for (size_t i = 0; i < words->n; i++) {
                const struct mount_option *o = mount_option_find(words->items[i]);

                if (str_after(words->items[i], "idmap=/"))
                        userns = str_after(words->items[i], "idmap=");
                else if (o)
                        mount_option_apply(o, &flags);
        }
        p->rootfs->args = (struct mount_args) {
                .source = p->rootfs->path, .target = "/", .attr_set = flags.attr_set, .attr_clear = flags.attr_clear,
                .rec_set = flags.rec_attr_set, .rec_clear = flags.rec_attr_clear,
                .recursive = flags.rec_attr_set || flags.rec_attr_clear,
        };
        return decide_root_idmap(p, &flags, userns, e);
}

/* Init could not open it with its own means, or its ids are mapped, which only the parent may do. */
static bool needs_parent(const struct plan *plan, const struct step_rootfs *r)
{
        if (r->idmap)
                return true;
        /* Pre-mount hooks mount what the root shall be, and only in init's mount namespace. */
        return r->bind && plan->user_ns && plan->host->privileged && !plan_has_hooks(plan->spec, OCI_HOOK_LXC_PRE_MOUNT);
}

int plan_add_rootfs_source(struct planner *p, struct err *e)
{
        struct step *s;
        int r = make_rootfs(p, e);

        if (r == 0)
                r = decide_root_options(p, e);
        if (r < 0 || !needs_parent(p->plan, p->rootfs))
                return r;
        s = planner_add(p, PLAN_PARENT, PLAN_PHASE_SPAWN, PLAN_SOURCE_OPEN, root_member(p->plan, "path"));
        if (!s)
                return err_nomem(e);
        s->kind = "rootfs";
        s->u.rootfs = p->rootfs;
        p->rootfs->source_row = (int) p->n_steps - 1;
        return 0;
}

static int add_propagation(struct planner *p, enum plan_phase phase, unsigned long flags)
{
        struct step *s = planner_add(p, PLAN_INIT, phase, PLAN_ROOTFS_PROPAGATION, linux_member(p->plan, "rootfsPropagation"));

        if (!s)
                return -ENOMEM;
        s->u.number = flags;
        return 0;
}

static int add_options(struct planner *p, struct err *e)
{
        const struct mount_args *args = &p->rootfs->args;
        struct step *s;

        if (!args->attr_set && !args->attr_clear && !args->rec_set && !args->rec_clear)
                return 0;
        s = planner_add(p, PLAN_INIT, PLAN_PHASE_MOUNTS, PLAN_ROOTFS_OPTIONS, options_node(p->plan));
        if (!s)
                return err_nomem(e);
        s->u.rootfs = p->rootfs;
        return 0;
}

int plan_add_rootfs_bind(struct planner *p, struct err *e)
{
        struct step *s;
        int r = make_rootfs(p, e);

        if (r < 0)
                return r;
        if (p->rootfs->bind && add_propagation(p, PLAN_PHASE_MOUNTS, old_root_propagation(p->plan)) < 0)
                return err_nomem(e);
        r = plan_add_hooks(p, OCI_HOOK_LXC_PRE_MOUNT, e);
        if (r < 0)
                return r;
        s = planner_add(p, PLAN_INIT, PLAN_PHASE_MOUNTS, PLAN_ROOTFS_BIND, root_member(p->plan, "path"));
        if (!s)
                return err_nomem(e);
        s->u.rootfs = p->rootfs;
        return add_options(p, e);
}

static enum plan_pivot pivot_way(const struct plan *plan)
{
        if (!has_mount_ns(plan))
                return PLAN_PIVOT_CHROOT;
        if (plan->request->no_pivot)
                return PLAN_PIVOT_MOVE;
        return old_root_is_cut_off(plan) ? PLAN_PIVOT_ROOT : PLAN_PIVOT_OLD_SHARED;
}

int plan_add_rootfs_pivot(struct planner *p, struct err *e)
{
        struct step *s = planner_add(p, PLAN_INIT, PLAN_PHASE_ROOT, PLAN_ROOTFS_PIVOT, root_member(p->plan, "path"));

        if (!s)
                return err_nomem(e);
        s->u.number = pivot_way(p->plan);
        if (has_mount_ns(p->plan) && asked_propagation(p->plan) &&
            add_propagation(p, PLAN_PHASE_ROOT, asked_propagation(p->plan)) < 0)
                return err_nomem(e);
        return 0;
}

static const struct json_node *first_child(const struct json_node *node) { return node ? node->first : NULL; }

static bool is_root(const char *path) { return path[strspn(path, "/")] == '\0'; }

/* One row a path.  "/" cannot be covered: the root stays below what is mounted on it. */
static int add_paths(struct planner *p, const char *key, const oci_strings *paths, enum plan_op op, struct err *e)
{
        const struct json_node *node = first_child(linux_member(p->plan, key));

        for (size_t i = 0; i < paths->n; i++, node = node ? node->next : NULL) {
                bool root = is_root(paths->items[i]);
                struct step *s;

                if (root && op == PLAN_PATH_MASK)
                        return fault(p->plan, node, e, "the root '/' cannot be masked");
                s = planner_add(p, PLAN_INIT, PLAN_PHASE_ROOT, root ? PLAN_ROOTFS_READONLY : op, node);
                if (!s)
                        return err_nomem(e);
                s->u.text = root ? NULL : paths->items[i];
        }
        return 0;
}

static int add_writable(struct planner *p, struct err *e)
{
        const oci_strings *paths = &p->plan->spec->extensions.writable_paths;

        for (size_t i = 0; i < paths->n; i++) {
                struct step *s = planner_add(p, PLAN_INIT, PLAN_PHASE_ROOT, PLAN_PATH_WRITABLE,
                                             oci_annotation_node(p->plan->spec, "berth.paths.writable"));

                if (!s)
                        return err_nomem(e);
                s->u.text = paths->items[i];
        }
        return 0;
}

/* In the runtime's own mount namespace all of this would happen to the host. */
static int refuse_on_host(const struct plan *plan, struct err *e)
{
        const struct oci_linux *l = plan->spec->linux_;

        if (l->readonly_paths.n > 0)
                return fault(plan, linux_member(plan, "readonlyPaths"), e,
                             "read-only paths need a mount namespace of the container's own");
        if (l->masked_paths.n > 0)
                return fault(plan, linux_member(plan, "maskedPaths"), e,
                             "masked paths need a mount namespace of the container's own");
        if (plan->spec->root->readonly.set && plan->spec->root->readonly.value)
                return fault(plan, root_member(plan, "readonly"), e,
                             "a read-only root needs a mount namespace of the container's own");
        return 0;
}

int plan_add_rootfs_confine(struct planner *p, struct err *e)
{
        const struct oci_linux *l = p->plan->spec->linux_;
        const struct oci_root *root = p->plan->spec->root;
        int r = has_mount_ns(p->plan) ? 0 : refuse_on_host(p->plan, e);

        if (r == 0)
                r = add_paths(p, "readonlyPaths", &l->readonly_paths, PLAN_PATH_READONLY, e);
        if (r == 0)
                r = add_writable(p, e);
        if (r == 0)
                r = add_paths(p, "maskedPaths", &l->masked_paths, PLAN_PATH_MASK, e);
        if (r < 0 || !root->readonly.set || !root->readonly.value)
                return r;
        return planner_add(p, PLAN_INIT, PLAN_PHASE_ROOT, PLAN_ROOTFS_READONLY, root_member(p->plan, "readonly")) ?
                       0 : err_nomem(e);
}

static const char *pivot_text(uint64_t way)
{
        switch ((enum plan_pivot) way) {
        case PLAN_PIVOT_ROOT: return "pivot_root";
        case PLAN_PIVOT_OLD_SHARED: return "pivot_root, old root shared";
        case PLAN_PIVOT_MOVE: return "move and chroot";
        case PLAN_PIVOT_CHROOT: return "chroot";
        }
        return "?";
}

static const char *propagation_text(unsigned long flags)
{
        const char *name = name_of(&names_propagation, (int) (flags & (KIND_FLAGS | MS_REC)));

        return name ? name : "?";
}

void plan_rootfs_describe(const struct step *step, struct strbuf *out)
{
        switch (step->op) {
        case PLAN_SOURCE_OPEN:
                strbuf_printf(out, "'%s'", step->u.rootfs->path);
                if (step->u.rootfs->idmap)
                        plan_idmap_describe(step->u.rootfs->idmap, out);
                break;
        case PLAN_ROOTFS_OPTIONS:
                strbuf_adds(out, "'/'");
                plan_attrs_describe(&step->u.rootfs->args, out);
                break;
        case PLAN_ROOTFS_PROPAGATION:
                strbuf_printf(out, "'/' %s", propagation_text((unsigned long) step->u.number));
                break;
        case PLAN_ROOTFS_BIND:
                strbuf_printf(out, "'%s'", step->u.rootfs->path);
                if (step->u.rootfs->bind)
                        strbuf_printf(out, " %s", propagation_text(step->u.rootfs->propagation));
                if (step->u.rootfs->source_row >= 0)
                        strbuf_printf(out, " from #%d", step->u.rootfs->source_row);
                break;
        case PLAN_ROOTFS_PIVOT:
                strbuf_adds(out, pivot_text(step->u.number));
                break;
        case PLAN_ROOTFS_READONLY:
                strbuf_adds(out, "'/'");
                break;
        case PLAN_PATH_READONLY:
        case PLAN_PATH_WRITABLE:
        case PLAN_PATH_MASK:
                strbuf_printf(out, "'%s'", step->u.text);
                break;
        default:
                break;
        }
}
