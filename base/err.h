/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: one complete sentence and everything a person at 3 a.m. needs to act on it.
 * Owns: nothing, no heap; a struct err is the caller's, of fixed size, and crosses the sync socket as one message.
 * Layer: base.  Context: any, also after clone and at ENOMEM.
 *
 * Convention of every function that takes one: it returns 0 or more on success and -errno on failure, `struct err *e` is
 * its last parameter and is written only on failure.  The lowest frame that knows the nouns writes the whole sentence;
 * the step loop adds step, context and origin once; nobody else wraps.
 *
 *      if (mkdirat(root_fd, path, 0755) < 0)
 *              return err_sys(e, errno, "mkdirat", "cannot create directory '%s'", path);
 *
 * Words: lower case, what failed first, the subject in single quotes, no full stop.  err_sys appends the errno as
 * "Invalid argument (EINVAL)".
 */
#ifndef BERTH_BASE_ERR_H
#define BERTH_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"

enum err_class {
        ERR_INTERNAL,  /* a broken promise between our own parts */
        ERR_USAGE,     /* the command line */
        ERR_CONFIG,    /* config.json or another input document */
        ERR_NOT_FOUND, /* no such container */
        ERR_EXISTS,    /* the id is in use */
        ERR_STATE,     /* the container is in another state than the command needs */
        ERR_HOST,      /* the kernel or the host refused or lacks something */
        ERR_HOOK,      /* a hook failed */
        ERR_EXEC,      /* the payload could not be executed */
};

struct err {
        int num; /* errno, positive; 0 only in a cleared object */
        enum err_class cls;
        unsigned line, column; /* of file; 0: none.  From 1 */
        int step;              /* row in the plan; -1: none */
        char text[1024];       /* the sentence */
        char file[256];        /* the document the fault lies in; "" none */
        char pointer[192];     /* JSON pointer (RFC 6901) of the culprit; "" none */
        char step_name[48];
        char context[64]; /* who ran the step, in words: "init (new user and mount namespace)" */
        char call[32];    /* the failed system call; "" none */
        char kernel[256]; /* the kernel's own words, from an fsopen fd; "" none */
        char hint[512];   /* what to do about it; "" none */
        char undone[128]; /* what became of the half-made container; "" nothing to say */
        char output[4096]; /* the last of what a failed hook wrote, several lines; "" nothing */
};

#define ERR_INIT ((struct err) { .step = -1 })

/* Write the sentence.  NUM is a positive errno.  Each returns -NUM, so that it can be returned as it is.
 * A NULL E is allowed: then only the return value tells. */
int err_set(struct err *e, enum err_class cls, int num, const char *fmt, ...) _printf_(4, 5);
int err_setv(struct err *e, enum err_class cls, int num, const char *fmt, va_list ap) _printf_(4, 0);
/* As err_set with ERR_HOST, with ": <strerror> (<NAME>)" appended; CALL is the system call's name. */
int err_sys(struct err *e, int num, const char *call, const char *fmt, ...) _printf_(4, 5);
/* Out of memory: the one sentence that needs no nouns. */
int err_nomem(struct err *e);

/* Add the hint or the kernel's words to an error that is set.  The first hint stays. */
void err_hint(struct err *e, const char *fmt, ...) _printf_(2, 3);
void err_kernel(struct err *e, const char *text);
/* The last LEN bytes of what a hook wrote; bytes that could disturb a terminal become '?', blanks at the end go. */
void err_output(struct err *e, const char *text, size_t len);
void err_at(struct err *e, const char *file, unsigned line, unsigned column, const char *pointer);
void err_pointer(struct err *e, const char *pointer);

/* "EINVAL" for 22; "E22"-like numbers for what has no name.  Static storage. */
const char *errno_name(int num);
/* "Invalid argument" without locale, static storage, async-signal-safe. */
const char *errno_text(int num);
/* The same for a program that cannot be executed: in small letters, as engines written in Go spell and match these words.
 * Docker's client makes 126 and 127 of them, and 125 of all else. */
const char *errno_exec_text(int num);

/* The whole report: the first line stands alone, then indented kernel:, output:, where:, hint:, state: lines.  SUBJECT is what
 * was being done ("create 'web1'") or NULL.  No newline at the end.  Returns the length that was needed, as snprintf. */
size_t err_format(const struct err *e, const char *subject, char *buf, size_t size);
/* The first line only. */
size_t err_format_line(const struct err *e, const char *subject, char *buf, size_t size);

#endif
