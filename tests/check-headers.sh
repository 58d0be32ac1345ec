#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each header compiles alone, with what its folder may see and no more; the installed one with nothing at all, and in C++'s
# subset of declarations as far as -pedantic tells.  make check hands over CC and the SEES_* of the root Makefile.am.
set -u
: "${srcdir:?} ${CC:?} ${SEES_BASE:?} ${SEES_OCI:?} ${SEES_PLAN:?} ${SEES_SYS:?} ${SEES_STATE:?} ${SEES_RUN:?} ${SEES_SRC:?} ${SEES_LXC:?} ${SEES_LXCNET:?}"
failed=0 seen=0

# compile HEADER FLAG...
compile() {
        header=$1
        shift
        seen=$((seen + 1))
        # shellcheck disable=SC2086
        printf '#include "%s"\n' "$header" |
                $CC "$@" -Wall -Wextra -Wno-unused-function -Werror -fsyntax-only -x c -iquote "$srcdir" - || {
                echo "'$header' does not compile alone"
                failed=1
        }
}

# folder FLAGS DIRECTORY...
folder() {
        flags=$1
        shift
        for dir in "$@"; do
                for file in "$srcdir/$dir"/*.h; do
                        # banned.h is what every file begins with
                        case $file in *'/*.h' | */banned.h) continue ;; esac
                        # shellcheck disable=SC2086
                        compile "${file#"$srcdir"/}" -std=gnu17 $flags
                done
        done
}

folder "$SEES_BASE" base
folder "$SEES_OCI" oci-spec oci-spec/json
folder "$SEES_PLAN" libcontainer/host libcontainer/plan
folder "$SEES_SYS" libcontainer/sys libcontainer/sys/cgroup
folder "$SEES_STATE" libcontainer/state
folder "$SEES_RUN" libcontainer/run libcontainer
folder "$SEES_SRC" src
folder "$SEES_LXC" src/lxc
folder "$SEES_LXCNET" libcontainer/lxcnet
compile libcontainer/berth.h -std=c11 -pedantic
[ $seen -gt 50 ] || { echo "only $seen headers were found"; failed=1; }
exit $failed
