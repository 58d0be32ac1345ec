/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp-cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

enum { FORMAT_VERSION = 1, WARNINGS_MAX_BYTES = 64 * 1024, STALE_SEC = 3600 };

/* The head of an entry, in this machine's byte order: an entry of another machine has another key. */
struct head {
        char magic[8];
        uint32_t n_insns, warnings_bytes;
        struct sys_dl_file library;
        uint8_t digest[HASH_BYTES]; /* of all before it, the key, the instructions and the warnings */
};
static const char magic[8] = "berthsc";

static bool is_ours_alone(const struct stat *st)
{
        return st->st_uid == geteuid() && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int open_own_dir(int parent_fd, const char *name)
{
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (mkdirat(parent_fd, name, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        return is_ours_alone(&st) ? TAKE_FD(fd) : -EPERM;
}

int sys_seccomp_cache_open(int root_fd)
{
        _cleanup_close_ int cache_fd = open_own_dir(root_fd, ".cache");

        return cache_fd < 0 ? cache_fd : open_own_dir(cache_fd, "seccomp");
}

static void add_rule(struct hash *h, const struct sys_seccomp_rule *rule)
{
        hash_add_u64(h, rule->n_names);
        for (size_t i = 0; i < rule->n_names; i++)
                hash_add_text(h, rule->names[i]);
        hash_add_u64(h, rule->action);
        hash_add_u64(h, rule->errno_set);
        hash_add_u64(h, rule->errno_set ? rule->errno_ret : 0);
        hash_add_u64(h, rule->n_args);
        for (size_t i = 0; i < rule->n_args; i++) {
                hash_add_u64(h, rule->args[i].index);
                hash_add_u64(h, rule->args[i].op);
                hash_add_u64(h, rule->args[i].value);
                hash_add_u64(h, rule->args[i].value_two);
        }
}

void sys_seccomp_cache_key(const struct sys_seccomp_filter *filter, char key[static SYS_SECCOMP_KEY_SIZE])
{
        uint8_t digest[HASH_BYTES];
        struct utsname uts = { 0 };
        struct hash h;

        uname(&uts);
        hash_init(&h);
        hash_add_u64(&h, FORMAT_VERSION);
        hash_add_u64(&h, sizeof(void *));
        hash_add_text(&h, uts.machine);
        hash_add_text(&h, uts.release);
        hash_add_u64(&h, filter->default_action);
        hash_add_u64(&h, filter->default_errno_set);
        hash_add_u64(&h, filter->default_errno_set ? filter->default_errno : 0);
        hash_add_u64(&h, filter->fail_unknown);
        hash_add_u64(&h, filter->n_archs);
        for (size_t i = 0; i < filter->n_archs; i++)
                hash_add_text(&h, filter->archs[i]);
        hash_add_u64(&h, filter->n_rules);
        for (size_t i = 0; i < filter->n_rules; i++)
                add_rule(&h, &filter->rules[i]);
        hash_done(&h, digest);
        hash_to_hex(digest, key);
}

static void seal(const struct head *head, const char *key, const struct sock_filter *insns, const char *warnings,
                 uint8_t digest[static HASH_BYTES])
{
        struct hash h;

        hash_init(&h);
        hash_add(&h, head, offsetof(struct head, digest));
        hash_add_text(&h, key);
        hash_add(&h, insns, head->n_insns * sizeof *insns);
        hash_add(&h, warnings, head->warnings_bytes);
        hash_done(&h, digest);
}

static bool is_plausible(const struct head *head, const struct stat *st, size_t max)
{
        return memcmp(head->magic, magic, sizeof magic) == 0 && head->n_insns > 0 && head->n_insns <= max &&
               head->warnings_bytes <= WARNINGS_MAX_BYTES &&
               (uint64_t) st->st_size == sizeof *head + (uint64_t) head->n_insns * sizeof(struct sock_filter) + head->warnings_bytes;
}

/* The same file as when the entry was made? */
static bool is_current(const struct sys_dl_file *library)
{
        struct sys_dl_file now;

        return memchr(library->path, '\0', sizeof library->path) && sys_dl_stat(library->path, &now) == 0 &&
               memcmp(&now, library, sizeof now) == 0;
}

int sys_seccomp_cache_load(int dir_fd, const char *key, struct sys_seccomp_cached *entry, size_t max)
{
        _cleanup_close_ int fd = openat(dir_fd, key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        _cleanup_free_ char *warnings = NULL;
        uint8_t digest[HASH_BYTES];
        struct head head;
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !is_ours_alone(&st))
                return -EPERM;
        if (read(fd, &head, sizeof head) != (ssize_t) sizeof head || !is_plausible(&head, &st, max))
                return -EBADMSG;
        warnings = malloc(head.warnings_bytes + 1);
        if (!warnings)
                return -ENOMEM;
        struct iovec parts[] = { { entry->insns, head.n_insns * sizeof *entry->insns }, { warnings, head.warnings_bytes } };
        if (readv(fd, parts, 2) != (ssize_t) (parts[0].iov_len + parts[1].iov_len))
                return -EBADMSG;
        seal(&head, key, entry->insns, warnings, digest);
        if (memcmp(digest, head.digest, sizeof digest) != 0)
                return -EBADMSG;
        if (!is_current(&head.library))
                return -ESTALE;
        entry->n = head.n_insns;
        strbuf_add(entry->warnings, warnings, head.warnings_bytes);
        return 0;
}

struct age {
        char name[SYS_SECCOMP_KEY_SIZE];
        int64_t sec, nsec;
};

static int compare_age(const void *a, const void *b)
{
        const struct age *x = a, *y = b;

        return x->sec != y->sec ? (x->sec < y->sec ? -1 : 1) : x->nsec != y->nsec ? (x->nsec < y->nsec ? -1 : 1) : 0;
}

/* A temporary file that its writer left behind is as old as a crash; one of a minute ago may still be written. */
static void remove_if_stale(int dir_fd, const char *name, const struct stat *st)
{
        if (time(NULL) - st->st_mtim.tv_sec > STALE_SEC)
                unlinkat(dir_fd, name, 0);
}

static void evict(int dir_fd)
{
        struct age ages[2 * SYS_SECCOMP_CACHE_MAX_ENTRIES];
        _cleanup_closedir_ DIR *dir = NULL;
        struct dirent *entry;
        size_t n = 0;
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0 || !(dir = fdopendir(fd))) {
                safe_close(fd);
                return;
        }
        while (n < ARRAY_SIZE(ages) && (entry = readdir(dir))) {
                struct stat st;

                if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                        continue;
                if (strlen(entry->d_name) != SYS_SECCOMP_KEY_SIZE - 1) {
                        remove_if_stale(dir_fd, entry->d_name, &st);
                        continue;
                }
                memcpy(ages[n].name, entry->d_name, SYS_SECCOMP_KEY_SIZE);
                ages[n].sec = st.st_mtim.tv_sec;
                ages[n++].nsec = st.st_mtim.tv_nsec;
        }
        qsort(ages, n, sizeof *ages, compare_age);
        for (size_t i = 0; i + SYS_SECCOMP_CACHE_MAX_ENTRIES < n; i++)
                unlinkat(dir_fd, ages[i].name, 0);
}

static int write_entry(int dir_fd, const char *name, struct iovec parts[3])
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = writev(fd, parts, 3);
        if (n < 0)
                return -errno;
        return n == (ssize_t) (parts[0].iov_len + parts[1].iov_len + parts[2].iov_len) ? 0 : -ENOSPC;
}

int sys_seccomp_cache_store(int dir_fd, const char *key, const struct sys_seccomp_cached *entry, size_t warnings_at)
{
        size_t warnings_bytes = entry->warnings->len - warnings_at;
        const char *warnings = warnings_bytes ? entry->warnings->text + warnings_at : "";
        struct head head = { .n_insns = (uint32_t) entry->n, .warnings_bytes = (uint32_t) warnings_bytes };
        struct iovec parts[] = {
                { &head, sizeof head },
                { entry->insns, entry->n * sizeof *entry->insns },
                { (void *) warnings, warnings_bytes },
        };
        char name[SYS_SECCOMP_KEY_SIZE + 16];
        int r = sys_seccomp_library(&head.library);

        if (r < 0)
                return r;
        if (warnings_bytes > WARNINGS_MAX_BYTES)
                return -E2BIG;
        memcpy(head.magic, magic, sizeof magic);
        seal(&head, key, entry->insns, warnings, head.digest);
        snprintf(name, sizeof name, "%s.%d~", key, (int) getpid());
        r = write_entry(dir_fd, name, parts);
        if (r == 0 && renameat(dir_fd, name, dir_fd, key) < 0)
                r = -errno;
        if (r < 0 && r != -EEXIST)
                unlinkat(dir_fd, name, 0);
        evict(dir_fd);
        return r;
}
