/* SPDX-License-Identifier: Apache-2.0 */
/* A config.json on its way to an lxc.conf: whatever it says, each line is "KEY = VALUE", and each note has its place. */
#include <stdint.h>
#include <stdlib.h>

#include "from-oci.h"
#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct lxc_from_result *result)
{
        for (const char *at = result->config; *at;) {
                size_t n = strcspn(at, "\n");

                if (strncmp(at, "lxc.", 4) != 0 || !memmem(at, n, " = ", 3) || at[n] != '\n')
                        abort();
                at += n + 1;
        }
        for (size_t i = 0; i < result->n_notes; i++)
                if (!result->notes[i].pointer || result->notes[i].line == 0)
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_new();
        struct faults faults = { .arena = arena, .file = "fuzz" };
        struct lxc_from_options options = { .file = "fuzz", .bundle = "/b", .policy_path = "/b/seccomp", .arch = OCI_SECCOMP_ARCH_X86_64 };
        struct lxc_from_result result;
        struct oci_spec *spec;
        struct err e = ERR_INIT;

        /* As the command does: only a document without errors. */
        if (arena && oci_spec_parse(arena, (const char *) data, size, &faults, &spec, &e) >= 0) {
                oci_spec_validate(spec, &faults);
                if (faults.n_errors == 0 && lxc_from_oci(arena, spec, &options, &result, &e) >= 0)
                        check(&result);
        }
        arena_free(arena);
        return 0;
}
