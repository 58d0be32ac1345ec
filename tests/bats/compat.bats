#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What containerd, CRI-O, Podman, Docker and Buildah pass, parse and match.
load helpers

more_setup() { program sleep 1000; LOG="$BATS_TEST_TMPDIR/log"; }
status_is() { [ "$(container_status)" = "$1" ]; }
stopped() { kill -9 "$(container_pid)"; wait_for 10 status_is stopped; }
# A stream of JSON objects as containerd and Podman read it.
logged() { jq -e -s 'length == 1 and (.[0] | .level == "error" and (.msg | type == "string")
        and (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$")))' "$LOG"; }

@test "compat 1: features for containerd and CRI-O: everything on stdout, with all they look for" {
        run --separate-stderr berth features
        assert_status 0
        [ -z "$stderr" ]
        jq -e '(.ociVersionMin | length > 0) and (.ociVersionMax | length > 0)
                and (.linux.namespaces | contains(["user", "time", "cgroup"]))
                and (.mountOptions | contains(["rro", "ro", "idmap", "ridmap", "tmpcopyup"]))
                and .linux.mountExtensions.idmap.enabled == true
                and .linux.seccomp.enabled == true
                and (.linux.seccomp.archs | contains(["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"]))
                and (.linux.seccomp.knownFlags | contains(["SECCOMP_FILTER_FLAG_LOG"])) and (.linux.seccomp.supportedFlags | type == "array")
                and (.linux.seccomp.actions | contains(["SCMP_ACT_NOTIFY"])) and (.linux.seccomp.operators | contains(["SCMP_CMP_MASKED_EQ"]))
                and (.linux.cgroup | has("v1") and has("v2") and has("systemd") and has("systemdUser") and has("rdma"))
                and .linux.netDevices.enabled == true
                and (.linux.memoryPolicy.modes | contains(["MPOL_BIND"])) and (.linux.memoryPolicy.flags | type == "array")
                and (.linux.intelRdt | .enabled == true and .schemata == true and .monitoring == true)
                and (.linux.apparmor | has("enabled")) and (.linux.selinux | has("enabled"))
                and (.potentiallyUnsafeConfigAnnotations | index("run.oci."))' <<<"$output"
}

@test "compat 2: what callers pass is taken: --rootless, --no-subreaper, --pidfd-socket, kill --all and every way to name a signal" {
        needs_call pidfd_open
        command -v python3 >/dev/null || skip "needs the package python3"
        python3 - "$BATS_TEST_TMPDIR/pidfd" >"$BATS_TEST_TMPDIR/got" 3>&- <<'PY' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.bind(sys.argv[1]); s.listen(1); s.settimeout(60)
c, _ = s.accept()
_, fds, _, _ = socket.recv_fds(c, 4096, 4)
print(len(fds), next(l.split()[1] for l in open(f"/proc/self/fdinfo/{fds[0]}") if l.startswith("Pid:")))
PY
        local receiver=$! signal
        wait_for 30 test -S "$BATS_TEST_TMPDIR/pidfd"
        "$BERTH" --root "$ROOT" --rootless=true --log-format=json create --bundle="$BUNDLE" --no-subreaper --pidfd-socket "$BATS_TEST_TMPDIR/pidfd" "$ID" \
                </dev/null >/dev/null 2>&1
        wait $receiver
        [ "$(cat "$BATS_TEST_TMPDIR/got")" = "1 $(container_pid)" ]
        run --separate-stderr berth create --bundle "$BUNDLE" --pidfd-socket /nowhere/socket "$ID-3"
        assert_status 1
        assert_in_stderr "cannot connect to the pidfd socket '/nowhere/socket': No such file or directory (ENOENT)"
        [ ! -e "$ROOT/$ID-3" ]
        "$BERTH" --root "$ROOT" --rootless auto start "$ID"
        for signal in 0 CONT SIGCONT sigcont 18 cont; do berth kill "$ID" $signal; done
        berth kill --all "$ID" 9
        wait_for 10 status_is stopped
        "$BERTH" --root "$ROOT" --rootless=false run --no-subreaper --bundle "$BUNDLE" -d "$ID-2" </dev/null >/dev/null 2>&1
        "$BERTH" --root "$ROOT" delete -f "$ID-2"
}

@test "compat 3: kill: the words that containerd and CRI-O match, on stderr and in the log" {
        create_container
        stopped
        run --separate-stderr berth --log "$LOG" --log-format json kill "$ID" KILL
        assert_status 1
        [ "$stderr" = "berth: kill '$ID': container not running" ]
        jq -e '.msg | contains("container not running")' "$LOG"
        rm "$LOG"
        run --separate-stderr berth --log "$LOG" --log-format json kill nope 15
        assert_status 1
        [ "$stderr" = "berth: kill 'nope': container does not exist" ]
        jq -e '.msg | contains("container does not exist")' "$LOG"
}

@test "compat 3: errors hold the errno's text, for Podman's patterns" {
        program /no/such
        run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
        grep -qiE 'executable file not found in|no such file or directory|open executable' <<<"$stderr"
        program nosuch
        run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
        grep -qiE 'executable file not found in' <<<"$stderr"
        echo x >"$BUNDLE/rootfs/x"
        program /x
        run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
        grep -qiE 'permission denied|operation not permitted' <<<"$stderr"
}

@test "compat 4: json log: one object on failure, none on success, one a line with --debug" {
        berth --log "$LOG" --log-format json create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        berth --log "$LOG" --log-format json start "$ID"
        [ ! -s "$LOG" ]
        run berth --log "$LOG" --log-format json start "$ID"
        logged
        # also where warnings precede the failure, and where many faults are found at once
        : >"$LOG"
        config '.linux.unknown = 1 | .process.cwd = "x" | .hostname = 5 | .process.args = 1'
        run berth --log "$LOG" --log-format json create --bundle "$BUNDLE" "$ID-2"
        logged
        : >"$LOG"
        rm "$BUNDLE/config.json"
        run berth --log "$LOG" --log-format json create --bundle "$BUNDLE" "$ID-2"
        logged
        : >"$LOG"
        run berth --log "$LOG" --log-format json create
        logged
        : >"$LOG"
        default_config >"$BUNDLE/config.json"
        config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "printf \"{\\\"level\\\":\\\"error\\\"}\\nline \\\"two\\\"\\n\" >&2; exit 1"]}]'
        run berth --debug --log "$LOG" --log-format json create --bundle "$BUNDLE" "$ID-2"
        jq -e -s 'all(has("level") and has("msg") and has("time")) and ([.[] | select(.level == "error")] | length == 1)' "$LOG"
        [ "$(jq -s length "$LOG")" = "$(wc -l <"$LOG")" ]
}

@test "compat 4: --debug tells what is done, on standard error or in the log, of each format" {
        program true
        run --separate-stderr berth --debug run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_in_stderr "debug: create '$ID': planned, "
        berth --debug --log "$LOG" run --bundle "$BUNDLE" "$ID"
        grep -qE "level=debug msg=\"create '$ID': process [0-9]+ is ready to start\"" "$LOG"
        : >"$LOG"
        berth --debug --log "$LOG" --log-format json create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        berth --debug --log "$LOG" --log-format json start "$ID"
        berth --debug --log "$LOG" --log-format json delete --force "$ID"
        jq -es --arg id "$ID" 'all(.level == "debug") and (map(.msg) | any(startswith("start \u0027" + $id)) and any(. == "delete \u0027" + $id + "\u0027: done"))' "$LOG"
}

@test "compat 5: delete --force: without environment, of what does not exist, twice, and two at once" {
        create_container
        run -0 --separate-stderr env -i XDG_RUNTIME_DIR= "$BERTH" --root "$ROOT" delete --force "$ID"
        [ -z "$output$stderr" ]
        run -0 --separate-stderr env -i "$BERTH" --root "$ROOT" delete --force "$ID"
        [ -z "$output$stderr" ]
        run -1 --separate-stderr berth delete "$ID"
        assert_in_stderr "container does not exist"
        create_container
        berth delete --force "$ID" & berth delete --force "$ID" &
        wait %1
        wait %2
        [ ! -e "$ROOT/$ID" ]
}

@test "compat 6: the pid file: no newline, renamed into place, absent after a failure" {
        local file="$BATS_TEST_TMPDIR/pid"
        echo old >"$file"
        local inode
        inode=$(stat -c %i "$file")
        exec 4<"$file"
        create_container --pid-file "$file"
        [[ "$(od -An -c "$file" | tr -d ' ')" =~ ^[0-9]+$ ]]
        [ "$(cat "$file")" = "$(container_pid)" ]
        # who had the old one open still reads the old one
        [ "$(cat <&4)" = old ]
        exec 4<&-
        rm "$file"
        program /no/such
        run berth create --bundle "$BUNDLE" --pid-file "$file" "$ID-2"
        assert_status 1
        [ ! -e "$file" ]
        program true
        run berth create --bundle "$BUNDLE" --pid-file /nowhere/pid "$ID-2"
        assert_status 1
        assert_in_output "/nowhere/pid"
        [ ! -e "$ROOT/$ID-2" ]
}

@test "compat 6: the container's parent is the nearest subreaper, not the runtime" {
        command -v python3 >/dev/null || skip "needs the package python3"
        run --separate-stderr python3 - "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" <<'PY'
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
pid = int(open(sys.argv[sys.argv.index("--pid-file") + 1]).read())
ppid = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
print("mine" if ppid == os.getpid() else f"parent {ppid}")
PY
        assert_output mine
}

@test "compat 7: state: the fields of go-runc, CRI-O and Buildah, in every status" {
        config '.ociVersion = "1.1.0" | .annotations = {"a": "b"}'
        create_container
        fields() {
                berth state "$ID" | jq -e --arg id "$ID" --arg b "$BUNDLE" --arg s "$1" '.ociVersion == "1.1.0" and .id == $id and .status == $s and .bundle == $b
                        and .rootfs == $b + "/rootfs" and .owner == "root" and .annotations == {"a": "b"} and (.pid | type == "number")
                        and (.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]+Z$"))'
        }
        fields created
        berth start "$ID"
        fields running
        stopped
        fields stopped
        [ "$(berth state "$ID" | jq .pid)" = 0 ]
}

@test "compat 7: hooks: creating with the real pid until the container is created" {
        local kind
        for kind in prestart createRuntime; do
                config '.hooks[$k] = [{"path": "/bin/sh", "args": ["sh", "-c", "cat >" + $t + "/" + $k]}]' --arg k $kind --arg t "$BATS_TEST_TMPDIR"
        done
        create_container
        local pid
        pid=$(container_pid)
        for kind in prestart createRuntime; do
                jq -e --argjson p "$pid" --arg id "$ID" '.status == "creating" and .pid == $p and .id == $id' "$BATS_TEST_TMPDIR/$kind"
        done
}

@test "compat 8: checkpoint and restore are unknown, which tells Podman that there is no CRIU" {
        run --separate-stderr berth checkpoint --help
        [ "$status" -ne 0 ] || skip "needs the VM: checkpoint is there"
        assert_in_stderr "unknown command 'checkpoint'"
        run --separate-stderr berth restore --lsm-mount-context
        [ "$status" -ne 0 ]
}

@test "compat 9: start on a dead init is an error at once, whoever killed it" {
        create_container
        kill -9 "$(container_pid)"
        run --separate-stderr timeout 10 "$BERTH" --root "$ROOT" start "$ID"
        assert_status 1
        assert_in_stderr "cannot start a container that has stopped"
}

@test "compat 10: exit status: the program's own, 128 and its signal, 1 for the runtime" {
        program sh -c 'exit 42'
        run_container
        assert_status 42
        program sh -c 'kill -TERM $$'
        config '.linux.namespaces |= map(select(.type != "pid"))'
        run_container
        assert_status 143
        program /no/such
        run_container
        assert_status 1
}

@test "compat: version and list as go-runc parses them" {
        run -0 --separate-stderr berth --version
        [[ "${lines[0]}" =~ ^berth\ version\ [0-9]+\.[0-9]+ ]]
        [[ "${lines[1]}" == "commit: "* && "${lines[2]}" == "spec: "* ]]
        create_container
        berth list --format json | jq -e --arg id "$ID" --arg b "$BUNDLE" 'length == 1 and (.[0] | .id == $id and .status == "created" and .bundle == $b and (.pid > 0)
                and (.created | type == "string") and .owner == "root")'
}
