#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# On a bare Debian 12 or 13, as root: installs what the tests need, builds berth with gcc (build-test/), with sanitizers
# (build-asan/) and with clang and libFuzzer (build-clang/), always with warnings as errors, and runs all tests: make check
# (unit, golden, fuzz corpora, checks of the house) on the three, bats on the first two, and then bats on kernels that seem
# to be older.  The last line is "N passed, N failed, N skipped", of all.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/contrib/lib.sh"
with_own_root "$0" "$@"

install_packages $BUILD_PACKAGES $RUN_PACKAGES $TEST_PACKAGES || exit 1
build_berth "$here/build-test" --enable-werror || { echo "the build failed" >&2; exit 1; }
build_berth "$here/build-asan" --enable-werror --enable-sanitizers || { echo "the build with sanitizers failed" >&2; exit 1; }
CC=clang build_berth "$here/build-clang" --enable-werror --enable-fuzzing || { echo "the build with clang failed" >&2; exit 1; }

passed=0 failed=0 skipped=0
failures=$(mktemp)
# run_all TITLE BUILD [ARGUMENT...]: tests/run-all, its last line added to ours, what failed in it repeated at our end.
run_all() {
        local title=$1 log last
        shift
        echo "=== $title"
        log=$(mktemp)
        "$here/tests/run-all" "$@" 2>&1 | tee "$log"
        last=$(tail -n 1 "$log")
        sed "1,/^failed:\$/d; \$d; s/^/$title: /" "$log" >>"$failures"
        rm -f "$log"
        if [[ "$last" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
                passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + BASH_REMATCH[3]))
        else
                echo "not ok: $title: the run broke off" | tee -a "$failures"
                failed=$((failed + 1))
        fi
}

# Each of these calls alone on a kernel without it would take ten runs: two a commit, the next two with the next one.
calls=(openat2 clone3 fsopen fsconfig fsmount open_tree move_mount mount_setattr pidfd_open close_range)
turn=$(git -C "$here" rev-list --count HEAD 2>/dev/null || echo 0)
one=${calls[turn * 2 % ${#calls[@]}]} two=${calls[(turn * 2 + 1) % ${#calls[@]}]}

run_all "this kernel" "$here/build-test"
run_all "sanitizers" "$here/build-asan"
run_all "clang, libFuzzer" "$here/build-clang" --check
run_all "without all ten" "$here/build-test" --enosys "$(IFS=,; echo "${calls[*]}")"
run_all "without $one" "$here/build-test" --enosys "$one"
run_all "without $two" "$here/build-test" --enosys "$two"
[ $failed -eq 0 ] || { echo "failed:"; cat "$failures"; }
rm -f "$failures"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
