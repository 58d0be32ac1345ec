/* SPDX-License-Identifier: Apache-2.0 */
/* What LXC gives a hook: the command line of the shell, and the environment, as the LXC of that day did.
 * Owns: nothing; all is the arena's.  Layer: lxcnet, pure; for `berth lxc-hook` and for the scripts of
 * interfaces (script.h).
 *
 *      struct lxc_script s = { .type = "mount", .section = "lxc", .name = "p1", .era = 30, … };
 *      r = lxc_script_check(&s, e);
 *      argv = { "sh", "-c", lxc_script_command(arena, &s), NULL };
 *      envp = lxc_script_environment(arena, &s, environ);
 *
 * lxc.container.conf(5) "CONTAINER HOOKS".  A hook's value is a line for the shell, of which the name, the section and the
 * type become the last three words (hooks of version 1 find them in the environment instead):
 *
 *      variable                     since   which hooks
 *      LXC_NAME, LXC_CONFIG_FILE,   0.8     all
 *      LXC_ROOTFS_PATH, _MOUNT
 *      LXC_CGNS_AWARE=1             2.0     all, where the kernel has cgroup namespaces
 *      LXC_TARGET=stop              2.0     stop, post-stop
 *      LXC_LOG_LEVEL,               3.0     all
 *      LXC_HOOK_VERSION
 *      LXC_HOOK_TYPE, _SECTION      3.0     those of version 1
 *      LXC_PID                      3.0     all that run on the host once there is a first process
 */
#ifndef BERTH_LXC_SCRIPT_H
#define BERTH_LXC_SCRIPT_H

#include <stdbool.h>
#include <sys/types.h>

#include "arena.h"
#include "err.h"

struct lxc_script {
        const char *type;    /* "pre-start" */
        const char *section; /* "lxc" or "net" */
        const char *name;    /* the container's */
        const char *command; /* the hook's value */
        const char *const *words; /* what follows it, NULL at the end; NULL: nothing */
        unsigned hook_version; /* lxc.hook.version: 0 or 1 */
        int era;               /* 10 times the version of LXC: 1.0 is 10 */
        const char *config, *rootfs_path, *rootfs_mount; /* NULL: none is known */
        bool cgroup_ns;        /* the kernel has them */
        pid_t pid;             /* of the container's first process; 0: there is none, or it is not known */
        char *const *more;     /* variables beside those above, as "NAME=value", NULL at the end; NULL: none */
};

/* "1.0", "0.7", "6", "2.0.11".  0, or -EINVAL. */
int lxc_script_parse_era(const char *text, int *ret);

/* Nothing of SCRIPT can be taken by the shell for anything else.  0, or -EINVAL with E. */
int lxc_script_check(const struct lxc_script *script, struct err *e);

/* The line for `sh -c`; NULL: no memory. */
const char *lxc_script_command(struct arena *arena, const struct lxc_script *script);
/* ENVIRONMENT with LXC's variables, which replace those of the same name; NULL at the end.  NULL: no memory. */
char *const *lxc_script_environment(struct arena *arena, const struct lxc_script *script, char *const *environment);

/* Does LXC run a hook of TYPE while the container's root is mounted where only the container's mount namespace has it? */
bool lxc_script_sees_root(const char *type);

#endif
