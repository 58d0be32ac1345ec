/* SPDX-License-Identifier: Apache-2.0 */
/* Which devices the container may touch: the config's rules in their order, then the devices that every container has. */
#include <string.h>

#include "cgroup-settings.h"

enum { ALL = CGROUP_DEV_ALL, ANY = CGROUP_DEV_ANY };

/* Making device nodes is allowed, opening them is not: a node alone gives no access.  The rest is what a Linux program
 * takes for granted; tun has been taken away by a runtime once and had to come back. */
static const struct cgroup_device_rule defaults[] = {
        { true, 'c', ANY, ANY, CGROUP_DEV_MKNOD },
        { true, 'b', ANY, ANY, CGROUP_DEV_MKNOD },
        { true, 'c', 1, 3, ALL },     /* null */
        { true, 'c', 1, 5, ALL },     /* zero */
        { true, 'c', 1, 7, ALL },     /* full */
        { true, 'c', 1, 8, ALL },     /* random */
        { true, 'c', 1, 9, ALL },     /* urandom */
        { true, 'c', 5, 0, ALL },     /* tty */
        { true, 'c', 5, 2, ALL },     /* ptmx */
        { true, 'c', 136, ANY, ALL }, /* pts/N */
        { true, 'c', 10, 200, ALL },  /* net/tun */
};

struct rules {
        struct planner *p;
        struct cgroup_device_rule *items;
        size_t n;
        bool allow_others;
};

static int add_rule(struct rules *rules, struct cgroup_device_rule rule)
{
        struct cgroup_device_rule *grown = arena_grow_array(rules->p->arena, rules->items, rules->n, sizeof *grown);

        if (!grown)
                return -ENOMEM;
        rules->items = grown;
        grown[rules->n++] = rule;
        return 0;
}

static bool is_everything(const struct cgroup_device_rule *r)
{
        return r->type == 'a' && r->major == ANY && r->minor == ANY && r->access == ALL;
}

/* Everything that INNER matches is matched by OUTER. */
static bool covers(const struct cgroup_device_rule *outer, const struct cgroup_device_rule *inner)
{
        return (outer->type == 'a' || outer->type == inner->type) && (outer->major == ANY || outer->major == inner->major) &&
               (outer->minor == ANY || outer->minor == inner->minor);
}

static bool overlaps(const struct cgroup_device_rule *a, const struct cgroup_device_rule *b)
{
        return (a->type == 'a' || b->type == 'a' || a->type == b->type) &&
               (a->major == ANY || b->major == ANY || a->major == b->major) &&
               (a->minor == ANY || b->minor == ANY || a->minor == b->minor);
}

/* ------------------------------------------------------------------------------------------------------------------
 * In order, for a program */

static int in_order(struct rules *to, const struct cgroup_device_rule *rules, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                bool decided = to->n == 0 && rules[i].allow == to->allow_others;

                if (is_everything(&rules[i])) {
                        to->allow_others = rules[i].allow;
                        to->n = 0;
                } else if (!decided && rules[i].access && add_rule(to, rules[i]) < 0) {
                        return -ENOMEM;
                }
        }
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * As exceptions, for a v1 hierarchy.  The kernel keeps a default and a set of exceptions to it; a rule that agrees with the
 * default removes the very same exception, or does nothing at all if it is narrower than one: it would be lost.  An access
 * is allowed by one exception that has all its bits. */

static int except(struct rules *to, struct cgroup_device_rule rule)
{
        for (size_t i = 0; i < to->n; i++) {
                struct cgroup_device_rule *x = &to->items[i];

                if (covers(x, &rule) && covers(&rule, x)) {
                        x->access |= rule.access;
                        return 0;
                }
        }
        return add_rule(to, rule);
}

/* Take RULE's bits away from the exceptions that it covers.  -EINVAL if one would have to be split. */
static int unexcept(struct rules *to, const struct cgroup_device_rule *rule)
{
        size_t kept = 0;

        for (size_t i = 0; i < to->n; i++) {
                struct cgroup_device_rule x = to->items[i];

                if (covers(rule, &x))
                        x.access &= ~rule->access;
                else if (overlaps(rule, &x) && (rule->access & x.access))
                        return -EINVAL;
                if (x.access)
                        to->items[kept++] = x;
        }
        to->n = kept;
        return 0;
}

static int add_exception(struct rules *to, const struct cgroup_device_rule *rule)
{
        static const char types[] = { 'c', 'b' };
        int r = 0;

        if (is_everything(rule)) {
                to->allow_others = rule->allow;
                to->n = 0;
                return 0;
        }
        /* The kernel takes 'a' for everything, whatever else the rule says. */
        for (size_t t = 0; r == 0 && t < ARRAY_SIZE(types); t++) {
                struct cgroup_device_rule one = *rule;

                if (rule->type != 'a' && rule->type != types[t])
                        continue;
                one.type = types[t];
                r = rule->allow == to->allow_others ? unexcept(to, &one) : except(to, one);
        }
        return r;
}

/* Where the exceptions A and B meet, an access may need bits of both: to read and to write.  Making a node is a question of
 * its own.  1 changed something, 0, -ENOMEM. */
static int merge_two(struct rules *to, size_t i, size_t j)
{
        struct cgroup_device_rule a = to->items[i], b = to->items[j];
        size_t n = to->n;

        a.access &= CGROUP_DEV_READ | CGROUP_DEV_WRITE;
        if (!overlaps(&a, &b) || (a.access | b.access) == b.access)
                return 0;
        if (covers(&a, &b)) {
                to->items[j].access |= a.access;
                return 1;
        }
        if (covers(&b, &a) || (a.access | b.access) == a.access)
                return 0;
        /* They cross: the place where they do gets an exception of its own. */
        a.major = a.major == ANY ? b.major : a.major;
        a.minor = a.minor == ANY ? b.minor : a.minor;
        a.access |= b.access;
        return except(to, a) < 0 ? -ENOMEM : to->n > n;
}

static int merge_access(struct rules *to)
{
        enum { MOST = 4096 };

        for (bool again = true; again && to->n < MOST;) {
                again = false;
                for (size_t i = 0; i < to->n; i++)
                        for (size_t j = 0; j < to->n; j++) {
                                int r = merge_two(to, i, j);

                                if (r < 0)
                                        return r;
                                again = again || r > 0;
                        }
        }
        return 0;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static unsigned access_of(const char *text)
{
        if (!text)
                return ALL;
        return (strchr(text, 'r') ? CGROUP_DEV_READ : 0) | (strchr(text, 'w') ? CGROUP_DEV_WRITE : 0) |
               (strchr(text, 'm') ? CGROUP_DEV_MKNOD : 0);
}

static bool number_of(struct opt_i64 number, int32_t *ret)
{
        *ret = number.set ? (int32_t) number.value : ANY;
        return !number.set || (number.value >= ANY && number.value <= INT32_MAX);
}

/* The config's rules, then the defaults unless the annotation berth.devices.strict keeps them away, as plain values. */
static int collect(struct rules *all, const struct oci_resources *res, bool strict)
{
        for (size_t i = 0; res && i < res->devices.n; i++) {
                const struct oci_device_rule *d = &res->devices.items[i];
                struct cgroup_device_rule rule = {
                        .allow = d->allow.value,
                        .type = d->type.set ? (char) d->type.value : 'a',
                        .access = access_of(d->access),
                };

                /* Impossible ones stay in the list, without effect, so that index tells the place in the config. */
                if (!number_of(d->major, &rule.major) || !number_of(d->minor, &rule.minor))
                        rule.access = 0;
                if (add_rule(all, rule) < 0)
                        return -ENOMEM;
        }
        for (size_t i = 0; !strict && i < ARRAY_SIZE(defaults); i++)
                if (add_rule(all, defaults[i]) < 0)
                        return -ENOMEM;
        return 0;
}

/* Take from each rule the bits that later rules decide otherwise for all that it matches: they are without effect, and on v1
 * they would only be in the way.  A rule that later ones repeat as a whole goes; of others nothing does, so that v1 shows
 * them as they were written.  Long lists keep what they have: the work grows with the square. */
static void drop_dead_bits(struct rules *all)
{
        enum { NEAR = 256 };

        for (size_t i = 0; i < all->n; i++)
                for (size_t j = i + 1; j < all->n && j - i < NEAR && !is_everything(&all->items[i]); j++) {
                        struct cgroup_device_rule *x = &all->items[i];
                        const struct cgroup_device_rule *later = &all->items[j];

                        if (covers(later, x) && (later->allow != x->allow || !(x->access & ~later->access)))
                                x->access &= ~later->access;
                }
}

static int as_exceptions(struct rules *to, const struct rules *all, const struct oci_resources *res, struct err *e)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < all->n; i++) {
                r = all->items[i].access ? add_exception(to, &all->items[i]) : 0;
                if (r == -EINVAL) {
                        cgroup_fault(to->p, res && i < res->devices.n ? res->devices.items[i].at.node : NULL, ERR_HOST, EINVAL, e,
                                     "the v1 devices controller cannot express this rule after the ones before it");
                        err_hint(e, "it can take away only what one earlier rule gave: give the narrow devices, not all and then "
                                    "less; cgroup v2 has no such limit");
                        return r;
                }
        }
        if (r == 0 && !to->allow_others)
                r = merge_access(to);
        return r < 0 ? err_nomem(e) : 0;
}

/* An unprivileged runtime may be unable to install a filter.  In a user namespace that is no loss: the kernel gives device
 * access to nobody there by itself.  Outside of one, no rule of the config may go lost. */
static bool may_do_without(const struct host *host, const struct oci_resources *res)
{
        if (host->in_user_ns)
                return true;
        for (size_t i = 0; res && i < res->devices.n; i++)
                if (!res->devices.items[i].allow.value || access_of(res->devices.items[i].access) != ALL)
                        return false;
        return host->euid != 0;
}

int plan_cgroup_devices(struct planner *p, const struct oci_resources *res, bool v1, const struct cgroup_device_policy **ret,
                        struct err *e)
{
        struct cgroup_device_policy *policy = arena_alloc(p->arena, sizeof *policy);
        /* What no rule of the config mentions is denied; in a list that is taken as it is, what none denies is allowed, as in
         * a v1 hierarchy that nobody has written to. */
        bool strict = p->plan->spec->extensions.strict_device_rules;
        struct rules all = { .p = p }, result = { .p = p, .allow_others = strict };
        int r;

        if (!policy || collect(&all, res, strict) < 0)
                return err_nomem(e);
        drop_dead_bits(&all);
        r = v1 ? as_exceptions(&result, &all, res, e) : in_order(&result, all.items, all.n);
        if (r < 0)
                return r == -ENOMEM ? err_nomem(e) : r;
        *policy = (struct cgroup_device_policy) { result.allow_others, may_do_without(p->plan->host, res), result.items, result.n };
        *ret = policy;
        return 0;
}
