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

# In the root of the mount namespace, which a chroot leaves by entering its own namespace again, with the chroot's directory
# as working directory: there busybox, which needs no library, can be run by its relative path.
outside_chroot() { nsenter --mount=/proc/self/ns/mnt --wd=/ ./bin/busybox "$@"; }
is_chrooted() { real_root=$(outside_chroot stat -c %d:%i / 2>/dev/null) && [ "$real_root" != "$(stat -c %d:%i /)" ]; }

# with_own_root SCRIPT [ARGUMENT...]: in a chroot the kernel makes no user namespace, and where / is no mount point no
# runtime can change a container's root.  There SCRIPT runs again, in a mount namespace whose root the chroot's directory
# is, and its status is ours.
with_own_root() {
        install_packages busybox-static || exit 1
        is_chrooted || return 0
        own_script=$(realpath "$1") own_old=$(mktemp -d /tmp/berth-root.XXXXXX) own_status=0
        shift
        unshare --mount --propagation unchanged nsenter --mount=/proc/self/ns/mnt --wd=/ ./bin/busybox sh -euc '
                old=$1
                shift
                mount --make-rprivate /
                here=$(pwd)
                mount --rbind . .
                cd "$here"
                pivot_root . "./$old"
                cd /
                umount -l "$old"
                exec "$@"' sh "$own_old" "$own_script" "$@" || own_status=$?
        rmdir "$own_old"
        exit $own_status
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
