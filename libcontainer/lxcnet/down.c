/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>

#include "work.h"

/* The container's network namespace: held, or still that of its process; else it is gone, which is well. */
static int find_namespace(struct lxcnet_work *work, struct err *e)
{
        int fd = lxcnet_place_held(&work->place);
        char path[64];

        if (fd < 0 && lxcnet_record_is_alive(work->record)) {
                snprintf(path, sizeof path, "/proc/%d/ns/net", (int) work->record->pid);
                fd = open(path, O_RDONLY | O_CLOEXEC);
        }
        if (fd < 0)
                return 0;
        work->lo_was_up = true; /* not ours to bring down: who holds the namespace may use it */
        return lxcnet_work_enter(work, fd, e);
}

static int take_down(struct lxcnet_work *work, struct err *e)
{
        bool left = false;
        int r = find_namespace(work, e), removed;

        if (r < 0)
                return r;
        r = lxcnet_teardown(work, e);
        for (size_t i = 0; i < work->record->n_devices; i++)
                left |= !work->record->devices[i].done;
        if (left) {
                lxcnet_place_write_record(&work->place, work->record, NULL);
                return r;
        }
        if (work->record->held)
                lxcnet_place_let_go(&work->place);
        removed = lxcnet_place_remove_record(&work->place, r == 0 ? e : NULL);
        return r < 0 ? r : removed;
}

int lxcnet_down(struct lxcnet_work *work, struct err *e)
{
        char *text = NULL;
        size_t len = 0;
        int r = lxcnet_place_read_record(&work->place, work->arena, &text, &len, e);

        if (r == -ENOENT)
                return 0;
        if (r == 0)
                r = lxcnet_record_parse(work->arena, text, len, work->place.record, &work->record, e);
        if (r < 0)
                return r;
        /* The poststop of a second container that failed for this one's sake. */
        if (work->state.id && work->record->id && !streq(work->state.id, work->record->id) && lxcnet_record_is_alive(work->record))
                return 0;
        work->document = work->record->document;
        return take_down(work, e);
}
