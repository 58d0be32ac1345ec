/* SPDX-License-Identifier: Apache-2.0 */
#include "ttypump.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

enum { BUFFER_BYTES = 32768, EOF_BYTES = 2 };

/* One direction: bytes wait between AT and END. */
struct lane {
        size_t at, end;
        bool eof;    /* nothing more will be read */
        bool broken; /* nothing more can be written: what comes is dropped */
        char buf[BUFFER_BYTES];
};

static bool lane_is_empty(const struct lane *l) { return l->at == l->end; }
/* Room for what an end of file is typed as is kept. */
static size_t lane_room(const struct lane *l) { return sizeof l->buf - EOF_BYTES - l->end; }
static bool lane_wants_input(const struct lane *l) { return !l->eof && lane_room(l) > 0; }

/* One of our own fds as we use it.  To set O_NONBLOCK on it would reach everybody who shares it, the caller's shell too:
 * it is opened anew where that can be, else the flag is put back at the end. */
struct port {
        int fd;
        int own_fd;      /* owned: FD opened anew; -EBADF: FD itself is used */
        int saved_flags; /* of FD; -1: not changed */
        bool is_socket;
};

struct state {
        const struct sys_ttypump *pump;
        struct port in, out;
        int keeper_fd;   /* owned: a slave, so that the master does not hang up between two programs */
        bool ended;      /* the process */
        char last_typed; /* to know whether an end of file stands at the beginning of a line */
        struct lane to_master, to_out;
};

static void port_open(struct port *p, int fd, int mode)
{
        struct stat st;
        char link[48];
        *p = (struct port) { .fd = fd, .own_fd = -EBADF, .saved_flags = -1 };
        if (fstat(fd, &st) < 0)
                return;
        p->is_socket = S_ISSOCK(st.st_mode);
        if (p->is_socket || S_ISREG(st.st_mode))
                return; /* a socket has flags per call; a regular file never blocks, and its offset is shared */
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        p->own_fd = open(link, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (p->own_fd >= 0)
                return;
        p->own_fd = -EBADF;
        p->saved_flags = fcntl(fd, F_GETFL);
        if (p->saved_flags >= 0 && fcntl(fd, F_SETFL, p->saved_flags | O_NONBLOCK) < 0)
                p->saved_flags = -1;
}

static void port_close(struct port *p)
{
        safe_close(p->own_fd);
        if (p->saved_flags >= 0)
                fcntl(p->fd, F_SETFL, p->saved_flags);
}

static int port_fd(const struct port *p) { return p->own_fd >= 0 ? p->own_fd : p->fd; }

static ssize_t port_read(const struct port *p, char *buf, size_t size)
{
        ssize_t n = p->is_socket ? recv(p->fd, buf, size, MSG_DONTWAIT) : read(port_fd(p), buf, size);
        return n < 0 ? -errno : n;
}

static ssize_t port_write(const struct port *p, const char *buf, size_t size)
{
        ssize_t n = p->is_socket ? send(p->fd, buf, size, MSG_DONTWAIT | MSG_NOSIGNAL) : write(port_fd(p), buf, size);
        return n < 0 ? -errno : n;
}

static bool is_transient(ssize_t r) { return r == -EAGAIN || r == -EINTR; }

static void lane_compact(struct lane *l)
{
        if (lane_is_empty(l))
                l->at = l->end = 0;
        else if (lane_room(l) == 0 && l->at > 0) {
                memmove(l->buf, l->buf + l->at, l->end - l->at);
                l->end -= l->at;
                l->at = 0;
        }
}

static void open_keeper(struct state *s)
{
        safe_close(s->keeper_fd);
        s->keeper_fd = ioctl(s->pump->master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* The end of our input is typed as its reader expects it: the terminal's end-of-file character, twice when a line was
 * begun, because the first then only ends that line.  In raw mode there is no such character. */
static void type_eof(struct state *s)
{
        struct termios t;
        if (tcgetattr(s->pump->master_fd, &t) < 0 || !(t.c_lflag & ICANON))
                return;
        struct lane *l = &s->to_master;
        for (int i = s->last_typed == '\n' || s->last_typed == '\0' ? 1 : 0; i < EOF_BYTES; i++)
                l->buf[l->end++] = (char) t.c_cc[VEOF];
}

static void read_input(struct state *s)
{
        struct lane *l = &s->to_master;
        ssize_t n = port_read(&s->in, l->buf + l->end, lane_room(l));
        if (is_transient(n))
                return;
        if (n <= 0) {
                l->eof = true;
                type_eof(s);
                return;
        }
        l->end += (size_t) n;
        s->last_typed = l->buf[l->end - 1];
}

/* EIO: nobody has the terminal open any more.  While the process lives it may only be between two programs, or have hung
 * the terminal up to open it anew: hold it open again. */
static void read_master(struct state *s)
{
        struct lane *l = &s->to_out;
        ssize_t n = read(s->pump->master_fd, l->buf + l->end, lane_room(l));
        if (n > 0) {
                l->end += (size_t) n;
                return;
        }
        if (n < 0 && is_transient(-errno))
                return;
        if (!s->ended)
                open_keeper(s);
        if (s->ended || s->keeper_fd < 0)
                l->eof = true;
}

/* What a terminal refuses, because it was hung up meanwhile, is lost, as on any terminal; the next may be taken. */
static void write_master(struct state *s)
{
        struct lane *l = &s->to_master;
        ssize_t n = write(s->pump->master_fd, l->buf + l->at, l->end - l->at);
        if (n >= 0)
                l->at += (size_t) n;
        else if (!is_transient(-errno))
                l->at = l->end;
}

static void write_output(struct state *s)
{
        struct lane *l = &s->to_out;
        ssize_t n = port_write(&s->out, l->buf + l->at, l->end - l->at);
        if (n >= 0)
                l->at += (size_t) n;
        else if (!is_transient(n))
                l->broken = true;
}

static void copy_size(const struct sys_ttypump *pump)
{
        struct winsize size;
        if (ioctl(pump->in_fd, TIOCGWINSZ, &size) == 0 || ioctl(pump->out_fd, TIOCGWINSZ, &size) == 0)
                ioctl(pump->master_fd, TIOCSWINSZ, &size);
}

/* The process has ended: its terminal is nobody's now, if we let go of it, too. */
static void note_end(struct state *s)
{
        s->ended = true;
        s->keeper_fd = safe_close(s->keeper_fd);
        s->to_master.eof = s->to_master.broken = true;
}

static int read_signals(struct state *s, struct err *e)
{
        struct signalfd_siginfo info;
        while (read(s->pump->signal_fd, &info, sizeof info) == (ssize_t) sizeof info) {
                if (info.ssi_signo == SIGWINCH) {
                        copy_size(s->pump);
                        continue;
                }
                int r = s->pump->on_signal ? s->pump->on_signal(s->pump->arg, &info) : 0;
                if (r < 0)
                        return err_sys(e, -r, "read", "cannot handle signal %u", info.ssi_signo);
                if (r > 0 && !s->ended)
                        note_end(s);
        }
        return 0;
}

enum { SLOT_IN, SLOT_OUT, SLOT_MASTER, SLOT_EXIT, SLOT_SIGNAL, SLOT_COUNT };

/* Ask only for what can be acted on: an fd without a use is left out, because its hang-up would wake us for nothing. */
static void fill_polls(struct state *s, struct pollfd p[static SLOT_COUNT])
{
        short master = (short) ((lane_wants_input(&s->to_out) ? POLLIN : 0) | (lane_is_empty(&s->to_master) ? 0 : POLLOUT));
        p[SLOT_IN] = (struct pollfd) { lane_wants_input(&s->to_master) ? port_fd(&s->in) : -1, POLLIN, 0 };
        p[SLOT_OUT] = (struct pollfd) { lane_is_empty(&s->to_out) ? -1 : port_fd(&s->out), POLLOUT, 0 };
        p[SLOT_MASTER] = (struct pollfd) { master ? s->pump->master_fd : -1, master, 0 };
        p[SLOT_EXIT] = (struct pollfd) { s->ended ? -1 : s->pump->exit_fd, POLLIN, 0 };
        p[SLOT_SIGNAL] = (struct pollfd) { s->pump->signal_fd, POLLIN, 0 };
}

/* A broken lane drops what it holds, so that its source never waits for it. */
static void settle(struct lane *l)
{
        if (l->broken)
                l->at = l->end;
        lane_compact(l);
}

static int handle_polls(struct state *s, const struct pollfd p[static SLOT_COUNT], struct err *e)
{
        if (p[SLOT_SIGNAL].revents) {
                int r = read_signals(s, e);
                if (r < 0)
                        return r;
        }
        if (p[SLOT_OUT].revents)
                write_output(s);
        if (p[SLOT_MASTER].revents & POLLOUT && !lane_is_empty(&s->to_master))
                write_master(s);
        if (p[SLOT_MASTER].revents & (POLLIN | POLLHUP | POLLERR) && lane_wants_input(&s->to_out))
                read_master(s);
        else if (p[SLOT_MASTER].revents & POLLHUP && !s->ended)
                open_keeper(s); /* or the hang-up would wake us again at once, with no room to read */
        if (p[SLOT_IN].revents && lane_wants_input(&s->to_master))
                read_input(s);
        if (p[SLOT_EXIT].revents && !s->ended)
                note_end(s);
        return 0;
}

static bool is_done(const struct state *s) { return s->ended && s->to_out.eof && lane_is_empty(&s->to_out); }

static int pump_loop(struct state *s, struct err *e)
{
        while (!is_done(s)) {
                struct pollfd p[SLOT_COUNT];
                settle(&s->to_master);
                settle(&s->to_out);
                fill_polls(s, p);
                /* After the end, only a master that something else still holds open is waited for no longer than that. */
                bool draining = s->ended && p[SLOT_OUT].fd < 0;
                int n = poll(p, SLOT_COUNT, draining ? s->pump->drain_msec : -1);
                if (n < 0 && errno != EINTR)
                        return err_sys(e, errno, "poll", "cannot serve the terminal");
                if (n == 0)
                        s->to_out.eof = true;
                int r = n > 0 ? handle_polls(s, p, e) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

int sys_ttypump_run(const struct sys_ttypump *pump, struct err *e)
{
        struct state s = { .pump = pump, .keeper_fd = -EBADF };
        struct sigaction ignore = { .sa_handler = SIG_IGN }, saved;
        int flags = fcntl(pump->master_fd, F_GETFL);
        if (flags < 0 || fcntl(pump->master_fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return err_sys(e, errno, "fcntl", "cannot serve the terminal");
        sigaction(SIGPIPE, &ignore, &saved);
        port_open(&s.in, pump->in_fd, O_RDONLY);
        port_open(&s.out, pump->out_fd, O_WRONLY);
        open_keeper(&s);
        copy_size(pump);
        int r = pump_loop(&s, e);
        safe_close(s.keeper_fd);
        port_close(&s.in);
        port_close(&s.out);
        sigaction(SIGPIPE, &saved, NULL);
        return r;
}

int sys_tty_mode_raw(int fd, struct sys_tty_mode *ret, struct err *e)
{
        *ret = (struct sys_tty_mode) { .fd = -EBADF };
        if (tcgetattr(fd, &ret->saved) < 0)
                return 0;
        struct termios raw = ret->saved;
        cfmakeraw(&raw);
        if (tcsetattr(fd, TCSANOW, &raw) < 0)
                return err_sys(e, errno, "tcsetattr", "cannot put the terminal into raw mode");
        ret->fd = fd;
        return 0;
}

void sys_tty_plain_newlines(int master_fd)
{
        struct termios mode;

        if (tcgetattr(master_fd, &mode) < 0)
                return;
        mode.c_oflag &= ~(tcflag_t) ONLCR;
        tcsetattr(master_fd, TCSANOW, &mode);
}

void sys_tty_mode_restore(const struct sys_tty_mode *mode)
{
        if (mode->fd >= 0)
                tcsetattr(mode->fd, TCSANOW, &mode->saved);
}
