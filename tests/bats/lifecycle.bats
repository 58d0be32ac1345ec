#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# state, start, kill, delete, list: every status, every refusal in the callers' words, crashes and races.
load helpers

more_setup() { program sleep 1000; }

hook() { # KIND SCRIPT [TIMEOUT]
        config --arg kind "$1" --arg script "$2" --argjson timeout "${3:-null}" '.hooks[$kind] = [{"path": "/bin/sh",
                "args": ["sh", "-c", $script], "env": ["PATH=/usr/bin:/bin"]} + (if $timeout then {"timeout": $timeout} else {} end)]'
}
status_is() { [ "$(container_status)" = "$1" ]; }
# fails STATUS_WORD... : berth fails with exactly one line that ends so (hints follow on lines of their own).
refused() {
        local expected=$1
        shift
        run --separate-stderr "$BERTH" --root "$ROOT" "$@"
        assert_status 1
        [ -z "$output" ]
        [ "${stderr%%$'\n'*}" = "berth: $expected" ] || { echo "stderr: '$stderr'; expected: 'berth: $expected'"; return 1; }
}

@test "state: what engines read" {
        config '.annotations = {"a": "b\nc", "empty": ""} | .ociVersion = "1.0.2"'
        create_container --pid-file "$BATS_TEST_TMPDIR/pid"
        run --separate-stderr berth state "$ID"
        assert_status 0
        [ -z "$stderr" ]
        local pid
        pid=$(cat "$BATS_TEST_TMPDIR/pid")
        jq -e --arg id "$ID" --arg bundle "$BUNDLE" --argjson pid "$pid" '.ociVersion == "1.0.2" and .id == $id
                and .status == "created" and .pid == $pid and .bundle == $bundle and .rootfs == $bundle + "/rootfs"
                and .owner == "root" and .annotations == {"a": "b\nc", "empty": ""}
                and (.created | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z$"))' <<<"$output"
        [ "$(tail -c 1 "$BATS_TEST_TMPDIR/pid" | tr -d 0-9 | wc -c)" = 0 ]
}

@test "state: nothing of the bundle is needed after create" {
        create_container
        mv "$BUNDLE/config.json" "$BUNDLE/gone"
        status_is created
        berth start "$ID"
        status_is running
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
        berth delete "$ID"
}

@test "an unknown id is 'container does not exist' to every command" {
        refused "state 'nope': container does not exist" state nope
        refused "start 'nope': container does not exist" start nope
        refused "kill 'nope': container does not exist" kill nope KILL
        refused "delete 'nope': container does not exist" delete nope
        run --separate-stderr berth delete --force nope
        assert_status 0
        [ -z "$output$stderr" ]
        [ ! -e "$ROOT" ]
}

@test "an id in use is refused, and the container in it is not touched" {
        create_container
        refused "create '$ID': container with given ID already exists" create --bundle "$BUNDLE" "$ID"
        status_is created
}

@test "a bad id is refused with its reason" {
        refused "state '../x': invalid container id '../x': it may not begin with '.' or '-'" state ../x
        refused "create 'a/b': invalid container id 'a/b': only letters, digits and '_', '+', '-', '.', '@' are allowed" create -b "$BUNDLE" a/b
}

@test "start: not twice, and not when stopped" {
        create_container
        berth start "$ID"
        refused "start '$ID': cannot start an already running container" start "$ID"
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
        refused "start '$ID': cannot start a container that has stopped" start "$ID"
}

@test "start: an init that died meanwhile is reported at once" {
        create_container
        kill -9 "$(container_pid)"
        wait_for 10 status_is stopped
        run -1 --separate-stderr timeout 5 "$BERTH" --root "$ROOT" start "$ID"
        assert_in_stderr "cannot start a container that has stopped"
}

catches_a_signal() { grep -q "^SigCgt:.*[1-9a-f]" "/proc/$(container_pid)/status"; }

@test "kill: by name in any case, by number, and the callers' words when it is too late" {
        program sh -c 'trap "exit 3" USR1; while :; do sleep 0.05; done'
        create_container
        berth start "$ID"
        berth kill "$ID" 0
        wait_for 10 catches_a_signal
        berth kill "$ID" sigusr1
        wait_for 10 status_is stopped
        refused "kill '$ID': container not running" kill "$ID" KILL
        berth kill --all "$ID" 9 # nobody is left, as in runc
        refused "kill '$ID': unknown signal 'NONSENSE'" kill "$ID" NONSENSE
}

@test "kill: a created container" {
        create_container
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
}

@test "kill KILL reaches all processes where the pid namespace is shared" {
        config '.linux.namespaces |= map(select(.type != "pid"))'
        program sh -c 'setsid sleep 4711 & setsid sleep 4712 & exec sleep 4713'
        create_container
        berth start "$ID"
        wait_for 10 pgrep -f '^sleep 4712'
        berth kill "$ID" KILL
        wait_for 10 status_is stopped
        wait_for 10 bash -c '! pgrep -f "^sleep 471[123]"'
}

@test "kill --all reaches what outlived the first process" {
        config '.linux.namespaces |= map(select(.type != "pid"))'
        program sh -c 'setsid sleep 4721 & exit 0'
        create_container
        berth start "$ID"
        wait_for 10 status_is stopped
        wait_for 10 pgrep -f '^sleep 4721'
        berth kill --all "$ID" KILL
        wait_for 10 bash -c '! pgrep -f "^sleep 4721"'
        berth delete "$ID"
}

@test "delete: a running container only by force" {
        create_container
        berth start "$ID"
        refused "delete '$ID': cannot delete container $ID that is not stopped: running" delete "$ID"
        status_is running
        run --separate-stderr berth delete --force "$ID"
        assert_status 0
        [ -z "$output$stderr" ]
        [ ! -e "$ROOT/$ID" ]
}

@test "delete: a created container is killed, as others do" {
        create_container
        local pid
        pid=$(container_pid)
        berth delete "$ID"
        # gone, or a zombie that nobody has reaped yet
        [ -z "$(grep -s '^State:' "/proc/$pid/status" | grep -v '[ZX]')" ]
        [ ! -e "$ROOT/$ID" ]
}

@test "two deletes at once: both succeed or say that it is gone" {
        local i
        for i in 1 2 3 4 5; do
                create_container
                berth delete --force "$ID" & berth delete --force "$ID" &
                wait %1
                wait %2
                [ ! -e "$ROOT/$ID" ]
        done
}

@test "many creates of one id: one wins" {
        local i won=0 pids=()
        for i in 1 2 3 4 5 6; do
                "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err.$i" &
                pids+=($!)
        done
        for i in "${pids[@]}"; do wait "$i" && won=$((won + 1)); done
        cat "$BATS_TEST_TMPDIR"/err.*
        [ $won = 1 ]
        [ "$(grep -l 'container with given ID already exists' "$BATS_TEST_TMPDIR"/err.* | wc -l)" = 5 ]
        status_is created
}

@test "list: table, json and ids" {
        run -0 --separate-stderr berth list
        assert_output "ID  PID  STATUS  BUNDLE  CREATED  OWNER"
        run -0 berth list --format json
        assert_output "[]"
        create_container
        berth start "$ID"
        run -0 --separate-stderr berth list
        [ "${#lines[@]}" = 2 ]
        [[ "${lines[1]}" =~ ^$ID\ +[0-9]+\ +running\ +$BUNDLE\ +20[^\ ]+Z\ +root$ ]]
        run -0 berth list --quiet
        assert_output "$ID"
        run -0 bash -c "'$BERTH' --root '$ROOT' list -f json | jq -r '.[] | .id + \" \" + .status'"
        assert_output "$ID running"
}

@test "list and state: a damaged record is named, does not hide the others, and can be removed" {
        create_container
        mkdir -m 700 "$ROOT/other"
        printf 'berth-record 1\nid=other\nphase=sleeping\n' >"$ROOT/other/state"
        run -0 --separate-stderr berth list --quiet
        assert_output "$ID"
        assert_in_stderr "other/state:3:1: 'phase' has an unknown value"
        refused "other/state:3:1: 'phase' has an unknown value" state other
        refused "other/state:3:1: 'phase' has an unknown value" delete other
        berth delete --force other
        [ ! -e "$ROOT/other" ]
}

@test "a directory without a record is a creation that died at once" {
        mkdir -p -m 700 "$ROOT/$ID"
        status_is stopped
        refused "start '$ID': cannot start a container that has stopped" start "$ID"
        refused "kill '$ID': container not running" kill "$ID"
        berth delete "$ID"
        [ ! -e "$ROOT/$ID" ]
}

@test "creating: seen by state, not deleted but by force, which ends the creation" {
        hook createRuntime "echo \$\$ >'$BATS_TEST_TMPDIR/hooked'; exec sleep 1000"
        create_container & local creator=$!
        wait_for 10 test -s "$BATS_TEST_TMPDIR/hooked"
        status_is creating
        refused "delete '$ID': cannot delete container $ID that is not stopped: creating" delete "$ID"
        refused "start '$ID': cannot start a container that is still being created" start "$ID"
        berth delete --force "$ID"
        run wait $creator
        [ ! -e "$ROOT/$ID" ]
        # what the hook runs is not the container's: it outlives the creation
        kill "$(cat "$BATS_TEST_TMPDIR/hooked")" 2>/dev/null || true
}

@test "creating: start waits for the creation to end" {
        mkfifo "$BATS_TEST_TMPDIR/go"
        hook createRuntime "echo >'$BATS_TEST_TMPDIR/hooked'; read x <'$BATS_TEST_TMPDIR/go'"
        program sh -c 'echo started >/mark; exec sleep 1000'
        create_container & local creator=$!
        wait_for 10 test -s "$BATS_TEST_TMPDIR/hooked"
        status_is creating
        berth start "$ID" & local starter=$!
        echo go >"$BATS_TEST_TMPDIR/go"
        wait $creator
        wait $starter
        wait_for 10 test -s "$BUNDLE/rootfs/mark"
        # and when it fails there is nothing to start
        berth delete --force "$ID"
        rm "$BATS_TEST_TMPDIR/hooked" "$BUNDLE/rootfs/mark"
        config '.hooks.createRuntime += [{"path": "/bin/false"}]'
        create_container & creator=$!
        wait_for 10 test -s "$BATS_TEST_TMPDIR/hooked"
        berth start "$ID" 2>"$BATS_TEST_TMPDIR/told" & starter=$!
        echo go >"$BATS_TEST_TMPDIR/go"
        if wait $creator; then false; fi
        if wait $starter; then false; fi
        grep -q "container does not exist" "$BATS_TEST_TMPDIR/told"
}

@test "a creation that was killed at any step is stopped, and delete leaves nothing" {
        local rows row
        rows=$(berth plan --bundle "$BUNDLE" --format json "$ID" | jq '.steps | length')
        [ "$rows" -gt 10 ]
        for ((row = 0; row < rows; row += 1)); do
                # a subreaper of the test's own would hide the orphans; they must go by themselves
                "$BERTH" --root "$ROOT" create --fault-at "$row" --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 && {
                        berth delete --force "$ID"
                        continue
                }
                if [ -e "$ROOT/$ID" ]; then
                        wait_for 10 status_is stopped
                        berth delete "$ID"
                fi
                [ ! -e "$ROOT/$ID" ] || { echo "row $row"; return 1; }
                [ -z "$(find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null)" ] || { echo "row $row left a cgroup"; return 1; }
        done
}

@test "start: created until the very execve, also when the start was killed" {
        hook startContainer 'sleep 2'
        create_container
        "$BERTH" --root "$ROOT" start "$ID" & local starter=$!
        wait_for 10 test -e "$ROOT/$ID/start.used"
        status_is created
        kill -9 $starter
        status_is created
        wait_for 10 status_is running
        [ -e "$ROOT/$ID/start.used" ]
        refused "start '$ID': cannot start an already running container" start "$ID"
}

@test "start: delete --force ends one that hangs in a hook" {
        hook startContainer 'sleep 1000'
        create_container
        "$BERTH" --root "$ROOT" start "$ID" 2>"$BATS_TEST_TMPDIR/err" & local starter=$!
        wait_for 10 test -e "$ROOT/$ID/start.used"
        berth delete --force "$ID"
        run wait $starter
        [ ! -e "$ROOT/$ID" ]
}

@test "poststart hooks: read the state; a failure stops the container" {
        hook poststart "cat >'$BATS_TEST_TMPDIR/seen'"
        create_container
        berth start "$ID"
        jq -e --arg id "$ID" '.id == $id and .status == "running" and .pid > 0' "$BATS_TEST_TMPDIR/seen"
        berth delete --force "$ID"

        hook poststart 'echo no luck >&2; exit 3'
        create_container
        run -1 --separate-stderr berth start "$ID"
        assert_in_stderr "poststart"
        assert_in_stderr "no luck"
        wait_for 10 status_is stopped
}

@test "poststop hooks: read the state; a failure is a warning" {
        hook poststop "cat >'$BATS_TEST_TMPDIR/seen'; exit 3"
        create_container
        run --separate-stderr berth --log-level warning delete --force "$ID"
        assert_status 0
        assert_in_stderr "warning: "
        assert_in_stderr "poststop"
        jq -e --arg id "$ID" '.id == $id and .status == "stopped"' "$BATS_TEST_TMPDIR/seen"
        [ ! -e "$ROOT/$ID" ]
}

@test "--regex: kill and delete several" {
        local id
        for id in "$ID-a" "$ID-b" "$ID.c"; do ID=$id create_container; done
        berth kill --regex "^$ID-" KILL
        wait_for 10 bash -c "[ \"\$('$BERTH' --root '$ROOT' list | grep -c stopped)\" = 2 ]"
        berth delete --regex "^$ID-"
        run -0 berth list -q
        assert_output "$ID.c"
        refused "'(' is no regular expression: Unmatched ( or \\(" delete --regex '('
}

@test "an empty environment and an empty XDG_RUNTIME_DIR are enough" {
        create_container
        run -0 env -i "$BERTH" --root "$ROOT" state "$ID"
        run -0 env -i XDG_RUNTIME_DIR= "$BERTH" --root "$ROOT" start "$ID"
        run -0 env -i "$BERTH" --root "$ROOT" delete --force "$ID"
}

@test "a root whose path is longer than a socket's address" {
        local long
        long="$ROOT/$(printf 'l%.0s' {1..150})"
        "$BERTH" --root "$long" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        "$BERTH" --root "$long" start "$ID"
        "$BERTH" --root "$long" delete --force "$ID"
        rmdir "$long" "$ROOT"
}

@test "a log of its own: exactly one record on failure, none on success" {
        local log="$BATS_TEST_TMPDIR/log"
        create_container
        berth --log "$log" --log-format json state "$ID"
        [ ! -s "$log" ]
        run -1 --separate-stderr berth --log "$log" --log-format json start nope
        [ "$(wc -l <"$log")" = 1 ]
        jq -e '.level == "error" and .msg == "start '\''nope'\'': container does not exist" and (.time | fromdateiso8601? // true)' "$log"
        assert_in_stderr "start 'nope': container does not exist"
        : >"$log"
        run -1 --separate-stderr berth --log "$log" --log-format json nonsense
        jq -e '.msg | startswith("unknown command '\''nonsense'\''")' "$log"
        : >"$log"
        run -1 --separate-stderr berth --log "$log" --log-format json create -b /nowhere x
        [ "$(wc -l <"$log")" = 1 ]
        jq -e '.msg | contains("No such file or directory")' "$log"
}
