/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

/* As compilers print it, so that editors jump to the place. */
static void print_fault(void *arg _unused_, const struct berth_fault_report *fault)
{
        fprintf(stderr, "%s:", fault->file);
        if (fault->line)
                fprintf(stderr, "%u:%u:", fault->line, fault->column);
        fprintf(stderr, " %s: %s", fault->warning ? "warning" : "error", fault->text);
        if (fault->pointer[0])
                fprintf(stderr, " at %s", fault->pointer);
        fputc('\n', stderr);
        if (fault->hint)
                fprintf(stderr, "  hint: %s\n", fault->hint);
}

int cmd_validate(const struct cmd_env *env)
{
        struct berth_create_options options;
        struct berth_error error;
        int errors;

        if (cmd_create_options(env, &options, &error) < 0)
                return report_error(env->report, &error, "validate");
        errors = berth_validate(env->ctx, &options, print_fault, NULL, &error);
        if (errors < 0)
                return report_error(env->report, &error, "validate");
        return errors > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
