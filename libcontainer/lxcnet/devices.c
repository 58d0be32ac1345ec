/* SPDX-License-Identifier: Apache-2.0 */
#include "devices.h"

#include <stdio.h>
#include <string.h>

#include "address.h"

struct deciding {
        const struct lxcnet_document *document;
        lxcnet_random_fn random;
        struct lxcnet_record *record;
};

static void random_name(const struct deciding *d, const char *prefix, char name[static LXCNET_NAME_SIZE])
{
        unsigned char bytes[LXCNET_MAC_BYTES];

        d->random(bytes);
        lxcnet_random_name(prefix, bytes, name);
}

static void decide_veth(const struct deciding *d, const struct lxcnet_nic *nic, struct lxcnet_device *device)
{
        if (nic->pair)
                snprintf(device->host, sizeof device->host, "%s", nic->pair);
        else
                random_name(d, "veth", device->host);
        d->random(device->mac.bytes);
        /* A bridge takes the lowest address of its ports for its own: this one is never it, so that the bridge keeps the
         * address of the host's own device. */
        device->mac.bytes[0] = 0xfe;
        device->mac.known = true;
}

static void decide_device(const struct deciding *d, size_t nic_at, const char *link, bool first)
{
        static const char *const prefixes[] = {
                [LXCNET_VETH] = "veth", [LXCNET_MACVLAN] = "mc", [LXCNET_IPVLAN] = "ip", [LXCNET_VLAN] = "vlan",
                [LXCNET_PHYS] = "phys",
        };
        const struct lxcnet_nic *nic = &d->document->nics[nic_at];
        struct lxcnet_device *device = &d->record->devices[d->record->n_devices++];
        unsigned char bytes[LXCNET_MAC_BYTES];

        *device = (struct lxcnet_device) { .nic = nic_at, .first = first };
        snprintf(device->link, sizeof device->link, "%s", link ? link : "");
        if (!lxcnet_nic_is_device(nic))
                return;
        random_name(d, prefixes[nic->type], device->transient);
        if (nic->type == LXCNET_VETH)
                decide_veth(d, nic, device);
        if (nic->hwaddr && first) {
                d->random(bytes);
                device->hwaddr.known = lxcnet_mac_fill(nic->hwaddr, bytes, device->hwaddr.bytes) == 0;
        }
}

static int decide_matching(const struct deciding *d, size_t nic_at, const char *const *names, size_t n_names, struct err *e)
{
        const char *prefix = d->document->nics[nic_at].link;
        bool first = true;

        for (size_t i = 0; i < n_names; i++)
                if (strncmp(names[i], prefix, strlen(prefix)) == 0 && !streq(names[i], "lo")) {
                        decide_device(d, nic_at, names[i], first);
                        first = false;
                }
        return first ? err_set(e, ERR_HOST, ENODEV, "no network device of the host begins with '%s'", prefix) : 0;
}

int lxcnet_devices_decide(struct arena *arena, const struct lxcnet_document *document, const char *const *names, size_t n_names,
                          lxcnet_random_fn random, struct lxcnet_record *record, struct err *e)
{
        const struct deciding d = { document, random, record };
        size_t most = 0;
        int r = 0;

        for (size_t i = 0; i < document->n_nics; i++)
                most += document->nics[i].link_is_prefix ? n_names : 1;
        record->devices = arena_alloc_array(arena, most + 1, sizeof *record->devices);
        record->n_devices = 0;
        if (!record->devices)
                return err_nomem(e);
        for (size_t i = 0; i < document->n_nics && r == 0; i++)
                if (document->nics[i].link_is_prefix)
                        r = decide_matching(&d, i, names, n_names, e);
                else
                        decide_device(&d, i, document->nics[i].link, true);
        return r;
}

const char *lxcnet_device_name(const struct lxcnet_document *document, const struct lxcnet_device *device)
{
        const struct lxcnet_nic *nic = &document->nics[device->nic];

        if (nic->name && (device->first || strchr(nic->name, '%')))
                return nic->name;
        return nic->type == LXCNET_PHYS ? device->link : "eth%d";
}

int lxcnet_device_pass(const struct lxcnet_document *document, const struct lxcnet_device *device)
{
        return strchr(lxcnet_device_name(document, device), '%') ? 1 : 0;
}
