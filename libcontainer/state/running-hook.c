/* SPDX-License-Identifier: Apache-2.0 */
#include "running-hook.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "num.h"

#define HOOK_NAME "hook"

int state_hook_note(int dir_fd, const struct state_hook *hook, struct err *e)
{
        _cleanup_close_ int fd = openat(dir_fd, HOOK_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        char text[128];
        int len;

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0)
                return err_sys(e, errno, "openat", "cannot put the running hook on record");
        len = snprintf(text, sizeof text, "%d %llu\n%d %llu\n", (int) hook->hook.pid, (unsigned long long) hook->hook.start_ticks,
                       (int) hook->runtime.pid, (unsigned long long) hook->runtime.start_ticks);
        if (write(fd, text, (size_t) len) != len)
                return err_sys(e, errno, "write", "cannot put the running hook on record");
        return 0;
}

void state_hook_forget(int dir_fd)
{
        if (dir_fd >= 0)
                unlinkat(dir_fd, HOOK_NAME, 0);
}

/* One line of the file from *TEXT on, which is moved behind it. */
static bool parse_process(const char **text, struct state_process *ret)
{
        size_t line = strcspn(*text, "\n"), half = strcspn(*text, " \n");
        uint64_t pid;

        if ((*text)[line] != '\n' || half == line || num_parse_u64(*text, half, 10, &pid) < 0 || pid < 1 || pid > INT_MAX ||
            num_parse_u64(*text + half + 1, line - half - 1, 10, &ret->start_ticks) < 0)
                return false;
        ret->pid = (pid_t) pid;
        *text += line + 1;
        return true;
}

int state_hook_read(int dir_fd, struct state_hook *ret, struct err *e)
{
        _cleanup_close_ int fd = openat(dir_fd, HOOK_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct state_hook hook;
        char text[128] = "";
        const char *at = text;

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
                return err_sys(e, errno, "openat", "cannot read which hook is running");
        if (!parse_process(&at, &hook.hook) || !parse_process(&at, &hook.runtime) || *at)
                return 0;
        *ret = hook;
        return 1;
}
