/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's own executable, on kernels where init cannot hide it. */
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "facade.h"
#include "sealexe.h"

int berth_protect_executable(char *const argv[], struct berth_error *error)
{
        struct err e = ERR_INIT;
        int r;

        if (sys_sealexe_is_possible())
                return 0;
        r = sys_sealexe_reexec(argv, environ, &e);
        /* execveat named the process after the file descriptor. */
        if (r == 0 && argv[0]) {
                const char *slash = strrchr(argv[0], '/');

                prctl(PR_SET_NAME, slash ? slash + 1 : argv[0], 0, 0, 0);
        }
        return facade_return(r, &e, error);
}
