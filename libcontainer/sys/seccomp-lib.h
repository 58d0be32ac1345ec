/* SPDX-License-Identifier: Apache-2.0 */
/* libseccomp, opened when the first filter must be compiled.
 * Owns: the open library.  Layer: sys.  Context: parent.  Only for builds with libseccomp's headers. */
#ifndef BERTH_SYS_SECCOMP_LIB_H
#define BERTH_SYS_SECCOMP_LIB_H

#include <seccomp.h>

#include "dl.h"

struct seccomp_lib {
        __typeof__(seccomp_version) *version;
        __typeof__(seccomp_init) *init;
        __typeof__(seccomp_release) *release;
        __typeof__(seccomp_arch_native) *arch_native;
        __typeof__(seccomp_arch_resolve_name) *arch_resolve_name;
        __typeof__(seccomp_arch_add) *arch_add;
        __typeof__(seccomp_attr_set) *attr_set;
        __typeof__(seccomp_syscall_resolve_name) *syscall_resolve_name;
        __typeof__(seccomp_syscall_resolve_name_arch) *syscall_resolve_name_arch;
        __typeof__(seccomp_rule_add_array) *rule_add_array;
        __typeof__(seccomp_export_bpf) *export_bpf;
};

/* The library, opened if need be; the object is static.  -ENOENT: it is not there. */
int seccomp_lib_open(const struct seccomp_lib **ret, struct err *e);

#endif
