/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/xattr.h>

#include "cgroup/private.h"
#include "str.h"

/* Only the host's root can write the first, so a container to which the cgroup was delegated cannot. */
static const char trusted_mark[] = "trusted.berth";
static const char user_mark[] = "user.berth";

static bool may_trust(const struct cgroup *cg) { return cg->host->privileged && !cg->host->in_user_ns; }

static ssize_t read_mark(const char *dir, const char *name, char *buf, size_t size)
{
        ssize_t n = lgetxattr(dir, name, buf, size - 1);

        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return n;
}

enum cgroup_claim cgroup_claim(const struct cgroup *cg)
{
        char dir[PATH_MAX], mark[sizeof(struct cgroup_mark)];
        ssize_t n;

        sys_cgroup_dir(cg, cg->primary, dir, sizeof dir);
        n = read_mark(dir, trusted_mark, mark, sizeof mark);
        if (n == -ENODATA || n == -EPERM)
                n = read_mark(dir, user_mark, mark, sizeof mark);
        if (n == -ENOENT || n == -ENODEV)
                return CLAIM_GONE;
        if (!cg->owner)
                return CLAIM_OURS;
        if (n == -ENODATA || (n == -EOPNOTSUPP && may_trust(cg)))
                return CLAIM_NONE;
        if (n == -EOPNOTSUPP)
                return CLAIM_UNKNOWN; /* Linux before 5.7 takes no "user." marks here */
        return n >= 0 && streq(mark, cg->owner) ? CLAIM_OURS : CLAIM_FOREIGN;
}

static const char *our_kind_of_mark(const struct cgroup *cg) { return may_trust(cg) ? trusted_mark : user_mark; }

int cgroup_claim_set(const struct cgroup *cg, struct cgroup_mark *ret_old)
{
        char dir[PATH_MAX];

        ret_old->text[0] = '\0';
        if (!cg->owner)
                return 0;
        sys_cgroup_dir(cg, cg->primary, dir, sizeof dir);
        if (read_mark(dir, our_kind_of_mark(cg), ret_old->text, sizeof ret_old->text) < 0)
                ret_old->text[0] = '\0';
        if (lsetxattr(dir, our_kind_of_mark(cg), cg->owner, strlen(cg->owner), 0) == 0)
                return 0;
        return errno == EOPNOTSUPP ? 0 : -errno;
}

void cgroup_claim_restore(const struct cgroup *cg, const struct cgroup_mark *old)
{
        char dir[PATH_MAX];

        sys_cgroup_dir(cg, cg->primary, dir, sizeof dir);
        if (cg->owner && old->text[0])
                lsetxattr(dir, our_kind_of_mark(cg), old->text, strlen(old->text), 0);
        else if (cg->owner)
                lremovexattr(dir, our_kind_of_mark(cg));
}

int cgroup_claim_check(const struct cgroup *cg, struct err *e)
{
        switch (cgroup_claim(cg)) {
        case CLAIM_OURS:
        case CLAIM_UNKNOWN:
                return 0;
        case CLAIM_GONE:
                return -ENOENT;
        default:
                err_set(e, ERR_STATE, ESTALE, "the cgroup '%s' does not belong to this container", cg->path);
                err_hint(e, "another container uses the same cgroupsPath, or its mark was removed; nothing in it was touched");
                return -ESTALE;
        }
}
