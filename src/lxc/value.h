/* SPDX-License-Identifier: Apache-2.0 */
/* Values of lxc.conf lines, read as the file's era reads them.
 * Owns: nothing.  Layer: src/lxc, pure.  Each returns 0, or -EINVAL or -ERANGE with *ret unchanged.
 */
#ifndef BERTH_LXC_VALUE_H
#define BERTH_LXC_VALUE_H

#include "arena.h"
#include "era.h"
#include "spec.h"

/* A number: C's notation (0x10, 010) and nothing behind it since 2.1; before, what atoi() makes of it, with *ret_junk telling
 * that it was not all. */
int lxc_value_int(int era, const char *text, int64_t *ret, bool *ret_junk);
int lxc_value_uint(int era, const char *text, uint64_t *ret, bool *ret_junk);
int lxc_value_bool(int era, const char *text, bool *ret, bool *ret_junk);
/* A number, a name with SIG, SIGRTMIN+N or SIGRTMAX-N; letters of any case. */
int lxc_value_signal(const char *text, int *ret);
/* A number with h, m, s, ms, us or ns, as seconds and the rest of one. */
int lxc_value_duration(const char *text, int64_t *ret_secs, uint32_t *ret_nsec);
/* "SOFT:HARD" or one for both; "unlimited" is UINT64_MAX. */
int lxc_value_limit(const char *text, uint64_t *ret_soft, uint64_t *ret_hard);

/* Call the words that blanks (or the bytes of SEPARATORS) part, one after the other: *AT moves on.  False: no more. */
bool lxc_word_next(const char **at, const char *separators, const char **ret, size_t *ret_len);
/* The words of a command: blanks part them, a word that begins with a quote ends with it.  -EINVAL: a quote is not closed
 * (*ret holds the words before it, which is what LXC goes on with); -ENOMEM. */
int lxc_value_argv(struct arena *arena, const char *text, oci_strings *ret);
/* The words of lxc.init.cmd, which LXC before 6.0 parts at each space, knowing neither quotes nor tabs.  -ENOMEM. */
int lxc_value_unquoted_argv(struct arena *arena, const char *text, oci_strings *ret);
/* JSON can hold it: well-formed UTF-8. */
bool lxc_value_is_utf8(const char *text);
/* What programs find others by, where nothing says. */
#define LXC_DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* What a start hook begins with where the program's working directory is another one. */
#define LXC_CD_ROOT "cd / && "
/* TEXT for sh(1), in single quotes. */
const char *lxc_shell_quote(struct arena *arena, const char *text);

/* Append to a list of strings; false: no memory. */
bool lxc_strings_add(struct arena *arena, oci_strings *list, const char *text);

#endif
