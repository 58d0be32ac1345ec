/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include <fcntl.h>

#include "dir.h"
#include "str.h"

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Names that no container can have are somebody else's files; only what may be a directory counts. */
static bool is_candidate(const struct dirent *entry)
{
        return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) && state_id_check(entry->d_name, NULL) >= 0;
}

static int append(struct arena *arena, oci_strings *list, const char *name)
{
        void *items = arena_grow_array(arena, list->items, list->n, sizeof *list->items);
        const char *copy = arena_strdup(arena, name);

        if (!items || !copy)
                return -ENOMEM;
        list->items = items;
        list->items[list->n++] = copy;
        return 0;
}

int state_list(struct arena *arena, int root_fd, oci_strings *ret, struct err *e)
{
        _cleanup_close_ int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        oci_strings names = { 0 };

        if (!dir)
                return err_sys(e, errno, "openat", "cannot read the state directory");
        (void) TAKE_FD(fd);
        for (;;) {
                const struct dirent *entry;

                errno = 0;
                entry = readdir(dir);
                if (!entry && errno)
                        return err_sys(e, errno, "readdir", "cannot read the state directory");
                if (!entry)
                        break;
                if (is_candidate(entry) && append(arena, &names, entry->d_name) < 0)
                        return err_nomem(e);
        }
        if (names.n > 1)
                qsort(names.items, names.n, sizeof *names.items, by_name);
        *ret = names;
        return 0;
}
