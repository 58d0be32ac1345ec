#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# With libFuzzer (--enable-fuzzing): each target over its corpus and a few thousand mutations of it, always the same.
set -u
: "${srcdir:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 seen=0
for target in tests/fuzz/fuzz-*; do
        case $target in *.*) continue ;; esac
        seen=$((seen + 1))
        mkdir -p "$work/new"
        corpus=${target##*/fuzz-}
        [ "$corpus" != from-oci ] || corpus=spec # it reads the same documents
        "$target" -seed=1 -runs=5000 -artifact_prefix="$work/" "$work/new" "$srcdir/tests/fuzz/corpus/$corpus" >"$work/log" 2>&1 || {
                echo "$target failed:"
                tail -n 40 "$work/log"
                failed=1
        }
        rm -rf "$work/new"
done
[ $seen -gt 0 ] || { echo "no target was built"; failed=1; }
exit $failed
