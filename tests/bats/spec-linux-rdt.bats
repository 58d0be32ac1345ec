#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each MUST of config-linux.md "IntelRdt".  Few machines have resctrl: what needs it is tested against a copy of its files in
# tests/unit/test-rdt.c as well.
load helpers

R=/sys/fs/resctrl
needs_resctrl() { [ -e $R/schemata ] || skip "needs a kernel with resctrl"; }
more_teardown() { [ ! -d "$R/$ID-class" ] || rmdir "$R/$ID-class" 2>/dev/null || true; }
fails() {
        run_container
        assert_status 1
        local text
        for text in "$@"; do assert_in_stderr "$text"; done
        [ ! -e "$ROOT/$ID" ]
}
schema() { sed -n "s/^ *\($1:.*\)/\1/p" $R/schemata; }

@test "spec config-linux.md#intelRdt-2: without resctrl intelRdt is an error" {
        [ ! -e $R/schemata ] || skip "needs a kernel without resctrl"
        config '.linux.intelRdt = {"closID": "x"}'
        fails "intelRdt needs a resctrl file system, and none is mounted" "where: /linux/intelRdt ("
}

@test "spec config-linux.md#intelRdt-3: without intelRdt no resctrl is looked at" {
        run --separate-stderr berth plan --bundle "$BUNDLE" "$ID"
        assert_status 0
        refute_in_output rdt.
        needs_resctrl
        local before
        before=$(ls $R)
        run_container
        [ "$(ls $R)" = "$before" ]
}

@test "spec config-linux.md#intelRdt-5 #intelRdt-6 #intelRdt-7: MB: at the beginning, and no newline in any" {
        local bad
        for bad in '{"memBwSchema": "L3:0=f"}' '{"memBwSchema": "MB:0=70\nL3:0=f"}' '{"schemata": ["L3:0=f\nMB:0=20"]}' '{"l3CacheSchema": "L3:0=f\n"}'; do
                config ".linux.intelRdt = $bad"
                fails /linux/intelRdt
        done
}

@test "spec config-linux.md#intelRdt-1 #intelRdt-4 #intelRdt-12: init is in the tasks of the class, '/' is the default one, the id names the class without closID" {
        needs_resctrl
        program sleep 1000
        config '.linux.intelRdt = {"closID": "/"}'
        create_container
        grep -qx "$(container_pid)" $R/tasks
        berth delete --force "$ID"
        config '.linux.intelRdt = {}'
        create_container
        grep -qx "$(container_pid)" "$R/$ID/tasks"
        berth delete --force "$ID"
}

@test "spec config-linux.md#intelRdt-8 #intelRdt-9 #intelRdt-10 #intelRdt-11: schemata are written as configured, and only then" {
        needs_resctrl
        [ -n "$(schema L3)" ] || skip "needs a kernel with resctrl and L3"
        program sleep 1000
        config '.linux.intelRdt = {"l3CacheSchema": "'"$(schema L3)"'"}'
        create_container
        [ "$(sed -n 's/^ *\(L3:.*\)/\1/p' "$R/$ID/schemata")" = "$(schema L3)" ]
        berth delete --force "$ID"
}

@test "spec config-linux.md#intelRdt-13 #intelRdt-14 #intelRdt-15 #intelRdt-17: a named class is made with schemata, must match or be there, and is not removed" {
        needs_resctrl
        config '.linux.intelRdt = {"closID": "'"$ID"'-class"}'
        fails "$ID-class"
        [ -n "$(schema L3)" ] || skip "needs a kernel with resctrl and L3"
        config '.linux.intelRdt.l3CacheSchema = "'"$(schema L3)"'"'
        run_container
        assert_status 0
        [ -d "$R/$ID-class" ]
        config '.linux.intelRdt.l3CacheSchema = "L3:0=1"'
        fails "$ID-class"
}

@test "spec config-linux.md#intelRdt-16 #intelRdt-18 #intelRdt-19 #intelRdt-20 #intelRdt-21: groups of the container's own are made, named by its id, and removed" {
        needs_resctrl
        program sleep 1000
        config '.linux.intelRdt = {"enableMonitoring": true}'
        create_container
        [ -d "$R/$ID" ]
        [ -d "$R/$ID/mon_groups/$ID" ]
        berth delete --force "$ID"
        [ ! -d "$R/$ID" ]
}
