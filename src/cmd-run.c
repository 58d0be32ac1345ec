/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cmd.h"

int cmd_run(const struct cmd_env *env)
{
        const char *id = env->args->words[0];
        struct berth_create_options options;
        struct berth_error error;
        char subject[320];
        int status = EXIT_FAILURE;

        if (berth_protect_executable(env->argv, &error) < 0 || cmd_create_options(env, &options, &error) < 0 ||
            berth_run(env->ctx, id, &options, &status, &error) < 0)
                report_error(env->report, &error, cmd_subject("run", id, subject, sizeof subject));
        return status;
}
