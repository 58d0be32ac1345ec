/* SPDX-License-Identifier: Apache-2.0 */
#include "share.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "container.h"
#include "json/tree.h"
#include "names.h"
#include "parse.h"

/* A process cannot join the user namespace that it is in. */
static bool is_our_userns(int fd)
{
        struct stat theirs, ours;

        return fstat(fd, &theirs) == 0 && stat("/proc/self/ns/user", &ours) == 0 && theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/* The namespace KIND of container ID's init.  It is what we think for as long as init lives, so that is asked afterwards. */
static int open_namespace(struct berth_context *ctx, const char *id, enum oci_ns kind, struct err *e)
{
        static const char *const files[OCI_NS_KINDS] = {
                [OCI_NS_USER] = "user", [OCI_NS_PID] = "pid_for_children", [OCI_NS_NETWORK] = "net", [OCI_NS_MOUNT] = "mnt",
                [OCI_NS_IPC] = "ipc",   [OCI_NS_UTS] = "uts",  [OCI_NS_CGROUP] = "cgroup",  [OCI_NS_TIME] = "time",
        };
        _cleanup_(container_done) struct container c = CONTAINER_INIT;
        _cleanup_close_ int fd = -EBADF;
        char path[64];
        int r = container_open(ctx, id, &c, e), num;

        if (r < 0)
                return r;
        if (!c.has_record || c.record.phase != STATE_CREATED)
                return err_set(e, ERR_CONFIG, ESRCH, "it is not made yet");
        snprintf(path, sizeof path, "/proc/%d/ns/%s", (int) c.record.init.pid, files[kind]);
        fd = c.record.init.pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -EBADF;
        num = errno;
        r = container_is_alive(&c, &c.record.init, e);
        if (r == 0)
                return err_set(e, ERR_CONFIG, ESRCH, "it is not running");
        if (r > 0 && fd < 0)
                return err_sys(e, num, "open", "cannot open '%s'", path);
        if (r > 0 && kind == OCI_NS_USER && is_our_userns(fd)) {
                r = err_set(e, ERR_CONFIG, EINVAL, "it has none of its own");
                err_hint(e, "leave out the annotation and the namespace");
        }
        return r < 0 ? r : TAKE_FD(fd);
}

/* Say whose namespace it is and who asked for it. */
static int refuse_share(const struct making *m, enum oci_ns kind, const char *container, struct err *e)
{
        const char *type = name_of(&names_namespace, (int) kind);
        const char *key = arena_printf(m->arena, "berth.namespace.share.%s", type) ?: "";
        const struct json_node *node = oci_annotation_node(m->spec, key);
        struct err why = *e;
        char pointer[192];

        err_set(e, ERR_CONFIG, why.num, "the %s namespace is to be that of container '%s': %s", type, container, why.text);
        if (why.hint[0])
                err_hint(e, "%s", why.hint);
        else
                err_hint(e, "'%s' has to be created before, by berth with the same --root", container);
        if (node) {
                json_pointer(node, pointer, sizeof pointer);
                err_at(e, m->config_path, node->line, node->column, pointer);
        }
        return -e->num;
}

/* The fds stand for the processes, whose pids may be others' by the time that the namespaces are joined. */
int share_namespaces(struct berth_context *ctx, struct making *m, struct err *e)
{
        for (size_t i = 0; i < m->spec->linux_->namespaces.n; i++) {
                struct oci_namespace *ns = &m->spec->linux_->namespaces.items[i];
                const char *container = m->spec->extensions.shared_ns[ns->type.value];
                int fd;

                if (!container)
                        continue;
                fd = open_namespace(ctx, container, ns->type.value, e);
                if (fd < 0)
                        return refuse_share(m, ns->type.value, container, e);
                m->shared_fds[m->n_shared++] = fd;
                ns->path = arena_printf(m->arena, "/proc/self/fd/%d", fd);
                if (!ns->path)
                        return err_nomem(e);
        }
        return 0;
}
