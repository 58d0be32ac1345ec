/* SPDX-License-Identifier: Apache-2.0 */
#include "sched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>

#include "procfs.h"
#include "syscalls.h"

enum { IOPRIO_CLASS_SHIFT = 13 }; /* <linux/ioprio.h>, which older header packages lack */

#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif
#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

static void hint_scheduler(const struct sys_scheduler *s, int num, struct err *e)
{
        if (num == EPERM && s->policy == SCHED_DEADLINE)
                err_hint(e, "SCHED_DEADLINE needs CAP_SYS_NICE and an affinity to all CPUs of the root domain (no cpuset)");
        else if (num == EPERM && (s->policy == SCHED_FIFO || s->policy == SCHED_RR))
                err_hint(e, "real-time policies need CAP_SYS_NICE, and in a cgroup v1 'cpu' hierarchy a cpu.rt_runtime_us above 0");
        else if (num == EPERM)
                err_hint(e, "a nice value of %d needs CAP_SYS_NICE or a higher RLIMIT_NICE", s->nice);
        else if (num == EBUSY)
                err_hint(e, "the deadline tasks of this host leave no room for another one of this runtime and period");
        else if (num == EINVAL && (s->policy == SCHED_FIFO || s->policy == SCHED_RR))
                err_hint(e, "the priority of %s is 1 to 99", s->name);
        else if (num == EINVAL && s->policy == SCHED_DEADLINE)
                err_hint(e, "SCHED_DEADLINE needs 1024 <= runtime <= deadline <= period (nanoseconds)");
        else if (num == EINVAL)
                err_hint(e, "%s takes no priority, and this kernel may not know one of the flags", s->name);
}

void sys_affinity_reset(void)
{
        enum { MOST_CPUS = 8192 }; /* CONFIG_NR_CPUS may be no more */
        unsigned char mask[MOST_CPUS / 8];

        memset(mask, 0xff, sizeof mask);
        (void) syscall(SYS_sched_setaffinity, 0, sizeof mask, mask);
}

int sys_scheduler_set(pid_t pid, const struct sys_scheduler *s, struct err *e)
{
        struct sys_sched_attr attr = {
                .size = sizeof attr,
                .sched_policy = (uint32_t) s->policy,
                .sched_flags = s->flags,
                .sched_nice = s->nice,
                .sched_priority = s->priority,
                .sched_runtime = s->runtime,
                .sched_deadline = s->deadline,
                .sched_period = s->period,
        };
        int r = sys_sched_setattr(pid, &attr, 0);

        if (r < 0) {
                err_sys(e, -r, "sched_setattr", "cannot set the scheduler to %s", s->name);
                hint_scheduler(s, -r, e);
        }
        return r;
}

int sys_io_priority_set(pid_t pid, int io_class, int priority, const char *name, struct err *e)
{
        int r = sys_ioprio_set(IOPRIO_WHO_PROCESS, pid, (io_class << IOPRIO_CLASS_SHIFT) | priority);

        if (r < 0) {
                err_sys(e, -r, "ioprio_set", "cannot set the I/O priority to %s %d", name, priority);
                if (r == -EPERM)
                        err_hint(e, "this class needs CAP_SYS_ADMIN or CAP_SYS_NICE");
        }
        return r < 0 ? r : 0;
}

int sys_memory_policy_set(int mode, const unsigned long *nodes, unsigned long max_node, const char *text, struct err *e)
{
        int r = sys_set_mempolicy(mode, nodes, max_node);

        if (r < 0) {
                err_sys(e, -r, "set_mempolicy", "cannot set the memory policy to %s", text);
                if (r == -EINVAL)
                        err_hint(e, "the nodes must exist and be in the container's cpuset, and the mode must take (or refuse) nodes");
                else if (r == -ENOSYS)
                        err_hint(e, "this kernel was built without NUMA");
        }
        return r;
}

int sys_sched_core_set(struct err *e)
{
        enum { CREATE = 1, SCOPE_THREAD_GROUP = 1 }; /* of <linux/prctl.h>, which older header packages lack */

        if (prctl(PR_SCHED_CORE, CREATE, 0, SCOPE_THREAD_GROUP, 0) == 0)
                return 0;
        if (errno == EINVAL)
                return err_set(e, ERR_HOST, ENOTSUP, "this kernel has no core scheduling (Linux 5.14 with CONFIG_SCHED_CORE)");
        err_sys(e, errno, "prctl", "cannot make a core scheduling group");
        if (e->num == ENODEV)
                err_hint(e, "the CPUs have no SMT, or it is off: no core is shared anyway, and the annotation can go");
        return -e->num;
}

int sys_personality_set(unsigned long persona, struct err *e)
{
        if (personality(persona) < 0)
                return err_sys(e, errno, "personality", "cannot set the execution domain %#lx", persona);
        return 0;
}

int sys_oom_score_set(int proc_fd, pid_t pid, int adj, struct err *e)
{
        char path[48], text[16];
        int len = snprintf(text, sizeof text, "%d", adj);

        snprintf(path, sizeof path, "%d/oom_score_adj", (int) pid);

        _cleanup_close_ int fd = sys_procfs_open_at(proc_fd, path, O_WRONLY, e);
        if (fd < 0)
                return fd;
        if (write(fd, text, (size_t) len) == len)
                return 0;

        int r = err_sys(e, errno, "write", "cannot set oom_score_adj to %d", adj);
        if (r == -EACCES)
                err_hint(e, "going below the value that the runtime was started with needs CAP_SYS_RESOURCE");
        return r;
}
