/* SPDX-License-Identifier: Apache-2.0 */
/* The files of `berth lxc-net`, all beside the document: lxc-net.json, lxc-net.state.json, lxc-net.netns.
 * Owns: struct lxcnet_place owns its fd and texts.  Layer: lxcnet.  Context: parent.
 *
 *      _cleanup_(lxcnet_place_done) struct lxcnet_place place = LXCNET_PLACE_INIT;
 *      r = lxcnet_place_open(&place, "/srv/p1/lxc-net.json", e);
 *
 * An open place is locked: up and down of one bundle never run at the same time.
 */
#ifndef BERTH_LXCNET_PLACE_H
#define BERTH_LXCNET_PLACE_H

#include "record.h"

struct lxcnet_place {
        int dir_fd;          /* owned; holds the lock */
        const char *path;    /* borrowed: the document as it was named */
        char document[256], record[256], record_new[256], hold[256]; /* in the directory */
        struct strbuf hold_path; /* owned: absolute, for scripts */
};
#define LXCNET_PLACE_INIT ((struct lxcnet_place) { .dir_fd = -EBADF })

int lxcnet_place_open(struct lxcnet_place *place, const char *path, struct err *e);
void lxcnet_place_done(struct lxcnet_place *place);

/* The text of the document, or of the record, in ARENA.  -ENOENT: there is none; for the record E is not set then. */
int lxcnet_place_read_document(const struct lxcnet_place *place, struct arena *arena, char **ret, size_t *ret_len, struct err *e);
int lxcnet_place_read_record(const struct lxcnet_place *place, struct arena *arena, char **ret, size_t *ret_len, struct err *e);
/* Replace the record by rename(2). */
int lxcnet_place_write_record(const struct lxcnet_place *place, const struct lxcnet_record *record, struct err *e);
int lxcnet_place_remove_record(const struct lxcnet_place *place, struct err *e);

/* Keep the network namespace of NETNS_FD alive, by a mount on the file lxc-net.netns, until it is let go.  -EPERM, … */
int lxcnet_place_hold(const struct lxcnet_place *place, int netns_fd, struct err *e);
/* An fd of the namespace that is held; -ENOENT: none is. */
int lxcnet_place_held(const struct lxcnet_place *place);
void lxcnet_place_let_go(const struct lxcnet_place *place);

/* All of FD into ARENA, at most 16 MiB. */
int lxcnet_read_all(int fd, const char *name, struct arena *arena, char **ret, size_t *ret_len, struct err *e);
/* Is FD a network namespace? */
bool lxcnet_is_netns(int fd);

#endif
