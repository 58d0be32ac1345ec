/* SPDX-License-Identifier: Apache-2.0 */
#include "version.h"

#include <string.h>

#include "features.h"
#include "num.h"

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Read digits without leading zeros at *P and move behind them. */
static bool take_number(const char **p, uint64_t *ret)
{
        size_t len = strspn(*p, DIGITS);

        if ((len > 1 && **p == '0') || num_parse_u64(*p, len, 10, ret) < 0)
                return false;
        *p += len;
        return true;
}

static bool take_char(const char **p, char c)
{
        if (**p != c)
                return false;
        (*p)++;
        return true;
}

/* Dot-separated identifiers; numeric ones have no leading zeros, except in build metadata. */
static bool take_identifiers(const char **p, bool build)
{
        do {
                size_t len = strspn(*p, DIGITS LETTERS "-");
                bool numeric = strspn(*p, DIGITS) == len;

                if (len == 0 || (!build && numeric && len > 1 && **p == '0'))
                        return false;
                *p += len;
        } while (take_char(p, '.'));
        return true;
}

int oci_version_parse(const char *text, struct oci_version *ret)
{
        struct oci_version v = { 0 };
        const char *p = text;

        if (!take_number(&p, &v.major) || !take_char(&p, '.') || !take_number(&p, &v.minor) || !take_char(&p, '.') ||
            !take_number(&p, &v.patch))
                return -EINVAL;
        v.prerelease = take_char(&p, '-');
        if (v.prerelease && !take_identifiers(&p, false))
                return -EINVAL;
        if (take_char(&p, '+') && !take_identifiers(&p, true))
                return -EINVAL;
        if (*p != '\0')
                return -EINVAL;
        *ret = v;
        return 0;
}

void oci_version_check(const char *text, const struct json_node *node, struct faults *faults)
{
        struct oci_version v, newest = { 0 };

        oci_version_parse(OCI_VERSION_MAX, &newest);
        if (oci_version_parse(text, &v) < 0)
                fault_error(faults, node, "write MAJOR.MINOR.PATCH, as in '" OCI_VERSION_MAX "'",
                            "version '%s' is not in SemVer 2.0.0 format", text);
        else if (v.major > newest.major)
                fault_error(faults, node, NULL,
                            "version '%s' is beyond " OCI_VERSION_MAX ", the newest that is understood", text);
        else if (v.major == newest.major && v.minor > newest.minor)
                fault_warning(faults, node, NULL,
                              "version '%s' is newer than " OCI_VERSION_MAX ": what it added is not known here", text);
        else if (v.major == 0)
                fault_warning(faults, node, NULL, "version '%s' is older than 1.0.0: the config is read as 1.0.0",
                              text);
}
