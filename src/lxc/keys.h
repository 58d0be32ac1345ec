/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of lxc.conf keys: both spellings, the versions that know them, what a value looks like, and what becomes of it.
 * Owns: a static table.  Layer: src/lxc, pure.
 *
 * The reader finds a line's row here, the translation asks for keys by LXC_KEY_*, `berth convert --list-keys` and the table in
 * lxc-to-oci(7) are printed from it.
 *
 *      const char *suffix;
 *      const struct lxc_key *row = lxc_key_find("lxc.network.0.mtu", &match);
 */
#ifndef BERTH_LXC_KEYS_H
#define BERTH_LXC_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "note.h"

/* How a key's lines add up. */
enum lxc_shape {
        LXC_SCALAR,  /* the last line counts */
        LXC_LIST,    /* each line adds; an empty value clears */
        LXC_MAP,     /* a family of keys below a prefix; the last line of each name counts */
        LXC_MAPLIST, /* a family of keys; each line adds */
        LXC_NET,     /* of one network interface, a scalar */
        LXC_NETLIST, /* of one network interface; each line adds */
        LXC_CLEAR,   /* only clears what lies below it */
        LXC_INCLUDE,
        LXC_SYSTEM,  /* of lxc.conf(5), the system's file, not of a container's */
};

/* What a value looks like. */
enum lxc_kind {
        LXC_TEXT,
        LXC_PATH,
        LXC_BOOL,   /* 0 or 1 */
        LXC_UINT,
        LXC_INT,
        LXC_WORDS,  /* separated by blanks */
        LXC_ARGV,   /* a program and its arguments; words may be quoted, of lxc.init.cmd since 6.0 */
        LXC_SHELL,  /* a shell command line */
        LXC_SIGNAL,
        LXC_OTHER,  /* a grammar of its own, in .grammar */
};

struct lxc_key {
        const char *name;         /* in the new spelling; a family ends in '.', an interface's key holds "[i]" */
        int since, until;         /* versions that know .name; until 0: the newest still does */
        const char *legacy;       /* in the old spelling; NULL: the same name, or none */
        int legacy_since;         /* .legacy is known up to 2.1 */
        enum lxc_shape shape;
        enum lxc_kind kind;
        const char *grammar;      /* for people: "SOFT[:HARD]"; NULL: what .kind says */
        enum lxc_class cls;       /* what a line usually becomes */
        const char *becomes;      /* for people: "/hostname" */
        const char *remark;       /* for people; NULL: nothing to say */
        const char *annotation;   /* not NULL: it becomes this annotation and nothing else */
        bool confines;            /* part of the confinement: losing it is an error */
};

enum lxc_key_id {
#define LXC_KEY(id, ...) LXC_KEY_##id,
#include "keys.def"
#undef LXC_KEY
        LXC_N_KEYS,
};

extern const struct lxc_key lxc_keys[LXC_N_KEYS];
static inline enum lxc_key_id lxc_key_id(const struct lxc_key *row) { return (enum lxc_key_id) (row - lxc_keys); }

struct lxc_key_match {
        const struct lxc_key *row;
        const char *suffix; /* of a family: the name below the prefix; points into KEY */
        bool legacy;        /* the old spelling */
        int nic;            /* the number in an interface's key; -1: none (the old spelling's last interface) */
        bool whole_nic;     /* "lxc.net.3" itself */
};
/* The row of KEY.  0, or -ENOENT. */
int lxc_key_find(const char *key, struct lxc_key_match *ret);
/* The known key nearest to KEY, or NULL. */
const char *lxc_key_nearest(const char *key);

/* "a path", for sentences and tables; "exact", "nearly", …, "info", …. */
const char *lxc_kind_name(const struct lxc_key *row);
const char *lxc_class_name(enum lxc_class cls);
const char *lxc_severity_name(enum lxc_severity severity);

#endif
