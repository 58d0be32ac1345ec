/* SPDX-License-Identifier: Apache-2.0 */
#include "work.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netdev.h"
#include "process.h"
#include "procfs.h"

static const char wanted_by[] = "berth lxc-net";

void lxcnet_work_done(struct lxcnet_work *work)
{
        for (size_t i = 0; work->record && i < work->record->n_devices; i++)
                sys_netdev_free(work->record->devices[i].kept);
        sys_rtnl_done(&work->here);
        sys_rtnl_done(&work->there);
        safe_close(work->own_fd);
        safe_close(work->netns_fd);
        safe_close(work->proc_fd);
        lxcnet_place_done(&work->place);
        arena_free(work->arena);
}

static int read_state(struct lxcnet_work *work, int state_fd, struct err *e)
{
        char *text = NULL;
        size_t len = 0;
        int r;

        if (state_fd < 0 || isatty(state_fd))
                return 0;
        r = lxcnet_read_all(state_fd, "state on standard input", work->arena, &text, &len, e);
        return r < 0 ? r : lxcnet_state_parse(work->arena, text, len, &work->state, e);
}

int lxcnet_work_open(struct lxcnet_work *work, const char *path, int state_fd, struct err *e)
{
        int r;

        work->arena = arena_new();
        if (!work->arena)
                return err_nomem(e);
        work->own_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (work->own_fd < 0)
                return err_sys(e, errno, "open", "cannot open the host's network namespace");
        r = read_state(work, state_fd, e);
        if (r == 0)
                r = lxcnet_place_open(&work->place, path, e);
        if (r == 0)
                r = sys_rtnl_open(&work->here, -EBADF, wanted_by, e);
        if (r < 0)
                return r;
        work->proc_fd = sys_procfs_open(e);
        return work->proc_fd < 0 ? work->proc_fd : 0;
}

int lxcnet_work_enter(struct lxcnet_work *work, int fd, struct err *e)
{
        safe_close(work->netns_fd);
        sys_rtnl_done(&work->there);
        work->netns_fd = fd;
        return sys_rtnl_open(&work->there, fd, wanted_by, e);
}

bool lxcnet_record_is_alive(const struct lxcnet_record *record)
{
        uint64_t ticks;
        bool zombie;

        return record->pid > 0 && sys_process_start_time(record->pid, &ticks, &zombie) == 0 && ticks == record->start_ticks &&
               !zombie;
}

const struct lxcnet_nic *lxcnet_nic_of(const struct lxcnet_work *work, const struct lxcnet_device *device)
{
        return &work->document->nics[device->nic];
}

struct sys_ip lxcnet_sys_ip(const struct lxcnet_ip *ip)
{
        struct sys_ip out = { .family = ip->family == LXCNET_IPV4 ? AF_INET : AF_INET6 };

        memcpy(out.bytes, ip->bytes, sizeof out.bytes);
        return out;
}

int lxcnet_fail(const struct sys_rtnl *socket, int r, const char *call, struct err *e, const char *fmt, ...)
{
        char sentence[512];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(sentence, sizeof sentence, fmt, ap);
        va_end(ap);
        err_sys(e, -r, call, "%s", sentence);
        if (socket->words[0])
                err_kernel(e, socket->words);
        if (r == -EPERM)
                err_hint(e, "this needs CAP_NET_ADMIN over both network namespaces");
        return r;
}
