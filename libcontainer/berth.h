/* SPDX-License-Identifier: Apache-2.0 */
/* libberth: OCI containers from C.  The facade, and the one installed header.
 * Owns: what each function says.  Layer: facade; it never prints, never exits and keeps no global state of its own.
 *
 *      _cleanup_(berth_context_freep) struct berth_context *ctx = berth_context_new();
 *      struct berth_error error;
 *      struct berth_create_options options = BERTH_CREATE_OPTIONS_INIT;
 *
 *      options.bundle = "/srv/web1";
 *      if (berth_create(ctx, "web1", &options, &error) < 0 || berth_start(ctx, "web1", &error) < 0)
 *              fprintf(stderr, "%s: %s\n", error.text, error.hint);
 *
 * Every function returns 0 (or more, where it says so) on success and -errno on failure; the last parameter, which may be
 * NULL, is written only on failure.  Out parameters are written only on success.
 *
 * Threads: a context may be used by one thread at a time; different contexts are independent.  berth_create and berth_run
 * clone the calling process and expect that no other thread of it forks or changes its credentials meanwhile.
 *
 * Files: every container has a directory ROOT/ID, which holds its state and nothing else; config.json is read by create,
 * run, plan and validate only and may change or vanish afterwards.
 */
#ifndef BERTH_H
#define BERTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_API __attribute__((visibility("default")))

/* ---- errors ---------------------------------------------------------------------------------------------------- */

enum berth_error_class {
        BERTH_ERROR_INTERNAL,  /* a broken promise between berth's own parts */
        BERTH_ERROR_USAGE,     /* an argument or option is wrong */
        BERTH_ERROR_CONFIG,    /* config.json or another input document */
        BERTH_ERROR_NOT_FOUND, /* no such container */
        BERTH_ERROR_EXISTS,    /* the id is in use */
        BERTH_ERROR_STATE,     /* the container is in another state than the operation needs */
        BERTH_ERROR_HOST,      /* the kernel or the host refused or lacks something */
        BERTH_ERROR_HOOK,      /* a hook failed */
        BERTH_ERROR_EXEC,      /* the container's program could not be executed */
};

/* What went wrong.  Fixed size, no heap: nothing to free.  Texts are "" where there is nothing to say. */
struct berth_error {
        int num; /* errno, positive */
        enum berth_error_class cls;
        unsigned line, column; /* of file, from 1; 0: none */
        int step;              /* row of the plan; -1: none */
        char text[1024];       /* one complete sentence, lower case, no full stop */
        char file[256];        /* the document that the fault lies in */
        char pointer[192];     /* JSON pointer (RFC 6901) of the culprit */
        char step_name[48];    /* "mount.proc" */
        char context[64];      /* who ran the step, in words */
        char call[32];         /* the failed system call */
        char kernel[256];      /* the kernel's own words */
        char hint[512];        /* what to do about it */
        char undone[128];      /* what became of the half-made container */
        char output[4096];     /* the last of what a failed hook wrote, several lines */
};

/* The whole report, as the command prints it after "berth: ": a first line that stands alone, then indented lines.
 * SUBJECT is what was being done ("create 'web1'"), or NULL.  Returns the length that was needed, as snprintf(3). */
BERTH_API size_t berth_error_format(const struct berth_error *error, const char *subject, char *buf, size_t size);
/* The first line of it. */
BERTH_API size_t berth_error_format_line(const struct berth_error *error, const char *subject, char *buf, size_t size);

/* ---- context --------------------------------------------------------------------------------------------------- */

struct berth_context;

enum berth_log_level { BERTH_LOG_ERROR, BERTH_LOG_WARNING, BERTH_LOG_INFO, BERTH_LOG_DEBUG };
/* Receives warnings and, when it asked for them, debug lines: one sentence each, without newline.  Errors are returned,
 * not logged. */
typedef void (*berth_log_fn)(void *arg, enum berth_log_level level, const char *text);

/* Who makes cgroups.  Decided at create and kept in the container's record: later commands need not be told again. */
enum berth_cgroup_manager {
        BERTH_CGROUP_CGROUPFS, /* berth writes /sys/fs/cgroup itself */
        BERTH_CGROUP_SYSTEMD,  /* systemd makes a scope for the container */
        BERTH_CGROUP_DISABLED, /* no cgroup at all; the container stays in the caller's */
};

/* A context with the defaults, or NULL (out of memory).  Ownership: the caller; end it with berth_context_free. */
BERTH_API struct berth_context *berth_context_new(void);
BERTH_API void berth_context_free(struct berth_context *ctx);
static inline void berth_context_freep(struct berth_context **ctx) { berth_context_free(*ctx); }

/* Where the containers of this context live.  NULL or "" is the default: /run/berth for who may write in /run,
 * $XDG_RUNTIME_DIR/berth for others; an empty XDG_RUNTIME_DIR counts as unset.  Copied.  Returns 0 or -ENOMEM,
 * -ENAMETOOLONG.  The directory is made when the first container is. */
BERTH_API int berth_context_set_root(struct berth_context *ctx, const char *root, struct berth_error *error);
/* What it is now; decides the default when none was set.  NULL with ERROR set when there is none to be had. */
BERTH_API const char *berth_context_root(struct berth_context *ctx, struct berth_error *error);

/* LEVEL is the least urgent level that LOG gets; default: no log. */
BERTH_API void berth_context_set_log(struct berth_context *ctx, berth_log_fn log, void *arg, enum berth_log_level level);
/* Default: BERTH_CGROUP_CGROUPFS. */
BERTH_API void berth_context_set_cgroup_manager(struct berth_context *ctx, enum berth_cgroup_manager manager);

/* ---- create, run, start ---------------------------------------------------------------------------------------- */

/* A row of the plan that ran to its end, in the order of the plan. */
struct berth_timing {
        unsigned row;
        const char *context; /* "parent", "mid", "init" */
        const char *phase;   /* "mounts" */
        const char *step;    /* "mount.proc" */
        uint64_t begin_nsec, end_nsec; /* since the first row began; exec ends when the program is known to run */
};
typedef void (*berth_timing_fn)(void *arg, const struct berth_timing *timing);

/* Where to break on purpose, for tests: at row ROW of the plan.  Compiled into every build: it costs one
 * comparison a step. */
enum berth_fault_kind { BERTH_FAULT_NONE, BERTH_FAULT_ERROR, BERTH_FAULT_KILL };
struct berth_fault {
        enum berth_fault_kind kind;
        int row;
        bool after; /* once the row is done, rather than before it */
        int num;    /* the errno that BERTH_FAULT_ERROR reports */
};

struct berth_create_options {
        size_t size;                /* sizeof(struct berth_create_options): lets the struct grow */
        const char *bundle;         /* NULL: the working directory */
        const char *config;         /* NULL: config.json of the bundle */
        const char *console_socket; /* AF_UNIX socket that gets the terminal's master; NULL: none */
        const char *pid_file;       /* renamed into place when all is done, no newline; NULL: none */
        const char *pidfd_socket;   /* AF_UNIX socket that gets a pidfd of init; NULL: none */
        unsigned preserve_fds;      /* fds 3 to 2 + N of the caller go to the container as well */
        bool no_pivot;              /* move the root mount instead of pivot_root(2): for a rootfs on ramfs */
        bool no_new_keyring;        /* stay in the caller's session keyring */
        bool strict;                /* unknown keys of config.json are errors */
        struct berth_fault fault;
        berth_timing_fn timing;     /* NULL: steps are not timed */
        void *timing_arg;

        /* berth_run only */
        bool detach;                /* return when the program was executed */
        bool keep;                  /* do not delete the container when it exits */
        bool no_subreaper;          /* do not adopt the container's orphans */
};
#define BERTH_CREATE_OPTIONS_INIT ((struct berth_create_options) { .size = sizeof(struct berth_create_options) })

/* A container that gets hold of /proc/PID/exe of a process inside could overwrite the program that made it.  berth_create and
 * berth_run prevent that by themselves where the kernel can (PR_SET_MM_MAP).  Elsewhere this call starts the program again,
 * with ARGV and the same environment, from a sealed copy in memory; without it, both fail there.  Call it first, before
 * anything is opened that does not survive an execve.  Returns 0 when there is nothing (more) to do. */
BERTH_API int berth_protect_executable(char *const argv[], struct berth_error *error);

/* Make container ID from its bundle up to the point where only the user's program is missing (runtime.md "Create").
 * On failure everything is undone.  -EEXIST the id is in use; -EINVAL the config or an argument is wrong. */
BERTH_API int berth_create(struct berth_context *ctx, const char *id, const struct berth_create_options *options,
                           struct berth_error *error);

/* Let the program of a created container run.  Returns when it was executed, or with the reason why it could not be.
 * Runs the poststart hooks.  -ENOENT no such container; -EINVAL it is not in state created. */
BERTH_API int berth_start(struct berth_context *ctx, const char *id, struct berth_error *error);

/* Create and start in one.  Unless DETACH: passes signals on, waits for the end, deletes the container (unless KEEP) and
 * sets *RET_STATUS to its exit code, or 128 + the signal that killed it.  With DETACH *RET_STATUS is 0.
 * Until the poststart hooks are done SIGTERM, SIGINT and SIGHUP end the making, unless they are ignored: a hook that runs is
 * killed, everything is undone, and with -EINTR *RET_STATUS is 128 + the signal.  It is for a program that does nothing else:
 * the calling thread's signals stay blocked and the process a subreaper. */
BERTH_API int berth_run(struct berth_context *ctx, const char *id, const struct berth_create_options *options,
                        int *ret_status, struct berth_error *error);

/* ---- state, list ----------------------------------------------------------------------------------------------- */

enum berth_status { BERTH_CREATING, BERTH_CREATED, BERTH_RUNNING, BERTH_STOPPED, BERTH_PAUSED };
BERTH_API const char *berth_status_name(enum berth_status status);

struct berth_annotation { const char *key, *value; };

/* A container as it is at this moment.  Ownership: of the caller, as one object; end it with berth_state_free. */
struct berth_state {
        const char *oci_version; /* the bundle's own */
        const char *id;
        enum berth_status status;
        pid_t pid;               /* in the caller's pid namespace; 0 when stopped */
        const char *bundle, *rootfs;
        const char *created;     /* RFC 3339, UTC, microseconds */
        uid_t owner_uid;
        const char *owner;       /* its name in /etc/passwd; "" none */
        const char *cgroup_path; /* below the cgroup mount points; "" none */
        const struct berth_annotation *annotations;
        size_t n_annotations;
};

/* The state of ID.  Takes no lock and reads only its record.  -ENOENT no such container. */
BERTH_API int berth_state(struct berth_context *ctx, const char *id, struct berth_state **ret, struct berth_error *error);
BERTH_API void berth_state_free(struct berth_state *state);
static inline void berth_state_freep(struct berth_state **state) { berth_state_free(*state); }
/* STATE as the JSON document of runtime.md "State", with rootfs, created and owner beside.  *RET_TEXT is the caller's,
 * to be freed with free(3).  Returns 0 or -ENOMEM. */
BERTH_API int berth_state_to_json(const struct berth_state *state, bool pretty, char **ret_text, struct berth_error *error);

/* Every container below the root, by name.  A container that vanishes meanwhile is left out; one whose record is damaged
 * is reported to the context's log and left out.  EACH returns 0 to go on; anything else ends the walk and is returned. */
typedef int (*berth_list_fn)(void *arg, const struct berth_state *state);
BERTH_API int berth_list(struct berth_context *ctx, berth_list_fn each, void *arg, struct berth_error *error);

/* ---- kill, delete ---------------------------------------------------------------------------------------------- */

/* The number of a signal's name: any case, with or without SIG, a number, RTMIN, RTMIN+n, RTMAX-n.  -EINVAL unknown. */
BERTH_API int berth_signal_parse(const char *text, int *ret_signal, struct berth_error *error);

enum { BERTH_KILL_ALL = 1 << 0 }; /* every process of the container's cgroup, not only its first; none is left: no error */

/* Send SIGNAL.  SIGKILL to a container that shares its pid namespace goes to its whole cgroup, because the end of its
 * first process would not end the others.  -ENOENT no such container; -ESRCH it is not running. */
BERTH_API int berth_kill(struct berth_context *ctx, const char *id, int signal, unsigned flags, struct berth_error *error);

enum { BERTH_DELETE_FORCE = 1 << 0 }; /* kill it first if need be; an unknown id is no error */

/* Undo everything that create made, run the poststop hooks (their failures are warnings) and forget the container.
 * A container that is created but not started is killed first; a running one only with FORCE.  A creation that was
 * interrupted is cleaned up, one still under way is ended by FORCE.  Safe to repeat, and to do twice at once.
 * -ENOENT no such container (not with FORCE); -EBUSY it is not stopped; -ETIMEDOUT it did not die in time, or another
 * command holds the container. */
BERTH_API int berth_delete(struct berth_context *ctx, const char *id, unsigned flags, struct berth_error *error);

/* ---- what LXC's configurations need -------------------------------------------------------------------------------- */

/* An LXC hook that stands in a bundle as an OCI hook. */
struct berth_lxc_hook {
        size_t size;           /* sizeof(struct berth_lxc_hook) */
        const char *type;      /* "pre-start", "mount", … */
        const char *section;   /* "lxc", the default, or "net" */
        const char *name;      /* the container's in LXC */
        unsigned hook_version; /* lxc.hook.version, 0 or 1 */
        const char *era;       /* the version of LXC whose environment it gets, "1.0" */
        const char *config, *rootfs_path, *rootfs_mount; /* what it is told; NULL: nothing */
        const char *command;   /* the hook's value: a line for the shell */
        const char *const *words; /* words that follow it, NULL at the end */
        int state_fd;          /* the container's state, as OCI hooks get it */
};
/* Become the hook: returns only when that fails.  -EINVAL an argument, or the state is not one; -E2BIG; -errno of execve. */
BERTH_API int berth_lxc_hook_exec(const struct berth_lxc_hook *hook, struct berth_error *error);

/* ---- what would happen ------------------------------------------------------------------------------------------ */

enum berth_format { BERTH_FORMAT_TEXT, BERTH_FORMAT_JSON };

/* The table of steps that berth_create would run for the bundle, as text or JSON.  Makes nothing.
 * *RET_TEXT is the caller's, to be freed with free(3). */
BERTH_API int berth_plan(struct berth_context *ctx, const char *id, const struct berth_create_options *options,
                         enum berth_format format, char **ret_text, struct berth_error *error);

/* A finding about config.json. */
struct berth_fault_report {
        bool warning;
        const char *file;
        unsigned line, column; /* from 1; 0: the whole document */
        const char *pointer;   /* "" the whole document */
        const char *text;
        const char *hint;      /* or NULL */
};
typedef void (*berth_fault_fn)(void *arg, const struct berth_fault_report *fault);

/* Check the bundle's config.json; every finding goes to EACH, in the order of the document.  Only OPTIONS' bundle, config
 * and strict are used.  Returns the number of errors found, or -errno when the document could not be read as JSON at all. */
BERTH_API int berth_validate(struct berth_context *ctx, const struct berth_create_options *options, berth_fault_fn each,
                             void *arg, struct berth_error *error);

/* ---- hooks of converted bundles -------------------------------------------------------------------------------- */

enum berth_lxc_net_action { BERTH_LXC_NET_UP, BERTH_LXC_NET_DOWN };
/* Make the network interfaces of CONFIG, an lxc-net.json (berth-lxc-net(5)), for the container whose state document can be read
 * from STATE_FD, or take them away.  UP undoes all when it fails; DOWN can be repeated, and needs no state (-1). */
BERTH_API int berth_lxc_net(struct berth_context *ctx, enum berth_lxc_net_action action, const char *config, int state_fd,
                            struct berth_error *error);

/* The Features document (features.md).  *RET_TEXT is the caller's, to be freed with free(3). */
BERTH_API int berth_features(struct berth_context *ctx, char **ret_text, struct berth_error *error);

/* "0.1.0"; the commit it was built from; the newest runtime-spec version it implements. */
BERTH_API const char *berth_version(void);
BERTH_API const char *berth_commit(void);
BERTH_API const char *berth_spec_version(void);

#ifdef __cplusplus
}
#endif

#endif
