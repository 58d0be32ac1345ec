#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make install` installs is complete and enough: the library exports berth_* and nothing else, pkg-config finds it, and
# examples/run.c compiles against it alone and, as root, runs a container.
set -uo pipefail
: "${CC:?} ${srcdir:?}"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() { echo "$*"; exit 1; }

[ "${SANITIZED:-no}" = no ] || { echo "needs no sanitizer"; exit 77; }
command -v pkg-config >/dev/null || { echo "needs the package pkg-config"; exit 77; }
${MAKE:-make} --silent install DESTDIR="$root" >"$root/install.log" 2>&1 || { cat "$root/install.log"; exit 1; }
pc=$(find "$root" -name berth.pc)
[ -n "$pc" ] || fail "no berth.pc"
libdir=$root$(PKG_CONFIG_PATH=${pc%/*} pkg-config --variable=libdir berth)
includedir=$root$(PKG_CONFIG_PATH=${pc%/*} pkg-config --variable=includedir berth)
[ "$(PKG_CONFIG_PATH=${pc%/*} pkg-config --modversion berth)" = "$("$root$(PKG_CONFIG_PATH=${pc%/*} pkg-config --variable=prefix berth)/bin/berth" --version | sed -n '1s/berth version //p')" ] ||
        fail "berth.pc and berth --version name different versions"

others=$(nm -D --defined-only "$libdir/libberth.so" | awk '{ print $3 }' | grep -v '^berth_')
[ -z "$others" ] || fail "libberth.so exports more than berth_*: $others"
# every function of the header is there
for name in $(grep -oE '^BERTH_API .*\b(berth_[a-z_]+)\(' "$includedir/berth/berth.h" | grep -oE 'berth_[a-z_]+\($' | tr -d '('); do
        nm -D --defined-only "$libdir/libberth.so" | grep -q " T $name\$" || fail "libberth.so lacks $name"
done

# shellcheck disable=SC2046
$CC -Wall -Wextra -Werror -o "$root/run" "$srcdir/examples/run.c" \
        $(PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root pkg-config --cflags --libs berth) || fail "examples/run.c does not compile"
export LD_LIBRARY_PATH=$libdir
output=$("$root/run" 2>&1)
[[ "$output" == *"libberth "* ]] || fail "examples/run.c says: $output"
[ "$(id -u)" = 0 ] && command -v busybox jq >/dev/null || exit 0

. "$srcdir/contrib/lib.sh"
make_busybox_rootfs "$root/bundle/rootfs"
"$root$(PKG_CONFIG_PATH=${pc%/*} pkg-config --variable=prefix berth)/bin/berth" spec --bundle "$root/bundle"
jq '.process.terminal = false | .process.args = ["sh", "-c", "echo from inside; exit 3"]' "$root/bundle/config.json" >"$root/new"
mv "$root/new" "$root/bundle/config.json"
output=$("$root/run" "$root/bundle" "install-$$" "$root/state" 2>&1)
[ "$output" = $'from inside\n'"'install-$$' ended with status 3" ] || fail "examples/run.c says: $output"
[ -z "$(ls "$root/state")" ] || fail "state is left"
