/* SPDX-License-Identifier: Apache-2.0 */
/* Capability names → sets that the kernel will grant, and one warning for what this host will not.
 * (Unknown names, and sets that contradict each other, are warnings of the validator: they need no host.)
 * Layer: plan, pure.  spec: config.md "Linux Process": capabilities.  man: capabilities(7).
 *
 *      AVAILABLE     the runtime's bounding set; everything in a new user namespace, where the kernel fills it
 *      permitted     cut to AVAILABLE
 *      effective     cut to permitted
 *      inheritable   cut to the configured bounding set: the kernel allows no more
 *      ambient       cut to permitted and inheritable
 */
#ifndef BERTH_PLAN_CAPS_H
#define BERTH_PLAN_CAPS_H

#include "plan.h"
#include "process.h"
#include "str.h"

/* CAPS NULL: all sets are empty.  *RET_BOUNDING: what is kept in the bounding set; *RET_PRESENT: what may be in it before.
 * 0 or -ENOMEM. */
int plan_caps_decide(struct planner *p, const struct oci_capabilities *caps, struct step_caps *ret, uint64_t *ret_bounding,
                     uint64_t *ret_present);

/* "chown,kill", or "none". */
void plan_caps_text(uint64_t mask, struct strbuf *out);

#endif
