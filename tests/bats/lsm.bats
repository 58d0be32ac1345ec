#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md process.apparmorProfile, on a kernel that enforces it.  What a kernel without it says is in errors.bats.
load helpers

more_setup() {
        [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs AppArmor"
        command -v apparmor_parser >/dev/null || skip "needs the package apparmor"
        PROFILE="berth-test-$ID"
        echo "profile $PROFILE flags=(attach_disconnected, mediate_deleted) {
                file, capability, network, signal, ptrace, unix,
                deny /denied w,
        }" | apparmor_parser --replace --skip-cache
        config '.process.apparmorProfile = $profile' --arg profile "$PROFILE"
}
more_teardown() {
        [ -z "${PROFILE:-}" ] || echo "profile $PROFILE {}" | apparmor_parser --remove 2>/dev/null || true
}

@test "process.apparmorProfile: the program is confined by it, with and without no_new_privs" {
        local no_new_privs
        program sh -c 'cat /proc/self/attr/current; echo x 2>/dev/null >/denied || echo denied; echo x >/allowed && echo allowed'
        for no_new_privs in true false; do
                config ".process.noNewPrivileges = $no_new_privs"
                run_container
                assert_status 0
                assert_output "$PROFILE (enforce)"$'\ndenied\nallowed'
        done
}

@test "process.apparmorProfile: with a seccomp filter and in a user namespace" {
        with_userns
        config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'
        program cat /proc/self/attr/current
        run_container
        assert_status 0
        assert_output "$PROFILE (enforce)"
}

@test "process.apparmorProfile: one that is not loaded is an error that names it" {
        config '.process.apparmorProfile = "berth-no-such-profile"'
        run_container
        assert_status 1
        assert_in_stderr "berth-no-such-profile"
        assert_in_stderr "/process/apparmorProfile"
        assert_in_stderr "No such file or directory (ENOENT)"
}

@test "process.apparmorProfile: unconfined" {
        config '.process.apparmorProfile = "unconfined"'
        program cat /proc/self/attr/current
        run_container
        assert_status 0
        assert_output unconfined
}

@test "process.apparmorProfile: a reaper is confined by it, too, and passes signals on" {
        local no_new_privs
        config '.annotations = {"berth.init": "reaper"} | .process.user = {"uid": 7, "gid": 7}'
        program sh -c 'trap "exit 5" USR1; : >/tmp/runs; while :; do sleep 1 & wait $!; done'
        mkdir -m 1777 "$BUNDLE/rootfs/tmp" 2>/dev/null || chmod 1777 "$BUNDLE/rootfs/tmp"
        for no_new_privs in true false; do
                config ".process.noNewPrivileges = $no_new_privs"
                rm -f "$BUNDLE/rootfs/tmp/runs"
                create_container
                berth start "$ID"
                wait_for 30 test -e "$BUNDLE/rootfs/tmp/runs"
                [ "$(cat "/proc/$(container_pid)/comm")" = berth-init ]
                [ "$(cat "/proc/$(container_pid)/attr/current")" = "$PROFILE (enforce)" ]
                [ "$(cat /proc/"$(cat "/proc/$(container_pid)/task/$(container_pid)/children" | tr -d ' ')"/attr/current)" = "$PROFILE (enforce)" ]
                berth kill "$ID" USR1
                is_stopped() { [ "$(container_status)" = stopped ]; }
                wait_for 30 is_stopped
                berth delete "$ID"
        done
        with_userns
        program cat /proc/1/attr/current /proc/self/attr/current
        run_container
        assert_status 0
        assert_output "$PROFILE (enforce)"$'\n'"$PROFILE (enforce)"
}
