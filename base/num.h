/* SPDX-License-Identifier: Apache-2.0 */
/* Strict numbers: the whole text is the number, or it is an error.  No white space, no sign where none fits, no
 * overflow that wraps.  Locale plays no part.
 * Layer: base, pure.  Each returns 0, -EINVAL (not a number) or -ERANGE (does not fit); *ret is written only on success. */
#ifndef BERTH_BASE_NUM_H
#define BERTH_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

int num_parse_u64(const char *text, size_t len, unsigned base, uint64_t *ret);
int num_parse_i64(const char *text, size_t len, int64_t *ret);
/* Decimal, NUL-terminated, within [MIN, MAX]. */
int num_parse_range(const char *text, int64_t min, int64_t max, int64_t *ret);
/* A list of CPUs or memory nodes, "0-3,7": calls MARK for each number, at most MAX.  -EINVAL, -ERANGE. */
int num_parse_list(const char *text, unsigned max, void (*mark)(void *arg, unsigned n), void *arg);

#endif
