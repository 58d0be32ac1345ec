/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files: a text that a test makes is compared with the one that is kept; UPDATE_GOLDEN=1 keeps the new one. */
#ifndef BERTH_TESTS_GOLDEN_H
#define BERTH_TESTS_GOLDEN_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "str.h"

/* The whole file at PATH; the caller frees it.  NULL when there is none. */
static inline char *golden_read(const char *path, size_t *ret_len)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        struct strbuf b = { 0 };
        char chunk[4096];
        size_t n;

        if (!f)
                return NULL;
        while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
                strbuf_add(&b, chunk, n);
        if (!b.text)
                strbuf_adds(&b, "");
        if (ret_len)
                *ret_len = b.len;
        return b.text;
}

/* Compare MADE with the file at PATH, where no file means "".  Says where they part.  True: they are equal. */
static inline bool golden_compare(const char *path, const char *made)
{
        _cleanup_free_ char *kept = golden_read(path, NULL);
        size_t at = 0, line = 1;

        if (streq(kept ?: "", made))
                return true;
        if (getenv("UPDATE_GOLDEN")) {
                _cleanup_fclose_ FILE *f = made[0] ? fopen(path, "we") : NULL;

                if (made[0] && (!f || fputs(made, f) < 0)) {
                        fprintf(stderr, "%s: cannot write\n", path);
                        return false;
                }
                if (!made[0])
                        unlink(path);
                return true;
        }
        for (const char *k = kept ?: ""; made[at] && made[at] == k[at]; at++)
                line += made[at] == '\n';
        fprintf(stderr, "%s: line %zu differs (UPDATE_GOLDEN=1 keeps the new text); made:\n%s\n", path, line, made);
        return false;
}

static inline int golden_is_json(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        return dot && streq(dot, ".json");
}

/* Call CHECK for each .json in DIRECTORY, by name.  Returns how many were not as kept; the number of files in *RET_N. */
static inline int golden_each(const char *directory, bool (*check)(const char *directory, const char *name), int *ret_n)
{
        struct dirent **entries;
        int n = scandir(directory, &entries, golden_is_json, alphasort), bad = 0;

        for (int i = 0; i < n; i++) {
                bad += !check(directory, entries[i]->d_name);
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
        *ret_n = n;
        return bad;
}

#endif
