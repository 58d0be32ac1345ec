/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the acting half: a body runs in a child with a mount namespace of its own, in an empty directory on a tmpfs
 * that vanishes with it.  Needs root; without it the test is skipped, and says so.
 *
 *      static void body(void) { CHECK(mkdir("root", 0755) == 0); ... }
 *      static void test_x(void **state) { assert_int_equal(in_sandbox(body), 0); }
 */
#ifndef BERTH_TESTS_SANDBOX_H
#define BERTH_TESTS_SANDBOX_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"

/* In a body: cmocka's own assertions belong to the parent. */
#define CHECK(cond)                                                                                                    \
        do {                                                                                                           \
                if (!(cond)) {                                                                                         \
                        dprintf(2, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #cond, strerror(errno));                    \
                        _exit(1);                                                                                      \
                }                                                                                                      \
        } while (0)
/* CHECK that a call returned 0 or more, with its sentence otherwise. */
#define CHECK_OK(call, e)                                                                                              \
        do {                                                                                                           \
                int check_r_ = (call);                                                                                 \
                if (check_r_ < 0) {                                                                                    \
                        dprintf(2, "%s:%d: %s: %d %s\n", __FILE__, __LINE__, #call, check_r_, (e)->text);              \
                        _exit(1);                                                                                      \
                }                                                                                                      \
        } while (0)

static inline void sandbox_enter(void)
{
        umask(0);
        CHECK(unshare(CLONE_NEWNS) == 0);
        CHECK(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) == 0);
        CHECK(mount("sandbox", "/mnt", "tmpfs", 0, "mode=0755") == 0);
        CHECK(chdir("/mnt") == 0);
}

/* The wait status of BODY in a child; 0 means that all went well. */
static inline int in_child(void (*body)(void))
{
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
                body();
                _exit(0);
        }
        int status = -1;
        return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static inline void sandbox_need_root(void)
{
        if (geteuid() == 0)
                return;
        print_message("skipped: not root\n");
        skip();
}

static void (*sandbox_body_)(void);
static inline void sandbox_run_(void)
{
        sandbox_enter();
        sandbox_body_();
}

static inline int in_sandbox(void (*body)(void))
{
        sandbox_need_root();
        sandbox_body_ = body;
        return in_child(sandbox_run_);
}

#endif
