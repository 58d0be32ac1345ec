/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of fallbacks: from here on this process lives on a kernel that lacks some system calls.  There is no way back:
 * run the group of tests once, lack, and run it again. */
#ifndef BERTH_TESTS_LACKING_H
#define BERTH_TESTS_LACKING_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

static inline void lack_calls(const int *numbers, size_t n)
{
        struct sock_filter code[2 * 32 + 2];
        unsigned short len = 0;
        code[len++] = (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        for (size_t i = 0; i < n && i < 32; i++) {
                code[len++] = (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned) numbers[i], 0, 1);
                code[len++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
        }
        code[len++] = (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        struct sock_fprog prog = { .len = len, .filter = code };
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) {
                perror("cannot load a seccomp filter");
                exit(1);
        }
}

#endif
