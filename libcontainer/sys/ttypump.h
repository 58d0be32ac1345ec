/* SPDX-License-Identifier: Apache-2.0 */
/* Serve a container's terminal in the foreground: between our own standard fds and the master, to the last byte.
 * Owns: struct sys_ttypump owns nothing; the fds are the caller's.  Layer: sys.  Context: parent.
 *
 *      struct sys_ttypump pump = { .in_fd = 0, .out_fd = 1, .master_fd = master_fd, .exit_fd = init_pidfd,
 *                                  .signal_fd = signal_fd, .on_signal = forward, .drain_msec = 2000 };
 *      struct sys_tty_mode mode;
 *      r = sys_tty_mode_raw(0, &mode, e);
 *      r = sys_ttypump_run(&pump, e);
 *      sys_tty_mode_restore(&mode);
 *
 * Promises.  It sleeps in poll(2) and wakes only for what it can act on.  Buffers are bounded: who does not read stops who
 * writes, and nobody else.  No blocking read or write: the end of the process is seen whatever the others do.  After it,
 * output is read until the master says that no more can come, or nothing came for drain_msec; what was read is written
 * out as long as there is a reader. */
#ifndef BERTH_SYS_TTYPUMP_H
#define BERTH_SYS_TTYPUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <termios.h>

#include "err.h"

struct sys_ttypump {
        int in_fd, out_fd; /* ours; of any kind */
        int master_fd;     /* the terminal's */
        int exit_fd;       /* becomes readable when the process has ended: a pidfd; -EBADF: on_signal tells by returning 1 */
        int signal_fd;     /* signalfd(2), not blocking, of the signals that the caller has blocked; -EBADF: none.
                            * SIGWINCH is acted on here: in_fd's size becomes the terminal's */
        /* The other signals.  Returns 0 to go on, 1 when the process has ended, -errno to give up. */
        int (*on_signal)(void *arg, const struct signalfd_siginfo *info);
        void *arg;
        int drain_msec;    /* after the end: how long a silent master is waited for, when something still holds the terminal */
};

/* Pump until the process has ended and its output is written.  SIGPIPE is ignored meanwhile.
 * Returns 0, or -errno of poll(2) or of on_signal.  A reader that has gone is no error: the rest is dropped. */
int sys_ttypump_run(const struct sys_ttypump *pump, struct err *e);

/* Our own terminal, while every key is the container's. */
struct sys_tty_mode {
        int fd;       /* borrowed; -EBADF: FD is no terminal, nothing to restore */
        struct termios saved;
};
/* Lines end in a mere newline, for a reader that is no terminal. */
void sys_tty_plain_newlines(int master_fd);
int sys_tty_mode_raw(int fd, struct sys_tty_mode *ret, struct err *e);
void sys_tty_mode_restore(const struct sys_tty_mode *mode);

#endif
