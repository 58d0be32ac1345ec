#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# NOTIFY_SOCKET: the payload's READY=1 reaches the socket that the caller was given by systemd, and nothing else does.
load helpers

more_setup() {
        command -v python3 >/dev/null || skip "needs the package python3"
        cp "$BERTH_BUILD/tests/helpers/sdnotify" "$BUNDLE/rootfs/bin/" 2>/dev/null || skip "needs the package that builds tests/helpers"
        HOST="$BATS_TEST_TMPDIR/systemd"
}
more_teardown() { [ -z "${LISTENER:-}" ] || kill "$LISTENER" 2>/dev/null || true; }
# host_listens ADDRESS: one datagram is written to the file "told".
host_listens() {
        python3 - "$1" "$BATS_TEST_TMPDIR/told" "$BATS_TEST_TMPDIR/listens" 3>&- <<'PY' &
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + sys.argv[1][1:] if sys.argv[1][0] == "@" else sys.argv[1])
s.settimeout(60)
open(sys.argv[3], "w").close()
text = s.recv(4096).decode()
with open(sys.argv[2] + "~", "w") as f:
    f.write(text)
os.rename(sys.argv[2] + "~", sys.argv[2])
PY
        LISTENER=$!
        wait_for 30 test -e "$BATS_TEST_TMPDIR/listens"
}
told() { wait_for 20 test -e "$BATS_TEST_TMPDIR/told" && cat "$BATS_TEST_TMPDIR/told"; }

@test "notify: run passes READY=1 on, and no other word of the payload" {
        host_listens "$HOST"
        program sh -c 'echo "$NOTIFY_SOCKET"; sdnotify STATUS=evil MAINPID=1 "STATUS=x
READY=1"; echo "sent $?"'
        NOTIFY_SOCKET="$HOST" run_container
        assert_status 0
        assert_output "/run/notify/notify.sock
sent 0"
        [ "$(told)" = READY=1 ]
        [ "$(wc -c <"$BATS_TEST_TMPDIR/told")" = 7 ] # not a byte more
}

@test "notify: start returns when the payload is ready, and names it as the main process" {
        host_listens "$HOST"
        mkfifo "$BUNDLE/rootfs/go"
        program sh -c 'read x </go; sdnotify READY=1; exec sleep 1000'
        export NOTIFY_SOCKET="$HOST"
        create_container
        "$BERTH" --root "$ROOT" start "$ID" 2>"$BATS_TEST_TMPDIR/err" 3>&- & local starter=$!
        status_is_running() { [ "$(container_status)" = running ]; }
        wait_for 20 status_is_running
        # it is running, but not ready: start waits
        kill -0 $starter
        [ ! -e "$BATS_TEST_TMPDIR/told" ]
        echo go >"$BUNDLE/rootfs/go"
        wait $starter
        [ "$(told)" = "MAINPID=$(container_pid)
READY=1" ]
        berth delete --force "$ID"
        [ ! -e "$ROOT/$ID" ]
}

@test "notify: an abstract socket of the host, a user namespace and another user" {
        host_listens "@$ID-notify"
        with_userns
        config '.process.user = {"uid": 1000, "gid": 1000}'
        program sdnotify READY=1
        NOTIFY_SOCKET="@$ID-notify" run_container
        assert_status 0
        [ "$(told)" = READY=1 ]
}

@test "notify: start of a payload that ends without a word returns" {
        export NOTIFY_SOCKET="$HOST"
        program true
        create_container
        run --separate-stderr timeout 20 "$BERTH" --root "$ROOT" start "$ID"
        assert_status 0
        [ -z "$stderr" ]
}

@test "notify: a socket that the config brings itself is left alone" {
        config '.process.env += ["NOTIFY_SOCKET=/mine"]'
        program sh -c 'echo $NOTIFY_SOCKET; ls -d /run/notify 2>/dev/null; true'
        NOTIFY_SOCKET="$HOST" run_container
        assert_status 0
        assert_output /mine
}

@test "notify: an address that is none, and a host that does not listen, are told" {
        program sdnotify READY=1
        NOTIFY_SOCKET=relative run_container
        assert_status 1
        assert_in_stderr "NOTIFY_SOCKET 'relative' is no address of a Unix socket"
        export NOTIFY_SOCKET="$HOST"
        program sh -c 'sdnotify READY=1; exec sleep 1000'
        create_container
        run --separate-stderr berth start "$ID"
        assert_status 1
        assert_in_stderr "cannot tell NOTIFY_SOCKET '$HOST' that the container is ready: No such file or directory (ENOENT)"
}

@test "notify: nothing is bound and nothing is in the environment when nobody asks" {
        program sh -c 'echo "[$NOTIFY_SOCKET]"; ls -d /run/notify 2>/dev/null; true'
        run_container
        assert_status 0
        assert_output "[]"
}
