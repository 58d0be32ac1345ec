#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# System containers, run by lxc-start and by berth.
load helpers
load lxc
KIND=system

@test "like LXC: mounts, environment, user, groups, limits" {
        printf 'tmpfs tmp tmpfs nosuid,mode=1777 0 0\n\n# nothing\n' >"$DIR/fstab"
        mkdir "$DIR/rootfs/mnt"
        also "lxc.net.0.type = empty" "lxc.mount.entry = tmpfs data tmpfs nodev,size=1m,mode=700 0 0" "lxc.mount.entry = $NOTES mnt/deep/er none bind,ro,create=dir 0 0" \
                "lxc.mount.entry = $DIR/config etc/config none bind,ro,create=file 0 0" "lxc.mount.entry = /nowhere opt none bind,optional 0 0" \
                "lxc.mount.entry = tmpfs $DIR/rootfs/var tmpfs noatime,noexec 0 0" "lxc.mount.fstab = $DIR/fstab" \
                "lxc.pty.max = 8" "lxc.environment = A=b c" "lxc.environment = HOME=/home" "lxc.init.cwd = /tmp" "lxc.prlimit.core = 0:4096" "lxc.prlimit.nofile = 512"
        script 'cut -d" " -f5- /proc/self/mountinfo' 'env | sort' 'pwd; umask; hostname; id; echo "$0 $*"' \
                'grep -E "Groups|NoNewPrivs|Seccomp:|Uid|Gid|Sig(Blk|Ign)" /proc/self/status' 'cat /proc/self/limits' 'cut -d" " -f4-6 /proc/1/stat; cat /proc/self/oom_score_adj' \
                'ls -ld / /dev /dev/pts /dev/shm /tmp /mnt /mnt/deep /data /etc/config /opt 2>&1 | awk "{ print \$1, \$3, \$4, \$NF }"'
        both
        # explained: the propagation, /dev/ptmx a mount, a made-up boot id, the read-only of a superblock, the mode of a tmpfs, SIGPIPE
        compare 's/ (shared|master):[0-9]+//g; /^\/dev\/ptmx /d; /boot_id/d; s/sysfs (sysfs|sys) r[ow]$/sysfs/; s/^(\/var .*rw),mode=755/\1/; s/^(SigIgn:\t0+)1000$/\10000/'
        shown '^/mnt/deep/er ro'
        shown '^A=b c'
}

@test "like LXC: /proc and /sys as lxc.mount.auto makes them" {
        without mount.entry.=.proc
        without mount.entry.=.sysfs
        also "lxc.net.0.type = empty" "lxc.mount.auto = proc:mixed sys:mixed" "lxc.console.path = none"
        script 'cut -d" " -f5- /proc/self/mountinfo | sort' 'for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj; do' \
                '(: >>$f) 2>/dev/null && echo "$f writable"; done; mkdir /sys/devices/virtual/net/x /sys/kernel/x 2>&1 | sed "s/.*: //"; echo 1 >/proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward'
        both
        # explained: as without, and that LXC's read-only bind has none of the other flags
        compare 's/ (shared|master):[0-9]+//g; /boot_id/d; s/sysfs (sysfs|sys) r[ow]$/sysfs/; s/^(\/proc\/(sys|sysrq-trigger) ro),nosuid,nodev,noexec,/\1,/'
        shown -x "/proc/sys/net/ipv4/ip_forward writable"
        also "lxc.cap.drop = net_admin"
        both
        compare 's/ (shared|master):[0-9]+//g; /boot_id/d; s/sysfs (sysfs|sys) r[ow]$/sysfs/; s/^(\/proc\/(sys|sysrq-trigger) ro),nosuid,nodev,noexec,/\1,/'
        ! grep -qx "/proc/sys/net/ipv4/ip_forward writable" "$NOTES/berth/shown"
}

@test "like LXC: a console" {
        also "lxc.net.0.type = empty"
        script 'ls -l /dev/console | cut -c1-10; tty <&0; for n in 0 1 2; do [ -t $n ] && echo "$n is a terminal"; done; cut -d" " -f4-7 /proc/1/stat; stty -a 2>&1 | xargs -n1'
        both
        # explained: the devpts it comes from, that it controls init's session, and the lines of who reads by a pipe
        compare 's/^crw(-------|x------|--w----)$/MODE/; s/^\/dev\/(console|pts\/0)$/CONSOLE/; s/^(0 1 1) [0-9]+$/\1 TTY/; /^-?onlcr$/d'
        also "lxc.console.path = none"
        script 'ls /dev/console; tty <&0; for n in 0 1 2; do readlink /proc/self/fd/$n; done; cut -d" " -f4-7 /proc/1/stat'
        both
        compare 's/pipe:.*/pipe/'
}

@test "like LXC: attributes of the root's mount" {
        also "lxc.net.0.type = empty" "lxc.rootfs.options = nosuid,nodev,noatime"
        script "awk '\$2 == \"/\" { print \$4 }' /proc/mounts | tail -n 1 | tr , '\\n' | grep -E '^(r[ow]|no)'"
        both
        compare
        shown -x nosuid
}

@test "like LXC: capabilities dropped and kept" {
        also "lxc.net.0.type = empty" "lxc.cap.drop = sys_module mknod mac_admin" "lxc.cap.drop = sys_time"
        script 'grep Cap /proc/self/status'
        both
        compare
        without cap.drop
        also "lxc.cap.keep = chown kill net_admin"
        both
        compare
        shown $'CapBnd:\t0000000000001021'
}

@test "like LXC: another user, no new privileges, system calls filtered, the personality" {
        printf '2\ndenylist\nmkdir errno 17\n[all]\nsethostname errno 5\n' >"$DIR/policy"
        also "lxc.net.0.type = empty" "lxc.init.uid = 1000" "lxc.init.gid = 100" "lxc.no_new_privs = 1" "lxc.seccomp.profile = $DIR/policy" "lxc.arch = i686" \
                "lxc.init.cmd = /sbin/init 'two  words' more" "lxc.proc.oom_score_adj = 500" "lxc.sysctl.net.ipv4.ip_forward = 1" "lxc.rootfs.options = ro"
        script 'echo "$#"; for w; do echo "<$w>"; done; id; grep -E "Cap|Groups|NoNewPrivs|Seccomp:|Uid|Gid" /proc/self/status' 'mkdir /tmp/d; uname -m; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward' \
                'cut -d" " -f5- /proc/self/mountinfo | grep "^/ "; hostname other; true'
        both
        compare 's/ (shared|master):[0-9]+//g'
        case $VERSION in
        [0-5].*) shown -x "<'two>" ;;
        *) shown -x "<two  words>" ;;
        esac
}

@test "like LXC: in a user namespace" {
        without mount.entry.=.proc
        without mount.entry.=.sysfs
        also "lxc.mount.auto = proc:mixed sys:mixed" "lxc.net.0.type = empty" "lxc.idmap = u 0 100000 65536" "lxc.idmap = g 0 100000 65536" "lxc.pty.max = 8"
        chown -R 100000:100000 "$DIR/rootfs"
        echo root:100000:65536 >"$BATS_TEST_TMPDIR/subid"
        MAPPED="$BATS_TEST_TMPDIR/subid"
        local dir=$DIR
        while [ "$dir" != / ]; do chmod a+x "$dir"; dir=$(dirname "$dir"); done
        script 'cut -d" " -f5- /proc/self/mountinfo | sort; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; grep -E "Cap|Groups|Uid" /proc/self/status; ls -ln /dev | awk "NR > 1 { print \$1, \$3, \$4, \$NF }"'
        both
        # explained: as without one, and that LXC 7 makes no /dev/core
        compare 's/ (shared|master):[0-9]+//g; /^\/dev\/ptmx /d; /boot_id/d; s/sysfs (sysfs|sys) r[ow]$/sysfs/; / console$/d; /ptmx$/d; / \/proc\/kcore$/d; s/^(\/proc\/(sys|sysrq-trigger) ro),nosuid,nodev,noexec,/\1,/'
        shown -E "^ +0 +100000 +65536"
}

@test "like LXC: /dev, and what the device rules of version 1 allow" {
        needs_v1
        also "lxc.net.0.type = empty" "lxc.cgroup.devices.deny = a" "lxc.cgroup.devices.allow = c 1:3 rwm" "lxc.cgroup.devices.allow = c 1:5 r" \
                "lxc.cgroup.devices.allow = c *:* m" "lxc.cgroup.devices.allow = c 136:* rw" "lxc.cgroup.devices.allow = c 5:2 rw"
        script 'ls -l /dev | awk "NR > 1 { print \$1, \$3, \$4, \$NF }"' 'for d in null zero full random urandom tty; do' \
                '(: </dev/$d) 2>/dev/null && echo $d read; (: >/dev/$d) 2>/dev/null && echo $d write; done' 'mknod /dev/x c 1 7 2>/dev/null && echo made' 'mknod /dev/y b 8 0 2>/dev/null || echo refused'
        both
        # explained: where the console comes from, /dev/ptmx
        compare '/ console$/d; /ptmx$/d; /^d.* pts$/d'
        shown -x "null write"
}

@test "like LXC: no /dev of LXC's" {
        also "lxc.net.0.type = empty" "lxc.autodev = 0" "lxc.console.path = none"
        mknod -m 666 "$DIR/rootfs/dev/null" c 1 3
        script 'cut -d" " -f5- /proc/self/mountinfo | cut -d" " -f1; ls -l /dev | awk "NR > 1 { print \$1, \$3, \$4, \$NF }"'
        both
        compare
}

@test "like LXC: values in the cgroups" {
        needs_v1
        also "lxc.net.0.type = empty" "lxc.cgroup.cpu.shares = 512" "lxc.cgroup.cpuset.cpus = 0" "lxc.cgroup.pids.max = 100" \
                "lxc.cgroup.cpu.cfs_quota_us = 50000" "lxc.mount.entry = /sys/fs/cgroup data none rbind,ro 0 0"
        script 'for f in cpu/cpu.shares cpu/cpu.cfs_quota_us cpuset/cpuset.cpus cpuset/cpuset.mems pids/pids.max freezer/freezer.state blkio/blkio.weight; do' \
                "echo \$f \$(cat /data/\${f%/*}/lxc.payload.$ID/\${f#*/}); done; cut -d: -f2- /proc/self/cgroup | grep -v '^:'"
        both
        compare
        shown -x "cpu/cpu.shares 512"
}

@test "like LXC: network none" {
        also "lxc.net.0.type = none"
        script 'readlink /proc/self/ns/net; ip link | wc -l'
        both
        compare
        same "$(head -n 1 "$NOTES/berth/shown")" "$(readlink "/proc/$HOST/ns/net")"
}

@test "like LXC: network empty, with and without flags; no network at all" {
        script 'ip link show lo | head -n 1; ip link | wc -l'
        both
        # explained: OCI runtimes bring lo up, LXC only when an interface is to be up
        compare 's/<LOOPBACK.*/LO/'
        grep -q '<LOOPBACK>' "$NOTES/lxc/shown"
        also "lxc.net.0.type = empty"
        both
        compare 's/<LOOPBACK.*/LO/'
        grep -q '<LOOPBACK>' "$NOTES/lxc/shown"
        shown '<.*UP'
        also "lxc.net.0.flags = up"
        both
        compare
        shown '<.*UP'
}

@test "like LXC: network veth on a bridge, with addresses, gateway, mtu and hwaddr" {
        bridge
        also "lxc.net.0.type = veth" "lxc.net.0.link = br0" "lxc.net.0.flags = up" "lxc.net.0.name = lan0" "lxc.net.0.mtu = 1400" "lxc.net.0.hwaddr = 00:16:3e:11:22:33" \
                "lxc.net.0.veth.pair = side0" "lxc.net.0.ipv4.address = 10.7.0.5/24" "lxc.net.0.ipv4.address = 10.8.0.5/16 10.8.9.9" "lxc.net.0.ipv4.gateway = 10.7.0.1" \
                "lxc.net.0.ipv6.address = fd00:7::5/64" "lxc.net.0.ipv6.gateway = fd00:7::1" "lxc.net.1.type = veth" "lxc.net.1.link = br0" "lxc.net.1.ipv4.address = 10.9.0.1"
        network
        grep -q "00:16:3e:11:22:33" "$NOTES/berth/inside"
        shown "default via 10.7.0.1"
}

@test "like LXC: network veth, two gateways found by themselves, interfaces in LXC's order" {
        bridge
        also "lxc.net.3.type = veth" "lxc.net.3.link = br0" "lxc.net.3.flags = up" "lxc.net.3.ipv4.address = 10.7.0.6/24" "lxc.net.3.ipv4.gateway = auto" \
                "lxc.net.1.type = veth" "lxc.net.1.flags = up" "lxc.net.1.ipv4.address = 10.6.0.1/30" "lxc.net.2.type = empty" "lxc.net.5.type = veth" "lxc.net.5.name = eth0"
        network
        shown "default via 10.7.0.1"
}

@test "like LXC: network veth, routed by the host" {
        also "lxc.net.0.type = veth" "lxc.net.0.veth.mode = router" "lxc.net.0.flags = up" "lxc.net.0.veth.pair = side0" "lxc.net.0.ipv4.address = 10.7.0.5/32" \
                "lxc.net.0.ipv4.gateway = 169.254.1.1" "lxc.net.0.veth.ipv4.route = 10.44.0.0/16" "lxc.net.0.ipv6.address = fd00:7::5/128" "lxc.net.0.veth.ipv6.route = fd00:44::/32"
        network
        grep -q "10.7.0.5 dev side0" "$NOTES/berth/host"
}

@test "like LXC: network macvlan" {
        uplink
        also "lxc.net.0.type = macvlan" "lxc.net.0.link = up0" "lxc.net.0.macvlan.mode = bridge" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.7.0.5/24" \
                "lxc.net.1.type = macvlan" "lxc.net.1.link = up0" "lxc.net.1.name = mac0"
        network
        shown "inet 10.7.0.5/24 brd 10.7.0.255"
}

@test "like LXC: network ipvlan" {
        uplink
        needs_netdev ipvlan
        also "lxc.net.0.type = ipvlan" "lxc.net.0.link = up0" "lxc.net.0.ipvlan.mode = l3" "lxc.net.0.ipvlan.isolation = bridge" "lxc.net.0.flags = up" \
                "lxc.net.0.ipv4.address = 10.7.0.5/24"
        network
        shown "inet 10.7.0.5/24"
}

@test "like LXC: network vlan" {
        uplink
        needs_netdev vlan id 2
        also "lxc.net.0.type = vlan" "lxc.net.0.link = up0" "lxc.net.0.vlan.id = 5" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.7.0.5/24"
        network
        grep -q "vlan protocol 802.1Q id 5" "$NOTES/berth/inside"
}

@test "like LXC: network phys, and the device comes back" {
        host ip link add p0 type veth peer name p1
        host ip link set p0 address 02:00:00:00:00:07 mtu 1480
        also "lxc.net.0.type = phys" "lxc.net.0.link = p0" "lxc.net.0.name = wan0" "lxc.net.0.mtu = 1300" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.7.0.5/24"
        returned() { host ip -j link show p0 2>/dev/null | jq -r '.[0] | "\(.ifname) \(.address) \(.mtu)"'; }
        BETWEEN=between
        between() { wait_for 5 host ip link show p0 >/dev/null || { echo "LXC lost it"; return 1; }; returned >"$BATS_TEST_TMPDIR/returned"; }
        network
        same "$(returned)" "$(cat "$BATS_TEST_TMPDIR/returned")"
        shown wan0
}

@test "like LXC: each hook's words, environment, user, standard input, namespaces and what it sees" {
        note_hook
        script 'ls -l /dev/mine | cut -c1-10'
        both
        same_hooks
        compare
        same "$(xargs <"$NOTES/berth/order")" "pre-start second pre-mount mount autodev start-host stop post-stop"
        also "lxc.hook.version = 1"
        both
        same_hooks
}

@test "like LXC: the start hook, inside" {
        cat >"$DIR/rootfs/hook" <<'SCRIPT'
#!/bin/sh
exec >>/notes/shown 2>&1
for w; do echo "<$w>"; done
env | grep -vE "^(_|OLDPWD|LXC_LOG_LEVEL|LXC_PID|LXC_[A-Z]+_NS|LXC_CONSOLE.*|LXC_ROOTFS_MOUNT)=" | sort
readlink /proc/self/root; pwd; id; umask; hostname; ip link | grep -c UP; echo $PPID
grep -E "Cap|Seccomp:|NoNew" /proc/self/status
cut -d" " -f5- /proc/self/mountinfo | cut -d" " -f1,2 | grep -vE "^/(dev/(ptmx|pts|console)|proc/sys/kernel/random/boot_id) "
SCRIPT
        chmod +x "$DIR/rootfs/hook"
        cp -a "$DIR/rootfs/hook" "$DIR/rootfs/second"
        also "lxc.net.0.type = empty" "lxc.net.0.flags = up" "lxc.hook.start = /hook" "lxc.hook.start = /second" "lxc.cap.drop = sys_time" "lxc.environment = A=b" "lxc.init.cwd = /tmp" "lxc.no_new_privs = 1"
        script 'echo init'
        both
        compare
}

@test "like LXC: script.up and script.down, their words, environment and namespaces" {
        bridge
        uplink
        cat >"$DIR/script" <<SCRIPT
#!/bin/sh
# explained: LXC leaves the variables of one interface to the next
case \$LXC_NET_TYPE in macvlan) unset LXC_NET_PEER ;; empty) unset LXC_NET_PEER LXC_NET_PARENT ;; esac
{ for word; do echo "<\$word>"; done; env | grep ^LXC_ | grep -vE '^LXC_(LOG_LEVEL|PID|[A-Z]+_NS|CONSOLE.*|ROOTFS_MOUNT)=' | sort; id -u; umask; readlink /proc/self/fd/0
for ns in net uts pid ipc; do [ "\$(readlink /proc/self/ns/\$ns)" = "\$(readlink /proc/$HOST/ns/\$ns)" ] && echo "host's \$ns" || echo "own \$ns"; done
} 2>&1 | sed -E 's/veth[A-Za-z0-9_]{6,}/VETH/; s/mc[A-Za-z0-9]{6}/MACVLAN/' >>$NOTES/now/shown
SCRIPT
        chmod +x "$DIR/script"
        also "lxc.net.0.type = veth" "lxc.net.0.link = br0" "lxc.net.0.flags = up" "lxc.net.1.type = macvlan" "lxc.net.1.link = up0" "lxc.net.2.type = empty"
        for n in 0 1 2; do also "lxc.net.$n.script.up = $DIR/script"; done
        # explained: LXC runs no script.down for an empty one
        for n in 0 1; do also "lxc.net.$n.script.down = $DIR/script"; done
        script true
        both
        compare
        also "lxc.hook.version = 1"
        both
        compare
}

@test "like LXC: a hook that fails ends the start, and post-stop is run" {
        local type
        printf '#!/bin/sh\nfor order in /notes/order %s/now/order; do [ ! -d "${order%%/*}" ] || echo "$3" >>$order; done; exit 3\n' "$NOTES" >"$DIR/rootfs/fail"
        chmod +x "$DIR/rootfs/fail"
        also "lxc.net.0.type = empty" "lxc.hook.stop = echo stop >>$NOTES/now/order #" "lxc.hook.post-stop = echo post-stop >>$NOTES/now/order #"
        script 'touch /notes/ran'
        for type in pre-start pre-mount mount autodev start-host start; do
                echo "hook $type"
                if [ $type = start ]; then also "lxc.hook.start = /fail"; else also "lxc.hook.$type = $DIR/rootfs/fail"; fi
                ! by_lxc </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || { echo "LXC went on"; return 1; }
                noted lxc
                convert
                run by_berth </dev/null
                [ "$status" -ne 0 ] || { echo "berth went on"; return 1; }
                noted berth
                same "$(cat "$NOTES/lxc/order"; ls "$NOTES/lxc")" "$(cat "$NOTES/berth/order"; ls "$NOTES/berth")"
                rm -r "$NOTES/lxc" "$NOTES/berth"
                without "hook.$type = "
        done
}

# halt SIGNAL: started in the background, stopped by the halt signal; what hooks and init note is compared.
halt() {
        also "lxc.hook.stop = echo stop >>$NOTES/now/shown #" "lxc.hook.post-stop = echo post-stop \$LXC_TARGET >>$NOTES/now/shown #"
        up() { grep -qx up "$NOTES/now/shown"; }
        stopped() { [ "$(container_status)" = stopped ]; }
        is_gone() { [ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "lxc.*.$ID")" ] && ! pgrep -f "lxc monitor.* $ID"; }
        lxc lxc-start -d -P "$LXCPATH" -n "$ID" -o "$BATS_TEST_TMPDIR/log" </dev/null >/dev/null 2>&1 3>&-
        wait_for 10 up
        lxc lxc-stop -P "$LXCPATH" -n "$ID" -t 20
        wait_for 20 is_gone
        noted lxc
        convert
        host "$BERTH" --root "$ROOT" create --bundle "$MADE" "$ID" </dev/null >/dev/null 2>&1 3>&-
        berth start "$ID"
        wait_for 10 up
        berth kill "$ID" "$1"
        wait_for 20 stopped
        berth delete "$ID"
        noted berth
        compare
}

@test "like LXC: an init with its inittab, halted by lxc.signal.halt" {
        cp "$DIR/rootfs/bin/busybox" "$DIR/rootfs/sbin/init"
        printf '%s\n' '::sysinit:/bin/sh -c "exec >>/notes/shown 2>&1; echo up; cut -d\" \" -f4-6 /proc/1/stat; ps -o pid,args | grep -c ini[t]"' \
                '::shutdown:/bin/sh -c "echo down >>/notes/shown"' >"$DIR/rootfs/etc/inittab"
        also "lxc.net.0.type = empty" "lxc.signal.halt = SIGUSR1" "lxc.console.path = none"
        halt "$(convert && jq -r '.annotations["org.opencontainers.image.stopSignal"]' "$MADE/config.json")"
        shown -x down
}

@test "like LXC: an init halted by SIGPWR, and one that powers off" {
        also "lxc.net.0.type = empty" "lxc.console.path = none"
        script 'trap "echo down; exit" PWR; echo up; sleep 1000 & wait'
        halt PWR
        shown -x down
        script 'echo up; poweroff -f; sleep 1000'
        # the kernel ends init with SIGINT; explained: lxc-start tells only whether the start succeeded
        ENDS_WITH=130
        both
        compare
        script 'echo up; exit 7'
        ENDS_WITH=7
        both
        compare
        # explained: nobody starts it again
        script 'echo up; [ $(grep -c up /notes/shown) -ge 2 ] || reboot -f; true'
        ENDS_WITH=129
        both
        same "$(xargs <"$NOTES/lxc/shown")" "up stop post-stop reboot up stop post-stop stop"
        same "$(xargs <"$NOTES/berth/shown")" "up stop post-stop stop"
}
