#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# berth convert from end to end: the bundle runs; exit statuses, files, messages.  What each key becomes is in the unit and
# golden tests.
load helpers

more_setup() {
        CONF="$BATS_TEST_TMPDIR/$ID.conf"
        MADE="$BATS_TEST_TMPDIR/made"
        # the host's network, so that no interface has to be made
        printf '%s\n' "lxc.uts.name = $ID" "lxc.rootfs.path = dir:$BUNDLE/rootfs" "lxc.net.0.type = none" >"$CONF"
}
also() { printf '%s\n' "$@" >>"$CONF"; }
convert() { run --separate-stderr "$BERTH" convert "$@"; }
nothing_made() { [ ! -e "$MADE" ] && ! compgen -G "$MADE.*"; }

@test "convert: an application container runs with its name, environment, mounts and capabilities" {
        mkdir "$BATS_TEST_TMPDIR/data"; echo content >"$BATS_TEST_TMPDIR/data/file"
        also "lxc.mount.entry = proc proc proc nosuid,nodev,noexec 0 0" \
                "lxc.mount.entry = $BATS_TEST_TMPDIR/data mnt none bind,ro,create=dir 0 0" \
                "lxc.environment = PATH=/bin" "lxc.cap.keep = chown kill" "lxc.init.cwd = /tmp" "lxc.prlimit.core = 0"
        convert --app "$CONF" -o "$MADE" -- sh -c 'hostname; cat /mnt/file; echo $container; pwd; ulimit -c; grep CapBnd /proc/self/status'
        assert_status 0
        run --separate-stderr "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID"
        assert_status 0
        [ "${lines[0]}" = "$ID" ]
        [ "${lines[1]}" = content ]
        [ "${lines[2]}" = lxc ]
        [ "${lines[3]}" = /tmp ]
        [ "${lines[4]}" = 0 ]
        [ "${lines[5]}" = $'CapBnd:\t0000000000000021' ]
}

@test "convert: the exit status of the program comes through; an optional mount without source is left out" {
        also "lxc.mount.entry = /no/such/source opt none bind,optional,create=dir 0 0"
        convert --app "$CONF" -o "$MADE" -- /bin/sh -c 'exit 7'
        assert_status 0
        run --separate-stderr "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID"
        assert_status 7
}

@test "convert: device rules of the configuration are those of the container" {
        also "lxc.cgroup.devices.deny = a" "lxc.cgroup.devices.allow = c 1:3 rwm" "lxc.cgroup.devices.allow = c *:* m"
        convert --era 6.0 --app "$CONF" -o "$MADE" -- /bin/sh -c 'echo >/dev/null && echo null; echo >/dev/full || echo refused'
        assert_status 0
        run --separate-stderr "$BERTH" --root "$ROOT" run --bundle "$MADE" "$ID"
        [[ $output == *null*refused* ]]
        assert_in_stderr "Operation not permitted"
}

@test "convert: without --output the configuration goes to standard output, the report to standard error" {
        convert "$CONF"
        assert_status 0
        [ "$(jq -r .hostname <<<"$output")" = "$ID" ]
        assert_in_stderr "exact:      lxc.uts.name = $ID"
        assert_in_stderr "For security, know that:"
        assert_in_stderr "no user namespace: root in the container is root of the host"
        assert_in_stderr "the network is the host's"
        nothing_made
}

@test "convert: a loss gives status 2 and a bundle, with --strict status 1 and none" {
        also "lxc.tty.max = 4"
        convert --strict "$CONF" -o "$MADE"
        assert_status 1
        assert_in_stderr "something of '$CONF' would be lost"
        nothing_made
        convert "$CONF" -o "$MADE"
        assert_status 2
        [[ $output == *"warning: nothing serves /dev/tty1 to 4"* ]]
        "$BERTH" validate --bundle "$MADE"
}

@test "convert: what only berth does is a loss for --portable" {
        also "lxc.hook.pre-start = /bin/true"
        convert "$CONF" -o "$MADE"
        assert_status 0
        convert --portable "$CONF" -o "$MADE.portable"
        assert_status 2
        [[ $output == *"too late to make the root file system"* ]]
        jq -e '.hooks.createRuntime[0].args[1] == "lxc-hook"' "$MADE.portable/config.json"
}

@test "convert: all errors in one run, each with its place; nothing is made" {
        also "lxc.uts.nme = x" "lxc.autodev = yes" "lxc.include = /no/such/file" "lxc.idmap = u 0" "lxc.apparmor.raw = deny x,"
        convert "$CONF" -o "$MADE"
        assert_status 1
        [[ $output == *"$CONF:4:1:"*"error: unknown key 'lxc.uts.nme': did you mean 'lxc.uts.name'?"* ]]
        [[ $output == *"$CONF:5:1:"*"error: 'yes' is not 0 or 1"* ]]
        [[ $output == *"$CONF:6:1:"*"error: cannot read '/no/such/file': No such file or directory (ENOENT)"* ]]
        [[ $output == *"$CONF:7:1:"*"error: 'u 0' is not an id mapping"* ]]
        [[ $output == *"$CONF:8:1:"*"error: rules for a profile"* ]]
        [[ $output == *"5 errors"* ]]
        nothing_made
}

@test "convert: --force leaves out the lines in error" {
        also "lxc.uts.nme = x"
        convert --force "$CONF" -o "$MADE"
        assert_status 2
        [[ $output == *"warning: unknown key 'lxc.uts.nme'"* ]]
        "$BERTH" validate --bundle "$MADE"
}

@test "convert: a bundle that exists is kept, unless --overwrite; then only its own files are replaced" {
        convert "$CONF" -o "$MADE"
        assert_status 0
        echo mine >"$MADE/mine"
        echo stale >"$MADE/lxc-net.json"
        sed -i 's/^lxc.uts.name.*/lxc.uts.name = other/' "$CONF"
        convert "$CONF" -o "$MADE"
        assert_status 1
        assert_in_stderr "'$MADE' exists"
        assert_in_stderr "hint: --overwrite replaces the files of the bundle"
        [ "$(jq -r .hostname "$MADE/config.json")" = "$ID" ]
        convert --overwrite "$CONF" -o "$MADE"
        assert_status 0
        [ "$(jq -r .hostname "$MADE/config.json")" = other ]
        [ "$(ls -A "$MADE" | sort | tr '\n' ' ')" = "config.json lxc-report.json mine " ]
}

@test "convert: a bundle that cannot be written leaves nothing" {
        touch "$BATS_TEST_TMPDIR/file"
        convert "$CONF" -o "$BATS_TEST_TMPDIR/file/bundle"
        assert_status 1
        assert_in_stderr "cannot open '$BATS_TEST_TMPDIR/file/bundle': Not a directory (ENOTDIR)"
        convert "$BATS_TEST_TMPDIR/none.conf" -o "$MADE"
        assert_status 1
        assert_in_stderr "cannot read '$BATS_TEST_TMPDIR/none.conf': No such file or directory (ENOENT)"
        nothing_made
}

@test "convert: interfaces are in lxc-net.json, and hooks obey it" {
        sed -i 's/^lxc.net.0.type.*/lxc.net.0.type = veth\nlxc.net.0.link = br0\nlxc.net.0.ipv4.address = 10.0.0.2\/24/' "$CONF"
        convert --helper /usr/bin/berth "$CONF" -o "$MADE"
        assert_status 0
        jq -e '.interfaces[0] | .type == "veth" and .link == "br0" and .ipv4[0].broadcast == "10.0.0.255"' "$MADE/lxc-net.json"
        jq -e --arg file "$MADE/lxc-net.json" '.hooks.createRuntime[0] | .path == "/usr/bin/berth" and .args == ["berth", "lxc-net", "up", "--config", $file]' "$MADE/config.json"
        jq -e '.hooks.poststop[0].args[2] == "down"' "$MADE/config.json"
        # to standard output there is no such file
        convert --quiet "$CONF"
        assert_status 2
        assert_in_stderr "warning: lxc-net.json, which the hooks read, is made with --output only"
        convert --quiet --strict "$CONF"
        assert_status 1
        [ -z "$output" ]
}

@test "convert: interfaces that lxc-net would refuse are errors of their lines" {
        sed -i '/^lxc.net.0.type/d' "$CONF"
        also "lxc.net.0.type = veth" "lxc.net.0.ipv4.gateway = 10.0.0.254" "lxc.net.0.veth.ipv4.route = junk" \
                "lxc.net.1.type = vlan" "lxc.net.1.vlan.id = 5" \
                "lxc.net.2.type = veth" "lxc.net.2.veth.vlan.id = 7" "lxc.net.3.type = empty"
        convert -q "$CONF" -o "$MADE"
        assert_status 1
        [[ $output == *"$CONF:4:1:"*"gateway = 10.0.0.254"*"error: a gateway needs the interface to be up"*"error: a gateway needs the interface to have an address"* ]]
        [[ $output == *"$CONF:5:1:"*"error: 'junk' is no IPv4 network"* ]]
        [[ $output == *"$CONF:6:1:"*"type = vlan"*"error: an interface of type 'vlan' needs a 'link'"* ]]
        [[ $output == *"$CONF:9:1:"*"vlan.id = 7"*"error: VLANs are for a veth that is linked to a bridge"* ]]
        [[ $output == *" 4 errors"* ]]
        nothing_made
}

@test "convert: many configurations, one bundle each by name; the worst status counts" {
        local name
        for name in a b c; do
                mkdir -p "$BATS_TEST_TMPDIR/lxc/$name"
                cp "$CONF" "$BATS_TEST_TMPDIR/lxc/$name/config"
        done
        echo "lxc.broken" >>"$BATS_TEST_TMPDIR/lxc/b/config"
        convert "$BATS_TEST_TMPDIR"/lxc/*/config
        assert_status 1
        assert_in_stderr "option '--output' is missing"
        convert "$BATS_TEST_TMPDIR"/lxc/*/config -o "$MADE" --report "$BATS_TEST_TMPDIR/all.json" --report-format json
        assert_status 1
        [ "$(ls "$MADE" | tr '\n' ' ')" = "a c " ]
        [[ $output == *"lxc/b/config:4:1:"*"error: '=' is missing"* ]]
        [ "$(jq -r '[.[].name] | join(" ")' "$BATS_TEST_TMPDIR/all.json")" = "a b c" ]
        [ -z "$stderr" ]
}

@test "convert: a configuration that cannot be read is in the report as well, and that stays JSON" {
        convert "$BATS_TEST_TMPDIR/none.conf" "$CONF" "$BATS_TEST_TMPDIR/no.conf" -o "$MADE" --report "$BATS_TEST_TMPDIR/all.json" --report-format json
        assert_status 1
        [ "$(jq -r '[.[] | .error // .name] | join("|")' "$BATS_TEST_TMPDIR/all.json")" = \
                "cannot read '$BATS_TEST_TMPDIR/none.conf': No such file or directory (ENOENT)|$ID|cannot read '$BATS_TEST_TMPDIR/no.conf': No such file or directory (ENOENT)" ]
        convert "$BATS_TEST_TMPDIR/none.conf" --report "$BATS_TEST_TMPDIR/one.json" --report-format json
        assert_status 1
        jq -e '.error | startswith("cannot read")' "$BATS_TEST_TMPDIR/one.json"
        convert "$BATS_TEST_TMPDIR/none.conf" --report "$BATS_TEST_TMPDIR/one"
        assert_status 1
        [ "$(cat "$BATS_TEST_TMPDIR/one")" = "$BATS_TEST_TMPDIR/none.conf: cannot read '$BATS_TEST_TMPDIR/none.conf': No such file or directory (ENOENT)" ]
}

@test "convert: two configurations for one container: the second does not go over the first, not even with --overwrite" {
        sed 's/^lxc.net.0.type.*/lxc.net.0.type = empty/' "$CONF" >"$CONF.again"
        convert --overwrite "$CONF" "$CONF.again" -o "$MADE"
        assert_status 1
        assert_in_stderr "'$CONF.again' is for container '$ID', as another one before it is"
        assert_in_stderr "hint: convert it alone, with --name"
        [ "$(ls -A "$MADE")" = "$ID" ]
        [ ! -e "$MADE/$ID/lxc-net.json" ]
}

@test "convert: a report that cannot be shown is a failure" {
        convert "$CONF" -o "$MADE" --report /dev/full
        assert_status 1
        assert_in_stderr "cannot write '/dev/full': No space left on device (ENOSPC)"
        run --separate-stderr bash -c "'$BERTH' convert '$CONF' -o '$MADE.2' >/dev/full"
        assert_status 1
        assert_in_stderr "cannot write to standard output: No space left on device (ENOSPC)"
        run --separate-stderr bash -c "'$BERTH' convert --to-lxc '$MADE' -o '$MADE.3' >/dev/full"
        assert_status 1
        assert_in_stderr "cannot write to standard output: No space left on device (ENOSPC)"
        [ ! -e "$MADE.2" ] && [ ! -e "$MADE.3" ]
}

@test "convert: a full disk or a kill at any system call leaves no half-written bundle" {
        needs_no_sanitizer
        command -v strace >/dev/null || skip "needs the package 'strace'"
        local call n
        for call in mkdir openat write rename; do
                for n in $(seq 1 12); do
                        run strace -qq -o /dev/null -e trace="$call" -e inject="$call:error=ENOSPC:when=$n" "$BERTH" convert -q "$CONF" -o "$MADE"
                        [ "$status" -ne 0 ] || { rm -r "$MADE"; continue; }
                        nothing_made
                done
                for n in $(seq 1 12); do
                        run strace -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" "$BERTH" convert -q "$CONF" -o "$MADE"
                        [ ! -e "$MADE" ] || "$BERTH" validate --bundle "$MADE"
                        rm -rf "$MADE" "$MADE".*.new
                done
        done
}

# Of which version the files of the bundle are: each says its container's host name.
versions_of() {
        [ ! -e "$1/config.json" ] || { jq -r .hostname "$1/config.json"; jq -r '.name' "$1/lxc-report.json"; jq -r '.interfaces[0].name' "$1/lxc-net.json"; }
}

@test "convert: a kill at any system call of --overwrite leaves the old bundle, the new one or none, but no mixture" {
        needs_no_sanitizer
        command -v strace >/dev/null || skip "needs the package 'strace'"
        local call n version other
        for version in old new; do
                printf '%s\n' "lxc.uts.name = $version" "lxc.rootfs.path = dir:$BUNDLE/rootfs" "lxc.net.0.type = veth" \
                        "lxc.net.0.name = $version" >"$BATS_TEST_TMPDIR/$version.conf"
        done
        for other in "" other; do
                for call in mkdir openat write rename renameat renameat2 unlinkat fchown; do
                        for n in $(seq 1 8); do
                                rm -rf "$MADE"
                                "$BERTH" convert -q "$BATS_TEST_TMPDIR/old.conf" -o "$MADE" >/dev/null
                                [ -z "$other" ] || echo mine >"$MADE/$other"
                                run strace -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
                                        "$BERTH" convert -q --overwrite "$BATS_TEST_TMPDIR/new.conf" -o "$MADE"
                                rm -rf "$MADE".*.new
                                case $(versions_of "$MADE" | tr '\n' ' ') in
                                "old old old "|"new new new ") ;;
                                "") [ -n "$other" ] ;;
                                *) echo "$other $call $n: $(versions_of "$MADE")"; false ;;
                                esac
                                [ -z "$other" ] || [ "$(cat "$MADE/$other")" = mine ]
                                # and it can be done again
                                "$BERTH" convert -q --overwrite "$BATS_TEST_TMPDIR/new.conf" -o "$MADE" >/dev/null
                                [ "$(versions_of "$MADE" | tr '\n' ' ')" = "new new new " ]
                                [ "$status" -ne 0 ] || break # there are no more of these calls
                        done
                done
        done
}

@test "convert: --overwrite keeps the directory's owner and mode, goes through a link, and needs no exchange" {
        needs_no_sanitizer
        convert "$CONF" -o "$MADE"
        chown 5:6 "$MADE"
        chmod 750 "$MADE"
        ln -s made "$BATS_TEST_TMPDIR/link"
        sed -i 's/^lxc.uts.name.*/lxc.uts.name = other/' "$CONF"
        convert --overwrite "$CONF" -o "$MADE"
        assert_status 0
        [ "$(stat -c %u:%g:%a "$MADE")" = 5:6:750 ]
        [ "$(jq -r .hostname "$MADE/config.json")" = other ]
        sed -i 's/^lxc.uts.name.*/lxc.uts.name = third/' "$CONF"
        convert --overwrite "$CONF" -o "$BATS_TEST_TMPDIR/link"
        assert_status 0
        [ -L "$BATS_TEST_TMPDIR/link" ]
        [ "$(jq -r .hostname "$MADE/config.json")" = third ]
        command -v strace >/dev/null || return 0
        sed -i 's/^lxc.uts.name.*/lxc.uts.name = fourth/' "$CONF"
        run strace -qq -o /dev/null -e trace=renameat2 -e inject=renameat2:error=EINVAL "$BERTH" convert -q --overwrite "$CONF" -o "$MADE"
        assert_status 0
        [ "$(jq -r .hostname "$MADE/config.json")" = fourth ]
        [ "$(ls -A "$MADE" | tr '\n' ' ')" = "config.json lxc-report.json " ]
        rm "$BATS_TEST_TMPDIR/link"
        ! compgen -G "$MADE.*"
}

@test "convert: '-' is standard input; a directory, a device and a pipe in its place" {
        run --separate-stderr bash -c "'$BERTH' convert -q --name piped - <'$CONF'"
        assert_status 0
        [ "$(jq -r .hostname <<<"$output")" = "$ID" ]
        [ "$(jq -r '.annotations["berth.lxc.name"]' <<<"$output")" = piped ]
        run --separate-stderr bash -c "printf 'lxc.rootfs.path = relative\n' | '$BERTH' convert -q -"
        assert_status 1
        assert_in_stderr "-:1:"
        run --separate-stderr bash -c "'$BERTH' convert -q - - -o '$MADE' <'$CONF'"
        assert_status 1
        assert_in_stderr "standard input, '-', can be read once only"
        convert /dev/null
        assert_status 1
        assert_in_stderr "cannot read '/dev/null': it is no ordinary file"
        assert_in_stderr "hint: a configuration is a file, a pipe, or '-' for standard input"
        convert "$BATS_TEST_TMPDIR"
        assert_status 1
        assert_in_stderr "cannot read '$BATS_TEST_TMPDIR': it is a directory"
        assert_in_stderr "hint: name the file in it, as '$BATS_TEST_TMPDIR/config'"
        mkfifo "$BATS_TEST_TMPDIR/fifo"
        cat "$CONF" >"$BATS_TEST_TMPDIR/fifo" &
        run --separate-stderr timeout 20 "$BERTH" convert -q "$BATS_TEST_TMPDIR/fifo"
        wait
        assert_status 0
        [ "$(jq -r .hostname <<<"$output")" = "$ID" ]
        nothing_made
}

@test "convert: a progress bar, and colours, only on a terminal" {
        command -v script >/dev/null || skip "needs the package 'bsdutils'"
        local name
        for name in a b; do mkdir -p "$BATS_TEST_TMPDIR/lxc/$name"; cp "$CONF" "$BATS_TEST_TMPDIR/lxc/$name/config"; done
        TERM=xterm script -qec "$BERTH convert $BATS_TEST_TMPDIR/lxc/a/config $BATS_TEST_TMPDIR/lxc/b/config -o $MADE" "$BATS_TEST_TMPDIR/typescript" >/dev/null
        grep -q '\[###############  *\] 1/2' "$BATS_TEST_TMPDIR/typescript"
        # it makes room for what is said of a configuration
        [ "$(grep -c $'\033\\[K\r\033\\[K.*/config: container' "$BATS_TEST_TMPDIR/typescript")" = 2 ]
        script -qec "$BERTH convert $CONF -o $MADE.one" "$BATS_TEST_TMPDIR/typescript" >/dev/null
        grep -q $'\033\\[32mexact' "$BATS_TEST_TMPDIR/typescript"
        convert "$CONF" -o "$MADE.two"
        [[ $output != *$'\033'* ]]
}

@test "convert: --report writes the whole report, the screen shows only what matters" {
        also "lxc.tty.max = 4"
        convert "$CONF" -o "$MADE" --report "$BATS_TEST_TMPDIR/report"
        assert_status 2
        [[ $output != *"exact:"* && $output == *"warning:"* ]]
        grep -q 'exact: .*lxc.uts.name' "$BATS_TEST_TMPDIR/report"
        convert "$CONF" --report "$BATS_TEST_TMPDIR/report.json" --report-format json
        # each line once
        [ "$(jq '[.lines[] | .line] | sort | join(" ")' "$BATS_TEST_TMPDIR/report.json")" = '"1 2 3 4"' ]
        jq -e '.lines[0] | .class == "exact" and .became[0].pointer == "/hostname" and .column == 1' "$BATS_TEST_TMPDIR/report.json"
        jq -e '.security | length > 0' "$BATS_TEST_TMPDIR/report.json"
        convert --quiet "$CONF"
        [[ $stderr != *"exact:"* && $stderr == *"warning:"* ]]
}

@test "convert: wrong options are named" {
        convert
        assert_status 1
        assert_in_stderr "'convert' needs an LXC configuration"
        convert --era 9 "$CONF"
        assert_status 1
        assert_in_stderr "option '--era' has the wrong value '9'"
        convert --report-format xml "$CONF"
        assert_in_stderr "option '--report-format' has the wrong value 'xml'"
        convert --app --system "$CONF"
        assert_in_stderr "options '--app' and '--system' exclude each other"
        convert --name a/b "$CONF"
        assert_in_stderr "'a/b' cannot be the name of a container"
        convert "$CONF" -o ""
        assert_status 1
        assert_in_stderr "option '--output' has the wrong value ''"
        cp "$CONF" "$CONF.kept"
        ln -s "$CONF" "$BATS_TEST_TMPDIR/link"
        convert "$CONF" -o "$MADE" --report "$BATS_TEST_TMPDIR/link"
        assert_status 1
        assert_in_stderr "option '--report' has the wrong value '$BATS_TEST_TMPDIR/link'"
        assert_in_stderr "it would go over what is converted"
        cmp "$CONF" "$CONF.kept"
        nothing_made
}

@test "convert: a file without any key of LXC's is told, for LXC would start the host's own root with it" {
        printf '%s\n' '[Unit]' 'Description = web' >"$CONF"
        convert --name x "$CONF" -o "$MADE"
        assert_status 2
        [[ $output == *"$CONF:1:1:"*"warning: no line here is a key of LXC's: is this the configuration of a container?"* ]]
        convert --name x --strict "$CONF" -o "$MADE.strict"
        assert_status 1
        [ ! -e "$MADE.strict" ]
}

@test "convert: a line of 10 MB, NUL bytes, a loop of includes, a pipe" {
        { cat "$CONF"; printf 'lxc.environment = A='; head -c 10000000 /dev/zero | tr '\0' x; printf '\nlxc.\0\0\n'; } >"$CONF.big"
        run --separate-stderr timeout 20 "$BERTH" convert -q "$CONF.big" -o "$MADE"
        assert_status 1
        [[ $output == *"error: '=' is missing"* ]]
        also "lxc.include = $CONF"
        convert -q "$CONF" -o "$MADE"
        assert_status 1
        [[ $output == *"error: '$CONF' includes itself"* ]]
        run --separate-stderr bash -c "printf 'lxc.rootfs = /r\n' | '$BERTH' convert -q --name piped /dev/stdin"
        assert_status 0
        [ "$(jq -r .root.path <<<"$output")" = /r ]
}

@test "convert: a pipe or a device that a configuration names is not opened" {
        mkfifo "$BATS_TEST_TMPDIR/fifo"
        also "lxc.include = $BATS_TEST_TMPDIR/fifo" "lxc.mount.fstab = $BATS_TEST_TMPDIR/fifo" "lxc.seccomp.profile = /dev/zero"
        run --separate-stderr timeout 20 "$BERTH" convert "$CONF" -o "$MADE"
        assert_status 1
        [[ $output == *"error: cannot read '$BATS_TEST_TMPDIR/fifo': it is no ordinary file"*"error: cannot read '$BATS_TEST_TMPDIR/fifo'"* ]]
        [[ $output == *"error: cannot read the policy '/dev/zero': it is no ordinary file"* ]]
        nothing_made
}

@test "convert: --list-keys shows each key once" {
        run --separate-stderr "$BERTH" convert --list-keys
        assert_status 0
        [[ $output == *$'lxc.uts.name\t2.1-\tlxc.utsname 0.6-2.1\ttext\texact\t/hostname\t-'* ]]
        [ -z "$(cut -f1 <<<"$output" | sort | uniq -d)" ]
}

@test "convert: berth, runc and crun run the same portable bundle alike" {
        local runtime made=()
        also "lxc.mount.entry = proc proc proc" "lxc.environment = PATH=/bin" "lxc.cap.keep = chown"
        convert --portable --app "$CONF" -o "$MADE" -- sh -c 'hostname; grep CapBnd /proc/self/status; echo $container'
        [ "$status" -ne 1 ]
        for runtime in "$BERTH" runc crun; do
                command -v "$runtime" >/dev/null || continue
                # crun takes no hybrid of cgroup v1 and v2
                run --separate-stderr unshare --mount --propagation private sh -c \
                        '[ "$1" != crun ] || [ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified; exec "$@"' \
                        sh "$runtime" --root "$ROOT.${runtime##*/}" run --bundle "$MADE" "$ID" </dev/null
                echo "$runtime: $output $stderr"
                assert_status 0
                made+=("$output")
        done
        [ "${made[0]}" = "${made[1]:-${made[0]}}" ] && [ "${made[0]}" = "${made[2]:-${made[0]}}" ]
}

# Places are left out: the golden configurations have a line more.
@test "convert: what the migration guide shows is what the golden reports have" {
        local line pattern
        local -a wrong=()
        strip() { sed -E 's/^[^ ]*:[0-9]+:[0-9]+: +//; s/^[^ ]*: container/container/; s/ +/ /g; s/^ //; s/ $//'; }
        cat "$HERE"/../golden/lxc/*.report | strip >"$BATS_TEST_TMPDIR/reports"
        sed -nE 's/^    //; /^[^ ]+:[0-9]+:[0-9]+: |^ +(warning|note|info|error|elsewhere): |^ +-> |: container .* lines:|^ +(the|no|AppArmor|LXC) .*\(\//p' \
                "$HERE/../../docs/migrating-from-lxc.md" | strip >"$BATS_TEST_TMPDIR/shown"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/shown")" -gt 30 ]
        while read -r line; do
                pattern=$(sed -E 's/[][\\.*^$+?(){}|/]/\\&/g; s/…/.*/g' <<<"$line")
                grep -qE -- "^$pattern" "$BATS_TEST_TMPDIR/reports" || wrong+=("$line")
        done <"$BATS_TEST_TMPDIR/shown"
        printf '%s\n' "${wrong[@]}"
        [ "${#wrong[@]}" = 0 ]
}

# The collection and the schema lie beside the project, where they are there; the fixtures of the golden tests always are.
@test "convert: every bundle conforms to the schema of the runtime-spec" {
        local shared="$HERE/../../../shared" schema status=0
        schema=${RUNTIME_SPEC_SCHEMA:-$shared/runtime-spec/schema}
        [ -e "$schema/config-schema.json" ] || skip "needs the package of the runtime-spec's schema"
        "$BERTH" convert --force --quiet -o "$MADE" "$HERE"/../golden/lxc/*.conf \
                $(compgen -G "${LXC_CORPUS:-$shared/lxc-corpus}/*.conf") >"$BATS_TEST_TMPDIR/report" 2>&1 || [ $? -le 2 ]
        compgen -G "$MADE/*/config.json" >"$BATS_TEST_TMPDIR/made.list"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/made.list")" -gt 15 ]
        xargs /usr/bin/python3 "$HERE/../helpers/check-schema.py" "$schema" <"$BATS_TEST_TMPDIR/made.list" || status=$?
        [ $status != 77 ] || skip "needs the package python3-jsonschema"
        [ $status = 0 ]
        # and the check sees what does not
        jq '.root = 1' "$(head -n 1 "$BATS_TEST_TMPDIR/made.list")" >"$BATS_TEST_TMPDIR/bad.json"
        run -1 /usr/bin/python3 "$HERE/../helpers/check-schema.py" "$schema" "$BATS_TEST_TMPDIR/bad.json"
        assert_in_output "/root"
}
