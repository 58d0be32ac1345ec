/* SPDX-License-Identifier: Apache-2.0 */
/* The device filter of cgroup2 as a program.  Layer: sys; building it is pure, so that tests can run it without a kernel.
 * kernel: kernel/bpf/cgroup.c cg_dev_prog_ops, include/uapi/linux/bpf.h struct bpf_cgroup_dev_ctx.
 */
#ifndef BERTH_SYS_CGROUP_EBPF_H
#define BERTH_SYS_CGROUP_EBPF_H

#include <linux/bpf.h>
#include <stddef.h>

#include "cgroup-types.h"

/* Instructions that N rules take at most. */
static inline size_t sys_cgroup_bpf_max_insns(size_t n) { return 6 + 2 + n * 8; }

/* Write the program of POLICY to INSNS, which has room for sys_cgroup_bpf_max_insns(policy->n).  Returns its length. */
size_t sys_cgroup_bpf_build(const struct cgroup_device_policy *policy, struct bpf_insn *insns);

#endif
