/* SPDX-License-Identifier: Apache-2.0 */
/* The LXC version whose rules a file is read by: "1.0" is 10, "2.1" is 21.
 * Layer: src/lxc, pure.
 *
 * Two spellings exist: that of 2.0 and before ("lxc.utsname") and that of 2.1 and later ("lxc.uts.name").  Only 2.1 takes
 * both.  A file says nothing of its version, so the oldest that knows all its keys is taken, but no older than the common one
 * of its spelling.
 */
#ifndef BERTH_LXC_ERA_H
#define BERTH_LXC_ERA_H

#include <stdbool.h>

enum {
        LXC_ERA_OLDEST = 6,
        LXC_ERA_LEGACY = 10, /* what a file in the old spelling is taken for */
        LXC_ERA_BOTH = 21,   /* takes both spellings */
        LXC_ERA_NEW = 60,    /* what a file in the new spelling, or in neither, is taken for */
        LXC_ERA_NEWEST = 70,
};

/* "1.0", "0.7", "6", "2.0.11" (the third number is ignored).  0, or -EINVAL. */
int lxc_era_parse(const char *text, int *ret);
/* "1.0"; BUF holds at least 8 bytes. */
const char *lxc_era_format(int era, char buf[static 8]);

/* Outer quotes of a value are taken off (1.0.9, 2.0.1, 2.1 and later). */
bool lxc_era_unquotes(int era);
/* Junk behind a number is an error (2.1 and later), not cut off. */
static inline bool lxc_era_strict_numbers(int era) { return era >= LXC_ERA_BOTH; }

/* Words of lxc.init.cmd can be quoted (6.0 and later), as those of lxc.execute.cmd always could. */
static inline bool lxc_era_quotes_init(int era) { return era >= 60; }

/* What a file's keys say about its era. */
struct lxc_era_evidence {
        unsigned n_legacy, n_new; /* keys that only one spelling has */
        int oldest;               /* the newest of all "first known in" */
};
int lxc_era_detect(const struct lxc_era_evidence *evidence);

#endif
