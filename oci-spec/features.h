/* SPDX-License-Identifier: Apache-2.0 */
/* The Features document (features.md, features-linux.md), complete for 1.3.0.
 * Layer: oci-spec, pure: what this build and host can do is handed in. */
#ifndef BERTH_OCI_FEATURES_H
#define BERTH_OCI_FEATURES_H

#include <stdbool.h>

#include "str.h"

struct oci_features_facts {
        bool seccomp, apparmor, selinux; /* compiled in */
        bool systemd_cgroup, systemd_user_cgroup;
        bool idmap;                      /* implemented (not: supported by this kernel) */
        unsigned seccomp_supported_flags; /* SECCOMP_FILTER_FLAG_* that this kernel takes */
        const char *version, *commit;
        const char *const *mount_options; /* recognised words; from the plan's option table */
        size_t n_mount_options;
        const char *const *unsafe_annotations; /* keys and prefixes ("run.oci.") */
        size_t n_unsafe_annotations;
};

#define OCI_VERSION_MIN "1.0.0"
#define OCI_VERSION_MAX "1.3.0"

/* Pretty, without a newline at the end.  OUT->failed tells ENOMEM. */
void oci_features_write(const struct oci_features_facts *facts, struct strbuf *out);

#endif
