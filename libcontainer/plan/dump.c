/* SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"

#include "cgroup.h"
#include "devices.h"
#include "hooks.h"
#include "json/tree.h"
#include "lsm.h"
#include "mounts.h"
#include "net.h"
#include "ns.h"
#include "process.h"
#include "rootfs.h"
#include "seccomp.h"
#include "terminal.h"

static void describe_state(const struct plan *plan, const struct step *step, struct strbuf *out)
{
        if (step->op == PLAN_PIDFILE_WRITE || step->op == PLAN_PIDFD_SEND)
                strbuf_printf(out, "'%s'", step->u.text);
        else
                strbuf_printf(out, "'%s'", plan->request->id);
}

static void describe_source(const struct step *step, struct strbuf *out)
{
        if (streq_ptr(step->kind, "rootfs"))
                plan_rootfs_describe(step, out);
        else if (streq_ptr(step->kind, "device"))
                plan_devices_describe(step, out);
        else
                plan_mounts_describe(step, out);
}

void plan_describe(const struct plan *plan, const struct step *step, struct strbuf *out)
{
        switch (step->op) {
        case PLAN_RECORD_INTENT:
        case PLAN_RECORD_COMPLETE:
        case PLAN_PIDFILE_WRITE:
        case PLAN_PIDFD_SEND:
                describe_state(plan, step, out);
                break;
        case PLAN_SYNC_SEND:
        case PLAN_SYNC_WAIT:
                strbuf_adds(out, plan_sync_name(step->u.sync));
                break;
        case PLAN_MID_CLONE:
        case PLAN_INIT_CLONE:
        case PLAN_IDMAP_WRITE:
        case PLAN_NS_JOIN:
        case PLAN_NS_UNSHARE:
        case PLAN_TIME_OFFSET:
                plan_ns_describe(step, plan, out);
                break;
        case PLAN_CGROUP_CREATE ... PLAN_CGROUP_DELEGATE:
                plan_cgroup_describe(step, out);
                break;
        case PLAN_SOURCE_OPEN:
                describe_source(step, out);
                break;
        case PLAN_MOUNT_ATTACH:
                plan_mounts_describe(step, out);
                break;
        case PLAN_DEVICE_CREATE:
        case PLAN_DEVICE_LINK:
                plan_devices_describe(step, out);
                break;
        case PLAN_ROOTFS_PROPAGATION:
        case PLAN_ROOTFS_BIND:
        case PLAN_ROOTFS_OPTIONS:
        case PLAN_ROOTFS_PIVOT ... PLAN_PATH_MASK:
                plan_rootfs_describe(step, out);
                break;
        case PLAN_LOOPBACK_UP ... PLAN_RDT_ASSIGN:
                plan_net_describe(step, out);
                break;
        case PLAN_HOOK_OUTPUT:
        case PLAN_HOOK_RUN:
                plan_hooks_describe(step, out);
                break;
        case PLAN_TERMINAL_CONNECT ... PLAN_STDIO_CHOWN:
                plan_terminal_describe(step, out);
                break;
        case PLAN_LABEL_SET:
                plan_lsm_describe(step, out);
                break;
        case PLAN_SECCOMP_COMPILE ... PLAN_SECCOMP_NOTIFY:
                plan_seccomp_describe(step, out);
                break;
        default:
                plan_process_describe(step, out);
        }
}

enum { COLUMNS = 6 };

static void fill_row(const struct plan *plan, size_t row, struct strbuf cells[COLUMNS])
{
        const struct step *step = &plan->steps[row];
        char text[256];

        for (int c = 0; c < COLUMNS; c++)
                strbuf_done(&cells[c]);
        strbuf_printf(&cells[0], "%zu", row);
        strbuf_adds(&cells[1], plan_ctx_name(step->ctx));
        strbuf_adds(&cells[2], plan_phase_name(step->phase));
        strbuf_adds(&cells[3], plan_step_name(step, text, sizeof text));
        plan_describe(plan, step, &cells[4]);
        if (step->origin) {
                json_pointer(step->origin, text, sizeof text);
                strbuf_adds(&cells[5], text);
        }
}

static const char *text_of(const struct strbuf *cell) { return cell->text ? cell->text : ""; }

void plan_dump_text(const struct plan *plan, struct strbuf *out)
{
        /* Long arguments push the origin aside rather than widen the whole table. */
        enum { ARGUMENTS_WIDTH = 52 };
        struct strbuf cells[COLUMNS] = { 0 };

        strbuf_printf(out, "%3s  %-7s %-8s %-18s %-*s  %s\n", "#", "context", "phase", "step", ARGUMENTS_WIDTH, "arguments", "origin");
        for (size_t row = 0; row < plan->n_steps; row++) {
                size_t start = out->len;

                fill_row(plan, row, cells);
                strbuf_printf(out, "%3s  %-7s %-8s %-18s %-*s  %s", text_of(&cells[0]), text_of(&cells[1]), text_of(&cells[2]),
                              text_of(&cells[3]), ARGUMENTS_WIDTH, text_of(&cells[4]), text_of(&cells[5]));
                while (!out->failed && out->len > start && out->text[out->len - 1] == ' ')
                        out->text[--out->len] = '\0';
                strbuf_addc(out, '\n');
        }
        for (size_t i = 0; i < plan->warnings.n; i++)
                strbuf_printf(out, "warning: %s\n", plan->warnings.items[i]);
        for (int c = 0; c < COLUMNS; c++)
                strbuf_done(&cells[c]);
}

void plan_dump_json(const struct plan *plan, struct strbuf *out)
{
        static const char *const keys[COLUMNS] = { "row", "context", "phase", "step", "arguments", "origin" };
        struct strbuf cells[COLUMNS] = { 0 };

        strbuf_adds(out, "{\"warnings\":[");
        for (size_t i = 0; i < plan->warnings.n; i++) {
                strbuf_adds(out, i ? "," : "");
                strbuf_add_json(out, plan->warnings.items[i]);
        }
        strbuf_adds(out, "],\"steps\":[");
        for (size_t row = 0; row < plan->n_steps; row++) {
                fill_row(plan, row, cells);
                strbuf_printf(out, "%s\n{\"row\":%zu", row ? "," : "", row);
                for (int c = 1; c < COLUMNS; c++) {
                        if (c > 3 && cells[c].len == 0)
                                continue;
                        strbuf_printf(out, ",\"%s\":", keys[c]);
                        strbuf_add_json(out, text_of(&cells[c]));
                }
                strbuf_addc(out, '}');
        }
        strbuf_adds(out, "]}\n");
        for (int c = 0; c < COLUMNS; c++)
                strbuf_done(&cells[c]);
}
