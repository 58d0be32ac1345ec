/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "json/write.h"
#include "num.h"
#include "reader.h"

enum { RECORD_VERSION = 1 };

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void put_name(struct json_writer *w, const char *key, const char *name)
{
        if (name[0])
                json_put_string(w, key, name);
}
static void put_true(struct json_writer *w, const char *key, bool value)
{
        if (value)
                json_put_bool(w, key, true);
}

static void write_device(struct json_writer *w, const struct lxcnet_device *d)
{
        char mac[LXCNET_MAC_TEXT_SIZE];

        json_open(w, NULL, '{');
        json_put_u64(w, "nic", d->nic);
        put_true(w, "first", d->first);
        put_name(w, "link", d->link);
        put_name(w, "host", d->host);
        put_name(w, "transient", d->transient);
        put_name(w, "name", d->name);
        if (d->index)
                json_put_i64(w, "index", d->index);
        if (d->mac.known)
                json_put_string(w, "mac", lxcnet_mac_text(d->mac.bytes, mac));
        if (d->hwaddr.known)
                json_put_string(w, "hwaddr", lxcnet_mac_text(d->hwaddr.bytes, mac));
        if (d->mtu)
                json_put_u64(w, "mtu", d->mtu);
        put_true(w, "up", d->was_up);
        put_true(w, "external", d->external);
        put_true(w, "scripts", d->scripts);
        json_close(w, '}');
}

void lxcnet_record_write(const struct lxcnet_record *record, struct strbuf *out)
{
        struct json_writer w = { .out = out, .pretty = true };

        json_open(&w, NULL, '{');
        json_put_u64(&w, "version", RECORD_VERSION);
        if (record->id)
                json_put_string(&w, "id", record->id);
        json_put_i64(&w, "pid", record->pid);
        json_put_u64(&w, "startTicks", record->start_ticks);
        put_true(&w, "held", record->held);
        json_open(&w, "devices", '[');
        for (size_t i = 0; i < record->n_devices; i++)
                if (!record->devices[i].done)
                        write_device(&w, &record->devices[i]);
        json_close(&w, ']');
        json_put_node(&w, "document", record->document->node);
        json_close(&w, '}');
        strbuf_addc(out, '\n');
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* (char[LXCNET_NAME_SIZE]) */
static void read_name(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        const char *text = NULL;

        lxcnet_reader_device_name(r, node, &text);
        if (text)
                snprintf(field, LXCNET_NAME_SIZE, "%s", text);
}
/* (size_t), (int), (pid_t), (uint64_t) */
static void read_place(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        uint32_t place = 0;

        lxcnet_reader_count(r, node, &place);
        *(size_t *) field = place;
}
static void read_int(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        uint32_t value = 0;

        lxcnet_reader_count(r, node, &value);
        *(int *) field = (int) value;
}
static void read_pid(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        uint32_t pid = 0;

        lxcnet_reader_count(r, node, &pid);
        *(pid_t *) field = (pid_t) pid;
}
static void read_ticks(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        if (lxcnet_reader_is_type(r, node, JSON_NUMBER) && num_parse_u64(node->text, node->len, 10, field) < 0)
                fault_error(r->faults, node, NULL, "'%s' is no number of clock ticks", node->text);
}
/* (struct lxcnet_mac) */
static void read_mac(struct lxcnet_reader *r, const struct json_node *node, void *field)
{
        static const unsigned char zeroes[LXCNET_MAC_BYTES];
        struct lxcnet_mac *mac = field;
        const char *text = NULL;

        lxcnet_reader_text(r, node, &text);
        if (text && lxcnet_mac_fill(text, zeroes, mac->bytes) < 0)
                fault_error(r->faults, node, NULL, "'%s' is no hardware address", text);
        mac->known = true;
}

#define AT(member) offsetof(struct lxcnet_device, member)
static const struct lxcnet_member device_members[] = {
        { "nic", read_place, AT(nic) },
        { "first", lxcnet_reader_bool, AT(first) },
        { "link", read_name, AT(link) },
        { "host", read_name, AT(host) },
        { "transient", read_name, AT(transient) },
        { "name", read_name, AT(name) },
        { "index", read_int, AT(index) },
        { "mac", read_mac, AT(mac) },
        { "hwaddr", read_mac, AT(hwaddr) },
        { "mtu", lxcnet_reader_count, AT(mtu) },
        { "up", lxcnet_reader_bool, AT(was_up) },
        { "external", lxcnet_reader_bool, AT(external) },
        { "scripts", lxcnet_reader_bool, AT(scripts) },
};
#undef AT

static void record_version(struct lxcnet_reader *r, const struct json_node *node, void *object _unused_)
{
        if (node->type != JSON_NUMBER || !streq(node->text, "1"))
                fault_error(r->faults, node, NULL, "this berth understands version 1");
}
static void record_devices(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_record *record = object;

        if (!lxcnet_reader_is_type(r, node, JSON_ARRAY) ||
            !(record->devices = lxcnet_reader_make_room(r, node, NULL, 0, sizeof *record->devices)))
                return;
        for (const struct json_node *child = node->first; child; child = child->next)
                lxcnet_reader_object(r, child, device_members, ARRAY_SIZE(device_members), &record->devices[record->n_devices++]);
}
static void record_document(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        r->failed |= lxcnet_document_read(r->arena, node, r->faults, &((struct lxcnet_record *) object)->document, NULL) < 0;
}

#define AT(member) offsetof(struct lxcnet_record, member)
static const struct lxcnet_member record_members[] = {
        { "version", record_version, 0 },
        { "id", lxcnet_reader_text, AT(id) },
        { "pid", read_pid, AT(pid) },
        { "startTicks", read_ticks, AT(start_ticks) },
        { "held", lxcnet_reader_bool, AT(held) },
        { "devices", record_devices, 0 },
        { "document", record_document, 0 },
};

static void check_record(struct lxcnet_reader *r, const struct json_node *root, const struct lxcnet_record *record)
{
        if (!record->document && r->faults->n_errors == 0)
                fault_error(r->faults, root, NULL, "the record needs a member 'document'");
        for (size_t i = 0; record->document && i < record->n_devices; i++)
                if (record->devices[i].nic >= record->document->n_nics)
                        fault_error(r->faults, root, NULL, "device %zu is of an interface that the document does not have", i);
}

int lxcnet_record_parse(struct arena *arena, const char *text, size_t len, const char *name, struct lxcnet_record **ret,
                        struct err *e)
{
        struct faults faults = { .arena = arena, .file = name };
        struct lxcnet_reader r = { .arena = arena, .faults = &faults };
        struct lxcnet_record *record = arena_alloc(arena, sizeof *record);
        struct json_node *root;
        int result;

        if (!record)
                return err_nomem(e);
        result = json_parse(arena, text, len, name, NULL, &root, e);
        if (result < 0)
                return result;
        lxcnet_reader_object(&r, root, record_members, ARRAY_SIZE(record_members), record);
        check_record(&r, root, record);
        if (r.failed || faults.nomem)
                return err_nomem(e);
        result = faults_to_err(&faults, e);
        if (result == 0)
                *ret = record;
        return result;
}

/* ---- the state on standard input -------------------------------------------------------------------------------- */

int lxcnet_state_parse(struct arena *arena, const char *text, size_t len, struct lxcnet_state *ret, struct err *e)
{
        const struct json_node *id, *pid;
        struct lxcnet_state state = { 0 };
        struct json_node *root;
        int64_t number = 0;
        int r;

        if (len > 0) {
                r = json_parse(arena, text, len, "state on standard input", NULL, &root, e);
                if (r < 0)
                        return r;
                id = root->type == JSON_OBJECT ? json_member(root, "id") : NULL;
                pid = root->type == JSON_OBJECT ? json_member(root, "pid") : NULL;
                if (!id || id->type != JSON_STRING)
                        return err_set(e, ERR_CONFIG, EINVAL, "the state on standard input has no 'id'");
                if (pid && (pid->type != JSON_NUMBER || num_parse_range(pid->text, 0, INT32_MAX, &number) < 0))
                        return err_set(e, ERR_CONFIG, EINVAL, "the 'pid' of the state on standard input is no process id");
                state = (struct lxcnet_state) { .id = id->text, .pid = (pid_t) number };
        }
        *ret = state;
        return 0;
}
