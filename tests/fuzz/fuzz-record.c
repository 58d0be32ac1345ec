/* SPDX-License-Identifier: Apache-2.0 */
/* A container's record: what is accepted can be written, and reads back as the same text. */
#include <stdint.h>
#include <stdlib.h>

#include "state/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_new();
        struct strbuf first = { 0 }, second = { 0 };
        struct state_record record, again;
        struct err e = ERR_INIT;

        if (arena && state_record_parse(arena, (const char *) data, size, "fuzz", &record, &e) >= 0) {
                state_record_format(&record, &first);
                if (state_record_parse(arena, first.text, first.len, "fuzz", &again, &e) < 0)
                        abort();
                state_record_format(&again, &second);
                if (first.len != second.len || memcmp(first.text, second.text, first.len) != 0)
                        abort();
        }
        strbuf_done(&first);
        strbuf_done(&second);
        arena_free(arena);
        return 0;
}
