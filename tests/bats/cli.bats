#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands that need no container: version, features, spec, validate, plan, and what is said about mistakes.
load helpers

@test "version: the layout that callers parse" {
        run -0 --separate-stderr berth --version
        [[ "${lines[0]}" =~ ^berth\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
        [[ "${lines[1]}" =~ ^commit:\ . ]]
        [[ "${lines[2]}" =~ ^spec:\ 1\.[0-9]+\.[0-9]+$ ]]
        [ -z "$stderr" ]
        run -0 berth version
        run -0 berth -v
}

@test "features: one JSON document, and nothing on standard error" {
        run -0 --separate-stderr berth features
        [ -z "$stderr" ]
        jq -e '.ociVersionMin == "1.0.0" and (.ociVersionMax | startswith("1.3")) and (.linux.namespaces | index("user") and index("time"))
                and .linux.mountExtensions.idmap.enabled and (.mountOptions | index("rro"))' <<<"$output"
}

@test "spec: a configuration without fault that runs" {
        rm "$BUNDLE/config.json"
        run -0 --separate-stderr berth spec --bundle "$BUNDLE"
        [ -z "$output$stderr" ]
        run -0 --separate-stderr berth validate --strict --bundle "$BUNDLE"
        [ -z "$output$stderr" ]
        config '.process.terminal = false'
        program sh -c 'echo runs; touch /x 2>/dev/null || echo read-only'
        run_container
        assert_status 0
        assert_output "runs
read-only"
        run -1 --separate-stderr berth spec --bundle "$BUNDLE"
        assert_in_stderr "cannot write '$BUNDLE/config.json': File exists (EEXIST)"
}

@test "spec --rootless: a user namespace with one id" {
        run -0 --separate-stderr berth spec --rootless --file -
        jq -e '.linux.uidMappings == [{"containerID": 0, "hostID": 0, "size": 1}] and (.linux | has("resources") | not)
                and ([.linux.namespaces[].type] | index("user"))' <<<"$output"
        echo "$output" >"$BUNDLE/config.json"
        run -0 --separate-stderr berth validate --strict --bundle "$BUNDLE"
        config '.process.terminal = false'
        program sh -c 'cat /proc/self/uid_map | tr -s " "'
        run_container
        assert_status 0
        assert_output " 0 0 1"
}

@test "validate: every fault with its place, and the exit status" {
        config '.mounts[0].options = ["nosiud"] | .process.cwd = "relative" | .unknownKey = 1'
        run -1 --separate-stderr berth validate --bundle "$BUNDLE"
        [ -z "$output" ]
        [[ "$stderr" =~ config.json:[0-9]+:[0-9]+:\ error:\ [^$'\n']*cwd ]]
        [[ "$stderr" =~ config.json:[0-9]+:[0-9]+:\ warning:\ [^$'\n']*unknownKey ]]
        default_config >"$BUNDLE/config.json"
        config '.unknownKey = 1'
        run -0 --separate-stderr berth validate --bundle "$BUNDLE"
        [[ "$stderr" == *warning* ]]
        run -1 --separate-stderr berth validate --strict --bundle "$BUNDLE"
        run -1 --separate-stderr berth validate --bundle /nowhere
        assert_in_stderr "No such file or directory (ENOENT)"
}

@test "plan: text and JSON of one table, and nothing made" {
        run -0 --separate-stderr berth plan --bundle "$BUNDLE"
        assert_in_output "mount.proc"
        [ -z "$stderr" ]
        run -0 --separate-stderr berth plan --bundle "$BUNDLE" --format json
        jq -e '.steps | length > 10' <<<"$output"
        [ ! -e "$ROOT" ]
        run -1 --separate-stderr berth plan --bundle "$BUNDLE" --format xml
        assert_in_stderr "option '--format' has the wrong value 'xml'"
}

@test "options with wrong values are named" {
        run -1 --separate-stderr berth --cgroup-manager=magic list
        assert_in_stderr "option '--cgroup-manager' has the wrong value 'magic'"
        run -1 --separate-stderr berth --log-level=loud list
        assert_in_stderr "option '--log-level' has the wrong value 'loud'"
        run -1 --separate-stderr berth --log-format=xml list
        assert_in_stderr "option '--log-format' has the wrong value 'xml'"
        run -1 --separate-stderr berth --log /nowhere/log list
        assert_in_stderr "No such file or directory (ENOENT)"
}

@test "standard output that cannot be written is an error" {
        run -1 --separate-stderr bash -c "'$BERTH' features >/dev/full"
        assert_in_stderr "cannot write to standard output: No space left on device (ENOSPC)"
}

@test "closed standard fds are not taken by files of berth" {
        run -1 bash -c "'$BERTH' --root '$ROOT' state nope 0<&- 1>&- 2>&-"
        program sh -c 'ls -l /proc/self/fd | grep -c " [012] -> /dev/null"'
        run bash -c "'$BERTH' --root '$ROOT' run --bundle '$BUNDLE' '$ID' 0<&-"
        assert_status 0
}
