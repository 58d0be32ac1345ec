/* SPDX-License-Identifier: Apache-2.0 */
/* convert --to-lxc: a bundle's config.json as an lxc.conf.
 * Layer: src. */
#ifndef BERTH_CONVERT_TO_LXC_H
#define BERTH_CONVERT_TO_LXC_H

#include "cmd.h"

/* The whole command; returns the exit status, as of convert: 0, 2 something is lost, 1. */
int convert_to_lxc(const struct cmd_env *env);

#endif
