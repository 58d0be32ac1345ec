/* SPDX-License-Identifier: Apache-2.0 */
/* lxc-net.state.json: what `berth lxc-net up` is about to make or has made, for `down` to take away.
 * Owns: nothing; a record that was read lives in the caller's arena.  Layer: lxcnet, pure.
 *
 * It is written before anything is made, with names and addresses that are chosen by then, so that after a kill at any moment
 * `down` knows what there can be.  It holds the document as it was: the file beside it may change or vanish.
 */
#ifndef BERTH_LXCNET_RECORD_H
#define BERTH_LXCNET_RECORD_H

#include <sys/types.h>

#include "document.h"
#include "str.h"

struct lxcnet_mac {
        bool known;
        unsigned char bytes[LXCNET_MAC_BYTES];
};

/* What is made or moved for an interface; with a '+' link one interface has several. */
struct lxcnet_device {
        size_t nic;                  /* its place in the document's interfaces */
        bool first;                  /* of that interface: what can be only once is this one's */
        char link[LXCNET_NAME_SIZE]; /* on the host; phys: the device itself.  "" none */
        char host[LXCNET_NAME_SIZE]; /* veth: the host's end */
        char transient[LXCNET_NAME_SIZE]; /* its name in the container until it gets its own */
        char name[LXCNET_NAME_SIZE]; /* in the container; "" not known yet */
        int index;                   /* in the container; 0: not known yet */
        struct lxcnet_mac mac;       /* veth: of the host's end, which proves that it is ours; phys: its own */
        uint32_t mtu;                /* phys: its own */
        bool was_up;                 /* phys */
        bool external;               /* phys: a wireless one; veth: in a bridge of Open vSwitch */
        struct lxcnet_mac hwaddr;    /* in the container: the document's template, filled in */
        bool scripts;                /* script.up has begun: script.down is due */

        /* Not recorded. */
        bool done;                   /* nothing is left of it */
        void *kept;                  /* phys: what host.c keeps of it for an undo; owned by struct lxcnet_work */
};

struct lxcnet_record {
        const char *id;       /* of the container; NULL: not known */
        pid_t pid;            /* its first process */
        uint64_t start_ticks; /* and when that was started, in clock ticks since boot */
        bool held;            /* the network namespace is kept by a mount beside this file */
        struct lxcnet_device *devices;
        size_t n_devices;
        struct lxcnet_document *document;
};

/* DOCUMENT's devices that are .done are left out.  OUT->failed tells ENOMEM. */
void lxcnet_record_write(const struct lxcnet_record *record, struct strbuf *out);
/* NAME is the file's, for errors.  -EINVAL it is damaged; -ENOMEM. */
int lxcnet_record_parse(struct arena *arena, const char *text, size_t len, const char *name, struct lxcnet_record **ret,
                        struct err *e);

/* What a hook learns from the state document on its standard input. */
struct lxcnet_state {
        const char *id; /* NULL: nothing was there */
        pid_t pid;      /* 0: the container has none (any more) */
};
/* TEXT may be empty: then nothing is known.  -EINVAL. */
int lxcnet_state_parse(struct arena *arena, const char *text, size_t len, struct lxcnet_state *ret, struct err *e);

#endif
