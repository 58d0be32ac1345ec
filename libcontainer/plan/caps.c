/* SPDX-License-Identifier: Apache-2.0 */
#include "caps.h"

#include "names.h"

/* What only this host refuses.  Names that nobody knows, and sets that contradict each other, are the validator's findings. */
struct refused {
        uint64_t unknown;     /* beyond this kernel's last capability */
        uint64_t unavailable; /* not in the runtime's bounding set */
};

static uint64_t take_names(const oci_strings *names)
{
        uint64_t mask = 0;

        for (size_t i = 0; i < names->n; i++) {
                int cap;

                if (names->items[i] && name_lookup(&names_capability, names->items[i], &cap) && cap >= 0 && cap < 64)
                        mask |= UINT64_C(1) << cap;
        }
        return mask;
}

static uint64_t all_caps(unsigned last_cap) { return last_cap >= 63 ? UINT64_MAX : (UINT64_C(1) << (last_cap + 1)) - 1; }

static uint64_t grant(const oci_strings *names, uint64_t known, uint64_t available, struct refused *refused)
{
        uint64_t mask = take_names(names);

        refused->unknown |= mask & ~known;
        refused->unavailable |= mask & known & ~available;
        return mask & available;
}

void plan_caps_text(uint64_t mask, struct strbuf *out)
{
        const char *separator = "";

        if (mask == 0)
                strbuf_adds(out, "none");
        for (int cap = 0; cap < 64; cap++) {
                const char *name;

                if (!(mask & (UINT64_C(1) << cap)))
                        continue;
                strbuf_adds(out, separator);
                name = name_of(&names_capability, cap);
                if (name && str_after(name, "CAP_"))
                        for (const char *c = str_after(name, "CAP_"); *c; c++)
                                strbuf_addc(out, *c >= 'A' && *c <= 'Z' ? (char) (*c + 'a' - 'A') : *c);
                else
                        strbuf_printf(out, "%d", cap);
                separator = ",";
        }
}

static void add_names(struct strbuf *out, uint64_t mask, const char *why)
{
        const char *separator = out->len > 0 ? ", " : "";

        for (int cap = 0; cap < 64; cap++) {
                const char *name = name_of(&names_capability, cap);

                if (!(mask & (UINT64_C(1) << cap)) || !name)
                        continue;
                strbuf_printf(out, "%s%s", separator, name);
                separator = " ";
        }
        if (mask)
                strbuf_printf(out, " (%s)", why);
}

static int warn_refused(struct planner *p, const struct refused *refused)
{
        _cleanup_(strbuf_done) struct strbuf text = { 0 };

        add_names(&text, refused->unavailable, "not in the runtime's bounding set");
        add_names(&text, refused->unknown, "unknown to this kernel");
        if (text.failed)
                return -ENOMEM;
        return text.len > 0 ? planner_warn(p, "capabilities that cannot be granted were left out: %s", text.text) : 0;
}

int plan_caps_decide(struct planner *p, const struct oci_capabilities *caps, struct step_caps *ret, uint64_t *ret_bounding,
                     uint64_t *ret_present)
{
        static const struct oci_capabilities none;
        uint64_t known = all_caps(p->plan->host->last_cap);
        uint64_t available = p->plan->user_ns ? known : known & p->plan->host->bounding_caps;
        struct refused refused = { 0 };

        if (!caps)
                caps = &none;
        *ret_present = available;
        *ret_bounding = grant(&caps->bounding, known, available, &refused);
        ret->permitted = grant(&caps->permitted, known, available, &refused);
        ret->effective = grant(&caps->effective, known, available, &refused) & ret->permitted;
        ret->inheritable = grant(&caps->inheritable, known, available, &refused) & *ret_bounding;
        ret->ambient = grant(&caps->ambient, known, available, &refused) & ret->permitted & ret->inheritable;
        return warn_refused(p, &refused);
}
