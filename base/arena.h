/* SPDX-License-Identifier: Apache-2.0 */
/* An arena: many allocations, one free.  Long-lived trees (JSON, spec, plan) live in one.
 * Owns: its chunks, anonymous private mappings.  Layer: base.  Context: any single thread; not after clone
 * (init must not allocate: what it needs was reserved before).
 *
 *      _cleanup_(arena_freep) struct arena *a = arena_new();
 *      struct oci_spec *spec = arena_alloc(a, sizeof *spec);
 *      arena_seal(a);                   from here on a write to it is a SIGSEGV
 */
#ifndef BERTH_BASE_ARENA_H
#define BERTH_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

struct arena;

/* A new arena, or NULL when memory is exhausted.  Ownership: the caller; end it with arena_free. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);
static inline void arena_freep(struct arena **arena) { arena_free(*arena); }

/* SIZE zeroed bytes, aligned for any type, or NULL (ENOMEM).  They live as long as the arena. */
void *arena_alloc(struct arena *arena, size_t size);
/* COUNT elements of SIZE bytes, zeroed; NULL also when the product overflows. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
/* Grow the array at ITEMS (its first N elements of SIZE bytes are kept) to hold at least N + 1; the capacity doubles at
 * powers of two, so appending N elements costs O(N).  Returns the array, possibly moved, or NULL. */
void *arena_grow_array(struct arena *arena, void *items, size_t n, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *fmt, ...) _printf_(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap) _printf_(2, 0);

/* Make all chunks read-only (mprotect(2)).  Returns 0 or -errno.  A sealed arena can still be freed. */
int arena_seal(struct arena *arena);
/* Bytes mapped, for tests and --debug. */
size_t arena_size_bytes(const struct arena *arena);

#endif
