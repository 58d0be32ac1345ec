#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bad input: any bundle, however broken, any hook, and any limit of the host gets one complete error and leaves nothing.
load helpers

# refused TEXT [RUN_OPTION...]: the run fails with exactly one error, whose first line holds TEXT, and nothing is left.
refused() {
        local text=$1
        shift
        run_container "$@"
        [ "$status" -ne 0 ] || { echo "it ran"; return 1; }
        one_error "$text"
}
# Continuation lines are indented: a line that begins with the name is an error of its own.
one_error() {
        [ "$(grep -c '^berth: ' <<<"$stderr")" = 1 ] || { echo "not one error: $stderr"; return 1; }
        [[ "${stderr%%$'\n'*}" == "berth: "*"$1"* ]] || { echo "not '$1': $stderr"; return 1; }
        nothing_is_left
}
nothing_is_left() {
        [ ! -e "$ROOT/$ID" ] || { echo "state left"; return 1; }
        [ -z "$(find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null)" ] || { echo "cgroup left"; return 1; }
        ! pgrep -f -- "[ /]$ID( |$)" || { echo "process left"; return 1; }
}
hook() { config '.hooks[$kind] += [{"path": "/bin/sh", "args": ["sh", "-c", $script], "env": ["PATH=/usr/bin:/bin"]} + $more]' --arg kind "$1" --arg script "$2" --argjson more "${3:-{\}}"; }

@test "input: config.json is missing, a directory, a device, a FIFO, a link to itself, not readable" {
        local path="$BUNDLE/config.json"
        rm "$path"
        refused "cannot open '$path': No such file or directory (ENOENT)"
        mkdir "$path"
        refused "'$path' is not a regular file"
        rmdir "$path"; ln -s /dev/zero "$path"
        refused "'$path' is not a regular file"
        rm "$path"; mkfifo "$path"
        refused "'$path' is not a regular file"
        rm "$path"; ln -s config.json "$path"
        refused "cannot open '$path': Too many levels of symbolic links (ELOOP)"
        rm "$path"; default_config >"$path"; chmod 600 "$path"
        for_all_users
        run --separate-stderr setpriv --reuid 12345 --regid 12345 --clear-groups --inh-caps=-all "$BERTH" --root "$BATS_TEST_TMPDIR/other" validate --bundle "$BUNDLE"
        [ "$status" -ne 0 ]
        [[ "$stderr" == *"Permission denied (EACCES)"* ]]
}

@test "input: not JSON: empty, cut off, binary, in UTF-16, two documents, another type" {
        local path="$BUNDLE/config.json"
        : >"$path"; refused "config.json:1:1: the document is empty"
        echo null >"$path"; refused "config.json:1:1: expected object, got null"
        echo '[]' >"$path"; refused "config.json:1:1: expected object, got array"
        head -c 100 <(default_config) >"$path"; refused "config.json:"
        head -c 5000 "$BUNDLE/rootfs/bin/busybox" >"$path"; refused "config.json:1:"
        default_config | iconv -t UTF-16 >"$path"; refused "config.json:1:"
        { default_config; default_config; } >"$path"; refused "config.json:"
        printf '{"ociVersion": "1.0.0\0"}' >"$path"; refused "config.json:1:"
}

@test "input: a hundred megabytes of nesting, and sixteen" {
        head -c 100000000 /dev/zero | tr '\0' '[' >"$BUNDLE/config.json"
        refused "is 100000000 bytes long, the most is 16777216"
        head -c 16000000 /dev/zero | tr '\0' '[' >"$BUNDLE/config.json"
        refused "config.json:1:65: the document has more than 64 levels of objects and arrays"
        rm "$BUNDLE/config.json"
}

@test "input: every field of another type" {
        # each value of the default config is replaced by one of another type: always an error with a place, never a crash
        local pointer count=0
        while read -r pointer; do
                default_config | jq --argjson p "$pointer" 'setpath($p; if getpath($p) | type == "object" then 7 elif getpath($p) | type == "array" then {"a": 1}
                        elif getpath($p) | type == "boolean" then "yes" elif getpath($p) | type == "number" then [1] else 1.5 end)' >"$BUNDLE/config.json"
                run --separate-stderr berth validate --bundle "$BUNDLE"
                [ "$status" -eq 1 ] || { echo "$pointer: status $status"; return 1; }
                [[ "$stderr" =~ config.json:[0-9]+:[0-9]+:\ error:\  ]] || { echo "$pointer: $stderr"; return 1; }
                count=$((count + 1))
        done < <(default_config | jq -c 'paths')
        [ $count -gt 80 ]
}

@test "input: the root file system is missing, a file, a link that leads nowhere, empty" {
        mv "$BUNDLE/rootfs" "$BUNDLE/away"
        refused "the root file system '$BUNDLE/rootfs' does not exist: No such file or directory (ENOENT)"
        echo x >"$BUNDLE/rootfs"
        refused "$BUNDLE/rootfs"
        rm "$BUNDLE/rootfs"; ln -s nowhere "$BUNDLE/rootfs"
        refused "$BUNDLE/rootfs"
        rm "$BUNDLE/rootfs"; mkdir "$BUNDLE/rootfs"
        refused "'true': executable file not found in \$PATH"
        config '.root.path = ""'
        refused "/root"
}

@test "input: file systems and options that do not exist" {
        needs_call fsopen
        needs_call fsconfig
        needs_call open_tree
        needs_call move_mount
        local options='"nosuid", "nosuchoption"'
        config '.mounts += [{"destination": "/mnt", "type": "proc", "source": "proc", "options": ["nosiud"]}]'
        refused "unknown mount option 'nosiud' at /mounts/6/options/0 (proc on '/mnt')"
        assert_in_stderr "did you mean 'nosuid'?"
        default_config >"$BUNDLE/config.json"
        config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "t", "options": ['"$options"']}]'
        refused "nosuchoption"
        config '.mounts[-1] = {"destination": "/mnt", "type": "../../../evil", "source": "t"}'
        refused "'../../../evil'"
        config '.mounts[-1] = {"destination": "/mnt"}'
        refused "/mnt"
        config '.mounts[-1] = {"destination": "/mnt", "source": "'"$BUNDLE/rootfs/etc/passwd"'", "options": ["bind"]} | .mounts += [{"destination": "/mnt/below", "type": "tmpfs", "source": "t"}]'
        refused "on '/mnt': a file cannot be mounted on a directory"
}

@test "input: programs: a missing interpreter, another architecture, a directory, a device, an empty file, a loop of scripts" {
        printf '#!/b\n' >"$BUNDLE/rootfs/a"; printf '#!/a\n' >"$BUNDLE/rootfs/b"; : >"$BUNDLE/rootfs/empty"
        printf '#!/no/such\n' >"$BUNDLE/rootfs/script"; head -c 64 "$BUNDLE/rootfs/bin/busybox" >"$BUNDLE/rootfs/cut"
        head -c 4096 "$BUNDLE/rootfs/bin/busybox" >"$BUNDLE/rootfs/foreign"; printf '\017\000' | dd of="$BUNDLE/rootfs/foreign" bs=1 seek=18 conv=notrunc status=none
        chmod +x "$BUNDLE"/rootfs/{a,b,empty,script,cut,foreign}
        program /script; refused "cannot execute '/script': its interpreter '/no/such' is not in the container"
        program /foreign; refused "cannot execute '/foreign': it is for "
        program /etc; refused "cannot execute '/etc': it is a directory"
        program /dev/null; refused "cannot execute '/dev/null': "
        program /empty; refused "cannot execute '/empty': it is an empty file"
        program /a; refused "cannot execute '/a': "
        program /cut; refused "cannot execute '/cut': "
        program ""; refused "process args begin with an empty program name at /process/args/0"
        config '.process.args = ["true", ("x" * 200000)]'; refused "Argument list too long (E2BIG)"
}

@test "input: hooks that fail, die, do not exist, hang" {
        hook createRuntime 'exit 1'
        refused "createRuntime hook #0: '/bin/sh' exited with status 1"
        default_config >"$BUNDLE/config.json"
        hook createContainer 'kill -SEGV $$'
        refused "createContainer hook #0: '/bin/sh' was killed by SIGSEGV"
        default_config >"$BUNDLE/config.json"
        config '.hooks.prestart = [{"path": "/no/such"}]'
        refused "prestart hook #0: '/no/such'"
        default_config >"$BUNDLE/config.json"
        hook createRuntime 'exec sleep 1000' '{"timeout": 1}'
        refused "createRuntime hook #0: '/bin/sh'"
        assert_in_stderr timeout
}

@test "input: hooks that close their stdin, write without end, ignore signals, leave children" {
        config '.annotations = {"long": ("x" * 300000)}'
        hook createRuntime 'exec <&-; exit 0'
        hook createRuntime 'exec >&- 2>&-; exit 0'
        hook createRuntime 'head -c 5000000 /dev/zero | tr "\0" x'
        hook createContainer 'head -c 5000000 /dev/zero >&2'
        run_container
        assert_status 0
        default_config >"$BUNDLE/config.json"
        # one that never stops writing is ended by its timeout, and only the end of what it wrote is shown
        hook createRuntime 'trap "" TERM INT HUP; while :; do echo endless; done' '{"timeout": 1}'
        refused "createRuntime hook #0: '/bin/sh'"
        assert_in_stderr "endless"
        [ "${#stderr}" -lt 12000 ]
}

@test "input: ids" {
        local id
        for id in "" . .. ../x a/b /x "a b" -x .x $'a\nb' "$(printf 'x%.0s' {1..256})" 'a%n' 'ä' '*'; do
                run --separate-stderr "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" -- "$id"
                [ "$status" -eq 1 ] || { echo "'$id' was taken"; return 1; }
                [ "$(grep -c '^berth: ' <<<"$stderr")" = 1 ]
                [[ "$stderr" == *"invalid container id"* ]] || { echo "'$id': $stderr"; return 1; }
        done
        [ -z "$(ls -A "$ROOT" 2>/dev/null)" ]
        program sleep 1000
        create_container
        run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
        assert_status 1
        [ "$stderr" = "berth: create '$ID': container with given ID already exists" ]
}

@test "input: a full disk below the state, and below the root file system" {
        local small="$BATS_TEST_TMPDIR/small" size ran=0
        mkdir "$small"
        # how much is free, and how many inodes, decides what the first thing is that does not fit
        for size in 4k,nr_inodes=12 8k,nr_inodes=12 16k,nr_inodes=12 1m,nr_inodes=2 1m,nr_inodes=3 1m,nr_inodes=4 1m,nr_inodes=5; do
                run --separate-stderr timeout 60 unshare -m --propagation private bash -c '
                        mount -t tmpfs -o size='$size' t "$0"; cat /dev/zero >"$0/fill" 2>/dev/null
                        "$@"; status=$?; ls -A "$0/state" 2>/dev/null | grep -v "^\.cache$"; exit $status' \
                        "$small" "$BERTH" --root "$small/state" run --bundle "$BUNDLE" "$ID" </dev/null
                assert_output ""
                if [ "$status" -eq 0 ]; then ran=$((ran + 1)); nothing_is_left; continue; fi
                assert_status 1
                one_error "No space left on device (ENOSPC)"
        done
        [ $ran -lt 6 ]
        # a root file system that takes no new directory
        cp "$BUNDLE/rootfs/bin/busybox" "$BATS_TEST_TMPDIR/busybox"
        config '.root.path = "'"$small"'" | .mounts += [{"destination": "/a/b/c", "type": "tmpfs", "source": "t"}]'
        run --separate-stderr unshare -m --propagation private bash -c '
                mount -t tmpfs -o size=8m,nr_inodes=9 t "$0"; mkdir -p "$0/bin" "$0/proc" "$0/dev" "$0/sys" "$0/etc"; cp "$1" "$0/bin/busybox"; shift
                "$@"' "$small" "$BATS_TEST_TMPDIR/busybox" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 1
        one_error "No space left on device (ENOSPC)"
        assert_in_stderr "from /mounts/6 ("
}

@test "input: too few file descriptors, at every number" {
        local n ran=0
        config 'del(.process.rlimits)'
        for n in 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 24 26 28 30 32; do
                run --separate-stderr bash -c 'exec 3>&-; ulimit -n '$n'; exec "$@"' _ "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
                if [ "$status" -eq 0 ]; then ran=$((ran + 1)); nothing_is_left; continue; fi
                one_error "Too many open files (EMFILE)" || { echo "$n fds"; return 1; }
        done
        [ $ran -gt 0 ]
}

@test "input: too little memory, at every step" {
        needs_no_sanitizer
        local kib ran=0
        for kib in $(seq 3000 50 5000); do
                run --separate-stderr bash -c 'ulimit -v '$kib'; exec "$@"' _ "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
                if [ "$status" -eq 0 ]; then ran=$((ran + 1)); nothing_is_left; continue; fi
                # below what the dynamic linker and the kernel's execve need the runtime has no say
                [[ "$stderr" != *"error while loading shared libraries"* ]] || continue
                [ "$status" -lt 126 ] || continue
                one_error "Cannot allocate memory (ENOMEM)" || { echo "$kib KiB"; return 1; }
        done
        [ $ran -gt 0 ]
}

@test "input: pids.max of the caller's cgroup, at every number" {
        local cg=/sys/fs/cgroup/pids
        [ -d $cg ] || grep -qw pids /sys/fs/cgroup/cgroup.controllers 2>/dev/null || skip "needs cgroup v2 with controller pids"
        [ -d $cg ] || skip "needs a kernel with the v1 pids controller"
        cg=$cg/$ID-outer
        mkdir "$cg"
        local n failed=0
        hook createRuntime true
        for n in 1 2 3 4 5 6; do
                echo $n >"$cg/pids.max"
                run --separate-stderr bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$cg" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
                [ "$status" -ne 0 ] || continue
                failed=$((failed + 1))
                [ "$(grep -c '^berth: ' <<<"$stderr")" = 1 ]
                assert_in_stderr "Resource temporarily unavailable (EAGAIN)"
                [ ! -e "$ROOT/$ID" ]
        done
        rmdir "$cg"
        [ $failed -gt 0 ]
        [ $failed -lt 6 ]
}
