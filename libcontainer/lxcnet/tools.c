/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "hook.h"
#include "script.h"
#include "work.h"

/* ---- scripts ---------------------------------------------------------------------------------------------------- */

static int run_script(struct lxcnet_work *work, const struct lxcnet_script *script, const char *command, size_t index,
                      struct err *e)
{
        struct sys_hook hook = SYS_HOOK_INIT;
        struct lxc_script told;
        const char *line;
        char phase[64];
        int r = lxcnet_script_fill(work->arena, script, command, &told, e);

        if (r < 0)
                return r;
        line = lxc_script_command(work->arena, &told);
        if (line) /* as for LXC's hooks: what OCI gives hooks there is not for it */
                line = arena_printf(work->arena, "exec </dev/null; %s", line);
        snprintf(phase, sizeof phase, "lxc.net.%u.script.%s", (unsigned) script->nic->index, script->up ? "up" : "down");
        hook.phase = phase;
        hook.index = (unsigned) index;
        hook.path = "/bin/sh";
        hook.argv = (char *const[]) { (char *) "sh", (char *) "-c", (char *) line, NULL };
        hook.envp = lxc_script_environment(work->arena, &told, environ);
        return line && hook.envp ? sys_hook_run(&hook, e) : err_nomem(e);
}

int lxcnet_scripts_run(struct lxcnet_work *work, const struct lxcnet_device *device, bool up, struct err *e)
{
        const struct lxcnet_nic *nic = lxcnet_nic_of(work, device);
        const struct lxcnet_script script = {
                .document = work->document,
                .nic = nic,
                .device = lxcnet_nic_is_device(nic) ? device : NULL,
                .up = up,
                .pid = work->record->pid,
                .cgroup_ns = access("/proc/self/ns/cgroup", F_OK) == 0,
                .net_path = !up && work->record->held ? work->place.hold_path.text : NULL,
        };
        const size_t n = up ? nic->n_script_up : nic->n_script_down;
        int result = 0;

        for (size_t i = 0; i < n; i++) {
                int r = run_script(work, &script, (up ? nic->script_up : nic->script_down)[i], i, result == 0 ? e : NULL);

                if (r < 0 && result == 0)
                        result = r;
                if (r < 0 && up)
                        break;
        }
        return result;
}

/* ---- programs --------------------------------------------------------------------------------------------------- */

/* NAME in $PATH, or where a system keeps what only root needs. */
static bool find_program(const char *name, char path[static PATH_MAX])
{
        static const char by_default[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        const char *dirs = getenv("PATH");

        for (const char *dir = str_empty(dirs) ? by_default : dirs; *dir;) {
                const size_t len = strcspn(dir, ":");

                if (len > 0 && snprintf(path, PATH_MAX, "%.*s/%s", (int) len, dir, name) < PATH_MAX && access(path, X_OK) == 0)
                        return true;
                dir += len + (dir[len] == ':');
        }
        return false;
}

int lxcnet_tool_run(const char *name, const char *package, const char *const *words, const char *purpose, struct err *e)
{
        struct sys_hook hook = SYS_HOOK_INIT;
        char path[PATH_MAX];

        if (!find_program(name, path)) {
                err_set(e, ERR_HOST, ENOENT, "%s: that is done by the program '%s', which is not installed", purpose, name);
                err_hint(e, "install the package '%s'", package);
                return -ENOENT;
        }
        hook.phase = name;
        hook.path = path;
        hook.argv = (char *const *) words;
        hook.envp = environ;
        return sys_hook_run(&hook, e);
}
