/* SPDX-License-Identifier: Apache-2.0 */
#include "sysctl-name.h"

#include <errno.h>

#include "str.h"

static bool is_safe_path(const char *path)
{
        for (;;) {
                size_t len = strcspn(path, "/");

                if (len == 0 || (len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
                        return false;
                if (path[len] == '\0')
                        return true;
                path += len + 1;
        }
}

int sysctl_path(const char *name, char *buf, size_t size)
{
        size_t len = strlen(name);
        bool dotted = name[strcspn(name, "./")] == '.';

        if (len >= size)
                return -ENAMETOOLONG;
        for (size_t i = 0; i <= len; i++)
                buf[i] = dotted && name[i] == '.' ? '/' : dotted && name[i] == '/' ? '.' : name[i];
        return is_safe_path(buf) ? 0 : -EINVAL;
}

int sysctl_namespace(const char *path)
{
        /* a row that ends in a slash stands for all below it */
        static const struct { const char *path; enum oci_ns ns; } rows[] = {
                { "fs/mqueue/", OCI_NS_IPC },
                { "kernel/auto_msgmni", OCI_NS_IPC },
                { "kernel/domainname", OCI_NS_UTS },
                { "kernel/hostname", OCI_NS_UTS },
                { "kernel/msg_next_id", OCI_NS_IPC },
                { "kernel/msgmax", OCI_NS_IPC },
                { "kernel/msgmnb", OCI_NS_IPC },
                { "kernel/msgmni", OCI_NS_IPC },
                { "kernel/sem", OCI_NS_IPC },
                { "kernel/sem_next_id", OCI_NS_IPC },
                { "kernel/shm_next_id", OCI_NS_IPC },
                { "kernel/shm_rmid_forced", OCI_NS_IPC },
                { "kernel/shmall", OCI_NS_IPC },
                { "kernel/shmmax", OCI_NS_IPC },
                { "kernel/shmmni", OCI_NS_IPC },
                { "net/", OCI_NS_NETWORK },
                { "user/", OCI_NS_USER },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const char *rest = str_after(path, rows[i].path);
                bool below = rows[i].path[strlen(rows[i].path) - 1] == '/';

                if (rest && (below ? *rest != '\0' : *rest == '\0'))
                        return rows[i].ns;
        }
        return -ENOENT;
}
