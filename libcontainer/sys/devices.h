/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes, made or bound below directories that were opened safely (CVE-2026-41579: a root file system whose /dev is
 * a link must not get nodes made on the host).
 * Owns: nothing; fds returned are the caller's, O_CLOEXEC.  Layer: sys.
 * Context: init, before the pivot (sys_device_source: the parent, too), with umask 0; allocates nothing.
 *
 *      char name[NAME_MAX + 1];
 *      _cleanup_close_ int dir_fd = sys_path_open_parent(root_fd, "/dev/null", true, name, e);
 *      r = sys_device_make(&node, dir_fd, name, proc_fd, e); */
#ifndef BERTH_SYS_DEVICES_H
#define BERTH_SYS_DEVICES_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

struct sys_node {
        const char *path;      /* in the container, for sentences; also the host's path of a node to bind */
        mode_t type;           /* S_IFCHR, S_IFBLK or S_IFIFO */
        unsigned major, minor; /* of a device */
        mode_t mode;           /* permission bits */
        uid_t uid;
        gid_t gid;
};

/* Make NODE as NAME in DIR_FD, then look at what is there through an fd: that it is the wanted device, and with the
 * wanted mode and owner.  A device that is there already and is the same is adjusted; anything else is in the way.
 * Returns 0, or: -EEXIST something else is there; -EPERM no CAP_MKNOD, or a user namespace; -EROFS, …
 * man: mknod(2).  spec: config-linux.md "Devices". */
int sys_device_make(const struct sys_node *node, int dir_fd, const char *name, int proc_fd, struct err *e);

/* Does DIR_FD lie on a mount with nodev, where a node can be made and not be opened? */
bool sys_device_is_barred(int dir_fd);

/* NODE as a detached mount of one on a tmpfs of its own, whose uid and gid are the host's: a node that works where no
 * mknod(2) does.  Context: parent, in the first user namespace.
 * Returns the fd, or: -ENOSYS Linux before 5.2; -EPERM no CAP_MKNOD, or the device is not for this cgroup; both without a
 * word in E. */
int sys_device_make_aside(const struct sys_node *node, struct err *e);

/* The host's node at NODE->path as a detached mount, after a check that it is the wanted device.
 * Context: parent.  Returns the fd, or -ENOSYS (Linux before 5.2: init has to open it), -ENOENT, -ENODEV it is another. */
int sys_device_source(const struct sys_node *node, struct err *e);

/* Cover NAME in DIR_FD, an empty file that is made where missing, with the host's node: SOURCE_FD from sys_device_source,
 * or with -EBADF what is found at NODE->path here.  A device that is there already and is the same is left alone. */
int sys_device_bind(const struct sys_node *node, int dir_fd, const char *name, int source_fd, int proc_fd, int root_fd,
                    struct err *e);

/* A symbolic link NAME in DIR_FD with the text TARGET.  What is there is left alone; with REPLACE it is removed first,
 * unless something is mounted there: the config has put it there.  PATH is for sentences. */
int sys_device_link(int dir_fd, const char *name, const char *target, bool replace, const char *path, struct err *e);

#endif
