/* SPDX-License-Identifier: Apache-2.0 */
#include "dl.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

static int missing(const struct sys_dl *lib, const char *wanted_by, struct err *e)
{
        const char *why = dlerror();
        int r = err_set(e, ERR_HOST, ENOENT, "cannot load '%s', which %s needs: %s", lib->soname, wanted_by,
                        why ? why : "unknown reason");

        err_hint(e, "install the library (Debian package '%s') or remove %s from the config", lib->package, wanted_by);
        return r;
}

static int incomplete(const struct sys_dl *lib, const char *symbol, const char *wanted_by, struct err *e)
{
        int r = err_set(e, ERR_HOST, ENOENT, "'%s', which %s needs, is too old: it has no '%s'", lib->soname, wanted_by,
                        symbol);

        err_hint(e, "update the library (Debian package '%s')", lib->package);
        return r;
}

int sys_dl_open(struct sys_dl *lib, const char *wanted_by, struct err *e)
{
        void *handle;

        if (lib->handle)
                return 0;
        handle = dlopen(lib->soname, RTLD_NOW | RTLD_LOCAL);
        if (!handle)
                return missing(lib, wanted_by, e);
        for (size_t i = 0; i < lib->n_symbols; i++) {
                void *address = dlsym(handle, lib->symbols[i].name);

                if (!address) {
                        dlclose(handle);
                        return incomplete(lib, lib->symbols[i].name, wanted_by, e);
                }
                *lib->symbols[i].pointer = address;
        }
        lib->handle = handle;
        return 0;
}

int sys_dl_stat(const char *path, struct sys_dl_file *ret)
{
        struct sys_dl_file file = { 0 };
        struct stat st;

        if (strlen(path) >= sizeof file.path)
                return -ENAMETOOLONG;
        if (stat(path, &st) < 0)
                return -errno;
        memcpy(file.path, path, strlen(path));
        file.dev = st.st_dev;
        file.ino = st.st_ino;
        file.size_bytes = (uint64_t) st.st_size;
        file.mtime_nsec = (uint64_t) st.st_mtim.tv_sec * 1000000000 + (uint64_t) st.st_mtim.tv_nsec;
        file.ctime_nsec = (uint64_t) st.st_ctim.tv_sec * 1000000000 + (uint64_t) st.st_ctim.tv_nsec;
        *ret = file;
        return 0;
}

int sys_dl_identify(const struct sys_dl *lib, struct sys_dl_file *ret)
{
        struct link_map *map;

        if (!lib->handle || dlinfo(lib->handle, RTLD_DI_LINKMAP, &map) < 0 || !map->l_name || map->l_name[0] != '/')
                return -ENOENT;
        return sys_dl_stat(map->l_name, ret);
}
