/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "notify.h"
#include "num.h"
#include "parse.h"
#include "share.h"
#include "probe.h"

void making_done(struct making *m)
{
        while (m->n_shared > 0)
                safe_close(m->shared_fds[--m->n_shared]);
        arena_free(m->arena);
        *m = MAKING_INIT;
}

static int read_all(int fd, char *buf, size_t size, const char *path, size_t *ret_len, struct err *e)
{
        size_t len = 0;

        while (len < size) {
                ssize_t n = read(fd, buf + len, size - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, errno, "read", "cannot read '%s'", path);
                if (n == 0)
                        break;
                len += (size_t) n;
        }
        *ret_len = len;
        return 0;
}

static int read_config(struct making *m, char **ret_text, size_t *ret_len, struct err *e)
{
        enum { LIMIT_BYTES = 16 << 20 };
        _cleanup_close_ int fd = open(m->config_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat st;
        char *text;

        if (fd < 0) {
                err_sys(e, errno, "open", "cannot open '%s'", m->config_path);
                if (e->num == ENOENT)
                        err_hint(e, "a bundle is a directory with a config.json; name it with --bundle");
                return -e->num;
        }
        if (fstat(fd, &st) < 0)
                return err_sys(e, errno, "fstat", "cannot read '%s'", m->config_path);
        if (!S_ISREG(st.st_mode))
                return err_set(e, ERR_CONFIG, EINVAL, "'%s' is not a regular file", m->config_path);
        if (st.st_size > LIMIT_BYTES)
                return err_set(e, ERR_CONFIG, E2BIG, "'%s' is %lld bytes long, the most is %d", m->config_path,
                               (long long) st.st_size, LIMIT_BYTES);
        text = arena_alloc(m->arena, (size_t) st.st_size + 1);
        if (!text)
                return err_nomem(e);
        *ret_text = text;
        return read_all(fd, text, (size_t) st.st_size, m->config_path, ret_len, e);
}

static int resolve_bundle(const struct berth_create_options *options, struct making *m, struct err *e)
{
        const char *named = options->bundle && options->bundle[0] ? options->bundle : ".";
        char path[PATH_MAX];

        if (!realpath(named, path)) {
                err_sys(e, errno, "realpath", "cannot find the bundle '%s'", named);
                err_hint(e, "name the directory that holds config.json with --bundle");
                return -e->num;
        }
        m->request.bundle = arena_strdup(m->arena, path);
        m->config_path = !options->config ? arena_printf(m->arena, "%s/config.json", path) : arena_strdup(m->arena, options->config);
        return m->request.bundle && m->config_path ? 0 : err_nomem(e);
}

int making_parse(const struct berth_create_options *options, struct making *m, struct err *e)
{
        char *text = NULL;
        size_t len = 0;
        int r;

        m->arena = arena_new();
        if (!m->arena)
                return err_nomem(e);
        r = resolve_bundle(options, m, e);
        if (r == 0)
                r = read_config(m, &text, &len, e);
        if (r < 0)
                return r;
        m->faults.arena = m->arena;
        m->faults.file = m->config_path;
        m->faults.strict = options->strict;
        r = oci_spec_parse(m->arena, text, len, &m->faults, &m->spec, e);
        if (r < 0)
                return r;
        oci_spec_validate(m->spec, &m->faults);
        return m->faults.nomem ? err_nomem(e) : 0;
}

static void report_faults(struct berth_context *ctx, const struct making *m)
{
        for (size_t i = 0; i < m->faults.n; i++) {
                const struct fault *f = &m->faults.items[i];
                char line[1600];
                struct err one = ERR_INIT;

                /* A single error is what the caller gets anyway. */
                if (!f->warning && m->faults.n_errors == 1)
                        continue;
                fault_to_err(&m->faults, f, &one);
                err_format(&one, NULL, line, sizeof line);
                facade_log(ctx, f->warning ? BERTH_LOG_WARNING : BERTH_LOG_ERROR, "%s", line);
        }
}

/* systemd's socket activation protocol, sd_listen_fds(3): only what was meant for us. */
static unsigned environment_listen_fds(void)
{
        const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
        int64_t n, whose;

        if (!count || num_parse_range(count, 0, 1024, &n) < 0)
                return 0;
        if (pid && (num_parse_range(pid, 1, INT32_MAX, &whose) < 0 || whose != getpid()))
                return 0;
        return (unsigned) n;
}

static int name_notify_dir(struct berth_context *ctx, struct making *m, struct err *e)
{
        const char *root = facade_root(ctx, e);

        if (!root)
                return -e->num;
        m->request.notify_dir = arena_printf(m->arena, "%s/%s/notify", root, m->request.id);
        return m->request.notify_dir ? 0 : err_nomem(e);
}

int making_load(struct berth_context *ctx, const char *id, const struct berth_create_options *options, struct making *m,
                struct err *e)
{
        int r;

        m->faults.has_seccomp_receiver = !str_empty(getenv("RUN_OCI_SECCOMP_RECEIVER"));
        r = making_parse(options, m, e);

        if (r < 0)
                return r;
        report_faults(ctx, m);
        if (m->faults.n_errors > 0)
                return faults_to_err(&m->faults, e);
        m->request.id = arena_strdup(m->arena, id);
        m->request.pid_file = options->pid_file;
        m->request.console_socket = options->console_socket;
        m->request.pidfd_socket = options->pidfd_socket;
        m->request.seccomp_receiver = getenv("RUN_OCI_SECCOMP_RECEIVER");
        r = notify_host() ? name_notify_dir(ctx, m, e) : 0;
        m->request.preserve_fds = options->preserve_fds;
        m->request.listen_fds = environment_listen_fds();
        m->request.no_pivot = options->no_pivot;
        m->request.no_new_keyring = options->no_new_keyring;
        m->request.no_cgroups = ctx->cgroup_manager == BERTH_CGROUP_DISABLED;
        return r < 0 || m->request.id ? r : err_nomem(e);
}

static bool sets_rlimit_nofile(const struct oci_process *p)
{
        for (size_t i = 0; p && i < p->rlimits.n; i++)
                if (p->rlimits.items[i].type.value == RLIMIT_NOFILE)
                        return true;
        return false;
}

/* Every fact that this spec needs, and none that it does not. */
static int probe_host(struct making *m, struct err *e)
{
        const struct oci_process *p = m->spec->process;
        int r = sys_probe(m->arena, &m->host, e);

        if (r == 0 && p && (p->apparmor_profile || p->selinux_label))
                sys_probe_lsm(&m->host);
        if (r == 0 && sets_rlimit_nofile(p))
                sys_probe_nr_open(&m->host);
        if (r == 0 && m->spec->linux_->intel_rdt)
                r = sys_probe_resctrl(m->arena, &m->host, e);
        return r;
}

int making_plan(struct berth_context *ctx, struct making *m, struct err *e)
{
        int r;

        if (ctx->cgroup_manager == BERTH_CGROUP_SYSTEMD) {
                err_set(e, ERR_USAGE, ENOTSUP, "the systemd cgroup driver is not built into this version");
                err_hint(e, "leave out --systemd-cgroup, or configure the engine for cgroupfs");
                return -ENOTSUP;
        }
        r = share_namespaces(ctx, m, e);
        if (r == 0)
                r = probe_host(m, e);
        if (r == 0)
                r = plan_make(m->arena, m->spec, &m->host, &m->request, m->config_path, &m->plan, e);
        if (r < 0)
                return r;
        r = arena_seal(m->arena);
        return r < 0 ? err_sys(e, -r, "mprotect", "cannot seal the plan") : 0;
}
