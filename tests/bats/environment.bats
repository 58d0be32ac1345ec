#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Callers as they are met: few files, a foreign /proc, leaked descriptors, a terminal that cannot be served.
load helpers

is_stopped() { [ "$(container_status)" = stopped ]; }
# Links of init's fds that lead to the host: its state, cgroups, and what the caller leaked.
host_fds() { ls -l "/proc/$1/fd" | grep -E "$ROOT|/sys/fs/cgroup|/etc/passwd|pipe:|FIFO" || true; }
# What a parked init has open beyond its standard fds: its root, its procfs and sockets.
other_fds() { find "/proc/$1/fd" -type l ! -name '[012]' -exec readlink {} + | grep -vE '^(/|/proc|socket:.*)$' || true; }

@test "the parked init holds nothing of the host: no state, no cgroup, nothing that the caller leaked" {
        mkfifo "$BATS_TEST_TMPDIR/leaked"
        sleep 60 3<"$BATS_TEST_TMPDIR/leaked" & # a reader, for open(2) to return
        local reader=$!
        "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" \
                8</etc/passwd 9>"$BATS_TEST_TMPDIR/leaked"
        kill "$reader"
        local pid
        pid=$(container_pid)
        [ "$(container_status)" = created ]
        run host_fds "$pid"
        assert_output ""
        run other_fds "$pid"
        assert_output ""
        # fds that are to be passed on stay, and the gaps between them are no way round
        berth delete "$ID"
        "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" --preserve-fds 6 "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" \
                8</etc/passwd 3>&- 4>&-
        pid=$(container_pid)
        run host_fds "$pid"
        [ "${#lines[@]}" -eq 1 ]
        assert_in_output "8 -> /etc/passwd"
        berth delete "$ID"
}

@test "however few files the runtime may open, a failed run leaves nothing" {
        config 'del(.process.rlimits)'
        local terminal limit
        for terminal in true false; do
                config --argjson terminal "$terminal" '.process.terminal = $terminal'
                for limit in $(seq 8 24); do
                        # bats has its own as 3 and 4
                        run --separate-stderr bash -c "ulimit -n $limit; exec $BERTH --root $ROOT run --bundle $BUNDLE $ID" </dev/null 3>&- 4>&-
                        [ "$status" -eq 0 ] || assert_in_stderr "Too many open files (EMFILE)"
                        run berth list --quiet
                        assert_output ""
                done
        done
        [ -z "$stderr" ] || [[ "$stderr" == *RLIMIT_NOFILE* ]]
}

@test "a /proc of another pid namespace, or none, is refused before anything is made" {
        needs_no_sanitizer
        config '.process.oomScoreAdj = 500'
        # seen from inside, init would be process 2; in the namespace that /proc shows, that is this sleep
        # shellcheck disable=SC2016
        run unshare --pid --fork --mount-proc --kill-child bash -c '
                sleep 60 &
                unshare --pid --fork "$0" --root "$1" run --bundle "$2" "$3"
                echo "status $?, score $(cat /proc/2/oom_score_adj)"
                kill %1' "$BERTH" "$ROOT" "$BUNDLE" "$ID"
        assert_status 0
        assert_in_output "the proc file system on '/proc' belongs to another pid namespace"
        assert_in_output "mount one of this pid namespace over it"
        assert_in_output "status 1, score $(cat /proc/self/oom_score_adj)"
        # shellcheck disable=SC2016
        run unshare --mount bash -c 'mount -t tmpfs none /proc; exec "$@"' - "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_output "cannot read '/proc/self': No such file or directory (ENOENT)"
        assert_in_output "berth needs a proc file system on /proc"
        [ -z "$(ls -A "$ROOT" 2>/dev/null)" ]
}

@test "a bundle's path may hold blanks, letters of all kinds, quotes and line ends" {
        local odd="$BATS_TEST_TMPDIR/a b"$'\n\t'"ü\"\\'x"
        mv "$BUNDLE" "$odd"
        BUNDLE=$odd
        program sh -c 'cat /here/config.json | wc -l'
        config --arg here "$odd" '.mounts += [{destination: "/here", type: "bind", source: $here, options: ["rbind"]}]'
        run_container
        assert_status 0
        assert_output "$(wc -l <"$odd/config.json")"
        create_container
        [ "$(berth state "$ID" | jq -r .bundle)" = "$odd" ]
        [ "$(berth list --format json | jq -r '.[0].bundle')" = "$odd" ]
        run berth list
        [ "${#lines[@]}" -eq 2 ]
        assert_in_output "a b??ü\"\\'x"
        berth start "$ID"
        wait_for 5 is_stopped
        berth delete "$ID"
}

@test "the parked init shows neither the runtime's command line nor its environment" {
        needs_no_sanitizer
        SECRET=hidden "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err"
        local pid
        pid=$(container_pid)
        [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "berth:[init] $ID " ]
        [ "$(wc -c <"/proc/$pid/environ")" -eq 0 ]
        berth delete "$ID"
        # nor do they reach the program
        program sh -c 'tr "\0" "\n" </proc/1/environ; tr "\0" " " </proc/1/cmdline'
        SECRET=hidden run_container
        assert_status 0
        assert_in_output "TERM=xterm"
        refute_in_output hidden
        refute_in_output "$BUNDLE"
}
