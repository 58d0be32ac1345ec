/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a command that waits, where its caller blocks signals: SIGTERM, SIGINT or SIGHUP, once.
 * Owns: its signalfd.  Layer: sys.  Context: parent.
 *
 *      struct sys_interrupt interrupt = SYS_INTERRUPT_INIT;
 *      r = sys_interrupt_open(&interrupt, e);                  signals are blocked before
 *      … sys_hook_run with .interrupt, proto_expect with .interrupt …
 *      sys_interrupt_done(&interrupt);                         from here on signals are somebody else's
 *
 * The first one that a wait meets ends it and is remembered in .sig; what undoes things after that is not interrupted again. */
#ifndef BERTH_SYS_INTERRUPT_H
#define BERTH_SYS_INTERRUPT_H

#include <signal.h>

#include "err.h"

struct sys_interrupt {
        int fd;  /* owned: readable when a signal has come; -EBADF: none can */
        int sig; /* the signal that came; 0: none yet */
        sigset_t mask; /* the caller's: for who has blocked the signals, to give it back */
};
#define SYS_INTERRUPT_INIT ((struct sys_interrupt) { .fd = -EBADF })

/* Watch for the signals, but for those that the caller ignores (nohup(1)).  They must be blocked. */
int sys_interrupt_open(struct sys_interrupt *interrupt, struct err *e);
void sys_interrupt_done(struct sys_interrupt *interrupt);

/* For poll(2): its fd, or -EBADF, also of NULL. */
int sys_interrupt_fd(const struct sys_interrupt *interrupt);
/* Its fd is readable: the signal, which is remembered; 0 when it was none. */
int sys_interrupt_take(struct sys_interrupt *interrupt);
/* Wait until FD is readable or has ended.  INTERRUPT may be NULL.  0; -EINTR: a signal came first, and was taken. */
int sys_interrupt_wait(struct sys_interrupt *interrupt, int fd);

/* "SIGTERM", in BUF. */
const char *sys_signal_text(int sig, char buf[16]);

#endif
