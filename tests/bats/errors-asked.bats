#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What users of other runtimes had to find out with strace: the whole first line of the error, where it comes from, and the hint.
load helpers

CONFIG='config.json:[0-9]+:[0-9]+'
# told FIRST_LINE_PATTERN [PATTERN...]: the run fails; the first line is this (extended regular expression, after "berth: "), each
# other pattern is in one of the lines that follow; nothing is left.
told() {
        run_container
        assert_status 1
        local first=${stderr%%$'\n'*} pattern
        grep -qxE "berth: $1" <<<"$first" || { echo "first line: $first"; echo "expected:   berth: $1"; return 1; }
        shift
        for pattern in "$@"; do grep -qE -- "$pattern" <<<"$stderr" || { echo "not there: $pattern"; echo "$stderr"; return 1; }; done
        [ ! -e "$ROOT/$ID" ]
        [ -z "$(find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null)" ]
}
script() { printf "$1" >"$BUNDLE/rootfs/x"; chmod +x "$BUNDLE/rootfs/x"; program /x; }
limited() { [ -d "/sys/fs/cgroup/$1" ] || grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null || skip "needs cgroup v2 with controller $1"; }

@test "asked: the interpreter of a script is missing" {
        script '#!/bin/nosuch\n'
        told "run '$ID': cannot execute '/x': its interpreter '/bin/nosuch' is not in the container: no such file or directory \(ENOENT\)" \
                "^  where: step exec #[0-9]+, in init \(new mount namespace\), from /process/args \(.*$CONFIG\)$" \
                "^  hint: install it in the image, or correct the script's #! line$" "^  state: undone; nothing was left behind$"
}

@test "asked: the same for a created container, which then is stopped" {
        script '#!/bin/nosuch\n'
        create_container
        run --separate-stderr berth start "$ID"
        assert_status 1
        assert_in_stderr "start '$ID': cannot execute '/x': its interpreter '/bin/nosuch' is not in the container: no such file or directory (ENOENT)"
        status_is() { [ "$(container_status)" = "$1" ]; }
        wait_for 10 status_is stopped
        berth delete "$ID"
}

@test "asked: CR LF after #!" {
        script '#!/bin/sh\r\n'
        told "run '$ID': cannot execute '/x': its #! line ends in CR LF, so that the kernel looks for '/bin/sh\\\\r': no such file or directory \(ENOENT\)" "dos2unix"
}

@test "asked: neither #! nor ELF" {
        script 'echo\n'
        told "run '$ID': cannot execute '/x': it has neither a #! line nor an ELF header: Exec format error \(ENOEXEC\)" "its first line must name the interpreter"
}

@test "asked: an ELF of another architecture" {
        head -c 4096 "$BUNDLE/rootfs/bin/busybox" >"$BUNDLE/rootfs/x"; chmod +x "$BUNDLE/rootfs/x"
        # e_machine of the PA-RISC, which has no binfmt handler anywhere
        printf '\017\000' | dd of="$BUNDLE/rootfs/x" bs=1 seek=18 conv=notrunc status=none
        program /x
        told "run '$ID': cannot execute '/x': it is for .*, this host is $(uname -m), and no binfmt_misc handler took it: Exec format error \(ENOEXEC\)"
}

@test "asked: a dynamic program without its loader" {
        cp "$(command -v bash)" "$BUNDLE/rootfs/x"
        program /x
        told "run '$ID': cannot execute '/x': its loader '[^']*ld[^']*' is not in the container: no such file or directory \(ENOENT\)" "linked dynamically"
}

@test "asked: a directory, a file without execute bit, a noexec mount" {
        program /etc
        told "run '$ID': cannot execute '/etc': it is a directory: permission denied \(EACCES\)"
        echo x >"$BUNDLE/rootfs/x"
        program /x
        told "run '$ID': cannot execute '/x': its mode 0644 has no execute bit: permission denied \(EACCES\)" "hint: chmod \+x"
        mkdir "$BATS_TEST_TMPDIR/tools"; cp "$BUNDLE/rootfs/bin/busybox" "$BATS_TEST_TMPDIR/tools/true"
        config '.mounts += [{"destination": "/tools", "source": "'"$BATS_TEST_TMPDIR/tools"'", "options": ["bind", "noexec"]}]'
        program /tools/true
        told "run '$ID': cannot execute '/tools/true': it lies on a mount with the option noexec: permission denied \(EACCES\)" "remove 'noexec'"
}

@test "asked: not in PATH" {
        program nosuch
        told "run '$ID': 'nosuch': executable file not found in \\\$PATH: no such file or directory \(ENOENT\)" "hint: searched /usr/local/sbin:"
}

@test "asked: an option that tmpfs does not know" {
        config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "t", "options": ["bogusopt=1"]}]'
        told ".*/$CONFIG: unknown mount option 'bogusopt=1' at /mounts/6/options/0 \(tmpfs on '/mnt'\)" "hint: .*tmpfs"
}

@test "asked: an option that the kernel refuses, in the kernel's words" {
        needs_call fsopen
        needs_call fsconfig
        config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "t", "options": ["huge=maybe"]}]'
        told "run '$ID': mount 'tmpfs' on '/mnt': option 'huge=maybe' rejected: Invalid argument \(EINVAL\)" "^  kernel: tmpfs: Bad value for 'huge'" \
                "from /mounts/6/options/0 \(.*$CONFIG\)"
}

@test "asked: an unknown file system" {
        config '.mounts += [{"destination": "/mnt", "type": "nosuchfs", "source": "t"}]'
        told ".*/$CONFIG: mount 'nosuchfs' on '/mnt': unknown file system type 'nosuchfs'" "is not in /proc/filesystems" "from /mounts/6"
}

@test "asked: a device that is missing" {
        needs_call fsopen
        needs_call fsconfig
        config '.mounts += [{"destination": "/mnt", "type": "ext4", "source": "/dev/nosuch"}]'
        grep -qw ext4 /proc/filesystems || skip "needs a file system ext4"
        told "run '$ID': mount 'ext4' on '/mnt': No such file or directory \(ENOENT\)" "^  kernel: /dev/nosuch: "
}

@test "asked: the source of a bind" {
        config '.mounts += [{"destination": "/mnt", "type": "bind", "source": "/no/such", "options": ["bind"]}]'
        told "run '$ID': mount '/no/such' on '/mnt': .*: No such file or directory \(ENOENT\)" "from /mounts/6 \(.*$CONFIG\)"
}

@test "asked: a hook's status, arguments, time and output, once, also in the log" {
        config '.hooks.createRuntime = [{"path": "/bin/sh", "args": ["sh", "-c", "echo WHY >&2; exit 3"]}]'
        told "run '$ID': error running createRuntime hook #0: '/bin/sh' exited with status 3 after [0-9]+ ms \(arguments: 'sh' '-c' 'echo WHY >&2; exit 3'\)" \
                "^    \| WHY$" "from /hooks/createRuntime/0 \(.*$CONFIG\)"
        [ "$(grep -c WHY <<<"$stderr")" = 2 ]
        run --separate-stderr "$BERTH" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" --log-format json run --bundle "$BUNDLE" "$ID"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" = 1 ]
        jq -e '.msg | contains("exited with status 3") and contains("| WHY") and (contains("\"level\"") | not)' "$BATS_TEST_TMPDIR/log"
}

@test "asked: args that is a string" {
        config '.process.args = "true"'
        told ".*/$CONFIG: expected array of strings, got string at /process/args" 'hint: write \["true"\]'
}

@test "asked: id maps: the line and the rule" {
        with_userns
        config '.linux.gidMappings = [{"containerID": 0, "hostID": 4294967290, "size": 100}]'
        told ".*/$CONFIG: mapping of 100 ids from host id 4294967290 goes beyond 32 bits at /linux/gidMappings/0/size"
        config '.linux.gidMappings = [{"containerID": 0, "hostID": 1, "size": 10}, {"containerID": 5, "hostID": 100, "size": 10}]'
        told ".*/$CONFIG: .*overlap.* at /linux/gidMappings/1.*"
        config '.linux.gidMappings = [range(400) | {"containerID": ., "hostID": (. + 100000), "size": 1}]'
        told ".*/$CONFIG: gidMappings has 400 ranges, the kernel takes 340 at /linux/gidMappings"
}

@test "asked: an id map that is longer than a page" {
        with_userns
        config '.linux.uidMappings = [range(330) | {"containerID": (1000000000 + .), "hostID": (1000000000 + .), "size": 1}] + [{"containerID": 0, "hostID": 100000, "size": 1000}]'
        told "run '$ID': cannot write the uid map .*: Invalid argument \(EINVAL\)" "hint: the uid map is [0-9]+ bytes long as text, the kernel takes less than $(getconf PAGESIZE): join ranges" \
                "from /linux/uidMappings \(.*$CONFIG\)"
}

@test "asked: cwd is a file" {
        config '.process.cwd = "/bin/busybox"'
        told "run '$ID': working directory '/bin/busybox' is not a directory: Not a directory \(ENOTDIR\)" "from /process/cwd"
}

@test "asked: RLIMIT_NOFILE beyond fs.nr_open" {
        config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1099511627776, "hard": 1099511627776}]'
        told "run '$ID': cannot set RLIMIT_NOFILE to 1099511627776:1099511627776: it exceeds fs.nr_open=$(cat /proc/sys/fs/nr_open): Operation not permitted \(EPERM\)" \
                "from /process/rlimits/0"
}

@test "asked: AppArmor that is not there is never unconfined in silence" {
        [ ! -d /sys/kernel/security/apparmor ] || skip "needs a kernel without AppArmor"
        config '.process.apparmorProfile = "acme"'
        program echo ran
        told ".*/$CONFIG: AppArmor is not enabled in this kernel, but the config asks for profile 'acme' at /process/apparmorProfile"
        assert_output ""
}

@test "asked: an unknown sysctl" {
        config '.linux.sysctl = {"net.ipv4.nosuch": "1"}'
        told "run '$ID': unknown sysctl 'net.ipv4.nosuch': there is no '/proc/sys/net/ipv4/nosuch': No such file or directory \(ENOENT\)" "from /linux/sysctl/net.ipv4.nosuch"
}

@test "asked: a controller that the host lacks names the field" {
        [ ! -d /sys/fs/cgroup/rdma ] && ! grep -qw rdma /sys/fs/cgroup/cgroup.controllers 2>/dev/null || skip "needs a kernel without the rdma controller"
        config '.linux.resources.rdma = {"mlx": {"hcaHandles": 3}}'
        told "run '$ID': an RDMA limit cannot be set: the host has no 'rdma' controller" "^  where: /linux/resources/rdma/mlx \(.*$CONFIG\)$" "^  hint: "
}

@test "asked: a directory on the way to the root that the container's root may not search" {
        with_userns
        mkdir "$BUNDLE/closed"; mv "$BUNDLE/rootfs" "$BUNDLE/closed/"; chmod 700 "$BUNDLE/closed"; chown 1000 "$BUNDLE/closed"
        config '.root.path = "closed/rootfs"'
        # as root the runtime opens it for the container; what counts is that nobody has to guess
        run_container
        [ "$status" -eq 0 ] || assert_in_stderr "directory '$BUNDLE/closed' (mode 0700, owner 1000:0) cannot be searched by uid 100000"
}

@test "asked: no more user namespaces" {
        with_userns
        unshare -U -r true 2>/dev/null || skip "needs a kernel with user namespaces for everybody"
        run --separate-stderr unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' _ \
                "$BERTH" --root "$ROOT" --cgroup-manager=disabled run --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "cannot clone the container's init: No space left on device (ENOSPC)"
        assert_in_stderr "hint: sysctl user.max_user_namespaces is 0: this host allows none; raise it"
}

@test "asked: pids.max of 1 runs a program that does not fork" {
        limited pids
        config '.linux.resources.pids = {"limit": 1}'
        run_container
        assert_status 0
}

@test "asked: a memory limit too small for the start is an OOM kill, by run and by start" {
        limited memory
        config '.linux.resources.memory = {"limit": 4096}'
        # cgroup v1 refuses the limit once init has more than that, which depends on who is faster
        local killed="init was killed by the kernel's OOM killer before it could .* \(memory limit 4096 bytes, oom_kill [0-9]+\): Cannot allocate memory \(ENOMEM\)"
        local refused="cannot set memory.limit_in_bytes to '4096' in .*: Device or resource busy \(EBUSY\)"
        told "run '$ID': ($killed|$refused)" "^  hint: (raise /linux/resources/memory/limit$|the cgroup already uses more than that)"
        create_container || { grep -qE "$killed|$refused" "$BATS_TEST_TMPDIR/err"; return; }
        run --separate-stderr berth start "$ID"
        assert_status 1
        # it may have died already while it was parked
        if [[ "$stderr" == *"has stopped"* ]]; then
                assert_in_stderr "hint: the kernel's OOM killer ended it: its memory limit is 4096 bytes"
        else
                assert_in_stderr "start '$ID': init was killed by the kernel's OOM killer before "
                assert_in_stderr " (memory limit 4096 bytes, oom_kill 1): Cannot allocate memory (ENOMEM)"
        fi
}

@test "asked: a program that the OOM killer ends is told so by run" {
        limited memory
        config '.linux.resources.memory = {"limit": 10485760, "swap": 10485760}'
        program sh -c 'exec tail /dev/zero'
        run_container
        assert_status 137
        [ "$stderr" = "berth: warning: the container was killed by the kernel's OOM killer: its memory limit is 10485760 bytes" ]
        # and one that somebody kills is not
        program sh -c 'kill -9 $$'
        config '.linux.namespaces |= map(select(.type != "pid"))'
        run_container
        assert_status 137
        [ -z "$stderr" ]
}

@test "asked: a container's init that is killed before its execve is no success of start" {
        config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "sleep 1000"]}]'
        create_container
        local pid starter
        pid=$(container_pid)
        berth start "$ID" 2>"$BATS_TEST_TMPDIR/start.err" & starter=$!
        hook_runs() { [ -n "$(pgrep -P "$pid")" ]; }
        wait_for 10 hook_runs
        kill -9 "$pid"
        local rc=0
        wait $starter || rc=$?
        [ $rc = 1 ]
        grep -q "start '$ID': init was killed before it could execute the program" "$BATS_TEST_TMPDIR/start.err"
}

@test "asked: a quota of keys that is used up is one warning" {
        command -v python3 >/dev/null || skip "needs the package python3"
        with_userns
        # the mapped root's keys are those of a uid that nobody uses, and go with the process that holds them
        config '.linux.uidMappings[0].hostID = 1234500000 | .linux.gidMappings[0].hostID = 1234500000'
        chown -R 1234500000:1234500000 "$BUNDLE/rootfs"
        python3 - "$BATS_TEST_TMPDIR/full" 3>&- <<'PY' &
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
os.setgroups([]); os.setgid(1234500000)
full = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.setuid(1234500000)
libc.syscall(250, 1, None)  # KEYCTL_JOIN_SESSION_KEYRING
n = 0
while libc.syscall(248, b"user", b"k%d" % n, b"x", 1, -3) >= 0:
    n += 1
os.write(full, b"full %d" % ctypes.get_errno())
time.sleep(100)
PY
        local holder=$!
        wait_for 20 test -s "$BATS_TEST_TMPDIR/full"
        run_container
        kill $holder
        [ "$(cat "$BATS_TEST_TMPDIR/full")" = "full 122" ] || skip "needs a kernel with quotas of keys"
        assert_status 0
        assert_in_stderr "warning: cannot join the session keyring"
        assert_in_stderr "Disk quota exceeded (EDQUOT)"
        assert_in_stderr "/proc/key-users"
        [ "$(grep -c "session keyring" <<<"$stderr")" = 1 ]
}
