# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of engines share.  ENGINE is the name of the engine's function.

engine_pid() { inspect .State.Pid; }
inspect() { $ENGINE inspect --format "{{$1}}" "$ID"; }
logs_have() { $ENGINE logs "$ID" 2>&1 | grep -q "$1"; }

# limit CONTROLLER FILE_OF_V1 FILE_OF_V2: the value that it holds for the container, by the version that the machine has.
limit() {
        local cgroup
        if cgroup=$(sed -n "s/^[0-9]*:$1:\(.*\)/\/sys\/fs\/cgroup\/$1\1/p" "/proc/$(engine_pid)/cgroup") && [ -n "$cgroup" ]; then
                cat "$cgroup/$2"
        else
                cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(engine_pid)/cgroup")/$3"
        fi
}

# remove_cgroup_parent [FIND_TEST...]: the --cgroup-parent of a test, which an engine leaves to whoever named it, with those
# below it that the tests of find select.  conmon and the cleanup that it starts are in one and end some time after the
# engine's "rm"; what is berth's must be gone by then.
remove_cgroup_parent() {
        wait_for 30 cgroup_parent_removed "${@:--false}" || find /sys/fs/cgroup -type d -path "*/berth-$ID*" 2>/dev/null
}
cgroup_parent_removed() {
        find /sys/fs/cgroup -depth -type d -path "*/berth-$ID*" \( -name "berth-$ID*" -o "$@" \) -exec rmdir {} \; 2>/dev/null
        [ -z "$(find /sys/fs/cgroup -type d -name "berth-$ID*" 2>/dev/null)" ]
}
