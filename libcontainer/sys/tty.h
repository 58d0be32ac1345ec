/* SPDX-License-Identifier: Apache-2.0 */
/* The container's terminal: made on its own devpts, handed to who serves it, and shown as /dev/console.
 * Owns: nothing; fds returned are the caller's, O_CLOEXEC.  Layer: sys.
 * Context: as each function says; what init calls allocates nothing.
 *
 *      parent    sock_fd = sys_tty_connect("/run/x/console.sock", e);
 *      init      r = sys_tty_open(root_fd, proc_fd, &tty, e);
 *                r = sys_tty_cover_console(root_fd, proc_fd, tty.slave_fd, e);
 *                r = sys_tty_send(sock_fd, &tty, e);
 *                r = sys_tty_take(tty.slave_fd, e);
 *
 * No name below the container's root is believed (CVE-2025-52565: a /dev/pts/0 that is a link): /dev/pts must be a devpts,
 * ptmx its master device, and the slave is opened through the master, Linux 4.13. */
#ifndef BERTH_SYS_TTY_H
#define BERTH_SYS_TTY_H

#include <errno.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_tty {
        int master_fd, slave_fd; /* owned; -EBADF: not open */
        unsigned number;         /* of /dev/pts/N */
};

#define SYS_TTY_INIT ((struct sys_tty) { .master_fd = -EBADF, .slave_fd = -EBADF })

void sys_tty_done(struct sys_tty *tty);

/* Connect to the stream socket at PATH, of any length.  Context: parent.  -ENOENT, -ECONNREFUSED, … */
int sys_tty_connect(const char *path, struct err *e);
/* A connected pair, for a parent that serves the terminal itself: [0] is its end, [1] init's.  Context: parent. */
int sys_tty_pair(int ret_fds[static 2], struct err *e);

/* A new terminal on the devpts that is mounted at /dev/pts below ROOT_FD.  Context: init, once it is mounted.
 * Returns 0, or: -ENOENT, -EXDEV /dev/pts is no devpts; -ENODEV its ptmx is something else; -ENOSPC no terminals left. */
int sys_tty_open(int root_fd, int proc_fd, struct sys_tty *tty, struct err *e);

/* Bind the slave over /dev/console; the file is made where it is missing.  Context: init. */
int sys_tty_cover_console(int root_fd, int proc_fd, int slave_fd, struct err *e);

/* Pass the master over SOCK_FD, with the slave's name as data, as callers of --console-socket expect.  Context: init. */
int sys_tty_send(int sock_fd, const struct sys_tty *tty, struct err *e);
/* Take what the above has sent.  Returns the master's fd; -EPIPE when the other side ended without sending one. */
int sys_tty_receive(int sock_fd, struct err *e);

/* Rows and columns in characters; 0 leaves a size unknown, as it is at first. */
int sys_tty_set_size(int fd, uint16_t rows, uint16_t columns, struct err *e);

/* Lines end in a mere newline, for a reader that is no terminal.  Context: init. */
void sys_tty_plain_newlines(int fd);

/* Give the slave to UID, where it is mapped here; the group, tty in most devpts, stays. */
void sys_tty_give(int slave_fd, uid_t uid);

/* Lead a new session, with SLAVE_FD as its controlling terminal and as fds 0, 1 and 2.  Context: init. */
int sys_tty_take(int slave_fd, struct err *e);

#endif
