/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "str.h"

static int parse_format(const char *word, enum berth_format *ret, struct berth_error *error)
{
        if (!word || streq(word, "text"))
                *ret = BERTH_FORMAT_TEXT;
        else if (streq(word, "json"))
                *ret = BERTH_FORMAT_JSON;
        else
                return cmd_usage(error, "it is 'text' or 'json'", "option '--format' has the wrong value '%s'", word);
        return 0;
}

int cmd_plan(const struct cmd_env *env)
{
        const char *id = env->args->n_words > 0 ? env->args->words[0] : "container";
        _cleanup_free_ char *text = NULL;
        struct berth_create_options options;
        struct berth_error error;
        enum berth_format format = BERTH_FORMAT_TEXT;

        if (parse_format(env->args->format, &format, &error) < 0 || cmd_create_options(env, &options, &error) < 0 ||
            berth_plan(env->ctx, id, &options, format, &text, &error) < 0)
                return report_error(env->report, &error, "plan");
        return cmd_print(env, text);
}
