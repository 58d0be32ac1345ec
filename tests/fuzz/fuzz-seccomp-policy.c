/* SPDX-License-Identifier: Apache-2.0 */
/* A seccomp policy of LXC: whatever the text, a result has a default action and only rules with names, and no line is noted
 * twice. */
#include <stdint.h>
#include <stdlib.h>

#include "seccomp-policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *call_name(void *arg _unused_, int number) { return number < 400 ? "read" : NULL; }

static void add(void *arg, const struct lxc_note *note)
{
        unsigned *last_line = arg;

        if (note->line <= *last_line || note->column == 0)
                abort();
        *last_line = note->line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arena *arena = arena_new();
        unsigned last_line = 0, n_errors;
        struct lxc_seccomp_source source = {
                .file = "fuzz", .text = (const char *) data, .len = size, .arch = OCI_SECCOMP_ARCH_X86_64,
                .syscalls = { .name_of = call_name }, .notes = { add, &last_line },
        };
        struct oci_seccomp *seccomp;
        struct err e = ERR_INIT;

        if (arena && lxc_seccomp_policy_parse(arena, &source, &seccomp, &n_errors, &e) >= 0) {
                if (!seccomp->default_action.set)
                        abort();
                for (size_t i = 0; i < seccomp->syscalls.n; i++)
                        if (seccomp->syscalls.items[i].names.n == 0 || !seccomp->syscalls.items[i].action.set)
                                abort();
        }
        arena_free(arena);
        return 0;
}
