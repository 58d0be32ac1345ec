/* SPDX-License-Identifier: Apache-2.0 */
/* Texts for notes, and handing a note over.
 * Owns: nothing; texts live in the arena.  Layer: src/lxc, pure. */
#ifndef BERTH_LXC_TEXT_H
#define BERTH_LXC_TEXT_H

#include "arena.h"
#include "note.h"
#include "str.h"

void lxc_note_add(const struct lxc_notes *notes, const struct lxc_note *note);

/* TEXT for a sentence: control characters escaped, cut when long; "" for NULL and when memory is short. */
const char *lxc_shown(struct arena *arena, const char *text);
/* LEN bytes of TEXT for a terminal: '?' for what could steer it, a blank for a tab. */
void lxc_add_plain(struct strbuf *out, const char *text, size_t len);
/* TEXT as a JSON string, for a note's .value; NULL when memory is short. */
const char *lxc_json_string(struct arena *arena, const char *text);

#endif
