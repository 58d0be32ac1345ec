/* SPDX-License-Identifier: Apache-2.0 */
/* What became of one line of an LXC file: the class, the place it stood at and the place it went to.
 * Owns: nothing; the texts of a note live in the arena of the call that made it.  Layer: src/lxc, pure.
 *
 * The parts of the converter that read a whole file or a group of keys (seccomp-policy.h, cgroup-keys.h) tell their caller
 * through a callback, one note a line and never two; the caller puts them into its report.
 */
#ifndef BERTH_LXC_NOTE_H
#define BERTH_LXC_NOTE_H

/* The words of the report, from best to worst. */
enum lxc_class {
        LXC_EXACT,      /* a field of config.json means the same */
        LXC_NEARLY,     /* a field exists, its meaning differs as the note says */
        LXC_HOOK,       /* an OCI hook does it, under any runtime */
        LXC_BERTH,      /* berth does it; another runtime does not */
        LXC_DROPPED,    /* nothing to carry over: the default, or without meaning for a container of today */
        LXC_IMPOSSIBLE, /* lost */
};

enum lxc_severity {
        LXC_INFO,  /* nothing is lost */
        LXC_NOTE,  /* worth knowing */
        LXC_WARN,  /* lost under another runtime, or something that does not confine or limit */
        LXC_ERROR, /* lost, and it matters: the conversion fails unless forced */
};

struct lxc_note {
        enum lxc_class cls;
        enum lxc_severity severity;
        const char *file;      /* as given by the caller */
        unsigned line, column; /* from 1 */
        const char *subject;   /* the key, the system call, the word that the note is about; NULL: the line */
        const char *pointer;   /* JSON pointer of what it became; NULL: nothing */
        const char *value;     /* that value as JSON; NULL: nothing, or too long to show */
        const char *text;      /* a sentence on what differs or is lost; NULL: nothing to say */
        const char *hint;      /* what to do; NULL: nothing */
        const void *tag;       /* the caller's, from the line it handed over; NULL where it hands over a text */
};

struct lxc_notes {
        void (*add)(void *arg, const struct lxc_note *note); /* NULL: nobody listens */
        void *arg;
};

#endif
