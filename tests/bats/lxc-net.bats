#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# berth lxc-net: LXC's network interfaces.  The "host" is a network namespace of the test's own; a sleeping process in another
# one is the container, except where a runtime makes a real one.
load helpers

more_setup() {
        CONF="$BUNDLE/lxc-net.json"
        STATE="$BUNDLE/lxc-net.state.json"
        PID=""
        unshare --net sleep 1000 3>&- &
        HOST=$!
        wait_for 5 other_netns "$HOST" /proc/self/ns/net
        host ip link set lo up
}

more_teardown() {
        [ -z "$PID" ] || kill -9 "$PID" 2>/dev/null || true
        umount -l "$BUNDLE/lxc-net.netns" 2>/dev/null || true
        kill -9 "$HOST"
}

host() { nsenter --net="/proc/$HOST/ns/net" -- "$@"; }
inside() { nsenter --net="/proc/$PID/ns/net" -- "$@"; }
# other_netns PID FILE: has the process one of its own by now?
other_netns() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink "$2")" ]; }

container() {
        nsenter --net="/proc/$HOST/ns/net" -- unshare --net sleep 1000 3>&- &
        PID=$!
        wait_for 5 other_netns "$PID" /proc/self/ns/net
        wait_for 5 other_netns "$PID" "/proc/$HOST/ns/net"
}
end_container() {
        kill -9 "$PID"
        wait "$PID" || true
        PID=""
}
bridge() {
        host ip link add "${1:-br0}" type bridge
        host ip link set "${1:-br0}" up
        host ip address add "${2:-192.168.122.1/24}" dev "${1:-br0}"
}

# document INTERFACES [MORE]: interfaces as jq writes them, without index; MORE is merged into the document.
document() {
        jq -n --argjson nics "$1" --argjson more "${2:-{\}}" \
                '{version: 1, name: "001", interfaces: ($nics | to_entries | map({index: .key} + .value))} + $more' >"$CONF"
}
state() { echo "{\"ociVersion\":\"1.2.0\",\"id\":\"$ID\",\"status\":\"${2:-created}\",\"pid\":${1:-$PID},\"bundle\":\"$BUNDLE\"}"; }
net_up() { run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" lxc-net up --config "$CONF" < <(state); }
net_down() { run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" lxc-net down --config "$CONF" < <(state 0 stopped); }
links() { ip -j link | jq -r '.[].ifname'; }
host_links() { host ip -j link | jq -r '[.[].ifname] | sort | join(" ")'; }
inside_links() { inside ip -j link | jq -r '[.[].ifname] | join(" ")'; }
# field NAME FILTER: of a device in the container, or on the host with host_field.
field() { inside ip -j -d address show "$1" | jq -r ".[0] | $2"; }
host_field() { host ip -j -d address show "$1" | jq -r ".[0] | $2"; }
needs_netdev() { host ip link add link "$3" name probe0 type "$1" "${@:4}" 2>/dev/null || skip "needs netdev type '$1'"; host ip link delete probe0; }
same() { [ "$1" = "$2" ] || { echo "'$1', expected '$2'"; return 1; }; }

@test "veth on a bridge: address, broadcast, connected route, and the host reaches it" {
        bridge
        container
        document '[{"type": "veth", "link": "br0", "name": "eth0", "up": true,
                    "ipv4": [{"address": "192.168.122.101", "prefix": 24}], "ipv6": [{"address": "fd00:7::101", "prefix": 64}]}]'
        net_up
        assert_status 0
        same "$output$stderr" ""
        same "$(inside_links)" "lo eth0"
        same "$(field eth0 '.addr_info[] | select(.family == "inet") | "\(.local)/\(.prefixlen) \(.broadcast)"')" "192.168.122.101/24 192.168.122.255"
        same "$(field eth0 '[.addr_info[] | select(.local == "fd00:7::101").prefixlen] | join(" ")')" 64
        same "$(field eth0 '.flags | index("UP") != null')" true
        same "$(field lo '.flags | index("UP") != null')" true
        same "$(inside ip -j route | jq -r '.[].dst')" 192.168.122.0/24
        host busybox ping -c 1 -W 3 192.168.122.101

        veth=$(host ip -j link show master br0 | jq -r '.[].ifname')
        [[ $veth == veth* ]]
        [[ $(host_field "$veth" .address) == fe:* ]]
        same "$(host cat "/proc/sys/net/ipv6/conf/$veth/disable_ipv6")" 1
        end_container
        net_down
        assert_status 0
        same "$(host_links)" "br0 lo"
        [ ! -e "$STATE" ]
}

@test "the seed's example: an interface, no gateway, its address as LXC 0.7 gives it" {
        bridge br0 192.168.122.199/24
        container
        document '[{"type": "veth", "link": "br0", "name": "eth0", "up": true, "ipv4": [{"address": "192.168.122.101", "prefix": 24}]}]' '{"era": "0.7"}'
        net_up
        assert_status 0
        same "$(field eth0 .mtu)" 1500
        same "$(inside ip -j route show default)" "[]"
        inside busybox ping -c 1 -W 3 192.168.122.199
}

@test "addresses, broadcast, mtu, hwaddr and queues as the document has them" {
        bridge
        container
        document '[{"type": "veth", "link": "br0", "up": true, "mtu": 1400, "hwaddr": "00:16:3e:11:22:33",
                    "ipv4": [{"address": "10.1.0.2", "prefix": 16, "broadcast": "10.1.0.77"}, {"address": "10.2.0.2", "prefix": 31}],
                    "veth": {"pair": "v001", "rxQueues": 2, "txQueues": 3}}]'
        net_up
        assert_status 0
        same "$(field eth0 '"\(.mtu) \(.address) \(.num_rx_queues) \(.num_tx_queues)"')" "1400 00:16:3e:11:22:33 2 3"
        same "$(field eth0 '[.addr_info[] | select(.family == "inet") | "\(.local) \(.broadcast)"] | join(",")')" "10.1.0.2 10.1.0.77,10.2.0.2 null"
        same "$(host_field v001 '"\(.mtu) \(.master)"')" "1400 br0"
}

@test "the mtu is the link's, and a hwaddr template is filled at random at each start" {
        bridge
        host ip link set br0 mtu 1300
        document '[{"type": "veth", "link": "br0", "hwaddr": "xx:16:3e:xx:xx:00"}]'
        container
        net_up
        assert_status 0
        same "$(field eth0 .mtu)" 1300
        first=$(field eth0 .address)
        [[ $first == [0-9a-f][02468ace]:16:3e:*:*:00 ]]
        same "$(field eth0 '.flags | index("UP")')" null
        same "$(field lo '.flags | index("UP")')" null # no interface is up: nor is lo
        end_container
        container
        net_up # without down: the first container was killed
        assert_status 0
        [ "$(field eth0 .address)" != "$first" ]
}

@test "gateways: an address, one off the link, the device, and the link's own" {
        bridge
        host ip address add fd00:7::1/64 dev br0 nodad
        address='"ipv4": [{"address": "192.168.122.101", "prefix": 24}], "ipv6": [{"address": "fd00:7::101", "prefix": 64}]'
        while read -r gateway4 gateway6 expected; do
                container
                document "[{\"type\": \"veth\", \"link\": \"br0\", \"up\": true, $address, \"ipv4Gateway\": \"$gateway4\", \"ipv6Gateway\": \"$gateway6\"}]"
                net_up
                assert_status 0
                same "$({ inside ip -j route show default; inside ip -j -6 route show default; } | jq -rs '[.[][] | .gateway // "dev"] | join(" ")')" "$expected"
                end_container
                net_down
                assert_status 0
        done <<'ROWS'
192.168.122.1 fd00:7::1 192.168.122.1 fd00:7::1
10.9.9.9 fd00:9::9 10.9.9.9 fd00:9::9
auto auto 192.168.122.1 fd00:7::1
dev dev dev dev
ROWS
}

@test "a gateway 'auto' of a link without an address is an error, and nothing is made" {
        host ip link add br0 type bridge
        container
        document '[{"type": "veth", "link": "br0", "up": true, "ipv4": [{"address": "10.0.0.2", "prefix": 24}], "ipv4Gateway": "auto"}]'
        net_up
        assert_status 1
        assert_in_stderr "berth: lxc-net up: the gateway 'auto' is the address of 'br0', and that has no IPv4 address"
        same "$(inside_links)" lo
        [ ! -e "$STATE" ]
}

@test "names: certain ones first, then the next free numbers, in the document's order" {
        bridge
        container
        document '[{"type": "veth", "link": "br0", "mtu": 1401}, {"type": "veth", "link": "br0", "name": "eth0", "mtu": 1402},
                   {"type": "veth", "link": "br0", "name": "lan%d", "mtu": 1403}, {"type": "veth", "link": "br0", "mtu": 1404}]'
        net_up
        assert_status 0
        same "$(inside ip -j link | jq -r '[.[] | select(.ifname != "lo") | "\(.ifname)=\(.mtu)"] | sort | join(" ")')" \
                "eth0=1402 eth1=1401 eth2=1404 lan0=1403"
}

@test "VLANs of a bridge that tells them apart" {
        bridge
        host ip link set br0 type bridge vlan_filtering 1 || skip "needs a kernel with VLANs of bridges"
        container
        document '[{"type": "veth", "link": "br0", "veth": {"pair": "v1", "vlanId": 5, "vlanTagged": [6, 7]}},
                   {"type": "veth", "link": "br0", "veth": {"pair": "v2", "vlanId": "none"}},
                   {"type": "veth", "link": "br0", "veth": {"pair": "v3", "vlanTagged": [9]}}]'
        net_up
        assert_status 0
        vlans() { host bridge -j vlan show dev "$1" | jq -r '[.[].vlans[]? | "\(.vlan)\(if .flags then "p" else "" end)"] | join(" ")'; }
        same "$(vlans v1)" "5p 6 7"
        same "$(vlans v2)" ""
        same "$(vlans v3)" "1p 9"
}

@test "VLANs on a bridge that does not tell them apart are an error, and all is undone" {
        bridge
        container
        document '[{"type": "veth", "link": "br0"}, {"type": "veth", "link": "br0", "veth": {"vlanId": 5}}]'
        net_up
        assert_status 1
        assert_in_stderr "interface 1 asks for VLANs, and bridge 'br0' does not tell them apart"
        assert_in_stderr "hint: ip link set br0 type bridge vlan_filtering 1"
        assert_in_stderr "state: undone; no network device was left behind"
        same "$(host_links)" "br0 lo"
        same "$(inside_links)" lo
        [ ! -e "$STATE" ]
}

@test "veth in router mode: host routes, proxied gateway, forwarding, static routes" {
        container
        host sysctl -qw net.ipv6.conf.all.forwarding=1
        document '[{"type": "veth", "name": "eth0", "up": true, "ipv4": [{"address": "10.5.0.2", "prefix": 32}], "ipv6": [{"address": "fd00:5::2", "prefix": 128}],
                    "ipv4Gateway": "169.254.0.1", "ipv6Gateway": "fe80::1",
                    "veth": {"pair": "r1", "mode": "router", "ipv4Routes": ["10.6.0.0/16"], "ipv6Routes": ["fd00:6::/48"]}}]'
        net_up
        assert_status 0
        same "$(host ip -j route show dev r1 | jq -r '[.[].dst] | sort | join(" ")')" "10.5.0.2 10.6.0.0/16"
        same "$(host ip -j -6 route show dev r1 | jq -r '[.[].dst | select(startswith("fd"))] | sort | join(" ")')" "fd00:5::2 fd00:6::/48"
        same "$(host ip -4 -j neigh show proxy | jq -r '[.[] | "\(.dst) \(.dev)"] | sort | join(",")')" "169.254.0.1 r1"
        same "$(host ip -j -6 neigh show proxy | jq -r '[.[] | "\(.dst) \(.dev)"] | join(",")')" "fe80::1 r1"
        same "$(host cat /proc/sys/net/ipv4/conf/r1/forwarding /proc/sys/net/ipv6/conf/r1/proxy_ndp | tr '\n' ' ')" "1 1 "
        same "$(host cat /proc/sys/net/ipv6/conf/r1/disable_ipv6)" 0
        same "$(inside ip -j route | jq -r '[.[] | "\(.dst) \(.gateway // "-")"] | join(",")')" "default 169.254.0.1,169.254.0.1 -"
        # the kernel answers for an address that it would forward to elsewhere
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        host ip address add 10.5.0.1/24 dev up0
        host ip route add default dev up0
        host busybox ping -c 1 -W 3 -I 10.5.0.1 10.5.0.2
}

@test "router mode with an IPv6 gateway needs the host to forward" {
        container
        host sysctl -qw net.ipv6.conf.all.forwarding=0
        document '[{"type": "veth", "up": true, "ipv6": [{"address": "fd00:5::2", "prefix": 128}], "ipv6Gateway": "fe80::1", "veth": {"mode": "router"}}]'
        net_up
        assert_status 1
        assert_in_stderr "the sysctl 'net/ipv6/conf/all/forwarding' must be 1"
        same "$(host_links)" lo
}

@test "l2proxy: the link answers for the addresses until down" {
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        container
        document '[{"type": "veth", "link": "up0", "l2proxy": true, "up": true, "ipv4": [{"address": "10.5.0.2", "prefix": 32}], "veth": {"mode": "router"}}]'
        host sysctl -qw net.ipv4.conf.up0.forwarding=0
        net_up
        assert_status 1
        assert_in_stderr "the sysctl 'net/ipv4/conf/up0/forwarding' must be 1"
        assert_in_stderr "hint: echo 1 >/proc/sys/net/ipv4/conf/up0/forwarding"
        host sysctl -qw net.ipv4.conf.up0.forwarding=1
        net_up
        assert_status 0
        same "$(host ip -j neigh show proxy | jq -r '[.[] | "\(.dst) \(.dev)"] | join(",")')" "10.5.0.2 up0"
        end_container
        net_down
        assert_status 0
        same "$(host ip -j neigh show proxy)" "[]"
}

@test "macvlan: mode, mtu, hwaddr, and it ends with the container" {
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        needs_netdev macvlan link up0
        container
        document '[{"type": "macvlan", "link": "up0", "name": "eth0", "up": true, "mtu": 1350, "hwaddr": "00:16:3e:xx:xx:xx", "macvlan": {"mode": "bridge"}},
                   {"type": "macvlan", "link": "up0"}]'
        net_up
        assert_status 0
        same "$(field eth0 '"\(.linkinfo.info_kind) \(.linkinfo.info_data.mode) \(.mtu)"')" "macvlan bridge 1350"
        same "$(field eth1 '"\(.linkinfo.info_data.mode)"')" private
        [[ $(field eth0 .address) == 00:16:3e:* ]]
        net_down # the namespace lives: what was made in it goes
        assert_status 0
        same "$(inside_links)" lo
        same "$(host_links)" "lo up0 up1"
}

@test "ipvlan: mode and isolation" {
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        needs_netdev ipvlan link up0
        container
        document '[{"type": "ipvlan", "link": "up0", "up": true, "ipv4": [{"address": "10.4.0.2", "prefix": 32}], "ipv4Gateway": "dev",
                    "l2proxy": true, "ipvlan": {"mode": "l3s", "isolation": "private"}}, {"type": "ipvlan", "link": "up1"}]'
        host sysctl -qw net.ipv4.conf.up0.forwarding=1
        net_up
        assert_status 0
        same "$(inside ip -d link show eth0 | grep -oE 'ipvlan +mode +[a-z0-9]+ +[a-z]+' | tr -s ' ')" 'ipvlan mode l3s private'
        same "$(inside ip -d link show eth1 | grep -oE 'ipvlan +mode +[a-z0-9]+ +[a-z]+' | tr -s ' ')" 'ipvlan mode l3 bridge'
        same "$(host ip -j neigh show proxy | jq -r '[.[] | "\(.dst) \(.dev)"] | join(",")')" "10.4.0.2 up0"
        same "$(host ip -j route show dev lo | jq -r '[.[].dst] | join(" ")')" 10.4.0.2
        net_down
        assert_status 0
        same "$(inside_links)" lo
        same "$(host ip -j route show dev lo)" "[]"
}

@test "vlan: id and mtu" {
        host ip link add up0 type veth peer name up1
        host ip link set up0 up
        needs_netdev vlan link up0 id 2
        container
        document '[{"type": "vlan", "link": "up0", "up": true, "mtu": 1300, "vlan": {"id": 5}}]'
        net_up
        assert_status 0
        same "$(field eth0 '"\(.linkinfo.info_kind) \(.linkinfo.info_data.id) \(.mtu)"')" "vlan 5 1300"
        net_down
        assert_status 0
        same "$(inside_links)" lo
}

@test "a type that the kernel does not have is an error that says so" {
        host ip link add up0 type veth peer name up1
        if host ip link add link up0 name probe0 type ipvlan 2>/dev/null; then skip "needs a kernel with less: this one has ipvlan"; fi
        container
        document '[{"type": "ipvlan", "link": "up0"}]'
        net_up
        assert_status 1
        assert_in_stderr "cannot make a ipvlan on 'up0' for interface 0: Operation not supported (EOPNOTSUPP)"
        assert_in_stderr "kernel: Unknown device type"
        assert_in_stderr "hint: the kernel has no 'ipvlan': its module may be missing"
}

@test "phys: moved with name, mtu and addresses; down brings it back as it was" {
        host ip link add p0 type veth peer name p1
        host ip link set p0 address 02:00:00:00:00:07 mtu 1480 up
        container
        document '[{"type": "phys", "link": "p0", "name": "eth0", "up": true, "mtu": 1420, "hwaddr": "02:11:22:33:44:55", "ipv4": [{"address": "10.8.0.2", "prefix": 24}]}]'
        net_up
        assert_status 0
        same "$(host_links)" "lo p1"
        same "$(field eth0 '"\(.mtu) \(.address) \(.addr_info[0].local)"')" "1420 02:11:22:33:44:55 10.8.0.2"
        end_container
        net_down
        assert_status 0
        same "$(host_links)" "lo p0 p1"
        same "$(host_field p0 '"\(.mtu) \(.address) \(.flags | index("UP") != null)"')" "1480 02:00:00:00:00:07 true"
        [ ! -e "$BUNDLE/lxc-net.netns" ]
        net_down
        assert_status 0
}

@test "phys that the kernel brought back gets its name again; a virtual one that is gone is a warning" {
        gone() { ! host ip link show "$1" >/dev/null 2>&1; }
        for returned in yes no; do
                host ip link add p0 type veth peer name p1
                host ip link set p0 address 02:00:00:00:00:07 mtu 1480
                container
                document '[{"type": "phys", "link": "p0", "name": "lan7"}]'
                net_up
                assert_status 0
                umount "$BUNDLE/lxc-net.netns"
                end_container
                wait_for 10 gone p1
                # what hardware would do
                [ $returned = no ] || host ip link add lan7 address 02:00:00:00:00:07 type bridge
                host ip link add dev0 address 02:00:00:00:00:08 type bridge # not it
                run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" --log-level warning lxc-net down --config "$CONF" < <(state 0 stopped)
                assert_status 0
                if [ $returned = yes ]; then
                        same "$stderr" ""
                        same "$(host_links)" "dev0 lo p0"
                        host ip link delete p0
                else
                        assert_in_stderr "network device 'p0' is gone: virtual ones end with the container's network namespace"
                        same "$(host_links)" "dev0 lo"
                fi
                host ip link delete dev0
                [ ! -e "$STATE" ]
                [ ! -e "$BUNDLE/lxc-net.netns" ]
        done
}

@test "phys with '+': every device of the host that begins so" {
        host ip link add wan0 type veth peer name x0
        host ip link add wan1 type veth peer name x1
        container
        document '[{"type": "phys", "link": "wan+", "name": "first", "up": true}]'
        net_up
        assert_status 0
        same "$(inside ip -j link | jq -r '[.[].ifname] | sort | join(" ")')" "first lo wan1"
        same "$(host_links)" "lo x0 x1"
        same "$(field wan1 '.flags | index("UP") != null')" true
        end_container
        net_down
        assert_status 0
        same "$(host_links)" "lo wan0 wan1 x0 x1"

        container
        document '[{"type": "phys", "link": "abc+"}]'
        net_up
        assert_status 1
        assert_in_stderr "no network device of the host begins with 'abc'"
}

@test "phys whose name is taken on the host at down: what is left can be repeated" {
        host ip link add p0 type veth peer name p1
        container
        document '[{"type": "phys", "link": "p0"}]'
        net_up
        assert_status 0
        host ip link add p0 type bridge
        net_down
        assert_status 1
        assert_in_stderr "berth: lxc-net down: cannot take network device 'p0' back from the container: File exists (EEXIST)"
        [ -e "$STATE" ]
        host ip link delete p0
        end_container
        net_down
        assert_status 0
        same "$(host_links)" "lo p0 p1"
        [ ! -e "$STATE" ]
}

@test "empty: lo is up if the interface is; none: nothing at all" {
        container
        document '[{"type": "empty"}]'
        net_up
        assert_status 0
        same "$(field lo '.flags | index("UP")')" null
        net_down
        document '[{"type": "none"}, {"type": "empty", "up": true}]'
        net_up
        assert_status 0
        same "$(inside_links)" lo
        same "$(field lo '.flags | index("UP") != null')" true
        net_down
        assert_status 0
        [ ! -e "$STATE" ]

        # none alone: also in the host's own namespace, where anything else is an error
        document '[{"type": "none", "up": true}]'
        sleep 1000 3>&- &
        PID=$!
        run --separate-stderr "$BERTH" lxc-net up --config "$CONF" < <(state)
        assert_status 0
        document '[{"type": "empty", "up": true}]'
        run --separate-stderr "$BERTH" lxc-net up --config "$CONF" < <(state)
        assert_status 1
        assert_in_stderr "container '$ID' has the host's network namespace, and interfaces to be made in it"
}

@test "script.up and script.down: words and environment of each era" {
        bridge
        cat >"$BUNDLE/script" <<'SCRIPT'
#!/bin/sh
{ echo "words: $*"; env | grep ^LXC_ | sort; } >>"$(dirname "$0")/log"
ip -j link show master br0 | grep -q v1 && echo "v1 is in br0" >>"$(dirname "$0")/log"
exit 0
SCRIPT
        chmod +x "$BUNDLE/script"
        nics() { jq -n --arg s "$BUNDLE/script" '[{type: "veth", link: "br0", veth: {pair: "v1"}, scriptUp: [$s + " more"], scriptDown: [$s]}]'; }
        files='"config": "/c", "rootfsPath": "/r", "rootfsMount": "/m"'
        check() { # MORE UP DOWN
                container
                document "$(nics)" "{$files, $1}"
                net_up
                assert_status 0
                echo -- >>"$BUNDLE/log"
                pid=$PID
                end_container
                net_down
                assert_status 0
                diff <(sed "s/=$pid\$/=PID/; s|=$BUNDLE/|=|; /^LXC_CGNS_AWARE=1$/d" "$BUNDLE/log") <(printf '%b' "$2" "--\n" "$3")
                rm "$BUNDLE/log"
        }
        four='LXC_CONFIG_FILE=/c\nLXC_NAME=001\nLXC_ROOTFS_MOUNT=/m\nLXC_ROOTFS_PATH=/r\n'
        check '"era": "1.0"' "words: more 001 net up veth v1\n${four}v1 is in br0\n" "words: 001 net down veth v1\n${four}v1 is in br0\n"
        now() { printf '%s' "LXC_CONFIG_FILE=/c\nLXC_HOOK_VERSION=0\nLXC_LOG_LEVEL=ERROR\nLXC_NAME=001\n$1LXC_PID=PID\nLXC_ROOTFS_MOUNT=/m\nLXC_ROOTFS_PATH=/r\n"; }
        check '"era": "4.0"' "words: more 001 net up veth br0 v1\n$(now)v1 is in br0\n" "words: 001 net down veth br0 v1\n$(now "LXC_NET_NS=lxc-net.netns\n")v1 is in br0\n"
        one() { printf '%s' "LXC_CONFIG_FILE=/c\nLXC_HOOK_SECTION=net\nLXC_HOOK_TYPE=$1\nLXC_HOOK_VERSION=1\nLXC_LOG_LEVEL=ERROR\nLXC_NAME=001\n$2LXC_NET_PARENT=br0\nLXC_NET_PEER=v1\nLXC_NET_TYPE=veth\nLXC_PID=PID\nLXC_ROOTFS_MOUNT=/m\nLXC_ROOTFS_PATH=/r\n"; }
        check '"hookVersion": 1' "words: more veth br0 v1\n$(one up)v1 is in br0\n" "words: veth br0 v1\n$(one down "LXC_NET_NS=lxc-net.netns\n")v1 is in br0\n"
}

@test "a script.up that fails undoes all, and its output is shown" {
        bridge
        container
        document '[{"type": "veth", "link": "br0", "scriptDown": ["echo down >>'"$BUNDLE/log"' #"]},
                   {"type": "macvlan", "link": "br0", "scriptUp": ["sh -c \"echo no such thing; exit 3\" #"]}]'
        net_up
        assert_status 1
        assert_in_stderr "lxc.net.1.script.up hook #0: '/bin/sh' exited with status 3 after"
        assert_in_stderr "no such thing"
        assert_in_stderr "state: undone; no network device was left behind"
        same "$(host_links)" "br0 lo"
        same "$(inside_links)" lo
        same "$(cat "$BUNDLE/log")" down
        [ ! -e "$STATE" ]
}

@test "up that fails midway: phys is back, with its state" {
        host ip link add p0 type veth peer name p1
        host ip link set p0 mtu 1480 up
        host ip address add 10.8.0.9/24 dev p0
        container
        document '[{"type": "phys", "link": "p0", "mtu": 1400, "name": "eth0", "up": true}, {"type": "veth", "name": "eth0"}]'
        net_up
        assert_status 1
        assert_in_stderr "cannot call interface 1 'eth0' in the container: File exists (EEXIST)"
        assert_in_stderr "state: undone; no network device was left behind"
        same "$(host_links)" "lo p0 p1"
        same "$(host_field p0 '"\(.mtu) \(.flags | index("UP") != null) \([.addr_info[] | select(.family == "inet").local] | join(" "))"')" "1480 true 10.8.0.9"
        same "$(inside_links)" lo
        [ ! -e "$BUNDLE/lxc-net.netns" ]
}

@test "killed at any moment, down leaves nothing" {
        bridge
        host ip link add p0 type veth peer name p1
        document '[{"type": "phys", "link": "p0", "name": "eth0"}, {"type": "veth", "link": "br0", "up": true, "ipv4": [{"address": "192.168.122.9", "prefix": 24}]},
                   {"type": "macvlan", "link": "br0"}]'
        for call in $(seq 1 3 70); do
                container
                state >"$BUNDLE/state"
                # a leak checker cannot work under strace
                ASAN_OPTIONS=detect_leaks=0 run nsenter --net="/proc/$HOST/ns/net" -- strace -qq -o /dev/null -e trace=sendto,renameat,mount,unlinkat \
                        -e inject=sendto,renameat,mount,unlinkat:signal=KILL:when="$call" \
                        "$BERTH" lxc-net up --config "$CONF" <"$BUNDLE/state"
                killed=$status
                end_container
                net_down
                assert_status 0
                same "$call: $(host_links)" "$call: br0 lo p0 p1"
                [ ! -e "$STATE" ]
                [ ! -e "$BUNDLE/lxc-net.netns" ]
                [ "$killed" -ne 0 ] || break
        done
        [ "$killed" -eq 0 ]
}

@test "a veth's name that is taken is an error, and the other device stays" {
        bridge
        host ip link add v001 type bridge
        container
        document '[{"type": "veth", "link": "br0", "veth": {"pair": "v001"}}]'
        net_up
        assert_status 1
        assert_in_stderr "cannot make the veth 'v001' for interface 0: there is a network device of that name: File exists (EEXIST)"
        net_down
        assert_status 0
        same "$(host_links)" "br0 lo v001"
}

@test "a second container of the bundle is refused, and its down leaves the first alone" {
        bridge
        container
        document '[{"type": "veth", "link": "br0"}]'
        net_up
        assert_status 0
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" lxc-net up --config "$CONF" <<<"{\"id\": \"other\", \"pid\": $BASHPID}"
        assert_status 1
        assert_in_stderr "'$CONF' is in use by container '$ID', whose process $PID is alive"
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" lxc-net down --config "$CONF" <<<'{"id": "other", "pid": 0}'
        assert_status 0
        same "$(inside_links)" "lo eth0"
}

@test "a link that is not there is an error with its name" {
        container
        document '[{"type": "veth", "link": "br7"}]'
        net_up
        assert_status 1
        assert_in_stderr "there is no network device 'br7', the link of interface 0: No such device (ENODEV)"
        [ ! -e "$STATE" ]
}

@test "Open vSwitch: ovs-vsctl is told, and its absence is an error" {
        host ip link add ovs0 type veth peer name ovs1
        container
        document '[{"type": "veth", "link": "ovs0", "veth": {"pair": "v1", "vlanId": 5, "vlanTagged": [6, 7]}}]'
        mkdir "$BUNDLE/bin"
        PATH="$BUNDLE/bin:$PATH" net_up
        assert_status 1
        assert_in_stderr "cannot make 'v1' a port of 'ovs0', which is no bridge of the kernel: that is done by the program 'ovs-vsctl', which is not installed"
        assert_in_stderr "hint: install the package 'openvswitch-switch'"
        printf '#!/bin/sh\necho "$@" >>%s/log\n' "$BUNDLE" >"$BUNDLE/bin/ovs-vsctl"
        chmod +x "$BUNDLE/bin/ovs-vsctl"
        PATH="$BUNDLE/bin:$PATH" net_up
        assert_status 0
        PATH="$BUNDLE/bin:$PATH" net_down
        assert_status 0
        same "$(cat "$BUNDLE/log")" "add-port ovs0 v1 vlan_mode=native-untagged tag=5 trunks=6,7
--if-exists del-port ovs0 v1"
}

@test "bad input: place and sentence" {
        container
        document '[{"type": "veht"}]'
        net_up
        assert_status 1
        assert_in_stderr "lxc-net.json:7:15: unknown type 'veht'"
        assert_in_stderr "hint: did you mean 'veth'?"
        document '[{"type": "veth", "ipv4Gateway": "10.0.0.1"}]'
        net_up
        assert_status 1
        assert_in_stderr "a gateway needs the interface to be up"
        assert_in_stderr "at /interfaces/0/ipv4Gateway"
        document '[{"type": "empty", "up": true}]'
        run --separate-stderr "$BERTH" lxc-net up --config "$CONF" </dev/null
        assert_status 1
        assert_in_stderr "there is no process id of a container on standard input"
        run --separate-stderr "$BERTH" lxc-net sideways --config "$CONF" </dev/null
        assert_status 1
        assert_in_stderr "lxc-net is told 'up' or 'down', not 'sideways'"
        run --separate-stderr "$BERTH" lxc-net up </dev/null
        assert_status 1
        assert_in_stderr "lxc-net needs '--config'"
}

# ---- as hooks of runtimes ----------------------------------------------------------------------------------------------

as_hooks() {
        bridge
        document '[{"type": "veth", "link": "br0", "name": "eth0", "up": true, "ipv4": [{"address": "192.168.122.101", "prefix": 24}], "ipv4Gateway": "auto"}]'
        config --arg b "$(realpath "$BERTH")" --arg c "$CONF" '.hooks = {
                createRuntime: [{path: $b, args: ["berth", "lxc-net", "up", "--config", $c], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}],
                poststop: [{path: $b, args: ["berth", "lxc-net", "down", "--config", $c], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]}'
        program sh -c 'ip -4 -o address show eth0; ip route; ping -c 1 -W 3 192.168.122.1 >/dev/null && echo reached'
        config '.process.capabilities |= map_values(. + ["CAP_NET_RAW"])'
}
check_output() {
        assert_status 0
        assert_in_output "inet 192.168.122.101/24"
        assert_in_output "default via 192.168.122.1 dev eth0"
        assert_in_output reached
        same "$(host_links)" "br0 lo"
        [ ! -e "$STATE" ]
}

@test "hooks of berth run" {
        as_hooks
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        check_output
}

@test "hooks of runc run" {
        [ -x "$(command -v runc)" ] || skip "needs the package 'runc'"
        as_hooks
        config '.ociVersion = "1.0.2"'
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- runc --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        check_output
}

@test "hooks of crun run" {
        [ -x "$(command -v crun)" ] || skip "needs the package 'crun'"
        as_hooks
        config '.ociVersion = "1.0.2"'
        # crun takes no hybrid of cgroup v1 and v2
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- unshare --mount --propagation private sh -c \
                '[ ! -d /sys/fs/cgroup/unified ] || umount /sys/fs/cgroup/unified; exec "$@"' sh crun --root "$BATS_TEST_TMPDIR/crun" run --bundle "$BUNDLE" "$ID"
        check_output
}

@test "hooks of berth run in a user namespace, with a device of the host that comes back" {
        as_hooks
        with_userns
        host ip link add p0 type veth peer name p1
        host ip link set p0 mtu 1480
        document '[{"type": "veth", "link": "br0", "name": "eth0", "up": true, "ipv4": [{"address": "192.168.122.101", "prefix": 24}], "ipv4Gateway": "auto"},
                   {"type": "phys", "link": "p0", "name": "wan", "up": true, "mtu": 1400, "ipv6": [{"address": "fd00:8::2", "prefix": 64}]}]'
        program sh -c 'ip -4 -o address show eth0; ip route; cat /sys/class/net/wan/mtu; ip -6 -o address show wan; ping -c 1 -W 3 192.168.122.1 >/dev/null && echo reached'
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_in_output "1400"
        assert_in_output "fd00:8::2/64"
        host ip link delete p0 # it is back
        check_output
}

@test "hooks of berth run: a failing up fails the create, with its words" {
        as_hooks
        document '[{"type": "veth", "link": "br0", "veth": {"pair": "v1"}}, {"type": "veth", "link": "br7"}]'
        run --separate-stderr nsenter --net="/proc/$HOST/ns/net" -- "$BERTH" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
        assert_status 1
        assert_in_stderr "createRuntime hook #0"
        assert_in_stderr "there is no network device 'br7', the link of interface 1"
        same "$(host_links)" "br0 lo"
        [ ! -e "$STATE" ]
}
