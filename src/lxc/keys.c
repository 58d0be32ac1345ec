/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <errno.h>
#include <string.h>

#include "num.h"
#include "str.h"

const struct lxc_key lxc_keys[LXC_N_KEYS] = {
#define LXC_KEY(id, ...) [LXC_KEY_##id] = { __VA_ARGS__ },
#include "keys.def"
#undef LXC_KEY
};

/* KEY is NAME; or, of a family, what lies below it. */
static bool matches(const char *name, bool family, const char *key, const char **ret_suffix)
{
        const char *rest;

        if (!family)
                return streq(name, key);
        rest = str_after(key, name);
        /* "lxc.cgroup2" alone clears the family. */
        if (!rest && strncmp(name, key, strlen(name) - 1) == 0 && key[strlen(name) - 1] == '\0')
                rest = "";
        if (!rest)
                return false;
        *ret_suffix = rest;
        return true;
}

static bool row_matches(const struct lxc_key *row, const char *key, struct lxc_key_match *ret)
{
        bool family = row->name[strlen(row->name) - 1] == '.';
        const char *suffix = "";

        if (matches(row->name, family, key, &suffix))
                ret->legacy = false;
        else if (row->legacy && matches(row->legacy, family, key, &suffix))
                ret->legacy = true;
        else
                return false;
        ret->row = row;
        ret->suffix = suffix;
        return true;
}

/* The number that REST begins with, and what follows its dot. */
static bool nic_number(const char *rest, int *ret_nic, const char **ret_after)
{
        size_t n = strspn(rest, "0123456789");
        uint64_t nic;

        if (n == 0 || (rest[n] != '.' && rest[n] != '\0') || num_parse_u64(rest, n, 10, &nic) < 0 || nic > INT16_MAX)
                return false;
        *ret_nic = (int) nic;
        *ret_after = rest[n] ? rest + n + 1 : "";
        return true;
}

static bool is_net(const struct lxc_key *row) { return row->shape == LXC_NET || row->shape == LXC_NETLIST; }

/* "type" of "lxc.net.[i].type" or of "lxc.network.type". */
static const char *net_word(const struct lxc_key *row, bool legacy)
{
        if (legacy)
                return row->legacy ? str_after(row->legacy, "lxc.network.") : NULL;
        return str_after(row->name, "lxc.net.[i].");
}

static int find_net(const char *word, bool legacy, int nic, struct lxc_key_match *ret)
{
        for (size_t i = 0; i < LXC_N_KEYS; i++) {
                const char *known = is_net(&lxc_keys[i]) ? net_word(&lxc_keys[i], legacy) : NULL;

                if (known && streq(known, word)) {
                        *ret = (struct lxc_key_match) { .row = &lxc_keys[i], .suffix = "", .legacy = legacy, .nic = nic };
                        return 0;
                }
        }
        return -ENOENT;
}

int lxc_key_find(const char *key, struct lxc_key_match *ret)
{
        const char *rest, *word;
        int nic = -1;

        *ret = (struct lxc_key_match) { .nic = -1, .suffix = "" };
        if ((rest = str_after(key, "lxc.net."))) {
                if (!nic_number(rest, &nic, &word))
                        return -ENOENT;
                if (word[0])
                        return find_net(word, false, nic, ret);
                *ret = (struct lxc_key_match) { .row = &lxc_keys[LXC_KEY_NET_ALL], .suffix = "", .nic = nic, .whole_nic = true };
                return 0;
        }
        if ((rest = str_after(key, "lxc.network."))) {
                if (!nic_number(rest, &nic, &word))
                        word = rest;
                return find_net(word, true, nic, ret);
        }
        /* Whole names go before families: "lxc.cgroup.dir" is no cgroup file. */
        for (int family = 0; family <= 1; family++)
                for (size_t i = 0; i < LXC_N_KEYS; i++)
                        if (!is_net(&lxc_keys[i]) && (lxc_keys[i].name[strlen(lxc_keys[i].name) - 1] == '.') == family &&
                            row_matches(&lxc_keys[i], key, ret))
                                return 0;
        return -ENOENT;
}

const char *lxc_key_nearest(const char *key)
{
        enum { LONGEST = 64 }; /* of what is no nonsense */
        const char *names[2 * LXC_N_KEYS];
        size_t n = 0;

        if (strlen(key) > LONGEST)
                return NULL;
        for (size_t i = 0; i < LXC_N_KEYS; i++) {
                names[n++] = lxc_keys[i].name;
                if (lxc_keys[i].legacy)
                        names[n++] = lxc_keys[i].legacy;
        }
        return str_nearest(key, names, n);
}

const char *lxc_kind_name(const struct lxc_key *row)
{
        static const char *const names[] = {
                [LXC_TEXT] = "text",     [LXC_PATH] = "a path",   [LXC_BOOL] = "0|1",
                [LXC_UINT] = "a number", [LXC_INT] = "a number, also below 0",
                [LXC_WORDS] = "words",   [LXC_ARGV] = "a program and its arguments",
                [LXC_SHELL] = "a shell command line", [LXC_SIGNAL] = "a signal", [LXC_OTHER] = "text",
        };

        return row->grammar ? row->grammar : names[row->kind];
}

const char *lxc_class_name(enum lxc_class cls)
{
        static const char *const names[] = { [LXC_EXACT] = "exact", [LXC_NEARLY] = "nearly", [LXC_HOOK] = "hook",
                                             [LXC_BERTH] = "berth", [LXC_DROPPED] = "dropped", [LXC_IMPOSSIBLE] = "impossible" };

        return names[cls];
}

const char *lxc_severity_name(enum lxc_severity severity)
{
        static const char *const names[] = {
                [LXC_INFO] = "info", [LXC_NOTE] = "note", [LXC_WARN] = "warning", [LXC_ERROR] = "error"
        };

        return names[severity];
}
