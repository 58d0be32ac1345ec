/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that have no safe use here become compile errors.  Included by the compiler's command line
 * (-include base/banned.h), after the headers that declare them.
 * Layer: base. */
#ifndef BERTH_BASE_BANNED_H
#define BERTH_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Macros, of <alloca.h> and (for clang) of the fortified <stdio.h>: poisoning a macro that is defined warns. */
#undef alloca
#undef sprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets atoi atol atoll atof strtok alloca

#endif
