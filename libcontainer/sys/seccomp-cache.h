/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled seccomp filters by the hash of all that they were made from: engines use the same profile for thousands of
 * containers, and compiling it costs more than all the rest of a create.
 * Owns: ROOT/.cache/seccomp and the files in it.  Layer: sys.  Context: parent.
 *
 * The key is every field of the filter (texts with their lengths, what is absent apart from what is zero), the kernel's
 * release and machine, and the format's version.  The library's version cannot be part of it, as asking for it would load
 * the library: instead the entry remembers which file the library was, and is void when that file has changed.
 *
 * An entry carries a digest of itself and the key: a torn, foreign or damaged file is a miss, never a filter.  Warnings of
 * the compilation are kept with it and repeated on every hit.  Files have mode 0600 and appear by rename(2).
 *
 * The cache is only an optimisation: every failure here means "compile".
 */
#ifndef BERTH_SYS_SECCOMP_CACHE_H
#define BERTH_SYS_SECCOMP_CACHE_H

#include "dl.h"
#include "hash.h"
#include "seccomp.h"

enum {
        SYS_SECCOMP_KEY_SIZE = HASH_HEX_SIZE,
        SYS_SECCOMP_CACHE_MAX_ENTRIES = 128, /* each of some kilobytes; the oldest go first */
};

struct sys_seccomp_cached {
        struct sock_filter *insns; /* the caller's buffer */
        size_t n;
        struct strbuf *warnings;   /* appended to */
};

/* The cache below ROOT_FD, made when missing, as a directory fd of the caller's.  -EPERM when it is not ours alone to
 * write: then nothing in it can be trusted. */
int sys_seccomp_cache_open(int root_fd);

/* The name of FILTER's entry. */
void sys_seccomp_cache_key(const struct sys_seccomp_filter *filter, char key[static SYS_SECCOMP_KEY_SIZE]);

/* Fill ENTRY, whose buffer holds MAX instructions.  0, or: -ENOENT there is none; -ESTALE the library has changed;
 * -EBADMSG damaged; -EPERM not ours. */
int sys_seccomp_cache_load(int dir_fd, const char *key, struct sys_seccomp_cached *entry, size_t max);

/* Keep ENTRY; its warnings are those from offset WARNINGS_AT on.  Removes the oldest entries beyond the bound. */
int sys_seccomp_cache_store(int dir_fd, const char *key, const struct sys_seccomp_cached *entry, size_t warnings_at);

/* The file of the open libseccomp.  -ENOENT: it is not open. */
int sys_seccomp_library(struct sys_dl_file *ret);

#endif
