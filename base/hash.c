/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#include <string.h>

enum { ROUNDS = 12 };

static const uint64_t iv[8] = {
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
        0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/* Which word of the block each step of a round takes; rounds 10 and 11 use rows 0 and 1 again. */
static const uint8_t sigma[10][16] = {
        { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
        { 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
        { 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
        { 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
        { 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
        { 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
        { 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
        { 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
        { 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
        { 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint64_t rotate_right(uint64_t x, unsigned n) { return x >> n | x << (64 - n); }

static uint64_t load_le64(const uint8_t *p)
{
        uint64_t v = 0;

        for (unsigned i = 8; i-- > 0;)
                v = v << 8 | p[i];
        return v;
}

static void store_le64(uint8_t *p, uint64_t v)
{
        for (unsigned i = 0; i < 8; i++, v >>= 8)
                p[i] = (uint8_t) v;
}

/* The mixing function G of section 3.1. */
static void mix(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d, uint64_t x, uint64_t y)
{
        *a += *b + x;
        *d = rotate_right(*d ^ *a, 32);
        *c += *d;
        *b = rotate_right(*b ^ *c, 24);
        *a += *b + y;
        *d = rotate_right(*d ^ *a, 16);
        *c += *d;
        *b = rotate_right(*b ^ *c, 63);
}

/* The compression function F of section 3.2. */
static void compress(struct hash *h, uint64_t is_last)
{
        uint64_t v[16], m[16];

        for (unsigned i = 0; i < 8; i++) {
                v[i] = h->h[i];
                v[i + 8] = iv[i];
        }
        v[12] ^= h->total_bytes;
        v[14] ^= 0 - is_last;
        for (unsigned i = 0; i < 16; i++)
                m[i] = load_le64(h->block + 8 * i);
        for (unsigned round = 0; round < ROUNDS; round++) {
                const uint8_t *s = sigma[round % 10];

                for (unsigned i = 0; i < 4; i++)
                        mix(&v[i], &v[i + 4], &v[i + 8], &v[i + 12], m[s[2 * i]], m[s[2 * i + 1]]);
                for (unsigned i = 0; i < 4; i++)
                        mix(&v[i], &v[(i + 1) % 4 + 4], &v[(i + 2) % 4 + 8], &v[(i + 3) % 4 + 12], m[s[2 * i + 8]],
                            m[s[2 * i + 9]]);
        }
        for (unsigned i = 0; i < 8; i++)
                h->h[i] ^= v[i] ^ v[i + 8];
}

void hash_init(struct hash *h)
{
        *h = (struct hash) { 0 };
        memcpy(h->h, iv, sizeof iv);
        /* The parameter block: digest length, no key, fan-out 1, depth 1. */
        h->h[0] ^= 0x01010000 ^ HASH_BYTES;
}

void hash_add(struct hash *h, const void *data, size_t len)
{
        const uint8_t *p = data;

        while (len > 0) {
                size_t room, n;

                /* A full block waits until more comes: the last one is compressed differently. */
                if (h->used_bytes == HASH_BLOCK_BYTES) {
                        h->total_bytes += HASH_BLOCK_BYTES;
                        compress(h, 0);
                        h->used_bytes = 0;
                }
                room = HASH_BLOCK_BYTES - h->used_bytes;
                n = len < room ? len : room;
                memcpy(h->block + h->used_bytes, p, n);
                h->used_bytes += n;
                p += n;
                len -= n;
        }
}

void hash_done(struct hash *h, uint8_t digest[static HASH_BYTES])
{
        h->total_bytes += h->used_bytes;
        memset(h->block + h->used_bytes, 0, HASH_BLOCK_BYTES - h->used_bytes);
        compress(h, 1);
        for (unsigned i = 0; i < HASH_BYTES / 8; i++)
                store_le64(digest + 8 * i, h->h[i]);
}

void hash_add_u64(struct hash *h, uint64_t number)
{
        uint8_t bytes[8];

        store_le64(bytes, number);
        hash_add(h, bytes, sizeof bytes);
}

void hash_add_text(struct hash *h, const char *text)
{
        size_t len = text ? strlen(text) : 0;

        hash_add_u64(h, text ? len : UINT64_MAX);
        hash_add(h, text, len);
}

void hash_to_hex(const uint8_t digest[static HASH_BYTES], char hex[static HASH_HEX_SIZE])
{
        static const char digits[] = "0123456789abcdef";

        for (unsigned i = 0; i < HASH_BYTES; i++) {
                hex[2 * i] = digits[digest[i] >> 4];
                hex[2 * i + 1] = digits[digest[i] & 15];
        }
        hex[2 * HASH_BYTES] = '\0';
}
