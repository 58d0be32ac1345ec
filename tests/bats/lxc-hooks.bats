#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# LXC's hooks (lxc.container.conf(5) "CONTAINER HOOKS") as a converted bundle has them: `berth lxc-hook` in the place of OCI
# hooks, LXC's other moments in berth's own annotations (docs/annotations.md).
load helpers

more_setup() {
        D="$BATS_TEST_TMPDIR/hooks"
        mkdir -p "$D"
        # a hook that notes what it is given: its type is the last word
        cat >"$D/note" <<SH
#!/bin/sh
for type; do :; done
out=$D/\$type
echo "\$type" >>$D/order
{ for word; do echo "<\$word>"; done; } >\$out.argv
env | grep ^LXC_ | sort >\$out.env
readlink /proc/self/fd/0 >\$out.stdin
for ns in mnt pid net uts ipc; do readlink /proc/self/ns/\$ns; done >\$out.ns
[ ! -d "\$LXC_ROOTFS_MOUNT" ] || ls "\$LXC_ROOTFS_MOUNT" >\$out.root
SH
        chmod +x "$D/note"
        : >"$D/order"
        HOST_NS=$(for ns in mnt pid net uts ipc; do readlink /proc/self/ns/$ns; done)
        ERA=1.0 HOOK_VERSION=0
}

# bridge TYPE VALUE: the OCI hook that the converter writes for an LXC hook.
bridge() {
        jq -n '{path: $helper, args: ["berth", "lxc-hook", "--type", $type, "--section", "lxc", "--hook-version", $version,
                "--era", $era, "--name", "p1", "--config", "/var/lib/lxc/p1/config", "--rootfs-path", $rootfs,
                "--rootfs-mount", "/usr/lib/x86_64-linux-gnu/lxc", "--", $value],
                env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}' --arg helper "$BERTH" --arg type "$1" --arg value "$2" \
                --arg era "$ERA" --arg version "$HOOK_VERSION" --arg rootfs "${LXC_ROOTFS:-$BUNDLE/rootfs}"
}
# lxc_hook TYPE VALUE: where the converter puts it.
lxc_hook() {
        case $1 in
        pre-start | pre-mount | start-host | stop)
                config '.trustBerthAnnotations = true | .annotations["berth.lxc.hook." + $type] |= ((. // "[]" | fromjson) + [$hook] | tojson)' \
                        --arg type "$1" --argjson hook "$(bridge "$1" "$2")" ;;
        mount | autodev) config '.hooks.createContainer += [$hook]' --argjson hook "$(bridge "$1" "$2")" ;;
        post-stop) config '.hooks.poststop += [$hook]' --argjson hook "$(bridge "$1" "$2")" ;;
        start) config '.hooks.startContainer += [{path: "/bin/sh", args: ["sh", "-c", "exec \($value) '\''p1'\'' '\''lxc'\'' '\''start'\''"],
                        env: ["LXC_NAME=p1"]}]' --arg value "$2" ;;
        esac
}
order() { xargs <"$D/order"; }
stopped() { [ "$(container_status)" = stopped ]; }
running() { [ "$(container_status)" = running ]; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
assert_order() { [ "$(order)" = "$1" ] || { echo "order: $(order); expected: $1; output: $output; stderr: $stderr"; return 1; }; }

@test "lxc hooks: each at its moment, with LXC's arguments, environment, standard input and namespaces" {
        local type
        for type in pre-start pre-mount mount autodev start-host stop post-stop; do lxc_hook $type "$D/note"; done
        program sh -c 'for ns in mnt pid net uts ipc; do readlink /proc/self/ns/$ns; done'
        run_container
        assert_status 0
        [ -z "$stderr" ]
        assert_order "pre-start pre-mount mount autodev start-host stop post-stop"
        for type in pre-start pre-mount mount autodev start-host stop post-stop; do
                [ "$(xargs <"$D/$type.argv")" = "<p1> <lxc> <$type>" ]
                [ "$(cat "$D/$type.stdin")" = /dev/null ]
                [ "$(cut -d= -f1 "$D/$type.env" | xargs)" = "LXC_CONFIG_FILE LXC_NAME LXC_ROOTFS_MOUNT LXC_ROOTFS_PATH" ]
        done
        for type in pre-start start-host stop post-stop; do [ "$(cat "$D/$type.ns")" = "$HOST_NS" ]; done
        for type in pre-mount mount autodev; do [ "$(cat "$D/$type.ns")" = "$output" ]; done
        # the root as it will be is where mount hooks are told
        grep -qx "LXC_ROOTFS_MOUNT=$BUNDLE/rootfs" "$D/mount.env"
        grep -qx "LXC_ROOTFS_MOUNT=$BUNDLE/rootfs" "$D/autodev.env"
        grep -qx "LXC_ROOTFS_MOUNT=/usr/lib/x86_64-linux-gnu/lxc" "$D/pre-mount.env"
        grep -qx proc "$D/mount.root"
}

@test "lxc hooks: the same with create, start, kill and delete; start in the container, start-host just before the program" {
        local type
        for type in pre-start pre-mount mount start-host stop post-stop; do lxc_hook $type "$D/note"; done
        printf '#!/bin/sh\necho "$@" >/start\n' >"$BUNDLE/rootfs/start-hook"; chmod +x "$BUNDLE/rootfs/start-hook"
        lxc_hook start "/start-hook 'a  b'"
        # what init has done and what it is, when start-host looks at it
        lxc_hook start-host "cat $BUNDLE/rootfs/start /proc/\$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' <$D/state)/comm >$D/seen;:"
        config '.annotations["berth.lxc.hook.start-host"] |= (fromjson | [{path: "/bin/sh", args: ["sh", "-c", "cat >'"$D"'/state"]}] + . | tojson)'
        program sleep 1000
        create_container
        rm "$BUNDLE/config.json" # the record is enough
        assert_order "pre-start pre-mount mount"
        berth start "$ID"
        assert_order "pre-start pre-mount mount start-host"
        [ "$(sed -n 1p "$D/seen")" = "a  b p1 lxc start" ]
        [ "$(sed -n 2p "$D/seen")" = "berth:[init]" ]
        jq -e '.status == "created"' "$D/state"
        [ "$(jq .pid "$D/state")" = "$(container_pid)" ]
        berth kill "$ID" KILL
        wait_for 10 stopped
        assert_order "pre-start pre-mount mount start-host"
        berth delete "$ID"
        assert_order "pre-start pre-mount mount start-host stop post-stop"
}

@test "lxc hooks: eras and versions" {
        ERA=2.0; lxc_hook pre-start "$D/note"; lxc_hook post-stop "$D/note"
        run_container
        assert_status 0
        [ "$(cut -d= -f1 "$D/pre-start.env" | xargs)" = "LXC_CGNS_AWARE LXC_CONFIG_FILE LXC_NAME LXC_ROOTFS_MOUNT LXC_ROOTFS_PATH" ]
        grep -qx LXC_TARGET=stop "$D/post-stop.env"
        config 'del(.hooks, .annotations)'
        ERA=4.0 HOOK_VERSION=1
        lxc_hook start-host "$D/note 'not the name' start-host"
        run_container
        assert_status 0
        [ "$(xargs <"$D/start-host.argv")" = "<not the name> <start-host>" ]
        grep -qx LXC_HOOK_TYPE=start-host "$D/start-host.env"
        grep -qx LXC_HOOK_SECTION=lxc "$D/start-host.env"
        grep -qx LXC_HOOK_VERSION=1 "$D/start-host.env"
        grep -qE '^LXC_PID=[0-9]+$' "$D/start-host.env"
}

@test "lxc hooks: three of a type, in order; a value is a line for the shell" {
        local i type
        for i in 1 2 3; do
                for type in pre-start mount stop; do lxc_hook $type "sh -c 'echo \$2.\$1 >>$D/order' x $i $type #"; done
        done
        ERA=3.0; lxc_hook pre-start "$D/note \"it's  two\" 'a \"b\"' \\\$x >$D/redirected"
        run_container
        assert_status 0
        assert_order "pre-start.1 pre-start.2 pre-start.3 pre-start mount.1 mount.2 mount.3 stop.1 stop.2 stop.3"
        [ "$(xargs -d '\n' printf '%s|' <"$D/pre-start.argv")" = "<it's  two>|<a \"b\">|<\$x>|<p1>|<lxc>|<pre-start>|" ] ||
                { cat "$D/pre-start.argv"; return 1; }
        [ -e "$D/redirected" ]
}

@test "lxc hooks: the example of LXC 1.0's pre-start hook, to the byte" {
        cat >"$D/pre-start.sh" <<SH
#!/bin/sh
echo "arguments: \$*" > $D/test
echo "environment:" >> $D/test
env | grep LXC >> $D/test
SH
        chmod 755 "$D/pre-start.sh"
        LXC_ROOTFS=/var/lib/lxc/p1/rootfs lxc_hook pre-start "$D/pre-start.sh"
        run_container
        assert_status 0
        [ "$(head -n 2 "$D/test")" = "$(printf 'arguments: p1 lxc pre-start\nenvironment:')" ]
        cat >"$D/expected" <<'TEXT'
LXC_CONFIG_FILE=/var/lib/lxc/p1/config
LXC_NAME=p1
LXC_ROOTFS_MOUNT=/usr/lib/x86_64-linux-gnu/lxc
LXC_ROOTFS_PATH=/var/lib/lxc/p1/rootfs
arguments: p1 lxc pre-start
environment:
TEXT
        LC_ALL=C sort "$D/test" | cmp - "$D/expected"
}

@test "lxc hooks: pre-start makes the root file system in the host's namespace, as Android's does; twice" {
        # the initrd: a cpio archive with /init
        local initrd="$BATS_TEST_TMPDIR/initrd.gz"
        (cd "$BUNDLE/rootfs" && printf '#!/bin/sh\necho "init $$ $(ls -d /dev/pts)"\n' >init && chmod +x init &&
                find . | busybox cpio -o -H newc 2>/dev/null | gzip >"$initrd")
        rm -rf "$BUNDLE/rootfs"
        cat >"$D/pre-start.sh" <<SH
#!/bin/sh
mkdir -p \$LXC_ROOTFS_PATH
mount -n -t tmpfs tmpfs \$LXC_ROOTFS_PATH
cd \$LXC_ROOTFS_PATH
cat $initrd | gzip -d | busybox cpio -i 2>/dev/null
mkdir -p dev/pts
SH
        chmod +x "$D/pre-start.sh"
        lxc_hook pre-start "$D/pre-start.sh"
        config '.annotations["berth.devices.default"] = "none" | .mounts = [{destination: "/proc", type: "proc", source: "proc"}]
                | del(.linux.maskedPaths, .linux.readonlyPaths)'
        program /init
        # the mounts stay on the host when the container has ended: here in a mount namespace that goes away
        run --separate-stderr unshare -m --propagation private sh -c '
                "$1" --root "$2" run --bundle "$3" "$4"; echo "status $?"
                "$1" --root "$2" run --bundle "$3" "$4"; echo "status $?"
                grep -c " $3/rootfs " /proc/self/mountinfo' sh "$BERTH" "$ROOT" "$BUNDLE" "$ID"
        [ -z "$stderr" ]
        assert_output "init 1 /dev/pts
status 0
init 1 /dev/pts
status 0
2"
}

@test "lxc hooks: pre-mount mounts for the container only, before its root is bound" {
        cp -a "$BUNDLE/rootfs" "$BATS_TEST_TMPDIR/real"
        rm -rf "$BUNDLE/rootfs"; mkdir "$BUNDLE/rootfs"
        lxc_hook pre-mount "mount -n --bind $BATS_TEST_TMPDIR/real \$LXC_ROOTFS_PATH #"
        ERA=3.0; lxc_hook pre-mount "mount -n -t tmpfs t \$LXC_ROOTFS_PATH/mnt #"
        mkdir "$BATS_TEST_TMPDIR/real/mnt"
        program sh -c 'grep " /mnt " /proc/self/mountinfo | cut -d" " -f5'
        run_container
        assert_status 0
        assert_output "/mnt"
        [ -z "$(ls -A "$BUNDLE/rootfs")" ]
        ! grep -q "$BUNDLE" /proc/self/mountinfo
}

@test "lxc hooks: in a user namespace those of the container are its root" {
        with_userns
        for_all_users
        chmod 777 "$D"
        lxc_hook pre-start "id -u >$D/host #"
        lxc_hook pre-mount "sh -c 'id -u; cat /proc/self/uid_map' >$D/container #"
        run_container
        assert_status 0
        [ "$(cat "$D/host")" = 0 ]
        [ "$(xargs <"$D/container")" = "0 0 100000 65536" ]
}

@test "lxc hooks: a failing one ends the start, stop and post-stop run, nothing is left" {
        local type saved
        lxc_hook stop "$D/note"; lxc_hook post-stop "$D/note"
        saved=$(cat "$BUNDLE/config.json")
        for type in pre-start pre-mount mount autodev start-host; do
                echo "$saved" >"$BUNDLE/config.json"
                : >"$D/order"
                lxc_hook $type "sh -c 'echo WHY >&2; exit 7' #"
                lxc_hook $type "$D/note"
                run_container
                assert_status 1
                assert_in_stderr "exited with status 7"
                assert_in_stderr WHY
                assert_order "stop post-stop"
                [ ! -e "$ROOT/$ID" ]
        done
        # not of what came before any hook: there is nothing to undo
        echo "$saved" >"$BUNDLE/config.json"; : >"$D/order"
        config '.root.path = "/no/such/root"'
        run_container
        assert_status 1
        assert_order ""
}

@test "lxc hooks: a failing start-host kills the container of start; delete runs stop and post-stop" {
        lxc_hook start-host "exit 9 #"
        lxc_hook stop "$D/note"; lxc_hook post-stop "$D/note"
        program sh -c 'echo ran >/ran'
        create_container
        run --separate-stderr berth start "$ID"
        assert_status 1
        assert_in_stderr "start-host hook #0"
        assert_in_stderr "exited with status 9"
        assert_in_stderr "state: the container was killed; it can be deleted"
        wait_for 10 stopped
        [ ! -e "$BUNDLE/rootfs/ran" ]
        berth delete "$ID"
        assert_order "stop post-stop"
}

@test "lxc hooks: failing ones at the end are warnings" {
        lxc_hook stop "exit 3 #"; lxc_hook stop "$D/note"
        lxc_hook post-stop "exit 4 #"; lxc_hook post-stop "$D/note"
        run_container
        assert_status 0
        assert_in_stderr "stop hook #0"
        assert_in_stderr "exited with status 3"
        assert_in_stderr "poststop hook #0"
        assert_in_stderr "exited with status 4"
        assert_order "stop post-stop"
}

@test "lxc hooks: stop finds the container ended and its cgroup still there" {
        local dir
        lxc_hook stop "sh -c 'cat \$(find /sys/fs/cgroup -path \"*/$ID/cgroup.procs\") | wc -l' >$D/procs #"
        program sleep 1000
        create_container
        berth start "$ID"
        berth delete --force "$ID"
        [ "$(cat "$D/procs")" = 0 ]
}

@test "lxc hooks: megabytes of output block nobody, and --debug shows every line" {
        lxc_hook pre-start "sh -c 'echo FIRST; head -c 1500000 /dev/zero | tr \"\\0\" x; echo; echo LAST' #"
        lxc_hook mount "sh -c 'yes | head -c 1500000; echo END >&2' #"
        lxc_hook stop "sh -c 'yes | head -c 1500000' #"
        run --separate-stderr timeout 60 "$BERTH" --root "$ROOT" --log "$BATS_TEST_TMPDIR/log" --debug run --bundle "$BUNDLE" "$ID"
        assert_status 0
        grep -q "pre-start hook #0: FIRST" "$BATS_TEST_TMPDIR/log"
        grep -q "pre-start hook #0: LAST" "$BATS_TEST_TMPDIR/log"
        grep -q "stop hook #0: y" "$BATS_TEST_TMPDIR/log"
        # quiet without
        run_container
        assert_status 0
        [ -z "$stderr" ]
}

@test "lxc hooks: what a killed create has left is stopped and cleaned up by delete --force" {
        lxc_hook pre-start "sh -c 'sleep 1000 & echo \$! >$D/pid; wait' #"
        lxc_hook stop "$D/note"; lxc_hook post-stop "$D/note"
        "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 &
        local creator=$! hook
        wait_for 10 test -s "$D/pid"
        hook=$(sed -n '1s/ .*//p' "$ROOT/$ID/hook")
        kill -KILL $creator
        wait $creator || :
        berth delete --force "$ID"
        wait_for 10 is_gone "$hook"
        wait_for 10 is_gone "$(cat "$D/pid")"
        assert_order "stop post-stop"
}

@test "lxc hooks: a start that is killed in start-host ends the container" {
        lxc_hook start-host "sh -c 'echo >$D/there; exec sleep 1000' #"
        program sleep 1000
        create_container
        "$BERTH" --root "$ROOT" start "$ID" </dev/null >/dev/null 2>&1 &
        local starter=$! hook
        wait_for 10 test -e "$D/there"
        hook=$(sed -n '1s/ .*//p' "$ROOT/$ID/hook")
        kill -KILL $starter
        wait $starter || :
        wait_for 10 stopped
        berth delete "$ID"
        wait_for 10 is_gone "$hook"
}

@test "lxc hooks: killed or failing at any step, nothing is left, and what hooks undo is undone" {
        local rows row first
        lxc_hook pre-start "touch $D/made #"; lxc_hook pre-mount "$D/note"; lxc_hook mount "$D/note"
        lxc_hook stop "test -e $D/made #"; lxc_hook post-stop "rm $D/made #"
        rows=$(berth plan --bundle "$BUNDLE" --format json "$ID" | jq '.steps | length')
        first=$(berth plan --bundle "$BUNDLE" --format json "$ID" | jq '[.steps[].step] | index("hook.pre-start")')
        for ((row = 0; row < rows; row++)); do
                # rows of `start` do not fail a create
                if create_container --fault-at "$row:EIO"; then berth delete "$ID"; fi
                [ ! -e "$D/made" ] || { echo "left after an error at row $row"; cat "$BATS_TEST_TMPDIR/err"; return 1; }
                [ "$row" -le "$first" ] || ! grep "hook #" "$BATS_TEST_TMPDIR/err"
                [ ! -e "$ROOT/$ID" ]
                create_container --fault-at "$row" || :
                # before the hook was run, poststop has nothing to remove and warns
                berth delete --force "$ID" 2>/dev/null
                [ ! -e "$D/made" ] || { echo "left after a kill at row $row"; return 1; }
                [ ! -e "$ROOT/$ID" ]
        done
}

@test "lxc hooks: annotations are checked like the hooks of the specification" {
        config '.annotations = {"berth.lxc.hook.pre-start": "[{\"path\": \"bin/x\"}]", "berth.init": "tini"}'
        run_container
        assert_status 1
        assert_in_stderr "config.json:"
        assert_in_stderr "in annotation 'berth.lxc.hook.pre-start', its /0/path: pre-start hook path 'bin/x' is not absolute"
        assert_in_stderr "annotation 'berth.init' has the wrong value 'tini'"
        run --separate-stderr berth features
        assert_in_output '"berth."'
}

@test "lxc-hook: bad words and a bad state are told, and nothing is run" {
        run --separate-stderr berth lxc-hook --type mount --name p1 -- "touch $D/ran" <<<'{"pid":'
        assert_status 1
        assert_in_stderr "the state of the container on standard input"
        run --separate-stderr berth lxc-hook --type mount --name "a'; touch $D/ran; '" -- true <<<'{}'
        assert_status 1
        assert_in_stderr "cannot be the name that an LXC hook is given"
        run --separate-stderr berth lxc-hook --type mount -- true <<<'{}'
        assert_status 1
        assert_in_stderr "'lxc-hook' needs the option '--name'"
        run --separate-stderr berth lxc-hook --type premount --name p1 -- true <<<'{}'
        assert_status 1
        assert_in_stderr "did you mean 'pre-mount'?"
        run --separate-stderr berth lxc-hook --type stop --name p1 --era new -- true <<<'{}'
        assert_status 1
        assert_in_stderr "'new' is no version of LXC"
        run --separate-stderr sh -c "head -c 33554433 /dev/zero | '$BERTH' lxc-hook --type stop --name p1 -- true"
        assert_status 1
        assert_in_stderr "is longer than 33554432 bytes"
        [ ! -e "$D/ran" ]
}

@test "lxc-hook: exit status and signal are the hook's own" {
        run --separate-stderr berth lxc-hook --type stop --name p1 -- "sh -c 'exit 42'" <<<'{}'
        assert_status 42
        run --separate-stderr berth lxc-hook --type stop --name p1 -- "sh -c 'kill -TERM \$\$'" <<<'{}'
        assert_status 143
        run --separate-stderr berth lxc-hook --type up --section net --name p1 --era 2.0 -- "printf '%s|'" veth "a b" <<<'{}'
        assert_output "p1|net|up|veth|a b|"
}
