/* SPDX-License-Identifier: Apache-2.0 */
#include "features.h"

#include "json/write.h"
#include "names.h"

static void put_words(struct json_writer *w, const char *key, const struct name_table *table)
{
        json_open(w, key, '[');
        for (size_t i = 0; i < table->n; i++)
                json_put_string(w, NULL, table->rows[i].name);
        json_close(w, ']');
}

/* "enabled", the one member that many objects consist of. */
static void put_enabled(struct json_writer *w, const char *key, bool enabled)
{
        json_open(w, key, '{');
        json_put_bool(w, "enabled", enabled);
        json_close(w, '}');
}

static void put_cgroup(struct json_writer *w, const struct oci_features_facts *facts)
{
        json_open(w, "cgroup", '{');
        json_put_bool(w, "v1", true);
        json_put_bool(w, "v2", true);
        json_put_bool(w, "systemd", facts->systemd_cgroup);
        json_put_bool(w, "systemdUser", facts->systemd_user_cgroup);
        json_put_bool(w, "rdma", true);
        json_close(w, '}');
}

static void put_supported_flags(struct json_writer *w, unsigned supported)
{
        json_open(w, "supportedFlags", '[');
        for (size_t i = 0; i < names_seccomp_flag.n; i++)
                if (supported & (unsigned) names_seccomp_flag.rows[i].value)
                        json_put_string(w, NULL, names_seccomp_flag.rows[i].name);
        json_close(w, ']');
}

static void put_seccomp(struct json_writer *w, const struct oci_features_facts *facts)
{
        json_open(w, "seccomp", '{');
        json_put_bool(w, "enabled", facts->seccomp);
        if (facts->seccomp) {
                put_words(w, "actions", &names_seccomp_action);
                put_words(w, "operators", &names_seccomp_op);
                put_words(w, "archs", &names_seccomp_arch);
                put_words(w, "knownFlags", &names_seccomp_flag);
                put_supported_flags(w, facts->seccomp_supported_flags);
        }
        json_close(w, '}');
}

static void put_linux(struct json_writer *w, const struct oci_features_facts *facts)
{
        json_open(w, "linux", '{');
        put_words(w, "namespaces", &names_namespace);
        put_words(w, "capabilities", &names_capability);
        put_cgroup(w, facts);
        put_seccomp(w, facts);
        put_enabled(w, "apparmor", facts->apparmor);
        put_enabled(w, "selinux", facts->selinux);
        json_open(w, "memoryPolicy", '{');
        put_words(w, "modes", &names_mempolicy_mode);
        put_words(w, "flags", &names_mempolicy_flag);
        json_close(w, '}');
        json_open(w, "intelRdt", '{');
        json_put_bool(w, "enabled", true);
        json_put_bool(w, "schemata", true);
        json_put_bool(w, "monitoring", true);
        json_close(w, '}');
        json_open(w, "mountExtensions", '{');
        put_enabled(w, "idmap", facts->idmap);
        json_close(w, '}');
        put_enabled(w, "netDevices", true);
        json_close(w, '}');
}

static void put_annotations(struct json_writer *w, const struct oci_features_facts *facts)
{
        if (!facts->version && !facts->commit)
                return;
        json_open(w, "annotations", '{');
        if (facts->version)
                json_put_string(w, "berth.version", facts->version);
        if (facts->commit)
                json_put_string(w, "berth.commit", facts->commit);
        json_close(w, '}');
}

void oci_features_write(const struct oci_features_facts *facts, struct strbuf *out)
{
        struct json_writer w = { .out = out, .pretty = true };

        json_open(&w, NULL, '{');
        json_put_string(&w, "ociVersionMin", OCI_VERSION_MIN);
        json_put_string(&w, "ociVersionMax", OCI_VERSION_MAX);
        put_words(&w, "hooks", &names_hook_kind);
        json_put_strings(&w, "mountOptions", facts->mount_options, facts->n_mount_options);
        put_linux(&w, facts);
        put_annotations(&w, facts);
        json_put_strings(&w, "potentiallyUnsafeConfigAnnotations", facts->unsafe_annotations,
                         facts->n_unsafe_annotations);
        json_close(&w, '}');
}
