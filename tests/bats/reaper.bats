#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Annotation berth.init=reaper (docs/annotations.md): the program runs below a first process that berth provides.
load helpers

more_setup() { config '.annotations = {"berth.init": "reaper"}'; }
# The states of all processes, "Z" among them or not; those that are in no hurry are waited for.
inside() { nsenter -t "$(container_pid)" -m -p -r -w -- /bin/busybox "$@"; }
stopped() { [ "$(container_status)" = stopped ]; }
alone() { [ "$(inside ls /proc | grep -c '^[0-9]')" -le "$1" ]; }

@test "reaper: the program is its child, leads a session of its own, and its exit code is the container's" {
        program sh -c 'echo "$$ $PPID $(sed "s/.*) //" /proc/$$/stat | cut -d" " -f3-4)"; exit 23'
        run_container
        assert_status 23
        assert_output "2 1 2 2"
        program sh -c 'kill -KILL $$'
        run_container
        assert_status 137
}

@test "reaper: what it keeps of berth: no file, no argument, no environment, little memory" {
        needs_no_sanitizer
        program sh -c 'tr "\0" " " </proc/1/cmdline; echo; cat /proc/1/comm; ls /proc/1/fd; readlink /proc/1/exe; readlink /proc/1/cwd
                tr -d "\0" </proc/1/environ; grep -c berth /proc/1/maps; grep RssAnon /proc/1/status'
        config '.process.capabilities.bounding += ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"]
                | .process.capabilities.effective += ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"]
                | .process.capabilities.permitted += ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"]'
        HOST_SECRET=hush run_container
        assert_status 0
        [[ "$(sed -n 1p <<<"$output")" == berth* ]] # its own name, and the id
        [ "$(sed -n 2p <<<"$output")" = berth-init ]
        refute_in_output "$BUNDLE"
        refute_in_output hush
        [[ "$(sed -n 3p <<<"$output")" == "/memfd:"* ]]
        [ "$(sed -n 4p <<<"$output")" = / ]
        [ "$(sed -n 5p <<<"$output")" = 0 ]
        [ "$(awk '/RssAnon/ { print $2 }' <<<"$output")" -lt 2048 ]
}

@test "reaper: user, groups, capabilities, filter and limits are those of the program" {
        config '.process.user = {uid: 7, gid: 8, additionalGids: [9]} | .process.noNewPrivileges = true
                | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
        program sh -c 'for p in 1 $$; do grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)" /proc/$p/status | tr -d "\n\t "; echo; done
                mkdir /tmp/x 2>/dev/null; echo $?; grep "open files" /proc/1/limits'
        run_container
        assert_status 0
        [ "$(sed -n 1p <<<"$output")" = "$(sed -n 2p <<<"$output")" ] || { echo "$output"; return 1; }
        [[ "$(sed -n 1p <<<"$output")" == Uid:7777Gid:8888Groups:9CapInh:0*NoNewPrivs:1Seccomp:2* ]] || { echo "$output"; return 1; }
        [ "$(sed -n 3p <<<"$output")" = 1 ]
        [[ "$(sed -n 4p <<<"$output")" == *" 1024 "* ]]
}

@test "reaper: orphans are reaped" {
        program sh -c 'sh -c "sleep 0 & sleep 0 & exec true"; for i in 1 2 3; do (sleep 0.1 & ); done; exec sleep 1000'
        create_container
        berth start "$ID"
        # the reaper, the program and the ls that counts
        wait_for 10 alone 3
        run inside sh -c 'cat /proc/[0-9]*/stat'
        refute_in_output ") Z "
        berth kill "$ID" KILL
        wait_for 10 stopped
}

@test "reaper: a server that goes into the background keeps the container, whose exit code is the first program's" {
        mkfifo "$BUNDLE/rootfs/end"
        program sh -c '(read x </end; echo served) & exit 5'
        "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 &
        local runner=$! status=0
        wait_for 10 test -e "$ROOT/$ID/state"
        echo >"$BUNDLE/rootfs/end"
        wait $runner || status=$?
        [ $status = 5 ]
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = served ]
}

@test "reaper: signals go to the program, SIGTERM to all, and who does not end is killed" {
        program sh -c 'trap "echo usr1 >>/got" USR1; trap "echo hup >>/got" HUP; trap "echo term >>/got; exit 7" TERM
                sh -c "trap \"echo child >>/got; exit\" TERM; echo >/there2; while :; do sleep 0.05; done" &
                sh -c "trap \"\" TERM; exec sleep 1000" &
                echo >/there; while :; do sleep 0.05; done'
        "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 &
        local runner=$! status=0
        wait_for 10 test -e "$BUNDLE/rootfs/there"
        wait_for 10 test -e "$BUNDLE/rootfs/there2"
        berth kill "$ID" USR1
        wait_for 10 grep -q usr1 "$BUNDLE/rootfs/got"
        kill -HUP $runner
        wait_for 10 grep -q hup "$BUNDLE/rootfs/got"
        berth kill "$ID" TERM
        wait $runner || status=$?
        [ $status = 7 ]
        grep -q term "$BUNDLE/rootfs/got"
        grep -q child "$BUNDLE/rootfs/got"
}

@test "reaper: created until the program runs; an execve that fails is told by start" {
        program /no-such
        run_container
        assert_status 1
        assert_in_stderr "executable '/no-such' not found"
        printf '#!/no/interpreter\n' >"$BUNDLE/rootfs/script"; chmod +x "$BUNDLE/rootfs/script"
        program /script
        create_container
        [ "$(container_status)" = created ]
        run --separate-stderr berth start "$ID"
        assert_status 1
        assert_in_stderr "/script"
        assert_in_stderr "/no/interpreter"
        wait_for 10 stopped
        berth delete "$ID"
        program sleep 1000
        create_container
        [ "$(container_status)" = created ]
        berth start "$ID"
        [ "$(container_status)" = running ]
        berth delete --force "$ID"
}

@test "reaper: a terminal is the program's, its keys signal the program" {
        config '.process.terminal = true'
        program sh -c 'trap "echo INT; exit 3" INT; tty; echo ready; while :; do sleep 0.05; done'
        run python3 - "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID" <<'PY'
import os, pty, sys
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while b"ready" not in seen:
    seen += os.read(master, 1000)
os.write(master, b"\x03")
try:
    while True:
        more = os.read(master, 1000)
        if not more:
            break
        seen += more
except OSError:
    pass
print(seen.decode().replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
        assert_status 3
        assert_in_output "/dev/pts/0"
        assert_in_output "INT"
}

@test "reaper: LISTEN_PID is the program's; preserved files are passed on and not kept" {
        program sh -c 'echo "$LISTEN_PID $LISTEN_FDS"; cat <&3; ls /proc/1/fd 2>/dev/null | wc -l'
        echo given >"$BATS_TEST_TMPDIR/file"
        run --separate-stderr sh -c 'exec 3<"$1"; shift; unset LISTEN_PID; LISTEN_FDS=1 exec "$@"' sh "$BATS_TEST_TMPDIR/file" \
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output "2 1
given
0"
}

@test "reaper: needs a pid namespace of its own" {
        config '.linux.namespaces |= map(select(.type != "pid"))'
        run_container
        assert_status 1
        assert_in_stderr "annotation 'berth.init' needs a new pid namespace"
}

@test "reaper: in a user namespace" {
        with_userns
        program sh -c 'echo $$ $PPID; id -u; exit 4'
        run_container
        assert_status 4
        assert_output "2 1
0"
}
