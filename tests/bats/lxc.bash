# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the comparisons with LXC share: one configuration, run by LXC and by berth from the bundle that berth convert makes of
# it.  What the container sees must be equal, except for what docs/LXC-CONFORMANCE.md explains.
# With KIND=system lxc-start runs /sbin/init of the configuration, with KIND=app lxc-execute runs the words of both.

more_setup() {
        command -v lxc-start >/dev/null || skip "needs the package lxc"
        VERSION=$(lxc-start --version | cut -d. -f1,2)
        LXCPATH="$BATS_TEST_TMPDIR/lxc"
        DIR="$LXCPATH/$ID"
        MADE="$BATS_TEST_TMPDIR/made"
        NOTES="$BATS_TEST_TMPDIR/notes"
        SYSFS="$BATS_TEST_TMPDIR/sysfs"
        mkdir -p "$DIR" "$NOTES/now" "$SYSFS"
        chmod 777 "$NOTES/now"
        mv "$BUNDLE/rootfs" "$DIR/rootfs"
        mkdir "$DIR/rootfs/data" "$DIR/rootfs/notes"
        unshare --net sleep 1000 3>&- &
        HOST=$!
        wait_for 5 own_netns
        host ip link set lo up
        PIVOT=$(ls -d /sys/fs/cgroup/*/lxc.pivot 2>/dev/null || true)
        printf '%s\n' "lxc.uts.name = c1" "lxc.rootfs.path = dir:$DIR/rootfs" "lxc.environment = PATH=/bin" "lxc.apparmor.profile = unconfined" \
                "lxc.mount.entry = proc proc proc nosuid,nodev,noexec 0 0" "lxc.mount.entry = sysfs sys sysfs ro 0 0" \
                "lxc.mount.entry = $NOTES/now notes none bind 0 0" >"$DIR/config"
}
more_teardown() {
        [ -n "${HOST:-}" ] || return 0
        kill -9 "$HOST"
        wait "$HOST" 2>/dev/null || true
        # the cgroup into which LXC's monitor goes when it ends
        [ -n "$PIVOT" ] || rmdir /sys/fs/cgroup/*/lxc.pivot 2>/dev/null || true
}
needs_v1() { [ -e /sys/fs/cgroup/cpu/cgroup.procs ] || skip "needs a kernel with cgroup v1"; }
needs_netdev() { host ip link add link up0 name probe0 type "$@" 2>/dev/null || skip "needs netdev type '$1'"; host ip link delete probe0; }
own_netns() { [ "$(readlink "/proc/$HOST/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
# LXC looks for bridges in sysfs, which shows the network namespace that it was mounted in, and asks newuidmap for ids.
lxc() {
        [ -z "${MAPPED:-}" ] || { host unshare --mount --propagation private sh -c 'mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid &&
                exec timeout -s KILL 30 "$@"' "$MAPPED" "$@"; return; }
        [ -n "${BRIDGED:-}" ] || { host timeout -s KILL 30 "$@"; return; }
        host unshare --mount --propagation private sh -c 'mount -t sysfs sysfs "$0" && mount --rbind /sys/fs/cgroup "$0/fs/cgroup" &&
                { [ ! -d /sys/kernel/security/apparmor ] || mount --rbind /sys/kernel/security "$0/kernel/security"; } &&
                mount --rbind "$0" /sys && exec timeout -s KILL 30 "$@"' "$SYSFS" "$@"
}
host() { nsenter --net="/proc/$HOST/ns/net" -- "$@"; }
also() { printf '%s\n' "$@" >>"$DIR/config"; }
without() { sed -i "/$1/d" "$DIR/config"; }
same() { [ "$1" = "$2" ] || { diff <(echo "$1") <(echo "$2"); return 1; }; }

# script LINE...: what the container runs, and writes for comparison.
script() {
        local file=/show
        [ "$KIND" = app ] || file=/sbin/init
        rm -f "$DIR/rootfs$file"
        printf '%s\n' '#!/bin/sh' 'exec >>/notes/shown 2>&1' "$@" >"$DIR/rootfs$file"
        chmod +x "$DIR/rootfs$file"
}
# convert [OPTION...]: the bundle, at $MADE.
convert() {
        run --separate-stderr "$BERTH" convert -q --overwrite --era "$VERSION" --legacy-cgroups --lxcpath "$LXCPATH" --name "$ID" "$DIR/config" -o "$MADE" "$@"
        [ "$status" -eq 0 ] || [ "$status" -eq 2 ] || { echo "$output$stderr"; return 1; }
}
by_lxc() {
        local command=(lxc-start -F)
        [ "$KIND" = system ] || command=(lxc-execute)
        # explained: LXC's hooks have the caller's environment besides
        lxc env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${command[@]}" -P "$LXCPATH" -n "$ID" -o "$BATS_TEST_TMPDIR/log" -- "$@" 3>&-
}
by_berth() { host "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID" 3>&-; }
# noted WHO: what the run has left becomes WHO's.
noted() {
        mv "$NOTES/now" "$NOTES/$1"
        touch "$NOTES/$1/shown"
        mkdir -m 777 "$NOTES/now"
}
# both [WORD...]: run by LXC and by berth; what they have shown and noted is $NOTES/{lxc,berth}.
both() {
        rm -rf "$NOTES/lxc" "$NOTES/berth"
        [ "$KIND" = system ] || [ $# -gt 0 ] || set -- /show
        by_lxc "$@" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 ||
                { cat "$BATS_TEST_TMPDIR/out"; grep -E 'ERROR|WARN' "$BATS_TEST_TMPDIR/log"; return 1; }
        noted lxc
        if [ -n "${BETWEEN:-}" ]; then $BETWEEN; fi
        if [ "$KIND" = system ]; then convert; else convert --app -- "$@"; fi
        run --separate-stderr by_berth </dev/null
        assert_status "${ENDS_WITH:-0}"
        noted berth
}
# compare [SED [FILE]]: what both have shown, after SED has made explained differences equal.
compare() {
        [ -s "$NOTES/berth/${2:-shown}" ] || { echo "berth shows nothing"; return 1; }
        diff <(sed -E "${1:-}" "$NOTES/lxc/${2:-shown}") <(sed -E "${1:-}" "$NOTES/berth/${2:-shown}")
}
# shown WORD...: grep over what was shown under berth.
shown() { grep -q "$@" "$NOTES/berth/shown" || { echo "not shown: $*"; cat "$NOTES/berth/shown"; return 1; }; }

# ---- networks ------------------------------------------------------------------------------------------------------

# A hook that looks at the network from the host and from inside, as iproute2 sees it.  Left out: what is made up at each
# start (indices, MAC addresses and what is derived of them) and what takes its time (link states, duplicate addresses).
look_at_network() {
        cat >"$DIR/look" <<SCRIPT
#!/bin/sh
look() {
        \$1 ip -d address | sed -E '/valid_lft|inet6 fe80/d; s/^[0-9]+: //; s/@if[0-9]+//; s/ (qlen|link-netnsid|link-netns) [^ ]+//g' |
                sed -E 's/tentative//; s/state [A-Za-z]+//; s/NO-CARRIER,|,M-DOWN|,LOWER_UP//g; /^ +bridge /d; s/8000\.[0-9a-f:]+/BRIDGE/g; s/timer +[0-9.]+/timer/g; s/ +\$//'
        \$1 ip route show table all | grep -vE '^(local|broadcast|multicast|anycast|fe80)'
        \$1 ip -6 route | grep -v '^fe80'
}
look "" >$NOTES/now/host
look "nsenter --net=/proc/\$LXC_PID/ns/net --" >$NOTES/now/inside
exit 0
SCRIPT
        chmod +x "$DIR/look"
        also "lxc.hook.start-host = $DIR/look"
}
# On the host's side, LXC makes all MAC addresses begin with fe, so that a bridge keeps its own.
MADE_UP='s/(link\/ether fe)[0-9a-f:]+/\1/; s/veth[A-Za-z0-9_]{6,}/VETH/'
NETWORK_SCRIPT='ip address show | grep -vE "valid_lft|inet6 fe80" | sed -E "s/^[0-9]+: //; s/@if[0-9]+//; s/qlen [0-9]+//"; ip route; ip -6 route | grep -v fe80; cat /sys/class/net/*/mtu'
# Explained: LXC 5.0 computes a broadcast address without the network.
NO_MAC='s/(link\/ether )[0-9a-f:]+/\1MAC/; s/ (UP|LOWER_UP|DOWN|UNKNOWN)\b//g; s/state [A-Z]+//; s/NO-CARRIER,|,M-DOWN|,LOWER_UP//g; s/@[a-z0-9]+:/:/; s/brd (0[.0-9]+|10\.[67]\.0\.(3|255)|10\.255\.255\.255) //; s/ +$//'
# network: both are run, and all that is to be seen of the network is compared.
network() {
        look_at_network
        script "$NETWORK_SCRIPT"
        both
        compare "$NO_MAC"
        compare "$NO_MAC" inside
        compare "$MADE_UP" host
}
bridge() {
        BRIDGED=yes
        host ip link add br0 type bridge
        host ip link set br0 up
        host ip address add 10.7.0.1/24 dev br0
}
uplink() {
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        host ip link set up1 up
}

# ---- hooks ---------------------------------------------------------------------------------------------------------

HOOKS="pre-start pre-mount mount autodev start-host stop post-stop"
# A hook that notes what it is given and what it sees; its type is an argument or, with version 1, in its environment.
note_hook() {
        cat >"$DIR/hook" <<SCRIPT
#!/bin/sh
type=\${LXC_HOOK_TYPE:-\$5}
out=$NOTES/now/\$type
echo "\$type" >>$NOTES/now/order
{
        for word; do echo "<\$word>"; done
        env | grep -v '^_=' | sort
        id; umask; grep -E 'Groups|Cap(Eff|Bnd)' /proc/self/status; readlink /proc/self/fd/0
        for ns in mnt net uts pid ipc; do
                [ "\$(readlink /proc/self/ns/\$ns)" = "\$(readlink /proc/$HOST/ns/\$ns 2>/dev/null)" ] && echo "host's \$ns" || echo "own \$ns"
        done
        # explained: at pre-mount LXC has not set it yet
        [ "\$type" = pre-mount ] || ! [ "\$(hostname)" = c1 ] || echo "the container's host name"
        # the root as it has become so far; explained: LXC's /dev is still empty then
        case \$type in mount | autodev) cd "\$LXC_ROOTFS_MOUNT" && ls && ls -d proc/1 notes/order; [ -e dev/mine ] || mknod dev/mine c 1 3 ;; esac
} >\$out 2>&1
SCRIPT
        chmod +x "$DIR/hook"
        also "lxc.net.0.type = empty" "lxc.autodev = 1"
        for type in $HOOKS; do also "lxc.hook.$type = $DIR/hook 'two  words' x"; done
        also "lxc.hook.pre-start = echo second >>$NOTES/now/order #" "lxc.hook.destroy = $DIR/hook" "lxc.hook.clone = $DIR/hook"
}
# Explained: variables of LXC's log and console, the words for namespaces of stop, where the root is mounted, pids.
same_hooks() {
        local type
        same "$(cat "$NOTES/lxc/order")" "$(cat "$NOTES/berth/order")"
        for type in $HOOKS; do
                compare '/^LXC_(LOG_LEVEL|CONSOLE|CONSOLE_LOGPATH|[A-Z]+_NS)=/d; /^<[a-z]+:\/proc\//d; s/^(LXC_ROOTFS_MOUNT=).*/\1/; /^LXC_PID=/d' $type ||
                        { echo "hook $type differs"; return 1; }
        done
}
