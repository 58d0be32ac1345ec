/* SPDX-License-Identifier: Apache-2.0 */
/* Filters compiled by the real libseccomp, asked in user space and loaded into children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sys/seccomp-cache.h"
#include "sys/seccomp-eval.h"
#include "sys/seccomp.h"

#define NAMES(...)                                                                                                     \
        .names = (const char *const[]) { __VA_ARGS__ }, .n_names = sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(char *)
#define ARGS(...)                                                                                                      \
        .args = (const struct sys_seccomp_arg[]) { __VA_ARGS__ },                                                      \
        .n_args = sizeof((const struct sys_seccomp_arg[]) { __VA_ARGS__ }) / sizeof(struct sys_seccomp_arg)
#define RULES(...)                                                                                                     \
        .rules = (const struct sys_seccomp_rule[]) { __VA_ARGS__ },                                                    \
        .n_rules = sizeof((const struct sys_seccomp_rule[]) { __VA_ARGS__ }) / sizeof(struct sys_seccomp_rule)
#define ARCHS(...)                                                                                                     \
        .archs = (const char *const[]) { __VA_ARGS__ }, .n_archs = sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(char *)

struct program {
        struct sock_filter insns[SYS_SECCOMP_MAX_INSNS];
        size_t n;
        struct strbuf warnings;
};

static void program_done(struct program *p) { strbuf_done(&p->warnings); }

static void compile(const struct sys_seccomp_filter *filter, struct program *p)
{
        struct err e = ERR_INIT;
        int r = sys_seccomp_compile(filter, p->insns, ARRAY_SIZE(p->insns), &p->n, &p->warnings, &e);

        if (r < 0)
                fail_msg("%s", e.text);
}

static uint32_t ask(const struct program *p, uint32_t arch, int nr, uint64_t a0, uint64_t a1)
{
        const struct seccomp_data data = { .nr = nr, .arch = arch, .args = { a0, a1 } };
        uint32_t verdict = 0;

        assert_int_equal(sys_seccomp_eval(p->insns, p->n, &data, &verdict), 0);
        return verdict;
}

enum { PERM = SECCOMP_RET_ERRNO | EPERM, NOSYS = SECCOMP_RET_ERRNO | ENOSYS, OK = SECCOMP_RET_ALLOW };

#if defined(__x86_64__)

static void test_default_and_rules(void **state _unused_)
{
        _cleanup_(program_done) struct program p = { .n = 0 };

        compile(&(struct sys_seccomp_filter) {
                        .default_action = SYS_SECCOMP_ERRNO,
                        ARCHS("SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_X86_64"),
                        RULES({ NAMES("read", "write", "clone3"), .action = SYS_SECCOMP_ALLOW },
                              { NAMES("mount"), .action = SYS_SECCOMP_ERRNO, .errno_set = true, .errno_ret = 38 },
                              { NAMES("chdir"), .action = SYS_SECCOMP_ERRNO, .errno_set = true, .errno_ret = 0 },
                              { NAMES("getpid"), .action = SYS_SECCOMP_ERRNO }, /* the default: left out */
                              { NAMES("ptrace"), .action = SYS_SECCOMP_TRACE },
                              { NAMES("bpf"), .action = SYS_SECCOMP_KILL_PROCESS },
                              { NAMES("kexec_load"), .action = SYS_SECCOMP_KILL_THREAD },
                              { NAMES("acct"), .action = SYS_SECCOMP_TRAP },
                              { NAMES("swapon"), .action = SYS_SECCOMP_LOG },
                              { NAMES("mknod"), .action = SYS_SECCOMP_NOTIFY }) }, &p);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_read, 0, 0), OK);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_mount, 0, 0), NOSYS);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_chdir, 0, 0), SECCOMP_RET_ERRNO);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_getpid, 0, 0), PERM);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_ptrace, 0, 0), SECCOMP_RET_TRACE | EPERM);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_bpf, 0, 0), SECCOMP_RET_KILL_PROCESS);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_kexec_load, 0, 0), SECCOMP_RET_KILL_THREAD);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_acct, 0, 0), SECCOMP_RET_TRAP);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_swapon, 0, 0), SECCOMP_RET_LOG);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_mknod, 0, 0), SECCOMP_RET_USER_NOTIF);
        assert_int_equal(ask(&p, AUDIT_ARCH_I386, 3, 0, 0), OK); /* read */
        assert_int_equal(ask(&p, AUDIT_ARCH_I386, 20, 0, 0), PERM); /* getpid */
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, 0x40000000, 0, 0), OK); /* x32 read */
        /* newer than clone3 (435) */
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, 434, 0, 0), PERM);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, 436, 0, 0), NOSYS);
        assert_int_equal(ask(&p, AUDIT_ARCH_I386, 436, 0, 0), NOSYS);
        assert_int_equal(ask(&p, AUDIT_ARCH_AARCH64, 63, 0, 0), SECCOMP_RET_KILL_THREAD); /* not in the list */
        assert_int_equal(p.warnings.len, 0);
}

/* Only a default that would deny has something in its place. */
static void test_stub_by_default_action(void **state _unused_)
{
        static const struct {
                enum sys_seccomp_action action;
                bool errno_set;
                uint32_t errno_ret, want;
        } rows[] = {
                { SYS_SECCOMP_ERRNO, false, 0, NOSYS },
                { SYS_SECCOMP_ERRNO, true, 13, NOSYS },
                { SYS_SECCOMP_ERRNO, true, ENOSYS, NOSYS },
                { SYS_SECCOMP_KILL_THREAD, false, 0, NOSYS },
                { SYS_SECCOMP_KILL_PROCESS, false, 0, NOSYS },
                { SYS_SECCOMP_TRAP, false, 0, NOSYS },
                { SYS_SECCOMP_ALLOW, false, 0, SECCOMP_RET_ALLOW },
                { SYS_SECCOMP_LOG, false, 0, SECCOMP_RET_LOG },
                { SYS_SECCOMP_TRACE, true, 5, SECCOMP_RET_TRACE | 5 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(program_done) struct program p = { .n = 0 };

                compile(&(struct sys_seccomp_filter) { .default_action = rows[i].action,
                                                       .default_errno_set = rows[i].errno_set,
                                                       .default_errno = rows[i].errno_ret,
                                                       RULES({ NAMES("read"), .action = SYS_SECCOMP_ALLOW },
                                                             { NAMES("write"), .action = SYS_SECCOMP_KILL_THREAD }) }, &p);
                assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, 2, 0, 0), rows[i].want);
        }
}

static void test_conditions(void **state _unused_)
{
        enum { SOCKET = SYS_socket };
        _cleanup_(program_done) struct program both = { .n = 0 }, either = { .n = 0 };

        /* Different arguments: all must hold. */
        compile(&(struct sys_seccomp_filter) {
                        .default_action = SYS_SECCOMP_ALLOW,
                        RULES({ NAMES("socket"), .action = SYS_SECCOMP_ERRNO,
                                ARGS({ 0, SYS_SECCOMP_EQ, 16, 0 }, { 1, SYS_SECCOMP_MASKED_EQ, 0xf, 3 }) }) }, &both);
        assert_int_equal(ask(&both, AUDIT_ARCH_X86_64, SOCKET, 16, 3), PERM);
        assert_int_equal(ask(&both, AUDIT_ARCH_X86_64, SOCKET, 16, 0x80003), PERM);
        assert_int_equal(ask(&both, AUDIT_ARCH_X86_64, SOCKET, 16, 4), OK);
        assert_int_equal(ask(&both, AUDIT_ARCH_X86_64, SOCKET, 1, 3), OK);

        /* The same argument twice: any is enough, the one on another argument too. */
        compile(&(struct sys_seccomp_filter) {
                        .default_action = SYS_SECCOMP_ALLOW,
                        RULES({ NAMES("socket"), .action = SYS_SECCOMP_ERRNO,
                                ARGS({ 0, SYS_SECCOMP_EQ, 16, 0 }, { 0, SYS_SECCOMP_EQ, 17, 0 }, { 1, SYS_SECCOMP_EQ, 3, 0 }) }) },
                &either);
        assert_int_equal(ask(&either, AUDIT_ARCH_X86_64, SOCKET, 16, 1), PERM);
        assert_int_equal(ask(&either, AUDIT_ARCH_X86_64, SOCKET, 17, 1), PERM);
        assert_int_equal(ask(&either, AUDIT_ARCH_X86_64, SOCKET, 1, 3), PERM);
        assert_int_equal(ask(&either, AUDIT_ARCH_X86_64, SOCKET, 1, 1), OK);
}

static void test_operators(void **state _unused_)
{
        static const struct {
                enum sys_seccomp_op op;
                bool below, equal, above;
        } rows[] = {
                { SYS_SECCOMP_NE, true, false, true },  { SYS_SECCOMP_LT, true, false, false }, { SYS_SECCOMP_LE, true, true, false },
                { SYS_SECCOMP_EQ, false, true, false }, { SYS_SECCOMP_GE, false, true, true },  { SYS_SECCOMP_GT, false, false, true },
        };
        const uint64_t value = 0x100000005;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_(program_done) struct program p = { .n = 0 };

                compile(&(struct sys_seccomp_filter) { .default_action = SYS_SECCOMP_ALLOW,
                                                       RULES({ NAMES("personality"), .action = SYS_SECCOMP_ERRNO,
                                                               ARGS({ 0, rows[i].op, value, 99 }) }) }, &p);
                assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_personality, value - 1, 0), rows[i].below ? PERM : OK);
                assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_personality, value, 0), rows[i].equal ? PERM : OK);
                assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, SYS_personality, value + 1, 0), rows[i].above ? PERM : OK);
        }
}

/* Many rules: sorted as a tree, and still the same answers. */
static void test_many_rules(void **state _unused_)
{
        static const char *const names[] = { "read", "write", "open", "close", "stat", "fstat", "lstat", "poll", "lseek", "mmap",
                                             "mprotect", "munmap", "brk" };
        struct sys_seccomp_rule rule = { .names = names, .n_names = ARRAY_SIZE(names), .action = SYS_SECCOMP_ALLOW };
        _cleanup_(program_done) struct program p = { .n = 0 };

        compile(&(struct sys_seccomp_filter) { .default_action = SYS_SECCOMP_ERRNO, .rules = &rule, .n_rules = 1 }, &p);
        for (int nr = 0; nr < 13; nr++)
                assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, nr, 0, 0), OK);
        assert_int_equal(ask(&p, AUDIT_ARCH_X86_64, 13, 0, 0), NOSYS);
}

#endif

static void test_unknown_names(void **state _unused_)
{
        struct sys_seccomp_filter filter = {
                .default_action = SYS_SECCOMP_ERRNO,
                RULES({ NAMES("read", "frobnicate", "frob2"), .action = SYS_SECCOMP_ALLOW },
                      { NAMES("frobnicate"), .action = SYS_SECCOMP_ERRNO }),
        };
        _cleanup_(program_done) struct program p = { .n = 0 };
        struct err e = ERR_INIT;

        compile(&filter, &p);
        assert_non_null(strstr(p.warnings.text, "does not know, their rules have no effect: 'frobnicate', 'frob2'"));
        assert_null(strstr(strstr(p.warnings.text, "frobnicate") + 1, "frobnicate"));
        filter.fail_unknown = true;
        assert_int_equal(sys_seccomp_compile(&filter, p.insns, ARRAY_SIZE(p.insns), &p.n, &p.warnings, &e), -EINVAL);
        assert_int_equal(e.cls, ERR_CONFIG);
        assert_non_null(strstr(e.text, "'frobnicate', 'frob2'"));
}

static void test_refusals(void **state _unused_)
{
        static const char *const foreign[] = { "SCMP_ARCH_VAX", "SCMP_ARCH_PPC64", "x86" }; /* unknown, big endian, no prefix */
        _cleanup_(program_done) struct program p = { .n = 0 };
        struct err e = ERR_INIT;

        for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
                struct sys_seccomp_filter filter = { .default_action = SYS_SECCOMP_ALLOW, .archs = &foreign[i], .n_archs = 1 };

                assert_true(sys_seccomp_compile(&filter, p.insns, ARRAY_SIZE(p.insns), &p.n, &p.warnings, &e) < 0);
                assert_memory_equal(e.text, "libseccomp ", 11);
                assert_non_null(strstr(e.text, "refuses architecture '"));
        }
        assert_int_equal(sys_seccomp_compile(&(struct sys_seccomp_filter) { .default_action = SYS_SECCOMP_ALLOW,
                                                                            RULES({ NAMES("read"), .action = SYS_SECCOMP_ERRNO,
                                                                                    ARGS({ 6, SYS_SECCOMP_EQ, 0, 0 }) }) },
                                             p.insns, ARRAY_SIZE(p.insns), &p.n, &p.warnings, &e), -EINVAL);
        assert_string_equal(e.text, "a system call has no argument 6");
        assert_int_equal(sys_seccomp_compile(&(struct sys_seccomp_filter) { .default_action = SYS_SECCOMP_ALLOW }, p.insns, 1, &p.n,
                                             &p.warnings, &e), -E2BIG);
        assert_non_null(strstr(e.text, "too many for the kernel"));
}

/* ---- in the kernel ---------------------------------------------------------------------------------------------- */

static int in_child(const struct program *p, unsigned flags, int (*body)(void))
{
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                struct err e = ERR_INIT;

                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                if (sys_seccomp_load(p->insns, p->n, flags, &e) < 0)
                        _exit(100);
                syscall(SYS_exit_group, body()); /* _exit of a sanitized build makes calls of its own */
        }
        assert_true(pid > 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int body_chdir(void) { return chdir("/") == 0 ? 0 : errno; }
static int body_new(void) { return syscall(600) < 0 ? errno : 0; }

static void test_loaded(void **state _unused_)
{
        _cleanup_(program_done) struct program deny = { .n = 0 }, kill_it = { .n = 0 };

        compile(&(struct sys_seccomp_filter) { .default_action = SYS_SECCOMP_ALLOW,
                                               RULES({ NAMES("chdir"), .action = SYS_SECCOMP_ERRNO, .errno_set = true,
                                                       .errno_ret = ENOLCK }) }, &deny);
        assert_int_equal(in_child(&deny, 0, body_chdir), ENOLCK);
        compile(&(struct sys_seccomp_filter) { .default_action = SYS_SECCOMP_KILL_PROCESS,
                                               RULES({ NAMES("exit_group"), .action = SYS_SECCOMP_ALLOW }) }, &kill_it);
        assert_int_equal(in_child(&kill_it, 0, body_chdir), -SIGSYS);
        assert_int_equal(in_child(&kill_it, 0, body_new), ENOSYS);
        assert_int_equal(in_child(&deny, sys_seccomp_flags_supported(7), body_chdir), ENOLCK);
}

static void test_load_refused(void **state _unused_)
{
        const struct sock_filter bad[] = { BPF_STMT(BPF_LD | BPF_IMM, 1) };
        struct err e = ERR_INIT;

        assert_int_equal(sys_seccomp_load(bad, 0, 0, &e), -EINVAL);
        assert_int_equal(sys_seccomp_load(bad, SYS_SECCOMP_MAX_INSNS + 1, 0, &e), -EINVAL);
        assert_int_equal(sys_seccomp_load(bad, 1, 0, &e), -EINVAL);
        assert_string_equal(e.text, "cannot load the seccomp filter: Invalid argument (EINVAL)");
        assert_true(e.hint[0]);
}

static void test_flags(void **state _unused_)
{
        assert_int_equal(sys_seccomp_flags_supported(0), 0);
        assert_int_equal(sys_seccomp_flags_supported(1), 1);
        assert_int_equal(sys_seccomp_flags_supported(1U << 31 | 1U << 1), 1U << 1);
}

/* ---- the cache -------------------------------------------------------------------------------------------------- */

static void key_of(const struct sys_seccomp_filter *filter, char key[static SYS_SECCOMP_KEY_SIZE])
{
        sys_seccomp_cache_key(filter, key);
        assert_int_equal(strlen(key), 64);
}

/* Filters that differ in one field have different keys; equal ones at different addresses have the same. */
static void test_keys(void **state _unused_)
{
#define BASE .default_action = SYS_SECCOMP_ERRNO
        const struct sys_seccomp_filter filters[] = {
                { BASE },
                { .default_action = SYS_SECCOMP_KILL_PROCESS },
                { BASE, .default_errno_set = true },
                { BASE, .default_errno_set = true, .default_errno = EPERM },
                { BASE, .fail_unknown = true },
                { BASE, ARCHS("SCMP_ARCH_X86") },
                { BASE, ARCHS("SCMP_ARCH_X86", "SCMP_ARCH_X32") },
                { BASE, ARCHS("SCMP_ARCH_X32", "SCMP_ARCH_X86") },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ALLOW }) },
                { BASE, RULES({ NAMES("a", "b"), .action = SYS_SECCOMP_ALLOW }) },
                { BASE, RULES({ NAMES("a"), .action = SYS_SECCOMP_ALLOW }, { NAMES("b"), .action = SYS_SECCOMP_ALLOW }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ERRNO }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ERRNO, .errno_set = true, .errno_ret = 1 }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ERRNO, .errno_set = true, .errno_ret = 38 }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ALLOW, ARGS({ 0, SYS_SECCOMP_EQ, 1, 0 }) }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ALLOW, ARGS({ 1, SYS_SECCOMP_EQ, 1, 0 }) }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ALLOW, ARGS({ 0, SYS_SECCOMP_NE, 1, 0 }) }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ALLOW, ARGS({ 0, SYS_SECCOMP_EQ, 2, 0 }) }) },
                { BASE, RULES({ NAMES("ab"), .action = SYS_SECCOMP_ALLOW, ARGS({ 0, SYS_SECCOMP_EQ, 1, 1 }) }) },
        };
        char keys[ARRAY_SIZE(filters)][SYS_SECCOMP_KEY_SIZE], again[SYS_SECCOMP_KEY_SIZE], a[] = "a", b[] = "b";
        const char *const names[] = { a, b };

        for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
                key_of(&filters[i], keys[i]);
                for (size_t j = 0; j < i; j++)
                        if (strcmp(keys[i], keys[j]) == 0)
                                fail_msg("filters %zu and %zu share a key", i, j);
        }
        key_of(&(struct sys_seccomp_filter) { BASE, RULES({ .names = names, .n_names = 2, .action = SYS_SECCOMP_ALLOW }) }, again);
        assert_string_equal(again, keys[9]);
}

static char root[] = "/tmp/berth-cache-XXXXXX";
static int root_fd = -EBADF;

static int make_root(void **state _unused_)
{
        memcpy(root + sizeof root - 7, "XXXXXX", 6);
        if (!mkdtemp(root))
                return -1;
        root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return root_fd < 0;
}

static int remove_root(void **state _unused_)
{
        char command[64];

        close(root_fd);
        snprintf(command, sizeof command, "rm -rf %s", root);
        return system(command);
}

static const struct sys_seccomp_filter sample = {
        .default_action = SYS_SECCOMP_ERRNO,
        .rules = &(const struct sys_seccomp_rule) { .names = (const char *const[]) { "read", "frobnicate" }, .n_names = 2,
                                                    .action = SYS_SECCOMP_ALLOW },
        .n_rules = 1,
};

static void prepare(int cache_fd, struct program *p)
{
        struct err e = ERR_INIT;

        assert_int_equal(sys_seccomp_prepare(&sample, cache_fd, p->insns, ARRAY_SIZE(p->insns), &p->n, &p->warnings, &e), 0);
}

static int load(int cache_fd, struct program *p)
{
        struct sys_seccomp_cached entry = { .insns = p->insns, .warnings = &p->warnings };
        char key[SYS_SECCOMP_KEY_SIZE];
        int r;

        key_of(&sample, key);
        r = sys_seccomp_cache_load(cache_fd, key, &entry, ARRAY_SIZE(p->insns));
        p->n = entry.n;
        return r;
}

static void test_cache_hit(void **state _unused_)
{
        _cleanup_(program_done) struct program first = { .n = 0 }, second = { .n = 0 };
        _cleanup_close_ int cache_fd = sys_seccomp_cache_open(root_fd);
        char key[SYS_SECCOMP_KEY_SIZE];
        struct stat st;

        assert_true(cache_fd >= 0);
        assert_int_equal(load(cache_fd, &second), -ENOENT);
        prepare(cache_fd, &first);
        assert_int_equal(load(cache_fd, &second), 0);
        assert_int_equal(second.n, first.n);
        assert_memory_equal(second.insns, first.insns, first.n * sizeof *first.insns);
        /* The warning comes again. */
        assert_non_null(strstr(second.warnings.text, "frobnicate"));
        assert_string_equal(second.warnings.text, first.warnings.text);
        key_of(&sample, key);
        assert_int_equal(fstatat(cache_fd, key, &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
}

/* On a hit the library is not even loaded: a child that starts without it still has none afterwards. */
static void test_hit_loads_no_library(void **state _unused_)
{
        _cleanup_close_ int cache_fd = sys_seccomp_cache_open(root_fd);
        char fd_text[16];
        pid_t pid;
        int status;
        {
                _cleanup_(program_done) struct program p = { .n = 0 };
                prepare(cache_fd, &p);
        }
        fcntl(cache_fd, F_SETFD, 0);
        snprintf(fd_text, sizeof fd_text, "%d", cache_fd);
        pid = fork();
        if (pid == 0) {
                execl("/proc/self/exe", "test-seccomp", "hit", fd_text, NULL);
                _exit(101);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

static int child_hit(int cache_fd)
{
        static struct program p;
        struct err e = ERR_INIT;

        if (sys_seccomp_prepare(&sample, cache_fd, p.insns, ARRAY_SIZE(p.insns), &p.n, &p.warnings, &e) < 0 || p.n == 0)
                return 1;
        strbuf_done(&p.warnings);
        return dlopen("libseccomp.so.2", RTLD_NOW | RTLD_NOLOAD) ? 2 : 0;
}

/* Every byte matters, and so does the length. */
static void test_damage(void **state _unused_)
{
        _cleanup_(program_done) struct program p = { .n = 0 };
        _cleanup_close_ int cache_fd = sys_seccomp_cache_open(root_fd), fd = -EBADF;
        char key[SYS_SECCOMP_KEY_SIZE];
        struct stat st;

        prepare(cache_fd, &p);
        key_of(&sample, key);
        fd = openat(cache_fd, key, O_RDWR | O_CLOEXEC);
        assert_int_equal(fstat(fd, &st), 0);
        for (off_t at = 0; at < st.st_size; at++) {
                unsigned char c;

                assert_int_equal(pread(fd, &c, 1, at), 1);
                c ^= 1;
                assert_int_equal(pwrite(fd, &c, 1, at), 1);
                assert_int_equal(load(cache_fd, &p), -EBADMSG);
                c ^= 1;
                assert_int_equal(pwrite(fd, &c, 1, at), 1);
        }
        assert_int_equal(load(cache_fd, &p), 0);
        assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
        assert_int_equal(load(cache_fd, &p), -EBADMSG);
        assert_int_equal(ftruncate(fd, 3), 0);
        assert_int_equal(load(cache_fd, &p), -EBADMSG);
        /* Compiled again, and repaired. */
        strbuf_done(&p.warnings);
        prepare(cache_fd, &p);
        assert_int_equal(load(cache_fd, &p), 0);
}

/* An entry under another key is not that key's filter. */
static void test_renamed(void **state _unused_)
{
        _cleanup_(program_done) struct program p = { .n = 0 };
        _cleanup_close_ int cache_fd = sys_seccomp_cache_open(root_fd);
        struct sys_seccomp_cached entry = { .insns = p.insns, .warnings = &p.warnings };
        char key[SYS_SECCOMP_KEY_SIZE], other[SYS_SECCOMP_KEY_SIZE];

        prepare(cache_fd, &p);
        key_of(&sample, key);
        memcpy(other, key, sizeof key);
        other[0] = key[0] == '0' ? '1' : '0';
        assert_int_equal(renameat(cache_fd, key, cache_fd, other), 0);
        assert_int_equal(sys_seccomp_cache_load(cache_fd, other, &entry, ARRAY_SIZE(p.insns)), -EBADMSG);
}

static void test_not_ours(void **state _unused_)
{
        _cleanup_(program_done) struct program p = { .n = 0 };
        _cleanup_close_ int cache_fd = sys_seccomp_cache_open(root_fd);
        char key[SYS_SECCOMP_KEY_SIZE];

        prepare(cache_fd, &p);
        key_of(&sample, key);
        assert_int_equal(fchmodat(cache_fd, key, 0622, 0), 0);
        assert_int_equal(load(cache_fd, &p), -EPERM);
        assert_int_equal(unlinkat(cache_fd, key, 0), 0);
        assert_int_equal(symlinkat("/dev/null", cache_fd, key), 0);
        assert_int_equal(load(cache_fd, &p), -ELOOP);
        assert_int_equal(fchmod(cache_fd, 0777), 0);
        assert_int_equal(sys_seccomp_cache_open(root_fd), -EPERM);
}

static void test_eviction(void **state _unused_)
{
        _cleanup_(program_done) struct program p = { .n = 0 };
        _cleanup_close_ int cache_fd = sys_seccomp_cache_open(root_fd);
        char key[SYS_SECCOMP_KEY_SIZE];
        size_t left = 0;

        for (int i = 0; i < SYS_SECCOMP_CACHE_MAX_ENTRIES + 10; i++) {
                struct timespec times[2] = { { .tv_sec = 1000 + i }, { .tv_sec = 1000 + i } };
                char name[SYS_SECCOMP_KEY_SIZE];

                snprintf(name, sizeof name, "%064d", i);
                close(openat(cache_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
                assert_int_equal(utimensat(cache_fd, name, times, 0), 0);
        }
        prepare(cache_fd, &p);
        for (int i = 0; i < SYS_SECCOMP_CACHE_MAX_ENTRIES + 10; i++) {
                char name[SYS_SECCOMP_KEY_SIZE];

                snprintf(name, sizeof name, "%064d", i);
                if (faccessat(cache_fd, name, F_OK, 0) == 0)
                        left++;
                else
                        assert_in_range(i, 0, 10);
        }
        assert_int_equal(left, SYS_SECCOMP_CACHE_MAX_ENTRIES - 1);
        key_of(&sample, key);
        assert_int_equal(faccessat(cache_fd, key, F_OK, 0), 0);
}

/* A cache that cannot be written costs time only. */
static void test_no_cache(void **state _unused_)
{
        _cleanup_(program_done) struct program a = { .n = 0 }, b = { .n = 0 };
        _cleanup_close_ int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        prepare(-EBADF, &a);
        prepare(null_fd, &b);
        assert_int_equal(a.n, b.n);
}

int main(int argc, char *argv[])
{
        const struct CMUnitTest tests[] = {
#if defined(__x86_64__)
                cmocka_unit_test(test_default_and_rules),
                cmocka_unit_test(test_stub_by_default_action),
                cmocka_unit_test(test_conditions),
                cmocka_unit_test(test_operators),
                cmocka_unit_test(test_many_rules),
#endif
                cmocka_unit_test(test_unknown_names),
                cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_loaded),
                cmocka_unit_test(test_load_refused),
                cmocka_unit_test(test_flags),
                cmocka_unit_test(test_keys),
                cmocka_unit_test_setup_teardown(test_cache_hit, make_root, remove_root),
                cmocka_unit_test_setup_teardown(test_hit_loads_no_library, make_root, remove_root),
                cmocka_unit_test_setup_teardown(test_damage, make_root, remove_root),
                cmocka_unit_test_setup_teardown(test_renamed, make_root, remove_root),
                cmocka_unit_test_setup_teardown(test_not_ours, make_root, remove_root),
                cmocka_unit_test_setup_teardown(test_eviction, make_root, remove_root),
                cmocka_unit_test(test_no_cache),
        };

        if (argc == 3 && strcmp(argv[1], "hit") == 0)
                return child_hit((int) strtol(argv[2], NULL, 10));
        return cmocka_run_group_tests(tests, NULL, NULL);
}
