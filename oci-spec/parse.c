/* SPDX-License-Identifier: Apache-2.0 */
#include "parse.h"

#include <inttypes.h>
#include <string.h>

#include "fields.h"
#include "num.h"
#include "validate.h"
#include "version.h"

enum {
        FEW_WORDS = 8, /* an enumeration of up to that many words is listed in the hint */
        STRING_HINT_MAX = 40,
};

/* Reading goes on after every fault; .failed is memory running out. */
struct reader {
        struct arena *arena;
        struct faults *faults;
        bool failed;
};

static void read_object(struct reader *r, const struct object_type *type, const struct json_node *node, void *object);

static void *reader_alloc(struct reader *r, size_t n, size_t size)
{
        void *p = arena_alloc_array(r->arena, n, size);

        if (!p)
                r->failed = true;
        return p;
}

static const char *reader_hint(struct reader *r, const char *fmt, ...) _printf_(2, 3);
static const char *reader_hint(struct reader *r, const char *fmt, ...)
{
        const char *hint;
        va_list ap;

        va_start(ap, fmt);
        hint = arena_vprintf(r->arena, fmt, ap);
        va_end(ap);
        return hint;
}

/* The last finding is about the member's key. */
static void mark_at_key(struct faults *f, size_t n_before)
{
        if (f->n > n_before)
                f->items[f->n - 1].at_key = true;
}

/* Is NODE of TYPE?  EXPECTED names it in the sentence. */
static bool check_type(struct reader *r, const struct json_node *node, enum json_type type, const char *expected)
{
        const char *hint = NULL;

        if (node->type == type)
                return true;
        if (node->type == JSON_STRING && (type == JSON_NUMBER || type == JSON_BOOL))
                hint = "write it without quotes";
        else if (type == JSON_STRING && (node->type == JSON_NUMBER || node->type == JSON_BOOL))
                hint = "write it in double quotes";
        else if (type == JSON_ARRAY && node->type == JSON_STRING && node->len <= STRING_HINT_MAX)
                hint = reader_hint(r, "write [\"%s\"]", node->text);
        fault_error(r->faults, node, hint, "expected %s, got %s", expected, json_type_name(node->type));
        return false;
}

static void read_bool(struct reader *r, const struct json_node *node, struct opt_bool *ret)
{
        if (check_type(r, node, JSON_BOOL, "true or false"))
                *ret = (struct opt_bool) { true, node->boolean };
}

/* A number's text is an integer?  JSON has only one kind of number. */
static bool check_integer(struct reader *r, const struct json_node *node)
{
        if (!check_type(r, node, JSON_NUMBER, "integer"))
                return false;
        if (!strpbrk(node->text, ".eE"))
                return true;
        fault_error(r->faults, node, "write it without fraction and exponent", "expected integer, got '%s'",
                    node->text);
        return false;
}

static bool read_signed(struct reader *r, const struct json_node *node, unsigned bits, int64_t *ret)
{
        int64_t max = bits == 64 ? INT64_MAX : (INT64_C(1) << (bits - 1)) - 1;

        if (!check_integer(r, node))
                return false;
        if (num_parse_range(node->text, -max - 1, max, ret) == 0)
                return true;
        fault_error(r->faults, node, NULL, "%s does not fit in %u bits: %" PRIi64 " to %" PRIi64, node->text, bits,
                    -max - 1, max);
        return false;
}

static bool read_unsigned(struct reader *r, const struct json_node *node, unsigned bits, uint64_t *ret)
{
        uint64_t max = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

        if (!check_integer(r, node))
                return false;
        if (num_parse_u64(node->text, node->len, 10, ret) == 0 && *ret <= max)
                return true;
        fault_error(r->faults, node, NULL, "%s does not fit in %u bits: 0 to %" PRIu64, node->text, bits, max);
        return false;
}

static void read_number(struct reader *r, enum field_kind kind, const struct json_node *node, void *ret)
{
        int64_t i = 0;
        uint64_t u = 0;

        if (kind == FIELD_I32 && read_signed(r, node, 32, &i))
                *(struct opt_i32 *) ret = (struct opt_i32) { true, (int32_t) i };
        else if (kind == FIELD_I64 && read_signed(r, node, 64, &i))
                *(struct opt_i64 *) ret = (struct opt_i64) { true, i };
        else if (kind == FIELD_U16 && read_unsigned(r, node, 16, &u))
                *(struct opt_u16 *) ret = (struct opt_u16) { true, (uint16_t) u };
        else if (kind == FIELD_U32 && read_unsigned(r, node, 32, &u))
                *(struct opt_u32 *) ret = (struct opt_u32) { true, (uint32_t) u };
        else if (kind == FIELD_U64 && read_unsigned(r, node, 64, &u))
                *(struct opt_u64 *) ret = (struct opt_u64) { true, u };
}

static const char *all_words(struct reader *r, const struct name_table *names)
{
        const char *list = "known:";

        for (size_t i = 0; i < names->n && list; i++)
                list = reader_hint(r, "%s%s '%s'", list, i ? "," : "", names->rows[i].name);
        return list;
}

static bool read_word(struct reader *r, const struct json_node *node, const struct name_table *names, int *ret)
{
        const char *near, *hint = NULL;

        if (!check_type(r, node, JSON_STRING, "string"))
                return false;
        if (name_lookup(names, node->text, ret))
                return true;
        near = name_nearest(names, node->text);
        if (near)
                hint = reader_hint(r, "did you mean '%s'?", near);
        else if (names->n <= FEW_WORDS)
                hint = all_words(r, names);
        fault_error(r->faults, node, hint, "unknown %s '%s'", names->what, node->text);
        return false;
}

/* Go's encoder leaves empty words out, and runtimes in Go read "" as absent: so does this, where absent is allowed. */
static void read_enum(struct reader *r, const struct field *field, const struct json_node *node, struct opt_enum *ret)
{
        if (node->type == JSON_STRING && node->len == 0 && !(field->flags & FIELD_REQUIRED))
                return;
        ret->set = read_word(r, node, field->u.names, &ret->value);
}

/* Room for all elements of the array NODE in LIST; elements with faults will be left out. */
static bool read_list_begin(struct reader *r, const struct json_node *node, size_t size, struct oci_list *list)
{
        list->items = reader_alloc(r, node->n, size);
        return list->items != NULL;
}

static void read_strings(struct reader *r, const struct json_node *node, struct oci_list *list)
{
        if (!check_type(r, node, JSON_ARRAY, "array of strings") ||
            !read_list_begin(r, node, sizeof(const char *), list))
                return;
        for (const struct json_node *n = node->first; n; n = n->next)
                if (check_type(r, n, JSON_STRING, "string"))
                        ((const char **) list->items)[list->n++] = n->text;
}

static void read_u32s(struct reader *r, const struct json_node *node, struct oci_list *list)
{
        uint64_t value = 0;

        if (!check_type(r, node, JSON_ARRAY, "array of integers") || !read_list_begin(r, node, sizeof(uint32_t), list))
                return;
        for (const struct json_node *n = node->first; n; n = n->next)
                if (read_unsigned(r, n, 32, &value))
                        ((uint32_t *) list->items)[list->n++] = (uint32_t) value;
}

static void read_enums(struct reader *r, const struct field *field, const struct json_node *node, struct oci_list *list)
{
        if (!check_type(r, node, JSON_ARRAY, "array of strings") || !read_list_begin(r, node, sizeof(int), list))
                return;
        for (const struct json_node *n = node->first; n; n = n->next)
                if (read_word(r, n, field->u.names, (int *) list->items + list->n))
                        list->n++;
}

static void read_pairs(struct reader *r, const struct json_node *node, struct oci_list *list)
{
        if (!check_type(r, node, JSON_OBJECT, "object of strings") ||
            !read_list_begin(r, node, sizeof(struct oci_pair), list))
                return;
        for (const struct json_node *n = node->first; n; n = n->next)
                if (check_type(r, n, JSON_STRING, "string"))
                        ((struct oci_pair *) list->items)[list->n++] = (struct oci_pair) { n->key, n->text };
}

/* The elements of an array, or with a key the members of an object. */
static void read_objects(struct reader *r, const struct object_type *type, const struct json_node *node,
                         struct oci_list *list)
{
        bool keyed = type->key_offset > 0;

        if (!check_type(r, node, keyed ? JSON_OBJECT : JSON_ARRAY, keyed ? "object of objects" : "array of objects") ||
            !read_list_begin(r, node, type->size, list))
                return;
        for (const struct json_node *n = node->first; n; n = n->next) {
                char *item = (char *) list->items + list->n * type->size;

                if (!check_type(r, n, JSON_OBJECT, "object"))
                        continue;
                read_object(r, type, n, item);
                if (keyed)
                        *(const char **) (item + type->key_offset) = n->key;
                list->n++;
        }
}

static void read_pointer(struct reader *r, const struct object_type *type, const struct json_node *node, void **ret)
{
        if (!check_type(r, node, JSON_OBJECT, "object"))
                return;
        *ret = reader_alloc(r, 1, type->size);
        if (*ret)
                read_object(r, type, node, *ret);
}

static void read_foreign(struct reader *r, const struct json_node *node, const struct json_node **ret)
{
        size_t n_before = r->faults->n;

        if (!check_type(r, node, JSON_OBJECT, "object"))
                return;
        *ret = node;
        fault_warning(r->faults, node, NULL, "'%s' is for another platform and ignored", node->key);
        mark_at_key(r->faults, n_before);
}

static void read_field(struct reader *r, const struct field *field, const struct json_node *node, void *member)
{
        switch (field->kind) {
        case FIELD_BOOL:
                return read_bool(r, node, member);
        case FIELD_I32:
        case FIELD_U16:
        case FIELD_U32:
        case FIELD_I64:
        case FIELD_U64:
                return read_number(r, field->kind, node, member);
        case FIELD_STRING:
                if (check_type(r, node, JSON_STRING, "string"))
                        *(const char **) member = node->text;
                return;
        case FIELD_STRINGS:
                return read_strings(r, node, member);
        case FIELD_U32S:
                return read_u32s(r, node, member);
        case FIELD_ENUM:
                return read_enum(r, field, node, member);
        case FIELD_ENUMS:
                return read_enums(r, field, node, member);
        case FIELD_OBJECT:
                return read_pointer(r, field->u.object, node, member);
        case FIELD_EMBEDDED:
                if (check_type(r, node, JSON_OBJECT, "object"))
                        read_object(r, field->u.object, node, member);
                return;
        case FIELD_OBJECTS:
        case FIELD_KEYED:
                return read_objects(r, field->u.object, node, member);
        case FIELD_PAIRS:
                return read_pairs(r, node, member);
        case FIELD_NODE:
                return read_foreign(r, node, member);
        }
}

static void unknown_key(struct reader *r, const struct object_type *type, const struct json_node *node)
{
        unsigned best_distance = (unsigned) (strlen(node->key) / 3) + 1;
        const char *near = NULL, *hint = NULL;
        size_t n_before = r->faults->n;

        for (size_t i = 0; i < type->n; i++) {
                unsigned d = str_distance(node->key, type->fields[i].name);

                if (d < best_distance) {
                        near = type->fields[i].name;
                        best_distance = d;
                }
        }
        if (near)
                hint = reader_hint(r, "did you mean '%s'?%s", near, best_distance == 0 ? " Case matters" : "");
        if (r->faults->strict)
                fault_error(r->faults, node, hint, "unknown key '%s'", node->key);
        else
                fault_warning(r->faults, node, hint, "unknown key '%s' is ignored", node->key);
        mark_at_key(r->faults, n_before);
}

static void deprecated_key(struct reader *r, const struct field *field, const struct json_node *node)
{
        size_t n_before = r->faults->n;

        fault_warning(r->faults, node, reader_hint(r, "use '%s'", field->u.instead), "'%s' is deprecated", field->name);
        mark_at_key(r->faults, n_before);
}

static void check_required(struct reader *r, const struct object_type *type, const struct json_node *node,
                           uint64_t seen)
{
        for (size_t i = 0; i < type->n; i++)
                if ((type->fields[i].flags & FIELD_REQUIRED) && !(seen & UINT64_C(1) << i))
                        fault_error(r->faults, node, NULL, "%s has no '%s', which is required", type->what,
                                    type->fields[i].name);
}

/* NODE is an object. */
static void read_object(struct reader *r, const struct object_type *type, const struct json_node *node, void *object)
{
        uint64_t seen = 0;

        ((struct oci_place *) object)->node = node;
        for (const struct json_node *m = node->first; m; m = m->next) {
                const struct field *field = field_find(type, m->key);

                if (!field) {
                        unknown_key(r, type, m);
                        continue;
                }
                /* Go writes a nil slice, map or pointer as null: it is as good as absent. */
                if (m->type == JSON_NULL)
                        continue;
                seen |= UINT64_C(1) << (field - type->fields);
                if (field->flags & FIELD_DEPRECATED)
                        deprecated_key(r, field, m);
                read_field(r, field, m, (char *) object + field->offset);
        }
        check_required(r, type, node, seen);
}

/* Parse TEXT and read a whole document of TYPE. */
static int read_document(struct arena *arena, const char *text, size_t len, struct faults *faults,
                         const struct object_type *type, void **ret, struct err *e)
{
        struct reader r = { .arena = arena, .faults = faults };
        struct json_node *root = NULL;
        void *object;
        int n;

        n = json_parse(arena, text, len, faults->file, NULL, &root, e);
        if (n < 0)
                return n;
        object = reader_alloc(&r, 1, type->size);
        if (object && check_type(&r, root, JSON_OBJECT, "object"))
                read_object(&r, type, root, object);
        if (r.failed)
                return err_nomem(e);
        *ret = object;
        return 0;
}

int oci_spec_parse(struct arena *arena, const char *text, size_t len, struct faults *faults, struct oci_spec **ret,
                   struct err *e)
{
        struct oci_spec *spec = NULL;
        void *object;
        int r;

        r = read_document(arena, text, len, faults, &type_spec, &object, e);
        if (r < 0)
                return r;
        spec = object;
        if (!spec->linux_)
                spec->linux_ = arena_alloc(arena, sizeof *spec->linux_);
        if (!spec->linux_)
                return err_nomem(e);
        if (spec->oci_version)
                oci_version_check(spec->oci_version, json_member(spec->at.node, "ociVersion"), faults);
        oci_extensions_read(spec, faults);
        *ret = spec;
        return 0;
}

int oci_hook_list_parse(struct arena *arena, const char *text, size_t len, struct faults *faults, oci_hook_list *ret,
                        struct err *e)
{
        const struct object_type *hooks = field_find(&type_spec, "hooks")->u.object;
        struct reader r = { .arena = arena, .faults = faults };
        struct json_node *root = NULL;
        int n = json_parse(arena, text, len, faults->file, NULL, &root, e);

        if (n < 0)
                return n;
        read_objects(&r, field_find(hooks, "createRuntime")->u.object, root, (void *) ret);
        return r.failed ? err_nomem(e) : 0;
}

int oci_process_parse(struct arena *arena, const char *text, size_t len, struct faults *faults,
                      struct oci_process **ret, struct err *e)
{
        void *object;
        int r = read_document(arena, text, len, faults, &type_process, &object, e);

        if (r == 0)
                *ret = object;
        return r;
}

int oci_resources_parse(struct arena *arena, const char *text, size_t len, struct faults *faults,
                        struct oci_resources **ret, struct err *e)
{
        void *object;
        int r = read_document(arena, text, len, faults, &type_resources, &object, e);

        if (r == 0)
                *ret = object;
        return r;
}
