/* SPDX-License-Identifier: Apache-2.0 */
/* Copy a directory's contents, as "tmpcopyup" needs it: from a hostile tree, by fds, following no link.
 * Owns: nothing.  Layer: sys.  Context: init, before the pivot; no heap; two fds and about 5 KiB of stack a level.
 */
#ifndef BERTH_SYS_COPYTREE_H
#define BERTH_SYS_COPYTREE_H

#include "err.h"

/* Copy what is in directory FROM_FD (any kind of fd) into the empty directory TO_FD: files, directories, links, devices,
 * fifos and sockets, with owner, mode, times and extended attributes (but for security labels, which the new mount has
 * of its own, and what its file system cannot hold).  Names of one file stay names of one file.  What is mounted below FROM_FD
 * is left out, its mount points are made.  PATH names the directory in sentences.
 * Returns 0, or the first failure. */
int sys_copy_tree(int from_fd, int to_fd, const char *path, struct err *e);

#endif
