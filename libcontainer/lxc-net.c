/* SPDX-License-Identifier: Apache-2.0 */
/* berth_lxc_net: the border to libcontainer/lxcnet/. */
#include "facade.h"
#include "lxcnet/work.h"

int berth_lxc_net(struct berth_context *ctx, enum berth_lxc_net_action action, const char *config, int state_fd,
                  struct berth_error *error)
{
        _cleanup_(lxcnet_work_done) struct lxcnet_work work = LXCNET_WORK_INIT;
        struct err e = ERR_INIT;
        int r;

        work.warn = facade_warn;
        work.warn_arg = ctx;
        r = lxcnet_work_open(&work, config, state_fd, &e);
        if (r == 0)
                r = action == BERTH_LXC_NET_UP ? lxcnet_up(&work, &e) : lxcnet_down(&work, &e);
        return facade_return(r, &e, error);
}
