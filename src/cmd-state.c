/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cleanup.h"
#include "cmd.h"

int cmd_state(const struct cmd_env *env)
{
        _cleanup_(berth_state_freep) struct berth_state *state = NULL;
        _cleanup_free_ char *text = NULL;
        const char *id = env->args->words[0];
        struct berth_error error;
        char subject[320];

        if (berth_state(env->ctx, id, &state, &error) < 0 || berth_state_to_json(state, true, &text, &error) < 0)
                return report_error(env->report, &error, cmd_subject("state", id, subject, sizeof subject));
        return cmd_print(env, text);
}
