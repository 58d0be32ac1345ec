/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "seccomp-cache.h"

#ifdef HAVE_SECCOMP
#include "seccomp-lib.h"

SYS_DL_NOTE("seccomp", "Compiles the seccomp filters of containers", "recommended", "libseccomp.so.2");

static struct seccomp_lib functions;

static const struct sys_dl_symbol symbols[] = {
        { "seccomp_version", (void **) &functions.version },
        { "seccomp_init", (void **) &functions.init },
        { "seccomp_release", (void **) &functions.release },
        { "seccomp_arch_native", (void **) &functions.arch_native },
        { "seccomp_arch_resolve_name", (void **) &functions.arch_resolve_name },
        { "seccomp_arch_add", (void **) &functions.arch_add },
        { "seccomp_attr_set", (void **) &functions.attr_set },
        { "seccomp_syscall_resolve_name", (void **) &functions.syscall_resolve_name },
        { "seccomp_syscall_resolve_name_arch", (void **) &functions.syscall_resolve_name_arch },
        { "seccomp_rule_add_array", (void **) &functions.rule_add_array },
        { "seccomp_export_bpf", (void **) &functions.export_bpf },
};

static struct sys_dl library = SYS_DL("libseccomp.so.2", "libseccomp2", symbols);

int seccomp_lib_open(const struct seccomp_lib **ret, struct err *e)
{
        int r = sys_dl_open(&library, "/linux/seccomp", e);

        if (r < 0)
                return r;
        *ret = &functions;
        return 0;
}

int sys_seccomp_library(struct sys_dl_file *ret) { return sys_dl_identify(&library, ret); }

#else

int sys_seccomp_library(struct sys_dl_file *ret _unused_) { return -ENOENT; }

#endif
