/* SPDX-License-Identifier: Apache-2.0 */
/* Run a command and say what it took: "MICROSECONDS KIBIBYTES STATUS" on standard output.  The command's own output goes to
 * /dev/null and LOG.  A program of its own, small and static, because a process begins its life with its parent's peak
 * memory: measured from Python, everything takes 15 MB.
 *      timed LOG COMMAND [ARGUMENT...] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_usec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
        struct rusage usage;
        long begin;
        int status;
        pid_t pid;

        if (argc < 3)
                return 2;
        begin = now_usec();
        pid = fork();
        if (pid == 0) {
                dup2(open("/dev/null", O_RDWR), 0);
                dup2(0, 1);
                dup2(open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), 2);
                execv(argv[2], argv + 2);
                _exit(127);
        }
        if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
                return 1;
        printf("%ld %ld %d\n", now_usec() - begin, usage.ru_maxrss, status);
        return 0;
}
