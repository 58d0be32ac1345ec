/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of cgroup v1, which config.json speaks of, as those of cgroup v2.
 * Layer: oci-spec, pure.  Owns: nothing. */
#ifndef BERTH_OCI_CGROUP_WEIGHT_H
#define BERTH_OCI_CGROUP_WEIGHT_H

#include <stdint.h>

/* cpu.weight (1 to 10000) of cpu.shares. */
uint64_t oci_cgroup_weight_of_shares(uint64_t shares);
/* io.weight (1 to 10000) of blkio.weight (10 to 1000). */
uint64_t oci_cgroup_weight_of_blkio(uint64_t weight);

#endif
