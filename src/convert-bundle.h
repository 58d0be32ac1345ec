/* SPDX-License-Identifier: Apache-2.0 */
/* A converted bundle on disk: whole or not there at all.
 * Owns: nothing.  Layer: src. */
#ifndef BERTH_CONVERT_BUNDLE_H
#define BERTH_CONVERT_BUNDLE_H

#include "cmd.h"

struct convert_file { const char *name, *text; }; /* text NULL: the file is not to be there */

/* Write the N files into directory DIR; the last one makes a bundle of it.  A new DIR is made aside and renamed into its place.
 * One that holds anything is an error (-EEXIST) unless OVERWRITE.  Then a DIR that holds nothing else is exchanged for a new one;
 * in any other, and where the file system cannot exchange (renameat2(2)), these files are replaced: the last one is removed
 * before the first new one comes and comes last, so that whoever kills us leaves the old bundle, the new one or, in that short
 * time, one that no runtime takes; but never a mixture of both.
 * Returns 0 or -errno with ERROR set; nothing half-written is left. */
int convert_bundle_write(const char *dir, const struct convert_file *files, size_t n, bool overwrite, struct berth_error *error);
/* Both are there, and the same. */
bool convert_same_file(const char *a, const char *b);
/* TEXT as file PATH, by way of a file beside it. */
int convert_file_write(const char *path, const char *text, struct berth_error *error);

#endif
