/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "process.h"
#include "work.h"

/* ---- reading and deciding --------------------------------------------------------------------------------------- */

static int read_document(struct lxcnet_work *work, struct lxcnet_document **ret, struct err *e)
{
        struct faults faults = { .arena = work->arena, .file = work->place.path };
        char *text = NULL;
        size_t len = 0;
        int r = lxcnet_place_read_document(&work->place, work->arena, &text, &len, e);

        if (r == 0)
                r = lxcnet_document_parse(work->arena, text, len, &faults, ret, e);
        return r < 0 ? r : faults_to_err(&faults, e);
}

/* A container of this bundle that ended without `down` has left its record. */
static int clear_stale(struct lxcnet_work *work, struct err *e)
{
        char *text = NULL;
        size_t len = 0;
        struct lxcnet_record *record = NULL;
        int r = lxcnet_place_read_record(&work->place, work->arena, &text, &len, e);

        if (r == -ENOENT)
                return 0;
        if (r == 0)
                r = lxcnet_record_parse(work->arena, text, len, work->place.record, &record, e);
        if (r < 0)
                return r;
        if (!lxcnet_record_is_alive(record))
                return lxcnet_down(work, e);
        err_set(e, ERR_STATE, EBUSY, "'%s' is in use by container '%s', whose process %d is alive", work->place.path,
                record->id ? record->id : "?", (int) record->pid);
        err_hint(e, "a bundle with network interfaces can have one container at a time");
        return -EBUSY;
}

static bool has_work(const struct lxcnet_document *document)
{
        for (size_t i = 0; i < document->n_nics; i++)
                if (document->nics[i].type != LXCNET_NONE)
                        return true;
        return false;
}

static int enter_container(struct lxcnet_work *work, struct err *e)
{
        char path[64];
        struct stat own, theirs;
        int fd;

        if (work->state.pid <= 0) {
                err_set(e, ERR_USAGE, EINVAL, "there is no process id of a container on standard input");
                err_hint(e, "'berth lxc-net up' is run as a createRuntime hook, which gets the container's state there");
                return -EINVAL;
        }
        snprintf(path, sizeof path, "/proc/%d/ns/net", (int) work->state.pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_sys(e, errno, "open", "cannot open the network namespace of process %d", (int) work->state.pid);
        if (!lxcnet_is_netns(fd) || fstat(fd, &theirs) < 0 || fstat(work->own_fd, &own) < 0) {
                close(fd);
                return err_set(e, ERR_HOST, EINVAL, "'%s' is no network namespace", path);
        }
        if (own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino) {
                close(fd);
                err_set(e, ERR_CONFIG, EINVAL,
                        "container '%s' has the host's network namespace, and interfaces to be made in it", work->state.id);
                err_hint(e, "add { \"type\": \"network\" } to /linux/namespaces of its config.json");
                return -EINVAL;
        }
        return lxcnet_work_enter(work, fd, e);
}

static void random_bytes(unsigned char bytes[static LXCNET_MAC_BYTES])
{
        if (getrandom(bytes, LXCNET_MAC_BYTES, 0) != LXCNET_MAC_BYTES)
                abort(); /* so few bytes are always there */
}

static int decide_devices(struct lxcnet_work *work, struct err *e)
{
        _cleanup_(sys_link_list_done) struct sys_link_list list = { 0 };
        _cleanup_free_ const char **names = NULL;
        int r = sys_link_list_read(&work->here, &list);

        if (r < 0)
                return lxcnet_fail(&work->here, r, "RTM_GETLINK", e, "cannot list the network devices of the host");
        names = calloc(list.n + 1, sizeof *names);
        if (!names)
                return err_nomem(e);
        for (size_t i = 0; i < list.n; i++)
                names[i] = list.items[i].name;
        return lxcnet_devices_decide(work->arena, work->document, names, list.n, random_bytes, work->record, e);
}

/* A device that is to be taken back must not end with the container's namespace, nor must what script.down looks at.  A radio
 * comes back by itself, when the namespace ends. */
static bool needs_hold(const struct lxcnet_nic *nic, const struct lxcnet_device *device)
{
        return (nic->type == LXCNET_PHYS && !device->external) || nic->n_script_down > 0;
}

static int decide(struct lxcnet_work *work, struct err *e)
{
        struct lxcnet_record *record = arena_alloc(work->arena, sizeof *record);
        struct sys_link lo;
        bool zombie;
        int r;

        if (!record)
                return err_nomem(e);
        *record = (struct lxcnet_record) { .id = work->state.id, .pid = work->state.pid, .document = work->document };
        work->record = record;
        r = sys_process_start_time(record->pid, &record->start_ticks, &zombie);
        if (r < 0)
                return err_sys(e, -r, "open", "process %d of the container has ended", (int) record->pid);
        work->lo_was_up = sys_link_find(&work->there, "lo", &lo) < 0 || (lo.flags & IFF_UP);
        r = decide_devices(work, e);
        for (size_t i = 0; i < record->n_devices && r == 0; i++) {
                r = lxcnet_host_look(work, &record->devices[i], e);
                record->held |= needs_hold(lxcnet_nic_of(work, &record->devices[i]), &record->devices[i]);
        }
        return r;
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

/* That the script has begun is on disk before it begins: script.down is due from then on, also after a kill. */
static int run_scripts(struct lxcnet_work *work, struct lxcnet_device *device, struct err *e)
{
        const struct lxcnet_nic *nic = lxcnet_nic_of(work, device);
        int r;

        device->scripts = device->first && nic->type != LXCNET_NONE;
        if (!device->scripts || nic->n_script_up + nic->n_script_down == 0)
                return 0;
        r = lxcnet_place_write_record(&work->place, work->record, e);
        return r < 0 ? r : lxcnet_scripts_run(work, device, true, e);
}

static int make_host_side(struct lxcnet_work *work, struct err *e)
{
        struct lxcnet_record *record = work->record;
        int r = 0;

        for (size_t i = 0; i < record->n_devices && r == 0; i++) {
                r = lxcnet_l2proxy_up(work, &record->devices[i], e);
                if (r == 0)
                        r = lxcnet_host_up(work, &record->devices[i], e);
                if (r == 0)
                        r = run_scripts(work, &record->devices[i], e);
        }
        for (size_t i = 0; i < record->n_devices && r == 0; i++)
                if (lxcnet_nic_of(work, &record->devices[i])->type == LXCNET_PHYS)
                        r = lxcnet_phys_move(work, &record->devices[i], e);
        return r;
}

/* Under which index each is in the container: from now on it is found whatever it is called. */
static int note_indices(struct lxcnet_work *work, struct err *e)
{
        for (size_t i = 0; i < work->record->n_devices; i++) {
                struct lxcnet_device *device = &work->record->devices[i];
                struct sys_link link;

                if (lxcnet_nic_is_device(lxcnet_nic_of(work, device)) && sys_link_find(&work->there, device->transient, &link) == 0)
                        device->index = link.index;
        }
        return lxcnet_place_write_record(&work->place, work->record, e);
}

/* Interfaces with a name of their own come first, so that it is free; the others get what is left, in their order. */
static int make_inside(struct lxcnet_work *work, struct err *e)
{
        int r = 0;

        for (int pass = 0; pass < 2; pass++)
                for (size_t i = 0; i < work->record->n_devices && r == 0; i++)
                        if (lxcnet_device_pass(work->document, &work->record->devices[i]) == pass)
                                r = lxcnet_inside_up(work, &work->record->devices[i], e);
        return r;
}

static int make(struct lxcnet_work *work, struct err *e)
{
        int r = work->record->held ? lxcnet_place_hold(&work->place, work->netns_fd, e) : 0;

        if (r == 0)
                r = make_host_side(work, e);
        if (r == 0)
                r = note_indices(work, e);
        if (r == 0)
                r = make_inside(work, e);
        return r == 0 ? lxcnet_place_write_record(&work->place, work->record, e) : r;
}

static void undo(struct lxcnet_work *work, struct err *e)
{
        struct err why = ERR_INIT;
        int r = lxcnet_teardown(work, &why);

        if (work->record->held)
                lxcnet_place_let_go(&work->place);
        if (r < 0) {
                lxcnet_place_write_record(&work->place, work->record, NULL);
                snprintf(e->undone, sizeof e->undone, "not wholly undone: %.100s", why.text);
                return;
        }
        lxcnet_place_remove_record(&work->place, NULL);
        snprintf(e->undone, sizeof e->undone, "undone; no network device was left behind");
}

int lxcnet_up(struct lxcnet_work *work, struct err *e)
{
        struct lxcnet_document *document = NULL;
        int r = read_document(work, &document, e);

        if (r == 0)
                r = clear_stale(work, e);
        if (r < 0 || !has_work(document))
                return r;
        work->document = document;
        r = enter_container(work, e);
        if (r == 0)
                r = decide(work, e);
        if (r == 0)
                r = lxcnet_place_write_record(&work->place, work->record, e);
        if (r < 0)
                return r;
        r = make(work, e);
        if (r < 0)
                undo(work, e);
        return r;
}
