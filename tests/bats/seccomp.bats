#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config-linux.md "Seccomp".
load helpers

seccomp() { config ".linux.seccomp = $1"; }

@test "seccomp: a denied call fails with EPERM, or the errno that is asked for" {
        seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
        program mkdir /x
        run_container
        assert_status 1
        assert_in_stderr "Operation not permitted"
        seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}'
        run_container
        assert_status 1
        assert_in_stderr "Function not implemented"
}

@test "seccomp: profiles that differ only in errnoRet do not share a cached filter" {
        local errno text
        for errno in 1:"Operation not permitted" 38:"Function not implemented" 1:"Operation not permitted"; do
                seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": '"${errno%%:*}"'}]}'
                program mkdir /x
                run_container
                assert_in_stderr "${errno#*:}"
        done
        [ -n "$(find "$ROOT/.cache" -type f)" ]
}

@test "seccomp: without no_new_privs, too, and the program's mode is filter" {
        config '.process.noNewPrivileges = false'
        seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'
        program sh -c 'grep "^Seccomp:" /proc/self/status; mkdir /x'
        run_container
        assert_status 1
        assert_output $'Seccomp:\t2'
}

@test "seccomp: an early filter that denies getcwd hinders nobody" {
        config '.process.noNewPrivileges = false'
        seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getcwd"], "action": "SCMP_ACT_ERRNO"}]}'
        program sh -c 'echo runs; /bin/pwd -P 2>&1'
        run_container
        assert_in_output "runs"
        assert_in_output "Operation not permitted"
}

@test "seccomp: calls newer than the profile give ENOSYS, not EPERM" {
        seccomp '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "syscalls": [{"action": "SCMP_ACT_ALLOW", "names": ["read", "write", "open",
                "openat", "close", "mmap", "munmap", "mprotect", "brk", "execve", "exit", "exit_group", "arch_prctl", "rt_sigaction", "rt_sigprocmask",
                "ioctl", "fstat", "newfstatat", "stat", "getuid", "getgid", "geteuid", "getegid", "prctl", "set_tid_address", "set_robust_list", "prlimit64",
                "getrandom", "readlink", "wait4", "clone", "fork", "vfork", "dup2", "pipe", "uname", "getpid", "getppid", "getcwd", "close_range",
                "rt_sigreturn", "rseq", "sendmsg", "getdents64", "fcntl"]}]}'
        cp "$BERTH_BUILD/tests/helpers/trysyscall" "$BUNDLE/rootfs/bin/" 2>/dev/null || skip "needs the package that builds tests/helpers"
        program trysyscall 460 105
        run_container
        assert_status 0
        # 460 is newer than close_range, 105 (setuid) is older
        assert_output $'460 ENOSYS\n105 EPERM'
}

@test "seccomp: an unknown system call name is one warning" {
        seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["no_such_call", "another_one"], "action": "SCMP_ACT_ERRNO"}]}'
        run_container
        assert_status 0
        assert_in_stderr no_such_call
        assert_in_stderr another_one
        # the second run reads the filter from the cache, and still warns
        run_container
        assert_in_stderr no_such_call
}

@test "seccomp: wrong values are errors" {
        local bad
        for bad in '{"defaultAction": "SCMP_ACT_NOSUCH"}' '{}' \
                '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_Z80"]}' \
                '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}' \
                '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}' \
                '{"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}' \
                '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_NOSUCH"]}'; do
                seccomp "$bad"
                run_container
                assert_status 1
                assert_in_stderr "/linux/seccomp"
        done
}

@test "seccomp: the flag LOG is accepted" {
        seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'
        run_container
        assert_status 0
}

@test "seccomp: NOTIFY: the agent gets the listener and the container process state" {
        command -v python3 >/dev/null || skip "needs the package python3"
        seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "'"$BATS_TEST_TMPDIR/agent"'", "listenerMetadata": "meta",
                "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}'
        program true
        python3 - "$BATS_TEST_TMPDIR/agent" >"$BATS_TEST_TMPDIR/got" 3>&- <<'PY' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1]); listener.listen(1); listener.settimeout(20)
connection, _ = listener.accept()
data, fds, _, _ = socket.recv_fds(connection, 65536, 4)
while True:
    more = connection.recv(65536)
    if not more:
        break
    data += more
print(data.decode()); print(os.readlink(f"/proc/self/fd/{fds[0]}"), file=sys.stderr)
PY
        local agent=$!
        wait_for 30 test -S "$BATS_TEST_TMPDIR/agent"
        run_container
        assert_status 0
        wait $agent
        jq -e --arg id "$ID" '.fds == ["seccompFd"] and .pid > 1 and .metadata == "meta" and .state.id == $id and .ociVersion == "1.3.0"' \
                "$BATS_TEST_TMPDIR/got"
}
