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

/* ESC and the like, and the controls of ISO 6429 that UTF-8 has as U+0080 to U+009F. */
static size_t control_len(const char *text, size_t len)
{
        const unsigned char *u = (const unsigned char *) text;

        if (u[0] < ' ' || u[0] == 0x7f)
                return 1;
        return len > 1 && u[0] == 0xc2 && u[1] >= 0x80 && u[1] < 0xa0 ? 2 : 0;
}

void lxc_add_plain(struct strbuf *out, const char *text, size_t len)
{
        for (size_t i = 0; i < len;) {
                size_t n = control_len(text + i, len - i);

                strbuf_addc(out, n == 0 ? text[i] : text[i] == '\t' ? ' ' : '?');
                i += MAX(n, (size_t) 1);
        }
}
