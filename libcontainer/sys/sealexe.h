/* SPDX-License-Identifier: Apache-2.0 */
/* Keep the runtime's own executable out of a container's reach (CVE-2019-5736): a process of the container that can open
 * /proc/PID/exe of a runtime process inside could otherwise write to the host's binary once nobody runs it any more.
 * Owns: struct sealexe owns one fd.  Layer: sys.
 *
 * No second exec and no copy on disk: the process replaces every mapping of its own binary by an anonymous one with the
 * same bytes at the same addresses, and then lets its exe link point at an empty, sealed, anonymous file.  From then on
 * nothing in the process refers to the host's file.  Costs about 100 us; a child made afterwards inherits all of it.
 *
 *      struct sealexe seal = SEALEXE_INIT;
 *      r = sys_sealexe_prepare(&seal, e);
 *      if (r == -ENOTSUP)
 *              r = sys_sealexe_reexec(argv, envp, e);         comes back with 0 only in the sealed copy
 *      ...
 *      r = sys_sealexe_enter(&seal, e);                       before anything of the container can see this process
 *
 * Where to enter.  Best in the parent, just before it clones: then there is no moment at which init is visible in the
 * container and not sealed, and the copied pages are not charged to the container's memory cgroup.  It needs
 * CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN in the caller's own user namespace: a runtime without privilege gets it only in
 * init, in the new user namespace, and enters there (init must not be dumpable until then, so that /proc/PID/exe is closed).
 *
 * Kernel: PR_SET_MM_MAP is Linux 3.18 with CONFIG_CHECKPOINT_RESTORE. */
#ifndef BERTH_SYS_SEALEXE_H
#define BERTH_SYS_SEALEXE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { SEALEXE_MAX_PIECES = 16 };

/* A run of pages of our own binary with one protection. */
struct sealexe_piece {
        uintptr_t start, end; /* page-aligned */
        int prot;             /* PROT_* */
};

struct sealexe {
        int exe_fd; /* owned: the empty file that /proc/self/exe will name, open for reading; -EBADF: not prepared */
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

/* Move into anonymous memory and change the exe link.  All or nothing until the last call: a failure leaves the process
 * running as before, at worst from anonymous memory.  Closes the fd on success.
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
