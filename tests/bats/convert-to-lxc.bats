#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# convert --to-lxc: the command around the translation, whose results the unit tests keep.
load helpers

@test "convert --to-lxc: lines to standard output, the report to standard error" {
        config '.hostname = "web1" | .process.user.umask = 18 | del(.linux.seccomp)'
        run -2 --separate-stderr berth convert --to-lxc "$BUNDLE"
        [[ "$output" == *"lxc.uts.name = web1"* ]]
        [[ "$output" == *"lxc.rootfs.path = dir:$BUNDLE/"* ]]
        [[ "$stderr" =~ $BUNDLE/config.json:[0-9]+:[0-9]+:\ exact:\ +/hostname\ +-\>\ lxc.uts.name\ =\ web1 ]]
        [[ "$stderr" =~ $BUNDLE/config.json:[0-9]+:[0-9]+:\ impossible:\ /process/user/umask ]]
        assert_in_stderr "warning: LXC sets no umask"
        # The file itself is named as well as its directory.
        run -2 --separate-stderr berth convert --to-lxc --quiet "$BUNDLE/config.json"
        [[ "$output" == *"lxc.rootfs.path = dir:$BUNDLE/"* ]]
        [[ "$stderr" != *"exact:"* ]]
        assert_in_stderr "warning: LXC sets no umask"
}

@test "convert --to-lxc --output: config, seccomp policy and report; --strict, --overwrite" {
        local dir=$BATS_TEST_TMPDIR/lxc
        config '.process.user.umask = 18 | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
                "syscalls": [{"names": ["kexec_load"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}'
        run -1 --separate-stderr berth convert --to-lxc --strict --output "$dir" "$BUNDLE"
        assert_in_stderr "something of '$BUNDLE/config.json' would be lost"
        [ ! -e "$dir" ]
        run -2 --separate-stderr berth convert --to-lxc --output "$dir" "$BUNDLE"
        [ -z "$stderr" ]
        grep -qx "lxc.seccomp.profile = $dir/seccomp" "$dir/config"
        [ "$(cat "$dir/seccomp")" = $'2\ndenylist\n[all]\nkexec_load errno 1' ]
        jq -e '.direction == "to-lxc" and .summary.errors == 0 and ([.fields[].pointer] | index("/process/user/umask"))' "$dir/lxc-report.json"
        run -1 --separate-stderr berth convert --to-lxc --output "$dir" "$BUNDLE"
        assert_in_stderr "$dir"
        run -2 --separate-stderr berth convert --to-lxc --overwrite --output "$dir" "$BUNDLE"
        # There and back again.
        run --separate-stderr berth convert --output "$BATS_TEST_TMPDIR/again" "$dir/config"
        [ "$status" -ne 1 ]
        jq -e '.linux.seccomp.syscalls[0].names == ["kexec_load"]' "$BATS_TEST_TMPDIR/again/config.json"
}

@test "convert --to-lxc: errors write nothing; --force leaves out what is in error" {
        config '.hooks = {"poststart": [{"path": "/bin/true"}]} | del(.linux.seccomp)'
        run -1 --separate-stderr berth convert --to-lxc "$BUNDLE"
        [ -z "$output" ]
        assert_in_stderr "error: an OCI hook reads the container's state from its standard input; LXC's hooks get none"
        run -2 --separate-stderr berth convert --to-lxc --force "$BUNDLE"
        [[ "$output" == *"lxc.rootfs.path = "* ]]
        run -2 --separate-stderr berth convert --to-lxc --force --report "$BATS_TEST_TMPDIR/report" --report-format json "$BUNDLE"
        assert_in_stderr "warning: an OCI hook reads the container's state"
        [[ "$stderr" != *"exact:"* ]]
        jq -e '.summary.loss' "$BATS_TEST_TMPDIR/report"
}

@test "convert --to-lxc: what is no bundle" {
        run -1 --separate-stderr berth convert --to-lxc
        assert_in_stderr "'convert --to-lxc' needs one bundle, or its config.json"
        run -1 --separate-stderr berth convert --to-lxc --portable "$BUNDLE"
        assert_in_stderr "options '--to-lxc' and '--portable' exclude each other"
        run -1 --separate-stderr berth convert --to-lxc --report-format xml "$BUNDLE"
        assert_in_stderr "option '--report-format' has the wrong value 'xml'"
        run -1 --separate-stderr berth convert --to-lxc "$BATS_TEST_TMPDIR/none"
        assert_in_stderr "cannot read '$BATS_TEST_TMPDIR/none/config.json': No such file or directory (ENOENT)"
        echo '{"ociVersion": "1.0.2", "process": 5}' >"$BUNDLE/config.json"
        run -1 --separate-stderr berth convert --to-lxc "$BUNDLE"
        [ -z "$output" ]
        [[ "$stderr" =~ $BUNDLE/config.json:1:[0-9]+:\ config\ has\ no\ \'root\' ]]
        echo '{' >"$BUNDLE/config.json"
        run -1 --separate-stderr berth convert --to-lxc "$BUNDLE"
        assert_in_stderr "config.json"
}

@test "convert --to-lxc: a lxc-net.json that cannot be read is an error, not a container without interfaces" {
        config .
        mkdir "$BUNDLE/lxc-net.json"
        run -1 --separate-stderr berth convert --to-lxc "$BUNDLE"
        assert_in_stderr "cannot read '$BUNDLE/lxc-net.json': Is a directory (EISDIR)"
        [ -z "$output" ]
}
