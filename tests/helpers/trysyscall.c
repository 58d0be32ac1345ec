/* SPDX-License-Identifier: Apache-2.0 */
/* trysyscall NUMBER...: make each call with arguments that do nothing, and print its errno's name.  Static: it runs in
 * containers. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        for (int i = 1; i < argc; i++) {
                long r = syscall(strtol(argv[i], NULL, 10), -1L, -1L, -1L, -1L, -1L, -1L);

                printf("%s %s\n", argv[i], r < 0 ? strerrorname_np(errno) : "0");
        }
        return 0;
}
