/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as people, golden files and programs read it: exactly the table that the executor runs.
 * Layer: plan, pure. */
#ifndef BERTH_PLAN_DUMP_H
#define BERTH_PLAN_DUMP_H

#include "plan.h"
#include "str.h"

/* A table with a head line, a row a step:
 *       #  context  phase    step         arguments                               origin
 *       4  parent   spawn    idmap.write  uid 0->100000 x65536  gid 0->100000 ... /linux/uidMappings
 */
void plan_dump_text(const struct plan *plan, struct strbuf *out);
/* {"warnings":[...],"steps":[{"row":4,"context":"parent","phase":"spawn","step":"idmap.write","arguments":"...",
 * "origin":"/linux/uidMappings"}]}, a newline at the end. */
void plan_dump_json(const struct plan *plan, struct strbuf *out);

/* STEP's arguments column. */
void plan_describe(const struct plan *plan, const struct step *step, struct strbuf *out);

#endif
