#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The whole way once: a container's output, its exit status, and nothing left.
load helpers

@test "run: the program's output and exit status are the command's" {
        program sh -c 'echo out; echo err >&2; exit 7'
        run_container
        assert_status 7
        assert_output out
        [ "$stderr" = err ]
}

@test "run: a program that is killed gives 128 and the signal" {
        program sh -c 'kill -9 $$'
        config '.linux.namespaces |= map(select(.type != "pid"))'
        run_container
        assert_status 137
}

@test "run: the program is pid 1 and sees only itself" {
        program sh -c 'echo $$; ls -d /proc/[0-9]* | wc -l'
        run_container
        assert_status 0
        [ "${lines[0]}" = 1 ]
}

@test "run: standard input reaches the program" {
        program cat
        run --separate-stderr bash -c 'echo fed | "$@"' _ "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output fed
}

@test "create, start, state, kill, delete: the life of a container" {
        program sleep 1000
        create_container
        [ "$(container_status)" = created ]
        berth start "$ID"
        [ "$(container_status)" = running ]
        berth kill "$ID" KILL
        wait_for 5 test "$(container_status)" = stopped || [ "$(container_status)" = stopped ]
        berth delete "$ID"
        run --separate-stderr berth state "$ID"
        assert_status 1
        assert_in_stderr "container does not exist"
}

@test "run: --timing shows when each step began and how long it took, the execve as well" {
        program true
        run_container --timing
        assert_status 0
        local rows
        rows=$(berth plan --bundle "$BUNDLE" --format json "$ID" | jq '.steps | length')
        [ "$(grep -c '^berth: timing: ' <<<"$stderr")" = "$rows" ]
        # no time is negative, and none took longer than the whole test may
        awk '$1 == "berth:" && ($5 != "at" || $6 < 0 || $8 < 0 || $8 > 600000) { exit 1 }' <<<"$stderr"
        [[ "$(tail -n 1 <<<"$stderr")" == *" init "*" exec" ]]
}

@test "create: --timing shows the steps that have ended, not the wait for start" {
        program true
        create_container --timing
        grep -q '^berth: timing: .* record.complete$' "$BATS_TEST_TMPDIR/err"
        ! grep -E ' start\.wait$| exec$|^berth: timing: .* took +[0-9]{7}' "$BATS_TEST_TMPDIR/err"
}
