/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-hooks.h"

#include <fcntl.h>
#include <string.h>

#include "names.h"
#include "apply-seccomp.h"
#include "plan/hooks.h"
#include "plan/seccomp.h"
#include "running-hook.h"
#include "sys/hook.h"
#include "sys/process.h"
#include "sys/syscalls.h"

static int open_output(const char *path, int *ret_fd, struct err *e)
{
        /* Not to wait for the reader of a FIFO: it may never come. */
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

        if (fd >= 0 && fcntl(fd, F_SETFL, O_APPEND) == 0) {
                *ret_fd = fd;
                return 0;
        }
        err_sys(e, errno, "open", "cannot open '%s' for the output of hooks", path);
        if (e->num == ENXIO)
                err_hint(e, "a FIFO there must have its reader before");
        safe_close(fd);
        return -e->num;
}

int parent_apply_hook_output(struct run *run, const struct step *step, struct err *e)
{
        const struct step_hook_output *output = step->u.hook_output;
        int r = 0;

        if (output->stdout_path)
                r = open_output(output->stdout_path, &run->hook_stdout_fd, e);
        if (r == 0 && output->stderr_path)
                r = open_output(output->stderr_path, &run->hook_stderr_fd, e);
        return r;
}

static struct iovec part(const char *text) { return (struct iovec) { (void *) text, text ? strlen(text) : 0 }; }

static int identify(pid_t pid, struct state_process *ret, struct err *e)
{
        int r = sys_process_start_time(pid, &ret->start_ticks, NULL);

        ret->pid = pid;
        return r < 0 ? err_sys(e, -r, "read", "cannot read the start time of process %d", (int) pid) : 0;
}

enum { LINE_BYTES = 400 };

/* Where a hook writes, where it is put on record, and who is told its lines meanwhile. */
struct hook_place {
        int stdout_fd, stderr_fd, dir_fd; /* borrowed; -EBADF: nowhere */
        void (*debug)(void *arg, const char *text);
        void *debug_arg;
        struct sys_interrupt *interrupt; /* NULL: nothing ends a hook before its timeout */
        const struct step_hook *hook;
        struct run *filtered; /* NULL, or whose seccomp filter the hook gets */
        size_t n_line;
        char line[LINE_BYTES];
};

static int note_started(void *arg, pid_t pid, struct err *e)
{
        const struct hook_place *place = arg;
        struct state_hook note;
        int r = identify(pid, &note.hook, e);

        if (r == 0)
                r = identify(sys_getpid(), &note.runtime, e);
        return r < 0 ? r : state_hook_note(place->dir_fd, &note, e);
}

static void end_line(struct hook_place *place)
{
        char text[LINE_BYTES + 64];

        snprintf(text, sizeof text, "%s hook #%u: %.*s", name_of_hook(place->hook->kind), place->hook->index, (int) place->n_line,
                 place->line);
        if (place->n_line > 0)
                place->debug(place->debug_arg, text);
        place->n_line = 0;
}

static void note_output(void *arg, const char *bytes, size_t n)
{
        struct hook_place *place = arg;

        for (size_t i = 0; i < n; i++) {
                if (bytes[i] == '\n' || place->n_line == sizeof place->line)
                        end_line(place);
                if (bytes[i] != '\n')
                        place->line[place->n_line++] = bytes[i];
        }
}

static int load_filter(void *arg)
{
        const struct hook_place *place = arg;

        return init_apply_seccomp_to_hook(place->filtered);
}

static int run_one(const struct step_hook *hook, pid_t pid, struct hook_place *place, struct err *e)
{
        struct sys_hook how = {
                .phase = name_of_hook(hook->kind),
                .index = hook->index,
                .path = hook->path,
                .argv = hook->argv,
                .envp = hook->envp,
                .timeout_sec = hook->timeout_sec,
                .stdout_fd = place->stdout_fd,
                .stderr_fd = place->stderr_fd,
                .started = place->dir_fd >= 0 ? note_started : NULL,
                .output = place->debug ? note_output : NULL,
                .confine = place->filtered ? load_filter : NULL,
                .arg = place,
                .interrupt = place->interrupt,
                /* Init's is on no record, and may be in no pid namespace and no cgroup that would end with init. */
                .dies_with_caller = place->dir_fd < 0,
        };
        char digits[16] = "";
        int r;

        if (hook->state_tail)
                snprintf(digits, sizeof digits, "%d", (int) pid);
        how.input[0] = part(hook->state_head);
        how.input[1] = part(digits);
        how.input[2] = part(hook->state_tail);
        place->hook = hook;
        r = sys_hook_run(&how, e);
        if (place->debug)
                end_line(place);
        state_hook_forget(place->dir_fd);
        return r;
}

/* The pid is the one that the hook's own namespace knows: init asks the kernel, the parent was told by its clone. */
int apply_hook(struct run *run, const struct step *step, struct err *e)
{
        bool parent = run->ctx == PLAN_PARENT;
        struct hook_place place = {
                .stdout_fd = run->hook_stdout_fd,
                .stderr_fd = run->hook_stderr_fd,
                .dir_fd = parent ? run->state_fd : -EBADF,
                .debug = parent ? run->debug : NULL,
                .debug_arg = run->listener.arg,
                .interrupt = run->listener.interrupt,
        };
        const struct step_hook *hook = step->u.hook;

        /* What is executed in the container, by a name in the container, is as confined as its program. */
        if (hook->kind == OCI_HOOK_START_CONTAINER && plan_seccomp_slot(run->plan->spec) == PLAN_SECCOMP_LAST)
                place.filtered = run;

        run->shared->hooks_began = 1;
        return run_one(hook, parent ? run->init_pid : sys_getpid(), &place, e);
}

static const char *annotation(const struct oci_state *state, const char *key)
{
        for (size_t i = 0; i < state->annotations.n; i++)
                if (streq_ptr(state->annotations.items[i].key, key))
                        return state->annotations.items[i].value;
        return NULL;
}

struct hook_log {
        void (*warn)(void *arg, const char *text); /* NULL: failures are errors */
        void *arg;
};

/* A failure, which ends the walk or is only told. */
static int settle(const struct hook_log *log, const struct err *failure, struct err *e)
{
        char report[sizeof failure->text + sizeof failure->output];

        if (!log->warn) {
                if (e)
                        *e = *failure;
                return -failure->num;
        }
        err_format(failure, NULL, report, sizeof report);
        log->warn(log->arg, report);
        return 0;
}

static int run_all(const struct run_hooks *job, struct hook_place *place, const struct hook_log *log, struct err *e)
{
        struct oci_state state = *job->state;
        int r = 0;

        state.status = plan_hook_status(job->kind);
        for (unsigned i = 0; r == 0 && i < job->hooks->n; i++) {
                _cleanup_(arena_freep) struct arena *arena = arena_new();
                struct err failure = ERR_INIT;
                struct step_hook hook;

                r = arena ? plan_hook_make(arena, &job->hooks->items[i], job->kind, i, &state, &hook, &failure) :
                            err_nomem(&failure);
                if (r == 0)
                        r = run_one(&hook, job->state->pid, place, &failure);
                if (r < 0)
                        r = settle(log, &failure, e);
        }
        return r;
}

int run_hooks_run(const struct run_hooks *job, void (*warn)(void *arg, const char *text), void *arg, struct err *e)
{
        static const char *const keys[] = { "run.oci.hooks.stdout", "run.oci.hooks.stderr" };
        const struct hook_log log = { warn, arg };
        struct hook_place place = {
                .stdout_fd = -EBADF, .stderr_fd = -EBADF, .dir_fd = job->dir_fd, .debug = job->debug, .debug_arg = arg,
                .interrupt = job->interrupt,
        };
        int *fds[] = { &place.stdout_fd, &place.stderr_fd };
        int r = 0;

        if (job->hooks->n == 0)
                return 0;
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++) {
                const char *path = annotation(job->state, keys[i]);
                struct err failure = ERR_INIT;

                if (path && open_output(path, fds[i], &failure) < 0)
                        r = settle(&log, &failure, e);
        }
        if (r == 0)
                r = run_all(job, &place, &log, e);
        safe_close(place.stdout_fd);
        safe_close(place.stderr_fd);
        return r;
}
