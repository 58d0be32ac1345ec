/* SPDX-License-Identifier: Apache-2.0 */
#include "apply-hooks.h"

#include <fcntl.h>
#include <string.h>

#include "names.h"
#include "plan/hooks.h"
#include "sys/hook.h"
#include "sys/syscalls.h"

static int open_output(const char *path, int *ret_fd, struct err *e)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);

        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open '%s' for the output of hooks", path);
        *ret_fd = fd;
        return 0;
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

static int run_one(const struct step_hook *hook, pid_t pid, int stdout_fd, int stderr_fd, struct err *e)
{
        struct sys_hook how = {
                .phase = name_of(&names_hook_kind, hook->kind),
                .index = hook->index,
                .path = hook->path,
                .argv = hook->argv,
                .envp = hook->envp,
                .timeout_sec = hook->timeout_sec,
                .stdout_fd = stdout_fd,
                .stderr_fd = stderr_fd,
        };
        char digits[16] = "";

        if (hook->state_tail)
                snprintf(digits, sizeof digits, "%d", (int) pid);
        how.input[0] = part(hook->state_head);
        how.input[1] = part(digits);
        how.input[2] = part(hook->state_tail);
        return sys_hook_run(&how, e);
}

/* The pid is the one that the hook's own namespace knows: init asks the kernel, the parent was told by its clone. */
int apply_hook(struct run *run, const struct step *step, struct err *e)
{
        pid_t pid = run->ctx == PLAN_PARENT ? run->init_pid : sys_getpid();

        return run_one(step->u.hook, pid, run->hook_stdout_fd, run->hook_stderr_fd, e);
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

static int run_all(const struct run_hooks *job, const int output_fds[2], const struct hook_log *log, struct err *e)
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
                        r = run_one(&hook, job->state->pid, output_fds[0], output_fds[1], &failure);
                if (r < 0)
                        r = settle(log, &failure, e);
        }
        return r;
}

int run_hooks_run(const struct run_hooks *job, void (*warn)(void *arg, const char *text), void *arg, struct err *e)
{
        static const char *const keys[] = { "run.oci.hooks.stdout", "run.oci.hooks.stderr" };
        const struct hook_log log = { warn, arg };
        struct err failure = ERR_INIT;
        int fds[] = { -EBADF, -EBADF };
        int r = 0;

        if (job->hooks->n == 0)
                return 0;
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++) {
                const char *path = annotation(job->state, keys[i]);

                if (path && open_output(path, &fds[i], &failure) < 0)
                        r = settle(&log, &failure, e);
        }
        if (r == 0)
                r = run_all(job, fds, &log, e);
        safe_close(fds[0]);
        safe_close(fds[1]);
        return r;
}
