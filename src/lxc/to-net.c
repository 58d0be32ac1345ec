/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces: written to lxc-net.json, which `berth lxc-net` obeys as a hook of any runtime. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "json/write.h"
#include "num.h"
#include "to-oci.h"

#define FILE_NAME "lxc-net.json"

static const char *const types[] = { "none", "empty", "veth", "macvlan", "ipvlan", "vlan", "phys" };

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (streq(words[i], word))
                        return true;
        return false;
}

/* The interface's type; "empty" where the line is missing or in error. */
static const char *nic_type(const struct lxc_nic *nic)
{
        const struct lxc_entry *entry = lxc_nic_get(nic, LXC_KEY_NET_TYPE);

        return entry && is_one_of(entry->value, types, ARRAY_SIZE(types)) ? entry->value : "empty";
}

/* One interface as it is written. */
struct nic_writer {
        struct lxc_translation *t;
        struct json_writer *w;
        const struct lxc_nic *nic;
        size_t index; /* in the list */
        const char *object; /* the member that is open, with a slash; "" */
};

static void became(struct nic_writer *n, struct lxc_entry *entry, const char *member, const char *json)
{
        lxc_became(n->t->report, entry, LXC_HOOK, json, FILE_NAME "#/interfaces/%zu/%s%s", n->index, n->object, member);
}

static void put_text(struct nic_writer *n, enum lxc_key_id id, const char *member)
{
        struct lxc_entry *entry = lxc_nic_get(n->nic, id);

        if (!entry)
                return;
        json_put_string(n->w, member, entry->value);
        became(n, entry, member, lxc_json(n->t->report, entry->value));
}

static void put_choice(struct nic_writer *n, enum lxc_key_id id, const char *member, const char *const *words, size_t n_words)
{
        struct lxc_entry *entry = lxc_nic_get(n->nic, id);

        if (entry && !is_one_of(entry->value, words, n_words))
                lxc_say(n->t->report, entry, LXC_ERROR, "'%s' is not one of %s", entry->value, entry->match.row->grammar);
        else
                put_text(n, id, member);
}

static void put_number(struct nic_writer *n, enum lxc_key_id id, const char *member, uint64_t max)
{
        struct lxc_entry *entry = lxc_nic_get(n->nic, id);
        uint64_t value;
        bool junk;

        if (!entry || lxc_value_uint(n->t->config->era, entry->value, &value, &junk) < 0)
                return;
        if (value > max) {
                lxc_say(n->t->report, entry, LXC_ERROR, "%" PRIu64 " is more than %" PRIu64, value, max);
                return;
        }
        json_put_u64(n->w, member, value);
        became(n, entry, member, lxc_text(n->t->report, "%" PRIu64, value));
}

/* Device names; a "%d" is for the kernel to fill in. */
static void put_name(struct nic_writer *n, enum lxc_key_id id, const char *member)
{
        struct lxc_entry *entry = lxc_nic_get(n->nic, id);

        if (entry && (strlen(entry->value) >= IFNAMSIZ || strchr(entry->value, '/') || strchr(entry->value, ' ')))
                lxc_say(n->t->report, entry, LXC_ERROR,
                        "'%s' is not a name for a network device: at most %d bytes, no '/' and no blank", entry->value,
                        IFNAMSIZ - 1);
        else
                put_text(n, id, member);
}

static void put_hwaddr(struct nic_writer *n)
{
        static const char digits[] = "0123456789abcdefABCDEFxX";
        struct lxc_entry *entry = lxc_nic_get(n->nic, LXC_KEY_NET_HWADDR);
        bool good = entry && strlen(entry->value) == strlen("00:00:00:00:00:00");

        for (size_t i = 0; good && entry->value[i]; i++)
                good = i % 3 == 2 ? entry->value[i] == ':' : strchr(digits, entry->value[i]) != NULL;
        if (entry && !good) {
                lxc_say(n->t->report, entry, LXC_ERROR, "'%s' is not a hardware address", entry->value);
                return;
        }
        put_text(n, LXC_KEY_NET_HWADDR, "hwaddr");
        if (entry && strpbrk(entry->value, "xX"))
                lxc_say(n->t->report, entry, LXC_NOTE, "digits 'x' are made up at each start; LXC makes them up once");
}

/* ---- addresses ----------------------------------------------------------------------------------------------------- */

/* Without a prefix LXC asks for the address's class, but of the bytes in the wrong order: the last one decides. */
static unsigned lxc_prefix(const struct in_addr *address)
{
        unsigned char last = ((const unsigned char *) address)[3];

        return last < 128 ? 8 : last < 192 ? 16 : last < 224 ? 24 : 0;
}

static void put_ipv4(struct nic_writer *n, struct lxc_entry *entry, size_t index)
{
        const char *at = entry->value, *word, *address, *slash;
        struct in_addr parsed, broadcast;
        char text[INET_ADDRSTRLEN];
        int64_t prefix = -1;
        bool given;
        size_t len;

        if (!lxc_word_next(&at, " \t", &word, &len))
                return;
        slash = memchr(word, '/', len);
        address = lxc_text(n->t->report, "%.*s", (int) (slash ? (size_t) (slash - word) : len), word);
        if (inet_pton(AF_INET, address, &parsed) != 1 ||
            (slash &&
             num_parse_range(lxc_text(n->t->report, "%.*s", (int) (word + len - slash - 1), slash + 1), 0, 32, &prefix) < 0)) {
                lxc_say(n->t->report, entry, LXC_ERROR, "'%.*s' is not an IPv4 address with its prefix", (int) len, word);
                return;
        }
        if (prefix < 0) {
                prefix = lxc_prefix(&parsed);
                lxc_say(n->t->report, entry, LXC_WARN,
                        "no prefix is given, and LXC takes /%" PRId64 ", from the address's last byte: give one", prefix);
        }
        broadcast.s_addr = parsed.s_addr | htonl(prefix == 32 ? 0 : UINT32_MAX >> prefix);
        given = lxc_word_next(&at, " \t", &word, &len);
        if (given &&
            inet_pton(AF_INET, lxc_text(n->t->report, "%.*s", (int) len, word), &broadcast) != 1) {
                lxc_say(n->t->report, entry, LXC_ERROR, "'%.*s' is not a broadcast address", (int) len, word);
                return;
        }
        json_open(n->w, NULL, '{');
        json_put_string(n->w, "address", address);
        json_put_u64(n->w, "prefix", (uint64_t) prefix);
        /* What LXC shifts away for /32 is undefined, and 5.0 sets nothing: the address itself must not become its broadcast. */
        if (prefix < 31 || (n->t->config->era < 70 && (prefix < 32 || given)))
                json_put_string(n->w, "broadcast", inet_ntop(AF_INET, &broadcast, text, sizeof text));
        json_close(n->w, '}');
        became(n, entry, lxc_text(n->t->report, "ipv4/%zu", index),
               lxc_json(n->t->report, lxc_text(n->t->report, "%s/%" PRId64, address, prefix)));
}

static void put_ipv6(struct nic_writer *n, struct lxc_entry *entry, size_t index)
{
        const char *slash = strchr(entry->value, '/'), *address = entry->value;
        struct in6_addr parsed;
        int64_t prefix = 64;

        if (slash)
                address = lxc_text(n->t->report, "%.*s", (int) (slash - entry->value), entry->value);
        if (inet_pton(AF_INET6, address, &parsed) != 1 || (slash && num_parse_range(slash + 1, 0, 128, &prefix) < 0)) {
                lxc_say(n->t->report, entry, LXC_ERROR, "'%s' is not an IPv6 address with its prefix", entry->value);
                return;
        }
        json_open(n->w, NULL, '{');
        json_put_string(n->w, "address", address);
        json_put_u64(n->w, "prefix", (uint64_t) prefix);
        json_close(n->w, '}');
        became(n, entry, lxc_text(n->t->report, "ipv6/%zu", index),
               lxc_json(n->t->report, lxc_text(n->t->report, "%s/%" PRId64, address, prefix)));
}

/* LXC before 0.9 puts each new address in front of the others. */
static void put_addresses(struct nic_writer *n, enum lxc_key_id id, const char *member,
                          void (*put)(struct nic_writer *, struct lxc_entry *, size_t))
{
        const lxc_entries *all = &n->nic->entries;
        size_t done = 0;

        if (!lxc_nic_get(n->nic, id))
                return;
        json_open(n->w, member, '[');
        for (size_t i = 0; i < all->n; i++) {
                struct lxc_entry *entry = all->items[n->t->config->era < 9 ? all->n - 1 - i : i];

                if (lxc_key_id(entry->match.row) == id)
                        put(n, entry, done++);
        }
        json_close(n->w, ']');
}

static void put_gateway(struct nic_writer *n, enum lxc_key_id id, const char *member, int family)
{
        struct lxc_entry *entry = lxc_nic_get(n->nic, id);
        unsigned char address[sizeof(struct in6_addr)];

        if (entry && !streq(entry->value, "auto") && !streq(entry->value, "dev") &&
            inet_pton(family, entry->value, address) != 1) {
                lxc_say(n->t->report, entry, LXC_ERROR, "'%s' is not a gateway: an address, 'auto' or 'dev'", entry->value);
                return;
        }
        put_text(n, id, member);
}

/* ---- what belongs to one type -------------------------------------------------------------------------------------- */

static void put_list(struct nic_writer *n, enum lxc_key_id id, const char *member, bool numbers)
{
        size_t index = 0;

        if (!lxc_nic_get(n->nic, id))
                return;
        json_open(n->w, member, '[');
        for (size_t i = 0; i < n->nic->entries.n; i++) {
                struct lxc_entry *entry = n->nic->entries.items[i];
                uint64_t value = 0;
                bool junk;

                if (lxc_key_id(entry->match.row) != id)
                        continue;
                if (numbers && (lxc_value_uint(n->t->config->era, entry->value, &value, &junk) < 0 || value > 4094)) {
                        lxc_say(n->t->report, entry, LXC_ERROR, "'%s' is not a VLAN: 0 to 4094", entry->value);
                        continue;
                }
                if (numbers)
                        json_put_u64(n->w, NULL, value);
                else
                        json_put_string(n->w, NULL, entry->value);
                became(n, entry, lxc_text(n->t->report, "%s/%zu", member, index++),
                       numbers ? lxc_text(n->t->report, "%" PRIu64, value) : lxc_json(n->t->report, entry->value));
        }
        json_close(n->w, ']');
}

static void put_veth(struct nic_writer *n)
{
        static const char *const modes[] = { "bridge", "router" };
        struct lxc_entry *vlan = lxc_nic_get(n->nic, LXC_KEY_NET_VETH_VLAN);

        put_name(n, LXC_KEY_NET_VETH_PAIR, "pair");
        put_choice(n, LXC_KEY_NET_VETH_MODE, "mode", modes, ARRAY_SIZE(modes));
        put_list(n, LXC_KEY_NET_VETH_IPV4_ROUTE, "ipv4Routes", false);
        put_list(n, LXC_KEY_NET_VETH_IPV6_ROUTE, "ipv6Routes", false);
        put_number(n, LXC_KEY_NET_VETH_RXQ, "rxQueues", UINT16_MAX);
        put_number(n, LXC_KEY_NET_VETH_TXQ, "txQueues", UINT16_MAX);
        if (vlan && streq(vlan->value, "none"))
                put_text(n, LXC_KEY_NET_VETH_VLAN, "vlanId");
        else if (vlan && lxc_value_uint(LXC_ERA_BOTH, vlan->value, &(uint64_t) { 0 }, &(bool) { 0 }) < 0)
                lxc_say(n->t->report, vlan, LXC_ERROR, "'%s' is not a VLAN: none, or 0 to 4094", vlan->value);
        else
                put_number(n, LXC_KEY_NET_VETH_VLAN, "vlanId", 4094);
        put_list(n, LXC_KEY_NET_VETH_TAGGED, "vlanTagged", true);
}

static void put_macvlan(struct nic_writer *n)
{
        static const char *const modes[] = { "private", "vepa", "bridge", "passthru" };

        put_choice(n, LXC_KEY_NET_MACVLAN_MODE, "mode", modes, ARRAY_SIZE(modes));
}

static void put_ipvlan(struct nic_writer *n)
{
        static const char *const modes[] = { "l2", "l3", "l3s" }, *const isolations[] = { "bridge", "private", "vepa" };

        put_choice(n, LXC_KEY_NET_IPVLAN_MODE, "mode", modes, ARRAY_SIZE(modes));
        put_choice(n, LXC_KEY_NET_IPVLAN_ISOLATION, "isolation", isolations, ARRAY_SIZE(isolations));
}

static void put_vlan(struct nic_writer *n) { put_number(n, LXC_KEY_NET_VLAN_ID, "id", 4094); }

static const struct { const char *type; void (*put)(struct nic_writer *n); } objects[] = {
        { "veth", put_veth }, { "macvlan", put_macvlan }, { "ipvlan", put_ipvlan }, { "vlan", put_vlan },
};

/* Keys of another type's object: LXC 7 refuses them, earlier ones mix them up or ignore them. */
static void drop_other_types(struct nic_writer *n, const char *type)
{
        for (size_t i = 0; i < n->nic->entries.n; i++) {
                struct lxc_entry *entry = n->nic->entries.items[i];
                const char *word = str_after(entry->match.row->name, "lxc.net.[i].");

                for (size_t o = 0; o < ARRAY_SIZE(objects); o++) {
                        const char *rest = word ? str_after(word, objects[o].type) : NULL;

                        if (rest && *rest == '.' && !streq(objects[o].type, type))
                                lxc_lost(n->t->report, entry, LXC_WARN,
                                         "the interface is of type '%s': LXC 7.0 refuses the line", type);
                }
        }
}

static void put_object(struct nic_writer *n, const char *type)
{
        drop_other_types(n, type);
        for (size_t o = 0; o < ARRAY_SIZE(objects); o++)
                if (streq(objects[o].type, type)) {
                        json_open(n->w, objects[o].type, '{');
                        n->object = lxc_text(n->t->report, "%s/", objects[o].type);
                        objects[o].put(n);
                        n->object = "";
                        json_close(n->w, '}');
                }
}

static void put_script(struct nic_writer *n, enum lxc_key_id id, const char *member)
{
        struct lxc_entry *entry = lxc_nic_get(n->nic, id);

        if (!entry)
                return;
        json_put_strings(n->w, member, (const char *const[]) { entry->value }, 1);
        became(n, entry, lxc_text(n->t->report, "%s/0", member), lxc_json(n->t->report, entry->value));
}

static void put_flags(struct nic_writer *n)
{
        struct lxc_entry *flags = lxc_nic_get(n->nic, LXC_KEY_NET_FLAGS), *proxy = lxc_nic_get(n->nic, LXC_KEY_NET_L2PROXY);
        bool value, junk;

        json_put_bool(n->w, "up", flags != NULL);
        if (flags)
                became(n, flags, "up", "true");
        if (flags && !streq(flags->value, "up"))
                lxc_say(n->t->report, flags, LXC_NOTE, "LXC takes any value for 'up'");
        if (!proxy || lxc_value_bool(n->t->config->era, proxy->value, &value, &junk) < 0)
                return;
        json_put_bool(n->w, "l2proxy", value);
        became(n, proxy, "l2proxy", value ? "true" : "false");
}

static void put_nic(struct nic_writer *n)
{
        struct lxc_entry *entry = lxc_nic_get(n->nic, LXC_KEY_NET_TYPE);
        const char *type = nic_type(n->nic);

        if (entry && !streq(type, entry->value))
                lxc_say(n->t->report, entry, LXC_ERROR, "'%s' is not one of %s", entry->value, entry->match.row->grammar);
        json_open(n->w, NULL, '{');
        json_put_i64(n->w, "index", n->nic->index);
        json_put_string(n->w, "type", type);
        if (entry && streq(type, entry->value))
                became(n, entry, "type", lxc_json(n->t->report, type));
        else if (!entry)
                lxc_default(n->t->report, NULL, NULL, "interface %d has no type, which LXC takes for 'empty'", n->nic->index);
        put_name(n, LXC_KEY_NET_LINK, "link");
        put_name(n, LXC_KEY_NET_NAME, "name");
        put_flags(n);
        put_hwaddr(n);
        put_number(n, LXC_KEY_NET_MTU, "mtu", UINT32_MAX);
        put_addresses(n, LXC_KEY_NET_IPV4, "ipv4", put_ipv4);
        put_addresses(n, LXC_KEY_NET_IPV6, "ipv6", put_ipv6);
        put_gateway(n, LXC_KEY_NET_IPV4_GATEWAY, "ipv4Gateway", AF_INET);
        put_gateway(n, LXC_KEY_NET_IPV6_GATEWAY, "ipv6Gateway", AF_INET6);
        put_object(n, type);
        put_script(n, LXC_KEY_NET_UP, "scriptUp");
        put_script(n, LXC_KEY_NET_DOWN, "scriptDown");
        json_close(n->w, '}');
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

static void write_document(struct lxc_translation *t, struct strbuf *out)
{
        struct json_writer w = { .out = out, .pretty = true };
        struct lxc_entry *mount = lxc_get(t, LXC_KEY_ROOTFS_MOUNT);
        const char *rootfs_mount = mount ? mount->value : t->options->rootfs_mount;

        json_open(&w, NULL, '{');
        json_put_u64(&w, "version", 1);
        json_put_string(&w, "name", t->name);
        json_put_u64(&w, "hookVersion", lxc_get_bool(t, LXC_KEY_HOOK_VERSION, false));
        json_put_string(&w, "era", t->report->era);
        json_put_string(&w, "config", t->options->config_path);
        if (t->rootfs_value)
                json_put_string(&w, "rootfsPath", t->rootfs_value);
        if (rootfs_mount)
                json_put_string(&w, "rootfsMount", rootfs_mount);
        json_open(&w, "interfaces", '[');
        for (size_t i = 0; i < t->config->nics.n; i++)
                put_nic(&(struct nic_writer) { .t = t, .w = &w, .nic = &t->config->nics.items[i], .index = i, .object = "" });
        json_close(&w, ']');
        json_close(&w, '}');
        strbuf_addc(out, '\n');
}

static void add_hook(struct lxc_translation *t, enum oci_hook_kind kind, const char *verb)
{
        struct oci_hook *hook = lxc_add_hook(t, kind, t->options->helper);

        if (!hook)
                return;
        lxc_add_string(t, &hook->args, "berth");
        lxc_add_string(t, &hook->args, "lxc-net");
        lxc_add_string(t, &hook->args, verb);
        lxc_add_string(t, &hook->args, "--config");
        lxc_add_string(t, &hook->args, lxc_text(t->report, "%s/" FILE_NAME, t->result->bundle));
        lxc_add_string(t, &hook->env, LXC_DEFAULT_PATH);
}

/* No interface is made: WHY, said of each line. */
static void no_interfaces(struct lxc_translation *t, const char *why)
{
        for (size_t i = 0; i < t->config->nics.n; i++)
                for (size_t k = 0; k < t->config->nics.items[i].entries.n; k++) {
                        struct lxc_entry *entry = t->config->nics.items[i].entries.items[k];
                        bool none = lxc_key_id(entry->match.row) == LXC_KEY_NET_TYPE && streq(entry->value, "none");

                        lxc_became(t->report, entry, none ? LXC_EXACT : LXC_DROPPED, NULL, "%s", "");
                        lxc_say(t->report, entry, LXC_INFO, "%s", why);
                }
}

static bool shares_network(struct lxc_translation *t)
{
        struct lxc_entry *share;

        lxc_each(t, LXC_KEY_NS_SHARE, share)
                if (lxc_names_namespace(share->match.suffix, OCI_NS_NETWORK))
                        return true;
        return false;
}

/* The container has a network namespace of its own to make interfaces in. */
static bool owns_network(struct lxc_translation *t)
{
        const struct lxc_entry *clone = lxc_get(t, LXC_KEY_NS_CLONE), *keep = lxc_get(t, LXC_KEY_NS_KEEP);

        if (shares_network(t))
                return false;
        return clone ? lxc_names_namespace(clone->value, OCI_NS_NETWORK)
                     : !keep || !lxc_names_namespace(keep->value, OCI_NS_NETWORK);
}

static bool all_none(const struct lxc_translation *t)
{
        for (size_t i = 0; i < t->config->nics.n; i++)
                if (!streq(nic_type(&t->config->nics.items[i]), "none"))
                        return false;
        return true;
}

static bool is_at_or_below(const char *pointer, const char *above)
{
        const char *rest = str_after(pointer, above);

        return rest && (*rest == '\0' || *rest == '/');
}

/* The line that became what POINTER of the document names, or the first that became a part of it. */
static struct lxc_entry *line_of(struct lxc_translation *t, const char *pointer)
{
        struct lxc_entry *within = NULL;

        for (size_t i = 0; i < t->report->n; i++)
                for (size_t k = 0; k < t->report->entries[i]->n_became; k++) {
                        const char *known = str_after(t->report->entries[i]->became[k].pointer, FILE_NAME "#");

                        if (known && is_at_or_below(pointer, known))
                                return t->report->entries[i];
                        if (known && !within && is_at_or_below(known, pointer))
                                within = t->report->entries[i];
                }
        if (!within) {
                within = lxc_report_add(t->report, t->report->config, 0, 0);
                within->key = FILE_NAME;
        }
        return within;
}

/* What would stop the container at each start is said now. */
static void check_document(struct lxc_translation *t)
{
        struct faults faults = { .arena = t->arena, .file = FILE_NAME };

        if (!t->host->check_net || t->host->check_net(t->host->arg, t->result->net, strlen(t->result->net), &faults) < 0)
                return;
        t->report->nomem |= faults.nomem;
        for (size_t i = 0; i < faults.n; i++) {
                char pointer[192];

                json_pointer(faults.items[i].node, pointer, sizeof pointer);
                if (!faults.items[i].warning)
                        lxc_say(t->report, line_of(t, pointer), LXC_ERROR, "%s", faults.items[i].text);
        }
}

static void make_interfaces(struct lxc_translation *t)
{
        _cleanup_(strbuf_done) struct strbuf out = { 0 };

        write_document(t, &out);
        t->report->nomem |= out.failed;
        t->result->net = lxc_text(t->report, "%s", out.text ?: "");
        check_document(t);
        add_hook(t, OCI_HOOK_CREATE_RUNTIME, "up");
        add_hook(t, OCI_HOOK_POSTSTOP, "down");
        lxc_default(t->report, "/hooks/createRuntime/0", NULL, "the network is made by 'berth lxc-net', as " FILE_NAME " says");
}

/* LXC brings lo up with the first interface that is to be up. */
static void loopback(struct lxc_translation *t)
{
        for (size_t i = 0; i < t->config->nics.n; i++)
                if (lxc_nic_get(&t->config->nics.items[i], LXC_KEY_NET_FLAGS))
                        return;
        lxc_default(t->report, NULL, NULL, "LXC leaves lo down, since no interface is to be up; berth, runc and crun bring it up");
}

void lxc_to_net(struct lxc_translation *t)
{
        if (!owns_network(t)) {
                t->host_net = !shares_network(t);
                no_interfaces(t, "not made: the container has no network namespace of its own");
        } else if (t->config->nics.n == 0) {
                t->host_net = t->config->era < 10;
                lxc_default(t->report, "/linux/namespaces", NULL,
                            t->host_net ? "without lxc.network the container has the host's network"
                                        : "without lxc.net the container has a network of its own, and nothing in it");
        } else if (all_none(t)) {
                t->host_net = true;
                no_interfaces(t, "no network namespace: the host's network");
        } else {
                make_interfaces(t);
        }
        if (owns_network(t) && !t->host_net)
                loopback(t);
}
