/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"
#include "json/write.h"
#include "parse.h"

static void write_object(struct json_writer *w, const char *key, const struct object_type *type, const void *object);

/* Is there nothing to write?  An empty list that was written as such has items; an absent one has none. */
static bool is_absent(const struct field *field, const void *member)
{
        const struct object_type *type = field->u.object;

        switch (field->kind) {
        case FIELD_BOOL:
        case FIELD_I32:
        case FIELD_U16:
        case FIELD_U32:
        case FIELD_I64:
        case FIELD_U64:
        case FIELD_ENUM:
                return !*(const bool *) member; /* each opt_* begins with .set */
        case FIELD_STRINGS:
        case FIELD_U32S:
        case FIELD_ENUMS:
        case FIELD_OBJECTS:
        case FIELD_PAIRS:
        case FIELD_KEYED:
                return !((const struct oci_list *) member)->items;
        case FIELD_EMBEDDED:
                for (size_t i = 0; i < type->n; i++)
                        if (!is_absent(&type->fields[i], (const char *) member + type->fields[i].offset))
                                return false;
                return true;
        default:
                return !*(const void *const *) member;
        }
}

/* A value that has no word can only come from a spec built by hand; it is written so that no reader takes it. */
static void write_word(struct json_writer *w, const char *key, const struct name_table *names, int value)
{
        const char *word = name_of(names, value);
        char number[16];

        snprintf(number, sizeof number, "#%d", value);
        json_put_string(w, key, word ? word : number);
}

static void write_enums(struct json_writer *w, const struct field *field, const struct oci_list *list)
{
        json_open(w, field->name, '[');
        for (size_t i = 0; i < list->n; i++)
                write_word(w, NULL, field->u.names, ((const int *) list->items)[i]);
        json_close(w, ']');
}

static void write_u32s(struct json_writer *w, const struct field *field, const struct oci_list *list)
{
        json_open(w, field->name, '[');
        for (size_t i = 0; i < list->n; i++)
                json_put_u64(w, NULL, ((const uint32_t *) list->items)[i]);
        json_close(w, ']');
}

static void write_pairs(struct json_writer *w, const struct field *field, const struct oci_list *list)
{
        json_open(w, field->name, '{');
        for (size_t i = 0; i < list->n; i++) {
                const struct oci_pair *pair = (const struct oci_pair *) list->items + i;

                json_put_string(w, pair->key, pair->value);
        }
        json_close(w, '}');
}

static void write_objects(struct json_writer *w, const struct field *field, const struct oci_list *list)
{
        const struct object_type *type = field->u.object;
        bool keyed = field->kind == FIELD_KEYED;

        json_open(w, field->name, keyed ? '{' : '[');
        for (size_t i = 0; i < list->n; i++) {
                const char *item = (const char *) list->items + i * type->size;

                write_object(w, keyed ? *(const char *const *) (item + type->key_offset) : NULL, type, item);
        }
        json_close(w, keyed ? '}' : ']');
}

static void write_field(struct json_writer *w, const struct field *field, const void *member)
{
        const struct oci_list *list = member;

        switch (field->kind) {
        case FIELD_BOOL:
                return json_put_bool(w, field->name, ((const struct opt_bool *) member)->value);
        case FIELD_I32:
                return json_put_i64(w, field->name, ((const struct opt_i32 *) member)->value);
        case FIELD_U16:
                return json_put_u64(w, field->name, ((const struct opt_u16 *) member)->value);
        case FIELD_U32:
                return json_put_u64(w, field->name, ((const struct opt_u32 *) member)->value);
        case FIELD_I64:
                return json_put_i64(w, field->name, ((const struct opt_i64 *) member)->value);
        case FIELD_U64:
                return json_put_u64(w, field->name, ((const struct opt_u64 *) member)->value);
        case FIELD_ENUM:
                return write_word(w, field->name, field->u.names, ((const struct opt_enum *) member)->value);
        case FIELD_STRING:
                return json_put_string(w, field->name, *(const char *const *) member);
        case FIELD_STRINGS:
                return json_put_strings(w, field->name, list->items, list->n);
        case FIELD_U32S:
                return write_u32s(w, field, list);
        case FIELD_ENUMS:
                return write_enums(w, field, list);
        case FIELD_PAIRS:
                return write_pairs(w, field, list);
        case FIELD_OBJECTS:
        case FIELD_KEYED:
                return write_objects(w, field, list);
        case FIELD_EMBEDDED:
                return write_object(w, field->name, field->u.object, member);
        case FIELD_OBJECT:
                return write_object(w, field->name, field->u.object, *(const void *const *) member);
        case FIELD_NODE:
                return json_put_node(w, field->name, *(const struct json_node *const *) member);
        }
}

static void write_object(struct json_writer *w, const char *key, const struct object_type *type, const void *object)
{
        json_open(w, key, '{');
        for (size_t i = 0; i < type->n; i++) {
                const void *member = (const char *) object + type->fields[i].offset;

                if (!is_absent(&type->fields[i], member))
                        write_field(w, &type->fields[i], member);
        }
        json_close(w, '}');
}

void oci_spec_write(const struct oci_spec *spec, int style, struct strbuf *out)
{
        struct json_writer w = { .out = out, .pretty = style == OCI_WRITE_PRETTY };

        write_object(&w, NULL, &type_spec, spec);
}
