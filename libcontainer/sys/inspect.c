/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>

#include "cleanup.h"
#include "num.h"
#include "str.h"
#include "syscalls.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

enum {
        HEAD_BYTES = 4096,
        SCRIPT_LINE_MAX = 255, /* kernel: BINPRM_BUF_SIZE less the end */
        PHDRS_MAX = 128,
};

static const struct { uint16_t machine; const char *name; const char *uname; } machines[] = {
        { EM_X86_64, "x86_64", "x86_64" },   { EM_386, "i386", "i686" },           { EM_386, "i386", "i586" },
        { EM_386, "i386", "i386" },          { EM_AARCH64, "aarch64", "aarch64" }, { EM_ARM, "arm", "armv7l" },
        { EM_ARM, "arm", "armv6l" },         { EM_ARM, "arm", "armv8l" },          { EM_RISCV, "riscv", "riscv64" },
        { EM_PPC64, "ppc64", "ppc64le" },    { EM_PPC64, "ppc64", "ppc64" },       { EM_PPC, "ppc", "ppc" },
        { EM_S390, "s390x", "s390x" },       { EM_MIPS, "mips", "mips" },          { EM_MIPS, "mips", "mips64" },
        { EM_SPARCV9, "sparc64", "sparc64" }, { EM_LOONGARCH, "loongarch", "loongarch64" },
};

const char *sys_machine_name(uint16_t machine)
{
        for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
                if (machines[i].machine == machine)
                        return machines[i].name;
        return NULL;
}

static void find_host_machine(struct sys_program *p)
{
        struct utsname u;

        if (uname(&u) < 0)
                return;
        snprintf(p->host_name, sizeof p->host_name, "%.31s", u.machine);
        for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
                if (streq(machines[i].uname, u.machine))
                        p->host_machine = machines[i].machine;
}

/* "#! /bin/sh -e\n": white space, the interpreter, and the rest that is its argument. */
static void parse_script(const uint8_t *head, size_t len, struct sys_program *p)
{
        size_t at = 2, end, n;

        p->kind = SYS_PROGRAM_SCRIPT;
        while (at < len && (head[at] == ' ' || head[at] == '\t'))
                at++;
        for (end = at; end < len && head[end] != '\n' && head[end] != ' ' && head[end] != '\t' && head[end] != '\0';)
                end++;
        p->interp_cut = end - at >= sizeof p->interp || end > SCRIPT_LINE_MAX;
        n = MIN(end - at, sizeof p->interp - 1);
        memcpy(p->interp, head + at, n);
        p->interp[n] = '\0';
        p->interp_crlf = n > 0 && p->interp[n - 1] == '\r';
}

/* Numbers of either byte order, whatever ours is. */
static uint64_t get_number(const uint8_t *at, unsigned bytes, bool big)
{
        uint64_t value = 0;

        for (unsigned i = 0; i < bytes; i++)
                value = value << 8 | at[big ? i : bytes - 1 - i];
        return value;
}

struct elf_layout {
        size_t header, phoff, phentsize, phnum; /* offsets in the header */
        size_t entry, offset, filesz;           /* size of, and offsets in, a program header */
        unsigned word;                          /* bytes of an offset */
};
static const struct elf_layout layout32 = { 52, 28, 42, 44, 32, 4, 16, 4 };
static const struct elf_layout layout64 = { 64, 32, 54, 56, 56, 8, 32, 8 };

static void take_interp(const uint8_t *text, size_t len, struct sys_program *p)
{
        size_t n = strnlen((const char *) text, len);

        p->interp_cut = n >= sizeof p->interp;
        n = MIN(n, sizeof p->interp - 1);
        memcpy(p->interp, text, n);
        p->interp[n] = '\0';
}

/* Find PT_INTERP among the program headers, which begin at PHOFF. */
static void parse_phdrs(const uint8_t *head, size_t len, uint64_t size, const struct elf_layout *l, struct sys_program *p,
                        uint64_t *ret_offset, size_t *ret_length)
{
        bool big = p->elf_data == ELFDATA2MSB;
        uint64_t phoff = get_number(head + l->phoff, l->word, big);
        uint64_t entry = get_number(head + l->phentsize, 2, big);
        uint64_t count = get_number(head + l->phnum, 2, big);

        if (entry < l->entry && count > 0) {
                p->broken = true;
                return;
        }
        for (uint64_t i = 0; i < count && i < PHDRS_MAX; i++) {
                uint64_t at = phoff + i * entry;
                uint64_t offset, filesz;

                if (at < phoff || at >= size || size - at < l->entry) {
                        p->broken = true;
                        return;
                }
                if (at >= len || len - at < l->entry)
                        return; /* far behind: not what a linker makes; say nothing rather than something wrong */
                if (get_number(head + at, 4, big) != PT_INTERP)
                        continue;
                offset = get_number(head + at + l->offset, l->word, big);
                filesz = get_number(head + at + l->filesz, l->word, big);
                if (offset >= size || size - offset < filesz || filesz == 0)
                        p->broken = true;
                else if (offset < len && len - offset >= filesz)
                        take_interp(head + offset, (size_t) filesz, p);
                else {
                        *ret_offset = offset;
                        *ret_length = (size_t) MIN(filesz, (uint64_t) SYS_PROGRAM_INTERP_MAX);
                }
                return;
        }
}

static void parse_elf(const uint8_t *head, size_t len, uint64_t size, struct sys_program *p, uint64_t *ret_offset,
                      size_t *ret_length)
{
        const struct elf_layout *l;

        p->kind = SYS_PROGRAM_ELF;
        if (len < EI_NIDENT + 4) {
                p->broken = true;
                return;
        }
        p->elf_class = head[EI_CLASS];
        p->elf_data = head[EI_DATA];
        l = p->elf_class == ELFCLASS32 ? &layout32 : &layout64;
        if ((p->elf_class != ELFCLASS32 && p->elf_class != ELFCLASS64) ||
            (p->elf_data != ELFDATA2LSB && p->elf_data != ELFDATA2MSB) || len < l->header) {
                p->broken = true;
                return;
        }
        p->type = (uint16_t) get_number(head + EI_NIDENT, 2, p->elf_data == ELFDATA2MSB);
        p->machine = (uint16_t) get_number(head + EI_NIDENT + 2, 2, p->elf_data == ELFDATA2MSB);
        parse_phdrs(head, len, size, l, p, ret_offset, ret_length);
}

void sys_program_parse(const uint8_t *head, size_t len, uint64_t size, struct sys_program *p, uint64_t *ret_offset,
                       size_t *ret_length)
{
        *ret_offset = 0;
        *ret_length = 0;
        if (len == 0)
                p->kind = SYS_PROGRAM_EMPTY;
        else if (len >= 2 && head[0] == '#' && head[1] == '!')
                parse_script(head, len, p);
        else if (len >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
                parse_elf(head, len, size, p, ret_offset, ret_length);
        else
                p->kind = SYS_PROGRAM_OTHER;
}

static void read_program(int fd, uint64_t size, struct sys_program *p)
{
        uint8_t head[HEAD_BYTES], text[SYS_PROGRAM_INTERP_MAX];
        ssize_t n = pread(fd, head, sizeof head, 0);
        uint64_t offset;
        size_t length;

        if (n < 0) {
                p->kind = SYS_PROGRAM_UNREADABLE;
                p->num = errno;
                return;
        }
        sys_program_parse(head, (size_t) n, size, p, &offset, &length);
        if (length == 0 || offset > INT64_MAX)
                return;
        n = pread(fd, text, length, (off_t) offset);
        if (n > 0)
                take_interp(text, (size_t) n, p);
}

static void stat_program(const char *path, struct sys_program *p, uint64_t *ret_size)
{
        struct statvfs fs;
        struct stat st;

        *ret_size = 0;
        if (stat(path, &st) < 0) {
                p->num = errno;
                return;
        }
        p->mode = st.st_mode & 07777;
        p->uid = st.st_uid;
        p->gid = st.st_gid;
        p->noexec = statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC);
        p->may_execute = access(path, X_OK) == 0;
        p->kind = S_ISDIR(st.st_mode) ? SYS_PROGRAM_DIRECTORY :
                  S_ISREG(st.st_mode) ? SYS_PROGRAM_UNREADABLE :
                                        SYS_PROGRAM_SPECIAL;
        *ret_size = (uint64_t) st.st_size;
}

void sys_inspect_program(const char *path, struct sys_program *ret)
{
        uint64_t size;
        struct stat st;

        *ret = (struct sys_program) { .kind = SYS_PROGRAM_MISSING };
        find_host_machine(ret);
        stat_program(path, ret, &size);
        if (ret->kind != SYS_PROGRAM_UNREADABLE)
                return;

        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
                ret->num = fd < 0 ? errno : EINVAL;
                return;
        }
        read_program(fd, size, ret);
        if (ret->interp[0] && access(ret->interp, F_OK) < 0)
                ret->interp_num = errno;
}

static bool look_at(struct sys_walk *w, const char *prefix, size_t end)
{
        struct sys_component *c = &w->item[w->n];
        struct stat st;

        if (lstat(prefix, &st) < 0) {
                w->num = errno;
                return false;
        }
        c->link = S_ISLNK(st.st_mode);
        if (c->link && stat(prefix, &st) < 0) {
                w->num = errno;
                return false;
        }
        c->end = (uint16_t) end;
        c->mode = st.st_mode;
        c->uid = st.st_uid;
        c->gid = st.st_gid;
        w->n++;
        return true;
}

void sys_inspect_path(const char *path, struct sys_walk *ret)
{
        char prefix[PATH_MAX];
        size_t len = strlen(path), at = 0;

        *ret = (struct sys_walk) { 0 };
        if (len == 0 || len >= sizeof prefix || path[0] != '/') {
                ret->num = len >= sizeof prefix ? ENAMETOOLONG : EINVAL;
                return;
        }
        memcpy(prefix, path, len + 1);
        if (!look_at(ret, "/", 1))
                return;
        while (ret->n < SYS_WALK_MAX) {
                char saved;

                at += strspn(path + at, "/");
                if (path[at] == '\0')
                        return;
                at += strcspn(path + at, "/");
                saved = prefix[at];
                prefix[at] = '\0';
                if (!look_at(ret, prefix, at))
                        return;
                prefix[at] = saved;
        }
}

static int read_small(int dir_fd, const char *path, char *buf, size_t size)
{
        _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return 0;
}

int sys_inspect_number(int dir_fd, const char *path, uint64_t *ret)
{
        char text[64];
        int r = read_small(dir_fd, path, text, sizeof text);

        if (r < 0)
                return r;
        if (str_after(text, "max")) {
                *ret = UINT64_MAX;
                return 0;
        }
        return num_parse_u64(text, strspn(text, "0123456789"), 10, ret);
}

int sys_key_value(const char *text, const char *key, uint64_t *ret)
{
        size_t len = strlen(key);

        for (const char *line = text; *line;) {
                if (strncmp(line, key, len) == 0 && line[len] == ' ')
                        return num_parse_u64(line + len + 1, strspn(line + len + 1, "0123456789"), 10, ret);
                line += strcspn(line, "\n");
                line += *line == '\n';
        }
        return -ENOENT;
}

int sys_inspect_key(int dir_fd, const char *path, const char *key, uint64_t *ret)
{
        char text[4096];
        int r = read_small(dir_fd, path, text, sizeof text);

        return r < 0 ? r : sys_key_value(text, key, ret);
}

static int64_t number_or_unknown(int r, uint64_t value)
{
        return r < 0 ? -1 : value > INT64_MAX ? INT64_MAX : (int64_t) value;
}

static int64_t cgroup_number(int fd, const char *name)
{
        uint64_t value = 0;
        int r = fd < 0 ? -EBADF : sys_inspect_number(fd, name, &value);

        return number_or_unknown(r, value);
}

static int64_t cgroup_key(int fd, const char *name, const char *key)
{
        uint64_t value = 0;
        int r = fd < 0 ? -EBADF : sys_inspect_key(fd, name, key, &value);

        return number_or_unknown(r, value);
}

void sys_inspect_cgroup(int memory_fd, int pids_fd, struct sys_cgroup_deaths *ret)
{
        ret->oom_kills = cgroup_key(memory_fd, "memory.events", "oom_kill");
        if (ret->oom_kills < 0)
                ret->oom_kills = cgroup_key(memory_fd, "memory.oom_control", "oom_kill");
        ret->memory_max = cgroup_number(memory_fd, "memory.max");
        if (ret->memory_max < 0)
                ret->memory_max = cgroup_number(memory_fd, "memory.limit_in_bytes");
        ret->pids_denied = cgroup_key(pids_fd, "pids.events", "max");
        ret->pids_max = cgroup_number(pids_fd, "pids.max");
        ret->pids_current = cgroup_number(pids_fd, "pids.current");
}
