/* SPDX-License-Identifier: Apache-2.0 */
/* sys/link.c and sys/ipnet.c: the messages that are built, and devices in a network namespace of our own. */
#include "sandbox.h"

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include "ipnet.h"
#include "link.h"
#include "str.h"

static uint32_t number(const struct nlattr *attr)
{
        uint32_t value = 0;

        if (!attr)
                return UINT32_MAX;
        memcpy(&value, sys_rtnl_data(attr), MIN(sys_rtnl_data_len(attr), sizeof value));
        return value;
}
static const char *text(const struct nlattr *attr) { return attr ? sys_rtnl_data(attr) : ""; }

static void load(void)
{
        struct err e = ERR_INIT;

        if (sys_rtnl_load("the test", &e) < 0) {
                print_message("skipped: %s\n", e.text);
                skip();
        }
}

static void test_veth_message(void **state _unused_)
{
        const unsigned char mac[] = { 0xfe, 1, 2, 3, 4, 5 };
        const struct nlattr *attrs[IFLA_NUM_RX_QUEUES + 1], *info[IFLA_INFO_DATA + 1], *data[VETH_INFO_PEER + 1];
        struct sys_link_make make = SYS_LINK_MAKE_INIT;
        struct sys_rtnl_request req;

        load();
        make.kind = "veth";
        make.name = "v001";
        make.address = mac;
        make.mtu = 1400;
        make.rx_queues = 2;
        make.tx_queues = 3;
        make.peer_name = "inner";
        make.peer_netns_fd = 17;
        sys_link_build(&req, &make);
        assert_int_equal(req.header->nlmsg_type, RTM_NEWLINK);
        assert_int_equal(req.header->nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
        sys_rtnl_parse(req.header, sizeof(struct ifinfomsg), attrs, IFLA_NUM_RX_QUEUES);
        assert_string_equal(text(attrs[IFLA_IFNAME]), "v001");
        assert_memory_equal(sys_rtnl_data(attrs[IFLA_ADDRESS]), mac, sizeof mac);
        assert_true(number(attrs[IFLA_MTU]) == 1400 && number(attrs[IFLA_NUM_RX_QUEUES]) == 2 && number(attrs[IFLA_NUM_TX_QUEUES]) == 3);
        assert_null(attrs[IFLA_NET_NS_FD]);
        sys_rtnl_parse_nested(attrs[IFLA_LINKINFO], info, IFLA_INFO_DATA);
        assert_string_equal(text(info[IFLA_INFO_KIND]), "veth");
        sys_rtnl_parse_nested(info[IFLA_INFO_DATA], data, VETH_INFO_PEER);
        /* Behind the peer's own ifinfomsg its attributes follow as in a message of their own. */
        {
                const char *peer = sys_rtnl_data(data[VETH_INFO_PEER]);
                const struct nlattr *first = (const void *) (peer + sizeof(struct ifinfomsg));

                assert_int_equal(first->nla_type, IFLA_IFNAME);
                assert_string_equal(sys_rtnl_data(first), "inner");
                assert_non_null(memmem(peer, sys_rtnl_data_len(data[VETH_INFO_PEER]), &(uint32_t) { 17 }, 4));
        }
}

/* The one attribute of a kind's data. */
static const struct nlattr *kind_data(struct sys_rtnl_request *req, const struct sys_link_make *make, unsigned attr)
{
        static const struct nlattr *attrs[IFLA_NET_NS_FD + 1], *info[IFLA_INFO_DATA + 1], *data[16];

        sys_link_build(req, make);
        sys_rtnl_parse(req->header, sizeof(struct ifinfomsg), attrs, IFLA_NET_NS_FD);
        assert_true(number(attrs[IFLA_LINK]) == 5 && number(attrs[IFLA_NET_NS_FD]) == 9);
        sys_rtnl_parse_nested(attrs[IFLA_LINKINFO], info, IFLA_INFO_DATA);
        assert_string_equal(text(info[IFLA_INFO_KIND]), make->kind);
        sys_rtnl_parse_nested(info[IFLA_INFO_DATA], data, 15);
        return data[attr];
}

static void test_other_messages(void **state _unused_)
{
        struct sys_link_make make = SYS_LINK_MAKE_INIT;
        struct sys_rtnl_request req;
        const struct nlattr *attr;

        load();
        make.name = "x";
        make.lower = 5;
        make.netns_fd = 9;
        make.kind = "macvlan";
        make.macvlan_mode = MACVLAN_MODE_BRIDGE;
        assert_int_equal(number(kind_data(&req, &make, IFLA_MACVLAN_MODE)), MACVLAN_MODE_BRIDGE);
        make.kind = "vlan";
        make.vlan_id = 5;
        attr = kind_data(&req, &make, IFLA_VLAN_ID);
        assert_true(number(attr) == 5 && sys_rtnl_data_len(attr) == 2);
        make.kind = "ipvlan";
        make.ipvlan_mode = IPVLAN_MODE_L3S;
        attr = kind_data(&req, &make, IFLA_IPVLAN_MODE);
        assert_true(number(attr) == IPVLAN_MODE_L3S && sys_rtnl_data_len(attr) == 2);
        assert_null(kind_data(&req, &make, IFLA_IPVLAN_FLAGS));
        make.ipvlan_flags = IPVLAN_F_VEPA;
        assert_int_equal(number(kind_data(&req, &make, IFLA_IPVLAN_FLAGS)), IPVLAN_F_VEPA);
}

static struct sys_link_make veth_pair(const char *name, const char *peer)
{
        struct sys_link_make make = SYS_LINK_MAKE_INIT;

        make.kind = "veth";
        make.name = name;
        make.peer_name = peer;
        return make;
}

static void devices_are_made_changed_and_deleted(void)
{
        _cleanup_(sys_rtnl_done) struct sys_rtnl here = SYS_RTNL_INIT;
        _cleanup_(sys_link_list_done) struct sys_link_list list = { 0 };
        struct sys_link_make make = veth_pair("v0", "v1");
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        struct err e = ERR_INIT;
        struct sys_link link;

        CHECK(unshare(CLONE_NEWNET) == 0);
        CHECK_OK(sys_rtnl_open(&here, -EBADF, "the test", &e), &e);
        make.mtu = 1400;
        CHECK(sys_link_make(&here, &make) == 0);
        CHECK(sys_link_make(&here, &make) == -EEXIST);
        CHECK(sys_link_find(&here, "v1", &link) == 0 && link.mtu == 1400 && streq(link.kind, "veth") && link.has_address);
        change.name = "lan%d";
        change.up = true;
        CHECK(sys_link_change(&here, link.index, &change) == 0);
        CHECK(sys_link_at(&here, link.index, &link) == 0 && streq(link.name, "lan0") && (link.flags & IFF_UP));
        CHECK(sys_link_find(&here, "v1", &link) == -ENODEV);
        CHECK(sys_link_list_read(&here, &list) == 0 && list.n >= 3);
        CHECK(sys_link_at(&here, list.items[list.n - 1].index, &link) == 0 && sys_link_delete(&here, link.index) == 0);
        CHECK(sys_link_list_read(&here, &list) == 0 && streq(list.items[0].name, "lo"));
        make.kind = "no-such-kind";
        CHECK(sys_link_make(&here, &make) == -EOPNOTSUPP && streq(here.words, "Unknown device type"));
}

static struct sys_ip ip4(const char *dotted)
{
        struct sys_ip ip = { .family = AF_INET };

        CHECK(inet_pton(AF_INET, dotted, ip.bytes) == 1);
        return ip;
}

static void addresses_routes_and_proxies(void)
{
        _cleanup_(sys_rtnl_done) struct sys_rtnl here = SYS_RTNL_INIT;
        const struct sys_link_make make = veth_pair("v0", "v1");
        struct sys_link_change change = SYS_LINK_CHANGE_INIT;
        const struct sys_ip own = ip4("10.0.0.2"), broadcast = ip4("10.0.0.255"), far = ip4("10.9.0.1");
        struct sys_route route = { .family = AF_INET, .via = &far };
        struct err e = ERR_INIT;
        struct sys_link link;
        struct sys_ip ip;

        CHECK(unshare(CLONE_NEWNET) == 0);
        CHECK_OK(sys_rtnl_open(&here, -EBADF, "the test", &e), &e);
        CHECK(sys_link_make(&here, &make) == 0 && sys_link_find(&here, "v0", &link) == 0);
        change.up = true;
        CHECK(sys_link_change(&here, link.index, &change) == 0);
        CHECK(sys_address_first(&here, link.index, AF_INET, &ip) == -EADDRNOTAVAIL);
        CHECK(sys_address_add(&here, link.index, &own, 24, &broadcast) == 0);
        CHECK(sys_address_add(&here, link.index, &own, 24, &broadcast) == -EEXIST);
        CHECK(sys_address_first(&here, link.index, AF_INET, &ip) == 0 && memcmp(ip.bytes, own.bytes, 4) == 0);
        route.device = link.index;
        CHECK(sys_route_change(&here, true, &route) == -ENETUNREACH && streq(here.words, "Nexthop has invalid gateway"));
        CHECK(sys_route_change(&here, true, &(struct sys_route) { .family = AF_INET, .to = &far, .prefix = 32, .device = link.index }) == 0);
        CHECK(sys_route_change(&here, true, &route) == 0 && sys_route_change(&here, true, &route) == -EEXIST);
        CHECK(sys_route_change(&here, false, &route) == 0 && sys_route_change(&here, false, &route) == -ESRCH);
        CHECK(sys_proxy_change(&here, true, link.index, &far) == 0);
        CHECK(sys_proxy_change(&here, false, link.index, &far) == 0 && sys_proxy_change(&here, false, link.index, &far) == -ENOENT);
}

static void test_devices(void **state _unused_) { assert_int_equal(in_sandbox(devices_are_made_changed_and_deleted), 0); }
static void test_addresses(void **state _unused_) { assert_int_equal(in_sandbox(addresses_routes_and_proxies), 0); }

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_veth_message),
                cmocka_unit_test(test_other_messages),
                cmocka_unit_test(test_devices),
                cmocka_unit_test(test_addresses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
