/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces and id mappings; the network. */
#include <arpa/inet.h>
#include <inttypes.h>

#include "from-job.h"
#include "num.h"

/* LXC's words, in the order in which it lists them. */
static const struct { enum oci_ns kind; const char *word; } words[] = {
        { OCI_NS_USER, "user" }, { OCI_NS_MOUNT, "mnt" }, { OCI_NS_PID, "pid" },       { OCI_NS_UTS, "uts" },
        { OCI_NS_IPC, "ipc" },   { OCI_NS_NETWORK, "net" }, { OCI_NS_CGROUP, "cgroup" }, { OCI_NS_TIME, "time" },
};

static unsigned find_all(const struct lxc_from *f, unsigned *ret_shared)
{
        unsigned set = 0;

        *ret_shared = 0;
        for (size_t i = 0; i < f->spec->linux_->namespaces.n; i++) {
                const struct oci_namespace *ns = &f->spec->linux_->namespaces.items[i];

                if (!ns->type.set)
                        continue;
                set |= 1u << ns->type.value;
                *ret_shared |= ns->path ? 1u << ns->type.value : 0;
        }
        return set;
}

/* What LXC makes without being told. */
static unsigned usual(const struct lxc_from *f)
{
        unsigned set = 1u << OCI_NS_MOUNT | 1u << OCI_NS_PID | 1u << OCI_NS_UTS | 1u << OCI_NS_IPC | 1u << OCI_NS_NETWORK | 1u << OCI_NS_CGROUP;

        if (f->spec->linux_->uid_mappings.n + f->spec->linux_->gid_mappings.n > 0)
                set |= 1u << OCI_NS_USER;
        if (f->spec->linux_->time_offsets.n > 0)
                set |= 1u << OCI_NS_TIME;
        return set;
}

static const char *list(struct lxc_from *f, unsigned set)
{
        const char *text = "";

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (set & 1u << words[i].kind)
                        text = lxc_from_text(f, "%s%s%s", text, text[0] ? " " : "", words[i].word);
        return text;
}

/* All but the named ones are made, so that those which need something to be made of are named too. */
static void kept(struct lxc_from *f, unsigned set)
{
        unsigned all = (1u << OCI_NS_KINDS) - 1, keep = all & ~set;

        if (f->spec->linux_->time_offsets.n == 0 && !(set & 1u << OCI_NS_TIME))
                keep &= ~(1u << OCI_NS_TIME);
        lxc_from_line(f, LXC_EXACT, LXC_INFO, "/linux/namespaces", "lxc.namespace.keep", list(f, keep), "the namespaces that the document does not list");
}

static void shares(struct lxc_from *f)
{
        for (size_t i = 0; i < f->spec->linux_->namespaces.n; i++) {
                const struct oci_namespace *ns = &f->spec->linux_->namespaces.items[i];

                for (size_t k = 0; ns->type.set && ns->path && k < ARRAY_SIZE(words); k++)
                        if (ns->type.value == (int) words[k].kind)
                                lxc_from_exact(f, lxc_from_text(f, "/linux/namespaces/%zu", i), lxc_from_text(f, "lxc.namespace.share.%s", words[k].word), f->spec->extensions.shared_ns[ns->type.value] ?: ns->path);
        }
}

static void mappings(struct lxc_from *f, const oci_id_mappings *maps, char kind)
{
        for (size_t i = 0; i < maps->n; i++)
                lxc_from_exact(f, lxc_from_text(f, "/linux/%cidMappings/%zu", kind, i), "lxc.idmap",
                               lxc_from_text(f, "%c %" PRIu32 " %" PRIu32 " %" PRIu32, kind, maps->items[i].container_id.value, maps->items[i].host_id.value,
                                             maps->items[i].size.value));
}

void lxc_from_namespaces(struct lxc_from *f)
{
        unsigned shared, set = find_all(f, &shared), host_net = usual(f) & ~(1u << OCI_NS_NETWORK);

        if (set == usual(f))
                lxc_from_say(f, LXC_EXACT, LXC_INFO, "/linux/namespaces", "those that LXC makes by itself");
        else if (set != host_net)
                kept(f, set);
        shares(f);
        mappings(f, &f->spec->linux_->uid_mappings, 'u');
        mappings(f, &f->spec->linux_->gid_mappings, 'g');
}

/* ------------------------------------------------------------------------------------------------------------------
 * The network: the interfaces of lxc-net.json, devices that move, or what a namespace without either needs */

enum shape { TEXT, FLAG, UP, NUMBER, TEXTS, SCRIPT, ADDRESSES };

static const struct { const char *member, *key; enum shape shape; } members[] = {
        { "type", "type", TEXT },
        { "link", "link", TEXT },
        { "up", "flags", UP },
        { "name", "name", TEXT },
        { "hwaddr", "hwaddr", TEXT },
        { "mtu", "mtu", NUMBER },
        { "ipv4", "ipv4.address", ADDRESSES },
        { "ipv4Gateway", "ipv4.gateway", TEXT },
        { "ipv6", "ipv6.address", ADDRESSES },
        { "ipv6Gateway", "ipv6.gateway", TEXT },
        { "veth/pair", "veth.pair", TEXT },
        { "veth/mode", "veth.mode", TEXT },
        { "veth/ipv4Routes", "veth.ipv4.route", TEXTS },
        { "veth/ipv6Routes", "veth.ipv6.route", TEXTS },
        { "veth/rxQueues", "veth.n_rxqueues", NUMBER },
        { "veth/txQueues", "veth.n_txqueues", NUMBER },
        { "veth/vlanId", "veth.vlan.id", NUMBER },
        { "veth/vlanTagged", "veth.vlan.tagged.id", TEXTS },
        { "macvlan/mode", "macvlan.mode", TEXT },
        { "ipvlan/mode", "ipvlan.mode", TEXT },
        { "ipvlan/isolation", "ipvlan.isolation", TEXT },
        { "vlan/id", "vlan.id", NUMBER },
        { "l2proxy", "l2proxy", FLAG },
        { "scriptUp", "script.up", SCRIPT },
        { "scriptDown", "script.down", SCRIPT },
};

static const char *text_of(const struct json_node *node) { return node->text ?: node->type == JSON_BOOL ? (node->boolean ? "1" : "0") : ""; }

/* The address with all bits of the host set, which LXC takes when no line gives another. */
static bool is_usual_broadcast(const char *address, const char *prefix, const char *broadcast)
{
        struct in_addr a, b;
        int64_t bits;

        if (num_parse_range(prefix, 0, 32, &bits) < 0 || inet_pton(AF_INET, address, &a) != 1 || inet_pton(AF_INET, broadcast, &b) != 1)
                return false;
        return b.s_addr == (a.s_addr | htonl(bits >= 32 ? 0 : UINT32_MAX >> bits));
}

/* {"address", "prefix", "broadcast"} as "A/P B" */
static const char *address(struct lxc_from *f, const struct json_node *node)
{
        const struct json_node *a = json_member(node, "address"), *prefix = json_member(node, "prefix"), *broadcast = json_member(node, "broadcast");

        if (a && prefix && broadcast && is_usual_broadcast(text_of(a), text_of(prefix), text_of(broadcast)))
                broadcast = NULL;
        return lxc_from_text(f, "%s%s%s%s%s", a ? text_of(a) : "", prefix ? "/" : "", prefix ? text_of(prefix) : "", broadcast ? " " : "",
                             broadcast ? text_of(broadcast) : "");
}

static void put_member(struct lxc_from *f, const struct json_node *node, const char *pointer, const char *key, enum shape shape)
{
        if (shape == UP) {
                if (node->boolean)
                        lxc_from_exact(f, pointer, key, "up");
                return;
        }
        if (node->type != JSON_ARRAY) {
                lxc_from_exact(f, pointer, key, text_of(node));
                return;
        }
        for (const struct json_node *child = node->first; child; child = child->next)
                lxc_from_exact(f, lxc_from_text(f, "%s/%" PRIu32, pointer, child->index), key, shape == ADDRESSES ? address(f, child) : text_of(child));
}

static void put_interface(struct lxc_from *f, const struct json_node *nic)
{
        const struct json_node *index = json_member(nic, "index");
        const char *number = index ? text_of(index) : lxc_from_text(f, "%" PRIu32, nic->index);

        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                const struct json_node *node = json_at(nic, lxc_from_text(f, "/%s", members[i].member));

                if (node)
                        put_member(f, node, lxc_from_text(f, "lxc-net.json#/interfaces/%" PRIu32 "/%s", nic->index, members[i].member),
                                   lxc_from_text(f, "lxc.net.%s.%s", number, members[i].key), members[i].shape);
        }
}

static size_t put_interfaces(struct lxc_from *f)
{
        const struct json_node *interfaces = f->net ? json_member(f->net, "interfaces") : NULL;

        for (const struct json_node *nic = interfaces ? interfaces->first : NULL; nic; nic = nic->next)
                put_interface(f, nic);
        return interfaces ? interfaces->n : 0;
}

static void put_device(struct lxc_from *f, const struct oci_net_device *d, size_t index)
{
        const char *nic = lxc_from_text(f, "lxc.net.%zu", index);

        lxc_from_line(f, LXC_NEARLY, LXC_NOTE, lxc_from_member(f, "/linux/netDevices", d->host_name), lxc_from_text(f, "%s.type", nic), "phys",
                      "LXC drops the device's addresses, and gives it back when the container stops");
        lxc_from_more(f, lxc_from_text(f, "%s.link", nic), d->host_name);
        lxc_from_more(f, lxc_from_text(f, "%s.flags", nic), "up");
        if (d->name)
                lxc_from_more(f, lxc_from_text(f, "%s.name", nic), d->name);
}

void lxc_from_net(struct lxc_from *f)
{
        unsigned shared, set = find_all(f, &shared), net = 1u << OCI_NS_NETWORK;
        size_t n = put_interfaces(f);

        for (size_t i = 0; i < f->spec->linux_->net_devices.n; i++)
                put_device(f, &f->spec->linux_->net_devices.items[i], n++);
        if (n > 0 || (shared & net))
                return;
        if (set == (usual(f) & ~net))
                lxc_from_line(f, LXC_EXACT, LXC_INFO, "/linux/namespaces", "lxc.net.0.type", "none", "the host's network: the document lists no network namespace");
        else if ((set & net) && !f->from_lxc) {
                lxc_from_line(f, LXC_EXACT, LXC_INFO, "/linux/namespaces", "lxc.net.0.type", "empty", "OCI runtimes bring the loopback device up");
                lxc_from_more(f, "lxc.net.0.flags", "up");
        }
}
