/* SPDX-License-Identifier: Apache-2.0 */
#include "document.h"

#include <string.h>

#include "lxc-script.h"
#include "reader.h"
#include "str.h"

static void document_version(struct lxcnet_reader *r, const struct json_node *node, void *object _unused_)
{
        if (lxcnet_reader_is_type(r, node, JSON_NUMBER) && !streq(node->text, "1"))
                fault_error(r->faults, node, "this berth understands version 1", "unknown version %s", node->text);
}
static void document_hook_version(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        lxcnet_reader_number(r, node, 1, &((struct lxcnet_document *) object)->hook_version);
}
static void document_era(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_document *d = object;

        if (lxcnet_reader_is_type(r, node, JSON_STRING) && lxc_script_parse_era(node->text, &d->era) < 0)
                fault_error(r->faults, node, "write it like '1.0'", "'%s' is no version of LXC", node->text);
}
static void document_interfaces(struct lxcnet_reader *r, const struct json_node *node, void *object)
{
        struct lxcnet_document *d = object;

        if (!lxcnet_reader_is_type(r, node, JSON_ARRAY) || !(d->nics = lxcnet_reader_make_room(r, node, NULL, 0, sizeof *d->nics)))
                return;
        for (const struct json_node *child = node->first; child; child = child->next)
                lxcnet_nic_read(r, child, &d->nics[d->n_nics++]);
}

#define AT(member) offsetof(struct lxcnet_document, member)
static const struct lxcnet_member document_members[] = {
        { "version", document_version, 0 },
        { "name", lxcnet_reader_text, AT(name) },
        { "hookVersion", document_hook_version, 0 },
        { "era", document_era, 0 },
        { "config", lxcnet_reader_text, AT(config) },
        { "rootfsPath", lxcnet_reader_text, AT(rootfs_path) },
        { "rootfsMount", lxcnet_reader_text, AT(rootfs_mount) },
        { "interfaces", document_interfaces, 0 },
};

int lxcnet_document_read(struct arena *arena, const struct json_node *node, struct faults *faults, struct lxcnet_document **ret,
                         struct err *e)
{
        static const char *const required[] = { "version", "name", "interfaces" };
        enum { NEWEST_ERA = 70 };
        struct lxcnet_reader r = { .arena = arena, .faults = faults };
        struct lxcnet_document *document = arena_alloc(arena, sizeof *document);

        if (!document)
                return err_nomem(e);
        *document = (struct lxcnet_document) { .node = node, .era = NEWEST_ERA };
        lxcnet_reader_object(&r, node, document_members, ARRAY_SIZE(document_members), document);
        for (size_t i = 0; node->type == JSON_OBJECT && i < ARRAY_SIZE(required); i++)
                if (!json_member(node, required[i]))
                        fault_error(faults, node, NULL, "the document needs a member '%s'", required[i]);
        if (r.failed || faults->nomem)
                return err_nomem(e);
        *ret = document;
        return 0;
}

int lxcnet_document_parse(struct arena *arena, const char *text, size_t len, struct faults *faults, struct lxcnet_document **ret,
                          struct err *e)
{
        struct json_node *root;
        int r = json_parse(arena, text, len, faults->file, NULL, &root, e);

        return r < 0 ? r : lxcnet_document_read(arena, root, faults, ret, e);
}
