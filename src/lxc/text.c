/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "str.h"

void lxc_note_add(const struct lxc_notes *notes, const struct lxc_note *note)
{
        if (notes->add)
                notes->add(notes->arg, note);
}

const char *lxc_shown(struct arena *arena, const char *text)
{
        enum { LONGEST = 80, UTF8_LONGEST = 4 };
        _cleanup_(strbuf_done) struct strbuf b = { 0 };
        size_t i = 0;

        /* A cut falls between characters, or bytes that are none. */
        for (; text && text[i] && (i < LONGEST || (((unsigned char) text[i] & 0xc0) == 0x80 && i < LONGEST + UTF8_LONGEST)); i++)
                if ((unsigned char) text[i] < 0x20 || text[i] == 0x7f)
                        strbuf_printf(&b, "\\x%02x", (unsigned char) text[i]);
                else
                        strbuf_addc(&b, text[i]);
        if (text && text[i])
                strbuf_adds(&b, "…");
        return b.failed ? "" : arena_strdup(arena, b.text ?: "") ?: "";
}

const char *lxc_json_string(struct arena *arena, const char *text)
{
        _cleanup_(strbuf_done) struct strbuf b = { 0 };

        strbuf_add_json(&b, text);
        return b.failed ? NULL : arena_strdup(arena, b.text);
}
