#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker with berth as a runtime of its daemon; the daemon and its containerd are of the file's own.
load helpers
load engines

ENGINE=docker IMAGE=berth-test:1

setup_file() {
        export ROOTFS_TEMPLATE="$BATS_FILE_TMPDIR/rootfs"
        make_busybox_rootfs "$ROOTFS_TEMPLATE"
        type -P dockerd >/dev/null && type -P docker >/dev/null && [ "$(id -u)" = 0 ] || return 0
        export DIR="$BATS_FILE_TMPDIR/docker"
        mkdir -p "$DIR" /run/containerd
        echo "{}" >"$DIR/daemon.json"
        chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_FILE_TMPDIR"
        mount -t tmpfs docker-test /run/containerd
        dockerd --host "unix://$DIR/docker.sock" --data-root "$DIR/root" --exec-root "$DIR/run" --pidfile "$DIR/pid" --storage-driver vfs \
                --bridge none --iptables=false --ip6tables=false --ip-forward=false --exec-opt native.cgroupdriver=cgroupfs \
                --add-runtime "berth=$BERTH" --default-runtime berth --config-file "$DIR/daemon.json" >"$DIR/log" 2>&1 3>&- &
        echo $! >"$DIR/daemon"
        wait_for 120 docker version >/dev/null 2>&1 || { tail -n 40 "$DIR/log"; return 1; }
        tar -C "$ROOTFS_TEMPLATE" -c . | docker import - "$IMAGE" >/dev/null
}

teardown_file() {
        [ -n "${DIR:-}" ] || return 0
        local left
        kill "$(cat "$DIR/daemon")"
        wait_for 60 sh -c '! kill -0 "$(cat "$1")" 2>/dev/null' _ "$DIR/daemon"
        # Docker does not recognise its own bind where / is a directory of the file system, as in a chroot
        umount "$DIR/root" 2>/dev/null
        left=$(pgrep -af "containerd-shim-runc-v2.*$DIR"; grep -F "$DIR" /proc/self/mountinfo)
        umount /run/containerd
        [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

docker() { timeout --foreground 120 docker --host "unix://$DIR/docker.sock" "$@"; }
more_setup() { [ -n "${DIR:-}" ] || skip "needs the package docker.io"; }
more_teardown() {
        local ids
        ids=$(docker ps -aq)
        # shellcheck disable=SC2086
        [ -z "$ids" ] || docker rm -f $ids >/dev/null
        remove_cgroup_parent
}
docker_run() { run ${expect:-} --separate-stderr docker run --rm --network none --cgroup-parent "/berth-$ID" "$@" </dev/null; }
docker_detached() { docker run --detach --name "$ID" --network none --cgroup-parent "/berth-$ID" "$@" >/dev/null; }

@test "docker: run shows the program's output, and passes its status on" {
        docker_run "$IMAGE" sh -c 'echo out; echo err >&2; exit 42'
        assert_status 42
        assert_output out
        [ "$stderr" = err ]
        [ "$(docker info --format '{{.DefaultRuntime}}')" = berth ]
}

@test "docker: a command that does not exist is 127, one that cannot be executed 126" {
        expect=-127 docker_run "$IMAGE" nosuch
        assert_in_stderr "'nosuch': executable file not found in \$PATH"
        expect=-127 docker_run "$IMAGE" /no/such
        assert_in_stderr "'/no/such'"
        docker_run "$IMAGE" /etc/passwd
        assert_status 126
        assert_in_stderr "cannot execute '/etc/passwd': its mode 0644 has no execute bit: permission denied"
}

@test "docker: detached, ps, logs, stop, rm" {
        docker_detached "$IMAGE" sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
        [ "$(inspect .State.Status)/$(inspect .HostConfig.Runtime)" = running/berth ]
        wait_for 30 logs_have ready
        docker stop "$ID" >/dev/null
        [ "$(inspect .State.ExitCode)" = 3 ]
        docker start "$ID" >/dev/null
        docker kill "$ID" >/dev/null
        [ "$(docker wait "$ID")" = 137 ]
        docker rm "$ID" >/dev/null
        [ -z "$(docker ps -aq)" ]
}

@test "docker: a terminal" {
        command -v python3 >/dev/null || skip "needs the package python3"
        run bash -c 'set -o pipefail; python3 -c "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)" "$@" </dev/null | tr -d "\r"' _ \
                docker --host "unix://$DIR/docker.sock" run --rm -t --network none --cgroup-parent "/berth-$ID" "$IMAGE" \
                sh -c 'tty; test -t 1 && echo terminal; exit 9'
        assert_status 9
        assert_in_output "/dev/pts/0"
        assert_in_output "terminal"
}

@test "docker: volumes, tmpfs, read-only root" {
        mkdir "$BATS_TEST_TMPDIR/volume"
        echo outside >"$BATS_TEST_TMPDIR/volume/file"
        docker_run --read-only -v "$BATS_TEST_TMPDIR/volume:/v:ro" -v "vol-$ID:/data" --tmpfs /t:size=1m "$IMAGE" sh -c '
                cat /v/file; echo x 2>/dev/null >/v/new || echo readonly; echo x 2>/dev/null >/new || echo readonly
                echo y >/data/y && cat /data/y; awk "\$2 == \"/t\" { print \$3 }" /proc/mounts'
        assert_status 0
        assert_output $'outside\nreadonly\nreadonly\ny\ntmpfs'
        docker volume rm "vol-$ID" >/dev/null
}

@test "docker: limits of memory, pids and cpu" {
        needs_controller memory
        needs_controller pids
        needs_controller cpu
        docker_detached --memory 64m --pids-limit 50 --cpus 0.5 "$IMAGE" sleep 1000
        [ "$(limit memory memory.limit_in_bytes memory.max)" = 67108864 ]
        [ "$(limit pids pids.max pids.max)" = 50 ]
        case $(limit cpu cpu.cfs_quota_us cpu.max) in 50000 | "50000 100000") ;; *) false ;; esac
}

@test "docker: a container out of memory is told by inspect" {
        needs_controller memory
        docker_detached --memory 16m --memory-swap 16m "$IMAGE" sh -c 'x=$(head -c 64000000 /dev/zero | tr "\\0" x); echo survived'
        docker wait "$ID" >/dev/null
        [ "$(inspect .State.ExitCode)/$(inspect .State.OOMKilled)" = 137/true ]
}

@test "docker: user, capabilities, no-new-privileges, seccomp" {
        docker_run --user 1000:1000 --cap-drop all --security-opt no-new-privileges "$IMAGE" sh -c '
                id -u; grep -E "^(CapBnd|NoNewPrivs|Seccomp):" /proc/self/status'
        assert_status 0
        assert_output $'1000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2'
}

@test "docker: --init" {
        docker_run --init "$IMAGE" sh -c 'cat /proc/1/comm; exit 6'
        assert_status 6
        assert_in_output init
}

@test "docker: --privileged" {
        docker_run --privileged "$IMAGE" sh -c 'mkdir -p /m && mount -t tmpfs none /m && grep -c " /m tmpfs" /proc/mounts'
        assert_status 0
        assert_output 1
}

@test "docker: the default AppArmor profile" {
        [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || skip "needs AppArmor"
        docker_run "$IMAGE" cat /proc/self/attr/current
        assert_status 0
        assert_output "docker-default (enforce)"
}

@test "docker: joined namespaces of another container" {
        docker_detached --ipc shareable "$IMAGE" sleep 1000
        run --separate-stderr docker run --rm --cgroup-parent "/berth-$ID" --pid "container:$ID" --ipc "container:$ID" --network "container:$ID" \
                "$IMAGE" sh -c 'cat /proc/1/comm; for ns in pid ipc net; do readlink /proc/self/ns/$ns; done'
        assert_status 0
        local pid
        pid=$(inspect .State.Pid)
        assert_output "sleep
$(for ns in pid ipc net; do readlink "/proc/$pid/ns/$ns"; done)"
}

@test "docker: build runs its steps" {
        mkdir "$BATS_TEST_TMPDIR/context"
        printf 'FROM %s\nRUN echo built >/made\nRUN ["/bin/sh", "-c", "test -s /made"]\n' "$IMAGE" >"$BATS_TEST_TMPDIR/context/Dockerfile"
        run env DOCKER_BUILDKIT=0 docker --host "unix://$DIR/docker.sock" build --network none -t "built-$ID" "$BATS_TEST_TMPDIR/context"
        assert_status 0
        docker_run "built-$ID" cat /made
        assert_output built
        docker rmi -f "built-$ID" >/dev/null
}
