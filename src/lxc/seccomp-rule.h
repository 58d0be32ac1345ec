/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a seccomp policy of version 2: actions, rules with their argument filters, architecture sections.
 * Owns: nothing.  Layer: src/lxc, pure; private to seccomp-policy.c, from-oci-seccomp.c and their tests. */
#ifndef BERTH_LXC_SECCOMP_RULE_H
#define BERTH_LXC_SECCOMP_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "names.h"
#include "spec.h"

enum { POLICY_MAX_ARGS = 6 }; /* of a system call */

struct policy_action { enum oci_seccomp_action action; uint32_t errno_ret; };

struct policy_rule {
        const char *subject; /* the word the line begins with, for notes */
        const char *name;    /* of the system call */
        struct policy_action action;
        struct oci_seccomp_arg args[POLICY_MAX_ARGS];
        size_t n_args;
        const char *quirk;   /* what LXC reads here that the line does not seem to say; or NULL */
};

struct policy_section { const char *word; bool all; enum oci_seccomp_arch arch; };

/* A decimal number at the beginning of TEXT, as scanf's %d: blanks before it, anything after it.  Returns the bytes read,
 * 0: none. */
size_t policy_scan_int(const char *text, int *ret);

/* The action at the beginning of TEXT (blanks before it); *ACTION stays what it is when there is none.  Returns NULL, or the
 * sentence on what is wrong; *QUIRK and *HINT are set when there is something to say. */
const char *policy_action_parse(struct arena *arena, const char *text, struct policy_action *action, const char **quirk,
                                const char **hint);
/* "NAME [ACTION] [INDEX,VALUE,OPERATOR[,MASK]]…".  Returns NULL, or the sentence on what is wrong.  LINE is the caller's and
 * must outlive RULE. */
const char *policy_rule_parse(struct arena *arena, const char *line, struct policy_action otherwise, struct policy_rule *rule,
                              const char **hint);
/* The same text for the same call and the same filters; NULL: no memory. */
const char *policy_rule_key(struct arena *arena, const struct policy_rule *rule);
/* Whether NAME could be the name of a system call at all. */
bool policy_name_is_plain(const char *name);

/* The section "[x86]", or NULL; and what it was probably meant to be. */
const struct policy_section *policy_section_find(const char *line);
const char *policy_section_hint(struct arena *arena, const char *line);
/* The architectures whose programs run on a machine of ARCH, itself first. */
const int *policy_archs_of(enum oci_seccomp_arch arch, size_t *ret_n);
/* The operator's word in a policy ("SCMP_CMP_EQ"). */
const char *policy_operator_name(enum oci_seccomp_op op);

#endif
