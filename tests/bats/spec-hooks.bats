#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each MUST of config.md "POSIX-platform Hooks", by the tags of docs/SPEC-CONFORMANCE.md.
load helpers

more_setup() {
        TRACE="$BATS_TEST_TMPDIR/trace"
        mkdir "$TRACE"; chmod 777 "$TRACE"
        program sleep 1000
        RUNTIME_NS="$(readlink /proc/self/ns/mnt) $(readlink /proc/self/ns/uts)"
}
KINDS="prestart createRuntime createContainer startContainer poststart poststop"
hook() { config '.hooks[$kind] += [{"path": "/bin/sh", "args": ["sh", "-c", $script], "env": ["PATH=/usr/bin:/bin"]}]' --arg kind "$1" --arg script "$2"; }
note_namespaces() { hook "$1" "cat >/dev/null; echo \$(readlink /proc/self/ns/mnt) \$(readlink /proc/self/ns/uts) >'$2'"; }
status_is() { [ "$(container_status)" = "$1" ]; }
invalid() {
        local pointer=$1
        run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
        assert_status 1
        [[ "$stderr" =~ config.json:[0-9]+:[0-9]+:\ .*"$pointer" ]] || { echo "$pointer: $stderr"; return 1; }
        [ ! -e "$ROOT/$ID" ]
}
# a program that only the host has, with its loader's help: the container's root is static busybox and nothing else
host_only() { config '.hooks[$kind] = [{"path": $path, "args": ["host-only", $out]}]' --arg kind "$1" --arg path "$BATS_TEST_TMPDIR/host-only" --arg out "$2"; }
make_host_only() { printf '#!/bin/bash\ncat >"$1"\n' >"$BATS_TEST_TMPDIR/host-only"; chmod +x "$BATS_TEST_TMPDIR/host-only"; }

@test "spec config.md#hooks-1: a hook's path is required and absolute" {
        local kind
        for kind in $KINDS; do
                default_config >"$BUNDLE/config.json"
                config '.hooks[$kind] = [{"args": ["x"]}]' --arg kind $kind
                invalid "/hooks/$kind/0"
                config '.hooks[$kind] = [{"path": "bin/sh"}]' --arg kind $kind
                invalid "/hooks/$kind/0/path"
        done
}

@test "spec config.md#hooks-2: a timeout is above zero, and is kept" {
        local kind
        for kind in $KINDS; do
                default_config >"$BUNDLE/config.json"
                config '.hooks[$kind] = [{"path": "/bin/true", "timeout": 0}]' --arg kind $kind
                invalid "/hooks/$kind/0/timeout"
                config '.hooks[$kind][0].timeout = -1' --arg kind $kind
                invalid "/hooks/$kind/0/timeout"
        done
        default_config >"$BUNDLE/config.json"
        config '.hooks.createRuntime = [{"path": "/bin/sleep", "args": ["sleep", "1000"], "timeout": 1}]'
        run_container
        assert_status 1
        assert_in_stderr "timeout"
}

@test "spec config.md#hooks-3: the hooks of a kind are called in the listed order" {
        local kind i
        for kind in $KINDS; do
                [ $kind != startContainer ] || continue
                for i in 1 2 3; do hook $kind "echo $i >>'$TRACE/$kind'"; done
        done
        mkdir "$BUNDLE/rootfs/trace"
        for i in 1 2 3; do hook startContainer "echo $i >>/trace/startContainer"; done
        create_container
        berth start "$ID"
        berth delete --force "$ID"
        mv "$BUNDLE/rootfs/trace/startContainer" "$TRACE/"
        for kind in $KINDS; do [ "$(xargs <"$TRACE/$kind")" = "1 2 3" ] || { echo "$kind"; return 1; }; done
}

@test "spec config.md#hooks-4: each hook reads the container's state on stdin" {
        local kind
        config '.annotations = {"k": "v"}'
        for kind in $KINDS; do [ $kind = startContainer ] || hook $kind "cat >'$TRACE/$kind'"; done
        hook startContainer 'cat >/state'
        create_container
        local pid
        pid=$(container_pid)
        berth start "$ID"
        berth delete --force "$ID"
        mv "$BUNDLE/rootfs/state" "$TRACE/startContainer"
        for kind in $KINDS; do
                jq -e --arg id "$ID" --arg b "$BUNDLE" '.id == $id and .bundle == $b and .ociVersion == "1.3.0" and .annotations == {"k": "v"}' "$TRACE/$kind"
        done
        for kind in prestart createRuntime; do jq -e --argjson p "$pid" '.status == "creating" and .pid == $p' "$TRACE/$kind"; done
        jq -e '.status == "creating"' "$TRACE/createContainer"
        jq -e '.status == "created"' "$TRACE/startContainer"
        jq -e --argjson p "$pid" '.status == "running" and .pid == $p' "$TRACE/poststart"
        jq -e '.status == "stopped"' "$TRACE/poststop"
}

@test "spec config.md#prestart-1 #createRuntime-1 #createContainer-1 #poststart-1 #poststop-1: their paths are the runtime's" {
        make_host_only
        local kind
        for kind in prestart createRuntime createContainer poststart poststop; do host_only $kind "$TRACE/$kind"; done
        create_container
        berth start "$ID"
        berth delete --force "$ID"
        for kind in prestart createRuntime createContainer poststart poststop; do jq -e --arg id "$ID" '.id == $id' "$TRACE/$kind"; done
}

@test "spec config.md#prestart-2 #createRuntime-2 #poststart-2 #poststop-2: they run in the runtime's namespaces" {
        local kind
        for kind in prestart createRuntime poststart poststop; do note_namespaces $kind "$TRACE/$kind"; done
        create_container
        berth start "$ID"
        berth delete --force "$ID"
        for kind in prestart createRuntime poststart poststop; do
                [ "$(cat "$TRACE/$kind")" = "$RUNTIME_NS" ] || { echo "$kind: $(cat "$TRACE/$kind"), not $RUNTIME_NS"; return 1; }
        done
}

@test "spec config.md#createContainer-2: createContainer hooks run in the container's namespaces" {
        note_namespaces createContainer "$TRACE/createContainer"
        create_container
        local pid
        pid=$(container_pid)
        [ "$(cat "$TRACE/createContainer")" = "$(readlink "/proc/$pid/ns/mnt") $(readlink "/proc/$pid/ns/uts")" ]
}

@test "spec config.md#prestart-3 #createRuntime-3: in create, when the environment stands but before the pivot" {
        local kind
        for kind in prestart createRuntime; do
                # the mounts are made, and init still has the host's root around it
                hook $kind "pid=\$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); grep -c \"$BUNDLE/rootfs/dev/shm \" /proc/\$pid/mountinfo >'$TRACE/$kind'"
        done
        create_container
        for kind in prestart createRuntime; do [ "$(cat "$TRACE/$kind")" = 1 ] || { echo "$kind: $(cat "$TRACE/$kind")"; return 1; }; done
        [ ! -e "$TRACE/started" ]
}

@test "spec config.md#prestart-4 #createContainer-4: prestart before createRuntime before createContainer" {
        local kind
        for kind in createContainer createRuntime prestart; do hook $kind "echo $kind >>'$TRACE/order'"; done
        create_container
        [ "$(xargs <"$TRACE/order")" = "prestart createRuntime createContainer" ]
}

@test "spec config.md#createContainer-3: createContainer hooks run in create and before the pivot" {
        hook createContainer "grep -c ' $BUNDLE/rootfs/dev/shm ' /proc/self/mountinfo >'$TRACE/seen'; ls -d '$BUNDLE/rootfs/etc' >>'$TRACE/seen'"
        create_container
        [ "$(cat "$TRACE/seen")" = "1
$BUNDLE/rootfs/etc" ]
}

@test "spec config.md#startContainer-1 #startContainer-2: startContainer hooks' paths and namespaces are the container's" {
        printf '#!/bin/sh\nreadlink /proc/self/ns/mnt >/seen\n' >"$BUNDLE/rootfs/only-inside"; chmod +x "$BUNDLE/rootfs/only-inside"
        config '.hooks.startContainer = [{"path": "/only-inside"}]'
        create_container
        local pid
        pid=$(container_pid)
        berth start "$ID"
        [ "$(cat "$BUNDLE/rootfs/seen")" = "$(readlink "/proc/$pid/ns/mnt")" ]
}

@test "spec config.md#startContainer-3: startContainer hooks run in start, before the program" {
        hook startContainer 'echo hook >>/order'
        program sh -c 'echo program >>/order'
        create_container
        [ ! -e "$BUNDLE/rootfs/order" ]
        berth start "$ID"
        wait_for 10 status_is stopped
        [ "$(xargs <"$BUNDLE/rootfs/order")" = "hook program" ]
}

@test "spec config.md#poststart-3: poststart hooks run after the program was executed, before start returns" {
        hook poststart "pid=\$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); cat /proc/\$pid/comm >'$TRACE/comm'"
        create_container
        [ ! -e "$TRACE/comm" ]
        berth start "$ID"
        [ "$(cat "$TRACE/comm")" = sleep ]
}

@test "spec config.md#poststop-3: poststop hooks run when the container is gone, before delete returns" {
        hook poststop "cat >/dev/null; find /sys/fs/cgroup -type d -name '*$ID*' 2>/dev/null | wc -l >'$TRACE/cgroups'; ls -d /proc/\$(cat '$TRACE/pid') 2>/dev/null >'$TRACE/process'; true"
        create_container
        berth start "$ID"
        container_pid >"$TRACE/pid"
        berth delete --force "$ID"
        [ "$(cat "$TRACE/cgroups")" = 0 ]
}
