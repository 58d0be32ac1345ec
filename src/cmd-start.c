/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cmd.h"

int cmd_start(const struct cmd_env *env)
{
        const char *id = env->args->words[0];
        struct berth_error error;
        char subject[320];

        if (berth_start(env->ctx, id, &error) < 0)
                return report_error(env->report, &error, cmd_subject("start", id, subject, sizeof subject));
        return EXIT_SUCCESS;
}
