/* SPDX-License-Identifier: Apache-2.0 */
#include "json/write.h"

#include <inttypes.h>

static void new_line(struct json_writer *w)
{
        if (!w->pretty)
                return;
        strbuf_addc(w->out, '\n');
        for (unsigned i = 0; i < w->depth; i++)
                strbuf_add(w->out, "  ", 2);
}

/* What stands before a value: the comma, the new line, the key. */
static void put_lead(struct json_writer *w, const char *key)
{
        if (w->filled)
                strbuf_addc(w->out, ',');
        if (w->depth > 0)
                new_line(w);
        if (key) {
                strbuf_add_json(w->out, key);
                strbuf_adds(w->out, w->pretty ? ": " : ":");
        }
        w->filled = true;
}

void json_open(struct json_writer *w, const char *key, char bracket)
{
        put_lead(w, key);
        strbuf_addc(w->out, bracket);
        w->depth++;
        w->filled = false;
}

void json_close(struct json_writer *w, char bracket)
{
        w->depth--;
        if (w->filled)
                new_line(w);
        strbuf_addc(w->out, bracket);
        w->filled = true;
}

void json_put_string(struct json_writer *w, const char *key, const char *text)
{
        put_lead(w, key);
        strbuf_add_json(w->out, text);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
        put_lead(w, key);
        strbuf_adds(w->out, value ? "true" : "false");
}

void json_put_i64(struct json_writer *w, const char *key, int64_t value)
{
        put_lead(w, key);
        strbuf_printf(w->out, "%" PRIi64, value);
}

void json_put_u64(struct json_writer *w, const char *key, uint64_t value)
{
        put_lead(w, key);
        strbuf_printf(w->out, "%" PRIu64, value);
}

void json_put_strings(struct json_writer *w, const char *key, const char *const *items, size_t n)
{
        json_open(w, key, '[');
        for (size_t i = 0; i < n; i++)
                json_put_string(w, NULL, items[i]);
        json_close(w, ']');
}

static void put_scalar(struct json_writer *w, const char *key, const struct json_node *node)
{
        if (node->type == JSON_STRING) {
                json_put_string(w, key, node->text);
        } else if (node->type == JSON_BOOL) {
                json_put_bool(w, key, node->boolean);
        } else {
                put_lead(w, key);
                strbuf_adds(w->out, node->type == JSON_NUMBER ? node->text : "null");
        }
}

/* Iterative, because only the parser's limits bound how deep a tree is. */
void json_put_node(struct json_writer *w, const char *key, const struct json_node *node)
{
        const struct json_node *n = node;

        for (;;) {
                const char *name = n == node ? key : n->key;

                if (n->type == JSON_OBJECT || n->type == JSON_ARRAY) {
                        json_open(w, name, n->type == JSON_OBJECT ? '{' : '[');
                        if (n->first) {
                                n = n->first;
                                continue;
                        }
                        json_close(w, n->type == JSON_OBJECT ? '}' : ']');
                } else {
                        put_scalar(w, name, n);
                }
                while (n != node && !n->next) {
                        n = n->parent;
                        json_close(w, n->type == JSON_OBJECT ? '}' : ']');
                }
                if (n == node)
                        return;
                n = n->next;
        }
}
