/* SPDX-License-Identifier: Apache-2.0 */
#include "num.h"

#include <errno.h>
#include <string.h>

static unsigned digit_value(char c)
{
        if (c >= '0' && c <= '9')
                return (unsigned) (c - '0');
        if (c >= 'a' && c <= 'z')
                return (unsigned) (c - 'a') + 10;
        if (c >= 'A' && c <= 'Z')
                return (unsigned) (c - 'A') + 10;
        return 255;
}

int num_parse_u64(const char *text, size_t len, unsigned base, uint64_t *ret)
{
        uint64_t v = 0;

        if (len == 0)
                return -EINVAL;
        for (size_t i = 0; i < len; i++)
                if (digit_value(text[i]) >= base)
                        return -EINVAL;
        for (size_t i = 0; i < len; i++)
                if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit_value(text[i]), &v))
                        return -ERANGE;
        *ret = v;
        return 0;
}

int num_parse_i64(const char *text, size_t len, int64_t *ret)
{
        int negative = len > 0 && text[0] == '-';
        uint64_t v;
        int r = num_parse_u64(text + negative, len - (size_t) negative, 10, &v);

        if (r < 0)
                return r;
        if (v > (uint64_t) INT64_MAX + (uint64_t) negative)
                return -ERANGE;
        *ret = negative ? (int64_t) (0 - v) : (int64_t) v;
        return 0;
}

int num_parse_range(const char *text, int64_t min, int64_t max, int64_t *ret)
{
        int64_t v;
        int r = num_parse_i64(text, strlen(text), &v);

        if (r < 0)
                return r;
        if (v < min || v > max)
                return -ERANGE;
        *ret = v;
        return 0;
}

static int parse_list_item(const char *item, size_t len, unsigned max, uint64_t *ret_first, uint64_t *ret_last)
{
        const char *dash = memchr(item, '-', len);
        size_t first_len = dash ? (size_t) (dash - item) : len;
        int r = num_parse_u64(item, first_len, 10, ret_first);

        if (r < 0)
                return r;
        *ret_last = *ret_first;
        if (dash) {
                r = num_parse_u64(dash + 1, len - first_len - 1, 10, ret_last);
                if (r < 0)
                        return r;
        }
        if (*ret_last < *ret_first)
                return -EINVAL;
        return *ret_last >= max ? -ERANGE : 0;
}

int num_parse_list(const char *text, unsigned max, void (*mark)(void *arg, unsigned n), void *arg)
{
        for (const char *item = text;;) {
                size_t len = strcspn(item, ",");
                uint64_t first, last;
                int r = parse_list_item(item, len, max, &first, &last);

                if (r < 0)
                        return r;
                for (uint64_t n = first; mark && n <= last; n++)
                        mark(arg, (unsigned) n);
                if (item[len] == '\0')
                        return 0;
                item += len + 1;
        }
}
