/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document as a tree in which every value knows its line, column and pointer.
 * Owns: nothing; nodes and texts live in the caller's arena.  Layer: oci-spec, pure.
 *
 *      struct json_node *root;
 *      r = json_parse(arena, text, len, "config.json", NULL, &root, e);
 *      const struct json_node *mounts = json_member(root, "mounts");
 *
 * yajl reports no positions; its yajl_get_bytes_consumed() inside a callback is the end of the current token.  Where
 * the token begins follows exactly from the end of the one before it: only blanks, ':' and ',' stand between the two.
 */
#ifndef BERTH_OCI_JSON_TREE_H
#define BERTH_OCI_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_node {
        enum json_type type;
        bool boolean;
        uint32_t line, column;  /* of the value's first byte, from 1; columns count bytes */
        uint32_t key_line, key_column; /* of the key, for members; else 0 */
        const char *text;       /* JSON_STRING: unescaped, NUL-terminated; JSON_NUMBER: as written */
        size_t len;             /* of text, in bytes; a string may not hold NUL (that is a parse error) */
        const char *key;        /* for members of an object, else NULL */
        uint32_t index;         /* for elements of an array */
        uint32_t n;             /* children */
        struct json_node *parent, *first, *next;
};

/* Bounds that keep a hostile document from eating the host.  0 means the default in parentheses. */
struct json_limits {
        size_t max_bytes; /* of the document (16 MiB) */
        unsigned max_depth; /* (64) */
        size_t max_nodes; /* (2,000,000) */
};

/* Parse TEXT, RFC 8259 to the letter.  NAME is the document's name for errors; LIMITS may be NULL (all defaults).
 * Errors carry line and column: bad syntax (with the offending text), a duplicate key (naming both places), bytes that
 * are no UTF-8, NUL or half a surrogate pair in a string, too deep, too large, trailing text.
 * Returns 0, or -EINVAL, -E2BIG, -ENOMEM. */
int json_parse(struct arena *arena, const char *text, size_t len, const char *name, const struct json_limits *limits,
               struct json_node **ret_root, struct err *e);

/* What json_parse says of a text that is no JSON when it cannot tell why.  No such text is known: tests/fuzz looks for one. */
#define JSON_FALLBACK_SENTENCE "the text is not JSON"

/* The member KEY of OBJECT, or NULL. */
struct json_node *json_member(const struct json_node *object, const char *key);
/* The node at POINTER (RFC 6901) below ROOT, or NULL. */
struct json_node *json_at(const struct json_node *root, const char *pointer);
/* The RFC 6901 pointer of NODE in BUF, "" for the root; always NUL-terminated.  Returns the length needed. */
size_t json_pointer(const struct json_node *node, char *buf, size_t size);
/* "object", "array", "string", "number", "true or false", "null": for sentences. */
const char *json_type_name(enum json_type type);

#endif
