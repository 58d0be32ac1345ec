#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Buildah with berth as its runtime: it calls create, start, state, kill and delete itself, with pipes of its own.
load helpers
load engines

setup_file() {
        export ROOTFS_TEMPLATE="$BATS_FILE_TMPDIR/rootfs"
        make_busybox_rootfs "$ROOTFS_TEMPLATE"
        cat >"$BATS_FILE_TMPDIR/containers.conf" <<'TOML'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
TOML
        has_controller pids || sed -i '/^default_ulimits/a pids_limit = 0' "$BATS_FILE_TMPDIR/containers.conf"
        export CONTAINERS_CONF="$BATS_FILE_TMPDIR/containers.conf"
}

buildah() {
        local dir="$BATS_FILE_TMPDIR/buildah"
        timeout --foreground 120 buildah --root "$dir/root" --runroot "$dir/run" --storage-driver vfs "$@"
}
more_setup() {
        type -P buildah >/dev/null || skip "needs the package buildah"
        cd "$BATS_TEST_TMPDIR"
        buildah from --name "$ID" --cgroup-parent "/berth-$ID" scratch >/dev/null
        buildah add "$ID" "$BUNDLE/rootfs" / >/dev/null 2>&1
}
more_teardown() {
        type -P buildah >/dev/null || return 0
        buildah rm --all >/dev/null
        remove_cgroup_parent
}
buildah_run() { run ${expect:-} --separate-stderr buildah run --isolation oci --runtime "$BERTH" --network none "$@" </dev/null; }

@test "buildah: run shows the program's output, and passes its status on" {
        buildah_run "$ID" -- sh -c 'echo out; echo err >&2; echo made >/made; exit 42'
        assert_status 42
        assert_in_output out
        assert_in_stderr err
        buildah_run "$ID" -- cat /made
        assert_status 0
        assert_output made
}

@test "buildah: a command that does not exist is named" {
        buildah_run "$ID" -- nosuch
        [ "$status" -ne 0 ]
        assert_in_stderr "'nosuch': executable file not found in \$PATH"
}

@test "buildah: volumes and users" {
        mkdir "$BATS_TEST_TMPDIR/volume"
        echo outside >"$BATS_TEST_TMPDIR/volume/file"
        buildah_run --volume "$BATS_TEST_TMPDIR/volume:/v:ro" --user 1000:1000 "$ID" -- sh -c 'cat /v/file; id -u; echo x 2>/dev/null >/v/x || echo readonly'
        assert_status 0
        assert_output $'outside\n1000\nreadonly'
}

@test "buildah: a terminal" {
        command -v python3 >/dev/null || skip "needs the package python3"
        local dir="$BATS_FILE_TMPDIR/buildah"
        run bash -c 'set -o pipefail; python3 -c "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)" "$@" </dev/null | tr -d "\r"' _ \
                buildah --root "$dir/root" --runroot "$dir/run" --storage-driver vfs run --isolation oci --runtime "$BERTH" --network none \
                --terminal "$ID" -- sh -c 'tty; exit 9'
        assert_status 9
        assert_in_output /dev/pts/0
}

@test "buildah: build runs its steps" {
        mkdir context
        cp "$(command -v busybox)" context/busybox
        cat >context/Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "mkdir", "/made"]
RUN ["/bin/busybox", "test", "-d", "/made"]
DOCKERFILE
        run --separate-stderr buildah build --isolation oci --runtime "$BERTH" --network none --cgroup-parent "/berth-$ID" -t "built-$ID" context
        assert_status 0
        buildah rmi --force "built-$ID" >/dev/null
}
