/* SPDX-License-Identifier: Apache-2.0 */
/* parent: forked by the engine; in the host's namespaces; holds the plan, the state lock, the cgroup, init's pidfd;
 * writes id maps, cgroup, state, moves net devices, runs runtime-namespace hooks; ends by the command's exit code. */
#include "parent.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "explain.h"
#include "init.h"
#include "sys/process.h"
#include "proto.h"
#include "step.h"
#include "syscalls.h"
#include "usermap.h"

int parent_apply_mid_clone(struct run *run, const struct step *step, struct err *e)
{
        struct sys_clone how = { .flags = step->u.number, .cgroup_fd = -EBADF };
        _cleanup_close_ int pidfd = -EBADF;
        bool in_cgroup;
        pid_t pid = sys_clone(&how, &pidfd, &in_cgroup);

        if (pid == 0)
                mid_main(run);
        if (pid < 0)
                return err_sys(e, -pid, "clone3", "cannot clone the process that joins namespaces");
        run->mid_pid = pid;
        run->peer_fd = safe_close(run->peer_fd);
        return 0;
}

static size_t take_mappings(const oci_id_mappings *from, struct sys_idmap_entry *to)
{
        for (size_t i = 0; i < from->n; i++)
                to[i] = (struct sys_idmap_entry) { from->items[i].container_id.value, from->items[i].host_id.value,
                                                   from->items[i].size.value };
        return from->n;
}

int parent_apply_idmap(struct run *run, const struct step *step _unused_, struct err *e)
{
        const struct oci_linux *l = run->plan->spec->linux_;
        _cleanup_free_ struct sys_idmap_entry *entries = calloc(l->uid_mappings.n + l->gid_mappings.n + 1, sizeof *entries);
        struct sys_usermap map = {
                .pid = run->mid_pid > 0 ? run->mid_pid : run->init_pid,
                .privileged = run->plan->host->privileged,
                .uids = entries,
        };

        if (!entries)
                return err_nomem(e);
        map.n_uids = take_mappings(&l->uid_mappings, entries);
        map.gids = entries + map.n_uids;
        map.n_gids = take_mappings(&l->gid_mappings, entries + map.n_uids);
        return sys_usermap_write(&map, e);
}

/* Engines read the whole file as one number, and its presence as success: no newline, renamed into place. */
int parent_apply_pidfile(struct run *run, const struct step *step, struct err *e)
{
        const char *path = step->u.text;
        char aside[4096], pid[16];
        int fd, len, r = 0;

        if ((size_t) snprintf(aside, sizeof aside, "%s.%d~", path, (int) getpid()) >= sizeof aside)
                return err_set(e, ERR_USAGE, ENAMETOOLONG, "the pid file's path '%s' is too long", path);
        fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot make the pid file '%s'", path);
        len = snprintf(pid, sizeof pid, "%d", (int) run->init_pid);
        if (write(fd, pid, (size_t) len) != len || rename(aside, path) < 0) {
                r = err_sys(e, errno, "rename", "cannot write the pid file '%s'", path);
                unlink(aside);
        }
        close(fd);
        run->pid_file = r < 0 ? NULL : path;
        return r;
}

int parent_apply_pidfd_send(struct run *run, const struct step *step, struct err *e)
{
        if (run->init_pidfd < 0)
                return err_set(e, ERR_HOST, ENOSYS, "a pidfd was asked for, which this kernel does not have: %s (%s)",
                               errno_text(ENOSYS), errno_name(ENOSYS));
        return sys_pidfd_send(run->init_pidfd, step->u.text, e);
}

/* What a failed child had to say is worth more than that our own step then failed.  It speaks before it dies, so that
 * looking at what has arrived is enough. */
static void prefer_child_error(struct run *run, struct err *e)
{
        struct proto_packet packet;

        if (run->sync_fd < 0 || fcntl(run->sync_fd, F_SETFL, O_NONBLOCK) < 0)
                return;
        while (proto_receive(run->sync_fd, PROTO_PARENT, &packet, NULL) > 0)
                if (packet.message == MSG_ERROR) {
                        *e = packet.u.err;
                        return;
                }
}

static void kill_and_reap(pid_t *pid, int *ret_status)
{
        if (*pid <= 0)
                return;
        kill(*pid, SIGKILL); /* our own unreaped child: the pid is its */
        sys_process_reap(*pid, ret_status);
        *pid = 0;
}

/* init ended without a word: what its wait status and its cgroup tell is the cause. */
static void explain_silent_death(struct run *run, int status, struct err *e)
{
        char how[64];

        if (e->num != EPIPE)
                return;
        sys_wait_status_text(status, how, sizeof how);
        explain_init_death(run, status, how, e);
}

static void undo(struct run *run, struct err *e)
{
        bool silent = e->num == EPIPE && e->cls == ERR_INTERNAL;
        int status = 0;

        if (silent && run->init_pid > 0) {
                /* It is dead or about to be: its own status is the evidence, so no signal of ours before it is reaped. */
                if (run->init_pidfd >= 0)
                        sys_pidfd_wait(run->init_pidfd, 2000);
                kill_and_reap(&run->init_pid, &status);
                explain_silent_death(run, status, e);
        }
        kill_and_reap(&run->mid_pid, NULL);
        kill_and_reap(&run->init_pid, NULL);
        if (run->pid_file)
                unlink(run->pid_file);
}

int parent_run(struct run *run, struct err *e)
{
        int r = run_steps(run, PLAN_PARENT, e);

        if (run->mid_pid > 0 && r == 0) {
                sys_process_reap(run->mid_pid, NULL);
                run->mid_pid = 0;
        }
        if (r == 0)
                return 0;
        prefer_child_error(run, e);
        explain_failure(run, e);
        undo(run, e);
        return -e->num;
}

/* One more step of the talk.  -EPIPE: the other end was closed. */
static int release(const struct run_starter *s, struct err *e)
{
        struct proto_packet packet;
        int r = proto_expect(s->sock_fd, PROTO_START, MSG_PREPARED, &packet, NULL, &s->listener, e);

        if (r == 0)
                r = s->release(s->arg, e);
        if (r < 0)
                return r;
        r = proto_send(s->sock_fd, PROTO_START, MSG_RELEASE, NULL, -EBADF);
        return r < 0 && r != -EPIPE ? err_sys(e, -r, "sendmsg", "cannot tell the container's init to go on") : r;
}

int run_start_init(const struct run_starter *s, struct err *e)
{
        struct proto_packet packet;
        int r = proto_send(s->sock_fd, PROTO_START, MSG_START, NULL, -EBADF);

        if (r < 0 && r != -EPIPE)
                return err_sys(e, -r, "sendmsg", "cannot tell the container's init to start");
        /* Also when it is gone: it may have said why. */
        r = proto_expect(s->sock_fd, PROTO_START, MSG_EXECUTING, &packet, NULL, &s->listener, e);
        if (r >= 0 && s->release)
                r = release(s, e);
        if (r < 0)
                return r == -EPIPE ? RUN_DIED : r;
        r = proto_expect(s->sock_fd, PROTO_START, MSG_COUNT, &packet, NULL, &s->listener, e);
        /* End of file is the good news: the socket was closed by execve, or at least that is what it looks like. */
        return r == -EPIPE ? (int) run_how_it_ended(s->pid, s->start_ticks) : r;
}
