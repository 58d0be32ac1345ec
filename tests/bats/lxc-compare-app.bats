#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Application containers, run by lxc-execute and by berth: what is different from system containers.
load helpers
load lxc
KIND=app

@test "like LXC, a program: mounts, environment, user, groups, limits" {
        also "lxc.net.0.type = empty" "lxc.mount.entry = tmpfs data tmpfs nodev,size=1m,mode=700 0 0" "lxc.mount.entry = $NOTES mnt none bind,ro,create=dir 0 0" \
                "lxc.pty.max = 8" "lxc.environment = A=b c" "lxc.init.cwd = /tmp" "lxc.prlimit.core = 0:4096" "lxc.prlimit.nofile = 512" "lxc.cap.drop = sys_time"
        script 'cut -d" " -f5- /proc/self/mountinfo' 'env | sort' 'pwd; umask; hostname; id' \
                'grep -E "Groups|NoNewPrivs|Seccomp:|Uid|Gid|Cap" /proc/self/status' 'cat /proc/self/limits'
        both
        # explained: the propagation of the root, HOME, devices that are mounts in LXC, a made-up boot id, the read-only of a superblock
        compare 's/ (shared|master):[0-9]+//g; /^HOME=/d; /^\/dev\/(ptmx|console) /d; /boot_id/d; s/sysfs (sysfs|sys) r[ow]$/sysfs/'
        shown '^/mnt ro'
        shown '^A=b c'
}

@test "like LXC, a program: /dev, and what the device rules of version 1 allow" {
        needs_v1
        also "lxc.net.0.type = empty" "lxc.cgroup.devices.deny = a" "lxc.cgroup.devices.allow = c 1:3 rwm" "lxc.cgroup.devices.allow = c *:* m" "lxc.cgroup.cpu.shares = 512" \
                "lxc.mount.entry = /sys/fs/cgroup data none rbind,ro 0 0"
        script 'ls -l /dev | awk "NR > 1 { print \$1, \$3, \$4, \$NF }"' 'for d in null zero tty; do (: </dev/$d) 2>/dev/null && echo $d read; done' \
                "cat /data/cpu/lxc.payload.$ID/cpu.shares; cut -d: -f2- /proc/self/cgroup | grep -v '^:'"
        both
        # explained: LXC gives a console to lxc-execute as well, and mounts /dev/ptmx
        compare '/ console$/d; /ptmx$/d; / pts$/d'
        shown -x "null read"
}

@test "like LXC, a program: words of lxc.execute.cmd" {
        also "lxc.net.0.type = empty" "lxc.execute.cmd = /show 'two  words' it's \"\" more" "lxc.init.cmd = /bin/false"
        script 'for word; do echo "<$word>"; done'
        lxc lxc-execute -P "$LXCPATH" -n "$ID" </dev/null 3>&-
        noted lxc
        convert --app
        run by_berth </dev/null
        noted berth
        compare
        shown -x "<two  words>"
}

@test "like LXC, a program: its parents, children that are left, and how it ends" {
        also "lxc.net.0.type = empty"
        script 'cut -d" " -f4-6 /proc/$$/stat' 'sh -c '\''until grep -q "^PPid:.1\$" /proc/$$/status; do sleep 0.01; done; echo orphan'\'' &'
        both
        compare
        shown -x orphan
        for end in 'exit 7' 'kill -9 $$' 'kill -TERM $$'; do
                local lxc_status=0
                by_lxc sh -c "$end" </dev/null >/dev/null 2>&1 || lxc_status=$?
                convert --app -- sh -c "$end"
                run by_berth </dev/null
                same "$lxc_status" "$status"
        done
}

@test "like LXC, a program: on a bridge" {
        bridge
        also "lxc.net.0.type = veth" "lxc.net.0.link = br0" "lxc.net.0.flags = up" "lxc.net.0.ipv4.address = 10.7.0.5/24" "lxc.net.0.ipv4.gateway = 10.7.0.1"
        network
        shown "default via 10.7.0.1"
}

@test "like LXC, a program: each hook's words, environment, user, standard input, namespaces and what it sees" {
        note_hook
        script 'ls -l /dev/mine | cut -c1-10'
        both
        same_hooks
        compare
}
