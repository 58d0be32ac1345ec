/* SPDX-License-Identifier: Apache-2.0 */
/* The pure half of `berth lxc-net`: document, addresses, devices and their order, record, scripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lxcnet/address.h"
#include "lxcnet/devices.h"
#include "lxcnet/script.h"

static struct arena *arena;
static int new_arena(void **state _unused_)
{
        arena = arena_new();
        return arena ? 0 : -1;
}
static int free_arena(void **state _unused_)
{
        arena_free(arena);
        return 0;
}

static struct lxcnet_document *parse(const char *text)
{
        struct faults faults = { .arena = arena, .file = "n.json" };
        struct lxcnet_document *document = NULL;
        struct err e = ERR_INIT;

        if (lxcnet_document_parse(arena, text, strlen(text), &faults, &document, &e) < 0 || faults_to_err(&faults, &e) < 0)
                fail_msg("%u:%u: %s", e.line, e.column, e.text);
        return document;
}

#define DOCUMENT(nics) "{\"version\":1,\"name\":\"c\",\"interfaces\":[" nics "]}"

/* ---- document --------------------------------------------------------------------------------------------------- */

static void test_everything_is_read(void **state _unused_)
{
        const struct lxcnet_document *d = parse(
                "{\"version\":1,\"name\":\"001\",\"hookVersion\":1,\"era\":\"2.1\",\"config\":\"/c\",\"rootfsPath\":\"/r\",\"rootfsMount\":\"/m\","
                "\"interfaces\":[{\"index\":3,\"type\":\"veth\",\"link\":\"br0\",\"name\":\"eth%d\",\"up\":true,\"hwaddr\":\"00:16:3E:xx:Xx:01\","
                "\"mtu\":1400,\"ipv6\":[{\"address\":\"fd00::2\",\"prefix\":64}],\"ipv4\":[{\"address\":\"10.0.0.2\",\"prefix\":8},"
                "{\"address\":\"10.0.1.2\",\"prefix\":31},{\"address\":\"10.0.2.2\",\"prefix\":24,\"broadcast\":\"10.0.2.9\"}],"
                "\"ipv4Gateway\":\"dev\",\"ipv6Gateway\":\"fe80::1\",\"veth\":{\"pair\":\"v1\",\"mode\":\"bridge\",\"ipv4Routes\":[\"10.9.0.0/16\"],"
                "\"ipv6Routes\":[\"fd00:9::/48\"],\"rxQueues\":2,\"txQueues\":3,\"vlanId\":5,\"vlanTagged\":[6,4094]},"
                "\"l2proxy\":true,\"scriptUp\":[\"/up a\",\"/up b\"],\"scriptDown\":[\"/down\"]},"
                "{\"type\":\"macvlan\",\"link\":\"up0\",\"macvlan\":{\"mode\":\"passthru\"}},"
                "{\"type\":\"ipvlan\",\"link\":\"up0\",\"ipvlan\":{\"mode\":\"l2\",\"isolation\":\"vepa\"}},"
                "{\"type\":\"vlan\",\"link\":\"up0\",\"vlan\":{\"id\":7}},{\"type\":\"phys\",\"link\":\"wan+\"},{\"type\":\"none\"},{\"type\":\"empty\"}]}");
        const struct lxcnet_nic *n = d->nics;

        assert_string_equal(d->name, "001");
        assert_true(d->hook_version == 1 && d->era == 21);
        assert_true(streq(d->config, "/c") && streq(d->rootfs_path, "/r") && streq(d->rootfs_mount, "/m"));
        assert_int_equal(d->n_nics, 7);
        assert_true(n->index == 3 && n->type == LXCNET_VETH && streq(n->link, "br0") && streq(n->name, "eth%d") && n->up && n->mtu == 1400);
        assert_string_equal(n->hwaddr, "00:16:3E:xx:Xx:01");
        assert_int_equal(n->n_addresses, 4);
        assert_true(n->addresses[0].ip.family == LXCNET_IPV6 && n->addresses[0].prefix == 64 && !n->addresses[0].has_broadcast);
        assert_true(n->addresses[1].has_broadcast && n->addresses[1].broadcast.bytes[3] == 255 && n->addresses[1].broadcast.bytes[1] == 255);
        assert_false(n->addresses[2].has_broadcast); /* a network of two hosts */
        assert_int_equal(n->addresses[3].broadcast.bytes[3], 9);
        assert_int_equal(n->gateway[LXCNET_IPV4].kind, LXCNET_GATEWAY_DEV);
        assert_int_equal(n->gateway[LXCNET_IPV6].kind, LXCNET_GATEWAY_ADDRESS);
        assert_true(streq(n->pair, "v1") && !n->router && n->n_routes == 2 && n->routes[1].prefix == 48);
        assert_true(n->rx_queues == 2 && n->tx_queues == 3 && n->vlan == LXCNET_VLAN_ID && n->vlan_id == 5 && n->n_tagged == 2 && n->tagged[1] == 4094);
        assert_true(n->l2proxy && n->n_script_up == 2 && streq(n->script_up[1], "/up b") && n->n_script_down == 1);
        assert_int_equal(n[1].macvlan_mode, LXCNET_MACVLAN_PASSTHRU);
        assert_true(n[2].ipvlan_mode == LXCNET_IPVLAN_L2 && n[2].isolation == LXCNET_ISOLATION_VEPA);
        assert_int_equal(n[3].vlan_id, 7);
        assert_true(n[4].link_is_prefix && streq(n[4].link, "wan"));
}

static void test_defaults(void **state _unused_)
{
        const struct lxcnet_document *d = parse(DOCUMENT("{\"type\":\"ipvlan\",\"link\":\"a\"},{\"type\":\"veth\"}"));

        assert_true(d->hook_version == 0 && d->era == 70 && !d->config);
        assert_true(d->nics[0].ipvlan_mode == LXCNET_IPVLAN_L3 && d->nics[0].isolation == LXCNET_ISOLATION_BRIDGE && !d->nics[0].up);
        assert_true(!d->nics[1].link && !d->nics[1].pair && d->nics[1].vlan == LXCNET_VLAN_DEFAULT && d->nics[1].mtu == 0);
}

static void test_faults(void **state _unused_)
{
#define UP "\"up\":true,\"ipv4\":[{\"address\":\"10.0.0.2\",\"prefix\":8}]"
        static const struct { const char *text, *sentence, *hint; } rows[] = {
                { "[]", "expected object, got array", NULL },
                { "{\"version\":1,\"name\":\"c\"}", "the document needs a member 'interfaces'", NULL },
                { "{\"version\":2,\"name\":\"c\",\"interfaces\":[]}", "unknown version 2", "this berth understands version 1" },
                { "{\"version\":1,\"name\":\"\",\"interfaces\":[]}", "the text is empty", "leave the member out" },
                { "{\"version\":1,\"name\":\"c\",\"interfaces\":[],\"hookVersion\":2}", "'2' is not a number from 0 to 1", NULL },
                { "{\"version\":1,\"name\":\"c\",\"interfaces\":[],\"era\":\"new\"}", "'new' is no version of LXC", "write it like '1.0'" },
                { "{\"version\":1,\"name\":\"c\",\"interface\":[]}", "unknown member 'interface'", "did you mean 'interfaces'?" },
                { DOCUMENT("{}"), "the interface needs a 'type'", NULL },
                { DOCUMENT("{\"type\":\"vetj\"}"), "unknown type 'vetj'", "did you mean 'veth'?" },
                { DOCUMENT("{\"type\":\"bonding\"}"), "unknown type 'bonding'",
                  "it is 'none', 'empty', 'veth', 'macvlan', 'ipvlan', 'vlan' or 'phys'" },
                { DOCUMENT("{\"type\":\"phys\"}"), "an interface of type 'phys' needs a 'link'", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"link\":\"a234567890123456\"}"), "no network device can be called 'a234567890123456'", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"name\":\"a/b\"}"), "no network device can be called 'a/b'", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"name\":\"a%s\"}"), "'a%s' is no template of a name", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"name\":\"%d%d\"}"), "'%d%d' is no template of a name", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"veth\":{\"pair\":\"v%d\"}}"), "'v%d' is a template", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"hwaddr\":\"00:16:3e:xx:xx\"}"), "'00:16:3e:xx:xx' is no hardware address", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"hwaddr\":\"01:16:3e:xx:xx:xx\"}"), "'01:16:3e:xx:xx:xx' is a multicast address",
                  "the second digit must be even" },
                { DOCUMENT("{\"type\":\"veth\",\"mtu\":\"1500\"}"), "expected number, got string", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"ipv4\":[{\"address\":\"10.0.0\",\"prefix\":8}]}"), "'10.0.0' is no IPv4 address", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"ipv4\":[{\"address\":\"10.0.0.1\",\"prefix\":33}]}"), "'33' is not a number from 0 to 32", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"ipv4\":[{\"address\":\"10.0.0.1\"}]}"), "the address needs a member 'prefix'", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"ipv6\":[{\"address\":\"::1\",\"prefix\":64,\"broadcast\":\"::2\"}]}"),
                  "IPv6 has no broadcast addresses", NULL },
                { DOCUMENT("{\"type\":\"veth\"," UP ",\"ipv4Gateway\":\"fe80::1\"}"), "'fe80::1' is no IPv4 gateway",
                  "it is an address, 'auto' or 'dev'" },
                { DOCUMENT("{\"type\":\"veth\",\"ipv4Gateway\":\"dev\",\"ipv4\":[{\"address\":\"10.0.0.2\",\"prefix\":8}]}"),
                  "a gateway needs the interface to be up", "add \"up\": true" },
                { DOCUMENT("{\"type\":\"veth\",\"up\":true,\"ipv4Gateway\":\"10.0.0.1\"}"), "a gateway needs the interface to have an address",
                  "add an address to \"ipv4\"" },
                { DOCUMENT("{\"type\":\"veth\"," UP ",\"ipv4Gateway\":\"auto\"}"),
                  "a gateway 'auto' is the address of the link, and there is no 'link'", NULL },
                { DOCUMENT("{\"type\":\"phys\",\"link\":\"a\"," UP ",\"ipv4Gateway\":\"auto\"}"),
                  "a gateway 'auto' is for types 'veth' and 'macvlan', not 'phys'", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"macvlan\":{}}"), "'macvlan' is for interfaces of that type; this one is of type 'veth'", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"veth\":{\"mode\":\"l3\"}}"), "unknown mode 'l3'", "it is 'bridge' or 'router'" },
                { DOCUMENT("{\"type\":\"veth\",\"veth\":{\"ipv4Routes\":[\"10.0.0.0/33\"]}}"), "'10.0.0.0/33' is no IPv4 network", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"link\":\"b\",\"veth\":{\"vlanId\":\"all\"}}"),
                  "'all' is neither 'none' nor a number from 0 to 4094", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"veth\":{\"vlanId\":5}}"), "VLANs are for a veth that is linked to a bridge", NULL },
                { DOCUMENT("{\"type\":\"vlan\",\"link\":\"a\",\"vlan\":{\"id\":4095}}"), "'4095' is not a number from 0 to 4094", NULL },
                { DOCUMENT("{\"type\":\"phys\",\"link\":\"a\",\"l2proxy\":true}"), "'l2proxy' is for types 'veth' and 'ipvlan', not 'phys'", NULL },
                { DOCUMENT("{\"type\":\"ipvlan\",\"link\":\"a\",\"l2proxy\":true}"), "'l2proxy' of an 'ipvlan' needs its mode 'l3s'", NULL },
                { DOCUMENT("{\"type\":\"ipvlan\",\"link\":\"a\",\"l2proxy\":true,\"ipvlan\":{\"mode\":\"l3s\"}," UP ",\"ipv4Gateway\":\"10.0.0.1\"}"),
                  "'l2proxy' of an 'ipvlan' needs the gateway 'dev'", NULL },
                { DOCUMENT("{\"type\":\"veth\",\"scriptUp\":\"/up\"}"), "expected array, got string", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct faults faults = { .arena = arena, .file = "n.json" };
                struct lxcnet_document *document = NULL;
                struct err e = ERR_INIT;

                assert_int_equal(lxcnet_document_parse(arena, rows[i].text, strlen(rows[i].text), &faults, &document, &e), 0);
                if (faults.n_errors == 0)
                        fail_msg("no fault in %s", rows[i].text);
                assert_string_equal(faults.items[0].text, rows[i].sentence);
                if (rows[i].hint)
                        assert_string_equal(faults.items[0].hint, rows[i].hint);
                faults_to_err(&faults, &e);
                assert_true(e.line == 1 && e.column > 0);
        }
}

static void test_a_link_local_gateway_needs_no_address(void **state _unused_)
{
        parse(DOCUMENT("{\"type\":\"veth\",\"up\":true,\"ipv6Gateway\":\"fe80::1\"}"));
}

/* ---- addresses -------------------------------------------------------------------------------------------------- */

static void test_hardware_addresses(void **state _unused_)
{
        static const unsigned char ones[LXCNET_MAC_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        static const struct { const char *template, *filled; } rows[] = {
                { "00:16:3e:xx:xx:xx", "00:16:3e:ff:ff:ff" },
                { "xx:XX:3e:x0:0x:aB", "fe:ff:3e:f0:0f:ab" },
                { "0x:00:00:00:00:00", "0e:00:00:00:00:00" },
                { "x2:00:00:00:00:00", "f2:00:00:00:00:00" },
        };
        unsigned char mac[LXCNET_MAC_BYTES];
        char text[LXCNET_MAC_TEXT_SIZE];

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                assert_int_equal(lxcnet_mac_fill(rows[i].template, ones, mac), 0);
                assert_string_equal(lxcnet_mac_text(mac, text), rows[i].filled);
        }
        assert_int_equal(lxcnet_mac_fill("00:16:3e:xx:xx:yy", ones, mac), -EINVAL);
        assert_int_equal(lxcnet_mac_fill("00-16-3e-00-00-00", ones, mac), -EINVAL);
        assert_int_equal(lxcnet_mac_fill("", ones, mac), -EINVAL);
}

static void test_random_names_fit(void **state _unused_)
{
        static const unsigned char bytes[LXCNET_MAC_BYTES] = { 0, 25, 26, 61, 62, 255 };
        char name[LXCNET_NAME_SIZE];

        assert_string_equal(lxcnet_random_name("veth", bytes, name), "vethAZa9AH");
        assert_true(lxcnet_is_device_name(lxcnet_random_name("much-too-long-a-prefix", bytes, name)));
}

static void test_routes(void **state _unused_)
{
        struct lxcnet_route route;
        char text[LXCNET_IP_TEXT_SIZE];

        assert_int_equal(lxcnet_route_parse(LXCNET_IPV4, "10.0.0.1", &route), 0);
        assert_int_equal(route.prefix, 32);
        assert_int_equal(lxcnet_route_parse(LXCNET_IPV6, "fd00::/0", &route), 0);
        assert_string_equal(lxcnet_ip_text(&route.to, text), "fd00::");
        assert_int_equal(lxcnet_route_parse(LXCNET_IPV4, "10.0.0.1/", &route), -ERANGE);
        assert_int_equal(lxcnet_route_parse(LXCNET_IPV4, "/8", &route), -EINVAL);
        assert_int_equal(lxcnet_route_parse(LXCNET_IPV6, "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/64", &route), -EINVAL);
}

/* ---- devices ---------------------------------------------------------------------------------------------------- */

static unsigned char counter;
static void count(unsigned char bytes[static LXCNET_MAC_BYTES]) { memset(bytes, counter++, LXCNET_MAC_BYTES); }

static struct lxcnet_record decide(struct lxcnet_document *document, const char *const *names, size_t n, int expected, struct err *e)
{
        struct lxcnet_record record = { .id = "c", .pid = 7, .start_ticks = 1234567890123, .held = true, .document = document };

        counter = 0;
        assert_int_equal(lxcnet_devices_decide(arena, document, names, n, count, &record, e), expected);
        return record;
}

static void test_devices(void **state _unused_)
{
        static const char *const names[] = { "lo", "wan0", "eth9", "wan1" };
        struct lxcnet_document *d = parse(DOCUMENT("{\"type\":\"veth\"},{\"type\":\"veth\",\"veth\":{\"pair\":\"v1\"},\"name\":\"eth0\"},"
                                                   "{\"type\":\"phys\",\"link\":\"wan+\",\"name\":\"n\"},{\"type\":\"phys\",\"link\":\"eth9\"},"
                                                   "{\"type\":\"macvlan\",\"link\":\"a\",\"name\":\"m%d\",\"hwaddr\":\"02:xx:xx:xx:xx:xx\"}"));
        struct err e = ERR_INIT;
        const struct lxcnet_record r = decide(d, names, ARRAY_SIZE(names), 0, &e);
        static const struct { size_t nic; const char *link, *name; int pass; bool first; } rows[] = {
                { 0, "", "eth%d", 1, true },       { 1, "", "eth0", 0, true },     { 2, "wan0", "n", 0, true },
                { 2, "wan1", "wan1", 0, false },   { 3, "eth9", "eth9", 0, true }, { 4, "a", "m%d", 1, true },
        };

        assert_int_equal(r.n_devices, ARRAY_SIZE(rows));
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                assert_int_equal(r.devices[i].nic, rows[i].nic);
                assert_string_equal(r.devices[i].link, rows[i].link);
                assert_string_equal(lxcnet_device_name(d, &r.devices[i]), rows[i].name);
                assert_int_equal(lxcnet_device_pass(d, &r.devices[i]), rows[i].pass);
                assert_int_equal(r.devices[i].first, rows[i].first);
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(r.devices[i].transient, r.devices[j].transient);
        }
        assert_int_equal(strncmp(r.devices[0].host, "veth", 4), 0);
        assert_string_equal(r.devices[1].host, "v1");
        assert_true(r.devices[0].mac.known && r.devices[0].mac.bytes[0] == 0xfe && !r.devices[4].mac.known);
        assert_true(r.devices[5].hwaddr.known && r.devices[5].hwaddr.bytes[0] == 2 && !r.devices[4].hwaddr.known);
        decide(d, names, 1, -ENODEV, &e);
        assert_string_equal(e.text, "no network device of the host begins with 'wan'");
}

/* ---- record ----------------------------------------------------------------------------------------------------- */

static void test_record_reads_back(void **state _unused_)
{
        static const char *const names[] = { "wan0" };
        struct lxcnet_document *d = parse(DOCUMENT("{\"type\":\"veth\",\"link\":\"br0\",\"scriptDown\":[\"/d 'x'\"]},{\"type\":\"phys\",\"link\":\"wan+\"}"));
        struct err e = ERR_INIT;
        struct lxcnet_record record = decide(d, names, 1, 0, &e), *again = NULL;
        _cleanup_(strbuf_done) struct strbuf first = { 0 }, second = { 0 };

        record.devices[0].scripts = record.devices[0].external = true;
        record.devices[1].mtu = 1500;
        record.devices[1].was_up = true;
        record.devices[1].index = 7;
        snprintf(record.devices[1].name, sizeof record.devices[1].name, "eth0");
        memset(record.devices[1].mac.bytes, 0xab, LXCNET_MAC_BYTES);
        record.devices[1].mac.known = true;
        lxcnet_record_write(&record, &first);
        if (lxcnet_record_parse(arena, first.text, first.len, "s.json", &again, &e) < 0)
                fail_msg("%s\n%s", e.text, first.text);
        assert_true(again->pid == 7 && again->start_ticks == 1234567890123 && again->held && streq(again->id, "c"));
        assert_true(again->devices[0].scripts && again->devices[0].external && again->devices[1].was_up && again->devices[1].index == 7);
        assert_string_equal(again->document->nics[0].script_down[0], "/d 'x'");
        lxcnet_record_write(again, &second);
        assert_string_equal(second.text, first.text);
        again->devices[0].done = true;
        second.len = 0;
        lxcnet_record_write(again, &second);
        assert_null(strstr(second.text, "br0\",\n      \"host"));
}

static void test_damaged_records(void **state _unused_)
{
        static const struct { const char *text, *sentence; } rows[] = {
                { "{\"version\":1}", "the record needs a member 'document'" },
                { "{\"version\":9,\"document\":" DOCUMENT("") "}", "this berth understands version 1" },
                { "{\"version\":1,\"devices\":[{\"nic\":1}],\"document\":" DOCUMENT("{\"type\":\"veth\"}") "}",
                  "device 0 is of an interface that the document does not have" },
                { "{\"version\":1,\"devices\":[{\"mac\":\"zz\"}],\"document\":" DOCUMENT("{\"type\":\"veth\"}") "}", "'zz' is no hardware address" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct lxcnet_record *record;
                struct err e = ERR_INIT;

                assert_true(lxcnet_record_parse(arena, rows[i].text, strlen(rows[i].text), "s.json", &record, &e) < 0);
                assert_string_equal(e.text, rows[i].sentence);
        }
}

static void test_states(void **state _unused_)
{
        static const struct { const char *text; int r; const char *id; pid_t pid; } rows[] = {
                { "", 0, NULL, 0 },
                { "{\"id\":\"c\",\"pid\":12,\"status\":\"created\"}", 0, "c", 12 },
                { "{\"id\":\"c\"}", 0, "c", 0 },
                { "{\"pid\":12}", -EINVAL, NULL, 0 },
                { "{\"id\":\"c\",\"pid\":-1}", -EINVAL, NULL, 0 },
                { "{\"id\":\"c\",\"pid\":\"1\"}", -EINVAL, NULL, 0 },
                { "[]", -EINVAL, NULL, 0 },
                { "{", -EINVAL, NULL, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct lxcnet_state s = { 0 };
                struct err e = ERR_INIT;

                assert_int_equal(lxcnet_state_parse(arena, rows[i].text, strlen(rows[i].text), &s, &e), rows[i].r);
                assert_true(streq_ptr(s.id, rows[i].id) && s.pid == rows[i].pid);
        }
}

/* ---- scripts ---------------------------------------------------------------------------------------------------- */

static void test_script_words(void **state _unused_)
{
        static const struct { int era; unsigned hook_version; const char *type, *link, *line; } rows[] = {
                { 7, 0, "veth", "br0", "/s a 'c'\\''d' 'net' 'up' 'veth' 'v1'" },
                { 10, 0, "veth", "br0", "/s a 'c'\\''d' 'net' 'up' 'veth' 'v1'" },
                { 21, 0, "veth", "br0", "exec /s a 'c'\\''d' 'net' 'up' 'veth' 'v1'" },
                { 30, 0, "veth", "br0", "exec /s a 'c'\\''d' 'net' 'up' 'veth' 'br0' 'v1'" },
                { 70, 0, "veth", "", "exec /s a 'c'\\''d' 'net' 'up' 'veth' 'v1'" },
                { 70, 1, "veth", "br0", "exec /s a 'veth' 'br0' 'v1'" },
                { 10, 0, "phys", "e0", "/s a 'c'\\''d' 'net' 'up' 'phys' 'e0'" },
                { 70, 0, "macvlan", "e0", "exec /s a 'c'\\''d' 'net' 'up' 'macvlan' 'e0'" },
                { 70, 0, "empty", "", "exec /s a 'c'\\''d' 'net' 'up' 'empty'" },
                { 70, 1, "empty", "", "exec /s a 'empty'" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct lxcnet_document d = { .name = "c'd", .hook_version = rows[i].hook_version, .era = rows[i].era };
                struct lxcnet_nic nic = { .type = LXCNET_NONE };
                struct lxcnet_device device = { .host = "v1" };
                struct lxcnet_script s = { .document = &d, .nic = &nic, .device = streq(rows[i].type, "empty") ? NULL : &device, .up = true };
                struct lxc_script told;

                while (!streq(lxcnet_type_name(nic.type), rows[i].type))
                        nic.type++;
                snprintf(device.link, sizeof device.link, "%s", rows[i].link);
                assert_int_equal(lxcnet_script_fill(arena, &s, "/s a", &told, NULL), 0);
                assert_string_equal(lxc_script_command(arena, &told), rows[i].line);
        }
}

static char *const *environment_of(const struct lxcnet_script *script, char *const *outside)
{
        struct lxc_script told;

        assert_int_equal(lxcnet_script_fill(arena, script, "/s", &told, NULL), 0);
        return lxc_script_environment(arena, &told, outside);
}

static bool has(char *const *env, const char *var)
{
        for (; *env; env++)
                if (streq(*env, var))
                        return true;
        return false;
}
static size_t count_vars(char *const *env)
{
        size_t n = 0;

        while (env[n])
                n++;
        return n;
}

static void test_script_environment(void **state _unused_)
{
        char *outside[] = { (char *) "PATH=/bin", (char *) "LXC_NAME=other", (char *) "LXC_NAMES=kept", NULL };
        struct lxcnet_document d = { .name = "c", .era = 10, .config = "/c", .rootfs_path = "/r", .rootfs_mount = "/m" };
        struct lxcnet_nic nic = { .type = LXCNET_VETH };
        struct lxcnet_device device = { .link = "br0", .host = "v1" };
        struct lxcnet_script s = { .document = &d, .nic = &nic, .device = &device, .pid = 7, .cgroup_ns = true, .net_path = "/n" };
        char *const *env = environment_of(&s, outside);

        assert_int_equal(count_vars(env), 6);
        assert_true(has(env, "PATH=/bin") && has(env, "LXC_NAMES=kept") && has(env, "LXC_NAME=c") && has(env, "LXC_CONFIG_FILE=/c") &&
                    has(env, "LXC_ROOTFS_PATH=/r") && has(env, "LXC_ROOTFS_MOUNT=/m"));
        d.era = 20;
        assert_true(has(environment_of(&s, outside), "LXC_CGNS_AWARE=1"));
        d.era = 40;
        env = environment_of(&s, outside);
        assert_true(has(env, "LXC_HOOK_VERSION=0") && has(env, "LXC_LOG_LEVEL=ERROR") && has(env, "LXC_PID=7") && has(env, "LXC_NET_NS=/n"));
        d.hook_version = 1;
        env = environment_of(&s, outside);
        assert_true(has(env, "LXC_HOOK_VERSION=1") && has(env, "LXC_HOOK_TYPE=down") && has(env, "LXC_HOOK_SECTION=net") &&
                    has(env, "LXC_NET_TYPE=veth") && has(env, "LXC_NET_PARENT=br0") && has(env, "LXC_NET_PEER=v1") && has(env, "LXC_NET_NS=/n"));
        nic.type = LXCNET_EMPTY;
        s.device = NULL;
        env = environment_of(&s, outside);
        assert_true(has(env, "LXC_NET_TYPE=empty") && !has(env, "LXC_NET_PARENT=br0"));
}

int main(void)
{
#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, new_arena, free_arena)
        const struct CMUnitTest tests[] = {
                WITH_ARENA(test_everything_is_read),
                WITH_ARENA(test_defaults),
                WITH_ARENA(test_faults),
                WITH_ARENA(test_a_link_local_gateway_needs_no_address),
                cmocka_unit_test(test_hardware_addresses),
                cmocka_unit_test(test_random_names_fit),
                cmocka_unit_test(test_routes),
                WITH_ARENA(test_devices),
                WITH_ARENA(test_record_reads_back),
                WITH_ARENA(test_damaged_records),
                WITH_ARENA(test_states),
                WITH_ARENA(test_script_words),
                WITH_ARENA(test_script_environment),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
