/* SPDX-License-Identifier: Apache-2.0 */
#include "interrupt.h"

#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>

int sys_interrupt_open(struct sys_interrupt *interrupt, struct err *e)
{
        static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
        sigset_t set;

        sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                struct sigaction now;

                /* A blocked signal comes even when it is ignored. */
                if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
                        sigaddset(&set, signals[i]);
        }
        interrupt->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (interrupt->fd >= 0)
                return 0;
        interrupt->fd = -EBADF;
        return err_sys(e, errno, "signalfd", "cannot receive signals");
}

void sys_interrupt_done(struct sys_interrupt *interrupt) { interrupt->fd = safe_close(interrupt->fd); }

int sys_interrupt_fd(const struct sys_interrupt *interrupt) { return interrupt ? interrupt->fd : -EBADF; }

int sys_interrupt_take(struct sys_interrupt *interrupt)
{
        struct signalfd_siginfo info;

        if (read(interrupt->fd, &info, sizeof info) != sizeof info)
                return 0;
        interrupt->sig = (int) info.ssi_signo;
        sys_interrupt_done(interrupt);
        return interrupt->sig;
}

int sys_interrupt_wait(struct sys_interrupt *interrupt, int fd)
{
        for (;;) {
                struct pollfd fds[] = {
                        { .fd = fd, .events = POLLIN },
                        { .fd = sys_interrupt_fd(interrupt), .events = POLLIN },
                };

                if (fds[1].fd < 0)
                        return 0;
                if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
                        continue;
                if (fds[1].revents && sys_interrupt_take(interrupt) > 0)
                        return -EINTR;
                if (fds[0].revents)
                        return 0;
        }
}

const char *sys_signal_text(int sig, char buf[16])
{
        const char *name = sigabbrev_np(sig);

        if (name)
                snprintf(buf, 16, "SIG%.11s", name);
        else
                snprintf(buf, 16, "signal %d", sig);
        return buf;
}
