/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup-keys.h"

bool lxc_cgroup_key_is_placement(const char *key) { (void) key; return false; }
int lxc_cgroup_convert(struct arena *arena, const struct lxc_cgroup_source *source, struct lxc_cgroup_result *ret, struct err *e)
{
        (void) arena; (void) e;
        for (size_t i = 0; i < source->n; i++)
                source->notes.add(source->notes.arg, &(struct lxc_note) { .cls = LXC_IMPOSSIBLE, .severity = LXC_WARN, .text = "not yet translated", .tag = source->lines[i].tag });
        *ret = (struct lxc_cgroup_result) { 0 };
        return 0;
}
