/* SPDX-License-Identifier: Apache-2.0 */
/* lxc-net.json and its record: what is accepted as a record can be written, and reads back as the same text. */
#include <stdint.h>
#include <stdlib.h>

#include "lxcnet/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_new();
        struct faults faults = { .arena = arena, .file = "fuzz" };
        struct strbuf first = { 0 }, second = { 0 };
        struct lxcnet_document *document;
        struct lxcnet_record *record, *again;
        struct err e = ERR_INIT;

        if (arena)
                lxcnet_document_parse(arena, (const char *) data, size, &faults, &document, &e);
        if (arena && lxcnet_record_parse(arena, (const char *) data, size, "fuzz", &record, &e) == 0) {
                lxcnet_record_write(record, &first);
                if (lxcnet_record_parse(arena, first.text, first.len, "fuzz", &again, &e) < 0)
                        abort();
                lxcnet_record_write(again, &second);
                if (first.len != second.len || memcmp(first.text, second.text, first.len) != 0)
                        abort();
        }
        strbuf_done(&first);
        strbuf_done(&second);
        arena_free(arena);
        return 0;
}
