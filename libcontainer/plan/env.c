/* SPDX-License-Identifier: Apache-2.0 */
#include "env.h"

#include <string.h>

#include "str.h"

/* FNV-1a of the key.  Who floods it slows only the start of a container whose config is theirs. */
static size_t key_hash(const char *entry, size_t len)
{
        uint64_t h = UINT64_C(14695981039346656037);

        for (size_t i = 0; i < len; i++)
                h = (h ^ (unsigned char) entry[i]) * UINT64_C(1099511628211);
        return (size_t) (h ^ (h >> 32));
}

static bool same_key(const char *a, const char *b, size_t len)
{
        return strncmp(a, b, len) == 0 && (b[len] == '=' || b[len] == '\0');
}

/* True when ENTRY's key was not in the open-addressed TABLE; now it is. */
static bool table_add(const char **table, size_t mask, const char *entry)
{
        size_t len = strcspn(entry, "=");

        for (size_t at = key_hash(entry, len) & mask;; at = (at + 1) & mask) {
                if (!table[at]) {
                        table[at] = entry;
                        return true;
                }
                if (same_key(entry, table[at], len))
                        return false;
        }
}

int plan_env_merge(struct arena *arena, const oci_strings *base, const oci_strings *added, const char *const **ret, size_t *ret_n)
{
        size_t n = base->n + added->n, size = 16, kept = n;
        const char **list, **table;

        while (size < 2 * n)
                size *= 2;
        list = arena_alloc_array(arena, n + 1, sizeof *list);
        table = arena_alloc_array(arena, size, sizeof *table);
        if (!list || !table)
                return -ENOMEM;
        /* From the end, so that the first seen is the one that stays; the list fills from its end as well. */
        for (size_t i = n; i-- > 0;) {
                const char *entry = i < base->n ? base->items[i] : added->items[i - base->n];

                if (table_add(table, size - 1, entry))
                        list[--kept] = entry;
        }
        *ret = list + kept;
        *ret_n = n - kept;
        return 0;
}

const char *plan_env_get(const char *const *env, const char *key)
{
        for (; *env; env++) {
                const char *rest = str_after(*env, key);

                if (rest && *rest == '=')
                        return rest + 1;
        }
        return NULL;
}
