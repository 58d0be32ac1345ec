#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The annotations that keys of LXC need, in bundles by hand and in converted ones: what the container then is.
load helpers

more_setup() {
        CONF="$BATS_TEST_TMPDIR/$ID.conf"
        MADE="$BATS_TEST_TMPDIR/made"
        printf '%s\n' "lxc.uts.name = $ID" "lxc.rootfs.path = dir:$BUNDLE/rootfs" "lxc.environment = PATH=/bin:/sbin" >"$CONF"
}
also() { printf '%s\n' "$@" >>"$CONF"; }
# The bundle that CONF makes, run with these words as its program.
run_converted() {
        rm -rf "$MADE"
        "$BERTH" convert --app --quiet "$CONF" -o "$MADE" -- "$@" >"$BATS_TEST_TMPDIR/report" 2>&1 || [ $? = 2 ] || { cat "$BATS_TEST_TMPDIR/report"; return 1; }
        run --separate-stderr "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID"
}
annotate() { config '.trustBerthAnnotations = true | .annotations[$k] = $v' --arg k "$1" --arg v "$2"; }
# The flags of the mount on PATH inside.
flags_of() { echo "awk '\$2 == \"$1\" { print \$4 }' /proc/mounts | tail -n 1"; }

@test "berth.rootfs.options: the root's mount has the attributes, what is mounted in it has not" {
        annotate berth.rootfs.options nosuid,nodev,noatime
        program sh -c "$(flags_of /); $(flags_of /dev/shm)"
        run_container
        assert_status 0
        [[ ",${lines[0]}," == *,nosuid,nodev,noatime,* ]]
        [[ ",${lines[1]}," != *,noatime,* ]]
        berth plan --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/plan"
        grep -E "rootfs.options +'/' nosuid,nodev,noatime .*/annotations/berth.rootfs.options" "$BATS_TEST_TMPDIR/plan"
}

@test "berth.rootfs.options: noexec keeps the program of the root file system from running; read-only keeps the rest" {
        annotate berth.rootfs.options noexec
        config '.mounts += [{"destination": "/run", "type": "bind", "source": "'"$BUNDLE"'/rootfs", "options": ["bind", "exec"]}] | .root.readonly = true'
        program /bin/true
        run_container
        assert_status 1
        assert_in_stderr "cannot execute '/bin/true': it lies on a mount with the option noexec"
        program /run/bin/busybox awk '$2 == "/" { print $4 }' /proc/mounts
        run_container
        assert_status 0
        [[ ",$output," == *,ro,* && ",$output," == *,noexec,* ]]
}

@test "berth.rootfs.options: a user namespace gets them too" {
        with_userns
        annotate berth.rootfs.options nosuid,nodev
        program sh -c "$(flags_of /)"
        run_container
        assert_status 0
        [[ ",$output," == *,nosuid,nodev,* ]]
}

@test "berth.rootfs.options: what the root cannot have is an error with its place, and nothing is made" {
        annotate berth.rootfs.options nosuid,nosiud,ro,rshared,bind
        run_container
        assert_status 1
        assert_in_stderr "config.json:"
        assert_in_stderr "annotation 'berth.rootfs.options': the root file system cannot be mounted with 'nosiud' at /annotations/berth.rootfs.options"
        assert_in_stderr "did you mean 'nosuid'?"
        assert_in_stderr "with 'ro'"
        assert_in_stderr "set 'root.readonly'"
        assert_in_stderr "with 'rshared'"
        assert_in_stderr "with 'bind'"
        annotate berth.rootfs.options nosuid
        config 'del(.linux.namespaces[] | select(.type == "mount")) | del(.linux.maskedPaths, .linux.readonlyPaths, .mounts)'
        run_container
        assert_status 1
        assert_in_stderr "options of the root file system need a mount namespace of the container's own"
}

@test "berth.rootfs.options: idmap shows the host's root as the container's" {
        needs_call mount_setattr
        needs_call open_tree
        with_userns
        chown -R 0:0 "$BUNDLE/rootfs"
        annotate berth.rootfs.options ridmap,nosuid
        program sh -c 'stat -c %u:%g /bin; echo x >/made; stat -c %u /made'
        run_container
        assert_status 0
        assert_output $'0:0\n0'
        [ "$(stat -c %u:%g "$BUNDLE/rootfs/made")" = 0:0 ]
        berth plan --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/plan"
        grep -E "source.open.rootfs|source.open" "$BATS_TEST_TMPDIR/plan" | grep -F "ridmap: uid 0->100000 x65536, gid 0->100000 x65536"
}

# A process in a user namespace of ids from 300000 on: HOLDER_PID, which ends with its standard input.
hold_userns() {
        local ready
        coproc HOLDER { exec unshare --user sh -c 'echo ready; exec cat'; }
        read -r ready <&"${HOLDER[0]}"
        echo 0 300000 65536 >"/proc/$HOLDER_PID/uid_map"
        echo 0 300000 65536 >"/proc/$HOLDER_PID/gid_map"
}

@test "berth.rootfs.options: idmap of another user namespace; without ids it is an error" {
        needs_call mount_setattr
        needs_call open_tree
        hold_userns
        local pid=$HOLDER_PID
        chmod a+rx "$BUNDLE/rootfs/bin/busybox"
        annotate berth.rootfs.options "idmap=/proc/$pid/ns/user"
        program stat -c %u:%g /bin
        run_container
        kill "$pid"; wait "$pid" 2>/dev/null || true
        assert_status 0
        assert_output 300000:300000
        mkfifo "$BATS_TEST_TMPDIR/fifo"
        local file
        for file in /etc/passwd "/proc/$$/ns/net" "$BATS_TEST_TMPDIR/fifo"; do
                annotate berth.rootfs.options "idmap=$file"
                run_container
                assert_status 1
                assert_in_stderr "'$file' is not a user namespace"
        done
        annotate berth.rootfs.options idmap
        run_container
        assert_status 1
        assert_in_stderr "'idmap' has no ids to map"
        assert_in_stderr /annotations/berth.rootfs.options
}

with_net_admin() { config '.process.capabilities[] += ["CAP_NET_ADMIN"]'; }

@test "lxc.mount.entry: idmap of another user namespace" {
        needs_call mount_setattr
        needs_call open_tree
        hold_userns
        local pid=$HOLDER_PID
        mkdir "$BATS_TEST_TMPDIR/data"
        also "lxc.mount.entry = $BATS_TEST_TMPDIR/data data none rbind,create=dir,idmap=/proc/$pid/ns/user 0 0" "lxc.net.0.type = none"
        run_converted stat -c %u:%g /data
        kill "$pid"; wait "$pid" 2>/dev/null || true
        assert_status 0
        assert_output 300000:300000
        run_converted stat -c %u:%g /data
        assert_status 1
        assert_in_stderr "cannot open the user namespace '/proc/$pid/ns/user'"
        run --separate-stderr "$BERTH" convert --app --portable "$CONF" -o "$MADE.portable" -- true
        assert_status 1
        assert_in_output "can be read only at start: write the mapping into config.json"
}

@test "berth.paths.writable: writable below what is read-only, by a path or by its mount, and nothing else is" {
        mkdir "$BUNDLE/rootfs/kept"
        with_net_admin
        annotate berth.paths.writable /proc/sys/net:/sys/devices/virtual/net:/kept:/no/such/path
        config '.root.readonly = true'
        program sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward
                echo 7 >/sys/devices/virtual/net/lo/tx_queue_len && cat /sys/devices/virtual/net/lo/tx_queue_len
                echo x >/kept/file && cat /kept/file
                (echo x >/file) 2>/dev/null || echo root is read-only
                (echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo the rest of /proc/sys is read-only
                touch /sys/kernel/mm 2>/dev/null || echo the rest of /sys is read-only'
        run_container
        assert_status 0
        assert_output $'1\n7\nx\nroot is read-only\nthe rest of /proc/sys is read-only\nthe rest of /sys is read-only'
}

@test "berth.paths.writable: what is mounted below stays as it is" {
        program sh -c 'echo x >/proc/sys/kernel/hostname; ls /dev/pts/ptmx'
        annotate berth.paths.writable /proc:/dev
        run_container
        assert_in_stderr "can't create /proc/sys/kernel/hostname: Read-only file system"
        assert_in_output /dev/pts/ptmx
}

@test "berth.paths.writable: in a user namespace, too" {
        with_userns
        with_net_admin
        annotate berth.paths.writable /proc/sys/net:/sys/devices/virtual/net
        # whose files of lo are was settled before the ids were mapped: root inside may not write them, whatever the mount is
        program sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward
                (echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo read-only
                $(flags_of /sys); $(flags_of /sys/devices/virtual/net)"
        run_container
        assert_status 0
        [ "${lines[0]} ${lines[1]}" = "1 read-only" ]
        [[ ${lines[2]} == ro,* && ${lines[3]} == rw,* ]]
}

@test "berth.paths.writable: a relative path is an error; so is a mount namespace that is the host's" {
        annotate berth.paths.writable /proc/sys/net:kept
        run_container
        assert_status 1
        assert_in_stderr "annotation 'berth.paths.writable' has the wrong value 'kept'"
        annotate berth.paths.writable /proc/sys/net
        config 'del(.linux.namespaces[] | select(.type == "mount")) | del(.linux.maskedPaths, .linux.readonlyPaths, .mounts)'
        run_container
        assert_status 1
        assert_in_stderr "annotation 'berth.paths.writable' needs a new mount namespace"
}

@test "lxc.rootfs.options: nosuid, nodev and noatime of a converted container; a host's restrictions stay" {
        also "lxc.rootfs.options = nosuid,nodev,noatime,suid,exec" "lxc.net.0.type = none" "lxc.mount.entry = proc proc proc nosuid 0 0"
        run_converted sh -c "$(flags_of /)"
        assert_status 0
        [[ ",$output," == *,nodev,* && ",$output," == *,noatime,* ]]
        [[ ",$(findmnt -no VFS-OPTIONS -T "$BUNDLE")," == *,nosuid,* || ",$output," != *,nosuid,* ]]
        grep -F "the root file system is mounted without 'nodev,noatime'" "$MADE/lxc-report.json"
}

@test "lxc.rootfs.options: idmap=container shows an unshifted root file system to its user namespace" {
        needs_call mount_setattr
        needs_call open_tree
        local dir=$BUNDLE
        while [ "$dir" != / ]; do chmod a+x "$dir"; dir=$(dirname "$dir"); done
        also "lxc.rootfs.options = idmap=container" "lxc.idmap = u 0 100000 65536" "lxc.idmap = g 0 100000 65536"
        run_converted sh -c 'stat -c %u:%g /bin; echo x >/made'
        assert_status 0
        assert_output 0:0
        [ "$(stat -c %u:%g "$BUNDLE/rootfs/made")" = 0:0 ]
}

@test "lxc.mount.auto: mixed leaves the network's settings writable, where the container may administer it" {
        also "lxc.mount.auto = proc:mixed sys:mixed"
        local script='(echo 1 >/proc/sys/net/ipv4/ip_forward) 2>/dev/null && cat /proc/sys/net/ipv4/ip_forward
                (echo 7 >/sys/devices/virtual/net/lo/tx_queue_len) 2>/dev/null && cat /sys/devices/virtual/net/lo/tx_queue_len
                (echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo the rest is read-only'
        run_converted sh -c "$script"
        assert_status 0
        assert_output $'1\n7\nthe rest is read-only'
        also "lxc.cap.drop = net_admin"
        run_converted sh -c "$script; $(flags_of /proc/sys/net); $(flags_of /proc/sys)"
        assert_status 0
        [ "${lines[0]}" = "the rest is read-only" ]
        [[ ${lines[1]} == ro,* && ${#lines[@]} = 2 ]]
}

# A container of the name $1 that stays, and the inode of one of its namespaces, as it is seen here.
other_container() {
        mkdir "$BATS_TEST_TMPDIR/other"
        jq '.process.args = ["sh", "-c", "while :; do sleep 3600; done"]' "$BUNDLE/config.json" |
                jq --arg r "$BUNDLE/rootfs" '.root.path = $r' >"$BATS_TEST_TMPDIR/other/config.json"
        "$BERTH" --root "$ROOT" create --bundle "$BATS_TEST_TMPDIR/other" "$1" </dev/null >/dev/null 2>&1
}
namespace_of() { readlink "/proc/$(berth state "$1" | jq .pid)/ns/$2"; }

@test "berth.namespace.share: the namespaces of a container that runs, and its own are new" {
        other_container "$ID-other"
        local net ipc uts
        net=$(namespace_of "$ID-other" net) ipc=$(namespace_of "$ID-other" ipc) uts=$(namespace_of "$ID-other" uts)
        annotate berth.namespace.share.network "$ID-other"
        annotate berth.namespace.share.ipc "$ID-other"
        program sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts'
        berth plan --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/plan"
        grep "ns.join *network of container '$ID-other'" "$BATS_TEST_TMPDIR/plan"
        run_container
        assert_status 0
        [ "${lines[0]} ${lines[1]}" = "$net $ipc" ]
        [ "${lines[2]}" != "$uts" ]
}

@test "berth.namespace.share: pid and user namespaces, before the other one is started and after" {
        with_userns
        other_container "$ID-other"
        local pid user
        pid=$(namespace_of "$ID-other" pid) user=$(namespace_of "$ID-other" user)
        annotate berth.namespace.share.pid "$ID-other"
        annotate berth.namespace.share.user "$ID-other"
        config 'del(.linux.uidMappings, .linux.gidMappings)'
        program sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/user; id -u'
        run_container
        assert_status 0
        [ "${lines[*]}" = "$pid $user 0" ]
        berth start "$ID-other"
        run_container
        assert_status 0
        [ "${lines[*]}" = "$pid $user 0" ]
}

@test "berth.namespace.share: who is not there or has ended is an error with its place, and nothing is made" {
        annotate berth.namespace.share.network "$ID-other"
        run_container
        assert_status 1
        assert_in_stderr "the network namespace is to be that of container '$ID-other': container does not exist"
        assert_in_stderr "/annotations/berth.namespace.share.network"
        config 'del(.annotations)'
        other_container "$ID-other"
        kill -KILL "$(berth state "$ID-other" | jq .pid)"
        wait_for 10 stopped "$ID-other"
        annotate berth.namespace.share.network "$ID-other"
        run_container
        assert_status 1
        assert_in_stderr "the network namespace is to be that of container '$ID-other': it is not running"
        [ ! -e "$ROOT/$ID" ]
}

@test "berth.namespace.share: a user namespace that the other one does not have is an error that says so" {
        other_container "$ID-other"
        annotate berth.namespace.share.user "$ID-other"
        config '.linux.namespaces += [{"type": "user"}]'
        run_container
        assert_status 1
        assert_in_stderr "the user namespace is to be that of container '$ID-other': it has none of its own"
        assert_in_stderr "hint: leave out the annotation and the namespace"
        [ ! -e "$ROOT/$ID" ]
}
stopped() { [ "$(berth state "$1" | jq -r .status)" = stopped ]; }

@test "lxc.namespace.share.net: by a container's name" {
        other_container "$ID-other"
        also "lxc.namespace.share.net = $ID-other" "lxc.mount.auto = proc"
        run_converted readlink /proc/self/ns/net
        assert_status 0
        assert_output "$(namespace_of "$ID-other" net)"
        run --separate-stderr "$BERTH" convert --app --portable "$CONF" -o "$MADE.portable" -- true
        assert_status 2
        assert_in_output "under runc and crun the container gets a new network namespace"
        rm -r "$MADE.portable"
}

@test "lxc.rootfs.path: an image file without a type is mounted, and unmounted when the container is deleted" {
        command -v mke2fs >/dev/null || skip "needs the package 'e2fsprogs'"
        [ -e /dev/loop-control ] || skip "needs a file system on a loop device"
        local image="$BATS_TEST_TMPDIR/disk.img"
        truncate -s 32M "$image"
        mke2fs -q -t ext4 -d "$BUNDLE/rootfs" "$image"
        sed -i "s|^lxc.rootfs.path.*|lxc.rootfs.path = $image|" "$CONF"
        run_converted sh -c "echo from the image; $(flags_of /)"
        [ "$status" -eq 0 ] || [[ $stderr != *loop* ]] || skip "needs a file system on a loop device"
        assert_status 0
        [ "${lines[0]}" = "from the image" ]
        ! grep -F "$MADE/rootfs" /proc/self/mountinfo
}

@test "lxc.rootfs.path: pre-start hooks come before the image is mounted, and may make it; post-stop finds it unmounted" {
        command -v mke2fs >/dev/null || skip "needs the package 'e2fsprogs'"
        [ -e /dev/loop-control ] || skip "needs a file system on a loop device"
        local image="$BATS_TEST_TMPDIR/disk.img"
        sed -i "s|^lxc.rootfs.path.*|lxc.rootfs.path = loop:$image|" "$CONF"
        also 'lxc.hook.pre-start = sh -c '\''truncate -s 32M "$LXC_ROOTFS_PATH" && mke2fs -q -t ext4 -d '"$BUNDLE/rootfs"' "$LXC_ROOTFS_PATH"'\' \
             "lxc.hook.post-stop = sh -c 'grep -cF $MADE/rootfs /proc/self/mountinfo >$BATS_TEST_TMPDIR/mounted || true'"
        run_converted sh -c 'echo from the image'
        [ "$status" -eq 0 ] || [[ $stderr != *loop* ]] || skip "needs a file system on a loop device"
        assert_status 0
        [ "$output" = "from the image" ]
        [ "$(cat "$BATS_TEST_TMPDIR/mounted")" = 0 ]
        ! grep -F "$MADE/rootfs" /proc/self/mountinfo
}

@test "lxc.mount.entry: a target that is missing is made, and the report says that LXC would not start" {
        mkdir "$BATS_TEST_TMPDIR/data"
        echo content >"$BATS_TEST_TMPDIR/data/file"
        also "lxc.mount.entry = $BATS_TEST_TMPDIR/data new/place none bind 0 0"
        run_converted cat /new/place/file
        assert_status 0
        assert_output content
        grep -F "'/new/place' is missing in the root file system: LXC does not start without create=" "$MADE/lxc-report.json"
        # and is told of what is there
        run_converted cat /new/place/file
        ! grep -F "is missing in the root file system" "$MADE/lxc-report.json"
}

@test "lxc.net: lo is up where LXC leaves it down, and the report says so" {
        also "lxc.mount.auto = proc sys"
        run_converted cat /sys/class/net/lo/flags
        assert_status 0
        assert_output 0x9
        grep -F "LXC leaves lo down, since no interface is to be up" "$MADE/lxc-report.json"
}

# Whether a process has a cookie, and what the call says, only a kernel with core scheduling and CPUs with SMT can show.
@test "lxc.sched.core: a core scheduling group is made for the container, or it is not made" {
        command -v strace >/dev/null || skip "needs the package 'strace'"
        needs_no_sanitizer
        also "lxc.sched.core = 1" "lxc.net.0.type = none"
        run_converted true
        [ "$status" -eq 0 ] || {
                assert_status 1
                [[ $stderr == *"this kernel has no core scheduling (Linux 5.14 with CONFIG_SCHED_CORE)"* || $stderr == *"cannot make a core scheduling group"* ]]
                assert_in_stderr "sched-core.set"
        }
        run --separate-stderr strace -f -qq -e trace=prctl -e inject=prctl:retval=0 -o "$BATS_TEST_TMPDIR/trace" "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID"
        grep -E "prctl\((PR_SCHED_CORE, PR_SCHED_CORE_CREATE|0x3e[^,]*, 0?x?1), 0, (PR_SCHED_CORE_SCOPE_THREAD_GROUP|0x1|1|PIDTYPE_TGID)" "$BATS_TEST_TMPDIR/trace"
}
