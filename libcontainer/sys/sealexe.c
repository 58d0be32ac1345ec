/* SPDX-License-Identifier: Apache-2.0 */
#include "sealexe.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "num.h"
#include "syscalls.h"

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif
#ifndef F_SEAL_SEAL
#define F_SEAL_SEAL 0x0001
#define F_SEAL_SHRINK 0x0002
#define F_SEAL_GROW 0x0004
#define F_SEAL_WRITE 0x0008
#endif
enum { ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNSEALABLE_BUILD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define UNSEALABLE_BUILD 1
#endif
#endif
#ifndef UNSEALABLE_BUILD
#define UNSEALABLE_BUILD 0
#endif

void sys_sealexe_done(struct sealexe *s)
{
        s->exe_fd = safe_close(s->exe_fd);
}

/* An anonymous file that may be executed.  MFD_EXEC says so explicitly since 6.3, where vm.memfd_noexec may have changed
 * the default; before, it is an unknown flag. */
static int exec_memfd(const char *name)
{
        int fd = sys_memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
        if (fd == -EINVAL)
                fd = sys_memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        return fd;
}

/* The file behind FD, sealed, as a new fd that only reads: a file that is open for writing cannot become an exe. */
static int seal_and_reopen(int fd)
{
        char path[48];
        if (fchmod(fd, 0555) < 0 || fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0)
                return -errno;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        int ret = open(path, O_RDONLY | O_CLOEXEC);
        return ret < 0 ? -errno : ret;
}

static int make_empty_exe(int *ret_fd, struct err *e)
{
        _cleanup_close_ int fd = exec_memfd("berth:[init]");
        if (fd < 0)
                return err_sys(e, -fd, "memfd_create", "cannot make the file that stands in for the runtime's executable");
        int ret = seal_and_reopen(fd);
        if (ret < 0)
                return err_sys(e, -ret, "fcntl", "cannot seal the file that stands in for the runtime's executable");
        *ret_fd = ret;
        return 0;
}

/* Split the fields of /proc/self/stat: the name in parentheses may hold anything, so they are counted from the last ')'.
 * man: proc_pid_stat(5), fields from 3 on. */
static int parse_stat(const char *text, size_t len, struct sealexe *s)
{
        const struct { unsigned field; uint64_t *value; } wanted[] = {
                { 26, &s->start_code }, { 27, &s->end_code },  { 28, &s->start_stack }, { 45, &s->start_data },
                { 46, &s->end_data },   { 47, &s->start_brk }, { 48, &s->arg_start },   { 49, &s->arg_end },
                { 50, &s->env_start },  { 51, &s->env_end },
        };
        const char *end = text + len, *p = memrchr(text, ')', len);
        size_t found = 0;
        if (!p)
                return -EINVAL;
        p++;
        for (unsigned field = 3; p < end && found < ARRAY_SIZE(wanted); field++) {
                p++; /* the blank */
                const char *stop = p;
                while (stop < end && *stop != ' ' && *stop != '\n')
                        stop++;
                if (field == wanted[found].field) {
                        if (num_parse_u64(p, (size_t) (stop - p), 10, wanted[found].value) < 0)
                                return -EINVAL;
                        found++;
                }
                p = stop;
        }
        return found == ARRAY_SIZE(wanted) ? 0 : -EINVAL;
}

int sys_sealexe_layout(struct sealexe *s, struct err *e)
{
        char text[1024];
        _cleanup_close_ int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open '/proc/self/stat'");
        ssize_t n = read(fd, text, sizeof text);
        if (n < 0)
                return err_sys(e, errno, "read", "cannot read '/proc/self/stat'");
        if (parse_stat(text, (size_t) n, s) < 0)
                return err_set(e, ERR_INTERNAL, EINVAL, "cannot understand '/proc/self/stat'");
        return 0;
}

struct walk {
        struct sealexe *s;
        uintptr_t page;
        int r;
};

static void add_piece(struct walk *w, struct sealexe_piece piece)
{
        struct sealexe *s = w->s;
        if (piece.start >= piece.end)
                return;
        if (s->n_pieces == SEALEXE_MAX_PIECES || !(piece.prot & PROT_READ)) { /* what cannot be read cannot be copied */
                w->r = -ENOTSUP;
                return;
        }
        s->pieces[s->n_pieces++] = piece;
}

/* The pages of segment PH that come from the file, cut where the dynamic linker made RELRO read-only. */
static void add_segment(struct walk *w, uintptr_t base, const ElfW(Phdr) *ph, const ElfW(Phdr) *relro)
{
        uintptr_t mask = w->page - 1;
        uintptr_t start = (base + ph->p_vaddr) & ~mask;
        uintptr_t end = (base + ph->p_vaddr + ph->p_filesz + mask) & ~mask;
        int prot = (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
                   (ph->p_flags & PF_X ? PROT_EXEC : 0);
        uintptr_t ro_start = end, ro_end = end;
        if (relro && (prot & PROT_WRITE)) {
                ro_start = MIN(MAX((base + relro->p_vaddr) & ~mask, start), end);
                ro_end = MIN(MAX((base + relro->p_vaddr + relro->p_memsz) & ~mask, ro_start), end);
        }
        /* The kernel has mapped whole pages; a segment that was ever writable is no longer what the file says. */
        off_t offset = prot & PROT_WRITE ? SEALEXE_CHANGED : (off_t) (ph->p_offset & ~mask);
        add_piece(w, (struct sealexe_piece) { start, ro_start, prot, offset });
        add_piece(w, (struct sealexe_piece) { ro_start, ro_end, prot & ~PROT_WRITE, offset });
        add_piece(w, (struct sealexe_piece) { ro_end, end, prot, offset });
}

/* The first object is the program itself; nothing else is of interest. */
static int visit_object(struct dl_phdr_info *info, size_t size _unused_, void *arg)
{
        struct walk *w = arg;
        const ElfW(Phdr) *relro = NULL;
        for (unsigned i = 0; i < info->dlpi_phnum; i++)
                if (info->dlpi_phdr[i].p_type == PT_GNU_RELRO)
                        relro = &info->dlpi_phdr[i];
        for (unsigned i = 0; i < info->dlpi_phnum; i++)
                if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_filesz > 0)
                        add_segment(w, info->dlpi_addr, &info->dlpi_phdr[i], relro);
        return 1;
}

/* The kernel tells the size of its structure to everybody, when it has the call at all. */
static bool kernel_can_seal(void)
{
        unsigned size = 0;
        return prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) == 0 && size == sizeof(struct prctl_mm_map);
}

bool sys_sealexe_is_possible(void) { return !UNSEALABLE_BUILD && kernel_can_seal(); }

int sys_sealexe_prepare(struct sealexe *s, struct err *e)
{
        *s = SEALEXE_INIT;
        if (UNSEALABLE_BUILD) /* the sanitizer's run time writes to the binary's data while it is being moved */
                return err_set(e, ERR_HOST, ENOTSUP, "a build with sanitizers cannot move itself into anonymous memory");
        if (!kernel_can_seal())
                return err_set(e, ERR_HOST, ENOTSUP, "the kernel has no PR_SET_MM_MAP (CONFIG_CHECKPOINT_RESTORE)");

        struct walk w = { .s = s, .page = (uintptr_t) sysconf(_SC_PAGESIZE) };
        dl_iterate_phdr(visit_object, &w);
        if (w.r < 0 || s->n_pieces == 0)
                return err_set(e, ERR_HOST, ENOTSUP, "the runtime's executable has segments that cannot be copied");
        int r = sys_sealexe_layout(s, e);
        if (r < 0)
                return r;
        return make_empty_exe(&s->exe_fd, e);
}

/* Our own file once more, by its path, below this mount namespace's mount of it.  Any doubt that it is the same: none. */
static int open_own_file(void)
{
        char path[PATH_MAX];
        struct stat own, found;
        ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
        if (n < 0)
                return -errno;
        path[n] = '\0';
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &found) < 0 || stat("/proc/self/exe", &own) < 0)
                return -errno;
        return found.st_dev == own.st_dev && found.st_ino == own.st_ino ? TAKE_FD(fd) : -ESTALE;
}

static int fill_piece(const struct sealexe_piece *p, int file_fd, char *to)
{
        size_t len = p->end - p->start;
        if (file_fd >= 0 && p->offset != SEALEXE_CHANGED)
                return mmap(to, len, p->prot, MAP_PRIVATE | MAP_FIXED, file_fd, p->offset) == MAP_FAILED ? -errno : 0;
        memcpy(to, (const void *) p->start, len);
        if (p->prot & PROT_EXEC)
                __builtin___clear_cache(to, to + len);
        return mprotect(to, len, p->prot) < 0 ? -errno : 0;
}

/* What will stand in for the pieces, one after the other, with the protection of each: the file's pages where FILE_FD has
 * them, else copies. */
static int double_pieces(const struct sealexe *s, int file_fd, char **ret_copy, struct err *e)
{
        size_t size = 0;
        for (unsigned i = 0; i < s->n_pieces; i++)
                size += s->pieces[i].end - s->pieces[i].start;
        char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | (file_fd < 0 ? MAP_POPULATE : 0), -1, 0);
        if (copy == MAP_FAILED)
                return err_sys(e, errno, "mmap", "cannot get memory for a copy of the runtime's executable");

        char *to = copy;
        for (unsigned i = 0; i < s->n_pieces; i++) {
                int r = fill_piece(&s->pieces[i], file_fd, to);
                if (r < 0) {
                        munmap(copy, size);
                        err_sys(e, -r, "mprotect", "cannot make a copy of the runtime's executable executable");
                        err_hint(e, "a security module may forbid executable anonymous memory (SELinux: execmem)");
                        return r;
                }
                to += s->pieces[i].end - s->pieces[i].start;
        }
        *ret_copy = copy;
        return 0;
}

/* Put each copy in the place of its original.  This function's own text, and the table of addresses through which it
 * calls, are among them: mremap(2) takes the old pages away and puts the new ones there in one go, as far as this thread
 * can see, and the bytes are the same; the data pages too, because nothing is written to them between the copy and here:
 * no static variable, and errno lies in the thread's own block, which is no part of the binary's pages. */
static int __attribute__((noinline)) place_pieces(const struct sealexe *s, char *copy)
{
        for (unsigned i = 0; i < s->n_pieces; i++) {
                size_t len = s->pieces[i].end - s->pieces[i].start;
                if (mremap(copy, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, (void *) s->pieces[i].start) == MAP_FAILED)
                        return -errno;
                copy += len;
        }
        return 0;
}

/* The kernel checks and sets all addresses at once: they keep their values, only the exe and what is shown change.  The break is asked
 * for now, because the heap may have grown since sys_sealexe_prepare. */
static int change_exe(const struct sealexe *s)
{
        struct prctl_mm_map map = {
                .start_code = s->start_code,
                .end_code = s->end_code,
                .start_data = s->start_data,
                .end_data = s->end_data,
                .start_brk = s->start_brk,
                .brk = (uint64_t) syscall(SYS_brk, 0),
                .start_stack = s->start_stack,
                .arg_start = s->title ? (uintptr_t) s->title : s->arg_start,
                .arg_end = s->title ? (uintptr_t) s->title + s->title_bytes : s->arg_end,
                .env_start = s->env_start,
                .env_end = s->title ? s->env_start : s->env_end,
                .exe_fd = (uint32_t) s->exe_fd,
        };
        return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) < 0 ? -errno : 0;
}

static int move(const struct sealexe *s, int file_fd, struct err *e)
{
        char *copy = NULL;
        int r = double_pieces(s, file_fd, &copy, e);
        if (r < 0)
                return r;
        r = place_pieces(s, copy);
        if (r < 0)
                return err_sys(e, -r, "mremap", "cannot move the runtime's executable out of its file's mount");
        r = change_exe(s);
        if (r < 0)
                return err_sys(e, -r, "prctl", "cannot take the runtime's executable out of '/proc/self/exe'");
        return 0;
}

int sys_sealexe_enter(struct sealexe *s, struct err *e)
{
        if (s->exe_fd < 0)
                return err_set(e, ERR_INTERNAL, EBADF, "the runtime's executable was not prepared for sealing");
        _cleanup_close_ int file_fd = s->copy_all ? -EBADF : open_own_file();
        int r = file_fd < 0 ? file_fd : move(s, file_fd, NULL);
        if (r < 0) /* -EBUSY: this is the mount namespace of the exec, or it is entered again */
                r = move(s, -EBADF, e);
        if (r == 0)
                sys_sealexe_done(s);
        return r;
}

bool sys_sealexe_is_sealed(void)
{
        _cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        int seals = fcntl(fd, F_GET_SEALS);
        return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

static int copy_file(int from_fd, int to_fd)
{
        struct stat st;
        if (fstat(from_fd, &st) < 0)
                return -errno;
        for (off_t left = st.st_size; left > 0;) {
                ssize_t n = sendfile(to_fd, from_fd, NULL, (size_t) left);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO; /* it shrank under us */
                left -= n;
        }
        return 0;
}

int sys_sealexe_reexec(char *const argv[], char *const envp[], struct err *e)
{
        if (sys_sealexe_is_sealed())
                return 0;
        _cleanup_close_ int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        if (exe < 0)
                return err_sys(e, errno, "open", "cannot open the runtime's own executable '/proc/self/exe'");
        _cleanup_close_ int fd = exec_memfd("berth");
        if (fd < 0)
                return err_sys(e, -fd, "memfd_create", "cannot make a sealed copy of the runtime's executable");
        int r = copy_file(exe, fd);
        if (r < 0)
                return err_sys(e, -r, "sendfile", "cannot copy the runtime's executable");
        _cleanup_close_ int sealed = seal_and_reopen(fd);
        if (sealed < 0)
                return err_sys(e, -sealed, "fcntl", "cannot seal the copy of the runtime's executable");
        fd = safe_close(fd); /* open for writing, it could not be executed */
        r = sys_execveat(sealed, "", argv, envp, AT_EMPTY_PATH);
        return err_sys(e, -r, "execveat", "cannot execute the sealed copy of the runtime");
}
