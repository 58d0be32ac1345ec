/* SPDX-License-Identifier: Apache-2.0 */
/* Names of signals. */
#include <signal.h>
#include <strings.h>

#include "facade.h"
#include "num.h"
#include "str.h"

static const struct { const char *name; int number; } aliases[] = {
        { "IOT", SIGABRT }, { "CLD", SIGCHLD }, { "POLL", SIGIO }, { "UNUSED", SIGSYS },
        /* The kernel's range, minus the two that the C library keeps for its threads. */
        { "RTMIN", 34 }, { "RTMAX", 64 },
};
enum { FIRST_RT = 34, LAST = 64 };

static int by_name(const char *name)
{
        for (int number = 1; number < 32; number++) {
                const char *known = sigabbrev_np(number);

                if (known && strcasecmp(known, name) == 0)
                        return number;
        }
        for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
                if (strcasecmp(aliases[i].name, name) == 0)
                        return aliases[i].number;
        return -EINVAL;
}

/* "RTMIN+n", "RTMAX-n" */
static int by_offset(const char *name)
{
        bool up = strncasecmp(name, "RTMIN+", 6) == 0;
        int64_t n;

        if ((!up && strncasecmp(name, "RTMAX-", 6) != 0) || num_parse_range(name + 6, 0, LAST - FIRST_RT, &n) < 0)
                return -EINVAL;
        return up ? FIRST_RT + (int) n : LAST - (int) n;
}

int berth_signal_parse(const char *text, int *ret_signal, struct berth_error *error)
{
        const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
        struct err e = ERR_INIT;
        int64_t number;

        if (num_parse_range(text, 0, LAST, &number) < 0) {
                number = by_name(name);
                if (number < 0)
                        number = by_offset(name);
        }
        if (number < 0) {
                err_set(&e, ERR_USAGE, EINVAL, "unknown signal '%.64s'", text);
                err_hint(&e, "a name in any case with or without SIG, RTMIN+n, RTMAX-n, or a number from 0 to 64");
                return facade_return(-EINVAL, &e, error);
        }
        *ret_signal = (int) number;
        return 0;
}
