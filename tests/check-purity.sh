#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# base, oci-spec, libcontainer/plan and src/lxc decide and do not act: they call nothing of the C library that makes a system
# call.  Two files are the exceptions of the house: the arena, which seals memory, and the log's sinks.
set -uo pipefail
nm=${NM:-nm}
failed=0

pure='__errno_location errno abs calloc free malloc realloc bcmp memchr memcmp memcpy memmem memmove memset mempcpy qsort bsearch
snprintf vsnprintf sscanf strchr strchrnul strcmp strcspn strdup strndup strlen strncmp strpbrk strrchr strspn strstr strtol strtoul
strtoll strtoull strcasecmp strncasecmp stpcpy strnlen strerrordesc_np strerrorname_np __ctype_b_loc __ctype_tolower_loc
__ctype_toupper_loc __assert_fail abort inet_ntop inet_pton'
parser='yajl_alloc yajl_complete_parse yajl_config yajl_free yajl_free_error yajl_get_bytes_consumed yajl_get_error yajl_parse'
arena='mmap mprotect munmap sysconf'
log='clock_gettime close connect fcntl getpid gmtime_r localtime_r memfd_create open send sendmsg socket write'

# impure LIBRARY: "OBJECT SYMBOL" a line, of what is neither allowed nor defined in LIBRARY or in the pure ones below it.
impure() {
        { for lib in "$@"; do $nm --defined-only "$lib" 2>/dev/null | awk 'NF == 3 { print "defined", $3 }'; done
          for symbol in $pure $parser; do echo "defined $symbol"; done
          for symbol in $arena; do echo "only arena.o $symbol"; done
          for symbol in $log; do echo "only log.o $symbol"; done
          $nm -A -u "$1" 2>/dev/null | awk '{ n = split($1, a, ":"); sub(/^lib[a-z_]*_la-/, "", a[n - 1]); print "used", a[n - 1], $NF }'
        } | awk '
                $1 == "defined" { known[$2] = 1 }
                $1 == "only" { allowed[$2 " " $3] = 1 }
                $1 == "used" {
                        name = $3
                        sub(/@.*/, "", name)
                        # the compiler, its hardening and its sanitizers; __isoc99_sscanf, __snprintf_chk: what is checked
                        if (name ~ /^(_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__(asan|ubsan|sanitizer|gcov|llvm|sancov)_)/) next
                        if (name ~ /^__.*_chk$/) { sub(/^__/, "", name); sub(/_chk$/, "", name) }
                        sub(/^__isoc[0-9]*_/, "", name)
                        if (!(name in known) && !($2 " " name in allowed)) print $2, $3
                }' | sort -u
}

check() {
        local found
        [ -f "$1" ] || { echo "'$1' was not built"; failed=1; return; }
        found=$(impure "$@")
        [ -z "$found" ] || { echo "$1 is not pure:"; echo "$found"; failed=1; }
}

base=.libs/libbase.a oci=.libs/liboci.a plan=.libs/libplan.a lxc=.libs/liblxc-oci.a
check $base
check $oci $base
check $plan $oci $base
check $lxc $oci $base

# The check itself sees a call that should not be there.
canary=$(mktemp -d)
trap 'rm -rf "$canary"' EXIT
cat >"$canary/canary.c" <<'C'
#include <fcntl.h>
#include <stdlib.h>
int canary(void) { return open("/dev/null", O_RDONLY) + atoi("1"); }
C
${CC:-cc} -c -o "$canary/canary.o" "$canary/canary.c" && ar rc "$canary/libcanary.a" "$canary/canary.o"
impure "$canary/libcanary.a" | grep -q "^canary.o open" || { echo "the check does not notice a call of open()"; failed=1; }
exit $failed
