#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Broken bundles: each gets one complete error that names the failing object and its cause, and leaves nothing.
load helpers

# fails TEXT...: the run fails with status 1, all texts are in its stderr, and the state directory is empty again.
fails() {
        run_container
        assert_status 1
        local text
        for text in "$@"; do assert_in_stderr "$text"; done
        [ -z "$(ls -A "$ROOT" 2>/dev/null | grep -v '^\.cache$')" ] || { echo "state left"; ls -lA "$ROOT"; return 1; }
}

@test "error: the interpreter of a script is missing" {
        printf '#!/bin/nosuch\n' >"$BUNDLE/rootfs/x"; chmod +x "$BUNDLE/rootfs/x"
        program /x
        fails "'/bin/nosuch'" "'/x'" "no such file or directory (ENOENT)"
}

@test "error: a script with CRLF line ends" {
        printf '#!/bin/sh\r\necho hi\r\n' >"$BUNDLE/rootfs/x"; chmod +x "$BUNDLE/rootfs/x"
        program /x
        fails "CR LF" "'/x'" "'/bin/sh\\r'"
}

@test "error: a script without #! line" {
        printf 'echo hi\n' >"$BUNDLE/rootfs/x"; chmod +x "$BUNDLE/rootfs/x"
        program /x
        fails "'/x'" "#!" "Exec format error (ENOEXEC)"
}

@test "error: a program of a foreign architecture is named so" {
        head -c 64 "$BUNDLE/rootfs/bin/busybox" >"$BUNDLE/rootfs/x"
        # e_machine, a little-endian half word at offset 18: 183 is aarch64, 243 riscv
        printf '\363\000' | dd of="$BUNDLE/rootfs/x" bs=1 seek=18 conv=notrunc status=none
        head -c 4096 /dev/zero >>"$BUNDLE/rootfs/x"; chmod +x "$BUNDLE/rootfs/x"
        program /x
        fails "'/x'" "riscv"
}

@test "error: the program is missing from PATH" {
        program nosuchprogram
        fails "'nosuchprogram'" "executable file not found in"
}

@test "error: the program's path does not exist" {
        program /no/such/program
        fails "'/no/such/program'" "no such file or directory (ENOENT)"
}

@test "error: the program is not executable" {
        echo x >"$BUNDLE/rootfs/x"; chmod 644 "$BUNDLE/rootfs/x"
        program /x
        fails "'/x'" "permission denied (EACCES)"
}

@test "error: the program is a directory" {
        program /etc
        fails "'/etc'" "directory" "must be a program"
        [[ "$stderr" != *LSM* ]]
}

@test "error: no directory of an empty PATH, no link as the working directory" {
        config '.process.env = ["PATH="]'
        fails "'true': executable file not found" "searched the working directory: PATH is empty"
        config '.process.cwd = "/proc/self/fd/7"'
        fails "cannot create working directory '/proc/self/fd/7'" "/proc/self/fd/N and the like cannot be the working directory"
}

@test "error: a bad tmpfs option is named, with the kernel's own words" {
        config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "t", "options": ["bogusopt=1"]}]'
        fails "bogusopt" "/mounts/6"
}

@test "error: an unknown file system type is named" {
        config '.mounts += [{"destination": "/mnt", "type": "nosuchfs", "source": "t"}]'
        fails "unknown file system type 'nosuchfs'" "'/mnt'" "/proc/filesystems" "/mounts/6"
}

@test "error: the source of a bind mount is missing: source and destination are named" {
        config '.mounts += [{"destination": "/mnt", "type": "bind", "source": "/no/such/dir", "options": ["bind"]}]'
        fails "'/no/such/dir'" "/mnt" "No such file or directory (ENOENT)"
}

@test "error: args is a string: place and pointer" {
        config '.process.args = "true"'
        fails "/process/args" "expected" "string" "config.json:"
}

@test "error: a typo in a key is a warning with a suggestion" {
        config '.linux.rootPropagation = "slave"'
        run_container
        assert_status 0
        assert_in_stderr "rootPropagation"
        assert_in_stderr "rootfsPropagation"
}

@test "error: unknown keys are errors for validate --strict" {
        config '.linux.rootPropagation = "slave"'
        run --separate-stderr "$BERTH" validate --strict --bundle "$BUNDLE"
        assert_status 1
        [[ "$output$stderr" == *rootfsPropagation* ]]
}

@test "error: all faults of a config are reported at once" {
        config '.process.cwd = "relative" | .hostname = 5 | .linux.namespaces += [{"type": "nosuch"}]'
        run --separate-stderr "$BERTH" validate --bundle "$BUNDLE"
        assert_status 1
        [[ "$output$stderr" == */process/cwd* ]]
        [[ "$output$stderr" == */hostname* ]]
        [[ "$output$stderr" == *nosuch* ]]
}

@test "error: RLIMIT_NOFILE above fs.nr_open names that number" {
        config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1099511627776, "hard": 1099511627776}]'
        fails "RLIMIT_NOFILE" "nr_open" "$(cat /proc/sys/fs/nr_open)"
}

@test "error: raising a hard limit without CAP_SYS_RESOURCE says so" {
        config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 5, "hard": 5}, {"type": "RLIMIT_NPROC", "soft": 100000000, "hard": 100000000}]'
        ulimit -u 4000
        run --separate-stderr setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource \
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "RLIMIT_NPROC"
        assert_in_stderr "CAP_SYS_RESOURCE"
}

@test "error: an AppArmor profile on a kernel without AppArmor" {
        [ -d /sys/kernel/security/apparmor ] && skip "needs a kernel without AppArmor"
        config '.process.apparmorProfile = "acme"'
        fails "AppArmor" "not enabled" "/process/apparmorProfile"
}

@test "error: an SELinux label on a kernel without SELinux" {
        [ -d /sys/fs/selinux/booleans ] && skip "needs a kernel without SELinux"
        config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
        fails "SELinux" "not enabled" "/process/selinuxLabel"
}

@test "error: an unknown sysctl" {
        config '.linux.sysctl = {"net.ipv4.no_such_key": "1"}'
        fails "net.ipv4.no_such_key"
}

@test "error: the id maps overlap" {
        with_userns
        config '.linux.uidMappings += [{"containerID": 10, "hostID": 500000, "size": 10}]'
        fails "overlap" "/linux/uidMappings"
}

@test "error: a devpts gid that is not mapped" {
        with_userns
        config '.linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 1}]'
        fails "gid" "5" "/linux/gidMappings" "/mounts/2"
}

@test "error: no config.json" {
        rm "$BUNDLE/config.json"
        fails "config.json" "No such file or directory (ENOENT)"
}

@test "error: config.json is a directory" {
        rm "$BUNDLE/config.json"; mkdir "$BUNDLE/config.json"
        fails "config.json"
}

@test "error: the bundle does not exist" {
        run --separate-stderr "$BERTH" --root "$ROOT" run --bundle "$BUNDLE/nosuch" "$ID"
        assert_status 1
        assert_in_stderr "nosuch"
        assert_in_stderr "No such file or directory (ENOENT)"
}

@test "error: the root file system does not exist" {
        config '.root.path = "nosuch"'
        fails "nosuch" "/root/path"
}

@test "error: the root file system is a file" {
        rm -rf "$BUNDLE/rootfs"; echo x >"$BUNDLE/rootfs"
        fails "rootfs" "irectory"
}

@test "error: half a document says where it ends" {
        head -c 100 "$BUNDLE/config.json" >"$BUNDLE/c"; mv "$BUNDLE/c" "$BUNDLE/config.json"
        fails "config.json:"
}

@test "error: a hundred megabytes of nesting fail at once" {
        head -c 100000000 /dev/zero | tr '\0' '[' >"$BUNDLE/config.json"
        fails "config.json"
        rm "$BUNDLE/config.json"
}

@test "error: a key that comes twice names both places" {
        printf '{"ociVersion":"1.0.0",\n "ociVersion":"1.0.0"}' >"$BUNDLE/config.json"
        fails "ociVersion" ":2:" "1:2"
}

@test "error: ids with a slash or dots only, and an empty one" {
        local id
        for id in a/b .. . ""; do
                run --separate-stderr "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$id"
                assert_status 1
                [ -n "$stderr" ]
        done
}

@test "error: an id in use" {
        program sleep 100
        create_container
        run --separate-stderr "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "container with given ID already exists"
        [ "$(container_status)" = created ]
}

@test "error: pids.max of the caller's cgroup is reached, and the container says so" {
        [ -d /sys/fs/cgroup/pids ] || skip "needs a kernel with the v1 pids controller"
        local cg="/sys/fs/cgroup/pids/$ID-outer"
        mkdir "$cg"; echo 2 >"$cg/pids.max"
        run --separate-stderr bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$cg" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        rmdir "$cg"
        # shell, berth, init: the third is one too many
        [ "$status" -ne 0 ] || skip "needs a kernel with pids.max that counts the clone"
        assert_in_stderr "clone"
}

@test "error: json log: exactly one object with level, msg and time, also before the config is read" {
        rm "$BUNDLE/config.json"
        run --separate-stderr "$BERTH" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" --log-format json create --bundle "$BUNDLE" "$ID"
        assert_status 1
        [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" = 1 ]
        jq -e '.level == "error" and (.msg | contains("config.json")) and (.time | fromdateiso8601? // (.[0:19] + "Z" | fromdateiso8601))' \
                "$BATS_TEST_TMPDIR/log"
}
