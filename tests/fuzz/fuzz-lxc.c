/* SPDX-License-Identifier: Apache-2.0 */
/* An lxc.conf: reading and converting it ends whatever it holds; no line is forgotten; what has no error is a config.json that
 * the runtime takes. */
#include <stdint.h>
#include <stdlib.h>

#include "../helpers/lxc-host.h"
#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses how: force, portable, application. */
static void convert(struct arena *arena, const uint8_t *data, size_t size, unsigned how)
{
        struct lxc_host fixtures = lxc_host_fixtures(), host = fixtures;
        struct lxc_host_text text = { .host = &fixtures, .name = "/c/config", .text = (const char *) data, .len = size };
        struct lxc_options options = { .config_path = "/c/config", .bundle = "/b", .helper = "/usr/bin/berth", .force = how & 1, .portable = how & 2,
                                       .kind = how & 4 ? LXC_KIND_APP : LXC_KIND_AUTO };
        struct strbuf report = { 0 };
        struct lxc_result result;
        static struct err e;

        host.read = lxc_host_read_text;
        host.arg = &text;
        if (lxc_convert(arena, &options, &host, &result, &e) < 0)
                return;
        for (size_t i = 0; i < result.report->n; i++)
                if (!result.report->entries[i]->classified)
                        abort();
        lxc_report_text(result.report, &(struct lxc_report_style) { .colour = true }, &report);
        lxc_report_json(result.report, &report);
        strbuf_done(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_new();

        if (size > 0)
                convert(arena, data + 1, size - 1, data[0]);
        arena_free(arena);
        return 0;
}
