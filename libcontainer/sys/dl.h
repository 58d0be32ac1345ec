/* SPDX-License-Identifier: Apache-2.0 */
/* Optional libraries: opened with dlopen by the step that needs them, so that no command pays for a library that its
 * config does not ask for, and berth runs where one is missing.
 * Owns: a struct sys_dl owns its handle, for the rest of the process: nothing is ever unloaded.
 * Layer: sys.  Context: parent, before or after the clone of init; never init (dlopen allocates).
 *
 *      static __typeof__(seccomp_init) *p_seccomp_init;
 *      static const struct sys_dl_symbol symbols[] = { { "seccomp_init", (void **) &p_seccomp_init }, … };
 *      static struct sys_dl libseccomp = SYS_DL("libseccomp.so.2", "libseccomp2", symbols);
 *      SYS_DL_NOTE("seccomp", "Compiles seccomp filters", "recommended", "libseccomp.so.2");
 *
 *      r = sys_dl_open(&libseccomp, "/linux/seccomp", e);
 */
#ifndef BERTH_SYS_DL_H
#define BERTH_SYS_DL_H

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct sys_dl_symbol {
        const char *name;
        void **pointer; /* gets the symbol's address */
};

struct sys_dl {
        const char *soname;
        const char *package; /* Debian's name of it, for the hint */
        const struct sys_dl_symbol *symbols;
        size_t n_symbols;
        void *handle; /* NULL: not opened yet */
};
#define SYS_DL(lib_soname, lib_package, lib_symbols)                                                                   \
        { .soname = (lib_soname), .package = (lib_package), .symbols = (lib_symbols), .n_symbols = ARRAY_SIZE(lib_symbols) }

/* Open LIB, unless it is open, and bind all of its symbols.  WANTED_BY is the config field that needs it: a missing
 * library is an error only there, and the error says so.
 * Returns 0, or: -ENOENT the library or one of its symbols is missing.  man: dlopen(3), dlsym(3). */
int sys_dl_open(struct sys_dl *lib, const char *wanted_by, struct err *e);

/* Which file an open library came from, and which version of that file: what a cache remembers in order to notice an
 * upgrade without loading the library. */
struct sys_dl_file {
        char path[256];
        uint64_t dev, ino, size_bytes, mtime_nsec, ctime_nsec;
};
/* The file of an open library; -ENOENT when the loader does not know it.  man: dlinfo(3). */
int sys_dl_identify(const struct sys_dl *lib, struct sys_dl_file *ret);
/* The file at PATH as it is now.  -errno of stat(2); -ENAMETOOLONG. */
int sys_dl_stat(const char *path, struct sys_dl_file *ret);

/* An ELF note that tells packagers of a dependency which the dynamic section does not show: vendor "FDO", type
 * 0x407c0c0a, a JSON array.  PRIORITY: "required", "recommended" or "suggested".  readelf --notes shows it.
 * spec: https://systemd.io/ELF_DLOPEN_METADATA/ */
#define SYS_DL_NOTE(feature, description, priority, soname)                                                            \
        SYS_DL_NOTE_JSON("[{\"feature\":\"" feature "\",\"description\":\"" description "\",\"priority\":\"" priority   \
                         "\",\"soname\":[\"" soname "\"]}]")
#define SYS_DL_NOTE_JSON(json)                                                                                         \
        static const struct {                                                                                          \
                uint32_t name_bytes, json_bytes, type;                                                                 \
                char vendor[sizeof "FDO"];                                                                             \
                alignas(uint32_t) char text[sizeof(json)];                                                             \
        } sys_dl_note __attribute__((used, retain, section(".note.dlopen"), aligned(sizeof(uint32_t)))) = {            \
                sizeof "FDO", sizeof(json), 0x407c0c0a, "FDO", json,                                                   \
        }

#endif
