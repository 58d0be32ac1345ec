/* SPDX-License-Identifier: Apache-2.0 */
#include "convert-host.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "lxcnet/document.h"

enum { MAX_FILE_BYTES = 64 << 20 };

/* All of FD into the arena.  A pipe is read to its end, so that a configuration can come from another program. */
static int read_all(struct arena *arena, int fd, const char **ret_text, size_t *ret_len)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };
        char chunk[16384];
        ssize_t n;

        while ((n = read(fd, chunk, sizeof chunk)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                strbuf_add(&b, chunk, (size_t) n);
                if (b.len > MAX_FILE_BYTES)
                        return -EFBIG;
        }
        *ret_text = arena_strndup(arena, b.text ?: "", b.len);
        *ret_len = b.len;
        return b.failed || !*ret_text ? -ENOMEM : 0;
}

/* What a configuration names may be a pipe that nobody writes to, or a device that opening it does something to. */
static int host_read(void *arg, struct arena *arena, const char *path, const char **ret_text, size_t *ret_len)
{
        const struct convert_input *input = arg;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (streq(path, CONVERT_STDIN) && streq(path, input->path))
                return read_all(arena, STDIN_FILENO, ret_text, ret_len);
        if (stat(path, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode) && !(S_ISFIFO(st.st_mode) && streq(path, input->path)))
                return -EINVAL;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        return fd < 0 ? -errno : read_all(arena, fd, ret_text, ret_len);
}

/* LXC takes names of six letters and more that end so. */
static int is_conf(const struct dirent *entry)
{
        size_t n = strlen(entry->d_name), suffix = strlen(".conf");

        return n > suffix && streq(entry->d_name + n - suffix, ".conf");
}

static int host_list(void *arg _unused_, struct arena *arena, const char *path, oci_strings *ret)
{
        struct dirent **found;
        int n = scandir(path, &found, is_conf, alphasort), r = 0;

        if (n < 0)
                return -errno;
        *ret = (oci_strings) { 0 };
        for (int i = 0; i < n; i++) {
                const char **grown = arena_grow_array(arena, (void *) ret->items, ret->n, sizeof *grown);
                const char *name = arena_strdup(arena, found[i]->d_name);

                if (grown && name) {
                        ret->items = grown;
                        ret->items[ret->n++] = name;
                } else {
                        r = -ENOMEM;
                }
                free(found[i]);
        }
        free(found);
        return r;
}

static bool host_exists(void *arg _unused_, const char *path) { return access(path, F_OK) == 0; }

static bool host_is_file(void *arg _unused_, const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static const char *host_read_link(void *arg _unused_, struct arena *arena, const char *path)
{
        char text[PATH_MAX];
        ssize_t len = readlink(path, text, sizeof text);

        return len < 0 ? NULL : arena_strndup(arena, text, (size_t) len);
}

static const char *host_getenv(void *arg _unused_, const char *name) { return getenv(name); }

static bool host_find_device(void *arg _unused_, const char *path, char *ret_type, int64_t *ret_major, int64_t *ret_minor)
{
        struct stat st;

        if (stat(path, &st) < 0 || (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)))
                return false;
        *ret_type = S_ISCHR(st.st_mode) ? 'c' : 'b';
        *ret_major = major(st.st_rdev);
        *ret_minor = minor(st.st_rdev);
        return true;
}

/* libseccomp has the table of system calls; without it, numbers are errors and names are taken as they are. */
static void *libseccomp_symbol(const char *name)
{
        static void *handle;
        static bool tried;

        if (!tried)
                handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
        tried = true;
        return handle ? dlsym(handle, name) : NULL;
}

static const char *host_syscall_name(void *arg _unused_, int number)
{
        enum { NATIVE = 0 };
        char *(*resolve)(uint32_t, int) = (char *(*) (uint32_t, int)) libseccomp_symbol("seccomp_syscall_resolve_num_arch");

        /* A few bytes a line of an old policy: not freed, the process ends soon. */
        return resolve ? resolve(NATIVE, number) : NULL;
}

static bool host_syscall_known(void *arg _unused_, const char *name)
{
        enum { UNKNOWN = -1 };
        int (*resolve)(const char *) = (int (*)(const char *)) libseccomp_symbol("seccomp_syscall_resolve_name");

        return !resolve || resolve(name) != UNKNOWN;
}

/* The half of lxc-net that makes no system call. */
static int host_check_net(void *arg _unused_, const char *text, size_t len, struct faults *faults)
{
        static struct err e;
        struct lxcnet_document *document;

        e = ERR_INIT;
        return lxcnet_document_parse(faults->arena, text, len, faults, &document, &e);
}

struct lxc_host convert_host(struct convert_input *input)
{
        return (struct lxc_host) {
                .read = host_read,
                .list = host_list,
                .exists = host_exists,
                .is_file = host_is_file,
                .read_link = host_read_link,
                .getenv = host_getenv,
                .find_device = host_find_device,
                .syscall_name = host_syscall_name,
                .syscall_known = host_syscall_known,
                .check_net = host_check_net,
                .arg = input,
        };
}

bool convert_host_has_apparmor(void)
{
        _cleanup_close_ int fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
        char c;

        return fd >= 0 && read(fd, &c, 1) == 1 && c == 'Y';
}

const char *convert_host_reaper(void)
{
        static const char *const paths[] = { "/usr/bin/catatonit", "/usr/libexec/podman/catatonit", "/usr/bin/tini-static",
                                             "/sbin/tini-static", "/usr/bin/dumb-init" };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
                if (access(paths[i], X_OK) == 0)
                        return paths[i];
        return NULL;
}

int convert_host_arch(void)
{
#if defined(__x86_64__)
        return OCI_SECCOMP_ARCH_X86_64;
#elif defined(__i386__)
        return OCI_SECCOMP_ARCH_X86;
#elif defined(__aarch64__)
        return OCI_SECCOMP_ARCH_AARCH64;
#elif defined(__arm__)
        return OCI_SECCOMP_ARCH_ARM;
#elif defined(__riscv)
        return OCI_SECCOMP_ARCH_RISCV64;
#elif defined(__s390x__)
        return OCI_SECCOMP_ARCH_S390X;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
        return OCI_SECCOMP_ARCH_PPC64LE;
#elif defined(__loongarch64)
        return OCI_SECCOMP_ARCH_LOONGARCH64;
#else
        return -1;
#endif
}

const char *convert_host_rootfs_mount(void)
{
#if defined(__x86_64__)
        return "/usr/lib/x86_64-linux-gnu/lxc";
#elif defined(__aarch64__)
        return "/usr/lib/aarch64-linux-gnu/lxc";
#elif defined(__arm__)
        return "/usr/lib/arm-linux-gnueabihf/lxc";
#elif defined(__riscv)
        return "/usr/lib/riscv64-linux-gnu/lxc";
#else
        return "/usr/lib/lxc/rootfs";
#endif
}
