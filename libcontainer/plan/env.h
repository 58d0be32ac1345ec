/* SPDX-License-Identifier: Apache-2.0 */
/* The payload's environment.
 * Layer: plan, pure.  spec: config.md "Process": env.
 */
#ifndef BERTH_PLAN_ENV_H
#define BERTH_PLAN_ENV_H

#include "arena.h"
#include "spec.h"

/* BASE and then ADDED, without duplicates: the last one of a key wins and keeps its place; NULL at the end of *RET.
 * Linear in the number of entries, which engines make thousands of.  0 or -ENOMEM. */
int plan_env_merge(struct arena *arena, const oci_strings *base, const oci_strings *added, const char *const **ret, size_t *ret_n);

/* The value of KEY, or NULL. */
const char *plan_env_get(const char *const *env, const char *key);

#endif
