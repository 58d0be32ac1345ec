/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "num.h"
#include "str.h"

const char *lxcnet_reader_hint(struct lxcnet_reader *r, const char *fmt, ...)
{
        const char *text;
        va_list ap;

        va_start(ap, fmt);
        text = arena_vprintf(r->arena, fmt, ap);
        va_end(ap);
        return text;
}

bool lxcnet_reader_is_type(struct lxcnet_reader *r, const struct json_node *node, enum json_type type)
{
        if (node->type == type)
                return true;
        fault_error(r->faults, node, NULL, "expected %s, got %s", json_type_name(type), json_type_name(node->type));
        return false;
}

static const char *suggest(struct lxcnet_reader *r, const char *word, const char *const *words, size_t n)
{
        const char *near = str_nearest(word, words, n);
        struct strbuf all = { 0 };
        const char *text;

        if (near)
                return lxcnet_reader_hint(r, "did you mean '%s'?", near);
        for (size_t i = 0; i < n; i++)
                strbuf_printf(&all, "%s'%s'", i == 0 ? "" : i + 1 == n ? " or " : ", ", words[i]);
        text = lxcnet_reader_hint(r, "it is %s", all.text ? all.text : "");
        strbuf_done(&all);
        return text;
}

static void unknown_member(struct lxcnet_reader *r, const struct json_node *member, const char *suggestion)
{
        const size_t n_before = r->faults->n;

        fault_error(r->faults, member, suggestion, "unknown member '%s'", member->key);
        if (r->faults->n > n_before)
                r->faults->items[n_before].at_key = true;
}

void lxcnet_reader_object(struct lxcnet_reader *r, const struct json_node *node, const struct lxcnet_member *members, size_t n,
                          void *object)
{
        const char *keys[LXCNET_MEMBERS_MAX];

        if (!lxcnet_reader_is_type(r, node, JSON_OBJECT))
                return;
        for (size_t i = 0; i < n; i++)
                keys[i] = members[i].key;
        for (const struct json_node *child = node->first; child; child = child->next) {
                size_t i = 0;

                while (i < n && !streq(members[i].key, child->key))
                        i++;
                if (i < n)
                        members[i].read(r, child, (char *) object + members[i].offset);
                else
                        unknown_member(r, child, suggest(r, child->key, keys, n));
        }
}

void lxcnet_reader_text(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        if (!lxcnet_reader_is_type(r, node, JSON_STRING))
                return;
        if (node->len == 0)
                fault_error(r->faults, node, "leave the member out", "the text is empty");
        else
                *(const char **) field = node->text;
}

void lxcnet_reader_bool(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        if (lxcnet_reader_is_type(r, node, JSON_BOOL))
                *(bool *) field = node->boolean;
}

void lxcnet_reader_number(struct lxcnet_reader *r, const struct json_node *node, uint32_t max, uint32_t *ret)
{
        int64_t value;

        if (!lxcnet_reader_is_type(r, node, JSON_NUMBER))
                return;
        if (num_parse_range(node->text, 0, max, &value) < 0)
                fault_error(r->faults, node, NULL, "'%s' is not a number from 0 to %" PRIu32, node->text, max);
        else
                *ret = (uint32_t) value;
}

void lxcnet_reader_count(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        lxcnet_reader_number(r, node, INT32_MAX, field);
}

void lxcnet_reader_word(struct lxcnet_reader *r, const struct json_node *node, const char *what, const char *const *words,
                        size_t n, int *ret)
{
        if (!lxcnet_reader_is_type(r, node, JSON_STRING))
                return;
        for (size_t i = 0; i < n; i++)
                if (streq(words[i], node->text)) {
                        *ret = (int) i;
                        return;
                }
        fault_error(r->faults, node, suggest(r, node->text, words, n), "unknown %s '%s'", what, node->text);
}

/* Room for the elements of NODE and for those that are at ITEMS already. */
void *lxcnet_reader_make_room(struct lxcnet_reader *r, const struct json_node *node, const void *items, size_t n, size_t size)
{
        void *room = arena_alloc_array(r->arena, n + node->n + 1, size);

        r->failed |= !room;
        if (room && n > 0)
                memcpy(room, items, n * size);
        return room;
}

void lxcnet_reader_texts(struct lxcnet_reader *r, const struct json_node *node, const char ***ret, size_t *ret_n)
{
        if (!lxcnet_reader_is_type(r, node, JSON_ARRAY) || !(*ret = lxcnet_reader_make_room(r, node, NULL, 0, sizeof **ret)))
                return;
        for (const struct json_node *child = node->first; child; child = child->next) {
                const char *text = NULL;

                lxcnet_reader_text(r, child, &text);
                if (text)
                        (*ret)[(*ret_n)++] = text;
        }
}

bool lxcnet_is_device_name(const char *text)
{
        size_t len = strlen(text);

        return len > 0 && len < LXCNET_NAME_SIZE && !streq(text, ".") && !streq(text, "..") && !strpbrk(text, "/: \t\n\v\f\r");
}

static const char name_rule[] = "it has 1 to 15 bytes, without blanks, ':' and '/'";

void lxcnet_reader_device_name(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        const char *text = NULL;

        lxcnet_reader_text(r, node, &text);
        if (text && lxcnet_is_device_name(text))
                *(const char **) field = text;
        else if (text)
                fault_error(r->faults, node, name_rule, "no network device can be called '%s'", text);
}
