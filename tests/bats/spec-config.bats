#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each MUST of the runtime-spec's config.md but for the hooks (spec-hooks.bats), by the tags of docs/SPEC-CONFORMANCE.md.
load helpers

add_mount() { config ".mounts += [$1]"; }
# mounted OPTION...: the mountinfo line of a tmpfs on /mnt with these options.
mounted() {
        default_config >"$BUNDLE/config.json"
        jq '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": $ARGS.positional}]' \
                "$BUNDLE/config.json" --args -- "$@" >"$BUNDLE/new"
        mv "$BUNDLE/new" "$BUNDLE/config.json"
        program grep ' /mnt ' /proc/self/mountinfo
        run_container
        assert_status 0
        [ -z "$stderr" ]
}
# invalid POINTER FILTER...: each change of the config alone is an error there, and no container is made.
invalid() {
        local pointer=$1 filter
        shift
        for filter in "$@"; do
                default_config >"$BUNDLE/config.json"
                config "$filter"
                run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
                assert_status 1
                [[ "$stderr" =~ config.json:[0-9]+:[0-9]+:\ .*"$pointer" ]] || { echo "$filter: $stderr"; return 1; }
                [ ! -e "$ROOT/$ID" ]
        done
}

@test "spec config.md#ociVersion-1: it is there, and SemVer 2.0.0" {
        invalid "" 'del(.ociVersion)'
        invalid /ociVersion '.ociVersion = "1"' '.ociVersion = "1.0"' '.ociVersion = "v1.0.0"' '.ociVersion = "1.0.0-"' \
                '.ociVersion = "01.0.0"' '.ociVersion = 1' '.ociVersion = "9.0.0"'
        default_config >"$BUNDLE/config.json"
        local version
        for version in 1.0.0 1.0.2-dev 1.1.0+build.5 1.2.1-rc.1+x 1.3.0; do
                config '.ociVersion = "'$version'"'
                run_container
                assert_status 0
        done
}

@test "spec config.md#root-1 #root-2: root and its path are required" {
        invalid "" 'del(.root)'
        invalid /root 'del(.root.path)'
}

@test "spec config.md#root-3: a directory must be at root.path" {
        echo x >"$BUNDLE/file"
        local path
        for path in nowhere file; do
                config '.root.path = $path' --arg path $path
                run --separate-stderr berth create --bundle "$BUNDLE" "$ID"
                assert_status 1
                assert_in_stderr "$BUNDLE/$path"
                assert_in_stderr "from /root/path ("
                [ ! -e "$ROOT/$ID" ]
        done
        config '.root.path = "'"$BUNDLE/rootfs"'"'
        run_container
        assert_status 0
}

@test "spec config.md#root-4: root.readonly" {
        program sh -c 'touch /x || echo read-only'
        config '.root.readonly = true'
        run_container
        assert_output read-only
        config '.root.readonly = false'
        run_container
        assert_output ""
        config 'del(.root.readonly)'
        run_container
        assert_output ""
}

@test "spec config.md#mounts-1: mounts are made in the listed order" {
        add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "first"}'
        add_mount '{"destination": "/mnt/sub", "type": "tmpfs", "source": "second"}'
        add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "third"}'
        program sh -c 'sed -n "s/.* \(\/mnt[a-z\/]*\) .* - tmpfs \([a-z]*\) .*/\1 \2/p" /proc/self/mountinfo; ls /mnt'
        run_container
        assert_status 0
        assert_output "/mnt first
/mnt/sub second
/mnt third"
}

@test "spec config.md#mounts-2: a relative destination is below /" {
        add_mount '{"destination": "mnt/here", "type": "tmpfs", "source": "t"}'
        config '.process.cwd = "/etc"'
        program grep -c ' /mnt/here ' /proc/self/mountinfo
        run_container
        assert_status 0
        assert_output 1
}

@test "spec config.md#mount-options-1: ro rw nosuid suid nodev dev noexec exec" {
        local option
        for option in nosuid nodev noexec ro; do
                mounted $option
                assert_in_output "$option"
        done
        mounted nosuid suid && refute_in_output nosuid
        mounted nodev dev && refute_in_output nodev
        mounted noexec exec && refute_in_output noexec
        mounted ro rw && [[ "$output" == *" rw,"* || "$output" == *" rw "* ]]
}

@test "spec config.md#mount-options-2: atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime lazytime nolazytime" {
        mounted noatime && assert_in_output noatime
        mounted noatime atime && refute_in_output noatime
        mounted nodiratime && assert_in_output nodiratime
        mounted nodiratime diratime && refute_in_output nodiratime
        mounted strictatime && refute_in_output relatime
        mounted strictatime nostrictatime && assert_in_output relatime
        mounted strictatime relatime && assert_in_output relatime
        mounted noatime norelatime && refute_in_output ",relatime"
        mounted lazytime && assert_in_output lazytime
        mounted lazytime nolazytime && refute_in_output lazytime
}

@test "spec config.md#mount-options-3: sync async dirsync defaults iversion noiversion loud silent" {
        mounted sync && assert_in_output sync
        mounted sync async && refute_in_output sync
        mounted dirsync && assert_in_output dirsync
        mounted defaults && assert_in_output " rw,"
        local option
        for option in iversion noiversion loud silent; do mounted $option; done
}

@test "spec config.md#mount-options-4: bind rbind remount" {
        mkdir -p "$BATS_TEST_TMPDIR/src/sub"; echo below >"$BATS_TEST_TMPDIR/src/sub/hidden"
        with_source() {
                run --separate-stderr unshare -m --propagation private sh -c 'mount -t tmpfs t "$0/sub"; echo above >"$0/sub/shown"; exec "$@"' \
                        "$BATS_TEST_TMPDIR/src" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        }
        program ls /mnt/sub
        add_mount '{"destination": "/mnt", "source": "'"$BATS_TEST_TMPDIR/src"'", "options": ["bind"]}'
        with_source
        assert_output hidden
        config '.mounts[-1].options = ["rbind"]'
        with_source
        assert_output shown
        add_mount '{"destination": "/mnt", "options": ["remount", "bind", "ro"]}'
        program sh -c 'touch /mnt/x || echo read-only'
        with_source
        assert_output read-only
}

@test "spec config.md#mount-options-5: private rprivate shared rshared slave rslave unbindable runbindable" {
        mkdir -p "$BATS_TEST_TMPDIR/src"
        add_mount '{"destination": "/mnt", "source": "'"$BATS_TEST_TMPDIR/src"'", "options": ["rbind"]}'
        program sh -c "sed -n 's/^[0-9 :]* [^ ]* \/mnt [^ ]* \(.*\)- .*/[\1]/p' /proc/self/mountinfo"
        local option expected
        for option in private: rprivate: shared:shared rshared:shared slave:master rslave:master unbindable:unbindable runbindable:unbindable; do
                expected=${option#*:} option=${option%%:*}
                config '.mounts[-1].options = ["rbind", "'$option'"]'
                run --separate-stderr unshare -m --propagation private sh -c 'mount --bind "$0" "$0"; mount --make-shared "$0"; exec "$@"' \
                        "$BATS_TEST_TMPDIR/src" "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
                assert_status 0
                if [ -z "$expected" ]; then assert_output "[]"; else assert_in_output "$expected"; fi
        done
}

@test "spec config.md#idmap-1 #idmap-2 #ridmap-1: idmap and ridmap apply the mount's own mapping" {
        needs_call open_tree
        needs_call move_mount
        needs_call mount_setattr
        mkdir "$BATS_TEST_TMPDIR/src"; touch "$BATS_TEST_TMPDIR/src/f"; chown 1000:1000 "$BATS_TEST_TMPDIR/src/f"
        add_mount '{"destination": "/d", "source": "'"$BATS_TEST_TMPDIR/src"'", "type": "bind",
                "uidMappings": [{"containerID": 1000, "hostID": 2000, "size": 1}], "gidMappings": [{"containerID": 1000, "hostID": 2001, "size": 1}]}'
        program stat -c '%u %g' /d/f
        local option
        for option in idmap ridmap; do
                config '.mounts[-1].options = ["rbind", "'$option'"]'
                run_container
                assert_status 0
                assert_output "2000 2001"
        done
}

@test "spec config.md#idmap-3: idmap and ridmap without any mapping are errors" {
        local option
        for option in idmap ridmap; do
                invalid /mounts/6 '.mounts += [{"destination": "/d", "source": "/usr", "type": "bind", "options": ["bind", "'$option'"]}]'
                assert_in_stderr "$option"
        done
}

@test "spec config.md#idmap-4: uidMappings and gidMappings of a mount come together" {
        local map='[{"containerID": 0, "hostID": 1, "size": 1}]'
        invalid /mounts/6 '.mounts += [{"destination": "/d", "source": "/usr", "options": ["bind", "idmap"], "uidMappings": '"$map"'}]' \
                '.mounts += [{"destination": "/d", "source": "/usr", "options": ["bind", "idmap"], "gidMappings": '"$map"'}]'
}

@test "spec config.md#process-1: run needs a process" {
        config 'del(.process)'
        run_container
        assert_status 1
        assert_in_stderr "config.json has no process"
}

@test "spec config.md#consoleSize-1: without terminal it is ignored" {
        config '.process.consoleSize = {"height": 10, "width": 20}'
        run_container
        assert_status 0
        config '.process.terminal = false'
        run_container
        assert_status 0
}

@test "spec config.md#consoleSize-2: height and width are required" {
        invalid /process/consoleSize '.process.consoleSize = {"height": 10}' '.process.consoleSize = {"width": 10}' \
                '.process.consoleSize = {"height": -1, "width": 2}'
}

@test "spec config.md#cwd-1: cwd is required and absolute" {
        invalid /process 'del(.process.cwd)'
        invalid /process/cwd '.process.cwd = "tmp"' '.process.cwd = "./"' '.process.cwd = ""'
}

@test "spec config.md#args-1: one argument at least, and it is looked for as execvp(3) does" {
        invalid /process 'del(.process.args)' '.process.args = []'
        mkdir -p "$BUNDLE/rootfs/a" "$BUNDLE/rootfs/b"
        printf '#!/bin/sh\necho from $0\n' >"$BUNDLE/rootfs/b/prog"; chmod +x "$BUNDLE/rootfs/b/prog"
        printf 'not executable' >"$BUNDLE/rootfs/a/prog"
        default_config >"$BUNDLE/config.json"
        config '.process.env = ["PATH=/a:/b:/bin"]'
        program prog
        run_container
        assert_status 0
        assert_output "from /b/prog"
        program ./b/prog
        run_container
        assert_output "from ./b/prog"
}

@test "spec config.md#rlimits-1: a type that the kernel does not know is an error; type, soft and hard are required" {
        invalid /process/rlimits/0 '.process.rlimits = [{"type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1}]' \
                '.process.rlimits = [{"soft": 1, "hard": 1}]' '.process.rlimits = [{"type": "RLIMIT_CORE", "hard": 1}]' \
                '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 1}]'
        invalid /process/rlimits '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}]'
}

@test "spec config.md#rlimits-2 #rlimits-3 #rlimits-4: getrlimit shows soft and hard as configured, for every type" {
        local type soft hard words
        # values that lower the limit: raising it needs CAP_SYS_RESOURCE
        while read -r type soft hard words; do
                config '.process.rlimits = [{"type": "RLIMIT_'"$type"'", "soft": '"$soft"', "hard": '"$hard"'}]'
                program grep "^Max $words  " /proc/self/limits
                run_container
                assert_status 0
                [[ "$(tr -s ' ' <<<"$output")" == *" $soft $hard "* ]] || { echo "$type: $output"; return 1; }
        done <<'LIST'
AS 110000000 120000000 address space
CORE 1000 2000 core file size
CPU 1000 2000 cpu time
DATA 11000000 12000000 data size
FSIZE 11000000 12000000 file size
LOCKS 100 200 file locks
MEMLOCK 4096 8192 locked memory
MSGQUEUE 1000 2000 msgqueue size
NICE 0 0 nice priority
NOFILE 100 200 open files
NPROC 1000 2000 processes
RSS 11000000 12000000 resident set
RTPRIO 0 0 realtime priority
RTTIME 1000 2000 realtime timeout
SIGPENDING 100 200 pending signals
STACK 8000000 8100000 stack size
LIST
}

@test "spec config.md#rlimits-5: the same type twice is an error" {
        invalid /process/rlimits/1 '.process.rlimits += .process.rlimits'
}

@test "spec config.md#capabilities-1: what cannot be granted is one warning, and no error" {
        config '.process.capabilities.bounding += ["CAP_NO_SUCH"] | .process.capabilities.effective += ["CAP_NO_SUCH"]'
        run_container
        assert_status 0
        assert_in_stderr "warning: "
        assert_in_stderr "CAP_NO_SUCH"
}

@test "spec config.md#oomScoreAdj-1: it is set" {
        config '.process.oomScoreAdj = 321'
        program cat /proc/self/oom_score_adj
        run_container
        assert_output 321
}

@test "spec config.md#oomScoreAdj-2: unset it is left as it was" {
        program cat /proc/self/oom_score_adj
        run --separate-stderr sh -c 'echo 77 >/proc/self/oom_score_adj; exec "$@"' _ "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_output 77
}

@test "spec config.md#scheduler-1 #ioPriority-1 #ioPriority-2: policy, class and priority are required" {
        invalid /process/scheduler '.process.scheduler = {"nice": 1}' '.process.scheduler = {"policy": "SCHED_NOSUCH"}'
        invalid /process/ioPriority '.process.ioPriority = {"priority": 1}' '.process.ioPriority = {"class": "IOPRIO_CLASS_BE"}' \
                '.process.ioPriority = {"class": "IOPRIO_CLASS_NOSUCH", "priority": 1}' '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 8}'
}

@test "spec config.md#user-1 #user-2: uid and gid are required" {
        invalid /process/user '.process.user = {"uid": 0}' '.process.user = {"gid": 0}' '.process.user = {"uid": -1, "gid": 0}'
}

@test "spec config.md#platform-1: sections of other platforms are named as ignored" {
        config '.windows = {"layerFolders": ["C:\\x"]} | .solaris = {"milestone": "x"}'
        run_container
        assert_status 0
        assert_in_stderr windows
        assert_in_stderr solaris
}

@test "spec config.md#annotations-1 #annotations-2 #annotations-5: a map from strings to strings" {
        invalid /annotations '.annotations = ["a"]' '.annotations = {"a": 1}' '.annotations = {"a": null}' '.annotations = {"a": ["b"]}' '.annotations = "a"'
}

@test "spec config.md#annotations-3: a key is not empty" {
        invalid /annotations '.annotations = {"": "x"}'
}

@test "spec config.md#annotations-4: unknown keys are passed on, and no error" {
        config '.annotations = {"com.example.unknown": "x", "org.opencontainers.image.os": "linux"}'
        run_container
        assert_status 0
        [ -z "$stderr" ]
        program sleep 100
        create_container
        berth state "$ID" | jq -e '.annotations["com.example.unknown"] == "x"'
}

@test "spec config.md#extensibility-1: unknown properties are ignored" {
        config '.unknown = {"a": [1, {"b": null}]} | .process.alsoUnknown = 1 | .linux.resources.neither = true'
        program echo ran
        run_container
        assert_status 0
        assert_output ran
}

@test "spec config.md#values-1: invalid and unsupported values are errors" {
        invalid /process/rlimits/0/type '.process.rlimits[0].type = "RLIMIT_X"'
        invalid /linux/namespaces/0/type '.linux.namespaces[0].type = "nosuch"'
        invalid /linux/rootfsPropagation '.linux.rootfsPropagation = "sometimes"'
        invalid /linux/seccomp/defaultAction '.linux.seccomp = {"defaultAction": "SCMP_ACT_MAYBE"}'
        invalid /hostname '.hostname = 5'
        invalid /mounts '.mounts = {}'
        invalid /process/user/uid '.process.user.uid = "root"' '.process.user.uid = 4294967296' '.process.user.uid = 1.5'
        invalid /linux/personality '.linux.personality = {"domain": "BSD"}' '.linux.personality = {"domain": "LINUX", "flags": ["X"]}'
}
