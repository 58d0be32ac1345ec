#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An errno injected before or after each row of the plan: one error that names the row, and nothing left, without any delete.
# (SIGKILL at each row: lifecycle.bats.)
load helpers

more_teardown() { [ -z "${VETH:-}" ] || ip link del "$VETH" 2>/dev/null || ip link del "${VETH}p" 2>/dev/null || true; }
nothing_is_left() {
        [ ! -e "$ROOT/$ID" ] || { echo "state left"; ls -lR "$ROOT/$ID"; return 1; }
        # not find(1): it takes longer than the container
        ! compgen -G "/sys/fs/cgroup/*/berth/$ID" || { echo "cgroup left"; return 1; }
        [ ! -e "/sys/fs/cgroup/berth/$ID" ] || { echo "cgroup left"; return 1; }
        ! pgrep -f -- "[ /]$ID( |$)" || { echo "process left"; return 1; }
        [ "$(grep -cF "$BATS_TEST_TMPDIR" /proc/self/mountinfo)" = 0 ] || { echo "mount left"; return 1; }
}
# each_row PLUS: at each row of the config, PLUS "+" after it has run
each_row() {
        local names row name
        mapfile -t names < <(berth plan --bundle "$BUNDLE" --format json "$ID" | jq -r '.steps[].step')
        [ ${#names[@]} -gt 30 ]
        for ((row = 0; row < ${#names[@]}; row++)); do
                name=${names[$row]}
                # after execve nobody is left to inject anything
                [ "$1$name" != "+exec" ] || continue
                run --separate-stderr "$BERTH" --root "$ROOT" run --fault-at "$1$row:EIO" --bundle "$BUNDLE" "$ID"
                [ "$status" -eq 1 ] || { echo "$1$row $name: status $status, $output $stderr"; return 1; }
                [ "$(grep -c '^berth: ' <<<"$stderr")" = 1 ] || { echo "$1$row $name: $stderr"; return 1; }
                [[ "$stderr" == *"injected fault: Input/output error (EIO)"*"step $name #$row, in "* ]] || { echo "$1$row $name: $stderr"; return 1; }
                [[ "$stderr" == *"undone; nothing was left behind"* ]] || { echo "$1$row $name: $stderr"; return 1; }
                nothing_is_left || { echo "$1$row $name"; return 1; }
        done
}
# Everything that makes something outside of the container.
rich() {
        with_userns
        VETH="b$(od -An -N3 -tx4 /dev/urandom | tr -d ' ' | tail -c 7)"
        if [ "$("$BERTH" features | jq .linux.netDevices.enabled)" = true ] && command -v ip >/dev/null && ip link add "$VETH" type veth peer name "${VETH}p" 2>/dev/null; then
                config '.linux.netDevices = {"'"$VETH"'": {"name": "eth7"}}'
        fi
        mkdir "$BATS_TEST_TMPDIR/src"; mkdir "$BUNDLE/rootfs/mnt/x" 2>/dev/null || true
        config '.linux.namespaces += [{"type": "cgroup"}, {"type": "time"}] | .linux.timeOffsets = {"monotonic": {"secs": 5}}
                | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}
                | .mounts += [{"destination": "/mnt/a", "source": "'"$BATS_TEST_TMPDIR/src"'", "options": ["rbind", "ro", "idmap"]},
                              {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}]
                | .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .domainname = "d" | .process.oomScoreAdj = 100
                | .linux.resources.pids = {"limit": 100}
                | .hooks = {"createRuntime": [{"path": "/bin/true"}], "createContainer": [{"path": "/bin/true"}], "startContainer": [{"path": "/bin/true"}],
                            "poststart": [{"path": "/bin/true"}], "poststop": [{"path": "/bin/true"}]}'
}

@test "faults: an errno before each row of the default container" { each_row ""; }
@test "faults: an errno after each row of a rich container" {
        for call in mount_setattr open_tree move_mount; do needs_call "$call"; done
        rich; each_row "+"
}

@test "faults: create: the pid file and what hooks were told go as well" {
        config '.hooks = {"createRuntime": [{"path": "/bin/true"}], "poststop": [{"path": "/bin/sh", "args": ["sh", "-c", "echo stopped >>'"$BATS_TEST_TMPDIR/stopped"'"]}]}'
        local row
        row=$(berth plan --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" --format json "$ID" | jq '[.steps[].step] | index("pidfile.write")')
        run --separate-stderr berth create --fault-at "+$row:ENOSPC" --pid-file "$BATS_TEST_TMPDIR/pid" --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "No space left on device (ENOSPC)"
        [ ! -e "$BATS_TEST_TMPDIR/pid" ]
        [ "$(cat "$BATS_TEST_TMPDIR/stopped")" = stopped ]
        nothing_is_left
}
