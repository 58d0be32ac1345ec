/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document: each value stands where its node says, each node is found by its pointer, what was read can be written
 * and reads back as the same text; and what is refused is refused with a sentence of its own. */
#include <stdint.h>
#include <stdlib.h>

#include "json/tree.h"
#include "json/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FINDABLE_NODES = 200 }; /* json_at is linear: beyond this each node would be found in O(n) */

static const char *line_start(const char *text, size_t size, uint32_t line)
{
        const char *end = text + size, *newline;

        while (line-- > 1) {
                newline = memchr(text, '\n', (size_t) (end - text));
                if (!newline)
                        abort();
                text = newline + 1;
        }
        return text;
}

static void check_place(const char *text, size_t size, const struct json_node *n)
{
        static const char *const first[] = {
                [JSON_NULL] = "n", [JSON_BOOL] = "tf", [JSON_NUMBER] = "-0123456789", [JSON_STRING] = "\"", [JSON_ARRAY] = "[", [JSON_OBJECT] = "{",
        };
        const char *value = line_start(text, size, n->line) + n->column - 1;

        if (value >= text + size || !strchr(first[n->type], *value))
                abort();
        if (n->type == JSON_NUMBER && memcmp(value, n->text, n->len) != 0)
                abort();
        if (n->key && line_start(text, size, n->key_line)[n->key_column - 1] != '"')
                abort();
}

static const struct json_node *next_node(const struct json_node *n)
{
        if (n->first)
                return n->first;
        while (n && !n->next)
                n = n->parent;
        return n ? n->next : NULL;
}

static void check_tree(const char *text, size_t size, const struct json_node *root)
{
        static char pointer[1 << 20];
        size_t count = 0;

        for (const struct json_node *n = root; n && count < FINDABLE_NODES; n = next_node(n), count++) {
                check_place(text, size, n);
                if (json_pointer(n, pointer, sizeof pointer) < sizeof pointer && json_at(root, pointer) != n)
                        abort();
        }
}

static void check_round_trip(struct arena *arena, const struct json_node *root)
{
        struct strbuf first = { 0 }, second = { 0 };
        struct json_writer w1 = { .out = &first, .pretty = true }, w2 = { .out = &second, .pretty = true };
        const struct json_limits wide = { .max_bytes = SIZE_MAX };
        struct json_node *again;

        json_put_node(&w1, NULL, root);
        if (json_parse(arena, first.text, first.len, "again", &wide, &again, NULL) < 0)
                abort();
        json_put_node(&w2, NULL, again);
        if (!streq(first.text, second.text))
                abort();
        strbuf_done(&first);
        strbuf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_new();
        struct json_node *root = NULL;
        static struct err e;
        int r;

        e = ERR_INIT;
        r = json_parse(arena, (const char *) data, size, "fuzz", NULL, &root, &e);
        if (r == 0) {
                check_tree((const char *) data, size, root);
                check_round_trip(arena, root);
        } else if (!e.text[0] || e.num != -r || streq(e.text, JSON_FALLBACK_SENTENCE)) {
                /* What yajl refuses, json/syntax.c must be able to explain. */
                abort();
        }
        arena_free(arena);
        return 0;
}
