#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The same configuration run by LXC and by berth from the bundle that berth convert makes of it: what the container sees must
# be equal, except for what docs/LXC-CONFORMANCE.md explains.
load helpers

more_setup() {
        command -v lxc-execute >/dev/null || skip "needs the package lxc"
        VERSION=$(lxc-execute --version | cut -d. -f1,2)
        LXCPATH="$BATS_TEST_TMPDIR/lxc"
        DIR="$LXCPATH/$ID"
        MADE="$BATS_TEST_TMPDIR/made"
        NOTES="$BATS_TEST_TMPDIR/notes"
        SYSFS="$BATS_TEST_TMPDIR/sysfs"
        mkdir -p "$DIR" "$NOTES" "$SYSFS"
        mv "$BUNDLE/rootfs" "$DIR/rootfs"
        mkdir "$DIR/rootfs/data"
        unshare --net sleep 1000 3>&- &
        HOST=$!
        wait_for 5 own_netns
        host ip link set lo up
        PIVOT=$(ls -d /sys/fs/cgroup/*/lxc.pivot 2>/dev/null || true)
        printf '%s\n' "lxc.uts.name = c1" "lxc.rootfs.path = dir:$DIR/rootfs" "lxc.environment = PATH=/bin" "lxc.apparmor.profile = unconfined" \
                "lxc.mount.entry = proc proc proc nosuid,nodev,noexec 0 0" "lxc.mount.entry = sysfs sys sysfs ro 0 0" >"$DIR/config"
}
more_teardown() {
        [ -n "${HOST:-}" ] || return 0
        kill -9 "$HOST"
        # the cgroup into which LXC's monitor goes when it ends
        [ -n "$PIVOT" ] || rmdir /sys/fs/cgroup/*/lxc.pivot 2>/dev/null || true
}
needs_v1() { [ -e /sys/fs/cgroup/cpu/cgroup.procs ] || skip "needs a kernel with cgroup v1"; }
needs_netdev() { host ip link add link up0 name probe0 type "$@" 2>/dev/null || skip "needs netdev type '$1'"; host ip link delete probe0; }
own_netns() { [ "$(readlink "/proc/$HOST/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
# LXC looks for bridges in sysfs, which shows the network namespace that it was mounted in.
lxc() {
        [ -n "${BRIDGED:-}" ] || { host timeout -s KILL 30 "$@"; return; }
        host unshare --mount --propagation private sh -c 'mount -t sysfs sysfs "$0" && mount --rbind /sys/fs/cgroup "$0/fs/cgroup" &&
                { [ ! -d /sys/kernel/security/apparmor ] || mount --rbind /sys/kernel/security "$0/kernel/security"; } &&
                mount --rbind "$0" /sys && exec timeout -s KILL 30 "$@"' "$SYSFS" "$@"
}
host() { nsenter --net="/proc/$HOST/ns/net" -- "$@"; }
also() { printf '%s\n' "$@" >>"$DIR/config"; }
same() { [ "$1" = "$2" ] || { diff <(echo "$1") <(echo "$2"); return 1; }; }

# both WORD...: run by LXC and by berth; their outputs are $BATS_TEST_TMPDIR/by-{lxc,berth}.
both() {
        lxc lxc-execute -P "$LXCPATH" -n "$ID" -o "$BATS_TEST_TMPDIR/log" -- "$@" </dev/null >"$BATS_TEST_TMPDIR/by-lxc" 2>&1 3>&- ||
                { cat "$BATS_TEST_TMPDIR/by-lxc"; grep -E 'ERROR|WARN' "$BATS_TEST_TMPDIR/log"; return 1; }
        [ ! -d "$NOTES/now" ] || { mv "$NOTES/now" "$NOTES/lxc"; mkdir "$NOTES/now"; }
        if [ -n "${BETWEEN:-}" ]; then $BETWEEN; fi
        run --separate-stderr "$BERTH" convert -q --era "$VERSION" --legacy-cgroups --app --lxcpath "$LXCPATH" --name "$ID" "$DIR/config" -o "$MADE" -- "$@"
        [ "$status" -eq 0 ] || [ "$status" -eq 2 ] || { echo "$output$stderr"; return 1; }
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID" </dev/null
        assert_status 0
        echo "$output" >"$BATS_TEST_TMPDIR/by-berth"
        [ ! -d "$NOTES/now" ] || mv "$NOTES/now" "$NOTES/berth"
}
# compare [SED]: what both have shown, after SED has made explained differences equal.
compare() { diff <(sed -E "${1:-}" "$BATS_TEST_TMPDIR/by-lxc") <(sed -E "${1:-}" "$BATS_TEST_TMPDIR/by-berth"); }
# script LINE...: what the container runs.
script() { printf '%s\n' '#!/bin/sh' "$@" >"$DIR/rootfs/show"; chmod +x "$DIR/rootfs/show"; }
# What is made up at each start: indices, MAC addresses and those derived of them.  Explained: LXC 5.0 computes a broadcast
# address without the network.
NETWORK_SCRIPT='ip address show | grep -vE "valid_lft|inet6 fe80" | sed -E "s/^[0-9]+: //; s/@if[0-9]+//; s/qlen [0-9]+//"; ip route; ip -6 route | grep -v fe80; cat /sys/class/net/*/mtu'
NO_MAC='s/(link\/ether )[0-9a-f:]+/\1MAC/; s/ (UP|LOWER_UP|DOWN|UNKNOWN)\b//g; s/state [A-Z]+//; s/NO-CARRIER,|,M-DOWN|,LOWER_UP//g; s/@[a-z0-9]+:/:/; s/brd (0[.0-9]+|10\.7\.0\.255|10\.255\.255\.255) //; s/ +$//'
network() { script "$NETWORK_SCRIPT"; both /show; compare "$NO_MAC"; }
bridge() {
        BRIDGED=yes
        host ip link add br0 type bridge
        host ip link set br0 up
        host ip address add 10.7.0.1/24 dev br0
}

@test "like LXC: mounts, environment, user, groups, limits" {
        also "lxc.net.0.type = empty" "lxc.mount.entry = tmpfs data tmpfs nodev,size=1m,mode=700 0 0" "lxc.mount.entry = $NOTES mnt none bind,ro,create=dir 0 0" \
                "lxc.pty.max = 8" "lxc.environment = A=b c" "lxc.init.cwd = /tmp" "lxc.prlimit.core = 0:4096" "lxc.prlimit.nofile = 512"
        script 'cut -d" " -f5- /proc/self/mountinfo' 'env | sort' 'pwd; umask; hostname; id' \
                'grep -E "Groups|NoNewPrivs|Seccomp:|Uid|Gid" /proc/self/status' 'grep -E "core|open files" /proc/self/limits'
        both /show
        # explained: the propagation of the root, HOME, devices that are mounts in LXC, a made-up boot id, the read-only of a superblock
        compare 's/ (shared|master):[0-9]+//g; /^HOME=/d; /^\/dev\/(ptmx|console) /d; /boot_id/d; s/sysfs (sysfs|sys) r[ow]$/sysfs/'
        grep -q '^/mnt ro' "$BATS_TEST_TMPDIR/by-berth"
        grep -q '^A=b c' "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: what proc:mixed and sys:mixed leave writable, with CAP_NET_ADMIN and without" {
        sed -i '/lxc.mount.entry/d' "$DIR/config"
        also "lxc.net.0.type = empty" "lxc.net.0.flags = up" "lxc.mount.auto = proc:mixed sys:mixed"
        script 'try() { (echo "$2" >"$1") 2>/dev/null && echo "$1 written" || echo "$1 refused"; }' \
                'try /proc/sys/net/ipv4/ip_forward 1' 'try /proc/sys/kernel/panic 0' 'try /proc/sysrq-trigger h' \
                'try /sys/devices/virtual/net/lo/tx_queue_len 7' 'try /sys/class/net/lo/tx_queue_len 8' 'try /sys/kernel/mm/ksm/run 0'
        both /show
        compare
        grep -qx "/proc/sys/net/ipv4/ip_forward written" "$BATS_TEST_TMPDIR/by-berth"
        grep -qx "/sys/devices/virtual/net/lo/tx_queue_len written" "$BATS_TEST_TMPDIR/by-berth"
        also "lxc.cap.drop = net_admin"
        rm -rf "$MADE"
        both /show
        compare
        ! grep -q "/proc.*written" "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: attributes of the root's mount" {
        also "lxc.net.0.type = empty" "lxc.rootfs.options = nosuid,nodev,noatime"
        script "awk '\$2 == \"/\" { print \$4 }' /proc/mounts | tail -n 1 | tr , '\\n' | grep -E '^(r[ow]|no)'"
        both /show
        compare
        grep -qx nosuid "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: capabilities dropped and kept" {
        also "lxc.net.0.type = empty" "lxc.cap.drop = sys_module mknod mac_admin" "lxc.cap.drop = sys_time"
        script 'grep Cap /proc/self/status'
        both /show
        compare
        sed -i '/cap.drop/d' "$DIR/config"
        also "lxc.cap.keep = chown kill net_admin"
        rm -rf "$MADE"
        both /show
        compare
        grep -q $'CapBnd:\t0000000000001021' "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: /dev, and what the device rules of version 1 allow" {
        needs_v1
        also "lxc.net.0.type = empty" "lxc.cgroup.devices.deny = a" "lxc.cgroup.devices.allow = c 1:3 rwm" "lxc.cgroup.devices.allow = c 1:5 r" \
                "lxc.cgroup.devices.allow = c *:* m"
        script 'ls -l /dev | awk "NR > 1 { print \$1, \$3, \$4, \$NF }"' 'for d in null zero full random urandom tty; do' \
                '(: </dev/$d) 2>/dev/null && echo $d read; (: >/dev/$d) 2>/dev/null && echo $d write; done' 'mknod /dev/x c 1 7 2>/dev/null && echo made' 'mknod /dev/y b 8 0 2>/dev/null || echo refused'
        both /show
        # explained: LXC gives a console to lxc-execute as well, and mounts /dev/ptmx
        compare '/ console$/d; /ptmx$/d; /lxc-boot-id/d; / pts$/d'
        grep -qx "null write" "$BATS_TEST_TMPDIR/by-berth"
        ! grep -qE "full|zero write" <(grep -E 'read|write' "$BATS_TEST_TMPDIR/by-berth")
}

@test "like LXC: values in the cgroups" {
        needs_v1
        also "lxc.net.0.type = empty" "lxc.cgroup.cpu.shares = 512" "lxc.cgroup.cpuset.cpus = 0" "lxc.cgroup.pids.max = 100" \
                "lxc.cgroup.cpu.cfs_quota_us = 50000" "lxc.mount.entry = /sys/fs/cgroup data none rbind,ro 0 0"
        script 'for f in cpu/cpu.shares cpu/cpu.cfs_quota_us cpuset/cpuset.cpus pids/pids.max; do' \
                "echo \$f \$(cat /data/\${f%/*}/lxc.payload.$ID/\${f#*/}); done; cut -d: -f2- /proc/self/cgroup | grep -v '^:'"
        both /show
        compare
        grep -qx "cpu/cpu.shares 512" "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: network none" {
        also "lxc.net.0.type = none"
        script 'readlink /proc/self/ns/net; ip link | wc -l'
        both /show
        compare
        same "$(head -n 1 "$BATS_TEST_TMPDIR/by-berth")" "$(readlink "/proc/$HOST/ns/net")"
}

@test "like LXC: network empty, with and without flags" {
        also "lxc.net.0.type = empty"
        script 'ip link show lo | head -n 1'
        both /show
        # explained: OCI runtimes bring lo up, LXC only when an interface is to be up
        grep -q '<LOOPBACK>' "$BATS_TEST_TMPDIR/by-lxc"
        grep -q '<.*UP' "$BATS_TEST_TMPDIR/by-berth"
        also "lxc.net.0.flags = up"
        rm -rf "$MADE"
        both /show
        compare
        grep -q '<.*UP' "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: network veth on a bridge, with addresses, gateway, mtu and hwaddr" {
        bridge
        also "lxc.net.0.type = veth" "lxc.net.0.link = br0" "lxc.net.0.flags = up" "lxc.net.0.name = lan0" "lxc.net.0.mtu = 1400" "lxc.net.0.hwaddr = 00:16:3e:11:22:33" \
                "lxc.net.0.ipv4.address = 10.7.0.5/24" "lxc.net.0.ipv4.address = 10.8.0.5/16 10.8.9.9" "lxc.net.0.ipv4.gateway = 10.7.0.1" \
                "lxc.net.0.ipv6.address = fd00:7::5/64" "lxc.net.1.type = veth" "lxc.net.1.link = br0" "lxc.net.1.ipv4.address = 10.9.0.1"
        network
        grep -q "00:16:3e:11:22:33" "$BATS_TEST_TMPDIR/by-berth" || grep -q lan0 "$BATS_TEST_TMPDIR/by-berth"
        grep -q "default via 10.7.0.1" "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: network macvlan" {
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        also "lxc.net.0.type = macvlan" "lxc.net.0.link = up0" "lxc.net.0.macvlan.mode = bridge" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.7.0.5/24"
        network
        grep -q "inet 10.7.0.5/24 brd 10.7.0.255" "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: network ipvlan and vlan" {
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        needs_netdev ipvlan
        needs_netdev vlan id 2
        also "lxc.net.0.type = ipvlan" "lxc.net.0.link = up0" "lxc.net.0.ipvlan.mode = l3" "lxc.net.0.ipvlan.isolation = bridge" "lxc.net.0.flags = up" \
                "lxc.net.0.ipv4.address = 10.7.0.5/24" "lxc.net.1.type = vlan" "lxc.net.1.link = up0" "lxc.net.1.vlan.id = 5" "lxc.net.1.flags = up"
        network
        grep -q "inet 10.7.0.5/24" "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: network phys, and the device comes back" {
        host ip link add p0 type veth peer name p1
        host ip link set p0 address 02:00:00:00:00:07 mtu 1480
        also "lxc.net.0.type = phys" "lxc.net.0.link = p0" "lxc.net.0.name = wan0" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.7.0.5/24"
        returned() { host ip -j link show p0 2>/dev/null | jq -r '.[0] | "\(.ifname) \(.address) \(.mtu)"'; }
        BETWEEN=between
        between() { wait_for 5 host ip link show p0 >/dev/null || { echo "LXC lost it"; return 1; }; returned >"$BATS_TEST_TMPDIR/returned"; }
        network
        same "$(returned)" "$(cat "$BATS_TEST_TMPDIR/returned")"
        grep -q wan0 "$BATS_TEST_TMPDIR/by-berth"
}

@test "like LXC: each hook's words, environment, standard input and namespaces" {
        local type
        mkdir "$NOTES/now"
        chmod 777 "$NOTES/now"
        cat >"$DIR/hook" <<SCRIPT
#!/bin/sh
type=\$5
out=$NOTES/now/\$type
echo "\$type" >>$NOTES/now/order
{ for word; do echo "<\$word>"; done; env | grep ^LXC_ | sort; for ns in mnt net uts pid; do
        [ "\$(readlink /proc/self/ns/\$ns)" = "\$(readlink /proc/$HOST/ns/\$ns 2>/dev/null)" ] && echo "host's \$ns" || echo "own \$ns"; done; } >\$out
SCRIPT
        chmod +x "$DIR/hook"
        also "lxc.net.0.type = empty" "lxc.autodev = 1"
        for type in pre-start pre-mount mount autodev start-host stop post-stop; do also "lxc.hook.$type = $DIR/hook 'two  words' x"; done
        also "lxc.hook.pre-start = echo second >>$NOTES/now/order #"
        script true
        both /show
        same "$(cat "$NOTES/lxc/order")" "$(cat "$NOTES/berth/order")"
        for type in pre-start pre-mount mount autodev start-host stop post-stop; do
                echo "hook $type"
                # explained: variables of LXC's log and console, the words for namespaces of stop, where the root is mounted, pids
                clean() { sed -E '/^LXC_(LOG_LEVEL|CONSOLE|CONSOLE_LOGPATH|TARGET|[A-Z]+_NS)=/d; /^<[a-z]+:\/proc\//d; /^LXC_(PID|ROOTFS_MOUNT|CGNS_AWARE)=/d' "$1"; }
                diff <(clean "$NOTES/lxc/$type") <(clean "$NOTES/berth/$type")
        done
}

@test "like LXC: the start hook, inside" {
        printf '#!/bin/sh\n{ for w; do echo "<$w>"; done; env | grep -E "^(LXC_NAME|A|container)=" | sort; readlink /proc/self/root; grep CapBnd /proc/self/status; } >/started\n' >"$DIR/rootfs/hook"
        chmod +x "$DIR/rootfs/hook"
        also "lxc.net.0.type = empty" "lxc.hook.start = /hook" "lxc.cap.drop = sys_time" "lxc.environment = A=b"
        script 'cat /started; rm /started'
        both /show
        compare
}

@test "like LXC: script.up and script.down" {
        bridge
        mkdir "$NOTES/now"
        printf '#!/bin/sh\necho "$@" | sed -E "s/veth[A-Za-z0-9_]{6,}/VETH/" >>%s/now/order\n' "$NOTES" >"$DIR/hook"
        chmod +x "$DIR/hook"
        also "lxc.net.0.type = veth" "lxc.net.0.link = br0" "lxc.net.0.flags = up" "lxc.net.0.script.up = $DIR/hook" "lxc.net.0.script.down = $DIR/hook"
        script true
        both /show
        same "$(cat "$NOTES/lxc/order")" "$(cat "$NOTES/berth/order")"
}
