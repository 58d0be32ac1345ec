/* SPDX-License-Identifier: Apache-2.0 */
#include "json/tree.h"

#include <string.h>
#include <yajl/yajl_parse.h>

#include "json/syntax.h"
#include "num.h"
#include "str.h"

enum {
        DEFAULT_MAX_BYTES = 16 * 1024 * 1024,
        DEFAULT_MAX_DEPTH = 64,
        DEFAULT_MAX_NODES = 2000000,
        FEW_KEYS = 12, /* up to here comparing each key with each is faster than sorting them */
};

struct builder {
        struct arena *arena;
        struct json_limits limits;
        struct err *e;
        yajl_handle yajl;
        struct json_syntax syntax; /* .at: the end of the last token; .open: the innermost open object or array */
        size_t base;               /* offset at which the buffer that yajl is reading begins */
        struct json_node *root, *open;
        struct json_node **tails; /* by depth: the last child so far */
        unsigned depth;
        size_t n_nodes;
        const char *key; /* of the member whose value comes next */
        uint32_t key_line, key_column;
        int result;
};

static void yajl_freep(yajl_handle *h)
{
        if (*h)
                yajl_free(*h);
}

static enum json_expect builder_expect(const struct builder *b)
{
        if (!b->open)
                return b->root ? JSON_EXPECT_END : JSON_EXPECT_VALUE;
        if (b->key)
                return JSON_EXPECT_COLON;
        if (b->open->n > 0)
                return JSON_EXPECT_COMMA_OR_CLOSE;
        return b->open->type == JSON_OBJECT ? JSON_EXPECT_KEY_OR_CLOSE : JSON_EXPECT_VALUE_OR_CLOSE;
}

/* The callbacks below return yajl's "go on": 1, or 0 after an error that is in b->result. */
static int builder_syntax_error(struct builder *b)
{
        b->syntax.open = b->open;
        b->syntax.expect = builder_expect(b);
        b->result = json_syntax_error(&b->syntax, b->e);
        return 0;
}

static int builder_nomem(struct builder *b)
{
        b->result = err_nomem(b->e);
        return 0;
}

static int builder_too_big(struct builder *b, size_t at, size_t limit, const char *what)
{
        b->syntax.open = b->open;
        b->result = json_error_at(&b->syntax, at, E2BIG, b->e, "the document has more than %zu %s", limit, what);
        return 0;
}

/* The token that yajl has just read: where it begins.  Between two tokens that are reported stand only white space,
 * ':' and ',', so the first other byte after the last token's end is the start, whatever the token holds. */
static int builder_token(struct builder *b, size_t *ret_start)
{
        const char *text = b->syntax.text;
        size_t start = b->syntax.at;

        while (start < b->syntax.len && (json_is_space(text[start]) || text[start] == ',' || text[start] == ':'))
                start++;
        if (start < b->syntax.len && (text[start] == '\v' || text[start] == '\f'))
                return builder_syntax_error(b);
        *ret_start = start;
        return 1;
}

static size_t builder_token_end(const struct builder *b)
{
        return MIN(b->base + yajl_get_bytes_consumed(b->yajl), b->syntax.len);
}

static void builder_token_done(struct builder *b) { b->syntax.at = builder_token_end(b); }

/* yajl lets halves of surrogate pairs and NUL pass, and decodes them to something else. */
static int builder_check_string(struct builder *b, size_t start)
{
        size_t end = builder_token_end(b), fault_at;

        if (!memchr(b->syntax.text + start, '\\', end - start) ||
            json_string_check(b->syntax.text, b->syntax.len, start, &fault_at) == JSON_STRING_OK)
                return 1;
        return builder_syntax_error(b);
}

/* A new node of TYPE for the token at START, linked in, with TEXT (LEN bytes) copied when it is not NULL. */
static struct json_node *builder_add(struct builder *b, enum json_type type, size_t start, const char *text, size_t len)
{
        struct json_node *n = arena_alloc(b->arena, sizeof *n);

        if (++b->n_nodes > b->limits.max_nodes) {
                builder_too_big(b, start, b->limits.max_nodes, "values");
                return NULL;
        }
        if (n && text)
                n->text = arena_strndup(b->arena, text, len);
        if (!n || (text && !n->text)) {
                builder_nomem(b);
                return NULL;
        }
        n->type = type;
        n->len = len;
        json_cursor_move(&b->syntax.cursor, start, &n->line, &n->column);
        n->key = TAKE_PTR(b->key);
        n->key_line = b->key_line;
        n->key_column = b->key_column;
        b->key_line = b->key_column = 0;
        n->parent = b->open;
        if (!b->open) {
                b->root = n;
                return n;
        }
        n->index = b->open->type == JSON_ARRAY ? b->open->n : 0;
        b->open->n++;
        if (b->tails[b->depth])
                b->tails[b->depth]->next = n;
        else
                b->open->first = n;
        b->tails[b->depth] = n;
        return n;
}

static int builder_scalar(struct builder *b, enum json_type type, bool boolean, const char *text, size_t len)
{
        struct json_node *n;
        size_t start;

        if (!builder_token(b, &start) || (type == JSON_STRING && !builder_check_string(b, start)))
                return 0;
        n = builder_add(b, type, start, text, len);
        if (!n)
                return 0;
        n->boolean = boolean;
        builder_token_done(b);
        return 1;
}

static int builder_begin(struct builder *b, enum json_type type)
{
        struct json_node *n;
        size_t start;

        if (!builder_token(b, &start))
                return 0;
        if (b->depth >= b->limits.max_depth)
                return builder_too_big(b, start, b->limits.max_depth, "levels of objects and arrays");
        n = builder_add(b, type, start, NULL, 0);
        if (!n)
                return 0;
        b->open = n;
        b->tails[++b->depth] = NULL;
        builder_token_done(b);
        return 1;
}

static int builder_end(struct builder *b)
{
        size_t start;

        if (!builder_token(b, &start))
                return 0;
        b->open = b->open->parent;
        b->depth--;
        builder_token_done(b);
        return 1;
}

static bool key_is_before(const struct json_node *a, const struct json_node *b)
{
        return a->key_line != b->key_line ? a->key_line < b->key_line : a->key_column < b->key_column;
}

static int compare_keys(const void *a, const void *b)
{
        const struct json_node *x = *(struct json_node *const *) a, *y = *(struct json_node *const *) b;
        int order = strcmp(x->key, y->key);

        return order != 0 ? order : key_is_before(x, y) ? -1 : 1;
}

/* The first member of a small OBJECT whose key stands before it too, and that earlier member. */
static struct json_node *duplicate_among_few(const struct json_node *object, struct json_node **ret_first)
{
        for (struct json_node *second = object->first; second; second = second->next)
                for (struct json_node *first = object->first; first != second; first = first->next)
                        if (streq(first->key, second->key)) {
                                *ret_first = first;
                                return second;
                        }
        return NULL;
}

/* The same for any size, in O(n log n) whatever the keys are: a hash table would invite keys that collide. */
static int duplicate_among_many(const struct json_node *object, struct json_node **ret_first,
                                struct json_node **ret_second)
{
        _cleanup_free_ struct json_node **members = calloc(object->n, sizeof *members);
        size_t n = 0;

        if (!members)
                return -ENOMEM;
        for (struct json_node *m = object->first; m; m = m->next)
                members[n++] = m;
        qsort(members, n, sizeof *members, compare_keys);
        for (size_t i = 1; i < n; i++)
                if (streq(members[i - 1]->key, members[i]->key) &&
                    (!*ret_second || key_is_before(members[i], *ret_second))) {
                        *ret_first = members[i - 1];
                        *ret_second = members[i];
                }
        return 0;
}

static int builder_check_keys(struct builder *b, const struct json_node *object)
{
        struct json_node *first = NULL, *second = NULL;
        char pointer[sizeof b->e->pointer], key[JSON_EXCERPT_SIZE];

        if (object->n <= FEW_KEYS)
                second = duplicate_among_few(object, &first);
        else if (duplicate_among_many(object, &first, &second) < 0)
                return builder_nomem(b);
        if (!second)
                return 1;
        b->result = err_set(b->e, ERR_CONFIG, EINVAL, "key '%s' stands here and at %u:%u in the same object",
                            json_excerpt(key, second->key, strlen(second->key)), first->key_line, first->key_column);
        json_pointer(second, pointer, sizeof pointer);
        err_at(b->e, b->syntax.name, second->key_line, second->key_column, pointer);
        return 0;
}

static int on_null(void *ctx) { return builder_scalar(ctx, JSON_NULL, false, NULL, 0); }
static int on_boolean(void *ctx, int value) { return builder_scalar(ctx, JSON_BOOL, value != 0, NULL, 0); }
static int on_number(void *ctx, const char *text, size_t len)
{
        return builder_scalar(ctx, JSON_NUMBER, false, text, len);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
        return builder_scalar(ctx, JSON_STRING, false, (const char *) text, len);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
        struct builder *b = ctx;
        size_t start;

        if (!builder_token(b, &start) || !builder_check_string(b, start))
                return 0;
        b->key = arena_strndup(b->arena, (const char *) text, len);
        if (!b->key)
                return builder_nomem(b);
        json_cursor_move(&b->syntax.cursor, start, &b->key_line, &b->key_column);
        builder_token_done(b);
        return 1;
}

static int on_start_object(void *ctx) { return builder_begin(ctx, JSON_OBJECT); }
static int on_start_array(void *ctx) { return builder_begin(ctx, JSON_ARRAY); }
static int on_end_array(void *ctx) { return builder_end(ctx); }
static int on_end_object(void *ctx)
{
        struct builder *b = ctx;

        return builder_check_keys(b, b->open) && builder_end(b);
}

static const yajl_callbacks builder_callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_start_object,
        .yajl_map_key = on_key,
        .yajl_end_map = on_end_object,
        .yajl_start_array = on_start_array,
        .yajl_end_array = on_end_array,
};

/* What must hold before a byte is parsed: the size, the encoding. */
static int builder_check_text(struct builder *b)
{
        const char *text = b->syntax.text;
        size_t len = b->syntax.len, bad;

        if (len > b->limits.max_bytes)
                return err_set(b->e, ERR_CONFIG, E2BIG, "'%s' has %zu bytes; at most %zu are read", b->syntax.name, len,
                               b->limits.max_bytes);
        if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
                return json_error_at(&b->syntax, 0, EINVAL, b->e, "the document is UTF-16; JSON documents are UTF-8");
        if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                return json_error_at(&b->syntax, 0, EINVAL, b->e,
                                     "the document begins with a byte order mark; save it without");
        bad = json_utf8_check(text, len);
        if (bad < len)
                return json_error_at(&b->syntax, bad, EINVAL, b->e, "byte 0x%02x is not UTF-8",
                                     (unsigned char) text[bad]);
        return 0;
}

static int builder_run(struct builder *b)
{
        yajl_status status = yajl_parse(b->yajl, (const unsigned char *) b->syntax.text, b->syntax.len);
        size_t tail;

        /* To end the document yajl reads a blank of its own, which stands behind the last byte. */
        b->base = b->syntax.len;
        if (status == yajl_status_ok)
                status = yajl_complete_parse(b->yajl);
        if (b->result < 0)
                return b->result;
        if (status != yajl_status_ok)
                builder_syntax_error(b);
        for (tail = b->syntax.at; b->result == 0 && tail < b->syntax.len; tail++)
                if (!json_is_space(b->syntax.text[tail]))
                        builder_syntax_error(b);
        return b->result;
}

int json_parse(struct arena *arena, const char *text, size_t len, const char *name, const struct json_limits *limits,
               struct json_node **ret_root, struct err *e)
{
        struct builder b = {
                .arena = arena,
                .e = e,
                .syntax = { .text = text, .len = len, .name = name, .cursor = { .text = text, .line = 1 } },
        };
        _cleanup_(yajl_freep) yajl_handle yajl = NULL;
        int r;

        if (limits)
                b.limits = *limits;
        b.limits.max_bytes = b.limits.max_bytes ? b.limits.max_bytes : DEFAULT_MAX_BYTES;
        b.limits.max_depth = b.limits.max_depth ? b.limits.max_depth : DEFAULT_MAX_DEPTH;
        b.limits.max_nodes = b.limits.max_nodes ? b.limits.max_nodes : DEFAULT_MAX_NODES;
        r = builder_check_text(&b);
        if (r < 0)
                return r;
        b.tails = arena_alloc_array(arena, (size_t) b.limits.max_depth + 1, sizeof *b.tails);
        b.yajl = yajl = yajl_alloc(&builder_callbacks, NULL, &b);
        if (!b.tails || !b.yajl)
                return err_nomem(e);
        r = builder_run(&b);
        if (r < 0)
                return r;
        *ret_root = b.root;
        return 0;
}

struct json_node *json_member(const struct json_node *object, const char *key)
{
        if (!object || object->type != JSON_OBJECT)
                return NULL;
        for (struct json_node *m = object->first; m; m = m->next)
                if (streq(m->key, key))
                        return m;
        return NULL;
}

/* KEY against a pointer's token of LEN bytes, in which "~1" stands for '/' and "~0" for '~'. */
static bool token_is_key(const char *token, size_t len, const char *key)
{
        for (size_t i = 0; i < len; i++, key++) {
                char c = token[i];

                if (c == '~' && i + 1 < len && (token[i + 1] == '0' || token[i + 1] == '1'))
                        c = token[++i] == '0' ? '~' : '/';
                if (*key == '\0' || *key != c)
                        return false;
        }
        return *key == '\0';
}

static struct json_node *child_named(const struct json_node *parent, const char *token, size_t len)
{
        uint64_t index = 0;

        if (parent->type == JSON_ARRAY &&
            (num_parse_u64(token, len, 10, &index) < 0 || (len > 1 && token[0] == '0')))
                return NULL;
        for (struct json_node *c = parent->first; c; c = c->next)
                if (parent->type == JSON_ARRAY ? c->index == index : token_is_key(token, len, c->key))
                        return c;
        return NULL;
}

struct json_node *json_at(const struct json_node *root, const char *pointer)
{
        const struct json_node *n = root;

        while (n && *pointer) {
                size_t len;

                if (*pointer != '/')
                        return NULL;
                len = strcspn(++pointer, "/");
                n = child_named(n, pointer, len);
                pointer += len;
        }
        return (struct json_node *) n;
}

/* Where the pointer is written; what does not fit is dropped, from the end. */
struct pointer_buf {
        char *text;
        size_t size;
};

static void put(struct pointer_buf *p, size_t at, char c)
{
        if (p && at + 1 < p->size)
                p->text[at] = c;
}

/* Write the last token of N's pointer at offset AT of P (NULL: nowhere).  Returns the offset after it. */
static size_t put_token(const struct json_node *n, struct pointer_buf *p, size_t at)
{
        char number[16];
        const char *key = n->key;

        if (!key) {
                snprintf(number, sizeof number, "%u", n->index);
                key = number;
        }
        put(p, at++, '/');
        for (; *key; key++) {
                bool escaped = *key == '~' || *key == '/';

                if (escaped)
                        put(p, at++, '~');
                put(p, at++, !escaped ? *key : *key == '~' ? '0' : '1');
        }
        return at;
}

size_t json_pointer(const struct json_node *node, char *buf, size_t size)
{
        struct pointer_buf p = { buf, size };
        size_t total = 0, end;

        for (const struct json_node *n = node; n && n->parent; n = n->parent)
                total += put_token(n, NULL, 0);
        end = total;
        for (const struct json_node *n = node; n && n->parent; n = n->parent) {
                end -= put_token(n, NULL, 0);
                put_token(n, &p, end);
        }
        if (size > 0)
                buf[MIN(total, size - 1)] = '\0';
        return total;
}

const char *json_type_name(enum json_type type)
{
        static const char *const names[] = {
                [JSON_NULL] = "null",     [JSON_BOOL] = "true or false", [JSON_NUMBER] = "number",
                [JSON_STRING] = "string", [JSON_ARRAY] = "array",        [JSON_OBJECT] = "object",
        };

        return names[type];
}
