/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the facade share: the context's inside, and the border between struct err and struct berth_error.
 * Owns: struct berth_context owns its texts.  Layer: facade.  Not installed.
 *
 *      int berth_kill(struct berth_context *ctx, …, struct berth_error *error)
 *      {
 *              struct err e = ERR_INIT;
 *              return facade_return(kill_container(ctx, …, &e), &e, error);
 *      }
 */
#ifndef BERTH_FACADE_H
#define BERTH_FACADE_H

#include "berth.h"
#include "err.h"

struct berth_context {
        char *root; /* owned, absolute; NULL: not decided yet */
        enum berth_cgroup_manager cgroup_manager;
        berth_log_fn log;
        void *log_arg;
        enum berth_log_level log_level;
};

/* R as it is; a negative one also copies *E to *ERROR (which may be NULL). */
int facade_return(int r, const struct err *e, struct berth_error *error);

/* The root's path, decided now if it was not; NULL with E set. */
const char *facade_root(struct berth_context *ctx, struct err *e);
/* An fd of the root directory.  With MAKE it is made when missing; without, -ENOENT leaves E untouched: no container can
 * exist.  Ownership: the caller. */
int facade_open_root(struct berth_context *ctx, bool make, struct err *e);

/* Hand a sentence to the context's log. */
void facade_log(struct berth_context *ctx, enum berth_log_level level, const char *fmt, ...) _printf_(3, 4);
/* The same as callbacks for the layers below; ARG is the context. */
void facade_warn(void *arg, const char *text);
void facade_debug(void *arg, const char *text);

#endif
