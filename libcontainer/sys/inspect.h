/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at what a failed call met: the probes that run/explain.h turns into words.  Nothing here runs on the good path.
 * Owns: nothing.  Layer: sys.  Context: any, also after clone: no allocation, all buffers are the caller's.
 *
 *      struct sys_program p;
 *      sys_inspect_program("/entry.sh", &p);
 *      explain_exec(&p, "/entry.sh", errno, e);
 *
 * What is read is hostile: reads are bounded, nothing but regular files is opened, no number in it is believed.
 */
#ifndef BERTH_SYS_INSPECT_H
#define BERTH_SYS_INSPECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- a program that execve refused ------------------------------------------------------------------------------ */

enum sys_program_kind {
        SYS_PROGRAM_MISSING,     /* .num says why it cannot be looked at */
        SYS_PROGRAM_DIRECTORY,
        SYS_PROGRAM_SPECIAL,     /* neither file nor directory */
        SYS_PROGRAM_UNREADABLE,  /* a file whose bytes we may not see */
        SYS_PROGRAM_EMPTY,
        SYS_PROGRAM_SCRIPT,      /* begins with #! */
        SYS_PROGRAM_ELF,
        SYS_PROGRAM_OTHER,       /* neither: no kernel executes it without binfmt_misc */
};

enum { SYS_PROGRAM_INTERP_MAX = 256 };

struct sys_program {
        enum sys_program_kind kind;
        int num;              /* errno of the failed look, positive */
        mode_t mode;          /* permission bits */
        uid_t uid;
        gid_t gid;
        bool noexec;          /* it lies on a mount with noexec */
        bool may_execute;     /* mode and ACL allow it to this process */
        /* SCRIPT: what stands after #!, up to white space; ELF: PT_INTERP, "" when it is static */
        char interp[SYS_PROGRAM_INTERP_MAX];
        bool interp_crlf;     /* the #! line ends in CR LF: the CR is part of what the kernel looks for */
        bool interp_cut;      /* it is longer than the buffer, or the line than the kernel reads */
        int interp_num;       /* errno of looking the interpreter up; 0: it is there */
        /* ELF */
        uint8_t elf_class;    /* ELFCLASS32, ELFCLASS64 */
        uint8_t elf_data;     /* ELFDATA2LSB, ELFDATA2MSB */
        uint16_t machine;     /* EM_* */
        uint16_t type;        /* ET_* */
        bool broken;          /* its headers point outside of the file */
        uint16_t host_machine;  /* EM_* of this kernel; EM_NONE: not in our table */
        char host_name[32];     /* uname's machine */
};

/* Look at PATH as the container sees it. */
void sys_inspect_program(const char *path, struct sys_program *ret);

/* The pure part: the first LEN bytes of a file of SIZE bytes.  Fills kind, interp*, elf*, machine, type, broken.  For an ELF
 * whose PT_INTERP text lies beyond LEN, *ret_offset and *ret_length say where to read it; else they are 0. */
void sys_program_parse(const uint8_t *head, size_t len, uint64_t size, struct sys_program *p, uint64_t *ret_offset,
                       size_t *ret_length);

/* "aarch64", or NULL. */
const char *sys_machine_name(uint16_t machine);

/* ---- a path that was denied ------------------------------------------------------------------------------------- */

/* The components of an absolute path, from "/" on, as far as they could be looked at. */
enum { SYS_WALK_MAX = 48 };
struct sys_walk {
        struct sys_component {
                uint16_t end;  /* length of the path's part that names it */
                mode_t mode;   /* type and permission bits */
                uid_t uid;
                gid_t gid;
                bool link;     /* it is a symbolic link; mode, uid and gid are its target's */
        } item[SYS_WALK_MAX];
        unsigned n;
        int num;               /* why the walk ended early, positive errno; 0: all were seen */
};

/* Walk PATH.  Symbolic links are followed. */
void sys_inspect_path(const char *path, struct sys_walk *ret);

/* ---- limits and deaths ------------------------------------------------------------------------------------------ */

/* A number in a file ("/proc/sys/user/max_user_namespaces"), DIR_FD as for openat(2); "max" is UINT64_MAX.  -errno. */
int sys_inspect_number(int dir_fd, const char *path, uint64_t *ret);
/* The number after KEY in a file of "key value" lines ("memory.events", "oom_kill").  -ENOENT: no such key. */
int sys_inspect_key(int dir_fd, const char *path, const char *key, uint64_t *ret);
/* Pure: the same in text. */
int sys_key_value(const char *text, const char *key, uint64_t *ret);

/* What a cgroup says about deaths in it.  -1: not known. */
struct sys_cgroup_deaths {
        int64_t oom_kills;    /* memory.events oom_kill; v1: memory.oom_control */
        int64_t pids_denied;  /* pids.events max */
        int64_t memory_max;   /* bytes; INT64_MAX: none */
        int64_t pids_max;     /* INT64_MAX: none */
        int64_t pids_current;
};
/* MEMORY_FD and PIDS_FD are directory fds of init's cgroup: the same one on v2, one a hierarchy on v1; -EBADF: none. */
void sys_inspect_cgroup(int memory_fd, int pids_fd, struct sys_cgroup_deaths *ret);

#endif
