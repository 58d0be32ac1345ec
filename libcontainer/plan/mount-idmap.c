/* SPDX-License-Identifier: Apache-2.0 */
/* Which ids an idmapped mount maps: those of the mount itself, of its option "idmap=…", or the container's. */
#include "mounts.h"

#include <linux/mount.h>

#include "ns.h"

static int copy_ranges(struct arena *arena, const oci_id_mappings *from, const struct plan_id_range **ret, size_t *ret_n)
{
        struct plan_id_range *ranges = arena_alloc_array(arena, from->n, sizeof *ranges);
        if (!ranges && from->n > 0)
                return -ENOMEM;
        for (size_t i = 0; i < from->n; i++)
                ranges[i] = (struct plan_id_range) { from->items[i].container_id.value, from->items[i].host_id.value,
                                                     from->items[i].size.value };
        *ret = ranges;
        *ret_n = from->n;
        return 0;
}

struct range_reader {
        struct mount_draft *draft;
        struct step_idmap *idmap;
        uint32_t unmapped;
        int r;
};

static void add_range(void *arg, const struct mount_idmap_range *range)
{
        struct range_reader *reader = arg;
        const struct oci_linux *lin = reader->draft->p->plan->spec->linux_;
        struct plan_id_range line = { range->fs, range->host, range->count };
        if (reader->r < 0)
                return;
        if (range->relative &&
            !plan_host_id(range->gid ? &lin->gid_mappings : &lin->uid_mappings, range->host, range->count, &line.outside)) {
                reader->unmapped = range->host;
                reader->r = -EINVAL;
                return;
        }
        const struct plan_id_range **list = range->gid ? &reader->idmap->gids : &reader->idmap->uids;
        size_t *n = range->gid ? &reader->idmap->n_gids : &reader->idmap->n_uids;
        struct plan_id_range *grown = arena_grow_array(reader->draft->p->arena, (void *) *list, *n, sizeof *grown);
        if (!grown) {
                reader->r = -ENOMEM;
                return;
        }
        grown[(*n)++] = line;
        *list = grown;
}

static int read_ranges(struct mount_draft *d, const char *word, struct step_idmap *idmap, struct err *e)
{
        struct range_reader reader = { d, idmap, 0, 0 };
        int r = mount_idmap_parse(word, add_range, &reader);
        if (r < 0)
                return mount_draft_fault(d, -r, e, "option '%s' holds no valid id ranges", word);
        if (reader.r == -EINVAL)
                return mount_draft_fault(d, EINVAL, e, "option '%s': id %u is not mapped in the container's user namespace", word,
                                         reader.unmapped);
        return reader.r < 0 ? err_nomem(e) : 0;
}

/* The container's own map: of its new user namespace, or whatever the joined one has. */
static int container_idmap(struct mount_draft *d, struct step_idmap *idmap, struct err *e)
{
        const struct plan *plan = d->p->plan;
        const struct oci_linux *lin = plan->spec->linux_;
        if (plan_ns_is_joined(plan, OCI_NS_USER)) {
                idmap->userns_path = plan->ns_path[OCI_NS_USER];
                return 0;
        }
        if (lin->uid_mappings.n == 0 || lin->gid_mappings.n == 0)
                return mount_draft_fault(d, EINVAL, e, "'idmap' has no ids to map: neither the mount nor the container has any");
        if (copy_ranges(d->p->arena, &lin->uid_mappings, &idmap->uids, &idmap->n_uids) < 0 ||
            copy_ranges(d->p->arena, &lin->gid_mappings, &idmap->gids, &idmap->n_gids) < 0)
                return err_nomem(e);
        return 0;
}

/* The words of the option "idmap=…". */
static int named_idmap(struct mount_draft *d, const struct mount_flags *flags, const char *word, struct step_idmap *idmap, struct err *e)
{
        if (!str_after(word, "idmap=/"))
                return read_ranges(d, word, idmap, e);
        idmap->userns_path = str_after(word, "idmap=");
        idmap->recursive = flags->ms & MS_REC;
        return 0;
}

static int own_idmap(struct mount_draft *d, struct step_idmap *idmap, struct err *e)
{
        const struct oci_mount *m = d->mount;
        if (copy_ranges(d->p->arena, &m->uid_mappings, &idmap->uids, &idmap->n_uids) < 0 ||
            copy_ranges(d->p->arena, &m->gid_mappings, &idmap->gids, &idmap->n_gids) < 0)
                return err_nomem(e);
        return 0;
}

static bool same_ranges(const struct plan_id_range *a, size_t na, const struct plan_id_range *b, size_t nb)
{
        return na == nb && (na == 0 || memcmp(a, b, na * sizeof *a) == 0);
}

bool mount_idmap_same(const struct step_idmap *a, const struct step_idmap *b)
{
        return a->recursive == b->recursive && streq_ptr(a->userns_path, b->userns_path) &&
               same_ranges(a->uids, a->n_uids, b->uids, b->n_uids) && same_ranges(a->gids, a->n_gids, b->gids, b->n_gids);
}

int mount_draft_idmap(struct mount_draft *d, const struct mount_flags *flags, const char *ranges, struct step_idmap **ret,
                      struct err *e)
{
        const struct oci_mount *m = d->mount;
        struct step_idmap *idmap;
        int r;
        *ret = NULL;
        if (!flags->idmap && m->uid_mappings.n == 0 && m->gid_mappings.n == 0)
                return 0;
        if (d->step.kind != STEP_MOUNT_BIND)
                return mount_draft_fault(d, EINVAL, e, "id mapping works for bind mounts only");
        idmap = arena_alloc(d->p->arena, sizeof *idmap);
        if (!idmap)
                return err_nomem(e);
        idmap->recursive = flags->idmap_recursive;
        if (m->uid_mappings.n > 0 || m->gid_mappings.n > 0)
                r = own_idmap(d, idmap, e);
        else
                r = ranges ? named_idmap(d, flags, ranges, idmap, e) : container_idmap(d, idmap, e);
        if (r == 0)
                *ret = idmap;
        return r;
}
