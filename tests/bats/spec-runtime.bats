#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each MUST of the runtime-spec's runtime.md, by the tags of docs/SPEC-CONFORMANCE.md.
load helpers

more_setup() {
        program sleep 1000
        TRACE="$BATS_TEST_TMPDIR/trace"
}
status_is() { [ "$(container_status)" = "$1" ]; }
# hook KIND SCRIPT: a shell command on the host as one more hook of that kind.
hook() { config '.hooks[$kind] += [{"path": "/bin/sh", "args": ["sh", "-c", $script], "env": ["PATH=/usr/bin:/bin"]}]' --arg kind "$1" --arg script "$2"; }
# refused TEXT COMMAND...: it fails with status 1 and says so.
refused() {
        local text=$1
        shift
        run --separate-stderr berth "$@"
        assert_status 1
        assert_in_stderr "$text"
}
nothing_is_left() {
        [ ! -e "$ROOT/$ID" ]
        [ -z "$(find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null)" ]
}
ends_stopped() { berth start "$ID" && wait_for 10 status_is stopped; }

@test "spec runtime.md#scope-1: whoever created a container can use every operation on it" {
        create_container
        [ "$(container_status)" = created ]
        berth start "$ID"
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
        berth delete "$ID"
        nothing_is_left
}

@test "spec runtime.md#state-1 #state-5 #state-6 #query-3: ociVersion, id, status, pid and an absolute bundle" {
        config '.ociVersion = "1.0.2" | .annotations = {"k": "v"}'
        (cd "$BUNDLE" && "$BERTH" --root "$ROOT" create "$ID" </dev/null >/dev/null 2>&1)
        local pid
        pid=$(container_pid)
        berth state "$ID" | jq -e --arg id "$ID" --arg b "$BUNDLE" \
                '.ociVersion == "1.0.2" and .id == $id and .status == "created" and .bundle == $b and .annotations == {"k": "v"}'
        [ -d "/proc/$pid" ]
        berth start "$ID"
        berth state "$ID" | jq -e --argjson pid "$pid" '.status == "running" and .pid == $pid'
}

@test "spec runtime.md#state-2: two containers never have the same id" {
        create_container
        refused "container with given ID already exists" create --bundle "$BUNDLE" "$ID"
        refused "container with given ID already exists" run --bundle "$BUNDLE" "$ID"
        status_is created
}

@test "spec runtime.md#state-3 #state-4: creating, created, running and stopped mean what they say, and nothing else is said" {
        hook createRuntime "cat >'$TRACE'; '$BERTH' --root '$ROOT' state '$ID' >'$TRACE.state'"
        create_container
        jq -e '.status == "creating"' "$TRACE"
        jq -e '.status == "creating"' "$TRACE.state"
        status_is created
        berth start "$ID"
        status_is running
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
}

@test "spec runtime.md#state-7: the state is what the schema allows, also as hooks read it" {
        local kind
        for kind in createRuntime poststart poststop; do hook $kind "cat >'$TRACE.$kind'"; done
        config '.annotations = {"k": "v"}'
        create_container
        berth start "$ID"
        berth state "$ID" >"$TRACE.command"
        berth delete --force "$ID"
        for kind in createRuntime poststart poststop command; do
                jq -e '(.ociVersion | type == "string") and (.id | type == "string") and (.bundle | startswith("/"))
                        and (.status | IN("creating", "created", "running", "stopped"))
                        and ((has("pid") | not) or (.pid | type == "number" and . >= 0 and floor == .))
                        and (.annotations == {"k": "v"})' "$TRACE.$kind" || { echo "$kind"; cat "$TRACE.$kind"; return 1; }
        done
}

@test "spec runtime.md#lifecycle-2a #create-3 #create-4: create makes all but the process" {
        config '.hostname = "from-config"'
        create_container
        local pid
        pid=$(container_pid)
        [ "$(nsenter -t "$pid" -u hostname)" = from-config ]
        grep -q " /dev/shm " "/proc/$pid/mountinfo"
}

@test "spec runtime.md#lifecycle-2b #errors-1 #create-6: what cannot be made is an error, and then there is no container" {
        local bad
        for bad in '.mounts += [{"destination": "/m", "type": "nosuchfs", "source": "x"}]' \
                '.linux.sysctl = {"kernel.shmmax": "no number"}' \
                '.linux.devices = [{"path": "/etc/passwd", "type": "c", "major": 1, "minor": 3}]' \
                '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1099511627776, "hard": 1099511627776}]' \
                '.linux.namespaces += [{"type": "cgroup", "path": "/nowhere"}]'; do
                default_config >"$BUNDLE/config.json"
                config "$bad"
                run --separate-stderr berth create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID"
                assert_status 1
                [ -n "$stderr" ]
                nothing_is_left
                [ ! -e "$BATS_TEST_TMPDIR/pid" ]
                refused "container does not exist" state "$ID"
        done
}

@test "spec runtime.md#lifecycle-2c #create-5: the program does not run before start" {
        program sh -c 'echo ran >/ran; echo ran'
        create_container
        [ ! -s "$BATS_TEST_TMPDIR/out" ]
        [ ! -e "$BUNDLE/rootfs/ran" ]
        ends_stopped
        [ "$(cat "$BUNDLE/rootfs/ran")" = ran ]
}

@test "spec runtime.md#lifecycle-2d: a config.json that is changed after create changes nothing" {
        program sh -c 'echo first; echo $A' && config '.process.env += ["A=one"]'
        hook poststart "echo first >>'$TRACE'"
        create_container
        config '.process.args = ["echo", "second"] | .process.env = ["A=two"] | .hooks = {}'
        ends_stopped
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = $'first\none' ]
        [ "$(cat "$TRACE")" = first ]
}

@test "spec runtime.md#lifecycle-3a #lifecycle-4a #lifecycle-5a #lifecycle-7a #lifecycle-8 #lifecycle-9a #lifecycle-13a: all hooks run, and the program, in the order of the lifecycle" {
        local kind
        mkdir "$BUNDLE/rootfs/trace"
        for kind in prestart createRuntime createContainer poststart poststop; do
                hook $kind "echo $kind >>'$BUNDLE/rootfs/trace/trace'"
        done
        config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "echo startContainer >>/trace/trace"]}]'
        # the program waits until poststart has been: only then its line is the next
        program sh -c 'echo program >>/trace/trace; exec sleep 1000'
        create_container
        [ "$(xargs <"$BUNDLE/rootfs/trace/trace")" = "prestart createRuntime createContainer" ]
        berth start "$ID"
        program_and_poststart() { grep -q program "$BUNDLE/rootfs/trace/trace" && grep -q poststart "$BUNDLE/rootfs/trace/trace"; }
        wait_for 10 program_and_poststart
        berth delete --force "$ID"
        [ "$(grep -v -e program -e poststart "$BUNDLE/rootfs/trace/trace" | xargs)" = "prestart createRuntime createContainer startContainer poststop" ]
        # the program's own line and poststart's come after startContainer's, in either order: they run at the same time
        [ "$(sed -n 4p "$BUNDLE/rootfs/trace/trace")" = startContainer ]
        [ "$(sed -n 7p "$BUNDLE/rootfs/trace/trace")" = poststop ]
}

@test "spec runtime.md#lifecycle-3b #lifecycle-4b #lifecycle-5b: a failing hook of create is an error, the container is undone, poststop hooks run" {
        local kind
        for kind in prestart createRuntime createContainer; do
                default_config >"$BUNDLE/config.json"
                : >"$TRACE"
                hook $kind "echo broken >&2; exit 7"
                hook poststop "cat >/dev/null; echo poststop >>'$TRACE'"
                run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
                assert_status 1
                assert_in_stderr "$kind"
                assert_in_stderr "status 7"
                assert_in_stderr "broken"
                nothing_is_left
                [ "$(cat "$TRACE")" = poststop ] || { echo "poststop did not run after a failed $kind"; return 1; }
        done
}

@test "spec runtime.md#lifecycle-7b: a failing startContainer hook is an error of start, and stops the container" {
        config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "exit 7"]}]'
        create_container
        refused "startContainer" start "$ID"
        assert_in_stderr "status 7"
        wait_for 10 status_is stopped
        berth delete "$ID"
}

@test "spec runtime.md#lifecycle-9b: a failing poststart hook is an error of start, and stops the container" {
        hook poststart 'exit 7'
        create_container
        refused "poststart" start "$ID"
        wait_for 10 status_is stopped
        run_container
        [ "$status" -ne 0 ]
}

@test "spec runtime.md#lifecycle-12 #delete-3: delete undoes what create has made" {
        program true
        local before after
        # others may be running their tests beside us: only what is ours
        before=$("$HERE/../leftovers" | grep -E "^mount|$ID" || true)
        create_container
        ends_stopped
        berth delete "$ID"
        after=$("$HERE/../leftovers" | grep -E "^mount|$ID" || true)
        [ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); return 1; }
        nothing_is_left
}

@test "spec runtime.md#lifecycle-13b #warnings-1: a failing poststop hook is a warning; the next ones run, delete succeeds" {
        hook poststop 'exit 7'
        hook poststop "echo second >>'$TRACE'"
        create_container
        run --separate-stderr berth delete --force "$ID"
        assert_status 0
        assert_in_stderr "warning"
        assert_in_stderr "poststop"
        [ "$(cat "$TRACE")" = second ]
        nothing_is_left
}

@test "spec runtime.md#operations-1: state, create, start, kill and delete are there" {
        local command
        for command in state create start kill delete; do
                run -0 berth $command --help
                [ -n "$output" ]
        done
}

@test "spec runtime.md#query-1 #create-1 #start-1 #kill-1 #delete-1: no operation does without an id" {
        local command
        for command in state start kill delete; do refused "$command" $command; done
        refused "create" create --bundle "$BUNDLE"
        refused "invalid container id ''" state ""
        [ ! -e "$ROOT" ] || [ -z "$(ls -A "$ROOT")" ]
}

@test "spec runtime.md#query-2: the state of a container that does not exist is an error" {
        refused "container does not exist" state "$ID"
        [ -z "$output" ]
}

@test "spec runtime.md#create-2: an id that is in use or not valid is an error, and makes no container" {
        create_container
        refused "container with given ID already exists" create --bundle "$BUNDLE" "$ID"
        local id
        for id in a/b ../a . .. "a b" "$(printf 'x%.0s' {1..300})" $'a\nb'; do
                refused "invalid container id" create --bundle "$BUNDLE" "$id"
        done
        [ "$(berth list --quiet)" = "$ID" ]
}

@test "spec runtime.md#start-2: start of a container that is not created is an error without effect" {
        refused "container does not exist" start "$ID"
        create_container
        berth start "$ID"
        local pid
        pid=$(container_pid)
        refused "cannot start an already running container" start "$ID"
        [ "$(container_pid)" = "$pid" ]
        status_is running
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
        refused "cannot start a container that has stopped" start "$ID"
        status_is stopped
}

@test "spec runtime.md#start-3: start runs the program of process" {
        program sh -c 'echo "$A $PWD $(id -u)"'
        config '.process.env += ["A=b"] | .process.cwd = "/etc" | .process.user.uid = 5'
        create_container
        ends_stopped
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = "b /etc 5" ]
}

@test "spec runtime.md#start-4: without process create succeeds and start is an error" {
        config 'del(.process)'
        create_container
        status_is created
        refused "config.json has no process, so there is nothing to start" start "$ID"
        status_is created
        berth delete --force "$ID"
        refused "config.json has no process" run --bundle "$BUNDLE" "$ID"
}

@test "spec runtime.md#kill-2: a signal to a stopped container is an error without effect" {
        refused "container does not exist" kill "$ID" TERM
        create_container
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
        refused "container not running" kill "$ID" KILL
        status_is stopped
}

@test "spec runtime.md#kill-3: the signal that is asked for reaches the container process" {
        program sh -c 'trap "echo usr1 >/got; exit 0" USR1; echo ready >/ready; while :; do sleep 0.02; done'
        create_container
        berth start "$ID"
        wait_for 10 test -s "$BUNDLE/rootfs/ready"
        berth kill "$ID" USR1
        wait_for 10 status_is stopped
        [ "$(cat "$BUNDLE/rootfs/got")" = usr1 ]
}

@test "spec runtime.md#delete-2: delete of a running container is an error without effect" {
        create_container
        berth start "$ID"
        local pid
        pid=$(container_pid)
        refused "cannot delete container $ID that is not stopped: running" delete "$ID"
        status_is running
        [ "$(container_pid)" = "$pid" ]
}

@test "spec runtime.md#delete-4: what the container did not make stays: joined namespaces, a bind's source, a cgroup of others" {
        local cg="/sys/fs/cgroup/pids/$ID-outer" holder
        unshare --net sh -c 'echo $$ >"$0"; exec sleep 1000' "$BATS_TEST_TMPDIR/holder" 3>&- &
        wait_for 5 test -s "$BATS_TEST_TMPDIR/holder"
        holder=$(cat "$BATS_TEST_TMPDIR/holder")
        mkdir "$BATS_TEST_TMPDIR/source"; echo kept >"$BATS_TEST_TMPDIR/source/file"
        [ ! -d /sys/fs/cgroup/pids ] || mkdir "$cg"
        config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/'"$holder"'/ns/net" else . end)
                | .mounts += [{"destination": "/mnt", "type": "bind", "source": "'"$BATS_TEST_TMPDIR/source"'", "options": ["bind"]}]
                | .linux.cgroupsPath = "/'"$ID"'-outer/inner"'
        create_container
        berth start "$ID"
        berth delete --force "$ID"
        kill -0 "$holder"
        [ "$(cat "$BATS_TEST_TMPDIR/source/file")" = kept ]
        if [ -d /sys/fs/cgroup/pids ]; then [ -d "$cg" ] && [ ! -d "$cg/inner" ]; fi
        kill "$holder"
        find /sys/fs/cgroup -depth -type d -name "$ID-outer" -exec rmdir {} + 2>/dev/null || true
}

@test "spec runtime.md#delete-5: a deleted container's id can be used again" {
        create_container
        berth delete --force "$ID"
        create_container
        status_is created
}
