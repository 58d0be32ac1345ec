/* SPDX-License-Identifier: Apache-2.0 */
/* A whole configuration: the file and all it includes, as LXC would apply them, line by line.
 * Owns: nothing; all lives in the report's arena.  Layer: src/lxc, pure.
 *
 *      struct lxc_config config = { .report = report, .host = host, .era = 0 };
 *      r = lxc_config_read(&config, "/var/lib/lxc/p1/config", e);
 *      struct lxc_entry *name = lxc_config_get(&config, LXC_KEY_UTS_NAME);
 *
 * After reading, what still counts is in the lists; a line that a later one overrides is already classified in the report.
 */
#ifndef BERTH_LXC_CONFIG_H
#define BERTH_LXC_CONFIG_H

#include "era.h"
#include "err.h"
#include "faults.h"
#include "report.h"
#include "spec.h"

/* What the converter asks its caller, since it makes no system call itself.  A NULL function: nothing is there. */
struct lxc_host {
        /* The whole of file PATH, in the arena.  0, or -errno; -EISDIR for a directory, -EINVAL for a device and the like. */
        int (*read)(void *arg, struct arena *arena, const char *path, const char **ret_text, size_t *ret_len);
        /* The names of *.conf files in directory PATH, sorted.  0, or -errno. */
        int (*list)(void *arg, struct arena *arena, const char *path, oci_strings *ret);
        bool (*exists)(void *arg, const char *path);
        bool (*is_file)(void *arg, const char *path); /* an ordinary one */
        /* What the symbolic link PATH says, in the arena; NULL: it is none. */
        const char *(*read_link)(void *arg, struct arena *arena, const char *path);
        const char *(*getenv)(void *arg, const char *name);
        bool (*find_device)(void *arg, const char *path, char *ret_type, int64_t *ret_major, int64_t *ret_minor);
        const char *(*syscall_name)(void *arg, int number);
        bool (*syscall_known)(void *arg, const char *name);
        /* What `berth lxc-net` will refuse in the lxc-net.json TEXT.  0, or -errno: it cannot be read at all. */
        int (*check_net)(void *arg, const char *text, size_t len, struct faults *faults);
        void *arg;
};

enum {
        LXC_INCLUDE_DEPTH = 32,  /* LXC has no bound and dies of a loop */
        LXC_INCLUDE_FILES = 1024,
        LXC_MAX_LINES = 20000,    /* with a key, of all files: more is no configuration */
        LXC_MAX_GUESSES = 100,    /* unknown keys for which a known one is looked for */
};

typedef OCI_LIST(struct lxc_entry *) lxc_entries;

/* One network interface. */
struct lxc_nic {
        int index;
        lxc_entries entries;
};

struct lxc_config {
        struct lxc_report *report;
        const struct lxc_host *host;
        int era; /* 0: find out */
        bool era_given; /* it was not 0 before reading */
        lxc_entries live[LXC_N_KEYS];
        OCI_LIST(struct lxc_nic) nics; /* by index */
        bool mixed;                    /* keys of both spellings */
        /* of reading */
        const char *stack[LXC_INCLUDE_DEPTH];
        unsigned depth, n_files, n_guesses;
        bool saw_return, saw_nul, full;
};

/* Read the file and apply its lines.  Returns 0 (faults of lines are in the report), or -errno: the file itself cannot be read. */
int lxc_config_read(struct lxc_config *config, const char *path, struct err *e);
/* The same of a text. */
void lxc_config_read_text(struct lxc_config *config, const char *path, const char *text, size_t len);

/* Why host.read failed with R, for a sentence. */
const char *lxc_unreadable(struct lxc_report *report, int r);

/* The line that counts for a scalar; NULL: none. */
struct lxc_entry *lxc_config_get(const struct lxc_config *config, enum lxc_key_id id);
/* The same of one interface. */
struct lxc_entry *lxc_nic_get(const struct lxc_nic *nic, enum lxc_key_id id);

#endif
