/* SPDX-License-Identifier: Apache-2.0 */
/* Keep the runtime's own executable out of a container's reach (CVE-2019-5736): a process of the container that can open
 * /proc/PID/exe of a runtime process inside could otherwise write to the host's binary once nobody runs it any more.
 * Owns: struct sealexe owns one fd.  Layer: sys.
 *
 * No second exec and no copy on disk: the process lets its exe link point at an empty, sealed, anonymous file.  The kernel
 * allows that only to one that has no mapping of the file under the mount it was executed from.  In a mount namespace of
 * its own a process therefore maps the same file again under that namespace's mount, and copies what is no longer as in the
 * file: some 60 KiB.  It is then held as the C library's file is: by mappings only, which nobody in a container can open
 * (/proc/PID/map_files asks for privilege over the host), under a mount that goes away with the host's tree; and like
 * that library it must not be overwritten in place while containers are parked.  Elsewhere all of it is copied to
 * anonymous memory, ten times as much work.  A child made afterwards inherits all of it.
 *
 *      struct sealexe seal = SEALEXE_INIT;
 *      r = sys_sealexe_prepare(&seal, e);
 *      if (r == -ENOTSUP)
 *              r = sys_sealexe_reexec(argv, envp, e);         comes back with 0 only in the sealed copy
 *      ...
 *      r = sys_sealexe_enter(&seal, e);                       before anything of the container can see this process
 *
 * Where to enter.  In init, which has a mount namespace of its own and, in a new user namespace, the needed
 * CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN there; before anything of the container can see it, or undumpable until then, so
 * that /proc/PID/exe is closed.
 *
 * Kernel: PR_SET_MM_MAP is Linux 3.18 with CONFIG_CHECKPOINT_RESTORE. */
#ifndef BERTH_SYS_SEALEXE_H
#define BERTH_SYS_SEALEXE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

enum { SEALEXE_MAX_PIECES = 16, SEALEXE_CHANGED = -1 };

/* A run of pages of our own binary with one protection. */
struct sealexe_piece {
        uintptr_t start, end; /* page-aligned */
        int prot;             /* PROT_* */
        off_t offset;         /* in the file; SEALEXE_CHANGED: the bytes are no longer the file's */
};

struct sealexe {
        int exe_fd; /* owned: the empty file that /proc/self/exe will name, open for reading; -EBADF: not prepared */
        bool copy_all; /* for a process that stays as long as the container, or does not see the host's own files */
        unsigned n_pieces;
        struct sealexe_piece pieces[SEALEXE_MAX_PIECES];
        /* What PR_SET_MM_MAP would otherwise change: addresses, as in /proc/self/stat. */
        uint64_t start_code, end_code, start_data, end_data, start_brk, start_stack;
        uint64_t arg_start, arg_end, env_start, env_end;
        /* What ps(1) and /proc/PID/cmdline show from then on, words with a NUL behind each, in memory that stays; the
         * environment is then shown to nobody.  NULL: both stay the runtime's. */
        const char *title;
        size_t title_bytes;
};

#define SEALEXE_INIT ((struct sealexe) { .exe_fd = -EBADF })

/* Gather what sys_sealexe_enter needs: the binary's segments, this process' memory layout, the empty file.
 * Context: parent, before the clone (it reads /proc and the clone keeps the layout).
 * Returns 0, or: -ENOTSUP the kernel lacks PR_SET_MM_MAP, or this build cannot be sealed so (sanitizers): use
 * sys_sealexe_reexec; another -errno of memfd_create(2), open(2).  man: PR_SET_MM(2const).
 * kernel: kernel/sys.c prctl_set_mm_map. */
int sys_sealexe_prepare(struct sealexe *s, struct err *e);

/* Only this process' memory layout: the addresses of *S.  0 or -errno of reading /proc/self/stat. */
int sys_sealexe_layout(struct sealexe *s, struct err *e);

/* Move away from the mount of the exec and change the exe link.  All or nothing until the last call: a failure leaves the
 * process running as before, at worst from anonymous memory.  Closes the fd on success.
 * Context: parent before the clone, or init; the only thread; allocates nothing.
 * Returns 0, or: -EPERM no CAP_SYS_ADMIN in the own user namespace; -EACCES a security module forbids executable
 * anonymous memory; -EBUSY a mapping of the binary is left (it was started through ld.so); -ENOMEM. */
int sys_sealexe_enter(struct sealexe *s, struct err *e);

void sys_sealexe_done(struct sealexe *s);

/* Whether the kernel and this build can do it: one system call.  Otherwise sys_sealexe_reexec is the way. */
bool sys_sealexe_is_possible(void);

/* Whether /proc/self/exe is a sealed anonymous file already, by either way. */
bool sys_sealexe_is_sealed(void);

/* The fallback: start this program again from a sealed copy in memory (one exec and a copy of the binary, a few ms).
 * Context: the start of create, run and exec, before anything was acquired.
 * Returns 0 when the program runs from a sealed file already; does not return when it starts the copy; else -errno. */
int sys_sealexe_reexec(char *const argv[], char *const envp[], struct err *e);

#endif
