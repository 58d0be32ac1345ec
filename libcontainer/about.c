/* SPDX-License-Identifier: Apache-2.0 */
/* What this build is and can do. */
#include <config.h>
#include <linux/seccomp.h>

#include "facade.h"
#include "features.h"
#include "mount-options.h"
#include "str.h"
#include "sys/seccomp.h"

#ifdef HAVE_SECCOMP
#define BUILT_SECCOMP true
#else
#define BUILT_SECCOMP false
#endif
#ifdef HAVE_APPARMOR
#define BUILT_APPARMOR true
#else
#define BUILT_APPARMOR false
#endif
#ifdef HAVE_SELINUX
#define BUILT_SELINUX true
#else
#define BUILT_SELINUX false
#endif
/* Newer than the headers of Debian 12. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Keys and prefixes of annotations that change how a container is made: an engine must not pass them on from users whom it
 * does not trust. */
static const char *const unsafe_annotations[] = { "berth.", "org.criu.config", "org.systemd.property.", "run.oci." };

static unsigned supported_seccomp_flags(void)
{
        return sys_seccomp_flags_supported(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |
                                           SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
}

int berth_features(struct berth_context *ctx _unused_, char **ret_text, struct berth_error *error)
{
        struct oci_features_facts facts = {
                .seccomp = BUILT_SECCOMP,
                .apparmor = BUILT_APPARMOR,
                .selinux = BUILT_SELINUX,
                .idmap = true,
                .seccomp_supported_flags = BUILT_SECCOMP ? supported_seccomp_flags() : 0,
                .version = berth_version(),
                .commit = berth_commit(),
                .unsafe_annotations = unsafe_annotations,
                .n_unsafe_annotations = ARRAY_SIZE(unsafe_annotations),
        };
        _cleanup_(strbuf_done) struct strbuf text = { 0 };
        struct err e = ERR_INIT;

        facts.mount_options = mount_option_words(&facts.n_mount_options);
        oci_features_write(&facts, &text);
        if (text.len > 0 && text.text[text.len - 1] != '\n')
                strbuf_addc(&text, '\n');
        if (text.failed)
                return facade_return(err_nomem(&e), &e, error);
        *ret_text = TAKE_PTR(text.text);
        return 0;
}

const char *berth_version(void) { return PACKAGE_VERSION; }
const char *berth_commit(void) { return BERTH_COMMIT; }
const char *berth_spec_version(void) { return OCI_VERSION_MAX; }
