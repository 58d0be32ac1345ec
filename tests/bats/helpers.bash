# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What all bats files share: a bundle and a state root of the test's own, berth called as an engine would, and after each
# test the proof that nothing is left.

bats_require_minimum_version 1.5.0
BERTH=${BERTH:-$(dirname "$BATS_TEST_DIRNAME")/../build/berth}
HERE=$BATS_TEST_DIRNAME
# shellcheck source=contrib/lib.sh
. "$HERE/../../contrib/lib.sh"

# One root file system a file, copied by reference for each test.
setup_file() {
        export ROOTFS_TEMPLATE="$BATS_FILE_TMPDIR/rootfs"
        make_busybox_rootfs "$ROOTFS_TEMPLATE"
}

setup() {
        [ "$(id -u)" = 0 ] || skip "needs root"
        BUNDLE="$BATS_TEST_TMPDIR/bundle"
        ROOT="$BATS_TEST_TMPDIR/state"
        # bats' own ids hold spaces and are long; this one is short, unique on the machine (pids are not: several runs have
        # pid namespaces of their own) and a valid container id
        ID="t$BATS_TEST_NUMBER-${BERTH_TEST_TAG:-}$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')"
        mkdir -p "$BUNDLE"
        cp -a "$ROOTFS_TEMPLATE" "$BUNDLE/rootfs"
        default_config >"$BUNDLE/config.json"
        LEFT_BEFORE=$(leftovers)
        more_setup
}
more_setup() { :; }
# What it prints is left behind, and fails the test.
more_teardown() { :; }

teardown() {
        [ -n "${BUNDLE:-}" ] || return 0
        local id after left
        left=$(more_teardown) || left+="more_teardown ended with status $?"
        for id in $(ls "$ROOT" 2>/dev/null); do
                "$BERTH" --root "$ROOT" delete --force "$id" || echo "# could not delete '$id'"
        done
        after=$(leftovers)
        if [ -n "$left" ] || [ "$LEFT_BEFORE" != "$after" ]; then
                echo "left behind: $left"
                diff <(echo "$LEFT_BEFORE") <(echo "$after")
                return 1
        fi
}

# Mounts below the test's folder, cgroups and processes that name the test's id, net devices.
leftovers() {
        grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo | cut -d' ' -f5
        find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null
        awk -F: 'NR > 2 { print $1 }' /proc/net/dev
        pgrep -f -- "[ /]$ID( |$)" | while read -r pid; do [ "$pid" = "$BASHPID" ] || echo "process $pid"; done
        ls -A "$ROOT" 2>/dev/null | grep -v '^\.cache$'
        return 0
}

# A config as engines make it, without terminal; its program is args[] of the test.
default_config() {
        cat <<'JSON'
{
  "ociVersion": "1.3.0",
  "process": {
    "user": { "uid": 0, "gid": 0 },
    "args": [ "true" ],
    "env": [ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm" ],
    "cwd": "/",
    "capabilities": {
      "bounding": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ],
      "effective": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ],
      "permitted": [ "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" ]
    },
    "rlimits": [ { "type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024 } ],
    "noNewPrivileges": true
  },
  "root": { "path": "rootfs", "readonly": false },
  "hostname": "berth",
  "mounts": [
    { "destination": "/proc", "type": "proc", "source": "proc" },
    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
      "options": [ "nosuid", "strictatime", "mode=755", "size=65536k" ] },
    { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
      "options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" ] },
    { "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
      "options": [ "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" ] },
    { "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": [ "nosuid", "noexec", "nodev" ] },
    { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [ "nosuid", "noexec", "nodev", "ro" ] }
  ],
  "linux": {
    "namespaces": [ { "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" } ],
    "resources": { "devices": [ { "allow": false, "access": "rwm" } ] },
    "maskedPaths": [ "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                     "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi" ],
    "readonlyPaths": [ "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" ]
  }
}
JSON
}

# config FILTER [JQ_ARGUMENT...]: change the bundle's config.json with jq.
config() {
        jq "$@" "$BUNDLE/config.json" >"$BUNDLE/config.json.new" && mv "$BUNDLE/config.json.new" "$BUNDLE/config.json"
}
# program WORD...: what the container runs.
program() {
        jq '.process.args = $ARGS.positional' "$BUNDLE/config.json" --args -- "$@" >"$BUNDLE/config.json.new" &&
                mv "$BUNDLE/config.json.new" "$BUNDLE/config.json"
}

# needs_call NAME: skip where tests/run-all --enosys has taken away what the test is about.
needs_call() { [[ ",${BERTH_TEST_ENOSYS:-}," != *",$1,"* ]] || skip "needs a kernel with $1"; }

# A user namespace over 65536 ids from 100000 on, and a root file system that is theirs.
with_userns() {
        config '.linux.namespaces += [{"type": "user"}]
                | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
                | .linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]'
        chown -R 100000:100000 "$BUNDLE/rootfs"
        # the way there must be searchable for the mapped root as well
        local dir=$BUNDLE
        while [ "$dir" != / ]; do chmod a+x "$dir"; dir=$(dirname "$dir"); done
}

berth() { "$BERTH" --root "$ROOT" "$@"; }
# The container's output, status and stderr: run_container [OPTION...].
run_container() { run --separate-stderr "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$@" "$ID"; }
# create and start apart, with the container's streams not on bats' own.
create_container() { "$BERTH" --root "$ROOT" create --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"; }
container_status() { berth state "$ID" | jq -r .status; }
container_pid() { berth state "$ID" | jq -r .pid; }

# Every user can execute $BERTH and reach the test's folder from here on: the build may be where only root gets.
for_all_users() {
        local dir=$BATS_TEST_TMPDIR
        cp "$BERTH" "$dir/berth"
        BERTH="$dir/berth"
        while [ "$dir" != / ]; do chmod a+x "$dir"; dir=$(dirname "$dir"); done
}

# ASan has memory, files and a start of its own.
needs_no_sanitizer() { ! ldd "$BERTH" 2>/dev/null | grep -q libasan || skip "needs no sanitizer"; }

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
        local end=$((SECONDS + $1))
        shift
        until "$@"; do
                [ $SECONDS -lt $end ] || { echo "waited in vain for: $*"; return 1; }
                sleep 0.05
        done
}

# A controller of this host, of version 1 or 2.
has_controller() {
        [ -e "/sys/fs/cgroup/$1/cgroup.procs" ] || grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null
}
needs_controller() { has_controller "$1" || skip "needs cgroup v2 with controller $1"; }

# Assertions that show what they saw.
assert_status() { [ "$status" -eq "$1" ] || { echo "status $status, expected $1; output: $output; stderr: ${stderr:-}"; return 1; }; }
assert_output() { [ "$output" = "$1" ] || { echo "output: '$output'; expected: '$1'; stderr: ${stderr:-}"; return 1; }; }
assert_in_output() { [[ "$output" == *"$1"* ]] || { echo "not in output: '$1'; output: '$output'; stderr: ${stderr:-}"; return 1; }; }
assert_in_stderr() { [[ "$stderr" == *"$1"* ]] || { echo "not in stderr: '$1'; stderr: '$stderr'"; return 1; }; }
refute_in_output() { [[ "$output" != *"$1"* ]] || { echo "in output: '$1'; output: '$output'"; return 1; }; }
