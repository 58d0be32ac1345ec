/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a container, ROOT/ID/state: all that start, state, kill, delete and list need, since config.json is never
 * read again.  A flat text of our own, so that these commands parse no JSON and load no library.
 * Owns: nothing; a record that was read lives in the caller's arena.  Layer: state.  Context: parent.
 *
 *      struct state_record record = STATE_RECORD_INIT;
 *      record.id = id; …
 *      state_record_write(dir_fd, &record, e);       before the first side effect: phase "creating"
 *      record.phase = STATE_CREATED; record.init = …
 *      state_record_write(dir_fd, &record, e);       all is done
 *
 * Format: the first line is "berth-record 1"; then one "key=value" a line; the last line is "end".  In values a backslash,
 * control bytes and the tab that separates two halves are escaped (\\ \n \t \r \xHH).  A key that can come often makes a
 * list; hook.* keys belong to the last "hook" before them.  Readers skip keys that they do not know, so that an older berth
 * can still stop and delete what a newer one made; a change that must not be skipped raises the number in the first line.
 * Everything else that is out of place (a missing or double key, a wrong number, no "end") is an error with its line.
 *
 * The file is replaced by rename(2), never changed in place: a reader sees the old or the new one.  It is not fsynced: what
 * it describes does not survive a crash of the kernel either, and boot_id tells.
 */
#ifndef BERTH_STATE_RECORD_H
#define BERTH_STATE_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "err.h"
#include "spec.h"
#include "str.h"

enum { STATE_RECORD_FORMAT = 1, STATE_RECORD_MAX_BYTES = 16 << 20 };

/* How far creation got.  Whether a created container runs or has stopped is not recorded but observed: init lives or not,
 * start.sock is there or not; so no crash can leave a wrong answer behind. */
enum state_phase {
        STATE_CREATING, /* by .creator; if that is dead, half-made */
        STATE_CREATED,  /* complete */
};

enum state_cgroup_manager { STATE_CGROUP_CGROUPFS, STATE_CGROUP_SYSTEMD, STATE_CGROUP_DISABLED };

/* A process for all time: pids are used again, a pid together with its start time is not within one boot. */
struct state_process {
        pid_t pid;            /* in the runtime's pid namespace; 0: none */
        uint64_t start_ticks; /* field 22 of /proc/PID/stat, clock ticks since boot */
};

struct state_record {
        enum state_phase phase;
        const char *id;
        const char *bundle;      /* absolute */
        const char *rootfs;      /* absolute */
        const char *oci_version; /* the config's own */
        uint64_t created_usec;   /* CLOCK_REALTIME, when create began */
        uid_t owner_uid;         /* who called create */
        const char *boot_id;     /* /proc/sys/kernel/random/boot_id at that time, 36 characters */

        struct state_process creator;
        struct state_process init; /* pid 0 until it was cloned */

        enum state_cgroup_manager cgroup_manager;
        const char *cgroup_path;   /* below the mount points, "/berth/ID"; NULL: none */

        oci_strings rdt_dirs;      /* resctrl directories that we made */
        oci_pairs net_devices;     /* moved in: host name, name in the container */

        oci_pairs annotations;
        oci_hook_list poststart, poststop;
        oci_hook_list start_host, stop; /* LXC's */

        bool private_pid_ns;       /* init is pid 1 of a new pid namespace: its end ends all */
};
#define STATE_RECORD_INIT ((struct state_record) { .phase = STATE_CREATING })

/* RECORD as text.  OUT->failed tells ENOMEM. */
void state_record_format(const struct state_record *record, struct strbuf *out);
/* Read TEXT, which is LEN bytes, pure.  NAME is the file's name for errors.
 * 0; -EINVAL damaged (file:line: what); -ENOTSUP written by an incompatible berth; -ENOMEM. */
int state_record_parse(struct arena *arena, const char *text, size_t len, const char *name, struct state_record *ret,
                       struct err *e);

/* Replace DIR_FD's record.  The caller holds the lock.  0 or -errno. */
int state_record_write(int dir_fd, const struct state_record *record, struct err *e);
/* Read DIR_FD's record.  NAME is the container's id.  As state_record_parse, or: -ENOENT there is none: the creator died
 * before it wrote one, or is about to (E untouched). */
int state_record_read(struct arena *arena, int dir_fd, const char *id, struct state_record *ret, struct err *e);

/* This boot's id in BUF (37 bytes).  0 or -errno. */
int state_boot_id(char buf[37], struct err *e);

#endif
