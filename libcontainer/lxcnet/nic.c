/* SPDX-License-Identifier: Apache-2.0 */
/* The elements of "interfaces". */
#include <string.h>

#include "address.h"
#include "reader.h"
#include "str.h"

static const char *const type_words[] = { "none", "empty", "veth", "macvlan", "ipvlan", "vlan", "phys" };
static const char *const macvlan_words[] = { "private", "vepa", "bridge", "passthru" };
static const char *const ipvlan_words[] = { "l2", "l3", "l3s" };
static const char *const isolation_words[] = { "bridge", "private", "vepa" };
static const char *const veth_mode_words[] = { "bridge", "router" };

const char *lxcnet_type_name(enum lxcnet_type type) { return type_words[type]; }

/* ---- addresses -------------------------------------------------------------------------------------------------- */

static void read_ip(struct lxcnet_reader *r, const struct json_node *node, enum lxcnet_family family, struct lxcnet_ip *ret)
{
        if (lxcnet_reader_is_type(r, node, JSON_STRING) && lxcnet_ip_parse(family, node->text, ret) < 0)
                fault_error(r->faults, node, NULL, "'%s' is no %s address", node->text, family == LXCNET_IPV4 ? "IPv4" : "IPv6");
}

struct address_reading {
        struct lxcnet_address address;
        bool has_ip, has_prefix;
        enum lxcnet_family family;
};

static void address_ip(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct address_reading *a = object;

        read_ip(r, node, a->family, &a->address.ip);
        a->has_ip = true;
}
static void address_prefix(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct address_reading *a = object;
        uint32_t prefix = 0;

        lxcnet_reader_number(r, node, (uint32_t) lxcnet_ip_len(a->family) * 8, &prefix);
        a->address.prefix = prefix;
        a->has_prefix = true;
}
static void address_broadcast(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct address_reading *a = object;

        if (a->family == LXCNET_IPV6)
                fault_error(r->faults, node, NULL, "IPv6 has no broadcast addresses");
        else
                read_ip(r, node, a->family, &a->address.broadcast);
        a->address.has_broadcast = true;
}

static void read_address(struct lxcnet_reader *r, const struct json_node *node, struct lxcnet_nic *nic, enum lxcnet_family family)
{
        static const struct lxcnet_member members[] = {
                { "address", address_ip, 0 }, { "prefix", address_prefix, 0 }, { "broadcast", address_broadcast, 0 },
        };
        struct address_reading a = { .family = family, .address.ip.family = family };

        lxcnet_reader_object(r, node, members, ARRAY_SIZE(members), &a);
        if (node->type != JSON_OBJECT)
                return;
        if (!a.has_ip || !a.has_prefix)
                fault_error(r->faults, node, NULL, "the address needs a member '%s'", a.has_ip ? "prefix" : "address");
        /* A network of two hosts has none (RFC 3021). */
        if (family == LXCNET_IPV4 && !a.address.has_broadcast && a.address.prefix <= 30) {
                a.address.has_broadcast = true;
                a.address.broadcast = lxcnet_ip_broadcast(&a.address.ip, a.address.prefix);
        }
        nic->addresses[nic->n_addresses++] = a.address;
}

static void read_addresses(struct lxcnet_reader *r, const struct json_node *node, struct lxcnet_nic *nic, enum lxcnet_family family)
{
        if (!lxcnet_reader_is_type(r, node, JSON_ARRAY) ||
            !(nic->addresses = lxcnet_reader_make_room(r, node, nic->addresses, nic->n_addresses, sizeof *nic->addresses)))
                return;
        for (const struct json_node *child = node->first; child; child = child->next)
                read_address(r, child, nic, family);
}

static void read_gateway(struct lxcnet_reader *r, const struct json_node *node, struct lxcnet_nic *nic, enum lxcnet_family family)
{
        struct lxcnet_gateway *gateway = &nic->gateway[family];

        if (!lxcnet_reader_is_type(r, node, JSON_STRING))
                return;
        gateway->kind = streq(node->text, "auto") ? LXCNET_GATEWAY_AUTO :
                        streq(node->text, "dev") ? LXCNET_GATEWAY_DEV : LXCNET_GATEWAY_ADDRESS;
        if (gateway->kind == LXCNET_GATEWAY_ADDRESS && lxcnet_ip_parse(family, node->text, &gateway->ip) < 0)
                fault_error(r->faults, node, "it is an address, 'auto' or 'dev'", "'%s' is no %s gateway", node->text,
                            family == LXCNET_IPV4 ? "IPv4" : "IPv6");
}

static void read_routes(struct lxcnet_reader *r, const struct json_node *node, struct lxcnet_nic *nic, enum lxcnet_family family)
{
        if (!lxcnet_reader_is_type(r, node, JSON_ARRAY) ||
            !(nic->routes = lxcnet_reader_make_room(r, node, nic->routes, nic->n_routes, sizeof *nic->routes)))
                return;
        for (const struct json_node *child = node->first; child; child = child->next)
                if (!lxcnet_reader_is_type(r, child, JSON_STRING))
                        continue;
                else if (lxcnet_route_parse(family, child->text, &nic->routes[nic->n_routes]) < 0)
                        fault_error(r->faults, child,
                                    family == LXCNET_IPV4 ? "write it like '10.0.0.0/8'" : "write it like 'fd00:1::/64'",
                                    "'%s' is no %s network", child->text, family == LXCNET_IPV4 ? "IPv4" : "IPv6");
                else
                        nic->n_routes++;
}

#define BY_FAMILY(name, call)                                                                                          \
        static void name##4(struct lxcnet_reader *r, const struct json_node *node, void *nic)                          \
        {                                                                                                              \
                call(r, node, nic, LXCNET_IPV4);                                                                       \
        }                                                                                                              \
        static void name##6(struct lxcnet_reader *r, const struct json_node *node, void *nic)                          \
        {                                                                                                              \
                call(r, node, nic, LXCNET_IPV6);                                                                       \
        }
BY_FAMILY(nic_ipv, read_addresses)
BY_FAMILY(nic_gateway, read_gateway)
BY_FAMILY(veth_routes, read_routes)

/* ---- what one type of interface has ----------------------------------------------------------------------------- */

enum { VLAN_ID_MAX = 4094, QUEUES_MAX = 4096 };
#define AT(member) offsetof(struct lxcnet_nic, member)

static void veth_pair(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;

        lxcnet_reader_device_name(r, node, &nic->pair);
        if (nic->pair && strchr(nic->pair, '%'))
                fault_error(r->faults, node, "only the name in the container may be a template", "'%s' is a template", nic->pair);
}
static void veth_mode(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        int mode = 0;

        lxcnet_reader_word(r, node, "mode", veth_mode_words, ARRAY_SIZE(veth_mode_words), &mode);
        ((struct lxcnet_nic *) object)->router = mode == 1;
}
static void veth_queues(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        lxcnet_reader_number(r, node, QUEUES_MAX, field);
}
static void veth_vlan_id(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;
        uint32_t id = 0;

        if (node->type == JSON_STRING && streq(node->text, "none")) {
                nic->vlan = LXCNET_VLAN_NO_TAG;
        } else if (node->type == JSON_STRING) {
                fault_error(r->faults, node, NULL, "'%s' is neither 'none' nor a number from 0 to %d", node->text, VLAN_ID_MAX);
        } else {
                lxcnet_reader_number(r, node, VLAN_ID_MAX, &id);
                nic->vlan = LXCNET_VLAN_ID;
                nic->vlan_id = (uint16_t) id;
        }
}
static void veth_tagged(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;

        if (!lxcnet_reader_is_type(r, node, JSON_ARRAY) ||
            !(nic->tagged = lxcnet_reader_make_room(r, node, NULL, 0, sizeof *nic->tagged)))
                return;
        for (const struct json_node *child = node->first; child; child = child->next) {
                uint32_t id = 0;

                lxcnet_reader_number(r, child, VLAN_ID_MAX, &id);
                nic->tagged[nic->n_tagged++] = (uint16_t) id;
        }
}
static void macvlan_mode(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        int mode = 0;

        lxcnet_reader_word(r, node, "mode", macvlan_words, ARRAY_SIZE(macvlan_words), &mode);
        ((struct lxcnet_nic *) object)->macvlan_mode = (enum lxcnet_macvlan_mode) mode;
}
static void ipvlan_mode(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        int mode = LXCNET_IPVLAN_L3;

        lxcnet_reader_word(r, node, "mode", ipvlan_words, ARRAY_SIZE(ipvlan_words), &mode);
        ((struct lxcnet_nic *) object)->ipvlan_mode = (enum lxcnet_ipvlan_mode) mode;
}
static void ipvlan_isolation(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        int isolation = 0;

        lxcnet_reader_word(r, node, "isolation", isolation_words, ARRAY_SIZE(isolation_words), &isolation);
        ((struct lxcnet_nic *) object)->isolation = (enum lxcnet_isolation) isolation;
}
static void vlan_id(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        uint32_t id = 0;

        lxcnet_reader_number(r, node, VLAN_ID_MAX, &id);
        ((struct lxcnet_nic *) object)->vlan_id = (uint16_t) id;
}

/* ---- interfaces ------------------------------------------------------------------------------------------------- */

static void nic_type(struct lxcnet_reader *r _unused_, const struct json_node *node _unused_, void *object _unused_)
{
        /* read before all others */
}
static void nic_link(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;
        const char *text = NULL;

        lxcnet_reader_text(r, node, &text);
        if (!text)
                return;
        nic->link_is_prefix = nic->type == LXCNET_PHYS && text[strlen(text) - 1] == '+';
        nic->link = nic->link_is_prefix ? arena_strndup(r->arena, text, strlen(text) - 1) : text;
        r->failed |= !nic->link;
        if (nic->link && !(nic->link_is_prefix && str_empty(nic->link)) && !lxcnet_is_device_name(nic->link))
                fault_error(r->faults, node, "it has 1 to 15 bytes, without blanks, ':' and '/'",
                            "no network device can be called '%s'", nic->link);
}
static void nic_name(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;
        const char *percent;

        lxcnet_reader_device_name(r, node, &nic->name);
        percent = nic->name ? strchr(nic->name, '%') : NULL;
        if (percent && (percent[1] != 'd' || strchr(percent + 1, '%')))
                fault_error(r->faults, node, "one '%d' may stand for a number that is free", "'%s' is no template of a name",
                            nic->name);
}
static void nic_hwaddr(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;

        lxcnet_reader_text(r, node, &nic->hwaddr);
        if (nic->hwaddr && !lxcnet_mac_is_template(nic->hwaddr))
                fault_error(r->faults, node, "write it like '00:16:3e:xx:xx:xx', each 'x' is filled at random",
                            "'%s' is no hardware address", nic->hwaddr);
        else if (nic->hwaddr && strchr("13579bBdDfF", nic->hwaddr[1]))
                fault_error(r->faults, node, "the second digit must be even", "'%s' is a multicast address", nic->hwaddr);
}
static void nic_script_up(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;

        lxcnet_reader_texts(r, node, &nic->script_up, &nic->n_script_up);
}
static void nic_script_down(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_nic *nic = object;

        lxcnet_reader_texts(r, node, &nic->script_down, &nic->n_script_down);
}

/* An object that only interfaces of its own name may have. */
static void read_own(struct lxcnet_reader *r, const struct json_node *node, struct lxcnet_nic *nic, enum lxcnet_type type,
                     const struct lxcnet_member *members, size_t n)
{
        if (nic->type != type)
                fault_error(r->faults, node, NULL, "'%s' is for interfaces of that type; this one is of type '%s'", node->key,
                            type_words[nic->type]);
        else
                lxcnet_reader_object(r, node, members, n, nic);
}
static void nic_veth(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        static const struct lxcnet_member members[] = {
                { "pair", veth_pair, 0 },
                { "mode", veth_mode, 0 },
                { "ipv4Routes", veth_routes4, 0 },
                { "ipv6Routes", veth_routes6, 0 },
                { "rxQueues", veth_queues, AT(rx_queues) },
                { "txQueues", veth_queues, AT(tx_queues) },
                { "vlanId", veth_vlan_id, 0 },
                { "vlanTagged", veth_tagged, 0 },
        };

        read_own(r, node, object, LXCNET_VETH, members, ARRAY_SIZE(members));
}
static void nic_macvlan(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        static const struct lxcnet_member members[] = { { "mode", macvlan_mode, 0 } };

        read_own(r, node, object, LXCNET_MACVLAN, members, ARRAY_SIZE(members));
}
static void nic_ipvlan(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        static const struct lxcnet_member members[] = { { "mode", ipvlan_mode, 0 }, { "isolation", ipvlan_isolation, 0 } };

        read_own(r, node, object, LXCNET_IPVLAN, members, ARRAY_SIZE(members));
}
static void nic_vlan(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        static const struct lxcnet_member members[] = { { "id", vlan_id, 0 } };

        read_own(r, node, object, LXCNET_VLAN, members, ARRAY_SIZE(members));
}

static const struct lxcnet_member nic_members[] = {
        { "index", lxcnet_reader_count, AT(index) },
        { "type", nic_type, 0 },
        { "link", nic_link, 0 },
        { "name", nic_name, 0 },
        { "up", lxcnet_reader_bool, AT(up) },
        { "hwaddr", nic_hwaddr, 0 },
        { "mtu", lxcnet_reader_count, AT(mtu) },
        { "ipv4", nic_ipv4, 0 },
        { "ipv6", nic_ipv6, 0 },
        { "ipv4Gateway", nic_gateway4, 0 },
        { "ipv6Gateway", nic_gateway6, 0 },
        { "veth", nic_veth, 0 },
        { "macvlan", nic_macvlan, 0 },
        { "ipvlan", nic_ipvlan, 0 },
        { "vlan", nic_vlan, 0 },
        { "l2proxy", lxcnet_reader_bool, AT(l2proxy) },
        { "scriptUp", nic_script_up, 0 },
        { "scriptDown", nic_script_down, 0 },
};

/* ---- rules between members -------------------------------------------------------------------------------------- */

static bool has_address(const struct lxcnet_nic *nic, enum lxcnet_family family)
{
        for (size_t i = 0; i < nic->n_addresses; i++)
                if (nic->addresses[i].ip.family == family)
                        return true;
        return false;
}

static void check_gateway(struct lxcnet_reader *r, const struct lxcnet_nic *nic, enum lxcnet_family family)
{
        static const char *const keys[] = { "ipv4Gateway", "ipv6Gateway" }, *const lists[] = { "ipv4", "ipv6" };
        const struct lxcnet_gateway *gateway = &nic->gateway[family];
        const struct json_node *node = json_member(nic->node, keys[family]);

        if (gateway->kind == LXCNET_GATEWAY_NONE)
                return;
        if (!nic->up)
                fault_error(r->faults, node, "add \"up\": true", "a gateway needs the interface to be up");
        if (!has_address(nic, family) && !(gateway->kind == LXCNET_GATEWAY_ADDRESS && lxcnet_ip_is_link_local(&gateway->ip)))
                fault_error(r->faults, node, lxcnet_reader_hint(r, "add an address to \"%s\"", lists[family]),
                            "a gateway needs the interface to have an address");
        if (gateway->kind != LXCNET_GATEWAY_AUTO)
                return;
        if (nic->type != LXCNET_VETH && nic->type != LXCNET_MACVLAN)
                fault_error(r->faults, node, NULL, "a gateway 'auto' is for types 'veth' and 'macvlan', not '%s'",
                            type_words[nic->type]);
        else if (!nic->link)
                fault_error(r->faults, node, NULL, "a gateway 'auto' is the address of the link, and there is no 'link'");
}

static void check_l2proxy(struct lxcnet_reader *r, const struct lxcnet_nic *nic)
{
        const struct json_node *node = json_member(nic->node, "l2proxy");

        if (!nic->l2proxy)
                return;
        if (nic->type != LXCNET_VETH && nic->type != LXCNET_IPVLAN)
                fault_error(r->faults, node, NULL, "'l2proxy' is for types 'veth' and 'ipvlan', not '%s'", type_words[nic->type]);
        else if (!nic->link)
                fault_error(r->faults, node, NULL, "'l2proxy' answers on the link, and there is no 'link'");
        else if (nic->type == LXCNET_IPVLAN && nic->ipvlan_mode != LXCNET_IPVLAN_L3S)
                fault_error(r->faults, node, NULL, "'l2proxy' of an 'ipvlan' needs its mode 'l3s'");
        for (int family = 0; nic->type == LXCNET_IPVLAN && nic->link && family < 2; family++)
                if (nic->gateway[family].kind == LXCNET_GATEWAY_ADDRESS || nic->gateway[family].kind == LXCNET_GATEWAY_AUTO)
                        fault_error(r->faults, node, NULL, "'l2proxy' of an 'ipvlan' needs the gateway 'dev'");
}

static void check_vlans(struct lxcnet_reader *r, const struct lxcnet_nic *nic)
{
        if (nic->vlan == LXCNET_VLAN_DEFAULT && nic->n_tagged == 0)
                return;
        if (nic->router || !nic->link)
                fault_error(r->faults, json_member(nic->node, "veth"), NULL, "VLANs are for a veth that is linked to a bridge");
}

static void check_nic(struct lxcnet_reader *r, const struct lxcnet_nic *nic)
{
        if (nic->type >= LXCNET_MACVLAN && !nic->link && !json_member(nic->node, "link"))
                fault_error(r->faults, nic->node, NULL, "an interface of type '%s' needs a 'link'", type_words[nic->type]);
        check_gateway(r, nic, LXCNET_IPV4);
        check_gateway(r, nic, LXCNET_IPV6);
        check_l2proxy(r, nic);
        check_vlans(r, nic);
}

void lxcnet_nic_read(struct lxcnet_reader *r, const struct json_node *node, struct lxcnet_nic *nic)
{
        const struct json_node *type_node = node->type == JSON_OBJECT ? json_member(node, "type") : NULL;
        int type = -1;

        *nic = (struct lxcnet_nic) { .node = node, .ipvlan_mode = LXCNET_IPVLAN_L3 };
        if (type_node)
                lxcnet_reader_word(r, type_node, "type", type_words, ARRAY_SIZE(type_words), &type);
        else if (node->type == JSON_OBJECT)
                fault_error(r->faults, node, NULL, "the interface needs a 'type'");
        if (type < 0 && node->type == JSON_OBJECT)
                return; /* what else is wrong depends on it */
        nic->type = (enum lxcnet_type) (type < 0 ? 0 : type);
        lxcnet_reader_object(r, node, nic_members, ARRAY_SIZE(nic_members), nic);
        if (node->type == JSON_OBJECT)
                check_nic(r, nic);
}
