/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cmd.h"

static int delete_one(const struct cmd_env *env, const char *id)
{
        struct berth_error error;
        char subject[320];

        if (berth_delete(env->ctx, id, env->args->force ? BERTH_DELETE_FORCE : 0, &error) < 0)
                return report_error(env->report, &error, cmd_subject("delete", id, subject, sizeof subject));
        return EXIT_SUCCESS;
}

int cmd_delete(const struct cmd_env *env)
{
        const char *id = env->args->words[0];

        return env->args->regex ? cmd_for_each_match(env, id, delete_one) : delete_one(env, id);
}
