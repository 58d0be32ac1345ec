/* SPDX-License-Identifier: Apache-2.0 */
#include "rlimit.h"

#include <stdio.h>
#include <sys/resource.h>

const char *sys_rlimit_text(uint64_t value, char *buf, size_t size)
{
        if (value == UINT64_MAX)
                snprintf(buf, size, "unlimited");
        else
                snprintf(buf, size, "%llu", (unsigned long long) value);
        return buf;
}

/* Why the kernel said no.  OLD are the limits as they were, NULL when they could not be read. */
static int explain(const struct sys_rlimit *l, const struct rlimit64 *old, int num, struct err *e)
{
        char soft[32], hard[32], was[32];

        sys_rlimit_text(l->soft, soft, sizeof soft);
        sys_rlimit_text(l->hard, hard, sizeof hard);
        if (l->resource == RLIMIT_NOFILE && l->nr_open > 0 && l->hard > l->nr_open) {
                err_sys(e, num, "prlimit", "cannot set %s to %s:%s: it exceeds fs.nr_open=%llu", l->name, soft, hard,
                        (unsigned long long) l->nr_open);
                err_hint(e, "lower the hard limit, or raise the sysctl fs.nr_open of this host");
                return -num;
        }
        if (num == EPERM && old && l->hard > old->rlim_max) {
                sys_rlimit_text(old->rlim_max, was, sizeof was);
                err_sys(e, num, "prlimit", "cannot set %s to %s:%s: raising the hard limit from %s to %s needs CAP_SYS_RESOURCE",
                        l->name, soft, hard, was, hard);
                err_hint(e, "ask for a hard limit of at most %s, or give the runtime CAP_SYS_RESOURCE", was);
                return -num;
        }
        err_sys(e, num, "prlimit", "cannot set %s to %s:%s", l->name, soft, hard);
        if (num == EINVAL && l->soft > l->hard)
                err_hint(e, "the soft limit is above the hard limit");
        else if (num == EINVAL)
                err_hint(e, "this kernel does not know %s", l->name);
        return -num;
}

int sys_rlimit_set(pid_t pid, const struct sys_rlimit *limit, struct err *e)
{
        const struct rlimit64 wanted = { .rlim_cur = limit->soft, .rlim_max = limit->hard };
        struct rlimit64 old;
        int num;

        if (prlimit64(pid, (enum __rlimit_resource) limit->resource, &wanted, NULL) == 0)
                return 0;
        num = errno;
        if (prlimit64(pid, (enum __rlimit_resource) limit->resource, NULL, &old) == 0)
                return explain(limit, &old, num, e);
        return explain(limit, NULL, num, e);
}
