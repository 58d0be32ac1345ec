#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# berth run by a user without privileges: one mapped id, many by newuidmap(1), and what such a user cannot have.
load helpers

USER_ID=12345

more_setup() {
        for_all_users
        mkdir -p "$ROOT"
        config 'del(.linux.resources, .process.rlimits)
                | .linux.namespaces += [{"type": "user"}, {"type": "cgroup"}]
                | .linux.uidMappings = [{"containerID": 0, "hostID": 12345, "size": 1}]
                | .linux.gidMappings = [{"containerID": 0, "hostID": 12345, "size": 1}]
                | (.mounts[] | select(.destination == "/dev/pts") | .options) -= ["gid=5"]
                | (.mounts[] | select(.destination == "/sys")) |= (.type = "bind" | .source = "/sys" | .options = ["rbind", "ro"])'
        chown -R $USER_ID:$USER_ID "$BUNDLE" "$ROOT"
}

# The files that name the user are this test's own, over the host's, for as long as it runs.
with_subids() {
        cp /etc/passwd "$BATS_TEST_TMPDIR/passwd"
        echo "berthtest:x:$USER_ID:$USER_ID::/nonexistent:/bin/sh" >>"$BATS_TEST_TMPDIR/passwd"
        echo "berthtest:200000:65536" >"$BATS_TEST_TMPDIR/subid"
        mount --bind "$BATS_TEST_TMPDIR/passwd" /etc/passwd
        mount --bind "$BATS_TEST_TMPDIR/subid" /etc/subuid
        mount --bind "$BATS_TEST_TMPDIR/subid" /etc/subgid
        SUBIDS=1
}
more_teardown() {
        [ -z "${SUBIDS:-}" ] || umount /etc/passwd /etc/subuid /etc/subgid
}

as_user() { setpriv --reuid $USER_ID --regid $USER_ID --clear-groups --inh-caps=-all -- "$@"; }
run_rootless() { run --separate-stderr as_user "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"; }

@test "rootless: one id is mapped without help, setgroups stays denied" {
        program sh -c 'id -u; cat /proc/self/uid_map /proc/self/setgroups; touch /made'
        run_rootless
        assert_status 0
        [ "${lines[0]}" = 0 ]
        [ "$(xargs <<<"${lines[1]}")" = "0 $USER_ID 1" ]
        [ "${lines[2]}" = deny ]
        [ -z "$stderr" ]
        [ "$(stat -c %u "$BUNDLE/rootfs/made")" = $USER_ID ]
}

@test "rootless: many ids are mapped by newuidmap and newgidmap" {
        with_subids
        config '.linux.uidMappings += [{"containerID": 1, "hostID": 200000, "size": 65536}]
                | .linux.gidMappings += [{"containerID": 1, "hostID": 200000, "size": 65536}]
                | .process.user = {"uid": 7, "gid": 8, "additionalGids": [9]}'
        program sh -c 'id -u; id -G; wc -l </proc/self/uid_map'
        run_rootless
        assert_status 0
        assert_output $'7\n8 9\n2'
}

@test "rootless: ids that are not the user's are refused with newuidmap's own words" {
        with_subids
        config '.linux.uidMappings += [{"containerID": 1, "hostID": 300000, "size": 65536}]'
        run_rootless
        assert_status 1
        assert_in_stderr "newuidmap"
        assert_in_stderr "300000"
        assert_in_stderr "/linux/uidMappings"
}

@test "rootless: the life of a container, and its state is nobody else's" {
        program sleep 1000
        as_user "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err"
        as_user "$BERTH" --root "$ROOT" start "$ID"
        [ "$(as_user "$BERTH" --root "$ROOT" state "$ID" | jq -r .status)" = running ]
        [ "$(stat -c %u "$ROOT/$ID")" = $USER_ID ]
        run --separate-stderr setpriv --reuid 23456 --regid 23456 --clear-groups -- "$BERTH" --root "$ROOT" kill "$ID" KILL
        assert_status 1
        assert_in_stderr "Permission denied (EACCES)"
        as_user "$BERTH" --root "$ROOT" kill "$ID" KILL
        as_user "$BERTH" --root "$ROOT" delete --force "$ID"
        [ ! -e "$ROOT/$ID" ]
}

@test "rootless: a limit that the user cannot set is an error that names the cgroup" {
        config '.linux.resources = {"pids": {"limit": 10}}'
        run_rootless
        assert_status 1
        assert_in_stderr "cannot make the cgroup"
        assert_in_stderr "not delegated"
}

@test "rootless: without XDG_RUNTIME_DIR the state directory's error says what to do" {
        run --separate-stderr as_user env -u XDG_RUNTIME_DIR "$BERTH" run --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "no place for container state"
        assert_in_stderr "XDG_RUNTIME_DIR"
}
