/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a JSON object by a table of its members, for document.c, nic.c and record.c.
 * Owns: nothing.  Layer: lxcnet, pure, private to these.
 *
 *      static const struct lxcnet_member members[] = {
 *              { "up", lxcnet_reader_bool, offsetof(struct lxcnet_nic, up) }, { "link", read_link, 0 },
 *      };
 *      lxcnet_reader_object(r, node, members, ARRAY_SIZE(members), nic);
 *
 * Reading goes on after a fault, which is noted with its place; what is wrong leaves the member of the struct as it was.
 */
#ifndef BERTH_LXCNET_READER_H
#define BERTH_LXCNET_READER_H

#include "document.h"

struct lxcnet_reader {
        struct arena *arena;
        struct faults *faults;
        bool failed; /* memory ran out */
};

/* A member of an object, who reads it, and where in the struct it goes: the reader gets a pointer to that. */
struct lxcnet_member {
        const char *key;
        void (*read)(struct lxcnet_reader *r, const struct json_node *node, void *field);
        size_t offset;
};

enum { LXCNET_MEMBERS_MAX = 32 };
/* NODE must be an object; unknown members are faults, with the nearest known one in the hint. */
void lxcnet_reader_object(struct lxcnet_reader *r, const struct json_node *node, const struct lxcnet_member *members, size_t n,
                          void *object);

bool lxcnet_reader_is_type(struct lxcnet_reader *r, const struct json_node *node, enum json_type type);
/* Readers for tables; what FIELD points to is in parentheses. */
void lxcnet_reader_bool(struct lxcnet_reader *r, const struct json_node *node, void *field);        /* (bool) */
void lxcnet_reader_count(struct lxcnet_reader *r, const struct json_node *node, void *field);       /* (uint32_t), to INT32_MAX */
void lxcnet_reader_text(struct lxcnet_reader *r, const struct json_node *node, void *field);        /* (const char *), not empty */
void lxcnet_reader_device_name(struct lxcnet_reader *r, const struct json_node *node, void *field); /* (const char *) */
void lxcnet_reader_texts(struct lxcnet_reader *r, const struct json_node *node, const char ***ret, size_t *ret_n);
void lxcnet_reader_number(struct lxcnet_reader *r, const struct json_node *node, uint32_t max, uint32_t *ret);
/* *RET gets the place of the word among N WORDS. */
void lxcnet_reader_word(struct lxcnet_reader *r, const struct json_node *node, const char *what, const char *const *words, size_t n,
                        int *ret);

/* A text for a fault's hint, in the arena. */
const char *lxcnet_reader_hint(struct lxcnet_reader *r, const char *fmt, ...) _printf_(2, 3);
/* A new array with the N elements of SIZE bytes at ITEMS and room for those of NODE; NULL and .failed when memory is short. */
void *lxcnet_reader_make_room(struct lxcnet_reader *r, const struct json_node *node, const void *items, size_t n, size_t size);

/* An element of "interfaces" (nic.c). */
void lxcnet_nic_read(struct lxcnet_reader *r, const struct json_node *node, struct lxcnet_nic *nic);

#endif
