/* SPDX-License-Identifier: Apache-2.0 */
/* Scope-bound ownership: what a function acquires is released when the variable leaves its scope.
 * Owns: nothing.  Layer: base.  Context: any, also after clone (nothing here allocates).
 *
 *      _cleanup_close_ int fd = -EBADF;
 *      _cleanup_free_ char *text = NULL;
 *      ...
 *      *ret_fd = TAKE_FD(fd);          ownership moves to the caller
 */
#ifndef BERTH_BASE_CLEANUP_H
#define BERTH_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _unused_ __attribute__((unused))
#define _noreturn_ __attribute__((noreturn))

#define TAKE_GENERIC(var, type, null)                                                                                  \
        ({                                                                                                             \
                type *_take_ptr = &(var);                                                                              \
                type _take_val = *_take_ptr;                                                                           \
                *_take_ptr = (null);                                                                                   \
                _take_val;                                                                                             \
        })
/* Hand the value over and leave the variable empty, so that its cleanup does nothing. */
#define TAKE_PTR(ptr) TAKE_GENERIC(ptr, __typeof__(ptr), NULL)
#define TAKE_FD(fd) TAKE_GENERIC(fd, int, -EBADF)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Close FD unless it is empty; errno is kept.  Returns the empty fd: fd = safe_close(fd). */
static inline int safe_close(int fd)
{
        if (fd >= 0) {
                int saved = errno;
                close(fd);
                errno = saved;
        }
        return -EBADF;
}

static inline void cleanup_closep(int *fd) { safe_close(*fd); }
static inline void cleanup_freep(void *p) { free(*(void **) p); }
static inline void cleanup_fclosep(FILE **f)
{
        if (*f)
                fclose(*f);
}
static inline void cleanup_closedirp(DIR **d)
{
        if (*d)
                closedir(*d);
}

#define _cleanup_close_ _cleanup_(cleanup_closep)
#define _cleanup_free_ _cleanup_(cleanup_freep)
#define _cleanup_fclose_ _cleanup_(cleanup_fclosep)
#define _cleanup_closedir_ _cleanup_(cleanup_closedirp)

#endif
