/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"

#include <linux/mount.h>

#include "hooks.h"
#include "json/tree.h"
#include "ns.h"
#include "process.h"

/* One mount as it will be, with its name and origin. */
struct plan_mount {
        struct step_mount *step;
        const char *kind;
        const struct json_node *origin;
        bool late_readonly; /* something is still to be made in it */
};

/* What mounts.c keeps in the planner between its two turns. */
struct step_mounts {
        struct plan_mount *items;
        size_t n;
};

int mount_draft_fault(const struct mount_draft *draft, int num, struct err *e, const char *fmt, ...)
{
        char what[512], pointer[192];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(what, sizeof what, fmt, ap);
        va_end(ap);
        err_set(e, num == ENOTSUP ? ERR_HOST : ERR_CONFIG, num, "mount '%s' on '%s': %s",
                draft->mount->type ? draft->mount->type : draft->mount->source ? draft->mount->source : "", draft->target, what);
        if (draft->node) {
                json_pointer(draft->node, pointer, sizeof pointer);
                err_at(e, draft->p->plan->config_name, draft->node->line, draft->node->column, pointer);
        }
        return -num;
}

int mount_draft_keep(const struct mount_draft *draft, const char *kind, struct err *e)
{
        struct planner *p = draft->p;
        struct plan_mount *items = arena_grow_array(p->arena, p->mounts->items, p->mounts->n, sizeof *items);
        struct step_mount *step = arena_alloc(p->arena, sizeof *step);
        if (!items || !step)
                return err_nomem(e);
        *step = draft->step;
        p->mounts->items = items;
        items[p->mounts->n++] = (struct plan_mount) { step, kind, draft->node };
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Options */

static int add_option(struct mount_draft *d, const char *key, const char *value, const struct json_node *node)
{
        struct mount_args *args = &d->step.args;
        struct mount_fs_arg *options = arena_grow_array(d->p->arena, (void *) args->options, args->n_options, sizeof *options);
        const struct json_node **nodes = arena_grow_array(d->p->arena, (void *) d->step.option_nodes, args->n_options,
                                                          sizeof(void *));
        if (!options || !nodes || !key)
                return -ENOMEM;
        nodes[args->n_options] = node;
        options[args->n_options++] = (struct mount_fs_arg) { key, value };
        args->options = options;
        d->step.option_nodes = nodes;
        return 0;
}

int mount_draft_add_option(struct mount_draft *draft, const char *key, const char *value)
{
        return add_option(draft, key, value, NULL);
}

/* Length of the option at TEXT: up to a comma that is neither quoted nor behind a backslash (as overlay has them).  A
 * memory policy is a list and goes to the end. */
static size_t option_length(const char *text)
{
        bool quoted = false;
        size_t len = 0;
        if (str_after(text, "mpol="))
                return strlen(text);
        for (; text[len] && (quoted || text[len] != ','); len++) {
                if (text[len] == '"')
                        quoted = !quoted;
                else if (text[len] == '\\' && text[len + 1])
                        len++;
        }
        return len;
}

/* fsconfig(2) takes the bare value; quotes are for mount(2)'s text. */
static char *unquoted(struct arena *arena, const char *value, size_t len)
{
        if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
                return arena_strndup(arena, value + 1, len - 2);
        return arena_strndup(arena, value, len);
}

/* One word of the config may hold several options, "mode=755,size=1m". */
static int add_fs_options(struct mount_draft *d, const char *text, const struct json_node *node)
{
        while (*text) {
                size_t len = option_length(text), key_len = strcspn(text, "=");
                char *key = arena_strndup(d->p->arena, text, MIN(len, key_len)), *value = NULL;
                if (key_len < len) {
                        value = unquoted(d->p->arena, text + key_len + 1, len - key_len - 1);
                        if (!value)
                                return -ENOMEM;
                }
                if (len > 0 && add_option(d, key, value, node) < 0)
                        return -ENOMEM;
                text += len + (text[len] == ',');
        }
        return 0;
}

static int add_propagation(struct mount_draft *d, unsigned long flags)
{
        struct mount_args *args = &d->step.args;
        unsigned long *list = arena_grow_array(d->p->arena, (void *) args->propagation, args->n_propagation, sizeof *list);
        if (!list)
                return -ENOMEM;
        list[args->n_propagation++] = flags;
        args->propagation = list;
        return 0;
}

static bool has_option(const struct mount_args *args, const char *key)
{
        for (size_t i = 0; i < args->n_options; i++)
                if (streq(args->options[i].key, key))
                        return true;
        return false;
}

static const struct json_node *options_node(const struct mount_draft *d)
{
        const struct json_node *list = d->node ? json_member(d->node, "options") : NULL;
        return list ? list->first : NULL;
}

static void take_flags(struct mount_draft *d, const struct mount_flags *flags)
{
        enum { SB_FLAGS = MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME | MS_MANDLOCK | MS_I_VERSION | MS_SILENT };
        struct step_mount *s = &d->step;
        d->ms = flags->ms;
        d->remount = flags->ms & MS_REMOUNT;
        s->args.attr_set = flags->attr_set;
        s->args.attr_clear = flags->attr_clear;
        s->args.rec_set = flags->rec_attr_set;
        s->args.rec_clear = flags->rec_attr_clear;
        s->args.sb_flags = flags->ms & SB_FLAGS;
        s->args.source_nofollow = flags->src_nofollow || flags->copy_symlink;
        s->target_nofollow = flags->dest_nofollow;
        s->copy_up = flags->copy_up;
        s->copy_symlink = flags->copy_symlink;
        s->nofail = flags->nofail;
}

/* All words of the mount, in order: the runtime's own become flags, the others belong to the file system.
 * RET_RANGES: the word "idmap=…", if there is one. */
static int read_options(struct mount_draft *d, struct mount_flags *flags, const char **ret_ranges)
{
        const struct json_node *node = options_node(d);
        for (size_t i = 0; i < d->mount->options.n; i++, node = node ? node->next : NULL) {
                const char *word = d->mount->options.items[i];
                const struct mount_option *o = mount_option_find(word);
                int r = 0;
                if (!o)
                        r = add_fs_options(d, word, node);
                else if (o->kind == MOUNT_OPTION_PROPAGATION)
                        r = add_propagation(d, o->ms_set);
                if (r < 0)
                        return r;
                if (!o)
                        continue;
                mount_option_apply(o, flags);
                if (o->kind == MOUNT_OPTION_IDMAP_RANGES)
                        *ret_ranges = word;
        }
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Kinds of mounts */

/* Absolute, whatever the config wrote; a slash at the end would ask for a directory where a file is to be bound. */
static const char *absolute_target(struct planner *p, const char *destination)
{
        size_t len = destination ? strlen(destination) : 0;
        while (len > 0 && destination[len - 1] == '/')
                len--;
        if (len == 0)
                return "/";
        if (destination[0] == '/' && destination[len] == '\0')
                return destination;
        return arena_printf(p->arena, "%s%.*s", destination[0] == '/' ? "" : "/", (int) len, destination);
}

/* Does the path lead back to the root: "/", "/.", "/a/.."? */
static bool is_root_path(const char *path)
{
        unsigned depth = 0;
        while (*path) {
                size_t len = strcspn(path += strspn(path, "/"), "/");
                if (len == 2 && strncmp(path, "..", 2) == 0)
                        depth -= depth > 0;
                else if (len > 0 && !(len == 1 && path[0] == '.'))
                        depth++;
                path += len;
        }
        return depth == 0;
}

static bool in_list(const char *word, const char *const *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (streq(word, list[i]))
                        return true;
        return false;
}

/* File systems whose super block is the kernel's or in memory: read-only is the mount's matter alone.  The others get it
 * for the super block as well, for a device may be write-protected. */
static bool is_pseudo_fs(const char *type)
{
        static const char *const types[] = {
                "proc",      "sysfs",   "cgroup",   "cgroup2",    "mqueue",    "devpts",   "tmpfs",  "ramfs",       "devtmpfs",
                "bpf",       "debugfs", "tracefs",  "securityfs", "efivarfs",  "fusectl",  "pstore", "binfmt_misc", "configfs",
                "hugetlbfs", "overlay", "selinuxfs", "binder",    "rpc_pipefs", "nfsd",    "resctrl",
        };
        return in_list(type, types, ARRAY_SIZE(types));
}

int mount_draft_label(struct mount_draft *d, struct err *e)
{
        static const char *const unlabeled[] = { "proc", "sysfs", "cgroup", "cgroup2", "mqueue" };
        static const char *const words[] = { "context", "fscontext", "defcontext", "rootcontext" };
        const struct plan *plan = d->p->plan;
        const char *label = plan->spec->linux_->mount_label, *word = "context";
        if (str_empty(label) || in_list(d->step.args.type, unlabeled, ARRAY_SIZE(unlabeled)))
                return 0;
        for (size_t i = 0; i < plan->spec->annotations.n; i++)
                if (streq(plan->spec->annotations.items[i].key, "run.oci.mount_context_type"))
                        word = plan->spec->annotations.items[i].value;
        if (!in_list(word, words, ARRAY_SIZE(words)))
                return mount_draft_fault(d, EINVAL, e, "annotation 'run.oci.mount_context_type' is '%s', not one of context, "
                                                       "fscontext, defcontext, rootcontext", word);
        if (!plan->host->selinux)
                return mount_draft_fault(d, ENOTSUP, e, "the config has a mountLabel, but SELinux is not enabled here");
        if (has_option(&d->step.args, word))
                return 0;
        return mount_draft_add_option(d, word, label) < 0 ? err_nomem(e) : 0;
}

/* Turn the draft into a bind of the host's PATH, of everything below it, with the attributes for the whole tree. */
static void bind_host_path(struct step_mount *s, const char *path, bool readonly)
{
        uint64_t readonly_attr = readonly ? MOUNT_ATTR_RDONLY : 0;
        s->kind = STEP_MOUNT_BIND;
        s->args.type = NULL;
        s->args.source = path;
        s->args.recursive = true;
        s->args.rec_set = s->args.attr_set | readonly_attr;
        s->args.rec_clear = s->args.attr_clear & ~readonly_attr;
        s->args.attr_set = s->args.attr_clear = 0;
        s->args.n_options = 0;
        s->args.sb_flags = 0;
}

/* sysfs, proc and mqueue show a namespace, and only its owner can mount them.  Returns the row's kind. */
static const char *decide_namespaced_fs(struct mount_draft *d)
{
        static const struct { const char *type, *path; enum oci_ns ns; } table[] = {
                { "sysfs", "/sys", OCI_NS_NETWORK }, { "proc", "/proc", OCI_NS_PID }, { "mqueue", "/dev/mqueue", OCI_NS_IPC },
        };
        const struct plan *plan = d->p->plan;
        const char *type = d->step.args.type;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                if (!streq(type, table[i].type))
                        continue;
                bool readonly = table[i].ns == OCI_NS_NETWORK;
                if (plan_ns_is_new(plan, table[i].ns) || (!plan->user_ns && !plan->host->in_user_ns))
                        break;
                if (plan->user_ns && !plan_ns_is_own(plan, table[i].ns)) {
                        bind_host_path(&d->step, table[i].path, readonly);
                        return "rbind";
                }
                /* A joined namespace, or one that the runtime has around it: perhaps it is ours, perhaps not. */
                struct step_mount *otherwise = arena_alloc(d->p->arena, sizeof *otherwise);
                if (!otherwise)
                        return NULL;
                *otherwise = d->step;
                bind_host_path(otherwise, table[i].path, readonly);
                d->step.otherwise = otherwise;
                break;
        }
        return type;
}

static int decide_new(struct mount_draft *d, struct err *e)
{
        struct step_mount *s = &d->step;
        s->kind = STEP_MOUNT_NEW;
        s->args.type = d->mount->type;
        s->args.source = str_empty(d->mount->source) ? NULL : d->mount->source;
        s->args.fill = s->copy_up;
        s->target_plain = streq(s->args.type, "proc") || streq(s->args.type, "sysfs");
        s->inherit_mode = streq(s->args.type, "tmpfs") && !has_option(&s->args, "mode");
        if ((d->ms & MS_RDONLY) && !is_pseudo_fs(s->args.type))
                s->args.sb_flags |= MS_RDONLY;
        int r = mount_draft_label(d, e);
        if (r < 0)
                return r;
        if (streq(s->args.type, "cgroup") || streq(s->args.type, "cgroup2"))
                return mount_draft_cgroup(d, e);
        const char *kind = decide_namespaced_fs(d);
        return kind ? mount_draft_keep(d, kind, e) : err_nomem(e);
}

static int decide_bind(struct mount_draft *d, struct err *e)
{
        const char *source = d->mount->source;
        struct step_mount *s = &d->step;
        if (str_empty(source))
                return mount_draft_fault(d, EINVAL, e, "a bind mount needs a source");
        if (source[0] != '/')
                source = arena_printf(d->p->arena, "%s/%s", d->p->plan->request->bundle, source);
        if (!source)
                return err_nomem(e);
        s->args.source = source;
        s->args.recursive = (d->ms & MS_REC) || streq_ptr(d->mount->type, "rbind");
        s->args.n_options = 0; /* words that a bind does not know are the validator's matter */
        return mount_draft_keep(d, s->args.recursive ? "rbind" : "bind", e);
}

/* "remount", and a mount that names nothing but a propagation. */
static int decide_change(struct mount_draft *d, struct err *e)
{
        struct step_mount *s = &d->step;
        s->kind = STEP_MOUNT_CHANGE;
        s->args.source = d->remount ? "remount" : "propagation"; /* for sentences */
        s->args.recursive = s->args.rec_set || s->args.rec_clear;
        for (size_t i = 0; i < s->args.n_propagation; i++)
                s->args.recursive |= (s->args.propagation[i] & MS_REC) != 0;
        return mount_draft_keep(d, s->args.source, e);
}

/* An equal map of an earlier mount is shared: one user namespace then serves them all. */
static int add_idmap(struct mount_draft *d, const struct mount_flags *flags, const char *ranges, struct err *e)
{
        struct step_idmap *idmap;
        int r = mount_draft_idmap(d, flags, ranges, &idmap, e);
        if (r < 0 || !idmap)
                return r;
        d->step.idmap = idmap;
        for (size_t i = 0; i < d->p->mounts->n; i++) {
                const struct step_idmap *other = d->p->mounts->items[i].step->idmap;
                if (other && mount_idmap_same(other, idmap))
                        d->step.idmap = other;
        }
        return 0;
}

static int decide_mount(struct planner *p, const struct oci_mount *mount, struct err *e)
{
        struct mount_draft d = { .p = p, .mount = mount, .node = mount->at.node, .step = { .source_row = -1 } };
        struct mount_flags flags = { 0 };
        const char *ranges = NULL;
        d.target = d.step.args.target = absolute_target(p, mount->destination);
        if (!d.target || read_options(&d, &flags, &ranges) < 0)
                return err_nomem(e);
        take_flags(&d, &flags);
        d.step.is_root = is_root_path(d.target);

        bool bind = (flags.ms & MS_BIND) || streq_ptr(mount->type, "bind") || streq_ptr(mount->type, "rbind");
        bool typeless = str_empty(mount->type) || streq(mount->type, "none");
        d.step.kind = bind && !d.remount ? STEP_MOUNT_BIND : STEP_MOUNT_NEW;
        int r = add_idmap(&d, &flags, ranges, e);
        if (r < 0)
                return r;
        if (d.remount || (typeless && !bind && d.step.args.n_propagation > 0 && str_empty(mount->source)))
                return decide_change(&d, e);
        if (bind)
                return decide_bind(&d, e);
        if (typeless)
                return mount_draft_fault(&d, EINVAL, e, "it has no file system type and is no bind mount");
        return decide_new(&d, e);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Rows */

/* Would init, with its own rights and in its own mount namespace, not find the source or not be allowed to bind it?  Without
 * privilege over its mount namespace the parent cannot help: then init has to try. */
static bool needs_parent(const struct plan *plan, const struct step_mount *s)
{
        if (s->kind != STEP_MOUNT_BIND)
                return false;
        if (s->idmap)
                return true;
        /* LXC's pre-mount hooks may mount the source, where only init sees it. */
        if (plan_has_hooks(plan->spec, OCI_HOOK_LXC_PRE_MOUNT))
                return false;
        return plan->host->privileged && (plan->user_ns || plan_ns_is_joined(plan, OCI_NS_MOUNT));
}

/* A copy made in the parent shares its propagation group with the host's mount.  It gets what rootfs.propagation has given to
 * everything in init's mount namespace, unless the config's first word is as strict. */
static int add_source_propagation(struct planner *p, struct step_mount *s)
{
        const struct opt_enum *asked = &p->plan->spec->linux_->rootfs_propagation;
        unsigned long first = s->args.n_propagation > 0 ? s->args.propagation[0] : 0;
        unsigned long value = !asked->set ? MS_SLAVE : (unsigned long) asked->value & ~(unsigned long) MS_REC;
        if (value == MS_SHARED || ((first & MS_REC) && !(first & MS_SHARED)))
                return 0;
        if (value == MS_UNBINDABLE)
                value = MS_PRIVATE;
        unsigned long *list = arena_alloc_array(p->arena, s->args.n_propagation + 1, sizeof *list);
        if (!list)
                return -ENOMEM;
        list[0] = value | MS_REC;
        for (size_t i = 0; i < s->args.n_propagation; i++)
                list[i + 1] = s->args.propagation[i];
        s->args.propagation = list;
        s->args.n_propagation++;
        return 0;
}

/* The directory where the payload's NOTIFY_SOCKET is.  Read-only: the socket in it is not the payload's to replace. */
static int decide_notify(struct planner *p, struct err *e)
{
        static const char *options[] = { "bind", "ro", "nosuid", "nodev", "noexec" };
        struct oci_mount *mount;
        if (!plan_wants_notify(p->plan))
                return 0;
        mount = arena_alloc(p->arena, sizeof *mount);
        if (!mount)
                return err_nomem(e);
        *mount = (struct oci_mount) {
                .destination = PLAN_NOTIFY_DIR,
                .type = "bind",
                .source = p->plan->request->notify_dir,
                .options = { options, ARRAY_SIZE(options) },
        };
        return decide_mount(p, mount, e);
}

/* Is something made in the new tmpfs I once it is there: the mount point of a later mount, the devices? */
static bool is_written_to(const struct step_mounts *mounts, size_t i)
{
        const char *target = mounts->items[i].step->args.target;
        if (streq(target, "/dev"))
                return true;
        if (mounts->items[i].step->dirs) /* the v1 hierarchies find theirs */
                return false;
        for (size_t j = i + 1; j < mounts->n; j++) {
                const char *below = str_after(mounts->items[j].step->args.target, target);
                if (below && below[0] == '/')
                        return true;
        }
        return false;
}

/* A read-only tmpfs that is written to becomes so when all is made: Podman's --read-only-tmpfs=false asks for such a /dev. */
static void postpone_readonly(const struct step_mounts *mounts)
{
        for (size_t i = 0; i < mounts->n; i++) {
                struct mount_args *args = &mounts->items[i].step->args;
                bool readonly = (((args->rec_set & ~args->attr_clear) | args->attr_set) & MOUNT_ATTR_RDONLY) != 0;
                if (!streq_ptr(args->type, "tmpfs") || !readonly || !is_written_to(mounts, i))
                        continue;
                args->rec_set &= ~(uint64_t) MOUNT_ATTR_RDONLY;
                args->attr_set &= ~(uint64_t) MOUNT_ATTR_RDONLY;
                mounts->items[i].late_readonly = true;
        }
}

int plan_add_mounts_source(struct planner *p, struct err *e)
{
        const struct oci_spec *spec = p->plan->spec;
        p->mounts = arena_alloc(p->arena, sizeof *p->mounts);
        if (!p->mounts)
                return err_nomem(e);
        for (size_t i = 0; i < spec->mounts.n; i++) {
                int r = decide_mount(p, &spec->mounts.items[i], e);
                if (r < 0)
                        return r;
        }
        if (decide_notify(p, e) < 0)
                return -e->num;
        postpone_readonly(p->mounts);
        for (size_t i = 0; i < p->mounts->n; i++) {
                struct plan_mount *m = &p->mounts->items[i];
                if (!needs_parent(p->plan, m->step))
                        continue;
                struct step *row = planner_add(p, PLAN_PARENT, PLAN_PHASE_SPAWN, PLAN_SOURCE_OPEN, m->origin);
                if (!row || add_source_propagation(p, m->step) < 0)
                        return err_nomem(e);
                row->kind = "mount";
                row->u.mount = m->step;
                m->step->source_row = (int) p->n_steps - 1;
        }
        return 0;
}

static int add_row(struct planner *p, enum plan_phase phase, const char *kind, const struct step_mount *step,
                   const struct json_node *origin, struct err *e)
{
        struct step *row = planner_add(p, PLAN_INIT, phase, PLAN_MOUNT_ATTACH, origin);
        if (!row)
                return err_nomem(e);
        row->kind = kind;
        row->u.mount = step;
        return 0;
}

int plan_add_mounts(struct planner *p, struct err *e)
{
        int r = 0;
        for (size_t i = 0; i < p->mounts->n && r == 0; i++) {
                const struct plan_mount *m = &p->mounts->items[i];
                r = add_row(p, PLAN_PHASE_MOUNTS, m->kind, m->step, m->origin, e);
        }
        return r;
}

int plan_add_mounts_late(struct planner *p, struct err *e)
{
        int r = 0;
        for (size_t i = 0; i < p->mounts->n && r == 0; i++) {
                const struct plan_mount *m = &p->mounts->items[i];
                if (!m->late_readonly)
                        continue;
                struct step_mount *change = arena_alloc(p->arena, sizeof *change);
                if (!change)
                        return err_nomem(e);
                *change = (struct step_mount) {
                        .kind = STEP_MOUNT_CHANGE, .source_row = -1, .target_nofollow = m->step->target_nofollow,
                        .is_root = m->step->is_root,
                        .args = { .source = "remount", .target = m->step->args.target, .attr_set = MOUNT_ATTR_RDONLY },
                };
                r = add_row(p, PLAN_PHASE_ROOT, "remount", change, m->origin, e);
        }
        return r;
}
