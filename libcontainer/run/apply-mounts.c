/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-mounts.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "copytree.h"
#include "json/tree.h"
#include "plan/mounts.h"
#include "plan/ns.h"
#include "safepath.h"
#include "step.h"
#include "str.h"
#include "sys/idmap.h"
#include "sys/mount.h"

/* ------------------------------------------------------------------------------------------------------------------
 * Parent */

static struct sys_idmap_entry *to_entries(const struct plan_id_range *ranges, size_t n)
{
        struct sys_idmap_entry *entries = calloc(n ? n : 1, sizeof *entries);
        for (size_t i = 0; entries && i < n; i++)
                entries[i] = (struct sys_idmap_entry) { ranges[i].inside, ranges[i].outside, ranges[i].count };
        return entries;
}

static int open_userns(const struct run *run, const struct step_idmap *idmap, struct err *e)
{
        if (idmap->userns_path)
                return sys_userns_open(idmap->userns_path, e);
        _cleanup_free_ struct sys_idmap_entry *uids = to_entries(idmap->uids, idmap->n_uids);
        _cleanup_free_ struct sys_idmap_entry *gids = to_entries(idmap->gids, idmap->n_gids);
        if (!uids || !gids)
                return err_nomem(e);
        struct sys_usermap map = {
                .uids = uids, .gids = gids, .n_uids = idmap->n_uids, .n_gids = idmap->n_gids,
                .privileged = run->plan->host->privileged,
        };
        return sys_userns_fd(&map, e);
}

int run_map_ids(struct run *run, const struct mount_args *args, const struct step_idmap *idmap, int tree_fd, struct err *e)
{
        if (run->idmap_of != idmap) {
                int fd = open_userns(run, idmap, e);
                if (fd < 0)
                        return fd;
                safe_close(run->idmap_fd);
                run->idmap_fd = fd;
                run->idmap_of = idmap;
        }
        return sys_mount_idmap(args, tree_fd, idmap->recursive, run->idmap_fd, e);
}

int apply_source_open_mount(struct run *run, const struct step *step, struct err *e)
{
        const struct step_mount *m = step->u.mount;
        _cleanup_close_ int fd = sys_mount_clone(&m->args, AT_FDCWD, m->args.source, e);
        if (fd == -ENOENT && m->nofail)
                return 0;
        if (fd == -ENOSYS && m->idmap)
                return err_set(e, ERR_HOST, ENOTSUP, "mount '%s' on '%s': idmapped mounts need Linux 5.12", m->args.source,
                               m->args.target);
        if (fd == -ENOSYS) /* init opens it, if it may */
                return 0;
        if (fd < 0)
                return fd;
        int r = m->idmap ? run_map_ids(run, &m->args, m->idmap, fd, e) : 0;
        if (r < 0)
                return r;
        run->step_fds[run_row(run, step)] = TAKE_FD(fd);
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Init: the target */

struct target {
        int fd;       /* O_PATH; owned, unless it is run->rootfs_fd */
        bool is_root;
        bool existed; /* the image has it: we did not make it */
};

static void target_done(struct target *t)
{
        if (!t->is_root)
                safe_close(t->fd);
}

/* proc and sysfs decide what others believe about the system: they stand exactly where the config says, and never where a
 * link of the image points to. */
static int open_plain_target(const struct run *run, const struct step_mount *m, struct target *t, struct err *e)
{
        const char *path = m->args.target;
        int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
        int fd = sys_path_open_plain(run->rootfs_fd, path, flags, NULL);
        t->existed = fd >= 0;
        if (fd == -ENOENT) {
                _cleanup_close_ int made_fd = sys_path_make_dir(run->rootfs_fd, path, e);
                if (made_fd < 0)
                        return made_fd;
                fd = sys_path_open_plain(run->rootfs_fd, path, flags, NULL);
        }
        if (fd == -ELOOP || fd == -ENOTDIR) {
                err_set(e, ERR_CONFIG, -fd, "mount '%s' on '%s': it must be mounted on ordinary directory",
                        m->args.type ? m->args.type : m->args.source, path);
                err_hint(e, "the image has a symbolic link, or something else that is no directory, on this path");
                return fd;
        }
        t->fd = fd >= 0 ? fd : sys_path_open_plain(run->rootfs_fd, path, flags, e);
        return MIN(t->fd, 0);
}

/* What is missing is made after SOURCE_FD: a file for a file, else a directory. */
static int make_target(const struct run *run, const struct step_mount *m, int source_fd, struct err *e)
{
        struct stat st = { .st_mode = S_IFDIR };
        if (source_fd >= 0 && fstat(source_fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot examine '%s'", m->args.source);
        return S_ISDIR(st.st_mode) ? sys_path_make_dir(run->rootfs_fd, m->args.target, e)
                                   : sys_path_make_file(run->rootfs_fd, m->args.target, e);
}

static int open_target(const struct run *run, const struct step_mount *m, int source_fd, struct target *t, struct err *e)
{
        if (m->is_root) {
                *t = (struct target) { .fd = run->rootfs_fd, .is_root = true, .existed = true };
                return 0;
        }
        if (m->target_plain)
                return open_plain_target(run, m, t, e);
        int flags = O_PATH | (m->target_nofollow ? O_NOFOLLOW : 0);
        t->fd = sys_path_open(run->rootfs_fd, m->args.target, flags, NULL);
        t->existed = t->fd >= 0;
        if (t->fd == -ENOENT && m->kind != STEP_MOUNT_CHANGE)
                t->fd = make_target(run, m, source_fd, e);
        else if (t->fd < 0)
                t->fd = sys_path_open(run->rootfs_fd, m->args.target, flags, e); /* once more, for the sentence */
        return MIN(t->fd, 0);
}

/* What is mounted over the root becomes the root: later mounts and the pivot go there. */
static void mounted_on(struct run *run, const struct target *t, int *mount_fd)
{
        if (!t->is_root)
                return;
        safe_close(run->rootfs_fd);
        run->rootfs_fd = TAKE_FD(*mount_fd);
}

/* Change attributes and show the mount.  Between Linux 5.2 and 5.12 only what is attached can be changed; nobody else is in
 * the mount namespace yet to see the difference. */
static int finish_and_attach(const struct run *run, const struct mount_args *args, int fd, int target_fd, struct err *e)
{
        int changed = sys_mount_change(args, fd, e);
        if (changed < 0 && changed != -ENOSYS)
                return changed;
        int r = sys_mount_attach(args, fd, target_fd, e);
        if (r < 0)
                return r;
        return changed == -ENOSYS ? sys_mount_change_old(args, fd, run->proc_fd, e) : 0;
}

int run_change_mount(const struct run *run, const struct mount_args *args, int fd, struct err *e)
{
        int r = sys_mount_change(args, fd, e);
        return r == -ENOSYS ? sys_mount_change_old(args, fd, run->proc_fd, e) : r;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Init: a new file system */

/* The refused option's own place in the config says more than the mount's. */
static void point_at_option(const struct run *run, const struct step_mount *m, int option, struct err *e)
{
        const struct json_node *node = option >= 0 ? m->option_nodes[option] : NULL;
        char pointer[sizeof e->pointer];
        if (!e || !node)
                return;
        json_pointer(node, pointer, sizeof pointer);
        err_at(e, run->plan->config_name, node->line, node->column, pointer);
}

static bool has_owner_option(const struct mount_args *args)
{
        for (size_t i = 0; i < args->n_options; i++)
                if (streq(args->options[i].key, "uid") || streq(args->options[i].key, "gid"))
                        return true;
        return false;
}

/* "tmpcopyup": the contents, and the owner, of the directory that is covered. */
static int copy_up(const struct step_mount *m, int target_fd, int mount_fd, struct err *e)
{
        struct stat st;
        if (fstat(target_fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot examine '%s'", m->args.target);
        if (!has_owner_option(&m->args) && fchownat(mount_fd, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0)
                return err_sys(e, errno, "fchownat", "cannot set the owner of the tmpfs on '%s'", m->args.target);
        return sys_copy_tree(target_fd, mount_fd, m->args.target, e);
}

static int fill(const struct step_mount *m, const struct target *t, int mount_fd, struct err *e)
{
        for (size_t i = 0; m->dirs && m->dirs[i]; i++)
                if (mkdirat(mount_fd, m->dirs[i], 0755) < 0 && errno != EEXIST)
                        return err_sys(e, errno, "mkdirat", "cannot create directory '%s/%s'", m->args.target, m->dirs[i]);
        for (size_t i = 0; i < m->n_links; i++)
                if (symlinkat(m->links[i].target, mount_fd, m->links[i].name) < 0 && errno != EEXIST)
                        return err_sys(e, errno, "symlinkat", "cannot create link '%s/%s'", m->args.target, m->links[i].name);
        return m->copy_up && t->existed ? copy_up(m, t->fd, mount_fd, e) : 0;
}

static int mount_new_old(struct run *run, const struct step_mount *m, const struct mount_args *args, const struct target *t,
                         struct err *e)
{
        struct mount_args late = *args;
        /* mount(2) would make the file system read-only as well, and with it what is to stay writable in it. */
        late.fill |= !(args->sb_flags & MS_RDONLY);
        _cleanup_close_ int fd = sys_mount_old(&late, -EBADF, run->rootfs_fd, t->fd, run->proc_fd, e);
        if (fd < 0)
                return fd;
        int r = fill(m, t, fd, e);
        if (r == 0)
                r = run_change_mount(run, &late, fd, e);
        if (r == 0)
                mounted_on(run, t, &fd);
        return r;
}

static int mount_new(struct run *run, const struct step_mount *m, struct err *e)
{
        _cleanup_(target_done) struct target t = { .fd = -EBADF };
        struct mount_args args = m->args;
        char mode[16];
        struct stat st;
        int option, r = open_target(run, m, -EBADF, &t, e);
        if (r < 0)
                return r;
        if (m->inherit_mode && t.existed) {
                if (fstat(t.fd, &st) < 0)
                        return err_sys(e, errno, "fstat", "cannot examine '%s'", args.target);
                snprintf(mode, sizeof mode, "%04o", (unsigned) st.st_mode & 07777);
                args.more = (struct mount_fs_arg) { "mode", mode };
        }
        _cleanup_close_ int fd = sys_mount_make(&args, &option, e);
        if (fd == -ENOSYS)
                return mount_new_old(run, m, &args, &t, e);
        if (fd < 0) {
                point_at_option(run, m, option, e);
                return fd;
        }
        r = fill(m, &t, fd, e);
        if (r == 0)
                r = finish_and_attach(run, &args, fd, t.fd, e);
        if (r == -ENOSYS) /* half of the mount API: it is not shown yet, begin again */
                return mount_new_old(run, m, &args, &t, e);
        if (r == 0)
                mounted_on(run, &t, &fd);
        return r;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Init: binds */

/* Make at the target the same link that the source is.  One that is there already is right if it says the same. */
static int make_link(const struct run *run, const struct step_mount *m, const char *text, struct err *e)
{
        char name[NAME_MAX + 1], old[PATH_MAX];
        _cleanup_close_ int dir_fd = sys_path_open_parent(run->rootfs_fd, m->args.target, true, name, e);
        if (dir_fd < 0)
                return dir_fd;
        if (symlinkat(text, dir_fd, name) == 0)
                return 0;
        int num = errno;
        ssize_t len = num == EEXIST ? readlinkat(dir_fd, name, old, sizeof old - 1) : -1;
        if (len >= 0) {
                old[len] = '\0';
                if (streq(old, text))
                        return 0;
        }
        return err_sys(e, num, "symlinkat", "cannot create link '%s' to '%s'", m->args.target, text);
}

/* Returns 1 when the source is a link and now is one at the target, too; 0 when it has to be mounted. */
static int copy_symlink(const struct run *run, const struct step_mount *m, int source_fd, struct err *e)
{
        char text[PATH_MAX];
        struct stat st;
        if (!m->copy_symlink)
                return 0;
        if (fstat(source_fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot examine '%s'", m->args.source);
        if (!S_ISLNK(st.st_mode))
                return 0;
        ssize_t len = readlinkat(source_fd, "", text, sizeof text - 1);
        if (len < 0)
                return err_sys(e, errno, "readlinkat", "cannot read link '%s'", m->args.source);
        text[len] = '\0';
        int r = make_link(run, m, text, e);
        return r < 0 ? r : 1;
}

static int open_source(const struct mount_args *args)
{
        return open(args->source, O_PATH | O_CLOEXEC | (args->source_nofollow ? O_NOFOLLOW : 0));
}

void init_hold_sources(struct run *run)
{
        if (!plan_ns_is_new(run->plan, OCI_NS_MOUNT) || sys_mount_can_clone())
                return;
        run->sources_held = true;
        for (size_t i = 0; i < run->plan->n_steps; i++) {
                const struct step *step = &run->plan->steps[i];
                const struct step_mount *m = step->op == PLAN_MOUNT_ATTACH ? step->u.mount : NULL;
                if (!m || m->kind != STEP_MOUNT_BIND || m->source_row < 0 || m->idmap)
                        continue;
                safe_close(run->step_fds[m->source_row]);
                run->step_fds[m->source_row] = open_source(&m->args); /* its row opens it again, for the sentence */
        }
}

/* HELD_FD: the source as init_hold_sources has opened it, or -EBADF. */
static int bind_old(struct run *run, const struct step_mount *m, int held_fd, struct err *e)
{
        const struct mount_args *args = &m->args;
        _cleanup_close_ int own_fd = held_fd < 0 ? open_source(args) : -EBADF;
        int source_fd = held_fd < 0 ? own_fd : held_fd;
        _cleanup_(target_done) struct target t = { .fd = -EBADF };
        if (source_fd < 0 && errno == ENOENT && m->nofail)
                return 0;
        if (source_fd < 0)
                return err_sys(e, errno, "open", "mount '%s' on '%s': cannot open the source", args->source, args->target);
        int r = copy_symlink(run, m, source_fd, e);
        if (r != 0)
                return MIN(r, 0);
        r = open_target(run, m, source_fd, &t, e);
        if (r < 0)
                return r;
        _cleanup_close_ int fd = sys_mount_old(args, source_fd, run->rootfs_fd, t.fd, run->proc_fd, e);
        if (fd < 0)
                return fd;
        r = run_change_mount(run, args, fd, e);
        if (r == 0)
                mounted_on(run, &t, &fd);
        return r;
}

static int mount_bind(struct run *run, const struct step_mount *m, struct err *e)
{
        _cleanup_close_ int fd = m->source_row >= 0 ? TAKE_FD(run->step_fds[m->source_row]) : -EBADF;
        _cleanup_(target_done) struct target t = { .fd = -EBADF };
        if (fd >= 0 && run->sources_held && !m->idmap)
                return bind_old(run, m, fd, e);
        if (fd < 0)
                fd = sys_mount_clone(&m->args, AT_FDCWD, m->args.source, e);
        if (fd == -ENOENT && m->nofail)
                return 0;
        if (fd == -ENOSYS)
                return bind_old(run, m, -EBADF, e);
        if (fd < 0)
                return fd;
        int r = copy_symlink(run, m, fd, e);
        if (r != 0)
                return MIN(r, 0);
        r = open_target(run, m, fd, &t, e);
        if (r == 0)
                r = finish_and_attach(run, &m->args, fd, t.fd, e);
        if (r == -ENOSYS && !m->idmap)
                return bind_old(run, m, -EBADF, e);
        if (r == -ENOSYS)
                return err_set(e, ERR_HOST, ENOTSUP, "mount '%s' on '%s': idmapped mounts need Linux 5.12", m->args.source,
                               m->args.target);
        if (r == 0)
                mounted_on(run, &t, &fd);
        return r;
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* "remount", or a propagation alone: of what is mounted there already. */
static int mount_change(struct run *run, const struct step_mount *m, struct err *e)
{
        _cleanup_(target_done) struct target t = { .fd = -EBADF };
        int option, r = open_target(run, m, -EBADF, &t, e);
        if (r < 0)
                return r;
        if (m->args.n_options > 0 || m->args.sb_flags) {
                r = sys_mount_reconfigure(&m->args, t.fd, &option, e);
                if (r == -ENOSYS)
                        return err_set(e, ERR_HOST, ENOTSUP, "remount of '%s' with options of its file system needs Linux 5.2",
                                       m->args.target);
                if (r < 0) {
                        point_at_option(run, m, option, e);
                        return r;
                }
        }
        return run_change_mount(run, &m->args, t.fd, e);
}

static int attach(struct run *run, const struct step_mount *m, struct err *e)
{
        switch (m->kind) {
        case STEP_MOUNT_NEW: return mount_new(run, m, e);
        case STEP_MOUNT_BIND: return mount_bind(run, m, e);
        case STEP_MOUNT_CHANGE: return mount_change(run, m, e);
        }
        return err_set(e, ERR_INTERNAL, EINVAL, "unknown kind of mount");
}

int apply_mount_attach(struct run *run, const struct step *step, struct err *e)
{
        const struct step_mount *m = step->u.mount;
        int r = attach(run, m, e);
        return r == -EPERM && m->otherwise ? attach(run, m->otherwise, e) : r;
}
