/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text, written value by value: the writer keeps commas and indentation, the caller the order of members.
 * Owns: nothing; the text grows in the caller's strbuf, whose .failed tells ENOMEM.  Layer: oci-spec, pure.
 *
 *      struct json_writer w = { .out = &out, .pretty = true };
 *      json_open(&w, NULL, '{');
 *      json_put_string(&w, "id", id);
 *      json_open(&w, "args", '[');
 *      json_put_string(&w, NULL, "sh");
 *      json_close(&w, ']');
 *      json_close(&w, '}');
 *
 * KEY is the member's name, or NULL for an element of an array and for the document itself.  Output is stable: the same
 * calls give the same bytes.  Pretty is one member a line and two spaces a level; neither style ends in a newline.
 */
#ifndef BERTH_OCI_JSON_WRITE_H
#define BERTH_OCI_JSON_WRITE_H

#include "json/tree.h"
#include "str.h"

struct json_writer {
        struct strbuf *out;
        bool pretty;
        unsigned depth;
        bool filled; /* something stands before in the innermost object or array */
};

/* BRACKET is '{' or '[', and '}' or ']' of the same kind ends it. */
void json_open(struct json_writer *w, const char *key, char bracket);
void json_close(struct json_writer *w, char bracket);

void json_put_string(struct json_writer *w, const char *key, const char *text);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_i64(struct json_writer *w, const char *key, int64_t value);
void json_put_u64(struct json_writer *w, const char *key, uint64_t value);
/* Whole lists of strings at once. */
void json_put_strings(struct json_writer *w, const char *key, const char *const *items, size_t n);
/* NODE and all below it, numbers as they were written. */
void json_put_node(struct json_writer *w, const char *key, const struct json_node *node);

#endif
