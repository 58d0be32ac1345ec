/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "cmd.h"

int cmd_features(const struct cmd_env *env)
{
        _cleanup_free_ char *text = NULL;
        struct berth_error error;

        if (berth_features(env->ctx, &text, &error) < 0)
                return report_error(env->report, &error, "features");
        return cmd_print(env, text);
}
