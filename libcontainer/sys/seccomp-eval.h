/* SPDX-License-Identifier: Apache-2.0 */
/* A filter asked in user space: what would the kernel do with this system call?
 * Owns: nothing.  Layer: sys, pure.  Context: any.
 * For questions that must be answered before a filter is loaded (may init still speak to its parent, may it execve?) and for
 * tests of architectures that this machine cannot run.
 * kernel: kernel/seccomp.c seccomp_check_filter (the instructions that seccomp admits), net/core/filter.c. */
#ifndef BERTH_SYS_SECCOMP_EVAL_H
#define BERTH_SYS_SECCOMP_EVAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/* Run the program of N instructions on DATA.  *RET is SECCOMP_RET_* with its data.
 * Returns 0, or -EINVAL: the kernel would not take this program. */
int sys_seccomp_eval(const struct sock_filter *insns, size_t n, const struct seccomp_data *data, uint32_t *ret);

/* The verdict on native system call NUMBER with all arguments zero, without its data: SECCOMP_RET_ALLOW, ….  A program that
 * is none is SECCOMP_RET_KILL_PROCESS. */
uint32_t sys_seccomp_verdict(const struct sock_filter *insns, size_t n, int number);

#endif
