/* SPDX-License-Identifier: Apache-2.0 */
/* The field tables: one row a field of spec.h, in the order of the document; parse.c and write.c are loops over them.
 * Owns: static tables.  Layer: oci-spec, pure; private to parse.c, write.c and their tests.
 *
 * A new field is a member in spec.h and a row in fields.c: name, kind, member, flags.  The row's macro checks at compile
 * time that the member has the type its kind stands for.
 */
#ifndef BERTH_OCI_FIELDS_H
#define BERTH_OCI_FIELDS_H

#include "names.h"
#include "spec.h"

/* What stands in the document, and the member's type. */
enum field_kind {
        FIELD_BOOL,     /* struct opt_bool */
        FIELD_I32,      /* struct opt_i32 */
        FIELD_U16,      /* struct opt_u16 */
        FIELD_U32,      /* struct opt_u32 */
        FIELD_I64,      /* struct opt_i64 */
        FIELD_U64,      /* struct opt_u64 */
        FIELD_STRING,   /* const char * */
        FIELD_STRINGS,  /* oci_strings */
        FIELD_U32S,     /* OCI_LIST(uint32_t) */
        FIELD_ENUM,     /* struct opt_enum; the words are in .names */
        FIELD_ENUMS,    /* OCI_LIST(int); the same */
        FIELD_OBJECT,   /* a pointer to the struct that .object describes */
        FIELD_EMBEDDED, /* that struct itself: present even when the document leaves it out */
        FIELD_OBJECTS,  /* OCI_LIST(that struct) */
        FIELD_PAIRS,    /* oci_pairs: an object of strings */
        FIELD_KEYED,    /* OCI_LIST(that struct): an object of objects, the key in the member at .object->key_offset */
        FIELD_NODE,     /* const struct json_node *: an object of another platform, kept and not read */
};

enum {
        FIELD_REQUIRED = 1,
        FIELD_DEPRECATED = 2, /* read, written back, and named in a warning */
};

struct object_type;

struct field {
        const char *name;
        enum field_kind kind;
        unsigned flags;
        size_t offset; /* of the member in its struct */
        union {
                const struct object_type *object;
                const struct name_table *names;
                const char *instead; /* FIELD_DEPRECATED: what to write today */
        } u;
};

/* A struct of spec.h.  Each begins with its struct oci_place. */
struct object_type {
        const char *what; /* "mount", for sentences */
        const struct field *fields;
        size_t n;
        size_t size;       /* of the struct */
        size_t key_offset; /* of its const char * that keeps the key; 0: none */
};

extern const struct object_type type_spec, type_process, type_resources;

/* The row of NAME, or NULL. */
const struct field *field_find(const struct object_type *type, const char *name);

#endif
