/* SPDX-License-Identifier: Apache-2.0 */
/* The layout that callers know from other runtimes: "NAME version X" first, then "commit:" and "spec:" lines. */
#include <config.h>

#include <stdio.h>

#include "cmd.h"

#ifdef HAVE_SYSTEMD
#define WITH_SYSTEMD "+SYSTEMD"
#else
#define WITH_SYSTEMD "-SYSTEMD"
#endif
#ifdef HAVE_SELINUX
#define WITH_SELINUX " +SELINUX"
#else
#define WITH_SELINUX " -SELINUX"
#endif
#ifdef HAVE_APPARMOR
#define WITH_APPARMOR " +APPARMOR"
#else
#define WITH_APPARMOR " -APPARMOR"
#endif
#ifdef HAVE_SECCOMP
#define WITH_SECCOMP " +SECCOMP"
#else
#define WITH_SECCOMP " -SECCOMP"
#endif

int cmd_version(const struct cmd_env *env)
{
        char text[256];

        snprintf(text, sizeof text, "berth version %s\ncommit: %s\nspec: %s\n%s\n", berth_version(), berth_commit(),
                 berth_spec_version(), WITH_SYSTEMD WITH_SELINUX WITH_APPARMOR WITH_SECCOMP);
        return cmd_print(env, text);
}
