/* SPDX-License-Identifier: Apache-2.0 */
/* plan: what a create would do, and nothing done. */
#include "config.h"
#include "dump.h"
#include "str.h"

static int preview(struct berth_context *ctx, const char *id, const struct berth_create_options *options,
                   enum berth_format format, char **ret_text, struct err *e)
{
        _cleanup_(making_done) struct making m = MAKING_INIT;
        _cleanup_(strbuf_done) struct strbuf out = { 0 };
        int r = making_load(ctx, id, options, &m, e);

        if (r == 0)
                r = making_plan(ctx, &m, e);
        if (r < 0)
                return r;
        if (format == BERTH_FORMAT_JSON)
                plan_dump_json(m.plan, &out);
        else
                plan_dump_text(m.plan, &out);
        if (out.failed)
                return err_nomem(e);
        *ret_text = TAKE_PTR(out.text);
        return 0;
}

int berth_plan(struct berth_context *ctx, const char *id, const struct berth_create_options *options, enum berth_format format,
               char **ret_text, struct berth_error *error)
{
        struct err e = ERR_INIT;

        return facade_return(preview(ctx, id, options, format, ret_text, &e), &e, error);
}
