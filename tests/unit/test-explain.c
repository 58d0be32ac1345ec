/* SPDX-License-Identifier: Apache-2.0 */
/* run/explain.c and sys/inspect.c: causes in words.  The pure half runs on tables, the looking half on files made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "explain.h"
#include "str.h"

enum { PAGE = 4096 };

static void append(char *path, size_t size, const char *more)
{
        size_t len = strlen(path);

        snprintf(path + len, size - len, "%s", more);
}

/* A small ELF file: header, one PT_INTERP or none. */
static size_t make_elf(uint8_t *buf, uint16_t machine, uint16_t type, const char *interp)
{
        Elf64_Ehdr *h = (void *) buf;
        Elf64_Phdr *p = (void *) (buf + sizeof *h);
        size_t len = interp ? strlen(interp) + 1 : 0;

        memset(buf, 0, sizeof *h + sizeof *p + len);
        memcpy(h->e_ident, ELFMAG, SELFMAG);
        h->e_ident[EI_CLASS] = ELFCLASS64;
        h->e_ident[EI_DATA] = ELFDATA2LSB;
        h->e_ident[EI_VERSION] = EV_CURRENT;
        h->e_type = type;
        h->e_machine = machine;
        h->e_version = EV_CURRENT;
        h->e_phoff = sizeof *h;
        h->e_ehsize = sizeof *h;
        h->e_phentsize = sizeof *p;
        h->e_phnum = interp ? 1 : 0;
        if (!interp)
                return sizeof *h;
        p->p_type = PT_INTERP;
        p->p_offset = sizeof *h + sizeof *p;
        p->p_filesz = len;
        memcpy(buf + p->p_offset, interp, len);
        return p->p_offset + len;
}

static void test_parse_script(void **state _unused_)
{
        static const struct { const char *text, *interp; bool crlf; } rows[] = {
                { "#!/bin/sh\n", "/bin/sh", false },         { "#! \t/bin/sh -e\n", "/bin/sh", false },
                { "#!/bin/sh\r\n", "/bin/sh\r", true },      { "#!/usr/bin/env bash\r\n", "/usr/bin/env", false },
                { "#!", "", false },                         { "#!\n/bin/sh", "", false },
                { "#!/no/newline", "/no/newline", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct sys_program p = { 0 };
                uint64_t offset;
                size_t length;

                sys_program_parse((const uint8_t *) rows[i].text, strlen(rows[i].text), strlen(rows[i].text), &p, &offset, &length);
                assert_int_equal(p.kind, SYS_PROGRAM_SCRIPT);
                assert_string_equal(p.interp, rows[i].interp);
                assert_int_equal(p.interp_crlf, rows[i].crlf);
                assert_int_equal(length, 0);
        }
}

static void test_parse_elf(void **state _unused_)
{
        uint8_t buf[PAGE];
        size_t len = make_elf(buf, EM_AARCH64, ET_DYN, "/lib/ld.so"), length;
        struct sys_program p = { 0 };
        uint64_t offset;

        sys_program_parse(buf, len, len, &p, &offset, &length);
        assert_int_equal(p.kind, SYS_PROGRAM_ELF);
        assert_int_equal(p.machine, EM_AARCH64);
        assert_int_equal(p.type, ET_DYN);
        assert_string_equal(p.interp, "/lib/ld.so");
        assert_false(p.broken);

        /* the interpreter's name lies beyond what was read */
        p = (struct sys_program) { 0 };
        sys_program_parse(buf, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), len, &p, &offset, &length);
        assert_int_equal(offset, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
        assert_int_equal(length, strlen("/lib/ld.so") + 1);
        assert_string_equal(p.interp, "");
}

/* No length of a cut file, and no value of any byte of its headers, reads outside of it. */
static void test_parse_elf_is_hostile(void **state _unused_)
{
        uint8_t buf[PAGE];
        size_t len = make_elf(buf, EM_X86_64, ET_EXEC, "/lib/ld.so");

        for (size_t cut = 0; cut <= len; cut++) {
                uint8_t *exact = malloc(cut + 1);
                struct sys_program p = { 0 };
                uint64_t offset;
                size_t length;

                assert_non_null(exact);
                memcpy(exact, buf, cut);
                sys_program_parse(exact, cut, cut, &p, &offset, &length);
                free(exact);
        }
        for (size_t at = 0; at < len; at++)
                for (unsigned value = 0; value < 256; value += 51) {
                        uint8_t *exact = malloc(len);
                        struct sys_program p = { 0 };
                        uint64_t offset;
                        size_t length;

                        assert_non_null(exact);
                        memcpy(exact, buf, len);
                        exact[at] = (uint8_t) value;
                        sys_program_parse(exact, len, len, &p, &offset, &length);
                        assert_true(offset <= len);
                        free(exact);
                }
}

static void test_parse_elf_of_other_byte_orders(void **state _unused_)
{
        uint8_t buf[64] = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2MSB };
        struct sys_program p = { 0 };
        uint64_t offset;
        size_t length;

        buf[17] = ET_EXEC;
        buf[19] = EM_PPC;
        sys_program_parse(buf, 52, 52, &p, &offset, &length);
        assert_int_equal(p.machine, EM_PPC);
        assert_int_equal(p.type, ET_EXEC);
        assert_false(p.broken);
        sys_program_parse(buf, 51, 51, &p, &offset, &length);
        assert_true(p.broken);
}

/* ---- with files ------------------------------------------------------------------------------------------------- */

static char dir[] = "/tmp/berth-explain-XXXXXX";

static int make_dir(void **state _unused_) { return mkdtemp(dir) && chmod(dir, 0755) == 0 ? 0 : -1; }

static int remove_dir(void **state _unused_)
{
        char command[64];

        snprintf(command, sizeof command, "rm -rf %s", dir);
        return system(command);
}

static const char *make_file(const char *name, mode_t mode, const void *data, size_t len)
{
        static char path[256];
        int fd;

        snprintf(path, sizeof path, "%s/%s", dir, name);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, data, len), len);
        assert_int_equal(fchmod(fd, mode), 0);
        close(fd);
        return path;
}

/* What execve(2) really says about PATH in a child, and what we say about that. */
static void explain(const char *path, int expected, const char *sentence)
{
        char *const argv[] = { (char *) "x", NULL };
        struct err e = ERR_INIT;
        char text[1024];

        assert_int_equal(execve(path, argv, argv + 1), -1);
        assert_int_equal(errno, expected);
        assert_int_equal(explain_exec_failure(path, expected, &e), -expected);
        assert_int_equal(e.cls, ERR_EXEC);
        snprintf(text, sizeof text, "cannot execute '%s'%s: %s (%s)", path, sentence, errno_exec_text(expected), errno_name(expected));
        if (!streq(e.text, text))
                fail_msg("expected\n%s\ngot\n%s", text, e.text);
}

static void test_exec_scripts(void **state _unused_)
{
        static const struct { const char *text, *sentence; int num; } rows[] = {
                { "#!/bin/nosuch\n", ": its interpreter '/bin/nosuch' is not in the container", ENOENT },
                { "#!/bin/sh\r\necho\r\n", ": its #! line ends in CR LF, so that the kernel looks for '/bin/sh\\r'", ENOENT },
                { "echo hi\n", ": it has neither a #! line nor an ELF header", ENOEXEC },
                { "", ": it is an empty file", ENOEXEC },
                { "#!\n", ": its #! line names no interpreter", ENOEXEC },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                explain(make_file("script", 0755, rows[i].text, strlen(rows[i].text)), rows[i].num, rows[i].sentence);
}

static void test_exec_elf(void **state _unused_)
{
#ifdef __x86_64__
        uint8_t buf[PAGE];
        size_t len = make_elf(buf, EM_AARCH64, ET_EXEC, NULL);

        explain(make_file("elf", 0755, buf, len), ENOEXEC, ": it is for aarch64, this host is x86_64, and no binfmt_misc handler took it");
        len = make_elf(buf, EM_X86_64, ET_DYN, "/lib/ld-nosuch.so.9");
        explain(make_file("elf", 0755, buf, len), ENOENT, ": its loader '/lib/ld-nosuch.so.9' is not in the container");
        len = make_elf(buf, EM_X86_64, ET_REL, NULL);
        explain(make_file("elf", 0755, buf, len), ENOEXEC, ": it is an ELF file, but no program (an object file)");
        explain(make_file("elf", 0755, buf, 20), ENOEXEC, ": its ELF headers are damaged or cut off");
#else
        skip(); /* the tables are of another machine */
#endif
}

static void test_exec_follows_interpreters(void **state _unused_)
{
        char interp[256], script[512], sentence[512];

        snprintf(interp, sizeof interp, "%s", make_file("interp", 0755, "#!/bin/nosuch\n", 14));
        snprintf(script, sizeof script, "#!%s\n", interp);
        snprintf(sentence, sizeof sentence, ": it needs '%s', and that fails: its interpreter '/bin/nosuch' is not in the container", interp);
        /* explain() puts nothing between the quote and the sentence */
        explain(make_file("script", 0755, script, strlen(script)), ENOENT, sentence);
}

static void test_exec_denied(void **state _unused_)
{
        explain(make_file("plain", 0644, "#!/bin/sh\n", 10), EACCES, ": its mode 0644 has no execute bit");
        explain(dir, EACCES, ": it is a directory");
        explain("/dev/null", EACCES, ": it is no regular file");
        explain("/nosuch/x", ENOENT, "");
}

static void test_walk_names_the_directory_that_denies(void **state _unused_)
{
        char path[256], hint[512];
        struct sys_walk walk;
        struct err e = ERR_INIT;

        snprintf(path, sizeof path, "%s/closed", dir);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(hint, sizeof hint, "directory '%s' (mode 0700, owner %u:%u) cannot be searched by uid 4711", path, (unsigned) geteuid(),
                 (unsigned) getegid());
        append(path, sizeof path, "/in/side");
        sys_inspect_path(path, &walk);
        walk.num = EACCES; /* what a user without our privileges would meet */
        assert_true(explain_denied(&walk, path, 4711, 4711, &e));
        assert_string_equal(e.hint, hint);
        assert_false(explain_denied(&walk, path, geteuid(), getegid(), &e));
}

static void test_walk_bounds(void **state _unused_)
{
        char path[400] = "";
        struct sys_walk walk;

        for (int i = 0; i < 60; i++)
                append(path, sizeof path, "/.");
        sys_inspect_path(path, &walk);
        assert_int_equal(walk.n, SYS_WALK_MAX);
        assert_int_equal(walk.num, 0);
        sys_inspect_path("relative", &walk);
        assert_int_equal(walk.num, EINVAL);
        sys_inspect_path("/nosuch/x", &walk);
        assert_int_equal(walk.num, ENOENT);
        assert_int_equal(walk.n, 1);
        sys_inspect_path("//proc//self/", &walk);
        assert_int_equal(walk.n, 3);
        assert_true(walk.item[2].link);
}

/* ---- pure rest -------------------------------------------------------------------------------------------------- */

static void test_idmap(void **state _unused_)
{
        static const char host[] = "         0          0 4294967295\n", nested[] = "0 100000 65536\n70000 300000 10\n";
        static const struct { struct sys_idmap_entry maps[2]; size_t n; const char *parent, *hint; } rows[] = {
                { { { 0, 0, 1 } }, 1, host, NULL },
                { { { 0, 100, 0 } }, 1, host, "uid mapping '0 100 0' has the size 0" },
                { { { 0, 4294967290u, 10 } }, 1, host, "uid mapping '0 4294967290 10' goes beyond the last id, 4294967294" },
                { { { 0, 100, 10 }, { 5, 200, 10 } }, 2, host, "uid mappings '0 100 10' and '5 200 10' overlap in the container" },
                { { { 0, 100, 10 }, { 50, 105, 10 } }, 2, host, "uid mappings '0 100 10' and '50 105 10' overlap on the host" },
                { { { 0, 65530, 10 } }, 1, nested,
                  "uid mapping '0 65530 10': the runtime's own user namespace does not hold the ids 65530 to 65539" },
                { { { 0, 70000, 10 } }, 1, nested, NULL },
                { { { 0, 65530, 10 } }, 1, NULL, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;

                assert_int_equal(explain_idmap(rows[i].maps, rows[i].n, "uid", rows[i].parent, &e), rows[i].hint != NULL);
                assert_string_equal(e.hint, rows[i].hint ? rows[i].hint : "");
        }
}

static void test_idmap_too_long(void **state _unused_)
{
        static struct sys_idmap_entry maps[341];
        struct err e = ERR_INIT;

        assert_true(explain_idmap(maps, ARRAY_SIZE(maps), "gid", NULL, &e));
        assert_string_equal(e.hint, "341 gid mappings are more than the 340 that the kernel takes");
}

static void test_clone(void **state _unused_)
{
        static const struct explain_limits free_host = { .ns_max = { 100, 50, 60, 70, 80, 90, 90, 90 }, .userns_clone = -1, .apparmor_userns = -1,
                                                         .pids_max = 10, .pids_current = 10, .privileged = true, .joins_pid_ns = true };
        static const struct explain_limits closed = { .ns_max = { 0, 50, 60, 70, 80, 90, 90, 90 }, .userns_clone = 0, .apparmor_userns = -1,
                                                      .pids_max = INT64_MAX, .nproc = 7, .threads_max = 8, .pid_max = 9 };
        static const struct { int num; uint64_t flags; const struct explain_limits *limits; const char *begin; } rows[] = {
                { ENOSPC, CLONE_NEWUSER | CLONE_NEWPID, &closed, "sysctl user.max_user_namespaces is 0" },
                { ENOSPC, CLONE_NEWPID | CLONE_NEWNET, &closed, "a limit on namespaces is reached; the lowest one is sysctl user.max_pid_namespaces = 50" },
                { EUSERS, 0, &closed, "a limit on namespaces is reached: see" },
                { EAGAIN, 0, &free_host, "the cgroup's pids.max is 10, and 10 processes are in it" },
                { EAGAIN, 0, &closed, "too many processes: RLIMIT_NPROC is 7 here, kernel.threads-max 8, kernel.pid_max 9" },
                { EPERM, CLONE_NEWUSER, &closed, "sysctl kernel.unprivileged_userns_clone is 0" },
                { EPERM, CLONE_NEWUSER, &free_host, "a sandbox denies new user namespaces" },
                { EPERM, CLONE_NEWNS, &closed, "without CAP_SYS_ADMIN this needs a new user namespace" },
                { EPERM, CLONE_NEWNS, &free_host, "a sandbox (seccomp, an outer container) denies it" },
                { ENOMEM, 0, &free_host, "the joined pid namespace is dead" },
                { EINVAL, 0, &free_host, "this kernel lacks" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;

                explain_clone(rows[i].num, rows[i].flags, rows[i].limits, &e);
                if (!str_after(e.hint, rows[i].begin))
                        fail_msg("row %zu: '%s'", i, e.hint);
        }
}

static void test_death(void **state _unused_)
{
        static const struct sys_cgroup_deaths calm = { 0, 0, INT64_MAX, INT64_MAX, 1 }, oom = { 1, 0, 204800, 5, 1 }, forks = { 0, 3, -1, 1, 1 };
        static const struct { int signal; const struct sys_cgroup_deaths *deaths; const char *text, *hint; } rows[] = {
                { SIGKILL, &oom,
                  "init was killed by the kernel's OOM killer before it could report (memory limit 204800 bytes, oom_kill 1): Cannot allocate memory (ENOMEM)",
                  "raise /linux/resources/memory/limit" },
                { SIGKILL, &calm, "init X before it could report", "somebody killed it, or the host ran out of memory (see dmesg)" },
                { 0, &forks, "init X before it could report", "the cgroup's pids.max (1) has denied 3 forks" },
                { SIGSYS, &calm, "init X before it could report",
                  "a seccomp filter of the host or of the config killed it for a system call" },
                { 0, &calm, "init X before it could report", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct err e = ERR_INIT;

                explain_death("X", "it could report", rows[i].signal, rows[i].deaths, &e);
                assert_string_equal(e.text, rows[i].text);
                assert_string_equal(e.hint, rows[i].hint);
        }
}

static void put_file(int dir_fd, const char *name, const char *text)
{
        int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        close(fd);
}

/* Both layouts, as files of a directory: the numbers must be those of the files. */
static void test_cgroup_numbers(void **state _unused_)
{
        char path[] = "/tmp/berth-test-XXXXXX";
        struct sys_cgroup_deaths deaths;
        int fd;

        assert_non_null(mkdtemp(path));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        put_file(fd, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
        put_file(fd, "memory.limit_in_bytes", "4096\n");
        put_file(fd, "pids.events", "max 7\n");
        put_file(fd, "pids.max", "2\n");
        put_file(fd, "pids.current", "1\n");
        sys_inspect_cgroup(fd, fd, &deaths);
        assert_int_equal(deaths.oom_kills, 3);
        assert_int_equal(deaths.memory_max, 4096);
        assert_int_equal(deaths.pids_denied, 7);
        assert_int_equal(deaths.pids_max, 2);
        assert_int_equal(deaths.pids_current, 1);
        put_file(fd, "memory.events", "low 0\noom_kill 5\n");
        put_file(fd, "memory.max", "max\n");
        sys_inspect_cgroup(fd, -EBADF, &deaths);
        assert_int_equal(deaths.oom_kills, 5);
        assert_true(deaths.memory_max == INT64_MAX);
        assert_int_equal(deaths.pids_denied, -1);
        for (const char *const *name = (const char *const[]) { "memory.oom_control", "memory.limit_in_bytes", "pids.events",
                                                              "pids.max", "pids.current", "memory.events", "memory.max", NULL };
             *name; name++)
                unlinkat(fd, *name, 0);
        close(fd);
        rmdir(path);
}

static void test_key_value(void **state _unused_)
{
        static const char text[] = "low 0\noom 3\noom_kill 17\n";
        uint64_t value = 99;

        assert_int_equal(sys_key_value(text, "oom_kill", &value), 0);
        assert_int_equal(value, 17);
        assert_int_equal(sys_key_value(text, "oom", &value), 0);
        assert_int_equal(value, 3);
        assert_int_equal(sys_key_value(text, "kill", &value), -ENOENT);
        assert_int_equal(sys_key_value("max x\n", "max", &value), -EINVAL);
}

static void test_numbers_in_files(void **state _unused_)
{
        uint64_t value;

        assert_int_equal(sys_inspect_number(AT_FDCWD, make_file("n", 0644, "42\n", 3), &value), 0);
        assert_int_equal(value, 42);
        assert_int_equal(sys_inspect_number(AT_FDCWD, make_file("n", 0644, "max\n", 4), &value), 0);
        assert_true(value == UINT64_MAX);
        assert_int_equal(sys_inspect_number(AT_FDCWD, make_file("n", 0644, "x", 1), &value), -EINVAL);
        assert_int_equal(sys_inspect_number(AT_FDCWD, "/nosuch", &value), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse_script),
                cmocka_unit_test(test_parse_elf),
                cmocka_unit_test(test_parse_elf_is_hostile),
                cmocka_unit_test(test_parse_elf_of_other_byte_orders),
                cmocka_unit_test(test_exec_scripts),
                cmocka_unit_test(test_exec_elf),
                cmocka_unit_test(test_exec_follows_interpreters),
                cmocka_unit_test(test_exec_denied),
                cmocka_unit_test(test_walk_names_the_directory_that_denies),
                cmocka_unit_test(test_walk_bounds),
                cmocka_unit_test(test_idmap),
                cmocka_unit_test(test_idmap_too_long),
                cmocka_unit_test(test_clone),
                cmocka_unit_test(test_death),
                cmocka_unit_test(test_cgroup_numbers),
                cmocka_unit_test(test_key_value),
                cmocka_unit_test(test_numbers_in_files),
        };

        return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
