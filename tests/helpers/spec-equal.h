/* SPDX-License-Identifier: Apache-2.0 */
/* Two specs compared value by value, over the field tables: for the round trips of the unit tests and of the fuzzer. */
#ifndef BERTH_TESTS_SPEC_EQUAL_H
#define BERTH_TESTS_SPEC_EQUAL_H

#include "fields.h"
#include "json/write.h"
#include "str.h"

static inline bool objects_equal(const struct object_type *type, const void *a, const void *b, const char **ret_field);

static inline bool nodes_equal(const struct json_node *a, const struct json_node *b)
{
        _cleanup_(strbuf_done) struct strbuf ta = { 0 }, tb = { 0 };
        struct json_writer wa = { .out = &ta }, wb = { .out = &tb };

        if (!a || !b)
                return a == b;
        json_put_node(&wa, NULL, a);
        json_put_node(&wb, NULL, b);
        return streq(ta.text, tb.text);
}

static inline bool items_equal(const struct field *f, const struct oci_list *a, const struct oci_list *b, const char **ret_field)
{
        for (size_t i = 0; i < a->n; i++) {
                const char *const *sa = (const char *const *) a->items, *const *sb = (const char *const *) b->items;
                const struct oci_pair *pa = a->items, *pb = b->items;
                size_t at = f->kind == FIELD_OBJECTS || f->kind == FIELD_KEYED ? i * f->u.object->size : 0;

                if (f->kind == FIELD_STRINGS && !streq(sa[i], sb[i]))
                        return false;
                if (f->kind == FIELD_U32S && ((const uint32_t *) a->items)[i] != ((const uint32_t *) b->items)[i])
                        return false;
                if (f->kind == FIELD_ENUMS && ((const int *) a->items)[i] != ((const int *) b->items)[i])
                        return false;
                if (f->kind == FIELD_PAIRS && (!streq(pa[i].key, pb[i].key) || !streq(pa[i].value, pb[i].value)))
                        return false;
                if ((f->kind == FIELD_OBJECTS || f->kind == FIELD_KEYED) &&
                    !objects_equal(f->u.object, (const char *) a->items + at, (const char *) b->items + at, ret_field))
                        return false;
        }
        return true;
}

static inline bool members_equal(const struct field *f, const void *a, const void *b, const char **ret_field)
{
        const struct oci_list *la = a, *lb = b;
        const void *pa = NULL, *pb = NULL;

        if (f->kind == FIELD_STRING || f->kind == FIELD_OBJECT || f->kind == FIELD_NODE)
                pa = *(const void *const *) a, pb = *(const void *const *) b;
        switch (f->kind) {
        case FIELD_BOOL:
                return memcmp(a, b, sizeof(struct opt_bool)) == 0;
        case FIELD_I32:
        case FIELD_U32:
        case FIELD_ENUM:
                return ((const struct opt_u32 *) a)->set == ((const struct opt_u32 *) b)->set &&
                       ((const struct opt_u32 *) a)->value == ((const struct opt_u32 *) b)->value;
        case FIELD_U16:
                return ((const struct opt_u16 *) a)->set == ((const struct opt_u16 *) b)->set &&
                       ((const struct opt_u16 *) a)->value == ((const struct opt_u16 *) b)->value;
        case FIELD_I64:
        case FIELD_U64:
                return ((const struct opt_u64 *) a)->set == ((const struct opt_u64 *) b)->set &&
                       ((const struct opt_u64 *) a)->value == ((const struct opt_u64 *) b)->value;
        case FIELD_STRING:
                return streq_ptr(pa, pb);
        case FIELD_OBJECT:
                return (!pa || !pb) ? pa == pb : objects_equal(f->u.object, pa, pb, ret_field);
        case FIELD_EMBEDDED:
                return objects_equal(f->u.object, a, b, ret_field);
        case FIELD_NODE:
                return nodes_equal(pa, pb);
        default:
                return la->n == lb->n && !la->items == !lb->items && items_equal(f, la, lb, ret_field);
        }
}

/* Equal but for the places.  *ret_field names the innermost field that differs. */
static inline bool objects_equal(const struct object_type *type, const void *a, const void *b, const char **ret_field)
{
        for (size_t i = 0; i < type->n; i++) {
                const struct field *f = &type->fields[i];

                *ret_field = NULL;
                if (!members_equal(f, (const char *) a + f->offset, (const char *) b + f->offset, ret_field)) {
                        *ret_field = *ret_field ? *ret_field : f->name;
                        return false;
                }
        }
        if (type->key_offset == 0)
                return true;
        *ret_field = "key";
        return streq_ptr(*(const char *const *) ((const char *) a + type->key_offset),
                         *(const char *const *) ((const char *) b + type->key_offset));
}

#endif
