#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config-linux.md "Control groups", on whatever layout this host has.
load helpers

V1=/sys/fs/cgroup
has_v1() { [ -d "$V1/$1" ] && [ -e "$V1/$1/cgroup.procs" ]; }
has_v2() { [ "$(stat -f -c %T $V1)" = cgroup2fs ] && grep -qw "$1" $V1/cgroup.controllers; }
# value CONTROLLER V1_FILE V2_FILE: of the container's cgroup
value() {
        if has_v1 "$1"; then cat "$V1/$1/berth/$ID/$2"; else cat "$V1/berth/$ID/$3"; fi
}
limited() { has_v1 "$1" || has_v2 "$1" || skip "needs cgroup v2 with controller $1"; }

more_setup() { program sleep 1000; }

@test "cgroups: init is in the cgroup of its id, and delete removes it" {
        create_container
        grep -q "/berth/$ID$" "/proc/$(container_pid)/cgroup"
        berth delete --force "$ID"
        [ -z "$(find $V1 -type d -name "$ID")" ]
}

@test "cgroupsPath: an absolute path is below the mount point" {
        config '.linux.cgroupsPath = "/'"$ID"'-top/sub"'
        create_container
        grep -q "/$ID-top/sub$" "/proc/$(container_pid)/cgroup"
        berth delete --force "$ID"
        [ -z "$(find $V1 -type d -name sub -path "*$ID*")" ]
        # find fails where others' cgroups vanish under it; what is left of ours, the frame finds
        find $V1 -depth -type d -name "$ID-top" -exec rmdir {} \; 2>/dev/null || true
}

@test "cgroupsPath: .. is refused" {
        config '.linux.cgroupsPath = "/a/../../b"'
        run_container
        assert_status 1
        assert_in_stderr "/linux/cgroupsPath"
}

@test "devices: version 1 shows a rule as it was written" {
        has_v1 devices || skip "needs a kernel with cgroup v1"
        config '.linux.resources.devices += [{"allow": true, "type": "b", "major": 8, "minor": 20, "access": "rw"},
                                               {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"}]'
        create_container
        local list
        list="/sys/fs/cgroup/devices$(sed -n 's/^[0-9]*:devices://p' "/proc/$(container_pid)/cgroup")/devices.list"
        grep -qx "b 8:20 rw" "$list"
        grep -qx "c 10:229 rwm" "$list"
}

@test "memory.limit and memory.swap" {
        limited memory
        config '.linux.resources.memory = {"limit": 67108864, "reservation": 33554432}'
        create_container
        [ "$(value memory memory.limit_in_bytes memory.max)" = 67108864 ]
        [ "$(value memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
}

@test "memory.kernelTCP of version 1" {
        has_v1 memory || skip "needs a kernel with cgroup v1"
        config '.linux.resources.memory = {"kernelTCP": 33554432}'
        create_container
        [ "$(value memory memory.kmem.tcp.limit_in_bytes -)" = 33554432 ]
}

@test "pids.limit" {
        limited pids
        config '.linux.resources.pids = {"limit": 42}'
        create_container
        [ "$(value pids pids.max pids.max)" = 42 ]
}

@test "cpu: shares, quota and period" {
        limited cpu
        config '.linux.resources.cpu = {"shares": 512, "quota": 20000, "period": 100000}'
        create_container
        if has_v1 cpu; then
                [ "$(value cpu cpu.shares -)" = 512 ]
                [ "$(value cpu cpu.cfs_quota_us -)" = 20000 ]
        else
                [ "$(value cpu - cpu.max)" = "20000 100000" ]
                [ "$(value cpu - cpu.weight)" -gt 10 ]
        fi
}

@test "cpuset: cpus" {
        limited cpuset
        config '.linux.resources.cpu = {"cpus": "0"}'
        create_container
        [ "$(value cpuset cpuset.cpus cpuset.cpus)" = 0 ]
        [ "$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$(container_pid)/status")" = 0 ]
}

@test "a limit that the kernel refuses is an error with file and value" {
        limited cpuset
        config '.linux.resources.cpu = {"cpus": "4000"}'
        run_container
        assert_status 1
        assert_in_stderr "4000"
        assert_in_stderr "cpuset.cpus"
        assert_in_stderr "/linux/resources/cpu/cpus"
}

@test "a limit of a controller that is not there is an error" {
        config '.linux.resources.rdma = {"mlx5_0": {"hcaHandles": 3}}'
        has_v1 rdma || ! has_v2 rdma || skip "needs a kernel without the rdma controller"
        run_container
        assert_status 1
        assert_in_stderr "no 'rdma' controller"
}

@test "unified: keys of cgroup v2 win over the fields they overlap with" {
        has_v2 memory && has_v2 pids || skip "needs cgroup v2 with controller memory"
        config '.linux.resources += {"pids": {"limit": 42}, "unified": {"memory.high": "33554432", "pids.max": "77"}}'
        create_container
        [ "$(cat "$V1/berth/$ID/memory.high")" = 33554432 ]
        [ "$(cat "$V1/berth/$ID/pids.max")" = 77 ]
}

@test "unified: a key of a file that is not there is an error that names it" {
        has_v2 memory || skip "needs cgroup v2 with controller memory"
        config '.linux.resources.unified = {"memory.nosuch": "1"}'
        run_container
        assert_status 1
        assert_in_stderr "memory.nosuch"
}

@test "blockIO: throttling of a device" {
        has_v2 io || has_v1 blkio || skip "needs cgroup v2 with controller io"
        local device
        device=$(head -n 1 < <(cat /sys/block/[^lz]*/dev 2>/dev/null))
        [ -n "$device" ] || skip "needs a kernel with a block device"
        config '.linux.resources.blockIO = {"throttleReadBpsDevice": [{"major": $major, "minor": $minor, "rate": 1048576}]}' \
                --argjson major "${device%:*}" --argjson minor "${device#*:}"
        create_container
        if has_v2 io; then
                grep -q "^$device rbps=1048576 " "$V1/berth/$ID/io.max"
        else
                grep -q "^$device 1048576$" "$V1/blkio/berth/$ID/blkio.throttle.read_bps_device"
        fi
}

@test "memory: a program that takes more than its limit is killed, and the cgroup counts it" {
        limited memory
        config '.linux.resources.memory = {"limit": 16777216, "swap": 16777216}'
        program sh -c 'x=$(head -c 64000000 /dev/zero | tr "\\0" x); echo survived'
        run_container
        [ "$status" -ne 0 ]
        refute_in_output survived
}

@test "unified without cgroup2 is an error that names the key" {
        has_v2 memory && skip "needs a kernel with hybrid or v1 cgroups"
        config '.linux.resources.unified = {"memory.high": "1000000"}'
        run_container
        assert_status 1
        assert_in_stderr "memory.high"
}

@test "devices: denied by default, the usual ones allowed" {
        config '.process.capabilities.bounding += ["CAP_MKNOD"] | .process.capabilities.effective += ["CAP_MKNOD"] | .process.capabilities.permitted += ["CAP_MKNOD"]'
        program sh -c 'head -c 1 /dev/zero | wc -c; mknod /dev/k c 1 1 && cat /dev/k'
        run_container
        [ "$status" -ne 0 ]
        [ "${lines[0]}" = 1 ]
        assert_in_stderr "Operation not permitted"
}

@test "an existing cgroup with processes is refused" {
        has_v1 pids || has_v2 pids || skip "needs cgroup v2 with controller pids"
        local dir="$V1/$ID-busy"
        has_v1 pids && dir="$V1/pids/$ID-busy"
        mkdir "$dir"
        sleep 1000 3>&- & local holder=$!
        echo $holder >"$dir/cgroup.procs"
        config '.linux.cgroupsPath = "/'"$ID"'-busy"'
        run_container
        local result=$status
        kill $holder; wait $holder 2>/dev/null || true
        find $V1 -depth -type d -name "$ID-busy" -exec rmdir {} \; 2>/dev/null || true
        [ "$result" = 1 ]
        assert_in_stderr "$ID-busy"
}

@test "cgroups that the container made below its own are removed with it" {
        program sleep 1000
        create_container
        local procs
        for procs in $(find $V1 -type d -name "$ID"); do mkdir -p "$procs/sub/deeper"; done
        berth delete --force "$ID"
        [ -z "$(find $V1 -type d -path "*$ID*")" ]
}
