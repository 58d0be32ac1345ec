#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md "Mounts", config-linux.md "Default Filesystems", "Rootfs Mount Propagation", "Masked Paths", "Readonly Paths".
load helpers

# options_of DESTINATION: the mount's own options, as the container's mountinfo shows them.
show_mount() { program sh -c "grep ' $1 ' /proc/self/mountinfo"; }
add_mount() { config ".mounts += [$1]"; }

@test "mounts: in the listed order, options as asked" {
        show_mount /dev/shm
        run_container
        assert_status 0
        assert_in_output "rw,nosuid,nodev,noexec"
        assert_in_output "size=65536k"
}

@test "mounts: each generic option takes effect" {
        local option
        for option in ro nosuid nodev noexec noatime nodiratime strictatime sync dirsync nosymfollow; do
                config '.mounts = [.mounts[] | select(.destination != "/mnt")]'
                add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["'$option'"]}'
                show_mount /mnt
                run_container
                assert_status 0
                # strictatime is the absence of the others
                if [ $option = strictatime ]; then refute_in_output noatime; refute_in_output relatime; else assert_in_output "$option"; fi
        done
}

@test "mounts: later words undo earlier ones" {
        add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["ro", "noexec", "rw", "exec"]}'
        show_mount /mnt
        run_container
        assert_status 0
        refute_in_output "ro,"
        refute_in_output noexec
}

@test "mounts: bind of a directory, of a file, and read-only" {
        mkdir "$BATS_TEST_TMPDIR/src"; echo inside >"$BATS_TEST_TMPDIR/src/f"
        add_mount '{"destination": "/d", "source": "'"$BATS_TEST_TMPDIR/src"'", "type": "none", "options": ["rbind", "ro"]}'
        add_mount '{"destination": "/etc/f", "source": "'"$BATS_TEST_TMPDIR/src/f"'", "type": "bind", "options": ["bind"]}'
        program sh -c 'cat /d/f /etc/f; echo x >/d/g; echo changed >/etc/f'
        run_container
        assert_output $'inside\ninside'
        assert_in_stderr "Read-only file system"
        [ "$(cat "$BATS_TEST_TMPDIR/src/f")" = changed ]
}

@test "mounts: a relative source is taken from the bundle" {
        mkdir "$BUNDLE/vol"; echo v >"$BUNDLE/vol/f"
        add_mount '{"destination": "/d", "source": "vol", "type": "bind", "options": ["bind"]}'
        program cat /d/f
        run_container
        assert_output v
}

@test "mounts: rro makes submounts read-only too" {
        local src="$BATS_TEST_TMPDIR/src"
        mkdir -p "$src/sub"
        add_mount '{"destination": "/d", "source": "'"$src"'", "type": "bind", "options": ["rbind", "rro"]}'
        program sh -c 'touch /d/sub/f || echo refused'
        run --separate-stderr unshare -m --propagation private sh -c 'mount -t tmpfs t "$0/sub"; exec "$@"' "$src" \
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_output refused
}

@test "mounts: ro without r leaves submounts writable" {
        local src="$BATS_TEST_TMPDIR/src"
        mkdir -p "$src/sub"
        add_mount '{"destination": "/d", "source": "'"$src"'", "type": "bind", "options": ["rbind", "ro"]}'
        program sh -c 'touch /d/sub/f && echo written'
        run --separate-stderr unshare -m --propagation private sh -c 'mount -t tmpfs t "$0/sub"; exec "$@"' "$src" \
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_output written
}

@test "mounts: propagation of a mount" {
        mkdir "$BATS_TEST_TMPDIR/src"
        local word
        for word in private rprivate slave rslave unbindable; do
                config '.mounts = [.mounts[] | select(.destination != "/d")]'
                add_mount '{"destination": "/d", "source": "'"$BATS_TEST_TMPDIR/src"'", "type": "bind", "options": ["bind", "'$word'"]}'
                show_mount /d
                run_container
                assert_status 0
                refute_in_output shared:
                if [ $word = unbindable ]; then assert_in_output unbindable; fi
        done
        config '.mounts = [.mounts[] | select(.destination != "/d")]'
        add_mount '{"destination": "/d", "source": "'"$BATS_TEST_TMPDIR/src"'", "type": "bind", "options": ["bind", "shared"]}'
        show_mount /d
        run_container
        assert_in_output shared:
}

@test "mounts: tmpcopyup copies what the directory held" {
        mkdir -p "$BUNDLE/rootfs/data/sub"; echo a >"$BUNDLE/rootfs/data/f"; echo b >"$BUNDLE/rootfs/data/sub/g"
        ln -s f "$BUNDLE/rootfs/data/link"; chmod 751 "$BUNDLE/rootfs/data"
        add_mount '{"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}'
        program sh -c 'cat /data/link /data/sub/g; stat -c %a /data; stat -f -c %T /data; echo new >/data/f'
        run_container
        assert_status 0
        assert_output $'a\nb\n751\ntmpfs'
        [ "$(cat "$BUNDLE/rootfs/data/f")" = a ]
}

@test "mounts: a tmpfs without mode= keeps the directory's" {
        mkdir "$BUNDLE/rootfs/data"; chmod 1777 "$BUNDLE/rootfs/data"
        add_mount '{"destination": "/data", "type": "tmpfs", "source": "tmpfs"}'
        program stat -c %a /data
        run_container
        assert_output 1777
}

@test "mounts: idmap with a mapping of its own" {
        needs_call open_tree
        needs_call move_mount
        needs_call mount_setattr
        mkdir "$BATS_TEST_TMPDIR/src"; touch "$BATS_TEST_TMPDIR/src/f"; chown 1000:1000 "$BATS_TEST_TMPDIR/src/f"
        add_mount '{"destination": "/d", "source": "'"$BATS_TEST_TMPDIR/src"'", "type": "bind", "options": ["bind", "idmap"],
                "uidMappings": [{"containerID": 1000, "hostID": 2000, "size": 1}], "gidMappings": [{"containerID": 1000, "hostID": 2000, "size": 1}]}'
        program stat -c '%u %g' /d/f
        run_container
        assert_status 0
        assert_output "2000 2000"
}

@test "mounts: idmap with the container's mapping" {
        needs_call open_tree
        needs_call move_mount
        needs_call mount_setattr
        with_userns
        mkdir "$BATS_TEST_TMPDIR/src"; touch "$BATS_TEST_TMPDIR/src/f"; chown 7:8 "$BATS_TEST_TMPDIR/src/f"
        add_mount '{"destination": "/d", "source": "'"$BATS_TEST_TMPDIR/src"'", "type": "bind", "options": ["bind", "idmap"]}'
        program stat -c '%u %g' /d/f
        run_container
        assert_status 0
        assert_output "7 8"
        [ "$(stat -c '%u %g' "$BATS_TEST_TMPDIR/src/f")" = "7 8" ]
}

@test "mounts: idmap without mapping and user namespace is an error" {
        add_mount '{"destination": "/d", "source": "/usr", "type": "bind", "options": ["bind", "idmap"]}'
        run_container
        assert_status 1
        assert_in_stderr idmap
        assert_in_stderr /mounts/6
}

@test "mounts: copy-symlink makes the link, not its target" {
        ln -s /no/where "$BATS_TEST_TMPDIR/link"
        add_mount '{"destination": "/l", "source": "'"$BATS_TEST_TMPDIR/link"'", "type": "bind", "options": ["bind", "copy-symlink"]}'
        program readlink /l
        run_container
        assert_status 0
        assert_output /no/where
}

@test "mounts: two hundred binds with 128 fds" {
        mkdir "$BATS_TEST_TMPDIR/src"
        config '.mounts += [range(200) | {"destination": "/m/\(.)", "source": "'"$BATS_TEST_TMPDIR/src"'", "type": "bind", "options": ["bind"]}]'
        program sh -c 'grep -c " /m/" /proc/self/mountinfo'
        run --separate-stderr bash -c 'ulimit -Sn 128; exec "$@"' _ "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output 200
}

@test "root.readonly: the root, and only the root" {
        config '.root.readonly = true'
        program sh -c 'touch /x; touch /dev/shm/x && echo fine'
        run_container
        assert_output fine
        assert_in_stderr "Read-only file system"
}

@test "linux.maskedPaths: files and directories read as empty, missing ones are skipped" {
        mkdir "$BUNDLE/rootfs/secret"; echo s >"$BUNDLE/rootfs/secret/f"; echo t >"$BUNDLE/rootfs/token"
        config '.linux.maskedPaths += ["/secret", "/token", "/no/such"]'
        program sh -c 'ls /secret | wc -l; wc -c </token; touch /secret/x || echo refused'
        run_container
        assert_status 0
        assert_output $'0\n0\nrefused'
}

@test "linux.maskedPaths: 512 directories cost one superblock" {
        local i
        for i in $(seq 512); do mkdir "$BUNDLE/rootfs/m$i"; done
        config '.linux.maskedPaths += [range(1; 513) | "/m\(.)"]'
        program sh -c 'grep " /m[0-9]* " /proc/self/mountinfo | cut -d" " -f3 | sort -u | wc -l'
        run_container
        assert_status 0
        assert_output 1
}

@test "linux.readonlyPaths" {
        mkdir "$BUNDLE/rootfs/fixed"
        config '.linux.readonlyPaths += ["/fixed", "/no/such"]'
        program sh -c 'touch /fixed/x; touch /ok && echo fine'
        run_container
        assert_output fine
        assert_in_stderr "Read-only file system"
}

@test "linux.rootfsPropagation: shared, slave, private, unbindable" {
        show_mount /
        config '.linux.rootfsPropagation = "shared"'; run_container; assert_in_output shared:
        config '.linux.rootfsPropagation = "private"'; run_container; refute_in_output shared:; refute_in_output master:
        config '.linux.rootfsPropagation = "unbindable"'; run_container; assert_in_output unbindable
        config '.linux.rootfsPropagation = "slave"'; run_container; assert_status 0; refute_in_output shared:
}

@test "rootfs slave: a later mount on the host is seen in the container, and not the other way" {
        mkdir "$BATS_TEST_TMPDIR/vol"
        add_mount '{"destination": "/vol", "source": "'"$BATS_TEST_TMPDIR/vol"'", "type": "bind", "options": ["rbind", "rslave"]}'
        program sh -c 'echo ready; read line; ls /vol/sub'
        run --separate-stderr unshare -m --propagation private bash -c '
                vol=$1; shift
                mount --bind "$vol" "$vol"; mount --make-shared "$vol"; mkdir "$vol/sub"
                coproc "$@"
                read -r ready <&"${COPROC[0]}"
                mount -t tmpfs t "$vol/sub"; touch "$vol/sub/seen"
                echo go >&"${COPROC[1]}"
                cat <&"${COPROC[0]}"' _ "$BATS_TEST_TMPDIR/vol" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_output seen
}

@test "--no-pivot" {
        program sh -c 'ls /; grep -c . /proc/self/mountinfo'
        run_container --no-pivot
        assert_status 0
        assert_in_output bin
        refute_in_output work
}

@test "mounts: cgroup with a cgroup namespace shows the container's own as root" {
        config '.linux.namespaces += [{"type": "cgroup"}]
                | .mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "ro"]}]'
        program sh -c 'cat /proc/self/cgroup; ls /sys/fs/cgroup; touch /sys/fs/cgroup/x || echo refused'
        run_container
        assert_status 0
        refute_in_output "$ID"
        assert_in_output refused
}

@test "mounts: cgroup without a cgroup namespace is the container's own directory" {
        config '.mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "ro"]}]'
        program sh -c 'ls /sys/fs/cgroup/ /sys/fs/cgroup/*/ | grep -c berth; find /sys/fs/cgroup -name cgroup.procs | head -n 1 | xargs cat'
        run_container
        assert_status 0
        [ "${lines[0]}" = 0 ]
        assert_in_output 1
}

@test "mounts: a directory that is missing is made, also through links inside the root" {
        ln -s /real "$BUNDLE/rootfs/alias"; mkdir "$BUNDLE/rootfs/real"
        add_mount '{"destination": "/alias/a/b", "type": "tmpfs", "source": "tmpfs"}'
        program sh -c 'grep -o "/real/a/b" /proc/self/mountinfo'
        run_container
        assert_status 0
        assert_output /real/a/b
}

@test "a read-only tmpfs on /dev gets its devices first, and mounts below a read-only tmpfs their mount points" {
        config '(.mounts[] | select(.destination == "/dev")).options += ["ro"]
                | .process.terminal = true
                | .mounts += [{destination: "/ro", type: "tmpfs", source: "tmpfs", options: ["ro", "nosuid"]},
                              {destination: "/ro/below", type: "tmpfs", source: "tmpfs"}]'
        program sh -c 'tty; for d in /dev /ro; do awk -v d=$d "\$5 == d { print d, \$6 }" /proc/self/mountinfo; done
                touch /dev/x; touch /ro/x; touch /ro/below/x && echo made; echo >/dev/null && echo null; ls -l /dev/fd'
        run bash -c "$BERTH --root $ROOT run --bundle $BUNDLE $ID </dev/null 2>&1"
        assert_status 0
        assert_in_output "/dev/pts/0"
        assert_in_output "/dev ro,nosuid"
        assert_in_output "/ro ro,nosuid"
        assert_in_output "touch: /dev/x: Read-only file system"
        assert_in_output "touch: /ro/x: Read-only file system"
        assert_in_output "made"
        assert_in_output "null"
}

@test "a destination with a slash at its end takes a file all the same" {
        echo content >"$BATS_TEST_TMPDIR/source"
        config --arg source "$BATS_TEST_TMPDIR/source" \
                '.mounts += [{destination: "/new/", type: "bind", source: $source, options: ["bind", "ro"]},
                             {destination: "/etc/passwd//", type: "bind", source: $source, options: ["bind", "ro"]}]'
        program cat /new /etc/passwd
        run_container
        assert_status 0
        assert_output "content
content"
}

@test "mounts: tmpcopyup keeps the holes of sparse files" {
        mkdir "$BUNDLE/rootfs/up"
        { echo begin; } >"$BUNDLE/rootfs/up/holes"
        printf middle | dd of="$BUNDLE/rootfs/up/holes" bs=1 seek=1G conv=notrunc status=none
        truncate -s 3G "$BUNDLE/rootfs/up/holes"
        truncate -s 2G "$BUNDLE/rootfs/up/empty"
        seq 100000 >"$BUNDLE/rootfs/up/dense"
        # more than 4 MiB do not fit
        config '.mounts += [{destination: "/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=4m"]}]'
        program sh -c 'cd /up; stat -c "%n %s" *; head -n 1 holes; dd if=holes bs=1M skip=1024 count=1 2>/dev/null | head -c 6; echo
                md5sum <dense'
        run_container
        assert_status 0
        assert_output "dense $(stat -c %s "$BUNDLE/rootfs/up/dense")
empty 2147483648
holes 3221225472
begin
middle
$(md5sum <"$BUNDLE/rootfs/up/dense")"
}

@test "mounts: in a user namespace, a source that only the runtime can reach, on any kernel" {
        local lacking old=("$BERTH_BUILD/tests/helpers/enosys")
        mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
        mkdir "$BATS_TEST_TMPDIR/closed/dir"
        echo content | tee "$BATS_TEST_TMPDIR/closed/file" >"$BATS_TEST_TMPDIR/closed/dir/file"
        with_userns
        config --arg source "$BATS_TEST_TMPDIR/closed" \
                '.mounts += [{destination: "/dir", type: "bind", source: ($source + "/dir"), options: ["bind", "ro"]},
                             {destination: "/file", type: "bind", source: ($source + "/file"), options: ["bind", "ro"]}]'
        program sh -c 'cat /dir/file /file; : >/file'
        run_container
        assert_status 1
        assert_output "content
content"
        assert_in_stderr "Read-only file system"
        [ -x "${old[0]}" ] || skip "needs the package that builds tests/helpers"
        for lacking in open_tree move_mount open_tree,move_mount; do
                run --separate-stderr "${old[@]}" "$lacking" -- "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
                assert_status 1
                assert_output "content
content"
                assert_in_stderr "Read-only file system"
        done
        config --arg source "$BATS_TEST_TMPDIR/closed" '.mounts[-1].source = $source + "/none"'
        run --separate-stderr "${old[@]}" move_mount -- "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "mount '$BATS_TEST_TMPDIR/closed/none' on '/file'"
}

@test "devices: nodes on a mount with nodev cannot be opened, and that is said once" {
        config '.mounts |= map(select(.destination | startswith("/dev") | not))'
        program sh -c '[ -c /dev/null ] && : 2>&1 </dev/null'
        run --separate-stderr unshare -m --propagation private sh -c 'mount --bind "$0" "$0"; mount -o remount,bind,nodev "$0"; exec "$@"' \
                "$BUNDLE/rootfs" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        [ "$status" -ne 0 ]
        assert_in_output "Permission denied"
        [ "$stderr" = "berth: warning: '/dev/null' and other device nodes cannot be opened: the root file system '$BUNDLE/rootfs' is mounted with 'nodev'; mount a tmpfs on '/dev', or remount it with 'dev'" ]
        config '.mounts += [{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev"]}]'
        run_container
        [ "$status" -ne 0 ]
        [ "$stderr" = "berth: warning: '/dev/null' and other device nodes cannot be opened: the mount on '/dev' has the option 'nodev'; remove it from the config" ]
        # a fifo is no device, and where nodes are all right nothing is said
        config '.annotations["berth.devices.default"] = "none" | .linux.devices = [{"path": "/dev/f", "type": "p"}] | del(.linux.maskedPaths)'
        program test -p /dev/f
        run_container
        assert_status 0
        [ -z "$stderr" ]
}

@test "mounts: tmpcopyup keeps the names of one file together" {
        local up="$BUNDLE/rootfs/up" i
        mkdir -p "$up/sub" "$up/.berth-links-0"
        echo one >"$up/a"; ln "$up/a" "$up/sub/b"; ln "$up/a" "$up/.berth-links-0/c"; ln "$up/a" "$BUNDLE/rootfs/outside"
        ln -s a "$up/link"; ln "$up/link" "$up/sub/link"
        mkfifo "$up/fifo"; ln "$up/fifo" "$up/sub/fifo"
        # more than one read of a directory shows at once
        for ((i = 0; i < 300; i++)); do echo $i >"$up/sub/a-rather-long-name-$i"; done
        for ((i = 0; i < 300; i++)); do ln "$up/sub/a-rather-long-name-$i" "$up/another-rather-long-name-$i"; done
        config '.mounts += [{destination: "/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
        program sh -c 'cd /up; ls -A | grep -v ^another; stat -c "%h %n" a sub/link fifo
                [ a -ef sub/b ] && [ a -ef .berth-links-0/c ] && [ fifo -ef sub/fifo ] && readlink sub/link
                for i in $(seq 0 299); do [ another-rather-long-name-$i -ef sub/a-rather-long-name-$i ] || echo apart $i; done
                cat another-rather-long-name-299 sub/b'
        run_container
        assert_status 0
        assert_output ".berth-links-0
a
fifo
link
sub
3 a
2 sub/link
2 fifo
a
299
one"
}

@test "mounts: tmpcopyup copies extended attributes of every size" {
        command -v python3 >/dev/null || skip "needs the package python3"
        local big='import os, sys
def names(i): return "user." + "n%03d" % i * 20
if sys.argv[1] == "set":
    os.setxattr(sys.argv[2], "user.big", b"x" * 20000)
    for i in range(100): os.setxattr(sys.argv[2], names(i), b"")
print(len(os.getxattr(sys.argv[2], "user.big")), len([n for n in os.listxattr(sys.argv[2]) if n in map(names, range(100))]))'
        mkdir "$BUNDLE/rootfs/up" "$BATS_TEST_TMPDIR/source"
        config --arg source "$BATS_TEST_TMPDIR/source" '.mounts += [{destination: "/up", type: "bind", source: $source, options: ["bind"]},
                {destination: "/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
        program sleep 1000
        # few file systems take such values; tmpfs does
        unshare -m --propagation private sh -c 'mount -t tmpfs source "$1" && : >"$1/file" && python3 -c "$2" set "$1/file" || exit 77
                shift 2; exec "$@"' sh "$BATS_TEST_TMPDIR/source" "$big" \
                "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" ||
                { [ $? -eq 77 ] && skip "needs a kernel with user attributes on tmpfs"; cat "$BATS_TEST_TMPDIR/err"; return 1; }
        [ "$(python3 -c "$big" get "/proc/$(container_pid)/root/up/file")" = "20000 100" ]
        berth delete --force "$ID"
}
