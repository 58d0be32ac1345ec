#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers as articles on LXC 0.7 and 1.0 build them, converted and run whole: an application container with a server on a
# bridge, a pre-start hook, Android's init in a root file system that a hook unpacks, a system container with limits and
# device rules.  Each under berth, and as a portable bundle under runc and crun where these can.
load helpers

more_setup() {
        MADE="$BATS_TEST_TMPDIR/made"
        CONF="$BATS_TEST_TMPDIR/lxc.conf"
        REPORT="$BATS_TEST_TMPDIR/report"
        RUNNER=""
        unshare --net sleep 1000 3>&- &
        HOST=$!
        wait_for 5 own_netns
}
more_teardown() {
        local name
        [ -z "$RUNNER" ] || kill -9 "$RUNNER" 2>/dev/null || true
        # berth first: runc removes what it does not know
        "$BERTH" --root "$ROOT" delete --force "$ID" 2>/dev/null || true
        for name in runc crun; do ! command -v $name >/dev/null || runtime $name delete --force "$ID" 2>/dev/null || true; done
        kill -9 "$HOST"
}
own_netns() { [ "$(readlink "/proc/$HOST/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
# The "host": a network namespace of the test's own.
host() { nsenter --net="/proc/$HOST/ns/net" -- "$@"; }

# runtime NAME WORD...: crun refuses hybrid cgroups, so it gets a view in which there is version 1 only.
runtime() {
        local name=$1
        shift
        case $name in
        crun) host unshare --mount --propagation private sh -c '! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
                        exec crun --root "$0" "$@"' "$ROOT" "$@" ;;
        runc) host runc --root "$ROOT" "$@" ;;
        *) host "$BERTH" --root "$ROOT" "$@" ;;
        esac
}
# convert_for NAME OPTION...: exact for berth, portable for others.
convert_for() {
        local name=$1
        shift
        [ "$name" = berth ] || set -- --portable "$@"
        rm -rf "$MADE"
        run --separate-stderr "$BERTH" convert --overwrite --report "$REPORT" --name "$ID" -o "$MADE" "$@"
        [ "$status" -eq 0 ] || [ "$status" -eq 2 ] || { echo "$output $stderr"; return 1; }
        [ "$name" = berth ] || only_capabilities_of_ours
}
# runc fails where a capability is asked for that the tests themselves do not have.
only_capabilities_of_ours() {
        [ $((0x$(awk '/CapBnd/ { print $2 }' /proc/self/status) >> 24 & 1)) = 0 ] || return 0
        jq '.process.capabilities |= map_values(. - ["CAP_SYS_RESOURCE"])' "$MADE/config.json" >"$MADE/new"
        mv "$MADE/new" "$MADE/config.json"
}
# each RUNTIME...: those that are installed.
each() { local name; for name in berth runc crun; do [ $name = berth ] || ! command -v $name >/dev/null || echo $name; [ $name != berth ] || echo berth; done; }
# run_in_background NAME: run, with its output in a file.
run_in_background() {
        runtime "$1" run --bundle "$MADE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        RUNNER=$!
}
# end_background NAME: kill the container, and that of it nothing stays.
end_background() {
        runtime "$1" kill "$ID" KILL
        wait "$RUNNER" || true
        RUNNER=""
        runtime "$1" delete --force "$ID" 2>/dev/null || true
}
pid_of() { runtime "$1" state "$ID" 2>/dev/null | jq .pid; }
inside() { nsenter --net="/proc/$(pid_of "$1")/ns/net" -- "${@:2}"; }
serves() { host timeout 5 bash -c 'exec 3<>/dev/tcp/192.168.122.101/80 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && grep -qx hello <&3' 2>/dev/null; }
# on_terminal NAME: run with a terminal; what it shows, without carriage returns, in $output.
on_terminal() {
        local name=$1
        printf '#!/bin/bash\n%s\n' "$(declare -p ROOT BERTH HOST MADE ID; declare -f host runtime)" >"$BATS_TEST_TMPDIR/run"
        echo "runtime $name run --bundle \"\$MADE\" \"\$ID\"" >>"$BATS_TEST_TMPDIR/run"
        run timeout -s KILL 60 script -qec "bash '$BATS_TEST_TMPDIR/run'" /dev/null </dev/null
        output=$(tr -d '\r' <<<"$output" | sed 's/^^@//')
}
# What a host's /dev holds, for containers that are given it: not the real one where a runtime writes into it.
host_dev() {
        local spec
        DEV="$BATS_TEST_TMPDIR/dev"
        mkdir -p "$DEV/pts" "$DEV/net" "$DEV/shm"
        for spec in null:c:1:3 zero:c:1:5 full:c:1:7 random:c:1:8 urandom:c:1:9 kmsg:c:1:11 tty:c:5:0 console:c:5:1 ptmx:c:5:2 net/tun:c:10:200 sda:b:8:0; do
                mknod -m 666 "$DEV/$(cut -d: -f1 <<<"$spec")" $(cut -d: -f2- <<<"$spec" | tr : ' ')
        done
}
listing() { (cd "$1" && find . -xdev -printf '%p %y %m %l\n' | sort); }

app_001() {
        mkdir "$BUNDLE/rootfs/www"; echo hello >"$BUNDLE/rootfs/www/index.html"
        cat >"$CONF" <<CONF
# network configuration
lxc.utsname = 001
lxc.network.type = veth
lxc.network.name = eth0
lxc.network.flags = up
lxc.network.link = br0
lxc.network.ipv4 = 192.168.122.101/24

# file system configuration
lxc.rootfs = $BUNDLE/rootfs
lxc.mount.entry=$1 $BUNDLE/rootfs/dev/ none bind 0 0
lxc.mount.entry=/dev/pts $BUNDLE/rootfs/dev/pts none bind 0 0
CONF
        host ip link set lo up
        host ip link add br0 type bridge
        host ip link set br0 up
        host ip address add 192.168.122.199/24 dev br0
}
same() { [ "$1" = "$2" ] || { echo "'$1', expected '$2'"; cat "$BATS_TEST_TMPDIR/err" 2>/dev/null; return 1; }; }
assert_001_network() {
        same "$(inside "$1" ip -j -4 address show eth0 | jq -r '.[0].addr_info[0] | "\(.local)/\(.prefixlen) \(.broadcast)"')" "192.168.122.101/24 192.168.122.255"
        same "$(inside "$1" ip -j link show eth0 | jq -r '.[0] | "\(.mtu) \(.operstate) " + ([.flags[] | select(. == "UP" or . == "MULTICAST" or . == "BROADCAST")] | sort | join(" "))')" \
                "1500 UP BROADCAST MULTICAST UP"
        same "$(inside "$1" ip -j route | jq -r '[.[] | "\(.dst) \(.dev) \(.gateway // "-")"] | join(",")')" "192.168.122.0/24 eth0 -"
}

@test "001: a server that goes into the background is reached over the bridge until the container is killed; the host's /dev stays as it is" {
        app_001 /dev
        listing /dev >"$BATS_TEST_TMPDIR/before"
        convert_for berth --app "$CONF" -- /bin/httpd -h /www
        assert_status 0
        grep -q "the container works in the host's own /dev, and no rule keeps it from any device of the host" "$REPORT"
        run_in_background berth
        wait_for 10 serves
        assert_001_network berth
        pid=$(pid_of berth)
        # the first process reaps; the server is its child, and the program that was started is gone
        same "$(cat "/proc/$pid/comm")" berth-init
        same "$(nsenter -t "$pid" -u hostname)" 001
        same "$(cat "/proc/$(pgrep -P "$pid")/comm")" httpd
        # all devices of the host, and its terminals
        same "$(stat -c %d:%i "/proc/$pid/root/dev")" "$(stat -c %d:%i /dev)"
        same "$(stat -c %d "/proc/$pid/root/dev/pts")" "$(stat -c %d /dev/pts)"
        same "$(awk '$5 == "/proc" || $5 == "/dev/shm" { print $5 }' "/proc/$pid/mountinfo" | xargs)" "/proc /dev/shm"
        end_background berth
        ! serves
        diff "$BATS_TEST_TMPDIR/before" <(listing /dev)
        same "$(host ip -j link | jq -r '[.[].ifname] | sort | join(" ")')" "br0 lo"
}

@test "001, portable: the same network under runc and crun; a server must stay in the foreground, and the report says so" {
        host_dev
        app_001 "$DEV"
        for name in $(each); do
                [ $name != berth ] || continue
                convert_for $name --app "$CONF" -- /bin/httpd -f -h /www
                assert_status 0
                grep -q "which ends with the program and does not wait for its orphans\|no init that reaps" "$REPORT"
                grep -q "other runtimes also allow devices of their own choice" "$REPORT"
                run_in_background $name
                wait_for 10 serves || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
                assert_001_network $name
                end_background $name
                same "$(host ip -j link | jq -r '[.[].ifname] | sort | join(" ")')" "br0 lo"
        done
}

@test "p1: its pre-start hook writes the article's own lines, under each runtime" {
        local lxc="$BATS_TEST_TMPDIR/lxc" name
        mkdir -p "$lxc/p1"
        cat >"$lxc/p1/pre-start.sh" <<SCRIPT
#!/bin/sh
echo "arguments: \$*" > $BATS_TEST_TMPDIR/test
echo "environment:" >> $BATS_TEST_TMPDIR/test
env | grep LXC >> $BATS_TEST_TMPDIR/test
SCRIPT
        chmod 755 "$lxc/p1/pre-start.sh"
        mv "$BUNDLE/rootfs" "$lxc/p1/rootfs"
        printf '#!/bin/sh\necho "init is $$"\n' >"$lxc/p1/rootfs/sbin/init"; chmod +x "$lxc/p1/rootfs/sbin/init"
        printf '%s\n' "lxc.rootfs = $lxc/p1/rootfs" "lxc.utsname = p1" "lxc.network.type = empty" \
                "lxc.hook.pre-start = $lxc/p1/pre-start.sh" >"$lxc/p1/config"
        ID=p1 # the name is among the lines
        cat >"$BATS_TEST_TMPDIR/expected" <<TEXT
LXC_CONFIG_FILE=$lxc/p1/config
LXC_NAME=p1
LXC_ROOTFS_MOUNT=/usr/lib/x86_64-linux-gnu/lxc
LXC_ROOTFS_PATH=$lxc/p1/rootfs
arguments: p1 lxc pre-start
environment:
TEXT
        for name in $(each); do
                convert_for $name --lxcpath "$lxc" "$lxc/p1/config"
                [ $name = berth ] || grep -q "warning: runs when the mounts are made already: too late to make the root file system" "$REPORT"
                # a place of the run's own in the cgroups
                jq --arg path "/lxc/$(basename "$MADE")-${BERTH_TEST_TAG:-0}-$BATS_TEST_NUMBER" '.linux.cgroupsPath = $path' "$MADE/config.json" >"$MADE/new"
                mv "$MADE/new" "$MADE/config.json"
                rm -f "$BATS_TEST_TMPDIR/test"
                on_terminal $name
                assert_status 0
                assert_in_output "init is 1"
                LC_ALL=C sort "$BATS_TEST_TMPDIR/test" | cmp - "$BATS_TEST_TMPDIR/expected"
                runtime $name delete --force p1 2>/dev/null || true
        done
}

android() {
        LXC="$BATS_TEST_TMPDIR/lxc"
        mkdir -p "$LXC/android"
        mkdir "$BUNDLE/initrd"
        # Android's init mounts for itself what it needs
        (cd "$BUNDLE/rootfs" && rm -rf sbin && ln -s bin/busybox init &&
                printf '::sysinit:/rc\n' >etc/inittab &&
                printf '%s\n' '#!/bin/sh' 'mount -t proc proc /proc' 'mount -t tmpfs tmpfs /tmp' \
                        'echo "init: $(cat /proc/1/comm) net: $(readlink /proc/self/ns/net) name: $(hostname)"' \
                        'echo "CapBnd: $(grep CapBnd /proc/self/status | cut -f2) $(ls -d /dev/pts)"' 'poweroff -f' >rc &&
                chmod +x rc && find . | busybox cpio -o -H newc 2>/dev/null | gzip >"$LXC/android/initrd.gz")
        cat >"$LXC/android/config" <<CONF
lxc.rootfs = $LXC/android/rootfs
lxc.utsname = armhf

lxc.network.type = none

lxc.devttydir = lxc
lxc.tty = 4
lxc.pts = 1024
lxc.arch = armhf
lxc.cap.drop = mac_admin mac_override
lxc.pivotdir = lxc_putold

lxc.hook.pre-start = $LXC/android/pre-start.sh

lxc.aa_profile = unconfined
CONF
        cat >"$LXC/android/pre-start.sh" <<SCRIPT
#!/bin/sh
mkdir -p \$LXC_ROOTFS_PATH
mount -n -t tmpfs tmpfs \$LXC_ROOTFS_PATH

cd \$LXC_ROOTFS_PATH
cat $LXC/android/initrd.gz | gzip -d | busybox cpio -i 2>/dev/null

# Create /dev/pts if missing
mkdir -p \$LXC_ROOTFS_PATH/dev/pts
SCRIPT
        chmod +x "$LXC/android/pre-start.sh"
}

@test "android: a hook unpacks the root file system, /init comes from the command line, the network is the host's; twice" {
        android
        convert_for berth --lxcpath "$LXC" "$LXC/android/config" -- /init
        assert_status 2 # nobody serves the four terminals
        grep -q "warning: nothing serves /dev/tty1 to 4" "$REPORT"
        grep -q "the network is the host's" "$REPORT"
        [ ! -e "$LXC/android/rootfs" ]
        # what the hook mounts stays on the host when the container has ended: here in a mount namespace that goes away
        cat >"$BATS_TEST_TMPDIR/twice" <<SCRIPT
for i in 1 2; do "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID"; echo "status \$?"; done
echo "mounts \$(grep -c ' $LXC/android/rootfs ' /proc/self/mountinfo)"
SCRIPT
        run timeout -s KILL 60 script -qec "unshare --mount --propagation private sh $BATS_TEST_TMPDIR/twice" /dev/null </dev/null
        output=$(tr -d '\r' <<<"$output" | sed 's/^^@//')
        same "$(grep -cxF "init: init net: $(readlink /proc/self/ns/net) name: armhf" <<<"$output")" 2
        # all capabilities but mac_override (32) and mac_admin (33), and what the tests themselves lack
        bounding=$(printf '%016x' $((0x$(awk '/CapBnd/ { print $2 }' /proc/self/status) & ~(3 << 32))))
        same "$(grep -c "^CapBnd: $bounding /dev/pts\$" <<<"$output")" 2
        same "$(grep -c "^status 130\$" <<<"$output")" 2 # poweroff kills init with SIGINT
        assert_in_output "mounts 2"
        [ -z "$(ls -A "$LXC/android/rootfs")" ]
}

@test "android, portable: without the runtime's help the root file system has to be made before, and the report says so" {
        android
        for name in $(each); do
                [ $name != berth ] || continue
                convert_for $name --lxcpath "$LXC" "$LXC/android/config" -- /init
                assert_status 2
                grep -q "too late to make the root file system" "$REPORT"
                # as the report demands: made before, and no hook
                jq --arg path "/lxc/$ID" 'del(.hooks)' "$MADE/config.json" >"$MADE/new"; mv "$MADE/new" "$MADE/config.json"
                cat >"$BATS_TEST_TMPDIR/once" <<SCRIPT
! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
LXC_ROOTFS_PATH=$LXC/android/rootfs $LXC/android/pre-start.sh
$name --root "$ROOT" run --bundle "$MADE" "$ID"
SCRIPT
                run timeout -s KILL 60 script -qec "unshare --mount --propagation private sh $BATS_TEST_TMPDIR/once" /dev/null </dev/null
                assert_in_output "init: init net: $(readlink /proc/self/ns/net) name: armhf"
                runtime $name delete --force "$ID" 2>/dev/null || true
        done
}

system_002() {
        host_dev
        mkfifo "$BUNDLE/rootfs/go"
        rm -f "$BUNDLE/rootfs/sbin/init"; ln -s ../bin/busybox "$BUNDLE/rootfs/sbin/init"
        printf '::sysinit:/etc/rc\n' >"$BUNDLE/rootfs/etc/inittab"
        cat >"$BUNDLE/rootfs/etc/rc" <<'RC'
#!/bin/sh
export PATH=/bin
can() { if ( "$@" ) >/dev/null 2>/tmp/err; then echo "$2: ok"; else echo "$2: $(sed 's/.*: //' /tmp/err)"; fi; }
write_null() { echo >/dev/null; }
can write_null null
for d in zero full kmsg sda net/tun random; do ( : </dev/$d ) 2>/tmp/err && echo "$d: ok" || echo "$d: $(sed 's/.*: //' /tmp/err)"; done
rm -f /tmp/sda
mknod /tmp/sda b 8 0 2>/tmp/err && echo "mknod: ok" || echo "mknod: $(sed 's/.*: //' /tmp/err)"
echo "pts: $(ls /dev/pts | xargs)"
awk '$5 == "/dev/pts" || $5 == "/proc" || $5 == "/sys" || $5 ~ /binfmt/ { n = $0; sub(/.* - /, "", n); split(n, f, " "); print "mount: " $5 " " f[1] }' /proc/self/mountinfo
hostname rhel60vm01 && echo "name: $(hostname)"
route add default gw 192.168.122.1 && echo "gateway: $(route -n | awk '$1 == "0.0.0.0" { print $2 }')"
ls -l /proc/self/fd/0 | sed 's/.*-> /stdin: /'
echo up >/there
read x </go
poweroff -f
RC
        chmod +x "$BUNDLE/rootfs/etc/rc"
        cat >"$CONF" <<CONF
# network configuration
lxc.utsname = 002
lxc.network.type = veth
lxc.network.name = eth0
lxc.network.flags = up
lxc.network.link = br0
lxc.network.ipv4 = 192.168.122.102/24

# file system configuration
# file system configuration
lxc.rootfs = $BUNDLE/rootfs
lxc.mount.entry=$DEV $BUNDLE/rootfs/dev/ none bind 0 0
lxc.mount.entry=devpts $BUNDLE/rootfs/dev/pts devpts gid=5,mode=620,newinstance,ptmxmode=0666 0 0
lxc.mount.entry=proc $BUNDLE/rootfs/proc proc nodev,noexec,nosuid 0 0
lxc.mount.entry=sysfs $BUNDLE/rootfs/sys sysfs defaults  0 0
lxc.mount.entry=none $BUNDLE/rootfs/proc/sys/fs/binfmt_misc binfmt_misc defaults  0 0
# resource allocations
lxc.cgroup.cpuset.cpus = 0
        # CPU0
lxc.cgroup.cpu.shares = 512
lxc.cgroup.memory.limit_in_bytes = 268435456
lxc.cgroup.memory.memsw.limit_in_bytes = 536870912
# device access list
lxc.cgroup.devices.deny = a *:* rwm
        # deny all
$(printf 'lxc.cgroup.devices.allow = c %s rwm\n' 1:3 1:5 5:1 5:0 '4:*' 1:9 1:8 5:2 '136:*' 254:0)
CONF
        host ip link set lo up
        host ip link add br0 type bridge
        host ip link set br0 up
        host ip address add 192.168.122.1/24 dev br0
}
# value CONTROLLER FILE: of the container's cgroup.
value() { cat "/sys/fs/cgroup/$1/lxc/$ID/$2"; }
assert_002() {
        local name=$1
        for line in "null: ok" "zero: ok" "random: ok" "kmsg: Operation not permitted" "sda: Operation not permitted" \
                "mount: /dev/pts devpts" "mount: /proc proc" "mount: /sys sysfs" \
                "name: rhel60vm01" "gateway: 192.168.122.1"; do
                grep -aqxF "$line" "$BATS_TEST_TMPDIR/shown" || { echo "$name: not shown: $line"; cat "$BATS_TEST_TMPDIR/shown"; return 1; }
        done
}
# boot NAME: init on a terminal; waits until its script has shown all.
boot() {
        rm -f "$BUNDLE/rootfs/there"
        printf '#!/bin/bash\n%s\n' "$(declare -p ROOT BERTH HOST MADE ID; declare -f host runtime)" >"$BATS_TEST_TMPDIR/run"
        echo "runtime $1 run --bundle \"\$MADE\" \"\$ID\"; echo \"status \$?\"" >>"$BATS_TEST_TMPDIR/run"
        script -qefc "bash '$BATS_TEST_TMPDIR/run'" "$BATS_TEST_TMPDIR/typescript" </dev/null >/dev/null 2>&1 3>&- &
        RUNNER=$!
        wait_for 20 test -s "$BUNDLE/rootfs/there" || { cat "$BATS_TEST_TMPDIR/typescript"; return 1; }
        tr -d '\r' <"$BATS_TEST_TMPDIR/typescript" | sed 's/^^@//' >"$BATS_TEST_TMPDIR/shown"
}
power_off() {
        echo >"$BUNDLE/rootfs/go"
        wait $RUNNER || true
        RUNNER=""
        tr -d '\r' <"$BATS_TEST_TMPDIR/typescript" | sed 's/^^@//' >"$BATS_TEST_TMPDIR/shown"
}

@test "002: init on the console, terminals of its own, limits in the cgroup, devices by its rules; poweroff ends it" {
        system_002
        [ -e /sys/fs/cgroup/cpuset/cgroup.procs ] || skip "needs a kernel with cgroup v1"
        listing "$DEV" >"$BATS_TEST_TMPDIR/before"
        convert_for berth --legacy-cgroups "$CONF"
        assert_status 0
        boot berth
        assert_002 berth
        for line in "full: Operation not permitted" "net/tun: Operation not permitted" "stdin: /dev/pts/0" "mknod: Operation not permitted" \
                "mount: /proc/sys/fs/binfmt_misc binfmt_misc"; do
                grep -aqxF "$line" "$BATS_TEST_TMPDIR/shown" || { echo "not shown: $line"; cat "$BATS_TEST_TMPDIR/shown"; return 1; }
        done
        same "$(value cpuset cpuset.cpus)" 0
        same "$(value cpu cpu.shares)" 512
        same "$(value memory memory.limit_in_bytes)" 268435456
        [ ! -e "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes" ] || same "$(value memory memory.memsw.limit_in_bytes)" 536870912
        same "$(value devices devices.list | sort | xargs -d '\n' printf '%s,')" \
                "c 136:* rwm,c 1:3 rwm,c 1:5 rwm,c 1:8 rwm,c 1:9 rwm,c 254:0 rwm,c 4:* rwm,c 5:0 rwm,c 5:1 rwm,c 5:2 rwm,"
        host busybox ping -c 1 -W 3 192.168.122.102 >/dev/null
        power_off
        grep -aqx "status 130" "$BATS_TEST_TMPDIR/shown"
        diff "$BATS_TEST_TMPDIR/before" <(listing "$DEV")
        same "$(host ip -j link | jq -r '[.[].ifname] | sort | join(" ")')" "br0 lo"
}

@test "002, portable: runc and crun run it, and allow more devices, as the report says" {
        system_002
        [ -e /sys/fs/cgroup/cpuset/cgroup.procs ] || skip "needs a kernel with cgroup v1"
        for name in $(each); do
                [ $name != berth ] || continue
                convert_for $name --legacy-cgroups "$CONF"
                grep -q "other runtimes also allow devices of their own choice" "$REPORT"
                grep -q "warning: left out: runc refuses a mount on '/proc/sys/fs/binfmt_misc'" "$REPORT"
                boot $name
                assert_002 $name
                for line in "full: ok" "mknod: ok"; do grep -aqxF "$line" "$BATS_TEST_TMPDIR/shown"; done
                same "$(value cpuset cpuset.cpus)" 0
                same "$(value cpu cpu.shares)" 512
                same "$(value memory memory.limit_in_bytes)" 268435456
                power_off
                runtime $name delete --force "$ID" 2>/dev/null || true
        done
}
