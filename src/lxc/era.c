/* SPDX-License-Identifier: Apache-2.0 */
#include "era.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "num.h"

int lxc_era_parse(const char *text, int *ret)
{
        size_t major_len = strcspn(text, ".");
        uint64_t major, minor = 0;

        if (num_parse_u64(text, major_len, 10, &major) < 0 || major > 7)
                return -EINVAL;
        if (text[major_len] == '.') {
                const char *rest = text + major_len + 1;

                if (num_parse_u64(rest, strcspn(rest, "."), 10, &minor) < 0 || minor > 9)
                        return -EINVAL;
        }
        if (major * 10 + minor < LXC_ERA_OLDEST)
                return -EINVAL;
        *ret = (int) (major * 10 + minor);
        return 0;
}

const char *lxc_era_format(int era, char buf[static 8])
{
        snprintf(buf, 8, "%d.%d", (era / 10) % 100, era % 10);
        return buf;
}

bool lxc_era_unquotes(int era) { return era >= 20 || era == 10; }

int lxc_era_detect(const struct lxc_era_evidence *evidence)
{
        if (evidence->n_legacy > 0 && evidence->n_new > 0)
                return MAX(LXC_ERA_BOTH, evidence->oldest);
        if (evidence->n_legacy > 0)
                return MIN(MAX(LXC_ERA_LEGACY, evidence->oldest), LXC_ERA_BOTH);
        return MAX(LXC_ERA_NEW, evidence->oldest);
}
