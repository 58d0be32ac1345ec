/* SPDX-License-Identifier: Apache-2.0 */
/* The command line and environment that LXC gives to script.up and script.down.
 * Owns: nothing.  Layer: lxcnet, pure.
 *
 * By the version of LXC that the configuration was written for: until 1.0 the words follow the value as they are; later it is
 * executed in the shell's place; 3.0 brought the link among a veth's words, and hook version 1, whose words are
 * in the environment as well.
 */
#ifndef BERTH_LXCNET_SCRIPT_H
#define BERTH_LXCNET_SCRIPT_H

#include "record.h"

struct lxcnet_script {
        const struct lxcnet_document *document;
        const struct lxcnet_nic *nic;
        const struct lxcnet_device *device; /* NULL: an empty interface has none */
        bool up;              /* script.up, else script.down */
        pid_t pid;            /* of the container; 0: not known */
        bool cgroup_ns;       /* the kernel has cgroup namespaces */
        const char *net_path; /* down: where the network namespace is kept; NULL: nowhere */
};

/* What the shell gets for the value COMMAND. */
void lxcnet_script_command(const struct lxcnet_script *script, const char *command, struct strbuf *out);
/* ENVIRONMENT (of ours) with LXC's variables, NULL at its end; in ARENA.  NULL: out of memory. */
char **lxcnet_script_environment(struct arena *arena, const struct lxcnet_script *script, char *const *environment);

#endif
