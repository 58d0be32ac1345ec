/* SPDX-License-Identifier: Apache-2.0 */
#include "caps.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#include "syscalls.h"

/* Names only for the sentences: numbers are enough for the kernel, and the plan shows the words. */
int sys_caps_bound(uint64_t keep, uint64_t present, unsigned last_cap, struct err *e)
{
        for (unsigned cap = 0; cap <= last_cap && cap < 64; cap++) {
                if ((keep & (UINT64_C(1) << cap)) || !(present & (UINT64_C(1) << cap)))
                        continue;
                if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0 || errno == EINVAL) /* EINVAL: unknown to this kernel */
                        continue;
                int r = err_sys(e, errno, "prctl", "cannot drop capability %u from the bounding set", cap);

                err_hint(e, "this needs CAP_SETPCAP, which the runtime does not have");
                return r;
        }
        return 0;
}

static int set_ambient(uint64_t ambient, struct err *e)
{
        /* Kernels before 4.3 have no ambient set: nothing to clear. */
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
                return err_sys(e, errno, "prctl", "cannot clear the ambient capabilities");
        for (unsigned cap = 0; cap < 64; cap++)
                if ((ambient & (UINT64_C(1) << cap)) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
                        return err_sys(e, errno, "prctl", "cannot raise ambient capability %u", cap);
        return 0;
}

int sys_caps_set(const struct sys_caps *sets, struct err *e)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
        int r;

        for (unsigned i = 0; i < ARRAY_SIZE(data); i++) {
                data[i].effective = (uint32_t) (sets->effective >> (32 * i));
                data[i].permitted = (uint32_t) (sets->permitted >> (32 * i));
                data[i].inheritable = (uint32_t) (sets->inheritable >> (32 * i));
        }
        r = sys_capset(&header, data);
        if (r < 0) {
                err_sys(e, -r, "capset", "cannot set the capabilities (effective %#llx, permitted %#llx, inheritable %#llx)",
                        (unsigned long long) sets->effective, (unsigned long long) sets->permitted,
                        (unsigned long long) sets->inheritable);
                err_hint(e, "permitted cannot grow, effective must lie within permitted, inheritable within the bounding set");
                return r;
        }
        return set_ambient(sets->ambient, e);
}

void sys_caps_hide(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
