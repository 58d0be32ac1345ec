#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each MUST of the runtime-spec's config-linux.md but for seccomp and resctrl (spec-linux-seccomp.bats, spec-linux-rdt.bats), by
# the tags of docs/SPEC-CONFORMANCE.md.
load helpers

V1=/sys/fs/cgroup
more_teardown() {
        [ -z "${HOLDER:-}" ] || kill "$HOLDER" 2>/dev/null || true
        # a namespace that ends takes its devices with it, but in its own time; either end takes both
        [ -z "${VETH:-}" ] || ip link del "$VETH" 2>/dev/null || ip link del "${VETH}p" 2>/dev/null || true
        find /sys/fs/cgroup -depth -type d -name "$ID-outer" -exec rmdir {} + 2>/dev/null || true
}
hold() {
        unshare "$@" sh -c 'echo $$ >"$0"; exec sleep 1000' "$BATS_TEST_TMPDIR/holder" 3>&- &
        wait_for 5 test -s "$BATS_TEST_TMPDIR/holder"
        HOLDER=$(cat "$BATS_TEST_TMPDIR/holder")
}
invalid() {
        local pointer=$1 filter
        shift
        for filter in "$@"; do
                default_config >"$BUNDLE/config.json"
                config "$filter"
                run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
                assert_status 1
                [[ "$stderr" =~ config.json:[0-9]+:[0-9]+:\ .*"$pointer" ]] || { echo "$filter: $stderr"; return 1; }
                [ ! -e "$ROOT/$ID" ]
        done
}
# fails TEXT...: the run fails, says all of it, and leaves nothing.
fails() {
        run_container
        assert_status 1
        local text
        for text in "$@"; do assert_in_stderr "$text"; done
        [ ! -e "$ROOT/$ID" ]
}
ns_of() { readlink "/proc/$1/ns/$2"; }
# the container's cgroup directory of a v1 controller, or on cgroup2
cgroup_dir() { if [ -d $V1/"$1" ]; then echo "$V1/$1"; else echo "$V1"; fi; }

@test "spec config-linux.md#namespaces-1: type is required and known" {
        invalid /linux/namespaces/5 '.linux.namespaces += [{}]' '.linux.namespaces += [{"type": "nosuch"}]' '.linux.namespaces += [{"type": 1}]'
}

@test "spec config-linux.md#namespaces-2: a namespace's path is absolute" {
        invalid /linux/namespaces/1/path '.linux.namespaces[1].path = "proc/self/ns/net"'
}

@test "spec config-linux.md#namespaces-3: the process is in the namespace at the path" {
        hold --net --ipc --uts --cgroup
        config '.linux.namespaces = [{"type": "mount"}, {"type": "pid"}] + [{"network": "net", "ipc": "ipc", "uts": "uts", "cgroup": "cgroup"} | to_entries[]
                | {"type": .key, "path": "/proc/'"$HOLDER"'/ns/\(.value)"}] | del(.hostname)'
        program sh -c 'for n in net ipc uts cgroup; do readlink /proc/self/ns/$n; done'
        run_container
        assert_status 0
        assert_output "$(for n in net ipc uts cgroup; do ns_of "$HOLDER" $n; done)"
}

@test "spec config-linux.md#namespaces-4: a path of another type of namespace, or of none, is an error" {
        local path
        for path in /proc/self/ns/uts /etc/passwd /nowhere; do
                config '.linux.namespaces |= map(if .type == "network" then .path = "'$path'" else . end)'
                fails "'$path'" "network"
        done
}

@test "spec config-linux.md#namespaces-5 #namespaces-6: listed without path it is new, not listed it is the runtime's" {
        local kind name
        for kind in pid:pid network:net ipc:ipc uts:uts cgroup:cgroup time:time; do
                name=${kind#*:} kind=${kind%:*}
                default_config >"$BUNDLE/config.json"
                config '.linux.namespaces = [{"type": "mount"}] | del(.hostname) | .mounts |= map(select(.type == "proc"))'
                program readlink "/proc/self/ns/$name"
                run_container
                assert_status 0
                assert_output "$(ns_of self $name)"
                config '.linux.namespaces += [{"type": "'$kind'"}]'
                run_container
                assert_status 0
                [ "$output" != "$(ns_of self $name)" ]
        done
}

@test "spec config-linux.md#namespaces-7: the same type twice is an error" {
        invalid /linux/namespaces/5 '.linux.namespaces += [{"type": "uts"}]'
}

@test "spec config-linux.md#mappings-1: containerID, hostID and size are required" {
        local base='.linux.namespaces += [{"type": "user"}] | .linux.gidMappings = [{"containerID": 0, "hostID": 1, "size": 1}] | .linux.uidMappings ='
        invalid /linux/uidMappings/0 "$base"' [{"hostID": 1, "size": 1}]' "$base"' [{"containerID": 1, "size": 1}]' "$base"' [{"containerID": 1, "hostID": 1}]'
}

@test "spec config-linux.md#devices-1: the devices that are listed are there, with mode and owner" {
        config '.linux.devices = [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 3, "fileMode": 416, "uid": 5, "gid": 6},
                {"path": "/var/pipe", "type": "p"}, {"path": "/dev/disk", "type": "b", "major": 7, "minor": 0}, {"path": "/dev/unbuffered", "type": "u", "major": 1, "minor": 5}]'
        program sh -c 'stat -c "%n %F %t:%T %a %u:%g" /dev/mine /var/pipe /dev/disk /dev/unbuffered'
        run_container
        assert_status 0
        assert_output "/dev/mine character special file 1:3 640 5:6
/var/pipe fifo 0:0 666 0:0
/dev/disk block special file 7:0 666 0:0
/dev/unbuffered character special file 1:5 666 0:0"
}

@test "spec config-linux.md#devices-2 #devices-3 #devices-5: type, path, major and minor are required" {
        invalid /linux/devices/0 '.linux.devices = [{"path": "/dev/x", "major": 1, "minor": 3}]' '.linux.devices = [{"type": "c", "major": 1, "minor": 3}]' \
                '.linux.devices = [{"path": "/dev/x", "type": "c", "minor": 3}]' '.linux.devices = [{"path": "/dev/x", "type": "b", "major": 3}]' \
                '.linux.devices = [{"path": "/dev/x", "type": "q", "major": 1, "minor": 3}]'
}

@test "spec config-linux.md#devices-4: a file that is there and does not match is an error" {
        echo x >"$BUNDLE/rootfs/file"
        mkfifo "$BUNDLE/rootfs/pipe"
        mknod "$BUNDLE/rootfs/zero" c 1 5
        local path
        for path in /file /pipe /zero; do
                config '.linux.devices = [{"path": "'$path'", "type": "c", "major": 1, "minor": 3}]'
                fails "'$path'" "/linux/devices/0"
        done
        config '.linux.devices = [{"path": "/zero", "type": "c", "major": 1, "minor": 5}]'
        run_container
        assert_status 0
}

@test "spec config-linux.md#default-devices-1: null zero full random urandom tty, and ptmx" {
        program sh -c 'stat -c "%n %t:%T %a" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; readlink /dev/ptmx'
        run_container
        assert_status 0
        assert_output "/dev/null 1:3 666
/dev/zero 1:5 666
/dev/full 1:7 666
/dev/random 1:8 666
/dev/urandom 1:9 666
/dev/tty 5:0 666
pts/ptmx"
}

@test "spec config-linux.md#default-devices-2: with a terminal /dev/console is its pty" {
        command -v python3 >/dev/null || skip "needs the package python3"
        config '.process.terminal = true'
        program sh -c 'stat -c "%t:%T" /dev/console; stat -L -c "%t:%T" /proc/self/fd/0; grep -c " /dev/console " /proc/self/mountinfo'
        run --separate-stderr python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        [ "$(tr -d '\r' <<<"${lines[0]}")" = "$(tr -d '\r' <<<"${lines[1]}")" ]
        [ "$(tr -d '\r' <<<"${lines[2]}")" = 1 ]
}

veth() {
        VETH="b$(od -An -N3 -tx4 /dev/urandom | tr -d ' ' | tail -c 7)"
        ip link add "$VETH" type veth peer name "${VETH}p" 2>/dev/null || skip "needs netdev type veth"
}

@test "spec config-linux.md#netDevices-1 #netDevices-4 #netDevices-5: a device is moved in with its name, addresses and attributes, and is up" {
        command -v ip >/dev/null || skip "needs the package iproute2"
        veth
        ip addr add 192.0.2.7/24 dev "$VETH"
        ip -6 addr add 2001:db8::7/64 dev "$VETH" nodad 2>/dev/null || true
        ip link set "$VETH" mtu 1400 address 02:00:00:00:00:07 up
        config '.linux.netDevices = {"'"$VETH"'": {"name": "eth7"}}'
        program sh -c 'ip addr show eth7'
        run_container
        assert_status 0
        assert_in_output "192.0.2.7/24"
        assert_in_output "mtu 1400"
        assert_in_output "02:00:00:00:00:07"
        [[ "$output" =~ \<[^\>]*UP ]]
}

@test "spec config-linux.md#netDevices-2: a name that is taken, or a device that does not exist, is an error" {
        command -v ip >/dev/null || skip "needs the package iproute2"
        config '.linux.netDevices = {"nosuchdev0": {}}'
        fails "nosuchdev0" "/linux/netDevices/nosuchdev0"
        veth
        config '.linux.netDevices = {"'"$VETH"'": {"name": "lo"}}'
        fails "'$VETH'" "'lo'"
        # and it is back where it was
        ip link show "$VETH" >/dev/null
}

@test "spec config-linux.md#netDevices-3: a name with %d is made unique by the kernel" {
        command -v ip >/dev/null || skip "needs the package iproute2"
        veth
        config '.linux.netDevices = {"'"$VETH"'": {"name": "eth%d"}, "'"${VETH}p"'": {"name": "eth%d"}}'
        program sh -c 'ls /sys/class/net | xargs'
        run_container
        assert_status 0
        assert_output "eth0 eth1 lo"
}

@test "spec config-linux.md#netDevices-6 #netDevices-7: a device is not managed inside, nor moved out at the end" {
        command -v ip >/dev/null || skip "needs the package iproute2"
        veth
        config '.linux.netDevices = {"'"$VETH"'": {"name": "eth7"}}'
        program sh -c 'ip link set eth7 down; sleep 1000'
        create_container
        berth start "$ID"
        run ! ip link show "$VETH"
        berth delete --force "$ID"
        # the namespace is gone, and a veth with it: the runtime has not taken it back
        run ! ip link show "$VETH"
}

@test "spec config-linux.md#cgroups-1: a cgroup that is not fit, populated or frozen, is an error" {
        [ -d $V1/pids ] || [ -e $V1/cgroup.controllers ] || skip "needs cgroup v2 with controller pids"
        local cg holder
        cg="$(cgroup_dir pids)/$ID-outer"
        mkdir "$cg"
        sleep 1000 3>&- & holder=$!
        echo $holder >"$cg/cgroup.procs"
        config '.linux.cgroupsPath = "/'"$ID"'-outer"'
        run_container
        kill $holder
        wait $holder || true
        rmdir "$cg"
        assert_status 1
        assert_in_stderr "/linux/cgroupsPath"
        assert_in_stderr "$ID-outer"
}

@test "spec config-linux.md#cgroupsPath-1 #cgroupsPath-2 #cgroupsPath-3: an absolute path is below the mount point, and a path means the same each time" {
        config '.linux.cgroupsPath = "/'"$ID"'-outer/inner"'
        program cat /proc/self/cgroup
        run_container
        assert_status 0
        local first=$output
        assert_in_output ":/$ID-outer/inner"
        run_container
        [ "$output" = "$first" ]
        config '.linux.cgroupsPath = "relative-'"$ID"'"'
        run_container
        assert_status 0
        first=$output
        assert_in_output "relative-$ID"
        run_container
        [ "$output" = "$first" ]
        find /sys/fs/cgroup -depth -type d -name "$ID-outer" -exec rmdir {} + 2>/dev/null || true
}

@test "spec config-linux.md#cgroupsPath-4: a path that is not valid is an error" {
        config '.linux.cgroupsPath = "/a/../../b"'
        fails "cgroupsPath"
}

@test "spec config-linux.md#device-rules-1: rules apply in the listed order" {
        # 10:229 is fuse, which is none of the default devices
        [ -c /dev/fuse ] || grep -q ' fuse$' /proc/misc || skip "needs a kernel with fuse"
        config '.linux.devices = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}]'
        local any='{"allow": false, "access": "rwm"}' yes='{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}' \
                no='{"allow": false, "type": "c", "major": 10, "minor": 229, "access": "rw"}'
        program sh -c ': <>/dev/fuse && echo opened'
        local rules
        for rules in "$any, $yes" "$any, $no, $yes" "$any, $yes, $no, $yes"; do
                config ".linux.resources.devices = [$rules]"
                run_container
                assert_output opened
        done
        for rules in "$any" "$any, $yes, $no" "$yes, $any"; do
                config ".linux.resources.devices = [$rules]"
                run_container
                assert_output ""
                assert_in_stderr "Operation not permitted"
        done
}

@test "spec config-linux.md#device-rules-2: allow is required" {
        invalid /linux/resources/devices/0 '.linux.resources.devices = [{"access": "rwm"}]'
}

@test "spec config-linux.md#memory-1: checkBeforeUpdate is taken; a new cgroup uses less than any limit" {
        # without the flag it is for the kernel to say; a new cgroup uses next to nothing, so only the acceptance can be seen here
        config '.linux.resources.memory = {"limit": 100000000, "checkBeforeUpdate": true}'
        run_container
        assert_status 0
}

@test "spec config-linux.md#cpu-1 #cpu-2: a quota below the burst is refused" {
        [ -e $V1/cpu/cpu.cfs_burst_us ] || [ -e $V1/cgroup.controllers ] || skip "needs cgroup v2 with controller cpu"
        config '.linux.resources.cpu = {"quota": 10000, "period": 100000, "burst": 20000}'
        fails "burst"
        config '.linux.resources.cpu = {"quota": 20000, "period": 100000, "burst": 10000}'
        run_container
        [ "$status" -eq 0 ] || [[ "$stderr" == *"No such file"* ]]
}

@test "spec config-linux.md#blockIO-1 #blockIO-2 #blockIO-3: major, minor and rate; weight or leafWeight" {
        invalid /linux/resources/blockIO/weightDevice/0 '.linux.resources.blockIO = {"weightDevice": [{"major": 8, "weight": 10}]}' \
                '.linux.resources.blockIO = {"weightDevice": [{"minor": 0, "weight": 10}]}' \
                '.linux.resources.blockIO = {"weightDevice": [{"major": 8, "minor": 0}]}'
        invalid /linux/resources/blockIO/throttleReadBpsDevice/0 '.linux.resources.blockIO = {"throttleReadBpsDevice": [{"major": 8, "minor": 0}]}' \
                '.linux.resources.blockIO = {"throttleReadBpsDevice": [{"minor": 0, "rate": 1}]}'
        invalid /linux/resources/blockIO/throttleWriteIOPSDevice/0 '.linux.resources.blockIO = {"throttleWriteIOPSDevice": [{"major": 8, "minor": 0}]}'
}

@test "spec config-linux.md#hugepages-1 #hugepages-2: pageSize and limit are required" {
        invalid /linux/resources/hugepageLimits/0 '.linux.resources.hugepageLimits = [{"limit": 1}]' '.linux.resources.hugepageLimits = [{"pageSize": "2MB"}]' \
                '.linux.resources.hugepageLimits = [{"pageSize": "two", "limit": 1}]'
}

@test "spec config-linux.md#network-1 #network-2: name and priority are required" {
        invalid /linux/resources/network/priorities/0 '.linux.resources.network = {"priorities": [{"priority": 1}]}' \
                '.linux.resources.network = {"priorities": [{"name": "eth0"}]}'
}

@test "spec config-linux.md#rdma-1: an entry has hcaHandles or hcaObjects" {
        invalid /linux/resources/rdma/mlx '.linux.resources.rdma = {"mlx": {}}'
}

@test "spec config-linux.md#unified-1 #unified-2: the controllers are enabled, and files that the runtime does not know are written" {
        local here=/sys/fs/cgroup/unified controllers file value
        [ -d $here ] || here=/sys/fs/cgroup
        [ -e $here/cgroup.controllers ] || skip "needs cgroup v2 with controller hugetlb"
        controllers=$(cat $here/cgroup.controllers)
        case " $controllers " in
        *" memory "*) file=memory.high value=104857600 ;;
        *" hugetlb "*) file=hugetlb.2MB.max value=4194304 ;;
        *) skip "needs cgroup v2 with controller hugetlb" ;;
        esac
        program sleep 1000
        config '.linux.resources.unified = {"'$file'": "'$value'", "cgroup.max.depth": "3"} | .linux.cgroupsPath = "/'"$ID"'-outer/inner"'
        create_container
        [ "$(cat "$here/$ID-outer/inner/$file")" = $value ]
        [ "$(cat "$here/$ID-outer/inner/cgroup.max.depth")" = 3 ]
        berth delete --force "$ID"
        rmdir "$here/$ID-outer"
}

@test "spec config-linux.md#unified-3: a controller that is not there is an error" {
        config '.linux.resources.unified = {"nosuch.max": "1"}'
        fails "'nosuch.max'" "where: /linux/resources/unified/nosuch.max ("
        config '.linux.resources.unified = {"cgroup.nosuch": "1"}'
        fails "cgroup.nosuch"
}

@test "spec config-linux.md#unified-4: a v1 setting that cgroup2 cannot have is an error" {
        # v1 counts memory and swap together: below the limit, there is no cgroup2 value for it
        config '.linux.resources.memory = {"limit": 10000000, "swap": 5000000}'
        run_container
        assert_status 1
        assert_in_stderr "swap"
}

@test "spec config-linux.md#delegate-1 #delegate-2: giving a cgroup to its user does without files that are missing" {
        [ -e $V1/cgroup.controllers ] || skip "needs cgroup v2 with controller pids at /sys/fs/cgroup"
        with_userns
        config '.linux.namespaces += [{"type": "cgroup"}] | .mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup"}]'
        program sh -c 'mkdir /sys/fs/cgroup/mine && echo made'
        run_container
        assert_status 0
        assert_output made
}

@test "spec config-linux.md#memoryPolicy-1: mode is required" {
        invalid /linux/memoryPolicy '.linux.memoryPolicy = {"nodes": "0"}' '.linux.memoryPolicy = {"mode": "MPOL_NOSUCH"}'
}

@test "spec config-linux.md#maskedPaths-1 #readonlyPaths-1: the paths are absolute" {
        invalid /linux/maskedPaths/0 '.linux.maskedPaths = ["proc/kcore"]'
        invalid /linux/readonlyPaths/0 '.linux.readonlyPaths = ["proc/sys"]'
}

@test "spec config-linux.md#personality-1: domain is required" {
        invalid /linux/personality '.linux.personality = {}'
}
