/* SPDX-License-Identifier: Apache-2.0 */
#include "validate.h"

#include <inttypes.h>
#include <linux/mount.h>

#include "mount-options.h"
#include "num.h"
#include "str.h"

/* One mount while its rules are tested. */
struct mount_check {
        struct validator *v;
        const struct oci_mount *mount;
        const struct mount_fs_type *fs; /* NULL: its options are not known here */
        struct mount_flags flags;
        bool bind, ranges; /* ranges: "idmap=…" was given */
        const char *where; /* "proc on '/proc'", for sentences */
};

static void fault_option(const struct mount_check *c, const struct json_node *node, const char *hint, const char *option,
                         const char *what)
{
        fault_error(c->v->faults, node, hint, "mount option '%s' %s (%s)", option, what, c->where);
}

static void validate_unknown_option(const struct mount_check *c, const struct json_node *node, const char *option)
{
        const char *near = mount_option_nearest(option, c->bind ? NULL : c->fs);
        const char *hint = near ? hint_printf(c->v, "did you mean '%s'?", near) : NULL;

        if (!hint && c->bind)
                hint = "a bind mount takes no file system options: drop it";
        else if (!hint)
                hint = hint_printf(c->v, "drop it: %s has no such option", c->fs->type);
        fault_error(c->v->faults, node, hint, "unknown mount option '%s' (%s)", option, c->where);
}

/* The ids of the file system belong to the user namespace that mounts it: the new one. */
static void validate_option_id(const struct mount_check *c, const struct json_node *node, const char *option, bool gid,
                               const char *value)
{
        const struct oci_linux *lin = c->v->spec->linux_;
        const oci_id_mappings *mappings = !lin ? NULL : gid ? &lin->gid_mappings : &lin->uid_mappings;
        const char *kind = gid ? "gid" : "uid";
        int64_t id;

        if (num_parse_range(value, 0, UINT32_MAX - 1, &id) < 0) {
                fault_option(c, node, hint_printf(c->v, "write it as a number, as in '%s=5'", kind), option, "holds no id");
                return;
        }
        if (mappings && mappings->n > 0 && validate_has_new_ns(c->v, OCI_NS_USER) &&
            !validate_id_is_mapped(mappings, (uint32_t) id))
                fault_option(c, node,
                             hint_printf(c->v, "container %s %" PRId64 " is not in /linux/%sMappings; map it or drop '%s'", kind,
                                         id, kind, option),
                             option, hint_printf(c->v, "names a %s that is not mapped", kind) ?: "is not mapped");
}

/* memparse() of the kernel, and tmpfs' percentage. */
static bool is_size(const char *value)
{
        size_t digits = strspn(value, "0123456789");

        return digits > 0 && (value[digits] == '\0' || (strchr("kmgtpeKMGTPE%", value[digits]) && value[digits + 1] == '\0'));
}

static bool is_octal(const char *value)
{
        uint64_t mode;

        return num_parse_u64(value, strlen(value), 8, &mode) >= 0 && mode <= 07777;
}

static void validate_fs_option(const struct mount_check *c, const struct json_node *node, const char *option)
{
        const struct mount_fs_option *o = mount_fs_option_find(c->fs, option);
        const char *value = strchr(option, '=');

        if (!o) {
                validate_unknown_option(c, node, option);
                return;
        }
        value = value ? value + 1 : NULL;
        if (o->value == MOUNT_VALUE_OPTIONAL)
                return;
        if (o->value == MOUNT_VALUE_NONE) {
                if (value)
                        fault_option(c, node, hint_printf(c->v, "write '%s'", o->word), option, "takes no value");
                return;
        }
        if (str_empty(value)) {
                fault_option(c, node, hint_printf(c->v, "write '%s=…'", o->word), option, "needs a value");
                return;
        }
        if (o->value == MOUNT_VALUE_UID || o->value == MOUNT_VALUE_GID)
                validate_option_id(c, node, option, o->value == MOUNT_VALUE_GID, value);
        else if (o->value == MOUNT_VALUE_OCTAL && !is_octal(value))
                fault_option(c, node, "write the mode in octal, as in '0755'", option, "is no file mode");
        else if (o->value == MOUNT_VALUE_NUMBER && strspn(value, "0123456789") != strlen(value))
                fault_option(c, node, NULL, option, "holds no number");
        else if (o->value == MOUNT_VALUE_SIZE && !is_size(value))
                fault_option(c, node, "write a number with k, m or g behind it, as in '64m'", option, "holds no size");
}

/* Several options in one element, "mode=755,size=1m", go to the kernel as they are.  The values of LSM options and of
 * "mpol" may hold commas of their own. */
static void validate_fs_options(const struct mount_check *c, const struct json_node *node, const char *text)
{
        char part[256];

        while (*text) {
                size_t len = strcspn(text, ",");

                if (text[len] == '\0' || strstr(text, "context=") || strstr(text, "mpol=") || len >= sizeof part) {
                        validate_fs_option(c, node, text);
                        return;
                }
                memcpy(part, text, len);
                part[len] = '\0';
                validate_fs_option(c, node, part);
                text += len + 1;
        }
}

static void validate_idmap_ranges(const struct mount_check *c, const struct json_node *node, const char *option)
{
        if (!str_after(option, "idmap=/") && mount_idmap_parse(option, NULL, NULL) < 0)
                fault_option(c, node, "write ranges as ID-HOSTID-COUNT: 'idmap=uids=0-1000-10#10-2000-5;gids=0-1000-10'", option,
                             "holds no valid id ranges");
}

static void collect_options(struct mount_check *c)
{
        for (size_t i = 0; i < c->mount->options.n; i++) {
                const char *option = c->mount->options.items[i];
                const struct mount_option *o = option ? mount_option_find(option) : NULL;

                if (!o)
                        continue;
                mount_option_apply(o, &c->flags);
                c->ranges |= o->kind == MOUNT_OPTION_IDMAP_RANGES;
        }
}

/* Words that are not the runtime's, or carry a value: bind mounts take none (the kernel would ignore them), some file systems have a list
 * that is known, of the others the kernel judges. */
static void validate_options(const struct mount_check *c)
{
        const struct json_node *cursor = place_children(c->mount->at, "options");

        for (size_t i = 0; i < c->mount->options.n; i++) {
                const char *option = c->mount->options.items[i];
                const struct mount_option *o = option ? mount_option_find(option) : NULL;
                const struct json_node *node;

                if (!option || (o && o->kind != MOUNT_OPTION_IDMAP_RANGES))
                        continue;
                node = place_next_string(&cursor, option);
                if (o)
                        validate_idmap_ranges(c, node, option);
                else if (option[0] == '\0')
                        fault_error(c->v->faults, node, "drop it", "mount option is empty (%s)", c->where);
                else if (c->bind)
                        validate_unknown_option(c, node, option);
                else if (c->fs)
                        validate_fs_options(c, node, option);
        }
}

static void validate_destination(const struct mount_check *c)
{
        const char *destination = c->mount->destination;
        const struct json_node *node = place_member(c->mount->at, "destination");

        validate_required(c->v, c->mount->at, destination, "mount", "destination");
        if (destination && destination[0] == '\0')
                fault_error(c->v->faults, node, "write the path in the container", "mount destination is empty");
        else if (destination && destination[0] != '/')
                fault_warning(c->v->faults, node, hint_printf(c->v, "write '/%s'", destination),
                              "mount destination '%s' is relative, which is deprecated: it is taken from '/'", destination);
}

static void validate_source_and_type(const struct mount_check *c)
{
        const struct oci_mount *m = c->mount;
        bool changes_only = (c->flags.ms & MS_REMOUNT) || (c->flags.propagation && str_empty(m->source));

        if (c->bind && !(c->flags.ms & MS_BIND))
                fault_warning(c->v->faults, place_member(m->at, "type"), "add 'bind' or 'rbind' to the options",
                              "mount type 'bind' without option 'bind' or 'rbind' is taken as 'bind' (%s)", c->where);
        if (c->bind && str_empty(m->source) && !(c->flags.ms & MS_REMOUNT))
                fault_error(c->v->faults, place_member(m->at, "source"), "name the file or directory to bind in 'source'",
                            "bind mount has no source (%s)", c->where);
        if (!c->bind && !changes_only && (str_empty(m->type) || streq(m->type, "none")))
                fault_error(c->v->faults, place_member(m->at, "type"),
                            "name the file system in 'type', or add 'bind' or 'rbind' to the options",
                            "mount has no file system type and is no bind mount (%s)", c->where);
        if (c->flags.copy_up && (c->bind || !streq_ptr(m->type, "tmpfs")))
                fault_error(c->v->faults, place_member(m->at, "options"), "drop 'tmpcopyup', or use the type 'tmpfs'",
                            "mount option 'tmpcopyup' works for tmpfs only (%s)", c->where);
}

/* config.md "Linux mount options", idmap; mount_setattr(2). */
static void validate_idmap(const struct mount_check *c)
{
        const struct oci_mount *m = c->mount;
        bool uids = m->uid_mappings.n > 0, gids = m->gid_mappings.n > 0;

        validate_id_mappings(c->v, m->at, "uidMappings", &m->uid_mappings);
        validate_id_mappings(c->v, m->at, "gidMappings", &m->gid_mappings);
        if (uids != gids)
                fault_error(c->v->faults, place_member(m->at, uids ? "uidMappings" : "gidMappings"),
                            uids ? "add 'gidMappings'" : "add 'uidMappings'", "mount has %s but no %s (%s)",
                            uids ? "uidMappings" : "gidMappings", uids ? "gidMappings" : "uidMappings", c->where);
        if ((uids || gids) && !c->flags.idmap)
                fault_warning(c->v->faults, place_member(m->at, uids ? "uidMappings" : "gidMappings"),
                              "add 'idmap' or 'ridmap' to the options, so that no runtime ignores the mappings",
                              "mount has id mappings without option 'idmap' or 'ridmap' (%s)", c->where);
        if (c->flags.idmap && !uids && !gids && !c->ranges && !validate_has_ns(c->v, OCI_NS_USER))
                fault_error(c->v->faults, place_member(m->at, "options"),
                            "add 'uidMappings' and 'gidMappings' to the mount, or a user namespace",
                            "mount option 'idmap' or 'ridmap' has no mapping to apply: the mount has none and there is no user namespace (%s)",
                            c->where);
        if ((c->flags.idmap || uids || gids) && !c->bind)
                fault_error(c->v->faults, place_member(m->at, c->flags.idmap ? "options" : uids ? "uidMappings" : "gidMappings"),
                            "bind a mounted file system instead", "id mapping works for bind mounts only (%s)", c->where);
}

static void validate_mount(struct validator *v, const struct oci_mount *m)
{
        struct mount_check c = { .v = v, .mount = m };
        const char *type;

        c.where = hint_printf(v, "%s on '%s'", str_empty(m->type) ? "no type" : m->type, m->destination ?: "") ?: "";
        collect_options(&c);
        c.bind = (c.flags.ms & MS_BIND) || streq_ptr(m->type, "bind");
        type = c.bind ? NULL : m->type;
        if (c.bind)
                c.where = hint_printf(v, "bind on '%s'", m->destination ?: "") ?: "";
        c.fs = mount_fs_type_find(type);
        validate_destination(&c);
        validate_source_and_type(&c);
        validate_options(&c);
        validate_idmap(&c);
}

void validate_mounts(struct validator *v)
{
        const struct oci_spec *spec = v->spec;

        for (size_t i = 0; i < spec->mounts.n; i++)
                validate_mount(v, &spec->mounts.items[i]);
        if (spec->mounts.n > 0 && !validate_has_ns(v, OCI_NS_MOUNT))
                fault_error(v->faults, place_member(spec->at, "mounts"), "add { \"type\": \"mount\" } to /linux/namespaces",
                            "mounts need a mount namespace: without it they would be the host's");
}
