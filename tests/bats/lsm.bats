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
