/* SPDX-License-Identifier: Apache-2.0 */
#include "facade.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "str.h"
#include "state/dir.h"

/* The two error objects hold the same; the public one is a promise to others, the other is ours to change. */
#define SAME(id) _Static_assert((int) BERTH_ERROR_##id == (int) ERR_##id, "classes differ")
SAME(INTERNAL);
SAME(USAGE);
SAME(CONFIG);
SAME(NOT_FOUND);
SAME(EXISTS);
SAME(STATE);
SAME(HOST);
SAME(HOOK);
SAME(EXEC);

#define COPY_TEXT(to, from, member) snprintf((to)->member, sizeof(to)->member, "%s", (from)->member)
#define COPY_ERROR(to, from)                                                                                           \
        do {                                                                                                           \
                (to)->num = (from)->num;                                                                               \
                (to)->line = (from)->line;                                                                             \
                (to)->column = (from)->column;                                                                         \
                (to)->step = (from)->step;                                                                             \
                COPY_TEXT(to, from, text);                                                                             \
                COPY_TEXT(to, from, file);                                                                             \
                COPY_TEXT(to, from, pointer);                                                                          \
                COPY_TEXT(to, from, step_name);                                                                        \
                COPY_TEXT(to, from, context);                                                                          \
                COPY_TEXT(to, from, call);                                                                             \
                COPY_TEXT(to, from, kernel);                                                                           \
                COPY_TEXT(to, from, hint);                                                                             \
                COPY_TEXT(to, from, undone);                                                                           \
                COPY_TEXT(to, from, output);                                                                           \
        } while (0)

int facade_return(int r, const struct err *e, struct berth_error *error)
{
        if (r >= 0 || !error)
                return r;
        COPY_ERROR(error, e);
        error->cls = (enum berth_error_class) e->cls;
        return r;
}

static struct err internal_error(const struct berth_error *error)
{
        struct err e = ERR_INIT;

        COPY_ERROR(&e, error);
        e.cls = (enum err_class) error->cls;
        return e;
}

size_t berth_error_format(const struct berth_error *error, const char *subject, char *buf, size_t size)
{
        const struct err e = internal_error(error);

        return err_format(&e, subject, buf, size);
}

size_t berth_error_format_line(const struct berth_error *error, const char *subject, char *buf, size_t size)
{
        const struct err e = internal_error(error);

        return err_format_line(&e, subject, buf, size);
}

struct berth_context *berth_context_new(void) { return calloc(1, sizeof(struct berth_context)); }

void berth_context_free(struct berth_context *ctx)
{
        if (!ctx)
                return;
        free(ctx->root);
        free(ctx);
}

/* Absolute, so that a caller who changes directory keeps its containers. */
static int set_root(struct berth_context *ctx, const char *root, struct err *e)
{
        char cwd[PATH_MAX];
        char *copy;

        if (str_empty(root)) {
                copy = NULL;
        } else if (root[0] == '/') {
                copy = strdup(root);
        } else if (!getcwd(cwd, sizeof cwd)) {
                return err_sys(e, errno, "getcwd", "cannot find the state directory '%s' below the working directory", root);
        } else if (asprintf(&copy, "%s/%s", cwd, root) < 0) {
                copy = NULL;
        }
        if (!str_empty(root) && !copy)
                return err_nomem(e);
        free(ctx->root);
        ctx->root = copy;
        return 0;
}

int berth_context_set_root(struct berth_context *ctx, const char *root, struct berth_error *error)
{
        struct err e = ERR_INIT;

        return facade_return(set_root(ctx, root, &e), &e, error);
}

const char *facade_root(struct berth_context *ctx, struct err *e)
{
        char path[PATH_MAX];

        if (!ctx->root && (state_root_default(path, sizeof path, e) < 0 || set_root(ctx, path, e) < 0))
                return NULL;
        return ctx->root;
}

const char *berth_context_root(struct berth_context *ctx, struct berth_error *error)
{
        struct err e = ERR_INIT;
        const char *root = facade_root(ctx, &e);

        facade_return(root ? 0 : -e.num, &e, error);
        return root;
}

int facade_open_root(struct berth_context *ctx, bool make, struct err *e)
{
        const char *root = facade_root(ctx, e);

        return root ? state_root_open(root, make, e) : -e->num;
}

void berth_context_set_log(struct berth_context *ctx, berth_log_fn log, void *arg, enum berth_log_level level)
{
        ctx->log = log;
        ctx->log_arg = arg;
        ctx->log_level = level;
}

void berth_context_set_cgroup_manager(struct berth_context *ctx, enum berth_cgroup_manager manager)
{
        ctx->cgroup_manager = manager;
}

void facade_log(struct berth_context *ctx, enum berth_log_level level, const char *fmt, ...)
{
        char text[2048];
        va_list ap;

        if (!ctx->log || level > ctx->log_level)
                return;
        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        ctx->log(ctx->log_arg, level, text);
}

void facade_warn(void *arg, const char *text) { facade_log(arg, BERTH_LOG_WARNING, "%s", text); }
void facade_debug(void *arg, const char *text) { facade_log(arg, BERTH_LOG_DEBUG, "%s", text); }
