#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md "Process", "User", "Hostname", "Linux Process".
load helpers

@test "process.user: uid, gid, additionalGids, umask" {
        config '.process.user = {"uid": 1000, "gid": 1001, "additionalGids": [5, 6], "umask": 63}'
        program sh -c 'id -u; id -g; id -G; umask'
        run_container
        assert_status 0
        [ "${lines[0]}" = 1000 ]
        [ "${lines[1]}" = 1001 ]
        [[ " ${lines[2]} " == *" 5 6 "* ]]
        [ "${lines[3]}" = 0077 ]
}

@test "process.cwd: is entered, and made when it is missing" {
        config '.process.cwd = "/made/here"'
        program pwd
        run_container
        assert_status 0
        assert_output /made/here
}

@test "process.env: exactly as configured; HOME comes from the container's passwd when it is unset" {
        echo 'u:x:1000:1000::/home/u:/bin/sh' >>"$BUNDLE/rootfs/etc/passwd"
        config '.process.env = ["PATH=/bin", "A=1", "A=2"] | .process.user.uid = 1000'
        program env
        run_container
        assert_status 0
        [ "$(sort <<<"$output")" = "$(printf 'A=2\nHOME=/home/u\nPATH=/bin')" ] || { echo "$output"; return 1; }
}

@test "process.capabilities: the five sets" {
        config '.process.capabilities = {"bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_KILL"],
                "permitted": ["CAP_CHOWN", "CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}'
        config '.process.user = {"uid": 1000, "gid": 1000}'
        program grep Cap /proc/self/status
        run_container
        assert_status 0
        # grep is exec'd as a plain user: ambient and what it raises
        assert_in_output $'CapInh:\t0000000000000020'
        assert_in_output $'CapPrm:\t0000000000000020'
        assert_in_output $'CapEff:\t0000000000000020'
        assert_in_output $'CapBnd:\t0000000000000021'
        assert_in_output $'CapAmb:\t0000000000000020'
}

@test "process.capabilities: absent means none, and inheritable stays empty" {
        config 'del(.process.capabilities)'
        program grep -E 'Cap(Inh|Eff|Bnd)' /proc/self/status
        run_container
        assert_status 0
        assert_in_output $'CapInh:\t0000000000000000'
        assert_in_output $'CapEff:\t0000000000000000'
        assert_in_output $'CapBnd:\t0000000000000000'
}

@test "process.capabilities: what the host lacks is cut, with one warning" {
        config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
        run_container
        assert_status 0
        assert_in_stderr "CAP_NO_SUCH"
        [ "$(grep -c warning <<<"$stderr")" -le 1 ]
}

@test "process.noNewPrivileges" {
        program grep NoNewPrivs /proc/self/status
        run_container
        assert_output $'NoNewPrivs:\t1'
        config '.process.noNewPrivileges = false'
        run_container
        assert_output $'NoNewPrivs:\t0'
}

@test "process.rlimits: soft and hard" {
        config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 1000}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
        program sh -c 'ulimit -Sn; ulimit -Hn; ulimit -Sc'
        run_container
        assert_output $'512\n1000\n0'
}

@test "process.rlimits: a caller's low limit is not raised for the program" {
        config 'del(.process.rlimits)'
        program sh -c 'ulimit -Sn'
        run --separate-stderr bash -c 'ulimit -Sn 100; exec "$@"' _ "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output 100
}

@test "process.rlimits: the same type twice is an error" {
        config '.process.rlimits += .process.rlimits'
        run_container
        assert_status 1
        assert_in_stderr "RLIMIT_NOFILE"
        assert_in_stderr "/process/rlimits/1"
}

@test "process.oomScoreAdj" {
        config '.process.oomScoreAdj = 500'
        program cat /proc/self/oom_score_adj
        run_container
        assert_output 500
}

@test "process.oomScoreAdj: absent leaves it alone" {
        program cat /proc/self/oom_score_adj
        run_container
        assert_output "$(cat /proc/self/oom_score_adj)"
}

@test "process.scheduler: SCHED_BATCH with nice" {
        config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 7}'
        program sh -c 'cut -d" " -f19,41 /proc/self/stat'
        run_container
        assert_status 0
        assert_output "7 3"
}

@test "the CPUs are those of the cgroup, not those that the caller is bound to" {
        local own
        own=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
        program sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status
        run --separate-stderr taskset -c "${own%%[-,]*}" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output "$own"
}

@test "process.ioPriority" {
        config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 3}'
        program ionice
        run_container
        assert_status 0
        assert_in_output "prio 3"
}

@test "linux.personality: LINUX32" {
        config '.linux.personality = {"domain": "LINUX32"}'
        program uname -m
        run_container
        assert_output i686
}

@test "hostname and domainname" {
        config '.hostname = "h1" | .domainname = "d1"'
        program sh -c 'hostname; cat /proc/sys/kernel/domainname'
        run_container
        assert_output $'h1\nd1'
}

@test "linux.sysctl" {
        config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"}'
        program sh -c 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced'
        run_container
        assert_status 0
        assert_output $'1\n1'
}

@test "linux.sysctl: one that is not of a namespace is refused" {
        config '.linux.sysctl = {"vm.swappiness": "10"}'
        run_container
        assert_status 1
        assert_in_stderr "vm.swappiness"
        assert_in_stderr "namespace"
}

@test "the program's fds are 0, 1 and 2" {
        program sh -c 'ls /proc/1/fd; true'
        run_container
        assert_status 0
        assert_output $'0\n1\n2'
}

@test "--preserve-fds: fd 3 and no more" {
        program sh -c 'ls /proc/1/fd; cat <&3'
        echo kept >"$BATS_TEST_TMPDIR/kept"
        run --separate-stderr bash -c 'exec 3<"$0" 4</dev/null; exec "$@"' "$BATS_TEST_TMPDIR/kept" \
                "$BERTH" --root "$ROOT" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output $'0\n1\n2\n3\nkept'
}

@test "LISTEN_FDS: systemd's sockets reach the program" {
        program sh -c 'echo $LISTEN_FDS $LISTEN_PID; ls /proc/1/fd; true'
        run --separate-stderr bash -c 'exec 3</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"' _ \
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output $'1 1\n0\n1\n2\n3'
}

@test "run.oci.keep_original_groups keeps the caller's groups" {
        config '.annotations = {"run.oci.keep_original_groups": "1"}'
        program sh -c 'grep ^Groups: /proc/self/status | xargs'
        run --separate-stderr setpriv --groups 0,1234 "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_in_output 1234
}

@test "the session keyring is the container's own, unless --no-new-keyring" {
        [ -r /proc/keys ] || skip "needs a kernel with keyrings"
        config 'del(.linux.maskedPaths)'
        program grep -c "_ses.$ID" /proc/keys
        run_container
        [[ "$output" == 1 ]] || { echo "$output"; return 1; }
}

@test "the caller's umask is the program's and the hooks', and not that of what the runtime makes" {
        rmdir "$BUNDLE/rootfs/sys"
        local hook="umask >>$BATS_TEST_TMPDIR/umasks"
        config --arg hook "$hook" '.process.user = {uid: 1000, gid: 1000}
                | .mounts += [{destination: "/made/here", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]
                | .linux.devices = [{path: "/dev/deep/null", type: "c", major: 1, minor: 3}]
                | .hooks = {createContainer: [{path: "/bin/sh", args: ["sh", "-c", $hook]}]}'
        program sh -c 'umask; stat -c "%n %a" /made /made/here /sys /dev/deep /dev/deep/null /dev/null'
        umask 077
        run_container
        umask 022
        assert_status 0
        assert_output "0077
/made 755
/made/here 1777
/sys 555
/dev/deep 755
/dev/deep/null 666
/dev/null 666"
        [ "$(cat "$BATS_TEST_TMPDIR/umasks")" = 0077 ]
        config '.process.user.umask = 2'
        run_container
        assert_status 0
        [ "${lines[0]}" = 0002 ]
}
