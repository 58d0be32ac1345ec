#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/SPEC-CONFORMANCE.md and the titles of the bats tests hold the same tags; docs/SECURITY.md names tests that exist.
set -uo pipefail
top=${srcdir:-$(dirname "$0")/..}
status=0
complain() { echo "$*"; status=1; }

# "runtime.md #create-2 spec-runtime", a line a row of the document
listed=$(awk -F' [|] ' '/^## / { doc = substr($0, 4) } /^\| #/ { split($3, where, /[ ,:;(|]/); print doc, substr($1, 3), where[1] }' \
        "$top/docs/SPEC-CONFORMANCE.md")
# the same from the titles: "@test "spec config.md#idmap-1 #idmap-2: …""
tested=$(grep -H '^@test "spec ' "$top"/tests/bats/*.bats | sed -nE 's|^.*/([^/]*)\.bats:@test "spec ([a-z-]*\.md)(#[^:]*): .*|\1 \2 \3|p' |
        awk '{ for (i = 3; i <= NF; i++) print $2, $i, $1 }')

[ "$(wc -l <<<"$listed")" -gt 150 ] || complain "docs/SPEC-CONFORMANCE.md: its tables could not be read"
[ -z "$(sort <<<"$listed" | uniq -d)" ] || complain "twice in docs/SPEC-CONFORMANCE.md: $(sort <<<"$listed" | uniq -d)"
while read -r row; do
        grep -qxF "$row" <<<"$tested" || complain "no test has this tag of docs/SPEC-CONFORMANCE.md: $row"
done <<<"$listed"
while read -r row; do
        grep -qxF "$row" <<<"$listed" || complain "not in docs/SPEC-CONFORMANCE.md: $row"
done <<<"$tested"

# Each CVE of the table has a test with its number, unless the row says "later" or "nothing".
while IFS='|' read -r _ cves _ _ test _; do
        case $test in *later*|*nothing*) continue ;; esac
        for cve in $(grep -oE 'CVE-[0-9]+-[0-9]+' <<<"$cves"); do
                grep -q "^@test \".*$cve" "$top"/tests/bats/*.bats || complain "docs/SECURITY.md: no test names $cve"
        done
done < <(grep '^| CVE-' "$top/docs/SECURITY.md")
exit $status
