#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd with berth behind its runc.v2 shim: what the shim and ctr ask of it, and what they make of its answers.
# A daemon of the file's own; /run/containerd, which the shims use, is too.
load helpers
load engines

setup_file() {
        export ROOTFS_TEMPLATE="$BATS_FILE_TMPDIR/rootfs"
        make_busybox_rootfs "$ROOTFS_TEMPLATE"
        command -v containerd >/dev/null && command -v containerd-shim-runc-v2 >/dev/null && [ "$(id -u)" = 0 ] || return 0
        export DIR="$BATS_FILE_TMPDIR/containerd"
        mkdir "$DIR"
        # fifos, shim sockets and the runtime's root have fixed places
        mkdir -p /run/containerd
        mount -t tmpfs containerd-test /run/containerd
        cat >"$DIR/config.toml" <<TOML
version = 2
root = "$DIR/root"
state = "$DIR/state"
disabled_plugins = [ "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images",
        "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri", "io.containerd.snapshotter.v1.btrfs",
        "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper" ]
[grpc]
  address = "$DIR/containerd.sock"
TOML
        containerd --config "$DIR/config.toml" >"$DIR/log" 2>&1 3>&- &
        echo $! >"$DIR/pid"
        ID=none wait_for 60 ctr version >/dev/null || { cat "$DIR/log"; return 1; }
}

# The daemon ends, and with it everything: no shim, no container's process, no state.
teardown_file() {
        [ -n "${DIR:-}" ] || return 0
        local left
        kill "$(cat "$DIR/pid")"
        wait_for 60 sh -c '! kill -0 "$(cat "$1")" 2>/dev/null' _ "$DIR/pid"
        left=$(pgrep -af "containerd-shim-runc-v2.*$DIR"; find /run/containerd/runc -mindepth 2 -name .cache -prune -o -mindepth 2 -print 2>/dev/null
                grep -F "$DIR" /proc/self/mountinfo)
        umount /run/containerd
        [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

ctr() { timeout 60 ctr --address "$DIR/containerd.sock" --namespace "bt-$ID" "$@"; }
more_setup() { type -P ctr >/dev/null && [ -n "${DIR:-}" ] || skip "needs the package containerd"; }

# ctr makes the cgroup of its namespace, /bt-ID, and leaves it.
more_teardown() {
        local id
        for id in $(ctr tasks list -q); do
                ctr tasks kill --signal KILL "$id" || true
                wait_for 30 task_is "$id" STOPPED
                ctr tasks delete "$id" >/dev/null
        done
        for id in $(ctr containers list -q); do ctr containers delete "$id"; done
        wait_for 30 sh -c '! pgrep -f "containerd-shim-runc-v2.* -namespace bt-$1 " >/dev/null' _ "$ID" || echo "a shim is left"
        ctr namespaces remove "bt-$ID" >/dev/null 2>&1
        find /sys/fs/cgroup -depth -type d -name "bt-$ID" -exec rmdir {} \; 2>/dev/null
}

# ctr_run [OPTION...] -- WORD...: in the foreground.  ctr_detached: not.  The container is named $ID.
ctr_command() {
        local options=()
        while [ "$1" != -- ]; do options+=("$1"); shift; done
        shift
        ctr run "${options[@]}" --runtime io.containerd.runc.v2 --runc-binary "$BERTH" --rootfs "$BUNDLE/rootfs" "$ID" "$@"
}
ctr_run() { run --separate-stderr ctr_command --rm "$@" </dev/null; }
ctr_detached() { ctr_command --detach "$@" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1; }
task_is() { ctr tasks list | grep -q "^$1 .* $2"; }
engine_pid() { ctr tasks list | awk -v id="$ID" '$1 == id { print $2 }'; }

@test "containerd: run shows the program's output, and passes its status on" {
        ctr_run -- sh -c 'echo out; echo err >&2; exit 42'
        assert_status 42
        assert_output out
        assert_in_stderr err
        [ -z "$(ctr containers list -q)" ]
}

@test "containerd: standard input reaches the program" {
        run --separate-stderr ctr_command --rm -- head -n 1 <<<through
        assert_status 0
        assert_output through
}

@test "containerd: a command that does not exist is named in ctr's error" {
        ctr_run -- nosuch
        assert_status 1
        assert_in_stderr "OCI runtime create failed: "
        assert_in_stderr "'nosuch': executable file not found in \$PATH"
}

@test "containerd: detached, listed, killed, deleted" {
        ctr_detached -- sh -c 'sleep 1000 & sleep 1000'
        task_is "$ID" RUNNING
        local pid
        pid=$(engine_pid)
        grep -q "/bt-$ID/$ID$" "/proc/$pid/cgroup"
        ctr tasks kill --signal SIGKILL "$ID"
        wait_for 30 task_is "$ID" STOPPED
        run ctr tasks delete "$ID"
        [ ! -e "/proc/$pid" ]
        [ -z "$(ctr tasks list -q)" ]
        [ -z "$(find /sys/fs/cgroup -type d -name "$ID")" ]
        ctr containers delete "$ID"
}

@test "containerd: a signal reaches a handler, the status is the program's" {
        ctr_detached -- sh -c 'trap "exit 7" USR1; : >/ready; while :; do sleep 0.05; done'
        wait_for 30 test -e "$BUNDLE/rootfs/ready"
        ctr tasks kill --signal SIGUSR1 "$ID"
        wait_for 30 task_is "$ID" STOPPED
        run --separate-stderr ctr tasks delete "$ID"
        assert_in_stderr "exit code 7"
        ctr containers delete "$ID"
}

@test "containerd: kill of a stopped task says that it is not running" {
        ctr_detached -- true
        wait_for 30 task_is "$ID" STOPPED
        run --separate-stderr ctr tasks kill --signal SIGTERM "$ID"
        assert_status 1
        assert_in_stderr "not found"
        ctr tasks delete "$ID"
        ctr containers delete "$ID"
}

@test "containerd: delete --force of a running task" {
        ctr_detached -- sleep 1000
        ctr tasks delete --force "$ID" >/dev/null 2>&1 || true
        wait_for 30 sh -c '[ -z "$("$@")" ]' _ timeout 60 ctr --address "$DIR/containerd.sock" --namespace "bt-$ID" tasks list -q
        ctr containers delete "$ID"
}

@test "containerd: a killed shim leaves nothing of its container" {
        ctr_detached -- sleep 1000
        local pid
        pid=$(engine_pid)
        kill -KILL "$(pgrep -f "containerd-shim-runc-v2.* -namespace bt-$ID ")"
        wait_for 30 test ! -e "/proc/$pid"
        wait_for 30 sh -c '[ -z "$(find /sys/fs/cgroup -type d -name "$1")" ]' _ "$ID"
        [ ! -e "/run/containerd/runc/bt-$ID/$ID" ]
}

@test "containerd: a terminal" {
        command -v python3 >/dev/null || skip "needs the package python3"
        run bash -c 'set -o pipefail; python3 -c "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)" "$@" </dev/null | tr -d "\r"' _ \
                ctr --address "$DIR/containerd.sock" --namespace "bt-$ID" run --rm --tty --runc-binary "$BERTH" --rootfs "$BUNDLE/rootfs" "$ID" \
                sh -c 'tty; test -t 1 && echo terminal; exit 9'
        assert_status 9
        assert_in_output "/dev/pts/0"
        assert_in_output "terminal"
}

@test "containerd: mounts" {
        mkdir "$BATS_TEST_TMPDIR/volume"
        echo outside >"$BATS_TEST_TMPDIR/volume/file"
        ctr_run --mount "type=bind,src=$BATS_TEST_TMPDIR/volume,dst=/v,options=rbind:ro" --mount type=tmpfs,dst=/t,options=size=1m -- sh -c '
                cat /v/file; echo x 2>/dev/null >/v/new || echo readonly; awk "\$2 == \"/t\" { print \$3 }" /proc/mounts'
        assert_status 0
        assert_output $'outside\nreadonly\ntmpfs'
}

@test "containerd: limits of memory and cpu" {
        needs_controller memory
        needs_controller cpu
        ctr_detached --memory-limit 67108864 --cpus 0.5 -- sleep 1000
        [ "$(limit memory memory.limit_in_bytes memory.max)" = 67108864 ]
        case $(limit cpu cpu.cfs_quota_us cpu.max) in 50000 | "50000 100000") ;; *) limit cpu cpu.cfs_quota_us cpu.max; false ;; esac
}

@test "containerd: a container that takes too much memory is killed" {
        needs_controller memory
        ctr_run --memory-limit 16777216 -- sh -c 'x=$(head -c 64000000 /dev/zero | tr "\\0" x); echo survived'
        [ "$status" -ne 0 ]
        refute_in_output survived
}

@test "containerd: env, cwd, read-only root" {
        ctr_run --env WHAT=this --cwd /home --read-only -- sh -c 'echo $WHAT; pwd; echo x 2>/dev/null >/home/x || echo readonly'
        assert_status 0
        assert_output $'this\n/home\nreadonly'
}

@test "containerd: the default seccomp profile, no new privileges" {
        ctr_run --seccomp -- grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status
        assert_status 0
        assert_output $'NoNewPrivs:\t1\nSeccomp:\t2'
}

@test "containerd: --privileged" {
        ctr_run --privileged -- sh -c 'mkdir -p /m && mount -t tmpfs none /m && grep -c " /m tmpfs" /proc/mounts'
        assert_status 0
        assert_output 1
}

@test "containerd: a joined network namespace, and the host's" {
        : >"$BATS_TEST_TMPDIR/netns"
        unshare --net="$BATS_TEST_TMPDIR/netns" true
        ctr_run --with-ns "network:$BATS_TEST_TMPDIR/netns" -- readlink /proc/self/ns/net
        local link
        link=$(nsenter --net="$BATS_TEST_TMPDIR/netns" readlink /proc/self/ns/net)
        umount "$BATS_TEST_TMPDIR/netns"
        assert_status 0
        assert_output "$link"
        ctr_run --net-host -- readlink /proc/self/ns/net
        assert_status 0
        assert_output "$(readlink /proc/self/ns/net)"
}

@test "containerd: devices" {
        ctr_run --device /dev/fuse -- stat -c %t:%T /dev/fuse
        assert_status 0
        assert_output a:e5
}

@test "containerd: the pid file" {
        ctr_detached --pid-file "$BATS_TEST_TMPDIR/pid" -- sleep 1000
        [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(engine_pid)" ]
        [ "$(readlink "/proc/$(engine_pid)/ns/pid")" != "$(readlink /proc/self/ns/pid)" ]
}

@test "containerd: the shim learns of a container out of memory" {
        needs_controller memory
        local events="$BATS_TEST_TMPDIR/events"
        ctr events >"$events" 2>/dev/null 3>&- &
        local watcher=$!
        ctr_detached --memory-limit 16777216 -- sh -c 'x=$(head -c 64000000 /dev/zero | tr "\\0" x); echo survived'
        wait_for 30 task_is "$ID" STOPPED
        wait_for 30 grep -q /tasks/exit "$events"
        kill $watcher
        wait $watcher || true
        grep -q '"exit_status":137' "$events"
        ctr tasks delete "$ID" >/dev/null 2>&1 || true
        ctr containers delete "$ID"
}
