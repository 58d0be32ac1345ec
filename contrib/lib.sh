# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the scripts of contrib/ and tests/ share: Debian's names of what berth needs, the build, a bundle's root.

BUILD_PACKAGES="gcc make autoconf automake libtool pkg-config libc6-dev git
        libyajl-dev libcap-dev libseccomp-dev libselinux1-dev libapparmor-dev libsystemd-dev libmnl-dev"
RUN_PACKAGES="busybox-static jq"
TEST_PACKAGES="bats jq libcmocka-dev clang libclang-rt-dev busybox-static podman buildah docker.io catatonit containerd runc crun
        uidmap iproute2 strace util-linux procps python3 python3-jsonschema e2fsprogs kmod lxc"
# Since Debian 13 the client is a package of its own.
[ "$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' /etc/os-release)" = 12 ] || TEST_PACKAGES="$TEST_PACKAGES docker-cli"

# with_own_root SCRIPT [ARGUMENT...]: in a chroot / is no mount point, and then no runtime can give a container mounts that
# the host does not see, nor change its root.  There SCRIPT runs again on a root that is one, and its status is ours.
with_own_root() {
        ! awk '$5 == "/" { found = 1 } END { exit !found }' /proc/self/mountinfo || return 0
        own_root=$(mktemp -d /tmp/berth-root.XXXXXX)
        own_script=$(realpath "$1")
        shift
        own_status=0
        unshare --mount --propagation unchanged sh -eu -c '
                mount --rbind / "$0"
                mount --make-rprivate "$0"
                exec chroot "$0" "$@"' "$own_root" "$own_script" "$@" || own_status=$?
        umount -l "$own_root" 2>/dev/null || : # where the mount got out of the namespace
        rmdir "$own_root"
        exit $own_status
}

# install_packages NAME...: those that are missing; silent unless it fails.
install_packages() {
        missing=
        for package in "$@"; do
                dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
        done
        [ -n "$missing" ] || return 0
        log=$(mktemp)
        if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } \
                >"$log" 2>&1; then
                cat "$log" >&2
                rm -f "$log"
                echo "cannot install:$missing" >&2
                return 1
        fi
        rm -f "$log"
}

# build_berth DIR [CONFIGURE_ARGUMENT...]: out of tree, in DIR.
build_berth() {
        build=$1
        shift
        source=$(cd "$(dirname "$0")/.." && pwd)
        [ -x "$source/configure" ] || "$source/autogen.sh" >/dev/null
        mkdir -p "$build"
        (cd "$build" && { [ -f Makefile ] || "$source/configure" --quiet "$@"; } && make --silent -j"$(nproc)")
}

# make_busybox_rootfs DIR: busybox with all its applets, and what a container expects to find.
make_busybox_rootfs() {
        mkdir -p "$1/bin" "$1/sbin" "$1/etc" "$1/dev" "$1/proc" "$1/sys" "$1/tmp" "$1/root" "$1/home" "$1/var" "$1/run" "$1/usr/bin"
        chmod 1777 "$1/tmp"
        cp "$(command -v busybox)" "$1/bin/busybox"
        chroot "$1" /bin/busybox --install -s /bin
        echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
        echo 'root:x:0:' >"$1/etc/group"
}
