/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

int cmd_lxc_net(const struct cmd_env *env)
{
        const bool up = streq(env->args->words[0], "up");
        struct berth_error error;

        if (!up && !streq(env->args->words[0], "down"))
                cmd_usage(&error, "berth lxc-net --help", "lxc-net is told 'up' or 'down', not '%s'", env->args->words[0]);
        else if (str_empty(env->args->config))
                cmd_usage(&error, "berth lxc-net --help", "lxc-net needs '--config', the lxc-net.json of the bundle");
        else if (berth_lxc_net(env->ctx, up ? BERTH_LXC_NET_UP : BERTH_LXC_NET_DOWN, env->args->config, STDIN_FILENO, &error) >= 0)
                return EXIT_SUCCESS;
        return report_error(env->report, &error, up ? "lxc-net up" : "lxc-net down");
}
