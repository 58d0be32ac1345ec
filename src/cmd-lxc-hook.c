/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "cmd.h"

static int required(const struct cmd_args *args, struct berth_error *error)
{
        if (!args->hook_type)
                return cmd_usage(error, NULL, "'lxc-hook' needs the option '--type'");
        if (!args->name)
                return cmd_usage(error, NULL, "'lxc-hook' needs the option '--name'");
        return 0;
}

int cmd_lxc_hook(const struct cmd_env *env)
{
        const struct cmd_args *args = env->args;
        struct berth_error error;
        const struct berth_lxc_hook hook = {
                .size = sizeof hook,
                .type = args->hook_type,
                .section = args->section,
                .name = args->name,
                .hook_version = args->hook_version,
                .era = args->era ? args->era : "3.0",
                .config = args->config,
                .rootfs_path = args->rootfs_path,
                .rootfs_mount = args->rootfs_mount,
                .command = args->words[0],
                .words = args->words + 1,
                .state_fd = STDIN_FILENO,
        };

        /* It comes back only with a failure. */
        if (required(args, &error) == 0)
                berth_lxc_hook_exec(&hook, &error);
        return report_error(env->report, &error, "lxc-hook");
}
