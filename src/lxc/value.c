/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "json/syntax.h"
#include "num.h"
#include "str.h"

int lxc_value_int(int era, const char *text, int64_t *ret, bool *ret_junk)
{
        bool strict = lxc_era_strict_numbers(era);
        char *end;
        long value;

        *ret_junk = false;
        errno = 0;
        value = strtol(text, &end, strict ? 0 : 10);
        if (errno == ERANGE || value > INT32_MAX || value < INT32_MIN)
                return -ERANGE;
        if (strict && (end == text || *end))
                return -EINVAL;
        *ret_junk = end == text || *end;
        *ret = value;
        return 0;
}

int lxc_value_uint(int era, const char *text, uint64_t *ret, bool *ret_junk)
{
        bool strict = lxc_era_strict_numbers(era);
        char *end;
        unsigned long long value;

        *ret_junk = false;
        if (strict && strchr(text, '-'))
                return -EINVAL;
        errno = 0;
        value = strtoull(text, &end, strict ? 0 : 10);
        if (errno == ERANGE || value > UINT32_MAX)
                return -ERANGE;
        if (strict && (end == text || *end))
                return -EINVAL;
        *ret_junk = end == text || *end;
        *ret = value;
        return 0;
}

int lxc_value_bool(int era, const char *text, bool *ret, bool *ret_junk)
{
        int64_t value;
        int r = lxc_value_int(era, text, &value, ret_junk);

        if (r < 0)
                return r;
        if (lxc_era_strict_numbers(era) && value != 0 && value != 1)
                return -EINVAL;
        *ret = value != 0;
        return 0;
}

static const struct { const char *name; int number; } signals[] = {
        { "HUP", 1 },   { "INT", 2 },   { "QUIT", 3 },  { "ILL", 4 },     { "TRAP", 5 },  { "ABRT", 6 },    { "IOT", 6 },
        { "BUS", 7 },   { "FPE", 8 },   { "KILL", 9 },  { "USR1", 10 },   { "SEGV", 11 }, { "USR2", 12 },   { "PIPE", 13 },
        { "ALRM", 14 }, { "TERM", 15 }, { "STKFLT", 16 }, { "CHLD", 17 }, { "CLD", 17 },  { "CONT", 18 },   { "STOP", 19 },
        { "TSTP", 20 }, { "TTIN", 21 }, { "TTOU", 22 }, { "URG", 23 },    { "XCPU", 24 }, { "XFSZ", 25 },   { "VTALRM", 26 },
        { "PROF", 27 }, { "WINCH", 28 }, { "IO", 29 },  { "POLL", 29 },   { "PWR", 30 },  { "SYS", 31 },    { "UNUSED", 31 },
};
enum { RTMIN = 34, RTMAX = 64 };

static int real_time_signal(const char *name, int *ret)
{
        bool from_max = strncasecmp(name, "RTMAX", strlen("RTMAX")) == 0;
        const char *rest = name + strlen("RTMIN");
        uint64_t offset = 0;

        if (!from_max && strncasecmp(name, "RTMIN", strlen("RTMIN")) != 0)
                return -EINVAL;
        if (*rest && (*rest != (from_max ? '-' : '+') || num_parse_u64(rest + 1, strlen(rest + 1), 10, &offset) < 0))
                return -EINVAL;
        if (offset > RTMAX - RTMIN)
                return -ERANGE;
        *ret = from_max ? RTMAX - (int) offset : RTMIN + (int) offset;
        return 0;
}

int lxc_value_signal(const char *text, int *ret)
{
        int64_t number;

        if (isdigit((unsigned char) text[0])) {
                if (num_parse_range(text, 1, RTMAX, &number) < 0)
                        return -ERANGE;
                *ret = (int) number;
                return 0;
        }
        if (strncasecmp(text, "SIG", 3) != 0)
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                if (strcasecmp(signals[i].name, text + 3) == 0) {
                        *ret = signals[i].number;
                        return 0;
                }
        return real_time_signal(text + 3, ret);
}

int lxc_value_duration(const char *text, int64_t *ret_secs, uint32_t *ret_nsec)
{
        static const struct { const char *unit; int64_t per_sec, secs; } units[] = {
                { "h", 0, 3600 }, { "m", 0, 60 }, { "s", 0, 1 }, { "ms", 1000, 0 }, { "us", 1000000, 0 }, { "ns", 1000000000, 0 },
        };
        const char *p = text + (text[0] == '-');
        size_t digits = strspn(p, "0123456789");
        const char *unit = p + digits + strspn(p + digits, " \t");
        uint64_t value;

        if (num_parse_u64(p, digits, 10, &value) < 0 || value > INT64_MAX / 3600)
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
                int64_t signed_value = text[0] == '-' ? -(int64_t) value : (int64_t) value, rest;

                if (!streq(unit, units[i].unit))
                        continue;
                if (units[i].secs > 0) {
                        *ret_secs = signed_value * units[i].secs;
                        *ret_nsec = 0;
                        return 0;
                }
                rest = signed_value % units[i].per_sec;
                *ret_secs = signed_value / units[i].per_sec - (rest < 0);
                *ret_nsec = (uint32_t) ((rest < 0 ? rest + units[i].per_sec : rest) * (1000000000 / units[i].per_sec));
                return 0;
        }
        return -EINVAL;
}

static int one_limit(const char *text, size_t len, uint64_t *ret)
{
        while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
                len--;
        while (len > 0 && (*text == ' ' || *text == '\t')) {
                text++;
                len--;
        }
        if (len == strlen("unlimited") && memcmp(text, "unlimited", len) == 0) {
                *ret = UINT64_MAX;
                return 0;
        }
        return num_parse_u64(text, len, 10, ret);
}

int lxc_value_limit(const char *text, uint64_t *ret_soft, uint64_t *ret_hard)
{
        const char *colon = strchr(text, ':');
        uint64_t soft, hard;
        int r = one_limit(text, colon ? (size_t) (colon - text) : strlen(text), &soft);

        if (r < 0)
                return r;
        hard = soft;
        if (colon && (r = one_limit(colon + 1, strlen(colon + 1), &hard)) < 0)
                return r;
        *ret_soft = soft;
        *ret_hard = hard;
        return 0;
}

bool lxc_word_next(const char **at, const char *separators, const char **ret, size_t *ret_len)
{
        const char *start = *at + strspn(*at, separators);

        *ret_len = strcspn(start, separators);
        *ret = start;
        *at = start + *ret_len;
        return *ret_len > 0;
}

bool lxc_strings_add(struct arena *arena, oci_strings *list, const char *text)
{
        const char **grown = arena_grow_array(arena, (void *) list->items, list->n, sizeof *grown);

        if (!grown || !text)
                return false;
        list->items = grown;
        list->items[list->n++] = text;
        return true;
}

int lxc_value_argv(struct arena *arena, const char *text, oci_strings *ret)
{
        *ret = (oci_strings) { 0 };
        for (const char *p = text + strspn(text, " \t"); *p; p += strspn(p, " \t")) {
                char quote = *p == '"' || *p == '\'' ? *p : '\0';
                const char *start = p + (quote != '\0'), *end = quote ? strchr(start, quote) : start + strcspn(start, " \t");

                if (!end)
                        return -EINVAL;
                if (!lxc_strings_add(arena, ret, arena_strndup(arena, start, (size_t) (end - start))))
                        return -ENOMEM;
                p = end + (quote != '\0');
        }
        return 0;
}

int lxc_value_unquoted_argv(struct arena *arena, const char *text, oci_strings *ret)
{
        const char *word;
        size_t len;

        *ret = (oci_strings) { 0 };
        while (lxc_word_next(&text, " ", &word, &len))
                if (!lxc_strings_add(arena, ret, arena_strndup(arena, word, len)))
                        return -ENOMEM;
        return 0;
}

bool lxc_value_is_utf8(const char *text)
{
        size_t len = strlen(text);

        return json_utf8_check(text, len) == len;
}

const char *lxc_shell_quote(struct arena *arena, const char *text)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_add_sh(&b, text);
        return b.failed ? NULL : arena_strdup(arena, b.text);
}
