/* SPDX-License-Identifier: Apache-2.0 */
/* An lxc.conf of any era as an OCI configuration, with a report of what became of each line.
 * Owns: nothing; the result lives in the arena.  Layer: src/lxc, pure: files are read through struct lxc_host.
 *
 *      struct lxc_options options = { .config_path = "/var/lib/lxc/p1/config", .bundle = "/srv/p1", .helper = "/usr/bin/berth" };
 *      struct lxc_result result;
 *      r = lxc_convert(arena, &options, &host, &result, e);
 *      if (r == 0 && result.n_errors == 0)
 *              oci_spec_write(result.spec, OCI_WRITE_PRETTY, &text);
 *
 * What LXC does without being told is written out; nothing else is added.  A part that confines and that has no translation is
 * an error of its line.
 */
#ifndef BERTH_LXC_CONVERT_H
#define BERTH_LXC_CONVERT_H

#include "config.h"
#include "err.h"
#include "names.h"
#include "report.h"
#include "spec.h"

enum lxc_container_kind {
        LXC_KIND_AUTO,   /* an application container when only lxc.execute.cmd says what to run */
        LXC_KIND_SYSTEM, /* as lxc-start: an init */
        LXC_KIND_APP,    /* as lxc-execute: a program below an init that reaps */
};

struct lxc_options {
        const char *config_path;   /* absolute */
        const char *shown_path;    /* the same for the report, as the user wrote it; NULL: .config_path */
        const char *bundle;        /* absolute: where the hooks will find lxc-net.json */
        const char *bundle_parent; /* without .bundle: the directory in which it will be called as the container */
        const char *helper;        /* absolute: the berth that the hooks run */
        const char *name;          /* NULL: from the file */
        const char *lxcpath;       /* NULL: /var/lib/lxc */
        const char *rootfs_mount;  /* what LXC was built with; NULL: hooks are not told */
        const char *reaper;        /* an init of the host for application containers under other runtimes; NULL: none */
        const char *const *command; /* instead of what the file says */
        size_t n_command;
        int era;                   /* 0: find out */
        enum lxc_container_kind kind;
        bool portable;             /* for runc and crun */
        bool force;                /* lines in error are left out */
        bool apparmor;             /* the host has it */
        bool cgroup_v1;            /* the host has no cgroup v2 */
        enum oci_seccomp_arch arch;
};

struct lxc_result {
        struct oci_spec *spec;
        const char *net;           /* lxc-net.json; NULL: none is needed */
        struct lxc_report *report;
        const char *bundle;        /* options' .bundle, or .bundle_parent and the name */
        size_t n_errors;           /* lines in error: the spec is not to be used */
};

/* Returns 0 with *ret set, or: -errno of reading the file itself; -EINVAL the container has no usable name; -ENOMEM. */
int lxc_convert(struct arena *arena, const struct lxc_options *options, const struct lxc_host *host, struct lxc_result *ret,
                struct err *e);

/* The table of keys as `--list-keys` prints it, a line each: columns parted by tabs. */
void lxc_list_keys(struct strbuf *out);
/* The same as the rows of a table for tbl(1), for lxc-to-oci(7). */
void lxc_list_keys_roff(struct strbuf *out);

#endif
