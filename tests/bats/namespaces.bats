#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config-linux.md "Namespaces", "User namespace mappings", "Offset for Time Namespace".
load helpers

ns_of() { readlink "/proc/$1/ns/$2"; }

more_teardown() { [ -z "${HOLDER:-}" ] || kill "$HOLDER" 2>/dev/null || true; }
# hold UNSHARE_OPTION...: a process in new namespaces; its pid in $HOLDER.
hold() {
        unshare "$@" sh -c 'echo $$ >"$0"; exec sleep 1000' "$BATS_TEST_TMPDIR/holder" 3>&- &
        wait_for 5 test -s "$BATS_TEST_TMPDIR/holder"
        HOLDER=$(cat "$BATS_TEST_TMPDIR/holder")
}

@test "namespaces: each type that is named is new, each that is not is the runtime's" {
        local kind name
        for kind in pid network ipc uts mount cgroup user time; do
                case $kind in network) name=net ;; mount) name=mnt ;; *) name=$kind ;; esac
                default_config >"$BUNDLE/config.json"
                config '.linux.namespaces = [{"type": "mount"}, {"type": "pid"}] | del(.hostname)
                        | .mounts |= map(select(.type == "proc"))'
                [ $kind = user ] && with_userns
                [ $kind = mount ] || [ $kind = pid ] || [ $kind = user ] || config '.linux.namespaces += [{"type": "'$kind'"}]'
                program readlink "/proc/self/ns/$name"
                run_container
                assert_status 0
                [ "$output" != "$(ns_of self $name)" ] || { echo "$kind is the runtime's"; return 1; }
        done
        default_config >"$BUNDLE/config.json"
        config '.linux.namespaces = [{"type": "mount"}] | del(.hostname) | .mounts |= map(select(.type == "proc"))'
        for name in net ipc uts cgroup user time; do
                program readlink "/proc/self/ns/$name"
                run_container
                [ "$output" = "$(ns_of self $name)" ] || { echo "$name is not the runtime's"; return 1; }
        done
}

@test "namespaces: joined by path: net, ipc, uts" {
        hold --net --ipc --uts
        config '.linux.namespaces = [{"type": "mount"}, {"type": "pid"}, {"type": "network", "path": "/proc/'$HOLDER'/ns/net"},
                {"type": "ipc", "path": "/proc/'$HOLDER'/ns/ipc"}, {"type": "uts", "path": "/proc/'$HOLDER'/ns/uts"}]'
        program sh -c 'for n in net ipc uts; do readlink /proc/self/ns/$n; done'
        run_container
        assert_status 0
        assert_output "$(ns_of "$HOLDER" net; ns_of "$HOLDER" ipc; ns_of "$HOLDER" uts)"
}

@test "namespaces: a joined pid namespace" {
        hold --pid --fork
        local inner
        inner=$(pgrep -P "$HOLDER" || true)
        # $HOLDER wrote its pid as seen in the new namespace: 1; find it by its command line
        HOLDER=$(pgrep -f "sleep 1000" | while read -r p; do [ "$(ns_of "$p" pid)" != "$(ns_of self pid)" ] && echo "$p"; done | head -n 1)
        config '.linux.namespaces |= map(if .type == "pid" then .path = "/proc/'$HOLDER'/ns/pid" else . end)'
        program sh -c 'readlink /proc/self/ns/pid; echo $$'
        run_container
        assert_status 0
        [ "${lines[0]}" = "$(ns_of "$HOLDER" pid)" ]
        [ "${lines[1]}" != 1 ]
}

@test "namespaces: a joined user namespace with a new network" {
        hold --user --map-root-user
        config '.linux.namespaces += [{"type": "user", "path": "/proc/'$HOLDER'/ns/user"}] | .mounts |= map(select(.type != "devpts"))'
        program sh -c 'readlink /proc/self/ns/user; id -u'
        run_container
        assert_status 0
        assert_output "$(ns_of "$HOLDER" user)"$'\n'0
}

@test "namespaces: a new user namespace with a joined network" {
        hold --net
        with_userns
        config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/'$HOLDER'/ns/net" else . end)'
        program sh -c 'readlink /proc/self/ns/net; cat /proc/self/uid_map | xargs'
        run_container
        assert_status 0
        assert_output "$(ns_of "$HOLDER" net)"$'\n'"0 100000 65536"
}

@test "namespaces: a path that is no namespace of the type is an error" {
        config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/ipc" else . end)'
        run_container
        assert_status 1
        assert_in_stderr "network"
        assert_in_stderr "/proc/self/ns/ipc"
}

@test "namespaces: a path that does not exist is an error" {
        config '.linux.namespaces |= map(if .type == "network" then .path = "/no/such/ns" else . end)'
        run_container
        assert_status 1
        assert_in_stderr "/no/such/ns"
        assert_in_stderr "No such file or directory (ENOENT)"
}

@test "namespaces: a type that comes twice is an error" {
        config '.linux.namespaces += [{"type": "pid"}]'
        run_container
        assert_status 1
        assert_in_stderr "pid"
        assert_in_stderr "/linux/namespaces/5"
}

@test "user namespace: maps, and files of the root are root's" {
        with_userns
        program sh -c 'cat /proc/self/uid_map /proc/self/gid_map | xargs; stat -c %u /bin; id -u'
        run_container
        assert_status 0
        assert_output $'0 100000 65536 0 100000 65536\n0\n0'
}

@test "user namespace: devices are the host's nodes, and work" {
        with_userns
        program sh -c 'echo x >/dev/null; head -c 4 /dev/zero | wc -c; ls -l /dev/full | cut -c1'
        run_container
        assert_status 0
        assert_output $'4\nc'
}

@test "user namespace: a device of the config has its mode and owner, whether the host has the node or not" {
        needs_call open_tree
        needs_call fsmount
        with_userns
        config '.linux.devices = [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 416, "uid": 10, "gid": 11},
                                  {"path": "/dev/sub/full", "type": "c", "major": 1, "minor": 7}]'
        program sh -c 'stat -c "%n %A %u:%g %t:%T" /dev/mine /dev/sub/full; head -c 4 /dev/sub/full | wc -c'
        run_container
        assert_status 0
        assert_output $'/dev/mine crw-r----- 10:11 1:5\n/dev/sub/full crw-rw-rw- 0:0 1:7\n4'
}

@test "user namespace: without CAP_MKNOD a device of the config is the host's node" {
        with_userns
        config '.linux.devices = [{"path": "/dev/full", "type": "c", "major": 1, "minor": 7, "fileMode": 384}]'
        program sh -c 'stat -c "%A %t:%T" /dev/full; head -c 4 /dev/full | wc -c'
        run --separate-stderr setpriv --bounding-set=-mknod --inh-caps=-mknod "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output $'crw-rw-rw- 1:7\n4'
        config '.linux.devices[0].path = "/dev/berth-has-no-such-node"'
        run --separate-stderr setpriv --bounding-set=-mknod --inh-caps=-mknod "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "cannot open the host's '/dev/berth-has-no-such-node': No such file or directory (ENOENT)"
        assert_in_stderr "from /linux/devices/0"
}

@test "user namespace: root of the container is not root of the host" {
        with_userns
        program sleep 100
        create_container
        [ "$(stat -c %u "/proc/$(container_pid)")" = 100000 ]
}

@test "time namespace: offsets" {
        config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 100000000}, "monotonic": {"secs": 5}}'
        program cut -d. -f1 /proc/uptime
        run_container
        assert_status 0
        [ "$output" -ge 100000000 ]
}

@test "time namespace: offsets in a user namespace" {
        with_userns
        config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 100000000}}'
        program cut -d. -f1 /proc/uptime
        run_container
        assert_status 0
        [ "$output" -ge 100000000 ]
}

@test "the loopback device of a new network namespace is up" {
        program sh -c 'cat /sys/class/net/lo/flags'
        run_container
        assert_status 0
        [ $((output & 1)) = 1 ]
}
