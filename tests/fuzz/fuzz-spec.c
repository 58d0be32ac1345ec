/* SPDX-License-Identifier: Apache-2.0 */
/* A config.json: reading and judging it ends whatever it holds, each finding can be told, and a config without errors of
 * the reader is written and read back as the same spec. */
#include <stdint.h>
#include <stdlib.h>

#include "../helpers/spec-equal.h"
#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(struct arena *arena, const struct oci_spec *spec)
{
        struct faults faults = { .arena = arena, .file = "again" };
        struct strbuf text = { 0 };
        struct oci_spec *again;
        const char *field;

        oci_spec_write(spec, OCI_WRITE_COMPACT, &text);
        if (oci_spec_parse(arena, text.text, text.len, &faults, &again, NULL) < 0 || faults.n_errors > 0)
                abort();
        if (!objects_equal(&type_spec, spec, again, &field))
                abort();
        strbuf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char report[16384];
        struct arena *arena = arena_new();
        struct faults faults = { .arena = arena, .file = "fuzz" };
        struct oci_spec *spec = NULL;
        static struct err e;

        if (oci_spec_parse(arena, (const char *) data, size, &faults, &spec, &e) == 0) {
                if (faults.n_errors == 0)
                        check_round_trip(arena, spec);
                oci_spec_validate(spec, &faults);
                faults_sort(&faults);
                for (size_t i = 0; i < faults.n; i++) {
                        fault_to_err(&faults, &faults.items[i], &e);
                        err_format(&e, NULL, report, sizeof report);
                }
        }
        arena_free(arena);
        return 0;
}
