/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below a hostile root: each is resolved once, to an fd, and only the fd is used after that.
 * Owns: nothing; every fd returned is the caller's, O_CLOEXEC.  Layer: sys.
 * Context: any, also after clone (nothing here allocates; the walker needs about 16 KiB of stack).
 *
 *      _cleanup_close_ int target_fd = sys_path_make_dir(rootfs_fd, "/var/lib/data", e);
 *      if (target_fd < 0)
 *              return target_fd;
 *      r = sys_mount_attach(&args, tree_fd, target_fd, e);
 *
 * The promise: whatever symbolic links the tree below ROOT_FD holds, and whoever renames them meanwhile, nothing outside
 * of it is opened, made or changed.  Absolute link targets and ".." are taken from ROOT_FD, as if it were "/".
 *
 * How: openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS, Linux 5.6.  Where the kernel or a sandbox lacks it, and
 * always where something must be made, a walker goes component by component with O_NOFOLLOW, reads links itself (at
 * most 40), and answers ".." from the list of components that it came through, never by asking the kernel for "..":
 * so a directory that is moved away under its feet leads nowhere else.
 *
 * A path is the container's: with or without a leading '/'; "" and "/" are the root itself.
 * Directories made on the way have mode 0755, less the caller's umask (run/init.c clears it).
 * E may be NULL where a failure is only a question ("is it there?").
 */
#ifndef BERTH_SYS_SAFEPATH_H
#define BERTH_SYS_SAFEPATH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

/* Open PATH below ROOT_FD with the open(2) flags FLAGS (O_CLOEXEC is added; O_CREAT is -EINVAL).  With O_PATH nothing
 * can block or have side effects: open so, verify, and only then use.  O_NOFOLLOW with O_PATH returns a symbolic link
 * itself when the last component is one.
 * Returns the fd, or -ENOENT, -ENOTDIR, -ELOOP (more than 40 links, or a magic link), -EACCES, -ENAMETOOLONG, …;
 * -EAGAIN when others kept renaming what we walked through.
 * man: openat2(2), path_resolution(7). */
int sys_path_open(int root_fd, const char *path, int flags, struct err *e);

/* As sys_path_open, but no component may be a symbolic link at all: -ELOOP.  For what must be exactly where it says. */
int sys_path_open_plain(int root_fd, const char *path, int flags, struct err *e);

/* The directory that holds PATH's last component, as an O_PATH fd, and the component itself in NAME.  Links on the way
 * are followed, the last component is not looked at.  With MAKE, missing directories are made.
 * -EINVAL when PATH ends in "." or ".." or is the root. */
int sys_path_open_parent(int root_fd, const char *path, bool make, char name[static NAME_MAX + 1], struct err *e);

/* Open directory PATH as an O_PATH fd; it and its parents are made where missing, also through a dangling link.
 * -ENOTDIR when it is something else. */
int sys_path_make_dir(int root_fd, const char *path, struct err *e);

/* Open PATH as an O_PATH fd, as a target for the mount of a file: an empty file (mode 0644) and the directories above it
 * are made where missing.  -EISDIR when it is a directory.  An existing one is not changed. */
int sys_path_make_file(int root_fd, const char *path, struct err *e);

/* ------------------------------------------------------------------------------------------------------------------
 * What an fd really is.  The sentences name PATH. */

/* A character (or with BLOCK a block) device of that number: -ENODEV otherwise.  For /dev/null, /dev/ptmx, … */
int sys_fd_verify_device(int fd, bool block, unsigned major, unsigned minor, const char *path, struct err *e);
/* On a file system of this type, by fstatfs(2) and <linux/magic.h>: -EXDEV otherwise.  NAME is its name in words. */
int sys_fd_verify_fs(int fd, long magic, const char *name, const char *path, struct err *e);
/* The type's number, or -errno. */
int sys_fd_fs_magic(int fd, long *ret);
/* The id of the mount that FD lies on (statx, Linux 5.8; before that from fdinfo of PROC_FD): -ENOTSUP when neither. */
int sys_fd_mount_id(int fd, int proc_fd, uint64_t *ret);

#endif
