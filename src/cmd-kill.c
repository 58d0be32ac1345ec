/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>

#include "cmd.h"

static int kill_one(const struct cmd_env *env, const char *id)
{
        const struct cmd_args *args = env->args;
        struct berth_error error;
        char subject[320];
        int number = SIGTERM;

        if ((args->n_words > 1 && berth_signal_parse(args->words[1], &number, &error) < 0) ||
            berth_kill(env->ctx, id, number, args->all ? BERTH_KILL_ALL : 0, &error) < 0)
                return report_error(env->report, &error, cmd_subject("kill", id, subject, sizeof subject));
        return EXIT_SUCCESS;
}

int cmd_kill(const struct cmd_env *env)
{
        const char *id = env->args->words[0];

        return env->args->regex ? cmd_for_each_match(env, id, kill_one) : kill_one(env, id);
}
