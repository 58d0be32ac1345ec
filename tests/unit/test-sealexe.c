/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed executable: each case runs in a child, because a sealed process stays so. */
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "sealexe.h"

#define CHECK(cond)                                                                                                    \
        do {                                                                                                           \
                if (!(cond)) {                                                                                         \
                        dprintf(2, "%s:%d: %s: %s\n", __FILE__, __LINE__, #cond, strerror(errno));                     \
                        _exit(1);                                                                                      \
                }                                                                                                      \
        } while (0)

static int counter = 7;                             /* .data */
static int zeroed[3000];                            /* .bss, begins in the data segment's last page */
static const char *const relocated[] = { "x", "y" }; /* RELRO */

static int child_status(void (*body)(void))
{
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                body();
                _exit(0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}

static char own_exe[256];

/* Whether SUBJECT's line of /proc/self/maps has ADDR, with the wanted protection and no file. */
static bool mapped_as(const void *addr, const char *prot)
{
        FILE *f = fopen("/proc/self/maps", "re");
        CHECK(f);
        char line[512], p[8];
        unsigned long start, end, offset, inode;
        unsigned major, minor;
        bool found = false;
        while (fgets(line, sizeof line, f)) {
                CHECK(sscanf(line, "%lx-%lx %7s %lx %x:%x %lu", &start, &end, p, &offset, &major, &minor, &inode) == 7);
                if ((uintptr_t) addr >= start && (uintptr_t) addr < end)
                        found = strncmp(p, prot, 3) == 0 && inode == 0;
        }
        fclose(f);
        return found;
}

static bool maps_name(const char *name)
{
        FILE *f = fopen("/proc/self/maps", "re");
        CHECK(f);
        char line[512];
        bool found = false;
        while (fgets(line, sizeof line, f))
                found = found || strstr(line, name);
        fclose(f);
        return found;
}

static void seal(void)
{
        struct sealexe s = SEALEXE_INIT;
        struct err e = ERR_INIT;
        int r = sys_sealexe_prepare(&s, &e);
        if (r < 0)
                dprintf(2, "prepare: %s\n", e.text);
        CHECK(r == 0);
        r = sys_sealexe_enter(&s, &e);
        if (r < 0)
                dprintf(2, "enter: %s\n", e.text);
        CHECK(r == 0);
        CHECK(s.exe_fd == -EBADF);
}

static void body_enter(void)
{
        char before[4096] = "", after[4096] = "", link[256] = "";
        int fd = open("/proc/self/cmdline", O_RDONLY);
        CHECK(read(fd, before, sizeof before) > 0);
        close(fd);
        counter = 8;
        zeroed[1] = 9;
        CHECK(maps_name(own_exe));
        CHECK(!sys_sealexe_is_sealed());
        seal();

        CHECK(readlink("/proc/self/exe", link, sizeof link - 1) > 0);
        CHECK(strncmp(link, "/memfd:berth:[init]", 19) == 0);
        CHECK(sys_sealexe_is_sealed());
        CHECK(!maps_name(own_exe));
        CHECK(counter == 8 && zeroed[1] == 9 && zeroed[2999] == 0 && relocated[1][0] == 'y');
        CHECK(mapped_as((const void *) (uintptr_t) body_enter, "r-x"));
        CHECK(mapped_as(&counter, "rw-"));
        CHECK(mapped_as(relocated, "r--"));
        CHECK(mapped_as("a literal", "r--"));

        fd = open("/proc/self/cmdline", O_RDONLY);
        CHECK(read(fd, after, sizeof after) > 0);
        CHECK(memcmp(before, after, sizeof before) == 0);
        void *p = malloc(1 << 16); /* the break still works */
        CHECK(p);
        free(p);

        CHECK(execl("/proc/self/exe", "x", NULL) < 0 && (errno == ENOEXEC || errno == EACCES));
        /* What the attack does: write to the exe of a runtime process. */
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/exe", getpid());
        pid_t pid = fork();
        if (pid == 0)
                _exit(open(path, O_RDWR) >= 0 || open(path, O_WRONLY | O_TRUNC) >= 0);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A child that is made after the sealing has no trace of the binary either. */
static void body_inherited(void)
{
        seal();
        pid_t pid = fork();
        if (pid == 0) {
                CHECK(sys_sealexe_is_sealed() && !maps_name(own_exe));
                _exit(0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* In a mount namespace of its own the file is mapped again, under another mount of it, and only what differs is copied. */
static void body_own_mounts(void)
{
        char link[256] = "";
        counter = 8;
        zeroed[1] = 9;
        CHECK(unshare(CLONE_NEWNS) == 0);
        seal();
        CHECK(readlink("/proc/self/exe", link, sizeof link - 1) > 0);
        CHECK(strncmp(link, "/memfd:berth:[init]", 19) == 0 && sys_sealexe_is_sealed());
        CHECK(counter == 8 && zeroed[1] == 9 && zeroed[2999] == 0 && relocated[1][0] == 'y');
        CHECK(maps_name(own_exe) && !mapped_as((const void *) (uintptr_t) body_own_mounts, "r-x"));
        CHECK(mapped_as(&counter, "rw-") && mapped_as(relocated, "r--"));
}

/* Prepared outside, entered in a new user namespace: how a runtime without privilege does it. */
static void body_user_ns(void)
{
        struct sealexe s = SEALEXE_INIT;
        struct err e = ERR_INIT;
        CHECK(sys_sealexe_prepare(&s, &e) == 0);
        CHECK(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
        CHECK(sys_sealexe_enter(&s, &e) == -EPERM);
        CHECK(strstr(e.text, "cannot take the runtime's executable out of '/proc/self/exe': Operation not permitted (EPERM)"));
        CHECK(unshare(CLONE_NEWUSER) == 0);
        struct sealexe again = SEALEXE_INIT;
        /* The pieces are anonymous already; moving them once more must work as well. */
        again = s;
        CHECK(sys_sealexe_enter(&again, &e) == 0);
        CHECK(sys_sealexe_is_sealed());
}

static void body_cost(void)
{
        struct timespec a, b, c;
        struct sealexe s = SEALEXE_INIT;
        clock_gettime(CLOCK_MONOTONIC, &a);
        CHECK(sys_sealexe_prepare(&s, NULL) == 0);
        clock_gettime(CLOCK_MONOTONIC, &b);
        CHECK(sys_sealexe_enter(&s, NULL) == 0);
        clock_gettime(CLOCK_MONOTONIC, &c);
        dprintf(2, "sealexe: prepare %ld us, enter %ld us\n", (b.tv_nsec - a.tv_nsec) / 1000 + (b.tv_sec - a.tv_sec) * 1000000,
                (c.tv_nsec - b.tv_nsec) / 1000 + (c.tv_sec - b.tv_sec) * 1000000);
}

static void need_seal(void)
{
        struct sealexe s = SEALEXE_INIT;
        struct err e = ERR_INIT;
        if (sys_sealexe_prepare(&s, &e) == -ENOTSUP) {
                print_message("skipped: %s\n", e.text);
                skip();
        }
        sys_sealexe_done(&s);
}

static void need_root(void)
{
        if (geteuid() != 0) {
                print_message("skipped: not root\n");
                skip();
        }
}

static void test_enter(void **state _unused_)
{
        need_seal();
        need_root();
        assert_int_equal(child_status(body_enter), 0);
}

static void test_inherited(void **state _unused_)
{
        need_seal();
        need_root();
        assert_int_equal(child_status(body_inherited), 0);
}

static void test_own_mounts(void **state _unused_)
{
        need_seal();
        need_root();
        assert_int_equal(child_status(body_own_mounts), 0);
}

static void test_user_ns(void **state _unused_)
{
        need_seal();
        need_root();
        assert_int_equal(child_status(body_user_ns), 0);
}

static void test_cost(void **state _unused_)
{
        need_seal();
        need_root();
        assert_int_equal(child_status(body_cost), 0);
}

static void test_not_prepared(void **state _unused_)
{
        struct sealexe s = SEALEXE_INIT;
        struct err e = ERR_INIT;
        assert_int_equal(sys_sealexe_enter(&s, &e), -EBADF);
        assert_int_equal(e.cls, ERR_INTERNAL);
}

/* The fallback: this program starts itself again and then finds itself sealed (see main). */
static void body_reexec(void)
{
        char *argv[] = { "test-sealexe", "--sealed?", NULL }, *envp[] = { "SEALED=yes", NULL };
        struct err e = ERR_INIT;
        int r = sys_sealexe_reexec(argv, envp, &e);
        dprintf(2, "reexec: %d %s\n", r, e.text);
        _exit(99);
}

static void test_reexec(void **state _unused_)
{
        int status = child_status(body_reexec);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 42);
}

int main(int argc, char **argv)
{
        if (argc == 2 && strcmp(argv[1], "--sealed?") == 0) {
                struct err e = ERR_INIT;
                const char *env = getenv("SEALED");
                return sys_sealexe_is_sealed() && env && sys_sealexe_reexec(argv, environ, &e) == 0 ? 42 : 1;
        }
        ssize_t n = readlink("/proc/self/exe", own_exe, sizeof own_exe - 1);
        if (n < 0)
                return 1;
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_enter),   cmocka_unit_test(test_inherited),    cmocka_unit_test(test_user_ns),
                cmocka_unit_test(test_own_mounts),
                cmocka_unit_test(test_cost),    cmocka_unit_test(test_not_prepared), cmocka_unit_test(test_reexec),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
