#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md "POSIX-platform Hooks", runtime.md "Lifecycle".
load helpers

more_setup() {
        TRACE="$BATS_TEST_TMPDIR/trace"
        : >"$TRACE"; chmod 666 "$TRACE"
        # a hook that notes its name and the state that it reads
        cat >"$BATS_TEST_TMPDIR/note" <<SH
#!/bin/sh
state=\$(cat)
echo "\$1 \$state" >>$TRACE
SH
        chmod +x "$BATS_TEST_TMPDIR/note"
}
# hook KIND COMMAND [FIELD=VALUE...]: a shell command as the hook.
hook() { config ".hooks.$1 += [{\"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \$cmd]} + ${3:-{\}}]" --arg cmd "$2"; }
note() { config ".hooks.$1 += [{\"path\": \"$BATS_TEST_TMPDIR/note\", \"args\": [\"note\", \"$1\"]}]"; }
stopped() { [ "$(container_status)" = stopped ]; }
noted() { sed -n "s/^$1 //p" "$TRACE"; }

@test "hooks: all runtime-namespace kinds, in order, with the state on stdin" {
        config '.annotations = {"com.example.key": "a/b"}'
        local kind
        for kind in prestart createRuntime poststart poststop; do note $kind; done
        run_container
        assert_status 0
        [ "$(cut -d' ' -f1 "$TRACE" | xargs)" = "prestart createRuntime poststart poststop" ] || { cat "$TRACE"; return 1; }
        for kind in prestart createRuntime poststart poststop; do
                noted $kind | jq -e --arg id "$ID" --arg bundle "$BUNDLE" \
                        '.id == $id and .bundle == $bundle and .ociVersion == "1.3.0" and .annotations["com.example.key"] == "a/b"'
        done
        [ "$(noted prestart | jq -r .status)" = creating ]
        [ "$(noted createRuntime | jq -r .status)" = creating ]
        [ "$(noted createRuntime | jq .pid)" -gt 1 ]
        [ "$(noted poststart | jq -r .status)" = running ]
        [ "$(noted poststop | jq -r .status)" = stopped ]
        # compact, slashes not escaped
        [[ "$(noted prestart)" == *'"a/b"'* ]]
}

@test "hooks: before a filter that is loaded before start" {
        config '.process.noNewPrivileges = false
                | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'
        local kind
        for kind in prestart createRuntime createContainer startContainer poststart poststop; do hook $kind true; done
        note createRuntime
        program grep '^Seccomp:' /proc/self/status
        run_container
        assert_status 0
        assert_output $'Seccomp:\t2'
        [ "$(noted createRuntime | jq -r .status)" = creating ]
}

@test "hooks: createContainer runs in the container's namespaces, before the pivot" {
        hook createContainer "readlink /proc/self/ns/uts >>$TRACE; ls -d $BUNDLE/rootfs >>$TRACE; cat >>$TRACE"
        program readlink /proc/self/ns/uts
        run_container
        assert_status 0
        [ "$(sed -n 1p "$TRACE")" = "$output" ]
        [ "$(sed -n 2p "$TRACE")" = "$BUNDLE/rootfs" ]
        [ "$(sed -n 3p "$TRACE" | jq -r '"\(.status) \(.pid)"')" = "creating 1" ]
}

@test "hooks: startContainer resolves in the container, between start and the program" {
        printf '#!/bin/sh\ncat >/state\n' >"$BUNDLE/rootfs/hook"; chmod +x "$BUNDLE/rootfs/hook"
        config '.hooks.startContainer = [{"path": "/hook"}]'
        program cat /state
        create_container
        [ ! -e "$BUNDLE/rootfs/state" ]
        berth start "$ID"
        wait_for 5 test -s "$BATS_TEST_TMPDIR/out"
        jq -e '.status == "created" and .pid == 1' "$BATS_TEST_TMPDIR/out"
}

@test "hooks: prestart sees the mounts made" {
        hook prestart "cat >/dev/null; pid=\$(pgrep -f 'berth:\\[init\\]' | tail -n 1); grep -c /dev/shm /proc/\$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' <$TRACE 2>/dev/null || true)/mountinfo >/dev/null 2>&1; true"
        hook createRuntime "pid=\$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); grep -c '/dev/shm ' /proc/\$pid/mountinfo >>$TRACE"
        run_container
        assert_status 0
        [ "$(tail -n 1 "$TRACE")" -ge 1 ]
}

@test "hooks: env is exactly as configured, args too" {
        hook createRuntime "env >>$TRACE" '{"env": ["A=1", "B=2"]}'
        run_container
        [ "$(grep -vE '^(PWD|SHLVL|_)=' "$TRACE" | sort | xargs)" = "A=1 B=2" ] || { cat "$TRACE"; return 1; }
}

@test "hooks: startContainer has the seccomp filter of the program, with no_new_privs and without" {
        local no_new_privs
        for no_new_privs in true false; do
                config ".process.noNewPrivileges = $no_new_privs | .hooks = {\"startContainer\": [{\"path\": \"/bin/sh\", \"args\": [\"sh\", \"-c\", \"mkdir /made\"]}]}
                        | .linux.seccomp = {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\"}]}"
                run_container
                assert_status 1
                assert_in_stderr "error running startContainer hook #0: '/bin/sh' exited with status 1"
                assert_in_stderr "mkdir: can't create directory '/made': Operation not permitted"
                [ ! -e "$BUNDLE/rootfs/made" ]
        done
}

@test "hooks: without env the runtime's environment; in the container that of the program" {
        local kind
        for kind in prestart createRuntime createContainer poststart poststop; do
                hook $kind "echo $kind \$BERTH_TEST_HERE >>$TRACE"
        done
        printf '%s\n' '#!/bin/sh' 'echo "$BERTH_TEST_HERE$ONE $PATH" >/shown' >"$BUNDLE/rootfs/show"
        chmod +x "$BUNDLE/rootfs/show"
        config '.hooks.startContainer = [{"path": "/show"}] | .process.env = ["ONE=two words", "PATH=/bin"]'
        BERTH_TEST_HERE=inherited run_container
        assert_status 0
        [ "$(cat "$BUNDLE/rootfs/shown")" = "two words /bin" ]
        printf '%s\n' '#!/bin/sh' 'echo "<$BERTH_TEST_HERE>" >/shown' >"$BUNDLE/rootfs/show"
        config 'del(.process.env)'
        : >"$TRACE"
        program /bin/true
        BERTH_TEST_HERE=inherited run_container
        assert_status 0
        [ "$(cat "$BUNDLE/rootfs/shown")" = "<>" ]
        [ "$(xargs <"$TRACE")" = "prestart inherited createRuntime inherited createContainer inherited poststart inherited poststop inherited" ] || { cat "$TRACE"; return 1; }
}

@test "hooks: a failing one stops the create; phase, index, path, argv, status, time and output are told" {
        hook createRuntime "exit 0"
        hook createRuntime "echo WHY >&2; exit 3"
        run_container
        assert_status 1
        assert_in_stderr "createRuntime"
        assert_in_stderr "1"
        assert_in_stderr "/bin/sh"
        assert_in_stderr "status 3"
        assert_in_stderr "WHY"
        assert_in_stderr " ms"
        [ ! -e "$ROOT/$ID" ]
}

@test "hooks: one killed by a signal names it" {
        hook createContainer 'kill -ILL $$'
        run_container
        assert_status 1
        assert_in_stderr "createContainer"
        assert_in_stderr "SIGILL"
}

@test "hooks: one that hangs is ended by its timeout" {
        hook createRuntime "sleep 100" '{"timeout": 1}'
        SECONDS=0
        run_container
        assert_status 1
        [ $SECONDS -lt 20 ]
        assert_in_stderr "timeout"
        run ! pgrep -f "^sleep 100$"
}

# interrupted SIGNAL KIND [MARKER]: `run` gets SIGNAL while its hook of KIND hangs, which has a child that would stay.
interrupted() {
        local marker="$BUNDLE/rootfs/begun" inside="$BUNDLE/rootfs/begun" pid
        [ "$2" != startContainer ] || inside=/begun
        rm -f "$marker"
        config 'del(.hooks)'
        hook "$2" "sh -c 'sleep 1000; :' left $ID & : >$inside; wait"
        note poststop
        # bash has SIGINT ignored in what it puts into the background
        env --default-signal=INT,HUP "$BERTH" --root "$ROOT" run ${DETACH:-} --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- & pid=$!
        wait_for 20 test -e "$marker"
        kill -s "$1" "$pid"
        SECONDS=0
        wait "$pid" && status=0 || status=$?
        [ $SECONDS -lt 30 ]
        stderr=$(<"$BATS_TEST_TMPDIR/err")
        assert_status $((128 + $(kill -l "$1")))
        assert_in_stderr "state: undone; nothing was left behind"
        [ ! -e "$ROOT/$ID" ]
}

@test "hooks: a signal ends run while a hook of the runtime hangs, and everything is undone" {
        local signal
        for signal in TERM INT HUP; do
                interrupted $signal createRuntime
                [[ "$stderr" =~ "createRuntime hook #0: '/bin/sh' was killed after "[0-9]+" ms, when SIG$signal ended the runtime (arguments: 'sh' '-c'" ]]
        done
        # what hooks have made, hooks undo
        [ "$(noted poststop | wc -l)" = 3 ]
        interrupted TERM poststart
        assert_in_stderr "poststart hook #0: '/bin/sh' was killed after"
}

@test "hooks: a signal ends run while a hook of the container hangs" {
        interrupted TERM createContainer
        assert_in_stderr "SIGTERM ended the runtime while it waited for message 'ready' of the container's init"
        interrupted TERM startContainer
        assert_in_stderr "SIGTERM ended the runtime while it waited for message 'executing' of the container's init"
}

@test "hooks: a signal ends run --detach as well, until the container runs" {
        DETACH=--detach interrupted TERM createRuntime
        DETACH=--detach interrupted INT poststart
        config 'del(.hooks)'
        program sleep 1000
        "$BERTH" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
        [ "$(container_status)" = running ]
        berth kill "$ID" KILL
}

@test "hooks: one of the container ends with run, also where no namespace and no cgroup would end it" {
        config '.linux.namespaces |= map(select(.type != "pid"))'
        hook createContainer ": >$BUNDLE/rootfs/begun; exec sleep 1000.7"
        "$BERTH" --root "$ROOT" --cgroup-manager=disabled run --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- & local pid=$!
        wait_for 20 test -e "$BUNDLE/rootfs/begun"
        kill -s TERM $pid
        wait $pid && status=0 || status=$?
        assert_status 143
        is_gone() { ! pgrep -f "^sleep 1000.7$"; }
        wait_for 5 is_gone
}

@test "hooks: a FIFO for their output that nobody reads is an error, not a wait" {
        mkfifo "$BATS_TEST_TMPDIR/fifo"
        hook createRuntime true
        config '.annotations = {"run.oci.hooks.stdout": $f}' --arg f "$BATS_TEST_TMPDIR/fifo"
        run_container
        assert_status 1
        assert_in_stderr "cannot open '$BATS_TEST_TMPDIR/fifo' for the output of hooks: No such device or address (ENXIO)"
        assert_in_stderr "hint: a FIFO there must have its reader before"
}

@test "hooks: a signal that the caller ignores does not end run, and TERM goes to the container once it runs" {
        program sh -c 'trap "exit 7" TERM; : >/runs; while :; do sleep 1 & wait $!; done'
        mkfifo "$BATS_TEST_TMPDIR/go"
        hook createRuntime "cat <$BATS_TEST_TMPDIR/go"
        env --ignore-signal=HUP "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- & local pid=$!
        exec 9>"$BATS_TEST_TMPDIR/go"
        kill -s HUP $pid
        exec 9>&-
        wait_for 20 test -e "$BUNDLE/rootfs/runs"
        kill -s TERM $pid
        wait $pid && status=0 || status=$?
        stderr=$(<"$BATS_TEST_TMPDIR/err")
        assert_status 7
        [ -z "$stderr" ]
}

@test "hooks: one that does not exist is named" {
        config '.hooks.prestart = [{"path": "/no/such/hook"}]'
        run_container
        assert_status 1
        assert_in_stderr "/no/such/hook"
        assert_in_stderr "No such file or directory (ENOENT)"
}

@test "hooks: closing stdin early, writing without end, leaving a daemon: none hangs the runtime" {
        config '.annotations = {"big": ("x" * 200000)}'
        hook createRuntime "exec <&-; sleep 0.2"
        hook createRuntime "head -c 3000000 /dev/zero"
        hook createRuntime "sleep 32 & exit 0"
        SECONDS=0
        run_container
        assert_status 0
        [ $SECONDS -lt 25 ]
        pkill -f "^sleep 32$"
}

@test "hooks: a failing poststart stops the container" {
        hook poststart "exit 1"
        program sleep 100
        create_container
        run --separate-stderr berth start "$ID"
        assert_status 1
        assert_in_stderr poststart
        wait_for 10 stopped
}

@test "hooks: a failing poststop is a warning, and the others still run" {
        hook poststop "exit 1"
        note poststop
        run_container
        assert_status 0
        assert_in_stderr poststop
        [ "$(wc -l <"$TRACE")" = 1 ]
        [ ! -e "$ROOT/$ID" ]
}

@test "hooks: a failing startContainer is reported by start" {
        printf '#!/bin/sh\nexit 9\n' >"$BUNDLE/rootfs/hook"; chmod +x "$BUNDLE/rootfs/hook"
        config '.hooks.startContainer = [{"path": "/hook"}]'
        create_container
        run --separate-stderr berth start "$ID"
        assert_status 1
        assert_in_stderr startContainer
        assert_in_stderr "status 9"
}

@test "hooks: run.oci.hooks.stdout and stderr receive the output of all, also of start's and delete's" {
        config '.annotations = {"run.oci.hooks.stdout": "'"$BATS_TEST_TMPDIR/o"'", "run.oci.hooks.stderr": "'"$BATS_TEST_TMPDIR/e"'"}'
        local kind
        for kind in createRuntime createContainer poststart poststop; do hook $kind "echo out $kind; echo err $kind >&2"; done
        run_container
        assert_status 0
        [ "$(xargs <"$BATS_TEST_TMPDIR/o")" = "out createRuntime out createContainer out poststart out poststop" ]
        [ "$(xargs <"$BATS_TEST_TMPDIR/e")" = "err createRuntime err createContainer err poststart err poststop" ]
}

@test "hooks: once one was run, a failed create runs poststop; before, it does not" {
        note createRuntime
        note poststop
        program /no/such/program
        run_container
        assert_status 1
        assert_in_stderr "/no/such/program"
        [ "$(cut -d' ' -f1 "$TRACE" | xargs)" = "createRuntime poststop" ]
        noted poststop | jq -e '.status == "stopped" and (has("pid") | not)'
        : >"$TRACE"
        config '.root.path = "/no/such/root"'
        run_container
        assert_status 1
        [ ! -s "$TRACE" ]
}

# The pid of the hook on record, which is the leader of its own session.
recorded_hook() { sed -n '1s/ .*//p' "$ROOT/$ID/hook"; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
# Every way in which a runtime can be killed beside its hook: RUNTIME_PID.
orphan_hook() {
        wait_for 10 test -s "$ROOT/$ID/hook"
        wait_for 10 test -s "$TRACE"
        HOOK_PID=$(recorded_hook)
        kill -KILL "$1"
        wait "$1" || :
        kill -0 "$HOOK_PID"
        kill -0 "$(cat "$TRACE")"
}

@test "hooks: one whose runtime was killed goes on, and delete --force ends it with all its processes" {
        hook createRuntime "sleep 1000 & echo \$! >$TRACE; wait"
        note poststop
        "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 &
        orphan_hook $!
        local child
        child=$(cat "$TRACE")
        berth delete --force "$ID"
        wait_for 10 is_gone "$HOOK_PID"
        wait_for 10 is_gone "$child"
        # and what hooks undo is undone
        [ "$(tail -n 1 "$TRACE" | cut -d' ' -f1)" = poststop ]
        [ ! -e "$ROOT/$ID" ]
}

@test "hooks: the same of poststart and its start" {
        hook poststart "sleep 1000 & echo \$! >$TRACE; wait"
        program sleep 1000
        create_container
        "$BERTH" --root "$ROOT" start "$ID" </dev/null >/dev/null 2>&1 &
        orphan_hook $!
        berth delete --force "$ID"
        wait_for 10 is_gone "$HOOK_PID"
        wait_for 10 is_gone "$(cat "$TRACE")"
}

@test "hooks: delete ends no hook whose runtime lives, so that a hook may delete its container" {
        hook poststart "$BERTH --root $ROOT delete --force $ID; echo \$? >$TRACE"
        program sleep 1000
        create_container
        run --separate-stderr berth start "$ID"
        assert_status 0
        [ "$(cat "$TRACE")" = 0 ]
        [ ! -e "$ROOT/$ID" ]
}
