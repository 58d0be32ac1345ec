#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Podman with berth as its runtime: what conmon and libpod ask of it, and what they make of its answers.
# Storage, state and cgroups are of the test's own; berth's state root is the default one, as Podman passes none.
load helpers
load engines

ENGINE=podman IMAGE=localhost/berth-test:1

setup_file() {
        export ROOTFS_TEMPLATE="$BATS_FILE_TMPDIR/rootfs"
        make_busybox_rootfs "$ROOTFS_TEMPLATE"
        command -v podman >/dev/null && [ "$(id -u)" = 0 ] || return 0
        echo 'user:x:1000:1000:user:/home:/bin/sh' >>"$ROOTFS_TEMPLATE/etc/passwd"
        # the defaults may be more than the machine allows
        cat >"$BATS_FILE_TMPDIR/containers.conf" <<'TOML'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
TOML
        has_controller pids || echo 'pids_limit = 0' >>"$BATS_FILE_TMPDIR/containers.conf"
        export CONTAINERS_CONF="$BATS_FILE_TMPDIR/containers.conf"
        # the storage must be searchable for the root of a user namespace
        chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_FILE_TMPDIR"
        tar -C "$ROOTFS_TEMPLATE" -c . | podman import - "$IMAGE" >"$BATS_FILE_TMPDIR/import" 2>&1
}

podman() {
        local dir="$BATS_FILE_TMPDIR/podman"
        # what it says of cgroup v1 is none of berth's
        PODMAN_IGNORE_CGROUPSV1_WARNING=1 timeout --foreground 120 podman --root "$dir/root" --runroot "$dir/run" --tmpdir "$dir/tmp" --storage-driver vfs --events-backend none \
                --cgroup-manager cgroupfs --runtime "$BERTH" "$@"
}

more_setup() {
        type -P podman >/dev/null || skip "needs the package podman"
        cd "$BATS_TEST_TMPDIR" # conmon makes files where it is called
}

# No container, no state of one, and the cgroups that Podman itself leaves to whoever named them.
more_teardown() {
        local id ids
        ids=$(podman ps -aq --no-trunc)
        podman rm -fa -t 0 >/dev/null
        podman pod rm -fa >/dev/null
        for id in $ids; do
                [ ! -e "/run/berth/$id" ] || echo "state of $id is left"
        done
        # conmon's and a pod's own are not berth's to remove
        remove_cgroup_parent ! -name "libpod-*"
}

# podman_run [OPTION...] -- WORD...: in the foreground; podman_detached: not, under the name $ID.
podman_run() { run ${expect:-} --separate-stderr podman run --rm --network=none --cgroup-parent "/berth-$ID" "$@" </dev/null; }
podman_detached() { podman run --detach --name "$ID" --network=none --cgroup-parent "/berth-$ID" "$@" >/dev/null; }

@test "podman: run shows the program's output, and passes its status on" {
        podman_run "$IMAGE" sh -c 'echo out; echo err >&2; exit 42'
        assert_status 42
        assert_output out
        [ "$stderr" = err ]
}

@test "podman: standard input reaches the program" {
        run --separate-stderr podman run --rm -i --network=none --cgroup-parent "/berth-$ID" "$IMAGE" cat <<<through
        assert_status 0
        assert_output through
}

@test "podman: a program that is killed" {
        podman_run "$IMAGE" sh -c 'sh -c "kill -KILL \$\$"; exit $?'
        assert_status 137
}

@test "podman: a command that does not exist is 127, and the text says which" {
        expect=-127 podman_run "$IMAGE" nosuch
        assert_in_stderr "'nosuch': executable file not found in \$PATH"
        expect=-127 podman_run "$IMAGE" /no/such
        assert_in_stderr "'/no/such'"
        assert_in_stderr "no such file or directory"
}

@test "podman: a command that cannot be executed is 126" {
        podman_run "$IMAGE" /etc/passwd
        assert_status 126
        assert_in_stderr "cannot execute '/etc/passwd': its mode 0644 has no execute bit: permission denied"
        podman_run "$IMAGE" /etc
        assert_status 126
        assert_in_stderr "it is a directory"
}

@test "podman: detached; ps, inspect and logs know it" {
        podman_detached "$IMAGE" sh -c 'echo first line; echo second line >&2; exec sleep 1000'
        [ "$(podman ps --format '{{.Names}}')" = "$ID" ]
        [ "$(inspect .State.Status)" = running ]
        [ "$(inspect .OCIRuntime)" = "$BERTH" ]
        [ "$(tr '\0' ' ' <"/proc/$(inspect .State.Pid)/cmdline")" = "sleep 1000 " ]
        wait_for 30 logs_have "second line"
        [ "$(podman logs "$ID" 2>/dev/null)" = "first line" ]
        podman top "$ID" pid comm | grep -q '^1 *sleep$'
}

@test "podman: kill, wait and the state after it" {
        podman_detached "$IMAGE" sleep 1000
        podman kill "$ID" >/dev/null
        [ "$(podman wait "$ID")" = 137 ]
        [ "$(inspect .State.Status)/$(inspect .State.ExitCode)/$(inspect .State.Running)" = exited/137/false ]
        run podman kill "$ID"
        [ "$status" -ne 0 ]
}

@test "podman: kill by name and by number reach a handler" {
        podman_detached "$IMAGE" sh -c 'trap "echo usr1" USR1; trap "echo usr2; exit 5" USR2; echo ready; while :; do sleep 0.05; done'
        wait_for 30 logs_have ready
        podman kill --signal USR1 "$ID" >/dev/null
        wait_for 30 logs_have usr1
        podman kill --signal 12 "$ID" >/dev/null
        [ "$(podman wait "$ID")" = 5 ]
}

@test "podman: stop ends with SIGTERM, and with SIGKILL what ignores it" {
        podman_detached "$IMAGE" sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
        wait_for 30 logs_have ready
        podman stop "$ID" >/dev/null
        [ "$(inspect .State.ExitCode)" = 3 ]
        podman rm "$ID" >/dev/null

        podman_detached "$IMAGE" sh -c 'trap "" TERM; exec sleep 1000'
        podman stop --time 1 "$ID" >/dev/null
        [ "$(inspect .State.ExitCode)" = 137 ]
}

@test "podman: rm -f of a running container leaves nothing" {
        podman_detached "$IMAGE" sh -c 'sleep 1000 & sleep 1000'
        local id pid
        id=$(inspect .Id) pid=$(inspect .State.Pid)
        [ -d "/run/berth/$id" ]
        podman rm -f -t 0 "$ID" >/dev/null
        [ ! -e "/run/berth/$id" ]
        [ ! -e "/proc/$pid" ]
        [ -z "$(find /sys/fs/cgroup -type d -name "libpod-$id")" ]
        [ -z "$(podman ps -aq)" ]
}

@test "podman: create, start, restart" {
        podman create --name "$ID" --network=none --cgroup-parent "/berth-$ID" "$IMAGE" sleep 1000 >/dev/null
        [ "$(inspect .State.Status)" = created ]
        podman init "$ID" >/dev/null
        [ "$(inspect .State.Status)" = initialized ]
        podman start "$ID" >/dev/null
        local before after
        before=$(inspect .State.Pid)
        podman restart -t 0 "$ID" >/dev/null
        after=$(inspect .State.Pid)
        [ "$(inspect .State.Status)" = running ]
        [ "$before" != "$after" ]
        podman rm -f -t 0 "$ID" >/dev/null
}

@test "podman: a terminal" {
        podman_run -t "$IMAGE" sh -c 'tty; test -t 1 && echo terminal; exit 9'
        assert_status 9
        [ "$(tr -d '\r' <<<"$output")" = $'/dev/pts/0\nterminal' ]
}

@test "podman: a terminal with its size, and what is typed" {
        command -v python3 >/dev/null || skip "needs the package python3"
        declare -f podman >"$BATS_TEST_TMPDIR/functions"
        cat >"$BATS_TEST_TMPDIR/terminal.py" <<'PY'
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
text, typed = b"", False
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    text += data
    if b"ready" in text and not typed:
        typed = True
        os.write(fd, b"echo $((6 * 7))\nexit 11\n")
sys.stdout.write(text.decode().replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
        run python3 "$BATS_TEST_TMPDIR/terminal.py" bash -c '. "$1"; shift; podman "$@"' _ "$BATS_TEST_TMPDIR/functions" \
                run --rm -it --network=none --cgroup-parent "/berth-$ID" "$IMAGE" sh -c 'stty size; echo ready; exec sh'
        assert_status 11
        assert_in_output "33 99"
        assert_in_output $'\n42\n'
}

@test "podman: volumes, read-write, read-only and tmpfs" {
        mkdir "$BATS_TEST_TMPDIR/volume"
        echo outside >"$BATS_TEST_TMPDIR/volume/file"
        podman_run -v "$BATS_TEST_TMPDIR/volume:/v" -v "$BATS_TEST_TMPDIR/volume/file:/one:ro" --tmpfs /t:size=1m,mode=1770 "$IMAGE" sh -c '
                cat /v/file /one; echo inside >/v/new; echo no 2>/dev/null >/one || echo readonly
                stat -c %a /t; awk "\$2 == \"/t\" { print \$3 }" /proc/mounts'
        assert_status 0
        assert_output $'outside\noutside\nreadonly\n1770\ntmpfs'
        [ "$(cat "$BATS_TEST_TMPDIR/volume/new")" = inside ]
}

@test "podman: a named volume gets what the image has there" {
        podman_run -v "vol-$ID:/etc" "$IMAGE" grep -c root /etc/group
        assert_status 0
        assert_output 1
        podman volume rm "vol-$ID" >/dev/null
}

@test "podman: a volume whose source is missing is an error that names it" {
        podman_run --mount "type=bind,source=$BATS_TEST_TMPDIR/none,target=/v" "$IMAGE" true
        assert_status 125
        assert_in_stderr "$BATS_TEST_TMPDIR/none"
}

@test "podman: limits of memory, pids and cpu" {
        needs_controller memory
        needs_controller pids
        needs_controller cpu
        podman_detached --memory 64m --pids-limit 50 --cpus 0.5 "$IMAGE" sleep 1000
        [ "$(limit memory memory.limit_in_bytes memory.max)" = 67108864 ]
        [ "$(limit pids pids.max pids.max)" = 50 ]
        case $(limit cpu cpu.cfs_quota_us cpu.max) in 50000 | "50000 100000") ;; *) false ;; esac
}

@test "podman: the pids limit holds" {
        needs_controller pids
        podman_run --pids-limit 5 "$IMAGE" sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait'
        [ "$status" -ne 0 ]
        assert_in_stderr "can't fork"
}

@test "podman: a container that takes too much memory is killed" {
        needs_controller memory
        podman_detached --memory 16m --memory-swap 16m "$IMAGE" sh -c 'x=$(head -c 64000000 /dev/zero | tr "\\0" x); echo survived'
        podman wait "$ID" >/dev/null
        [ "$(inspect .State.ExitCode)" = 137 ]
}

@test "podman: --read-only" {
        podman_run --read-only "$IMAGE" sh -c 'echo x 2>/dev/null >/file || echo readonly; echo x >/tmp/file && cat /tmp/file'
        assert_status 0
        assert_output $'readonly\nx'
}

@test "podman: --user, --group-add, --workdir, --env, --hostname" {
        podman_run --user user --group-add 44 --workdir /home --env WHAT=this --hostname there "$IMAGE" sh -c '
                id -u; id -G; pwd; echo "$WHAT"; hostname'
        assert_status 0
        assert_output $'1000\n1000 44\n/home\nthis\nthere'
}

@test "podman: a user namespace" {
        podman_run --uidmap 0:100000:65536 --gidmap 0:100000:65536 "$IMAGE" sh -c '
                cat /proc/self/uid_map | tr -s " "; id -u; touch /file && stat -c %u /file; echo x >/proc/sys/kernel/hostname 2>/dev/null; :'
        assert_status 0
        assert_output $' 0 100000 65536\n0\n0'
}

@test "podman: a volume in a user namespace, idmapped" {
        mkdir "$BATS_TEST_TMPDIR/volume"
        echo mine >"$BATS_TEST_TMPDIR/volume/file"
        chmod a+x "$BATS_TEST_TMPDIR"
        podman_run --uidmap 0:100000:65536 --gidmap 0:100000:65536 -v "$BATS_TEST_TMPDIR/volume:/v:idmap" "$IMAGE" sh -c '
                stat -c %u:%g /v/file; touch /v/new'
        [[ "$stderr" != *"does not support"* && "$stderr" != *"unrecognized"* ]] || skip "needs a file system that can be idmapped"
        assert_status 0
        assert_output 0:0
        [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR/volume/new")" = 0:0 ]
}

@test "podman: --cap-drop, --cap-add and no-new-privileges" {
        podman_run --cap-drop all "$IMAGE" grep CapEff /proc/self/status
        assert_output $'CapEff:\t0000000000000000'
        podman_run --cap-drop all --cap-add kill --security-opt no-new-privileges "$IMAGE" grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status
        assert_output $'CapEff:\t0000000000000020\nCapBnd:\t0000000000000020\nNoNewPrivs:\t1'
}

@test "podman: --init" {
        [ -x /usr/libexec/podman/catatonit ] || command -v catatonit >/dev/null || skip "needs the package catatonit"
        podman_run --init "$IMAGE" sh -c 'cat /proc/1/comm; exit 6'
        assert_status 6
        assert_in_output init
}

@test "podman: hooks of a hooks directory" {
        mkdir "$BATS_TEST_TMPDIR/hooks"
        cat >"$BATS_TEST_TMPDIR/hooks/test.json" <<JSON
{ "version": "1.0.0", "when": { "always": true }, "stages": [ "prestart", "createRuntime", "poststop" ],
  "hook": { "path": "/bin/sh", "args": [ "sh", "-c", "cat >>$BATS_TEST_TMPDIR/states" ] } }
JSON
        run --separate-stderr podman --hooks-dir "$BATS_TEST_TMPDIR/hooks" run --rm --network=none \
                --cgroup-parent "/berth-$ID" "$IMAGE" true
        assert_status 0
        [ "$(jq -r .status "$BATS_TEST_TMPDIR/states" | xargs)" = "creating creating stopped" ]
}

@test "podman: seccomp: the default profile, one of the user's, and none" {
        podman_run "$IMAGE" grep '^Seccomp:' /proc/self/status
        assert_output $'Seccomp:\t2'
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}' \
                >"$BATS_TEST_TMPDIR/profile.json"
        podman_run --security-opt "seccomp=$BATS_TEST_TMPDIR/profile.json" "$IMAGE" mkdir /new
        assert_status 1
        assert_in_stderr "can't create directory '/new': Input/output error"
        podman_run --security-opt seccomp=unconfined "$IMAGE" grep '^Seccomp:' /proc/self/status
        assert_output $'Seccomp:\t0'
}

@test "podman: masked and read-only paths" {
        podman_run "$IMAGE" sh -c '
                for file in /proc/kcore /proc/keys /proc/timer_list; do [ ! -e $file ] || wc -c <$file; done | sort -u
                for dir in /proc/scsi /sys/firmware; do [ ! -e $dir ] || ls $dir; done
                echo 1 2>/dev/null >/proc/sys/vm/swappiness || echo readonly'
        assert_output $'0\nreadonly'
}

@test "podman: --privileged" {
        podman_run --privileged "$IMAGE" sh -c 'mount -t tmpfs none /mnt 2>/dev/null || { mkdir -p /mnt && mount -t tmpfs none /mnt; }
                grep -c " /mnt tmpfs" /proc/mounts; test -c /dev/fuse && echo devices'
        assert_status 0
        assert_output $'1\ndevices'
}

@test "podman: devices of the host" {
        podman_run --device /dev/fuse:/dev/other:r "$IMAGE" sh -c 'stat -c %t:%T /dev/other; exec 3<>/dev/other || echo denied'
        assert_in_output "a:e5"
        [ "$status" -ne 0 ] || assert_in_output denied
        podman_run "$IMAGE" sh -c 'mknod /tmp/fuse c 10 229 && exec 3</tmp/fuse'
        [ "$status" -ne 0 ]
        assert_in_stderr "/tmp/fuse"
}

links() { for ns in pid ipc uts net; do echo "$ns: $(readlink "/proc/$1/ns/$ns")"; done; }

@test "podman: joined namespaces of another container" {
        podman_detached "$IMAGE" sleep 1000
        run --separate-stderr podman run --rm --cgroup-parent "/berth-$ID" --pid "container:$ID" --ipc "container:$ID" --uts "container:$ID" \
                --network "container:$ID" "$IMAGE" sh -c "cat /proc/1/comm; $(declare -f links); links self"
        assert_status 0
        assert_output "sleep
$(links "$(inspect .State.Pid)")"
}

@test "podman: namespaces of the host" {
        run --separate-stderr podman run --rm --cgroup-parent "/berth-$ID" --pid host --ipc host --uts host --cgroupns host --network host \
                "$IMAGE" sh -c "$(declare -f links); links self"
        assert_status 0
        assert_output "$(links self)"
}

@test "podman: a pod shares what its infra container has" {
        podman pod create --name "pod-$ID" --network=none --cgroup-parent "/berth-$ID" --infra-image "$IMAGE" --infra-command "sleep 1000" \
                --share ipc,net,uts --hostname podhost >/dev/null
        run --separate-stderr podman run --rm --pod "pod-$ID" "$IMAGE" hostname
        assert_status 0
        assert_output podhost
        [ "$(podman pod inspect --format '{{.State}}' "pod-$ID")" != Exited ]
        podman pod rm -f -t 0 "pod-$ID" >/dev/null
}

# docs/engines.md: what a distribution would ship.
by_name() {
        cat "$CONTAINERS_CONF" - >"$BATS_TEST_TMPDIR/containers.conf" <<TOML
[engine]
runtime_supports_json = ["berth"]
runtime_supports_nocgroup = ["berth"]
[engine.runtimes]
berth = ["$BERTH"]
TOML
        export CONTAINERS_CONF="$BATS_TEST_TMPDIR/containers.conf" BERTH=berth
}

@test "podman: known by name, the errors come as JSON" {
        by_name
        expect=-127 podman_run "$IMAGE" nosuch
        assert_in_stderr "Error: berth: create '"
        assert_in_stderr "'nosuch': executable file not found in \$PATH"
        assert_in_stderr "OCI runtime attempted to invoke a command that was not found"
}

@test "podman: known by name, --cgroups=disabled leaves the container in conmon's cgroup" {
        by_name
        podman run --detach --name "$ID" --network=none --cgroups=disabled "$IMAGE" sleep 1000 >/dev/null
        [ "$(cat "/proc/$(inspect .State.Pid)/cgroup")" = "$(cat "/proc/$(inspect .State.ConmonPid)/cgroup")" ]
}

@test "podman: sysctl, ulimit, shm-size, oom-score-adj" {
        podman_run --sysctl net.ipv4.ip_forward=1 --ulimit nofile=512:512 --ulimit nproc=512:512 --shm-size 3m --oom-score-adj 300 "$IMAGE" sh -c '
                cat /proc/sys/net/ipv4/ip_forward; ulimit -n; df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2; cat /proc/self/oom_score_adj'
        assert_status 0
        assert_output $'1\n512\n3072\n300'
}

@test "podman: twenty at once" {
        local i pids=()
        for i in $(seq 20); do
                podman run --rm --network=none --cgroup-parent "/berth-$ID" "$IMAGE" sh -c "exit $i" </dev/null 3>&- &
                pids+=($!)
        done
        for i in $(seq 20); do
                status=0
                wait "${pids[i - 1]}" || status=$?
                assert_status "$i"
        done
}
