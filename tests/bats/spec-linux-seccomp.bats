#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each MUST of config-linux.md "Seccomp" and "The Container Process State", by the tags of docs/SPEC-CONFORMANCE.md.
load helpers

more_teardown() { [ -z "${AGENT:-}" ] || kill "$AGENT" 2>/dev/null || true; }
invalid() {
        local pointer=$1 seccomp
        shift
        for seccomp in "$@"; do
                default_config >"$BUNDLE/config.json"
                config ".linux.seccomp = $seccomp"
                run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
                assert_status 1
                [[ "$stderr" =~ config.json:[0-9]+:[0-9]+:\ .*"$pointer" ]] || { echo "$seccomp: $stderr"; return 1; }
                [ ! -e "$ROOT/$ID" ]
        done
}
rule() { echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": ['"$1"']}'; }
# An agent that accepts as many connections as come within its time, and writes of each what it saw: packets, fds, text, end.
start_agent() {
        python3 - "$BATS_TEST_TMPDIR/agent" "$BATS_TEST_TMPDIR/seen" 3>&- 2>"$BATS_TEST_TMPDIR/agent.err" <<'PY' &
import json, os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1]); listener.listen(4); listener.settimeout(60)
number = 0
while True:
    connection, _ = listener.accept()
    connection.settimeout(30)
    text, fds, first = b"", [], None
    while True:
        data, got, _, _ = socket.recv_fds(connection, 65536, 8)
        if not data:
            break
        if first is None:
            first = len(got)
        text += data
        fds += [os.readlink(f"/proc/self/fd/{fd}") for fd in got]
    with open(sys.argv[2] + "~", "w") as f:
        json.dump({"state": json.loads(text), "fds": fds, "fds_first": first, "closed": True}, f)
    number += 1
    os.rename(sys.argv[2] + "~", f"{sys.argv[2]}.{number}")
PY
        AGENT=$!
        wait_for 30 test -S "$BATS_TEST_TMPDIR/agent"
}
notify_config() {
        config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "'"$BATS_TEST_TMPDIR/agent"'", "listenerMetadata": "meta",
                "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}'
}

@test "spec config-linux.md#seccomp-1: defaultAction is required" {
        invalid /linux/seccomp '{}' '{"defaultAction": "SCMP_ACT_NOSUCH"}'
}

@test "spec config-linux.md#seccomp-2 #seccomp-6: an errno for an action that has none is an error" {
        invalid /linux/seccomp/defaultErrnoRet '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}' '{"defaultAction": "SCMP_ACT_KILL", "defaultErrnoRet": 1}'
        invalid /linux/seccomp/syscalls/0/errnoRet "$(rule '{"names": ["mkdir"], "action": "SCMP_ACT_KILL", "errnoRet": 1}')" \
                "$(rule '{"names": ["mkdir"], "action": "SCMP_ACT_LOG", "errnoRet": 1}')"
}

@test "spec config-linux.md#seccomp-3 #seccomp-4 #seccomp-5: names, one at least, and action are required" {
        invalid /linux/seccomp/syscalls/0 "$(rule '{"action": "SCMP_ACT_ERRNO"}')" "$(rule '{"names": [], "action": "SCMP_ACT_ERRNO"}')" "$(rule '{"names": ["mkdir"]}')"
}

@test "spec config-linux.md#seccomp-7 #seccomp-8 #seccomp-9: index, value and op of an argument are required" {
        local arg
        for arg in '{"value": 1, "op": "SCMP_CMP_EQ"}' '{"index": 1, "op": "SCMP_CMP_EQ"}' '{"index": 1, "value": 1}' '{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}' \
                '{"index": 1, "value": 1, "op": "SCMP_CMP_NOSUCH"}'; do
                invalid /linux/seccomp/syscalls/0/args/0 "$(rule '{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": ['"$arg"']}')"
        done
}

@test "spec config-linux.md#listener-1 #listener-4: a path that is no stream socket, or where nobody listens, is an error" {
        command -v python3 >/dev/null || skip "needs the package python3"
        notify_config
        run_container
        assert_status 1
        assert_in_stderr "'$BATS_TEST_TMPDIR/agent'"
        assert_in_stderr "No such file or directory (ENOENT)"
        python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])' "$BATS_TEST_TMPDIR/agent"
        run_container
        assert_status 1
        assert_in_stderr "'$BATS_TEST_TMPDIR/agent'"
        [ ! -e "$ROOT/$ID" ]
}

@test "spec config-linux.md#listener-2 #listener-3 #listener-5 #process-state-1 #process-state-2 #process-state-3: one state a connection, closed after it, with the fd in the first message" {
        command -v python3 >/dev/null || skip "needs the package python3"
        start_agent
        notify_config
        config '.annotations = {"k": "v"}'
        program true
        local n
        for n in 1 2; do
                run_container
                assert_status 0
                wait_for 20 test -e "$BATS_TEST_TMPDIR/seen.$n" || { cat "$BATS_TEST_TMPDIR/agent.err"; return 1; }
                jq -e --arg id "$ID" --arg b "$BUNDLE" '.fds_first == 1 and (.fds | length == 1 and (.[0] | contains("seccomp"))) and .state.fds == ["seccompFd"]
                        and .state.ociVersion == "1.3.0" and (.state.pid > 1) and .state.metadata == "meta" and .state.state.id == $id
                        and .state.state.status == "creating" and .state.state.bundle == $b and .state.state.pid == .state.pid
                        and .state.state.ociVersion == "1.3.0" and .state.state.annotations == {"k": "v"}' "$BATS_TEST_TMPDIR/seen.$n" ||
                        { cat "$BATS_TEST_TMPDIR/seen.$n"; return 1; }
        done
        # two containers, two connections
        [ ! -e "$BATS_TEST_TMPDIR/seen.3" ]
}

@test "spec config-linux.md#listener-6: listenerMetadata without listenerPath is an error" {
        invalid /linux/seccomp/listenerMetadata '{"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}'
}

@test "seccomp: RUN_OCI_SECCOMP_RECEIVER alone names the agent" {
        command -v python3 >/dev/null || skip "needs the package python3"
        start_agent
        notify_config
        config 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata)'
        RUN_OCI_SECCOMP_RECEIVER="$BATS_TEST_TMPDIR/agent" run_container
        assert_status 0
        wait_for 20 test -e "$BATS_TEST_TMPDIR/seen.1"
        run_container
        assert_status 1
        assert_in_stderr "has no agent to notify at /linux/seccomp"
        assert_in_stderr "RUN_OCI_SECCOMP_RECEIVER"
}
