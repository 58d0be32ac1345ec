/* SPDX-License-Identifier: Apache-2.0 */
#include "keyring.h"

#include <linux/keyctl.h>
#include <string.h>

#include "num.h"
#include "syscalls.h"

static long keyctl(int op, unsigned long a, unsigned long b, unsigned long c)
{
        return sys_ret(syscall(SYS_keyctl, op, a, b, c, 0));
}

/* KEYCTL_DESCRIBE answers "type;uid;gid;perm;description", perm in hexadecimal. */
static int parse_permissions(const char *text, uint32_t *ret)
{
        uint64_t value;
        int r;

        for (int field = 0; field < 3; field++) {
                text = strchr(text, ';');
                if (!text)
                        return -EINVAL;
                text++;
        }
        r = num_parse_u64(text, strcspn(text, ";"), 16, &value);
        if (r < 0 || value > UINT32_MAX)
                return -EINVAL;
        *ret = (uint32_t) value;
        return 0;
}

static int add_permissions(const char *name, uint32_t permissions, struct err *e)
{
        /* by this name, since joining the keyring that we are in already answers 0 and no key */
        const unsigned long key = (unsigned long) KEY_SPEC_SESSION_KEYRING;
        char text[512];
        uint32_t now;
        long r = keyctl(KEYCTL_DESCRIBE, key, (unsigned long) (uintptr_t) text, sizeof text);

        if (r < 0)
                return err_sys(e, (int) -r, "keyctl", "cannot examine the session keyring '%s'", name);
        text[sizeof text - 1] = '\0';
        if (parse_permissions(text, &now) < 0)
                return err_set(e, ERR_HOST, EPROTO, "the kernel describes the session keyring '%s' as '%s'", name, text);
        if ((now & permissions) == permissions)
                return 0;
        r = keyctl(KEYCTL_SETPERM, key, now | permissions, 0);
        if (r < 0)
                return err_sys(e, (int) -r, "keyctl", "cannot set the permissions of the session keyring '%s'", name);
        return 0;
}

int sys_keyring_join(const char *name, uint32_t permissions, struct err *e)
{
        long key = keyctl(KEYCTL_JOIN_SESSION_KEYRING, (unsigned long) (uintptr_t) name, 0, 0);

        if (key == -ENOSYS || key == -EPERM)
                return 1;
        if (key < 0) {
                err_sys(e, (int) -key, "keyctl", "cannot join the session keyring '%s'", name);
                if (key == -EDQUOT)
                        err_hint(e, "the quota of keys is used up (see /proc/key-users; sysctl kernel.keys.maxkeys); "
                                    "--no-new-keyring does without");
                return (int) key;
        }
        return add_permissions(name, permissions, e);
}
