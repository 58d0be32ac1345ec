/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

enum {
        CHUNK_BYTES = 64 * 1024,
        ALIGN_BYTES = _Alignof(max_align_t),
};

/* The chunk's header stands at the start of its own mapping, so that sealing covers it. */
struct chunk {
        struct chunk *next;
        size_t mapped_bytes;
        size_t used_bytes;
};

/* The arena itself lives at the start of its first chunk. */
struct arena {
        struct chunk *chunks;
        size_t mapped_bytes;
};

static size_t align_up(size_t n, size_t to) { return (n + to - 1) & ~(to - 1); }

static struct chunk *chunk_new(size_t payload_bytes)
{
        size_t need = align_up(sizeof(struct chunk), ALIGN_BYTES) + payload_bytes;
        size_t mapped = align_up(MAX(need, (size_t) CHUNK_BYTES), 4096);
        struct chunk *c = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (c == MAP_FAILED)
                return NULL;
        c->mapped_bytes = mapped;
        c->used_bytes = align_up(sizeof(struct chunk), ALIGN_BYTES);
        return c;
}

static void *chunk_take(struct chunk *c, size_t size)
{
        void *p;

        if (size > c->mapped_bytes - c->used_bytes)
                return NULL;
        p = (char *) c + c->used_bytes;
        c->used_bytes += size;
        return p;
}

struct arena *arena_new(void)
{
        struct chunk *c = chunk_new(CHUNK_BYTES / 2);
        struct arena *a;

        if (!c)
                return NULL;
        a = chunk_take(c, align_up(sizeof *a, ALIGN_BYTES));
        a->chunks = c;
        a->mapped_bytes = c->mapped_bytes;
        return a;
}

void arena_free(struct arena *arena)
{
        if (!arena)
                return;
        for (struct chunk *c = arena->chunks, *next; c; c = next) {
                next = c->next;
                munmap(c, c->mapped_bytes);
        }
}

void *arena_alloc(struct arena *arena, size_t size)
{
        struct chunk *c;
        void *p;

        if (size > SIZE_MAX / 2)
                return NULL;
        size = align_up(MAX(size, (size_t) 1), ALIGN_BYTES);
        p = chunk_take(arena->chunks, size);
        if (p)
                return p;
        c = chunk_new(size);
        if (!c)
                return NULL;
        c->next = arena->chunks;
        arena->chunks = c;
        arena->mapped_bytes += c->mapped_bytes;
        return chunk_take(c, size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
        size_t total;

        if (__builtin_mul_overflow(count, size, &total))
                return NULL;
        return arena_alloc(arena, total);
}

void *arena_grow_array(struct arena *arena, void *items, size_t n, size_t size)
{
        bool full = n == 0 || (n >= 4 && (n & (n - 1)) == 0);
        void *grown;

        if (!full)
                return items;
        grown = arena_alloc_array(arena, MAX(n * 2, (size_t) 4), size);
        if (grown && n > 0)
                memcpy(grown, items, n * size);
        return grown;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
        char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

        if (copy)
                memcpy(copy, text, len);
        return copy;
}

char *arena_strdup(struct arena *arena, const char *text) { return arena_strndup(arena, text, strlen(text)); }

char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
        va_list again;
        char *text;
        int len;

        va_copy(again, ap);
        len = vsnprintf(NULL, 0, fmt, again);
        va_end(again);
        if (len < 0)
                return NULL;
        text = arena_alloc(arena, (size_t) len + 1);
        if (text)
                vsnprintf(text, (size_t) len + 1, fmt, ap);
        return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
        va_list ap;
        char *text;

        va_start(ap, fmt);
        text = arena_vprintf(arena, fmt, ap);
        va_end(ap);
        return text;
}

int arena_seal(struct arena *arena)
{
        for (struct chunk *c = arena->chunks; c; c = c->next)
                if (mprotect(c, c->mapped_bytes, PROT_READ) < 0)
                        return -errno;
        return 0;
}

size_t arena_size_bytes(const struct arena *arena) { return arena->mapped_bytes; }
