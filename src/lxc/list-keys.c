/* SPDX-License-Identifier: Apache-2.0 */
/* The key table for people. */
#include "convert.h"

static void add_versions(int since, int until, struct strbuf *out)
{
        char text[8];

        strbuf_adds(out, lxc_era_format(since, text));
        strbuf_adds(out, "-");
        if (until)
                strbuf_adds(out, lxc_era_format(until, text));
}

static void add_name(const char *name, struct strbuf *out)
{
        strbuf_printf(out, "%s%s", name, name[strlen(name) - 1] == '.' ? "*" : "");
}

void lxc_list_keys(struct strbuf *out)
{
        for (size_t i = 0; i < LXC_N_KEYS; i++) {
                const struct lxc_key *row = &lxc_keys[i];

                add_name(row->name, out);
                strbuf_addc(out, '\t');
                add_versions(row->since, row->until, out);
                strbuf_addc(out, '\t');
                if (row->legacy) {
                        add_name(row->legacy, out);
                        strbuf_addc(out, ' ');
                        add_versions(row->legacy_since, LXC_ERA_BOTH, out);
                } else {
                        strbuf_addc(out, '-');
                }
                strbuf_printf(out, "\t%s\t%s\t%s\t%s\n", lxc_kind_name(row), lxc_class_name(row->cls), row->becomes,
                              row->remark ?: "-");
        }
}

/* TEXT for roff: a backslash or a dot at the start means something there, and '-' would be typeset as a hyphen. */
static void add_roff(const char *text, struct strbuf *out)
{
        for (; *text; text++)
                if (*text == '\\')
                        strbuf_adds(out, "\\e");
                else if (*text == '-')
                        strbuf_adds(out, "\\-");
                else
                        strbuf_addc(out, *text);
}

void lxc_list_keys_roff(struct strbuf *out)
{
        char text[8];

        for (size_t i = 0; i < LXC_N_KEYS; i++) {
                const struct lxc_key *row = &lxc_keys[i];
                bool family = row->name[strlen(row->name) - 1] == '.';

                strbuf_adds(out, ".TP\n.B ");
                add_roff(row->name, out);
                strbuf_printf(out, "%s\n", family ? "*" : "");
                add_roff(lxc_kind_name(row), out);
                strbuf_printf(out, "; since LXC %s", lxc_era_format(row->since, text));
                if (row->until)
                        strbuf_printf(out, ", up to %s", lxc_era_format(row->until, text));
                if (row->legacy) {
                        strbuf_printf(out, "; as \\fB");
                        add_roff(row->legacy, out);
                        strbuf_printf(out, "%s\\fR since %s", family ? "*" : "", lxc_era_format(row->legacy_since, text));
                }
                strbuf_printf(out, ".\n.br\n%s: ", lxc_class_name(row->cls));
                add_roff(row->becomes, out);
                strbuf_adds(out, ".\n");
                if (row->remark) {
                        strbuf_adds(out, "Note: ");
                        add_roff(row->remark, out);
                        strbuf_adds(out, ".\n");
                }
        }
}
