#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# On a bare Debian 12 or 13, as root: installs what the build needs, builds berth in build/, makes a bundle with a busybox
# root file system, runs a container in it, and shows its plan, how long each phase took, and its output.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/contrib/lib.sh"
with_own_root "$0" "$@"

install_packages $BUILD_PACKAGES $RUN_PACKAGES
build_berth "$here/build"

bundle=$(mktemp -d /tmp/berth-first-run.XXXXXX)
trap 'rm -rf "$bundle"' EXIT
make_busybox_rootfs "$bundle/rootfs"
"$here/build/berth" spec --bundle "$bundle"
# The default config asks for a terminal and a shell; here a command shows where it is.
jq '.process.terminal = false
    | .process.args = ["sh", "-c", "echo hello from $(hostname), process $$ of $(ls -d /proc/[0-9]* | wc -l); mount | head -n 4"]' \
        "$bundle/config.json" >"$bundle/config.json.new"
mv "$bundle/config.json.new" "$bundle/config.json"

echo "--- the plan: berth plan --bundle $bundle"
"$here/build/berth" plan --bundle "$bundle" first-run
status=0
"$here/build/berth" run --timing --bundle "$bundle" first-run >"$bundle/output" 2>"$bundle/timing" || status=$?
echo "--- how long each phase took, in milliseconds, by who ran it (both work at the same time)"
awk '/^berth: timing: / { sum[$4 " " $10] += $8; if (!($4 " " $10 in seen)) order[++n] = $4 " " $10; seen[$4 " " $10] = 1; next }
        { print >"/dev/stderr" }
        END { for (i = 1; i <= n; i++) printf " %-16s %9.3f\n", order[i], sum[order[i]] }' "$bundle/timing"
echo "--- the container: berth run --bundle $bundle first-run"
cat "$bundle/output"
exit $status
