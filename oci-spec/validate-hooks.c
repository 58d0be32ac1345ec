/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include "names.h"
#include "str.h"

static void validate_hook(struct validator *v, const char *kind, const struct oci_hook *hook)
{
        validate_required(v, hook->at, hook->path, "hook", "path");
        if (hook->path && hook->path[0] != '/')
                fault_error(v->faults, place_member(hook->at, "path"), "hooks are not searched in PATH: write the whole path",
                            "%s hook path '%s' is not absolute", kind, hook->path);
        if (hook->timeout.set && hook->timeout.value <= 0)
                fault_error(v->faults, place_member(hook->at, "timeout"), "leave 'timeout' out to wait without limit",
                            "%s hook timeout %lld is not above 0 seconds", kind, (long long) hook->timeout.value);
        validate_env(v, hook->at, &hook->env);
}

void validate_hook_list(struct validator *v, const char *kind, const oci_hook_list *hooks)
{
        for (size_t i = 0; i < hooks->n; i++)
                validate_hook(v, kind, &hooks->items[i]);
}

void validate_hooks(struct validator *v, const struct oci_hooks *hooks)
{
        for (int kind = 0; kind < OCI_HOOK_KINDS; kind++)
                validate_hook_list(v, name_of(&names_hook_kind, kind), &hooks->list[kind]);
}
