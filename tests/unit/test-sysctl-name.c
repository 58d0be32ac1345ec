/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "str.h"
#include "sysctl-name.h"

static void test_path(void **state _unused_)
{
        static const struct { const char *name; int r; const char *path; } rows[] = {
                { "net.ipv4.ip_forward", 0, "net/ipv4/ip_forward" },
                { "net/ipv4/ip_forward", 0, "net/ipv4/ip_forward" },
                { "net.ipv4.conf.eth0/1.forwarding", 0, "net/ipv4/conf/eth0.1/forwarding" },
                { "net/ipv4/conf/eth0.1/forwarding", 0, "net/ipv4/conf/eth0.1/forwarding" },
                { "single", 0, "single" },
                { "", -EINVAL, NULL },
                { ".", -EINVAL, NULL },
                { "/", -EINVAL, NULL },
                { "net..core", -EINVAL, NULL },
                { "net.core.", -EINVAL, NULL },
                { ".net.core", -EINVAL, NULL },
                { "/net/core", -EINVAL, NULL },
                { "net/../kernel/core_pattern", -EINVAL, NULL },
                { "net/./core", -EINVAL, NULL },
                { "net.//.kernel.core_pattern", -EINVAL, NULL },
                { "../../etc/passwd", -EINVAL, NULL },
                { "net.0123456789012345678901234567", 0, "net/0123456789012345678901234567" },
                { "net.01234567890123456789012345678", 0, "net/01234567890123456789012345678" },
                { "net.012345678901234567890123456789012345678901234567890123456789", -ENAMETOOLONG, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char path[40];
                int r = sysctl_path(rows[i].name, path, sizeof path);

                if (r != rows[i].r || (r == 0 && !streq(path, rows[i].path)))
                        fail_msg("'%s': %d '%s'", rows[i].name, r, r == 0 ? path : "");
        }
}

static void test_namespace(void **state _unused_)
{
        static const struct { const char *path; int ns; } rows[] = {
                { "kernel/shmmax", OCI_NS_IPC },    { "kernel/shmmaxx", -ENOENT },  { "kernel/shm_rmid_forced", OCI_NS_IPC },
                { "kernel/sem", OCI_NS_IPC },       { "kernel/sem/x", -ENOENT },    { "fs/mqueue/msg_max", OCI_NS_IPC },
                { "fs/mqueue", -ENOENT },           { "fs/mqueue/", -ENOENT },      { "net/ipv4/ip_forward", OCI_NS_NETWORK },
                { "net", -ENOENT },                 { "network/x", -ENOENT },       { "kernel/hostname", OCI_NS_UTS },
                { "kernel/domainname", OCI_NS_UTS }, { "user/max_user_namespaces", OCI_NS_USER },
                { "kernel/core_pattern", -ENOENT }, { "vm/swappiness", -ENOENT },   { "", -ENOENT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (sysctl_namespace(rows[i].path) != rows[i].ns)
                        fail_msg("'%s': %d", rows[i].path, sysctl_namespace(rows[i].path));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_path), cmocka_unit_test(test_namespace) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
