/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include <sys/un.h>

#include "names.h"
#include "str.h"

enum {
        MAX_ERRNO = 4095,           /* the kernel's; a larger one is cut */
        MAX_TRACE = UINT16_MAX,     /* SECCOMP_RET_DATA */
        MAX_ARG = 5,
        MAX_SUN_PATH = sizeof ((struct sockaddr_un *) 0)->sun_path - 1,
};

static void validate_errno(struct validator *v, struct oci_place at, const char *key, const struct opt_u32 *errno_ret,
                           const struct opt_enum *action)
{
        uint32_t max = action->value == OCI_SECCOMP_TRACE ? MAX_TRACE : MAX_ERRNO;

        if (!errno_ret->set || !action->set)
                return;
        if (action->value != OCI_SECCOMP_ERRNO && action->value != OCI_SECCOMP_TRACE)
                fault_error(v->faults, place_member(at, key),
                            hint_printf(v, "drop '%s', or use 'SCMP_ACT_ERRNO' or 'SCMP_ACT_TRACE'", key),
                            "%s %u does not go with action '%s'", key, errno_ret->value,
                            name_of(&names_seccomp_action, action->value));
        else if (errno_ret->value > max)
                fault_error(v->faults, place_member(at, key), NULL, "%s %u is above %u, the most that action '%s' returns", key,
                            errno_ret->value, max, name_of(&names_seccomp_action, action->value));
}

/* write(2) is how the runtime tells that the filter stands and its agent may be called. */
static void validate_notified_syscall(struct validator *v, const struct json_node *node, const char *name)
{
        if (streq(name, "write"))
                fault_error(v->faults, node, "leave 'write' to another action",
                            "system call 'write' cannot have action 'SCMP_ACT_NOTIFY': the runtime needs it to reach the agent");
}

static void validate_rule(struct validator *v, const struct oci_seccomp_rule *rule)
{
        bool notify = rule->action.set && rule->action.value == OCI_SECCOMP_NOTIFY;
        const struct json_node *cursor = place_children(rule->at, "names");

        validate_required(v, rule->at, rule->action.set, "seccomp rule", "action");
        if (rule->names.n == 0 && place_is_empty(rule->at, "names"))
                fault_error(v->faults, place_member(rule->at, "names"), "name at least one system call, or drop the rule",
                            "seccomp rule names no system call");
        for (size_t i = 0; i < rule->names.n; i++) {
                const char *name = rule->names.items[i];

                if (name && name[0] == '\0')
                        fault_error(v->faults, place_next_string(&cursor, name), "drop it",
                                    "name of a system call is empty");
                else if (name && notify)
                        validate_notified_syscall(v, place_next_string(&cursor, name), name);
        }
        validate_errno(v, rule->at, "errnoRet", &rule->errno_ret, &rule->action);
        for (size_t i = 0; i < rule->args.n; i++) {
                const struct oci_seccomp_arg *arg = &rule->args.items[i];

                validate_required(v, arg->at, arg->op.set, "seccomp argument", "op");
                if (arg->index.set && arg->index.value > MAX_ARG)
                        fault_error(v->faults, place_member(arg->at, "index"), NULL,
                                    "argument index %u is above %d: system calls have six arguments", arg->index.value, MAX_ARG);
        }
}

static bool uses_notify(const struct oci_seccomp *seccomp)
{
        for (size_t i = 0; i < seccomp->syscalls.n; i++)
                if (seccomp->syscalls.items[i].action.set && seccomp->syscalls.items[i].action.value == OCI_SECCOMP_NOTIFY)
                        return true;
        return seccomp->default_action.set && seccomp->default_action.value == OCI_SECCOMP_NOTIFY;
}

/* crun's other ways to name who receives the listener. */
static bool has_receiver_annotation(const struct validator *v)
{
        for (size_t i = 0; v->spec && i < v->spec->annotations.n; i++) {
                const char *key = v->spec->annotations.items[i].key;

                if (key && (streq(key, "run.oci.seccomp.receiver") || streq(key, "run.oci.seccomp.plugins")))
                        return true;
        }
        return false;
}

static void validate_listener(struct validator *v, const struct oci_seccomp *s)
{
        bool path = !str_empty(s->listener_path), notify = uses_notify(s);

        if (!str_empty(s->listener_metadata) && !path)
                fault_error(v->faults, place_member(s->at, "listenerMetadata"), "add 'listenerPath', or drop 'listenerMetadata'",
                            "listenerMetadata goes with listenerPath only");
        if (path && strlen(s->listener_path) > MAX_SUN_PATH)
                fault_error(v->faults, place_member(s->at, "listenerPath"), "choose a shorter path",
                            "listenerPath is longer than the %d bytes that a socket's address holds", (int) MAX_SUN_PATH);
        if (notify && !path && !has_receiver_annotation(v) && !v->faults->has_seccomp_receiver)
                fault_error(v->faults, s->at.node,
                            "name the agent's socket in 'listenerPath', in the annotation 'run.oci.seccomp.receiver' or in the "
                            "environment variable RUN_OCI_SECCOMP_RECEIVER",
                            "action 'SCMP_ACT_NOTIFY' has no agent to notify");
        if (s->default_action.set && s->default_action.value == OCI_SECCOMP_NOTIFY)
                fault_error(v->faults, place_member(s->at, "defaultAction"), "name the system calls to notify of in a rule",
                            "action 'SCMP_ACT_NOTIFY' cannot be the default action: it would stop the runtime's own calls");
}

/* Nothing is let through: the first system call, the runtime's or execve, fails or kills. */
static void validate_blocks_all(struct validator *v, const struct oci_seccomp *s)
{
        int action = s->default_action.value;

        if (s->default_action.set && s->syscalls.n == 0 && action != OCI_SECCOMP_ALLOW && action != OCI_SECCOMP_LOG &&
            action != OCI_SECCOMP_NOTIFY)
                fault_warning(v->faults, place_member(s->at, "defaultAction"), "allow the calls that the program needs in 'syscalls'",
                              "default action '%s' without rules stops every system call: the program cannot start",
                              name_of(&names_seccomp_action, action));
}

void validate_seccomp(struct validator *v, const struct oci_seccomp *s)
{
        validate_required(v, s->at, s->default_action.set, "seccomp", "defaultAction");
        validate_errno(v, s->at, "defaultErrnoRet", &s->default_errno_ret, &s->default_action);
        for (size_t i = 0; i < s->syscalls.n; i++)
                validate_rule(v, &s->syscalls.items[i]);
        validate_listener(v, s);
        validate_blocks_all(v, s);
}
