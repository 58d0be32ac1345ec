/* SPDX-License-Identifier: Apache-2.0 */
/* ociVersion: Semantic Versioning 2.0.0, and which versions of the specification are taken.
 * Owns: nothing.  Layer: oci-spec, pure. */
#ifndef BERTH_OCI_VERSION_H
#define BERTH_OCI_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "faults.h"

struct oci_version {
        uint64_t major, minor, patch;
        bool prerelease; /* "-rc.1"; build metadata ("+dev") says nothing about order and is not kept */
};

/* Returns 0 with *ret set, or -EINVAL when TEXT is no SemVer 2.0.0 version.  Source: semver.org, items 2, 9 and 10. */
int oci_version_parse(const char *text, struct oci_version *ret);

/* Add to FAULTS what is to be said about a config of version TEXT; NODE is its place (or NULL).  The specification keeps
 * compatible within a major version, both ways: an error for what is no version and for majors above 1, a warning for a
 * 1.x newer than OCI_VERSION_MAX (its new fields are not known) and for 0.x (read as 1.0). */
void oci_version_check(const char *text, const struct json_node *node, struct faults *faults);

#endif
