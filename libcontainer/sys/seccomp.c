/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp.h"

#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "seccomp-cache.h"
#include "syscalls.h"

#ifndef SECCOMP_FILTER_FLAG_NEW_LISTENER
#define SECCOMP_FILTER_FLAG_NEW_LISTENER (1UL << 3)
#endif

int sys_seccomp_prepare(const struct sys_seccomp_filter *filter, int cache_fd, struct sock_filter *insns, size_t max,
                        size_t *ret_n, struct strbuf *warnings, struct err *e)
{
        struct sys_seccomp_cached entry = { .insns = insns, .warnings = warnings };
        char key[SYS_SECCOMP_KEY_SIZE];
        size_t warnings_at = warnings->len;
        int r;

        /* An unknown name is an error for one config and a warning for another: with the error there is nothing to cache. */
        if (cache_fd >= 0) {
                sys_seccomp_cache_key(filter, key);
                r = sys_seccomp_cache_load(cache_fd, key, &entry, max);
                if (r >= 0) {
                        *ret_n = entry.n;
                        return 0;
                }
        }
        r = sys_seccomp_compile(filter, insns, max, ret_n, warnings, e);
        if (r < 0 || cache_fd < 0)
                return r;
        entry.n = *ret_n;
        sys_seccomp_cache_store(cache_fd, key, &entry, warnings_at);
        return 0;
}

static int explain_load(int num, struct err *e)
{
        err_sys(e, num, "seccomp", "cannot load the seccomp filter");
        if (num == EACCES)
                err_hint(e, "a filter needs noNewPrivileges or CAP_SYS_ADMIN in the container's user namespace");
        else if (num == EBUSY)
                err_hint(e, "a process can have one seccomp listener, and this one has inherited another");
        else if (num == EINVAL)
                err_hint(e, "the kernel rejects the program or one of the flags; is CONFIG_SECCOMP_FILTER enabled?");
        else if (num == ENOMEM)
                err_hint(e, "all filters of a process together may have 32768 instructions");
        return -num;
}

int sys_seccomp_load(const struct sock_filter *insns, size_t n, unsigned flags, struct err *e)
{
        struct sock_fprog program = { .len = (unsigned short) n, .filter = (struct sock_filter *) insns };
        int r;

        if (n == 0 || n > SYS_SECCOMP_MAX_INSNS)
                return err_set(e, ERR_INTERNAL, EINVAL, "a seccomp filter of %zu instructions cannot be loaded", n);
        r = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
        if (r == -ENOSYS && flags == 0)
                r = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
        if (r < 0)
                return explain_load(-r, e);
        /* Under TSYNC a positive number is the thread that could not follow. */
        if (r > 0 && !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
                return err_set(e, ERR_HOST, EBUSY, "cannot load the seccomp filter: thread %d has another one", r);
        return r;
}

unsigned sys_seccomp_flags_supported(unsigned candidates)
{
        unsigned supported = 0;

        /* With no program at all a kernel that knows the flags gets as far as EFAULT.  NEW_LISTENER accompanies
         * WAIT_KILLABLE_RECV, which means nothing without it. */
        for (unsigned bit = 1; bit != 0 && bit <= candidates; bit <<= 1) {
                unsigned with = bit == 1U << 5 ? (unsigned) SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;

                if ((candidates & bit) && sys_seccomp(SECCOMP_SET_MODE_FILTER, bit | with, NULL) == -EFAULT)
                        supported |= bit;
        }
        return supported;
}
