/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fields.h"
#include "golden.h"
#include "parse.h"

/* Every table that is reached from the three documents, once. */
struct types {
        const struct object_type *items[64];
        size_t n;
};

static const struct object_type *type_of(const struct field *f)
{
        return f->kind == FIELD_OBJECT || f->kind == FIELD_EMBEDDED || f->kind == FIELD_OBJECTS || f->kind == FIELD_KEYED ? f->u.object : NULL;
}

static void collect(struct types *types, const struct object_type *type)
{
        for (size_t i = 0; i < types->n; i++)
                if (types->items[i] == type)
                        return;
        assert_true(types->n < ARRAY_SIZE(types->items));
        types->items[types->n++] = type;
        for (size_t i = 0; i < type->n; i++)
                if (type_of(&type->fields[i]))
                        collect(types, type_of(&type->fields[i]));
}

static size_t member_size(const struct field *f)
{
        static const size_t sizes[] = {
                [FIELD_BOOL] = sizeof(struct opt_bool),       [FIELD_I32] = sizeof(struct opt_i32),
                [FIELD_U16] = sizeof(struct opt_u16),         [FIELD_U32] = sizeof(struct opt_u32),
                [FIELD_I64] = sizeof(struct opt_i64),         [FIELD_U64] = sizeof(struct opt_u64),
                [FIELD_STRING] = sizeof(char *),              [FIELD_STRINGS] = sizeof(struct oci_list),
                [FIELD_U32S] = sizeof(struct oci_list),       [FIELD_ENUM] = sizeof(struct opt_enum),
                [FIELD_ENUMS] = sizeof(struct oci_list),      [FIELD_OBJECT] = sizeof(void *),
                [FIELD_OBJECTS] = sizeof(struct oci_list),    [FIELD_PAIRS] = sizeof(struct oci_list),
                [FIELD_KEYED] = sizeof(struct oci_list),      [FIELD_NODE] = sizeof(void *),
        };

        return f->kind == FIELD_EMBEDDED ? f->u.object->size : sizes[f->kind];
}

enum { PADDING_MAX = 8 }; /* bytes between members that are aligned to 8 */

/* The rows cover the struct: a member that nobody reads leaves a gap that is wider than padding. */
static void test_rows_cover_structs(void **state _unused_)
{
        struct types types = { 0 };

        collect(&types, &type_spec);
        for (size_t t = 0; t < types.n; t++) {
                const struct object_type *type = types.items[t];
                bool covered[1024] = { false };
                size_t gap = 0;

                assert_true(type->size <= sizeof covered);
                memset(covered, true, sizeof(struct oci_place));
                if (type == &type_spec) /* made from the annotations, which have their row */
                        memset(covered + offsetof(struct oci_spec, extensions), true, sizeof(struct oci_extensions));
                if (type->key_offset)
                        memset(covered + type->key_offset, true, sizeof(char *));
                for (size_t i = 0; i < type->n; i++) {
                        const struct field *f = &type->fields[i];

                        for (size_t b = f->offset; b < f->offset + member_size(f); b++) {
                                if (covered[b])
                                        fail_msg("%s: '%s' overlaps another row", type->what, f->name);
                                covered[b] = true;
                        }
                }
                for (size_t b = 0; b < type->size; b++) {
                        gap = covered[b] ? 0 : gap + 1;
                        if (gap >= PADDING_MAX)
                                fail_msg("%s: no row for bytes %zu to %zu", type->what, b + 1 - gap, b);
                }
        }
}

static void test_rows_are_sane(void **state _unused_)
{
        struct types types = { 0 };

        collect(&types, &type_spec);
        assert_true(types.n > 35);
        for (size_t t = 0; t < types.n; t++) {
                const struct object_type *type = types.items[t];

                /* parse.c notes the fields that it has seen in one word. */
                assert_true(type->n <= 64);
                assert_non_null(type->what);
                for (size_t i = 0; i < type->n; i++) {
                        const struct field *f = &type->fields[i];

                        assert_ptr_equal(field_find(type, f->name), f);
                        assert_true(f->kind != FIELD_KEYED || f->u.object->key_offset > 0);
                        assert_true(f->kind != FIELD_OBJECTS || f->u.object->key_offset == 0);
                        assert_true(!(f->flags & FIELD_DEPRECATED) || field_find(type, f->u.instead));
                }
        }
        assert_null(field_find(&type_spec, "Process"));
        assert_null(field_find(&type_spec, ""));
}

/* Does a member NAME stand in an object of TYPE anywhere below NODE, which TYPE_HERE describes? */
static bool document_has(const struct json_node *node, const struct object_type *type_here, const struct object_type *type, const char *name)
{
        if (type_here == type && json_member(node, name))
                return true;
        for (size_t i = 0; i < type_here->n; i++) {
                const struct field *f = &type_here->fields[i];
                const struct json_node *m = json_member(node, f->name);

                if (!m || !type_of(f))
                        continue;
                if ((f->kind == FIELD_OBJECT || f->kind == FIELD_EMBEDDED) && document_has(m, f->u.object, type, name))
                        return true;
                if (f->kind == FIELD_OBJECTS || f->kind == FIELD_KEYED)
                        for (const struct json_node *n = m->first; n; n = n->next)
                                if (document_has(n, f->u.object, type, name))
                                        return true;
        }
        return false;
}

/* The fixture that claims to use every field does: it is what the round trips are worth. */
static void test_full_is_full(void **state _unused_)
{
        _cleanup_(arena_freep) struct arena *a = arena_new();
        struct json_node *root;
        struct types types = { 0 };
        size_t len = 0;
        _cleanup_free_ char *text = golden_read(TESTS_DIR "/golden/spec/full.json", &len);

        assert_non_null(text);
        assert_int_equal(json_parse(a, text, len, "full.json", NULL, &root, NULL), 0);
        collect(&types, &type_spec);
        for (size_t t = 0; t < types.n; t++)
                for (size_t i = 0; i < types.items[t]->n; i++)
                        if (!document_has(root, &type_spec, types.items[t], types.items[t]->fields[i].name))
                                fail_msg("full.json has no '%s' in %s", types.items[t]->fields[i].name, types.items[t]->what);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows_cover_structs),
                cmocka_unit_test(test_rows_are_sane),
                cmocka_unit_test(test_full_is_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
