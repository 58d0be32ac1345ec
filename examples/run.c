/* SPDX-License-Identifier: Apache-2.0 */
/* libberth in thirty lines: run the container of a bundle, and say how it ended.
 *
 *      cc -o run run.c $(pkg-config --cflags --libs berth)
 *      sudo ./run /srv/web1 web1 [STATE_ROOT]
 */
#include <stdio.h>
#include <stdlib.h>

#include <berth/berth.h>

static int fail(const struct berth_error *error)
{
        char text[8192];

        berth_error_format(error, NULL, text, sizeof text);
        fprintf(stderr, "%s\n", text);
        return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
        struct berth_create_options options = BERTH_CREATE_OPTIONS_INIT;
        struct berth_context *ctx;
        struct berth_error error;
        int status = 0, r;

        if (argc < 3) {
                fprintf(stderr, "usage: run BUNDLE ID [STATE_ROOT]\nlibberth %s\n", berth_version());
                return EXIT_FAILURE;
        }
        if (berth_protect_executable(argv, &error) < 0)
                return fail(&error);
        ctx = berth_context_new();
        if (!ctx)
                return EXIT_FAILURE;
        options.bundle = argv[1];
        r = berth_context_set_root(ctx, argc > 3 ? argv[3] : NULL, &error);
        if (r == 0)
                r = berth_run(ctx, argv[2], &options, &status, &error);
        berth_context_free(ctx);
        if (r < 0)
                return fail(&error);
        printf("'%s' ended with status %d\n", argv[2], status);
        return EXIT_SUCCESS;
}
