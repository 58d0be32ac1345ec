/* SPDX-License-Identifier: Apache-2.0 */
/* The list of allowed devices.  An OCI runtime goes by the last rule that matches; LXC has a default and exceptions to it, so
 * that the list is worked out into these first. */
#include <inttypes.h>

#include "from-job.h"

enum { READ = 1, WRITE = 2, MKNOD = 4, ALL = READ | WRITE | MKNOD, ANY = -1 };

struct exception { char type; int64_t major, minor; unsigned access; const char *pointer; };

struct device_set {
        struct lxc_from *f;
        bool allow_others;
        const char *default_pointer; /* of the rule that made it so; NULL: none */
        OCI_LIST(struct exception) exceptions;
        bool strict; /* nothing is added to the document's list */
};

static bool covers(const struct exception *outer, const struct exception *inner)
{
        return (outer->type == 'a' || outer->type == inner->type) && (outer->major == ANY || outer->major == inner->major) &&
               (outer->minor == ANY || outer->minor == inner->minor);
}

static bool overlaps(const struct exception *a, const struct exception *b)
{
        return (a->type == 'a' || b->type == 'a' || a->type == b->type) && (a->major == ANY || b->major == ANY || a->major == b->major) &&
               (a->minor == ANY || b->minor == ANY || a->minor == b->minor);
}

static void except(struct device_set *set, const struct exception *e)
{
        struct exception *grown;

        for (size_t i = 0; i < set->exceptions.n; i++) {
                struct exception *x = &set->exceptions.items[i];

                if (x->access && covers(x, e) && covers(e, x)) {
                        x->access |= e->access;
                        lxc_from_told(set->f, e->pointer);
                        return;
                }
        }
        grown = arena_grow_array(set->f->arena, set->exceptions.items, set->exceptions.n, sizeof *grown);
        set->f->nomem |= !grown;
        if (!grown)
                return;
        set->exceptions.items = grown;
        grown[set->exceptions.n++] = *e;
}

/* A rule that agrees with the default takes back exceptions; of a wide one it cannot take a part. */
static void unexcept(struct device_set *set, const struct exception *e)
{
        bool split = false;

        for (size_t i = 0; i < set->exceptions.n; i++) {
                struct exception *x = &set->exceptions.items[i];

                if (covers(e, x))
                        x->access &= ~e->access;
                else if (overlaps(e, x) && (e->access & x->access))
                        split = true;
        }
        if (split)
                lxc_from_say(set->f, LXC_IMPOSSIBLE, set->allow_others ? LXC_WARN : LXC_ERROR, e->pointer,
                             "LXC cannot make an exception to an exception: the earlier rule stands as it is");
        else
                lxc_from_told(set->f, e->pointer);
}

static unsigned access_of(const char *text)
{
        if (!text)
                return ALL;
        return (strchr(text, 'r') ? READ : 0) | (strchr(text, 'w') ? WRITE : 0) | (strchr(text, 'm') ? MKNOD : 0);
}

static void apply(struct device_set *set, const struct oci_device_rule *r, size_t index)
{
        struct exception e = {
                .type = r->type.set ? (char) r->type.value : 'a', .major = r->major.set ? r->major.value : ANY, .minor = r->minor.set ? r->minor.value : ANY,
                .access = access_of(r->access), .pointer = lxc_from_text(set->f, "/linux/resources/devices/%zu", index),
        };

        if (e.type == 'a' && e.major == ANY && e.minor == ANY && e.access == ALL) {
                for (size_t i = 0; i < set->exceptions.n; i++)
                        lxc_from_told(set->f, set->exceptions.items[i].pointer);
                if (set->default_pointer)
                        lxc_from_told(set->f, set->default_pointer);
                set->exceptions.n = 0;
                set->allow_others = r->allow.value;
                set->default_pointer = e.pointer;
        } else if (r->allow.value == set->allow_others) {
                unexcept(set, &e);
        } else {
                except(set, &e);
        }
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const char *rule_text(struct lxc_from *f, const struct exception *e)
{
        static const char *const accesses[] = { "", "r", "w", "rw", "m", "rm", "wm", "rwm" };
        const char *major = e->major == ANY ? "*" : lxc_from_text(f, "%" PRId64, e->major), *minor = e->minor == ANY ? "*" : lxc_from_text(f, "%" PRId64, e->minor);

        return lxc_from_text(f, "%c %s:%s %s", e->type, major, minor, accesses[e->access]);
}

/* What OCI runtimes allow beside the list. */
static void put_standard(struct device_set *set)
{
        static const struct exception standard[] = {
                { 'c', ANY, ANY, MKNOD, NULL }, { 'b', ANY, ANY, MKNOD, NULL }, { 'c', 1, 3, ALL, NULL }, { 'c', 1, 5, ALL, NULL }, { 'c', 1, 7, ALL, NULL },
                { 'c', 1, 8, ALL, NULL },       { 'c', 1, 9, ALL, NULL },       { 'c', 5, 0, ALL, NULL }, { 'c', 5, 2, ALL, NULL }, { 'c', 136, ANY, ALL, NULL },
                { 'c', 10, 200, ALL, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(standard); i++) {
                bool known = false;

                for (size_t k = 0; k < set->exceptions.n; k++)
                        known |= covers(&set->exceptions.items[k], &standard[i]) && !(standard[i].access & ~set->exceptions.items[k].access);
                if (!known)
                        lxc_from_more(set->f, "lxc.cgroup2.devices.allow", rule_text(set->f, &standard[i]));
        }
}

static void put_default(struct device_set *set, size_t n_live)
{
        struct lxc_from *f = set->f;
        const char *pointer = set->default_pointer ?: "/linux/resources/devices", *key = set->allow_others ? "lxc.cgroup2.devices.allow" : "lxc.cgroup2.devices.deny";

        if (set->allow_others && n_live == 0) {
                lxc_from_say(f, LXC_EXACT, LXC_INFO, pointer, "LXC restricts no device without a rule");
                return;
        }
        lxc_from_exact(f, pointer, key, "a");
        if (set->allow_others)
                return;
        if (!set->strict)
                put_standard(set);
        else if (n_live == 0)
                lxc_from_more(f, "lxc.cgroup2.devices.allow", "c 0:0 m"); /* without any rule LXC would set no filter */
}

void lxc_from_devices(struct lxc_from *f)
{
        const struct oci_resources *r = f->spec->linux_->resources;
        const char *strict = lxc_from_annotation(f, "berth.devices.strict");
        struct device_set set = { .f = f, .strict = strict && streq(strict, "true") };
        size_t n_live = 0;

        if (f->from_lxc && (!r || r->devices.n == 0))
                return;
        for (size_t i = 0; r && i < r->devices.n; i++)
                apply(&set, &r->devices.items[i], i);
        for (size_t i = 0; i < set.exceptions.n; i++)
                n_live += set.exceptions.items[i].access != 0;
        put_default(&set, n_live);
        for (size_t i = 0; i < set.exceptions.n; i++) {
                const struct exception *e = &set.exceptions.items[i];
                bool partial = set.allow_others && e->access != ALL;

                if (!e->access)
                        lxc_from_told(f, e->pointer);
                else
                        lxc_from_line(f, partial ? LXC_NEARLY : LXC_EXACT, partial ? LXC_WARN : LXC_INFO, e->pointer,
                                      set.allow_others ? "lxc.cgroup2.devices.deny" : "lxc.cgroup2.devices.allow", rule_text(f, e),
                                      partial ? "LXC lets an access through that asks for more than what is denied" : NULL);
        }
        lxc_from_told(f, "/annotations/berth.devices.strict");
}
