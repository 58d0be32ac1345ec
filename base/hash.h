/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b with a digest of 256 bits: the name of what a cache holds, and the proof that a file is still what was written.
 * Owns: nothing; a struct hash is the caller's.  Layer: base, pure.  Context: any; nothing here allocates.
 *
 *      struct hash h;
 *      uint8_t digest[HASH_BYTES];
 *
 *      hash_init(&h);
 *      hash_add_text(&h, name);         with its length before it: "ab","c" and "a","bc" differ
 *      hash_add_u64(&h, number);
 *      hash_done(&h, digest);
 *
 * Source: RFC 7693. */
#ifndef BERTH_BASE_HASH_H
#define BERTH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_BYTES = 32, HASH_BLOCK_BYTES = 128, HASH_HEX_SIZE = 2 * HASH_BYTES + 1 };

struct hash {
        uint64_t h[8];
        uint64_t total_bytes;
        size_t used_bytes; /* of block */
        uint8_t block[HASH_BLOCK_BYTES];
};

void hash_init(struct hash *h);
void hash_add(struct hash *h, const void *data, size_t len);
/* The digest of all that was added.  H is of no further use. */
void hash_done(struct hash *h, uint8_t digest[static HASH_BYTES]);

/* Eight bytes, least significant first, on every machine. */
void hash_add_u64(struct hash *h, uint64_t number);
/* The length and the bytes of TEXT; NULL differs from "". */
void hash_add_text(struct hash *h, const char *text);

/* DIGEST in lower-case hexadecimal. */
void hash_to_hex(const uint8_t digest[static HASH_BYTES], char hex[static HASH_HEX_SIZE]);

#endif
