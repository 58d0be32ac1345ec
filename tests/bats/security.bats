#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Known attacks on runtimes, each against a harmless target below the test's own folder.
load helpers

more_setup() {
        OUTSIDE="$BATS_TEST_TMPDIR/outside"
        mkdir "$OUTSIDE"; echo canary >"$OUTSIDE/file"
}
# Whatever the run did, nothing outside the root may have changed.
outside_is_untouched() { [ "$(ls -A "$OUTSIDE")" = file ] && [ "$(cat "$OUTSIDE/file")" = canary ]; }

@test "CVE-2019-5736: /proc/self/exe of init is not the host's binary" {
        local sum
        sum=$(sha256sum <"$BERTH")
        # execute what /proc/self/exe of the runtime is, from inside
        ln -s /proc/self/exe "$BUNDLE/rootfs/entry"
        program /entry --version
        run_container
        [ "$status" -ne 0 ]
        refute_in_output "berth version"
        printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/script"; chmod +x "$BUNDLE/rootfs/script"
        program /script
        run_container
        [ "$status" -ne 0 ]
        [ "$(sha256sum <"$BERTH")" = "$sum" ]
}

@test "CVE-2019-5736: a parked init's exe cannot be opened for writing" {
        program true
        create_container
        local exe
        exe=$(readlink "/proc/$(container_pid)/exe")
        [[ "$exe" != "$(readlink -f "$BERTH")"* ]] || { echo "$exe"; return 1; }
        # Its file is mapped, as the C library's is: nobody who lacks privilege over the host can open that.
        local sum range
        sum=$(sha256sum <"$BERTH")
        range=$(awk -v file="$(readlink -f "$BERTH")" '$6 == file { print $1; exit }' "/proc/$(container_pid)/maps")
        [ -n "$range" ] || return 0 # copied: a build or a kernel that cannot map it again
        run setpriv --bounding-set=-all,+dac_override,+dac_read_search,+sys_ptrace,+setpcap \
                sh -c ': 2>&1 >>"/proc/$1/map_files/$2"' sh "$(container_pid)" "$range"
        [ "$status" -ne 0 ]
        [[ "$output" == *"Operation not permitted"* ]]
        [ "$(sha256sum <"$BERTH")" = "$sum" ]
}

@test "CVE-2019-5736: a kernel that cannot seal gets a sealed copy" {
        # without CONFIG_CHECKPOINT_RESTORE prctl(PR_SET_MM) is EINVAL
        local old=("$BERTH_BUILD/tests/helpers/enosys" set_mm=EINVAL --)
        [ -x "${old[0]}" ] || skip "needs the package that builds tests/helpers"
        program sh -c 'exec sleep 1000'
        "${old[@]}" "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
        local exe
        exe=$(readlink "/proc/$(container_pid)/exe")
        [[ "$exe" == "/memfd:berth"* ]] || { echo "$exe"; return 1; }
        # nobody can write to it, nor to the host's file by way of it
        run sh -c ': 2>&1 >>"/proc/$1/exe"' sh "$(container_pid)"
        [ "$status" -ne 0 ]
        ! grep -qF "$(readlink -f "$BERTH")" "/proc/$(container_pid)/maps"
        [ "$(cat "/proc/$(container_pid)/comm")" = "berth:[init]" ]
        berth start "$ID"
        berth delete --force "$ID"
        program sh -c 'echo from inside'
        run --separate-stderr "${old[@]}" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output "from inside"
}

@test "CVE-2019-18837, CVE-2021-30465: a symlink as mount destination stays inside" {
        ln -s "$OUTSIDE" "$BUNDLE/rootfs/link"
        config '.mounts += [{"destination": "/link/new", "type": "tmpfs", "source": "t"}]'
        run_container
        outside_is_untouched
}

@test "CVE-2024-45310: missing directories are not made outside" {
        ln -s ../../../../../../../../../../../../"$OUTSIDE" "$BUNDLE/rootfs/link"
        config '.mounts += [{"destination": "/link/a/b/c", "type": "bind", "source": "/usr", "options": ["bind"]}]'
        run_container
        outside_is_untouched
}

@test "CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /proc and /sys as symlinks" {
        rmdir "$BUNDLE/rootfs/proc"; mkdir "$BUNDLE/rootfs/real"; ln -s /real "$BUNDLE/rootfs/proc"
        run_container
        assert_status 1
        assert_in_stderr "must be mounted on ordinary directory"
        rm "$BUNDLE/rootfs/proc"; mkdir "$BUNDLE/rootfs/proc"
        rmdir "$BUNDLE/rootfs/sys"; ln -s /real "$BUNDLE/rootfs/sys"
        run_container
        assert_status 1
        assert_in_stderr "must be mounted on ordinary directory"
}

@test "CVE-2026-41579, CVE-2026-47766: /dev as a symlink to outside" {
        rmdir "$BUNDLE/rootfs/dev"; ln -s "$OUTSIDE" "$BUNDLE/rootfs/dev"
        config '.mounts |= map(select(.destination | startswith("/dev") | not))'
        run_container
        outside_is_untouched
        rm "$BUNDLE/rootfs/dev"; ln -s ../../outside "$BUNDLE/rootfs/dev"
        run_container
        outside_is_untouched
}

@test "CVE-2025-31133: /dev/null of the image as a link: masked paths stay masked" {
        config '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths += ["/token"]'
        echo secret >"$BUNDLE/rootfs/token"
        ln -s "$OUTSIDE/file" "$BUNDLE/rootfs/dev/null"
        program sh -c 'cat /token; echo overwritten >/token'
        run_container
        outside_is_untouched
        refute_in_output secret
}

@test "CVE-2025-31133: /dev/null of the image as a regular file is an error or replaced" {
        config '.mounts |= map(select(.destination | startswith("/dev") | not))'
        echo x >"$BUNDLE/rootfs/dev/null"
        program sh -c 'test -c /dev/null && echo device'
        run_container
        [ "$status" -ne 0 ] || assert_output device
}

@test "CVE-2025-52565: /dev/pts/0 and /dev/console as links into the host" {
        command -v python3 >/dev/null || skip "needs the package python3"
        mkdir -p "$BUNDLE/rootfs/dev/pts"
        ln -s "$OUTSIDE/file" "$BUNDLE/rootfs/dev/console"
        ln -s "$OUTSIDE/file" "$BUNDLE/rootfs/dev/pts/0"
        config '.mounts |= map(select(.destination == "/proc" or .destination == "/dev/pts")) | .process.terminal = true'
        program sh -c 'echo overwritten >/dev/console'
        run --separate-stderr python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' \
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        outside_is_untouched
}

@test "CVE-2019-16884, CVE-2025-52881: a tmpfs on /proc cannot swallow writes" {
        config '.mounts |= map(if .destination == "/proc" then {"destination": "/proc", "type": "tmpfs", "source": "t"} else . end)
                | .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
        program sh -c 'ls /proc; ip route 2>/dev/null; true'
        run_container
        # either refused, or written to the real one: never to the fake
        [ "$status" -ne 0 ] || refute_in_output "sys"
}

@test "CVE-2024-21626: a working directory through the runtime's fds" {
        local fd
        for fd in 3 5 7 8 9 10; do
                config '.process.cwd = "/proc/self/fd/'$fd'"'
                program pwd
                run_container
                [ "$status" -ne 0 ] || { echo "cwd over fd $fd: $output"; return 1; }
        done
}

@test "CVE-2022-29162, CVE-2022-27650: inheritable capabilities stay empty unless asked for" {
        program grep CapInh /proc/self/status
        run_container
        assert_output $'CapInh:\t0000000000000000'
}

@test "CVE-2023-25809: /sys/fs/cgroup without a cgroup namespace in a user namespace is not the host's" {
        with_userns
        config '.mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev"]}]'
        # on v1 /sys/fs/cgroup itself is a tmpfs of the container's own; what counts are the hierarchies
        program sh -c 'for d in $(awk "\$3 ~ /^cgroup/ { print \$2 }" /proc/mounts); do
                echo seen; mkdir $d/intruder 2>/dev/null && echo $d; done; true'
        run_container
        [ "$status" -ne 0 ] || [ "$(sort -u <<<"$output")" = seen ]
}

@test "a device path that leads outside through a link makes nothing there" {
        ln -s "$OUTSIDE" "$BUNDLE/rootfs/link"
        config '.linux.devices = [{"path": "/link/zero", "type": "c", "major": 1, "minor": 5}]'
        run_container
        outside_is_untouched
}

@test "races: the destination is swapped for a link while containers are made" {
        command -v python3 >/dev/null || skip "needs the package python3"
        mkdir "$BUNDLE/rootfs/a"; ln -s "$OUTSIDE" "$BUNDLE/rootfs/b"
        config '.mounts += [{"destination": "/a/made", "type": "tmpfs", "source": "t"}]'
        program true
        python3 - "$BUNDLE/rootfs" 3>&- <<'PY' &
import ctypes, os, sys, time
libc = ctypes.CDLL(None)
a, b = (os.path.join(sys.argv[1], n).encode() for n in "ab")
end = time.monotonic() + 8
while time.monotonic() < end:
    for _ in range(500):
        libc.renameat2(-100, a, -100, b, 2)
PY
        local swapper=$! i
        for i in $(seq 40); do
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 || true
                outside_is_untouched || { kill $swapper; return 1; }
        done
        kill $swapper 2>/dev/null || true
        wait $swapper 2>/dev/null || true
}

@test "CVE-2016-9962: init cannot be traced or read before its program runs" {
        config '.process.user = {"uid": 1000, "gid": 1000}'
        program sleep 100
        create_container
        local pid
        pid=$(container_pid)
        [ "$(stat -c %u "/proc/$pid/fd")" = 0 ]
        run ! setpriv --reuid 1000 --clear-groups ls "/proc/$pid/fd" 2>/dev/null
}

@test "CVE-2019-16884, CVE-2025-52881: a directory bound over /proc gets none of the runtime's writes" {
        mkdir -p "$OUTSIDE.proc/sys/net/ipv4" "$OUTSIDE.proc/self/attr"
        echo fake | tee "$OUTSIDE.proc/sys/net/ipv4/ip_forward" >"$OUTSIDE.proc/self/attr/exec"
        config '.mounts |= map(if .destination == "/proc" then {"destination": "/proc", "source": "'"$OUTSIDE.proc"'", "options": ["rbind"]} else . end)
                | .linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
        run_container
        # either refused, or done where it counts: never here
        [ "$(cat "$OUTSIDE.proc/sys/net/ipv4/ip_forward" "$OUTSIDE.proc/self/attr/exec")" = $'fake\nfake' ]
}

@test "CVE-2021-43784: lengths at and beyond every limit are counted, not cut" {
        # what another runtime packed into 16 bits of a netlink attribute on its way to init
        config '.process.env += ["LONG=" + "x" * 70000]'
        program sh -c 'echo ${#LONG}; tail -n 1 /proc/self/uid_map | xargs'
        run_container
        assert_status 0
        [ "${lines[0]}" = 70000 ]
        with_userns
        config '.linux.uidMappings = [range(200) | {"containerID": ., "hostID": (100000 + .), "size": 1}] + [{"containerID": 200, "hostID": 200000, "size": 1000}]'
        run_container
        assert_status 0
        [ "${lines[1]}" = "200 200000 1000" ]
        config '.linux.namespaces |= map(if .type == "network" then .path = "/" + "x" * 70000 else . end)'
        run_container
        assert_status 1
        assert_in_stderr "File name too long (ENAMETOOLONG)"
        [ ! -e "$ROOT/$ID" ]
}

@test "CVE-2024-21626: what the image calls its working directory cannot be a way to one" {
        local fd
        for fd in 3 4 6 8 11 15; do
                ln -sfn "/proc/self/fd/$fd" "$BUNDLE/rootfs/work"
                config '.process.cwd = "/work"'
                program sh -c 'ls -d ../../../../../../../..'"$OUTSIDE"' 2>/dev/null; pwd'
                run_container
                [ "$status" -ne 0 ] || { [[ "$output" != *"$OUTSIDE"* ]] && [ "$output" = /work ]; } || { echo "fd $fd: $output"; return 1; }
        done
}

@test "CVE-2025-23266: a host's hook does not get what the image has put into the environment" {
        config '.process.env += ["LD_PRELOAD=/proc/self/cwd/evil.so"]
                | .hooks = ([["prestart", "createRuntime", "createContainer", "poststart", "poststop"][]
                             | {key: ., value: [{path: "/bin/sh", args: ["sh", "-c", "env >>\($out)"]}]}] | from_entries)' --arg out "$OUTSIDE/env"
        run_container
        assert_status 0
        [ "$(grep -c ^PWD= "$OUTSIDE/env")" = 5 ]
        ! grep LD_PRELOAD "$OUTSIDE/env"
}

@test "annotations that engines copy from an image run nothing on the host and make nothing writable" {
        local key
        config '.annotations = {"berth.lxc.hook.pre-start": ([{path: "/bin/sh", args: ["sh", "-c", "echo overwritten >\($file)"]}] | tojson)}' \
                --arg file "$OUTSIDE/file"
        run_container
        assert_status 1
        assert_in_stderr "annotation 'berth.lxc.hook.pre-start' needs '\"trustBerthAnnotations\": true' at /annotations/berth.lxc.hook.pre-start"
        outside_is_untouched
        program touch /outside/made
        for key in berth.paths.writable berth.namespace.share.ipc berth.rootfs.options berth.devices.strict; do
                config '.annotations = {($key): "/outside"} | .mounts += [{destination: "/outside", type: "bind", source: $from,
                        options: ["rbind", "ro"]}]' --arg key "$key" --arg from "$OUTSIDE"
                run_container
                assert_status 1
                assert_in_stderr "annotation '$key' needs '\"trustBerthAnnotations\": true'"
                outside_is_untouched
        done
}
