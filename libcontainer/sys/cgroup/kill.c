/* SPDX-License-Identifier: Apache-2.0 */
/* The end: signals to all, waiting until nobody is left, removing. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "cgroup/private.h"
#include "process.h"
#include "syscalls.h"

/* ------------------------------------------------------------------------------------------------------------------
 * signals, where the kernel has no cgroup.kill (before Linux 5.14, v1, other signals) */

enum { BATCH = 64 };

static int compare_pids(const void *a, const void *b)
{
        pid_t x = *(const pid_t *) a, y = *(const pid_t *) b;

        return (x > y) - (x < y);
}

/* A pid from the list may have died and been given to a stranger since.  So: take hold of each, then list again: what is
 * still in the cgroup while we hold it is no stranger. */
static int signal_batch(int dir_fd, const pid_t *pids, size_t n, int sig)
{
        _cleanup_(sys_pids_done) struct sys_pids now = { 0 };
        int fds[BATCH], r, failed = 0;

        for (size_t i = 0; i < n; i++)
                fds[i] = sys_pidfd_open(pids[i], 0);
        r = cgroup_pids_below(dir_fd, &now);
        if (now.n > 0)
                qsort(now.items, now.n, sizeof *now.items, compare_pids);
        for (size_t i = 0; i < n; i++) {
                bool still = r == 0 && now.n > 0 && bsearch(&pids[i], now.items, now.n, sizeof *now.items, compare_pids);
                int sent = 0;

                if (still && fds[i] >= 0)
                        sent = sys_pidfd_send_signal(fds[i], sig, NULL, 0);
                else if (still && (fds[i] == -ENOSYS || fds[i] == -EINVAL)) /* before Linux 5.3; a lone thread */
                        sent = kill(pids[i], sig) < 0 ? -errno : 0;
                if (sent < 0 && sent != -ESRCH)
                        failed = sent;
                safe_close(fds[i]);
        }
        return r < 0 ? r : failed;
}

static int signal_all(int dir_fd, int sig, size_t *ret_n)
{
        _cleanup_(sys_pids_done) struct sys_pids pids = { 0 };
        int r = cgroup_pids_below(dir_fd, &pids), failed = 0;
        pid_t self = sys_getpid();
        size_t n = 0;

        for (size_t i = 0; i < pids.n; i++)
                if (pids.items[i] != self)
                        pids.items[n++] = pids.items[i];
        *ret_n = n;
        for (size_t at = 0; r == 0 && at < n; at += BATCH) {
                int sent = signal_batch(dir_fd, pids.items + at, MIN(n - at, (size_t) BATCH), sig);

                failed = sent < 0 ? sent : failed;
        }
        return r < 0 ? r : failed;
}

/* What the v1 freezer holds dies only when it is thawed. */
static void thaw_v1(const struct cgroup *cg)
{
        int freezer = cgroup_v1_find(cg->host, "freezer");
        _cleanup_close_ int fd = freezer >= 0 ? cgroup_open_dir(cg, freezer) : -ENOENT;

        if (fd >= 0)
                cgroup_write(fd, "freezer.state", "THAWED");
}

/* Processes that fork faster than we signal are frozen first.  Thawing in any case also frees what a pause, or a runtime
 * that was killed here, has left frozen. */
static int kill_frozen(struct cgroup *cg, int dir_fd)
{
        int freezer = cgroup_v1_find(cg->host, "freezer");
        bool on_v2 = cg->primary == CGROUP_V2;
        _cleanup_close_ int v1_fd = freezer >= 0 ? cgroup_open_dir(cg, freezer) : -ENOENT;
        size_t n = 0, before;
        int r;

        if (on_v2)
                cgroup_write(dir_fd, "cgroup.freeze", "1");
        else if (v1_fd >= 0)
                cgroup_v1_freeze(v1_fd, true, cgroup_now_msec() + 100);
        do {
                before = n;
                r = signal_all(dir_fd, SIGKILL, &n);
        } while (r == 0 && n > before);
        if (on_v2)
                cgroup_write(dir_fd, "cgroup.freeze", "0");
        thaw_v1(cg);
        return r;
}

int sys_cgroup_kill(struct cgroup *cg, int sig, struct err *e)
{
        _cleanup_close_ int fd = -EBADF;
        size_t n;
        int r;

        if (sys_cgroup_is_absent(cg))
                return 0;
        r = cgroup_claim_check(cg, e);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        fd = cgroup_open_dir(cg, cg->primary);
        if (fd < 0)
                r = fd;
        else if (sig != SIGKILL)
                r = signal_all(fd, sig, &n);
        else if (cg->primary == CGROUP_V2 && cgroup_write(fd, "cgroup.kill", "1") == 0)
                thaw_v1(cg);
        else
                r = kill_frozen(cg, fd);
        if (r < 0 && r != -ENOENT && r != -ENODEV)
                return err_sys(e, -r, "kill", "cannot send signal %d to all processes of the cgroup '%s'", sig, cg->path);
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * waiting */

static int busy_error(const struct cgroup *cg, const char *dir, const struct sys_pids *pids, struct err *e)
{
        char list[640] = "", one[128];
        size_t len = 0;

        for (size_t i = 0; i < pids->n && i < 5; i++) {
                sys_process_text(pids->items[i], one, sizeof one);
                len += (size_t) snprintf(list + len, sizeof list - len, "%s%s", i > 0 ? ", " : "", one);
        }
        err_set(e, ERR_STATE, EBUSY, "the cgroup '%s' still has %zu process%s: %s%s", dir ? dir : cg->path, pids->n,
                pids->n == 1 ? "" : "es", list, pids->n > 5 ? ", …" : "");
        err_hint(e, SYS_PROCESS_STUCK_HINT);
        return -EBUSY;
}

/* v1 has no event for "empty", but the end of each process is one.  What is still there after that is about to be taken off
 * the cgroup, without an event, or cannot be waited for (before Linux 5.3): look again, soon at first. */
static int wait_processes(int dir_fd, uint64_t deadline)
{
        for (int nap_msec = 0;; nap_msec = MIN(2 * nap_msec + 1, 16)) {
                _cleanup_(sys_pids_done) struct sys_pids pids = { 0 };
                int r = cgroup_pids_below(dir_fd, &pids);

                if (r < 0 || pids.n == 0)
                        return r == -ENOENT || r == -ENODEV ? 0 : r;
                if (cgroup_left_msec(deadline) == 0)
                        return -ETIMEDOUT;
                for (size_t i = 0; i < pids.n; i++) {
                        _cleanup_close_ int fd = sys_pidfd_open(pids.items[i], 0);
                        struct pollfd p = { .fd = fd, .events = POLLIN };

                        if (fd >= 0)
                                poll(&p, 1, cgroup_left_msec(deadline));
                }
                if (nap_msec > 0)
                        poll(NULL, 0, MIN(nap_msec, cgroup_left_msec(deadline)));
        }
}

int sys_cgroup_wait_empty(struct cgroup *cg, unsigned timeout_msec, struct err *e)
{
        uint64_t deadline = cgroup_now_msec() + timeout_msec;
        _cleanup_(sys_pids_done) struct sys_pids pids = { 0 };
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (sys_cgroup_is_absent(cg))
                return 0;
        fd = cgroup_open_dir(cg, cg->primary);
        if (fd < 0)
                r = fd;
        else
                r = cg->primary == CGROUP_V2 ? cgroup_v2_wait(fd, "populated", 0, deadline) : wait_processes(fd, deadline);
        if (r == 0 || r == -ENOENT || r == -ENODEV)
                return 0;
        if (r != -ETIMEDOUT)
                return err_sys(e, -r, "poll", "cannot wait for the end of the processes of the cgroup '%s'", cg->path);
        r = sys_cgroup_pids(cg, &pids, e);
        return r < 0 ? r : busy_error(cg, NULL, &pids, e);
}

/* ------------------------------------------------------------------------------------------------------------------
 * removing */

/* What was moved into one hierarchy only, which the primary does not show, is killed here. */
static int empty_hierarchy(const struct cgroup *cg, int fd, const char *dir, uint64_t deadline, struct err *e)
{
        _cleanup_(sys_pids_done) struct sys_pids pids = { 0 };
        size_t n;
        int r = signal_all(fd, SIGKILL, &n);

        if (r == 0)
                r = wait_processes(fd, deadline);
        if (r == -ETIMEDOUT && cgroup_pids_below(fd, &pids) == 0)
                return busy_error(cg, dir, &pids, e);
        return r < 0 ? err_sys(e, -r, "kill", "cannot empty the cgroup '%s'", dir) : 0;
}

static int remove_once(const struct cgroup *cg, int h, int *ret_fd)
{
        char dir[PATH_MAX];
        int r;

        if (*ret_fd < 0)
                *ret_fd = cgroup_open_dir(cg, h);
        if (*ret_fd < 0)
                return *ret_fd;
        if (rmdir(sys_cgroup_dir(cg, h, dir, sizeof dir)) == 0)
                return 0;
        if (errno != EBUSY)
                return -errno;
        r = cgroup_remove_below(*ret_fd);
        return r == 0 && rmdir(dir) < 0 ? -errno : r;
}

static int remove_hierarchy(const struct cgroup *cg, int h, uint64_t deadline, struct err *e)
{
        _cleanup_close_ int fd = -EBADF;
        char dir[PATH_MAX];

        sys_cgroup_dir(cg, h, dir, sizeof dir);
        for (int nap_msec = 1;; nap_msec = MIN(2 * nap_msec, 16)) {
                int r = remove_once(cg, h, &fd), left = cgroup_left_msec(deadline);

                if (r == 0 || r == -ENOENT || r == -ENODEV)
                        return 0;
                if (r != -EBUSY || left == 0)
                        return err_sys(e, -r, "rmdir", "cannot remove the cgroup '%s'", dir);
                r = empty_hierarchy(cg, fd, dir, deadline, e);
                if (r < 0)
                        return r;
                /* The last process has been reported dead a moment before the kernel takes it off the cgroup. */
                poll(NULL, 0, MIN(nap_msec, left));
        }
}

/* The primary goes last: as long as it is there, its mark tells that the others are ours. */
int cgroup_fs_destroy(struct cgroup *cg, unsigned timeout_msec, struct err *e)
{
        uint64_t deadline = cgroup_now_msec() + timeout_msec;
        char dir[PATH_MAX];
        int r;

        if (cg->refused)
                return 0;
        switch (cgroup_claim(cg)) {
        case CLAIM_OURS:
        case CLAIM_UNKNOWN:
                break;
        case CLAIM_NONE:
                rmdir(sys_cgroup_dir(cg, cg->primary, dir, sizeof dir)); /* a create that died before it marked it; or busy */
                return 0;
        default:
                return 0;
        }
        r = sys_cgroup_populated(cg, e);
        if (r > 0)
                r = sys_cgroup_kill(cg, SIGKILL, e);
        if (r == 0)
                r = sys_cgroup_wait_empty(cg, timeout_msec, e);
        for (unsigned h = 0; r == 0 && h < cg->host->n_v1; h++)
                if ((int) h != cg->primary && !(cg->v1_missing >> h & 1))
                        r = remove_hierarchy(cg, (int) h, deadline, e);
        return r < 0 ? r : remove_hierarchy(cg, cg->primary, deadline, e);
}
