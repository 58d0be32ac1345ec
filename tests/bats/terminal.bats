#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md process.terminal and consoleSize; --console-socket; the foreground pump.
load helpers

more_setup() {
        command -v python3 >/dev/null || skip "needs the package python3"
        config '.process.terminal = true'
}
# on_terminal COMMAND...: with a terminal of its own; output as the terminal shows it, without CR.
on_terminal() { python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$@" </dev/null | tr -d '\r'; }

@test "terminal: run shows what the program writes, and passes its status on" {
        program sh -c 'tty; test -t 0 && test -t 1 && test -t 2 && echo all; exit 4'
        run bash -c 'set -o pipefail; python3 -c "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)" "$@" </dev/null | tr -d "\r"' _ \
                "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 4
        assert_in_output "/dev/pts/0"
        assert_in_output "all"
}

@test "terminal: not a byte is lost" {
        program sh -c 'i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done'
        run on_terminal "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        [ "${#lines[@]}" = 5000 ]
        [ "${lines[4999]}" = "line 4999" ]
}

@test "terminal: who reads run's output by a pipe gets lines without carriage returns" {
        program sh -c 'echo one; echo two'
        run bash -c '"$@" </dev/null | od -An -c | tr -d " \n"' _ "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_output 'one\ntwo\n'
}

@test "terminal: --console-socket receives the master; consoleSize is its size" {
        config '.process.consoleSize = {"height": 31, "width": 97}'
        program sh -c 'stty size; ls -l /dev/console | cut -c1'
        python3 - "$BATS_TEST_TMPDIR/sock" >"$BATS_TEST_TMPDIR/got" 3>&- <<'PY' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1] + "~"); listener.listen(1); os.rename(sys.argv[1] + "~", sys.argv[1]); listener.settimeout(30)
connection, _ = listener.accept()
_, fds, _, _ = socket.recv_fds(connection, 4096, 1)
while True:
    try:
        data = os.read(fds[0], 4096)
    except OSError:
        break
    if not data:
        break
    sys.stdout.write(data.decode().replace("\r", "")); sys.stdout.flush()
PY
        local reader=$!
        wait_for 30 test -S "$BATS_TEST_TMPDIR/sock"
        create_container --console-socket "$BATS_TEST_TMPDIR/sock"
        berth start "$ID"
        wait_for 30 grep -q "^c" "$BATS_TEST_TMPDIR/got"
        grep -q "^31 97$" "$BATS_TEST_TMPDIR/got"
        berth delete --force "$ID"
        wait $reader
}

@test "terminal: create without a console socket is an error that says so" {
        run --separate-stderr "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "console"
        assert_in_stderr "/process/terminal"
}

@test "terminal: a console socket that does not exist is named" {
        run --separate-stderr "$BERTH" --root "$ROOT" create --console-socket /no/such/sock --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "/no/such/sock"
        [ ! -e "$ROOT/$ID" ]
}

@test "terminal: in a user namespace" {
        with_userns
        config '.process.terminal = true'
        program sh -c 'tty; echo x >/dev/console'
        run on_terminal "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_in_output "/dev/pts/0"
        assert_in_output "x"
}

@test "terminal: without one of its own, a container has not the caller's either" {
        config '.process.terminal = false'
        program sh -c 'cut -d" " -f6,7 /proc/self/stat; (: </dev/tty) 2>/dev/null || echo none'
        run on_terminal "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 0
        assert_output "$(printf '1 0\nnone')"
}
