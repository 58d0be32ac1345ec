/* SPDX-License-Identifier: Apache-2.0 */
/* lxc-hook: an LXC hook in the place of an OCI hook, under any runtime.  This process becomes the hook: its output, its exit
 * status, its signals and its timeout are the runtime's business, as those of any hook.  What LXC does otherwise is set right
 * before: standard input is /dev/null and not the state; argv and environment are LXC's. */
#include <fcntl.h>
#include <stdlib.h>

#include "facade.h"
#include "json/tree.h"
#include "lxcnet/lxc-script.h"
#include "num.h"
#include "str.h"
#include "syscalls.h"

enum { STATE_BYTES_MAX = 32 << 20, CONFIG_BYTES_MAX = 16 << 20, READ_BYTES = 64 << 10 };

/* All of FD, at most MAX bytes.  WHAT is its name in sentences. */
static int read_all(int fd, size_t max, const char *what, struct strbuf *out, struct err *e)
{
        for (;;) {
                char chunk[READ_BYTES];
                ssize_t n = read(fd, chunk, sizeof chunk);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, errno, "read", "cannot read %s", what);
                if (n == 0)
                        return out->failed ? err_nomem(e) : 0;
                if (out->len + (size_t) n > max)
                        return err_set(e, ERR_CONFIG, E2BIG, "%s is longer than %zu bytes", what, max);
                strbuf_add(out, chunk, (size_t) n);
        }
}

static int read_json(struct arena *arena, int fd, size_t max, const char *what, struct json_node **ret, struct err *e)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        int r = read_all(fd, max, what, &text, e);

        if (r == 0 && text.len == 0)
                return err_set(e, ERR_CONFIG, EINVAL, "%s is empty", what);
        if (r == 0)
                r = json_parse(arena, text.text, text.len, what, NULL, ret, e);
        if (r == 0 && (*ret)->type != JSON_OBJECT)
                return err_set(e, ERR_CONFIG, EINVAL, "%s is no object", what);
        return r;
}

static const char *text_at(const struct json_node *root, const char *pointer)
{
        const struct json_node *node = json_at(root, pointer);

        return node && node->type == JSON_STRING ? node->text : NULL;
}

static pid_t pid_of(const struct json_node *state)
{
        const struct json_node *node = json_member(state, "pid");
        int64_t pid;

        if (!node || node->type != JSON_NUMBER || num_parse_range(node->text, 0, INT32_MAX, &pid) < 0)
                return 0;
        return (pid_t) pid;
}

/* Where the runtime has the root while the container's mounts are made: crun tells; the others, and we, mount it on itself,
 * where the config says.  NULL: nobody knows. */
static const char *find_root(struct arena *arena, const struct json_node *state)
{
        const char *bundle = text_at(state, "/bundle"), *root = text_at(state, "/root");
        struct json_node *config = NULL;
        _cleanup_close_ int fd = -EBADF;
        const char *path;
        struct err ignored = ERR_INIT;

        if (root || !bundle)
                return root;
        path = arena_printf(arena, "%s/config.json", bundle);
        fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -EBADF;
        if (fd < 0 || read_json(arena, fd, CONFIG_BYTES_MAX, path, &config, &ignored) < 0)
                return NULL;
        root = text_at(config, "/root/path");
        return !root || root[0] == '/' ? root : arena_printf(arena, "%s/%s", bundle, root);
}

static int complete(struct arena *arena, const struct berth_lxc_hook *hook, struct lxc_script *script, struct err *e)
{
        struct json_node *state = NULL;
        int r = lxc_script_check(script, e);

        if (r == 0)
                r = read_json(arena, hook->state_fd, STATE_BYTES_MAX, "the state of the container on standard input", &state, e);
        if (r < 0)
                return r;
        script->pid = pid_of(state);
        script->cgroup_ns = access("/proc/self/ns/cgroup", F_OK) == 0;
        if (lxc_script_sees_root(script->type))
                script->rootfs_mount = find_root(arena, state) ?: script->rootfs_path ?: script->rootfs_mount;
        return 0;
}

/* Standard input is LXC's, and nothing else stays open. */
static int settle_fds(struct err *e)
{
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open '/dev/null' for the hook's standard input");
        if (dup2(fd, STDIN_FILENO) < 0)
                return err_sys(e, errno, "dup2", "cannot set the hook's standard input");
        sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        return 0;
}

static int become(struct arena *arena, const struct lxc_script *script, struct err *e)
{
        const char *command = lxc_script_command(arena, script);
        char *const *envp = lxc_script_environment(arena, script, environ);
        char *const argv[] = { (char *) "sh", (char *) "-c", (char *) command, NULL };
        int r;

        if (!command || !envp)
                return err_nomem(e);
        r = settle_fds(e);
        if (r < 0)
                return r;
        execve("/bin/sh", argv, envp);
        if (errno == ENOENT)
                execve("/system/bin/sh", argv, envp); /* Android's */
        return err_sys(e, errno, "execve", "cannot execute '/bin/sh' for the %s hook", script->type);
}

int berth_lxc_hook_exec(const struct berth_lxc_hook *hook, struct berth_error *error)
{
        _cleanup_(arena_freep) struct arena *arena = arena_new();
        struct lxc_script script = {
                .type = hook->type,
                .section = hook->section ?: "lxc",
                .name = hook->name,
                .command = hook->command,
                .words = hook->words,
                .hook_version = hook->hook_version,
                .config = hook->config,
                .rootfs_path = hook->rootfs_path,
                .rootfs_mount = hook->rootfs_mount,
        };
        struct err e = ERR_INIT;
        int r;

        if (!arena)
                r = err_nomem(&e);
        else if (lxc_script_parse_era(hook->era, &script.era) < 0)
                r = err_set(&e, ERR_USAGE, EINVAL, "'%s' is no version of LXC", hook->era);
        else
                r = complete(arena, hook, &script, &e);
        if (r == 0)
                r = become(arena, &script, &e);
        return facade_return(r, &e, error);
}
