/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "num.h"
#include "str.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* A hint that knows more than the one that may be there already. */
static void better_hint(struct err *e, const char *fmt, ...) _printf_(2, 3);
static void better_hint(struct err *e, const char *fmt, ...)
{
        va_list ap;

        if (!e)
                return;
        va_start(ap, fmt);
        vsnprintf(e->hint, sizeof e->hint, fmt, ap);
        va_end(ap);
}

/* ---- execve ----------------------------------------------------------------------------------------------------- */

/* TEXT with its control bytes as \r, \t, \x1b: what cannot be seen is often the fault. */
static const char *visible(const char *text, char *buf, size_t size)
{
        size_t at = 0;

        for (const char *c = text; *c && at + 5 < size; c++) {
                if (*c == '\r' || *c == '\t')
                        at += (size_t) snprintf(buf + at, size - at, "\\%c", *c == '\r' ? 'r' : 't');
                else if ((unsigned char) *c < ' ' || *c == 0x7f)
                        at += (size_t) snprintf(buf + at, size - at, "\\x%02x", (unsigned char) *c);
                else
                        buf[at++] = *c;
        }
        buf[at] = '\0';
        return buf;
}

struct reason {
        char text[700];
        const char *hint;
};

static void say(struct reason *r, const char *fmt, ...) _printf_(2, 3);
static void say(struct reason *r, const char *fmt, ...)
{
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(r->text, sizeof r->text, fmt, ap);
        va_end(ap);
}

static void say_missing(const struct sys_program *p, struct reason *r)
{
        char interp[4 * SYS_PROGRAM_INTERP_MAX];

        visible(p->interp, interp, sizeof interp);
        if (p->kind == SYS_PROGRAM_SCRIPT && p->interp_crlf) {
                say(r, "its #! line ends in CR LF, so that the kernel looks for '%s'", interp);
                r->hint = "save the script with LF line ends (dos2unix)";
        } else if (p->kind == SYS_PROGRAM_SCRIPT && p->interp_num) {
                say(r, "its interpreter '%s' is not in the container", interp);
                r->hint = p->interp[0] == '/' ? "install it in the image, or correct the script's #! line" :
                                                "the path after #! must be absolute";
        } else if (p->kind == SYS_PROGRAM_ELF && p->interp_num) {
                say(r, "its loader '%s' is not in the container", interp);
                r->hint = "the program is linked dynamically: the image lacks the C library that it was built for (glibc, musl)";
        }
}

static void say_denied(const struct sys_program *p, struct reason *r)
{
        if (p->kind == SYS_PROGRAM_DIRECTORY) {
                say(r, "it is a directory");
                r->hint = "the first of /process/args must be a program";
        } else if (p->kind == SYS_PROGRAM_SPECIAL) {
                say(r, "it is no regular file");
                r->hint = "the first of /process/args must be a program";
        } else if (p->noexec && p->kind != SYS_PROGRAM_MISSING) {
                say(r, "it lies on a mount with the option noexec");
                r->hint = "remove 'noexec' from that mount's options";
        } else if (p->kind != SYS_PROGRAM_MISSING && (p->mode & 0111) == 0) {
                say(r, "its mode %04o has no execute bit", (unsigned) p->mode);
                r->hint = "chmod +x it in the image";
        } else if (p->kind != SYS_PROGRAM_MISSING && !p->may_execute) {
                say(r, "its mode %04o and owner %u:%u do not let this user execute it", (unsigned) p->mode, (unsigned) p->uid,
                    (unsigned) p->gid);
                r->hint = "let everybody execute it (chmod a+rx in the image), or run as another /process/user";
        }
}

static bool is_other_machine(const struct sys_program *p)
{
        if (p->host_machine == EM_NONE || p->machine == p->host_machine)
                return false;
        return !(p->host_machine == EM_X86_64 && p->machine == EM_386);
}

static void say_machine(const struct sys_program *p, struct reason *r)
{
        const char *name = sys_machine_name(p->machine);
        char number[32];

        snprintf(number, sizeof number, "ELF machine %u", p->machine);
        say(r, "it is for %s, this host is %s, and no binfmt_misc handler took it", name ? name : number, p->host_name);
        r->hint = "use an image for this architecture, or install qemu-user-static's binfmt handlers on the host";
}

static void say_no_format(const struct sys_program *p, struct reason *r)
{
        if (p->kind == SYS_PROGRAM_EMPTY)
                say(r, "it is an empty file");
        else if (p->kind == SYS_PROGRAM_OTHER) {
                say(r, "it has neither a #! line nor an ELF header");
                r->hint = "if it is a script, its first line must name the interpreter: #!/bin/sh";
        } else if (p->kind == SYS_PROGRAM_SCRIPT && p->interp[0] == '\0')
                say(r, "its #! line names no interpreter");
        else if (p->kind == SYS_PROGRAM_SCRIPT && p->interp_cut)
                say(r, "its #! line is longer than the kernel reads");
        else if (p->kind == SYS_PROGRAM_ELF && p->broken)
                say(r, "its ELF headers are damaged or cut off");
        else if (p->kind == SYS_PROGRAM_ELF && is_other_machine(p))
                say_machine(p, r);
        else if (p->kind == SYS_PROGRAM_ELF && p->type != ET_EXEC && p->type != ET_DYN)
                say(r, "it is an ELF file, but no program (%s)", p->type == ET_REL  ? "an object file" :
                                                                 p->type == ET_CORE ? "a core dump" :
                                                                                      "unknown type");
}

static void find_reason(const struct sys_program *p, int num, struct reason *r)
{
        switch (num) {
        case ENOENT:
                say_missing(p, r);
                break;
        case EACCES:
        case EPERM:
                say_denied(p, r);
                break;
        case ENOEXEC:
                say_no_format(p, r);
                break;
        case ETXTBSY:
                say(r, "somebody has it open for writing");
                break;
        case E2BIG:
                say(r, "its arguments and environment are larger than the kernel takes");
                r->hint = "a single string may have 128 KiB; all together a quarter of RLIMIT_STACK";
                break;
        case ELIBBAD:
                say(r, "its loader '%.255s' is no valid program", p->interp);
                break;
        case ELOOP:
                say(r, "its interpreters are scripts that lead to each other, or links lead in a circle");
                break;
        case EAGAIN:
                say(r, "its user has as many processes as RLIMIT_NPROC allows");
                break;
        default:
                break;
        }
}

int explain_exec(const struct sys_program *p, const char *program, const char *file, int num, struct err *e)
{
        struct reason r = { .text = "" };
        char whose[600] = "";

        find_reason(p, num, &r);
        if (!streq(program, file))
                snprintf(whose, sizeof whose, " it needs '%.500s', and that fails:", file);
        if (r.text[0])
                err_set(e, ERR_EXEC, num, "cannot execute '%.300s':%s %s: %s (%s)", program, whose, r.text, errno_exec_text(num),
                        errno_name(num));
        else
                err_set(e, ERR_EXEC, num, "cannot execute '%.300s': %s (%s)", program, errno_exec_text(num), errno_name(num));
        if (e)
                snprintf(e->call, sizeof e->call, "execve");
        if (r.hint)
                better_hint(e, "%s", r.hint);
        return -num;
}

bool explain_exec_leads_on(const struct sys_program *p, int num)
{
        struct reason r = { .text = "" };

        if ((p->kind != SYS_PROGRAM_SCRIPT && p->kind != SYS_PROGRAM_ELF) || !p->interp[0] || p->interp_num)
                return false;
        find_reason(p, num, &r);
        return r.text[0] == '\0' || num == ELOOP;
}

/* ---- paths ------------------------------------------------------------------------------------------------------ */

static bool may_search(const struct sys_component *c, uid_t uid, gid_t gid)
{
        mode_t bit = c->uid == uid ? S_IXUSR : c->gid == gid ? S_IXGRP : S_IXOTH;

        return c->mode & bit;
}

bool explain_denied(const struct sys_walk *walk, const char *path, uid_t uid, gid_t gid, struct err *e)
{
        for (unsigned i = 0; i < walk->n; i++) {
                const struct sys_component *c = &walk->item[i];
                bool last = i + 1 == walk->n;

                if (!S_ISDIR(c->mode) || (last && walk->num != EACCES) || may_search(c, uid, gid))
                        continue;
                better_hint(e, "directory '%.*s' (mode %04o, owner %u:%u) cannot be searched by uid %u", (int) c->end, path,
                            (unsigned) c->mode & 07777, (unsigned) c->uid, (unsigned) c->gid, (unsigned) uid);
                return true;
        }
        return false;
}

/* ---- id maps ---------------------------------------------------------------------------------------------------- */

enum { MAX_EXTENTS = 340 };

static bool overlap(uint32_t a, uint32_t na, uint32_t b, uint32_t nb)
{
        return (uint64_t) a < (uint64_t) b + nb && (uint64_t) b < (uint64_t) a + na;
}

static bool explain_one_map(const struct sys_idmap_entry *m, const char *noun, struct err *e)
{
        if (m->size == 0) {
                better_hint(e, "%s mapping '%u %u 0' has the size 0", noun, m->inside, m->outside);
                return true;
        }
        /* The last id, 2^32-1, means "none" and cannot be mapped. */
        if ((uint64_t) m->inside + m->size > UINT32_MAX || (uint64_t) m->outside + m->size > UINT32_MAX) {
                better_hint(e, "%s mapping '%u %u %u' goes beyond the last id, 4294967294", noun, m->inside, m->outside, m->size);
                return true;
        }
        return false;
}

static bool explain_overlap(const struct sys_idmap_entry *a, const struct sys_idmap_entry *b, const char *noun, struct err *e)
{
        bool inside = overlap(a->inside, a->size, b->inside, b->size);

        if (!inside && !overlap(a->outside, a->size, b->outside, b->size))
                return false;
        better_hint(e, "%s mappings '%u %u %u' and '%u %u %u' overlap %s", noun, a->inside, a->outside, a->size, b->inside,
                    b->outside, b->size, inside ? "in the container" : "on the host");
        return true;
}

static bool next_number(const char **at, uint64_t *ret)
{
        size_t len;

        *at += strspn(*at, " ");
        len = strspn(*at, "0123456789");
        if (num_parse_u64(*at, len, 10, ret) < 0)
                return false;
        *at += len;
        return true;
}

/* Does one line of the parent's map hold all of [FIRST, FIRST + SIZE)?  The kernel asks the same. */
static bool parent_holds(const char *parent, uint64_t first, uint64_t size)
{
        for (const char *at = parent; *at;) {
                uint64_t inside, outside, n;

                if (!next_number(&at, &inside) || !next_number(&at, &outside) || !next_number(&at, &n))
                        return false;
                if (first >= inside && first + size <= inside + n)
                        return true;
                at += strcspn(at, "\n");
                at += *at == '\n';
        }
        return false;
}

/* As it is written to /proc/PID/uid_map. */
static size_t map_text_length(const struct sys_idmap_entry *maps, size_t n)
{
        size_t len = 0;

        for (size_t i = 0; i < n; i++)
                len += (size_t) snprintf(NULL, 0, "%u %u %u\n", maps[i].inside, maps[i].outside, maps[i].size);
        return len;
}

bool explain_idmap(const struct sys_idmap_entry *maps, size_t n, const char *noun, const char *parent, struct err *e)
{
        const size_t page = (size_t) sysconf(_SC_PAGESIZE);

        if (n > MAX_EXTENTS) {
                better_hint(e, "%zu %s mappings are more than the %d that the kernel takes", n, noun, MAX_EXTENTS);
                return true;
        }
        for (size_t i = 0; i < n; i++)
                if (explain_one_map(&maps[i], noun, e))
                        return true;
        for (size_t i = 0; i < n; i++)
                for (size_t j = i + 1; j < n; j++)
                        if (explain_overlap(&maps[i], &maps[j], noun, e))
                                return true;
        if (map_text_length(maps, n) >= page) {
                better_hint(e, "the %s map is %zu bytes long as text, the kernel takes less than %zu: join ranges", noun,
                            map_text_length(maps, n), page);
                return true;
        }
        for (size_t i = 0; parent && i < n; i++)
                if (!parent_holds(parent, maps[i].outside, maps[i].size)) {
                        better_hint(e, "%s mapping '%u %u %u': the runtime's own user namespace does not hold the ids %u to %u",
                                    noun, maps[i].inside, maps[i].outside, maps[i].size, maps[i].outside,
                                    maps[i].outside + maps[i].size - 1);
                        return true;
                }
        return false;
}

/* ---- clone ------------------------------------------------------------------------------------------------------ */

static const struct { uint64_t flag; const char *sysctl; } ns_limits[OCI_NS_KINDS] = {
        [OCI_NS_USER] = { CLONE_NEWUSER, "user.max_user_namespaces" },
        [OCI_NS_PID] = { CLONE_NEWPID, "user.max_pid_namespaces" },
        [OCI_NS_NETWORK] = { CLONE_NEWNET, "user.max_net_namespaces" },
        [OCI_NS_MOUNT] = { CLONE_NEWNS, "user.max_mnt_namespaces" },
        [OCI_NS_IPC] = { CLONE_NEWIPC, "user.max_ipc_namespaces" },
        [OCI_NS_UTS] = { CLONE_NEWUTS, "user.max_uts_namespaces" },
        [OCI_NS_CGROUP] = { CLONE_NEWCGROUP, "user.max_cgroup_namespaces" },
        [OCI_NS_TIME] = { CLONE_NEWTIME, "user.max_time_namespaces" },
};

static void explain_ns_limit(uint64_t flags, const struct explain_limits *l, struct err *e)
{
        const char *lowest = NULL;
        int64_t value = INT64_MAX;

        for (unsigned i = 0; i < OCI_NS_KINDS; i++)
                if ((flags & ns_limits[i].flag) && l->ns_max[i] >= 0 && l->ns_max[i] < value) {
                        lowest = ns_limits[i].sysctl;
                        value = l->ns_max[i];
                }
        if (lowest && value == 0)
                better_hint(e, "sysctl %s is 0: this host allows none; raise it", lowest);
        else if (lowest)
                better_hint(e, "a limit on namespaces is reached; the lowest one is sysctl %s = %lld (others, such as those of an "
                               "outer container, may be lower), or they are nested more than 32 deep", lowest,
                            (long long) value);
        else
                better_hint(e, "a limit on namespaces is reached: see the sysctls user.max_*_namespaces");
}

static void explain_no_process(const struct explain_limits *l, struct err *e)
{
        if (l->pids_max >= 0 && l->pids_max < INT64_MAX && l->pids_current >= l->pids_max)
                better_hint(e, "the cgroup's pids.max is %lld, and %lld processes are in it", (long long) l->pids_max,
                            (long long) l->pids_current);
        else
                better_hint(e, "too many processes: RLIMIT_NPROC is %lld here, kernel.threads-max %lld, kernel.pid_max %lld; or an "
                               "outer cgroup's pids.max is reached", (long long) l->nproc, (long long) l->threads_max,
                            (long long) l->pid_max);
}

static void explain_no_permission(uint64_t flags, const struct explain_limits *l, struct err *e)
{
        if (!(flags & CLONE_NEWUSER))
                better_hint(e, l->privileged ? "a sandbox (seccomp, an outer container) denies it" :
                                               "without CAP_SYS_ADMIN this needs a new user namespace in /linux/namespaces");
        else if (l->userns_clone == 0)
                better_hint(e, "sysctl kernel.unprivileged_userns_clone is 0: this host allows user namespaces to root only");
        else if (l->apparmor_userns == 1 && !l->privileged)
                better_hint(e, "sysctl kernel.apparmor_restrict_unprivileged_userns is 1: berth needs an AppArmor profile with "
                               "'userns,'");
        else
                better_hint(e, "a sandbox denies new user namespaces (seccomp, an outer container), or the runtime is chrooted");
}

void explain_clone(int num, uint64_t flags, const struct explain_limits *limits, struct err *e)
{
        if (num == ENOSPC || num == EUSERS)
                explain_ns_limit(flags, limits, e);
        else if (num == EAGAIN)
                explain_no_process(limits, e);
        else if (num == EPERM)
                explain_no_permission(flags, limits, e);
        else if (num == ENOMEM && limits->joins_pid_ns)
                better_hint(e, "the joined pid namespace is dead: its init has ended");
        else if (num == EINVAL)
                better_hint(e, "this kernel lacks one of the namespaces (CONFIG_*_NS), or the flags do not go together");
}

/* ---- death ------------------------------------------------------------------------------------------------------ */

void explain_death(const char *how, const char *before, int signal, const struct sys_cgroup_deaths *d, struct err *e)
{
        char hint[256] = "";

        err_set(e, ERR_HOST, ECONNRESET, "init %s before %s", how, before);
        if (signal == SIGKILL && d->oom_kills > 0) {
                err_set(e, ERR_HOST, ENOMEM, "init was killed by the kernel's OOM killer before %s (memory limit %lld bytes, oom_kill %lld): %s (%s)",
                        before, (long long) d->memory_max, (long long) d->oom_kills, errno_text(ENOMEM), errno_name(ENOMEM));
                snprintf(hint, sizeof hint, "raise /linux/resources/memory/limit");
        } else if (d->pids_denied > 0) {
                snprintf(hint, sizeof hint, "the cgroup's pids.max (%lld) has denied %lld forks", (long long) d->pids_max,
                         (long long) d->pids_denied);
        } else if (signal == SIGKILL) {
                snprintf(hint, sizeof hint, "somebody killed it, or the host ran out of memory (see dmesg)");
        } else if (signal == SIGSYS) {
                snprintf(hint, sizeof hint, "a seccomp filter of the host or of the config killed it for a system call");
        }
        if (hint[0])
                better_hint(e, "%s", hint);
}
