/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-terminal.h"

#include <unistd.h>

#include "stdfds.h"
#include "terminal.h"
#include "tty.h"

int apply_terminal_connect(struct run *run, const struct step *step, struct err *e)
{
        int fds[2], r;

        if (step->u.terminal->socket) {
                r = sys_tty_connect(step->u.terminal->socket, e);
                if (r < 0)
                        return r;
                run->console_fd = r;
                return 0;
        }
        r = sys_tty_pair(fds, e);
        if (r < 0)
                return r;
        run->console_peer_fd = fds[0];
        run->console_fd = fds[1];
        return 0;
}

int apply_terminal_open(struct run *run, const struct step *step, struct err *e)
{
        const struct step_terminal *t = step->u.terminal;
        _cleanup_(sys_tty_done) struct sys_tty tty = SYS_TTY_INIT;
        int r = sys_tty_open(run->rootfs_fd, run->proc_fd, &tty, e);

        if (r == 0 && (t->rows || t->columns))
                r = sys_tty_set_size(tty.slave_fd, t->rows, t->columns, e);
        if (r < 0)
                return r;
        if (!t->socket && !isatty(STDOUT_FILENO)) /* a reader of the runtime's output, as of runc's */
                sys_tty_plain_newlines(tty.slave_fd);
        sys_tty_give(tty.slave_fd, t->uid);
        r = sys_tty_cover_console(run->rootfs_fd, run->proc_fd, tty.slave_fd, e);
        if (r == 0)
                r = sys_tty_send(run->console_fd, &tty, e);
        if (r < 0)
                return r;
        run->console_fd = safe_close(run->console_fd);
        run->console_peer_fd = safe_close(run->console_peer_fd);
        return sys_tty_take(tty.slave_fd, e);
}

int apply_stdio_chown(struct run *run, const struct step *step, struct err *e)
{
        int r = sys_stdfds_reopen_null(run->rootfs_fd, run->proc_fd, e);

        return r < 0 ? r : sys_stdfds_chown((uid_t) step->u.number, e);
}
